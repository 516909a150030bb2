/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Waiting for a state to be seen.
 *
 * A test that needs another process to be blocked looks until STAT or /proc
 * shows that it is; it never sleeps for a time and hopes.  The limit only
 * bounds how long a failing test takes: it is generous, because emulated
 * machines are slow, and no test may pass because of it.
 */
#ifndef SELFTESTS_LIB_WAIT_H
#define SELFTESTS_LIB_WAIT_H

#include "call.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>

#define MB_LIMIT_MS	20000

static inline __s64 mb_now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static inline __s64 mb_now_ms(void)
{
	return mb_now_ns(CLOCK_MONOTONIC) / 1000000;
}

/* Between two looks. */
static inline void mb_pause(void)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	nanosleep(&pause, NULL);
}

/*
 * Look until CONDITION holds: 0, or -ETIMEDOUT.  Usable as an expression:
 *	ASSERT_EQ(0, mb_until(done));
 */
#define mb_until(condition) ({						\
	__s64 __limit = mb_now_ms() + MB_LIMIT_MS;			\
	int __ret = 0;							\
									\
	while (!(condition)) {						\
		if (mb_now_ms() > __limit) {				\
			__ret = -ETIMEDOUT;				\
			break;						\
		}							\
		mb_pause();						\
	}								\
	__ret;								\
})

/* Look until a __u32 of STAT, at @offset, is @value: 0 or -errno. */
static inline int mb_wait_u32(int fd, __u64 id, size_t offset, __u32 value)
{
	__s64 limit = mb_now_ms() + MB_LIMIT_MS;
	struct mailbox_stat stat;
	__u32 seen;
	int ret;

	for (;;) {
		ret = mb_stat(fd, id, &stat);
		if (ret)
			return ret;
		memcpy(&seen, (char *)&stat + offset, sizeof(seen));
		if (seen == value)
			return 0;
		if (mb_now_ms() > limit)
			return -ETIMEDOUT;
		mb_pause();
	}
}

/* Look until so many senders are blocked in the mailbox. */
static inline int mb_wait_senders(int fd, __u64 id, __u32 count)
{
	return mb_wait_u32(fd, id,
			   offsetof(struct mailbox_stat, blocked_senders),
			   count);
}

/* Look until so many receivers wait in the mailbox. */
static inline int mb_wait_receivers(int fd, __u64 id, __u32 count)
{
	return mb_wait_u32(fd, id,
			   offsetof(struct mailbox_stat, waiting_receivers),
			   count);
}

/* Look until the mailbox holds so many messages. */
static inline int mb_wait_messages(int fd, __u64 id, __u32 count)
{
	return mb_wait_u32(fd, id, offsetof(struct mailbox_stat, messages),
			   count);
}

static inline int mb_wait_receive_handles(int fd, __u64 id, __u32 count)
{
	return mb_wait_u32(fd, id,
			   offsetof(struct mailbox_stat, receive_handles),
			   count);
}

static inline int mb_wait_send_handles(int fd, __u64 id, __u32 count)
{
	return mb_wait_u32(fd, id, offsetof(struct mailbox_stat, send_handles),
			   count);
}

/*
 * Look until the thread @tid (a pid will do) is asleep in system call @number,
 * for what STAT does not show, such as poll(2).
 */
static inline int mb_wait_in_syscall(pid_t tid, long number)
{
	__s64 limit = mb_now_ms() + MB_LIMIT_MS;
	char path[64], line[256], *end;
	ssize_t length;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/syscall", tid);
	for (;;) {
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		length = read(fd, line, sizeof(line) - 1);
		close(fd);
		if (length > 0) {
			line[length] = 0;
			/* "running" while it does */
			if (strtol(line, &end, 10) == number && end != line)
				return 0;
		}
		if (mb_now_ms() > limit)
			return -ETIMEDOUT;
		mb_pause();
	}
}

/*
 * poll(2) of one descriptor: what it shows, 0 for nothing within
 * @timeout_ms, or -errno.
 */
static inline int mb_poll(int fd, short events, int timeout_ms)
{
	struct pollfd pollfd = { .fd = fd, .events = events };
	int ret = poll(&pollfd, 1, timeout_ms);

	return ret < 0 ? -errno : pollfd.revents;
}

/*
 * An event that processes tell each other of: raise once, wait as often as it
 * was raised.
 */
static inline int mb_event(void)
{
	int fd = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE);

	return fd < 0 ? -errno : fd;
}

static inline int mb_event_raise(int event)
{
	__u64 one = 1;

	return write(event, &one, sizeof(one)) < 0 ? -errno : 0;
}

static inline int mb_event_wait(int event)
{
	__u64 value;
	int ret = mb_poll(event, POLLIN, MB_LIMIT_MS);

	if (ret <= 0)
		return ret ? ret : -ETIMEDOUT;
	return read(event, &value, sizeof(value)) < 0 ? -errno : 0;
}

#endif /* SELFTESTS_LIB_WAIT_H */
