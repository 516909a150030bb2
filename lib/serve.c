// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* A server's loop. */
#include <errno.h>

#include "internal.h"

/* The reply half failed because the caller takes less: he is told that. */
static void reply_too_long(struct mailbox_reply_receive *both)
{
	mailbox_message_data(&both->reply, NULL, 0);
	both->reply.tag = EMSGSIZE;
}

/* Replies to the last request, if it is owed a reply, and gets the next. */
static int request_next(int fd, struct mailbox_reply_receive *both)
{
	for (;;) {
		uint64_t owed = both->token;
		int error;

		error = mailbox_ioctl(fd, MAILBOX_IOC_REPLY_RECEIVE, both);
		/* The caller did not wait. */
		if (error == -ESTALE)
			continue;
		if (error == -EMSGSIZE && owed && both->token) {
			reply_too_long(both);
			continue;
		}
		return error;
	}
}

static int request_handle(struct mailbox_reply_receive *both,
			  mailbox_handler handler, void *context,
			  void *buffer, size_t room)
{
	struct mailbox_request request;
	int result;

	memset(&request, 0, sizeof(request));
	request.message = &both->message;
	request.data = buffer;
	request.room = room;
	request.length = both->message.length;
	result = handler(context, &request);
	if (result == 0) {
		both->token = both->message.token;
		mailbox_message_data(&both->reply, request.reply,
				     request.reply_length);
		both->reply.tag = request.reply_tag;
	}
	return result;
}

int mailbox_serve(int fd, uint64_t id, mailbox_handler handler, void *context,
		  void *buffer, size_t room)
{
	struct mailbox_reply_receive both;
	int error;

	mailbox_reply_receive_init(&both, id, buffer, room);
	for (;;) {
		error = request_next(fd, &both);
		if (error)
			return error;
		error = request_handle(&both, handler, context, buffer, room);
		if (error < 0)
			return error;
		mailbox_message_buffer(&both.message, buffer, room);
	}
}
