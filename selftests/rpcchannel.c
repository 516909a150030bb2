// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remote calls through the handles that a program has: channels, in both directions, and
 * mailboxes without a name.
 */
#include <pthread.h>
#include <sys/eventfd.h>

#include "lib/test.h"
#include "rpc/server.h"

static const Test__Nothing nothing = TEST__NOTHING__INIT;

FIXTURE(rpcchannel) {
	char name[64];
	int client;
	int port;
};

FIXTURE_SETUP(rpcchannel)
{
	struct mailbox_listen listen;

	snprintf(self->name, sizeof(self->name), "%s", rpc_unique("channel"));
	self->client = mailbox_client_open();
	ASSERT_LE(0, self->client);
	mailbox_listen_init(&listen, self->name, 4);
	listen.port.flags |= MAILBOX_CREATE_ATTACH;
	self->port = mailbox_listen_with(self->client, &listen);
	ASSERT_LE(0, self->port);
}

FIXTURE_TEARDOWN(rpcchannel)
{
	close(self->port);
	close(self->client);
}

/* Connects, and serves what comes. */
static int serve_run(void *name)
{
	int client = mailbox_client_open();
	int end = mailbox_connect(client, name);

	return end < 0 ? end : rpc_handle_serve(end);
}

static int who(struct mailbox_rpc_stub *stub, uint32_t *pid)
{
	Test__Caller *caller;
	int code = test__test__who__call(stub, &nothing, &caller);

	if (code)
		return code;
	*pid = caller->pid;
	test__caller__free_unpacked(caller, NULL);
	return 0;
}

TEST_F(rpcchannel, calls_go_from_who_accepts_to_who_connects)
{
	Test__Bytes bytes = TEST__BYTES__INIT;
	struct mailbox_rpc_stub *stub;
	struct mb_child child;
	Test__Number *sum;
	uint32_t pid;
	int end;

	ASSERT_EQ(0, mb_child_start(&child, serve_run, self->name));
	end = mailbox_accept(self->port);
	ASSERT_LE(0, end);
	ASSERT_EQ(0, mailbox_rpc_stub_handle(end, &test__test__interface,
					     &stub));
	close(end);
	ASSERT_EQ(MAILBOX_RPC_OK, who(stub, &pid));
	EXPECT_EQ(getpid(), pid);
	bytes.data.len = 1 << 20;
	bytes.data.data = calloc(1, bytes.data.len);
	bytes.data.data[100000] = 7;
	ASSERT_EQ(MAILBOX_RPC_OK, test__test__sum__call(stub, &bytes, &sum));
	EXPECT_EQ(7, sum->number);
	test__number__free_unpacked(sum, NULL);
	free(bytes.data.data);
	/* nobody takes its place: no call is repeated */
	mailbox_rpc_stub_semantics(stub, MAILBOX_RPC_AT_LEAST_ONCE);
	mb_child_kill(&child);
	EXPECT_EQ(MAILBOX_RPC_UNAVAILABLE, who(stub, &pid));
	EXPECT_EQ(1, mailbox_rpc_stub_status(stub)->attempts);
	mailbox_rpc_stub_free(stub);
}

/* Connects, and calls while it serves: calls go both ways. */
static int both_run(void *name)
{
	int client = mailbox_client_open();
	int end = mailbox_connect(client, name);
	struct mailbox_rpc_stub *stub;
	pthread_t thread;
	uint32_t pid = 0;
	int ret;

	if (end < 0)
		return end;
	ret = rpc_handle_start(end, &thread);
	if (!ret)
		ret = mailbox_rpc_stub_handle(end, &test__test__interface,
					      &stub);
	for (int i = 0; !ret && i < 20; i++)
		ret = who(stub, &pid);
	if (!ret && pid != (uint32_t)getpid())
		ret = -EILSEQ;
	if (!ret)
		ret = test__test__stop__call(stub, &nothing, NULL);
	/* The other side may have yet to call: it says when it is done. */
	if (!ret)
		ret = -pthread_join(thread, NULL);
	return ret;
}

TEST_F(rpcchannel, calls_go_both_ways_at_once)
{
	struct mailbox_rpc_stub *stub;
	pthread_t thread;
	struct mb_child child;
	uint32_t pid;
	int end;

	ASSERT_EQ(0, mb_child_start(&child, both_run, self->name));
	end = mailbox_accept(self->port);
	ASSERT_LE(0, end);
	ASSERT_EQ(0, rpc_handle_start(end, &thread));
	ASSERT_EQ(0, mailbox_rpc_stub_handle(end, &test__test__interface,
					     &stub));
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(MAILBOX_RPC_OK, who(stub, &pid));
	EXPECT_EQ(MAILBOX_RPC_OK, test__test__stop__call(stub, &nothing, NULL));
	EXPECT_EQ(MAILBOX_RPC_OK, mb_child_join(&child));
	/* it told us to stop */
	EXPECT_EQ(0, pthread_join(thread, NULL));
	mailbox_rpc_stub_free(stub);
	close(end);
}

TEST_F(rpcchannel, attachments_and_streams_come_through)
{
	const struct mailbox_attachment item =
		mailbox_attachment(eventfd(0, EFD_NONBLOCK), 0);
	Test__Number number = TEST__NUMBER__INIT;
	struct mailbox_rpc_stub *stub;
	struct mb_child child;
	uint64_t count = 0;
	int end;

	ASSERT_EQ(0, mb_child_start(&child, serve_run, self->name));
	end = mailbox_accept(self->port);
	ASSERT_LE(0, end);
	ASSERT_EQ(0, mailbox_rpc_stub_handle(end, &test__cargo__interface,
					     &stub));
	close(end);
	ASSERT_EQ(1, mailbox_rpc_attach(mailbox_rpc_stub_outgoing(stub),
					&item));
	ASSERT_EQ(MAILBOX_RPC_OK,
		  test__cargo__use__call(stub, &nothing, NULL));
	EXPECT_EQ(8, read(item.fd, &count, sizeof(count)));
	EXPECT_EQ(1, count);
	number.number = 100000;
	EXPECT_EQ(MAILBOX_RPC_OK, test__cargo__long_ones__call(
		stub, &number, rpc_ignore, NULL));
	mailbox_rpc_stub_free(stub);
	mb_child_kill(&child);
	close(item.fd);
}

TEST_F(rpcchannel, server_ends_with_the_channel)
{
	struct mb_child child;
	int end;

	ASSERT_EQ(0, mb_child_start(&child, serve_run, self->name));
	end = mailbox_accept(self->port);
	ASSERT_LE(0, end);
	close(end);
	EXPECT_EQ(-EPIPE, mb_child_join(&child));
}

TEST_F(rpcchannel, handles_that_do_not_serve_are_refused)
{
	struct mailbox_rpc_server *server, *named;
	struct mailbox_rpc_stub *stub;
	int file = eventfd(0, 0);

	ASSERT_EQ(0, mailbox_rpc_server_new(NULL, NULL, &server));
	EXPECT_EQ(-EBADF, mailbox_rpc_server_handle(server, -1));
	EXPECT_EQ(-ENOTTY, mailbox_rpc_server_handle(server, file));
	EXPECT_EQ(-EEXIST, mailbox_rpc_server_handle(server, self->port));
	EXPECT_EQ(-EINVAL, mailbox_rpc_serve(server, 1));
	ASSERT_EQ(0, mailbox_rpc_server_new(rpc_unique("named"), NULL,
					    &named));
	EXPECT_EQ(-EEXIST, mailbox_rpc_server_handle(named, self->port));
	mailbox_rpc_server_free(named);
	mailbox_rpc_server_free(server);
	EXPECT_EQ(-EBADF, mailbox_rpc_stub_handle(-1, &test__test__interface,
						  &stub));
	ASSERT_EQ(0, mailbox_rpc_stub_handle(file, &test__test__interface,
					     &stub));
	EXPECT_EQ(MAILBOX_RPC_INTERNAL,
		  test__test__null__call(stub, &nothing, NULL));
	mailbox_rpc_stub_free(stub);
	close(file);
}

TEST_HARNESS_MAIN
