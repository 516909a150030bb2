/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Channels of two rings: a connection whose messages go through shared memory,
 * without a system call while neither side has to sleep.
 *
 * Each side makes a section, which nobody else can map writable, with the records
 * that it sends; the other side maps it to read.  They meet at a connection port
 * (mailbox_listen()), whose channel is the bell of both rings and tells when the
 * other side has died.
 *
 * What a ring cannot give is refused with -EOPNOTSUPP, and
 * mailbox_ring_channel_refused() says what it was: priorities, selection, the
 * sender's identity with each message (the other side's, as the kernel saw it when
 * they connected, is in mailbox_ring_channel_peer()), to know or to wait until a
 * message has been received, to take back what has been sent, and attachments.
 *
 * A channel is used by one thread at a time.
 */
#ifndef MAILBOX_RING_CHANNEL_H
#define MAILBOX_RING_CHANNEL_H

#include <mailbox_ring.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One end of a channel. */
struct mailbox_ring_channel;

/**
 * struct mailbox_ring_options - how this side's end is to be
 * @size: sizeof(struct mailbox_ring_options)
 * @mode: permission bits of its section: r for those who may be the other side;
 *	0: 0600, the same user's processes
 * @memory: bytes for what it sends, at least %MAILBOX_RING_DATA and
 *	%MAILBOX_RING_SIZE_MIN; a message takes at most half; 0: 256 KiB
 */
struct mailbox_ring_options {
	uint32_t size;
	uint32_t mode;
	uint64_t memory;
};

/**
 * struct mailbox_ring_peer - who is at the other end
 * @pid: the process, as it connected or accepted
 * @uid: its effective user
 * @gid: its effective group
 */
struct mailbox_ring_peer {
	uint32_t pid;
	uint32_t uid;
	uint32_t gid;
};

/**
 * mailbox_ring_channel_connect - connect to a port, by rings
 * @client: a client
 * @name: the port's name
 * @options: NULL, or how this side's end is to be
 * @channel: out: this end
 *
 * Waits until the other side has called mailbox_ring_channel_accept().
 *
 * Return: 0; or an error of mailbox_connect() or mailbox_section_create();
 * -EPROTONOSUPPORT (the other side speaks otherwise), -EACCES (the mode of one of
 * the sections does not let the other side read it), -EINVAL (@options; or a port
 * whose channels have no capacity), -ENOMEM.
 */
int mailbox_ring_channel_connect(int client, const char *name,
				 const struct mailbox_ring_options *options,
				 struct mailbox_ring_channel **channel);

/**
 * mailbox_ring_channel_accept - accept the next connection, by rings
 * @client: a client, of the port's namespace
 * @port: a handle to the port, or to wait not at all one with O_NONBLOCK
 * @options: NULL, or how this side's end is to be
 * @channel: out: this end
 *
 * If it fails with anything but an error of receiving, a request was there and has
 * been rejected for that reason, and the next one can be accepted.
 *
 * Return: 0; or an error of mailbox_accept(); or as mailbox_ring_channel_connect().
 */
int mailbox_ring_channel_accept(int client, int port,
				const struct mailbox_ring_options *options,
				struct mailbox_ring_channel **channel);

/**
 * mailbox_ring_channel_close - give up this end
 * @channel: an end, or NULL
 *
 * The other side receives what has been sent, and then -EPIPE.  In a child of
 * fork(2), which has a copy of the end, it lives on with that.
 */
void mailbox_ring_channel_close(struct mailbox_ring_channel *channel);

/**
 * mailbox_ring_channel_fd - the bell, for poll(2)
 * @channel: an end
 *
 * See mailbox_ring_arm().
 *
 * Return: a descriptor, which belongs to the channel.
 */
int mailbox_ring_channel_fd(const struct mailbox_ring_channel *channel);

/**
 * mailbox_ring_channel_out - the ring of what this side sends
 * @channel: an end
 *
 * For sending in place, in batches, and with poll(2).
 *
 * Return: the producer's side, which belongs to the channel.
 */
struct mailbox_ring *mailbox_ring_channel_out(struct mailbox_ring_channel *channel);

/**
 * mailbox_ring_channel_in - the ring of what the other side sends
 * @channel: an end
 *
 * For receiving in place, in batches, and with poll(2).  Messages that came while
 * a call waited for its reply are not in it: mailbox_ring_channel_receive() gives
 * them.
 *
 * Return: the consumer's side, which belongs to the channel.
 */
struct mailbox_ring *mailbox_ring_channel_in(struct mailbox_ring_channel *channel);

/**
 * mailbox_ring_channel_peer - who is at the other end
 * @channel: an end
 * @peer: out: as the kernel saw it when they connected
 */
void mailbox_ring_channel_peer(const struct mailbox_ring_channel *channel,
			       struct mailbox_ring_peer *peer);

/**
 * mailbox_ring_channel_send - send a message, and wait for room if need be
 * @channel: an end
 * @data: the message
 * @length: its bytes
 *
 * Return: 0; or -EPIPE, -EMSGSIZE (longer than half of the ring), -EBADMSG, -EINTR.
 */
int mailbox_ring_channel_send(struct mailbox_ring_channel *channel,
			      const void *data, size_t length);

/**
 * mailbox_ring_channel_send_with - send a message in any way there is
 * @channel: an end
 * @send: from mailbox_send_init() with the ID 0; in one piece, perhaps with a tag;
 *	%MAILBOX_NONBLOCK or %MAILBOX_DEADLINE
 *
 * Return: as mailbox_ring_channel_send(); also -EAGAIN, -ETIMEDOUT, -EOPNOTSUPP
 * (priority, SYNC, RECEIPT, TO_PROCESS, pieces), -EINVAL.
 */
int mailbox_ring_channel_send_with(struct mailbox_ring_channel *channel,
				   const struct mailbox_send *send);

/**
 * mailbox_ring_channel_receive - receive the next message, and wait if need be
 * @channel: an end
 * @buffer: where to put it
 * @room: bytes in @buffer
 *
 * Return: its bytes; or -EPIPE (the other side is gone, and nothing is left),
 * -EMSGSIZE (longer than @room; it stays), -EBADMSG, -EINTR.
 */
ssize_t mailbox_ring_channel_receive(struct mailbox_ring_channel *channel,
				     void *buffer, size_t room);

/**
 * mailbox_ring_channel_receive_with - receive a message in any way there is
 * @channel: an end
 * @receive: from mailbox_receive_init() with the ID 0; %MAILBOX_NONBLOCK or
 *	%MAILBOX_DEADLINE; out: length, tag; if it is a call, %MAILBOX_INFO_CALL and
 *	a token for mailbox_ring_channel_reply().  Identity and serial number are 0
 *
 * Return: as mailbox_ring_channel_receive(); also -EAGAIN, -ETIMEDOUT, -EOPNOTSUPP
 * (PEEK, selection by sender or tag, pieces), -EINVAL.
 */
ssize_t mailbox_ring_channel_receive_with(struct mailbox_ring_channel *channel,
					  struct mailbox_receive *receive);

/**
 * mailbox_ring_channel_call - send a request and wait for its reply
 * @channel: an end
 * @request: the request
 * @length: its bytes
 * @reply: where the reply goes
 * @room: bytes in @reply
 *
 * Messages that come meanwhile are kept, as many as the ring holds, for
 * mailbox_ring_channel_receive().  A call that fails is forgotten, and its reply, if
 * it comes, thrown away; but the request cannot be taken back.
 *
 * Return: the reply's bytes; or as mailbox_ring_channel_send() and _receive();
 * -ENOBUFS (too much came before the reply), -EBUSY (a call is pending), -ENOMEM.
 */
ssize_t mailbox_ring_channel_call(struct mailbox_ring_channel *channel,
				  const void *request, size_t length,
				  void *reply, size_t room);

/**
 * mailbox_ring_channel_call_with - call in any way there is
 * @channel: an end
 * @call: from mailbox_call_init() with the ID 0; %MAILBOX_NONBLOCK or
 *	%MAILBOX_DEADLINE
 *
 * After -EAGAIN, -EINTR, -EMSGSIZE of the reply and -ENOBUFS @call->pending says
 * that the call goes on; the same structure again waits for its reply.  Meanwhile
 * messages and calls of the other side can be received: so calls may run either
 * way.
 *
 * Return: as mailbox_ring_channel_call(); also -ETIMEDOUT, -EOPNOTSUPP (CANCEL,
 * TO_PROCESS, priority, pieces), -ESTALE (no such call is pending), -EINVAL.
 */
ssize_t mailbox_ring_channel_call_with(struct mailbox_ring_channel *channel,
				       struct mailbox_call *call);

/**
 * mailbox_ring_channel_reply - answer a call
 * @channel: an end
 * @token: the call's
 * @data: the reply
 * @length: its bytes
 *
 * Whether somebody still waits for it, nobody knows: such a reply is thrown away at
 * the other side.
 *
 * Return: as mailbox_ring_channel_send(); -EINVAL (@token is 0).
 */
int mailbox_ring_channel_reply(struct mailbox_ring_channel *channel,
			       uint64_t token, const void *data, size_t length);

/**
 * mailbox_ring_channel_refused - what -EOPNOTSUPP was about
 * @channel: an end
 *
 * Return: a sentence that belongs to the library, about what was refused last;
 * NULL if nothing was.
 */
const char *mailbox_ring_channel_refused(const struct mailbox_ring_channel *channel);

#ifdef __cplusplus
}
#endif

#endif /* MAILBOX_RING_CHANNEL_H */
