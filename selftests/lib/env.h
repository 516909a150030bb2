/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Another user, another namespace, another module parameter.
 *
 * Changing user or namespace cannot be taken back, so a test does it in a
 * child: mb_as() and mb_inside() fork one.
 */
#ifndef SELFTESTS_LIB_ENV_H
#define SELFTESTS_LIB_ENV_H

#include "child.h"

#include <grp.h>
#include <sys/socket.h>

/* Users and groups that need not exist. */
#define MB_USER_A	54321
#define MB_USER_B	54322
#define MB_GROUP_A	64321
#define MB_GROUP_B	64322

#define MB_PARAMETERS	"/sys/module/mailbox/parameters/"

/* A child could not become what it was to be: no result of what it runs. */
#define MB_NOT_BECOME		(-10001)

/* Skip a test that only root can run. */
#define mb_need_root() do {						\
	if (geteuid())							\
		SKIP(return, "needs root");				\
} while (0)

/*
 * Become an ordinary user for good, with no capability left: 0 or
 * MB_NOT_BECOME.
 */
static inline int mb_become(uid_t uid, gid_t gid, const gid_t *groups,
			    size_t count)
{
	if (setgroups(count, groups) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid))
		return MB_NOT_BECOME;
	/* credentials changed: these must be set anew; /proc/self stays ours */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 1);
	return 0;
}

struct mb_user {
	uid_t uid;
	gid_t gid;
	const gid_t *groups;	/* supplementary ones */
	size_t groups_count;
};

struct mb_as_call {
	const struct mb_user *user;
	mb_child_fn run;
	void *argument;
};

static inline int mb_as_run(void *argument)
{
	struct mb_as_call *call = argument;
	int ret = mb_become(call->user->uid, call->user->gid,
			    call->user->groups, call->user->groups_count);

	return ret ? ret : call->run(call->argument);
}

/* Start a function in a child that is another user. */
static inline int mb_as_start(struct mb_child *child,
			      const struct mb_user *user, mb_child_fn run,
			      void *argument)
{
	struct mb_as_call call = { user, run, argument };

	return mb_child_start(child, mb_as_run, &call);
}

/* The same, and wait for its result. */
static inline int mb_as(const struct mb_user *user, mb_child_fn run,
			void *argument)
{
	struct mb_child child;
	int ret = mb_as_start(&child, user, run, argument);

	return ret ? ret : mb_child_join(&child);
}

/* The same for a uid, with a group of the same number and no others. */
static inline int mb_as_uid(uid_t uid, mb_child_fn run, void *argument)
{
	const struct mb_user user = { .uid = uid, .gid = uid };

	return mb_as(&user, run, argument);
}

static inline int mb_write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int ret = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		ret = errno ? -errno : -EIO;
	close(fd);
	return ret;
}

/* Reads a short file, less its newline: bytes read, or -errno. */
static inline int mb_read_file(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t length;

	if (fd < 0)
		return -errno;
	length = read(fd, text, size - 1);
	if (length < 0)
		length = -errno;
	close(fd);
	if (length < 0)
		return length;
	if (length && text[length - 1] == '\n')
		length--;
	text[length] = 0;
	return length;
}

/*
 * Enter new namespaces (CLONE_NEWNET, CLONE_NEWUSER, ...): 0 or
 * MB_NOT_BECOME.  In a new user namespace @inside is what the caller's own user is called.  A new
 * pid namespace holds the children made from now on, not the caller.
 */
static inline int mb_enter_new(int flags, uid_t inside)
{
	uid_t uid = geteuid();
	gid_t gid = getegid();
	char map[64];

	if (unshare(flags))
		return MB_NOT_BECOME;
	if (!(flags & CLONE_NEWUSER))
		return 0;
	mb_write_file("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "%u %u 1", inside, uid);
	if (mb_write_file("/proc/self/uid_map", map))
		return MB_NOT_BECOME;
	snprintf(map, sizeof(map), "%u %u 1", inside, gid);
	return mb_write_file("/proc/self/gid_map", map) ? MB_NOT_BECOME : 0;
}

struct mb_inside_call {
	int flags;
	mb_child_fn run;
	void *argument;
};

static inline int mb_inside_run(void *argument)
{
	struct mb_inside_call *call = argument;
	int ret = mb_enter_new(call->flags, 0);

	if (ret)
		return ret;
	/* a pid namespace begins with the next child */
	if (call->flags & CLONE_NEWPID)
		return mb_child_run(call->run, call->argument);
	return call->run(call->argument);
}

/* Start a function in a child that is in new namespaces. */
static inline int mb_inside_start(struct mb_child *child, int flags,
				  mb_child_fn run, void *argument)
{
	struct mb_inside_call call = { flags, run, argument };

	return mb_child_start(child, mb_inside_run, &call);
}

/* The same, and wait for its result. */
static inline int mb_inside(int flags, mb_child_fn run, void *argument)
{
	struct mb_child child;
	int ret = mb_inside_start(&child, flags, run, argument);

	return ret ? ret : mb_child_join(&child);
}

static inline int mb_nothing(void *argument)
{
	(void)argument;
	return 0;
}

/* Skip a test whose namespaces cannot be made here. */
#define mb_need_namespaces(flags) do {					\
	if (mb_inside(flags, mb_nothing, NULL))				\
		SKIP(return, "cannot make the namespaces");		\
} while (0)

/* A module parameter: its value, or -errno. */
static inline long long mb_parameter(const char *name)
{
	char path[128], text[64];
	int ret;

	snprintf(path, sizeof(path), MB_PARAMETERS "%s", name);
	ret = mb_read_file(path, text, sizeof(text));
	return ret < 0 ? ret : strtoll(text, NULL, 10);
}

static inline int mb_parameter_set(const char *name, long long value)
{
	char path[128], text[64];

	snprintf(path, sizeof(path), MB_PARAMETERS "%s", name);
	snprintf(text, sizeof(text), "%lld", value);
	return mb_write_file(path, text);
}

/* Descriptors over a UNIX socket: 0 or -errno; the descriptor or -errno. */
static inline int mb_fd_send(int socket, int fd)
{
	char byte = 0;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union {
		char buffer[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = sizeof(control.buffer),
	};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	return sendmsg(socket, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static inline int mb_fd_receive(int socket)
{
	char byte;
	struct iovec iov = { .iov_base = &byte, .iov_len = 1 };
	union {
		char buffer[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = { { 0 } };
	struct msghdr message = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buffer,
		.msg_controllen = sizeof(control.buffer),
	};
	struct cmsghdr *header;
	int fd;

	if (recvmsg(socket, &message, MSG_CMSG_CLOEXEC) < 0)
		return -errno;
	header = CMSG_FIRSTHDR(&message);
	if (!header || header->cmsg_type != SCM_RIGHTS)
		return -ENOMSG;
	memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	return fd;
}

#endif /* SELFTESTS_LIB_ENV_H */
