// SPDX-License-Identifier: GPL-2.0-only
#include <linux/uaccess.h>

#include <linux/mailbox.h>

#include "batch.h"
#include "copy.h"
#include "ioctl.h"

int mbx_batch_check(const struct mailbox_batch *batch)
{
	if (!batch->count || batch->count > MAILBOX_BATCH_MAX ||
	    batch->message_size < sizeof(struct mailbox_message) ||
	    batch->message_size > MAILBOX_SIZE_MAX || batch->reserved)
		return -EINVAL;
	return 0;
}

int mbx_batch_read(const struct mailbox_batch *batch, u32 i,
		   struct mailbox_message *message)
{
	const void __user *user = mbx_batch_user(batch, i);
	int error;

	if (likely(batch->message_size == sizeof(*message)))
		error = mbx_copy_in(message, user, sizeof(*message)) ?
			0 : -EFAULT;
	else
		error = copy_struct_from_user(message, sizeof(*message), user,
					      batch->message_size);
	/* Message buffers are for SEND and RECEIVE. */
	return error ?: unlikely(message->flags) ? -EINVAL : 0;
}

bool mbx_batch_read_run(const struct mailbox_batch *batch, u32 first, u32 count,
			struct mailbox_message *messages)
{
	/* Whose structure has another size is read one by one. */
	return batch->message_size == sizeof(*messages) &&
	       mbx_copy_in(messages, mbx_batch_user(batch, first),
			   count * sizeof(*messages));
}

int mbx_batch_report(struct mbx_request *request, u32 done, int error)
{
	struct mailbox_batch __user *user = request->user;

	if (put_user(done, &user->done) && !error)
		error = -EFAULT;
	return done ? 0 : error;
}
