// SPDX-License-Identifier: GPL-2.0-only
/*
 * POSIX message queues: notification, sentence by sentence of mq_notify(3).
 *
 * A plain program that knows nothing of mailboxes: compat.sh runs it on the kernel's
 * own queues and on libmailbox-mqueue, and expects the same of both.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>

#include "mq.h"

static const struct sigevent nothing = { .sigev_notify = SIGEV_NONE };

static struct sigevent by_signal(int number)
{
	return (struct sigevent){
		.sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = number,
		.sigev_value.sival_int = 4711,
	};
}

static void send_and_receive(mqd_t q, struct __test_metadata *_metadata)
{
	char data[32];

	ASSERT_EQ(0, mq_send(q, "x", 1, 0));
	ASSERT_EQ(1, mq_receive(q, data, 32, NULL));
}

/* Asking */

TEST_F(mq, bad_events)
{
	static const struct { int notify, number; } bad[] = {
		{ 4711, 0 }, { -1, 0 }, { SIGEV_SIGNAL, 65 },
		{ SIGEV_SIGNAL, -1 }, { SIGEV_THREAD_ID, SIGUSR1 },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sigevent event = by_signal(bad[i].number);

		event.sigev_notify = bad[i].notify;
		EXPECT_ERROR(EINVAL, mq_notify(self->q, &event));
	}
	/* none of them took the place */
	EXPECT_EQ(0, mq_notify(self->q, &nothing));
}

static void never(union sigval value)
{
	(void)value;
	abort();
}

/* What does nothing occupies the place as well, and is used up by a message. */
TEST_F(mq, one_at_a_time)
{
	struct sigevent events[] = {
		nothing, by_signal(SIGUSR1), by_signal(0),
		{ .sigev_notify = SIGEV_THREAD, .sigev_notify_function = never },
	};
	mqd_t w = mq_open(self->name, O_WRONLY);

	catch_from_now(SIGUSR1, 0);
	ASSERT_LE(0, w);
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, mq_notify(i & 1 ? w : self->q, &events[i]));
		for (int j = 0; j < 4; j++) {
			EXPECT_ERROR(EBUSY, mq_notify(w, &events[j]));
			EXPECT_ERROR(EBUSY, mq_notify(self->q, &events[j]));
		}
		if (i == 3)
			break;
		send_and_receive(self->q, _metadata);
	}
	EXPECT_EQ(0, mq_notify(self->q, NULL));
	EXPECT_EQ(0, mq_notify(self->q, NULL));
	EXPECT_EQ(0, mq_notify(self->q, &nothing));
	mq_close(w);
}

TEST_F(mq, of_all_processes)
{
	pid_t child;
	int status;

	ASSERT_EQ(0, mq_notify(self->q, &nothing));
	child = fork();
	if (!child) {
		if (!mq_notify(self->q, &nothing) || errno != EBUSY)
			_exit(1);
		/* what is not its own it does not remove */
		_exit(mq_notify(self->q, NULL) ? 2 : 0);
	}
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_ERROR(EBUSY, mq_notify(self->q, &nothing));
}

/* What ends it: closing any descriptor, and all that closes one. */

static int end_by_close(mqd_t q)
{
	return close(q);
}

static int end_by_dup(mqd_t q)
{
	return close(dup(q)) || close(q);
}

static int end_by_exec(mqd_t q)
{
	(void)q;
	return execl("/bin/busybox", "true", NULL);
}

static int end_by_exit(mqd_t q)
{
	(void)q;
	return 0;
}

TEST_F(mq, ends_with)
{
	int (*const ends[])(mqd_t q) = {
		mq_close, end_by_close, end_by_dup, end_by_exec, end_by_exit,
	};

	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		pid_t child = fork();
		int status;

		if (!child) {
			mqd_t q = mq_open(self->name, O_RDONLY);

			if (mq_notify(q, &nothing) || ends[i](q))
				_exit(1);
			/* or else with the process */
			_exit(i < 3 && mq_notify(self->q, &nothing) ? 2 : 0);
		}
		waitpid(child, &status, 0);
		EXPECT_EQ(0, status);
		EXPECT_EQ(0, mq_notify(self->q, &nothing));
		EXPECT_EQ(0, mq_notify(self->q, NULL));
	}
}

/* When it comes */

TEST_F(mq, signal_when_a_message_comes)
{
	struct sigevent event = by_signal(SIGUSR1);
	char data[32];

	catch_from_now(SIGUSR1, 0);
	ASSERT_EQ(0, mq_notify(self->q, &event));
	EXPECT_EQ(0, caught);
	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	/* the signal is there when the send returns */
	EXPECT_EQ(1, caught);
	EXPECT_EQ(SIGUSR1, caught_info.si_signo);
	EXPECT_EQ(SI_MESGQ, caught_info.si_code);
	EXPECT_EQ(4711, caught_info.si_value.sival_int);
	EXPECT_EQ(getpid(), caught_info.si_pid);
	EXPECT_EQ(getuid(), caught_info.si_uid);
	/* once */
	EXPECT_EQ(1, mq_receive(self->q, data, 32, NULL));
	send_and_receive(self->q, _metadata);
	EXPECT_EQ(1, caught);
}

/* Only when it was empty; that it was not does not use up the asking. */
TEST_F(mq, signal_when_it_was_empty)
{
	struct sigevent event = by_signal(SIGUSR1);
	char data[32];

	catch_from_now(SIGUSR1, 0);
	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	ASSERT_EQ(0, mq_notify(self->q, &event));
	EXPECT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_EQ(0, caught);
	EXPECT_EQ(1, mq_receive(self->q, data, 32, NULL));
	EXPECT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_EQ(0, caught);
	EXPECT_EQ(1, mq_receive(self->q, data, 32, NULL));
	EXPECT_EQ(1, mq_receive(self->q, data, 32, NULL));
	EXPECT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_EQ(1, caught);
}

TEST_F(mq, signal_not_while_somebody_waits)
{
	struct sigevent event = by_signal(SIGUSR1);
	char data[32];
	pid_t child = SLEEPER(mq_receive(self->q, data, 32, NULL));

	catch_from_now(SIGUSR1, SA_RESTART);
	ASSERT_EQ(0, mq_notify(self->q, &event));
	ASSERT_EQ(0, mq_send(self->q, "xy", 2, 0));
	EXPECT_EQ(2, outcome(child));
	EXPECT_EQ(0, caught);
	EXPECT_ERROR(EBUSY, mq_notify(self->q, &event));
}

TEST_F(mq, signal_from_another_process)
{
	struct sigevent event = by_signal(SIGRTMIN);
	pid_t child;
	int status;

	catch_from_now(SIGRTMIN, 0);
	ASSERT_EQ(0, mq_notify(self->q, &event));
	child = fork();
	if (!child)
		_exit(mq_send(self->q, "x", 1, 0) ? errno : 0);
	while (waitpid(child, &status, 0) < 0)
		;
	EXPECT_EQ(0, status);
	EXPECT_EQ(1, caught);
	EXPECT_EQ(child, caught_info.si_pid);
}

/* To whom: the process */

static sigset_t blocked_from_now(int number)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, number);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	return set;
}

TEST_F(mq, signal_waited_for)
{
	struct sigevent event = by_signal(SIGUSR2);
	sigset_t set = blocked_from_now(SIGUSR2), pending;
	siginfo_t info;

	event.sigev_value.sival_ptr = self;
	ASSERT_EQ(0, mq_notify(self->q, &event));
	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	ASSERT_EQ(0, sigpending(&pending));
	EXPECT_EQ(1, sigismember(&pending, SIGUSR2));
	EXPECT_EQ(SIGUSR2, sigwaitinfo(&set, &info));
	EXPECT_EQ(SI_MESGQ, info.si_code);
	EXPECT_EQ(self, info.si_value.sival_ptr);
}

/**
 * struct waiter - a thread that waits for a signal when it is told to
 * @go: it may
 * @set: the signal
 * @info: what it got
 * @result: its number
 */
struct waiter {
	sem_t go;
	sigset_t set;
	siginfo_t info;
	int result;
};

static void *wait_later(void *argument)
{
	struct waiter *waiter = argument;

	while (sem_wait(&waiter->go))
		;
	waiter->result = sigwaitinfo(&waiter->set, &waiter->info);
	return NULL;
}

/* A thread that waits later gets it, which is there when it is asked for, or is not yet. */
static void signal_for_waiter(struct __test_metadata *_metadata, mqd_t q,
			      bool there)
{
	struct sigevent event = by_signal(SIGUSR1);
	struct waiter waiter = { .set = blocked_from_now(SIGUSR1) };
	pthread_t thread;

	sem_init(&waiter.go, 0, 0);
	if (there)
		ASSERT_EQ(0, pthread_create(&thread, NULL, wait_later,
					    &waiter));
	ASSERT_EQ(0, mq_notify(q, &event));
	if (!there)
		ASSERT_EQ(0, pthread_create(&thread, NULL, wait_later,
					    &waiter));
	ASSERT_EQ(0, mq_send(q, "x", 1, 0));
	sem_post(&waiter.go);
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(SIGUSR1, waiter.result);
	EXPECT_EQ(SI_MESGQ, waiter.info.si_code);
	EXPECT_EQ(4711, waiter.info.si_value.sival_int);
	EXPECT_EQ(getpid(), waiter.info.si_pid);
	EXPECT_EQ(getuid(), waiter.info.si_uid);
}

/* While all threads block it, it is whose who first waits, and not who asked for it. */
TEST_F(mq, signal_for_any_thread)
{
	signal_for_waiter(_metadata, self->q, true);
}

/* Also if there was one thread when it was asked for. */
TEST_F(mq, signal_for_a_thread_that_comes_later)
{
	signal_for_waiter(_metadata, self->q, false);
}

static void *sleep_for_ever(void *argument)
{
	for (;;)
		pause();
	return argument;
}

/* Whoever does not block it is interrupted. */
TEST_F(mq, signal_for_the_thread_that_takes_it)
{
	struct sigevent event = by_signal(SIGUSR1);
	pthread_t thread;

	catch_from_now(SIGUSR1, 0);
	ASSERT_EQ(0, pthread_create(&thread, NULL, sleep_for_ever, NULL));
	blocked_from_now(SIGUSR1);
	ASSERT_EQ(0, mq_notify(self->q, &event));
	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	while (!caught)
		sched_yield();
	EXPECT_EQ(SI_MESGQ, caught_info.si_code);
	ASSERT_EQ(0, pthread_cancel(thread));
	ASSERT_EQ(0, pthread_join(thread, NULL));
}

/* Threads */

static sem_t told;
static int told_value;

static void tell(union sigval value)
{
	told_value = value.sival_int;
	sem_post(&told);
}

TEST_F(mq, thread_each_time)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD,
		.sigev_notify_function = tell,
	};
	char data[32];

	sem_init(&told, 0, 0);
	for (int i = 1; i < 4; i++) {
		event.sigev_value.sival_int = i;
		ASSERT_EQ(0, mq_notify(self->q, &event));
		EXPECT_ERROR(EBUSY, mq_notify(self->q, &event));
		ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
		while (sem_wait(&told))
			;
		EXPECT_EQ(i, told_value);
		EXPECT_EQ(1, mq_receive(self->q, data, 32, NULL));
	}
}

static size_t told_stack;

static void tell_stack(union sigval value)
{
	pthread_attr_t attributes;

	pthread_getattr_np(pthread_self(), &attributes);
	pthread_attr_getstacksize(&attributes, &told_stack);
	pthread_attr_destroy(&attributes);
	tell(value);
}

TEST_F(mq, thread_has_the_attributes)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD,
		.sigev_notify_function = tell_stack,
	};
	pthread_attr_t attributes;
	pid_t child;

	sem_init(&told, 0, 0);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 1 << 20);
	event.sigev_notify_attributes = &attributes;
	ASSERT_EQ(0, mq_notify(self->q, &event));
	pthread_attr_destroy(&attributes);
	memset(&attributes, 0x55, sizeof(attributes));
	child = fork();
	if (!child)
		_exit(mq_send(self->q, "x", 1, 0));
	waitpid(child, NULL, 0);
	while (sem_wait(&told))
		;
	EXPECT_LE(1 << 20, told_stack);
	EXPECT_GT(2 << 20, told_stack);
}

TEST_F(mq, thread_is_taken_back)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD,
		.sigev_notify_function = tell,
		.sigev_value.sival_int = 1,
	};
	char data[32];

	sem_init(&told, 0, 0);
	ASSERT_EQ(0, mq_notify(self->q, &event));
	ASSERT_EQ(0, mq_notify(self->q, NULL));
	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	ASSERT_EQ(1, mq_receive(self->q, data, 32, NULL));
	event.sigev_value.sival_int = 2;
	ASSERT_EQ(0, mq_notify(self->q, &event));
	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	while (sem_wait(&told))
		;
	EXPECT_EQ(2, told_value);
	EXPECT_EQ(-1, sem_trywait(&told));
}

/* A plain close(2) takes it back, too, and another one's comes. */
TEST_F(mq, thread_is_closed)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD,
		.sigev_notify_function = never,
	};

	sem_init(&told, 0, 0);
	for (int i = 0; i < 20; i++) {
		mqd_t other = mq_open(self->name, O_RDONLY);

		ASSERT_EQ(0, mq_notify(other, &event));
		ASSERT_EQ(0, close(other));
	}
	event.sigev_notify_function = tell;
	event.sigev_value.sival_int = 7;
	ASSERT_EQ(0, mq_notify(self->q, &event));
	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	while (sem_wait(&told))
		;
	EXPECT_EQ(7, told_value);
}

static mqd_t drained;

/* What a server does: asks again, and receives all there is. */
static void drain(union sigval value)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_THREAD,
		.sigev_notify_function = drain,
	};
	char data[32];

	(void)value;
	mq_notify(drained, &event);
	while (mq_receive(drained, data, 32, NULL) == 1)
		sem_post(&told);
}

TEST_F(mq, thread_asks_again)
{
	struct mq_attr attr = { .mq_flags = O_NONBLOCK };

	sem_init(&told, 0, 0);
	drained = mq_open(self->name, O_RDWR);
	ASSERT_EQ(0, mq_setattr(drained, &attr, NULL));
	drain((union sigval){ 0 });
	for (int i = 0; i < 50; i++)
		ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	for (int i = 0; i < 50; i++) {
		while (sem_wait(&told))
			;
	}
	EXPECT_EQ(-1, sem_trywait(&told));
	mq_close(drained);
}

TEST_HARNESS_MAIN
