// SPDX-License-Identifier: GPL-2.0-only
/*
 * The policy ALL: every receive handle gets every message.
 */
#include "lib/test.h"
#include "lib/transfer.h"

FIXTURE(multicast) {
	int client;
	int box;		/* holds two messages, up to four handles */
	int other;		/* a second receive handle */
	int lossy;		/* the same, LOSSY */
};

static int make(int client, __u32 flags)
{
	return mb_make(client, (struct mailbox_create){
		.flags = flags, .policy = MAILBOX_POLICY_ALL, .capacity = 2,
		.max_receivers = 4,
	});
}

FIXTURE_SETUP(multicast)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = make(self->client, 0);
	ASSERT_LE(0, self->box);
	self->other = mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE);
	ASSERT_LE(0, self->other);
	self->lossy = make(self->client, MAILBOX_CREATE_LOSSY);
	ASSERT_LE(0, self->lossy);
}

FIXTURE_TEARDOWN(multicast)
{
	close(self->lossy);
	close(self->other);
	close(self->box);
	close(self->client);
}

TEST_F(multicast, each_handle_gets_each_message)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_number(self->other, MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_get_number(self->other, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->other, MAILBOX_NONBLOCK));
}

TEST_F(multicast, each_handle_gets_them_by_priority)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 5, 0));
	EXPECT_EQ(2, mb_get_number(self->other, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_number(self->other, MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(multicast, dup_is_the_same_handle)
{
	int again = dup(self->box);

	ASSERT_LE(0, again);
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(1, mb_get_number(again, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(multicast, new_handle_gets_what_is_sent_after_it_was_made)
{
	int late;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	late = mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE);
	ASSERT_LE(0, late);
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	EXPECT_EQ(2, mb_get_number(late, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(late, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(multicast, opened_handle_gets_messages_too)
{
	int opened = mb_open_id(self->client, mb_id(self->box),
				MAILBOX_RIGHT_RECEIVE);

	ASSERT_LE(0, opened);
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(1, mb_get_number(opened, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_number(self->other, MAILBOX_NONBLOCK));
}

TEST_F(multicast, send_handle_gets_none_and_holds_up_none)
{
	int sender = mb_narrow(self->box, MAILBOX_RIGHT_SEND);
	int i;

	ASSERT_LE(0, sender);
	for (i = 0; i < 8; i++) {
		ASSERT_EQ(0, mb_put_number(sender, i, 0, MAILBOX_NONBLOCK));
		EXPECT_EQ(i, mb_get_number(self->box, MAILBOX_NONBLOCK));
		EXPECT_EQ(i, mb_get_number(self->other, MAILBOX_NONBLOCK));
	}
	EXPECT_EQ(-EBADF, mb_get_number(sender, MAILBOX_NONBLOCK));
}

TEST_F(multicast, lagging_handle_makes_senders_wait)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(1, mb_get_number(self->box, 0));
	ASSERT_EQ(2, mb_get_number(self->box, 0));
	EXPECT_EQ(-EAGAIN, mb_put_number(self->box, 3, 0, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(1, mb_get_number(self->other, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

/* For all or for none: a refused message is in no handle's queue. */
TEST_F(multicast, message_is_queued_for_all_or_for_none)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(1, mb_get_number(self->box, 0));
	ASSERT_EQ(2, mb_get_number(self->box, 0));
	ASSERT_EQ(-EAGAIN, mb_put_number(self->box, 3, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_stat_of(self->box, handle_messages));
	EXPECT_EQ(2, mb_stat_of(self->other, handle_messages));
}

TEST_F(multicast, blocked_message_is_seen_by_none)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(1, mb_get_number(self->box, 0));
	ASSERT_EQ(2, mb_get_number(self->box, 0));
	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	mb_child_kill(&sender);
	EXPECT_EQ(0, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(1, mb_get_number(self->other, 0));
	EXPECT_EQ(2, mb_get_number(self->other, 0));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->other, MAILBOX_NONBLOCK));
}

struct lagging {
	int box;
	int lagging;
};

static int close_and_send(void *argument)
{
	struct lagging *lagging = argument;

	close(lagging->lagging);
	return mb_put_number(lagging->box, 3, 0, 0);
}

TEST_F(multicast, closing_the_lagging_handle_unblocks_a_sender)
{
	struct lagging lagging = { .box = self->box };
	struct mb_child sender;
	int i;

	lagging.lagging = mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE);
	ASSERT_LE(0, lagging.lagging);
	for (i = 1; i <= 2; i++) {
		ASSERT_EQ(0, mb_put_number(self->box, i, 0, 0));
		ASSERT_EQ(i, mb_get_number(self->box, 0));
		ASSERT_EQ(i, mb_get_number(self->other, 0));
	}
	ASSERT_EQ(0, mb_child_start(&sender, close_and_send, &lagging));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_FALSE(mb_child_done(&sender));
	close(lagging.lagging);
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(3, mb_get_number(self->other, MAILBOX_NONBLOCK));
}

/* What only the closed handle had yet to receive is freed. */
TEST_F(multicast, closing_a_handle_frees_what_only_it_waited_for)
{
	__u64 before = mb_query_of(self->client, user_bytes);

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	EXPECT_LT(before, mb_query_of(self->client, user_bytes));
	close(self->other);
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
	EXPECT_EQ(0, mb_stat_of(self->box, bytes));
	EXPECT_EQ(before, mb_query_of(self->client, user_bytes));
	self->other = -1;
}

TEST_F(multicast, message_is_charged_until_the_last_has_it)
{
	__u64 before = mb_query_of(self->client, user_bytes);

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_LT(before, mb_query_of(self->client, user_bytes));
	ASSERT_EQ(1, mb_get_number(self->other, 0));
	EXPECT_EQ(before, mb_query_of(self->client, user_bytes));
}

TEST_F(multicast, stat_counts_a_message_once_and_its_receipts_each)
{
	struct mailbox_stat stat;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	stat = mb_stat_now(self->box);
	EXPECT_EQ(1, stat.messages);
	EXPECT_EQ(4, stat.bytes);
	EXPECT_EQ(1, stat.sent);
	EXPECT_EQ(0, stat.received);
	EXPECT_EQ(2, stat.receive_handles);
	EXPECT_EQ(1, stat.handle_messages);
	ASSERT_EQ(1, mb_get_number(self->box, 0));
	stat = mb_stat_now(self->box);
	EXPECT_EQ(1, stat.messages);
	EXPECT_EQ(1, stat.received);
	EXPECT_EQ(0, stat.handle_messages);
	ASSERT_EQ(1, mb_get_number(self->other, 0));
	stat = mb_stat_now(self->box);
	EXPECT_EQ(0, stat.messages);
	EXPECT_EQ(2, stat.received);
	EXPECT_EQ(1, stat.sent);
}

TEST_F(multicast, all_waiting_receivers_get_it)
{
	struct mb_child one, two;

	ASSERT_EQ(0, mb_get_number_start(&one, self->box, 0));
	ASSERT_EQ(0, mb_get_number_start(&two, self->other, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 2));
	ASSERT_EQ(0, mb_put_number(self->box, 6, 0, 0));
	EXPECT_EQ(6, mb_child_join(&one));
	EXPECT_EQ(6, mb_child_join(&two));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

/* Of two that wait on one handle, one gets it. */
TEST_F(multicast, waiting_receivers_of_one_handle_share)
{
	struct mb_child one, two;

	ASSERT_EQ(0, mb_get_number_start(&one, self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_get_number_start(&two, self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 2));
	ASSERT_EQ(0, mb_put_number(self->box, 6, 0, 0));
	EXPECT_EQ(6, mb_child_join(&one));
	EXPECT_EQ(1, mb_stat_of(self->box, waiting_receivers));
	ASSERT_EQ(0, mb_put_number(self->box, 7, 0, 0));
	EXPECT_EQ(7, mb_child_join(&two));
}

TEST_F(multicast, peek_leaves_it_in_this_handle_and_the_others)
{
	ASSERT_EQ(0, mb_put_number(self->box, 6, 0, 0));
	EXPECT_EQ(6, mb_get_number(self->box, MAILBOX_RECEIVE_PEEK));
	EXPECT_EQ(6, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(6, mb_get_number(self->other, MAILBOX_RECEIVE_PEEK));
	EXPECT_EQ(6, mb_get_number(self->other, MAILBOX_NONBLOCK));
}

TEST_F(multicast, selective_receive_on_each_handle)
{
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 10, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 20, 0, 0));
	EXPECT_EQ(2, mb_get_tagged(self->box, 20, 20, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_tagged(self->other, 10, 10, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_get_number(self->other, MAILBOX_NONBLOCK));
}

TEST_F(multicast, poll_shows_what_this_handle_has)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EQ(0, mb_poll(self->box, POLLIN, 0));
	EXPECT_EQ(POLLIN, mb_poll(self->other, POLLIN, 0));
}

TEST_F(multicast, pollout_needs_room_in_all_handles)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	EXPECT_EQ(0, mb_poll(self->box, POLLOUT, 0));
	ASSERT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EQ(0, mb_poll(self->box, POLLOUT, 0));
	ASSERT_EQ(1, mb_get_number(self->other, 0));
	EXPECT_EQ(POLLOUT, mb_poll(self->box, POLLOUT, 0));
}

TEST_F(multicast, sync_returns_with_the_first_reader)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 1, 0,
					 MAILBOX_SEND_SYNC));
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(1, mb_get_number(self->other, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(multicast, sync_is_withdrawn_from_all)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 1, 0,
					 MAILBOX_SEND_SYNC));
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	mb_child_kill(&sender);
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->other, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_F(multicast, content_is_whole_for_each)
{
	char sent[20000], got[20000];

	mb_fill(sent, sizeof(sent), 5);
	ASSERT_EQ(0, mb_put(self->box, 0, sent, sizeof(sent), 0));
	memset(sent, 0, sizeof(sent));
	ASSERT_EQ((int)sizeof(got),
		  mb_get(self->box, 0, got, sizeof(got), 0));
	EXPECT_EQ(-1, mb_differs(got, sizeof(got), 5));
	memset(got, 0, sizeof(got));
	ASSERT_EQ((int)sizeof(got),
		  mb_get(self->other, 0, got, sizeof(got), 0));
	EXPECT_EQ(-1, mb_differs(got, sizeof(got), 5));
}

TEST_F(multicast, fault_of_one_handle_leaves_it_its_message)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(-EFAULT, mb_get(self->box, 0, (void *)16, 4, 0));
	EXPECT_EQ(1, mb_get_number(self->other, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(multicast, destroy_wakes_receivers_of_all_handles)
{
	struct mb_child one, two;

	ASSERT_EQ(0, mb_get_number_start(&one, self->box, 0));
	ASSERT_EQ(0, mb_get_number_start(&two, self->other, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 2));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&one));
	EXPECT_EQ(-EIDRM, mb_child_join(&two));
}

/*
 * What is refused
 */

TEST_F(multicast, one_handle_too_many_is_eusers)
{
	int more[2] = {
		mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE),
		mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE),
	};

	ASSERT_LE(0, more[0]);
	ASSERT_LE(0, more[1]);
	EXPECT_EQ(-EUSERS, mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE));
	EXPECT_EQ(-EUSERS, mb_open_id(self->client, mb_id(self->box),
				      MAILBOX_RIGHT_RECEIVE));
	/* handles that only send do not count */
	EXPECT_LE(0, mb_narrow(self->box, MAILBOX_RIGHT_SEND));
	close(more[0]);
	EXPECT_LE(0, mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE));
}

TEST_F(multicast, receive_by_id_is_einval)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(-EINVAL, mb_get(self->client, mb_id(self->box), NULL, 0,
				  MAILBOX_NONBLOCK));
}

TEST_F(multicast, send_by_id_is_allowed)
{
	EXPECT_EQ(0, mb_put(self->client, mb_id(self->box), "x", 1, 0));
	EXPECT_EQ(1, mb_stat_of(self->other, handle_messages));
}

TEST_F(multicast, create_without_capacity_is_einval)
{
	EXPECT_EQ(-EINVAL, mb_make(self->client, (struct mailbox_create){
		.policy = MAILBOX_POLICY_ALL, .max_receivers = 4,
	}));
}

TEST_F(multicast, create_without_max_receivers_is_einval)
{
	EXPECT_EQ(-EINVAL, mb_make(self->client, (struct mailbox_create){
		.policy = MAILBOX_POLICY_ALL, .capacity = 2,
	}));
	EXPECT_EQ(-EINVAL, mb_make(self->client, (struct mailbox_create){
		.policy = MAILBOX_POLICY_ALL, .capacity = 2,
		.max_receivers = MAILBOX_RECEIVERS_MAX + 1,
	}));
}

TEST_F(multicast, max_receivers_without_all_is_einval)
{
	EXPECT_EQ(-EINVAL, mb_make(self->client, (struct mailbox_create){
		.capacity = 2, .max_receivers = 4,
	}));
}

TEST_F(multicast, lossy_without_all_is_einval)
{
	EXPECT_EQ(-EINVAL, mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_LOSSY, .capacity = 2,
	}));
}

/*
 * UNBOUNDED, and without any receive handle
 */

TEST_F(multicast, unbounded_never_waits_and_loses_nothing)
{
	int box = mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_UNBOUNDED,
		.policy = MAILBOX_POLICY_ALL, .max_receivers = 2,
	});
	int other, i;

	ASSERT_LE(0, box);
	other = mb_narrow(box, MAILBOX_RIGHT_RECEIVE);
	ASSERT_LE(0, other);
	for (i = 0; i < 200; i++)
		ASSERT_EQ(0, mb_put_number(box, i, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(200, mb_stat_of(box, messages));
	EXPECT_EQ(0, mb_stat_of(box, lost));
	for (i = 0; i < 200; i++) {
		ASSERT_EQ(i, mb_get_number(box, MAILBOX_NONBLOCK));
		ASSERT_EQ(i, mb_get_number(other, MAILBOX_NONBLOCK));
	}
	EXPECT_EQ(0, mb_stat_of(box, messages));
}

/* A mailbox that lives without handles: only its sender's is open. */
static int unheard(int client, __u32 flags)
{
	struct mailbox_create create = {
		.flags = MAILBOX_CREATE_PERSIST | flags,
		.policy = MAILBOX_POLICY_ALL,
		.capacity = flags & MAILBOX_CREATE_UNBOUNDED ? 0 : 2,
		.max_receivers = 2,
		.rights = MAILBOX_RIGHT_SEND | MAILBOX_RIGHT_MANAGE,
	};
	int ret = mb_create(client, &create);

	return ret ? ret : create.fd;
}

TEST_F(multicast, without_a_receive_handle_senders_wait_for_one)
{
	int box = unheard(self->client, 0), receiver;
	struct mb_child sender;

	ASSERT_LE(0, box);
	EXPECT_EQ(-EAGAIN, mb_put_number(box, 5, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_poll(box, POLLOUT, 0));
	ASSERT_EQ(0, mb_put_number_start(&sender, box, 5, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(box, 0, 1));
	receiver = mb_open_id(self->client, mb_id(box),
			      MAILBOX_RIGHT_RECEIVE);
	ASSERT_LE(0, receiver);
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(5, mb_get_number(receiver, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_destroy(box, 0));
}

TEST_F(multicast, first_receive_handle_wakes_who_polls_to_send)
{
	int box = unheard(self->client, 0), receiver;
	struct mb_child poller;

	ASSERT_LE(0, box);
	ASSERT_EQ(0, mb_poll_start(&poller, box, POLLOUT));
	ASSERT_EQ(0, mb_poll_asleep(&poller));
	receiver = mb_open_id(self->client, mb_id(box),
			      MAILBOX_RIGHT_RECEIVE);
	ASSERT_LE(0, receiver);
	EXPECT_EQ(POLLOUT, mb_child_join(&poller));
	EXPECT_EQ(0, mb_destroy(box, 0));
}

TEST_F(multicast, without_a_receive_handle_lossy_loses)
{
	int box = unheard(self->client, MAILBOX_CREATE_LOSSY);

	ASSERT_LE(0, box);
	EXPECT_EQ(0, mb_put_number(box, 5, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_stat_of(box, lost));
	EXPECT_EQ(0, mb_stat_of(box, messages));
	EXPECT_EQ(0, mb_destroy(box, 0));
}

TEST_F(multicast, without_a_receive_handle_unbounded_loses)
{
	int box = unheard(self->client, MAILBOX_CREATE_UNBOUNDED);

	ASSERT_LE(0, box);
	EXPECT_EQ(0, mb_put_number(box, 5, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_stat_of(box, lost));
	EXPECT_EQ(0, mb_stat_of(box, messages));
	EXPECT_EQ(0, mb_destroy(box, 0));
}

/*
 * LOSSY
 */

TEST_F(multicast, lossy_never_waits)
{
	int i;

	for (i = 0; i < 100; i++)
		ASSERT_EQ(0, mb_put_number(self->lossy, i, 0,
					   MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_stat_of(self->lossy, messages));
}

TEST_F(multicast, lossy_loses_the_oldest)
{
	int i;

	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, mb_put_number(self->lossy, i, 0, 0));
	EXPECT_EQ(3, mb_get_number(self->lossy, MAILBOX_NONBLOCK));
	EXPECT_EQ(4, mb_get_number(self->lossy, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->lossy, MAILBOX_NONBLOCK));
}

TEST_F(multicast, lossy_loses_the_lowest_priority)
{
	ASSERT_EQ(0, mb_put_number(self->lossy, 1, 1, 0));
	ASSERT_EQ(0, mb_put_number(self->lossy, 2, 9, 0));
	ASSERT_EQ(0, mb_put_number(self->lossy, 3, 5, 0));
	EXPECT_EQ(2, mb_get_number(self->lossy, MAILBOX_NONBLOCK));
	EXPECT_EQ(3, mb_get_number(self->lossy, MAILBOX_NONBLOCK));
}

TEST_F(multicast, lossy_tells_how_many_were_lost)
{
	struct mailbox_receive receive = { .flags = MAILBOX_NONBLOCK };
	int i;

	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, mb_put_number(self->lossy, i, 0, 0));
	EXPECT_EQ(3, mb_stat_of(self->lossy, handle_lost));
	EXPECT_EQ(3, mb_stat_of(self->lossy, lost));
	ASSERT_EQ(3, mb_get_any(self->lossy, &receive));
	EXPECT_EQ(3, receive.message.lost);
	ASSERT_EQ(4, mb_get_any(self->lossy, &receive));
	/* told once */
	EXPECT_EQ(0, receive.message.lost);
	EXPECT_EQ(0, mb_stat_of(self->lossy, handle_lost));
	EXPECT_EQ(3, mb_stat_of(self->lossy, lost));
}

TEST_F(multicast, lossy_counts_for_each_handle_apart)
{
	int other = mb_narrow(self->lossy, MAILBOX_RIGHT_RECEIVE);
	int i;

	ASSERT_LE(0, other);
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, mb_put_number(self->lossy, i, 0, 0));
		/* the other keeps up */
		ASSERT_EQ(i, mb_get_number(other, MAILBOX_NONBLOCK));
	}
	EXPECT_EQ(2, mb_stat_of(self->lossy, handle_lost));
	EXPECT_EQ(0, mb_stat_of(other, handle_lost));
	EXPECT_EQ(2, mb_get_number(self->lossy, MAILBOX_NONBLOCK));
	EXPECT_EQ(3, mb_get_number(self->lossy, MAILBOX_NONBLOCK));
}

TEST_F(multicast, lossy_peek_does_not_settle_the_count)
{
	struct mailbox_receive receive = { .flags = MAILBOX_NONBLOCK };
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_put_number(self->lossy, i, 0, 0));
	ASSERT_EQ(1, mb_get_number(self->lossy, MAILBOX_RECEIVE_PEEK));
	ASSERT_EQ(1, mb_get_any(self->lossy, &receive));
	EXPECT_EQ(1, receive.message.lost);
}

TEST_F(multicast, lossy_uncharges_what_is_lost)
{
	__u64 before = mb_query_of(self->client, user_bytes), two;
	int i;

	ASSERT_EQ(0, mb_put_number(self->lossy, 0, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->lossy, 1, 0, 0));
	two = mb_query_of(self->client, user_bytes);
	for (i = 0; i < 50; i++)
		ASSERT_EQ(0, mb_put_number(self->lossy, i, 0, 0));
	EXPECT_EQ(two, mb_query_of(self->client, user_bytes));
	ASSERT_LE(0, mb_get_number(self->lossy, 0));
	ASSERT_LE(0, mb_get_number(self->lossy, 0));
	EXPECT_EQ(before, mb_query_of(self->client, user_bytes));
}

/*
 * Many at once: each handle sees each sender's messages, all of them, in order.
 */

#define SENDERS		3
#define EACH		1000

static int send_each(void *argument)
{
	int *arguments = argument;
	int i, ret;

	for (i = 0; i < EACH; i++) {
		ret = mb_put_tagged(arguments[0], i, arguments[1], 0, 0);
		if (ret)
			return ret;
	}
	return 0;
}

static int receive_each(void *argument)
{
	int next[SENDERS] = { 0 };
	int i, number;

	for (i = 0; i < SENDERS * EACH; i++) {
		struct mailbox_receive receive = { .flags = 0 };

		number = mb_get_any(*(int *)argument, &receive);
		if (number < 0)
			return number;
		if (receive.message.tag >= SENDERS ||
		    number != next[receive.message.tag])
			return -EPROTO;
		next[receive.message.tag]++;
	}
	number = mb_get_number(*(int *)argument, MAILBOX_NONBLOCK);
	return number == -EAGAIN ? 0 : -EOVERFLOW;
}

TEST_F_TIMEOUT(multicast, many_senders_many_handles, 120)
{
	int box[2] = { self->box, self->other };
	struct mb_child sender[SENDERS], receiver[2];
	int i;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, mb_child_start(&receiver[i], receive_each,
					    &box[i]));
	for (i = 0; i < SENDERS; i++) {
		int arguments[2] = { self->box, i };

		ASSERT_EQ(0, mb_child_start(&sender[i], send_each, arguments));
	}
	EXPECT_EQ(0, mb_until_stuck(mb_stat_of(self->box, received),
				    mb_child_done(&receiver[0]) &&
				    mb_child_done(&receiver[1])));
	for (i = 0; i < SENDERS; i++)
		EXPECT_EQ(0, mb_child_join(&sender[i]));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, mb_child_join(&receiver[i]));
	EXPECT_EQ(SENDERS * EACH, mb_stat_of(self->box, sent));
	EXPECT_EQ(2 * SENDERS * EACH, mb_stat_of(self->box, received));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_HARNESS_MAIN
