// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attachments: a message carries a section, which is not copied, and the right to
 * answer, as Mach's messages carry port rights.
 */
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "demo.h"

#define PICTURE	(1 << 20)
#define WRITABLE	(MAILBOX_SECTION_READ | MAILBOX_SECTION_WRITE)

static int client;
static uint64_t desk;

static int box_make(uint64_t *id)
{
	struct mailbox_attr attr;
	int box;

	mailbox_attr_init(&attr);
	attr.flags = MAILBOX_CREATE_ATTACH;
	box = (int)demo_check(mailbox_create_with(client, &attr), "create");
	*id = attr.id;
	return box;
}

/* Looks at the picture where it lies, and answers by the handle it got. */
static void develop(const struct mailbox_attachment *items)
{
	const unsigned char *picture;
	unsigned int dark = 0, i;
	void *address;

	demo_check(mailbox_section_map(items[0].fd, 0, PICTURE,
				       MAILBOX_SECTION_READ, &address), "map");
	picture = address;
	for (i = 0; i < PICTURE; i++)
		dark += picture[i] == 7;
	CLAIM(DO(mailbox_section_map(items[0].fd, 0, PICTURE,
				     WRITABLE, &address)) ==
	      -EACCES, "the section is its to read, and not to write");
	CLAIM(DO(mailbox_receive(items[1].fd, 0, NULL, 0)) == -EBADF,
	      "the handle is its to send by, and not to receive");
	demo_check(DO(mailbox_send(items[1].fd, 0, &dark, sizeof(dark))),
		   "send");
}

static void laboratory(void *unused)
{
	struct mailbox_attachment items[2];
	size_t count = 1;
	char text[32];
	int mine = demo_client();
	ssize_t length;

	(void)unused;
	length = DO(mailbox_receive_attached(mine, desk, text, sizeof(text),
					     items, &count));
	CLAIM(length == -EMSGSIZE && count == 2,
	      "it has room for one, the message carries %zu: it stays", count);
	demo_check(DO(mailbox_receive_attached(mine, desk, text, sizeof(text),
					       items, &count)), "receive");
	CLAIM(items[0].kind == MAILBOX_ATTACHMENT_SECTION &&
	      items[1].kind == MAILBOX_ATTACHMENT_HANDLE,
	      "a section and the right to send to a mailbox whose ID it never saw");
	develop(items);
}

/* What could hold the mailbox itself is not sent: no cycle, no garbage. */
static void refusals(int box)
{
	struct mailbox_attachment item;
	int pair[2];

	demo_check(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	item = mailbox_attachment(pair[0], 0);
	CLAIM(DO(mailbox_send_attached(box, 0, "", 0, &item, 1)) == -EPERM,
	      "a socket could hold descriptors itself");
	item = mailbox_attachment(client, 0);
	CLAIM(DO(mailbox_send_attached(box, 0, "", 0, &item, 1)) == -EPERM,
	      "so could a client");
	close(pair[0]);
	close(pair[1]);
}

int main(void)
{
	struct mailbox_attachment items[2];
	unsigned int dark = 0;
	uint64_t answers;
	void *picture;
	int box, mine, section;
	pid_t pid;

	demo_act("customer");
	client = demo_client();
	box = box_make(&desk);
	mine = box_make(&answers);
	section = (int)demo_check(DO(mailbox_section_create(client, NULL,
							    PICTURE, 0, NULL)),
				  "section");
	demo_check(mailbox_section_map(section, 0, PICTURE, WRITABLE,
				       &picture), "map");
	memset(picture, 7, PICTURE / 2);
	refusals(box);
	items[0] = mailbox_attachment(section, MAILBOX_SECTION_READ);
	items[1] = mailbox_attachment(mine, MAILBOX_RIGHT_SEND);
	demo_check(DO(mailbox_send_attached(box, 0, "half of it dark?", 16,
					    items, 2)), "send");
	pid = demo_start("lab", laboratory, NULL);
	demo_check(DO(mailbox_receive(mine, 0, &dark, sizeof(dark))),
		   "receive");
	CLAIM(dark == PICTURE / 2, "%u of %u: the picture was not copied", dark,
	      PICTURE);
	demo_join(pid);
	return 0;
}
