/* SPDX-License-Identifier: GPL-2.0-only */
/* What a handle is ready for. */
#ifndef MBX_POLL_H
#define MBX_POLL_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct mbx_inbox;
struct mbx_mailbox;

/**
 * mbx_poll_mask - the EPOLL* that hold now
 * @mailbox: the mailbox
 * @inbox: where the handle receives
 * @rights: the handle's rights
 * @eof: it gives up when there are no senders
 * @opener: the user who opened it, for whom there must be room
 */
__poll_t mbx_poll_mask(struct mbx_mailbox *mailbox, struct mbx_inbox *inbox,
		       u32 rights, bool eof, kuid_t opener);

/* Whoever could receive there, has it something for him? */
bool mbx_poll_readable_locked(struct mbx_mailbox *mailbox,
			      struct mbx_inbox *inbox);

/* Whoever could send, has it room for this user?  If it is full he waits for that. */
bool mbx_poll_writable_locked(struct mbx_mailbox *mailbox, kuid_t sender);

#endif /* MBX_POLL_H */
