// SPDX-License-Identifier: GPL-2.0-only
#include <linux/poll.h>
#include <linux/uaccess.h>

#include <linux/mailbox.h>

#include "batch.h"
#include "fast.h"
#include "fast_batch.h"
#include "fast_take.h"
#include "receiver.h"
#include "target.h"
#include "trace.h"

/**
 * struct bundle - messages that are sent under one lock
 * @count: how many
 * @sent: how many of them have been sent
 * @seq: the first one's number; the others follow it
 * @messages: they; those that are sent are others'
 * @tasks: whom to wake for each, or NULL
 */
struct bundle {
	unsigned int count;
	unsigned int sent;
	u64 seq;
	struct mbx_message *messages[MBX_FAST_BATCH];
	struct task_struct *tasks[MBX_FAST_BATCH];
};

static void bundle_read(struct bundle *bundle, const struct mbx_target *target,
			const struct mailbox_batch *batch, unsigned int first)
{
	unsigned int most = min_t(u32, batch->count - first, MBX_FAST_BATCH);
	struct mailbox_message message __uninitialized;
	unsigned int i;

	for (i = 0; i < most; i++) {
		if (mbx_batch_read(batch, first + i, &message))
			break;
		bundle->messages[i] =
			mbx_fast_make(target, &message,
				      mbx_batch_user(batch, first + i));
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
		mbx_fast_tell(mailbox, EPOLLIN | EPOLLRDNORM);
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
		mbx_fast_sent(bundle.seq + i, mbx_batch_user(batch, first + i));
	for (; i < bundle.count; i++)
		mbx_message_free(mailbox, bundle.messages[i]);
	return bundle.sent;
}

/*
 * Takes the first message as often as that can be done at once, into @reports, which
 * are the user's from the number @first on.  What is to be freed is chained in
 * *@garbage.  Not inlined, for the stack's sake.
 */
static noinline unsigned int
receive_some(const struct mbx_target *target, struct mailbox_message *reports,
	     const struct mailbox_batch *batch, unsigned int first,
	     unsigned int count, struct mbx_message **garbage)
{
	struct mbx_mailbox *mailbox = target->mailbox;
	struct mbx_take take = { .mailbox = mailbox, .via = target->terms.via };
	unsigned int i;

	*garbage = NULL;
	pagefault_disable();
	spin_lock(&mailbox->lock);
	for (i = 0; i < count; i++) {
		take.report = &reports[i];
		take.user = mbx_batch_user(batch, first + i);
		take.bytes = mbx_fast_bytes(&reports[i]);
		take.room = reports[i].room;
		if (!mbx_fast_take_locked(&take))
			break;
		if (take.garbage) {
			take.garbage->next_free = *garbage;
			*garbage = take.garbage;
		}
	}
	spin_unlock(&mailbox->lock);
	pagefault_enable();
	return i;
}

static void messages_free(struct mbx_mailbox *mailbox,
			  struct mbx_message *garbage)
{
	while (garbage) {
		struct mbx_message *message = garbage;

		garbage = message->next_free;
		mbx_message_free(mailbox, message);
	}
}

unsigned int mbx_fast_receive_batch(const struct mbx_target *target,
				    const struct mbx_receiver *receiver,
				    const struct mailbox_batch *batch,
				    unsigned int first)
{
	struct mailbox_message reports[MBX_FAST_BATCH] __uninitialized;
	struct mbx_mailbox *mailbox = target->mailbox;
	struct mbx_message *garbage;
	unsigned int most, count, i;

	if (receiver->selector.from || receiver->selector.tagged)
		return 0;
	/* A hint, hence without the lock: no more buffers than are of use. */
	most = min_t(u32, batch->count - first, MBX_FAST_BATCH);
	most = min(most, READ_ONCE(mailbox->inbox.queue.count));
	for (i = 0; i < most; i++) {
		if (mbx_batch_read(batch, first + i, &reports[i]) ||
		    !mbx_fast_plain(mailbox, &reports[i], 0))
			break;
	}
	if (!i)
		return 0;
	count = receive_some(target, reports, batch, first, i, &garbage);
	if (!count)
		return 0;
	for (i = 0; i < count; i++)
		trace_mailbox_receive(mailbox->record.id, reports[i].seq,
				      reports[i].length, reports[i].priority);
	mbx_fast_tell(mailbox, EPOLLOUT | EPOLLWRNORM);
	messages_free(mailbox, garbage);
	return count;
}
