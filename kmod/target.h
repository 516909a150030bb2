/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The target of a call: which mailbox it is about, and whether the caller may.
 *
 * On a client the call names the mailbox by ID, or its process, and the permission
 * is checked each time; on a handle it is the handle's mailbox, and its rights
 * count.  From here on both are the same.
 */
#ifndef MBX_TARGET_H
#define MBX_TARGET_H

#include <linux/bits.h>
#include <linux/cred.h>
#include <linux/types.h>

#include <linux/mailbox.h>

#include "client.h"
#include "handle.h"
#include "quota.h"
#include "transfer.h"

struct file;
struct mbx_client;
struct mbx_handle;
struct mbx_inbox;
struct mbx_mailbox;
struct mbx_seat;

/**
 * struct mbx_target - the target of a call
 * @mailbox: the mailbox; a reference of its own if it came by ID
 * @inbox: where the call receives
 * @handle: the handle it came by, or NULL
 * @client: the client it came by, or NULL
 * @terms: who calls; with a reference to the account if it is not the opener's
 * @own_quota: it has one
 */
struct mbx_target {
	struct mbx_mailbox *mailbox;
	struct mbx_inbox *inbox;
	struct mbx_handle *handle;
	struct mbx_client *client;
	struct mbx_terms terms;
	bool own_quota;
};

/* Besides: what the call leaves behind has to end with the descriptor. */
#define MBX_RIGHT_TRACE	BIT(30)
/* Needs nothing: what the call does concerns the caller alone. */
#define MBX_RIGHT_NONE	0
/* To look at it takes no right on a handle; by ID the r bit, or the owner. */
#define MBX_RIGHT_LOOK	BIT(31)
/* To see what it is takes the same, but for System V's queues, which all may see. */
#define MBX_RIGHT_SEE	BIT(28)
/* Besides: %MAILBOX_TO_PROCESS, @id is the number of a process, and its SELF is the target. */
#define MBX_RIGHT_PROCESS	BIT(29)
/* Besides: on a handle, too, @id may be the mailbox's, and is checked as on a client. */
#define MBX_RIGHT_NAMED	BIT(27)

/* What a command with these flags needs to send. */
#define MBX_RIGHT_SEND_TO(flags) \
	(MAILBOX_RIGHT_SEND | \
	 ((flags) & MAILBOX_TO_PROCESS ? MBX_RIGHT_PROCESS : 0))

/**
 * mbx_target_get - find the target
 * @target: filled in; @terms as for a call that may wait for ever
 * @file: a client or a handle
 * @id: on a client the ID; on a handle 0, or see MBX_RIGHT_NAMED
 * @right: MAILBOX_RIGHT_* that the call needs, or MBX_RIGHT_*
 *
 * Return: 0, and the caller owes mbx_target_put(); -EINVAL, -ENOENT, -EBADF,
 * -EACCES, -EPERM, -ESRCH, -EOWNERDEAD, -ENOMEM.
 */
static inline int mbx_target_get(struct mbx_target *target, struct file *file,
				 u64 id, u32 right);

static inline void mbx_target_put(struct mbx_target *target)
{
	if (target->own_quota)
		mbx_quota_put(target->terms.quota);
	if (!target->handle)
		mbx_mailbox_put(target->mailbox);
}

/*
 * The seat of the calling process where the target is, with a reference; or an
 * ERR_PTR(): -EOWNERDEAD on another process's client; -ESRCH if it has none.
 */
struct mbx_seat *mbx_target_seat(const struct mbx_target *target);

/* The steps of mbx_target_get().  By ID. */
int mbx_target_find(struct mbx_target *target, struct mbx_client *client,
		    u64 id, u32 right);

/* A handle is told its mailbox's ID: the checks that an ID is subject to. */
int mbx_target_check(const struct mbx_handle *handle, u64 id, u32 right);

/* The caller pays, who is not the opener. */
int mbx_target_pay(struct mbx_target *target);

static inline int mbx_target_handle(struct mbx_target *target,
				    struct mbx_handle *handle, u64 id,
				    u32 right)
{
	if (unlikely(id || (right & MBX_RIGHT_PROCESS))) {
		int error = mbx_target_check(handle, id, right);

		if (error)
			return error;
	}
	if (right & ~(READ_ONCE(handle->rights) | MBX_RIGHT_LOOK |
		      MBX_RIGHT_SEE | MBX_RIGHT_TRACE | MBX_RIGHT_NAMED))
		return -EBADF;
	if (right & MAILBOX_RIGHT_SEND) {
		target->mailbox = handle->outbox;
		target->inbox = &handle->outbox->inbox;
	} else {
		target->mailbox = handle->mailbox;
		target->inbox = handle->inbox;
	}
	target->handle = handle;
	target->client = NULL;
	target->terms.via = handle;
	target->terms.quota = handle->quota;
	return 0;
}

/* The caller's terms, and who pays. */
static inline int mbx_target_begin(struct mbx_target *target)
{
	target->own_quota = false;
	target->terms.nonblock = false;
	target->terms.attempt = false;
	target->terms.deadline.given = false;
	return uid_eq(target->terms.quota->uid, current_uid()) ?
	       0 : mbx_target_pay(target);
}

static inline int mbx_target_get(struct mbx_target *target, struct file *file,
				 u64 id, u32 right)
{
	struct mbx_handle *handle = mbx_handle_of(file);
	int error;

	error = handle ? mbx_target_handle(target, handle, id, right) :
			 mbx_target_find(target, mbx_client_of(file), id,
					 right);
	return error ?: mbx_target_begin(target);
}

/* The same where it can only be a handle. */
static inline int mbx_target_handle_get(struct mbx_target *target,
					struct mbx_handle *handle, u32 right)
{
	int error = mbx_target_handle(target, handle, 0, right);

	return error ?: mbx_target_begin(target);
}

/* For a new file: the network namespace that it came by. */
struct net *mbx_target_net(const struct mbx_target *target);

#endif /* MBX_TARGET_H */
