// SPDX-License-Identifier: GPL-2.0-only
#include <linux/poll.h>
#include <linux/sched/signal.h>

#include "after.h"
#include "call.h"
#include "compat.h"
#include "entry.h"
#include "policy.h"
#include "quota.h"
#include "receive.h"
#include "trace.h"

/* Claims @entry if it fits; else it stays, or goes back to where it was. */
static int take_locked(struct mbx_mailbox *mailbox,
		       struct mbx_delivery *delivery, struct mbx_entry *entry,
		       struct mbx_after *after)
{
	struct mbx_message *message = entry->message;

	/* Read here: after a peek it may be received by another meanwhile. */
	delivery->carried = mbx_parcel_count(message->parcel);
	if ((message->length > delivery->room &&
	     !delivery->receiver->truncate) ||
	    (delivery->carried > delivery->attachments &&
	     !delivery->receiver->peek)) {
		delivery->needed = message->length;
		if (entry->state == MBX_ENTRY_HANDED)
			mbx_transfer_restore_locked(mailbox, entry, after);
		return -EMSGSIZE;
	}
	delivery->message = message;
	delivery->lost = entry->inbox->lost;
	/* A call's bytes make room for the reply, and lent ones go: no one looks on. */
	if (delivery->receiver->peek && message->call.state == MBX_CALL_NONE &&
	    !message->loan) {
		delivery->entry = NULL;
		message->peeks++;
	} else {
		delivery->entry = entry;
		entry->inbox->lost = 0;
		mbx_transfer_claim_locked(mailbox, entry);
	}
	return 0;
}

/* Takes a message that is there.  -EAGAIN: there is none. */
static int try_locked(struct mbx_mailbox *mailbox,
		      struct mbx_delivery *delivery,
		      const struct mbx_terms *terms, struct mbx_after *after)
{
	struct mbx_receiver *receiver = delivery->receiver;
	struct mbx_entry *entry;
	int error;

	error = mbx_mailbox_error_locked(mailbox, false);
	if (error)
		return error;
	error = mbx_policy_claim_locked(mailbox, terms->via, false);
	if (error)
		return error;
	entry = mbx_transfer_find_locked(mailbox, receiver);
	if (entry)
		return take_locked(mailbox, delivery, entry, after);
	if (receiver->eof &&
	    mbx_receiver_drained_locked(mailbox, receiver->inbox))
		return -EPIPE;
	return -EAGAIN;
}

static void join_locked(struct mbx_mailbox *mailbox,
			struct mbx_delivery *delivery, bool again,
			struct mbx_after *after)
{
	struct mbx_receiver *receiver = delivery->receiver;

	receiver->error = 0;
	receiver->entry = NULL;
	mbx_waiter_init(&receiver->wait, delivery->wake);
	receiver->wait.watch = receiver->watch;
	mbx_receiver_join_locked(mailbox, receiver, again);
	if (mbx_mailbox_rendezvous(mailbox))
		after->events |= EPOLLOUT | EPOLLWRNORM;
}

/*
 * After the wait, which ended with @error.  A message that was handed over is
 * taken, signal or not.  -EAGAIN: try again.
 */
static int leave_locked(struct mbx_mailbox *mailbox,
			struct mbx_delivery *delivery, int error,
			struct mbx_after *after)
{
	struct mbx_receiver *receiver = delivery->receiver;

	if (!mbx_waiter_finished(&receiver->wait)) {
		list_del_init(&receiver->wait.link);
		mailbox->waiting--;
		return error;
	}
	if (receiver->entry)
		return take_locked(mailbox, delivery, receiver->entry, after);
	if (receiver->error)
		return receiver->error;
	return error ?: -EAGAIN;
}

/* Sleeps with the lock dropped. */
static int sleep_unlocked(struct mbx_mailbox *mailbox,
			  struct mbx_delivery *delivery,
			  const struct mbx_terms *terms, struct mbx_after *after)
	__must_hold(&mailbox->lock)
{
	int error;

	spin_unlock(&mailbox->lock);
	mbx_after_run(after, mailbox);
	error = mbx_wait(&delivery->receiver->wait, &terms->deadline);
	spin_lock(&mailbox->lock);
	return leave_locked(mailbox, delivery, error, after);
}

static int receive_locked(struct mbx_mailbox *mailbox,
			  struct mbx_delivery *delivery,
			  const struct mbx_terms *terms, struct mbx_after *after)
	__must_hold(&mailbox->lock)
{
	bool waited = delivery->waited;
	int error = -EAGAIN;

	if (waited)
		error = leave_locked(mailbox, delivery, delivery->error, after);
	delivery->waited = false;
	while (error == -EAGAIN) {
		bool gone = mbx_watch_gone(delivery->receiver->watch);

		error = try_locked(mailbox, delivery, terms, after);
		/* It was dead before we looked: nothing more will come. */
		if (error == -EAGAIN && gone)
			error = -ESRCH;
		if (error != -EAGAIN || terms->nonblock)
			break;
		if (terms->attempt) {
			error = -EIOCBQUEUED;
			break;
		}
		if (!waited) {
			error = mbx_quota_charge_waiting(terms->quota);
			if (error)
				break;
		}
		join_locked(mailbox, delivery, waited, after);
		waited = true;
		error = sleep_unlocked(mailbox, delivery, terms, after);
	}
	if (waited)
		mbx_quota_uncharge_waiting(terms->quota);
	return error;
}

int mbx_receive_begin(struct mbx_mailbox *mailbox,
		      struct mbx_delivery *delivery,
		      const struct mbx_terms *terms)
{
	struct mbx_after after __uninitialized;
	struct mbx_watch watch __uninitialized;
	int error;

	mbx_after_init(&after);
	if (!delivery->waited)
		mbx_receiver_init(delivery->receiver);
	if (delivery->receiver->selector.from) {
		mbx_watch_begin(&watch, delivery->receiver->selector.pid,
				NULL);
		delivery->receiver->watch = &watch;
	}
	delivery->via = delivery->tokenless ? NULL : terms->via;
	spin_lock(&mailbox->lock);
	error = receive_locked(mailbox, delivery, terms, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	if (delivery->receiver->watch)
		mbx_watch_end(&watch);
	return error;
}

/* Commands */

static int wait_again_locked(struct mbx_mailbox *mailbox,
			     struct mbx_delivery *delivery,
			     const struct mbx_terms *terms,
			     struct mbx_after *after)
{
	bool gone = mbx_watch_gone(delivery->receiver->watch);
	int error;

	error = try_locked(mailbox, delivery, terms, after);
	if (error == -EAGAIN && gone)
		return -ESRCH;
	if (error != -EAGAIN || terms->nonblock)
		return error;
	if (!delivery->charged) {
		error = mbx_quota_charge_waiting(terms->quota);
		if (error)
			return error;
	}
	join_locked(mailbox, delivery, delivery->charged, after);
	delivery->charged = true;
	delivery->joined = true;
	return -EIOCBQUEUED;
}

static int step_locked(struct mbx_mailbox *mailbox,
		       struct mbx_delivery *delivery,
		       const struct mbx_terms *terms, bool woken, int error,
		       struct mbx_after *after)
{
	if (delivery->joined) {
		/* Finished, but not told: whoever is to tell it knows it. */
		if (mbx_waiter_finished(&delivery->receiver->wait) ? !woken :
								     !error)
			return -EIOCBQUEUED;
		delivery->joined = false;
		error = leave_locked(mailbox, delivery, error, after);
		if (error != -EAGAIN)
			return error;
	}
	return error && error != -EAGAIN ? error :
	       wait_again_locked(mailbox, delivery, terms, after);
}

int mbx_receive_step(struct mbx_mailbox *mailbox,
		     struct mbx_delivery *delivery,
		     const struct mbx_terms *terms, bool woken, int error)
{
	struct mbx_after after __uninitialized;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	error = step_locked(mailbox, delivery, terms, woken, error, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	return error;
}

void mbx_receive_end(struct mbx_delivery *delivery,
		     const struct mbx_terms *terms)
{
	if (delivery->charged)
		mbx_quota_uncharge_waiting(terms->quota);
}

/* The end */

static void peek_end_locked(struct mbx_delivery *delivery,
			    struct mbx_after *after)
{
	delivery->message->peeks--;
	mbx_entry_reap_locked(delivery->message, after);
}

void mbx_receive_commit(struct mbx_mailbox *mailbox,
			struct mbx_delivery *delivery)
{
	struct mbx_message *message = delivery->message;
	struct mbx_after after __uninitialized;

	if (delivery->receiver->peek) {
		mbx_receive_restore(mailbox, delivery);
		return;
	}
	trace_mailbox_receive(mailbox->record.id, message->entry.node.seq,
			      message->length, message->priority);
	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	mbx_call_receive_locked(mailbox, message, delivery->via, &after);
	mbx_transfer_commit_locked(mailbox, delivery->entry, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
}

void mbx_receive_restore(struct mbx_mailbox *mailbox,
			 struct mbx_delivery *delivery)
{
	struct mbx_after after __uninitialized;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	if (delivery->entry) {
		delivery->entry->inbox->lost += delivery->lost;
		mbx_transfer_restore_locked(mailbox, delivery->entry, &after);
	} else {
		peek_end_locked(delivery, &after);
	}
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
}
