// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/poll.h>

#include "after.h"
#include "entry.h"
#include "lend.h"
#include "notice.h"
#include "receiver.h"
#include "share.h"
#include "transfer.h"

/* Room */

bool mbx_transfer_slot_locked(struct mbx_mailbox *mailbox)
{
	const struct mbx_inbox *inbox;

	lockdep_assert_held(&mailbox->lock);
	if (mailbox->unbounded || mailbox->lossy)
		return true;
	list_for_each_entry(inbox, &mailbox->inboxes, link) {
		if (inbox->held >= mailbox->limit)
			return false;
	}
	return !list_empty(&mailbox->inboxes);
}

/* Without regard to whose it is. */
static bool fits_locked(struct mbx_mailbox *mailbox,
			const struct mbx_message *message)
{
	return mbx_transfer_slot_locked(mailbox) &&
	       mailbox->bytes + message->length <= mailbox->max_bytes;
}

bool mbx_transfer_room_locked(struct mbx_mailbox *mailbox,
			      const struct mbx_message *message)
{
	const struct mbx_share *share = message->share;

	return fits_locked(mailbox, message) &&
	       (!share || mbx_share_fits_locked(mailbox, share->held));
}

/* The low-water mark */

/* Has some inbox more messages than the mark says? */
static bool above_locked(const struct mbx_mailbox *mailbox)
{
	const struct mbx_inbox *inbox;

	list_for_each_entry(inbox, &mailbox->inboxes, link) {
		if (inbox->held > mailbox->low_water)
			return true;
	}
	return false;
}

void mbx_transfer_close_locked(struct mbx_mailbox *mailbox)
{
	lockdep_assert_held(&mailbox->lock);
	if (unlikely(mailbox->low_water) && above_locked(mailbox))
		WRITE_ONCE(mailbox->limit, 0);
}

void mbx_transfer_refused_locked(struct mbx_mailbox *mailbox,
				 const struct mbx_message *message)
{
	if (fits_locked(mailbox, message))
		mailbox->counts.refused_share++;
	else
		mbx_transfer_close_locked(mailbox);
}

/* Opens it if it is time; false: it stays closed. */
static bool open_locked(struct mbx_mailbox *mailbox, struct mbx_after *after)
{
	if (above_locked(mailbox))
		return false;
	WRITE_ONCE(mailbox->limit, mailbox->capacity);
	after->events |= EPOLLOUT | EPOLLWRNORM;
	return true;
}

/* Are those who have been let in enough for one critical section? */
static bool enough_locked(const struct mbx_mailbox *mailbox, unsigned int count)
{
	return mailbox->low_water && count >= MBX_REFILL &&
	       above_locked(mailbox);
}

/* Into the mailbox */

bool mbx_transfer_offer_locked(struct mbx_mailbox *mailbox,
			       struct mbx_message *message,
			       struct mbx_after *after)
{
	lockdep_assert_held(&mailbox->lock);
	/* If nobody takes it, or his copy fails, it is blocked. */
	message->rank = mbx_rank();
	if (mbx_mailbox_multicast(mailbox) ||
	    !mbx_entry_offer_locked(mailbox, &message->entry, after))
		return false;
	message->places = 1;
	return true;
}

void mbx_transfer_block_locked(struct mbx_mailbox *mailbox,
			       struct mbx_message *message,
			       struct mbx_after *after)
{
	lockdep_assert_held(&mailbox->lock);
	message->places = 1;
	mbx_entry_block_locked(mailbox, &message->entry, after);
}

/* Multicast */

/*
 * A lagging inbox loses a message; false if all it has is being copied out.
 * A sender who waits for a receiver of it may have none left.
 */
static bool inbox_lose_locked(struct mbx_mailbox *mailbox,
			      struct mbx_inbox *inbox, struct mbx_after *after)
{
	struct mbx_entry *entry = mbx_entry_of(mbx_queue_least(&inbox->queue));

	inbox->lost++;
	mailbox->counts.lost++;
	if (!entry)
		return false;
	if (entry->message->places == 1)
		mbx_transfer_answer_locked(entry->message, -EPIPE, after);
	mbx_entry_drop_locked(mailbox, entry, after);
	return true;
}

static void message_copy_to_locked(struct mbx_mailbox *mailbox,
				   struct mbx_message *message,
				   struct mbx_inbox *inbox,
				   struct mbx_after *after)
{
	struct mbx_entry *copy;

	while (!mailbox->unbounded && inbox->held >= mailbox->capacity) {
		if (!inbox_lose_locked(mailbox, inbox, after))
			return;
	}
	copy = &message->copies[message->copy_count++];
	copy->message = message;
	copy->inbox = inbox;
	copy->node.seq = message->entry.node.seq;
	copy->node.priority = message->priority;
	message->places++;
	mbx_entry_slot_locked(copy);
	mbx_entry_queue_locked(mailbox, copy, after);
}

/* All get a copy; the place that held the message meanwhile goes. */
static void message_copy_locked(struct mbx_mailbox *mailbox,
				struct mbx_message *message,
				struct mbx_after *after)
{
	struct mbx_inbox *inbox;

	list_for_each_entry(inbox, &mailbox->inboxes, link)
		message_copy_to_locked(mailbox, message, inbox, after);
	if (list_empty(&mailbox->inboxes))
		mailbox->counts.lost++;
	if (!message->copy_count)
		mbx_transfer_answer_locked(message, -EPIPE, after);
	mbx_entry_drop_locked(mailbox, &message->entry, after);
}

void mbx_transfer_admit_locked(struct mbx_mailbox *mailbox,
			       struct mbx_message *message,
			       struct mbx_after *after)
{
	lockdep_assert_held(&mailbox->lock);
	message->places = 1;
	mbx_entry_account_locked(mailbox, message);
	if (message->sender && !message->sender->sync)
		mbx_transfer_answer_locked(message, 0, after);

	if (mbx_mailbox_multicast(mailbox)) {
		message_copy_locked(mailbox, message, after);
	} else {
		mbx_entry_slot_locked(&message->entry);
		mbx_entry_queue_locked(mailbox, &message->entry, after);
		if (unlikely(!list_empty(&mailbox->notices)))
			mbx_notice_arrived_locked(mailbox, message, after);
	}
}

void mbx_transfer_refill_locked(struct mbx_mailbox *mailbox,
				struct mbx_after *after)
{
	struct mbx_queue_node *node, *next;
	unsigned int count = 0;
	bool full = false;

	lockdep_assert_held(&mailbox->lock);
	if (mailbox->dead)
		return;
	if (mbx_mailbox_closed_locked(mailbox) && !open_locked(mailbox, after))
		return;
	for (node = mbx_queue_first(&mailbox->blocked); node; node = next) {
		struct mbx_message *message = mbx_entry_of(node)->message;

		next = mbx_queue_next(node);
		if (!mbx_transfer_slot_locked(mailbox) ||
		    enough_locked(mailbox, count)) {
			full = true;
			break;
		}
		if (!mbx_transfer_room_locked(mailbox, message)) {
			full |= !fits_locked(mailbox, message);
			continue;
		}
		mbx_entry_pull_locked(mailbox, &message->entry);
		mbx_transfer_admit_locked(mailbox, message, after);
		count++;
	}
	if (full)
		mbx_transfer_close_locked(mailbox);
}

/* Out of the mailbox */

/* The entry of @queue with the lowest tag that @receiver takes. */
static struct mbx_entry *queue_lowest(const struct mbx_queue *queue,
				      const struct mbx_receiver *receiver)
{
	struct mbx_entry *lowest = NULL;
	struct mbx_queue_node *node;

	for (node = mbx_queue_first(queue); node; node = mbx_queue_next(node)) {
		struct mbx_entry *entry = mbx_entry_of(node);

		if ((!lowest || entry->message->tag < lowest->message->tag) &&
		    mbx_receiver_takes(receiver, entry->message))
			lowest = entry;
	}
	return lowest;
}

static struct mbx_entry *queue_at(const struct mbx_queue *queue, u64 place)
{
	struct mbx_queue_node *node = mbx_queue_first(queue);

	while (node && place--)
		node = mbx_queue_next(node);
	return node ? mbx_entry_of(node) : NULL;
}

static struct mbx_entry *queue_find(const struct mbx_queue *queue,
				    const struct mbx_receiver *receiver)
{
	struct mbx_queue_node *node;

	if (unlikely(receiver->selector.lowest))
		return queue_lowest(queue, receiver);
	for (node = mbx_queue_first(queue); node; node = mbx_queue_next(node)) {
		if (mbx_receiver_takes(receiver, mbx_entry_of(node)->message))
			return mbx_entry_of(node);
	}
	return NULL;
}

struct mbx_entry *mbx_transfer_find_locked(struct mbx_mailbox *mailbox,
					   const struct mbx_receiver *receiver)
{
	struct mbx_entry *entry;

	lockdep_assert_held(&mailbox->lock);
	if (unlikely(receiver->selector.at))
		return queue_at(&receiver->inbox->queue,
				receiver->selector.tag_min);
	entry = queue_find(&receiver->inbox->queue, receiver);
	if (entry || mbx_mailbox_multicast(mailbox))
		return entry;
	return queue_find(&mailbox->blocked, receiver);
}

void mbx_transfer_claim_locked(struct mbx_mailbox *mailbox,
			       struct mbx_entry *entry)
{
	mbx_entry_pull_locked(mailbox, entry);
	entry->state = MBX_ENTRY_CLAIMED;
}

void mbx_transfer_answer_locked(struct mbx_message *message, int error,
				struct mbx_after *after)
{
	struct mbx_sender *sender = message->sender;

	if (!sender) {
		if (error && message->notice)
			mbx_notice_receipt_locked(message, error, after);
		return;
	}
	message->sender = NULL;
	sender->error = error;
	mbx_waiter_finish(&sender->wait, &after->wakes);
}

/* The calling task has received the message: tell a sender who waits. */
static void message_receipt_locked(struct mbx_message *message,
				   struct mbx_after *after)
{
	struct mbx_sender *sender = message->sender;

	if (message->notice)
		mbx_notice_receipt_locked(message, 0, after);
	if (!sender)
		return;
	sender->received = true;
	sender->receiver = mbx_identity_current();
	get_pid(sender->receiver.process);
	mbx_transfer_answer_locked(message, 0, after);
}

void mbx_transfer_commit_locked(struct mbx_mailbox *mailbox,
				struct mbx_entry *entry,
				struct mbx_after *after)
{
	struct mbx_message *message = entry->message;

	lockdep_assert_held(&mailbox->lock);
	message_receipt_locked(message, after);
	if (!message->admitted)
		mbx_entry_sent_locked(mailbox, message);
	mailbox->counts.received++;
	if (unlikely(mailbox->sysv))
		mbx_history_note(&mailbox->received, task_tgid(current));
	mbx_entry_drop_locked(mailbox, entry, after);
	mbx_lend_done_locked(message, after);
	mbx_transfer_refill_locked(mailbox, after);
}

/*
 * The next who would take a lent message is a command: its sender has the bytes back
 * and sends them in another way, unless he has given up.
 */
static bool loan_return_locked(struct mbx_mailbox *mailbox,
			       struct mbx_entry *entry, struct mbx_after *after)
{
	struct mbx_message *message = entry->message;

	/* A caller is there for as long as it takes. */
	if (!message->loan || !message->sender ||
	    !mbx_entry_commanded_locked(entry))
		return false;
	if (message->admitted)
		mailbox->counts.sent--;
	if (message->withdrawing && !message->sender->tentative)
		mailbox->counts.withdrawn++;
	mbx_transfer_answer_locked(message, message->withdrawing ?: -EAGAIN,
				   after);
	mbx_entry_drop_locked(mailbox, entry, after);
	mbx_transfer_refill_locked(mailbox, after);
	return true;
}

void mbx_transfer_restore_locked(struct mbx_mailbox *mailbox,
				 struct mbx_entry *entry,
				 struct mbx_after *after)
{
	struct mbx_message *message = entry->message;

	mbx_entry_pull_locked(mailbox, entry);
	mbx_lend_done_locked(message, after);
	if (mailbox->dead || message->call.state >= MBX_CALL_ANSWERED) {
		if (message->places == 1)
			mbx_transfer_answer_locked(message, mailbox->dead,
						   after);
		mbx_entry_drop_locked(mailbox, entry, after);
		mbx_transfer_refill_locked(mailbox, after);
		return;
	}
	if (loan_return_locked(mailbox, entry, after))
		return;
	if (entry->slot)
		mbx_entry_queue_locked(mailbox, entry, after);
	else if (!mbx_entry_offer_locked(mailbox, entry, after))
		mbx_entry_block_locked(mailbox, entry, after);

	if (message->withdrawing && message->sender) {
		int error = message->withdrawing;
		struct mbx_sender *sender = message->sender;

		if (!mbx_transfer_withdraw_locked(mailbox, message, after))
			return;
		sender->error = error;
		mbx_waiter_finish(&sender->wait, &after->wakes);
		return;
	}
	mbx_transfer_refill_locked(mailbox, after);
}

/* The places of a message: one, or once it is multicast one for each copy. */
static struct mbx_entry *message_entries(struct mbx_message *message,
					 unsigned int *count)
{
	if (message->copy_count) {
		*count = message->copy_count;
		return message->copies;
	}
	*count = 1;
	return &message->entry;
}

bool mbx_transfer_handed_locked(struct mbx_message *message)
{
	struct mbx_entry *entries;
	unsigned int count, i;

	entries = message_entries(message, &count);
	for (i = 0; i < count; i++) {
		if (entries[i].state == MBX_ENTRY_HANDED)
			return true;
	}
	return false;
}

bool mbx_transfer_withdraw_locked(struct mbx_mailbox *mailbox,
				  struct mbx_message *message,
				  struct mbx_after *after)
{
	struct mbx_entry *entries;
	unsigned int count, i;

	lockdep_assert_held(&mailbox->lock);
	entries = message_entries(message, &count);
	for (i = 0; i < count; i++) {
		if (entries[i].state == MBX_ENTRY_CLAIMED)
			return false;
	}

	if (!message->sender || !message->sender->tentative)
		mailbox->counts.withdrawn++;
	message->sender = NULL;
	if (message->admitted)
		mailbox->counts.sent--;
	for (i = 0; i < count; i++) {
		if (entries[i].state != MBX_ENTRY_IDLE)
			mbx_entry_drop_locked(mailbox, &entries[i], after);
	}
	mbx_transfer_refill_locked(mailbox, after);
	return true;
}
