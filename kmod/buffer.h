/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A user's buffer: one flat piece of memory, or an iov_iter over several.
 *
 * Copies into a message may fault and sleep.  Copies out of a message are made
 * with page faults disabled, because the message is claimed meanwhile and a
 * fault could be made to take for ever; whoever copies out faults the buffer in
 * when that fails, with no claim in hand, and tries again.
 */
#ifndef MBX_BUFFER_H
#define MBX_BUFFER_H

#include <linux/types.h>
#include <linux/uio.h>

struct mbx_loan;

/**
 * struct mbx_buffer - a user's buffer
 * @base: its address, if there is no @iter
 * @iter: its pieces; not moved by the functions here
 * @length: bytes
 */
struct mbx_buffer {
	void __user *base;
	struct iov_iter *iter;
	size_t length;
};

/**
 * struct mbx_cursor - a position in a buffer, for copying piece by piece
 * @base: the rest of a flat buffer
 * @flat: it is one
 * @loan: else lent bytes, or NULL
 * @at: how many of these are behind it
 * @iter: else the rest of any other
 */
struct mbx_cursor {
	void __user *base;
	bool flat;
	const struct mbx_loan *loan;
	size_t at;
	struct iov_iter iter;
};

void mbx_cursor_init(struct mbx_cursor *cursor,
		     const struct mbx_buffer *buffer);

/* In lent bytes, which can be read only, and without a fault. */
void mbx_cursor_init_lent(struct mbx_cursor *cursor,
			  const struct mbx_loan *loan);

/* Both move on by @length and are false on a fault. */
bool mbx_cursor_read(struct mbx_cursor *cursor, void *to, size_t length);
bool mbx_cursor_write(struct mbx_cursor *cursor, const void *from,
		      size_t length);

/* Makes the first @length bytes writable.  0, or -EFAULT if they cannot be. */
int mbx_buffer_fault_in(const struct mbx_buffer *buffer, size_t length);

#endif /* MBX_BUFFER_H */
