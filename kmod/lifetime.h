/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handles come and go, mailboxes end, claims end; and what each means for those
 * who wait.
 *
 * When a mailbox dies, @dead is set in the critical section that found it
 * destroyed or abandoned.  Nothing is added from then on, and what is in it is
 * taken out a few pieces at a time, each one found, unlinked and answered
 * within one critical section.  A message that is being received at that
 * moment is received.  (In the model: lifetime_destroy.)
 */
#ifndef MBX_LIFETIME_H
#define MBX_LIFETIME_H

#include <linux/types.h>

struct mbx_inbox;
struct mbx_mailbox;
struct pid;

/**
 * mbx_lifetime_attach - a handle is made
 * @mailbox: to this mailbox
 * @rights: its MAILBOX_RIGHT_*
 * @inbox: its own inbox if the policy is ALL and @rights has RECEIVE, else NULL
 *
 * Return: 0; -EIDRM if the mailbox is dead; -EUSERS if it has as many inboxes as
 * it may have.
 */
int mbx_lifetime_attach(struct mbx_mailbox *mailbox, u32 rights,
			struct mbx_inbox *inbox);

/* Destroys the mailbox.  0, or the error if it is dead already. */
int mbx_lifetime_destroy(struct mbx_mailbox *mailbox);

/**
 * mbx_lifetime_detach - a handle is closed
 * @mailbox: its mailbox
 * @rights: its MAILBOX_RIGHT_*
 * @inbox: its own inbox, or NULL
 *
 * Return: whether the mailbox died of it, and is to be unregistered.
 */
bool mbx_lifetime_detach(struct mbx_mailbox *mailbox, u32 rights,
			 struct mbx_inbox *inbox);

/*
 * A send handle is under way in a message, or no longer: it counts, but does not
 * keep the mailbox alive.  Fly gives 0, or the error of a send if it is dead.
 */
int mbx_lifetime_fly(struct mbx_mailbox *mailbox);
void mbx_lifetime_land(struct mbx_mailbox *mailbox);

/* The mailbox no longer persists.  Did it die of it? */
bool mbx_lifetime_unpersist(struct mbx_mailbox *mailbox);

/*
 * The process @process (NULL: any) is done with what came by the open file @via
 * (NULL: any): its claims, calls, and asks for notice end.
 */
void mbx_lifetime_orphan(struct mbx_mailbox *mailbox,
			 const struct pid *process, const void *via);

/**
 * mbx_lifetime_end_claims - end claims
 * @mailbox: the mailbox
 * @process: those of this process; NULL: of any
 * @via: those made through this open file; NULL: through any
 *
 * Receivers of the process who wait try again, and claim again if they can.
 *
 * Return: whether there were any.
 */
bool mbx_lifetime_end_claims(struct mbx_mailbox *mailbox,
			     const struct pid *process, const void *via);

#endif /* MBX_LIFETIME_H */
