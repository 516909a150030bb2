/* SPDX-License-Identifier: GPL-2.0-only */
/* Identities as the calling task's namespaces show them. */
#ifndef MBX_IDENTITY_H
#define MBX_IDENTITY_H

#include <linux/types.h>

struct mailbox_message;
struct mbx_identity;
struct pid;

/* A process's number; 0 if it is not shown here, or NULL. */
u32 mbx_identity_pid(struct pid *process);

/* Fills in pid, uid and gid. */
void mbx_identity_show(const struct mbx_identity *identity,
		       struct mailbox_message *report);

#endif /* MBX_IDENTITY_H */
