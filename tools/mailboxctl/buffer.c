// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where messages are received.
 */
#include <errno.h>
#include <stdlib.h>

#include "buffer.h"
#include "error.h"

/* The room for a start; it grows when a longer message comes. */
#define FIRST_ROOM 65536

static void make_room(struct buffer *buffer, size_t room)
{
	free(buffer->data);
	buffer->data = malloc(room);
	if (!buffer->data)
		die(EXIT_FAIL, "out of memory");
	buffer->room = room;
}

void buffer_init(struct buffer *buffer)
{
	buffer->data = NULL;
	make_room(buffer, FIRST_ROOM);
}

void buffer_end(struct buffer *buffer)
{
	free(buffer->data);
}

int buffer_receive(struct buffer *buffer, int fd, struct mailbox_receive *call)
{
	ssize_t result;

	for (;;) {
		mailbox_message_buffer(&call->message, buffer->data,
				       buffer->room);
		result = mailbox_receive_with(fd, call);
		if (result != -EMSGSIZE)
			return result < 0 ? (int)result : 0;
		make_room(buffer, call->message.length);
	}
}
