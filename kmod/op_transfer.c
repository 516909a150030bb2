// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "deliver.h"
#include "handle.h"
#include "identity.h"
#include "ioctl.h"
#include "mailbox.h"
#include "send.h"
#include "target.h"
#include "userdata.h"

/* Sending */

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
	if (copy_to_user(user, message, sizeof(*message)))
		return;
}

static int message_send(const struct mbx_target *target,
			struct mailbox_message *message,
			struct mailbox_message __user *user, bool sync)
{
	struct mbx_userbuffer buffer;
	struct mbx_letter letter = {
		.buffer = &buffer.buffer,
		.tag = message->tag,
		.priority = message->priority,
		.from = mbx_identity_current(),
		.quota = target->terms.quota,
	};
	struct mbx_receipt receipt;
	int error;

	if (message->priority > MAILBOX_PRIORITY_MAX || message->room)
		return -EINVAL;
	error = mbx_userbuffer_read(&buffer, message, message->length,
				    ITER_SOURCE);
	if (error)
		return error;
	/* Whoever cannot be told must not send. */
	if (put_user(0, &user->info))
		error = -EFAULT;
	else
		error = mbx_send(target->mailbox, &letter, &target->terms, sync,
				 &receipt);
	mbx_userbuffer_free(&buffer);
	if (!error)
		sent_report(message, user, &receipt);
	return error;
}

int mbx_op_send(struct mbx_request *request)
{
	struct mailbox_send *send = &request->argument.send;
	struct mailbox_send __user *user = request->user;
	struct mbx_target target;
	int error;

	if (send->reserved)
		return -EINVAL;
	error = mbx_target_get(&target, request->file, send->id,
			       MAILBOX_RIGHT_SEND);
	if (error)
		return error;
	error = mbx_waiting_read(&target.terms, request->file, send->flags,
				 send->deadline, send->clock);
	if (!error)
		error = message_send(&target, &send->message, &user->message,
				     send->flags & MAILBOX_SEND_SYNC);
	mbx_target_put(&target);
	return error;
}

/* Receiving */

static int selector_read(struct mbx_selector *selector, u32 flags,
			 u32 from_pid, u64 tag_min, u64 tag_max)
{
	selector->from = flags & MAILBOX_RECEIVE_FROM;
	selector->tagged = flags & MAILBOX_RECEIVE_TAG;
	if (selector->from ? !from_pid || from_pid > INT_MAX : from_pid)
		return -EINVAL;
	if (selector->tagged ? tag_min > tag_max : tag_min || tag_max)
		return -EINVAL;
	selector->pid = from_pid;
	selector->pid_ns = task_active_pid_ns(current);
	selector->tag_min = tag_min;
	selector->tag_max = tag_max;
	return 0;
}

static int message_receive(const struct mbx_target *target,
			   const struct mbx_receiver *receiver,
			   struct mailbox_message *message,
			   struct mailbox_message __user *user)
{
	struct mbx_userbuffer buffer;
	struct mbx_sink sink = { .report = message, .user = user };
	size_t length;
	int error;

	error = mbx_userbuffer_read(&buffer, message, message->room, ITER_DEST);
	if (error)
		return error;
	sink.buffer = buffer.buffer;
	error = mbx_deliver(target, receiver, &sink, &length);
	mbx_userbuffer_free(&buffer);
	if (error == -EMSGSIZE && put_user((u32)length, &user->length))
		return -EFAULT;
	return error;
}

static bool handle_eof(const struct mbx_target *target)
{
	return target->handle &&
	       (target->handle->options & MAILBOX_HANDLE_EOF);
}

int mbx_op_receive(struct mbx_request *request)
{
	struct mailbox_receive *receive = &request->argument.receive;
	struct mailbox_receive __user *user = request->user;
	struct mbx_receiver receiver = { };
	struct mbx_target target;
	int error;

	error = selector_read(&receiver.selector, receive->flags,
			      receive->from_pid, receive->tag_min,
			      receive->tag_max);
	if (error)
		return error;
	error = mbx_target_get(&target, request->file, receive->id,
			       MAILBOX_RIGHT_RECEIVE);
	if (error)
		return error;
	error = mbx_waiting_read(&target.terms, request->file, receive->flags,
				 receive->deadline, receive->clock);
	if (!error) {
		receiver.peek = receive->flags & MAILBOX_RECEIVE_PEEK;
		receiver.eof = handle_eof(&target);
		error = message_receive(&target, &receiver, &receive->message,
					&user->message);
	}
	mbx_target_put(&target);
	return error;
}

/* Batches */

static int batch_check(const struct mailbox_batch *batch)
{
	if (!batch->count || batch->count > MAILBOX_BATCH_MAX ||
	    batch->message_size < sizeof(struct mailbox_message) ||
	    batch->message_size > MAILBOX_SIZE_MAX || batch->reserved)
		return -EINVAL;
	return 0;
}

/* The user's message number @i, copied to @message. */
static struct mailbox_message __user *
batch_message(const struct mailbox_batch *batch, u32 i,
	      struct mailbox_message *message, int *error)
{
	void __user *user = u64_to_user_ptr(batch->messages);

	user += (size_t)i * batch->message_size;
	*error = copy_struct_from_user(message, sizeof(*message), user,
				       batch->message_size);
	return user;
}

static int batch_send(const struct mbx_target *target,
		      const struct mailbox_batch *batch, u32 i)
{
	struct mailbox_message __user *user;
	struct mailbox_message message;
	int error;

	user = batch_message(batch, i, &message, &error);
	return error ?: message_send(target, &message, user, false);
}

static int batch_receive(const struct mbx_target *target,
			 const struct mbx_receiver *receiver,
			 const struct mailbox_batch *batch, u32 i)
{
	struct mailbox_message __user *user;
	struct mailbox_message message;
	int error;

	user = batch_message(batch, i, &message, &error);
	return error ?: message_receive(target, receiver, &message, user);
}

/* What was done counts; the error only if it was nothing. */
static int batch_report(struct mbx_request *request, u32 done, int error)
{
	struct mailbox_batch __user *user = request->user;

	if (put_user(done, &user->done) && !error)
		error = -EFAULT;
	return done ? 0 : error;
}

int mbx_op_send_batch(struct mbx_request *request)
{
	const struct mailbox_batch *batch = &request->argument.batch;
	struct mailbox_batch __user *user = request->user;
	struct mbx_target target;
	u32 done = 0;
	int error;

	error = batch_check(batch);
	if (error)
		return error;
	if (batch->from_pid || batch->tag_min || batch->tag_max)
		return -EINVAL;
	error = mbx_target_get(&target, request->file, batch->id,
			       MAILBOX_RIGHT_SEND);
	if (error)
		return error;
	error = mbx_waiting_read(&target.terms, request->file, batch->flags,
				 batch->deadline, batch->clock);
	if (!error && put_user(0, &user->done))
		error = -EFAULT;
	while (!error && done < batch->count) {
		error = batch_send(&target, batch, done);
		if (!error)
			done++;
		cond_resched();
	}
	mbx_target_put(&target);
	return batch_report(request, done, error);
}

int mbx_op_receive_batch(struct mbx_request *request)
{
	const struct mailbox_batch *batch = &request->argument.batch;
	struct mailbox_batch __user *user = request->user;
	struct mbx_receiver receiver = { };
	struct mbx_target target;
	u32 done = 0;
	int error;

	error = batch_check(batch);
	if (error)
		return error;
	error = selector_read(&receiver.selector, batch->flags,
			      batch->from_pid, batch->tag_min, batch->tag_max);
	if (error)
		return error;
	error = mbx_target_get(&target, request->file, batch->id,
			       MAILBOX_RIGHT_RECEIVE);
	if (error)
		return error;
	error = mbx_waiting_read(&target.terms, request->file, batch->flags,
				 batch->deadline, batch->clock);
	if (!error && put_user(0, &user->done))
		error = -EFAULT;
	receiver.eof = handle_eof(&target);
	while (!error && done < batch->count) {
		error = batch_receive(&target, &receiver, batch, done);
		if (!error)
			done++;
		/* Only the first one is worth waiting for. */
		target.terms.nonblock = true;
		cond_resched();
	}
	mbx_target_put(&target);
	return batch_report(request, done, error);
}
