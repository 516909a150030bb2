// SPDX-License-Identifier: GPL-2.0-only
/*
 * A libFuzzer target: what libmailbox-rpc reads that others have written.  The first
 * byte says as what the rest is to be taken: a request, for a server with a journal
 * or without, to its very answer; a reply; the journal of an object that moves here;
 * what a request's fields shall be, or a journal's bytes, so that what is behind the
 * first checks has its share.
 *
 * No kernel takes part: the server has no mailbox, and what it would send fails.
 */
#include <stdlib.h>
#include <string.h>

#include "server.h"
#include "test.rpc.h"

struct state {
	int64_t sum;
};

static const struct mailbox_rpc_journal_sizes sizes = {
	.state = sizeof(struct state), .log = 64, .answers = 4, .answer = 32,
};

static struct mailbox_rpc_server plain, ledger;
static struct mailbox_rpc_context *context;
static _Alignas(64) char memory[4096];

static int64_t depth(const Test__Node *node)
{
	int64_t most = node->child ? depth(node->child) : 0;

	for (size_t i = 0; i < node->n_more; i++) {
		int64_t one = depth(node->more[i]);

		if (one > most)
			most = one;
	}
	return most + 1;
}

static void test_echo(Test__Test_Service *service, const Test__Bytes *input,
		      Test__Bytes_Closure closure, void *data)
{
	(void)service;
	closure(input, data);
}

static void test_fail(Test__Test_Service *service, const Test__Failure *input,
		      Test__Nothing_Closure closure, void *data)
{
	(void)service;
	(void)closure;
	mailbox_rpc_fail(data, (int)input->code, "%s", input->text);
}

static void test_depth(Test__Test_Service *service, const Test__Node *input,
		       Test__Number_Closure closure, void *data)
{
	Test__Number reply = TEST__NUMBER__INIT;

	(void)service;
	reply.number = depth(input);
	closure(&reply, data);
}

/* Every other method of both services. */
static void other(void *service, const void *input,
		  void (*closure)(const void *message, void *data), void *data)
{
	(void)service;
	(void)input;
	closure(NULL, data);
}

static void ledger_add(Test__Ledger_Service *service,
		       const Test__Number *input,
		       Test__Number_Closure closure, void *data)
{
	struct mailbox_rpc_journal *journal = mailbox_rpc_journal(data);
	struct state *state = mailbox_rpc_journal_state(journal);
	Test__Number reply = TEST__NUMBER__INIT;

	(void)service;
	if (mailbox_rpc_journal_touch(journal, state, sizeof(*state)))
		__builtin_trap();
	state->sum = (int64_t)((uint64_t)state->sum + (uint64_t)input->number);
	reply.number = state->sum;
	closure(&reply, data);
}

static void server_make(struct mailbox_rpc_server *server,
			const struct mailbox_rpc_interface *interface,
			ProtobufCService *service)
{
	if (rpc_port_init(&server->port, server) ||
	    rpc_port_add(&server->port, interface, service))
		__builtin_trap();
	server->client = -1;
	server->directory = rpc_directory_new(&server->port);
	if (rpc_port_add(&server->port, &rpc_directory_interface,
			 server->directory))
		__builtin_trap();
}

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static Test__Test_Service tests;
	static Test__Ledger_Service ledgers;
	void (**methods)(void);

	(void)argc;
	(void)argv;
	test__test__init(&tests, NULL);
	methods = (void (**)(void))((ProtobufCService *)&tests + 1);
	for (unsigned int i = 0; i < tests.base.descriptor->n_methods; i++)
		methods[i] = (void (*)(void))other;
	tests.echo = test_echo;
	tests.fail = test_fail;
	tests.depth = test_depth;
	test__ledger__init(&ledgers, NULL);
	methods = (void (**)(void))((ProtobufCService *)&ledgers + 1);
	for (unsigned int i = 0; i < ledgers.base.descriptor->n_methods; i++)
		methods[i] = (void (*)(void))other;
	ledgers.add = ledger_add;
	server_make(&plain, &test__test__interface, &tests.base);
	server_make(&ledger, &test__ledger__interface, &ledgers.base);
	if (mailbox_rpc_journal_bytes(&sizes) > sizeof(memory) ||
	    mailbox_rpc_journal_open(memory, sizeof(memory), &sizes,
				     &ledger.port.journal))
		__builtin_trap();
	context = rpc_context_new();
	return 0;
}

/* Every call is answered, with something that its caller understands. */
static void request(struct mailbox_rpc_server *server, const uint8_t *data,
		    size_t size)
{
	struct mailbox_message message = {
		.length = (uint32_t)size,
		.info = MAILBOX_INFO_CALL,
		.token = 1,
		.room = 65536,
		.uid = 1000,
	};
	struct mailbox_rpc_status status;
	static struct rpc_arena arena;
	static bool made;
	rpc_reply *reply;

	if (!made)
		rpc_arena_init(&arena);
	made = true;
	if (!rpc_dispatch(&server->port, &message, data, &context))
		return;
	reply = rpc_reply_unpack(&arena, context->reply.data,
				 context->reply.length, &status);
	if (!reply || (reply->status && !reply->text))
		__builtin_trap();
}

static void answer(const uint8_t *data, size_t size)
{
	struct mailbox_rpc_status status;
	static struct rpc_arena arena;
	static bool made;

	if (!made)
		rpc_arena_init(&arena);
	made = true;
	rpc_reply_unpack(&arena, data, size, &status);
}

/* A request of choices: the service, and so on, and an argument of any bytes. */
static void fields(const uint8_t *data, size_t size)
{
	static const char *const services[] = {
		"test.Test", "test.Ledger", "mailbox.rpc.Directory", "none",
	};
	static const uint64_t deadlines[] = { 0, 1, INT64_MAX, UINT64_MAX };
	rpc_request chosen = MAILBOX__RPC__REQUEST__INIT;
	const ProtobufCServiceDescriptor *service;
	static struct rpc_buffer buffer;

	if (size < 8)
		return;
	chosen.protocol = 1;
	chosen.service = (char *)services[data[0] % 4];
	service = data[0] % 4 == 1 ? &test__ledger__descriptor :
		  data[0] % 4 == 2 ? rpc_directory_interface.descriptor :
				     &test__test__descriptor;
	chosen.version = data[0] & 64 ? data[1] : data[0] % 4 ? 0 : 3;
	chosen.method = (char *)service->methods[data[2] % service->n_methods]
				.name;
	chosen.semantics = data[3] % 5;
	chosen.identity = data[4] % 8;
	chosen.sequence = data[5] % 8;
	chosen.deadline = deadlines[data[6] % 4];
	chosen.stream = data[7] % 2;
	chosen.argument.data = (uint8_t *)data + 8;
	chosen.argument.len = size - 8;
	if (rpc_request_pack(&buffer, &chosen, NULL))
		request(data[0] & 128 ? &plain : data[0] % 4 ? &ledger : &plain,
			buffer.data, buffer.length);
}

static void journal(const uint8_t *data, size_t size);

/* A journal that is in order but for some bytes: offset, value. */
static void journal_changed(const uint8_t *data, size_t size)
{
	size_t length = mailbox_rpc_journal_bytes(&sizes);
	static uint8_t copy[sizeof(memory)];

	memcpy(copy, memory, length);
	for (size_t i = 0; i + 3 <= size; i += 3)
		copy[(data[i] << 8 | data[i + 1]) % length] = data[i + 2];
	journal(copy, length);
}

static void journal(const uint8_t *data, size_t size)
{
	struct mailbox_rpc_journal *copy;
	void *moved;

	if (posix_memalign(&moved, 64, size + 1))
		return;
	memcpy(moved, data, size);
	if (!rpc_journal_open_copy(moved, size, &copy)) {
		struct state *state = mailbox_rpc_journal_state(copy);

		if (!mailbox_rpc_journal_begin(copy)) {
			if (!mailbox_rpc_journal_touch(copy, state,
						       sizeof(*state)))
				state->sum = 1;
			mailbox_rpc_journal_commit(copy);
		}
		mailbox_rpc_journal_close(copy);
	}
	free(moved);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	switch (data[0] % 6) {
	case 0:
		request(&plain, data + 1, size - 1);
		break;
	case 1:
		request(&ledger, data + 1, size - 1);
		break;
	case 2:
		answer(data + 1, size - 1);
		break;
	case 3:
		journal(data + 1, size - 1);
		break;
	case 4:
		fields(data + 1, size - 1);
		break;
	default:
		journal_changed(data + 1, size - 1);
	}
	return 0;
}
