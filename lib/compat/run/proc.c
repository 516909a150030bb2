// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * /proc/sysvipc/msg, which programs read that list queues, ipcs(1) among them: what
 * msgctl(2) says of them, in the kernel's form (proc(5)).
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <unistd.h>

#include "run.h"

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

/* A file with a line for each queue. */
int listing_open(int flags)
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
