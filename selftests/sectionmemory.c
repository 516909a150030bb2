// SPDX-License-Identifier: GPL-2.0-only
/*
 * What sections are made of: memory that control groups account for, and huge pages
 * where the system has them.
 */
#include <sys/stat.h>

#include "lib/test.h"
#include "lib/transfer.h"

#include <mailbox.h>

#define GROUP		"/sys/fs/cgroup/mailbox-section"
#define HUGE		"/sys/kernel/mm/transparent_hugepage/shmem_enabled"
#define LENGTH		(8UL << 20)
#define RIGHTS		(MAILBOX_SECTION_READ | MAILBOX_SECTION_WRITE)

FIXTURE(memory) {
	int client;
	int section;
	char *bytes;
};

FIXTURE_SETUP(memory)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->section = mailbox_section_create(self->client, NULL, LENGTH, 0,
					       NULL);
	ASSERT_LE(0, self->section);
	self->bytes = NULL;
}

FIXTURE_TEARDOWN(memory)
{
	close(self->section);
	close(self->client);
	rmdir(GROUP);
}

static int map(FIXTURE_DATA(memory) *self)
{
	return mailbox_section_map(self->section, 0, LENGTH, RIGHTS,
				   (void **)&self->bytes);
}

/* The number after @name in a file, or -1. */
static long long number_in(const char *path, const char *name)
{
	static char text[1 << 16];
	char *line;

	if (mb_read_file(path, text, sizeof(text)) < 0)
		return -1;
	line = strstr(text, name);
	return line ? strtoll(line + strlen(name), NULL, 10) : -1;
}

/* In the group: touches all of it; 0 if the group then has it. */
static int touch_run(void *argument)
{
	FIXTURE_DATA(memory) *self = argument;
	long long before, after;
	int ret = mb_write_file(GROUP "/cgroup.procs", "0");

	if (!ret)
		ret = map(self);
	if (ret)
		return ret;
	before = number_in(GROUP "/memory.stat", "\nshmem ");
	memset(self->bytes, 1, LENGTH);
	after = number_in(GROUP "/memory.stat", "\nshmem ");
	return after - before >= (long long)LENGTH * 9 / 10 ? 0 :
							       MB_NOT_A_NUMBER;
}

TEST_F(memory, is_charged_to_the_group_of_who_touches_it)
{
	struct mailbox_section_stat stat;

	mb_need_root();
	mb_write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755) && errno != EEXIST)
		SKIP(return, "no control groups");
	if (mb_write_file(GROUP "/memory.max", "max"))
		SKIP(return, "no control groups for memory");
	EXPECT_EQ(0, mb_child_run(touch_run, self));
	ASSERT_EQ(0, mailbox_section_stat(self->section, 0, &stat));
	EXPECT_EQ(LENGTH, stat.resident);
}

/* More than the group may have: it is killed for what it touches, as by any memory. */
TEST_F(memory, group_without_memory_is_not_spared)
{
	struct mb_child child;

	mb_need_root();
	mb_write_file("/sys/fs/cgroup/cgroup.subtree_control", "+memory");
	if (mkdir(GROUP, 0755) && errno != EEXIST)
		SKIP(return, "no control groups");
	if (mb_write_file(GROUP "/memory.max", "4194304"))
		SKIP(return, "no control groups for memory");
	mb_write_file(GROUP "/memory.swap.max", "0");
	ASSERT_EQ(0, mb_child_start(&child, touch_run, self));
	EXPECT_NE(0, mb_child_join(&child));
	EXPECT_LT(0, number_in(GROUP "/memory.events", "\noom_kill "));
	/* the section is whole, and others go on with it */
	ASSERT_EQ(0, map(self));
	self->bytes[LENGTH - 1] = 2;
	EXPECT_EQ(2, self->bytes[LENGTH - 1]);
}

TEST_F(memory, has_huge_pages_where_the_system_has_them)
{
	char setting[64], *word, *end;
	long long huge;

	mb_need_root();
	if (mb_read_file(HUGE, setting, sizeof(setting)) < 0 ||
	    mb_write_file(HUGE, "always"))
		SKIP(return, "no huge pages for shared memory");
	/* not the one that was made before */
	close(self->section);
	self->section = mailbox_section_create(self->client, NULL, LENGTH, 0,
					       NULL);
	EXPECT_LE(0, self->section);
	EXPECT_EQ(0, map(self));
	memset(self->bytes, 1, LENGTH);
	huge = number_in("/proc/meminfo", "\nShmemHugePages:");
	word = strchr(setting, '[');
	end = word ? strchr(word, ']') : NULL;
	if (end) {
		*end = 0;
		mb_write_file(HUGE, word + 1);
	}
	EXPECT_LE(4096, huge) {
		TH_LOG("%lld kB in huge pages", huge);
	}
	EXPECT_EQ(1, self->bytes[LENGTH - 1]);
}

TEST_HARNESS_MAIN
