// SPDX-License-Identifier: GPL-2.0-only
/* This module's rings, whose processes sleep at the ends of a channel. */
#include <pthread.h>
#include <stdlib.h>

#include <mailbox_ring.h>

#include "bench.h"

struct both {
	struct mailbox_ring out;
	struct mailbox_ring in;
};

static void *accept_one(void *port)
{
	return (void *)(intptr_t)mailbox_accept(*(int *)port);
}

static void bells_make(struct channel *channel)
{
	struct mailbox_listen listen;
	struct mailbox_connect connect;
	int client = mailbox_client_open(), port;
	pthread_t thread;
	void *accepted;

	mailbox_listen_init(&listen, NULL, 1);
	listen.channel_capacity = 1;
	port = mailbox_listen_with(client, &listen);
	must(port >= 0, "LISTEN");
	must(!pthread_create(&thread, NULL, accept_one, &port), "thread");
	mailbox_connect_init(&connect, NULL, NULL, 0);
	connect.id = listen.port.id;
	channel->out = mailbox_connect_with(client, &connect);
	pthread_join(thread, &accepted);
	channel->in = (int)(intptr_t)accepted;
	must(channel->out >= 0 && channel->in >= 0, "CONNECT");
}

static bool rings_open(struct channel *channel)
{
	size_t length = mailbox_ring_memory(channel->depth, channel->bytes);
	void *memory = shared_memory(length);
	struct both *both = calloc(1, sizeof(*both));

	must(both, "calloc");
	bells_make(channel);
	must(!mailbox_ring_init(memory, length) &&
	     !mailbox_ring_attach(&both->out, MAILBOX_RING_PRODUCER, memory,
				  memory, length, channel->out) &&
	     !mailbox_ring_attach(&both->in, MAILBOX_RING_CONSUMER, memory,
				  memory, length, channel->in), "a ring");
	channel->own = both;
	return true;
}

static void rings_send(struct channel *channel, char *data)
{
	struct both *both = channel->own;

	must(!mailbox_ring_send(&both->out, data, channel->bytes, 0), "send");
}

static void rings_receive(struct channel *channel, char *data)
{
	struct both *both = channel->own;

	must(mailbox_ring_receive(&both->in, data, channel->bytes, NULL) ==
	     (ssize_t)channel->bytes, "receive");
}

static void rings_send_many(struct channel *channel, char *data,
			    unsigned int count)
{
	struct both *both = channel->own;
	struct mailbox_ring *ring = &both->out;
	void *place;
	int error;

	while (count) {
		error = mailbox_ring_reserve(ring, channel->bytes, &place);
		if (error == -EAGAIN) {
			must(!mailbox_ring_wait(ring), "wait");
			continue;
		}
		must(!error, "reserve");
		memcpy(place, data, channel->bytes);
		must(!mailbox_ring_stage(ring, channel->bytes, 0), "stage");
		count--;
	}
	mailbox_ring_publish(ring);
}

static unsigned int rings_receive_many(struct channel *channel, char *data,
				       unsigned int count)
{
	struct both *both = channel->own;
	struct mailbox_ring *ring = &both->in;
	struct mailbox_record record;
	unsigned int done = 0;
	int error;

	while ((error = mailbox_ring_peek(ring, &record)) == -EAGAIN)
		must(!mailbox_ring_wait(ring), "wait");
	must(!error, "peek");
	do {
		memcpy(data, record.data, channel->bytes);
		must(!mailbox_ring_pass(ring), "pass");
		done++;
	} while (done < count && !mailbox_ring_peek(ring, &record));
	mailbox_ring_publish(ring);
	return done;
}

const struct mechanism mailbox_ring = {
	.name = "mailbox-ring",
	.longest = 1 << 20,
	.open = rings_open,
	.send = rings_send,
	.receive = rings_receive,
	.send_many = rings_send_many,
	.receive_many = rings_receive_many,
};
