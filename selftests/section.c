// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sections: making and finding them, mapping them, what a descriptor that may
 * only read cannot be made to do, seals, how long they live, what they cost.
 */
#include "lib/test.h"

#include <mailbox.h>
#include <setjmp.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define PAGE		4096UL
#define LENGTH		(4 * PAGE)
#define READ_ONLY	MAILBOX_SECTION_READ
#define READ_WRITE	(MAILBOX_SECTION_READ | MAILBOX_SECTION_WRITE)
#define ALL		MAILBOX_SECTION_RIGHTS

FIXTURE(section)
{
	int client;
};

FIXTURE_SETUP(section)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
}

FIXTURE_TEARDOWN(section)
{
	close(self->client);
}

static int make(int client, uint64_t length)
{
	return mailbox_section_create(client, NULL, length, 0, NULL);
}

static int make_named(int client, const char *name, uint64_t *id)
{
	return mailbox_section_create(client, name, LENGTH, 0, id);
}

static int make_sealed(int client, unsigned int seals)
{
	return mailbox_section_create(client, NULL, LENGTH, seals, NULL);
}

/* A section that persists, without a descriptor. */
static int make_persistent(int client, const char *name, uint64_t *id)
{
	struct mailbox_section_create create = {
		.size = sizeof(create),
		.flags = MAILBOX_CREATE_PERSIST | MAILBOX_CREATE_NOFD,
		.name = mb_ptr(name),
		.name_length = name ? strlen(name) : 0,
		.length = LENGTH,
	};
	int ret = mailbox_section_create_with(client, &create);

	*id = create.id;
	return ret;
}

/* Mapped: the address, or an errno value. */
static void *map(int fd, size_t length, int protection, int flags)
{
	return mmap(NULL, length, protection, flags, fd, 0);
}

static void *map_all(int fd)
{
	return map(fd, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED);
}

static struct mailbox_query query_of(int client)
{
	struct mailbox_query query = { 0 };

	mb_query(client, &query);
	return query;
}

/* Making and finding */

TEST_F(section, query_tells_the_feature)
{
	EXPECT_TRUE(query_of(self->client).features & MAILBOX_FEATURE_SECTION);
}

TEST_F(section, is_memory_that_is_zero)
{
	int fd = make(self->client, LENGTH);
	char *memory = map_all(fd);

	ASSERT_LE(0, fd);
	ASSERT_NE(MAP_FAILED, memory);
	for (size_t i = 0; i < LENGTH; i++)
		ASSERT_EQ(0, memory[i]);
}

TEST_F(section, two_mappings_are_the_same_memory)
{
	int fd = make(self->client, LENGTH);
	char *one = map_all(fd), *other = map_all(fd);

	ASSERT_NE(MAP_FAILED, one);
	ASSERT_NE(MAP_FAILED, other);
	strcpy(one + PAGE, "text");
	EXPECT_STREQ("text", other + PAGE);
}

static int reads_text(void *argument)
{
	int client = mb_client();
	int section = mailbox_section_open(client, argument, READ_ONLY);
	char *seen = map(section, LENGTH, PROT_READ, MAP_SHARED);

	return seen == MAP_FAILED ? -errno : strcmp(seen, "text");
}

TEST_F(section, is_found_by_name_by_another_process)
{
	const char *name = "section: by name";
	int fd = make_named(self->client, name, NULL);
	char *memory = map_all(fd);
	struct mb_child child;

	ASSERT_NE(MAP_FAILED, memory);
	strcpy(memory, "text");
	ASSERT_EQ(0, mb_child_start(&child, reads_text, (void *)name));
	EXPECT_EQ(0, mb_child_join(&child));
}

TEST_F(section, is_found_by_id)
{
	uint64_t id = 0;
	int fd = make_named(self->client, NULL, &id);
	int other = mailbox_section_open_id(self->client, id, READ_WRITE);
	struct mailbox_section_stat stat;

	ASSERT_LE(0, fd);
	ASSERT_LE(0, other);
	ASSERT_EQ(0, mailbox_section_stat(other, 0, &stat));
	EXPECT_EQ(id, stat.id);
	EXPECT_EQ(READ_WRITE, stat.rights);
}

TEST_F(section, open_tells_id_and_length)
{
	const char *name = "section: open tells";
	struct mailbox_section_open open = {
		.size = sizeof(open),
		.flags = MAILBOX_OPEN_NAME | MAILBOX_OPEN_NOFD,
		.name = mb_ptr(name),
		.name_length = strlen(name),
		.rights = READ_ONLY,
	};
	uint64_t id = 0;
	int fd = make_named(self->client, name, &id);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, mailbox_section_open_with(self->client, &open));
	EXPECT_EQ(id, open.id);
	EXPECT_EQ(LENGTH, open.length);
	EXPECT_EQ(-1, open.fd);
}

TEST_F(section, ids_are_not_those_of_mailboxes)
{
	uint64_t id = 0;
	int fd = make_named(self->client, NULL, &id);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENOENT, mb_open_id(self->client, id, MAILBOX_RIGHT_SEND));
	EXPECT_EQ(-ENOENT, mailbox_section_open_id(self->client,
						   id & 0x7fffffff, READ_ONLY));
}

TEST_F(section, names_are_not_those_of_mailboxes)
{
	const char *name = "section: and mailbox";
	int mailbox = mb_new_named(self->client, name, 1);
	int fd = make_named(self->client, name, NULL);

	EXPECT_LE(0, mailbox);
	EXPECT_LE(0, fd);
}

TEST_F(section, name_that_is_taken_is_refused)
{
	const char *name = "section: taken";
	int fd = make_named(self->client, name, NULL);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EEXIST, make_named(self->client, name, NULL));
}

TEST_F(section, unknown_name_and_id_are_not_found)
{
	EXPECT_EQ(-ENOENT, mailbox_section_open(self->client, "section: none",
						READ_ONLY));
	EXPECT_EQ(-ENOENT, mailbox_section_open_id(self->client, MB_ID_UNUSED,
						   READ_ONLY));
}

TEST_F(section, length_must_be_sensible)
{
	EXPECT_EQ(-EINVAL, make(self->client, 0));
	EXPECT_EQ(-EINVAL, make(self->client, ~0ULL));
	EXPECT_EQ(-EINVAL, make(self->client, 1ULL << 63));
}

TEST_F(section, length_need_not_be_whole_pages)
{
	struct mailbox_section_stat stat;
	int fd = make(self->client, PAGE + 1);

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, mailbox_section_stat(fd, 0, &stat));
	EXPECT_EQ(PAGE + 1, stat.length);
	EXPECT_NE(MAP_FAILED, map(fd, PAGE + 1, PROT_READ, MAP_SHARED));
	EXPECT_EQ(MAP_FAILED, map(fd, 2 * PAGE + 1, PROT_READ, MAP_SHARED));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(section, stat_tells_what_it_is)
{
	const char *name = "section: stat";
	struct mailbox_section_create create = {
		.size = sizeof(create),
		.flags = MAILBOX_CREATE_PERSIST | MAILBOX_CREATE_MODE,
		.name = mb_ptr(name),
		.name_length = strlen(name),
		.mode = 0640,
		.length = LENGTH,
		.seals = MAILBOX_SEAL_GROW,
		.rights = ALL,
	};
	int fd = mailbox_section_create_with(self->client, &create);
	struct mailbox_section_stat stat;
	char *memory = map_all(fd);

	ASSERT_NE(MAP_FAILED, memory);
	memory[0] = 1;
	ASSERT_EQ(0, mailbox_section_stat(fd, 0, &stat));
	EXPECT_EQ(0, mailbox_section_unlink(fd, 0));
	EXPECT_EQ(create.id, stat.id);
	EXPECT_EQ(LENGTH, stat.length);
	EXPECT_EQ(PAGE, stat.resident);
	EXPECT_EQ(MAILBOX_CREATE_PERSIST, stat.create_flags);
	EXPECT_EQ(MAILBOX_SEAL_GROW, stat.seals);
	EXPECT_EQ(0640, stat.mode);
	EXPECT_EQ(geteuid(), stat.uid);
	EXPECT_EQ(getegid(), stat.gid);
	EXPECT_EQ(getpid(), stat.creator_pid);
	EXPECT_EQ(ALL, stat.rights);
	EXPECT_EQ(1, stat.holders);
	EXPECT_EQ(strlen(name), stat.name_length);
	EXPECT_STREQ(name, stat.name);
}

TEST_F(section, descriptor_tells_its_id)
{
	int fd = make(self->client, LENGTH);
	char path[64], text[1024], want[64];
	struct mailbox_section_stat stat;

	ASSERT_EQ(0, mailbox_section_stat(fd, 0, &stat));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	snprintf(want, sizeof(want), "mailbox-section:\t%llu",
		 (unsigned long long)stat.id);
	ASSERT_LE(0, mb_read_file(path, text, sizeof(text)));
	EXPECT_NE(NULL, strstr(text, want)) {
		TH_LOG("%s", text);
	}
}

TEST_F(section, list_shows_sections_apart_from_mailboxes)
{
	uint64_t id = 0, cursor = 0, ids[64];
	int fd = make_named(self->client, NULL, &id);
	int mailbox = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	bool seen = false, mixed = false;
	ssize_t count;

	ASSERT_LE(0, fd);
	count = mailbox_section_list(self->client, &cursor, ids, 64);
	ASSERT_LT(0, count);
	for (ssize_t i = 0; i < count; i++) {
		seen |= ids[i] == id;
		mixed |= ids[i] == mb_id(mailbox);
	}
	EXPECT_TRUE(seen);
	EXPECT_FALSE(mixed);
	cursor = 0;
	count = mailbox_list(self->client, &cursor, ids, 64);
	for (ssize_t i = 0; i < count; i++)
		EXPECT_NE(id, ids[i]);
}

TEST_F(section, commands_for_mailboxes_are_not_for_sections)
{
	struct mailbox_stat stat;
	int fd = make(self->client, LENGTH);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENOTTY, mb_put(fd, 0, "x", 1, 0));
	EXPECT_EQ(-ENOTTY, mb_stat(fd, 0, &stat));
	EXPECT_EQ(-ENOTTY, mb_destroy(fd, 0));
}

TEST_F(section, commands_for_sections_are_not_for_mailboxes)
{
	int mailbox = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, mailbox);
	EXPECT_EQ(-ENOTTY, mailbox_section_destroy(mailbox, 0));
	EXPECT_EQ(-ENOTTY, mailbox_section_restrict(mailbox, READ_ONLY));
	EXPECT_EQ(-ENOTTY, make(mailbox, LENGTH));
}

TEST_F(section, is_not_read_written_or_truncated)
{
	char byte = 0;
	int fd = make(self->client, LENGTH);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-1, read(fd, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(fd, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ftruncate(fd, PAGE));
	EXPECT_EQ(EINVAL, errno);
}

/* Mapping: what may only be read */

TEST_F(section, read_only_cannot_be_mapped_writable)
{
	int fd = make(self->client, LENGTH);
	int reader = mailbox_section_restrict(fd, READ_ONLY);

	ASSERT_LE(0, reader);
	EXPECT_EQ(MAP_FAILED, map_all(reader));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(section, read_only_cannot_be_made_writable_with_mprotect)
{
	int fd = make(self->client, LENGTH);
	int reader = mailbox_section_restrict(fd, READ_ONLY);
	void *memory = map(reader, LENGTH, PROT_READ, MAP_SHARED);

	ASSERT_NE(MAP_FAILED, memory);
	EXPECT_EQ(-1, mprotect(memory, LENGTH, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(section, read_only_cannot_be_made_writable_with_mremap)
{
	int fd = make(self->client, LENGTH);
	int reader = mailbox_section_restrict(fd, READ_ONLY);
	void *memory = map(reader, LENGTH, PROT_READ, MAP_SHARED);
	void *moved;

	ASSERT_NE(MAP_FAILED, memory);
	/* of length 0: a second mapping of the same memory */
	moved = mremap(memory, 0, LENGTH, MREMAP_MAYMOVE);
	if (moved != MAP_FAILED)
		EXPECT_EQ(-1, mprotect(moved, LENGTH, PROT_READ | PROT_WRITE));
	moved = mremap(memory, LENGTH, 2 * LENGTH, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, moved);
	EXPECT_EQ(-1, mprotect(moved, PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(section, read_only_cannot_be_made_writable_with_remap_file_pages)
{
	int fd = make(self->client, LENGTH);
	int reader = mailbox_section_restrict(fd, READ_ONLY);
	void *memory = map(reader, LENGTH, PROT_READ, MAP_SHARED);

	ASSERT_NE(MAP_FAILED, memory);
	remap_file_pages(memory, PAGE, 0, 1, 0);
	EXPECT_EQ(-1, mprotect(memory, LENGTH, PROT_READ | PROT_WRITE));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(section, read_only_cannot_be_opened_anew_through_proc)
{
	int fd = make(self->client, LENGTH);
	int reader = mailbox_section_restrict(fd, READ_ONLY);
	char path[64];
	int again;

	ASSERT_LE(0, reader);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", reader);
	again = open(path, O_RDWR);
	EXPECT_EQ(-1, again);
	EXPECT_EQ(-1, truncate(path, PAGE));
}

TEST_F(section, read_only_mapping_has_no_writable_file)
{
	int fd = make(self->client, LENGTH);
	int reader = mailbox_section_restrict(fd, READ_ONLY);
	char *memory = map(reader, LENGTH, PROT_READ, MAP_SHARED);
	char *private = map(reader, LENGTH, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE);

	ASSERT_NE(MAP_FAILED, memory);
	ASSERT_NE(MAP_FAILED, private);
	private[0] = 1;
	EXPECT_EQ(0, memory[0]);
	/* a copy of its own does not become the section's */
	EXPECT_EQ(0, msync(private, LENGTH, MS_SYNC));
	EXPECT_EQ(0, memory[0]);
}

/* Memory that is written to by way of /proc, as a debugger does. */
TEST_F(section, read_only_cannot_be_written_through_proc_mem)
{
	int fd = make(self->client, LENGTH);
	int reader = mailbox_section_restrict(fd, READ_ONLY);
	char *memory = map(reader, LENGTH, PROT_READ, MAP_SHARED);
	int mem = open("/proc/self/mem", O_RDWR);

	ASSERT_NE(MAP_FAILED, memory);
	ASSERT_LE(0, mem);
	EXPECT_EQ(-1, pwrite(mem, "x", 1, (uintptr_t)memory));
	EXPECT_EQ(0, memory[0]);
}

TEST_F(section, is_not_mapped_executable)
{
	int fd = make(self->client, LENGTH);
	void *memory = map(fd, LENGTH, PROT_READ, MAP_SHARED);

	ASSERT_NE(MAP_FAILED, memory);
	EXPECT_EQ(MAP_FAILED, map(fd, LENGTH, PROT_READ | PROT_EXEC,
				  MAP_SHARED));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, mprotect(memory, LENGTH, PROT_READ | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
}

TEST_F(section, is_not_mapped_beyond_its_end)
{
	int fd = make(self->client, LENGTH);

	EXPECT_EQ(MAP_FAILED, map(fd, LENGTH + PAGE, PROT_READ, MAP_SHARED));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd,
				   LENGTH));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_NE(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd,
				   LENGTH - PAGE));
}

TEST_F(section, restrict_gives_no_right_that_is_not_there)
{
	int fd = make(self->client, LENGTH);
	int reader = mailbox_section_restrict(fd, READ_ONLY);

	EXPECT_EQ(-EBADF, mailbox_section_restrict(reader, READ_WRITE));
	EXPECT_EQ(-EBADF, mailbox_section_destroy(reader, 0));
	EXPECT_EQ(-EBADF, mailbox_section_unlink(reader, 0));
	EXPECT_EQ(-EBADF, mailbox_section_set_length(reader, 0, PAGE));
	EXPECT_EQ(-EINVAL, mailbox_section_restrict(fd, 0));
	EXPECT_EQ(-EINVAL, mailbox_section_restrict(fd, MAILBOX_SECTION_WRITE));
}

/* Permission */

static int reads(void *argument)
{
	int ret = mailbox_section_open(mb_client(), argument, READ_ONLY);

	return ret < 0 ? ret : 0;
}

static int writes(void *argument)
{
	return mailbox_section_open(mb_client(), argument, READ_WRITE);
}

static int manages(void *argument)
{
	return mailbox_section_open(mb_client(), argument, ALL);
}

static int destroys(void *argument)
{
	return mailbox_section_destroy(mb_client(), *(uint64_t *)argument);
}

TEST_F(section, mode_decides_who_opens_it)
{
	const char *name = "section: mode";
	struct mailbox_section_create create = {
		.size = sizeof(create),
		.flags = MAILBOX_CREATE_MODE,
		.name = mb_ptr(name),
		.name_length = strlen(name),
		.mode = 0604,
		.length = LENGTH,
		.rights = ALL,
	};
	int fd = mailbox_section_create_with(self->client, &create);
	uint64_t id = create.id;

	mb_need_root();
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, mb_as_uid(MB_USER_A, reads, (void *)name));
	EXPECT_EQ(-EACCES, mb_as_uid(MB_USER_A, writes, (void *)name));
	EXPECT_EQ(-EPERM, mb_as_uid(MB_USER_A, manages, (void *)name));
	EXPECT_EQ(-EPERM, mb_as_uid(MB_USER_A, destroys, &id));
}

static int opens(void *argument)
{
	return mailbox_section_open_id(mb_client(), *(uint64_t *)argument, READ_ONLY);
}

static int looks_at(void *argument)
{
	struct mailbox_section_stat stat;

	return mailbox_section_stat(mb_client(), *(uint64_t *)argument, &stat);
}

static int lists(void *argument)
{
	uint64_t cursor = 0, ids[64];

	return mailbox_section_list(mb_client(), &cursor, ids, 64);
}

TEST_F(section, default_mode_keeps_others_out)
{
	uint64_t id = 0;
	int fd = make_named(self->client, NULL, &id);

	mb_need_root();
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EACCES, mb_as_uid(MB_USER_A, opens, &id));
	EXPECT_EQ(-EACCES, mb_as_uid(MB_USER_A, looks_at, &id));
	EXPECT_EQ(0, mb_as_uid(MB_USER_A, lists, NULL));
}

TEST_F(section, set_changes_mode_and_owner)
{
	struct mailbox_section_set set = {
		.size = sizeof(set),
		.flags = MAILBOX_SET_MODE | MAILBOX_SET_UID | MAILBOX_SET_GID,
		.mode = 0644,
		.uid = MB_USER_A,
		.gid = MB_GROUP_A,
	};
	int fd = make(self->client, LENGTH);
	struct mailbox_section_stat stat;

	mb_need_root();
	ASSERT_EQ(0, mailbox_section_set(fd, &set));
	ASSERT_EQ(0, mailbox_section_stat(fd, 0, &stat));
	EXPECT_EQ(0644, stat.mode);
	EXPECT_EQ(MB_USER_A, stat.uid);
	EXPECT_EQ(MB_GROUP_A, stat.gid);
}

static int gives(void *argument)
{
	struct mailbox_section_set set = {
		.size = sizeof(set),
		.flags = MAILBOX_SET_UID,
		.uid = MB_USER_B,
	};

	return mailbox_section_set(make(mb_client(), LENGTH), &set);
}

static int gives_group(void *argument)
{
	struct mailbox_section_set set = {
		.size = sizeof(set),
		.flags = MAILBOX_SET_GID,
		.gid = MB_GROUP_A,
	};

	return mailbox_section_set(make(mb_client(), LENGTH), &set);
}

TEST_F(section, giving_it_away_takes_a_capability)
{

	mb_need_root();
	EXPECT_EQ(-EPERM, mb_as_uid(MB_USER_A, gives, NULL));
	EXPECT_EQ(-EPERM, mb_as_uid(MB_USER_A, gives_group, NULL));
}

/* Length and seals */

static sigjmp_buf bus_error;

static void on_bus_error(int signal)
{
	siglongjmp(bus_error, 1);
}

/* Does an access give SIGBUS? */
static bool faults(volatile char *address)
{
	struct sigaction action = { .sa_handler = on_bus_error }, old;
	bool fault;

	sigaction(SIGBUS, &action, &old);
	fault = sigsetjmp(bus_error, 1);
	if (!fault)
		(void)*address;
	sigaction(SIGBUS, &old, NULL);
	return fault;
}

TEST_F(section, grows_and_shrinks)
{
	int fd = make(self->client, LENGTH);
	struct mailbox_section_stat stat;
	char *memory;

	ASSERT_EQ(0, mailbox_section_set_length(fd, 0, 2 * LENGTH));
	memory = map(fd, 2 * LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED);
	ASSERT_NE(MAP_FAILED, memory);
	memory[2 * LENGTH - 1] = 1;
	ASSERT_EQ(0, mailbox_section_set_length(fd, 0, PAGE));
	ASSERT_EQ(0, mailbox_section_stat(fd, 0, &stat));
	EXPECT_EQ(PAGE, stat.length);
	EXPECT_FALSE(faults(memory));
	EXPECT_TRUE(faults(memory + PAGE));
	/* what has been cut off is gone for good */
	ASSERT_EQ(0, mailbox_section_set_length(fd, 0, 2 * LENGTH));
	EXPECT_EQ(0, memory[2 * LENGTH - 1]);
}

TEST_F(section, length_is_charged_as_it_changes)
{
	uint64_t before = query_of(self->client).user_section_bytes;
	int fd = make(self->client, 1);

	EXPECT_EQ(before + PAGE, query_of(self->client).user_section_bytes);
	ASSERT_EQ(0, mailbox_section_set_length(fd, 0, PAGE));
	EXPECT_EQ(before + PAGE, query_of(self->client).user_section_bytes);
	ASSERT_EQ(0, mailbox_section_set_length(fd, 0, 3 * PAGE + 1));
	EXPECT_EQ(before + 4 * PAGE, query_of(self->client).user_section_bytes);
	ASSERT_EQ(0, mailbox_section_set_length(fd, 0, PAGE));
	EXPECT_EQ(before + PAGE, query_of(self->client).user_section_bytes);
	close(fd);
	EXPECT_EQ(before, query_of(self->client).user_section_bytes);
}

TEST_F(section, seal_forbids_shrinking)
{
	int fd = make_sealed(self->client, MAILBOX_SEAL_SHRINK);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPERM, mailbox_section_set_length(fd, 0, PAGE));
	EXPECT_EQ(0, mailbox_section_set_length(fd, 0, 2 * LENGTH));
}

TEST_F(section, seal_forbids_growing)
{
	int fd = make_sealed(self->client, MAILBOX_SEAL_GROW);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPERM, mailbox_section_set_length(fd, 0, 2 * LENGTH));
	EXPECT_EQ(0, mailbox_section_set_length(fd, 0, PAGE));
}

TEST_F(section, sealed_for_writing_only_its_maker_writes)
{
	const char *name = "section: future write";
	int fd = mailbox_section_create(self->client, name, LENGTH,
					MAILBOX_SEAL_FUTURE_WRITE, NULL);
	char *memory = map_all(fd), *seen;
	int reader;

	ASSERT_NE(MAP_FAILED, memory);
	strcpy(memory, "text");
	EXPECT_EQ(-EPERM, mailbox_section_open(self->client, name, READ_WRITE));
	EXPECT_EQ(-EPERM, mailbox_section_restrict(fd, READ_WRITE));
	reader = mailbox_section_open(self->client, name, READ_ONLY);
	ASSERT_LE(0, reader);
	EXPECT_EQ(MAP_FAILED, map_all(reader));
	seen = map(reader, LENGTH, PROT_READ, MAP_SHARED);
	EXPECT_EQ(-1, mprotect(seen, LENGTH, PROT_READ | PROT_WRITE));
	EXPECT_STREQ("text", seen);
}

TEST_F(section, opening_can_require_seals)
{
	const char *name = "section: required";
	struct mailbox_section_open open = {
		.size = sizeof(open),
		.flags = MAILBOX_OPEN_NAME,
		.name = mb_ptr(name),
		.name_length = strlen(name),
		.rights = READ_ONLY,
		.seals = MAILBOX_SEAL_SHRINK,
	};
	int fd = mailbox_section_create(self->client, name, LENGTH,
					MAILBOX_SEAL_SHRINK, NULL);

	ASSERT_LE(0, fd);
	EXPECT_LE(0, mailbox_section_open_with(self->client, &open));
	open.id = 0;
	open.seals = MAILBOX_SEAL_SHRINK | MAILBOX_SEAL_GROW;
	EXPECT_EQ(-EPERM, mailbox_section_open_with(self->client, &open));
	open.seals = ~0U;
	EXPECT_EQ(-EINVAL, mailbox_section_open_with(self->client, &open));
}

/* Life */

TEST_F(section, ends_with_its_last_descriptor)
{
	uint64_t id = 0;
	int fd = make_named(self->client, NULL, &id);

	close(fd);
	EXPECT_EQ(-ENOENT, mailbox_section_open_id(self->client, id,
						   READ_ONLY));
	EXPECT_EQ(0, query_of(self->client).user_sections);
	EXPECT_EQ(0, query_of(self->client).user_section_bytes);
}

TEST_F(section, lives_while_it_is_mapped)
{
	uint64_t id = 0;
	int fd = make_named(self->client, NULL, &id);
	char *memory = map_all(fd);

	ASSERT_NE(MAP_FAILED, memory);
	close(fd);
	memory[0] = 1;
	EXPECT_EQ(1, query_of(self->client).user_sections);
	fd = mailbox_section_open_id(self->client, id, READ_ONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, munmap(memory, LENGTH));
	memory = map(fd, LENGTH, PROT_READ, MAP_SHARED);
	EXPECT_EQ(1, memory[0]);
	close(fd);
	EXPECT_EQ(0, munmap(memory, LENGTH));
	EXPECT_EQ(-ENOENT, mailbox_section_open_id(self->client, id,
						   READ_ONLY));
	EXPECT_EQ(0, query_of(self->client).user_sections);
}

static int waits(void *argument)
{
	pause();
	return 0;
}

TEST_F(section, lives_while_a_child_has_it_mapped)
{
	uint64_t id = 0;
	int fd = make_named(self->client, NULL, &id);
	char *memory = map_all(fd);
	struct mb_child child;

	ASSERT_NE(MAP_FAILED, memory);
	close(fd);
	ASSERT_EQ(0, mb_child_start(&child, waits, NULL));
	munmap(memory, LENGTH);
	EXPECT_EQ(1, query_of(self->client).user_sections);
	mb_child_kill(&child);
	EXPECT_EQ(0, query_of(self->client).user_sections);
}

TEST_F(section, destroyed_is_found_no_more_and_stays_mapped)
{
	uint64_t id = 0;
	int fd = make_named(self->client, "section: destroyed", &id);
	struct mailbox_section_stat stat;
	char *memory = map_all(fd);

	ASSERT_NE(MAP_FAILED, memory);
	ASSERT_EQ(0, mailbox_section_destroy(fd, 0));
	EXPECT_EQ(-ENOENT, mailbox_section_open_id(self->client, id,
						   READ_ONLY));
	EXPECT_EQ(-ENOENT, mailbox_section_open(self->client,
						"section: destroyed",
						READ_ONLY));
	EXPECT_EQ(-EIDRM, mailbox_section_stat(fd, 0, &stat));
	EXPECT_EQ(-EIDRM, mailbox_section_destroy(fd, 0));
	EXPECT_EQ(-EIDRM, mailbox_section_unlink(fd, 0));
	EXPECT_EQ(-EIDRM, mailbox_section_restrict(fd, READ_ONLY));
	EXPECT_EQ(-EIDRM, mailbox_section_set_length(fd, 0, PAGE));
	EXPECT_EQ(MAP_FAILED, map_all(fd));
	EXPECT_EQ(EIDRM, errno);
	memory[LENGTH - 1] = 1;
	EXPECT_EQ(1, memory[LENGTH - 1]);
}

TEST_F(section, name_of_a_destroyed_one_is_free)
{
	const char *name = "section: free";
	int fd = make_named(self->client, name, NULL);

	ASSERT_EQ(0, mailbox_section_destroy(fd, 0));
	EXPECT_LE(0, make_named(self->client, name, NULL));
}

static int makes_persistent(void *argument)
{
	uint64_t id;

	return make_persistent(mb_client(), argument, &id);
}

TEST_F(section, persistent_one_outlives_its_maker)
{
	const char *name = "section: persistent";
	int fd;

	ASSERT_EQ(0, mb_child_run(makes_persistent, (void *)name));
	fd = mailbox_section_open(self->client, name, ALL);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, mailbox_section_unlink(fd, 0));
	EXPECT_EQ(-ENOENT, mailbox_section_open(self->client, name, ALL));
	EXPECT_EQ(1, query_of(self->client).user_sections);
	close(fd);
	EXPECT_EQ(0, query_of(self->client).user_sections);
}

TEST_F(section, persistent_one_keeps_its_bytes)
{
	const char *name = "section: bytes";
	uint64_t id;
	char *memory;
	int fd;

	ASSERT_EQ(0, make_persistent(self->client, name, &id));
	fd = mailbox_section_open(self->client, name, READ_WRITE);
	memory = map_all(fd);
	ASSERT_NE(MAP_FAILED, memory);
	strcpy(memory, "text");
	munmap(memory, LENGTH);
	close(fd);
	fd = mailbox_section_open_id(self->client, id, READ_ONLY);
	memory = map(fd, LENGTH, PROT_READ, MAP_SHARED);
	ASSERT_NE(MAP_FAILED, memory);
	EXPECT_STREQ("text", memory);
	EXPECT_EQ(0, mailbox_section_destroy(self->client, id));
}

TEST_F(section, without_a_descriptor_it_must_persist)
{
	struct mailbox_section_create create = {
		.size = sizeof(create),
		.flags = MAILBOX_CREATE_NOFD,
		.length = LENGTH,
	};

	EXPECT_EQ(-EINVAL, mailbox_section_create_with(self->client, &create));
}

#define NAMESPACE	"section: namespace"

static int finds_nothing(void *argument)
{
	int client = mb_client();
	int ret = mailbox_section_open_id(client, *(uint64_t *)argument, READ_ONLY);

	if (ret != -ENOENT)
		return 1;
	ret = mailbox_section_open(client, NAMESPACE, READ_ONLY);
	return ret == -ENOENT ? 0 : 2;
}

TEST_F(section, belongs_to_a_network_namespace)
{
	uint64_t id = 0;
	int fd = make_named(self->client, NAMESPACE, &id);

	mb_need_namespaces(CLONE_NEWNET);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, mb_inside(CLONE_NEWNET, finds_nothing, &id));
}

TEST_F(section, persistent_one_ends_with_its_namespace)
{

	mb_need_namespaces(CLONE_NEWNET);
	ASSERT_EQ(0, mb_inside(CLONE_NEWNET, makes_persistent, NULL));
	/* the kernel takes its time to end a namespace */
	EXPECT_EQ(0, mb_until(!query_of(self->client).user_sections));
}

/* What a user may have */

TEST_F(section, sections_of_a_user_are_limited)
{
	long long old = mb_parameter("user_sections");
	int fd;

	mb_need_root();
	ASSERT_EQ(0, mb_parameter_set("user_sections", 1));
	fd = make(self->client, LENGTH);
	EXPECT_LE(0, fd);
	EXPECT_EQ(-EDQUOT, make(self->client, LENGTH));
	close(fd);
	fd = make(self->client, LENGTH);
	EXPECT_LE(0, fd);
	mb_parameter_set("user_sections", old);
}

TEST_F(section, memory_of_a_user_is_limited)
{
	long long old = mb_parameter("user_section_bytes");
	int fd;

	mb_need_root();
	ASSERT_EQ(0, mb_parameter_set("user_section_bytes", LENGTH));
	EXPECT_EQ(-EDQUOT, make(self->client, LENGTH + 1));
	fd = make(self->client, LENGTH);
	EXPECT_LE(0, fd);
	EXPECT_EQ(-EDQUOT, make(self->client, 1));
	EXPECT_EQ(-EDQUOT, mailbox_section_set_length(fd, 0, LENGTH + 1));
	EXPECT_EQ(0, mailbox_section_set_length(fd, 0, PAGE));
	EXPECT_LE(0, make(self->client, LENGTH - PAGE));
	mb_parameter_set("user_section_bytes", old);
}

TEST_F(section, memory_of_all_users_is_limited)
{
	long long old = mb_parameter("total_section_bytes");

	mb_need_root();
	/* one user has no more than half of what is left */
	ASSERT_EQ(0, mb_parameter_set("total_section_bytes", 2 * LENGTH));
	EXPECT_EQ(-EDQUOT, make(self->client, LENGTH + 1));
	EXPECT_LE(0, make(self->client, LENGTH));
	mb_parameter_set("total_section_bytes", old);
}

TEST_HARNESS_MAIN
