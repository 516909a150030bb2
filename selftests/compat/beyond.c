// SPDX-License-Identifier: GPL-2.0-only
/*
 * What programs with message queues get of mailboxes beyond the kernel's own: this one
 * is linked with the libraries, and compat.sh runs it as root and as an ordinary user.
 */
#include <stdlib.h>
#include <sys/msg.h>
#include <sys/resource.h>

#include "mq.h"

TEST_F(mq, a_thousand_messages)
{
	struct mq_attr attr = { .mq_maxmsg = 1024, .mq_msgsize = 1024 };
	mqd_t q = mq_open("/test-thousand", O_RDWR | O_CREAT | O_EXCL |
			  O_NONBLOCK, 0600, &attr);
	char data[1024];

	ASSERT_LE(0, q);
	ASSERT_EQ(0, mq_unlink("/test-thousand"));
	memset(data, 'x', sizeof(data));
	for (int i = 0; i < 1024; i++)
		ASSERT_EQ(0, mq_send(q, data, sizeof(data), 0));
	EXPECT_ERROR(EAGAIN, mq_send(q, data, 1, 0));
	for (int i = 0; i < 1024; i++)
		ASSERT_EQ(1024, mq_receive(q, data, sizeof(data), NULL));
	mq_close(q);
}

TEST_F(mq, long_messages)
{
	struct mq_attr attr = { .mq_maxmsg = 1, .mq_msgsize = 1 << 20 };
	mqd_t q = mq_open("/test-long", O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
	char *data = calloc(1, 1 << 20);

	ASSERT_LE(0, q);
	ASSERT_EQ(0, mq_unlink("/test-long"));
	ASSERT_EQ(0, mq_send(q, data, 1 << 20, 0));
	EXPECT_EQ(1 << 20, mq_receive(q, data, 1 << 20, NULL));
	mq_close(q);
}

/* More queues than the kernel has for anybody, whatever RLIMIT_MSGQUEUE says. */
TEST_F_TIMEOUT(mq, hundreds_of_queues, 120)
{
	struct rlimit none = { 0, 0 };
	mqd_t q;

	ASSERT_EQ(0, setrlimit(RLIMIT_MSGQUEUE, &none));
	for (int i = 0; i < 300; i++) {
		q = mq_open("/test-many", O_RDWR | O_CREAT | O_EXCL, 0600,
			    NULL);
		ASSERT_LE(0, q) {
			TH_LOG("queue %d: %s", i, strerror(errno));
		}
		ASSERT_EQ(0, mq_unlink("/test-many"));
	}
}

/* Who asks for a type gets it from a sender who waits for room, too. */
TEST_F(mq, a_type_past_a_full_queue)
{
	struct { long type; char text[8]; } message = { .type = 1 };
	int q = msgget(IPC_PRIVATE, 0600);
	struct msqid_ds state;
	pid_t child;

	ASSERT_EQ(0, msgctl(q, IPC_STAT, &state));
	state.msg_qbytes = 8;
	ASSERT_EQ(0, msgctl(q, IPC_SET, &state));
	ASSERT_EQ(0, msgsnd(q, &message, 8, 0));
	message.type = 2;
	child = SLEEPER(msgsnd(q, &message, 8, 0));
	EXPECT_EQ(8, msgrcv(q, &message, 8, 2, IPC_NOWAIT));
	EXPECT_EQ(0, outcome(child));
	ASSERT_EQ(0, msgctl(q, IPC_RMID, NULL));
}

TEST_HARNESS_MAIN
