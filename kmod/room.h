/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Room: where a caller who waits wants his reply, so that who answers can write it
 * there himself, and it is copied once.
 *
 * The pages are the caller's, pinned some at a time while they are written to.  They
 * are taken as they are: nothing of the caller's is faulted in, waited for or locked
 * that he could keep from us, and what we write is read with page faults disabled, so
 * that he need not wait for us for long.  Where that does not do, the reply is copied
 * in the usual way.  What is in the room means nothing until the call is answered.
 */
#ifndef MBX_ROOM_H
#define MBX_ROOM_H

#include <linux/types.h>

struct mbx_buffer;
struct mm_struct;

/**
 * struct mbx_room - a room
 * @mm: whose; NULL: there is none.  He who waits in it keeps it.
 * @base: its address there
 * @length: bytes
 */
struct mbx_room {
	struct mm_struct *mm;
	void __user *base;
	size_t length;
};

/* The calling task's, if @buffer is one that it is worth it for; else none. */
void mbx_room_init(struct mbx_room *room, const struct mbx_buffer *buffer);

/* Is a reply like this to be written there? */
bool mbx_room_worth(const struct mbx_room *room,
		    const struct mbx_buffer *reply);

/* Writes it; false: it could not be, and the room's bytes are any. */
bool mbx_room_write(const struct mbx_room *room,
		    const struct mbx_buffer *reply);

#endif /* MBX_ROOM_H */
