// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where io_uring comes in.  A command is first attempted like an ioctl; if it
 * would have to wait, it is begun anew as a struct mbx_command, or where commands
 * cannot be cancelled left to a worker of the ring, which may sleep.
 */
#include <linux/fs.h>
#include <linux/kernel.h>

#include <linux/mailbox.h>

#include "client.h"
#include "command.h"
#include "compat.h"
#include "ioctl.h"
#include "uring.h"

/**
 * struct mbx_ring_op - a command that a ring takes
 * @command: MAILBOX_IOC_*
 * @begin: lets it wait; NULL: it never does
 */
struct mbx_ring_op {
	unsigned int command;
	int (*begin)(struct mbx_command *command);
};

static const struct mbx_ring_op ring_ops[] = {
	{ MAILBOX_IOC_SEND, mbx_op_send_begin },
	{ MAILBOX_IOC_RECEIVE, mbx_op_receive_begin },
	{ MAILBOX_IOC_CALL, mbx_op_call_begin },
	{ MAILBOX_IOC_REPLY, NULL },
	{ MAILBOX_IOC_REPLY_RECEIVE, mbx_op_reply_receive_begin },
};

bool mbx_uring_waits(void)
{
	return MBX_URING_WAITS;
}

static const struct mbx_ring_op *ring_op_find(unsigned int command)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ring_ops); i++) {
		if (ring_ops[i].command == command)
			return &ring_ops[i];
	}
	return NULL;
}

/* Reads what the submission says; it may be shared with the program still. */
static int request_read(struct mbx_request *request, const struct mbx_op *op,
			const struct io_uring_cmd *uring)
{
	const struct mailbox_uring *payload = mbx_uring_payload(uring);
	u64 argument = READ_ONCE(payload->argument);
	u32 size = READ_ONCE(payload->size);
	int error;

	if (READ_ONCE(payload->flags) || (uring->flags & MBX_URING_USER_FLAGS))
		return -EINVAL;
	request->file = uring->file;
	request->user = u64_to_user_ptr(argument);
	if ((uintptr_t)request->user != argument)
		return -EFAULT;
	error = mbx_op_read(op, request);
	if (error)
		return error;
	return request->argument.head.size != size ? -EINVAL : 0;
}

/* What the module does in the place of a call waits for all it likes. */
static bool kernel_called(const struct mbx_request *request,
			  unsigned int command)
{
	const struct mailbox_call *call = &request->argument.call;

	return command == MAILBOX_IOC_CALL && call->id == MAILBOX_ID_KERNEL &&
	       mbx_client_of(request->file) &&
	       !(call->flags & MAILBOX_TO_PROCESS);
}

/* -EIOCBQUEUED: it would wait, or waits. */
static int command_run(struct io_uring_cmd *uring, unsigned int flags)
{
	const struct mbx_ring_op *ring_op = ring_op_find(uring->cmd_op);
	const struct mbx_op *op = mbx_op_find(uring->file, uring->cmd_op);
	struct mbx_request request __uninitialized;
	int error;

	if (!op)
		return -ENOTTY;
	if (!ring_op)
		return -EOPNOTSUPP;
	error = request_read(&request, op, uring);
	if (error)
		return error;
	if (kernel_called(&request, uring->cmd_op))
		return -EOPNOTSUPP;
	/* A worker waits if the command cannot. */
	request.attempt = mbx_uring_waits() || (flags & IO_URING_F_NONBLOCK);
	error = mbx_op_run(op, &request);
	if (error != -EIOCBQUEUED || !mbx_uring_waits())
		return error;
	return mbx_command_start(uring, &request, ring_op->begin, flags);
}

int mbx_uring_cmd(struct io_uring_cmd *uring, unsigned int flags)
{
	int result;

	if (flags & MBX_URING_CANCEL) {
		mbx_command_cancel(uring);
		return 0;
	}
	result = command_run(uring, flags);
	switch (result) {
	case -EIOCBQUEUED:
		return mbx_uring_waits() ? result : -EAGAIN;
	case -EAGAIN:
		/* This is the result, and no reason to try again. */
		mbx_uring_done(uring, result, flags);
		return -EIOCBQUEUED;
	case -ERESTARTSYS:
	case -ERESTARTNOHAND:
		return -EINTR;
	default:
		return result;
	}
}
