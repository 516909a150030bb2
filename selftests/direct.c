// SPDX-License-Identifier: GPL-2.0-only
/*
 * Direct communication: a process is sent to by its number, and receives from
 * its own mailbox, SELF.
 */
#include <pthread.h>
#include <sys/syscall.h>

#include "lib/test.h"
#include "lib/transfer.h"

#define SELF		MAILBOX_ID_SELF
#define CAPACITY	64	/* of SELF, as it comes */
#define OTHER_UID	1234

/* Sends a number to a process. */
static int put_to(int client, __u64 pid, __u32 number, __u32 flags)
{
	return mb_put(client, pid, &number, sizeof(number),
		      flags | MAILBOX_TO_PROCESS);
}

/* Receives a number from SELF, as @receive says. */
static int get_self(int client, struct mailbox_receive receive)
{
	receive.id = SELF;
	return mb_get_any(client, &receive);
}

static int get_self_from(int client, pid_t pid, __u32 flags)
{
	return get_self(client, (struct mailbox_receive){
		.flags = flags | MAILBOX_RECEIVE_FROM, .from_pid = pid,
	});
}

static __u32 links(int client)
{
	struct mailbox_stat stat;

	return mb_stat(client, SELF, &stat) ? ~0U : stat.links;
}

/* What a child does that sends to a process from a client of its own. */
struct sender {
	pid_t to;
	__u32 number;
	__u32 count;
	__u32 flags;
};

static int sender_run(void *argument)
{
	const struct sender *sender = argument;
	int client = mb_client();
	int ret = client < 0 ? client : 0;

	for (__u32 i = 0; !ret && i < sender->count; i++)
		ret = put_to(client, sender->to, sender->number + i,
			     sender->flags);
	return ret;
}

/* A process that has a seat and does nothing with it, until it is told to. */
struct peer {
	struct mb_child child;
	int ready;
	int quit;
};

static int peer_run(void *argument)
{
	struct peer *peer = argument;
	int client = mb_client();
	int ret;

	if (client < 0)
		return client;
	ret = mb_event_raise(peer->ready);
	return ret ? ret : mb_event_wait(peer->quit);
}

static int peer_start(struct peer *peer)
{
	int ret;

	peer->ready = mb_event();
	peer->quit = mb_event();
	ret = mb_child_start(&peer->child, peer_run, peer);
	return ret ? ret : mb_event_wait(peer->ready);
}

static int peer_quit(struct peer *peer)
{
	int ret = mb_event_raise(peer->quit);

	return ret ? ret : mb_child_join(&peer->child);
}

FIXTURE(direct) {
	int client;
	struct sender sender;
	struct peer peer;
	struct mb_child child;
};

FIXTURE_SETUP(direct)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->sender = (struct sender){ .to = getpid(), .number = 7, .count = 1 };
}

FIXTURE_TEARDOWN(direct)
{
	close(self->client);
}

TEST_F(direct, a_process_receives_what_is_sent_to_it)
{
	__u32 number = 0;
	struct mailbox_receive receive = {
		.id = SELF,
		.message = { .data = mb_ptr(&number), .room = sizeof(number) },
	};

	ASSERT_EQ(0, mb_child_start(&self->child, sender_run, &self->sender));
	EXPECT_EQ(0, mb_receive(self->client, &receive));
	EXPECT_EQ(7, number);
	EXPECT_EQ(self->child.pid, receive.message.pid);
	EXPECT_EQ(0, mb_child_join(&self->child));
}

TEST_F(direct, the_sender_learns_who_received)
{
	__u32 number = 1;
	struct mailbox_send send = {
		.flags = MAILBOX_TO_PROCESS | MAILBOX_SEND_SYNC,
		.id = getppid(),
		.message = { .data = mb_ptr(&number), .length = sizeof(number) },
	};

	/* nobody receives at the harness's seat, which it does not have */
	EXPECT_EQ(-ESRCH, mb_send(self->client, &send));
	self->sender.flags = MAILBOX_SEND_SYNC;
	ASSERT_EQ(0, mb_child_start(&self->child, sender_run, &self->sender));
	EXPECT_EQ(7, get_self(self->client, (struct mailbox_receive){ }));
	EXPECT_EQ(0, mb_child_join(&self->child));
}

TEST_F(direct, all_clients_of_a_process_share_self)
{
	int other = mb_client();

	ASSERT_LE(0, other);
	EXPECT_EQ(0, put_to(self->client, getpid(), 3, 0));
	EXPECT_EQ(3, get_self(other, (struct mailbox_receive){ }));
	EXPECT_EQ(0, put_to(other, getpid(), 4, 0));
	close(other);
	EXPECT_EQ(4, get_self(self->client, (struct mailbox_receive){ }));
}

TEST_F(direct, self_can_be_sent_to_by_its_reserved_id)
{
	__u32 number = 9;

	EXPECT_EQ(0, mb_put(self->client, SELF, &number, sizeof(number), 0));
	EXPECT_EQ(9, get_self(self->client, (struct mailbox_receive){ }));
}

static int without_client(void *argument)
{
	return mb_event_wait(*(int *)argument);
}

TEST_F(direct, a_process_without_seat_is_esrch)
{
	int quit = mb_event();

	ASSERT_EQ(0, mb_child_start(&self->child, without_client, &quit));
	EXPECT_EQ(-ESRCH, put_to(self->client, self->child.pid, 1, 0));
	EXPECT_EQ(0, mb_event_raise(quit));
	EXPECT_EQ(0, mb_child_join(&self->child));
	EXPECT_EQ(-ESRCH, put_to(self->client, self->child.pid, 1, 0));
}

TEST_F(direct, not_a_process_number)
{
	EXPECT_EQ(-EINVAL, put_to(self->client, 0, 1, 0));
	EXPECT_EQ(-EINVAL, put_to(self->client, 1ULL << 31, 1, 0));
	EXPECT_EQ(-EINVAL, put_to(self->client, (__u64)-1, 1, 0));
	EXPECT_EQ(-ESRCH, put_to(self->client, (1U << 31) - 1, 1, 0));
}

static void *thread_number(void *argument)
{
	*(pid_t *)argument = syscall(SYS_gettid);
	return NULL;
}

TEST_F(direct, a_threads_number_is_esrch)
{
	pthread_t thread;
	pid_t tid = 0;

	ASSERT_EQ(0, pthread_create(&thread, NULL, thread_number, &tid));
	ASSERT_EQ(0, pthread_join(thread, NULL));
	EXPECT_EQ(-ESRCH, put_to(self->client, tid, 1, 0));
}

TEST_F(direct, on_a_handle_is_einval)
{
	int box = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, box);
	EXPECT_EQ(-EINVAL, put_to(box, getpid(), 1, 0));
	EXPECT_EQ(-EINVAL, put_to(box, 0, 1, 0));
	close(box);
}

struct inherited {
	int client;
	__u64 box;
};

static int inherited_run(void *argument)
{
	const struct inherited *inherited = argument;
	struct mailbox_stat stat;
	__u32 number = 5;

	if (mb_get(inherited->client, SELF, &number, 4, MAILBOX_NONBLOCK) !=
	    -EOWNERDEAD)
		return 1;
	if (mb_stat(inherited->client, SELF, &stat) != -EOWNERDEAD)
		return 2;
	if (mb_get(inherited->client, MAILBOX_ID_NOTIFY, &number, 4,
		   MAILBOX_NONBLOCK) != -EOWNERDEAD)
		return 3;
	if (mb_poll(inherited->client, POLLIN, 0))
		return 4;
	if (put_to(inherited->client, getpid(), 1, 0) != -ESRCH)
		return 5;
	if (mb_put(inherited->client, inherited->box, &number, sizeof(number),
		   0))
		return 6;
	return put_to(inherited->client, getppid(), 6, 0);
}

TEST_F(direct, an_inherited_client_is_none_of_the_childs)
{
	struct inherited inherited = { .client = self->client };

	ASSERT_EQ(0, mb_new_id(self->client, 1, &inherited.box));
	ASSERT_EQ(0, put_to(self->client, getpid(), 1, 0));
	EXPECT_EQ(0, mb_child_run(inherited_run, &inherited));
	EXPECT_EQ(1, get_self(self->client, (struct mailbox_receive){ }));
	EXPECT_EQ(6, get_self(self->client, (struct mailbox_receive){ }));
}

TEST_F(direct, who_may_signal_may_send)
{
	/* root to another user */
	ASSERT_EQ(0, peer_start(&self->peer));
	EXPECT_EQ(0, put_to(self->client, self->peer.child.pid, 1, 0));
	/* a user to root */
	EXPECT_EQ(-EPERM, mb_as_uid(OTHER_UID, sender_run, &self->sender));
	EXPECT_EQ(0, peer_quit(&self->peer));
}

static int same_user_run(void *argument)
{
	struct sender sender = { .to = getpid(), .number = 1, .count = 1 };
	int client = mb_client();
	int ret = client < 0 ? client : mb_child_run(sender_run, &sender);

	return ret ? ret : get_self(client, (struct mailbox_receive){ });
}

TEST_F(direct, processes_of_one_user_may_send)
{
	EXPECT_EQ(1, mb_as_uid(OTHER_UID, same_user_run, NULL));
}

TEST_F(direct, set_opens_self_to_others)
{
	EXPECT_EQ(-EPERM, mb_as_uid(OTHER_UID, sender_run, &self->sender));
	ASSERT_EQ(0, mb_set_mode(self->client, SELF, 0002));
	EXPECT_EQ(0, mb_as_uid(OTHER_UID, sender_run, &self->sender));
	EXPECT_EQ(7, get_self(self->client, (struct mailbox_receive){ }));
	ASSERT_EQ(0, mb_set_mode(self->client, SELF, 0));
	EXPECT_EQ(-EPERM, mb_as_uid(OTHER_UID, sender_run, &self->sender));
}

TEST_F(direct, it_is_bounded)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_CAPACITY, .id = SELF,
		.capacity = CAPACITY + 1,
	};

	for (int i = 0; i < CAPACITY; i++)
		ASSERT_EQ(0, put_to(self->client, getpid(), i,
				    MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, put_to(self->client, getpid(), 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_set(self->client, &set));
	EXPECT_EQ(0, put_to(self->client, getpid(), 0, MAILBOX_NONBLOCK));
}

/* Fills the peer's SELF and one more. */
TEST_F(direct, a_blocked_sender_sees_the_peer_die)
{
	struct sender sender = { .count = CAPACITY + 1 };

	ASSERT_EQ(0, peer_start(&self->peer));
	sender.to = self->peer.child.pid;
	ASSERT_EQ(0, mb_child_start(&self->child, sender_run, &sender));
	ASSERT_EQ(0, mb_wait_in_syscall(self->child.pid, SYS_ioctl));
	mb_child_kill(&self->peer.child);
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
	EXPECT_EQ(-ESRCH, put_to(self->client, sender.to, 1, 0));
}

/* A process whose child keeps its client open and outlives it. */
struct heritage {
	int quit;
	int died;
};

static int heritage_run(void *argument)
{
	const struct heritage *heritage = argument;
	int client = mb_client();
	int ret = client < 0 ? client : 0;

	if (ret)
		return ret;
	ret = fork();
	if (!ret) {
		mb_event_wait(heritage->quit);
		mb_event_raise(heritage->died);
		_exit(0);
	}
	ret = put_to(client, getppid(), 1, 0);
	return ret ? ret : mb_event_wait(heritage->died);
}

TEST_F(direct, a_seat_ends_with_its_process_although_a_child_has_the_client)
{
	int quit = mb_event(), died = mb_event();
	struct heritage heritage = { .quit = quit, .died = died };

	ASSERT_EQ(0, mb_child_start(&self->child, heritage_run, &heritage));
	EXPECT_EQ(1, get_self(self->client, (struct mailbox_receive){ }));
	mb_child_kill(&self->child);
	EXPECT_EQ(-ESRCH, put_to(self->client, self->child.pid, 1, 0));
	EXPECT_EQ(0, mb_event_raise(quit));
	EXPECT_EQ(0, mb_event_wait(died));
}

/* Leaves its client to a child, and lives on. */
static int give_up_run(void *argument)
{
	const struct heritage *heritage = argument;
	int client = mb_client();
	int ret = client < 0 ? client : 0;
	pid_t child;

	if (ret)
		return ret;
	child = fork();
	if (!child) {
		mb_event_wait(heritage->quit);
		_exit(0);
	}
	ret = put_to(client, getppid(), 1, 0);
	close(client);
	mb_event_raise(heritage->died);
	waitpid(child, NULL, 0);
	return ret;
}

TEST_F(direct, a_seat_ends_when_its_process_closes_it_although_a_child_has_it)
{
	int quit = mb_event(), closed = mb_event();
	struct heritage heritage = { .quit = quit, .died = closed };

	ASSERT_EQ(0, mb_child_start(&self->child, give_up_run, &heritage));
	EXPECT_EQ(1, get_self(self->client, (struct mailbox_receive){ }));
	EXPECT_EQ(0, mb_event_wait(closed));
	EXPECT_EQ(-ESRCH, put_to(self->client, self->child.pid, 1, 0));
	EXPECT_EQ(0, mb_event_raise(quit));
	EXPECT_EQ(0, mb_child_join(&self->child));
}

TEST_F(direct, the_last_client_closed_ends_the_seat)
{
	ASSERT_EQ(0, put_to(self->client, getpid(), 1, 0));
	close(self->client);
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	EXPECT_EQ(-EAGAIN, get_self(self->client, (struct mailbox_receive){
		.flags = MAILBOX_NONBLOCK }));
	EXPECT_EQ(0, put_to(self->client, getpid(), 2, 0));
	EXPECT_EQ(2, get_self(self->client, (struct mailbox_receive){ }));
}

TEST_F(direct, receiving_from_a_dead_process)
{
	ASSERT_EQ(0, mb_child_start(&self->child, sender_run, &self->sender));
	ASSERT_EQ(0, mb_child_join(&self->child));
	/* what it has sent is there, and then nothing more will come */
	EXPECT_EQ(7, get_self_from(self->client, self->child.pid, 0));
	EXPECT_EQ(-ESRCH, get_self_from(self->client, self->child.pid, 0));
	EXPECT_EQ(-ESRCH, get_self_from(self->client, self->child.pid,
					MAILBOX_NONBLOCK));
}

static int receive_from_run(void *argument)
{
	int client = mb_client();

	return client < 0 ? client :
			    get_self_from(client, *(pid_t *)argument, 0);
}

TEST_F(direct, a_waiting_receiver_sees_the_peer_die)
{
	pid_t pid;

	ASSERT_EQ(0, peer_start(&self->peer));
	pid = self->peer.child.pid;
	ASSERT_EQ(0, mb_child_start(&self->child, receive_from_run, &pid));
	ASSERT_EQ(0, mb_wait_in_syscall(self->child.pid, SYS_ioctl));
	mb_child_kill(&self->peer.child);
	EXPECT_EQ(-ESRCH, mb_child_join(&self->child));
}

TEST_F(direct, a_waiting_receiver_sees_a_process_without_seat_die)
{
	int quit = mb_event();
	struct mb_child other;
	pid_t pid;

	ASSERT_EQ(0, mb_child_start(&other, without_client, &quit));
	pid = other.pid;
	ASSERT_EQ(0, mb_child_start(&self->child, receive_from_run, &pid));
	ASSERT_EQ(0, mb_wait_in_syscall(self->child.pid, SYS_ioctl));
	EXPECT_EQ(0, mb_event_raise(quit));
	EXPECT_EQ(0, mb_child_join(&other));
	EXPECT_EQ(-ESRCH, mb_child_join(&self->child));
}

TEST_F(direct, one_link_each_way_and_as_long_as_both_live)
{
	EXPECT_EQ(0, links(self->client));
	EXPECT_EQ(0, put_to(self->client, getpid(), 1, 0));
	EXPECT_EQ(0, put_to(self->client, getpid(), 2, 0));
	EXPECT_EQ(1, links(self->client));
	ASSERT_EQ(0, mb_child_run(sender_run, &self->sender));
	/* it is gone, and its link with it, but not its message */
	EXPECT_EQ(1, links(self->client));
	EXPECT_EQ(1, get_self_from(self->client, getpid(), 0));
	EXPECT_EQ(2, get_self(self->client, (struct mailbox_receive){ }));
	EXPECT_EQ(7, get_self(self->client, (struct mailbox_receive){ }));
}

static int linked_run(void *argument)
{
	struct peer *peer = argument;
	int client = mb_client();
	int ret = client < 0 ? client : put_to(client, getppid(), 1, 0);

	return ret ? ret : mb_event_wait(peer->quit);
}

TEST_F(direct, links_of_living_processes_are_counted)
{
	struct mb_child second;

	self->peer.quit = mb_event();
	ASSERT_EQ(0, mb_child_start(&self->child, linked_run, &self->peer));
	ASSERT_EQ(0, mb_child_start(&second, linked_run, &self->peer));
	ASSERT_EQ(0, mb_wait_messages(self->client, SELF, 2));
	EXPECT_EQ(2, links(self->client));
	mb_child_kill(&second);
	EXPECT_EQ(1, links(self->client));
	mb_child_kill(&self->child);
	EXPECT_EQ(0, links(self->client));
}

TEST_F(direct, a_link_is_first_in_first_out)
{
	struct sender one = { .to = getpid(), .number = 100, .count = 5 };
	struct sender two = { .to = getpid(), .number = 200, .count = 5 };
	struct mb_child first, second;

	ASSERT_EQ(0, mb_child_start(&first, sender_run, &one));
	ASSERT_EQ(0, mb_child_start(&second, sender_run, &two));
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(200 + i, get_self_from(self->client, second.pid, 0));
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(100 + i, get_self_from(self->client, first.pid, 0));
	EXPECT_EQ(0, mb_child_join(&first));
	EXPECT_EQ(0, mb_child_join(&second));
}

TEST_F(direct, self_is_not_in_the_list_and_cannot_be_opened)
{
	__u64 ids[8];
	struct mailbox_list list = { .ids = mb_ptr(ids), .count = 8 };
	struct mailbox_stat stat;

	ASSERT_EQ(0, mb_stat(self->client, SELF, &stat));
	EXPECT_LE(MAILBOX_ID_FIRST, stat.id);
	EXPECT_EQ(CAPACITY, stat.capacity);
	EXPECT_EQ(0, stat.mode);
	ASSERT_EQ(0, mb_list(self->client, &list));
	for (__u32 i = 0; i < list.count; i++)
		EXPECT_NE(stat.id, ids[i]);
	EXPECT_EQ(-ENOENT, mb_open_id(self->client, stat.id,
				      MAILBOX_RIGHT_RECEIVE));
	EXPECT_EQ(-ENOENT, mb_open_id(self->client, SELF,
				      MAILBOX_RIGHT_RECEIVE));
	EXPECT_EQ(-ENOENT, mb_put(self->client, stat.id, "x", 1, 0));
}

TEST_F(direct, self_cannot_be_destroyed)
{
	EXPECT_EQ(-EINVAL, mb_destroy(self->client, SELF));
	EXPECT_EQ(-EINVAL, mb_unlink(self->client, SELF));
	EXPECT_EQ(-EINVAL, mb_destroy(self->client, MAILBOX_ID_NOTIFY));
	EXPECT_EQ(0, put_to(self->client, getpid(), 1, 0));
}

TEST_F(direct, it_counts_against_no_quota)
{
	EXPECT_EQ(0, mb_query_of(self->client, user_mailboxes));
	EXPECT_EQ(0, mb_query_of(self->client, user_bytes));
}

static int call_run(void *argument)
{
	__u32 number = 20, reply = 0;
	struct mailbox_call call = {
		.flags = MAILBOX_TO_PROCESS,
		.id = *(pid_t *)argument,
		.request = { .data = mb_ptr(&number), .length = 4 },
		.reply = { .data = mb_ptr(&reply), .room = 4 },
	};
	int client = mb_client();
	int ret = client < 0 ? client : mb_call(client, &call);

	if (ret)
		return ret;
	return call.reply.pid == call.id ? (int)reply : MB_NOT_A_NUMBER;
}

TEST_F(direct, a_process_can_be_called)
{
	__u32 number = 0;
	struct mailbox_reply_receive both = {
		.id = SELF,
		.message = { .data = mb_ptr(&number), .room = 4 },
	};
	pid_t pid = getpid();

	ASSERT_EQ(0, mb_child_start(&self->child, call_run, &pid));
	ASSERT_EQ(0, mb_reply_receive(self->client, &both));
	EXPECT_EQ(20, number);
	number = 21;
	both.token = both.message.token;
	both.reply = (struct mailbox_message){
		.data = mb_ptr(&number), .length = 4,
	};
	both.flags = MAILBOX_NONBLOCK;
	EXPECT_EQ(-EAGAIN, mb_reply_receive(self->client, &both));
	EXPECT_EQ(21, mb_child_join(&self->child));
}

TEST_F(direct, a_caller_sees_the_peer_die)
{
	pid_t pid;

	ASSERT_EQ(0, peer_start(&self->peer));
	pid = self->peer.child.pid;
	ASSERT_EQ(0, mb_child_start(&self->child, call_run, &pid));
	ASSERT_EQ(0, mb_wait_in_syscall(self->child.pid, SYS_ioctl));
	mb_child_kill(&self->peer.child);
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
}

TEST_F(direct, batches_go_to_processes_too)
{
	__u32 numbers[3] = { 1, 2, 3 };
	struct mailbox_message messages[3] = { };
	struct mailbox_batch batch = {
		.flags = MAILBOX_TO_PROCESS,
		.id = getpid(),
		.messages = mb_ptr(messages),
		.count = 3,
	};

	for (int i = 0; i < 3; i++) {
		messages[i].data = mb_ptr(&numbers[i]);
		messages[i].length = sizeof(numbers[i]);
	}
	EXPECT_EQ(0, mb_send_batch(self->client, &batch));
	EXPECT_EQ(3, batch.done);
	for (int i = 1; i <= 3; i++)
		EXPECT_EQ(i, get_self(self->client,
				      (struct mailbox_receive){ }));
}

TEST_F(direct, a_client_polls_its_self)
{
	EXPECT_EQ(0, mb_poll(self->client, POLLIN | POLLOUT, 0));
	ASSERT_EQ(0, mb_poll_start(&self->child, self->client, POLLIN));
	mb_child_kill(&self->child);
	ASSERT_EQ(0, mb_child_start(&self->child, sender_run, &self->sender));
	EXPECT_EQ(POLLIN, mb_poll(self->client, POLLIN, MB_LIMIT_MS));
	EXPECT_EQ(0, mb_child_join(&self->child));
	EXPECT_EQ(7, get_self(self->client, (struct mailbox_receive){ }));
	EXPECT_EQ(0, mb_poll(self->client, POLLIN, 0));
}

TEST_F(direct, another_network_namespace_is_another_world)
{
	mb_need_namespaces(CLONE_NEWNET);
	EXPECT_EQ(-ESRCH, mb_inside(CLONE_NEWNET, sender_run, &self->sender));
}

static int inner_run(void *argument)
{
	/* the number of the outer process means nothing here */
	struct sender sender = *(struct sender *)argument;
	int client = mb_client();

	if (client < 0)
		return client;
	if (put_to(client, sender.to, 1, 0) != -ESRCH)
		return 1;
	/* we are 1 */
	if (put_to(client, 1, 1, 0))
		return 2;
	return get_self_from(client, 1, 0) == 1 ? 0 : 3;
}

TEST_F(direct, numbers_are_those_of_the_callers_pid_namespace)
{
	mb_need_namespaces(CLONE_NEWPID);
	EXPECT_EQ(0, mb_inside(CLONE_NEWPID, inner_run, &self->sender));
}

/* Processes that come and go while others send to them. */
TEST_F(direct, coming_and_going)
{
	struct sender sender = { .count = 3 };

	for (int i = 0; i < 50; i++) {
		struct mb_child children[3];
		int ret;

		ASSERT_EQ(0, peer_start(&self->peer));
		sender.to = self->peer.child.pid;
		for (int j = 0; j < 3; j++)
			ASSERT_EQ(0, mb_child_start(&children[j], sender_run,
						    &sender));
		if (i & 1)
			mb_child_kill(&self->peer.child);
		else
			EXPECT_EQ(0, peer_quit(&self->peer));
		for (int j = 0; j < 3; j++) {
			ret = mb_child_join(&children[j]);
			EXPECT_TRUE(!ret || ret == -ESRCH || ret == -EPIPE);
		}
		close(self->peer.ready);
		close(self->peer.quit);
	}
}

TEST_HARNESS_MAIN
