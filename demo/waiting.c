// SPDX-License-Identifier: GPL-2.0-only
/*
 * To wait, not to wait, or to wait until a point in time.
 */
#include <string.h>

#include "demo.h"

static int client;
static uint64_t id;

static void late_sender(void *unused)
{
	int mine = demo_client();

	(void)unused;
	AWAIT(mine, id, waiting_receivers, 1);
	demo_say("sees the receiver wait");
	demo_check(DO(mailbox_send(mine, id, "news", 4)), "send");
}

int main(void)
{
	struct mailbox_receive receive;
	char buffer[16];
	uint64_t before, waited;
	long result;
	pid_t pid;

	demo_act("receiver");
	client = demo_client();
	demo_check(mailbox_create(client, 1, &id), "create");

	CLAIM(DO(mailbox_try_receive(client, id, buffer, 16)) == -EAGAIN,
	      "it did not wait");

	before = demo_clock();
	result = DO(mailbox_receive_within(client, id, buffer, 16,
					   200 * MAILBOX_MILLISECOND));
	waited = demo_clock() - before;
	CLAIM(result == -ETIMEDOUT && waited >= 200 * MAILBOX_MILLISECOND,
	      "it waited %llu ms",
	      (unsigned long long)(waited / MAILBOX_MILLISECOND));

	demo_say("the same with a point in time, which a repeated call keeps:");
	mailbox_receive_init(&receive, id, buffer, sizeof(buffer));
	receive.flags = MAILBOX_DEADLINE;
	receive.clock = MAILBOX_CLOCK_REALTIME;
	receive.deadline = mailbox_deadline_after(100 * MAILBOX_MILLISECOND,
						  MAILBOX_CLOCK_REALTIME);
	CLAIM(DO(mailbox_receive_with(client, &receive)) == -ETIMEDOUT,
	      "at that time, by the wall clock, it gave up");

	pid = demo_start("sender", late_sender, NULL);
	CLAIM(DO(mailbox_receive(client, id, buffer, 16)) == 4 &&
	      !memcmp(buffer, "news", 4), "it waited, and got \"news\"");
	demo_join(pid);
	mailbox_destroy(client, id);
	return 0;
}
