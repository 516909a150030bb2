/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A seat: where a process can be reached.  It has two mailboxes, SELF, to which
 * others send by naming the process, and NOTIFY, to which the module sends
 * events.
 *
 * It belongs to a network namespace and a process, and all clients which the
 * process opens there share it.  It comes with the first of them and ends when
 * the process closes the last, or with the process; a client in another process's
 * hands is none of that process's.
 *
 * Life.  References (@refs) keep the memory: each client has one, and each
 * lookup while it uses it.  When the seat ends it can no longer be found, and its
 * mailboxes die.
 *
 * Locks.  One mutex serialises all changes of the table and is taken before the
 * registry's; lookups are under RCU.
 */
#ifndef MBX_SEAT_H
#define MBX_SEAT_H

#include <linux/list.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/types.h>

#include "link.h"

struct mbx_mailbox;
struct net;
struct pid;

/**
 * struct mbx_seat - a seat
 * @node: in the table; guarded by its mutex, read under RCU
 * @rcu: frees it
 * @net: its namespace, which its clients hold; compared
 * @process: whose it is; a reference
 * @self: its SELF; a reference, as @notify
 * @notify: its NOTIFY
 * @refs: references
 * @clients: open clients; guarded by the table's mutex
 * @ended: it is out of the table; likewise
 * @links: who sends to it
 */
struct mbx_seat {
	struct hlist_node node;
	struct rcu_head rcu;
	struct net *net;
	struct pid *process;
	struct mbx_mailbox *self;
	struct mbx_mailbox *notify;
	refcount_t refs;
	unsigned int clients;
	bool ended;
	struct mbx_links links;
};

/**
 * mbx_seat_take - a client is opened
 * @net: in this namespace, by the calling process
 *
 * Return: the process's seat, with a reference, or an ERR_PTR(): -ENOMEM,
 * -ENOSPC.
 */
struct mbx_seat *mbx_seat_take(struct net *net);

/* The process has closed that client; the reference stays. */
void mbx_seat_leave(struct mbx_seat *seat);

/* Its process has died. */
void mbx_seat_end(struct mbx_seat *seat);

/*
 * The seat in @net of the process that is @pid to the calling task, or of
 * @process, with a reference; NULL: it has none.
 */
struct mbx_seat *mbx_seat_find_pid(const struct net *net, pid_t pid);
struct mbx_seat *mbx_seat_find(const struct net *net,
			       const struct pid *process);
void mbx_seat_put(struct mbx_seat *seat);

/* Is it the calling process's? */
static inline bool mbx_seat_mine(const struct mbx_seat *seat)
{
	return seat->process == task_tgid(current);
}

/*
 * May the calling task send to it?  0 if it could send the process a signal, or
 * the permission bits of SELF allow it; else -EPERM; -ESRCH if the process has
 * died.
 */
int mbx_seat_check_send(const struct mbx_seat *seat);

#endif /* MBX_SEAT_H */
