// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "attach.h"
#include "batch.h"
#include "command.h"
#include "compat.h"
#include "deliver.h"
#include "fast_batch.h"
#include "fast_take.h"
#include "handle.h"
#include "ioctl.h"
#include "op_receive.h"
#include "target.h"
#include "userdata.h"

#define SELECTOR_FLAGS	(MAILBOX_RECEIVE_EXCEPT | MAILBOX_RECEIVE_LOWEST | \
			 MAILBOX_RECEIVE_AT)

/* What goes with what. */
static bool selector_valid(u32 flags)
{
	if (flags & MAILBOX_RECEIVE_AT)
		return (flags & MAILBOX_RECEIVE_PEEK) &&
		       !(flags & (MAILBOX_RECEIVE_TAG | MAILBOX_RECEIVE_FROM |
				  MAILBOX_RECEIVE_EXCEPT |
				  MAILBOX_RECEIVE_LOWEST));
	return flags & MAILBOX_RECEIVE_TAG;
}

int mbx_selector_choose(struct mbx_selector *selector, u32 flags,
			u32 from_pid, u64 tag_min, u64 tag_max)
{
	selector->from = flags & MAILBOX_RECEIVE_FROM;
	selector->tagged = flags & MAILBOX_RECEIVE_TAG;
	selector->except = flags & MAILBOX_RECEIVE_EXCEPT;
	selector->lowest = flags & MAILBOX_RECEIVE_LOWEST;
	selector->at = flags & MAILBOX_RECEIVE_AT;
	if (selector->from ? !from_pid || from_pid > INT_MAX : from_pid)
		return -EINVAL;
	if (selector->tagged ? tag_min > tag_max :
			       (tag_min && !selector->at) || tag_max)
		return -EINVAL;
	if (unlikely(flags & SELECTOR_FLAGS) && !selector_valid(flags))
		return -EINVAL;
	selector->pid = from_pid;
	selector->pid_ns = ns_of_pid(task_pid(current));
	selector->tag_min = tag_min;
	selector->tag_max = tag_max;
	return 0;
}

/* Where the message goes; on success @buffer is to be freed. */
static int sink_read(struct mbx_sink *sink, struct mbx_userbuffer *buffer,
		     struct mbx_intake *intake,
		     const struct mailbox_message *message)
{
	int error;

	if (unlikely(message->attachments)) {
		error = mbx_intake_read(intake, message->attachments);
		if (error)
			return error;
		sink->intake = intake;
	}
	if (likely(!message->flags)) {
		error = mbx_userbuffer_read(buffer, message, message->room,
					    ITER_DEST);
	} else {
		error = mbx_msgbuf_read(buffer, message, message->room);
		sink->type = u64_to_user_ptr(message->data);
		sink->type_size = mbx_msgbuf_type_size(message->flags);
	}
	if (!error)
		sink->buffer = buffer->buffer;
	return error;
}

/* Not inlined, as for sending.  @waited: and how that has ended, or NULL. */
static noinline int receive_slow(const struct mbx_target *target,
				 struct mbx_receiver *receiver,
				 struct mailbox_message *message,
				 struct mailbox_message __user *user,
				 const int *waited)
{
	struct mbx_userbuffer buffer __uninitialized;
	struct mbx_sink sink = { .report = message, .user = user };
	struct mbx_intake intake __uninitialized;
	size_t length;
	int error;

	error = sink_read(&sink, &buffer, &intake, message);
	if (error)
		return error;
	error = waited ? mbx_deliver_waited(target, receiver, *waited, &sink,
					    &length) :
			 mbx_deliver(target, receiver, &sink, &length);
	mbx_userbuffer_free(&buffer);
	if (error == -EMSGSIZE && put_user((u32)length, &user->length))
		return -EFAULT;
	return error;
}

int mbx_message_receive(const struct mbx_target *target,
			struct mbx_receiver *receiver,
			struct mailbox_message *message,
			struct mailbox_message __user *user)
{
	int error;

	switch (mbx_fast_receive(target, receiver, message, user, &error)) {
	case MBX_FAST_DONE:
		return 0;
	case MBX_FAST_WAITED:
		/* Its buffer is as usual, so that it gets that far. */
		return receive_slow(target, receiver, message, user, &error);
	default:
		return receive_slow(target, receiver, message, user, NULL);
	}
}

bool mbx_target_eof(const struct mbx_target *target)
{
	return target->handle &&
	       (target->handle->options & MAILBOX_HANDLE_EOF);
}

/* Does the buffer take whatever may come? */
static int longest_check(const struct mbx_target *target,
			 const struct mailbox_message *message,
			 struct mailbox_message __user *user)
{
	u32 longest = READ_ONCE(target->mailbox->max_message);

	if (message->iov_count)
		return -EINVAL;
	if (message->room >= longest)
		return 0;
	return put_user(longest, &user->length) ? -EFAULT : -EMSGSIZE;
}

int mbx_op_receive(struct mbx_request *request)
{
	struct mailbox_receive *receive = &request->argument.receive;
	struct mailbox_receive __user *user = request->user;
	struct mbx_receiver receiver __uninitialized;
	struct mbx_target target __uninitialized;
	int error;

	error = mbx_selector_read(&receiver.selector, receive->flags,
				  receive->from_pid, receive->tag_min,
				  receive->tag_max);
	if (error)
		return error;
	error = mbx_target_get(&target, request->file, receive->id,
			       MAILBOX_RIGHT_RECEIVE | MBX_RIGHT_TRACE |
				       MBX_RIGHT_NAMED);
	if (error)
		return error;
	error = mbx_waiting_read(&target.terms, request->file, receive->flags,
				 receive->deadline, receive->clock);
	target.terms.attempt = request->attempt;
	if (unlikely(receive->flags & MAILBOX_RECEIVE_LONGEST) && !error)
		error = longest_check(&target, &receive->message,
				      &user->message);
	if (!error) {
		receiver.peek = receive->flags & MAILBOX_RECEIVE_PEEK;
		receiver.truncate = receive->flags & MAILBOX_RECEIVE_TRUNCATE;
		target.terms.nonblock |= receiver.selector.at;
		receiver.eof = mbx_target_eof(&target);
		error = mbx_message_receive(&target, &receiver,
					    &receive->message, &user->message);
	}
	mbx_target_put(&target);
	return mbx_interruption(error, receive->flags);
}

/* On a ring */

/* How often a buffer may be taken away while a message is on its way there. */
#define TRIES	16

static void command_wake(struct mbx_waiter *waiter)
{
	mbx_command_wake(container_of(waiter, struct mbx_command,
				      receive.receiver.wait));
}

/* Once for each message that is claimed; -EAGAIN as mbx_deliver_claimed(). */
static int command_deliver(struct mbx_command *command)
{
	int error;

	if (command->dead) {
		mbx_receive_restore(command->target.mailbox,
				    &command->receive.delivery);
		return -ECANCELED;
	}
	error = mbx_deliver_claimed(&command->target,
				    &command->receive.delivery,
				    &command->receive.sink);
	if (error == -EAGAIN && ++command->receive.tries > TRIES)
		return -EFAULT;
	return error;
}

static int command_step(struct mbx_command *command, bool woken, int error)
{
	struct mbx_delivery *delivery = &command->receive.delivery;
	struct mailbox_message __user *user = command->receive.sink.user;

	do {
		error = mbx_receive_step(command->target.mailbox, delivery,
					 &command->target.terms, woken, error);
		if (error == -EIOCBQUEUED)
			return error;
		/* Of a mailbox there is nothing to try again but a message. */
		if (error)
			break;
		error = command_deliver(command);
		woken = false;
	} while (error == -EAGAIN);
	mbx_receive_end(delivery, &command->target.terms);
	if (error == -EMSGSIZE && !command->dead &&
	    ((command->receive.sink.intake &&
	      mbx_intake_tell(command->receive.sink.intake,
			      delivery->carried)) ||
	     put_user(delivery->needed, &user->length)))
		return -EFAULT;
	return error;
}

int mbx_message_receive_begin(struct mbx_command *command,
			      struct mailbox_message *message,
			      struct mailbox_message __user *user)
{
	struct mbx_receiver *receiver = &command->receive.receiver;
	const struct mbx_target *target = &command->target;
	struct mbx_sink *sink = &command->receive.sink;
	int error;

	sink->report = message;
	sink->user = user;
	error = sink_read(sink, &command->buffer, &command->receive.intake,
			  message);
	if (error)
		return error;
	if (receiver->selector.from)
		mbx_command_watch(command, receiver->selector.pid);
	receiver->inbox = target->inbox;
	receiver->eof = mbx_target_eof(target);
	receiver->watch = command->watched ? &command->watch : NULL;
	receiver->process = command->self.process;
	receiver->command = &command->self;
	command->receive.delivery = (struct mbx_delivery) {
		.receiver = receiver,
		.room = command->buffer.buffer.length,
		.via = target->terms.via,
		.wake = command_wake,
		.attachments = sink->intake ? sink->intake->head.count : 0,
	};
	command->step = command_step;
	return command_step(command, false, 0);
}

int mbx_op_receive_begin(struct mbx_command *command)
{
	struct mailbox_receive *receive = &command->request.argument.receive;
	struct mailbox_receive __user *user = command->request.user;
	struct mbx_receiver *receiver = &command->receive.receiver;
	int error;

	error = mbx_selector_read(&receiver->selector, receive->flags,
				  receive->from_pid, receive->tag_min,
				  receive->tag_max);
	if (error)
		return error;
	error = mbx_command_target(command, receive->id,
				   MAILBOX_RIGHT_RECEIVE | MBX_RIGHT_TRACE |
					   MBX_RIGHT_NAMED,
				   receive->flags, receive->deadline,
				   receive->clock);
	if (error)
		return error;
	if (receive->flags & MAILBOX_RECEIVE_LONGEST) {
		error = longest_check(&command->target, &receive->message,
				      &user->message);
		if (error)
			return error;
	}
	receiver->peek = receive->flags & MAILBOX_RECEIVE_PEEK;
	receiver->truncate = receive->flags & MAILBOX_RECEIVE_TRUNCATE;
	command->target.terms.nonblock |= receiver->selector.at;
	return mbx_message_receive_begin(command, &receive->message,
					 &user->message);
}

/* Batches */

static int batch_receive(const struct mbx_target *target,
			 struct mbx_receiver *receiver,
			 const struct mailbox_batch *batch, u32 i)
{
	struct mailbox_message message __uninitialized;
	int error = mbx_batch_read(batch, i, &message);

	return error ?: mbx_message_receive(target, receiver, &message,
					    mbx_batch_user(batch, i));
}

int mbx_op_receive_batch(struct mbx_request *request)
{
	const struct mailbox_batch *batch = &request->argument.batch;
	struct mailbox_batch __user *user = request->user;
	struct mbx_receiver receiver __uninitialized;
	struct mbx_target target __uninitialized;
	bool easy = true;
	u32 done = 0;
	int error;

	error = mbx_batch_check(batch);
	if (error)
		return error;
	error = mbx_selector_read(&receiver.selector, batch->flags,
				  batch->from_pid, batch->tag_min,
				  batch->tag_max);
	if (error)
		return error;
	error = mbx_target_get(&target, request->file, batch->id,
			       MAILBOX_RIGHT_RECEIVE | MBX_RIGHT_TRACE |
				       MBX_RIGHT_NAMED);
	if (error)
		return error;
	error = mbx_waiting_read(&target.terms, request->file, batch->flags,
				 batch->deadline, batch->clock);
	if (!error && put_user(0, &user->done))
		error = -EFAULT;
	receiver.peek = false;
	receiver.truncate = false;
	receiver.eof = mbx_target_eof(&target);
	while (!error && done < batch->count) {
		u32 received = easy ? mbx_fast_receive_batch(&target, &receiver,
							     batch, done) : 0;

		/* If the next is not, none will be; but it may not have been there. */
		easy = received || !done;
		done += received;
		if (!received) {
			error = batch_receive(&target, &receiver, batch, done);
			if (!error)
				done++;
		}
		/* Only the first one is worth waiting for. */
		target.terms.nonblock = true;
		cond_resched();
	}
	mbx_target_put(&target);
	return mbx_batch_report(request, done, error);
}
