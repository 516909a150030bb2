// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/poll.h>
#include <linux/timekeeping.h>
#include <net/net_namespace.h>

#include <linux/mailbox.h>

#include "after.h"
#include "mailbox.h"
#include "settings.h"
#include "transfer.h"

/* To keep what is, and to choose among one's own groups, takes no privilege. */
static bool chown_needed_locked(const struct mbx_mailbox *mailbox,
				const struct mbx_settings *settings)
{
	if (mailbox->sysv)
		return false;
	if ((settings->flags & MAILBOX_SET_UID) &&
	    !uid_eq(settings->uid, mailbox->uid))
		return true;
	if ((settings->flags & MAILBOX_SET_GID) &&
	    !gid_eq(settings->gid, mailbox->gid) &&
	    !in_egroup_p(settings->gid))
		return true;
	return false;
}

/* What decides whether it is closed. */
#define SET_ROOM	(MAILBOX_SET_CAPACITY | MAILBOX_SET_MAX_BYTES | \
			 MAILBOX_SET_LOW_WATER)

static bool low_water_fits_locked(const struct mbx_mailbox *mailbox,
				  const struct mbx_settings *settings)
{
	u32 low_water = settings->flags & MAILBOX_SET_LOW_WATER ?
			settings->low_water : mailbox->low_water;
	u32 capacity = settings->flags & MAILBOX_SET_CAPACITY ?
		       settings->capacity : mailbox->capacity;

	return mbx_low_water_valid(low_water, capacity,
				   !mailbox->lossy && !mailbox->port);
}

static int settings_check_locked(const struct mbx_mailbox *mailbox,
				 const struct mbx_settings *settings,
				 bool may_chown)
{
	int error = mbx_mailbox_error_locked(mailbox, false);

	if (error)
		return error;
	if ((settings->flags & (MAILBOX_SET_CAPACITY | MAILBOX_SET_MAX_BYTES)) &&
	    !mailbox->capacity)
		return -EINVAL;
	if ((settings->flags & MAILBOX_SET_MAX_BYTES) &&
	    mbx_mailbox_multicast(mailbox))
		return -EINVAL;
	if (!low_water_fits_locked(mailbox, settings))
		return -EINVAL;
	if ((settings->flags & MAILBOX_SET_MODE) &&
	    (settings->mode & 0111) && !mailbox->sysv)
		return -EINVAL;
	if (!may_chown && chown_needed_locked(mailbox, settings))
		return -EPERM;
	return 0;
}

static void settings_store_locked(struct mbx_mailbox *mailbox,
				  const struct mbx_settings *settings)
{
	if (settings->flags & MAILBOX_SET_MODE)
		mailbox->mode = settings->mode;
	if (settings->flags & MAILBOX_SET_UID)
		WRITE_ONCE(mailbox->uid, settings->uid);
	if (settings->flags & MAILBOX_SET_GID)
		mailbox->gid = settings->gid;
	if (settings->flags & MAILBOX_SET_CAPACITY)
		WRITE_ONCE(mailbox->capacity, settings->capacity);
	if (settings->flags & MAILBOX_SET_LOW_WATER)
		mailbox->low_water = settings->low_water;
	if (settings->flags & MAILBOX_SET_MAX_MESSAGE)
		WRITE_ONCE(mailbox->max_message, settings->max_message);
	if (settings->flags & MAILBOX_SET_MAX_BYTES)
		mailbox->max_bytes = settings->max_bytes;
	/* Open, until somebody finds no room. */
	if ((settings->flags & SET_ROOM) && !mailbox->unbounded)
		WRITE_ONCE(mailbox->limit, mailbox->capacity);
	mailbox->changed = ktime_get_real_seconds();
}

int mbx_settings_apply(struct mbx_mailbox *mailbox,
		       const struct mbx_settings *settings)
{
	bool may_chown = false;
	struct mbx_after after;
	int error;

	if (settings->flags & (MAILBOX_SET_UID | MAILBOX_SET_GID))
		may_chown = ns_capable(mailbox->record.net->user_ns, CAP_CHOWN);

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	error = settings_check_locked(mailbox, settings, may_chown);
	if (!error) {
		settings_store_locked(mailbox, settings);
		mbx_transfer_refill_locked(mailbox, &after);
		after.events |= EPOLLOUT | EPOLLWRNORM;
	}
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	return error;
}
