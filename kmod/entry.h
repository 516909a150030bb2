/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An entry: a message's place in an inbox, and the accounts that go with it.
 *
 * These are the elementary steps, each of which leaves the mailbox's counters
 * right; transfer.h combines them to what senders and receivers do.  All want
 * mailbox->lock held.
 */
#ifndef MBX_ENTRY_H
#define MBX_ENTRY_H

#include "mailbox.h"
#include "message.h"
#include "share.h"

struct mbx_after;

static inline struct mbx_entry *mbx_entry_of(struct mbx_queue_node *node)
{
	return node ? container_of(node, struct mbx_entry, node) : NULL;
}

/* The message has come: admitted, or received without. */
static inline void mbx_entry_sent_locked(struct mbx_mailbox *mailbox,
					 const struct mbx_message *message)
{
	mailbox->counts.sent++;
	if (unlikely(mailbox->sysv))
		mbx_history_note(&mailbox->sent, message->from.process);
}

/* The message counts from now on in what the mailbox holds. */
static inline void mbx_entry_account_locked(struct mbx_mailbox *mailbox,
					    struct mbx_message *message)
{
	lockdep_assert_held(&mailbox->lock);
	message->admitted = true;
	mailbox->messages++;
	mailbox->bytes += message->length;
	mbx_entry_sent_locked(mailbox, message);
	if (message->share)
		message->share->held++;
}

/* Gives an entry a slot of its inbox. */
static inline void mbx_entry_slot_locked(struct mbx_entry *entry)
{
	entry->slot = true;
	entry->inbox->held++;
}

/* Would it be handed to a command, which takes its time to take it? */
bool mbx_entry_commanded_locked(const struct mbx_entry *entry);

/* Hands an entry to the first waiting receiver that takes it, if any does. */
bool mbx_entry_offer_locked(struct mbx_mailbox *mailbox,
			    struct mbx_entry *entry, struct mbx_after *after);

/* Hands it over, or puts it into its inbox's queue. */
void mbx_entry_queue_locked(struct mbx_mailbox *mailbox,
			    struct mbx_entry *entry, struct mbx_after *after);

/* Puts it into the queue of blocked senders. */
void mbx_entry_block_locked(struct mbx_mailbox *mailbox,
			    struct mbx_entry *entry, struct mbx_after *after);

/* Takes it out of wherever it is, but keeps its place and its slot. */
void mbx_entry_pull_locked(struct mbx_mailbox *mailbox,
			   struct mbx_entry *entry);

/* Takes it out, and gives up its place and its slot. */
void mbx_entry_drop_locked(struct mbx_mailbox *mailbox,
			   struct mbx_entry *entry, struct mbx_after *after);

/* Frees @message if nobody can find it any more. */
void mbx_entry_reap_locked(struct mbx_message *message,
			   struct mbx_after *after);

#endif /* MBX_ENTRY_H */
