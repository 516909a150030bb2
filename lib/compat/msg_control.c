// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Looking at queues, changing and removing them. */
#include <stdlib.h>
#include <linux/capability.h>
#include <sys/ipc.h>
#include <sys/msg.h>

#include "msg.h"

#ifndef MSG_STAT_ANY
#define MSG_STAT_ANY	13
#endif

static bool stat_get(uint64_t id, struct mailbox_stat *stat)
{
	stat->size = sizeof(*stat);
	stat->flags = 0;
	stat->id = id;
	if (!compat_command(MAILBOX_IOC_STAT, stat))
		return true;
	if (errno == ENOENT || errno == EIDRM)
		errno = EINVAL;
	return false;
}

/* The queue's state; ID, or 0 with errno, which is EINVAL if there is none. */
static uint64_t queue_stat(int msqid, struct mailbox_stat *stat)
{
	uint64_t id = msg_id(msqid, false);

	if (!id || stat_get(id, stat))
		return id;
	id = errno == EINVAL ? msg_id(msqid, true) : 0;
	return id && stat_get(id, stat) ? id : 0;
}

/* The module shows it to everybody, and System V to who may read it.  0 or -1. */
static int readable(uint64_t id)
{
	struct mailbox_open open = {
		.size = sizeof(open),
		.flags = MAILBOX_OPEN_ID | MAILBOX_OPEN_NOFD,
		.rights = MAILBOX_RIGHT_RECEIVE,
		.id = id,
	};

	return compat_command(MAILBOX_IOC_OPEN, &open);
}

static key_t key_of(const struct mailbox_stat *stat)
{
	if (strncmp(stat->name, "sysv/0x", 7))
		return IPC_PRIVATE;
	return (key_t)strtoul(stat->name + 7, NULL, 16);
}

static void status_fill(struct msqid_ds *status,
			const struct mailbox_stat *stat)
{
	memset(status, 0, sizeof(*status));
	status->msg_perm.__key = key_of(stat);
	status->msg_perm.uid = stat->uid;
	status->msg_perm.gid = stat->gid;
	status->msg_perm.cuid = stat->creator_uid;
	status->msg_perm.cgid = stat->creator_gid;
	status->msg_perm.mode = (unsigned short)stat->mode;
	status->msg_stime = stat->send_time;
	status->msg_rtime = stat->receive_time;
	status->msg_ctime = stat->change_time;
	status->__msg_cbytes = (unsigned long)stat->bytes;
	status->msg_qnum = stat->messages;
	status->msg_qbytes = stat->max_bytes;
	status->msg_lspid = (pid_t)stat->send_pid;
	status->msg_lrpid = (pid_t)stat->receive_pid;
}

static int status_give(struct msqid_ds *to, const struct mailbox_stat *stat)
{
	struct msqid_ds status;

	status_fill(&status, stat);
	return compat_copy(to, &status, sizeof(status), to);
}

static int control_stat(int msqid, struct msqid_ds *status)
{
	struct mailbox_stat stat;
	uint64_t id = queue_stat(msqid, &stat);

	if (!id)
		return -1;
	if (readable(id))
		return errno == ENOENT ? fail(EINVAL) : -1;
	return status_give(status, &stat);
}

static int status_set(int msqid, const struct msqid_ds *status)
{
	struct mailbox_set set = {
		.size = sizeof(set),
		.flags = MAILBOX_SET_MODE | MAILBOX_SET_UID | MAILBOX_SET_GID |
			 MAILBOX_SET_CAPACITY | MAILBOX_SET_MAX_BYTES,
		.mode = status->msg_perm.mode & 0777,
		.uid = status->msg_perm.uid,
		.gid = status->msg_perm.gid,
		.capacity = msg_capacity(status->msg_qbytes),
		.max_bytes = status->msg_qbytes >= UINT32_MAX ?
			     UINT32_MAX - 1 : (uint32_t)status->msg_qbytes,
	};
	struct mailbox_stat stat;
	struct msg_limits limits;

	set.id = queue_stat(msqid, &stat);
	if (!set.id)
		return -1;
	msg_limits_read(&limits);
	if (status->msg_qbytes > limits.msgmnb &&
	    !compat_capable(CAP_SYS_RESOURCE))
		return fail(EPERM);
	if (!compat_command(MAILBOX_IOC_SET, &set))
		return 0;
	return errno == ENOENT ? fail(EINVAL) : -1;
}

static int control_set(int msqid, const struct msqid_ds *from)
{
	struct msqid_ds status;

	return compat_copy(&status, from, sizeof(status), from) ?:
	       status_set(msqid, &status);
}

static int control_remove(int msqid)
{
	struct mailbox_target target = {
		.size = sizeof(target),
		.id = msg_id(msqid, false),
	};

	if (!target.id)
		return -1;
	msg_handle_drop(target.id);
	if (!compat_command(MAILBOX_IOC_DESTROY, &target))
		return 0;
	if (errno == ENOENT || errno == EIDRM) {
		target.id = msg_id(msqid, true);
		if (!target.id)
			return -1;
		if (!compat_command(MAILBOX_IOC_DESTROY, &target))
			return 0;
	}
	return errno == ENOENT || errno == EIDRM ? fail(EINVAL) : -1;
}

/* The place of the last queue, as ipcs(1) wants it: they are numbered through. */
static int control_info(int command, void *to)
{
	struct msginfo give, *info = &give;
	struct compat_tour tour = { .at = 0 };
	struct mailbox_stat stat;
	struct msg_limits limits;
	int queues = 0, messages = 0, bytes = 0;

	while (compat_tour_next(&tour, MAILBOX_CREATE_SYSV, &stat)) {
		queues++;
		messages += (int)stat.messages;
		bytes += (int)stat.bytes;
	}
	msg_limits_read(&limits);
	memset(info, 0, sizeof(*info));
	info->msgmax = (int)limits.msgmax;
	info->msgmnb = (int)limits.msgmnb;
	info->msgmni = (int)limits.msgmni;
	info->msgssz = 16;
	info->msgseg = 0xffff;
	if (command == MSG_INFO) {
		info->msgpool = queues;
		info->msgmap = messages;
		info->msgtql = bytes;
	} else {
		info->msgpool = (int)(limits.msgmni * limits.msgmnb / 1024);
		info->msgmap = (int)limits.msgmnb;
		info->msgtql = (int)limits.msgmnb;
	}
	if (compat_copy(to, info, sizeof(*info), to))
		return -1;
	return queues ? queues - 1 : 0;
}

static int control_stat_at(int place, bool any, struct msqid_ds *status)
{
	struct compat_tour tour = { .at = 0 };
	struct mailbox_stat stat;

	do {
		if (!compat_tour_next(&tour, MAILBOX_CREATE_SYSV, &stat))
			return fail(EINVAL);
	} while (place--);
	if (!any && readable(stat.id))
		return -1;
	return status_give(status, &stat) ?: (int)stat.index;
}

EXPORT int msgctl(int msqid, int command, struct msqid_ds *status)
{
	if (msqid < 0)
		return fail(EINVAL);
	switch (command) {
	case IPC_STAT:
		return control_stat(msqid, status);
	case IPC_SET:
		return control_set(msqid, status);
	case IPC_RMID:
		return control_remove(msqid);
	case IPC_INFO:
	case MSG_INFO:
		return control_info(command, status);
	case MSG_STAT:
	case MSG_STAT_ANY:
		return control_stat_at(msqid, command == MSG_STAT_ANY, status);
	default:
		return fail(EINVAL);
	}
}
