/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages made of what a mailbox has to spare: inline, for where they are sent
 * most often all that is said of them is known.
 */
#ifndef MBX_SPARE_H
#define MBX_SPARE_H

#include <linux/kernel.h>
#include <linux/pid.h>

#include "buffer.h"
#include "copy.h"
#include "mailbox.h"
#include "message.h"
#include "pool.h"
#include "quota.h"

/*
 * Writes what @letter says onto a message that is as mbx_message_free() leaves those
 * of the pool: all else says that it is nowhere and concerns nobody.
 */
static __always_inline void mbx_message_label(struct mbx_message *message,
					      struct mbx_mailbox *mailbox,
					      const struct mbx_letter *letter)
{
	message->entry.node.priority = letter->priority;
	message->priority = letter->priority;
	message->tag = letter->tag;
	message->info = letter->info;
	message->length = letter->buffer->length;
	message->head = min(message->length, message->room);
	message->from = letter->from;
	get_pid(message->from.process);
	/* The mailbox, which outlives it, holds its own. */
	message->quota = letter->quota == mailbox->quota ?
			 letter->quota : mbx_quota_hold(letter->quota);
	message->loan = letter->loan;
}

/* The pool for messages with so much room. */
static inline struct mbx_pool *mbx_message_pool(struct mbx_mailbox *mailbox,
						size_t room)
{
	return room == MBX_MESSAGE_SHORT ? &mailbox->pool :
					   &mailbox->pool_long;
}

/* A message whose reply will be short, of a spare one; or NULL. */
static __always_inline struct mbx_message *
mbx_message_spare(struct mbx_mailbox *mailbox, const struct mbx_letter *letter)
{
	size_t room = mbx_message_room(letter->buffer->length);
	struct mbx_message *message;

	if (!MBX_SPARE_FIRST || letter->reply_room > MBX_MESSAGE_SHORT)
		return NULL;
	message = mbx_pool_take(mbx_message_pool(mailbox, room));
	if (message)
		mbx_message_label(message, mailbox, letter);
	return message;
}

/*
 * Ends a message that has been received the short way.  If it is a spare one, or is to
 * be, it is already as it should be, but for having been there: it was queued or handed
 * over, and nothing else.  True: it is to be given to its pool.
 */
static __always_inline bool mbx_message_spent(struct mbx_mailbox *mailbox,
					      struct mbx_message *message)
{
	if (unlikely(message->charged) &&
	    !mbx_message_keep(mailbox, message)) {
		mbx_message_free(mailbox, message);
		return false;
	}
	message->admitted = false;
	put_pid(message->from.process);
	return true;
}

/**
 * mbx_message_make - make a message, if possible of a spare one
 * @mailbox: the mailbox it is for, not multicast
 * @letter: what to say, of whoever pays for the mailbox; its bytes, no more than
 *	MBX_MESSAGE_LONG, are for the caller to write into @data
 *
 * Whoever made the mailbox has paid for its pool, so for a spare one nothing is
 * charged.
 *
 * Return: the message, or NULL: there is no memory, or too little is left of a quota.
 */
static __always_inline struct mbx_message *
mbx_message_make(struct mbx_mailbox *mailbox, const struct mbx_letter *letter)
{
	struct mbx_message *message = mbx_message_spare(mailbox, letter);

	if (likely(message))
		return message;
	/* The letter itself need not be in memory, unless it is needed there. */
	return mbx_message_blank_of(mailbox, (struct mbx_note){
		.length = letter->buffer->length,
		.tag = letter->tag,
		.priority = letter->priority,
		.info = letter->info,
		.reply_room = letter->reply_room,
		.from = letter->from,
		.quota = letter->quota,
	});
}

/* The same with the bytes of @buffer, which are few; NULL, and freed, if that fails. */
static __always_inline struct mbx_message *
mbx_message_filled(struct mbx_mailbox *mailbox, struct mbx_message *message,
		   const struct mbx_buffer *buffer)
{
	if (!message || likely(mbx_copy_in(message->data, buffer->base,
					   buffer->length)))
		return message;
	mbx_message_free(mailbox, message);
	return NULL;
}

#endif /* MBX_SPARE_H */
