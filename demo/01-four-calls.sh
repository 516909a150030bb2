# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "The textbook's four calls: create, send, receive, destroy"
say "A mailbox is an object in the kernel, known by a number, its ID. Any" \
	"process of the same user that opens /dev/mailbox can use it: here one" \
	"sends and another receives. Each line below is a call as it stands" \
	"in the program, and what it returned."
play four-calls

say "The same from the shell. Such a mailbox persists, since the command that" \
	"makes it ends at once."
show 'mailboxctl create'
claim "it prints the new mailbox's address" contains "$output" id:
box=$output
show "mailboxctl send $box 'hello again'"
show "mailboxctl receive --verbose $box"
claim "and the receiver is told who sent it" contains "$output" "of root"
show "mailboxctl destroy $box"
claim "the mailbox is gone" test "$status" -eq 0
