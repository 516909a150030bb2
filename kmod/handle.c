// SPDX-License-Identifier: GPL-2.0-only
#include <linux/anon_inodes.h>
#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include <linux/mailbox.h>

#include "lifetime.h"
#include "handle.h"
#include "ioctl.h"
#include "name.h"
#include "policy.h"
#include "poll.h"
#include "quota.h"
#include "rw.h"
#include "transfer.h"

struct mbx_handle *mbx_handle_of(const struct file *file)
{
	return file->f_op == &mbx_handle_fops ? file->private_data : NULL;
}

/* The handle's own inbox, if it needs one. */
static struct mbx_inbox *own_inbox(struct mbx_handle *handle)
{
	if (mbx_mailbox_multicast(handle->mailbox) &&
	    (handle->rights & MAILBOX_RIGHT_RECEIVE))
		return &handle->own;
	return NULL;
}

static struct mbx_handle *handle_new(struct mbx_mailbox *mailbox,
				     struct net *net, u32 rights, u32 options)
{
	struct mbx_handle *handle;
	int error = -ENOMEM;

	handle = kzalloc(sizeof(*handle), GFP_KERNEL_ACCOUNT);
	if (!handle)
		return ERR_PTR(-ENOMEM);
	handle->quota = mbx_quota_get(current_uid());
	if (!handle->quota)
		goto free_handle;
	handle->mailbox = mailbox;
	handle->rights = rights;
	handle->options = options;
	mbx_inbox_init(&handle->own);
	handle->inbox = own_inbox(handle) ?: &mailbox->inbox;
	error = mbx_lifetime_attach(mailbox, rights, own_inbox(handle));
	if (error)
		goto put_quota;

	mbx_mailbox_get(mailbox);
	handle->net = get_net(net);
	handle->opener = mbx_identity_current();
	get_pid(handle->opener.process);
	return handle;

put_quota:
	mbx_quota_put(handle->quota);
free_handle:
	kfree(handle);
	return ERR_PTR(error);
}

static void handle_free(struct mbx_handle *handle)
{
	struct mbx_mailbox *mailbox = handle->mailbox;

	if (mbx_lifetime_detach(mailbox, handle->rights, own_inbox(handle)))
		mbx_name_unregister(mailbox);
	mbx_mailbox_put(mailbox);
	put_pid(handle->opener.process);
	mbx_quota_put(handle->quota);
	put_net(handle->net);
	kfree(handle);
}

static int handle_flags(u32 rights, u32 options)
{
	int flags = O_CLOEXEC;

	if (options & MAILBOX_HANDLE_NONBLOCK)
		flags |= O_NONBLOCK;
	if (!(rights & MAILBOX_RIGHT_RECEIVE))
		return flags | O_WRONLY;
	return flags | (rights & MAILBOX_RIGHT_SEND ? O_RDWR : O_RDONLY);
}

struct file *mbx_handle_file(struct mbx_mailbox *mailbox, struct net *net,
			     u32 rights, u32 options)
{
	struct mbx_handle *handle;
	struct file *file;

	handle = handle_new(mailbox, net, rights, options);
	if (IS_ERR(handle))
		return ERR_CAST(handle);
	file = anon_inode_getfile("[mailbox]", &mbx_handle_fops, handle,
				  handle_flags(rights, options));
	if (IS_ERR(file)) {
		handle_free(handle);
		return file;
	}
	/* A stream: no position, and so no lock around it. */
	stream_open(file_inode(file), file);
	file->f_mode |= FMODE_NOWAIT;
	return file;
}

static __poll_t handle_poll(struct file *file, poll_table *wait)
{
	struct mbx_handle *handle = file->private_data;

	poll_wait(file, &handle->mailbox->poll, wait);
	return mbx_poll_mask(handle->mailbox, handle->inbox, handle->rights,
			     handle->options & MAILBOX_HANDLE_EOF,
			     handle->quota->uid);
}

/* Called for each descriptor that is closed; only a process's death matters. */
static int handle_flush(struct file *file, fl_owner_t owner)
{
	struct mbx_handle *handle = file->private_data;

	if (mbx_process_ends())
		mbx_lifetime_orphan(handle->mailbox, task_tgid(current), NULL);
	return 0;
}

static int handle_release(struct inode *inode, struct file *file)
{
	struct mbx_handle *handle = file->private_data;

	mbx_lifetime_orphan(handle->mailbox, NULL, handle);
	handle_free(handle);
	return 0;
}

const struct file_operations mbx_handle_fops = {
	.owner = THIS_MODULE,
	.read_iter = mbx_rw_read,
	.write_iter = mbx_rw_write,
	.poll = handle_poll,
	.flush = handle_flush,
	.release = handle_release,
	.unlocked_ioctl = mbx_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
};
