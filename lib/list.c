// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The mailboxes and sections there are. */
#include <errno.h>

#include "internal.h"

static int list_some(int client, uint32_t flags, uint64_t *cursor,
		     uint64_t *ids, size_t room)
{
	struct mailbox_list some;
	int error;

	memset(&some, 0, sizeof(some));
	some.size = sizeof(some);
	some.flags = flags;
	some.cursor = *cursor;
	some.ids = (uintptr_t)ids;
	some.count = room < MAILBOX_LIST_MAX ? (uint32_t)room :
					       MAILBOX_LIST_MAX;
	error = mailbox_ioctl(client, MAILBOX_IOC_LIST, &some);
	if (error)
		return error;
	*cursor = some.cursor;
	return (int)some.count;
}

static ssize_t list(int client, uint32_t flags, uint64_t *cursor,
		    uint64_t *ids, size_t room)
{
	uint64_t next = *cursor;
	size_t total = 0;
	int count;

	if (!room)
		return -EINVAL;
	do {
		count = list_some(client, flags, &next, ids + total,
				  room - total);
		/* Fewer than there is room for would mean the end of the list. */
		if (count < 0)
			return count;
		total += (size_t)count;
	} while (count == MAILBOX_LIST_MAX && total < room);
	*cursor = next;
	return (ssize_t)total;
}

ssize_t mailbox_list(int client, uint64_t *cursor, uint64_t *ids, size_t room)
{
	return list(client, 0, cursor, ids, room);
}

ssize_t mailbox_section_list(int client, uint64_t *cursor, uint64_t *ids,
			     size_t room)
{
	return list(client, MAILBOX_LIST_SECTIONS, cursor, ids, room);
}
