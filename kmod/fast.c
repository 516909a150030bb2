// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include <linux/mailbox.h>

#include "after.h"
#include "buffer.h"
#include "compat.h"
#include "copy.h"
#include "entry.h"
#include "fast.h"
#include "identity.h"
#include "quota.h"
#include "target.h"
#include "trace.h"
#include "transfer.h"

/* Events that nobody looks out for are forgotten here, without a call. */
static void events_tell(struct mbx_mailbox *mailbox, __poll_t events)
{
	struct mbx_after after __uninitialized;

	/* Poll and notice protocols, as in mbx_after_run(). */
	if (likely(!waitqueue_active(&mailbox->poll) &&
		   list_empty(&mailbox->notices)))
		return;
	mbx_after_init(&after);
	after.events = events;
	mbx_after_run(&after, mailbox);
}

/* A pointer that a 32-bit kernel would cut off is for the long way to refuse. */
static bool data_usual(const struct mailbox_message *message)
{
	return !(message->iov_count | message->flags) &&
	       (uintptr_t)message->data == message->data;
}

/* Sending */

/* Nobody's share is to be counted, and it is flat and short. */
static bool send_usual(const struct mbx_target *target,
		       const struct mailbox_message *message)
{
	const struct mbx_mailbox *mailbox = target->mailbox;

	return data_usual(message) && !message->room &&
	       message->length <= MBX_MESSAGE_INLINE &&
	       message->length <= READ_ONCE(mailbox->max_message) &&
	       message->priority <= MAILBOX_PRIORITY_MAX &&
	       mailbox->plain &&
	       target->terms.quota == mailbox->quota &&
	       uid_eq(target->terms.quota->uid, READ_ONCE(mailbox->uid));
}

/* For a sender who has no share in it. */
static bool room_locked(const struct mbx_mailbox *mailbox, size_t length)
{
	return !mailbox->dead && length <= mailbox->max_message &&
	       mailbox->bytes + length <= mailbox->max_bytes &&
	       (mailbox->unbounded || mailbox->inbox.held < mailbox->capacity);
}

/* As mbx_transfer_admit_locked(), with no receiver who waits. */
static void send_locked(struct mbx_mailbox *mailbox, struct mbx_message *message)
{
	struct mbx_entry *entry = &message->entry;

	entry->node.seq = mailbox->next_seq++;
	message->places = 1;
	mbx_entry_account_locked(mailbox, message);
	mbx_entry_slot_locked(entry);
	entry->state = MBX_ENTRY_QUEUED;
	mbx_queue_insert(&mailbox->inbox.queue, &entry->node);
}

static bool send_try(struct mbx_mailbox *mailbox, struct mbx_message *message,
		     u64 *seq)
{
	bool good;

	spin_lock(&mailbox->lock);
	good = room_locked(mailbox, message->length) &&
	       list_empty(&mailbox->inbox.receivers) &&
	       list_empty(&mailbox->notices);
	if (good) {
		send_locked(mailbox, message);
		*seq = message->entry.node.seq;
	}
	spin_unlock(&mailbox->lock);
	return good;
}

/* What the sender learns; it is sent, so an error is not reported. */
static void sent_report(const struct mailbox_message *message, u64 seq,
			struct mailbox_message __user *user)
{
	struct mailbox_message report __uninitialized;
	const size_t first = offsetof(struct mailbox_message, priority);
	const size_t last = offsetofend(struct mailbox_message, lost);

	report.priority = message->priority;
	report.info = 0;
	report.seq = seq;
	report.pid = 0;
	report.uid = 0;
	report.gid = 0;
	report.lost = 0;
	if (!mbx_copy_out((char __user *)user + first, (char *)&report + first,
			  last - first))
		return;
}

bool mbx_fast_send(const struct mbx_target *target,
		   const struct mailbox_message *user_message,
		   struct mailbox_message __user *user)
{
	struct mbx_mailbox *mailbox = target->mailbox;
	struct mbx_buffer buffer = { .length = user_message->length };
	struct mbx_letter letter = {
		.buffer = &buffer,
		.tag = user_message->tag,
		.priority = user_message->priority,
		.quota = target->terms.quota,
	};
	struct mbx_message *message;
	u64 seq;

	if (!send_usual(target, user_message))
		return false;
	letter.from = mbx_identity_current();
	/* He who made the mailbox has paid for its pool. */
	message = mbx_message_blank(mailbox, &letter, true);
	if (IS_ERR(message))
		return false;
	/* Whoever cannot be told must not send. */
	if (unlikely(!mbx_copy_in(message->data,
				  u64_to_user_ptr(user_message->data),
				  buffer.length) ||
		     put_user(0, &user->info) ||
		     !send_try(mailbox, message, &seq))) {
		mbx_message_free(mailbox, message);
		return false;
	}
	/* From here on the message is another's. */
	events_tell(mailbox, EPOLLIN | EPOLLRDNORM);
	sent_report(user_message, seq, user);
	trace_mailbox_send(mailbox->record.id, seq, buffer.length, letter.priority, 0);
	return true;
}

/* Receiving */

/* Is it short, and is nobody concerned but the receiver? */
static bool message_usual(const struct mbx_message *message, size_t room)
{
	return message->length <= room &&
	       message->length <= MBX_MESSAGE_INLINE &&
	       message->call.state == MBX_CALL_NONE &&
	       message->admitted && message->entry.slot &&
	       !message->sender && !message->notice && !message->share &&
	       !message->peeks;
}

/* As mbx_transfer_commit_locked(), with nobody who waits for room. */
static void receive_locked(struct mbx_mailbox *mailbox,
			   struct mbx_message *message)
{
	struct mbx_entry *entry = &message->entry;

	mbx_queue_remove(&mailbox->inbox.queue, &entry->node);
	entry->state = MBX_ENTRY_IDLE;
	entry->slot = false;
	message->places = 0;
	mailbox->inbox.held--;
	mailbox->messages--;
	mailbox->bytes -= message->length;
	mailbox->counts.received++;
}

static void report_fill(struct mailbox_message *report,
			const struct mbx_message *message)
{
	report->length = message->length;
	report->tag = message->tag;
	report->priority = message->entry.node.priority;
	report->info = message->info;
	report->seq = message->entry.node.seq;
	report->lost = 0;
	report->token = 0;
	mbx_identity_show(&message->from, report);
}

/*
 * The first message, if it can be copied out at once: it stays in the queue until it
 * has been, and for as short a copy the lock is held, and page faults are disabled.
 */
static struct mbx_message *receive_try(struct mbx_mailbox *mailbox,
				       struct mailbox_message *report,
				       struct mailbox_message __user *user)
{
	struct mbx_queue_node *node = mbx_queue_first(&mailbox->inbox.queue);
	struct mbx_message *message;

	if (!node || mailbox->dead || !mailbox->send_handles ||
	    !mbx_queue_empty(&mailbox->blocked))
		return NULL;
	message = mbx_entry_of(node)->message;
	if (!message_usual(message, report->room))
		return NULL;
	report_fill(report, message);
	if (!mbx_copy_out(u64_to_user_ptr(report->data), message->data,
			  message->length) ||
	    !mbx_copy_out(user, report, sizeof(*report)))
		return NULL;
	receive_locked(mailbox, message);
	return message;
}

bool mbx_fast_receive(const struct mbx_target *target,
		      struct mailbox_message *report,
		      struct mailbox_message __user *user)
{
	struct mbx_mailbox *mailbox = target->mailbox;
	struct mbx_message *message;

	if (!data_usual(report) || !mailbox->plain)
		return false;
	pagefault_disable();
	spin_lock(&mailbox->lock);
	message = receive_try(mailbox, report, user);
	spin_unlock(&mailbox->lock);
	pagefault_enable();
	if (!message)
		return false;

	trace_mailbox_receive(mailbox->record.id, message->entry.node.seq,
			      message->length, message->entry.node.priority);
	events_tell(mailbox, EPOLLOUT | EPOLLWRNORM);
	mbx_message_free(mailbox, message);
	return true;
}
