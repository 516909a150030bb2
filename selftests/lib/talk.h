/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Conversations with failures injected (inject.h): what is before and after the call
 * that is looked at, whether it is made by ioctl or through the library.
 */
#ifndef SELFTESTS_LIB_TALK_H
#define SELFTESTS_LIB_TALK_H

#include "inject.h"

/* What the conversations of this process need besides. */
static struct {
	int other;			/* a mailbox to forward to */
	int port;
	__u64 port_id;
	int pidfd;			/* of this process */
	struct mailbox_call call;	/* ours, which may be pending */
	__u64 token;			/* of what we have received */
	struct mailbox_reply_receive both;
	struct mailbox_accept accept;
} talk;

/* What includes this says how these are done. */
static int call_issue(struct world *world);	/* talk.call, which may go on */
static int call_call(struct world *world);	/* a new one, of LENGTH bytes */
static int take_from(struct world *world, int fd);
static int answer_from(struct world *world, int fd);
static int accept_call(struct world *world);
static int visitor_prepare(struct world *world);

/*
 * Calls: nobody waits for them here, so one task plays both parts
 */

/* The reply is there, and is ours; then the call has ended. */
static int collect(struct world *world)
{
	int ret;

	memset(world->in, 0, LENGTH);
	ret = call_issue(world);
	if (ret)
		return ret;
	return talk.call.pending ? WRONG_STATE : message_check(world, LENGTH);
}

static int call_finish(struct world *world)
{
	int ret = take_from(world, world->box);

	if (!ret)
		ret = answer_from(world, world->box);
	return ret ? ret : collect(world);
}

static int taken_prepare(struct world *world)
{
	int ret = call_call(world);

	return ret ? ret : take_from(world, world->box);
}

static int reply_call(struct world *world)
{
	return answer_from(world, world->box);
}

static int cancel_finish(struct world *world)
{
	return answer_from(world, world->box) == -ESTALE ? 0 : WRONG_STATE;
}

static int both_finish(struct world *world)
{
	world->got = talk.both.message.length;
	if (talk.both.token || message_check(world, 100))
		return WRONG_CONTENT;
	return collect(world);
}

/* Forwarding */

static int other_setup(struct world *world)
{
	talk.other = mb_new(world->client, 4, MAILBOX_RIGHTS_ALL);
	return talk.other < 0 ? talk.other : 0;
}

static int forward_finish(struct world *world)
{
	int ret = take_from(world, talk.other);

	if (!ret)
		ret = answer_from(world, talk.other);
	return ret ? ret : collect(world);
}

/* Connections */

static int made_close(struct world *world)
{
	return close(world->fd) ? -errno : 0;
}

static int accept_finish(struct world *world)
{
	int ret = mb_child_join(&world->child);

	return ret ? ret : made_close(world);
}

static int reject_finish(struct world *world)
{
	return mb_child_join(&world->child) == -ECONNREFUSED ?
	       0 : WRONG_CONTENT;
}

static int channel_prepare(struct world *world)
{
	int ret = visitor_prepare(world);

	if (!ret)
		ret = accept_call(world);
	/* it has gone, with its end */
	return ret ? ret : mb_child_join(&world->child);
}

#endif /* SELFTESTS_LIB_TALK_H */
