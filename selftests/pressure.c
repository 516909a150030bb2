// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where memory is short: the sender gets ENOMEM, and nothing else happens.  The
 * shortage is that of a memory control group.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "lib/loan.h"
#include "lib/test.h"
#include "lib/transfer.h"

#define GROUP	"/sys/fs/cgroup/mailbox-pressure"
#define LIMIT	"12582912"	/* bytes, less than a user may have in messages */
#define LENGTH	60000
#define FREED	8		/* messages */

/* What the processes in the group tell, in memory that all share. */
struct findings {
	__u32 sent;
	__u32 received;
	int error;		/* of the first send that failed */
	int again;		/* of a send when there was room again */
	bool wrong;
	bool bystander;		/* lives, and is to end */
};

struct scene {
	int box;
	struct findings *findings;
	char *data;
};

static int enter(void)
{
	return mb_write_file(GROUP "/cgroup.procs", "0");
}

static int put(const struct scene *scene, __u32 number)
{
	memcpy(scene->data, &number, sizeof(number));
	mb_fill(scene->data + sizeof(number), LENGTH - sizeof(number), number);
	return mb_put(scene->box, 0, scene->data, LENGTH, MAILBOX_NONBLOCK);
}

static int get(const struct scene *scene, __u32 number)
{
	int ret = mb_get(scene->box, 0, scene->data, LENGTH, MAILBOX_NONBLOCK);
	__u32 found;

	if (ret < 0)
		return ret;
	memcpy(&found, scene->data, sizeof(found));
	if (ret != LENGTH || found != number ||
	    mb_differs(scene->data + sizeof(number), LENGTH - sizeof(number),
		       number) >= 0)
		return MB_NOT_A_NUMBER;
	return 0;
}

/* All that it will touch has been touched before memory is short. */
static int sender_run(void *argument)
{
	struct scene *scene = argument;
	struct findings *findings = scene->findings;
	int ret = enter();

	if (ret)
		return ret;
	ret = put(scene, 0);
	if (!ret)
		ret = get(scene, 0);
	if (ret)
		return ret;
	while (!findings->error) {
		findings->error = put(scene, findings->sent);
		findings->sent += !findings->error;
	}
	/* some: what is given back is not at hand to the last byte */
	while (findings->received < FREED && !findings->wrong)
		findings->wrong = get(scene, findings->received++);
	findings->again = put(scene, findings->sent);
	findings->sent += !findings->again;
	return 0;
}

static int bystander_run(void *argument)
{
	struct scene *scene = argument;
	int ret = enter();

	if (ret)
		return ret;
	scene->findings->bystander = true;
	while (scene->findings->bystander)
		mb_pause();
	return 7;
}

/* A counter of memory.events, or -1. */
static long counter(const char *name)
{
	char text[512], *line;

	if (mb_read_file(GROUP "/memory.events", text, sizeof(text)) < 0)
		return -1;
	line = strstr(text, name);
	return line ? strtol(line + strlen(name), NULL, 10) : -1;
}

FIXTURE(pressure) {
	int client;
	struct scene scene;
};

FIXTURE_SETUP(pressure)
{
	struct mailbox_create create = {
		.flags = MAILBOX_CREATE_UNBOUNDED,
		.rights = MAILBOX_RIGHTS_ALL,
	};

	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->scene.box = mb_make(self->client, create);
	ASSERT_LE(0, self->scene.box);
	self->scene.findings = mb_shared(sizeof(*self->scene.findings));
	self->scene.data = mb_fresh(LENGTH);
	ASSERT_NE(NULL, self->scene.findings);
	ASSERT_NE(NULL, self->scene.data);
	memset(self->scene.findings, 0, sizeof(*self->scene.findings));
}

FIXTURE_TEARDOWN(pressure)
{
	close(self->scene.box);
	close(self->client);
	rmdir(GROUP);
}

TEST_F(pressure, the_sender_is_told_and_nobody_is_killed)
{
	struct findings *findings = self->scene.findings;
	struct mb_child bystander;
	__u32 i;

	mb_need_root();
	mb_write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755) && errno != EEXIST)
		SKIP(return, "no control groups");
	if (mb_write_file(GROUP "/memory.max", LIMIT))
		SKIP(return, "no control groups for memory");
	ASSERT_EQ(0, mb_child_start(&bystander, bystander_run, &self->scene));
	ASSERT_EQ(0, mb_until(findings->bystander));
	ASSERT_EQ(0, mb_child_run(sender_run, &self->scene));
	EXPECT_EQ(-ENOMEM, findings->error);
	EXPECT_LT(20, findings->sent);
	EXPECT_FALSE(findings->wrong);
	EXPECT_EQ(0, findings->again);
	EXPECT_LT(0, counter("\nmax "));
	EXPECT_EQ(0, counter("\noom_kill "));
	EXPECT_FALSE(mb_child_done(&bystander));
	findings->bystander = false;
	EXPECT_EQ(7, mb_child_join(&bystander));

	/* who is not in the group gets all the rest, whole and in order */
	EXPECT_EQ(findings->sent - FREED, mb_stat_of(self->scene.box, messages));
	for (i = findings->received; i < findings->sent; i++)
		ASSERT_EQ(0, get(&self->scene, i));
	EXPECT_EQ(-EAGAIN, get(&self->scene, i));
}

/*
 * Long messages are made of pieces that a page holds each: the kernel's own trace of
 * allocations has none that is larger.
 */

#define TRACING	"/sys/kernel/tracing"
#define EVENTS	TRACING "/events/kmem/"

/* Both ways of allocating. */
static int events_write(const char *what, const char *text)
{
	static const char *const events[] = { "kmalloc", "kmem_cache_alloc" };
	char path[128];
	int ret = 0;

	for (size_t i = 0; i < ARRAY_SIZE(events) && ret >= 0; i++) {
		snprintf(path, sizeof(path), EVENTS "%s/%s", events[i], what);
		ret = mb_write_file(path, text);
	}
	return ret;
}

static int trace_empty(void)
{
	int fd = open(TRACING "/trace", O_WRONLY | O_TRUNC | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/*
 * Does this thread, or the process @receiver, allocate what satisfies @which, while
 * it sends and he receives (NULL: it itself does)?
 */
static int allocations(struct scene *scene, struct mb_child *receiver,
		       const char *which, char *data, size_t length)
{
	char filter[128], text[4096];
	int ret;

	snprintf(filter, sizeof(filter),
		 "(common_pid == %d || common_pid == %d) && %s",
		 (int)syscall(SYS_gettid), receiver ? (int)receiver->pid : -1,
		 which);
	ret = events_write("filter", filter);
	if (!ret)
		ret = trace_empty();
	if (!ret)
		ret = events_write("enable", "1");
	if (!ret)
		ret = mb_put(scene->box, 0, data, length, MAILBOX_NONBLOCK);
	if (!ret)
		ret = receiver ? mb_child_join(receiver) :
		      mb_get(scene->box, 0, data, length, MAILBOX_NONBLOCK);
	events_write("enable", "0");
	events_write("filter", "0");
	if (ret < 0)
		return ret;
	ret = mb_read_file(TRACING "/trace", text, sizeof(text));
	return ret < 0 ? ret : strstr(text, "bytes_req=") != NULL;
}

TEST_F(pressure, long_messages_take_single_pages)
{
	const size_t length = 4 << 20;
	struct mailbox_set set = {
		.flags = MAILBOX_SET_MAX_MESSAGE, .max_message = length,
	};
	char *data = mb_fresh(length);

	mb_need_root();
	ASSERT_NE(NULL, data);
	mount("tracefs", TRACING, "tracefs", 0, NULL);
	if (access(EVENTS "kmalloc/filter", W_OK))
		SKIP(return, "no trace of allocations");
	ASSERT_EQ(0, mb_set(self->scene.box, &set));
	mb_fill(data, length, 3);
	EXPECT_EQ(1, allocations(&self->scene, NULL, "bytes_req > 2048", data,
				 length));
	EXPECT_EQ(0, allocations(&self->scene, NULL, "bytes_req > 4096", data,
				 length));
	EXPECT_GT(0, mb_differs(data, length, 3));
}

struct awaiting {
	int box;
	char *to;
	size_t length;
};

/* Its pages are there before it waits. */
static int await_run(void *argument)
{
	const struct awaiting *awaiting = argument;

	memset(awaiting->to, 0, awaiting->length);
	return mb_get(awaiting->box, 0, awaiting->to, awaiting->length, 0);
}

/* The longest, in one copy; no memory but a list of pages; these given back. */
TEST_F(pressure, awaited_messages_by_count)
{
	const size_t length = MAILBOX_MESSAGE_MAX;
	struct mailbox_set set = {
		.flags = MAILBOX_SET_MAX_MESSAGE, .max_message = length,
	};
	struct awaiting awaiting = { self->scene.box, mb_shared(length), length };
	char *data = mb_fresh(length);
	struct mb_child receiver;
	long long count, bytes;

	mb_need_root();
	ASSERT_NE(NULL, data);
	ASSERT_NE(NULL, awaiting.to);
	mount("tracefs", TRACING, "tracefs", 0, NULL);
	if (access(EVENTS "kmalloc/filter", W_OK) || mb_loans("loans ") < 0)
		SKIP(return, "no trace of allocations");
	ASSERT_EQ(0, mb_set(self->scene.box, &set));
	mb_fill(data, length, 5);
	count = mb_loans("loans ");
	bytes = mb_loans("bytes ");
	ASSERT_EQ(0, mb_child_start(&receiver, await_run, &awaiting));
	ASSERT_EQ(0, mb_wait_receivers(self->scene.box, 0, 1));
	EXPECT_EQ(0, allocations(&self->scene, &receiver, "bytes_req > 4096",
				 data, length));
	EXPECT_EQ(-1, mb_differs(awaiting.to, length, 5));
	EXPECT_EQ(count + 1, mb_loans("loans "));
	EXPECT_EQ(bytes + (long long)length, mb_loans("bytes "));
	EXPECT_EQ(0, mb_loans("pages "));
	EXPECT_GE((long long)(length / sysconf(_SC_PAGESIZE)) + 1,
		  mb_loans("most "));
}

TEST_HARNESS_MAIN
