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

ssize_t mailbox_receive_process(int client, pid_t pid, void *buffer,
				size_t room)
{
	struct mailbox_receive receive;

	mailbox_receive_init(&receive, MAILBOX_ID_SELF, buffer, room);
	receive.flags = MAILBOX_RECEIVE_FROM;
	receive.from_pid = (uint32_t)pid;
	return mailbox_receive_with(client, &receive);
}

/* The text of /proc/self/fdinfo of a descriptor: 0 or -errno. */
static int fdinfo_read(int fd, char *text, size_t size)
{
	char path[64];
	ssize_t length;
	int info;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	info = open(path, O_RDONLY | O_CLOEXEC);
	if (info < 0)
		return errno == ENOENT ? -EBADF : -errno;
	length = read(info, text, size - 1);
	if (length >= 0)
		text[length] = 0;
	close(info);
	return length < 0 ? -EIO : 0;
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
	int ended = poll(&pollfd, 1, 0) != 0;

	errno = saved;
	return ended;
}

int mailbox_send_pidfd(int client, int pidfd, const void *data, size_t length)
{
	pid_t pid = mailbox_pidfd_pid(pidfd);
	int error;

	if (pid < 0)
		return pid;
	error = mailbox_send_process(client, pid, data, length);
	/* If it lives still, the number was its own all the time. */
	if (!error && process_ended(pidfd))
		return -ESRCH;
	return error;
}
