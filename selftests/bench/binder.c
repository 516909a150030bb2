// SPDX-License-Identifier: GPL-2.0-only
/*
 * Binder, where the kernel has it: the receiver is the context manager, which anybody
 * can send to; a request with its reply is a transaction, a message a one-way one.
 * Giving back the last message's memory goes along with the next command, as libbinder
 * does it, so that a request and a reply are one system call each.
 */
#include <fcntl.h>
#include <linux/android/binder.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"

#define AREA		(4 << 20)	/* the most that binder maps */
#define MANAGER		0		/* its handle, in all processes */

/**
 * struct seat - a process's binder
 * @process: whose
 * @fd: open for it
 * @message: the last it was given, to be given back; 0: none
 */
struct seat {
	pid_t process;
	int fd;
	binder_uintptr_t message;
};

/* Commands as binder reads them, one behind the other. */
struct commands {
	char bytes[128];
	size_t length;
};

static void add(struct commands *commands, uint32_t command, const void *data,
		size_t size)
{
	memcpy(commands->bytes + commands->length, &command, sizeof(command));
	commands->length += sizeof(command);
	memcpy(commands->bytes + commands->length, data, size);
	commands->length += size;
}

static void add_transaction(struct commands *commands, uint32_t command,
			    uint32_t flags, const char *data, size_t size)
{
	struct binder_transaction_data transaction = {
		.target.handle = MANAGER,
		.flags = flags,
		.data_size = size,
		.data.ptr.buffer = (uintptr_t)data,
	};

	add(commands, command, &transaction, sizeof(transaction));
}

static void add_free(struct commands *commands, struct seat *seat)
{
	if (seat->message)
		add(commands, BC_FREE_BUFFER, &seat->message,
		    sizeof(seat->message));
	seat->message = 0;
}

/* Carries out @commands, and goes on until @wanted comes.  False: it cannot be done. */
static bool talk(struct seat *seat, struct commands *commands, uint32_t wanted,
		 char *data)
{
	struct binder_write_read both = {
		.write_buffer = (uintptr_t)commands->bytes,
		.write_size = commands->length,
	};

	for (;;) {
		struct binder_transaction_data *transaction;
		char answers[256], *at = answers;

		both.read_buffer = (uintptr_t)answers;
		both.read_size = sizeof(answers);
		both.read_consumed = 0;
		must(!ioctl(seat->fd, BINDER_WRITE_READ, &both), "binder");
		both.write_size = 0;
		while (at < answers + both.read_consumed) {
			uint32_t answer;

			memcpy(&answer, at, sizeof(answer));
			at += sizeof(answer);
			if (answer == BR_FAILED_REPLY || answer == BR_DEAD_REPLY)
				return false;
			if (answer == BR_TRANSACTION || answer == BR_REPLY) {
				transaction = (void *)at;
				seat->message = transaction->data.ptr.buffer;
				memcpy(data, (void *)(uintptr_t)seat->message,
				       transaction->data_size);
			}
			if (answer == wanted)
				return true;
			at += _IOC_SIZE(answer);
		}
	}
}

/* Where the kernel, or whoever has mounted it, shows it; NULL: nowhere. */
static const char *device(void)
{
	static const char *const paths[] = {
		"/dev/binder", "/dev/binderfs/binder",
	};
	size_t i;

	for (i = 0; i < COUNT(paths); i++) {
		if (!access(paths[i], R_OK | W_OK))
			return paths[i];
	}
	return NULL;
}

static bool binder_make(struct channel *channel)
{
	/* Half of the area is for one-way messages. */
	if (channel->alone || channel->bytes * channel->depth > AREA / 4 ||
	    !device())
		return false;
	channel->own = calloc(1, sizeof(struct seat));
	return channel->own;
}

static void binder_end(struct channel *channel)
{
	struct seat *seat = channel->own;

	if (seat->process == getpid())
		close(seat->fd);
	free(seat);
}

/* The calling process's; a child's is its own. */
static struct seat *seat_of(struct channel *channel, bool manager)
{
	struct seat *seat = channel->own;
	uint32_t enter = BC_ENTER_LOOPER, none = 0;
	struct binder_write_read both = {
		.write_buffer = (uintptr_t)&enter,
		.write_size = sizeof(enter),
	};

	if (seat->process == getpid())
		return seat;
	seat->process = getpid();
	seat->fd = open(device(), O_RDWR | O_CLOEXEC);
	must(seat->fd >= 0, "binder's device");
	must(mmap(NULL, AREA, PROT_READ, MAP_PRIVATE, seat->fd, 0) !=
	     MAP_FAILED, "mmap of binder");
	must(!ioctl(seat->fd, BINDER_SET_MAX_THREADS, &none), "threads");
	/* The last one is on his way out. */
	while (manager && ioctl(seat->fd, BINDER_SET_CONTEXT_MGR, &none))
		usleep(1000);
	must(!manager || !ioctl(seat->fd, BINDER_WRITE_READ, &both), "looper");
	return seat;
}

static void binder_send(struct channel *channel, char *data)
{
	struct seat *seat = seat_of(channel, false);

	tally_send(channel, 1);
	for (;;) {
		struct commands commands = { .length = 0 };

		add_transaction(&commands, BC_TRANSACTION, TF_ONE_WAY, data,
				channel->bytes);
		if (talk(seat, &commands, BR_TRANSACTION_COMPLETE, data))
			return;
		/* There is no manager yet. */
		usleep(1000);
	}
}

static void binder_receive(struct channel *channel, char *data)
{
	struct seat *seat = seat_of(channel, true);
	struct commands commands = { .length = 0 };

	add_free(&commands, seat);
	must(talk(seat, &commands, BR_TRANSACTION, data), "receiving");
	tally_receive(channel, 1);
}

static void binder_call(struct channel *channel, char *data)
{
	struct seat *seat = seat_of(channel, false);

	for (;;) {
		struct commands commands = { .length = 0 };

		add_free(&commands, seat);
		add_transaction(&commands, BC_TRANSACTION, 0, data,
				channel->bytes);
		if (talk(seat, &commands, BR_REPLY, data))
			return;
		usleep(1000);
	}
}

static void binder_serve(struct channel *channel, char *data)
{
	struct seat *seat = seat_of(channel, true);
	struct commands commands = { .length = 0 };

	for (;;) {
		must(talk(seat, &commands, BR_TRANSACTION, data), "serving");
		commands.length = 0;
		add_free(&commands, seat);
		add_transaction(&commands, BC_REPLY, 0, data, channel->bytes);
	}
}

const struct mechanism binder = {
	.name = "binder",
	.longest = 1 << 20,
	.open = binder_make,
	.send = binder_send,
	.receive = binder_receive,
	.close = binder_end,
	.call = binder_call,
	.serve = binder_serve,
};
