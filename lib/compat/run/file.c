// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Functions of the C library for files, as far as what they are given is a queue, or a
 * list of them: all else goes on to the C library.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <unistd.h>

#include "run.h"

/* What a queue's file has: the type of its filesystem, and room for a line. */
#define MQUEUE_MAGIC	0x19800202
#define MQUEUE_SIZE	80

/* The C library's function of the same name as the caller. */
#define NEXT(type)	((type *)dlsym(RTLD_NEXT, __func__))

typedef int open_function(const char *path, int flags, ...);
typedef FILE *fopen_function(const char *path, const char *mode);
typedef int path_function(const char *path);
typedef int access_function(const char *path, int mode);
typedef int fstat_function(int fd, struct stat *status);
typedef int fstat64_function(int fd, struct stat64 *status);
typedef int stat_function(const char *path, struct stat *status);
typedef int stat64_function(const char *path, struct stat64 *status);
typedef int fstatfs_function(int fd, struct statfs *status);
typedef int fstatfs64_function(int fd, struct statfs64 *status);

static bool is_listing(const char *path)
{
	return path && !strcmp(path, "/proc/sysvipc/msg");
}

#define OPEN(name)							\
EXPORT open_function name;						\
int name(const char *path, int flags, ...)				\
{									\
	const char *queue = queue_of(path);				\
	va_list arguments;						\
	mode_t mode;							\
									\
	va_start(arguments, flags);					\
	mode = va_arg(arguments, mode_t);				\
	va_end(arguments);						\
	if (queue)							\
		return queue_open(queue, flags, mode);			\
	if (is_listing(path) && (flags & O_ACCMODE) == O_RDONLY)	\
		return listing_open(flags);				\
	return NEXT(open_function)(path, flags, mode);			\
}

OPEN(open)
OPEN(open64)

/* A queue's or the list's descriptor, to be read; -2: it is neither. */
static int stream_open(const char *path, const char *mode)
{
	const char *queue = queue_of(path);

	if (mode[0] != 'r' || strchr(mode, '+'))
		return -2;
	return queue ? queue_open(queue, O_RDONLY, 0) :
	       is_listing(path) ? listing_open(0) : -2;
}

#define FOPEN(name)							\
EXPORT fopen_function name;						\
FILE *name(const char *path, const char *mode)				\
{									\
	int fd = stream_open(path, mode);				\
									\
	return fd == -2 ? NEXT(fopen_function)(path, mode) :		\
	       fd == -1 ? NULL : fdopen(fd, "r");			\
}

FOPEN(fopen)
FOPEN(fopen64)

EXPORT int unlink(const char *path)
{
	const char *queue = queue_of(path);

	return queue ? mq_unlink(queue) : NEXT(path_function)(path);
}

EXPORT int access(const char *path, int mode)
{
	const char *queue = queue_of(path);

	return queue ? queue_access(queue, mode) :
		       NEXT(access_function)(path, mode);
}

#define STATUS_FILL(status, file) do {					\
	(status)->st_ino = (file)->number;				\
	(status)->st_mode = S_IFREG | (file)->mode;			\
	(status)->st_nlink = (file)->named;				\
	(status)->st_uid = (file)->uid;					\
	(status)->st_gid = (file)->gid;					\
	(status)->st_size = MQUEUE_SIZE;				\
} while (0)

/* The files of descriptors like ours are of no type. */
#define FSTAT(name, type)						\
EXPORT name##_function name;						\
int name(int fd, struct type *status)					\
{									\
	struct queue_file file;						\
									\
	if (NEXT(name##_function)(fd, status))				\
		return -1;						\
	if (!(status->st_mode & S_IFMT) && queue_look(fd, &file))	\
		STATUS_FILL(status, &file);				\
	return 0;							\
}

FSTAT(fstat, stat)
FSTAT(fstat64, stat64)

#define STAT(name, kind, type)						\
EXPORT kind##_function name;						\
int name(const char *path, struct type *status)			\
{									\
	const char *queue = queue_of(path);				\
	struct queue_file file;						\
									\
	if (!queue)							\
		return NEXT(kind##_function)(path, status);		\
	if (queue_find(queue, &file))					\
		return -1;						\
	memset(status, 0, sizeof(*status));				\
	STATUS_FILL(status, &file);					\
	return 0;							\
}

STAT(stat, stat, stat)
STAT(lstat, stat, stat)
STAT(stat64, stat64, stat64)
STAT(lstat64, stat64, stat64)

#define FSTATFS(name, type)						\
EXPORT name##_function name;						\
int name(int fd, struct type *status)					\
{									\
	struct queue_file file;						\
									\
	if (NEXT(name##_function)(fd, status))				\
		return -1;						\
	if (queue_look(fd, &file))					\
		status->f_type = MQUEUE_MAGIC;				\
	return 0;							\
}

FSTATFS(fstatfs, statfs)
FSTATFS(fstatfs64, statfs64)
