# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "Attachments: a message carries rights"
say "A customer sends a picture to be looked at: in a section, which the message" \
	"carries and nobody copies, and with the right to answer to a mailbox that only" \
	"the customer knows. Each right can be narrowed on the way."
play attachments
say "What could hold other descriptors is not carried: so nothing can ever hold" \
	"itself, and when all is closed all is free."
