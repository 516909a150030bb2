// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Sending and receiving. */
#include <fcntl.h>
#include <linux/futex.h>
#include <mqueue.h>
#include <stdatomic.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "mq.h"

#define PAGE	4096
#define SECOND	1000000000LL

/*
 * The time as the module wants it; -1 with EFAULT or EINVAL.  The kernel reads it first,
 * for which a futex that nobody waits for is as good as anything.
 */
static int time_read(int64_t *deadline, const struct timespec *time)
{
	static const uint32_t word;

	if (syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE |
		    FUTEX_CLOCK_REALTIME, 1, time, NULL, -1) &&
	    (errno == EFAULT || errno == EINVAL))
		return -1;
	if (time->tv_sec < 0 || time->tv_nsec < 0 || time->tv_nsec >= SECOND)
		return fail(EINVAL);
	if (time->tv_sec >= INT64_MAX / SECOND)
		*deadline = INT64_MAX;
	else
		*deadline = time->tv_sec * SECOND + time->tv_nsec;
	return 0;
}

/* A call that was told not to wait would have to: may it? */
static bool would_wait(int mqd)
{
	return errno == EAGAIN && !(fcntl(mqd, F_GETFL) & O_NONBLOCK);
}

static inline int do_send(mqd_t mqd, const char *data, size_t length,
			  unsigned int priority, uint32_t flags, int64_t deadline)
{
	struct mailbox_send send = {
		.size = sizeof(send),
		.flags = flags,
		.deadline = deadline,
		.clock = MAILBOX_CLOCK_REALTIME,
		.message.data = (uintptr_t)data,
		/* longer than any queue takes, if it is */
		.message.length = length > MAILBOX_MESSAGE_MAX ?
				  UINT32_MAX : (uint32_t)length,
		.message.priority = priority,
	};

	return compat_wait(mqd, MAILBOX_IOC_SEND, &send);
}

EXPORT int mq_send(mqd_t mqd, const char *data, size_t length,
		   unsigned int priority)
{
	if (priority > MAILBOX_PRIORITY_MAX)
		return fail(EINVAL);
	return do_send(mqd, data, length, priority, 0, 0) ? mq_fail() : 0;
}

EXPORT int mq_timedsend(mqd_t mqd, const char *data, size_t length,
			unsigned int priority, const struct timespec *time)
{
	int64_t deadline;
	int result;

	if (!given(time))
		return mq_send(mqd, data, length, priority);
	if (time_read(&deadline, time))
		return -1;
	if (priority > MAILBOX_PRIORITY_MAX)
		return fail(EINVAL);
	/* A deadline would let a call on an O_NONBLOCK descriptor wait. */
	result = do_send(mqd, data, length, priority, MAILBOX_NONBLOCK, 0);
	if (result && would_wait(mqd))
		result = do_send(mqd, data, length, priority, MAILBOX_DEADLINE,
				 deadline);
	return result ? mq_fail() : 0;
}

/*
 * EFAULT where a library would fault; as with the kernel's own queues the message is
 * gone.  That memory is there is asked once for a page, of a system call that writes an
 * unsigned int.
 */
static int priority_give(unsigned int *to, unsigned int priority)
{
	static _Atomic uintptr_t known;
	uintptr_t page = (uintptr_t)to / PAGE;

	if (atomic_load_explicit(&known, memory_order_relaxed) != page) {
		if (syscall(SYS_getcpu, to, NULL, NULL) && errno == EFAULT)
			return -1;
		atomic_store_explicit(&known, page, memory_order_relaxed);
	}
	*to = priority;
	return 0;
}

/* As mq_receive(); -1 with the module's errno. */
static inline ssize_t do_receive(mqd_t mqd, char *data, size_t room,
				 unsigned int *priority, uint32_t flags,
				 int64_t deadline)
{
	struct mailbox_receive receive = {
		.size = sizeof(receive),
		.flags = flags | MAILBOX_RECEIVE_LONGEST,
		.deadline = deadline,
		.clock = MAILBOX_CLOCK_REALTIME,
		.message.data = (uintptr_t)data,
		.message.room = room > UINT32_MAX ? UINT32_MAX : (uint32_t)room,
	};

	if (compat_wait(mqd, MAILBOX_IOC_RECEIVE, &receive))
		return -1;
	if (priority && priority_give(priority, receive.message.priority))
		return -1;
	return (ssize_t)receive.message.length;
}

EXPORT ssize_t mq_receive(mqd_t mqd, char *data, size_t room,
			  unsigned int *priority)
{
	ssize_t length = do_receive(mqd, data, room, priority, 0, 0);

	return length < 0 ? mq_fail() : length;
}

EXPORT ssize_t mq_timedreceive(mqd_t mqd, char *restrict data, size_t room,
			       unsigned int *restrict priority,
			       const struct timespec *restrict time)
{
	int64_t deadline;
	ssize_t length;

	if (!given(time))
		return mq_receive(mqd, data, room, priority);
	if (time_read(&deadline, time))
		return -1;
	length = do_receive(mqd, data, room, priority, MAILBOX_NONBLOCK, 0);
	if (length < 0 && would_wait(mqd))
		length = do_receive(mqd, data, room, priority, MAILBOX_DEADLINE,
				    deadline);
	return length < 0 ? mq_fail() : length;
}
