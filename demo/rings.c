// SPDX-License-Identifier: GPL-2.0-only
/*
 * A channel of two rings.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mailbox_ring_channel.h>

#include "demo.h"

#define NAME	"counting-house"
#define COUNT	100000

/* Adds up numbers; a call asks for the sum. */
static void add_up(void *argument)
{
	struct mailbox_ring_channel *channel;
	struct mailbox_receive receive;
	uint64_t sum = 0, number;
	ssize_t length;

	(void)argument;
	demo_check(DO(mailbox_ring_channel_connect(demo_client(), NAME, NULL,
						   &channel)), "connect");
	for (;;) {
		mailbox_receive_init(&receive, 0, &number, sizeof(number));
		length = mailbox_ring_channel_receive_with(channel, &receive);
		if (length < 0)
			break;
		if (receive.message.info & MAILBOX_INFO_CALL)
			demo_check(mailbox_ring_channel_reply(channel,
					receive.message.token, &sum, sizeof(sum)),
				   "reply");
		else
			sum += number;
	}
	demo_say("the other side is gone: receive = %zd", length);
}

static void show_refusal(struct mailbox_ring_channel *channel)
{
	struct mailbox_send send;
	long error;

	mailbox_send_init(&send, 0, "urgent", 6);
	send.message.priority = 9;
	error = DO(mailbox_ring_channel_send_with(channel, &send));
	CLAIM(error == -EOPNOTSUPP, "%s", mailbox_ring_channel_refused(channel));
}

int main(void)
{
	struct mailbox_ring_channel *channel;
	uint64_t sum = 0, expected = 0, i;
	const struct mailbox_ring_part *part;
	int client, port;
	pid_t pid;

	demo_act("clerk");
	client = demo_client();
	port = (int)demo_check(DO(mailbox_listen(client, NAME, 4)), "listen");
	pid = demo_start("adder", add_up, NULL);
	demo_check(DO(mailbox_ring_channel_accept(client, port, NULL, &channel)),
		   "accept");
	for (i = 1; i <= COUNT; i++) {
		demo_check(mailbox_ring_channel_send(channel, &i, sizeof(i)), "send");
		expected += i;
	}
	demo_check(DO(mailbox_ring_channel_call(channel, NULL, 0, &sum, sizeof(sum))),
		   "call");
	CLAIM(sum == expected, "%d numbers sent, and all of them added up", COUNT);
	part = mailbox_ring_channel_out(channel)->mine;
	demo_say("of %d sends %llu woke the other side and %llu waited for room; the others made no system call",
		 COUNT + 1, (unsigned long long)part->wakes,
		 (unsigned long long)part->sleeps);
	show_refusal(channel);
	mailbox_ring_channel_close(channel);
	demo_join(pid);
	return 0;
}
