// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Descriptors of the queues that a process uses most.
 *
 * Each call says which queue it means, and the module refuses it on a descriptor of
 * another, and where the caller may no longer use the queue: hence whatever becomes of
 * these descriptors, closed by the program or another's by now, a call that they do not
 * do for is made by ID.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <unistd.h>

#include "msg.h"

/* Out of the way of programs that count theirs. */
#define HANDLE_FD_MIN	200
#define HANDLES		16
/* Calls before a queue gets one. */
#define OFTEN		16

/**
 * struct handle - a descriptor
 * @id: the queue; 0: none
 * @uses: calls so far; -1: it has a descriptor
 * @fd: the descriptor
 */
struct handle {
	_Atomic uint64_t id;
	_Atomic int uses;
	_Atomic int fd;
};

static struct handle handles[HANDLES];

static struct handle *handle_at(uint64_t id)
{
	return &handles[id % HANDLES];
}

/*
 * One thread at a time opens and closes.  Nobody waits for it, for it may be a thread
 * that a fork's child does not have; there is the way by ID.
 */
static atomic_flag busy = ATOMIC_FLAG_INIT;

/* Closes it, if it is still what it was. */
static void handle_close(int fd, uint64_t id)
{
	struct mailbox_stat stat = { .size = sizeof(stat) };

	if (!ioctl(fd, MAILBOX_IOC_STAT, &stat) ? stat.id == id :
						  errno == EIDRM)
		close(fd);
}

/* Whoever may not do both is served by ID. */
static int handle_open(uint64_t id)
{
	struct mailbox_open open = {
		.size = sizeof(open),
		.flags = MAILBOX_OPEN_ID,
		.id = id,
		.rights = MAILBOX_RIGHT_RECEIVE | MAILBOX_RIGHT_SEND,
	};
	int fd;

	if (compat_command(MAILBOX_IOC_OPEN, &open))
		return -1;
	fd = fcntl(open.fd, F_DUPFD_CLOEXEC, HANDLE_FD_MIN);
	close(open.fd);
	return fd;
}

static void handle_clear(struct handle *handle)
{
	if (atomic_exchange(&handle->uses, 0) < 0)
		handle_close(atomic_load(&handle->fd), atomic_load(&handle->id));
}

/* Counts a call; the last one but those with a descriptor opens it. */
static int handle_count(struct handle *handle, uint64_t id)
{
	int uses, fd;

	if (atomic_load(&handle->id) != id) {
		handle_clear(handle);
		atomic_store(&handle->id, id);
	}
	uses = atomic_load(&handle->uses);
	if (uses < OFTEN)
		atomic_store(&handle->uses, uses + 1);
	if (uses != OFTEN - 1)
		return -1;
	fd = handle_open(id);
	if (fd >= 0) {
		atomic_store(&handle->fd, fd);
		atomic_store(&handle->uses, -1);
	}
	return fd;
}

static int handle_find(struct handle *handle, uint64_t id)
{
	int error = errno, fd = -1;

	if (!atomic_flag_test_and_set(&busy)) {
		fd = handle_count(handle, id);
		atomic_flag_clear(&busy);
	}
	errno = error;
	return fd;
}

int msg_handle(uint64_t id)
{
	struct handle *handle = handle_at(id);

	/* Whether the two belong together the module finds out. */
	if (atomic_load_explicit(&handle->id, memory_order_relaxed) == id &&
	    atomic_load_explicit(&handle->uses, memory_order_relaxed) < 0)
		return atomic_load_explicit(&handle->fd, memory_order_relaxed);
	return handle_find(handle, id);
}

void msg_handle_drop(uint64_t id)
{
	struct handle *handle = handle_at(id);
	int error = errno;

	if (atomic_flag_test_and_set(&busy))
		return;
	if (atomic_load(&handle->id) == id)
		handle_clear(handle);
	atomic_flag_clear(&busy);
	errno = error;
}
