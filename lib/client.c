// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Clients: the device, opened. */
#include <errno.h>
#include <fcntl.h>

#include "internal.h"

int mailbox_client_open(void)
{
	int saved = errno;
	int fd;

	fd = open("/dev/mailbox", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		fd = -errno;
	errno = saved;
	return fd;
}
