// SPDX-License-Identifier: GPL-2.0-only
#include <linux/poll.h>
#include <linux/sched/signal.h>

#include <linux/mailbox.h>

#include "after.h"
#include "call.h"
#include "entry.h"
#include "lifetime.h"
#include "notice.h"
#include "policy.h"
#include "trace.h"
#include "transfer.h"

/* How much is done before the lock is dropped for a moment. */
#define PIECES	32

static bool receivers_end_locked(struct mbx_mailbox *mailbox,
				 struct mbx_inbox *inbox, unsigned int *left,
				 struct mbx_after *after)
{
	struct mbx_receiver *receiver, *next;

	list_for_each_entry_safe(receiver, next, &inbox->receivers, wait.link) {
		if (!(*left)--)
			return false;
		mbx_receiver_kick_locked(mailbox, receiver, -EIDRM, after);
	}
	return true;
}

/* Empties a queue; senders who wait get the mailbox's error. */
static bool queue_end_locked(struct mbx_mailbox *mailbox,
			     struct mbx_queue *queue, unsigned int *left,
			     struct mbx_after *after)
{
	struct mbx_queue_node *node;

	while ((node = mbx_queue_first(queue))) {
		struct mbx_entry *entry = mbx_entry_of(node);

		if (!(*left)--)
			return false;
		/* Another place of it may still be received. */
		if (entry->message->places == 1)
			mbx_transfer_answer_locked(entry->message,
						   mailbox->dead, after);
		mbx_entry_drop_locked(mailbox, entry, after);
	}
	return true;
}

/* A bounded piece of the work; true when there is nothing left. */
static bool empty_locked(struct mbx_mailbox *mailbox, struct mbx_after *after)
{
	unsigned int left = PIECES;
	struct mbx_inbox *inbox;

	list_for_each_entry(inbox, &mailbox->inboxes, link) {
		if (!receivers_end_locked(mailbox, inbox, &left, after) ||
		    !queue_end_locked(mailbox, &inbox->queue, &left, after))
			return false;
	}
	return queue_end_locked(mailbox, &mailbox->blocked, &left, after) &&
	       mbx_call_end_some_locked(mailbox, &left, after);
}

/* Takes everything out of a dead mailbox. */
static void mailbox_empty(struct mbx_mailbox *mailbox)
{
	struct mbx_after after;
	bool done;

	mbx_after_init(&after);
	after.events = EPOLLIN | EPOLLOUT | EPOLLHUP;
	do {
		spin_lock(&mailbox->lock);
		done = empty_locked(mailbox, &after);
		spin_unlock(&mailbox->lock);
		mbx_after_run(&after, mailbox);
		cond_resched();
	} while (!done);
	trace_mailbox_end(mailbox->record.id, mailbox->dead);
}

int mbx_lifetime_destroy(struct mbx_mailbox *mailbox)
{
	int error;

	spin_lock(&mailbox->lock);
	error = mbx_mailbox_error_locked(mailbox, false);
	if (!error)
		WRITE_ONCE(mailbox->dead, -EIDRM);
	spin_unlock(&mailbox->lock);
	if (!error)
		mailbox_empty(mailbox);
	return error;
}

static bool abandon_locked(struct mbx_mailbox *mailbox)
{
	if (mailbox->dead || !mbx_mailbox_abandoned_locked(mailbox))
		return false;
	WRITE_ONCE(mailbox->dead, -EPIPE);
	return true;
}

/* Drops what an inbox that is no longer in the mailbox's list still holds. */
static void inbox_empty(struct mbx_mailbox *mailbox, struct mbx_inbox *inbox)
{
	struct mbx_queue_node *node;
	struct mbx_after after;
	bool done;

	mbx_after_init(&after);
	do {
		unsigned int left = PIECES;

		spin_lock(&mailbox->lock);
		while ((node = mbx_queue_first(&inbox->queue)) && left--) {
			struct mbx_entry *entry = mbx_entry_of(node);

			if (entry->message->places == 1)
				mbx_transfer_answer_locked(entry->message,
							   -EPIPE, &after);
			mbx_entry_drop_locked(mailbox, entry, &after);
		}
		done = !node;
		mbx_transfer_refill_locked(mailbox, &after);
		spin_unlock(&mailbox->lock);
		mbx_after_run(&after, mailbox);
		cond_resched();
	} while (!done);
}

int mbx_lifetime_attach(struct mbx_mailbox *mailbox, u32 rights,
			struct mbx_inbox *inbox)
{
	struct mbx_after after;
	int error;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	error = mbx_mailbox_attach_locked(mailbox, rights, inbox);
	if (!error && inbox) {
		/* Senders may have waited for anybody to listen. */
		mbx_transfer_refill_locked(mailbox, &after);
		after.events |= EPOLLOUT | EPOLLWRNORM;
	}
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	return error;
}

bool mbx_lifetime_detach(struct mbx_mailbox *mailbox, u32 rights,
			 struct mbx_inbox *inbox)
{
	struct mbx_after after;
	bool died;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	mbx_mailbox_detach_locked(mailbox, rights, inbox);
	after.handles = true;
	died = abandon_locked(mailbox);
	if (!died && (rights & MAILBOX_RIGHT_SEND))
		mbx_receiver_eof_locked(mailbox, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);

	if (inbox)
		inbox_empty(mailbox, inbox);
	if (died)
		mailbox_empty(mailbox);
	return died;
}

int mbx_lifetime_fly(struct mbx_mailbox *mailbox)
{
	int error;

	spin_lock(&mailbox->lock);
	error = mbx_mailbox_error_locked(mailbox, true);
	if (!error) {
		mailbox->send_handles++;
		mailbox->flying_handles++;
	}
	spin_unlock(&mailbox->lock);
	return error;
}

void mbx_lifetime_land(struct mbx_mailbox *mailbox)
{
	struct mbx_after after;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	mailbox->flying_handles--;
	mailbox->send_handles--;
	after.handles = true;
	mbx_receiver_eof_locked(mailbox, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
}

bool mbx_lifetime_unpersist(struct mbx_mailbox *mailbox)
{
	bool died;

	spin_lock(&mailbox->lock);
	mailbox->persist = false;
	died = abandon_locked(mailbox);
	spin_unlock(&mailbox->lock);
	if (died)
		mailbox_empty(mailbox);
	return died;
}

/* Receivers of processes that have no claim any more look again. */
static void claimless_kick_locked(struct mbx_mailbox *mailbox,
				  const struct pid *process,
				  struct mbx_after *after)
{
	struct mbx_receiver *receiver, *next;

	list_for_each_entry_safe(receiver, next, &mailbox->inbox.receivers,
				 wait.link) {
		if (!process || receiver->process == process)
			mbx_receiver_kick_locked(mailbox, receiver, 0, after);
	}
}

void mbx_lifetime_orphan(struct mbx_mailbox *mailbox,
			 const struct pid *process, const void *via)
{
	mbx_lifetime_end_claims(mailbox, process, via);
	mbx_call_orphan(mailbox, process, via);
	mbx_notice_orphan(mailbox, process, via);
}

bool mbx_lifetime_end_claims(struct mbx_mailbox *mailbox,
			     const struct pid *process, const void *via)
{
	struct mbx_after after;
	bool released;

	if (!mbx_policy_claims(mailbox))
		return false;
	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	released = mbx_policy_release_locked(mailbox, process, via);
	if (released) {
		claimless_kick_locked(mailbox, process, &after);
		after.events |= EPOLLIN | EPOLLOUT;
	}
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	return released;
}
