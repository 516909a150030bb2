/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernel versions.  This is the only file of the module
 * that may look at LINUX_VERSION_CODE.
 */
#ifndef MBX_COMPAT_H
#define MBX_COMPAT_H

#include <linux/ktime.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/time_namespace.h>

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

#endif /* MBX_COMPAT_H */
