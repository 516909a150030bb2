// SPDX-License-Identifier: GPL-2.0-only
/*
 * FORWARD: who has received a call hands it to another receiver.
 */
#include <signal.h>

#include "lib/test.h"
#include "lib/transfer.h"

#define LONG	10000		/* bytes: more than one piece in the kernel */

static int forward_full(int fd, struct mailbox_forward forward)
{
	forward.size = sizeof(forward);
	return mb_ioctl(fd, MAILBOX_IOC_FORWARD, &forward);
}

static int forward(int fd, __u64 token, int to)
{
	return forward_full(fd, (struct mailbox_forward){
		.token = token, .to_fd = to,
	});
}

/* Receives a call's number; its token and more in @message. */
static int take(int fd, struct mailbox_message *message)
{
	__u32 number;
	struct mailbox_receive receive = {
		.message = { .data = mb_ptr(&number), .room = sizeof(number) },
	};
	int ret = mb_receive(fd, &receive);

	*message = receive.message;
	return ret ? ret : (int)number;
}

static int answer(int fd, __u64 token, __u32 number)
{
	struct mailbox_reply reply = {
		.token = token,
		.message = {
			.data = mb_ptr(&number), .length = sizeof(number),
			.tag = 99,
		},
	};

	return mb_reply(fd, &reply);
}

struct caller {
	int fd;
	__u32 number;
	__s64 deadline;
	pid_t server;		/* who should have answered, or 0 */
};

static int caller_run(void *argument)
{
	const struct caller *caller = argument;
	__u32 number = caller->number, reply = 0;
	struct mailbox_call call = {
		.flags = caller->deadline ? MAILBOX_DEADLINE : 0,
		.deadline = caller->deadline,
		.clock = caller->deadline ? MAILBOX_CLOCK_MONOTONIC : 0,
		.request = {
			.data = mb_ptr(&number), .length = sizeof(number),
			.tag = 55, .priority = 3,
		},
		.reply = { .data = mb_ptr(&reply), .room = sizeof(reply) },
	};
	int ret = mb_call(caller->fd, &call);

	if (ret)
		return ret;
	if (call.reply.tag != 99 || call.pending)
		return 1;
	if (caller->server && call.reply.pid != (__u32)caller->server)
		return 2;
	return reply;
}

static int take_and_die(void *argument)
{
	struct mailbox_message message;

	return take(*(int *)argument, &message) < 0;
}

FIXTURE(forward) {
	int client;
	int first;
	int second;
	__u64 bytes;
	struct caller caller;
	struct mb_child child;
	struct mailbox_message message;
};

FIXTURE_VARIANT(forward) {
	__u32 capacity;
};

FIXTURE_VARIANT_ADD(forward, bounded) {
	.capacity = 4,
};

FIXTURE_VARIANT_ADD(forward, rendezvous) {
	.capacity = 0,
};

FIXTURE_SETUP(forward)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->first = mb_new(self->client, variant->capacity,
			     MAILBOX_RIGHTS_ALL);
	self->second = mb_new(self->client, variant->capacity,
			      MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->first);
	ASSERT_LE(0, self->second);
	self->bytes = mb_query_of(self->client, user_bytes);
	self->caller = (struct caller){ .fd = self->first, .number = 7 };
}

FIXTURE_TEARDOWN(forward)
{
	/* nothing is left of any call */
	EXPECT_EQ(0, mb_until(mb_query_of(self->client, user_bytes) <=
			      self->bytes));
	EXPECT_EQ(0, mb_query_of(self->client, user_waiting));
	close(self->first);
	close(self->second);
	close(self->client);
}

/* The child calls, and we forward its call. */
#define CALL_AND_FORWARD() do {						\
	ASSERT_EQ(0, mb_child_start(&self->child, caller_run,		\
				    &self->caller));			\
	ASSERT_EQ(7, take(self->first, &self->message));		\
	ASSERT_EQ(0, forward(self->first, self->message.token,		\
			     self->second));				\
} while (0)

TEST_F(forward, another_receiver_answers)
{
	__u64 token;

	self->caller.server = getpid();
	CALL_AND_FORWARD();
	token = self->message.token;
	EXPECT_EQ(7, take(self->second, &self->message));
	EXPECT_EQ(MAILBOX_INFO_CALL | MAILBOX_INFO_FORWARDED,
		  self->message.info);
	EXPECT_EQ(self->child.pid, self->message.pid);
	EXPECT_EQ(55, self->message.tag);
	EXPECT_EQ(3, self->message.priority);
	EXPECT_EQ(sizeof(__u32), self->message.room);
	/* the first token is of no use any more */
	EXPECT_EQ(-ESTALE, answer(self->first, token, 1));
	EXPECT_EQ(-ESTALE, forward(self->first, token, self->second));
	EXPECT_EQ(0, answer(self->second, self->message.token, 8));
	EXPECT_EQ(8, mb_child_join(&self->child));
	EXPECT_EQ(-ESTALE, answer(self->second, self->message.token, 8));
}

static int server_run(void *argument)
{
	struct mailbox_message message;
	int number = take(*(int *)argument, &message);

	return number < 0 ? number :
	       answer(*(int *)argument, message.token, number + 1);
}

TEST_F(forward, to_another_process)
{
	struct mb_child server;

	ASSERT_EQ(0, mb_child_start(&server, server_run, &self->second));
	self->caller.server = server.pid;
	CALL_AND_FORWARD();
	EXPECT_EQ(8, mb_child_join(&self->child));
	EXPECT_EQ(0, mb_child_join(&server));
}

TEST_F(forward, and_on_and_on)
{
	int boxes[2] = { self->first, self->second };

	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &self->caller));
	for (int i = 0; i < 50; i++) {
		ASSERT_EQ(7, take(boxes[i & 1], &self->message));
		ASSERT_EQ(0, forward(boxes[i & 1], self->message.token,
				     boxes[~i & 1]));
	}
	ASSERT_EQ(7, take(boxes[0], &self->message));
	EXPECT_EQ(0, answer(boxes[0], self->message.token, 9));
	EXPECT_EQ(9, mb_child_join(&self->child));
}

TEST_F(forward, a_chain_ends_with_its_caller)
{
	int boxes[2] = { self->first, self->second };
	struct mailbox_message message;

	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &self->caller));
	for (int i = 0; i < 50; i++) {
		ASSERT_EQ(7, take(boxes[i & 1], &self->message));
		ASSERT_EQ(0, forward(boxes[i & 1], self->message.token,
				     boxes[~i & 1]));
	}
	ASSERT_EQ(7, take(boxes[0], &message));
	mb_child_kill(&self->child);
	EXPECT_EQ(0, mb_until(answer(boxes[0], message.token, 9) == -ESTALE));
}

TEST_F(forward, to_the_same_mailbox)
{
	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &self->caller));
	ASSERT_EQ(7, take(self->first, &self->message));
	ASSERT_EQ(0, forward(self->first, self->message.token, -1));
	ASSERT_EQ(7, take(self->first, &self->message));
	EXPECT_EQ(0, answer(self->first, self->message.token, 9));
	EXPECT_EQ(9, mb_child_join(&self->child));
}

TEST_F(forward, by_id)
{
	struct mailbox_forward by_id = {
		.to = mb_id(self->second), .to_fd = self->client,
	};

	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &self->caller));
	ASSERT_EQ(7, take(self->first, &self->message));
	by_id.token = self->message.token;
	ASSERT_EQ(0, forward_full(self->first, by_id));
	ASSERT_EQ(7, take(self->second, &self->message));
	/* and back, with one descriptor for both */
	by_id.token = self->message.token;
	by_id.id = mb_id(self->second);
	by_id.to = mb_id(self->first);
	by_id.to_fd = -1;
	ASSERT_EQ(0, forward_full(self->client, by_id));
	ASSERT_EQ(7, take(self->first, &self->message));
	EXPECT_EQ(0, answer(self->first, self->message.token, 9));
	EXPECT_EQ(9, mb_child_join(&self->child));
}

TEST_F(forward, to_a_process)
{
	struct mailbox_receive receive = {
		.id = MAILBOX_ID_SELF,
		.message = { .room = 4 },
	};
	struct mailbox_reply reply = { .id = MAILBOX_ID_SELF };
	__u32 number = 12;

	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &self->caller));
	ASSERT_EQ(7, take(self->first, &self->message));
	ASSERT_EQ(0, forward_full(self->first, (struct mailbox_forward){
		.flags = MAILBOX_TO_PROCESS, .token = self->message.token,
		.to = getpid(), .to_fd = self->client }));
	receive.message.data = mb_ptr(&number);
	ASSERT_EQ(0, mb_receive(self->client, &receive));
	EXPECT_EQ(7, number);
	reply.token = receive.message.token;
	number = 13;
	reply.message = (struct mailbox_message){
		.data = mb_ptr(&number), .length = 4, .tag = 99,
	};
	EXPECT_EQ(0, mb_reply(self->client, &reply));
	EXPECT_EQ(13, mb_child_join(&self->child));
}

static int long_run(void *argument)
{
	char *request = malloc(LONG), *reply = malloc(2 * LONG);
	struct mailbox_call call = {
		.request = { .data = mb_ptr(request), .length = LONG },
		.reply = { .data = mb_ptr(reply), .room = 2 * LONG },
	};
	int ret;

	for (int i = 0; i < LONG; i++)
		request[i] = i * 7;
	ret = mb_call(*(int *)argument, &call);
	if (ret)
		return ret;
	if (call.reply.length != 2 * LONG)
		return 1;
	for (int i = 0; i < 2 * LONG; i++) {
		if (reply[i] != (char)(i * 11))
			return 2;
	}
	return 0;
}

TEST_F(forward, long_messages)
{
	char *buffer = malloc(2 * LONG);
	struct mailbox_receive receive = {
		.message = { .data = mb_ptr(buffer), .room = LONG },
	};
	struct mailbox_reply reply = {
		.message = { .data = mb_ptr(buffer), .length = 2 * LONG },
	};

	ASSERT_EQ(0, mb_child_start(&self->child, long_run, &self->first));
	ASSERT_EQ(0, mb_receive(self->first, &receive));
	memset(buffer, 0, LONG);
	ASSERT_EQ(0, forward(self->first, receive.message.token,
			     self->second));
	ASSERT_EQ(0, mb_receive(self->second, &receive));
	ASSERT_EQ(LONG, receive.message.length);
	for (int i = 0; i < LONG; i++)
		ASSERT_EQ((char)(i * 7), buffer[i]);
	for (int i = 0; i < 2 * LONG; i++)
		buffer[i] = i * 11;
	reply.token = receive.message.token;
	EXPECT_EQ(0, mb_reply(self->second, &reply));
	EXPECT_EQ(0, mb_child_join(&self->child));
	free(buffer);
}

TEST_F(forward, there_need_not_be_room)
{
	for (__u32 i = 0; i < variant->capacity; i++)
		ASSERT_EQ(0, mb_put_number(self->second, i, 9, 0));
	CALL_AND_FORWARD();
	EXPECT_EQ(1, mb_stat_of(self->second, blocked_senders));
	for (__u32 i = 0; i < variant->capacity; i++)
		EXPECT_EQ(i, mb_get_number(self->second, 0));
	ASSERT_EQ(7, take(self->second, &self->message));
	EXPECT_EQ(0, answer(self->second, self->message.token, 8));
	EXPECT_EQ(8, mb_child_join(&self->child));
}

/* Each end */

TEST_F(forward, the_caller_dies_before_it_is_received_again)
{
	CALL_AND_FORWARD();
	mb_child_kill(&self->child);
	EXPECT_EQ(0, mb_until(!mb_stat_of(self->second, messages) &&
			      !mb_stat_of(self->second, blocked_senders)));
}

TEST_F(forward, the_caller_dies_after_it_is_received_again)
{
	CALL_AND_FORWARD();
	ASSERT_EQ(7, take(self->second, &self->message));
	mb_child_kill(&self->child);
	EXPECT_EQ(0, mb_until(answer(self->second, self->message.token, 1) ==
			      -ESTALE));
}

TEST_F(forward, the_callers_deadline)
{
	self->caller.deadline = mb_now_ns(CLOCK_MONOTONIC) + 500000000;
	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &self->caller));
	if (take(self->first, &self->message) == 7 &&
	    !forward(self->first, self->message.token, self->second))
		EXPECT_EQ(7, take(self->second, &self->message));
	EXPECT_EQ(-ETIMEDOUT, mb_child_join(&self->child));
	EXPECT_EQ(-ESTALE, answer(self->second, self->message.token, 1));
}

static int forward_and_die(void *argument)
{
	const int *boxes = argument;
	struct mailbox_message message;

	return take(boxes[0], &message) < 0 ? 1 :
	       forward(boxes[0], message.token, boxes[1]);
}

TEST_F(forward, who_has_forwarded_it_may_die)
{
	int boxes[2] = { self->first, self->second };
	struct mb_child server;

	ASSERT_EQ(0, mb_child_start(&server, forward_and_die, boxes));
	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &self->caller));
	EXPECT_EQ(0, mb_child_join(&server));
	ASSERT_EQ(7, take(self->second, &self->message));
	EXPECT_EQ(0, answer(self->second, self->message.token, 8));
	EXPECT_EQ(8, mb_child_join(&self->child));
}

TEST_F(forward, the_second_server_dies)
{
	struct mb_child server;

	ASSERT_EQ(0, mb_child_start(&server, take_and_die, &self->second));
	CALL_AND_FORWARD();
	EXPECT_EQ(0, mb_child_join(&server));
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
}

TEST_F(forward, the_second_mailbox_is_destroyed)
{
	CALL_AND_FORWARD();
	EXPECT_EQ(0, mb_destroy(self->second, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
}

TEST_F(forward, the_first_mailbox_is_destroyed)
{
	CALL_AND_FORWARD();
	ASSERT_EQ(7, take(self->second, &self->message));
	EXPECT_EQ(0, mb_destroy(self->first, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
	EXPECT_EQ(-ESTALE, answer(self->second, self->message.token, 1));
}

TEST_F(forward, received_with_read_nobody_can_answer)
{
	__u32 number;

	CALL_AND_FORWARD();
	EXPECT_EQ(sizeof(number), read(self->second, &number, sizeof(number)));
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
}

TEST_F(forward, a_pending_call)
{
	__u32 number = 7, reply = 0;
	struct mailbox_call call = {
		.flags = MAILBOX_NONBLOCK,
		.request = { .data = mb_ptr(&number), .length = 4 },
		.reply = { .data = mb_ptr(&reply), .room = 4 },
	};

	if (!variant->capacity)
		SKIP(return, "a rendezvous needs another process");
	ASSERT_EQ(-EAGAIN, mb_call(self->first, &call));
	ASSERT_EQ(7, take(self->first, &self->message));
	ASSERT_EQ(0, forward(self->first, self->message.token, self->second));
	EXPECT_EQ(-EAGAIN, mb_call(self->first, &call));
	ASSERT_EQ(7, take(self->second, &self->message));
	EXPECT_EQ(0, answer(self->second, self->message.token, 8));
	EXPECT_EQ(0, mb_call(self->first, &call));
	EXPECT_EQ(8, reply);
}

TEST_F(forward, the_second_server_dies_before_the_caller_comes_back)
{
	__u32 number = 7, reply = 0;
	struct mailbox_call call = {
		.flags = MAILBOX_NONBLOCK,
		.request = { .data = mb_ptr(&number), .length = 4 },
		.reply = { .data = mb_ptr(&reply), .room = 4 },
	};
	struct mb_child server;

	if (!variant->capacity)
		SKIP(return, "a rendezvous needs another process");
	ASSERT_EQ(-EAGAIN, mb_call(self->first, &call));
	ASSERT_EQ(7, take(self->first, &self->message));
	ASSERT_EQ(0, forward(self->first, self->message.token, self->second));
	ASSERT_EQ(0, mb_child_start(&server, take_and_die, &self->second));
	EXPECT_EQ(0, mb_child_join(&server));
	EXPECT_EQ(-EPIPE, mb_call(self->first, &call));
	EXPECT_EQ(0, call.pending);
}

/* Its maker has a right to that call, but it is not the one he made. */
TEST_F(forward, its_maker_cannot_come_back_to_it_where_it_went)
{
	__u32 number = 7, reply = 0;
	struct mailbox_call call = {
		.flags = MAILBOX_NONBLOCK,
		.request = { .data = mb_ptr(&number), .length = 4 },
		.reply = { .data = mb_ptr(&reply), .room = 4 },
	};
	struct mailbox_call there = call;

	if (!variant->capacity)
		SKIP(return, "a rendezvous needs another process");
	ASSERT_EQ(-EAGAIN, mb_call(self->first, &call));
	ASSERT_EQ(7, take(self->first, &self->message));
	ASSERT_EQ(0, forward(self->first, self->message.token, self->second));
	ASSERT_EQ(7, take(self->second, &self->message));
	there.pending = self->message.token;
	EXPECT_EQ(-ESTALE, mb_call(self->second, &there));
	there.flags = MAILBOX_CALL_CANCEL;
	EXPECT_EQ(-ESTALE, mb_call(self->second, &there));
	EXPECT_EQ(0, answer(self->second, self->message.token, 8));
	EXPECT_EQ(0, mb_call(self->first, &call));
	EXPECT_EQ(8, reply);
}

/* A reply that cannot be read is none: the request is as it was. */
TEST_F(forward, after_a_reply_that_failed)
{
	struct mailbox_reply reply = {
		.message = { .data = mb_ptr(mb_nowhere()), .length = 2 },
	};

	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &self->caller));
	ASSERT_EQ(7, take(self->first, &self->message));
	reply.token = self->message.token;
	ASSERT_EQ(-EFAULT, mb_reply(self->first, &reply));
	ASSERT_EQ(0, forward(self->first, self->message.token, self->second));
	ASSERT_EQ(7, take(self->second, &self->message));
	EXPECT_EQ(4, self->message.length);
	EXPECT_EQ(0, answer(self->second, self->message.token, 8));
	EXPECT_EQ(8, mb_child_join(&self->child));
}

TEST_F(forward, long_messages_after_a_reply_that_failed)
{
	char *buffer = malloc(2 * LONG);
	/* the first piece can be read, and more, but not all */
	char *page = mb_fresh(3 * 4096);
	struct mailbox_receive receive = {
		.message = { .data = mb_ptr(buffer), .room = 2 * LONG },
	};
	struct mailbox_reply reply = {
		.message = { .data = mb_ptr(page), .length = 2 * LONG },
	};

	ASSERT_NE(NULL, page);
	ASSERT_EQ(0, munmap(page + 2 * 4096, 4096));
	ASSERT_EQ(0, mb_child_start(&self->child, long_run, &self->first));
	ASSERT_EQ(0, mb_receive(self->first, &receive));
	reply.token = receive.message.token;
	ASSERT_EQ(-EFAULT, mb_reply(self->first, &reply));
	memset(buffer, 0, 2 * LONG);
	ASSERT_EQ(0, forward(self->first, receive.message.token,
			     self->second));
	ASSERT_EQ(0, mb_receive(self->second, &receive));
	ASSERT_EQ(LONG, receive.message.length);
	for (int i = 0; i < LONG; i++)
		ASSERT_EQ((char)(i * 7), buffer[i]);
	for (int i = 0; i < 2 * LONG; i++)
		buffer[i] = i * 11;
	reply.token = receive.message.token;
	reply.message.data = mb_ptr(buffer);
	EXPECT_EQ(0, mb_reply(self->second, &reply));
	EXPECT_EQ(0, mb_child_join(&self->child));
	munmap(page, 2 * 4096);
	free(buffer);
}

TEST_F(forward, who_watched_it_need_not_care_any_more)
{
	struct mailbox_notify notify = {
		.size = sizeof(notify), .events = MAILBOX_EVENT_CANCELLED,
	};
	char buffer[64];

	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &self->caller));
	ASSERT_EQ(7, take(self->first, &self->message));
	notify.token = self->message.token;
	ASSERT_EQ(0, mb_ioctl(self->first, MAILBOX_IOC_NOTIFY, &notify));
	ASSERT_EQ(0, forward(self->first, self->message.token, self->second));
	mb_child_kill(&self->child);
	EXPECT_EQ(0, mb_until(!mb_stat_of(self->second, messages) &&
			      !mb_stat_of(self->second, blocked_senders)));
	EXPECT_EQ(-EAGAIN, mb_get(self->client, MAILBOX_ID_NOTIFY, buffer,
				  sizeof(buffer), MAILBOX_NONBLOCK));
}

/* What fails leaves the token as it was. */

TEST_F(forward, what_cannot_be)
{
	struct mailbox_create small = {
		.flags = MAILBOX_CREATE_MAX_MESSAGE, .capacity = 1,
		.max_message = 2,
	};
	struct mailbox_forward good, bad;
	int narrow, all, file;

	small.rights = MAILBOX_RIGHTS_ALL;
	ASSERT_EQ(0, mb_create(self->client, &small));
	all = mb_make(self->client, (struct mailbox_create){
		.policy = MAILBOX_POLICY_ALL, .capacity = 1, .max_receivers = 1,
	});
	narrow = mb_narrow(self->second, MAILBOX_RIGHT_RECEIVE);
	file = open("/dev/null", O_RDWR | O_CLOEXEC);
	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &self->caller));
	ASSERT_EQ(7, take(self->first, &self->message));
	good = (struct mailbox_forward){
		.token = self->message.token, .to_fd = self->second,
	};
#define EXPECT_REFUSED(error, change) do {				\
	bad = good;							\
	change;								\
	EXPECT_EQ(-error, forward_full(self->first, bad));		\
} while (0)
	EXPECT_REFUSED(EMSGSIZE, bad.to_fd = small.fd);
	EXPECT_REFUSED(EINVAL, bad.to_fd = all);
	EXPECT_REFUSED(EBADF, bad.to_fd = narrow);
	EXPECT_REFUSED(EBADF, bad.to_fd = file);
	EXPECT_REFUSED(EBADF, bad.to_fd = 1000);
	EXPECT_REFUSED(EINVAL, bad.to_fd = -2);
	EXPECT_REFUSED(EINVAL, bad.to = 5);
	EXPECT_REFUSED(EINVAL, bad.id = 5);
	EXPECT_REFUSED(EINVAL, bad.reserved = 1);
	EXPECT_REFUSED(EINVAL, bad.flags = 1);
	EXPECT_REFUSED(ENOENT, (bad.to_fd = self->client,
				bad.to = MB_ID_UNUSED));
	EXPECT_REFUSED(ESRCH, (bad.to_fd = self->client,
			       bad.to = (1U << 31) - 1,
			       bad.flags = MAILBOX_TO_PROCESS));
	EXPECT_REFUSED(ESTALE, bad.token++);
	EXPECT_EQ(0, mb_destroy(self->second, 0));
	EXPECT_REFUSED(EIDRM, bad = good);
	/* it is still ours to answer */
	EXPECT_EQ(0, answer(self->first, self->message.token, 8));
	EXPECT_EQ(8, mb_child_join(&self->child));
	close(small.fd);
	close(all);
	close(narrow);
	close(file);
#undef EXPECT_REFUSED
}

TEST_F(forward, quota_is_the_callers)
{
	long long before = mb_parameter("user_bytes");

	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &self->caller));
	ASSERT_EQ(7, take(self->first, &self->message));
	ASSERT_EQ(0, mb_parameter_set("user_bytes", 1));
	EXPECT_EQ(-EDQUOT, forward(self->first, self->message.token,
				   self->second));
	ASSERT_EQ(0, mb_parameter_set("user_bytes", before));
	EXPECT_EQ(0, forward(self->first, self->message.token, self->second));
	ASSERT_EQ(7, take(self->second, &self->message));
	EXPECT_EQ(0, answer(self->second, self->message.token, 8));
	EXPECT_EQ(8, mb_child_join(&self->child));
}

/* Callers, forwarders and servers at once, and all of them are killed. */

struct crowd {
	int first;
	int second;
	__u64 *wrong;
};

static int call_for_ever(void *argument)
{
	const struct crowd *crowd = argument;

	for (__u32 i = 1;; i++) {
		__u32 number = i, reply = 0;
		struct mailbox_call call = {
			.request = { .data = mb_ptr(&number), .length = 4 },
			.reply = { .data = mb_ptr(&reply), .room = 4 },
		};
		int ret = mb_call(crowd->first, &call);

		if (ret ? ret != -EPIPE : reply != number + 1)
			__atomic_fetch_add(crowd->wrong, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

static int forward_for_ever(void *argument)
{
	const struct crowd *crowd = argument;
	struct mailbox_message message;

	for (__u32 i = 0;; i++) {
		int number = take(crowd->first, &message);
		int ret;

		ret = i % 4 ? forward(crowd->first, message.token,
				      crowd->second) :
			      answer(crowd->first, message.token, number + 1);
		if (ret && ret != -ESTALE)
			__atomic_fetch_add(crowd->wrong, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

static int serve_for_ever(void *argument)
{
	const struct crowd *crowd = argument;
	struct mailbox_message message;

	for (__u32 i = 0;; i++) {
		int number = take(crowd->second, &message);
		int ret;

		ret = i % 5 ? answer(crowd->second, message.token, number + 1) :
			      forward(crowd->second, message.token,
				      crowd->first);
		if (ret && ret != -ESTALE)
			__atomic_fetch_add(crowd->wrong, 1, __ATOMIC_RELAXED);
	}
	return 0;
}

TEST_F(forward, a_crowd)
{
	static const mb_child_fn runs[] = {
		call_for_ever, call_for_ever, forward_for_ever,
		forward_for_ever, serve_for_ever, serve_for_ever,
	};
	struct mb_child children[ARRAY_SIZE(runs)];
	struct crowd crowd = {
		.first = self->first, .second = self->second,
		.wrong = mb_shared(sizeof(__u64)),
	};

	for (size_t i = 0; i < ARRAY_SIZE(runs); i++)
		ASSERT_EQ(0, mb_child_start(&children[i], runs[i], &crowd));
	for (int i = 0; i < 100; i++) {
		size_t one = i * 7 % ARRAY_SIZE(runs);

		for (int j = 0; j < i % 5; j++)
			mb_pause();
		mb_child_kill(&children[one]);
		ASSERT_EQ(0, mb_child_start(&children[one], runs[one],
					    &crowd));
	}
	for (size_t i = 0; i < ARRAY_SIZE(runs); i++)
		mb_child_kill(&children[i]);
	EXPECT_EQ(0, *crowd.wrong);
}

TEST_HARNESS_MAIN
