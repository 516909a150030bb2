// SPDX-License-Identifier: GPL-2.0-only
/*
 * libmailbox: that each function makes the call it stands for, with the values
 * it was given, and brings back what there is to bring.  What the calls
 * themselves do is tested in the other files, without the library.
 */
#include "lib/test.h"

#include <mailbox.h>

#include <limits.h>
#include <pthread.h>

FIXTURE(library) {
	int client;
	int box;		/* holds two messages */
	uint64_t id;
};

FIXTURE_SETUP(library)
{
	struct mailbox_attr attr;

	self->client = mailbox_client_open();
	ASSERT_LE(0, self->client);
	mailbox_attr_init(&attr);
	attr.capacity = 2;
	self->box = mailbox_create_with(self->client, &attr);
	ASSERT_LE(0, self->box);
	self->id = attr.id;
}

FIXTURE_TEARDOWN(library)
{
	close(self->box);
	close(self->client);
}

static struct mailbox_stat stat_of(int fd, uint64_t id)
{
	struct mailbox_stat stat;

	if (mailbox_stat(fd, id, &stat))
		memset(&stat, 0xff, sizeof(stat));
	return stat;
}

/* A name that no other test uses. */
static const char *unique(const char *name)
{
	static char text[64];

	snprintf(text, sizeof(text), "library-%s-%d", name, getpid());
	return text;
}

static int closes_on_exec(int fd)
{
	return fcntl(fd, F_GETFD) == FD_CLOEXEC;
}

/*
 * Clients and versions
 */

TEST_F(library, client_is_close_on_exec)
{
	EXPECT_TRUE(closes_on_exec(self->client));
}

TEST_F(library, version_is_told)
{
	EXPECT_EQ(0, strncmp(mailbox_version(), "1.", 2));
}

TEST_F(library, version_check_accepts_what_it_was_compiled_for)
{
	EXPECT_EQ(0, mailbox_version_check(self->client, MAILBOX_VERSION_MAJOR,
					   MAILBOX_VERSION_MINOR));
	EXPECT_EQ(0, mailbox_version_check(self->box, MAILBOX_VERSION_MAJOR,
					   0));
}

TEST_F(library, version_check_refuses_another_major)
{
	EXPECT_EQ(-EPROTONOSUPPORT,
		  mailbox_version_check(self->client,
					MAILBOX_VERSION_MAJOR + 1, 0));
	EXPECT_EQ(-EPROTONOSUPPORT,
		  mailbox_version_check(self->client,
					MAILBOX_VERSION_MAJOR - 1, 0));
}

TEST_F(library, version_check_refuses_a_later_minor)
{
	EXPECT_EQ(-EPROTONOSUPPORT,
		  mailbox_version_check(self->client, MAILBOX_VERSION_MAJOR,
					MAILBOX_VERSION_MINOR + 1));
}

TEST_F(library, query_tells_limits)
{
	struct mailbox_query query;

	memset(&query, 0xff, sizeof(query));
	ASSERT_EQ(0, mailbox_query(self->client, &query));
	EXPECT_EQ(MAILBOX_VERSION_MAJOR, query.version_major);
	EXPECT_EQ(mb_parameter("message_max"), query.message_max);
	EXPECT_LE(1, query.user_mailboxes);
}

TEST_F(library, query_of_a_larger_structure)
{
	struct {
		struct mailbox_query query;
		uint64_t more[2];
	} query;

	memset(&query, 0xff, sizeof(query));
	ASSERT_EQ(0, mailbox_query_sized(self->client, &query.query,
					 sizeof(query)));
	EXPECT_EQ(MAILBOX_VERSION_MAJOR, query.query.version_major);
	EXPECT_EQ(0, query.more[0]);
	EXPECT_EQ(0, query.more[1]);
}

TEST_F(library, query_of_an_impossible_size)
{
	struct mailbox_query query;

	EXPECT_EQ(-EINVAL, mailbox_query_sized(self->client, &query, 0));
	EXPECT_EQ(-EINVAL, mailbox_query_sized(self->client, &query,
					       MAILBOX_SIZE_MAX + 1));
}

/*
 * Errors
 */

TEST_F(library, errno_is_left_alone)
{
	uint64_t id;

	errno = 4711;
	EXPECT_EQ(-ENOENT, mailbox_send(self->client, MB_ID_UNUSED, "", 0));
	EXPECT_EQ(4711, errno);
	EXPECT_EQ(-EINVAL, mailbox_deadline_after(0, 4711) < 0 ? -EINVAL : 0);
	EXPECT_EQ(4711, errno);
	EXPECT_EQ(-EBADF, mailbox_create(-1, 1, &id));
	EXPECT_EQ(4711, errno);
	EXPECT_EQ(0, mailbox_send(self->box, 0, "", 0));
	EXPECT_EQ(4711, errno);
}

TEST_F(library, descriptor_that_is_not_open_is_ebadf)
{
	struct mailbox_message message;
	struct mailbox_query query;
	uint64_t id = 0, cursor = 0;
	struct mailbox_attr attr;
	struct mailbox_stat stat;

	mailbox_attr_init(&attr);
	mailbox_message_data(&message, "", 0);
	EXPECT_EQ(-EBADF, mailbox_query(-1, &query));
	EXPECT_EQ(-EBADF, mailbox_version_check(-1, 1, 0));
	EXPECT_EQ(-EBADF, mailbox_create(-1, 1, &id));
	EXPECT_EQ(-EBADF, mailbox_create_with(-1, &attr));
	EXPECT_EQ(-EBADF, mailbox_open(-1, "a", MAILBOX_RIGHT_SEND, 0));
	EXPECT_EQ(-EBADF, mailbox_open_id(-1, 99, MAILBOX_RIGHT_SEND, 0));
	EXPECT_EQ(-EBADF, mailbox_open_index(-1, 1, MAILBOX_RIGHT_SEND, 0));
	EXPECT_EQ(-EBADF, mailbox_find(-1, "a", MAILBOX_RIGHT_SEND, &id));
	EXPECT_EQ(-EBADF, mailbox_restrict(-1, MAILBOX_RIGHT_SEND, 0));
	EXPECT_EQ(-EBADF, mailbox_send(-1, 0, "", 0));
	EXPECT_EQ(-EBADF, mailbox_receive(-1, 0, NULL, 0));
	EXPECT_EQ(-EBADF, mailbox_send_batch(-1, 0, &message, 1));
	EXPECT_EQ(-EBADF, mailbox_receive_batch(-1, 0, &message, 1));
	EXPECT_EQ(-EBADF, mailbox_stat(-1, 0, &stat));
	EXPECT_EQ(-EBADF, mailbox_list(-1, &cursor, &id, 1));
	EXPECT_EQ(-EBADF, mailbox_set_mode(-1, 0, 0600));
	EXPECT_EQ(-EBADF, mailbox_destroy(-1, 0));
	EXPECT_EQ(-EBADF, mailbox_unlink(-1, 0));
	EXPECT_EQ(-EBADF, mailbox_release(-1, 0));
}

TEST_F(library, descriptor_of_the_wrong_kind_is_enotty)
{
	uint64_t id = 0, cursor = 0;
	int other = mb_event();

	ASSERT_LE(0, other);
	EXPECT_EQ(-ENOTTY, mailbox_send(other, 0, "", 0));
	EXPECT_EQ(-ENOTTY, mailbox_receive(other, 0, NULL, 0));
	EXPECT_EQ(-ENOTTY, mailbox_create(self->box, 1, &id));
	EXPECT_EQ(-ENOTTY, mailbox_list(self->box, &cursor, &id, 1));
	EXPECT_EQ(-ENOTTY, mailbox_open(self->box, "a", MAILBOX_RIGHT_SEND,
					0));
	EXPECT_EQ(-ENOTTY, mailbox_restrict(self->client, MAILBOX_RIGHT_SEND,
					    0));
	close(other);
}

TEST_F(library, explain_knows_the_errors_of_the_interface)
{
	static const int known[] = {
		EAGAIN, ETIMEDOUT, EINTR, EIDRM, ENOENT, EEXIST, EPIPE,
		EMSGSIZE, EDQUOT, EACCES, EPERM, EBADF, EBUSY, EUSERS, EINVAL,
		E2BIG, ENOTTY, EFAULT, ENOMEM, EMFILE, EPROTONOSUPPORT,
	};
	const char *unknown = mailbox_explain(EXDEV);
	size_t i;

	for (i = 0; i < ARRAY_SIZE(known); i++) {
		EXPECT_STRNE(unknown, mailbox_explain(known[i]));
		EXPECT_STREQ(mailbox_explain(known[i]),
			     mailbox_explain(-known[i]));
	}
	EXPECT_STREQ(unknown, mailbox_explain(INT_MIN));
	EXPECT_STREQ(unknown, mailbox_explain(INT_MAX));
	EXPECT_STRNE(unknown, mailbox_explain(0));
}

/*
 * The four calls
 */

TEST_F(library, four_calls)
{
	char buffer[16];
	uint64_t id;

	ASSERT_EQ(0, mailbox_create(self->client, 1, &id));
	EXPECT_LE(MAILBOX_ID_FIRST, id);
	ASSERT_EQ(0, mailbox_send(self->client, id, "hello", 5));
	ASSERT_EQ(5, mailbox_receive(self->client, id, buffer,
				     sizeof(buffer)));
	EXPECT_EQ(0, memcmp(buffer, "hello", 5));
	ASSERT_EQ(0, mailbox_destroy(self->client, id));
	EXPECT_EQ(-ENOENT, mailbox_send(self->client, id, "hello", 5));
	EXPECT_EQ(-ENOENT, mailbox_receive(self->client, id, buffer, 5));
	EXPECT_EQ(-ENOENT, mailbox_destroy(self->client, id));
}

TEST_F(library, create_gives_the_capacity)
{
	uint64_t id;

	ASSERT_EQ(0, mailbox_create(self->client, MAILBOX_RENDEZVOUS, &id));
	EXPECT_EQ(0, stat_of(self->client, id).capacity);
	EXPECT_EQ(0, stat_of(self->client, id).create_flags &
		     MAILBOX_CREATE_UNBOUNDED);
	ASSERT_EQ(0, mailbox_create(self->client, 7, &id));
	EXPECT_EQ(7, stat_of(self->client, id).capacity);
	ASSERT_EQ(0, mailbox_create(self->client, MAILBOX_UNBOUNDED, &id));
	EXPECT_NE(0, stat_of(self->client, id).create_flags &
		     MAILBOX_CREATE_UNBOUNDED);
}

TEST_F(library, create_of_too_large_a_capacity_is_einval)
{
	uint64_t id = 4711;

	EXPECT_EQ(-EINVAL, mailbox_create(self->client,
					  MAILBOX_CAPACITY_MAX + 1, &id));
	EXPECT_EQ(-EINVAL, mailbox_create(self->client, UINT32_MAX - 1, &id));
	EXPECT_EQ(4711, id);
}

TEST_F(library, created_mailbox_ends_with_its_client)
{
	int client = mailbox_client_open();
	uint64_t id;

	ASSERT_LE(0, client);
	ASSERT_EQ(0, mailbox_create(client, 1, &id));
	ASSERT_EQ(0, mailbox_send(self->client, id, "", 0));
	close(client);
	EXPECT_EQ(-ENOENT, mailbox_send(self->client, id, "", 0));
}

TEST_F(library, message_without_bytes)
{
	ASSERT_EQ(0, mailbox_send(self->box, 0, NULL, 0));
	EXPECT_EQ(0, mailbox_receive(self->box, 0, NULL, 0));
}

TEST_F(library, send_of_more_than_32_bits_is_emsgsize)
{
	if (SIZE_MAX == UINT32_MAX)
		SKIP(return, "there are no such lengths");
	EXPECT_EQ(-EMSGSIZE, mailbox_send(self->box, 0, "", SIZE_MAX));
	EXPECT_EQ(-EMSGSIZE, mailbox_send(self->box, 0, "",
					  (size_t)UINT32_MAX + 2));
}

TEST_F(library, receive_with_room_for_more_than_32_bits)
{
	size_t room = (size_t)UINT32_MAX + 4096;
	char *buffer;

	if (SIZE_MAX == UINT32_MAX)
		SKIP(return, "there are no such lengths");
	buffer = mmap(NULL, room, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	ASSERT_NE(MAP_FAILED, buffer);
	ASSERT_EQ(0, mailbox_send(self->box, 0, "abc", 3));
	EXPECT_EQ(3, mailbox_receive(self->box, 0, buffer, room));
	EXPECT_EQ(0, memcmp(buffer, "abc", 3));
	munmap(buffer, room);
}

/*
 * Waiting
 */

TEST_F(library, try_send_does_not_wait)
{
	ASSERT_EQ(0, mailbox_try_send(self->box, 0, "a", 1));
	ASSERT_EQ(0, mailbox_try_send(self->box, 0, "b", 1));
	EXPECT_EQ(-EAGAIN, mailbox_try_send(self->box, 0, "c", 1));
}

TEST_F(library, try_receive_does_not_wait)
{
	char byte;

	EXPECT_EQ(-EAGAIN, mailbox_try_receive(self->box, 0, &byte, 1));
	ASSERT_EQ(0, mailbox_send(self->box, 0, "a", 1));
	EXPECT_EQ(1, mailbox_try_receive(self->box, 0, &byte, 1));
	EXPECT_EQ('a', byte);
}

TEST_F(library, send_within_gives_up)
{
	__s64 start = mb_now_ns(CLOCK_MONOTONIC);

	ASSERT_EQ(0, mailbox_send_within(self->box, 0, "a", 1, 0));
	ASSERT_EQ(0, mailbox_send_within(self->box, 0, "b", 1,
					 MAILBOX_SECOND));
	EXPECT_EQ(-ETIMEDOUT, mailbox_send_within(self->box, 0, "c", 1,
						  30 * MAILBOX_MILLISECOND));
	EXPECT_LE(30 * 1000000, mb_now_ns(CLOCK_MONOTONIC) - start);
	EXPECT_EQ(-ETIMEDOUT, mailbox_send_within(self->box, 0, "c", 1, 0));
	EXPECT_EQ(2, stat_of(self->box, 0).messages);
}

TEST_F(library, receive_within_gives_up)
{
	__s64 start = mb_now_ns(CLOCK_MONOTONIC);
	char byte;

	EXPECT_EQ(-ETIMEDOUT,
		  mailbox_receive_within(self->box, 0, &byte, 1,
					 30 * MAILBOX_MILLISECOND));
	EXPECT_LE(30 * 1000000, mb_now_ns(CLOCK_MONOTONIC) - start);
	EXPECT_EQ(-ETIMEDOUT, mailbox_receive_within(self->box, 0, &byte, 1,
						     0));
	ASSERT_EQ(0, mailbox_send(self->box, 0, "a", 1));
	EXPECT_EQ(1, mailbox_receive_within(self->box, 0, &byte, 1, 0));
}

static int receive_forever(void *argument)
{
	char byte;

	return (int)mailbox_receive_within(*(int *)argument, 0, &byte, 1,
					   UINT64_MAX);
}

static int send_forever(void *argument)
{
	return mailbox_send_within(*(int *)argument, 0, "c", 1, UINT64_MAX);
}

TEST_F(library, receive_within_waits_also_with_o_nonblock)
{
	struct mb_child child;

	ASSERT_EQ(0, fcntl(self->box, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, mb_child_start(&child, receive_forever, &self->box));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mailbox_send(self->box, 0, "a", 1));
	EXPECT_EQ(1, mb_child_join(&child));
}

TEST_F(library, send_within_waits_also_with_o_nonblock)
{
	struct mb_child child;
	char byte;

	ASSERT_EQ(0, fcntl(self->box, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, mailbox_send(self->box, 0, "a", 1));
	ASSERT_EQ(0, mailbox_send(self->box, 0, "b", 1));
	ASSERT_EQ(-EAGAIN, mailbox_send(self->box, 0, "c", 1));
	ASSERT_EQ(0, mb_child_start(&child, send_forever, &self->box));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	ASSERT_EQ(1, mailbox_receive(self->box, 0, &byte, 1));
	EXPECT_EQ(0, mb_child_join(&child));
}

TEST_F(library, deadline_is_so_long_after_now)
{
	static const uint32_t clocks[] = {
		MAILBOX_CLOCK_MONOTONIC,
		MAILBOX_CLOCK_REALTIME,
		MAILBOX_CLOCK_BOOTTIME,
	};
	int64_t before, deadline, after;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(clocks); i++) {
		before = mb_now_ns((clockid_t)clocks[i]);
		deadline = mailbox_deadline_after(5 * MAILBOX_SECOND,
						  clocks[i]);
		after = mb_now_ns((clockid_t)clocks[i]);
		EXPECT_LE(before + 5000000000, deadline);
		EXPECT_GE(after + 5000000000, deadline);
	}
}

TEST_F(library, deadline_saturates)
{
	EXPECT_EQ(INT64_MAX, mailbox_deadline_after(UINT64_MAX,
						    MAILBOX_CLOCK_MONOTONIC));
	EXPECT_EQ(INT64_MAX, mailbox_deadline_after(INT64_MAX,
						    MAILBOX_CLOCK_REALTIME));
}

TEST_F(library, deadline_of_another_clock_is_einval)
{
	EXPECT_EQ(-EINVAL, mailbox_deadline_after(1,
						  CLOCK_THREAD_CPUTIME_ID));
	EXPECT_EQ(-EINVAL, mailbox_deadline_after(1, UINT32_MAX));
}

TEST_F(library, deadline_that_is_an_error_is_refused)
{
	struct mailbox_receive receive;
	char byte;

	mailbox_receive_init(&receive, 0, &byte, 1);
	receive.flags = MAILBOX_DEADLINE;
	receive.clock = MAILBOX_CLOCK_MONOTONIC;
	receive.deadline = -EINVAL;
	EXPECT_EQ(-EINVAL, mailbox_receive_with(self->box, &receive));
}

static void ignore(int number)
{
	(void)number;
}

static int receive_interrupted(void *argument)
{
	struct sigaction action = { .sa_handler = ignore };
	char byte;

	if (sigaction(SIGUSR1, &action, NULL))
		return -errno;
	return (int)mailbox_receive(*(int *)argument, 0, &byte, 1);
}

TEST_F(library, signal_handler_is_eintr)
{
	struct mb_child child;

	ASSERT_EQ(0, mb_child_start(&child, receive_interrupted, &self->box));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	kill(child.pid, SIGUSR1);
	EXPECT_EQ(-EINTR, mb_child_join(&child));
}

static int handler_box;

static void send_in_handler(int number)
{
	(void)number;
	mailbox_try_send(handler_box, 0, "handler", 7);
}

static int receive_from_handler(void *argument)
{
	struct sigaction action = {
		.sa_handler = send_in_handler,
		.sa_flags = SA_RESTART,
	};
	char text[16];

	handler_box = *(int *)argument;
	if (sigaction(SIGUSR1, &action, NULL))
		return -errno;
	return (int)mailbox_receive(handler_box, 0, text, sizeof(text));
}

TEST_F(library, signal_handler_may_call_it)
{
	struct mb_child child;

	ASSERT_EQ(0, mb_child_start(&child, receive_from_handler, &self->box));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	kill(child.pid, SIGUSR1);
	EXPECT_EQ(7, mb_child_join(&child));
}

/*
 * Attributes
 */

TEST_F(library, attributes_have_defaults)
{
	struct mailbox_query query;
	struct mailbox_attr attr;
	struct mailbox_stat stat;
	int box;

	mailbox_attr_init(&attr);
	box = mailbox_create_with(self->client, &attr);
	ASSERT_LE(0, box);
	EXPECT_TRUE(closes_on_exec(box));
	ASSERT_EQ(0, mailbox_query(self->client, &query));
	stat = stat_of(box, 0);
	EXPECT_EQ(attr.id, stat.id);
	EXPECT_EQ(attr.index, stat.index);
	EXPECT_EQ(0, stat.name_length);
	EXPECT_EQ(0, stat.create_flags);
	EXPECT_EQ(16, stat.capacity);
	EXPECT_EQ(query.message_default, stat.max_message);
	EXPECT_EQ(0600, stat.mode);
	EXPECT_EQ(MAILBOX_POLICY_ANY, stat.policy);
	EXPECT_EQ(1, stat.send_handles);
	EXPECT_EQ(1, stat.receive_handles);
	EXPECT_EQ(0, mailbox_destroy(box, 0));
	close(box);
}

TEST_F(library, attributes_reach_the_mailbox)
{
	struct mailbox_attr attr;
	struct mailbox_stat stat;
	int box;

	mailbox_attr_init(&attr);
	attr.name = unique("attributes");
	attr.flags = MAILBOX_CREATE_PERSIST | MAILBOX_CREATE_LOSSY;
	attr.capacity = 5;
	attr.max_message = 123;
	attr.mode = 0642;
	attr.policy = MAILBOX_POLICY_ALL;
	attr.max_receivers = 3;
	attr.rights = MAILBOX_RIGHT_RECEIVE | MAILBOX_RIGHT_MANAGE;
	attr.handle_flags = MAILBOX_HANDLE_NONBLOCK;
	box = mailbox_create_with(self->client, &attr);
	ASSERT_LE(0, box);
	EXPECT_NE(0, fcntl(box, F_GETFL) & O_NONBLOCK);
	stat = stat_of(box, 0);
	EXPECT_STREQ(attr.name, stat.name);
	EXPECT_EQ(MAILBOX_CREATE_PERSIST | MAILBOX_CREATE_LOSSY,
		  stat.create_flags);
	EXPECT_EQ(5, stat.capacity);
	EXPECT_EQ(123, stat.max_message);
	EXPECT_EQ(0642, stat.mode);
	EXPECT_EQ(MAILBOX_POLICY_ALL, stat.policy);
	EXPECT_EQ(3, stat.max_receivers);
	EXPECT_EQ(0, stat.send_handles);
	EXPECT_EQ(-EBADF, mailbox_send(box, 0, "", 0));
	EXPECT_EQ(0, mailbox_destroy(box, 0));
	close(box);
}

TEST_F(library, longest_message_may_be_empty)
{
	struct mailbox_attr attr;
	int box;

	mailbox_attr_init(&attr);
	attr.max_message = 0;
	box = mailbox_create_with(self->client, &attr);
	ASSERT_LE(0, box);
	EXPECT_EQ(-EMSGSIZE, mailbox_send(box, 0, "a", 1));
	EXPECT_EQ(0, mailbox_send(box, 0, "a", 0));
	close(box);
}

TEST_F(library, attributes_without_a_handle)
{
	struct mailbox_attr attr;

	mailbox_attr_init(&attr);
	attr.flags = MAILBOX_CREATE_NOFD;
	ASSERT_EQ(0, mailbox_create_with(self->client, &attr));
	EXPECT_EQ(0, mailbox_send(self->client, attr.id, "", 0));
	EXPECT_EQ(0, mailbox_destroy(self->client, attr.id));
}

TEST_F(library, attributes_of_another_size)
{
	struct {
		struct mailbox_attr attr;
		uint64_t more;
	} longer = { .more = 0 };
	int box;

	mailbox_attr_init(&longer.attr);
	longer.attr.size = sizeof(longer);
	box = mailbox_create_with(self->client, &longer.attr);
	EXPECT_LE(0, box);
	close(box);
	longer.more = 1;
	EXPECT_EQ(-E2BIG, mailbox_create_with(self->client, &longer.attr));
	longer.attr.size = sizeof(longer.attr) - 1;
	EXPECT_EQ(-EINVAL, mailbox_create_with(self->client, &longer.attr));
	longer.attr.size = UINT32_MAX;
	EXPECT_EQ(-EINVAL, mailbox_create_with(self->client, &longer.attr));
}

TEST_F(library, attributes_with_a_bad_name)
{
	char name[MAILBOX_NAME_MAX + 2];
	struct mailbox_attr attr;
	int box;

	memset(name, 'n', sizeof(name));
	name[sizeof(name) - 1] = 0;
	mailbox_attr_init(&attr);
	attr.name = name;
	EXPECT_EQ(-EINVAL, mailbox_create_with(self->client, &attr));
	name[MAILBOX_NAME_MAX] = 0;
	box = mailbox_create_with(self->client, &attr);
	ASSERT_LE(0, box);
	EXPECT_EQ(-EEXIST, mailbox_create_with(self->client, &attr));
	close(box);
}

TEST_F(library, attributes_with_bad_values)
{
	struct mailbox_attr attr;

	mailbox_attr_init(&attr);
	attr.policy = 99;
	EXPECT_EQ(-EINVAL, mailbox_create_with(self->client, &attr));
	mailbox_attr_init(&attr);
	attr.flags = 1U << 31;
	EXPECT_EQ(-EINVAL, mailbox_create_with(self->client, &attr));
	mailbox_attr_init(&attr);
	attr.mode = 0111;
	EXPECT_EQ(-EINVAL, mailbox_create_with(self->client, &attr));
	mailbox_attr_init(&attr);
	attr.max_message = MAILBOX_MESSAGE_MAX + 1;
	EXPECT_EQ(-EINVAL, mailbox_create_with(self->client, &attr));
	mailbox_attr_init(&attr);
	attr.rights = 0;
	EXPECT_EQ(-EINVAL, mailbox_create_with(self->client, &attr));
}

TEST_F(library, policies_have_words)
{
	static const uint32_t policies[] = {
		MAILBOX_POLICY_ANY, MAILBOX_POLICY_EXCLUSIVE,
		MAILBOX_POLICY_PAIR, MAILBOX_POLICY_ALL,
	};
	const char *word;
	uint32_t policy;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(policies); i++) {
		word = mailbox_policy_name(policies[i]);
		ASSERT_NE(NULL, word);
		ASSERT_EQ(0, mailbox_policy_parse(word, &policy));
		EXPECT_EQ(policies[i], policy);
	}
	EXPECT_EQ(NULL, mailbox_policy_name(MAILBOX_POLICY_ALL + 1));
	EXPECT_EQ(-EINVAL, mailbox_policy_parse("", &policy));
	EXPECT_EQ(-EINVAL, mailbox_policy_parse("an", &policy));
	EXPECT_EQ(-EINVAL, mailbox_policy_parse("ANY", &policy));
}

/*
 * Finding
 */

FIXTURE(named) {
	int client;
	int box;
	const char *name;
	uint64_t id;
	uint32_t index;
};

FIXTURE_SETUP(named)
{
	struct mailbox_attr attr;

	self->client = mailbox_client_open();
	ASSERT_LE(0, self->client);
	mailbox_attr_init(&attr);
	attr.name = unique("named");
	self->box = mailbox_create_with(self->client, &attr);
	ASSERT_LE(0, self->box);
	self->name = attr.name;
	self->id = attr.id;
	self->index = attr.index;
}

FIXTURE_TEARDOWN(named)
{
	close(self->box);
	close(self->client);
}

TEST_F(named, open_by_name)
{
	int box = mailbox_open(self->client, self->name, MAILBOX_RIGHT_SEND,
			       0);

	ASSERT_LE(0, box);
	EXPECT_TRUE(closes_on_exec(box));
	EXPECT_EQ(self->id, stat_of(box, 0).id);
	EXPECT_EQ(0, mailbox_send(box, 0, "", 0));
	EXPECT_EQ(-EBADF, mailbox_try_receive(box, 0, NULL, 0));
	EXPECT_EQ(-EBADF, mailbox_destroy(box, 0));
	close(box);
}

TEST_F(named, open_by_id)
{
	int box = mailbox_open_id(self->client, self->id,
				  MAILBOX_RIGHT_RECEIVE,
				  MAILBOX_HANDLE_NONBLOCK);

	ASSERT_LE(0, box);
	EXPECT_EQ(self->id, stat_of(box, 0).id);
	EXPECT_EQ(-EAGAIN, mailbox_receive(box, 0, NULL, 0));
	EXPECT_EQ(-EBADF, mailbox_send(box, 0, "", 0));
	close(box);
}

TEST_F(named, open_by_index)
{
	int box = mailbox_open_index(self->client, self->index,
				     MAILBOX_RIGHT_MANAGE, 0);

	ASSERT_LE(0, box);
	EXPECT_EQ(self->id, stat_of(box, 0).id);
	EXPECT_EQ(0, mailbox_destroy(box, 0));
	close(box);
}

TEST_F(named, open_with)
{
	struct mailbox_open open = {
		.size = sizeof(open),
		.flags = MAILBOX_OPEN_NAME | MAILBOX_OPEN_NOFD,
		.name = (uintptr_t)self->name,
		.name_length = strlen(self->name),
		.rights = MAILBOX_RIGHT_SEND,
	};
	int box;

	ASSERT_EQ(0, mailbox_open_with(self->client, &open));
	EXPECT_EQ(self->id, open.id);
	EXPECT_EQ(self->index, open.index);
	open.flags = MAILBOX_OPEN_NAME;
	open.id = 0;
	open.index = 0;
	box = mailbox_open_with(self->client, &open);
	ASSERT_LE(0, box);
	EXPECT_EQ(self->id, stat_of(box, 0).id);
	close(box);
}

TEST_F(named, find_gives_the_id)
{
	uint64_t id;

	ASSERT_EQ(0, mailbox_find(self->client, self->name,
				  MAILBOX_RIGHT_SEND, &id));
	EXPECT_EQ(self->id, id);
	EXPECT_EQ(1, stat_of(self->box, 0).send_handles);
}

TEST_F(named, nothing_found_is_enoent)
{
	const char *name = unique("nothing");
	uint64_t id = 4711;

	EXPECT_EQ(-ENOENT, mailbox_open(self->client, name,
					MAILBOX_RIGHT_SEND, 0));
	EXPECT_EQ(-ENOENT, mailbox_open_id(self->client, MB_ID_UNUSED,
					   MAILBOX_RIGHT_SEND, 0));
	EXPECT_EQ(-ENOENT, mailbox_open_index(self->client, INT_MAX,
					      MAILBOX_RIGHT_SEND, 0));
	EXPECT_EQ(-ENOENT, mailbox_find(self->client, name,
					MAILBOX_RIGHT_SEND, &id));
	EXPECT_EQ(4711, id);
}

TEST_F(named, open_for_nothing_is_einval)
{
	EXPECT_EQ(-EINVAL, mailbox_open(self->client, self->name, 0, 0));
	EXPECT_EQ(-EINVAL, mailbox_open(self->client, "", MAILBOX_RIGHT_SEND,
					0));
}

static int open_as_other(void *argument)
{
	const char *name = argument;
	int client = mailbox_client_open();
	uint64_t id;

	if (client < 0)
		return client;
	if (mailbox_find(client, name, MAILBOX_RIGHT_SEND, &id) != -EACCES)
		return -1;
	if (mailbox_open(client, name, MAILBOX_RIGHT_MANAGE, 0) != -EPERM)
		return -2;
	return mailbox_open(client, name, MAILBOX_RIGHT_RECEIVE, 0);
}

TEST_F(named, open_as_another_user)
{
	char name[64];

	mb_need_root();
	strcpy(name, self->name);
	EXPECT_EQ(-EACCES, mb_as_uid(MB_USER_A, open_as_other, name));
}

TEST_F(named, unlink_removes_the_name)
{
	EXPECT_EQ(0, mailbox_unlink(self->box, 0));
	EXPECT_EQ(-ENOENT, mailbox_open(self->client, self->name,
					MAILBOX_RIGHT_SEND, 0));
	EXPECT_EQ(0, mailbox_send(self->client, self->id, "", 0));
}

TEST_F(named, unlink_by_id)
{
	EXPECT_EQ(0, mailbox_unlink(self->client, self->id));
	EXPECT_EQ(-ENOENT, mailbox_open(self->client, self->name,
					MAILBOX_RIGHT_SEND, 0));
}

TEST_F(named, restrict_makes_a_narrower_handle)
{
	int narrow = mailbox_restrict(self->box, MAILBOX_RIGHT_RECEIVE,
				      MAILBOX_HANDLE_NONBLOCK);

	ASSERT_LE(0, narrow);
	EXPECT_TRUE(closes_on_exec(narrow));
	EXPECT_EQ(-EAGAIN, mailbox_receive(narrow, 0, NULL, 0));
	EXPECT_EQ(-EBADF, mailbox_send(narrow, 0, "", 0));
	EXPECT_EQ(-EBADF, mailbox_restrict(narrow, MAILBOX_RIGHT_SEND, 0));
	EXPECT_EQ(-EINVAL, mailbox_restrict(self->box, 0, 0));
	close(narrow);
}

/*
 * Messages with options
 */

TEST_F(library, send_with_priority_and_tag)
{
	struct mailbox_receive receive;
	struct mailbox_send send;
	char byte;

	ASSERT_EQ(0, mailbox_send(self->box, 0, "a", 1));
	mailbox_send_init(&send, 0, "b", 1);
	send.message.priority = 9;
	send.message.tag = 4711;
	ASSERT_EQ(0, mailbox_send_with(self->box, &send));
	EXPECT_EQ(2, send.message.seq);

	mailbox_receive_init(&receive, 0, &byte, 1);
	ASSERT_EQ(1, mailbox_receive_with(self->box, &receive));
	EXPECT_EQ('b', byte);
	EXPECT_EQ(9, receive.message.priority);
	EXPECT_EQ(4711, receive.message.tag);
	EXPECT_EQ(2, receive.message.seq);
	EXPECT_EQ(getpid(), receive.message.pid);
	EXPECT_EQ(geteuid(), receive.message.uid);
	EXPECT_EQ(getegid(), receive.message.gid);
}

static int receive_one(void *argument)
{
	char byte;

	return (int)mailbox_receive(*(int *)argument, 0, &byte, 1);
}

TEST_F(library, send_with_sync_tells_the_receiver)
{
	struct mailbox_send send;
	struct mb_child child;

	ASSERT_EQ(0, mb_child_start(&child, receive_one, &self->box));
	mailbox_send_init(&send, 0, "a", 1);
	send.flags = MAILBOX_SEND_SYNC | MAILBOX_DEADLINE;
	send.clock = MAILBOX_CLOCK_BOOTTIME;
	send.deadline = mailbox_deadline_after(20 * MAILBOX_SECOND,
					       send.clock);
	EXPECT_EQ(0, mailbox_send_with(self->box, &send));
	EXPECT_NE(0, send.message.info & MAILBOX_INFO_RECEIVED);
	EXPECT_EQ(child.pid, send.message.pid);
	EXPECT_EQ(1, mb_child_join(&child));
}

TEST_F(library, send_with_a_longer_structure_is_e2big)
{
	struct {
		struct mailbox_send send;
		uint64_t more;
	} send;

	mailbox_send_init(&send.send, 0, "a", 1);
	send.send.size = sizeof(send);
	send.more = 0;
	EXPECT_EQ(0, mailbox_send_with(self->box, &send.send));
	send.more = 1;
	EXPECT_EQ(-E2BIG, mailbox_send_with(self->box, &send.send));
}

TEST_F(library, receive_with_peek)
{
	struct mailbox_receive receive;
	char byte = 0;

	ASSERT_EQ(0, mailbox_send(self->box, 0, "a", 1));
	mailbox_receive_init(&receive, 0, &byte, 1);
	receive.flags = MAILBOX_RECEIVE_PEEK;
	EXPECT_EQ(1, mailbox_receive_with(self->box, &receive));
	EXPECT_EQ('a', byte);
	EXPECT_EQ(1, stat_of(self->box, 0).messages);
}

TEST_F(library, receive_with_selectors)
{
	struct mailbox_receive receive;
	struct mailbox_send send;
	char byte = 0;

	ASSERT_EQ(0, mailbox_send(self->box, 0, "a", 1));
	mailbox_send_init(&send, 0, "b", 1);
	send.message.tag = 5;
	ASSERT_EQ(0, mailbox_send_with(self->box, &send));

	mailbox_receive_init(&receive, 0, &byte, 1);
	receive.flags = MAILBOX_RECEIVE_TAG | MAILBOX_NONBLOCK;
	receive.tag_min = 6;
	receive.tag_max = 7;
	EXPECT_EQ(-EAGAIN, mailbox_receive_with(self->box, &receive));
	receive.tag_min = 4;
	EXPECT_EQ(1, mailbox_receive_with(self->box, &receive));
	EXPECT_EQ('b', byte);

	mailbox_receive_init(&receive, 0, &byte, 1);
	receive.flags = MAILBOX_RECEIVE_FROM | MAILBOX_NONBLOCK;
	receive.from_pid = getppid();
	EXPECT_EQ(-EAGAIN, mailbox_receive_with(self->box, &receive));
	receive.from_pid = getpid();
	EXPECT_EQ(1, mailbox_receive_with(self->box, &receive));
	EXPECT_EQ('a', byte);
}

TEST_F(library, receive_with_tells_the_room_needed)
{
	struct mailbox_receive receive;
	char buffer[8];

	ASSERT_EQ(0, mailbox_send(self->box, 0, "abcdef", 6));
	EXPECT_EQ(-EMSGSIZE, mailbox_receive(self->box, 0, buffer, 5));
	mailbox_receive_init(&receive, 0, NULL, 0);
	EXPECT_EQ(-EMSGSIZE, mailbox_receive_with(self->box, &receive));
	EXPECT_EQ(6, receive.message.length);
	EXPECT_EQ(6, mailbox_receive(self->box, 0, buffer, 6));
}

TEST_F(library, message_in_pieces)
{
	char first[2], second[8];
	struct mailbox_iovec out[3] = {
		mailbox_piece("ab", 2),
		mailbox_piece(NULL, 0),
		mailbox_piece("cde", 3),
	};
	struct mailbox_iovec in[2] = {
		mailbox_piece(first, sizeof(first)),
		mailbox_piece(second, sizeof(second)),
	};
	struct mailbox_receive receive;
	struct mailbox_send send;

	mailbox_send_init(&send, 0, NULL, 0);
	mailbox_message_iov(&send.message, out, 3);
	ASSERT_EQ(0, mailbox_send_with(self->box, &send));
	mailbox_receive_init(&receive, 0, NULL, 0);
	mailbox_message_iov(&receive.message, in, 2);
	ASSERT_EQ(5, mailbox_receive_with(self->box, &receive));
	EXPECT_EQ(0, memcmp(first, "ab", 2));
	EXPECT_EQ(0, memcmp(second, "cde", 3));
}

/*
 * Batches
 */

TEST_F(library, low_water)
{
	struct mailbox_attr attr;
	int box;

	mailbox_attr_init(&attr);
	attr.low_water = 16;
	EXPECT_EQ(-EINVAL, mailbox_create_with(self->client, &attr));
	attr.low_water = 15;
	box = mailbox_create_with(self->client, &attr);
	ASSERT_LE(0, box);
	EXPECT_EQ(15, stat_of(box, 0).low_water);
	EXPECT_EQ(0, mailbox_set_low_water(box, 0, 3));
	EXPECT_EQ(3, stat_of(box, 0).low_water);
	EXPECT_EQ(-EINVAL, mailbox_set_low_water(box, 0, 16));
	EXPECT_EQ(-EINVAL, mailbox_set_capacity(box, 0, 3));
	EXPECT_EQ(3, stat_of(box, 0).low_water);
	close(box);
}

TEST_F(library, batch_there_and_back)
{
	struct mailbox_message messages[4];
	char bytes[4];
	int i;

	ASSERT_EQ(0, mailbox_set_capacity(self->box, 0, 8));
	for (i = 0; i < 4; i++)
		mailbox_message_data(&messages[i], "wxyz" + i, 1);
	messages[3].priority = 1;
	messages[2].tag = 4711;
	ASSERT_EQ(4, mailbox_send_batch(self->box, 0, messages, 4));
	EXPECT_EQ(4, messages[3].seq);

	for (i = 0; i < 4; i++)
		mailbox_message_buffer(&messages[i], &bytes[i], 1);
	ASSERT_EQ(4, mailbox_receive_batch(self->box, 0, messages, 4));
	EXPECT_EQ(0, memcmp(bytes, "zwxy", 4));
	EXPECT_EQ(1, messages[0].priority);
	EXPECT_EQ(4711, messages[3].tag);
	EXPECT_EQ(getpid(), messages[3].pid);
}

TEST_F(library, batch_by_id)
{
	struct mailbox_message message;
	char byte = 0;

	mailbox_message_data(&message, "a", 1);
	ASSERT_EQ(1, mailbox_send_batch(self->client, self->id, &message, 1));
	mailbox_message_buffer(&message, &byte, 1);
	ASSERT_EQ(1, mailbox_receive_batch(self->client, self->id, &message,
					   1));
	EXPECT_EQ('a', byte);
}

TEST_F(library, batch_stops_where_it_would_wait)
{
	struct mailbox_message messages[4];
	struct mailbox_batch batch;
	int i;

	for (i = 0; i < 4; i++)
		mailbox_message_data(&messages[i], "a", 1);
	mailbox_batch_init(&batch, 0, messages, 4);
	batch.flags = MAILBOX_NONBLOCK;
	EXPECT_EQ(2, mailbox_send_batch_with(self->box, &batch));
	EXPECT_EQ(2, batch.done);
	EXPECT_EQ(-EAGAIN, mailbox_send_batch_with(self->box, &batch));
	for (i = 0; i < 4; i++)
		mailbox_message_buffer(&messages[i], NULL, 0);
	EXPECT_EQ(-EMSGSIZE, mailbox_receive_batch(self->box, 0, messages,
						   4));
}

TEST_F(library, batch_with_a_deadline_and_a_tag)
{
	struct mailbox_message messages[2];
	struct mailbox_batch batch;
	char bytes[2];

	mailbox_message_data(&messages[0], "a", 1);
	mailbox_message_data(&messages[1], "b", 1);
	messages[1].tag = 5;
	ASSERT_EQ(2, mailbox_send_batch(self->box, 0, messages, 2));

	mailbox_message_buffer(&messages[0], &bytes[0], 1);
	mailbox_message_buffer(&messages[1], &bytes[1], 1);
	mailbox_batch_init(&batch, 0, messages, 2);
	batch.flags = MAILBOX_RECEIVE_TAG | MAILBOX_DEADLINE;
	batch.clock = MAILBOX_CLOCK_MONOTONIC;
	batch.deadline = mailbox_deadline_after(MAILBOX_MILLISECOND,
						batch.clock);
	batch.tag_min = 5;
	batch.tag_max = 5;
	EXPECT_EQ(1, mailbox_receive_batch_with(self->box, &batch));
	EXPECT_EQ('b', bytes[0]);
	EXPECT_EQ(-ETIMEDOUT, mailbox_receive_batch_with(self->box, &batch));
}

TEST_F(library, batch_of_more_than_one_call_takes)
{
	static struct mailbox_message messages[MAILBOX_BATCH_MAX + 5];
	size_t i;

	ASSERT_EQ(0, mailbox_set_capacity(self->box, 0, 4096));
	for (i = 0; i < ARRAY_SIZE(messages); i++)
		mailbox_message_data(&messages[i], "", 0);
	EXPECT_EQ(MAILBOX_BATCH_MAX,
		  mailbox_send_batch(self->box, 0, messages,
				     ARRAY_SIZE(messages)));
	ASSERT_EQ(5, mailbox_send_batch(self->box, 0, messages, 5));
	for (i = 0; i < ARRAY_SIZE(messages); i++)
		mailbox_message_buffer(&messages[i], NULL, 0);
	EXPECT_EQ(MAILBOX_BATCH_MAX,
		  mailbox_receive_batch(self->box, 0, messages,
					ARRAY_SIZE(messages)));
	EXPECT_EQ(5, stat_of(self->box, 0).messages);
}

TEST_F(library, batch_of_nothing_is_einval)
{
	struct mailbox_message message;

	mailbox_message_data(&message, "", 0);
	EXPECT_EQ(-EINVAL, mailbox_send_batch(self->box, 0, &message, 0));
	EXPECT_EQ(-EINVAL, mailbox_receive_batch(self->box, 0, &message, 0));
}

/*
 * Looking and changing
 */

TEST_F(library, stat_by_handle_and_by_id)
{
	ASSERT_EQ(0, mailbox_send(self->box, 0, "abc", 3));
	EXPECT_EQ(self->id, stat_of(self->box, 0).id);
	EXPECT_EQ(3, stat_of(self->box, 0).bytes);
	EXPECT_EQ(self->id, stat_of(self->client, self->id).id);
	EXPECT_EQ(1, stat_of(self->client, self->id).messages);
}

TEST_F(library, stat_of_a_larger_structure)
{
	struct {
		struct mailbox_stat stat;
		uint64_t more;
	} stat;

	memset(&stat, 0xff, sizeof(stat));
	ASSERT_EQ(0, mailbox_stat_sized(self->box, 0, &stat.stat,
					sizeof(stat)));
	EXPECT_EQ(self->id, stat.stat.id);
	EXPECT_EQ(0, stat.more);
}

TEST_F(library, stat_of_an_impossible_size)
{
	struct mailbox_stat stat;

	EXPECT_EQ(-EINVAL, mailbox_stat_sized(self->box, 0, &stat, 0));
	EXPECT_EQ(-EINVAL, mailbox_stat_sized(self->box, 0, &stat,
					      MAILBOX_SIZE_MAX + 1));
}

TEST_F(library, stat_of_nothing_is_enoent)
{
	struct mailbox_stat stat;

	EXPECT_EQ(-ENOENT, mailbox_stat(self->client, MB_ID_UNUSED, &stat));
}

/* How often @id is among @ids. */
static int count_id(const uint64_t *ids, ssize_t count, uint64_t id)
{
	int found = 0;
	ssize_t i;

	for (i = 0; i < count; i++)
		found += ids[i] == id;
	return found;
}

TEST_F(library, list_holds_each_once)
{
	uint64_t made[10], ids[4096], cursor = 0;
	ssize_t count;
	int i;

	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, mailbox_create(self->client, 1, &made[i]));
	count = mailbox_list(self->client, &cursor, ids, ARRAY_SIZE(ids));
	ASSERT_LE(11, count);
	for (i = 0; i < 10; i++)
		EXPECT_EQ(1, count_id(ids, count, made[i]));
	EXPECT_EQ(1, count_id(ids, count, self->id));
}

TEST_F(library, list_in_small_steps)
{
	uint64_t made[10], ids[4096], cursor = 0;
	ssize_t count = 0, more;
	int i;

	for (i = 0; i < 10; i++)
		ASSERT_EQ(0, mailbox_create(self->client, 1, &made[i]));
	do {
		more = mailbox_list(self->client, &cursor, ids + count, 3);
		ASSERT_LE(0, more);
		ASSERT_GE(3, more);
		count += more;
	} while (more == 3);
	for (i = 0; i < 10; i++)
		EXPECT_EQ(1, count_id(ids, count, made[i]));
}

TEST_F(library, list_of_more_than_one_call_gives)
{
	enum { MANY = MAILBOX_LIST_MAX + 100 };
	static uint64_t ids[2 * MANY];
	long long limit = mb_parameter("user_mailboxes");
	uint64_t cursor = 0, id;
	ssize_t count;
	int i, ret = 0;

	mb_need_root();
	ASSERT_EQ(0, mb_parameter_set("user_mailboxes", limit + MANY));
	for (i = 0; i < MANY && !ret; i++)
		ret = mailbox_create(self->client, 1, &id);
	mb_parameter_set("user_mailboxes", limit);
	ASSERT_EQ(0, ret);
	count = mailbox_list(self->client, &cursor, ids, ARRAY_SIZE(ids));
	EXPECT_LE(MANY, count);
	EXPECT_GT(ARRAY_SIZE(ids), count);
	EXPECT_EQ(1, count_id(ids, count, id));
	cursor = 0;
	EXPECT_EQ(MANY, mailbox_list(self->client, &cursor, ids, MANY));
}

TEST_F(library, list_into_no_room_is_einval)
{
	uint64_t cursor = 0, id;

	EXPECT_EQ(-EINVAL, mailbox_list(self->client, &cursor, &id, 0));
}

TEST_F(library, list_into_a_bad_pointer_is_efault)
{
	uint64_t cursor = 0;

	EXPECT_EQ(-EFAULT, mailbox_list(self->client, &cursor,
					(uint64_t *)8, 10));
	EXPECT_EQ(0, cursor);
}

TEST_F(library, set_mode)
{
	EXPECT_EQ(0, mailbox_set_mode(self->box, 0, 0624));
	EXPECT_EQ(0624, stat_of(self->box, 0).mode);
	EXPECT_EQ(0, mailbox_set_mode(self->client, self->id, 0600));
	EXPECT_EQ(0600, stat_of(self->box, 0).mode);
	EXPECT_EQ(-EINVAL, mailbox_set_mode(self->box, 0, 01600));
}

TEST_F(library, set_owner)
{
	mb_need_root();
	EXPECT_EQ(0, mailbox_set_owner(self->box, 0, MB_USER_A, MB_GROUP_A));
	EXPECT_EQ(MB_USER_A, stat_of(self->box, 0).uid);
	EXPECT_EQ(MB_GROUP_A, stat_of(self->box, 0).gid);
	EXPECT_EQ(0, mailbox_set_owner(self->box, 0, (uid_t)-1, MB_GROUP_B));
	EXPECT_EQ(MB_USER_A, stat_of(self->box, 0).uid);
	EXPECT_EQ(MB_GROUP_B, stat_of(self->box, 0).gid);
	EXPECT_EQ(0, mailbox_set_owner(self->box, 0, MB_USER_B, (gid_t)-1));
	EXPECT_EQ(MB_USER_B, stat_of(self->box, 0).uid);
	EXPECT_EQ(MB_GROUP_B, stat_of(self->box, 0).gid);
	EXPECT_EQ(-EINVAL, mailbox_set_owner(self->box, 0, (uid_t)-1,
					     (gid_t)-1));
}

TEST_F(library, set_capacity)
{
	EXPECT_EQ(0, mailbox_set_capacity(self->box, 0, 3));
	EXPECT_EQ(3, stat_of(self->box, 0).capacity);
	EXPECT_EQ(-EINVAL, mailbox_set_capacity(self->box, 0, 0));
	EXPECT_EQ(-EINVAL, mailbox_set_capacity(self->box, 0,
						MAILBOX_CAPACITY_MAX + 1));
}

TEST_F(library, set_max_message)
{
	EXPECT_EQ(0, mailbox_set_max_message(self->box, 0, 2));
	EXPECT_EQ(2, stat_of(self->box, 0).max_message);
	EXPECT_EQ(-EMSGSIZE, mailbox_send(self->box, 0, "abc", 3));
	EXPECT_EQ(-EINVAL, mailbox_set_max_message(self->box, 0,
						   MAILBOX_MESSAGE_MAX + 1));
}

TEST_F(library, set_several)
{
	const struct mailbox_set set = {
		.size = sizeof(set),
		.flags = MAILBOX_SET_MODE | MAILBOX_SET_CAPACITY,
		.mode = 0660,
		.capacity = 9,
	};

	EXPECT_EQ(0, mailbox_set(self->box, &set));
	EXPECT_EQ(0660, stat_of(self->box, 0).mode);
	EXPECT_EQ(9, stat_of(self->box, 0).capacity);
}

static int change_as_other(void *argument)
{
	uint64_t id = *(uint64_t *)argument;
	int client = mailbox_client_open();
	struct mailbox_stat stat;

	if (client < 0)
		return client;
	if (mailbox_set_mode(client, id, 0666) != -EPERM)
		return -1;
	if (mailbox_unlink(client, id) != -EPERM)
		return -2;
	if (mailbox_destroy(client, id) != -EPERM)
		return -3;
	if (mailbox_stat(client, id, &stat) != -EACCES)
		return -4;
	if (mailbox_try_receive(client, id, NULL, 0) != -EACCES)
		return -5;
	if (mailbox_try_send(client, id, NULL, 0) != -EACCES)
		return -6;
	return 0;
}

TEST_F(library, another_user_may_not)
{
	mb_need_root();
	EXPECT_EQ(0, mb_as_uid(MB_USER_A, change_as_other, &self->id));
}

TEST_F(library, destroy_by_handle)
{
	EXPECT_EQ(0, mailbox_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, mailbox_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, mailbox_send(self->box, 0, "", 0));
	EXPECT_EQ(-ENOENT, mailbox_send(self->client, self->id, "", 0));
}

TEST_F(library, release_ends_a_claim)
{
	struct mailbox_attr attr;
	int box;

	mailbox_attr_init(&attr);
	attr.policy = MAILBOX_POLICY_EXCLUSIVE;
	box = mailbox_create_with(self->client, &attr);
	ASSERT_LE(0, box);
	EXPECT_EQ(-EINVAL, mailbox_release(box, 0));
	EXPECT_EQ(-EAGAIN, mailbox_try_receive(box, 0, NULL, 0));
	EXPECT_EQ(getpid(), stat_of(box, 0).claims[0]);
	EXPECT_EQ(0, mailbox_release(box, 0));
	EXPECT_EQ(0, stat_of(box, 0).claims[0]);
	close(box);
}

/*
 * Processes and threads
 */

static int send_hello(int fd, uint64_t id)
{
	return mailbox_send(fd, id, "hello", 5);
}

struct inherited {
	int fd;
	uint64_t id;
};

static int use_inherited(void *argument)
{
	struct inherited *inherited = argument;

	return send_hello(inherited->fd, inherited->id);
}

TEST_F(library, child_uses_the_client_of_its_parent)
{
	struct inherited inherited = { .fd = self->client };
	char buffer[8];

	ASSERT_EQ(0, mailbox_create(self->client, 1, &inherited.id));
	ASSERT_EQ(0, mb_child_run(use_inherited, &inherited));
	EXPECT_EQ(5, mailbox_receive(self->client, inherited.id, buffer, 8));
}

TEST_F(library, child_uses_the_handle_of_its_parent)
{
	struct inherited inherited = { .fd = self->box };
	char buffer[8];

	ASSERT_EQ(0, mb_child_run(use_inherited, &inherited));
	EXPECT_EQ(5, mailbox_receive(self->box, 0, buffer, 8));
}

/* What a child makes with a client of its own ends with the child. */
static int use_own(void *argument)
{
	int client = mailbox_client_open();
	char buffer[8];
	uint64_t id;

	if (client < 0)
		return client;
	if (mailbox_create(client, 1, &id) || send_hello(client, id) ||
	    mailbox_receive(client, id, buffer, sizeof(buffer)) != 5)
		return -1;
	*(uint64_t *)argument = id;
	return 0;
}

TEST_F(library, child_uses_a_client_of_its_own)
{
	uint64_t *id = mb_shared(sizeof(*id));

	ASSERT_NE(NULL, id);
	ASSERT_EQ(0, mb_child_run(use_own, id));
	EXPECT_EQ(-ENOENT, send_hello(self->client, *id));
}

struct heritage {
	int client;
	uint64_t id;
	int closed;
};

/* Works on alone when the parent has closed the client. */
static int outlive(void *argument)
{
	struct heritage *heritage = argument;
	char buffer[8];
	int ret;

	ret = mb_event_wait(heritage->closed);
	if (!ret)
		ret = send_hello(heritage->client, heritage->id);
	if (ret)
		return ret;
	return (int)mailbox_receive(heritage->client, heritage->id, buffer,
				    sizeof(buffer));
}

TEST_F(library, mailbox_lives_until_both_closed_the_client)
{
	struct heritage heritage = { .client = mailbox_client_open() };
	struct mb_child child;

	heritage.closed = mb_event();
	ASSERT_LE(0, heritage.client);
	ASSERT_LE(0, heritage.closed);
	ASSERT_EQ(0, mailbox_create(heritage.client, 1, &heritage.id));
	ASSERT_EQ(0, mb_child_start(&child, outlive, &heritage));
	close(heritage.client);
	mb_event_raise(heritage.closed);
	EXPECT_EQ(5, mb_child_join(&child));
	EXPECT_EQ(0, mb_until(send_hello(self->client, heritage.id) ==
			      -ENOENT));
	close(heritage.closed);
}

TEST_F(library, handle_passed_through_a_socket)
{
	char buffer[8];
	int sockets[2];
	int narrow;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
				sockets));
	narrow = mailbox_restrict(self->box, MAILBOX_RIGHT_SEND, 0);
	ASSERT_LE(0, narrow);
	ASSERT_EQ(0, mb_fd_send(sockets[0], narrow));
	close(narrow);
	narrow = mb_fd_receive(sockets[1]);
	ASSERT_LE(0, narrow);
	EXPECT_EQ(0, send_hello(narrow, 0));
	EXPECT_EQ(5, mailbox_receive(self->box, 0, buffer, sizeof(buffer)));
	close(narrow);
	close(sockets[0]);
	close(sockets[1]);
}

enum { THREADS = 4, EACH = 1000 };

struct crowd {
	int client;
	uint64_t id;
	pthread_mutex_t lock;
	unsigned char seen[THREADS * EACH];	/* under lock */
	int error;				/* under lock */
};

struct member {
	struct crowd *crowd;
	uint32_t number;
};

static void crowd_fail(struct crowd *crowd, int error)
{
	pthread_mutex_lock(&crowd->lock);
	crowd->error = error;
	pthread_mutex_unlock(&crowd->lock);
}

static void *thread_send(void *argument)
{
	struct member *member = argument;
	struct crowd *crowd = member->crowd;
	uint32_t i, value;
	int ret;

	for (i = 0; i < EACH; i++) {
		value = member->number * EACH + i;
		ret = mailbox_send(crowd->client, crowd->id, &value,
				   sizeof(value));
		if (ret) {
			crowd_fail(crowd, ret);
			break;
		}
	}
	return NULL;
}

static void *thread_receive(void *argument)
{
	struct member *member = argument;
	struct crowd *crowd = member->crowd;
	uint32_t i, value;
	ssize_t ret;

	for (i = 0; i < EACH; i++) {
		ret = mailbox_receive(crowd->client, crowd->id, &value,
				      sizeof(value));
		if (ret != sizeof(value) || value >= THREADS * EACH) {
			crowd_fail(crowd, ret < 0 ? (int)ret : -EILSEQ);
			break;
		}
		pthread_mutex_lock(&crowd->lock);
		crowd->seen[value]++;
		pthread_mutex_unlock(&crowd->lock);
	}
	return NULL;
}

TEST_F(library, threads_share_a_client)
{
	static struct crowd crowd = { .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t senders[THREADS], receivers[THREADS];
	struct member members[THREADS];
	int i;

	crowd.client = self->client;
	ASSERT_EQ(0, mailbox_create(self->client, 8, &crowd.id));
	for (i = 0; i < THREADS; i++) {
		members[i].crowd = &crowd;
		members[i].number = i;
		ASSERT_EQ(0, pthread_create(&senders[i], NULL, thread_send,
					    &members[i]));
		ASSERT_EQ(0, pthread_create(&receivers[i], NULL,
					    thread_receive, &members[i]));
	}
	for (i = 0; i < THREADS; i++) {
		pthread_join(senders[i], NULL);
		pthread_join(receivers[i], NULL);
	}
	EXPECT_EQ(0, crowd.error);
	for (i = 0; i < THREADS * EACH; i++)
		ASSERT_EQ(1, crowd.seen[i]);
}

TEST_HARNESS_MAIN
