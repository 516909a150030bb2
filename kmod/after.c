// SPDX-License-Identifier: GPL-2.0-only
#include <linux/poll.h>
#include <linux/wait.h>

#include "after.h"
#include "forward.h"
#include "mailbox.h"
#include "message.h"
#include "notice.h"

void mbx_after_free(struct mbx_after *after, struct mbx_message *message)
{
	message->next_free = after->garbage;
	after->garbage = message;
}

static void garbage_free(struct mbx_after *after, struct mbx_mailbox *mailbox)
{
	struct mbx_message *message;

	while ((message = after->garbage)) {
		after->garbage = message->next_free;
		/* It was not sent after all. */
		if (message->notice)
			mbx_notice_drop(message->notice);
		mbx_message_free(mailbox, message);
	}
}

void mbx_after_do(struct mbx_after *after, struct mbx_mailbox *mailbox)
{
	if (mbx_wakes_any(&after->wakes))
		mbx_wakes_run(&after->wakes);
	/* Poll protocol. */
	if (after->events && waitqueue_active(&mailbox->poll))
		wake_up_interruptible_poll(&mailbox->poll, after->events);
	if ((after->events || after->handles) &&
	    !list_empty(&mailbox->notices))
		mbx_notice_look(mailbox, after);
	after->events = 0;
	after->handles = false;
	if (after->notices)
		mbx_notice_post(after);
	if (after->relays)
		mbx_forward_run(after);
	if (after->garbage)
		garbage_free(after, mailbox);
}
