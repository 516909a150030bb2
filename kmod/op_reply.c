// SPDX-License-Identifier: GPL-2.0-only
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "attach.h"
#include "call.h"
#include "command.h"
#include "compat.h"
#include "fast_call.h"
#include "ioctl.h"
#include "mailbox.h"
#include "op_receive.h"
#include "receiver.h"
#include "target.h"
#include "userdata.h"

static int message_reply(const struct mbx_target *target, u64 token,
			 const struct mailbox_message *message, bool handoff)
{
	struct mbx_userbuffer buffer __uninitialized;
	struct mbx_parcel *parcel = NULL;
	int error;

	/* A connection request is accepted or rejected. */
	if (message->priority || message->room || target->mailbox->port)
		return -EINVAL;
	error = mbx_userbuffer_read(&buffer, message, message->length,
				    ITER_SOURCE);
	if (error)
		return error;
	if (unlikely(message->attachments))
		error = mbx_parcel_read(&parcel, message->attachments,
					target->mailbox, NULL);
	if (!error)
		error = mbx_call_answer(target->mailbox, token, &buffer.buffer,
					parcel, message->tag, handoff);
	if (error && parcel)
		parcel->free(parcel);
	mbx_userbuffer_free(&buffer);
	return error;
}

int mbx_op_reply(struct mbx_request *request)
{
	const struct mailbox_reply *reply = &request->argument.reply;
	struct mbx_target target __uninitialized;
	int error;

	error = mbx_target_get(&target, request->file, reply->id,
			       MAILBOX_RIGHT_RECEIVE);
	if (error)
		return error;
	error = mbx_fast_answer(&target, reply->token, &reply->message, NULL,
				false) ? 0 :
		message_reply(&target, reply->token, &reply->message, false);
	mbx_target_put(&target);
	return error;
}

/* The first half; @token is taken back as soon as it is of no more use. */
static int reply_half(const struct mbx_target *target,
		      struct mailbox_reply_receive *argument,
		      struct mailbox_reply_receive __user *user)
{
	bool handoff = !target->terms.nonblock && !target->terms.attempt;
	int error;

	if (!argument->token)
		return 0;
	if (mbx_fast_answer(target, argument->token, &argument->reply,
			    &user->token, handoff)) {
		argument->token = 0;
		return 0;
	}
	error = message_reply(target, argument->token, &argument->reply,
			      handoff);
	if (error && error != -ESTALE)
		return error;
	argument->token = 0;
	return put_user(0, &user->token) ? -EFAULT : error;
}

int mbx_op_reply_receive(struct mbx_request *request)
{
	struct mailbox_reply_receive *argument =
		&request->argument.reply_receive;
	struct mailbox_reply_receive __user *user = request->user;
	struct mbx_receiver receiver __uninitialized;
	struct mbx_target target __uninitialized;
	int error;

	error = mbx_selector_read(&receiver.selector, argument->flags,
				  argument->from_pid, argument->tag_min,
				  argument->tag_max);
	if (error)
		return error;
	error = mbx_target_get(&target, request->file, argument->id,
			       MAILBOX_RIGHT_RECEIVE | MBX_RIGHT_TRACE);
	if (error)
		return error;
	error = mbx_waiting_read(&target.terms, request->file, argument->flags,
				 argument->deadline, argument->clock);
	target.terms.attempt = request->attempt;
	if (!error)
		error = reply_half(&target, argument, user);
	/* Message buffers are for RECEIVE. */
	if (!error && unlikely(argument->message.flags))
		error = -EINVAL;
	if (!error) {
		receiver.peek = false;
		receiver.truncate = false;
		receiver.eof = mbx_target_eof(&target);
		error = mbx_message_receive(&target, &receiver,
					    &argument->message,
					    &user->message);
	}
	mbx_target_put(&target);
	return error;
}

/* On a ring.  It has replied when it was attempted, and receives now. */
int mbx_op_reply_receive_begin(struct mbx_command *command)
{
	struct mailbox_reply_receive *argument =
		&command->request.argument.reply_receive;
	struct mailbox_reply_receive __user *user = command->request.user;
	int error;

	error = mbx_selector_read(&command->receive.receiver.selector,
				  argument->flags, argument->from_pid,
				  argument->tag_min, argument->tag_max);
	if (error)
		return error;
	error = mbx_command_target(command, argument->id,
				   MAILBOX_RIGHT_RECEIVE | MBX_RIGHT_TRACE,
				   argument->flags, argument->deadline,
				   argument->clock);
	if (error)
		return error;
	return mbx_message_receive_begin(command, &argument->message,
					 &user->message);
}
