/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A handle: an open file that stands for one mailbox, with some rights; or an
 * endpoint of a channel, which receives from one mailbox and sends to another.
 *
 * It holds a reference to its mailboxes and to the network namespace it was made
 * in, and goes when the file is released.  Nothing in it changes once the file is
 * installed, but for the inbox, which the mailbox's lock guards, and the rights,
 * which an endpoint can give up.
 */
#ifndef MBX_HANDLE_H
#define MBX_HANDLE_H

#include <linux/fs.h>
#include <linux/types.h>

#include "mailbox.h"
#include "message.h"

struct mbx_quota;
struct net;

/**
 * struct mbx_handle - a handle
 * @mailbox: its mailbox; an endpoint receives from it
 * @outbox: the same; or where an endpoint sends to
 * @rights: MAILBOX_RIGHT_*; read without a lock
 * @options: MAILBOX_HANDLE_*
 * @net: the namespace it was made in
 * @opener: who made it, for write(2); holds a reference to the pid
 * @quota: the opener's account
 * @inbox: where it receives: the mailbox's, or its own
 * @own: its own inbox, with MAILBOX_POLICY_ALL
 * @peer: of an endpoint: who connected or accepted at the other end; holds a
 *	reference to the pid
 */
struct mbx_handle {
	struct mbx_mailbox *mailbox;
	struct mbx_mailbox *outbox;
	u32 rights;
	u32 options;
	struct net *net;
	struct mbx_identity opener;
	struct mbx_quota *quota;
	struct mbx_inbox *inbox;
	struct mbx_inbox own;
	struct mbx_identity peer;
};

static inline bool mbx_handle_endpoint(const struct mbx_handle *handle)
{
	return handle->outbox != handle->mailbox;
}

/**
 * mbx_handle_file - a new file that is a handle
 * @mailbox: to this mailbox
 * @net: made in this namespace
 * @rights: MAILBOX_RIGHT_*
 * @options: MAILBOX_HANDLE_*
 *
 * Return: the file, or an ERR_PTR(): -EIDRM if the mailbox is dead, -EUSERS,
 * -ENOMEM, -ENFILE.
 */
struct file *mbx_handle_file(struct mbx_mailbox *mailbox, struct net *net,
			     u32 rights, u32 options);

/*
 * A new file that is an endpoint: it receives from @mailbox and sends to @outbox.
 * Its @peer is for the caller to set.  Errors as above; also -EPIPE.
 */
struct file *mbx_handle_file_endpoint(struct mbx_mailbox *mailbox,
				      struct mbx_mailbox *outbox,
				      struct net *net, u32 rights, u32 options);

/* A new file that is the same as this handle, with fewer rights. */
struct file *mbx_handle_file_restricted(const struct mbx_handle *handle,
					u32 rights, u32 options);

/* An endpoint gives up rights, for all its descriptors.  0, or -EBADF. */
int mbx_handle_shutdown(struct mbx_handle *handle, u32 rights);

extern const struct file_operations mbx_handle_fops;

/* The handle that @file is, or NULL. */
static inline struct mbx_handle *mbx_handle_of(const struct file *file)
{
	return file->f_op == &mbx_handle_fops ? file->private_data : NULL;
}

#endif /* MBX_HANDLE_H */
