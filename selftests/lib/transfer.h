/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages in tests: numbers, patterns, pieces, and what STAT says of them.
 *
 * A message that carries one __u32 is enough to see which one it is; a pattern
 * is for tests that look at every byte.  Like all helpers these return -errno
 * and assert nothing.
 */
#ifndef SELFTESTS_LIB_TRANSFER_H
#define SELFTESTS_LIB_TRANSFER_H

#include "env.h"

/* A message that is not one number where a number was asked for. */
#define MB_NOT_A_NUMBER		(-20000)

/* STAT of a handle's mailbox; all ones if it cannot be had. */
static inline struct mailbox_stat mb_stat_now(int fd)
{
	struct mailbox_stat stat;

	if (mb_stat(fd, 0, &stat))
		memset(&stat, 0xff, sizeof(stat));
	return stat;
}

/* One field of it. */
#define mb_stat_of(fd, field)	(mb_stat_now(fd).field)

/* QUERY; all ones if it cannot be had. */
static inline struct mailbox_query mb_query_now(int fd)
{
	struct mailbox_query query = { 0 };

	if (mb_query(fd, &query))
		memset(&query, 0xff, sizeof(query));
	return query;
}

#define mb_query_of(fd, field)	(mb_query_now(fd).field)

/* A mailbox of any kind, with all rights: its handle, or -errno. */
static inline int mb_make(int client, struct mailbox_create create)
{
	int ret;

	create.rights = MAILBOX_RIGHTS_ALL;
	ret = mb_create(client, &create);
	return ret < 0 ? ret : create.fd;
}

/*
 * Numbers
 */

static inline int mb_put_tagged(int fd, __u32 number, __u64 tag,
				__u32 priority, __u32 flags)
{
	struct mailbox_send send = {
		.flags = flags,
		.message = {
			.data = mb_ptr(&number),
			.length = sizeof(number),
			.tag = tag,
			.priority = priority,
		},
	};

	return mb_send(fd, &send);
}

static inline int mb_put_number(int fd, __u32 number, __u32 priority,
				__u32 flags)
{
	return mb_put_tagged(fd, number, 0, priority, flags);
}

/* Receive as @receive says: the number, or -errno. */
static inline int mb_get_any(int fd, struct mailbox_receive *receive)
{
	__u32 number;
	int ret;

	receive->message.data = mb_ptr(&number);
	receive->message.room = sizeof(number);
	ret = mb_receive(fd, receive);
	if (ret)
		return ret;
	return receive->message.length == sizeof(number) ? (int)number :
							   MB_NOT_A_NUMBER;
}

static inline int mb_get_number(int fd, __u32 flags)
{
	struct mailbox_receive receive = { .flags = flags };

	return mb_get_any(fd, &receive);
}

static inline int mb_get_tagged(int fd, __u64 tag_min, __u64 tag_max,
				__u32 flags)
{
	struct mailbox_receive receive = {
		.flags = flags | MAILBOX_RECEIVE_TAG,
		.tag_min = tag_min,
		.tag_max = tag_max,
	};

	return mb_get_any(fd, &receive);
}

static inline int mb_get_from(int fd, pid_t pid, __u32 flags)
{
	struct mailbox_receive receive = {
		.flags = flags | MAILBOX_RECEIVE_FROM,
		.from_pid = pid,
	};

	return mb_get_any(fd, &receive);
}

/* What a child that sends or receives a number does. */
struct mb_number_call {
	int fd;
	__u32 number;
	__u64 tag;
	__u64 tag_max;
	__u32 priority;
	__u32 flags;
	pid_t from;
};

static inline int mb_put_number_run(void *argument)
{
	struct mb_number_call *call = argument;

	return mb_put_tagged(call->fd, call->number, call->tag, call->priority,
			     call->flags);
}

static inline int mb_get_number_run(void *argument)
{
	struct mb_number_call *call = argument;
	struct mailbox_receive receive = {
		.flags = call->flags,
		.from_pid = call->from,
		.tag_min = call->tag,
		.tag_max = call->tag_max,
	};

	return mb_get_any(call->fd, &receive);
}

/* Start sending @number in a child: its result is that of the SEND. */
static inline int mb_put_number_start(struct mb_child *child, int fd,
				      __u32 number, __u32 priority,
				      __u32 flags)
{
	struct mb_number_call call = {
		.fd = fd,
		.number = number,
		.priority = priority,
		.flags = flags,
	};

	return mb_child_start(child, mb_put_number_run, &call);
}

static inline int mb_put_tagged_start(struct mb_child *child, int fd,
				      __u32 number, __u64 tag, __u32 flags)
{
	struct mb_number_call call = {
		.fd = fd,
		.number = number,
		.tag = tag,
		.flags = flags,
	};

	return mb_child_start(child, mb_put_number_run, &call);
}

/* Start receiving in a child: its result is the number, or -errno. */
static inline int mb_get_number_start(struct mb_child *child, int fd,
				      __u32 flags)
{
	struct mb_number_call call = { .fd = fd, .flags = flags };

	return mb_child_start(child, mb_get_number_run, &call);
}

static inline int mb_get_tagged_start(struct mb_child *child, int fd,
				      __u64 tag_min, __u64 tag_max,
				      __u32 flags)
{
	struct mb_number_call call = {
		.fd = fd,
		.tag = tag_min,
		.tag_max = tag_max,
		.flags = flags | MAILBOX_RECEIVE_TAG,
	};

	return mb_child_start(child, mb_get_number_run, &call);
}

/* The same call, made by another process that is waited for. */
static inline int mb_put_number_as_child(int fd, __u32 number)
{
	struct mb_number_call call = {
		.fd = fd,
		.number = number,
		.flags = MAILBOX_NONBLOCK,
	};

	return mb_child_run(mb_put_number_run, &call);
}

static inline int mb_get_number_as_child(int fd)
{
	struct mb_number_call call = { .fd = fd, .flags = MAILBOX_NONBLOCK };

	return mb_child_run(mb_get_number_run, &call);
}

/*
 * Patterns
 */

static inline unsigned char mb_pattern(size_t at, unsigned int seed)
{
	return (at * 7 + (at >> 8) * 13 + (at >> 16) * 29 + seed * 31) & 0xff;
}

static inline void mb_fill(void *data, size_t length, unsigned int seed)
{
	unsigned char *byte = data;
	size_t i;

	for (i = 0; i < length; i++)
		byte[i] = mb_pattern(i, seed);
}

/* Where @data first is not the pattern; -1 if nowhere. */
static inline long mb_differs(const void *data, size_t length,
			      unsigned int seed)
{
	const unsigned char *byte = data;
	size_t i;

	for (i = 0; i < length; i++) {
		if (byte[i] != mb_pattern(i, seed))
			return i;
	}
	return -1;
}

/* Fresh private memory, not touched yet; NULL if there is none. */
static inline void *mb_fresh(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/* An address where there is nothing. */
static inline void *mb_nowhere(void)
{
	void *memory = mmap(NULL, 4096, PROT_NONE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? (void *)16 : memory;
}

/*
 * Signals
 */

/* How often the handler below ran, in this process. */
static volatile sig_atomic_t mb_signals __attribute__((unused));

static inline void mb_signal_count(int number)
{
	(void)number;
	mb_signals++;
}

/* Count signals of one kind; @flags is 0 or SA_RESTART. */
static inline int mb_signal_handle(int number, int flags)
{
	struct sigaction action = {
		.sa_handler = mb_signal_count,
		.sa_flags = flags,
	};

	return sigaction(number, &action, NULL) ? -errno : 0;
}

/*
 * Work that takes as long as it takes
 */

/*
 * Look until CONDITION holds, for as long as PROGRESS changes: 0, or -ETIMEDOUT
 * when nothing has happened for the time that a state is waited for elsewhere.
 */
#define mb_until_stuck(progress, condition) ({				\
	unsigned long long __seen = (progress);				\
	__s64 __limit = mb_now_ms() + MB_LIMIT_MS;			\
	int __ret = 0;							\
									\
	while (!(condition)) {						\
		unsigned long long __now = (progress);			\
									\
		if (__now != __seen) {					\
			__seen = __now;					\
			__limit = mb_now_ms() + MB_LIMIT_MS;		\
		} else if (mb_now_ms() > __limit) {			\
			__ret = -ETIMEDOUT;				\
			break;						\
		}							\
		mb_pause();						\
	}								\
	__ret;								\
})

/*
 * Processes that are dead
 */

/* Wait until @child is dead, and leave it as a zombie. */
static inline int mb_child_await_zombie(const struct mb_child *child)
{
	siginfo_t info;

	return waitid(P_PID, child->pid, &info, WEXITED | WNOWAIT) ? -errno :
								     0;
}

#endif /* SELFTESTS_LIB_TRANSFER_H */
