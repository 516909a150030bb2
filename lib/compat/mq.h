/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* POSIX message queues: what their files share. */
#ifndef MQ_H
#define MQ_H

#include "compat.h"

/*
 * What a failed command on a queue's descriptor says in POSIX's words: a descriptor
 * of something else, or of a queue that an administrator has destroyed, is a bad one.
 */
static inline int mq_fail(void)
{
	switch (errno) {
	case ENOTTY:
	case EINVAL:
	case EIDRM:
	case EPIPE:
		return fail(EBADF);
	case EDQUOT:
		return fail(ENOMEM);
	default:
		return -1;
	}
}

/* NULL means something, of which the C library's headers do not let the compiler know. */
static inline bool given(const void *pointer)
{
	__asm__("" : "+r"(pointer));
	return pointer;
}

/* The queue's state.  0, or -1 with errno. */
int mq_stat(int mqd, struct mailbox_stat *stat);

/* The descriptor is about to be closed. */
void mq_notify_close(int mqd);

#endif /* MQ_H */
