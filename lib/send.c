// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Sending a message. */
#include "internal.h"

int mailbox_send_with(int fd, struct mailbox_send *send)
{
	return mailbox_ioctl(fd, MAILBOX_IOC_SEND, send);
}

int mailbox_send(int fd, uint64_t id, const void *data, size_t length)
{
	struct mailbox_send send;

	mailbox_send_init(&send, id, data, length);
	return mailbox_send_with(fd, &send);
}

int mailbox_try_send(int fd, uint64_t id, const void *data, size_t length)
{
	struct mailbox_send send;

	mailbox_send_init(&send, id, data, length);
	send.flags = MAILBOX_NONBLOCK;
	return mailbox_send_with(fd, &send);
}

int mailbox_send_within(int fd, uint64_t id, const void *data, size_t length,
			uint64_t timeout)
{
	struct mailbox_send send;

	mailbox_send_init(&send, id, data, length);
	send.flags = MAILBOX_DEADLINE;
	send.clock = MAILBOX_CLOCK_MONOTONIC;
	send.deadline = mailbox_deadline_after(timeout, send.clock);
	return mailbox_send_with(fd, &send);
}
