// SPDX-License-Identifier: GPL-2.0-only
/*
 * Quotas and shares: what one user may hold, that it comes back, and that one
 * user at the limit harms nobody else.
 */
#include "lib/test.h"
#include "lib/transfer.h"

/*
 * The module's parameters, set for one test and put back after it.  They lower
 * the limits of users that exist only here, so others on this machine notice
 * nothing but a lower limit for a moment.
 */
static const char *const parameters[] = {
	"user_bytes", "total_bytes", "user_mailboxes", "user_waiting",
	"message_default", "message_max",
};

FIXTURE(quota) {
	int client;
	int box;		/* UNBOUNDED, open to everybody */
	__u64 id;
	long long before[ARRAY_SIZE(parameters)];
};

FIXTURE_SETUP(quota)
{
	size_t i;

	ASSERT_EQ(0, geteuid());
	for (i = 0; i < ARRAY_SIZE(parameters); i++) {
		self->before[i] = mb_parameter(parameters[i]);
		ASSERT_LE(0, self->before[i]) {
			TH_LOG("no parameter %s", parameters[i]);
		}
	}
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_UNBOUNDED | MAILBOX_CREATE_MODE,
		.mode = 0666,
	});
	ASSERT_LE(0, self->box);
	self->id = mb_id(self->box);
}

FIXTURE_TEARDOWN(quota)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(parameters); i++)
		EXPECT_EQ(0, mb_parameter_set(parameters[i], self->before[i]));
	close(self->box);
	close(self->client);
}

/*
 * What another user does.  It has descriptors of its own, and sends messages
 * of @length bytes until it is refused, @limit at the most.
 */
struct work {
	int box;		/* an inherited handle, else -1: by ID */
	__u64 id;
	int limit;
	size_t length;
	int refused;		/* out: with what */
	__u64 bytes;		/* out: QUERY's user_bytes then */
};

/* In shared memory, so that the test sees what it left there. */
static struct work *work_new(int box, __u64 id, int limit, size_t length)
{
	struct work *work = mb_shared(sizeof(*work));

	if (work)
		*work = (struct work){ box, id, limit, length, 0, 0 };
	return work;
}

static int work_run(void *argument)
{
	struct work *work = argument;
	static char data[65536];
	int client = mb_client();
	int fd = work->box < 0 ? client : work->box;
	int i, ret = 0;

	if (client < 0)
		return client;
	for (i = 0; i < work->limit; i++) {
		ret = mb_put(fd, work->box < 0 ? work->id : 0, data,
			     work->length, MAILBOX_NONBLOCK);
		if (ret)
			break;
	}
	work->refused = ret;
	work->bytes = mb_query_of(client, user_bytes);
	return i;
}

/* How many messages @uid could send. */
static int sends_as(uid_t uid, struct work *work)
{
	return mb_as_uid(uid, work_run, work);
}

/*
 * Bytes
 */

TEST_F(quota, bytes_used_up_is_edquot)
{
	struct work *work = work_new(-1, self->id, 1000, 1000);
	int sent;

	ASSERT_NE(NULL, work);
	ASSERT_EQ(0, mb_parameter_set("user_bytes", 100000));
	sent = sends_as(MB_USER_A, work);
	EXPECT_EQ(-EDQUOT, work->refused);
	EXPECT_LT(0, sent);
	EXPECT_GE(100, sent);
	EXPECT_LE(sent * 1000, work->bytes);
	EXPECT_GE(100000, work->bytes);
	EXPECT_EQ(sent, mb_stat_of(self->box, messages));
	EXPECT_EQ(1, mb_stat_of(self->box, refused_quota));
}

TEST_F(quota, overhead_counts_for_empty_messages)
{
	struct work *work = work_new(-1, self->id, 100000, 0);

	ASSERT_NE(NULL, work);
	ASSERT_EQ(0, mb_parameter_set("user_bytes", 20000));
	EXPECT_GE(20000, sends_as(MB_USER_A, work));
	EXPECT_EQ(-EDQUOT, work->refused);
}

TEST_F(quota, one_users_limit_harms_no_other_user)
{
	struct work *work = work_new(-1, self->id, 1000, 1000);
	int sent;

	ASSERT_NE(NULL, work);
	ASSERT_EQ(0, mb_parameter_set("user_bytes", 100000));
	sent = sends_as(MB_USER_A, work);
	ASSERT_EQ(-EDQUOT, work->refused);
	/* into the same mailbox, as many again */
	EXPECT_EQ(sent, sends_as(MB_USER_B, work));
	EXPECT_EQ(-EDQUOT, work->refused);
	EXPECT_EQ(0, mb_put_number(self->box, 1, 0, MAILBOX_NONBLOCK));
}

TEST_F(quota, quota_holds_over_all_mailboxes_of_the_user)
{
	struct work *work = work_new(-1, self->id, 1000, 1000);
	int other = mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_UNBOUNDED | MAILBOX_CREATE_MODE,
		.mode = 0666,
	});

	ASSERT_NE(NULL, work);
	ASSERT_LE(0, other);
	ASSERT_EQ(0, mb_parameter_set("user_bytes", 100000));
	ASSERT_LT(0, sends_as(MB_USER_A, work));
	work->id = mb_id(other);
	EXPECT_EQ(0, sends_as(MB_USER_A, work));
	EXPECT_EQ(-EDQUOT, work->refused);
}

TEST_F(quota, receive_gives_bytes_back)
{
	struct work *work = work_new(-1, self->id, 1000, 1000);
	char data[1000];
	int i, sent;

	ASSERT_NE(NULL, work);
	ASSERT_EQ(0, mb_parameter_set("user_bytes", 100000));
	sent = sends_as(MB_USER_A, work);
	ASSERT_EQ(-EDQUOT, work->refused);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(1000, mb_get(self->box, 0, data, 1000, 0));
	EXPECT_EQ(3, sends_as(MB_USER_A, work));
	for (i = 0; i < sent; i++)
		ASSERT_EQ(1000, mb_get(self->box, 0, data, 1000, 0));
	work->limit = 0;
	ASSERT_EQ(0, sends_as(MB_USER_A, work));
	EXPECT_EQ(0, work->bytes);
}

TEST_F(quota, destroy_gives_bytes_back)
{
	struct work *work = work_new(-1, self->id, 10, 1000);

	ASSERT_NE(NULL, work);
	ASSERT_EQ(10, sends_as(MB_USER_A, work));
	EXPECT_LE(10000, work->bytes);
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	work->limit = 0;
	ASSERT_EQ(0, sends_as(MB_USER_A, work));
	EXPECT_EQ(0, work->bytes);
}

TEST_F(quota, last_close_gives_bytes_back)
{
	struct work *work = work_new(-1, self->id, 10, 1000);

	ASSERT_NE(NULL, work);
	ASSERT_EQ(10, sends_as(MB_USER_A, work));
	close(self->box);
	self->box = -1;
	work->limit = 0;
	ASSERT_EQ(0, sends_as(MB_USER_A, work));
	EXPECT_EQ(0, work->bytes);
}

TEST_F(quota, refused_send_is_charged_nothing)
{
	struct work *work = work_new(-1, self->id, 1, 4);

	ASSERT_NE(NULL, work);
	ASSERT_EQ(0, mb_parameter_set("user_bytes", 1));
	EXPECT_EQ(0, sends_as(MB_USER_A, work));
	EXPECT_EQ(-EDQUOT, work->refused);
	EXPECT_EQ(0, work->bytes);
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

static int blocked_then_query(void *argument)
{
	struct mailbox_send send = {
		.flags = MAILBOX_DEADLINE,
		.clock = MAILBOX_CLOCK_MONOTONIC,
		.deadline = mb_now_ns(CLOCK_MONOTONIC) + 20000000,
	};
	int ret = mb_send(*(int *)argument, &send);
	int client = mb_client();

	if (ret != -ETIMEDOUT || client < 0)
		return ret ? ret : -EPROTO;
	return mb_query_of(client, user_bytes);
}

TEST_F(quota, withdrawal_gives_bytes_back)
{
	int meeting = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, meeting);
	EXPECT_EQ(0, mb_as_uid(MB_USER_A, blocked_then_query, &meeting));
}

/* The sender is charged, not the mailbox's owner. */
TEST_F(quota, sender_is_charged_not_the_owner)
{
	__u64 before = mb_query_of(self->client, user_bytes);
	struct work *work = work_new(-1, self->id, 10, 1000);

	ASSERT_NE(NULL, work);
	ASSERT_EQ(10, sends_as(MB_USER_A, work));
	EXPECT_EQ(before, mb_query_of(self->client, user_bytes));
}

static int effective_send(void *argument)
{
	int box = *(int *)argument;
	int client = mb_client();
	__u64 before;

	if (client < 0)
		return client;
	before = mb_query_of(client, user_bytes);
	if (setresuid(MB_USER_B, -1, -1))
		return -errno;
	mb_put(box, 0, NULL, 0, MAILBOX_NONBLOCK);
	if (setresuid(0, -1, -1))
		return -errno;
	return mb_query_of(client, user_bytes) == before;
}

#define DEEP	64

/* Sends messages of @length bytes, receives them.  What was held in between; or 0. */
static __u64 there_and_back(int client, int box, size_t length)
{
	char data[1000] = { 0 };
	__u64 held;
	int i;

	for (i = 0; i < DEEP; i++) {
		if (mb_put(box, 0, data, length, MAILBOX_NONBLOCK))
			return 0;
	}
	held = mb_query_of(client, user_bytes);
	for (i = 0; i < DEEP; i++) {
		if (mb_get(box, 0, data, sizeof(data), MAILBOX_NONBLOCK) < 0)
			return 0;
	}
	return held;
}

/* What a mailbox keeps for the next messages serves them, and goes with it. */
TEST_F(quota, what_a_mailbox_keeps_is_charged_once)
{
	__u64 none = mb_query_of(self->client, user_bytes), empty, some, many;
	int box = mb_new(self->client, DEEP, MAILBOX_RIGHTS_ALL);
	int round;

	ASSERT_LE(0, box);
	some = there_and_back(self->client, box, 100);
	many = there_and_back(self->client, box, 1000);
	empty = mb_query_of(self->client, user_bytes);
	ASSERT_LT(none + DEEP * 100, some);
	ASSERT_LT(some + DEEP * 700, many);
	EXPECT_GE(many, empty);
	for (round = 0; round < 3; round++) {
		EXPECT_GE(many, there_and_back(self->client, box, 100));
		EXPECT_EQ(many, there_and_back(self->client, box, 1000));
		EXPECT_EQ(empty, mb_query_of(self->client, user_bytes));
	}
	EXPECT_EQ(0, close(box));
	EXPECT_EQ(none, mb_query_of(self->client, user_bytes));
}

/* Nobody's mailbox keeps anything when he has used up a quarter of his bytes. */
TEST_F(quota, nothing_is_kept_when_it_becomes_scarce)
{
	int box = mb_new(self->client, DEEP, MAILBOX_RIGHTS_ALL);
	__u64 empty = mb_query_of(self->client, user_bytes);

	ASSERT_LE(0, box);
	/* That is what there is from the first. */
	ASSERT_EQ(0, mb_parameter_set("user_bytes", 4 * empty));
	ASSERT_LT(empty, there_and_back(self->client, box, 100));
	EXPECT_EQ(empty, mb_query_of(self->client, user_bytes));
}

/* Nor what another user has paid for. */
TEST_F(quota, anothers_messages_are_not_kept)
{
	struct work *work = work_new(-1, self->id, DEEP, 100);
	__u64 before = mb_query_of(self->client, user_bytes);
	struct work *after = work_new(-1, self->id, 0, 0);
	char data[100];
	int i;

	ASSERT_NE(NULL, work);
	ASSERT_NE(NULL, after);
	ASSERT_EQ(DEEP, sends_as(MB_USER_A, work));
	EXPECT_LT(DEEP * 100, work->bytes);
	for (i = 0; i < DEEP; i++)
		ASSERT_EQ(100, mb_get(self->box, 0, data, sizeof(data),
				      MAILBOX_NONBLOCK));
	ASSERT_EQ(0, sends_as(MB_USER_A, after));
	EXPECT_EQ(0, after->bytes);
	EXPECT_EQ(before, mb_query_of(self->client, user_bytes));
}

/* Its real user: a program's set-user-ID owner does not pay. */
TEST_F(quota, real_user_is_charged)
{
	EXPECT_EQ(1, mb_child_run(effective_send, &self->box));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

TEST_F(quota, cap_over_all_users_is_edquot)
{
	struct work *work = work_new(-1, self->id, 1000, 1000);
	__u64 used = mb_query_of(self->client, total_bytes);
	int sent;

	ASSERT_NE(NULL, work);
	ASSERT_EQ(0, mb_parameter_set("total_bytes", used + 100000));
	sent = sends_as(MB_USER_A, work);
	EXPECT_EQ(-EDQUOT, work->refused);
	EXPECT_LT(0, sent);
	EXPECT_GE(100, sent);
}

/* A newcomer finds room however much of the cap one user has taken. */
TEST_F(quota, cap_leaves_room_for_a_newcomer)
{
	struct work *work = work_new(-1, self->id, 1000, 1000);
	__u64 used = mb_query_of(self->client, total_bytes);

	ASSERT_NE(NULL, work);
	ASSERT_EQ(0, mb_parameter_set("total_bytes", used + 100000));
	ASSERT_LT(0, sends_as(MB_USER_A, work));
	ASSERT_EQ(-EDQUOT, work->refused);
	EXPECT_LT(0, sends_as(MB_USER_B, work));
	EXPECT_GE(used + 100000, mb_query_of(self->client, total_bytes));
}

TEST_F(quota, query_tells_the_limits)
{
	struct mailbox_query query;

	ASSERT_EQ(0, mb_parameter_set("user_bytes", 123456));
	ASSERT_EQ(0, mb_parameter_set("user_mailboxes", 77));
	ASSERT_EQ(0, mb_parameter_set("user_waiting", 78));
	ASSERT_EQ(0, mb_parameter_set("message_default", 79));
	query = mb_query_now(self->client);
	EXPECT_EQ(123456, query.user_bytes_max);
	EXPECT_EQ(77, query.user_mailboxes_max);
	EXPECT_EQ(78, query.user_waiting_max);
	EXPECT_EQ(79, query.message_default);
	EXPECT_EQ(self->before[1], query.total_bytes_max);
	EXPECT_EQ(self->before[5], query.message_max);
}

TEST_F(quota, message_limits_hold_for_new_mailboxes)
{
	size_t old = mb_stat_of(self->box, max_message);
	int box;

	ASSERT_EQ(0, mb_parameter_set("message_default", 10));
	box = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, box);
	EXPECT_EQ(10, mb_stat_of(box, max_message));
	EXPECT_EQ(-EMSGSIZE, mb_put(box, 0, "01234567890", 11, 0));
	/* what exists is not cut down */
	EXPECT_EQ(old, mb_stat_of(self->box, max_message));
	EXPECT_EQ(0, mb_put(self->box, 0, "01234567890", 11, 0));
}

TEST_F(quota, message_limit_above_the_largest_is_einval)
{
	ASSERT_EQ(0, mb_parameter_set("message_max", 100));
	EXPECT_EQ(-EINVAL, mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_MAX_MESSAGE, .capacity = 1,
		.max_message = 101,
	}));
	EXPECT_LE(0, mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_MAX_MESSAGE, .capacity = 1,
		.max_message = 100,
	}));
}

static int batches(void *argument)
{
	struct mailbox_message message[200] = { { 0 } };
	struct mailbox_batch batch = {
		.messages = mb_ptr(message), .count = ARRAY_SIZE(message),
	};
	static char data[1000];
	size_t i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(message); i++) {
		message[i].data = mb_ptr(data);
		message[i].length = sizeof(data);
	}
	ret = mb_send_batch(*(int *)argument, &batch);
	if (ret)
		return ret;
	/* what stopped it is met again */
	ret = mb_send_batch(*(int *)argument, &batch);
	return ret == -EDQUOT ? (int)batch.done : -EPROTO;
}

TEST_F(quota, batch_ends_where_the_quota_does)
{
	ASSERT_EQ(0, mb_parameter_set("user_bytes", 100000));
	EXPECT_LE(0, mb_as_uid(MB_USER_A, batches, &self->box));
	EXPECT_LT(0, mb_stat_of(self->box, messages));
	EXPECT_GE(100, mb_stat_of(self->box, messages));
}

TEST_F(quota, batch_that_may_not_wait_is_edquot)
{
	struct mailbox_message message = { .data = 0 };
	struct mailbox_batch batch = {
		.messages = mb_ptr(&message), .count = 1,
	};

	ASSERT_EQ(0, mb_parameter_set("user_waiting", 0));
	EXPECT_EQ(-EDQUOT, mb_receive_batch(self->box, &batch));
}

/*
 * Mailboxes
 */

static int creates(void *argument)
{
	int client = mb_client();
	int count = 0, first = -1, ret = 0;

	if (client < 0)
		return client;
	while (count < 100) {
		ret = mb_new(client, 1, MAILBOX_RIGHTS_ALL);
		if (ret < 0)
			break;
		if (!count++)
			first = ret;
	}
	if (ret != -EDQUOT)
		return -EPROTO;
	if (mb_query_of(client, user_mailboxes) != (unsigned int)count)
		return -ERANGE;
	/* one that ends makes room for one */
	close(first);
	ret = mb_new(client, 1, MAILBOX_RIGHTS_ALL);
	return ret < 0 ? ret : count;
}

TEST_F(quota, mailboxes_used_up_is_edquot)
{
	ASSERT_EQ(0, mb_parameter_set("user_mailboxes", 5));
	EXPECT_EQ(5, mb_as_uid(MB_USER_A, creates, NULL));
	/* all closed with the process; the next user has as many */
	EXPECT_EQ(5, mb_as_uid(MB_USER_B, creates, NULL));
	EXPECT_EQ(5, mb_as_uid(MB_USER_A, creates, NULL));
}

/*
 * Waiting calls
 */

static int waits(void *argument)
{
	return mb_get_number(*(int *)argument, 0);
}

TEST_F(quota, waiting_calls_used_up_is_edquot)
{
	const struct mb_user user = { .uid = MB_USER_A, .gid = MB_GROUP_A };
	struct mb_child child[3];
	int i;

	ASSERT_EQ(0, mb_parameter_set("user_waiting", 2));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, mb_as_start(&child[i], &user, waits, &self->box));
		ASSERT_EQ(0, mb_wait_receivers(self->box, 0, i + 1));
	}
	EXPECT_EQ(-EDQUOT, mb_as(&user, waits, &self->box));
	/* another user may wait */
	ASSERT_EQ(0, mb_get_number_start(&child[2], self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 3));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_put_number(self->box, i, 0, 0));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(i, mb_child_join(&child[i]));
}

static int blocks(void *argument)
{
	return mb_put_number(*(int *)argument, 1, 0, 0);
}

TEST_F(quota, waiting_senders_count_too)
{
	const struct mb_user user = { .uid = MB_USER_A, .gid = MB_GROUP_A };
	int meeting = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);
	struct mb_child child;

	ASSERT_LE(0, meeting);
	ASSERT_EQ(0, mb_parameter_set("user_waiting", 1));
	ASSERT_EQ(0, mb_as_start(&child, &user, blocks, &meeting));
	ASSERT_EQ(0, mb_wait_senders(meeting, 0, 1));
	EXPECT_EQ(-EDQUOT, mb_as(&user, blocks, &meeting));
	EXPECT_EQ(1, mb_stat_of(meeting, refused_quota));
	EXPECT_EQ(1, mb_get_number(meeting, 0));
	EXPECT_EQ(0, mb_child_join(&child));
	/* it no longer waits: the user may again */
	ASSERT_EQ(0, mb_as_start(&child, &user, blocks, &meeting));
	ASSERT_EQ(0, mb_wait_senders(meeting, 0, 1));
	mb_child_kill(&child);
	ASSERT_EQ(0, mb_as_start(&child, &user, blocks, &meeting));
	ASSERT_EQ(0, mb_wait_senders(meeting, 0, 1));
	mb_child_kill(&child);
}

TEST_F(quota, calls_that_need_not_wait_need_no_quota)
{
	ASSERT_EQ(0, mb_parameter_set("user_waiting", 0));
	EXPECT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_EQ(3, mb_get_number(self->box, 0));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EDQUOT, mb_get_number(self->box, 0));
}

/*
 * Shares of a bounded mailbox
 */

static int shared_mailbox(int client, int capacity)
{
	return mb_make(client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_MODE, .mode = 0666,
		.capacity = capacity,
	});
}

/*
 * A sender who is not the owner holds at most half, rounded up, of what the
 * others leave, for every capacity and every number that others hold.
 */
TEST_F(quota, share_is_half_of_what_others_leave)
{
	int capacity, others, box, i, allowed, more;

	for (capacity = 1; capacity <= 9; capacity++) {
		for (others = 0; others <= capacity; others++) {
			struct work *work;

			box = shared_mailbox(self->client, capacity);
			ASSERT_LE(0, box);
			work = work_new(-1, mb_id(box), 100, 4);
			ASSERT_NE(NULL, work);
			for (i = 0; i < others; i++)
				ASSERT_EQ(0, mb_put_number(box, i, 0, 0));
			allowed = (capacity - others + 1) / 2;
			EXPECT_EQ(allowed, sends_as(MB_USER_A, work)) {
				TH_LOG("capacity %d, others hold %d", capacity,
				       others);
			}
			EXPECT_EQ(-EAGAIN, work->refused);
			/* found room, but had its share: that is counted */
			more = capacity > others + allowed;
			EXPECT_EQ(more, mb_stat_of(box, refused_share));
			close(box);
		}
	}
}

TEST_F(quota, owner_may_fill_it)
{
	int box = shared_mailbox(self->client, 6), i;

	ASSERT_LE(0, box);
	for (i = 0; i < 6; i++)
		EXPECT_EQ(0, mb_put_number(box, i, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_put_number(box, i, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_stat_of(box, refused_share));
}

TEST_F(quota, senders_share_what_is_left)
{
	int box = shared_mailbox(self->client, 8);
	struct work *work;

	ASSERT_LE(0, box);
	work = work_new(-1, mb_id(box), 100, 4);
	ASSERT_NE(NULL, work);
	/* of 8: 4, then half of 4, and the owner has the rest */
	EXPECT_EQ(4, sends_as(MB_USER_A, work));
	EXPECT_EQ(2, sends_as(MB_USER_B, work));
	EXPECT_EQ(0, mb_put_number(box, 1, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_put_number(box, 1, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_put_number(box, 1, 0, MAILBOX_NONBLOCK));
}

/* The share is the user's, however many processes and handles it has. */
TEST_F(quota, share_is_the_users_not_the_processs)
{
	int box = shared_mailbox(self->client, 8);
	struct work *work;

	ASSERT_LE(0, box);
	work = work_new(-1, mb_id(box), 100, 4);
	ASSERT_NE(NULL, work);
	ASSERT_EQ(4, sends_as(MB_USER_A, work));
	EXPECT_EQ(0, sends_as(MB_USER_A, work));
	work->box = box;
	EXPECT_EQ(0, sends_as(MB_USER_A, work));
	EXPECT_EQ(-EAGAIN, work->refused);
}

TEST_F(quota, share_comes_back_with_a_receive)
{
	int box = shared_mailbox(self->client, 4);
	struct work *work;

	ASSERT_LE(0, box);
	work = work_new(-1, mb_id(box), 100, 4);
	ASSERT_NE(NULL, work);
	ASSERT_EQ(2, sends_as(MB_USER_A, work));
	ASSERT_EQ(0, mb_drain_one(box, 0));
	EXPECT_EQ(1, sends_as(MB_USER_A, work));
}

TEST_F(quota, sender_over_its_share_waits)
{
	const struct mb_user user = { .uid = MB_USER_A, .gid = MB_GROUP_A };
	int box = shared_mailbox(self->client, 4);
	struct mb_child sender;
	struct work *work;

	ASSERT_LE(0, box);
	work = work_new(-1, mb_id(box), 100, 4);
	ASSERT_NE(NULL, work);
	ASSERT_EQ(2, sends_as(MB_USER_A, work));
	ASSERT_EQ(0, mb_as_start(&sender, &user, blocks, &box));
	ASSERT_EQ(0, mb_wait_senders(box, 0, 1));
	EXPECT_EQ(2, mb_stat_of(box, messages));
	ASSERT_EQ(0, mb_drain_one(box, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(2, mb_stat_of(box, messages));
}

/* What it waits for keeps nobody else out. */
TEST_F(quota, sender_over_its_share_holds_up_no_other)
{
	const struct mb_user user = { .uid = MB_USER_A, .gid = MB_GROUP_A };
	int box = shared_mailbox(self->client, 4);
	struct mb_child sender;
	struct work *work;

	ASSERT_LE(0, box);
	work = work_new(-1, mb_id(box), 100, 4);
	ASSERT_NE(NULL, work);
	ASSERT_EQ(2, sends_as(MB_USER_A, work));
	ASSERT_EQ(0, mb_as_start(&sender, &user, blocks, &box));
	ASSERT_EQ(0, mb_wait_senders(box, 0, 1));
	EXPECT_EQ(1, sends_as(MB_USER_B, work));
	EXPECT_EQ(0, mb_put_number(box, 1, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(4, mb_stat_of(box, messages));
	EXPECT_EQ(1, mb_stat_of(box, blocked_senders));
	mb_child_kill(&sender);
}

/* Others receive, and their freed slots do not all go to the one who waits. */
TEST_F(quota, slots_that_others_free_count_for_the_share)
{
	const struct mb_user user = { .uid = MB_USER_A, .gid = MB_GROUP_A };
	int box = shared_mailbox(self->client, 5);
	struct mb_child sender;
	struct work *work;
	int i;

	ASSERT_LE(0, box);
	work = work_new(-1, mb_id(box), 100, 4);
	ASSERT_NE(NULL, work);
	/* the owner's two are received first */
	ASSERT_EQ(0, mb_put_number(box, 100, 9, 0));
	ASSERT_EQ(0, mb_put_number(box, 101, 9, 0));
	ASSERT_EQ(2, sends_as(MB_USER_A, work));
	ASSERT_EQ(0, mb_as_start(&sender, &user, blocks, &box));
	ASSERT_EQ(0, mb_wait_senders(box, 0, 1));
	/* of 5, others holding 1: half of 4 is 2, which it has */
	EXPECT_EQ(100, mb_get_number(box, 0));
	EXPECT_EQ(1, mb_stat_of(box, blocked_senders));
	/* others holding none: half of 5 is 3 */
	EXPECT_EQ(101, mb_get_number(box, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, mb_drain_one(box, 0));
}

static int poll_own_handle(void *argument)
{
	struct work *work = argument;
	int client = mb_client();
	int handle, before, sent = 0;

	if (client < 0)
		return client;
	handle = mb_open_id(client, work->id, MAILBOX_RIGHT_SEND);
	if (handle < 0)
		return handle;
	before = mb_poll(handle, POLLOUT, 0);
	while (!mb_put_number(handle, 1, 0, MAILBOX_NONBLOCK))
		sent++;
	if (before != POLLOUT || !sent)
		return -EPROTO;
	return mb_poll(handle, POLLOUT, 0);
}

/* POLLOUT is room for the handle's opener. */
TEST_F(quota, poll_knows_the_share)
{
	int box = shared_mailbox(self->client, 4);
	struct work *work;

	ASSERT_LE(0, box);
	work = work_new(-1, mb_id(box), 0, 0);
	ASSERT_NE(NULL, work);
	EXPECT_EQ(0, mb_as_uid(MB_USER_A, poll_own_handle, work));
	EXPECT_EQ(POLLIN | POLLOUT, mb_poll(box, POLLIN | POLLOUT, 0));
}

TEST_F(quota, unbounded_mailbox_has_no_shares)
{
	struct work *work = work_new(-1, self->id, 500, 4);

	ASSERT_NE(NULL, work);
	EXPECT_EQ(500, sends_as(MB_USER_A, work));
	EXPECT_EQ(0, mb_stat_of(self->box, refused_share));
}

TEST_HARNESS_MAIN
