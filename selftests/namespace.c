// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network namespaces, to which IDs and names belong; pid and user namespaces,
 * through which numbers are seen.
 */
#include "lib/test.h"

#define NAME	"namespace"

/* A mailbox of the namespace that the tests run in, open to everybody. */
struct scene {
	int client;
	int handle;
	__u64 id;
	__u32 index;
};

static int scene_set(struct scene *scene)
{
	struct mailbox_create create = {
		.flags = MAILBOX_CREATE_MODE,
		.name = mb_ptr(NAME),
		.name_length = strlen(NAME),
		.capacity = 4,
		.mode = 0666,
		.rights = MAILBOX_RIGHTS_ALL,
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
	return mb_put(create.fd, 0, "x", 1, MAILBOX_NONBLOCK);
}

static void scene_clear(struct scene *scene)
{
	close(scene->handle);
	close(scene->client);
}

FIXTURE(namespace)
{
	struct scene scene;
};

FIXTURE_SETUP(namespace)
{
	ASSERT_EQ(0, scene_set(&self->scene));
}

FIXTURE_TEARDOWN(namespace)
{
	scene_clear(&self->scene);
}

/*
 * Another network namespace.  Every command that names a mailbox, through a
 * client that was opened there.
 */
FIXTURE(foreign)
{
	struct scene scene;
};

FIXTURE_VARIANT(foreign)
{
	mb_child_fn attempt;
};

static int open_id(void *argument)
{
	struct scene *scene = argument;

	return mb_open_id(mb_client(), scene->id, MAILBOX_RIGHT_SEND);
}

static int open_name(void *argument)
{
	return mb_open_name(mb_client(), NAME, MAILBOX_RIGHT_SEND);
}

static int open_index(void *argument)
{
	struct scene *scene = argument;
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_INDEX,
		.index = scene->index,
		.rights = MAILBOX_RIGHT_SEND,
	};

	return mb_open(mb_client(), &open);
}

static int send_id(void *argument)
{
	struct scene *scene = argument;

	return mb_put(mb_client(), scene->id, "x", 1, MAILBOX_NONBLOCK);
}

static int receive_id(void *argument)
{
	struct scene *scene = argument;

	return mb_drain_one(mb_client(), scene->id);
}

static int send_batch_id(void *argument)
{
	struct scene *scene = argument;
	struct mailbox_message message = { .data = mb_ptr("x"), .length = 1 };
	struct mailbox_batch batch = {
		.flags = MAILBOX_NONBLOCK,
		.id = scene->id,
		.messages = mb_ptr(&message),
		.count = 1,
	};

	return mb_send_batch(mb_client(), &batch);
}

static int receive_batch_id(void *argument)
{
	struct scene *scene = argument;
	char byte;
	struct mailbox_message message = { .data = mb_ptr(&byte), .room = 1 };
	struct mailbox_batch batch = {
		.flags = MAILBOX_NONBLOCK,
		.id = scene->id,
		.messages = mb_ptr(&message),
		.count = 1,
	};

	return mb_receive_batch(mb_client(), &batch);
}

static int stat_id(void *argument)
{
	struct scene *scene = argument;
	struct mailbox_stat stat;

	return mb_stat(mb_client(), scene->id, &stat);
}

static int set_id(void *argument)
{
	struct scene *scene = argument;

	return mb_set_mode(mb_client(), scene->id, 0);
}

static int unlink_id(void *argument)
{
	struct scene *scene = argument;

	return mb_unlink(mb_client(), scene->id);
}

static int release_id(void *argument)
{
	struct scene *scene = argument;

	return mb_release(mb_client(), scene->id);
}

static int destroy_id(void *argument)
{
	struct scene *scene = argument;

	return mb_destroy(mb_client(), scene->id);
}

#define ATTEMPT(name)							\
	FIXTURE_VARIANT_ADD(foreign, name) { .attempt = name }

ATTEMPT(open_id);
ATTEMPT(open_name);
ATTEMPT(open_index);
ATTEMPT(send_id);
ATTEMPT(receive_id);
ATTEMPT(send_batch_id);
ATTEMPT(receive_batch_id);
ATTEMPT(stat_id);
ATTEMPT(set_id);
ATTEMPT(unlink_id);
ATTEMPT(release_id);
ATTEMPT(destroy_id);

FIXTURE_SETUP(foreign)
{
	ASSERT_EQ(0, scene_set(&self->scene));
}

FIXTURE_TEARDOWN(foreign)
{
	scene_clear(&self->scene);
}

TEST_F(foreign, finds_nothing)
{
	struct mailbox_stat before, after;

	mb_need_namespaces(CLONE_NEWNET);
	ASSERT_EQ(0, mb_stat(self->scene.handle, 0, &before));
	EXPECT_EQ(-ENOENT, mb_inside(CLONE_NEWNET, variant->attempt,
				     &self->scene));
	ASSERT_EQ(0, mb_stat(self->scene.handle, 0, &after));
	EXPECT_EQ(0, memcmp(&before, &after, sizeof(before)));
}

/* How many a new client lists. */
static int count_listed(void *argument)
{
	__u64 ids[8];
	struct mailbox_list list = {
		.ids = mb_ptr(ids),
		.count = ARRAY_SIZE(ids),
	};
	int ret = mb_list(mb_client(), &list);

	return ret ? ret : list.count;
}

TEST_F(namespace, new_network_namespace_lists_nothing)
{
	mb_need_namespaces(CLONE_NEWNET);
	EXPECT_LE(1, count_listed(NULL));
	EXPECT_EQ(0, mb_inside(CLONE_NEWNET, count_listed, NULL));
}

static int take_name(void *argument)
{
	int handle = mb_new_named(mb_client(), NAME, 1);

	return handle < 0 ? handle : 0;
}

TEST_F(namespace, names_are_free_in_another_network_namespace)
{
	mb_need_namespaces(CLONE_NEWNET);
	EXPECT_EQ(-EEXIST, take_name(NULL));
	EXPECT_EQ(0, mb_inside(CLONE_NEWNET, take_name, NULL));
}

static int make_ids(void *argument)
{
	__u64 *ids = argument;
	int client = mb_client();
	int ret = 0;

	for (int i = 0; i < 50 && !ret; i++)
		ret = mb_new_id(client, 1, &ids[i]);
	return ret;
}

TEST_F(namespace, ids_are_unique_over_all_network_namespaces)
{
	__u64 *there = mb_shared(50 * sizeof(*there)), here[50];

	mb_need_namespaces(CLONE_NEWNET);
	ASSERT_EQ(0, mb_inside(CLONE_NEWNET, make_ids, there));
	ASSERT_EQ(0, make_ids(here));
	for (int i = 0; i < 50; i++)
		for (int j = 0; j < 50; j++)
			ASSERT_NE(here[i], there[j]);
}

static int stat_old_client(void *argument)
{
	struct scene *scene = argument;
	struct mailbox_stat stat;

	return mb_stat(scene->client, scene->id, &stat);
}

TEST_F(namespace, client_stays_in_the_network_namespace_it_was_opened_in)
{
	mb_need_namespaces(CLONE_NEWNET);
	EXPECT_EQ(0, mb_inside(CLONE_NEWNET, stat_old_client, &self->scene));
}

static int create_with_old_client(void *argument)
{
	struct scene *scene = argument;
	int handle = mb_new_named(scene->client, "namespace: old client", 1);

	if (handle < 0)
		return handle;
	/* not where the caller is, but where its client is */
	if (mb_open_name(mb_client(), "namespace: old client",
			 MAILBOX_RIGHT_SEND) != -ENOENT)
		return -EUCLEAN;
	return mb_open_name(scene->client, "namespace: old client",
			    MAILBOX_RIGHT_SEND) < 0 ? -EUCLEAN : 0;
}

TEST_F(namespace, client_creates_where_it_was_opened)
{
	mb_need_namespaces(CLONE_NEWNET);
	EXPECT_EQ(0, mb_inside(CLONE_NEWNET, create_with_old_client,
			       &self->scene));
}

static int receive_by_handle(void *argument)
{
	struct scene *scene = argument;

	return mb_drain_one(scene->handle, 0);
}

TEST_F(namespace, handle_works_from_another_network_namespace)
{
	mb_need_namespaces(CLONE_NEWNET);
	EXPECT_EQ(0, mb_inside(CLONE_NEWNET, receive_by_handle,
			       &self->scene));
}

TEST_F(namespace, ipc_namespace_makes_no_difference)
{
	mb_need_namespaces(CLONE_NEWIPC);
	EXPECT_EQ(0, mb_inside(CLONE_NEWIPC, receive_id, &self->scene));
}

/* The end of a network namespace */

static unsigned int mailboxes_of_user(int client)
{
	struct mailbox_query query = { 0 };

	return mb_query(client, &query) ? ~0U : query.user_mailboxes;
}

static int make_persisting(void *argument)
{
	int client = mb_client();
	__u64 id;
	int ret;

	ret = mb_new_flags(client, MAILBOX_CREATE_PERSIST |
			   MAILBOX_CREATE_NOFD, 2, &id);
	return ret ? ret : mb_put(client, id, "x", 1, MAILBOX_NONBLOCK);
}

TEST_F(namespace, end_of_the_network_namespace_destroys_what_persists)
{
	struct mailbox_query before = { 0 }, after = { 0 };

	mb_need_namespaces(CLONE_NEWNET);
	ASSERT_EQ(0, mb_query(self->scene.client, &before));
	ASSERT_EQ(0, mb_inside(CLONE_NEWNET, make_persisting, NULL));
	EXPECT_EQ(0, mb_until(mailboxes_of_user(self->scene.client) ==
			      before.user_mailboxes));
	EXPECT_EQ(0, mb_until(!mb_query(self->scene.client, &after) &&
			      after.user_bytes == before.user_bytes));
}

struct parcel {
	int socket;
	bool client;		/* send the client; else a send handle */
	__u64 *id;
};

/* A persisting mailbox, and one descriptor of it that gets out. */
static int send_parcel(void *argument)
{
	struct parcel *parcel = argument;
	int client = mb_client();
	int handle = mb_new_flags(client, MAILBOX_CREATE_PERSIST, 1,
				  parcel->id);
	int sends;

	if (handle < 0)
		return handle;
	sends = mb_narrow(handle, MAILBOX_RIGHT_SEND);
	if (sends < 0)
		return sends;
	return mb_fd_send(parcel->socket, parcel->client ? client : sends);
}

TEST_F(namespace, client_keeps_its_network_namespace)
{
	unsigned int before = mailboxes_of_user(self->scene.client);
	struct parcel parcel = {
		.client = true,
		.id = mb_shared(sizeof(__u64)),
	};
	struct mailbox_stat stat;
	int sockets[2], client;

	mb_need_namespaces(CLONE_NEWNET);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets));
	parcel.socket = sockets[0];
	ASSERT_EQ(0, mb_inside(CLONE_NEWNET, send_parcel, &parcel));
	client = mb_fd_receive(sockets[1]);
	ASSERT_LE(0, client);
	EXPECT_EQ(0, mb_put(client, *parcel.id, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_stat(client, *parcel.id, &stat));
	close(client);
	EXPECT_EQ(0, mb_until(mailboxes_of_user(self->scene.client) ==
			      before));
}

TEST_F(namespace, handle_keeps_its_network_namespace)
{
	unsigned int before = mailboxes_of_user(self->scene.client);
	struct parcel parcel = { .id = mb_shared(sizeof(__u64)) };
	struct mailbox_stat stat;
	int sockets[2], sends;

	mb_need_namespaces(CLONE_NEWNET);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets));
	parcel.socket = sockets[0];
	ASSERT_EQ(0, mb_inside(CLONE_NEWNET, send_parcel, &parcel));
	sends = mb_fd_receive(sockets[1]);
	ASSERT_LE(0, sends);
	EXPECT_EQ(0, mb_put(sends, 0, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_stat(sends, 0, &stat));
	EXPECT_EQ(1, stat.messages);
	close(sends);
	EXPECT_EQ(0, mb_until(mailboxes_of_user(self->scene.client) ==
			      before));
}

/* Pid namespaces */

/* What @pid is called in the innermost of its namespaces, 0 if there is none
 * such process.
 */
static int innermost_pid(pid_t pid)
{
	char path[64], text[4096], *line, *word;
	int ret, last = 0;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	ret = mb_read_file(path, text, sizeof(text));
	if (ret < 0)
		return 0;
	line = strstr(text, "\nNSpid:");
	if (!line)
		return 0;
	line += strlen("\nNSpid:");
	line[strcspn(line, "\n")] = 0;
	while ((word = strsep(&line, " \t")))
		if (*word)
			last = atoi(word);
	return last;
}

struct inner {
	int socket;
	int go;
	struct mailbox_stat *stat;
};

/* As process 1 of a pid namespace: create, look, hand out, stay. */
static int create_inside(void *argument)
{
	struct inner *inner = argument;
	int handle = mb_new(mb_client(), 1, MAILBOX_RIGHTS_ALL);
	int ret;

	if (handle < 0)
		return handle;
	ret = mb_stat(handle, 0, inner->stat);
	if (!ret)
		ret = mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK);
	if (!ret)
		ret = mb_fd_send(inner->socket, handle);
	return ret ? ret : mb_event_wait(inner->go);
}

TEST_F(namespace, creator_is_shown_as_each_pid_namespace_knows_it)
{
	struct inner inner = {
		.go = mb_event(),
		.stat = mb_shared(sizeof(struct mailbox_stat)),
	};
	struct mailbox_stat stat;
	struct mb_child child;
	int sockets[2], handle;

	mb_need_namespaces(CLONE_NEWPID);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets));
	inner.socket = sockets[0];
	ASSERT_EQ(0, mb_inside_start(&child, CLONE_NEWPID, create_inside,
				     &inner));
	handle = mb_fd_receive(sockets[1]);
	ASSERT_LE(0, handle);
	EXPECT_EQ(1, inner.stat->creator_pid);
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_LT(1, stat.creator_pid);
	EXPECT_EQ(1, innermost_pid(stat.creator_pid));
	mb_event_raise(inner.go);
	EXPECT_EQ(0, mb_child_join(&child));
}

TEST_F(namespace, sender_is_shown_as_the_receivers_pid_namespace_knows_it)
{
	struct inner inner = {
		.go = mb_event(),
		.stat = mb_shared(sizeof(struct mailbox_stat)),
	};
	char byte;
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK,
		.message = { .data = mb_ptr(&byte), .room = 1 },
	};
	struct mb_child child;
	int sockets[2], handle;

	mb_need_namespaces(CLONE_NEWPID);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets));
	inner.socket = sockets[0];
	ASSERT_EQ(0, mb_inside_start(&child, CLONE_NEWPID, create_inside,
				     &inner));
	handle = mb_fd_receive(sockets[1]);
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_receive(handle, &receive));
	EXPECT_LT(1, receive.message.pid);
	EXPECT_EQ(1, innermost_pid(receive.message.pid));
	mb_event_raise(inner.go);
	EXPECT_EQ(0, mb_child_join(&child));
}

static int creator_seen_inside(void *argument)
{
	struct scene *scene = argument;
	struct mailbox_stat stat;
	int ret = mb_stat(scene->handle, 0, &stat);

	return ret ? ret : (int)stat.creator_pid;
}

TEST_F(namespace, creator_outside_the_pid_namespace_is_0)
{
	mb_need_namespaces(CLONE_NEWPID);
	EXPECT_EQ(getpid(), creator_seen_inside(&self->scene));
	EXPECT_EQ(0, mb_inside(CLONE_NEWPID, creator_seen_inside,
			       &self->scene));
}

static int sender_seen_inside(void *argument)
{
	struct scene *scene = argument;
	char byte;
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK,
		.message = { .data = mb_ptr(&byte), .room = 1 },
	};
	int ret = mb_receive(scene->handle, &receive);

	return ret ? ret : (int)receive.message.pid;
}

TEST_F(namespace, sender_outside_the_pid_namespace_is_0)
{
	mb_need_namespaces(CLONE_NEWPID);
	EXPECT_EQ(0, mb_inside(CLONE_NEWPID, sender_seen_inside,
			       &self->scene));
}

/* User namespaces */

/* A user in a user namespace of its own, where it is called 0. */
struct mapped {
	struct scene *scene;
	int flags;
	mb_child_fn run;
};

static int run_mapped(void *argument)
{
	struct mapped *mapped = argument;
	int ret = mb_enter_new(CLONE_NEWUSER | mapped->flags, 0);

	return ret ? ret : mapped->run(mapped->scene);
}

static int as_mapped(struct scene *scene, int flags, mb_child_fn run)
{
	struct mapped mapped = { scene, flags, run };

	return mb_as_uid(MB_USER_A, run_mapped, &mapped);
}

static int owner_of_mine(void *argument)
{
	int handle = mb_new(mb_client(), 1, MAILBOX_RIGHTS_ALL);
	struct mailbox_stat stat;
	int ret;

	if (handle < 0)
		return handle;
	ret = mb_stat(handle, 0, &stat);
	if (ret)
		return ret;
	return stat.uid || stat.gid ? -EUCLEAN : 0;
}

TEST_F(namespace, owner_is_shown_as_the_callers_user_namespace_knows_it)
{
	mb_need_root();
	mb_need_namespaces(CLONE_NEWUSER);
	EXPECT_EQ(0, as_mapped(&self->scene, 0, owner_of_mine));
}

/* What has no name in a user namespace is shown as this. */
static long long overflow_id(const char *path)
{
	char text[32];

	return mb_read_file(path, text, sizeof(text)) < 0 ? -1 : atoll(text);
}

static int owner_of_theirs(void *argument)
{
	struct scene *scene = argument;
	struct mailbox_stat stat;
	int ret = mb_stat(scene->handle, 0, &stat);

	if (ret)
		return ret;
	if (stat.uid != overflow_id("/proc/sys/kernel/overflowuid") ||
	    stat.gid != overflow_id("/proc/sys/kernel/overflowgid"))
		return -EUCLEAN;
	return 0;
}

TEST_F(namespace, owner_without_a_name_here_is_the_overflow_user)
{
	mb_need_root();
	mb_need_namespaces(CLONE_NEWUSER);
	EXPECT_EQ(0, as_mapped(&self->scene, 0, owner_of_theirs));
}

static int sender_of_theirs(void *argument)
{
	struct scene *scene = argument;
	char byte;
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK,
		.message = { .data = mb_ptr(&byte), .room = 1 },
	};
	int ret = mb_receive(scene->handle, &receive);

	if (ret)
		return ret;
	if (receive.message.uid != overflow_id("/proc/sys/kernel/overflowuid"))
		return -EUCLEAN;
	return 0;
}

TEST_F(namespace, sender_without_a_name_here_is_the_overflow_user)
{
	mb_need_root();
	mb_need_namespaces(CLONE_NEWUSER);
	EXPECT_EQ(0, as_mapped(&self->scene, 0, sender_of_theirs));
}

static int send_as_mapped(void *argument)
{
	struct scene *scene = argument;

	return mb_put(scene->handle, 0, "y", 1, MAILBOX_NONBLOCK);
}

TEST_F(namespace, sender_in_a_user_namespace_is_known_outside)
{
	char byte;
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK,
		.message = { .data = mb_ptr(&byte), .room = 1 },
	};

	mb_need_root();
	mb_need_namespaces(CLONE_NEWUSER);
	ASSERT_EQ(0, mb_drain_one(self->scene.handle, 0));
	ASSERT_EQ(0, as_mapped(&self->scene, 0, send_as_mapped));
	ASSERT_EQ(0, mb_receive(self->scene.handle, &receive));
	EXPECT_EQ(MB_USER_A, receive.message.uid);
	EXPECT_EQ(MB_USER_A, receive.message.gid);
}

static int set_uid_without_a_name(void *argument)
{
	struct mailbox_set set = { .flags = MAILBOX_SET_UID, .uid = 4711 };
	int handle = mb_new(mb_client(), 1, MAILBOX_RIGHTS_ALL);

	return handle < 0 ? handle : mb_set(handle, &set);
}

TEST_F(namespace, set_of_a_user_without_a_name_here_is_einval)
{
	mb_need_root();
	mb_need_namespaces(CLONE_NEWUSER | CLONE_NEWNET);
	EXPECT_EQ(-EINVAL, as_mapped(&self->scene, CLONE_NEWNET,
				     set_uid_without_a_name));
}

/* Its own mailbox with mode 0: only the capability opens it. */
static int send_to_mode_0(void *argument)
{
	struct mailbox_create create = {
		.flags = MAILBOX_CREATE_NOFD | MAILBOX_CREATE_MODE,
		.capacity = 1,
	};
	int client = mb_client();
	int ret = mb_create(client, &create);

	return ret ? ret : mb_put(client, create.id, "x", 1,
				  MAILBOX_NONBLOCK);
}

TEST_F(namespace, cap_ipc_owner_counts_in_a_network_namespace_of_its_own)
{
	mb_need_root();
	mb_need_namespaces(CLONE_NEWUSER | CLONE_NEWNET);
	EXPECT_EQ(0, as_mapped(&self->scene, CLONE_NEWNET, send_to_mode_0));
}

TEST_F(namespace, cap_ipc_owner_does_not_count_in_one_of_others)
{
	mb_need_root();
	mb_need_namespaces(CLONE_NEWUSER);
	EXPECT_EQ(-EACCES, as_mapped(&self->scene, 0, send_to_mode_0));
}

TEST_HARNESS_MAIN
