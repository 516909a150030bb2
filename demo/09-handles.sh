# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Passing on a right: handles are capabilities"
say "A handle, the descriptor of one mailbox, is permission itself: who has it may" \
	"do what it is for. It can be narrowed and passed on through a UNIX" \
	"socket, like any descriptor."
play handles
