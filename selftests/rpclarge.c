// SPDX-License-Identifier: GPL-2.0-only
/*
 * Arguments, results and streams that are longer than a message, and so go in sections:
 * at the limits, between users, and with lengths that are lies.
 */
#include <sys/mman.h>

#include "lib/test.h"
#include "rpc/liar.h"
#include "rpc/raw.h"
#include "rpc/server.h"

#define MOST	(64UL << 20)	/* bytes in the longest */

FIXTURE(rpclarge) {
	struct rpc_setup setup;
	struct mb_child server;
	struct mailbox_rpc_stub *stub;
	int client;
	int box;
};

FIXTURE_SETUP(rpclarge)
{
	self->setup = (struct rpc_setup){
		.name = rpc_unique("large"),
		.threads = 2,
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

static unsigned int sections(int client)
{
	struct mailbox_query query;

	return mailbox_query(client, &query) ? ~0U : query.user_sections;
}

/* Nothing stays behind. */
FIXTURE_TEARDOWN(rpclarge)
{
	EXPECT_EQ(0, mb_until(sections(self->client) == 0));
	mailbox_rpc_stub_free(self->stub);
	mb_child_kill(&self->server);
	close(self->box);
	close(self->client);
}

/* The sum of @length threes, as the server has it: the code. */
static int sum(struct mailbox_rpc_stub *stub, size_t length)
{
	Test__Bytes input = TEST__BYTES__INIT;
	Test__Number *result;
	int code;

	input.data.len = length;
	input.data.data = malloc(length + 1);
	memset(input.data.data, 3, length);
	code = test__test__sum__call(stub, &input, &result);
	free(input.data.data);
	if (code)
		return code;
	if (result->number != 3 * (int64_t)length)
		code = -EILSEQ;
	test__number__free_unpacked(result, NULL);
	return code;
}

/* A result of that length: the code. */
static int large(struct mailbox_rpc_stub *stub, int64_t length)
{
	Test__Number number = TEST__NUMBER__INIT;
	Test__Bytes *result;
	int code;

	number.number = length;
	code = test__test__large__call(stub, &number, &result);
	if (code)
		return code;
	if (result->data.len != length)
		code = -EMSGSIZE;
	for (int64_t i = 0; !code && i < length; i++)
		if (result->data.data[i] != (uint8_t)(i >> 8 ^ i))
			code = -EILSEQ;
	test__bytes__free_unpacked(result, NULL);
	return code;
}

TEST_F(rpclarge, argument_longer_than_a_message_arrives)
{
	static const size_t lengths[] = { 60000, 100000, 4 << 20 };

	for (int i = 0; i < 3; i++)
		EXPECT_EQ(MAILBOX_RPC_OK, sum(self->stub, lengths[i]));
	/* on both sides of the length that a message has */
	for (size_t length = 65536 - 80; length <= 65536; length++)
		ASSERT_EQ(MAILBOX_RPC_OK, sum(self->stub, length));
}

TEST_F(rpclarge, result_longer_than_the_callers_room_arrives)
{
	static const int64_t lengths[] = { 0, 60000, 100000, 4 << 20 };

	for (int i = 0; i < 4; i++)
		EXPECT_EQ(MAILBOX_RPC_OK, large(self->stub, lengths[i]));
	for (int64_t length = 65536 - 24; length <= 65536; length++)
		ASSERT_EQ(MAILBOX_RPC_OK, large(self->stub, length));
	ASSERT_EQ(0, mailbox_rpc_stub_room(self->stub, 100));
	for (int64_t length = 70; length <= 110; length++)
		ASSERT_EQ(MAILBOX_RPC_OK, large(self->stub, length));
	/* whoever has no room for anything gets everything all the same */
	ASSERT_EQ(0, mailbox_rpc_stub_room(self->stub, 16));
	EXPECT_EQ(MAILBOX_RPC_OK, large(self->stub, 1000));
	ASSERT_EQ(0, mailbox_rpc_stub_room(self->stub, 200000));
	EXPECT_EQ(MAILBOX_RPC_OK, large(self->stub, 190000));
}

TEST_F(rpclarge, both_at_once_arrive)
{
	Test__Bytes input = TEST__BYTES__INIT;
	Test__Bytes *output;

	input.data.len = 3 << 20;
	input.data.data = malloc(input.data.len);
	memset(input.data.data, 7, input.data.len);
	ASSERT_EQ(MAILBOX_RPC_OK,
		  test__test__echo__call(self->stub, &input, &output));
	ASSERT_EQ(input.data.len, output->data.len);
	EXPECT_EQ(0, memcmp(input.data.data, output->data.data,
			    input.data.len));
	test__bytes__free_unpacked(output, NULL);
	free(input.data.data);
}

TEST_F(rpclarge, there_is_a_longest_argument_and_a_longest_result)
{
	/* with what is around the bytes: a key, and their length */
	EXPECT_EQ(MAILBOX_RPC_OK, sum(self->stub, MOST - 5));
	EXPECT_EQ(MAILBOX_RPC_RESOURCE_EXHAUSTED, sum(self->stub, MOST - 4));
	EXPECT_TRUE(rpc_says(self->stub, "more than the server takes"));
	EXPECT_EQ(MAILBOX_RPC_OK, large(self->stub, MOST - 20));
	EXPECT_EQ(MAILBOX_RPC_RESOURCE_EXHAUSTED, large(self->stub, MOST));
	EXPECT_TRUE(rpc_says(self->stub, "the caller takes 67108864"));
	EXPECT_EQ(MAILBOX_RPC_OK, large(self->stub, 10));
}

TEST_F(rpclarge, results_of_a_stream_may_be_long)
{
	struct mailbox_rpc_stub *stub;
	Test__Number number = TEST__NUMBER__INIT;
	struct rpc_lengths seen = { 0 };

	ASSERT_EQ(0, mailbox_rpc_stub_new(self->setup.name,
					  &test__cargo__interface, &stub));
	for (number.number = 100; number.number < 10000000;
	     number.number *= 10) {
		seen = (struct rpc_lengths){ 0 };
		ASSERT_EQ(MAILBOX_RPC_OK, test__cargo__long_ones__call(
			stub, &number, rpc_length_one, &seen));
		EXPECT_EQ(5, seen.results);
		EXPECT_EQ(5 * number.number, seen.bytes);
		EXPECT_FALSE(seen.wrong);
	}
	number.number = MOST;
	EXPECT_EQ(MAILBOX_RPC_RESOURCE_EXHAUSTED,
		  test__cargo__long_ones__call(stub, &number, rpc_length_one,
					       &seen));
	mailbox_rpc_stub_free(stub);
}

/* ---- Users that have nothing in common --------------------------------------- */

static int stranger_run(void *argument)
{
	Test__Number number = TEST__NUMBER__INIT;
	struct rpc_lengths seen = { 0 };
	struct mailbox_rpc_stub *stub;
	int ret;

	ret = mailbox_rpc_stub_new(argument, &test__test__interface, &stub);
	if (!ret)
		ret = sum(stub, 1 << 20);
	if (!ret)
		ret = large(stub, 1 << 20);
	if (ret)
		return ret;
	mailbox_rpc_stub_free(stub);
	ret = mailbox_rpc_stub_new(argument, &test__cargo__interface, &stub);
	number.number = 100000;
	if (!ret)
		ret = test__cargo__long_ones__call(stub, &number,
						   rpc_length_one, &seen);
	if (!ret && (seen.results != 5 || seen.wrong))
		ret = -EILSEQ;
	return ret;
}

TEST_F(rpclarge, users_need_not_be_able_to_open_each_others_sections)
{
	struct rpc_setup setup = self->setup;
	struct mb_child server;

	mb_need_root();
	setup.name = rpc_unique("users");
	setup.user = MB_USER_B;
	ASSERT_EQ(0, rpc_server_start(&server, &setup));
	EXPECT_EQ(0, mb_as_uid(MB_USER_A, stranger_run, (void *)setup.name));
	mb_child_kill(&server);
}

/* ---- What is not what it says ------------------------------------------------ */

static int section_new(int client, size_t length, uint32_t seals)
{
	return mailbox_section_create(client, NULL, length, seals, NULL);
}

TEST_F(rpclarge, section_that_cannot_be_trusted_is_refused)
{
	static const uint64_t lies[] = {
		4097, 8192, MOST, MOST + 1, 1ULL << 32, UINT64_MAX,
	};
	struct raw raw = raw_plain("test.Test", 3, "Sum");
	struct mailbox_attachment item;
	int section;

	/* it is not there */
	raw.request.section_length = 100;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	raw.items = &item;
	raw.count = 1;
	/* it could shrink */
	section = section_new(self->client, 4096, MAILBOX_SEAL_GROW);
	item = mailbox_attachment(section, MAILBOX_SECTION_READ);
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	close(section);
	/* it is not as long */
	section = section_new(self->client, 4096, MAILBOX_SEAL_SHRINK);
	item = mailbox_attachment(section, MAILBOX_SECTION_READ);
	for (int i = 0; i < 6; i++) {
		raw.request.section_length = lies[i];
		EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT,
			  raw_call(self->box, &raw));
	}
	/* zeroes are not a message */
	raw.request.section_length = 4096;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	/* nobody speaks of it */
	raw.request.section_length = 0;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	close(section);
	/* it is something else */
	raw.request.section_length = 100;
	item = mailbox_attachment(self->box, MAILBOX_RIGHT_SEND);
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	EXPECT_EQ(MAILBOX_RPC_OK, sum(self->stub, 100000));
}

TEST_F(rpclarge, mailbox_for_a_stream_has_to_be_one)
{
	struct raw raw = raw_plain("test.Test", 3, "Count");
	struct mailbox_attachment item;
	int section;

	raw.request.stream = true;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	section = section_new(self->client, 4096, 0);
	item = mailbox_attachment(section, MAILBOX_SECTION_READ);
	raw.items = &item;
	raw.count = 1;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	close(section);
	EXPECT_EQ(MAILBOX_RPC_OK, sum(self->stub, 100000));
}

TEST_F(rpclarge, message_of_a_section_cannot_exhaust_the_server)
{
	/* two bytes a message within, of which each becomes more than fifty */
	struct raw raw = raw_plain("test.Test", 3, "Depth");
	const size_t length = 16 << 20;
	struct mailbox_attachment item;
	uint8_t *memory;
	int section;

	section = section_new(self->client, length, MAILBOX_SEAL_SHRINK);
	ASSERT_EQ(0, mailbox_section_map(section, 0, length,
					 MAILBOX_SECTION_READ |
					 MAILBOX_SECTION_WRITE,
					 (void **)&memory));
	for (size_t i = 0; i < length; i += 2)
		memory[i] = 2 << 3 | 2;
	item = mailbox_attachment(section, MAILBOX_SECTION_READ);
	raw.items = &item;
	raw.count = 1;
	raw.request.section_length = length;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_call(self->box, &raw));
	munmap(memory, length);
	close(section);
	EXPECT_EQ(MAILBOX_RPC_OK, sum(self->stub, 100000));
}

/* ---- Servers that lie ----------------------------------------------------------- */

TEST_F(rpclarge, answer_that_is_none_is_an_error)
{
	struct mailbox_rpc_stub *stub;
	struct mb_child liar;

	ASSERT_EQ(0, rpc_liar_start(&liar, "liar"));
	ASSERT_EQ(0, mailbox_rpc_stub_new("liar", &test__test__interface,
					  &stub));
	for (unsigned int i = 0; i < RPC_LIES; i++) {
		EXPECT_EQ(MAILBOX_RPC_INTERNAL, large(stub, i))
			TH_LOG("%s", rpc_lies[i]);
		EXPECT_NE('\0', mailbox_rpc_stub_status(stub)->text[0]);
	}
	EXPECT_EQ(MAILBOX_RPC_OK, large(stub, RPC_LIES));
	mailbox_rpc_stub_free(stub);
	mb_child_kill(&liar);
}

TEST_F(rpclarge, result_cannot_exhaust_the_stack)
{
	Test__Number number = TEST__NUMBER__INIT;
	Test__Node *node;

	number.number = 50;
	ASSERT_EQ(MAILBOX_RPC_OK,
		  test__test__nest__call(self->stub, &number, &node));
	test__node__free_unpacked(node, NULL);
	number.number = 3000;
	EXPECT_EQ(MAILBOX_RPC_INTERNAL,
		  test__test__nest__call(self->stub, &number, &node));
	EXPECT_TRUE(rpc_says(self->stub, "is not a"));
}

TEST_HARNESS_MAIN
