/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --nonblock and --timeout, which send and receive share.
 */
#ifndef MAILBOXCTL_WAIT_H
#define MAILBOXCTL_WAIT_H

#include <stdbool.h>
#include <stdint.h>

#include <mailbox.h>

struct wait {
	bool nonblock;
	bool limited;
	uint64_t timeout;	/* nanoseconds, if limited */
};

/* What to put into a send or a receive that starts now. */
uint32_t wait_flags(const struct wait *wait);
int64_t wait_deadline(const struct wait *wait);
uint32_t wait_clock(const struct wait *wait);

#endif /* MAILBOXCTL_WAIT_H */
