// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>

#include "after.h"
#include "buffer.h"
#include "compat.h"
#include "entry.h"
#include "loan.h"
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
	bool room = mbx_transfer_room_locked(mailbox, message);
	int error;

	/* Lent bytes are not for a command, nor for anybody in its place. */
	if (message->loan && mbx_entry_commanded_locked(&message->entry))
		return -EAGAIN;
	message->entry.node.seq = mailbox->next_seq;
	if (room && !sender->sync) {
		mbx_transfer_admit_locked(mailbox, message, after);
		return 0;
	}
	if (terms->attempt)
		return -EIOCBQUEUED;
	if (!room && !sender->tentative)
		mbx_transfer_refused_locked(mailbox, message);
	message->sender = sender;
	if (terms->nonblock) {
		/* If the receiver's copy fails, do not wait for another. */
		message->withdrawing = -EAGAIN;
		if (mbx_transfer_offer_locked(mailbox, message, after))
			return 1;
		if (!sender->tentative)
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

static void sender_init(struct mbx_sender *sender, bool sync, bool tentative,
			void (*wake)(struct mbx_waiter *waiter))
{
	mbx_waiter_init(&sender->wait, wake);
	sender->sync = sync;
	sender->tentative = tentative;
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
	/* Whoever has to wait for a receiver makes way for him. */
	after.wakes.handoff = result > 0 && !sender->wait.wake;
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

/* Sends, and sleeps until that is done. */
static int send(struct mbx_mailbox *mailbox, const struct mbx_letter *letter,
		const struct mbx_terms *terms, bool sync, bool tentative,
		struct mbx_receipt *receipt)
{
	struct mbx_sender sender __uninitialized;
	int result;

	sender_init(&sender, sync, tentative, NULL);
	result = send_begin(mailbox, letter, terms, &sender, receipt);
	if (result < 0)
		return result;
	if (result)
		send_wait(mailbox, sender.message, &sender, terms);
	return send_end(mailbox, letter, &sender, receipt);
}

/*
 * Lends the bytes to a receiver who waits, and to nobody else: then the copy comes
 * at once, and to wait for it is no more than the sender's own copy would take.
 * -EAGAIN: there is none who takes it, or he could not, and nothing has happened.
 */
static int send_tentatively(struct mbx_mailbox *mailbox,
			    const struct mbx_letter *letter,
			    const struct mbx_terms *terms,
			    struct mbx_receipt *receipt)
{
	struct mbx_loan *loan = mbx_loan_take(letter->buffer, false);
	struct mbx_letter lent = *letter;
	struct mbx_terms now = *terms;
	int error;

	if (!loan)
		return -EAGAIN;
	lent.loan = loan;
	now.nonblock = true;
	now.deadline.given = false;
	error = send(mailbox, &lent, &now, true, true, receipt);
	mbx_loan_free(loan);
	/* With a signal pending, what does not have to wait need not fail. */
	return error == -ERESTARTSYS ? -EAGAIN : error;
}

/* Lends them to whoever comes.  -EAGAIN: nothing has happened, either. */
static int send_lent(struct mbx_mailbox *mailbox,
		     const struct mbx_letter *letter,
		     const struct mbx_terms *terms, bool sync,
		     struct mbx_receipt *receipt)
{
	struct mbx_loan *loan = mbx_loan_take(letter->buffer, true);
	struct mbx_letter lent = *letter;
	int error;

	if (!loan)
		return -EAGAIN;
	lent.loan = loan;
	error = send(mailbox, &lent, terms, sync, false, receipt);
	mbx_loan_free(loan);
	return error;
}

/*
 * Of a multicast message others have copies when its sender goes on; and a notice
 * and a parcel are good for one attempt.
 */
static bool loan_possible(const struct mbx_mailbox *mailbox,
			  const struct mbx_letter *letter,
			  const struct mbx_terms *terms)
{
	return mbx_loan_worth(letter->buffer) && !terms->attempt &&
	       !letter->notice && !letter->parcel &&
	       !mbx_mailbox_multicast(mailbox) &&
	       letter->buffer->length <= READ_ONCE(mailbox->max_message);
}

/* As mbx_send(); -EAGAIN: not lent, and the long way is open. */
static int send_by_loan(struct mbx_mailbox *mailbox,
			const struct mbx_letter *letter,
			const struct mbx_terms *terms, bool sync,
			struct mbx_receipt *receipt)
{
	int error = -EAGAIN;

	/* A hint, hence without the lock. */
	if (!list_empty(&mailbox->inbox.receivers))
		error = send_tentatively(mailbox, letter, terms, receipt);
	if (error == -EAGAIN && !terms->nonblock &&
	    (sync || mbx_mailbox_rendezvous(mailbox)))
		error = send_lent(mailbox, letter, terms, sync, receipt);
	return error;
}

int mbx_send(struct mbx_mailbox *mailbox, const struct mbx_letter *letter,
	     const struct mbx_terms *terms, bool sync,
	     struct mbx_receipt *receipt)
{
	int error = -EAGAIN;

	if (loan_possible(mailbox, letter, terms))
		error = send_by_loan(mailbox, letter, terms, sync, receipt);
	return error == -EAGAIN ?
	       send(mailbox, letter, terms, sync, false, receipt) : error;
}

/* Commands: what outlives the call that makes it lends nothing. */

int mbx_send_begin(struct mbx_mailbox *mailbox, const struct mbx_letter *letter,
		   const struct mbx_terms *terms, bool sync,
		   struct mbx_sender *sender,
		   void (*wake)(struct mbx_waiter *waiter),
		   struct mbx_receipt *receipt)
{
	int result;

	sender_init(sender, sync, false, wake);
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
