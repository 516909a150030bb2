// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>

#include "mailbox.h"
#include "share.h"

bool mbx_share_needed(const struct mbx_mailbox *mailbox, kuid_t uid)
{
	/* The owner may change any time; a sender is judged as he begins. */
	return READ_ONCE(mailbox->capacity) && !mailbox->no_shares &&
	       !uid_eq(uid, READ_ONCE(mailbox->uid));
}

struct mbx_share *mbx_share_alloc(kuid_t uid)
{
	struct mbx_share *share;

	share = kzalloc(sizeof(*share), GFP_KERNEL_ACCOUNT);
	if (share)
		share->uid = uid;
	return share;
}

struct mbx_share *mbx_share_find_locked(const struct mbx_mailbox *mailbox,
					kuid_t uid)
{
	struct rb_node *rb = mailbox->shares.rb_node;

	lockdep_assert_held(&mailbox->lock);
	while (rb) {
		struct mbx_share *share = rb_entry(rb, struct mbx_share, node);

		if (uid_eq(uid, share->uid))
			return share;
		rb = uid_lt(uid, share->uid) ? rb->rb_left : rb->rb_right;
	}
	return NULL;
}

static void share_insert_locked(struct mbx_mailbox *mailbox,
				struct mbx_share *share)
{
	struct rb_node **link = &mailbox->shares.rb_node;
	struct rb_node *parent = NULL;

	while (*link) {
		struct mbx_share *other;

		parent = *link;
		other = rb_entry(parent, struct mbx_share, node);
		link = uid_lt(share->uid, other->uid) ? &parent->rb_left :
							&parent->rb_right;
	}
	rb_link_node(&share->node, parent, link);
	rb_insert_color(&share->node, &mailbox->shares);
}

struct mbx_share *mbx_share_get_locked(struct mbx_mailbox *mailbox,
				       struct mbx_share *fresh)
{
	struct mbx_share *share = mbx_share_find_locked(mailbox, fresh->uid);

	if (share) {
		kfree(fresh);
	} else {
		share = fresh;
		share_insert_locked(mailbox, share);
	}
	share->users++;
	return share;
}

void mbx_share_put_locked(struct mbx_mailbox *mailbox, struct mbx_share *share)
{
	lockdep_assert_held(&mailbox->lock);
	if (--share->users)
		return;
	rb_erase(&share->node, &mailbox->shares);
	kfree(share);
}

bool mbx_share_fits_locked(const struct mbx_mailbox *mailbox,
			   unsigned int held)
{
	unsigned int others, left;

	lockdep_assert_held(&mailbox->lock);
	others = mailbox->messages - held;
	if (others >= mailbox->capacity)
		return false;
	left = mailbox->capacity - others;
	return held + 1 <= (left + 1) / 2;
}
