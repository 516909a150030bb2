/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Claims: which processes may use an EXCLUSIVE or PAIR mailbox.
 *
 * A process claims a place at first use and keeps it until RELEASE, until it
 * closes its last descriptor of the file it was made through, or until it dies
 * (process.h).  A dead claimant that went unseen is found out by the next one who
 * wants the place.
 */
#ifndef MBX_POLICY_H
#define MBX_POLICY_H

#include <linux/types.h>

#include <linux/mailbox.h>

#include "mailbox.h"

struct pid;

/* Do claims exist for this mailbox at all? */
static inline bool mbx_policy_claims(const struct mbx_mailbox *mailbox)
{
	return mailbox->policy == MAILBOX_POLICY_EXCLUSIVE ||
	       mailbox->policy == MAILBOX_POLICY_PAIR;
}

/* Behind the next, for a mailbox with claims. */
int mbx_policy_claim_place_locked(struct mbx_mailbox *mailbox, const void *via,
				  bool sending);

/**
 * mbx_policy_claim_locked - let the calling process use the mailbox
 * @mailbox: the mailbox
 * @via: the open file it comes through
 * @sending: to send, else to receive
 *
 * Return: 0; -EBUSY EXCLUSIVE and another's; -EUSERS PAIR and two others'.
 */
static inline int mbx_policy_claim_locked(struct mbx_mailbox *mailbox,
					  const void *via, bool sending)
{
	return mbx_policy_claims(mailbox) ?
	       mbx_policy_claim_place_locked(mailbox, via, sending) : 0;
}

/* Could the calling process claim a place, or has it one? */
bool mbx_policy_admits_locked(struct mbx_mailbox *mailbox, bool sending);

/* End the claims of @process through @via (NULL: any); were there any? */
bool mbx_policy_release_locked(struct mbx_mailbox *mailbox,
			       const struct pid *process, const void *via);

#endif /* MBX_POLICY_H */
