// SPDX-License-Identifier: GPL-2.0-only
#include <sys/eventfd.h>
#include <sys/mman.h>

#include "mailbox/envelope.pb-c.h"
#include "rpc/liar.h"

typedef Mailbox__Rpc__Reply reply;

#define LENGTH	8192UL

enum lie {
	NOTHING, JUNK, PROTOCOL, NO_RESULT, NO_SECTION, NO_ITEM,
	SECTION_SHORT, SECTION_SHRINKS, SECTION_FILE, SECTION_AGAIN,
	SECTION_SURPLUS,
};

const char *const rpc_lies[RPC_LIES] = {
	[NOTHING] = "no bytes",
	[JUNK] = "bytes that are no reply",
	[PROTOCOL] = "another protocol",
	[NO_RESULT] = "a result of another type",
	[NO_SECTION] = "a section that is not there",
	[NO_ITEM] = "an attachment that is not there",
	[SECTION_SHORT] = "a section that is shorter",
	[SECTION_SHRINKS] = "a section that could shrink",
	[SECTION_FILE] = "a file as a section",
	[SECTION_AGAIN] = "a section in which is that there is a section",
	[SECTION_SURPLUS] = "a section that nobody speaks of",
};

/* A section with a reply in it: @length is that of the reply. */
static int section_make(int client, const reply *inner, uint32_t seals,
			uint64_t *length)
{
	void *memory;
	int fd = mailbox_section_create(client, NULL, LENGTH, seals, NULL);

	if (mailbox_section_map(fd, 0, LENGTH,
				MAILBOX_SECTION_READ | MAILBOX_SECTION_WRITE,
				&memory))
		return -1;
	*length = mailbox__rpc__reply__pack(inner, memory);
	munmap(memory, LENGTH);
	return fd;
}

/* The descriptor of what is attached, or -1; @answer says the rest. */
static int lie_make(int client, enum lie lie, reply *answer)
{
	reply inner = MAILBOX__RPC__REPLY__INIT;
	int fd = -1;

	answer->protocol = inner.protocol = 1;
	switch (lie) {
	case PROTOCOL:
		answer->protocol = 2;
		break;
	case NO_RESULT:
		answer->result.data = (uint8_t *)"\x0a\x7fx";
		answer->result.len = 3;
		break;
	case NO_SECTION:
		answer->section_length = 100;
		break;
	case NO_ITEM:
		answer->attachments = 1;
		break;
	case SECTION_SHORT:
		fd = section_make(client, &inner, MAILBOX_SEAL_SHRINK,
				  &answer->section_length);
		answer->section_length = LENGTH + 1;
		break;
	case SECTION_SHRINKS:
		fd = section_make(client, &inner, 0, &answer->section_length);
		break;
	case SECTION_FILE:
		fd = eventfd(0, 0);
		answer->section_length = 100;
		break;
	case SECTION_AGAIN:
		inner.section_length = 100;
		fd = section_make(client, &inner, MAILBOX_SEAL_SHRINK,
				  &answer->section_length);
		break;
	case SECTION_SURPLUS:
		fd = section_make(client, &inner, MAILBOX_SEAL_SHRINK,
				  &answer->section_length);
		answer->section_length = 0;
		break;
	default:
		break;
	}
	return fd;
}

static void answer_lie(int client, int box, uint64_t token, enum lie lie)
{
	reply answer = MAILBOX__RPC__REPLY__INIT;
	struct mailbox_attachment item;
	struct mailbox_attachments list;
	struct mailbox_reply out;
	static uint8_t data[65536];
	size_t length = 0;
	int fd = lie_make(client, lie, &answer);

	if (lie == JUNK)
		length = (size_t)sprintf((char *)data, "junk");
	else if (lie != NOTHING)
		length = mailbox__rpc__reply__pack(&answer, data);
	mailbox_reply_init(&out, 0, token, data, length);
	item = mailbox_attachment(fd, lie == SECTION_FILE ?
					      0 : MAILBOX_SECTION_READ);
	mailbox_attachments_init(&list, &item, 1);
	if (fd >= 0)
		out.message.attachments = (uintptr_t)&list;
	mailbox_reply_with(box, &out);
	if (fd >= 0)
		close(fd);
}

/* The argument of Large. */
static int64_t asked(const void *data, size_t length)
{
	Mailbox__Rpc__Request *request;
	Test__Number *number;
	int64_t value = -1;

	request = mailbox__rpc__request__unpack(NULL, length, data);
	if (!request)
		return -1;
	number = test__number__unpack(NULL, request->argument.len,
				      request->argument.data);
	if (number)
		value = number->number;
	test__number__free_unpacked(number, NULL);
	mailbox__rpc__request__free_unpacked(request, NULL);
	return value;
}

static void answer_truth(int box, uint64_t token, size_t length)
{
	Test__Bytes bytes = TEST__BYTES__INIT;
	reply answer = MAILBOX__RPC__REPLY__INIT;
	uint8_t content[64], result[128], data[256];

	for (size_t i = 0; i < length; i++)
		content[i] = (uint8_t)i;
	bytes.data.data = content;
	bytes.data.len = length;
	answer.protocol = 1;
	answer.result.data = result;
	answer.result.len = test__bytes__pack(&bytes, result);
	mailbox_reply(box, 0, token, data,
		      mailbox__rpc__reply__pack(&answer, data));
}

static int liar_run(void *argument)
{
	int client = mailbox_client_open();
	struct mailbox_attr attr;
	char name[64];
	int box;

	snprintf(name, sizeof(name), "rpc:%s", (const char *)argument);
	mailbox_attr_init(&attr);
	attr.name = name;
	attr.flags = MAILBOX_CREATE_ATTACH;
	box = mailbox_create_with(client, &attr);
	while (box >= 0) {
		struct mailbox_receive receive;
		uint8_t data[4096];
		ssize_t length;
		int64_t number;

		mailbox_receive_init(&receive, 0, data, sizeof(data));
		length = mailbox_receive_with(box, &receive);
		if (length < 0)
			return (int)length;
		number = asked(data, (size_t)length);
		if (number < RPC_LIES)
			answer_lie(client, box, receive.message.token,
				   (enum lie)number);
		else
			answer_truth(box, receive.message.token,
				     (size_t)number);
	}
	return box;
}

int rpc_liar_start(struct mb_child *child, const char *name)
{
	return rpc_child_start(child, liar_run, (void *)name, name);
}

int rpc_length_one(const ProtobufCMessage *message, void *context)
{
	const Test__Bytes *bytes = (const Test__Bytes *)message;
	struct rpc_lengths *seen = context;

	for (size_t i = 0; i < bytes->data.len; i++)
		if (bytes->data.data[i] != seen->results)
			seen->wrong = true;
	seen->bytes += bytes->data.len;
	seen->results++;
	return 0;
}
