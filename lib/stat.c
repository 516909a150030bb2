// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* What a mailbox is and holds. */
#include <errno.h>

#include "internal.h"

int mailbox_stat_sized(int fd, uint64_t id, struct mailbox_stat *stat,
		       size_t size)
{
	if (size < offsetof(struct mailbox_stat, index) ||
	    size > MAILBOX_SIZE_MAX)
		return -EINVAL;
	memset(stat, 0, size);
	stat->size = (uint32_t)size;
	stat->id = id;
	return mailbox_ioctl(fd, MAILBOX_IOC_STAT, stat);
}
