/* SPDX-License-Identifier: GPL-2.0-only */
/* What SEND_BATCH and RECEIVE_BATCH have in common. */
#ifndef MBX_BATCH_H
#define MBX_BATCH_H

#include <linux/kernel.h>
#include <linux/types.h>

#include <linux/mailbox.h>

struct mbx_request;

/* Is the array of messages one that can be?  0 or -EINVAL. */
int mbx_batch_check(const struct mailbox_batch *batch);

/* Where the user has his message number @i. */
static inline struct mailbox_message __user *
mbx_batch_user(const struct mailbox_batch *batch, u32 i)
{
	return u64_to_user_ptr(batch->messages +
			       (u64)i * batch->message_size);
}

/* Copies it to @message.  0, -EFAULT, -E2BIG, -EINVAL. */
int mbx_batch_read(const struct mailbox_batch *batch, u32 i,
		   struct mailbox_message *message);

/*
 * The same for @count messages from number @first on, together no more than
 * MBX_COPY_SHORT; what they say is not looked at.  False: it is not that easy.
 */
bool mbx_batch_read_run(const struct mailbox_batch *batch, u32 first, u32 count,
			struct mailbox_message *messages);

/* The call's result: what was done counts; @error only if it was nothing. */
int mbx_batch_report(struct mbx_request *request, u32 done, int error);

#endif /* MBX_BATCH_H */
