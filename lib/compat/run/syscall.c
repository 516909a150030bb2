// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * syscall(2), for programs that call it with the numbers of queues' system calls: they
 * are led to the functions of these names, whosever those are.  mailbox-run preloads it;
 * a program that is linked with the libraries gets its system calls as they are.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/msg.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARGUMENTS	6

/* The kernel has the name without its slash; and says if it is no string at all. */
static const char *name_make(char *to, size_t room, const char *name)
{
	if (faccessat(AT_FDCWD, name, F_OK, 0) && errno == EFAULT)
		return NULL;
	if (snprintf(to, room, "/%s", name) < (int)room)
		return to;
	errno = ENAMETOOLONG;
	return NULL;
}

static long queue_open(const char *name, int flags, mode_t mode,
		       struct mq_attr *attributes)
{
	char text[PATH_MAX + 1];

	name = name_make(text, sizeof(text), name);
	return name ? mq_open(name, flags, mode, attributes) : -1;
}

static long queue_unlink(const char *name)
{
	char text[PATH_MAX + 1];

	name = name_make(text, sizeof(text), name);
	return name ? mq_unlink(name) : -1;
}

/* What SIGEV_THREAD is to the kernel is between it and the C library. */
static long queue_notify(mqd_t mqd, const struct sigevent *event)
{
	if (event && event->sigev_notify == SIGEV_THREAD) {
		errno = EINVAL;
		return -1;
	}
	return mq_notify(mqd, event);
}

static long queue_attributes(mqd_t mqd, const struct mq_attr *new,
			     struct mq_attr *old)
{
	return new ? mq_setattr(mqd, new, old) : mq_getattr(mqd, old);
}

/* Is it the number of a queue's system call? */
static bool is_queue(long number)
{
	switch (number) {
	case SYS_mq_open:
	case SYS_mq_unlink:
	case SYS_mq_timedsend:
	case SYS_mq_timedreceive:
	case SYS_mq_notify:
	case SYS_mq_getsetattr:
	case SYS_msgget:
	case SYS_msgsnd:
	case SYS_msgrcv:
	case SYS_msgctl:
		return true;
	default:
		return false;
	}
}

static long queue_call(long number, const long *of)
{
	switch (number) {
	case SYS_mq_open:
		return queue_open((const char *)of[0], (int)of[1],
				  (mode_t)of[2], (struct mq_attr *)of[3]);
	case SYS_mq_unlink:
		return queue_unlink((const char *)of[0]);
	case SYS_mq_timedsend:
		return mq_timedsend((mqd_t)of[0], (const char *)of[1],
				    (size_t)of[2], (unsigned int)of[3],
				    (const struct timespec *)of[4]);
	case SYS_mq_timedreceive:
		return mq_timedreceive((mqd_t)of[0], (char *)of[1],
				       (size_t)of[2], (unsigned int *)of[3],
				       (const struct timespec *)of[4]);
	case SYS_mq_notify:
		return queue_notify((mqd_t)of[0],
				    (const struct sigevent *)of[1]);
	case SYS_mq_getsetattr:
		return queue_attributes((mqd_t)of[0],
					(const struct mq_attr *)of[1],
					(struct mq_attr *)of[2]);
	case SYS_msgget:
		return msgget((key_t)of[0], (int)of[1]);
	case SYS_msgsnd:
		return msgsnd((int)of[0], (const void *)of[1], (size_t)of[2],
			      (int)of[3]);
	case SYS_msgrcv:
		return msgrcv((int)of[0], (void *)of[1], (size_t)of[2], of[3],
			      (int)of[4]);
	default:
		return msgctl((int)of[0], (int)of[1],
			      (struct msqid_ds *)of[2]);
	}
}

static long (*next)(long number, ...);

__attribute__((constructor)) static void next_find(void)
{
	next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
}

__attribute__((visibility("default"))) long syscall(long number, ...)
{
	long of[ARGUMENTS], result;
	va_list arguments;
	int i, state;

	va_start(arguments, number);
	for (i = 0; i < ARGUMENTS; i++)
		of[i] = va_arg(arguments, long);
	va_end(arguments);
	if (!is_queue(number)) {
		/* Another library's constructor may come before ours. */
		if (!next)
			next_find();
		return next(number, of[0], of[1], of[2], of[3], of[4], of[5]);
	}
	/* A bare system call is no cancellation point. */
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	result = queue_call(number, of);
	pthread_setcancelstate(state, NULL);
	return result;
}
