// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* A queue's attributes. */
#include <fcntl.h>
#include <mqueue.h>

#include "mq.h"

int mq_stat(int mqd, struct mailbox_stat *stat)
{
	stat->size = sizeof(*stat);
	stat->flags = 0;
	stat->id = 0;
	return ioctl(mqd, MAILBOX_IOC_STAT, stat) ? mq_fail() : 0;
}

static int attributes_give(struct mq_attr *to, const struct mailbox_stat *stat,
			   int flags)
{
	struct mq_attr attributes;

	memset(&attributes, 0, sizeof(attributes));
	attributes.mq_flags = flags & O_NONBLOCK;
	attributes.mq_maxmsg = stat->capacity;
	attributes.mq_msgsize = stat->max_message;
	attributes.mq_curmsgs = stat->messages;
	return compat_copy(to, &attributes, sizeof(attributes), to);
}

static int attributes_change(int mqd, const struct mq_attr *new,
			     struct mq_attr *old)
{
	struct mailbox_stat stat;
	int flags;

	if (new && (new->mq_flags & ~O_NONBLOCK))
		return fail(EINVAL);
	if (mq_stat(mqd, &stat))
		return -1;
	flags = fcntl(mqd, F_GETFL);
	if (flags < 0)
		return -1;
	if (new && fcntl(mqd, F_SETFL, (flags & ~O_NONBLOCK) |
				       (int)new->mq_flags))
		return -1;
	return old ? attributes_give(old, &stat, flags) : 0;
}

EXPORT int mq_setattr(mqd_t mqd, const struct mq_attr *restrict new,
		      struct mq_attr *restrict old)
{
	struct mq_attr attributes;

	if (!given(new))
		return attributes_change(mqd, NULL, old);
	if (compat_copy(&attributes, new, sizeof(attributes), new))
		return -1;
	return attributes_change(mqd, &attributes, old);
}

EXPORT int mq_getattr(mqd_t mqd, struct mq_attr *attributes)
{
	return attributes_change(mqd, NULL, attributes);
}
