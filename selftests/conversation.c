// SPDX-License-Identifier: GPL-2.0-only
/*
 * libmailbox's calls, direct communication, ports and events: that each function
 * makes the call it stands for, and what the library adds to it.
 */
#include "lib/test.h"

#include <mailbox.h>

#include <pthread.h>
#include <sys/resource.h>
#include <sys/syscall.h>

FIXTURE(conversation) {
	int client;
	int box;
	struct mb_child child;
	char buffer[64];
};

FIXTURE_SETUP(conversation)
{
	struct mailbox_attr attr;

	self->client = mailbox_client_open();
	ASSERT_LE(0, self->client);
	mailbox_attr_init(&attr);
	attr.capacity = 4;
	self->box = mailbox_create_with(self->client, &attr);
	ASSERT_LE(0, self->box);
}

FIXTURE_TEARDOWN(conversation)
{
	close(self->box);
	close(self->client);
}

/* Servers */

/* Replies with the request, doubled; other requests are orders. */
static int twice(void *context, struct mailbox_request *request)
{
	static char reply[2 * 64];
	int *served = context;

	++*served;
	if (request->length == 4 && !memcmp(request->data, "stop", 4))
		return -ECANCELED;
	if (request->length == 4 && !memcmp(request->data, "lazy", 4))
		return MAILBOX_NO_REPLY;
	memcpy(reply, request->data, request->length);
	memcpy(reply + request->length, request->data, request->length);
	request->reply = reply;
	request->reply_length = 2 * request->length;
	request->reply_tag = request->message->tag + 1;
	return 0;
}

/* The result is how many it served, if it ended as it should. */
static int server_run(void *argument)
{
	char buffer[64];
	int served = 0;
	int ret = mailbox_serve(*(int *)argument, 0, twice, &served, buffer,
				sizeof(buffer));

	return ret == -ECANCELED || ret == -EIDRM ? served : ret;
}

TEST_F(conversation, call_and_serve)
{
	ASSERT_EQ(0, mb_child_start(&self->child, server_run, &self->box));
	EXPECT_EQ(6, mailbox_call(self->box, 0, "abc", 3, self->buffer,
				  sizeof(self->buffer)));
	EXPECT_EQ(0, memcmp(self->buffer, "abcabc", 6));
	EXPECT_EQ(0, mailbox_call(self->box, 0, NULL, 0, NULL, 0));
	/* not a call: served, and not answered */
	EXPECT_EQ(0, mailbox_send(self->box, 0, "x", 1));
	EXPECT_EQ(2, mailbox_call(self->box, 0, "y", 1, self->buffer, 2));
	EXPECT_EQ(0, mailbox_send(self->box, 0, "stop", 4));
	EXPECT_EQ(5, mb_child_join(&self->child));
}

TEST_F(conversation, tags_go_both_ways)
{
	struct mailbox_call call;

	ASSERT_EQ(0, mb_child_start(&self->child, server_run, &self->box));
	mailbox_call_init(&call, 0, "a", 1, self->buffer, 2);
	call.request.tag = 41;
	EXPECT_EQ(2, mailbox_call_with(self->box, &call));
	EXPECT_EQ(42, call.reply.tag);
	EXPECT_EQ(self->child.pid, call.reply.pid);
	EXPECT_EQ(0, call.pending);
	mb_child_kill(&self->child);
}

TEST_F(conversation, a_reply_that_is_too_long_is_said_to_be)
{
	struct mailbox_call call;

	ASSERT_EQ(0, mb_child_start(&self->child, server_run, &self->box));
	mailbox_call_init(&call, 0, "abc", 3, self->buffer, 5);
	EXPECT_EQ(0, mailbox_call_with(self->box, &call));
	EXPECT_EQ(EMSGSIZE, call.reply.tag);
	/* and the server goes on */
	EXPECT_EQ(2, mailbox_call(self->box, 0, "y", 1, self->buffer, 2));
	mb_child_kill(&self->child);
}

TEST_F(conversation, a_server_passes_over_who_has_left)
{
	struct mailbox_call call;

	mailbox_call_init(&call, 0, "a", 1, self->buffer, 2);
	call.flags = MAILBOX_NONBLOCK;
	EXPECT_EQ(-EAGAIN, mailbox_call_with(self->box, &call));
	EXPECT_NE(0, call.pending);
	EXPECT_EQ(0, mailbox_call_cancel(self->box, &call));
	EXPECT_EQ(0, call.pending);
	EXPECT_EQ(-EINVAL, mailbox_call_cancel(self->box, &call));
	ASSERT_EQ(0, mb_child_start(&self->child, server_run, &self->box));
	EXPECT_EQ(2, mailbox_call(self->box, 0, "y", 1, self->buffer, 2));
	EXPECT_EQ(0, mailbox_send(self->box, 0, "stop", 4));
	EXPECT_EQ(2, mb_child_join(&self->child));
}

TEST_F(conversation, serving_ends_with_the_mailbox)
{
	ASSERT_EQ(0, mb_child_start(&self->child, server_run, &self->box));
	EXPECT_EQ(2, mailbox_call(self->box, 0, "y", 1, self->buffer, 2));
	EXPECT_EQ(0, mailbox_destroy(self->box, 0));
	EXPECT_EQ(1, mb_child_join(&self->child));
}

struct pool {
	int box;
	int served;
};

static void *pool_run(void *argument)
{
	struct pool *pool = argument;
	char buffer[64];
	int served = 0;

	mailbox_serve(pool->box, 0, twice, &served, buffer, sizeof(buffer));
	__atomic_fetch_add(&pool->served, served, __ATOMIC_RELAXED);
	return NULL;
}

static int callers_run(void *argument)
{
	char reply[2];

	for (int i = 0; i < 100; i++) {
		if (mailbox_call(*(int *)argument, 0, "z", 1, reply, 2) != 2)
			return 1;
	}
	return 0;
}

TEST_F(conversation, threads_share_the_work)
{
	struct pool pool = { .box = self->box };
	struct mb_child callers[3];
	pthread_t threads[3];

	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, mb_child_start(&callers[i], callers_run,
					    &self->box));
	}
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, pool_run,
					    &pool));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, mb_child_join(&callers[i]));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, mailbox_send(self->box, 0, "stop", 4));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, pthread_join(threads[i], NULL));
	EXPECT_EQ(303, pool.served);
}

TEST_F(conversation, a_deadline_ends_the_call)
{
	EXPECT_EQ(-ETIMEDOUT, mailbox_call_within(self->box, 0, "a", 1,
						  self->buffer, 2, 1000));
	EXPECT_EQ(-EAGAIN, mailbox_try_receive(self->box, 0, self->buffer, 1));
	ASSERT_EQ(0, mb_child_start(&self->child, server_run, &self->box));
	EXPECT_EQ(-ETIMEDOUT,
		  mailbox_call_within(self->box, 0, "lazy", 4, self->buffer, 2,
				      50 * MAILBOX_MILLISECOND));
	mb_child_kill(&self->child);
}

static void on_alarm(int number)
{
}

TEST_F(conversation, a_signal_leaves_no_call_behind)
{
	struct sigaction action = { .sa_handler = on_alarm };

	ASSERT_EQ(0, sigaction(SIGALRM, &action, NULL));
	alarm(1);
	EXPECT_EQ(-EINTR, mailbox_call(self->box, 0, "a", 1, self->buffer, 2));
	EXPECT_EQ(-EAGAIN, mailbox_try_receive(self->box, 0, self->buffer, 1));
}

static int receive_token(int fd, uint64_t id, uint64_t *token)
{
	struct mailbox_receive receive;
	char buffer[64];
	int ret;

	mailbox_receive_init(&receive, id, buffer, sizeof(buffer));
	ret = (int)mailbox_receive_with(fd, &receive);
	*token = receive.message.token;
	return ret;
}

static int call_run(void *argument)
{
	char reply[8];
	ssize_t length = mailbox_call(*(int *)argument, 0, "abc", 3, reply,
				      sizeof(reply));

	return length == 2 && !memcmp(reply, "ok", 2) ? 0 : (int)length;
}

TEST_F(conversation, reply_and_forward)
{
	int other = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	uint64_t token;

	ASSERT_EQ(0, mb_child_start(&self->child, call_run, &self->box));
	ASSERT_EQ(3, receive_token(self->box, 0, &token));
	EXPECT_EQ(0, mailbox_forward(self->box, 0, token, other, 0));
	EXPECT_EQ(-ESTALE, mailbox_reply(self->box, 0, token, "no", 2));
	ASSERT_EQ(3, receive_token(other, 0, &token));
	EXPECT_EQ(-ESRCH, mailbox_forward_process(other, 0, token,
						  self->client, INT32_MAX));
	EXPECT_EQ(0, mailbox_forward_process(other, 0, token, self->client,
					     getpid()));
	ASSERT_EQ(3, receive_token(self->client, MAILBOX_ID_SELF, &token));
	EXPECT_EQ(0, mailbox_reply(self->client, MAILBOX_ID_SELF, token, "ok",
				   2));
	EXPECT_EQ(0, mb_child_join(&self->child));
	close(other);
}

TEST_F(conversation, reply_and_receive)
{
	struct mailbox_reply_receive both;

	ASSERT_EQ(0, mb_child_start(&self->child, call_run, &self->box));
	mailbox_reply_receive_init(&both, 0, self->buffer, 64);
	ASSERT_EQ(3, mailbox_reply_receive_with(self->box, &both));
	both.token = both.message.token;
	mailbox_message_data(&both.reply, "ok", 2);
	both.flags = MAILBOX_NONBLOCK;
	EXPECT_EQ(-EAGAIN, mailbox_reply_receive_with(self->box, &both));
	EXPECT_EQ(0, both.token);
	EXPECT_EQ(0, mb_child_join(&self->child));
}

/* A pool: each thread ends with its "stop"; the result is how many were served. */
static int pool_handle(void *context, struct mailbox_request *request)
{
	static __thread char reply[2 * 64];

	__atomic_fetch_add((int *)context, 1, __ATOMIC_RELAXED);
	if (request->length == 4 && !memcmp(request->data, "stop", 4))
		return -ECANCELED;
	memcpy(reply, request->data, request->length);
	memcpy(reply + request->length, request->data, request->length);
	request->reply = reply;
	request->reply_length = 2 * request->length;
	return 0;
}

static int threads_run(void *argument)
{
	int served = 0;
	int ret = mailbox_serve_threads(*(int *)argument, 0, pool_handle,
					&served, 64, 4);

	return ret == -ECANCELED || ret == -EIDRM ? served : ret;
}

TEST_F(conversation, a_pool_of_threads)
{
	struct mb_child callers[3];

	ASSERT_EQ(0, mb_child_start(&self->child, threads_run, &self->box));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 4));
	for (int i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_child_start(&callers[i], callers_run,
					    &self->box));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, mb_child_join(&callers[i]));
	/* one thread ends, the others serve on */
	EXPECT_EQ(0, mailbox_send(self->box, 0, "stop", 4));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 3));
	EXPECT_EQ(2, mailbox_call(self->box, 0, "y", 1, self->buffer, 2));
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, mailbox_send(self->box, 0, "stop", 4));
	EXPECT_EQ(305, mb_child_join(&self->child));
}

TEST_F(conversation, a_pool_ends_with_the_mailbox)
{
	ASSERT_EQ(0, mb_child_start(&self->child, threads_run, &self->box));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 4));
	EXPECT_EQ(2, mailbox_call(self->box, 0, "y", 1, self->buffer, 2));
	EXPECT_EQ(0, mailbox_destroy(self->box, 0));
	EXPECT_EQ(1, mb_child_join(&self->child));
}

static int pool_box;

static void destroy_pool_box(int sig)
{
	mailbox_destroy(pool_box, 0);
}

static int signalled_run(void *argument)
{
	struct sigaction action = { .sa_handler = destroy_pool_box };

	pool_box = *(int *)argument;
	sigaction(SIGTERM, &action, NULL);
	return threads_run(argument);
}

TEST_F(conversation, a_pool_is_ended_by_a_signal_handler)
{
	ASSERT_EQ(0, mb_child_start(&self->child, signalled_run, &self->box));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 4));
	EXPECT_EQ(2, mailbox_call(self->box, 0, "y", 1, self->buffer, 2));
	EXPECT_EQ(0, kill(self->child.pid, SIGTERM));
	EXPECT_EQ(1, mb_child_join(&self->child));
}

TEST_F(conversation, a_pool_that_cannot_be)
{
	int served = 0;

	EXPECT_EQ(-EINVAL, mailbox_serve_threads(self->box, 0, pool_handle,
						 &served, 64, 0));
	/* each thread's errors are those of mailbox_serve() */
	EXPECT_EQ(-EBADF, mailbox_serve_threads(-1, 0, pool_handle, &served,
						64, 2));
	EXPECT_EQ(-ENOMEM, mailbox_serve_threads(self->box, 0, pool_handle,
						 &served, SIZE_MAX / 2, 1));
	EXPECT_EQ(-ENOMEM, mailbox_serve_threads(self->box, 0, pool_handle,
						 &served, SIZE_MAX / 2, 2));
	EXPECT_EQ(0, served);
}

/* A user who may have one process, which this is. */
static int no_threads_run(void *argument)
{
	struct rlimit limit = { 1, 1 };
	int served = 0;

	if (setgid(65534) || setuid(65534) || setrlimit(RLIMIT_NPROC, &limit))
		return 1;
	return mailbox_serve_threads(*(int *)argument, 0, pool_handle, &served,
				     64, 8) == -EAGAIN && !served ? 0 : 2;
}

TEST_F(conversation, a_pool_without_threads_serves_nothing)
{
	EXPECT_EQ(0, mailbox_send(self->box, 0, "x", 1));
	ASSERT_EQ(0, mb_child_start(&self->child, no_threads_run, &self->box));
	EXPECT_EQ(0, mb_child_join(&self->child));
	EXPECT_EQ(1, mailbox_receive(self->box, 0, self->buffer, 64));
}

/* Processes */

static int to_parent_run(void *argument)
{
	int client = mailbox_client_open();

	return client < 0 ? client :
			    mailbox_send_process(client, getppid(), "hi", 2);
}

TEST_F(conversation, to_a_process_and_from_it)
{
	ASSERT_EQ(0, mb_child_start(&self->child, to_parent_run, NULL));
	EXPECT_EQ(2, mailbox_receive_process(self->client, self->child.pid,
					     self->buffer, 64));
	EXPECT_EQ(0, mb_child_join(&self->child));
	EXPECT_EQ(-ESRCH, mailbox_receive_process(self->client, self->child.pid,
						  self->buffer, 64));
	EXPECT_EQ(-ESRCH, mailbox_send_process(self->client, self->child.pid,
					       "x", 1));
	EXPECT_EQ(-EINVAL, mailbox_send_process(self->client, -1, "x", 1));
}

static int called_run(void *argument)
{
	int client = mailbox_client_open();
	uint64_t token;
	int ret;

	if (client < 0)
		return client;
	mb_event_raise(*(int *)argument);
	ret = receive_token(client, MAILBOX_ID_SELF, &token);
	return ret < 0 ? ret : mailbox_reply(client, MAILBOX_ID_SELF, token,
					     "ok", 2);
}

TEST_F(conversation, a_process_is_called)
{
	int ready = mb_event();

	ASSERT_EQ(0, mb_child_start(&self->child, called_run, &ready));
	ASSERT_EQ(0, mb_event_wait(ready));
	EXPECT_EQ(2, mailbox_call_process(self->client, self->child.pid, "a", 1,
					  self->buffer, 64));
	EXPECT_EQ(0, memcmp(self->buffer, "ok", 2));
	EXPECT_EQ(0, mb_child_join(&self->child));
}

TEST_F(conversation, by_pidfd)
{
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	int ready = mb_event(), child;

	ASSERT_LE(0, pidfd);
	EXPECT_EQ(getpid(), mailbox_pidfd_pid(pidfd));
	EXPECT_EQ(0, mailbox_send_pidfd(self->client, pidfd, "hello", 5));
	EXPECT_EQ(5, mailbox_receive(self->client, MAILBOX_ID_SELF,
				     self->buffer, 64));
	EXPECT_EQ(-EBADF, mailbox_pidfd_pid(self->box));
	EXPECT_EQ(-EBADF, mailbox_pidfd_pid(-1));
	ASSERT_EQ(0, mb_child_start(&self->child, called_run, &ready));
	child = (int)syscall(SYS_pidfd_open, self->child.pid, 0);
	ASSERT_LE(0, child);
	mb_child_kill(&self->child);
	EXPECT_EQ(-ESRCH, mailbox_pidfd_pid(child));
	EXPECT_EQ(-ESRCH, mailbox_send_pidfd(self->client, child, "x", 1));
	close(child);
	close(pidfd);
}

TEST_F(conversation, by_pidfd_with_options)
{
	int pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	struct mailbox_receive receive;
	struct mailbox_send send;

	ASSERT_LE(0, pidfd);
	mailbox_send_init(&send, 0, "hello", 5);
	send.message.tag = 7;
	EXPECT_EQ(0, mailbox_send_pidfd_with(self->client, pidfd, &send));
	mailbox_receive_init(&receive, MAILBOX_ID_SELF, self->buffer, 64);
	EXPECT_EQ(5, mailbox_receive_with(self->client, &receive));
	EXPECT_EQ(7, receive.message.tag);
	EXPECT_EQ(-EBADF, mailbox_send_pidfd_with(self->client, self->box,
						  &send));
	send.message.priority = MAILBOX_PRIORITY_MAX + 1;
	EXPECT_EQ(-EINVAL, mailbox_send_pidfd_with(self->client, pidfd, &send));
	close(pidfd);
}

/* As called_run(), and lives on. */
static int called_and_lives_run(void *argument)
{
	int ret = called_run(argument);

	while (!ret)
		pause();
	return ret;
}

TEST_F(conversation, called_by_pidfd)
{
	int ready = mb_event(), pidfd;
	struct mailbox_call call;

	EXPECT_EQ(-EBADF, mailbox_call_pidfd(self->client, self->box, "a", 1,
					     self->buffer, 64));
	EXPECT_EQ(-EBADF, mailbox_call_pidfd(self->client, -1, "a", 1,
					     self->buffer, 64));
	ASSERT_EQ(0, mb_child_start(&self->child, called_and_lives_run,
				    &ready));
	ASSERT_EQ(0, mb_event_wait(ready));
	pidfd = (int)syscall(SYS_pidfd_open, self->child.pid, 0);
	ASSERT_LE(0, pidfd);
	mailbox_call_init(&call, 0, "a", 1, self->buffer, 64);
	call.clock = 77;
	EXPECT_EQ(-EINVAL, mailbox_call_pidfd_with(self->client, pidfd, &call));
	EXPECT_EQ(0, call.pending);
	mailbox_call_init(&call, 0, "a", 1, self->buffer, 64);
	EXPECT_EQ(2, mailbox_call_pidfd_with(self->client, pidfd, &call));
	EXPECT_EQ(0, memcmp(self->buffer, "ok", 2));
	mb_child_kill(&self->child);
	EXPECT_EQ(-ESRCH, mailbox_call_pidfd(self->client, pidfd, "a", 1,
					     self->buffer, 64));
	close(pidfd);
}

TEST_F(conversation, from_a_process_within_a_time)
{
	EXPECT_EQ(-ETIMEDOUT,
		  mailbox_receive_process_within(self->client, getpid(),
						 self->buffer, 64, 0));
	EXPECT_EQ(-ETIMEDOUT,
		  mailbox_receive_process_within(self->client, getpid(),
						 self->buffer, 64,
						 MAILBOX_MILLISECOND));
	EXPECT_EQ(0, mailbox_send_process(self->client, getpid(), "abc", 3));
	EXPECT_EQ(3, mailbox_receive_process_within(self->client, getpid(),
						    self->buffer, 64, 0));
	EXPECT_EQ(-EINVAL,
		  mailbox_receive_process_within(self->box, getpid(),
						 self->buffer, 64, 0));
}

/* Ports */

static const char *port_name(void)
{
	static char name[64];

	if (!name[0])
		snprintf(name, sizeof(name), "conversation-%d", getpid());
	return name;
}

static int connect_run(void *argument)
{
	int client = mailbox_client_open();
	int endpoint = mailbox_connect(client, argument);
	char buffer[8];

	if (endpoint < 0)
		return endpoint;
	return (int)mailbox_call(endpoint, 0, "ping", 4, buffer, 8);
}

TEST_F(conversation, listen_connect_accept)
{
	int port = mailbox_listen(self->client, port_name(), 4);
	int endpoint;
	uint64_t token;

	ASSERT_LE(0, port);
	EXPECT_EQ(-EEXIST, mailbox_listen(self->client, port_name(), 4));
	ASSERT_EQ(0, mb_child_start(&self->child, connect_run,
				    (void *)port_name()));
	endpoint = mailbox_accept(port);
	ASSERT_LE(0, endpoint);
	ASSERT_EQ(4, receive_token(endpoint, 0, &token));
	EXPECT_EQ(0, mailbox_reply(endpoint, 0, token, "pong!", 5));
	EXPECT_EQ(5, mb_child_join(&self->child));
	EXPECT_EQ(-EPIPE, mailbox_receive(endpoint, 0, self->buffer, 64));
	close(endpoint);
	close(port);
}

TEST_F(conversation, connect_within_a_time)
{
	int port;

	EXPECT_EQ(-ENOENT, mailbox_connect_within(self->client, port_name(),
						  MAILBOX_SECOND));
	port = mailbox_listen(self->client, port_name(), 4);
	ASSERT_LE(0, port);
	EXPECT_EQ(-ETIMEDOUT, mailbox_connect_within(self->client, port_name(),
						     0));
	EXPECT_EQ(-ETIMEDOUT, mailbox_connect_within(self->client, port_name(),
						     MAILBOX_MILLISECOND));
	close(port);
}

TEST_F(conversation, refused)
{
	int port = mailbox_listen(self->client, port_name(), 4);
	uint64_t token;

	ASSERT_EQ(0, mb_child_start(&self->child, connect_run,
				    (void *)port_name()));
	ASSERT_LE(0, receive_token(port, 0, &token));
	EXPECT_EQ(0, mailbox_reject(port, 0, token, 5));
	EXPECT_EQ(-ECONNREFUSED, mb_child_join(&self->child));
	close(port);
	EXPECT_EQ(-ENOENT, mailbox_connect(self->client, port_name()));
	EXPECT_EQ(-EINVAL, mailbox_connect(self->client, ""));
}

static int greet_run(void *argument)
{
	int client = mailbox_client_open();
	struct mailbox_connect connect;
	char buffer[8];
	int endpoint;

	mailbox_connect_init(&connect, argument, "hello", 5);
	endpoint = mailbox_connect_with(client, &connect);
	if (endpoint < 0)
		return endpoint;
	if (connect.pid != (uint32_t)getppid())
		return 1;
	return mailbox_receive(endpoint, 0, buffer, 8) == -EPIPE ? 0 : 2;
}

TEST_F(conversation, greeting_and_half_close)
{
	struct mailbox_listen listen;
	struct mailbox_accept accept;
	int port, endpoint;

	mailbox_listen_init(&listen, port_name(), 1);
	listen.channel_capacity = 1;
	port = mailbox_listen_with(self->client, &listen);
	ASSERT_LE(0, port);
	ASSERT_EQ(0, mb_child_start(&self->child, greet_run,
				    (void *)port_name()));
	mailbox_accept_init(&accept, 0, self->buffer, 64);
	endpoint = mailbox_accept_with(port, &accept);
	ASSERT_LE(0, endpoint);
	EXPECT_EQ(5, accept.message.length);
	EXPECT_EQ(0, memcmp(self->buffer, "hello", 5));
	EXPECT_EQ(self->child.pid, accept.message.pid);
	EXPECT_EQ(0, mailbox_shutdown(endpoint, MAILBOX_RIGHT_SEND));
	EXPECT_EQ(-EBADF, mailbox_shutdown(endpoint, MAILBOX_RIGHT_SEND));
	EXPECT_EQ(-EINVAL, mailbox_shutdown(port, MAILBOX_RIGHT_RECEIVE));
	EXPECT_EQ(0, mb_child_join(&self->child));
	close(endpoint);
	close(port);
}

/* Events */

TEST_F(conversation, events)
{
	struct mailbox_message message;
	struct mailbox_event event;

	EXPECT_EQ(0, mailbox_notify(self->box, 0, MAILBOX_EVENT_NOT_EMPTY, 5));
	EXPECT_EQ(0, mailbox_send(self->box, 0, "x", 1));
	EXPECT_EQ(0, mailbox_event(self->client, &event, NULL));
	EXPECT_EQ(MAILBOX_EVENT_NOT_EMPTY, event.type);
	EXPECT_EQ(5, event.cookie);
	EXPECT_EQ(0, mailbox_notify(self->box, 0, MAILBOX_EVENT_NO_SENDERS, 6));
	EXPECT_EQ(0, mailbox_notify_cancel(self->box, 0,
					   MAILBOX_EVENT_NO_SENDERS));
	EXPECT_EQ(-ENOENT, mailbox_notify_cancel(self->box, 0,
						 MAILBOX_EVENT_NO_SENDERS));
	EXPECT_EQ(-ESTALE, mailbox_notify_call(self->box, 0, 77, 6));
	EXPECT_EQ(-ESRCH, mailbox_notify_process(self->client, INT32_MAX, 6));
	EXPECT_EQ(0, mailbox_notify(self->box, 0, MAILBOX_EVENT_DESTROYED, 7));
	EXPECT_EQ(0, mailbox_destroy(self->box, 0));
	EXPECT_EQ(0, mailbox_event(self->client, &event, &message));
	EXPECT_EQ(7, event.cookie);
	EXPECT_EQ(-EIDRM, event.error);
	EXPECT_EQ(MAILBOX_INFO_EVENT, message.info);
}

TEST_F(conversation, events_within_a_time)
{
	struct mailbox_message message;
	struct mailbox_event event;

	EXPECT_EQ(-ETIMEDOUT, mailbox_event_within(self->client, &event, NULL,
						   0));
	EXPECT_EQ(-ETIMEDOUT, mailbox_event_within(self->client, &event, NULL,
						   MAILBOX_MILLISECOND));
	EXPECT_EQ(0, mailbox_notify(self->box, 0, MAILBOX_EVENT_SPACE, 5));
	EXPECT_EQ(0, mailbox_event_within(self->client, &event, &message, 0));
	EXPECT_EQ(MAILBOX_EVENT_SPACE, event.type);
	EXPECT_EQ(MAILBOX_INFO_EVENT, message.info);
	EXPECT_EQ(-EINVAL, mailbox_event_within(self->box, &event, NULL, 0));
}

TEST_F(conversation, events_have_words)
{
	uint32_t type, parsed;

	for (type = 1; type <= MAILBOX_EVENT_ARRIVED; type <<= 1) {
		ASSERT_NE(NULL, mailbox_event_name(type));
		EXPECT_EQ(0, mailbox_event_parse(mailbox_event_name(type),
						 &parsed));
		EXPECT_EQ(type, parsed);
	}
	EXPECT_STREQ("cancelled", mailbox_event_name(MAILBOX_EVENT_CANCELLED));
	EXPECT_EQ(NULL, mailbox_event_name(0));
	EXPECT_EQ(NULL, mailbox_event_name(MAILBOX_EVENT_ARRIVED << 1));
	EXPECT_EQ(NULL, mailbox_event_name(MAILBOX_EVENT_SPACE | 1));
	EXPECT_EQ(-EINVAL, mailbox_event_parse("", &parsed));
	EXPECT_EQ(-EINVAL, mailbox_event_parse("notempty", &parsed));
}

TEST_F(conversation, events_of_calls_and_processes)
{
	struct mailbox_event event;
	uint64_t token;

	ASSERT_EQ(0, mb_child_start(&self->child, call_run, &self->box));
	ASSERT_EQ(3, receive_token(self->box, 0, &token));
	EXPECT_EQ(0, mailbox_notify_call(self->box, 0, token, 8));
	mb_child_kill(&self->child);
	EXPECT_EQ(0, mailbox_event(self->client, &event, NULL));
	EXPECT_EQ(MAILBOX_EVENT_CANCELLED, event.type);
	EXPECT_EQ(token, event.value);

	EXPECT_EQ(0, mailbox_notify_process(self->client, getpid(), 9));
	EXPECT_EQ(-EINVAL, mailbox_notify_with(self->client,
		&(struct mailbox_notify){ .size = sizeof(struct mailbox_notify) }));
}

TEST_F(conversation, the_module_is_called)
{
	struct mailbox_query query = { .size = sizeof(query) };
	struct mailbox_target target = { .size = sizeof(target), .id = 12345 };
	uint32_t huge = MAILBOX_SIZE_MAX + 1;

	EXPECT_EQ(0, mailbox_kernel(self->client, MAILBOX_IOC_QUERY, &query));
	EXPECT_EQ(MAILBOX_VERSION_MAJOR, query.version_major);
	EXPECT_EQ(-ENOENT, mailbox_kernel(self->client, MAILBOX_IOC_DESTROY,
					  &target));
	EXPECT_EQ(-E2BIG, mailbox_kernel(self->client, MAILBOX_IOC_QUERY,
					 &huge));
}

TEST_F(conversation, errors_are_explained)
{
	const int errors[] = { ESTALE, ECONNREFUSED, ESRCH, EOWNERDEAD };

	for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
		EXPECT_NE(0, strcmp(mailbox_explain(errors[i]),
				    mailbox_explain(-12345)));
}

TEST_HARNESS_MAIN
