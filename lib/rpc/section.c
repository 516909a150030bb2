// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Sections of the module as journals' memory: found by a name, and there until they are
 * removed, whoever dies.
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
