// SPDX-License-Identifier: GPL-2.0-only
/*
 * POSIX message queues: sending and receiving, waiting and its end, poll.
 *
 * A plain program that knows nothing of mailboxes: compat.sh runs it on the kernel's
 * own queues and on libmailbox-mqueue, and expects the same of both.
 */
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>

#include "mq.h"

/* Messages */

TEST_F(mq, priority_then_age)
{
	static const struct { const char *text; unsigned int priority; } sent[] = {
		{ "a", 1 }, { "b", 32767 }, { "c", 1 }, { "d", 0 },
	};
	static const char order[] = "bacd";
	unsigned int priority;
	char data[32];

	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, mq_send(self->q, sent[i].text, 1,
				     sent[i].priority));
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(1, mq_receive(self->q, data, 32, &priority));
		EXPECT_EQ(order[i], data[0]);
		EXPECT_EQ(i ? i < 3 : 32767, priority);
	}
	EXPECT_ERROR(EINVAL, mq_send(self->q, "x", 1, 32768));
	EXPECT_ERROR(EINVAL, mq_send(self->q, "x", 1, -1));
}

TEST_F(mq, sizes)
{
	char data[64];

	EXPECT_ERROR(EMSGSIZE, mq_send(self->q, data, 33, 0));
	EXPECT_ERROR(EMSGSIZE, mq_send(self->q, data, 1UL << 32, 0));
	EXPECT_EQ(0, mq_send(self->q, data, 0, 0));
	EXPECT_EQ(0, mq_send(self->q, data, 32, 0));
	/* room for the longest message, whatever is there */
	EXPECT_ERROR(EMSGSIZE, mq_receive(self->q, data, 31, NULL));
	EXPECT_ERROR(EMSGSIZE, mq_receive(self->q, data, 0, NULL));
	EXPECT_EQ(0, mq_receive(self->q, data, 64, NULL));
	EXPECT_EQ(32, mq_receive(self->q, data, 32, NULL));
}

TEST_F(mq, bad_pointers)
{
	void *bad = nowhere();

	EXPECT_ERROR(EFAULT, mq_send(self->q, bad, 8, 0));
	EXPECT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_ERROR(EFAULT, mq_receive(self->q, bad, 32, NULL));
}

TEST_F(mq, bad_place_for_the_priority)
{
	static unsigned int somewhere;
	unsigned int here;
	char data[32];

	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, mq_send(self->q, "x", 1, 9 - i));
	EXPECT_EQ(1, mq_receive(self->q, data, 32, &here));
	EXPECT_EQ(9, here);
	EXPECT_EQ(1, mq_receive(self->q, data, 32, &somewhere));
	EXPECT_EQ(8, somewhere);
	EXPECT_ERROR(EFAULT, mq_receive(self->q, data, 32, nowhere()));
	EXPECT_ERROR(EFAULT, mq_receive(self->q, data, 32, (void *)-8L));
}

TEST_F(mq, bad_times)
{
	void *bad = nowhere();
	char data[32];

	/* also if it need not wait */
	EXPECT_ERROR(EFAULT, mq_timedsend(self->q, "x", 1, 0, bad));
	EXPECT_ERROR(EFAULT, mq_timedreceive(self->q, data, 32, NULL, bad));
	EXPECT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_ERROR(EFAULT, mq_timedreceive(self->q, data, 32, NULL, bad));
}

/* What a program finds that uses the numbers of the system calls. */
TEST_F(mq, by_system_call)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	struct mq_attr attr = { .mq_maxmsg = 2, .mq_msgsize = 16 };
	struct timespec past = { 1, 0 };
	unsigned int priority;
	char data[16];
	long q;

	q = syscall(SYS_mq_open, "test-raw", O_RDWR | O_CREAT | O_EXCL, 0600,
		    &attr);
	ASSERT_LE(0, q);
	EXPECT_ERROR(EEXIST, syscall(SYS_mq_open, "test-raw",
				     O_RDWR | O_CREAT | O_EXCL, 0600, &attr));
	EXPECT_EQ(0, mq_close(mq_open("/test-raw", O_RDWR)));
	EXPECT_EQ(0, syscall(SYS_mq_timedsend, q, "abc", 3, 7, NULL));
	EXPECT_EQ(0, syscall(SYS_mq_getsetattr, q, NULL, &attr));
	EXPECT_EQ(1, attr.mq_curmsgs);
	EXPECT_EQ(3, syscall(SYS_mq_timedreceive, q, data, 16, &priority,
			     NULL));
	EXPECT_EQ(7, priority);
	EXPECT_ERROR(ETIMEDOUT, syscall(SYS_mq_timedreceive, q, data, 16,
					NULL, &past));
	EXPECT_ERROR(EFAULT, syscall(SYS_mq_timedreceive, q, data, 16, NULL,
				     8L));
	EXPECT_EQ(0, syscall(SYS_mq_notify, q, &event));
	EXPECT_ERROR(EBUSY, mq_notify(q, &event));
	EXPECT_EQ(0, syscall(SYS_mq_notify, q, NULL));
	EXPECT_EQ(0, syscall(SYS_mq_unlink, "test-raw"));
	EXPECT_ERROR(ENOENT, syscall(SYS_mq_unlink, "test-raw"));
	EXPECT_EQ(getpid(), syscall(SYS_getpid));
	EXPECT_EQ(0, mq_close(q));
}

TEST_F(mq, nonblocking)
{
	struct mq_attr attr = { .mq_flags = O_NONBLOCK };
	struct timespec later = in_ms(100000);
	char data[32];

	ASSERT_EQ(0, mq_setattr(self->q, &attr, NULL));
	EXPECT_ERROR(EAGAIN, mq_receive(self->q, data, 32, NULL));
	EXPECT_ERROR(EAGAIN, mq_timedreceive(self->q, data, 32, NULL, &later));
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_ERROR(EAGAIN, mq_send(self->q, "x", 1, 0));
	EXPECT_ERROR(EAGAIN, mq_timedsend(self->q, "x", 1, 0, &later));
}

TEST_F(mq, deadlines)
{
	struct timespec past = { 1, 0 }, soon, bad[] = {
		{ 0, -1 }, { 0, 1000000000 }, { -1, 0 },
	};
	char data[32];

	EXPECT_ERROR(ETIMEDOUT, mq_timedreceive(self->q, data, 32, NULL, &past));
	soon = in_ms(50);
	EXPECT_ERROR(ETIMEDOUT, mq_timedreceive(self->q, data, 32, NULL, &soon));
	for (int i = 0; i < 3; i++) {
		EXPECT_ERROR(EINVAL, mq_timedreceive(self->q, data, 32, NULL,
						     &bad[i]));
		EXPECT_ERROR(EINVAL, mq_timedsend(self->q, "x", 1, 0, &bad[i]));
	}
	/* what can be done at once does not look at the time */
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(0, mq_timedsend(self->q, "x", 1, 0, &past));
	EXPECT_ERROR(ETIMEDOUT, mq_timedsend(self->q, "x", 1, 0, &past));
	soon = in_ms(50);
	EXPECT_ERROR(ETIMEDOUT, mq_timedsend(self->q, "x", 1, 0, &soon));
	EXPECT_EQ(1, mq_timedreceive(self->q, data, 32, NULL, &past));
}

TEST_F(mq, many_senders_many_receivers)
{
	enum { EACH = 200 };
	unsigned int sum = 0;
	int status;

	for (int i = 0; i < 3; i++) {
		if (!fork()) {
			for (unsigned int n = 0; n < EACH; n++)
				mq_send(self->q, (char *)&n, sizeof(n), n % 3);
			_exit(0);
		}
	}
	for (int n = 0; n < 3 * EACH; n++) {
		unsigned int data[8];

		ASSERT_EQ(sizeof(int), mq_receive(self->q, (char *)data, 32,
						  NULL));
		sum += data[0];
	}
	EXPECT_EQ(3 * EACH * (EACH - 1) / 2, sum);
	while (wait(&status) > 0)
		EXPECT_EQ(0, status);
}

/* The four calls, each on a queue for which it has to wait. */

static const struct timespec *volatile for_ever;

enum { SEND, TIMED_SEND, RECEIVE, TIMED_RECEIVE, CALLS };

/* How many bytes, 0, or -1 with errno. */
static int wait_by(int call, mqd_t q)
{
	struct timespec later = in_ms(100000);
	char data[32];

	switch (call) {
	case SEND:
		return mq_send(q, "x", 1, 0);
	case TIMED_SEND:
		return mq_timedsend(q, "x", 1, 0, &later);
	case RECEIVE:
		return (int)mq_receive(q, data, 32, NULL);
	default:
		return (int)mq_timedreceive(q, data, 32, NULL, &later);
	}
}

static void fill_or_drain(int call, mqd_t q)
{
	struct timespec past = { 1, 0 };
	char data[32];

	if (call <= TIMED_SEND) {
		while (!mq_timedsend(q, "full", 4, 0, &past))
			;
	} else {
		while (mq_timedreceive(q, data, 32, NULL, &past) >= 0)
			;
	}
}

static void let_go(int call, mqd_t q)
{
	char data[32];

	if (call <= TIMED_SEND)
		mq_receive(q, data, 32, NULL);
	else
		mq_send(q, "x", 1, 0);
}

TEST_F(mq, wait_and_go_on)
{
	for (int call = 0; call < CALLS; call++) {
		pid_t child;

		fill_or_drain(call, self->q);
		child = SLEEPER(wait_by(call, self->q));
		let_go(call, self->q);
		EXPECT_EQ(call >= RECEIVE, outcome(child));
	}
}

TEST_F(mq, no_time_is_for_ever)
{
	char data[32];
	pid_t child;

	fill_or_drain(SEND, self->q);
	child = SLEEPER(mq_timedsend(self->q, "x", 1, 0, for_ever));
	let_go(SEND, self->q);
	EXPECT_EQ(0, outcome(child));
	fill_or_drain(RECEIVE, self->q);
	child = SLEEPER(mq_timedreceive(self->q, data, 32, NULL, for_ever));
	let_go(RECEIVE, self->q);
	EXPECT_EQ(1, outcome(child));
}

TEST_F(mq, one_place_is_for_one_sender)
{
	pid_t children[2];
	char data[32];
	int status;

	fill_or_drain(SEND, self->q);
	for (int i = 0; i < 2; i++)
		children[i] = SLEEPER(mq_send(self->q, i ? "B" : "A", 1, 0));
	EXPECT_EQ(4, mq_receive(self->q, data, 32, NULL));
	/* the one who has waited longest */
	EXPECT_EQ(children[0], waitpid(children[0], &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(asleep(children[1]));
	EXPECT_EQ(4, mq_receive(self->q, data, 32, NULL));
	EXPECT_EQ(children[1], waitpid(children[1], &status, 0));
	EXPECT_EQ(0, status);
}

TEST_F(mq, interrupted)
{
	catch_from_now(SIGUSR1, 0);
	for (int call = 0; call < CALLS; call++) {
		pid_t child;

		fill_or_drain(call, self->q);
		child = SLEEPER(wait_by(call, self->q) < 0 ? errno : 0);
		kill(child, SIGUSR1);
		EXPECT_EQ(EINTR, outcome(child));
	}
}

TEST_F(mq, restarted)
{
	catch_from_now(SIGUSR1, SA_RESTART);
	for (int call = 0; call < CALLS; call++) {
		pid_t child;

		fill_or_drain(call, self->q);
		child = SLEEPER(wait_by(call, self->q));
		kill(child, SIGUSR1);
		asleep_wait(child);
		let_go(call, self->q);
		EXPECT_EQ(call >= RECEIVE, outcome(child));
	}
}

/* O_NONBLOCK is the open queue's, which dup(2) and fork(2) share. */
TEST_F(mq, whose_o_nonblock_is)
{
	mqd_t other = mq_open(self->name, O_RDWR), copy = dup(self->q);
	struct mq_attr attr = { .mq_flags = O_NONBLOCK };
	char data[32];

	if (!fork())
		_exit(mq_setattr(self->q, &attr, NULL));
	wait(NULL);
	EXPECT_ERROR(EAGAIN, mq_receive(copy, data, 32, NULL));
	ASSERT_EQ(0, mq_getattr(other, &attr));
	EXPECT_EQ(0, attr.mq_flags);
	mq_close(other);
	mq_close(copy);
}

/* Cancellation */

/**
 * struct victim - a thread that is cancelled
 * @call: what it does
 * @q: on this
 * @thread: its number, when it has started
 * @cleaned: its cleanup handler was run
 */
struct victim {
	int call;
	mqd_t q;
	volatile pid_t thread;
	volatile int cleaned;
};

static void clean(void *argument)
{
	((struct victim *)argument)->cleaned = 1;
}

static void *wait_for_ever(void *argument)
{
	struct victim *victim = argument;

	pthread_cleanup_push(clean, victim);
	victim->thread = (pid_t)syscall(SYS_gettid);
	wait_by(victim->call, victim->q);
	pthread_cleanup_pop(0);
	return NULL;
}

TEST_F(mq, cancelled_while_it_waits)
{
	for (int call = 0; call < CALLS; call++) {
		struct victim victim = { .call = call, .q = self->q };
		struct mq_attr before, after;
		pthread_t thread;
		void *result;

		fill_or_drain(call, self->q);
		ASSERT_EQ(0, mq_getattr(self->q, &before));
		ASSERT_EQ(0, pthread_create(&thread, NULL, wait_for_ever,
					    &victim));
		while (!victim.thread)
			sched_yield();
		asleep_wait(victim.thread);
		ASSERT_EQ(0, pthread_cancel(thread));
		ASSERT_EQ(0, pthread_join(thread, &result));
		EXPECT_EQ(PTHREAD_CANCELED, result);
		EXPECT_EQ(1, victim.cleaned);
		/* it took nothing with it, and left nothing */
		ASSERT_EQ(0, mq_getattr(self->q, &after));
		EXPECT_EQ(before.mq_curmsgs, after.mq_curmsgs);
	}
}

static void *cancelled_before(void *argument)
{
	struct victim *victim = argument;

	pthread_cancel(pthread_self());
	wait_by(victim->call, victim->q);
	return NULL;
}

/* Also where it would not wait. */
TEST_F(mq, cancelled_before)
{
	for (int call = 0; call < CALLS; call++) {
		struct victim victim = { .call = call, .q = self->q };
		struct mq_attr before, after;
		pthread_t thread;
		void *result;

		fill_or_drain(call < RECEIVE ? RECEIVE : SEND, self->q);
		ASSERT_EQ(0, mq_getattr(self->q, &before));
		ASSERT_EQ(0, pthread_create(&thread, NULL, cancelled_before,
					    &victim));
		ASSERT_EQ(0, pthread_join(thread, &result));
		EXPECT_EQ(PTHREAD_CANCELED, result);
		ASSERT_EQ(0, mq_getattr(self->q, &after));
		EXPECT_EQ(before.mq_curmsgs, after.mq_curmsgs);
	}
}

static void *not_cancelled(void *argument)
{
	struct victim *victim = argument;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	return (void *)(long)wait_by(victim->call, victim->q);
}

TEST_F(mq, not_cancelled_where_that_is_disabled)
{
	struct victim victim = { .call = TIMED_RECEIVE, .q = self->q };
	pthread_t thread;
	void *result;

	ASSERT_EQ(0, mq_send(self->q, "abc", 3, 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, not_cancelled, &victim));
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_EQ((void *)3L, result);
}

/* poll and epoll */

TEST_F(mq, polling)
{
	struct pollfd poll_fd = { .fd = self->q, .events = POLLIN | POLLOUT };
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(0);

	EXPECT_EQ(1, poll(&poll_fd, 1, 0));
	EXPECT_EQ(POLLOUT, poll_fd.revents);
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->q, &event));
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_EQ(1, epoll_wait(epoll, &event, 1, -1));
	EXPECT_EQ(1, poll(&poll_fd, 1, 0));
	EXPECT_EQ(POLLIN | POLLOUT, poll_fd.revents);
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_EQ(1, poll(&poll_fd, 1, 0));
	EXPECT_EQ(POLLIN, poll_fd.revents);
	close(epoll);
}

TEST_F(mq, edges)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int epoll = epoll_create1(0);

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->q, &event));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
		EXPECT_EQ(1, epoll_wait(epoll, &event, 1, -1));
		EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	}
	close(epoll);
}

TEST_F(mq, select_wakes)
{
	fd_set set;
	pid_t child;

	FD_ZERO(&set);
	FD_SET(self->q, &set);
	child = SLEEPER(select(self->q + 1, &set, NULL, NULL, NULL) != 1 ||
			!FD_ISSET(self->q, &set));
	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_EQ(0, outcome(child));
}

/* Who reads the descriptor, as one reads the files in /dev/mqueue, takes no message. */
TEST_F(mq, reading_takes_nothing)
{
	struct mq_attr attr;
	char data[128];

	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_LT(0, read(self->q, data, sizeof(data)));
	EXPECT_EQ(0, memcmp(data, "QSIZE:1 ", 8));
	EXPECT_EQ(-1, write(self->q, data, 1));
	ASSERT_EQ(0, mq_getattr(self->q, &attr));
	EXPECT_EQ(1, attr.mq_curmsgs);
}

TEST_HARNESS_MAIN
