/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of things: of a mailbox, of a handle's inbox, of a process's claim;
 * and what each means for those who wait.
 *
 * When a mailbox dies, @dead is set in the critical section that found it
 * destroyed or abandoned.  Nothing is added from then on, and what is in it is
 * taken out a few pieces at a time, each one found, unlinked and answered
 * within one critical section.  A message that is being received at that
 * moment is received.
 */
#ifndef MBX_END_H
#define MBX_END_H

#include <linux/types.h>

struct mbx_inbox;
struct mbx_mailbox;
struct pid;

/* Destroys the mailbox.  0, or the error if it is dead already. */
int mbx_end_destroy(struct mbx_mailbox *mailbox);

/**
 * mbx_end_detach - a handle is closed
 * @mailbox: its mailbox
 * @rights: its MAILBOX_RIGHT_*
 * @inbox: its own inbox, or NULL
 *
 * Return: whether the mailbox died of it, and is to be unregistered.
 */
bool mbx_end_detach(struct mbx_mailbox *mailbox, u32 rights,
		    struct mbx_inbox *inbox);

/* The mailbox no longer persists.  Did it die of it? */
bool mbx_end_persistence(struct mbx_mailbox *mailbox);

/**
 * mbx_end_claims - end claims
 * @mailbox: the mailbox
 * @process: those of this process, if not NULL
 * @via: those made through this open file, if not NULL
 *
 * Receivers of the process who wait try again, and claim again if they can.
 *
 * Return: whether there were any.
 */
bool mbx_end_claims(struct mbx_mailbox *mailbox, const struct pid *process,
		    const void *via);

#endif /* MBX_END_H */
