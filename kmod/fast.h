/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short way of a short message, where nothing is special and nobody waits.
 *
 * Nearly all messages are short and flat, and go to and from plain mailboxes.  What
 * send.c, receive.c and deliver.c do for these comes down to one critical section
 * each, and that is what is here; the same accounts are kept by the same elementary
 * steps (entry.h).  Whatever is not as usual is found out before anything has
 * happened, and takes the long way.
 */
#ifndef MBX_FAST_H
#define MBX_FAST_H

#include <linux/types.h>

struct mailbox_message;
struct mbx_target;

/**
 * mbx_fast_send - send a message if that is easy
 * @target: where to
 * @message: what, as the user has it
 * @user: where to tell the sender
 *
 * Return: true if it has been sent; false: nothing has happened.
 */
bool mbx_fast_send(const struct mbx_target *target,
		   const struct mailbox_message *message,
		   struct mailbox_message __user *user);

/**
 * mbx_fast_receive - receive the first message if that is easy
 * @target: where from
 * @message: the user's buffer; filled in
 * @user: where to tell the receiver
 *
 * Return: true if it has been received; false: nothing has happened.
 */
bool mbx_fast_receive(const struct mbx_target *target,
		      struct mailbox_message *message,
		      struct mailbox_message __user *user);

#endif /* MBX_FAST_H */
