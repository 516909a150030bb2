// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The one place where the library talks to the module. */
#include <errno.h>
#include <sys/ioctl.h>

#include "internal.h"

/* Returns 0 or -errno, and leaves errno as it was. */
int mailbox_ioctl(int fd, unsigned int command, const void *argument)
{
	int saved = errno;
	int error = 0;

	if (ioctl(fd, command, argument) < 0)
		error = -errno;
	errno = saved;
	return error;
}
