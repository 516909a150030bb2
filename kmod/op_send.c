// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "attach.h"
#include "batch.h"
#include "command.h"
#include "compat.h"
#include "copy.h"
#include "fast.h"
#include "fast_batch.h"
#include "identity.h"
#include "ioctl.h"
#include "mailbox.h"
#include "notice.h"
#include "seat.h"
#include "send.h"
#include "target.h"
#include "userdata.h"

/* Tells the sender; what it sent is sent, so an error is not reported. */
static void sent_report(struct mailbox_message *message,
			struct mailbox_message __user *user,
			const struct mbx_receipt *receipt)
{
	message->seq = receipt->seq;
	message->info = 0;
	message->pid = 0;
	message->uid = 0;
	message->gid = 0;
	message->lost = 0;
	if (receipt->received) {
		message->info = MAILBOX_INFO_RECEIVED;
		mbx_identity_show(&receipt->receiver, message);
		put_pid(receipt->receiver.process);
	}
	/* It could be written a moment ago: the caller took it away. */
	if (!mbx_copy_out(user, message, sizeof(*message)))
		return;
}

/* The notice that tells the sender of the receipt, if he wants one. */
static int receipt_ask(const struct mbx_target *target,
		       struct mbx_letter *letter, u32 flags)
{
	struct mbx_seat *seat;

	if (!(flags & MAILBOX_SEND_RECEIPT))
		return 0;
	if (mbx_mailbox_multicast(target->mailbox))
		return -EINVAL;
	seat = mbx_target_seat(target);
	if (IS_ERR(seat))
		return PTR_ERR(seat);
	letter->notice = mbx_notice_new(seat->notify, target->mailbox->record.id,
					MAILBOX_EVENT_RECEIPT, letter->tag,
					&target->terms);
	mbx_seat_put(seat);
	return PTR_ERR_OR_ZERO(letter->notice);
}

static int letter_read(struct mbx_letter *letter, struct mbx_userbuffer *buffer,
		       const struct mailbox_message *message)
{
	int error;

	if (likely(!message->flags))
		return mbx_userbuffer_read(buffer, message, message->length,
					   ITER_SOURCE);
	error = mbx_msgbuf_read(buffer, message, message->length);
	return error ?: mbx_msgbuf_type_read(message, &letter->tag);
}

/* Makes the letter; @buffer is to be freed, error or not. */
static int letter_write(struct mbx_letter *letter,
			struct mbx_userbuffer *buffer,
			const struct mbx_target *target,
			const struct mailbox_message *message,
			struct mailbox_message __user *user, u32 flags)
{
	int error;

	buffer->pieces = NULL;
	*letter = (struct mbx_letter) {
		.buffer = &buffer->buffer,
		.tag = message->tag,
		.priority = message->priority,
		.from = mbx_identity_current(),
		.quota = target->terms.quota,
	};
	if (message->priority > MAILBOX_PRIORITY_MAX || message->room)
		return -EINVAL;
	error = letter_read(letter, buffer, message);
	if (error)
		return error;
	/* Whoever cannot be told must not send. */
	error = put_user(0, &user->info) ? -EFAULT :
					   receipt_ask(target, letter, flags);
	if (!error && unlikely(message->attachments)) {
		error = mbx_parcel_read(&letter->parcel, message->attachments,
					target->mailbox, target->terms.quota);
		if (error && letter->notice)
			mbx_notice_drop(letter->notice);
	}
	return error;
}

/* Not inlined, for its locals are many and the fast path needs none of them. */
static noinline int message_send_slow(const struct mbx_target *target,
				      struct mailbox_message *message,
				      struct mailbox_message __user *user,
				      u32 flags)
{
	struct mbx_userbuffer buffer __uninitialized;
	struct mbx_letter letter __uninitialized;
	struct mbx_receipt receipt __uninitialized;
	int error;

	error = letter_write(&letter, &buffer, target, message, user, flags);
	if (!error)
		error = mbx_send(target->mailbox, &letter, &target->terms,
				 flags & MAILBOX_SEND_SYNC, &receipt);
	if (!error)
		sent_report(message, user, &receipt);
	mbx_userbuffer_free(&buffer);
	return error;
}

static int message_send(const struct mbx_target *target,
			struct mailbox_message *message,
			struct mailbox_message __user *user, u32 flags)
{
	if (!(flags & (MAILBOX_SEND_SYNC | MAILBOX_SEND_RECEIPT)) &&
	    mbx_fast_send(target, message, user))
		return 0;
	return message_send_slow(target, message, user, flags);
}

int mbx_op_send(struct mbx_request *request)
{
	struct mailbox_send *send = &request->argument.send;
	struct mailbox_send __user *user = request->user;
	struct mbx_target target __uninitialized;
	int error;

	if (send->reserved)
		return -EINVAL;
	error = mbx_target_get(&target, request->file, send->id,
			       MBX_RIGHT_SEND_TO(send->flags) |
				       MBX_RIGHT_NAMED);
	if (error)
		return error;
	error = mbx_waiting_read(&target.terms, request->file, send->flags,
				 send->deadline, send->clock);
	target.terms.attempt = request->attempt;
	if (!error)
		error = message_send(&target, &send->message, &user->message,
				     send->flags);
	mbx_target_put(&target);
	return mbx_interruption(error, send->flags);
}

/* On a ring */

static void command_wake(struct mbx_waiter *waiter)
{
	mbx_command_wake(container_of(waiter, struct mbx_command,
				      send.sender.wait));
}

static int command_report(struct mbx_command *command, int error)
{
	struct mailbox_send __user *user = command->request.user;
	struct mbx_receipt *receipt = &command->send.receipt;

	if (error)
		return error;
	if (!command->dead)
		sent_report(&command->request.argument.send.message,
			    &user->message, receipt);
	else if (receipt->received)
		put_pid(receipt->receiver.process);
	return 0;
}

static int command_step(struct mbx_command *command, bool woken, int error)
{
	error = mbx_send_step(command->target.mailbox, &command->send.letter,
			      &command->target.terms, &command->send.sender,
			      woken, error, &command->send.receipt);
	return error == -EIOCBQUEUED ? error : command_report(command, error);
}

int mbx_op_send_begin(struct mbx_command *command)
{
	struct mailbox_send *send = &command->request.argument.send;
	struct mailbox_send __user *user = command->request.user;
	int error;

	command->step = command_step;
	error = mbx_command_target(command, send->id,
				   MBX_RIGHT_SEND_TO(send->flags) |
					   MBX_RIGHT_NAMED,
				   send->flags, send->deadline, send->clock);
	if (error)
		return error;
	error = letter_write(&command->send.letter, &command->buffer,
			     &command->target, &send->message, &user->message,
			     send->flags);
	if (error)
		return error;
	error = mbx_send_begin(command->target.mailbox, &command->send.letter,
			       &command->target.terms,
			       send->flags & MAILBOX_SEND_SYNC,
			       &command->send.sender, command_wake,
			       &command->send.receipt);
	return error == -EIOCBQUEUED ? error : command_report(command, error);
}

/* Batches */

static int batch_send(const struct mbx_target *target,
		      const struct mailbox_batch *batch, u32 i)
{
	struct mailbox_message message __uninitialized;
	int error = mbx_batch_read(batch, i, &message);

	return error ?: message_send(target, &message,
				     mbx_batch_user(batch, i), 0);
}

int mbx_op_send_batch(struct mbx_request *request)
{
	const struct mailbox_batch *batch = &request->argument.batch;
	struct mailbox_batch __user *user = request->user;
	struct mbx_target target __uninitialized;
	bool easy = true;
	u32 done = 0;
	int error;

	error = mbx_batch_check(batch);
	if (error)
		return error;
	if (batch->from_pid || batch->tag_min || batch->tag_max)
		return -EINVAL;
	error = mbx_target_get(&target, request->file, batch->id,
			       MBX_RIGHT_SEND_TO(batch->flags) |
				       MBX_RIGHT_NAMED);
	if (error)
		return error;
	error = mbx_waiting_read(&target.terms, request->file, batch->flags,
				 batch->deadline, batch->clock);
	if (!error && put_user(0, &user->done))
		error = -EFAULT;
	while (!error && done < batch->count) {
		u32 sent = easy ? mbx_fast_send_batch(&target, batch, done) : 0;

		/* If the next is not, none will be. */
		easy = sent;
		done += sent;
		if (!sent) {
			error = batch_send(&target, batch, done);
			if (!error)
				done++;
		}
		cond_resched();
	}
	mbx_target_put(&target);
	return mbx_batch_report(request, done, error);
}
