/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Lanes: many producers to one consumer, or one producer to many consumers, each by
 * a channel of two rings of its own (mailbox_ring_channel.h), so that a ring has one
 * writer and one reader for ever.
 *
 * A lane is claimed by connecting to a port with mailbox_ring_channel_connect().  The
 * claim is the endpoint: the kernel sees when its owner has died, and the lane is
 * reclaimed once what he had sent has been received.
 *
 * Lanes are used by one thread at a time.
 */
#ifndef MAILBOX_LANES_H
#define MAILBOX_LANES_H

#include <mailbox_ring_channel.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The lanes of one port. */
struct mailbox_lanes;

/**
 * mailbox_lanes_new - take whoever connects to a port
 * @client: a client, of the port's namespace; it stays the caller's
 * @port: a handle to the port, which receives requests from now on for the lanes
 *	only; it stays the caller's
 * @options: NULL, or how this side's ends are to be
 * @lanes: out: no lane as yet
 *
 * Return: 0; or -EINVAL (@options), -EBADF, -ENOMEM, -EMFILE, -ENFILE.
 */
int mailbox_lanes_new(int client, int port,
		      const struct mailbox_ring_options *options,
		      struct mailbox_lanes **lanes);

/**
 * mailbox_lanes_free - give up all lanes
 * @lanes: the lanes, or NULL
 */
void mailbox_lanes_free(struct mailbox_lanes *lanes);

/**
 * mailbox_lanes_count - how many there are
 * @lanes: the lanes
 *
 * Return: as known by the last call; who connects is let in when a call would have
 * to wait.
 */
size_t mailbox_lanes_count(const struct mailbox_lanes *lanes);

/**
 * mailbox_lanes_channel - one of them
 * @lanes: the lanes
 * @lane: its number, as mailbox_lanes_receive() or mailbox_lanes_send() gave it
 *
 * For replies, and to see who it is.
 *
 * Return: its channel, which belongs to the lanes; NULL: it is gone.
 */
struct mailbox_ring_channel *mailbox_lanes_channel(struct mailbox_lanes *lanes,
						   uint64_t lane);

/**
 * mailbox_lanes_receive - receive the next message of any lane
 * @lanes: the lanes
 * @receive: as for mailbox_ring_channel_receive_with()
 * @lane: out: whose it is, or which lane has ended
 *
 * Lanes take turns.  That a lane has ended is told once, after its last message; its
 * number is not used again.
 *
 * Return: the message's bytes; or -EPIPE (@lane has ended: its owner is dead or has
 * closed his end), -EBADMSG (@lane has ended: its owner wrote what a ring cannot
 * hold); or, with @lane 0, -EAGAIN, -ETIMEDOUT, -EINTR, -EMSGSIZE, -EOPNOTSUPP,
 * -EINVAL, or what has become of the port, when there is no lane any more.
 */
ssize_t mailbox_lanes_receive(struct mailbox_lanes *lanes,
			      struct mailbox_receive *receive, uint64_t *lane);

/**
 * mailbox_lanes_send - send a message to the next lane that has room
 * @lanes: the lanes
 * @send: as for mailbox_ring_channel_send_with()
 * @lane: out: to whom it was sent, or which lane has ended
 *
 * If there is no lane, or all are full, it waits.  After an error nothing was sent.
 *
 * Return: 0; or as mailbox_lanes_receive().
 */
int mailbox_lanes_send(struct mailbox_lanes *lanes,
		       const struct mailbox_send *send, uint64_t *lane);

#ifdef __cplusplus
}
#endif

#endif /* MAILBOX_LANES_H */
