// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/string.h>

#include <linux/mailbox.h>

#include "after.h"
#include "buffer.h"
#include "mailbox.h"
#include "notice.h"
#include "poll.h"
#include "quota.h"
#include "transfer.h"

/* Events that a process may have asked for or not read yet. */
#define EVENTS_MAX	1024

/* Making and freeing */

static int place_reserve(struct mbx_mailbox *to)
{
	int error;

	spin_lock(&to->lock);
	error = mbx_mailbox_error_locked(to, true);
	if (!error && to->reserved + to->messages >= EVENTS_MAX)
		error = -EAGAIN;
	if (!error)
		to->reserved++;
	spin_unlock(&to->lock);
	return error;
}

static void place_release(struct mbx_mailbox *to)
{
	spin_lock(&to->lock);
	to->reserved--;
	spin_unlock(&to->lock);
}

static struct mbx_message *event_message(struct mbx_mailbox *to,
					 const struct mbx_terms *terms)
{
	static const struct mbx_buffer empty;
	struct mbx_letter letter = {
		.buffer = &empty,
		.info = MAILBOX_INFO_EVENT,
		.from = { .uid = GLOBAL_ROOT_UID, .gid = GLOBAL_ROOT_GID },
		.quota = terms->quota,
	};

	return mbx_message_new(to, &letter);
}

struct mbx_notice *mbx_notice_new(struct mbx_mailbox *to, u64 id, u32 type,
				  u64 cookie, const struct mbx_terms *terms)
{
	struct mbx_notice *notice;
	int error;

	notice = kzalloc(sizeof(*notice), GFP_KERNEL_ACCOUNT);
	if (!notice)
		return ERR_PTR(-ENOMEM);
	error = place_reserve(to);
	if (error)
		goto free_notice;
	notice->message = event_message(to, terms);
	if (IS_ERR(notice->message)) {
		error = PTR_ERR(notice->message);
		goto release_place;
	}
	INIT_LIST_HEAD(&notice->link);
	notice->id = id;
	notice->type = type;
	notice->cookie = cookie;
	notice->via = terms->via;
	mbx_mailbox_get(to);
	notice->to = to;
	return notice;

release_place:
	place_release(to);
free_notice:
	kfree(notice);
	return ERR_PTR(error);
}

/* Its message and its place are somebody else's already. */
static void notice_free(struct mbx_notice *notice)
{
	mbx_mailbox_put(notice->to);
	put_pid(notice->who.process);
	kfree(notice);
}

void mbx_notice_drop(struct mbx_notice *notice)
{
	mbx_message_free(notice->to, notice->message);
	place_release(notice->to);
	notice_free(notice);
}

/* Posting */

static void event_write(const struct mbx_notice *notice)
{
	struct mbx_message *message = notice->message;
	struct mailbox_event event = {
		.type = notice->type,
		.error = notice->error,
		.id = notice->id,
		.value = notice->signals ? notice->signal : notice->value,
		.cookie = notice->cookie,
	};

	BUILD_BUG_ON(sizeof(event) > MBX_MESSAGE_SHORT);
	memcpy(message->data, &event, sizeof(event));
	message->head = sizeof(event);
	message->length = sizeof(event);
	message->tag = notice->signals ? MAILBOX_TAG_SIGNAL : notice->cookie;
	if (notice->who.process) {
		message->from = notice->who;
		get_pid(message->from.process);
	}
}

static void notice_post(struct mbx_notice *notice)
{
	struct mbx_mailbox *to = notice->to;
	struct mbx_after after;

	event_write(notice);
	mbx_after_init(&after);
	spin_lock(&to->lock);
	to->reserved--;
	if (to->dead) {
		mbx_after_free(&after, notice->message);
	} else {
		notice->message->entry.node.seq = to->next_seq++;
		mbx_transfer_admit_locked(to, notice->message, &after);
	}
	spin_unlock(&to->lock);
	mbx_after_run(&after, to);
	notice_free(notice);
}

/*
 * A thread that takes a signal for the process at once, or waits for it, or NULL.  What
 * is exported sends to threads only.
 */
static struct task_struct *signal_thread(struct task_struct *leader, int number)
{
	struct task_struct *thread;

	/* for_each_thread() asserts with a lock that is not exported. */
	list_for_each_entry_rcu(thread, &leader->signal->thread_head,
				thread_node) {
		/* Both change any time: a wrong guess delays, and loses nothing. */
		if (!(data_race(thread->flags) & PF_EXITING) &&
		    /* The same. */
		    !data_race(sigismember(&thread->blocked, number)))
			return thread;
	}
	return NULL;
}

static void signal_send(const struct mbx_notice *notice,
			struct task_struct *thread)
{
	struct kernel_siginfo info;

	clear_siginfo(&info);
	info.si_signo = notice->signal;
	info.si_code = SI_MESGQ;
	info.si_ptr = (void __user *)(unsigned long)notice->cookie;
	info.si_pid = pid_nr_ns(notice->who.process,
				ns_of_pid(notice->to->creator));
	info.si_uid = from_kuid_munged(task_cred_xxx(thread, user_ns),
				       notice->who.uid);
	send_sig_info(notice->signal, &info, thread);
}

/*
 * Has the process one thread besides who waits for its events?  Then it and the process
 * are the same.
 */
static bool alone(const struct mbx_notice *notice,
		  struct task_struct *leader)
{
	/* Both change any time, as above. */
	return data_race(get_nr_threads(leader) == 2 && notice->to->waiting);
}

/* Is all told by a signal?  Else an event is to tell it. */
static bool notice_signal(const struct mbx_notice *notice)
{
	struct task_struct *leader, *thread;
	bool told = true;

	if (!notice->signal || notice->error)
		return true;
	rcu_read_lock();
	leader = pid_task(notice->to->creator, PIDTYPE_TGID);
	if (leader) {
		thread = signal_thread(leader, notice->signal);
		told = thread || !notice->or_event || alone(notice, leader);
		if (told)
			signal_send(notice, thread ?: leader);
	}
	rcu_read_unlock();
	return told;
}

void mbx_notice_post(struct mbx_after *after)
{
	struct mbx_notice *notice, *first = NULL;

	/* They were put in front of each other. */
	while ((notice = after->notices)) {
		after->notices = notice->next;
		notice->next = first;
		first = notice;
	}
	while ((notice = first)) {
		first = notice->next;
		if (!notice->happened ||
		    (notice->signals && notice_signal(notice)))
			mbx_notice_drop(notice);
		else
			notice_post(notice);
	}
}

/* What happens to them under the lock */

static void notice_leave_locked(struct mbx_notice *notice,
				struct mbx_after *after)
{
	list_del_init(&notice->link);
	notice->next = after->notices;
	after->notices = notice;
}

void mbx_notice_fire_locked(struct mbx_notice *notice, int error, u64 value,
			    struct mbx_after *after)
{
	notice->happened = true;
	notice->error = error;
	notice->value = value;
	notice_leave_locked(notice, after);
}

void mbx_notice_drop_locked(struct mbx_notice *notice, struct mbx_after *after)
{
	notice_leave_locked(notice, after);
}

void mbx_notice_receipt_locked(struct mbx_message *message, int error,
			       struct mbx_after *after)
{
	struct mbx_notice *notice = message->notice;

	message->notice = NULL;
	if (!error) {
		notice->who = mbx_identity_current();
		get_pid(notice->who.process);
	}
	mbx_notice_fire_locked(notice, error, message->entry.node.seq, after);
}

void mbx_notice_arrived_locked(struct mbx_mailbox *mailbox,
			       const struct mbx_message *message,
			       struct mbx_after *after)
{
	struct mbx_notice *notice;

	lockdep_assert_held(&mailbox->lock);
	if (message->entry.state != MBX_ENTRY_QUEUED ||
	    mailbox->inbox.queue.count != 1)
		return;
	list_for_each_entry(notice, &mailbox->notices, link) {
		if (notice->type != MAILBOX_EVENT_ARRIVED)
			continue;
		notice->who = message->from;
		get_pid(notice->who.process);
		mbx_notice_fire_locked(notice, 0, message->entry.node.seq,
				       after);
		return;		/* there is only one */
	}
}

static bool happened_locked(struct mbx_mailbox *mailbox,
			    const struct mbx_notice *notice)
{
	switch (notice->type) {
	case MAILBOX_EVENT_NO_RECEIVERS:
		return !mailbox->receive_handles;
	case MAILBOX_EVENT_NO_SENDERS:
		return !mailbox->send_handles;
	case MAILBOX_EVENT_NOT_EMPTY:
		return mbx_poll_readable_locked(mailbox, &mailbox->inbox);
	case MAILBOX_EVENT_SPACE:
		return mbx_poll_writable_locked(mailbox,
						notice->message->quota->uid);
	default:
		return false;
	}
}

static void look_locked(struct mbx_mailbox *mailbox, struct mbx_after *after)
{
	struct mbx_notice *notice, *next;

	lockdep_assert_held(&mailbox->lock);
	list_for_each_entry_safe(notice, next, &mailbox->notices, link) {
		/* With the mailbox everything ends that was asked of it. */
		if (mailbox->dead || happened_locked(mailbox, notice))
			mbx_notice_fire_locked(notice, mailbox->dead, 0,
					       after);
	}
}

void mbx_notice_look(struct mbx_mailbox *mailbox, struct mbx_after *after)
{
	spin_lock(&mailbox->lock);
	look_locked(mailbox, after);
	spin_unlock(&mailbox->lock);
}

/* Asking */

static struct mbx_notice *notice_find_locked(struct mbx_mailbox *mailbox,
					     const struct mbx_notice *like)
{
	struct mbx_notice *notice;

	list_for_each_entry(notice, &mailbox->notices, link) {
		if (notice->to == like->to && notice->type == like->type)
			return notice;
	}
	return NULL;
}

static struct mbx_notice *arrival_find(const struct list_head *notices)
{
	struct mbx_notice *notice;

	list_for_each_entry(notice, notices, link) {
		if (notice->type == MAILBOX_EVENT_ARRIVED)
			return notice;
	}
	return NULL;
}

const struct mbx_notice *
mbx_notice_arrival_locked(const struct mbx_mailbox *mailbox)
{
	lockdep_assert_held(&mailbox->lock);
	return arrival_find(&mailbox->notices);
}

/* ARRIVED is for one alone. */
static bool taken_locked(const struct mbx_mailbox *mailbox,
			 const struct list_head *notices)
{
	return arrival_find(notices) && arrival_find(&mailbox->notices);
}

static void place_locked(struct mbx_mailbox *mailbox,
			 struct list_head *notices, struct mbx_after *after)
{
	struct mbx_notice *notice, *next, *old;

	list_for_each_entry_safe(notice, next, notices, link) {
		old = notice_find_locked(mailbox, notice);
		if (old) {
			old->cookie = notice->cookie;
			old->via = notice->via;
			mbx_notice_drop_locked(notice, after);
		} else {
			list_move_tail(&notice->link, &mailbox->notices);
		}
	}
}

int mbx_notice_place(struct mbx_mailbox *mailbox, struct list_head *notices)
{
	struct mbx_after after;
	int error;

	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	error = mbx_mailbox_error_locked(mailbox, true);
	if (!error && taken_locked(mailbox, notices))
		error = -EBUSY;
	if (!error) {
		place_locked(mailbox, notices, &after);
		look_locked(mailbox, &after);
	}
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	return error;
}

/*
 * Takes back what was asked for of @types, to be told to @to (NULL: any), by @process
 * (NULL: any), through @via (NULL: any).  Was there any?
 */
static bool take_back(struct mbx_mailbox *mailbox, u32 types,
		      const struct mbx_mailbox *to, const struct pid *process,
		      const void *via)
{
	struct mbx_notice *notice, *next;
	struct mbx_after after;
	bool found = false;

	/* Nobody but those who take it back could add one of theirs. */
	if (list_empty(&mailbox->notices))
		return false;
	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	list_for_each_entry_safe(notice, next, &mailbox->notices, link) {
		if (!(notice->type & types) || (to && notice->to != to) ||
		    (process && notice->to->creator != process) ||
		    (via && notice->via != via))
			continue;
		mbx_notice_drop_locked(notice, &after);
		found = true;
	}
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
	return found;
}

bool mbx_notice_cancel(struct mbx_mailbox *mailbox,
		       const struct mbx_mailbox *to, u32 types)
{
	return take_back(mailbox, types, to, NULL, NULL);
}

void mbx_notice_close(struct mbx_mailbox *mailbox, const struct pid *process)
{
	struct mbx_notice *notice;
	struct mbx_after after;

	/* Nobody but the process itself could add one of its own. */
	if (list_empty(&mailbox->notices))
		return;
	mbx_after_init(&after);
	spin_lock(&mailbox->lock);
	notice = arrival_find(&mailbox->notices);
	if (notice && notice->to->creator == process)
		mbx_notice_fire_locked(notice, -ECANCELED, 0, &after);
	spin_unlock(&mailbox->lock);
	mbx_after_run(&after, mailbox);
}

void mbx_notice_orphan(struct mbx_mailbox *mailbox, const struct pid *process,
		       const void *via)
{
	take_back(mailbox, U32_MAX, NULL, process, via);
}
