/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs with POSIX message queues share: a queue for each test, times, and a
 * signal that is caught.
 */
#ifndef SELFTESTS_COMPAT_MQ_H
#define SELFTESTS_COMPAT_MQ_H

#include <fcntl.h>
#include <mqueue.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "program.h"

static inline struct timespec in_ms(long ms)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	time.tv_sec += ms / 1000;
	time.tv_nsec += ms % 1000 * 1000000;
	if (time.tv_nsec >= 1000000000) {
		time.tv_sec++;
		time.tv_nsec -= 1000000000;
	}
	return time;
}

FIXTURE(mq) {
	char name[64];
	struct mq_attr attr;
	mqd_t q;
};

FIXTURE_SETUP(mq)
{
	snprintf(self->name, sizeof(self->name), "/test-%d", getpid());
	self->attr = (struct mq_attr){ .mq_maxmsg = 4, .mq_msgsize = 32 };
	self->q = mq_open(self->name, O_RDWR | O_CREAT | O_EXCL, 0600,
			  &self->attr);
	ASSERT_LE(0, self->q) {
		TH_LOG("%s", strerror(errno));
	}
}

FIXTURE_TEARDOWN(mq)
{
	mq_close(self->q);
	mq_unlink(self->name);
}

__attribute__((unused)) static atomic_int caught;
__attribute__((unused)) static siginfo_t caught_info;

static inline void catch(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	caught_info = *info;
	caught++;
}

static inline void catch_from_now(int number, int flags)
{
	struct sigaction action = {
		.sa_sigaction = catch,
		.sa_flags = SA_SIGINFO | flags,
	};

	caught = 0;
	sigaction(number, &action, NULL);
}

#endif /* SELFTESTS_COMPAT_MQ_H */
