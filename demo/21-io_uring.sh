# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "A thousand channels on one ring"
say "Commands can be submitted to io_uring. One that waits costs no thread: it" \
	"waits in the mailbox, among the others. Each channel is two mailboxes, and" \
	"all are the server's user's: the administrator allows him more for now."
parameter=/sys/module/mailbox/parameters/user_mailboxes
before=$(cat $parameter)
trap 'echo "$before" >$parameter' EXIT
echo 4096 >$parameter
play ring
