// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Finding a mailbox, and handles from handles. */
#include "internal.h"

static void open_init(struct mailbox_open *open, uint32_t flags,
		      uint32_t rights, uint32_t handle_flags)
{
	memset(open, 0, sizeof(*open));
	open->size = sizeof(*open);
	open->flags = flags;
	open->rights = rights;
	open->handle_flags = handle_flags;
}

static void open_name(struct mailbox_open *open, const char *name)
{
	open->name = (uintptr_t)name;
	open->name_length = mailbox_name_length(name);
}

int mailbox_open_with(int client, struct mailbox_open *open)
{
	int error;

	error = mailbox_ioctl(client, MAILBOX_IOC_OPEN, open);
	if (error)
		return error;
	return open->flags & MAILBOX_OPEN_NOFD ? 0 : open->fd;
}

int mailbox_open(int client, const char *name, uint32_t rights,
		 uint32_t handle_flags)
{
	struct mailbox_open open;

	open_init(&open, MAILBOX_OPEN_NAME, rights, handle_flags);
	open_name(&open, name);
	return mailbox_open_with(client, &open);
}

int mailbox_open_id(int client, uint64_t id, uint32_t rights,
		    uint32_t handle_flags)
{
	struct mailbox_open open;

	open_init(&open, MAILBOX_OPEN_ID, rights, handle_flags);
	open.id = id;
	return mailbox_open_with(client, &open);
}

int mailbox_open_index(int client, uint32_t index, uint32_t rights,
		       uint32_t handle_flags)
{
	struct mailbox_open open;

	open_init(&open, MAILBOX_OPEN_INDEX, rights, handle_flags);
	open.index = index;
	return mailbox_open_with(client, &open);
}

int mailbox_find(int client, const char *name, uint32_t rights, uint64_t *id)
{
	struct mailbox_open open;
	int error;

	open_init(&open, MAILBOX_OPEN_NAME | MAILBOX_OPEN_NOFD, rights, 0);
	open_name(&open, name);
	error = mailbox_open_with(client, &open);
	if (!error)
		*id = open.id;
	return error;
}

int mailbox_restrict(int handle, uint32_t rights, uint32_t handle_flags)
{
	struct mailbox_restrict restricted;
	int error;

	memset(&restricted, 0, sizeof(restricted));
	restricted.size = sizeof(restricted);
	restricted.rights = rights;
	restricted.handle_flags = handle_flags;
	error = mailbox_ioctl(handle, MAILBOX_IOC_RESTRICT, &restricted);
	return error ? error : restricted.fd;
}
