/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short way of a short message, where nothing is special.
 *
 * Nearly all messages are short and flat, and go to and from plain mailboxes, where
 * nobody waits but receivers who take whatever comes.  What send.c, receive.c and
 * deliver.c do for these comes down to one critical section each, and that is what
 * is here; the same accounts are kept by the same elementary steps (entry.h).
 * Whatever is not as usual is found out before anything has happened, and takes the
 * long way.  Calls have theirs in fast_call.h.
 */
#ifndef MBX_FAST_H
#define MBX_FAST_H

#include <linux/cred.h>
#include <linux/types.h>

#include <linux/mailbox.h>

#include "mailbox.h"
#include "message.h"
#include "quota.h"
#include "target.h"

struct mbx_receiver;

/**
 * enum mbx_fast - what has come of it
 * @MBX_FAST_NOT: nothing has happened
 * @MBX_FAST_DONE: it is done
 * @MBX_FAST_WAITED: the receiver has waited, and the long way goes on from there
 */
enum mbx_fast {
	MBX_FAST_NOT,
	MBX_FAST_DONE,
	MBX_FAST_WAITED,
};

/*
 * Nothing is special about the mailbox, and the bytes are one piece with nothing
 * attached, and no flags but @flags.  A pointer that a 32-bit kernel would cut off is
 * for the long way to refuse.
 */
static inline bool mbx_fast_plain(const struct mbx_mailbox *mailbox,
				  const struct mailbox_message *message,
				  u32 flags)
{
	return mailbox->plain &&
	       !(message->iov_count | (message->flags & ~flags) |
		 message->attachments) &&
	       (uintptr_t)message->data == message->data;
}

/* To be sent: short, and nobody's share is to be counted. */
static inline bool mbx_fast_usual(const struct mbx_target *target,
				  const struct mailbox_message *message,
				  u32 flags)
{
	const struct mbx_mailbox *mailbox = target->mailbox;

	return mbx_fast_plain(mailbox, message, flags) && !message->room &&
	       message->length <= MBX_MESSAGE_INLINE &&
	       message->length <= READ_ONCE(mailbox->max_message) &&
	       message->priority <= MAILBOX_PRIORITY_MAX &&
	       target->terms.quota == mailbox->quota &&
	       uid_eq(target->terms.quota->uid, READ_ONCE(mailbox->uid));
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
bool mbx_fast_place_locked(struct mbx_mailbox *mailbox,
			   struct mbx_message *message,
			   struct task_struct **task);

/* After unlocking.  With @handoff the calling task is about to sleep. */
void mbx_fast_placed(struct mbx_mailbox *mailbox, struct task_struct *task,
		     bool handoff);

/**
 * mbx_fast_send - send a message if that is easy
 * @target: where to
 * @message: what, as the user has it
 * @user: where to tell the sender
 *
 * Return: true if it has been sent; false: nothing has happened.
 */
bool mbx_fast_send(const struct mbx_target *target,
		   const struct mailbox_message *message,
		   struct mailbox_message __user *user);

/**
 * mbx_fast_receive - receive a message, or wait for one, if that is easy
 * @target: where from
 * @receiver: which: @selector, @peek and @eof
 * @message: the user's buffer; filled in
 * @user: where to tell the receiver
 * @error: with MBX_FAST_WAITED, for mbx_deliver_waited(): how the wait has ended
 *
 * Return: see above.
 */
enum mbx_fast mbx_fast_receive(const struct mbx_target *target,
			       struct mbx_receiver *receiver,
			       struct mailbox_message *message,
			       struct mailbox_message __user *user, int *error);

/* So many messages of a batch under one lock, at most. */
#define MBX_FAST_BATCH	8

/*
 * Sends, or receives without waiting, messages of a batch from the number @first
 * on, as long as that is easy, and at most MBX_FAST_BATCH.  Return: how many.
 */
unsigned int mbx_fast_send_batch(const struct mbx_target *target,
				 const struct mailbox_batch *batch,
				 unsigned int first);
unsigned int mbx_fast_receive_batch(const struct mbx_target *target,
				    const struct mbx_receiver *receiver,
				    const struct mailbox_batch *batch,
				    unsigned int first);

#endif /* MBX_FAST_H */
