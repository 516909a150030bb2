// SPDX-License-Identifier: GPL-2.0-only
/*
 * How the module's costs grow with what there is: messages in a queue, priorities
 * in use, mailboxes, names, receivers that wait, megabytes in a section that is handed
 * over.  Each line has that number in place of the depth.
 */
#include <fcntl.h>
#include <linux/mailbox.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define BYTES	64
#define ROUNDS	500

/**
 * struct crowd - so many things of one kind, and what is done among them
 * @number: how many
 * @client: to make them with
 * @box: one mailbox, if they are in it
 * @ids: theirs, if they are mailboxes
 * @section: what is handed over
 * @next: for choosing one of them, always in the same order
 */
struct crowd {
	unsigned int number;
	int client;
	int box;
	__u64 *ids;
	int section;
	unsigned int next;
};

static char data[BYTES];

static int box_create(struct crowd *crowd, struct mailbox_create create)
{
	create.size = sizeof(create);
	must(!ioctl(crowd->client, MAILBOX_IOC_CREATE, &create), "CREATE");
	if (create.flags & MAILBOX_CREATE_NOFD)
		crowd->ids[crowd->next++] = create.id;
	return create.fd;
}

static int box_unbounded(struct crowd *crowd)
{
	return box_create(crowd, (struct mailbox_create) {
		.flags = MAILBOX_CREATE_UNBOUNDED,
		.rights = MAILBOX_RIGHTS_ALL,
	});
}

static void put(int fd, __u64 id, unsigned int priority)
{
	struct mailbox_send send = {
		.size = sizeof(send),
		.id = id,
		.message = {
			.data = (uintptr_t)data,
			.length = BYTES,
			.priority = priority,
		},
	};

	must(!ioctl(fd, MAILBOX_IOC_SEND, &send), "SEND");
}

static void get(int fd, __u64 id)
{
	char to[BYTES];
	struct mailbox_receive receive = {
		.size = sizeof(receive),
		.id = id,
		.message = { .data = (uintptr_t)to, .room = BYTES },
	};

	must(!ioctl(fd, MAILBOX_IOC_RECEIVE, &receive), "RECEIVE");
}

/* Any of them, spread evenly. */
static unsigned int choose(struct crowd *crowd)
{
	return crowd->next++ * 2654435761U % crowd->number;
}

static void queue_make(struct crowd *crowd)
{
	unsigned int i;

	crowd->box = box_unbounded(crowd);
	for (i = 0; i < crowd->number; i++)
		put(crowd->box, 0, 0);
}

static void queue_step(struct crowd *crowd)
{
	put(crowd->box, 0, 0);
	get(crowd->box, 0);
}

static void priorities_make(struct crowd *crowd)
{
	unsigned int i;

	crowd->box = box_unbounded(crowd);
	for (i = 0; i < crowd->number; i++)
		put(crowd->box, 0, i);
}

static void priorities_step(struct crowd *crowd)
{
	put(crowd->box, 0, choose(crowd));
	get(crowd->box, 0);
}

static void mailboxes_make(struct crowd *crowd)
{
	crowd->ids = calloc(crowd->number, sizeof(*crowd->ids));
	must(crowd->ids, "calloc");
	while (crowd->next < crowd->number)
		box_create(crowd, (struct mailbox_create) {
			.flags = MAILBOX_CREATE_NOFD,
			.capacity = 1,
		});
}

static void mailboxes_step(struct crowd *crowd)
{
	__u64 id = crowd->ids[choose(crowd)];

	put(crowd->client, id, 0);
	get(crowd->client, id);
}

static int name_of(unsigned int number, char *name)
{
	return sprintf(name, "growth-%u", number);
}

static void names_make(struct crowd *crowd)
{
	char name[32];

	crowd->ids = calloc(crowd->number, sizeof(*crowd->ids));
	must(crowd->ids, "calloc");
	while (crowd->next < crowd->number)
		box_create(crowd, (struct mailbox_create) {
			.flags = MAILBOX_CREATE_NOFD,
			.capacity = 1,
			.name = (uintptr_t)name,
			.name_length = name_of(crowd->next, name),
		});
}

static void names_step(struct crowd *crowd)
{
	char name[32];
	struct mailbox_open open = {
		.size = sizeof(open),
		.flags = MAILBOX_OPEN_NAME | MAILBOX_OPEN_NOFD,
		.name = (uintptr_t)name,
		.rights = MAILBOX_RIGHT_SEND,
	};

	open.name_length = name_of(choose(crowd), name);
	must(!ioctl(crowd->client, MAILBOX_IOC_OPEN, &open), "OPEN");
}

static void *receive_for_ever(void *argument)
{
	struct crowd *crowd = argument;

	for (;;)
		get(crowd->box, 0);
	return NULL;
}

static unsigned int waiting(const struct crowd *crowd)
{
	struct mailbox_stat stat = { .size = sizeof(stat) };

	must(!ioctl(crowd->box, MAILBOX_IOC_STAT, &stat), "STAT");
	return stat.waiting_receivers;
}

/* Threads: they end with the process that measured. */
static void receivers_make(struct crowd *crowd)
{
	pthread_attr_t attributes;
	pthread_t thread;
	unsigned int i;

	crowd->box = box_create(crowd, (struct mailbox_create) {
		.rights = MAILBOX_RIGHTS_ALL,
	});
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, 64 << 10);
	for (i = 0; i < crowd->number; i++)
		must(!pthread_create(&thread, &attributes, receive_for_ever,
				     crowd), "pthread_create");
	while (waiting(crowd) != crowd->number)
		usleep(1000);
}

static void receivers_step(struct crowd *crowd)
{
	put(crowd->box, 0, 0);
}

static size_t section_length(const struct crowd *crowd)
{
	return (size_t)crowd->number << 20;
}

static void section_make(struct crowd *crowd)
{
	struct mailbox_section_create create = {
		.size = sizeof(create),
		.length = section_length(crowd),
		.rights = MAILBOX_SECTION_RIGHTS,
	};

	must(!ioctl(crowd->client, MAILBOX_IOC_SECTION_CREATE, &create),
	     "SECTION_CREATE");
	crowd->section = create.fd;
	crowd->box = box_create(crowd, (struct mailbox_create) {
		.flags = MAILBOX_CREATE_UNBOUNDED | MAILBOX_CREATE_ATTACH,
		.rights = MAILBOX_RIGHTS_ALL,
	});
}

/* The receiver also looks at a byte of it. */
static void section_step(struct crowd *crowd)
{
	struct mailbox_attachment item = {
		.fd = crowd->section, .rights = MAILBOX_SECTION_READ,
	};
	struct mailbox_attachments list = {
		.size = sizeof(list), .items = (uintptr_t)&item, .count = 1,
	};
	struct mailbox_send send = {
		.size = sizeof(send),
		.message = { .attachments = (uintptr_t)&list },
	};
	struct mailbox_receive receive = {
		.size = sizeof(receive),
		.message = { .attachments = (uintptr_t)&list },
	};
	size_t length = section_length(crowd);
	volatile char *memory;

	must(!ioctl(crowd->box, MAILBOX_IOC_SEND, &send), "SEND");
	must(!ioctl(crowd->box, MAILBOX_IOC_RECEIVE, &receive), "RECEIVE");
	memory = mmap(NULL, length, PROT_READ, MAP_SHARED, item.fd, 0);
	must(memory != MAP_FAILED, "mmap");
	(void)memory[length - 1];
	munmap((void *)memory, length);
	close(item.fd);
}

static const struct growth {
	const char *name;
	void (*make)(struct crowd *crowd);
	void (*step)(struct crowd *crowd);
	unsigned int numbers[6];
} growths[] = {
	{ "grow-queue", queue_make, queue_step,
	  { 1, 10, 100, 1000, 10000, 100000 } },
	{ "grow-priorities", priorities_make, priorities_step,
	  { 1, 10, 100, 1000, 10000, 32767 } },
	{ "grow-mailboxes", mailboxes_make, mailboxes_step,
	  { 1, 10, 100, 1000, 10000, 100000 } },
	{ "grow-names", names_make, names_step,
	  { 1, 10, 100, 1000, 10000, 100000 } },
	{ "grow-receivers", receivers_make, receivers_step,
	  { 1, 10, 100, 1000 } },
	{ "grow-section", section_make, section_step,
	  { 1, 32, 1024 } },
};

/* More than the module allows a user by default. */
static void limits_raise(void)
{
	static const char *const limits[][2] = {
		{ "user_bytes", "536870912" }, { "total_bytes", "536870912" },
		{ "user_mailboxes", "200000" },
		{ "total_section_bytes", "2147483648" },
		{ "user_section_bytes", "2147483648" },
	};
	char path[128];
	size_t i;

	for (i = 0; i < COUNT(limits); i++) {
		FILE *file;

		snprintf(path, sizeof(path),
			 "/sys/module/mailbox/parameters/%s", limits[i][0]);
		file = fopen(path, "w");
		if (!file)
			continue;
		fputs(limits[i][1], file);
		fclose(file);
	}
}

static void crowd_measure(const struct growth *growth, unsigned int number)
{
	struct crowd crowd = { .number = number };
	double least = 0;
	int i, round;

	crowd.client = open("/dev/mailbox", O_RDWR | O_CLOEXEC);
	must(crowd.client >= 0, "/dev/mailbox");
	growth->make(&crowd);
	for (round = 0; round < 4; round++) {
		int64_t start = now();
		double each;

		for (i = 0; i < ROUNDS; i++)
			growth->step(&crowd);
		each = (double)(now() - start) / ROUNDS;
		/* the first one warms up */
		if (round == 1 || (round && each < least))
			least = each;
	}
	printf("mailbox,%s,%d,%u,%.0f\n", growth->name, BYTES, number, least);
	fflush(stdout);
}

/* In a process of its own, with which all that was made goes. */
static void crowd_apart(const struct growth *growth, unsigned int number)
{
	pid_t child = fork();
	int status;

	must(child >= 0, "fork");
	if (!child) {
		crowd_measure(growth, number);
		_exit(0);
	}
	must(waitpid(child, &status, 0) == child && !status, growth->name);
}

void grow(const char *names)
{
	size_t g, n;

	limits_raise();
	for (g = 0; g < COUNT(growths); g++) {
		for (n = 0; n < 6 && growths[g].numbers[n] &&
			    listed(names, growths[g].name); n++)
			crowd_apart(&growths[g], growths[g].numbers[n]);
	}
}
