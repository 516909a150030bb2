// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hashtable.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "limits.h"
#include "quota.h"

static DEFINE_HASHTABLE(quota_table, 6);
static DEFINE_SPINLOCK(quota_lock);	/* guards quota_table */

static atomic_long_t total_bytes;
static atomic_long_t total_section_bytes;

static struct mbx_quota *quota_find_locked(kuid_t uid)
{
	struct mbx_quota *quota;

	lockdep_assert_held(&quota_lock);
	hash_for_each_possible(quota_table, quota, node, __kuid_val(uid)) {
		if (uid_eq(quota->uid, uid))
			return mbx_quota_hold(quota);
	}
	return NULL;
}

struct mbx_quota *mbx_quota_get(kuid_t uid)
{
	struct mbx_quota *quota, *fresh;

	spin_lock(&quota_lock);
	quota = quota_find_locked(uid);
	spin_unlock(&quota_lock);
	if (quota)
		return quota;

	fresh = kzalloc(sizeof(*fresh), GFP_KERNEL_ACCOUNT);
	if (!fresh)
		return NULL;
	fresh->uid = uid;
	refcount_set(&fresh->refs, 1);

	spin_lock(&quota_lock);
	quota = quota_find_locked(uid);
	if (!quota) {
		hash_add(quota_table, &fresh->node, __kuid_val(uid));
		quota = fresh;
		fresh = NULL;
	}
	spin_unlock(&quota_lock);
	kfree(fresh);
	return quota;
}

void mbx_quota_put(struct mbx_quota *quota)
{
	bool last;

	if (refcount_dec_not_one(&quota->refs))
		return;
	/* Perhaps the last one; the table must not give out another now. */
	spin_lock(&quota_lock);
	last = refcount_dec_and_test(&quota->refs);
	if (last)
		hash_del(&quota->node);
	spin_unlock(&quota_lock);
	if (!last)
		return;

	WARN_ON_ONCE(atomic_long_read(&quota->mailboxes) ||
		     atomic_long_read(&quota->waiting) ||
		     atomic_long_read(&quota->bytes) ||
		     atomic_long_read(&quota->sections) ||
		     atomic_long_read(&quota->section_bytes) ||
		     atomic_long_read(&quota->attachments));
	kfree(quota);
}

/* Adds @n to @used unless that makes it more than @max. */
static bool quota_add(atomic_long_t *used, unsigned long n, unsigned long max)
{
	long old = atomic_long_read(used);

	do {
		if (old > max || n > max - old)
			return false;
	} while (!atomic_long_try_cmpxchg(used, &old, old + n));
	return true;
}

int mbx_quota_charge_mailbox(struct mbx_quota *quota, bool exceed)
{
	return quota_add(&quota->mailboxes, 1,
			 exceed ? LONG_MAX : mbx_limit(user_mailboxes)) ?
	       0 : -EDQUOT;
}

bool mbx_quota_exceeded(const struct mbx_quota *quota)
{
	return atomic_long_read(&quota->mailboxes) > mbx_limit(user_mailboxes);
}

int mbx_quota_charge_waiting(struct mbx_quota *quota)
{
	return quota_add(&quota->waiting, 1, mbx_limit(user_waiting)) ?
	       0 : -EDQUOT;
}

/*
 * How much a user may hold of what has the module's cap: his quota, and at most
 * half of what the others leave of the cap, so that a newcomer always finds room.
 */
static unsigned long share_max(const atomic_long_t *used,
			       const atomic_long_t *total, unsigned long max,
			       unsigned long cap)
{
	long others = atomic_long_read(total) - atomic_long_read(used);

	if (others < 0)
		others = 0;	/* the two were not read at one instant */
	if (others > cap)
		return 0;
	return min(max, (cap - others) / 2);
}

static int share_charge(atomic_long_t *used, atomic_long_t *total,
			unsigned long bytes, unsigned long max,
			unsigned long cap)
{
	if (!quota_add(used, bytes, share_max(used, total, max, cap)))
		return -EDQUOT;
	if (!quota_add(total, bytes, cap)) {
		atomic_long_sub(bytes, used);
		return -EDQUOT;
	}
	return 0;
}

int mbx_quota_charge_bytes(struct mbx_quota *quota, unsigned long bytes)
{
	return share_charge(&quota->bytes, &total_bytes, bytes,
			    mbx_limit(user_bytes), mbx_limit(total_bytes));
}

int mbx_quota_charge_attachments(struct mbx_quota *quota, unsigned int count)
{
	return quota_add(&quota->attachments, count,
			 mbx_limit(user_attachments)) ? 0 : -EDQUOT;
}

int mbx_quota_charge_section(struct mbx_quota *quota)
{
	return quota_add(&quota->sections, 1, mbx_limit(user_sections)) ?
	       0 : -EDQUOT;
}

int mbx_quota_charge_section_bytes(struct mbx_quota *quota,
				   unsigned long bytes)
{
	return share_charge(&quota->section_bytes, &total_section_bytes, bytes,
			    mbx_limit(user_section_bytes),
			    mbx_limit(total_section_bytes));
}

void mbx_quota_uncharge_mailbox(struct mbx_quota *quota)
{
	atomic_long_dec(&quota->mailboxes);
}

void mbx_quota_uncharge_waiting(struct mbx_quota *quota)
{
	atomic_long_dec(&quota->waiting);
}

void mbx_quota_uncharge_bytes(struct mbx_quota *quota, unsigned long bytes)
{
	atomic_long_sub(bytes, &total_bytes);
	atomic_long_sub(bytes, &quota->bytes);
}

void mbx_quota_uncharge_attachments(struct mbx_quota *quota,
				    unsigned int count)
{
	atomic_long_sub(count, &quota->attachments);
}

void mbx_quota_uncharge_section(struct mbx_quota *quota)
{
	atomic_long_dec(&quota->sections);
}

void mbx_quota_uncharge_section_bytes(struct mbx_quota *quota,
				      unsigned long bytes)
{
	atomic_long_sub(bytes, &total_section_bytes);
	atomic_long_sub(bytes, &quota->section_bytes);
}

bool mbx_quota_ample(const struct mbx_quota *quota)
{
	return atomic_long_read(&quota->bytes) < mbx_limit(user_bytes) / 4 &&
	       atomic_long_read(&total_bytes) < mbx_limit(total_bytes) / 4;
}

unsigned long mbx_quota_total_bytes(void)
{
	return atomic_long_read(&total_bytes);
}
