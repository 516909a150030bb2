// SPDX-License-Identifier: GPL-2.0-only
/*
 * Two processes receive from one mailbox: which of them gets the message?
 * Argument: any, exclusive, pair or all.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "demo.h"

#define NAME "demo"

static int client;
static int handle;

/* What a receiver is to get, and what that shows. */
struct want {
	long result;
	const char *meaning;
};

static void receive_one(void *argument)
{
	const struct want *want = argument;
	int mine = demo_client();
	char buffer[16];
	long result;
	int box;

	box = (int)demo_check(mailbox_open(mine, NAME, MAILBOX_RIGHT_RECEIVE,
					   0), "open");
	result = DO(mailbox_receive(box, 0, buffer, sizeof(buffer)));
	if (want)
		CLAIM(result == want->result, "%s", want->meaning);
}

/* Send, and tell whom the kernel says it went to. */
static pid_t send_and_ask(void)
{
	struct mailbox_send send;

	mailbox_send_init(&send, 0, "hello", 5);
	send.flags = MAILBOX_SEND_SYNC;
	demo_check(DO(mailbox_send_with(handle, &send)), "send");
	CLAIM(send.message.info & MAILBOX_INFO_RECEIVED,
	      "the kernel says: received by process %u of user %u",
	      send.message.pid, send.message.uid);
	return (pid_t)send.message.pid;
}

static void make(uint32_t policy)
{
	struct mailbox_attr attr;

	mailbox_attr_init(&attr);
	attr.name = NAME;
	attr.policy = policy;
	attr.rights = MAILBOX_RIGHT_SEND | MAILBOX_RIGHT_MANAGE;
	attr.flags = MAILBOX_CREATE_PERSIST;
	if (policy == MAILBOX_POLICY_ALL)
		attr.max_receivers = 8;
	handle = (int)demo_check(mailbox_create_with(client, &attr), "create");
}

/* Both wait, so the one that has waited longest gets it. */
static void show_any(void)
{
	pid_t first, second;

	first = demo_start("first", receive_one, NULL);
	AWAIT(handle, 0, waiting_receivers, 1);
	second = demo_start("second", receive_one, NULL);
	AWAIT(handle, 0, waiting_receivers, 2);
	demo_say("%d waits, then %d too", first, second);
	CLAIM(send_and_ask() == first, "that is the first");
	demo_join(first);
	CLAIM(send_and_ask() == second, "and now the second");
	demo_join(second);
}

static void show_exclusive(void)
{
	struct want busy = { -EBUSY, "another has it for itself" };
	pid_t first;

	first = demo_start("first", receive_one, NULL);
	AWAIT(handle, 0, waiting_receivers, 1);
	demo_join(demo_start("second", receive_one, &busy));
	CLAIM(send_and_ask() == first, "that is the first");
	demo_join(first);
}

/* The sender's is the first place, a receiver's the second. */
static void show_pair(void)
{
	struct want users = { -EUSERS, "there are two already" };
	pid_t first;

	first = demo_start("first", receive_one, NULL);
	CLAIM(send_and_ask() == first, "these two are the pair");
	demo_join(first);
	first = demo_start("next", receive_one, NULL);
	AWAIT(handle, 0, waiting_receivers, 1);
	demo_join(demo_start("third", receive_one, &users));
	CLAIM(send_and_ask() == first,
	      "a place is free again when its process has ended");
	demo_join(first);
}

static void show_all(void)
{
	struct want five = { 5, "here it is" };
	pid_t first, second;

	first = demo_start("first", receive_one, &five);
	second = demo_start("second", receive_one, &five);
	AWAIT(handle, 0, waiting_receivers, 2);
	demo_check(DO(mailbox_send(handle, 0, "hello", 5)), "send");
	demo_join(first);
	demo_join(second);
	demo_say("one message was sent, and received twice");
}

int main(int argc, char **argv)
{
	static void (*const show[])(void) = {
		[MAILBOX_POLICY_ANY] = show_any,
		[MAILBOX_POLICY_EXCLUSIVE] = show_exclusive,
		[MAILBOX_POLICY_PAIR] = show_pair,
		[MAILBOX_POLICY_ALL] = show_all,
	};
	uint32_t policy;

	if (argc != 2 || mailbox_policy_parse(argv[1], &policy))
		return 2;
	demo_act("sender");
	client = demo_client();
	make(policy);
	show[policy]();
	demo_check(mailbox_destroy(handle, 0), "destroy");
	return 0;
}
