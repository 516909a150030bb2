/* SPDX-License-Identifier: GPL-2.0-only */
/* The receiving half of a command, for RECEIVE and those that do more. */
#ifndef MBX_OP_RECEIVE_H
#define MBX_OP_RECEIVE_H

#include <linux/types.h>

#include <linux/mailbox.h>

#include "receiver.h"

struct mbx_command;
struct mbx_target;

/* The same if they select. */
int mbx_selector_choose(struct mbx_selector *selector, u32 flags,
			u32 from_pid, u64 tag_min, u64 tag_max);

/* The selector that the fields of a command make.  0 or -EINVAL. */
static inline int mbx_selector_read(struct mbx_selector *selector, u32 flags,
				    u32 from_pid, u64 tag_min, u64 tag_max)
{
	if ((flags & (MAILBOX_RECEIVE_FROM | MAILBOX_RECEIVE_TAG |
		      MAILBOX_RECEIVE_EXCEPT | MAILBOX_RECEIVE_LOWEST |
		      MAILBOX_RECEIVE_AT)) || from_pid || tag_min || tag_max)
		return mbx_selector_choose(selector, flags, from_pid, tag_min,
					   tag_max);
	selector->from = false;
	selector->tagged = false;
	selector->except = false;
	selector->lowest = false;
	selector->at = false;
	return 0;
}

/* Does the end of all senders end receiving, too? */
bool mbx_target_eof(const struct mbx_target *target);

/* Receives into the buffer that @message, a copy of @user, names. */
int mbx_message_receive(const struct mbx_target *target,
			struct mbx_receiver *receiver,
			struct mailbox_message *message,
			struct mailbox_message __user *user);

/* Likewise for a command whose receiver and target are set; its first step. */
int mbx_message_receive_begin(struct mbx_command *command,
			      struct mailbox_message *message,
			      struct mailbox_message __user *user);

#endif /* MBX_OP_RECEIVE_H */
