// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Sending and receiving. */
#include <fcntl.h>
#include <mqueue.h>
#include <time.h>

#include "mq.h"

#define SECOND	1000000000LL

/* The time as the module wants it; false if it is none. */
static bool time_read(int64_t *deadline, const struct timespec *time)
{
	if (time->tv_sec < 0 || time->tv_nsec < 0 || time->tv_nsec >= SECOND)
		return false;
	if (time->tv_sec >= INT64_MAX / SECOND)
		*deadline = INT64_MAX;
	else
		*deadline = time->tv_sec * SECOND + time->tv_nsec;
	return true;
}

/* A call that was told not to wait would have to: may it? */
static bool would_wait(int mqd)
{
	return errno == EAGAIN && !(fcntl(mqd, F_GETFL) & O_NONBLOCK);
}

static int do_send(mqd_t mqd, const char *data, size_t length,
		   unsigned int priority, const struct timespec *time)
{
	struct mailbox_send send = {
		.size = sizeof(send),
		.message.data = (uintptr_t)data,
		.message.length = (uint32_t)length,
		.message.priority = priority,
	};
	int64_t deadline = 0;
	int result;

	if ((time && !time_read(&deadline, time)) ||
	    priority > MAILBOX_PRIORITY_MAX)
		return fail(EINVAL);
	/* Longer than any queue takes; whether there is one is asked first. */
	if (length > MAILBOX_MESSAGE_MAX)
		send.message.length = UINT32_MAX;
	/* A deadline would let a call on an O_NONBLOCK descriptor wait. */
	if (time)
		send.flags = MAILBOX_NONBLOCK;
	result = compat_wait(mqd, MAILBOX_IOC_SEND, &send);
	if (result && time && would_wait(mqd)) {
		send.flags = MAILBOX_DEADLINE;
		send.deadline = deadline;
		send.clock = MAILBOX_CLOCK_REALTIME;
		result = compat_wait(mqd, MAILBOX_IOC_SEND, &send);
	}
	return result ? mq_fail() : 0;
}

EXPORT int mq_send(mqd_t mqd, const char *data, size_t length,
		   unsigned int priority)
{
	return do_send(mqd, data, length, priority, NULL);
}

EXPORT int mq_timedsend(mqd_t mqd, const char *data, size_t length,
			unsigned int priority, const struct timespec *time)
{
	return do_send(mqd, data, length, priority, time);
}

static ssize_t do_receive(mqd_t mqd, char *data, size_t room,
			  unsigned int *priority, const struct timespec *time)
{
	struct mailbox_receive receive = {
		.size = sizeof(receive),
		.flags = MAILBOX_RECEIVE_LONGEST,
		.message.data = (uintptr_t)data,
		.message.room = room > UINT32_MAX ? UINT32_MAX : (uint32_t)room,
	};
	int64_t deadline = 0;
	int result;

	if (time && !time_read(&deadline, time))
		return fail(EINVAL);
	if (time)
		receive.flags |= MAILBOX_NONBLOCK;
	result = compat_wait(mqd, MAILBOX_IOC_RECEIVE, &receive);
	if (result && time && would_wait(mqd)) {
		receive.flags ^= MAILBOX_NONBLOCK | MAILBOX_DEADLINE;
		receive.deadline = deadline;
		receive.clock = MAILBOX_CLOCK_REALTIME;
		result = compat_wait(mqd, MAILBOX_IOC_RECEIVE, &receive);
	}
	if (result)
		return mq_fail();
	if (priority)
		*priority = receive.message.priority;
	return (ssize_t)receive.message.length;
}

EXPORT ssize_t mq_receive(mqd_t mqd, char *data, size_t room,
			  unsigned int *priority)
{
	return do_receive(mqd, data, room, priority, NULL);
}

EXPORT ssize_t mq_timedreceive(mqd_t mqd, char *restrict data, size_t room,
			       unsigned int *restrict priority,
			       const struct timespec *restrict time)
{
	return do_receive(mqd, data, room, priority, time);
}
