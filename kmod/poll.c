// SPDX-License-Identifier: GPL-2.0-only
#include <linux/poll.h>

#include <linux/mailbox.h>

#include "mailbox.h"
#include "policy.h"
#include "poll.h"
#include "share.h"
#include "transfer.h"

#define READABLE	(EPOLLIN | EPOLLRDNORM)
#define WRITABLE	(EPOLLOUT | EPOLLWRNORM)

/* The events that each right can bring. */
static __poll_t events_of(u32 rights)
{
	__poll_t events = EPOLLHUP;

	if (rights & MAILBOX_RIGHT_RECEIVE)
		events |= READABLE;
	if (rights & MAILBOX_RIGHT_SEND)
		events |= WRITABLE;
	return events;
}

bool mbx_poll_readable_locked(struct mbx_mailbox *mailbox,
			      struct mbx_inbox *inbox)
{
	return !mbx_queue_empty(&inbox->queue) ||
	       (!mbx_mailbox_multicast(mailbox) &&
		!mbx_queue_empty(&mailbox->blocked));
}

static __poll_t receive_mask_locked(struct mbx_mailbox *mailbox,
				    struct mbx_inbox *inbox, bool eof)
{
	if (!mbx_policy_admits_locked(mailbox, false))
		return 0;
	if (mbx_poll_readable_locked(mailbox, inbox))
		return READABLE;
	if (eof && mbx_receiver_drained_locked(mailbox, inbox))
		return READABLE | EPOLLHUP;
	return 0;
}

bool mbx_poll_writable_locked(struct mbx_mailbox *mailbox, kuid_t sender)
{
	const struct mbx_share *share;

	if (mbx_mailbox_rendezvous(mailbox))
		return mailbox->waiting;
	if (!mbx_transfer_slot_locked(mailbox) ||
	    mailbox->bytes >= mailbox->max_bytes) {
		mbx_transfer_close_locked(mailbox);
		return false;
	}
	if (!mbx_share_needed(mailbox, sender))
		return true;
	share = mbx_share_find_locked(mailbox, sender);
	return mbx_share_fits_locked(mailbox, share ? share->held : 0);
}

static __poll_t send_mask_locked(struct mbx_mailbox *mailbox, kuid_t opener)
{
	return mbx_policy_admits_locked(mailbox, true) &&
	       mbx_poll_writable_locked(mailbox, opener) ? WRITABLE : 0;
}

__poll_t mbx_poll_mask(struct mbx_mailbox *mailbox, struct mbx_inbox *inbox,
		       u32 rights, bool eof, kuid_t opener)
{
	__poll_t mask = 0;

	/*
	 * Poll protocol, with mbx_after_run(): the caller is queued by now.
	 * (POLL_IN and POLL_OUT of the model; litmus/poll.)
	 */
	spin_lock(&mailbox->lock);
	if (mailbox->dead) {
		mask = READABLE | WRITABLE | EPOLLHUP;
	} else {
		if (rights & MAILBOX_RIGHT_RECEIVE)
			mask |= receive_mask_locked(mailbox, inbox, eof);
		if (rights & MAILBOX_RIGHT_SEND)
			mask |= send_mask_locked(mailbox, opener);
	}
	spin_unlock(&mailbox->lock);
	return mask & events_of(rights);
}
