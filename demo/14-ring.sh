# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "A thousand channels on one ring"
say "Commands can be submitted to io_uring. One that waits costs no thread: it" \
	"waits in the mailbox, among the others."
play ring
