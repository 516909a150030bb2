/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernel versions.  This is the only file of the module
 * that may look at LINUX_VERSION_CODE.
 */
#ifndef MBX_COMPAT_H
#define MBX_COMPAT_H

#include <linux/compiler.h>
#include <linux/ktime.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/time_namespace.h>
#include <linux/version.h>
#include <linux/wait.h>

/*
 * For what is large, on a hot path, and written before it is read: kernels that
 * zero all local variables leave it out.  Linux 6.1 has no name for it yet.
 */
#ifndef __uninitialized
#define __uninitialized	__attribute__((__uninitialized__))
#endif

/*
 * The host's time for a point in time that the calling task's time namespace
 * shows as @time.  timens_ktime_to_host() does this, but the function behind
 * it is not exported.
 */
static inline ktime_t mbx_time_to_host(clockid_t clock, ktime_t time)
{
#ifdef CONFIG_TIME_NS
	const struct timens_offsets *offsets;
	ktime_t offset = 0;

	if (clock == CLOCK_REALTIME)
		return time;
	offsets = &current->nsproxy->time_ns->offsets;
	if (clock == CLOCK_MONOTONIC)
		offset = timespec64_to_ktime(offsets->monotonic);
	else if (clock == CLOCK_BOOTTIME)
		offset = timespec64_to_ktime(offsets->boottime);
	if (offset < 0 && time > KTIME_MAX + offset)
		return KTIME_MAX;
	return max_t(ktime_t, ktime_sub(time, offset), 0);
#else
	return time;
#endif
}

/*
 * Wakes @task as wake_up_process() does, for a waker that is about to sleep: on
 * this CPU, which is then free for it, and without preempting the waker.  The
 * two flags are private to the scheduler, but part of what a wait queue's wake
 * function takes; the second came with Linux 6.6.
 */
static inline void mbx_wake_next(struct task_struct *task)
{
	struct wait_queue_entry entry = { .private = task };
	int flags = 0x10;	/* WF_SYNC */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	flags |= 0x40;		/* WF_CURRENT_CPU */
#endif
	default_wake_function(&entry, TASK_NORMAL, flags, NULL);
}

#endif /* MBX_COMPAT_H */
