// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/mailbox.h>

#include "after.h"
#include "buffer.h"
#include "call.h"
#include "entry.h"
#include "forward.h"
#include "lend.h"
#include "mailbox.h"
#include "notice.h"
#include "post.h"
#include "trace.h"
#include "transfer.h"

/* Relays */

static struct mbx_relay *relay_new(struct mbx_mailbox *to,
				   struct mbx_mailbox *from)
{
	struct mbx_relay *relay;

	relay = kzalloc(sizeof(*relay), GFP_KERNEL_ACCOUNT);
	if (!relay)
		return NULL;
	mbx_mailbox_get(to);
	mbx_mailbox_get(from);
	relay->to = to;
	relay->from = from;
	return relay;
}

/* Whoever forwards it at this moment may still have it. */
static void answer_release(struct mbx_mailbox *mailbox,
			   struct mbx_message *answer)
{
	struct mbx_after after;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	answer->call.relayed = false;
	mbx_entry_reap_locked(answer, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
}

static void relay_free(struct mbx_relay *relay)
{
	if (!relay)
		return;
	if (relay->answer)
		answer_release(relay->from, relay->answer);
	mbx_mailbox_put(relay->to);
	mbx_mailbox_put(relay->from);
	kfree(relay);
}

static void relay_send(struct mbx_relay **relay, int error,
		       struct mbx_message *answer, struct mbx_after *after)
{
	if (!*relay)
		return;
	(*relay)->error = error;
	(*relay)->answer = answer;
	(*relay)->next = after->relays;
	after->relays = *relay;
	*relay = NULL;
}

void mbx_forward_end_locked(struct mbx_message *call, int error,
			    struct mbx_message *answer,
			    struct mbx_after *after)
{
	relay_send(&call->call.up, error, answer, after);
	relay_send(&call->call.down, error, NULL, after);
}

void mbx_forward_forget_locked(struct mbx_message *call,
			       struct mbx_after *after)
{
	if (call->call.down)
		call->call.down->token = 0;
	relay_send(&call->call.down, 0, NULL, after);
}

/* What one message consists of becomes that of another. */
static void bytes_move(struct mbx_message *to, struct mbx_message *from)
{
	memcpy(to->data, from->data, from->head);
	to->head = from->head;
	to->length = from->length;
	to->more = from->more;
	from->more = NULL;
	/* Of a request it has gone to who received it. */
	to->parcel = from->parcel;
	from->parcel = NULL;
}

static void relay_run_locked(struct mbx_relay *relay, struct mbx_after *after)
{
	struct mbx_message *call = mbx_call_find_locked(relay->to,
							relay->token);

	/* The one who waited may have left. */
	if (!call)
		return;
	if (!relay->answer) {
		mbx_call_fail_locked(relay->to, call, relay->error, after);
		return;
	}
	bytes_move(call, relay->answer);
	call->tag = relay->answer->tag;
	swap(call->call.server, relay->answer->call.server);
	mbx_call_answered_locked(relay->to, call, after);
}

static void relay_run(struct mbx_relay *relay, struct mbx_after *outer)
{
	struct mbx_after after;

	mbx_after_init(&after);
	spin_lock(&relay->to->lock);
	relay_run_locked(relay, &after);
	spin_unlock(&relay->to->lock);
	/* Those that follow have their turn after us: not on our stack. */
	while (after.relays) {
		struct mbx_relay *next = after.relays;

		after.relays = next->next;
		next->next = outer->relays;
		outer->relays = next;
	}
	mbx_after_run(&after, relay->to);
}

void mbx_forward_run(struct mbx_after *after)
{
	struct mbx_relay *relay;

	while ((relay = after->relays)) {
		after->relays = relay->next;
		relay_run(relay, after);
		relay_free(relay);
	}
}

/* Forwarding */

/* The second call, without bytes yet; the first caller is its sender. */
static struct mbx_message *second_new(struct mbx_mailbox *to,
				      const struct mbx_message *call)
{
	static const struct mbx_buffer empty;
	const struct mbx_letter letter = {
		.buffer = &empty,
		.head = call->head,
		.tag = call->tag,
		.priority = call->priority,
		.info = MAILBOX_INFO_CALL | MAILBOX_INFO_FORWARDED,
		.reply_room = max(call->call.room, call->length),
		.from = call->from,
		.quota = call->quota,
	};
	struct mbx_message *second = mbx_post_begin(to, &letter);

	if (IS_ERR(second))
		return second;
	second->call = (struct mbx_call) {
		.state = MBX_CALL_SENT,
		.room = call->call.room,
	};
	return second;
}

/* Puts the second call, which is complete, into its mailbox. */
static int second_place(struct mbx_mailbox *to, struct mbx_message *second,
			u32 attachments, const struct mbx_terms *terms,
			u64 *token)
{
	struct mbx_after after;
	int error;

	mbx_after_init(&after);
	spin_lock(&to->lock);
	error = mbx_post_check_locked(to, second, terms);
	if (!error)
		error = mbx_call_charge_attachments(second, attachments);
	if (!error) {
		mbx_call_place_locked(to, second, &after);
		*token = mbx_call_token(second);
	}
	spin_unlock(&to->lock);
	mbx_after_run(&after, to);
	return error;
}

static void second_drop(struct mbx_mailbox *to, struct mbx_message *second,
			int error)
{
	struct mbx_after after;

	mbx_after_init(&after);
	spin_lock(&to->lock);
	mbx_post_fail_locked(to, second, error, &after);
	spin_unlock(&to->lock);
	mbx_after_run(&after, to);
}

/* Nobody else touches @call meanwhile; @up is taken over if it succeeds. */
static int second_make(struct mbx_mailbox *to, struct mbx_message *call,
		       struct mbx_relay *up, const struct mbx_terms *terms,
		       u64 *token)
{
	struct mbx_message *second = second_new(to, call);
	int error;

	if (IS_ERR(second))
		return PTR_ERR(second);
	bytes_move(second, call);
	second->call.up = up;
	error = second_place(to, second, call->call.attachments, terms,
			     token);
	if (!error)
		return 0;
	second->call.up = NULL;
	bytes_move(call, second);
	second_drop(to, second, error);
	return error;
}

static int forward_begin(struct mbx_mailbox *mailbox, u64 token,
			 struct mbx_message **call)
{
	int error = 0;

	spin_lock(&mailbox->lock);
	*call = mbx_call_owed_locked(mailbox, token);
	if (*call) {
		/* The other may answer before we come back. */
		(*call)->call.state = MBX_CALL_FORWARDED;
		(*call)->call.answering = true;
		mbx_lend_keep_begin_locked(*call);
	} else {
		error = mbx_call_owed_error_locked(mailbox);
	}
	spin_unlock(&mailbox->lock);
	return error;
}

/*
 * The second call is there, or with @error is not.  The first may have ended
 * meanwhile: then @down has to end the second too.
 */
static int forward_end_locked(struct mbx_message *call, struct mbx_relay **down,
			      int error, struct mbx_after *after)
{
	call->call.answering = false;
	if (call->call.state != MBX_CALL_FORWARDED) {
		mbx_entry_reap_locked(call, after);
		if (error)
			return -ESTALE;
		relay_send(down, -ECANCELED, NULL, after);
		return 0;
	}
	if (error) {
		call->call.state = MBX_CALL_OPEN;
		return error;
	}
	call->call.down = *down;
	*down = NULL;
	if (call->call.notice)
		mbx_notice_drop_locked(call->call.notice, after);
	call->call.notice = NULL;
	return 0;
}

int mbx_forward(struct mbx_mailbox *mailbox, u64 token, struct mbx_mailbox *to,
		const struct mbx_terms *terms)
{
	struct mbx_relay *up = relay_new(mailbox, to);
	struct mbx_relay *down = relay_new(to, mailbox);
	struct mbx_message *call;
	struct mbx_after after;
	int error = -ENOMEM;

	if (!up || !down)
		goto free_relays;
	error = forward_begin(mailbox, token, &call);
	if (error)
		goto free_relays;
	up->token = token;
	error = mbx_lend_keep(mailbox, call);
	if (!error)
		error = second_make(to, call, up, terms, &down->token);
	if (!error)
		up = NULL;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	error = forward_end_locked(call, &down, error, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	trace_mailbox_forward(mailbox->record.id, token, to->record.id, error);
free_relays:
	relay_free(up);
	relay_free(down);
	return error;
}
