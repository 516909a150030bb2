// SPDX-License-Identifier: GPL-2.0-only
/*
 * Making, finding, describing and changing mailboxes: QUERY, CREATE, OPEN,
 * RESTRICT, UNLINK, SET, STAT, LIST; names, IDs and indices; the quota of
 * mailboxes.
 */
#include "lib/test.h"
#include "lib/transfer.h"

#include <sys/resource.h>
#include <sys/stat.h>

FIXTURE(objects)
{
	int client;
};

FIXTURE_SETUP(objects)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
}

FIXTURE_TEARDOWN(objects)
{
	close(self->client);
}

/* The lowest descriptor that is free: the same before and after a failure. */
static int free_fd(int any)
{
	int fd = dup(any);

	close(fd);
	return fd;
}

static unsigned int mailboxes_of_user(int client)
{
	struct mailbox_query query = { 0 };

	return mb_query(client, &query) ? ~0U : query.user_mailboxes;
}

/* The device */

TEST_F(objects, device_is_open_to_everybody)
{
	struct stat status;

	ASSERT_EQ(0, stat(MB_DEVICE, &status));
	EXPECT_TRUE(S_ISCHR(status.st_mode));
	EXPECT_EQ(0666, status.st_mode & 0777);
}

TEST_F(objects, client_is_not_readable)
{
	char byte;

	EXPECT_EQ(-1, read(self->client, &byte, 1));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(objects, client_is_not_writable)
{
	EXPECT_EQ(-1, write(self->client, "x", 1));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(objects, handle_cannot_seek)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	EXPECT_EQ(-1, lseek(handle, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
}

TEST_F(objects, handle_cannot_be_mapped)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, handle,
				   0));
	EXPECT_EQ(ENODEV, errno);
}

/* QUERY */

TEST_F(objects, query_tells_the_version_of_this_header)
{
	struct mailbox_query query = { 0 };

	ASSERT_EQ(0, mb_query(self->client, &query));
	EXPECT_EQ(MAILBOX_VERSION_MAJOR, query.version_major);
	EXPECT_LE(MAILBOX_VERSION_MINOR, query.version_minor);
}

TEST_F(objects, query_tells_the_features)
{
	struct mailbox_query query = { 0 };

	ASSERT_EQ(0, mb_query(self->client, &query));
	EXPECT_EQ(MAILBOX_FEATURE_BATCH,
		  query.features & MAILBOX_FEATURE_BATCH);
}

TEST_F(objects, query_tells_limits_in_order)
{
	struct mailbox_query query = { 0 };

	ASSERT_EQ(0, mb_query(self->client, &query));
	EXPECT_LT(0U, query.message_default);
	EXPECT_LE(query.message_default, query.message_max);
	EXPECT_LE(query.message_max, MAILBOX_MESSAGE_MAX);
	EXPECT_LE(query.user_mailboxes, query.user_mailboxes_max);
	EXPECT_LE(query.user_waiting, query.user_waiting_max);
	EXPECT_LE(query.user_bytes, query.user_bytes_max);
	EXPECT_LE(query.total_bytes, query.total_bytes_max);
	EXPECT_LE(query.user_bytes, query.total_bytes);
}

TEST_F(objects, query_keeps_the_size)
{
	struct mailbox_query query = { 0 };

	ASSERT_EQ(0, mb_query(self->client, &query));
	EXPECT_EQ(sizeof(query), query.size);
	EXPECT_EQ(0U, query.flags);
}

TEST_F(objects, query_counts_mailboxes)
{
	unsigned int before = mailboxes_of_user(self->client);
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	EXPECT_EQ(before + 1, mailboxes_of_user(self->client));
	close(handle);
	EXPECT_EQ(before, mailboxes_of_user(self->client));
}

TEST_F(objects, query_counts_no_sysv_mailbox_that_was_not_made)
{
	__u32 before = mb_query_of(self->client, sysv_mailboxes);
	struct mailbox_create create = {
		.flags = MAILBOX_CREATE_NOFD | MAILBOX_CREATE_SYSV,
		.name = mb_ptr("once"),
		.name_length = 4,
		.capacity = 1,
	};
	__u64 id;

	ASSERT_EQ(0, mb_create(self->client, &create));
	id = create.id;
	EXPECT_EQ(before + 1, mb_query_of(self->client, sysv_mailboxes));
	EXPECT_EQ(-EEXIST, mb_create(self->client, &create));
	EXPECT_EQ(before + 1, mb_query_of(self->client, sysv_mailboxes));
	EXPECT_EQ(0, mb_destroy(self->client, id));
	EXPECT_EQ(before, mb_query_of(self->client, sysv_mailboxes));
}

TEST_F(objects, query_counts_queued_bytes)
{
	struct mailbox_query none = { 0 }, before = { 0 }, after = { 0 };
	char data[1000] = { 0 };
	int handle;

	ASSERT_EQ(0, mb_query(self->client, &none));
	handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_query(self->client, &before));
	ASSERT_EQ(0, mb_put(handle, 0, data, sizeof(data), MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_query(self->client, &after));
	EXPECT_LE(before.user_bytes + sizeof(data), after.user_bytes);
	EXPECT_LE(before.total_bytes + sizeof(data), after.total_bytes);
	EXPECT_EQ(sizeof(data),
		  mb_get(handle, 0, data, sizeof(data), MAILBOX_NONBLOCK));
	/* The mailbox may keep the message for the next one, but not for longer. */
	EXPECT_EQ(0, close(handle));
	ASSERT_EQ(0, mb_query(self->client, &after));
	EXPECT_EQ(none.user_bytes, after.user_bytes);
}

TEST_F(objects, query_counts_waiting_calls)
{
	struct mailbox_query before = { 0 }, after = { 0 };
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mb_child child;
	char byte;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_query(self->client, &before));
	ASSERT_EQ(0, mb_get_start(&child, handle, 0, &byte, 1, 0));
	ASSERT_EQ(0, mb_wait_receivers(handle, 0, 1));
	ASSERT_EQ(0, mb_query(self->client, &after));
	EXPECT_EQ(before.user_waiting + 1, after.user_waiting);
	ASSERT_EQ(0, mb_put(handle, 0, "x", 1, 0));
	EXPECT_EQ(0, mb_child_join(&child));
	ASSERT_EQ(0, mb_query(self->client, &after));
	EXPECT_EQ(before.user_waiting, after.user_waiting);
}

/* CREATE, as STAT shows it */

TEST_F(objects, create_gives_what_was_asked_for)
{
	struct mailbox_create create = {
		.flags = MAILBOX_CREATE_MAX_MESSAGE | MAILBOX_CREATE_MODE |
			 MAILBOX_CREATE_PERSIST |
			 MAILBOX_CREATE_KEEP_BY_SENDERS,
		.name = mb_ptr("objects: asked for"),
		.name_length = strlen("objects: asked for"),
		.policy = MAILBOX_POLICY_PAIR,
		.capacity = 7,
		.max_message = 100,
		.mode = 0640,
		.rights = MAILBOX_RIGHTS_ALL,
	};
	struct mailbox_stat stat;

	ASSERT_EQ(0, mb_create(self->client, &create));
	ASSERT_EQ(0, mb_stat(create.fd, 0, &stat));
	EXPECT_EQ(0, mb_destroy(create.fd, 0));
	EXPECT_EQ(create.id, stat.id);
	EXPECT_EQ(create.index, stat.index);
	EXPECT_EQ(MAILBOX_CREATE_PERSIST | MAILBOX_CREATE_KEEP_BY_SENDERS,
		  stat.create_flags);
	EXPECT_EQ(MAILBOX_POLICY_PAIR, stat.policy);
	EXPECT_EQ(7, stat.capacity);
	EXPECT_EQ(100, stat.max_message);
	EXPECT_EQ(0, stat.max_receivers);
	EXPECT_EQ(0640, stat.mode);
	EXPECT_EQ(geteuid(), stat.uid);
	EXPECT_EQ(getegid(), stat.gid);
	EXPECT_EQ(getpid(), stat.creator_pid);
	EXPECT_EQ(strlen("objects: asked for"), stat.name_length);
	EXPECT_STREQ("objects: asked for", stat.name);
}

TEST_F(objects, create_defaults)
{
	struct mailbox_query query = { 0 };
	int handle = mb_new(self->client, 3, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_query(self->client, &query));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(0600, stat.mode);
	EXPECT_EQ(query.message_default, stat.max_message);
	EXPECT_EQ(MAILBOX_POLICY_ANY, stat.policy);
	EXPECT_EQ(0, stat.create_flags);
	EXPECT_EQ(0, stat.name_length);
	EXPECT_STREQ("", stat.name);
}

TEST_F(objects, create_unbounded_shows_in_stat)
{
	int handle = mb_new_flags(self->client, MAILBOX_CREATE_UNBOUNDED, 0,
				  NULL);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(MAILBOX_CREATE_UNBOUNDED, stat.create_flags);
	EXPECT_EQ(0, stat.capacity);
}

TEST_F(objects, create_all_lossy_shows_in_stat)
{
	struct mailbox_create create = {
		.flags = MAILBOX_CREATE_LOSSY,
		.policy = MAILBOX_POLICY_ALL,
		.capacity = 2,
		.max_receivers = 5,
		.rights = MAILBOX_RIGHTS_ALL,
	};
	struct mailbox_stat stat;

	ASSERT_EQ(0, mb_create(self->client, &create));
	ASSERT_EQ(0, mb_stat(create.fd, 0, &stat));
	EXPECT_EQ(MAILBOX_CREATE_LOSSY, stat.create_flags);
	EXPECT_EQ(MAILBOX_POLICY_ALL, stat.policy);
	EXPECT_EQ(5, stat.max_receivers);
}

TEST_F(objects, create_with_mode_0_is_mode_0)
{
	struct mailbox_create create = {
		.flags = MAILBOX_CREATE_MODE,
		.capacity = 1,
		.rights = MAILBOX_RIGHTS_ALL,
	};
	struct mailbox_stat stat;

	ASSERT_EQ(0, mb_create(self->client, &create));
	ASSERT_EQ(0, mb_stat(create.fd, 0, &stat));
	EXPECT_EQ(0, stat.mode);
}

TEST_F(objects, create_ignores_the_umask)
{
	struct mailbox_create create = {
		.flags = MAILBOX_CREATE_MODE,
		.capacity = 1,
		.mode = 0666,
		.rights = MAILBOX_RIGHTS_ALL,
	};
	struct mailbox_stat stat;

	umask(0777);
	ASSERT_EQ(0, mb_create(self->client, &create));
	ASSERT_EQ(0, mb_stat(create.fd, 0, &stat));
	EXPECT_EQ(0666, stat.mode);
}

TEST_F(objects, create_with_max_message_0_takes_empty_messages_only)
{
	struct mailbox_create create = {
		.flags = MAILBOX_CREATE_MAX_MESSAGE,
		.capacity = 1,
		.rights = MAILBOX_RIGHTS_ALL,
	};

	ASSERT_EQ(0, mb_create(self->client, &create));
	EXPECT_EQ(-EMSGSIZE, mb_put(create.fd, 0, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_put(create.fd, 0, NULL, 0, MAILBOX_NONBLOCK));
}

TEST_F(objects, create_without_handle_gives_fd_minus_1)
{
	struct mailbox_create create = {
		.flags = MAILBOX_CREATE_NOFD,
		.capacity = 1,
	};
	int before = free_fd(self->client);

	ASSERT_EQ(0, mb_create(self->client, &create));
	EXPECT_EQ(-1, create.fd);
	EXPECT_LE(MAILBOX_ID_FIRST, create.id);
	EXPECT_EQ(before, free_fd(self->client));
}

TEST_F(objects, create_nonblocking_handle)
{
	struct mailbox_create create = {
		.capacity = 1,
		.rights = MAILBOX_RIGHTS_ALL,
		.handle_flags = MAILBOX_HANDLE_NONBLOCK,
	};
	char byte;

	ASSERT_EQ(0, mb_create(self->client, &create));
	EXPECT_EQ(O_NONBLOCK, fcntl(create.fd, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(-1, read(create.fd, &byte, 1));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(objects, create_handle_is_blocking_otherwise)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	EXPECT_EQ(0, fcntl(handle, F_GETFL) & O_NONBLOCK);
}

TEST_F(objects, create_handle_is_close_on_exec)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	EXPECT_EQ(FD_CLOEXEC, fcntl(handle, F_GETFD));
}

TEST_F(objects, create_counts_the_handle_by_its_rights)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHT_RECEIVE);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(1, stat.receive_handles);
	EXPECT_EQ(0, stat.send_handles);
}

TEST_F(objects, create_without_handle_counts_the_client)
{
	struct mailbox_stat stat;
	__u64 id;

	ASSERT_EQ(0, mb_new_id(self->client, 1, &id));
	ASSERT_EQ(0, mb_stat(self->client, id, &stat));
	EXPECT_EQ(1, stat.receive_handles);
	EXPECT_EQ(1, stat.send_handles);
}

/* CREATE without a free descriptor: no mailbox, no name is left. */
TEST_F(objects, create_without_a_free_descriptor_is_emfile)
{
	const struct rlimit limit = { free_fd(self->client), 65536 };
	unsigned int before = mailboxes_of_user(self->client);

	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(-EMFILE, mb_new_named(self->client, "objects: emfile", 1));
	EXPECT_EQ(before, mailboxes_of_user(self->client));
	EXPECT_EQ(-ENOENT, mb_open_name(self->client, "objects: emfile",
					MAILBOX_RIGHT_SEND));
}

TEST_F(objects, open_without_a_free_descriptor_is_emfile)
{
	struct rlimit limit = { 0, 65536 };
	struct mailbox_stat stat;
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	limit.rlim_cur = free_fd(handle);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(-EMFILE, mb_open_id(self->client, mb_id(handle),
				      MAILBOX_RIGHT_RECEIVE));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(1, stat.receive_handles);
}

TEST_F(objects, restrict_without_a_free_descriptor_is_emfile)
{
	struct rlimit limit = { 0, 65536 };
	struct mailbox_stat stat;
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	limit.rlim_cur = free_fd(handle);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(-EMFILE, mb_narrow(handle, MAILBOX_RIGHT_RECEIVE));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(1, stat.receive_handles);
}

/* IDs and indices */

TEST_F(objects, ids_begin_above_the_reserved_ones)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	EXPECT_LE(MAILBOX_ID_FIRST, mb_id(handle));
}

TEST_F(objects, ids_are_never_used_again)
{
	__u64 ids[200];

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

		ASSERT_LE(0, handle);
		ids[i] = mb_id(handle);
		close(handle);
		for (size_t j = 0; j < i; j++)
			ASSERT_NE(ids[j], ids[i]);
	}
}

TEST_F(objects, indices_are_unique_among_the_living)
{
	__u32 indices[100];

	for (size_t i = 0; i < ARRAY_SIZE(indices); i++) {
		struct mailbox_create create = {
			.flags = MAILBOX_CREATE_NOFD,
			.capacity = 1,
		};

		ASSERT_EQ(0, mb_create(self->client, &create));
		indices[i] = create.index;
		EXPECT_LT(create.index, 1U << 31);
		for (size_t j = 0; j < i; j++)
			ASSERT_NE(indices[j], indices[i]);
	}
}

TEST_F(objects, index_of_a_dead_mailbox_finds_nothing)
{
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_INDEX,
		.rights = MAILBOX_RIGHT_SEND,
	};
	struct mailbox_stat stat;
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	close(handle);
	open.index = stat.index;
	EXPECT_EQ(-ENOENT, mb_open(self->client, &open));
}

/* OPEN */

TEST_F(objects, open_by_name_tells_id_and_index)
{
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_NAME,
		.name = mb_ptr("objects: open"),
		.name_length = strlen("objects: open"),
		.rights = MAILBOX_RIGHT_SEND,
	};
	int handle = mb_new_named(self->client, "objects: open", 1);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	ASSERT_EQ(0, mb_open(self->client, &open));
	EXPECT_EQ(stat.id, open.id);
	EXPECT_EQ(stat.index, open.index);
	EXPECT_EQ(stat.id, mb_id(open.fd));
}

TEST_F(objects, open_by_index_tells_the_id)
{
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_INDEX,
		.rights = MAILBOX_RIGHT_SEND,
	};
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	open.index = stat.index;
	ASSERT_EQ(0, mb_open(self->client, &open));
	EXPECT_EQ(stat.id, open.id);
	EXPECT_EQ(stat.id, mb_id(open.fd));
}

TEST_F(objects, open_by_id_tells_the_index)
{
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_ID,
		.rights = MAILBOX_RIGHT_SEND,
	};
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	open.id = stat.id;
	ASSERT_EQ(0, mb_open(self->client, &open));
	EXPECT_EQ(stat.index, open.index);
	EXPECT_EQ(stat.id, mb_id(open.fd));
}

TEST_F(objects, open_without_handle_only_finds)
{
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_NAME | MAILBOX_OPEN_NOFD,
		.name = mb_ptr("objects: find"),
		.name_length = strlen("objects: find"),
		.rights = MAILBOX_RIGHT_RECEIVE,
	};
	int handle = mb_new_named(self->client, "objects: find", 1);
	int before = free_fd(self->client);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_open(self->client, &open));
	EXPECT_EQ(-1, open.fd);
	EXPECT_EQ(mb_id(handle), open.id);
	EXPECT_EQ(before, free_fd(self->client));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(1, stat.receive_handles);
}

TEST_F(objects, open_gives_a_close_on_exec_handle)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	int second;

	ASSERT_LE(0, handle);
	second = mb_open_id(self->client, mb_id(handle), MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, second);
	EXPECT_EQ(FD_CLOEXEC, fcntl(second, F_GETFD));
}

TEST_F(objects, open_nonblocking_handle)
{
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_ID,
		.rights = MAILBOX_RIGHT_RECEIVE,
		.handle_flags = MAILBOX_HANDLE_NONBLOCK,
	};
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	open.id = mb_id(handle);
	ASSERT_EQ(0, mb_open(self->client, &open));
	EXPECT_EQ(O_NONBLOCK, fcntl(open.fd, F_GETFL) & O_NONBLOCK);
	EXPECT_EQ(0, fcntl(handle, F_GETFL) & O_NONBLOCK);
}

TEST_F(objects, open_counts_handles)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;
	int second;

	ASSERT_LE(0, handle);
	second = mb_open_id(self->client, mb_id(handle), MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, second);
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(1, stat.receive_handles);
	EXPECT_EQ(2, stat.send_handles);
	close(second);
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(1, stat.send_handles);
}

TEST_F(objects, open_beyond_the_receivers_of_policy_all_is_eusers)
{
	struct mailbox_create create = {
		.policy = MAILBOX_POLICY_ALL,
		.capacity = 1,
		.max_receivers = 1,
		.rights = MAILBOX_RIGHTS_ALL,
	};

	ASSERT_EQ(0, mb_create(self->client, &create));
	EXPECT_EQ(-EUSERS, mb_open_id(self->client, create.id,
				      MAILBOX_RIGHT_RECEIVE));
	EXPECT_LE(0, mb_open_id(self->client, create.id, MAILBOX_RIGHT_SEND));
}

TEST_F(objects, restrict_beyond_the_receivers_of_policy_all_is_eusers)
{
	struct mailbox_create create = {
		.policy = MAILBOX_POLICY_ALL,
		.capacity = 1,
		.max_receivers = 1,
		.rights = MAILBOX_RIGHTS_ALL,
	};

	ASSERT_EQ(0, mb_create(self->client, &create));
	EXPECT_EQ(-EUSERS, mb_narrow(create.fd, MAILBOX_RIGHT_RECEIVE));
	EXPECT_LE(0, mb_narrow(create.fd, MAILBOX_RIGHT_SEND));
}

/* RESTRICT */

TEST_F(objects, restrict_gives_a_handle_to_the_same_mailbox)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	int narrow;

	ASSERT_LE(0, handle);
	narrow = mb_narrow(handle, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, narrow);
	EXPECT_EQ(mb_id(handle), mb_id(narrow));
	EXPECT_EQ(FD_CLOEXEC, fcntl(narrow, F_GETFD));
}

TEST_F(objects, restrict_leaves_the_first_handle_as_it_is)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	ASSERT_LE(0, mb_narrow(handle, MAILBOX_RIGHT_SEND));
	EXPECT_EQ(0, mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_drain_one(handle, 0));
	EXPECT_EQ(0, mb_set_mode(handle, 0, 0));
}

TEST_F(objects, restrict_to_the_same_rights_is_allowed)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	int second;

	ASSERT_LE(0, handle);
	second = mb_narrow(handle, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, second);
	EXPECT_EQ(0, mb_set_mode(second, 0, 0));
}

TEST_F(objects, restrict_can_make_a_nonblocking_handle)
{
	struct mailbox_restrict narrow = {
		.size = sizeof(narrow),
		.rights = MAILBOX_RIGHT_RECEIVE,
		.handle_flags = MAILBOX_HANDLE_NONBLOCK,
	};
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_ioctl(handle, MAILBOX_IOC_RESTRICT, &narrow));
	EXPECT_EQ(O_NONBLOCK, fcntl(narrow.fd, F_GETFL) & O_NONBLOCK);
}

/* Names */

TEST_F(objects, name_taken_is_eexist)
{
	ASSERT_LE(0, mb_new_named(self->client, "objects: taken", 1));
	EXPECT_EQ(-EEXIST, mb_new_named(self->client, "objects: taken", 1));
}

TEST_F(objects, name_taken_leaves_nothing_behind)
{
	unsigned int before;
	int fd;

	ASSERT_LE(0, mb_new_named(self->client, "objects: taken", 1));
	before = mailboxes_of_user(self->client);
	fd = free_fd(self->client);
	EXPECT_EQ(-EEXIST, mb_new_named(self->client, "objects: taken", 1));
	EXPECT_EQ(before, mailboxes_of_user(self->client));
	EXPECT_EQ(fd, free_fd(self->client));
}

struct contest {
	int ready, go, done;
};

/* 1: it has the name, 0: another has */
static int take_name_in_contest(void *argument)
{
	struct contest *contest = argument;
	int client = mb_client();
	int handle, ret;

	ret = mb_event_raise(contest->ready);
	if (!ret)
		ret = mb_event_wait(contest->go);
	if (ret)
		return ret;
	handle = mb_new_named(client, "objects: contest", 1);
	/* nobody lets go before all have tried */
	ret = mb_event_raise(contest->ready);
	if (!ret)
		ret = mb_event_wait(contest->done);
	if (ret)
		return ret;
	return handle == -EEXIST ? 0 : handle < 0 ? handle : 1;
}

TEST_F_TIMEOUT(objects, name_wanted_by_many_goes_to_one, 120)
{
	for (int round = 0; round < 5; round++) {
		struct contest contest = { mb_event(), mb_event(), mb_event() };
		struct mb_child children[4];
		int winners = 0;

		for (int i = 0; i < 4; i++)
			ASSERT_EQ(0, mb_child_start(&children[i],
						    take_name_in_contest,
						    &contest));
		for (int i = 0; i < 4; i++)
			ASSERT_EQ(0, mb_event_wait(contest.ready));
		for (int i = 0; i < 4; i++)
			mb_event_raise(contest.go);
		for (int i = 0; i < 4; i++)
			ASSERT_EQ(0, mb_event_wait(contest.ready));
		for (int i = 0; i < 4; i++)
			mb_event_raise(contest.done);
		for (int i = 0; i < 4; i++) {
			int ret = mb_child_join(&children[i]);

			ASSERT_LE(0, ret);
			winners += ret;
		}
		EXPECT_EQ(1, winners);
		close(contest.ready);
		close(contest.go);
		close(contest.done);
	}
}

TEST_F(objects, name_of_any_bytes_but_nul)
{
	struct mailbox_create create = {
		.capacity = 1,
		.rights = MAILBOX_RIGHTS_ALL,
	};
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_NAME,
		.rights = MAILBOX_RIGHT_SEND,
	};
	struct mailbox_stat stat;
	char name[MAILBOX_NAME_MAX];

	/* all 255 of them, which is also the longest name */
	for (size_t i = 0; i < sizeof(name); i++)
		name[i] = i + 1;
	create.name = mb_ptr(name);
	open.name = mb_ptr(name);
	create.name_length = sizeof(name);
	open.name_length = sizeof(name);
	ASSERT_EQ(0, mb_create(self->client, &create));
	ASSERT_EQ(0, mb_open(self->client, &open));
	EXPECT_EQ(create.id, open.id);
	ASSERT_EQ(0, mb_stat(create.fd, 0, &stat));
	EXPECT_EQ(sizeof(name), stat.name_length);
	EXPECT_EQ(0, memcmp(name, stat.name, sizeof(name)));
	EXPECT_EQ(0, stat.name[sizeof(name)]);
}

TEST_F(objects, name_of_one_byte)
{
	int handle = mb_new_named(self->client, "/", 1);

	ASSERT_LE(0, handle);
	EXPECT_LE(0, mb_open_name(self->client, "/", MAILBOX_RIGHT_SEND));
}

TEST_F(objects, names_that_begin_alike_are_different)
{
	int first = mb_new_named(self->client, "objects: name", 1);
	int second = mb_new_named(self->client, "objects: names", 1);
	int found;

	ASSERT_LE(0, first);
	ASSERT_LE(0, second);
	found = mb_open_name(self->client, "objects: names",
			     MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, found);
	EXPECT_EQ(mb_id(second), mb_id(found));
}

TEST_F(objects, names_in_upper_and_lower_case_are_different)
{
	ASSERT_LE(0, mb_new_named(self->client, "objects: case", 1));
	EXPECT_LE(0, mb_new_named(self->client, "objects: CASE", 1));
}

TEST_F(objects, name_is_free_when_the_mailbox_is_closed)
{
	int handle = mb_new_named(self->client, "objects: closed", 1);

	ASSERT_LE(0, handle);
	close(handle);
	EXPECT_EQ(-ENOENT, mb_open_name(self->client, "objects: closed",
					MAILBOX_RIGHT_SEND));
	EXPECT_LE(0, mb_new_named(self->client, "objects: closed", 1));
}

TEST_F(objects, name_is_free_when_the_mailbox_is_destroyed)
{
	int handle = mb_new_named(self->client, "objects: destroyed", 1);

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_destroy(handle, 0));
	EXPECT_EQ(-ENOENT, mb_open_name(self->client, "objects: destroyed",
					MAILBOX_RIGHT_SEND));
	EXPECT_LE(0, mb_new_named(self->client, "objects: destroyed", 1));
}

/* UNLINK */

TEST_F(objects, unlink_frees_the_name_at_once)
{
	int handle = mb_new_named(self->client, "objects: unlink", 1);

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_unlink(handle, 0));
	EXPECT_EQ(-ENOENT, mb_open_name(self->client, "objects: unlink",
					MAILBOX_RIGHT_SEND));
	EXPECT_LE(0, mb_new_named(self->client, "objects: unlink", 1));
}

TEST_F(objects, unlink_by_id_frees_the_name)
{
	int handle = mb_new_named(self->client, "objects: unlink id", 1);

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_unlink(self->client, mb_id(handle)));
	EXPECT_EQ(-ENOENT, mb_open_name(self->client, "objects: unlink id",
					MAILBOX_RIGHT_SEND));
}

TEST_F(objects, unlink_keeps_what_is_open)
{
	int handle = mb_new_named(self->client, "objects: unlink keeps", 1);
	struct mailbox_stat stat;
	__u64 id;

	ASSERT_LE(0, handle);
	id = mb_id(handle);
	ASSERT_EQ(0, mb_unlink(handle, 0));
	EXPECT_EQ(0, mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_drain_one(self->client, id));
	ASSERT_EQ(0, mb_stat(self->client, id, &stat));
	EXPECT_EQ(0, stat.name_length);
	EXPECT_STREQ("", stat.name);
}

TEST_F(objects, unlink_does_not_free_the_name_of_another)
{
	int first = mb_new_named(self->client, "objects: heir", 1);
	int second;

	ASSERT_LE(0, first);
	ASSERT_EQ(0, mb_unlink(first, 0));
	second = mb_new_named(self->client, "objects: heir", 1);
	ASSERT_LE(0, second);
	close(first);
	EXPECT_LE(0, mb_open_name(self->client, "objects: heir",
				  MAILBOX_RIGHT_SEND));
}

/* SET */

TEST_F(objects, set_mode_shows_in_stat)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_set_mode(handle, 0, 0462));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(0462, stat.mode);
}

TEST_F(objects, set_max_message_is_for_messages_to_come)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_MAX_MESSAGE,
		.max_message = 4,
	};
	int handle = mb_new(self->client, 2, MAILBOX_RIGHTS_ALL);
	char data[16];

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_put(handle, 0, "0123456789", 10, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_set(handle, &set));
	EXPECT_EQ(-EMSGSIZE, mb_put(handle, 0, "01234", 5, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_put(handle, 0, "0123", 4, MAILBOX_NONBLOCK));
	EXPECT_EQ(10, mb_get(handle, 0, data, sizeof(data),
			     MAILBOX_NONBLOCK));
}

TEST_F(objects, set_max_message_can_raise_it)
{
	struct mailbox_query query = { 0 };
	struct mailbox_set set = { .flags = MAILBOX_SET_MAX_MESSAGE };
	int handle = mb_new(self->client, 2, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_query(self->client, &query));
	set.max_message = query.message_max;
	ASSERT_EQ(0, mb_set(handle, &set));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(query.message_max, stat.max_message);
}

TEST_F(objects, set_capacity_lets_blocked_senders_in)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_CAPACITY,
		.capacity = 2,
	};
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mb_child child;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_put(handle, 0, "1", 1, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_put_start(&child, handle, 0, "2", 1, 0));
	ASSERT_EQ(0, mb_wait_senders(handle, 0, 1));
	ASSERT_EQ(0, mb_set(handle, &set));
	EXPECT_EQ(0, mb_child_join(&child));
	EXPECT_EQ(0, mb_wait_messages(handle, 0, 2));
}

TEST_F(objects, set_capacity_below_what_is_there_keeps_it)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_CAPACITY,
		.capacity = 1,
	};
	int handle = mb_new(self->client, 3, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_set(handle, &set));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(1, stat.capacity);
	EXPECT_EQ(3, stat.messages);
	/* there is room again only when nothing is left */
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(-EAGAIN, mb_put(handle, 0, "y", 1,
					  MAILBOX_NONBLOCK));
		EXPECT_EQ(0, mb_drain_one(handle, 0));
	}
	EXPECT_EQ(0, mb_put(handle, 0, "y", 1, MAILBOX_NONBLOCK));
}

TEST_F(objects, set_capacity_of_a_rendezvous_is_einval)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_CAPACITY,
		.capacity = 1,
	};
	int handle = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	EXPECT_EQ(-EINVAL, mb_set(handle, &set));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(0, stat.capacity);
}

TEST_F(objects, set_capacity_of_an_unbounded_one_is_einval)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_CAPACITY,
		.capacity = 1,
	};
	int handle = mb_new_flags(self->client, MAILBOX_CREATE_UNBOUNDED, 0,
				  NULL);

	ASSERT_LE(0, handle);
	EXPECT_EQ(-EINVAL, mb_set(handle, &set));
}

TEST_F(objects, set_of_two_with_one_bad_changes_neither)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_MODE | MAILBOX_SET_CAPACITY,
		.mode = 0666,
		.capacity = MAILBOX_CAPACITY_MAX + 1,
	};
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	EXPECT_EQ(-EINVAL, mb_set(handle, &set));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(0600, stat.mode);
	EXPECT_EQ(1, stat.capacity);
}

TEST_F(objects, set_by_id_works_for_the_owner)
{
	struct mailbox_stat stat;
	__u64 id;

	ASSERT_EQ(0, mb_new_id(self->client, 1, &id));
	ASSERT_EQ(0, mb_set_mode(self->client, id, 0222));
	ASSERT_EQ(0, mb_stat(self->client, id, &stat));
	EXPECT_EQ(0222, stat.mode);
}

/* STAT */

TEST_F(objects, stat_counts_messages_and_bytes)
{
	int handle = mb_new(self->client, 4, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_put(handle, 0, "12345", 5, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_put(handle, 0, "123", 3, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_put(handle, 0, "", 0, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(3, stat.messages);
	EXPECT_EQ(8, stat.bytes);
	EXPECT_EQ(3, stat.sent);
	EXPECT_EQ(0, stat.received);
	ASSERT_EQ(0, mb_drain_one(handle, 0));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(2, stat.messages);
	EXPECT_EQ(3, stat.bytes);
	EXPECT_EQ(3, stat.sent);
	EXPECT_EQ(1, stat.received);
}

TEST_F(objects, stat_counts_a_peek_as_nothing)
{
	int handle = mb_new(self->client, 4, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;
	char byte;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_put(handle, 0, "1", 1, MAILBOX_NONBLOCK));
	ASSERT_EQ(1, mb_get(handle, 0, &byte, 1,
			    MAILBOX_NONBLOCK | MAILBOX_RECEIVE_PEEK));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(1, stat.messages);
	EXPECT_EQ(0, stat.received);
}

TEST_F(objects, stat_counts_what_was_refused_full)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_put(handle, 0, "1", 1, MAILBOX_NONBLOCK));
	ASSERT_EQ(-EAGAIN, mb_put(handle, 0, "2", 1, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(1, stat.refused_full);
	EXPECT_EQ(1, stat.sent);
	EXPECT_EQ(0, stat.withdrawn);
}

TEST_F(objects, stat_counts_blocked_senders_in_time)
{
	int handle = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);
	struct mb_child first, second;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_put_start(&first, handle, 0, "1", 1, 0));
	EXPECT_EQ(0, mb_wait_senders(handle, 0, 1));
	ASSERT_EQ(0, mb_put_start(&second, handle, 0, "2", 1, 0));
	EXPECT_EQ(0, mb_wait_senders(handle, 0, 2));
	EXPECT_EQ(0, mb_drain_one(handle, 0));
	EXPECT_EQ(0, mb_drain_one(handle, 0));
	EXPECT_EQ(0, mb_child_join(&first));
	EXPECT_EQ(0, mb_child_join(&second));
	EXPECT_EQ(0, mb_wait_senders(handle, 0, 0));
}

TEST_F(objects, stat_needs_no_right_on_a_handle)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;
	int narrow;

	ASSERT_LE(0, handle);
	narrow = mb_narrow(handle, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, narrow);
	EXPECT_EQ(0, mb_stat(narrow, 0, &stat));
}

TEST_F(objects, stat_shows_the_claim_of_an_exclusive_mailbox)
{
	struct mailbox_create create = {
		.policy = MAILBOX_POLICY_EXCLUSIVE,
		.capacity = 1,
		.rights = MAILBOX_RIGHTS_ALL,
	};
	struct mailbox_stat stat;

	ASSERT_EQ(0, mb_create(self->client, &create));
	ASSERT_EQ(0, mb_stat(create.fd, 0, &stat));
	EXPECT_EQ(0, stat.claims[0]);
	ASSERT_EQ(0, mb_put(create.fd, 0, "x", 1, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_drain_one(create.fd, 0));
	ASSERT_EQ(0, mb_stat(create.fd, 0, &stat));
	EXPECT_EQ(getpid(), stat.claims[0]);
	EXPECT_EQ(0, stat.claims[1]);
	ASSERT_EQ(0, mb_release(create.fd, 0));
	ASSERT_EQ(0, mb_stat(create.fd, 0, &stat));
	EXPECT_EQ(0, stat.claims[0]);
}

/* RELEASE */

TEST_F(objects, release_of_nothing_claimed_is_einval)
{
	struct mailbox_create create = {
		.policy = MAILBOX_POLICY_EXCLUSIVE,
		.capacity = 1,
		.rights = MAILBOX_RIGHTS_ALL,
	};

	ASSERT_EQ(0, mb_create(self->client, &create));
	EXPECT_EQ(-EINVAL, mb_release(create.fd, 0));
}

TEST_F(objects, release_of_policy_any_is_einval)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	EXPECT_EQ(-EINVAL, mb_release(handle, 0));
}

/* LIST */

/* Walk the list with room for @step IDs at a time; how often each of @wanted
 * was found is added to @seen.
 */
static int list_all(int client, unsigned int step, const __u64 *wanted,
		    unsigned int *seen, size_t count)
{
	struct mailbox_list list = { 0 };
	__u64 ids[64];
	int ret;

	do {
		list.ids = mb_ptr(ids);
		list.count = step;
		ret = mb_list(client, &list);
		if (ret)
			return ret;
		if (list.count > step)
			return -EOVERFLOW;
		for (__u32 i = 0; i < list.count; i++)
			for (size_t j = 0; j < count; j++)
				seen[j] += ids[i] == wanted[j];
	} while (list.count == step);
	return 0;
}

static unsigned int times_listed(int client, __u64 id)
{
	unsigned int seen = 0;

	return list_all(client, 64, &id, &seen, 1) ? ~0U : seen;
}

TEST_F(objects, list_has_a_new_mailbox)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	EXPECT_EQ(1, times_listed(self->client, mb_id(handle)));
}

TEST_F(objects, list_has_each_once_whatever_the_room)
{
	__u64 ids[20];

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		ASSERT_EQ(0, mb_new_id(self->client, 1, &ids[i]));
	for (unsigned int step = 1; step <= 24; step++) {
		unsigned int seen[20] = { 0 };

		ASSERT_EQ(0, list_all(self->client, step, ids, seen,
				      ARRAY_SIZE(ids)));
		for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
			EXPECT_EQ(1, seen[i]) {
				TH_LOG("mailbox %zu, step %u", i, step);
			}
		}
	}
}

TEST_F(objects, list_has_no_destroyed_mailbox)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	__u64 id;

	ASSERT_LE(0, handle);
	id = mb_id(handle);
	ASSERT_EQ(0, mb_destroy(handle, 0));
	EXPECT_EQ(0, times_listed(self->client, id));
}

TEST_F(objects, list_survives_a_death_between_two_calls)
{
	struct mailbox_list list = { 0 };
	__u64 made[6], got, seen = 0;

	for (size_t i = 0; i < ARRAY_SIZE(made); i++)
		ASSERT_EQ(0, mb_new_id(self->client, 1, &made[i]));
	/* each ID dies as soon as it was listed */
	do {
		list.ids = mb_ptr(&got);
		list.count = 1;
		ASSERT_EQ(0, mb_list(self->client, &list));
		if (list.count != 1)
			break;
		for (size_t i = 0; i < ARRAY_SIZE(made); i++)
			if (made[i] == got) {
				seen++;
				ASSERT_EQ(0, mb_destroy(self->client, got));
			}
	} while (list.count == 1);
	EXPECT_EQ(ARRAY_SIZE(made), seen);
}

TEST_F(objects, list_writes_no_more_than_it_says)
{
	struct mailbox_list list = { .count = 64 };
	__u64 ids[64];

	ASSERT_LE(0, mb_new(self->client, 1, MAILBOX_RIGHTS_ALL));
	memset(ids, 0xee, sizeof(ids));
	list.ids = mb_ptr(ids);
	ASSERT_EQ(0, mb_list(self->client, &list));
	ASSERT_GT(64, list.count);
	for (__u32 i = list.count; i < 64; i++)
		EXPECT_EQ(0xeeeeeeeeeeeeeeeeULL, ids[i]);
}

/* The quota of mailboxes */

FIXTURE(quota)
{
	int client;
	long long limit;	/* as it was */
};

FIXTURE_SETUP(quota)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->limit = mb_parameter("user_mailboxes");
	ASSERT_LT(0, self->limit);
}

FIXTURE_TEARDOWN(quota)
{
	mb_parameter_set("user_mailboxes", self->limit);
	close(self->client);
}

TEST_F(quota, parameter_is_what_query_tells)
{
	struct mailbox_query query = { 0 };

	ASSERT_EQ(0, mb_parameter_set("user_mailboxes", 77));
	ASSERT_EQ(0, mb_query(self->client, &query));
	EXPECT_EQ(77, query.user_mailboxes_max);
}

/* As a user who has none yet: make @argument mailboxes, then one too many. */
static int fill_quota(void *argument)
{
	int count = *(int *)argument;
	int client = mb_client();
	__u64 id, first = 0;
	int ret;

	for (int i = 0; i < count; i++) {
		ret = mb_new_id(client, 1, &id);
		if (ret)
			return ret;
		first = first ? first : id;
	}
	ret = mb_new(client, 1, MAILBOX_RIGHTS_ALL);
	if (ret != -EDQUOT)
		return ret < 0 ? ret : -EUCLEAN;
	ret = mb_new_named(client, "quota: refused", 1);
	if (ret != -EDQUOT)
		return ret < 0 ? ret : -EUCLEAN;
	/* a place is free as soon as one ends */
	ret = mb_destroy(client, first);
	if (ret)
		return ret;
	return mb_new_id(client, 1, &id);
}

TEST_F(quota, one_mailbox_too_many_is_edquot)
{
	int count = 5;

	mb_need_root();
	ASSERT_EQ(0, mb_parameter_set("user_mailboxes", count));
	EXPECT_EQ(0, mb_as_uid(MB_USER_A, fill_quota, &count));
}

TEST_F(quota, refused_name_is_not_taken)
{
	int count = 1;

	mb_need_root();
	ASSERT_EQ(0, mb_parameter_set("user_mailboxes", count));
	ASSERT_EQ(0, mb_as_uid(MB_USER_A, fill_quota, &count));
	EXPECT_EQ(-ENOENT, mb_open_name(self->client, "quota: refused",
					MAILBOX_RIGHT_SEND));
}

TEST_F(quota, place_is_free_again_after_the_last_close)
{
	int count = 2;

	mb_need_root();
	ASSERT_EQ(0, mb_parameter_set("user_mailboxes", count));
	ASSERT_EQ(0, mb_as_uid(MB_USER_A, fill_quota, &count));
	EXPECT_EQ(0, mb_as_uid(MB_USER_A, fill_quota, &count));
}

static int fill_and_stay(void *argument)
{
	int *event = argument;
	int client = mb_client();
	__u64 id;
	int ret;

	do {
		ret = mb_new_id(client, 1, &id);
	} while (!ret);
	if (ret != -EDQUOT)
		return ret;
	mb_event_raise(event[0]);
	return mb_event_wait(event[1]);
}

static int make_one(void *argument)
{
	int client = mb_client();
	__u64 id;

	return mb_new_id(client, 1, &id);
}

TEST_F(quota, user_at_the_limit_does_not_harm_another)
{
	const struct mb_user greedy = { .uid = MB_USER_A, .gid = MB_USER_A };
	int event[2] = { mb_event(), mb_event() };
	struct mb_child child;

	mb_need_root();
	ASSERT_EQ(0, mb_parameter_set("user_mailboxes", 3));
	ASSERT_EQ(0, mb_as_start(&child, &greedy, fill_and_stay, event));
	ASSERT_EQ(0, mb_event_wait(event[0]));
	EXPECT_EQ(-EDQUOT, mb_as_uid(MB_USER_A, make_one, NULL));
	EXPECT_EQ(0, mb_as_uid(MB_USER_B, make_one, NULL));
	mb_event_raise(event[1]);
	EXPECT_EQ(0, mb_child_join(&child));
}

TEST_F(quota, limit_below_what_exists_keeps_it)
{
	int handle = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	int second = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, handle);
	ASSERT_LE(0, second);
	ASSERT_EQ(0, mb_parameter_set("user_mailboxes", 1));
	EXPECT_EQ(0, mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_put(second, 0, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EDQUOT, mb_new(self->client, 1, MAILBOX_RIGHTS_ALL));
}

static int real_user_differs(void *argument)
{
	unsigned int before;
	int client, ret;
	__u64 id;

	/* real user B, effective user A: charged to B, owned by A */
	if (setresuid(MB_USER_B, MB_USER_A, 0))
		return -errno;
	client = mb_client();
	before = mailboxes_of_user(client);
	ret = mb_new_id(client, 1, &id);
	if (ret)
		return ret;
	if (mailboxes_of_user(client) != before + 1)
		return -EUCLEAN;
	if (setresuid(MB_USER_A, -1, -1))
		return -errno;
	return mailboxes_of_user(client) == before ? 0 : -EUCLEAN;
}

TEST_F(quota, real_user_is_charged)
{
	mb_need_root();
	EXPECT_EQ(0, mb_child_run(real_user_differs, NULL));
}

TEST_HARNESS_MAIN
