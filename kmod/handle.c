// SPDX-License-Identifier: GPL-2.0-only
#include <linux/anon_inodes.h>
#include <linux/cred.h>
#include <linux/file.h>
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
#include "notice.h"
#include "poll.h"
#include "process.h"
#include "quota.h"
#include "rw.h"
#include "transfer.h"
#include "uring.h"

/* The handle's own inbox, if it needs one. */
static struct mbx_inbox *own_inbox(struct mbx_handle *handle)
{
	if (mbx_mailbox_multicast(handle->mailbox) &&
	    (handle->rights & MAILBOX_RIGHT_RECEIVE))
		return &handle->own;
	return NULL;
}

/* A handle with these rights, which it has, is no longer one of its mailboxes'. */
static void handle_detach(struct mbx_handle *handle, u32 rights)
{
	u32 sending = 0;

	/* What was never attached keeps nothing, and ends nothing. */
	if (!rights)
		return;
	if (mbx_handle_endpoint(handle)) {
		sending = rights & MAILBOX_RIGHT_SEND;
		rights &= ~MAILBOX_RIGHT_SEND;
	}
	if (mbx_lifetime_detach(handle->mailbox, rights, own_inbox(handle)))
		mbx_name_unregister(handle->mailbox);
	if (sending && mbx_lifetime_detach(handle->outbox, sending, NULL))
		mbx_name_unregister(handle->outbox);
}

static int handle_attach(struct mbx_handle *handle)
{
	u32 rights = handle->rights, sending = 0;
	int error = 0;

	if (mbx_handle_endpoint(handle)) {
		sending = rights & MAILBOX_RIGHT_SEND;
		rights &= ~MAILBOX_RIGHT_SEND;
	}
	/* An endpoint that only sends needs nobody to send to it. */
	if (rights)
		error = mbx_lifetime_attach(handle->mailbox, rights,
					    own_inbox(handle));
	if (error || !sending)
		return error;
	error = mbx_lifetime_attach(handle->outbox, sending, NULL);
	if (error && rights &&
	    mbx_lifetime_detach(handle->mailbox, rights, NULL))
		mbx_name_unregister(handle->mailbox);
	return error;
}

/* Not attached yet. */
static struct mbx_handle *handle_new(struct mbx_mailbox *mailbox,
				     struct mbx_mailbox *outbox,
				     struct net *net, u32 rights, u32 options)
{
	struct mbx_handle *handle;

	handle = kzalloc(sizeof(*handle), GFP_KERNEL_ACCOUNT);
	if (!handle)
		return ERR_PTR(-ENOMEM);
	handle->quota = mbx_quota_get(current_uid());
	if (!handle->quota) {
		kfree(handle);
		return ERR_PTR(-ENOMEM);
	}
	handle->mailbox = mailbox;
	handle->outbox = outbox;
	handle->rights = rights;
	handle->options = options;
	mbx_inbox_init(&handle->own);
	handle->inbox = own_inbox(handle) ?: &mailbox->inbox;
	mbx_mailbox_get(mailbox);
	mbx_mailbox_get(outbox);
	handle->net = get_net(net);
	handle->opener = mbx_identity_current();
	get_pid(handle->opener.process);
	return handle;
}

static void handle_free(struct mbx_handle *handle)
{
	handle_detach(handle, handle->rights);
	mbx_mailbox_put(handle->mailbox);
	mbx_mailbox_put(handle->outbox);
	put_pid(handle->opener.process);
	put_pid(handle->peer.process);
	mbx_quota_put(handle->quota);
	put_net(handle->net);
	kfree(handle);
}

int mbx_handle_shutdown(struct mbx_handle *handle, u32 rights)
{
	u32 old = READ_ONCE(handle->rights);

	do {
		if (rights & ~old)
			return -EBADF;
	} while (!try_cmpxchg(&handle->rights, &old, old & ~rights));
	handle_detach(handle, rights);
	return 0;
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

static struct file *file_new(struct mbx_mailbox *mailbox,
			     struct mbx_mailbox *outbox, struct net *net,
			     u32 rights, u32 options)
{
	struct mbx_handle *handle;
	struct file *file;
	int error;

	handle = handle_new(mailbox, outbox, net, rights, options);
	if (IS_ERR(handle))
		return ERR_CAST(handle);
	file = anon_inode_getfile("[mailbox]", &mbx_handle_fops, handle,
				  handle_flags(rights, options));
	if (IS_ERR(file)) {
		handle->rights = 0;
		handle_free(handle);
		return file;
	}
	/* Last: the first receiver who gives up again would be the last, too. */
	error = handle_attach(handle);
	if (error) {
		handle->rights = 0;
		fput(file);
		return ERR_PTR(error);
	}
	/* A stream: no position, and so no lock around it. */
	stream_open(file_inode(file), file);
	file->f_mode |= FMODE_NOWAIT;
	return file;
}

struct file *mbx_handle_file(struct mbx_mailbox *mailbox, struct net *net,
			     u32 rights, u32 options)
{
	return file_new(mailbox, mailbox, net, rights, options);
}

struct file *mbx_handle_file_endpoint(struct mbx_mailbox *mailbox,
				      struct mbx_mailbox *outbox,
				      struct net *net, u32 rights, u32 options)
{
	return file_new(mailbox, outbox, net, rights,
			options | MAILBOX_HANDLE_EOF);
}

struct file *mbx_handle_file_restricted(const struct mbx_handle *handle,
					u32 rights, u32 options)
{
	struct file *file;

	if (!mbx_handle_endpoint(handle))
		return mbx_handle_file(handle->mailbox, handle->net, rights,
				       options);
	file = mbx_handle_file_endpoint(handle->mailbox, handle->outbox,
					handle->net, rights, options);
	if (!IS_ERR(file)) {
		struct mbx_handle *new = file->private_data;

		new->peer = handle->peer;
		get_pid(new->peer.process);
	}
	return file;
}

static __poll_t half_poll(const struct mbx_handle *handle,
			  struct mbx_mailbox *mailbox, struct mbx_inbox *inbox,
			  u32 rights)
{
	return mbx_poll_mask(mailbox, inbox, rights,
			     handle->options & MAILBOX_HANDLE_EOF,
			     handle->quota->uid);
}

static __poll_t handle_poll(struct file *file, poll_table *wait)
{
	struct mbx_handle *handle = file->private_data;
	u32 rights = READ_ONCE(handle->rights);

	/* Who does not ask for room does not wait for it. */
	if (!(poll_requested_events(wait) & (EPOLLOUT | EPOLLWRNORM)))
		rights &= ~MAILBOX_RIGHT_SEND;
	poll_wait(file, &handle->mailbox->poll, wait);
	if (!mbx_handle_endpoint(handle))
		return half_poll(handle, handle->mailbox, handle->inbox,
				 rights);
	poll_wait(file, &handle->outbox->poll, wait);
	return half_poll(handle, handle->mailbox, handle->inbox,
			 rights & MAILBOX_RIGHT_RECEIVE) |
	       half_poll(handle, handle->outbox, &handle->outbox->inbox,
			 rights & MAILBOX_RIGHT_SEND);
}

static void handle_orphan(struct mbx_handle *handle, const struct pid *process,
			  const void *via)
{
	mbx_lifetime_orphan(handle->mailbox, process, via);
	if (mbx_handle_endpoint(handle))
		mbx_lifetime_orphan(handle->outbox, process, via);
}

/* Called for each descriptor that is closed; see process.h. */
static int handle_flush(struct file *file, fl_owner_t owner)
{
	struct mbx_handle *handle = file->private_data;

	if (mbx_process_ends())
		handle_orphan(handle, task_tgid(current), NULL);
	else if (mbx_process_leaves(file))
		handle_orphan(handle, task_tgid(current), handle);
	mbx_notice_close(handle->mailbox, task_tgid(current));
	return 0;
}

static int handle_release(struct inode *inode, struct file *file)
{
	struct mbx_handle *handle = file->private_data;

	handle_orphan(handle, NULL, handle);
	handle_free(handle);
	return 0;
}

const struct file_operations mbx_handle_fops = {
	.owner = THIS_MODULE,
	.read = mbx_rw_read,
	.write = mbx_rw_write,
	.read_iter = mbx_rw_read_iter,
	.write_iter = mbx_rw_write_iter,
	.poll = handle_poll,
	.flush = handle_flush,
	.release = handle_release,
	.unlocked_ioctl = mbx_ioctl,
	.uring_cmd = mbx_uring_cmd,
	.compat_ioctl = compat_ptr_ioctl,
};
