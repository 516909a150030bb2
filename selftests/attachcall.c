// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attachments of calls and replies, on channels, and on a ring of io_uring.
 */
#include "lib/attach.h"
#include "lib/transfer.h"

#include <mailbox_uring.h>
#include <sys/resource.h>

FIXTURE(attachcall)
{
	int client;
	int box;	/* takes attachments */
	int section;
};

FIXTURE_SETUP(attachcall)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new_flags(self->client, MAILBOX_CREATE_ATTACH, 4, NULL);
	ASSERT_LE(0, self->box);
	self->section = mailbox_section_create(self->client, NULL, PAGE, 0,
					       NULL);
	ASSERT_LE(0, self->section);
}

/* Whatever the test did, nothing stays under way. */
FIXTURE_TEARDOWN(attachcall)
{
	if (self->box >= 0)
		close(self->box);
	EXPECT_EQ(0, under_way(self->client));
	close(self->section);
	close(self->client);
}

/* A call that carries something, or whose reply may. */
struct asked {
	struct mailbox_call call;
	struct got got;
	struct mailbox_attachments head;
	struct mailbox_attachment item;
};

static struct mailbox_call *ask(struct asked *asked, unsigned int room)
{
	memset(asked, 0, sizeof(*asked));
	got_clear(&asked->got, room);
	asked->call.size = sizeof(asked->call);
	asked->call.flags = MAILBOX_NONBLOCK;
	if (room)
		asked->call.reply.attachments = mb_ptr(&asked->got.head);
	return &asked->call;
}

static void ask_with(struct asked *asked, int fd, unsigned int rights)
{
	asked->item.fd = fd;
	asked->item.rights = rights;
	asked->head = attach_list(&asked->item, 1);
	asked->call.request.attachments = mb_ptr(&asked->head);
}

/* Starts it, so that it waits in the mailbox. */
#define START(asked)	ASSERT_EQ(-EAGAIN, mb_call(self->box, &(asked)->call))

/* Receives a call: its token, or 0; what comes with it in @got. */
static __u64 take(int fd, struct got *got)
{
	return get(fd, got, 4, 0) ? 0 : got->message.token;
}

static int answer(int fd, __u64 token, struct mailbox_attachment *items,
		  unsigned int count)
{
	struct mailbox_attachments head = attach_list(items, count);
	struct mailbox_reply reply = {
		.token = token,
		.message.attachments = count ? mb_ptr(&head) : 0,
	};

	return mb_reply(fd, &reply);
}

static int answer_one(int fd, __u64 token, int what, unsigned int rights)
{
	struct mailbox_attachment item = { .fd = what, .rights = rights };

	return answer(fd, token, &item, 1);
}

TEST_F(attachcall, request_and_reply_carry_them)
{
	int target = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mailbox_attachment items[] = {
		{ .fd = target, .rights = MAILBOX_RIGHT_SEND },
		{ .fd = self->section, .rights = READ },
		{ .fd = eventfd(0, 0) },
	};
	struct asked asked;
	struct got got;
	__u64 token;

	ask(&asked, 4);
	ask_with(&asked, self->section, READ);
	START(&asked);
	token = take(self->box, &got);
	ASSERT_NE(0, token);
	EXPECT_EQ(1, got.head.count);
	EXPECT_LE(0, got.items[0].fd);
	ASSERT_EQ(0, answer(self->box, token, items, 3));
	ASSERT_EQ(0, mb_call(self->box, &asked.call));
	EXPECT_EQ(3, asked.got.head.count);
	EXPECT_EQ(0, asked.call.reply.info);
	EXPECT_EQ(MAILBOX_ATTACHMENT_HANDLE, asked.got.items[0].kind);
	EXPECT_EQ(MAILBOX_ATTACHMENT_SECTION, asked.got.items[1].kind);
	EXPECT_EQ(MAILBOX_ATTACHMENT_FILE, asked.got.items[2].kind);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(FD_CLOEXEC, fcntl(asked.got.items[i].fd, F_GETFD));
	EXPECT_EQ(mb_id(target), mb_id(asked.got.items[0].fd));
	EXPECT_EQ(0, under_way(self->client));
}

TEST_F(attachcall, reply_without_any_says_so)
{
	struct asked asked;
	struct got got;

	ask(&asked, 4);
	START(&asked);
	ASSERT_EQ(0, answer(self->box, take(self->box, &got), NULL, 0));
	ASSERT_EQ(0, mb_call(self->box, &asked.call));
	EXPECT_EQ(0, asked.got.head.count);
}

TEST_F(attachcall, caller_without_room_gets_none_and_the_token_stays)
{
	struct asked asked;
	struct got got;
	__u64 token;

	ask(&asked, 0);
	START(&asked);
	token = take(self->box, &got);
	EXPECT_EQ(-EMSGSIZE, answer_one(self->box, token, self->section, READ));
	EXPECT_EQ(0, under_way(self->client));
	EXPECT_EQ(0, answer(self->box, token, NULL, 0));
	EXPECT_EQ(0, mb_call(self->box, &asked.call));
}

TEST_F(attachcall, who_comes_back_with_less_room_may_come_again)
{
	struct mailbox_attachment items[] = {
		{ .fd = eventfd(0, 0) }, { .fd = eventfd(0, 0) },
	};
	struct asked asked;
	struct got got;

	ask(&asked, 2);
	START(&asked);
	ASSERT_EQ(0, answer(self->box, take(self->box, &got), items, 2));
	asked.got.head.count = 1;
	EXPECT_EQ(-EMSGSIZE, mb_call(self->box, &asked.call));
	EXPECT_EQ(2, asked.got.head.count);
	EXPECT_NE(0, asked.call.pending);
	asked.call.reply.attachments = 0;
	EXPECT_EQ(-EMSGSIZE, mb_call(self->box, &asked.call));
	asked.call.reply.attachments = mb_ptr(&asked.got.head);
	EXPECT_EQ(0, mb_call(self->box, &asked.call));
	EXPECT_LE(0, asked.got.items[1].fd);
}

TEST_F(attachcall, without_descriptors_the_reply_stays)
{
	struct rlimit limit, none;
	struct asked asked;
	struct got got;

	ask(&asked, 1);
	START(&asked);
	ASSERT_EQ(0, answer_one(self->box, take(self->box, &got),
				self->section, READ));
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 3;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-EMFILE, mb_call(self->box, &asked.call));
	setrlimit(RLIMIT_NOFILE, &limit);
	EXPECT_EQ(0, mb_call(self->box, &asked.call));
	EXPECT_LE(0, asked.got.items[0].fd);
}

TEST_F(attachcall, bad_pointer_leaves_the_reply)
{
	struct asked asked;
	struct got got;

	ask(&asked, 1);
	START(&asked);
	ASSERT_EQ(0, answer_one(self->box, take(self->box, &got),
				self->section, READ));
	asked.got.head.items = 8;
	EXPECT_EQ(-EFAULT, mb_call(self->box, &asked.call));
	asked.got.head = attach_list(asked.got.items, 1);
	EXPECT_EQ(0, mb_call(self->box, &asked.call));
	EXPECT_LE(0, asked.got.items[0].fd);
}

TEST_F(attachcall, caller_can_require_seals_of_a_reply)
{
	struct asked asked;
	struct got got;

	ask(&asked, 1);
	asked.got.head.seals = MAILBOX_SEAL_SHRINK;
	START(&asked);
	ASSERT_EQ(0, answer_one(self->box, take(self->box, &got),
				self->section, READ));
	ASSERT_EQ(0, mb_call(self->box, &asked.call));
	EXPECT_EQ(-EPERM, asked.got.items[0].fd);
	EXPECT_EQ(MAILBOX_INFO_PARTIAL, asked.call.reply.info);
}

TEST_F(attachcall, room_in_the_reply_is_the_callers_account)
{
	long long old = mb_parameter("user_attachments");
	struct asked asked, other;
	struct got got;

	mb_need_root();
	ASSERT_EQ(0, mb_parameter_set("user_attachments", 2));
	ask(&asked, 2);
	START(&asked);
	EXPECT_EQ(2, under_way(self->client));
	ask(&other, 1);
	EXPECT_EQ(-EDQUOT, mb_call(self->box, &other.call));
	/* what the reply has is not counted again */
	EXPECT_EQ(0, answer_one(self->box, take(self->box, &got),
				self->section, READ));
	EXPECT_EQ(2, under_way(self->client));
	EXPECT_EQ(0, mb_call(self->box, &asked.call));
	EXPECT_EQ(0, under_way(self->client));
	mb_parameter_set("user_attachments", old);
}

TEST_F(attachcall, reply_that_nobody_takes_is_freed)
{
	struct asked asked;
	struct got got;
	int ends[2];
	char byte;

	ASSERT_EQ(0, pipe(ends));
	ask(&asked, 1);
	START(&asked);
	ASSERT_EQ(0, answer_one(self->box, take(self->box, &got), ends[1], 0));
	close(ends[1]);
	close(self->box);
	self->box = -1;
	EXPECT_EQ(0, under_way(self->client));
	EXPECT_EQ(0, read(ends[0], &byte, 1));
}

TEST_F(attachcall, cancelled_calls_take_them_back)
{
	struct asked asked;

	ask(&asked, 1);
	ask_with(&asked, self->section, READ);
	START(&asked);
	EXPECT_EQ(2, under_way(self->client));
	asked.call.flags = MAILBOX_CALL_CANCEL;
	EXPECT_EQ(0, mb_call(self->box, &asked.call));
	EXPECT_EQ(0, under_way(self->client));
}

TEST_F(attachcall, reply_to_a_persistent_mailbox_takes_no_files)
{
	int box = mb_new_flags(self->client, MAILBOX_CREATE_PERSIST, 1, NULL);
	struct asked asked;
	struct got got;
	__u64 token;

	ask(&asked, 1);
	ASSERT_EQ(-EAGAIN, mb_call(box, &asked.call));
	token = take(box, &got);
	EXPECT_EQ(-EPERM, answer_one(box, token, eventfd(0, 0), 0));
	EXPECT_EQ(0, answer_one(box, token, self->section, READ));
	EXPECT_EQ(0, mb_call(box, &asked.call));
	EXPECT_LE(0, asked.got.items[0].fd);
	EXPECT_EQ(0, mb_destroy(box, 0));
}

/* The request's have gone to who received it first; the reply's come back. */
TEST_F(attachcall, forwarded_calls_are_answered_with_them)
{
	int other = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mailbox_forward forward = {
		.size = sizeof(forward), .to_fd = other,
	};
	struct asked asked;
	struct got got;

	ask(&asked, 1);
	ask_with(&asked, self->section, READ);
	START(&asked);
	forward.token = take(self->box, &got);
	EXPECT_LE(0, got.items[0].fd);
	ASSERT_EQ(0, mb_ioctl(self->box, MAILBOX_IOC_FORWARD, &forward));
	forward.token = take(other, &got);
	ASSERT_NE(0, forward.token);
	EXPECT_EQ(0, got.head.count);
	ASSERT_EQ(0, answer_one(other, forward.token, self->section, READ));
	ASSERT_EQ(0, mb_call(self->box, &asked.call));
	EXPECT_EQ(1, asked.got.head.count);
	EXPECT_LE(0, asked.got.items[0].fd);
	close(other);
}

TEST_F(attachcall, reply_and_receive_does_both)
{
	struct mailbox_attachment item = { .fd = self->section, .rights = READ };
	struct mailbox_attachments head = attach_list(&item, 1);
	struct mailbox_reply_receive both = {
		.flags = MAILBOX_NONBLOCK,
		.reply.attachments = mb_ptr(&head),
	};
	struct asked asked;
	struct got got;

	ask(&asked, 1);
	START(&asked);
	both.token = take(self->box, &got);
	ASSERT_EQ(0, put_one(self->box, self->section, READ));
	got_clear(&got, 1);
	both.message.attachments = mb_ptr(&got.head);
	both.message.data = mb_ptr(&head);
	both.message.room = 1;
	ASSERT_EQ(0, mb_reply_receive(self->box, &both));
	EXPECT_LE(0, got.items[0].fd);
	ASSERT_EQ(0, mb_call(self->box, &asked.call));
	EXPECT_LE(0, asked.got.items[0].fd);
}

/* Channels */

struct channel {
	int client;
	int endpoint;
	__u64 id;
};

static int connect_run(void *argument)
{
	struct channel *channel = argument;
	struct mailbox_connect connect = {
		.size = sizeof(connect), .id = channel->id,
	};
	struct got got;
	int ret = mb_ioctl(channel->client, MAILBOX_IOC_CONNECT, &connect);

	if (ret)
		return ret;
	do {
		ret = get(connect.fd, &got, 1, 0);
	} while (ret == -EAGAIN);
	return ret ? ret : fcntl(got.items[0].fd, F_GETFD) != FD_CLOEXEC;
}

/* A child connects, and waits for something. */
static int channel_make(struct channel *channel, struct mb_child *child,
			unsigned int flags)
{
	struct mailbox_listen listen = {
		.port = {
			.size = sizeof(listen),
			.flags = flags,
			.capacity = 1,
			.rights = MAILBOX_RIGHT_RECEIVE,
		},
		.channel_capacity = 1,
	};
	char greeting[MAILBOX_GREETING_MAX];
	struct mailbox_accept accept = {
		.size = sizeof(accept),
		.message = { .data = mb_ptr(greeting), .room = sizeof(greeting) },
	};
	int ret = mb_ioctl(channel->client, MAILBOX_IOC_LISTEN, &listen);

	if (ret)
		return ret;
	channel->id = listen.port.id;
	ret = mb_child_start(child, connect_run, channel);
	if (!ret)
		ret = mb_ioctl(listen.port.fd, MAILBOX_IOC_ACCEPT, &accept);
	close(listen.port.fd);
	channel->endpoint = accept.fd;
	return ret;
}

TEST_F(attachcall, channels_of_a_port_made_so_take_them)
{
	struct channel channel = { .client = self->client };
	struct mb_child child;

	ASSERT_EQ(0, channel_make(&channel, &child, MAILBOX_CREATE_ATTACH));
	/* not an end of it */
	EXPECT_EQ(-EPERM, put_one(self->box, channel.endpoint,
				  MAILBOX_RIGHT_SEND));
	EXPECT_EQ(0, put_one(channel.endpoint, self->section, READ));
	EXPECT_EQ(0, mb_child_join(&child));
}

TEST_F(attachcall, other_channels_take_none)
{
	struct channel channel = { .client = self->client };
	struct mb_child child;

	ASSERT_EQ(0, channel_make(&channel, &child, 0));
	EXPECT_EQ(-EMSGSIZE, put_one(channel.endpoint, self->section, READ));
	EXPECT_EQ(0, mb_put(channel.endpoint, 0, "x", 1, 0));
	mb_child_join(&child);
}

/* On a ring */

/* The result of one command on a ring of its own. */
static int ring_do(int fd, unsigned int command, void *argument, __u32 size,
		   struct io_uring *ring)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	mailbox_prep_command(sqe, fd, command, argument, size);
	return io_uring_submit(ring) == 1 ? 0 : -EIO;
}

static int ring_wait(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	int ret;

	do {
		ret = io_uring_wait_cqe(ring, &cqe);
	} while (ret == -EINTR);
	if (ret)
		return ret;
	ret = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

#define RING(name, argument)						\
	ASSERT_EQ(0, ring_do(self->box, MAILBOX_IOC_##name, argument,	\
			     sizeof(*(argument)), &ring))

#define RING_SETUP()							\
	struct io_uring ring;						\
									\
	if (!(mb_query_of(self->client, features) & MAILBOX_FEATURE_URING)) \
		SKIP(return, "commands do not wait on this kernel");	\
	ASSERT_EQ(0, io_uring_queue_init(8, &ring, 0))

TEST_F(attachcall, commands_on_a_ring_send_and_receive_them)
{
	struct mailbox_attachment item = { .fd = self->section, .rights = READ };
	struct mailbox_attachments head = attach_list(&item, 1);
	struct mailbox_send send = {
		.size = sizeof(send), .message.attachments = mb_ptr(&head),
	};
	struct got got;
	struct mailbox_receive receive = {
		.size = sizeof(receive),
		.message.attachments = mb_ptr(&got.head),
	};

	RING_SETUP();
	RING(SEND, &send);
	EXPECT_EQ(0, ring_wait(&ring));
	EXPECT_EQ(1, under_way(self->client));
	got_clear(&got, 0);
	RING(RECEIVE, &receive);
	EXPECT_EQ(-EMSGSIZE, ring_wait(&ring));
	EXPECT_EQ(1, got.head.count);
	RING(RECEIVE, &receive);
	EXPECT_EQ(0, ring_wait(&ring));
	EXPECT_LE(0, got.items[0].fd);
	EXPECT_EQ(0, under_way(self->client));
	io_uring_queue_exit(&ring);
}

TEST_F(attachcall, commands_that_wait_on_a_ring_receive_them)
{
	struct got got;
	struct mailbox_receive receive = {
		.size = sizeof(receive),
		.message = {
			.data = mb_ptr(&receive), .room = 0,
			.attachments = mb_ptr(&got.head),
		},
	};
	struct mailbox_attachment item = { .fd = self->section, .rights = READ };
	struct mailbox_attachments head = attach_list(&item, 1);
	struct mailbox_send send = { .message.attachments = mb_ptr(&head) };

	RING_SETUP();
	got_clear(&got, 1);
	RING(RECEIVE, &receive);
	EXPECT_EQ(1, mb_stat_of(self->box, waiting_receivers));
	ASSERT_EQ(0, mb_send(self->box, &send));
	EXPECT_EQ(0, ring_wait(&ring));
	EXPECT_EQ(1, got.head.count);
	EXPECT_EQ(FD_CLOEXEC, fcntl(got.items[0].fd, F_GETFD));
	io_uring_queue_exit(&ring);
}

TEST_F(attachcall, calls_on_a_ring_carry_them)
{
	struct asked asked;
	struct got got;

	RING_SETUP();
	ask(&asked, 1);
	asked.call.flags = 0;
	ask_with(&asked, self->section, READ);
	RING(CALL, &asked.call);
	ASSERT_EQ(0, answer_one(self->box, take(self->box, &got),
				self->section, READ));
	EXPECT_LE(0, got.items[0].fd);
	EXPECT_EQ(0, ring_wait(&ring));
	EXPECT_EQ(1, asked.got.head.count);
	EXPECT_EQ(FD_CLOEXEC, fcntl(asked.got.items[0].fd, F_GETFD));
	io_uring_queue_exit(&ring);
}

/* A ring that goes with commands on it takes everything with it. */
TEST_F(attachcall, ring_that_ends_frees_what_waits_on_it)
{
	struct mailbox_attachment item = { .fd = self->section, .rights = READ };
	struct mailbox_attachments head = attach_list(&item, 1);
	struct mailbox_send send = {
		.size = sizeof(send), .message.attachments = mb_ptr(&head),
	};
	struct asked asked;
	int i;

	RING_SETUP();
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, put_one(self->box, self->section, READ));
	RING(SEND, &send);
	ask(&asked, 1);
	asked.call.flags = 0;
	RING(CALL, &asked.call);
	EXPECT_EQ(2, mb_stat_of(self->box, blocked_senders));
	EXPECT_EQ(6, under_way(self->client));
	io_uring_queue_exit(&ring);
	mb_until(under_way(self->client) == 4);
	EXPECT_EQ(4, under_way(self->client));
}

TEST_HARNESS_MAIN
