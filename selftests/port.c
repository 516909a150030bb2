// SPDX-License-Identifier: GPL-2.0-only
/*
 * Connection ports, and the channels that come of them.
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/time.h>

#include "lib/test.h"
#include "lib/transfer.h"

#define NAME		"port"
#define GREETING	"hello"
#define RIGHTS		(MAILBOX_RIGHT_RECEIVE | MAILBOX_RIGHT_MANAGE)

static int port_listen(int client, struct mailbox_listen *listen)
{
	listen->port.size = sizeof(*listen);
	return mb_ioctl(client, MAILBOX_IOC_LISTEN, listen);
}

static int port_connect(int client, struct mailbox_connect *connect)
{
	connect->size = sizeof(*connect);
	return mb_ioctl(client, MAILBOX_IOC_CONNECT, connect);
}

static int port_accept(int fd, struct mailbox_accept *accept)
{
	accept->size = sizeof(*accept);
	return mb_ioctl(fd, MAILBOX_IOC_ACCEPT, accept);
}

static int port_reject(int fd, __u64 token, __u32 reason)
{
	struct mailbox_reject reject = {
		.size = sizeof(reject), .token = token, .reason = reason,
	};

	return mb_ioctl(fd, MAILBOX_IOC_REJECT, &reject);
}

static int endpoint_shutdown(int fd, __u32 rights)
{
	struct mailbox_shutdown shutdown = {
		.size = sizeof(shutdown), .rights = rights,
	};

	return mb_ioctl(fd, MAILBOX_IOC_SHUTDOWN, &shutdown);
}

/* Accepts the next request: the endpoint, or -errno. */
static int accept_next(int port, __u32 flags)
{
	char greeting[MAILBOX_GREETING_MAX];
	struct mailbox_accept accept = {
		.flags = flags,
		.message = { .data = mb_ptr(greeting), .room = sizeof(greeting) },
	};
	int ret = port_accept(port, &accept);

	if (!ret && accept.token)
		return -EPROTO;
	return ret ? ret : accept.fd;
}

/* Receives a request without answering it: its token, or 0. */
static __u64 request_take(int port, __u32 flags)
{
	char greeting[MAILBOX_GREETING_MAX];
	struct mailbox_receive receive = {
		.flags = flags,
		.message = { .data = mb_ptr(greeting), .room = sizeof(greeting) },
	};

	if (mb_receive(port, &receive) ||
	    receive.message.info != MAILBOX_INFO_CONNECT)
		return 0;
	return receive.message.token;
}

static struct mailbox_connect by_name(void)
{
	return (struct mailbox_connect){
		.flags = MAILBOX_CONNECT_NAME,
		.name = mb_ptr(NAME), .name_length = strlen(NAME),
		.greeting = mb_ptr(GREETING),
		.greeting_length = strlen(GREETING),
	};
}

/* What a child does that connects: the number it receives, or -errno. */
struct visitor {
	struct mailbox_connect connect;
	int (*then)(int endpoint, void *argument);
	void *argument;
	int not_ours;		/* a descriptor to close first, unless 0 */
};

static int visitor_run(void *argument)
{
	struct visitor *visitor = argument;
	struct mailbox_connect connect = visitor->connect;
	int client = mb_client();
	int ret;

	if (visitor->not_ours)
		close(visitor->not_ours);
	ret = client < 0 ? client : port_connect(client, &connect);
	if (ret == -ECONNREFUSED)
		return connect.fd == -1 ? -10000 - (int)connect.reason : 1;
	if (ret)
		return ret;
	return visitor->then ? visitor->then(connect.fd, visitor->argument) : 0;
}

FIXTURE(port) {
	int client;
	int port;
	__u64 id;
	struct visitor visitor;
	struct mb_child child;
};

static int port_make(int client, struct mailbox_listen listen, __u64 *id)
{
	int ret;

	listen.port.rights = RIGHTS;
	ret = port_listen(client, &listen);
	if (ret)
		return ret;
	if (id)
		*id = listen.port.id;
	return listen.port.fd;
}

FIXTURE_SETUP(port)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->port = port_make(self->client, (struct mailbox_listen){
		.port = {
			.name = mb_ptr(NAME), .name_length = strlen(NAME),
			.capacity = 4,
		},
		.channel_capacity = 2,
	}, &self->id);
	ASSERT_LE(0, self->port);
	self->visitor.connect = by_name();
}

FIXTURE_TEARDOWN(port)
{
	close(self->port);
	close(self->client);
}

/* A channel between two descriptors of this process: @ours accepted it. */
struct pair {
	int ours;
	int theirs;
};

struct acceptor {
	int port;
	int socket;
};

/* Accepts in a child and hands the endpoint over. */
static int acceptor_run(void *argument)
{
	const struct acceptor *acceptor = argument;
	int endpoint = accept_next(acceptor->port, 0);

	return endpoint < 0 ? endpoint :
			      mb_fd_send(acceptor->socket, endpoint);
}

static int pair_make(struct pair *pair, int client, int port, __u64 id)
{
	struct mailbox_connect connect = { .id = id };
	struct acceptor acceptor = { .port = port };
	struct mb_child child;
	int sockets[2], ret;

	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		return -errno;
	acceptor.socket = sockets[1];
	ret = mb_child_start(&child, acceptor_run, &acceptor);
	if (ret)
		return ret;
	ret = port_connect(client, &connect);
	if (ret)
		return ret;
	pair->theirs = connect.fd;
	pair->ours = mb_fd_receive(sockets[0]);
	close(sockets[0]);
	close(sockets[1]);
	ret = mb_child_join(&child);
	return ret ? ret : pair->ours < 0 ? pair->ours : 0;
}

static void pair_close(struct pair *pair)
{
	close(pair->ours);
	close(pair->theirs);
}

#define ASSERT_PAIR(pair)						\
	ASSERT_EQ(0, pair_make(pair, self->client, self->port, self->id))

/* Connecting */

static int echo_once(int endpoint, void *argument)
{
	int number = mb_get_number(endpoint, 0);

	return number < 0 ? number : mb_put_number(endpoint, number + 1, 0, 0);
}

TEST_F(port, both_sides_talk)
{
	int endpoint;

	self->visitor.then = echo_once;
	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	endpoint = accept_next(self->port, 0);
	ASSERT_LE(0, endpoint);
	EXPECT_EQ(0, mb_put_number(endpoint, 41, 0, 0));
	EXPECT_EQ(42, mb_get_number(endpoint, 0));
	EXPECT_EQ(0, mb_child_join(&self->child));
	close(endpoint);
}

static int peer_is_parent(int endpoint, void *argument)
{
	struct mailbox_stat stat;
	int ret = mb_stat(endpoint, 0, &stat);

	if (ret)
		return ret;
	return stat.peer_pid == (__u32)getppid() &&
	       stat.peer_uid == geteuid() && stat.peer_gid == getegid() ? 0 : 1;
}

TEST_F(port, each_learns_who_the_other_is)
{
	char greeting[MAILBOX_GREETING_MAX];
	struct mailbox_accept accept = {
		.message = { .data = mb_ptr(greeting), .room = sizeof(greeting) },
	};
	struct mailbox_stat stat;

	self->visitor.then = peer_is_parent;
	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	ASSERT_EQ(0, port_accept(self->port, &accept));
	EXPECT_EQ(0, accept.token);
	EXPECT_EQ(MAILBOX_INFO_CONNECT, accept.message.info);
	EXPECT_EQ(self->child.pid, accept.message.pid);
	EXPECT_EQ(geteuid(), accept.message.uid);
	ASSERT_EQ(strlen(GREETING), accept.message.length);
	EXPECT_EQ(0, memcmp(greeting, GREETING, strlen(GREETING)));
	ASSERT_EQ(0, mb_stat(accept.fd, 0, &stat));
	EXPECT_EQ(self->child.pid, stat.peer_pid);
	EXPECT_EQ(0, mb_child_join(&self->child));
	/* as of the connection, although it has gone */
	ASSERT_EQ(0, mb_stat(accept.fd, 0, &stat));
	EXPECT_EQ(self->child.pid, stat.peer_pid);
	close(accept.fd);
}

static int accept_child_run(void *argument)
{
	int endpoint = accept_next(*(int *)argument, 0);

	return endpoint < 0 ? endpoint : 0;
}

TEST_F(port, the_connecting_side_learns_who_accepted)
{
	struct mailbox_connect connect = { .id = self->id };

	ASSERT_EQ(0, mb_child_start(&self->child, accept_child_run,
				    &self->port));
	ASSERT_EQ(0, port_connect(self->client, &connect));
	EXPECT_EQ(self->child.pid, connect.pid);
	EXPECT_EQ(geteuid(), connect.uid);
	EXPECT_EQ(getegid(), connect.gid);
	EXPECT_EQ(self->id, connect.id);
	EXPECT_EQ(FD_CLOEXEC, fcntl(connect.fd, F_GETFD));
	EXPECT_EQ(0, mb_child_join(&self->child));
	close(connect.fd);
}

TEST_F(port, a_request_is_looked_at_and_then_accepted)
{
	struct mailbox_accept accept = { };

	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	EXPECT_EQ(POLLIN, mb_poll(self->port, POLLIN, MB_LIMIT_MS));
	accept.token = request_take(self->port, 0);
	ASSERT_NE(0, accept.token);
	EXPECT_FALSE(mb_child_done(&self->child));
	EXPECT_EQ(0, port_accept(self->port, &accept));
	EXPECT_EQ(0, accept.token);
	EXPECT_EQ(0, mb_child_join(&self->child));
	close(accept.fd);
}

TEST_F(port, a_request_is_rejected_with_a_reason)
{
	__u64 token;

	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	token = request_take(self->port, 0);
	EXPECT_EQ(0, port_reject(self->port, token, 77));
	EXPECT_EQ(-10077, mb_child_join(&self->child));
	EXPECT_EQ(-ESTALE, port_reject(self->port, token, 77));
}

TEST_F(port, a_port_used_by_id)
{
	struct mailbox_listen listen = {
		.port = { .flags = MAILBOX_CREATE_NOFD, .capacity = 1 },
	};
	struct mailbox_accept accept = { };

	ASSERT_EQ(0, port_listen(self->client, &listen));
	EXPECT_EQ(-1, listen.port.fd);
	self->visitor.connect = (struct mailbox_connect){ .id = listen.port.id };
	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	accept.id = listen.port.id;
	EXPECT_EQ(0, port_accept(self->client, &accept));
	EXPECT_EQ(0, mb_child_join(&self->child));
	close(accept.fd);
	EXPECT_EQ(0, mb_destroy(self->client, listen.port.id));
}

TEST_F(port, requests_queue_up_and_then_their_senders)
{
	struct mb_child children[6];

	for (int i = 0; i < 6; i++)
		ASSERT_EQ(0, mb_child_start(&children[i], visitor_run,
					    &self->visitor));
	ASSERT_EQ(0, mb_wait_messages(self->port, 0, 4));
	ASSERT_EQ(0, mb_wait_senders(self->port, 0, 2));
	for (int i = 0; i < 6; i++) {
		int endpoint = accept_next(self->port, 0);

		EXPECT_LE(0, endpoint);
		close(endpoint);
	}
	for (int i = 0; i < 6; i++)
		EXPECT_EQ(0, mb_child_join(&children[i]));
}

/* When it does not work out */

TEST_F(port, nothing_there)
{
	struct mailbox_connect connect = by_name();

	connect.name = mb_ptr("nobody");
	connect.name_length = 6;
	EXPECT_EQ(-ENOENT, port_connect(self->client, &connect));
	connect = (struct mailbox_connect){ .id = MB_ID_UNUSED };
	EXPECT_EQ(-ENOENT, port_connect(self->client, &connect));
}

TEST_F(port, a_mailbox_is_not_a_port)
{
	struct mailbox_connect connect = { };
	struct mailbox_accept accept = { .flags = MAILBOX_NONBLOCK };
	int box = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	connect.id = mb_id(box);
	EXPECT_EQ(-EINVAL, port_connect(self->client, &connect));
	EXPECT_EQ(-EINVAL, port_accept(box, &accept));
	EXPECT_EQ(-EINVAL, port_reject(box, 1, 0));
	close(box);
}

TEST_F(port, permission)
{
	EXPECT_EQ(-EACCES, mb_as_uid(1234, visitor_run, &self->visitor));
	ASSERT_EQ(0, mb_set_mode(self->client, self->id, 0622));
	self->visitor.connect.flags |= MAILBOX_DEADLINE;
	self->visitor.connect.clock = MAILBOX_CLOCK_MONOTONIC;
	EXPECT_EQ(-ETIMEDOUT, mb_as_uid(1234, visitor_run, &self->visitor));
}

TEST_F(port, a_deadline_takes_the_request_back)
{
	struct mailbox_connect connect = by_name();

	connect.flags |= MAILBOX_DEADLINE;
	connect.clock = MAILBOX_CLOCK_MONOTONIC;
	connect.deadline = mb_now_ns(CLOCK_MONOTONIC) + 10000000;
	EXPECT_EQ(-ETIMEDOUT, port_connect(self->client, &connect));
	EXPECT_EQ(-EAGAIN, accept_next(self->port, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_query_of(self->client, user_mailboxes));
}

TEST_F(port, a_visitor_who_dies_before_he_is_seen)
{
	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	ASSERT_EQ(0, mb_wait_messages(self->port, 0, 1));
	mb_child_kill(&self->child);
	EXPECT_EQ(-EAGAIN, accept_next(self->port, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_query_of(self->client, user_mailboxes));
}

TEST_F(port, a_visitor_who_dies_before_he_is_accepted)
{
	struct mailbox_accept accept = { };

	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	accept.token = request_take(self->port, 0);
	ASSERT_NE(0, accept.token);
	mb_child_kill(&self->child);
	EXPECT_EQ(-ESTALE, port_accept(self->port, &accept));
	EXPECT_EQ(0, accept.token);
	EXPECT_EQ(1, mb_query_of(self->client, user_mailboxes));
}

TEST_F(port, a_visitor_who_dies_after_he_is_accepted)
{
	int endpoint;

	self->visitor.then = echo_once;
	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	endpoint = accept_next(self->port, 0);
	ASSERT_LE(0, endpoint);
	mb_child_kill(&self->child);
	EXPECT_EQ(-EPIPE, mb_get_number(endpoint, 0));
	EXPECT_EQ(-EPIPE, mb_put_number(endpoint, 1, 0, 0));
	close(endpoint);
	EXPECT_EQ(1, mb_query_of(self->client, user_mailboxes));
}

TEST_F(port, a_port_that_is_closed)
{
	self->visitor.not_ours = self->port;
	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	ASSERT_EQ(0, mb_wait_messages(self->port, 0, 1));
	close(self->port);
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
}

TEST_F(port, a_port_that_is_destroyed)
{
	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	ASSERT_EQ(0, mb_wait_messages(self->port, 0, 1));
	EXPECT_EQ(0, mb_destroy(self->port, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
	EXPECT_EQ(-EIDRM, accept_next(self->port, 0));
}

static int take_and_die(void *argument)
{
	return request_take(*(int *)argument, 0) ? 0 : 1;
}

TEST_F(port, a_server_that_dies_with_the_request)
{
	struct mb_child server;

	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	ASSERT_EQ(0, mb_child_start(&server, take_and_die, &self->port));
	EXPECT_EQ(0, mb_child_join(&server));
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
}

TEST_F(port, a_request_is_answered_by_who_received_it)
{
	struct mailbox_accept accept = { };
	struct mb_child other;
	__u64 token;

	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	token = request_take(self->port, 0);
	accept.token = token;
	accept.size = sizeof(accept);
	ASSERT_EQ(0, mb_call_start(&other, self->port, MAILBOX_IOC_ACCEPT,
				   &accept));
	EXPECT_EQ(-ESTALE, mb_child_join(&other));
	EXPECT_EQ(0, port_reject(self->port, token, 3));
	EXPECT_EQ(-10003, mb_child_join(&self->child));
}

static void on_alarm(int number)
{
}

TEST_F(port, a_signal_takes_the_request_back)
{
	struct mailbox_connect connect = by_name();
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval timer = {
		.it_value.tv_usec = 20000, .it_interval.tv_usec = 20000,
	};

	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &timer, NULL));
	EXPECT_EQ(-EINTR, port_connect(self->client, &connect));
	timer = (struct itimerval){ };
	setitimer(ITIMER_REAL, &timer, NULL);
	EXPECT_EQ(-EAGAIN, accept_next(self->port, MAILBOX_NONBLOCK));
}

TEST_F(port, without_descriptors_the_request_stays)
{
	struct rlimit before, none;
	struct mailbox_accept accept = { };
	char greeting[16];
	__u64 token;

	accept.message.data = mb_ptr(greeting);
	accept.message.room = sizeof(greeting);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &before));
	none = before;
	none.rlim_cur = 3;
	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-EMFILE, port_accept(self->port, &accept));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &before));
	token = accept.token;
	EXPECT_NE(0, token);
	/* the same structure again goes on */
	EXPECT_EQ(0, port_accept(self->port, &accept));
	EXPECT_EQ(0, accept.token);
	EXPECT_EQ(0, mb_child_join(&self->child));
	close(accept.fd);
}

TEST_F(port, greetings_have_a_length)
{
	char long_one[MAILBOX_GREETING_MAX + 1] = { 0 };
	struct mailbox_connect connect = by_name();
	int small = port_make(self->client, (struct mailbox_listen){
		.port = {
			.flags = MAILBOX_CREATE_MAX_MESSAGE, .capacity = 1,
			.max_message = 4,
		},
	}, &connect.id);

	ASSERT_LE(0, small);
	connect.greeting = mb_ptr(long_one);
	connect.greeting_length = sizeof(long_one);
	EXPECT_EQ(-EINVAL, port_connect(self->client, &connect));
	connect.flags = 0;
	connect.name = 0;
	connect.name_length = 0;
	connect.greeting_length = 5;
	EXPECT_EQ(-EMSGSIZE, port_connect(self->client, &connect));
	connect.greeting = 1;
	connect.greeting_length = 4;
	EXPECT_EQ(-EFAULT, port_connect(self->client, &connect));
	EXPECT_EQ(2, mb_query_of(self->client, user_mailboxes));
	close(small);
}

TEST_F(port, only_requests_go_in)
{
	__u32 number = 0;
	struct mailbox_call call = {
		.id = self->id,
		.request = { .data = mb_ptr(&number), .length = 4 },
	};
	struct mailbox_reply reply = { };

	EXPECT_EQ(-EINVAL, mb_put(self->client, self->id, "x", 1, 0));
	EXPECT_EQ(-EINVAL, mb_call(self->client, &call));
	EXPECT_EQ(-EBADF, mb_put(self->port, 0, "x", 1, 0));
	EXPECT_EQ(-EINVAL, mb_open_id(self->client, self->id,
				      MAILBOX_RIGHT_SEND));
	ASSERT_EQ(0, mb_child_start(&self->child, visitor_run, &self->visitor));
	reply.token = request_take(self->port, 0);
	EXPECT_EQ(-EINVAL, mb_reply(self->port, &reply));
	EXPECT_EQ(0, port_reject(self->port, reply.token, 1));
	EXPECT_EQ(-10001, mb_child_join(&self->child));
}

TEST_F(port, stat_says_that_it_is_one)
{
	EXPECT_EQ(MAILBOX_STAT_PORT, mb_stat_of(self->port, create_flags));
	EXPECT_EQ(4, mb_stat_of(self->port, capacity));
	EXPECT_EQ(MAILBOX_GREETING_MAX, mb_stat_of(self->port, max_message));
}

TEST_F(port, bad_ports)
{
	struct mailbox_listen good = {
		.port = { .capacity = 1, .rights = RIGHTS },
	};
	struct mailbox_listen bad;

#define EXPECT_REFUSED(change) do {					\
	bad = good;							\
	change;								\
	EXPECT_EQ(-EINVAL, port_listen(self->client, &bad));		\
} while (0)
	EXPECT_REFUSED(bad.port.rights |= MAILBOX_RIGHT_SEND);
	EXPECT_REFUSED(bad.port.rights = MAILBOX_RIGHT_MANAGE);
	EXPECT_REFUSED(bad.port.policy = MAILBOX_POLICY_PAIR);
	EXPECT_REFUSED((bad.port.policy = MAILBOX_POLICY_ALL,
			bad.port.max_receivers = 1));
	EXPECT_REFUSED((bad.port.flags = MAILBOX_CREATE_UNBOUNDED,
			bad.port.capacity = 0));
	EXPECT_REFUSED(bad.port.flags = MAILBOX_CREATE_KEEP_BY_SENDERS);
	EXPECT_REFUSED((bad.port.flags = MAILBOX_CREATE_MAX_MESSAGE,
			bad.port.max_message = MAILBOX_GREETING_MAX + 1));
	EXPECT_REFUSED(bad.channel_capacity = MAILBOX_CAPACITY_MAX + 1);
	EXPECT_REFUSED(bad.channel_max_message = MAILBOX_MESSAGE_MAX + 1);
	bad = good;
	bad.port.size = sizeof(bad) - 1;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->client, MAILBOX_IOC_LISTEN, &bad));
	bad = good;
	bad.port.name = mb_ptr(NAME);
	bad.port.name_length = strlen(NAME);
	EXPECT_EQ(-EEXIST, port_listen(self->client, &bad));
#undef EXPECT_REFUSED
}

TEST_F(port, bad_connects)
{
	struct mailbox_connect good = by_name();
	struct mailbox_connect bad;

#define EXPECT_REFUSED(change) do {					\
	bad = good;							\
	change;								\
	EXPECT_EQ(-EINVAL, port_connect(self->client, &bad));		\
} while (0)
	EXPECT_REFUSED(bad.flags |= MAILBOX_NONBLOCK);
	EXPECT_REFUSED(bad.flags |= 1U << 9);
	EXPECT_REFUSED(bad.flags = 0);
	EXPECT_REFUSED(bad.name_length = 0);
	EXPECT_REFUSED(bad.name_length = MAILBOX_NAME_MAX + 1);
	EXPECT_REFUSED(bad.handle_flags = MAILBOX_HANDLE_EOF);
	EXPECT_REFUSED(bad.deadline = 1);
	EXPECT_REFUSED(bad.clock = 1);
	EXPECT_REFUSED(bad.reserved = 1);
	EXPECT_REFUSED((bad.flags |= MAILBOX_DEADLINE, bad.deadline = -1));
	bad = good;
	bad.size = sizeof(bad) - 1;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->client, MAILBOX_IOC_CONNECT, &bad));
	EXPECT_EQ(-ENOTTY, port_connect(self->port, &good));
#undef EXPECT_REFUSED
}

TEST_F(port, bad_answers)
{
	struct mailbox_accept accept = { .token = 12345 };
	struct mailbox_reject reject = { .size = sizeof(reject) };

	EXPECT_EQ(-ESTALE, port_accept(self->port, &accept));
	accept.handle_flags = MAILBOX_HANDLE_EOF;
	EXPECT_EQ(-EINVAL, port_accept(self->port, &accept));
	accept.handle_flags = 0;
	accept.reserved = 1;
	EXPECT_EQ(-EINVAL, port_accept(self->port, &accept));
	accept.reserved = 0;
	accept.token = 0;
	accept.flags = MAILBOX_NONBLOCK;
	EXPECT_EQ(-EAGAIN, port_accept(self->port, &accept));
	EXPECT_EQ(-ESTALE, port_reject(self->port, 1, 0));
	reject.reserved = 1;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->port, MAILBOX_IOC_REJECT, &reject));
	reject.reserved = 0;
	reject.flags = 1;
	EXPECT_EQ(-EINVAL, mb_ioctl(self->port, MAILBOX_IOC_REJECT, &reject));
}

/* Channels */

TEST_F(port, a_channel_is_as_large_as_the_port_says)
{
	struct pair pair;

	ASSERT_PAIR(&pair);
	EXPECT_EQ(0, mb_put_number(pair.ours, 1, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_put_number(pair.ours, 2, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_put_number(pair.ours, 3, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_put_number(pair.theirs, 9, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_number(pair.theirs, 0));
	EXPECT_EQ(2, mb_get_number(pair.theirs, 0));
	EXPECT_EQ(9, mb_get_number(pair.ours, 0));
	pair_close(&pair);
}

TEST_F(port, a_channel_can_be_a_rendezvous)
{
	struct pair pair;
	__u64 id;
	int port = port_make(self->client, (struct mailbox_listen){
		.port = { .capacity = 1 },
		.channel_max_message = 4,
	}, &id);

	ASSERT_EQ(0, pair_make(&pair, self->client, port, id));
	EXPECT_EQ(-EAGAIN, mb_put_number(pair.ours, 1, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EMSGSIZE, mb_put(pair.ours, 0, "hello", 5,
				    MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_get_number_start(&self->child, pair.theirs, 0));
	EXPECT_EQ(0, mb_put_number(pair.ours, 7, 0, 0));
	EXPECT_EQ(7, mb_child_join(&self->child));
	pair_close(&pair);
	close(port);
}

static int answer_once(void *argument)
{
	__u32 number;
	struct mailbox_receive receive = {
		.message = { .data = mb_ptr(&number), .room = sizeof(number) },
	};
	int endpoint = *(int *)argument;
	int ret = mb_receive(endpoint, &receive);
	struct mailbox_reply reply = {
		.token = receive.message.token,
		.message = { .data = mb_ptr(&number), .length = sizeof(number) },
	};

	number++;
	return ret ? ret : mb_reply(endpoint, &reply);
}

static int call_over(int endpoint, __u32 number)
{
	__u32 reply;
	struct mailbox_call call = {
		.request = { .data = mb_ptr(&number), .length = 4 },
		.reply = { .data = mb_ptr(&reply), .room = 4 },
	};
	int ret = mb_call(endpoint, &call);

	return ret ? ret : (int)reply;
}

TEST_F(port, calls_run_both_ways)
{
	struct pair pair;

	ASSERT_PAIR(&pair);
	ASSERT_EQ(0, mb_child_start(&self->child, answer_once, &pair.ours));
	EXPECT_EQ(11, call_over(pair.theirs, 10));
	EXPECT_EQ(0, mb_child_join(&self->child));
	ASSERT_EQ(0, mb_child_start(&self->child, answer_once, &pair.theirs));
	EXPECT_EQ(21, call_over(pair.ours, 20));
	EXPECT_EQ(0, mb_child_join(&self->child));
	pair_close(&pair);
}

struct over {
	int endpoint;
	int not_ours;
	__u32 number;
};

static int call_over_run(void *argument)
{
	const struct over *over = argument;

	close(over->not_ours);
	return call_over(over->endpoint, over->number);
}

TEST_F(port, a_call_ends_when_the_other_end_is_closed)
{
	struct pair pair;
	struct over over;

	ASSERT_PAIR(&pair);
	over = (struct over){ pair.theirs, pair.ours, 1 };
	ASSERT_EQ(0, mb_child_start(&self->child, call_over_run, &over));
	ASSERT_EQ(0, mb_wait_messages(pair.ours, 0, 1));
	close(pair.ours);
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
	close(pair.theirs);
}

TEST_F(port, read_and_write)
{
	struct pair pair;
	char buffer[8];

	ASSERT_PAIR(&pair);
	EXPECT_EQ(3, write(pair.ours, "abc", 3));
	EXPECT_EQ(3, read(pair.theirs, buffer, sizeof(buffer)));
	EXPECT_EQ(0, memcmp(buffer, "abc", 3));
	EXPECT_EQ(2, write(pair.theirs, "de", 2));
	EXPECT_EQ(2, read(pair.ours, buffer, sizeof(buffer)));
	EXPECT_EQ(2, write(pair.theirs, "fg", 2));
	close(pair.theirs);
	EXPECT_EQ(2, read(pair.ours, buffer, sizeof(buffer)));
	EXPECT_EQ(0, read(pair.ours, buffer, sizeof(buffer)));
	EXPECT_EQ(-1, write(pair.ours, "x", 1));
	EXPECT_EQ(EPIPE, errno);
	close(pair.ours);
}

TEST_F(port, poll_of_an_endpoint)
{
	struct pair pair;

	ASSERT_PAIR(&pair);
	EXPECT_EQ(POLLOUT, mb_poll(pair.ours, POLLIN | POLLOUT, 0));
	EXPECT_EQ(0, mb_put_number(pair.theirs, 1, 0, 0));
	EXPECT_EQ(POLLIN | POLLOUT, mb_poll(pair.ours, POLLIN | POLLOUT, 0));
	EXPECT_EQ(0, mb_put_number(pair.ours, 1, 0, 0));
	EXPECT_EQ(0, mb_put_number(pair.ours, 2, 0, 0));
	EXPECT_EQ(POLLIN, mb_poll(pair.ours, POLLIN | POLLOUT, 0));
	EXPECT_EQ(1, mb_get_number(pair.ours, 0));
	EXPECT_EQ(0, mb_poll(pair.ours, POLLIN | POLLOUT, 0));
	ASSERT_EQ(0, mb_poll_start(&self->child, pair.ours, POLLIN));
	ASSERT_EQ(0, mb_poll_asleep(&self->child));
	close(pair.theirs);
	EXPECT_LT(0, mb_child_join(&self->child) & POLLHUP);
	EXPECT_LT(0, mb_poll(pair.ours, POLLIN, 0) & POLLHUP);
	close(pair.ours);
}

TEST_F(port, half_closed_for_sending)
{
	struct pair pair;

	ASSERT_PAIR(&pair);
	EXPECT_EQ(0, mb_put_number(pair.ours, 1, 0, 0));
	EXPECT_EQ(0, endpoint_shutdown(pair.ours, MAILBOX_RIGHT_SEND));
	EXPECT_EQ(-EBADF, mb_put_number(pair.ours, 2, 0, 0));
	EXPECT_EQ(-EBADF, endpoint_shutdown(pair.ours, MAILBOX_RIGHT_SEND));
	EXPECT_EQ(1, mb_get_number(pair.theirs, 0));
	EXPECT_EQ(-EPIPE, mb_get_number(pair.theirs, 0));
	/* the other direction is untouched */
	EXPECT_EQ(0, mb_put_number(pair.theirs, 3, 0, 0));
	EXPECT_EQ(3, mb_get_number(pair.ours, 0));
	pair_close(&pair);
}

TEST_F(port, half_closed_for_receiving)
{
	struct pair pair;

	ASSERT_PAIR(&pair);
	EXPECT_EQ(0, endpoint_shutdown(pair.ours, MAILBOX_RIGHT_RECEIVE));
	EXPECT_EQ(-EBADF, mb_get_number(pair.ours, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EPIPE, mb_put_number(pair.theirs, 1, 0, 0));
	EXPECT_EQ(0, mb_put_number(pair.ours, 2, 0, 0));
	EXPECT_EQ(2, mb_get_number(pair.theirs, 0));
	EXPECT_EQ(0, endpoint_shutdown(pair.ours, MAILBOX_RIGHT_SEND));
	EXPECT_EQ(-EPIPE, mb_get_number(pair.theirs, 0));
	pair_close(&pair);
	EXPECT_EQ(1, mb_query_of(self->client, user_mailboxes));
}

TEST_F(port, a_waiting_receiver_sees_the_half_close)
{
	struct pair pair;

	ASSERT_PAIR(&pair);
	ASSERT_EQ(0, mb_get_number_start(&self->child, pair.theirs, 0));
	ASSERT_EQ(0, mb_wait_receivers(pair.theirs, 0, 1));
	EXPECT_EQ(0, endpoint_shutdown(pair.ours, MAILBOX_RIGHT_SEND));
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
	pair_close(&pair);
}

TEST_F(port, what_cannot_be_shut_down)
{
	struct pair pair;
	struct mailbox_shutdown shutdown = {
		.size = sizeof(shutdown), .rights = MAILBOX_RIGHT_SEND,
		.reserved = 1,
	};
	int box = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	ASSERT_PAIR(&pair);
	EXPECT_EQ(-EINVAL, endpoint_shutdown(box, MAILBOX_RIGHT_SEND));
	EXPECT_EQ(-EINVAL, endpoint_shutdown(self->port,
					     MAILBOX_RIGHT_RECEIVE));
	EXPECT_EQ(-EINVAL, endpoint_shutdown(pair.ours, 0));
	EXPECT_EQ(-EINVAL, endpoint_shutdown(pair.ours, MAILBOX_RIGHT_MANAGE));
	EXPECT_EQ(-EINVAL, mb_ioctl(pair.ours, MAILBOX_IOC_SHUTDOWN,
				    &shutdown));
	EXPECT_EQ(-ENOTTY, endpoint_shutdown(self->client,
					     MAILBOX_RIGHT_SEND));
	EXPECT_EQ(0, mb_put_number(pair.ours, 1, 0, 0));
	close(box);
	pair_close(&pair);
}

TEST_F(port, restricted_endpoints)
{
	struct pair pair;
	int sender, receiver;

	ASSERT_PAIR(&pair);
	sender = mb_narrow(pair.ours, MAILBOX_RIGHT_SEND);
	receiver = mb_narrow(pair.ours, MAILBOX_RIGHT_RECEIVE);
	ASSERT_LE(0, sender);
	ASSERT_LE(0, receiver);
	close(pair.ours);
	EXPECT_EQ(-EBADF, mb_get_number(sender, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_put_number(sender, 1, 0, 0));
	EXPECT_EQ(1, mb_get_number(pair.theirs, 0));
	EXPECT_EQ(0, mb_put_number(pair.theirs, 2, 0, 0));
	EXPECT_EQ(2, mb_get_number(receiver, 0));
	EXPECT_EQ(getpid(), mb_stat_of(receiver, peer_pid));
	close(sender);
	EXPECT_EQ(-EPIPE, mb_get_number(pair.theirs, 0));
	EXPECT_EQ(0, mb_put_number(pair.theirs, 2, 0, 0));
	close(receiver);
	EXPECT_EQ(-EPIPE, mb_put_number(pair.theirs, 2, 0, 0));
	close(pair.theirs);
}

TEST_F(port, nobody_else_gets_at_a_channel)
{
	struct pair pair;
	__u64 ids[8];
	struct mailbox_list list = { .ids = mb_ptr(ids), .count = 8 };

	ASSERT_PAIR(&pair);
	EXPECT_EQ(-ENOENT, mb_put(self->client, mb_id(pair.ours), "x", 1, 0));
	EXPECT_EQ(-ENOENT, mb_open_id(self->client, mb_id(pair.ours),
				      MAILBOX_RIGHT_RECEIVE));
	EXPECT_EQ(-EBADF, mb_destroy(pair.ours, 0));
	ASSERT_EQ(0, mb_list(self->client, &list));
	EXPECT_EQ(1, list.count);
	EXPECT_EQ(self->id, ids[0]);
	pair_close(&pair);
}

TEST_F(port, a_channel_counts_for_who_connected)
{
	struct pair pair;
	__u64 bytes = mb_query_of(self->client, user_bytes);

	ASSERT_PAIR(&pair);
	EXPECT_EQ(3, mb_query_of(self->client, user_mailboxes));
	close(pair.ours);
	close(pair.theirs);
	EXPECT_EQ(1, mb_query_of(self->client, user_mailboxes));
	EXPECT_EQ(bytes, mb_query_of(self->client, user_bytes));
}

static int event_of(int client)
{
	struct mailbox_event event;
	int ret = mb_get(client, MAILBOX_ID_NOTIFY, &event, sizeof(event), 0);

	return ret < 0 ? ret : (int)event.type;
}

TEST_F(port, events_of_an_endpoint)
{
	struct mailbox_notify notify = {
		.size = sizeof(notify), .events = MAILBOX_EVENT_DESTROYED,
	};
	struct pair pair;

	ASSERT_PAIR(&pair);
	ASSERT_EQ(0, mb_ioctl(pair.ours, MAILBOX_IOC_NOTIFY, &notify));
	notify.events = MAILBOX_EVENT_NO_SENDERS;
	ASSERT_EQ(0, mb_ioctl(pair.ours, MAILBOX_IOC_NOTIFY, &notify));
	notify.events |= MAILBOX_EVENT_DESTROYED;
	EXPECT_EQ(-EINVAL, mb_ioctl(pair.ours, MAILBOX_IOC_NOTIFY, &notify));
	EXPECT_EQ(0, mb_poll(self->client, POLLIN, 0));
	close(pair.theirs);
	EXPECT_EQ(MAILBOX_EVENT_DESTROYED | MAILBOX_EVENT_NO_SENDERS,
		  event_of(self->client) | event_of(self->client));
	close(pair.ours);
}

/* Visitors come and are killed, and servers are. */
static int visit_for_ever(void *argument)
{
	struct visitor *visitor = argument;

	for (;;) {
		struct mailbox_connect connect = visitor->connect;
		int client = mb_client();
		int ret = port_connect(client, &connect);

		if (ret && ret != -ECONNREFUSED && ret != -EPIPE)
			return ret;
		if (!ret) {
			ret = call_over(connect.fd, 5);
			if (ret != 6 && ret != -EPIPE)
				return ret;
			close(connect.fd);
		}
		close(client);
	}
}

static int serve_for_ever(void *argument)
{
	for (;;) {
		int endpoint = accept_next(*(int *)argument, 0);
		int ret;

		if (endpoint == -ESTALE)
			continue;
		if (endpoint < 0)
			return endpoint;
		ret = answer_once(&endpoint);
		if (ret && ret != -EPIPE && ret != -ESTALE)
			return ret;
		close(endpoint);
	}
}

TEST_F(port, coming_and_going)
{
	struct mb_child visitors[3], servers[2];

	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_child_start(&visitors[i], visit_for_ever,
					    &self->visitor));
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, mb_child_start(&servers[i], serve_for_ever,
					    &self->port));
	for (int i = 0; i < 60; i++) {
		struct mb_child *child = i % 3 ? &visitors[i % 9 / 3] :
						 &servers[i / 3 % 2];

		for (int j = 0; j < i % 7; j++)
			mb_pause();
		ASSERT_FALSE(mb_child_done(child));
		mb_child_kill(child);
		ASSERT_EQ(0, i % 3 ? mb_child_start(child, visit_for_ever,
						    &self->visitor) :
				     mb_child_start(child, serve_for_ever,
						    &self->port));
	}
	for (int i = 0; i < 3; i++)
		mb_child_kill(&visitors[i]);
	for (int i = 0; i < 2; i++)
		mb_child_kill(&servers[i]);
	EXPECT_EQ(0, mb_until(mb_query_of(self->client, user_mailboxes) == 1));
}

TEST_HARNESS_MAIN
