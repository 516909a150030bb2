# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Who may: permissions between users"
say "A mailbox has an owner, a group and permission bits: 4 allows to receive, 2" \
	"to send. They are checked when it is opened, and whenever it is used by" \
	"ID."
show_as alice 'mailboxctl create inbox'
show_as bob 'mailboxctl send inbox "hello alice"'
claim "bob may not" test "$status" -eq 1
show_as alice 'mailboxctl set --mode 0622 inbox'
show_as bob 'mailboxctl send inbox "hello alice"'
claim "now he may" test "$status" -eq 0
show_as bob 'mailboxctl receive inbox'
claim "but not read what is in it" test "$status" -eq 1
show_as alice 'mailboxctl receive --lines --verbose inbox'
claim "alice sees that it is from him: the kernel says so, not the message" \
	contains "$output" "of bob"
show_as bob 'mailboxctl destroy inbox'
claim "only its owner, or root, ends it" test "$status" -eq 1
show_as alice 'mailboxctl destroy inbox'
claim "as she does" test "$status" -eq 0
