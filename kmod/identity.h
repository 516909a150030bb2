/* SPDX-License-Identifier: GPL-2.0-only */
/* Identities as the calling task's namespaces show them. */
#ifndef MBX_IDENTITY_H
#define MBX_IDENTITY_H

#include <linux/types.h>

#include "message.h"

struct mailbox_message;
struct pid;

/* A process's number; 0 if it is not shown here, or NULL. */
u32 mbx_identity_pid(struct pid *process);

static inline bool mbx_identity_equal(const struct mbx_identity *a,
				      const struct mbx_identity *b)
{
	return a->process == b->process && uid_eq(a->uid, b->uid) &&
	       gid_eq(a->gid, b->gid);
}

/* Fills in pid, uid and gid. */
void mbx_identity_show(const struct mbx_identity *identity,
		       struct mailbox_message *report);

#endif /* MBX_IDENTITY_H */
