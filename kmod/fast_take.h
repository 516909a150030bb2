/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short way of a short message: receiving, see fast.h.
 *
 * The message stays where it is until it has been copied out: for as short a copy
 * the lock is held, and page faults are disabled.
 */
#ifndef MBX_FAST_TAKE_H
#define MBX_FAST_TAKE_H

#include <linux/types.h>

struct mailbox_message;
struct mbx_mailbox;
struct mbx_message;
struct mbx_receiver;
struct mbx_target;

/**
 * enum mbx_fast - what has come of it
 * @MBX_FAST_NOT: nothing has happened
 * @MBX_FAST_DONE: it is done
 * @MBX_FAST_WAITED: the receiver has waited, and the long way goes on from there
 */
enum mbx_fast {
	MBX_FAST_NOT,
	MBX_FAST_DONE,
	MBX_FAST_WAITED,
};

/**
 * mbx_fast_receive - receive a message, or wait for one, if that is easy
 * @target: where from
 * @receiver: which: @selector, @peek and @eof
 * @message: the user's buffer; filled in
 * @user: where to tell the receiver
 * @error: with MBX_FAST_WAITED, for mbx_deliver_waited(): how the wait has ended
 *
 * Return: see above.
 */
enum mbx_fast mbx_fast_receive(const struct mbx_target *target,
			       struct mbx_receiver *receiver,
			       struct mailbox_message *message,
			       struct mailbox_message __user *user, int *error);

/* The same for read(2), of up to *@length bytes; says how many there were. */
enum mbx_fast mbx_fast_read(const struct mbx_target *target,
			    struct mbx_receiver *receiver, void __user *to,
			    size_t *length, int *error);

#endif /* MBX_FAST_TAKE_H */
