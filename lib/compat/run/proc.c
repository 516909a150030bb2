// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * /proc/sysvipc/msg, which programs read that list queues, ipcs(1) among them: what
 * msgctl(2) says of them, in the kernel's form (proc(5)).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <unistd.h>

#define EXPORT	__attribute__((visibility("default")))

#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY	13
#endif

static void queue_show(int fd, int msqid, const struct msqid_ds *status)
{
	const struct ipc_perm *perm = &status->msg_perm;

	dprintf(fd, "%10d %10d  %4o  %10lu %10lu ", perm->__key, msqid,
		perm->mode, (unsigned long)status->__msg_cbytes,
		(unsigned long)status->msg_qnum);
	dprintf(fd, "%5u %5u %5u %5u %5u %5u ",
		(unsigned int)status->msg_lspid, (unsigned int)status->msg_lrpid,
		perm->uid, perm->gid, perm->cuid, perm->cgid);
	dprintf(fd, "%10llu %10llu %10llu\n",
		(unsigned long long)status->msg_stime,
		(unsigned long long)status->msg_rtime,
		(unsigned long long)status->msg_ctime);
}

/* A file with a line for each queue, to be read; -1 with errno. */
static int queues_open(int flags)
{
	int fd = memfd_create("sysvipc-msg", flags & O_CLOEXEC ? MFD_CLOEXEC : 0);
	struct msqid_ds status;
	int place, last, msqid;

	if (fd < 0)
		return -1;
	dprintf(fd, "       key      msqid perms      cbytes       qnum ");
	dprintf(fd, "lspid lrpid   uid   gid  cuid  cgid ");
	dprintf(fd, "     stime      rtime      ctime\n");
	last = msgctl(0, MSG_INFO, &status);
	for (place = 0; place <= last; place++) {
		msqid = msgctl(place, MSG_STAT_ANY, &status);
		if (msqid >= 0)
			queue_show(fd, msqid, &status);
	}
	lseek(fd, 0, SEEK_SET);
	return fd;
}

static int is_queues(const char *path)
{
	return path && !strcmp(path, "/proc/sysvipc/msg");
}

typedef int open_function(const char *path, int flags, ...);
typedef FILE *fopen_function(const char *path, const char *mode);

EXPORT open_function open, open64;
EXPORT fopen_function fopen, fopen64;

static int open_by(const char *name, const char *path, int flags, mode_t mode)
{
	open_function *next = (open_function *)dlsym(RTLD_NEXT, name);

	if (is_queues(path) && (flags & O_ACCMODE) == O_RDONLY)
		return queues_open(flags);
	return next(path, flags, mode);
}

int open(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open_by("open", path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode;

	va_start(arguments, flags);
	mode = va_arg(arguments, mode_t);
	va_end(arguments);
	return open_by("open64", path, flags, mode);
}

static FILE *fopen_by(const char *name, const char *path, const char *mode)
{
	fopen_function *next = (fopen_function *)dlsym(RTLD_NEXT, name);
	int fd;

	if (!is_queues(path) || mode[0] != 'r')
		return next(path, mode);
	fd = queues_open(0);
	return fd < 0 ? NULL : fdopen(fd, "r");
}

FILE *fopen(const char *path, const char *mode)
{
	return fopen_by("fopen", path, mode);
}

FILE *fopen64(const char *path, const char *mode)
{
	return fopen_by("fopen64", path, mode);
}
