// SPDX-License-Identifier: GPL-2.0-only
#include <linux/uaccess.h>

#include <linux/mailbox.h>

#include "after.h"
#include "buffer.h"
#include "compat.h"
#include "copy.h"
#include "fast.h"
#include "fast_locked.h"
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

void mbx_fast_placed(struct mbx_mailbox *mailbox, struct task_struct *task,
		     bool handoff)
{
	if (task)
		mbx_waiter_wake(task, handoff);
	else
		mbx_fast_tell(mailbox, EPOLLIN | EPOLLRDNORM);
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
	return mbx_message_filled(mailbox, mbx_message_make(mailbox, letter),
				  letter->buffer);
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

/* Takes @message over; false: it is freed, and nothing has happened. */
static __always_inline bool message_send(struct mbx_mailbox *mailbox,
					 struct mbx_message *message, u64 *seq)
{
	struct task_struct *task;
	bool sent;

	spin_lock(&mailbox->lock);
	sent = mbx_fast_place_locked(mailbox, message, &task);
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
