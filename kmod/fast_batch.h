/* SPDX-License-Identifier: GPL-2.0-only */
/* The short way of the messages of a batch, see fast.h: several under one lock. */
#ifndef MBX_FAST_BATCH_H
#define MBX_FAST_BATCH_H

#include <linux/kconfig.h>
#include <linux/types.h>

struct mailbox_batch;
struct mbx_receiver;
struct mbx_target;

/*
 * So many messages of a batch under one lock, at most.  What is said of them is on the
 * stack, of which KASAN takes more.
 */
#define MBX_FAST_BATCH	(IS_ENABLED(CONFIG_KASAN) ? 6 : 8)

/*
 * Sends, or receives without waiting, messages of a batch from the number @first
 * on, as long as that is easy, and at most MBX_FAST_BATCH.  Return: how many.
 */
unsigned int mbx_fast_send_batch(const struct mbx_target *target,
				 const struct mailbox_batch *batch,
				 unsigned int first);
unsigned int mbx_fast_receive_batch(const struct mbx_target *target,
				    const struct mbx_receiver *receiver,
				    const struct mailbox_batch *batch,
				    unsigned int first);

#endif /* MBX_FAST_BATCH_H */
