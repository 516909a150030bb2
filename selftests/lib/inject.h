/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call with every single failure that the kernel can inject into it: the
 * first user copy or allocation of the call fails, then the second, and so on
 * until the call meets none.
 */
#ifndef SELFTESTS_LIB_INJECT_H
#define SELFTESTS_LIB_INJECT_H

#include "test.h"
#include "transfer.h"

#include <sys/mman.h>

#define LENGTH		(3 * 4096 + 100)	/* a message of several pages */
#define PIECES		20			/* more than fit on the stack */
#define NAME		"faultinject"
#define NAME_OTHER	"faultinject-other"
#define FAULTS_MAX	500

/* What a call must leave as it was when it fails. */
struct state {
	struct mailbox_query query;
	struct mailbox_stat stat;
	int lowest_fd;
};

/* Results of "operation" that are no -errno. */
#define WRONG_CONTENT	(-30000)
#define WRONG_STATE	(-30001)

struct world;

/**
 * struct operation - a call, and what is around it
 * @capacity: of the mailbox the call is for
 * @create_flags: of the same
 * @policy: of the same
 * @max_receivers: of the same
 * @survives: every single failure: it only copies, and tries again.  Of the others
 *	nothing is asked: a failure may be that of a short cut, then the long way
 *	is taken.
 * @keeps_errno: the call does not touch errno
 * @setup: once, before all
 * @prepare: what must be there before the call
 * @call: the call: 0 or -errno; may be made again if it failed
 * @finish: checks what the call that succeeded has done, and undoes it
 *
 * NULL: nothing to do.
 */
struct operation {
	__u32 capacity;
	__u32 create_flags;
	__u32 policy;
	__u32 max_receivers;
	bool survives;
	bool keeps_errno;
	int (*setup)(struct world *world);
	int (*prepare)(struct world *world);
	int (*call)(struct world *world);
	int (*finish)(struct world *world);
};

struct world {
	const struct operation *operation;
	int faults;		/* fail-nth of this task */
	int client;
	int box;
	__u64 id;
	int fd;			/* what the call made */
	uint64_t made;
	uint64_t *ids;
	char *out, *in;		/* LENGTH bytes each */
	size_t got;
	__u32 done;
	struct mb_child child;
};

/*
 * Injection.  Reading and writing the file are calls with user copies, too.
 */

static inline int faults_write(int fd, unsigned int nth)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%u", nth);
	int tries;

	for (tries = 0; tries < FAULTS_MAX; tries++) {
		if (pwrite(fd, text, length, 0) == length)
			return 0;
		if (errno != EFAULT && errno != ENOMEM)
			break;
	}
	return -errno;
}

/* Ends the injection: was a fault injected? */
static inline bool faults_end(int fd)
{
	char text[16] = "";
	ssize_t length = pread(fd, text, sizeof(text) - 1, 0);

	faults_write(fd, 0);
	return length > 0 && strtoul(text, NULL, 10) == 0;
}

/* Sleeping allocations are spared unless told otherwise; and no log of each. */
static inline void faults_setup(void)
{
	static const char * const settings[][2] = {
		{ "failslab/ignore-gfp-wait", "N" },
		{ "failslab/verbose", "0" },
		{ "fail_page_alloc/ignore-gfp-wait", "N" },
		{ "fail_page_alloc/ignore-gfp-highmem", "N" },
		{ "fail_page_alloc/min-order", "0" },
		{ "fail_page_alloc/verbose", "0" },
		{ "fail_usercopy/verbose", "0" },
	};
	char path[128];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s",
			 settings[i][0]);
		mb_write_file(path, settings[i][1]);
	}
}

static inline struct state state_now(struct world *world)
{
	struct state state = {
		.query = mb_query_now(world->client),
		.stat = mb_stat_now(world->box),
		.lowest_fd = dup(world->client),
	};

	close(state.lowest_fd);
	return state;
}

static inline bool state_same(struct __test_metadata *_metadata,
		       const struct state *a, const struct state *b)
{
#define SAME(field) ({							\
	if (a->field != b->field)					\
		TH_LOG(#field ": %llu before, %llu after",		\
		       (unsigned long long)a->field,			\
		       (unsigned long long)b->field);			\
	a->field == b->field;						\
})
	return SAME(query.user_mailboxes) & SAME(query.user_waiting) &
	       SAME(query.user_attachments) & SAME(query.user_sections) &
	       SAME(query.user_bytes) & SAME(query.total_bytes) &
	       SAME(stat.messages) & SAME(stat.bytes) &
	       SAME(stat.blocked_senders) & SAME(stat.waiting_receivers) &
	       SAME(stat.receive_handles) & SAME(stat.send_handles) &
	       SAME(stat.name_length) & SAME(stat.create_flags) &
	       SAME(stat.mode) & SAME(stat.capacity) & SAME(stat.lost) &
	       SAME(stat.handle_messages) & SAME(lowest_fd);
#undef SAME
}

/*
 * Messages
 */

static inline int send_length(struct world *world, int fd, size_t length)
{
	struct mailbox_send send = {
		.flags = MAILBOX_NONBLOCK,
		.message = {
			.data = mb_ptr(world->out),
			.length = length,
		},
	};

	return mb_send(fd, &send);
}

static inline int receive_length(struct world *world, size_t room, __u32 flags)
{
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK | flags,
		.message = {
			.data = mb_ptr(world->in),
			.room = room,
		},
	};
	int ret = mb_receive(world->box, &receive);

	world->got = receive.message.length;
	return ret;
}

/* The message that the mailbox holds is the one of this length. */
static inline int message_check(struct world *world, size_t length)
{
	if (world->got != length || mb_differs(world->in, length, 1) >= 0)
		return WRONG_CONTENT;
	return 0;
}

static inline int receive_check(struct world *world, size_t length)
{
	int ret;

	memset(world->in, 0, LENGTH);
	ret = receive_length(world, LENGTH, 0);
	return ret ? ret : message_check(world, length);
}

/*
 * The test
 */

/* A mailbox as the operation wants it, and what the calls use. */
static inline int world_open(struct world *world,
			     const struct operation *operation)
{
	struct mailbox_create create = {
		.flags = operation->create_flags,
		.policy = operation->policy,
		.capacity = operation->capacity,
		.max_receivers = operation->max_receivers,
		.name = mb_ptr(NAME),
		.name_length = strlen(NAME),
	};
	char path[64];

	world->operation = operation;
	snprintf(path, sizeof(path), "/proc/self/task/%ld/fail-nth",
		 syscall(SYS_gettid));
	world->faults = open(path, O_RDWR | O_CLOEXEC);
	faults_setup();
	world->client = mb_client();
	if (world->client < 0)
		return world->client;
	world->box = mb_make(world->client, create);
	if (world->box < 0)
		return world->box;
	world->id = mb_id(world->box);
	/* all there from the start: a fault in is no fault */
	world->out = mb_fresh(LENGTH);
	world->in = mb_fresh(LENGTH);
	if (!world->out || !world->in)
		return -ENOMEM;
	mb_fill(world->out, LENGTH, 1);
	memset(world->in, 0, LENGTH);
	return operation->setup ? operation->setup(world) : 0;
}

static inline void world_close(struct world *world)
{
	close(world->box);
	close(world->client);
	close(world->faults);
}

/* The call, with its failure @nth: its result, and whether there was one. */
static inline int call_with(struct world *world, unsigned int nth,
			    bool *injected)
{
	const struct operation *operation = world->operation;
	const int mark = 4711;
	int ret = faults_write(world->faults, nth);

	if (ret)
		return ret;
	errno = mark;
	ret = operation->call(world);
	if (operation->keeps_errno && errno != mark)
		ret = WRONG_STATE;
	*injected = faults_end(world->faults);
	return ret;
}

/*
 * The whole test: ends when the call met no failure, and says how many made it fail
 * and how many did not.
 */
static inline void every_failure(struct __test_metadata *_metadata,
				 struct world *world)
{
	const struct operation *operation = world->operation;
	unsigned int failed = 0, survived = 0, nth;
	bool injected = true;

	if (world->faults < 0)
		SKIP(return, "no fault injection in this kernel");
	mb_need_root();
	for (nth = 1; injected; nth++) {
		struct state outside = state_now(world);
		struct state before, after;
		int ret;

		ASSERT_GT(FAULTS_MAX, nth);
		if (operation->prepare)
			ASSERT_EQ(0, operation->prepare(world));
		before = state_now(world);
		ret = call_with(world, nth, &injected);
		if (ret) {
			if (ret != -ENOMEM && ret != -EFAULT)
				TH_LOG("failure %u: error %d", nth, ret);
			ASSERT_TRUE(ret == -ENOMEM || ret == -EFAULT);
			ASSERT_TRUE(injected);
			after = state_now(world);
			ASSERT_TRUE(state_same(_metadata, &before, &after)) {
				TH_LOG("after failure %u, error %d", nth, ret);
			}
			ASSERT_EQ(0, operation->call(world)) {
				TH_LOG("again after failure %u", nth);
			}
			failed++;
		} else if (injected) {
			survived++;
		}

		if (operation->finish)
			ASSERT_EQ(0, operation->finish(world)) {
				TH_LOG("after failure %u, error %d", nth, ret);
			}
		after = state_now(world);
		ASSERT_TRUE(state_same(_metadata, &outside, &after)) {
			TH_LOG("in the end, after failure %u, error %d", nth,
			       ret);
		}
	}
	TH_LOG("%u failures: %u made the call fail, %u did not",
	       failed + survived, failed, survived);
	EXPECT_LT(0, failed + survived);
	if (operation->survives)
		EXPECT_EQ(0, failed);
}

#endif /* SELFTESTS_LIB_INJECT_H */
