// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The mailboxes there are. */
#include <errno.h>

#include "internal.h"

static int list_some(int client, uint64_t *cursor, uint64_t *ids, size_t room)
{
	struct mailbox_list list;
	int error;

	memset(&list, 0, sizeof(list));
	list.size = sizeof(list);
	list.cursor = *cursor;
	list.ids = (uintptr_t)ids;
	list.count = room < MAILBOX_LIST_MAX ? (uint32_t)room :
					       MAILBOX_LIST_MAX;
	error = mailbox_ioctl(client, MAILBOX_IOC_LIST, &list);
	if (error)
		return error;
	*cursor = list.cursor;
	return (int)list.count;
}

ssize_t mailbox_list(int client, uint64_t *cursor, uint64_t *ids, size_t room)
{
	uint64_t next = *cursor;
	size_t total = 0;
	int count;

	if (!room)
		return -EINVAL;
	do {
		count = list_some(client, &next, ids + total, room - total);
		/* Fewer than there is room for would mean the end of the list. */
		if (count < 0)
			return count;
		total += (size_t)count;
	} while (count == MAILBOX_LIST_MAX && total < room);
	*cursor = next;
	return (ssize_t)total;
}
