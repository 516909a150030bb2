// SPDX-License-Identifier: GPL-2.0-only
/*
 * What remote calls carry besides their messages: handles, sections and files as
 * attachments of arguments and results.
 */
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "lib/test.h"
#include "rpc/raw.h"
#include "rpc/server.h"

#define PAGE	4096UL
#define READ	MAILBOX_SECTION_READ
#define WRITE	MAILBOX_SECTION_WRITE

static const Test__Nothing nothing = TEST__NOTHING__INIT;

FIXTURE(rpcattach) {
	struct rpc_setup setup;
	struct mb_child server;
	struct mailbox_rpc_stub *stub;
	struct mailbox_rpc_parcel *out;
	struct mailbox_rpc_parcel *in;
	int client;
	int box;	/* the server's */
	int mine;	/* a mailbox of the test's */
	int section;
	int event;
	int64_t before;	/* descriptors of the server's */
};

/* Of the server: how many, and whether it may have more. */
static int64_t limit(struct mailbox_rpc_stub *stub, bool none)
{
	Test__Number number = TEST__NUMBER__INIT;
	Test__Number *reply;
	int64_t count;

	number.number = none ? 0 : 1;
	if (test__cargo__limit__call(stub, &number, &reply))
		return -1;
	count = reply->number;
	test__number__free_unpacked(reply, NULL);
	return count;
}

FIXTURE_SETUP(rpcattach)
{
	struct mailbox_attr attr;

	self->setup = (struct rpc_setup){
		.name = rpc_unique("attach"),
		.threads = 2,
		.mode = 0622,
	};
	ASSERT_EQ(0, rpc_server_start(&self->server, &self->setup));
	ASSERT_EQ(0, mailbox_rpc_stub_new(self->setup.name,
					  &test__cargo__interface,
					  &self->stub));
	self->out = mailbox_rpc_stub_outgoing(self->stub);
	self->in = mailbox_rpc_stub_incoming(self->stub);
	self->client = mailbox_client_open();
	self->box = rpc_box_open(self->client, self->setup.name,
				 MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, self->box);
	mailbox_attr_init(&attr);
	self->mine = mailbox_create_with(self->client, &attr);
	ASSERT_LE(0, self->mine);
	self->section = mailbox_section_create(self->client, NULL, 2 * PAGE,
					       MAILBOX_SEAL_SHRINK, NULL);
	ASSERT_LE(0, self->section);
	self->event = eventfd(0, EFD_NONBLOCK);
	self->before = limit(self->stub, false);
}

/* Whatever came, the server has as many descriptors as before. */
FIXTURE_TEARDOWN(rpcattach)
{
	if (!mb_child_done(&self->server))
		EXPECT_EQ(0, mb_until(limit(self->stub, false) == self->before));
	mailbox_rpc_stub_free(self->stub);
	mb_child_kill(&self->server);
	close(self->event);
	close(self->section);
	close(self->mine);
	close(self->box);
	close(self->client);
}

static int attach(struct mailbox_rpc_parcel *parcel, int fd, uint32_t rights)
{
	const struct mailbox_attachment item = mailbox_attachment(fd, rights);

	return mailbox_rpc_attach(parcel, &item);
}

/* Descriptors of this process. */
static int descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static uint64_t events(int fd)
{
	uint64_t count = 0;

	return read(fd, &count, sizeof(count)) < 0 ? 0 : count;
}

static bool used(int section, size_t offset)
{
	char *memory;
	bool yes;

	if (mailbox_section_map(section, 0, 2 * PAGE, READ, (void **)&memory))
		return false;
	yes = !strcmp(memory + offset, "used");
	munmap(memory, 2 * PAGE);
	return yes;
}

/* All three kinds; a view of the section. */
static int attach_all(FIXTURE_DATA(rpcattach) *self)
{
	struct mailbox_attachment view =
		mailbox_attachment(self->section, READ | WRITE);

	view.offset = 100;
	view.length = 50;
	if (attach(self->out, self->mine, MAILBOX_RIGHT_SEND) != 1 ||
	    mailbox_rpc_attach(self->out, &view) != 2)
		return -1;
	return attach(self->out, self->event, 0);
}

static bool all_used(FIXTURE_DATA(rpcattach) *self, const Test__Kinds *kinds)
{
	char text[8];

	return kinds->n_kinds == 3 &&
	       kinds->kinds[0] == MAILBOX_ATTACHMENT_HANDLE &&
	       kinds->kinds[1] == MAILBOX_ATTACHMENT_SECTION &&
	       kinds->kinds[2] == MAILBOX_ATTACHMENT_FILE &&
	       mailbox_receive(self->mine, 0, text, sizeof(text)) == 4 &&
	       !memcmp(text, "used", 4) && used(self->section, 100) &&
	       events(self->event) == 1;
}

TEST_F(rpcattach, argument_carries_handles_sections_and_files)
{
	Test__Kinds *kinds;

	ASSERT_EQ(3, attach_all(self));
	ASSERT_EQ(MAILBOX_RPC_OK, test__cargo__use__call(self->stub, &nothing,
							 &kinds));
	EXPECT_TRUE(all_used(self, kinds));
	test__kinds__free_unpacked(kinds, NULL);
	/* once attached, once sent */
	ASSERT_EQ(MAILBOX_RPC_OK, test__cargo__use__call(self->stub, &nothing,
							 &kinds));
	EXPECT_EQ(0, kinds->n_kinds);
	test__kinds__free_unpacked(kinds, NULL);
}

TEST_F(rpcattach, method_that_answers_later_has_them_until_then)
{
	Test__Kinds *kinds;

	ASSERT_EQ(3, attach_all(self));
	ASSERT_EQ(MAILBOX_RPC_OK, test__cargo__use_later__call(
		self->stub, &nothing, &kinds));
	EXPECT_TRUE(all_used(self, kinds));
	test__kinds__free_unpacked(kinds, NULL);
}

TEST_F(rpcattach, what_is_attached_may_be_closed_at_once)
{
	int mine = dup(self->event), before = descriptors();
	Test__Kinds *kinds;

	ASSERT_EQ(1, attach(self->out, mine, 0));
	EXPECT_EQ(before + 1, descriptors());
	close(mine);
	ASSERT_EQ(MAILBOX_RPC_OK, test__cargo__use__call(self->stub, &nothing,
							 &kinds));
	EXPECT_EQ(1, events(self->event));
	EXPECT_EQ(before - 1, descriptors());
	test__kinds__free_unpacked(kinds, NULL);
}

TEST_F(rpcattach, result_carries_them_and_what_is_not_taken_is_closed)
{
	Test__Bytes bytes = TEST__BYTES__INIT;
	const struct mailbox_attachment *item;
	int before = descriptors(), fd;

	ASSERT_EQ(3, attach_all(self));
	ASSERT_EQ(MAILBOX_RPC_OK,
		  test__cargo__back__call(self->stub, &bytes, NULL));
	item = mailbox_rpc_attached(self->in, 1);
	ASSERT_NE(NULL, item);
	EXPECT_EQ(MAILBOX_ATTACHMENT_HANDLE, item->kind);
	EXPECT_EQ(MAILBOX_RIGHT_SEND, item->rights);
	item = mailbox_rpc_attached(self->in, 2);
	EXPECT_EQ(MAILBOX_ATTACHMENT_SECTION, item->kind);
	EXPECT_EQ(100, item->offset);
	EXPECT_EQ(50, item->length);
	EXPECT_EQ(NULL, mailbox_rpc_attached(self->in, 0));
	EXPECT_EQ(NULL, mailbox_rpc_attached(self->in, 4));
	EXPECT_EQ(before + 3, descriptors());
	fd = mailbox_rpc_take(self->in, 3);
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(-EBADF, mailbox_rpc_take(self->in, 3));
	EXPECT_EQ(-ENOENT, mailbox_rpc_take(self->in, 4));
	EXPECT_EQ(-ENOENT, mailbox_rpc_take(self->in, 0));
	EXPECT_EQ(-ENOSPC, attach(self->in, fd, 0));
	eventfd_write(fd, 5);
	EXPECT_EQ(5, events(self->event));
	/* the next call gives back the rest */
	limit(self->stub, false);
	EXPECT_EQ(before + 1, descriptors());
	close(fd);
}

TEST_F(rpcattach, call_that_is_repeated_carries_them_again)
{
	struct mailbox_rpc_stub *other;
	struct mb_child second;
	Test__Kinds *kinds;

	/* another serves the name when the first is dead */
	ASSERT_EQ(0, mb_child_start(&second, rpc_server_run, &self->setup));
	ASSERT_EQ(0, mb_wait_u32(self->box, 0,
				 offsetof(struct mailbox_stat,
					  receive_handles), 2));
	ASSERT_EQ(0, mailbox_rpc_stub_new(self->setup.name,
					  &test__cargo__interface, &other));
	eventfd_write(self->event, 1);
	ASSERT_EQ(1, attach(mailbox_rpc_stub_outgoing(other), self->event, 0));
	ASSERT_EQ(MAILBOX_RPC_OK,
		  test__cargo__die_once__call(other, &nothing, &kinds));
	EXPECT_EQ(2, mailbox_rpc_stub_status(other)->attempts);
	EXPECT_EQ(1, kinds->n_kinds);
	EXPECT_EQ(1, events(self->event));
	test__kinds__free_unpacked(kinds, NULL);
	mailbox_rpc_stub_free(other);
	mb_child_kill(&self->server);
	self->server = second;
	self->before = limit(self->stub, false);
}

/* ---- Refused ------------------------------------------------------------------ */

TEST_F(rpcattach, interface_says_how_many_there_may_be)
{
	struct mailbox_rpc_stub *test;

	ASSERT_EQ(0, mailbox_rpc_stub_new(self->setup.name,
					  &test__test__interface, &test));
	ASSERT_EQ(1, attach(mailbox_rpc_stub_outgoing(test), self->event, 0));
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT,
		  test__test__null__call(test, &nothing, NULL));
	EXPECT_TRUE(rpc_says(test, "Null takes 0 attachments, not 1"));
	EXPECT_EQ(0, mailbox_rpc_stub_status(test)->attempts);
	/* and that was all there was */
	EXPECT_EQ(MAILBOX_RPC_OK,
		  test__test__null__call(test, &nothing, NULL));
	mailbox_rpc_stub_free(test);
	for (int i = 1; i <= 5; i++)
		ASSERT_EQ(i, attach(self->out, self->event, 0));
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT,
		  test__cargo__use__call(self->stub, &nothing, NULL));
	EXPECT_TRUE(rpc_says(self->stub, "Use takes 4 attachments, not 5"));
	EXPECT_EQ(0, events(self->event));
}

TEST_F(rpcattach, more_than_a_message_takes_cannot_be_attached)
{
	for (int i = 1; i <= 62; i++)
		ASSERT_EQ(i, attach(self->out, self->event, 0));
	EXPECT_EQ(-ENOSPC, attach(self->out, self->event, 0));
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT,
		  test__cargo__use__call(self->stub, &nothing, NULL));
	EXPECT_EQ(-EBADF, attach(self->out, 12345, 0));
	EXPECT_EQ(-EBADF, attach(self->out, -1, 0));
}

TEST_F(rpcattach, server_checks_it_as_well)
{
	struct raw raw = raw_plain("test.Cargo", 0, "Use");
	struct mailbox_attachment items[5];

	for (int i = 0; i < 5; i++)
		items[i] = mailbox_attachment(self->event, 0);
	raw.items = items;
	raw.count = raw.request.attachments = 4;
	EXPECT_EQ(MAILBOX_RPC_OK, raw_call(self->box, &raw));
	EXPECT_EQ(4, events(self->event));
	raw.count = raw.request.attachments = 5;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	/* what it says is not what it has */
	raw.request.attachments = 4;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	raw.count = 3;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	raw.count = 0;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	raw.request.attachments = UINT32_MAX;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	raw.request.attachments = 0;
	raw.count = 1;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	/* a method that takes none, and one that is not there */
	raw = raw_plain("test.Test", 3, "Null");
	raw.items = items;
	raw.count = raw.request.attachments = 1;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	raw.request.method = "Dance";
	EXPECT_EQ(MAILBOX_RPC_UNIMPLEMENTED, raw_call(self->box, &raw));
	EXPECT_EQ(0, events(self->event));
}

TEST_F(rpcattach, requests_that_are_none_are_freed_with_what_they_carry)
{
	struct mailbox_attachment item;
	int ends[2];
	char byte;

	ASSERT_EQ(0, pipe(ends));
	item = mailbox_attachment(ends[1], 0);
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT,
		  raw_bytes(self->box, "junk", 4, &item, 1));
	/* not even a call */
	EXPECT_EQ(0, mailbox_send_attached(self->box, 0, "x", 1, &item, 1));
	close(ends[1]);
	EXPECT_EQ(0, read(ends[0], &byte, 1));
	close(ends[0]);
}

TEST_F(rpcattach, result_may_have_as_many_as_the_interface_says)
{
	Test__Number number = TEST__NUMBER__INIT;
	Test__Number *reply;

	number.number = 3;
	ASSERT_EQ(MAILBOX_RPC_OK,
		  test__cargo__give__call(self->stub, &number, &reply));
	EXPECT_EQ(0, reply->number);
	EXPECT_EQ(7, events(mailbox_rpc_attached(self->in, 3)->fd));
	test__number__free_unpacked(reply, NULL);
	number.number = 4;
	ASSERT_EQ(MAILBOX_RPC_OK,
		  test__cargo__give__call(self->stub, &number, &reply));
	EXPECT_EQ(-ENOSPC, reply->number);
	EXPECT_EQ(NULL, mailbox_rpc_attached(self->in, 4));
	test__number__free_unpacked(reply, NULL);
}

TEST_F(rpcattach, caller_who_takes_none_is_given_none)
{
	struct raw raw = raw_plain("test.Cargo", 0, "Give");
	Test__Number number = TEST__NUMBER__INIT;
	uint8_t argument[16];

	number.number = 1;
	raw.request.argument.data = argument;
	raw.request.argument.len = test__number__pack(&number, argument);
	/* the method says so, in its result */
	EXPECT_EQ(MAILBOX_RPC_OK, raw_call(self->box, &raw));
	/* and one who says that he takes some, and does not */
	raw.request.result_attachments = 3;
	EXPECT_EQ(MAILBOX_RPC_INTERNAL, raw_call(self->box, &raw));
	raw.takes = 3;
	EXPECT_EQ(MAILBOX_RPC_OK, raw_call(self->box, &raw));
}

TEST_F(rpcattach, what_cannot_be_sent_is_refused)
{
	int stream = socket(AF_UNIX, SOCK_STREAM, 0);

	ASSERT_EQ(1, attach(self->out, stream, 0));
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT,
		  test__cargo__use__call(self->stub, &nothing, NULL));
	EXPECT_TRUE(rpc_says(self->stub, "an attachment"));
	close(stream);
	/* a right that the handle has not, one that is not sent */
	ASSERT_EQ(1, attach(self->out, self->box, MAILBOX_RIGHT_RECEIVE));
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT,
		  test__cargo__use__call(self->stub, &nothing, NULL));
	ASSERT_EQ(1, attach(self->out, self->section, 0));
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT,
		  test__cargo__use__call(self->stub, &nothing, NULL));
	EXPECT_EQ(MAILBOX_RPC_INTERNAL,
		  test__cargo__give_socket__call(self->stub, &nothing, NULL));
	EXPECT_TRUE(rpc_says(self->stub, "an attachment of the result"));
	EXPECT_EQ(NULL, mailbox_rpc_attached(self->in, 1));
}

TEST_F(rpcattach, handle_to_what_has_ended_is_refused_at_once)
{
	struct mailbox_rpc_stub *other;
	int send;

	ASSERT_EQ(0, mailbox_rpc_stub_new(self->setup.name,
					  &test__cargo__interface, &other));
	mailbox_rpc_stub_semantics(other, MAILBOX_RPC_AT_LEAST_ONCE);
	send = mailbox_restrict(self->mine, MAILBOX_RIGHT_SEND, 0);
	ASSERT_LE(0, send);
	close(self->mine);
	self->mine = -1;
	ASSERT_EQ(1, attach(mailbox_rpc_stub_outgoing(other), send,
			    MAILBOX_RIGHT_SEND));
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT,
		  test__cargo__use__call(other, &nothing, NULL));
	EXPECT_TRUE(rpc_says(other, "has ended"));
	EXPECT_EQ(1, mailbox_rpc_stub_status(other)->attempts);
	close(send);
	mailbox_rpc_stub_free(other);
}

TEST_F(rpcattach, method_that_fails_gives_nothing)
{
	EXPECT_EQ(MAILBOX_RPC_ABORTED,
		  test__cargo__give_and_fail__call(self->stub, &nothing,
						   NULL));
	EXPECT_TRUE(rpc_says(self->stub, "on purpose"));
	EXPECT_EQ(NULL, mailbox_rpc_attached(self->in, 1));
}

TEST_F(rpcattach, server_that_persists_takes_no_files)
{
	struct rpc_setup setup = {
		.name = rpc_unique("persist"), .threads = 1, .persist = true,
	};
	struct mailbox_rpc_stub *stub;
	struct mb_child server;
	Test__Kinds *kinds;
	int box;

	ASSERT_EQ(0, rpc_server_start(&server, &setup));
	ASSERT_EQ(0, mailbox_rpc_stub_new(setup.name, &test__cargo__interface,
					  &stub));
	ASSERT_EQ(1, attach(mailbox_rpc_stub_outgoing(stub), self->event, 0));
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT,
		  test__cargo__use__call(stub, &nothing, NULL));
	ASSERT_EQ(1, attach(mailbox_rpc_stub_outgoing(stub), self->mine,
			    MAILBOX_RIGHT_SEND));
	EXPECT_EQ(MAILBOX_RPC_OK,
		  test__cargo__use__call(stub, &nothing, &kinds));
	EXPECT_EQ(1, kinds->n_kinds);
	test__kinds__free_unpacked(kinds, NULL);
	mailbox_rpc_stub_free(stub);
	mb_child_kill(&server);
	box = rpc_box_open(self->client, setup.name, MAILBOX_RIGHT_MANAGE);
	mailbox_destroy(box, 0);
	close(box);
}

/* ---- Descriptors that are not there -------------------------------------------- */

static void nofile(rlim_t now, rlim_t *before)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (before)
		*before = limit.rlim_cur;
	limit.rlim_cur = now;
	setrlimit(RLIMIT_NOFILE, &limit);
}

TEST_F(rpcattach, caller_without_descriptors_is_told)
{
	Test__Number number = TEST__NUMBER__INIT;
	Test__Bytes bytes = TEST__BYTES__INIT;
	rlim_t before;

	/* of a file: the call has succeeded, and it is not there */
	number.number = 1;
	nofile(3, &before);
	EXPECT_EQ(MAILBOX_RPC_OK,
		  test__cargo__give__call(self->stub, &number, NULL));
	EXPECT_EQ(-EMFILE, mailbox_rpc_attached(self->in, 1)->fd);
	EXPECT_EQ(-EMFILE, mailbox_rpc_take(self->in, 1));
	EXPECT_EQ(-EMFILE, attach(self->out, self->event, 0));
	nofile(before, NULL);
	/* of a handle: it cannot be received */
	ASSERT_EQ(1, attach(self->out, self->mine, MAILBOX_RIGHT_SEND));
	nofile(3, NULL);
	EXPECT_EQ(MAILBOX_RPC_RESOURCE_EXHAUSTED,
		  test__cargo__back__call(self->stub, &bytes, NULL));
	EXPECT_TRUE(rpc_says(self->stub, "no descriptor is left"));
	nofile(before, NULL);
}

TEST_F(rpcattach, server_without_descriptors_says_so_of_files)
{
	ASSERT_EQ(self->before, limit(self->stub, true));
	ASSERT_EQ(1, attach(self->out, self->event, 0));
	EXPECT_EQ(MAILBOX_RPC_RESOURCE_EXHAUSTED,
		  test__cargo__use__call(self->stub, &nothing, NULL));
	EXPECT_TRUE(rpc_says(self->stub, "no descriptor left"));
	EXPECT_EQ(self->before, limit(self->stub, false));
}

TEST_F(rpcattach, server_without_descriptors_waits_for_some)
{
	Test__Kinds *kinds;

	ASSERT_EQ(self->before, limit(self->stub, true));
	/* it does not end, and no handle gets there */
	ASSERT_EQ(1, attach(self->out, self->mine, MAILBOX_RIGHT_SEND));
	mailbox_rpc_stub_timeout(self->stub, 50 * MAILBOX_MILLISECOND);
	EXPECT_EQ(MAILBOX_RPC_DEADLINE_EXCEEDED,
		  test__cargo__use__call(self->stub, &nothing, NULL));
	mailbox_rpc_stub_timeout(self->stub, 60 * MAILBOX_SECOND);
	EXPECT_EQ(self->before, limit(self->stub, false));
	ASSERT_EQ(1, attach(self->out, self->mine, MAILBOX_RIGHT_SEND));
	ASSERT_EQ(MAILBOX_RPC_OK,
		  test__cargo__use__call(self->stub, &nothing, &kinds));
	EXPECT_EQ(1, kinds->n_kinds);
	test__kinds__free_unpacked(kinds, NULL);
}

/* ---- Without waiting ----------------------------------------------------------- */

struct done {
	struct mailbox_rpc_pending *pending;
	int code;
	int fd;
};

static void done(const ProtobufCMessage *result,
		 const struct mailbox_rpc_status *status, void *context)
{
	struct done *done = context;

	done->code = status->code;
	done->fd = mailbox_rpc_take(
		mailbox_rpc_pending_incoming(done->pending), 1);
}

TEST_F(rpcattach, call_that_is_not_waited_for_carries_them_both_ways)
{
	Test__Bytes bytes = TEST__BYTES__INIT;
	struct mailbox_rpc_queue *queue;
	int before = descriptors();
	struct done one, none;

	ASSERT_EQ(0, mailbox_rpc_queue_new(self->setup.name,
					   &test__cargo__interface, 2,
					   &queue));
	ASSERT_EQ(1, attach(mailbox_rpc_queue_outgoing(queue), self->event,
			    0));
	ASSERT_EQ(0, test__cargo__back__start(queue, &bytes, done, &one,
					      &one.pending));
	ASSERT_EQ(0, test__cargo__back__start(queue, &bytes, done, &none,
					      &none.pending));
	for (int ended = 0; ended < 2;)
		ended += mailbox_rpc_queue_dispatch(queue, true);
	EXPECT_EQ(MAILBOX_RPC_OK, one.code);
	ASSERT_LE(0, one.fd);
	eventfd_write(one.fd, 3);
	EXPECT_EQ(3, events(self->event));
	close(one.fd);
	EXPECT_EQ(MAILBOX_RPC_OK, none.code);
	EXPECT_EQ(-ENOENT, none.fd);
	/* one that is never started */
	ASSERT_EQ(1, attach(mailbox_rpc_queue_outgoing(queue), self->event,
			    0));
	mailbox_rpc_queue_free(queue);
	EXPECT_EQ(before, descriptors());
}

TEST_HARNESS_MAIN
