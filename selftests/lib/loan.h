/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is copied once, as debugfs counts it.
 */
#ifndef SELFTESTS_LIB_LOAN_H
#define SELFTESTS_LIB_LOAN_H

#include "test.h"

/* The count of this name, which ends with a space; -1 if it cannot be read. */
static inline long long mb_loans(const char *name)
{
	char text[256], *line;

	if (mb_read_file("/sys/kernel/debug/mailbox_ipc/loans", text,
			 sizeof(text)) < 0)
		return -1;
	line = strstr(text, name);
	return line ? strtoll(line + strlen(name), NULL, 10) : -1;
}

#define mb_need_loans() do {						\
	if (mb_loans("loans ") < 0)					\
		SKIP(return, "needs root and debugfs");			\
} while (0)

#endif /* SELFTESTS_LIB_LOAN_H */
