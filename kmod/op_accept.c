// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/pid.h>
#include <linux/uaccess.h>

#include "call.h"
#include "client.h"
#include "handle.h"
#include "ioctl.h"
#include "mailbox.h"
#include "op_receive.h"
#include "receiver.h"
#include "target.h"
#include "userdata.h"

/* The accepting side's endpoint of the channel that comes with @call. */
static struct file *endpoint_new(const struct mbx_target *target,
				 const struct mbx_message *call, u32 options)
{
	struct mbx_handle *handle;
	struct file *file;

	file = mbx_handle_file_endpoint(call->call.channel[0],
					call->call.channel[1],
					mbx_target_net(target),
					MAILBOX_RIGHT_SEND |
						MAILBOX_RIGHT_RECEIVE,
					options);
	if (IS_ERR(file))
		return file;
	handle = mbx_handle_of(file);
	handle->peer = call->from;
	get_pid(handle->peer.process);
	return file;
}

/* Makes the endpoint, and answers: 0, and @file is to be installed. */
static int accept_answer(const struct mbx_target *target,
			 struct mbx_message *call, u32 options,
			 struct file **file)
{
	int error;

	*file = endpoint_new(target, call, options);
	error = PTR_ERR_OR_ZERO(*file);
	/* The other side has gone, and the channel with it. */
	if (error == -EPIPE || error == -EIDRM)
		error = -ESTALE;
	call->call.accepted = !error;
	if (error)
		return mbx_call_release(target->mailbox, call, 0, error);
	error = mbx_call_release(target->mailbox, call, 0, 0);
	if (error)
		fput(*file);
	return error;
}

/*
 * Tells the caller before anything is done that would have to be undone: with the
 * endpoint's file the channel would go.
 */
static int accept_request(const struct mbx_target *target, u64 token, int fd,
			  u32 options, struct mailbox_accept __user *user)
{
	struct mbx_message *call;
	struct file *file;
	int error;

	error = mbx_call_hold(target->mailbox, token, &call);
	if (error)
		return error;
	if (put_user(fd, &user->fd) || put_user(0, &user->token))
		return mbx_call_release(target->mailbox, call, 0, -EFAULT);
	error = accept_answer(target, call, options, &file);
	if (!error)
		fd_install(fd, file);
	else if (error != -ESTALE && put_user(token, &user->token))
		error = -EFAULT;
	return error;
}

static int accept_token(const struct mbx_target *target, u64 token, u32 options,
			struct mailbox_accept __user *user)
{
	int error, fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	error = accept_request(target, token, fd, options, user);
	if (error)
		put_unused_fd(fd);
	return error;
}

/* Receives a request, and leaves its token with the caller. */
static int request_receive(const struct mbx_target *target,
			   struct mailbox_accept *accept,
			   struct mailbox_accept __user *user)
{
	struct mbx_receiver receiver = { .eof = mbx_target_eof(target) };
	int error;

	error = mbx_message_receive(target, &receiver, &accept->message,
				    &user->message);
	if (error)
		return error;
	accept->token = accept->message.token;
	return put_user(accept->token, &user->token) ? -EFAULT : 0;
}

static int accept_do(struct mbx_target *target, struct mailbox_accept *accept,
		     struct mailbox_accept __user *user)
{
	int error = 0;

	if (!accept->token)
		error = request_receive(target, accept, user);
	if (error)
		return error;
	error = accept_token(target, accept->token, accept->handle_flags, user);
	if (error == -ESTALE && put_user(0, &user->token))
		error = -EFAULT;
	return error;
}

int mbx_op_accept(struct mbx_request *request)
{
	struct mailbox_accept *accept = &request->argument.accept;
	struct mbx_target target;
	int error;

	if (accept->reserved ||
	    (accept->handle_flags & ~MAILBOX_HANDLE_NONBLOCK))
		return -EINVAL;
	error = mbx_target_get(&target, request->file, accept->id,
			       MAILBOX_RIGHT_RECEIVE | MBX_RIGHT_TRACE);
	if (error)
		return error;
	error = mbx_waiting_read(&target.terms, request->file, accept->flags,
				 accept->deadline, accept->clock);
	if (!error && !target.mailbox->port)
		error = -EINVAL;
	if (!error)
		error = accept_do(&target, accept, request->user);
	mbx_target_put(&target);
	return error;
}

int mbx_op_reject(struct mbx_request *request)
{
	const struct mailbox_reject *reject = &request->argument.reject;
	struct mbx_message *call;
	struct mbx_target target;
	int error;

	if (reject->reserved)
		return -EINVAL;
	error = mbx_target_get(&target, request->file, reject->id,
			       MAILBOX_RIGHT_RECEIVE);
	if (error)
		return error;
	error = -EINVAL;
	if (target.mailbox->port)
		error = mbx_call_hold(target.mailbox, reject->token, &call);
	if (!error)
		error = mbx_call_release(target.mailbox, call, reject->reason,
					 0);
	mbx_target_put(&target);
	return error;
}
