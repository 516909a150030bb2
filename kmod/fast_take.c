// SPDX-License-Identifier: GPL-2.0-only
#include <linux/poll.h>
#include <linux/uaccess.h>

#include <linux/mailbox.h>

#include "compat.h"
#include "copy.h"
#include "fast.h"
#include "fast_locked.h"
#include "fast_take.h"
#include "identity.h"
#include "quota.h"
#include "receiver.h"
#include "spare.h"
#include "trace.h"

/**
 * struct take - a receive the short way
 * @mailbox: where from
 * @via: the open file it receives through
 * @bytes: where the bytes go
 * @room: bytes there
 * @report: the user's buffer, to be filled in; or NULL: read(2), which has none
 * @user: where to tell the receiver
 * @length: out: bytes
 * @seq: out: the message's number
 * @priority: out: its priority
 * @garbage: out: the message, if it is to be freed, or NULL
 */
struct take {
	struct mbx_mailbox *mailbox;
	const void *via;
	void __user *bytes;
	size_t room;
	struct mailbox_message *report;
	struct mailbox_message __user *user;
	size_t length;
	u64 seq;
	u32 priority;
	struct mbx_message *garbage;
};

static bool tag_write(const struct mailbox_message *report)
{
	return likely(!report->flags) ||
	       mbx_copy_out(u64_to_user_ptr(report->data), &report->tag,
			    sizeof(report->tag));
}

static bool report_write(const struct take *take,
			 const struct mbx_message *message)
{
	struct mailbox_message *report = take->report;

	mbx_fast_report(report, message);
	mbx_identity_show(&message->from, report);
	return tag_write(report) &&
	       mbx_copy_out(take->user, report, sizeof(*report));
}

/* Takes a message if it can be copied out at once. */
static bool take_locked(struct take *take, struct mbx_message *message)
{
	if (!mbx_fast_takes(message, take->room, take->report))
		return false;
	take->length = message->length;
	take->seq = message->entry.node.seq;
	take->priority = message->entry.node.priority;
	if (!mbx_copy_out(take->bytes, message->data, message->length) ||
	    (take->report && !report_write(take, message)))
		return false;
	if (message->entry.state == MBX_ENTRY_QUEUED)
		mbx_queue_remove(&take->mailbox->inbox.queue,
				 &message->entry.node);
	take->garbage = mbx_fast_take_locked(take->mailbox, message, take->via);
	return true;
}

static __always_inline void message_free(struct mbx_mailbox *mailbox,
					 struct mbx_message *message)
{
	if (mbx_message_spent(mailbox, message))
		mbx_pool_give(mbx_message_pool(mailbox, message->room),
			      message);
}

static __always_inline void taken(struct take *take)
{
	struct mbx_mailbox *mailbox = take->mailbox;

	trace_mailbox_receive(mailbox->record.id, take->seq, take->length,
			      take->priority);
	mbx_fast_tell(mailbox, EPOLLOUT | EPOLLWRNORM);
	if (take->garbage)
		message_free(mailbox, take->garbage);
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
	    struct take *take)
{
	struct mbx_mailbox *mailbox = target->mailbox;
	enum mbx_fast result = MBX_FAST_NOT;
	struct mbx_queue_node *node;

	pagefault_disable();
	spin_lock(&mailbox->lock);
	if (mbx_fast_quiet_locked(mailbox, 1)) {
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
	done = receiver->entry && mbx_fast_quiet_locked(mailbox, 1) &&
	       take_locked(take, receiver->entry->message);
	spin_unlock(&mailbox->lock);
	pagefault_enable();
	return done;
}

static __always_inline enum mbx_fast
receive(const struct mbx_target *target, struct mbx_receiver *receiver,
	struct take *take, int *error)
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
	struct take take = {
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
	struct take take = {
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
