// SPDX-License-Identifier: GPL-2.0-only
/*
 * Long calls: the request is copied once, out of the caller's pages, and the reply
 * once, to where he waits for it; and both are right whatever either side does
 * meanwhile.
 */
#include "lib/loan.h"
#include "lib/test.h"
#include "lib/transfer.h"

#include <sys/syscall.h>
#include <sys/time.h>

#define LENGTH		(256 << 10)
#define REQUEST		1	/* patterns */
#define REPLY		2
#define OTHER		3

/**
 * struct lending - a caller in a process of its own
 * @box: where to
 * @out: his request; private
 * @in: his room; shared, so that it can be looked at
 * @length: of the request
 * @deadline: of the call, or 0
 * @scribbles: after EINTR he fills his request with something else
 * @goes_on: after EINTR he comes back
 * @untouched: his room is fresh memory, which is copied to @in
 * @interrupted: how often EINTR came; shared
 */
struct lending {
	int box;
	char *out;
	char *in;
	size_t length;
	__s64 deadline;
	bool scribbles;
	bool goes_on;
	bool untouched;
	int *interrupted;
};

static int call_run(void *argument)
{
	struct lending *lending = argument;
	char *room = lending->untouched ? mb_fresh(LENGTH) : lending->in;
	struct mailbox_call call = {
		.flags = lending->deadline ? MAILBOX_DEADLINE : 0,
		.clock = lending->deadline ? MAILBOX_CLOCK_MONOTONIC : 0,
		.deadline = lending->deadline,
		.request = {
			.data = mb_ptr(lending->out), .length = lending->length,
		},
		.reply = { .data = mb_ptr(room), .room = LENGTH },
	};
	int ret;

	mb_signal_handle(SIGUSR1, 0);
	if (!lending->untouched)
		memset(room, 0, LENGTH);
	do {
		ret = mb_call(lending->box, &call);
		if (ret != -EINTR)
			break;
		if (lending->scribbles)
			memset(lending->out, 0xee, lending->length);
		++*lending->interrupted;
	} while (lending->goes_on);
	if (!ret && lending->untouched)
		memcpy(lending->in, room, LENGTH);
	return ret ? ret : (int)call.reply.length;
}

FIXTURE(lend) {
	int client;
	int box;
	int other;
	char *got;		/* the server's */
	char *answer;
	struct lending lending;
	struct mb_child child;
	struct mailbox_query before;
};

static int make(int client)
{
	return mb_make(client, (struct mailbox_create) {
		.flags = MAILBOX_CREATE_MAX_MESSAGE,
		.capacity = 4,
		.max_message = LENGTH,
	});
}

FIXTURE_SETUP(lend)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = make(self->client);
	self->other = make(self->client);
	ASSERT_LE(0, self->box);
	ASSERT_LE(0, self->other);
	self->got = mb_fresh(LENGTH);
	self->answer = mb_fresh(LENGTH);
	self->lending = (struct lending){
		.box = self->box,
		.out = mb_fresh(LENGTH),
		.in = mb_shared(LENGTH),
		.length = LENGTH,
		.interrupted = mb_shared(sizeof(int)),
	};
	ASSERT_NE(NULL, self->lending.interrupted);
	*self->lending.interrupted = 0;
	memset(self->got, 0, LENGTH);
	mb_fill(self->answer, LENGTH, REPLY);
	mb_fill(self->lending.out, LENGTH, REQUEST);
	self->before = mb_query_now(self->client);
}

/* Whatever the test did: nothing is pinned, and nothing charged. */
FIXTURE_TEARDOWN(lend)
{
	EXPECT_GE(0, mb_loans("pages "));
	EXPECT_EQ(self->before.user_bytes, mb_query_of(self->client, user_bytes));
	EXPECT_EQ(0, mb_query_of(self->client, user_waiting));
	close(self->other);
	close(self->box);
	close(self->client);
}

#define START() ASSERT_EQ(0, mb_child_start(&self->child, call_run, \
					    &self->lending))

/* Receives the call, and says what is wrong with it; its token in @token. */
static int take(FIXTURE_DATA(lend) *self, int box, __u64 *token)
{
	struct mailbox_receive receive = {
		.message = { .data = mb_ptr(self->got), .room = LENGTH },
	};
	int ret = mb_receive(box, &receive);

	*token = receive.message.token;
	if (ret)
		return ret;
	return receive.message.length == LENGTH &&
	       mb_differs(self->got, LENGTH, REQUEST) < 0 ? 0 : MB_NOT_A_NUMBER;
}

static int answer(int box, __u64 token, const void *data, size_t length)
{
	struct mailbox_reply reply = {
		.token = token,
		.message = { .data = mb_ptr(data), .length = length },
	};

	return mb_reply(box, &reply);
}

#define ANSWER(box, token) answer(box, token, self->answer, LENGTH)

TEST_F(lend, request_and_reply_are_copied_once)
{
	long long count, bytes;
	__u64 token;

	mb_need_loans();
	count = mb_loans("loans ");
	bytes = mb_loans("bytes ");
	START();
	ASSERT_EQ(0, take(self, self->box, &token));
	EXPECT_EQ(count + 1, mb_loans("loans "));
	ASSERT_EQ(0, ANSWER(self->box, token));
	EXPECT_EQ(LENGTH, mb_child_join(&self->child));
	EXPECT_EQ(-1, mb_differs(self->lending.in, LENGTH, REPLY));
	EXPECT_EQ(count + 2, mb_loans("loans "));
	EXPECT_EQ(bytes + 2 * LENGTH, mb_loans("bytes "));
}

TEST_F(lend, request_is_pinned_while_the_caller_waits)
{
	const long pages = LENGTH / sysconf(_SC_PAGESIZE);
	__u64 token;

	mb_need_loans();
	START();
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	EXPECT_EQ(pages, mb_loans("pages "));
	ASSERT_EQ(0, take(self, self->box, &token));
	EXPECT_EQ(pages, mb_loans("pages "));
	ASSERT_EQ(0, answer(self->box, token, "short", 5));
	EXPECT_EQ(5, mb_child_join(&self->child));
	EXPECT_EQ(0, memcmp("short", self->lending.in, 5));
}

TEST_F(lend, short_request_long_reply)
{
	struct mailbox_receive receive = {
		.message = { .data = mb_ptr(self->got), .room = LENGTH },
	};

	self->lending.length = 4;
	START();
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	ASSERT_EQ(0, answer(self->box, receive.message.token, self->answer,
			    LENGTH - 1));
	EXPECT_EQ(LENGTH - 1, mb_child_join(&self->child));
	EXPECT_EQ(-1, mb_differs(self->lending.in, LENGTH - 1, REPLY));
	EXPECT_EQ(0, self->lending.in[LENGTH - 1]);
}

/* What is not in memory is not written to from outside. */
TEST_F(lend, fresh_room_is_written_by_the_caller)
{
	long long count;
	__u64 token;

	mb_need_loans();
	self->lending.untouched = true;
	START();
	ASSERT_EQ(0, take(self, self->box, &token));
	count = mb_loans("loans ");
	ASSERT_EQ(0, ANSWER(self->box, token));
	EXPECT_EQ(LENGTH, mb_child_join(&self->child));
	EXPECT_EQ(count, mb_loans("loans "));
	EXPECT_EQ(-1, mb_differs(self->lending.in, LENGTH, REPLY));
}

TEST_F(lend, unreadable_reply_leaves_the_token)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	__u64 token;

	START();
	ASSERT_EQ(0, take(self, self->box, &token));
	ASSERT_EQ(0, mprotect(self->answer + LENGTH - page, page, PROT_NONE));
	EXPECT_EQ(-EFAULT, ANSWER(self->box, token));
	EXPECT_FALSE(mb_child_done(&self->child));
	ASSERT_EQ(0, mprotect(self->answer + LENGTH - page, page, PROT_READ));
	ASSERT_EQ(0, ANSWER(self->box, token));
	EXPECT_EQ(LENGTH, mb_child_join(&self->child));
	EXPECT_EQ(-1, mb_differs(self->lending.in, LENGTH, REPLY));
}

/* The server's pages that are not there yet are faulted in by the server. */
TEST_F(lend, fresh_reply_is_read)
{
	char *fresh = mb_fresh(LENGTH);
	__u64 token;

	START();
	ASSERT_EQ(0, take(self, self->box, &token));
	ASSERT_EQ(0, answer(self->box, token, fresh, LENGTH));
	EXPECT_EQ(LENGTH, mb_child_join(&self->child));
	EXPECT_EQ(0, self->lending.in[LENGTH - 1]);
	munmap(fresh, LENGTH);
}

static int forward(int box, __u64 token, int to)
{
	struct mailbox_forward forward = {
		.size = sizeof(forward), .token = token, .to_fd = to,
	};

	return mb_ioctl(box, MAILBOX_IOC_FORWARD, &forward);
}

/* To the other mailbox, where it arrives whole. */
static int forward_and_answer(FIXTURE_DATA(lend) *self, __u64 token)
{
	int ret = forward(self->box, token, self->other);

	memset(self->got, 0, LENGTH);
	ret = ret ?: take(self, self->other, &token);
	return ret ?: ANSWER(self->other, token);
}

TEST_F(lend, forwarded_request_is_whole)
{
	__u64 token;

	START();
	ASSERT_EQ(0, take(self, self->box, &token));
	ASSERT_EQ(0, forward_and_answer(self, token));
	EXPECT_EQ(LENGTH, mb_child_join(&self->child));
	EXPECT_EQ(-1, mb_differs(self->lending.in, LENGTH, REPLY));
}

/* The bytes of a call that goes on without its caller are those of the call. */
TEST_F(lend, interrupted_caller_takes_his_pages_back)
{
	__u64 token;

	self->lending.scribbles = true;
	self->lending.goes_on = true;
	START();
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	ASSERT_EQ(0, mb_wait_in_syscall(self->child.pid, SYS_ioctl));
	kill(self->child.pid, SIGUSR1);
	ASSERT_EQ(0, mb_until(*self->lending.interrupted == 1));
	EXPECT_GE(0, mb_loans("pages "));
	ASSERT_EQ(0, take(self, self->box, &token));
	ASSERT_EQ(0, ANSWER(self->box, token));
	EXPECT_EQ(LENGTH, mb_child_join(&self->child));
	EXPECT_EQ(-1, mb_differs(self->lending.in, LENGTH, REPLY));
}

TEST_F(lend, interrupted_after_receipt_it_can_be_forwarded)
{
	__u64 token;

	self->lending.scribbles = true;
	self->lending.goes_on = true;
	START();
	ASSERT_EQ(0, take(self, self->box, &token));
	ASSERT_EQ(0, mb_wait_in_syscall(self->child.pid, SYS_ioctl));
	kill(self->child.pid, SIGUSR1);
	ASSERT_EQ(0, mb_until(*self->lending.interrupted == 1));
	EXPECT_GE(0, mb_loans("pages "));
	ASSERT_EQ(0, forward_and_answer(self, token));
	EXPECT_EQ(LENGTH, mb_child_join(&self->child));
	EXPECT_EQ(-1, mb_differs(self->lending.in, LENGTH, REPLY));
}

TEST_F(lend, deadline_ends_it)
{
	__u64 token;

	self->lending.deadline = 1;
	START();
	EXPECT_EQ(-ETIMEDOUT, mb_child_join(&self->child));
	EXPECT_EQ(-EAGAIN, mb_get(self->box, 0, self->got, LENGTH,
				  MAILBOX_NONBLOCK));
	self->lending.deadline = 0;
	START();
	ASSERT_EQ(0, take(self, self->box, &token));
	mb_child_kill(&self->child);
	EXPECT_EQ(-ESTALE, ANSWER(self->box, token));
}

TEST_F(lend, killed_caller_leaves_nothing)
{
	START();
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	mb_child_kill(&self->child);
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

static int server_run(void *argument)
{
	FIXTURE_DATA(lend) *self = argument;
	__u64 token;

	return take(self, self->box, &token);
}

TEST_F(lend, server_that_ends_ends_the_call)
{
	struct mb_child server;

	START();
	ASSERT_EQ(0, mb_child_start(&server, server_run, self));
	EXPECT_EQ(0, mb_child_join(&server));
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
}

TEST_F(lend, destroy_ends_it)
{
	START();
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
}

TEST_F(lend, failing_receiver_leaves_it_lent)
{
	__u64 token;

	START();
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	EXPECT_EQ(-EFAULT, mb_get(self->box, 0, mb_nowhere(), LENGTH, 0));
	EXPECT_EQ(-EMSGSIZE, mb_get(self->box, 0, self->got, 10, 0));
	ASSERT_EQ(0, take(self, self->box, &token));
	ASSERT_EQ(0, ANSWER(self->box, token));
	EXPECT_EQ(LENGTH, mb_child_join(&self->child));
}

TEST_F(lend, unreadable_request_is_efault)
{
	self->lending.out = mb_nowhere();
	START();
	EXPECT_EQ(-EFAULT, mb_child_join(&self->child));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

/*
 * Weather: callers that are interrupted all the time and write over their requests
 * as soon as they may, and servers that answer, forward, or fail to.
 */

#define CALLS	300
#define PART	(48 << 10)

static int storm_run(void *argument)
{
	struct lending *lending = argument;
	const struct itimerval often = { { 0, 700 }, { 0, 700 } };
	struct mailbox_call call;
	int i, ret;

	mb_signal_handle(SIGALRM, 0);
	setitimer(ITIMER_REAL, &often, NULL);
	for (i = 0; i < CALLS; i++) {
		mb_fill(lending->out, PART, i);
		call = (struct mailbox_call){
			.request = {
				.data = mb_ptr(lending->out), .length = PART,
				.tag = i,
			},
			.reply = { .data = mb_ptr(lending->in), .room = PART },
		};
		while ((ret = mb_call(lending->box, &call)) == -EINTR)
			memset(lending->out, 0xee, call.pending ? PART : 0);
		if (ret)
			return ret;
		if (call.reply.length != PART ||
		    mb_differs(lending->in, PART, i + 1) >= 0)
			return -EBADMSG;
	}
	return 0;
}

/* One call, by whom it is received; 0, or what was wrong. */
static int storm_serve(FIXTURE_DATA(lend) *self, int box, bool may_forward)
{
	struct mailbox_receive receive = {
		.message = { .data = mb_ptr(self->got), .room = LENGTH },
	};
	struct mailbox_message *got = &receive.message;
	int ret = mb_receive(box, &receive);

	if (ret)
		return ret;
	if (got->length != PART || mb_differs(self->got, PART, got->tag) >= 0)
		return -EBADMSG;
	if (may_forward && got->tag % 5 == 0) {
		ret = forward(box, got->token, self->other);
		return ret ? ret : storm_serve(self, self->other, false);
	}
	if (got->tag % 7 == 0 &&
	    answer(box, got->token, mb_nowhere(), PART) != -EFAULT)
		return -ENOTSUP;
	mb_fill(self->answer, PART, got->tag + 1);
	return answer(box, got->token, self->answer, PART);
}

TEST_F_TIMEOUT(lend, interruptions_lose_nothing, 180)
{
	int i;

	ASSERT_EQ(0, mb_child_start(&self->child, storm_run, &self->lending));
	for (i = 0; i < CALLS; i++)
		ASSERT_EQ(0, storm_serve(self, self->box, true));
	EXPECT_EQ(0, mb_child_join(&self->child));
}

TEST_HARNESS_MAIN
