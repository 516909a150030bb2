// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The system's limits, which an administrator sets as for the kernel's own queues. */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "compat.h"

/* The number in a file, or -1. */
static long number_of(int fd)
{
	char text[24], *end;
	ssize_t length;
	long number;

	length = read(fd, text, sizeof(text) - 1);
	text[length > 0 ? length : 0] = 0;
	number = strtol(text, &end, 10);
	return end == text ? -1 : number;
}

static long number_read(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	long number;

	if (fd < 0)
		return -1;
	number = number_of(fd);
	close(fd);
	return number;
}

unsigned int compat_limit(const char *path, unsigned int otherwise)
{
	int error = errno;
	long limit = number_read(path);

	errno = error;
	if (limit < 0)
		return otherwise;
	return limit > INT32_MAX ? INT32_MAX : (unsigned int)limit;
}

bool compat_capable(unsigned int capability)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2] = { { 0, 0, 0 } };

	return !syscall(SYS_capget, &header, data) &&
	       data[capability / 32].effective & (1U << capability % 32);
}
