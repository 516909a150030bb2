// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Connection ports and channels. */
#include <errno.h>

#include "internal.h"

void mailbox_listen_init(struct mailbox_listen *listen, const char *name, uint32_t backlog)
{
	memset(listen, 0, sizeof(*listen));
	listen->port.size = sizeof(*listen);
	listen->port.capacity = backlog;
	listen->port.rights = MAILBOX_RIGHT_RECEIVE | MAILBOX_RIGHT_MANAGE;
	listen->channel_capacity = 16;
	if (name) {
		listen->port.name = (uintptr_t)name;
		listen->port.name_length = mailbox_name_length(name);
	}
}

int mailbox_listen_with(int client, struct mailbox_listen *listen)
{
	int error;

	error = mailbox_ioctl(client, MAILBOX_IOC_LISTEN, listen);
	if (error)
		return error;
	return listen->port.flags & MAILBOX_CREATE_NOFD ? 0 : listen->port.fd;
}

int mailbox_listen(int client, const char *name, uint32_t backlog)
{
	struct mailbox_listen listen;

	mailbox_listen_init(&listen, name, backlog);
	return mailbox_listen_with(client, &listen);
}

void mailbox_connect_init(struct mailbox_connect *connect, const char *name, const void *greeting,
			  size_t length)
{
	memset(connect, 0, sizeof(*connect));
	connect->size = sizeof(*connect);
	connect->greeting = (uintptr_t)greeting;
	connect->greeting_length = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
	if (name) {
		connect->flags = MAILBOX_CONNECT_NAME;
		connect->name = (uintptr_t)name;
		connect->name_length = mailbox_name_length(name);
	}
}

int mailbox_connect_with(int client, struct mailbox_connect *connect)
{
	int error;

	error = mailbox_ioctl(client, MAILBOX_IOC_CONNECT, connect);
	return error ? error : connect->fd;
}

int mailbox_connect(int client, const char *name)
{
	struct mailbox_connect connect;

	mailbox_connect_init(&connect, name, NULL, 0);
	return mailbox_connect_with(client, &connect);
}

int mailbox_connect_within(int client, const char *name, uint64_t timeout)
{
	struct mailbox_connect connect;

	mailbox_connect_init(&connect, name, NULL, 0);
	connect.flags |= MAILBOX_DEADLINE;
	connect.clock = MAILBOX_CLOCK_MONOTONIC;
	connect.deadline = mailbox_deadline_after(timeout, connect.clock);
	return mailbox_connect_with(client, &connect);
}

int mailbox_accept_with(int fd, struct mailbox_accept *accept)
{
	int error;

	error = mailbox_ioctl(fd, MAILBOX_IOC_ACCEPT, accept);
	return error ? error : accept->fd;
}

int mailbox_accept(int port)
{
	char greeting[MAILBOX_GREETING_MAX];
	struct mailbox_accept accept;
	int endpoint;

	mailbox_accept_init(&accept, 0, greeting, sizeof(greeting));
	do {
		endpoint = mailbox_accept_with(port, &accept);
	} while (endpoint == -ESTALE);
	/* The request must not wait for who cannot name it any more. */
	if (endpoint < 0 && accept.token)
		mailbox_reject(port, 0, accept.token, (uint32_t)-endpoint);
	return endpoint;
}

int mailbox_reject(int fd, uint64_t id, uint64_t token, uint32_t reason)
{
	struct mailbox_reject reject;

	memset(&reject, 0, sizeof(reject));
	reject.size = sizeof(reject);
	reject.id = id;
	reject.token = token;
	reject.reason = reason;
	return mailbox_ioctl(fd, MAILBOX_IOC_REJECT, &reject);
}

int mailbox_shutdown(int endpoint, uint32_t rights)
{
	struct mailbox_shutdown shutdown;

	memset(&shutdown, 0, sizeof(shutdown));
	shutdown.size = sizeof(shutdown);
	shutdown.rights = rights;
	return mailbox_ioctl(endpoint, MAILBOX_IOC_SHUTDOWN, &shutdown);
}
