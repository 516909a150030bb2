/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The states of a message in a mailbox, and the steps between them:
 *
 *	 (new) --admit--> QUEUED ---claim--+
 *	   |                 ^             v
 *	   +--block--> BLOCKED --claim--> CLAIMED --commit--> (received)
 *	   |                               ^
 *	   +--offer--> HANDED -----claim---+
 *
 * A message is offered to the receivers who wait whenever it would become
 * QUEUED or BLOCKED, and is HANDED to the first that takes it.  A CLAIMED
 * message whose copy fails is restored: HANDED to another receiver, or back in
 * its place in the queue it came from.  Refill admits BLOCKED messages when
 * slots become free.
 *
 * QUEUED, HANDED and CLAIMED messages that came through QUEUED hold a slot of
 * their inbox; BLOCKED ones, and those handed over or claimed from there, hold
 * none, and their senders wait.  From any state but CLAIMED the sender can
 * withdraw a message; from CLAIMED it waits for the copy, which is bounded,
 * to end in a commit or a restore.  At a deadline it also waits for a receiver
 * to whom the message is HANDED, who was there in time.
 *
 * A receiver that is a command on a ring takes a message when its task next comes
 * by, which may be late.  So a sender who waits is told when the message is HANDED
 * to a command; if that has to restore it, it is BLOCKED or QUEUED without a sender.
 * Lent bytes (loan.h) are not there for so long: where a lent message would be HANDED
 * to a command it leaves the mailbox, and its sender sends a copy.  A command that
 * finds one claims and copies it in one go, as a task does.
 * (Commands are not in the model.)
 *
 * Two rules keep this right:
 *
 *   - No one waits for what is there: while a receiver waits, no message that
 *     it would take is QUEUED or BLOCKED; while the mailbox is open and a slot is
 *     free, no sender who may use it is BLOCKED.
 *   - A sender who waits is told exactly once (mbx_waiter_finish), in the same
 *     critical section in which its message becomes received, admitted, or
 *     lost to the mailbox's end.
 *
 * A mailbox with a low-water mark is open or closed (mbx_mailbox_closed_locked()).  It
 * closes when somebody finds no slot or too few bytes, and while it is closed nobody
 * finds any.  Whatever gives up a slot is followed by a refill, and that opens it if no
 * inbox holds more than the mark says; so what is closed holds something that is still
 * to be given up.  If the refill leaves senders BLOCKED for want of room it closes again.
 *
 * All functions that end in _locked want mailbox->lock held.
 *
 * selftests/model/transfer.pml has the same states and steps by the same names,
 * from send.c and receive.c down to wait.c, and is explored exhaustively: who
 * changes one changes the other.
 */
#ifndef MBX_TRANSFER_H
#define MBX_TRANSFER_H

#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/types.h>

#include "mailbox.h"
#include "message.h"
#include "receiver.h"
#include "wait.h"

struct mbx_after;

/**
 * struct mbx_terms - on what terms a call is made: by whom, and for how long
 * @via: the open file it comes through
 * @quota: the caller's account; borrowed
 * @nonblock: not at all
 * @attempt: not now: -EIOCBQUEUED, and nothing has been done
 * @deadline: until when
 */
struct mbx_terms {
	const void *via;
	struct mbx_quota *quota;
	bool nonblock;
	bool attempt;
	struct mbx_deadline deadline;
};

/**
 * struct mbx_sender - a sender, while its call lasts
 * @wait: how to wake it
 * @sync: wait until the message is received, not only admitted
 * @message: what it sends; gone when @wait is finished
 * @tentative: should it not be received at once it is sent in another way, and
 *	nothing is counted
 * @error: outcome: 0 or an error
 * @received: outcome: by @receiver, whose pid has a reference
 * @receiver: who received it
 */
struct mbx_sender {
	struct mbx_waiter wait;
	bool sync;
	struct mbx_message *message;
	bool tentative;
	int error;
	bool received;
	struct mbx_identity receiver;
};

/* The calling process, borrowed for as long as the call lasts. */
static inline struct mbx_identity mbx_identity_current(void)
{
	return (struct mbx_identity) {
		.process = task_tgid(current),
		.uid = current_euid(),
		.gid = current_egid(),
	};
}

/* Is there room for this message, and a slot for its sender? */
bool mbx_transfer_room_locked(struct mbx_mailbox *mailbox,
			      const struct mbx_message *message);

/* Is there a free slot at all? */
bool mbx_transfer_slot_locked(struct mbx_mailbox *mailbox);

/* There is no room for @message: it is counted, or the mailbox closes. */
void mbx_transfer_refused_locked(struct mbx_mailbox *mailbox,
				 const struct mbx_message *message);

/* Somebody waits for room: the mailbox closes if it holds more than its mark says. */
void mbx_transfer_close_locked(struct mbx_mailbox *mailbox);

/* Gives @message a slot, and hands or queues it. */
void mbx_transfer_admit_locked(struct mbx_mailbox *mailbox,
			       struct mbx_message *message,
			       struct mbx_after *after);

/* Hands a new message, without a slot, to a waiting receiver if there is one. */
bool mbx_transfer_offer_locked(struct mbx_mailbox *mailbox,
			       struct mbx_message *message,
			       struct mbx_after *after);

/* Lets a new message wait for a slot or a receiver. */
void mbx_transfer_block_locked(struct mbx_mailbox *mailbox,
			       struct mbx_message *message,
			       struct mbx_after *after);

/* The first message that @receiver takes, or NULL. */
struct mbx_entry *mbx_transfer_find_locked(struct mbx_mailbox *mailbox,
					   const struct mbx_receiver *receiver);

/* Takes a QUEUED, BLOCKED or HANDED entry to be copied out. */
void mbx_transfer_claim_locked(struct mbx_mailbox *mailbox,
			       struct mbx_entry *entry);

/* A CLAIMED entry has been copied: it is received. */
void mbx_transfer_commit_locked(struct mbx_mailbox *mailbox,
				struct mbx_entry *entry,
				struct mbx_after *after);

/* A CLAIMED or HANDED entry goes back to its place. */
void mbx_transfer_restore_locked(struct mbx_mailbox *mailbox,
				 struct mbx_entry *entry,
				 struct mbx_after *after);

/* Has it been handed to a receiver, who has yet to wake up? */
bool mbx_transfer_handed_locked(struct mbx_message *message);

/**
 * mbx_transfer_withdraw_locked - take a message out of the mailbox
 * @mailbox: the mailbox
 * @message: not received by anybody yet
 * @after: collects what follows
 *
 * Return: false if it is being copied out, and nothing was changed.
 */
bool mbx_transfer_withdraw_locked(struct mbx_mailbox *mailbox,
				  struct mbx_message *message,
				  struct mbx_after *after);

/* Ends a sender's wait; 0 with the calling task as the receiver, or an error. */
void mbx_transfer_answer_locked(struct mbx_message *message, int error,
				struct mbx_after *after);

/*
 * Senders that are let in under one lock, where the mailbox has a mark and holds more
 * than that: a pipe's page.
 */
#define MBX_REFILL	64

/* Lets blocked senders into free slots, unless the mailbox is and stays closed. */
void mbx_transfer_refill_locked(struct mbx_mailbox *mailbox,
				struct mbx_after *after);

#endif /* MBX_TRANSFER_H */
