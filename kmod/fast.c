// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/uaccess.h>

#include <linux/mailbox.h>

#include "after.h"
#include "batch.h"
#include "buffer.h"
#include "call.h"
#include "compat.h"
#include "copy.h"
#include "entry.h"
#include "fast.h"
#include "identity.h"
#include "quota.h"
#include "receiver.h"
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

/* The bytes: in a message buffer after the type, which is looked at on its own. */
static void __user *data_bytes(const struct mailbox_message *message)
{
	BUILD_BUG_ON(MAILBOX_MESSAGE_MSGBUF != 1);
	return u64_to_user_ptr(message->data + message->flags * sizeof(s64));
}

static bool tag_read(struct mbx_letter *letter,
		     const struct mailbox_message *message)
{
	s64 __user *type = u64_to_user_ptr(message->data);
	s64 value;

	if (likely(!message->flags))
		return true;
	if (get_user(value, type) || value < 1)
		return false;
	letter->tag = value;
	return true;
}

static bool tag_write(const struct mailbox_message *report)
{
	return likely(!report->flags) ||
	       mbx_copy_out(u64_to_user_ptr(report->data), &report->tag,
			    sizeof(report->tag));
}

/* Sending */

/* For a sender who has no share in it. */
static bool room_locked(const struct mbx_mailbox *mailbox, size_t length)
{
	return !mailbox->dead && length <= mailbox->max_message &&
	       mailbox->bytes + length <= mailbox->max_bytes &&
	       (mailbox->unbounded || mailbox->inbox.held < mailbox->capacity);
}

/* The first who waits for a message, if he takes whatever comes. */
static struct mbx_receiver *receiver_usual_locked(struct mbx_mailbox *mailbox)
{
	struct mbx_receiver *receiver;

	receiver = list_first_entry(&mailbox->inbox.receivers,
				    struct mbx_receiver, wait.link);
	return receiver->command || receiver->peek || receiver->selector.from ||
	       receiver->selector.tagged ? NULL : receiver;
}

/* As mbx_entry_offer_locked() and mbx_receiver_kick_locked(). */
static struct task_struct *message_hand_locked(struct mbx_mailbox *mailbox,
					       struct mbx_message *message,
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

bool mbx_fast_place_locked(struct mbx_mailbox *mailbox,
			   struct mbx_message *message,
			   struct task_struct **task)
{
	struct mbx_entry *entry = &message->entry;
	struct mbx_receiver *receiver = NULL;

	lockdep_assert_held(&mailbox->lock);
	*task = NULL;
	if (!room_locked(mailbox, message->length) ||
	    !list_empty(&mailbox->notices))
		return false;
	if (!list_empty(&mailbox->inbox.receivers)) {
		receiver = receiver_usual_locked(mailbox);
		if (!receiver)
			return false;
	}
	/* As mbx_transfer_admit_locked(). */
	entry->node.seq = mailbox->next_seq++;
	message->places = 1;
	mbx_entry_account_locked(mailbox, message);
	mbx_entry_slot_locked(entry);
	if (receiver) {
		*task = message_hand_locked(mailbox, message, receiver);
	} else {
		entry->state = MBX_ENTRY_QUEUED;
		mbx_queue_insert(&mailbox->inbox.queue, &entry->node);
	}
	return true;
}

void mbx_fast_placed(struct mbx_mailbox *mailbox, struct task_struct *task,
		     bool handoff)
{
	if (task)
		mbx_waiter_wake(task, handoff);
	else
		events_tell(mailbox, EPOLLIN | EPOLLRDNORM);
}

/* What the sender learns; it is sent, so an error is not reported. */
static void sent_report(u64 seq, struct mailbox_message __user *user)
{
	struct mailbox_message report __uninitialized;
	const size_t first = offsetof(struct mailbox_message, info);
	const size_t last = offsetofend(struct mailbox_message, lost);

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

/* A message that can be sent, or NULL.  Whoever cannot be told must not send. */
static __always_inline struct mbx_message *
message_make(const struct mbx_target *target,
	     const struct mailbox_message *message,
	     struct mailbox_message __user *user)
{
	struct mbx_mailbox *mailbox = target->mailbox;
	struct mbx_buffer buffer = { .length = message->length };
	struct mbx_letter letter = {
		.buffer = &buffer,
		.tag = message->tag,
		.priority = message->priority,
		.quota = target->terms.quota,
	};
	struct mbx_message *made;

	if (!mbx_fast_usual(target, message, MAILBOX_MESSAGE_MSGBUF) ||
	    !tag_read(&letter, message))
		return NULL;
	letter.from = mbx_identity_current();
	/* He who made the mailbox has paid for its pool. */
	made = mbx_message_blank(mailbox, &letter, true);
	if (IS_ERR(made))
		return NULL;
	if (likely(mbx_copy_in(made->data, data_bytes(message),
			       buffer.length) && !put_user(0, &user->info)))
		return made;
	mbx_message_free(mailbox, made);
	return NULL;
}

bool mbx_fast_send(const struct mbx_target *target,
		   const struct mailbox_message *user_message,
		   struct mailbox_message __user *user)
{
	struct mbx_mailbox *mailbox = target->mailbox;
	struct mbx_message *message;
	struct task_struct *task;
	bool sent;
	u64 seq;

	message = message_make(target, user_message, user);
	if (!message)
		return false;
	spin_lock(&mailbox->lock);
	sent = mbx_fast_place_locked(mailbox, message, &task);
	seq = message->entry.node.seq;
	spin_unlock(&mailbox->lock);
	if (unlikely(!sent)) {
		mbx_message_free(mailbox, message);
		return false;
	}
	/* From here on the message is another's. */
	mbx_fast_placed(mailbox, task, false);
	sent_report(seq, user);
	trace_mailbox_send(mailbox->record.id, seq, user_message->length,
			   user_message->priority, 0);
	return true;
}

/**
 * struct bundle - messages that are sent under one lock
 * @count: how many
 * @sent: how many of them have been sent
 * @seq: the first one's number; the others follow it
 * @messages: they; those that are sent are others'
 * @tasks: whom to wake for each, or NULL
 * @users: where to tell the sender
 */
struct bundle {
	unsigned int count;
	unsigned int sent;
	u64 seq;
	struct mbx_message *messages[MBX_FAST_BATCH];
	struct task_struct *tasks[MBX_FAST_BATCH];
	struct mailbox_message __user *users[MBX_FAST_BATCH];
};

static void bundle_read(struct bundle *bundle, const struct mbx_target *target,
			const struct mailbox_batch *batch, unsigned int first)
{
	unsigned int most = min_t(u32, batch->count - first, MBX_FAST_BATCH);
	struct mailbox_message message __uninitialized;
	unsigned int i;
	int error;

	for (i = 0; i < most; i++) {
		bundle->users[i] = mbx_batch_message(batch, first + i, &message,
						     &error);
		if (error)
			break;
		bundle->messages[i] = message_make(target, &message,
						   bundle->users[i]);
		if (!bundle->messages[i])
			break;
	}
	bundle->count = i;
}

static void bundle_place(struct bundle *bundle, struct mbx_mailbox *mailbox)
{
	struct mbx_message *message;
	unsigned int i;

	spin_lock(&mailbox->lock);
	bundle->seq = mailbox->next_seq;
	for (i = 0; i < bundle->count; i++) {
		message = bundle->messages[i];
		if (!mbx_fast_place_locked(mailbox, message, &bundle->tasks[i]))
			break;
		trace_mailbox_send(mailbox->record.id, bundle->seq + i,
				   message->length,
				   message->entry.node.priority, 0);
	}
	bundle->sent = i;
	spin_unlock(&mailbox->lock);
}

static void bundle_placed(const struct bundle *bundle,
			  struct mbx_mailbox *mailbox)
{
	bool queued = false;
	unsigned int i;

	for (i = 0; i < bundle->sent; i++) {
		if (bundle->tasks[i])
			mbx_waiter_wake(bundle->tasks[i], false);
		else
			queued = true;
	}
	if (queued)
		events_tell(mailbox, EPOLLIN | EPOLLRDNORM);
}

unsigned int mbx_fast_send_batch(const struct mbx_target *target,
				 const struct mailbox_batch *batch,
				 unsigned int first)
{
	struct mbx_mailbox *mailbox = target->mailbox;
	struct bundle bundle __uninitialized;
	unsigned int i;

	bundle_read(&bundle, target, batch, first);
	if (!bundle.count)
		return 0;
	bundle_place(&bundle, mailbox);
	bundle_placed(&bundle, mailbox);
	for (i = 0; i < bundle.sent; i++)
		sent_report(bundle.seq + i, bundle.users[i]);
	for (; i < bundle.count; i++)
		mbx_message_free(mailbox, bundle.messages[i]);
	return bundle.sent;
}

/* Receiving */

/* Is it short, and is nobody concerned but the receiver, or he who calls? */
static bool message_usual(const struct mbx_message *message, size_t room)
{
	return message->length <= room &&
	       message->length <= MBX_MESSAGE_INLINE &&
	       message->call.state <= MBX_CALL_SENT &&
	       message->admitted && message->entry.slot &&
	       !message->sender && !message->notice && !message->share &&
	       !message->parcel && !message->peeks;
}

/* Has nobody to be told if it is received: who waits for room, or for the end? */
static bool mailbox_usual_locked(const struct mbx_mailbox *mailbox)
{
	return !mailbox->dead &&
	       (mailbox->send_handles || !mailbox->receive_handles) &&
	       mbx_queue_empty(&mailbox->blocked);
}

/* As mbx_receive_commit(), with nobody who waits for room. */
static void commit_locked(struct mbx_mailbox *mailbox,
			  struct mbx_message *message, const void *via)
{
	struct mbx_entry *entry = &message->entry;

	if (entry->state == MBX_ENTRY_QUEUED)
		mbx_queue_remove(&mailbox->inbox.queue, &entry->node);
	else
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

/**
 * struct take - a receive the short way
 * @mailbox: where from
 * @via: the open file it receives through
 * @report: the user's buffer; filled in
 * @user: where to tell the receiver
 * @garbage: out: the message, if it is to be freed, or NULL
 */
struct take {
	struct mbx_mailbox *mailbox;
	const void *via;
	struct mailbox_message *report;
	struct mailbox_message __user *user;
	struct mbx_message *garbage;
};

/*
 * Takes a message if it can be copied out at once: it stays where it is until it
 * has been, and for as short a copy the lock is held, and page faults are disabled.
 */
static bool take_locked(struct take *take, struct mbx_message *message)
{
	struct mailbox_message *report = take->report;

	if (!message_usual(message, report->room))
		return false;
	take->garbage = message->call.state == MBX_CALL_NONE ? message : NULL;
	report_fill(report, message);
	if (!mbx_copy_out(data_bytes(report), message->data, message->length) ||
	    !tag_write(report) ||
	    !mbx_copy_out(take->user, report, sizeof(*report)))
		return false;
	commit_locked(take->mailbox, message, take->via);
	return true;
}

static void taken(struct take *take)
{
	const struct mailbox_message *report = take->report;

	trace_mailbox_receive(take->mailbox->record.id, report->seq,
			      report->length, report->priority);
	events_tell(take->mailbox, EPOLLOUT | EPOLLWRNORM);
	if (take->garbage)
		mbx_message_free(take->mailbox, take->garbage);
}

/* As in receive.c.  Whoever polls an empty rendezvous is for the long way to tell. */
static bool join_locked(const struct mbx_target *target,
			struct mbx_receiver *receiver)
{
	struct mbx_mailbox *mailbox = target->mailbox;

	if (target->terms.nonblock || mbx_mailbox_rendezvous(mailbox) ||
	    mbx_quota_charge_waiting(target->terms.quota))
		return false;
	receiver->error = 0;
	receiver->entry = NULL;
	mbx_waiter_init(&receiver->wait, NULL);
	list_add_tail(&receiver->wait.link, &receiver->inbox->receivers);
	mailbox->waiting++;
	return true;
}

/* Takes the first message, or else joins those who wait. */
static enum mbx_fast receive_try(const struct mbx_target *target,
				 struct mbx_receiver *receiver,
				 struct take *take)
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
static bool receive_handed(struct mbx_receiver *receiver, struct take *take)
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

enum mbx_fast mbx_fast_receive(const struct mbx_target *target,
			       struct mbx_receiver *receiver,
			       struct mailbox_message *report,
			       struct mailbox_message __user *user, int *error)
{
	struct take take = {
		.mailbox = target->mailbox,
		.via = target->terms.via,
		.report = report,
		.user = user,
	};
	enum mbx_fast result;

	if (receiver->selector.from || receiver->selector.tagged ||
	    receiver->peek || target->terms.attempt ||
	    !mbx_fast_plain(target->mailbox, report, MAILBOX_MESSAGE_MSGBUF))
		return MBX_FAST_NOT;
	receiver->inbox = target->inbox;
	mbx_receiver_init(receiver);
	result = receive_try(target, receiver, &take);
	if (result == MBX_FAST_WAITED) {
		*error = mbx_wait(&receiver->wait, &target->terms.deadline);
		if (*error || !receive_handed(receiver, &take))
			return MBX_FAST_WAITED;
		mbx_quota_uncharge_waiting(target->terms.quota);
		result = MBX_FAST_DONE;
	}
	if (result == MBX_FAST_DONE)
		taken(&take);
	return result;
}

/*
 * Takes the first message as often as that can be done at once, into @reports; what
 * is to be freed is chained.
 */
static unsigned int receive_some(struct take *take,
				 struct mailbox_message *reports,
				 struct mailbox_message __user **users,
				 unsigned int count)
{
	struct mbx_mailbox *mailbox = take->mailbox;
	struct mbx_message *garbage = NULL;
	struct mbx_queue_node *node;
	unsigned int i;

	pagefault_disable();
	spin_lock(&mailbox->lock);
	for (i = 0; i < count && mailbox_usual_locked(mailbox); i++) {
		take->report = &reports[i];
		take->user = users[i];
		node = mbx_queue_first(&mailbox->inbox.queue);
		if (!node || !take_locked(take, mbx_entry_of(node)->message))
			break;
		if (take->garbage) {
			take->garbage->next_free = garbage;
			garbage = take->garbage;
		}
	}
	spin_unlock(&mailbox->lock);
	pagefault_enable();
	take->garbage = garbage;
	return i;
}

static void garbage_free(struct take *take)
{
	while (take->garbage) {
		struct mbx_message *message = take->garbage;

		take->garbage = message->next_free;
		mbx_message_free(take->mailbox, message);
	}
}

unsigned int mbx_fast_receive_batch(const struct mbx_target *target,
				    const struct mbx_receiver *receiver,
				    const struct mailbox_batch *batch,
				    unsigned int first)
{
	struct mailbox_message __user *users[MBX_FAST_BATCH] __uninitialized;
	struct mailbox_message reports[MBX_FAST_BATCH] __uninitialized;
	struct mbx_mailbox *mailbox = target->mailbox;
	struct take take = { .mailbox = mailbox, .via = target->terms.via };
	unsigned int most, count, i;
	int error;

	if (receiver->selector.from || receiver->selector.tagged)
		return 0;
	/* A hint, hence without the lock: no more buffers than are of use. */
	most = min_t(u32, batch->count - first, MBX_FAST_BATCH);
	most = min(most, READ_ONCE(mailbox->inbox.queue.count));
	for (i = 0; i < most; i++) {
		users[i] = mbx_batch_message(batch, first + i, &reports[i],
					     &error);
		if (error || !mbx_fast_plain(mailbox, &reports[i], 0))
			break;
	}
	count = i ? receive_some(&take, reports, users, i) : 0;
	if (!count)
		return 0;
	for (i = 0; i < count; i++)
		trace_mailbox_receive(mailbox->record.id, reports[i].seq,
				      reports[i].length, reports[i].priority);
	events_tell(mailbox, EPOLLOUT | EPOLLWRNORM);
	garbage_free(&take);
	return count;
}
