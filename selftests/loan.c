// SPDX-License-Identifier: GPL-2.0-only
/*
 * Long messages to a receiver who is there: copied once, out of the sender's pinned
 * pages, and right whatever either side does meanwhile.
 */
#include "lib/loan.h"
#include "lib/test.h"
#include "lib/transfer.h"

#include <pthread.h>
#include <sys/resource.h>
#include <sys/uio.h>

#define LENGTH		(256 << 10)
#define LARGEST		(1 << 20)

FIXTURE(loan) {
	int client;
	int box;		/* holds four messages */
	int meeting;		/* holds none */
	char *out;		/* LARGEST bytes, a pattern */
	char *in;		/* LARGEST bytes, shared */
	long page;
};

static int make(int client, __u32 capacity)
{
	return mb_make(client, (struct mailbox_create) {
		.flags = MAILBOX_CREATE_MAX_MESSAGE,
		.capacity = capacity,
		.max_message = 2 * LARGEST,
	});
}

FIXTURE_SETUP(loan)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = make(self->client, 4);
	ASSERT_LE(0, self->box);
	self->meeting = make(self->client, 0);
	ASSERT_LE(0, self->meeting);
	self->out = mb_fresh(LARGEST);
	self->in = mb_shared(LARGEST);
	ASSERT_NE(NULL, self->out);
	ASSERT_NE(NULL, self->in);
	mb_fill(self->out, LARGEST, 1);
	memset(self->in, 0, LARGEST);
	self->page = sysconf(_SC_PAGESIZE);
}

FIXTURE_TEARDOWN(loan)
{
	close(self->meeting);
	close(self->box);
	close(self->client);
}

/* Kilobytes that this process has pinned or locked. */
static long locked(void)
{
	char text[4096], *line;

	if (mb_read_file("/proc/self/status", text, sizeof(text)) < 0)
		return -1;
	line = strstr(text, "VmLck:");
	return line ? strtol(line + 6, NULL, 10) : -1;
}

/* Its pages are there before it waits: a fault would have the message copied. */
static int receive_ready(void *argument)
{
	FIXTURE_DATA(loan) *self = argument;

	memset(self->in, 0, LARGEST);
	return mb_get(self->box, 0, self->in, LARGEST, 0);
}

TEST_F(loan, waiting_receiver_gets_the_bytes_in_one_copy)
{
	struct mb_child receiver;
	long long before, bytes;

	mb_need_loans();
	ASSERT_EQ(0, mb_child_start(&receiver, receive_ready, self));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	before = mb_loans("loans ");
	bytes = mb_loans("bytes ");
	ASSERT_EQ(0, mb_put(self->box, 0, self->out, LENGTH, 0));
	EXPECT_EQ(LENGTH, mb_child_join(&receiver));
	EXPECT_EQ(-1, mb_differs(self->in, LENGTH, 1));
	EXPECT_EQ(before + 1, mb_loans("loans "));
	EXPECT_EQ(bytes + LENGTH, mb_loans("bytes "));
	EXPECT_EQ(1, mb_stat_of(self->box, sent));
	EXPECT_EQ(1, mb_stat_of(self->box, received));
	EXPECT_EQ(0, mb_stat_of(self->box, withdrawn));
	EXPECT_EQ(0, mb_stat_of(self->box, refused_full));
}

/* The sender waits, and @receive gets LENGTH bytes of his into @in. */
static void sender_lends(struct __test_metadata *_metadata,
			 FIXTURE_DATA(loan) *self,
			 int (*receive)(FIXTURE_DATA(loan) *self))
{
	struct mb_child sender;
	long long before;

	before = mb_loans("loans ");
	ASSERT_EQ(0, mb_put_start(&sender, self->meeting, 0, self->out, LENGTH,
				  0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(LENGTH, receive(self));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(-1, mb_differs(self->in, LENGTH, 1));
	EXPECT_EQ(before + 1, mb_loans("loans "));
}

static int get_flat(FIXTURE_DATA(loan) *self)
{
	return mb_get(self->meeting, 0, self->in, LARGEST, 0);
}

TEST_F(loan, sender_who_waits_lends)
{
	mb_need_loans();
	sender_lends(_metadata, self, get_flat);
}

static int get_pieces(FIXTURE_DATA(loan) *self)
{
	struct iovec pieces[] = {
		{ .iov_base = self->in, .iov_len = 1000 },
		{ .iov_base = self->in + 1000, .iov_len = LARGEST - 1000 },
	};

	return readv(self->meeting, pieces, ARRAY_SIZE(pieces));
}

TEST_F(loan, receiver_may_have_pieces)
{
	mb_need_loans();
	sender_lends(_metadata, self, get_pieces);
}

TEST_F(loan, sync_lends_from_the_queue)
{
	struct mb_child sender;
	long long before;

	mb_need_loans();
	before = mb_loans("loans ");
	ASSERT_EQ(0, mb_put_start(&sender, self->box, 0, self->out, LENGTH,
				  MAILBOX_SEND_SYNC));
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	ASSERT_EQ(LENGTH, mb_get(self->box, 0, self->in, LARGEST, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(-1, mb_differs(self->in, LENGTH, 1));
	EXPECT_EQ(before + 1, mb_loans("loans "));
}

TEST_F(loan, nobody_waits_and_nothing_is_lent)
{
	long long before;

	mb_need_loans();
	before = mb_loans("loans ");
	ASSERT_EQ(0, mb_put(self->box, 0, self->out, LENGTH, 0));
	memset(self->out, 0, LENGTH);
	ASSERT_EQ(LENGTH, mb_get(self->box, 0, self->in, LARGEST, 0));
	EXPECT_EQ(-1, mb_differs(self->in, LENGTH, 1));
	EXPECT_EQ(before, mb_loans("loans "));
}

TEST_F(loan, pins_are_bounded_and_end)
{
	struct mb_child sender;

	mb_need_loans();
	ASSERT_EQ(0, mb_put_start(&sender, self->meeting, 0, self->out + 1,
				  LARGEST - 1, 0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	EXPECT_LE(LARGEST / self->page, mb_loans("pages "));
	EXPECT_GE(LARGEST / self->page + 1, mb_loans("pages "));
	ASSERT_EQ(LARGEST - 1, mb_get(self->meeting, 0, self->in, LARGEST, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(0, mb_loans("pages "));
}

TEST_F(loan, the_longest_message_is_lent)
{
	const size_t longest = MAILBOX_MESSAGE_MAX;
	struct mailbox_set set = {
		.flags = MAILBOX_SET_MAX_MESSAGE, .max_message = longest,
	};
	char *out = mb_fresh(longest), *in = mb_fresh(longest);
	struct mb_child sender;
	long long before;

	mb_need_loans();
	ASSERT_NE(NULL, out);
	ASSERT_NE(NULL, in);
	ASSERT_EQ(0, mb_set(self->meeting, &set));
	mb_fill(out, longest, 7);
	memset(in, 0, longest);
	before = mb_loans("loans ");
	ASSERT_EQ(0, mb_put_start(&sender, self->meeting, 0, out, longest, 0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	EXPECT_EQ(longest / self->page, mb_loans("pages "));
	ASSERT_EQ(longest, mb_get(self->meeting, 0, in, longest, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(-1, mb_differs(in, longest, 7));
	EXPECT_EQ(before + 1, mb_loans("loans "));
	EXPECT_EQ(0, mb_loans("pages "));
	munmap(out, longest);
	munmap(in, longest);
}

static int locked_send(void *argument)
{
	FIXTURE_DATA(loan) *self = argument;
	const struct rlimit limit = { 0, 0 };
	int ret;

	if (setrlimit(RLIMIT_MEMLOCK, &limit))
		return -errno;
	ret = mb_become(MB_USER_A, MB_GROUP_A, NULL, 0);
	return ret ? ret : mb_put(self->meeting, 0, self->out, LENGTH, 0);
}

TEST_F(loan, without_locked_memory_it_is_copied)
{
	struct mb_child sender;
	long long before;

	mb_need_root();
	mb_need_loans();
	before = mb_loans("loans ");
	ASSERT_EQ(0, mb_child_start(&sender, locked_send, self));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	EXPECT_EQ(0, mb_loans("pages "));
	ASSERT_EQ(LENGTH, mb_get(self->meeting, 0, self->in, LARGEST, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(-1, mb_differs(self->in, LENGTH, 1));
	EXPECT_EQ(before, mb_loans("loans "));
}

struct sending {
	int box;
	void *data;
	size_t length;
	int result;
};

static void *send_thread(void *argument)
{
	struct sending *sending = argument;

	sending->result = mb_put(sending->box, 0, sending->data,
				 sending->length, 0);
	return NULL;
}

TEST_F(loan, locked_memory_is_charged_while_it_lasts)
{
	struct sending sending = { self->meeting, self->out, LENGTH, 1 };
	pthread_t thread;

	mb_need_loans();
	ASSERT_EQ(0, locked());
	ASSERT_EQ(0, pthread_create(&thread, NULL, send_thread, &sending));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	EXPECT_EQ(LENGTH / 1024, locked());
	ASSERT_EQ(LENGTH, mb_get(self->meeting, 0, self->in, LARGEST, 0));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, sending.result);
	EXPECT_EQ(0, locked());
}

TEST_F(loan, sender_may_unmap)
{
	struct sending sending = { self->meeting, self->out, LENGTH, 1 };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, send_thread, &sending));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(0, munmap(self->out, LARGEST));
	ASSERT_EQ(LENGTH, mb_get(self->meeting, 0, self->in, LARGEST, 0));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, sending.result);
	EXPECT_EQ(-1, mb_differs(self->in, LENGTH, 1));
}

/* Each byte is one that was there at some time, and their number is the send's. */
TEST_F(loan, sender_may_scribble)
{
	struct sending sending = { self->meeting, self->out, LENGTH, 1 };
	pthread_t thread;
	int i, wrong = 0;

	memset(self->out, 1, LENGTH);
	ASSERT_EQ(0, pthread_create(&thread, NULL, send_thread, &sending));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	memset(self->out, 2, LENGTH / 2);
	ASSERT_EQ(LENGTH, mb_get(self->meeting, 0, self->in, LARGEST, 0));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	for (i = 0; i < LENGTH; i++)
		wrong += self->in[i] != 1 && self->in[i] != 2;
	EXPECT_EQ(0, wrong);
	EXPECT_EQ(0, self->in[LENGTH]);
}

TEST_F(loan, killed_sender_takes_its_pages_along)
{
	struct mb_child sender;

	mb_need_loans();
	ASSERT_EQ(0, mb_put_start(&sender, self->meeting, 0, self->out, LENGTH,
				  0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	mb_child_kill(&sender);
	EXPECT_EQ(0, mb_loans("pages "));
	EXPECT_EQ(0, mb_stat_of(self->meeting, blocked_senders));
	EXPECT_EQ(-EAGAIN, mb_get(self->meeting, 0, self->in, LARGEST,
				  MAILBOX_NONBLOCK));
}

TEST_F(loan, killed_receiver_leaves_the_sender_waiting)
{
	struct mb_child receiver, sender;

	ASSERT_EQ(0, mb_get_start(&receiver, self->meeting, 0, mb_nowhere(),
				  LARGEST, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->meeting, 0, 1));
	ASSERT_EQ(0, mb_put_start(&sender, self->meeting, 0, self->out, LENGTH,
				  0));
	EXPECT_EQ(-EFAULT, mb_child_join(&receiver));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(0, mb_get_start(&receiver, self->meeting, 0, mb_nowhere(),
				  10, 0));
	EXPECT_EQ(-EMSGSIZE, mb_child_join(&receiver));
	ASSERT_EQ(LENGTH, mb_get(self->meeting, 0, self->in, LARGEST, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(-1, mb_differs(self->in, LENGTH, 1));
}

/* Where there is room the sender waits for no receiver, also if one has failed. */
TEST_F(loan, failing_receiver_does_not_hold_the_sender_up)
{
	struct mb_child receiver;

	ASSERT_EQ(0, mb_get_start(&receiver, self->box, 0, mb_nowhere(),
				  LARGEST, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_put(self->box, 0, self->out, LENGTH, 0));
	EXPECT_EQ(-EFAULT, mb_child_join(&receiver));
	EXPECT_EQ(0, mb_stat_of(self->box, withdrawn));
	memset(self->out, 0, LENGTH);
	ASSERT_EQ(LENGTH, mb_get(self->box, 0, self->in, LARGEST, 0));
	EXPECT_EQ(-1, mb_differs(self->in, LENGTH, 1));
}

TEST_F(loan, fresh_memory_of_the_receiver_is_faulted_in)
{
	struct mb_child sender;
	char *fresh = mb_fresh(LARGEST);

	ASSERT_NE(NULL, fresh);
	ASSERT_EQ(0, mb_put_start(&sender, self->meeting, 0, self->out, LENGTH,
				  0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(LENGTH, mb_get(self->meeting, 0, fresh, LARGEST, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(-1, mb_differs(fresh, LENGTH, 1));
}

TEST_F(loan, peek_leaves_it_lent)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_start(&sender, self->meeting, 0, self->out, LENGTH,
				  0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(LENGTH, mb_get(self->meeting, 0, self->in, LARGEST,
				 MAILBOX_RECEIVE_PEEK));
	EXPECT_EQ(-1, mb_differs(self->in, LENGTH, 1));
	EXPECT_FALSE(mb_child_done(&sender));
	memset(self->in, 0, LENGTH);
	ASSERT_EQ(LENGTH, mb_get(self->meeting, 0, self->in, LARGEST, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(-1, mb_differs(self->in, LENGTH, 1));
}

TEST_F(loan, destroy_ends_it)
{
	struct mb_child sender;

	mb_need_loans();
	ASSERT_EQ(0, mb_put_start(&sender, self->meeting, 0, self->out, LENGTH,
				  0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(0, mb_destroy(self->meeting, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&sender));
	EXPECT_EQ(0, mb_loans("pages "));
}

TEST_F(loan, unreadable_buffer_is_efault)
{
	EXPECT_EQ(-EFAULT, mb_put(self->meeting, 0, mb_nowhere(), LENGTH, 0));
	EXPECT_EQ(0, mb_stat_of(self->meeting, blocked_senders));
}

#define ROUNDS	200

/* The sender's memory may change the moment its send returns. */
static int reuse_send(void *argument)
{
	int box = *(int *)argument, i, ret;
	char *data = mb_fresh(LENGTH);

	for (i = 0; i < ROUNDS; i++) {
		mb_fill(data, 65536, i);
		ret = mb_put(box, 0, data, 65536, 0);
		memset(data, 0xff, 65536);
		if (ret)
			return ret;
	}
	return 0;
}

static void content_check(struct __test_metadata *_metadata,
			  FIXTURE_DATA(loan) *self, int *box)
{
	struct mb_child sender;
	int i;

	ASSERT_EQ(0, mb_child_start(&sender, reuse_send, box));
	for (i = 0; i < ROUNDS; i++) {
		ASSERT_EQ(65536, mb_get(*box, 0, self->in, LARGEST, 0));
		ASSERT_EQ(-1, mb_differs(self->in, 65536, i));
	}
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(loan, content_of_a_meeting_is_that_of_the_send)
{
	content_check(_metadata, self, &self->meeting);
}

TEST_F(loan, content_of_a_queue_is_that_of_the_send)
{
	content_check(_metadata, self, &self->box);
}

TEST_HARNESS_MAIN
