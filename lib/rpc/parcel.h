/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What calls and answers carry besides their messages: parcel.c. */
#ifndef MAILBOX_RPC_PARCEL_H
#define MAILBOX_RPC_PARCEL_H

#include "internal.h"

/**
 * struct mailbox_rpc_parcel - attachments of an argument or of a result
 * @items: they; each @fd is the parcel's own, or a negative errno value
 * @count: how many
 * @limit: how many the program may attach
 */
struct mailbox_rpc_parcel {
	struct mailbox_attachment *items;
	unsigned int count;
	unsigned int limit;
};

/* Closes what is in it. */
void rpc_parcel_clear(struct mailbox_rpc_parcel *parcel);

/* All that is in @from, and nothing else. */
void rpc_parcel_move(struct mailbox_rpc_parcel *to,
		     struct mailbox_rpc_parcel *from);

/*
 * Takes out the last: its descriptor; or -ENOENT (there is none), -EINVAL (it is of
 * another kind, and closed), or why it was not received.
 */
int rpc_parcel_last(struct mailbox_rpc_parcel *parcel, uint32_t kind);

/**
 * struct rpc_cargo - attachments as a system call takes and gives them
 * @list: what the message points to
 * @items: they
 */
struct rpc_cargo {
	struct mailbox_attachments list;
	struct mailbox_attachment items[MAILBOX_ATTACHMENTS_MAX];
};

/* For so many to be received. */
void rpc_cargo_room(struct rpc_cargo *cargo, unsigned int count);

/* To be sent: the parcel's, and then, if @fd is not negative, that. */
void rpc_cargo_load(struct rpc_cargo *cargo,
		    const struct mailbox_rpc_parcel *parcel);
void rpc_cargo_add(struct rpc_cargo *cargo, int fd, uint32_t rights);

/* For a message that is sent: where its attachments are, or 0: it has none. */
static inline uint64_t rpc_cargo_pointer(const struct rpc_cargo *cargo)
{
	return cargo->list.count ? (uintptr_t)&cargo->list : 0;
}

/* Received: they are the parcel's now.  False: no memory, and they are closed. */
bool rpc_cargo_unload(struct rpc_cargo *cargo,
		      struct mailbox_rpc_parcel *parcel);

#endif /* MAILBOX_RPC_PARCEL_H */
