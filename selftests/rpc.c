// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remote procedure calls: libmailbox-rpc against a server in another process.
 */
#include <pthread.h>
#include <sys/random.h>

#include "lib/test.h"
#include "rpc/raw.h"
#include "rpc/server.h"

FIXTURE(rpc) {
	struct rpc_setup setup;
	struct mb_child server;
	struct mailbox_rpc_stub *stub;
	int client;
	int box;
};

FIXTURE_SETUP(rpc)
{
	self->setup = (struct rpc_setup){
		.name = rpc_unique("rpc"),
		.threads = 4,
		.mode = 0622,
	};
	ASSERT_EQ(0, rpc_server_start(&self->server, &self->setup));
	ASSERT_EQ(0, mailbox_rpc_stub_new(self->setup.name,
					  &test__test__interface,
					  &self->stub));
	self->client = mailbox_client_open();
	self->box = rpc_box_open(self->client, self->setup.name,
				 MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, self->box);
}

FIXTURE_TEARDOWN(rpc)
{
	mailbox_rpc_stub_free(self->stub);
	mb_child_kill(&self->server);
	close(self->box);
	close(self->client);
}

static int null_call(struct mailbox_rpc_stub *stub)
{
	const Test__Nothing nothing = TEST__NOTHING__INIT;

	return test__test__null__call(stub, &nothing, NULL);
}

TEST_F(rpc, a_call_returns_its_result)
{
	Test__Bytes input = TEST__BYTES__INIT;
	Test__Bytes *output;

	EXPECT_EQ(MAILBOX_RPC_OK, null_call(self->stub));
	input.data.data = (uint8_t *)"abc\0def";
	input.data.len = 7;
	ASSERT_EQ(MAILBOX_RPC_OK,
		  test__test__echo__call(self->stub, &input, &output));
	ASSERT_EQ(7, output->data.len);
	EXPECT_EQ(0, memcmp(output->data.data, input.data.data, 7));
	test__bytes__free_unpacked(output, NULL);
	EXPECT_EQ(1, mailbox_rpc_stub_status(self->stub)->attempts);
}

static void closure(const Test__Bytes *message, void *data)
{
	*(size_t *)data = message ? message->data.len : 12345;
}

TEST_F(rpc, generated_functions_of_protobuf_c_work)
{
	ProtobufCService *service = mailbox_rpc_stub_service(self->stub);
	Test__Bytes input = TEST__BYTES__INIT;
	Test__Number number = TEST__NUMBER__INIT;
	size_t length = 0;

	input.data.data = (uint8_t *)"abc";
	input.data.len = 3;
	test__test__echo(service, &input, closure, &length);
	EXPECT_EQ(3, length);
	number.number = -1;
	test__test__large(service, &number, closure, &length);
	EXPECT_EQ(12345, length);
	EXPECT_EQ(MAILBOX_RPC_OUT_OF_RANGE,
		  mailbox_rpc_stub_status(self->stub)->code);
}

static int who_run(void *argument)
{
	const Test__Nothing nothing = TEST__NOTHING__INIT;
	struct mailbox_rpc_stub *stub;
	Test__Caller *caller;
	int ret;

	ret = mailbox_rpc_stub_new(argument, &test__test__interface, &stub);
	if (ret)
		return ret;
	ret = test__test__who__call(stub, &nothing, &caller);
	if (!ret)
		ret = caller->pid == (uint32_t)getpid() &&
		      caller->uid == geteuid() ? 0 : -1;
	return ret;
}

TEST_F(rpc, the_kernel_says_who_calls)
{
	EXPECT_EQ(0, who_run((void *)self->setup.name));
	EXPECT_EQ(0, mb_as_uid(65534, who_run, (void *)self->setup.name));
}

static int denied_run(void *argument)
{
	struct mailbox_rpc_stub *stub;
	int ret = mailbox_rpc_stub_new(argument, &test__test__interface, &stub);

	return ret ? ret : null_call(stub);
}

TEST_F(rpc, permission_is_the_mailboxs)
{
	struct rpc_setup setup = {
		.name = rpc_unique("closed"), .threads = 1, .mode = 0600,
	};
	struct mb_child server;

	ASSERT_EQ(0, rpc_server_start(&server, &setup));
	EXPECT_EQ(MAILBOX_RPC_PERMISSION_DENIED,
		  mb_as_uid(65534, denied_run, (void *)setup.name));
	mb_child_kill(&server);
}

TEST_F(rpc, a_method_says_why_it_fails)
{
	Test__Failure failure = TEST__FAILURE__INIT;
	const Test__Nothing nothing = TEST__NOTHING__INIT;

	failure.code = MAILBOX_RPC_NOT_FOUND;
	failure.text = "no such thing";
	EXPECT_EQ(MAILBOX_RPC_NOT_FOUND,
		  test__test__fail__call(self->stub, &failure, NULL));
	EXPECT_TRUE(rpc_says(self->stub, "no such thing"));
	failure.code = MAILBOX_RPC_OK;
	EXPECT_EQ(MAILBOX_RPC_UNKNOWN,
		  test__test__fail__call(self->stub, &failure, NULL));
	EXPECT_EQ(MAILBOX_RPC_UNKNOWN,
		  test__test__silent__call(self->stub, &nothing, NULL));
	EXPECT_TRUE(rpc_says(self->stub, "Silent failed"));
}

TEST_F(rpc, service_version_and_method_are_checked)
{
	struct mailbox_rpc_interface other = test__test__interface;
	ProtobufCServiceDescriptor descriptor = *other.descriptor;
	ProtobufCMethodDescriptor method = descriptor.methods[0];
	struct mailbox_rpc_stub *stub;

	other.version = 4;
	ASSERT_EQ(0, mailbox_rpc_stub_new(self->setup.name, &other, &stub));
	EXPECT_EQ(MAILBOX_RPC_UNIMPLEMENTED, null_call(stub));
	EXPECT_TRUE(rpc_says(stub, "version 3 here, not 4"));
	mailbox_rpc_stub_free(stub);

	other = test__test__interface;
	other.methods = NULL;
	other.descriptor = &descriptor;
	method.name = "Dance";
	descriptor.n_methods = 1;
	descriptor.methods = &method;
	ASSERT_EQ(0, mailbox_rpc_stub_new(self->setup.name, &other, &stub));
	EXPECT_EQ(MAILBOX_RPC_UNIMPLEMENTED, null_call(stub));
	EXPECT_TRUE(rpc_says(stub, "no method Dance"));
	EXPECT_EQ(MAILBOX_RPC_UNIMPLEMENTED,
		  mailbox_rpc_call(stub, 1, &method.input[0].n_fields ?
				   NULL : NULL, NULL));
	mailbox_rpc_stub_free(stub);

	ASSERT_EQ(0, mailbox_rpc_stub_new(self->setup.name,
					  &test__ledger__interface, &stub));
	mailbox_rpc_stub_semantics(stub, MAILBOX_RPC_MAYBE);
	{
		Test__Number one = TEST__NUMBER__INIT;

		EXPECT_EQ(MAILBOX_RPC_UNIMPLEMENTED,
			  test__ledger__add__call(stub, &one, NULL));
		EXPECT_TRUE(rpc_says(stub, "no service test.Ledger"));
	}
	mailbox_rpc_stub_free(stub);
}

TEST_F(rpc, without_a_server_it_is_unavailable)
{
	struct mailbox_rpc_stub *stub;

	ASSERT_EQ(0, mailbox_rpc_stub_new(rpc_unique("none"),
					  &test__test__interface, &stub));
	EXPECT_EQ(MAILBOX_RPC_UNAVAILABLE, null_call(stub));
	EXPECT_TRUE(rpc_says(stub, "no server"));
	EXPECT_EQ(0, mailbox_rpc_stub_status(stub)->attempts);
	/* not before the time is over */
	mailbox_rpc_stub_semantics(stub, MAILBOX_RPC_AT_LEAST_ONCE);
	mailbox_rpc_stub_timeout(stub, 20 * MAILBOX_MILLISECOND);
	EXPECT_EQ(MAILBOX_RPC_UNAVAILABLE, null_call(stub));
	mailbox_rpc_stub_free(stub);
	EXPECT_EQ(-EINVAL, mailbox_rpc_stub_semantics(self->stub, 4));
	EXPECT_EQ(-EINVAL, mailbox_rpc_stub_room(self->stub, 0));
}

static int patient_run(void *argument)
{
	struct mailbox_rpc_stub *stub;
	int ret = mailbox_rpc_stub_new(argument, &test__test__interface, &stub);

	if (ret)
		return ret;
	mailbox_rpc_stub_semantics(stub, MAILBOX_RPC_AT_LEAST_ONCE);
	return null_call(stub);
}

TEST_F(rpc, at_least_once_waits_for_a_server)
{
	struct rpc_setup setup = { .name = rpc_unique("later"), .threads = 1 };
	struct mb_child server, client;

	ASSERT_EQ(0, mb_child_start(&client, patient_run,
				    (void *)setup.name));
	EXPECT_EQ(false, mb_child_done(&client));
	ASSERT_EQ(0, rpc_server_start(&server, &setup));
	EXPECT_EQ(MAILBOX_RPC_OK, mb_child_join(&client));
	mb_child_kill(&server);
}

TEST_F(rpc, the_deadline_reaches_the_server)
{
	const Test__Nothing nothing = TEST__NOTHING__INIT;
	uint64_t now = mb_now_ns(CLOCK_MONOTONIC);
	Test__Caller *caller;

	mailbox_rpc_stub_timeout(self->stub, 100 * MAILBOX_SECOND);
	ASSERT_EQ(MAILBOX_RPC_OK,
		  test__test__who__call(self->stub, &nothing, &caller));
	EXPECT_LE(now + 100 * MAILBOX_SECOND, caller->deadline);
	EXPECT_GE(mb_now_ns(CLOCK_MONOTONIC) + 100 * MAILBOX_SECOND,
		  caller->deadline);
	test__caller__free_unpacked(caller, NULL);
	mailbox_rpc_stub_timeout(self->stub, MAILBOX_RPC_FOREVER);
	ASSERT_EQ(MAILBOX_RPC_OK,
		  test__test__who__call(self->stub, &nothing, &caller));
	EXPECT_EQ(0, caller->deadline);
	test__caller__free_unpacked(caller, NULL);
}

static int64_t ends_of(struct mailbox_rpc_stub *stub)
{
	const Test__Nothing nothing = TEST__NOTHING__INIT;
	Test__Number *number;
	int64_t ends;

	if (test__test__ends__call(stub, &nothing, &number))
		return -1;
	ends = number->number;
	test__number__free_unpacked(number, NULL);
	return ends;
}

TEST_F(rpc, a_call_that_takes_too_long_ends_and_the_method_sees_it)
{
	const Test__Nothing nothing = TEST__NOTHING__INIT;

	uint64_t timeout = 10 * MAILBOX_MILLISECOND;

	/* on a slow machine the time may be over before the method is called */
	do {
		mailbox_rpc_stub_timeout(self->stub, timeout);
		EXPECT_EQ(MAILBOX_RPC_DEADLINE_EXCEEDED,
			  test__test__cancelled__call(self->stub, &nothing,
						      NULL));
		mailbox_rpc_stub_timeout(self->stub, 30 * MAILBOX_SECOND);
		timeout *= 4;
	} while (!ends_of(self->stub) && timeout < 60 * MAILBOX_SECOND);
	EXPECT_EQ(0, mb_until(ends_of(self->stub) >= 1));
}

TEST_F(rpc, a_method_may_answer_later)
{
	Test__Number number = TEST__NUMBER__INIT;
	Test__Number *answer;

	for (number.number = 0; number.number < 50; number.number++) {
		ASSERT_EQ(MAILBOX_RPC_OK, test__test__late__call(
			self->stub, &number, &answer));
		EXPECT_EQ(number.number + 1, answer->number);
		test__number__free_unpacked(answer, NULL);
	}
}

static int meet_run(void *argument)
{
	Test__Number number = TEST__NUMBER__INIT;
	struct mailbox_rpc_stub *stub;
	int ret = mailbox_rpc_stub_new(argument, &test__test__interface, &stub);

	number.number = 4;
	return ret ? ret : test__test__meet__call(stub, &number, NULL);
}

TEST_F(rpc, as_many_calls_are_served_as_there_are_threads)
{
	struct mb_child clients[4];

	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_child_start(&clients[i], meet_run,
					    (void *)self->setup.name));
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(MAILBOX_RPC_OK, mb_child_join(&clients[i]));
}

/* ---- What strangers send -------------------------------------------------- */

typedef Mailbox__Rpc__Request request;

static request request_plain(void)
{
	return raw_plain("test.Test", 3, "Null").request;
}

static int raw_request(int box, const request *wanted)
{
	const struct raw raw = { .request = *wanted };

	return raw_call(box, &raw);
}

static int raw_data(int box, const void *data, size_t length)
{
	return raw_bytes(box, data, length, NULL, 0);
}

TEST_F(rpc, a_truncated_request_is_refused_at_any_length)
{
	request plain = request_plain();
	uint8_t data[256];
	size_t length;

	plain.method = "Echo";
	plain.argument.data = (uint8_t *)"\x0a\x03" "abc";
	plain.argument.len = 5;
	length = mailbox__rpc__request__pack(&plain, data);
	EXPECT_EQ(MAILBOX_RPC_OK, raw_data(self->box, data, length));
	for (size_t i = 0; i < length; i++) {
		int code = raw_data(self->box, data, i);

		/* without its argument it is a request, too */
		if (code != MAILBOX_RPC_OK || i < length - 7)
			EXPECT_TRUE(code == MAILBOX_RPC_INVALID_ARGUMENT ||
				    code == MAILBOX_RPC_UNIMPLEMENTED);
	}
	EXPECT_EQ(MAILBOX_RPC_OK, null_call(self->stub));
}

TEST_F(rpc, fields_that_make_no_sense_are_refused)
{
	request bad;

	bad = request_plain();
	EXPECT_EQ(MAILBOX_RPC_OK, raw_request(self->box, &bad));
	bad.protocol = 2;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_request(self->box, &bad));
	bad = request_plain();
	bad.semantics = 0;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_request(self->box, &bad));
	bad.semantics = 4;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_request(self->box, &bad));
	bad = request_plain();
	bad.stream = true;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_request(self->box, &bad));
	bad.method = "Count";
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_request(self->box, &bad));
	bad.stream = false;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_request(self->box, &bad));
	bad = request_plain();
	bad.deadline = 1;
	EXPECT_EQ(MAILBOX_RPC_DEADLINE_EXCEEDED, raw_request(self->box, &bad));
	bad = request_plain();
	bad.semantics = MAILBOX_RPC_EXACTLY_ONCE;
	EXPECT_EQ(MAILBOX_RPC_FAILED_PRECONDITION,
		  raw_request(self->box, &bad));
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_data(self->box, "", 0));
	EXPECT_EQ(MAILBOX_RPC_OK, null_call(self->stub));
}

TEST_F(rpc, an_argument_of_another_type_is_refused)
{
	request bad = request_plain();

	bad.method = "Echo";
	bad.argument.data = (uint8_t *)"\x0a\x7f" "abc";
	bad.argument.len = 5;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_request(self->box, &bad));
	EXPECT_EQ(MAILBOX_RPC_OK, null_call(self->stub));
}

/* @levels messages within messages, from the inside. */
static uint8_t *nest(unsigned int levels, size_t *length)
{
	size_t room = 65536;
	uint8_t *data = malloc(room), *at = data + room;

	for (unsigned int i = 0; i < levels; i++) {
		size_t inner = data + room - at;

		if (at - data < 8)
			break;
		if (inner >= 16384)
			*--at = inner >> 14;
		if (inner >= 128)
			*--at = (inner >> 7 & 0x7f) |
				(inner >= 16384 ? 0x80 : 0);
		*--at = (inner & 0x7f) | (inner >= 128 ? 0x80 : 0);
		*--at = 1 << 3 | 2;
	}
	*length = data + room - at;
	memmove(data, at, *length);
	return data;
}

TEST_F(rpc, an_argument_cannot_exhaust_the_stack)
{
	request deep = request_plain();
	size_t length;

	deep.method = "Depth";
	deep.argument.data = nest(20, &length);
	deep.argument.len = length;
	EXPECT_EQ(MAILBOX_RPC_OK, raw_request(self->box, &deep));
	free(deep.argument.data);
	deep.argument.data = nest(16000, &length);
	deep.argument.len = length;
	ASSERT_LE(50000, length);
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_request(self->box, &deep));
	free(deep.argument.data);
	EXPECT_EQ(MAILBOX_RPC_OK, null_call(self->stub));
}

TEST_F(rpc, bytes_at_random_do_no_harm)
{
	uint8_t data[300], valid[256];
	request plain = request_plain();
	size_t length = mailbox__rpc__request__pack(&plain, valid);
	unsigned int seed = 7;

	for (int i = 0; i < 500; i++) {
		size_t size = rand_r(&seed) % sizeof(data);

		for (size_t k = 0; k < size; k++)
			data[k] = rand_r(&seed);
		EXPECT_LT(0, raw_data(self->box, data, size));
	}
	for (int i = 0; i < 500; i++) {
		memcpy(data, valid, length);
		data[rand_r(&seed) % length] = rand_r(&seed);
		EXPECT_LE(0, raw_data(self->box, data, length));
	}
	/* not a call at all */
	EXPECT_EQ(0, mailbox_send(self->box, 0, data, length));
	EXPECT_EQ(MAILBOX_RPC_OK, null_call(self->stub));
}

TEST_F(rpc, a_caller_without_room_is_answered)
{
	request plain = request_plain();
	uint8_t data[256], answer[1];
	size_t length = mailbox__rpc__request__pack(&plain, data);

	EXPECT_EQ(0, mailbox_call_within(self->box, 0, data, length, answer, 1,
					 60 * MAILBOX_SECOND));
	EXPECT_EQ(MAILBOX_RPC_OK, null_call(self->stub));
}

/* ---- Streams -------------------------------------------------------------- */

struct counted {
	int64_t seen;
	int64_t enough;
	bool wrong;
};

static int count_one(const ProtobufCMessage *message, void *context)
{
	const Test__Number *one = (const Test__Number *)message;
	struct counted *counted = context;

	if (one->number != counted->seen)
		counted->wrong = true;
	return ++counted->seen == counted->enough;
}

TEST_F(rpc, a_stream_is_complete_and_in_order)
{
	struct counted counted = { .enough = -1 };
	Test__Number number = TEST__NUMBER__INIT;

	number.number = 500;
	EXPECT_EQ(MAILBOX_RPC_OK,
		  test__test__count__call(self->stub, &number, count_one,
					  &counted));
	EXPECT_EQ(500, counted.seen);
	EXPECT_FALSE(counted.wrong);
	number.number = 0;
	EXPECT_EQ(MAILBOX_RPC_OK,
		  test__test__count__call(self->stub, &number, count_one,
					  &counted));
	EXPECT_EQ(500, counted.seen);
	counted.seen = 0;
	number.number = 13;
	EXPECT_EQ(MAILBOX_RPC_OUT_OF_RANGE,
		  test__test__count__call(self->stub, &number, count_one,
					  &counted));
	EXPECT_TRUE(rpc_says(self->stub, "unlucky"));
	EXPECT_EQ(13, counted.seen);
}

TEST_F(rpc, a_reader_may_end_a_stream)
{
	struct counted counted = { .enough = 100 };
	const Test__Nothing nothing = TEST__NOTHING__INIT;

	EXPECT_EQ(MAILBOX_RPC_CANCELLED,
		  test__test__endless__call(self->stub, &nothing, count_one,
					    &counted));
	EXPECT_EQ(100, counted.seen);
	EXPECT_EQ(0, mb_until(ends_of(self->stub) == 1));
}

TEST_F(rpc, a_stream_whose_server_dies_ends_with_an_error)
{
	struct counted counted = { .enough = -1 };
	Test__Number number = TEST__NUMBER__INIT;

	number.number = 20;
	EXPECT_EQ(MAILBOX_RPC_UNAVAILABLE,
		  test__test__count_and_die__call(self->stub, &number,
						  count_one, &counted));
	EXPECT_EQ(10, counted.seen);
	EXPECT_FALSE(counted.wrong);
}

TEST_F(rpc, streams_and_results_are_not_confused)
{
	Test__Number number = TEST__NUMBER__INIT;

	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT,
		  mailbox_rpc_call(self->stub, 11, &number.base, NULL));
	EXPECT_TRUE(rpc_says(self->stub, "returns a stream"));
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT,
		  mailbox_rpc_call_stream(self->stub, 5, &number.base,
					  count_one, NULL));
	EXPECT_TRUE(rpc_says(self->stub, "does not return a stream"));
}

/* ---- Calls that are not waited for ----------------------------------------- */

struct tally {
	unsigned int ok;
	unsigned int cancelled;
	unsigned int other;
	int64_t sum;
};

static void tally_done(const ProtobufCMessage *result,
		       const struct mailbox_rpc_status *status, void *context)
{
	struct tally *tally = context;

	if (status->code == MAILBOX_RPC_OK)
		tally->ok++;
	else if (status->code == MAILBOX_RPC_CANCELLED)
		tally->cancelled++;
	else
		tally->other++;
	if (result && result->descriptor == &test__number__descriptor)
		tally->sum += ((const Test__Number *)result)->number;
}

TEST_F(rpc, calls_that_are_not_waited_for_end)
{
	struct mailbox_rpc_queue *queue;
	Test__Number number = TEST__NUMBER__INIT;
	struct tally tally = { 0 };

	ASSERT_EQ(0, mailbox_rpc_queue_new(self->setup.name,
					   &test__test__interface, 3, &queue));
	EXPECT_EQ(0, mailbox_rpc_queue_dispatch(queue, true));
	for (number.number = 0; number.number < 100; number.number++)
		ASSERT_EQ(0, test__test__late__start(queue, &number, tally_done,
						     &tally, NULL));
	EXPECT_EQ(POLLIN, mb_poll(mailbox_rpc_queue_fd(queue), POLLIN,
				  MB_LIMIT_MS));
	while (tally.ok + tally.other < 100)
		ASSERT_LT(0, mailbox_rpc_queue_dispatch(queue, true));
	EXPECT_EQ(100, tally.ok);
	EXPECT_EQ(5050, tally.sum);
	EXPECT_EQ(0, mb_poll(mailbox_rpc_queue_fd(queue), POLLIN, 0));
	EXPECT_EQ(-EINVAL, mailbox_rpc_start(queue, 11, &number.base,
					     tally_done, &tally, NULL));
	EXPECT_EQ(-EINVAL, mailbox_rpc_start(queue, 99, &number.base,
					     tally_done, &tally, NULL));
	mailbox_rpc_queue_free(queue);
}

TEST_F(rpc, a_call_is_cancelled_and_its_method_sees_it)
{
	const Test__Nothing nothing = TEST__NOTHING__INIT;
	struct mailbox_rpc_pending *first, *second;
	struct mailbox_rpc_queue *queue;
	struct tally tally = { 0 };

	ASSERT_EQ(0, mailbox_rpc_queue_new(self->setup.name,
					   &test__test__interface, 1, &queue));
	ASSERT_EQ(0, test__test__cancelled__start(queue, &nothing, tally_done,
						  &tally, &first));
	/* waits behind it */
	ASSERT_EQ(0, test__test__null__start(queue, &nothing, tally_done,
					     &tally, &second));
	mailbox_rpc_cancel(queue, second);
	EXPECT_EQ(0, mailbox_rpc_queue_dispatch(queue, false));
	mailbox_rpc_cancel(queue, first);
	while (tally.cancelled < 2)
		ASSERT_LT(0, mailbox_rpc_queue_dispatch(queue, true));
	EXPECT_EQ(0, tally.ok + tally.other);
	EXPECT_EQ(MAILBOX_RPC_OK, null_call(self->stub));
	mailbox_rpc_queue_free(queue);
}

TEST_F(rpc, a_queue_can_be_freed_in_the_middle)
{
	const Test__Nothing nothing = TEST__NOTHING__INIT;
	struct mailbox_rpc_queue *queue;
	struct tally tally = { 0 };

	ASSERT_EQ(0, mailbox_rpc_queue_new(self->setup.name,
					   &test__test__interface, 2, &queue));
	for (int i = 0; i < 10; i++)
		ASSERT_EQ(0, test__test__cancelled__start(queue, &nothing,
							  tally_done, &tally,
							  NULL));
	mailbox_rpc_queue_free(queue);
	EXPECT_EQ(0, tally.ok + tally.cancelled + tally.other);
	EXPECT_EQ(MAILBOX_RPC_OK, null_call(self->stub));
}

/* ---- Servers ---------------------------------------------------------------- */

TEST_F(rpc, a_method_may_stop_the_server)
{
	const Test__Nothing nothing = TEST__NOTHING__INIT;

	EXPECT_EQ(MAILBOX_RPC_OK,
		  test__test__stop__call(self->stub, &nothing, NULL));
	EXPECT_EQ(0, mb_until(mb_child_done(&self->server)));
	EXPECT_EQ(MAILBOX_RPC_UNAVAILABLE, null_call(self->stub));
}

TEST_F(rpc, a_destroyed_mailbox_ends_the_server)
{
	int box;

	box = rpc_box_open(self->client, self->setup.name,
			   MAILBOX_RIGHT_MANAGE);
	ASSERT_LE(0, box);
	ASSERT_EQ(0, mailbox_destroy(box, 0));
	close(box);
	EXPECT_EQ(0, mb_until(mb_child_done(&self->server)));
}

TEST_F(rpc, several_processes_serve_one_name)
{
	struct mb_child second;

	ASSERT_EQ(0, mb_child_start(&second, rpc_server_run, &self->setup));
	ASSERT_EQ(0, mb_wait_u32(self->box, 0,
				 offsetof(struct mailbox_stat,
					  receive_handles), 2));
	mb_child_kill(&self->server);
	EXPECT_EQ(MAILBOX_RPC_OK, null_call(self->stub));
	mb_child_kill(&second);
	EXPECT_EQ(MAILBOX_RPC_UNAVAILABLE, null_call(self->stub));
	ASSERT_EQ(0, rpc_server_start(&self->server, &self->setup));
	EXPECT_EQ(MAILBOX_RPC_OK, null_call(self->stub));
}

TEST_F(rpc, a_server_says_what_is_wrong)
{
	struct mailbox_rpc_server_options options = {
		.size = sizeof(options) - 1,
	};
	struct mailbox_rpc_server *server;
	char name[300];

	EXPECT_EQ(-EINVAL, mailbox_rpc_server_new("x", &options, &server));
	options.size = sizeof(options);
	options.mode = 01600;
	EXPECT_EQ(-EINVAL, mailbox_rpc_server_new("x", &options, &server));
	memset(name, 'x', sizeof(name));
	name[299] = '\0';
	EXPECT_EQ(-ENAMETOOLONG, mailbox_rpc_server_new(name, NULL, &server));
	EXPECT_EQ(-ENAMETOOLONG, mailbox_rpc_stub_new(name,
			&test__test__interface, &self->stub));
	ASSERT_EQ(0, mailbox_rpc_server_new(rpc_unique("own"), NULL, &server));
	EXPECT_EQ(-EINVAL, mailbox_rpc_serve(server, 0));
	EXPECT_EQ(0, mailbox_rpc_server_add(server, &test__test__interface,
					    NULL));
	EXPECT_EQ(-EEXIST, mailbox_rpc_server_add(server,
						  &test__test__interface,
						  NULL));
	mailbox_rpc_server_free(server);
	mailbox_rpc_server_free(NULL);
	mailbox_rpc_stub_free(NULL);
}

TEST_F(rpc, every_code_has_a_name)
{
	EXPECT_STREQ("OK", mailbox_rpc_code_name(MAILBOX_RPC_OK));
	EXPECT_STREQ("UNAVAILABLE",
		     mailbox_rpc_code_name(MAILBOX_RPC_UNAVAILABLE));
	EXPECT_STREQ("no such code", mailbox_rpc_code_name(99));
	EXPECT_STREQ("no such code", mailbox_rpc_code_name(-1));
}

TEST_HARNESS_MAIN
