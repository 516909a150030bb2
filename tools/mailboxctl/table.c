// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table with aligned columns.  Cells are collected first, since a column is
 * as wide as its widest cell.
 */
#include <stdlib.h>

#include "error.h"
#include "table.h"
#include "text.h"

struct table {
	const struct column *columns;
	size_t column_count;
	char **cells;
	size_t cell_count;
	size_t room;
};

struct table *table_new(const struct column *columns, size_t count)
{
	struct table *table = calloc(1, sizeof(*table));

	if (!table)
		die(EXIT_FAIL, "out of memory");
	table->columns = columns;
	table->column_count = count;
	return table;
}

void table_free(struct table *table)
{
	size_t i;

	for (i = 0; i < table->cell_count; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}

void table_cell(struct table *table, char *text)
{
	if (table->cell_count == table->room) {
		table->room = 2 * table->room + 64;
		table->cells = reallocarray(table->cells, table->room,
					    sizeof(*table->cells));
		if (!table->cells)
			die(EXIT_FAIL, "out of memory");
	}
	table->cells[table->cell_count++] = text;
}

static size_t column_width(const struct table *table, size_t column)
{
	size_t width = text_width(table->columns[column].title);
	size_t cell, i;

	for (i = column; i < table->cell_count; i += table->column_count) {
		cell = text_width(table->cells[i]);
		if (cell > width)
			width = cell;
	}
	return width;
}

static void print_cell(const struct table *table, size_t column,
		       const char *text, size_t width, FILE *out)
{
	bool last = column + 1 == table->column_count;
	int pad = (int)(width - text_width(text));

	if (table->columns[column].right)
		fprintf(out, "%*s%s", pad, "", text);
	else
		fprintf(out, "%s%*s", text, last ? 0 : pad, "");
	fputs(last ? "\n" : "  ", out);
}

void table_print(const struct table *table, FILE *out)
{
	size_t count = table->column_count;
	size_t *widths = calloc(count, sizeof(*widths));
	size_t i;

	if (!widths)
		die(EXIT_FAIL, "out of memory");
	for (i = 0; i < count; i++)
		widths[i] = column_width(table, i);
	for (i = 0; i < count; i++)
		print_cell(table, i, table->columns[i].title, widths[i], out);
	for (i = 0; i < table->cell_count; i++)
		print_cell(table, i % count, table->cells[i],
			   widths[i % count], out);
	free(widths);
}
