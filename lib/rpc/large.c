// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Arguments and answers that are longer than a message.
 *
 * They go in a section that nobody can find and that lives as long as it is under way
 * or open: it is attached to the message.  Who receives it takes a copy before reading
 * it, as the sender may still write there, and insists on the seal without which
 * the sender could take away what is being copied.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"

#define RIGHTS	(MAILBOX_SECTION_READ | MAILBOX_SECTION_WRITE)

int rpc_large_make(int client, size_t length, void **memory)
{
	int fd, error;

	if (!length || length > RPC_LARGE_MAX)
		return -EMSGSIZE;
	fd = mailbox_section_create(client, NULL, length, MAILBOX_SEAL_SHRINK,
				    NULL);
	if (fd < 0)
		return fd;
	error = mailbox_section_map(fd, 0, length, RIGHTS, memory);
	if (!error)
		return fd;
	close(fd);
	return error;
}

static int section_check(int fd, uint64_t length)
{
	struct mailbox_section_stat stat;
	int error = mailbox_section_stat(fd, 0, &stat);

	if (error)
		return error;
	if (!(stat.seals & MAILBOX_SEAL_SHRINK))
		return -EPERM;
	return length && length <= RPC_LARGE_MAX && length <= stat.length ?
		       0 : -EINVAL;
}

static int copy(int fd, size_t length, void **out)
{
	void *memory;
	int error;

	error = mailbox_section_map(fd, 0, length, MAILBOX_SECTION_READ,
				    &memory);
	if (error)
		return error;
	*out = malloc(length);
	if (*out)
		memcpy(*out, memory, length);
	else
		error = -ENOMEM;
	munmap(memory, length);
	return error;
}

void *rpc_large_copy(int fd, uint64_t length, const char *what,
		     struct mailbox_rpc_status *status)
{
	void *bytes = NULL;
	int error = fd < 0 ? fd : section_check(fd, length);

	if (!error)
		error = copy(fd, (size_t)length, &bytes);
	if (fd >= 0)
		close(fd);
	switch (error) {
	case 0:
		break;
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
		rpc_status_errno(status, what, error);
		break;
	case -EPERM:
		rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
			       "%s is in a section that could shrink", what);
		break;
	default:
		rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
			       "%s of %llu bytes is in no section of that length",
			       what, (unsigned long long)length);
	}
	return bytes;
}
