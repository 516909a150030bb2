/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is compared: a mechanism makes channels, and a channel carries messages of
 * one length from senders to receivers.
 *
 * A channel is opened before its processes are forked and ends with them.  A
 * mechanism is written as its best user would: what is not needed to carry a
 * message is not done.  What goes wrong ends the program.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define BATCH_MAX	64
#define COUNT(array)	(sizeof(array) / sizeof((array)[0]))

struct channel;

/**
 * struct mechanism - a way to pass messages
 * @name: as in the table
 * @longest: bytes in the longest message it carries
 * @shared: a channel may have many senders and many receivers
 * @meets: a channel of depth 0 makes a sender wait until his message is received
 * @open: makes a channel; false: not on this system, or not like this
 * @send: sends a message; waits for room
 * @receive: receives one; waits for it
 * @send_many: sends @count messages by as few calls as possible; optional
 * @receive_many: receives up to @count messages, and says how many; optional
 * @close: gives back what is not memory or a descriptor; optional
 * @call: sends a request and waits for the reply, which takes its place;
 *	optional: else two channels are used
 * @serve: receives requests and replies, for ever; if @call is there
 */
struct mechanism {
	const char *name;
	size_t longest;
	bool shared;
	bool meets;
	bool (*open)(struct channel *channel);
	void (*send)(struct channel *channel, char *data);
	void (*receive)(struct channel *channel, char *data);
	void (*send_many)(struct channel *channel, char *data,
			  unsigned int count);
	unsigned int (*receive_many)(struct channel *channel, char *data,
				     unsigned int count);
	void (*close)(struct channel *channel);
	void (*call)(struct channel *channel, char *data);
	void (*serve)(struct channel *channel, char *data);
};

/**
 * struct tally - messages on their way, for mechanisms that cannot be limited to
 *	a number of messages themselves; in shared memory
 */
struct tally {
	uint64_t sent;
	uint64_t received;
};

/**
 * struct channel - a channel
 * @mechanism: what it is made by
 * @bytes: in each message
 * @depth: messages it holds at the most
 * @alone: one process sends and receives
 * @stream: messages go one way, and nobody waits for an answer
 * @out: where to send
 * @in: where to receive
 * @tally: see above
 * @own: the mechanism's
 */
struct channel {
	const struct mechanism *mechanism;
	size_t bytes;
	unsigned int depth;
	bool alone;
	bool stream;
	int out;
	int in;
	struct tally *tally;
	void *own;
};

extern const struct mechanism mailbox, mailbox_rw, mailbox_id, mailbox_ring;
extern const struct mechanism mailbox_low, mailbox_rw_low;
extern const struct mechanism posix_mq, sysv_msg, pipes;
extern const struct mechanism mqueue_shim, sysv_shim;
extern const struct mechanism unix_seqpacket, unix_dgram, unix_stream;
extern const struct mechanism ring_eventfd, vm_eventfd, binder;
extern const struct mechanism mailbox_uring, mailbox_uring_rw, seqpacket_uring;

/* Ends the program, with what errno says. */
void die(const char *what) __attribute__((noreturn));

/* If @bad; for calls that cannot fail. */
static inline void must(bool good, const char *what)
{
	if (!good)
		die(what);
}

/* Nanoseconds. */
int64_t now(void);

/* Is @name in the list @names, separated by commas?  No list: yes. */
bool listed(const char *names, const char *name);

/* Prints how the module's costs grow (growth.c), in the tests that are listed. */
void grow(const char *names);

/* Zeroed memory that is shared with children. */
void *shared_memory(size_t size);

/*
 * Waits until there is room for @count messages more, and counts them.  Nothing
 * is counted where one process sends and receives.
 */
void tally_send(struct channel *channel, unsigned int count);
void tally_receive(struct channel *channel, unsigned int count);

#endif /* BENCH_H */
