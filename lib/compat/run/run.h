/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What mailbox-run redirects besides the queues' functions: what its files share. */
#ifndef RUN_H
#define RUN_H

#include <stdbool.h>
#include <sys/types.h>

#define EXPORT	__attribute__((visibility("default")))

/* /proc/sysvipc/msg, to be read: a descriptor, or -1 with errno. */
int listing_open(int flags);

/* The queue's name, with its slash, if @path is a file of /dev/mqueue; else NULL. */
const char *queue_of(const char *path);

/**
 * struct queue_file - a queue, as a file
 * @number: of the inode
 * @mode: permission bits
 * @uid: owner
 * @gid: group
 * @named: it has a name still
 */
struct queue_file {
	unsigned int number;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	bool named;
};

/* Is it a queue's descriptor, and what is it like?  Keeps errno. */
bool queue_look(int fd, struct queue_file *file);

/* What a queue is like.  0, or -1 with errno. */
int queue_find(const char *name, struct queue_file *file);

/* access(2) of a queue. */
int queue_access(const char *name, int mode);

/* open(2) of a queue. */
int queue_open(const char *name, int flags, mode_t mode);

#endif /* RUN_H */
