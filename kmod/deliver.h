/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Delivering a message to the user: claim, copy out, commit; and when the copy
 * faults, put it back, fault the buffers in, and begin again.
 */
#ifndef MBX_DELIVER_H
#define MBX_DELIVER_H

#include "buffer.h"
#include "receive.h"

struct mailbox_message;
struct mbx_intake;
struct mbx_target;

/**
 * struct mbx_sink - where a message goes
 * @buffer: its bytes
 * @report: with @user: filled with what the receiver learns, and copied there
 * @user: NULL if the caller does not want to know
 * @type: where the tag goes, in front of the bytes; or NULL
 * @type_size: bytes it has there
 * @intake: its attachments; NULL: it is to have none
 */
struct mbx_sink {
	struct mbx_buffer buffer;
	struct mailbox_message *report;
	struct mailbox_message __user *user;
	char __user *type;
	size_t type_size;
	struct mbx_intake *intake;
};

/**
 * mbx_deliver - receive a message
 * @target: where from, and who
 * @receiver: which messages: @selector, @peek and @eof
 * @sink: where to
 * @length: out: bytes in the message; with -EMSGSIZE too
 *
 * Return: 0; -EFAULT if the sink cannot be written, and the message is where it
 * was; or an error of mbx_receive_begin().
 */
int mbx_deliver(const struct mbx_target *target,
		struct mbx_receiver *receiver,
		const struct mbx_sink *sink, size_t *length);

/* The same for a receiver who has waited, which ended with @error (receive.h). */
int mbx_deliver_waited(const struct mbx_target *target,
		       struct mbx_receiver *receiver, int error,
		       const struct mbx_sink *sink, size_t *length);

/*
 * The second half of it, for a message that is claimed.  0, -EFAULT; or -EAGAIN:
 * the message was put back, the sink is writable now, so begin again.
 */
int mbx_deliver_claimed(const struct mbx_target *target,
			struct mbx_delivery *delivery,
			const struct mbx_sink *sink);

#endif /* MBX_DELIVER_H */
