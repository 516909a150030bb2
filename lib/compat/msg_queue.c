// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Making and finding a queue. */
#include <dlfcn.h>
#include <linux/capability.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <unistd.h>

#include "msg.h"

/* A queue with a key has a name; no POSIX queue can have one with a slash. */
#define NAME_FORMAT	"sysv/0x%08x"
#define NAME_ROOM	16

/* IDs of the queues that were used last, by index; 0: none. */
#define CACHE_SIZE	64
static _Atomic uint64_t cache[CACHE_SIZE];

#define INDEX(id)	((int)((id) & 0x7fffffff))

void msg_limits_read(struct msg_limits *limits)
{
	limits->msgmax = compat_limit("/proc/sys/kernel/msgmax", 8192);
	limits->msgmnb = compat_limit("/proc/sys/kernel/msgmnb", 16384);
	limits->msgmni = compat_limit("/proc/sys/kernel/msgmni", 32000);
	if (limits->msgmax > MAILBOX_MESSAGE_MAX)
		limits->msgmax = MAILBOX_MESSAGE_MAX;
}

bool msg_too_long(size_t length)
{
	static _Atomic unsigned int known;
	struct msg_limits limits;

	if (length <= atomic_load_explicit(&known, memory_order_relaxed))
		return false;
	msg_limits_read(&limits);
	atomic_store_explicit(&known, limits.msgmax, memory_order_relaxed);
	return length > limits.msgmax;
}

static void cache_put(uint64_t id)
{
	atomic_store_explicit(&cache[(unsigned int)INDEX(id) % CACHE_SIZE], id,
			      memory_order_relaxed);
}

static uint64_t id_find(int msqid)
{
	struct mailbox_open open = {
		.size = sizeof(open),
		.flags = MAILBOX_OPEN_INDEX | MAILBOX_OPEN_NOFD,
		.index = (uint32_t)msqid,
	};

	if (msqid < 0) {
		errno = EINVAL;
		return 0;
	}
	if (compat_command(MAILBOX_IOC_OPEN, &open)) {
		if (errno == ENOENT)
			errno = EINVAL;
		return 0;
	}
	cache_put(open.id);
	return open.id;
}

uint64_t msg_id(int msqid, bool again)
{
	uint64_t id = atomic_load_explicit(&cache[(unsigned int)msqid % CACHE_SIZE],
					   memory_order_relaxed);

	return !again && INDEX(id) == msqid && id ? id : id_find(msqid);
}

uint32_t msg_capacity(unsigned long bytes)
{
	if (bytes > MAILBOX_CAPACITY_MAX)
		return MAILBOX_CAPACITY_MAX;
	return bytes ? (uint32_t)bytes : 1;
}

int msg_set_bytes(uint64_t id, unsigned long bytes)
{
	struct mailbox_set set = {
		.size = sizeof(set),
		.flags = MAILBOX_SET_CAPACITY | MAILBOX_SET_MAX_BYTES,
		.id = id,
		.capacity = msg_capacity(bytes),
		.max_bytes = bytes >= UINT32_MAX ? UINT32_MAX - 1 :
						   (uint32_t)bytes,
	};

	return compat_command(MAILBOX_IOC_SET, &set);
}

/* Are there more than the system's limit? */
static bool too_many(unsigned int limit)
{
	struct mailbox_query query = { .size = sizeof(query) };

	return !compat_command(MAILBOX_IOC_QUERY, &query) &&
	       query.sysv_mailboxes > limit;
}

/*
 * The number for the next queue is used up, which only making one does: one of the
 * kernel's own, by the C library's functions.
 */
static void index_use_up(void)
{
	typeof(msgget) *get = (typeof(msgget) *)dlsym(RTLD_NEXT, "msgget");
	typeof(msgctl) *control = (typeof(msgctl) *)dlsym(RTLD_NEXT, "msgctl");
	int queue = get && control ? get(IPC_PRIVATE, 0600) : -1;

	if (queue >= 0)
		control(queue, IPC_RMID, NULL);
}

/* The number that the next queue is to have, for who may say so; 0: any. */
static uint32_t index_wanted(void)
{
	static const char path[] = "/proc/sys/kernel/msg_next_id";
	int error = errno;
	unsigned int index = compat_capable(CAP_SYS_ADMIN) ?
			     compat_limit(path, 0) : 0;

	if (index)
		index_use_up();
	errno = error;
	return index < MAILBOX_ID_FIRST ? 0 : index;
}

static int queue_destroy(uint64_t id, int error)
{
	struct mailbox_target target = { .size = sizeof(target), .id = id };

	compat_command(MAILBOX_IOC_DESTROY, &target);
	return fail(error);
}

static int queue_create(const char *name, int flags)
{
	struct mailbox_create create = {
		.size = sizeof(create),
		.flags = MAILBOX_CREATE_PERSIST | MAILBOX_CREATE_SYSV |
			 MAILBOX_CREATE_NO_SHARES | MAILBOX_CREATE_MODE |
			 MAILBOX_CREATE_MAX_MESSAGE | MAILBOX_CREATE_EXCEED,
		.name = (uintptr_t)name,
		.name_length = (uint32_t)strlen(name),
		.mode = (uint32_t)flags & 0777,
		/* the least a handle can be; it is closed at once */
		.rights = MAILBOX_RIGHT_MANAGE,
	};
	struct msg_limits limits;
	int result;

	msg_limits_read(&limits);
	create.index = index_wanted();
	if (create.index)
		create.flags |= MAILBOX_CREATE_INDEX;
	create.capacity = msg_capacity(limits.msgmnb);
	/* What is sent is limited when it is sent. */
	create.max_message = MAILBOX_MESSAGE_MAX;
	if (compat_command(MAILBOX_IOC_CREATE, &create))
		return errno == EDQUOT || errno == EMFILE || errno == ENFILE ?
		       fail(ENOSPC) : -1;
	close(create.fd);
	if (too_many(limits.msgmni))
		return queue_destroy(create.id, ENOSPC);
	result = msg_set_bytes(create.id, limits.msgmnb);
	cache_put(create.id);
	/* Who finds it by its key may have removed it already. */
	return result && errno != ENOENT ? -1 : INDEX(create.id);
}

/* r and w in any of the three places ask for it. */
static uint32_t rights_of(int flags)
{
	uint32_t rights = 0;

	if (flags & 0444)
		rights |= MAILBOX_RIGHT_RECEIVE;
	if (flags & 0222)
		rights |= MAILBOX_RIGHT_SEND;
	return rights;
}

static int queue_find(const char *name, int flags)
{
	struct mailbox_open open = {
		.size = sizeof(open),
		.flags = MAILBOX_OPEN_NAME | MAILBOX_OPEN_NOFD,
		.name = (uintptr_t)name,
		.name_length = (uint32_t)strlen(name),
	};

	if (compat_command(MAILBOX_IOC_OPEN, &open))
		return -1;
	/* That it is there already comes before that one may not use it. */
	if ((flags & IPC_CREAT) && (flags & IPC_EXCL))
		return fail(EEXIST);
	open.rights = rights_of(flags);
	if (open.rights && compat_command(MAILBOX_IOC_OPEN, &open))
		return -1;
	cache_put(open.id);
	return INDEX(open.id);
}

EXPORT int msgget(key_t key, int flags)
{
	char name[NAME_ROOM];
	int msqid;

	if (key == IPC_PRIVATE)
		return queue_create("", flags);
	snprintf(name, sizeof(name), NAME_FORMAT, (unsigned int)key);
	do {
		msqid = queue_find(name, flags);
		if (msqid >= 0 || errno != ENOENT || !(flags & IPC_CREAT))
			return msqid;
		msqid = queue_create(name, flags);
	} while (msqid < 0 && errno == EEXIST && !(flags & IPC_EXCL));
	return msqid;
}
