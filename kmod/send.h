/* SPDX-License-Identifier: GPL-2.0-only */
/* Sending: one message, from a user's buffer into a mailbox or a receiver. */
#ifndef MBX_SEND_H
#define MBX_SEND_H

#include <linux/types.h>

#include "message.h"
#include "transfer.h"

/**
 * struct mbx_receipt - what the sender learns
 * @seq: the message's serial number
 * @received: it has been received, by @receiver, whose pid has a reference
 *	that the caller drops
 * @receiver: who received it
 */
struct mbx_receipt {
	u64 seq;
	bool received;
	struct mbx_identity receiver;
};

/**
 * mbx_send - send a message
 * @mailbox: where to
 * @letter: what
 * @terms: who, and how long it may wait
 * @sync: wait until it is received
 * @receipt: filled in on success
 *
 * Return: 0; else the message has not been sent: -EAGAIN, -ETIMEDOUT,
 * -ERESTARTSYS, -EIDRM, -EPIPE, -EMSGSIZE, -EDQUOT, -EUSERS, -EFAULT, -ENOMEM.
 */
int mbx_send(struct mbx_mailbox *mailbox, const struct mbx_letter *letter,
	     const struct mbx_terms *terms, bool sync,
	     struct mbx_receipt *receipt);

#endif /* MBX_SEND_H */
