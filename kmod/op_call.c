// SPDX-License-Identifier: GPL-2.0-only
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "attach.h"
#include "call.h"
#include "client.h"
#include "command.h"
#include "compat.h"
#include "copy.h"
#include "fast_call.h"
#include "identity.h"
#include "ioctl.h"
#include "loan.h"
#include "mailbox.h"
#include "message.h"
#include "op_kernel.h"
#include "target.h"
#include "userdata.h"

/* May the caller, who waits, lend a request like this? */
static bool loan_possible(const struct mbx_target *target,
			  const struct mbx_caller *caller,
			  const struct mbx_buffer *buffer)
{
	return unlikely(mbx_loan_worth(buffer)) && !caller->wait.wake &&
	       !target->terms.nonblock &&
	       buffer->length <= READ_ONCE(target->mailbox->max_message);
}

static int request_send(const struct mbx_target *target,
			const struct mailbox_message *request, size_t room,
			u32 attachments, struct mbx_caller *caller,
			struct mbx_message **call)
{
	struct mbx_userbuffer buffer __uninitialized;
	struct mbx_letter letter = {
		.buffer = &buffer.buffer,
		.tag = request->tag,
		.priority = request->priority,
		.info = MAILBOX_INFO_CALL,
		.reply_room = room,
		.reply_attachments = attachments,
		.from = mbx_identity_current(),
		.quota = target->terms.quota,
	};
	int error;

	if (request->priority > MAILBOX_PRIORITY_MAX || request->room)
		return -EINVAL;
	error = mbx_userbuffer_read(&buffer, request, request->length,
				    ITER_SOURCE);
	if (error)
		return error;
	if (unlikely(request->attachments))
		error = mbx_parcel_read(&letter.parcel, request->attachments,
					target->mailbox, target->terms.quota);
	if (!error && loan_possible(target, caller, &buffer.buffer))
		caller->loan = mbx_loan_take(&buffer.buffer, true);
	letter.loan = caller->loan;
	if (!error)
		error = mbx_call_begin(target->mailbox, &letter, &target->terms,
				       caller, call);
	mbx_userbuffer_free(&buffer);
	return error;
}

static int call_start(const struct mbx_target *target,
		      const struct mailbox_call *argument, size_t room,
		      u32 attachments, struct mbx_caller *caller,
		      struct mbx_message **call)
{
	if (argument->pending)
		return mbx_call_resume(target->mailbox, argument->pending,
				       &target->terms, caller, call);
	return request_send(target, &argument->request, room, attachments,
			    caller, call);
}

/* Where the caller wants the attachments of the reply; @intake NULL: nowhere. */
static int intake_read(struct mbx_intake **intake,
		       const struct mailbox_message *reply)
{
	if (likely(!reply->attachments)) {
		*intake = NULL;
		return 0;
	}
	return mbx_intake_read(*intake, reply->attachments);
}

static u32 intake_room(const struct mbx_intake *intake)
{
	return intake ? intake->head.count : 0;
}

/* With an intake; 0, and if there are some they are to be installed or undone. */
static int attachments_write(const struct mbx_target *target,
			     const struct mbx_message *call,
			     struct mbx_intake *intake)
{
	int error = 0;

	if (call->parcel)
		error = mbx_intake_prepare(intake, call->parcel,
					   mbx_target_net(target));
	if (error)
		return error;
	error = mbx_intake_tell(intake, mbx_parcel_count(call->parcel));
	if (error)
		mbx_intake_undo(intake);
	return error;
}

/**
 * struct reply - where a caller wants his reply
 * @buffer: its bytes
 * @filled: they are there already
 * @intake: its attachments, or NULL
 */
struct reply {
	const struct mbx_buffer *buffer;
	bool filled;
	struct mbx_intake *intake;
};

static int reply_write(const struct mbx_target *target,
		       const struct mbx_message *call,
		       const struct reply *reply,
		       struct mailbox_message *report,
		       struct mailbox_message __user *user)
{
	if (likely(!reply->filled) &&
	    mbx_message_copy_out_faulting(call, reply->buffer))
		return -EFAULT;
	report->length = call->length;
	report->tag = call->tag;
	report->priority = 0;
	report->info = 0;
	report->seq = mbx_call_token(call);
	report->lost = 0;
	report->token = 0;
	mbx_identity_show(&call->call.server, report);
	if (!mbx_copy_out(user, report, sizeof(*report)))
		return -EFAULT;
	return unlikely(reply->intake) ?
	       attachments_write(target, call, reply->intake) : 0;
}

/* The call goes on: tell the caller its name, or end it. */
static int pending_report(const struct mbx_target *target, u64 token,
			  struct mailbox_call __user *user, int error)
{
	if (!put_user(token, &user->pending))
		return error;
	mbx_call_cancel(target->mailbox, token);
	return -EFAULT;
}

/* There is less room than the call was made with. */
static int reply_refuse(const struct mbx_target *target,
			struct mbx_message *call, struct mbx_intake *intake,
			struct mailbox_call __user *user)
{
	u64 token = mbx_call_token(call);
	u32 carried = mbx_parcel_count(call->parcel);
	u32 needed = call->length;
	int error = -EMSGSIZE;

	mbx_call_leave(target->mailbox, call);
	if (put_user(needed, &user->reply.length) ||
	    (intake && mbx_intake_tell(intake, carried)))
		error = -EFAULT;
	return pending_report(target, token, user, error);
}

/* It is the caller's, with what it carries. */
static void reply_end(const struct mbx_target *target, struct mbx_message *call,
		      struct mbx_intake *intake, struct mailbox_message *report,
		      struct mailbox_message __user *user)
{
	bool laden = mbx_intake_take(intake, call);

	mbx_call_finish(target->mailbox, call);
	if (laden)
		mbx_intake_install(intake, report, user);
}

/* It could not be taken: the caller may come again, unless he has its bytes. */
static int reply_leave(const struct mbx_target *target,
		       struct mbx_message *call, const struct reply *reply,
		       struct mailbox_call __user *user, int error)
{
	u64 token = mbx_call_token(call);

	if (reply->filled) {
		mbx_call_finish(target->mailbox, call);
		return put_user(0, &user->pending) ? -EFAULT : error;
	}
	mbx_call_leave(target->mailbox, call);
	return pending_report(target, token, user, error);
}

static int reply_take(const struct mbx_target *target,
		      struct mbx_message *call, struct mailbox_call *argument,
		      const struct reply *reply,
		      struct mailbox_call __user *user)
{
	int error;

	if (call->length > reply->buffer->length ||
	    mbx_parcel_count(call->parcel) > intake_room(reply->intake))
		return reply_refuse(target, call, reply->intake, user);
	error = reply_write(target, call, reply, &argument->reply,
			    &user->reply);
	if (!error && argument->pending && put_user(0, &user->pending)) {
		error = -EFAULT;
		if (reply->intake)
			mbx_intake_undo(reply->intake);
	}
	if (error)
		return reply_leave(target, call, reply, user, error);
	reply_end(target, call, reply->intake, &argument->reply, &user->reply);
	return 0;
}

/* Makes the call, or comes back to it, and waits; what he lent, the caller has back. */
static int call_wait(const struct mbx_target *target,
		     const struct mailbox_call *argument,
		     struct mbx_caller *caller, const struct reply *reply,
		     struct mbx_message **call, u64 *token)
{
	size_t room = reply->buffer->length;
	int error = 0;

	*token = 0;
	if (!target->terms.nonblock)
		mbx_room_init(&caller->room, reply->buffer);
	*call = argument->pending || reply->intake ? NULL :
		mbx_fast_call(target, &argument->request, room, caller);
	if (!*call)
		error = call_start(target, argument, room,
				   intake_room(reply->intake), caller, call);
	if (!error) {
		*token = mbx_call_token(*call);
		error = mbx_call_wait(target->mailbox, *call, &target->terms,
				      caller);
	}
	if (unlikely(caller->loan))
		mbx_loan_free(caller->loan);
	return error;
}

static int call_make(const struct mbx_target *target,
		     struct mailbox_call *argument,
		     struct mailbox_call __user *user)
{
	struct mbx_userbuffer buffer __uninitialized;
	struct mbx_intake reply_intake __uninitialized;
	struct reply reply = {
		.buffer = &buffer.buffer, .intake = &reply_intake,
	};
	struct mbx_message *call;
	struct mbx_caller caller __uninitialized;
	u64 token;
	int error;

	error = intake_read(&reply.intake, &argument->reply);
	if (error)
		return error;
	error = mbx_userbuffer_read(&buffer, &argument->reply,
				    argument->reply.room, ITER_DEST);
	if (error)
		return error;
	mbx_caller_init(&caller, NULL);
	error = call_wait(target, argument, &caller, &reply, &call, &token);
	reply.filled = caller.filled;
	if (!error)
		error = reply_take(target, call, argument, &reply, user);
	else if (token && (error == -ERESTARTSYS || error == -EAGAIN))
		error = pending_report(target, token, user, error);
	else if (token && argument->pending && put_user(0, &user->pending))
		error = -EFAULT;
	mbx_userbuffer_free(&buffer);
	return error;
}

static int call_check(const struct mailbox_call *call)
{
	if (call->reserved)
		return -EINVAL;
	if ((call->flags & MAILBOX_CALL_CANCEL) &&
	    (!call->pending ||
	     (call->flags & ~(MAILBOX_CALL_CANCEL | MAILBOX_TO_PROCESS)) ||
	     call->deadline || call->clock))
		return -EINVAL;
	return 0;
}

static int call_cancel(const struct mbx_target *target, u64 pending,
		       struct mailbox_call __user *user)
{
	int error;

	/* First, so that what fails has changed nothing. */
	if (put_user(0, &user->pending))
		return -EFAULT;
	error = mbx_call_cancel(target->mailbox, pending);
	if (error && put_user(pending, &user->pending))
		error = -EFAULT;
	return error;
}

int mbx_op_call(struct mbx_request *request)
{
	struct mailbox_call *call = &request->argument.call;
	struct mailbox_call __user *user = request->user;
	struct mbx_target target __uninitialized;
	int error;

	error = call_check(call);
	if (error)
		return error;
	if (call->id == MAILBOX_ID_KERNEL && mbx_client_of(request->file) &&
	    !(call->flags & MAILBOX_TO_PROCESS))
		return mbx_kernel_call(request);
	error = mbx_target_get(&target, request->file, call->id,
			       MBX_RIGHT_SEND_TO(call->flags) |
				       MBX_RIGHT_TRACE);
	if (error)
		return error;
	if (mbx_mailbox_multicast(target.mailbox)) {
		error = -EINVAL;
	} else if (call->flags & MAILBOX_CALL_CANCEL) {
		error = call_cancel(&target, call->pending, user);
	} else {
		error = mbx_waiting_read(&target.terms, request->file,
					 call->flags, call->deadline,
					 call->clock);
		if (!error && request->attempt && !target.terms.nonblock)
			error = -EIOCBQUEUED;
		if (!error)
			error = call_make(&target, call, user);
	}
	mbx_target_put(&target);
	return error;
}

/* On a ring */

static void command_wake(struct mbx_waiter *waiter)
{
	mbx_command_wake(container_of(waiter, struct mbx_command,
				      call.caller.wait));
}

static int command_step(struct mbx_command *command, bool woken, int error)
{
	struct mailbox_call *argument = &command->request.argument.call;
	struct mailbox_call __user *user = command->request.user;
	const struct mbx_target *target = &command->target;
	struct mbx_message *call = command->call.message;
	const struct reply reply = {
		.buffer = &command->buffer.buffer,
		.intake = command->call.intake,
	};

	error = mbx_call_step(target->mailbox, call, &target->terms,
			      &command->call.caller, woken, error);
	if (error == -EIOCBQUEUED)
		return error;
	if (command->dead) {
		/* Nobody comes back for the reply. */
		if (!error)
			mbx_call_finish(target->mailbox, call);
		return -ECANCELED;
	}
	if (!error)
		return reply_take(target, call, argument, &reply, user);
	if (argument->pending && put_user(0, &user->pending))
		return -EFAULT;
	return error;
}

int mbx_op_call_begin(struct mbx_command *command)
{
	struct mailbox_call *argument = &command->request.argument.call;
	int error;

	error = mbx_command_target(command, argument->id,
				   MBX_RIGHT_SEND_TO(argument->flags) |
					   MBX_RIGHT_TRACE,
				   argument->flags, argument->deadline,
				   argument->clock);
	if (error)
		return error;
	command->call.intake = &command->call.reply_intake;
	error = intake_read(&command->call.intake, &argument->reply);
	if (error)
		return error;
	error = mbx_userbuffer_read(&command->buffer, &argument->reply,
				    argument->reply.room, ITER_DEST);
	if (error)
		return error;
	command->step = command_step;
	mbx_caller_init(&command->call.caller, command_wake);
	error = call_start(&command->target, argument,
			   command->buffer.buffer.length,
			   intake_room(command->call.intake),
			   &command->call.caller, &command->call.message);
	return error ?: -EIOCBQUEUED;
}
