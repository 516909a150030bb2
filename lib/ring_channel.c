// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Channels of two rings: messages and calls.  How they come about: ring_meet.c. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "ring_channel.h"

#define HOW	(MAILBOX_NONBLOCK | MAILBOX_BLOCK | MAILBOX_DEADLINE)

/* A record that was taken out of the ring before somebody asked for it. */
struct kept {
	struct kept *next;
	struct mailbox_record record;
	unsigned char bytes[];
};

static int refuse(struct mailbox_ring_channel *channel, const char *why)
{
	channel->refused = why;
	return -EOPNOTSUPP;
}

static int attachments_refuse(struct mailbox_ring_channel *channel)
{
	return refuse(channel, "A ring carries bytes only: no attachments.");
}

static int how_check(uint32_t flags)
{
	if (flags & ~HOW || ((flags & MAILBOX_NONBLOCK) && flags != MAILBOX_NONBLOCK))
		return -EINVAL;
	return 0;
}

/* Waits for what @ring lacks, as @flags say. */
static int ring_lacks(struct mailbox_ring *ring, uint32_t flags, uint32_t clock,
		      int64_t deadline)
{
	if (flags & MAILBOX_NONBLOCK)
		return -EAGAIN;
	if (flags & MAILBOX_DEADLINE)
		return mailbox_ring_wait_until(ring, clock, deadline);
	return mailbox_ring_wait(ring);
}

static int put(struct mailbox_ring_channel *channel, uint32_t kind, uint64_t tag,
	       const void *data, size_t length, const struct mailbox_send *how)
{
	struct mailbox_ring *ring = &channel->out;
	void *place;
	int error;

	/* Room in the ring of somebody who is dead is none. */
	if (!ring->error)
		ring->error = channel->in.error;
	if (ring->error)
		return ring->error;
	while ((error = mailbox_ring_reserve(ring, length, &place)) == -EAGAIN) {
		error = ring_lacks(ring, how->flags, how->clock, how->deadline);
		if (error)
			return error;
	}
	if (error)
		return error;
	if (length)
		memcpy(place, data, length);
	error = mailbox_ring_stage_as(ring, length, kind, tag);
	if (!error)
		mailbox_ring_publish(ring);
	return error;
}

/* What a ring cannot do with a message, if anything. */
static int message_check(struct mailbox_ring_channel *channel,
			 const struct mailbox_message *message)
{
	if (message->iov_count)
		return refuse(channel, "A ring takes a message in one piece.");
	if (message->priority)
		return refuse(channel, "A ring has no priorities: messages arrive in order.");
	if (message->attachments)
		return attachments_refuse(channel);
	return message->flags ? -EINVAL : 0;
}

static int send_check(struct mailbox_ring_channel *channel,
		      const struct mailbox_send *send)
{
	int error;

	if (send->flags & MAILBOX_SEND_SYNC)
		return refuse(channel, "A ring does not tell when a message is received (SYNC).");
	if (send->flags & MAILBOX_SEND_RECEIPT)
		return refuse(channel, "A ring gives no receipts (RECEIPT).");
	if (send->flags & MAILBOX_TO_PROCESS || send->id)
		return refuse(channel, "A ring leads to one process only.");
	error = how_check(send->flags);
	return error ? error : message_check(channel, &send->message);
}

int mailbox_ring_channel_send_with(struct mailbox_ring_channel *channel,
				   const struct mailbox_send *send)
{
	int error = send_check(channel, send);

	if (error)
		return error;
	return put(channel, MAILBOX_RECORD_MESSAGE, send->message.tag,
		   (const void *)(uintptr_t)send->message.data,
		   send->message.length, send);
}

static const struct mailbox_send patiently = { .flags = MAILBOX_BLOCK };

int mailbox_ring_channel_send(struct mailbox_ring_channel *channel,
			      const void *data, size_t length)
{
	return put(channel, MAILBOX_RECORD_MESSAGE, 0, data, length, &patiently);
}

int mailbox_ring_channel_reply(struct mailbox_ring_channel *channel,
			       uint64_t token, const void *data, size_t length)
{
	if (!token)
		return -EINVAL;
	return put(channel, MAILBOX_RECORD_REPLY, token, data, length, &patiently);
}

/* ---- Receiving ---- */

static struct kept *keep(const struct mailbox_record *record)
{
	struct kept *kept = malloc(sizeof(*kept) + record->length);

	if (!kept)
		return NULL;
	kept->next = NULL;
	kept->record = *record;
	kept->record.data = kept->bytes;
	memcpy(kept->bytes, record->data, record->length);
	return kept;
}

/* A reply: kept if the pending call waits for it, else thrown away. */
static int reply_take(struct mailbox_ring_channel *channel,
		      const struct mailbox_record *record)
{
	if (record->tag == channel->pending && !channel->reply) {
		channel->reply = keep(record);
		if (!channel->reply)
			return -ENOMEM;
	}
	return mailbox_ring_release(&channel->in);
}

/* The next message or call in the ring; replies before it are taken. */
static int message_peek(struct mailbox_ring_channel *channel,
			struct mailbox_record *record)
{
	int error;

	for (;;) {
		error = mailbox_ring_peek(&channel->in, record);
		if (error)
			return error;
		if (record->kind < MAILBOX_RECORD_REPLY)
			return 0;
		/* what a later version sends is not for this one */
		if (record->kind != MAILBOX_RECORD_REPLY)
			return -EBADMSG;
		error = reply_take(channel, record);
		if (error)
			return error;
	}
}

/* Copies a record out; 0 or -EMSGSIZE. */
static int record_copy(struct mailbox_message *message,
		       const struct mailbox_record *record)
{
	bool call = record->kind == MAILBOX_RECORD_CALL;

	message->length = record->length;
	message->tag = call ? 0 : record->tag;
	message->token = call ? record->tag : 0;
	message->info = call ? MAILBOX_INFO_CALL : 0;
	message->priority = 0;
	message->seq = 0;
	message->pid = 0;
	message->uid = 0;
	message->gid = 0;
	message->lost = 0;
	if (record->length > message->room)
		return -EMSGSIZE;
	if (record->length)
		memcpy((void *)(uintptr_t)message->data, record->data,
		       record->length);
	return 0;
}

static ssize_t kept_take(struct mailbox_ring_channel *channel,
			 struct mailbox_message *message)
{
	struct kept *kept = channel->kept;
	int error = record_copy(message, &kept->record);

	if (error)
		return error;
	channel->kept = kept->next;
	if (!channel->kept)
		channel->kept_end = &channel->kept;
	channel->kept_bytes -= kept->record.length + sizeof(*kept);
	free(kept);
	return (ssize_t)message->length;
}

static int receive_check(struct mailbox_ring_channel *channel,
			 const struct mailbox_receive *receive)
{
	if (receive->flags & MAILBOX_RECEIVE_PEEK)
		return refuse(channel, "A ring is peeked at by mailbox_ring_peek() (PEEK).");
	if (receive->flags & (MAILBOX_RECEIVE_FROM | MAILBOX_RECEIVE_TAG))
		return refuse(channel, "A ring does not select: messages arrive in order.");
	if (receive->id)
		return refuse(channel, "A ring comes from one process only.");
	if (receive->message.attachments)
		return attachments_refuse(channel);
	if (receive->message.iov_count)
		return refuse(channel, "A ring gives a message in one piece.");
	return how_check(receive->flags);
}

ssize_t mailbox_ring_channel_receive_with(struct mailbox_ring_channel *channel,
					  struct mailbox_receive *receive)
{
	struct mailbox_record record;
	int error;

	error = receive_check(channel, receive);
	if (error)
		return error;
	if (channel->kept)
		return kept_take(channel, &receive->message);
	while ((error = message_peek(channel, &record)) == -EAGAIN) {
		error = ring_lacks(&channel->in, receive->flags, receive->clock,
				   receive->deadline);
		if (error)
			return error;
	}
	if (!error)
		error = record_copy(&receive->message, &record);
	if (error)
		return error;
	mailbox_ring_release(&channel->in);
	return (ssize_t)receive->message.length;
}

ssize_t mailbox_ring_channel_receive(struct mailbox_ring_channel *channel,
				     void *buffer, size_t room)
{
	struct mailbox_receive receive;

	mailbox_receive_init(&receive, 0, buffer, room);
	return mailbox_ring_channel_receive_with(channel, &receive);
}

/* ---- Calling ---- */

static void call_forget(struct mailbox_ring_channel *channel)
{
	free(channel->reply);
	channel->reply = NULL;
	channel->pending = 0;
}

/* What came before the reply is kept, up to the ring's size. */
static int message_keep(struct mailbox_ring_channel *channel,
			const struct mailbox_record *record)
{
	size_t bytes = record->length + sizeof(struct kept);
	struct kept *kept;

	if (channel->kept_bytes + bytes > channel->in.size)
		return -ENOBUFS;
	kept = keep(record);
	if (!kept)
		return -ENOMEM;
	*channel->kept_end = kept;
	channel->kept_end = &kept->next;
	channel->kept_bytes += bytes;
	return mailbox_ring_release(&channel->in);
}

/* Waits until the reply is there. */
static int reply_await(struct mailbox_ring_channel *channel,
		       const struct mailbox_call *call)
{
	struct mailbox_record record;
	int error = 0;

	while (!channel->reply && !error) {
		error = message_peek(channel, &record);
		if (!error)
			error = message_keep(channel, &record);
		else if (error == -EAGAIN && !channel->reply)
			error = ring_lacks(&channel->in, call->flags, call->clock,
					   call->deadline);
	}
	return channel->reply ? 0 : error;
}

static int call_check(struct mailbox_ring_channel *channel,
		      const struct mailbox_call *call)
{
	int error;

	if (call->flags & MAILBOX_CALL_CANCEL)
		return refuse(channel, "A ring gives no request back (CANCEL).");
	if (call->flags & MAILBOX_TO_PROCESS || call->id)
		return refuse(channel, "A ring leads to one process only.");
	if (call->reply.attachments)
		return attachments_refuse(channel);
	if (call->reply.iov_count)
		return refuse(channel, "A ring gives a message in one piece.");
	error = how_check(call->flags);
	return error ? error : message_check(channel, &call->request);
}

/* Sends the request; its number is in @call->pending. */
static int call_begin(struct mailbox_ring_channel *channel,
		      struct mailbox_call *call)
{
	struct mailbox_send how = {
		.flags = call->flags, .clock = call->clock,
		.deadline = call->deadline,
	};
	int error;

	if (channel->pending)
		return -EBUSY;
	error = put(channel, MAILBOX_RECORD_CALL, channel->calls + 1,
		    (const void *)(uintptr_t)call->request.data,
		    call->request.length, &how);
	if (error)
		return error;
	channel->pending = ++channel->calls;
	call->pending = channel->pending;
	return 0;
}

ssize_t mailbox_ring_channel_call_with(struct mailbox_ring_channel *channel,
				       struct mailbox_call *call)
{
	int error;

	error = call_check(channel, call);
	if (!error && !call->pending)
		error = call_begin(channel, call);
	else if (!error && call->pending != channel->pending)
		error = -ESTALE;
	if (error)
		return error;
	error = reply_await(channel, call);
	if (!error)
		error = record_copy(&call->reply, &channel->reply->record);
	if (error == -EAGAIN || error == -EINTR || error == -EMSGSIZE ||
	    error == -ENOBUFS)
		return error;
	call_forget(channel);
	call->pending = 0;
	return error ? error : (ssize_t)call->reply.length;
}

ssize_t mailbox_ring_channel_call(struct mailbox_ring_channel *channel,
				  const void *request, size_t length,
				  void *reply, size_t room)
{
	struct mailbox_call call;
	ssize_t ret;

	mailbox_call_init(&call, 0, request, length, reply, room);
	ret = mailbox_ring_channel_call_with(channel, &call);
	if (ret < 0 && call.pending)
		call_forget(channel);
	return ret;
}

/* ---- The rest ---- */

void mailbox_ring_channel_close(struct mailbox_ring_channel *channel)
{
	struct kept *kept;
	int saved = errno;

	if (!channel)
		return;
	while ((kept = channel->kept)) {
		channel->kept = kept->next;
		free(kept);
	}
	free(channel->reply);
	if (channel->endpoint >= 0)
		close(channel->endpoint);
	if (channel->mine)
		munmap(channel->mine, channel->mine_length);
	if (channel->theirs)
		munmap(channel->theirs, channel->theirs_length);
	free(channel);
	errno = saved;
}

int mailbox_ring_channel_fd(const struct mailbox_ring_channel *channel)
{
	return channel->endpoint;
}

struct mailbox_ring *mailbox_ring_channel_out(struct mailbox_ring_channel *channel)
{
	return &channel->out;
}

struct mailbox_ring *mailbox_ring_channel_in(struct mailbox_ring_channel *channel)
{
	return &channel->in;
}

void mailbox_ring_channel_peer(const struct mailbox_ring_channel *channel,
			       struct mailbox_ring_peer *peer)
{
	*peer = channel->peer;
}

const char *mailbox_ring_channel_refused(const struct mailbox_ring_channel *channel)
{
	return channel->refused;
}
