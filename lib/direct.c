// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Direct communication: processes by their numbers. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

int mailbox_send_process(int client, pid_t pid, const void *data, size_t length)
{
	struct mailbox_send send;

	mailbox_send_init(&send, (uint64_t)pid, data, length);
	send.flags = MAILBOX_TO_PROCESS;
	return mailbox_send_with(client, &send);
}

static void receive_init(struct mailbox_receive *receive, pid_t pid,
			 void *buffer, size_t room)
{
	mailbox_receive_init(receive, MAILBOX_ID_SELF, buffer, room);
	receive->flags = MAILBOX_RECEIVE_FROM;
	receive->from_pid = (uint32_t)pid;
}

ssize_t mailbox_receive_process(int client, pid_t pid, void *buffer,
				size_t room)
{
	struct mailbox_receive receive;

	receive_init(&receive, pid, buffer, room);
	return mailbox_receive_with(client, &receive);
}

ssize_t mailbox_receive_process_within(int client, pid_t pid, void *buffer,
				       size_t room, uint64_t timeout)
{
	struct mailbox_receive receive;

	receive_init(&receive, pid, buffer, room);
	receive.flags |= MAILBOX_DEADLINE;
	receive.clock = MAILBOX_CLOCK_MONOTONIC;
	receive.deadline = mailbox_deadline_after(timeout, receive.clock);
	return mailbox_receive_with(client, &receive);
}

/* The text of /proc/self/fdinfo of a descriptor: 0 or -errno. */
static int fdinfo_read(int fd, char *text, size_t size)
{
	char path[64];
	ssize_t length;
	int info, error;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		return errno == ENOENT ? -EBADF : -errno;
	length = read(info, text, size - 1);
	error = length < 0 ? -errno : 0;
	if (!error)
		text[length] = 0;
	close(info);
	return error;
}

pid_t mailbox_pidfd_pid(int pidfd)
{
	int saved = errno;
	const char *line;
	char text[1024];
	int error;
	long pid;

	error = fdinfo_read(pidfd, text, sizeof(text));
	errno = saved;
	if (error)
		return error;
	line = strstr(text, "\nPid:\t");
	if (!line)
		return -EBADF;
	pid = strtol(line + strlen("\nPid:\t"), NULL, 10);
	errno = saved;
	/* -1: it has been waited for; 0: it is in another pid namespace */
	return pid > 0 ? (pid_t)pid : -ESRCH;
}

/* A pidfd can be read when its process has ended. */
static int process_ended(int pidfd)
{
	struct pollfd pollfd = { .fd = pidfd, .events = POLLIN };
	int saved = errno;
	int ended = poll(&pollfd, 1, 0) > 0;

	errno = saved;
	return ended;
}

/* If it lives still, the number was its own all the time. */
static int pidfd_check(int pidfd, int result)
{
	return result >= 0 && process_ended(pidfd) ? -ESRCH : result;
}

int mailbox_send_pidfd_with(int client, int pidfd, struct mailbox_send *send)
{
	pid_t pid = mailbox_pidfd_pid(pidfd);

	if (pid < 0)
		return pid;
	send->id = (__u64)pid;
	send->flags |= MAILBOX_TO_PROCESS;
	return pidfd_check(pidfd, mailbox_send_with(client, send));
}

int mailbox_send_pidfd(int client, int pidfd, const void *data, size_t length)
{
	struct mailbox_send send;

	mailbox_send_init(&send, 0, data, length);
	return mailbox_send_pidfd_with(client, pidfd, &send);
}

ssize_t mailbox_call_pidfd_with(int client, int pidfd,
				struct mailbox_call *call)
{
	pid_t pid;

	/* One that goes on knows whom it has called. */
	if (!call->pending) {
		pid = mailbox_pidfd_pid(pidfd);
		if (pid < 0)
			return pid;
		call->id = (__u64)pid;
		call->flags |= MAILBOX_TO_PROCESS;
	}
	return pidfd_check(pidfd, (int)mailbox_call_with(client, call));
}

ssize_t mailbox_call_pidfd(int client, int pidfd, const void *request,
			   size_t length, void *reply, size_t room)
{
	struct mailbox_call call;
	ssize_t result;

	mailbox_call_init(&call, 0, request, length, reply, room);
	result = mailbox_call_pidfd_with(client, pidfd, &call);
	if (result < 0 && call.pending)
		mailbox_call_cancel(client, &call);
	return result;
}
