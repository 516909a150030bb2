// SPDX-License-Identifier: GPL-2.0-only
/*
 * FORWARD: a dispatcher hands calls to specialists.
 */
#include <string.h>
#include <unistd.h>

#include "demo.h"

static int client;
static uint64_t front, adds, multiplies;

struct task {
	char operation;
	int a, b;
};

static int add(void *unused, struct mailbox_request *request)
{
	static int result;
	struct task task;

	(void)unused;
	memcpy(&task, request->data, sizeof(task));
	result = task.a + task.b;
	demo_say("gets %d+%d, by way of another, from process %u", task.a,
		 task.b, request->message->pid);
	request->reply = &result;
	request->reply_length = sizeof(result);
	return 0;
}

static int multiply(void *unused, struct mailbox_request *request)
{
	static int result;
	struct task task;

	(void)unused;
	memcpy(&task, request->data, sizeof(task));
	result = task.a * task.b;
	demo_say("gets %d*%d, by way of another, from process %u", task.a,
		 task.b, request->message->pid);
	request->reply = &result;
	request->reply_length = sizeof(result);
	return 0;
}

static void adder(void *unused)
{
	struct task task;

	(void)unused;
	mailbox_serve(demo_client(), adds, add, NULL, &task, sizeof(task));
}

static void multiplier(void *unused)
{
	struct task task;

	(void)unused;
	mailbox_serve(demo_client(), multiplies, multiply, NULL, &task,
		      sizeof(task));
}

/* Forwards three calls, and ends while the last may be worked on. */
static void dispatcher(void *unused)
{
	struct mailbox_receive receive;
	int mine = demo_client(), i;
	struct task task;
	uint64_t to;

	(void)unused;
	for (i = 0; i < 3; i++) {
		mailbox_receive_init(&receive, front, &task, sizeof(task));
		demo_check(mailbox_receive_with(mine, &receive), "receive");
		to = task.operation == '+' ? adds : multiplies;
		demo_check(DO(mailbox_forward(mine, front,
					      receive.message.token, mine, to)),
			   "forward");
	}
	CLAIM(DO(mailbox_reply(mine, front, receive.message.token, "", 0)) ==
	      -ESTALE, "its token is of no use any more");
	demo_say("goes home");
}

static void compute(char operation, int a, int b, int want)
{
	struct task task = { operation, a, b };
	struct mailbox_call call;
	int result = 0;

	mailbox_call_init(&call, front, &task, sizeof(task), &result,
			  sizeof(result));
	demo_check(DO(mailbox_call_with(client, &call)), "call");
	CLAIM(result == want, "%d%c%d = %d, replied by process %u", a,
	      operation, b, result, call.reply.pid);
}

int main(void)
{
	pid_t pids[3];
	int i;

	demo_act("caller");
	client = demo_client();
	demo_check(mailbox_create(client, 4, &front), "create");
	demo_check(mailbox_create(client, 4, &adds), "create");
	demo_check(mailbox_create(client, 4, &multiplies), "create");
	pids[0] = demo_start("adder", adder, NULL);
	pids[1] = demo_start("multiply", multiplier, NULL);
	pids[2] = demo_start("front", dispatcher, NULL);
	demo_say("is process %d, and calls the front only", getpid());
	compute('+', 6, 7, 13);
	compute('*', 6, 7, 42);
	compute('+', 1, 1, 2);
	demo_join(pids[2]);
	mailbox_destroy(client, adds);
	mailbox_destroy(client, multiplies);
	for (i = 0; i < 2; i++)
		demo_join(pids[i]);
	return 0;
}
