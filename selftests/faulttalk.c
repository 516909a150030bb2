// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conversations through libmailbox: each function with every single failure that
 * the kernel can inject, as in faultlibrary.c.
 *
 * This needs a kernel with fault injection, as "make check-debug" has, and root.
 */
#include <sys/syscall.h>

#include "lib/talk.h"

#include <mailbox.h>

#define PORT	"faulttalk"

/*
 * Calls: nobody waits for them here, so one task plays both parts
 */

static int call_issue(struct world *world)
{
	ssize_t ret = mailbox_call_with(world->box, &talk.call);

	world->got = ret < 0 ? 0 : ret;
	if (ret == -EAGAIN && talk.call.pending)
		return 0;
	return ret < 0 ? ret : 0;
}

static int call_call(struct world *world)
{
	mailbox_call_init(&talk.call, 0, world->out, LENGTH, world->in, LENGTH);
	talk.call.flags = MAILBOX_NONBLOCK;
	return call_issue(world);
}

static int take_from(struct world *world, int fd)
{
	struct mailbox_receive receive;
	ssize_t ret;

	mailbox_receive_init(&receive, 0, world->in, LENGTH);
	receive.flags = MAILBOX_NONBLOCK;
	ret = mailbox_receive_with(fd, &receive);
	talk.token = receive.message.token;
	world->got = ret < 0 ? 0 : ret;
	return ret < 0 ? ret : message_check(world, LENGTH);
}

static int answer_from(struct world *world, int fd)
{
	return mailbox_reply(fd, 0, talk.token, world->out, LENGTH);
}

static int cancel_call(struct world *world)
{
	return mailbox_call_cancel(world->box, &talk.call);
}

/* A call to answer, and a message to receive. */
static int both_prepare(struct world *world)
{
	int ret = taken_prepare(world);

	if (!ret)
		ret = send_length(world, world->box, 100);
	mailbox_reply_receive_init(&talk.both, 0, world->in, LENGTH);
	talk.both.flags = MAILBOX_NONBLOCK;
	talk.both.token = talk.token;
	mailbox_message_data(&talk.both.reply, world->out, LENGTH);
	return ret;
}

static int both_call(struct world *world)
{
	ssize_t ret;

	memset(world->in, 0, LENGTH);
	ret = mailbox_reply_receive_with(world->box, &talk.both);
	/* the first half was done, and only saying so had failed */
	if (ret == -ESTALE && !talk.both.token)
		ret = mailbox_reply_receive_with(world->box, &talk.both);
	return ret < 0 ? ret : 0;
}

static int forward_call(struct world *world)
{
	return mailbox_forward(world->box, 0, talk.token, talk.other, 0);
}

/*
 * Processes: this one
 */

static int to_self_call(struct world *world)
{
	return mailbox_send_process(world->client, getpid(), world->out, 100);
}

static int pidfd_setup(struct world *world)
{
	talk.pidfd = syscall(SYS_pidfd_open, getpid(), 0);
	return talk.pidfd < 0 ? -errno : 0;
}

static int to_pidfd_call(struct world *world)
{
	return mailbox_send_pidfd(world->client, talk.pidfd, world->out, 100);
}

static int to_self_finish(struct world *world)
{
	ssize_t ret;

	memset(world->in, 0, LENGTH);
	ret = mailbox_try_receive(world->client, MAILBOX_ID_SELF, world->in,
				  LENGTH);
	world->got = ret < 0 ? 0 : ret;
	return ret < 0 ? ret : message_check(world, 100);
}

static int from_process_prepare(struct world *world)
{
	memset(world->in, 0, LENGTH);
	return to_self_call(world);
}

static int from_process_call(struct world *world)
{
	ssize_t ret = mailbox_receive_process(world->client, getpid(),
					      world->in, LENGTH);

	world->got = ret < 0 ? 0 : ret;
	return ret < 0 ? ret : 0;
}

static int from_process_finish(struct world *world)
{
	return message_check(world, 100);
}

/*
 * Events
 */

#define EVENTS	(MAILBOX_EVENT_DESTROYED | MAILBOX_EVENT_NOT_EMPTY | \
		 MAILBOX_EVENT_NO_RECEIVERS)

static int notify_call(struct world *world)
{
	return mailbox_notify(world->box, 0, EVENTS, 5);
}

static int notify_cancel_call(struct world *world)
{
	return mailbox_notify_cancel(world->box, 0, EVENTS);
}

static int notify_cancel_finish(struct world *world)
{
	return notify_cancel_call(world) == -ENOENT ? 0 : WRONG_STATE;
}

static int watch_call(struct world *world)
{
	return mailbox_notify_call(world->box, 0, talk.token, 5);
}

static int event_call(struct world *world)
{
	struct mailbox_event event;
	int ret = mailbox_event_within(world->client, &event, NULL, 0);

	if (ret)
		return ret;
	return event.type == MAILBOX_EVENT_CANCELLED && event.cookie == 5 ?
	       0 : WRONG_CONTENT;
}

static int watch_finish(struct world *world)
{
	int ret = cancel_call(world);

	return ret ? ret : event_call(world);
}

static int event_prepare(struct world *world)
{
	int ret = taken_prepare(world);

	if (!ret)
		ret = watch_call(world);
	return ret ? ret : cancel_call(world);
}

/*
 * Connections
 */

static int listen_call(struct world *world)
{
	world->fd = mailbox_listen(world->client, PORT, 4);
	return world->fd < 0 ? world->fd : 0;
}

static int port_setup(struct world *world)
{
	int ret = listen_call(world);

	talk.port = world->fd;
	return ret;
}

/* What nobody accepts, until the time is over. */
static int connect_call(struct world *world)
{
	int ret = mailbox_connect_within(world->client, PORT, 1);

	if (ret >= 0)
		return WRONG_STATE;
	return ret == -ETIMEDOUT ? 0 : ret;
}

/* Another process connects, and goes when it has an answer. */
static int visitor_run(void *argument)
{
	int client = mb_client();
	int ret;

	if (client < 0)
		return client;
	ret = mailbox_connect(client, PORT);
	return ret < 0 ? ret : 0;
}

static int visitor_prepare(struct world *world)
{
	int ret = mb_child_start(&world->child, visitor_run, NULL);

	mailbox_accept_init(&talk.accept, 0, world->in, LENGTH);
	return ret ? ret : mb_wait_messages(talk.port, 0, 1);
}

static int accept_call(struct world *world)
{
	world->fd = mailbox_accept_with(talk.port, &talk.accept);
	if (world->fd >= 0)
		return 0;
	/* received, and only saying so had failed */
	if (!talk.accept.token)
		talk.accept.token = talk.accept.message.token;
	return world->fd;
}

static int request_prepare(struct world *world)
{
	struct mailbox_receive receive;
	int ret = visitor_prepare(world);

	mailbox_receive_init(&receive, 0, world->in, LENGTH);
	if (!ret)
		ret = mailbox_receive_with(talk.port, &receive);
	talk.token = receive.message.token;
	return ret < 0 ? ret : 0;
}

static int reject_call(struct world *world)
{
	return mailbox_reject(talk.port, 0, talk.token, 7);
}

static int shutdown_call(struct world *world)
{
	return mailbox_shutdown(world->fd, MAILBOX_RIGHT_SEND);
}

/*
 * The module itself
 */

static int kernel_call(struct world *world)
{
	struct mailbox_create create = {
		.size = sizeof(create),
		.capacity = 4,
		.rights = MAILBOX_RIGHTS_ALL,
		.fd = -1,
	};
	int ret = mailbox_kernel(world->client, MAILBOX_IOC_CREATE, &create);

	/* it was carried out, and only saying so had failed */
	if (ret && create.fd >= 0)
		close(create.fd);
	world->fd = create.fd;
	return ret;
}

/*
 * The test
 */

FIXTURE(faulttalk) {
	struct world world;
};

FIXTURE_VARIANT(faulttalk) {
	struct operation operation;
};

FIXTURE_SETUP(faulttalk)
{
	ASSERT_EQ(0, world_open(&self->world, &variant->operation));
}

FIXTURE_TEARDOWN(faulttalk)
{
	world_close(&self->world);
}

#define CALL(name, ...)							\
	FIXTURE_VARIANT_ADD(faulttalk, name) {				\
		.operation = {						\
			.capacity = 4,					\
			.keeps_errno = true,				\
			__VA_ARGS__					\
		},							\
	}

CALL(call, .call = call_call, .finish = call_finish);
CALL(call_cancel, .survives = true, .prepare = taken_prepare,
     .call = cancel_call, .finish = cancel_finish);
CALL(reply, .prepare = taken_prepare, .call = reply_call, .finish = collect);
CALL(reply_receive, .prepare = both_prepare, .call = both_call,
     .finish = both_finish);
CALL(forward, .setup = other_setup, .prepare = taken_prepare,
     .call = forward_call, .finish = forward_finish);
CALL(send_process, .call = to_self_call, .finish = to_self_finish);
CALL(send_pidfd, .setup = pidfd_setup, .call = to_pidfd_call,
     .finish = to_self_finish);
CALL(receive_process, .prepare = from_process_prepare,
     .call = from_process_call, .finish = from_process_finish);
CALL(notify, .call = notify_call, .finish = notify_cancel_call);
CALL(notify_cancel, .prepare = notify_call,
     .call = notify_cancel_call, .finish = notify_cancel_finish);
CALL(notify_of_a_call, .prepare = taken_prepare, .call = watch_call,
     .finish = watch_finish);
CALL(event, .prepare = event_prepare, .call = event_call);
CALL(kernel, .call = kernel_call, .finish = made_close);
CALL(listen, .call = listen_call, .finish = made_close);
CALL(connect, .setup = port_setup, .call = connect_call);
CALL(accept, .setup = port_setup, .prepare = visitor_prepare,
     .call = accept_call, .finish = accept_finish);
CALL(reject, .setup = port_setup, .prepare = request_prepare,
     .call = reject_call, .finish = reject_finish);
CALL(shutdown, .setup = port_setup, .prepare = channel_prepare,
     .call = shutdown_call, .finish = made_close);

TEST_F_TIMEOUT(faulttalk, every_failure_is_clean, 600)
{
	every_failure(_metadata, &self->world);
}

TEST_HARNESS_MAIN
