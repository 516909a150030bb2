// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may do what: permission bits at OPEN and on each use by ID, rights of
 * handles, ownership, capabilities.
 */
#include "lib/test.h"

#include <linux/capability.h>
#include <sys/uio.h>

/* Mailboxes here belong to this user and this group. */
#define OWNER		MB_USER_A
#define OTHER		MB_USER_B
#define GROUP		MB_GROUP_A
#define GROUP_OTHER	MB_GROUP_B

static const gid_t in_group[] = { GROUP_OTHER, GROUP };

static const struct mb_user owner = { .uid = OWNER, .gid = GROUP_OTHER };
static const struct mb_user member = { .uid = OTHER, .gid = GROUP };
static const struct mb_user supplementary = {
	.uid = OTHER,
	.gid = GROUP_OTHER,
	.groups = in_group,
	.groups_count = ARRAY_SIZE(in_group),
};

static const struct mb_user other = { .uid = OTHER, .gid = GROUP_OTHER };

/* A mailbox with one message in it, given to OWNER and GROUP. */
struct scene {
	int client;
	int handle;
	__u64 id;
	__u32 index;
};

static int scene_set(struct scene *scene, unsigned int mode)
{
	struct mailbox_create create = {
		.name = mb_ptr("permission"),
		.name_length = strlen("permission"),
		.capacity = 4,
		.rights = MAILBOX_RIGHTS_ALL,
	};
	struct mailbox_set set = {
		.flags = MAILBOX_SET_MODE | MAILBOX_SET_UID | MAILBOX_SET_GID,
		.mode = mode,
		.uid = OWNER,
		.gid = GROUP,
	};
	int ret;

	scene->client = mb_client();
	if (scene->client < 0)
		return scene->client;
	ret = mb_create(scene->client, &create);
	if (ret)
		return ret;
	scene->handle = create.fd;
	scene->id = create.id;
	scene->index = create.index;
	ret = mb_put(scene->handle, 0, "secret", 6, MAILBOX_NONBLOCK);
	return ret ? ret : mb_set(scene->handle, &set);
}

/* What a user may try.  Each uses the client it inherited from root: what
 * counts is who calls, not who opened.
 */
static int try_open(struct scene *scene, unsigned int rights)
{
	int fd = mb_open_id(scene->client, scene->id, rights);

	return fd < 0 ? fd : 0;
}

static int try_open_receive(void *argument)
{
	return try_open(argument, MAILBOX_RIGHT_RECEIVE);
}

static int try_open_send(void *argument)
{
	return try_open(argument, MAILBOX_RIGHT_SEND);
}

static int try_open_both(void *argument)
{
	return try_open(argument, MAILBOX_RIGHT_SEND | MAILBOX_RIGHT_RECEIVE);
}

static int try_open_manage(void *argument)
{
	return try_open(argument, MAILBOX_RIGHT_MANAGE);
}

static int try_open_name(void *argument)
{
	struct scene *scene = argument;
	int fd = mb_open_name(scene->client, "permission",
			      MAILBOX_RIGHT_RECEIVE);

	return fd < 0 ? fd : 0;
}

static int try_open_index(void *argument)
{
	struct scene *scene = argument;
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_INDEX,
		.index = scene->index,
		.rights = MAILBOX_RIGHT_RECEIVE,
	};

	return mb_open(scene->client, &open);
}

static int try_open_nofd(void *argument)
{
	struct scene *scene = argument;
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_ID | MAILBOX_OPEN_NOFD,
		.id = scene->id,
		.rights = MAILBOX_RIGHT_RECEIVE,
	};

	return mb_open(scene->client, &open);
}

static int try_receive(void *argument)
{
	struct scene *scene = argument;

	return mb_drain_one(scene->client, scene->id);
}

static int try_send(void *argument)
{
	struct scene *scene = argument;

	return mb_put(scene->client, scene->id, "x", 1, MAILBOX_NONBLOCK);
}

static int try_receive_batch(void *argument)
{
	struct scene *scene = argument;
	char data[16];
	struct mailbox_message message = {
		.data = mb_ptr(data),
		.room = sizeof(data),
	};
	struct mailbox_batch batch = {
		.flags = MAILBOX_NONBLOCK,
		.id = scene->id,
		.messages = mb_ptr(&message),
		.count = 1,
	};

	return mb_receive_batch(scene->client, &batch);
}

static int try_send_batch(void *argument)
{
	struct scene *scene = argument;
	struct mailbox_message message = { .data = mb_ptr("x"), .length = 1 };
	struct mailbox_batch batch = {
		.flags = MAILBOX_NONBLOCK,
		.id = scene->id,
		.messages = mb_ptr(&message),
		.count = 1,
	};

	return mb_send_batch(scene->client, &batch);
}

static int try_stat(void *argument)
{
	struct scene *scene = argument;
	struct mailbox_stat stat;

	return mb_stat(scene->client, scene->id, &stat);
}

static int try_set(void *argument)
{
	struct scene *scene = argument;

	return mb_set_mode(scene->client, scene->id, 0666);
}

static int try_unlink(void *argument)
{
	struct scene *scene = argument;

	return mb_unlink(scene->client, scene->id);
}

static int try_destroy(void *argument)
{
	struct scene *scene = argument;

	return mb_destroy(scene->client, scene->id);
}

/* 1 if it is in the list, 0 if not */
static int try_list(void *argument)
{
	struct scene *scene = argument;
	struct mailbox_list list = { 0 };
	__u64 ids[64];
	int ret;

	do {
		list.ids = mb_ptr(ids);
		list.count = ARRAY_SIZE(ids);
		ret = mb_list(scene->client, &list);
		if (ret)
			return ret;
		for (__u32 i = 0; i < list.count; i++)
			if (ids[i] == scene->id)
				return 1;
	} while (list.count == ARRAY_SIZE(ids));
	return 0;
}

/*
 * Who meets which bits, and what must come of it.  One class counts alone:
 * an owner is not helped by what others may.
 */
FIXTURE(bits)
{
	struct scene scene;
};

FIXTURE_VARIANT(bits)
{
	const struct mb_user *user;
	unsigned int mode;
	bool r, w, owns;
};

#define WHO(name, who, modes, may_r, may_w, is_owner)			\
	FIXTURE_VARIANT_ADD(bits, name)					\
	{								\
		.user = &(who),						\
		.mode = modes,						\
		.r = may_r,						\
		.w = may_w,						\
		.owns = is_owner,					\
	}

WHO(owner_0600, owner, 0600, true, true, true);
WHO(owner_0400, owner, 0400, true, false, true);
WHO(owner_0200, owner, 0200, false, true, true);
WHO(owner_0000, owner, 0000, false, false, true);
WHO(owner_0066, owner, 0066, false, false, true);
WHO(group_0060, member, 0060, true, true, false);
WHO(group_0040, member, 0040, true, false, false);
WHO(group_0020, member, 0020, false, true, false);
WHO(group_0606, member, 0606, false, false, false);
WHO(supplementary_group_0060, supplementary, 0060, true, true, false);
WHO(supplementary_group_0606, supplementary, 0606, false, false, false);
WHO(other_0006, other, 0006, true, true, false);
WHO(other_0004, other, 0004, true, false, false);
WHO(other_0002, other, 0002, false, true, false);
WHO(other_0660, other, 0660, false, false, false);

FIXTURE_SETUP(bits)
{
	ASSERT_EQ(0, geteuid());
	ASSERT_EQ(0, scene_set(&self->scene, variant->mode));
}

FIXTURE_TEARDOWN(bits)
{
	close(self->scene.handle);
	close(self->scene.client);
}

#define EXPECT_BY(right, attempt)					\
	EXPECT_EQ(variant->right ? 0 : -EACCES,				\
		  mb_as(variant->user, attempt, &self->scene))

#define EXPECT_OWNER(attempt)						\
	EXPECT_EQ(variant->owns ? 0 : -EPERM,				\
		  mb_as(variant->user, attempt, &self->scene))

TEST_F(bits, open_for_receive_needs_r)
{
	EXPECT_BY(r, try_open_receive);
}

TEST_F(bits, open_for_send_needs_w)
{
	EXPECT_BY(w, try_open_send);
}

TEST_F(bits, open_for_both_needs_both)
{
	EXPECT_EQ(variant->r && variant->w ? 0 : -EACCES,
		  mb_as(variant->user, try_open_both, &self->scene));
}

TEST_F(bits, open_for_manage_needs_the_owner)
{
	EXPECT_OWNER(try_open_manage);
}

TEST_F(bits, open_by_name_needs_r)
{
	EXPECT_BY(r, try_open_name);
}

TEST_F(bits, open_by_index_needs_r)
{
	EXPECT_BY(r, try_open_index);
}

TEST_F(bits, open_without_handle_needs_r)
{
	EXPECT_BY(r, try_open_nofd);
}

TEST_F(bits, receive_by_id_needs_r)
{
	EXPECT_BY(r, try_receive);
}

TEST_F(bits, send_by_id_needs_w)
{
	EXPECT_BY(w, try_send);
}

TEST_F(bits, receive_batch_by_id_needs_r)
{
	EXPECT_BY(r, try_receive_batch);
}

TEST_F(bits, send_batch_by_id_needs_w)
{
	EXPECT_BY(w, try_send_batch);
}

TEST_F(bits, stat_by_id_needs_r_or_the_owner)
{
	EXPECT_EQ(variant->r || variant->owns ? 0 : -EACCES,
		  mb_as(variant->user, try_stat, &self->scene));
}

TEST_F(bits, list_shows_with_r_or_to_the_owner)
{
	EXPECT_EQ(variant->r || variant->owns,
		  mb_as(variant->user, try_list, &self->scene));
}

TEST_F(bits, set_by_id_needs_the_owner)
{
	EXPECT_OWNER(try_set);
}

TEST_F(bits, unlink_by_id_needs_the_owner)
{
	EXPECT_OWNER(try_unlink);
}

TEST_F(bits, destroy_by_id_needs_the_owner)
{
	EXPECT_OWNER(try_destroy);
}

/* Everything else, on one mailbox of OWNER with mode 0600. */
FIXTURE(permission)
{
	struct scene scene;
};

FIXTURE_SETUP(permission)
{
	ASSERT_EQ(0, geteuid());
	ASSERT_EQ(0, scene_set(&self->scene, 0600));
}

FIXTURE_TEARDOWN(permission)
{
	close(self->scene.handle);
	close(self->scene.client);
}

TEST_F(permission, refused_calls_change_nothing)
{
	struct mailbox_stat before, after;

	ASSERT_EQ(0, mb_stat(self->scene.handle, 0, &before));
	EXPECT_EQ(-EACCES, mb_as(&other, try_send, &self->scene));
	EXPECT_EQ(-EACCES, mb_as(&other, try_receive, &self->scene));
	EXPECT_EQ(-EACCES, mb_as(&other, try_open_both, &self->scene));
	EXPECT_EQ(-EPERM, mb_as(&other, try_set, &self->scene));
	EXPECT_EQ(-EPERM, mb_as(&other, try_unlink, &self->scene));
	EXPECT_EQ(-EPERM, mb_as(&other, try_destroy, &self->scene));
	ASSERT_EQ(0, mb_stat(self->scene.handle, 0, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

/* Capabilities.  The caller stays an ordinary user with one of them. */
struct capable {
	int capability;
	mb_child_fn run;
	void *argument;
};

static int run_capable(void *argument)
{
	struct capable *capable = argument;
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { { 0 } };
	int ret;

	prctl(PR_SET_KEEPCAPS, 1);
	ret = mb_become(OTHER, OTHER, NULL, 0);
	if (ret)
		return ret;
	data[CAP_TO_INDEX(capable->capability)].effective =
		CAP_TO_MASK(capable->capability);
	data[CAP_TO_INDEX(capable->capability)].permitted =
		CAP_TO_MASK(capable->capability);
	if (syscall(SYS_capset, &header, data))
		return -errno;
	return capable->run(capable->argument);
}

static int with_capability(int capability, mb_child_fn run, void *argument)
{
	struct capable capable = { capability, run, argument };

	return mb_child_run(run_capable, &capable);
}

TEST_F(permission, cap_ipc_owner_may_open_for_receive)
{
	EXPECT_EQ(0, with_capability(CAP_IPC_OWNER, try_open_receive,
				     &self->scene));
}

TEST_F(permission, cap_ipc_owner_may_open_for_manage)
{
	EXPECT_EQ(0, with_capability(CAP_IPC_OWNER, try_open_manage,
				     &self->scene));
}

TEST_F(permission, cap_ipc_owner_may_send_by_id)
{
	EXPECT_EQ(0, with_capability(CAP_IPC_OWNER, try_send, &self->scene));
}

TEST_F(permission, cap_ipc_owner_may_receive_by_id)
{
	EXPECT_EQ(0, with_capability(CAP_IPC_OWNER, try_receive,
				     &self->scene));
}

TEST_F(permission, cap_ipc_owner_may_stat_by_id)
{
	EXPECT_EQ(0, with_capability(CAP_IPC_OWNER, try_stat, &self->scene));
}

TEST_F(permission, cap_ipc_owner_sees_all_in_list)
{
	EXPECT_EQ(1, with_capability(CAP_IPC_OWNER, try_list, &self->scene));
}

TEST_F(permission, cap_ipc_owner_may_set_by_id)
{
	EXPECT_EQ(0, with_capability(CAP_IPC_OWNER, try_set, &self->scene));
}

TEST_F(permission, cap_ipc_owner_may_unlink_by_id)
{
	EXPECT_EQ(0, with_capability(CAP_IPC_OWNER, try_unlink,
				     &self->scene));
}

TEST_F(permission, cap_ipc_owner_may_destroy_by_id)
{
	EXPECT_EQ(0, with_capability(CAP_IPC_OWNER, try_destroy,
				     &self->scene));
}

TEST_F(permission, cap_sys_admin_may_not_destroy_by_id)
{
	EXPECT_EQ(-EPERM, with_capability(CAP_SYS_ADMIN, try_destroy,
					  &self->scene));
}

TEST_F(permission, cap_dac_override_may_not_receive_by_id)
{
	EXPECT_EQ(-EACCES, with_capability(CAP_DAC_OVERRIDE, try_receive,
					   &self->scene));
}

/* Only as far as the capability reaches: not from a user namespace. */
static int as_root_of_own_user_namespace(void *argument)
{
	int ret = mb_enter_new(CLONE_NEWUSER, 0);

	return ret ? ret : try_destroy(argument);
}

TEST_F(permission, root_of_a_user_namespace_may_not_destroy)
{
	mb_need_namespaces(CLONE_NEWUSER);
	EXPECT_EQ(-EPERM, mb_as(&other, as_root_of_own_user_namespace,
				&self->scene));
}

/* The caller's rights now count, not those of who opened the client. */
TEST_F(permission, mode_is_checked_on_each_use_by_id)
{
	ASSERT_EQ(0, mb_set_mode(self->scene.handle, 0, 0602));
	EXPECT_EQ(0, mb_as(&other, try_send, &self->scene));
	ASSERT_EQ(0, mb_set_mode(self->scene.handle, 0, 0600));
	EXPECT_EQ(-EACCES, mb_as(&other, try_send, &self->scene));
}

static int send_through_handle(void *argument)
{
	struct scene *scene = argument;

	return mb_put(scene->handle, 0, "x", 1, MAILBOX_NONBLOCK);
}

static int receive_through_handle(void *argument)
{
	struct scene *scene = argument;

	return mb_drain_one(scene->handle, 0);
}

static int destroy_through_handle(void *argument)
{
	struct scene *scene = argument;

	return mb_destroy(scene->handle, 0);
}

TEST_F(permission, handle_lets_anybody_send)
{
	EXPECT_EQ(0, mb_as(&other, send_through_handle, &self->scene));
}

TEST_F(permission, handle_lets_anybody_receive)
{
	EXPECT_EQ(0, mb_as(&other, receive_through_handle, &self->scene));
}

TEST_F(permission, handle_with_manage_lets_anybody_destroy)
{
	EXPECT_EQ(0, mb_as(&other, destroy_through_handle, &self->scene));
}

struct pause {
	struct scene *scene;
	int opened, changed;
};

/* Open while it is allowed; use what was opened when it is not any more. */
static int open_then_use(void *argument)
{
	struct pause *pause = argument;
	struct scene *scene = pause->scene;
	int fd = mb_open_id(scene->client, scene->id, MAILBOX_RIGHT_SEND);
	int ret;

	if (fd < 0)
		return fd;
	mb_event_raise(pause->opened);
	ret = mb_event_wait(pause->changed);
	if (ret)
		return ret;
	if (try_send(scene) != -EACCES)
		return -EUCLEAN;
	return mb_put(fd, 0, "x", 1, MAILBOX_NONBLOCK);
}

TEST_F(permission, handle_works_after_the_mode_became_0)
{
	struct pause pause = { &self->scene, mb_event(), mb_event() };
	struct mb_child child;

	ASSERT_EQ(0, mb_set_mode(self->scene.handle, 0, 0002));
	ASSERT_EQ(0, mb_as_start(&child, &other, open_then_use, &pause));
	ASSERT_EQ(0, mb_event_wait(pause.opened));
	ASSERT_EQ(0, mb_set_mode(self->scene.handle, 0, 0));
	ASSERT_EQ(0, mb_event_raise(pause.changed));
	EXPECT_EQ(0, mb_child_join(&child));
}

/* A receive that waits by ID stays good: it was allowed when it began. */
static int wait_by_id(void *argument)
{
	struct scene *scene = argument;
	char byte[8];
	int ret = mb_get(scene->client, scene->id, byte, sizeof(byte), 0);

	return ret < 0 ? ret : 0;
}

TEST_F(permission, receive_that_waits_is_not_checked_again)
{
	struct mb_child child;

	ASSERT_EQ(0, mb_drain_one(self->scene.handle, 0));
	ASSERT_EQ(0, mb_set_mode(self->scene.handle, 0, 0004));
	ASSERT_EQ(0, mb_as_start(&child, &other, wait_by_id, &self->scene));
	ASSERT_EQ(0, mb_wait_receivers(self->scene.handle, 0, 1));
	ASSERT_EQ(0, mb_set_mode(self->scene.handle, 0, 0));
	ASSERT_EQ(0, mb_put(self->scene.handle, 0, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&child));
}

/* SET of the owner and the group */

static int set_uid(struct scene *scene, uid_t uid)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_UID,
		.id = scene->id,
		.uid = uid,
	};

	return mb_set(scene->client, &set);
}

static int set_gid(struct scene *scene, gid_t gid)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_GID,
		.id = scene->id,
		.gid = gid,
	};

	return mb_set(scene->client, &set);
}

static int set_uid_to_other(void *argument)
{
	return set_uid(argument, OTHER);
}

static int set_uid_to_owner(void *argument)
{
	return set_uid(argument, OWNER);
}

static int set_gid_to_mine(void *argument)
{
	return set_gid(argument, GROUP_OTHER);
}

static int set_gid_to_foreign(void *argument)
{
	return set_gid(argument, 12345);
}

TEST_F(permission, owner_may_not_give_the_mailbox_away)
{
	struct mailbox_stat stat;

	EXPECT_EQ(-EPERM, mb_as(&owner, set_uid_to_other, &self->scene));
	ASSERT_EQ(0, mb_stat(self->scene.handle, 0, &stat));
	EXPECT_EQ(OWNER, stat.uid);
}

TEST_F(permission, owner_may_set_the_owner_to_itself)
{
	EXPECT_EQ(0, mb_as(&owner, set_uid_to_owner, &self->scene));
}

TEST_F(permission, owner_may_set_a_group_it_is_in)
{
	struct mailbox_stat stat;

	EXPECT_EQ(0, mb_as(&owner, set_gid_to_mine, &self->scene));
	ASSERT_EQ(0, mb_stat(self->scene.handle, 0, &stat));
	EXPECT_EQ(GROUP_OTHER, stat.gid);
}

TEST_F(permission, owner_may_not_set_a_group_it_is_not_in)
{
	struct mailbox_stat stat;

	EXPECT_EQ(-EPERM, mb_as(&owner, set_gid_to_foreign, &self->scene));
	ASSERT_EQ(0, mb_stat(self->scene.handle, 0, &stat));
	EXPECT_EQ(GROUP, stat.gid);
}

TEST_F(permission, cap_chown_may_give_away)
{
	struct mailbox_stat stat;
	struct mailbox_set set = {
		.flags = MAILBOX_SET_UID | MAILBOX_SET_GID,
		.uid = OTHER,
		.gid = 12345,
	};
	struct mb_call call = { self->scene.handle, MAILBOX_IOC_SET, &set };

	set.size = sizeof(set);
	EXPECT_EQ(0, with_capability(CAP_CHOWN, mb_call_run, &call));
	ASSERT_EQ(0, mb_stat(self->scene.handle, 0, &stat));
	EXPECT_EQ(OTHER, stat.uid);
	EXPECT_EQ(12345, stat.gid);
}

TEST_F(permission, holder_of_manage_may_not_take_the_mailbox)
{
	struct mailbox_set set = {
		.size = sizeof(set),
		.flags = MAILBOX_SET_UID,
		.uid = OTHER,
	};
	struct mb_call call = { self->scene.handle, MAILBOX_IOC_SET, &set };

	EXPECT_EQ(-EPERM, mb_as(&other, mb_call_run, &call));
}

TEST_F(permission, refused_group_leaves_the_mode_too)
{
	struct mailbox_set set = {
		.size = sizeof(set),
		.flags = MAILBOX_SET_MODE | MAILBOX_SET_GID,
		.mode = 0666,
		.gid = 12345,
	};
	struct mb_call call = { self->scene.handle, MAILBOX_IOC_SET, &set };
	struct mailbox_stat stat;

	EXPECT_EQ(-EPERM, mb_as(&owner, mb_call_run, &call));
	ASSERT_EQ(0, mb_stat(self->scene.handle, 0, &stat));
	EXPECT_EQ(0600, stat.mode);
}

TEST_F(permission, former_owner_loses_what_is_the_owners)
{
	ASSERT_EQ(0, set_uid(&self->scene, OTHER));
	EXPECT_EQ(-EPERM, mb_as(&owner, try_destroy, &self->scene));
	EXPECT_EQ(0, mb_as(&other, try_destroy, &self->scene));
}

/* What the creator is */

static int create_as(void *argument)
{
	struct mailbox_stat stat;
	int client = mb_client();
	int handle = mb_new(client, 1, MAILBOX_RIGHTS_ALL);
	int ret;

	if (handle < 0)
		return handle;
	ret = mb_stat(handle, 0, &stat);
	if (ret)
		return ret;
	return stat.uid == geteuid() && stat.gid == getegid() ? 0 : -EUCLEAN;
}

TEST_F(permission, creator_owns_the_mailbox)
{
	EXPECT_EQ(0, mb_as(&supplementary, create_as, NULL));
}

static int create_with_another_euid(void *argument)
{
	if (setresgid(GROUP, GROUP_OTHER, 0) || setresuid(OTHER, OWNER, 0))
		return -errno;
	return create_as(argument);
}

TEST_F(permission, effective_user_and_group_own_the_mailbox)
{
	EXPECT_EQ(0, mb_child_run(create_with_another_euid, NULL));
}

TEST_F(permission, handle_without_the_right_changes_nothing)
{
	int sends = mb_narrow(self->scene.handle, MAILBOX_RIGHT_SEND);
	int receives = mb_narrow(self->scene.handle, MAILBOX_RIGHT_RECEIVE);
	struct mailbox_stat before, after;

	ASSERT_LE(0, sends);
	ASSERT_LE(0, receives);
	ASSERT_EQ(0, mb_stat(self->scene.handle, 0, &before));
	EXPECT_EQ(-EBADF, mb_put(receives, 0, "x", 1, 0));
	EXPECT_EQ(-EBADF, mb_drain_one(sends, 0));
	EXPECT_EQ(-EBADF, mb_set_mode(sends, 0, 0));
	EXPECT_EQ(-EBADF, mb_unlink(sends, 0));
	EXPECT_EQ(-EBADF, mb_destroy(receives, 0));
	EXPECT_EQ(-EBADF, mb_narrow(sends, MAILBOX_RIGHTS_ALL));
	ASSERT_EQ(0, mb_stat(self->scene.handle, 0, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

/*
 * Rights of handles: what lacks a right is refused with EBADF, by every call
 * that needs it, read(2) and write(2) included.
 */
FIXTURE(rights)
{
	int client;
	int all;		/* a handle with every right */
	int fd;			/* the one under test */
};

FIXTURE_VARIANT(rights)
{
	unsigned int rights;
};

#define RIGHTS(name, which)						\
	FIXTURE_VARIANT_ADD(rights, name) { .rights = (which) }

RIGHTS(send, MAILBOX_RIGHT_SEND);
RIGHTS(receive, MAILBOX_RIGHT_RECEIVE);
RIGHTS(manage, MAILBOX_RIGHT_MANAGE);
RIGHTS(send_receive, MAILBOX_RIGHT_SEND | MAILBOX_RIGHT_RECEIVE);
RIGHTS(send_manage, MAILBOX_RIGHT_SEND | MAILBOX_RIGHT_MANAGE);
RIGHTS(receive_manage, MAILBOX_RIGHT_RECEIVE | MAILBOX_RIGHT_MANAGE);
RIGHTS(all, MAILBOX_RIGHTS_ALL);

FIXTURE_SETUP(rights)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->all = mb_new_named(self->client, "permission: rights", 4);
	ASSERT_LE(0, self->all);
	ASSERT_EQ(0, mb_put(self->all, 0, "x", 1, MAILBOX_NONBLOCK));
	self->fd = mb_narrow(self->all, variant->rights);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(rights)
{
	close(self->fd);
	close(self->all);
	close(self->client);
}

#define EXPECT_RIGHT(right, call)					\
	EXPECT_EQ(variant->rights & (right) ? 0 : -EBADF, call)

TEST_F(rights, send_needs_send)
{
	EXPECT_RIGHT(MAILBOX_RIGHT_SEND,
		     mb_put(self->fd, 0, "x", 1, MAILBOX_NONBLOCK));
}

TEST_F(rights, receive_needs_receive)
{
	EXPECT_RIGHT(MAILBOX_RIGHT_RECEIVE, mb_drain_one(self->fd, 0));
}

TEST_F(rights, peek_needs_receive)
{
	char byte;
	int ret = mb_get(self->fd, 0, &byte, 1,
			 MAILBOX_NONBLOCK | MAILBOX_RECEIVE_PEEK);

	EXPECT_EQ(variant->rights & MAILBOX_RIGHT_RECEIVE ? 1 : -EBADF, ret);
}

TEST_F(rights, send_batch_needs_send)
{
	struct scene scene = { .client = self->fd };

	EXPECT_RIGHT(MAILBOX_RIGHT_SEND, try_send_batch(&scene));
}

TEST_F(rights, receive_batch_needs_receive)
{
	struct scene scene = { .client = self->fd };

	EXPECT_RIGHT(MAILBOX_RIGHT_RECEIVE, try_receive_batch(&scene));
}

TEST_F(rights, write_needs_send)
{
	ssize_t ret = write(self->fd, "x", 1);

	if (variant->rights & MAILBOX_RIGHT_SEND) {
		EXPECT_EQ(1, ret);
	} else {
		EXPECT_EQ(-1, ret);
		EXPECT_EQ(EBADF, errno);
	}
}

TEST_F(rights, read_needs_receive)
{
	char byte;
	ssize_t ret = read(self->fd, &byte, 1);

	if (variant->rights & MAILBOX_RIGHT_RECEIVE) {
		EXPECT_EQ(1, ret);
	} else {
		EXPECT_EQ(-1, ret);
		EXPECT_EQ(EBADF, errno);
	}
}

TEST_F(rights, writev_needs_send)
{
	struct iovec iov = { .iov_base = "x", .iov_len = 1 };
	ssize_t ret = writev(self->fd, &iov, 1);

	if (variant->rights & MAILBOX_RIGHT_SEND) {
		EXPECT_EQ(1, ret);
	} else {
		EXPECT_EQ(-1, ret);
		EXPECT_EQ(EBADF, errno);
	}
}

TEST_F(rights, readv_needs_receive)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	ssize_t ret = readv(self->fd, &iov, 1);

	if (variant->rights & MAILBOX_RIGHT_RECEIVE) {
		EXPECT_EQ(1, ret);
	} else {
		EXPECT_EQ(-1, ret);
		EXPECT_EQ(EBADF, errno);
	}
}

TEST_F(rights, set_needs_manage)
{
	EXPECT_RIGHT(MAILBOX_RIGHT_MANAGE, mb_set_mode(self->fd, 0, 0666));
}

TEST_F(rights, unlink_needs_manage)
{
	EXPECT_RIGHT(MAILBOX_RIGHT_MANAGE, mb_unlink(self->fd, 0));
}

TEST_F(rights, destroy_needs_manage)
{
	EXPECT_RIGHT(MAILBOX_RIGHT_MANAGE, mb_destroy(self->fd, 0));
}

TEST_F(rights, restrict_gives_what_the_handle_has_and_no_more)
{
	for (unsigned int rights = 1; rights <= MAILBOX_RIGHTS_ALL;
	     rights++) {
		int fd = mb_narrow(self->fd, rights);

		if (rights & ~variant->rights) {
			EXPECT_EQ(-EBADF, fd) {
				TH_LOG("rights %#x", rights);
			}
		} else {
			EXPECT_LE(0, fd) {
				TH_LOG("rights %#x", rights);
			}
			close(fd);
		}
	}
}

TEST_F(rights, open_gives_the_same_rights_as_restrict)
{
	int fd = mb_open_id(self->client, mb_id(self->all), variant->rights);

	ASSERT_LE(0, fd);
	EXPECT_RIGHT(MAILBOX_RIGHT_SEND,
		     mb_put(fd, 0, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_RIGHT(MAILBOX_RIGHT_RECEIVE, mb_drain_one(fd, 0));
	EXPECT_RIGHT(MAILBOX_RIGHT_MANAGE, mb_set_mode(fd, 0, 0600));
}

TEST_F(rights, create_gives_the_same_rights_as_restrict)
{
	struct mailbox_create create = {
		.flags = MAILBOX_CREATE_PERSIST,
		.capacity = 1,
		.rights = variant->rights,
	};
	int ret;

	ASSERT_EQ(0, mb_create(self->client, &create));
	EXPECT_RIGHT(MAILBOX_RIGHT_SEND,
		     mb_put(create.fd, 0, "x", 1, MAILBOX_NONBLOCK));
	ret = mb_drain_one(create.fd, 0);
	if (!(variant->rights & MAILBOX_RIGHT_RECEIVE))
		EXPECT_EQ(-EBADF, ret);
	EXPECT_RIGHT(MAILBOX_RIGHT_MANAGE, mb_set_mode(create.fd, 0, 0600));
	EXPECT_EQ(0, mb_destroy(self->client, create.id));
}

TEST_F(rights, handle_cannot_be_opened_anew_through_proc)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fd);
	EXPECT_EQ(-1, open(path, O_RDWR));
}

TEST_F(rights, setfl_does_not_add_a_right)
{
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_RDWR | O_NONBLOCK));
	EXPECT_RIGHT(MAILBOX_RIGHT_SEND, mb_put(self->fd, 0, "x", 1, 0));
	EXPECT_RIGHT(MAILBOX_RIGHT_RECEIVE, mb_drain_one(self->fd, 0));
}

TEST_HARNESS_MAIN
