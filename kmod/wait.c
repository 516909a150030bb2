// SPDX-License-Identifier: GPL-2.0-only
#include <linux/hrtimer.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>

#include "compat.h"
#include "limits.h"
#include "wait.h"

void mbx_waiter_rank(struct mbx_waiter *waiter, struct list_head *list,
		     bool again)
{
	struct mbx_waiter *before;

	waiter->rank = mbx_rank();
	/* As a rule all are of the same rank, and the last one is right. */
	list_for_each_entry_reverse(before, list, link) {
		if (before->rank > waiter->rank ||
		    (before->rank == waiter->rank && !again))
			break;
	}
	list_add(&waiter->link, &before->link);
}

void mbx_waiter_finish(struct mbx_waiter *waiter, struct mbx_wakes *wakes)
{
	struct task_struct *task;

	if (waiter->wake) {
		/* Finish protocol, likewise. */
		smp_store_release(&waiter->finished, true);
		waiter->next = wakes->commands;
		wakes->commands = waiter;
		return;
	}
	task = mbx_waiter_release(waiter);
	if (wakes->count == MBX_WAKES) {
		/* Rare (one event, many waiters): pay for waking it here. */
		wake_up_process(task);
		put_task_struct(task);
		return;
	}
	wakes->tasks[wakes->count++] = task;
}

void mbx_waiter_wake(struct task_struct *task, bool handoff)
{
	if (handoff && mbx_limit(handoff))
		mbx_wake_next(task);
	else
		wake_up_process(task);
	put_task_struct(task);
}

static void commands_wake(struct mbx_wakes *wakes)
{
	struct mbx_waiter *waiter;

	while ((waiter = wakes->commands)) {
		wakes->commands = waiter->next;
		waiter->wake(waiter);
	}
}

void mbx_wakes_run(struct mbx_wakes *wakes)
{
	if (wakes->commands)
		commands_wake(wakes);
	while (wakes->count)
		mbx_waiter_wake(wakes->tasks[--wakes->count], wakes->handoff);
}

/* Sleeps once.  0: woken for whatever reason; -ETIMEDOUT. */
static int wait_once(const struct mbx_deadline *deadline)
{
	ktime_t time;

	if (!deadline->given) {
		schedule();
		return 0;
	}
	time = deadline->time;
	if (schedule_hrtimeout_range_clock(&time, current->timer_slack_ns,
					   HRTIMER_MODE_ABS, deadline->clock))
		return 0;
	return -ETIMEDOUT;
}

int mbx_wait(struct mbx_waiter *waiter, const struct mbx_deadline *deadline)
{
	int error = 0;

	/*
	 * Whoever has been woken a moment ago, and is to run before us, may finish it:
	 * then neither have we to be put to sleep nor he to wake us.
	 */
	cond_resched();
	for (;;) {
		/* Sleep protocol, with wake_up_process() in mbx_wakes_run(). */
		set_current_state(TASK_INTERRUPTIBLE);
		if (mbx_waiter_finished(waiter)) {
			error = 0;
			break;
		}
		if (error)
			break;
		if (signal_pending(current)) {
			error = -ERESTARTSYS;
			break;
		}
		if (mbx_watch_gone(waiter->watch)) {
			error = -ESRCH;
			break;
		}
		error = wait_once(deadline);
	}
	__set_current_state(TASK_RUNNING);
	return error;
}

void mbx_wait_surely(struct mbx_waiter *waiter)
{
	for (;;) {
		/* Sleep protocol, as above. */
		set_current_state(TASK_UNINTERRUPTIBLE);
		if (mbx_waiter_finished(waiter))
			break;
		schedule();
	}
	__set_current_state(TASK_RUNNING);
}
