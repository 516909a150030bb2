// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Lanes: the channels of one port, waited for together. */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "ring_channel.h"

#pragma GCC visibility push(default)
#include "mailbox_lanes.h"
#pragma GCC visibility pop

#define AT_ONCE	16	/* events taken in one look */

struct lane {
	uint64_t number;
	struct mailbox_ring_channel *channel;
};

/**
 * struct mailbox_lanes - the lanes of one port
 * @client: makes the sections
 * @port: where to accept
 * @port_error: what has become of it
 * @epoll: the port, with the number 0, and each lane's endpoint
 * @has_options: @options are given
 * @options: of this side's ends
 * @last: the number of the last lane that was made
 * @turn: the place of the lane whose turn it is
 * @count: how many there are
 * @room: how many @lanes has room for
 * @lanes: the lanes
 */
struct mailbox_lanes {
	int client;
	int port;
	int port_error;
	int epoll;
	bool has_options;
	struct mailbox_ring_options options;
	uint64_t last;
	size_t turn;
	size_t count;
	size_t room;
	struct lane *lanes;
};

/* Tries a lane: 0 or more, it is done; -EAGAIN: not here. */
typedef ssize_t (*lane_try)(struct mailbox_ring_channel *channel, void *argument);

/* Which ring of a lane is waited for. */
typedef struct mailbox_ring *(*lane_ring)(struct mailbox_ring_channel *channel);

static int watch(struct mailbox_lanes *lanes, int fd, uint64_t number)
{
	struct epoll_event event;

	memset(&event, 0, sizeof(event));
	event.events = EPOLLIN;
	event.data.u64 = number;
	return epoll_ctl(lanes->epoll, EPOLL_CTL_ADD, fd, &event) ? -errno : 0;
}

int mailbox_lanes_new(int client, int port,
		      const struct mailbox_ring_options *options,
		      struct mailbox_lanes **lanes)
{
	struct mailbox_lanes *new;
	int saved = errno;
	int error;

	error = mailbox_ring_options_check(options);
	if (error)
		return error;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->client = client;
	new->port = port;
	if (options) {
		new->has_options = true;
		new->options = *options;
	}
	new->epoll = epoll_create1(EPOLL_CLOEXEC);
	error = new->epoll < 0 ? -errno : watch(new, port, 0);
	if (error)
		mailbox_lanes_free(new);
	else
		*lanes = new;
	errno = saved;
	return error;
}

void mailbox_lanes_free(struct mailbox_lanes *lanes)
{
	int saved = errno;

	if (!lanes)
		return;
	while (lanes->count)
		mailbox_ring_channel_close(lanes->lanes[--lanes->count].channel);
	free(lanes->lanes);
	if (lanes->epoll >= 0)
		close(lanes->epoll);
	free(lanes);
	errno = saved;
}

size_t mailbox_lanes_count(const struct mailbox_lanes *lanes)
{
	return lanes->count;
}

struct mailbox_ring_channel *mailbox_lanes_channel(struct mailbox_lanes *lanes,
						   uint64_t lane)
{
	size_t i;

	for (i = 0; i < lanes->count; i++)
		if (lanes->lanes[i].number == lane)
			return lanes->lanes[i].channel;
	return NULL;
}

/* ---- coming and going ---- */

static int lane_add(struct mailbox_lanes *lanes,
		    struct mailbox_ring_channel *channel)
{
	size_t room = lanes->room ? 2 * lanes->room : 8;
	struct lane *more;
	int error;

	if (lanes->count == lanes->room) {
		more = realloc(lanes->lanes, room * sizeof(*more));
		if (!more)
			return -ENOMEM;
		lanes->lanes = more;
		lanes->room = room;
	}
	error = watch(lanes, mailbox_ring_channel_fd(channel), lanes->last + 1);
	if (error)
		return error;
	lanes->lanes[lanes->count].number = ++lanes->last;
	lanes->lanes[lanes->count++].channel = channel;
	return 0;
}

/* Reclaims a lane; the others keep their order. */
static void lane_drop(struct mailbox_lanes *lanes, size_t place)
{
	mailbox_ring_channel_close(lanes->lanes[place].channel);
	lanes->count--;
	memmove(&lanes->lanes[place], &lanes->lanes[place + 1],
		(lanes->count - place) * sizeof(*lanes->lanes));
	if (lanes->turn > place)
		lanes->turn--;
}

/* Lets in who is at the port; who is refused there has been told. */
static void lane_accept(struct mailbox_lanes *lanes)
{
	struct mailbox_ring_channel *channel;
	bool received;
	int error;

	error = mailbox_ring_accept(lanes->client, lanes->port,
				    lanes->has_options ? &lanes->options : NULL,
				    MAILBOX_NONBLOCK, &channel, &received);
	if (!error) {
		if (lane_add(lanes, channel))
			mailbox_ring_channel_close(channel);
		return;
	}
	if (received || error == -EAGAIN || error == -EINTR)
		return;
	/* the port is of no use any more, and must not wake for ever */
	lanes->port_error = error;
	epoll_ctl(lanes->epoll, EPOLL_CTL_DEL, lanes->port, NULL);
}

/* ---- waiting ---- */

/* Until @deadline, as epoll wants it: false if it is no time. */
static bool time_left(uint32_t clock, int64_t deadline, struct timespec *left)
{
	struct timespec now;
	int64_t rest;

	if (clock != MAILBOX_CLOCK_MONOTONIC && clock != MAILBOX_CLOCK_REALTIME &&
	    clock != MAILBOX_CLOCK_BOOTTIME)
		return false;
	if (clock_gettime((clockid_t)clock, &now))
		return false;
	rest = deadline - ((int64_t)now.tv_sec * 1000000000 + now.tv_nsec);
	if (deadline < 0 || rest < 0)
		rest = 0;
	left->tv_sec = rest / 1000000000;
	left->tv_nsec = rest % 1000000000;
	return true;
}

/* One look at the port and the bells, which may sleep. */
static int bells_await(struct mailbox_lanes *lanes, const struct timespec *left)
{
	struct epoll_event events[AT_ONCE];
	int count, i;

	count = epoll_pwait2(lanes->epoll, events, AT_ONCE, left, NULL);
	if (count < 0)
		return -errno;
	for (i = 0; i < count; i++)
		if (!events[i].data.u64)
			lane_accept(lanes);
	return count ? 0 : -ETIMEDOUT;
}

/* Has the bells of all lanes rung, and sleeps unless there is something to do. */
static int lanes_sleep(struct mailbox_lanes *lanes, lane_ring ring_of,
		       const struct timespec *left)
{
	const struct timespec now = { 0 };
	bool busy = false;
	size_t armed, i;
	int error;

	for (armed = 0; armed < lanes->count && !busy; armed++)
		busy = mailbox_ring_arm(ring_of(lanes->lanes[armed].channel)) != 0;
	if (busy)
		armed--;
	error = bells_await(lanes, busy ? &now : left);
	/* who has come meanwhile stands behind those that are armed */
	for (i = 0; i < armed; i++)
		mailbox_ring_disarm(ring_of(lanes->lanes[i].channel));
	return busy ? 0 : error;
}

/* ---- taking turns ---- */

/* One lane after the other: -EAGAIN if none can. */
static ssize_t lanes_try(struct mailbox_lanes *lanes, lane_try try, lane_ring ring_of,
			 void *argument, uint64_t *number)
{
	size_t tried, place;
	ssize_t ret;

	for (tried = 0; tried < lanes->count; tried++) {
		place = (lanes->turn + tried) % lanes->count;
		ret = try(lanes->lanes[place].channel, argument);
		if (ret == -EAGAIN)
			ret = ring_of(lanes->lanes[place].channel)->error ?
				ring_of(lanes->lanes[place].channel)->error : ret;
		if (ret == -EAGAIN)
			continue;
		lanes->turn = place + 1;
		if (ret >= 0 || ret == -EPIPE || ret == -EBADMSG)
			*number = lanes->lanes[place].number;
		if (ret == -EPIPE || ret == -EBADMSG)
			lane_drop(lanes, place);
		return ret;
	}
	return -EAGAIN;
}

/* What the caller said of waiting. */
struct patience {
	uint32_t flags;
	uint32_t clock;
	int64_t deadline;
};

static ssize_t lanes_do(struct mailbox_lanes *lanes, lane_try try, lane_ring ring_of,
			void *argument, const struct patience *patience,
			uint64_t *number)
{
	const struct timespec now = { 0 };
	struct timespec until;
	const struct timespec *left = NULL;
	int saved = errno, error;
	ssize_t ret;

	*number = 0;
	if ((patience->flags & MAILBOX_NONBLOCK) &&
	    (patience->flags & (MAILBOX_BLOCK | MAILBOX_DEADLINE)))
		return -EINVAL;
	for (;;) {
		ret = lanes_try(lanes, try, ring_of, argument, number);
		if (ret != -EAGAIN)
			break;
		ret = lanes->port_error;
		if (ret && !lanes->count)
			break;
		if (patience->flags & MAILBOX_NONBLOCK)
			left = &now;
		else if (patience->flags & MAILBOX_DEADLINE)
			left = &until;
		ret = -EINVAL;
		if (left == &until &&
		    !time_left(patience->clock, patience->deadline, &until))
			break;
		error = lanes_sleep(lanes, ring_of, left);
		if (!error && !(patience->flags & MAILBOX_NONBLOCK))
			continue;
		ret = lanes_try(lanes, try, ring_of, argument, number);
		if (ret == -EAGAIN && !(patience->flags & MAILBOX_NONBLOCK))
			ret = error;
		break;
	}
	errno = saved;
	return ret;
}

static ssize_t receive_try(struct mailbox_ring_channel *channel, void *argument)
{
	return mailbox_ring_channel_receive_with(channel, argument);
}

ssize_t mailbox_lanes_receive(struct mailbox_lanes *lanes,
			      struct mailbox_receive *receive, uint64_t *lane)
{
	struct patience patience = { receive->flags, receive->clock,
				     receive->deadline };
	ssize_t ret;

	/* of each lane only what is there */
	if (!(receive->flags & MAILBOX_NONBLOCK))
		receive->flags = MAILBOX_NONBLOCK |
			(receive->flags & ~(MAILBOX_BLOCK | MAILBOX_DEADLINE));
	ret = lanes_do(lanes, receive_try, mailbox_ring_channel_in, receive,
		       &patience, lane);
	receive->flags = patience.flags;
	return ret;
}

static ssize_t send_try(struct mailbox_ring_channel *channel, void *argument)
{
	return mailbox_ring_channel_send_with(channel, argument);
}

int mailbox_lanes_send(struct mailbox_lanes *lanes,
		       const struct mailbox_send *send, uint64_t *lane)
{
	struct patience patience = { send->flags, send->clock, send->deadline };
	struct mailbox_send once = *send;

	if (!(send->flags & MAILBOX_NONBLOCK))
		once.flags = MAILBOX_NONBLOCK |
			(send->flags & ~(MAILBOX_BLOCK | MAILBOX_DEADLINE));
	return (int)lanes_do(lanes, send_try, mailbox_ring_channel_out, &once,
			     &patience, lane);
}
