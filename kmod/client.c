// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/nsproxy.h>
#include <linux/poll.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include <linux/mailbox.h>

#include "client.h"
#include "lifetime.h"
#include "ioctl.h"
#include "mailbox.h"
#include "name.h"
#include "poll.h"
#include "process.h"
#include "quota.h"
#include "seat.h"
#include "uring.h"

static int remember(struct xarray *indices, struct mbx_mailbox *mailbox)
{
	return xa_err(xa_store(indices, mbx_mailbox_index(mailbox),
			       xa_mk_value(0), GFP_KERNEL_ACCOUNT));
}

int mbx_client_own(struct mbx_client *client, struct mbx_mailbox *mailbox)
{
	return remember(&client->owned, mailbox);
}

int mbx_client_trace(struct mbx_client *client, struct mbx_mailbox *mailbox)
{
	if (xa_load(&client->traces, mbx_mailbox_index(mailbox)))
		return 0;
	return remember(&client->traces, mailbox);
}

void mbx_client_forget(struct mbx_client *client, struct mbx_mailbox *mailbox)
{
	xa_erase(&client->owned, mbx_mailbox_index(mailbox));
	xa_erase(&client->traces, mbx_mailbox_index(mailbox));
}

static int client_open(struct inode *inode, struct file *file)
{
	struct net *net = current->nsproxy->net_ns;
	struct mbx_client *client;
	int error = -ENOMEM;

	client = kzalloc(sizeof(*client), GFP_KERNEL_ACCOUNT);
	if (!client)
		return -ENOMEM;
	client->quota = mbx_quota_get(current_uid());
	if (!client->quota)
		goto free_client;
	client->seat = mbx_seat_take(net);
	if (IS_ERR(client->seat)) {
		error = PTR_ERR(client->seat);
		goto put_quota;
	}
	client->seated = true;
	client->net = get_net(net);
	xa_init(&client->owned);
	xa_init(&client->traces);
	file->private_data = client;
	return nonseekable_open(inode, file);

put_quota:
	mbx_quota_put(client->quota);
free_client:
	kfree(client);
	return error;
}

static void traces_end(struct mbx_client *client, const struct pid *process,
		       const void *via)
{
	unsigned long index;
	void *entry;

	xa_for_each(&client->traces, index, entry) {
		struct mbx_mailbox *mailbox;

		mailbox = mbx_name_find_index(client->net, index);
		if (!mailbox)
			continue;
		mbx_lifetime_orphan(mailbox, process, via);
		mbx_mailbox_put(mailbox);
	}
}

static void owned_end(struct mbx_client *client)
{
	unsigned long index;
	void *entry;

	xa_for_each(&client->owned, index, entry) {
		struct mbx_mailbox *mailbox;

		mailbox = mbx_name_find_index(client->net, index);
		if (!mailbox)
			continue;
		if (mailbox->owner == client &&
		    mbx_lifetime_detach(mailbox, MAILBOX_RIGHTS_ALL, NULL))
			mbx_name_unregister(mailbox);
		mbx_mailbox_put(mailbox);
		cond_resched();
	}
}

/* Its process has closed it: whoever holds it still has no seat by it. */
static void client_unseat(struct mbx_client *client)
{
	if (xchg(&client->seated, false))
		mbx_seat_leave(client->seat);
}

/* Called for each descriptor that is closed; see process.h. */
static int client_flush(struct file *file, fl_owner_t owner)
{
	struct mbx_client *client = file->private_data;

	if (mbx_process_ends()) {
		traces_end(client, task_tgid(current), NULL);
		if (mbx_seat_mine(client->seat))
			mbx_seat_end(client->seat);
	} else if (mbx_process_leaves(file)) {
		traces_end(client, task_tgid(current), client);
		if (mbx_seat_mine(client->seat))
			client_unseat(client);
	}
	return 0;
}

static int client_release(struct inode *inode, struct file *file)
{
	struct mbx_client *client = file->private_data;

	traces_end(client, NULL, client);
	owned_end(client);
	xa_destroy(&client->owned);
	xa_destroy(&client->traces);
	client_unseat(client);
	mbx_seat_put(client->seat);
	put_net(client->net);
	mbx_quota_put(client->quota);
	kfree(client);
	return 0;
}

static __poll_t mailbox_poll(struct mbx_mailbox *mailbox, struct file *file,
			     poll_table *wait)
{
	poll_wait(file, &mailbox->poll, wait);
	return mbx_poll_mask(mailbox, &mailbox->inbox, MAILBOX_RIGHT_RECEIVE,
			     false, mailbox->quota->uid);
}

/* Has SELF or NOTIFY something? */
static __poll_t client_poll(struct file *file, poll_table *wait)
{
	const struct mbx_client *client = file->private_data;

	if (!mbx_seat_mine(client->seat))
		return 0;
	return mailbox_poll(client->seat->self, file, wait) |
	       mailbox_poll(client->seat->notify, file, wait);
}

const struct file_operations mbx_client_fops = {
	.owner = THIS_MODULE,
	.open = client_open,
	.poll = client_poll,
	.flush = client_flush,
	.release = client_release,
	.unlocked_ioctl = mbx_ioctl,
	.uring_cmd = mbx_uring_cmd,
	.compat_ioctl = compat_ptr_ioctl,
};
