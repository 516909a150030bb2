/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Other processes in a test.
 *
 * A child runs one function and hands back one int, usually 0 or -errno.
 * Children must not use ASSERT_* or EXPECT_*: those belong to the process
 * that the harness started.  A child that is still there when the test ends
 * dies with it.
 */
#ifndef SELFTESTS_LIB_CHILD_H
#define SELFTESTS_LIB_CHILD_H

#include "wait.h"

#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/types.h>
#include <sys/wait.h>

/* What mb_child_join() says of a child that ended without a result. */
#define MB_CHILD_KILLED		(-10000)

struct mb_child {
	pid_t pid;
	int result;		/* pipe that carries the result */
};

typedef int (*mb_child_fn)(void *argument);

/* Start @run(@argument) in a child process. */
static inline int mb_child_start(struct mb_child *child, mb_child_fn run,
				 void *argument)
{
	pid_t parent = getpid();
	int pipe_fd[2];
	int result;

	if (pipe2(pipe_fd, O_CLOEXEC))
		return -errno;
	child->pid = fork();
	if (child->pid < 0) {
		result = -errno;
		close(pipe_fd[0]);
		close(pipe_fd[1]);
		return result;
	}
	if (!child->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* 0: the parent is not in this pid namespace */
		if (getppid() != parent && getppid())
			_exit(0);
		close(pipe_fd[0]);
		result = run(argument);
		if (write(pipe_fd[1], &result, sizeof(result)) < 0)
			_exit(1);
		_exit(0);
	}
	close(pipe_fd[1]);
	child->result = pipe_fd[0];
	return 0;
}

/* Is there a result?  A child that is blocked has none. */
static inline bool mb_child_done(const struct mb_child *child)
{
	return mb_poll(child->result, POLLIN, 0) != 0;
}

/*
 * The child's result, MB_CHILD_KILLED if it ended without one, -ETIMEDOUT if
 * it does not end (it is killed then).
 */
static inline int mb_child_join(struct mb_child *child)
{
	int result = MB_CHILD_KILLED;
	int ret = mb_poll(child->result, POLLIN, MB_LIMIT_MS);

	if (!ret)
		kill(child->pid, SIGKILL);
	if (ret && read(child->result, &result, sizeof(result)) !=
	    sizeof(result))
		result = MB_CHILD_KILLED;
	close(child->result);
	child->result = -1;
	waitpid(child->pid, NULL, 0);
	return ret ? result : -ETIMEDOUT;
}

/* kill -9, and wait until it is gone with all it held. */
static inline void mb_child_kill(struct mb_child *child)
{
	kill(child->pid, SIGKILL);
	waitpid(child->pid, NULL, 0);
	close(child->result);
	child->result = -1;
}

/* Run a function in a child and wait for its result. */
static inline int mb_child_run(mb_child_fn run, void *argument)
{
	struct mb_child child;
	int ret = mb_child_start(&child, run, argument);

	return ret ? ret : mb_child_join(&child);
}

/* Memory that children share with the test, zeroed; NULL if there is none. */
static inline void *mb_shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

/*
 * One ioctl as a child's work.  @argument is the structure; put it into
 * mb_shared() memory to see what the call wrote there.
 */
struct mb_call {
	int fd;
	unsigned int command;
	void *argument;
};

static inline int mb_call_run(void *argument)
{
	struct mb_call *call = argument;

	return mb_ioctl(call->fd, call->command, call->argument);
}

/* Start any ioctl in a child; its result is what the ioctl gave. */
static inline int mb_call_start(struct mb_child *child, int fd,
				unsigned int command, void *argument)
{
	struct mb_call call = { fd, command, argument };

	/* the child has its own copy of @call: fork copies the stack */
	return mb_child_start(child, mb_call_run, &call);
}

/* Start a send of @length bytes of @data, or a receive, in a child. */
static inline int mb_put_start(struct mb_child *child, int fd, __u64 id,
			       const void *data, size_t length,
			       unsigned int flags)
{
	struct mailbox_send send = {
		.size = sizeof(send),
		.flags = flags,
		.id = id,
		.message = { .data = mb_ptr(data), .length = length },
	};

	return mb_call_start(child, fd, MAILBOX_IOC_SEND, &send);
}

/*
 * A receive as a child's work, with the argument on a page of its own: one that
 * is still shared after fork cannot be written without a page fault, so the
 * first copy would fail, and a sender who does not wait with it.
 */
struct mb_get_call {
	int fd;
	struct mailbox_receive receive;
};

static inline int mb_get_run(void *argument)
{
	struct mb_get_call call = *(struct mb_get_call *)argument;

	return mb_ioctl(call.fd, MAILBOX_IOC_RECEIVE, &call.receive);
}

static inline int mb_get_start(struct mb_child *child, int fd, __u64 id,
			       void *data, size_t room, unsigned int flags)
{
	struct mb_get_call call = {
		.fd = fd,
		.receive = {
			.size = sizeof(call.receive),
			.flags = flags,
			.id = id,
			.message = { .data = mb_ptr(data), .room = room },
		},
	};

	return mb_child_start(child, mb_get_run, &call);
}

/* poll(2) as a child's work: the result is what poll showed. */
struct mb_poll_call {
	int fd;
	short events;
};

static inline int mb_poll_run(void *argument)
{
	struct mb_poll_call *call = argument;

	return mb_poll(call->fd, call->events, -1);
}

static inline int mb_poll_start(struct mb_child *child, int fd, short events)
{
	struct mb_poll_call call = { fd, events };

	return mb_child_start(child, mb_poll_run, &call);
}

/* Look until a child that mb_poll_start() started is asleep in poll(2). */
static inline int mb_poll_asleep(const struct mb_child *child)
{
	return mb_wait_in_syscall(child->pid, SYS_poll);
}

#endif /* SELFTESTS_LIB_CHILD_H */
