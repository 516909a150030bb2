// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Parcels: what a call carries besides its messages.
 *
 * A parcel has descriptors of its own: duplicates of what the program attached, and
 * those that were received until the program takes them.  What is left is closed when
 * the call, or the stub's next one, is over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "parcel.h"

/* Behind those of the program there may be two of the library. */
#define PROGRAM_MAX	(MAILBOX_ATTACHMENTS_MAX - 2)

void rpc_parcel_clear(struct mailbox_rpc_parcel *parcel)
{
	for (unsigned int i = 0; i < parcel->count; i++)
		if (parcel->items[i].fd >= 0)
			close(parcel->items[i].fd);
	free(parcel->items);
	parcel->items = NULL;
	parcel->count = 0;
}

void rpc_parcel_move(struct mailbox_rpc_parcel *to,
		     struct mailbox_rpc_parcel *from)
{
	rpc_parcel_clear(to);
	to->items = from->items;
	to->count = from->count;
	from->items = NULL;
	from->count = 0;
}

static bool add(struct mailbox_rpc_parcel *parcel,
		const struct mailbox_attachment *item)
{
	struct mailbox_attachment *items;

	items = reallocarray(parcel->items, parcel->count + 1, sizeof(*items));
	if (!items)
		return false;
	parcel->items = items;
	items[parcel->count++] = *item;
	return true;
}

int rpc_parcel_last(struct mailbox_rpc_parcel *parcel, uint32_t kind)
{
	const struct mailbox_attachment *item;

	if (!parcel->count)
		return -ENOENT;
	item = &parcel->items[--parcel->count];
	if (item->fd < 0 || item->kind == kind)
		return item->fd;
	close(item->fd);
	return -EINVAL;
}

int mailbox_rpc_attach(struct mailbox_rpc_parcel *parcel,
		       const struct mailbox_attachment *item)
{
	struct mailbox_attachment own = {
		.rights = item->rights,
		.offset = item->offset,
		.length = item->length,
	};

	if (parcel->count >= parcel->limit || parcel->count >= PROGRAM_MAX)
		return -ENOSPC;
	own.fd = fcntl(item->fd, F_DUPFD_CLOEXEC, 0);
	if (own.fd < 0)
		return -errno;
	if (add(parcel, &own))
		return (int)parcel->count;
	close(own.fd);
	return -ENOMEM;
}

const struct mailbox_attachment *
mailbox_rpc_attached(const struct mailbox_rpc_parcel *parcel,
		     unsigned int number)
{
	if (!number || number > parcel->count)
		return NULL;
	return &parcel->items[number - 1];
}

int mailbox_rpc_take(struct mailbox_rpc_parcel *parcel, unsigned int number)
{
	int fd;

	if (!number || number > parcel->count)
		return -ENOENT;
	fd = parcel->items[number - 1].fd;
	if (fd >= 0)
		parcel->items[number - 1].fd = -EBADF;
	return fd;
}

/* ---- As system calls have them --------------------------------------------- */

void rpc_cargo_room(struct rpc_cargo *cargo, unsigned int count)
{
	mailbox_attachments_init(&cargo->list, cargo->items, count);
}

void rpc_cargo_load(struct rpc_cargo *cargo,
		    const struct mailbox_rpc_parcel *parcel)
{
	rpc_cargo_room(cargo, parcel->count);
	for (unsigned int i = 0; i < parcel->count; i++)
		cargo->items[i] = parcel->items[i];
}

void rpc_cargo_add(struct rpc_cargo *cargo, int fd, uint32_t rights)
{
	if (fd >= 0)
		cargo->items[cargo->list.count++] =
			mailbox_attachment(fd, rights);
}

bool rpc_cargo_unload(struct rpc_cargo *cargo,
		      struct mailbox_rpc_parcel *parcel)
{
	bool whole = true;

	rpc_parcel_clear(parcel);
	for (unsigned int i = 0; i < cargo->list.count; i++) {
		whole = whole && add(parcel, &cargo->items[i]);
		if (!whole && cargo->items[i].fd >= 0)
			close(cargo->items[i].fd);
	}
	cargo->list.count = 0;
	return whole;
}
