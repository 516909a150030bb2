// SPDX-License-Identifier: GPL-2.0-only
/*
 * The low-water mark: when a mailbox closes and opens, who waits meanwhile, and that
 * whatever takes messages out of it opens it.
 */
#include "lib/test.h"
#include "lib/transfer.h"

#include <pthread.h>
#include <sys/epoll.h>

#define CAPACITY	4
#define LOW		2

FIXTURE(lowwater) {
	int client;
	int box;		/* holds CAPACITY, opens at LOW */
};

static int make(int client, __u32 capacity, __u32 low_water)
{
	return mb_make(client, (struct mailbox_create){
		.capacity = capacity, .low_water = low_water,
	});
}

FIXTURE_SETUP(lowwater)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = make(self->client, CAPACITY, LOW);
	ASSERT_LE(0, self->box);
}

FIXTURE_TEARDOWN(lowwater)
{
	close(self->box);
	close(self->client);
}

static bool is_closed(int box)
{
	return mb_stat_of(box, create_flags) & MAILBOX_STAT_CLOSED;
}

static int put_now(int box, __u32 number)
{
	return mb_put_number(box, number, 0, MAILBOX_NONBLOCK);
}

static int get_now(int box)
{
	return mb_get_number(box, MAILBOX_NONBLOCK);
}

/* Numbers from 0 on, until it is full. */
static int fill(int box)
{
	__u32 capacity = mb_stat_of(box, capacity), i;
	int ret = 0;

	for (i = mb_stat_of(box, messages); i < capacity && !ret; i++)
		ret = put_now(box, i);
	return ret;
}

/* The same, and one that finds no room. */
static int fill_and_close(int box)
{
	int ret = fill(box);

	return ret ? ret : put_now(box, 99) == -EAGAIN ? 0 : -EIO;
}

/* Starts a sender, and waits until he is blocked as the @nth. */
static int block(struct mb_child *child, int box, __u32 number, __u32 priority,
		 __u32 nth)
{
	int ret = mb_put_number_start(child, box, number, priority, 0);

	return ret ? ret : mb_wait_senders(box, 0, nth);
}

static int set_low_water(int box, __u32 low_water)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_LOW_WATER, .low_water = low_water,
	};

	return mb_set(box, &set);
}

static int set_capacity(int box, __u32 capacity)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_CAPACITY, .capacity = capacity,
	};

	return mb_set(box, &set);
}

static int set_max_bytes(int box, __u32 bytes)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_MAX_BYTES, .max_bytes = bytes,
	};

	return mb_set(box, &set);
}

/*
 * The mark
 */

TEST_F(lowwater, is_a_feature)
{
	EXPECT_TRUE(mb_query_of(self->client, features) &
		    MAILBOX_FEATURE_LOW_WATER);
}

TEST_F(lowwater, stat_shows_it)
{
	int plain = make(self->client, CAPACITY, 0);

	EXPECT_EQ(LOW, mb_stat_of(self->box, low_water));
	EXPECT_EQ(0, mb_stat_of(plain, low_water));
	EXPECT_FALSE(is_closed(self->box));
	EXPECT_FALSE(is_closed(plain));
	close(plain);
}

TEST_F(lowwater, a_rendezvous_is_not_closed)
{
	int meeting = make(self->client, 0, 0);

	EXPECT_EQ(-EAGAIN, put_now(meeting, 1));
	EXPECT_FALSE(is_closed(meeting));
	close(meeting);
}

TEST_F(lowwater, without_a_mark_a_slot_is_room)
{
	int plain = make(self->client, CAPACITY, 0);

	ASSERT_EQ(0, fill_and_close(plain));
	EXPECT_FALSE(is_closed(plain));
	EXPECT_EQ(0, get_now(plain));
	EXPECT_EQ(0, put_now(plain, 4));
	EXPECT_EQ(-EAGAIN, put_now(plain, 5));
	close(plain);
}

TEST_F(lowwater, ports_have_none)
{
	struct mailbox_listen listen = {
		.port = {
			.size = sizeof(listen), .capacity = 4,
			.rights = MAILBOX_RIGHT_RECEIVE |
				  MAILBOX_RIGHT_MANAGE,
			.low_water = 1,
		},
	};

	EXPECT_EQ(-EINVAL, mb_ioctl(self->client, MAILBOX_IOC_LISTEN, &listen));
	listen.port.low_water = 0;
	ASSERT_EQ(0, mb_ioctl(self->client, MAILBOX_IOC_LISTEN, &listen));
	EXPECT_EQ(-EINVAL, set_low_water(listen.port.fd, 1));
	EXPECT_EQ(0, set_low_water(listen.port.fd, 0));
	close(listen.port.fd);
}

TEST_F(lowwater, ones_own_mailbox_can_have_one)
{
	struct mailbox_set set = {
		.id = MAILBOX_ID_SELF,
		.flags = MAILBOX_SET_LOW_WATER, .low_water = 63,
	};
	struct mailbox_stat stat;

	ASSERT_EQ(0, mb_set(self->client, &set));
	ASSERT_EQ(0, mb_stat(self->client, MAILBOX_ID_SELF, &stat));
	EXPECT_EQ(63, stat.low_water);
}

/*
 * Closing and opening
 */

TEST_F(lowwater, the_last_slot_does_not_close_it)
{
	ASSERT_EQ(0, fill(self->box));
	EXPECT_FALSE(is_closed(self->box));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(0, put_now(self->box, 4));
}

TEST_F(lowwater, a_send_that_finds_no_room_closes_it)
{
	ASSERT_EQ(0, fill_and_close(self->box));
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(1, mb_stat_of(self->box, refused_full));
	EXPECT_EQ(0, mb_stat_of(self->box, refused_share));
}

TEST_F(lowwater, while_closed_a_free_slot_is_no_room)
{
	ASSERT_EQ(0, fill_and_close(self->box));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(-EAGAIN, put_now(self->box, 5));
	EXPECT_EQ(2, mb_stat_of(self->box, refused_full));
	EXPECT_EQ(0, mb_stat_of(self->box, refused_share));
	EXPECT_EQ(3, mb_stat_of(self->box, messages));
}

TEST_F(lowwater, opens_when_it_holds_no_more_than_the_mark)
{
	ASSERT_EQ(0, fill_and_close(self->box));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(1, get_now(self->box));
	EXPECT_FALSE(is_closed(self->box));
	EXPECT_EQ(0, put_now(self->box, 5));
	EXPECT_EQ(0, put_now(self->box, 6));
	EXPECT_EQ(-EAGAIN, put_now(self->box, 7));
	EXPECT_TRUE(is_closed(self->box));
}

TEST_F(lowwater, each_mark_below_the_capacity_holds)
{
	for (int capacity = 2; capacity <= 8; capacity++) {
		for (int low = 1; low < capacity; low++) {
			int box = make(self->client, capacity, low), i;

			ASSERT_LE(0, box);
			ASSERT_EQ(0, fill_and_close(box));
			for (i = capacity - 1; i > low; i--) {
				ASSERT_EQ(capacity - 1 - i, get_now(box));
				ASSERT_EQ(-EAGAIN, put_now(box, 99));
			}
			ASSERT_EQ(capacity - 1 - low, get_now(box));
			ASSERT_EQ(0, put_now(box, 99));
			close(box);
		}
	}
}

TEST_F(lowwater, the_long_way_of_receiving_opens_it)
{
	char data[64] = { 0 };
	struct mailbox_iovec pieces[] = {
		{ .base = mb_ptr(data), .length = 1 },
		{ .base = mb_ptr(data + 1), .length = 3 },
	};
	struct mailbox_receive receive = {
		.message = { .data = mb_ptr(pieces), .iov_count = 2 },
	};

	ASSERT_EQ(0, fill_and_close(self->box));
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_TRUE(is_closed(self->box));
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_FALSE(is_closed(self->box));
}

TEST_F(lowwater, read_and_write)
{
	__u32 number = 7;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, fcntl(self->box, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-1, write(self->box, &number, sizeof(number)));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(4, read(self->box, &number, sizeof(number)));
	EXPECT_EQ(-1, write(self->box, &number, sizeof(number)));
	EXPECT_EQ(4, read(self->box, &number, sizeof(number)));
	EXPECT_FALSE(is_closed(self->box));
	EXPECT_EQ(4, write(self->box, &number, sizeof(number)));
}

/*
 * Who waits
 */

TEST_F(lowwater, senders_wait_until_it_opens)
{
	struct mb_child sender;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, block(&sender, self->box, 4, 0, 1));
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(1, get_now(self->box));
	EXPECT_EQ(0, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(3, mb_stat_of(self->box, messages));
	EXPECT_EQ(0, mb_child_join(&sender));
	for (int i = 2; i < 5; i++)
		EXPECT_EQ(i, get_now(self->box));
}

TEST_F(lowwater, senders_are_let_in_together)
{
	struct mb_child senders[5];
	int box = make(self->client, 8, 2), i;

	ASSERT_EQ(0, fill(box));
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, block(&senders[i], box, 8 + i, 0, i + 1));
	for (i = 0; i < 5; i++)
		EXPECT_EQ(i, get_now(box));
	EXPECT_EQ(5, mb_stat_of(box, blocked_senders));
	EXPECT_EQ(5, get_now(box));
	EXPECT_EQ(0, mb_stat_of(box, blocked_senders));
	EXPECT_EQ(7, mb_stat_of(box, messages));
	EXPECT_FALSE(is_closed(box));
	for (i = 0; i < 5; i++)
		EXPECT_EQ(0, mb_child_join(&senders[i]));
	for (i = 6; i < 13; i++)
		EXPECT_EQ(i, get_now(box));
	close(box);
}

TEST_F(lowwater, they_are_let_in_by_priority_and_it_closes_again)
{
	struct mb_child senders[3];

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, block(&senders[0], self->box, 10, 0, 1));
	ASSERT_EQ(0, block(&senders[1], self->box, 11, 1, 2));
	ASSERT_EQ(0, block(&senders[2], self->box, 12, 2, 3));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(1, get_now(self->box));
	/* for the last there is no slot */
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(0, mb_child_join(&senders[1]));
	EXPECT_EQ(0, mb_child_join(&senders[2]));
	EXPECT_EQ(12, get_now(self->box));
	EXPECT_FALSE(mb_child_done(&senders[0]));
	EXPECT_EQ(11, get_now(self->box));
	EXPECT_EQ(0, mb_child_join(&senders[0]));
	EXPECT_FALSE(is_closed(self->box));
	EXPECT_EQ(2, get_now(self->box));
	EXPECT_EQ(3, get_now(self->box));
	EXPECT_EQ(10, get_now(self->box));
}

TEST_F(lowwater, a_newcomer_does_not_pass)
{
	struct mb_child first, second;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, block(&first, self->box, 4, 0, 1));
	EXPECT_EQ(0, get_now(self->box));
	/* there is a free slot now */
	EXPECT_EQ(-EAGAIN, put_now(self->box, 99));
	ASSERT_EQ(0, block(&second, self->box, 5, 0, 2));
	for (int i = 1; i < 6; i++)
		EXPECT_EQ(i, get_now(self->box));
	EXPECT_EQ(0, mb_child_join(&first));
	EXPECT_EQ(0, mb_child_join(&second));
}

static void *thread_send(void *argument)
{
	return (void *)(long)mb_put_number(*(int *)argument, 1, 0, 0);
}

/* As many as MBX_REFILL of the module are let in under one lock. */
TEST_F(lowwater, of_very_many_some_wait_for_the_next_time)
{
	int box = make(self->client, 100, 20), i;
	pthread_t senders[70];
	void *result;

	ASSERT_EQ(0, fill(box));
	for (i = 0; i < 70; i++)
		ASSERT_EQ(0, pthread_create(&senders[i], NULL, thread_send,
					    &box));
	ASSERT_EQ(0, mb_wait_senders(box, 0, 70));
	for (i = 0; i < 79; i++)
		ASSERT_EQ(i, get_now(box));
	EXPECT_EQ(70, mb_stat_of(box, blocked_senders));
	ASSERT_EQ(i, get_now(box));
	EXPECT_EQ(6, mb_stat_of(box, blocked_senders));
	EXPECT_EQ(84, mb_stat_of(box, messages));
	EXPECT_TRUE(is_closed(box));
	for (i = 0; i < 64; i++)
		ASSERT_LE(0, get_now(box));
	EXPECT_EQ(0, mb_stat_of(box, blocked_senders));
	EXPECT_FALSE(is_closed(box));
	for (i = 0; i < 70; i++) {
		ASSERT_EQ(0, pthread_join(senders[i], &result));
		EXPECT_EQ(NULL, result);
	}
	close(box);
}

TEST_F(lowwater, a_waiting_receiver_is_given_a_message_directly)
{
	struct mb_child receiver;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, mb_get_tagged_start(&receiver, self->box, 9, 9, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(-EAGAIN, put_now(self->box, 99));
	ASSERT_TRUE(is_closed(self->box));
	EXPECT_EQ(0, mb_put_tagged(self->box, 42, 9, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(42, mb_child_join(&receiver));
	EXPECT_TRUE(is_closed(self->box));
}

TEST_F(lowwater, a_selective_receiver_takes_what_waits)
{
	struct mb_child sender;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, mb_put_tagged_start(&sender, self->box, 42, 9, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(42, mb_get_tagged(self->box, 9, 9, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(4, mb_stat_of(self->box, messages));
}

TEST_F(lowwater, calls_wait_as_sends_do)
{
	__u32 question = 5, answer = 0;
	struct mailbox_call call = {
		.size = sizeof(call),
		.request = { .data = mb_ptr(&question), .length = 4 },
		.reply = { .data = mb_ptr(&answer), .room = 4 },
	};
	struct mailbox_receive receive = {
		.message = { .data = mb_ptr(&answer), .room = 4 },
	};
	struct mailbox_reply reply = {
		.message = { .data = mb_ptr(&answer), .length = 4 },
	};
	struct mb_child caller;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, mb_call_start(&caller, self->box, MAILBOX_IOC_CALL,
				   &call));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	for (int i = 1; i < 4; i++)
		EXPECT_EQ(i, get_now(self->box));
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(5, answer);
	reply.token = receive.message.token;
	EXPECT_EQ(0, mb_reply(self->box, &reply));
	EXPECT_EQ(0, mb_child_join(&caller));
}

/*
 * Who gives up
 */

TEST_F(lowwater, a_deadline_takes_a_blocked_message_back)
{
	__u32 number = 7;
	struct mailbox_send send = {
		.flags = MAILBOX_DEADLINE, .clock = MAILBOX_CLOCK_MONOTONIC,
		.message = { .data = mb_ptr(&number), .length = 4 },
	};

	ASSERT_EQ(0, fill(self->box));
	send.deadline = mb_now_ns(CLOCK_MONOTONIC) + 1000000;
	EXPECT_EQ(-ETIMEDOUT, mb_send(self->box, &send));
	/* it waited, so it is closed; and it opens without it */
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(-EAGAIN, put_now(self->box, 99));
	EXPECT_EQ(1, get_now(self->box));
	EXPECT_FALSE(is_closed(self->box));
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
}

static int interrupted_run(void *argument)
{
	int ret = mb_signal_handle(SIGUSR1, 0);

	return ret ? ret : mb_put_number(*(int *)argument, 7, 0, 0);
}

TEST_F(lowwater, a_signal_takes_a_blocked_message_back)
{
	struct mb_child sender;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, mb_child_start(&sender, interrupted_run, &self->box));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	kill(sender.pid, SIGUSR1);
	EXPECT_EQ(-EINTR, mb_child_join(&sender));
	EXPECT_EQ(0, mb_stat_of(self->box, blocked_senders));
	EXPECT_TRUE(is_closed(self->box));
}

TEST_F(lowwater, the_death_of_one_who_waits_holds_up_no_other)
{
	struct mb_child dead, sender;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, block(&dead, self->box, 4, 5, 1));
	ASSERT_EQ(0, block(&sender, self->box, 5, 0, 2));
	mb_child_kill(&dead);
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(1, get_now(self->box));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(2, get_now(self->box));
	EXPECT_EQ(3, get_now(self->box));
	EXPECT_EQ(5, get_now(self->box));
}

/* A queued message that its sender takes back gives up its slot. */
TEST_F(lowwater, a_withdrawal_opens_it)
{
	struct mb_child waiting[2], sender;
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, put_now(self->box, i));
		ASSERT_EQ(0, mb_put_number_start(&waiting[i], self->box, 10 + i,
						 0, MAILBOX_SEND_SYNC));
		ASSERT_EQ(0, mb_wait_messages(self->box, 0, 2 * i + 2));
	}
	ASSERT_EQ(0, block(&sender, self->box, 5, 0, 1));
	mb_child_kill(&waiting[0]);
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	mb_child_kill(&waiting[1]);
	EXPECT_FALSE(is_closed(self->box));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(3, mb_stat_of(self->box, messages));
}

/* A copy that fails puts a message back to where it was: nothing has opened. */
TEST_F(lowwater, a_failed_receive_opens_nothing)
{
	struct mailbox_receive receive = {
		.message = { .data = mb_ptr(mb_nowhere()), .room = 4 },
	};
	int box = make(self->client, 2, 1);

	ASSERT_EQ(0, fill_and_close(box));
	EXPECT_EQ(-EFAULT, mb_receive(box, &receive));
	EXPECT_TRUE(is_closed(box));
	receive.message.room = 1;
	EXPECT_EQ(-EMSGSIZE, mb_receive(box, &receive));
	EXPECT_TRUE(is_closed(box));
	EXPECT_EQ(0, get_now(box));
	EXPECT_FALSE(is_closed(box));
	close(box);
}

TEST_F(lowwater, a_peek_opens_nothing)
{
	int box = make(self->client, 2, 1);

	ASSERT_EQ(0, fill_and_close(box));
	EXPECT_EQ(0, mb_get_number(box, MAILBOX_RECEIVE_PEEK));
	EXPECT_TRUE(is_closed(box));
	close(box);
}

/*
 * The end
 */

TEST_F(lowwater, destroyed_while_closed)
{
	struct mb_child sender;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, block(&sender, self->box, 4, 0, 1));
	EXPECT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&sender));
}

TEST_F(lowwater, left_while_closed)
{
	int sink = mb_narrow(self->box, MAILBOX_RIGHT_SEND);
	pthread_t sender;
	void *result;

	ASSERT_LE(0, sink);
	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, pthread_create(&sender, NULL, thread_send, &sink));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	/* no child has it */
	close(self->box);
	self->box = sink;
	ASSERT_EQ(0, pthread_join(sender, &result));
	EXPECT_EQ(-EPIPE, (long)result);
}

/*
 * SET
 */

TEST_F(lowwater, set_changes_the_mark)
{
	ASSERT_EQ(0, set_low_water(self->box, 3));
	EXPECT_EQ(3, mb_stat_of(self->box, low_water));
	ASSERT_EQ(0, fill_and_close(self->box));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_FALSE(is_closed(self->box));
	EXPECT_EQ(0, put_now(self->box, 4));
}

TEST_F(lowwater, set_takes_the_mark_away)
{
	struct mb_child sender;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, block(&sender, self->box, 4, 0, 1));
	EXPECT_EQ(0, get_now(self->box));
	ASSERT_EQ(0, set_low_water(self->box, 0));
	EXPECT_FALSE(is_closed(self->box));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(-EAGAIN, put_now(self->box, 5));
	EXPECT_FALSE(is_closed(self->box));
	EXPECT_EQ(1, get_now(self->box));
	EXPECT_EQ(0, put_now(self->box, 5));
}

TEST_F(lowwater, set_gives_a_mark)
{
	int plain = make(self->client, CAPACITY, 0);

	ASSERT_EQ(0, set_low_water(plain, 1));
	ASSERT_EQ(0, fill_and_close(plain));
	EXPECT_TRUE(is_closed(plain));
	close(plain);
}

TEST_F(lowwater, set_of_the_mark_opens_it)
{
	struct mb_child sender;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, block(&sender, self->box, 4, 0, 1));
	EXPECT_EQ(0, get_now(self->box));
	ASSERT_EQ(0, set_low_water(self->box, 1));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(4, mb_stat_of(self->box, messages));
}

/* Those who still find no room close it. */
TEST_F(lowwater, set_of_the_mark_lets_in_none_without_a_slot)
{
	struct mb_child sender;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, block(&sender, self->box, 4, 0, 1));
	ASSERT_EQ(0, set_low_water(self->box, 1));
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(1, get_now(self->box));
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(2, get_now(self->box));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(lowwater, set_of_the_capacity_opens_it)
{
	struct mb_child senders[2];

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, block(&senders[0], self->box, 4, 0, 1));
	ASSERT_EQ(0, block(&senders[1], self->box, 5, 0, 2));
	ASSERT_EQ(0, set_capacity(self->box, 5));
	EXPECT_EQ(0, mb_child_join(&senders[0]));
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_TRUE(is_closed(self->box));
	ASSERT_EQ(0, set_capacity(self->box, 7));
	EXPECT_EQ(0, mb_child_join(&senders[1]));
	EXPECT_FALSE(is_closed(self->box));
	EXPECT_EQ(0, put_now(self->box, 6));
}

/* Messages above a smaller capacity stay, and it opens at the mark. */
TEST_F(lowwater, set_of_a_smaller_capacity)
{
	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, set_capacity(self->box, 3));
	EXPECT_EQ(-EAGAIN, put_now(self->box, 4));
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(-EAGAIN, put_now(self->box, 4));
	EXPECT_EQ(1, get_now(self->box));
	EXPECT_EQ(0, put_now(self->box, 4));
}

TEST_F(lowwater, set_of_the_limit_of_bytes_opens_it)
{
	struct mb_child sender;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, block(&sender, self->box, 4, 0, 1));
	EXPECT_EQ(0, get_now(self->box));
	ASSERT_EQ(0, set_max_bytes(self->box, 1000));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(lowwater, set_of_the_capacity_to_the_mark_is_einval)
{
	struct mailbox_set both = {
		.flags = MAILBOX_SET_CAPACITY | MAILBOX_SET_LOW_WATER,
		.capacity = LOW, .low_water = LOW - 1,
	};

	EXPECT_EQ(-EINVAL, set_capacity(self->box, LOW));
	EXPECT_EQ(CAPACITY, mb_stat_of(self->box, capacity));
	EXPECT_EQ(0, set_capacity(self->box, LOW + 1));
	EXPECT_EQ(0, mb_set(self->box, &both));
	EXPECT_EQ(LOW, mb_stat_of(self->box, capacity));
	EXPECT_EQ(LOW - 1, mb_stat_of(self->box, low_water));
}

TEST_F(lowwater, set_of_what_has_no_capacity_is_einval)
{
	int meeting = make(self->client, 0, 0);
	int unbounded = mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_UNBOUNDED,
	});
	int lossy = mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_LOSSY, .policy = MAILBOX_POLICY_ALL,
		.capacity = 4, .max_receivers = 2,
	});

	EXPECT_EQ(-EINVAL, set_low_water(meeting, 1));
	EXPECT_EQ(-EINVAL, set_low_water(unbounded, 1));
	EXPECT_EQ(-EINVAL, set_low_water(lossy, 1));
	/* to have none is what they have */
	EXPECT_EQ(0, set_low_water(meeting, 0));
	EXPECT_EQ(0, set_low_water(unbounded, 0));
	EXPECT_EQ(0, set_low_water(lossy, 0));
	EXPECT_EQ(0, put_now(unbounded, 1));
	close(lossy);
	close(unbounded);
	close(meeting);
}

/*
 * poll, epoll, and SPACE
 */

TEST_F(lowwater, a_poll_that_finds_no_room_closes_it)
{
	EXPECT_EQ(POLLOUT, mb_poll(self->box, POLLOUT, 0));
	ASSERT_EQ(0, fill(self->box));
	EXPECT_EQ(0, mb_poll(self->box, POLLOUT, 0));
	EXPECT_TRUE(is_closed(self->box));
}

TEST_F(lowwater, who_polls_to_receive_closes_nothing)
{
	ASSERT_EQ(0, fill(self->box));
	EXPECT_EQ(POLLIN, mb_poll(self->box, POLLIN, 0));
	EXPECT_FALSE(is_closed(self->box));
}

TEST_F(lowwater, while_closed_there_is_no_pollout)
{
	ASSERT_EQ(0, fill_and_close(self->box));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(POLLIN, mb_poll(self->box, POLLIN | POLLOUT, 0));
	EXPECT_EQ(1, get_now(self->box));
	EXPECT_EQ(POLLIN | POLLOUT, mb_poll(self->box, POLLIN | POLLOUT, 0));
}

TEST_F(lowwater, poll_is_told_when_it_opens)
{
	struct mb_child poller;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, mb_poll_start(&poller, self->box, POLLOUT));
	ASSERT_EQ(0, mb_poll_asleep(&poller));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_FALSE(mb_child_done(&poller));
	EXPECT_EQ(1, get_now(self->box));
	EXPECT_EQ(POLLOUT, mb_child_join(&poller));
}

TEST_F(lowwater, poll_is_told_when_set_opens_it)
{
	struct mb_child poller;

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, mb_poll_start(&poller, self->box, POLLOUT));
	ASSERT_EQ(0, mb_poll_asleep(&poller));
	EXPECT_EQ(0, get_now(self->box));
	ASSERT_EQ(0, set_low_water(self->box, 3));
	EXPECT_EQ(POLLOUT, mb_child_join(&poller));
}

TEST_F(lowwater, an_edge_is_an_opening)
{
	struct epoll_event event = { .events = EPOLLOUT | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	ASSERT_LE(0, epoll);
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->box, &event));
	EXPECT_EQ(1, epoll_wait(epoll, &event, 1, 0));
	ASSERT_EQ(0, fill_and_close(self->box));
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	EXPECT_EQ(1, get_now(self->box));
	EXPECT_EQ(1, epoll_wait(epoll, &event, 1, 0));
	close(epoll);
}

TEST_F(lowwater, space_is_told_when_it_opens)
{
	struct mailbox_notify notify = {
		.size = sizeof(notify), .events = MAILBOX_EVENT_SPACE,
		.cookie = 7,
	};
	struct mailbox_event event;
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK, .id = MAILBOX_ID_NOTIFY,
		.message = { .data = mb_ptr(&event), .room = sizeof(event) },
	};

	ASSERT_EQ(0, fill(self->box));
	ASSERT_EQ(0, mb_ioctl(self->box, MAILBOX_IOC_NOTIFY, &notify));
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(-EAGAIN, mb_receive(self->client, &receive));
	EXPECT_EQ(1, get_now(self->box));
	EXPECT_EQ(0, mb_receive(self->client, &receive));
	EXPECT_EQ(MAILBOX_EVENT_SPACE, event.type);
}

/*
 * Batches
 */

static struct mailbox_batch *batch_of(struct mailbox_batch *batch,
				      struct mailbox_message *messages,
				      __u32 *numbers, __u32 count, bool sending)
{
	memset(batch, 0, sizeof(*batch));
	memset(messages, 0, count * sizeof(*messages));
	for (__u32 i = 0; i < count; i++) {
		messages[i].data = mb_ptr(&numbers[i]);
		if (sending)
			messages[i].length = sizeof(*numbers);
		else
			messages[i].room = sizeof(*numbers);
	}
	batch->flags = MAILBOX_NONBLOCK;
	batch->messages = mb_ptr(messages);
	batch->message_size = sizeof(*messages);
	batch->count = count;
	return batch;
}

TEST_F(lowwater, batches)
{
	__u32 numbers[6] = { 0, 1, 2, 3, 4, 5 };
	struct mailbox_message messages[6];
	struct mailbox_batch batch;
	struct mb_child sender;

	EXPECT_EQ(0, mb_send_batch(self->box, batch_of(&batch, messages,
						       numbers, 6, true)));
	EXPECT_EQ(4, batch.done);
	ASSERT_EQ(0, block(&sender, self->box, 6, 0, 1));
	EXPECT_EQ(0, mb_receive_batch(self->box, batch_of(&batch, messages,
							  numbers, 1, false)));
	EXPECT_EQ(1, batch.done);
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(-EAGAIN, mb_send_batch(self->box,
					 batch_of(&batch, messages, numbers, 1,
						  true)));
	EXPECT_EQ(0, mb_receive_batch(self->box, batch_of(&batch, messages,
							  numbers, 6, false)));
	EXPECT_EQ(4, batch.done);
	EXPECT_EQ(6, numbers[3]);
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_FALSE(is_closed(self->box));
}

/*
 * Bytes and shares
 */

TEST_F(lowwater, it_closes_when_bytes_are_used_up)
{
	struct mb_child sender;

	ASSERT_EQ(0, set_max_bytes(self->box, 12));
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, put_now(self->box, i));
	ASSERT_EQ(0, block(&sender, self->box, 3, 0, 1));
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(0, mb_stat_of(self->box, refused_share));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_FALSE(is_closed(self->box));
}

TEST_F(lowwater, while_closed_for_bytes_there_are_none)
{
	int box = make(self->client, 8, 2);

	ASSERT_EQ(0, set_max_bytes(box, 16));
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, put_now(box, i));
	EXPECT_EQ(-EAGAIN, put_now(box, 99));
	EXPECT_EQ(0, get_now(box));
	EXPECT_EQ(-EAGAIN, put_now(box, 99));
	EXPECT_EQ(1, get_now(box));
	EXPECT_EQ(0, put_now(box, 4));
	close(box);
}

TEST_F(lowwater, at_the_mark_bytes_do_not_close_it)
{
	struct mb_child sender;

	ASSERT_EQ(0, set_max_bytes(self->box, 8));
	ASSERT_EQ(0, put_now(self->box, 0));
	ASSERT_EQ(0, put_now(self->box, 1));
	ASSERT_EQ(0, block(&sender, self->box, 2, 0, 1));
	EXPECT_FALSE(is_closed(self->box));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(0, mb_child_join(&sender));
}

/* One that never fits must not keep the others out. */
TEST_F(lowwater, a_message_that_is_too_long_for_all_bytes)
{
	char data[16] = { 0 };

	ASSERT_EQ(0, set_max_bytes(self->box, 12));
	EXPECT_EQ(-EAGAIN, mb_put(self->box, 0, data, sizeof(data),
				  MAILBOX_NONBLOCK));
	EXPECT_FALSE(is_closed(self->box));
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, put_now(self->box, i));
	EXPECT_EQ(-EAGAIN, mb_put(self->box, 0, data, sizeof(data),
				  MAILBOX_NONBLOCK));
	EXPECT_TRUE(is_closed(self->box));
	EXPECT_EQ(0, get_now(self->box));
	EXPECT_EQ(0, put_now(self->box, 3));
}

static int share_run(void *argument)
{
	int client = mb_client(), i, ret;
	__u64 id = *(__u64 *)argument;

	if (client < 0)
		return client;
	for (i = 0; ; i++) {
		ret = mb_put(client, id, &i, sizeof(i), MAILBOX_NONBLOCK);
		if (ret)
			return ret == -EAGAIN ? i : ret;
	}
}

TEST_F(lowwater, a_share_that_is_used_up_closes_nothing)
{
	int box = mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_MODE, .mode = 0666, .capacity = 4,
		.low_water = 1,
	});
	__u64 id = mb_id(box);

	mb_need_root();
	EXPECT_EQ(2, mb_as_uid(MB_USER_A, share_run, &id));
	EXPECT_EQ(1, mb_stat_of(box, refused_share));
	EXPECT_FALSE(is_closed(box));
	EXPECT_EQ(0, put_now(box, 2));
	EXPECT_EQ(0, put_now(box, 3));
	EXPECT_EQ(-EAGAIN, put_now(box, 99));
	EXPECT_TRUE(is_closed(box));
	/* what others have sent takes the long way out */
	EXPECT_EQ(0, get_now(box));
	EXPECT_EQ(1, get_now(box));
	EXPECT_TRUE(is_closed(box));
	EXPECT_EQ(2, get_now(box));
	EXPECT_FALSE(is_closed(box));
	close(box);
}

/*
 * ALL
 */

static int make_all(int client)
{
	return mb_make(client, (struct mailbox_create){
		.policy = MAILBOX_POLICY_ALL, .max_receivers = 2,
		.capacity = CAPACITY, .low_water = LOW,
	});
}

TEST_F(lowwater, of_all_the_handle_counts_that_holds_most)
{
	int box = make_all(self->client);
	int other = mb_narrow(box, MAILBOX_RIGHT_RECEIVE);
	struct mb_child sender;

	ASSERT_EQ(0, fill(box));
	ASSERT_EQ(0, block(&sender, box, 4, 0, 1));
	EXPECT_TRUE(is_closed(box));
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(i, get_now(box));
	EXPECT_EQ(0, get_now(other));
	EXPECT_EQ(1, mb_stat_of(box, blocked_senders));
	EXPECT_EQ(1, get_now(other));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_FALSE(is_closed(box));
	EXPECT_EQ(4, get_now(box));
	close(other);
	close(box);
}

TEST_F(lowwater, of_all_the_end_of_a_handle_opens_it)
{
	int box = make_all(self->client);
	int other = mb_narrow(box, MAILBOX_RIGHT_RECEIVE);

	ASSERT_EQ(0, fill_and_close(box));
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(i, get_now(box));
	EXPECT_TRUE(is_closed(box));
	EXPECT_EQ(-EAGAIN, put_now(box, 99));
	close(other);
	EXPECT_FALSE(is_closed(box));
	EXPECT_EQ(0, put_now(box, 4));
	close(box);
}

TEST_HARNESS_MAIN
