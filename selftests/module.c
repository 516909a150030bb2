// SPDX-License-Identifier: GPL-2.0-only
/*
 * The module itself: its parameters; that it cannot be unloaded while it is
 * used, and leaves nothing behind when it is.
 *
 * Tests that unload load it again from the file that $MAILBOX_KO names, or
 * from where the VM has it; without one they are skipped.
 */
#include "lib/test.h"

#include <sys/stat.h>

static const char *module_file(void)
{
	static const char * const places[] = {
		"/payload/mailbox.ko", "mailbox.ko",
	};
	const char *file = getenv("MAILBOX_KO");

	if (file)
		return file;
	for (size_t i = 0; i < ARRAY_SIZE(places); i++)
		if (!access(places[i], R_OK))
			return places[i];
	return NULL;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "mailbox", O_NONBLOCK) ? -errno : 0;
}

static int load(const char *parameters)
{
	int fd = open(module_file(), O_RDONLY | O_CLOEXEC);
	int ret;

	if (fd < 0)
		return -errno;
	ret = syscall(SYS_finit_module, fd, parameters, 0) ? -errno : 0;
	close(fd);
	/* a system with udev may need a moment for the device */
	return ret ? ret : mb_until(!access(MB_DEVICE, R_OK | W_OK));
}

static bool loaded(void)
{
	return !access("/sys/module/mailbox/refcnt", F_OK);
}

/* Does a file have a line that contains @word? */
static int file_mentions(const char *path, const char *word)
{
	FILE *file = fopen(path, "re");
	char line[512];
	int found = 0;

	if (!file)
		return -errno;
	while (!found && fgets(line, sizeof(line), file))
		found = !!strstr(line, word);
	fclose(file);
	return found;
}

/* A client; the module may be gone where a test before was killed. */
static int some_client(void)
{
	if (!loaded())
		load("");
	return mb_client();
}

FIXTURE(unload)
{
	int client;
};

FIXTURE_SETUP(unload)
{
	ASSERT_EQ(0, geteuid());
	self->client = some_client();
	ASSERT_LE(0, self->client);
}

FIXTURE_TEARDOWN(unload)
{
	close(self->client);
	/* whatever a test did, the next program finds the module */
	if (!loaded())
		load("");
}

#define need_module_file() do {						\
	if (!module_file())						\
		SKIP(return, "no file to load the module from");	\
} while (0)

TEST_F(unload, refused_while_a_client_is_open)
{
	EXPECT_EQ(-EWOULDBLOCK, unload());
	EXPECT_TRUE(loaded());
}

TEST_F(unload, refused_while_a_handle_is_open)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	close(self->client);
	EXPECT_EQ(-EWOULDBLOCK, unload());
	EXPECT_EQ(0, mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK));
}

TEST_F(unload, refused_while_a_handle_of_a_destroyed_mailbox_is_open)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_destroy(handle, 0));
	close(self->client);
	EXPECT_EQ(-EWOULDBLOCK, unload());
}

TEST_F(unload, refused_while_a_handle_is_in_flight)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	int sockets[2];

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets));
	ASSERT_EQ(0, mb_fd_send(sockets[0], handle));
	close(handle);
	close(self->client);
	EXPECT_EQ(-EWOULDBLOCK, unload());
}

TEST_F(unload, refused_while_a_call_is_blocked)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mb_child child;
	char byte;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_get_start(&child, handle, 0, &byte, 1, 0));
	ASSERT_EQ(0, mb_wait_receivers(handle, 0, 1));
	close(handle);
	close(self->client);
	/* nobody is left but the child that waits */
	EXPECT_EQ(-EWOULDBLOCK, unload());
	mb_child_kill(&child);
}

TEST_F(unload, works_after_the_last_close)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	need_module_file();
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK));
	close(handle);
	close(self->client);
	EXPECT_EQ(0, unload());
	EXPECT_FALSE(loaded());
}

TEST_F(unload, works_while_a_mailbox_persists)
{
	__u64 id;

	need_module_file();
	ASSERT_EQ(0, mb_new_flags(self->client, MAILBOX_CREATE_PERSIST |
				  MAILBOX_CREATE_NOFD, 4, &id));
	ASSERT_EQ(0, mb_put(self->client, id, "x", 1, MAILBOX_NONBLOCK));
	close(self->client);
	EXPECT_EQ(0, unload());
}

static int persist_then_stay(void *argument)
{
	int *event = argument;
	int client = mb_client();
	__u64 id;
	int ret;

	ret = mb_new_flags(client, MAILBOX_CREATE_PERSIST |
			   MAILBOX_CREATE_NOFD, 1, &id);
	if (ret)
		return ret;
	close(client);
	mb_event_raise(event[0]);
	return mb_event_wait(event[1]);
}

TEST_F(unload, works_while_a_mailbox_persists_in_another_namespace)
{
	int event[2] = { mb_event(), mb_event() };
	struct mb_child child;

	need_module_file();
	mb_need_namespaces(CLONE_NEWNET);
	/* the child must not inherit the client */
	close(self->client);
	ASSERT_EQ(0, mb_inside_start(&child, CLONE_NEWNET, persist_then_stay,
				     event));
	ASSERT_EQ(0, mb_event_wait(event[0]));
	EXPECT_EQ(0, unload());
	mb_event_raise(event[1]);
	EXPECT_EQ(0, mb_child_join(&child));
}

TEST_F(unload, removes_the_device)
{
	need_module_file();
	close(self->client);
	ASSERT_EQ(1, file_mentions("/proc/misc", " mailbox\n"));
	ASSERT_EQ(0, unload());
	EXPECT_EQ(0, file_mentions("/proc/misc", " mailbox\n"));
	EXPECT_EQ(0, mb_until(access(MB_DEVICE, F_OK)));
}

TEST_F(unload, removes_the_slab_caches)
{
	int handle = mb_new(self->client, 8, MAILBOX_RIGHTS_ALL);

	need_module_file();
	ASSERT_LE(0, handle);
	for (int i = 0; i < 8; i++)
		ASSERT_EQ(0, mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK));
	if (file_mentions("/proc/slabinfo", "# name") != 1)
		SKIP(return, "no /proc/slabinfo");
	ASSERT_EQ(1, file_mentions("/proc/slabinfo", "mailbox"));
	close(handle);
	close(self->client);
	ASSERT_EQ(0, unload());
	EXPECT_EQ(0, mb_until(!file_mentions("/proc/slabinfo", "mailbox")));
}

TEST_F(unload, debugfs_lists_mailboxes_with_their_names)
{
	const char *list = "/sys/kernel/debug/mailbox_ipc/mailboxes";
	struct mailbox_create create = {
		.capacity = 3,
		.low_water = 2,
		.name = mb_ptr("module listed"),
		.name_length = strlen("module listed"),
		.rights = MAILBOX_RIGHTS_ALL,
	};
	char line[64];

	if (access(list, R_OK))
		SKIP(return, "no debugfs");
	ASSERT_EQ(0, mb_create(self->client, &create));
	ASSERT_EQ(0, mb_put(create.fd, 0, "four", 4, MAILBOX_NONBLOCK));
	snprintf(line, sizeof(line), "%llu 0 3 2 0 1 4 0 0 1 1 1 0 module",
		 (unsigned long long)create.id);
	EXPECT_EQ(1, file_mentions(list, line));
	close(create.fd);
	EXPECT_EQ(0, file_mentions(list, line));
}

TEST_F(unload, removes_its_debugfs_directory)
{
	const char *directory = "/sys/kernel/debug/mailbox_ipc";

	need_module_file();
	if (access(directory, F_OK))
		SKIP(return, "no debugfs");
	close(self->client);
	ASSERT_EQ(0, unload());
	EXPECT_EQ(-1, access(directory, F_OK));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F(unload, leaves_no_mailbox_to_the_next_load)
{
	struct mailbox_query query = { 0 };
	__u64 id;

	need_module_file();
	ASSERT_EQ(0, mb_new_flags(self->client, MAILBOX_CREATE_PERSIST |
				  MAILBOX_CREATE_NOFD, 4, &id));
	ASSERT_EQ(0, mb_put(self->client, id, "x", 1, MAILBOX_NONBLOCK));
	close(self->client);
	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, load(""));
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	ASSERT_EQ(0, mb_query(self->client, &query));
	EXPECT_EQ(0, query.user_mailboxes);
	EXPECT_EQ(0, query.user_waiting);
	EXPECT_EQ(0, query.user_bytes);
	EXPECT_EQ(0, query.total_bytes);
}

TEST_F_TIMEOUT(unload, and_load_again_many_times, 180)
{
	need_module_file();
	close(self->client);
	for (int i = 0; i < 8; i++) {
		int client, handle;

		ASSERT_EQ(0, unload());
		ASSERT_EQ(0, load(""));
		client = mb_client();
		ASSERT_LE(0, client);
		handle = mb_new(client, 1, MAILBOX_RIGHTS_ALL);
		ASSERT_LE(0, handle);
		EXPECT_EQ(0, mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK));
		close(handle);
		close(client);
	}
}

TEST_F(unload, load_takes_parameters)
{
	need_module_file();
	close(self->client);
	ASSERT_EQ(0, unload());
	ASSERT_EQ(0, load("user_mailboxes=7 message_default=1000"));
	EXPECT_EQ(7, mb_parameter("user_mailboxes"));
	EXPECT_EQ(1000, mb_parameter("message_default"));
	EXPECT_EQ(0, unload());
}

TEST_F(unload, load_refuses_a_bad_parameter)
{
	need_module_file();
	close(self->client);
	ASSERT_EQ(0, unload());
	EXPECT_EQ(-EINVAL, load("message_max=16777217"));
	EXPECT_FALSE(loaded());
}

/* Parameters */
FIXTURE(parameter)
{
	int client;
	long long before;
};

FIXTURE_VARIANT(parameter)
{
	const char *name;
	size_t offset;		/* of what it is in QUERY */
	bool wide;		/* a __u64 there */
	long long value;	/* an allowed one that is no default */
};

#define PARAMETER(parameter_name, field, is_wide, other)		\
	FIXTURE_VARIANT_ADD(parameter, parameter_name)			\
	{								\
		.name = #parameter_name,				\
		.offset = offsetof(struct mailbox_query, field),	\
		.wide = is_wide,					\
		.value = other,						\
	}

PARAMETER(message_default, message_default, false, 4000);
PARAMETER(message_max, message_max, false, 100000);
PARAMETER(user_mailboxes, user_mailboxes_max, false, 555);
PARAMETER(user_waiting, user_waiting_max, false, 777);
PARAMETER(user_bytes, user_bytes_max, true, 12345678);
PARAMETER(total_bytes, total_bytes_max, true, 23456789);

FIXTURE_SETUP(parameter)
{
	ASSERT_EQ(0, geteuid());
	self->client = some_client();
	ASSERT_LE(0, self->client);
	self->before = mb_parameter(variant->name);
	ASSERT_LT(0, self->before);
}

FIXTURE_TEARDOWN(parameter)
{
	mb_parameter_set(variant->name, self->before);
	close(self->client);
}

static long long queried(int client, size_t offset, bool wide)
{
	struct mailbox_query query = { 0 };
	__u64 value = 0;
	__u32 narrow;

	if (mb_query(client, &query))
		return -1;
	if (wide)
		memcpy(&value, (char *)&query + offset, sizeof(value));
	memcpy(&narrow, (char *)&query + offset, sizeof(narrow));
	return wide ? value : narrow;
}

TEST_F(parameter, is_what_query_tells)
{
	EXPECT_EQ(self->before,
		  queried(self->client, variant->offset, variant->wide));
}

TEST_F(parameter, can_be_set_while_running)
{
	ASSERT_NE(variant->value, self->before);
	ASSERT_EQ(0, mb_parameter_set(variant->name, variant->value));
	EXPECT_EQ(variant->value, mb_parameter(variant->name));
	EXPECT_EQ(variant->value,
		  queried(self->client, variant->offset, variant->wide));
}

static int write_parameter(const char *name, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), MB_PARAMETERS "%s", name);
	return mb_write_file(path, text);
}

TEST_F(parameter, refuses_what_is_no_number)
{
	EXPECT_EQ(-EINVAL, write_parameter(variant->name, "many"));
	EXPECT_EQ(-EINVAL, write_parameter(variant->name, "12x"));
	EXPECT_EQ(-EINVAL, write_parameter(variant->name, "\n"));
	EXPECT_EQ(self->before, mb_parameter(variant->name));
}

TEST_F(parameter, refuses_a_negative_number)
{
	EXPECT_EQ(-EINVAL, write_parameter(variant->name, "-1"));
	EXPECT_EQ(self->before, mb_parameter(variant->name));
}

TEST_F(parameter, refuses_a_number_that_does_not_fit)
{
	EXPECT_GT(0, write_parameter(variant->name,
				     "99999999999999999999999"));
	EXPECT_EQ(self->before, mb_parameter(variant->name));
}

static int read_and_write(void *argument)
{
	const char *name = argument;

	if (mb_parameter(name) <= 0)
		return -EUCLEAN;
	return write_parameter(name, "1");
}

TEST_F(parameter, is_readable_by_all_and_writable_by_root_only)
{
	EXPECT_EQ(-EACCES, mb_as_uid(MB_USER_A, read_and_write,
				     (void *)variant->name));
}

TEST_F(parameter, has_a_description)
{
	const char *file = module_file();
	char wanted[64], *data;
	struct stat status;
	int fd;

	need_module_file();
	fd = open(file, O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &status));
	data = mmap(NULL, status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	ASSERT_NE(MAP_FAILED, data);
	snprintf(wanted, sizeof(wanted), "parm=%s:", variant->name);
	EXPECT_NE(NULL, memmem(data, status.st_size, wanted, strlen(wanted)));
}

/* What the two of messages mean together */
FIXTURE(limits)
{
	int client;
	long long message_default, message_max;
};

FIXTURE_SETUP(limits)
{
	ASSERT_EQ(0, geteuid());
	self->client = some_client();
	ASSERT_LE(0, self->client);
	self->message_default = mb_parameter("message_default");
	self->message_max = mb_parameter("message_max");
}

FIXTURE_TEARDOWN(limits)
{
	mb_parameter_set("message_max", self->message_max);
	mb_parameter_set("message_default", self->message_default);
	close(self->client);
}

TEST_F(limits, message_max_above_the_abis_limit_is_refused)
{
	EXPECT_EQ(-EINVAL, mb_parameter_set("message_max",
					    MAILBOX_MESSAGE_MAX + 1));
	EXPECT_EQ(self->message_max, mb_parameter("message_max"));
	EXPECT_EQ(0, mb_parameter_set("message_max", MAILBOX_MESSAGE_MAX));
}

TEST_F(limits, message_default_above_the_abis_limit_is_refused)
{
	EXPECT_EQ(-EINVAL, mb_parameter_set("message_default",
					    MAILBOX_MESSAGE_MAX + 1));
	EXPECT_EQ(self->message_default, mb_parameter("message_default"));
}

TEST_F(limits, message_default_is_that_of_new_mailboxes)
{
	struct mailbox_stat stat;
	int handle;

	ASSERT_EQ(0, mb_parameter_set("message_default", 321));
	handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(321, stat.max_message);
}

TEST_F(limits, message_max_bounds_the_default_too)
{
	struct mailbox_query query = { 0 };
	struct mailbox_stat stat;
	int handle;

	ASSERT_EQ(0, mb_parameter_set("message_max", 100));
	ASSERT_EQ(0, mb_query(self->client, &query));
	EXPECT_EQ(100, query.message_max);
	EXPECT_EQ(100, query.message_default);
	handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(100, stat.max_message);
}

TEST_F(limits, message_max_leaves_mailboxes_that_exist)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	char data[200] = { 0 };

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_parameter_set("message_max", 100));
	EXPECT_EQ(0, mb_put(handle, 0, data, sizeof(data),
			    MAILBOX_NONBLOCK));
}

TEST_F(limits, user_waiting_used_up_is_edquot)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	long long before = mb_parameter("user_waiting");
	struct mailbox_query query = { 0 };
	struct mb_child child;
	char byte;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_query(self->client, &query));
	ASSERT_EQ(0, mb_parameter_set("user_waiting", query.user_waiting + 1));
	ASSERT_EQ(0, mb_get_start(&child, handle, 0, &byte, 1, 0));
	EXPECT_EQ(0, mb_wait_receivers(handle, 0, 1));
	EXPECT_EQ(-EDQUOT, mb_get(handle, 0, &byte, 1, 0));
	EXPECT_EQ(-EAGAIN, mb_get(handle, 0, &byte, 1, MAILBOX_NONBLOCK));
	mb_parameter_set("user_waiting", before);
	EXPECT_EQ(0, mb_put(handle, 0, "x", 1, 0));
	EXPECT_EQ(0, mb_child_join(&child));
}

TEST_HARNESS_MAIN
