// SPDX-License-Identifier: GPL-2.0-only
#include <linux/uaccess.h>

#include "buffer.h"
#include "call.h"
#include "compat.h"
#include "copy.h"
#include "fast.h"
#include "fast_call.h"
#include "fast_locked.h"
#include "quota.h"
#include "spare.h"
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
	call = mbx_message_make(mailbox, &letter);
	if (!call)
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

/* Is nobody concerned but the caller, who waits? */
static bool call_usual(const struct mbx_message *call, size_t length)
{
	const struct mbx_call *state = &call->call;

	return state->caller && !state->caller->wait.wake &&
	       !state->notice && !state->up && !state->down &&
	       !call->places && !call->peeks && length <= state->room;
}

static struct task_struct *answer_locked(struct mbx_mailbox *mailbox, u64 token,
					 struct mbx_bytes *bytes, u64 tag,
					 u64 __user *done)
{
	static const u64 nothing;
	struct mbx_message *call = mbx_call_owed_locked(mailbox, token);

	if (!call || !call_usual(call, bytes->length) ||
	    (done && !mbx_copy_out(done, &nothing, sizeof(nothing))))
		return NULL;
	mbx_message_rewrite(call, bytes);
	call->tag = tag;
	return mbx_call_answer_locked(call);
}

/* @bytes are then the request's, or still the reply's: to be freed. */
static struct task_struct *answer(struct mbx_mailbox *mailbox, u64 token,
				  struct mbx_bytes *bytes, u64 tag,
				  u64 __user *done)
{
	struct task_struct *task;

	pagefault_disable();
	spin_lock(&mailbox->lock);
	task = answer_locked(mailbox, token, bytes, tag, done);
	spin_unlock(&mailbox->lock);
	pagefault_enable();
	return task;
}

bool mbx_fast_answer(const struct mbx_target *target, u64 token,
		     const struct mailbox_message *reply, u64 __user *done,
		     bool handoff)
{
	const struct mbx_buffer buffer = {
		.base = u64_to_user_ptr(reply->data),
		.length = reply->length,
	};
	struct mbx_mailbox *mailbox = target->mailbox;
	struct mbx_bytes bytes __uninitialized;
	struct task_struct *task = NULL;

	if (reply->length > MBX_MESSAGE_LONG || reply->priority ||
	    reply->room || !mbx_fast_plain(mailbox, reply, 0))
		return false;
	/* A reply that cannot be read leaves the request as it was. */
	if (likely(!mbx_bytes_read(&bytes, &buffer)))
		task = answer(mailbox, token, &bytes, reply->tag, done);
	mbx_bytes_free(&bytes);
	if (!task)
		return false;
	mbx_waiter_wake(task, handoff);
	trace_mailbox_reply(mailbox->record.id, token, reply->length, 0);
	return true;
}
