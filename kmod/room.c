// SPDX-License-Identifier: GPL-2.0-only
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "buffer.h"
#include "compat.h"
#include "copy.h"
#include "loan.h"
#include "room.h"

/* Pages that are pinned at a time. */
#define CHUNK	32

void mbx_room_init(struct mbx_room *room, const struct mbx_buffer *buffer)
{
	room->mm = NULL;
	if (likely(!mbx_loan_worth(buffer)) ||
	    !access_ok(buffer->base, buffer->length))
		return;
	room->mm = current->mm;
	room->base = buffer->base;
	room->length = buffer->length;
}

bool mbx_room_worth(const struct mbx_room *room,
		    const struct mbx_buffer *reply)
{
	return room->mm && mbx_loan_worth(reply) &&
	       reply->length <= room->length &&
	       access_ok(reply->base, reply->length);
}

/* Pins pages that are there, can be written to, and are no file's. */
static unsigned int pages_pin(struct mm_struct *mm, unsigned long start,
			      unsigned int count, struct page **pages)
{
	long got, i;

	if (!mmap_read_trylock(mm))
		return 0;
	got = mbx_pin_remote(mm, start, count, FOLL_WRITE | FOLL_NOFAULT, pages);
	mmap_read_unlock(mm);
	for (i = 0; i < got; i++) {
		/* A file's can be locked for as long as its owner likes. */
		if (!folio_test_swapbacked(page_folio(pages[i]))) {
			unpin_user_pages(pages, got);
			return 0;
		}
	}
	return max(got, 0L);
}

static bool page_fill(struct page *page, unsigned int offset,
		      const char __user *from, size_t length)
{
	char *to = kmap_local_page(page);
	bool done;

	pagefault_disable();
	done = mbx_copy_in_checked(to + offset, from, length);
	pagefault_enable();
	kunmap_local(to);
	return done;
}

static size_t pages_fill(struct page **pages, unsigned int count,
			 unsigned int offset, const char __user *from,
			 size_t length)
{
	size_t done = 0;
	unsigned int i;

	for (i = 0; i < count; i++) {
		size_t part = min_t(size_t, length - done, PAGE_SIZE - offset);

		if (!page_fill(pages[i], offset, from + done, part))
			break;
		done += part;
		offset = 0;
	}
	return done;
}

/* The first bytes, as many as a chunk takes; 0: not to be had. */
static size_t chunk_write(struct mm_struct *mm, unsigned long to,
			  const char __user *from, size_t length)
{
	unsigned int offset = offset_in_page(to), count, got;
	struct page *pages[CHUNK];
	size_t done;

	length = min_t(size_t, length, CHUNK * PAGE_SIZE - offset);
	count = DIV_ROUND_UP(offset + length, PAGE_SIZE);
	got = pages_pin(mm, to - offset, count, pages);
	if (!got)
		return 0;
	done = got == count ? pages_fill(pages, count, offset, from, length) : 0;
	unpin_user_pages_dirty_lock(pages, got, true);
	return done == length ? done : 0;
}

bool mbx_room_write(const struct mbx_room *room,
		    const struct mbx_buffer *reply)
{
	unsigned long to = (unsigned long)room->base;
	const char __user *from = reply->base;
	size_t left = reply->length;

	while (left) {
		size_t part = chunk_write(room->mm, to, from, left);

		if (!part)
			return false;
		to += part;
		from += part;
		left -= part;
		cond_resched();
	}
	mbx_loan_note(reply->length);
	return true;
}
