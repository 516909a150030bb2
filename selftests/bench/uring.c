// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring: this module's commands, reads and writes of a mailbox, and sends and
 * receives of a seqpacket socket, as many in one submission as are wanted at once.
 */
#include <fcntl.h>
#include <mailbox_uring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"

#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_SINGLE_ISSUER	(1U << 12)
#define IORING_SETUP_DEFER_TASKRUN	(1U << 13)
#endif

/* Numbers in the ring's table of files. */
#define OUT	0
#define IN	1

/* Prepares an operation that takes bytes and how many, and results in how many. */
typedef void prepare_function(struct io_uring_sqe *sqe, int file, char *data,
			      unsigned int bytes);

/**
 * struct lane - what is prepared once
 * @ring: the ring
 * @prepare_out: how bytes are sent, where the commands are not those below
 * @prepare_in: how they are received
 * @sends: SEND's arguments
 * @receives: RECEIVE's
 */
struct lane {
	struct io_uring ring;
	prepare_function *prepare_out;
	prepare_function *prepare_in;
	struct mailbox_send sends[BATCH_MAX];
	struct mailbox_receive receives[BATCH_MAX];
};

static void prepare_write(struct io_uring_sqe *sqe, int file, char *data,
			  unsigned int bytes)
{
	io_uring_prep_write(sqe, file, data, bytes, 0);
}

static void prepare_read(struct io_uring_sqe *sqe, int file, char *data,
			 unsigned int bytes)
{
	io_uring_prep_read(sqe, file, data, bytes, 0);
}

static void prepare_send(struct io_uring_sqe *sqe, int file, char *data,
			 unsigned int bytes)
{
	io_uring_prep_send(sqe, file, data, bytes, 0);
}

static void prepare_recv(struct io_uring_sqe *sqe, int file, char *data,
			 unsigned int bytes)
{
	io_uring_prep_recv(sqe, file, data, bytes, 0);
}

/*
 * One process has the ring: there is none to share.  The module's own commands need
 * neither function.
 */
static bool lane_make(struct channel *channel, prepare_function *prepare_out,
		      prepare_function *prepare_in)
{
	int files[] = { [OUT] = channel->out, [IN] = channel->in };
	struct lane *lane = calloc(1, sizeof(*lane));

	if (!lane)
		return false;
	if (io_uring_queue_init(BATCH_MAX, &lane->ring,
				IORING_SETUP_SINGLE_ISSUER |
				IORING_SETUP_DEFER_TASKRUN)) {
		free(lane);
		return false;
	}
	must(!io_uring_register_files(&lane->ring, files, 2), "register");
	io_uring_register_ring_fd(&lane->ring);
	lane->prepare_out = prepare_out;
	lane->prepare_in = prepare_in;
	for (unsigned int i = 0; i < BATCH_MAX; i++) {
		lane->sends[i].size = sizeof(lane->sends[i]);
		lane->receives[i].size = sizeof(lane->receives[i]);
	}
	channel->own = lane;
	return true;
}

static bool box_make(struct channel *channel, prepare_function *prepare_out,
		     prepare_function *prepare_in)
{
	struct mailbox_create create = {
		.size = sizeof(create),
		.flags = MAILBOX_CREATE_MAX_MESSAGE,
		.capacity = channel->depth,
		.max_message = channel->bytes,
		.rights = MAILBOX_RIGHTS_ALL,
	};
	int client;

	if (!channel->alone)
		return false;
	client = open("/dev/mailbox", O_RDWR | O_CLOEXEC);
	if (client < 0)
		return false;
	must(!ioctl(client, MAILBOX_IOC_CREATE, &create), "CREATE");
	close(client);
	channel->in = create.fd;
	channel->out = create.fd;
	return lane_make(channel, prepare_out, prepare_in);
}

static bool box_open(struct channel *channel)
{
	return box_make(channel, NULL, NULL);
}

static bool rw_open(struct channel *channel)
{
	return box_make(channel, prepare_write, prepare_read);
}

static bool pair_open(struct channel *channel)
{
	int size = 8 << 20;
	int ends[2];

	if (!channel->alone)
		return false;
	must(!socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), "socketpair");
	channel->in = ends[0];
	channel->out = ends[1];
	setsockopt(ends[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return lane_make(channel, prepare_send, prepare_recv);
}

/* Submits what is prepared, and takes the completions. */
static void lane_run(struct lane *lane, unsigned int count, int result)
{
	struct io_uring_cqe *cqe;
	unsigned int head, seen = 0;

	must(io_uring_submit_and_wait(&lane->ring, count) == (int)count,
	     "submit");
	io_uring_for_each_cqe(&lane->ring, head, cqe) {
		must(cqe->res == result, "completion");
		seen++;
	}
	must(seen == count, "completions");
	io_uring_cq_advance(&lane->ring, seen);
}

static void box_send_many(struct channel *channel, char *data,
			  unsigned int count)
{
	struct lane *lane = channel->own;

	for (unsigned int i = 0; i < count; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&lane->ring);
		struct mailbox_send *send = &lane->sends[i];

		send->message.data = (uintptr_t)data + i * channel->bytes;
		send->message.length = channel->bytes;
		mailbox_prep_send(sqe, OUT, send);
		sqe->flags = IOSQE_FIXED_FILE;
	}
	lane_run(lane, count, 0);
}

static unsigned int box_receive_many(struct channel *channel, char *data,
				     unsigned int count)
{
	struct lane *lane = channel->own;

	for (unsigned int i = 0; i < count; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&lane->ring);
		struct mailbox_receive *receive = &lane->receives[i];

		receive->message.data = (uintptr_t)data + i * channel->bytes;
		receive->message.room = channel->bytes;
		mailbox_prep_receive(sqe, IN, receive);
		sqe->flags = IOSQE_FIXED_FILE;
	}
	lane_run(lane, count, 0);
	return count;
}

static void plain_run(struct channel *channel, char *data, unsigned int count,
		      prepare_function *prepare, int file)
{
	struct lane *lane = channel->own;

	for (unsigned int i = 0; i < count; i++) {
		struct io_uring_sqe *sqe = io_uring_get_sqe(&lane->ring);

		prepare(sqe, file, data + i * channel->bytes, channel->bytes);
		sqe->flags = IOSQE_FIXED_FILE;
	}
	lane_run(lane, count, channel->bytes);
}

static void plain_send_many(struct channel *channel, char *data,
			    unsigned int count)
{
	struct lane *lane = channel->own;

	plain_run(channel, data, count, lane->prepare_out, OUT);
}

static unsigned int plain_receive_many(struct channel *channel, char *data,
				       unsigned int count)
{
	struct lane *lane = channel->own;

	plain_run(channel, data, count, lane->prepare_in, IN);
	return count;
}

static void box_send(struct channel *channel, char *data)
{
	box_send_many(channel, data, 1);
}

static void box_receive(struct channel *channel, char *data)
{
	box_receive_many(channel, data, 1);
}

static void plain_send(struct channel *channel, char *data)
{
	plain_send_many(channel, data, 1);
}

static void plain_receive(struct channel *channel, char *data)
{
	plain_receive_many(channel, data, 1);
}

static void lane_close(struct channel *channel)
{
	struct lane *lane = channel->own;

	io_uring_queue_exit(&lane->ring);
	free(lane);
}

const struct mechanism mailbox_uring = {
	.name = "mailbox-uring",
	.longest = 1 << 20,
	.open = box_open,
	.send = box_send,
	.receive = box_receive,
	.send_many = box_send_many,
	.receive_many = box_receive_many,
	.close = lane_close,
};

const struct mechanism mailbox_uring_rw = {
	.name = "mailbox-uring-rw",
	.longest = 1 << 20,
	.open = rw_open,
	.send = plain_send,
	.receive = plain_receive,
	.send_many = plain_send_many,
	.receive_many = plain_receive_many,
	.close = lane_close,
};

const struct mechanism seqpacket_uring = {
	.name = "seqpacket-uring",
	.longest = 1 << 16,
	.open = pair_open,
	.send = plain_send,
	.receive = plain_receive,
	.send_many = plain_send_many,
	.receive_many = plain_receive_many,
	.close = lane_close,
};
