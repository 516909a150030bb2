// SPDX-License-Identifier: GPL-2.0-only
/*
 * A send that gives up has not sent.
 */
#include <string.h>

#include "demo.h"

int main(void)
{
	struct mailbox_stat stat;
	char buffer[16];
	uint64_t id;
	int client;

	demo_act("sender");
	client = demo_client();
	demo_check(mailbox_create(client, 1, &id), "create");
	demo_check(DO(mailbox_send(client, id, "first", 5)), "send");
	CLAIM(DO(mailbox_send_within(client, id, "second", 6,
				     100 * MAILBOX_MILLISECOND)) == -ETIMEDOUT,
	      "there was no room for the second in time");
	CLAIM(DO(mailbox_receive(client, id, buffer, 16)) == 5 &&
	      !memcmp(buffer, "first", 5), "the first is there");
	CLAIM(DO(mailbox_try_receive(client, id, buffer, 16)) == -EAGAIN,
	      "the second is not, although there is room now");
	demo_check(mailbox_stat(client, id, &stat), "stat");
	CLAIM(stat.withdrawn == 1 && stat.sent == 1 && stat.received == 1,
	      "the mailbox counts %llu sent, %llu received, %llu withdrawn",
	      stat.sent, stat.received, stat.withdrawn);
	mailbox_destroy(client, id);
	return 0;
}
