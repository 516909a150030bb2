// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/uaccess.h>

#include "client.h"
#include "compat.h"
#include "copy.h"
#include "ioctl.h"

#define ON_CLIENT	1
#define ON_HANDLE	2
#define ON_SECTION	4
#define ON_BOTH		(ON_CLIENT | ON_HANDLE)
#define ON_EITHER	(ON_CLIENT | ON_SECTION)

/**
 * struct mbx_op - a command
 * @command: MAILBOX_IOC_*
 * @on: descriptors it is for
 * @size: of its structure as this module knows it
 * @smallest: of its structure in the first version
 * @flags: flags it knows
 * @frequent: worth a guess at the size of its structure
 * @function: does it: 0 or -errno
 */
struct mbx_op {
	unsigned int command;
	unsigned int on;
	size_t size;
	size_t smallest;
	u32 flags;
	bool frequent;
	int (*function)(struct mbx_request *request);
};

#define WAIT_FLAGS	(MAILBOX_NONBLOCK | MAILBOX_BLOCK | MAILBOX_DEADLINE)
#define SELECT_FLAGS	(MAILBOX_RECEIVE_FROM | MAILBOX_RECEIVE_TAG)
#define RECEIVE_FLAGS	(MAILBOX_RECEIVE_PEEK | MAILBOX_RECEIVE_EXCEPT | \
			 MAILBOX_RECEIVE_LOWEST | MAILBOX_RECEIVE_AT | \
			 MAILBOX_RECEIVE_TRUNCATE | MAILBOX_RECEIVE_LONGEST)

#define OP_OF(name, on_what, type, last, known, often, call)		\
	[_IOC_NR(MAILBOX_IOC_##name)] = {				\
		.command = MAILBOX_IOC_##name,				\
		.on = on_what,						\
		.size = sizeof(struct type),				\
		.smallest = offsetofend(struct type, last),		\
		.flags = known,						\
		.frequent = often,					\
		.function = call,					\
	}

#define OP(name, on_what, type, last, known, call)			\
	OP_OF(name, on_what, type, last, known, false, call)

#define FREQUENT(name, type, last, known, call)				\
	OP_OF(name, ON_BOTH, type, last, known,				\
	      sizeof(struct type) <= MBX_COPY_SHORT, call)

static const struct mbx_op ops[] = {
	OP(QUERY, ON_BOTH, mailbox_query, reserved, 0,
	   mbx_op_query),
	OP(CREATE, ON_CLIENT, mailbox_create, reserved,
	   MAILBOX_CREATE_NOFD | MAILBOX_CREATE_UNBOUNDED |
	   MAILBOX_CREATE_PERSIST | MAILBOX_CREATE_KEEP_BY_SENDERS |
	   MAILBOX_CREATE_LOSSY | MAILBOX_CREATE_MAX_MESSAGE |
	   MAILBOX_CREATE_MODE | MAILBOX_CREATE_UMASK |
	   MAILBOX_CREATE_NO_SHARES | MAILBOX_CREATE_SYSV |
	   MAILBOX_CREATE_ATTACH | MAILBOX_CREATE_RANKED |
	   MAILBOX_CREATE_EXCEED | MAILBOX_CREATE_INDEX, mbx_op_create),
	OP(OPEN, ON_CLIENT, mailbox_open, reserved,
	   MAILBOX_OPEN_NAME | MAILBOX_OPEN_ID | MAILBOX_OPEN_INDEX |
	   MAILBOX_OPEN_NOFD, mbx_op_open),
	OP(RESTRICT, ON_HANDLE, mailbox_restrict, reserved, 0, mbx_op_restrict),
	OP(DESTROY, ON_BOTH, mailbox_target, id, 0, mbx_op_destroy),
	OP(UNLINK, ON_BOTH, mailbox_target, id, 0, mbx_op_unlink),
	OP(RELEASE, ON_BOTH, mailbox_target, id, 0, mbx_op_release),
	OP(SET, ON_BOTH, mailbox_set, reserved,
	   MAILBOX_SET_MODE | MAILBOX_SET_UID | MAILBOX_SET_GID |
	   MAILBOX_SET_CAPACITY | MAILBOX_SET_MAX_MESSAGE |
	   MAILBOX_SET_MAX_BYTES | MAILBOX_SET_LOW_WATER, mbx_op_set),
	OP(STAT, ON_BOTH, mailbox_stat, change_time, 0, mbx_op_stat),
	OP(LIST, ON_CLIENT, mailbox_list, reserved, MAILBOX_LIST_SECTIONS,
	   mbx_op_list),
	FREQUENT(SEND, mailbox_send, message,
		 WAIT_FLAGS | MAILBOX_TO_PROCESS | MAILBOX_NO_RESTART |
		 MAILBOX_SEND_SYNC | MAILBOX_SEND_RECEIPT, mbx_op_send),
	FREQUENT(RECEIVE, mailbox_receive, message,
		 WAIT_FLAGS | MAILBOX_NO_RESTART | SELECT_FLAGS | RECEIVE_FLAGS,
		 mbx_op_receive),
	OP(SEND_BATCH, ON_BOTH, mailbox_batch, reserved,
	   WAIT_FLAGS | MAILBOX_TO_PROCESS, mbx_op_send_batch),
	OP(RECEIVE_BATCH, ON_BOTH, mailbox_batch, reserved,
	   WAIT_FLAGS | SELECT_FLAGS, mbx_op_receive_batch),
	FREQUENT(CALL, mailbox_call, reply,
		 WAIT_FLAGS | MAILBOX_TO_PROCESS | MAILBOX_CALL_CANCEL,
		 mbx_op_call),
	OP(REPLY, ON_BOTH, mailbox_reply, message, 0, mbx_op_reply),
	FREQUENT(REPLY_RECEIVE, mailbox_reply_receive, message,
		 WAIT_FLAGS | SELECT_FLAGS, mbx_op_reply_receive),
	OP(FORWARD, ON_BOTH, mailbox_forward, reserved, MAILBOX_TO_PROCESS,
	   mbx_op_forward),
	OP(LISTEN, ON_CLIENT, mailbox_listen, channel_max_message,
	   MAILBOX_CREATE_NOFD | MAILBOX_CREATE_PERSIST |
	   MAILBOX_CREATE_MAX_MESSAGE | MAILBOX_CREATE_MODE |
	   MAILBOX_CREATE_ATTACH, mbx_op_listen),
	OP(CONNECT, ON_CLIENT, mailbox_connect, reserved,
	   MAILBOX_DEADLINE | MAILBOX_CONNECT_NAME, mbx_op_connect),
	OP(ACCEPT, ON_BOTH, mailbox_accept, reserved, WAIT_FLAGS,
	   mbx_op_accept),
	OP(REJECT, ON_BOTH, mailbox_reject, reserved, 0, mbx_op_reject),
	OP(SHUTDOWN, ON_HANDLE, mailbox_shutdown, reserved, 0, mbx_op_shutdown),
	OP(NOTIFY, ON_BOTH, mailbox_notify, token,
	   MAILBOX_TO_PROCESS | MAILBOX_NOTIFY_CANCEL | MAILBOX_NOTIFY_SIGNAL |
	   MAILBOX_NOTIFY_BLOCKED,
	   mbx_op_notify),
	OP(SECTION_CREATE, ON_CLIENT, mailbox_section_create, reserved,
	   MAILBOX_CREATE_NOFD | MAILBOX_CREATE_PERSIST | MAILBOX_CREATE_MODE,
	   mbx_op_section_create),
	OP(SECTION_OPEN, ON_CLIENT, mailbox_section_open, fd,
	   MAILBOX_OPEN_NAME | MAILBOX_OPEN_ID | MAILBOX_OPEN_NOFD,
	   mbx_op_section_open),
	OP(SECTION_RESTRICT, ON_SECTION, mailbox_restrict, reserved, 0,
	   mbx_op_section_restrict),
	OP(SECTION_DESTROY, ON_EITHER, mailbox_target, id, 0,
	   mbx_op_section_destroy),
	OP(SECTION_UNLINK, ON_EITHER, mailbox_target, id, 0,
	   mbx_op_section_unlink),
	OP(SECTION_SET, ON_EITHER, mailbox_section_set, reserved,
	   MAILBOX_SET_MODE | MAILBOX_SET_UID | MAILBOX_SET_GID |
	   MAILBOX_SET_LENGTH, mbx_op_section_set),
	OP(SECTION_STAT, ON_EITHER, mailbox_section_stat, name, 0,
	   mbx_op_section_stat),
};

static __always_inline const struct mbx_op *op_find(unsigned int on,
						    unsigned int command)
{
	const struct mbx_op *op;

	if (_IOC_NR(command) >= ARRAY_SIZE(ops))
		return NULL;
	op = &ops[_IOC_NR(command)];
	return op->command == command && (op->on & on) ? op : NULL;
}

const struct mbx_op *mbx_op_find(const struct file *file, unsigned int command)
{
	return op_find(mbx_client_of(file) ? ON_CLIENT : ON_HANDLE, command);
}

static int argument_read(struct mbx_request *request, const struct mbx_op *op)
{
	u32 size;
	int error;

	BUILD_BUG_ON(sizeof(union mbx_argument) > MAILBOX_SIZE_MAX);
	if (get_user(size, (u32 __user *)request->user))
		return -EFAULT;
	if (size < op->smallest)
		return -EINVAL;
	if (size > MAILBOX_SIZE_MAX)
		return -E2BIG;
	error = copy_struct_from_user(&request->argument, op->size,
				      request->user, size);
	if (error)
		return error;
	/* It may have changed between the two reads. */
	request->argument.head.size = size;
	request->size = min_t(size_t, size, op->size);
	return 0;
}

/*
 * Copies the structure of a frequent command in as if it had the size that is known
 * here, as it nearly always has.  False if it has not, or cannot be read so far: what
 * was copied is then of no use.
 */
static __always_inline bool argument_guess(struct mbx_request *request,
					   const struct mbx_op *op)
{
	request->size = op->size;
	return op->frequent &&
	       mbx_copy_in(&request->argument, request->user, op->size) &&
	       request->argument.head.size == op->size;
}

int mbx_reply(const struct mbx_request *request)
{
	return copy_to_user(request->user, &request->argument,
			    request->size) ? -EFAULT : 0;
}

static __always_inline int op_read(const struct mbx_op *op,
				   struct mbx_request *request)
{
	int error;

	if (!argument_guess(request, op)) {
		error = argument_read(request, op);
		if (error)
			return error;
	}
	return request->argument.head.flags & ~op->flags ? -EINVAL : 0;
}

int mbx_op_read(const struct mbx_op *op, struct mbx_request *request)
{
	return op_read(op, request);
}

int mbx_op_run(const struct mbx_op *op, struct mbx_request *request)
{
	return op->function(request);
}

static __always_inline long ioctl_on(unsigned int on, struct file *file,
				     unsigned int command, unsigned long user)
{
	const struct mbx_op *op = op_find(on, command);
	struct mbx_request request __uninitialized;
	int error;

	if (!op)
		return -ENOTTY;
	request.file = file;
	request.attempt = false;
	request.user = (void __user *)user;
	error = op_read(op, &request);
	return error ?: op->function(&request);
}

int mbx_reply_with_file(struct mbx_request *request, struct file *file,
			__s32 *result)
{
	int error, fd;

	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		error = fd;
		goto put_file;
	}
	*result = fd;
	error = mbx_reply(request);
	if (error)
		goto put_fd;
	fd_install(fd, file);
	return 0;

put_fd:
	put_unused_fd(fd);
put_file:
	fput(file);
	return error;
}

long mbx_ioctl(struct file *file, unsigned int command, unsigned long user)
{
	return ioctl_on(mbx_client_of(file) ? ON_CLIENT : ON_HANDLE, file,
			command, user);
}

long mbx_ioctl_section(struct file *file, unsigned int command,
		       unsigned long user)
{
	return ioctl_on(ON_SECTION, file, command, user);
}
