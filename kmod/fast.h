/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short way of a short message, where nothing is special: sending.
 *
 * Nearly all messages are short and flat, and go to and from plain mailboxes, where
 * nobody waits but receivers who take whatever comes.  What send.c, receive.c and
 * deliver.c do for these comes down to one critical section each (fast_locked.h); the
 * same accounts are kept by the same elementary steps (entry.h).  Whatever is not as
 * usual is found out before anything has happened, and takes the long way.  Receiving
 * is in fast_take.h, batches are in fast_batch.h, calls in fast_call.h.
 */
#ifndef MBX_FAST_H
#define MBX_FAST_H

#include <linux/cred.h>
#include <linux/kernel.h>
#include <linux/poll.h>
#include <linux/types.h>

#include <linux/mailbox.h>

#include "copy.h"
#include "mailbox.h"
#include "message.h"
#include "quota.h"
#include "target.h"

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

/* To be sent: so short that it is in one place, and nobody's share is to be counted. */
static inline bool mbx_fast_short(const struct mbx_target *target,
				  size_t length)
{
	const struct mbx_mailbox *mailbox = target->mailbox;

	return length <= MBX_MESSAGE_LONG &&
	       length <= READ_ONCE(mailbox->max_message) &&
	       target->terms.quota == mailbox->quota &&
	       uid_eq(target->terms.quota->uid, READ_ONCE(mailbox->uid));
}

static inline bool mbx_fast_usual(const struct mbx_target *target,
				  const struct mailbox_message *message,
				  u32 flags)
{
	return mbx_fast_plain(target->mailbox, message, flags) &&
	       !message->room && message->priority <= MAILBOX_PRIORITY_MAX &&
	       mbx_fast_short(target, message->length);
}

/* Pollers and who wants notices; what nobody looks out for is forgotten without a call. */
void mbx_fast_tell_them(struct mbx_mailbox *mailbox, __poll_t events);

static __always_inline void mbx_fast_tell(struct mbx_mailbox *mailbox,
					  __poll_t events)
{
	/* Poll and notice protocols, as in mbx_after_run(). */
	if (unlikely(waitqueue_active(&mailbox->poll) ||
		     !list_empty(&mailbox->notices)))
		mbx_fast_tell_them(mailbox, events);
}

/* The bytes: in a message buffer after the type, which is looked at on its own. */
static inline void __user *mbx_fast_bytes(const struct mailbox_message *message)
{
	BUILD_BUG_ON(MAILBOX_MESSAGE_MSGBUF != 1);
	return u64_to_user_ptr(message->data + message->flags * sizeof(s64));
}

/* What a sender learns: the fields from @info to @lost. */
static inline void mbx_fast_sent_say(struct mailbox_message *report, u64 seq)
{
	report->info = 0;
	report->seq = seq;
	report->pid = 0;
	report->uid = 0;
	report->gid = 0;
	report->lost = 0;
}

/*
 * Tells it of @count messages, at least one, from the first one's @info to the last
 * one's @lost; they are sent, so an error is not reported.
 */
static __always_inline void
mbx_fast_sent_write(struct mailbox_message __user *user,
		    const struct mailbox_message *reports, unsigned int count)
{
	const size_t first = offsetof(struct mailbox_message, info);
	const size_t last = (count - 1) * sizeof(*reports) +
			    offsetofend(struct mailbox_message, lost);

	if (!mbx_copy_out((char __user *)user + first, (char *)reports + first,
			  last - first))
		return;
}

static __always_inline void mbx_fast_sent(u64 seq,
					  struct mailbox_message __user *user)
{
	struct mailbox_message report __uninitialized;

	mbx_fast_sent_say(&report, seq);
	mbx_fast_sent_write(user, &report, 1);
}

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

/* The same for write(2) on @target's handle, of @length bytes at @from. */
bool mbx_fast_write(const struct mbx_target *target, const void __user *from,
		    size_t length);

#endif /* MBX_FAST_H */
