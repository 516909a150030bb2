// SPDX-License-Identifier: GPL-2.0-only
/*
 * All mailboxes that the caller may see: LIST, then STAT of each.  One that
 * ends in between is left out.
 */
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "snapshot.h"

#define IDS_AT_ONCE 256

static struct mailbox_stat *next_place(struct snapshot *snapshot, size_t *room)
{
	if (snapshot->count == *room) {
		*room = 2 * *room + 16;
		snapshot->stats = reallocarray(snapshot->stats, *room,
					       sizeof(*snapshot->stats));
		if (!snapshot->stats)
			die(EXIT_FAIL, "out of memory");
	}
	return &snapshot->stats[snapshot->count];
}

static int by_id(const void *left, const void *right)
{
	const struct mailbox_stat *a = left, *b = right;

	return (a->id > b->id) - (a->id < b->id);
}

void snapshot_take(struct snapshot *snapshot, int client)
{
	uint64_t ids[IDS_AT_ONCE];
	uint64_t cursor = 0;
	size_t room = 0;
	ssize_t got, i;

	memset(snapshot, 0, sizeof(*snapshot));
	do {
		got = mailbox_list(client, &cursor, ids, IDS_AT_ONCE);
		if (got < 0)
			die(EXIT_FAIL, "cannot list the mailboxes: %s",
			    strerror((int)-got));
		for (i = 0; i < got; i++)
			if (!mailbox_stat(client, ids[i],
					  next_place(snapshot, &room)))
				snapshot->count++;
	} while (got == IDS_AT_ONCE);
	if (snapshot->count)
		qsort(snapshot->stats, snapshot->count,
		      sizeof(*snapshot->stats), by_id);
}

void snapshot_end(struct snapshot *snapshot)
{
	free(snapshot->stats);
	memset(snapshot, 0, sizeof(*snapshot));
}
