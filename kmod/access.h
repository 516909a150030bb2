/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who may do what to an object he has no descriptor of: owner, group and mode
 * bits, as for a System V message queue.
 */
#ifndef MBX_ACCESS_H
#define MBX_ACCESS_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct mbx_mailbox;
struct net;

/*
 * The three permission bits, of an object of @uid and @gid with @mode, that
 * concern the calling task.
 */
unsigned int mbx_access_bits(kuid_t uid, kgid_t gid, u16 mode);

/* Do they not count for it, in a namespace the caller holds? */
bool mbx_access_overrides(const struct net *net);

/**
 * mbx_access_check - may the calling task use the mailbox for @rights?
 * @mailbox: in a namespace the caller holds
 * @rights: MAILBOX_RIGHT_*
 *
 * CAP_IPC_OWNER in the namespace's user namespace allows everything.
 *
 * Return: 0; -EPERM if MANAGE was asked for and the caller does not own it;
 * -EACCES if the mode bits do not allow the rest.
 */
int mbx_access_check(struct mbx_mailbox *mailbox, u32 rights);

/* May it look: does it own the mailbox, or may receive from it?  0, -EACCES. */
int mbx_access_check_look(struct mbx_mailbox *mailbox);

/* May it see what the mailbox is: as before, and of System V's queues all may. */
int mbx_access_check_see(struct mbx_mailbox *mailbox);

#endif /* MBX_ACCESS_H */
