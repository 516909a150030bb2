// SPDX-License-Identifier: GPL-2.0-only
/*
 * What calls, replies and forwarding answer when they cannot be: an error each,
 * and nothing is lost by it.  (Fields that are wrong in themselves: abi.c.)
 */
#include "lib/test.h"
#include "lib/transfer.h"

#define OTHER	MB_USER_B

/* A call that does not wait: 0 or -errno, and how it is known in @pending. */
static int ask(int fd, __u64 id, __u32 flags, __u64 *pending)
{
	static __u32 number = 7, reply;
	struct mailbox_call call = {
		.flags = flags | MAILBOX_NONBLOCK,
		.id = id,
		.request = { .data = mb_ptr(&number), .length = sizeof(number) },
		.reply = { .data = mb_ptr(&reply), .room = sizeof(reply) },
	};
	int ret = mb_call(fd, &call);

	if (pending)
		*pending = call.pending;
	return ret;
}

/* The reply to it, waited for: the number, or -errno. */
static int collect(int fd, __u64 id, __u64 pending)
{
	__u32 reply = 0;
	struct mailbox_call call = {
		.id = id,
		.pending = pending,
		.reply = { .data = mb_ptr(&reply), .room = sizeof(reply) },
	};
	int ret = mb_call(fd, &call);

	return ret ? ret : (int)reply;
}

static int answer(int fd, __u64 id, __u64 token, const void *data, size_t length)
{
	struct mailbox_reply reply = {
		.id = id,
		.token = token,
		.message = { .data = mb_ptr(data), .length = length },
	};

	return mb_reply(fd, &reply);
}

/* Answers @token, 0 for none, and receives: 0 or -errno, the next token in it. */
static int answer_and_take(int fd, __u64 id, __u32 flags, __u64 *token)
{
	__u32 number, reply = 8;
	struct mailbox_reply_receive both = {
		.flags = flags | MAILBOX_NONBLOCK,
		.id = id,
		.token = *token,
		.reply = { .data = mb_ptr(&reply), .length = sizeof(reply) },
		.message = { .data = mb_ptr(&number), .room = sizeof(number) },
	};
	int ret = mb_reply_receive(fd, &both);

	*token = ret ? both.token : both.message.token;
	return ret;
}

static int forward_to(int fd, __u64 id, __u64 token, int to_fd, __u64 to,
		      __u32 flags)
{
	struct mailbox_forward forward = {
		.size = sizeof(forward),
		.flags = flags,
		.id = id,
		.token = token,
		.to_fd = to_fd,
		.to = to,
	};

	return mb_ioctl(fd, MAILBOX_IOC_FORWARD, &forward);
}

/* A mailbox, used by handle and by ID, and another to forward to. */
FIXTURE(callerrors) {
	int client;
	int box;
	int second;
	__u64 id;
	__u64 second_id;
	struct mailbox_query before;
	__u64 token;
	__u64 pending;
};

FIXTURE_SETUP(callerrors)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 4, MAILBOX_RIGHTS_ALL);
	self->second = mb_new(self->client, 4, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
	ASSERT_LE(0, self->second);
	self->id = mb_id(self->box);
	self->second_id = mb_id(self->second);
	self->before = mb_query_now(self->client);
}

FIXTURE_TEARDOWN(callerrors)
{
	EXPECT_EQ(self->before.user_bytes, mb_query_of(self->client, user_bytes));
	EXPECT_EQ(0, mb_query_of(self->client, user_waiting));
	close(self->box);
	close(self->second);
	close(self->client);
}

/* A call that has been received and not been answered. */
#define BEGIN(fd) do {							\
	ASSERT_EQ(-EAGAIN, ask(fd, 0, 0, &self->pending));		\
	self->token = 0;						\
	ASSERT_EQ(0, answer_and_take(fd, 0, 0, &self->token));		\
	ASSERT_NE(0, self->token);					\
} while (0)

/* Whatever was tried before, it is answered now. */
#define END(fd) do {							\
	__u32 eight = 8;						\
									\
	EXPECT_EQ(0, answer(fd, 0, self->token, &eight, 4));		\
	EXPECT_EQ(8, collect(fd, 0, self->pending));			\
} while (0)

/* As another user, by the client that he was given. */

struct attempt {
	int fd;
	__u64 id;
	__u64 token;
	int to_fd;
	__u64 to;
	__u32 flags;
};

static int try_call(void *argument)
{
	struct attempt *attempt = argument;

	return ask(attempt->fd, attempt->id, attempt->flags, NULL);
}

static int try_reply(void *argument)
{
	struct attempt *attempt = argument;

	return answer(attempt->fd, attempt->id, attempt->token, "", 0);
}

static int try_reply_receive(void *argument)
{
	struct attempt *attempt = argument;

	return answer_and_take(attempt->fd, attempt->id, attempt->flags,
			       &attempt->token);
}

static int try_forward(void *argument)
{
	struct attempt *attempt = argument;

	return forward_to(attempt->fd, attempt->id, attempt->token,
			  attempt->to_fd, attempt->to, attempt->flags);
}

TEST_F(callerrors, eacces_by_id)
{
	struct attempt attempt = {
		.fd = self->client, .id = self->id,
		.to_fd = self->second,
	};

	mb_need_root();
	BEGIN(self->box);
	attempt.token = self->token;
	EXPECT_EQ(-EACCES, mb_as_uid(OTHER, try_call, &attempt));
	EXPECT_EQ(-EACCES, mb_as_uid(OTHER, try_reply, &attempt));
	EXPECT_EQ(-EACCES, mb_as_uid(OTHER, try_reply_receive, &attempt));
	EXPECT_EQ(-EACCES, mb_as_uid(OTHER, try_forward, &attempt));
	END(self->box);
}

TEST_F(callerrors, bits_are_those_of_the_direction)
{
	struct attempt attempt = { .fd = self->client, .id = self->id };

	mb_need_root();
	ASSERT_EQ(0, mb_set_mode(self->box, 0, 0604));
	EXPECT_EQ(-EACCES, mb_as_uid(OTHER, try_call, &attempt));
	EXPECT_EQ(-EAGAIN, mb_as_uid(OTHER, try_reply_receive, &attempt));
	EXPECT_EQ(-ESTALE, mb_as_uid(OTHER, try_reply, &attempt));
	ASSERT_EQ(0, mb_set_mode(self->box, 0, 0602));
	EXPECT_EQ(-EACCES, mb_as_uid(OTHER, try_reply_receive, &attempt));
	EXPECT_EQ(-EACCES, mb_as_uid(OTHER, try_reply, &attempt));
	/* it ended with its process */
	EXPECT_EQ(-EAGAIN, mb_as_uid(OTHER, try_call, &attempt));
	EXPECT_EQ(0, mb_until(!mb_stat_of(self->box, messages)));
}

/* The token is the caller's own: only the way on is closed. */
struct forwarder {
	struct attempt attempt;
	int client;
	__u64 pending;
};

static int forward_as_other(void *argument)
{
	struct forwarder *forwarder = argument;
	struct attempt *attempt = &forwarder->attempt;
	__u32 eight = 8;
	int ret;

	attempt->token = 0;
	ret = answer_and_take(attempt->fd, 0, 0, &attempt->token);
	if (ret)
		return ret;
	ret = try_forward(attempt);
	if (answer(attempt->fd, 0, attempt->token, &eight, sizeof(eight)))
		return MB_NOT_A_NUMBER;
	return ret;
}

TEST_F(callerrors, forward_by_id_is_eacces)
{
	struct forwarder forwarder = {
		.attempt = {
			.fd = self->box, .to_fd = self->client,
			.to = self->second_id,
		},
	};

	mb_need_root();
	ASSERT_EQ(-EAGAIN, ask(self->box, 0, 0, &self->pending));
	EXPECT_EQ(-EACCES, mb_as_uid(OTHER, forward_as_other, &forwarder));
	EXPECT_EQ(8, collect(self->box, 0, self->pending));
}

TEST_F(callerrors, forward_to_anothers_process_is_eperm)
{
	struct forwarder forwarder = {
		.attempt = {
			.fd = self->box, .to_fd = self->client,
			.to = getpid(), .flags = MAILBOX_TO_PROCESS,
		},
	};

	mb_need_root();
	ASSERT_EQ(-EAGAIN, ask(self->box, 0, 0, &self->pending));
	EXPECT_EQ(-EPERM, mb_as_uid(OTHER, forward_as_other, &forwarder));
	EXPECT_EQ(8, collect(self->box, 0, self->pending));
}

TEST_F(callerrors, calling_anothers_process_is_eperm)
{
	struct attempt attempt = {
		.fd = self->client, .id = getpid(), .flags = MAILBOX_TO_PROCESS,
	};

	mb_need_root();
	EXPECT_EQ(-EPERM, mb_as_uid(OTHER, try_call, &attempt));
}

TEST_F(callerrors, calling_who_is_not_there)
{
	EXPECT_EQ(-ENOENT, ask(self->client, MB_ID_UNUSED, 0, NULL));
	EXPECT_EQ(-ESRCH, ask(self->client, (1U << 31) - 1, MAILBOX_TO_PROCESS,
			      NULL));
	EXPECT_EQ(-ENOENT, answer(self->client, MB_ID_UNUSED, 1, "", 0));
	self->token = 0;
	EXPECT_EQ(-ENOENT, answer_and_take(self->client, MB_ID_UNUSED, 0,
					   &self->token));
	EXPECT_EQ(-ENOENT, forward_to(self->client, MB_ID_UNUSED, 1,
				      self->second, 0, 0));
}

static int in_a_child(void *argument)
{
	struct attempt *attempt = argument;
	int call = ask(attempt->fd, MAILBOX_ID_SELF, 0, NULL);
	int reply = answer(attempt->fd, MAILBOX_ID_SELF, 1, "", 0);
	int both = answer_and_take(attempt->fd, MAILBOX_ID_SELF, 0,
				   &attempt->token);
	int forward = forward_to(attempt->fd, MAILBOX_ID_SELF, 1,
				 attempt->to_fd, 0, 0);

	return call == reply && reply == both && both == forward ?
	       call : MB_NOT_A_NUMBER;
}

TEST_F(callerrors, an_inherited_seat_is_eownerdead)
{
	struct attempt attempt = { .fd = self->client, .to_fd = self->second };

	EXPECT_EQ(-EOWNERDEAD, mb_child_run(in_a_child, &attempt));
}

/* Claims */

TEST_F(callerrors, an_exclusive_mailbox_is_ebusy_to_other_servers)
{
	int box = mb_make(self->client, (struct mailbox_create){
		.policy = MAILBOX_POLICY_EXCLUSIVE, .capacity = 4,
	});
	struct attempt attempt = { .fd = box };

	ASSERT_LE(0, box);
	BEGIN(box);
	EXPECT_EQ(-EBUSY, mb_child_run(try_reply_receive, &attempt));
	/* to call needs no place */
	EXPECT_EQ(-EAGAIN, mb_child_run(try_call, &attempt));
	END(box);
	close(box);
}

TEST_F(callerrors, a_pair_is_eusers_to_a_third)
{
	int pair = mb_make(self->client, (struct mailbox_create){
		.policy = MAILBOX_POLICY_PAIR, .capacity = 4,
	});
	struct attempt attempt = { .fd = pair };
	struct forwarder forwarder = {
		.attempt = { .fd = self->box, .to_fd = pair },
	};
	struct mb_child partner;

	ASSERT_LE(0, pair);
	BEGIN(pair);
	ASSERT_EQ(0, mb_get_start(&partner, pair, 0, NULL, 0, 0));
	ASSERT_EQ(0, mb_wait_receivers(pair, 0, 1));
	EXPECT_EQ(-EUSERS, mb_child_run(try_call, &attempt));
	EXPECT_EQ(-EUSERS, mb_child_run(try_reply_receive, &attempt));
	ASSERT_EQ(-EAGAIN, ask(self->box, 0, 0, &forwarder.pending));
	EXPECT_EQ(-EUSERS, mb_child_run(forward_as_other, &forwarder));
	EXPECT_EQ(8, collect(self->box, 0, forwarder.pending));
	END(pair);
	mb_child_kill(&partner);
	close(pair);
}

/* Ends */

TEST_F(callerrors, destroyed_is_eidrm)
{
	BEGIN(self->box);
	ASSERT_EQ(0, mb_destroy(self->second, 0));
	EXPECT_EQ(-EIDRM, ask(self->second, 0, 0, NULL));
	EXPECT_EQ(-EIDRM, answer(self->second, 0, 1, "", 0));
	EXPECT_EQ(-EIDRM, forward_to(self->second, 0, 1, self->box, 0, 0));
	EXPECT_EQ(-EIDRM, forward_to(self->box, 0, self->token, self->second, 0,
				     0));
	END(self->box);
	self->token = 0;
	EXPECT_EQ(-EIDRM, answer_and_take(self->second, 0, 0, &self->token));
}

TEST_F(callerrors, without_receivers_it_is_epipe)
{
	int box = mb_new(self->client, 4, MAILBOX_RIGHTS_ALL);
	int sender = mb_narrow(box, MAILBOX_RIGHT_SEND);

	ASSERT_LE(0, sender);
	close(box);
	EXPECT_EQ(-EPIPE, ask(sender, 0, 0, NULL));
	BEGIN(self->second);
	EXPECT_EQ(-EPIPE, forward_to(self->second, 0, self->token, sender, 0, 0));
	END(self->second);
	close(sender);
}

/* Lengths and pointers */

TEST_F(callerrors, too_long_a_request_is_emsgsize)
{
	__u32 longest = mb_stat_of(self->box, max_message);
	char *data = mb_fresh(longest + 1);
	struct mailbox_call call = {
		.flags = MAILBOX_NONBLOCK,
		.request = { .data = mb_ptr(data), .length = longest + 1 },
	};

	ASSERT_NE(NULL, data);
	EXPECT_EQ(-EMSGSIZE, mb_call(self->box, &call));
	EXPECT_EQ(0, call.pending);
}

TEST_F(callerrors, a_reply_is_read_before_it_ends_the_call)
{
	BEGIN(self->box);
	EXPECT_EQ(-EFAULT, answer(self->box, 0, self->token, mb_nowhere(), 4));
	EXPECT_EQ(-EMSGSIZE, answer(self->box, 0, self->token, "12345", 5));
	END(self->box);
}

TEST_F(callerrors, a_reply_that_cannot_be_copied_out_stays)
{
	__u32 eight = 8;
	struct mailbox_call call = {
		.reply = { .data = mb_ptr(mb_nowhere()), .room = 4 },
	};

	BEGIN(self->box);
	EXPECT_EQ(0, answer(self->box, 0, self->token, &eight, sizeof(eight)));
	call.pending = self->pending;
	EXPECT_EQ(-EFAULT, mb_call(self->box, &call));
	EXPECT_EQ(self->pending, call.pending);
	EXPECT_EQ(8, collect(self->box, 0, self->pending));
}

TEST_F(callerrors, a_reply_with_a_priority_or_room_is_einval)
{
	struct mailbox_reply reply = { .message = { .priority = 1 } };

	BEGIN(self->box);
	reply.token = self->token;
	EXPECT_EQ(-EINVAL, mb_reply(self->box, &reply));
	reply.message = (struct mailbox_message){ .room = 1 };
	EXPECT_EQ(-EINVAL, mb_reply(self->box, &reply));
	END(self->box);
}

/* Both halves: what the first has done is not done again. */

TEST_F(callerrors, the_reply_is_sent_though_nothing_is_received)
{
	BEGIN(self->box);
	EXPECT_EQ(-EAGAIN, answer_and_take(self->box, 0, 0, &self->token));
	EXPECT_EQ(0, self->token);
	EXPECT_EQ(8, collect(self->box, 0, self->pending));
}

TEST_F(callerrors, the_reply_is_sent_though_the_next_is_too_long)
{
	__u64 pending, token;

	BEGIN(self->box);
	ASSERT_EQ(0, mb_put(self->box, 0, "12345", 5, 0));
	EXPECT_EQ(-EMSGSIZE, answer_and_take(self->box, 0, 0, &self->token));
	EXPECT_EQ(0, self->token);
	EXPECT_EQ(8, collect(self->box, 0, self->pending));
	ASSERT_EQ(0, mb_drain_one(self->box, 0));
	/* and the next is one like any other */
	token = 0;
	ASSERT_EQ(-EAGAIN, ask(self->box, 0, 0, &pending));
	EXPECT_EQ(0, answer_and_take(self->box, 0, 0, &token));
	EXPECT_EQ(-EAGAIN, answer_and_take(self->box, 0, 0, &token));
	EXPECT_EQ(8, collect(self->box, 0, pending));
}

TEST_F(callerrors, the_reply_is_sent_though_time_is_over)
{
	__u32 number, eight = 8;
	struct mailbox_reply_receive both = {
		.flags = MAILBOX_DEADLINE,
		.clock = MAILBOX_CLOCK_MONOTONIC,
		.deadline = 1,
		.reply = { .data = mb_ptr(&eight), .length = sizeof(eight) },
		.message = { .data = mb_ptr(&number), .room = sizeof(number) },
	};

	BEGIN(self->box);
	both.token = self->token;
	EXPECT_EQ(-ETIMEDOUT, mb_reply_receive(self->box, &both));
	EXPECT_EQ(0, both.token);
	EXPECT_EQ(8, collect(self->box, 0, self->pending));
}

TEST_F(callerrors, a_caller_who_has_gone_is_estale_and_nothing_is_received)
{
	struct mailbox_call cancel = { .flags = MAILBOX_CALL_CANCEL };

	BEGIN(self->box);
	cancel.pending = self->pending;
	ASSERT_EQ(0, mb_call(self->box, &cancel));
	ASSERT_EQ(0, mb_put_number(self->box, 5, 0, 0));
	EXPECT_EQ(-ESTALE, answer_and_take(self->box, 0, 0, &self->token));
	EXPECT_EQ(0, self->token);
	EXPECT_EQ(5, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

/* Limits */

static int call_and_wait(void *argument)
{
	struct attempt *attempt = argument;
	__u32 number = 7, reply = 0;
	struct mailbox_call call = {
		.request = { .data = mb_ptr(&number), .length = sizeof(number) },
		.reply = { .data = mb_ptr(&reply), .room = sizeof(reply) },
	};
	int ret = mb_call(attempt->fd, &call);

	return ret ? ret : (int)reply;
}

TEST_F(callerrors, too_many_waiting_calls_are_edquot)
{
	const struct mb_user other = { .uid = OTHER, .gid = OTHER };
	struct attempt attempt = { .fd = self->box };
	long long before = mb_parameter("user_waiting");
	struct mb_child child;
	__u32 eight = 8;

	mb_need_root();
	ASSERT_LT(0, before);
	ASSERT_EQ(0, mb_parameter_set("user_waiting", 1));
	EXPECT_EQ(0, mb_as_start(&child, &other, call_and_wait, &attempt));
	EXPECT_EQ(0, mb_wait_messages(self->box, 0, 1));
	EXPECT_EQ(-EDQUOT, mb_as(&other, call_and_wait, &attempt));
	/* who does not wait is not counted */
	EXPECT_EQ(-EAGAIN, mb_as(&other, try_call, &attempt));
	ASSERT_EQ(0, mb_parameter_set("user_waiting", before));
	self->token = 0;
	EXPECT_EQ(0, answer_and_take(self->box, 0, 0, &self->token));
	EXPECT_EQ(0, answer(self->box, 0, self->token, &eight, sizeof(eight)));
	EXPECT_EQ(8, mb_child_join(&child));
	EXPECT_EQ(0, mb_until(!mb_stat_of(self->box, messages)));
}

TEST_HARNESS_MAIN
