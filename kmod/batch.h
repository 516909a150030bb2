/* SPDX-License-Identifier: GPL-2.0-only */
/* What SEND_BATCH and RECEIVE_BATCH have in common. */
#ifndef MBX_BATCH_H
#define MBX_BATCH_H

#include <linux/types.h>

struct mailbox_batch;
struct mailbox_message;
struct mbx_request;

/* Is the array of messages one that can be?  0 or -EINVAL. */
int mbx_batch_check(const struct mailbox_batch *batch);

/* The user's message number @i, copied to @message. */
struct mailbox_message __user *
mbx_batch_message(const struct mailbox_batch *batch, u32 i,
		  struct mailbox_message *message, int *error);

/* The call's result: what was done counts; @error only if it was nothing. */
int mbx_batch_report(struct mbx_request *request, u32 done, int error);

#endif /* MBX_BATCH_H */
