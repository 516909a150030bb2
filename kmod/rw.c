// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/pid.h>
#include <linux/uio.h>

#include <linux/mailbox.h>

#include "compat.h"
#include "deliver.h"
#include "handle.h"
#include "rw.h"
#include "send.h"
#include "target.h"

static int rw_target(struct mbx_target *target, struct kiocb *iocb, u32 right)
{
	bool nowait = iocb->ki_flags & IOCB_NOWAIT;
	int error;

	error = mbx_target_get(target, iocb->ki_filp, 0, right);
	if (error)
		return error;
	/* Two sides that only ever poll never meet in a rendezvous. */
	if (nowait && mbx_mailbox_rendezvous(target->mailbox)) {
		mbx_target_put(target);
		return -EINVAL;
	}
	target->terms.nonblock = nowait || (iocb->ki_filp->f_flags & O_NONBLOCK);
	return 0;
}

ssize_t mbx_rw_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct mbx_sink sink = {
		.buffer = { .iter = to, .length = iov_iter_count(to) },
	};
	struct mbx_receiver receiver = { };
	struct mbx_target target __uninitialized;
	size_t length;
	int error;

	error = rw_target(&target, iocb, MAILBOX_RIGHT_RECEIVE);
	if (error)
		return error;
	receiver.eof = target.handle->options & MAILBOX_HANDLE_EOF;
	error = mbx_deliver(&target, &receiver, &sink, &length);
	mbx_target_put(&target);
	if (error == -EPIPE)
		return 0;	/* no senders: the end of the pipeline */
	if (error)
		return error;
	iov_iter_advance(to, length);
	return length;
}

ssize_t mbx_rw_write(struct kiocb *iocb, struct iov_iter *from)
{
	struct mbx_buffer buffer = {
		.iter = from, .length = iov_iter_count(from),
	};
	struct mbx_letter letter = {
		.buffer = &buffer, .info = MAILBOX_INFO_WRITTEN,
	};
	struct mbx_receipt receipt __uninitialized;
	struct mbx_target target __uninitialized;
	int error;

	error = rw_target(&target, iocb, MAILBOX_RIGHT_SEND);
	if (error)
		return error;
	letter.from = target.handle->opener;
	letter.quota = target.terms.quota;
	error = mbx_send(target.mailbox, &letter, &target.terms, false,
			 &receipt);
	mbx_target_put(&target);
	if (error)
		return error;
	if (receipt.received)
		put_pid(receipt.receiver.process);
	iov_iter_advance(from, buffer.length);
	return buffer.length;
}
