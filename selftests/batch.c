// SPDX-License-Identifier: GPL-2.0-only
/*
 * SEND_BATCH and RECEIVE_BATCH: many messages in one call, partial results,
 * and each of their errors.
 */
#include "lib/test.h"
#include "lib/transfer.h"

#define MOST	MAILBOX_BATCH_MAX

FIXTURE(batch) {
	int client;
	int box;		/* holds four messages */
	int large;		/* UNBOUNDED */
	int meeting;		/* holds none */
	struct mailbox_message *message;	/* in shared memory */
	__u32 *number;				/* likewise */
	struct mailbox_batch *batch;		/* likewise */
};

FIXTURE_SETUP(batch)
{
	int i;

	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 4, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
	self->large = mb_new_flags(self->client, MAILBOX_CREATE_UNBOUNDED, 0,
				   NULL);
	ASSERT_LE(0, self->large);
	self->meeting = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->meeting);
	self->message = mb_shared((MOST + 1) * sizeof(*self->message));
	ASSERT_NE(NULL, self->message);
	self->number = mb_shared((MOST + 1) * sizeof(*self->number));
	ASSERT_NE(NULL, self->number);
	self->batch = mb_shared(sizeof(*self->batch));
	ASSERT_NE(NULL, self->batch);
	for (i = 0; i <= MOST; i++)
		self->number[i] = i;
}

FIXTURE_TEARDOWN(batch)
{
	close(self->meeting);
	close(self->large);
	close(self->box);
	close(self->client);
}

/* Messages number @first to @first + @count - 1, to be sent. */
static struct mailbox_batch *outgoing(FIXTURE_DATA(batch) *self, int first,
				      int count, __u32 flags)
{
	int i;

	memset(self->message, 0, (MOST + 1) * sizeof(*self->message));
	for (i = 0; i < count; i++) {
		self->number[i] = first + i;
		self->message[i].data = mb_ptr(&self->number[i]);
		self->message[i].length = sizeof(*self->number);
	}
	*self->batch = (struct mailbox_batch){
		.size = sizeof(*self->batch),
		.flags = flags,
		.messages = mb_ptr(self->message),
		.message_size = sizeof(*self->message),
		.count = count,
		.done = 77,
	};
	return self->batch;
}

/* Room for @count messages. */
static struct mailbox_batch *incoming(FIXTURE_DATA(batch) *self, int count,
				      __u32 flags)
{
	struct mailbox_batch *batch = outgoing(self, 0, count, flags);
	int i;

	for (i = 0; i < count; i++) {
		self->number[i] = ~0U;
		self->message[i].length = 0;
		self->message[i].room = sizeof(*self->number);
	}
	return batch;
}

TEST_F(batch, is_a_feature)
{
	EXPECT_NE(0, mb_query_of(self->client, features) &
		     MAILBOX_FEATURE_BATCH);
}

/*
 * Sending
 */

TEST_F(batch, send_sends_all_in_order)
{
	int i;

	ASSERT_EQ(0, mb_send_batch(self->box, outgoing(self, 0, 4, 0)));
	EXPECT_EQ(4, self->batch->done);
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(i + 1, self->message[i].seq);
		EXPECT_EQ(i, mb_get_number(self->box, MAILBOX_NONBLOCK));
	}
}

TEST_F(batch, send_of_as_many_as_allowed)
{
	int i;

	ASSERT_EQ(0, mb_send_batch(self->large, outgoing(self, 0, MOST, 0)));
	EXPECT_EQ(MOST, self->batch->done);
	for (i = 0; i < MOST; i++)
		ASSERT_EQ(i, mb_get_number(self->large, MAILBOX_NONBLOCK));
}

TEST_F(batch, send_keeps_each_messages_tag_and_priority)
{
	struct mailbox_receive receive = { .flags = 0 };

	outgoing(self, 0, 2, 0);
	self->message[0].tag = 10;
	self->message[1].tag = 11;
	self->message[1].priority = 5;
	ASSERT_EQ(0, mb_send_batch(self->box, self->batch));
	EXPECT_EQ(1, mb_get_any(self->box, &receive));
	EXPECT_EQ(11, receive.message.tag);
	EXPECT_EQ(5, receive.message.priority);
	EXPECT_EQ(0, mb_get_any(self->box, &receive));
	EXPECT_EQ(10, receive.message.tag);
}

TEST_F(batch, send_in_pieces)
{
	struct mailbox_iovec piece[2];
	char data[8];

	outgoing(self, 7, 2, 0);
	piece[0] = (struct mailbox_iovec){ mb_ptr("ab"), 2 };
	piece[1] = (struct mailbox_iovec){ mb_ptr("cde"), 3 };
	self->message[0].data = mb_ptr(piece);
	self->message[0].length = 0;
	self->message[0].iov_count = 2;
	ASSERT_EQ(0, mb_send_batch(self->box, self->batch));
	EXPECT_EQ(5, mb_get(self->box, 0, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "abcde", 5));
	EXPECT_EQ(8, mb_get_number(self->box, 0));
}

TEST_F(batch, send_that_would_wait_tells_how_many_were_sent)
{
	ASSERT_EQ(0, mb_send_batch(self->box, outgoing(self, 0, 6,
						       MAILBOX_NONBLOCK)));
	EXPECT_EQ(4, self->batch->done);
	EXPECT_EQ(4, mb_stat_of(self->box, messages));
	/* the next call meets the error */
	EXPECT_EQ(-EAGAIN, mb_send_batch(self->box,
					 outgoing(self, 4, 2,
						  MAILBOX_NONBLOCK)));
	EXPECT_EQ(4, mb_stat_of(self->box, messages));
}

TEST_F(batch, send_waits_for_each)
{
	struct mb_child sender;
	int i;

	ASSERT_EQ(0, mb_call_start(&sender, self->box, MAILBOX_IOC_SEND_BATCH,
				   outgoing(self, 0, 10, 0)));
	for (i = 0; i < 10; i++) {
		if (i < 6)
			ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
		EXPECT_FALSE(i < 6 && mb_child_done(&sender));
		EXPECT_EQ(i, mb_get_number(self->box, 0));
	}
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(10, self->batch->done);
}

TEST_F(batch, send_meets_receivers_one_by_one)
{
	struct mb_child sender;
	int i;

	ASSERT_EQ(0, mb_call_start(&sender, self->meeting,
				   MAILBOX_IOC_SEND_BATCH,
				   outgoing(self, 0, 3, 0)));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
		EXPECT_EQ(i, mb_get_number(self->meeting, 0));
	}
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(3, self->batch->done);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(MAILBOX_INFO_RECEIVED, self->message[i].info);
		EXPECT_EQ(getpid(), (pid_t)self->message[i].pid);
	}
}

TEST_F(batch, send_stops_at_a_bad_message)
{
	outgoing(self, 0, 4, 0);
	self->message[2].data = mb_ptr(mb_nowhere());
	ASSERT_EQ(0, mb_send_batch(self->box, self->batch));
	EXPECT_EQ(2, self->batch->done);
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
}

TEST_F(batch, send_stops_at_a_message_with_bad_fields)
{
	outgoing(self, 0, 4, 0);
	self->message[1].priority = MAILBOX_PRIORITY_MAX + 1;
	ASSERT_EQ(0, mb_send_batch(self->box, self->batch));
	EXPECT_EQ(1, self->batch->done);
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

TEST_F(batch, send_that_fails_at_the_first_has_sent_none)
{
	outgoing(self, 0, 4, 0);
	self->message[0].data = mb_ptr(mb_nowhere());
	EXPECT_EQ(-EFAULT, mb_send_batch(self->box, self->batch));
	self->message[0].data = mb_ptr(self->number);
	self->message[0].priority = MAILBOX_PRIORITY_MAX + 1;
	EXPECT_EQ(-EINVAL, mb_send_batch(self->box, self->batch));
	self->message[0].priority = 0;
	self->message[0].length = MAILBOX_MESSAGE_MAX + 1;
	EXPECT_EQ(-EMSGSIZE, mb_send_batch(self->box, self->batch));
	EXPECT_EQ(0, mb_stat_of(self->box, sent));
}

TEST_F(batch, send_deadline_holds_for_all_of_it)
{
	outgoing(self, 0, 6, MAILBOX_DEADLINE);
	self->batch->clock = MAILBOX_CLOCK_MONOTONIC;
	self->batch->deadline = mb_now_ns(CLOCK_MONOTONIC) + 10000000;
	ASSERT_EQ(0, mb_send_batch(self->box, self->batch));
	EXPECT_EQ(4, self->batch->done);
	EXPECT_EQ(0, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(-ETIMEDOUT, mb_send_batch(self->box, self->batch));
	EXPECT_EQ(4, mb_stat_of(self->box, messages));
}

static int send_batch_with_handler(void *argument)
{
	struct mb_call *call = argument;
	int ret = mb_signal_handle(SIGUSR1, 0);

	return ret ? ret : mb_call_run(call);
}

TEST_F(batch, send_that_a_signal_ends_tells_how_many_were_sent)
{
	struct mb_call call = {
		self->box, MAILBOX_IOC_SEND_BATCH, outgoing(self, 0, 6, 0),
	};
	struct mb_child sender;

	ASSERT_EQ(0, mb_child_start(&sender, send_batch_with_handler, &call));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	ASSERT_EQ(0, kill(sender.pid, SIGUSR1));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(4, self->batch->done);
	EXPECT_EQ(4, mb_stat_of(self->box, messages));
}

TEST_F(batch, send_that_a_signal_ends_at_the_first_is_eintr)
{
	struct mb_call call = {
		self->meeting, MAILBOX_IOC_SEND_BATCH, outgoing(self, 0, 6, 0),
	};
	struct mb_child sender;

	ASSERT_EQ(0, mb_child_start(&sender, send_batch_with_handler, &call));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(0, kill(sender.pid, SIGUSR1));
	EXPECT_EQ(-EINTR, mb_child_join(&sender));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->meeting, MAILBOX_NONBLOCK));
}

TEST_F(batch, send_into_a_mailbox_that_is_destroyed_meanwhile)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_call_start(&sender, self->box, MAILBOX_IOC_SEND_BATCH,
				   outgoing(self, 0, 6, 0)));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(4, self->batch->done);
	EXPECT_EQ(-EIDRM, mb_send_batch(self->box, outgoing(self, 4, 2, 0)));
}

/*
 * Receiving
 */

TEST_F(batch, receive_takes_what_is_there)
{
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_put_tagged(self->box, i, 10 + i, 0, 0));
	ASSERT_EQ(0, mb_receive_batch(self->box, incoming(self, 8, 0)));
	EXPECT_EQ(3, self->batch->done);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(i, (int)self->number[i]);
		EXPECT_EQ(4, self->message[i].length);
		EXPECT_EQ(10 + i, self->message[i].tag);
		EXPECT_EQ(i + 1, self->message[i].seq);
		EXPECT_EQ(getpid(), (pid_t)self->message[i].pid);
	}
	EXPECT_EQ(~0U, self->number[3]);
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_F(batch, receive_takes_no_more_than_asked)
{
	int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_number(self->box, i, 0, 0));
	ASSERT_EQ(0, mb_receive_batch(self->box, incoming(self, 2, 0)));
	EXPECT_EQ(2, self->batch->done);
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
	EXPECT_EQ(2, mb_get_number(self->box, 0));
}

TEST_F(batch, receive_goes_by_priority)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 1, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 2, 0));
	ASSERT_EQ(0, mb_receive_batch(self->box, incoming(self, 4, 0)));
	EXPECT_EQ(2, self->batch->done);
	EXPECT_EQ(2, self->number[0]);
	EXPECT_EQ(1, self->number[1]);
}

#define PRIORITIES	5
#define IN_QUEUE	40

/*
 * Batches of all lengths, sent and received, with single receives in between: of each
 * priority the oldest message comes first, and no lower one while there is a higher.
 */
TEST_F(batch, any_mix_keeps_the_order_of_priorities)
{
	__u32 sent[PRIORITIES] = { 0 }, received[PRIORITIES] = { 0 };
	unsigned int queued = 0, seed = 1, round, count, i, p;

	for (round = 0; round < 400; round++) {
		count = 1 + rand_r(&seed) % 20;
		if (queued < IN_QUEUE) {
			outgoing(self, 0, count, 0);
			for (i = 0; i < count; i++) {
				/* In runs, so that some batches have one only. */
				p = i % 3 ? self->message[i - 1].priority :
					    rand_r(&seed) % PRIORITIES;
				self->message[i].priority = p;
				self->message[i].tag = p;
				self->number[i] = sent[p]++;
			}
			ASSERT_EQ(0, mb_send_batch(self->large, self->batch));
			ASSERT_EQ(count, self->batch->done);
			queued += count;
		}
		count = round % 5 ? 1 + rand_r(&seed) % 20 : 1;
		ASSERT_EQ(0, mb_receive_batch(self->large,
					      incoming(self, count, 0)));
		ASSERT_EQ(count < queued ? count : queued, self->batch->done);
		for (i = 0; i < self->batch->done; i++) {
			for (p = PRIORITIES - 1; received[p] == sent[p]; p--)
				ASSERT_LT(0, p);
			ASSERT_EQ(p, self->message[i].priority);
			ASSERT_EQ(p, self->message[i].tag);
			ASSERT_EQ(received[p], self->number[i]);
			received[p]++;
		}
		queued -= self->batch->done;
		ASSERT_EQ(queued, mb_stat_of(self->large, messages));
		if (!queued)
			ASSERT_EQ(0, mb_put_number(self->large, sent[0]++, 0, 0)) {
				TH_LOG("round %u", round);
			}
		queued += !queued;
	}
}

/* Who sends is told for each message, also where it changes within a batch. */
TEST_F(batch, receive_tells_each_sender)
{
	struct mb_number_call call = { .fd = self->large };
	int i;

	/* Two children of either user, then this process twice. */
	for (i = 0; i < 6; i++) {
		call.number = i;
		ASSERT_EQ(0, i < 4 ? mb_as_uid(i < 2 ? 0 : MB_USER_A,
					       mb_put_number_run, &call) :
				     mb_put_number_run(&call));
	}
	ASSERT_EQ(0, mb_receive_batch(self->large, incoming(self, 8, 0)));
	ASSERT_EQ(6, self->batch->done);
	for (i = 0; i < 6; i++) {
		bool other = i == 2 || i == 3;

		EXPECT_EQ(i, (int)self->number[i]);
		EXPECT_EQ(other ? MB_USER_A : 0, self->message[i].uid);
		EXPECT_EQ(i >= 4, self->message[i].pid == (__u32)getpid());
		EXPECT_EQ(i == 5, self->message[i].pid ==
				  self->message[(i + 5) % 6].pid);
	}
}

/* Of short and long messages in turn, the content. */
TEST_F(batch, lengths_may_differ)
{
	static const __u32 lengths[] = { 0, 1000, 5, 1600, 256, 257, 3000, 1 };
	static char data[ARRAY_SIZE(lengths)][3000];
	unsigned int round, i;

	for (round = 0; round < 4; round++) {
		outgoing(self, 0, ARRAY_SIZE(lengths), 0);
		for (i = 0; i < ARRAY_SIZE(lengths); i++) {
			mb_fill(data[i], lengths[i], round * 10 + i);
			self->message[i].data = mb_ptr(data[i]);
			self->message[i].length = lengths[i];
		}
		ASSERT_EQ(0, mb_send_batch(self->large, self->batch));
		ASSERT_EQ(ARRAY_SIZE(lengths), self->batch->done);
		memset(data, 0, sizeof(data));
		incoming(self, ARRAY_SIZE(lengths), 0);
		for (i = 0; i < ARRAY_SIZE(lengths); i++) {
			self->message[i].data = mb_ptr(data[i]);
			self->message[i].room = sizeof(data[i]);
		}
		ASSERT_EQ(0, mb_receive_batch(self->large, self->batch));
		ASSERT_EQ(ARRAY_SIZE(lengths), self->batch->done);
		for (i = 0; i < ARRAY_SIZE(lengths); i++) {
			EXPECT_EQ(lengths[i], self->message[i].length);
			EXPECT_EQ(-1, mb_differs(data[i], lengths[i],
						 round * 10 + i));
		}
	}
}

TEST_F(batch, receive_of_as_many_as_allowed)
{
	int i;

	ASSERT_EQ(0, mb_send_batch(self->large, outgoing(self, 0, MOST, 0)));
	ASSERT_EQ(0, mb_receive_batch(self->large, incoming(self, MOST, 0)));
	EXPECT_EQ(MOST, self->batch->done);
	for (i = 0; i < MOST; i++)
		ASSERT_EQ(i, (int)self->number[i]);
}

TEST_F(batch, receive_waits_for_the_first_only)
{
	struct mb_child receiver;

	ASSERT_EQ(0, mb_call_start(&receiver, self->box,
				   MAILBOX_IOC_RECEIVE_BATCH,
				   incoming(self, 4, 0)));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	EXPECT_FALSE(mb_child_done(&receiver));
	ASSERT_EQ(0, mb_put_number(self->box, 7, 0, 0));
	EXPECT_EQ(0, mb_child_join(&receiver));
	EXPECT_EQ(1, self->batch->done);
	EXPECT_EQ(7, self->number[0]);
}

TEST_F(batch, receive_of_nothing_is_eagain)
{
	EXPECT_EQ(-EAGAIN, mb_receive_batch(self->box,
					    incoming(self, 4,
						     MAILBOX_NONBLOCK)));
}

TEST_F(batch, receive_empties_a_line_of_blocked_senders)
{
	struct mb_child sender[3];
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, mb_put_number_start(&sender[i], self->meeting, i,
						 0, 0));
		ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, i + 1));
	}
	ASSERT_EQ(0, mb_receive_batch(self->meeting, incoming(self, 8, 0)));
	EXPECT_EQ(3, self->batch->done);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(i, (int)self->number[i]);
		EXPECT_EQ(0, mb_child_join(&sender[i]));
	}
}

TEST_F(batch, receive_selects_by_tag)
{
	int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_tagged(self->box, i, i % 2, 0, 0));
	incoming(self, 4, MAILBOX_RECEIVE_TAG);
	self->batch->tag_min = 1;
	self->batch->tag_max = 1;
	ASSERT_EQ(0, mb_receive_batch(self->box, self->batch));
	EXPECT_EQ(2, self->batch->done);
	EXPECT_EQ(1, self->number[0]);
	EXPECT_EQ(3, self->number[1]);
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
}

TEST_F(batch, receive_selects_by_sender)
{
	ASSERT_EQ(0, mb_put_number_as_child(self->box, 1));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	incoming(self, 4, MAILBOX_RECEIVE_FROM);
	self->batch->from_pid = getpid();
	ASSERT_EQ(0, mb_receive_batch(self->box, self->batch));
	EXPECT_EQ(1, self->batch->done);
	EXPECT_EQ(2, self->number[0]);
}

TEST_F(batch, receive_stops_at_a_message_that_does_not_fit)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put(self->box, 0, "12345", 5, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	ASSERT_EQ(0, mb_receive_batch(self->box, incoming(self, 4, 0)));
	EXPECT_EQ(1, self->batch->done);
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
	/* the next call meets the error, and the length it needs */
	EXPECT_EQ(-EMSGSIZE, mb_receive_batch(self->box,
					      incoming(self, 4, 0)));
	EXPECT_EQ(5, self->message[0].length);
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
}

TEST_F(batch, receive_stops_at_a_fault)
{
	int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_number(self->box, i, 0, 0));
	incoming(self, 4, 0);
	self->message[2].data = mb_ptr(mb_nowhere());
	ASSERT_EQ(0, mb_receive_batch(self->box, self->batch));
	EXPECT_EQ(2, self->batch->done);
	EXPECT_EQ(2, mb_get_number(self->box, 0));
	EXPECT_EQ(3, mb_get_number(self->box, 0));
}

TEST_F(batch, receive_that_faults_at_the_first_is_efault)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	incoming(self, 4, 0);
	self->message[0].data = mb_ptr(mb_nowhere());
	EXPECT_EQ(-EFAULT, mb_receive_batch(self->box, self->batch));
	EXPECT_EQ(1, mb_get_number(self->box, 0));
}

TEST_F(batch, receive_times_out)
{
	incoming(self, 4, MAILBOX_DEADLINE);
	self->batch->clock = MAILBOX_CLOCK_MONOTONIC;
	self->batch->deadline = mb_now_ns(CLOCK_MONOTONIC) + 10000000;
	EXPECT_EQ(-ETIMEDOUT, mb_receive_batch(self->box, self->batch));
	/* what is there is taken, late or not */
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(0, mb_receive_batch(self->box, self->batch));
	EXPECT_EQ(1, self->batch->done);
}

TEST_F(batch, receive_that_a_signal_ends_is_eintr)
{
	struct mb_call call = {
		self->box, MAILBOX_IOC_RECEIVE_BATCH, incoming(self, 4, 0),
	};
	struct mb_child receiver;

	ASSERT_EQ(0, mb_child_start(&receiver, send_batch_with_handler,
				    &call));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, kill(receiver.pid, SIGUSR1));
	EXPECT_EQ(-EINTR, mb_child_join(&receiver));
}

TEST_F(batch, receive_waiting_when_it_is_destroyed_is_eidrm)
{
	struct mb_child receiver;

	ASSERT_EQ(0, mb_call_start(&receiver, self->box,
				   MAILBOX_IOC_RECEIVE_BATCH,
				   incoming(self, 4, 0)));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&receiver));
}

TEST_F(batch, receive_from_an_all_mailbox)
{
	int box = mb_make(self->client, (struct mailbox_create){
		.policy = MAILBOX_POLICY_ALL, .capacity = 4,
		.max_receivers = 2,
	});
	int other, i;

	ASSERT_LE(0, box);
	other = mb_narrow(box, MAILBOX_RIGHT_RECEIVE);
	ASSERT_LE(0, other);
	ASSERT_EQ(0, mb_send_batch(box, outgoing(self, 5, 3, 0)));
	ASSERT_EQ(0, mb_receive_batch(box, incoming(self, 8, 0)));
	EXPECT_EQ(3, self->batch->done);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(5 + i, (int)self->number[i]);
	ASSERT_EQ(0, mb_receive_batch(other, incoming(self, 8, 0)));
	EXPECT_EQ(3, self->batch->done);
}

TEST_F(batch, by_id)
{
	outgoing(self, 3, 2, 0);
	self->batch->id = mb_id(self->box);
	ASSERT_EQ(0, mb_send_batch(self->client, self->batch));
	incoming(self, 2, 0);
	self->batch->id = mb_id(self->box);
	ASSERT_EQ(0, mb_receive_batch(self->client, self->batch));
	EXPECT_EQ(2, self->batch->done);
	EXPECT_EQ(4, self->number[1]);
}

/*
 * Errors of both
 */

TEST_F(batch, without_the_right_is_ebadf)
{
	int sender = mb_narrow(self->box, MAILBOX_RIGHT_SEND);
	int receiver = mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE);

	ASSERT_LE(0, sender);
	ASSERT_LE(0, receiver);
	EXPECT_EQ(-EBADF, mb_send_batch(receiver, outgoing(self, 0, 1, 0)));
	ASSERT_EQ(0, mb_put_number(self->box, 0, 0, 0));
	EXPECT_EQ(-EBADF, mb_receive_batch(sender, incoming(self, 1, 0)));
}

TEST_F(batch, to_an_unknown_id_is_enoent)
{
	outgoing(self, 0, 1, 0);
	self->batch->id = MB_ID_UNUSED;
	EXPECT_EQ(-ENOENT, mb_send_batch(self->client, self->batch));
	incoming(self, 1, 0);
	self->batch->id = MB_ID_UNUSED;
	EXPECT_EQ(-ENOENT, mb_receive_batch(self->client, self->batch));
}

static int batch_as_other(void *argument)
{
	struct mb_call *call = argument;

	call->fd = mb_client();
	return call->fd < 0 ? call->fd : mb_call_run(call);
}

TEST_F(batch, by_id_without_permission_is_eacces)
{
	struct mb_call call = { .argument = self->batch };

	mb_need_root();
	call.command = MAILBOX_IOC_SEND_BATCH;
	outgoing(self, 0, 1, 0)->id = mb_id(self->box);
	EXPECT_EQ(-EACCES, mb_as_uid(MB_USER_A, batch_as_other, &call));
	call.command = MAILBOX_IOC_RECEIVE_BATCH;
	incoming(self, 1, 0)->id = mb_id(self->box);
	EXPECT_EQ(-EACCES, mb_as_uid(MB_USER_A, batch_as_other, &call));
}

TEST_F(batch, when_nobody_can_ever_receive_is_epipe)
{
	int sender = mb_narrow(self->box, MAILBOX_RIGHT_SEND);

	ASSERT_LE(0, sender);
	close(self->box);
	self->box = -1;
	EXPECT_EQ(-EPIPE, mb_send_batch(sender, outgoing(self, 0, 1, 0)));
}

TEST_F(batch, from_a_destroyed_mailbox_is_eidrm)
{
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, mb_receive_batch(self->box, incoming(self, 1, 0)));
}

TEST_F(batch, messages_in_bad_memory_are_efault)
{
	outgoing(self, 0, 1, 0)->messages = mb_ptr(mb_nowhere());
	EXPECT_EQ(-EFAULT, mb_send_batch(self->box, self->batch));
	ASSERT_EQ(0, mb_put_number(self->box, 0, 0, 0));
	incoming(self, 1, 0)->messages = mb_ptr(mb_nowhere());
	EXPECT_EQ(-EFAULT, mb_receive_batch(self->box, self->batch));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

TEST_F(batch, with_a_bad_argument_pointer_is_efault)
{
	EXPECT_EQ(-EFAULT, mb_ioctl(self->box, MAILBOX_IOC_SEND_BATCH, NULL));
	EXPECT_EQ(-EFAULT,
		  mb_ioctl(self->box, MAILBOX_IOC_RECEIVE_BATCH, NULL));
}

TEST_F(batch, of_no_messages_is_einval)
{
	EXPECT_EQ(-EINVAL, mb_send_batch(self->box, outgoing(self, 0, 0, 0)));
	EXPECT_EQ(-EINVAL, mb_receive_batch(self->box, incoming(self, 0, 0)));
}

TEST_F(batch, of_too_many_messages_is_einval)
{
	EXPECT_EQ(-EINVAL, mb_send_batch(self->large,
					 outgoing(self, 0, MOST + 1, 0)));
	EXPECT_EQ(0, mb_stat_of(self->large, messages));
	ASSERT_EQ(0, mb_put_number(self->large, 0, 0, 0));
	EXPECT_EQ(-EINVAL, mb_receive_batch(self->large,
					    incoming(self, MOST + 1, 0)));
	EXPECT_EQ(1, mb_stat_of(self->large, messages));
}

TEST_F(batch, message_size_that_is_too_small_is_einval)
{
	outgoing(self, 0, 1, 0)->message_size -= 8;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_SEND_BATCH,
				    self->batch));
	self->batch->message_size = 0;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_SEND_BATCH,
				    self->batch));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
	incoming(self, 1, 0)->message_size = 0;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_RECEIVE_BATCH,
				    self->batch));
}

TEST_F(batch, send_with_sync_is_einval)
{
	EXPECT_EQ(-EINVAL, mb_send_batch(self->box,
					 outgoing(self, 0, 1,
						  MAILBOX_SEND_SYNC)));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_F(batch, receive_with_peek_is_einval)
{
	ASSERT_EQ(0, mb_put_number(self->box, 0, 0, 0));
	EXPECT_EQ(-EINVAL, mb_receive_batch(self->box,
					    incoming(self, 1,
						     MAILBOX_RECEIVE_PEEK)));
}

TEST_F(batch, unknown_flag_is_einval)
{
	EXPECT_EQ(-EINVAL, mb_send_batch(self->box,
					 outgoing(self, 0, 1, 1U << 20)));
	EXPECT_EQ(-EINVAL, mb_receive_batch(self->box,
					    incoming(self, 1, 1U << 20)));
}

TEST_F(batch, send_with_a_selector_is_einval)
{
	outgoing(self, 0, 1, 0)->from_pid = 1;
	EXPECT_EQ(-EINVAL, mb_send_batch(self->box, self->batch));
	outgoing(self, 0, 1, 0)->tag_max = 1;
	EXPECT_EQ(-EINVAL, mb_send_batch(self->box, self->batch));
	EXPECT_EQ(-EINVAL, mb_send_batch(self->box,
					 outgoing(self, 0, 1,
						  MAILBOX_RECEIVE_TAG)));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_F(batch, reserved_field_is_einval)
{
	outgoing(self, 0, 1, 0)->reserved = 1;
	EXPECT_EQ(-EINVAL, mb_send_batch(self->box, self->batch));
	incoming(self, 1, 0)->reserved = 1;
	EXPECT_EQ(-EINVAL, mb_receive_batch(self->box, self->batch));
}

TEST_F(batch, longer_structure_with_something_is_e2big)
{
	struct {
		struct mailbox_batch batch;
		__u64 more;
	} longer = { .more = 1 };

	longer.batch = *outgoing(self, 0, 1, 0);
	longer.batch.size = sizeof(longer);
	EXPECT_EQ(-E2BIG, mb_ioctl(self->box, MAILBOX_IOC_SEND_BATCH,
				   &longer));
	longer.batch = *incoming(self, 1, 0);
	longer.batch.size = sizeof(longer);
	EXPECT_EQ(-E2BIG, mb_ioctl(self->box, MAILBOX_IOC_RECEIVE_BATCH,
				   &longer));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_HARNESS_MAIN
