// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connection port: greeting, answer, a channel, calls in both directions, and
 * its end.
 */
#include <string.h>
#include <unistd.h>

#include "demo.h"

#define NAME "bank"
#define REASON_UNKNOWN 7

static int client;

/* The client's side: it is called while its own call waits. */
static int ask_for_pin(void *asked, struct mailbox_request *request)
{
	*(int *)asked += 1;
	demo_say("is called back: \"%.*s\"", (int)request->length,
		 (char *)request->data);
	request->reply = "1234";
	request->reply_length = 4;
	return 0;
}

struct phone {
	int endpoint;
	int asked;
};

/* Answers one call of the other side, then goes on. */
static void answer_one(struct phone *phone)
{
	struct mailbox_receive receive;
	struct mailbox_request request = { 0 };
	char buffer[32];

	mailbox_receive_init(&receive, 0, buffer, sizeof(buffer));
	demo_check(mailbox_receive_with(phone->endpoint, &receive), "receive");
	request.message = &receive.message;
	request.data = buffer;
	request.length = receive.message.length;
	ask_for_pin(&phone->asked, &request);
	demo_check(mailbox_reply(phone->endpoint, 0, receive.message.token,
				 request.reply, request.reply_length), "reply");
}

static void customer(void *greeting)
{
	struct mailbox_connect connect;
	struct phone phone = { 0 };
	struct mailbox_call call;
	int mine = demo_client();
	char reply[32];

	mailbox_connect_init(&connect, NAME, greeting, strlen(greeting));
	phone.endpoint = (int)DO(mailbox_connect_with(mine, &connect));
	if (phone.endpoint == -ECONNREFUSED) {
		CLAIM(connect.reason == REASON_UNKNOWN,
		      "rejected, with the reason %u", connect.reason);
		return;
	}
	CLAIM(phone.endpoint >= 0 && connect.pid == (uint32_t)getppid(),
	      "accepted by process %u", connect.pid);
	mailbox_call_init(&call, 0, "withdraw 50", 11, reply, sizeof(reply));
	call.flags = MAILBOX_NONBLOCK;
	CLAIM(mailbox_call_with(phone.endpoint, &call) == -EAGAIN,
	      "calls: \"withdraw 50\", and listens meanwhile");
	answer_one(&phone);
	call.flags = MAILBOX_BLOCK;
	CLAIM(mailbox_call_with(phone.endpoint, &call) == 4 &&
	      !memcmp(reply, "done", 4) && phone.asked == 1,
	      "and then its own call was answered: \"done\"");
	demo_say("hangs up");
}

/* The next request, and whether it is wanted. */
static int decide(int port)
{
	struct mailbox_receive receive;
	struct mailbox_accept accept;
	char greeting[MAILBOX_GREETING_MAX];

	mailbox_receive_init(&receive, 0, greeting, sizeof(greeting));
	demo_check(mailbox_receive_with(port, &receive), "receive");
	demo_say("process %u of user %u greets: \"%.*s\"", receive.message.pid,
		 receive.message.uid, (int)receive.message.length, greeting);
	if (memcmp(greeting, "Rich", 4)) {
		DO(mailbox_reject(port, 0, receive.message.token,
				  REASON_UNKNOWN));
		return -1;
	}
	mailbox_accept_init(&accept, 0, NULL, 0);
	accept.token = receive.message.token;
	return (int)DO(mailbox_accept_with(port, &accept));
}

static void serve(int endpoint)
{
	struct mailbox_receive receive;
	char text[32], pin[8];

	mailbox_receive_init(&receive, 0, text, sizeof(text));
	demo_check(mailbox_receive_with(endpoint, &receive), "receive");
	demo_say("received \"%.*s\", and calls back before it replies",
		 (int)receive.message.length, text);
	CLAIM(DO(mailbox_call(endpoint, 0, "your PIN?", 9, pin, 8)) == 4 &&
	      !memcmp(pin, "1234", 4), "the callback was answered");
	demo_check(DO(mailbox_reply(endpoint, 0, receive.message.token, "done",
				    4)), "reply");
	CLAIM(DO(mailbox_receive(endpoint, 0, text, sizeof(text))) == -EPIPE,
	      "the other side has gone, and this one is told");
	CLAIM(DO(mailbox_send(endpoint, 0, "hello?", 6)) == -EPIPE,
	      "so it is when it sends");
}

int main(void)
{
	int port, endpoint;
	pid_t pid;

	demo_act("bank");
	client = demo_client();
	port = (int)demo_check(DO(mailbox_listen(client, NAME, 4)), "listen");
	pid = demo_start("Paul", customer, "Paul, who has no account");
	CLAIM(decide(port) < 0, "not for him");
	demo_join(pid);
	pid = demo_start("Rich", customer, "Rich");
	endpoint = decide(port);
	demo_check(endpoint, "accept");
	serve(endpoint);
	demo_join(pid);
	return 0;
}
