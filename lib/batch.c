// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Many messages in one call. */
#include "internal.h"

static int batch_ioctl(int fd, unsigned int command,
		       struct mailbox_batch *batch)
{
	int error;

	error = mailbox_ioctl(fd, command, batch);
	return error ? error : (int)batch->done;
}

int mailbox_send_batch_with(int fd, struct mailbox_batch *batch)
{
	return batch_ioctl(fd, MAILBOX_IOC_SEND_BATCH, batch);
}

int mailbox_receive_batch_with(int fd, struct mailbox_batch *batch)
{
	return batch_ioctl(fd, MAILBOX_IOC_RECEIVE_BATCH, batch);
}

int mailbox_send_batch(int fd, uint64_t id, struct mailbox_message *messages,
		       size_t count)
{
	struct mailbox_batch batch;

	mailbox_batch_init(&batch, id, messages, count);
	return mailbox_send_batch_with(fd, &batch);
}

int mailbox_receive_batch(int fd, uint64_t id,
			  struct mailbox_message *messages, size_t count)
{
	struct mailbox_batch batch;

	mailbox_batch_init(&batch, id, messages, count);
	return mailbox_receive_batch_with(fd, &batch);
}
