// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid.h>
#include <linux/poll.h>

#include "after.h"
#include "entry.h"
#include "mailbox.h"
#include "message.h"
#include "receiver.h"
#include "share.h"
#include "transfer.h"

static void message_unaccount_locked(struct mbx_mailbox *mailbox,
				     struct mbx_message *message)
{
	if (message->admitted) {
		mailbox->messages--;
		mailbox->bytes -= message->length;
		if (message->share)
			message->share->held--;
	}
	if (message->share)
		mbx_share_put_locked(mailbox, message->share);
}

void mbx_entry_reap_locked(struct mbx_message *message,
			   struct mbx_after *after)
{
	if (mbx_message_idle(message))
		mbx_after_free(after, message);
}

static void slot_give_locked(const struct mbx_mailbox *mailbox,
			     struct mbx_entry *entry, struct mbx_after *after)
{
	if (!entry->slot)
		return;
	entry->slot = false;
	entry->inbox->held--;
	if (!mbx_mailbox_closed_locked(mailbox))
		after->events |= EPOLLOUT | EPOLLWRNORM;
}

/*
 * A command takes what it is given when its task gets round to it, and the
 * sender need not wait for that: it is received.
 */
static void command_receipt_locked(struct mbx_message *message,
				   const struct mbx_receiver *receiver,
				   struct mbx_after *after)
{
	struct mbx_sender *sender = message->sender;

	if (!sender)
		return;
	/* He is to have his pages back as soon as he is told. */
	WARN_ON_ONCE(message->loan);
	sender->received = true;
	sender->receiver = *receiver->command;
	get_pid(sender->receiver.process);
	mbx_transfer_answer_locked(message, 0, after);
}

bool mbx_entry_commanded_locked(const struct mbx_entry *entry)
{
	const struct mbx_receiver *receiver;

	list_for_each_entry(receiver, &entry->inbox->receivers, wait.link) {
		if (!receiver->peek &&
		    mbx_receiver_takes(receiver, entry->message))
			return receiver->command;
	}
	return false;
}

bool mbx_entry_offer_locked(struct mbx_mailbox *mailbox,
			    struct mbx_entry *entry, struct mbx_after *after)
{
	struct mbx_receiver *receiver, *next;

	lockdep_assert_held(&mailbox->lock);
	list_for_each_entry_safe(receiver, next, &entry->inbox->receivers,
				 wait.link) {
		if (!mbx_receiver_takes(receiver, entry->message))
			continue;
		if (receiver->peek) {
			mbx_receiver_kick_locked(mailbox, receiver, 0, after);
			continue;
		}
		entry->state = MBX_ENTRY_HANDED;
		entry->receiver = receiver;
		receiver->entry = entry;
		if (receiver->command)
			command_receipt_locked(entry->message, receiver, after);
		mbx_receiver_kick_locked(mailbox, receiver, 0, after);
		return true;
	}
	return false;
}

void mbx_entry_queue_locked(struct mbx_mailbox *mailbox,
			    struct mbx_entry *entry, struct mbx_after *after)
{
	if (mbx_entry_offer_locked(mailbox, entry, after))
		return;
	entry->state = MBX_ENTRY_QUEUED;
	mbx_queue_insert(&entry->inbox->queue, &entry->node);
	after->events |= EPOLLIN | EPOLLRDNORM;
}

void mbx_entry_block_locked(struct mbx_mailbox *mailbox,
			    struct mbx_entry *entry, struct mbx_after *after)
{
	lockdep_assert_held(&mailbox->lock);
	entry->state = MBX_ENTRY_BLOCKED;
	if (mailbox->ranked)
		entry->node.priority = entry->message->rank;
	mbx_queue_insert(&mailbox->blocked, &entry->node);
	after->events |= EPOLLIN | EPOLLRDNORM;
}

void mbx_entry_pull_locked(struct mbx_mailbox *mailbox,
			   struct mbx_entry *entry)
{
	lockdep_assert_held(&mailbox->lock);
	switch (entry->state) {
	case MBX_ENTRY_BLOCKED:
		mbx_queue_remove(&mailbox->blocked, &entry->node);
		entry->node.priority = entry->message->priority;
		break;
	case MBX_ENTRY_QUEUED:
		mbx_queue_remove(&entry->inbox->queue, &entry->node);
		break;
	case MBX_ENTRY_HANDED:
		/* The receiver is awake, or about to be, and tries again. */
		entry->receiver->entry = NULL;
		entry->receiver = NULL;
		break;
	case MBX_ENTRY_IDLE:
	case MBX_ENTRY_CLAIMED:
		break;
	}
	entry->state = MBX_ENTRY_IDLE;
}

void mbx_entry_drop_locked(struct mbx_mailbox *mailbox,
			   struct mbx_entry *entry, struct mbx_after *after)
{
	struct mbx_message *message = entry->message;

	mbx_entry_pull_locked(mailbox, entry);
	slot_give_locked(mailbox, entry, after);
	mbx_receiver_eof_locked(mailbox, after);
	if (--message->places)
		return;
	message_unaccount_locked(mailbox, message);
	mbx_entry_reap_locked(message, after);
}
