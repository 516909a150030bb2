/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting and waking.
 *
 * A struct mbx_waiter is one call that waits: a task's, on its stack, or an
 * asynchronous command's, in its memory.  Somebody who wants to wake it finds it
 * under the lock of the list it is on, and there
 *
 *   1. takes it off the list,
 *   2. writes the outcome,
 *   3. calls mbx_waiter_finish(), after which it may be gone at any moment.
 *
 * Finish protocol: mbx_waiter_finish() takes a reference to the task and
 * then publishes with a store-release of @finished; the waiter's load-acquire
 * in mbx_wait() or mbx_waiter_finished() pairs with it, so that the waiter sees
 * the outcome without taking a lock.  The task is woken from a struct mbx_wakes
 * after the lock is dropped, so that it does not run into the lock.
 *
 * A command has a @wake instead of a task, which is called there.  It is not
 * gone before: until @wake has been called it does nothing about being finished,
 * and from then on the waker does not know it.
 *
 * Sleep protocol: set_current_state() in mbx_wait() has a full barrier between
 * the task's state and its look at @finished; wake_up_process() has one between
 * @finished and its look at the task's state.  So either the waiter sees that
 * it is finished, or the waker sees that it sleeps.
 *
 * Both are checked: each access as a step in selftests/model/transfer.pml
 * (waiter_finish, wait, wait_surely, wakes_run), their barriers in
 * selftests/model/litmus/finish-*.
 */
#ifndef MBX_WAIT_H
#define MBX_WAIT_H

#include <linux/ktime.h>
#include <linux/list.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/types.h>

#include "watch.h"

/**
 * struct mbx_deadline - when to give up
 * @given: there is one
 * @clock: CLOCK_MONOTONIC, CLOCK_REALTIME or CLOCK_BOOTTIME
 * @time: when, as the host's clock has it
 */
struct mbx_deadline {
	bool given;
	clockid_t clock;
	ktime_t time;
};

/**
 * struct mbx_waiter - a call that waits
 * @link: on a list of waiters, or empty; guarded by that list's lock
 * @task: who waits, unless it is a command
 * @wake: tells a command that it is finished, or NULL
 * @next: in a struct mbx_wakes, if it is a command
 * @watch: the process without which a task waits in vain, or NULL
 * @rank: on a list that goes by rank
 * @finished: set last by who wakes it, see above
 */
struct mbx_waiter {
	struct list_head link;
	struct task_struct *task;
	void (*wake)(struct mbx_waiter *waiter);
	struct mbx_waiter *next;
	const struct mbx_watch *watch;
	u8 rank;
	bool finished;
};

/* The rank of the calling task: its scheduling priority, the higher the sooner. */
static inline u8 mbx_rank(void)
{
	/* Another may change it any time. */
	return MAX_PRIO - READ_ONCE(current->prio);
}

/*
 * Puts @waiter, of the calling task, on a list that goes by rank: behind the others of
 * its rank, or before them if it is there @again.
 */
void mbx_waiter_rank(struct mbx_waiter *waiter, struct list_head *list,
		     bool again);

#define MBX_WAKES	8

/**
 * struct mbx_wakes - whom to wake once the lock is dropped
 * @count: tasks in it
 * @handoff: who wakes them is about to sleep: let them run in its place
 * @commands: commands to tell, by @next
 * @tasks: each with a reference
 */
struct mbx_wakes {
	unsigned int count;
	bool handoff;
	struct mbx_waiter *commands;
	struct task_struct *tasks[MBX_WAKES];
};

static inline void mbx_wakes_init(struct mbx_wakes *wakes)
{
	wakes->count = 0;
	wakes->handoff = false;
	wakes->commands = NULL;
}

static inline bool mbx_wakes_any(const struct mbx_wakes *wakes)
{
	return wakes->count || wakes->commands;
}

void mbx_wakes_run(struct mbx_wakes *wakes);

/* For the calling task, or with @wake for a command. */
static inline void mbx_waiter_init(struct mbx_waiter *waiter,
				   void (*wake)(struct mbx_waiter *waiter))
{
	INIT_LIST_HEAD(&waiter->link);
	waiter->task = current;
	waiter->wake = wake;
	waiter->watch = NULL;
	waiter->finished = false;
}

/* Has someone finished it?  Then what he wrote before is visible. */
static inline bool mbx_waiter_finished(const struct mbx_waiter *waiter)
{
	/* Finish protocol: pairs with the release in mbx_waiter_finish(). */
	return smp_load_acquire(&waiter->finished);
}

/*
 * Lets a task that waits go on: it is returned, with a reference, to be woken after
 * unlocking.  @waiter is not to be touched afterwards.
 */
static inline struct task_struct *mbx_waiter_release(struct mbx_waiter *waiter)
{
	struct task_struct *task = get_task_struct(waiter->task);

	/* Finish protocol: pairs with the acquire in mbx_waiter_finished(). */
	smp_store_release(&waiter->finished, true);
	return task;
}

/* Wakes what mbx_waiter_release() has returned. */
void mbx_waiter_wake(struct task_struct *task, bool handoff);

/* Lets @waiter go on; it is not to be touched afterwards. */
void mbx_waiter_finish(struct mbx_waiter *waiter, struct mbx_wakes *wakes);

/**
 * mbx_wait - sleep until finished
 * @waiter: of the calling task
 * @deadline: when to give up
 *
 * Return: 0 when finished, -ETIMEDOUT, -ERESTARTSYS on a signal, -ESRCH when the
 * watched process is dead.  After an error
 * @waiter is still where it was, and may be finished any time.
 */
int mbx_wait(struct mbx_waiter *waiter, const struct mbx_deadline *deadline);

/* Sleeps until finished, whatever comes: for waits that are short for sure. */
void mbx_wait_surely(struct mbx_waiter *waiter);

#endif /* MBX_WAIT_H */
