# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Mailboxes are files: read, write, poll, the shell's redirections"
say "A handle is a file descriptor. epoll waits on many at once, among sockets" \
	"and timers; read and write move one message each."
play polling

say "So a program that knows nothing of mailboxes can use one. Here the shell has" \
	"one open as \$MAILBOX_FD, for as long as the command runs."
# shellcheck disable=SC2016 # for the inner shell
show 'mailboxctl create --run '\''
    echo one >&$MAILBOX_FD; echo two >&$MAILBOX_FD
    mailboxctl receive --count 2 $MAILBOX'\'
claim "each write was a message" test "$output" = "one
two"
show 'mailboxctl list --names'
claim "and the mailbox has ended with the command" test -z "$output"

say "Messages are bytes, whatever they are: a whole archive is one message."
show 'mailboxctl create --capacity 1 parcels'
# shellcheck disable=SC2016
show 'mkdir -p $DEMO_FOLDER/from $DEMO_FOLDER/to
      head -c 3000 /dev/urandom >$DEMO_FOLDER/from/noise
      tar -c -C $DEMO_FOLDER/from . | mailboxctl send parcels
      mailboxctl receive parcels | tar -x -C $DEMO_FOLDER/to
      cmp $DEMO_FOLDER/from/noise $DEMO_FOLDER/to/noise && echo the same'
claim "it arrives as it was" test "$output" = "the same"
mailboxctl destroy parcels
