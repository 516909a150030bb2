// SPDX-License-Identifier: GPL-2.0-only
/*
 * What users of other kinds of queues need: choosing all but a tag, the lowest tag or a
 * place; truncation; message buffers; limits in bytes; System V's ownership; a signal
 * on arrival; calls that are not restarted.  Each flag by itself, with its errors.
 */
#include <pthread.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "lib/test.h"
#include "lib/transfer.h"

FIXTURE(foreign) {
	int client;
	int box;		/* holds four messages */
};

FIXTURE_SETUP(foreign)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 4, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
}

FIXTURE_TEARDOWN(foreign)
{
	close(self->box);
	close(self->client);
}

/* The number received with these flags, or -errno. */
static int get_with(int fd, __u32 flags, __u64 tag_min, __u64 tag_max)
{
	struct mailbox_receive receive = {
		.flags = flags | MAILBOX_NONBLOCK,
		.tag_min = tag_min,
		.tag_max = tag_max,
	};

	return mb_get_any(fd, &receive);
}

/* How long the received message was, or -errno; without waiting. */
static int get_bytes(int fd, __u32 flags, void *data, __u32 room)
{
	struct mailbox_receive receive = {
		.flags = flags | MAILBOX_NONBLOCK,
		.message = { .data = mb_ptr(data), .room = room },
	};
	int ret = mb_receive(fd, &receive);

	return ret ?: receive.message.length;
}

static int put_bytes(int fd, const void *data, __u32 length)
{
	struct mailbox_send send = {
		.flags = MAILBOX_NONBLOCK,
		.message = { .data = mb_ptr(data), .length = length },
	};

	return mb_send(fd, &send);
}

TEST_F(foreign, is_a_feature)
{
	EXPECT_EQ(MAILBOX_FEATURE_COMPAT,
		  mb_query_of(self->client, features) & MAILBOX_FEATURE_COMPAT);
}

/* EXCEPT, LOWEST */

#define TAGGED	MAILBOX_RECEIVE_TAG
#define EXCEPT	(TAGGED | MAILBOX_RECEIVE_EXCEPT)
#define LOWEST	(TAGGED | MAILBOX_RECEIVE_LOWEST)

TEST_F(foreign, all_but_a_range_of_tags)
{
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 10, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 20, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 3, 21, 0, 0));
	EXPECT_EQ(3, get_with(self->box, EXCEPT, 10, 20));
	EXPECT_EQ(-EAGAIN, get_with(self->box, EXCEPT, 10, 20));
	EXPECT_EQ(-EAGAIN, get_with(self->box, EXCEPT, 0, ~0ULL));
	EXPECT_EQ(2, get_with(self->box, EXCEPT, 10, 10));
}

TEST_F(foreign, lowest_tag_before_priority_and_age)
{
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 30, 9, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 20, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 3, 20, 1, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 4, 5, 0, 0));
	/* among equals as always */
	EXPECT_EQ(3, get_with(self->box, LOWEST, 10, 100));
	EXPECT_EQ(2, get_with(self->box, LOWEST, 10, 100));
	EXPECT_EQ(1, get_with(self->box, LOWEST, 10, 100));
	EXPECT_EQ(-EAGAIN, get_with(self->box, LOWEST, 10, 100));
	EXPECT_EQ(4, get_with(self->box, LOWEST, 0, ~0ULL));
}

TEST_F(foreign, lowest_of_all_but_a_range)
{
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 3, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 2, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 3, 1, 0, 0));
	EXPECT_EQ(2, get_with(self->box, EXCEPT | LOWEST, 1, 1));
}

TEST_F(foreign, waiting_for_all_but_a_tag)
{
	struct mb_child child;

	ASSERT_EQ(0, mb_get_tagged_start(&child, self->box, 7, 7,
					 MAILBOX_RECEIVE_EXCEPT));
	ASSERT_EQ(0, mb_until(mb_stat_of(self->box, waiting_receivers) == 1));
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 7, 0, 0));
	EXPECT_EQ(1, mb_stat_of(self->box, waiting_receivers));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 8, 0, 0));
	EXPECT_EQ(2, mb_child_join(&child));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(foreign, choices_that_contradict_each_other)
{
	const __u32 at = MAILBOX_RECEIVE_AT | MAILBOX_RECEIVE_PEEK;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(-EINVAL, get_with(self->box, MAILBOX_RECEIVE_EXCEPT, 0, 0));
	EXPECT_EQ(-EINVAL, get_with(self->box, MAILBOX_RECEIVE_LOWEST, 0, 0));
	EXPECT_EQ(-EINVAL, get_with(self->box, MAILBOX_RECEIVE_AT, 0, 0));
	EXPECT_EQ(-EINVAL, get_with(self->box, at | TAGGED, 0, 0));
	EXPECT_EQ(-EINVAL, get_with(self->box, at | EXCEPT, 0, 0));
	EXPECT_EQ(-EINVAL, get_with(self->box, at | LOWEST, 0, 0));
	EXPECT_EQ(-EINVAL, get_with(self->box, at, 0, 1));
	EXPECT_EQ(-EINVAL, get_with(self->box, MAILBOX_RECEIVE_PEEK, 1, 0));
	EXPECT_EQ(-EINVAL, get_with(self->box, EXCEPT, 2, 1));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

/* AT */

TEST_F(foreign, a_place)
{
	const __u32 at = MAILBOX_RECEIVE_AT | MAILBOX_RECEIVE_PEEK;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 5, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_EQ(2, get_with(self->box, at, 0, 0));
	EXPECT_EQ(1, get_with(self->box, at, 1, 0));
	EXPECT_EQ(3, get_with(self->box, at, 2, 0));
	EXPECT_EQ(-EAGAIN, get_with(self->box, at, 3, 0));
	EXPECT_EQ(-EAGAIN, get_with(self->box, at, ~0ULL, 0));
	EXPECT_EQ(3, mb_stat_of(self->box, messages));
}

TEST_F(foreign, a_place_is_not_waited_for)
{
	struct mailbox_receive receive = {
		.flags = MAILBOX_RECEIVE_AT | MAILBOX_RECEIVE_PEEK |
			 MAILBOX_BLOCK,
	};

	EXPECT_EQ(-EAGAIN, mb_get_any(self->box, &receive));
}

/* TRUNCATE, LONGEST */

TEST_F(foreign, truncation)
{
	char data[8];

	ASSERT_EQ(0, put_bytes(self->box, "abcdef", 6));
	EXPECT_EQ(-EMSGSIZE, get_bytes(self->box, 0, data, 3));
	memset(data, 'x', sizeof(data));
	EXPECT_EQ(6, get_bytes(self->box, MAILBOX_RECEIVE_TRUNCATE |
			       MAILBOX_RECEIVE_PEEK, data, 2));
	EXPECT_EQ(0, memcmp(data, "abxx", 4));
	EXPECT_EQ(6, get_bytes(self->box, MAILBOX_RECEIVE_TRUNCATE, data, 3));
	EXPECT_EQ(0, memcmp(data, "abcx", 4));
	EXPECT_EQ(-EAGAIN, get_bytes(self->box, 0, data, 8));
	/* nothing of it, too */
	ASSERT_EQ(0, put_bytes(self->box, "abcdef", 6));
	EXPECT_EQ(6, get_bytes(self->box, MAILBOX_RECEIVE_TRUNCATE, data, 0));
}

/* In pieces, of a message in pieces, and of one whose bytes are lent. */
TEST_F(foreign, truncation_of_long_messages)
{
	const size_t size = 40000, part = 9000;
	char *data = mb_fresh(size), *back = mb_fresh(size);
	struct mailbox_iovec pieces[2] = {
		{ mb_ptr(back), 100 }, { mb_ptr(back + 100), part - 100 },
	};
	struct mailbox_receive receive = {
		.flags = MAILBOX_RECEIVE_TRUNCATE,
		.message = { .data = mb_ptr(pieces), .iov_count = 2 },
	};
	struct mailbox_send send = {
		.flags = MAILBOX_SEND_SYNC,
		.message = { .data = mb_ptr(data), .length = size },
	};
	pid_t child;
	int status;

	mb_fill(data, size, 1);
	ASSERT_EQ(0, put_bytes(self->box, data, size));
	EXPECT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(size, receive.message.length);
	EXPECT_EQ(-1, mb_differs(back, part, 1));
	EXPECT_EQ(0, back[part]);

	memset(back, 0, size);
	child = fork();
	if (!child)
		_exit(mb_send(self->box, &send) ? 1 : 0);
	ASSERT_EQ(0, mb_until(mb_stat_of(self->box, messages) == 1));
	EXPECT_EQ(size, get_bytes(self->box, MAILBOX_RECEIVE_TRUNCATE, back,
				  part));
	EXPECT_EQ(-1, mb_differs(back, part, 1));
	EXPECT_EQ(0, back[part]);
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
}

TEST_F(foreign, room_for_the_longest)
{
	__u32 longest = mb_stat_of(self->box, max_message);
	char *data = mb_fresh(longest);
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK | MAILBOX_RECEIVE_LONGEST,
		.message = { .data = mb_ptr(data), .room = longest - 1 },
	};

	/* before anything else, and it says how much */
	EXPECT_EQ(-EMSGSIZE, mb_receive(self->box, &receive));
	EXPECT_EQ(longest, receive.message.length);
	EXPECT_EQ(-EAGAIN, get_bytes(self->box, MAILBOX_RECEIVE_LONGEST, data,
				     longest));
	ASSERT_EQ(0, put_bytes(self->box, "x", 1));
	EXPECT_EQ(-EMSGSIZE, get_bytes(self->box, MAILBOX_RECEIVE_LONGEST, data,
				       1));
	EXPECT_EQ(1, get_bytes(self->box, MAILBOX_RECEIVE_LONGEST, data,
			       longest));
	receive.message.iov_count = 1;
	receive.message.room = 0;
	EXPECT_EQ(-EINVAL, mb_receive(self->box, &receive));
}

/* Message buffers */

struct buffer64 {
	__s64 type;
	char text[16];
};

struct buffer32 {
	__s32 type;
	char text[16];
};

static int put_buffer(int fd, __u32 flags, const void *buffer, __u32 length)
{
	struct mailbox_send send = {
		.flags = MAILBOX_NONBLOCK,
		.message = {
			.data = mb_ptr(buffer), .length = length,
			.flags = flags,
		},
	};

	return mb_send(fd, &send);
}

static int get_buffer(int fd, __u32 flags, void *buffer, __u32 room)
{
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK,
		.message = {
			.data = mb_ptr(buffer), .room = room, .flags = flags,
		},
	};
	int ret = mb_receive(fd, &receive);

	return ret ?: receive.message.length;
}

TEST_F(foreign, buffers_of_both_widths)
{
	struct buffer64 wide = { 1LL << 40, "wide" }, wide_back = { 0 };
	struct buffer32 narrow = { 77, "narrow" }, narrow_back = { 0 };

	ASSERT_EQ(0, put_buffer(self->box, MAILBOX_MESSAGE_MSGBUF, &wide, 4));
	ASSERT_EQ(0, put_buffer(self->box, MAILBOX_MESSAGE_MSGBUF32, &narrow,
				6));
	EXPECT_EQ(4, get_buffer(self->box, MAILBOX_MESSAGE_MSGBUF, &wide_back,
				16));
	EXPECT_EQ(1LL << 40, wide_back.type);
	EXPECT_EQ(0, strcmp("wide", wide_back.text));
	EXPECT_EQ(6, get_buffer(self->box, MAILBOX_MESSAGE_MSGBUF32,
				&narrow_back, 16));
	EXPECT_EQ(77, narrow_back.type);
	EXPECT_EQ(0, strcmp("narrow", narrow_back.text));
	/* the type is the tag, to whoever looks at that */
	ASSERT_EQ(0, put_buffer(self->box, MAILBOX_MESSAGE_MSGBUF32, &narrow,
				sizeof(__u32)));
	EXPECT_LT(0, mb_get_tagged(self->box, 77, 77, MAILBOX_NONBLOCK));
}

TEST_F(foreign, bad_buffers)
{
	struct buffer64 wide = { 0, "" };
	struct mailbox_send send = {
		.flags = MAILBOX_NONBLOCK,
		.message = {
			.data = mb_ptr(&wide), .length = 1, .iov_count = 1,
			.flags = MAILBOX_MESSAGE_MSGBUF,
		},
	};

	EXPECT_EQ(-EINVAL, put_buffer(self->box, MAILBOX_MESSAGE_MSGBUF, &wide,
				      1));
	wide.type = -1;
	EXPECT_EQ(-EINVAL, put_buffer(self->box, MAILBOX_MESSAGE_MSGBUF, &wide,
				      1));
	EXPECT_EQ(-EINVAL, put_buffer(self->box, MAILBOX_MESSAGE_MSGBUF32,
				      &wide, 1));
	wide.type = 1;
	EXPECT_EQ(-EINVAL, put_buffer(self->box, 4, &wide, 1));
	EXPECT_EQ(-EINVAL, put_buffer(self->box, MAILBOX_MESSAGE_MSGBUF |
				      MAILBOX_MESSAGE_MSGBUF32, &wide, 1));
	EXPECT_EQ(-EINVAL, mb_send(self->box, &send));
	EXPECT_EQ(-EFAULT, put_buffer(self->box, MAILBOX_MESSAGE_MSGBUF,
				      mb_nowhere(), 1));
	EXPECT_EQ(-EFAULT, put_buffer(self->box, MAILBOX_MESSAGE_MSGBUF32,
				      mb_nowhere(), 0));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
	ASSERT_EQ(0, put_buffer(self->box, MAILBOX_MESSAGE_MSGBUF, &wide, 1));
	EXPECT_EQ(-EFAULT, get_buffer(self->box, MAILBOX_MESSAGE_MSGBUF,
				      mb_nowhere(), 16));
	EXPECT_EQ(-EFAULT, get_buffer(self->box, MAILBOX_MESSAGE_MSGBUF,
				      (void *)-4096L, 16));
	EXPECT_EQ(-EINVAL, get_buffer(self->box, 4, &wide, 16));
	EXPECT_EQ(1, get_buffer(self->box, MAILBOX_MESSAGE_MSGBUF, &wide, 16));
}

/* The type lies on a page that is not there yet. */
TEST_F(foreign, buffer_on_fresh_memory)
{
	struct buffer64 wide = { 5, "abc" };
	char *memory = mb_fresh(8192);
	struct buffer64 *back = (void *)(memory + 4096 - sizeof(__s64));

	ASSERT_EQ(0, put_buffer(self->box, MAILBOX_MESSAGE_MSGBUF, &wide, 4));
	EXPECT_EQ(4, get_buffer(self->box, MAILBOX_MESSAGE_MSGBUF, back, 16));
	EXPECT_EQ(5, back->type);
	EXPECT_EQ(0, strcmp("abc", back->text));
}

static int put_batch_with_buffer(int fd)
{
	struct buffer64 wide = { 1, "" };
	struct mailbox_message message = {
		.data = mb_ptr(&wide), .length = 1,
		.flags = MAILBOX_MESSAGE_MSGBUF,
	};
	struct mailbox_batch batch = {
		.size = sizeof(batch),
		.flags = MAILBOX_NONBLOCK,
		.messages = mb_ptr(&message),
		.message_size = sizeof(message),
		.count = 1,
	};

	return mb_ioctl(fd, MAILBOX_IOC_SEND_BATCH, &batch);
}

TEST_F(foreign, buffers_are_for_send_and_receive)
{
	char data[16] = { 0 };
	struct mailbox_call call = {
		.size = sizeof(call),
		.flags = MAILBOX_NONBLOCK,
		.request = {
			.data = mb_ptr(data), .length = 1,
			.flags = MAILBOX_MESSAGE_MSGBUF,
		},
	};

	EXPECT_EQ(-EINVAL, put_batch_with_buffer(self->box));
	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_CALL, &call));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

/* MAX_BYTES */

static int set_bytes(int fd, __u32 bytes)
{
	struct mailbox_set set = {
		.size = sizeof(set),
		.flags = MAILBOX_SET_MAX_BYTES,
		.max_bytes = bytes,
	};

	return mb_ioctl(fd, MAILBOX_IOC_SET, &set);
}

TEST_F(foreign, bytes_are_limited)
{
	char data[100] = "";

	EXPECT_EQ(~0U, mb_stat_of(self->box, max_bytes));
	ASSERT_EQ(0, set_bytes(self->box, 100));
	EXPECT_EQ(100, mb_stat_of(self->box, max_bytes));
	ASSERT_EQ(0, put_bytes(self->box, data, 60));
	EXPECT_EQ(-EAGAIN, put_bytes(self->box, data, 41));
	ASSERT_EQ(0, put_bytes(self->box, data, 40));
	EXPECT_EQ(-EAGAIN, put_bytes(self->box, data, 1));
	ASSERT_EQ(0, put_bytes(self->box, data, 0));
	EXPECT_EQ(100, mb_stat_of(self->box, bytes));
	ASSERT_EQ(0, set_bytes(self->box, ~0U));
	EXPECT_EQ(0, put_bytes(self->box, data, 100));
}

TEST_F(foreign, full_of_bytes_is_not_writable)
{
	char data[16];

	ASSERT_EQ(0, set_bytes(self->box, 16));
	EXPECT_EQ(POLLOUT, mb_poll(self->box, POLLOUT, 0));
	ASSERT_EQ(0, put_bytes(self->box, data, 16));
	EXPECT_EQ(0, mb_poll(self->box, POLLOUT, 0));
	ASSERT_EQ(16, get_bytes(self->box, 0, data, 16));
	EXPECT_EQ(POLLOUT, mb_poll(self->box, POLLOUT, 0));
}

TEST_F(foreign, bytes_given_back_let_a_sender_in)
{
	struct mb_child child;
	char data[16];

	ASSERT_EQ(0, set_bytes(self->box, 16));
	ASSERT_EQ(0, put_bytes(self->box, data, 14));
	ASSERT_EQ(0, mb_put_number_start(&child, self->box, 7, 0, 0));
	ASSERT_EQ(0, mb_until(mb_stat_of(self->box, blocked_senders) == 1));
	ASSERT_EQ(14, get_bytes(self->box, 0, data, 16));
	EXPECT_EQ(0, mb_child_join(&child));
	EXPECT_EQ(7, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(foreign, bytes_where_there_is_no_limit_to_change)
{
	int meeting = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);
	int endless = mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_UNBOUNDED });
	int everybody = mb_make(self->client, (struct mailbox_create){
		.capacity = 2, .policy = MAILBOX_POLICY_ALL,
		.max_receivers = 1 });
	struct mailbox_set set = {
		.size = sizeof(set), .flags = MAILBOX_SET_CAPACITY,
		.capacity = 1, .max_bytes = 1,
	};

	EXPECT_EQ(-EINVAL, set_bytes(meeting, 10));
	EXPECT_EQ(-EINVAL, set_bytes(endless, 10));
	EXPECT_EQ(-EINVAL, set_bytes(everybody, 10));
	/* given without its flag */
	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_SET, &set));
	close(everybody);
	close(endless);
	close(meeting);
}

/* CREATE: UMASK, NO_SHARES, SYSV */

TEST_F(foreign, umask_counts_if_asked)
{
	mode_t before = umask(022);
	int with = mb_make(self->client, (struct mailbox_create){
		.capacity = 1, .mode = 0666,
		.flags = MAILBOX_CREATE_MODE | MAILBOX_CREATE_UMASK });
	int without = mb_make(self->client, (struct mailbox_create){
		.capacity = 1, .mode = 0666, .flags = MAILBOX_CREATE_MODE });

	umask(before);
	EXPECT_EQ(0644, mb_stat_of(with, mode));
	EXPECT_EQ(0666, mb_stat_of(without, mode));
	close(with);
	close(without);
}

TEST_F(foreign, create_flags_are_shown)
{
	const __u32 both = MAILBOX_CREATE_NO_SHARES | MAILBOX_CREATE_SYSV;
	int box = mb_make(self->client, (struct mailbox_create){
		.capacity = 1, .flags = both });

	EXPECT_EQ(both, mb_stat_of(box, create_flags));
	EXPECT_EQ(0, mb_stat_of(self->box, create_flags));
	close(box);
}

/* CREATE: RANKED, EXCEED, INDEX */

/**
 * struct ranked - a child with a nice value, which sends or receives a number
 * @child: the child
 * @fd: the mailbox
 * @niceness: how nice it is
 * @number: what it sends; 0: it receives
 */
struct ranked {
	struct mb_child child;
	int fd;
	int niceness;
	__u32 number;
};

static int ranked_run(void *argument)
{
	struct ranked *ranked = argument;

	if (setpriority(PRIO_PROCESS, 0, ranked->niceness))
		return -errno;
	return ranked->number ? mb_put_number(ranked->fd, ranked->number,
					      ranked->number, 0) :
				mb_get_number(ranked->fd, 0);
}

/* They begin to wait one after the other. */
static int ranked_start(struct ranked *waiting, int box, bool sending)
{
	static const int niceness[] = { 10, 19, 10, 5 };
	int ret = 0;

	for (int i = 0; !ret && i < 4; i++) {
		waiting[i] = (struct ranked){
			.fd = box, .niceness = niceness[i],
			.number = sending ? (__u32)i + 1 : 0 };
		ret = mb_child_start(&waiting[i].child, ranked_run,
				     &waiting[i]);
		if (!ret)
			ret = sending ? mb_wait_senders(box, 0, i + 1) :
					mb_wait_receivers(box, 0, i + 1);
	}
	return ret;
}

static int ranked_box(int client, __u32 flags)
{
	return mb_make(client, (struct mailbox_create){
		.capacity = 1, .flags = flags });
}

TEST_F(foreign, receivers_wait_by_rank_if_asked)
{
	static const int usual[] = { 1, 2, 3, 4 }, by_rank[] = { 2, 4, 3, 1 };

	for (int ranks = 0; ranks < 2; ranks++) {
		int box = ranked_box(self->client,
				     ranks ? MAILBOX_CREATE_RANKED : 0);
		struct ranked waiting[4];

		ASSERT_LE(0, box);
		EXPECT_EQ(ranks ? MAILBOX_CREATE_RANKED : 0,
			  mb_stat_of(box, create_flags));
		ASSERT_EQ(0, ranked_start(waiting, box, false));
		for (__u32 i = 1; i < 5; i++)
			ASSERT_EQ(0, mb_put_number(box, i, 0, 0));
		for (int i = 0; i < 4; i++)
			EXPECT_EQ(ranks ? by_rank[i] : usual[i],
				  mb_child_join(&waiting[i].child));
		close(box);
	}
}

/* The numbers are the messages' priorities, too, which count where ranks do not. */
TEST_F(foreign, senders_wait_by_rank_if_asked)
{
	static const int usual[] = { 4, 3, 2, 1 }, by_rank[] = { 4, 1, 3, 2 };

	for (int ranks = 0; ranks < 2; ranks++) {
		int box = ranked_box(self->client,
				     ranks ? MAILBOX_CREATE_RANKED : 0);
		struct ranked waiting[4];

		ASSERT_LE(0, box);
		ASSERT_EQ(0, mb_put_number(box, 9, 9, 0));
		ASSERT_EQ(0, ranked_start(waiting, box, true));
		EXPECT_EQ(9, mb_get_number(box, 0));
		for (int i = 0; i < 4; i++) {
			struct mailbox_receive receive = { 0 };
			int number = mb_get_any(box, &receive);

			EXPECT_EQ(ranks ? by_rank[i] : usual[i], number);
			/* the message's own priority is what it was */
			EXPECT_EQ(number, (int)receive.message.priority);
		}
		for (int i = 0; i < 4; i++)
			EXPECT_EQ(0, mb_child_join(&waiting[i].child));
		close(box);
	}
}

/* One more than there may be: 0 or -errno. */
static int exceed(void *flags)
{
	int client = mb_client(), box;

	if (client < 0)
		return client;
	do
		box = ranked_box(client, *(__u32 *)flags);
	while (box >= 0 && mb_query_of(client, user_mailboxes) <=
			   mb_query_of(client, user_mailboxes_max));
	if (box < 0)
		return box;
	/* it has no spare messages, and works */
	return mb_put_number(box, 7, 0, MAILBOX_NONBLOCK) ?:
	       mb_get_number(box, MAILBOX_NONBLOCK) == 7 ? 0 : -EIO;
}

TEST_F(foreign, who_may_exceeds_if_asked)
{
	static __u32 plainly, exceeding = MAILBOX_CREATE_EXCEED;
	long before = mb_parameter("user_mailboxes");

	if (geteuid())
		SKIP(return, "needs root");
	ASSERT_EQ(0, mb_parameter_set("user_mailboxes", 5));
	EXPECT_EQ(-EDQUOT, exceed(&plainly));
	EXPECT_EQ(-EDQUOT, mb_as_uid(MB_USER_A, exceed, &exceeding));
	EXPECT_EQ(0, exceed(&exceeding));
	mb_parameter_set("user_mailboxes", before);
}

static int wanted_box(int client, __u32 index, struct mailbox_create *create)
{
	*create = (struct mailbox_create){
		.size = sizeof(*create), .capacity = 1,
		.rights = MAILBOX_RIGHTS_ALL,
		.flags = MAILBOX_CREATE_INDEX, .index = index };
	return mb_ioctl(client, MAILBOX_IOC_CREATE, create) ?: create->fd;
}

/* What it gets, given that it is not to be asked. */
static int wanted_box_run(void *wanted)
{
	struct mailbox_create create;
	int client = mb_client();
	int box = client < 0 ? client :
			       wanted_box(client, *(__u32 *)wanted, &create);

	return box < 0 ? box : create.index == *(__u32 *)wanted;
}

TEST_F(foreign, an_index_is_had_if_it_is_free)
{
	__u32 wanted = 0x7ffffff7;
	struct mailbox_create create;
	__u64 first;
	int box, other;

	if (geteuid())
		SKIP(return, "needs root");
	EXPECT_EQ(0, mb_as_uid(MB_USER_A, wanted_box_run, &wanted));
	box = wanted_box(self->client, wanted, &create);
	ASSERT_LE(0, box);
	EXPECT_EQ(wanted, create.index);
	first = create.id;
	other = wanted_box(self->client, wanted, &create);
	ASSERT_LE(0, other);
	EXPECT_NE(wanted, create.index);
	close(box);
	/* the index is used again, and the ID never */
	box = wanted_box(self->client, wanted, &create);
	ASSERT_LE(0, box);
	EXPECT_EQ(wanted, create.index);
	EXPECT_NE(first, create.id);
	EXPECT_EQ(-EINVAL, wanted_box(self->client, MAILBOX_ID_FIRST - 1,
				      &create));
	EXPECT_EQ(-EINVAL, wanted_box(self->client, 0x80000000, &create));
	close(box);
	close(other);
}

static int put_by_own_id(int fd, __u64 id)
{
	__u32 number = 3;
	struct mailbox_send send = {
		.size = sizeof(send), .flags = MAILBOX_NONBLOCK, .id = id,
		.message = { .data = mb_ptr(&number), .length = sizeof(number) },
	};

	return mb_ioctl(fd, MAILBOX_IOC_SEND, &send);
}

static int put_by_own_id_run(void *argument)
{
	int fd = *(int *)argument;

	return put_by_own_id(fd, mb_stat_of(fd, id));
}

/* Who holds a handle need not be asked, but by ID everybody is. */
TEST_F(foreign, own_id_on_a_handle_is_checked)
{
	int everybody = mb_make(self->client, (struct mailbox_create){
		.capacity = 2, .policy = MAILBOX_POLICY_ALL,
		.max_receivers = 1 });
	int other = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	__u64 id = mb_stat_of(self->box, id);

	EXPECT_EQ(0, put_by_own_id(self->box, id));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EINVAL, put_by_own_id(other, id));
	EXPECT_EQ(-EINVAL, put_by_own_id(self->box, MAILBOX_ID_SELF));
	EXPECT_EQ(-EINVAL, put_by_own_id(everybody, mb_stat_of(everybody, id)));
	EXPECT_EQ(0, put_by_own_id(everybody, 0));
	if (!geteuid()) {
		EXPECT_EQ(-EACCES, mb_as_uid(MB_USER_A, put_by_own_id_run,
					     &self->box));
	}
	close(other);
	close(everybody);
}

/* For sending and receiving only. */
TEST_F(foreign, own_id_on_a_handle_is_not_for_calls)
{
	__u64 id = mb_stat_of(self->box, id);
	struct mailbox_call call = { .id = id, .flags = MAILBOX_NONBLOCK };
	struct mailbox_reply reply = { .id = id, .token = 1 };
	struct mailbox_reply_receive both = {
		.id = id, .flags = MAILBOX_NONBLOCK };
	struct mailbox_forward forward = {
		.size = sizeof(forward), .id = id, .token = 1,
		.to_fd = self->box };

	EXPECT_EQ(-EINVAL, mb_call(self->box, &call));
	EXPECT_EQ(-EINVAL, mb_reply(self->box, &reply));
	EXPECT_EQ(-EINVAL, mb_reply_receive(self->box, &both));
	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_FORWARD, &forward));
	reply.id = 0;
	EXPECT_EQ(-ESTALE, mb_reply(self->box, &reply));
	both.id = 0;
	EXPECT_EQ(-EAGAIN, mb_reply_receive(self->box, &both));
	forward.id = 0;
	EXPECT_EQ(-ESTALE, mb_ioctl(self->box, MAILBOX_IOC_FORWARD, &forward));
	call.id = 0;
	EXPECT_EQ(-EAGAIN, mb_call(self->box, &call));
}

TEST_F(foreign, query_counts_system_vs)
{
	__u32 before = mb_query_of(self->client, sysv_mailboxes);
	int box = ranked_box(self->client, MAILBOX_CREATE_SYSV);

	ASSERT_LE(0, box);
	EXPECT_EQ(before + 1, mb_query_of(self->client, sysv_mailboxes));
	/* asked on a handle, too */
	EXPECT_EQ(before + 1, mb_query_of(box, sysv_mailboxes));
	close(box);
	EXPECT_EQ(before, mb_query_of(self->client, sysv_mailboxes));
}

static int set_mode(int fd, __u32 mode)
{
	struct mailbox_set set = {
		.size = sizeof(set), .flags = MAILBOX_SET_MODE, .mode = mode,
	};

	return mb_ioctl(fd, MAILBOX_IOC_SET, &set);
}

TEST_F(foreign, execution_bits_are_system_v_s)
{
	int box = mb_make(self->client, (struct mailbox_create){
		.capacity = 1, .mode = 0751,
		.flags = MAILBOX_CREATE_SYSV | MAILBOX_CREATE_MODE });

	ASSERT_LE(0, box);
	EXPECT_EQ(0751, mb_stat_of(box, mode));
	EXPECT_EQ(0, set_mode(box, 0715));
	EXPECT_EQ(-EINVAL, set_mode(self->box, 0700));
	EXPECT_EQ(-EINVAL, mb_make(self->client, (struct mailbox_create){
		.capacity = 1, .mode = 0700, .flags = MAILBOX_CREATE_MODE }));
	close(box);
}

TEST_F(foreign, history_is_kept_if_asked)
{
	int box = mb_make(self->client, (struct mailbox_create){
		.capacity = 2, .flags = MAILBOX_CREATE_SYSV });
	__s64 before = time(NULL) - 1;

	EXPECT_EQ(0, mb_stat_of(box, send_pid));
	EXPECT_EQ(0, mb_stat_of(box, send_time));
	EXPECT_EQ(0, mb_put_number_as_child(box, 1));
	EXPECT_NE(0, mb_stat_of(box, send_pid));
	EXPECT_NE(getpid(), mb_stat_of(box, send_pid));
	EXPECT_EQ(0, mb_stat_of(box, receive_pid));
	EXPECT_EQ(1, mb_get_number(box, MAILBOX_NONBLOCK));
	EXPECT_EQ(getpid(), mb_stat_of(box, receive_pid));
	EXPECT_LE(before, mb_stat_of(box, send_time));
	EXPECT_LE(before, mb_stat_of(box, receive_time));
	EXPECT_LE(before, mb_stat_of(box, change_time));
	/* and else not */
	EXPECT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EQ(0, mb_stat_of(self->box, send_pid));
	EXPECT_EQ(0, mb_stat_of(self->box, receive_time));
	EXPECT_EQ(getuid(), mb_stat_of(self->box, creator_uid));
	close(box);
}

/* ARRIVED, SIGNAL */

static int arrived(int fd, __u32 flags, __u64 cookie, __u64 token)
{
	struct mailbox_notify notify = {
		.size = sizeof(notify),
		.flags = flags,
		.events = MAILBOX_EVENT_ARRIVED,
		.cookie = cookie,
		.token = token,
	};

	return mb_ioctl(fd, MAILBOX_IOC_NOTIFY, &notify);
}

/* The event with this tag and its sender, or -errno. */
static int event_get(int client, __u64 tag, struct mailbox_event *event,
		     pid_t *sender)
{
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK | MAILBOX_RECEIVE_TAG,
		.id = MAILBOX_ID_NOTIFY,
		.tag_min = tag, .tag_max = tag,
		.message = { .data = mb_ptr(event), .room = sizeof(*event) },
	};
	int ret = mb_receive(client, &receive);

	*sender = receive.message.pid;
	return ret;
}

TEST_F(foreign, arrival_is_told_by_an_event)
{
	struct mailbox_event event;
	pid_t sender;

	/* what is there does not count, and it is found by its cookie */
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, arrived(self->box, 0, 44, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	EXPECT_EQ(-EAGAIN, event_get(self->client, 44, &event, &sender));
	EXPECT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EQ(2, mb_get_number(self->box, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_EQ(0, event_get(self->client, 44, &event, &sender));
	EXPECT_EQ(MAILBOX_EVENT_ARRIVED, event.type);
	EXPECT_EQ(0, event.error);
	EXPECT_EQ(44, event.cookie);
	EXPECT_EQ(3, event.value);
	EXPECT_EQ(getpid(), sender);
}

TEST_F(foreign, arrival_by_a_signal)
{
	ASSERT_EQ(0, mb_signal_handle(SIGUSR1, 0));
	mb_signals = 0;
	ASSERT_EQ(0, arrived(self->box, MAILBOX_NOTIFY_SIGNAL, 1, SIGUSR1));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(1, mb_signals);
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	EXPECT_EQ(1, mb_signals);
}

/* Where every thread blocks the signal, and only there. */
TEST_F(foreign, arrival_by_an_event_in_a_signals_stead)
{
	const __u32 flags = MAILBOX_NOTIFY_SIGNAL | MAILBOX_NOTIFY_BLOCKED;
	struct mailbox_event event;
	pid_t sender;
	sigset_t set;

	ASSERT_EQ(0, mb_signal_handle(SIGUSR1, 0));
	mb_signals = 0;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	for (int blocked = 0; blocked < 2; blocked++) {
		sigprocmask(blocked ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
		ASSERT_EQ(0, arrived(self->box, flags, 55, SIGUSR1));
		ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
		EXPECT_EQ(1, mb_get_number(self->box, 0));
		EXPECT_EQ(1, mb_signals);
		EXPECT_EQ(blocked ? 0 : -EAGAIN,
			  event_get(self->client, MAILBOX_TAG_SIGNAL, &event,
				    &sender));
	}
	EXPECT_EQ(MAILBOX_EVENT_ARRIVED, event.type);
	EXPECT_EQ(SIGUSR1, event.value);
	EXPECT_EQ(55, event.cookie);
	EXPECT_EQ(getpid(), sender);
	sigpending(&set);
	EXPECT_EQ(0, sigismember(&set, SIGUSR1));
}

/* Takes the event in the signal's stead, if one comes. */
static void *event_await(void *client)
{
	struct mailbox_event event;
	struct mailbox_receive receive = {
		.size = sizeof(receive),
		.id = MAILBOX_ID_NOTIFY,
		.message = { .data = mb_ptr(&event), .room = sizeof(event) },
	};
	sigset_t all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, NULL);
	mb_ioctl(*(int *)client, MAILBOX_IOC_RECEIVE, &receive);
	return NULL;
}

static unsigned int event_receivers(int client)
{
	struct mailbox_stat stat = {
		.size = sizeof(stat), .id = MAILBOX_ID_NOTIFY,
	};

	return mb_ioctl(client, MAILBOX_IOC_STAT, &stat) ?
	       0 : stat.waiting_receivers;
}

/* Who waits for events does not count: the other thread is all there is. */
TEST_F(foreign, arrival_by_a_signal_for_the_only_other_thread)
{
	const __u32 flags = MAILBOX_NOTIFY_SIGNAL | MAILBOX_NOTIFY_BLOCKED;
	pthread_t thread;
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	ASSERT_EQ(0, pthread_create(&thread, NULL, event_await, &self->client));
	ASSERT_EQ(0, mb_until(event_receivers(self->client) == 1));
	ASSERT_EQ(0, arrived(self->box, flags, 55, SIGUSR1));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(1, event_receivers(self->client));
	sigpending(&set);
	EXPECT_EQ(1, sigismember(&set, SIGUSR1));
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	EXPECT_EQ(SIGUSR1, sigwaitinfo(&set, &info));
	EXPECT_EQ(SI_MESGQ, info.si_code);
}

static int arrived_as_child(void *box)
{
	int client = mb_client();

	return client < 0 ? client :
	       arrived(*(int *)box, MAILBOX_NOTIFY_SIGNAL, 0, 0);
}

TEST_F(foreign, one_at_a_time_waits_for_arrival)
{
	int other = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mb_child child;

	ASSERT_EQ(0, arrived(self->box, MAILBOX_NOTIFY_SIGNAL, 0, 0));
	EXPECT_EQ(-EBUSY, arrived(self->box, MAILBOX_NOTIFY_SIGNAL, 0, 0));
	EXPECT_EQ(-EBUSY, arrived(self->box, 0, 0, 0));
	EXPECT_EQ(0, arrived(other, 0, 0, 0));
	ASSERT_EQ(0, mb_child_start(&child, arrived_as_child, &self->box));
	EXPECT_EQ(-EBUSY, mb_child_join(&child));
	EXPECT_EQ(0, arrived(self->box, MAILBOX_NOTIFY_CANCEL, 0, 0));
	EXPECT_EQ(-ENOENT, arrived(self->box, MAILBOX_NOTIFY_CANCEL, 0, 0));
	EXPECT_EQ(0, arrived(self->box, 0, 0, 0));
	close(other);
}

TEST_F(foreign, waiting_for_arrival_ends_with_a_close)
{
	struct mailbox_event event;
	pid_t sender;

	ASSERT_EQ(0, arrived(self->box, 0, 66, 0));
	close(dup(self->box));
	EXPECT_EQ(0, event_get(self->client, 66, &event, &sender));
	EXPECT_EQ(MAILBOX_EVENT_ARRIVED, event.type);
	EXPECT_EQ(-ECANCELED, event.error);
	/* a signal would tell of a message */
	ASSERT_EQ(0, arrived(self->box, MAILBOX_NOTIFY_SIGNAL |
			     MAILBOX_NOTIFY_BLOCKED, 0, SIGKILL));
	close(dup(self->box));
	EXPECT_EQ(-EAGAIN, event_get(self->client, MAILBOX_TAG_SIGNAL, &event,
				     &sender));
	EXPECT_EQ(0, arrived(self->box, 0, 0, 0));
}

TEST_F(foreign, a_waiting_receiver_comes_first)
{
	struct mb_child child;

	ASSERT_EQ(0, mb_get_number_start(&child, self->box, 0));
	ASSERT_EQ(0, mb_until(mb_stat_of(self->box, waiting_receivers) == 1));
	ASSERT_EQ(0, arrived(self->box, 0, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 5, 0, 0));
	EXPECT_EQ(5, mb_child_join(&child));
	EXPECT_EQ(-EBUSY, arrived(self->box, 0, 0, 0));
}

TEST_F(foreign, bad_ways_to_be_told)
{
	int everybody = mb_make(self->client, (struct mailbox_create){
		.capacity = 2, .policy = MAILBOX_POLICY_ALL,
		.max_receivers = 1 });
	struct mailbox_notify both = {
		.size = sizeof(both),
		.flags = MAILBOX_NOTIFY_SIGNAL,
		.events = MAILBOX_EVENT_ARRIVED | MAILBOX_EVENT_DESTROYED,
	};

	EXPECT_EQ(-EINVAL, arrived(self->box, MAILBOX_NOTIFY_SIGNAL, 0, 65));
	EXPECT_EQ(-EINVAL, arrived(self->box, 0, 0, SIGUSR1));
	EXPECT_EQ(-EINVAL, arrived(self->box, MAILBOX_NOTIFY_SIGNAL |
				   MAILBOX_NOTIFY_CANCEL, 0, 0));
	EXPECT_EQ(-EINVAL, arrived(self->box, MAILBOX_NOTIFY_BLOCKED, 0, 0));
	EXPECT_EQ(-EINVAL, arrived(everybody, 0, 0, 0));
	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_NOTIFY, &both));
	both.events = MAILBOX_EVENT_NOT_EMPTY;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_NOTIFY, &both));
	close(everybody);
}

/* NO_RESTART */

static int interrupted(struct mb_child *child)
{
	return kill(child->pid, SIGUSR1) ? -errno : mb_child_join(child);
}

TEST_F(foreign, calls_that_are_not_restarted)
{
	struct mb_child child;

	ASSERT_EQ(0, mb_signal_handle(SIGUSR1, SA_RESTART));
	ASSERT_EQ(0, mb_get_number_start(&child, self->box,
					 MAILBOX_NO_RESTART));
	ASSERT_EQ(0, mb_until(mb_stat_of(self->box, waiting_receivers) == 1));
	EXPECT_EQ(-EINTR, interrupted(&child));
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_number(self->box, i, 0, 0));
	ASSERT_EQ(0, mb_put_number_start(&child, self->box, 7, 0,
					 MAILBOX_NO_RESTART));
	ASSERT_EQ(0, mb_until(mb_stat_of(self->box, blocked_senders) == 1));
	EXPECT_EQ(-EINTR, interrupted(&child));
	EXPECT_EQ(4, mb_stat_of(self->box, messages));
}

/* STATUS */

TEST_F(foreign, handle_that_shows_its_state)
{
	int box = mb_make(self->client, (struct mailbox_create){
		.capacity = 2, .handle_flags = MAILBOX_HANDLE_STATUS });
	char expected[100], line[100] = "";
	__u32 number = 0;

	ASSERT_LE(0, box);
	ASSERT_EQ(0, mb_put_number(box, 5, 0, 0));
	ASSERT_EQ(0, arrived(box, MAILBOX_NOTIFY_SIGNAL, 0, SIGUSR1));
	EXPECT_LT(0, read(box, line, sizeof(line) - 1));
	snprintf(expected, sizeof(expected),
		 "QSIZE:4          NOTIFY:0     SIGNO:10    NOTIFY_PID:%-6d\n",
		 getpid());
	EXPECT_STREQ(expected, line);
	EXPECT_EQ(5, read(box, line, 5));
	EXPECT_EQ(-1, read(box, mb_nowhere(), 5));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, write(box, &number, sizeof(number)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(POLLIN, mb_poll(box, POLLIN, 0));
	EXPECT_EQ(5, mb_get_number(box, MAILBOX_NONBLOCK));
	close(box);
}

/* OPEN that only finds */

TEST_F(foreign, found_without_a_right)
{
	struct mailbox_open open = {
		.size = sizeof(open),
		.flags = MAILBOX_OPEN_ID | MAILBOX_OPEN_NOFD,
		.id = mb_stat_of(self->box, id),
	};

	EXPECT_EQ(0, mb_ioctl(self->client, MAILBOX_IOC_OPEN, &open));
	EXPECT_EQ(mb_stat_of(self->box, index), open.index);
	open.flags = MAILBOX_OPEN_ID;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->client, MAILBOX_IOC_OPEN, &open));
	open.flags = MAILBOX_OPEN_ID | MAILBOX_OPEN_NOFD;
	open.rights = 1U << 31;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->client, MAILBOX_IOC_OPEN, &open));
}

TEST_HARNESS_MAIN
