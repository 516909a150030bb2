/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a mailbox is named on the command line.
 *
 *	id:N		its ID
 *	index:N		its index
 *	name:TEXT	its name, whatever TEXT looks like
 *	TEXT		its name
 */
#ifndef MAILBOXCTL_ADDRESS_H
#define MAILBOXCTL_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include <mailbox.h>

enum address_kind {
	ADDRESS_NAME,
	ADDRESS_ID,
	ADDRESS_INDEX,
};

struct address {
	enum address_kind kind;
	const char *name;	/* points into the argument */
	uint64_t id;
	uint32_t index;
	char *shown;		/* fit for messages */
};

/* Understand @text, or end the program. */
void address_parse(struct address *address, const char *text);

void address_end(struct address *address);

/* A handle with @rights, or -errno. */
int address_open(const struct address *address, int client, uint32_t rights,
		 uint32_t handle_flags);

/* The ID of a mailbox that may be used with one of @rights; 0 or -errno. */
int address_find(const struct address *address, int client, uint32_t rights,
		 uint64_t *id);

/* STAT with whatever right the caller may have; 0 or -errno. */
int address_stat(const struct address *address, int client,
		 struct mailbox_stat *stat);

bool address_matches(const struct address *address,
		     const struct mailbox_stat *stat);

/*
 * An address of this mailbox that can be given back to mailboxctl: its name,
 * or if that cannot be typed id:N.  The caller frees it.
 */
char *address_of(const struct mailbox_stat *stat);

#endif /* MAILBOXCTL_ADDRESS_H */
