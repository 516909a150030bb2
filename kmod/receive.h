/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Receiving, in two steps, so that nothing is lost between queue and user:
 * begin claims a message, or for a peek holds on to it; the caller copies it
 * out with page faults disabled; then it either commits or restores.
 */
#ifndef MBX_RECEIVE_H
#define MBX_RECEIVE_H

#include <linux/types.h>

#include "transfer.h"

/**
 * struct mbx_delivery - a message being received
 * @receiver: who receives: its @inbox, @selector, @peek and @eof are set before
 *	begin, and the rest by it
 * @room: bytes the buffer takes; set before begin
 * @tokenless: the receiver cannot be given a call's token; set before begin
 * @wake: of a command: tells it that its waiter is finished; else NULL
 * @waited: a receiver of the calling task, without a selector, has joined those who
 *	wait, is charged for it, and its wait has ended; set before begin
 * @error: with @waited: how
 * @via: the open file it receives through, if it can
 * @entry: the claimed entry; NULL when peeking at a message that is no call
 * @message: the message, after begin
 * @attachments: attachments the receiver takes
 * @needed: with -EMSGSIZE, the message's length
 * @carried: the attachments it has, after begin and with -EMSGSIZE
 * @lost: messages the inbox has lost before this one
 * @joined: of a command: it is among the receivers who wait, or was when its
 *	waiter was finished; guarded by the mailbox's lock
 * @charged: of a command: it counts among the calls that wait
 */
struct mbx_delivery {
	struct mbx_receiver *receiver;
	size_t room;
	bool tokenless;
	void (*wake)(struct mbx_waiter *waiter);
	bool waited;
	int error;
	const void *via;
	struct mbx_entry *entry;
	struct mbx_message *message;
	u32 attachments;
	u32 needed;
	u32 carried;
	u32 lost;
	bool joined;
	bool charged;
};

/**
 * mbx_receive_begin - find a message, or wait for one, and claim it
 * @mailbox: where from
 * @delivery: what to look for
 * @terms: who, and how long it may wait
 *
 * Return: 0; else nothing is claimed: -EAGAIN, -ETIMEDOUT, -ERESTARTSYS,
 * -EIDRM, -EPIPE (no senders, for an EOF handle), -EMSGSIZE, -EDQUOT, -EBUSY,
 * -EUSERS.
 */
int mbx_receive_begin(struct mbx_mailbox *mailbox,
		      struct mbx_delivery *delivery,
		      const struct mbx_terms *terms);

/**
 * mbx_receive_step - what a command can do about receiving without sleeping
 * @mailbox: where from
 * @delivery: what to look for, with @wake; zeroed before the first step
 * @terms: who, and whether it may wait
 * @woken: its waiter has been finished, and it has been told
 * @error: give up, with this error; 0: do not
 *
 * Return: -EIOCBQUEUED: the next step is due when it is told or gives up.  Else
 * as mbx_receive_begin(), but that after an error or a claim the caller also
 * owes mbx_receive_end().
 */
int mbx_receive_step(struct mbx_mailbox *mailbox,
		     struct mbx_delivery *delivery,
		     const struct mbx_terms *terms, bool woken, int error);

/* The last step has been made. */
void mbx_receive_end(struct mbx_delivery *delivery,
		     const struct mbx_terms *terms);

/* The message has been copied out. */
void mbx_receive_commit(struct mbx_mailbox *mailbox,
			struct mbx_delivery *delivery);

/* It could not be copied out, and goes back to its place. */
void mbx_receive_restore(struct mbx_mailbox *mailbox,
			 struct mbx_delivery *delivery);

#endif /* MBX_RECEIVE_H */
