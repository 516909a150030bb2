/* SPDX-License-Identifier: GPL-2.0-only */
/* Pieces of user arguments that several commands have in common. */
#ifndef MBX_USERDATA_H
#define MBX_USERDATA_H

#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/types.h>
#include <linux/uio.h>

#include <linux/mailbox.h>

#include "buffer.h"
#include "transfer.h"

/* Rights and options that a handle can have? */
bool mbx_rights_valid(u32 rights, u32 options);

/*
 * A name's bytes, NUL-terminated and to be freed; NULL if @length is 0;
 * ERR_PTR(): -EINVAL (too long, or a NUL in it), -EFAULT, -ENOMEM.
 */
char *mbx_name_read(u64 user, u32 length);

/* The same if anything is said about it. */
int mbx_waiting_choose(struct mbx_terms *terms, const struct file *file,
		       u32 flags, s64 deadline, u32 clock);

/**
 * mbx_waiting_read - how long a call may wait
 * @terms: @nonblock and @deadline are set
 * @file: whose O_NONBLOCK counts where the flags do not say
 * @flags: MAILBOX_NONBLOCK, BLOCK, DEADLINE; others are ignored
 * @deadline: nanoseconds
 * @clock: MAILBOX_CLOCK_*
 *
 * Return: 0, or -EINVAL if they contradict each other.
 */
static inline int mbx_waiting_read(struct mbx_terms *terms,
				   const struct file *file, u32 flags,
				   s64 deadline, u32 clock)
{
	if ((flags & (MAILBOX_NONBLOCK | MAILBOX_BLOCK | MAILBOX_DEADLINE)) ||
	    deadline || clock)
		return mbx_waiting_choose(terms, file, flags, deadline, clock);
	terms->nonblock = file->f_flags & O_NONBLOCK;
	terms->deadline.given = false;
	return 0;
}

/* The error of a call that a signal ended, if it is one. */
static inline int mbx_interruption(int error, u32 flags)
{
	return unlikely(error == -ERESTARTSYS) && (flags & MAILBOX_NO_RESTART) ?
	       -ERESTARTNOHAND : error;
}

#define MBX_IOV_FAST	8

/**
 * struct mbx_userbuffer - a user's buffer, with what it takes to describe it
 * @buffer: the buffer
 * @iter: its iterator, if it is in pieces
 * @fast: the pieces, if they are few
 * @pieces: the pieces otherwise, to be freed
 */
struct mbx_userbuffer {
	struct mbx_buffer buffer;
	struct iov_iter iter;
	struct iovec fast[MBX_IOV_FAST];
	struct iovec *pieces;
};

/* A buffer in pieces, for the next. */
int mbx_userbuffer_pieces(struct mbx_userbuffer *user,
			  const struct mailbox_message *message,
			  unsigned int direction);

/**
 * mbx_userbuffer_read - the buffer that a struct mailbox_message names
 * @user: filled in
 * @message: the message
 * @length: bytes in it, if it is flat; 0 if it is in pieces
 * @direction: ITER_SOURCE to send, ITER_DEST to receive
 *
 * Return: 0, and the caller owes mbx_userbuffer_free(); -EINVAL, -EFAULT,
 * -ENOMEM.
 */
static inline int mbx_userbuffer_read(struct mbx_userbuffer *user,
				      const struct mailbox_message *message,
				      u32 length, unsigned int direction)
{
	user->pieces = NULL;
	if (message->flags)
		return -EINVAL;
	if (message->iov_count)
		return length ? -EINVAL :
		       mbx_userbuffer_pieces(user, message, direction);

	user->buffer.base = u64_to_user_ptr(message->data);
	if ((uintptr_t)user->buffer.base != message->data)
		return -EFAULT;
	user->buffer.iter = NULL;
	user->buffer.length = length;
	return 0;
}

/* Bytes of the type that a message buffer of System V begins with. */
static inline size_t mbx_msgbuf_type_size(u32 flags)
{
	return flags == MAILBOX_MESSAGE_MSGBUF ? sizeof(s64) : sizeof(s32);
}

/*
 * The same for a @message with flags: its bytes come after the type.  0, -EINVAL,
 * -EFAULT.
 */
int mbx_msgbuf_read(struct mbx_userbuffer *user,
		    const struct mailbox_message *message, u32 length);

/* The type of a message to send.  0, -EINVAL, -EFAULT. */
int mbx_msgbuf_type_read(const struct mailbox_message *message, u64 *type);

static inline void mbx_userbuffer_free(struct mbx_userbuffer *user)
{
	/* Nearly always there are none: a call less. */
	if (unlikely(user->pieces))
		kfree(user->pieces);
}

#endif /* MBX_USERDATA_H */
