// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>

#include "after.h"
#include "buffer.h"
#include "compat.h"
#include "notice.h"
#include "post.h"
#include "quota.h"
#include "send.h"
#include "trace.h"

/*
 * Puts a new message into the mailbox.  Returns 0 if that was all, 1 if the
 * sender has to wait, and -errno if the message is still the caller's.
 */
static int send_place_locked(struct mbx_mailbox *mailbox,
			     struct mbx_message *message,
			     struct mbx_sender *sender,
			     const struct mbx_terms *terms,
			     struct mbx_after *after)
{
	bool room = mbx_transfer_room_locked(mailbox, message->share);
	int error;

	message->entry.node.seq = mailbox->next_seq;
	if (room && !sender->sync) {
		mbx_transfer_admit_locked(mailbox, message, after);
		return 0;
	}
	if (terms->attempt)
		return -EIOCBQUEUED;
	if (!room && mbx_transfer_slot_locked(mailbox))
		mailbox->counts.refused_share++;
	message->sender = sender;
	if (terms->nonblock) {
		/* If the receiver's copy fails, do not wait for another. */
		message->withdrawing = -EAGAIN;
		if (mbx_transfer_offer_locked(mailbox, message, after))
			return 1;
		mailbox->counts.refused_full++;
		return -EAGAIN;
	}
	error = mbx_quota_charge_waiting(terms->quota);
	if (error)
		return error;
	if (room)
		mbx_transfer_admit_locked(mailbox, message, after);
	else if (!mbx_transfer_offer_locked(mailbox, message, after))
		mbx_transfer_block_locked(mailbox, message, after);
	return 1;
}

static int send_start_locked(struct mbx_mailbox *mailbox,
			     struct mbx_message *message,
			     struct mbx_sender *sender,
			     const struct mbx_terms *terms,
			     struct mbx_after *after)
{
	int error;

	error = mbx_post_check_locked(mailbox, message, terms);
	if (error)
		return error;
	error = send_place_locked(mailbox, message, sender, terms, after);
	if (error >= 0)
		mailbox->next_seq++;
	return error;
}

/*
 * Withdraws the message of a sender who gives up with @error.  False if he has
 * to wait on, for a receiver who is copying it, or before a deadline ends the
 * call for one who has been there to take it.
 */
static bool send_withdraw_locked(struct mbx_mailbox *mailbox,
				 struct mbx_message *message,
				 struct mbx_sender *sender, int error,
				 struct mbx_after *after)
{
	/* Not finished, hence the message is still there. */
	if (mbx_waiter_finished(&sender->wait))
		return true;
	message->withdrawing = error;
	if (error == -ETIMEDOUT && mbx_transfer_handed_locked(message))
		return false;
	if (!mbx_transfer_withdraw_locked(mailbox, message, after))
		return false;
	sender->error = error;
	return true;
}

static bool send_withdraw(struct mbx_mailbox *mailbox,
			  struct mbx_message *message,
			  struct mbx_sender *sender, int error)
{
	struct mbx_after after __uninitialized;
	bool done;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	done = send_withdraw_locked(mailbox, message, sender, error, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	return done;
}

/* Gives up: the message is withdrawn, unless it is received after all. */
static void send_give_up(struct mbx_mailbox *mailbox,
			 struct mbx_message *message,
			 struct mbx_sender *sender, int error)
{
	static const struct mbx_deadline never;

	if (send_withdraw(mailbox, message, sender, error))
		return;
	if (error == -ETIMEDOUT) {
		error = mbx_wait(&sender->wait, &never);
		if (!error || send_withdraw(mailbox, message, sender, error))
			return;
	}
	mbx_wait_surely(&sender->wait);
}

static void send_wait(struct mbx_mailbox *mailbox, struct mbx_message *message,
		      struct mbx_sender *sender, const struct mbx_terms *terms)
{
	int error = mbx_wait(&sender->wait, &terms->deadline);

	if (error)
		send_give_up(mailbox, message, sender, error);
	if (!terms->nonblock)
		mbx_quota_uncharge_waiting(terms->quota);
}

static void sender_init(struct mbx_sender *sender, bool sync,
			void (*wake)(struct mbx_waiter *waiter))
{
	mbx_waiter_init(&sender->wait, wake);
	sender->sync = sync;
	sender->error = 0;
	sender->received = false;
}

/* As mbx_send_begin(), for a @sender that is made. */
static int send_begin(struct mbx_mailbox *mailbox,
		      const struct mbx_letter *letter,
		      const struct mbx_terms *terms, struct mbx_sender *sender,
		      struct mbx_receipt *receipt)
{
	struct mbx_message *message;
	struct mbx_after after __uninitialized;
	int result;

	message = mbx_post_begin(mailbox, letter);
	if (IS_ERR(message)) {
		if (letter->notice)
			mbx_notice_drop(letter->notice);
		return PTR_ERR(message);
	}
	message->notice = letter->notice;
	mbx_after_init(&after);

	spin_lock(&mailbox->lock);
	result = send_start_locked(mailbox, message, sender, terms, &after);
	if (result < 0) {
		mbx_post_fail_locked(mailbox, message, result, &after);
	} else {
		receipt->seq = message->entry.node.seq;
		sender->message = message;
	}
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	return result;
}

static int send_end(struct mbx_mailbox *mailbox,
		    const struct mbx_letter *letter,
		    const struct mbx_sender *sender,
		    struct mbx_receipt *receipt)
{
	receipt->received = sender->received;
	receipt->receiver = sender->receiver;
	trace_mailbox_send(mailbox->record.id, receipt->seq,
			   letter->buffer->length, letter->priority,
			   sender->error);
	return sender->error;
}

int mbx_send(struct mbx_mailbox *mailbox, const struct mbx_letter *letter,
	     const struct mbx_terms *terms, bool sync,
	     struct mbx_receipt *receipt)
{
	struct mbx_sender sender __uninitialized;
	int result;

	sender_init(&sender, sync, NULL);
	result = send_begin(mailbox, letter, terms, &sender, receipt);
	if (result < 0)
		return result;
	if (result)
		send_wait(mailbox, sender.message, &sender, terms);
	return send_end(mailbox, letter, &sender, receipt);
}

/* Commands */

int mbx_send_begin(struct mbx_mailbox *mailbox, const struct mbx_letter *letter,
		   const struct mbx_terms *terms, bool sync,
		   struct mbx_sender *sender,
		   void (*wake)(struct mbx_waiter *waiter),
		   struct mbx_receipt *receipt)
{
	int result;

	sender_init(sender, sync, wake);
	result = send_begin(mailbox, letter, terms, sender, receipt);
	if (result < 0)
		return result;
	return result ? -EIOCBQUEUED :
			send_end(mailbox, letter, sender, receipt);
}

int mbx_send_step(struct mbx_mailbox *mailbox, const struct mbx_letter *letter,
		  const struct mbx_terms *terms, struct mbx_sender *sender,
		  bool woken, int error, struct mbx_receipt *receipt)
{
	bool done = woken;

	/* A receiver who is copying it finishes the wait, either way. */
	if (!woken && error)
		done = send_withdraw(mailbox, sender->message, sender, error);
	/* Finished, but not told: whoever is to tell it knows it. */
	if (!done || (!woken && mbx_waiter_finished(&sender->wait)))
		return -EIOCBQUEUED;
	if (!terms->nonblock)
		mbx_quota_uncharge_waiting(terms->quota);
	return send_end(mailbox, letter, sender, receipt);
}
