// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/uaccess.h>

#include "buffer.h"
#include "call.h"
#include "compat.h"
#include "copy.h"
#include "fast.h"
#include "fast_call.h"
#include "quota.h"
#include "trace.h"
#include "transfer.h"

/* The caller */

static bool call_start_locked(struct mbx_mailbox *mailbox,
			      struct mbx_message *call,
			      const struct mbx_terms *terms,
			      struct task_struct **task)
{
	if (mbx_quota_charge_waiting(terms->quota))
		return false;
	if (!mbx_fast_place_locked(mailbox, call, task)) {
		mbx_quota_uncharge_waiting(terms->quota);
		return false;
	}
	mbx_call_add_locked(mailbox, call);
	return true;
}

struct mbx_message *mbx_fast_call(const struct mbx_target *target,
				  const struct mailbox_message *request,
				  size_t room, struct mbx_caller *caller)
{
	struct mbx_mailbox *mailbox = target->mailbox;
	struct mbx_buffer buffer = { .length = request->length };
	struct mbx_letter letter = {
		.buffer = &buffer,
		.tag = request->tag,
		.priority = request->priority,
		.info = MAILBOX_INFO_CALL,
		.reply_room = room,
		.quota = target->terms.quota,
	};
	struct mbx_message *call;
	struct task_struct *task;
	bool sent;

	if (target->terms.nonblock || !mbx_fast_usual(target, request, 0))
		return NULL;
	letter.from = mbx_identity_current();
	call = mbx_message_blank(mailbox, &letter, true);
	if (IS_ERR(call))
		return NULL;
	mbx_call_init(call, &letter, &target->terms, caller);
	sent = mbx_copy_in(call->data, u64_to_user_ptr(request->data),
			   buffer.length);
	if (likely(sent)) {
		spin_lock(&mailbox->lock);
		sent = call_start_locked(mailbox, call, &target->terms, &task);
		spin_unlock(&mailbox->lock);
	}
	if (unlikely(!sent)) {
		mbx_message_free(mailbox, call);
		return NULL;
	}
	mbx_fast_placed(mailbox, task, true);
	return call;
}

/* The server */

/* Is nobody concerned but the caller, who waits, and all bytes where they will be? */
static bool call_usual(const struct mbx_message *call, size_t length)
{
	const struct mbx_call *state = &call->call;

	return state->caller && !state->caller->wait.wake &&
	       !state->notice && !state->up && !state->down &&
	       !call->places && !call->peeks && !call->more &&
	       length <= state->room;
}

/* At least @length bytes; both have room for MBX_MESSAGE_SHORT. */
static void words_copy(u64 *to, const u64 *from, size_t length)
{
	const u64 *end = from + DIV_ROUND_UP(length, 4 * sizeof(*from)) * 4;

	BUILD_BUG_ON(MBX_MESSAGE_SHORT % (4 * sizeof(*from)));
	for (; from < end; from += 4, to += 4) {
		to[0] = from[0];
		to[1] = from[1];
		to[2] = from[2];
		to[3] = from[3];
	}
}

/* The reply's bytes are all in @segment, if there is one, or else in @data. */
static struct task_struct *answer_locked(struct mbx_mailbox *mailbox, u64 token,
					 const struct mailbox_message *reply,
					 const u64 *data,
					 struct mbx_segment *segment,
					 u64 __user *done)
{
	static const u64 nothing;
	struct mbx_message *call = mbx_call_owed_locked(mailbox, token);

	if (!call || !call_usual(call, reply->length) ||
	    (done && !mbx_copy_out(done, &nothing, sizeof(nothing))))
		return NULL;
	call->more = segment;
	call->head = segment ? 0 : reply->length;
	words_copy((u64 *)call->data, data, call->head);
	call->loan = NULL;
	call->length = reply->length;
	call->tag = reply->tag;
	return mbx_call_answer_locked(call);
}

bool mbx_fast_answer(const struct mbx_target *target, u64 token,
		     const struct mailbox_message *reply, u64 __user *done,
		     bool handoff)
{
	u64 data[MBX_MESSAGE_SHORT / sizeof(u64)] __uninitialized;
	const void __user *from = u64_to_user_ptr(reply->data);
	struct mbx_mailbox *mailbox = target->mailbox;
	struct mbx_segment *segment = NULL;
	struct task_struct *task;

	if (reply->length > MBX_MESSAGE_LONG || reply->priority ||
	    reply->room || !mbx_fast_plain(mailbox, reply, 0))
		return false;
	/* A reply that cannot be read leaves the request as it was. */
	if (reply->length > sizeof(data)) {
		segment = mbx_segment_read(from, reply->length);
		if (!segment)
			return false;
	} else if (!mbx_copy_in(data, from, reply->length)) {
		return false;
	}
	pagefault_disable();
	spin_lock(&mailbox->lock);
	task = answer_locked(mailbox, token, reply, data, segment, done);
	spin_unlock(&mailbox->lock);
	pagefault_enable();
	if (!task) {
		mbx_segment_free(segment);
		return false;
	}
	mbx_waiter_wake(task, handoff);
	trace_mailbox_reply(mailbox->record.id, token, reply->length, 0);
	return true;
}
