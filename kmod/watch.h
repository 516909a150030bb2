/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Watching a process: a waiter who waits for something that only this process
 * could do learns of its death.
 *
 * A watch lies with its waiter and is queued where pidfds are polled, so
 * any process can be watched, one that has never used the module too.  Watch
 * protocol: begin queues and then looks whether the process is alive; a process
 * that dies is marked dead and then wakes the queue.  So either begin sees it, or
 * the queue wakes the waiter, who looks at @gone before he sleeps (mbx_wait).
 */
#ifndef MBX_WATCH_H
#define MBX_WATCH_H

#include <linux/compiler.h>
#include <linux/types.h>
#include <linux/wait.h>

struct pid;

/**
 * struct mbx_watch - a watched process
 * @process: it, with a reference, or NULL
 * @wake: tells a command of its death, under the queue's lock; NULL: a task waits
 * @entry: in its queue
 * @gone: it is dead
 */
struct mbx_watch {
	struct pid *process;
	void (*wake)(struct mbx_watch *watch);
	struct wait_queue_entry entry;
	bool gone;
};

/*
 * Watches the process that is @pid to the calling task, if there is one, for that
 * task or with @wake for a command.
 */
void mbx_watch_begin(struct mbx_watch *watch, pid_t pid,
		     void (*wake)(struct mbx_watch *watch));
void mbx_watch_end(struct mbx_watch *watch);

static inline bool mbx_watch_gone(const struct mbx_watch *watch)
{
	return watch && READ_ONCE(watch->gone);
}

#endif /* MBX_WATCH_H */
