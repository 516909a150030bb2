// SPDX-License-Identifier: GPL-2.0-only
/*
 * --nonblock and --timeout.
 */
#include "wait.h"

uint32_t wait_flags(const struct wait *wait)
{
	if (wait->nonblock)
		return MAILBOX_NONBLOCK;
	return wait->limited ? MAILBOX_DEADLINE : 0;
}

int64_t wait_deadline(const struct wait *wait)
{
	if (!wait->limited)
		return 0;
	return mailbox_deadline_after(wait->timeout, MAILBOX_CLOCK_MONOTONIC);
}

uint32_t wait_clock(const struct wait *wait)
{
	return wait->limited ? MAILBOX_CLOCK_MONOTONIC : 0;
}
