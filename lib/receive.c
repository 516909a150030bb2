// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Receiving a message. */
#include "internal.h"

ssize_t mailbox_receive_with(int fd, struct mailbox_receive *receive)
{
	int error;

	error = mailbox_ioctl(fd, MAILBOX_IOC_RECEIVE, receive);
	return error ? error : (ssize_t)receive->message.length;
}

ssize_t mailbox_receive(int fd, uint64_t id, void *buffer, size_t room)
{
	struct mailbox_receive receive;

	mailbox_receive_init(&receive, id, buffer, room);
	return mailbox_receive_with(fd, &receive);
}

ssize_t mailbox_try_receive(int fd, uint64_t id, void *buffer, size_t room)
{
	struct mailbox_receive receive;

	mailbox_receive_init(&receive, id, buffer, room);
	receive.flags = MAILBOX_NONBLOCK;
	return mailbox_receive_with(fd, &receive);
}

ssize_t mailbox_receive_within(int fd, uint64_t id, void *buffer, size_t room,
			       uint64_t timeout)
{
	struct mailbox_receive receive;

	mailbox_receive_init(&receive, id, buffer, room);
	receive.flags = MAILBOX_DEADLINE;
	receive.clock = MAILBOX_CLOCK_MONOTONIC;
	receive.deadline = mailbox_deadline_after(timeout, receive.clock);
	return mailbox_receive_with(fd, &receive);
}
