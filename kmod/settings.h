/* SPDX-License-Identifier: GPL-2.0-only */
/* Changing a mailbox that exists. */
#ifndef MBX_SETTINGS_H
#define MBX_SETTINGS_H

#include <linux/types.h>
#include <linux/uidgid.h>

struct mbx_mailbox;

/**
 * struct mbx_settings - what to change
 * @flags: MAILBOX_SET_*: which of the others are given
 * @mode: permission bits
 * @uid: owner
 * @gid: group
 * @capacity: at least 1
 * @low_water: below the capacity; 0: none
 * @max_message: bytes
 * @max_bytes: bytes; U64_MAX: no limit
 */
struct mbx_settings {
	u32 flags;
	u16 mode;
	kuid_t uid;
	kgid_t gid;
	u32 capacity;
	u32 low_water;
	u32 max_message;
	u64 max_bytes;
};

/*
 * Changes all or nothing.  0; -EINVAL if it has no capacity to change, the mark is
 * not below it, or there is no such mode; -EPERM if the caller may not give it away;
 * or the error of a dead mailbox.
 */
int mbx_settings_apply(struct mbx_mailbox *mailbox,
		       const struct mbx_settings *settings);

#endif /* MBX_SETTINGS_H */
