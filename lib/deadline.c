// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Relative times made absolute. */
#include <errno.h>
#include <time.h>

#include "internal.h"

int64_t mailbox_deadline_after(uint64_t timeout, uint32_t clock)
{
	struct timespec now;
	int64_t nanoseconds;
	int saved = errno;

	if (clock != MAILBOX_CLOCK_MONOTONIC &&
	    clock != MAILBOX_CLOCK_REALTIME && clock != MAILBOX_CLOCK_BOOTTIME)
		return -EINVAL;
	if (clock_gettime((clockid_t)clock, &now) < 0) {
		errno = saved;
		return -EINVAL;
	}
	nanoseconds = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	if (timeout > (uint64_t)(INT64_MAX - nanoseconds))
		return INT64_MAX;
	return nanoseconds + (int64_t)timeout;
}
