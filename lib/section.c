// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Sections: shared memory. */
#include <errno.h>
#include <sys/mman.h>

#include "internal.h"

int mailbox_section_create_with(int client,
				struct mailbox_section_create *create)
{
	int error;

	error = mailbox_ioctl(client, MAILBOX_IOC_SECTION_CREATE, create);
	if (error)
		return error;
	return create->flags & MAILBOX_CREATE_NOFD ? 0 : create->fd;
}

int mailbox_section_create(int client, const char *name, uint64_t length,
			   uint32_t seals, uint64_t *id)
{
	struct mailbox_section_create create;
	int fd;

	memset(&create, 0, sizeof(create));
	create.size = sizeof(create);
	create.length = length;
	create.seals = seals;
	create.rights = MAILBOX_SECTION_RIGHTS;
	if (name) {
		create.name = (uintptr_t)name;
		create.name_length = mailbox_name_length(name);
	}
	fd = mailbox_section_create_with(client, &create);
	if (fd >= 0 && id)
		*id = create.id;
	return fd;
}

int mailbox_section_open_with(int client, struct mailbox_section_open *open)
{
	int error;

	error = mailbox_ioctl(client, MAILBOX_IOC_SECTION_OPEN, open);
	if (error)
		return error;
	return open->flags & MAILBOX_OPEN_NOFD ? 0 : open->fd;
}

static void open_init(struct mailbox_section_open *open, uint32_t flags,
		      uint32_t rights)
{
	memset(open, 0, sizeof(*open));
	open->size = sizeof(*open);
	open->flags = flags;
	open->rights = rights;
}

int mailbox_section_open(int client, const char *name, uint32_t rights)
{
	struct mailbox_section_open open;

	open_init(&open, MAILBOX_OPEN_NAME, rights);
	open.name = (uintptr_t)name;
	open.name_length = mailbox_name_length(name);
	return mailbox_section_open_with(client, &open);
}

int mailbox_section_open_id(int client, uint64_t id, uint32_t rights)
{
	struct mailbox_section_open open;

	open_init(&open, MAILBOX_OPEN_ID, rights);
	open.id = id;
	return mailbox_section_open_with(client, &open);
}

int mailbox_section_restrict(int section, uint32_t rights)
{
	struct mailbox_restrict restricted;
	int error;

	memset(&restricted, 0, sizeof(restricted));
	restricted.size = sizeof(restricted);
	restricted.rights = rights;
	error = mailbox_ioctl(section, MAILBOX_IOC_SECTION_RESTRICT,
			      &restricted);
	return error ? error : restricted.fd;
}

static int section_target(int fd, unsigned int command, uint64_t id)
{
	struct mailbox_target target;

	memset(&target, 0, sizeof(target));
	target.size = sizeof(target);
	target.id = id;
	return mailbox_ioctl(fd, command, &target);
}

int mailbox_section_destroy(int fd, uint64_t id)
{
	return section_target(fd, MAILBOX_IOC_SECTION_DESTROY, id);
}

int mailbox_section_unlink(int fd, uint64_t id)
{
	return section_target(fd, MAILBOX_IOC_SECTION_UNLINK, id);
}

int mailbox_section_set(int fd, const struct mailbox_section_set *set)
{
	return mailbox_ioctl(fd, MAILBOX_IOC_SECTION_SET, set);
}

int mailbox_section_set_length(int fd, uint64_t id, uint64_t length)
{
	struct mailbox_section_set set;

	memset(&set, 0, sizeof(set));
	set.size = sizeof(set);
	set.flags = MAILBOX_SET_LENGTH;
	set.id = id;
	set.length = length;
	return mailbox_section_set(fd, &set);
}

int mailbox_section_stat_sized(int fd, uint64_t id,
			       struct mailbox_section_stat *stat, size_t size)
{
	if (size < offsetof(struct mailbox_section_stat, length) ||
	    size > MAILBOX_SIZE_MAX)
		return -EINVAL;
	memset(stat, 0, size);
	stat->size = (uint32_t)size;
	stat->id = id;
	return mailbox_ioctl(fd, MAILBOX_IOC_SECTION_STAT, stat);
}

int mailbox_section_map(int section, uint64_t offset, size_t length,
			uint32_t rights, void **memory)
{
	int protection = PROT_READ;
	int saved = errno;
	void *address;
	int error = 0;

	if ((off_t)offset < 0)
		return -EINVAL;
	if (rights & MAILBOX_SECTION_WRITE)
		protection |= PROT_WRITE;
	address = mmap(NULL, length, protection, MAP_SHARED, section,
		       (off_t)offset);
	if (address == MAP_FAILED)
		error = -errno;
	else
		*memory = address;
	errno = saved;
	return error;
}
