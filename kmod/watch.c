// SPDX-License-Identifier: GPL-2.0-only
#include <linux/container_of.h>
#include <linux/pid.h>
#include <linux/sched.h>

#include "process.h"
#include "watch.h"

/* Called for each thread that ends, under the queue's lock. */
static int watch_wake(struct wait_queue_entry *entry, unsigned int mode,
		      int flags, void *key)
{
	struct mbx_watch *watch = container_of(entry, struct mbx_watch, entry);

	if (!mbx_process_dead(watch->process))
		return 0;
	WRITE_ONCE(watch->gone, true);
	if (watch->wake) {
		watch->wake(watch);
		return 0;
	}
	return default_wake_function(entry, mode, flags, key);
}

void mbx_watch_begin(struct mbx_watch *watch, pid_t pid,
		     void (*wake)(struct mbx_watch *watch))
{
	watch->gone = true;
	watch->wake = wake;
	watch->process = find_get_pid(pid);
	if (!watch->process)
		return;
	watch->gone = false;
	init_waitqueue_func_entry(&watch->entry, watch_wake);
	watch->entry.private = current;
	add_wait_queue(&watch->process->wait_pidfd, &watch->entry);
	/* Watch protocol: queued first, looked second. */
	smp_mb();
	if (mbx_process_dead(watch->process))
		WRITE_ONCE(watch->gone, true);
}

void mbx_watch_end(struct mbx_watch *watch)
{
	if (!watch->process)
		return;
	remove_wait_queue(&watch->process->wait_pidfd, &watch->entry);
	put_pid(watch->process);
}
