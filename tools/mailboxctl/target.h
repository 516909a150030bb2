/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where messages go to or come from: a mailbox by a handle, or a process by a
 * client.
 */
#ifndef MAILBOXCTL_TARGET_H
#define MAILBOXCTL_TARGET_H

#include <stdint.h>

#include <mailbox.h>

#include "address.h"

struct target {
	int fd;			/* a handle, or a client */
	int pidfd;		/* else -1 */
	uint64_t id;
	uint32_t flags;		/* MAILBOX_TO_PROCESS */
};

/* To send to or call; 0 or -errno. */
int target_to(struct target *target, const struct address *address, int client);

/* End the program if that is a process, and another one. */
void target_require_own(const struct address *address);

/* To receive from; MAILBOX_HANDLE_* in @options.  0 or -errno. */
int target_from(struct target *target, const struct address *address,
		int client, uint32_t options);

/* mailbox_send_with() and mailbox_call_with(), with flags of their own. */
int target_send(const struct target *target, struct mailbox_send *send);
ssize_t target_call(const struct target *target, struct mailbox_call *call);

#endif /* MAILBOXCTL_TARGET_H */
