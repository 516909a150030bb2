/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is to be done after a mailbox's lock is dropped: tasks to wake, pollers
 * and those who asked for notice to tell, messages to free.  Collected under the
 * lock, run without it.
 */
#ifndef MBX_AFTER_H
#define MBX_AFTER_H

#include <linux/types.h>

#include "mailbox.h"
#include "wait.h"

struct mbx_message;
struct mbx_notice;
struct mbx_relay;

/**
 * struct mbx_after - things to do after unlocking
 * @wakes: tasks to wake
 * @events: EPOLL* that have become true
 * @handles: handles have gone
 * @notices: notices to post or to free
 * @relays: ends of calls to carry to other mailboxes
 * @garbage: messages to free, by @next_free
 */
struct mbx_after {
	struct mbx_wakes wakes;
	__poll_t events;
	bool handles;
	struct mbx_notice *notices;
	struct mbx_relay *relays;
	struct mbx_message *garbage;
};

static inline void mbx_after_init(struct mbx_after *after)
{
	mbx_wakes_init(&after->wakes);
	after->events = 0;
	after->handles = false;
	after->notices = NULL;
	after->relays = NULL;
	after->garbage = NULL;
}

/* @message, which nobody can find any more, is to be freed. */
void mbx_after_free(struct mbx_after *after, struct mbx_message *message);

/* See mbx_after_run(). */
void mbx_after_do(struct mbx_after *after, struct mbx_mailbox *mailbox);

/* Does it all; @after is then empty again. */
static inline void mbx_after_run(struct mbx_after *after,
				 struct mbx_mailbox *mailbox)
{
	/*
	 * Poll protocol, with mbx_poll_mask(): a poller queues itself and then
	 * looks at the state under the mailbox's lock.  If it came before us it
	 * is queued by now, and if it comes after us it sees what we did.
	 * Notice protocol, with mbx_notice_place(): likewise.
	 */
	if (after->events && !waitqueue_active(&mailbox->poll) &&
	    list_empty(&mailbox->notices))
		after->events = 0;
	if (mbx_wakes_any(&after->wakes) || after->events || after->handles ||
	    after->notices || after->relays || after->garbage)
		mbx_after_do(after, mailbox);
}

#endif /* MBX_AFTER_H */
