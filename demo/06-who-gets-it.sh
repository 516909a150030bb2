# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Two receivers, one message: who gets it?"
say "The lecture has three answers, and there is a fourth. Which one holds is" \
	"the mailbox's policy."
say "ANY: the kernel picks one. It picks who has waited longest, and tells the" \
	"sender who it was."
play who-gets-it any
say "EXCLUSIVE: only one process at a time may receive."
play who-gets-it exclusive
say "PAIR: a link belongs to two processes."
play who-gets-it pair
say "ALL: everybody who listens gets every message."
play who-gets-it all
