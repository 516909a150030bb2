/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is shown of a mailbox.
 */
#ifndef MAILBOXCTL_DESCRIBE_H
#define MAILBOXCTL_DESCRIBE_H

#include <stdbool.h>
#include <stddef.h>

#include <mailbox.h>

struct json_object;

/* Its name, fit for a terminal, or "-"; the caller frees it. */
char *describe_name(const struct mailbox_stat *stat);

/* "3/16", "3", or "rendezvous"; the caller frees it. */
char *describe_holds(const struct mailbox_stat *stat);

/* All of it, as lines. */
void describe_print(const struct mailbox_stat *stat);

/* All of it, as a JSON object. */
struct json_object *describe_json(const struct mailbox_stat *stat);

/* Some mailboxes as a table. */
void describe_table(const struct mailbox_stat *stats, size_t count,
		    bool details);

#endif /* MAILBOXCTL_DESCRIBE_H */
