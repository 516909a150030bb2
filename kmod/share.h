/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shares: how many slots of a bounded mailbox each user holds who does not own
 * it, so that one of them cannot fill it and shut out the others.
 *
 * Such a user may hold half, rounded up, of the slots that the others leave.
 * The owner may use all of them.
 */
#ifndef MBX_SHARE_H
#define MBX_SHARE_H

#include <linux/rbtree.h>
#include <linux/types.h>
#include <linux/uidgid.h>

struct mbx_mailbox;

/**
 * struct mbx_share - what one user holds in one mailbox
 * @node: in the mailbox's tree; guarded by its lock, as all of it
 * @uid: who
 * @users: messages that point here
 * @held: slots they occupy
 */
struct mbx_share {
	struct rb_node node;
	kuid_t uid;
	unsigned int users;
	unsigned int held;
};

/* Must messages of @uid be counted in a share? */
bool mbx_share_needed(const struct mbx_mailbox *mailbox, kuid_t uid);

struct mbx_share *mbx_share_alloc(kuid_t uid);

/**
 * mbx_share_get_locked - the share of a user, to be used by one more message
 * @mailbox: the mailbox
 * @fresh: a new one for that user, put in if he has none, else freed
 *
 * Return: the share.
 */
struct mbx_share *mbx_share_get_locked(struct mbx_mailbox *mailbox,
				       struct mbx_share *fresh);
void mbx_share_put_locked(struct mbx_mailbox *mailbox, struct mbx_share *share);

/* The share of a user; NULL if he holds nothing here. */
struct mbx_share *mbx_share_find_locked(const struct mbx_mailbox *mailbox,
					kuid_t uid);

/* May a user who must be counted and holds @held slots hold one more? */
bool mbx_share_fits_locked(const struct mbx_mailbox *mailbox,
			   unsigned int held);

#endif /* MBX_SHARE_H */
