// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same for conversations: calls, replies, forwarding, connections, events and
 * commands as messages, each with every single failure that the kernel can inject.
 *
 * This needs a kernel with fault injection, as "make check-debug" has, and root.
 */
#include <sched.h>

#include "lib/talk.h"

/*
 * Calls: nobody waits for them here, so one task plays both parts
 */

static int call_issue(struct world *world)
{
	int ret = mb_call(world->box, &talk.call);

	world->got = talk.call.reply.length;
	return ret == -EAGAIN && talk.call.pending ? 0 : ret;
}

/* A call of LENGTH bytes; the reply may have as many. */
static int call_call(struct world *world)
{
	talk.call = (struct mailbox_call){
		.flags = MAILBOX_NONBLOCK,
		.request = { .data = mb_ptr(world->out), .length = LENGTH },
		.reply = { .data = mb_ptr(world->in), .room = LENGTH },
	};
	return call_issue(world);
}

static int take_from(struct world *world, int fd)
{
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK,
		.message = { .data = mb_ptr(world->in), .room = LENGTH },
	};
	int ret = mb_receive(fd, &receive);

	talk.token = receive.message.token;
	world->got = receive.message.length;
	return ret ? ret : message_check(world, LENGTH);
}

static int answer_from(struct world *world, int fd)
{
	struct mailbox_reply reply = {
		.token = talk.token,
		.message = { .data = mb_ptr(world->out), .length = LENGTH },
	};

	return mb_reply(fd, &reply);
}

static int collect_prepare(struct world *world)
{
	int ret = taken_prepare(world);

	memset(world->in, 0, LENGTH);
	return ret ? ret : answer_from(world, world->box);
}

static int collect_finish(struct world *world)
{
	return talk.call.pending ? WRONG_STATE : message_check(world, LENGTH);
}

static int cancel_call(struct world *world)
{
	struct mailbox_call cancel = {
		.flags = MAILBOX_CALL_CANCEL, .pending = talk.call.pending,
	};

	return mb_call(world->box, &cancel);
}

/* A call to answer, and a message to receive. */
static int both_prepare(struct world *world)
{
	int ret = taken_prepare(world);

	if (!ret)
		ret = send_length(world, world->box, 100);
	talk.both = (struct mailbox_reply_receive){
		.flags = MAILBOX_NONBLOCK,
		.token = talk.token,
		.reply = { .data = mb_ptr(world->out), .length = LENGTH },
		.message = { .data = mb_ptr(world->in), .room = LENGTH },
	};
	return ret;
}

static int both_call(struct world *world)
{
	int ret;

	memset(world->in, 0, LENGTH);
	ret = mb_reply_receive(world->box, &talk.both);
	/* the first half was done, and only saying so had failed */
	if (ret == -ESTALE && !talk.both.token)
		ret = mb_reply_receive(world->box, &talk.both);
	return ret;
}

/*
 * Forwarding
 */

static int forward_call(struct world *world)
{
	struct mailbox_forward forward = {
		.size = sizeof(forward),
		.token = talk.token,
		.to_fd = talk.other,
	};

	return mb_ioctl(world->box, MAILBOX_IOC_FORWARD, &forward);
}

/*
 * Events
 */

static int notify(struct world *world, __u32 flags, __u32 events, __u64 token)
{
	struct mailbox_notify argument = {
		.size = sizeof(argument), .flags = flags, .events = events,
		.token = token,
	};

	return mb_ioctl(world->box, MAILBOX_IOC_NOTIFY, &argument);
}

#define EVENTS	(MAILBOX_EVENT_DESTROYED | MAILBOX_EVENT_NOT_EMPTY | \
		 MAILBOX_EVENT_NO_RECEIVERS)

static int notify_call(struct world *world)
{
	return notify(world, 0, EVENTS, 0);
}

static int notify_finish(struct world *world)
{
	int ret = notify(world, MAILBOX_NOTIFY_CANCEL, EVENTS, 0);

	if (ret)
		return ret;
	return notify(world, MAILBOX_NOTIFY_CANCEL, EVENTS, 0) == -ENOENT ?
	       0 : WRONG_STATE;
}

static int watch_call(struct world *world)
{
	return notify(world, 0, MAILBOX_EVENT_CANCELLED, talk.token);
}

static int event_read(struct world *world, __u32 type)
{
	struct mailbox_event event = { 0 };
	int ret = mb_get(world->client, MAILBOX_ID_NOTIFY, &event,
			 sizeof(event), MAILBOX_NONBLOCK);

	if (ret < 0)
		return ret;
	return event.type == type ? 0 : WRONG_CONTENT;
}

static int watch_finish(struct world *world)
{
	int ret = cancel_call(world);

	return ret ? ret : event_read(world, MAILBOX_EVENT_CANCELLED);
}

static int receipt_call(struct world *world)
{
	struct mailbox_send send = {
		.flags = MAILBOX_NONBLOCK | MAILBOX_SEND_RECEIPT,
		.message = { .data = mb_ptr(world->out), .length = 100 },
	};

	return mb_send(world->box, &send);
}

static int receipt_finish(struct world *world)
{
	int ret = receive_check(world, 100);

	return ret ? ret : event_read(world, MAILBOX_EVENT_RECEIPT);
}

/*
 * Processes, and the module
 */

static int to_self_call(struct world *world)
{
	struct mailbox_send send = {
		.flags = MAILBOX_NONBLOCK | MAILBOX_TO_PROCESS,
		.id = getpid(),
		.message = { .data = mb_ptr(world->out), .length = 100 },
	};

	return mb_send(world->client, &send);
}

static int to_self_finish(struct world *world)
{
	int ret;

	memset(world->in, 0, LENGTH);
	ret = mb_get(world->client, MAILBOX_ID_SELF, world->in, LENGTH,
		     MAILBOX_NONBLOCK);
	world->got = ret;
	return ret < 0 ? ret : message_check(world, 100);
}

/* In a namespace where this process has no seat yet. */
static int seat_setup(struct world *world)
{
	return unshare(CLONE_NEWNET) ? -errno : 0;
}

static int seat_call(struct world *world)
{
	world->fd = mb_client();
	return world->fd < 0 ? world->fd : 0;
}

static int kernel_call(struct world *world)
{
	struct {
		struct mailbox_kernel head;
		struct mailbox_create create;
	} message = {
		.head = { .command = MAILBOX_IOC_CREATE },
		.create = {
			.size = sizeof(message.create),
			.capacity = 4,
			.rights = MAILBOX_RIGHTS_ALL,
			.fd = -1,
		},
	}, answer;
	struct mailbox_call call = {
		.id = MAILBOX_ID_KERNEL,
		.request = {
			.data = mb_ptr(&message), .length = sizeof(message),
		},
		.reply = { .data = mb_ptr(&answer), .room = sizeof(answer) },
	};
	int ret;

	memset(&answer, 0, sizeof(answer));
	answer.create.fd = -1;
	ret = mb_call(world->client, &call);
	if (!ret)
		ret = answer.head.result;
	/* it was carried out, and only saying so had failed */
	else if (answer.create.fd >= 0)
		close(answer.create.fd);
	world->fd = answer.create.fd;
	return ret;
}

/*
 * Connections
 */

static int listen_call(struct world *world)
{
	struct mailbox_listen listen = {
		.port = {
			.size = sizeof(listen),
			.capacity = 4,
			.rights = MAILBOX_RIGHT_RECEIVE,
		},
		.channel_capacity = 2,
	};
	int ret = mb_ioctl(world->client, MAILBOX_IOC_LISTEN, &listen);

	world->fd = listen.port.fd;
	world->made = listen.port.id;
	return ret;
}

static int port_setup(struct world *world)
{
	int ret = listen_call(world);

	talk.port = world->fd;
	talk.port_id = world->made;
	return ret;
}

/* What nobody accepts, until the deadline, which has passed. */
static int connect_call(struct world *world)
{
	struct mailbox_connect connect = {
		.size = sizeof(connect),
		.flags = MAILBOX_DEADLINE,
		.clock = MAILBOX_CLOCK_MONOTONIC,
		.deadline = 1,
		.id = talk.port_id,
		.greeting = mb_ptr(world->out),
		.greeting_length = 100,
	};
	int ret = mb_ioctl(world->client, MAILBOX_IOC_CONNECT, &connect);

	if (!ret)
		return WRONG_STATE;
	return ret == -ETIMEDOUT ? 0 : ret;
}

/* Another process connects, and goes when it has an answer. */
static int visitor_run(void *argument)
{
	int client = mb_client();
	struct mailbox_connect connect = {
		.size = sizeof(connect),
		.id = talk.port_id,
	};

	if (client < 0)
		return client;
	return mb_ioctl(client, MAILBOX_IOC_CONNECT, &connect);
}

static int visitor_prepare(struct world *world)
{
	int ret = mb_child_start(&world->child, visitor_run, NULL);

	talk.accept = (struct mailbox_accept){
		.size = sizeof(talk.accept),
		.message = { .data = mb_ptr(world->in), .room = LENGTH },
	};
	return ret ? ret : mb_wait_messages(talk.port, 0, 1);
}

static int accept_call(struct world *world)
{
	int ret = mb_ioctl(talk.port, MAILBOX_IOC_ACCEPT, &talk.accept);

	world->fd = talk.accept.fd;
	/* received, and only saying so had failed */
	if (ret && !talk.accept.token)
		talk.accept.token = talk.accept.message.token;
	return ret;
}

static int request_prepare(struct world *world)
{
	int ret = visitor_prepare(world);
	struct mailbox_receive receive = {
		.message = { .data = mb_ptr(world->in), .room = LENGTH },
	};

	if (!ret)
		ret = mb_receive(talk.port, &receive);
	talk.token = receive.message.token;
	return ret;
}

static int reject_call(struct world *world)
{
	struct mailbox_reject reject = {
		.size = sizeof(reject), .token = talk.token, .reason = 7,
	};

	return mb_ioctl(talk.port, MAILBOX_IOC_REJECT, &reject);
}

static int shutdown_call(struct world *world)
{
	struct mailbox_shutdown shutdown = {
		.size = sizeof(shutdown), .rights = MAILBOX_RIGHT_SEND,
	};

	return mb_ioctl(world->fd, MAILBOX_IOC_SHUTDOWN, &shutdown);
}

/*
 * The test
 */

FIXTURE(faultcalls) {
	struct world world;
};

FIXTURE_VARIANT(faultcalls) {
	struct operation operation;
};

FIXTURE_SETUP(faultcalls)
{
	ASSERT_EQ(0, world_open(&self->world, &variant->operation));
}

FIXTURE_TEARDOWN(faultcalls)
{
	world_close(&self->world);
}

#define OPERATION(name, ...)						\
	FIXTURE_VARIANT_ADD(faultcalls, name) {				\
		.operation = { .capacity = 4, __VA_ARGS__ },		\
	}

OPERATION(call, .call = call_call, .finish = call_finish);
OPERATION(call_collect, .prepare = collect_prepare, .call = call_issue,
	  .finish = collect_finish);
OPERATION(call_cancel, .survives = true, .prepare = taken_prepare,
	  .call = cancel_call, .finish = cancel_finish);
OPERATION(reply, .prepare = taken_prepare, .call = reply_call,
	  .finish = collect);
OPERATION(reply_receive, .prepare = both_prepare, .call = both_call,
	  .finish = both_finish);
OPERATION(forward, .setup = other_setup, .prepare = taken_prepare,
	  .call = forward_call, .finish = forward_finish);
OPERATION(notify, .call = notify_call, .finish = notify_finish);
OPERATION(notify_of_a_call, .prepare = taken_prepare, .call = watch_call,
	  .finish = watch_finish);
OPERATION(send_with_receipt, .call = receipt_call, .finish = receipt_finish);
OPERATION(send_to_a_process, .call = to_self_call, .finish = to_self_finish);
OPERATION(first_client, .setup = seat_setup, .call = seat_call,
	  .finish = made_close);
OPERATION(kernel, .call = kernel_call, .finish = made_close);
OPERATION(listen, .call = listen_call, .finish = made_close);
OPERATION(connect, .setup = port_setup, .call = connect_call);
OPERATION(accept, .setup = port_setup, .prepare = visitor_prepare,
	  .call = accept_call, .finish = accept_finish);
OPERATION(reject, .setup = port_setup, .prepare = request_prepare,
	  .call = reject_call, .finish = reject_finish);
OPERATION(shutdown, .setup = port_setup, .prepare = channel_prepare,
	  .call = shutdown_call, .finish = made_close);

TEST_F_TIMEOUT(faultcalls, every_failure_is_clean, 300)
{
	every_failure(_metadata, &self->world);
}

TEST_HARNESS_MAIN
