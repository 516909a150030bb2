/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A journal's memory: journal.c, answers.c. */
#ifndef MAILBOX_RPC_JOURNAL_H
#define MAILBOX_RPC_JOURNAL_H

#include "internal.h"

#define JOURNAL_MAGIC	UINT64_C(0x316c6e726a78626d)
#define JOURNAL_ALIGN	64
#define JOURNAL_PAD	8
#define JOURNAL_MAX	(UINT64_C(1) << 40)

/* Of the log, for the library's own piece: an answer's head. */
#define JOURNAL_OWN	(sizeof(struct journal_answer) + \
			 sizeof(struct journal_piece))

/**
 * struct journal_header - the beginning of a journal's memory
 * @magic: says that the rest is there; stored last
 * @length: bytes of all
 * @sizes: as given when it was made
 * @lock_size: of @lock: another C library may have another
 * @lock: held while something is changed
 * @used: bytes of the log that are valid
 */
struct journal_header {
	_Atomic uint64_t magic;
	uint64_t length;
	struct mailbox_rpc_journal_sizes sizes;
	uint64_t lock_size;
	pthread_mutex_t lock;
	_Alignas(JOURNAL_ALIGN) _Atomic uint64_t used;
};

/* Behind each piece of the log: offset and bytes of what was there. */
struct journal_piece {
	uint64_t where;
	uint64_t length;
};

/**
 * struct journal_answer - the last answer to a client; its bytes follow
 * @identity: of the client, as it says; 0: never used
 * @uid: its user, as the kernel says
 * @length: bytes that follow
 * @sequence: which call's
 * @deadline: the latest of all its calls; later it may be forgotten
 */
struct journal_answer {
	uint64_t identity;
	uint32_t uid;
	uint32_t length;
	uint64_t sequence;
	uint64_t deadline;
};

/* Offsets, and bytes of the log and of an answer. */
struct journal_layout {
	size_t log;
	size_t log_room;
	size_t state;
	size_t answers;
	size_t stride;
};

/**
 * struct mailbox_rpc_journal - a journal, in this process
 * @header: its memory
 * @layout: of that
 * @mapped: bytes to be unmapped at the end, or 0: it is the program's
 */
struct mailbox_rpc_journal {
	struct journal_header *header;
	struct journal_layout layout;
	size_t mapped;
};

#endif /* MAILBOX_RPC_JOURNAL_H */
