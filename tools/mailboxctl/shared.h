/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sections on the command line: a name, name:NAME, or id:NUMBER.
 */
#ifndef MAILBOXCTL_SHARED_H
#define MAILBOXCTL_SHARED_H

#include <stdint.h>

/* A descriptor with @rights (MAILBOX_SECTION_*), or -errno. */
int shared_open(int client, const char *text, uint32_t rights);

/* Say why @what ("look at") failed with @error; the exit status. */
int shared_trouble(const char *what, const char *text, int error);

/*
 * Call @each with the ID of every section that the caller may read or owns; ends
 * the program if they cannot be listed.
 */
void shared_each(int client, void (*each)(int client, uint64_t id, void *context),
		 void *context);

#endif /* MAILBOXCTL_SHARED_H */
