/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What to say when an operation on a mailbox fails.
 */
#ifndef MAILBOXCTL_TROUBLE_H
#define MAILBOXCTL_TROUBLE_H

#include <stdint.h>

#include "address.h"
#include "error.h"

enum operation {
	TO_CREATE,
	TO_LOOK,
	TO_SEND,
	TO_RECEIVE,
	TO_DESTROY,
	TO_UNLINK,
	TO_SET,
	TO_CALL,
	TO_SERVE,
	TO_LISTEN,
	TO_CONNECT,
	TO_NOTIFY,
};

struct trouble {
	enum operation operation;
	int client;
	const struct address *address;	/* NULL: it has no name */
	size_t length;			/* of the message to be sent */
	uint32_t reason;		/* that a connection is refused for */
};

/*
 * Tell what -errno @error means here and what can be done, on stderr.
 * The exit code that goes with it.
 */
enum exit_code trouble_report(const struct trouble *trouble, int error);

#endif /* MAILBOXCTL_TROUBLE_H */
