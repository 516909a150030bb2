// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rculist.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include <linux/mailbox.h>

#include "access.h"
#include "lifetime.h"
#include "limits.h"
#include "mailbox.h"
#include "name.h"
#include "seat.h"

#define SELF_CAPACITY	64

static DEFINE_MUTEX(seat_mutex);	/* serialises changes of the table */
static DEFINE_HASHTABLE(seats, 8);

static struct mbx_seat *seat_lookup(const struct net *net,
				    const struct pid *process)
{
	struct mbx_seat *seat;

	hash_for_each_possible_rcu(seats, seat, node, (unsigned long)process,
				   lockdep_is_held(&seat_mutex)) {
		if (seat->process == process && seat->net == net)
			return seat;
	}
	return NULL;
}

static struct mbx_mailbox *seat_mailbox_new(struct net *net, u32 capacity)
{
	struct mbx_attributes attributes = {
		.flags = capacity ? 0 : MAILBOX_CREATE_UNBOUNDED,
		.policy = MAILBOX_POLICY_ANY,
		.capacity = capacity,
		.max_message = mbx_limit_message_default(),
		.internal = true,
		.uncharged = true,
	};
	struct mbx_mailbox *mailbox = mbx_mailbox_new(&attributes, net);

	/* It lives until the seat ends. */
	if (!IS_ERR(mailbox))
		mbx_lifetime_attach(mailbox, MAILBOX_RIGHTS_ALL, NULL);
	return mailbox;
}

static void seat_mailbox_end(struct mbx_mailbox *mailbox)
{
	mbx_lifetime_detach(mailbox, MAILBOX_RIGHTS_ALL, NULL);
	mbx_name_unregister(mailbox);
}

static int seat_mailboxes_new(struct mbx_seat *seat)
{
	int error;

	seat->self = seat_mailbox_new(seat->net, SELF_CAPACITY);
	if (IS_ERR(seat->self))
		return PTR_ERR(seat->self);
	seat->notify = seat_mailbox_new(seat->net, 0);
	if (IS_ERR(seat->notify)) {
		error = PTR_ERR(seat->notify);
		goto put_self;
	}
	/* Nothing that others leave in NOTIFY has to be found again: no name. */
	seat->notify->record.id = MAILBOX_ID_NOTIFY;
	error = mbx_name_register(seat->self, NULL, 0);
	if (error)
		goto put_notify;
	return 0;

put_notify:
	mbx_mailbox_put(seat->notify);
put_self:
	mbx_mailbox_put(seat->self);
	return error;
}

static struct mbx_seat *seat_new(struct net *net)
{
	struct mbx_seat *seat;
	int error;

	seat = kzalloc(sizeof(*seat), GFP_KERNEL_ACCOUNT);
	if (!seat)
		return ERR_PTR(-ENOMEM);
	seat->net = net;
	refcount_set(&seat->refs, 1);
	mbx_links_init(&seat->links);
	error = seat_mailboxes_new(seat);
	if (error) {
		kfree(seat);
		return ERR_PTR(error);
	}
	seat->process = get_pid(task_tgid(current));
	return seat;
}

struct mbx_seat *mbx_seat_take(struct net *net)
{
	struct mbx_seat *seat;

	mutex_lock(&seat_mutex);
	seat = seat_lookup(net, task_tgid(current));
	if (seat) {
		refcount_inc(&seat->refs);
	} else {
		seat = seat_new(net);
		if (!IS_ERR(seat))
			hash_add_rcu(seats, &seat->node,
				     (unsigned long)seat->process);
	}
	if (!IS_ERR(seat))
		seat->clients++;
	mutex_unlock(&seat_mutex);
	return seat;
}

/* Takes it out of the table, if it is still there. */
static bool seat_remove_locked(struct mbx_seat *seat)
{
	lockdep_assert_held(&seat_mutex);
	if (seat->ended)
		return false;
	seat->ended = true;
	hash_del_rcu(&seat->node);
	return true;
}

static void seat_finish(struct mbx_seat *seat)
{
	seat_mailbox_end(seat->self);
	seat_mailbox_end(seat->notify);
}

void mbx_seat_end(struct mbx_seat *seat)
{
	bool removed;

	mutex_lock(&seat_mutex);
	removed = seat_remove_locked(seat);
	mutex_unlock(&seat_mutex);
	if (removed)
		seat_finish(seat);
}

void mbx_seat_leave(struct mbx_seat *seat)
{
	bool removed;

	mutex_lock(&seat_mutex);
	removed = !--seat->clients && seat_remove_locked(seat);
	mutex_unlock(&seat_mutex);
	if (removed)
		seat_finish(seat);
}

void mbx_seat_put(struct mbx_seat *seat)
{
	if (!refcount_dec_and_test(&seat->refs))
		return;
	mbx_links_free(&seat->links);
	mbx_mailbox_put(seat->self);
	mbx_mailbox_put(seat->notify);
	put_pid(seat->process);
	kfree_rcu(seat, rcu);
}

/* Lookup protocol: under RCU, with the grace period of mbx_seat_put(). */
static struct mbx_seat *seat_get_rcu(const struct net *net,
				     const struct pid *process)
{
	struct mbx_seat *seat = process ? seat_lookup(net, process) : NULL;

	return seat && refcount_inc_not_zero(&seat->refs) ? seat : NULL;
}

struct mbx_seat *mbx_seat_find(const struct net *net,
			       const struct pid *process)
{
	struct mbx_seat *seat;

	rcu_read_lock();
	seat = seat_get_rcu(net, process);
	rcu_read_unlock();
	return seat;
}

struct mbx_seat *mbx_seat_find_pid(const struct net *net, pid_t pid)
{
	struct mbx_seat *seat;

	rcu_read_lock();
	seat = seat_get_rcu(net, find_vpid(pid));
	rcu_read_unlock();
	return seat;
}

/* As for kill(2). */
static bool may_signal(const struct task_struct *task)
{
	const struct cred *mine = current_cred(), *theirs = __task_cred(task);

	return uid_eq(mine->euid, theirs->suid) ||
	       uid_eq(mine->euid, theirs->uid) ||
	       uid_eq(mine->uid, theirs->suid) ||
	       uid_eq(mine->uid, theirs->uid) ||
	       ns_capable(theirs->user_ns, CAP_KILL);
}

int mbx_seat_check_send(const struct mbx_seat *seat)
{
	struct task_struct *task;
	int error = -ESRCH;

	rcu_read_lock();
	task = pid_task(seat->process, PIDTYPE_TGID);
	if (task)
		error = may_signal(task) ? 0 : -EPERM;
	rcu_read_unlock();
	if (error == -EPERM &&
	    !mbx_access_check(seat->self, MAILBOX_RIGHT_SEND))
		error = 0;
	return error;
}
