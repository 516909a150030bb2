// SPDX-License-Identifier: GPL-2.0-only
/*
 * poll(2) and epoll(7) on handles: what they show, and that every message and
 * every freed slot wakes.
 */
#include "lib/test.h"
#include "lib/transfer.h"

#include <sys/epoll.h>

FIXTURE(poll) {
	int client;
	int box;		/* holds two messages */
	int meeting;		/* holds none */
};

FIXTURE_SETUP(poll)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 2, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
	self->meeting = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->meeting);
}

FIXTURE_TEARDOWN(poll)
{
	close(self->meeting);
	close(self->box);
	close(self->client);
}

#define BOTH	(POLLIN | POLLOUT)

/* Start a child that polls, and look until it sleeps. */
static int poller_start(struct mb_child *poller, int fd, short events)
{
	int ret = mb_poll_start(poller, fd, events);

	return ret ? ret : mb_poll_asleep(poller);
}

/*
 * What is shown
 */

TEST_F(poll, empty_mailbox_has_room)
{
	EXPECT_EQ(POLLOUT, mb_poll(self->box, BOTH, 0));
}

TEST_F(poll, with_a_message_and_room_it_shows_both)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(BOTH, mb_poll(self->box, BOTH, 0));
}

TEST_F(poll, full_mailbox_has_no_room)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	EXPECT_EQ(POLLIN, mb_poll(self->box, BOTH, 0));
}

TEST_F(poll, empty_message_is_something_to_receive)
{
	ASSERT_EQ(0, mb_put(self->box, 0, NULL, 0, 0));
	EXPECT_EQ(POLLIN, mb_poll(self->box, POLLIN, 0));
}

TEST_F(poll, shows_what_is_left)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EQ(BOTH, mb_poll(self->box, BOTH, 0));
	ASSERT_EQ(2, mb_get_number(self->box, 0));
	EXPECT_EQ(POLLOUT, mb_poll(self->box, BOTH, 0));
}

TEST_F(poll, unbounded_mailbox_always_has_room)
{
	int box = mb_new_flags(self->client, MAILBOX_CREATE_UNBOUNDED, 0,
			       NULL);
	int i;

	ASSERT_LE(0, box);
	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, mb_put_number(box, i, 0, 0));
	EXPECT_EQ(BOTH, mb_poll(box, BOTH, 0));
}

TEST_F(poll, handle_shows_what_it_may_do)
{
	int receiver = mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE);
	int sender = mb_narrow(self->box, MAILBOX_RIGHT_SEND);

	ASSERT_LE(0, receiver);
	ASSERT_LE(0, sender);
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(POLLIN, mb_poll(receiver, BOTH, 0));
	EXPECT_EQ(POLLOUT, mb_poll(sender, BOTH, 0));
}

TEST_F(poll, destroyed_mailbox_hangs_up)
{
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_NE(0, mb_poll(self->box, BOTH, 0) & POLLHUP);
	/* also when nothing was asked for */
	EXPECT_EQ(POLLHUP, mb_poll(self->box, 0, 0) & POLLHUP);
}

/* A write would fail at once, so a poller must not sleep. */
TEST_F(poll, sender_without_receivers_need_not_wait)
{
	int sender = mb_narrow(self->box, MAILBOX_RIGHT_SEND);

	ASSERT_LE(0, sender);
	close(self->box);
	self->box = -1;
	EXPECT_NE(0, mb_poll(sender, POLLOUT, 0));
}

TEST_F(poll, client_has_nothing)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(0, mb_poll(self->client, POLLIN, 0) & POLLIN);
}

/*
 * Who is woken
 */

TEST_F(poll, message_wakes)
{
	struct mb_child poller;

	ASSERT_EQ(0, poller_start(&poller, self->box, POLLIN));
	EXPECT_FALSE(mb_child_done(&poller));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(POLLIN, mb_child_join(&poller));
}

TEST_F(poll, freed_slot_wakes)
{
	struct mb_child poller;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(0, poller_start(&poller, self->box, POLLOUT));
	EXPECT_FALSE(mb_child_done(&poller));
	ASSERT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EQ(POLLOUT, mb_child_join(&poller));
}

TEST_F(poll, all_pollers_wake)
{
	struct mb_child poller[3];
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, poller_start(&poller[i], self->box, POLLIN));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(POLLIN, mb_child_join(&poller[i]));
}

TEST_F(poll, slot_of_a_withdrawn_message_wakes)
{
	struct mb_child poller, sender;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 2, 0,
					 MAILBOX_SEND_SYNC));
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 2));
	ASSERT_EQ(0, poller_start(&poller, self->box, POLLOUT));
	mb_child_kill(&sender);
	EXPECT_EQ(POLLOUT, mb_child_join(&poller));
}

TEST_F(poll, more_capacity_wakes)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_CAPACITY,
		.capacity = 3,
	};
	struct mb_child poller;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(0, poller_start(&poller, self->box, POLLOUT));
	ASSERT_EQ(0, mb_set(self->box, &set));
	EXPECT_EQ(POLLOUT, mb_child_join(&poller));
}

TEST_F(poll, destroy_wakes)
{
	struct mb_child poller;

	ASSERT_EQ(0, poller_start(&poller, self->box, POLLIN));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_NE(0, mb_child_join(&poller) & POLLHUP);
}

static int poll_without(void *argument)
{
	int *fd = argument;

	close(fd[0]);
	return mb_poll(fd[1], POLLOUT, -1);
}

TEST_F(poll, end_of_the_last_receiver_wakes_a_sender)
{
	int fd[2] = { self->box, -1 };
	struct mb_child poller;

	fd[1] = mb_narrow(self->box, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, fd[1]);
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(0, mb_child_start(&poller, poll_without, fd));
	ASSERT_EQ(0, mb_poll_asleep(&poller));
	EXPECT_FALSE(mb_child_done(&poller));
	close(self->box);
	self->box = -1;
	EXPECT_LT(0, mb_child_join(&poller));
}

/*
 * Capacity 0: POLLIN means a sender is blocked, POLLOUT a receiver is.
 */

TEST_F(poll, rendezvous_alone_shows_nothing)
{
	EXPECT_EQ(0, mb_poll(self->meeting, BOTH, 0));
}

TEST_F(poll, rendezvous_shows_a_blocked_sender)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->meeting, 1, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	EXPECT_EQ(POLLIN, mb_poll(self->meeting, BOTH, 0));
	EXPECT_EQ(1, mb_get_number(self->meeting, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_poll(self->meeting, BOTH, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(poll, rendezvous_shows_a_blocked_receiver)
{
	struct mb_child receiver;

	ASSERT_EQ(0, mb_get_number_start(&receiver, self->meeting, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->meeting, 0, 1));
	EXPECT_EQ(POLLOUT, mb_poll(self->meeting, BOTH, 0));
	EXPECT_EQ(0, mb_put_number(self->meeting, 1, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_child_join(&receiver));
	EXPECT_EQ(0, mb_poll(self->meeting, BOTH, 0));
}

TEST_F(poll, rendezvous_sender_wakes_a_poller)
{
	struct mb_child poller, sender;

	ASSERT_EQ(0, poller_start(&poller, self->meeting, BOTH));
	ASSERT_EQ(0, mb_put_number_start(&sender, self->meeting, 1, 0, 0));
	EXPECT_EQ(POLLIN, mb_child_join(&poller));
	EXPECT_EQ(1, mb_get_number(self->meeting, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(poll, rendezvous_receiver_wakes_a_poller)
{
	struct mb_child poller, receiver;

	ASSERT_EQ(0, poller_start(&poller, self->meeting, BOTH));
	ASSERT_EQ(0, mb_get_number_start(&receiver, self->meeting, 0));
	EXPECT_EQ(POLLOUT, mb_child_join(&poller));
	EXPECT_EQ(0, mb_put_number(self->meeting, 1, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_child_join(&receiver));
}

TEST_F(poll, rendezvous_two_pollers_never_meet)
{
	struct mb_child one, two;

	ASSERT_EQ(0, poller_start(&one, self->meeting, POLLIN));
	ASSERT_EQ(0, poller_start(&two, self->meeting, POLLOUT));
	EXPECT_EQ(0, mb_poll(self->meeting, BOTH, 0));
	EXPECT_FALSE(mb_child_done(&one));
	EXPECT_FALSE(mb_child_done(&two));
	mb_child_kill(&one);
	mb_child_kill(&two);
}

/*
 * epoll
 */

/* An epoll descriptor that watches @fd for @events. */
static int watch(int fd, __u32 events)
{
	struct epoll_event event = { .events = events };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	if (epoll < 0 || epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		return -errno;
	return epoll;
}

/* What epoll shows within @timeout_ms, 0 for nothing. */
static int events_of(int epoll, int timeout_ms)
{
	struct epoll_event event;
	int ret = epoll_wait(epoll, &event, 1, timeout_ms);

	return ret < 0 ? -errno : ret ? (int)event.events : 0;
}

TEST_F(poll, level_is_shown_again_and_again)
{
	int epoll = watch(self->box, EPOLLIN);

	ASSERT_LE(0, epoll);
	EXPECT_EQ(0, events_of(epoll, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(EPOLLIN, events_of(epoll, 0));
	EXPECT_EQ(EPOLLIN, events_of(epoll, 0));
	ASSERT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EQ(0, events_of(epoll, 0));
}

TEST_F(poll, edge_is_shown_once)
{
	int epoll = watch(self->box, EPOLLIN | EPOLLET);

	ASSERT_LE(0, epoll);
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(EPOLLIN, events_of(epoll, 0));
	EXPECT_EQ(0, events_of(epoll, 0));
}

TEST_F(poll, each_message_is_an_edge)
{
	int epoll = watch(self->box, EPOLLIN | EPOLLET);

	ASSERT_LE(0, epoll);
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(EPOLLIN, events_of(epoll, 0));
	/* although the first is still there */
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	EXPECT_EQ(EPOLLIN, events_of(epoll, 0));
	EXPECT_EQ(0, events_of(epoll, 0));
}

TEST_F(poll, each_freed_slot_is_an_edge)
{
	int epoll;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	epoll = watch(self->box, EPOLLOUT | EPOLLET);
	ASSERT_LE(0, epoll);
	EXPECT_EQ(0, events_of(epoll, 0));
	ASSERT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EQ(EPOLLOUT, events_of(epoll, 0));
	EXPECT_EQ(0, events_of(epoll, 0));
	ASSERT_EQ(2, mb_get_number(self->box, 0));
	EXPECT_EQ(EPOLLOUT, events_of(epoll, 0));
}

TEST_F(poll, oneshot_is_shown_once_until_armed_again)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT };
	int epoll = watch(self->box, EPOLLIN | EPOLLONESHOT);

	ASSERT_LE(0, epoll);
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(EPOLLIN, events_of(epoll, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	EXPECT_EQ(0, events_of(epoll, 0));
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_MOD, self->box, &event));
	EXPECT_EQ(EPOLLIN, events_of(epoll, 0));
}

TEST_F(poll, destroy_is_shown_by_epoll)
{
	int epoll = watch(self->box, EPOLLIN | EPOLLET);

	ASSERT_LE(0, epoll);
	ASSERT_EQ(0, events_of(epoll, 0));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_NE(0, events_of(epoll, 0) & EPOLLHUP);
}

/* The mailbox's end with its last close takes the watch along. */
TEST_F(poll, closed_handle_is_watched_no_more)
{
	int box = mb_new(self->client, 2, MAILBOX_RIGHTS_ALL);
	int epoll;

	ASSERT_LE(0, box);
	epoll = watch(box, EPOLLIN | EPOLLHUP);
	ASSERT_LE(0, epoll);
	close(box);
	EXPECT_EQ(0, events_of(epoll, 0));
	close(epoll);
}

TEST_F(poll, rendezvous_sender_is_an_edge)
{
	int epoll = watch(self->meeting, EPOLLIN | EPOLLET);
	struct mb_child one, two;

	ASSERT_LE(0, epoll);
	ASSERT_EQ(0, mb_put_number_start(&one, self->meeting, 1, 0, 0));
	EXPECT_EQ(EPOLLIN, events_of(epoll, MB_LIMIT_MS));
	ASSERT_EQ(0, mb_put_number_start(&two, self->meeting, 1, 0, 0));
	EXPECT_EQ(EPOLLIN, events_of(epoll, MB_LIMIT_MS));
	EXPECT_EQ(1, mb_get_number(self->meeting, 0));
	EXPECT_EQ(1, mb_get_number(self->meeting, 0));
	EXPECT_EQ(0, mb_child_join(&one));
	EXPECT_EQ(0, mb_child_join(&two));
}

#define MANY	5000

/*
 * Receives until EAGAIN, sleeps until the next edge: a single wake-up that gets
 * lost leaves it asleep for good, and the join sees that.
 */
static int edge_receiver(void *argument)
{
	int box = *(int *)argument;
	int epoll = watch(box, EPOLLIN | EPOLLET);
	int i = 0, number;

	if (epoll < 0)
		return epoll;
	while (i < MANY) {
		number = mb_get_number(box, MAILBOX_NONBLOCK);
		if (number == -EAGAIN)
			number = events_of(epoll, -1);
		else if (number == i)
			i++;
		else
			return number < 0 ? number : -EPROTO;
		if (number < 0)
			return number;
	}
	return 0;
}

static int edge_sender(void *argument)
{
	int box = *(int *)argument;
	int epoll = watch(box, EPOLLOUT | EPOLLET);
	int i = 0, ret;

	if (epoll < 0)
		return epoll;
	while (i < MANY) {
		ret = mb_put_number(box, i, 0, MAILBOX_NONBLOCK);
		if (!ret)
			i++;
		else if (ret == -EAGAIN)
			ret = events_of(epoll, -1);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int plain_sender(void *argument)
{
	int i, ret = 0;

	for (i = 0; !ret && i < MANY; i++)
		ret = mb_put_number(*(int *)argument, i, 0, 0);
	return ret;
}

static int plain_receiver(void *argument)
{
	int i, number;

	for (i = 0; i < MANY; i++) {
		number = mb_get_number(*(int *)argument, 0);
		if (number != i)
			return number < 0 ? number : -EPROTO;
	}
	return 0;
}

static void pair_runs(struct __test_metadata *_metadata, int box,
		      mb_child_fn send, mb_child_fn receive)
{
	struct mb_child sender, receiver;

	ASSERT_EQ(0, mb_child_start(&receiver, receive, &box));
	ASSERT_EQ(0, mb_child_start(&sender, send, &box));
	EXPECT_EQ(0, mb_until_stuck(mb_stat_of(box, received),
				    mb_child_done(&sender) &&
				    mb_child_done(&receiver)));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(0, mb_child_join(&receiver));
	EXPECT_EQ(0, mb_stat_of(box, messages));
}

TEST_F_TIMEOUT(poll, edge_receiver_misses_no_message, 120)
{
	pair_runs(_metadata, self->box, plain_sender, edge_receiver);
}

TEST_F_TIMEOUT(poll, edge_sender_misses_no_slot, 120)
{
	pair_runs(_metadata, self->box, edge_sender, plain_receiver);
}

TEST_F_TIMEOUT(poll, edge_triggered_on_both_sides, 120)
{
	pair_runs(_metadata, self->box, edge_sender, edge_receiver);
}

TEST_F_TIMEOUT(poll, rendezvous_edge_receiver_misses_no_sender, 120)
{
	pair_runs(_metadata, self->meeting, plain_sender, edge_receiver);
}

TEST_F_TIMEOUT(poll, rendezvous_edge_sender_misses_no_receiver, 120)
{
	pair_runs(_metadata, self->meeting, edge_sender, plain_receiver);
}

TEST_HARNESS_MAIN
