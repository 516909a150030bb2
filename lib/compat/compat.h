/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the two libraries have in common: the process's client, and commands that
 * wait.  They keep nothing of any queue: all of that is the module's.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/mailbox.h>

#define EXPORT	__attribute__((visibility("default")))

/* Sets errno: what a function returns that fails. */
static inline int fail(int error)
{
	errno = error;
	return -1;
}

/*
 * A command on the process's client, which is opened when it is needed, and anew if
 * the program has closed it.  0, or -1 with errno.
 */
int compat_command(unsigned long command, void *argument);

/* The same for one that may wait: a cancellation point. */
int compat_command_wait(unsigned long command, void *argument);

/*
 * The client, opened by the calling process itself, as NOTIFY wants it; a fork's child
 * gets one of its own.  -1 with errno.
 */
int compat_client_own(void);

/* A command on a descriptor that may wait: a cancellation point. */
int compat_wait(int fd, unsigned long command, void *argument);

#endif /* COMPAT_H */
