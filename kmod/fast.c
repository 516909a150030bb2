// SPDX-License-Identifier: GPL-2.0-only
#include <linux/uaccess.h>

#include <linux/mailbox.h>

#include "after.h"
#include "buffer.h"
#include "compat.h"
#include "copy.h"
#include "entry.h"
#include "fast.h"
#include "quota.h"
#include "receiver.h"
#include "spare.h"
#include "trace.h"

void mbx_fast_tell_them(struct mbx_mailbox *mailbox, __poll_t events)
{
	struct mbx_after after __uninitialized;

	/* A slot of one that is closed is no room, and who opens it tells. */
	if ((events & EPOLLOUT) && !READ_ONCE(mailbox->limit))
		return;
	mbx_after_init(&after);
	after.events = events;
	mbx_after_run(&after, mailbox);
}

/* For a sender who has no share in it. */
static bool room_locked(const struct mbx_mailbox *mailbox, size_t length)
{
	return !mailbox->dead && length <= mailbox->max_message &&
	       mailbox->bytes + length <= mailbox->max_bytes &&
	       mailbox->inbox.held < mailbox->limit;
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

static __always_inline bool place_locked(struct mbx_mailbox *mailbox,
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

bool mbx_fast_place_locked(struct mbx_mailbox *mailbox,
			   struct mbx_message *message,
			   struct task_struct **task)
{
	return place_locked(mailbox, message, task);
}

void mbx_fast_placed(struct mbx_mailbox *mailbox, struct task_struct *task,
		     bool handoff)
{
	if (task)
		mbx_waiter_wake(task, handoff);
	else
		mbx_fast_tell(mailbox, EPOLLIN | EPOLLRDNORM);
}

void mbx_fast_sent(u64 seq, struct mailbox_message __user *user)
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

/* Its bytes are where @letter says. */
static __always_inline struct mbx_message *
message_make(struct mbx_mailbox *mailbox, const struct mbx_letter *letter)
{
	struct mbx_message *message = mbx_message_make(mailbox, letter);

	if (!message)
		return NULL;
	if (likely(mbx_copy_in(message->data, letter->buffer->base,
			       letter->buffer->length)))
		return message;
	mbx_message_free(mailbox, message);
	return NULL;
}

static __always_inline struct mbx_message *
letter_make(const struct mbx_target *target,
	    const struct mailbox_message *message,
	    struct mailbox_message __user *user)
{
	struct mbx_buffer buffer = {
		.base = mbx_fast_bytes(message),
		.length = message->length,
	};
	struct mbx_letter letter = {
		.buffer = &buffer,
		.tag = message->tag,
		.priority = message->priority,
		.quota = target->terms.quota,
	};

	if (!mbx_fast_usual(target, message, MAILBOX_MESSAGE_MSGBUF) ||
	    !tag_read(&letter, message) || put_user(0, &user->info))
		return NULL;
	letter.from = mbx_identity_current();
	return message_make(target->mailbox, &letter);
}

struct mbx_message *mbx_fast_make(const struct mbx_target *target,
				  const struct mailbox_message *message,
				  struct mailbox_message __user *user)
{
	return letter_make(target, message, user);
}

/* Takes @message over; false: it is freed, and nothing has happened. */
static __always_inline bool message_send(struct mbx_mailbox *mailbox,
					 struct mbx_message *message, u64 *seq)
{
	struct task_struct *task;
	bool sent;

	spin_lock(&mailbox->lock);
	sent = place_locked(mailbox, message, &task);
	*seq = message->entry.node.seq;
	spin_unlock(&mailbox->lock);
	if (unlikely(!sent)) {
		mbx_message_free(mailbox, message);
		return false;
	}
	/* From here on the message is another's. */
	mbx_fast_placed(mailbox, task, false);
	return true;
}

bool mbx_fast_send(const struct mbx_target *target,
		   const struct mailbox_message *user_message,
		   struct mailbox_message __user *user)
{
	struct mbx_mailbox *mailbox = target->mailbox;
	struct mbx_message *message;
	u64 seq;

	message = letter_make(target, user_message, user);
	if (!message || !message_send(mailbox, message, &seq))
		return false;
	mbx_fast_sent(seq, user);
	trace_mailbox_send(mailbox->record.id, seq, user_message->length,
			   user_message->priority, 0);
	return true;
}

bool mbx_fast_write(const struct mbx_target *target, const void __user *from,
		    size_t length)
{
	struct mbx_buffer buffer = {
		.base = (void __user *)from,
		.length = length,
	};
	const struct mbx_letter letter = {
		.buffer = &buffer,
		.info = MAILBOX_INFO_WRITTEN,
		.from = target->handle->opener,
		.quota = target->terms.quota,
	};
	struct mbx_mailbox *mailbox = target->mailbox;
	struct mbx_message *message;
	u64 seq;

	if (!mailbox->plain || !mbx_fast_short(target, length))
		return false;
	message = message_make(mailbox, &letter);
	if (!message || !message_send(mailbox, message, &seq))
		return false;
	trace_mailbox_send(mailbox->record.id, seq, length, 0, 0);
	return true;
}
