// SPDX-License-Identifier: GPL-2.0-only
/*
 * System V message queues: what msgget(2), msgop(2) and msgctl(2) promise.
 *
 * A plain program that knows nothing of mailboxes: compat.sh runs it on the kernel's
 * own queues and on libmailbox-sysv, and expects the same of both.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "program.h"

struct message {
	long type;
	char text[128];
};

static int put(int q, long type, const char *text)
{
	struct message message = { .type = type };

	strcpy(message.text, text);
	return msgsnd(q, &message, strlen(text), IPC_NOWAIT);
}

/* The first byte of what is received, or -errno. */
static int get(int q, long type, int flags)
{
	struct message message = { 0 };

	if (msgrcv(q, &message, sizeof(message.text), type,
		   flags | IPC_NOWAIT) < 0)
		return -errno;
	return message.text[0];
}

FIXTURE(msg) {
	key_t key;
	int q;
};

FIXTURE_SETUP(msg)
{
	self->key = 0x4d420000 | getpid();
	self->q = msgget(self->key, IPC_CREAT | IPC_EXCL | 0600);
	ASSERT_LE(0, self->q);
}

FIXTURE_TEARDOWN(msg)
{
	msgctl(self->q, IPC_RMID, NULL);
}

/* msgget */

TEST_F(msg, keys)
{
	EXPECT_EQ(self->q, msgget(self->key, 0));
	EXPECT_EQ(self->q, msgget(self->key, 0600));
	EXPECT_EQ(self->q, msgget(self->key, IPC_CREAT | 0600));
	EXPECT_EQ(self->q, msgget(self->key, IPC_EXCL | 0600));
	EXPECT_ERROR(EEXIST, msgget(self->key, IPC_CREAT | IPC_EXCL | 0600));
	EXPECT_ERROR(ENOENT, msgget(self->key + 0x10000, 0));
	EXPECT_ERROR(ENOENT, msgget(self->key + 0x10000, IPC_EXCL));
}

TEST_F(msg, private_queues_are_all_new)
{
	int one = msgget(IPC_PRIVATE, 0600), two = msgget(IPC_PRIVATE, 0600);

	ASSERT_LE(0, one);
	ASSERT_LE(0, two);
	EXPECT_NE(one, two);
	EXPECT_EQ(0, put(one, 1, "a"));
	EXPECT_EQ(-ENOMSG, get(two, 0, 0));
	EXPECT_EQ(0, msgctl(one, IPC_RMID, NULL));
	EXPECT_EQ(0, msgctl(two, IPC_RMID, NULL));
}

/* msgsnd */

TEST_F(msg, bad_sends)
{
	struct message message = { .type = 1 };
	struct msginfo info;

	ASSERT_LE(0, msgctl(0, IPC_INFO, (struct msqid_ds *)&info));
	EXPECT_ERROR(EINVAL, msgsnd(-1, &message, 1, 0));
	EXPECT_ERROR(EINVAL, msgsnd(self->q + 1000000, &message, 1, 0));
	EXPECT_ERROR(EINVAL, msgsnd(self->q, &message, info.msgmax + 1, 0));
	EXPECT_ERROR(EINVAL, msgsnd(self->q, &message, -1, 0));
	message.type = 0;
	EXPECT_ERROR(EINVAL, msgsnd(self->q, &message, 1, 0));
	message.type = -1;
	EXPECT_ERROR(EINVAL, msgsnd(self->q, &message, 1, 0));
	EXPECT_EQ(-ENOMSG, get(self->q, 0, 0));
}

TEST_F(msg, bad_pointers)
{
	void *bad = nowhere();

	EXPECT_ERROR(EFAULT, msgsnd(self->q, NULL, 1, 0));
	EXPECT_ERROR(EFAULT, msgsnd(self->q, bad, 1, 0));
	EXPECT_ERROR(EFAULT, msgsnd(self->q, bad, 0, 0));
	ASSERT_EQ(0, put(self->q, 1, "x"));
	EXPECT_ERROR(EFAULT, msgrcv(self->q, bad, 100, 0, 0));
	EXPECT_ERROR(EFAULT, msgctl(self->q, IPC_STAT, NULL));
	EXPECT_ERROR(EFAULT, msgctl(self->q, IPC_SET, NULL));
	EXPECT_ERROR(EFAULT, msgctl(self->q, IPC_STAT, (void *)-1L));
	EXPECT_ERROR(EFAULT, msgctl(self->q, IPC_SET, (void *)-1L));
	EXPECT_ERROR(EFAULT, msgctl(self->q, IPC_STAT, bad));
	EXPECT_ERROR(EFAULT, msgctl(self->q, IPC_SET, bad));
	EXPECT_ERROR(EFAULT, msgctl(0, MSG_INFO, bad));
	EXPECT_ERROR(EFAULT, msgctl(0, IPC_INFO, NULL));
}

TEST_F(msg, nothing_is_a_message)
{
	struct message message = { .type = 5 };

	EXPECT_EQ(0, msgsnd(self->q, &message, 0, 0));
	message.type = 0;
	EXPECT_EQ(0, msgrcv(self->q, &message, 0, 0, IPC_NOWAIT));
	EXPECT_EQ(5, message.type);
}

TEST_F(msg, bytes_are_limited)
{
	struct msqid_ds status;
	struct message message = { .type = 1 };

	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	status.msg_qbytes = 100;
	ASSERT_EQ(0, msgctl(self->q, IPC_SET, &status));
	EXPECT_EQ(0, msgsnd(self->q, &message, 60, IPC_NOWAIT));
	EXPECT_ERROR(EAGAIN, msgsnd(self->q, &message, 41, IPC_NOWAIT));
	EXPECT_EQ(0, msgsnd(self->q, &message, 40, IPC_NOWAIT));
	EXPECT_ERROR(EAGAIN, msgsnd(self->q, &message, 1, IPC_NOWAIT));
	/* empty ones are limited by their number */
	for (int i = 0; i < 98; i++)
		ASSERT_EQ(0, msgsnd(self->q, &message, 0, IPC_NOWAIT));
	EXPECT_ERROR(EAGAIN, msgsnd(self->q, &message, 0, IPC_NOWAIT));
	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	EXPECT_EQ(100, status.msg_qnum);
	EXPECT_EQ(100, status.__msg_cbytes);
}

TEST_F(msg, raised_limit_lets_a_sender_in)
{
	struct message message = { .type = 1 };
	struct msqid_ds status;
	pid_t child;

	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	status.msg_qbytes = 10;
	ASSERT_EQ(0, msgctl(self->q, IPC_SET, &status));
	child = SLEEPER(msgsnd(self->q, &message, 20, 0) ? errno : 0);
	status.msg_qbytes = 30;
	ASSERT_EQ(0, msgctl(self->q, IPC_SET, &status));
	EXPECT_EQ(0, outcome(child));
}

TEST_F(msg, longer_messages_when_the_limit_is_raised)
{
	static const char path[] = "/proc/sys/kernel/msgmax";
	static struct { long type; char text[9000]; } message = { .type = 1 };
	unsigned long before = number_in(path);

	EXPECT_EQ(0, msgsnd(self->q, &message, 10, 0));
	EXPECT_ERROR(EINVAL, msgsnd(self->q, &message, before + 1, 0));
	if (!number_put(path, 9000))
		SKIP(return, "needs root");
	EXPECT_EQ(0, msgsnd(self->q, &message, 9000, 0));
	EXPECT_ERROR(EINVAL, msgsnd(self->q, &message, 9001, 0));
	ASSERT_TRUE(number_put(path, before));
	EXPECT_EQ(10, msgrcv(self->q, &message, 9000, 0, IPC_NOWAIT));
	EXPECT_EQ(9000, msgrcv(self->q, &message, 9000, 0, IPC_NOWAIT));
}

/* msgrcv */

TEST_F(msg, type_zero_takes_the_first)
{
	put(self->q, 3, "a");
	put(self->q, 1, "b");
	EXPECT_EQ('a', get(self->q, 0, 0));
	EXPECT_EQ('b', get(self->q, 0, 0));
	EXPECT_EQ(-ENOMSG, get(self->q, 0, 0));
}

TEST_F(msg, type_takes_the_first_of_it)
{
	put(self->q, 3, "a");
	put(self->q, 1, "b");
	put(self->q, 1, "c");
	EXPECT_EQ('b', get(self->q, 1, 0));
	EXPECT_EQ(-ENOMSG, get(self->q, 2, 0));
	EXPECT_EQ('c', get(self->q, 1, 0));
	EXPECT_EQ('a', get(self->q, 3, 0));
}

TEST_F(msg, negative_type_takes_the_lowest)
{
	put(self->q, 5, "a");
	put(self->q, 3, "b");
	put(self->q, 4, "c");
	put(self->q, 3, "d");
	put(self->q, LONG_MAX, "e");
	EXPECT_EQ(-ENOMSG, get(self->q, -2, 0));
	EXPECT_EQ('b', get(self->q, -4, 0));
	EXPECT_EQ('d', get(self->q, -4, 0));
	EXPECT_EQ('c', get(self->q, -4, 0));
	EXPECT_EQ(-ENOMSG, get(self->q, -4, 0));
	EXPECT_EQ('a', get(self->q, LONG_MIN, 0));
	EXPECT_EQ('e', get(self->q, LONG_MIN, 0));
}

TEST_F(msg, except)
{
	put(self->q, 5, "a");
	put(self->q, 3, "b");
	EXPECT_EQ('b', get(self->q, 5, MSG_EXCEPT));
	EXPECT_EQ(-ENOMSG, get(self->q, 5, MSG_EXCEPT));
	EXPECT_EQ('a', get(self->q, 0, MSG_EXCEPT));
	put(self->q, 5, "c");
	EXPECT_EQ('c', get(self->q, -9, MSG_EXCEPT));
}

TEST_F(msg, too_big)
{
	struct message message;

	put(self->q, 7, "abcdef");
	EXPECT_ERROR(E2BIG, msgrcv(self->q, &message, 3, 0, 0));
	EXPECT_ERROR(E2BIG, msgrcv(self->q, &message, 0, 7, IPC_NOWAIT));
	memset(&message, 'x', sizeof(message));
	EXPECT_EQ(3, msgrcv(self->q, &message, 3, 0, MSG_NOERROR));
	EXPECT_EQ(0, memcmp(message.text, "abcx", 4));
	EXPECT_EQ(7, message.type);
	EXPECT_EQ(-ENOMSG, get(self->q, 0, 0));
}

TEST_F(msg, long_messages_are_cut_and_kept)
{
	size_t size = sizeof(long) + 8192;
	struct message *message = malloc(size), *back = malloc(size);

	message->type = 1;
	for (int i = 0; i < 8192; i++)
		((char *)message)[sizeof(long) + i] = i * 7 % 251;
	ASSERT_EQ(0, msgsnd(self->q, message, 8192, 0));
	EXPECT_EQ(8192, msgrcv(self->q, back, 8192, 0, 0));
	EXPECT_EQ(0, memcmp(message, back, size));
	ASSERT_EQ(0, msgsnd(self->q, message, 8192, 0));
	memset(back, 0x55, size);
	EXPECT_EQ(5000, msgrcv(self->q, back, 5000, 0, MSG_NOERROR));
	EXPECT_EQ(0, memcmp(message, back, sizeof(long) + 5000));
	EXPECT_EQ(0x55, ((char *)back)[sizeof(long) + 5000]);
}

TEST_F(msg, copy)
{
	struct message message;

	put(self->q, 3, "a");
	put(self->q, 1, "b");
	memset(&message, 0, sizeof(message));
	errno = 0;
	if (msgrcv(self->q, &message, 100, 0, MSG_COPY | IPC_NOWAIT) < 0 &&
	    errno == ENOSYS)
		SKIP(return, "a kernel without CONFIG_CHECKPOINT_RESTORE");
	EXPECT_EQ(3, message.type);
	EXPECT_EQ('a', message.text[0]);
	EXPECT_EQ('b', get(self->q, 1, MSG_COPY));
	EXPECT_EQ('b', get(self->q, 1, MSG_COPY));
	EXPECT_EQ(-ENOMSG, get(self->q, 2, MSG_COPY));
	EXPECT_ERROR(EINVAL, msgrcv(self->q, &message, 100, 0, MSG_COPY));
	EXPECT_ERROR(EINVAL, msgrcv(self->q, &message, 100, 0,
				    MSG_COPY | MSG_EXCEPT | IPC_NOWAIT));
	EXPECT_EQ('a', get(self->q, 0, 0));
	EXPECT_EQ('b', get(self->q, 0, 0));
}

TEST_F(msg, copy_of_a_part)
{
	struct message message;

	put(self->q, 3, "abcdef");
	errno = 0;
	if (msgrcv(self->q, &message, 100, 0, MSG_COPY | IPC_NOWAIT) < 0 &&
	    errno == ENOSYS)
		SKIP(return, "a kernel without CONFIG_CHECKPOINT_RESTORE");
	EXPECT_ERROR(E2BIG, msgrcv(self->q, &message, 3, 0,
				   MSG_COPY | IPC_NOWAIT));
	/* a copy is never cut */
	EXPECT_ERROR(EINVAL, msgrcv(self->q, &message, 3, 0, MSG_COPY |
				    MSG_NOERROR | IPC_NOWAIT));
	EXPECT_EQ(6, msgrcv(self->q, &message, 6, 0, IPC_NOWAIT));
}

TEST_F(msg, by_system_call)
{
	struct message message = { .type = 3 };
	struct msqid_ds status;
	long q = syscall(SYS_msgget, IPC_PRIVATE, 0600);

	ASSERT_LE(0, q);
	EXPECT_EQ(0, syscall(SYS_msgsnd, q, &message, 5, 0));
	EXPECT_EQ(0, syscall(SYS_msgctl, q, IPC_STAT, &status));
	EXPECT_EQ(1, status.msg_qnum);
	EXPECT_EQ(5, msgrcv(q, &message, 5, -7, IPC_NOWAIT));
	EXPECT_ERROR(ENOMSG, syscall(SYS_msgrcv, q, &message, 5, -7,
				     IPC_NOWAIT));
	EXPECT_EQ(0, syscall(SYS_msgctl, q, IPC_RMID, NULL));
	EXPECT_ERROR(EINVAL, syscall(SYS_msgctl, q, IPC_RMID, NULL));
}

TEST_F(msg, bad_receives)
{
	struct message message;

	EXPECT_ERROR(EINVAL, msgrcv(-1, &message, 1, 0, 0));
	EXPECT_ERROR(EINVAL, msgrcv(self->q + 1000000, &message, 1, 0, 0));
	EXPECT_ERROR(EINVAL, msgrcv(self->q, &message, -1, 0, 0));
}

TEST_F(msg, waits_for_its_type)
{
	struct message message;
	pid_t child = SLEEPER(msgrcv(self->q, &message, 100, 9, 0));

	put(self->q, 8, "other");
	EXPECT_TRUE(asleep(child));
	put(self->q, 9, "abcd");
	EXPECT_EQ(4, outcome(child));
	EXPECT_EQ('o', get(self->q, 0, 0));
}

TEST_F(msg, waits_for_another_type)
{
	struct message message;
	pid_t child = SLEEPER(msgrcv(self->q, &message, 100, 8, MSG_EXCEPT));

	put(self->q, 8, "same");
	EXPECT_TRUE(asleep(child));
	put(self->q, 9, "other");
	EXPECT_EQ(5, outcome(child));
}

TEST_F(msg, waits_for_room)
{
	struct message message = { .type = 1 };
	struct msqid_ds status;
	pid_t child;

	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	status.msg_qbytes = 10;
	ASSERT_EQ(0, msgctl(self->q, IPC_SET, &status));
	ASSERT_EQ(0, msgsnd(self->q, &message, 6, 0));
	child = SLEEPER(msgsnd(self->q, &message, 5, 0) ? errno : 0);
	EXPECT_EQ(6, msgrcv(self->q, &message, 100, 0, 0));
	EXPECT_EQ(0, outcome(child));
	EXPECT_EQ(5, msgrcv(self->q, &message, 100, 0, IPC_NOWAIT));
}

TEST_F(msg, removal_wakes)
{
	struct message message = { .type = 1 };
	int other = msgget(IPC_PRIVATE, 0600);
	struct msqid_ds status;
	pid_t receiver, sender;

	receiver = SLEEPER(msgrcv(self->q, &message, 100, 9, 0) < 0 ?
			   errno : 0);
	ASSERT_EQ(0, msgctl(other, IPC_STAT, &status));
	status.msg_qbytes = 1;
	ASSERT_EQ(0, msgctl(other, IPC_SET, &status));
	ASSERT_EQ(0, put(other, 1, "x"));
	sender = SLEEPER(msgsnd(other, &message, 1, 0) ? errno : 0);
	ASSERT_EQ(0, msgctl(self->q, IPC_RMID, NULL));
	ASSERT_EQ(0, msgctl(other, IPC_RMID, NULL));
	EXPECT_EQ(EIDRM, outcome(receiver));
	EXPECT_EQ(EIDRM, outcome(sender));
	EXPECT_ERROR(EINVAL, msgctl(self->q, IPC_RMID, NULL));
	EXPECT_ERROR(EINVAL, msgctl(self->q, IPC_STAT, &status));
	EXPECT_ERROR(EINVAL, msgctl(self->q, IPC_SET, &status));
	EXPECT_EQ(-EINVAL, get(self->q, 0, 0));
	EXPECT_ERROR(EINVAL, put(self->q, 1, "x"));
	EXPECT_ERROR(ENOENT, msgget(self->key, 0));
}

static void ignore(int number)
{
	(void)number;
}

TEST_F(msg, never_restarted)
{
	struct sigaction action = {
		.sa_handler = ignore, .sa_flags = SA_RESTART,
	};
	struct message message = { .type = 1 };
	struct msqid_ds status;
	pid_t child;

	sigaction(SIGUSR1, &action, NULL);
	child = SLEEPER(msgrcv(self->q, &message, 100, 0, 0) < 0 ? errno : 0);
	kill(child, SIGUSR1);
	EXPECT_EQ(EINTR, outcome(child));

	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	status.msg_qbytes = 1;
	ASSERT_EQ(0, msgctl(self->q, IPC_SET, &status));
	ASSERT_EQ(0, put(self->q, 1, "x"));
	child = SLEEPER(msgsnd(self->q, &message, 1, 0) ? errno : 0);
	kill(child, SIGUSR1);
	EXPECT_EQ(EINTR, outcome(child));
}

struct wait_call {
	int q;
	volatile int started;
};

static void *wait_forever(void *argument)
{
	struct wait_call *call = argument;
	struct message message;

	call->started = 1;
	for (;;)
		msgrcv(call->q, &message, 100, 0, 0);
	return NULL;
}

TEST_F(msg, cancellation)
{
	struct wait_call call = { .q = self->q };
	pthread_t thread;
	void *result;

	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_forever, &call));
	while (!call.started)
		sched_yield();
	ASSERT_EQ(0, pthread_cancel(thread));
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_EQ(PTHREAD_CANCELED, result);
}

/* msgctl */

TEST_F(msg, status)
{
	time_t before = time(NULL);
	struct msqid_ds status;
	pid_t child;
	int result;

	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	EXPECT_EQ(self->key, status.msg_perm.__key);
	EXPECT_EQ(geteuid(), status.msg_perm.uid);
	EXPECT_EQ(geteuid(), status.msg_perm.cuid);
	EXPECT_EQ(getegid(), status.msg_perm.gid);
	EXPECT_EQ(getegid(), status.msg_perm.cgid);
	EXPECT_EQ(0600, status.msg_perm.mode);
	EXPECT_EQ(0, status.msg_qnum);
	EXPECT_EQ(0, status.__msg_cbytes);
	EXPECT_EQ(0, status.msg_lspid);
	EXPECT_EQ(0, status.msg_lrpid);
	EXPECT_EQ(0, status.msg_stime);
	EXPECT_EQ(0, status.msg_rtime);
	EXPECT_LE(before - 1, status.msg_ctime);
	EXPECT_GE(time(NULL) + 1, status.msg_ctime);

	child = fork();
	if (!child)
		_exit(put(self->q, 1, "abc"));
	waitpid(child, &result, 0);
	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	EXPECT_EQ(1, status.msg_qnum);
	EXPECT_EQ(3, status.__msg_cbytes);
	EXPECT_EQ(child, status.msg_lspid);
	EXPECT_LE(before - 1, status.msg_stime);
	EXPECT_EQ('a', get(self->q, 0, 0));
	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	EXPECT_EQ(0, status.msg_qnum);
	EXPECT_EQ(getpid(), status.msg_lrpid);
	EXPECT_LE(before - 1, status.msg_rtime);
	EXPECT_ERROR(EINVAL, msgctl(-1, IPC_STAT, &status));
	EXPECT_ERROR(EINVAL, msgctl(self->q, 4711, &status));
}

TEST_F(msg, change_time)
{
	struct msqid_ds status, after;

	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	/* the clock of seconds ticks */
	while (time(NULL) <= status.msg_ctime + 1)
		usleep(20000);
	ASSERT_EQ(0, msgctl(self->q, IPC_SET, &status));
	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &after));
	EXPECT_LT(status.msg_ctime, after.msg_ctime);
	EXPECT_EQ(status.msg_stime, after.msg_stime);
	EXPECT_EQ(status.msg_qbytes, after.msg_qbytes);
}

TEST_F(msg, limits)
{
	struct msqid_ds status;
	struct msginfo info;

	ASSERT_LE(0, msgctl(0, IPC_INFO, (struct msqid_ds *)&info));
	EXPECT_EQ(number_in("/proc/sys/kernel/msgmax"), info.msgmax);
	EXPECT_EQ(number_in("/proc/sys/kernel/msgmnb"), info.msgmnb);
	EXPECT_EQ(number_in("/proc/sys/kernel/msgmni"), info.msgmni);
	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	EXPECT_EQ(info.msgmnb, status.msg_qbytes);
}

static const char msgmni[] = "/proc/sys/kernel/msgmni";

TEST_F(msg, number_of_queues_is_limited)
{
	unsigned long before = number_in(msgmni);
	int queues[8], count = 0;
	struct msginfo info;

	ASSERT_LE(0, msgctl(0, MSG_INFO, (struct msqid_ds *)&info));
	if (!number_put(msgmni, (unsigned long)info.msgpool + 8))
		SKIP(return, "needs root");
	while (count < 8 && (queues[count] = msgget(IPC_PRIVATE, 0600)) >= 0)
		count++;
	EXPECT_EQ(8, count);
	EXPECT_ERROR(ENOSPC, msgget(IPC_PRIVATE, 0600));
	EXPECT_ERROR(ENOSPC, msgget(self->key + 0x10000, IPC_CREAT | 0600));
	EXPECT_ERROR(ENOENT, msgget(self->key + 0x10000, 0));
	while (count--)
		EXPECT_EQ(0, msgctl(queues[count], IPC_RMID, NULL));
	ASSERT_TRUE(number_put(msgmni, 0));
	EXPECT_ERROR(ENOSPC, msgget(IPC_PRIVATE, 0600));
	ASSERT_LE(0, msgctl(0, IPC_INFO, (struct msqid_ds *)&info));
	EXPECT_EQ(0, info.msgmni);
	ASSERT_TRUE(number_put(msgmni, before));
}

/* More than an ordinary user may have by default, of either kind. */
TEST_F_TIMEOUT(msg, privileged_users_may_have_thousands, 300)
{
	enum { MANY = 1100 };
	unsigned long before = number_in(msgmni);
	struct msginfo info;
	static int queues[MANY];

	ASSERT_LE(0, msgctl(0, MSG_INFO, (struct msqid_ds *)&info));
	if (!number_put(msgmni, (unsigned long)info.msgpool + MANY))
		SKIP(return, "needs root");
	for (int i = 0; i < MANY; i++) {
		queues[i] = msgget(self->key + (i + 1) * 0x10000,
				   IPC_CREAT | IPC_EXCL);
		ASSERT_LE(0, queues[i]) {
			TH_LOG("queue %d: %s", i, strerror(errno));
		}
	}
	EXPECT_ERROR(ENOSPC, msgget(self->key + (MANY + 1) * 0x10000,
				    IPC_CREAT | IPC_EXCL));
	EXPECT_EQ(0, put(queues[MANY - 1], 1, "x"));
	EXPECT_EQ('x', get(queues[MANY - 1], 0, 0));
	for (int i = 0; i < MANY; i++)
		ASSERT_EQ(0, msgctl(queues[i], IPC_RMID, NULL));
	ASSERT_TRUE(number_put(msgmni, before));
}

/* What puts a process back where it was has its queues' numbers again. */
TEST_F(msg, next_number_can_be_chosen)
{
	static const char next[] = "/proc/sys/kernel/msg_next_id";
	const int wanted = 20011;
	int q, other;

	if (!number_put(next, (unsigned long)wanted))
		SKIP(return, "needs root, and CONFIG_CHECKPOINT_RESTORE");
	q = msgget(IPC_PRIVATE, 0600);
	EXPECT_EQ(wanted, q);
	EXPECT_EQ(-1UL, number_in(next));
	EXPECT_EQ(0, put(q, 1, "x"));
	ASSERT_TRUE(number_put(next, (unsigned long)wanted));
	other = msgget(IPC_PRIVATE, 0600);
	EXPECT_LE(0, other);
	EXPECT_NE(wanted, other);
	EXPECT_EQ(-1UL, number_in(next));
	EXPECT_EQ('x', get(q, 0, 0));
	EXPECT_EQ(0, msgctl(q, IPC_RMID, NULL));
	EXPECT_EQ(0, msgctl(other, IPC_RMID, NULL));
	/* and once more, when it is free again */
	ASSERT_TRUE(number_put(next, (unsigned long)wanted));
	q = msgget(IPC_PRIVATE, 0600);
	EXPECT_EQ(wanted, q);
	EXPECT_EQ(-ENOMSG, get(q, 0, 0));
	EXPECT_EQ(0, msgctl(q, IPC_RMID, NULL));
}

/* What ipcs(1) reads. */
TEST_F(msg, are_shown_in_proc)
{
	char line[256], expected[64];
	FILE *file = fopen("/proc/sysvipc/msg", "r");
	struct msqid_ds status;
	bool found = false;

	ASSERT_NE(NULL, file);
	ASSERT_EQ(0, put(self->q, 1, "abc"));
	fclose(file);
	file = fopen("/proc/sysvipc/msg", "r");
	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	snprintf(expected, sizeof(expected), "%10d %10d  %4o  %10d %10d %5d",
		 self->key, self->q, 0600, 3, 1, getpid());
	ASSERT_NE(NULL, fgets(line, sizeof(line), file));
	EXPECT_EQ(0, strncmp(line, "       key      msqid perms", 27));
	while (fgets(line, sizeof(line), file))
		found |= !strncmp(line, expected, strlen(expected));
	EXPECT_TRUE(found);
	fclose(file);
}

/* What is there by msgctl and by the file is the same. */
TEST_F(msg, sums)
{
	unsigned long queues = 0, messages = 0, bytes = 0, one_bytes, one_messages;
	FILE *file = fopen("/proc/sysvipc/msg", "r");
	struct msqid_ds status;
	struct msginfo info;
	char line[256];
	int shown = 0, last;

	ASSERT_NE(NULL, file);
	fclose(file);
	ASSERT_EQ(0, put(self->q, 1, "abc"));
	ASSERT_EQ(0, put(self->q, 2, "defgh"));
	file = fopen("/proc/sysvipc/msg", "r");
	ASSERT_NE(NULL, fgets(line, sizeof(line), file));
	while (fgets(line, sizeof(line), file)) {
		ASSERT_EQ(2, sscanf(line, "%*d %*d %*o %lu %lu", &one_bytes,
				    &one_messages));
		queues++;
		bytes += one_bytes;
		messages += one_messages;
	}
	fclose(file);
	EXPECT_ERROR(EINVAL, msgctl(-1, MSG_INFO, (struct msqid_ds *)&info));
	EXPECT_ERROR(EINVAL, msgctl(-1, IPC_INFO, (struct msqid_ds *)&info));
	last = msgctl(0, MSG_INFO, (struct msqid_ds *)&info);
	ASSERT_LE(0, last);
	EXPECT_EQ(queues, info.msgpool);
	EXPECT_EQ(messages, info.msgmap);
	EXPECT_EQ(bytes, info.msgtql);
	EXPECT_LE(2, messages);
	EXPECT_LE(8, bytes);
	/* the last place is taken, and none behind it */
	EXPECT_LE(0, msgctl(last, MSG_STAT, &status));
	EXPECT_ERROR(EINVAL, msgctl(last + 1, MSG_STAT, &status));
	EXPECT_ERROR(EINVAL, msgctl(-1, MSG_STAT, &status));
	for (int i = 0; i <= last; i++)
		shown += msgctl(i, 13 /* MSG_STAT_ANY */, &status) >= 0;
	EXPECT_EQ(queues, shown);
	EXPECT_EQ(last, msgctl(0, IPC_INFO, (struct msqid_ds *)&info));
	EXPECT_EQ(16, info.msgssz);
	EXPECT_EQ(0xffff, info.msgseg);
}

TEST_F(msg, bytes_above_the_limit)
{
	static struct { long type; char text[8192]; } message = { .type = 1 };
	struct msqid_ds status;

	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	status.msg_qbytes *= 2;
	if (geteuid()) {
		EXPECT_ERROR(EPERM, msgctl(self->q, IPC_SET, &status));
		return;
	}
	ASSERT_EQ(0, msgctl(self->q, IPC_SET, &status));
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(0, msgsnd(self->q, &message, 8192, IPC_NOWAIT));
	EXPECT_ERROR(EAGAIN, msgsnd(self->q, &message, 1, IPC_NOWAIT));
	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	EXPECT_EQ(4, status.msg_qnum);
	EXPECT_EQ(4 * 8192, status.__msg_cbytes);
	/* less than there is in it: nothing goes in any more, and all comes out */
	status.msg_qbytes = 100;
	ASSERT_EQ(0, msgctl(self->q, IPC_SET, &status));
	EXPECT_ERROR(EAGAIN, msgsnd(self->q, &message, 1, IPC_NOWAIT));
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(8192, msgrcv(self->q, &message, 8192, 0, IPC_NOWAIT));
	EXPECT_EQ(0, msgsnd(self->q, &message, 100, IPC_NOWAIT));
}

TEST_F(msg, modes)
{
	struct msqid_ds status;

	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	status.msg_perm.mode = 0744;
	status.msg_qbytes--;
	ASSERT_EQ(0, msgctl(self->q, IPC_SET, &status));
	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	EXPECT_EQ(0744, status.msg_perm.mode);
}

TEST_F(msg, places)
{
	struct msqid_ds status;
	struct msginfo info;
	bool found = false;
	int last = msgctl(0, MSG_INFO, (struct msqid_ds *)&info);

	ASSERT_LE(0, last);
	EXPECT_LE(1, info.msgpool);
	for (int i = 0; i <= last; i++) {
		if (msgctl(i, MSG_STAT, &status) == self->q)
			found = true;
	}
	EXPECT_TRUE(found);
	EXPECT_ERROR(EINVAL, msgctl(last + 1000000, MSG_STAT, &status));
}

static int as_user(uid_t uid, int (*run)(int), int q)
{
	pid_t child = fork();
	int status;

	if (!child) {
		if (setgid(uid) || setuid(uid))
			_exit(200);
		_exit(run(q));
	}
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

static int try_stat(int q)
{
	struct msqid_ds status;

	return msgctl(q, IPC_STAT, &status) ? errno : 0;
}

static int try_send(int q)
{
	return put(q, 1, "x") ? errno : 0;
}

static int try_receive(int q)
{
	int result = get(q, 0, 0);

	return result < 0 ? -result : 0;
}

static int try_remove(int q)
{
	return msgctl(q, IPC_RMID, NULL) ? errno : 0;
}

static int try_set(int q)
{
	struct msqid_ds status = { .msg_qbytes = 100, .msg_perm.mode = 0606 };

	status.msg_perm.uid = geteuid();
	status.msg_perm.gid = getegid();
	return msgctl(q, IPC_SET, &status) ? errno : 0;
}

static int try_raise(int q)
{
	struct msqid_ds status;

	if (msgctl(q, IPC_STAT, &status))
		return 201;
	status.msg_qbytes = 1 << 30;
	return msgctl(q, IPC_SET, &status) ? errno : 0;
}

static int try_get_read(int key)
{
	return msgget(key, 0400) < 0 ? errno : 0;
}

static int last_place;

/* Which of MSG_STAT and MSG_STAT_ANY shows the queue: 1, 2. */
static int try_places(int q)
{
	struct msqid_ds status;
	int shown = 0;

	for (int i = 0; i <= last_place; i++) {
		if (msgctl(i, MSG_STAT, &status) == q)
			shown |= 1;
		if (msgctl(i, 13 /* MSG_STAT_ANY */, &status) == q)
			shown |= 2;
	}
	return shown;
}

static int try_get_any(int key)
{
	return msgget(key, 0) < 0 ? errno : 0;
}

TEST_F(msg, permission)
{
	struct msqid_ds status;

	if (geteuid())
		SKIP(return, "needs root");
	EXPECT_EQ(EACCES, as_user(65534, try_stat, self->q));
	EXPECT_EQ(EACCES, as_user(65534, try_send, self->q));
	EXPECT_EQ(EACCES, as_user(65534, try_receive, self->q));
	EXPECT_EQ(EPERM, as_user(65534, try_remove, self->q));
	EXPECT_EQ(EPERM, as_user(65534, try_set, self->q));
	EXPECT_EQ(EACCES, as_user(65534, try_get_read, self->key));
	EXPECT_EQ(0, as_user(65534, try_get_any, self->key));

	last_place = msgctl(0, MSG_INFO, &status);
	EXPECT_EQ(3, try_places(self->q));
	EXPECT_EQ(2, as_user(65534, try_places, self->q));

	/* given away: the new owner may do as he likes, and so may root */
	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	status.msg_perm.uid = 65534;
	ASSERT_EQ(0, msgctl(self->q, IPC_SET, &status));
	EXPECT_EQ(0, as_user(65534, try_stat, self->q));
	EXPECT_EQ(0, as_user(65534, try_send, self->q));
	EXPECT_EQ(0, as_user(65534, try_receive, self->q));
	EXPECT_EQ(EPERM, as_user(65534, try_raise, self->q));
	EXPECT_EQ(0, as_user(65534, try_set, self->q));
	ASSERT_EQ(0, msgctl(self->q, IPC_STAT, &status));
	EXPECT_EQ(65534, status.msg_perm.uid);
	EXPECT_EQ(0, status.msg_perm.cuid);
	EXPECT_EQ(0606, status.msg_perm.mode);
	EXPECT_EQ(0, as_user(1001, try_send, self->q));
	EXPECT_EQ(EPERM, as_user(1001, try_remove, self->q));
	EXPECT_EQ(0, as_user(65534, try_remove, self->q));
}

static int try_own_without_r(int unused)
{
	int q = msgget(IPC_PRIVATE, 0200), error;

	(void)unused;
	error = try_stat(q);
	msgctl(q, IPC_RMID, NULL);
	return error;
}

/* The maker keeps his rights when he has given it away. */
static int try_give_away(int unused)
{
	int q = msgget(IPC_PRIVATE, 0600);
	struct msqid_ds status;

	(void)unused;
	if (msgctl(q, IPC_STAT, &status))
		return 1;
	status.msg_perm.uid = 4242;
	if (msgctl(q, IPC_SET, &status))
		return 2;
	if (put(q, 1, "x"))
		return 3;
	status.msg_perm.uid = geteuid();
	if (msgctl(q, IPC_SET, &status))
		return 4;
	return msgctl(q, IPC_RMID, NULL) ? 5 : 0;
}

TEST_F(msg, ownership)
{
	if (geteuid()) {
		EXPECT_EQ(EACCES, try_own_without_r(0));
		EXPECT_EQ(0, try_give_away(0));
		return;
	}
	EXPECT_EQ(EACCES, as_user(65534, try_own_without_r, 0));
	EXPECT_EQ(0, as_user(65534, try_give_away, 0));
}

/* Processes */

TEST_F(msg, the_number_is_everybodys)
{
	char number[16];
	pid_t child;
	int status;

	if (getenv("MSG_TEST_NUMBER"))
		return;
	snprintf(number, sizeof(number), "%d", self->q);
	setenv("MSG_TEST_NUMBER", number, 1);
	child = fork();
	if (!child) {
		execl("/proc/self/exe", "msg", "--number", NULL);
		_exit(99);
	}
	waitpid(child, &status, 0);
	EXPECT_EQ(0, status);
	EXPECT_EQ('n', get(self->q, 77, 0));
}

/* What a program sees that was started with the number of a queue. */
__attribute__((constructor)) static void number_main(void)
{
	const char *number = getenv("MSG_TEST_NUMBER");

	if (number)
		_exit(put(atoi(number), 77, "number") ? errno : 0);
}

/* Pairs that talk through one queue at once, each with types of its own. */
static int talk(int q, long there, long back)
{
	pid_t child = fork();
	struct message message;
	int status;

	for (int i = 0; i < 100; i++) {
		if (!child) {
			if (msgrcv(q, &message, 128, there, 0) != 16 + i % 100)
				_exit(1);
			message.type = back;
			if (msgsnd(q, &message, 16, 0))
				_exit(2);
			continue;
		}
		message.type = there;
		memset(message.text, i, sizeof(message.text));
		if (msgsnd(q, &message, 16 + i % 100, 0) ||
		    msgrcv(q, &message, 128, back, 0) != 16 ||
		    message.type != back || message.text[15] != (char)i)
			return 3;
	}
	if (!child)
		_exit(0);
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}

TEST_F_TIMEOUT(msg, pairs_do_not_get_each_others, 120)
{
	int status;

	for (long i = 1; i < 9; i += 2) {
		if (!fork())
			_exit(talk(self->q, i, i + 1));
	}
	while (wait(&status) > 0)
		EXPECT_EQ(0, status);
}

/* Used often: what a library might keep must not change anything. */

static int often(int q)
{
	for (int i = 0; i < 40; i++) {
		if (put(q, 1, "x") || get(q, 0, 0) != 'x')
			return -1;
	}
	return 0;
}

TEST_F(msg, closed_descriptors_do_not_matter)
{
	for (int round = 0; round < 2; round++) {
		int last = 0, count = 0;

		for (int fd = 3; fd < 1024; fd++)
			close(fd);
		EXPECT_EQ(0, put(self->q, 1, "x"));
		for (int fd = 3; fd < 1024; fd++)
			close(fd);
		while (last < 300)
			last = dup(0);
		EXPECT_EQ('x', get(self->q, 0, 0));
		EXPECT_EQ(0, often(self->q));
		/* nor do ours to the program */
		for (int fd = 3; fd <= last; fd++)
			count += fcntl(fd, F_GETFD) >= 0;
		EXPECT_EQ(last - 2, count);
	}
}

TEST_F(msg, low_descriptors_are_the_programs)
{
	int before = dup(0), after;

	close(before);
	ASSERT_EQ(0, often(self->q));
	after = dup(0);
	EXPECT_EQ(before, after);
	close(after);
}

static int set_mode(int q, unsigned short mode)
{
	struct msqid_ds status = { .msg_qbytes = 1000, .msg_perm.mode = mode };

	status.msg_perm.uid = geteuid();
	status.msg_perm.gid = getegid();
	return msgctl(q, IPC_SET, &status);
}

/* What was allowed often is asked for again each time. */
static int try_mode_changes(int unused)
{
	int q = msgget(IPC_PRIVATE, 0600);

	(void)unused;
	if (often(q) || set_mode(q, 0200) || put(q, 1, "x"))
		return 1;
	if (get(q, 0, 0) != -EACCES)
		return 2;
	if (set_mode(q, 0400) || get(q, 0, 0) != 'x')
		return 3;
	if (!put(q, 1, "x") || errno != EACCES)
		return 4;
	if (set_mode(q, 0600) || often(q))
		return 5;
	if (msgctl(q, IPC_RMID, NULL))
		return 6;
	return put(q, 1, "x") && errno == EINVAL &&
	       get(q, 0, 0) == -EINVAL ? 0 : 7;
}

TEST_F(msg, permission_is_asked_for_each_time)
{
	EXPECT_EQ(0, geteuid() ? try_mode_changes(0) :
				 as_user(65534, try_mode_changes, 0));
}

static int try_often(int q)
{
	return often(q) ? errno : 0;
}

TEST_F(msg, whoever_one_has_become_is_asked)
{
	if (geteuid())
		SKIP(return, "needs root");
	ASSERT_EQ(0, often(self->q));
	EXPECT_EQ(EACCES, as_user(65534, try_often, self->q));
	ASSERT_EQ(0, seteuid(65534));
	EXPECT_ERROR(EACCES, put(self->q, 1, "x"));
	EXPECT_EQ(-EACCES, get(self->q, 0, 0));
	ASSERT_EQ(0, seteuid(0));
	EXPECT_EQ(0, often(self->q));
}

static int often_and_wait(int q)
{
	struct message message;

	if (often(q))
		return 100;
	return msgrcv(q, &message, 100, 9, 0) < 0 ? errno : 0;
}

TEST_F(msg, removal_by_another)
{
	pid_t waiter, remover;

	ASSERT_EQ(0, often(self->q));
	waiter = SLEEPER(often_and_wait(self->q));
	while (get(self->q, 1, 0) > 0)
		;
	remover = fork();
	if (!remover)
		_exit(msgctl(self->q, IPC_RMID, NULL));
	EXPECT_EQ(0, outcome(remover));
	EXPECT_EQ(EIDRM, outcome(waiter));
	EXPECT_ERROR(EINVAL, put(self->q, 1, "x"));
	EXPECT_EQ(-EINVAL, get(self->q, 0, 0));
}

/* Many queues, each used often, in turns; also by threads and a child. */
static void *turns(void *argument)
{
	const int *queues = argument;

	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 40; i++) {
			if (put(queues[i], round + 1, "t") ||
			    get(queues[i], round + 1, 0) != 't')
				return argument;
		}
	}
	return NULL;
}

TEST_F_TIMEOUT(msg, many_queues_in_turns, 120)
{
	int queues[40];
	pthread_t threads[2];
	pid_t child;
	void *result;

	for (int i = 0; i < 40; i++) {
		queues[i] = msgget(IPC_PRIVATE, 0600);
		ASSERT_LE(0, queues[i]);
		ASSERT_EQ(0, often(queues[i]));
	}
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, turns, queues));
	child = fork();
	if (!child)
		_exit(turns(queues) ? 1 : 0);
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], &result));
		EXPECT_EQ(NULL, result);
	}
	EXPECT_EQ(0, outcome(child));
	for (int i = 0; i < 40; i++)
		EXPECT_EQ(0, msgctl(queues[i], IPC_RMID, NULL));
}

TEST_HARNESS_MAIN
