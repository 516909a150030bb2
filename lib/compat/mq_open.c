// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Opening, closing and unlinking a queue. */
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <mqueue.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mq.h"
#include "mq_flags.h"

/* What mq_open() gives a queue without attributes; see mq_overview(7). */
#define LIMIT(name)		"/proc/sys/fs/mqueue/" name
#define DEFAULT_MESSAGES	10
#define DEFAULT_LENGTH		8192
#define DEFAULT_QUEUES		256

/* The name without its slash, which is the mailbox's; NULL with errno. */
static const char *queue_name(const char *name)
{
	size_t length;

	if (*name++ != '/') {
		errno = EINVAL;
		return NULL;
	}
	length = strlen(name);
	if (!length)
		errno = ENOENT;
	else if (length >= PATH_MAX)
		errno = ENAMETOOLONG;
	else if (strchr(name, '/') || !strcmp(name, ".") || !strcmp(name, ".."))
		errno = EACCES;
	else if (length > MAILBOX_NAME_MAX)
		errno = ENAMETOOLONG;
	else
		return name;
	return NULL;
}

static uint32_t rights_of(int flags)
{
	switch (flags & O_ACCMODE) {
	case O_RDONLY:
		return MAILBOX_RIGHT_RECEIVE;
	case O_WRONLY:
		return MAILBOX_RIGHT_SEND;
	default:
		return MAILBOX_RIGHT_RECEIVE | MAILBOX_RIGHT_SEND;
	}
}

static uint32_t options_of(int flags)
{
	return MAILBOX_HANDLE_STATUS |
	       (flags & O_NONBLOCK ? MAILBOX_HANDLE_NONBLOCK : 0);
}

static int queue_open(const char *name, int flags)
{
	struct mailbox_open open = {
		.size = sizeof(open),
		.flags = MAILBOX_OPEN_NAME,
		.name = (uintptr_t)name,
		.name_length = (uint32_t)strlen(name),
		.rights = rights_of(flags),
		.handle_flags = options_of(flags),
	};

	return compat_command(MAILBOX_IOC_OPEN, &open) ? -1 : open.fd;
}

/*
 * The limits are the module's; but an administrator who allows less than the kernel does
 * by itself means it, but for who has CAP_SYS_RESOURCE.  A limit that is not as low is
 * any.
 */
static unsigned int limit_meant(const char *path, unsigned int usual,
				unsigned int otherwise)
{
	unsigned int limit = compat_limit(path, usual);

	return limit < usual && !compat_capable(CAP_SYS_RESOURCE) ? limit :
								    otherwise;
}

/* Those count that the caller may look at. */
static bool too_many(void)
{
	unsigned int limit = limit_meant(LIMIT("queues_max"), DEFAULT_QUEUES,
					 UINT_MAX);

	return limit != UINT_MAX && compat_tour_finds(QUEUE_FLAGS, limit);
}

static unsigned int less_of(unsigned int one, unsigned int other)
{
	return one < other ? one : other;
}

static void attributes_default(struct mq_attr *attributes)
{
	attributes->mq_maxmsg =
		less_of(compat_limit(LIMIT("msg_default"), DEFAULT_MESSAGES),
			compat_limit(LIMIT("msg_max"), DEFAULT_MESSAGES));
	attributes->mq_msgsize =
		less_of(compat_limit(LIMIT("msgsize_default"), DEFAULT_LENGTH),
			compat_limit(LIMIT("msgsize_max"), DEFAULT_LENGTH));
}

static bool attributes_valid(const struct mq_attr *attributes)
{
	return attributes->mq_maxmsg > 0 &&
	       attributes->mq_maxmsg <= limit_meant(LIMIT("msg_max"),
						    DEFAULT_MESSAGES,
						    MAILBOX_CAPACITY_MAX) &&
	       attributes->mq_msgsize > 0 &&
	       attributes->mq_msgsize <= limit_meant(LIMIT("msgsize_max"),
						     DEFAULT_LENGTH,
						     MAILBOX_MESSAGE_MAX);
}

static int queue_create(const char *name, int flags, mode_t mode,
			const struct mq_attr *attributes)
{
	struct mailbox_create create = {
		.size = sizeof(create),
		.flags = QUEUE_FLAGS | MAILBOX_CREATE_MODE |
			 MAILBOX_CREATE_UMASK | MAILBOX_CREATE_MAX_MESSAGE |
			 MAILBOX_CREATE_EXCEED,
		.name = (uintptr_t)name,
		.name_length = (uint32_t)strlen(name),
		.mode = mode & 0666,
		.rights = rights_of(flags),
		.handle_flags = options_of(flags),
	};
	struct mq_attr otherwise;

	if (!attributes) {
		attributes_default(&otherwise);
		attributes = &otherwise;
	}
	if (!attributes_valid(attributes))
		return fail(EINVAL);
	if (too_many())
		return fail(ENOSPC);
	create.capacity = (uint32_t)attributes->mq_maxmsg;
	create.max_message = (uint32_t)attributes->mq_msgsize;
	if (!compat_command(MAILBOX_IOC_CREATE, &create))
		return create.fd;
	return errno == EDQUOT ? fail(ENOSPC) : -1;
}

/* Another process may make or unlink it between our two looks. */
static int queue_open_or_create(const char *name, int flags, mode_t mode,
				const struct mq_attr *attributes)
{
	int mqd;

	do {
		if (flags & O_EXCL)
			return queue_create(name, flags, mode, attributes);
		mqd = queue_open(name, flags);
		if (mqd >= 0 || errno != ENOENT)
			return mqd;
		mqd = queue_create(name, flags, mode, attributes);
	} while (mqd < 0 && errno == EEXIST);
	return mqd;
}

EXPORT mqd_t mq_open(const char *name, int flags, ...)
{
	const struct mq_attr *attributes;
	struct mq_attr copy;
	va_list arguments;
	mode_t mode;

	name = queue_name(name);
	if (!name)
		return -1;
	if ((flags & O_ACCMODE) == O_ACCMODE)
		return fail(EINVAL);
	if (!(flags & O_CREAT))
		return queue_open(name, flags);
	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	attributes = va_arg(arguments, const struct mq_attr *);
	va_end(arguments);
	if (attributes &&
	    compat_copy(&copy, attributes, sizeof(copy), attributes))
		return -1;
	return queue_open_or_create(name, flags, mode,
				    attributes ? &copy : NULL);
}

/* What fortified programs call when the compiler does not know the flags. */
EXPORT mqd_t __mq_open_2(const char *name, int flags);
EXPORT mqd_t __mq_open_2(const char *name, int flags)
{
	return flags & O_CREAT ? fail(EINVAL) : mq_open(name, flags);
}

EXPORT int mq_close(mqd_t mqd)
{
	mq_notify_close(mqd);
	return close(mqd);
}

EXPORT int mq_unlink(const char *name)
{
	struct mailbox_open open = {
		.size = sizeof(open),
		.flags = MAILBOX_OPEN_NAME | MAILBOX_OPEN_NOFD,
		.rights = MAILBOX_RIGHT_MANAGE,
	};
	struct mailbox_target target = { .size = sizeof(target) };

	name = queue_name(name);
	if (!name)
		return -1;
	open.name = (uintptr_t)name;
	open.name_length = (uint32_t)strlen(name);
	if (compat_command(MAILBOX_IOC_OPEN, &open))
		return errno == EPERM ? fail(EACCES) : -1;
	target.id = open.id;
	if (compat_command(MAILBOX_IOC_UNLINK, &target))
		return errno == EPERM ? fail(EACCES) :
		       errno == EIDRM ? fail(ENOENT) : -1;
	return 0;
}
