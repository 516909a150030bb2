// SPDX-License-Identifier: GPL-2.0-only
#include <linux/kernel.h>
#include <linux/mm.h>
#include <linux/moduleparam.h>

#include <linux/mailbox.h>

#include "limits.h"

struct mbx_limits mbx_limits __read_mostly = {
	.message_default = 64 << 10,
	.message_max = MAILBOX_MESSAGE_MAX,
	.user_mailboxes = 1024,
	.user_waiting = 4096,
	.user_bytes = 32UL << 20,
	.user_sections = 1024,
	.user_attachments = 1024,
	.handoff = true,
};

/*
 * The setters of the kernel store plainly, and others read meanwhile.  Types of
 * parameters, for module_param_named(): a number of things, a number of bytes,
 * and a message's length.
 */

static int length_set(const char *value, const struct kernel_param *kp)
{
	unsigned int length;
	int error = kstrtouint(value, 0, &length);

	if (error)
		return error;
	if (length > MAILBOX_MESSAGE_MAX)
		return -EINVAL;
	WRITE_ONCE(*(unsigned int *)kp->arg, length);
	return 0;
}

static int count_set(const char *value, const struct kernel_param *kp)
{
	unsigned int count;
	int error = kstrtouint(value, 0, &count);

	if (!error)
		WRITE_ONCE(*(unsigned int *)kp->arg, count);
	return error;
}

static int bytes_set(const char *value, const struct kernel_param *kp)
{
	unsigned long bytes;
	int error = kstrtoul(value, 0, &bytes);

	if (!error)
		WRITE_ONCE(*(unsigned long *)kp->arg, bytes);
	return error;
}

static const struct kernel_param_ops param_ops_length = {
	.set = length_set,
	.get = param_get_uint,
};

static const struct kernel_param_ops param_ops_count = {
	.set = count_set,
	.get = param_get_uint,
};

static const struct kernel_param_ops param_ops_bytes = {
	.set = bytes_set,
	.get = param_get_ulong,
};

#define param_check_length(name, p)	param_check_uint(name, p)
#define param_check_count(name, p)	param_check_uint(name, p)
#define param_check_bytes(name, p)	param_check_ulong(name, p)

module_param_named(message_default, mbx_limits.message_default, length, 0644);
MODULE_PARM_DESC(message_default, "Longest message, in bytes, of a mailbox created without a limit of its own (default 65536)");

module_param_named(message_max, mbx_limits.message_max, length, 0644);
MODULE_PARM_DESC(message_max, "Largest message limit, in bytes, a mailbox may be created with (default and most 16777216)");

module_param_named(user_mailboxes, mbx_limits.user_mailboxes, count, 0644);
MODULE_PARM_DESC(user_mailboxes, "Mailboxes a user may have (default 1024)");

module_param_named(user_waiting, mbx_limits.user_waiting, count, 0644);
MODULE_PARM_DESC(user_waiting, "Calls of a user that may wait at the same time (default 4096)");

module_param_named(user_bytes, mbx_limits.user_bytes, bytes, 0644);
MODULE_PARM_DESC(user_bytes, "Kernel memory, in bytes, for the messages a user has sent and nobody has received yet, and the spare ones of his mailboxes (default 33554432)");

module_param_named(total_bytes, mbx_limits.total_bytes, bytes, 0644);
MODULE_PARM_DESC(total_bytes, "The same for all users together (default: an eighth of the machine's memory)");

module_param_named(user_sections, mbx_limits.user_sections, count, 0644);
MODULE_PARM_DESC(user_sections, "Sections a user may have (default 1024)");

module_param_named(user_section_bytes, mbx_limits.user_section_bytes, bytes, 0644);
MODULE_PARM_DESC(user_section_bytes, "Memory, in bytes, that the sections of a user may take (default: half of the machine's)");

module_param_named(total_section_bytes, mbx_limits.total_section_bytes, bytes, 0644);
MODULE_PARM_DESC(total_section_bytes, "The same for all users together, of which one may have half of what the others leave (default: half of the machine's memory)");

module_param_named(user_attachments, mbx_limits.user_attachments, count, 0644);
MODULE_PARM_DESC(user_attachments, "Attachments of a user's messages that nobody has received yet (default 1024)");

module_param_named(handoff, mbx_limits.handoff, bool, 0644);
MODULE_PARM_DESC(handoff, "Who calls, or replies and receives, wakes the other side on the CPU it is about to leave (default Y)");

/* Gives the limits that depend on the machine their defaults. */
void mbx_limits_init(void)
{
	unsigned long memory = totalram_pages() << PAGE_SHIFT;

	if (!mbx_limits.total_bytes)
		mbx_limits.total_bytes = memory / 8;
	if (!mbx_limits.user_section_bytes)
		mbx_limits.user_section_bytes = memory / 2;
	if (!mbx_limits.total_section_bytes)
		mbx_limits.total_section_bytes = memory / 2;
}
