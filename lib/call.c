// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Calls: a message and its reply. */
#include <errno.h>

#include "internal.h"

ssize_t mailbox_call_with(int fd, struct mailbox_call *call)
{
	int error;

	error = mailbox_ioctl(fd, MAILBOX_IOC_CALL, call);
	return error ? error : (ssize_t)call->reply.length;
}

int mailbox_call_cancel(int fd, struct mailbox_call *call)
{
	struct mailbox_call cancel;
	int error;

	memset(&cancel, 0, sizeof(cancel));
	cancel.size = sizeof(cancel);
	cancel.flags = MAILBOX_CALL_CANCEL |
		       (call->flags & MAILBOX_TO_PROCESS);
	cancel.id = call->id;
	cancel.pending = call->pending;
	error = mailbox_ioctl(fd, MAILBOX_IOC_CALL, &cancel);
	if (!error)
		call->pending = 0;
	return error;
}

/* Who cannot come back to the call must not leave it behind. */
static ssize_t call_once(int fd, struct mailbox_call *call)
{
	ssize_t length = mailbox_call_with(fd, call);

	if (length < 0 && call->pending)
		mailbox_call_cancel(fd, call);
	return length;
}

ssize_t mailbox_call(int fd, uint64_t id, const void *request, size_t length,
		     void *reply, size_t room)
{
	struct mailbox_call call;

	mailbox_call_init(&call, id, request, length, reply, room);
	return call_once(fd, &call);
}

ssize_t mailbox_call_within(int fd, uint64_t id, const void *request,
			    size_t length, void *reply, size_t room,
			    uint64_t timeout)
{
	struct mailbox_call call;

	mailbox_call_init(&call, id, request, length, reply, room);
	call.flags = MAILBOX_DEADLINE;
	call.clock = MAILBOX_CLOCK_MONOTONIC;
	call.deadline = mailbox_deadline_after(timeout, call.clock);
	return call_once(fd, &call);
}

ssize_t mailbox_call_process(int client, pid_t pid, const void *request,
			     size_t length, void *reply, size_t room)
{
	struct mailbox_call call;

	mailbox_call_init(&call, (uint64_t)pid, request, length, reply, room);
	call.flags |= MAILBOX_TO_PROCESS;
	return call_once(client, &call);
}
