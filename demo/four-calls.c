// SPDX-License-Identifier: GPL-2.0-only
/*
 * The textbook's four calls: create, send, receive, destroy, by ID.
 */
#include <string.h>

#include "demo.h"

static uint64_t id;

/* Another process: it opens the device for itself and knows only the ID. */
static void receiver(void *unused)
{
	int client = demo_client();
	char buffer[64];
	long length;

	(void)unused;
	length = DO(mailbox_receive(client, id, buffer, sizeof(buffer)));
	CLAIM(length == 5 && !memcmp(buffer, "hello", 5),
	      "the %ld bytes are \"%.*s\"", length, (int)length, buffer);
}

int main(void)
{
	int client;

	demo_act("sender");
	client = demo_client();
	demo_check(DO(mailbox_create(client, 8, &id)), "create");
	demo_say("id is %llu", (unsigned long long)id);
	demo_check(DO(mailbox_send(client, id, "hello", 5)), "send");
	demo_join(demo_start("receiver", receiver, NULL));
	demo_check(DO(mailbox_destroy(client, id)), "destroy");
	CLAIM(DO(mailbox_send(client, id, "hello", 5)) == -ENOENT,
	      "after that the ID means nothing, to anybody, ever");
	return 0;
}
