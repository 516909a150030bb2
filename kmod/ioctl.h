/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ioctls: one table of {command, size, smallest size, flags, function}.
 *
 * The dispatcher copies the argument in once, checks its size and its flags,
 * and calls the function; a function sees only the copy, and writes results
 * back through mbx_reply().
 */
#ifndef MBX_IOCTL_H
#define MBX_IOCTL_H

#include <linux/types.h>

#include <linux/mailbox.h>

struct file;

/* The argument of any command, copied in; members are named after commands. */
union mbx_argument {
	struct {
		__u32 size;
		__u32 flags;
	} head;
	struct mailbox_query query;
	struct mailbox_create create;
	struct mailbox_open open;
	struct mailbox_restrict restricted;
	struct mailbox_target target;
	struct mailbox_set set;
	struct mailbox_stat stat;
	struct mailbox_list list;
	struct mailbox_send send;
	struct mailbox_receive receive;
	struct mailbox_batch batch;
	struct mailbox_call call;
	struct mailbox_reply reply;
	struct mailbox_reply_receive reply_receive;
	struct mailbox_notify notify;
	struct mailbox_listen listen;
	struct mailbox_connect connect;
	struct mailbox_accept accept;
	struct mailbox_reject reject;
	struct mailbox_shutdown shutdown;
	struct mailbox_forward forward;
	struct mailbox_section_create section_create;
	struct mailbox_section_open section_open;
	struct mailbox_section_set section_set;
	struct mailbox_section_stat section_stat;
};

/**
 * struct mbx_request - a command being carried out
 * @file: the client, handle or view it was made on
 * @attempt: it is not to wait now (struct mbx_terms)
 * @user: the caller's structure
 * @size: its size, as the caller says and the dispatcher has checked
 * @argument: the copy of it
 */
struct mbx_request {
	struct file *file;
	bool attempt;
	void __user *user;
	size_t size;
	union mbx_argument argument;
};

struct mbx_op;

/* The command of this number, if it is one for this kind of file; or NULL. */
const struct mbx_op *mbx_op_find(const struct file *file, unsigned int command);

/* Reads and checks the argument of @request, whose @file and @user are set. */
int mbx_op_read(const struct mbx_op *op, struct mbx_request *request);

/* Carries it out.  0 or -errno. */
int mbx_op_run(const struct mbx_op *op, struct mbx_request *request);

/* Copies the argument back, as much as the caller knows of it.  0, -EFAULT. */
int mbx_reply(const struct mbx_request *request);

/*
 * The same with a new descriptor for @file in *@result, which is part of the
 * argument; it is installed last.  Takes @file over, which may be an ERR_PTR().
 * 0, that error, -EFAULT, -EMFILE.
 */
int mbx_reply_with_file(struct mbx_request *request, struct file *file,
			__s32 *result);

/* On a client or a handle; on a view. */
long mbx_ioctl(struct file *file, unsigned int command, unsigned long user);
long mbx_ioctl_section(struct file *file, unsigned int command,
		       unsigned long user);

/* What the table points to, by file. */

/* op_create.c */
int mbx_op_create(struct mbx_request *request);
int mbx_op_listen(struct mbx_request *request);

/* op_handle.c */
int mbx_op_open(struct mbx_request *request);
int mbx_op_restrict(struct mbx_request *request);
int mbx_op_shutdown(struct mbx_request *request);

/* op_manage.c */
int mbx_op_destroy(struct mbx_request *request);
int mbx_op_unlink(struct mbx_request *request);
int mbx_op_release(struct mbx_request *request);
int mbx_op_set(struct mbx_request *request);

/* op_show.c */
int mbx_op_query(struct mbx_request *request);
int mbx_op_stat(struct mbx_request *request);
int mbx_op_list(struct mbx_request *request);

/* op_send.c */
int mbx_op_send(struct mbx_request *request);
int mbx_op_send_batch(struct mbx_request *request);

/* op_receive.c */
int mbx_op_receive(struct mbx_request *request);
int mbx_op_receive_batch(struct mbx_request *request);

/* op_call.c */
int mbx_op_call(struct mbx_request *request);

/* op_reply.c */
int mbx_op_reply(struct mbx_request *request);
int mbx_op_reply_receive(struct mbx_request *request);

/* op_connect.c */
int mbx_op_connect(struct mbx_request *request);

/* op_accept.c */
int mbx_op_accept(struct mbx_request *request);
int mbx_op_reject(struct mbx_request *request);

/* Those that can wait on a ring, and what does that in their files. */
struct mbx_command;
int mbx_op_send_begin(struct mbx_command *command);
int mbx_op_receive_begin(struct mbx_command *command);
int mbx_op_call_begin(struct mbx_command *command);
int mbx_op_reply_receive_begin(struct mbx_command *command);

/* op_forward.c */
int mbx_op_forward(struct mbx_request *request);

/* op_notify.c */
int mbx_op_notify(struct mbx_request *request);

/* op_section.c */
int mbx_op_section_create(struct mbx_request *request);
int mbx_op_section_open(struct mbx_request *request);
int mbx_op_section_restrict(struct mbx_request *request);
int mbx_op_section_destroy(struct mbx_request *request);
int mbx_op_section_unlink(struct mbx_request *request);
int mbx_op_section_set(struct mbx_request *request);
int mbx_op_section_stat(struct mbx_request *request);

#endif /* MBX_IOCTL_H */
