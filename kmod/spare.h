/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages made of what a mailbox has to spare: inline, for where they are sent
 * most often all that is said of them is known.
 */
#ifndef MBX_SPARE_H
#define MBX_SPARE_H

#include <linux/err.h>
#include <linux/kernel.h>
#include <linux/pid.h>

#include "buffer.h"
#include "mailbox.h"
#include "message.h"
#include "pool.h"
#include "quota.h"

/* One of the pool's, or NULL. */
static inline struct mbx_message *
mbx_message_take_spare(struct mbx_mailbox *mailbox)
{
	struct mbx_message *message = mbx_pool_take(&mailbox->pool);

	if (message) {
		message->pooled = true;
		message->room = MBX_MESSAGE_SHORT;
	}
	return message;
}

/* Makes what an object of either size says, but for @charged, that of @letter. */
static __always_inline void mbx_message_begin(struct mbx_message *message,
					      struct mbx_mailbox *mailbox,
					      const struct mbx_letter *letter)
{
	message->entry.message = message;
	message->entry.inbox = &mailbox->inbox;
	message->entry.receiver = NULL;
	message->entry.state = MBX_ENTRY_IDLE;
	message->entry.slot = false;
	message->entry.node.priority = letter->priority;
	message->priority = letter->priority;
	message->copies = NULL;
	message->copy_count = 0;
	message->places = 0;
	message->peeks = 0;
	message->admitted = false;
	message->withdrawing = 0;
	message->sender = NULL;
	message->share = NULL;
	message->notice = NULL;
	message->parcel = NULL;
	message->call.state = MBX_CALL_NONE;
	message->tag = letter->tag;
	message->info = letter->info;
	message->length = letter->buffer->length;
	message->head = min(message->length, message->room);
	message->from = letter->from;
	get_pid(message->from.process);
	/* The mailbox, which outlives it, holds its own. */
	message->quota = letter->quota == mailbox->quota ?
			 letter->quota : mbx_quota_hold(letter->quota);
	message->more = NULL;
	message->loan = letter->loan;
}

/* A short message, whose reply will be short, too, of a spare one; or NULL. */
static __always_inline struct mbx_message *
mbx_message_spare(struct mbx_mailbox *mailbox, const struct mbx_letter *letter)
{
	struct mbx_message *message;

	/* KASAN sees use after free, but not after giving back. */
	if (IS_ENABLED(CONFIG_KASAN) ||
	    letter->buffer->length > MBX_MESSAGE_SHORT ||
	    letter->reply_room > MBX_MESSAGE_SHORT)
		return NULL;
	message = mbx_message_take_spare(mailbox);
	if (!message)
		return NULL;
	mbx_message_begin(message, mailbox, letter);
	message->charged = 0;
	return message;
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
	message = mbx_message_blank(mailbox, letter);
	return IS_ERR(message) ? NULL : message;
}

#endif /* MBX_SPARE_H */
