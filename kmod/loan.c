// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

#include "buffer.h"
#include "copy.h"
#include "loan.h"

/**
 * struct mbx_loan - a loan; constant once it is made
 * @length: bytes
 * @offset: where they begin in the first page
 * @lasting: the pages are pinned; else there is a reference to each
 * @count: pages
 * @pages: they
 */
struct mbx_loan {
	size_t length;
	unsigned int offset;
	bool lasting;
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

/* The list of pages takes single pages, too. */
static struct mbx_loan *loan_alloc(const struct mbx_buffer *buffer)
{
	const gfp_t flags = GFP_KERNEL_ACCOUNT | __GFP_NOWARN;
	size_t size = mbx_loan_bytes(buffer);

	return size > PAGE_SIZE ? __vmalloc(size, flags) : kmalloc(size, flags);
}

/*
 * Pages are pinned for as long as it may last.  For the time of a copy a reference
 * serves: they are only read, and a pin would first copy whatever page the sender
 * shares with a child of his.
 */
static int pages_get(unsigned long start, unsigned int count, bool lasting,
		     struct page **pages)
{
	return lasting ? pin_user_pages_fast(start, count, FOLL_LONGTERM, pages) :
			 get_user_pages_fast(start, count, 0, pages);
}

static void pages_put(struct mbx_loan *loan)
{
	unsigned int i;

	if (loan->lasting) {
		unpin_user_pages(loan->pages, loan->count);
		return;
	}
	for (i = 0; i < loan->count; i++)
		put_page(loan->pages[i]);
}

/* The calling task's pages; those that can be had are put into the loan. */
static bool loan_fill(struct mbx_loan *loan, unsigned long start,
		      unsigned int count)
{
	while (loan->count < count) {
		unsigned int want = min_t(unsigned int, CHUNK,
					  count - loan->count);
		int got = pages_get(start + loan->count * PAGE_SIZE, want,
				    loan->lasting, loan->pages + loan->count);

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
	loan = loan_alloc(buffer);
	if (!loan)
		return NULL;
	if (account_locked_vm(current->mm, count, true)) {
		kvfree(loan);
		return NULL;
	}
	loan->length = buffer->length;
	loan->offset = offset_in_page(buffer->base);
	loan->lasting = lasting;
	loan->count = 0;
	if (!loan_fill(loan, start, count)) {
		pages_put(loan);
		account_locked_vm(current->mm, count, false);
		kvfree(loan);
		return NULL;
	}
	pinned_count(count);
	return loan;
}

void mbx_loan_free(struct mbx_loan *loan)
{
	pages_put(loan);
	atomic64_sub(loan->count, &pages_now);
	account_locked_vm(current->mm, loan->count, false);
	kvfree(loan);
}

/* Where in a buffer the next bytes go. */
struct place {
	char __user *flat;	/* if not @iter */
	struct iov_iter *iter;
};

static bool page_write(struct page *page, unsigned int offset, size_t length,
		       struct place *to)
{
	char *from;
	bool done;

	if (to->iter)
		return copy_page_to_iter(page, offset, length, to->iter) ==
		       length;
	from = kmap_local_page(page);
	done = mbx_copy_out_checked(to->flat, from + offset, length);
	kunmap_local(from);
	to->flat += length;
	return done;
}

static bool pages_write(const struct mbx_loan *loan, size_t left,
			struct place *to)
{
	size_t offset = loan->offset;
	unsigned int i;

	for (i = 0; left; i++) {
		size_t part = min_t(size_t, left, PAGE_SIZE - offset);

		if (!page_write(loan->pages[i], offset, part, to))
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
	size_t length = min(loan->length, buffer->length);
	struct place to = { .flat = buffer->base };
	struct iov_iter iter;

	if (buffer->iter) {
		iter = *buffer->iter;
		to.iter = &iter;
	} else if (!access_ok(buffer->base, length)) {
		return false;
	}
	if (!pages_write(loan, length, &to))
		return false;
	mbx_loan_note(loan->length);
	return true;
}

void mbx_loan_read(const struct mbx_loan *loan, size_t at, void *to,
		   size_t length)
{
	at += loan->offset;
	while (length) {
		size_t offset = offset_in_page(at);
		size_t part = min_t(size_t, length, PAGE_SIZE - offset);

		memcpy_from_page(to, loan->pages[at >> PAGE_SHIFT], offset,
				 part);
		at += part;
		to += part;
		length -= part;
	}
}

size_t mbx_loan_length(const struct mbx_loan *loan)
{
	return loan->length;
}

void mbx_loan_note(size_t length)
{
	atomic64_inc(&loans_taken);
	atomic64_add(length, &loans_bytes);
}

void mbx_loan_count(struct mbx_loan_counts *counts)
{
	counts->loans = atomic64_read(&loans_taken);
	counts->bytes = atomic64_read(&loans_bytes);
	counts->pages = atomic64_read(&pages_now);
	counts->most = atomic64_read(&pages_most);
}
