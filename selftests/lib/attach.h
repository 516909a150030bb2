/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sending and receiving what is attached to messages.
 */
#ifndef SELFTESTS_LIB_ATTACH_H
#define SELFTESTS_LIB_ATTACH_H

#include "test.h"

#include <mailbox.h>
#include <sys/eventfd.h>

#define PAGE	4096UL
#define READ	MAILBOX_SECTION_READ
#define WRITE	MAILBOX_SECTION_WRITE

/* Of @count things, for a message. */
static inline struct mailbox_attachments
attach_list(struct mailbox_attachment *items, unsigned int count)
{
	return (struct mailbox_attachments){
		.size = sizeof(struct mailbox_attachments),
		.items = mb_ptr(items),
		.count = count,
	};
}

/* Send a byte, and what @head says. */
static inline int put_head(int fd, const struct mailbox_attachments *head)
{
	struct mailbox_send send = {
		.flags = MAILBOX_NONBLOCK,
		.message = {
			.data = mb_ptr("x"),
			.length = 1,
			.attachments = mb_ptr(head),
		},
	};

	return mb_send(fd, &send);
}

/* Send a byte, and so many things. */
static inline int put(int fd, struct mailbox_attachment *items,
		      unsigned int count)
{
	struct mailbox_attachments head = attach_list(items, count);

	return put_head(fd, &head);
}

static inline int put_one(int fd, int what, unsigned int rights)
{
	struct mailbox_attachment item = { .fd = what, .rights = rights };

	return put(fd, &item, 1);
}

/* What a receive says. */
struct got {
	struct mailbox_attachments head;
	struct mailbox_attachment items[4];
	struct mailbox_message message;
};

static inline void got_clear(struct got *got, unsigned int room)
{
	memset(got, 0, sizeof(*got));
	got->head = attach_list(got->items, room);
}

/* Receive what @got->head says. */
static inline int get_head(int fd, struct got *got)
{
	char byte;
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK,
		.message = {
			.data = mb_ptr(&byte),
			.room = 1,
			.attachments = mb_ptr(&got->head),
		},
	};
	int ret = mb_receive(fd, &receive);

	got->message = receive.message;
	return ret;
}

static inline int get(int fd, struct got *got, unsigned int room,
		      unsigned int seals)
{
	got_clear(got, room);
	got->head.seals = seals;
	return get_head(fd, got);
}

static inline unsigned int under_way(int client)
{
	struct mailbox_query query = { 0 };

	return mb_query(client, &query) ? ~0U : query.user_attachments;
}

static inline unsigned int sections(int client)
{
	struct mailbox_query query = { 0 };

	return mb_query(client, &query) ? ~0U : query.user_sections;
}

#endif /* SELFTESTS_LIB_ATTACH_H */
