// SPDX-License-Identifier: GPL-2.0-only
/*
 * Rendezvous: a mailbox of capacity 0 holds nothing, sender and receiver meet.
 */
#include "lib/test.h"
#include "lib/transfer.h"

FIXTURE(rendezvous) {
	int client;
	int box;
};

FIXTURE_SETUP(rendezvous)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
}

FIXTURE_TEARDOWN(rendezvous)
{
	close(self->box);
	close(self->client);
}

TEST_F(rendezvous, sender_waits_for_the_receiver)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
	EXPECT_EQ(3, mb_get_number(self->box, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(0, mb_stat_of(self->box, blocked_senders));
}

TEST_F(rendezvous, receiver_waits_for_the_sender)
{
	struct mb_child receiver;

	ASSERT_EQ(0, mb_get_number_start(&receiver, self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	EXPECT_FALSE(mb_child_done(&receiver));
	EXPECT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_EQ(3, mb_child_join(&receiver));
}

TEST_F(rendezvous, nonblock_send_without_a_receiver_is_eagain)
{
	EXPECT_EQ(-EAGAIN, mb_put_number(self->box, 3, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_stat_of(self->box, refused_full));
	EXPECT_EQ(0, mb_stat_of(self->box, sent));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(rendezvous, nonblock_send_meets_a_waiting_receiver)
{
	struct mb_child receiver;

	ASSERT_EQ(0, mb_get_number_start(&receiver, self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	EXPECT_EQ(0, mb_put_number(self->box, 3, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(3, mb_child_join(&receiver));
}

TEST_F(rendezvous, nonblock_receive_meets_a_waiting_sender)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(rendezvous, nonblock_receive_without_a_sender_is_eagain)
{
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(rendezvous, two_that_do_not_wait_never_meet)
{
	EXPECT_EQ(-EAGAIN, mb_put_number(self->box, 1, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_put_number(self->box, 1, 0, MAILBOX_NONBLOCK));
}

TEST_F(rendezvous, nonblock_send_needs_a_receiver_that_takes_it)
{
	struct mb_child receiver;

	ASSERT_EQ(0, mb_get_tagged_start(&receiver, self->box, 5, 5, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	EXPECT_EQ(-EAGAIN,
		  mb_put_tagged(self->box, 1, 4, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_put_tagged(self->box, 2, 5, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_child_join(&receiver));
}

TEST_F(rendezvous, sender_is_told_who_received)
{
	struct mailbox_send *send = mb_shared(sizeof(*send));
	struct mb_child sender;

	ASSERT_NE(NULL, send);
	send->size = sizeof(*send);
	ASSERT_EQ(0, mb_call_start(&sender, self->box, MAILBOX_IOC_SEND,
				   send));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	ASSERT_EQ(0, mb_get(self->box, 0, NULL, 0, 0));
	ASSERT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(MAILBOX_INFO_RECEIVED, send->message.info);
	EXPECT_EQ(getpid(), (pid_t)send->message.pid);
	EXPECT_EQ(geteuid(), send->message.uid);
	EXPECT_EQ(getegid(), send->message.gid);
	EXPECT_EQ(1, send->message.seq);
}

TEST_F(rendezvous, sender_that_did_not_wait_is_told_who_received)
{
	struct mailbox_send send = { .flags = MAILBOX_NONBLOCK };
	struct mb_child receiver;

	ASSERT_EQ(0, mb_get_start(&receiver, self->box, 0, NULL, 0, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_send(self->box, &send));
	EXPECT_EQ(0, mb_child_join(&receiver));
	EXPECT_EQ(MAILBOX_INFO_RECEIVED, send.message.info);
	EXPECT_EQ(receiver.pid, (pid_t)send.message.pid);
}

static int get_as_group(void *argument)
{
	if (setresgid(-1, MB_GROUP_A, -1))
		return -errno;
	return mb_get(*(int *)argument, 0, NULL, 0, 0);
}

static int get_as_user(void *argument)
{
	if (setresuid(-1, MB_USER_A, -1))
		return -errno;
	return mb_get(*(int *)argument, 0, NULL, 0, 0);
}

TEST_F(rendezvous, sender_is_told_the_receivers_effective_user)
{
	struct mailbox_send send = { .flags = 0 };
	struct mb_child receiver;

	mb_need_root();
	ASSERT_EQ(0, mb_child_start(&receiver, get_as_user, &self->box));
	ASSERT_EQ(0, mb_send(self->box, &send));
	EXPECT_EQ(0, mb_child_join(&receiver));
	EXPECT_EQ(MB_USER_A, (int)send.message.uid);
	EXPECT_EQ(getegid(), send.message.gid);
}

TEST_F(rendezvous, sender_is_told_the_receivers_effective_group)
{
	struct mailbox_send send = { .flags = 0 };
	struct mb_child receiver;

	mb_need_root();
	ASSERT_EQ(0, mb_child_start(&receiver, get_as_group, &self->box));
	ASSERT_EQ(0, mb_send(self->box, &send));
	EXPECT_EQ(0, mb_child_join(&receiver));
	EXPECT_EQ(geteuid(), send.message.uid);
	EXPECT_EQ(MB_GROUP_A, (int)send.message.gid);
}

static int told_pid(void *argument)
{
	struct mailbox_send send = { .flags = 0 };
	int ret = mb_send(*(int *)argument, &send);

	if (ret)
		return ret;
	if (send.message.info != MAILBOX_INFO_RECEIVED)
		return -EPROTO;
	return send.message.pid;
}

TEST_F(rendezvous, receiver_outside_the_pid_namespace_is_shown_as_zero)
{
	struct mb_child sender;

	mb_need_root();
	mb_need_namespaces(CLONE_NEWPID);
	ASSERT_EQ(0, mb_inside_start(&sender, CLONE_NEWPID, told_pid,
				     &self->box));
	ASSERT_EQ(0, mb_get(self->box, 0, NULL, 0, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(rendezvous, sync_changes_nothing)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0,
					 MAILBOX_SEND_SYNC));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(rendezvous, senders_are_met_in_order_of_arrival)
{
	struct mb_child sender[4];
	int i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, mb_put_number_start(&sender[i], self->box, i, 0,
						 0));
		ASSERT_EQ(0, mb_wait_senders(self->box, 0, i + 1));
	}
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(i, mb_get_number(self->box, MAILBOX_NONBLOCK));
		EXPECT_EQ(0, mb_child_join(&sender[i]));
		EXPECT_EQ(3 - i, mb_stat_of(self->box, blocked_senders));
	}
}

TEST_F(rendezvous, senders_are_met_in_order_of_priority)
{
	static const __u32 priority[] = { 2, 5, 2, 9 };
	static const int order[] = { 3, 1, 0, 2 };
	struct mb_child sender[4];
	int i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, mb_put_number_start(&sender[i], self->box, i,
						 priority[i], 0));
		ASSERT_EQ(0, mb_wait_senders(self->box, 0, i + 1));
	}
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(order[i], mb_get_number(self->box, 0));
		EXPECT_EQ(0, mb_child_join(&sender[order[i]]));
	}
}

TEST_F(rendezvous, receivers_are_met_in_order_of_arrival)
{
	struct mb_child receiver[4];
	int i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, mb_get_number_start(&receiver[i], self->box, 0));
		ASSERT_EQ(0, mb_wait_receivers(self->box, 0, i + 1));
	}
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, mb_put_number(self->box, i, 0, 0));
		EXPECT_EQ(i, mb_child_join(&receiver[i]));
	}
}

TEST_F(rendezvous, peek_leaves_the_sender_waiting)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_RECEIVE_PEEK));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(rendezvous, peeker_is_no_receiver_to_meet)
{
	struct mb_child peeker;

	ASSERT_EQ(0, mb_get_number_start(&peeker, self->box,
					 MAILBOX_RECEIVE_PEEK));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	EXPECT_EQ(-EAGAIN, mb_put_number(self->box, 3, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_stat_of(self->box, sent));
	mb_child_kill(&peeker);
}

TEST_F(rendezvous, too_little_room_leaves_the_sender_waiting)
{
	struct mailbox_receive receive = { .flags = MAILBOX_NONBLOCK };
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(-EMSGSIZE, mb_receive(self->box, &receive));
	EXPECT_EQ(4, receive.message.length);
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(rendezvous, waiting_receiver_with_too_little_room_does_not_meet)
{
	struct mb_child receiver, sender;
	char *byte = mb_shared(1);

	ASSERT_NE(NULL, byte);
	ASSERT_EQ(0, mb_get_start(&receiver, self->box, 0, byte, 1, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0, 0));
	EXPECT_EQ(-EMSGSIZE, mb_child_join(&receiver));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(rendezvous, destroy_wakes_senders_with_eidrm)
{
	struct mb_child sender[2];
	int i;

	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, mb_put_number_start(&sender[i], self->box, i, 0,
						 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 2));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	for (i = 0; i < 2; i++)
		EXPECT_EQ(-EIDRM, mb_child_join(&sender[i]));
}

TEST_F(rendezvous, killed_sender_takes_its_message_along)
{
	__u64 before = mb_query_of(self->client, user_bytes);
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	mb_child_kill(&sender);
	EXPECT_EQ(0, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(before, mb_query_of(self->client, user_bytes));
}

/* The sender's memory may go the moment its send returns. */
static int reuse_send(void *argument)
{
	int box = *(int *)argument;
	char data[2048];
	int i, ret;

	for (i = 0; i < 200; i++) {
		mb_fill(data, sizeof(data), i);
		ret = mb_put(box, 0, data, sizeof(data), 0);
		memset(data, 0xff, sizeof(data));
		if (ret)
			return ret;
	}
	return 0;
}

TEST_F(rendezvous, content_is_that_of_the_send)
{
	struct mb_child sender;
	char data[2048];
	int i;

	ASSERT_EQ(0, mb_child_start(&sender, reuse_send, &self->box));
	for (i = 0; i < 200; i++) {
		ASSERT_EQ(2048, mb_get(self->box, 0, data, sizeof(data), 0));
		ASSERT_EQ(-1, mb_differs(data, sizeof(data), i));
	}
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(rendezvous, capacity_cannot_be_given_later)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_CAPACITY,
		.capacity = 1,
	};

	EXPECT_EQ(-EINVAL, mb_set(self->box, &set));
	EXPECT_EQ(0, mb_stat_of(self->box, capacity));
}

TEST_HARNESS_MAIN
