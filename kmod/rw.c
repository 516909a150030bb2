// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/signal.h>
#include <linux/uio.h>

#include <linux/mailbox.h>

#include "compat.h"
#include "deliver.h"
#include "fast.h"
#include "fast_take.h"
#include "handle.h"
#include "identity.h"
#include "notice.h"
#include "rw.h"
#include "send.h"
#include "target.h"

static __always_inline int rw_target(struct mbx_target *target,
				     struct kiocb *iocb, u32 right)
{
	struct file *file = iocb->ki_filp;
	bool nowait = iocb->ki_flags & IOCB_NOWAIT;
	int error;

	error = mbx_target_handle_get(target, mbx_handle_of(file), right);
	if (error)
		return error;
	/* Two sides that only ever poll never meet in a rendezvous. */
	if (nowait && mbx_mailbox_rendezvous(target->mailbox)) {
		mbx_target_put(target);
		return -EINVAL;
	}
	target->terms.nonblock = nowait || (file->f_flags & O_NONBLOCK);
	return 0;
}

/* A line in the words of POSIX queues, always from its beginning. */
static ssize_t status_read(struct mbx_mailbox *mailbox, struct iov_iter *to)
{
	const struct mbx_notice *notice;
	char line[80];
	int how = 0, number = 0;
	pid_t pid = 0;
	size_t length;
	u64 bytes;

	spin_lock(&mailbox->lock);
	bytes = mailbox->bytes;
	notice = mbx_notice_arrival_locked(mailbox);
	if (notice) {
		number = notice->signal;
		how = !notice->signals ? SIGEV_THREAD :
		      number ? SIGEV_SIGNAL : SIGEV_NONE;
		pid = mbx_identity_pid(notice->to->creator);
	}
	spin_unlock(&mailbox->lock);
	length = scnprintf(line, sizeof(line),
			   "QSIZE:%-10llu NOTIFY:%-5d SIGNO:%-5d NOTIFY_PID:%-6d\n",
			   bytes, how, number, pid);
	length = min(length, iov_iter_count(to));
	return copy_to_iter(line, length, to) == length ? length : -EFAULT;
}

static bool rw_status(const struct kiocb *iocb)
{
	const struct mbx_handle *handle = mbx_handle_of(iocb->ki_filp);

	return handle->options & MAILBOX_HANDLE_STATUS;
}

/* If it is in one piece, as nearly always: where that is. */
static void __user *rw_flat(const struct iov_iter *iter)
{
	return iter_is_ubuf(iter) ? iter->ubuf + iter->iov_offset : NULL;
}

static __always_inline int message_read(const struct mbx_target *target,
					struct iov_iter *to, size_t *length)
{
	struct mbx_sink sink = {
		.buffer = { .iter = to, .length = iov_iter_count(to) },
	};
	void __user *flat = rw_flat(to);
	struct mbx_receiver receiver __uninitialized;
	int error;

	receiver.selector = (struct mbx_selector){ };
	receiver.peek = false;
	receiver.truncate = false;
	receiver.eof = target->handle->options & MAILBOX_HANDLE_EOF;
	*length = sink.buffer.length;
	switch (flat ? mbx_fast_read(target, &receiver, flat, length, &error) :
		       MBX_FAST_NOT) {
	case MBX_FAST_DONE:
		return 0;
	case MBX_FAST_WAITED:
		return mbx_deliver_waited(target, &receiver, error, &sink,
					  length);
	default:
		return mbx_deliver(target, &receiver, &sink, length);
	}
}

ssize_t mbx_rw_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct mbx_target target __uninitialized;
	size_t length;
	int error;

	if (rw_status(iocb))
		return status_read(mbx_handle_of(iocb->ki_filp)->mailbox, to);
	error = rw_target(&target, iocb, MAILBOX_RIGHT_RECEIVE);
	if (error)
		return error;
	error = message_read(&target, to, &length);
	mbx_target_put(&target);
	if (error == -EPIPE)
		return 0;	/* no senders: the end of the pipeline */
	if (error)
		return error;
	iov_iter_advance(to, length);
	return length;
}

static int message_write(const struct mbx_target *target, struct iov_iter *from)
{
	struct mbx_buffer buffer = {
		.iter = from, .length = iov_iter_count(from),
	};
	const struct mbx_letter letter = {
		.buffer = &buffer,
		.info = MAILBOX_INFO_WRITTEN,
		.from = target->handle->opener,
		.quota = target->terms.quota,
	};
	struct mbx_receipt receipt __uninitialized;
	int error;

	error = mbx_send(target->mailbox, &letter, &target->terms, false,
			 &receipt);
	if (!error && receipt.received)
		put_pid(receipt.receiver.process);
	return error;
}

ssize_t mbx_rw_write(struct kiocb *iocb, struct iov_iter *from)
{
	size_t length = iov_iter_count(from);
	void __user *flat = rw_flat(from);
	struct mbx_target target __uninitialized;
	int error = 0;

	if (rw_status(iocb))
		return -EINVAL;
	error = rw_target(&target, iocb, MAILBOX_RIGHT_SEND);
	if (error)
		return error;
	if (!flat || !mbx_fast_write(&target, flat, length))
		error = message_write(&target, from);
	mbx_target_put(&target);
	if (error)
		return error;
	iov_iter_advance(from, length);
	return length;
}
