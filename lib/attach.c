// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Messages that carry descriptors. */
#include <errno.h>

#include "internal.h"

int mailbox_send_attached(int fd, uint64_t id, const void *data, size_t length,
			  struct mailbox_attachment *items, size_t count)
{
	struct mailbox_attachments list;
	struct mailbox_send send;

	mailbox_send_init(&send, id, data, length);
	mailbox_attachments_init(&list, items, count);
	send.message.attachments = (uintptr_t)&list;
	return mailbox_send_with(fd, &send);
}

ssize_t mailbox_receive_attached(int fd, uint64_t id, void *buffer, size_t room,
				 struct mailbox_attachment *items,
				 size_t *count)
{
	struct mailbox_attachments list;
	struct mailbox_receive receive;
	ssize_t length;

	mailbox_receive_init(&receive, id, buffer, room);
	mailbox_attachments_init(&list, items, *count);
	receive.message.attachments = (uintptr_t)&list;
	length = mailbox_receive_with(fd, &receive);
	if (length >= 0 || length == -EMSGSIZE)
		*count = list.count;
	return length;
}
