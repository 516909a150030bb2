// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/pagemap.h>
#include <linux/pid_namespace.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include <linux/mailbox.h>

#include "attach.h"
#include "call.h"
#include "compat.h"
#include "copy.h"
#include "deliver.h"
#include "identity.h"
#include "message.h"
#include "target.h"

static void report_fill(struct mailbox_message *report,
			const struct mbx_delivery *delivery)
{
	const struct mbx_message *message = delivery->message;

	report->length = message->length;
	report->tag = message->tag;
	report->priority = message->priority;
	report->info = message->info;
	report->seq = message->entry.node.seq;
	report->lost = delivery->lost;
	report->token = 0;
	if (message->call.state != MBX_CALL_NONE) {
		report->room = message->call.room;
		if (delivery->receiver->peek)
			report->info &= ~MAILBOX_INFO_CALL;
		else
			report->token = mbx_call_token(message);
	}
	mbx_identity_show(&message->from, report);
}

static int report_copy_out(const struct mbx_sink *sink)
{
	bool done;

	pagefault_disable();
	done = mbx_copy_out(sink->user, sink->report, sizeof(*sink->report));
	pagefault_enable();
	return done ? 0 : -EFAULT;
}

/* The type in front of the bytes, in the width the receiver has for it. */
static int type_copy_out(const struct mbx_sink *sink, u64 tag)
{
	s32 narrow = tag;
	bool done;

	pagefault_disable();
	done = sink->type_size == sizeof(narrow) ?
	       mbx_copy_out(sink->type, &narrow, sizeof(narrow)) :
	       mbx_copy_out(sink->type, &tag, sizeof(tag));
	pagefault_enable();
	return done ? 0 : -EFAULT;
}

static int attachments_tell(const struct mbx_sink *sink,
			    const struct mbx_delivery *delivery)
{
	int error;

	pagefault_disable();
	error = mbx_intake_tell(sink->intake, delivery->carried);
	pagefault_enable();
	return error;
}

/*
 * The message has been claimed: what will become of its attachments.  There is
 * room for them, hence an intake.
 */
static int attachments_prepare(const struct mbx_target *target,
			       const struct mbx_sink *sink,
			       const struct mbx_delivery *delivery)
{
	/* Who peeks has not claimed it. */
	if (likely(!delivery->carried) || delivery->receiver->peek)
		return 0;
	return mbx_intake_prepare(sink->intake, delivery->message->parcel,
				  mbx_target_net(target));
}

static int sink_write(const struct mbx_sink *sink,
		      const struct mbx_delivery *delivery)
{
	int error;

	error = mbx_message_copy_out(delivery->message, &sink->buffer);
	if (error || !sink->user)
		return error;
	report_fill(sink->report, delivery);
	error = report_copy_out(sink);
	if (!error && sink->type)
		error = type_copy_out(sink, delivery->message->tag);
	if (!error && unlikely(sink->intake))
		error = attachments_tell(sink, delivery);
	return error;
}

/* Makes the sink writable, with nothing claimed. */
static int sink_fault_in(const struct mbx_sink *sink, size_t length)
{
	if (sink->user && fault_in_safe_writeable((const char __user *)sink->user,
						  sizeof(*sink->report)))
		return -EFAULT;
	if (sink->type && fault_in_safe_writeable(sink->type, sink->type_size))
		return -EFAULT;
	if (sink->intake &&
	    mbx_intake_fault_in(sink->intake, sink->intake->head.count))
		return -EFAULT;
	length = min(length, sink->buffer.length);
	return mbx_buffer_fault_in(&sink->buffer, length);
}

/* It is the receiver's, with what it carries. */
static void delivery_end(const struct mbx_target *target,
			 struct mbx_delivery *delivery,
			 const struct mbx_sink *sink)
{
	bool laden = mbx_intake_take(sink->intake, delivery->message);

	mbx_receive_commit(target->mailbox, delivery);
	if (laden)
		mbx_intake_install(sink->intake, sink->report, sink->user);
}

int mbx_deliver_claimed(const struct mbx_target *target,
			struct mbx_delivery *delivery,
			const struct mbx_sink *sink)
{
	size_t length = delivery->message->length;
	int error;

	error = attachments_prepare(target, sink, delivery);
	if (error) {
		mbx_receive_restore(target->mailbox, delivery);
		return error;
	}
	error = sink_write(sink, delivery);
	if (!error) {
		delivery_end(target, delivery, sink);
		return 0;
	}
	/* Once it is restored its parcel may be gone at any time. */
	if (unlikely(sink->intake))
		mbx_intake_undo(sink->intake);
	mbx_receive_restore(target->mailbox, delivery);
	return sink_fault_in(sink, length) ?: -EAGAIN;
}

static int deliver(const struct mbx_target *target,
		   struct mbx_delivery *delivery,
		   const struct mbx_sink *sink, size_t *length)
{
	int error;

	for (;;) {
		error = mbx_receive_begin(target->mailbox, delivery,
					  &target->terms);
		if (error) {
			*length = delivery->needed;
			if (error == -EMSGSIZE && sink->intake &&
			    mbx_intake_tell(sink->intake, delivery->carried))
				return -EFAULT;
			return error;
		}
		*length = delivery->message->length;
		error = mbx_deliver_claimed(target, delivery, sink);
		if (error != -EAGAIN)
			return error;
		/* Somebody may take it away again and again: not for ever. */
		if (signal_pending(current))
			return -ERESTARTSYS;
	}
}

int mbx_deliver(const struct mbx_target *target,
		struct mbx_receiver *receiver,
		const struct mbx_sink *sink, size_t *length)
{
	struct mbx_delivery delivery = {
		.receiver = receiver,
		.room = sink->buffer.length,
		.tokenless = !sink->user,
		.attachments = sink->intake ? sink->intake->head.count : 0,
	};

	receiver->inbox = target->inbox;
	return deliver(target, &delivery, sink, length);
}

int mbx_deliver_waited(const struct mbx_target *target,
		       struct mbx_receiver *receiver, int error,
		       const struct mbx_sink *sink, size_t *length)
{
	struct mbx_delivery delivery = {
		.receiver = receiver,
		.room = sink->buffer.length,
		.tokenless = !sink->user,
		.waited = true,
		.error = error,
	};

	return deliver(target, &delivery, sink, length);
}
