/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Mailboxes on a ring: libmailbox's structures, submitted through liburing.
 *
 * Each function prepares a submission that does what the function of libmailbox
 * with the same structure does, and whose completion has its result, 0 or a
 * negative errno value, in ``res``.  Prepare the structure with mailbox_*_init() of
 * <mailbox.h>, this submission with mailbox_prep_*(), then flags and user data as
 * with any other of liburing.  The structure, and the buffers it names, must stay
 * where they are until the completion; results are written there.
 *
 * Nothing here needs a library but liburing: programs that do not use rings do not
 * get it.
 *
 * A submission that waits costs no thread where mailbox_query() shows
 * %MAILBOX_FEATURE_URING; elsewhere the ring gives it one of its workers.
 * IORING_OP_ASYNC_CANCEL and linked timeouts do not reach it: use a deadline.
 */
#ifndef MAILBOX_URING_H
#define MAILBOX_URING_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <liburing.h>
#include <linux/mailbox.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * mailbox_prep_command - prepare any command
 * @sqe: the submission
 * @fd: a client or a handle; with IOSQE_FIXED_FILE its number in the ring's table
 * @command: MAILBOX_IOC_*
 * @argument: its structure
 * @size: bytes in @argument, as its own member says
 */
static inline void mailbox_prep_command(struct io_uring_sqe *sqe, int fd,
					uint32_t command, void *argument,
					uint32_t size)
{
	struct mailbox_uring uring;

	memset(&uring, 0, sizeof(uring));
	uring.argument = (uintptr_t)argument;
	uring.size = size;
	io_uring_prep_rw(IORING_OP_URING_CMD, sqe, fd, NULL, 0, 0);
	sqe->cmd_op = command;
	/* The command's own part of a submission begins here. */
	memcpy((char *)sqe + offsetof(struct io_uring_sqe, addr3), &uring,
	       sizeof(uring));
}

/**
 * mailbox_prep_send - prepare a send
 * @sqe: the submission
 * @fd: a client, or a handle with the SEND right
 * @send: from mailbox_send_init()
 *
 * Result: as mailbox_send_with().
 */
static inline void mailbox_prep_send(struct io_uring_sqe *sqe, int fd,
				     struct mailbox_send *send)
{
	mailbox_prep_command(sqe, fd, MAILBOX_IOC_SEND, send, send->size);
}

/**
 * mailbox_prep_receive - prepare a receive
 * @sqe: the submission
 * @fd: a client, or a handle with the RECEIVE right
 * @receive: from mailbox_receive_init()
 *
 * Result: as mailbox_receive_with().
 */
static inline void mailbox_prep_receive(struct io_uring_sqe *sqe, int fd,
					struct mailbox_receive *receive)
{
	mailbox_prep_command(sqe, fd, MAILBOX_IOC_RECEIVE, receive,
			     receive->size);
}

/**
 * mailbox_prep_call - prepare a call
 * @sqe: the submission
 * @fd: a client, or a handle with the SEND right
 * @call: from mailbox_call_init()
 *
 * Result: as mailbox_call_with(); -ECANCELED if the ring is closed.
 */
static inline void mailbox_prep_call(struct io_uring_sqe *sqe, int fd,
				     struct mailbox_call *call)
{
	mailbox_prep_command(sqe, fd, MAILBOX_IOC_CALL, call, call->size);
}

/**
 * mailbox_prep_reply - prepare a reply
 * @sqe: the submission
 * @fd: what the call was received through
 * @reply: from mailbox_reply_init()
 *
 * Result: as mailbox_reply_with().
 */
static inline void mailbox_prep_reply(struct io_uring_sqe *sqe, int fd,
				      struct mailbox_reply *reply)
{
	mailbox_prep_command(sqe, fd, MAILBOX_IOC_REPLY, reply, reply->size);
}

/**
 * mailbox_prep_reply_receive - prepare a reply and the next receive
 * @sqe: the submission
 * @fd: what the call was received through
 * @both: from mailbox_reply_receive_init()
 *
 * Result: as mailbox_reply_receive_with().  The reply is made at once.
 */
static inline void
mailbox_prep_reply_receive(struct io_uring_sqe *sqe, int fd,
			   struct mailbox_reply_receive *both)
{
	mailbox_prep_command(sqe, fd, MAILBOX_IOC_REPLY_RECEIVE, both,
			     both->size);
}

#ifdef __cplusplus
}
#endif

#endif /* MAILBOX_URING_H */
