// SPDX-License-Identifier: GPL-2.0-only
#include <linux/poll.h>
#include <linux/uaccess.h>

#include <linux/mailbox.h>

#include "batch.h"
#include "buffer.h"
#include "copy.h"
#include "fast.h"
#include "fast_batch.h"
#include "fast_locked.h"
#include "identity.h"
#include "pool.h"
#include "receiver.h"
#include "spare.h"
#include "target.h"
#include "trace.h"

/* Sending */

/**
 * struct bundle - messages that are sent under one lock
 * @count: how many
 * @sent: how many of them have been sent
 * @seq: the first one's number; the others follow it
 * @said: what the user says of each
 * @messages: they; those that are sent are others'
 * @tasks: whom to wake for each, or NULL
 */
struct bundle {
	unsigned int count;
	unsigned int sent;
	u64 seq;
	struct mailbox_message said[MBX_FAST_BATCH];
	struct mbx_message *messages[MBX_FAST_BATCH];
	struct task_struct *tasks[MBX_FAST_BATCH];
};

/*
 * Whoever cannot be told must not send.  What several are told takes less than a page,
 * so if the first and the last can be, all can.
 */
static bool bundle_tell(const struct bundle *bundle,
			struct mailbox_message __user *user)
{
	BUILD_BUG_ON(sizeof(bundle->said) > PAGE_SIZE);
	return !put_user(0, &user[0].info) &&
	       !put_user(0, &user[bundle->count - 1].info);
}

/* Reads what is said of up to @most messages, as far as they are usual. */
static bool bundle_read(struct bundle *bundle, const struct mbx_target *target,
			const struct mailbox_batch *batch, u32 first, u32 most)
{
	unsigned int i;

	if (!mbx_batch_read_run(batch, first, most, bundle->said))
		return false;
	for (i = 0; i < most; i++) {
		if (!mbx_fast_usual(target, &bundle->said[i], 0))
			break;
	}
	bundle->count = i;
	return i && bundle_tell(bundle, mbx_batch_user(batch, first));
}

/* A message of @spare, if there is one, or else of whatever there is; or NULL. */
static __always_inline struct mbx_message *
message_make(const struct mbx_target *target,
	     const struct mailbox_message *said,
	     const struct mbx_identity *from, struct mbx_message *spare)
{
	const struct mbx_buffer buffer = {
		.base = u64_to_user_ptr(said->data),
		.length = said->length,
	};
	const struct mbx_letter letter = {
		.buffer = &buffer,
		.tag = said->tag,
		.priority = said->priority,
		.from = *from,
		.quota = target->terms.quota,
	};
	struct mbx_message *message = spare;

	if (likely(spare))
		mbx_message_label(message, target->mailbox, &letter);
	else
		message = mbx_message_make(target->mailbox, &letter);
	return mbx_message_filled(target->mailbox, message, &buffer);
}

/*
 * Makes the messages, of spare ones that are taken at once, as far as that goes.  Not
 * inlined, for the stack's sake.
 */
static noinline void bundle_make(struct bundle *bundle, const struct mbx_target *target)
{
	const struct mbx_identity from = mbx_identity_current();
	size_t room = mbx_message_room(bundle->said[0].length);
	struct mbx_pool *pool = mbx_message_pool(target->mailbox, room);
	unsigned int i, spares = 0, used = 0;
	void *spare[MBX_FAST_BATCH];

	if (MBX_SPARE_FIRST)
		spares = mbx_pool_take_many(pool, spare, bundle->count);
	for (i = 0; i < bundle->count; i++) {
		const struct mailbox_message *said = &bundle->said[i];
		bool fits = used < spares &&
			    mbx_message_room(said->length) == room;

		bundle->messages[i] = message_make(target, said, &from,
						   fits ? spare[used] : NULL);
		used += fits;
		if (!bundle->messages[i])
			break;
	}
	bundle->count = i;
	if (unlikely(used < spares))
		mbx_pool_give_many(pool, &spare[used], spares - used);
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
		mbx_fast_tell(mailbox, EPOLLIN | EPOLLRDNORM);
	for (; i < bundle->count; i++)
		mbx_message_free(mailbox, bundle->messages[i]);
}

/* What the sender learns of those that are sent, by one copy. */
static void bundle_sent(struct bundle *bundle,
			struct mailbox_message __user *user)
{
	unsigned int i;

	for (i = 0; i < bundle->sent; i++)
		mbx_fast_sent_say(&bundle->said[i], bundle->seq + i);
	if (likely(i))
		mbx_fast_sent_write(user, bundle->said, i);
}

unsigned int mbx_fast_send_batch(const struct mbx_target *target,
				 const struct mailbox_batch *batch,
				 unsigned int first)
{
	u32 most = min_t(u32, batch->count - first, MBX_FAST_BATCH);
	struct mbx_mailbox *mailbox = target->mailbox;
	struct bundle bundle __uninitialized;

	if (!bundle_read(&bundle, target, batch, first, most))
		return 0;
	bundle_make(&bundle, target);
	bundle_place(&bundle, mailbox);
	bundle_placed(&bundle, mailbox);
	bundle_sent(&bundle, mbx_batch_user(batch, first));
	return bundle.sent;
}

/* Receiving */

/**
 * struct haul - messages that are received under one lock
 * @count: how many
 * @said: what the user says of each buffer, and is told
 * @messages: they; in the end those that are to be freed, or NULL
 */
struct haul {
	unsigned int count;
	struct mailbox_message said[MBX_FAST_BATCH];
	struct mbx_message *messages[MBX_FAST_BATCH];
};

static bool haul_read(struct haul *haul, struct mbx_mailbox *mailbox,
		      const struct mailbox_batch *batch, u32 first, u32 most)
{
	unsigned int i;

	if (!most || !mbx_batch_read_run(batch, first, most, haul->said))
		return false;
	for (i = 0; i < most; i++) {
		if (!mbx_fast_plain(mailbox, &haul->said[i], 0))
			break;
	}
	haul->count = i;
	return i;
}

/* Who has sent one, which is mostly he who has sent the one before. */
static void sender_show(struct haul *haul, unsigned int i)
{
	const struct mbx_identity *from = &haul->messages[i]->from;
	struct mailbox_message *said = &haul->said[i];

	if (i && mbx_identity_equal(from, &haul->messages[i - 1]->from)) {
		said->pid = said[-1].pid;
		said->uid = said[-1].uid;
		said->gid = said[-1].gid;
	} else {
		mbx_identity_show(from, said);
	}
}

/* Copies out the first messages of the queue, and what is said of them. */
static bool haul_copy_locked(struct haul *haul, struct mbx_mailbox *mailbox,
			     struct mailbox_message __user *user)
{
	struct mbx_queue_node *node = mbx_queue_first(&mailbox->inbox.queue);
	unsigned int i;

	for (i = 0; node && i < haul->count; i++) {
		struct mbx_message *message = mbx_entry_of(node)->message;
		struct mailbox_message *said = &haul->said[i];

		if (!mbx_fast_takes(message, said->room, true) ||
		    !mbx_copy_out(u64_to_user_ptr(said->data), message->data,
				  message->length))
			break;
		mbx_fast_report(said, message);
		haul->messages[i] = message;
		sender_show(haul, i);
		node = mbx_queue_next(node);
	}
	haul->count = i;
	return i && mbx_copy_out(user, haul->said, i * sizeof(haul->said[0]));
}

/* Takes them, when all has been copied out. */
static bool haul_take_locked(struct haul *haul, struct mbx_mailbox *mailbox,
			     const void *via,
			     struct mailbox_message __user *user)
{
	unsigned int i;

	while (!mbx_fast_quiet_locked(mailbox, haul->count)) {
		if (!--haul->count)
			return false;
	}
	if (!haul_copy_locked(haul, mailbox, user))
		return false;
	mbx_queue_remove_first(&mailbox->inbox.queue, haul->count);
	for (i = 0; i < haul->count; i++)
		haul->messages[i] = mbx_fast_take_locked(mailbox,
							 haul->messages[i],
							 via);
	return true;
}

static void haul_trace(const struct haul *haul,
		       const struct mbx_mailbox *mailbox)
{
	unsigned int i;

	if (!trace_mailbox_receive_enabled())
		return;
	for (i = 0; i < haul->count; i++) {
		const struct mailbox_message *said = &haul->said[i];

		trace_mailbox_receive(mailbox->record.id, said->seq,
				      said->length, said->priority);
	}
}

/* Frees the messages, and gives those of one pool back at once.  Likewise. */
static noinline void haul_free(struct haul *haul, struct mbx_mailbox *mailbox)
{
	struct mbx_pool *pool = NULL;
	void *spent[MBX_FAST_BATCH];
	unsigned int i, count = 0;

	for (i = 0; i < haul->count; i++) {
		struct mbx_message *message = haul->messages[i];

		if (!message || !mbx_message_spent(mailbox, message))
			continue;
		if (!count)
			pool = mbx_message_pool(mailbox, message->room);
		if (pool == mbx_message_pool(mailbox, message->room))
			spent[count++] = message;
		else
			mbx_pool_give(mbx_message_pool(mailbox, message->room),
				      message);
	}
	if (count)
		mbx_pool_give_many(pool, spent, count);
}

unsigned int mbx_fast_receive_batch(const struct mbx_target *target,
				    const struct mbx_receiver *receiver,
				    const struct mailbox_batch *batch,
				    unsigned int first)
{
	struct mailbox_message __user *user = mbx_batch_user(batch, first);
	u32 most = min_t(u32, batch->count - first, MBX_FAST_BATCH);
	struct mbx_mailbox *mailbox = target->mailbox;
	struct haul haul __uninitialized;
	bool done;

	if (receiver->selector.from || receiver->selector.tagged)
		return 0;
	/* A hint, hence without the lock: no more buffers than are of use. */
	most = min(most, READ_ONCE(mailbox->inbox.queue.count));
	if (!haul_read(&haul, mailbox, batch, first, most))
		return 0;
	pagefault_disable();
	spin_lock(&mailbox->lock);
	done = haul_take_locked(&haul, mailbox, target->terms.via, user);
	spin_unlock(&mailbox->lock);
	pagefault_enable();
	if (!done)
		return 0;
	haul_trace(&haul, mailbox);
	mbx_fast_tell(mailbox, EPOLLOUT | EPOLLWRNORM);
	haul_free(&haul, mailbox);
	return haul.count;
}
