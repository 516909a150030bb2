// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls: a message whose sender waits for the reply, and ends exactly once.
 */
#include <pthread.h>
#include <sys/syscall.h>

#include "lib/test.h"
#include "lib/transfer.h"

/* A call of one number; the child's result is the reply's number, or -errno. */
struct caller {
	int fd;
	__u64 id;
	__u32 number;
	__u32 flags;
	__s64 deadline;
	bool resume;		/* after EINTR, issue the same again */
};

static struct mailbox_call call_of(const struct caller *caller, __u32 *number,
				   __u32 *reply)
{
	*number = caller->number;
	return (struct mailbox_call){
		.flags = caller->flags,
		.id = caller->id,
		.deadline = caller->deadline,
		.clock = caller->deadline ? MAILBOX_CLOCK_MONOTONIC : 0,
		.request = { .data = mb_ptr(number), .length = sizeof(*number) },
		.reply = { .data = mb_ptr(reply), .room = sizeof(*reply) },
	};
}

static int caller_run(void *argument)
{
	const struct caller *caller = argument;
	__u32 number, reply = 0;
	struct mailbox_call call = call_of(caller, &number, &reply);
	int ret;

	do {
		ret = mb_call(caller->fd, &call);
	} while (ret == -EINTR && caller->resume && call.pending);
	if (ret)
		return ret;
	return call.reply.length == sizeof(reply) && !call.pending ?
	       (int)reply : MB_NOT_A_NUMBER;
}

/* Receives a call: its token in @token; its number, or -errno. */
static int take(int fd, __u64 id, __u64 *token)
{
	__u32 number;
	struct mailbox_receive receive = {
		.id = id,
		.message = { .data = mb_ptr(&number), .room = sizeof(number) },
	};
	int ret = mb_receive(fd, &receive);

	*token = receive.message.token;
	if (ret)
		return ret;
	return (receive.message.info & MAILBOX_INFO_CALL) &&
	       receive.message.room == sizeof(number) ? (int)number :
							MB_NOT_A_NUMBER;
}

static int answer(int fd, __u64 id, __u64 token, __u32 number)
{
	struct mailbox_reply reply = {
		.id = id,
		.token = token,
		.message = { .data = mb_ptr(&number), .length = sizeof(number) },
	};

	return mb_reply(fd, &reply);
}

FIXTURE(call) {
	int client;
	int box;
	struct caller caller;
	struct mb_child child;
	struct mailbox_query before;
};

FIXTURE_VARIANT(call) {
	unsigned int capacity;
};

FIXTURE_VARIANT_ADD(call, rendezvous) { .capacity = 0 };
FIXTURE_VARIANT_ADD(call, bounded) { .capacity = 4 };

FIXTURE_SETUP(call)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, variant->capacity, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
	self->before = mb_query_now(self->client);
	self->caller = (struct caller){ .fd = self->box, .number = 7 };
}

/* Whatever the test did, nothing stays charged. */
FIXTURE_TEARDOWN(call)
{
	if (self->box >= 0) {
		EXPECT_EQ(0, mb_stat_of(self->box, messages));
		EXPECT_EQ(self->before.user_bytes,
			  mb_query_of(self->client, user_bytes));
		close(self->box);
	}
	EXPECT_EQ(0, mb_query_of(self->client, user_waiting));
	close(self->client);
}

#define START() ASSERT_EQ(0, mb_child_start(&self->child, caller_run, \
					    &self->caller))

TEST_F(call, is_answered)
{
	__u64 token;

	START();
	EXPECT_EQ(7, take(self->box, 0, &token));
	EXPECT_NE(0, token);
	EXPECT_FALSE(mb_child_done(&self->child));
	EXPECT_EQ(0, answer(self->box, 0, token, 8));
	EXPECT_EQ(8, mb_child_join(&self->child));
}

TEST_F(call, tokens_are_one_shot_and_checked)
{
	__u64 token;

	START();
	EXPECT_EQ(7, take(self->box, 0, &token));
	EXPECT_EQ(-ESTALE, answer(self->box, 0, token + 1, 8));
	EXPECT_EQ(-ESTALE, answer(self->box, 0, 0, 8));
	EXPECT_EQ(0, answer(self->box, 0, token, 8));
	EXPECT_EQ(-ESTALE, answer(self->box, 0, token, 9));
	EXPECT_EQ(8, mb_child_join(&self->child));
}

static int foreign_answer(void *argument)
{
	__u64 *token = argument;

	return answer(token[0], 0, token[1], 9);
}

TEST_F(call, no_other_process_can_answer)
{
	__u64 token[2] = { self->box };

	START();
	EXPECT_EQ(7, take(self->box, 0, &token[1]));
	EXPECT_EQ(-ESTALE, mb_child_run(foreign_answer, token));
	EXPECT_EQ(0, answer(self->box, 0, token[1], 8));
	EXPECT_EQ(8, mb_child_join(&self->child));
}

TEST_F(call, replies_out_of_order_reach_their_callers)
{
	struct mb_child children[3];
	__u64 tokens[3] = { 0 };

	for (int i = 0; i < 3; i++) {
		self->caller.number = i;
		ASSERT_EQ(0, mb_child_start(&children[i], caller_run,
					    &self->caller));
	}
	for (int i = 0; i < 3; i++) {
		__u64 token;
		int number = take(self->box, 0, &token);

		ASSERT_LE(0, number);
		ASSERT_GT(3, number);
		tokens[number] = token;
	}
	for (int i = 2; i >= 0; i--)
		EXPECT_EQ(0, answer(self->box, 0, tokens[i], 100 + i));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(100 + i, mb_child_join(&children[i]));
}

TEST_F(call, deadline_passes_before_anybody_receives)
{
	self->caller.flags = MAILBOX_DEADLINE;
	self->caller.deadline = mb_now_ns(CLOCK_MONOTONIC) + 20000000;
	EXPECT_EQ(-ETIMEDOUT, caller_run(&self->caller));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_stat_of(self->box, withdrawn));
}

TEST_F(call, late_reply_is_estale)
{
	__u64 token;

	self->caller.flags = MAILBOX_DEADLINE;
	self->caller.deadline = mb_now_ns(CLOCK_MONOTONIC) + 300000000;
	START();
	EXPECT_EQ(7, take(self->box, 0, &token));
	EXPECT_EQ(-ETIMEDOUT, mb_child_join(&self->child));
	EXPECT_EQ(-ESTALE, answer(self->box, 0, token, 8));
}

TEST_F(call, killed_caller_leaves_a_stale_token)
{
	__u64 token;

	START();
	EXPECT_EQ(7, take(self->box, 0, &token));
	mb_child_kill(&self->child);
	EXPECT_EQ(-ESTALE, answer(self->box, 0, token, 8));
}

static int take_and_die(void *argument)
{
	__u64 token;

	return take(*(int *)argument, 0, &token);
}

/* Dies when it is told, not before its caller has gone. */
struct condemned {
	int box;
	int go[2];
};

static int take_and_die_later(void *argument)
{
	struct condemned *condemned = argument;
	int ret = take_and_die(&condemned->box);
	char word;

	return read(condemned->go[0], &word, 1) == 1 ? ret : -EIO;
}

TEST_F(call, dead_server_is_epipe)
{
	struct mb_child server;

	START();
	ASSERT_EQ(0, mb_child_start(&server, take_and_die, &self->box));
	EXPECT_EQ(7, mb_child_join(&server));
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
}

/* The error waits for a caller who has yet to come back, as a reply would. */
TEST_F(call, dead_server_is_epipe_for_who_comes_back)
{
	__u32 number, reply = 0;
	struct mailbox_call call = call_of(&self->caller, &number, &reply);
	struct condemned condemned = { .box = self->box };
	struct mb_child server;
	__u64 pending;

	ASSERT_EQ(0, pipe(condemned.go));
	ASSERT_EQ(0, mb_child_start(&server, take_and_die_later, &condemned));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	call.flags = MAILBOX_NONBLOCK;
	ASSERT_EQ(-EAGAIN, mb_call(self->box, &call));
	pending = call.pending;
	ASSERT_NE(0, pending);
	ASSERT_EQ(1, write(condemned.go[1], "", 1));
	EXPECT_EQ(7, mb_child_join(&server));
	close(condemned.go[0]);
	close(condemned.go[1]);
	EXPECT_EQ(-EPIPE, mb_call(self->box, &call));
	EXPECT_EQ(0, call.pending);
	call.pending = pending;
	EXPECT_EQ(-ESTALE, mb_call(self->box, &call));
}

TEST_F(call, what_has_failed_can_be_cancelled)
{
	__u32 number, reply = 0;
	struct mailbox_call call = call_of(&self->caller, &number, &reply);
	struct condemned condemned = { .box = self->box };
	struct mb_child server;

	ASSERT_EQ(0, pipe(condemned.go));
	ASSERT_EQ(0, mb_child_start(&server, take_and_die_later, &condemned));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	call.flags = MAILBOX_NONBLOCK;
	ASSERT_EQ(-EAGAIN, mb_call(self->box, &call));
	ASSERT_EQ(1, write(condemned.go[1], "", 1));
	EXPECT_EQ(7, mb_child_join(&server));
	close(condemned.go[0]);
	close(condemned.go[1]);
	call.flags = MAILBOX_CALL_CANCEL;
	EXPECT_EQ(0, mb_call(self->box, &call));
	EXPECT_EQ(0, call.pending);
}

TEST_F(call, closing_the_handle_it_came_by_is_epipe)
{
	__u64 token;
	int other;

	/* First: the child would inherit the handle, and keep it open. */
	START();
	other = mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE);
	ASSERT_LE(0, other);
	EXPECT_EQ(7, take(other, 0, &token));
	close(other);
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
	EXPECT_EQ(-ESTALE, answer(self->box, 0, token, 8));
}

/* Receives a call, closes its descriptor, which others have too, and lives on. */
static int take_and_close(void *argument)
{
	int fd = *(int *)argument, again = dup(fd);
	__u64 token;
	int ret = take(fd, 0, &token);

	if (ret != 7)
		return -1;
	/* not the last of this process: nothing ends */
	close(fd);
	ret = answer(again, 0, token, 8);
	if (ret)
		return ret;
	ret = take(again, 0, &token);
	close(again);
	while (ret == 7)
		pause();
	return ret;
}

TEST_F(call, who_closes_its_last_descriptor_of_the_handle_cannot_answer)
{
	struct mb_child server;

	ASSERT_EQ(0, mb_child_start(&server, take_and_close, &self->box));
	START();
	EXPECT_EQ(8, mb_child_join(&self->child));
	START();
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
	mb_child_kill(&server);
}

/* Calls, comes back, and closes its descriptor, which others have too. */
static int call_and_close(void *argument)
{
	const struct caller *caller = argument;
	__u32 number, reply = 0;
	struct mailbox_call call = call_of(caller, &number, &reply);
	int ret = mb_call(caller->fd, &call);

	if (ret != -EAGAIN)
		return ret;
	close(caller->fd);
	pause();
	return 0;
}

TEST_F(call, who_closes_its_last_descriptor_of_the_handle_has_cancelled)
{
	__u64 token;

	if (!variant->capacity)
		SKIP(return, "a rendezvous needs a receiver who waits");
	self->caller.flags = MAILBOX_NONBLOCK;
	ASSERT_EQ(0, mb_child_start(&self->child, call_and_close,
				    &self->caller));
	ASSERT_EQ(0, mb_wait_in_syscall(self->child.pid, SYS_pause));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
	EXPECT_EQ(-EAGAIN, mb_get(self->box, 0, &token, sizeof(token),
				  MAILBOX_NONBLOCK));
	mb_child_kill(&self->child);
}

TEST_F(call, another_handle_of_the_process_can_answer)
{
	int other = mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE);
	__u64 token;

	ASSERT_LE(0, other);
	START();
	EXPECT_EQ(7, take(self->box, 0, &token));
	EXPECT_EQ(0, answer(other, 0, token, 8));
	EXPECT_EQ(8, mb_child_join(&self->child));
	close(other);
}

TEST_F(call, destroy_is_eidrm_for_queued_and_open_calls)
{
	struct mb_child other;
	__u64 token;

	START();
	EXPECT_EQ(7, take(self->box, 0, &token));
	ASSERT_EQ(0, mb_child_start(&other, caller_run, &self->caller));
	while (!mb_stat_of(self->box, messages) &&
	       !mb_stat_of(self->box, blocked_senders))
		mb_pause();
	EXPECT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
	EXPECT_EQ(-EIDRM, mb_child_join(&other));
	EXPECT_EQ(-EIDRM, answer(self->box, 0, token, 8));
	close(self->box);
	self->box = -1;
}

TEST_F(call, read_has_no_place_for_a_token)
{
	__u32 number;

	START();
	EXPECT_EQ(sizeof(number), read(self->box, &number, sizeof(number)));
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
}

static int read_run(void *argument)
{
	__u32 number;
	ssize_t ret = read(*(int *)argument, &number, sizeof(number));

	return ret == sizeof(number) ? (int)number : -errno;
}

TEST_F(call, who_waits_in_read_has_no_place_for_a_token)
{
	struct mb_child reader;

	ASSERT_EQ(0, mb_child_start(&reader, read_run, &self->box));
	while (mb_stat_of(self->box, waiting_receivers) != 1)
		mb_pause();
	START();
	EXPECT_EQ(7, mb_child_join(&reader));
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
}

#define LONGEST		2100

static int lengths_run(void *argument)
{
	char out[LONGEST], in[LONGEST];

	for (int length = 0; length <= LONGEST; length += 3) {
		struct mailbox_call call = {
			.request = { .data = mb_ptr(out), .length = length },
			.reply = { .data = mb_ptr(in), .room = sizeof(in) },
		};
		int ret;

		mb_fill(out, length, length);
		ret = mb_call(*(int *)argument, &call);
		if (ret)
			return ret;
		if ((int)call.reply.length != LONGEST - length ||
		    mb_differs(in, LONGEST - length, length + 1) >= 0)
			return 1 + length;
	}
	return 0;
}

/* Wherever the bytes of request and reply are kept. */
TEST_F(call, content_is_kept_at_every_length)
{
	char data[LONGEST];
	struct mailbox_reply_receive serve = {
		.reply = { .data = mb_ptr(data) },
	};

	ASSERT_EQ(0, mb_child_start(&self->child, lengths_run, &self->box));
	for (int length = 0; length <= LONGEST; length += 3) {
		serve.message = (struct mailbox_message){
			.data = mb_ptr(data), .room = sizeof(data),
		};
		ASSERT_EQ(0, mb_reply_receive(self->box, &serve));
		ASSERT_EQ(length, serve.message.length);
		ASSERT_EQ(-1, mb_differs(data, length, length));
		mb_fill(data, LONGEST - length, length + 1);
		serve.token = serve.message.token;
		serve.reply.length = LONGEST - length;
	}
	ASSERT_EQ(0, mb_reply(self->box, &(struct mailbox_reply){
		.token = serve.token, .message = serve.reply,
	}));
	EXPECT_EQ(0, mb_child_join(&self->child));
}

TEST_F(call, peek_gives_no_token)
{
	__u32 number = 0;
	struct mailbox_receive receive = {
		.flags = MAILBOX_RECEIVE_PEEK,
		.message = { .data = mb_ptr(&number), .room = sizeof(number) },
	};
	__u64 token;

	START();
	EXPECT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(7, number);
	EXPECT_EQ(0, receive.message.token);
	EXPECT_EQ(0, receive.message.info & MAILBOX_INFO_CALL);
	EXPECT_EQ(7, take(self->box, 0, &token));
	EXPECT_EQ(0, answer(self->box, 0, token, 8));
	EXPECT_EQ(8, mb_child_join(&self->child));
}

TEST_F(call, too_long_a_reply_leaves_the_token)
{
	char text[300] = "";
	struct mailbox_reply reply = {
		.message = { .data = mb_ptr(text), .length = sizeof(text) },
	};

	START();
	EXPECT_EQ(7, take(self->box, 0, (__u64 *)&reply.token));
	EXPECT_EQ(-EMSGSIZE, mb_reply(self->box, &reply));
	reply.message.data = 0;
	reply.message.length = 4;
	EXPECT_EQ(-EFAULT, mb_reply(self->box, &reply));
	EXPECT_EQ(0, answer(self->box, 0, reply.token, 8));
	EXPECT_EQ(8, mb_child_join(&self->child));
}

TEST_F(call, stop_and_continue_do_not_end_it)
{
	__u64 token;

	START();
	EXPECT_EQ(7, take(self->box, 0, &token));
	ASSERT_EQ(0, mb_wait_in_syscall(self->child.pid, SYS_ioctl));
	for (int i = 0; i < 3; i++) {
		int status;

		kill(self->child.pid, SIGSTOP);
		EXPECT_EQ(self->child.pid,
			  waitpid(self->child.pid, &status, WUNTRACED));
		kill(self->child.pid, SIGCONT);
	}
	EXPECT_FALSE(mb_child_done(&self->child));
	EXPECT_EQ(0, answer(self->box, 0, token, 8));
	EXPECT_EQ(8, mb_child_join(&self->child));
}

static void nothing(int signal)
{
}

static int interrupted_run(void *argument)
{
	struct sigaction action = { .sa_handler = nothing };

	sigaction(SIGUSR1, &action, NULL);
	return caller_run(argument);
}

TEST_F(call, eintr_leaves_it_to_be_resumed)
{
	__u64 token;

	self->caller.resume = true;
	ASSERT_EQ(0, mb_child_start(&self->child, interrupted_run,
				    &self->caller));
	EXPECT_EQ(7, take(self->box, 0, &token));
	ASSERT_EQ(0, mb_wait_in_syscall(self->child.pid, SYS_ioctl));
	kill(self->child.pid, SIGUSR1);
	ASSERT_EQ(0, mb_wait_in_syscall(self->child.pid, SYS_ioctl));
	EXPECT_EQ(0, answer(self->box, 0, token, 8));
	EXPECT_EQ(8, mb_child_join(&self->child));
}

TEST_F(call, eintr_ends_the_wait_of_who_does_not_resume)
{
	__u64 token;

	ASSERT_EQ(0, mb_child_start(&self->child, interrupted_run,
				    &self->caller));
	EXPECT_EQ(7, take(self->box, 0, &token));
	ASSERT_EQ(0, mb_wait_in_syscall(self->child.pid, SYS_ioctl));
	kill(self->child.pid, SIGUSR1);
	EXPECT_EQ(-EINTR, mb_child_join(&self->child));
	/* The process is gone, and the call with it. */
	EXPECT_EQ(-ESTALE, answer(self->box, 0, token, 8));
}

/* NONBLOCK: a call in two halves, from one process that is also the server. */
TEST_F(call, nonblock_starts_and_collects)
{
	__u32 number, reply = 0;
	__u64 token;
	struct mailbox_call call;

	if (!variant->capacity)
		SKIP(return, "a rendezvous needs another process");
	self->caller.flags = MAILBOX_NONBLOCK;
	call = call_of(&self->caller, &number, &reply);
	ASSERT_EQ(-EAGAIN, mb_call(self->box, &call));
	ASSERT_NE(0, call.pending);
	EXPECT_EQ(-EAGAIN, mb_call(self->box, &call));
	EXPECT_EQ(7, take(self->box, 0, &token));
	EXPECT_EQ(-EAGAIN, mb_call(self->box, &call));
	EXPECT_EQ(0, answer(self->box, 0, token, 8));

	/* A reply that cannot be taken stays. */
	call.reply.data = 0;
	EXPECT_EQ(-EFAULT, mb_call(self->box, &call));
	call.reply.data = mb_ptr(&reply);
	call.reply.room = 1;
	EXPECT_EQ(-EMSGSIZE, mb_call(self->box, &call));
	EXPECT_EQ(sizeof(reply), call.reply.length);
	call.reply.room = sizeof(reply);
	EXPECT_EQ(0, mb_call(self->box, &call));
	EXPECT_EQ(8, reply);
	EXPECT_EQ(getpid(), call.reply.pid);
	EXPECT_EQ(0, call.pending);
}

TEST_F(call, nonblock_without_room_or_receiver_is_eagain)
{
	__u32 number, reply;
	struct mailbox_call call;

	for (unsigned int i = 0; i < variant->capacity; i++)
		ASSERT_EQ(0, mb_put_number(self->box, i, 0, 0));
	self->caller.flags = MAILBOX_NONBLOCK;
	call = call_of(&self->caller, &number, &reply);
	EXPECT_EQ(-EAGAIN, mb_call(self->box, &call));
	EXPECT_EQ(0, call.pending);
	for (unsigned int i = 0; i < variant->capacity; i++)
		EXPECT_EQ(i, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(call, cancel_makes_the_token_stale)
{
	__u32 number, reply;
	__u64 token, pending;
	struct mailbox_call call;

	if (!variant->capacity)
		SKIP(return, "a rendezvous needs another process");
	self->caller.flags = MAILBOX_NONBLOCK;
	call = call_of(&self->caller, &number, &reply);
	ASSERT_EQ(-EAGAIN, mb_call(self->box, &call));
	EXPECT_EQ(7, take(self->box, 0, &token));
	pending = call.pending;
	call.flags = MAILBOX_CALL_CANCEL;
	EXPECT_EQ(0, mb_call(self->box, &call));
	EXPECT_EQ(0, call.pending);
	EXPECT_EQ(-ESTALE, answer(self->box, 0, token, 8));
	EXPECT_EQ(-EINVAL, mb_call(self->box, &call));
	call.pending = pending;
	EXPECT_EQ(-ESTALE, mb_call(self->box, &call));
	call.flags = 0;
	EXPECT_EQ(-ESTALE, mb_call(self->box, &call));
}

TEST_F(call, bad_arguments)
{
	__u32 number, reply;
	struct mailbox_call call = call_of(&self->caller, &number, &reply);
	struct mailbox_reply bad = { .message = { .priority = 1 } };
	int send_only = mb_narrow(self->box, MAILBOX_RIGHT_SEND);
	int receive_only = mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE);

	EXPECT_EQ(-EBADF, mb_call(receive_only, &call));
	EXPECT_EQ(-EBADF, answer(send_only, 0, 1, 1));
	EXPECT_EQ(-EINVAL, mb_reply(self->box, &bad));
	call.reserved = 1;
	EXPECT_EQ(-EINVAL, mb_call(self->box, &call));
	call.reserved = 0;
	call.request.priority = MAILBOX_PRIORITY_MAX + 1;
	EXPECT_EQ(-EINVAL, mb_call(self->box, &call));
	call.request.priority = 0;
	call.flags = 1U << 31;
	EXPECT_EQ(-EINVAL, mb_call(self->box, &call));
	call.flags = MAILBOX_CALL_CANCEL;
	EXPECT_EQ(-EINVAL, mb_call(self->box, &call));
	call.flags = 0;
	call.id = 5;
	EXPECT_EQ(-EINVAL, mb_call(self->box, &call));
	EXPECT_EQ(-ENOENT, mb_call(self->client, &call));
	call.id = 0;
	call.request.data = 0;
	EXPECT_EQ(-EFAULT, mb_call(self->box, &call));
	call.size = sizeof(call) - 1;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_CALL, &call));
	bad.size = sizeof(bad) - 1;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_REPLY, &bad));
	close(send_only);
	close(receive_only);
}

TEST_F(call, room_for_the_reply_is_charged)
{
	__u32 number, reply;
	struct mailbox_call call = call_of(&self->caller, &number, &reply);

	call.flags = MAILBOX_NONBLOCK;
	call.reply.room = 1U << 30;
	EXPECT_EQ(-EDQUOT, mb_call(self->box, &call));
	EXPECT_EQ(0, call.pending);
}

struct waiting {
	int fd;
	struct mailbox_call call;
	int result;
};

static void *waiting_run(void *argument)
{
	struct waiting *waiting = argument;

	/* EBUSY: the other one is just looking. */
	do {
		waiting->result = mb_call(waiting->fd, &waiting->call);
	} while (waiting->result == -EBUSY);
	return NULL;
}

TEST_F(call, only_one_thread_waits_for_it)
{
	__u32 number, reply;
	struct mailbox_call call = call_of(&self->caller, &number, &reply);
	struct waiting waiting = { .fd = self->box };
	pthread_t thread;
	__u64 token;
	int ret;

	if (!variant->capacity)
		SKIP(return, "a rendezvous needs another process");
	call.flags = MAILBOX_NONBLOCK;
	ASSERT_EQ(-EAGAIN, mb_call(self->box, &call));
	EXPECT_EQ(7, take(self->box, 0, &token));
	waiting.call = call;
	waiting.call.flags = 0;
	ASSERT_EQ(0, pthread_create(&thread, NULL, waiting_run, &waiting));
	while ((ret = mb_call(self->box, &call)) == -EAGAIN)
		mb_pause();
	EXPECT_EQ(-EBUSY, ret);
	EXPECT_EQ(0, answer(self->box, 0, token, 8));
	EXPECT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(0, waiting.result);
	EXPECT_EQ(8, reply);
}

TEST(call_by_id_ends_with_the_server_process)
{
	int client = mb_client();
	struct caller caller = { .fd = client, .number = 3 };
	struct mb_child child;
	__u64 token;

	ASSERT_EQ(0, mb_new_id(client, 1, &caller.id));
	ASSERT_EQ(0, mb_child_start(&child, caller_run, &caller));
	EXPECT_EQ(3, take(client, caller.id, &token));
	EXPECT_EQ(0, answer(client, caller.id, token, 4));
	EXPECT_EQ(4, mb_child_join(&child));

	ASSERT_EQ(0, mb_child_start(&child, caller_run, &caller));
	EXPECT_EQ(3, take(client, caller.id, &token));
	close(client);
	EXPECT_GT(0, mb_child_join(&child));
}

TEST(call_to_everybody_is_einval)
{
	int client = mb_client();
	int box = mb_make(client, (struct mailbox_create){
		.policy = MAILBOX_POLICY_ALL, .capacity = 1,
		.max_receivers = 2,
	});
	struct caller caller = { .fd = box };

	ASSERT_LE(0, box);
	EXPECT_EQ(-EINVAL, caller_run(&caller));
	close(box);
	close(client);
}

/*
 * Many: each caller's calls return exactly once, with its own number back or
 * with EPIPE from a server that was killed; servers and callers die at random.
 */
#define CALLERS	4
#define SERVERS	4
#define CALLS	400

static int serve(void *argument)
{
	__u32 number = 0;
	struct mailbox_reply_receive both = { 0 };
	int fd = *(int *)argument;

	for (;;) {
		int ret;

		both.message.data = mb_ptr(&number);
		both.message.room = sizeof(number);
		ret = mb_reply_receive(fd, &both);
		if (ret == -ESTALE)
			continue;
		if (ret)
			return ret;
		both.token = both.message.token;
		number = ~number;
		both.reply = (struct mailbox_message){
			.data = mb_ptr(&number), .length = sizeof(number),
		};
	}
}

struct many {
	int fd;
	__u32 from;
};

static int call_many(void *argument)
{
	const struct many *many = argument;
	int ok = 0;

	for (__u32 i = 0; i < CALLS; i++) {
		__u32 number, reply = 0;
		struct caller caller = {
			.fd = many->fd, .number = many->from + i,
		};
		struct mailbox_call call = call_of(&caller, &number, &reply);
		int ret = mb_call(many->fd, &call);

		if (ret && ret != -EPIPE)
			return ret;
		if (!ret && reply != ~(many->from + i))
			return MB_NOT_A_NUMBER;
		ok += !ret;
	}
	return ok;
}

TEST_F_TIMEOUT(call, each_returns_once_while_servers_are_killed, 180)
{
	struct mb_child servers[SERVERS], callers[CALLERS];
	struct many many[CALLERS];
	int ok;

	for (int i = 0; i < SERVERS; i++)
		ASSERT_EQ(0, mb_child_start(&servers[i], serve, &self->box));
	for (int i = 0; i < CALLERS; i++) {
		many[i] = (struct many){ self->box, i << 16 };
		ASSERT_EQ(0, mb_child_start(&callers[i], call_many, &many[i]));
	}
	for (int i = 0; i < 40; i++) {
		struct mb_child *victim = &servers[i % SERVERS];

		mb_pause();
		mb_child_kill(victim);
		ASSERT_EQ(0, mb_child_start(victim, serve, &self->box));
	}
	mb_child_kill(&callers[0]);
	for (int i = 1; i < CALLERS; i++) {
		ok = mb_child_join(&callers[i]);
		/* Each kill costs one call at the most. */
		EXPECT_LE(CALLS - 40, ok);
		EXPECT_GE(CALLS, ok);
	}
	for (int i = 0; i < SERVERS; i++)
		mb_child_kill(&servers[i]);
}

TEST_HARNESS_MAIN
