/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A loan: the bytes of a long message, where the sender has them.
 *
 * A sender who waits until his message is received need not have it copied twice:
 * his pages are held, and the receiver copies from them.  The sender takes hold of
 * pages of his own, before the message can be found, and lets go of them when his
 * wait has ended, be it that the message was received or is no more; from then on
 * nobody looks at the message's bytes.  The receiver touches no memory that could
 * make him wait for the sender.  What the sender, in another thread, does to the
 * buffer meanwhile is his own affair: to write there changes what is received, to
 * unmap or to die does not.
 *
 * Its pages count as locked memory of the sender's (RLIMIT_MEMLOCK), and are as many
 * as the longest message has.  If it cannot be had, the message is copied.
 */
#ifndef MBX_LOAN_H
#define MBX_LOAN_H

#include <linux/sizes.h>
#include <linux/types.h>

#include "buffer.h"

struct mbx_loan;

/* From this length on it costs less than to copy twice (measured). */
#define MBX_LOAN_LEAST	(16 << 10)

/* Is a message like this worth it?  One in pieces never is. */
static inline bool mbx_loan_worth(const struct mbx_buffer *buffer)
{
	return buffer->length >= MBX_LOAN_LEAST && !buffer->iter;
}

/* What a loan of this buffer occupies in the kernel (bytes). */
size_t mbx_loan_bytes(const struct mbx_buffer *buffer);

/**
 * mbx_loan_take - take the calling task's buffer
 * @buffer: flat
 * @lasting: nobody knows for how long; else for the time of a copy
 *
 * Return: the loan; NULL: it cannot be had.
 */
struct mbx_loan *mbx_loan_take(const struct mbx_buffer *buffer, bool lasting);

/* Gives it back; by the task that took it. */
void mbx_loan_free(struct mbx_loan *loan);

/* Copies it, or what fits of it, to @buffer; false on a fault. */
bool mbx_loan_write(const struct mbx_loan *loan,
		    const struct mbx_buffer *buffer);

/* Copies some of it, from @at on, into the kernel. */
void mbx_loan_read(const struct mbx_loan *loan, size_t at, void *to,
		   size_t length);

size_t mbx_loan_length(const struct mbx_loan *loan);

/* So many bytes have been copied once: for the count below. */
void mbx_loan_note(size_t length);

/* For debugfs: loans so far, bytes so copied once, pages pinned now and at most. */
struct mbx_loan_counts {
	u64 loans;
	u64 bytes;
	u64 pages;
	u64 most;
};

void mbx_loan_count(struct mbx_loan_counts *counts);

#endif /* MBX_LOAN_H */
