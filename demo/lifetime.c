// SPDX-License-Identifier: GPL-2.0-only
/*
 * How mailboxes end, and what those who still use them are told.
 */
#include <unistd.h>

#include "demo.h"

#define NAME "mayfly"

static int client;

static int make(uint32_t flags)
{
	struct mailbox_attr attr;

	mailbox_attr_init(&attr);
	attr.name = NAME;
	attr.flags = flags;
	attr.capacity = 1;
	return (int)demo_check(mailbox_create_with(client, &attr), "create");
}

static int open_for(uint32_t rights)
{
	return mailbox_open(client, NAME, rights, 0);
}

static void blocked_sender(void *handle)
{
	CLAIM(DO(mailbox_send(*(int *)handle, 0, "second", 6)) == -EPIPE,
	      "nobody will ever receive it: the sender does not wait on");
}

static void waiting_receiver(void *handle)
{
	char buffer[16];

	CLAIM(DO(mailbox_receive(*(int *)handle, 0, buffer, 16)) == -EIDRM,
	      "destroyed under it: the receiver does not wait on");
}

/* The child has the handles too: it keeps but the one it uses. */
struct ends {
	int receive;
	int send;
};

static void sender_alone(void *ends)
{
	close(((struct ends *)ends)->receive);
	blocked_sender(&((struct ends *)ends)->send);
}

static void show_last_close(void)
{
	struct ends ends;
	pid_t pid;

	ends.receive = make(0);
	ends.send = (int)demo_check(open_for(MAILBOX_RIGHT_SEND), "open");
	demo_check(mailbox_send(ends.send, 0, "first", 5), "send");
	pid = demo_start("sender", sender_alone, &ends);
	AWAIT(ends.send, 0, blocked_senders, 1);
	DO(close(ends.receive));
	demo_join(pid);
	CLAIM(DO(open_for(MAILBOX_RIGHT_SEND)) == -ENOENT,
	      "it is gone with the last handle that could receive");
	close(ends.send);
}

static void show_persist(void)
{
	int handle = make(MAILBOX_CREATE_PERSIST);

	demo_say("this one was created with MAILBOX_CREATE_PERSIST:");
	DO(close(handle));
	handle = (int)DO(open_for(MAILBOX_RIGHTS_ALL));
	CLAIM(handle >= 0, "it is still there");
	demo_check(DO(mailbox_unlink(handle, 0)), "unlink");
	CLAIM(DO(open_for(MAILBOX_RIGHT_SEND)) == -ENOENT,
	      "its name is gone; it goes with its last handle");
	close(handle);
}

static void show_destroy(void)
{
	int handle = make(0);
	pid_t pid;

	pid = demo_start("receiver", waiting_receiver, &handle);
	AWAIT(handle, 0, waiting_receivers, 1);
	demo_check(DO(mailbox_destroy(handle, 0)), "destroy");
	demo_join(pid);
	CLAIM(DO(mailbox_send(handle, 0, "x", 1)) == -EIDRM,
	      "an open handle tells so ever after");
	close(handle);
}

int main(void)
{
	demo_act("owner");
	client = demo_client();
	show_last_close();
	show_persist();
	show_destroy();
	return 0;
}
