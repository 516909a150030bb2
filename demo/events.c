// SPDX-License-Identifier: GPL-2.0-only
/*
 * NOTIFY: what a process can ask to be told of.
 */
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "demo.h"

static int client;
static int handle;

/* The next event. */
static struct mailbox_event told(struct mailbox_message *message)
{
	struct mailbox_event event;

	demo_check(DO(mailbox_event(client, &event, message)), "event");
	return event;
}

static bool nothing_told(void)
{
	struct mailbox_event event;

	return mailbox_event_within(client, &event, NULL, 0) == -ETIMEDOUT;
}

static void receiver(void *unused)
{
	char buffer[16];

	(void)unused;
	DO(mailbox_receive(handle, 0, buffer, 16));
}

static void show_receipt(void)
{
	struct mailbox_event event;
	struct mailbox_message message;
	struct mailbox_send send;
	pid_t pid;

	mailbox_send_init(&send, 0, "invoice", 7);
	send.flags = MAILBOX_SEND_RECEIPT;
	send.message.tag = 4711;
	demo_check(DO(mailbox_send_with(handle, &send)), "send");
	CLAIM(nothing_told(), "sent, and nobody has received it yet");
	pid = demo_start("receiver", receiver, NULL);
	event = told(&message);
	CLAIM(event.type == MAILBOX_EVENT_RECEIPT && event.cookie == 4711 &&
	      message.pid == (uint32_t)pid,
	      "receipt: message %llu, which was tagged %llu, was received by process %u",
	      (unsigned long long)event.value,
	      (unsigned long long)event.cookie, message.pid);
	demo_join(pid);
}

static void show_not_empty(void)
{
	struct pollfd pollfd = { .fd = client, .events = POLLIN };
	struct mailbox_event event;
	char buffer[16];

	demo_check(DO(mailbox_notify(handle, 0, MAILBOX_EVENT_NOT_EMPTY, 1)),
		   "notify");
	CLAIM(poll(&pollfd, 1, 0) == 0, "empty: poll on the client shows nothing");
	DO(mailbox_send(handle, 0, "hello", 5));
	CLAIM(poll(&pollfd, 1, 0) == 1, "now it does");
	event = told(NULL);
	CLAIM(event.type == MAILBOX_EVENT_NOT_EMPTY, "event: %s",
	      mailbox_event_name(event.type));
	DO(mailbox_send(handle, 0, "again", 5));
	CLAIM(nothing_told(), "an ask is good for one event");
	mailbox_receive(handle, 0, buffer, 16);
	mailbox_receive(handle, 0, buffer, 16);
}

/* Calls, and gives up. */
static void impatient(void *unused)
{
	char reply[8];

	(void)unused;
	CLAIM(DO(mailbox_call_within(handle, 0, "hurry", 5, reply, 8,
				     50 * MAILBOX_MILLISECOND)) == -ETIMEDOUT,
	      "waits no longer");
}

static void show_cancelled(void)
{
	struct mailbox_receive receive;
	struct mailbox_event event;
	char buffer[16];
	pid_t pid;

	pid = demo_start("caller", impatient, NULL);
	mailbox_receive_init(&receive, 0, buffer, 16);
	demo_check(mailbox_receive_with(handle, &receive), "receive");
	demo_check(DO(mailbox_notify_call(handle, 0, receive.message.token, 2)),
		   "notify");
	event = told(NULL);
	CLAIM(event.type == MAILBOX_EVENT_CANCELLED &&
	      event.error == -ETIMEDOUT,
	      "event: %s. The server can stop working on it",
	      mailbox_event_name(event.type));
	CLAIM(DO(mailbox_reply(handle, 0, receive.message.token, "x", 1)) ==
	      -ESTALE, "nobody waits for the reply");
	demo_join(pid);
}

static void show_end(void)
{
	struct mailbox_event event;

	demo_check(DO(mailbox_notify(handle, 0, MAILBOX_EVENT_DESTROYED, 3)),
		   "notify");
	DO(mailbox_destroy(handle, 0));
	event = told(NULL);
	CLAIM(event.type == MAILBOX_EVENT_DESTROYED &&
	      event.error == -EIDRM, "event: %s",
	      mailbox_event_name(event.type));
}

int main(void)
{
	struct mailbox_attr attr;

	demo_act("process");
	client = demo_client();
	mailbox_attr_init(&attr);
	handle = (int)demo_check(mailbox_create_with(client, &attr), "create");
	show_receipt();
	putchar('\n');
	show_not_empty();
	putchar('\n');
	show_cancelled();
	putchar('\n');
	show_end();
	return 0;
}
