/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* One end of a channel of two rings, and what both its files need. */
#ifndef RING_CHANNEL_H
#define RING_CHANNEL_H

#include <stdbool.h>

#include "internal.h"

#pragma GCC visibility push(default)
#include "mailbox_ring_channel.h"
#pragma GCC visibility pop

struct kept;

/**
 * struct mailbox_ring_channel - one end
 * @out: what this side sends
 * @in: what the other side sends
 * @mine: this side's section, mapped writable
 * @mine_length: its bytes
 * @theirs: the other side's, mapped readable
 * @theirs_length: its bytes
 * @endpoint: the bell of both rings
 * @peer: who is at the other end
 * @refused: what -EOPNOTSUPP was about
 * @calls: how many requests were sent
 * @pending: the number of the call whose reply is waited for; 0: none
 * @reply: that reply, as soon as it is there
 * @kept: messages that came before a reply
 * @kept_end: where the next one goes
 * @kept_bytes: how much memory they take
 */
struct mailbox_ring_channel {
	struct mailbox_ring out;
	struct mailbox_ring in;
	void *mine;
	size_t mine_length;
	void *theirs;
	size_t theirs_length;
	int endpoint;
	struct mailbox_ring_peer peer;
	const char *refused;
	uint64_t calls;
	uint64_t pending;
	struct kept *reply;
	struct kept *kept;
	struct kept **kept_end;
	size_t kept_bytes;
};

/* 0 or -EINVAL. */
int mailbox_ring_options_check(const struct mailbox_ring_options *options);

/*
 * mailbox_ring_channel_accept() with the flags of RECEIVE; it says whether there was
 * a request, which has been answered then.
 */
int mailbox_ring_accept(int client, int port,
			const struct mailbox_ring_options *options, uint32_t flags,
			struct mailbox_ring_channel **channel, bool *received);

#endif /* RING_CHANNEL_H */
