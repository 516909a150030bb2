# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "A send that gives up has not sent"
say "When a sender's time is over, its message is withdrawn before the call" \
	"returns: either somebody has received it, and the call says so, or" \
	"nobody ever will."
play withdrawal
