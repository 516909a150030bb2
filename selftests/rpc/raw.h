/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Requests as a stranger may send them, past the library.
 */
#ifndef SELFTESTS_RPC_RAW_H
#define SELFTESTS_RPC_RAW_H

#include <mailbox.h>

#include "mailbox/envelope.pb-c.h"

/**
 * struct raw - a request
 * @request: its envelope
 * @items: what it carries
 * @count: how much of that
 * @takes: how many attachments of the answer it has room for
 */
struct raw {
	Mailbox__Rpc__Request request;
	struct mailbox_attachment *items;
	unsigned int count;
	unsigned int takes;
};

/* One that is in order. */
struct raw raw_plain(const char *service, uint32_t version, const char *method);

/* What the server answers: the code; or -errno, -EPROTO: nothing that makes sense. */
int raw_call(int box, const struct raw *raw);

/* The same of any bytes. */
int raw_bytes(int box, const void *data, size_t length,
	      struct mailbox_attachment *items, unsigned int count);

#endif /* SELFTESTS_RPC_RAW_H */
