// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

#include <linux/mailbox.h>

#include "mailbox.h"
#include "quota.h"

void mbx_inbox_init(struct mbx_inbox *inbox)
{
	INIT_LIST_HEAD(&inbox->link);
	mbx_queue_init(&inbox->queue);
	inbox->held = 0;
	INIT_LIST_HEAD(&inbox->receivers);
	inbox->lost = 0;
}

void mbx_history_note(struct mbx_history *history, struct pid *process)
{
	if (history->process != process) {
		put_pid(history->process);
		history->process = get_pid(process);
	}
	history->time = ktime_get_real_seconds();
}

static void mailbox_init(struct mbx_mailbox *mailbox,
			 const struct mbx_attributes *attributes,
			 struct net *net)
{
	refcount_set(&mailbox->refs, 1);
	mailbox->record.net = net;
	mailbox->record.wanted = attributes->index;
	mailbox->policy = attributes->policy;
	mailbox->max_receivers = attributes->max_receivers;
	mailbox->unbounded = attributes->flags & MAILBOX_CREATE_UNBOUNDED;
	mailbox->keep_by_senders =
		attributes->flags & MAILBOX_CREATE_KEEP_BY_SENDERS;
	mailbox->lossy = attributes->flags & MAILBOX_CREATE_LOSSY;
	mailbox->no_shares = attributes->flags & MAILBOX_CREATE_NO_SHARES;
	mailbox->sysv = attributes->flags & MAILBOX_CREATE_SYSV;
	mailbox->attach = attributes->flags & MAILBOX_CREATE_ATTACH;
	mailbox->ranked = attributes->flags & MAILBOX_CREATE_RANKED;
	mailbox->internal = attributes->internal;
	mailbox->uncharged = attributes->uncharged;
	mailbox->port = attributes->port;
	mailbox->plain = attributes->policy == MAILBOX_POLICY_ANY &&
			 !mailbox->port;
	mailbox->channel_capacity = attributes->channel_capacity;
	mailbox->channel_message = attributes->channel_message;
	mailbox->creator = get_pid(task_tgid(current));
	mailbox->creator_uid = current_euid();
	mailbox->creator_gid = current_egid();
	mbx_pool_init(&mailbox->pool);
	mbx_pool_init(&mailbox->pool_long);

	spin_lock_init(&mailbox->lock);
	mailbox->persist = attributes->flags & MAILBOX_CREATE_PERSIST;
	mailbox->mode = attributes->mode;
	mailbox->uid = current_euid();
	mailbox->gid = current_egid();
	mailbox->capacity = attributes->capacity;
	mailbox->low_water = attributes->low_water;
	mailbox->limit = mailbox->unbounded ? UINT_MAX : mailbox->capacity;
	mailbox->max_message = attributes->max_message;
	mailbox->max_bytes = U64_MAX;
	mailbox->changed = ktime_get_real_seconds();
	mailbox->next_seq = 1;
	mbx_inbox_init(&mailbox->inbox);
	INIT_LIST_HEAD(&mailbox->inboxes);
	if (!mbx_mailbox_multicast(mailbox))
		list_add(&mailbox->inbox.link, &mailbox->inboxes);
	mbx_queue_init(&mailbox->blocked);
	mailbox->shares = RB_ROOT;
	INIT_LIST_HEAD(&mailbox->notices);
	mailbox->calls = RB_ROOT;
	init_waitqueue_head(&mailbox->poll);
}

static bool exceeds(const struct mbx_attributes *attributes)
{
	return (attributes->flags & MAILBOX_CREATE_EXCEED) &&
	       capable(CAP_SYS_RESOURCE);
}

struct mbx_mailbox *mbx_mailbox_new(const struct mbx_attributes *attributes,
				    struct net *net)
{
	struct mbx_mailbox *mailbox;
	int error = 0;

	mailbox = kzalloc(sizeof(*mailbox), GFP_KERNEL_ACCOUNT);
	if (!mailbox)
		return ERR_PTR(-ENOMEM);
	mailbox->quota = mbx_quota_get(current_uid());
	if (!mailbox->quota) {
		error = -ENOMEM;
		goto free_mailbox;
	}
	if (!attributes->uncharged)
		error = mbx_quota_charge_mailbox(mailbox->quota,
						 exceeds(attributes));
	if (error)
		goto put_quota;

	mailbox_init(mailbox, attributes, net);
	return mailbox;

put_quota:
	mbx_quota_put(mailbox->quota);
free_mailbox:
	kfree(mailbox);
	return ERR_PTR(error);
}

void mbx_mailbox_put(struct mbx_mailbox *mailbox)
{
	unsigned int i;

	if (!refcount_dec_and_test(&mailbox->refs))
		return;
	WARN_ON_ONCE(mailbox->messages || mailbox->blocked.count ||
		     mailbox->waiting || mailbox->bytes);
	WARN_ON_ONCE(!RB_EMPTY_ROOT(&mailbox->shares) ||
		     !RB_EMPTY_ROOT(&mailbox->calls) ||
		     !list_empty(&mailbox->notices) || mailbox->reserved);

	for (i = 0; i < MBX_CLAIMS; i++)
		put_pid(mailbox->claims[i].process);
	put_pid(mailbox->creator);
	put_pid(mailbox->sent.process);
	put_pid(mailbox->received.process);
	mbx_pool_empty(&mailbox->pool, mailbox->quota);
	mbx_pool_empty(&mailbox->pool_long, mailbox->quota);
	if (!mailbox->uncharged)
		mbx_quota_uncharge_mailbox(mailbox->quota);
	mbx_quota_put(mailbox->quota);
	kfree(mailbox->record.name);
	kfree_rcu(mailbox, rcu);
}

int mbx_mailbox_error_locked(const struct mbx_mailbox *mailbox, bool sending)
{
	lockdep_assert_held(&mailbox->lock);
	if (!mailbox->dead)
		return 0;
	return sending ? mailbox->dead : -EIDRM;
}

static void handles_count_locked(struct mbx_mailbox *mailbox, u32 rights,
				 int change)
{
	lockdep_assert_held(&mailbox->lock);
	if (rights & MAILBOX_RIGHT_RECEIVE)
		mailbox->receive_handles += change;
	if (rights & MAILBOX_RIGHT_SEND)
		mailbox->send_handles += change;
}

static int inbox_attach_locked(struct mbx_mailbox *mailbox,
			       struct mbx_inbox *inbox)
{
	if (mailbox->inbox_count >= mailbox->max_receivers)
		return -EUSERS;
	list_add_tail(&inbox->link, &mailbox->inboxes);
	mailbox->inbox_count++;
	return 0;
}

int mbx_mailbox_attach_locked(struct mbx_mailbox *mailbox, u32 rights,
			      struct mbx_inbox *inbox)
{
	int error;

	error = mbx_mailbox_error_locked(mailbox, false);
	if (!error && inbox)
		error = inbox_attach_locked(mailbox, inbox);
	if (!error)
		handles_count_locked(mailbox, rights, 1);
	return error;
}

void mbx_mailbox_detach_locked(struct mbx_mailbox *mailbox, u32 rights,
			       struct mbx_inbox *inbox)
{
	handles_count_locked(mailbox, rights, -1);
	if (inbox) {
		list_del_init(&inbox->link);
		mailbox->inbox_count--;
	}
}

bool mbx_mailbox_abandoned_locked(const struct mbx_mailbox *mailbox)
{
	lockdep_assert_held(&mailbox->lock);
	/* What is under way may be in its own queue, and keeps nothing. */
	return !mailbox->persist && !mailbox->receive_handles &&
	       !(mailbox->keep_by_senders &&
		 mailbox->send_handles > mailbox->flying_handles);
}
