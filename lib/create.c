// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Making a mailbox. */
#include <errno.h>

#include "internal.h"

int mailbox_create(int client, uint32_t capacity, uint64_t *id)
{
	struct mailbox_attr attr;
	int error;

	mailbox_attr_init(&attr);
	attr.flags = MAILBOX_CREATE_NOFD;
	attr.capacity = capacity;
	error = mailbox_create_with(client, &attr);
	if (!error)
		*id = attr.id;
	return error;
}

/* A program newer than the library may use only what the library knows. */
static int attr_check(const struct mailbox_attr *attr)
{
	const unsigned char *bytes = (const unsigned char *)attr;
	size_t i;

	if (attr->size < sizeof(*attr) || attr->size > MAILBOX_SIZE_MAX)
		return -EINVAL;
	for (i = sizeof(*attr); i < attr->size; i++)
		if (bytes[i])
			return -E2BIG;
	return 0;
}

static void create_init(struct mailbox_create *create,
			const struct mailbox_attr *attr)
{
	memset(create, 0, sizeof(*create));
	create->size = sizeof(*create);
	create->flags = attr->flags | MAILBOX_CREATE_MODE;
	create->mode = attr->mode;
	create->policy = attr->policy;
	create->max_receivers = attr->max_receivers;
	create->low_water = attr->low_water;
	if (attr->name) {
		create->name = (uintptr_t)attr->name;
		create->name_length = mailbox_name_length(attr->name);
	}
	if (attr->capacity == MAILBOX_UNBOUNDED)
		create->flags |= MAILBOX_CREATE_UNBOUNDED;
	else
		create->capacity = attr->capacity;
	if (attr->max_message != MAILBOX_MESSAGE_DEFAULT) {
		create->flags |= MAILBOX_CREATE_MAX_MESSAGE;
		create->max_message = attr->max_message;
	}
	if (!(attr->flags & MAILBOX_CREATE_NOFD)) {
		create->rights = attr->rights;
		create->handle_flags = attr->handle_flags;
	}
}

int mailbox_create_with(int client, struct mailbox_attr *attr)
{
	struct mailbox_create create;
	int error;

	error = attr_check(attr);
	if (error)
		return error;
	create_init(&create, attr);
	error = mailbox_ioctl(client, MAILBOX_IOC_CREATE, &create);
	if (error)
		return error;
	attr->id = create.id;
	attr->index = create.index;
	return attr->flags & MAILBOX_CREATE_NOFD ? 0 : create.fd;
}
