// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Answering calls. */
#include <errno.h>

#include "internal.h"

int mailbox_reply_with(int fd, struct mailbox_reply *reply)
{
	return mailbox_ioctl(fd, MAILBOX_IOC_REPLY, reply);
}

int mailbox_reply(int fd, uint64_t id, uint64_t token, const void *data,
		  size_t length)
{
	struct mailbox_reply reply;

	mailbox_reply_init(&reply, id, token, data, length);
	return mailbox_reply_with(fd, &reply);
}

ssize_t mailbox_reply_receive_with(int fd, struct mailbox_reply_receive *both)
{
	int error;

	error = mailbox_ioctl(fd, MAILBOX_IOC_REPLY_RECEIVE, both);
	return error ? error : (ssize_t)both->message.length;
}

int mailbox_forward(int fd, uint64_t id, uint64_t token, int to_fd, uint64_t to)
{
	struct mailbox_forward forward;

	memset(&forward, 0, sizeof(forward));
	forward.size = sizeof(forward);
	forward.id = id;
	forward.token = token;
	forward.to = to;
	forward.to_fd = to_fd;
	return mailbox_ioctl(fd, MAILBOX_IOC_FORWARD, &forward);
}

int mailbox_forward_process(int fd, uint64_t id, uint64_t token, int client,
			    pid_t pid)
{
	struct mailbox_forward forward;

	memset(&forward, 0, sizeof(forward));
	forward.size = sizeof(forward);
	forward.flags = MAILBOX_TO_PROCESS;
	forward.id = id;
	forward.token = token;
	forward.to = (__u64)pid;
	forward.to_fd = client;
	return mailbox_ioctl(fd, MAILBOX_IOC_FORWARD, &forward);
}
