// SPDX-License-Identifier: GPL-2.0-only
/*
 * io_uring: commands on a ring, made with liburing and mailbox_uring.h, and plain
 * reads, writes and polls.
 *
 * Each variant is a kind of ring; what they promise is the same.
 */
#include "lib/test.h"
#include "lib/transfer.h"

#include <mailbox_uring.h>

#ifndef IORING_SETUP_DEFER_TASKRUN
#define IORING_SETUP_SINGLE_ISSUER	(1U << 12)
#define IORING_SETUP_DEFER_TASKRUN	(1U << 13)
#endif

/* Newer than the liburing of some distributions. */
#define OP_READ_MULTISHOT	49

#define ENTRIES		64

/* No completion came. */
#define NO_COMPLETION	(-30000)

FIXTURE(uring) {
	int client;
	int box;		/* holds two messages */
	int meeting;		/* holds none */
	int sink;		/* the box, to send only */
	bool waits;		/* commands wait by themselves */
	struct io_uring ring;
};

FIXTURE_VARIANT(uring) {
	unsigned int setup;
	unsigned int submission;	/* flags of each */
	bool fixed;			/* files are in the ring's table */
};

FIXTURE_VARIANT_ADD(uring, plain) { };
FIXTURE_VARIANT_ADD(uring, deferred) {
	.setup = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
};
FIXTURE_VARIANT_ADD(uring, polled_submission) {
	.setup = IORING_SETUP_SQPOLL,
};
FIXTURE_VARIANT_ADD(uring, worker) { .submission = IOSQE_ASYNC };
FIXTURE_VARIANT_ADD(uring, fixed_files) { .fixed = true };

/* Another handle on the same mailbox, with fewer rights, or -errno. */
static int handle_with(int handle, __u32 rights)
{
	struct mailbox_restrict restrict_ = {
		.size = sizeof(restrict_),
		.rights = rights,
	};
	int ret = mb_ioctl(handle, MAILBOX_IOC_RESTRICT, &restrict_);

	return ret < 0 ? ret : restrict_.fd;
}

FIXTURE_SETUP(uring)
{
	int files[2];

	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 2, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
	self->meeting = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->meeting);
	self->sink = handle_with(self->box, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, self->sink);
	self->waits = mb_query_of(self->client, features) &
		      MAILBOX_FEATURE_URING;
	ASSERT_EQ(0, io_uring_queue_init(ENTRIES, &self->ring,
					 variant->setup));
	files[0] = self->box;
	files[1] = self->meeting;
	if (variant->fixed)
		ASSERT_EQ(0, io_uring_register_files(&self->ring, files, 2));
}

FIXTURE_TEARDOWN(uring)
{
	io_uring_queue_exit(&self->ring);
	close(self->sink);
	close(self->meeting);
	close(self->box);
	close(self->client);
}

/* Submit one command; its completion will carry @data.  0 or -errno. */
static int submit(FIXTURE_DATA(uring) *self,
		  const FIXTURE_VARIANT(uring) *variant, int fd,
		  unsigned int command, void *argument, __u32 size, __u64 data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);
	unsigned int flags = variant->submission;
	int ret;

	if (!sqe)
		return -EBUSY;
	if (variant->fixed && (fd == self->box || fd == self->meeting)) {
		fd = fd == self->meeting;
		flags |= IOSQE_FIXED_FILE;
	}
	mailbox_prep_command(sqe, fd, command, argument, size);
	io_uring_sqe_set_flags(sqe, flags);
	io_uring_sqe_set_data64(sqe, data);
	ret = io_uring_submit(&self->ring);
	return ret < 0 ? ret : 0;
}

#define SUBMIT(fd, name, argument, data)				\
	ASSERT_EQ(0, submit(self, variant, fd, MAILBOX_IOC_##name,	\
			    argument, sizeof(*(argument)), data))

/* The next completion: its result, and what it carries. */
static int completion(struct io_uring *ring, __u64 *data)
{
	struct __kernel_timespec limit = { .tv_sec = MB_LIMIT_MS / 1000 };
	struct io_uring_cqe *cqe;
	int ret;

	do {
		ret = io_uring_wait_cqe_timeout(ring, &cqe, &limit);
	} while (ret == -EINTR);
	if (ret)
		return NO_COMPLETION;
	ret = cqe->res;
	*data = io_uring_cqe_get_data64(cqe);
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

/* The next completion, which carries @data. */
#define EXPECT_COMPLETION(result, number) ({				\
	__u64 __data = 0;						\
									\
	EXPECT_EQ(result, completion(&self->ring, &__data));		\
	EXPECT_EQ((__u64)(number), __data);				\
})

/* A structure and the number it sends or receives. */
struct number_send {
	struct mailbox_send send;
	__u32 number;
};

struct number_receive {
	struct mailbox_receive receive;
	__u32 number;
};

static struct mailbox_send *put(struct number_send *put, __u32 number)
{
	memset(put, 0, sizeof(*put));
	put->number = number;
	put->send.size = sizeof(put->send);
	put->send.message.data = mb_ptr(&put->number);
	put->send.message.length = sizeof(put->number);
	return &put->send;
}

static struct mailbox_receive *get(struct number_receive *get)
{
	memset(get, 0, sizeof(*get));
	get->receive.size = sizeof(get->receive);
	get->receive.message.data = mb_ptr(&get->number);
	get->receive.message.room = sizeof(get->number);
	return &get->receive;
}

struct number_call {
	struct mailbox_call call;
	__u32 question;
	__u32 answer;
};

static struct mailbox_call *ask(struct number_call *ask, __u32 question)
{
	memset(ask, 0, sizeof(*ask));
	ask->question = question;
	ask->call.size = sizeof(ask->call);
	ask->call.request.data = mb_ptr(&ask->question);
	ask->call.request.length = sizeof(ask->question);
	ask->call.reply.data = mb_ptr(&ask->answer);
	ask->call.reply.room = sizeof(ask->answer);
	return &ask->call;
}

static int receivers(int fd, __u32 count)
{
	return mb_until(mb_stat_of(fd, waiting_receivers) == count);
}

static int senders(int fd, __u32 count)
{
	return mb_until(mb_stat_of(fd, blocked_senders) == count);
}

/*
 * What needs no waiting
 */

TEST_F(uring, sends_and_receives)
{
	struct number_send one;
	struct number_receive got;

	SUBMIT(self->box, SEND, put(&one, 7), 1);
	EXPECT_COMPLETION(0, 1);
	SUBMIT(self->box, RECEIVE, get(&got), 2);
	EXPECT_COMPLETION(0, 2);
	EXPECT_EQ(7, got.number);
	EXPECT_EQ(sizeof(got.number), got.receive.message.length);
	EXPECT_EQ(one.send.message.seq, got.receive.message.seq);
	EXPECT_EQ(getpid(), got.receive.message.pid);
	EXPECT_EQ(geteuid(), got.receive.message.uid);
}

TEST_F(uring, does_not_wait_when_told_not_to)
{
	struct number_send one;
	struct number_receive got;

	get(&got)->flags = MAILBOX_NONBLOCK;
	SUBMIT(self->box, RECEIVE, &got.receive, 1);
	EXPECT_COMPLETION(-EAGAIN, 1);
	put(&one, 7)->flags = MAILBOX_NONBLOCK;
	SUBMIT(self->meeting, SEND, &one.send, 2);
	EXPECT_COMPLETION(-EAGAIN, 2);
	EXPECT_EQ(1, mb_stat_of(self->meeting, refused_full));
}

TEST_F(uring, peek_leaves_the_message)
{
	struct number_receive got;

	ASSERT_EQ(0, mb_put_number(self->box, 5, 0, 0));
	get(&got)->flags = MAILBOX_RECEIVE_PEEK;
	SUBMIT(self->box, RECEIVE, &got.receive, 1);
	EXPECT_COMPLETION(0, 1);
	EXPECT_EQ(5, got.number);
	EXPECT_EQ(5, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(uring, what_other_queues_have)
{
	const __u32 at = MAILBOX_RECEIVE_AT | MAILBOX_RECEIVE_PEEK;
	struct { __s64 type; __u32 number; } buffer = { 5, 55 };
	struct number_send one;
	struct number_receive got;

	get(&got)->flags = at;
	SUBMIT(self->box, RECEIVE, &got.receive, 1);
	EXPECT_COMPLETION(-EAGAIN, 1);
	get(&got)->flags = MAILBOX_RECEIVE_LONGEST;
	SUBMIT(self->box, RECEIVE, &got.receive, 2);
	EXPECT_COMPLETION(-EMSGSIZE, 2);
	put(&one, 0)->message.data = mb_ptr(&buffer);
	one.send.message.flags = MAILBOX_MESSAGE_MSGBUF;
	SUBMIT(self->box, SEND, &one.send, 3);
	EXPECT_COMPLETION(0, 3);
	get(&got)->flags = at;
	SUBMIT(self->box, RECEIVE, &got.receive, 4);
	EXPECT_COMPLETION(0, 4);
	EXPECT_EQ(55, got.number);
	get(&got)->flags = MAILBOX_RECEIVE_TAG | MAILBOX_RECEIVE_EXCEPT |
			   MAILBOX_NONBLOCK;
	got.receive.tag_min = got.receive.tag_max = 5;
	SUBMIT(self->box, RECEIVE, &got.receive, 5);
	EXPECT_COMPLETION(-EAGAIN, 5);
	memset(&buffer, 0, sizeof(buffer));
	get(&got)->flags = MAILBOX_RECEIVE_TAG | MAILBOX_RECEIVE_LOWEST |
			   MAILBOX_RECEIVE_TRUNCATE;
	got.receive.tag_max = 9;
	got.receive.message.data = mb_ptr(&buffer);
	got.receive.message.room = 1;
	got.receive.message.flags = MAILBOX_MESSAGE_MSGBUF;
	SUBMIT(self->box, RECEIVE, &got.receive, 6);
	EXPECT_COMPLETION(0, 6);
	EXPECT_EQ(5, buffer.type);
	EXPECT_EQ(55, buffer.number);
	EXPECT_EQ(sizeof(__u32), got.receive.message.length);
}

TEST_F(uring, works_by_id)
{
	struct number_send one;
	struct number_receive got;
	__u64 id;

	ASSERT_EQ(0, mb_new_id(self->client, 2, &id));
	get(&got)->id = id;
	SUBMIT(self->client, RECEIVE, &got.receive, 1);
	ASSERT_EQ(0, mb_wait_u32(self->client, id,
				 offsetof(struct mailbox_stat,
					  waiting_receivers), 1));
	put(&one, 9)->id = id;
	ASSERT_EQ(0, mb_send(self->client, &one.send));
	EXPECT_COMPLETION(0, 1);
	EXPECT_EQ(9, got.number);
}

/*
 * What waits
 */

TEST_F(uring, receive_waits_for_a_message)
{
	struct number_receive got;

	SUBMIT(self->box, RECEIVE, get(&got), 1);
	ASSERT_EQ(0, receivers(self->box, 1));
	EXPECT_EQ(1, mb_query_of(self->client, user_waiting));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_COMPLETION(0, 1);
	EXPECT_EQ(3, got.number);
	EXPECT_EQ(0, mb_stat_of(self->box, waiting_receivers));
	EXPECT_EQ(0, mb_until(!mb_query_of(self->client, user_waiting)));
}

TEST_F(uring, send_waits_for_room_and_keeps_its_turn)
{
	struct number_send third;
	struct mb_child fourth;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	SUBMIT(self->box, SEND, put(&third, 3), 1);
	ASSERT_EQ(0, senders(self->box, 1));
	ASSERT_EQ(0, mb_put_number_start(&fourth, self->box, 4, 0, 0));
	ASSERT_EQ(0, senders(self->box, 2));
	EXPECT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_COMPLETION(0, 1);
	EXPECT_EQ(2, mb_get_number(self->box, 0));
	EXPECT_EQ(3, mb_get_number(self->box, 0));
	EXPECT_EQ(4, mb_get_number(self->box, 0));
	EXPECT_EQ(0, mb_child_join(&fourth));
}

TEST_F(uring, two_commands_meet)
{
	struct number_send one;
	struct number_receive got;
	__u64 first = 0, second = 0;

	SUBMIT(self->meeting, RECEIVE, get(&got), 1);
	ASSERT_EQ(0, receivers(self->meeting, 1));
	SUBMIT(self->meeting, SEND, put(&one, 11), 2);
	EXPECT_EQ(0, completion(&self->ring, &first));
	EXPECT_EQ(0, completion(&self->ring, &second));
	EXPECT_EQ(3, first + second);
	EXPECT_EQ(11, got.number);
	EXPECT_EQ(MAILBOX_INFO_RECEIVED, one.send.message.info);
	EXPECT_EQ(getpid(), one.send.message.pid);
}

TEST_F(uring, sender_of_the_same_thread_meets_its_command)
{
	struct number_receive got;

	SUBMIT(self->meeting, RECEIVE, get(&got), 1);
	ASSERT_EQ(0, receivers(self->meeting, 1));
	ASSERT_EQ(0, mb_put_number(self->meeting, 12, 0, 0));
	EXPECT_COMPLETION(0, 1);
	EXPECT_EQ(12, got.number);
}

TEST_F(uring, blocked_send_meets_a_task)
{
	struct number_send one;

	SUBMIT(self->meeting, SEND, put(&one, 13), 1);
	ASSERT_EQ(0, senders(self->meeting, 1));
	EXPECT_EQ(13, mb_get_number(self->meeting, 0));
	EXPECT_COMPLETION(0, 1);
	EXPECT_EQ(MAILBOX_INFO_RECEIVED, one.send.message.info);
}

TEST_F(uring, many_receives_are_served_in_order)
{
	struct number_receive got[ENTRIES];
	/* A ring has few workers. */
	int count = self->waits ? ENTRIES : 4;
	int i;

	for (i = 0; i < count; i++) {
		SUBMIT(self->box, RECEIVE, get(&got[i]), i);
		ASSERT_EQ(0, receivers(self->box, i + 1));
	}
	for (i = 0; i < count; i++) {
		ASSERT_EQ(0, mb_put_number(self->box, i, 0, 0));
		EXPECT_COMPLETION(0, i);
		EXPECT_EQ(i, got[i].number);
	}
}

TEST_F(uring, selector_lets_others_pass)
{
	struct number_receive got;

	get(&got)->flags = MAILBOX_RECEIVE_TAG;
	got.receive.tag_min = 5;
	got.receive.tag_max = 6;
	SUBMIT(self->box, RECEIVE, &got.receive, 1);
	ASSERT_EQ(0, receivers(self->box, 1));
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 4, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 6, 0, 0));
	EXPECT_COMPLETION(0, 1);
	EXPECT_EQ(2, got.number);
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

/*
 * Calls
 */

TEST_F(uring, call_is_answered)
{
	struct number_call question;
	struct number_receive got;
	struct mailbox_reply reply = { .size = sizeof(reply) };
	__u64 first = 0, second = 0;
	__u32 answer = 42;

	SUBMIT(self->box, CALL, ask(&question, 6), 1);
	SUBMIT(self->box, RECEIVE, get(&got), 2);
	EXPECT_COMPLETION(0, 2);
	EXPECT_EQ(6, got.number);
	EXPECT_NE(0, got.receive.message.token);

	reply.token = got.receive.message.token;
	reply.message.data = mb_ptr(&answer);
	reply.message.length = sizeof(answer);
	SUBMIT(self->box, REPLY, &reply, 3);
	EXPECT_EQ(0, completion(&self->ring, &first));
	EXPECT_EQ(0, completion(&self->ring, &second));
	EXPECT_EQ(4, first + second);
	EXPECT_EQ(42, question.answer);
	EXPECT_EQ(getpid(), question.call.reply.pid);

	SUBMIT(self->box, REPLY, &reply, 4);
	EXPECT_COMPLETION(-ESTALE, 4);
}

TEST_F(uring, reply_receive_answers_and_waits_for_the_next)
{
	struct mailbox_reply_receive both = { .size = sizeof(both) };
	struct number_call question;
	struct number_receive got;
	__u32 answer = 43, next = 0;

	SUBMIT(self->box, CALL, ask(&question, 6), 1);
	SUBMIT(self->box, RECEIVE, get(&got), 2);
	EXPECT_COMPLETION(0, 2);

	both.token = got.receive.message.token;
	both.reply.data = mb_ptr(&answer);
	both.reply.length = sizeof(answer);
	both.message.data = mb_ptr(&next);
	both.message.room = sizeof(next);
	SUBMIT(self->box, REPLY_RECEIVE, &both, 3);
	EXPECT_COMPLETION(0, 1);
	EXPECT_EQ(43, question.answer);
	ASSERT_EQ(0, receivers(self->box, 1));
	EXPECT_EQ(0, both.token);
	ASSERT_EQ(0, mb_put_number(self->box, 8, 0, 0));
	EXPECT_COMPLETION(0, 3);
	EXPECT_EQ(8, next);
}

TEST_F(uring, reply_to_nothing_is_stale)
{
	struct mailbox_reply_receive both = { .size = sizeof(both), .token = 77 };

	SUBMIT(self->box, REPLY_RECEIVE, &both, 1);
	EXPECT_COMPLETION(-ESTALE, 1);
	EXPECT_EQ(0, both.token);
}

TEST_F(uring, call_that_does_not_wait_goes_on)
{
	struct number_call question;

	ask(&question, 6)->flags = MAILBOX_NONBLOCK;
	SUBMIT(self->box, CALL, &question.call, 1);
	EXPECT_COMPLETION(-EAGAIN, 1);
	EXPECT_NE(0, question.call.pending);
	/* And another command waits for it. */
	question.call.flags = 0;
	SUBMIT(self->box, CALL, &question.call, 2);
	ASSERT_EQ(0, mb_until(mb_query_of(self->client, user_waiting) == 1));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_COMPLETION(-EIDRM, 2);
}

TEST_F(uring, reply_that_waits_is_fetched)
{
	struct number_call question;
	struct number_receive got;
	struct mailbox_reply reply = { .size = sizeof(reply) };
	__u32 answer = 44;

	ask(&question, 6)->flags = MAILBOX_NONBLOCK;
	SUBMIT(self->box, CALL, &question.call, 1);
	EXPECT_COMPLETION(-EAGAIN, 1);
	ASSERT_EQ(0, mb_receive(self->box, get(&got)));
	reply.token = got.receive.message.token;
	reply.message.data = mb_ptr(&answer);
	reply.message.length = sizeof(answer);
	ASSERT_EQ(0, mb_ioctl(self->box, MAILBOX_IOC_REPLY, &reply));
	question.call.flags = 0;
	SUBMIT(self->box, CALL, &question.call, 2);
	EXPECT_COMPLETION(0, 2);
	EXPECT_EQ(44, question.answer);
	EXPECT_EQ(0, question.call.pending);
}

/*
 * What ends a wait
 */

static __s64 soon(void)
{
	return mb_now_ns(CLOCK_MONOTONIC) + 1000000;
}

TEST_F(uring, deadline_ends_each)
{
	struct number_call question;
	struct number_receive got;
	struct number_send one;

	get(&got)->flags = MAILBOX_DEADLINE;
	got.receive.clock = MAILBOX_CLOCK_MONOTONIC;
	got.receive.deadline = soon();
	SUBMIT(self->box, RECEIVE, &got.receive, 1);
	EXPECT_COMPLETION(-ETIMEDOUT, 1);

	put(&one, 1)->flags = MAILBOX_DEADLINE;
	one.send.clock = MAILBOX_CLOCK_MONOTONIC;
	one.send.deadline = soon();
	SUBMIT(self->meeting, SEND, &one.send, 2);
	EXPECT_COMPLETION(-ETIMEDOUT, 2);
	EXPECT_EQ(1, mb_stat_of(self->meeting, withdrawn));

	ask(&question, 1)->flags = MAILBOX_DEADLINE;
	question.call.clock = MAILBOX_CLOCK_MONOTONIC;
	question.call.deadline = soon();
	SUBMIT(self->box, CALL, &question.call, 3);
	EXPECT_COMPLETION(-ETIMEDOUT, 3);
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_until(!mb_query_of(self->client, user_waiting)));
}

TEST_F(uring, destruction_ends_each)
{
	struct number_call question;
	struct number_receive got;
	struct number_send one;
	__u64 first = 0, second = 0;

	SUBMIT(self->box, RECEIVE, get(&got), 1);
	ASSERT_EQ(0, receivers(self->box, 1));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_COMPLETION(-EIDRM, 1);

	SUBMIT(self->meeting, SEND, put(&one, 1), 2);
	ASSERT_EQ(0, senders(self->meeting, 1));
	SUBMIT(self->meeting, CALL, ask(&question, 1), 3);
	ASSERT_EQ(0, senders(self->meeting, 2));
	ASSERT_EQ(0, mb_destroy(self->meeting, 0));
	EXPECT_EQ(-EIDRM, completion(&self->ring, &first));
	EXPECT_EQ(-EIDRM, completion(&self->ring, &second));
	EXPECT_EQ(5, first + second);
}

TEST_F(uring, end_of_the_process_it_receives_from_ends_it)
{
	struct number_receive got;
	struct mb_child child;

	ASSERT_EQ(0, mb_get_number_start(&child, self->meeting, 0));
	get(&got)->flags = MAILBOX_RECEIVE_FROM;
	got.receive.from_pid = child.pid;
	SUBMIT(self->box, RECEIVE, &got.receive, 1);
	ASSERT_EQ(0, receivers(self->box, 1));
	mb_child_kill(&child);
	EXPECT_COMPLETION(-ESRCH, 1);
}

TEST_F(uring, short_buffer_leaves_the_message)
{
	struct number_receive got;

	get(&got)->message.room = 2;
	SUBMIT(self->box, RECEIVE, &got.receive, 1);
	ASSERT_EQ(0, receivers(self->box, 1));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_COMPLETION(-EMSGSIZE, 1);
	EXPECT_EQ(4, got.receive.message.length);
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

/*
 * Long messages, which a sender who waits lends to tasks (loan.c)
 */

#define LONG	(64 << 10)

static int make_long(int client, __u32 capacity)
{
	return mb_make(client, (struct mailbox_create) {
		.flags = MAILBOX_CREATE_MAX_MESSAGE,
		.capacity = capacity,
		.max_message = LONG,
	});
}

static struct mailbox_receive *get_long(struct mailbox_receive *get, void *data)
{
	memset(get, 0, sizeof(*get));
	memset(data, 0, LONG);
	get->size = sizeof(*get);
	get->message.data = mb_ptr(data);
	get->message.room = LONG;
	return get;
}

/* The command may come for it when the sender's memory is long another's. */
TEST_F(uring, long_message_for_a_command_is_copied)
{
	char *out = mb_fresh(LONG), *in = mb_fresh(LONG);
	const __u32 flags[] = { 0, MAILBOX_SEND_SYNC };
	struct mailbox_receive got;
	int i, box;

	for (i = 0; i < 4; i++) {
		box = make_long(self->client, i / 2);
		ASSERT_LE(0, box);
		SUBMIT(box, RECEIVE, get_long(&got, in), i);
		ASSERT_EQ(0, receivers(box, 1));
		mb_fill(out, LONG, i);
		ASSERT_EQ(0, mb_put(box, 0, out, LONG, flags[i % 2]));
		memset(out, 0xff, LONG);
		EXPECT_COMPLETION(0, i);
		EXPECT_EQ(-1, mb_differs(in, LONG, i));
		EXPECT_EQ(1, mb_stat_of(box, sent));
		EXPECT_EQ(1, mb_stat_of(box, received));
		EXPECT_EQ(0, mb_stat_of(box, withdrawn));
		EXPECT_EQ(0, mb_stat_of(box, refused_full));
		close(box);
	}
}

TEST_F(uring, lent_message_is_fetched)
{
	char *out = mb_fresh(LONG), *in = mb_fresh(LONG);
	int box = make_long(self->client, 0);
	struct mailbox_receive got;
	struct mb_child sender;

	ASSERT_LE(0, box);
	mb_fill(out, LONG, 5);
	ASSERT_EQ(0, mb_put_start(&sender, box, 0, out, LONG, 0));
	ASSERT_EQ(0, senders(box, 1));
	get_long(&got, in)->message.data = 4096;
	SUBMIT(box, RECEIVE, &got, 1);
	EXPECT_COMPLETION(-EFAULT, 1);
	ASSERT_EQ(0, senders(box, 1));
	SUBMIT(box, RECEIVE, get_long(&got, in), 2);
	EXPECT_COMPLETION(0, 2);
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(-1, mb_differs(in, LONG, 5));
	close(box);
}

/* Lent to a task that cannot take it, and then it is the command's turn. */
TEST_F(uring, command_next_in_line_gets_a_copy)
{
	char *out = mb_fresh(LONG), *in = mb_fresh(LONG);
	const __u32 flags[] = { 0, MAILBOX_SEND_SYNC };
	struct mailbox_receive got;
	struct mb_child receiver;
	int i, box;

	for (i = 0; i < 4; i++) {
		box = make_long(self->client, i / 2);
		ASSERT_LE(0, box);
		ASSERT_EQ(0, mb_get_start(&receiver, box, 0, mb_nowhere(),
					  LONG, 0));
		ASSERT_EQ(0, receivers(box, 1));
		SUBMIT(box, RECEIVE, get_long(&got, in), i);
		ASSERT_EQ(0, receivers(box, 2));
		mb_fill(out, LONG, i);
		ASSERT_EQ(0, mb_put(box, 0, out, LONG, flags[i % 2]));
		memset(out, 0xff, LONG);
		EXPECT_COMPLETION(0, i);
		EXPECT_EQ(-EFAULT, mb_child_join(&receiver));
		EXPECT_EQ(-1, mb_differs(in, LONG, i));
		EXPECT_EQ(1, mb_stat_of(box, sent));
		EXPECT_EQ(1, mb_stat_of(box, received));
		EXPECT_EQ(0, mb_stat_of(box, withdrawn));
		close(box);
	}
}

TEST_F(uring, bad_buffer_leaves_the_message)
{
	struct number_receive got;

	get(&got)->message.data = 4096;
	SUBMIT(self->meeting, RECEIVE, &got.receive, 1);
	ASSERT_EQ(0, receivers(self->meeting, 1));
	if (self->waits) {
		/* The command has it already, and gives it back. */
		ASSERT_EQ(0, mb_put_number(self->meeting, 3, 0, 0));
		EXPECT_COMPLETION(-EFAULT, 1);
	} else {
		struct mb_child sender;

		ASSERT_EQ(0, mb_put_number_start(&sender, self->meeting, 3, 0,
						 0));
		EXPECT_COMPLETION(-EFAULT, 1);
		EXPECT_EQ(3, mb_get_number(self->meeting, 0));
		EXPECT_EQ(0, mb_child_join(&sender));
		return;
	}
	EXPECT_EQ(1, mb_stat_of(self->meeting, blocked_senders));
	EXPECT_EQ(3, mb_get_number(self->meeting, MAILBOX_NONBLOCK));
}

TEST_F(uring, fresh_buffer_is_faulted_in)
{
	struct number_receive got;
	__u32 *fresh = mb_fresh(4096);

	ASSERT_NE(NULL, fresh);
	get(&got)->message.data = mb_ptr(fresh);
	SUBMIT(self->box, RECEIVE, &got.receive, 1);
	ASSERT_EQ(0, receivers(self->box, 1));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_COMPLETION(0, 1);
	EXPECT_EQ(3, *fresh);
}

/*
 * Cancelling
 */

TEST_F(uring, end_of_the_ring_ends_all)
{
	struct number_call question;
	struct number_receive got;
	struct number_send one;
	struct mb_child server;
	int other = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, other);
	SUBMIT(self->box, RECEIVE, get(&got), 1);
	ASSERT_EQ(0, receivers(self->box, 1));
	SUBMIT(self->meeting, SEND, put(&one, 1), 2);
	ASSERT_EQ(0, senders(self->meeting, 1));
	SUBMIT(other, CALL, ask(&question, 1), 3);
	ASSERT_EQ(0, mb_until(mb_stat_of(other, messages) == 1));

	io_uring_queue_exit(&self->ring);
	EXPECT_EQ(0, receivers(self->box, 0));
	EXPECT_EQ(0, senders(self->meeting, 0));
	EXPECT_EQ(0, mb_until(mb_stat_of(other, messages) == 0 ||
			      !self->waits));
	EXPECT_EQ(0, mb_until(!mb_query_of(self->client, user_waiting)));
	/* Nobody takes it away. */
	ASSERT_EQ(0, mb_put_number(self->box, 5, 0, 0));
	EXPECT_EQ(5, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_get_number_start(&server, self->meeting, 0));
	EXPECT_EQ(0, receivers(self->meeting, 1));
	mb_child_kill(&server);
	close(other);
	ASSERT_EQ(0, io_uring_queue_init(ENTRIES, &self->ring, 0));
}

/* A child with a ring of its own that receives, and never looks at it. */
struct owner {
	int fd;
	int submitted;		/* the event that it has, and will not take it now */
	unsigned int setup;
	struct number_receive got;
};

static int own_a_receive(void *argument)
{
	struct owner *owner = argument;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int ret;

	ret = io_uring_queue_init(4, &ring, owner->setup);
	if (ret)
		return ret;
	sqe = io_uring_get_sqe(&ring);
	mailbox_prep_receive(sqe, owner->fd, get(&owner->got));
	ret = io_uring_submit(&ring);
	if (ret < 0)
		return ret;
	ret = mb_event_raise(owner->submitted);
	if (ret)
		return ret;
	for (;;)
		pause();
}

static int owner_start(struct mb_child *child, struct owner *owner)
{
	int ret;

	owner->submitted = mb_event();
	if (owner->submitted < 0)
		return owner->submitted;
	ret = mb_child_start(child, own_a_receive, owner);
	if (!ret)
		ret = mb_event_wait(owner->submitted);
	close(owner->submitted);
	return ret;
}

TEST_F(uring, death_of_the_process_ends_a_receive)
{
	struct owner owner = { .fd = self->box, .setup = variant->setup };
	struct mb_child child;

	ASSERT_EQ(0, owner_start(&child, &owner));
	ASSERT_EQ(0, receivers(self->box, 1));
	mb_child_kill(&child);
	EXPECT_EQ(0, receivers(self->box, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 5, 0, 0));
	EXPECT_EQ(5, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(uring, message_given_to_a_command_is_not_lost_with_it)
{
	struct owner owner = {
		.fd = self->box,
		.setup = IORING_SETUP_SINGLE_ISSUER |
			 IORING_SETUP_DEFER_TASKRUN,
	};
	struct mb_child child;

	if (!self->waits)
		SKIP(return, "a worker takes it at once");
	/* Deferred: it will not come by to take it. */
	ASSERT_EQ(0, owner_start(&child, &owner));
	ASSERT_EQ(0, receivers(self->box, 1));
	ASSERT_EQ(0, mb_put_tagged(self->box, 5, 1, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 6, 2, 0, 0));
	EXPECT_EQ(0, mb_stat_of(self->box, waiting_receivers));
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
	mb_child_kill(&child);
	EXPECT_EQ(0, mb_until(mb_get_tagged(self->box, 1, 1,
					    MAILBOX_RECEIVE_PEEK |
					    MAILBOX_NONBLOCK) == 5));
	EXPECT_EQ(5, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(6, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(uring, sync_message_given_back_waits_for_another_receiver)
{
	struct owner owner = {
		.fd = self->meeting,
		.setup = IORING_SETUP_SINGLE_ISSUER |
			 IORING_SETUP_DEFER_TASKRUN,
	};
	struct mb_child child;

	if (!self->waits)
		SKIP(return, "a worker takes it at once");
	ASSERT_EQ(0, owner_start(&child, &owner));
	ASSERT_EQ(0, receivers(self->meeting, 1));
	ASSERT_EQ(0, mb_put_number(self->meeting, 5, 0, MAILBOX_NONBLOCK));
	mb_child_kill(&child);
	EXPECT_EQ(0, mb_until(mb_get_number(self->meeting,
					    MAILBOX_NONBLOCK) == 5));
}

/* What a worker makes of it: it is interrupted, or has not begun yet. */
static bool cancelled(int result)
{
	return result == -EINTR || result == -ECANCELED;
}

TEST_F(uring, asynchronous_cancel_reaches_workers_only)
{
	struct number_receive got;
	struct io_uring_sqe *sqe;
	__u64 data = 0;
	int result;

	SUBMIT(self->box, RECEIVE, get(&got), 1);
	ASSERT_EQ(0, receivers(self->box, 1));
	do {
		sqe = io_uring_get_sqe(&self->ring);
		io_uring_prep_cancel64(sqe, 1, 0);
		io_uring_sqe_set_data64(sqe, 2);
		ASSERT_LE(0, io_uring_submit(&self->ring));
		result = completion(&self->ring, &data);
		/* the worker that has issued it may not be done with it yet */
	} while (self->waits && result == -EALREADY);
	if (self->waits) {
		EXPECT_EQ(-ENOENT, result);
		EXPECT_EQ(2, data);
		ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
		EXPECT_COMPLETION(0, 1);
		return;
	}
	/* In either order. */
	if (data == 1) {
		EXPECT_TRUE(cancelled(result));
		completion(&self->ring, &data);
		EXPECT_EQ(2, data);
	} else {
		EXPECT_TRUE(cancelled(completion(&self->ring, &data)));
		EXPECT_EQ(1, data);
	}
	EXPECT_EQ(0, mb_stat_of(self->box, waiting_receivers));
}

TEST_F(uring, linked_timeout_leaves_a_command)
{
	struct __kernel_timespec soon = { .tv_nsec = 1000000 };
	struct number_receive got;
	struct io_uring_sqe *sqe;
	__u64 data = 0;

	if (!self->waits)
		SKIP(return, "depends on how far the worker is");
	sqe = io_uring_get_sqe(&self->ring);
	mailbox_prep_receive(sqe, self->box, get(&got));
	io_uring_sqe_set_flags(sqe, variant->submission | IOSQE_IO_LINK);
	io_uring_sqe_set_data64(sqe, 1);
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_link_timeout(sqe, &soon, 0);
	io_uring_sqe_set_data64(sqe, 2);
	ASSERT_LE(0, io_uring_submit(&self->ring));
	EXPECT_GT(0, completion(&self->ring, &data));
	EXPECT_EQ(2, data);
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_COMPLETION(0, 1);
}

/*
 * Links
 */

TEST_F(uring, linked_commands_run_one_after_the_other)
{
	struct number_receive got;
	struct number_send one;
	struct io_uring_sqe *sqe;

	sqe = io_uring_get_sqe(&self->ring);
	mailbox_prep_send(sqe, self->box, put(&one, 3));
	io_uring_sqe_set_flags(sqe, variant->submission | IOSQE_IO_LINK);
	io_uring_sqe_set_data64(sqe, 1);
	sqe = io_uring_get_sqe(&self->ring);
	mailbox_prep_receive(sqe, self->box, get(&got));
	io_uring_sqe_set_flags(sqe, variant->submission);
	io_uring_sqe_set_data64(sqe, 2);
	ASSERT_LE(0, io_uring_submit(&self->ring));
	EXPECT_COMPLETION(0, 1);
	EXPECT_COMPLETION(0, 2);
	EXPECT_EQ(3, got.number);
}

TEST_F(uring, linked_command_waits_for_one_that_waits)
{
	struct number_receive got;
	struct number_send one;
	struct io_uring_sqe *sqe;

	sqe = io_uring_get_sqe(&self->ring);
	mailbox_prep_receive(sqe, self->box, get(&got));
	io_uring_sqe_set_flags(sqe, variant->submission | IOSQE_IO_LINK);
	io_uring_sqe_set_data64(sqe, 1);
	sqe = io_uring_get_sqe(&self->ring);
	mailbox_prep_send(sqe, self->box, put(&one, 4));
	io_uring_sqe_set_flags(sqe, variant->submission);
	io_uring_sqe_set_data64(sqe, 2);
	ASSERT_LE(0, io_uring_submit(&self->ring));
	ASSERT_EQ(0, receivers(self->box, 1));
	EXPECT_EQ(0, mb_stat_of(self->box, sent));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_COMPLETION(0, 1);
	EXPECT_COMPLETION(0, 2);
	EXPECT_EQ(3, got.number);
	EXPECT_EQ(4, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(uring, failed_command_cancels_its_link)
{
	struct number_receive got;
	struct number_send one;
	struct io_uring_sqe *sqe;

	sqe = io_uring_get_sqe(&self->ring);
	get(&got)->flags = MAILBOX_NONBLOCK;
	mailbox_prep_receive(sqe, self->box, &got.receive);
	io_uring_sqe_set_flags(sqe, variant->submission | IOSQE_IO_LINK);
	io_uring_sqe_set_data64(sqe, 1);
	sqe = io_uring_get_sqe(&self->ring);
	mailbox_prep_send(sqe, self->box, put(&one, 4));
	io_uring_sqe_set_flags(sqe, variant->submission);
	io_uring_sqe_set_data64(sqe, 2);
	ASSERT_LE(0, io_uring_submit(&self->ring));
	EXPECT_COMPLETION(-EAGAIN, 1);
	EXPECT_COMPLETION(-ECANCELED, 2);
	EXPECT_EQ(0, mb_stat_of(self->box, sent));
}

/*
 * Life
 */

/* And the file, which keeps the module. */
TEST_F(uring, command_keeps_its_mailbox)
{
	struct number_receive got;
	int other = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	int sink;

	ASSERT_LE(0, other);
	sink = handle_with(other, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, sink);
	SUBMIT(other, RECEIVE, get(&got), 1);
	ASSERT_EQ(0, receivers(other, 1));
	close(other);
	ASSERT_EQ(0, mb_put_number(sink, 3, 0, 0));
	EXPECT_COMPLETION(0, 1);
	EXPECT_EQ(3, got.number);
	/* Nothing keeps it any more. */
	EXPECT_EQ(0, mb_until(mb_put_number(sink, 3, 0, MAILBOX_NONBLOCK) ==
			      -EPIPE));
	close(sink);
}

TEST_F(uring, identity_is_that_of_the_submission)
{
	struct number_receive got;
	struct number_send one;
	uid_t user = geteuid();

	if (user)
		SKIP(return, "needs root");
	SUBMIT(self->meeting, SEND, put(&one, 3), 1);
	ASSERT_EQ(0, senders(self->meeting, 1));
	ASSERT_EQ(0, seteuid(1000));
	ASSERT_EQ(0, mb_receive(self->meeting, get(&got)));
	EXPECT_COMPLETION(0, 1);
	EXPECT_EQ(0, got.receive.message.uid);
	EXPECT_EQ(1000, one.send.message.uid);
	ASSERT_EQ(0, seteuid(user));
}

/*
 * What is refused
 */

TEST_F(uring, bad_commands)
{
	struct mailbox_query query = { .size = sizeof(query) };
	struct number_call question;
	struct number_receive got;
	struct number_send one;

	SUBMIT(self->box, QUERY, &query, 1);
	EXPECT_COMPLETION(-EOPNOTSUPP, 1);
	ASSERT_EQ(0, submit(self, variant, self->box, 0xffff, &query,
			    sizeof(query), 2));
	EXPECT_COMPLETION(-ENOTTY, 2);
	ASSERT_EQ(0, submit(self, variant, self->box, MAILBOX_IOC_SEND,
			    put(&one, 1), sizeof(one.send) + 8, 3));
	EXPECT_COMPLETION(-EINVAL, 3);
	ASSERT_EQ(0, submit(self, variant, self->box, MAILBOX_IOC_SEND,
			    (void *)8, sizeof(one.send), 4));
	EXPECT_COMPLETION(-EFAULT, 4);
	put(&one, 1)->flags = 1U << 31;
	SUBMIT(self->box, SEND, &one.send, 5);
	EXPECT_COMPLETION(-EINVAL, 5);
	get(&got);
	SUBMIT(self->sink, RECEIVE, &got.receive, 6);
	EXPECT_COMPLETION(-EBADF, 6);
	get(&got)->id = MB_ID_UNUSED;
	SUBMIT(self->client, RECEIVE, &got.receive, 7);
	EXPECT_COMPLETION(-ENOENT, 7);
	ask(&question, 1)->id = MAILBOX_ID_KERNEL;
	SUBMIT(self->client, CALL, &question.call, 8);
	EXPECT_COMPLETION(-EOPNOTSUPP, 8);
	get(&got)->message.iov_count = MAILBOX_IOV_MAX + 1;
	got.receive.message.room = 0;
	SUBMIT(self->box, RECEIVE, &got.receive, 9);
	EXPECT_COMPLETION(-EINVAL, 9);
}

/* What only the submission itself can say. */
TEST_F(uring, bad_submissions)
{
	struct mailbox_uring payload = { };
	struct io_uring_sqe *sqe;
	struct number_send one;

	payload.argument = mb_ptr(put(&one, 1));
	payload.size = sizeof(one.send);
	payload.flags = 1;
	sqe = io_uring_get_sqe(&self->ring);
	mailbox_prep_send(sqe, self->box, &one.send);
	memcpy((char *)sqe + offsetof(struct io_uring_sqe, addr3), &payload,
	       sizeof(payload));
	ASSERT_LE(0, io_uring_submit(&self->ring));
	EXPECT_COMPLETION(-EINVAL, 0);

	sqe = io_uring_get_sqe(&self->ring);
	mailbox_prep_send(sqe, self->box, &one.send);
	sqe->rw_flags = 1U << 20;
	ASSERT_LE(0, io_uring_submit(&self->ring));
	EXPECT_COMPLETION(-EINVAL, 0);
	EXPECT_EQ(0, mb_stat_of(self->box, sent));
}

/* Some kernels refuse all commands without an iopoll method there. */
TEST(ring_that_polls_for_completions_is_refused_or_served)
{
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	struct number_send one;
	struct io_uring ring;
	int client = mb_client();
	int box = mb_new(client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, box);
	ASSERT_EQ(0, io_uring_queue_init(4, &ring, IORING_SETUP_IOPOLL));
	sqe = io_uring_get_sqe(&ring);
	mailbox_prep_send(sqe, box, put(&one, 1));
	ASSERT_LE(0, io_uring_submit(&ring));
	ASSERT_EQ(0, io_uring_wait_cqe(&ring, &cqe));
	EXPECT_TRUE(cqe->res == 0 || cqe->res == -EOPNOTSUPP);
	EXPECT_EQ(cqe->res == 0, mb_stat_of(box, sent));
	io_uring_queue_exit(&ring);
	close(box);
	close(client);
}

TEST(submissions_of_128_bytes)
{
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	struct number_send one;
	struct io_uring ring;
	int client = mb_client();
	int box = mb_new(client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, box);
	ASSERT_EQ(0, io_uring_queue_init(4, &ring, IORING_SETUP_SQE128 |
						   IORING_SETUP_CQE32));
	sqe = io_uring_get_sqe(&ring);
	mailbox_prep_send(sqe, box, put(&one, 1));
	ASSERT_LE(0, io_uring_submit(&ring));
	ASSERT_EQ(0, io_uring_wait_cqe(&ring, &cqe));
	EXPECT_EQ(0, cqe->res);
	io_uring_queue_exit(&ring);
	EXPECT_EQ(1, mb_get_number(box, MAILBOX_NONBLOCK));
	close(box);
	close(client);
}

/*
 * Plain operations
 */

TEST_F(uring, plain_read_waits_for_a_message)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);
	__u32 number = 0;

	io_uring_prep_read(sqe, self->box, &number, sizeof(number), 0);
	io_uring_sqe_set_data64(sqe, 1);
	ASSERT_LE(0, io_uring_submit(&self->ring));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_COMPLETION(4, 1);
	EXPECT_EQ(3, number);
}

TEST_F(uring, plain_write_waits_for_room)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);
	__u32 number = 3;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	io_uring_prep_write(sqe, self->box, &number, sizeof(number), 0);
	io_uring_sqe_set_data64(sqe, 1);
	ASSERT_LE(0, io_uring_submit(&self->ring));
	EXPECT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_COMPLETION(4, 1);
	EXPECT_EQ(2, mb_get_number(self->box, 0));
	EXPECT_EQ(3, mb_get_number(self->box, 0));
}

TEST_F(uring, plain_read_of_a_rendezvous_is_refused)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);
	__u32 number;

	io_uring_prep_read(sqe, self->meeting, &number, sizeof(number), 0);
	io_uring_sqe_set_data64(sqe, 1);
	ASSERT_LE(0, io_uring_submit(&self->ring));
	EXPECT_COMPLETION(-EINVAL, 1);
}

TEST_F(uring, plain_read_can_be_cancelled)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);
	__u64 first = 0, second = 0;
	__u32 number;
	int results;

	io_uring_prep_read(sqe, self->box, &number, sizeof(number), 0);
	io_uring_sqe_set_data64(sqe, 1);
	ASSERT_LE(0, io_uring_submit(&self->ring));
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_cancel64(sqe, 1, 0);
	io_uring_sqe_set_data64(sqe, 2);
	ASSERT_LE(0, io_uring_submit(&self->ring));
	results = completion(&self->ring, &first);
	results += completion(&self->ring, &second);
	EXPECT_EQ(3, first + second);
	EXPECT_EQ(-ECANCELED, results);
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(uring, poll_shows_a_message)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);

	io_uring_prep_poll_add(sqe, self->box, POLLIN);
	io_uring_sqe_set_data64(sqe, 1);
	ASSERT_LE(0, io_uring_submit(&self->ring));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_COMPLETION(POLLIN, 1);
}

TEST_F(uring, one_read_takes_many_messages)
{
	struct io_uring_sqe *sqe;
	struct io_uring_cqe *cqe;
	__u32 buffers[4][4];
	__u32 number;
	__u64 data = 0;

	if (variant->setup & IORING_SETUP_SQPOLL)
		SKIP(return, "the same");
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_provide_buffers(sqe, buffers, sizeof(buffers[0]), 4, 1,
				      0);
	ASSERT_LE(0, io_uring_submit(&self->ring));
	ASSERT_EQ(0, completion(&self->ring, &data));

	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_rw(OP_READ_MULTISHOT, sqe, self->box, NULL, 0, -1);
	sqe->flags |= IOSQE_BUFFER_SELECT;
	sqe->buf_group = 1;
	ASSERT_LE(0, io_uring_submit(&self->ring));
	for (number = 10; number < 13; number++) {
		ASSERT_EQ(0, mb_put_number(self->box, number, 0, 0));
		ASSERT_EQ(0, io_uring_wait_cqe(&self->ring, &cqe));
		if (number == 10 && cqe->res == -EINVAL) {
			io_uring_cqe_seen(&self->ring, cqe);
			SKIP(return, "no such operation before Linux 6.7");
		}
		EXPECT_EQ(4, cqe->res);
		EXPECT_TRUE(cqe->flags & IORING_CQE_F_MORE);
		EXPECT_EQ(number,
			  buffers[cqe->flags >> IORING_CQE_BUFFER_SHIFT][0]);
		io_uring_cqe_seen(&self->ring, cqe);
	}
}

/* A mailbox that holds four, and closes until it holds one. */
TEST_F(uring, sends_wait_until_it_opens)
{
	struct number_send sends[2];
	int box = mb_make(self->client, (struct mailbox_create){
		.capacity = 4, .low_water = 1,
	});
	__u64 data;

	if (!self->waits)
		SKIP(goto out, "a command that waits occupies a worker");
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_number(box, i, 0, 0));
	SUBMIT(box, SEND, put(&sends[0], 4), 1);
	SUBMIT(box, SEND, put(&sends[1], 5), 2);
	ASSERT_EQ(0, senders(box, 2));
	EXPECT_TRUE(mb_stat_of(box, create_flags) & MAILBOX_STAT_CLOSED);
	EXPECT_EQ(0, mb_get_number(box, 0));
	EXPECT_EQ(1, mb_get_number(box, 0));
	EXPECT_EQ(2, mb_stat_of(box, blocked_senders));
	EXPECT_EQ(2, mb_get_number(box, 0));
	EXPECT_EQ(0, completion(&self->ring, &data));
	EXPECT_EQ(0, completion(&self->ring, &data));
	for (int i = 3; i < 6; i++)
		EXPECT_EQ(i, mb_get_number(box, 0));
out:
	close(box);
}

TEST_HARNESS_MAIN
