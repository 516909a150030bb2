/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * All mailboxes that the caller may see, at one moment.
 */
#ifndef MAILBOXCTL_SNAPSHOT_H
#define MAILBOXCTL_SNAPSHOT_H

#include <stddef.h>

#include <mailbox.h>

struct snapshot {
	struct mailbox_stat *stats;	/* by ID */
	size_t count;
};

/* Ends the program if it cannot. */
void snapshot_take(struct snapshot *snapshot, int client);

void snapshot_end(struct snapshot *snapshot);

#endif /* MAILBOXCTL_SNAPSHOT_H */
