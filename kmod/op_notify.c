// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bitops.h>
#include <linux/err.h>
#include <linux/list.h>
#include <linux/signal.h>

#include "call.h"
#include "handle.h"
#include "ioctl.h"
#include "mailbox.h"
#include "notice.h"
#include "seat.h"
#include "target.h"

#define RECEIVER_EVENTS	(MAILBOX_EVENT_NO_SENDERS | MAILBOX_EVENT_NOT_EMPTY | \
			 MAILBOX_EVENT_CANCELLED)
#define SENDER_EVENTS	(MAILBOX_EVENT_NO_RECEIVERS | MAILBOX_EVENT_SPACE)
#define EVENTS		(RECEIVER_EVENTS | SENDER_EVENTS | \
			 MAILBOX_EVENT_DESTROYED | MAILBOX_EVENT_ARRIVED)
#define SIGNAL_FLAGS	(MAILBOX_NOTIFY_SIGNAL | MAILBOX_NOTIFY_BLOCKED)

/* Each event is a matter for those who receive there, or who send, or both. */
static u32 right_for(const struct mailbox_notify *notify, bool endpoint)
{
	u32 right = MBX_RIGHT_TRACE;

	if (notify->flags & MAILBOX_TO_PROCESS)
		right |= MBX_RIGHT_PROCESS;
	if (notify->events & RECEIVER_EVENTS)
		right |= MAILBOX_RIGHT_RECEIVE;
	if (notify->events & SENDER_EVENTS)
		right |= MAILBOX_RIGHT_SEND;
	/* The end of a channel is the end of what it sends to. */
	if (endpoint && (notify->events & MAILBOX_EVENT_DESTROYED))
		right |= MAILBOX_RIGHT_SEND;
	if (!(right & MAILBOX_RIGHTS_ALL))
		right |= MBX_RIGHT_LOOK;
	return right;
}

static int notify_check(const struct mailbox_notify *notify)
{
	bool call = notify->events & MAILBOX_EVENT_CANCELLED;

	if (!notify->events || (notify->events & ~EVENTS) || notify->reserved)
		return -EINVAL;
	if (notify->flags & SIGNAL_FLAGS)
		return (notify->flags & MAILBOX_NOTIFY_SIGNAL) &&
		       !(notify->flags & ~SIGNAL_FLAGS) &&
		       notify->events == MAILBOX_EVENT_ARRIVED &&
		       notify->token <= _NSIG ? 0 : -EINVAL;
	/* A call is not the mailbox: one at a time. */
	if (call ? notify->events != MAILBOX_EVENT_CANCELLED || !notify->token :
		   notify->token)
		return -EINVAL;
	if ((notify->flags & MAILBOX_TO_PROCESS) &&
	    (notify->events & (RECEIVER_EVENTS | MAILBOX_EVENT_ARRIVED)))
		return -EINVAL;
	return (notify->flags & MAILBOX_NOTIFY_CANCEL) && notify->cookie ?
	       -EINVAL : 0;
}

static void notices_drop(struct list_head *notices)
{
	struct mbx_notice *notice, *next;

	list_for_each_entry_safe(notice, next, notices, link)
		mbx_notice_drop(notice);
}

static int events_ask(const struct mbx_target *target, struct mbx_mailbox *to,
		      const struct mailbox_notify *notify)
{
	unsigned long events = notify->events;
	LIST_HEAD(notices);
	unsigned int bit;
	int error = 0;

	for_each_set_bit(bit, &events, BITS_PER_TYPE(u32)) {
		struct mbx_notice *notice;

		notice = mbx_notice_new(to, target->mailbox->record.id, BIT(bit),
					notify->cookie, &target->terms);
		if (IS_ERR(notice)) {
			error = PTR_ERR(notice);
			break;
		}
		notice->signals = notify->flags & MAILBOX_NOTIFY_SIGNAL;
		notice->or_event = notify->flags & MAILBOX_NOTIFY_BLOCKED;
		notice->signal = notify->token;
		list_add_tail(&notice->link, &notices);
	}
	if (!error)
		error = mbx_notice_place(target->mailbox, &notices);
	if (error)
		notices_drop(&notices);
	return error;
}

static int call_ask(const struct mbx_target *target, struct mbx_mailbox *to,
		    const struct mailbox_notify *notify)
{
	struct mbx_notice *notice;
	int error;

	notice = mbx_notice_new(to, target->mailbox->record.id,
				MAILBOX_EVENT_CANCELLED, notify->cookie,
				&target->terms);
	if (IS_ERR(notice))
		return PTR_ERR(notice);
	error = mbx_call_watch(target->mailbox, notify->token, notice);
	if (error)
		mbx_notice_drop(notice);
	return error;
}

static int notify_do(const struct mbx_target *target, struct mbx_mailbox *to,
		     const struct mailbox_notify *notify)
{
	bool call = notify->events & MAILBOX_EVENT_CANCELLED;

	/* Of NOTIFY itself there is nothing to be told. */
	if (target->mailbox == to)
		return -EINVAL;
	if (!(notify->flags & MAILBOX_NOTIFY_CANCEL))
		return call ? call_ask(target, to, notify) :
			      events_ask(target, to, notify);
	if (call)
		return mbx_call_unwatch(target->mailbox, notify->token);
	return mbx_notice_cancel(target->mailbox, to, notify->events) ?
	       0 : -ENOENT;
}

int mbx_op_notify(struct mbx_request *request)
{
	const struct mailbox_notify *notify = &request->argument.notify;
	struct mbx_handle *handle = mbx_handle_of(request->file);
	struct mbx_target target;
	struct mbx_seat *seat;
	u32 right;
	int error;

	error = notify_check(notify);
	if (error)
		return error;
	right = right_for(notify, handle && mbx_handle_endpoint(handle));
	/* An endpoint sends to one mailbox and receives from another. */
	if (handle && mbx_handle_endpoint(handle) &&
	    (right & MAILBOX_RIGHT_SEND) && (right & MAILBOX_RIGHT_RECEIVE))
		return -EINVAL;
	error = mbx_target_get(&target, request->file, notify->id, right);
	if (error)
		return error;
	if (mbx_mailbox_multicast(target.mailbox) &&
	    (notify->events & (MAILBOX_EVENT_NOT_EMPTY |
			       MAILBOX_EVENT_ARRIVED))) {
		error = -EINVAL;
		goto put_target;
	}
	seat = mbx_target_seat(&target);
	if (IS_ERR(seat)) {
		error = PTR_ERR(seat);
		goto put_target;
	}
	error = notify_do(&target, seat->notify, notify);
	mbx_seat_put(seat);
put_target:
	mbx_target_put(&target);
	return error;
}
