// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pagemap.h>
#include <linux/uaccess.h>

#include "buffer.h"
#include "loan.h"

void mbx_cursor_init(struct mbx_cursor *cursor, const struct mbx_buffer *buffer)
{
	cursor->flat = !buffer->iter;
	if (cursor->flat) {
		cursor->base = buffer->base;
		return;
	}
	cursor->loan = NULL;
	cursor->iter = *buffer->iter;
}

void mbx_cursor_init_lent(struct mbx_cursor *cursor,
			  const struct mbx_loan *loan)
{
	cursor->flat = false;
	cursor->loan = loan;
	cursor->at = 0;
}

/* Lent, or in pieces. */
static bool cursor_read(struct mbx_cursor *cursor, void *to, size_t length)
{
	if (!cursor->loan)
		return copy_from_iter(to, length, &cursor->iter) == length;
	mbx_loan_read(cursor->loan, cursor->at, to, length);
	cursor->at += length;
	return true;
}

bool mbx_cursor_read(struct mbx_cursor *cursor, void *to, size_t length)
{
	if (!cursor->flat)
		return cursor_read(cursor, to, length);
	if (copy_from_user(to, cursor->base, length))
		return false;
	cursor->base += length;
	return true;
}

bool mbx_cursor_write(struct mbx_cursor *cursor, const void *from,
		      size_t length)
{
	if (!cursor->flat)
		return copy_to_iter(from, length, &cursor->iter) == length;
	if (copy_to_user(cursor->base, from, length))
		return false;
	cursor->base += length;
	return true;
}

int mbx_buffer_fault_in(const struct mbx_buffer *buffer, size_t length)
{
	size_t left;

	if (buffer->iter)
		left = fault_in_iov_iter_writeable(buffer->iter, length);
	else
		left = fault_in_safe_writeable(buffer->base, length);
	return left ? -EFAULT : 0;
}
