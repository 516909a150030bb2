/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Forwarding: who has received a call hands it to another receiver.
 *
 * The call stays in its mailbox, FORWARDED; its bytes go into a second call in
 * the other mailbox, for which nobody waits.  When that ends, a relay carries the
 * outcome back (up); when the first one ends before, a relay ends the second
 * (down).  Calls can be forwarded again, and relays then run one after the other.
 *
 *	first call: OPEN --forward--> FORWARDED --up--> ANSWERED or DEAD
 *	second call: (new) --> SENT --> OPEN --answer--> DEAD, its bytes in the relay
 *
 * Relays are made when a call is forwarded, so that ending one cannot fail, and
 * belong to the call until it ends (call.up, call.down).  Then they are put into
 * a struct mbx_after and run after unlocking, because no code holds the locks of
 * two mailboxes.  A relay that comes too late finds no call by its token, and goes.
 */
#ifndef MBX_FORWARD_H
#define MBX_FORWARD_H

#include <linux/types.h>

struct mbx_after;
struct mbx_mailbox;
struct mbx_message;
struct mbx_terms;

/**
 * struct mbx_relay - the end of a call, on its way to another mailbox
 * @next: the next one to run
 * @to: where to; a reference
 * @from: where from; a reference
 * @token: the call there; 0: none, it is only to be freed
 * @error: how it ended; 0: with @answer
 * @answer: the answered call, whose bytes are the reply; it stays for us
 */
struct mbx_relay {
	struct mbx_relay *next;
	struct mbx_mailbox *to;
	struct mbx_mailbox *from;
	u64 token;
	int error;
	struct mbx_message *answer;
};

/**
 * mbx_forward - hand a call to another receiver
 * @mailbox: its mailbox
 * @token: the call's
 * @to: the mailbox to go to
 * @terms: who does it
 *
 * Never waits: if there is no room the call does.
 *
 * Return: 0; else the token lives: -EIDRM, -EPIPE, -EBUSY, -EUSERS, -EMSGSIZE,
 * -EDQUOT, -ENOMEM; or -ESTALE.
 */
int mbx_forward(struct mbx_mailbox *mailbox, u64 token, struct mbx_mailbox *to,
		const struct mbx_terms *terms);

/* A call ends with @error, or with @answer: sends its relays off. */
void mbx_forward_end_locked(struct mbx_message *call, int error,
			    struct mbx_message *answer,
			    struct mbx_after *after);

/* It has been answered from where it was forwarded to: that is over. */
void mbx_forward_forget_locked(struct mbx_message *call,
			       struct mbx_after *after);

/* Runs the relays. */
void mbx_forward_run(struct mbx_after *after);

#endif /* MBX_FORWARD_H */
