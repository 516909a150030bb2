// SPDX-License-Identifier: GPL-2.0-only
/*
 * A server for 1,000 clients that has one thread and sleeps in one place: a ring
 * of io_uring, on which it waits for the next request of each channel.  The clients
 * are a process with a ring of its own, and all of their calls are made at once.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <mailbox_uring.h>

#include "demo.h"

#define CHANNELS	1000
#define ROUNDS		3
#define NAME		"squares"

static void ring_make(struct io_uring *ring)
{
	demo_check(io_uring_queue_init(CHANNELS, ring, 0), "io_uring_queue_init");
}

/* One for each channel, and as many in a new process, are descriptors. */
static void files_allow(void)
{
	struct rlimit limit = { 2 * CHANNELS + 100, 2 * CHANNELS + 100 };

	demo_check(setrlimit(RLIMIT_NOFILE, &limit) ? -errno : 0, "setrlimit");
}

/* The clients */

struct client {
	int endpoint;
	struct mailbox_call call;
	uint64_t question;
	uint64_t answer;
};

static void client_ask(struct io_uring *ring, struct client *client,
		       uint64_t question)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	client->question = question;
	mailbox_call_init(&client->call, 0, &client->question,
			  sizeof(client->question), &client->answer,
			  sizeof(client->answer));
	mailbox_prep_call(sqe, client->endpoint, &client->call);
	io_uring_sqe_set_data(sqe, client);
}

/* How many of all calls in flight come back with what was asked for. */
static int answers_right(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	struct client *client;
	int right = 0, i;

	for (i = 0; i < CHANNELS; i++) {
		demo_check(io_uring_wait_cqe(ring, &cqe), "io_uring_wait_cqe");
		client = io_uring_cqe_get_data(cqe);
		right += !cqe->res && client->answer ==
				      client->question * client->question;
		io_uring_cqe_seen(ring, cqe);
	}
	return right;
}

static void clients(void *unused)
{
	struct client *all = calloc(CHANNELS, sizeof(*all));
	int device = demo_client();
	struct io_uring ring;
	int i, round;

	(void)unused;
	ring_make(&ring);
	for (i = 0; i < CHANNELS; i++)
		all[i].endpoint = (int)demo_check(mailbox_connect(device, NAME),
						  "mailbox_connect");
	demo_say("%d channels are open", CHANNELS);
	for (round = 1; round <= ROUNDS; round++) {
		for (i = 0; i < CHANNELS; i++)
			client_ask(&ring, &all[i], (uint64_t)(round * i));
		CLAIM(io_uring_submit(&ring) == CHANNELS,
		      "%d calls are made by one system call", CHANNELS);
		CLAIM(answers_right(&ring) == CHANNELS,
		      "each has its own answer");
	}
	io_uring_queue_exit(&ring);
	for (i = 0; i < CHANNELS; i++)
		close(all[i].endpoint);
}

/* The server */

struct channel {
	int endpoint;
	struct mailbox_reply_receive both;
	uint64_t question;
	uint64_t answer;
};

/* Answers the last request, if there was one, and waits for the next. */
static void channel_serve(struct io_uring *ring, struct channel *channel)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	if (!sqe) {
		io_uring_submit(ring);
		sqe = io_uring_get_sqe(ring);
	}
	mailbox_prep_reply_receive(sqe, channel->endpoint, &channel->both);
	io_uring_sqe_set_data(sqe, channel);
}

static void channel_open(struct io_uring *ring, struct channel *channel,
			 int port)
{
	channel->endpoint = (int)demo_check(mailbox_accept(port),
					    "mailbox_accept");
	mailbox_reply_receive_init(&channel->both, 0, &channel->question,
				   sizeof(channel->question));
	channel_serve(ring, channel);
}

static void channel_answer(struct io_uring *ring, struct channel *channel)
{
	channel->answer = channel->question * channel->question;
	channel->both.token = channel->both.message.token;
	mailbox_message_data(&channel->both.reply, &channel->answer,
			     sizeof(channel->answer));
	channel_serve(ring, channel);
}

/* Serves until every client has closed its channel: how many requests. */
static int serve(struct io_uring *ring)
{
	int open = CHANNELS, served = 0;
	struct io_uring_cqe *cqe;

	while (open) {
		struct channel *channel;
		int result;

		demo_check(io_uring_submit_and_wait(ring, 1),
			   "io_uring_submit_and_wait");
		while (!io_uring_peek_cqe(ring, &cqe)) {
			channel = io_uring_cqe_get_data(cqe);
			result = cqe->res;
			io_uring_cqe_seen(ring, cqe);
			if (result) {
				/* Its client has gone: that is all. */
				if (result != -EPIPE)
					demo_check(result, "a request");
				close(channel->endpoint);
				open--;
				continue;
			}
			channel_answer(ring, channel);
			served++;
		}
	}
	return served;
}

int main(void)
{
	struct channel *channels = calloc(CHANNELS, sizeof(*channels));
	struct mailbox_query query;
	int device, port, i;
	struct io_uring ring;
	pid_t child;

	demo_act("server");
	files_allow();
	device = demo_client();
	demo_check(mailbox_query(device, &query), "mailbox_query");
	if (!(query.features & MAILBOX_FEATURE_URING)) {
		demo_say("on this kernel each command that waits needs a thread");
		return 0;
	}
	port = (int)demo_check(DO(mailbox_listen(device, NAME, 16)), "listen");
	ring_make(&ring);
	child = demo_start("clients", clients, NULL);
	for (i = 0; i < CHANNELS; i++)
		channel_open(&ring, &channels[i], port);
	CLAIM(serve(&ring) == ROUNDS * CHANNELS,
	      "one thread has served all of %d channels", CHANNELS);
	demo_join(child);
	io_uring_queue_exit(&ring);
	close(port);
	close(device);
	free(channels);
	return 0;
}
