// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include <linux/mailbox.h>

#include "compat.h"
#include "transfer.h"
#include "userdata.h"

bool mbx_rights_valid(u32 rights, u32 options)
{
	return rights && !(rights & ~MAILBOX_RIGHTS_ALL) &&
	       !(options & ~(MAILBOX_HANDLE_NONBLOCK | MAILBOX_HANDLE_EOF |
			     MAILBOX_HANDLE_STATUS));
}

char *mbx_name_read(u64 user, u32 length)
{
	char *name;

	if (!length)
		return NULL;
	if (length > MAILBOX_NAME_MAX)
		return ERR_PTR(-EINVAL);
	name = memdup_user_nul(u64_to_user_ptr(user), length);
	if (IS_ERR(name))
		return name;
	if (strlen(name) != length) {
		kfree(name);
		return ERR_PTR(-EINVAL);
	}
	return name;
}

static bool clock_valid(u32 clock)
{
	return clock == MAILBOX_CLOCK_REALTIME ||
	       clock == MAILBOX_CLOCK_MONOTONIC ||
	       clock == MAILBOX_CLOCK_BOOTTIME;
}

int mbx_waiting_choose(struct mbx_terms *terms, const struct file *file,
		       u32 flags, s64 deadline, u32 clock)
{
	bool given = flags & MAILBOX_DEADLINE;

	if ((flags & MAILBOX_NONBLOCK) &&
	    (flags & (MAILBOX_BLOCK | MAILBOX_DEADLINE)))
		return -EINVAL;
	if (given ? deadline < 0 || !clock_valid(clock) : deadline || clock)
		return -EINVAL;

	terms->nonblock = (flags & MAILBOX_NONBLOCK) ||
			 ((file->f_flags & O_NONBLOCK) &&
			  !(flags & (MAILBOX_BLOCK | MAILBOX_DEADLINE)));
	terms->deadline.given = given;
	if (given) {
		terms->deadline.clock = clock;
		terms->deadline.time = mbx_time_to_host(clock, deadline);
	}
	return 0;
}

/* Reads the pieces, whose layout is the same for all programs. */
static int pieces_read(struct iovec *pieces, u64 from, u32 count, size_t *total)
{
	const struct mailbox_iovec __user *user = u64_to_user_ptr(from);
	u32 i;

	*total = 0;
	for (i = 0; i < count; i++) {
		struct mailbox_iovec piece;
		void __user *base;

		if (copy_from_user(&piece, &user[i], sizeof(piece)))
			return -EFAULT;
		if (piece.length > INT_MAX || *total + piece.length > INT_MAX)
			return -EINVAL;
		base = u64_to_user_ptr(piece.base);
		if ((uintptr_t)base != piece.base ||
		    !access_ok(base, piece.length))
			return -EFAULT;
		pieces[i].iov_base = base;
		pieces[i].iov_len = piece.length;
		*total += piece.length;
	}
	return 0;
}

int mbx_userbuffer_pieces(struct mbx_userbuffer *user,
			  const struct mailbox_message *message,
			  unsigned int direction)
{
	struct iovec *pieces = user->fast;
	u32 count = message->iov_count;
	size_t total;
	int error;

	if (count > MAILBOX_IOV_MAX)
		return -EINVAL;
	if (count > MBX_IOV_FAST) {
		pieces = kmalloc_array(count, sizeof(*pieces),
				       GFP_KERNEL_ACCOUNT);
		if (!pieces)
			return -ENOMEM;
		user->pieces = pieces;
	}
	error = pieces_read(pieces, message->data, count, &total);
	if (error) {
		mbx_userbuffer_free(user);
		user->pieces = NULL;
		return error;
	}
	iov_iter_init(&user->iter, direction, pieces, count, total);
	user->buffer.base = NULL;
	user->buffer.iter = &user->iter;
	user->buffer.length = total;
	return 0;
}

int mbx_msgbuf_read(struct mbx_userbuffer *user,
		    const struct mailbox_message *message, u32 length)
{
	u64 data = message->data + mbx_msgbuf_type_size(message->flags);

	if ((message->flags != MAILBOX_MESSAGE_MSGBUF &&
	     message->flags != MAILBOX_MESSAGE_MSGBUF32) || message->iov_count)
		return -EINVAL;
	user->pieces = NULL;
	user->buffer.base = u64_to_user_ptr(data);
	if ((uintptr_t)user->buffer.base != data || data < message->data)
		return -EFAULT;
	user->buffer.iter = NULL;
	user->buffer.length = length;
	return 0;
}

int mbx_msgbuf_type_read(const struct mailbox_message *message, u64 *type)
{
	void __user *user = u64_to_user_ptr(message->data);
	s64 wide;
	s32 narrow;

	if (message->flags == MAILBOX_MESSAGE_MSGBUF) {
		if (copy_from_user(&wide, user, sizeof(wide)))
			return -EFAULT;
	} else {
		if (copy_from_user(&narrow, user, sizeof(narrow)))
			return -EFAULT;
		wide = narrow;
	}
	if (wide < 1)
		return -EINVAL;
	*type = wide;
	return 0;
}
