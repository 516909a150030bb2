// SPDX-License-Identifier: GPL-2.0-only
/*
 * NOTIFY: events that a process asks for, and is told of once.
 */
#include "lib/test.h"
#include "lib/transfer.h"

#define EVENTS_MAX	1024	/* outstanding or unread */
#define COOKIE		0x1234567890abcdefULL

/* The next event, with who it is about in @from: 0 or -errno. */
static int event_get(int client, struct mailbox_event *event, __u32 flags,
		     struct mailbox_message *from)
{
	struct mailbox_receive receive = {
		.flags = flags,
		.id = MAILBOX_ID_NOTIFY,
		.message = { .data = mb_ptr(event), .room = sizeof(*event) },
	};
	int ret = mb_receive(client, &receive);

	if (from)
		*from = receive.message;
	if (ret)
		return ret;
	return receive.message.length == sizeof(*event) &&
	       receive.message.info == MAILBOX_INFO_EVENT ? 0 : -EPROTO;
}

static int notify_full(int fd, struct mailbox_notify notify)
{
	notify.size = sizeof(notify);
	return mb_ioctl(fd, MAILBOX_IOC_NOTIFY, &notify);
}

static int notify(int fd, __u32 events)
{
	return notify_full(fd, (struct mailbox_notify){
		.events = events, .cookie = COOKIE,
	});
}

static int notify_cancel(int fd, __u32 events)
{
	return notify_full(fd, (struct mailbox_notify){
		.flags = MAILBOX_NOTIFY_CANCEL, .events = events,
	});
}

/* Sends a number and asks for the receipt: its serial number, or -errno. */
static int put_receipt(int fd, __u64 tag, __u32 flags)
{
	__u32 number = 5;
	struct mailbox_send send = {
		.flags = flags | MAILBOX_SEND_RECEIPT,
		.message = {
			.data = mb_ptr(&number), .length = sizeof(number),
			.tag = tag,
		},
	};
	int ret = mb_send(fd, &send);

	return ret ? ret : (int)send.message.seq;
}

FIXTURE(notify) {
	int client;
	int box;
	__u64 id;
	struct mb_child child;
	struct mailbox_event event;
	struct mailbox_message from;
};

FIXTURE_SETUP(notify)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 2, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
	self->id = mb_id(self->box);
}

FIXTURE_TEARDOWN(notify)
{
	close(self->box);
	close(self->client);
}

/* The next event is this one. */
#define EXPECT_EVENT(type_, error_, value_, cookie_) do {		\
	memset(&self->event, 0xff, sizeof(self->event));		\
	ASSERT_EQ(0, event_get(self->client, &self->event, 0,		\
			       &self->from));				\
	EXPECT_EQ(type_, self->event.type);				\
	EXPECT_EQ(error_, self->event.error);				\
	EXPECT_EQ(self->id, self->event.id);				\
	EXPECT_EQ(value_, self->event.value);				\
	EXPECT_EQ(cookie_, self->event.cookie);				\
} while (0)

#define EXPECT_NO_EVENT()						\
	EXPECT_EQ(-EAGAIN, event_get(self->client, &self->event,	\
				     MAILBOX_NONBLOCK, NULL))

TEST_F(notify, receipt_tells_who_received)
{
	int seq = put_receipt(self->box, 77, 0);

	ASSERT_LT(0, seq);
	EXPECT_NO_EVENT();
	ASSERT_EQ(0, mb_get_number_start(&self->child, self->box, 0));
	EXPECT_EVENT(MAILBOX_EVENT_RECEIPT, 0, seq, 77);
	EXPECT_EQ(self->child.pid, self->from.pid);
	EXPECT_EQ(geteuid(), self->from.uid);
	EXPECT_EQ(5, mb_child_join(&self->child));
	EXPECT_NO_EVENT();
}

TEST_F(notify, receipts_come_in_the_order_of_receiving)
{
	int first = put_receipt(self->box, 1, 0);
	int second = put_receipt(self->box, 2, 0);

	EXPECT_EQ(5, mb_get_tagged(self->box, 2, 2, 0));
	EXPECT_EQ(5, mb_get_tagged(self->box, 1, 1, 0));
	EXPECT_EVENT(MAILBOX_EVENT_RECEIPT, 0, second, 2);
	EXPECT_EVENT(MAILBOX_EVENT_RECEIPT, 0, first, 1);
}

TEST_F(notify, receipt_by_read)
{
	int seq = put_receipt(self->box, 0, 0);
	__u32 number;

	EXPECT_EQ(sizeof(number), read(self->box, &number, sizeof(number)));
	EXPECT_EVENT(MAILBOX_EVENT_RECEIPT, 0, seq, 0);
}

TEST_F(notify, receipt_of_a_synchronous_send)
{
	ASSERT_EQ(0, mb_get_number_start(&self->child, self->box, 0));
	EXPECT_LT(0, put_receipt(self->box, 3, MAILBOX_SEND_SYNC));
	EXPECT_EVENT(MAILBOX_EVENT_RECEIPT, 0, 1, 3);
	EXPECT_EQ(5, mb_child_join(&self->child));
}

TEST_F(notify, a_message_lost_with_its_mailbox)
{
	int seq = put_receipt(self->box, 7, 0);

	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EVENT(MAILBOX_EVENT_RECEIPT, -EIDRM, seq, 7);
	EXPECT_EQ(0, self->from.pid);
	EXPECT_NO_EVENT();
}

TEST_F(notify, a_message_that_nobody_can_receive_any_more)
{
	int sender = mb_narrow(self->box, MAILBOX_RIGHT_SEND);
	int seq = put_receipt(sender, 7, 0);

	close(self->box);
	EXPECT_EVENT(MAILBOX_EVENT_RECEIPT, -EPIPE, seq, 7);
	close(sender);
}

TEST_F(notify, a_send_that_fails_asks_for_nothing)
{
	__u64 before;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	before = mb_query_of(self->client, user_bytes);
	EXPECT_EQ(-EAGAIN, put_receipt(self->box, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(before, mb_query_of(self->client, user_bytes));
	EXPECT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EQ(2, mb_get_number(self->box, 0));
	EXPECT_NO_EVENT();
}

TEST_F(notify, receipt_from_everybody_is_einval)
{
	int all = mb_make(self->client, (struct mailbox_create){
		.policy = MAILBOX_POLICY_ALL, .capacity = 1, .max_receivers = 2,
	});

	ASSERT_LE(0, all);
	EXPECT_EQ(-EINVAL, put_receipt(all, 0, 0));
	close(all);
}

static int seatless_run(void *argument)
{
	int box = *(int *)argument;

	if (put_receipt(box, 0, 0) != -ESRCH)
		return 1;
	return notify(box, MAILBOX_EVENT_SPACE) == -ESRCH ? 0 : 2;
}

TEST_F(notify, who_has_no_seat_cannot_be_told)
{
	EXPECT_EQ(0, mb_child_run(seatless_run, &self->box));
}

TEST_F(notify, no_senders)
{
	int receiver = mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE);
	int sender = mb_narrow(self->box, MAILBOX_RIGHT_SEND);

	close(self->box);
	ASSERT_EQ(0, notify(receiver, MAILBOX_EVENT_NO_SENDERS));
	EXPECT_NO_EVENT();
	close(sender);
	EXPECT_EVENT(MAILBOX_EVENT_NO_SENDERS, 0, 0, COOKIE);
	EXPECT_NO_EVENT();
	/* and when it is so already, at once */
	ASSERT_EQ(0, notify(receiver, MAILBOX_EVENT_NO_SENDERS));
	EXPECT_EVENT(MAILBOX_EVENT_NO_SENDERS, 0, 0, COOKIE);
	self->box = receiver;
}

TEST_F(notify, handles_under_way_are_senders)
{
	int receiver = mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE);
	int sockets[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	ASSERT_EQ(0, mb_fd_send(sockets[0], self->box));
	close(self->box);
	self->box = receiver;
	ASSERT_EQ(0, notify(receiver, MAILBOX_EVENT_NO_SENDERS));
	EXPECT_NO_EVENT();
	close(sockets[0]);
	close(sockets[1]);
	EXPECT_EVENT(MAILBOX_EVENT_NO_SENDERS, 0, 0, COOKIE);
}

TEST_F(notify, no_receivers)
{
	int box = mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_KEEP_BY_SENDERS, .capacity = 1,
	});
	int sender = mb_narrow(box, MAILBOX_RIGHT_SEND);

	self->id = mb_id(box);
	ASSERT_EQ(0, notify(sender, MAILBOX_EVENT_NO_RECEIVERS));
	EXPECT_NO_EVENT();
	close(box);
	EXPECT_EVENT(MAILBOX_EVENT_NO_RECEIVERS, 0, 0, COOKIE);
	close(sender);
}

TEST_F(notify, destroyed)
{
	ASSERT_EQ(0, notify(self->box, MAILBOX_EVENT_DESTROYED));
	EXPECT_NO_EVENT();
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EVENT(MAILBOX_EVENT_DESTROYED, -EIDRM, 0, COOKIE);
	EXPECT_EQ(-EIDRM, notify(self->box, MAILBOX_EVENT_DESTROYED));
}

TEST_F(notify, abandoned)
{
	int sender = mb_narrow(self->box, MAILBOX_RIGHT_SEND);

	ASSERT_EQ(0, notify(sender, MAILBOX_EVENT_DESTROYED));
	close(self->box);
	EXPECT_EVENT(MAILBOX_EVENT_DESTROYED, -EPIPE, 0, COOKIE);
	EXPECT_EQ(-EPIPE, notify(sender, MAILBOX_EVENT_DESTROYED));
	close(sender);
}

TEST_F(notify, the_end_answers_everything)
{
	__u32 seen = 0;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, notify(self->box, MAILBOX_EVENT_SPACE |
				       MAILBOX_EVENT_NO_SENDERS |
				       MAILBOX_EVENT_NO_RECEIVERS |
				       MAILBOX_EVENT_DESTROYED));
	EXPECT_NO_EVENT();
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, event_get(self->client, &self->event,
				       MAILBOX_NONBLOCK, NULL));
		EXPECT_EQ(-EIDRM, self->event.error);
		seen |= self->event.type;
	}
	EXPECT_EQ(MAILBOX_EVENT_SPACE | MAILBOX_EVENT_NO_SENDERS |
		  MAILBOX_EVENT_NO_RECEIVERS | MAILBOX_EVENT_DESTROYED, seen);
	EXPECT_NO_EVENT();
}

TEST_F(notify, not_empty_is_told_once)
{
	ASSERT_EQ(0, notify(self->box, MAILBOX_EVENT_NOT_EMPTY));
	EXPECT_NO_EVENT();
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EVENT(MAILBOX_EVENT_NOT_EMPTY, 0, 0, COOKIE);
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	EXPECT_NO_EVENT();
	ASSERT_EQ(0, notify(self->box, MAILBOX_EVENT_NOT_EMPTY));
	EXPECT_EVENT(MAILBOX_EVENT_NOT_EMPTY, 0, 0, COOKIE);
}

TEST_F(notify, space_is_told_once)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(0, notify(self->box, MAILBOX_EVENT_SPACE));
	EXPECT_NO_EVENT();
	EXPECT_EQ(1, mb_get_number(self->box, 0));
	EXPECT_EVENT(MAILBOX_EVENT_SPACE, 0, 0, COOKIE);
	EXPECT_EQ(2, mb_get_number(self->box, 0));
	EXPECT_NO_EVENT();
	ASSERT_EQ(0, notify(self->box, MAILBOX_EVENT_SPACE));
	EXPECT_EVENT(MAILBOX_EVENT_SPACE, 0, 0, COOKIE);
}

TEST_F(notify, a_larger_capacity_is_space)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_CAPACITY, .capacity = 3,
	};

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(0, notify(self->box, MAILBOX_EVENT_SPACE));
	ASSERT_EQ(0, mb_set(self->box, &set));
	EXPECT_EVENT(MAILBOX_EVENT_SPACE, 0, 0, COOKIE);
}

TEST_F(notify, rendezvous)
{
	int box = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);

	self->id = mb_id(box);
	ASSERT_EQ(0, notify(box, MAILBOX_EVENT_NOT_EMPTY));
	ASSERT_EQ(0, mb_put_number_start(&self->child, box, 6, 0, 0));
	EXPECT_EVENT(MAILBOX_EVENT_NOT_EMPTY, 0, 0, COOKIE);
	EXPECT_EQ(6, mb_get_number(box, 0));
	EXPECT_EQ(0, mb_child_join(&self->child));

	ASSERT_EQ(0, notify(box, MAILBOX_EVENT_SPACE));
	EXPECT_NO_EVENT();
	ASSERT_EQ(0, mb_get_number_start(&self->child, box, 0));
	EXPECT_EVENT(MAILBOX_EVENT_SPACE, 0, 0, COOKIE);
	EXPECT_EQ(0, mb_put_number(box, 8, 0, 0));
	EXPECT_EQ(8, mb_child_join(&self->child));
	close(box);
}

TEST_F(notify, it_can_be_taken_back)
{
	EXPECT_EQ(-ENOENT, notify_cancel(self->box, MAILBOX_EVENT_NOT_EMPTY));
	ASSERT_EQ(0, notify(self->box, MAILBOX_EVENT_NOT_EMPTY));
	EXPECT_EQ(-ENOENT, notify_cancel(self->box, MAILBOX_EVENT_DESTROYED));
	EXPECT_EQ(0, notify_cancel(self->box, MAILBOX_EVENT_NOT_EMPTY |
					      MAILBOX_EVENT_DESTROYED));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_NO_EVENT();
}

TEST_F(notify, asking_again_changes_the_cookie)
{
	ASSERT_EQ(0, notify(self->box, MAILBOX_EVENT_NOT_EMPTY));
	ASSERT_EQ(0, notify_full(self->box, (struct mailbox_notify){
		.events = MAILBOX_EVENT_NOT_EMPTY, .cookie = 2 }));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EVENT(MAILBOX_EVENT_NOT_EMPTY, 0, 0, 2);
	EXPECT_NO_EVENT();
}

TEST_F(notify, closing_the_descriptor_takes_it_back)
{
	int other = mb_open_id(self->client, self->id, MAILBOX_RIGHTS_ALL);

	ASSERT_EQ(0, notify(other, MAILBOX_EVENT_NOT_EMPTY));
	close(other);
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_NO_EVENT();
}

TEST_F(notify, closing_the_client_takes_back_what_was_asked_by_id)
{
	int other = mb_client();

	ASSERT_EQ(0, notify_full(other, (struct mailbox_notify){
		.id = self->id, .events = MAILBOX_EVENT_NOT_EMPTY }));
	close(other);
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_NO_EVENT();
}

TEST_F(notify, places_are_reserved_and_limited)
{
	__u64 before = mb_query_of(self->client, user_bytes);
	int sender = mb_narrow(self->box, MAILBOX_RIGHT_SEND);
	int count = 0, ret;

	/* unread ones count too */
	while (!(ret = notify(self->box, MAILBOX_EVENT_SPACE)))
		count++;
	EXPECT_EQ(-EAGAIN, ret);
	EXPECT_EQ(EVENTS_MAX, count);
	EXPECT_LT(before, mb_query_of(self->client, user_bytes));
	EXPECT_EQ(-EAGAIN, put_receipt(sender, 0, 0));
	EXPECT_EVENT(MAILBOX_EVENT_SPACE, 0, 0, COOKIE);
	EXPECT_EQ(0, notify(self->box, MAILBOX_EVENT_NOT_EMPTY));
	EXPECT_EQ(-EAGAIN, notify(self->box, MAILBOX_EVENT_DESTROYED));
	for (int i = 0; i < EVENTS_MAX - 1; i++)
		EXPECT_EVENT(MAILBOX_EVENT_SPACE, 0, 0, COOKIE);
	EXPECT_EQ(0, notify_cancel(self->box, MAILBOX_EVENT_NOT_EMPTY));
	EXPECT_NO_EVENT();
	EXPECT_EQ(before, mb_query_of(self->client, user_bytes));
	close(sender);
}

/* Calls */

struct caller {
	int box;
	__s64 deadline;
};

static int caller_run(void *argument)
{
	const struct caller *caller = argument;
	__u32 number = 1, reply = 0;
	struct mailbox_call call = {
		.flags = caller->deadline ? MAILBOX_DEADLINE : 0,
		.deadline = caller->deadline,
		.clock = caller->deadline ? MAILBOX_CLOCK_MONOTONIC : 0,
		.request = { .data = mb_ptr(&number), .length = 4 },
		.reply = { .data = mb_ptr(&reply), .room = 4 },
	};

	return mb_call(caller->box, &call);
}

static int take(int box, __u64 *token)
{
	__u32 number;
	struct mailbox_receive receive = {
		.message = { .data = mb_ptr(&number), .room = 4 },
	};
	int ret = mb_receive(box, &receive);

	*token = receive.message.token;
	return ret;
}

static int notify_call(int box, __u64 token, __u32 flags)
{
	return notify_full(box, (struct mailbox_notify){
		.flags = flags, .events = MAILBOX_EVENT_CANCELLED,
		.cookie = flags ? 0 : COOKIE, .token = token,
	});
}

static int answer(int box, __u64 token)
{
	struct mailbox_reply reply = { .token = token };

	return mb_reply(box, &reply);
}

TEST_F(notify, a_caller_that_dies)
{
	struct caller caller = { .box = self->box };
	__u64 token;

	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &caller));
	ASSERT_EQ(0, take(self->box, &token));
	ASSERT_EQ(0, notify_call(self->box, token, 0));
	EXPECT_NO_EVENT();
	mb_child_kill(&self->child);
	EXPECT_EVENT(MAILBOX_EVENT_CANCELLED, -EPIPE, token, COOKIE);
	EXPECT_EQ(-ESTALE, answer(self->box, token));
	EXPECT_EQ(-ESTALE, notify_call(self->box, token, 0));
}

TEST_F(notify, a_caller_whose_deadline_passes)
{
	struct caller caller = {
		.box = self->box,
		.deadline = mb_now_ns(CLOCK_MONOTONIC) + 300000000,
	};
	__u64 token;
	int ret;

	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &caller));
	ASSERT_EQ(0, take(self->box, &token));
	ret = notify_call(self->box, token, 0);
	EXPECT_EQ(-ETIMEDOUT, mb_child_join(&self->child));
	/* on a slow machine it had passed before */
	if (!ret)
		EXPECT_EVENT(MAILBOX_EVENT_CANCELLED, -ETIMEDOUT, token,
			     COOKIE);
	else
		EXPECT_EQ(-ESTALE, ret);
}

TEST_F(notify, a_call_that_is_cancelled)
{
	__u32 number = 1, reply;
	struct mailbox_call call = {
		.flags = MAILBOX_NONBLOCK,
		.request = { .data = mb_ptr(&number), .length = 4 },
		.reply = { .data = mb_ptr(&reply), .room = 4 },
	};
	__u64 token;

	ASSERT_EQ(-EAGAIN, mb_call(self->box, &call));
	ASSERT_EQ(0, take(self->box, &token));
	ASSERT_EQ(0, notify_call(self->box, token, 0));
	call.flags = MAILBOX_CALL_CANCEL;
	ASSERT_EQ(0, mb_call(self->box, &call));
	EXPECT_EVENT(MAILBOX_EVENT_CANCELLED, -ECANCELED, token, COOKIE);
}

TEST_F(notify, a_call_that_is_answered_is_not_cancelled)
{
	struct caller caller = { .box = self->box };
	__u64 token;

	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &caller));
	ASSERT_EQ(0, take(self->box, &token));
	EXPECT_EQ(-ENOENT, notify_call(self->box, token,
				       MAILBOX_NOTIFY_CANCEL));
	ASSERT_EQ(0, notify_call(self->box, token, 0));
	ASSERT_EQ(0, notify_call(self->box, token, 0));
	EXPECT_EQ(0, notify_call(self->box, token, MAILBOX_NOTIFY_CANCEL));
	ASSERT_EQ(0, notify_call(self->box, token, 0));
	EXPECT_EQ(0, answer(self->box, token));
	EXPECT_EQ(0, mb_child_join(&self->child));
	EXPECT_NO_EVENT();
	EXPECT_EQ(0, mb_query_of(self->client, user_waiting));
}

TEST_F(notify, a_call_lost_with_its_mailbox)
{
	struct caller caller = { .box = self->box };
	__u64 token;

	ASSERT_EQ(0, mb_child_start(&self->child, caller_run, &caller));
	ASSERT_EQ(0, take(self->box, &token));
	ASSERT_EQ(0, notify_call(self->box, token, 0));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EVENT(MAILBOX_EVENT_CANCELLED, -EIDRM, token, COOKIE);
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
}

/* Processes */

static int peer_run(void *argument)
{
	const int *events = argument;
	int client = mb_client();

	if (client < 0)
		return client;
	mb_event_raise(events[0]);
	return mb_event_wait(events[1]);
}

TEST_F(notify, a_process_that_dies)
{
	int events[2] = { mb_event(), mb_event() };
	struct mailbox_notify ask = {
		.flags = MAILBOX_TO_PROCESS,
		.events = MAILBOX_EVENT_DESTROYED,
		.cookie = COOKIE,
	};

	ASSERT_EQ(0, mb_child_start(&self->child, peer_run, events));
	ASSERT_EQ(0, mb_event_wait(events[0]));
	ask.id = self->child.pid;
	ASSERT_EQ(0, notify_full(self->client, ask));
	EXPECT_NO_EVENT();
	mb_child_kill(&self->child);
	ASSERT_EQ(0, event_get(self->client, &self->event, 0, NULL));
	EXPECT_EQ(MAILBOX_EVENT_DESTROYED, self->event.type);
	EXPECT_EQ(-EPIPE, self->event.error);
	EXPECT_EQ(COOKIE, self->event.cookie);
	EXPECT_EQ(-ESRCH, notify_full(self->client, ask));
}

/* Asks about somebody's mailbox, and dies. */
static int asker_run(void *argument)
{
	const __u64 *id = argument;
	int client = mb_client();

	return client < 0 ? client :
	       notify_full(client, (struct mailbox_notify){
			.id = *id, .events = MAILBOX_EVENT_NOT_EMPTY });
}

TEST_F(notify, an_asker_that_dies_leaves_nothing)
{
	__u64 before = mb_query_of(self->client, user_bytes);

	EXPECT_EQ(0, mb_child_run(asker_run, &self->id));
	EXPECT_EQ(0, mb_until(mb_query_of(self->client, user_bytes) ==
			      before));
}

/* What is not allowed */

TEST_F(notify, bad_arguments)
{
	struct mailbox_notify good = { .events = MAILBOX_EVENT_DESTROYED };
	struct mailbox_notify bad;

#define EXPECT_REFUSED(error, change) do {				\
	bad = good;							\
	change;								\
	EXPECT_EQ(-error, notify_full(self->box, bad));			\
} while (0)
	EXPECT_REFUSED(EINVAL, bad.events = 0);
	EXPECT_REFUSED(EINVAL, bad.events = MAILBOX_EVENT_RECEIPT);
	EXPECT_REFUSED(EINVAL, bad.events |= 1U << 8);
	EXPECT_REFUSED(EINVAL, bad.events |= 1U << 31);
	EXPECT_REFUSED(EINVAL, bad.reserved = 1);
	EXPECT_REFUSED(EINVAL, bad.token = 1);
	EXPECT_REFUSED(EINVAL, bad.id = self->id);
	EXPECT_REFUSED(EINVAL, bad.flags = MAILBOX_TO_PROCESS);
	EXPECT_REFUSED(EINVAL, bad.flags = 1);
	EXPECT_REFUSED(EINVAL, bad.events = MAILBOX_EVENT_CANCELLED);
	EXPECT_REFUSED(EINVAL, (bad.events |= MAILBOX_EVENT_CANCELLED,
				bad.token = 1));
	EXPECT_REFUSED(EINVAL, (bad.flags = MAILBOX_NOTIFY_CANCEL,
				bad.cookie = 1));
	EXPECT_REFUSED(ESTALE, (bad.events = MAILBOX_EVENT_CANCELLED,
				bad.token = 1));
	bad = good;
	bad.size = sizeof(bad) - 1;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_NOTIFY, &bad));
	bad = good;
	bad.id = self->id + 1000;
	EXPECT_EQ(-ENOENT, notify_full(self->client, bad));
	bad.id = 0;
	EXPECT_EQ(-EINVAL, notify_full(self->client, bad));
	bad.flags = MAILBOX_TO_PROCESS;
	bad.id = getpid();
	bad.events = MAILBOX_EVENT_NOT_EMPTY;
	EXPECT_EQ(-EINVAL, notify_full(self->client, bad));
}

TEST_F(notify, rights)
{
	int sender = mb_narrow(self->box, MAILBOX_RIGHT_SEND);
	int receiver = mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE);

	EXPECT_EQ(-EBADF, notify(sender, MAILBOX_EVENT_NOT_EMPTY));
	EXPECT_EQ(-EBADF, notify(sender, MAILBOX_EVENT_NO_SENDERS));
	EXPECT_EQ(-EBADF, notify_call(sender, 1, 0));
	EXPECT_EQ(-EBADF, notify(receiver, MAILBOX_EVENT_SPACE));
	EXPECT_EQ(-EBADF, notify(receiver, MAILBOX_EVENT_NO_RECEIVERS));
	EXPECT_EQ(0, notify(sender, MAILBOX_EVENT_DESTROYED));
	EXPECT_EQ(0, notify(receiver, MAILBOX_EVENT_DESTROYED));
	close(sender);
	close(receiver);
}

static int other_user_run(void *argument)
{
	const __u64 *id = argument;
	struct mailbox_notify ask = {
		.id = *id, .events = MAILBOX_EVENT_DESTROYED,
	};
	int client = mb_client();

	if (client < 0)
		return client;
	if (notify_full(client, ask) != -EACCES)
		return 1;
	ask.events = MAILBOX_EVENT_SPACE;
	return notify_full(client, ask) == -EACCES ? 0 : 2;
}

TEST_F(notify, permission_bits_count)
{
	EXPECT_EQ(0, mb_as_uid(1234, other_user_run, &self->id));
}

TEST_F(notify, nobody_sends_to_notify)
{
	EXPECT_EQ(-EINVAL, mb_put(self->client, MAILBOX_ID_NOTIFY, "x", 1, 0));
	EXPECT_EQ(-EINVAL, notify_full(self->client, (struct mailbox_notify){
		.id = MAILBOX_ID_NOTIFY,
		.events = MAILBOX_EVENT_NOT_EMPTY }));
	EXPECT_NO_EVENT();
}

TEST_F(notify, not_empty_for_everybody_is_einval)
{
	int all = mb_make(self->client, (struct mailbox_create){
		.policy = MAILBOX_POLICY_ALL, .capacity = 1, .max_receivers = 2,
	});

	EXPECT_EQ(-EINVAL, notify(all, MAILBOX_EVENT_NOT_EMPTY));
	EXPECT_EQ(0, notify(all, MAILBOX_EVENT_SPACE));
	self->id = mb_id(all);
	EXPECT_EVENT(MAILBOX_EVENT_SPACE, 0, 0, COOKIE);
	close(all);
}

TEST_F(notify, a_client_polls_its_events)
{
	EXPECT_EQ(0, mb_poll(self->client, POLLIN, 0));
	ASSERT_EQ(0, notify(self->box, MAILBOX_EVENT_SPACE));
	EXPECT_EQ(POLLIN, mb_poll(self->client, POLLIN, 0));
	EXPECT_EVENT(MAILBOX_EVENT_SPACE, 0, 0, COOKIE);
	EXPECT_EQ(0, mb_poll(self->client, POLLIN, 0));
}

/* Asked anew each time, with another ask outstanding. */
TEST_F(notify, each_change_is_told)
{
	for (int i = 0; i < 100; i++) {
		ASSERT_EQ(0, notify(self->box, MAILBOX_EVENT_NOT_EMPTY));
		ASSERT_EQ(0, notify_full(self->client, (struct mailbox_notify){
			.id = self->id, .events = MAILBOX_EVENT_NO_SENDERS }));
		ASSERT_EQ(0, mb_put_number_start(&self->child, self->box, i, 0,
						 0));
		EXPECT_EVENT(MAILBOX_EVENT_NOT_EMPTY, 0, 0, COOKIE);
		EXPECT_EQ(i, mb_get_number(self->box, 0));
		EXPECT_EQ(0, mb_child_join(&self->child));
	}
	EXPECT_NO_EVENT();
}

TEST_HARNESS_MAIN
