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
};

static int message_limit_set(const char *value, const struct kernel_param *kp)
{
	return param_set_uint_minmax(value, kp, 0, MAILBOX_MESSAGE_MAX);
}

static const struct kernel_param_ops message_limit_ops = {
	.set = message_limit_set,
	.get = param_get_uint,
};

module_param_cb(message_default, &message_limit_ops,
		&mbx_limits.message_default, 0644);
MODULE_PARM_DESC(message_default, "Longest message, in bytes, of a mailbox created without a limit of its own (default 65536)");

module_param_cb(message_max, &message_limit_ops, &mbx_limits.message_max, 0644);
MODULE_PARM_DESC(message_max, "Largest message limit, in bytes, a mailbox may be created with (default and most 16777216)");

module_param_named(user_mailboxes, mbx_limits.user_mailboxes, uint, 0644);
MODULE_PARM_DESC(user_mailboxes, "Mailboxes a user may have (default 1024)");

module_param_named(user_waiting, mbx_limits.user_waiting, uint, 0644);
MODULE_PARM_DESC(user_waiting, "Calls of a user that may wait at the same time (default 4096)");

module_param_named(user_bytes, mbx_limits.user_bytes, ulong, 0644);
MODULE_PARM_DESC(user_bytes, "Kernel memory, in bytes, for the messages a user has sent and nobody has received yet (default 33554432)");

module_param_named(total_bytes, mbx_limits.total_bytes, ulong, 0644);
MODULE_PARM_DESC(total_bytes, "The same for all users together (default: an eighth of the machine's memory)");

/* Gives the limits that depend on the machine their defaults. */
void mbx_limits_init(void)
{
	if (!mbx_limits.total_bytes)
		mbx_limits.total_bytes = (totalram_pages() << PAGE_SHIFT) / 8;
}
