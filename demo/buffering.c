// SPDX-License-Identifier: GPL-2.0-only
/*
 * Three capacities: how many messages a sender can leave before it must wait.
 */
#include <unistd.h>

#include "demo.h"

static int client;
static uint64_t id;

/* Send without waiting until that is refused, or @most times. */
static int fill(int most)
{
	int sent = 0;

	while (sent < most && mailbox_try_send(client, id, "m", 1) == 0)
		sent++;
	return sent;
}

static void show_bounds(void)
{
	int sent;

	DO(mailbox_create(client, MAILBOX_RENDEZVOUS, &id));
	sent = fill(100);
	CLAIM(sent == 0, "rendezvous: of 100 messages it takes %d", sent);
	mailbox_destroy(client, id);

	DO(mailbox_create(client, 3, &id));
	sent = fill(100);
	CLAIM(sent == 3, "bounded by 3: of 100 messages it takes %d", sent);
	mailbox_destroy(client, id);

	DO(mailbox_create(client, MAILBOX_UNBOUNDED, &id));
	sent = fill(100);
	CLAIM(sent == 100, "unbounded: of 100 messages it takes %d", sent);
	mailbox_destroy(client, id);
}

static void blocked_sender(void *unused)
{
	int mine = demo_client();

	(void)unused;
	demo_say("sends, and nobody receives yet ...");
	demo_check(DO(mailbox_send(mine, id, "at last", 7)), "send");
}

static void show_meeting(void)
{
	struct mailbox_stat stat;
	char buffer[16];
	pid_t pid;

	demo_check(mailbox_create(client, MAILBOX_RENDEZVOUS, &id), "create");
	pid = demo_start("sender", blocked_sender, NULL);
	AWAIT(client, id, blocked_senders, 1);
	demo_check(mailbox_stat(client, id, &stat), "stat");
	CLAIM(stat.messages == 0 && stat.blocked_senders == 1,
	      "the sender waits, the mailbox holds nothing");
	CLAIM(DO(mailbox_receive(client, id, buffer, sizeof(buffer))) == 7,
	      "the message goes from hand to hand");
	demo_join(pid);
	mailbox_destroy(client, id);
}

int main(void)
{
	demo_act("receiver");
	client = demo_client();
	show_bounds();
	show_meeting();
	return 0;
}
