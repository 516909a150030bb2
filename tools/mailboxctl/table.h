/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A table with aligned columns for people to read.
 */
#ifndef MAILBOXCTL_TABLE_H
#define MAILBOXCTL_TABLE_H

#include <stdbool.h>
#include <stdio.h>

struct table;

struct column {
	const char *title;
	bool right;	/* numbers: aligned to the right */
};

struct table *table_new(const struct column *columns, size_t count);
void table_free(struct table *table);

/* Add the next cell, row by row; the table owns @text from now on. */
void table_cell(struct table *table, char *text);

void table_print(const struct table *table, FILE *out);

#endif /* MAILBOXCTL_TABLE_H */
