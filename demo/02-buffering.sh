# SPDX-License-Identifier: GPL-2.0-only
. ./show.sh

title "How many messages fit: rendezvous, bounded, unbounded"
say "The capacity is chosen when a mailbox is created. With 0 it holds nothing:" \
	"sender and receiver must meet. With N a sender waits while N messages" \
	"are in it. Unbounded, a sender never waits; only the user's quota ends" \
	"that."
play buffering
