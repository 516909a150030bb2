// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct communication: processes name each other.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo.h"

static int client;
static pid_t parent;

static uint32_t links(void)
{
	struct mailbox_stat stat;

	demo_check(mailbox_stat(client, MAILBOX_ID_SELF, &stat), "stat");
	return stat.links;
}

/* A child has a SELF of its own, once it opens the device itself. */
static void sender(void *text)
{
	int mine = demo_client();
	char buffer[16];
	long length;

	DO(mailbox_send_process(mine, parent, text, strlen(text)));
	length = DO(mailbox_receive_process(mine, parent, buffer, 16));
	demo_check(length, "receive");
	CLAIM(length == 6 && !memcmp(buffer, "thanks", 6),
	      "the answer came to this process alone");
}

static void show_links(void)
{
	pid_t ann, ben;
	char buffer[16];
	long length;

	CLAIM(links() == 0, "no link yet");
	ann = demo_start("Ann", sender, "I am Ann");
	ben = demo_start("Ben", sender, "I am Ben");
	AWAIT(client, MAILBOX_ID_SELF, messages, 2);
	CLAIM(links() == 2, "two have sent: two links, and no mailbox was made");
	length = DO(mailbox_receive_process(client, ben, buffer, 16));
	CLAIM(length == 8 && !memcmp(buffer, "I am Ben", 8),
	      "received from Ben, whoever was first");
	length = DO(mailbox_receive_process(client, ann, buffer, 16));
	CLAIM(length == 8 && !memcmp(buffer, "I am Ann", 8),
	      "received from Ann");
	DO(mailbox_send_process(client, ann, "thanks", 6));
	DO(mailbox_send_process(client, ben, "thanks", 6));
	demo_join(ann);
	demo_join(ben);
}

static void sleeper(void *unused)
{
	(void)unused;
	demo_client();
	demo_say("has opened the device, and waits for what may come");
	fflush(stdout);
	for (;;)
		pause();
}

static void show_death(void)
{
	struct mailbox_event event;
	char buffer[16];
	int attempt = 0;
	pid_t pid;

	pid = demo_start("Cid", sleeper, NULL);
	while (mailbox_notify_process(client, pid, 77) == -ESRCH)
		demo_await_pause(attempt++, "SELF");
	demo_say("asked to be told when Cid ends, and kills it");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	demo_check(DO(mailbox_event(client, &event, NULL)), "event");
	CLAIM(event.type == MAILBOX_EVENT_DESTROYED && event.cookie == 77,
	      "event: %s (%s)", mailbox_event_name(event.type),
	      mailbox_explain(event.error));
	CLAIM(DO(mailbox_receive_process(client, pid, buffer, 16)) == -ESRCH,
	      "nobody waits for the dead");
	CLAIM(DO(mailbox_send_process(client, pid, "x", 1)) == -ESRCH,
	      "nor sends to them");
}

int main(void)
{
	demo_act("parent");
	client = demo_client();
	parent = getpid();
	show_links();
	show_death();
	return 0;
}
