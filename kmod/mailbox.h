/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The mailbox: an object with an owner, permission bits, a buffering mode, a
 * policy, inboxes in which messages wait for receivers, and a queue in which
 * senders wait for room.
 *
 * Life.  References (@refs) keep the memory: the registry has one while the
 * mailbox can be found, each handle has one, and each call by ID has one while
 * it runs; lookups are under RCU.  Being alive is another thing: @dead is set
 * once, under the lock, when the mailbox is destroyed or the last handle that
 * keeps it is closed, and from then on nothing is added to any queue or list
 * of it.
 *
 * Locks.  Each mailbox has one spinlock, and no code holds two.  It is taken
 * with none of the module's other locks held, and none of them is taken under
 * it: not a registry's mutex (registry.h), not a client's xarray locks, not the
 * poll wait queue's, the quota table's or the message pool's.  Nothing sleeps,
 * copies from or to user memory, or wakes a task under it, but for wake-ups
 * that overflow a struct mbx_wakes.
 *
 * Lookup protocol: mbx_mailbox_tryget() under RCU pairs with the last
 * mbx_mailbox_put(), which frees after a grace period.
 */
#ifndef MBX_MAILBOX_H
#define MBX_MAILBOX_H

#include <linux/lockdep.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

#include "pool.h"
#include "queue.h"
#include "registry.h"

struct mbx_quota;
struct net;
struct pid;

/**
 * struct mbx_inbox - where messages wait for receivers
 * @link: in the mailbox's list of inboxes
 * @queue: messages to receive, as struct mbx_entry
 * @held: slots in use: messages in @queue, and those handed to a receiver or
 *	being copied out that came from there
 * @receivers: calls that wait for a message, first come first, or by rank
 * @lost: messages dropped since the last receive (LOSSY)
 *
 * A mailbox has one; with the policy ALL each receive handle has its own.
 * The mailbox's lock guards all of it.
 */
struct mbx_inbox {
	struct list_head link;
	struct mbx_queue queue;
	unsigned int held;
	struct list_head receivers;
	u32 lost;
};

/**
 * struct mbx_claim - a process's claim on an EXCLUSIVE or PAIR mailbox
 * @process: its tgid, with a reference; NULL: the place is free
 * @via: the open file it was made through; only compared
 */
struct mbx_claim {
	struct pid *process;
	const void *via;
};

#define MBX_CLAIMS	2

/*
 * What has happened to a mailbox since it was made; the fields are those of
 * struct mailbox_stat with the same names.
 */
struct mbx_counts {
	u64 sent;
	u64 received;
	u64 withdrawn;
	u64 refused_full;
	u64 refused_quota;
	u64 refused_share;
	u64 lost;
};

/**
 * struct mbx_history - who did something last, and when
 * @process: who (tgid), with a reference; NULL: nobody yet
 * @time: seconds of CLOCK_REALTIME
 */
struct mbx_history {
	struct pid *process;
	time64_t time;
};

/*
 * How a mailbox is to be made; the fields are those of struct mailbox_create,
 * checked and complete.
 *
 * @internal: a part of a seat or a channel: not found by ID
 * @uncharged: nobody is charged for it
 * @port: a connection port: it takes connection requests only
 * @index: the index it is to have, if that is free; 0: any
 * @channel_capacity: of its channels: slots
 * @channel_message: of its channels: longest message (bytes)
 */
struct mbx_attributes {
	u32 flags;
	u32 policy;
	u32 capacity;
	u32 low_water;
	u32 max_message;
	u32 max_receivers;
	u16 mode;
	bool internal;
	bool uncharged;
	bool port;
	u32 index;
	u32 channel_capacity;
	u32 channel_message;
};

/**
 * struct mbx_mailbox - a mailbox
 * @record: its ID, name and namespace (registry.h)
 * @policy: MAILBOX_POLICY_*; constant, as all up to @refs
 * @max_receivers: with ALL, inboxes there may be
 * @unbounded: no capacity
 * @keep_by_senders: send handles keep it alive
 * @lossy: ALL: drop rather than wait
 * @no_shares: any sender may fill it
 * @sysv: System V's rules of ownership, and @sent and @received are kept
 * @attach: messages may have attachments
 * @ranked: who waits goes by his scheduling priority (wait.h)
 * @internal: it belongs to a seat or a channel
 * @uncharged: nobody is charged for it
 * @port: it takes connection requests only
 * @plain: no claims, inboxes of handles or special messages (fast.c)
 * @channel_capacity: of its channels
 * @channel_message: likewise
 * @owner: the client that owns it (NOFD), or NULL; only compared
 * @creator: the process that made it
 * @creator_uid: its effective user then
 * @creator_gid: its effective group then
 * @quota: the user charged for it
 * @pool: spare short messages; has a lock of its own
 * @pool_long: spare messages for up to MBX_MESSAGE_LONG bytes; likewise
 * @refs: references
 * @rcu: frees it
 * @lock: guards all below
 * @dead: 0, or the error that senders get: -EIDRM destroyed, -EPIPE left by
 *	all; a lookup also reads it without the lock
 * @persist: lives without handles
 * @mode: permission bits
 * @uid: owner; also read without the lock (share.c)
 * @gid: group
 * @capacity: slots of an inbox; 0: rendezvous; also read without the lock
 * @low_water: with how many messages a closed mailbox opens; 0: it does not close
 * @limit: who finds fewer in an inbox has a slot there: @capacity; 0 while it is
 *	closed (transfer.h); UINT_MAX if it is unbounded; also read without the lock
 *	(fast.c)
 * @max_message: longest message (bytes); also read without the lock (send.c)
 * @max_bytes: most bytes in @messages; U64_MAX: no limit
 * @receive_handles: handles with the RECEIVE right
 * @send_handles: handles with the SEND right, and those under way in messages
 * @flying_handles: of these, the latter
 * @messages: messages in the inboxes, each once
 * @bytes: bytes in them
 * @next_seq: the next message's serial number
 * @inbox: the inbox, unless ALL
 * @inboxes: all inboxes
 * @inbox_count: with ALL, how many
 * @blocked: messages whose senders wait for room or for a receiver
 * @waiting: receivers that wait, in all inboxes
 * @claims: EXCLUSIVE uses the first, PAIR both
 * @shares: what senders who do not own it hold (share.c)
 * @notices: what others have asked to be told of it, as struct mbx_notice
 * @reserved: of a NOTIFY: places for events that have yet to come
 * @calls: calls that have not ended, as struct mbx_message, by token (call.c)
 * @counts: statistics
 * @sent: with @sysv, whose message came last
 * @received: with @sysv, who received last
 * @changed: when it was made or last SET, as in struct mbx_history
 * @poll: who polls; has a lock of its own
 */
struct mbx_mailbox {
	struct mbx_record record;
	u32 policy;
	u32 max_receivers;
	bool unbounded;
	bool keep_by_senders;
	bool lossy;
	bool no_shares;
	bool sysv;
	bool attach;
	bool ranked;
	bool internal;
	bool uncharged;
	bool port;
	bool plain;
	u32 channel_capacity;
	u32 channel_message;
	const void *owner;
	struct pid *creator;
	kuid_t creator_uid;
	kgid_t creator_gid;
	struct mbx_quota *quota;
	struct mbx_pool pool;
	struct mbx_pool pool_long;

	refcount_t refs;
	struct rcu_head rcu;

	spinlock_t lock ____cacheline_aligned_in_smp;
	int dead;
	bool persist;
	u16 mode;
	kuid_t uid;
	kgid_t gid;
	u32 capacity;
	u32 low_water;
	u32 limit;
	u32 max_message;
	u64 max_bytes;
	unsigned int receive_handles;
	unsigned int send_handles;
	unsigned int flying_handles;
	unsigned int messages;
	u64 bytes;
	u64 next_seq;
	struct mbx_inbox inbox;
	struct list_head inboxes;
	unsigned int inbox_count;
	struct mbx_queue blocked;
	unsigned int waiting;
	struct mbx_claim claims[MBX_CLAIMS];
	struct rb_root shares;
	struct list_head notices;
	unsigned int reserved;
	struct rb_root calls;
	struct mbx_counts counts;
	struct mbx_history sent;
	struct mbx_history received;
	time64_t changed;

	wait_queue_head_t poll;
};

static inline u32 mbx_mailbox_index(const struct mbx_mailbox *mailbox)
{
	return mailbox->record.id & MBX_INDEX_MASK;
}

/**
 * mbx_mailbox_new - a mailbox nobody can find yet
 * @attributes: how it is to be
 * @net: its namespace, which the caller holds
 *
 * Owned by the caller's effective user and group, charged to its real user.
 *
 * Return: the mailbox with one reference, or an ERR_PTR(): -ENOMEM, -EDQUOT.
 */
struct mbx_mailbox *mbx_mailbox_new(const struct mbx_attributes *attributes,
				    struct net *net);

static inline void mbx_mailbox_get(struct mbx_mailbox *mailbox)
{
	refcount_inc(&mailbox->refs);
}

/* Under RCU: false if it is on its way out. */
static inline bool mbx_mailbox_tryget(struct mbx_mailbox *mailbox)
{
	return refcount_inc_not_zero(&mailbox->refs);
}

void mbx_mailbox_put(struct mbx_mailbox *mailbox);

/* The error of a call that finds the mailbox dead; 0 if it is not. */
int mbx_mailbox_error_locked(const struct mbx_mailbox *mailbox, bool sending);

/*
 * Counts a handle with @rights, whose own inbox is @inbox or NULL, or no longer
 * counts it.  What that means for others is for the caller to see to.  Attaching
 * gives 0; -EIDRM if it is dead; -EUSERS if there are too many.
 */
int mbx_mailbox_attach_locked(struct mbx_mailbox *mailbox, u32 rights,
			      struct mbx_inbox *inbox);
void mbx_mailbox_detach_locked(struct mbx_mailbox *mailbox, u32 rights,
			       struct mbx_inbox *inbox);

/* May it have this mark?  Where nobody waits for a slot there is none. */
static inline bool mbx_low_water_valid(u32 low_water, u32 capacity,
				       bool slots_awaited)
{
	return !low_water || (low_water < capacity && slots_awaited);
}

/* Is it closed by its low-water mark (transfer.h)? */
static inline bool mbx_mailbox_closed_locked(const struct mbx_mailbox *mailbox)
{
	lockdep_assert_held(&mailbox->lock);
	return !mailbox->limit && mailbox->capacity;
}

/* Does nothing keep it alive any more? */
bool mbx_mailbox_abandoned_locked(const struct mbx_mailbox *mailbox);

static inline bool mbx_mailbox_multicast(const struct mbx_mailbox *mailbox)
{
	return mailbox->max_receivers;
}

static inline bool mbx_mailbox_rendezvous(const struct mbx_mailbox *mailbox)
{
	/* Capacity changes, but never from 0 or to it: no lock needed. */
	return !mailbox->unbounded && !READ_ONCE(mailbox->capacity);
}

void mbx_inbox_init(struct mbx_inbox *inbox);

/* @process has done it now. */
void mbx_history_note(struct mbx_history *history, struct pid *process);

#endif /* MBX_MAILBOX_H */
