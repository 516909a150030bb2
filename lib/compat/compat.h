/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the two libraries have in common: the process's client, commands that wait, a
 * tour of the queues, the system's limits.  They keep nothing of any queue: all of that
 * is the module's.
 */
#ifndef COMPAT_H
#define COMPAT_H

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/single_threaded.h>

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

/* A limit of the system, which a file in /proc/sys holds, or @otherwise. */
unsigned int compat_limit(const char *path, unsigned int otherwise);

/* Does the calling thread have this capability?  Its limits are for those who do not. */
bool compat_capable(unsigned int capability);

#define TOUR_IDS	64

/**
 * struct compat_tour - all mailboxes the caller may look at, one after the other
 * @list: where it is; all 0 at the beginning
 * @ids: the next ones
 * @at: the next of them
 */
struct compat_tour {
	struct mailbox_list list;
	__u64 ids[TOUR_IDS];
	unsigned int at;
};

/* The state of the next one that was made with all of @flags; false at the end. */
bool compat_tour_next(struct compat_tour *tour, uint64_t flags,
		      struct mailbox_stat *stat);

/* Are there @count or more of them? */
bool compat_tour_finds(uint64_t flags, unsigned int count);

/* A command on a descriptor that may wait: a cancellation point. */
int compat_wait_cancel(int fd, unsigned long command, void *argument);

/* With one thread there is nobody to cancel it while it waits. */
static inline int compat_wait(int fd, unsigned long command, void *argument)
{
	if (!__libc_single_threaded)
		return compat_wait_cancel(fd, command, argument);
	pthread_testcancel();
	return ioctl(fd, command, argument);
}

/*
 * Copies, and fails with EFAULT if @wild, which is @to or @from, is no such memory: an
 * error of the kernel's, where a library would fault.
 */
int compat_copy(void *to, const void *from, size_t size, const void *wild);

#endif /* COMPAT_H */
