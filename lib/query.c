// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* What the module is, and whether it suits the program. */
#include <errno.h>

#include "internal.h"

const char *mailbox_version(void)
{
	return LIBMAILBOX_VERSION;
}

int mailbox_query_sized(int client, struct mailbox_query *query, size_t size)
{
	if (size < sizeof(query->size) || size > MAILBOX_SIZE_MAX)
		return -EINVAL;
	memset(query, 0, size);
	query->size = (uint32_t)size;
	return mailbox_ioctl(client, MAILBOX_IOC_QUERY, query);
}

int mailbox_version_check(int client, uint32_t major, uint32_t minor)
{
	struct mailbox_query query;
	int error;

	error = mailbox_query(client, &query);
	if (error)
		return error;
	if (query.version_major != major || query.version_minor < minor)
		return -EPROTONOSUPPORT;
	return 0;
}
