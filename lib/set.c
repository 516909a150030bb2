// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Changing a mailbox. */
#include "internal.h"

int mailbox_set(int fd, const struct mailbox_set *set)
{
	return mailbox_ioctl(fd, MAILBOX_IOC_SET, set);
}

static void set_init(struct mailbox_set *set, uint64_t id, uint32_t flags)
{
	memset(set, 0, sizeof(*set));
	set->size = sizeof(*set);
	set->id = id;
	set->flags = flags;
}

int mailbox_set_mode(int fd, uint64_t id, uint32_t mode)
{
	struct mailbox_set set;

	set_init(&set, id, MAILBOX_SET_MODE);
	set.mode = mode;
	return mailbox_set(fd, &set);
}

int mailbox_set_owner(int fd, uint64_t id, uid_t uid, gid_t gid)
{
	struct mailbox_set set;

	set_init(&set, id, 0);
	if (uid != (uid_t)-1) {
		set.flags |= MAILBOX_SET_UID;
		set.uid = uid;
	}
	if (gid != (gid_t)-1) {
		set.flags |= MAILBOX_SET_GID;
		set.gid = gid;
	}
	return mailbox_set(fd, &set);
}

int mailbox_set_capacity(int fd, uint64_t id, uint32_t capacity)
{
	struct mailbox_set set;

	set_init(&set, id, MAILBOX_SET_CAPACITY);
	set.capacity = capacity;
	return mailbox_set(fd, &set);
}

int mailbox_set_low_water(int fd, uint64_t id, uint32_t low_water)
{
	struct mailbox_set set;

	set_init(&set, id, MAILBOX_SET_LOW_WATER);
	set.low_water = low_water;
	return mailbox_set(fd, &set);
}

int mailbox_set_max_message(int fd, uint64_t id, uint32_t max_message)
{
	struct mailbox_set set;

	set_init(&set, id, MAILBOX_SET_MAX_MESSAGE);
	set.max_message = max_message;
	return mailbox_set(fd, &set);
}
