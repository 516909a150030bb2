/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls of /dev/mailbox as functions.
 *
 * Every function returns what the ioctl returned, or -errno.  The wrappers
 * fill in @size and nothing else, so a test still decides about every other
 * field; mb_ioctl() does not even do that.  None of them prints or asserts:
 * they may be called in child processes.
 */
#ifndef SELFTESTS_LIB_CALL_H
#define SELFTESTS_LIB_CALL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/mailbox.h>

#define MB_DEVICE	"/dev/mailbox"

/* An ID that is well-formed and that no mailbox of a test run will reach. */
#define MB_ID_UNUSED	(~0ULL >> 1)

static inline __u64 mb_ptr(const void *pointer)
{
	return (uintptr_t)pointer;
}

static inline int mb_ioctl(int fd, unsigned int command, void *argument)
{
	int ret = ioctl(fd, command, argument);

	return ret < 0 ? -errno : ret;
}

/* A new client: a descriptor of the device. */
static inline int mb_client(void)
{
	int fd = open(MB_DEVICE, O_RDWR | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static inline int mb_query(int fd, struct mailbox_query *query)
{
	query->size = sizeof(*query);
	return mb_ioctl(fd, MAILBOX_IOC_QUERY, query);
}

static inline int mb_create(int fd, struct mailbox_create *create)
{
	create->size = sizeof(*create);
	return mb_ioctl(fd, MAILBOX_IOC_CREATE, create);
}

static inline int mb_open(int fd, struct mailbox_open *open)
{
	open->size = sizeof(*open);
	return mb_ioctl(fd, MAILBOX_IOC_OPEN, open);
}

static inline int mb_target(int fd, unsigned int command, __u64 id)
{
	struct mailbox_target target = { .size = sizeof(target), .id = id };

	return mb_ioctl(fd, command, &target);
}

/* On a handle @id is 0, here and in all the others. */
static inline int mb_destroy(int fd, __u64 id)
{
	return mb_target(fd, MAILBOX_IOC_DESTROY, id);
}

static inline int mb_unlink(int fd, __u64 id)
{
	return mb_target(fd, MAILBOX_IOC_UNLINK, id);
}

static inline int mb_release(int fd, __u64 id)
{
	return mb_target(fd, MAILBOX_IOC_RELEASE, id);
}

static inline int mb_set(int fd, struct mailbox_set *set)
{
	set->size = sizeof(*set);
	return mb_ioctl(fd, MAILBOX_IOC_SET, set);
}

static inline int mb_set_mode(int fd, __u64 id, unsigned int mode)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_MODE,
		.id = id,
		.mode = mode,
	};

	return mb_set(fd, &set);
}

static inline int mb_stat(int fd, __u64 id, struct mailbox_stat *stat)
{
	memset(stat, 0, sizeof(*stat));
	stat->size = sizeof(*stat);
	stat->id = id;
	return mb_ioctl(fd, MAILBOX_IOC_STAT, stat);
}

static inline int mb_list(int fd, struct mailbox_list *list)
{
	list->size = sizeof(*list);
	return mb_ioctl(fd, MAILBOX_IOC_LIST, list);
}

static inline int mb_send(int fd, struct mailbox_send *send)
{
	send->size = sizeof(*send);
	return mb_ioctl(fd, MAILBOX_IOC_SEND, send);
}

static inline int mb_receive(int fd, struct mailbox_receive *receive)
{
	receive->size = sizeof(*receive);
	return mb_ioctl(fd, MAILBOX_IOC_RECEIVE, receive);
}

static inline int mb_send_batch(int fd, struct mailbox_batch *batch)
{
	batch->size = sizeof(*batch);
	batch->message_size = sizeof(struct mailbox_message);
	return mb_ioctl(fd, MAILBOX_IOC_SEND_BATCH, batch);
}

static inline int mb_receive_batch(int fd, struct mailbox_batch *batch)
{
	batch->size = sizeof(*batch);
	batch->message_size = sizeof(struct mailbox_message);
	return mb_ioctl(fd, MAILBOX_IOC_RECEIVE_BATCH, batch);
}

static inline int mb_call(int fd, struct mailbox_call *call)
{
	call->size = sizeof(*call);
	return mb_ioctl(fd, MAILBOX_IOC_CALL, call);
}

static inline int mb_reply(int fd, struct mailbox_reply *reply)
{
	reply->size = sizeof(*reply);
	return mb_ioctl(fd, MAILBOX_IOC_REPLY, reply);
}

static inline int mb_reply_receive(int fd, struct mailbox_reply_receive *both)
{
	both->size = sizeof(*both);
	return mb_ioctl(fd, MAILBOX_IOC_REPLY_RECEIVE, both);
}

/* Send @length bytes; @flags as in struct mailbox_send. */
static inline int mb_put(int fd, __u64 id, const void *data, size_t length,
			 unsigned int flags)
{
	struct mailbox_send send = {
		.flags = flags,
		.id = id,
		.message = { .data = mb_ptr(data), .length = length },
	};

	return mb_send(fd, &send);
}

/* Receive one message: how many bytes it has, or -errno. */
static inline int mb_get(int fd, __u64 id, void *data, size_t room,
			 unsigned int flags)
{
	struct mailbox_receive receive = {
		.flags = flags,
		.id = id,
		.message = { .data = mb_ptr(data), .room = room },
	};
	int ret = mb_receive(fd, &receive);

	return ret < 0 ? ret : (int)receive.message.length;
}

/* Receive one message into nowhere, without waiting: 0 or -errno. */
static inline int mb_drain_one(int fd, __u64 id)
{
	char buffer[256];
	int ret = mb_get(fd, id, buffer, sizeof(buffer), MAILBOX_NONBLOCK);

	return ret < 0 ? ret : 0;
}

/* A mailbox of @capacity without a name: its handle, or -errno. */
static inline int mb_new(int client, unsigned int capacity,
			 unsigned int rights)
{
	struct mailbox_create create = {
		.capacity = capacity,
		.rights = rights,
	};
	int ret = mb_create(client, &create);

	return ret < 0 ? ret : create.fd;
}

/* The same with CREATE flags, and with its ID. */
static inline int mb_new_flags(int client, unsigned int flags,
			       unsigned int capacity, __u64 *id)
{
	struct mailbox_create create = {
		.flags = flags,
		.capacity = capacity,
		.rights = flags & MAILBOX_CREATE_NOFD ? 0 : MAILBOX_RIGHTS_ALL,
	};
	int ret = mb_create(client, &create);

	if (ret < 0)
		return ret;
	if (id)
		*id = create.id;
	return flags & MAILBOX_CREATE_NOFD ? 0 : create.fd;
}

/* A mailbox that @client itself owns, used by ID: 0 or -errno. */
static inline int mb_new_id(int client, unsigned int capacity, __u64 *id)
{
	return mb_new_flags(client, MAILBOX_CREATE_NOFD, capacity, id);
}

/* A mailbox with a name: its handle, or -errno. */
static inline int mb_new_named(int client, const char *name,
			       unsigned int capacity)
{
	struct mailbox_create create = {
		.name = mb_ptr(name),
		.name_length = strlen(name),
		.capacity = capacity,
		.rights = MAILBOX_RIGHTS_ALL,
	};
	int ret = mb_create(client, &create);

	return ret < 0 ? ret : create.fd;
}

/* Another handle to a mailbox that exists. */
static inline int mb_open_id(int client, __u64 id, unsigned int rights)
{
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_ID,
		.rights = rights,
		.id = id,
	};
	int ret = mb_open(client, &open);

	return ret < 0 ? ret : open.fd;
}

static inline int mb_open_name(int client, const char *name,
			       unsigned int rights)
{
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_NAME,
		.name = mb_ptr(name),
		.name_length = strlen(name),
		.rights = rights,
	};
	int ret = mb_open(client, &open);

	return ret < 0 ? ret : open.fd;
}

static inline int mb_narrow(int handle, unsigned int rights)
{
	struct mailbox_restrict narrow = {
		.size = sizeof(narrow),
		.rights = rights,
	};
	int ret = mb_ioctl(handle, MAILBOX_IOC_RESTRICT, &narrow);

	return ret < 0 ? ret : narrow.fd;
}

/* The ID of a handle's mailbox, 0 if it cannot be had. */
static inline __u64 mb_id(int handle)
{
	struct mailbox_stat stat;

	return mb_stat(handle, 0, &stat) ? 0 : stat.id;
}

#endif /* SELFTESTS_LIB_CALL_H */
