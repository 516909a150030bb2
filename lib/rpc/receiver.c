// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Where a thread receives calls: of a server's mailbox, or of objects' in turn.
 *
 * The answer to a call goes out with the next receive, in one system call.  Calls that
 * carry nothing, which nearly all are, are received the short way, without room for
 * attachments; the kernel says of one that it has some, and keeps it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "receiver.h"

/* Until there may be descriptors again, nanoseconds. */
#define PAUSE	MAILBOX_MILLISECOND

int rpc_receiver_init(struct rpc_receiver *receiver, size_t room,
		      uint32_t flags)
{
	receiver->room = room;
	receiver->buffer = malloc(room ? room : 1);
	receiver->context = rpc_context_new();
	if (!receiver->buffer || !receiver->context) {
		rpc_receiver_free(receiver);
		return -ENOMEM;
	}
	mailbox_reply_receive_init(&receiver->both, 0, receiver->buffer, room);
	receiver->both.flags = flags;
	return 0;
}

void rpc_receiver_free(struct rpc_receiver *receiver)
{
	free(receiver->buffer);
	rpc_context_free(receiver->context);
	receiver->buffer = NULL;
	receiver->context = NULL;
}

/* Who would not take an answer gets an empty one, which is never too long. */
static bool answer_shorten(struct mailbox_reply_receive *both, ssize_t error)
{
	if (error != -EMSGSIZE || !both->token || !both->reply.length)
		return false;
	mailbox_message_data(&both->reply, NULL, 0);
	return true;
}

/* The message in front carries something. */
static bool room_make(struct rpc_receiver *receiver, ssize_t error)
{
	if (error != -EMSGSIZE || receiver->both.token ||
	    receiver->both.message.attachments)
		return false;
	rpc_cargo_room(&receiver->cargo, MAILBOX_ATTACHMENTS_MAX);
	receiver->both.message.attachments =
		rpc_cargo_pointer(&receiver->cargo);
	return true;
}

/* It stays in front: callers wait, as if the server were busy. */
static bool descriptors_await(ssize_t error)
{
	const struct timespec pause = { .tv_nsec = PAUSE };

	if (error != -EMFILE && error != -ENFILE)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

ssize_t rpc_receiver_receive(struct rpc_receiver *receiver,
			     const struct rpc_port *port)
{
	struct mailbox_reply_receive *both = &receiver->both;
	ssize_t length = mailbox_reply_receive_with(port->fd, both);

	/* -ESTALE: the caller does not wait any more. */
	if (length == -ESTALE || answer_shorten(both, length) ||
	    room_make(receiver, length) || descriptors_await(length))
		return -EINTR;
	return length;
}

int rpc_receiver_serve(struct rpc_receiver *receiver, struct rpc_port *port)
{
	struct mailbox_reply_receive *both = &receiver->both;

	if (!both->message.attachments)
		receiver->cargo.list.count = 0;
	if (rpc_dispatch(port, &both->message, receiver->buffer,
			 &receiver->cargo, &receiver->context)) {
		both->token = receiver->context->token;
		mailbox_message_data(&both->reply,
				     receiver->context->reply.data,
				     receiver->context->reply.length);
	}
	mailbox_message_buffer(&both->message, receiver->buffer,
			       receiver->room);
	return receiver->context ? 0 : -ENOMEM;
}

void rpc_receiver_finish(struct rpc_receiver *receiver)
{
	struct mailbox_reply_receive *both = &receiver->both;

	if (both->token && receiver->context)
		rpc_context_reply(receiver->context);
	both->token = 0;
	mailbox_message_buffer(&both->message, receiver->buffer,
			       receiver->room);
}
