/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What tells a POSIX message queue from other mailboxes. */
#ifndef MQ_FLAGS_H
#define MQ_FLAGS_H

#include <linux/mailbox.h>

/* What queues are made with; one that has been unlinked does not persist. */
#define QUEUE_FLAGS	(MAILBOX_CREATE_PERSIST | MAILBOX_CREATE_KEEP_BY_SENDERS | \
			 MAILBOX_CREATE_NO_SHARES | MAILBOX_CREATE_RANKED)

#endif /* MQ_FLAGS_H */
