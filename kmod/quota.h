/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each user holds, and whether he may hold more.
 *
 * A struct mbx_quota stands for one user (a kuid) and is shared by all that
 * is charged to him.  Whoever stores a pointer holds a reference; the object
 * goes with the last one.  The counters are atomic and need no lock; the table
 * that finds them has one of its own, innermost of all.
 *
 * Charge first, undo on failure: a charge either succeeds whole or leaves
 * everything as it was.
 */
#ifndef MBX_QUOTA_H
#define MBX_QUOTA_H

#include <linux/atomic.h>
#include <linux/refcount.h>
#include <linux/types.h>
#include <linux/uidgid.h>

/**
 * struct mbx_quota - one user's account
 * @node: in the table; guarded by the table's lock
 * @uid: whose it is; never changes
 * @refs: references
 * @mailboxes: mailboxes charged to this user
 * @waiting: waiting calls
 * @bytes: memory of the messages sent and not received yet
 * @sections: sections
 * @section_bytes: their lengths, in whole pages
 * @attachments: attachments of messages not received yet
 */
struct mbx_quota {
	struct hlist_node node;
	kuid_t uid;
	refcount_t refs;
	atomic_long_t mailboxes;
	atomic_long_t waiting;
	atomic_long_t bytes;
	atomic_long_t sections;
	atomic_long_t section_bytes;
	atomic_long_t attachments;
};

/* The account of @uid, with a reference; NULL without memory. */
struct mbx_quota *mbx_quota_get(kuid_t uid);

/* One more reference to an account the caller has one to. */
static inline struct mbx_quota *mbx_quota_hold(struct mbx_quota *quota)
{
	refcount_inc(&quota->refs);
	return quota;
}

void mbx_quota_put(struct mbx_quota *quota);

/* Each returns 0 or -EDQUOT; none sleeps.  With @exceed there is no limit. */
int mbx_quota_charge_mailbox(struct mbx_quota *quota, bool exceed);
int mbx_quota_charge_waiting(struct mbx_quota *quota);
int mbx_quota_charge_bytes(struct mbx_quota *quota, unsigned long bytes);
int mbx_quota_charge_attachments(struct mbx_quota *quota, unsigned int count);
int mbx_quota_charge_section(struct mbx_quota *quota);
int mbx_quota_charge_section_bytes(struct mbx_quota *quota,
				   unsigned long bytes);

void mbx_quota_uncharge_mailbox(struct mbx_quota *quota);

/* Has the user more mailboxes than users may have? */
bool mbx_quota_exceeded(const struct mbx_quota *quota);
void mbx_quota_uncharge_waiting(struct mbx_quota *quota);
void mbx_quota_uncharge_bytes(struct mbx_quota *quota, unsigned long bytes);
void mbx_quota_uncharge_attachments(struct mbx_quota *quota,
				    unsigned int count);
void mbx_quota_uncharge_section(struct mbx_quota *quota);
void mbx_quota_uncharge_section_bytes(struct mbx_quota *quota,
				      unsigned long bytes);

/* Do the user's messages, and those of all, take less than a quarter of what they may? */
bool mbx_quota_ample(const struct mbx_quota *quota);

/* Memory held by the messages of all users (bytes). */
unsigned long mbx_quota_total_bytes(void);

#endif /* MBX_QUOTA_H */
