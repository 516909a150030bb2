/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a mailbox is named on the command line.
 *
 *	id:N		its ID
 *	index:N		its index
 *	name:TEXT	its name, whatever TEXT looks like
 *	TEXT		its name
 *
 * Where messages are sent to or received from, processes have addresses, too:
 *
 *	pid:N		the process N's own mailbox
 *	pid:self	that of this command
 *	pidfd:N		the process of an inherited pidfd
 */
#ifndef MAILBOXCTL_ADDRESS_H
#define MAILBOXCTL_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <mailbox.h>

enum address_kind {
	ADDRESS_NAME,
	ADDRESS_ID,
	ADDRESS_INDEX,
	ADDRESS_PROCESS,
	ADDRESS_PIDFD,
};

struct address {
	enum address_kind kind;
	const char *name;	/* points into the argument */
	uint64_t id;
	uint32_t index;
	pid_t pid;
	int pidfd;
	char *shown;		/* fit for messages */
};

/* Understand @text, which names a mailbox, or end the program. */
void address_parse(struct address *address, const char *text);

/* The same for a process, too. */
void address_parse_any(struct address *address, const char *text);

bool address_is_process(const struct address *address);

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
