// SPDX-License-Identifier: GPL-2.0-only
/*
 * The message queues of POSIX and System V: the kernel's, and, compiled once more by
 * shims.c, those of libmailbox-mqueue and libmailbox-sysv.
 */
#include <fcntl.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench.h"

#ifndef MQ_NAME
#define MQ_NAME		"posix-mq"
#define SYSV_NAME	"sysv-msg"
#endif

/* Raises a limit, as an administrator would who wants to use this. */
static void limit_raise(const char *path, unsigned long value)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return;
	fprintf(file, "%lu\n", value);
	fclose(file);
}

static bool mq_make(struct channel *channel)
{
	struct rlimit limit = { RLIM_INFINITY, RLIM_INFINITY };
	struct mq_attr attributes = {
		.mq_maxmsg = channel->depth,
		.mq_msgsize = channel->bytes,
	};
	char name[32];

	limit_raise("/proc/sys/fs/mqueue/msg_max", 4096);
	limit_raise("/proc/sys/fs/mqueue/msgsize_max", 1 << 20);
	setrlimit(RLIMIT_MSGQUEUE, &limit);
	snprintf(name, sizeof(name), "/bench-%d", getpid());
	channel->in = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600,
			      &attributes);
	channel->out = channel->in;
	if (channel->in < 0)
		return false;
	mq_unlink(name);
	return true;
}

static void mq_put(struct channel *channel, char *data)
{
	must(!mq_send(channel->out, data, channel->bytes, 0), "mq_send");
}

static void mq_get(struct channel *channel, char *data)
{
	must(mq_receive(channel->in, data, channel->bytes, NULL) ==
	     (ssize_t)channel->bytes, "mq_receive");
}

const struct mechanism posix_mq = {
	.name = MQ_NAME,
	.longest = 1 << 20,
	.shared = true,
	.open = mq_make,
	.send = mq_put,
	.receive = mq_get,
};

/*
 * System V's messages begin with a type: a buffer of the process's own saves the
 * benchmark a copy, as a user's message would lie in such a structure.
 */
struct sysv {
	int id;
	struct {
		long type;
		char text[1 << 20];
	} message;
};

static bool sysv_make(struct channel *channel)
{
	struct sysv *sysv = calloc(1, sizeof(*sysv));
	struct msqid_ds status;

	limit_raise("/proc/sys/kernel/msgmax", 1 << 20);
	limit_raise("/proc/sys/kernel/msgmnb", 1 << 30);
	must(sysv, "calloc");
	sysv->id = msgget(IPC_PRIVATE, 0600);
	if (sysv->id < 0 || msgctl(sysv->id, IPC_STAT, &status))
		return false;
	status.msg_qbytes = channel->depth * channel->bytes;
	must(!msgctl(sysv->id, IPC_SET, &status), "msgctl");
	sysv->message.type = 1;
	memset(sysv->message.text, 1, channel->bytes);
	channel->own = sysv;
	return true;
}

static void sysv_put(struct channel *channel, char *data)
{
	struct sysv *sysv = channel->own;

	must(!msgsnd(sysv->id, &sysv->message, channel->bytes, 0), "msgsnd");
}

static void sysv_get(struct channel *channel, char *data)
{
	struct sysv *sysv = channel->own;

	must(msgrcv(sysv->id, &sysv->message, channel->bytes, 0, 0) ==
	     (ssize_t)channel->bytes, "msgrcv");
}

static void sysv_end(struct channel *channel)
{
	struct sysv *sysv = channel->own;

	msgctl(sysv->id, IPC_RMID, NULL);
	free(sysv);
}

const struct mechanism sysv_msg = {
	.name = SYSV_NAME,
	.longest = 1 << 20,
	.shared = true,
	.open = sysv_make,
	.send = sysv_put,
	.receive = sysv_get,
	.close = sysv_end,
};
