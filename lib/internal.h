/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the library's files share.  Objects are compiled with hidden
 * visibility; what the public header declares is visible.
 */
#ifndef MAILBOX_INTERNAL_H
#define MAILBOX_INTERNAL_H

#pragma GCC visibility push(default)
#include "mailbox.h"
#pragma GCC visibility pop

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

int mailbox_ioctl(int fd, unsigned int command, const void *argument);

/* Of a name that is too long, a length that is too long. */
static inline uint32_t mailbox_name_length(const char *name)
{
	return (uint32_t)strnlen(name, MAILBOX_NAME_MAX + 1);
}

#endif /* MAILBOX_INTERNAL_H */
