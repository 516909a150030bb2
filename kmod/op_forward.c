// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>

#include "client.h"
#include "forward.h"
#include "handle.h"
#include "ioctl.h"
#include "mailbox.h"
#include "target.h"

/* The descriptor that the other receiver is named by, with a reference. */
static struct file *to_file_get(const struct mbx_request *request)
{
	const struct mailbox_forward *forward = &request->argument.forward;
	struct file *file;

	if (forward->to_fd == -1)
		return get_file(request->file);
	file = fget(forward->to_fd);
	if (!file)
		return ERR_PTR(-EBADF);
	if (!mbx_client_of(file) && !mbx_handle_of(file)) {
		fput(file);
		return ERR_PTR(-EBADF);
	}
	return file;
}

static int forward_to(const struct mbx_target *from,
		      const struct mailbox_forward *forward, struct file *file)
{
	struct mbx_target to;
	int error;

	error = mbx_target_get(&to, file, forward->to,
			       MBX_RIGHT_SEND_TO(forward->flags));
	if (error)
		return error;
	/* A connection request is not to be answered elsewhere. */
	if (from->mailbox->port || mbx_mailbox_multicast(to.mailbox))
		error = -EINVAL;
	else
		error = mbx_forward(from->mailbox, forward->token, to.mailbox,
				    &to.terms);
	mbx_target_put(&to);
	return error;
}

int mbx_op_forward(struct mbx_request *request)
{
	const struct mailbox_forward *forward = &request->argument.forward;
	struct mbx_target from;
	struct file *file;
	int error;

	if (forward->reserved || forward->to_fd < -1)
		return -EINVAL;
	error = mbx_target_get(&from, request->file, forward->id,
			       MAILBOX_RIGHT_RECEIVE);
	if (error)
		return error;
	file = to_file_get(request);
	if (IS_ERR(file)) {
		error = PTR_ERR(file);
		goto put_from;
	}
	error = forward_to(&from, forward, file);
	fput(file);
put_from:
	mbx_target_put(&from);
	return error;
}
