/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the short ways, see fast.h, do under the lock of the mailbox: putting a message
 * there, and taking one.  Inline, since each way does it once or in a loop of its own.
 */
#ifndef MBX_FAST_LOCKED_H
#define MBX_FAST_LOCKED_H

#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/sched.h>

#include <linux/mailbox.h>

#include "call.h"
#include "entry.h"
#include "identity.h"
#include "mailbox.h"
#include "message.h"
#include "queue.h"
#include "receiver.h"

/* Sending */

/* For a sender who has no share in it. */
static inline bool mbx_fast_room_locked(const struct mbx_mailbox *mailbox,
					size_t length)
{
	return !mailbox->dead && length <= mailbox->max_message &&
	       mailbox->bytes + length <= mailbox->max_bytes &&
	       mailbox->inbox.held < mailbox->limit;
}

/* The first who waits for a message, if he takes whatever comes. */
static inline struct mbx_receiver *
mbx_fast_receiver_locked(struct mbx_mailbox *mailbox)
{
	struct mbx_receiver *receiver;

	receiver = list_first_entry(&mailbox->inbox.receivers,
				    struct mbx_receiver, wait.link);
	return receiver->command || receiver->peek || receiver->selector.from ||
	       receiver->selector.tagged ? NULL : receiver;
}

/* As mbx_entry_offer_locked() and mbx_receiver_kick_locked(). */
static inline struct task_struct *
mbx_fast_hand_locked(struct mbx_mailbox *mailbox, struct mbx_message *message,
		     struct mbx_receiver *receiver)
{
	message->entry.state = MBX_ENTRY_HANDED;
	message->entry.receiver = receiver;
	receiver->entry = &message->entry;
	list_del_init(&receiver->wait.link);
	mailbox->waiting--;
	receiver->error = 0;
	return mbx_waiter_release(&receiver->wait);
}

/**
 * mbx_fast_place_locked - queue a usual message, or hand it to a receiver who waits
 * @mailbox: the mailbox, plain
 * @message: new
 * @task: out: whom to wake, or NULL: for mbx_fast_placed()
 *
 * Return: false: there is no room for it, or it is not that easy; nothing has
 * happened.
 */
static __always_inline bool mbx_fast_place_locked(struct mbx_mailbox *mailbox,
						  struct mbx_message *message,
						  struct task_struct **task)
{
	struct mbx_entry *entry = &message->entry;
	struct mbx_receiver *receiver = NULL;

	lockdep_assert_held(&mailbox->lock);
	*task = NULL;
	if (!mbx_fast_room_locked(mailbox, message->length) ||
	    !list_empty(&mailbox->notices))
		return false;
	if (!list_empty(&mailbox->inbox.receivers)) {
		receiver = mbx_fast_receiver_locked(mailbox);
		if (!receiver)
			return false;
	}
	/* As mbx_transfer_admit_locked(). */
	entry->node.seq = mailbox->next_seq++;
	message->places = 1;
	mbx_entry_account_locked(mailbox, message);
	mbx_entry_slot_locked(entry);
	if (receiver) {
		*task = mbx_fast_hand_locked(mailbox, message, receiver);
	} else {
		entry->state = MBX_ENTRY_QUEUED;
		mbx_queue_insert(&mailbox->inbox.queue, &entry->node);
	}
	return true;
}

/* Receiving */

/* Do @count slots that are given up let nobody in? */
static inline bool mbx_fast_slots_locked(const struct mbx_mailbox *mailbox,
					 unsigned int count)
{
	return unlikely(mbx_mailbox_closed_locked(mailbox)) ?
	       mailbox->inbox.held > (u64)mailbox->low_water + count :
	       mbx_queue_empty(&mailbox->blocked);
}

/* Has nobody to be told if @count are received: who waits for room, or for the end? */
static inline bool mbx_fast_quiet_locked(const struct mbx_mailbox *mailbox,
					 unsigned int count)
{
	return !mailbox->dead &&
	       (mailbox->send_handles || !mailbox->receive_handles) &&
	       mbx_fast_slots_locked(mailbox, count);
}

/*
 * Is it in one piece that fits into @room, and is nobody concerned but the receiver, or
 * he who calls?  That it is a call the receiver must be told.
 */
static inline bool mbx_fast_takes(const struct mbx_message *message,
				  size_t room, bool told)
{
	return message->length <= room && message->length == message->head &&
	       message->call.state <= (told ? MBX_CALL_SENT : MBX_CALL_NONE) &&
	       message->admitted && message->entry.slot &&
	       !message->sender && !message->notice && !message->share &&
	       !message->parcel && !message->peeks;
}

/* What the receiver is told, but for who has sent it. */
static inline void mbx_fast_report(struct mailbox_message *report,
				   const struct mbx_message *message)
{
	report->length = message->length;
	report->tag = message->tag;
	report->priority = message->entry.node.priority;
	report->info = message->info;
	report->seq = message->entry.node.seq;
	report->lost = 0;
	report->token = 0;
	if (message->call.state != MBX_CALL_NONE) {
		report->room = message->call.room;
		report->token = mbx_call_token(message);
	}
}

/**
 * mbx_fast_take_locked - take a usual message, as mbx_receive_commit()
 * @mailbox: the mailbox, where nobody waits for room
 * @message: no longer in its queue, or handed to the caller, who has been told all
 * @via: the open file it is received through
 *
 * Return: the message if it is to be freed; NULL: it is a call, which goes on.
 */
static __always_inline struct mbx_message *
mbx_fast_take_locked(struct mbx_mailbox *mailbox, struct mbx_message *message,
		     const void *via)
{
	struct mbx_entry *entry = &message->entry;

	lockdep_assert_held(&mailbox->lock);
	entry->receiver = NULL;
	entry->state = MBX_ENTRY_IDLE;
	entry->slot = false;
	message->places = 0;
	mailbox->inbox.held--;
	mailbox->messages--;
	mailbox->bytes -= message->length;
	mailbox->counts.received++;
	if (unlikely(mailbox->sysv))
		mbx_history_note(&mailbox->received, task_tgid(current));
	if (message->call.state == MBX_CALL_NONE)
		return message;
	mbx_call_open_locked(message, via);
	return NULL;
}

#endif /* MBX_FAST_LOCKED_H */
