// SPDX-License-Identifier: GPL-2.0-only
#include "after.h"
#include "buffer.h"
#include "call.h"
#include "compat.h"
#include "lend.h"
#include "mailbox.h"
#include "message.h"
#include "room.h"
#include "wait.h"

/* Is anybody at the caller's memory? */
static bool lent_locked(const struct mbx_message *call)
{
	return call->call.held ||
	       (call->loan && call->entry.state == MBX_ENTRY_CLAIMED);
}

void mbx_lend_done_locked(struct mbx_message *message,
			  struct mbx_after *after)
{
	if (message->call.state == MBX_CALL_NONE || !message->call.leaving ||
	    lent_locked(message))
		return;
	mbx_waiter_finish(message->call.leaving, &after->wakes);
	message->call.leaving = NULL;
}

/* The caller waits until nobody is; the lock is dropped meanwhile. */
static void lent_wait_locked(struct mbx_mailbox *mailbox,
			     struct mbx_message *call)
	__must_hold(&mailbox->lock)
{
	struct mbx_waiter waiter;

	while (lent_locked(call)) {
		mbx_waiter_init(&waiter, NULL);
		call->call.leaving = &waiter;
		spin_unlock(&mailbox->lock);
		mbx_wait_surely(&waiter);
		spin_lock(&mailbox->lock);
	}
}

/* The call goes on: in the message, what was lent. */
static void loan_settle_locked(struct mbx_message *call,
			       struct mbx_bytes *bytes)
{
	if (!call->loan)
		return;
	if (bytes)
		mbx_message_rewrite(call, bytes);
	else
		call->loan = NULL;
}

static void take_back(struct mbx_mailbox *mailbox, struct mbx_message *call,
		      struct mbx_caller *caller, int error,
		      struct mbx_bytes *bytes)
{
	bool ends = error && error != -ERESTARTSYS;
	struct mbx_after after __uninitialized;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	if (ends && !mbx_waiter_finished(&caller->wait))
		mbx_call_end_locked(mailbox, call, error, &after);
	lent_wait_locked(mailbox, call);
	loan_settle_locked(call, bytes);
	caller->room.mm = NULL;
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
}

int mbx_lend_end(struct mbx_mailbox *mailbox, struct mbx_message *call,
		 struct mbx_caller *caller, int error)
{
	struct mbx_bytes bytes __uninitialized;

	if (error != -ERESTARTSYS || !caller->loan) {
		take_back(mailbox, call, caller, error, NULL);
		return error;
	}
	if (!mbx_bytes_keep(&bytes, caller->loan))
		take_back(mailbox, call, caller, error, &bytes);
	else
		take_back(mailbox, call, caller, error = -ENOMEM, NULL);
	mbx_bytes_free(&bytes);
	return error;
}

bool mbx_lend_hold_locked(struct mbx_message *call,
			  const struct mbx_buffer *reply)
{
	const struct mbx_caller *caller = call->call.caller;

	/* The bytes of one that was forwarded to here go on in a relay. */
	if (!caller || call->call.up || !mbx_room_worth(&caller->room, reply))
		return false;
	call->call.held = true;
	return true;
}

void mbx_lend_release_locked(struct mbx_message *call, struct mbx_after *after)
{
	call->call.held = false;
	mbx_lend_done_locked(call, after);
}

static void release(struct mbx_mailbox *mailbox, struct mbx_message *call,
		    struct mbx_bytes *bytes)
{
	struct mbx_after after __uninitialized;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	if (bytes)
		mbx_message_rewrite(call, bytes);
	mbx_lend_release_locked(call, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
}

void mbx_lend_release(struct mbx_mailbox *mailbox, struct mbx_message *call)
{
	release(mailbox, call, NULL);
}

void mbx_lend_keep_begin_locked(struct mbx_message *call)
{
	call->call.held = !!call->loan;
}

int mbx_lend_keep(struct mbx_mailbox *mailbox, struct mbx_message *call)
{
	struct mbx_bytes bytes __uninitialized;
	int error;

	if (likely(!call->loan))
		return 0;
	error = mbx_bytes_keep(&bytes, call->loan);
	release(mailbox, call, error ? NULL : &bytes);
	mbx_bytes_free(&bytes);
	return error;
}
