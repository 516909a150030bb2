// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/rbtree.h>
#include <linux/sched/signal.h>

#include <linux/mailbox.h>

#include "after.h"
#include "buffer.h"
#include "call.h"
#include "compat.h"
#include "entry.h"
#include "forward.h"
#include "lend.h"
#include "notice.h"
#include "post.h"
#include "quota.h"
#include "trace.h"
#include "transfer.h"

/* How many calls are looked at before the lock is dropped for a moment. */
#define PIECES	32

/* The tree of calls */

u64 mbx_call_token(const struct mbx_message *message)
{
	return message->entry.node.seq;
}

static struct mbx_message *call_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct mbx_message, call.node);
}

static bool call_less(struct rb_node *a, const struct rb_node *b)
{
	return mbx_call_token(call_of(a)) <
	       mbx_call_token(call_of((struct rb_node *)b));
}

/* The first call whose token is @token or higher. */
static struct mbx_message *call_from_locked(struct mbx_mailbox *mailbox,
					    u64 token)
{
	struct rb_node *node = mailbox->calls.rb_node;
	struct mbx_message *found = NULL;

	lockdep_assert_held(&mailbox->lock);
	while (node) {
		struct mbx_message *call = call_of(node);

		if (token <= mbx_call_token(call)) {
			found = call;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

struct mbx_message *mbx_call_find_locked(struct mbx_mailbox *mailbox,
					 u64 token)
{
	struct mbx_message *call = call_from_locked(mailbox, token);

	return call && mbx_call_token(call) == token ? call : NULL;
}

/* The end */

static void call_kill_locked(struct mbx_mailbox *mailbox,
			     struct mbx_message *call)
{
	rb_erase(&call->call.node, &mailbox->calls);
	call->call.state = MBX_CALL_DEAD;
}

/* Tells a caller who waits, and has not been told yet, how the call ended. */
static void caller_tell_locked(struct mbx_message *call, int error,
			       struct mbx_after *after)
{
	struct mbx_caller *caller = call->call.caller;

	if (!caller)
		return;
	caller->error = error;
	mbx_waiter_finish(&caller->wait, &after->wakes);
}

/* Takes the request out of the mailbox if it can still be found there. */
static void request_withdraw_locked(struct mbx_mailbox *mailbox,
				    struct mbx_message *call,
				    struct mbx_after *after)
{
	switch (call->entry.state) {
	case MBX_ENTRY_BLOCKED:
	case MBX_ENTRY_QUEUED:
	case MBX_ENTRY_HANDED:
		mailbox->counts.withdrawn++;
		if (call->admitted)
			mailbox->counts.sent--;
		mbx_entry_drop_locked(mailbox, &call->entry, after);
		mbx_transfer_refill_locked(mailbox, after);
		return;
	case MBX_ENTRY_CLAIMED:
	case MBX_ENTRY_IDLE:
		mbx_entry_reap_locked(call, after);
		return;
	}
}

/* Those who would answer it are told, here and where it was forwarded to. */
static void servers_tell_locked(struct mbx_message *call, int error,
				struct mbx_after *after)
{
	if (call->call.notice) {
		mbx_notice_fire_locked(call->call.notice, error,
				       mbx_call_token(call), after);
		call->call.notice = NULL;
	}
	mbx_forward_end_locked(call, error, NULL, after);
}

void mbx_call_end_locked(struct mbx_mailbox *mailbox, struct mbx_message *call,
			 int error, struct mbx_after *after)
{
	lockdep_assert_held(&mailbox->lock);
	if (call->call.state != MBX_CALL_ANSWERED)
		caller_tell_locked(call, error, after);
	servers_tell_locked(call, error, after);
	call_kill_locked(mailbox, call);
	request_withdraw_locked(mailbox, call, after);
}

void mbx_call_fail_locked(struct mbx_mailbox *mailbox, struct mbx_message *call,
			  int error, struct mbx_after *after)
{
	lockdep_assert_held(&mailbox->lock);
	/* To a call that was forwarded to here nobody comes back. */
	if (call->call.caller || (call->info & MAILBOX_INFO_FORWARDED)) {
		mbx_call_end_locked(mailbox, call, error, after);
		return;
	}
	call->call.state = MBX_CALL_ANSWERED;
	call->call.error = error;
	servers_tell_locked(call, error, after);
	request_withdraw_locked(mailbox, call, after);
}

/* The caller lets go of a call. */
static void call_detach_locked(struct mbx_message *call,
			       struct mbx_after *after)
{
	call->call.caller = NULL;
	mbx_entry_reap_locked(call, after);
}

/* The caller */

void mbx_caller_init(struct mbx_caller *caller,
		     void (*wake)(struct mbx_waiter *waiter))
{
	mbx_waiter_init(&caller->wait, wake);
	caller->loan = NULL;
	caller->room.mm = NULL;
	caller->error = 0;
	caller->filled = false;
}

static int waiting_charge(const struct mbx_terms *terms)
{
	return terms->nonblock ? 0 : mbx_quota_charge_waiting(terms->quota);
}

static void waiting_uncharge(const struct mbx_terms *terms)
{
	if (!terms->nonblock)
		mbx_quota_uncharge_waiting(terms->quota);
}

/* Queues the request, or hands it to a receiver, or lets it wait for room. */
static int request_place_locked(struct mbx_mailbox *mailbox,
				struct mbx_message *call,
				bool nonblock, struct mbx_after *after)
{
	if (mbx_transfer_room_locked(mailbox, call)) {
		mbx_transfer_admit_locked(mailbox, call, after);
		return 0;
	}
	mbx_transfer_refused_locked(mailbox, call);
	if (mbx_transfer_offer_locked(mailbox, call, after))
		return 0;
	if (nonblock) {
		mailbox->counts.refused_full++;
		return -EAGAIN;
	}
	mbx_transfer_block_locked(mailbox, call, after);
	return 0;
}

void mbx_call_init(struct mbx_message *message, const struct mbx_letter *letter,
		   const struct mbx_terms *terms, struct mbx_caller *caller)
{
	message->call = (struct mbx_call) {
		.state = MBX_CALL_SENT,
		.caller = caller,
		.via = terms->via,
		.room = letter->reply_room,
	};
	if (letter->channel) {
		mbx_mailbox_get(letter->channel[0]);
		mbx_mailbox_get(letter->channel[1]);
		message->call.channel[0] = letter->channel[0];
		message->call.channel[1] = letter->channel[1];
	}
}

void mbx_call_add_locked(struct mbx_mailbox *mailbox, struct mbx_message *call)
{
	rb_add(&call->call.node, &mailbox->calls, call_less);
}

void mbx_call_place_locked(struct mbx_mailbox *mailbox,
			   struct mbx_message *call, struct mbx_after *after)
{
	call->entry.node.seq = mailbox->next_seq;
	request_place_locked(mailbox, call, false, after);
	mailbox->next_seq++;
	mbx_call_add_locked(mailbox, call);
}

int mbx_call_charge_attachments(struct mbx_message *call, u32 attachments)
{
	int error = 0;

	if (unlikely(attachments))
		error = mbx_quota_charge_attachments(call->quota, attachments);
	if (!error)
		call->call.attachments = attachments;
	return error;
}

static int call_start_locked(struct mbx_mailbox *mailbox,
			     struct mbx_message *call,
			     const struct mbx_letter *letter,
			     const struct mbx_terms *terms,
			     struct mbx_after *after)
{
	int error;

	error = mbx_post_check_locked(mailbox, call, terms);
	if (error)
		return error;
	error = mbx_call_charge_attachments(call, letter->reply_attachments);
	if (error)
		return error;
	error = waiting_charge(terms);
	if (error)
		return error;
	call->entry.node.seq = mailbox->next_seq;
	error = request_place_locked(mailbox, call, terms->nonblock, after);
	if (error) {
		waiting_uncharge(terms);
		return error;
	}
	mailbox->next_seq++;
	mbx_call_add_locked(mailbox, call);
	return 0;
}

int mbx_call_begin(struct mbx_mailbox *mailbox, const struct mbx_letter *letter,
		   const struct mbx_terms *terms, struct mbx_caller *caller,
		   struct mbx_message **call)
{
	struct mbx_message *message;
	struct mbx_after after __uninitialized;
	int error;

	message = mbx_post_begin(mailbox, letter);
	if (IS_ERR(message))
		return PTR_ERR(message);
	mbx_call_init(message, letter, terms, caller);
	mbx_after_init(&after);
	after.wakes.handoff = !terms->nonblock && !caller->wait.wake;

	spin_lock(&mailbox->lock);
	error = call_start_locked(mailbox, message, letter, terms, &after);
	if (error)
		mbx_post_fail_locked(mailbox, message, error, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	*call = message;
	return error;
}

/*
 * A call that the calling process has made and nobody waits for.  One that was
 * forwarded to here is not its maker's to come back to: its end goes back there.
 */
static int pending_find_locked(struct mbx_mailbox *mailbox, u64 token,
			       struct mbx_message **call)
{
	*call = mbx_call_find_locked(mailbox, token);
	if (!*call || (*call)->from.process != task_tgid(current) ||
	    ((*call)->info & MAILBOX_INFO_FORWARDED))
		return -ESTALE;
	return (*call)->call.caller ? -EBUSY : 0;
}

int mbx_call_resume(struct mbx_mailbox *mailbox, u64 token,
		    const struct mbx_terms *terms, struct mbx_caller *caller,
		    struct mbx_message **call)
{
	bool answered = false;
	int error;

	spin_lock(&mailbox->lock);
	error = mbx_mailbox_error_locked(mailbox, true);
	if (!error)
		error = pending_find_locked(mailbox, token, call);
	if (!error)
		error = waiting_charge(terms);
	if (!error) {
		(*call)->call.caller = caller;
		caller->error = (*call)->call.error;
		answered = (*call)->call.state == MBX_CALL_ANSWERED;
		/* Nobody else has seen it: no task to wake. */
		caller->wait.finished = answered;
	}
	spin_unlock(&mailbox->lock);
	if (answered && caller->wait.wake)
		caller->wait.wake(&caller->wait);
	return error;
}

static int caller_sleep(const struct mbx_terms *terms,
			struct mbx_caller *caller)
{
	int error;

	if (terms->nonblock)
		return mbx_waiter_finished(&caller->wait) ? 0 : -EAGAIN;
	error = mbx_wait(&caller->wait, &terms->deadline);
	mbx_quota_uncharge_waiting(terms->quota);
	return error;
}

/*
 * Lets go of a call because of @error.  Returns 0 if the reply has come in the
 * last moment, and the caller has it still.
 */
static int caller_leave_locked(struct mbx_mailbox *mailbox,
			       struct mbx_message *call,
			       struct mbx_caller *caller, int error,
			       struct mbx_after *after)
{
	if (mbx_waiter_finished(&caller->wait)) {
		if (!caller->error)
			return 0;
		error = caller->error;
		/* It had failed before the caller came back. */
		if (call->call.state == MBX_CALL_ANSWERED)
			call_kill_locked(mailbox, call);
	} else if (error == -ETIMEDOUT || error == -ECANCELED) {
		call->call.caller = NULL;
		mbx_call_end_locked(mailbox, call, error, after);
		return error;
	}
	call_detach_locked(call, after);
	return error;
}

int mbx_call_wait(struct mbx_mailbox *mailbox, struct mbx_message *call,
		  const struct mbx_terms *terms, struct mbx_caller *caller)
{
	struct mbx_after after __uninitialized;
	int error;

	error = caller_sleep(terms, caller);
	if (!error && !caller->error)
		return 0;
	if (caller->loan || caller->room.mm)
		error = mbx_lend_end(mailbox, call, caller, error);

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	error = caller_leave_locked(mailbox, call, caller, error, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	return error;
}

int mbx_call_step(struct mbx_mailbox *mailbox, struct mbx_message *call,
		  const struct mbx_terms *terms, struct mbx_caller *caller,
		  bool woken, int error)
{
	struct mbx_after after __uninitialized;
	bool done;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	/* Finished, but not told: whoever is to tell it knows it. */
	done = mbx_waiter_finished(&caller->wait) ? woken : error;
	if (done)
		error = caller_leave_locked(mailbox, call, caller, error,
					    &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	if (!done)
		return -EIOCBQUEUED;
	waiting_uncharge(terms);
	return error;
}

static void reply_release(struct mbx_mailbox *mailbox,
			  struct mbx_message *call, bool taken)
{
	bool idle;

	spin_lock(&mailbox->lock);
	/* With the mailbox dead nobody could come back for it. */
	if (call->call.state != MBX_CALL_DEAD && (taken || mailbox->dead))
		call_kill_locked(mailbox, call);
	call->call.caller = NULL;
	idle = mbx_message_idle(call);
	spin_unlock(&mailbox->lock);
	if (idle)
		mbx_message_free(mailbox, call);
}

void mbx_call_finish(struct mbx_mailbox *mailbox, struct mbx_message *call)
{
	reply_release(mailbox, call, true);
}

void mbx_call_leave(struct mbx_mailbox *mailbox, struct mbx_message *call)
{
	reply_release(mailbox, call, false);
}

int mbx_call_cancel(struct mbx_mailbox *mailbox, u64 token)
{
	struct mbx_message *call;
	struct mbx_after after __uninitialized;
	int error;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	error = pending_find_locked(mailbox, token, &call);
	if (!error)
		mbx_call_end_locked(mailbox, call, -ECANCELED, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	return error;
}

/* The server */

void mbx_call_open_locked(struct mbx_message *call, const void *via)
{
	call->call.state = MBX_CALL_OPEN;
	call->call.server = mbx_identity_current();
	get_pid(call->call.server.process);
	call->call.server_via = via;
}

void mbx_call_receive_locked(struct mbx_mailbox *mailbox,
			     struct mbx_message *call, const void *via,
			     struct mbx_after *after)
{
	lockdep_assert_held(&mailbox->lock);
	if (call->call.state != MBX_CALL_SENT)
		return;
	if (!via) {
		mbx_call_fail_locked(mailbox, call, -EPIPE, after);
		return;
	}
	mbx_call_open_locked(call, via);
}

struct mbx_message *mbx_call_owed_locked(struct mbx_mailbox *mailbox,
					 u64 token)
{
	struct mbx_message *call = mbx_call_find_locked(mailbox, token);

	if (!call || call->call.state != MBX_CALL_OPEN ||
	    call->call.answering ||
	    call->call.server.process != task_tgid(current))
		return NULL;
	return call;
}

int mbx_call_owed_error_locked(const struct mbx_mailbox *mailbox)
{
	return mbx_mailbox_error_locked(mailbox, false) ?: -ESTALE;
}

int mbx_call_watch(struct mbx_mailbox *mailbox, u64 token,
		   struct mbx_notice *notice)
{
	struct mbx_message *call;
	struct mbx_after after __uninitialized;
	int error = 0;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	call = mbx_call_owed_locked(mailbox, token);
	if (call) {
		if (call->call.notice)
			mbx_notice_drop_locked(call->call.notice, &after);
		call->call.notice = notice;
	} else {
		error = mbx_call_owed_error_locked(mailbox);
	}
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	return error;
}

int mbx_call_unwatch(struct mbx_mailbox *mailbox, u64 token)
{
	struct mbx_message *call;
	struct mbx_after after __uninitialized;
	int error;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	call = mbx_call_owed_locked(mailbox, token);
	if (call) {
		error = call->call.notice ? 0 : -ENOENT;
		if (!error)
			mbx_notice_drop_locked(call->call.notice, &after);
		call->call.notice = NULL;
	} else {
		error = mbx_call_owed_error_locked(mailbox);
	}
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	return error;
}

static int answer_begin(struct mbx_mailbox *mailbox, u64 token,
			const struct mbx_buffer *buffer,
			const struct mbx_parcel *parcel,
			struct mbx_message **result)
{
	struct mbx_message *call;
	int error;

	spin_lock(&mailbox->lock);
	call = mbx_call_owed_locked(mailbox, token);
	if (call) {
		error = buffer->length > call->call.room ||
			mbx_parcel_count(parcel) > call->call.attachments ?
			-EMSGSIZE : 0;
		if (!error) {
			call->call.answering = true;
			/* With attachments it may have to stay for a while. */
			if (!parcel)
				mbx_lend_hold_locked(call, buffer);
		}
	} else {
		error = mbx_call_owed_error_locked(mailbox);
	}
	spin_unlock(&mailbox->lock);
	*result = call;
	return error;
}

void mbx_call_answered_locked(struct mbx_mailbox *mailbox,
			      struct mbx_message *call, struct mbx_after *after)
{
	if (call->call.notice) {
		mbx_notice_drop_locked(call->call.notice, after);
		call->call.notice = NULL;
	}
	if (call->call.up) {
		/* Its bytes go on, and it stays until they have. */
		call->call.relayed = true;
		call_kill_locked(mailbox, call);
		mbx_forward_end_locked(call, 0, call, after);
		return;
	}
	/* A call that comes back need not be ended where it was. */
	mbx_forward_forget_locked(call, after);
	call->call.state = MBX_CALL_ANSWERED;
	caller_tell_locked(call, 0, after);
}

/* Whoever was to answer has tried: @error, or -ESTALE if the call has ended. */
static int answer_end_locked(struct mbx_message *call, int error,
			     struct mbx_after *after)
{
	call->call.answering = false;
	if (unlikely(call->call.held))
		mbx_lend_release_locked(call, after);
	if (call->call.state == MBX_CALL_OPEN)
		return error;
	mbx_entry_reap_locked(call, after);
	return -ESTALE;
}

static void answer_give_locked(struct mbx_mailbox *mailbox,
			       struct mbx_message *call,
			       struct mbx_parcel *parcel, u64 tag,
			       struct mbx_after *after)
{
	call->tag = tag;
	/* The request's went to who received it. */
	call->parcel = parcel;
	call->call.server.uid = current_euid();
	call->call.server.gid = current_egid();
	mbx_call_answered_locked(mailbox, call, after);
}

/* What an earlier one has left in @bytes is to be freed. */
static void answer_put_locked(struct mbx_message *call, struct mbx_bytes *bytes,
			      bool filled)
{
	if (!filled) {
		mbx_message_rewrite(call, bytes);
		return;
	}
	mbx_message_empty(call, bytes);
	call->call.caller->filled = true;
}

/* As answer_give_locked(), for a task that waits, and nobody else is concerned. */
struct task_struct *mbx_call_answer_locked(struct mbx_message *call)
{
	struct mbx_caller *caller = call->call.caller;

	call->call.server.uid = current_euid();
	call->call.server.gid = current_egid();
	call->call.state = MBX_CALL_ANSWERED;
	caller->error = 0;
	return mbx_waiter_release(&caller->wait);
}

/* The reply's bytes, to the caller himself if he is held for that (@filled). */
static int answer_read(struct mbx_mailbox *mailbox, struct mbx_message *call,
		       const struct mbx_buffer *buffer, struct mbx_bytes *bytes,
		       bool *filled)
{
	bool held = unlikely(call->call.held);

	*filled = held && mbx_room_write(&call->call.caller->room, buffer);
	if (*filled) {
		bytes->length = buffer->length;
		bytes->more = NULL;
		return 0;
	}
	/* Reading them may take for ever. */
	if (held)
		mbx_lend_release(mailbox, call);
	return mbx_bytes_read(bytes, buffer);
}

int mbx_call_answer(struct mbx_mailbox *mailbox, u64 token,
		    const struct mbx_buffer *buffer, struct mbx_parcel *parcel,
		    u64 tag, bool handoff)
{
	struct mbx_message *call;
	struct mbx_bytes bytes __uninitialized;
	struct mbx_after after __uninitialized;
	bool filled;
	int error;

	error = answer_begin(mailbox, token, buffer, parcel, &call);
	if (error)
		return error;
	error = answer_read(mailbox, call, buffer, &bytes, &filled);

	mbx_after_init(&after);
	after.wakes.handoff = handoff;
	spin_lock(&mailbox->lock);
	error = answer_end_locked(call, error, &after);
	if (!error) {
		answer_put_locked(call, &bytes, filled);
		answer_give_locked(mailbox, call, parcel, tag, &after);
	}
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	mbx_bytes_free(&bytes);
	trace_mailbox_reply(mailbox->record.id, token, buffer->length, error);
	return error;
}

/* Connection requests */

int mbx_call_hold(struct mbx_mailbox *mailbox, u64 token,
		  struct mbx_message **call)
{
	static const struct mbx_buffer empty;

	return answer_begin(mailbox, token, &empty, NULL, call);
}

int mbx_call_release(struct mbx_mailbox *mailbox, struct mbx_message *call,
		     u64 tag, int error)
{
	struct mbx_after after;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	error = answer_end_locked(call, error, &after);
	if (!error)
		answer_give_locked(mailbox, call, NULL, tag, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	return error;
}

/* Those who are gone */

/* Is it of @process through @via (NULL: any)? */
static bool concerns(const struct pid *process, const void *via,
		     const struct pid *its_process, const void *its_via)
{
	return (!process || its_process == process) && (!via || its_via == via);
}

static void orphan_locked(struct mbx_mailbox *mailbox, struct mbx_message *call,
			  const struct pid *process, const void *via,
			  struct mbx_after *after)
{
	struct mbx_call *state = &call->call;
	bool made, served;

	made = concerns(process, via, call->from.process, state->via);
	served = state->state == MBX_CALL_OPEN &&
		 concerns(process, via, state->server.process,
			  state->server_via);
	if (made && !state->caller)
		mbx_call_end_locked(mailbox, call, -EPIPE, after);
	else if (served)
		mbx_call_fail_locked(mailbox, call, -EPIPE, after);
}

/* Looks at some calls, from @token on, and moves it; false: no more of them. */
static bool orphan_some_locked(struct mbx_mailbox *mailbox, u64 *token,
			       const struct pid *process, const void *via,
			       struct mbx_after *after)
{
	struct mbx_message *call = call_from_locked(mailbox, *token);
	unsigned int left = PIECES;

	while (call && left--) {
		struct mbx_message *next = call_of(rb_next(&call->call.node));

		*token = mbx_call_token(call) + 1;
		orphan_locked(mailbox, call, process, via, after);
		call = next;
	}
	return call;
}

void mbx_call_orphan(struct mbx_mailbox *mailbox, const struct pid *process,
		     const void *via)
{
	struct mbx_after after __uninitialized;
	u64 token = 0;
	bool more;

	mbx_after_init(&after);
	do {
		spin_lock(&mailbox->lock);
		more = orphan_some_locked(mailbox, &token, process, via,
					  &after);
		spin_unlock(&mailbox->lock);
		mbx_after_run(&after, mailbox);
		cond_resched();
	} while (more);
}

bool mbx_call_end_some_locked(struct mbx_mailbox *mailbox, unsigned int *left,
			      struct mbx_after *after)
{
	struct mbx_message *call;

	while ((call = call_of(rb_first(&mailbox->calls)))) {
		if (!(*left)--)
			return false;
		mbx_call_end_locked(mailbox, call, mailbox->dead, after);
	}
	return true;
}
