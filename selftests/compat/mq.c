// SPDX-License-Identifier: GPL-2.0-only
/*
 * POSIX message queues: what mq_open(3) and its companions promise.
 *
 * A plain program that knows nothing of mailboxes: compat.sh runs it on the kernel's
 * own queues and on libmailbox-mqueue, and expects the same of both.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "program.h"

static struct timespec in_ms(long ms)
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

/* Opening */

TEST_F(mq, names)
{
	char name[PATH_MAX + 8];

	EXPECT_ERROR(EINVAL, mq_open("none", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(EINVAL, mq_open("", O_RDWR));
	EXPECT_ERROR(ENOENT, mq_open("/", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(EACCES, mq_open("/a/b", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(EACCES, mq_open("//a", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(EACCES, mq_open("/.", O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(EACCES, mq_open("/..", O_RDWR));
	EXPECT_ERROR(ENOENT, mq_open("/test-nobody-has-it", O_RDWR));
	memset(name, 'x', sizeof(name));
	name[0] = '/';
	name[NAME_MAX + 2] = 0;
	EXPECT_ERROR(ENAMETOOLONG, mq_open(name, O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(ENAMETOOLONG, mq_unlink(name));
	memset(name + 1, 'x', PATH_MAX + 1);
	name[PATH_MAX + 2] = 0;
	EXPECT_ERROR(ENAMETOOLONG, mq_open(name, O_RDWR | O_CREAT, 0600, NULL));
	EXPECT_ERROR(ENOENT, mq_unlink("/test-nobody-has-it"));
	EXPECT_ERROR(ENOENT, mq_unlink("/"));
	EXPECT_ERROR(EINVAL, mq_unlink("none"));
	EXPECT_ERROR(EACCES, mq_unlink("/a/b"));
}

TEST_F(mq, longest_name)
{
	char name[NAME_MAX + 2];
	mqd_t q;

	memset(name, 'n', sizeof(name));
	name[0] = '/';
	name[NAME_MAX + 1] = 0;
	q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL);
	ASSERT_LE(0, q);
	EXPECT_EQ(0, mq_close(q));
	EXPECT_EQ(0, mq_unlink(name));
}

TEST_F(mq, exclusive)
{
	mqd_t q;

	EXPECT_ERROR(EEXIST, mq_open(self->name, O_RDWR | O_CREAT | O_EXCL,
				     0600, NULL));
	/* without O_CREAT it means nothing */
	q = mq_open(self->name, O_RDWR | O_EXCL);
	EXPECT_LE(0, q);
	mq_close(q);
	q = mq_open(self->name, O_RDWR | O_CREAT, 0600, NULL);
	EXPECT_LE(0, q);
	mq_close(q);
}

TEST_F(mq, bad_attributes)
{
	struct mq_attr bad[] = {
		{ .mq_maxmsg = 0, .mq_msgsize = 8 },
		{ .mq_maxmsg = -1, .mq_msgsize = 8 },
		{ .mq_maxmsg = 1, .mq_msgsize = 0 },
		{ .mq_maxmsg = 1, .mq_msgsize = -8 },
		{ .mq_maxmsg = LONG_MAX, .mq_msgsize = 8 },
		{ .mq_maxmsg = 1, .mq_msgsize = LONG_MAX },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_ERROR(EINVAL, mq_open("/test-bad", O_RDWR | O_CREAT,
					     0600, &bad[i]));
		EXPECT_ERROR(ENOENT, mq_unlink("/test-bad"));
	}
	/* they do not matter to a queue that is there */
	EXPECT_EQ(0, mq_close(mq_open(self->name, O_RDWR | O_CREAT, 0600,
				      &bad[0])));
	EXPECT_ERROR(EINVAL, mq_open(self->name, 3));
}

TEST_F(mq, default_attributes)
{
	struct mq_attr attr;
	mqd_t q = mq_open("/test-default", O_RDWR | O_CREAT, 0600, NULL);

	ASSERT_LE(0, q);
	ASSERT_EQ(0, mq_getattr(q, &attr));
	EXPECT_EQ(10, attr.mq_maxmsg);
	EXPECT_EQ(8192, attr.mq_msgsize);
	EXPECT_EQ(0, attr.mq_curmsgs);
	EXPECT_EQ(0, attr.mq_flags);
	mq_close(q);
	mq_unlink("/test-default");
}

TEST_F(mq, close_on_exec)
{
	EXPECT_EQ(FD_CLOEXEC, fcntl(self->q, F_GETFD));
}

TEST_F(mq, is_a_descriptor)
{
	int dead = dup(self->q);

	ASSERT_LE(0, dead);
	EXPECT_EQ(0, mq_send(dead, "dup", 3, 0));
	EXPECT_EQ(0, close(dead));
	EXPECT_ERROR(EBADF, mq_send(dead, "x", 1, 0));
	EXPECT_ERROR(EBADF, mq_close(dead));
}

TEST_F(mq, bad_descriptors)
{
	int files[] = { -1, 12345, open("/dev/null", O_RDWR) };
	struct timespec later = in_ms(100000);
	struct mq_attr attr = { 0 };
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	char data[64];

	for (int i = 0; i < 3; i++) {
		EXPECT_ERROR(EBADF, mq_send(files[i], "x", 1, 0));
		EXPECT_ERROR(EBADF, mq_timedsend(files[i], "x", 1, 0, &later));
		EXPECT_ERROR(EBADF, mq_receive(files[i], data, 64, NULL));
		EXPECT_ERROR(EBADF, mq_timedreceive(files[i], data, 64, NULL,
						    &later));
		EXPECT_ERROR(EBADF, mq_getattr(files[i], &attr));
		EXPECT_ERROR(EBADF, mq_setattr(files[i], &attr, NULL));
		EXPECT_ERROR(EBADF, mq_notify(files[i], &event));
		EXPECT_ERROR(EBADF, mq_notify(files[i], NULL));
	}
	EXPECT_ERROR(EBADF, mq_close(-1));
}

TEST_F(mq, direction)
{
	mqd_t r = mq_open(self->name, O_RDONLY);
	mqd_t w = mq_open(self->name, O_WRONLY);
	char data[32];

	ASSERT_LE(0, r);
	ASSERT_LE(0, w);
	EXPECT_ERROR(EBADF, mq_send(r, "x", 1, 0));
	EXPECT_EQ(0, mq_send(w, "x", 1, 0));
	EXPECT_ERROR(EBADF, mq_receive(w, data, 32, NULL));
	EXPECT_EQ(1, mq_receive(r, data, 32, NULL));
	mq_close(r);
	mq_close(w);
}

/* With as few descriptors as are open already. */
TEST_F(mq, no_descriptor_is_left)
{
	struct rlimit limit, less;

	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	less = limit;
	less.rlim_cur = 256;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &less));
	while (dup(0) >= 0)
		;
	EXPECT_EQ(EMFILE, errno);
	EXPECT_ERROR(EMFILE, mq_open(self->name, O_RDWR));
	EXPECT_ERROR(EMFILE, mq_open("/test-emfile", O_RDWR | O_CREAT, 0600,
				     NULL));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
}

static void *open_and_close(void *argument)
{
	for (int i = 0; i < 200; i++) {
		mqd_t q = mq_open(argument, O_RDWR);

		if (q < 0 || mq_send(q, "x", 1, 0) ||
		    mq_receive(q, (char[32]){ 0 }, 32, NULL) != 1 ||
		    mq_close(q))
			return argument;
	}
	return NULL;
}

TEST_F(mq, threads_open_and_close)
{
	pthread_t threads[3];
	void *result;

	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, open_and_close,
					    self->name));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], &result));
		EXPECT_EQ(NULL, result);
	}
}

TEST_F(mq, exec_closes_it)
{
	char path[64];
	pid_t child;
	int status;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->q);
	child = fork();
	if (!child) {
		execl("/bin/busybox", "test", "!", "-e", path, NULL);
		_exit(99);
	}
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
}

/* Unlinking */

TEST_F(mq, unlink_removes_the_name_only)
{
	mqd_t again;
	char data[32];

	ASSERT_EQ(0, mq_unlink(self->name));
	EXPECT_ERROR(ENOENT, mq_unlink(self->name));
	EXPECT_ERROR(ENOENT, mq_open(self->name, O_RDWR));
	EXPECT_EQ(0, mq_send(self->q, "old", 3, 0));
	again = mq_open(self->name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK,
			0600, &self->attr);
	ASSERT_LE(0, again);
	EXPECT_ERROR(EAGAIN, mq_receive(again, data, 32, NULL));
	EXPECT_EQ(3, mq_receive(self->q, data, 32, NULL));
	mq_close(again);
}

TEST_F(mq, persists_without_descriptors)
{
	unsigned int priority;
	char data[32];

	ASSERT_EQ(0, mq_send(self->q, "stays", 5, 7));
	ASSERT_EQ(0, mq_close(self->q));
	self->q = mq_open(self->name, O_RDWR);
	ASSERT_LE(0, self->q);
	EXPECT_EQ(5, mq_receive(self->q, data, 32, &priority));
	EXPECT_EQ(7, priority);
	EXPECT_EQ(0, memcmp(data, "stays", 5));
}

TEST_F(mq, write_only_keeps_it)
{
	mqd_t w = mq_open(self->name, O_WRONLY);
	struct mq_attr attr;

	ASSERT_LE(0, w);
	mq_close(self->q);
	mq_unlink(self->name);
	EXPECT_EQ(0, mq_send(w, "x", 1, 0));
	EXPECT_EQ(0, mq_getattr(w, &attr));
	EXPECT_EQ(1, attr.mq_curmsgs);
	mq_close(w);
	self->q = -1;
}

/* Attributes */

TEST_F(mq, attributes)
{
	struct mq_attr attr, old;

	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	ASSERT_EQ(0, mq_getattr(self->q, &attr));
	EXPECT_EQ(0, attr.mq_flags);
	EXPECT_EQ(4, attr.mq_maxmsg);
	EXPECT_EQ(32, attr.mq_msgsize);
	EXPECT_EQ(1, attr.mq_curmsgs);

	attr.mq_flags = O_NONBLOCK;
	attr.mq_maxmsg = 9;
	ASSERT_EQ(0, mq_setattr(self->q, &attr, &old));
	EXPECT_EQ(0, old.mq_flags);
	EXPECT_EQ(1, old.mq_curmsgs);
	ASSERT_EQ(0, mq_getattr(self->q, &attr));
	EXPECT_EQ(O_NONBLOCK, attr.mq_flags);
	EXPECT_EQ(4, attr.mq_maxmsg);
	EXPECT_EQ(O_NONBLOCK, fcntl(self->q, F_GETFL) & O_NONBLOCK);

	attr.mq_flags = O_APPEND;
	EXPECT_ERROR(EINVAL, mq_setattr(self->q, &attr, NULL));
	attr.mq_flags = -1;
	EXPECT_ERROR(EINVAL, mq_setattr(self->q, &attr, NULL));
	attr.mq_flags = 0;
	EXPECT_EQ(0, mq_setattr(self->q, &attr, NULL));
	EXPECT_EQ(0, fcntl(self->q, F_GETFL) & O_NONBLOCK);
}

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
	void *bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);

	EXPECT_ERROR(EFAULT, mq_send(self->q, bad, 8, 0));
	EXPECT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_ERROR(EFAULT, mq_receive(self->q, bad, 32, NULL));
}

TEST_F(mq, bad_times)
{
	void *bad = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
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

TEST_F(mq, blocks_until_there_is_a_message)
{
	pid_t child = fork();
	char data[32];
	int status;

	if (!child)
		_exit(mq_receive(self->q, data, 32, NULL));
	asleep_wait(child);
	ASSERT_EQ(0, mq_send(self->q, "three", 5, 0));
	waitpid(child, &status, 0);
	EXPECT_EQ(5, WEXITSTATUS(status));
}

TEST_F(mq, blocks_until_there_is_room)
{
	pid_t child;
	char data[32];
	int status;

	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	child = fork();
	if (!child)
		_exit(mq_send(self->q, "late", 4, 9) ? errno : 0);
	asleep_wait(child);
	EXPECT_EQ(1, mq_receive(self->q, data, 32, NULL));
	waitpid(child, &status, 0);
	EXPECT_EQ(0, WEXITSTATUS(status));
}

/* Signals */

static volatile sig_atomic_t caught;
static siginfo_t caught_info;

static void catch(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	caught_info = *info;
	caught++;
}

static void catch_from_now(int number, int flags)
{
	struct sigaction action = {
		.sa_sigaction = catch,
		.sa_flags = SA_SIGINFO | flags,
	};

	caught = 0;
	sigaction(number, &action, NULL);
}

TEST_F(mq, interrupted)
{
	pid_t child = fork();
	int status;

	if (!child) {
		char data[32];

		catch_from_now(SIGUSR1, 0);
		_exit(mq_receive(self->q, data, 32, NULL) < 0 ? errno : 0);
	}
	asleep_wait(child);
	kill(child, SIGUSR1);
	waitpid(child, &status, 0);
	/* it may have slept before it had its handler */
	EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == EINTR);
}

/* Not for ever; the compiler is not to see that it is none. */
static const struct timespec *volatile no_time;

/* The same for a sender, and with a deadline. */
TEST_F(mq, interrupted_sender)
{
	struct timespec later = in_ms(100000);
	pid_t child;
	int status;

	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	catch_from_now(SIGUSR1, 0);
	for (int i = 0; i < 2; i++) {
		child = fork();
		if (!child)
			_exit(mq_timedsend(self->q, "x", 1, 0,
					   i ? &later : no_time) ? errno : 0);
		asleep_wait(child);
		kill(child, SIGUSR1);
		waitpid(child, &status, 0);
		EXPECT_EQ(EINTR, WEXITSTATUS(status));
	}
}

TEST_F(mq, interrupted_timed_receiver)
{
	struct timespec later = in_ms(100000);
	char data[32];
	pid_t child;
	int status;

	catch_from_now(SIGUSR1, 0);
	child = fork();
	if (!child)
		_exit(mq_timedreceive(self->q, data, 32, NULL, &later) < 0 ?
		      errno : 0);
	asleep_wait(child);
	kill(child, SIGUSR1);
	waitpid(child, &status, 0);
	EXPECT_EQ(EINTR, WEXITSTATUS(status));
}

TEST_F(mq, restarted)
{
	char data[32];
	pid_t child;
	int status;

	catch_from_now(SIGUSR1, SA_RESTART);
	child = fork();
	if (!child)
		_exit(mq_receive(self->q, data, 32, NULL));
	asleep_wait(child);
	kill(child, SIGUSR1);
	asleep_wait(child);
	ASSERT_EQ(0, mq_send(self->q, "abc", 3, 0));
	waitpid(child, &status, 0);
	EXPECT_EQ(3, WEXITSTATUS(status));
}

/* Cancellation */

static void *receive_forever(void *argument)
{
	char data[32];

	*(volatile int *)argument = 1;
	for (;;)
		mq_receive(*(int *)((char *)argument + sizeof(int)), data, 32,
			   NULL);
	return NULL;
}

TEST_F(mq, cancellation)
{
	int shared[2] = { 0, self->q };
	struct mq_attr attr;
	pthread_t thread;
	void *result;

	ASSERT_EQ(0, pthread_create(&thread, NULL, receive_forever, shared));
	while (!*(volatile int *)shared)
		sched_yield();
	ASSERT_EQ(0, pthread_cancel(thread));
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_EQ(PTHREAD_CANCELED, result);
	/* it took nothing with it */
	EXPECT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_EQ(0, mq_getattr(self->q, &attr));
	EXPECT_EQ(1, attr.mq_curmsgs);
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

/* Notification */

TEST_F(mq, notify_by_signal)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGUSR1,
		.sigev_value.sival_int = 4711,
	};
	char data[32];

	catch_from_now(SIGUSR1, 0);
	ASSERT_EQ(0, mq_notify(self->q, &event));
	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	/* the signal is there when the send returns */
	EXPECT_EQ(1, caught);
	EXPECT_EQ(SI_MESGQ, caught_info.si_code);
	EXPECT_EQ(4711, caught_info.si_value.sival_int);
	EXPECT_EQ(getpid(), caught_info.si_pid);
	EXPECT_EQ(getuid(), caught_info.si_uid);
	/* once */
	EXPECT_EQ(1, mq_receive(self->q, data, 32, NULL));
	EXPECT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_EQ(1, caught);
	/* and when it was not empty, not at all */
	ASSERT_EQ(0, mq_notify(self->q, &event));
	EXPECT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_EQ(1, caught);
	EXPECT_EQ(1, mq_receive(self->q, data, 32, NULL));
	EXPECT_EQ(1, mq_receive(self->q, data, 32, NULL));
	EXPECT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_EQ(2, caught);
}

TEST_F(mq, notify_from_another_process)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN,
	};
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

TEST_F(mq, notify_one_process)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	pid_t child;
	int status;

	ASSERT_EQ(0, mq_notify(self->q, &event));
	EXPECT_ERROR(EBUSY, mq_notify(self->q, &event));
	child = fork();
	if (!child) {
		if (!mq_notify(self->q, &event) || errno != EBUSY)
			_exit(1);
		/* what is not its own it does not remove */
		if (mq_notify(self->q, NULL))
			_exit(2);
		_exit(0);
	}
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_ERROR(EBUSY, mq_notify(self->q, &event));
	EXPECT_EQ(0, mq_notify(self->q, NULL));
	EXPECT_EQ(0, mq_notify(self->q, NULL));
	EXPECT_EQ(0, mq_notify(self->q, &event));
	/* it is used up by a message */
	EXPECT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_EQ(0, mq_notify(self->q, &event));
}

TEST_F(mq, notify_ends_with_close)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	mqd_t other = mq_open(self->name, O_RDONLY);

	ASSERT_LE(0, other);
	ASSERT_EQ(0, mq_notify(other, &event));
	ASSERT_EQ(0, mq_close(other));
	EXPECT_EQ(0, mq_notify(self->q, &event));
}

TEST_F(mq, notify_ends_with_any_close)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	mqd_t other = mq_open(self->name, O_RDONLY);

	ASSERT_LE(0, other);
	ASSERT_EQ(0, mq_notify(other, &event));
	ASSERT_EQ(0, close(other));
	EXPECT_EQ(0, mq_notify(self->q, &event));
}

TEST_F(mq, notify_waited_for)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL,
		.sigev_signo = SIGUSR2,
		.sigev_value.sival_ptr = self,
	};
	siginfo_t info;
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, &set, NULL));
	ASSERT_EQ(0, mq_notify(self->q, &event));
	ASSERT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_EQ(SIGUSR2, sigwaitinfo(&set, &info));
	EXPECT_EQ(SI_MESGQ, info.si_code);
	EXPECT_EQ(self, info.si_value.sival_ptr);
}

/* Number 0 is a signal that does not come. */
TEST_F(mq, notify_by_no_signal)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL };

	ASSERT_EQ(0, mq_notify(self->q, &event));
	EXPECT_ERROR(EBUSY, mq_notify(self->q, &event));
	EXPECT_EQ(0, mq_send(self->q, "x", 1, 0));
	EXPECT_EQ(0, mq_notify(self->q, &event));
}

/* What one asks for with a descriptor that only sends. */
TEST_F(mq, notify_with_write_only)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	mqd_t w = mq_open(self->name, O_WRONLY);

	ASSERT_LE(0, w);
	EXPECT_EQ(0, mq_notify(w, &event));
	EXPECT_ERROR(EBUSY, mq_notify(self->q, &event));
	mq_close(w);
}

TEST_F(mq, notify_ends_with_the_process)
{
	struct sigevent event = { .sigev_notify = SIGEV_NONE };
	pid_t child = fork();
	int status;

	if (!child)
		_exit(mq_notify(self->q, &event) ? errno : 0);
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, mq_notify(self->q, &event));
}

TEST_F(mq, notify_not_while_somebody_waits)
{
	struct sigevent event = {
		.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1,
	};
	pid_t child = fork();
	char data[32];
	int status;

	if (!child)
		_exit(mq_receive(self->q, data, 32, NULL));
	asleep_wait(child);
	catch_from_now(SIGUSR1, SA_RESTART);
	ASSERT_EQ(0, mq_notify(self->q, &event));
	ASSERT_EQ(0, mq_send(self->q, "xy", 2, 0));
	waitpid(child, &status, 0);
	EXPECT_EQ(2, WEXITSTATUS(status));
	EXPECT_EQ(0, caught);
	EXPECT_ERROR(EBUSY, mq_notify(self->q, &event));
}

TEST_F(mq, notify_bad)
{
	struct sigevent event = { .sigev_notify = 4711 };

	EXPECT_ERROR(EINVAL, mq_notify(self->q, &event));
	event.sigev_notify = SIGEV_SIGNAL;
	event.sigev_signo = 65;
	EXPECT_ERROR(EINVAL, mq_notify(self->q, &event));
	event.sigev_signo = -1;
	EXPECT_ERROR(EINVAL, mq_notify(self->q, &event));
}

static sem_t told;
static int told_value;

static void tell(union sigval value)
{
	told_value = value.sival_int;
	sem_post(&told);
}

TEST_F(mq, notify_by_thread)
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

TEST_F(mq, notify_thread_has_the_attributes)
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

TEST_F(mq, notify_by_thread_is_taken_back)
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

/* Permission */

static int as_nobody(int (*run)(const char *), const char *name)
{
	pid_t child = fork();
	int status;

	if (!child) {
		if (setgid(65534) || setuid(65534))
			_exit(100);
		_exit(run(name));
	}
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

static int try_open(const char *name)
{
	int flags[] = { O_RDONLY, O_WRONLY, O_RDWR };
	int result = 0;

	for (int i = 0; i < 3; i++) {
		mqd_t q = mq_open(name, flags[i]);

		if (q >= 0)
			result |= 1 << i;
		else if (errno != EACCES)
			result |= 64;
	}
	return result;
}

static int try_unlink(const char *name)
{
	return mq_unlink(name) ? errno : 0;
}

TEST_F(mq, permission)
{
	static const struct { mode_t mode; int open; } cases[] = {
		{ 0600, 0 }, { 0604, 1 }, { 0602, 2 }, { 0606, 7 },
	};
	const char *name = "/test-permission";

	if (geteuid())
		SKIP(return, "needs root");
	for (int i = 0; i < 4; i++) {
		mode_t before = umask(0);
		mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL,
				  cases[i].mode, NULL);

		umask(before);
		ASSERT_LE(0, q);
		EXPECT_EQ(cases[i].open, as_nobody(try_open, name));
		EXPECT_EQ(EACCES, as_nobody(try_unlink, name));
		mq_close(q);
		ASSERT_EQ(0, mq_unlink(name));
	}
}

TEST_F(mq, umask)
{
	const char *name = "/test-umask";
	mode_t before = umask(022);
	mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0666, NULL);

	umask(before);
	ASSERT_LE(0, q);
	if (!geteuid())
		EXPECT_EQ(1, as_nobody(try_open, name));
	mq_close(q);
	ASSERT_EQ(0, mq_unlink(name));
}

TEST_F(mq, mode_does_not_bind_the_maker)
{
	const char *name = "/test-maker";
	mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0, NULL);

	ASSERT_LE(0, q);
	EXPECT_EQ(0, mq_send(q, "x", 1, 0));
	if (geteuid())
		EXPECT_ERROR(EACCES, mq_open(name, O_RDONLY));
	mq_close(q);
	ASSERT_EQ(0, mq_unlink(name));
}

TEST_F(mq, another_user_may_fill_it)
{
	const char *name = "/test-fill";
	mode_t before = umask(0);
	struct mq_attr attr = { .mq_maxmsg = 8, .mq_msgsize = 8 };
	mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL | O_NONBLOCK, 0666,
			  &attr);
	pid_t child;
	int status;

	umask(before);
	ASSERT_LE(0, q);
	child = fork();
	if (!child) {
		int count = 0;

		if (!geteuid() && (setgid(65534) || setuid(65534)))
			_exit(100);
		while (!mq_send(q, "x", 1, 0))
			count++;
		_exit(errno == EAGAIN ? count : 101);
	}
	waitpid(child, &status, 0);
	EXPECT_EQ(8, WEXITSTATUS(status));
	mq_close(q);
	mq_unlink(name);
}

/* Processes */

static int make_and_count(const char *name)
{
	mqd_t q = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, NULL);

	return q < 0 ? (errno == EEXIST ? 0 : 2) : 1;
}

TEST_F(mq, one_of_many_makes_it)
{
	const char *name = "/test-race";
	int made = 0, status;

	for (int i = 0; i < 8; i++) {
		if (!fork())
			_exit(make_and_count(name));
	}
	for (int i = 0; i < 8; i++) {
		wait(&status);
		made += WEXITSTATUS(status);
	}
	EXPECT_EQ(1, made);
	mq_unlink(name);
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

TEST_HARNESS_MAIN
