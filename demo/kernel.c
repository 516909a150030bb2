// SPDX-License-Identifier: GPL-2.0-only
/*
 * KERNEL: a mailbox is made, used and destroyed by calls to the module.
 */
#include <string.h>
#include <unistd.h>

#include "demo.h"

static int client;

/* By hand once, to show what is in the message. */
static uint64_t create(void)
{
	struct {
		struct mailbox_kernel head;
		struct mailbox_create create;
	} message = {
		.head.command = MAILBOX_IOC_CREATE,
		.create = {
			.size = sizeof(message.create),
			.flags = MAILBOX_CREATE_NOFD,
			.capacity = 4,
		},
	};

	struct mailbox_call call;

	mailbox_call_init(&call, MAILBOX_ID_KERNEL, &message, sizeof(message),
			  &message, sizeof(message));
	/* Only the command inside has flags. */
	call.flags = 0;
	demo_check(DO(mailbox_call_with(client, &call)), "call");
	CLAIM(message.head.result == 0 && message.create.id >= MAILBOX_ID_FIRST,
	      "the reply says: result %d, the new mailbox has the ID %llu",
	      message.head.result, (unsigned long long)message.create.id);
	return message.create.id;
}

int main(void)
{
	struct mailbox_target target = { .size = sizeof(target) };
	struct mailbox_send send;
	char buffer[8];
	uint64_t id;

	demo_act("process");
	client = demo_client();
	id = create();
	mailbox_send_init(&send, id, "hello", 5);
	demo_check(DO(mailbox_kernel(client, MAILBOX_IOC_SEND, &send)), "send");
	CLAIM(DO(mailbox_receive(client, id, buffer, 8)) == 5 &&
	      !memcmp(buffer, "hello", 5),
	      "sent by a message to the kernel, received by a system call");
	target.id = id;
	demo_check(DO(mailbox_kernel(client, MAILBOX_IOC_DESTROY, &target)),
		   "destroy");
	CLAIM(DO(mailbox_kernel(client, MAILBOX_IOC_DESTROY, &target)) ==
	      -ENOENT, "errors are those of the command, too");
	return 0;
}
