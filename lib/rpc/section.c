// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Sections of the module.
 *
 * For journals: found by a name, and there until they are removed, whoever dies.
 *
 * For arguments that are longer than a message: without a name, the caller's own, and
 * there as long as the call.  The other side takes a copy before it reads it, as the
 * caller may still write there; and asks for the seal without which the caller could
 * take away what is being copied.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "journal.h"

#define RIGHTS	(MAILBOX_SECTION_READ | MAILBOX_SECTION_WRITE)

/* What is mapped must not be cut off. */
static int section_make(int client, const char *name, size_t length)
{
	struct mailbox_section_create create;

	memset(&create, 0, sizeof(create));
	create.size = sizeof(create);
	create.flags = MAILBOX_CREATE_PERSIST;
	create.name = (uintptr_t)name;
	create.name_length = (uint32_t)strlen(name);
	create.length = length;
	create.seals = MAILBOX_SEAL_SHRINK | MAILBOX_SEAL_GROW;
	create.rights = RIGHTS;
	return mailbox_section_create_with(client, &create);
}

/* The section of that name, made if need be. */
static int section_get(int client, const char *name, size_t length)
{
	int fd;

	do {
		fd = section_make(client, name, length);
		if (fd == -EEXIST)
			fd = mailbox_section_open(client, name, RIGHTS);
	} while (fd == -ENOENT);	/* it was there, and has just gone */
	return fd;
}

static int section_map(int fd, size_t length, void **memory)
{
	struct mailbox_section_stat stat;
	int error = mailbox_section_stat(fd, 0, &stat);

	if (error)
		return error;
	if (stat.length < length)
		return -EILSEQ;
	return mailbox_section_map(fd, 0, length, RIGHTS, memory);
}

int mailbox_rpc_journal_section(const char *name,
				const struct mailbox_rpc_journal_sizes *sizes,
				struct mailbox_rpc_journal **journal)
{
	size_t length = mailbox_rpc_journal_bytes(sizes);
	rpc_name full;
	void *memory;
	int client, fd, error;

	if (!length)
		return -EINVAL;
	if (!rpc_name_make(full, name))
		return -ENAMETOOLONG;
	client = mailbox_client_open();
	if (client < 0)
		return client;
	fd = section_get(client, full, length);
	close(client);
	if (fd < 0)
		return fd;
	error = section_map(fd, length, &memory);
	close(fd);
	if (error)
		return error;
	error = mailbox_rpc_journal_open(memory, length, sizes, journal);
	if (error) {
		munmap(memory, length);
		return error;
	}
	(*journal)->mapped = length;
	return 0;
}

int mailbox_rpc_journal_remove(const char *name)
{
	int client, fd, error;
	rpc_name full;

	if (!rpc_name_make(full, name))
		return -ENAMETOOLONG;
	client = mailbox_client_open();
	if (client < 0)
		return client;
	fd = mailbox_section_open(client, full, MAILBOX_SECTION_READ |
				  MAILBOX_SECTION_MANAGE);
	close(client);
	if (fd < 0)
		return fd;
	error = mailbox_section_unlink(fd, 0);
	close(fd);
	return error;
}

int rpc_section_put(int client, const ProtobufCMessage *argument,
		    rpc_request *request)
{
	size_t length = protobuf_c_message_get_packed_size(argument);
	void *memory;
	int fd, error;

	if (length > RPC_LARGE_MAX)
		return -EMSGSIZE;
	fd = mailbox_section_create(client, NULL, length, MAILBOX_SEAL_SHRINK,
				    &request->section);
	if (fd < 0)
		return fd;
	error = mailbox_section_map(fd, 0, length, RIGHTS, &memory);
	if (error) {
		close(fd);
		return error;
	}
	request->section_length = protobuf_c_message_pack(argument, memory);
	munmap(memory, length);
	return fd;
}

static int section_open(int client, const rpc_request *request)
{
	struct mailbox_section_open open;

	memset(&open, 0, sizeof(open));
	open.size = sizeof(open);
	open.flags = MAILBOX_OPEN_ID;
	open.rights = MAILBOX_SECTION_READ;
	open.id = request->section;
	open.seals = MAILBOX_SEAL_SHRINK;
	return mailbox_section_open_with(client, &open);
}

static void *section_copy(int fd, size_t length, int *error)
{
	void *copy, *memory;

	/* Not more than there is: that cannot become less. */
	*error = mailbox_section_map(fd, 0, length, MAILBOX_SECTION_READ,
				     &memory);
	if (*error)
		return NULL;
	copy = malloc(length);
	if (copy)
		memcpy(copy, memory, length);
	else
		*error = -ENOMEM;
	munmap(memory, length);
	return copy;
}

void *rpc_section_copy(int client, const rpc_request *request,
		       struct mailbox_rpc_status *status)
{
	void *copy = NULL;
	int fd, error;

	if (!request->section_length ||
	    request->section_length > RPC_LARGE_MAX) {
		rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
			       "an argument of %llu bytes in a section",
			       (unsigned long long)request->section_length);
		return NULL;
	}
	fd = section_open(client, request);
	if (fd < 0) {
		rpc_status_errno(status, "the argument's section", fd);
	} else {
		copy = section_copy(fd, (size_t)request->section_length,
				    &error);
		if (!copy)
			rpc_status_errno(status, "the argument's section",
					 error);
		close(fd);
	}
	/* There is a server: what is not there is the section. */
	if (status->code == MAILBOX_RPC_UNAVAILABLE)
		status->code = MAILBOX_RPC_INVALID_ARGUMENT;
	return copy;
}
