// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls: a pool of servers, replies that do not come, and calls that end all the
 * same.
 */
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo.h"

#define SERVERS 3
#define CALLS 300

static int client;
static uint64_t id;

/* Doubles a number; the reply says which server it was. */
static int twice(void *served, struct mailbox_request *request)
{
	static uint64_t reply;

	memcpy(&reply, request->data, sizeof(reply));
	reply *= 2;
	request->reply = &reply;
	request->reply_length = sizeof(reply);
	++*(int *)served;
	return 0;
}

static void server(void *unused)
{
	int mine = demo_client();
	uint64_t buffer;
	int served = 0;

	(void)unused;
	mailbox_serve(mine, id, twice, &served, &buffer, sizeof(buffer));
	CLAIM(served > 0, "has answered %d calls, until the mailbox ended",
	      served);
}

static void caller(void *unused)
{
	int mine = demo_client(), right = 0;
	uint64_t number, reply;

	(void)unused;
	for (number = 0; number < CALLS; number++) {
		reply = 0;
		mailbox_call(mine, id, &number, 8, &reply, 8);
		right += reply == 2 * number;
	}
	CLAIM(right == CALLS, "%d calls, %d right replies", CALLS, right);
}

static void show_pool(void)
{
	static const char *const names[SERVERS] = {
		"server 1", "server 2", "server 3",
	};
	pid_t servers[SERVERS], callers[2];
	int i;

	for (i = 0; i < SERVERS; i++)
		servers[i] = demo_start(names[i], server, NULL);
	AWAIT(client, id, waiting_receivers, SERVERS);
	callers[0] = demo_start("caller 1", caller, NULL);
	callers[1] = demo_start("caller 2", caller, NULL);
	demo_join(callers[0]);
	demo_join(callers[1]);
	demo_check(DO(mailbox_destroy(client, id)), "destroy");
	for (i = 0; i < SERVERS; i++)
		demo_join(servers[i]);
}

/* Replies to the second call first. */
static void show_order(void)
{
	struct mailbox_receive one, two;
	struct mailbox_call calls[2];
	char replies[2][8], request[2][8];
	int i;

	demo_check(mailbox_create(client, 4, &id), "create");
	for (i = 0; i < 2; i++) {
		mailbox_call_init(&calls[i], id, i ? "second" : "first",
				  i ? 6 : 5, replies[i], 8);
		calls[i].flags = MAILBOX_NONBLOCK;
		CLAIM(mailbox_call_with(client, &calls[i]) == -EAGAIN &&
		      calls[i].pending,
		      "call %d goes on while its caller does something else",
		      i + 1);
	}
	mailbox_receive_init(&one, id, request[0], 8);
	mailbox_receive_init(&two, id, request[1], 8);
	demo_check(mailbox_receive_with(client, &one), "receive");
	demo_check(mailbox_receive_with(client, &two), "receive");
	DO(mailbox_reply(client, id, two.message.token, "two", 3));
	DO(mailbox_reply(client, id, one.message.token, "one", 3));
	CLAIM(mailbox_call_with(client, &calls[0]) == 3 &&
	      !memcmp(replies[0], "one", 3) &&
	      mailbox_call_with(client, &calls[1]) == 3 &&
	      !memcmp(replies[1], "two", 3),
	      "each call got its own reply, though they came the other way round");
	CLAIM(DO(mailbox_reply(client, id, one.message.token, "again", 5)) ==
	      -ESTALE, "a token is good for one reply");
	mailbox_destroy(client, id);
}

/* Receives a call, and dies with its token. */
static void dying_server(void *unused)
{
	int mine = demo_client();
	char buffer[8];

	(void)unused;
	demo_check(mailbox_receive(mine, id, buffer, 8), "receive");
	demo_say("has received the call, and is killed now");
	fflush(stdout);
	raise(SIGKILL);
}

static void show_death(void)
{
	char reply[8];
	pid_t pid;

	demo_check(mailbox_create(client, 4, &id), "create");
	pid = demo_start("server", dying_server, NULL);
	AWAIT(client, id, waiting_receivers, 1);
	CLAIM(DO(mailbox_call(client, id, "x", 1, reply, 8)) == -EPIPE,
	      "nobody can answer any more: the call has ended, at once");
	waitpid(pid, NULL, 0);
	CLAIM(DO(mailbox_call_within(client, id, "x", 1, reply, 8,
				     10 * MAILBOX_MILLISECOND)) == -ETIMEDOUT,
	      "nobody answers: the call ends with its time");
	mailbox_destroy(client, id);
}

int main(void)
{
	demo_act("caller");
	client = demo_client();
	demo_check(mailbox_create(client, 4, &id), "create");
	show_pool();
	putchar('\n');
	show_order();
	putchar('\n');
	show_death();
	return 0;
}
