// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* What is done to a mailbox as a whole. */
#include "internal.h"

static int target_ioctl(int fd, unsigned int command, uint64_t id)
{
	struct mailbox_target target;

	memset(&target, 0, sizeof(target));
	target.size = sizeof(target);
	target.id = id;
	return mailbox_ioctl(fd, command, &target);
}

int mailbox_destroy(int fd, uint64_t id)
{
	return target_ioctl(fd, MAILBOX_IOC_DESTROY, id);
}

int mailbox_unlink(int fd, uint64_t id)
{
	return target_ioctl(fd, MAILBOX_IOC_UNLINK, id);
}

int mailbox_release(int fd, uint64_t id)
{
	return target_ioctl(fd, MAILBOX_IOC_RELEASE, id);
}
