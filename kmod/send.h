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

/**
 * mbx_send_begin - send a message, for a command
 * @mailbox: where to
 * @letter: what
 * @terms: who, and whether it may wait
 * @sync: wait until it is received
 * @sender: to wait with
 * @wake: tells the command that @sender's waiter is finished
 * @receipt: filled in on success; its @seq at once
 *
 * Return: as mbx_send(); or -EIOCBQUEUED, and mbx_send_step() is due when the
 * command is told or gives up.
 */
int mbx_send_begin(struct mbx_mailbox *mailbox, const struct mbx_letter *letter,
		   const struct mbx_terms *terms, bool sync,
		   struct mbx_sender *sender,
		   void (*wake)(struct mbx_waiter *waiter),
		   struct mbx_receipt *receipt);

/* With @woken it has been told; else with @error it gives up.  Likewise. */
int mbx_send_step(struct mbx_mailbox *mailbox, const struct mbx_letter *letter,
		  const struct mbx_terms *terms, struct mbx_sender *sender,
		  bool woken, int error, struct mbx_receipt *receipt);

#endif /* MBX_SEND_H */
