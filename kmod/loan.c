// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "buffer.h"
#include "loan.h"

/**
 * struct mbx_loan - a loan; constant once it is made
 * @length: bytes
 * @offset: where they begin in the first page
 * @count: pages
 * @pages: pinned
 */
struct mbx_loan {
	size_t length;
	unsigned int offset;
	unsigned int count;
	struct page *pages[];
};

/* Pages pinned at a time: a signal is seen in between. */
#define CHUNK	64

static atomic64_t loans_taken, loans_bytes, pages_now, pages_most;

static unsigned int page_count_of(const struct mbx_buffer *buffer)
{
	return DIV_ROUND_UP(offset_in_page(buffer->base) + buffer->length,
			    PAGE_SIZE);
}

size_t mbx_loan_bytes(const struct mbx_buffer *buffer)
{
	return struct_size_t(struct mbx_loan, pages, page_count_of(buffer));
}

static void pinned_count(unsigned int pages)
{
	s64 now = atomic64_add_return(pages, &pages_now);
	s64 most = atomic64_read(&pages_most);

	while (now > most && !atomic64_try_cmpxchg(&pages_most, &most, now))
		;
}

/* The calling task's pages, as many as can be had; they are only read. */
static bool pages_pin(struct mbx_loan *loan, unsigned long start,
		      unsigned int count, unsigned int flags)
{
	while (loan->count < count) {
		unsigned int want = min_t(unsigned int, CHUNK,
					  count - loan->count);
		int got = pin_user_pages_fast(start + loan->count * PAGE_SIZE,
					      want, flags,
					      loan->pages + loan->count);

		if (got <= 0)
			return false;
		loan->count += got;
		if (fatal_signal_pending(current))
			return false;
	}
	return true;
}

struct mbx_loan *mbx_loan_take(const struct mbx_buffer *buffer, bool lasting)
{
	unsigned long start = (unsigned long)buffer->base & PAGE_MASK;
	unsigned int count = page_count_of(buffer);
	struct mbx_loan *loan;

	if (!access_ok(buffer->base, buffer->length))
		return NULL;
	loan = kmalloc(struct_size(loan, pages, count),
		       GFP_KERNEL_ACCOUNT | __GFP_NOWARN);
	if (!loan)
		return NULL;
	if (account_locked_vm(current->mm, count, true)) {
		kfree(loan);
		return NULL;
	}
	loan->length = buffer->length;
	loan->offset = offset_in_page(buffer->base);
	loan->count = 0;
	if (!pages_pin(loan, start, count, lasting ? FOLL_LONGTERM : 0)) {
		unpin_user_pages(loan->pages, loan->count);
		account_locked_vm(current->mm, count, false);
		kfree(loan);
		return NULL;
	}
	pinned_count(count);
	return loan;
}

void mbx_loan_free(struct mbx_loan *loan)
{
	unpin_user_pages(loan->pages, loan->count);
	atomic64_sub(loan->count, &pages_now);
	account_locked_vm(current->mm, loan->count, false);
	kfree(loan);
}

static bool pages_write(const struct mbx_loan *loan, struct iov_iter *iter)
{
	size_t left = min(loan->length, iov_iter_count(iter));
	size_t offset = loan->offset;
	unsigned int i;

	for (i = 0; left; i++) {
		size_t part = min_t(size_t, left, PAGE_SIZE - offset);

		if (copy_page_to_iter(loan->pages[i], offset, part, iter) !=
		    part)
			return false;
		left -= part;
		offset = 0;
		cond_resched();
	}
	return true;
}

bool mbx_loan_write(const struct mbx_loan *loan,
		    const struct mbx_buffer *buffer)
{
	struct iovec flat = { buffer->base, buffer->length };
	struct iov_iter iter;

	if (buffer->iter)
		iter = *buffer->iter;
	else if (access_ok(flat.iov_base, flat.iov_len))
		iov_iter_init(&iter, ITER_DEST, &flat, 1, flat.iov_len);
	else
		return false;
	if (!pages_write(loan, &iter))
		return false;
	atomic64_inc(&loans_taken);
	atomic64_add(loan->length, &loans_bytes);
	return true;
}

void mbx_loan_count(struct mbx_loan_counts *counts)
{
	counts->loans = atomic64_read(&loans_taken);
	counts->bytes = atomic64_read(&loans_bytes);
	counts->pages = atomic64_read(&pages_now);
	counts->most = atomic64_read(&pages_most);
}
