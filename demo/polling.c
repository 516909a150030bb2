// SPDX-License-Identifier: GPL-2.0-only
/*
 * One process waits on three mailboxes at once with epoll, and reads from them
 * as from any file.
 */
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "demo.h"

#define BOXES 3

static const char *const names[BOXES] = { "orders", "bills", "letters" };

static void writer(void *unused)
{
	int client = demo_client();
	int handle;
	size_t i;

	(void)unused;
	for (i = 0; i < BOXES; i++) {
		handle = (int)demo_check(mailbox_open(client, names[i],
						      MAILBOX_RIGHT_SEND, 0),
					 "open");
		CLAIM(DO(write(handle, names[i], strlen(names[i]))) ==
		      (long)strlen(names[i]), "one write is one message");
		close(handle);
	}
}

static int make(int client, const char *name)
{
	struct mailbox_attr attr;

	mailbox_attr_init(&attr);
	attr.name = name;
	return (int)demo_check(mailbox_create_with(client, &attr), "create");
}

static void watch(int epoll, const int *handles)
{
	struct epoll_event event;
	size_t i;

	for (i = 0; i < BOXES; i++) {
		event.events = EPOLLIN;
		event.data.u32 = (uint32_t)i;
		demo_check(epoll_ctl(epoll, EPOLL_CTL_ADD, handles[i], &event),
			   "epoll_ctl");
	}
}

/* What is in the mailbox of a name is that name. */
static void read_one(int epoll, const int *handles)
{
	struct epoll_event event;
	char buffer[32];
	long length;
	uint32_t i;

	demo_check(epoll_wait(epoll, &event, 1, 10000) == 1 ? 0 : -ETIMEDOUT,
		   "epoll_wait");
	i = event.data.u32;
	length = DO(read(handles[i], buffer, sizeof(buffer)));
	CLAIM(length == (long)strlen(names[i]) &&
	      !memcmp(buffer, names[i], strlen(names[i])),
	      "\"%.*s\", in the mailbox %s", (int)length, buffer, names[i]);
}

int main(void)
{
	int client, epoll, i;
	int handles[BOXES];
	pid_t pid;

	demo_act("reader");
	client = demo_client();
	for (i = 0; i < BOXES; i++)
		handles[i] = make(client, names[i]);
	epoll = (int)demo_check(epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
	watch(epoll, handles);
	pid = demo_start("writer", writer, NULL);
	for (i = 0; i < BOXES; i++)
		read_one(epoll, handles);
	demo_join(pid);
	return 0;
}
