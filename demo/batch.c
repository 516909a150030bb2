// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many messages in one system call.
 */
#include <stdlib.h>

#include "demo.h"

#define COUNT 1000

static struct mailbox_message messages[COUNT];
static uint32_t numbers[COUNT];

static void describe(bool sending)
{
	size_t i;

	for (i = 0; i < COUNT; i++) {
		if (sending)
			numbers[i] = (uint32_t)i;
		if (sending)
			mailbox_message_data(&messages[i], &numbers[i], 4);
		else
			mailbox_message_buffer(&messages[i], &numbers[i], 4);
	}
}

static bool in_order(void)
{
	uint32_t i;

	for (i = 0; i < COUNT; i++)
		if (numbers[i] != i)
			return false;
	return true;
}

/* Nanoseconds for each message, one call a message. */
static double one_by_one(int client, uint64_t id)
{
	uint64_t before = demo_clock();
	uint32_t number, i;

	for (i = 0; i < COUNT; i++) {
		demo_check(mailbox_send(client, id, &i, 4), "send");
		demo_check(mailbox_receive(client, id, &number, 4), "receive");
	}
	return (double)(demo_clock() - before) / COUNT;
}

/* A batch that cannot be done to its end says how far it came. */
static void show_part(int client)
{
	struct mailbox_batch batch;
	uint64_t id;

	demo_check(DO(mailbox_create(client, 10, &id)), "create");
	describe(true);
	mailbox_batch_init(&batch, id, messages, 15);
	batch.flags = MAILBOX_NONBLOCK;
	CLAIM(DO(mailbox_send_batch_with(client, &batch)) == 10,
	      "of 15 messages 10 found room: no error, and no doubt");
	CLAIM(DO(mailbox_send_batch_with(client, &batch)) == -EAGAIN,
	      "the next call meets what stopped it");
}

int main(void)
{
	double single, batched;
	uint64_t before, id;
	long sent, received;
	int client;

	demo_act("process");
	client = demo_client();
	demo_check(DO(mailbox_create(client, COUNT, &id)), "create");
	single = one_by_one(client, id);

	before = demo_clock();
	describe(true);
	sent = mailbox_send_batch(client, id, messages, COUNT);
	describe(false);
	received = mailbox_receive_batch(client, id, messages, COUNT);
	batched = (double)(demo_clock() - before) / COUNT;

	demo_say("mailbox_send_batch(client, id, messages, %d) = %ld", COUNT,
		 sent);
	demo_say("mailbox_receive_batch(client, id, messages, %d) = %ld", COUNT,
		 received);
	CLAIM(sent == COUNT && received == COUNT && in_order(),
	      "%d messages in 2 calls, in order", COUNT);
	demo_say("%.1f us for a message to and fro one by one, %.1f us in a batch",
		 single / 1000, batched / 1000);
	show_part(client);
	return 0;
}
