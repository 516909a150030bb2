# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Forwarding: a call is handed on, and its caller notices nothing"
say "A process at the door takes calls and hands each to who can answer it. The" \
	"reply goes straight to the caller; the one at the door is out of it, and even" \
	"its death does no harm."
play forward
