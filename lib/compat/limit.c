// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The system's limits, which an administrator sets as for the kernel's own queues. */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "compat.h"

unsigned int compat_limit(const char *path, unsigned int otherwise)
{
	int error = errno, fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned int limit = otherwise;
	char text[24], *end;
	ssize_t length;

	if (fd >= 0) {
		length = read(fd, text, sizeof(text) - 1);
		close(fd);
		text[length > 0 ? length : 0] = 0;
		unsigned long value = strtoul(text, &end, 10);

		if (end != text)
			limit = value > INT32_MAX ? INT32_MAX :
						    (unsigned int)value;
	}
	errno = error;
	return limit;
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
