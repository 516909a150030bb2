// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Journals: memory that changes all at once or not at all.
 *
 * The memory is a header, the log, the program's state, the answers.  Before
 * something is overwritten, what was there goes into the log: its bytes, padded, and
 * behind them where they belong, so that the log is read from its end.  The header's
 * @used says how much of the log is valid.  A change is committed by storing 0
 * there, and undone by putting everything back, last things first, and then
 * storing 0: who dies while undoing leaves the log, and the next one undoes again.
 *
 * Log protocol: an entry is complete before @used covers it (release), and @used
 * covers it before the piece is overwritten.  It is a process that may die, not the
 * machine: what it has stored is seen, in the order in which it stored it, so what
 * has to be kept in order is the compiler.
 *
 * The lock is in the memory, too, and robust: if its owner died, whoever gets it
 * next is told, and undoes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "internal.h"
#include "journal.h"

static size_t round_up(size_t value, size_t to)
{
	return (value + to - 1) & ~(to - 1);
}

/* Where things are; 0: too many bytes. */
static size_t lay_out(struct journal_layout *layout,
		      const struct mailbox_rpc_journal_sizes *sizes)
{
	uint64_t end = round_up(sizeof(struct journal_header), JOURNAL_ALIGN);

	layout->log = (size_t)end;
	layout->log_room = round_up(sizes->log, JOURNAL_PAD) + JOURNAL_OWN;
	end += round_up(layout->log_room, JOURNAL_ALIGN);
	layout->state = (size_t)end;
	end += round_up(sizes->state, JOURNAL_ALIGN);
	layout->answers = (size_t)end;
	layout->stride = round_up(sizeof(struct journal_answer) + sizes->answer,
				  JOURNAL_PAD);
	if (sizes->answers &&
	    layout->stride > (JOURNAL_MAX - end) / sizes->answers)
		return 0;
	end += (uint64_t)layout->stride * sizes->answers;
	return end > JOURNAL_MAX ? 0 : (size_t)end;
}

size_t mailbox_rpc_journal_bytes(const struct mailbox_rpc_journal_sizes *sizes)
{
	struct journal_layout layout;

	return lay_out(&layout, sizes);
}

static int lock_init(struct journal_header *header)
{
	pthread_mutexattr_t attr;
	int error;

	error = pthread_mutexattr_init(&attr);
	if (error)
		return -error;
	pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	error = pthread_mutex_init(&header->lock, &attr);
	pthread_mutexattr_destroy(&attr);
	return -error;
}

/* Who dies in here leaves no magic number, and the next one begins again. */
static int header_make(struct journal_header *header, size_t length,
		       const struct mailbox_rpc_journal_sizes *sizes)
{
	int error = lock_init(header);

	if (error)
		return error;
	header->sizes = *sizes;
	header->length = length;
	header->lock_size = sizeof(header->lock);
	atomic_store(&header->used, 0);
	atomic_store(&header->magic, JOURNAL_MAGIC);
	return 0;
}

static int header_check(const struct journal_header *header, size_t length,
			const struct mailbox_rpc_journal_sizes *sizes)
{
	if (atomic_load(&header->magic) != JOURNAL_MAGIC ||
	    header->length != length ||
	    header->lock_size != sizeof(header->lock) ||
	    memcmp(&header->sizes, sizes, sizeof(*sizes)) != 0)
		return -EILSEQ;
	return 0;
}

/* Puts everything back; false: the log is not one. */
static bool undo(struct mailbox_rpc_journal *journal)
{
	struct journal_header *header = journal->header;
	uint64_t used = atomic_load_explicit(&header->used,
					     memory_order_acquire);
	char *base = (char *)header;
	char *log = base + journal->layout.log;

	if (used > journal->layout.log_room || used % JOURNAL_PAD)
		return false;
	while (used) {
		struct journal_piece piece;
		size_t padded;

		memcpy(&piece, log + used - sizeof(piece), sizeof(piece));
		padded = round_up(piece.length, JOURNAL_PAD);
		if (padded > used - sizeof(piece) ||
		    piece.where < journal->layout.state ||
		    piece.where > header->length ||
		    piece.length > header->length - piece.where)
			return false;
		used -= sizeof(piece) + padded;
		memcpy(base + piece.where, log + used, piece.length);
	}
	atomic_store_explicit(&header->used, 0, memory_order_release);
	return true;
}

void rpc_journal_undo(struct mailbox_rpc_journal *journal)
{
	undo(journal);
}

int mailbox_rpc_journal_begin(struct mailbox_rpc_journal *journal)
{
	int error = pthread_mutex_lock(&journal->header->lock);

	if (error == EOWNERDEAD)
		error = pthread_mutex_consistent(&journal->header->lock);
	if (error)
		return -error;
	/* Nothing is left of a change but by one who died in it. */
	if (undo(journal))
		return 0;
	pthread_mutex_unlock(&journal->header->lock);
	return -EILSEQ;
}

void mailbox_rpc_journal_commit(struct mailbox_rpc_journal *journal)
{
	atomic_store_explicit(&journal->header->used, 0, memory_order_release);
	pthread_mutex_unlock(&journal->header->lock);
}

void mailbox_rpc_journal_abort(struct mailbox_rpc_journal *journal)
{
	undo(journal);
	pthread_mutex_unlock(&journal->header->lock);
}

int rpc_journal_touch(struct mailbox_rpc_journal *journal, const void *where,
		      size_t length)
{
	struct journal_header *header = journal->header;
	uint64_t used = atomic_load_explicit(&header->used,
					     memory_order_relaxed);
	char *log = (char *)header + journal->layout.log + used;
	size_t padded = round_up(length, JOURNAL_PAD);
	struct journal_piece piece = {
		.where = (uint64_t)((const char *)where - (char *)header),
		.length = length,
	};

	if (padded + sizeof(piece) > journal->layout.log_room - used)
		return -ENOSPC;
	memcpy(log, where, length);
	memcpy(log + padded, &piece, sizeof(piece));
	atomic_store_explicit(&header->used, used + padded + sizeof(piece),
			      memory_order_release);
	/* Log protocol: what follows must not be moved before it. */
	atomic_signal_fence(memory_order_seq_cst);
	return 0;
}

int mailbox_rpc_journal_touch(struct mailbox_rpc_journal *journal, void *where,
			      size_t length)
{
	size_t used = atomic_load_explicit(&journal->header->used,
					   memory_order_relaxed);
	char *state = mailbox_rpc_journal_state(journal);
	size_t room = journal->header->sizes.state;
	size_t offset = (size_t)((char *)where - state);

	if ((char *)where < state || offset > room || length > room - offset)
		return -EINVAL;
	/* What the library needs for the answer is not the program's. */
	if (round_up(length, JOURNAL_PAD) + sizeof(struct journal_piece) +
	    used + JOURNAL_OWN > journal->layout.log_room)
		return -ENOSPC;
	return rpc_journal_touch(journal, where, length);
}

void *mailbox_rpc_journal_state(struct mailbox_rpc_journal *journal)
{
	return (char *)journal->header + journal->layout.state;
}

void *rpc_journal_memory(const struct mailbox_rpc_journal *journal,
			 size_t *length)
{
	*length = journal->header->length;
	return journal->header;
}

static int journal_new(struct journal_header *header,
		       struct mailbox_rpc_journal **journal)
{
	*journal = calloc(1, sizeof(**journal));
	if (!*journal)
		return -ENOMEM;
	(*journal)->header = header;
	lay_out(&(*journal)->layout, &header->sizes);
	return 0;
}

static int recover(struct mailbox_rpc_journal *journal)
{
	int error = mailbox_rpc_journal_begin(journal);

	if (!error)
		mailbox_rpc_journal_commit(journal);
	return error;
}

int mailbox_rpc_journal_open(void *memory, size_t length,
			     const struct mailbox_rpc_journal_sizes *sizes,
			     struct mailbox_rpc_journal **journal)
{
	struct journal_header *header = memory;
	size_t needed = mailbox_rpc_journal_bytes(sizes);
	int error;

	if (!needed || !memory || (uintptr_t)memory % JOURNAL_ALIGN ||
	    length < needed)
		return -EINVAL;
	error = atomic_load(&header->magic) ?
			header_check(header, needed, sizes) :
			header_make(header, needed, sizes);
	if (error)
		return error;
	error = journal_new(header, journal);
	if (error)
		return error;
	error = recover(*journal);
	if (error)
		mailbox_rpc_journal_close(*journal);
	return error;
}

int rpc_journal_open_copy(void *memory, size_t length,
			  struct mailbox_rpc_journal **journal)
{
	struct journal_header *header = memory;
	struct mailbox_rpc_journal_sizes sizes;
	int error;

	if (length < sizeof(*header))
		return -EILSEQ;
	sizes = header->sizes;
	if (mailbox_rpc_journal_bytes(&sizes) != length)
		return -EILSEQ;
	error = header_check(header, length, &sizes);
	if (error)
		return error;
	error = lock_init(header);
	if (error)
		return error;
	return mailbox_rpc_journal_open(memory, length, &sizes, journal);
}

void mailbox_rpc_journal_close(struct mailbox_rpc_journal *journal)
{
	if (journal && journal->mapped)
		munmap(journal->header, journal->mapped);
	free(journal);
}
