// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Events. */
#include <errno.h>

#include "internal.h"

int mailbox_notify_with(int fd, const struct mailbox_notify *notify)
{
	return mailbox_ioctl(fd, MAILBOX_IOC_NOTIFY, notify);
}

static int notify(int fd, uint64_t id, uint32_t flags, uint32_t events,
		  uint64_t token, uint64_t cookie)
{
	struct mailbox_notify ask;

	memset(&ask, 0, sizeof(ask));
	ask.size = sizeof(ask);
	ask.flags = flags;
	ask.id = id;
	ask.events = events;
	ask.token = token;
	ask.cookie = cookie;
	return mailbox_notify_with(fd, &ask);
}

int mailbox_notify(int fd, uint64_t id, uint32_t events, uint64_t cookie)
{
	return notify(fd, id, 0, events, 0, cookie);
}

int mailbox_notify_call(int fd, uint64_t id, uint64_t token, uint64_t cookie)
{
	return notify(fd, id, 0, MAILBOX_EVENT_CANCELLED, token, cookie);
}

int mailbox_notify_process(int client, pid_t pid, uint64_t cookie)
{
	return notify(client, (uint64_t)pid, MAILBOX_TO_PROCESS,
		      MAILBOX_EVENT_DESTROYED, 0, cookie);
}

int mailbox_notify_cancel(int fd, uint64_t id, uint32_t events)
{
	return notify(fd, id, MAILBOX_NOTIFY_CANCEL, events, 0, 0);
}

static int event_receive(int client, struct mailbox_receive *receive,
			 struct mailbox_message *message)
{
	ssize_t length = mailbox_receive_with(client, receive);

	if (length < 0)
		return (int)length;
	if (message)
		*message = receive->message;
	return 0;
}

int mailbox_event(int client, struct mailbox_event *event,
		  struct mailbox_message *message)
{
	struct mailbox_receive receive;

	mailbox_receive_init(&receive, MAILBOX_ID_NOTIFY, event,
			     sizeof(*event));
	return event_receive(client, &receive, message);
}

int mailbox_event_within(int client, struct mailbox_event *event,
			 struct mailbox_message *message, uint64_t timeout)
{
	struct mailbox_receive receive;

	mailbox_receive_init(&receive, MAILBOX_ID_NOTIFY, event,
			     sizeof(*event));
	receive.flags = MAILBOX_DEADLINE;
	receive.clock = MAILBOX_CLOCK_MONOTONIC;
	receive.deadline = mailbox_deadline_after(timeout, receive.clock);
	return event_receive(client, &receive, message);
}

/* In the order of the bits. */
static const char *const names[] = {
	"receipt", "no-receivers", "no-senders", "destroyed", "cancelled",
	"not-empty", "space", "arrived",
};

const char *mailbox_event_name(uint32_t type)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		if (type == 1U << i)
			return names[i];
	return NULL;
}

int mailbox_event_parse(const char *name, uint32_t *type)
{
	uint32_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*type = 1U << i;
			return 0;
		}
	}
	return -EINVAL;
}
