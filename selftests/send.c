// SPDX-License-Identifier: GPL-2.0-only
/*
 * SEND: waiting and not waiting, SYNC, lengths, pieces, identity, and each of
 * its errors.  Rendezvous mailboxes have a file of their own, and so do
 * giving up (withdraw.c), policies and quotas.
 */
#include "lib/test.h"
#include "lib/transfer.h"

FIXTURE(send) {
	int client;
	int box;		/* holds two messages */
	__u64 id;
};

FIXTURE_SETUP(send)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 2, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
	self->id = mb_id(self->box);
	ASSERT_NE(0, self->id);
}

FIXTURE_TEARDOWN(send)
{
	close(self->box);
	close(self->client);
}

/*
 * Waiting and not waiting
 */

TEST_F(send, queues_without_a_receiver)
{
	EXPECT_EQ(0, mb_put_number(self->box, 7, 0, 0));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	EXPECT_EQ(7, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(send, nonblock_into_a_full_mailbox_is_eagain)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_put_number(self->box, 3, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
	EXPECT_EQ(1, mb_stat_of(self->box, refused_full));
}

TEST_F(send, refused_message_is_not_sent)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(-EAGAIN, mb_put_number(self->box, 3, 9, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_stat_of(self->box, sent));
}

TEST_F(send, waits_while_full)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(0, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(2, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(send, o_nonblock_means_nonblock)
{
	ASSERT_EQ(0, fcntl(self->box, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	EXPECT_EQ(-EAGAIN, mb_put_number(self->box, 3, 0, 0));
}

TEST_F(send, o_nonblock_on_a_client_means_nonblock)
{
	ASSERT_EQ(0, fcntl(self->client, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, mb_put(self->client, self->id, "", 0, 0));
	ASSERT_EQ(0, mb_put(self->client, self->id, "", 0, 0));
	EXPECT_EQ(-EAGAIN, mb_put(self->client, self->id, "", 0, 0));
}

TEST_F(send, handle_option_nonblock_means_nonblock)
{
	struct mailbox_create create = {
		.capacity = 1,
		.rights = MAILBOX_RIGHTS_ALL,
		.handle_flags = MAILBOX_HANDLE_NONBLOCK,
	};

	ASSERT_EQ(0, mb_create(self->client, &create));
	EXPECT_NE(0, fcntl(create.fd, F_GETFL) & O_NONBLOCK);
	ASSERT_EQ(0, mb_put_number(create.fd, 1, 0, 0));
	EXPECT_EQ(-EAGAIN, mb_put_number(create.fd, 2, 0, 0));
}

TEST_F(send, block_overrides_o_nonblock)
{
	struct mb_child sender;

	ASSERT_EQ(0, fcntl(self->box, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0,
					 MAILBOX_BLOCK));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(send, unbounded_never_waits)
{
	int box = mb_new_flags(self->client, MAILBOX_CREATE_UNBOUNDED, 0,
			       NULL);
	int i;

	ASSERT_LE(0, box);
	for (i = 0; i < 3000; i++)
		ASSERT_EQ(0, mb_put_number(box, i, 0, 0));
	EXPECT_EQ(3000, mb_stat_of(box, messages));
	for (i = 0; i < 3000; i++)
		ASSERT_EQ(i, mb_get_number(box, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(box, MAILBOX_NONBLOCK));
}

TEST_F(send, blocked_senders_go_in_order_of_arrival)
{
	struct mb_child sender[4];
	int i;

	ASSERT_EQ(0, mb_put_number(self->box, 100, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 101, 0, 0));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, mb_put_number_start(&sender[i], self->box, i, 0,
						 0));
		ASSERT_EQ(0, mb_wait_senders(self->box, 0, i + 1));
	}
	EXPECT_EQ(100, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender[0]));
	EXPECT_EQ(3, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(101, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender[1]));
	EXPECT_EQ(2, mb_stat_of(self->box, blocked_senders));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(i, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender[2]));
	EXPECT_EQ(0, mb_child_join(&sender[3]));
}

TEST_F(send, blocked_senders_go_in_order_of_priority)
{
	static const __u32 priority[] = { 1, 3, 2, 3 };
	static const int order[] = { 1, 3, 2, 0 };
	struct mb_child sender[4];
	int box = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	int i;

	ASSERT_LE(0, box);
	ASSERT_EQ(0, mb_put_number(box, 100, 0, 0));
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, mb_put_number_start(&sender[i], box, i,
						 priority[i], 0));
		ASSERT_EQ(0, mb_wait_senders(box, 0, i + 1));
	}
	/* one slot: what is received shows who was let in */
	EXPECT_EQ(100, mb_get_number(box, MAILBOX_NONBLOCK));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(0, mb_child_join(&sender[order[i]]));
		EXPECT_EQ(3 - i, mb_stat_of(box, blocked_senders));
		EXPECT_EQ(order[i], mb_get_number(box, MAILBOX_NONBLOCK));
	}
}

TEST_F(send, freed_slot_goes_to_who_waited_not_to_who_comes)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_put_number(self->box, 4, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(2, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(send, more_capacity_lets_blocked_senders_in)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_CAPACITY,
		.capacity = 3,
	};
	struct mb_child sender[2];
	int i;

	ASSERT_EQ(0, mb_put_number(self->box, 10, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 11, 0, 0));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, mb_put_number_start(&sender[i], self->box, i, 0,
						 0));
		ASSERT_EQ(0, mb_wait_senders(self->box, 0, i + 1));
	}
	ASSERT_EQ(0, mb_set(self->box, &set));
	EXPECT_EQ(0, mb_child_join(&sender[0]));
	EXPECT_FALSE(mb_child_done(&sender[1]));
	EXPECT_EQ(3, mb_stat_of(self->box, messages));
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(10, mb_get_number(self->box, 0));
	EXPECT_EQ(0, mb_child_join(&sender[1]));
}

TEST_F(send, less_capacity_makes_senders_wait_and_loses_nothing)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_CAPACITY,
		.capacity = 1,
	};
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(0, mb_set(self->box, &set));
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(2, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

/*
 * SYNC
 */

TEST_F(send, sync_waits_for_the_receiver)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 5, 0,
					 MAILBOX_SEND_SYNC));
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	ASSERT_EQ(0, mb_wait_in_syscall(sender.pid, SYS_ioctl));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(5, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(send, sync_tells_who_received)
{
	struct mailbox_send *send = mb_shared(sizeof(*send));
	struct mb_child sender;

	ASSERT_NE(NULL, send);
	send->size = sizeof(*send);
	send->flags = MAILBOX_SEND_SYNC;
	ASSERT_EQ(0, mb_call_start(&sender, self->box, MAILBOX_IOC_SEND,
				   send));
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	ASSERT_EQ(0, mb_get(self->box, 0, NULL, 0, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(MAILBOX_INFO_RECEIVED, send->message.info);
	EXPECT_EQ(getpid(), (pid_t)send->message.pid);
	EXPECT_EQ(geteuid(), send->message.uid);
	EXPECT_EQ(getegid(), send->message.gid);
}

TEST_F(send, sync_tells_a_waiting_receiver_too)
{
	struct mailbox_send send = { .flags = MAILBOX_SEND_SYNC };
	struct mb_child receiver;

	ASSERT_EQ(0, mb_get_start(&receiver, self->box, 0, NULL, 0, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_send(self->box, &send));
	EXPECT_EQ(0, mb_child_join(&receiver));
	EXPECT_EQ(MAILBOX_INFO_RECEIVED, send.message.info);
	EXPECT_EQ(receiver.pid, (pid_t)send.message.pid);
}

TEST_F(send, sync_waits_for_room_first)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 3, 0,
					 MAILBOX_SEND_SYNC));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	/* now it is queued, and still waits */
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(2, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(send, sync_waits_on_an_unbounded_mailbox)
{
	int box = mb_new_flags(self->client, MAILBOX_CREATE_UNBOUNDED, 0,
			       NULL);
	struct mb_child sender;

	ASSERT_LE(0, box);
	ASSERT_EQ(0, mb_put_number_start(&sender, box, 5, 0,
					 MAILBOX_SEND_SYNC));
	ASSERT_EQ(0, mb_wait_messages(box, 0, 1));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(5, mb_get_number(box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(send, sync_ignores_o_nonblock_with_block)
{
	struct mb_child sender;

	ASSERT_EQ(0, fcntl(self->box, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 5, 0,
					 MAILBOX_SEND_SYNC | MAILBOX_BLOCK));
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(5, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(send, sync_nonblock_without_a_receiver_is_eagain)
{
	EXPECT_EQ(-EAGAIN, mb_put_number(self->box, 1, 0, MAILBOX_NONBLOCK |
					 MAILBOX_SEND_SYNC));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
	EXPECT_EQ(0, mb_stat_of(self->box, sent));
}

TEST_F(send, sync_nonblock_goes_to_a_receiver_that_waits)
{
	struct mailbox_send send = {
		.flags = MAILBOX_SEND_SYNC | MAILBOX_NONBLOCK,
	};
	struct mb_child receiver;

	ASSERT_EQ(0, mb_get_start(&receiver, self->box, 0, NULL, 0, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_send(self->box, &send));
	EXPECT_EQ(0, mb_child_join(&receiver));
	EXPECT_EQ(MAILBOX_INFO_RECEIVED, send.message.info);
	EXPECT_EQ(receiver.pid, (pid_t)send.message.pid);
}

TEST_F(send, sync_waiting_in_a_destroyed_mailbox_is_eidrm)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 5, 0,
					 MAILBOX_SEND_SYNC));
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&sender));
}

/*
 * What is told
 */

TEST_F(send, seq_counts_from_one)
{
	struct mailbox_send send = { .flags = 0 };

	ASSERT_EQ(0, mb_send(self->box, &send));
	EXPECT_EQ(1, send.message.seq);
	ASSERT_EQ(0, mb_send(self->box, &send));
	EXPECT_EQ(2, send.message.seq);
}

TEST_F(send, queued_message_has_no_receiver_yet)
{
	struct mailbox_send send = {
		.message = { .info = ~0U, .pid = ~0U },
	};

	ASSERT_EQ(0, mb_send(self->box, &send));
	EXPECT_EQ(0, send.message.info & MAILBOX_INFO_RECEIVED);
	EXPECT_EQ(0, send.message.pid);
}

/*
 * Lengths and content, in each buffering mode: the sender is another process,
 * so that it may wait.
 */

FIXTURE(length) {
	int client;
	int box;
};

FIXTURE_VARIANT(length) {
	__u32 flags;
	__u32 capacity;
};

FIXTURE_VARIANT_ADD(length, rendezvous) {
	.capacity = 0,
};

FIXTURE_VARIANT_ADD(length, bounded) {
	.capacity = 3,
};

FIXTURE_VARIANT_ADD(length, unbounded) {
	.flags = MAILBOX_CREATE_UNBOUNDED,
};

FIXTURE_SETUP(length)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new_flags(self->client, variant->flags,
				 variant->capacity, NULL);
	ASSERT_LE(0, self->box);
}

FIXTURE_TEARDOWN(length)
{
	close(self->box);
	close(self->client);
}

static const size_t lengths[] = {
	0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128,
	129, 255, 256, 257, 511, 512, 513, 1000, 1023, 1024, 1025, 2047, 2048,
	2049, 3967, 3968, 3969, 4000, 4031, 4032, 4033, 4047, 4048, 4049, 4079,
	4080, 4081, 4095, 4096, 4097, 8000, 8159, 8160, 8161, 8191, 8192, 8193,
	12287, 12288, 12289, 16383, 16384, 16385, 32767, 32768, 32769, 65535,
	65536,
};

static int lengths_send(void *argument)
{
	int box = *(int *)argument;
	char *data = malloc(65536);
	size_t i;
	int ret;

	if (!data)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		mb_fill(data, lengths[i], i);
		ret = mb_put(box, 0, data, lengths[i], 0);
		if (ret)
			return ret;
	}
	return 0;
}

TEST_F(length, content_is_kept_at_every_length)
{
	char *data = malloc(65536 + 64);
	struct mb_child sender;
	size_t i, at;

	ASSERT_NE(NULL, data);
	ASSERT_EQ(0, mb_child_start(&sender, lengths_send, &self->box));
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		memset(data, 0xee, 65536 + 64);
		ASSERT_EQ((int)lengths[i],
			  mb_get(self->box, 0, data, 65536 + 64, 0));
		EXPECT_EQ(-1, mb_differs(data, lengths[i], i)) {
			TH_LOG("length %zu", lengths[i]);
		}
		/* and nothing is written beyond it */
		for (at = lengths[i]; at < lengths[i] + 64; at++)
			ASSERT_EQ(0xee, (unsigned char)data[at]);
	}
	EXPECT_EQ(0, mb_child_join(&sender));
}

static int unaligned_send(void *argument)
{
	int box = *(int *)argument;
	char data[4096 + 64];
	int i, ret;

	for (i = 0; i < 64; i++) {
		mb_fill(data + i, 4096, i);
		ret = mb_put(box, 0, data + i, 4096, 0);
		if (ret)
			return ret;
	}
	return 0;
}

TEST_F(length, content_is_kept_at_every_alignment)
{
	struct mb_child sender;
	char data[4096 + 64];
	int i;

	ASSERT_EQ(0, mb_child_start(&sender, unaligned_send, &self->box));
	for (i = 0; i < 64; i++) {
		ASSERT_EQ(4096, mb_get(self->box, 0, data + 63 - i, 4096, 0));
		EXPECT_EQ(-1, mb_differs(data + 63 - i, 4096, i));
	}
	EXPECT_EQ(0, mb_child_join(&sender));
}

static int empty_send(void *argument)
{
	int box = *(int *)argument;
	int i, ret;

	for (i = 0; i < 5; i++) {
		ret = mb_put(box, 0, NULL, 0, 0);
		if (ret)
			return ret;
	}
	return 0;
}

TEST_F(length, empty_messages_are_messages)
{
	struct mb_child sender;
	int i;

	ASSERT_EQ(0, mb_child_start(&sender, empty_send, &self->box));
	for (i = 0; i < 5; i++)
		EXPECT_EQ(0, mb_get(self->box, 0, NULL, 0, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(-EAGAIN, mb_get(self->box, 0, NULL, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(5, mb_stat_of(self->box, received));
}

struct huge {
	int box;
	char *data;
	size_t length;
};

static int huge_send(void *argument)
{
	struct huge *huge = argument;

	return mb_put(huge->box, 0, huge->data, huge->length, 0);
}

/* The largest message there is: 16 MiB, unless the parameter says less. */
TEST_F(length, content_is_kept_at_the_largest_length)
{
	size_t max = mb_query_of(self->client, message_max);
	struct mailbox_create create = {
		.flags = variant->flags | MAILBOX_CREATE_MAX_MESSAGE,
		.capacity = variant->capacity,
		.max_message = max,
	};
	struct huge huge = { .length = max };
	struct mb_child sender;
	char *data;

	huge.box = mb_make(self->client, create);
	ASSERT_LE(0, huge.box);
	huge.data = mb_fresh(max + 1);
	data = mb_fresh(max + 1);
	ASSERT_NE(NULL, huge.data);
	ASSERT_NE(NULL, data);
	mb_fill(huge.data, max, 3);
	ASSERT_EQ(0, mb_child_start(&sender, huge_send, &huge));
	ASSERT_EQ((int)max, mb_get(huge.box, 0, data, max, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(0, memcmp(data, huge.data, max));
	EXPECT_EQ(-EMSGSIZE,
		  mb_put(huge.box, 0, huge.data, max + 1, MAILBOX_NONBLOCK));
	close(huge.box);
}

TEST_F(send, length_at_the_default_limit)
{
	size_t max = mb_query_of(self->client, message_default);
	char *data = calloc(1, max + 1);

	ASSERT_NE(NULL, data);
	EXPECT_EQ(max, mb_stat_of(self->box, max_message));
	EXPECT_EQ(0, mb_put(self->box, 0, data, max, 0));
	EXPECT_EQ(max, mb_stat_of(self->box, bytes));
	EXPECT_EQ(-EMSGSIZE, mb_put(self->box, 0, data, max + 1, 0));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

TEST_F(send, length_at_the_mailbox_limit)
{
	int box = mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_MAX_MESSAGE,
		.capacity = 2,
		.max_message = 5,
	});

	ASSERT_LE(0, box);
	EXPECT_EQ(0, mb_put(box, 0, "12345", 5, 0));
	EXPECT_EQ(-EMSGSIZE, mb_put(box, 0, "123456", 6, 0));
}

TEST_F(send, limit_of_no_bytes_takes_empty_messages_only)
{
	int box = mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_MAX_MESSAGE,
		.capacity = 2,
	});

	ASSERT_LE(0, box);
	EXPECT_EQ(-EMSGSIZE, mb_put(box, 0, "1", 1, 0));
	EXPECT_EQ(0, mb_put(box, 0, NULL, 0, 0));
}

/* A message that is too long is refused at once, full mailbox or not. */
TEST_F(send, too_long_does_not_wait)
{
	char *data = calloc(1, MAILBOX_MESSAGE_MAX + 1);

	ASSERT_NE(NULL, data);
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	EXPECT_EQ(-EMSGSIZE,
		  mb_put(self->box, 0, data, MAILBOX_MESSAGE_MAX + 1, 0));
}

/*
 * Pieces
 */

static int pieces_send(int box, const struct mailbox_iovec *piece, __u32 count)
{
	struct mailbox_send send = {
		.flags = MAILBOX_NONBLOCK,
		.message = { .data = mb_ptr(piece), .iov_count = count },
	};

	return mb_send(box, &send);
}

TEST_F(send, pieces_are_joined)
{
	char one[] = "one", two[] = "", three[] = "three";
	const struct mailbox_iovec piece[] = {
		{ mb_ptr(one), 3 }, { mb_ptr(two), 0 }, { mb_ptr(three), 5 },
	};
	char data[16];

	ASSERT_EQ(0, pieces_send(self->box, piece, 3));
	ASSERT_EQ(8, mb_get(self->box, 0, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "onethree", 8));
}

TEST_F(send, empty_pieces_need_no_memory)
{
	const struct mailbox_iovec piece[] = { { 0, 0 }, { 0, 0 } };

	ASSERT_EQ(0, pieces_send(self->box, piece, 2));
	EXPECT_EQ(0, mb_get(self->box, 0, NULL, 0, 0));
}

TEST_F(send, as_many_pieces_as_allowed)
{
	struct mailbox_iovec piece[MAILBOX_IOV_MAX];
	char data[3 * MAILBOX_IOV_MAX], copy[3 * MAILBOX_IOV_MAX];
	int i;

	mb_fill(data, sizeof(data), 1);
	for (i = 0; i < MAILBOX_IOV_MAX; i++) {
		piece[i].base = mb_ptr(data + 3 * i);
		piece[i].length = 3;
	}
	ASSERT_EQ(0, pieces_send(self->box, piece, MAILBOX_IOV_MAX));
	ASSERT_EQ((int)sizeof(data),
		  mb_get(self->box, 0, copy, sizeof(copy), 0));
	EXPECT_EQ(-1, mb_differs(copy, sizeof(copy), 1));
}

TEST_F(send, too_many_pieces_are_einval)
{
	static struct mailbox_iovec piece[MAILBOX_IOV_MAX + 1];

	EXPECT_EQ(-EINVAL, pieces_send(self->box, piece, MAILBOX_IOV_MAX + 1));
	EXPECT_EQ(-EINVAL, pieces_send(self->box, piece, ~0U));
}

TEST_F(send, pieces_that_are_too_long_together_are_emsgsize)
{
	size_t max = mb_query_of(self->client, message_default);
	char *data = calloc(1, max);
	const struct mailbox_iovec piece[] = {
		{ mb_ptr(data), max }, { mb_ptr(data), 1 },
	};

	ASSERT_NE(NULL, data);
	EXPECT_EQ(0, pieces_send(self->box, piece, 1));
	EXPECT_EQ(-EMSGSIZE, pieces_send(self->box, piece, 2));
}

/* Lengths whose sum is small again only because it does not fit in 64 bits. */
TEST_F(send, pieces_whose_sum_overflows_are_refused)
{
	char data[8] = "";
	const struct mailbox_iovec piece[] = {
		{ mb_ptr(data), ~0ULL - 3 }, { mb_ptr(data), 8 },
	};
	int ret = pieces_send(self->box, piece, 2);

	EXPECT_TRUE(ret == -EINVAL || ret == -EMSGSIZE || ret == -EFAULT) {
		TH_LOG("result %d", ret);
	}
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_F(send, piece_in_bad_memory_is_efault)
{
	char good[] = "good";
	const struct mailbox_iovec piece[] = {
		{ mb_ptr(good), 4 }, { 16, 4 },
	};
	__u64 before = mb_query_of(self->client, user_bytes);

	EXPECT_EQ(-EFAULT, pieces_send(self->box, piece, 2));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
	EXPECT_EQ(before, mb_query_of(self->client, user_bytes));
}

TEST_F(send, piece_in_kernel_memory_is_efault)
{
	const struct mailbox_iovec piece[] = { { 1ULL << 63, 4 } };

	EXPECT_EQ(-EFAULT, pieces_send(self->box, piece, 1));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_F(send, pieces_described_in_bad_memory_are_efault)
{
	EXPECT_EQ(-EFAULT, pieces_send(self->box, (void *)16, 2));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

/*
 * Who sent it
 */

struct identity {
	int box;
	uid_t uid;
	gid_t gid;
};

static int identity_send(void *argument)
{
	struct identity *identity = argument;

	/* only the effective ones change */
	if (identity->gid && setresgid(-1, identity->gid, -1))
		return -errno;
	if (identity->uid && setresuid(-1, identity->uid, -1))
		return -errno;
	return mb_put(identity->box, 0, NULL, 0, MAILBOX_NONBLOCK);
}

TEST_F(send, receiver_learns_the_sender)
{
	struct mailbox_receive receive = { .flags = MAILBOX_NONBLOCK };
	struct identity identity = { .box = self->box };
	struct mb_child sender;

	ASSERT_EQ(0, mb_child_start(&sender, identity_send, &identity));
	ASSERT_EQ(0, mb_child_join(&sender));
	/* it is dead and reaped, and known all the same */
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(sender.pid, (pid_t)receive.message.pid);
	EXPECT_EQ(geteuid(), receive.message.uid);
	EXPECT_EQ(getegid(), receive.message.gid);
	EXPECT_EQ(0, receive.message.info);
}

TEST_F(send, receiver_learns_the_effective_user_and_group)
{
	struct mailbox_receive receive = { .flags = MAILBOX_NONBLOCK };
	struct identity identity = {
		.box = self->box, .uid = MB_USER_A, .gid = MB_GROUP_A,
	};

	mb_need_root();
	ASSERT_EQ(0, mb_child_run(identity_send, &identity));
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(MB_USER_A, (int)receive.message.uid);
	EXPECT_EQ(MB_GROUP_A, (int)receive.message.gid);
}

static int identity_changes(void *argument)
{
	struct identity *identity = argument;
	int ret = mb_put(identity->box, 0, NULL, 0, MAILBOX_NONBLOCK);

	return ret ? ret : identity_send(argument);
}

/* The user as of the send: what it becomes later changes nothing. */
TEST_F(send, identity_is_that_of_each_send)
{
	struct mailbox_receive receive = { .flags = MAILBOX_NONBLOCK };
	struct identity identity = { .box = self->box, .uid = MB_USER_A };

	mb_need_root();
	ASSERT_EQ(0, mb_child_run(identity_changes, &identity));
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(0, receive.message.uid);
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(MB_USER_A, (int)receive.message.uid);
}

struct confined {
	int box;
	int event;
};

static int confined_send(void *argument)
{
	struct confined *confined = argument;
	int ret = mb_put(confined->box, 0, NULL, 0, MAILBOX_NONBLOCK);

	if (ret)
		return ret;
	ret = mb_event_wait(confined->event);
	return ret ? ret : getpid();
}

/* What /proc calls process @pid in its own pid namespace; 0: no such one. */
static int inner_pid(pid_t pid)
{
	char path[64], text[4096], *line;
	int inner = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	if (mb_read_file(path, text, sizeof(text)) < 0)
		return 0;
	line = strstr(text, "\nNSpid:");
	if (line && sscanf(line, "\nNSpid: %*d %d", &inner) == 1)
		return inner;
	return 0;
}

TEST_F(send, pid_is_what_the_receivers_namespace_calls_the_sender)
{
	struct mailbox_receive receive = { .flags = 0 };
	struct confined confined = { self->box, mb_event() };
	struct mb_child sender;

	mb_need_root();
	mb_need_namespaces(CLONE_NEWPID);
	ASSERT_LE(0, confined.event);
	ASSERT_EQ(0, mb_inside_start(&sender, CLONE_NEWPID, confined_send,
				     &confined));
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(1, inner_pid(receive.message.pid));
	ASSERT_EQ(0, mb_event_raise(confined.event));
	/* and it calls itself so */
	EXPECT_EQ(1, mb_child_join(&sender));
}

static int nameless_receive(void *argument)
{
	struct mailbox_receive receive = { .flags = MAILBOX_NONBLOCK };
	int ret = mb_receive(*(int *)argument, &receive);

	return ret ? ret : (int)receive.message.pid;
}

TEST_F(send, sender_outside_the_pid_namespace_is_shown_as_zero)
{
	mb_need_root();
	mb_need_namespaces(CLONE_NEWPID);
	ASSERT_EQ(0, mb_put(self->box, 0, NULL, 0, 0));
	EXPECT_EQ(0, mb_inside(CLONE_NEWPID, nameless_receive, &self->box));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

static int strange_receive(void *argument)
{
	struct mailbox_receive receive = { .flags = MAILBOX_NONBLOCK };
	int ret = mb_receive(*(int *)argument, &receive);

	return ret ? ret : (int)receive.message.uid;
}

TEST_F(send, user_is_shown_as_the_user_namespace_has_it)
{
	struct identity identity = { .box = self->box, .uid = MB_USER_A };
	char text[32];

	mb_need_root();
	mb_need_namespaces(CLONE_NEWUSER);
	ASSERT_LT(0, mb_read_file("/proc/sys/kernel/overflowuid", text,
				  sizeof(text)));
	ASSERT_EQ(0, mb_put(self->box, 0, NULL, 0, 0));
	ASSERT_EQ(0, mb_child_run(identity_send, &identity));
	/* our user is the namespace's user 0, the other has no name there */
	EXPECT_EQ(0, mb_inside(CLONE_NEWUSER, strange_receive, &self->box));
	EXPECT_EQ(atoi(text),
		  mb_inside(CLONE_NEWUSER, strange_receive, &self->box));
}

/*
 * Errors
 */

TEST_F(send, to_a_handle_without_the_right_is_ebadf)
{
	int handle = mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE);

	ASSERT_LE(0, handle);
	EXPECT_EQ(-EBADF, mb_put(handle, 0, NULL, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_F(send, to_an_unknown_id_is_enoent)
{
	EXPECT_EQ(-ENOENT,
		  mb_put(self->client, MB_ID_UNUSED, NULL, 0, 0));
	EXPECT_EQ(-ENOENT, mb_put(self->client, MAILBOX_ID_FIRST - 1, NULL, 0,
				  0));
}

TEST_F(send, by_id_after_destroy_is_enoent)
{
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-ENOENT, mb_put(self->client, self->id, NULL, 0, 0));
}

TEST_F(send, to_a_destroyed_mailbox_is_eidrm)
{
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, mb_put(self->box, 0, NULL, 0, 0));
}

TEST_F(send, waiting_when_it_is_destroyed_is_eidrm)
{
	struct mb_child sender[3];
	int i;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_put_number_start(&sender[i], self->box, 3, i,
						 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 3));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EIDRM, mb_child_join(&sender[i]));
}

TEST_F(send, when_nobody_can_ever_receive_is_epipe)
{
	int handle = mb_narrow(self->box, MAILBOX_RIGHT_SEND);

	ASSERT_LE(0, handle);
	close(self->box);
	EXPECT_EQ(-EPIPE, mb_put(handle, 0, NULL, 0, 0));
}

static int narrow_send(void *argument)
{
	int *box = argument;

	close(box[0]);
	return mb_put(box[1], 0, NULL, 0, 0);
}

TEST_F(send, waiting_when_the_last_receiver_goes_is_epipe)
{
	int box[2] = { self->box, -1 };
	struct mb_child sender;

	box[1] = mb_narrow(self->box, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, box[1]);
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(0, mb_child_start(&sender, narrow_send, box));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	close(self->box);
	EXPECT_EQ(-EPIPE, mb_child_join(&sender));
	close(box[1]);
}

struct by_id {
	int client;
	__u64 id;
};

static int by_id_send(void *argument)
{
	struct by_id *by_id = argument;
	int client = mb_client();

	return client < 0 ? client :
			    mb_put(client, by_id->id, NULL, 0,
				   MAILBOX_NONBLOCK);
}

TEST_F(send, by_id_without_permission_is_eacces)
{
	struct by_id by_id = { .id = self->id };

	mb_need_root();
	EXPECT_EQ(-EACCES, mb_as_uid(MB_USER_A, by_id_send, &by_id));
	/* reading is not writing */
	ASSERT_EQ(0, mb_set_mode(self->box, 0, 0644));
	EXPECT_EQ(-EACCES, mb_as_uid(MB_USER_A, by_id_send, &by_id));
	ASSERT_EQ(0, mb_set_mode(self->box, 0, 0602));
	EXPECT_EQ(0, mb_as_uid(MB_USER_A, by_id_send, &by_id));
	ASSERT_EQ(0, mb_set_mode(self->box, 0, 0600));
	EXPECT_EQ(-EACCES, mb_as_uid(MB_USER_A, by_id_send, &by_id));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

static int handle_send(void *argument)
{
	return mb_put(*(int *)argument, 0, NULL, 0, MAILBOX_NONBLOCK);
}

TEST_F(send, through_a_handle_needs_no_permission)
{
	mb_need_root();
	EXPECT_EQ(0, mb_as_uid(MB_USER_A, handle_send, &self->box));
}

TEST_F(send, from_bad_memory_is_efault)
{
	EXPECT_EQ(-EFAULT, mb_put(self->box, 0, (void *)16, 4, 0));
	EXPECT_EQ(-EFAULT, mb_put(self->box, 0, NULL, 4, 0));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
	EXPECT_EQ(0, mb_stat_of(self->box, sent));
}

TEST_F(send, with_a_bad_argument_pointer_is_efault)
{
	EXPECT_EQ(-EFAULT, mb_ioctl(self->box, MAILBOX_IOC_SEND, NULL));
	EXPECT_EQ(-EFAULT, mb_ioctl(self->box, MAILBOX_IOC_SEND, (void *)16));
}

/* Sends one call that must be refused, and looks that nothing was sent. */
#define EXPECT_REFUSED(error, ...) do {					\
	struct mailbox_send __send = { __VA_ARGS__ };			\
									\
	EXPECT_EQ(-(error), mb_send(self->box, &__send));		\
	EXPECT_EQ(0, mb_stat_of(self->box, sent));			\
} while (0)

TEST_F(send, unknown_flag_is_einval)
{
	EXPECT_REFUSED(EINVAL, .flags = 1U << 3);
	EXPECT_REFUSED(EINVAL, .flags = 1U << 10);
	EXPECT_REFUSED(EINVAL, .flags = 1U << 31);
}

TEST_F(send, nonblock_excludes_block)
{
	EXPECT_REFUSED(EINVAL, .flags = MAILBOX_NONBLOCK | MAILBOX_BLOCK);
}

TEST_F(send, nonblock_excludes_deadline)
{
	EXPECT_REFUSED(EINVAL, .flags = MAILBOX_NONBLOCK | MAILBOX_DEADLINE,
		       .clock = MAILBOX_CLOCK_MONOTONIC, .deadline = 1);
}

TEST_F(send, deadline_without_its_flag_is_einval)
{
	EXPECT_REFUSED(EINVAL, .deadline = 1);
}

TEST_F(send, clock_without_a_deadline_is_einval)
{
	EXPECT_REFUSED(EINVAL, .clock = MAILBOX_CLOCK_MONOTONIC);
}

TEST_F(send, unknown_clock_is_einval)
{
	EXPECT_REFUSED(EINVAL, .flags = MAILBOX_DEADLINE, .clock = 2);
	EXPECT_REFUSED(EINVAL, .flags = MAILBOX_DEADLINE, .clock = 11);
	EXPECT_REFUSED(EINVAL, .flags = MAILBOX_DEADLINE, .clock = ~0U);
}

TEST_F(send, reserved_field_is_einval)
{
	EXPECT_REFUSED(EINVAL, .reserved = 1);
}

TEST_F(send, message_flags_are_einval)
{
	EXPECT_REFUSED(EINVAL, .message.flags = 4);
}

TEST_F(send, room_is_einval)
{
	EXPECT_REFUSED(EINVAL, .message.room = 1);
}

TEST_F(send, length_with_pieces_is_einval)
{
	char data[4] = "abc";
	struct mailbox_iovec piece = { mb_ptr(data), 4 };

	EXPECT_REFUSED(EINVAL, .message = {
		.data = mb_ptr(&piece), .iov_count = 1, .length = 4,
	});
}

TEST_F(send, priority_above_the_highest_is_einval)
{
	EXPECT_REFUSED(EINVAL, .message.priority = MAILBOX_PRIORITY_MAX + 1);
	EXPECT_REFUSED(EINVAL, .message.priority = ~0U);
	EXPECT_EQ(0, mb_put_number(self->box, 1, MAILBOX_PRIORITY_MAX, 0));
}

TEST_F(send, anothers_id_on_a_handle_is_einval)
{
	EXPECT_REFUSED(EINVAL, .id = self->id + 1);
}

TEST_F(send, size_below_the_least_is_einval)
{
	struct mailbox_send send = { .size = sizeof(send) - 8 };

	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_SEND, &send));
	send.size = 0;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_SEND, &send));
}

TEST_F(send, longer_structure_with_zeroes_is_taken)
{
	struct {
		struct mailbox_send send;
		__u64 more;
	} longer = { .send.size = sizeof(longer) };

	EXPECT_EQ(0, mb_ioctl(self->box, MAILBOX_IOC_SEND, &longer));
}

TEST_F(send, longer_structure_with_something_is_e2big)
{
	struct {
		struct mailbox_send send;
		__u64 more;
	} longer = { .send.size = sizeof(longer), .more = 1 };

	EXPECT_EQ(-E2BIG, mb_ioctl(self->box, MAILBOX_IOC_SEND, &longer));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_HARNESS_MAIN
