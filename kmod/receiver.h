/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A receiver: a call that wants a message, while it lasts.
 *
 * It lives on its caller's stack, or with its command.  While it waits it is on its inbox's list,
 * and whoever has something for it, or nothing any more, kicks it off that list
 * under mailbox->lock.
 */
#ifndef MBX_RECEIVER_H
#define MBX_RECEIVER_H

#include <linux/sched/signal.h>
#include <linux/types.h>

#include "mailbox.h"
#include "wait.h"

struct mbx_after;
struct mbx_entry;
struct mbx_identity;
struct mbx_message;
struct pid;
struct pid_namespace;

/**
 * struct mbx_selector - which messages a receiver takes
 * @from: those from process @pid of @pid_ns
 * @tagged: those with a tag from @tag_min to @tag_max
 * @except: with @tagged, the others
 * @lowest: with @tagged, of those there are the lowest tag first
 * @at: the one at the place @tag_min
 * @pid: see @from
 * @pid_ns: the receiver's own, hence valid while its call lasts
 * @tag_min: see @tagged
 * @tag_max: see @tagged
 */
struct mbx_selector {
	bool from;
	bool tagged;
	bool except;
	bool lowest;
	bool at;
	pid_t pid;
	struct pid_namespace *pid_ns;
	u64 tag_min;
	u64 tag_max;
};

/**
 * struct mbx_receiver - a receiver
 * @wait: how to wake it; linked in the inbox's @receivers while it waits
 * @inbox: where it receives
 * @selector: which messages
 * @peek: leaves the message where it is
 * @truncate: takes one that is longer than its buffer
 * @eof: gives up when there are no senders
 * @watch: with a selector @from: that process, else NULL
 * @command: of a command: who receives; NULL: the task that waits
 * @process: who receives (tgid)
 * @error: outcome of waiting: an error, or 0
 * @entry: outcome of waiting: the message handed to it, or NULL: try again
 */
struct mbx_receiver {
	struct mbx_waiter wait;
	struct mbx_inbox *inbox;
	struct mbx_selector selector;
	bool peek;
	bool truncate;
	bool eof;
	const struct mbx_watch *watch;
	const struct mbx_identity *command;
	struct pid *process;
	int error;
	struct mbx_entry *entry;
};

/* Of the calling task, which has set @inbox, @selector, @peek and @eof. */
static inline void mbx_receiver_init(struct mbx_receiver *receiver)
{
	receiver->watch = NULL;
	receiver->command = NULL;
	receiver->process = task_tgid(current);
}

/* Joins those who wait at its inbox; who has waited before keeps his turn. */
static inline void mbx_receiver_join_locked(struct mbx_mailbox *mailbox,
					    struct mbx_receiver *receiver,
					    bool again)
{
	struct list_head *receivers = &receiver->inbox->receivers;

	if (unlikely(mailbox->ranked))
		mbx_waiter_rank(&receiver->wait, receivers, again);
	else if (again)
		list_add(&receiver->wait.link, receivers);
	else
		list_add_tail(&receiver->wait.link, receivers);
	mailbox->waiting++;
}

/* Does it want this message? */
bool mbx_receiver_takes(const struct mbx_receiver *receiver,
			const struct mbx_message *message);

/* Takes it off its list and wakes it, to try again or with @error. */
void mbx_receiver_kick_locked(struct mbx_mailbox *mailbox,
			      struct mbx_receiver *receiver, int error,
			      struct mbx_after *after);

/* Is this the end of the pipeline: nothing to receive, and no send handle? */
bool mbx_receiver_drained_locked(const struct mbx_mailbox *mailbox,
				 const struct mbx_inbox *inbox);

/* Wherever it is, receivers and pollers who care are told. */
void mbx_receiver_eof_locked(struct mbx_mailbox *mailbox,
			     struct mbx_after *after);

#endif /* MBX_RECEIVER_H */
