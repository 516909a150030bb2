// SPDX-License-Identifier: GPL-2.0-only
/*
 * Channels of two rings: how two sides meet, messages and calls, what is refused,
 * the death of a side.
 */
#include <linux/seccomp.h>
#include <pthread.h>
#include <sys/mman.h>

#include "lib/test.h"

#include <mailbox_ring_channel.h>

#define NAME	"ring channel"

FIXTURE(channel)
{
	int client;
	int port;
	struct mailbox_ring_channel *ours;
	struct mailbox_ring_channel *theirs;
	struct mb_child child;
};

FIXTURE_SETUP(channel)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->port = mailbox_listen(self->client, NAME, 4);
	ASSERT_LE(0, self->port);
}

FIXTURE_TEARDOWN(channel)
{
	mailbox_ring_channel_close(self->ours);
	mailbox_ring_channel_close(self->theirs);
	/* a child that is not dead yet has it, too */
	mailbox_destroy(self->port, 0);
	close(self->port);
	close(self->client);
}

/* Connecting waits for the other side: a thread of its own. */
struct connecting {
	pthread_t thread;
	int client;
	const struct mailbox_ring_options *options;
	struct mailbox_ring_channel *channel;
	int result;
};

static void *connect_run(void *argument)
{
	struct connecting *connecting = argument;

	connecting->result =
		mailbox_ring_channel_connect(connecting->client, NAME,
					     connecting->options,
					     &connecting->channel);
	return NULL;
}

static int connect_start(struct connecting *connecting)
{
	return -pthread_create(&connecting->thread, NULL, connect_run, connecting);
}

static int connect_join(struct connecting *connecting)
{
	pthread_join(connecting->thread, NULL);
	return connecting->result;
}

/* Both ends in this process: theirs has accepted. */
static int meet(FIXTURE_DATA(channel) *self,
		const struct mailbox_ring_options *options)
{
	struct connecting connecting = { .client = self->client,
					 .options = options };
	int error = connect_start(&connecting);

	if (error)
		return error;
	error = mailbox_ring_channel_accept(self->client, self->port, options,
					    &self->theirs);
	if (!error)
		error = connect_join(&connecting);
	self->ours = connecting.channel;
	return error;
}

/* A child has both ends of what was made before it was forked. */
static void end_close(struct mailbox_ring_channel *channel)
{
	close(mailbox_ring_channel_fd(channel));
}

TEST_F(channel, messages_run_both_ways)
{
	char text[16];

	ASSERT_EQ(0, meet(self, NULL));
	ASSERT_EQ(0, mailbox_ring_channel_send(self->ours, "there", 5));
	ASSERT_EQ(0, mailbox_ring_channel_send(self->theirs, "back", 4));
	ASSERT_EQ(0, mailbox_ring_channel_send(self->ours, NULL, 0));
	EXPECT_EQ(5, mailbox_ring_channel_receive(self->theirs, text, 16));
	EXPECT_EQ(0, memcmp(text, "there", 5));
	EXPECT_EQ(0, mailbox_ring_channel_receive(self->theirs, text, 16));
	EXPECT_EQ(4, mailbox_ring_channel_receive(self->ours, text, 16));
	EXPECT_EQ(0, memcmp(text, "back", 4));
}

TEST_F(channel, each_knows_who_the_other_is)
{
	struct mailbox_ring_peer peer;

	ASSERT_EQ(0, meet(self, NULL));
	mailbox_ring_channel_peer(self->ours, &peer);
	EXPECT_EQ(getpid(), peer.pid);
	EXPECT_EQ(geteuid(), peer.uid);
	mailbox_ring_channel_peer(self->theirs, &peer);
	EXPECT_EQ(getpid(), peer.pid);
	EXPECT_EQ(getegid(), peer.gid);
}

TEST_F(channel, a_message_that_does_not_fit_stays)
{
	char text[4];

	ASSERT_EQ(0, meet(self, NULL));
	ASSERT_EQ(0, mailbox_ring_channel_send(self->ours, "text", 4));
	EXPECT_EQ(-EMSGSIZE, mailbox_ring_channel_receive(self->theirs, text, 3));
	EXPECT_EQ(4, mailbox_ring_channel_receive(self->theirs, text, 4));
}

TEST_F(channel, tags_and_flags)
{
	struct mailbox_receive receive;
	struct mailbox_send send;
	char text[8];

	ASSERT_EQ(0, meet(self, NULL));
	mailbox_send_init(&send, 0, "text", 4);
	send.message.tag = 77;
	ASSERT_EQ(0, mailbox_ring_channel_send_with(self->ours, &send));
	mailbox_receive_init(&receive, 0, text, sizeof(text));
	receive.flags = MAILBOX_NONBLOCK;
	EXPECT_EQ(4, mailbox_ring_channel_receive_with(self->theirs, &receive));
	EXPECT_EQ(77, receive.message.tag);
	EXPECT_EQ(0, receive.message.info);
	EXPECT_EQ(-EAGAIN, mailbox_ring_channel_receive_with(self->theirs, &receive));
	receive.flags = MAILBOX_DEADLINE;
	receive.clock = MAILBOX_CLOCK_MONOTONIC;
	receive.deadline = 1;
	EXPECT_EQ(-ETIMEDOUT,
		  mailbox_ring_channel_receive_with(self->theirs, &receive));
	receive.flags = MAILBOX_DEADLINE | MAILBOX_NONBLOCK;
	EXPECT_EQ(-EINVAL, mailbox_ring_channel_receive_with(self->theirs, &receive));
	receive.flags = 1U << 31;
	EXPECT_EQ(-EINVAL, mailbox_ring_channel_receive_with(self->theirs, &receive));
}

TEST_F(channel, a_full_ring)
{
	struct mailbox_ring_options options = {
		.size = sizeof(options), .memory = 4096,
	};
	struct mailbox_send send;
	char text[1000] = { 0 };
	int count = 0;

	ASSERT_EQ(0, meet(self, &options));
	mailbox_send_init(&send, 0, text, sizeof(text));
	send.flags = MAILBOX_NONBLOCK;
	while (!mailbox_ring_channel_send_with(self->ours, &send))
		count++;
	EXPECT_EQ(3, count);
	EXPECT_EQ(-EAGAIN, mailbox_ring_channel_send_with(self->ours, &send));
	send.flags = MAILBOX_DEADLINE;
	send.clock = MAILBOX_CLOCK_MONOTONIC;
	send.deadline = 1;
	EXPECT_EQ(-ETIMEDOUT, mailbox_ring_channel_send_with(self->ours, &send));
	EXPECT_EQ(-EMSGSIZE, mailbox_ring_channel_send(self->ours, text, 4096));
}

/* What a ring cannot give */

#define EXPECT_REFUSED(call, word) do {					\
	EXPECT_EQ(-EOPNOTSUPP, call);					\
	ASSERT_NE(NULL, mailbox_ring_channel_refused(self->ours));	\
	EXPECT_NE(NULL, strstr(mailbox_ring_channel_refused(self->ours), word)); \
} while (0)

TEST_F(channel, what_cannot_be_sent_is_refused_by_name)
{
	struct mailbox_send send;

	ASSERT_EQ(0, meet(self, NULL));
	EXPECT_EQ(NULL, mailbox_ring_channel_refused(self->ours));
	mailbox_send_init(&send, 0, "", 0);
	send.message.priority = 1;
	EXPECT_REFUSED(mailbox_ring_channel_send_with(self->ours, &send), "priorities");
	send.message.priority = 0;
	send.flags = MAILBOX_SEND_SYNC;
	EXPECT_REFUSED(mailbox_ring_channel_send_with(self->ours, &send), "SYNC");
	send.flags = MAILBOX_SEND_RECEIPT;
	EXPECT_REFUSED(mailbox_ring_channel_send_with(self->ours, &send), "RECEIPT");
	send.flags = MAILBOX_TO_PROCESS;
	EXPECT_REFUSED(mailbox_ring_channel_send_with(self->ours, &send), "process");
	send.flags = 0;
	send.message.iov_count = 1;
	EXPECT_REFUSED(mailbox_ring_channel_send_with(self->ours, &send), "piece");
	send.message.iov_count = 0;
	send.message.attachments = mb_ptr(&send);
	EXPECT_REFUSED(mailbox_ring_channel_send_with(self->ours, &send),
		       "attachments");
	send.message.attachments = 0;
	send.message.flags = 1;
	EXPECT_EQ(-EINVAL, mailbox_ring_channel_send_with(self->ours, &send));
}

TEST_F(channel, what_cannot_be_received_is_refused_by_name)
{
	struct mailbox_receive receive;

	ASSERT_EQ(0, meet(self, NULL));
	mailbox_receive_init(&receive, 0, NULL, 0);
	receive.flags = MAILBOX_RECEIVE_PEEK;
	EXPECT_REFUSED(mailbox_ring_channel_receive_with(self->ours, &receive),
		       "PEEK");
	receive.flags = MAILBOX_RECEIVE_FROM;
	EXPECT_REFUSED(mailbox_ring_channel_receive_with(self->ours, &receive),
		       "select");
	receive.flags = MAILBOX_RECEIVE_TAG;
	EXPECT_REFUSED(mailbox_ring_channel_receive_with(self->ours, &receive),
		       "select");
	receive.flags = 0;
	receive.message.attachments = mb_ptr(&receive);
	EXPECT_REFUSED(mailbox_ring_channel_receive_with(self->ours, &receive),
		       "attachments");
}

TEST_F(channel, calls_that_cannot_be_made_are_refused_by_name)
{
	struct mailbox_call call;

	ASSERT_EQ(0, meet(self, NULL));
	mailbox_call_init(&call, 0, "", 0, NULL, 0);
	call.flags = MAILBOX_CALL_CANCEL;
	EXPECT_REFUSED(mailbox_ring_channel_call_with(self->ours, &call), "CANCEL");
	call.flags = 0;
	call.request.attachments = mb_ptr(&call);
	EXPECT_REFUSED(mailbox_ring_channel_call_with(self->ours, &call),
		       "attachments");
	call.request.attachments = 0;
	call.reply.attachments = mb_ptr(&call);
	EXPECT_REFUSED(mailbox_ring_channel_call_with(self->ours, &call),
		       "attachments");
}

/* Calls */

/* Serves @argument until it is hung up: each request comes back, doubled. */
struct served {
	struct mailbox_ring_channel *end;
	struct mailbox_ring_channel *other;
};

static int serve(void *argument)
{
	struct served *served = argument;
	struct mailbox_receive receive;
	uint64_t number;
	ssize_t ret;

	end_close(served->other);
	for (;;) {
		mailbox_receive_init(&receive, 0, &number, sizeof(number));
		ret = mailbox_ring_channel_receive_with(served->end, &receive);
		if (ret < 0)
			return ret == -EPIPE ? 0 : (int)ret;
		if (!(receive.message.info & MAILBOX_INFO_CALL))
			continue;
		number *= 2;
		/* something else comes before the reply */
		ret = mailbox_ring_channel_send(served->end, "x", 1);
		if (!ret)
			ret = mailbox_ring_channel_reply(served->end,
							 receive.message.token,
							 &number, sizeof(number));
		if (ret)
			return (int)ret;
	}
}

TEST_F(channel, calls_get_their_replies_and_messages_wait)
{
	struct served served;
	uint64_t number, i;
	char text[2];

	ASSERT_EQ(0, meet(self, NULL));
	served = (struct served){ self->theirs, self->ours };
	ASSERT_EQ(0, mb_child_start(&self->child, serve, &served));
	end_close(self->theirs);
	for (i = 0; i < 300; i++) {
		ASSERT_EQ(8, mailbox_ring_channel_call(self->ours, &i, 8, &number, 8));
		ASSERT_EQ(2 * i, number);
	}
	for (i = 0; i < 300; i++)
		ASSERT_EQ(1, mailbox_ring_channel_receive(self->ours, text, 2));
	end_close(self->ours);
	EXPECT_EQ(0, mb_child_join(&self->child));
}

/* Takes the call that is there: its token. */
static uint64_t call_take(struct mailbox_ring_channel *channel)
{
	struct mailbox_receive receive;
	char text[16];

	mailbox_receive_init(&receive, 0, text, sizeof(text));
	receive.flags = MAILBOX_NONBLOCK;
	if (mailbox_ring_channel_receive_with(channel, &receive) < 0)
		return 0;
	return receive.message.token;
}

TEST_F(channel, calls_run_either_way)
{
	struct mailbox_call there, back;
	char text[16], other[16];
	uint64_t token;

	ASSERT_EQ(0, meet(self, NULL));
	mailbox_call_init(&there, 0, "there", 5, text, sizeof(text));
	there.flags = MAILBOX_NONBLOCK;
	EXPECT_EQ(-EAGAIN, mailbox_ring_channel_call_with(self->ours, &there));
	EXPECT_NE(0, there.pending);
	mailbox_call_init(&back, 0, "back", 4, other, sizeof(other));
	back.flags = MAILBOX_NONBLOCK;
	EXPECT_EQ(-EAGAIN, mailbox_ring_channel_call_with(self->theirs, &back));

	token = call_take(self->ours);
	ASSERT_NE(0, token);
	ASSERT_EQ(0, mailbox_ring_channel_reply(self->ours, token, "b", 1));
	EXPECT_EQ(1, mailbox_ring_channel_call_with(self->theirs, &back));
	EXPECT_EQ(0, back.pending);
	token = call_take(self->theirs);
	ASSERT_NE(0, token);
	ASSERT_EQ(0, mailbox_ring_channel_reply(self->theirs, token, "tt", 2));
	EXPECT_EQ(2, mailbox_ring_channel_call_with(self->ours, &there));
	EXPECT_EQ(0, memcmp(text, "tt", 2));
}

TEST_F(channel, one_call_at_a_time)
{
	struct mailbox_call call, second;

	ASSERT_EQ(0, meet(self, NULL));
	mailbox_call_init(&call, 0, "", 0, NULL, 0);
	call.flags = MAILBOX_NONBLOCK;
	EXPECT_EQ(-EAGAIN, mailbox_ring_channel_call_with(self->ours, &call));
	mailbox_call_init(&second, 0, "", 0, NULL, 0);
	EXPECT_EQ(-EBUSY, mailbox_ring_channel_call_with(self->ours, &second));
	second.pending = call.pending + 1;
	EXPECT_EQ(-ESTALE, mailbox_ring_channel_call_with(self->ours, &second));
}

TEST_F(channel, a_late_reply_is_thrown_away)
{
	struct mailbox_call call;
	uint64_t token;
	char text[4];

	ASSERT_EQ(0, meet(self, NULL));
	mailbox_call_init(&call, 0, "", 0, text, sizeof(text));
	call.flags = MAILBOX_DEADLINE;
	call.clock = MAILBOX_CLOCK_MONOTONIC;
	call.deadline = 1;
	EXPECT_EQ(-ETIMEDOUT, mailbox_ring_channel_call_with(self->ours, &call));
	EXPECT_EQ(0, call.pending);
	token = call_take(self->theirs);
	ASSERT_NE(0, token);
	ASSERT_EQ(0, mailbox_ring_channel_reply(self->theirs, token, "late", 4));
	ASSERT_EQ(0, mailbox_ring_channel_reply(self->theirs, token + 9, "odd", 3));
	ASSERT_EQ(0, mailbox_ring_channel_send(self->theirs, "m", 1));
	EXPECT_EQ(1, mailbox_ring_channel_receive(self->ours, text, 4));
	EXPECT_EQ('m', text[0]);
	EXPECT_EQ(-EINVAL, mailbox_ring_channel_reply(self->theirs, 0, "", 0));
}

TEST_F(channel, a_reply_that_does_not_fit_waits)
{
	struct mailbox_call call;
	char text[8];

	ASSERT_EQ(0, meet(self, NULL));
	mailbox_call_init(&call, 0, "", 0, text, 3);
	call.flags = MAILBOX_NONBLOCK;
	EXPECT_EQ(-EAGAIN, mailbox_ring_channel_call_with(self->ours, &call));
	ASSERT_EQ(0, mailbox_ring_channel_reply(self->theirs, call_take(self->theirs),
						"long", 4));
	EXPECT_EQ(-EMSGSIZE, mailbox_ring_channel_call_with(self->ours, &call));
	EXPECT_EQ(4, call.reply.length);
	call.reply.room = 8;
	EXPECT_EQ(4, mailbox_ring_channel_call_with(self->ours, &call));
}

TEST_F(channel, too_much_before_a_reply)
{
	struct mailbox_ring_options options = {
		.size = sizeof(options), .memory = 4096,
	};
	struct mailbox_call call;
	char text[1000] = { 0 };
	ssize_t ret = -EAGAIN;
	int count, received = 0;

	ASSERT_EQ(0, meet(self, &options));
	mailbox_call_init(&call, 0, "", 0, text, sizeof(text));
	call.flags = MAILBOX_NONBLOCK;
	for (count = 0; ret == -EAGAIN && count < 100; count++) {
		ASSERT_EQ(0, mailbox_ring_channel_send(self->theirs, text, 1000));
		ret = mailbox_ring_channel_call_with(self->ours, &call);
	}
	EXPECT_EQ(-ENOBUFS, ret);
	ASSERT_EQ(0, mailbox_ring_channel_reply(self->theirs, call_take(self->theirs),
						"r", 1));
	for (; received < count; received++)
		ASSERT_EQ(1000, mailbox_ring_channel_receive(self->ours, text, 1000));
	EXPECT_EQ(1, mailbox_ring_channel_call_with(self->ours, &call));
}

/* No system call, with messages and calls: any but read and write would kill it. */
static int strictly(void *argument)
{
	struct mailbox_ring_channel **ends = argument;
	struct mailbox_receive receive;
	uint64_t i, number = 0;
	char text[16];

	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT))
		return -errno;
	for (i = 0; i < 10000; i++) {
		mailbox_receive_init(&receive, 0, text, sizeof(text));
		if (mailbox_ring_channel_send(ends[0], &i, 8) ||
		    mailbox_ring_channel_receive_with(ends[1], &receive) != 8 ||
		    mailbox_ring_channel_reply(ends[1], 1 + i, &i, 8) ||
		    mailbox_ring_channel_send(ends[1], &i, 8) ||
		    mailbox_ring_channel_receive(ends[0], &number, 8) != 8 ||
		    number != i)
			break;
	}
	write(*(int *)&ends[2], &i, sizeof(i));
	syscall(SYS_exit, 0);
	return 0;
}

TEST_F(channel, no_system_call_while_nobody_sleeps)
{
	struct mailbox_ring_channel *ends[3];
	uint64_t done = 0;
	int pipe_fd[2];

	ASSERT_EQ(0, meet(self, NULL));
	ends[0] = self->ours;
	ends[1] = self->theirs;
	ASSERT_EQ(0, pipe(pipe_fd));
	memcpy(&ends[2], &pipe_fd[1], sizeof(int));
	ASSERT_EQ(0, mb_child_start(&self->child, strictly, ends));
	ASSERT_EQ(POLLIN, mb_poll(pipe_fd[0], POLLIN, MB_LIMIT_MS));
	ASSERT_EQ(sizeof(done), read(pipe_fd[0], &done, sizeof(done)));
	EXPECT_EQ(10000, done);
	mb_child_join(&self->child);
}

/* The ends of a channel */

TEST_F(channel, a_closed_end)
{
	char text[4];

	ASSERT_EQ(0, meet(self, NULL));
	ASSERT_EQ(0, mailbox_ring_channel_send(self->ours, "last", 4));
	mailbox_ring_channel_close(self->ours);
	self->ours = NULL;
	EXPECT_EQ(4, mailbox_ring_channel_receive(self->theirs, text, 4));
	EXPECT_EQ(-EPIPE, mailbox_ring_channel_receive(self->theirs, text, 4));
	EXPECT_EQ(-EPIPE, mailbox_ring_channel_send(self->theirs, "", 0));
}

TEST_F(channel, a_call_ends_with_the_other_side)
{
	struct mailbox_call call;

	ASSERT_EQ(0, meet(self, NULL));
	mailbox_call_init(&call, 0, "", 0, NULL, 0);
	call.flags = MAILBOX_NONBLOCK;
	EXPECT_EQ(-EAGAIN, mailbox_ring_channel_call_with(self->ours, &call));
	mailbox_ring_channel_close(self->theirs);
	self->theirs = NULL;
	call.flags = 0;
	EXPECT_EQ(-EPIPE, mailbox_ring_channel_call_with(self->ours, &call));
	EXPECT_EQ(0, call.pending);
}

static int receive_forever(void *argument)
{
	struct mailbox_ring_channel *channel;
	int client = mb_client(), error;
	char text[8];

	error = mailbox_ring_channel_connect(client, NAME, NULL, &channel);
	if (error)
		return error;
	return (int)mailbox_ring_channel_receive(channel, text, sizeof(text));
}

TEST_F(channel, a_killed_process)
{
	char text[4];

	ASSERT_EQ(0, mb_child_start(&self->child, receive_forever, NULL));
	ASSERT_EQ(0, mailbox_ring_channel_accept(self->client, self->port, NULL,
						 &self->theirs));
	ASSERT_EQ(0, mb_wait_receivers(mailbox_ring_channel_fd(self->theirs), 0, 0));
	mb_child_kill(&self->child);
	EXPECT_EQ(-EPIPE, mailbox_ring_channel_receive(self->theirs, text, 4));
}

/* Meeting */

TEST_F(channel, options_are_checked)
{
	struct mailbox_ring_options options = { 0 };
	struct mailbox_ring_channel *channel;

	EXPECT_EQ(-EINVAL, mailbox_ring_channel_connect(self->client, NAME, &options,
							&channel));
	options.size = sizeof(options);
	options.memory = 100;
	EXPECT_EQ(-EINVAL, mailbox_ring_channel_accept(self->client, self->port,
						       &options, &channel));
	options.memory = 0;
	options.mode = 01000;
	EXPECT_EQ(-EINVAL, mailbox_ring_channel_connect(self->client, NAME, &options,
							&channel));
	options.mode = 0;
	EXPECT_EQ(-ENOENT, mailbox_ring_channel_connect(self->client, "ring: none",
							&options, &channel));
}

/* Who speaks otherwise: connects without a word of rings. */
static int connect_plainly(void *argument)
{
	int client = mb_client();

	return mailbox_connect(client, NAME);
}

TEST_F(channel, who_does_not_speak_of_rings_is_rejected)
{
	ASSERT_EQ(0, mb_child_start(&self->child, connect_plainly, NULL));
	EXPECT_EQ(-EPROTONOSUPPORT,
		  mailbox_ring_channel_accept(self->client, self->port, NULL,
					      &self->theirs));
	EXPECT_EQ(-ECONNREFUSED, mb_child_join(&self->child));
}

TEST_F(channel, who_answers_otherwise_is_found_out)
{
	struct connecting connecting = { .client = self->client };
	int end;

	ASSERT_EQ(0, connect_start(&connecting));
	end = mailbox_accept(self->port);
	ASSERT_LE(0, end);
	ASSERT_EQ(0, mailbox_send(end, 0, "hello", 5));
	EXPECT_EQ(-EPROTONOSUPPORT, connect_join(&connecting));
	close(end);
}

static int connect_as_other(void *argument)
{
	struct mailbox_ring_channel *channel;
	int client = mb_client();

	return mailbox_ring_channel_connect(client, NAME, argument, &channel);
}

/* The section's mode is the permission to read what is sent. */
TEST_F(channel, the_other_side_must_be_allowed_to_read)
{
	struct mailbox_ring_options options = {
		.size = sizeof(options), .mode = 0644,
	};
	const struct mb_user other = { .uid = MB_USER_A, .gid = MB_GROUP_A };

	mb_need_root();
	ASSERT_EQ(0, mailbox_set_mode(self->port, 0, 0666));
	ASSERT_EQ(0, mb_as_start(&self->child, &other, connect_as_other, NULL));
	ASSERT_EQ(0, mailbox_ring_channel_accept(self->client, self->port, NULL,
						 &self->theirs));
	EXPECT_EQ(-EACCES, mb_child_join(&self->child));
	mailbox_ring_channel_close(self->theirs);
	self->theirs = NULL;
	ASSERT_EQ(0, mb_as_start(&self->child, &other, connect_as_other, &options));
	ASSERT_EQ(0, mailbox_ring_channel_accept(self->client, self->port, &options,
						 &self->theirs));
	EXPECT_EQ(0, mb_child_join(&self->child));
}

TEST_F(channel, nobody_can_write_to_the_others_section)
{
	struct mailbox_section_stat stat;
	uint64_t cursor = 0, ids[16];
	ssize_t count, i;

	ASSERT_EQ(0, meet(self, NULL));
	count = mailbox_section_list(self->client, &cursor, ids, 16);
	EXPECT_LE(2, count);
	for (i = 0; i < count; i++) {
		ASSERT_EQ(0, mailbox_section_stat(self->client, ids[i], &stat));
		EXPECT_EQ(MAILBOX_SEALS_ALL, stat.seals);
		EXPECT_EQ(-EPERM, mailbox_section_open_id(self->client, ids[i],
							  MAILBOX_SECTION_READ |
							  MAILBOX_SECTION_WRITE));
	}
}

/* What "mailboxctl ring" prints, or "" if it fails. */
static const char *mailboxctl_ring(const char *arguments)
{
	static char text[16384];
	char command[128];
	size_t length;
	FILE *pipe;

	snprintf(command, sizeof(command), "mailboxctl ring %s 2>&1", arguments);
	pipe = popen(command, "r");
	if (!pipe)
		return "";
	length = fread(text, 1, sizeof(text) - 1, pipe);
	text[length] = 0;
	return pclose(pipe) ? "" : text;
}

TEST_F(channel, mailboxctl_shows_what_it_has_done)
{
	uint64_t number;
	int i;

	ASSERT_EQ(0, meet(self, NULL));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, mailbox_ring_channel_send(self->ours, "abc", 3));
	ASSERT_EQ(3, mailbox_ring_channel_receive(self->theirs, &number, 8));
	EXPECT_NE(NULL, strstr(mailboxctl_ring(""),
			       "this end has sent 3 records, 96 bytes"));
	EXPECT_NE(NULL, strstr(mailboxctl_ring(""), "it has received   1 records"));
	EXPECT_NE(NULL, strstr(mailboxctl_ring("--json"), "\"records\": 3"));
	EXPECT_STREQ("", mailboxctl_ring("no-such-section"));
	EXPECT_STREQ("", mailboxctl_ring("--json id:1"));
}

TEST_F(channel, mailboxctl_is_not_taken_in)
{
	int section = mailbox_section_create(self->client, "ring: none", 100, 0, NULL);

	ASSERT_LE(0, section);
	EXPECT_STREQ("", mailboxctl_ring("'ring: none'"));
	ASSERT_EQ(0, mailbox_section_set_length(section, 0, 8192));
	EXPECT_STREQ("", mailboxctl_ring("'ring: none'"));
}

TEST_HARNESS_MAIN
