// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "ioctl.h"
#include "op_kernel.h"

/* There is nothing to wait for but what the command itself waits for. */
static int kernel_check(const struct mailbox_call *call)
{
	if (call->flags || call->pending || call->deadline || call->clock ||
	    call->request.flags || call->request.iov_count ||
	    call->request.priority || call->request.room ||
	    call->reply.flags || call->reply.iov_count ||
	    call->request.attachments || call->reply.attachments)
		return -EINVAL;
	if (call->request.length < sizeof(struct mailbox_kernel) +
					   sizeof(u64) ||
	    call->request.length >
		    sizeof(struct mailbox_kernel) + MAILBOX_SIZE_MAX)
		return -EINVAL;
	return call->reply.room < call->request.length ? -EMSGSIZE : 0;
}

/*
 * Makes the reply out of the request; the command then works on the structure in
 * it.
 */
static int reply_begin(const struct mailbox_call *call, u32 *command)
{
	struct mailbox_kernel *message;
	u32 length = call->request.length;
	int error = 0;
	u32 *size;

	message = memdup_user(u64_to_user_ptr(call->request.data), length);
	if (IS_ERR(message))
		return PTR_ERR(message);
	size = (u32 *)(message + 1);
	*command = message->command;
	/* A call within a call would have no end. */
	if (message->result || message->command == MAILBOX_IOC_CALL ||
	    *size > length - sizeof(*message))
		error = -EINVAL;
	else if (copy_to_user(u64_to_user_ptr(call->reply.data), message,
			      length))
		error = -EFAULT;
	kfree(message);
	return error;
}

static int reply_end(struct mailbox_call *call, long result,
		     struct mailbox_call __user *user)
{
	struct mailbox_kernel __user *message =
		u64_to_user_ptr(call->reply.data);
	struct mailbox_message *reply = &call->reply;

	reply->length = call->request.length;
	reply->tag = call->request.tag;
	reply->priority = 0;
	reply->info = 0;
	reply->seq = 0;
	reply->pid = 0;
	reply->uid = 0;
	reply->gid = 0;
	reply->lost = 0;
	reply->token = 0;
	/* What it has done is recorded in the structure: nothing restarts. */
	if (result == -ERESTARTSYS)
		result = -EINTR;
	if (put_user((s32)result, &message->result) ||
	    copy_to_user(&user->reply, reply, sizeof(*reply)))
		return -EFAULT;
	return 0;
}

int mbx_kernel_call(struct mbx_request *request)
{
	struct mailbox_call *call = &request->argument.call;
	struct mailbox_kernel __user *message;
	u32 command;
	int error;

	error = kernel_check(call);
	if (error)
		return error;
	message = u64_to_user_ptr(call->reply.data);
	if ((uintptr_t)message != call->reply.data)
		return -EFAULT;
	error = reply_begin(call, &command);
	if (error)
		return error;
	return reply_end(call,
			 mbx_ioctl(request->file, command,
				   (unsigned long)(message + 1)),
			 request->user);
}
