# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "How long a mailbox lives"
say "A mailbox lives as long as somebody can receive from it, or until it is" \
	"destroyed. Nobody is left waiting for what can never come."
play lifetime
