// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fs.h>
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/signal.h>
#include <linux/uio.h>

#include <linux/mailbox.h>

#include "buffer.h"
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
				     struct file *file, u32 right, bool nowait)
{
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
static ssize_t status_read(struct mbx_mailbox *mailbox,
			   const struct mbx_buffer *buffer)
{
	struct mbx_cursor cursor __uninitialized;
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
	length = min(length, buffer->length);
	mbx_cursor_init(&cursor, buffer);
	return mbx_cursor_write(&cursor, line, length) ? length : -EFAULT;
}

static bool rw_status(struct file *file)
{
	return mbx_handle_of(file)->options & MAILBOX_HANDLE_STATUS;
}

/* Not inlined: none of its locals is wanted the short way.  @waited as in op_receive.c. */
static noinline int message_read_slow(const struct mbx_target *target,
				      const struct mbx_buffer *buffer,
				      struct mbx_receiver *receiver,
				      const int *waited, size_t *length)
{
	const struct mbx_sink sink = { .buffer = *buffer };

	return waited ? mbx_deliver_waited(target, receiver, *waited, &sink,
					   length) :
			mbx_deliver(target, receiver, &sink, length);
}

static __always_inline int message_read(const struct mbx_target *target,
					const struct mbx_buffer *buffer,
					size_t *length)
{
	struct mbx_receiver receiver __uninitialized;
	enum mbx_fast way = MBX_FAST_NOT;
	int error;

	receiver.selector = (struct mbx_selector){ };
	receiver.peek = false;
	receiver.truncate = false;
	receiver.eof = target->handle->options & MAILBOX_HANDLE_EOF;
	*length = buffer->length;
	if (!buffer->iter)
		way = mbx_fast_read(target, &receiver, buffer->base, length,
				    &error);
	if (way == MBX_FAST_DONE)
		return 0;
	return message_read_slow(target, buffer, &receiver,
				 way == MBX_FAST_WAITED ? &error : NULL,
				 length);
}

static __always_inline ssize_t rw_read(struct file *file,
				       const struct mbx_buffer *buffer,
				       bool nowait)
{
	struct mbx_target target __uninitialized;
	size_t length;
	int error;

	if (unlikely(rw_status(file)))
		return status_read(mbx_handle_of(file)->mailbox, buffer);
	error = rw_target(&target, file, MAILBOX_RIGHT_RECEIVE, nowait);
	if (error)
		return error;
	error = message_read(&target, buffer, &length);
	mbx_target_put(&target);
	if (error == -EPIPE)
		return 0;	/* no senders: the end of the pipeline */
	return error ?: length;
}

static noinline int message_write_slow(const struct mbx_target *target,
				       const struct mbx_buffer *buffer)
{
	const struct mbx_letter letter = {
		.buffer = buffer,
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

static __always_inline ssize_t rw_write(struct file *file,
					const struct mbx_buffer *buffer,
					bool nowait)
{
	struct mbx_target target __uninitialized;
	int error;

	if (unlikely(rw_status(file)))
		return -EINVAL;
	error = rw_target(&target, file, MAILBOX_RIGHT_SEND, nowait);
	if (error)
		return error;
	if (buffer->iter ||
	    !mbx_fast_write(&target, buffer->base, buffer->length))
		error = message_write_slow(&target, buffer);
	mbx_target_put(&target);
	return error ?: buffer->length;
}

ssize_t mbx_rw_read(struct file *file, char __user *to, size_t length,
		    loff_t *position)
{
	const struct mbx_buffer buffer = { .base = to, .length = length };

	return rw_read(file, &buffer, false);
}

ssize_t mbx_rw_write(struct file *file, const char __user *from, size_t length,
		     loff_t *position)
{
	const struct mbx_buffer buffer = {
		.base = (void __user *)from,
		.length = length,
	};

	return rw_write(file, &buffer, false);
}

/* In one piece, as a ring's READ and WRITE have it, or in several. */
static struct mbx_buffer iter_buffer(struct iov_iter *iter)
{
	struct mbx_buffer buffer = { .length = iov_iter_count(iter) };

	if (iter_is_ubuf(iter))
		buffer.base = iter->ubuf + iter->iov_offset;
	else
		buffer.iter = iter;
	return buffer;
}

static __always_inline ssize_t
rw_iter(struct kiocb *iocb, struct iov_iter *iter,
	ssize_t (*move)(struct file *file, const struct mbx_buffer *buffer,
			bool nowait))
{
	const struct mbx_buffer buffer = iter_buffer(iter);
	ssize_t length;

	length = move(iocb->ki_filp, &buffer, iocb->ki_flags & IOCB_NOWAIT);
	if (length > 0)
		iov_iter_advance(iter, length);
	return length;
}

ssize_t mbx_rw_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return rw_iter(iocb, to, rw_read);
}

ssize_t mbx_rw_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	return rw_iter(iocb, from, rw_write);
}
