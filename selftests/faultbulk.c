// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same for bulk data: sections through the library, and long messages, requests
 * and replies that are copied once, with every single failure that the kernel can
 * inject.
 *
 * This needs a kernel with fault injection, as "make check-debug" has, and root.
 */
#include "lib/inject.h"

#include <mailbox.h>

#define SECTION		(3 * 4096)
#define MAPPED		4096

/* Of the section that is there, and how the next is to be. */
static int section;
static uint64_t section_id;

static int section_prepare(struct world *world)
{
	struct mailbox_section_stat stat;
	int ret;

	section = mailbox_section_create(world->client, NAME_OTHER, SECTION, 0,
					 NULL);
	if (section < 0)
		return section;
	ret = mailbox_section_stat(section, 0, &stat);
	section_id = stat.id;
	return ret;
}

static int section_finish(struct world *world)
{
	return close(section) ? -errno : 0;
}

static int made(struct world *world, int fd)
{
	world->fd = fd;
	return fd < 0 ? fd : 0;
}

static int made_close(struct world *world)
{
	return close(world->fd) ? -errno : 0;
}

static int both_close(struct world *world)
{
	int ret = made_close(world);

	return ret ? ret : section_finish(world);
}

static int create_call(struct world *world)
{
	return made(world, mailbox_section_create(world->client, NAME_OTHER,
						  SECTION, 0, NULL));
}

static int create_with_call(struct world *world)
{
	struct mailbox_section_create create = {
		.size = sizeof(create),
		.length = SECTION,
		.seals = MAILBOX_SEALS_ALL,
		.rights = MAILBOX_SECTION_RIGHTS,
	};

	return made(world, mailbox_section_create_with(world->client, &create));
}

static int open_call(struct world *world)
{
	return made(world, mailbox_section_open(world->client, NAME_OTHER,
						MAILBOX_SECTION_READ));
}

static int open_id_call(struct world *world)
{
	return made(world, mailbox_section_open_id(world->client, section_id,
						   MAILBOX_SECTION_READ));
}

static int restrict_call(struct world *world)
{
	return made(world, mailbox_section_restrict(section,
						    MAILBOX_SECTION_READ));
}

static int destroy_call(struct world *world)
{
	return mailbox_section_destroy(section, 0);
}

static int unlink_call(struct world *world)
{
	return mailbox_section_unlink(section, 0);
}

static int set_call(struct world *world)
{
	const struct mailbox_section_set set = {
		.size = sizeof(set), .flags = MAILBOX_SET_MODE, .mode = 0640,
	};

	return mailbox_section_set(section, &set);
}

static int set_length_call(struct world *world)
{
	return mailbox_section_set_length(section, 0, 2 * SECTION);
}

static int stat_call(struct world *world)
{
	struct mailbox_section_stat stat;
	int ret = mailbox_section_stat(section, 0, &stat);

	if (ret)
		return ret;
	return stat.id == section_id && stat.length == SECTION ? 0 :
								  WRONG_CONTENT;
}

static int list_call(struct world *world)
{
	uint64_t cursor = 0, ids[4];
	ssize_t count = mailbox_section_list(world->client, &cursor, ids, 4);

	if (count < 0)
		return count;
	return count == 1 && ids[0] == section_id ? 0 : WRONG_CONTENT;
}

static int map_call(struct world *world)
{
	void *memory;
	int ret = mailbox_section_map(section, 4096, MAPPED,
				      MAILBOX_SECTION_READ, &memory);

	if (ret)
		return ret;
	return munmap(memory, MAPPED) ? -errno : 0;
}

/*
 * Long messages, from another process
 */

#define LONG		(5 * 4096)	/* worth it to be lent */
#define LONGER		(8 * 4096)

static char *lent, *taken;
static uint64_t token;

static int lent_setup(struct world *world)
{
	lent = mb_fresh(LONG);
	taken = mb_shared(LONGER);
	if (!lent || !taken)
		return -ENOMEM;
	mb_fill(lent, LONG, 1);
	memset(taken, 0, LONGER);
	return 0;
}

static int lent_check(size_t length)
{
	return length == LONG && mb_differs(taken, LONG, 1) < 0 ? 0 :
								  WRONG_CONTENT;
}

static int lent_prepare(struct world *world)
{
	int ret = mb_put_start(&world->child, world->box, 0, lent, LONG,
			       MAILBOX_SEND_SYNC);

	memset(taken, 0, LONG);
	return ret ? ret : mb_wait_messages(world->box, 0, 1);
}

static int receive_call(struct world *world)
{
	int ret = mb_get(world->box, 0, taken, LONGER, MAILBOX_NONBLOCK);

	return ret < 0 ? ret : lent_check(ret);
}

static int lent_finish(struct world *world)
{
	return mb_child_join(&world->child);
}

static int caller_run(void *argument)
{
	const struct world *world = argument;
	struct mailbox_call call = {
		.request = { .data = mb_ptr(lent), .length = LONG },
		.reply = { .data = mb_ptr(taken), .room = LONGER },
	};
	int ret;

	memset(taken, 0, LONGER);
	ret = mb_call(world->box, &call);
	return ret ? ret : lent_check(call.reply.length);
}

static int call_prepare(struct world *world)
{
	int ret = mb_child_start(&world->child, caller_run, world);

	return ret ? ret : mb_wait_messages(world->box, 0, 1);
}

static int request_call(struct world *world)
{
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK,
		.message = { .data = mb_ptr(taken), .room = LONGER },
	};
	int ret = mb_receive(world->box, &receive);

	token = receive.message.token;
	return ret ? ret : lent_check(receive.message.length);
}

static int reply_prepare(struct world *world)
{
	int ret = call_prepare(world);

	return ret ? ret : request_call(world);
}

static int reply_call(struct world *world)
{
	struct mailbox_reply reply = {
		.token = token,
		.message = { .data = mb_ptr(lent), .length = LONG },
	};

	return mb_reply(world->box, &reply);
}

static int request_finish(struct world *world)
{
	int ret = reply_call(world);

	return ret ? ret : mb_child_join(&world->child);
}

static int forward_call(struct world *world)
{
	struct mailbox_forward forward = {
		.size = sizeof(forward), .token = token, .to_fd = world->box,
	};

	return mb_ioctl(world->box, MAILBOX_IOC_FORWARD, &forward);
}

static int forward_finish(struct world *world)
{
	int ret = request_call(world);

	return ret ? ret : request_finish(world);
}

/*
 * The test
 */

FIXTURE(faultbulk) {
	struct world world;
};

FIXTURE_VARIANT(faultbulk) {
	struct operation operation;
};

FIXTURE_SETUP(faultbulk)
{
	ASSERT_EQ(0, world_open(&self->world, &variant->operation));
}

FIXTURE_TEARDOWN(faultbulk)
{
	world_close(&self->world);
}

#define CALL(name, ...)							\
	FIXTURE_VARIANT_ADD(faultbulk, name) {				\
		.operation = { .capacity = 4, __VA_ARGS__ },		\
	}

#define LIBRARY(name, ...)						\
	CALL(name, .keeps_errno = true, .prepare = section_prepare,	\
	     .finish = section_finish, .call = __VA_ARGS__)

#define OPENS(name, function)						\
	CALL(name, .keeps_errno = true, .prepare = section_prepare,	\
	     .finish = both_close, .call = function)

CALL(create, .keeps_errno = true, .call = create_call, .finish = made_close);
CALL(create_with, .keeps_errno = true, .call = create_with_call,
     .finish = made_close);
OPENS(open, open_call);
OPENS(open_id, open_id_call);
OPENS(restrict, restrict_call);
LIBRARY(destroy, destroy_call);
LIBRARY(unlink, unlink_call);
LIBRARY(set, set_call);
LIBRARY(set_length, set_length_call);
LIBRARY(stat, stat_call);
LIBRARY(list, list_call);
LIBRARY(map, map_call);
CALL(receive_lent, .setup = lent_setup, .prepare = lent_prepare,
     .call = receive_call, .finish = lent_finish);
CALL(receive_request, .setup = lent_setup, .prepare = call_prepare,
     .call = request_call, .finish = request_finish);
CALL(reply_to_room, .setup = lent_setup, .prepare = reply_prepare,
     .call = reply_call, .finish = lent_finish);
CALL(forward_lent, .setup = lent_setup, .prepare = reply_prepare,
     .call = forward_call, .finish = forward_finish);

TEST_F_TIMEOUT(faultbulk, every_failure_is_clean, 300)
{
	every_failure(_metadata, &self->world);
}

TEST_HARNESS_MAIN
