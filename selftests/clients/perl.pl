# SPDX-License-Identifier: GPL-2.0-only
# What perl's own functions make of System V message queues; TAP on stdout.
# Without modules, which need not be there.

my ($private, $nowait, $create, $excl, $rmid, $stat) = (0, 04000, 01000, 02000, 0, 2);
my ($enomsg, $e2big, $einval, $eexist, $enoent) = (42, 7, 22, 17, 2);
my $number = 0;

sub check
{
	my ($what, $good) = @_;
	$number++;
	print $good ? "" : "not ", "ok $number $what\n";
}

$| = 1;
my $q = msgget($private, 0600);
check("a queue is made", defined $q);
check("a message is sent", msgsnd($q, pack("l! a*", 3, "hello"), $nowait));
check("another", msgsnd($q, pack("l! a*", 1, "world"), $nowait));
my $message;
check("none of that type", !msgrcv($q, $message, 64, 2, $nowait) && $! == $enomsg);
check("the lowest type", msgrcv($q, $message, 64, -2, $nowait) &&
      $message eq pack("l! a*", 1, "world"));
check("too long", !msgrcv($q, $message, 2, 0, $nowait) && $! == $e2big);
check("cut", msgrcv($q, $message, 2, 0, $nowait | 010000) &&
      $message eq pack("l! a*", 3, "he"));
my $status = "";
check("its state", msgctl($q, $stat, $status) && length($status) > 64);
my $child = fork();
if (!$child) {
	msgsnd($q, pack("l! a*", 9, $$), 0);
	exit 0;
}
check("from a child", msgrcv($q, $message, 64, 9, 0) &&
      $message eq pack("l! a*", 9, $child));
waitpid($child, 0);
check("it is removed", msgctl($q, $rmid, 0));
check("and gone", !msgsnd($q, pack("l! a*", 1, "x"), $nowait) && $! == $einval);
my $key = 0x50000000 | $$;
my $named = msgget($key, $create | $excl | 0600);
check("one with a key", defined $named && msgget($key, 0) == $named);
check("not twice", !defined msgget($key, $create | $excl | 0600) && $! == $eexist);
check("removed as well", msgctl($named, $rmid, 0));
check("not found", !defined msgget($key, 0) && $! == $enoent);
print "1..$number\n";
