// SPDX-License-Identifier: GPL-2.0-only
/*
 * This module: by handle, by ID, and with read and write; and streams with a low-water
 * mark, too.
 */
#include <fcntl.h>
#include <linux/mailbox.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bench.h"

/**
 * struct box - what is prepared once
 * @send: SEND's argument
 * @receive: RECEIVE's
 * @call: CALL's
 * @serve: REPLY_RECEIVE's
 * @batch: SEND_BATCH's and RECEIVE_BATCH's
 * @messages: its messages
 */
struct box {
	struct mailbox_send send;
	struct mailbox_receive receive;
	struct mailbox_call call;
	struct mailbox_reply_receive serve;
	struct mailbox_batch batch;
	struct mailbox_message messages[BATCH_MAX];
};

static bool box_make(struct channel *channel, __u32 flags, __u32 low_water,
		     __u64 *id)
{
	struct mailbox_create create = {
		.size = sizeof(create),
		.flags = flags | MAILBOX_CREATE_MAX_MESSAGE,
		.capacity = channel->depth,
		.max_message = channel->bytes,
		.rights = flags & MAILBOX_CREATE_NOFD ? 0 : MAILBOX_RIGHTS_ALL,
		.low_water = low_water,
	};
	int client = open("/dev/mailbox", O_RDWR | O_CLOEXEC);
	struct box *box = calloc(1, sizeof(*box));

	if (client < 0 || !box)
		return false;
	must(!ioctl(client, MAILBOX_IOC_CREATE, &create), "CREATE");
	*id = create.id;
	channel->own = box;
	if (flags & MAILBOX_CREATE_NOFD) {
		channel->in = client;
	} else {
		channel->in = create.fd;
		close(client);
	}
	channel->out = channel->in;
	box->send.size = sizeof(box->send);
	box->receive.size = sizeof(box->receive);
	box->call.size = sizeof(box->call);
	box->serve.size = sizeof(box->serve);
	box->batch.size = sizeof(box->batch);
	return true;
}

static bool handle_open(struct channel *channel)
{
	__u64 id;

	return box_make(channel, 0, 0, &id);
}

/* Senders who find it full wait until half of it has been received. */
static bool low_open(struct channel *channel)
{
	__u64 id;

	return channel->stream &&
	       box_make(channel, 0, channel->depth / 2, &id);
}

static bool id_open(struct channel *channel)
{
	struct box *box;
	__u64 id;

	if (!box_make(channel, MAILBOX_CREATE_NOFD, 0, &id))
		return false;
	box = channel->own;
	box->send.id = id;
	box->receive.id = id;
	box->call.id = id;
	box->serve.id = id;
	box->batch.id = id;
	return true;
}

static void box_send(struct channel *channel, char *data)
{
	struct box *box = channel->own;

	box->send.message.data = (uintptr_t)data;
	box->send.message.length = channel->bytes;
	must(!ioctl(channel->out, MAILBOX_IOC_SEND, &box->send), "SEND");
}

static void box_receive(struct channel *channel, char *data)
{
	struct box *box = channel->own;

	box->receive.message.data = (uintptr_t)data;
	box->receive.message.room = channel->bytes;
	must(!ioctl(channel->in, MAILBOX_IOC_RECEIVE, &box->receive),
	     "RECEIVE");
}

static void batch_prepare(struct channel *channel, char *data,
			  unsigned int count)
{
	struct box *box = channel->own;

	box->batch.messages = (uintptr_t)box->messages;
	box->batch.message_size = sizeof(box->messages[0]);
	box->batch.count = count;
	for (unsigned int i = 0; i < count; i++) {
		box->messages[i].data = (uintptr_t)data + i * channel->bytes;
		box->messages[i].length = channel->bytes;
		box->messages[i].room = 0;
	}
}

static void box_send_many(struct channel *channel, char *data,
			  unsigned int count)
{
	struct box *box = channel->own;

	batch_prepare(channel, data, count);
	while (box->batch.count) {
		must(!ioctl(channel->out, MAILBOX_IOC_SEND_BATCH, &box->batch),
		     "SEND_BATCH");
		box->batch.count -= box->batch.done;
		box->batch.messages += box->batch.done *
				       sizeof(box->messages[0]);
	}
}

static unsigned int box_receive_many(struct channel *channel, char *data,
				     unsigned int count)
{
	struct box *box = channel->own;

	batch_prepare(channel, data, count);
	for (unsigned int i = 0; i < count; i++)
		box->messages[i].room = channel->bytes;
	must(!ioctl(channel->in, MAILBOX_IOC_RECEIVE_BATCH, &box->batch),
	     "RECEIVE_BATCH");
	return box->batch.done;
}

static void box_call(struct channel *channel, char *data)
{
	struct mailbox_call *call = &((struct box *)channel->own)->call;

	call->request.data = (uintptr_t)data;
	call->request.length = channel->bytes;
	call->reply.data = (uintptr_t)data;
	call->reply.room = channel->bytes;
	must(!ioctl(channel->out, MAILBOX_IOC_CALL, call), "CALL");
}

static void box_serve(struct channel *channel, char *data)
{
	struct mailbox_reply_receive *serve =
		&((struct box *)channel->own)->serve;

	serve->message.data = (uintptr_t)data;
	serve->message.room = channel->bytes;
	must(!ioctl(channel->in, MAILBOX_IOC_REPLY_RECEIVE, serve),
	     "REPLY_RECEIVE");
	serve->token = serve->message.token;
	serve->reply.data = (uintptr_t)data;
	serve->reply.length = serve->message.length;
}

static void rw_send(struct channel *channel, char *data)
{
	must(write(channel->out, data, channel->bytes) ==
	     (ssize_t)channel->bytes, "write");
}

static void rw_receive(struct channel *channel, char *data)
{
	must(read(channel->in, data, channel->bytes) ==
	     (ssize_t)channel->bytes, "read");
}

const struct mechanism mailbox = {
	.name = "mailbox",
	.longest = 1 << 20,
	.shared = true,
	.meets = true,
	.open = handle_open,
	.send = box_send,
	.receive = box_receive,
	.send_many = box_send_many,
	.receive_many = box_receive_many,
	.call = box_call,
	.serve = box_serve,
};

const struct mechanism mailbox_low = {
	.name = "mailbox-low",
	.longest = 1 << 20,
	.shared = true,
	.open = low_open,
	.send = box_send,
	.receive = box_receive,
	.send_many = box_send_many,
	.receive_many = box_receive_many,
};

const struct mechanism mailbox_id = {
	.name = "mailbox-id",
	.longest = 1 << 20,
	.shared = true,
	.meets = true,
	.open = id_open,
	.send = box_send,
	.receive = box_receive,
	.send_many = box_send_many,
	.receive_many = box_receive_many,
	.call = box_call,
	.serve = box_serve,
};

const struct mechanism mailbox_rw = {
	.name = "mailbox-rw",
	.longest = 1 << 20,
	.shared = true,
	.meets = true,
	.open = handle_open,
	.send = rw_send,
	.receive = rw_receive,
};

const struct mechanism mailbox_rw_low = {
	.name = "mailbox-rw-low",
	.longest = 1 << 20,
	.shared = true,
	.open = low_open,
	.send = rw_send,
	.receive = rw_receive,
};
