// SPDX-License-Identifier: GPL-2.0-only
#include <linux/poll.h>
#include <linux/uaccess.h>

#include <linux/mailbox.h>

#include "call.h"
#include "compat.h"
#include "copy.h"
#include "entry.h"
#include "fast.h"
#include "fast_take.h"
#include "identity.h"
#include "quota.h"
#include "receiver.h"
#include "spare.h"
#include "trace.h"

/*
 * Is it short, and is nobody concerned but the receiver, or he who calls?  Then the
 * receiver is told the token.
 */
static bool message_usual(const struct mbx_message *message,
			  const struct mbx_take *take)
{
	return message->length <= take->room &&
	       message->length == message->head &&
	       message->call.state <= (take->report ? MBX_CALL_SENT :
						      MBX_CALL_NONE) &&
	       message->admitted && message->entry.slot &&
	       !message->sender && !message->notice && !message->share &&
	       !message->parcel && !message->peeks;
}

/* Does a slot that is given up let nobody in? */
static bool slot_usual_locked(const struct mbx_mailbox *mailbox)
{
	return unlikely(mbx_mailbox_closed_locked(mailbox)) ?
	       mailbox->inbox.held > mailbox->low_water + 1 :
	       mbx_queue_empty(&mailbox->blocked);
}

/* Has nobody to be told if it is received: who waits for room, or for the end? */
static bool mailbox_usual_locked(const struct mbx_mailbox *mailbox)
{
	return !mailbox->dead &&
	       (mailbox->send_handles || !mailbox->receive_handles) &&
	       slot_usual_locked(mailbox);
}

/* As mbx_receive_commit(), with nobody who waits for room. */
static void commit_locked(struct mbx_mailbox *mailbox,
			  struct mbx_message *message, const void *via)
{
	struct mbx_entry *entry = &message->entry;

	if (entry->state == MBX_ENTRY_QUEUED)
		mbx_queue_remove(&mailbox->inbox.queue, &entry->node);
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
	if (message->call.state == MBX_CALL_SENT)
		mbx_call_open_locked(message, via);
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
	if (message->call.state != MBX_CALL_NONE) {
		report->room = message->call.room;
		report->token = mbx_call_token(message);
	}
	mbx_identity_show(&message->from, report);
}

static bool tag_write(const struct mailbox_message *report)
{
	return likely(!report->flags) ||
	       mbx_copy_out(u64_to_user_ptr(report->data), &report->tag,
			    sizeof(report->tag));
}

static bool report_write(const struct mbx_take *take,
			 const struct mbx_message *message)
{
	struct mailbox_message *report = take->report;

	report_fill(report, message);
	return tag_write(report) &&
	       mbx_copy_out(take->user, report, sizeof(*report));
}

/* Takes a message if it can be copied out at once. */
static bool take_locked(struct mbx_take *take, struct mbx_message *message)
{
	if (!message_usual(message, take))
		return false;
	take->garbage = message->call.state == MBX_CALL_NONE ? message : NULL;
	take->length = message->length;
	take->seq = message->entry.node.seq;
	take->priority = message->entry.node.priority;
	if (!mbx_copy_out(take->bytes, message->data, message->length) ||
	    (take->report && !report_write(take, message)))
		return false;
	commit_locked(take->mailbox, message, take->via);
	return true;
}

bool mbx_fast_take_locked(struct mbx_take *take)
{
	struct mbx_mailbox *mailbox = take->mailbox;
	struct mbx_queue_node *node = mbx_queue_first(&mailbox->inbox.queue);

	lockdep_assert_held(&mailbox->lock);
	return node && mailbox_usual_locked(mailbox) &&
	       take_locked(take, mbx_entry_of(node)->message);
}

static __always_inline void taken(struct mbx_take *take)
{
	struct mbx_mailbox *mailbox = take->mailbox;

	trace_mailbox_receive(mailbox->record.id, take->seq, take->length,
			      take->priority);
	mbx_fast_tell(mailbox, EPOLLOUT | EPOLLWRNORM);
	if (take->garbage)
		mbx_message_free_taken(mailbox, take->garbage);
}

/* As in receive.c.  Whoever polls an empty rendezvous is for the long way to tell. */
static bool join_locked(const struct mbx_target *target,
			struct mbx_receiver *receiver)
{
	struct mbx_mailbox *mailbox = target->mailbox;

	if (target->terms.nonblock || target->terms.attempt ||
	    mbx_mailbox_rendezvous(mailbox) ||
	    !mbx_queue_empty(&mailbox->blocked) ||
	    mbx_quota_charge_waiting(target->terms.quota))
		return false;
	receiver->inbox = target->inbox;
	mbx_receiver_init(receiver);
	receiver->error = 0;
	receiver->entry = NULL;
	mbx_waiter_init(&receiver->wait, NULL);
	mbx_receiver_join_locked(mailbox, receiver, false);
	return true;
}

/* Takes the first message, or else joins those who wait. */
static __always_inline enum mbx_fast
receive_try(const struct mbx_target *target, struct mbx_receiver *receiver,
	    struct mbx_take *take)
{
	struct mbx_mailbox *mailbox = target->mailbox;
	enum mbx_fast result = MBX_FAST_NOT;
	struct mbx_queue_node *node;

	pagefault_disable();
	spin_lock(&mailbox->lock);
	if (mailbox_usual_locked(mailbox)) {
		node = mbx_queue_first(&mailbox->inbox.queue);
		if (!node)
			result = join_locked(target, receiver) ?
				 MBX_FAST_WAITED : MBX_FAST_NOT;
		else if (take_locked(take, mbx_entry_of(node)->message))
			result = MBX_FAST_DONE;
	}
	spin_unlock(&mailbox->lock);
	pagefault_enable();
	return result;
}

/* Takes what it has been handed. */
static bool receive_handed(struct mbx_receiver *receiver, struct mbx_take *take)
{
	struct mbx_mailbox *mailbox = take->mailbox;
	bool done;

	pagefault_disable();
	spin_lock(&mailbox->lock);
	done = receiver->entry && mailbox_usual_locked(mailbox) &&
	       take_locked(take, receiver->entry->message);
	spin_unlock(&mailbox->lock);
	pagefault_enable();
	return done;
}

static __always_inline enum mbx_fast
receive(const struct mbx_target *target, struct mbx_receiver *receiver,
	struct mbx_take *take, int *error)
{
	enum mbx_fast result;

	result = receive_try(target, receiver, take);
	if (result == MBX_FAST_WAITED) {
		*error = mbx_wait(&receiver->wait, &target->terms.deadline);
		if (*error || !receive_handed(receiver, take))
			return MBX_FAST_WAITED;
		mbx_quota_uncharge_waiting(target->terms.quota);
		result = MBX_FAST_DONE;
	}
	if (result == MBX_FAST_DONE)
		taken(take);
	return result;
}

enum mbx_fast mbx_fast_receive(const struct mbx_target *target,
			       struct mbx_receiver *receiver,
			       struct mailbox_message *report,
			       struct mailbox_message __user *user, int *error)
{
	struct mbx_take take = {
		.mailbox = target->mailbox,
		.via = target->terms.via,
		.bytes = mbx_fast_bytes(report),
		.room = report->room,
		.report = report,
		.user = user,
	};

	if (receiver->selector.from || receiver->selector.tagged ||
	    receiver->peek ||
	    !mbx_fast_plain(target->mailbox, report, MAILBOX_MESSAGE_MSGBUF))
		return MBX_FAST_NOT;
	return receive(target, receiver, &take, error);
}

enum mbx_fast mbx_fast_read(const struct mbx_target *target,
			    struct mbx_receiver *receiver, void __user *to,
			    size_t *length, int *error)
{
	struct mbx_take take = {
		.mailbox = target->mailbox,
		.via = target->terms.via,
		.bytes = to,
		.room = *length,
	};
	enum mbx_fast result;

	if (!target->mailbox->plain)
		return MBX_FAST_NOT;
	result = receive(target, receiver, &take, error);
	if (result == MBX_FAST_DONE)
		*length = take.length;
	return result;
}
