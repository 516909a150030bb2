// SPDX-License-Identifier: GPL-2.0-only
/*
 * Lanes: many producers or many consumers, who come, go, die and misbehave.
 */
#include "lib/test.h"

#include <mailbox_lanes.h>

#define NAME	"lanes"
#define MANY	4

FIXTURE(lanes)
{
	int client;
	int port;
	struct mailbox_lanes *lanes;
	struct mb_child children[MANY];
	struct mailbox_receive receive;
	uint64_t number;
	uint64_t lane;
};

FIXTURE_SETUP(lanes)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->port = mailbox_listen(self->client, NAME, MANY);
	ASSERT_LE(0, self->port);
	ASSERT_EQ(0, mailbox_lanes_new(self->client, self->port, NULL,
				       &self->lanes));
	mailbox_receive_init(&self->receive, 0, &self->number,
			     sizeof(self->number));
}

FIXTURE_TEARDOWN(lanes)
{
	mailbox_lanes_free(self->lanes);
	/* a child that is not dead yet has it, too */
	mailbox_destroy(self->port, 0);
	close(self->port);
	close(self->client);
}

/* What a child does with its lane. */
struct user {
	struct mailbox_lanes *not_mine;
	uint64_t count;
	bool stay;
};

static struct mailbox_ring_channel *lane_take(const struct user *user)
{
	struct mailbox_ring_channel *channel = NULL;

	mailbox_lanes_free(user->not_mine);
	mailbox_ring_channel_connect(mb_client(), NAME, NULL, &channel);
	return channel;
}

static int produce(void *argument)
{
	struct user *user = argument;
	struct mailbox_ring_channel *channel = lane_take(user);
	uint64_t i;
	int error = channel ? 0 : -ENOTCONN;

	for (i = 0; !error && i < user->count; i++)
		error = mailbox_ring_channel_send(channel, &i, sizeof(i));
	while (!error && user->stay)
		pause();
	return error;
}

/* Receives until it is hung up: how many it got. */
static int consume(void *argument)
{
	struct mailbox_ring_channel *channel = lane_take(argument);
	uint64_t number, last = 0;
	int count = 0;

	if (!channel)
		return -ENOTCONN;
	while (mailbox_ring_channel_receive(channel, &number, sizeof(number)) ==
	       sizeof(number)) {
		if (number <= last)
			return -EILSEQ;
		last = number;
		count++;
	}
	return count;
}

static ssize_t next(FIXTURE_DATA(lanes) *self)
{
	return mailbox_lanes_receive(self->lanes, &self->receive, &self->lane);
}

TEST_F(lanes, many_producers)
{
	struct user user = { .not_mine = self->lanes, .count = 5000 };
	uint64_t expected[MANY + 1] = { 0 };
	unsigned int ended = 0, i;
	ssize_t ret;

	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, mb_child_start(&self->children[i], produce, &user));
	while (ended < MANY) {
		ret = next(self);
		ASSERT_LE(1, self->lane);
		ASSERT_GE(MANY, self->lane);
		if (ret == -EPIPE) {
			ended++;
			EXPECT_EQ(user.count, expected[self->lane]);
			EXPECT_EQ(NULL, mailbox_lanes_channel(self->lanes,
							      self->lane));
			continue;
		}
		ASSERT_EQ(sizeof(self->number), ret);
		ASSERT_EQ(expected[self->lane]++, self->number);
	}
	EXPECT_EQ(0, mailbox_lanes_count(self->lanes));
	for (i = 0; i < MANY; i++)
		EXPECT_EQ(0, mb_child_join(&self->children[i]));
}

TEST_F(lanes, many_consumers)
{
	struct user user = { .not_mine = self->lanes };
	struct mailbox_send send;
	uint64_t i, lane, total = 0;
	int got;

	for (i = 0; i < MANY; i++)
		ASSERT_EQ(0, mb_child_start(&self->children[i], consume, &user));
	for (i = 1; i <= 20000; i++) {
		mailbox_send_init(&send, 0, &i, sizeof(i));
		ASSERT_EQ(0, mailbox_lanes_send(self->lanes, &send, &lane));
		ASSERT_NE(NULL, mailbox_lanes_channel(self->lanes, lane));
		/* who has not come yet shall not come too late */
		while (i == 1 && mailbox_lanes_count(self->lanes) < MANY) {
			self->receive.flags = MAILBOX_NONBLOCK;
			ASSERT_EQ(-EAGAIN, next(self));
		}
	}
	mailbox_lanes_free(self->lanes);
	self->lanes = NULL;
	for (i = 0; i < MANY; i++) {
		got = mb_child_join(&self->children[i]);
		EXPECT_LT(0, got);
		total += got;
	}
	EXPECT_EQ(20000, total);
}

TEST_F(lanes, a_killed_producers_lane_is_reclaimed)
{
	struct user user = { .not_mine = self->lanes, .count = 3, .stay = true };
	struct mailbox_query before, after;
	uint64_t i, first;

	ASSERT_EQ(0, mailbox_query(self->client, &before));
	ASSERT_EQ(0, mb_child_start(&self->children[0], produce, &user));
	ASSERT_EQ(8, next(self));
	first = self->lane;
	ASSERT_EQ(8, next(self));
	ASSERT_EQ(8, next(self));
	mb_child_kill(&self->children[0]);
	EXPECT_EQ(-EPIPE, next(self));
	EXPECT_EQ(first, self->lane);
	EXPECT_EQ(0, mailbox_lanes_count(self->lanes));
	ASSERT_EQ(0, mailbox_query(self->client, &after));
	EXPECT_EQ(before.user_sections, after.user_sections);

	ASSERT_EQ(0, mb_child_start(&self->children[0], produce, &user));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(8, next(self));
		EXPECT_EQ(i, self->number);
		EXPECT_NE(first, self->lane);
	}
}

TEST_F(lanes, what_the_dead_has_sent_comes_before_his_end)
{
	struct user user = { .not_mine = self->lanes, .count = 100 };
	uint64_t i;

	ASSERT_EQ(0, mb_child_start(&self->children[0], produce, &user));
	ASSERT_EQ(8, next(self));
	EXPECT_EQ(0, mb_child_join(&self->children[0]));
	for (i = 1; i < 100; i++) {
		ASSERT_EQ(8, next(self));
		ASSERT_EQ(i, self->number);
	}
	EXPECT_EQ(-EPIPE, next(self));
}

TEST_F(lanes, waiting_ends_as_asked)
{
	struct mailbox_send send;

	self->receive.flags = MAILBOX_NONBLOCK;
	EXPECT_EQ(-EAGAIN, next(self));
	EXPECT_EQ(0, self->lane);
	self->receive.flags = MAILBOX_DEADLINE;
	self->receive.clock = MAILBOX_CLOCK_MONOTONIC;
	self->receive.deadline = 1;
	EXPECT_EQ(-ETIMEDOUT, next(self));
	EXPECT_EQ(MAILBOX_DEADLINE, self->receive.flags);
	self->receive.clock = 99;
	EXPECT_EQ(-EINVAL, next(self));
	self->receive.flags = MAILBOX_DEADLINE | MAILBOX_NONBLOCK;
	EXPECT_EQ(-EINVAL, next(self));
	mailbox_send_init(&send, 0, "", 0);
	send.flags = MAILBOX_NONBLOCK;
	EXPECT_EQ(-EAGAIN, mailbox_lanes_send(self->lanes, &send, &self->lane));
}

static int ask(void *argument)
{
	struct mailbox_ring_channel *channel = lane_take(argument);
	uint64_t number = 21;

	if (mailbox_ring_channel_call(channel, &number, 8, &number, 8) != 8)
		return -EPROTO;
	return (int)number;
}

TEST_F(lanes, calls_are_answered)
{
	struct user user = { .not_mine = self->lanes };

	ASSERT_EQ(0, mb_child_start(&self->children[0], ask, &user));
	ASSERT_EQ(8, next(self));
	EXPECT_EQ(MAILBOX_INFO_CALL, self->receive.message.info);
	self->number *= 2;
	ASSERT_EQ(0, mailbox_ring_channel_reply(
			mailbox_lanes_channel(self->lanes, self->lane),
			self->receive.message.token, &self->number, 8));
	EXPECT_EQ(42, mb_child_join(&self->children[0]));
}

/* Claims more than it has written. */
static int lie(void *argument)
{
	struct mailbox_ring_channel *channel = lane_take(argument);
	struct mailbox_ring *ring = mailbox_ring_channel_out(channel);

	mailbox_ring_channel_send(channel, "", 0);
	__atomic_store_n(&ring->mine->position, 1ULL << 40, __ATOMIC_RELEASE);
	mailbox_try_send(ring->bell, 0, NULL, 0);
	pause();
	return 0;
}

TEST_F(lanes, who_lies_loses_his_lane_and_nobody_else)
{
	struct user user = { .not_mine = self->lanes, .count = 3, .stay = true };
	unsigned int received = 0, lies = 0;
	ssize_t ret;

	ASSERT_EQ(0, mb_child_start(&self->children[0], lie, &user));
	ASSERT_EQ(0, mb_child_start(&self->children[1], produce, &user));
	while (received < 3 || !lies) {
		ret = next(self);
		if (ret == 8)
			received++;
		else if (ret == -EBADMSG)
			lies++;
		else
			ASSERT_EQ(0, ret);
	}
	EXPECT_EQ(1, mailbox_lanes_count(self->lanes));
}

static int connect_plainly(void *argument)
{
	return mailbox_connect(mb_client(), NAME);
}

TEST_F(lanes, who_does_not_speak_of_rings_is_rejected)
{
	struct user user = { .not_mine = self->lanes, .count = 1, .stay = true };

	ASSERT_EQ(0, mb_child_start(&self->children[0], connect_plainly, NULL));
	ASSERT_EQ(0, mb_wait_messages(self->port, 0, 1));
	ASSERT_EQ(0, mb_child_start(&self->children[1], produce, &user));
	EXPECT_EQ(8, next(self));
	EXPECT_EQ(-ECONNREFUSED, mb_child_join(&self->children[0]));
}

TEST_F(lanes, a_destroyed_port)
{
	ASSERT_EQ(0, mailbox_destroy(self->port, 0));
	EXPECT_EQ(-EIDRM, next(self));
	EXPECT_EQ(0, self->lane);
}

TEST_HARNESS_MAIN
