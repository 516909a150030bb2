// SPDX-License-Identifier: GPL-2.0-only
/*
 * A libFuzzer target: what libmailbox-rpc reads that others have written.  The first
 * byte says as what the rest is to be taken: a request, for a server with a journal
 * or without, to its very answer; a reply; the journal of an object that moves here.
 *
 * No kernel takes part: the server has no mailbox, and what it would send fails.
 */
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
	switch (data[0] % 4) {
	case 0:
		request(&plain, data + 1, size - 1);
		break;
	case 1:
		request(&ledger, data + 1, size - 1);
		break;
	case 2:
		answer(data + 1, size - 1);
		break;
	default:
		journal(data + 1, size - 1);
	}
	return 0;
}
