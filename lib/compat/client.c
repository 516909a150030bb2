// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The process's client. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "compat.h"

/* Out of the way of programs that count their descriptors. */
#define CLIENT_FD_MIN	200

static _Atomic int client = -1;
static _Atomic pid_t client_process;

static int client_open(void)
{
	int low = open("/dev/mailbox", O_RDWR | O_CLOEXEC);
	int high;

	/* Without the module there are no queues at all. */
	if (low < 0)
		return fail(errno == ENOENT || errno == ENXIO ||
			    errno == ENODEV ? ENOSYS : errno);
	high = fcntl(low, F_DUPFD_CLOEXEC, CLIENT_FD_MIN);
	if (high < 0)
		return low;
	close(low);
	return high;
}

/* Puts a new client in the place of @old; who comes second takes the first's. */
static int client_renew(int old)
{
	int fresh = client_open();

	if (fresh < 0)
		return -1;
	if (!atomic_compare_exchange_strong(&client, &old, fresh)) {
		close(fresh);
		return old;
	}
	atomic_store(&client_process, getpid());
	return fresh;
}

static int client_get(void)
{
	int fd = atomic_load_explicit(&client, memory_order_acquire);

	return fd >= 0 ? fd : client_renew(fd);
}

/* Has the program closed it, and perhaps opened something else there? */
static bool client_lost(int fd)
{
	struct mailbox_list list = { .size = sizeof(list) };
	int error = errno;
	bool lost;

	if (error != EBADF && error != ENOTTY && error != EINVAL)
		return false;
	/* A room of 0 is refused, but by a client only. */
	lost = ioctl(fd, MAILBOX_IOC_LIST, &list) && errno != EINVAL;
	errno = error;
	return lost;
}

int compat_client_own(void)
{
	int fd = client_get();

	if (fd < 0)
		return -1;
	errno = EINVAL;
	if (client_lost(fd))
		return client_renew(fd);
	if (atomic_load(&client_process) == getpid())
		return fd;
	/* The parent's stays open: another thread may be using it. */
	return client_renew(fd);
}

static inline __attribute__((always_inline)) int
command_on(int (*call)(int, unsigned long, void *),
		      unsigned long command, void *argument)
{
	int fd = client_get();
	int result;

	if (fd < 0)
		return -1;
	result = call(fd, command, argument);
	if (result < 0 && client_lost(fd)) {
		fd = client_renew(fd);
		result = fd < 0 ? -1 : call(fd, command, argument);
	}
	return result;
}

static int plain(int fd, unsigned long command, void *argument)
{
	return ioctl(fd, command, argument);
}

int compat_command(unsigned long command, void *argument)
{
	return command_on(plain, command, argument);
}

static int waiting(int fd, unsigned long command, void *argument)
{
	return compat_wait(fd, command, argument);
}

int compat_command_wait(unsigned long command, void *argument)
{
	return command_on(waiting, command, argument);
}

int compat_wait_cancel(int fd, unsigned long command, void *argument)
{
	int type, result;

	/* As the C library does it: whoever cancels ends the wait. */
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, &type);
	result = ioctl(fd, command, argument);
	pthread_setcanceltype(type, NULL);
	return result;
}

/* A pipe, which takes this much at once: 1 done, 0 not, or -1 with EFAULT. */
static int pipe_copy(void *to, const void *from, size_t size)
{
	int ends[2], result = 0;

	if (size > PIPE_BUF || pipe2(ends, O_CLOEXEC))
		return 0;
	if (write(ends[1], from, size) == (ssize_t)size &&
	    read(ends[0], to, size) == (ssize_t)size)
		result = 1;
	else if (errno == EFAULT)
		result = -1;
	close(ends[0]);
	close(ends[1]);
	return result;
}

int compat_copy(void *to, const void *from, size_t size, const void *wild)
{
	struct iovec ours = { wild == to ? (void *)from : to, size };
	struct iovec theirs = { (void *)wild, size };
	int error = errno;
	ssize_t done;

	done = wild == to ?
	       process_vm_writev(getpid(), &ours, 1, &theirs, 1, 0) :
	       process_vm_readv(getpid(), &ours, 1, &theirs, 1, 0);
	if (done == (ssize_t)size)
		return 0;
	if (done >= 0 || errno == EFAULT)
		return fail(EFAULT);
	/* Not in this kernel, or not allowed; and without descriptors, as a library. */
	switch (pipe_copy(to, from, size)) {
	case -1:
		return fail(EFAULT);
	case 0:
		memcpy(to, from, size);
	}
	errno = error;
	return 0;
}
