// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Commands as messages to the module. */
#include <errno.h>
#include <stddef.h>

#include "internal.h"

int mailbox_kernel(int client, uint32_t command, void *argument)
{
	union {
		struct mailbox_kernel header;
		char bytes[sizeof(struct mailbox_kernel) + MAILBOX_SIZE_MAX];
	} message;
	const size_t head = sizeof(message.header);
	struct mailbox_call call;
	uint32_t size;
	ssize_t length;

	memcpy(&size, argument, sizeof(size));
	if (size > MAILBOX_SIZE_MAX)
		return -E2BIG;
	message.header.command = command;
	message.header.result = 0;
	memcpy(message.bytes + head, argument, size);
	mailbox_call_init(&call, MAILBOX_ID_KERNEL, &message, head + size,
			  &message, head + size);
	call.flags = 0;
	length = mailbox_call_with(client, &call);
	/* Even if only saying so has failed: a descriptor may be in it. */
	memcpy(argument, message.bytes + head, size);
	return length < 0 ? (int)length : message.header.result;
}
