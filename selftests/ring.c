// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rings in shared memory: records, room, batches, sleeping and the bell, the death
 * of a side, and a malicious other side.
 */
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/mman.h>

#include "lib/test.h"

#include <mailbox_ring.h>

#define PAGE		4096UL
#define LENGTH		(2 * PAGE)
#define PRODUCER	MAILBOX_RING_PRODUCER
#define CONSUMER	MAILBOX_RING_CONSUMER
#define HEADER		sizeof(struct mailbox_record_header)

/* A ring with both sides in this process, and a channel for their bells. */
FIXTURE(ring)
{
	int client;
	int ends[2];
	unsigned char *memory;
	struct mailbox_ring in;
	struct mailbox_ring out;
	struct mb_child child;
};

static void *accept_one(void *port)
{
	return (void *)(intptr_t)mailbox_accept(*(int *)port);
}

/* Both ends of a new channel that holds @capacity messages. */
static int channel_make(int client, unsigned int capacity, int *ends)
{
	struct mailbox_listen listen;
	struct mailbox_connect connect;
	pthread_t thread;
	void *accepted;
	int port;

	mailbox_listen_init(&listen, NULL, 1);
	listen.channel_capacity = capacity;
	port = mailbox_listen_with(client, &listen);
	if (port < 0)
		return port;
	if (pthread_create(&thread, NULL, accept_one, &port))
		return -EAGAIN;
	mailbox_connect_init(&connect, NULL, NULL, 0);
	connect.id = listen.port.id;
	ends[PRODUCER] = mailbox_connect_with(client, &connect);
	pthread_join(thread, &accepted);
	ends[CONSUMER] = (int)(intptr_t)accepted;
	close(port);
	return ends[PRODUCER] < 0 ? ends[PRODUCER] : ends[CONSUMER];
}

static int attach_out(struct mailbox_ring *ring, void *memory, int bell)
{
	return mailbox_ring_attach(ring, PRODUCER, memory, memory, LENGTH, bell);
}

static int attach_in(struct mailbox_ring *ring, void *memory, int bell)
{
	return mailbox_ring_attach(ring, CONSUMER, memory, memory, LENGTH, bell);
}

FIXTURE_SETUP(ring)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	ASSERT_LE(0, channel_make(self->client, 1, self->ends));
	self->memory = mb_shared(LENGTH);
	ASSERT_NE(NULL, self->memory);
	ASSERT_EQ(0, mailbox_ring_init(self->memory, LENGTH));
	ASSERT_EQ(0, attach_out(&self->out, self->memory, self->ends[PRODUCER]));
	ASSERT_EQ(0, attach_in(&self->in, self->memory, self->ends[CONSUMER]));
}

FIXTURE_TEARDOWN(ring)
{
	close(self->ends[0]);
	close(self->ends[1]);
	close(self->client);
}

static int put(struct mailbox_ring *ring, uint64_t number)
{
	return mailbox_ring_try_send(ring, &number, sizeof(number), 0);
}

/* The next record, which is a number; or -errno. */
static int64_t get(struct mailbox_ring *ring)
{
	int64_t number = 0;
	ssize_t length = mailbox_ring_try_receive(ring, &number, sizeof(number),
						  NULL);

	return length < 0 ? length : number;
}

/* Fill the ring: how many records it took. */
static int fill(struct mailbox_ring *ring)
{
	int count = 0;

	while (!put(ring, count))
		count++;
	return count;
}

/* Bytes, or words, that follow from a number. */
static uint64_t scramble(uint64_t number)
{
	number += 0x9e3779b97f4a7c15;
	number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
	number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
	return number ^ (number >> 31);
}

/* Making and attaching */

TEST_F(ring, memory_must_be_aligned_and_large_enough)
{
	EXPECT_EQ(-EINVAL, mailbox_ring_init(self->memory + 8, PAGE));
	EXPECT_EQ(-EINVAL, mailbox_ring_init(self->memory, MAILBOX_RING_DATA +
					     MAILBOX_RING_SIZE_MIN - 1));
	EXPECT_EQ(0, mailbox_ring_init(self->memory, MAILBOX_RING_DATA +
				       MAILBOX_RING_SIZE_MIN));
}

TEST_F(ring, attaching_is_checked)
{
	struct mailbox_ring ring;
	void *memory = self->memory;

	EXPECT_EQ(-EINVAL, mailbox_ring_attach(&ring, 2, memory, memory, LENGTH, -1));
	EXPECT_EQ(-EINVAL, mailbox_ring_attach(&ring, PRODUCER, self->memory + 32,
					       memory, LENGTH, -1));
	EXPECT_EQ(-EINVAL, mailbox_ring_attach(&ring, CONSUMER, memory,
					       self->memory + 32, LENGTH, -1));
	EXPECT_EQ(-EINVAL, mailbox_ring_attach(&ring, PRODUCER, memory, memory,
					       LENGTH - 1, -1));
	EXPECT_EQ(-EINVAL, mailbox_ring_attach(&ring, PRODUCER, memory, memory,
					       0, -1));
}

static struct mailbox_ring_part *part(void *memory, int side)
{
	return (struct mailbox_ring_part *)memory + side;
}

TEST_F(ring, magic_and_version_are_checked)
{
	struct mailbox_ring ring;
	int side;

	for (side = 0; side < 2; side++) {
		part(self->memory, side)->version++;
		EXPECT_EQ(-EPROTONOSUPPORT, attach_in(&ring, self->memory, -1));
		EXPECT_EQ(-EPROTONOSUPPORT, attach_out(&ring, self->memory, -1));
		part(self->memory, side)->version--;
		part(self->memory, side)->magic++;
		EXPECT_EQ(-EPROTONOSUPPORT, attach_in(&ring, self->memory, -1));
		part(self->memory, side)->magic--;
	}
	EXPECT_EQ(0, attach_in(&ring, self->memory, -1));
}

TEST_F(ring, sizes_and_positions_that_cannot_be_are_refused)
{
	static const uint64_t sizes[] = {
		0, 8, 112, LENGTH, ~0ULL, ~0ULL << 4, 1ULL << 63, 4097,
	};
	static const uint64_t positions[] = {
		8, ~0ULL, 1ULL << 63, LENGTH - MAILBOX_RING_DATA + 16,
	};
	struct mailbox_ring_part *producer = part(self->memory, PRODUCER);
	uint64_t size = producer->size;
	struct mailbox_ring ring;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		producer->size = sizes[i];
		EXPECT_EQ(-EINVAL, attach_in(&ring, self->memory, -1));
		EXPECT_EQ(-EINVAL, attach_out(&ring, self->memory, -1));
	}
	producer->size = size;
	for (i = 0; i < ARRAY_SIZE(positions); i++) {
		producer->position = positions[i];
		EXPECT_EQ(-EBADMSG, attach_in(&ring, self->memory, -1));
		EXPECT_EQ(-EBADMSG, attach_out(&ring, self->memory, -1));
	}
}

/* Records */

TEST_F(ring, records_of_all_lengths_arrive_whole)
{
	static unsigned char sent[LENGTH], received[LENGTH];
	size_t longest = mailbox_ring_longest(&self->out), length, i;
	uint64_t tag;

	for (i = 0; i < longest; i++)
		sent[i] = scramble(i);
	for (length = 0; length <= longest; length++) {
		ASSERT_EQ(0, mailbox_ring_try_send(&self->out, sent, length,
						   ~length));
		memset(received, 0, sizeof(received));
		ASSERT_EQ(length, mailbox_ring_try_receive(&self->in, received,
							   length, &tag));
		ASSERT_EQ(~length, tag);
		ASSERT_EQ(0, memcmp(sent, received, length));
	}
	EXPECT_EQ(-EMSGSIZE, mailbox_ring_try_send(&self->out, sent, longest + 1, 0));
	EXPECT_EQ(-EMSGSIZE, mailbox_ring_try_send(&self->out, sent, ~0UL, 0));
}

TEST_F(ring, a_record_that_does_not_fit_the_buffer_stays)
{
	char buffer[8];

	ASSERT_EQ(0, put(&self->out, 7));
	EXPECT_EQ(-EMSGSIZE, mailbox_ring_try_receive(&self->in, buffer, 7, NULL));
	EXPECT_EQ(7, get(&self->in));
	EXPECT_EQ(-EAGAIN, get(&self->in));
}

TEST_F(ring, holds_as_many_as_asked_for)
{
	size_t length = mailbox_ring_memory(100, sizeof(uint64_t));

	ASSERT_GE(LENGTH, length);
	ASSERT_EQ(0, mailbox_ring_init(self->memory, length));
	ASSERT_EQ(0, attach_out(&self->out, self->memory, -1));
	EXPECT_EQ(100, fill(&self->out));
	EXPECT_EQ(-EAGAIN, put(&self->out, 0));
}

TEST_F(ring, released_room_is_used_again)
{
	int count = fill(&self->out), i;

	EXPECT_EQ(0, get(&self->in));
	EXPECT_EQ(0, put(&self->out, count));
	EXPECT_EQ(-EAGAIN, put(&self->out, 0));
	for (i = 1; i <= count; i++)
		ASSERT_EQ(i, get(&self->in));
	EXPECT_EQ(-EAGAIN, get(&self->in));
}

/* Any lengths, any number on their way: what arrives is what was sent. */
TEST_F(ring, records_keep_order_and_bytes_round_and_round)
{
	static unsigned char bytes[LENGTH];
	uint64_t sent = 0, received = 0, chance = 1;
	struct mailbox_record record;
	size_t length, i;
	void *place;

	while (received < 100000) {
		chance = scramble(chance);
		length = scramble(sent) % 700;
		if (chance % 2 &&
		    !mailbox_ring_reserve(&self->out, length, &place)) {
			ASSERT_EQ(0, (uintptr_t)place % MAILBOX_RING_ALIGN);
			memset(place, (int)sent, length);
			ASSERT_EQ(0, mailbox_ring_commit(&self->out, length, sent));
			sent++;
		} else if (!mailbox_ring_peek(&self->in, &record)) {
			length = scramble(received) % 700;
			ASSERT_EQ(received, record.tag);
			ASSERT_EQ(length, record.length);
			memset(bytes, (int)received, length);
			ASSERT_EQ(0, memcmp(bytes, record.data, length));
			ASSERT_EQ(0, mailbox_ring_release(&self->in));
			received++;
		}
	}
	for (i = 0; i < LENGTH - MAILBOX_RING_DATA - self->out.size; i++)
		EXPECT_EQ(0, self->memory[LENGTH - 1 - i]);
}

TEST_F(ring, a_reservation_can_be_shortened_or_given_up)
{
	struct mailbox_record record;
	void *place, *again;

	ASSERT_EQ(0, mailbox_ring_reserve(&self->out, 500, &place));
	ASSERT_EQ(0, mailbox_ring_reserve(&self->out, 100, &again));
	EXPECT_EQ(place, again);
	EXPECT_EQ(-EINVAL, mailbox_ring_commit(&self->out, 500, 0));
	EXPECT_EQ(-EAGAIN, get(&self->in));
	memcpy(again, "four", 4);
	ASSERT_EQ(0, mailbox_ring_commit(&self->out, 4, 5));
	EXPECT_EQ(-EINVAL, mailbox_ring_commit(&self->out, 0, 0));
	ASSERT_EQ(0, mailbox_ring_peek(&self->in, &record));
	EXPECT_EQ(4, record.length);
	EXPECT_EQ(5, record.tag);
	EXPECT_EQ(0, memcmp(record.data, "four", 4));
}

TEST_F(ring, what_is_peeked_at_stays_until_released)
{
	struct mailbox_record record;

	EXPECT_EQ(-EINVAL, mailbox_ring_release(&self->in));
	ASSERT_EQ(0, put(&self->out, 1));
	ASSERT_EQ(0, put(&self->out, 2));
	ASSERT_EQ(0, mailbox_ring_peek(&self->in, &record));
	ASSERT_EQ(0, mailbox_ring_peek(&self->in, &record));
	EXPECT_EQ(0, mailbox_ring_release(&self->in));
	EXPECT_EQ(-EINVAL, mailbox_ring_release(&self->in));
	EXPECT_EQ(2, get(&self->in));
}

TEST_F(ring, a_batch_is_seen_when_published)
{
	struct mailbox_record record;
	uint64_t i;
	void *place;
	int count;

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, mailbox_ring_reserve(&self->out, sizeof(i), &place));
		memcpy(place, &i, sizeof(i));
		ASSERT_EQ(0, mailbox_ring_stage(&self->out, sizeof(i), 0));
		ASSERT_EQ(-EAGAIN, get(&self->in));
	}
	mailbox_ring_publish(&self->out);
	count = fill(&self->out);
	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, mailbox_ring_peek(&self->in, &record));
		ASSERT_EQ(0, memcmp(record.data, &i, sizeof(i)));
		ASSERT_EQ(0, mailbox_ring_pass(&self->in));
	}
	EXPECT_EQ(-EAGAIN, put(&self->out, 0));
	mailbox_ring_publish(&self->in);
	EXPECT_EQ(10, fill(&self->out));
	EXPECT_LT(10, count);
}

TEST_F(ring, counts_what_it_has_done)
{
	struct mailbox_ring_part *producer = part(self->memory, PRODUCER);

	ASSERT_EQ(0, put(&self->out, 1));
	ASSERT_EQ(0, put(&self->out, 2));
	ASSERT_EQ(1, get(&self->in));
	EXPECT_EQ(2, producer->records);
	EXPECT_EQ(48 + 16, producer->position);
	EXPECT_EQ(1, part(self->memory, CONSUMER)->records);
}

/* No system call: in strict mode any but read and write would kill it. */
static int strictly(void *argument)
{
	struct mailbox_ring *rings = argument;
	uint64_t i;

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		return -errno;
	for (i = 0; i < 10000; i++) {
		if (mailbox_ring_send(&rings[PRODUCER], &i, sizeof(i), i) ||
		    mailbox_ring_receive(&rings[CONSUMER], &i, sizeof(i), NULL) < 0)
			break;
	}
	write(*(int *)&rings[2], &i, sizeof(i));
	syscall(SYS_exit, 0);
	return 0;
}

TEST_F(ring, no_system_call_while_nobody_sleeps)
{
	struct mailbox_ring rings[3] = { self->out, self->in };
	uint64_t done = 0;
	int pipe_fd[2];

	ASSERT_EQ(0, pipe(pipe_fd));
	memcpy(&rings[2], &pipe_fd[1], sizeof(int));
	ASSERT_EQ(0, mb_child_start(&self->child, strictly, rings));
	ASSERT_EQ(POLLIN, mb_poll(pipe_fd[0], POLLIN, MB_LIMIT_MS));
	ASSERT_EQ(sizeof(done), read(pipe_fd[0], &done, sizeof(done)));
	EXPECT_EQ(10000, done);
	mb_child_join(&self->child);
}

/* Two memories: each side writes its own, and can only read the other. */
TEST_F(ring, the_other_sides_part_need_not_be_writable)
{
	unsigned char *mine = mb_shared(PAGE);
	struct mailbox_ring in, out;
	int i;

	ASSERT_NE(NULL, mine);
	ASSERT_EQ(0, mailbox_ring_init(mine, PAGE));
	ASSERT_EQ(0, mailbox_ring_attach(&out, PRODUCER, self->memory, mine,
					 LENGTH, -1));
	ASSERT_EQ(0, mailbox_ring_attach(&in, CONSUMER, mine, self->memory,
					 LENGTH, -1));
	for (i = 0; i < 1000; i++) {
		ASSERT_EQ(0, mprotect(mine, PAGE, PROT_READ));
		ASSERT_EQ(0, put(&out, i));
		ASSERT_EQ(0, mprotect(mine, PAGE, PROT_READ | PROT_WRITE));
		ASSERT_EQ(0, mprotect(self->memory, LENGTH, PROT_READ));
		ASSERT_EQ(i, get(&in));
		ASSERT_EQ(0, mprotect(self->memory, LENGTH, PROT_READ | PROT_WRITE));
	}
}

/* Sleeping */

/* A child has both ends, and a channel ends with the last descriptor. */
struct sleeper {
	struct mailbox_ring *ring;
	int other_end;
};

static int sleep_at(void *argument)
{
	struct sleeper *sleeper = argument;

	close(sleeper->other_end);
	return mailbox_ring_wait(sleeper->ring);
}

TEST_F(ring, a_consumer_sleeps_until_there_is_a_record)
{
	struct sleeper sleeper = { &self->in, self->ends[PRODUCER] };

	ASSERT_EQ(0, mb_child_start(&self->child, sleep_at, &sleeper));
	ASSERT_EQ(0, mb_wait_receivers(self->ends[CONSUMER], 0, 1));
	EXPECT_FALSE(mb_child_done(&self->child));
	ASSERT_EQ(0, put(&self->out, 1));
	EXPECT_EQ(0, mb_child_join(&self->child));
	EXPECT_EQ(1, part(self->memory, PRODUCER)->wakes);
	EXPECT_EQ(1, part(self->memory, CONSUMER)->sleeps);
}

TEST_F(ring, a_producer_sleeps_until_there_is_room)
{
	struct sleeper sleeper = { &self->out, self->ends[CONSUMER] };

	fill(&self->out);
	ASSERT_EQ(0, mb_child_start(&self->child, sleep_at, &sleeper));
	ASSERT_EQ(0, mb_wait_receivers(self->ends[PRODUCER], 0, 1));
	EXPECT_FALSE(mb_child_done(&self->child));
	ASSERT_EQ(0, get(&self->in));
	EXPECT_EQ(0, mb_child_join(&self->child));
}

TEST_F(ring, a_producer_sleeps_until_there_is_enough_room)
{
	struct sleeper sleeper = { &self->out, self->ends[CONSUMER] };
	size_t longest = mailbox_ring_longest(&self->out);
	void *place;
	int i, count = fill(&self->out);

	ASSERT_EQ(-EAGAIN, mailbox_ring_reserve(&self->out, longest, &place));
	ASSERT_EQ(0, mb_child_start(&self->child, sleep_at, &sleeper));
	ASSERT_EQ(0, mb_wait_receivers(self->ends[PRODUCER], 0, 1));
	for (i = 0; i < count / 2 - 1; i++)
		ASSERT_EQ(i, get(&self->in));
	ASSERT_EQ(0, mb_wait_receivers(self->ends[PRODUCER], 0, 1));
	EXPECT_FALSE(mb_child_done(&self->child));
	for (; i < count; i++)
		ASSERT_EQ(i, get(&self->in));
	EXPECT_EQ(0, mb_child_join(&self->child));
	EXPECT_EQ(0, mailbox_ring_reserve(&self->out, longest, &place));
}

TEST_F(ring, one_sleep_takes_one_bell)
{
	int i;

	ASSERT_EQ(0, mailbox_ring_arm(&self->in));
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, put(&self->out, i));
	EXPECT_EQ(1, part(self->memory, PRODUCER)->wakes);
	ASSERT_EQ(0, mailbox_ring_disarm(&self->in));
	ASSERT_EQ(0, put(&self->out, i));
	EXPECT_EQ(1, part(self->memory, PRODUCER)->wakes);
}

TEST_F(ring, deadlines)
{
	int64_t past = 1;

	EXPECT_EQ(-ETIMEDOUT, mailbox_ring_wait_until(&self->in,
						      MAILBOX_CLOCK_MONOTONIC, past));
	EXPECT_EQ(-ETIMEDOUT, mailbox_ring_wait_until(&self->in,
			MAILBOX_CLOCK_BOOTTIME,
			mailbox_deadline_after(MAILBOX_MILLISECOND,
					       MAILBOX_CLOCK_BOOTTIME)));
	EXPECT_EQ(-EINVAL, mailbox_ring_wait_until(&self->in, 99, past));
	ASSERT_EQ(0, put(&self->out, 1));
	EXPECT_EQ(0, mailbox_ring_wait_until(&self->in, MAILBOX_CLOCK_MONOTONIC,
					     past));
	fill(&self->out);
	EXPECT_EQ(-ETIMEDOUT, mailbox_ring_wait_until(&self->out,
						      MAILBOX_CLOCK_MONOTONIC, past));
}

static void nothing(int number)
{
}

static int wait_interruptibly(void *argument)
{
	struct sigaction action = { .sa_handler = nothing };

	sigaction(SIGUSR1, &action, NULL);
	return mailbox_ring_wait(argument);
}

TEST_F(ring, a_signal_ends_a_wait)
{
	ASSERT_EQ(0, mb_child_start(&self->child, wait_interruptibly, &self->in));
	ASSERT_EQ(0, mb_wait_receivers(self->ends[CONSUMER], 0, 1));
	kill(self->child.pid, SIGUSR1);
	EXPECT_EQ(-EINTR, mb_child_join(&self->child));
}

TEST_F(ring, without_a_bell_there_is_no_sleep)
{
	struct mailbox_ring ring;

	ASSERT_EQ(0, attach_in(&ring, self->memory, -1));
	EXPECT_EQ(-EBADF, mailbox_ring_wait(&ring));
	EXPECT_EQ(-EBADF, mailbox_ring_check(&ring));
	ASSERT_EQ(0, put(&self->out, 1));
	EXPECT_EQ(0, mailbox_ring_wait(&ring));
}

TEST_F(ring, poll_shows_the_bell)
{
	ASSERT_EQ(0, mailbox_ring_arm(&self->in));
	EXPECT_EQ(0, mb_poll(self->ends[CONSUMER], POLLIN, 0));
	ASSERT_EQ(0, put(&self->out, 1));
	EXPECT_EQ(POLLIN, mb_poll(self->ends[CONSUMER], POLLIN, MB_LIMIT_MS));
	ASSERT_EQ(0, mailbox_ring_disarm(&self->in));
	EXPECT_EQ(0, mb_poll(self->ends[CONSUMER], POLLIN, 0));
	EXPECT_EQ(1, get(&self->in));
	ASSERT_EQ(0, put(&self->out, 2));
	EXPECT_EQ(1, mailbox_ring_arm(&self->in));
}

TEST_F(ring, epoll_edges_and_room)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC), round;

	ASSERT_LE(0, epoll);
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->ends[PRODUCER], &event));
	for (round = 0; round < 3; round++) {
		fill(&self->out);
		ASSERT_EQ(0, mailbox_ring_arm(&self->out));
		EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
		ASSERT_LE(0, get(&self->in));
		EXPECT_EQ(1, epoll_wait(epoll, &event, 1, MB_LIMIT_MS));
		ASSERT_EQ(0, mailbox_ring_disarm(&self->out));
	}
}

/* Producer and consumer as fast as each can, through a ring that is often full. */
struct flow {
	struct mailbox_ring ring;
	uint64_t count;
};

static int send_numbers(void *argument)
{
	struct flow *flow = argument;
	uint64_t i;
	int error = 0;

	for (i = 0; !error && i < flow->count; i++)
		error = mailbox_ring_send(&flow->ring, &i, sizeof(i), i);
	return error;
}

TEST_F(ring, no_wake_up_is_lost)
{
	struct flow flow = { .count = 20000 };
	uint64_t i, number;

	ASSERT_EQ(0, mailbox_ring_init(self->memory, MAILBOX_RING_DATA +
				       MAILBOX_RING_SIZE_MIN));
	ASSERT_EQ(0, attach_out(&flow.ring, self->memory, self->ends[PRODUCER]));
	ASSERT_EQ(0, attach_in(&self->in, self->memory, self->ends[CONSUMER]));
	ASSERT_EQ(0, mb_child_start(&self->child, send_numbers, &flow));
	for (i = 0; i < flow.count; i++) {
		ASSERT_EQ(sizeof(number),
			  mailbox_ring_receive(&self->in, &number,
					       sizeof(number), NULL));
		ASSERT_EQ(i, number);
	}
	EXPECT_EQ(0, mb_child_join(&self->child));
	EXPECT_EQ(-EAGAIN, get(&self->in));
}

/* Death */

TEST_F(ring, what_the_dead_has_committed_is_received_and_then_epipe)
{
	struct mailbox_record record;
	void *place;

	ASSERT_EQ(0, put(&self->out, 1));
	ASSERT_EQ(0, put(&self->out, 2));
	ASSERT_EQ(0, mailbox_ring_reserve(&self->out, 8, &place));
	memset(place, 0xff, 8);
	EXPECT_EQ(0, mailbox_ring_check(&self->in));
	close(self->ends[PRODUCER]);
	EXPECT_EQ(-EPIPE, mailbox_ring_check(&self->in));
	EXPECT_EQ(0, mailbox_ring_wait(&self->in));
	EXPECT_EQ(1, get(&self->in));
	EXPECT_EQ(0, mailbox_ring_wait(&self->in));
	EXPECT_EQ(2, get(&self->in));
	EXPECT_EQ(-EPIPE, mailbox_ring_wait(&self->in));
	EXPECT_EQ(-EPIPE, mailbox_ring_arm(&self->in));
	EXPECT_EQ(-EAGAIN, mailbox_ring_peek(&self->in, &record));
}

TEST_F(ring, a_sleeping_consumer_learns_of_death)
{
	struct sleeper sleeper = { &self->in, self->ends[PRODUCER] };

	ASSERT_EQ(0, mb_child_start(&self->child, sleep_at, &sleeper));
	ASSERT_EQ(0, mb_wait_receivers(self->ends[CONSUMER], 0, 1));
	close(self->ends[PRODUCER]);
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
}

TEST_F(ring, a_sleeping_producer_learns_of_death)
{
	struct sleeper sleeper = { &self->out, self->ends[CONSUMER] };

	fill(&self->out);
	ASSERT_EQ(0, mb_child_start(&self->child, sleep_at, &sleeper));
	ASSERT_EQ(0, mb_wait_receivers(self->ends[PRODUCER], 0, 1));
	close(self->ends[CONSUMER]);
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
}

TEST_F(ring, a_producer_is_told_when_the_ring_is_full)
{
	ASSERT_EQ(0, mailbox_ring_arm(&self->in));
	close(self->ends[CONSUMER]);
	EXPECT_LT(0, fill(&self->out));
	EXPECT_EQ(-EPIPE, put(&self->out, 1));
	EXPECT_EQ(-EPIPE, mailbox_ring_wait(&self->out));
	EXPECT_EQ(-EPIPE, mailbox_ring_send(&self->out, "", 1, 0));
}

TEST_F(ring, poll_shows_death)
{
	ASSERT_EQ(0, mailbox_ring_arm(&self->in));
	close(self->ends[PRODUCER]);
	EXPECT_LT(0, mb_poll(self->ends[CONSUMER], POLLIN, MB_LIMIT_MS) & POLLHUP);
	EXPECT_EQ(-EPIPE, mailbox_ring_disarm(&self->in));
}

TEST_F(ring, a_successor_goes_on_where_the_dead_has_stopped)
{
	struct mailbox_ring in, out;
	struct mailbox_record record;
	void *place;

	ASSERT_EQ(0, put(&self->out, 1));
	ASSERT_EQ(0, put(&self->out, 2));
	ASSERT_EQ(0, mailbox_ring_reserve(&self->out, 8, &place));
	ASSERT_EQ(1, get(&self->in));
	ASSERT_EQ(0, mailbox_ring_peek(&self->in, &record));

	ASSERT_EQ(0, attach_in(&in, self->memory, self->ends[CONSUMER]));
	ASSERT_EQ(0, attach_out(&out, self->memory, self->ends[PRODUCER]));
	ASSERT_EQ(0, put(&out, 3));
	EXPECT_EQ(2, get(&in));
	EXPECT_EQ(3, get(&in));
	EXPECT_EQ(-EAGAIN, get(&in));
}

/* Who dies between moving and waking leaves the other asleep. */
TEST_F(ring, a_successor_wakes_whom_the_dead_did_not)
{
	struct sleeper sleeper = { &self->in, self->ends[PRODUCER] };
	struct mailbox_ring out = self->out;

	out.bell = -1;
	ASSERT_EQ(0, mb_child_start(&self->child, sleep_at, &sleeper));
	ASSERT_EQ(0, mb_wait_receivers(self->ends[CONSUMER], 0, 1));
	ASSERT_EQ(0, put(&out, 1));
	ASSERT_EQ(0, attach_out(&out, self->memory, self->ends[PRODUCER]));
	EXPECT_EQ(0, mb_child_join(&self->child));
}

/* Malice */

TEST_F(ring, a_position_that_cannot_be_is_found_out)
{
	static const uint64_t positions[] = {
		0, 8, 1, ~0ULL, 1ULL << 63, LENGTH, 16 + 24 * 100 + LENGTH,
	};
	uint64_t seen;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(positions); i++) {
		ASSERT_EQ(0, mailbox_ring_init(self->memory, LENGTH));
		ASSERT_EQ(0, attach_out(&self->out, self->memory, -1));
		ASSERT_EQ(0, attach_in(&self->in, self->memory, -1));
		ASSERT_EQ(0, put(&self->out, 1));
		ASSERT_EQ(1, get(&self->in));
		seen = self->in.position;
		part(self->memory, PRODUCER)->position = positions[i];
		EXPECT_EQ(-EBADMSG, get(&self->in));
		EXPECT_EQ(-EBADMSG, mailbox_ring_wait(&self->in));
		EXPECT_EQ(-EBADMSG, mailbox_ring_arm(&self->in));
		part(self->memory, PRODUCER)->position = seen;
		EXPECT_EQ(-EBADMSG, get(&self->in));

		part(self->memory, CONSUMER)->position = positions[i] ?: 8;
		fill(&self->out);
		EXPECT_EQ(-EBADMSG, put(&self->out, 1));
		EXPECT_EQ(-EBADMSG, mailbox_ring_wait(&self->out));
	}
}

TEST_F(ring, a_length_that_cannot_be_is_found_out)
{
	static const struct mailbox_record_header headers[] = {
		{ .length = ~0U }, { .length = ~0U - 15 }, { .length = 17 },
		{ .length = LENGTH }, { .length = 1U << 31 },
		{ .kind = MAILBOX_RECORD_FILLER },
		{ .length = 16, .kind = MAILBOX_RECORD_FILLER },
		{ .length = ~0U, .kind = MAILBOX_RECORD_FILLER },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(headers); i++) {
		ASSERT_EQ(0, mailbox_ring_init(self->memory, LENGTH));
		ASSERT_EQ(0, attach_out(&self->out, self->memory, -1));
		ASSERT_EQ(0, attach_in(&self->in, self->memory, -1));
		ASSERT_EQ(0, put(&self->out, 1));
		memcpy(self->memory + MAILBOX_RING_DATA, &headers[i], HEADER);
		EXPECT_EQ(-EBADMSG, get(&self->in));
	}
}

TEST_F(ring, a_bell_that_is_none_is_found_out)
{
	ASSERT_EQ(0, mailbox_send(self->ends[PRODUCER], 0, "x", 1));
	EXPECT_EQ(-EBADMSG, mailbox_ring_wait(&self->in));
	EXPECT_EQ(-EBADMSG, mailbox_ring_wait(&self->in));
}

TEST_F(ring, bells_without_a_reason_do_no_harm)
{
	ASSERT_EQ(0, mailbox_send(self->ends[PRODUCER], 0, NULL, 0));
	EXPECT_EQ(-ETIMEDOUT, mailbox_ring_wait_until(&self->in,
						      MAILBOX_CLOCK_MONOTONIC, 1));
	EXPECT_EQ(0, mb_poll(self->ends[CONSUMER], POLLIN, 0));
}

/*
 * Somebody writes at random all over the memory.  Beside it there are pages that
 * cannot be accessed, and a buffer is never given more than it takes.
 */
struct scribbled {
	unsigned char *memory;
	uint64_t rounds;
	bool stop;
};

static void *scribble(void *argument)
{
	struct scribbled *scribbled = argument;
	uint64_t *words = (uint64_t *)scribbled->memory;
	uint64_t chance = 1, value;

	while (!__atomic_load_n(&scribbled->stop, __ATOMIC_RELAXED)) {
		chance = scramble(chance);
		value = scramble(chance);
		/* what looks right comes further: small values, and multiples */
		if (chance & 1)
			value &= 0x3ff0;
		if (chance & 2)
			value |= (value & 0x30) << 28;
		/* positions more often than all the rest */
		if (chance & 4)
			__atomic_store_n(&words[chance & 8 ? 16 : 48], value,
					 __ATOMIC_RELAXED);
		else
			__atomic_store_n(&words[(chance >> 8) % (LENGTH / 8)],
					 value, __ATOMIC_RELAXED);
	}
	return NULL;
}

/* How far the two come: attempts, and those that were found out. */
static int use_while_scribbled(void *argument)
{
	struct scribbled *scribbled = argument;
	unsigned char buffer[1024 + 8];
	struct mailbox_ring in, out;
	uint64_t i, found = 0, passed = 0;
	pthread_t thread;
	ssize_t length;
	int error;

	memset(buffer, 0x5a, sizeof(buffer));
	if (pthread_create(&thread, NULL, scribble, scribbled))
		return -EAGAIN;
	for (i = 0; i < scribbled->rounds; i++) {
		if (i % 16 == 0) {
			mailbox_ring_init(scribbled->memory, LENGTH);
			error = attach_out(&out, scribbled->memory, -1) ?:
				attach_in(&in, scribbled->memory, -1);
			/* a side that is not attached is none */
			if (error) {
				i += 15;
				continue;
			}
		}
		error = mailbox_ring_try_send(&out, buffer, i % 1024, i);
		/* -EMSGSIZE: a smaller size was there when it attached */
		if (error && error != -EAGAIN && error != -EBADMSG &&
		    error != -EMSGSIZE)
			return error;
		found += error == -EBADMSG;
		length = mailbox_ring_try_receive(&in, buffer, 1024, NULL);
		if (length < 0 && length != -EAGAIN && length != -EBADMSG &&
		    length != -EMSGSIZE)
			return (int)length;
		if (length > 1024 || buffer[1024] != 0x5a)
			return -EOVERFLOW;
		found += length == -EBADMSG;
		passed += length >= 0;
	}
	__atomic_store_n(&scribbled->stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
	return found && passed ? 0 : -ENODATA;
}

static long number_of(const char *name, long otherwise)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 0) : otherwise;
}

TEST_F(ring, a_scribbler_leads_nobody_out_of_the_ring)
{
	unsigned char *pages = mb_shared(LENGTH + 2 * PAGE);
	struct scribbled scribbled = {
		.memory = pages + PAGE,
		.rounds = number_of("RING_SCRIBBLES", 300000),
	};

	ASSERT_NE(NULL, pages);
	ASSERT_EQ(0, mprotect(pages, PAGE, PROT_NONE));
	ASSERT_EQ(0, mprotect(pages + PAGE + LENGTH, PAGE, PROT_NONE));
	EXPECT_EQ(0, mb_child_run(use_while_scribbled, &scribbled));
}

/* Kills */

/*
 * What a side notes before it moves on, so that its successor knows whether it
 * did; the two notes are used by turns, and @number, written last, says which.
 */
struct ledger {
	uint64_t number;
	struct {
		uint64_t number;
		uint64_t position;
	} notes[2];
};

struct killed {
	struct ledger producer;
	uint64_t expected;
	uint64_t again;		/* received a second time, after a kill */
	uint64_t count;
	unsigned char *memory;
	int ends[2];
};

static void ledger_note(struct ledger *ledger, uint64_t number,
			uint64_t position)
{
	ledger->notes[number & 1].number = number;
	ledger->notes[number & 1].position = position;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	__atomic_store_n(&ledger->number, number, __ATOMIC_RELEASE);
}

/* The number that comes next. */
static uint64_t ledger_next(const struct ledger *ledger, uint64_t position)
{
	uint64_t last = ledger->number;

	return ledger->notes[last & 1].position == position ? last : last + 1;
}

static size_t record_words(uint64_t number)
{
	return 2 + scramble(number) % 14;
}

static int produce(void *argument)
{
	struct killed *killed = argument;
	uint64_t number, sum, *words;
	struct mailbox_ring ring;
	size_t length, i;
	void *place;
	int error;

	error = attach_out(&ring, killed->memory, killed->ends[PRODUCER]);
	if (error)
		return error;
	number = ledger_next(&killed->producer, ring.position);
	while (number < killed->count) {
		length = record_words(number);
		while ((error = mailbox_ring_reserve(&ring, 8 * length, &place)) ==
		       -EAGAIN) {
			error = mailbox_ring_wait(&ring);
			if (error)
				return error;
		}
		if (error)
			return error;
		words = place;
		words[0] = number;
		sum = number;
		for (i = 2; i < length; i++) {
			words[i] = scramble(number * 16 + i);
			sum = scramble(sum ^ words[i]);
		}
		words[1] = sum;
		ledger_note(&killed->producer, number, ring.mine->position);
		error = mailbox_ring_commit(&ring, 8 * length, number);
		if (error)
			return error;
		number++;
	}
	return 0;
}

/* Is the record whole, and number @number? */
static bool record_is(const struct mailbox_record *record, uint64_t number)
{
	const uint64_t *words = record->data;
	size_t length = record_words(number), i;
	uint64_t sum = number;

	if (record->length != 8 * length || record->tag != number ||
	    words[0] != number)
		return false;
	for (i = 2; i < length; i++)
		sum = scramble(sum ^ words[i]);
	return words[1] == sum;
}

static int consume(void *argument)
{
	struct killed *killed = argument;
	struct mailbox_record record;
	struct mailbox_ring ring;
	bool first = true;
	int error;

	error = attach_in(&ring, killed->memory, killed->ends[CONSUMER]);
	if (error)
		return error;
	while (killed->expected < killed->count) {
		error = mailbox_ring_peek(&ring, &record);
		if (error == -EAGAIN)
			error = mailbox_ring_wait(&ring) ?: -EAGAIN;
		if (error == -EAGAIN)
			continue;
		if (error)
			return error;
		if (record_is(&record, killed->expected))
			__atomic_store_n(&killed->expected, killed->expected + 1,
					 __ATOMIC_RELEASE);
		else if (first && killed->expected &&
			 record_is(&record, killed->expected - 1))
			killed->again++;
		else
			return -EILSEQ;
		first = false;
		mailbox_ring_release(&ring);
	}
	return 0;
}

/*
 * Each side is killed at random moments, and a successor takes over: every record
 * is received whole, in order, and once, but for the one that a consumer had in
 * hand when it died.
 */
TEST_F_TIMEOUT(ring, kills_lose_nothing, 3600)
{
	struct killed *killed = mb_shared(sizeof(*killed));
	mb_child_fn work[2] = { produce, consume };
	struct mb_child children[2];
	uint64_t chance = getpid(), kills = 0;
	struct timespec pause = { 0 };
	int side;

	ASSERT_NE(NULL, killed);
	killed->memory = self->memory;
	memcpy(killed->ends, self->ends, sizeof(self->ends));
	killed->count = number_of("RING_RECORDS", 200000);
	for (side = 0; side < 2; side++)
		ASSERT_EQ(0, mb_child_start(&children[side], work[side], killed));
	while (!mb_child_done(&children[CONSUMER])) {
		chance = scramble(chance);
		pause.tv_nsec = chance % 3000000;
		nanosleep(&pause, NULL);
		side = (chance >> 32) & 1;
		if (mb_child_done(&children[side]))
			continue;
		mb_child_kill(&children[side]);
		kills++;
		ASSERT_EQ(0, mb_child_start(&children[side], work[side], killed));
	}
	EXPECT_EQ(0, mb_child_join(&children[CONSUMER]));
	EXPECT_EQ(0, mb_child_join(&children[PRODUCER]));
	EXPECT_EQ(killed->count, killed->expected);
	EXPECT_LT(0, kills);
	TH_LOG("%llu records, %llu kills, %llu received again",
	       (unsigned long long)killed->count, (unsigned long long)kills,
	       (unsigned long long)killed->again);
}

TEST_HARNESS_MAIN
