/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ending on a signal, but never with a message in hand.
 */
#ifndef MAILBOXCTL_STOP_H
#define MAILBOXCTL_STOP_H

#include <stdbool.h>

/*
 * From now on SIGINT, SIGTERM and SIGHUP make waiting calls return EINTR, and
 * stop_requested() true.
 */
void stop_catch(void);

bool stop_requested(void);

/* Die of the signal that was caught, as if it never had been. */
_Noreturn void stop_now(void);

#endif /* MAILBOXCTL_STOP_H */
