// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* POSIX message queues as the files of /dev/mqueue, where the kernel shows its own. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/mailbox.h>

#include "../mq_flags.h"
#include "run.h"

#define FOLDER		"/dev/mqueue"

/* One that has been unlinked does not persist. */
#define QUEUE_LASTING	(QUEUE_FLAGS & ~MAILBOX_CREATE_PERSIST)

/* Are POSIX queues mailboxes here?  With mailbox-run --sysv they are the kernel's. */
static bool redirected(void)
{
	void *function = dlsym(RTLD_DEFAULT, "mq_open");
	Dl_info info;

	return function && dladdr(function, &info) && info.dli_fname &&
	       strstr(info.dli_fname, "libmailbox-mqueue");
}

const char *queue_of(const char *path)
{
	const char *name;

	if (!path || strncmp(path, FOLDER "/", sizeof(FOLDER)))
		return NULL;
	name = path + sizeof(FOLDER) - 1;
	return name[1] && !strchr(name + 1, '/') && redirected() ? name : NULL;
}

static bool stat_get(int fd, uint64_t id, struct queue_file *file)
{
	struct mailbox_stat stat = { .size = sizeof(stat), .id = id };

	if (ioctl(fd, MAILBOX_IOC_STAT, &stat))
		return false;
	if ((stat.create_flags & QUEUE_LASTING) != QUEUE_LASTING) {
		errno = ENOENT;
		return false;
	}
	file->number = stat.index;
	file->mode = stat.mode;
	file->uid = stat.uid;
	file->gid = stat.gid;
	file->named = stat.create_flags & MAILBOX_CREATE_PERSIST;
	return true;
}

bool queue_look(int fd, struct queue_file *file)
{
	int error = errno;
	bool found = stat_get(fd, 0, file);

	errno = error;
	return found;
}

/* A client, and the queue's ID; -1 with errno. */
static int queue_id(const char *name, uint32_t rights, uint64_t *id)
{
	struct mailbox_open open = {
		.size = sizeof(open),
		.flags = MAILBOX_OPEN_NAME | MAILBOX_OPEN_NOFD,
		.name = (uintptr_t)name + 1,
		.name_length = (uint32_t)strlen(name + 1),
		.rights = rights,
	};
	int client = openat(AT_FDCWD, "/dev/mailbox", O_RDWR | O_CLOEXEC);
	int error;

	if (client < 0)
		return -1;
	if (ioctl(client, MAILBOX_IOC_OPEN, &open)) {
		error = errno;
		close(client);
		errno = error;
		return -1;
	}
	*id = open.id;
	return client;
}

int queue_find(const char *name, struct queue_file *file)
{
	uint64_t id;
	int client = queue_id(name, 0, &id);
	int error;
	bool found;

	if (client < 0)
		return -1;
	found = stat_get(client, id, file);
	error = errno;
	close(client);
	errno = error;
	return found ? 0 : -1;
}

int queue_access(const char *name, int mode)
{
	uint32_t rights = (mode & R_OK ? MAILBOX_RIGHT_RECEIVE : 0) |
			  (mode & W_OK ? MAILBOX_RIGHT_SEND : 0);
	uint64_t id;
	int client;

	if (mode & X_OK) {
		errno = EACCES;
		return -1;
	}
	client = queue_id(name, rights, &id);
	if (client < 0)
		return -1;
	close(client);
	return 0;
}

int queue_open(const char *name, int flags, mode_t mode)
{
	const int known = O_ACCMODE | O_CREAT | O_EXCL | O_NONBLOCK;
	int fd = mq_open(name, flags & known, mode, NULL);

	/* mq_open() always has it closed on exec. */
	if (fd >= 0 && !(flags & O_CLOEXEC))
		fcntl(fd, F_SETFD, 0);
	return fd;
}
