// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Sending and receiving. */
#include <limits.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "msg.h"

#define MSGBUF	(sizeof(long) == sizeof(int64_t) ? MAILBOX_MESSAGE_MSGBUF : \
						   MAILBOX_MESSAGE_MSGBUF32)

/* What MSG_COPY is, where a program has no _GNU_SOURCE. */
#ifndef MSG_COPY
#define MSG_COPY	040000
#endif

/* Is it perhaps not the queue's descriptor, or not for this call? */
static bool doubtful(int error)
{
	return error == EBADF || error == ENOTTY || error == EINVAL ||
	       error == ENOENT;
}

/*
 * A command that failed with ENOENT met a queue that was removed, or a new one with
 * the index of an old one that is in the cache still.
 */
static int transfer(int msqid, uint64_t *id, unsigned long command,
		    void *argument)
{
	int result, fd;

	*id = msg_id(msqid, false);
	if (!*id)
		return -1;
	fd = msg_handle(*id);
	if (fd >= 0) {
		result = compat_wait(fd, command, argument);
		if (!result || !doubtful(errno))
			return result;
		msg_handle_drop(*id);
	}
	result = compat_command_wait(command, argument);
	if (!result || errno != ENOENT)
		return result;
	*id = msg_id(msqid, true);
	return *id ? compat_command_wait(command, argument) : -1;
}

EXPORT int msgsnd(int msqid, const void *message, size_t length, int flags)
{
	struct mailbox_send send = {
		.size = sizeof(send),
		.flags = MAILBOX_NO_RESTART |
			 (flags & IPC_NOWAIT ? MAILBOX_NONBLOCK : 0),
		.message.data = (uintptr_t)message,
		.message.length = (uint32_t)length,
		.message.flags = MSGBUF,
	};

	if (msg_too_long(length))
		return fail(EINVAL);
	if (!transfer(msqid, (uint64_t *)&send.id, MAILBOX_IOC_SEND, &send))
		return 0;
	switch (errno) {
	case EMSGSIZE:
	case ENOENT:
		return fail(EINVAL);
	case EPIPE:
		return fail(EIDRM);
	case EDQUOT:
		return fail(flags & IPC_NOWAIT ? EAGAIN : ENOMEM);
	default:
		return -1;
	}
}

static void type_select(struct mailbox_receive *receive, long type, int flags)
{
	if (!type)
		return;
	receive->flags |= MAILBOX_RECEIVE_TAG;
	if (type < 0) {
		receive->flags |= MAILBOX_RECEIVE_LOWEST;
		receive->tag_max = type == LONG_MIN ? LONG_MAX :
						      (uint64_t)-type;
		return;
	}
	if (flags & MSG_EXCEPT)
		receive->flags |= MAILBOX_RECEIVE_EXCEPT;
	receive->tag_min = (uint64_t)type;
	receive->tag_max = (uint64_t)type;
}

EXPORT ssize_t msgrcv(int msqid, void *message, size_t room, long type,
		      int flags)
{
	struct mailbox_receive receive = {
		.size = sizeof(receive),
		.flags = MAILBOX_NO_RESTART |
			 (flags & IPC_NOWAIT ? MAILBOX_NONBLOCK : 0) |
			 (flags & MSG_NOERROR ? MAILBOX_RECEIVE_TRUNCATE : 0),
		.message.data = (uintptr_t)message,
		.message.room = room > UINT32_MAX ? UINT32_MAX : (uint32_t)room,
		.message.flags = MSGBUF,
	};

	if (room > SSIZE_MAX)
		return fail(EINVAL);
	if (flags & MSG_COPY) {
		if ((flags & MSG_EXCEPT) || !(flags & IPC_NOWAIT))
			return fail(EINVAL);
		/* A copy is of all or nothing. */
		receive.flags &= ~MAILBOX_RECEIVE_TRUNCATE;
		receive.flags |= MAILBOX_RECEIVE_PEEK | MAILBOX_RECEIVE_AT;
		receive.tag_min = (uint64_t)type;
	} else {
		type_select(&receive, type, flags);
	}
	if (!transfer(msqid, (uint64_t *)&receive.id, MAILBOX_IOC_RECEIVE,
		      &receive))
		return receive.message.length < room ?
		       (ssize_t)receive.message.length : (ssize_t)room;
	switch (errno) {
	case EMSGSIZE:
		return fail(flags & MSG_NOERROR ? EINVAL : E2BIG);
	case EAGAIN:
		return fail(ENOMSG);
	case ENOENT:
		return fail(EINVAL);
	case EPIPE:
		return fail(EIDRM);
	case EDQUOT:
		return fail(ENOMEM);
	default:
		return -1;
	}
}
