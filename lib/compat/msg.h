/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* System V's message queues: what their files share. */
#ifndef MSG_H
#define MSG_H

#include <stddef.h>

#include "compat.h"

/**
 * struct msg_limits - the system's limits, which an administrator sets as for the
 *	kernel's own queues (proc(5))
 * @msgmax: bytes in a message
 * @msgmnb: bytes a new queue may hold, and any queue without CAP_SYS_RESOURCE
 * @msgmni: queues
 */
struct msg_limits {
	unsigned int msgmax;
	unsigned int msgmnb;
	unsigned int msgmni;
};

void msg_limits_read(struct msg_limits *limits);

/*
 * Is a message longer than the system allows?  The limit is read when it is needed, and
 * again when it seems too low.
 */
bool msg_too_long(size_t length);

/*
 * The ID of the mailbox whose index is @msqid, from a cache, since an ID never
 * changes its meaning; afresh if @again.  0 with errno EINVAL: there is none.
 */
uint64_t msg_id(int msqid, bool again);

/*
 * A descriptor for the queue whose ID is @id, if it has been used often, else -1: so it
 * need not be looked up, and the module checks @id and permission all the same.
 */
int msg_handle(uint64_t id);

/* It does not do any more: the program may have closed it, or the queue is gone. */
void msg_handle_drop(uint64_t id);

/* What messages and bytes a queue of @bytes holds. */
uint32_t msg_capacity(unsigned long bytes);

/* SET of the queue's limit of bytes. */
int msg_set_bytes(uint64_t id, unsigned long bytes);

#endif /* MSG_H */
