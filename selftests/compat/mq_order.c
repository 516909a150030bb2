// SPDX-License-Identifier: GPL-2.0-only
/*
 * POSIX message queues: who of those who wait goes first, by scheduling priority and
 * then by time.
 *
 * A plain program that knows nothing of mailboxes: compat.sh runs it on the kernel's
 * own queues and on libmailbox-mqueue, and expects the same of both.
 */
#include <sched.h>
#include <sys/resource.h>

#include "mq.h"

/**
 * struct rank - how a child is scheduled
 * @policy: SCHED_*
 * @priority: of SCHED_FIFO and SCHED_RR; of SCHED_OTHER its nice value
 * @place: when it is to be served, from 0
 */
struct rank {
	int policy;
	int priority;
	int place;
};

static const struct rank real_time[] = {
	{ SCHED_FIFO, 10, 4 }, { SCHED_OTHER, 0, 5 }, { SCHED_RR, 30, 0 },
	{ SCHED_FIFO, 20, 3 }, { SCHED_FIFO, 30, 1 }, { SCHED_RR, 25, 2 },
};

/* What an ordinary user can do. */
static const struct rank nice_ones[] = {
	{ SCHED_OTHER, 10, 2 }, { SCHED_OTHER, 0, 0 }, { SCHED_OTHER, 19, 3 },
	{ SCHED_OTHER, 0, 1 },
};

#define COUNT(array)	(int)(sizeof(array) / sizeof((array)[0]))
#define MOST		COUNT(real_time)

static bool rank_take(const struct rank *rank)
{
	struct sched_param parameter = { .sched_priority = rank->priority };

	if (rank->policy == SCHED_OTHER)
		return !setpriority(PRIO_PROCESS, 0, rank->priority);
	return !sched_setscheduler(0, rank->policy, &parameter);
}

/* Which message it gets, from 0. */
static int receive_as(const struct rank *rank, mqd_t q)
{
	char data[32];

	if (!rank_take(rank) || mq_receive(q, data, 32, NULL) != 1)
		return 100;
	return data[0];
}

static void receivers(struct __test_metadata *_metadata, mqd_t q,
		      const struct rank *ranks, int count)
{
	pid_t children[MOST];

	for (int i = 0; i < count; i++)
		children[i] = SLEEPER(receive_as(&ranks[i], q));
	for (char i = 0; i < count; i++)
		ASSERT_EQ(0, mq_send(q, &i, 1, 0));
	for (int i = 0; i < count; i++) {
		EXPECT_EQ(ranks[i].place, outcome(children[i])) {
			TH_LOG("receiver %d", i);
		}
	}
}

/* The first to be served has the least urgent message. */
static int send_as(const struct rank *rank, mqd_t q)
{
	char place = (char)rank->place;

	if (!rank_take(rank))
		return 100;
	return mq_send(q, &place, 1, (unsigned int)place) ? errno : 0;
}

static void senders(struct __test_metadata *_metadata, const char *name,
		    const struct rank *ranks, int count)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 32 };
	mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	pid_t children[MOST];
	char data[32];

	ASSERT_LE(0, q);
	ASSERT_EQ(0, mq_unlink(name));
	ASSERT_EQ(0, mq_send(q, "full", 4, 0));
	for (int i = 0; i < count; i++)
		children[i] = SLEEPER(send_as(&ranks[i], q));
	EXPECT_EQ(4, mq_receive(q, data, 32, NULL));
	for (int i = 0; i < count; i++) {
		EXPECT_EQ(1, mq_receive(q, data, 32, NULL));
		EXPECT_EQ(i, data[0]);
	}
	for (int i = 0; i < count; i++)
		EXPECT_EQ(0, outcome(children[i]));
	mq_close(q);
}

static bool is_real_time_allowed(void)
{
	pid_t child = fork();

	if (!child)
		_exit(!rank_take(&real_time[0]));
	return !outcome(child);
}

TEST_F(mq, receivers_by_priority)
{
	if (!is_real_time_allowed())
		SKIP(return, "needs root");
	receivers(_metadata, self->q, real_time, COUNT(real_time));
}

TEST_F(mq, senders_by_priority)
{
	if (!is_real_time_allowed())
		SKIP(return, "needs root");
	senders(_metadata, "/test-senders", real_time, COUNT(real_time));
}

TEST_F(mq, receivers_by_niceness)
{
	receivers(_metadata, self->q, nice_ones, COUNT(nice_ones));
}

TEST_F(mq, senders_by_niceness)
{
	senders(_metadata, "/test-senders", nice_ones, COUNT(nice_ones));
}

/* A message and a place in between are anybody's who does not wait. */
TEST_F(mq, who_does_not_wait_waits_for_nobody)
{
	struct timespec past = { 1, 0 };
	pid_t child = SLEEPER(receive_as(&nice_ones[0], self->q));
	char data[32], place = 7;

	EXPECT_ERROR(ETIMEDOUT, mq_timedreceive(self->q, data, 32, NULL, &past));
	ASSERT_EQ(0, mq_send(self->q, &place, 1, 0));
	EXPECT_EQ(7, outcome(child));
	EXPECT_ERROR(ETIMEDOUT, mq_timedreceive(self->q, data, 32, NULL, &past));
}

TEST_HARNESS_MAIN
