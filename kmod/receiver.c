// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid.h>
#include <linux/poll.h>

#include "after.h"
#include "mailbox.h"
#include "message.h"
#include "receiver.h"

bool mbx_receiver_takes(const struct mbx_receiver *receiver,
			const struct mbx_message *message)
{
	const struct mbx_selector *selector = &receiver->selector;

	if (selector->from && selector->pid !=
	    pid_nr_ns(message->from.process, selector->pid_ns))
		return false;
	if (selector->tagged && (message->tag < selector->tag_min ||
				 message->tag > selector->tag_max) !=
				selector->except)
		return false;
	return true;
}

void mbx_receiver_kick_locked(struct mbx_mailbox *mailbox,
			      struct mbx_receiver *receiver, int error,
			      struct mbx_after *after)
{
	lockdep_assert_held(&mailbox->lock);
	list_del_init(&receiver->wait.link);
	mailbox->waiting--;
	receiver->error = error;
	mbx_waiter_finish(&receiver->wait, &after->wakes);
}

bool mbx_receiver_drained_locked(const struct mbx_mailbox *mailbox,
				 const struct mbx_inbox *inbox)
{
	lockdep_assert_held(&mailbox->lock);
	return !mailbox->send_handles && !inbox->held &&
	       mbx_queue_empty(&mailbox->blocked);
}

static void inbox_eof_locked(struct mbx_mailbox *mailbox,
			     struct mbx_inbox *inbox, struct mbx_after *after)
{
	struct mbx_receiver *receiver, *next;

	list_for_each_entry_safe(receiver, next, &inbox->receivers, wait.link) {
		if (receiver->eof)
			mbx_receiver_kick_locked(mailbox, receiver, 0, after);
	}
	after->events |= EPOLLIN | EPOLLRDNORM | EPOLLHUP;
}

void mbx_receiver_eof_locked(struct mbx_mailbox *mailbox,
			     struct mbx_after *after)
{
	struct mbx_inbox *inbox;

	/* Checked here too, since it is seldom so. */
	if (mailbox->send_handles)
		return;
	list_for_each_entry(inbox, &mailbox->inboxes, link) {
		if (mbx_receiver_drained_locked(mailbox, inbox))
			inbox_eof_locked(mailbox, inbox, after);
	}
}
