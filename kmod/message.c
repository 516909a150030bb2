// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <linux/mailbox.h>

#include "buffer.h"
#include "compat.h"
#include "copy.h"
#include "loan.h"
#include "mailbox.h"
#include "message.h"
#include "quota.h"
#include "spare.h"

/* What is left of a page when the allocator has a word beside, and all is aligned. */
#define SEGMENT_BYTES	(PAGE_SIZE - SMP_CACHE_BYTES - sizeof(void *))

/**
 * struct mbx_segment - a page of a long message
 * @next: the next one
 * @data: its bytes
 */
struct mbx_segment {
	struct mbx_segment *next;
	char data[SEGMENT_BYTES];
};

/* Where memory is short the sender is told; nobody is killed for a message. */
#define GFP_MESSAGE	(GFP_KERNEL_ACCOUNT | __GFP_RETRY_MAYFAIL | __GFP_NOWARN)

static struct kmem_cache *short_cache;
static struct kmem_cache *long_cache;
static struct kmem_cache *segment_cache;

/*
 * Zeroed once, when its page becomes part of the cache.  For a cache with a
 * constructor the allocator does not do it again for each message; as in the
 * pool, what an earlier message has left is never copied out, since nothing
 * beyond a message's length is.
 */
static void short_construct(void *object)
{
	memset(object, 0, sizeof(struct mbx_message) + MBX_MESSAGE_SHORT);
}

static void long_construct(void *object)
{
	memset(object, 0, sizeof(struct mbx_message) + MBX_MESSAGE_LONG);
}

static void segment_construct(void *object)
{
	memset(object, 0, sizeof(struct mbx_segment));
}

/* A usercopy region of its own also keeps the cache from merging. */
static struct kmem_cache *cache_new(const char *name, unsigned int offset,
				    unsigned int room,
				    void (*construct)(void *object))
{
	return kmem_cache_create_usercopy(name, offset + room, 0,
					  SLAB_HWCACHE_ALIGN | SLAB_ACCOUNT,
					  offset, room, construct);
}

void mbx_message_exit(void)
{
	kmem_cache_destroy(segment_cache);
	kmem_cache_destroy(long_cache);
	kmem_cache_destroy(short_cache);
}

int mbx_message_init(void)
{
	const unsigned int offset = offsetof(struct mbx_message, data);

	short_cache = cache_new("mailbox_message", offset, MBX_MESSAGE_SHORT,
				short_construct);
	long_cache = cache_new("mailbox_message_long", offset, MBX_MESSAGE_LONG,
			       long_construct);
	segment_cache = cache_new("mailbox_segment",
				  offsetof(struct mbx_segment, data),
				  SEGMENT_BYTES, segment_construct);
	if (short_cache && long_cache && segment_cache)
		return 0;
	mbx_message_exit();
	return -ENOMEM;
}

/* For what does not fit into @room. */
static size_t segments_bytes(size_t length, size_t room)
{
	if (length <= room)
		return 0;
	return DIV_ROUND_UP(length - room, SEGMENT_BYTES) * PAGE_SIZE;
}

static void segments_free(struct mbx_segment *segment)
{
	while (segment) {
		struct mbx_segment *next = segment->next;

		kmem_cache_free(segment_cache, segment);
		segment = next;
	}
}

static struct mbx_segment *segment_new(void)
{
	struct mbx_segment *segment;

	segment = kmem_cache_alloc(segment_cache, GFP_MESSAGE);
	if (segment)
		segment->next = NULL;
	return segment;
}

/* Appends segments to an empty chain and fills them. */
static int segments_read(struct mbx_segment **link, struct mbx_cursor *cursor,
			 size_t length)
{
	while (length) {
		size_t part = min_t(size_t, length, SEGMENT_BYTES);
		struct mbx_segment *segment;

		segment = segment_new();
		if (!segment)
			return -ENOMEM;
		*link = segment;
		link = &segment->next;
		if (!mbx_cursor_read(cursor, segment->data, part))
			return -EFAULT;
		length -= part;
		cond_resched();
	}
	return 0;
}

/* The bytes of @buffer: as many as there is @room for into @data, the rest into segments. */
static int bytes_read(char *data, size_t room, struct mbx_segment **more,
		      const struct mbx_buffer *buffer)
{
	size_t first = min(buffer->length, room);
	struct mbx_cursor cursor __uninitialized;

	BUILD_BUG_ON(MBX_MESSAGE_LONG > MBX_COPY_SHORT);
	if (!buffer->iter && buffer->length <= room)
		return mbx_copy_in(data, buffer->base, buffer->length) ?
		       0 : -EFAULT;
	mbx_cursor_init(&cursor, buffer);
	if (!mbx_cursor_read(&cursor, data, first))
		return -EFAULT;
	return segments_read(more, &cursor, buffer->length - first);
}

static void bytes_init(struct mbx_bytes *bytes, size_t length)
{
	bytes->length = length;
	bytes->head = min(length, sizeof(bytes->data));
	bytes->more = NULL;
}

/* What is not so long is in one place, and read at once. */
static int bytes_read_whole(struct mbx_bytes *bytes, const void __user *from)
{
	BUILD_BUG_ON(MBX_MESSAGE_LONG > SEGMENT_BYTES);
	if (bytes->length <= sizeof(bytes->data))
		return mbx_copy_in(bytes->data, from, bytes->length) ?
		       0 : -EFAULT;
	bytes->head = 0;
	bytes->more = segment_new();
	if (!bytes->more)
		return -ENOMEM;
	return mbx_copy_in(bytes->more->data, from, bytes->length) ?
	       0 : -EFAULT;
}

int mbx_bytes_read(struct mbx_bytes *bytes, const struct mbx_buffer *buffer)
{
	bytes_init(bytes, buffer->length);
	if (!buffer->iter && buffer->length <= MBX_MESSAGE_LONG)
		return bytes_read_whole(bytes, buffer->base);
	return bytes_read(bytes->data, sizeof(bytes->data), &bytes->more,
			  buffer);
}

int mbx_bytes_keep(struct mbx_bytes *bytes, const struct mbx_loan *loan)
{
	struct mbx_cursor cursor __uninitialized;

	bytes_init(bytes, mbx_loan_length(loan));
	mbx_cursor_init_lent(&cursor, loan);
	mbx_cursor_read(&cursor, bytes->data, bytes->head);
	return segments_read(&bytes->more, &cursor,
			     bytes->length - bytes->head);
}

void mbx_bytes_free(struct mbx_bytes *bytes)
{
	segments_free(bytes->more);
}

/* The places of a multicast message, one for each receive handle there may be. */
static int copies_alloc(struct mbx_message *message,
			const struct mbx_mailbox *mailbox)
{
	if (!mbx_mailbox_multicast(mailbox))
		return 0;
	message->copies = kvcalloc(mailbox->max_receivers,
				   sizeof(*message->copies), GFP_MESSAGE);
	return message->copies ? 0 : -ENOMEM;
}

/* As if it had never been used: nowhere, and nobody's. */
static void message_reset(struct mbx_message *message)
{
	message->entry.receiver = NULL;
	message->entry.state = MBX_ENTRY_IDLE;
	message->entry.slot = false;
	message->copies = NULL;
	message->copy_count = 0;
	message->places = 0;
	message->peeks = 0;
	message->admitted = false;
	message->withdrawing = 0;
	message->sender = NULL;
	message->share = NULL;
	message->notice = NULL;
	message->call.state = MBX_CALL_NONE;
	message->parcel = NULL;
	message->charged = 0;
	message->more = NULL;
}

static struct mbx_message *message_fresh(struct mbx_mailbox *mailbox,
					 size_t room)
{
	struct mbx_message *message;

	message = kmem_cache_alloc(room == MBX_MESSAGE_SHORT ? short_cache :
							       long_cache,
				   GFP_MESSAGE);
	if (!message)
		return NULL;
	message->entry.message = message;
	message->entry.inbox = &mailbox->inbox;
	message->pooled = false;
	message->room = room;
	message_reset(message);
	return message;
}

/* What there is to be charged at least, for an object with so much room. */
static unsigned long object_charge(size_t room)
{
	return sizeof(struct mbx_message) + room;
}

int mbx_message_fill_pool(struct mbx_mailbox *mailbox, unsigned int most)
{
	const unsigned long charge = object_charge(MBX_MESSAGE_SHORT);
	unsigned int use = MBX_POOL_MOST;
	struct mbx_message *message;
	unsigned int count;
	int error;

	if (!mailbox->unbounded)
		use = clamp(mailbox->capacity, 1U, use);
	mbx_pool_open(&mailbox->pool, short_cache, use);
	mbx_pool_open(&mailbox->pool_long, long_cache, use);
	count = min(use, most);
	error = mbx_quota_charge_bytes(mailbox->quota, count * charge);
	if (error)
		return error;
	for (; count; count--) {
		message = message_fresh(mailbox, MBX_MESSAGE_SHORT);
		if (!message) {
			mbx_quota_uncharge_bytes(mailbox->quota,
						 count * charge);
			return -ENOMEM;
		}
		message->pooled = true;
		mbx_pool_grow(&mailbox->pool, charge);
		mbx_pool_give(&mailbox->pool, message);
	}
	return 0;
}

bool mbx_message_keep(struct mbx_mailbox *mailbox, struct mbx_message *message)
{
	unsigned long charge = object_charge(message->room);

	if (!MBX_SPARE_FIRST || message->pooled ||
	    message->charged != charge || message->quota != mailbox->quota ||
	    !mbx_quota_ample(message->quota) ||
	    !mbx_pool_grow(mbx_message_pool(mailbox, message->room), charge))
		return false;
	message->pooled = true;
	message_reset(message);
	return true;
}

static void message_release(struct mbx_mailbox *mailbox,
			    struct mbx_message *message)
{
	if (message->charged)
		mbx_quota_uncharge_bytes(message->quota, message->charged);
	if (message->quota != mailbox->quota)
		mbx_quota_put(message->quota);
	if (message->pooled) {
		message_reset(message);
		mbx_pool_give(mbx_message_pool(mailbox, message->room),
			      message);
	} else {
		kmem_cache_free(message->room == MBX_MESSAGE_SHORT ?
				short_cache : long_cache, message);
	}
}

/* A reply takes the request's place: what is charged is enough for either. */
static __always_inline unsigned long
message_charge(const struct mbx_mailbox *mailbox,
	       const struct mbx_letter *letter, size_t room)
{
	size_t more;

	/* Of a call they may be copied yet. */
	if (letter->loan && !(letter->info & MAILBOX_INFO_CALL))
		return object_charge(room) + mbx_loan_bytes(letter->buffer);
	more = max(segments_bytes(letter->buffer->length, room),
		   segments_bytes(letter->reply_room, MBX_MESSAGE_SHORT));
	return object_charge(room) + more +
	       mailbox->max_receivers * sizeof(struct mbx_entry);
}

struct mbx_message *mbx_message_blank(struct mbx_mailbox *mailbox,
				      const struct mbx_letter *letter)
{
	size_t head = letter->loan ? 0 : letter->buffer->length + letter->head;
	size_t room = mbx_message_room(head);
	struct mbx_pool *pool = mbx_message_pool(mailbox, room);
	unsigned long charge = message_charge(mailbox, letter, room);
	struct mbx_message *message = NULL;
	int error;

	error = mbx_quota_charge_bytes(letter->quota, charge);
	if (error)
		return ERR_PTR(error);
	if (MBX_SPARE_FIRST)
		message = mbx_pool_take(pool);
	if (!message)
		message = message_fresh(mailbox, room);
	if (!message && !MBX_SPARE_FIRST)
		message = mbx_pool_take(pool);
	if (!message) {
		mbx_quota_uncharge_bytes(letter->quota, charge);
		return ERR_PTR(-ENOMEM);
	}
	mbx_message_label(message, mailbox, letter);
	message->charged = charge;
	return message;
}

struct mbx_message *mbx_message_blank_of(struct mbx_mailbox *mailbox,
					 struct mbx_note note)
{
	const struct mbx_buffer buffer = { .length = note.length };
	const struct mbx_letter letter = {
		.buffer = &buffer,
		.tag = note.tag,
		.priority = note.priority,
		.info = note.info,
		.reply_room = note.reply_room,
		.from = note.from,
		.quota = note.quota,
	};
	struct mbx_message *message = mbx_message_blank(mailbox, &letter);

	return IS_ERR(message) ? NULL : message;
}

struct mbx_message *mbx_message_new(struct mbx_mailbox *mailbox,
				    const struct mbx_letter *letter)
{
	struct mbx_message *message = mbx_message_blank(mailbox, letter);
	int error;

	if (IS_ERR(message))
		return message;
	error = copies_alloc(message, mailbox);
	if (!error && !message->loan)
		error = bytes_read(message->data, message->room, &message->more,
				   letter->buffer);
	if (error) {
		mbx_message_free(mailbox, message);
		return ERR_PTR(error);
	}
	return message;
}

void mbx_message_rewrite(struct mbx_message *message, struct mbx_bytes *bytes)
{
	memcpy(message->data, bytes->data, bytes->head);
	message->head = bytes->head;
	swap(message->more, bytes->more);
	message->length = bytes->length;
	message->loan = NULL;
}

void mbx_message_empty(struct mbx_message *message, struct mbx_bytes *bytes)
{
	bytes->head = 0;
	mbx_message_rewrite(message, bytes);
}

static void call_release(struct mbx_message *message)
{
	struct mbx_call *call = &message->call;
	unsigned int i;

	if (call->attachments)
		mbx_quota_uncharge_attachments(message->quota,
					       call->attachments);
	put_pid(call->server.process);
	for (i = 0; i < ARRAY_SIZE(call->channel); i++) {
		if (call->channel[i])
			mbx_mailbox_put(call->channel[i]);
	}
}

void mbx_message_free(struct mbx_mailbox *mailbox, struct mbx_message *message)
{
	if (message->call.state != MBX_CALL_NONE)
		call_release(message);
	if (message->parcel)
		message->parcel->free(message->parcel);
	if (message->more)
		segments_free(message->more);
	if (message->copies)
		kvfree(message->copies);
	put_pid(message->from.process);
	message_release(mailbox, message);
}

static bool message_write(const struct mbx_message *message,
			  const struct mbx_buffer *buffer)
{
	size_t left = min_t(size_t, message->length, buffer->length);
	size_t part = min_t(size_t, left, message->head);
	const struct mbx_segment *segment;
	struct mbx_cursor cursor __uninitialized;

	if (message->loan)
		return mbx_loan_write(message->loan, buffer);
	if (!buffer->iter && left == part)
		return mbx_copy_out(buffer->base, message->data, left);
	mbx_cursor_init(&cursor, buffer);
	if (!mbx_cursor_write(&cursor, message->data, part))
		return false;
	for (segment = message->more; segment && left > part;
	     segment = segment->next) {
		left -= part;
		part = min_t(size_t, left, SEGMENT_BYTES);
		if (!mbx_cursor_write(&cursor, segment->data, part))
			return false;
		cond_resched();
	}
	return true;
}

int mbx_message_copy_out(const struct mbx_message *message,
			 const struct mbx_buffer *buffer)
{
	bool done;

	pagefault_disable();
	done = message_write(message, buffer);
	pagefault_enable();
	return done ? 0 : -EFAULT;
}

int mbx_message_copy_out_faulting(const struct mbx_message *message,
				  const struct mbx_buffer *buffer)
{
	return message_write(message, buffer) ? 0 : -EFAULT;
}
