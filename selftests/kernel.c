// SPDX-License-Identifier: GPL-2.0-only
/*
 * KERNEL: commands as messages to the module.
 */
#include <signal.h>
#include <sys/time.h>

#include "lib/test.h"
#include "lib/transfer.h"

/* A command as a message: its header, and any structure. */
struct message {
	__u32 command;
	__s32 result;
	union {
		__u32 size;
		struct mailbox_query query;
		struct mailbox_create create;
		struct mailbox_target target;
		struct mailbox_send send;
		struct mailbox_receive receive;
		struct mailbox_call call;
		char bytes[512];
	};
};

#define HEADER	offsetof(struct message, size)

FIXTURE(kernel) {
	int client;
	struct message request;
	struct message reply;
	struct mailbox_call call;
};

FIXTURE_SETUP(kernel)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	memset(&self->request, 0, sizeof(self->request));
	memset(&self->reply, 0xee, sizeof(self->reply));
	self->call = (struct mailbox_call){
		.id = MAILBOX_ID_KERNEL,
		.request = { .data = mb_ptr(&self->request), .tag = 5 },
		.reply = {
			.data = mb_ptr(&self->reply),
			.room = sizeof(self->reply),
		},
	};
}

FIXTURE_TEARDOWN(kernel)
{
	close(self->client);
}

#define KERNEL(command_, member) ({					\
	self->request.command = MAILBOX_IOC_##command_;			\
	self->request.size = sizeof(self->request.member);		\
	self->call.request.length = HEADER + sizeof(self->request.member);\
	mb_call(self->client, &self->call);				\
})

TEST_F(kernel, query)
{
	struct mailbox_query query;

	ASSERT_EQ(0, KERNEL(QUERY, query));
	EXPECT_EQ(0, self->reply.result);
	EXPECT_EQ(MAILBOX_IOC_QUERY, self->reply.command);
	ASSERT_EQ(0, mb_query(self->client, &query));
	EXPECT_EQ(0, memcmp(&query, &self->reply.query, sizeof(query)));
	EXPECT_EQ(HEADER + sizeof(query), self->call.reply.length);
	EXPECT_EQ(5, self->call.reply.tag);
	EXPECT_EQ(0, self->call.reply.pid);
	EXPECT_EQ(0, self->call.pending);
	/* nothing behind it is touched */
	EXPECT_EQ((char)0xee, self->reply.bytes[sizeof(query)]);
}

TEST_F(kernel, create_installs_a_descriptor)
{
	self->request.create.capacity = 2;
	self->request.create.rights = MAILBOX_RIGHTS_ALL;
	ASSERT_EQ(0, KERNEL(CREATE, create));
	ASSERT_EQ(0, self->reply.result);
	EXPECT_EQ(0, mb_put_number(self->reply.create.fd, 4, 0, 0));
	EXPECT_EQ(4, mb_get_number(self->reply.create.fd, 0));
	EXPECT_EQ(self->reply.create.id, mb_id(self->reply.create.fd));
	close(self->reply.create.fd);
}

TEST_F(kernel, the_commands_error_is_in_the_reply)
{
	self->request.create.rights = 1U << 30;
	EXPECT_EQ(0, KERNEL(CREATE, create));
	EXPECT_EQ(-EINVAL, self->reply.result);
	self->request.command = 0;
	memset(&self->request.target, 0, sizeof(self->request.target));
	self->request.target.id = MB_ID_UNUSED;
	EXPECT_EQ(0, KERNEL(DESTROY, target));
	EXPECT_EQ(-ENOENT, self->reply.result);
	self->request.command = MAILBOX_IOC_RESTRICT;
	EXPECT_EQ(0, mb_call(self->client, &self->call));
	EXPECT_EQ(-ENOTTY, self->reply.result);
	self->request.command = 12345;
	EXPECT_EQ(0, mb_call(self->client, &self->call));
	EXPECT_EQ(-ENOTTY, self->reply.result);
}

TEST_F(kernel, send_and_receive)
{
	__u32 number = 8;
	__u64 id;

	ASSERT_EQ(0, mb_new_id(self->client, 1, &id));
	self->request.send.id = id;
	self->request.send.message.data = mb_ptr(&number);
	self->request.send.message.length = sizeof(number);
	ASSERT_EQ(0, KERNEL(SEND, send));
	EXPECT_EQ(0, self->reply.result);
	EXPECT_EQ(1, self->reply.send.message.seq);

	number = 0;
	memset(&self->request, 0, sizeof(self->request));
	self->request.receive.id = id;
	self->request.receive.message.data = mb_ptr(&number);
	self->request.receive.message.room = sizeof(number);
	ASSERT_EQ(0, KERNEL(RECEIVE, receive));
	EXPECT_EQ(0, self->reply.result);
	EXPECT_EQ(8, number);
	EXPECT_EQ(getpid(), self->reply.receive.message.pid);
}

static void on_alarm(int number)
{
}

TEST_F(kernel, a_signal_ends_the_command_and_not_the_call)
{
	struct sigaction action = {
		.sa_handler = on_alarm, .sa_flags = SA_RESTART,
	};
	struct itimerval timer = {
		.it_value.tv_usec = 20000, .it_interval.tv_usec = 20000,
	};
	__u32 number;

	ASSERT_EQ(0, mb_new_id(self->client, 1, &self->request.receive.id));
	self->request.receive.message.data = mb_ptr(&number);
	self->request.receive.message.room = sizeof(number);
	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &timer, NULL));
	EXPECT_EQ(0, KERNEL(RECEIVE, receive));
	EXPECT_EQ(-EINTR, self->reply.result);
	timer = (struct itimerval){ };
	setitimer(ITIMER_REAL, &timer, NULL);
}

TEST_F(kernel, a_call_within_a_call_is_einval)
{
	EXPECT_EQ(-EINVAL, KERNEL(CALL, call));
}

TEST_F(kernel, request_and_reply_may_be_one_buffer)
{
	self->call.reply.data = self->call.request.data;
	ASSERT_EQ(0, KERNEL(QUERY, query));
	EXPECT_EQ(0, self->request.result);
	EXPECT_EQ(MAILBOX_VERSION_MAJOR, self->request.query.version_major);
}

TEST_F(kernel, bad_calls)
{
	struct mailbox_call good;

	ASSERT_EQ(0, KERNEL(QUERY, query));
	good = self->call;
#define EXPECT_REFUSED(error, change) do {				\
	self->call = good;						\
	change;								\
	EXPECT_EQ(-error, mb_call(self->client, &self->call));		\
} while (0)
	EXPECT_REFUSED(EINVAL, self->call.flags = MAILBOX_NONBLOCK);
	EXPECT_REFUSED(EINVAL, self->call.flags = 1U << 30);
	EXPECT_REFUSED(EINVAL, self->call.pending = 1);
	EXPECT_REFUSED(EINVAL, self->call.deadline = 1);
	EXPECT_REFUSED(EINVAL, self->call.clock = 1);
	EXPECT_REFUSED(EINVAL, self->call.reserved = 1);
	EXPECT_REFUSED(EINVAL, self->call.request.length = HEADER);
	EXPECT_REFUSED(EINVAL, self->call.request.length = 0);
	EXPECT_REFUSED(EINVAL, self->call.request.length = 1U << 20);
	EXPECT_REFUSED(EINVAL, self->call.request.length -= 8);
	EXPECT_REFUSED(EINVAL, self->call.request.priority = 1);
	EXPECT_REFUSED(EINVAL, self->call.request.iov_count = 1);
	EXPECT_REFUSED(EINVAL, self->call.request.room = 1);
	EXPECT_REFUSED(EINVAL, self->call.request.flags = 1);
	EXPECT_REFUSED(EINVAL, self->call.reply.iov_count = 1);
	EXPECT_REFUSED(EINVAL, self->call.reply.flags = 1);
	EXPECT_REFUSED(EMSGSIZE, self->call.reply.room =
				 self->call.request.length - 1);
	EXPECT_REFUSED(EFAULT, self->call.request.data = 0);
	EXPECT_REFUSED(EFAULT, self->call.reply.data = 0);
	self->call = good;
	self->request.result = 1;
	EXPECT_EQ(-EINVAL, mb_call(self->client, &self->call));
#undef EXPECT_REFUSED
}

TEST_F(kernel, others_have_no_such_id)
{
	int box = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	EXPECT_EQ(-ENOENT, mb_put(self->client, MAILBOX_ID_KERNEL, "x", 1, 0));
	EXPECT_EQ(-ENOENT, mb_get(self->client, MAILBOX_ID_KERNEL, NULL, 0, 0));
	ASSERT_EQ(0, KERNEL(QUERY, query));
	EXPECT_EQ(-EINVAL, mb_call(box, &self->call));
	close(box);
}

TEST_HARNESS_MAIN
