/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The limits an administrator sets: module parameters, changeable at run time
 * under /sys/module/mailbox/parameters/.  A change holds for what happens
 * after it; nothing that exists already is cut down.
 *
 * All are read without a lock.  They change once in a blue moon, and each is
 * one word that stands on its own.
 */
#ifndef MBX_LIMITS_H
#define MBX_LIMITS_H

#include <linux/cache.h>
#include <linux/compiler.h>
#include <linux/minmax.h>

/**
 * struct mbx_limits - the values of the module parameters
 * @message_default: message limit of a mailbox created without one (bytes)
 * @message_max: the largest message limit a mailbox may ask for (bytes)
 * @user_mailboxes: mailboxes a user may have
 * @user_waiting: calls of a user that may wait at once
 * @user_bytes: memory that the unreceived messages of a user may hold (bytes)
 * @total_bytes: the same for all users together (bytes)
 * @user_sections: sections a user may have
 * @user_section_bytes: memory that the sections of a user may take (bytes)
 * @total_section_bytes: the same for all users together (bytes)
 * @user_attachments: attachments of a user's messages that are under way
 * @handoff: who wakes another and then sleeps gives him the CPU
 */
struct mbx_limits {
	unsigned int message_default;
	unsigned int message_max;
	unsigned int user_mailboxes;
	unsigned int user_waiting;
	unsigned long user_bytes;
	unsigned long total_bytes;
	unsigned int user_sections;
	unsigned long user_section_bytes;
	unsigned long total_section_bytes;
	unsigned int user_attachments;
	bool handoff;
};

extern struct mbx_limits mbx_limits;

#define mbx_limit(name)	READ_ONCE(mbx_limits.name)

/* The default never exceeds the maximum, however they are set. */
static inline unsigned int mbx_limit_message_default(void)
{
	return min(mbx_limit(message_default), mbx_limit(message_max));
}

void mbx_limits_init(void);

#endif /* MBX_LIMITS_H */
