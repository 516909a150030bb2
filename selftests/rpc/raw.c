// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "rpc/raw.h"

struct raw raw_plain(const char *service, uint32_t version, const char *method)
{
	struct raw raw = { .request = MAILBOX__RPC__REQUEST__INIT };

	raw.request.protocol = 1;
	raw.request.service = (char *)service;
	raw.request.version = version;
	raw.request.method = (char *)method;
	raw.request.semantics = 1;
	return raw;
}

static int answer_code(const uint8_t *data, size_t length)
{
	Mailbox__Rpc__Reply *reply;
	int code;

	reply = mailbox__rpc__reply__unpack(NULL, length, data);
	if (!reply)
		return -EPROTO;
	code = (int)reply->status;
	if (code && !reply->text[0])
		code = -ENOMSG;		/* an error needs a text */
	mailbox__rpc__reply__free_unpacked(reply, NULL);
	return code;
}

static int call(int box, const void *data, size_t length,
		struct mailbox_attachment *items, unsigned int count,
		unsigned int takes)
{
	struct mailbox_attachment taken[MAILBOX_ATTACHMENTS_MAX];
	struct mailbox_attachments carried, room;
	struct mailbox_call call;
	uint8_t answer[4096];
	ssize_t got;

	mailbox_call_init(&call, 0, data, length, answer, sizeof(answer));
	call.flags = MAILBOX_DEADLINE;
	call.clock = MAILBOX_CLOCK_MONOTONIC;
	call.deadline = mailbox_deadline_after(60 * MAILBOX_SECOND, call.clock);
	mailbox_attachments_init(&carried, items, count);
	mailbox_attachments_init(&room, taken, takes);
	if (count)
		call.request.attachments = (uintptr_t)&carried;
	if (takes)
		call.reply.attachments = (uintptr_t)&room;
	got = mailbox_call_with(box, &call);
	if (got < 0)
		return (int)got;
	for (unsigned int i = 0; takes && i < room.count; i++)
		close(taken[i].fd);
	return answer_code(answer, (size_t)got);
}

int raw_bytes(int box, const void *data, size_t length,
	      struct mailbox_attachment *items, unsigned int count)
{
	return call(box, data, length, items, count, 0);
}

int raw_call(int box, const struct raw *raw)
{
	size_t length = mailbox__rpc__request__get_packed_size(&raw->request);
	uint8_t *data = malloc(length + 1);
	int code;

	mailbox__rpc__request__pack(&raw->request, data);
	code = call(box, data, length, raw->items, raw->count, raw->takes);
	free(data);
	return code;
}
