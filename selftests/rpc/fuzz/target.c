// SPDX-License-Identifier: GPL-2.0-only
/*
 * A libFuzzer target: what libmailbox-rpc reads that others have written.  The first
 * byte says as what the rest is to be taken: a request, for a server with a journal
 * or without, to its very answer; a reply; the journal of an object that moves here;
 * what a request's or a reply's fields shall be, and what they carry, or a journal's
 * bytes, so that what is behind the first checks has its share.
 *
 * No kernel takes part: kernel.c has what the library calls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "kernel.h"
#include "server.h"
#include "stub.h"
#include "test.rpc.h"

struct state {
	int64_t sum;
};

static const struct mailbox_rpc_journal_sizes sizes = {
	.state = sizeof(struct state), .log = 64, .answers = 4, .answer = 32,
};

static struct mailbox_rpc_server plain, ledger, cargo;
static int file;
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

/* Gives back what came. */
static void cargo_back(Test__Cargo_Service *service, const Test__Bytes *input,
		       Test__Bytes_Closure closure, void *data)
{
	struct mailbox_rpc_parcel *parcel = mailbox_rpc_incoming(data);
	const struct mailbox_attachment *item;

	(void)service;
	for (unsigned int i = 1; (item = mailbox_rpc_attached(parcel, i)); i++)
		mailbox_rpc_attach(mailbox_rpc_outgoing(data), item);
	closure(input, data);
}

static void cargo_long_ones(Test__Cargo_Service *service,
			    const Test__Number *input,
			    Test__Bytes_Closure closure, void *data)
{
	static uint8_t bytes[1024];
	Test__Bytes one = TEST__BYTES__INIT;

	(void)service;
	one.data.data = bytes;
	one.data.len = (uint64_t)input->number % sizeof(bytes);
	closure(&one, data);
	closure(NULL, data);
}

/* Every other method of the services. */
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

/* All methods, of which the caller sets some. */
static void service_init(ProtobufCService *service)
{
	void (**methods)(void) = (void (**)(void))(service + 1);

	for (unsigned int i = 0; i < service->descriptor->n_methods; i++)
		methods[i] = (void (*)(void))other;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	static Test__Test_Service tests;
	static Test__Ledger_Service ledgers;
	static Test__Cargo_Service cargos;

	(void)argc;
	(void)argv;
	test__test__init(&tests, NULL);
	service_init(&tests.base);
	tests.echo = test_echo;
	tests.fail = test_fail;
	tests.depth = test_depth;
	test__ledger__init(&ledgers, NULL);
	service_init(&ledgers.base);
	ledgers.add = ledger_add;
	test__cargo__init(&cargos, NULL);
	service_init(&cargos.base);
	cargos.back = cargo_back;
	cargos.long_ones = cargo_long_ones;
	server_make(&plain, &test__test__interface, &tests.base);
	server_make(&ledger, &test__ledger__interface, &ledgers.base);
	server_make(&cargo, &test__cargo__interface, &cargos.base);
	if (mailbox_rpc_journal_bytes(&sizes) > sizeof(memory) ||
	    mailbox_rpc_journal_open(memory, sizeof(memory), &sizes,
				     &ledger.port.journal))
		__builtin_trap();
	context = rpc_context_new();
	file = eventfd(0, 0);
	return 0;
}

/* Every call is answered, with something that its caller understands. */
static void request(struct mailbox_rpc_server *server, const uint8_t *data,
		    size_t size, uint32_t room, struct rpc_cargo *carried)
{
	struct mailbox_message message = {
		.length = (uint32_t)size,
		.info = MAILBOX_INFO_CALL,
		.token = 1,
		.room = room,
		.uid = 1000,
	};
	struct mailbox_rpc_status status;
	static struct rpc_arena arena;
	static bool made;
	rpc_reply *reply;

	if (!made)
		rpc_arena_init(&arena);
	made = true;
	kernel_call(room);
	if (!rpc_dispatch(&server->port, &message, data, carried, &context)) {
		if (!kernel_answered())
			__builtin_trap();
		return;
	}
	reply = rpc_reply_unpack(&arena, context->reply.data,
				 context->reply.length, &status);
	if (!reply || (reply->status && !reply->text) || reply->attachments ||
	    reply->section_length)
		__builtin_trap();
}

static void request_bare(struct mailbox_rpc_server *server,
			 const uint8_t *data, size_t size)
{
	struct rpc_cargo nothing;

	rpc_cargo_room(&nothing, 0);
	request(server, data, size, 65536, &nothing);
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
		request_bare(data[0] & 128 ? &plain :
			     data[0] % 4 ? &ledger : &plain,
			     buffer.data, buffer.length);
}

/* What is attached, by a byte: a file, a handle, a section; one did not come. */
static void carry(struct rpc_cargo *carried, uint8_t choice, const uint8_t *data,
		  size_t size)
{
	struct mailbox_attachment *item =
		&carried->items[carried->list.count++];

	static const uint32_t kinds[] = {
		MAILBOX_ATTACHMENT_HANDLE, MAILBOX_ATTACHMENT_SECTION,
		MAILBOX_ATTACHMENT_FILE, MAILBOX_ATTACHMENT_FILE,
	};

	memset(item, 0, sizeof(*item));
	item->kind = kinds[choice % 4];
	if (item->kind == MAILBOX_ATTACHMENT_SECTION)
		item->fd = kernel_section(data, size, choice & 16);
	else
		item->fd = choice % 4 == 3 ? -EMFILE : dup(file);
}

/* So many choices, and what is attached by each. */
static void carry_all(struct rpc_cargo *carried, const uint8_t *choices,
		      unsigned int count, const uint8_t *data, size_t size)
{
	rpc_cargo_room(carried, 0);
	for (unsigned int i = 0; i < count; i++)
		carry(carried, choices[i], data, size);
}

/* Lengths of a section: mostly the true one. */
static uint64_t length_of(uint8_t choice, size_t size)
{
	static const uint64_t lies[] = {
		0, 1, RPC_LARGE_MAX, RPC_LARGE_MAX + 1ULL, UINT64_MAX, 1ULL << 63,
	};

	if (choice < 128)
		return choice & 64 ? size : 0;
	return choice % 8 < 6 ? lies[choice % 8] : size + choice % 8 - 5;
}

/* Nothing stays open. */
static void closed_check(void)
{
	int next = dup(file);

	close(next);
	if (next != file + 1)
		__builtin_trap();
}

/* A request that carries something. */
static void laden_request(const uint8_t *data, size_t size)
{
	rpc_request chosen = MAILBOX__RPC__REQUEST__INIT;
	const ProtobufCServiceDescriptor *service = &test__cargo__descriptor;
	static struct rpc_buffer buffer;
	struct rpc_cargo carried;

	if (size < 12)
		return;
	chosen.protocol = 1;
	chosen.service = (char *)service->name;
	chosen.method = (char *)service->methods[data[0] % service->n_methods]
				.name;
	chosen.semantics = 1 + data[0] % 2;
	chosen.attachments = data[1] % 8;
	chosen.section_length = length_of(data[2], size - 12);
	chosen.stream = data[3] & 1;
	chosen.large = data[3] & 2;
	chosen.result_attachments = data[4] % 8;
	carry_all(&carried, data + 6, data[5] % 7, data + 12, size - 12);
	if (!chosen.section_length) {
		chosen.argument.data = (uint8_t *)data + 12;
		chosen.argument.len = size - 12;
	}
	kernel_takes(data[4] & 128 ? data[4] % 8 + chosen.large : data[3] % 16);
	if (rpc_request_pack(&buffer, &chosen, NULL))
		request(&cargo, buffer.data, buffer.length,
			data[3] & 128 ? 65536 : data[3] >> 2, &carried);
	closed_check();
}

static struct mailbox_rpc_stub *stub_get(void)
{
	static struct mailbox_rpc_stub stub;

	if (stub.handle != -1) {
		rpc_arena_init(&stub.arena);
		stub.handle = -1;
		stub.stream = -1;
	}
	return &stub;
}

/* A reply, as a stub takes it, and its result. */
static void reply_take(const uint8_t *data, size_t size,
		       const struct rpc_cargo *carried)
{
	struct mailbox_rpc_stub *stub = stub_get();
	ProtobufCMessage *result;
	rpc_reply *reply;

	if (!rpc_buffer_reserve(&stub->reply, size + 1))
		return;
	memcpy(stub->reply.data, data, size);
	stub->taken = *carried;
	stub->taken.list.items = (uintptr_t)stub->taken.items;
	memset(&stub->status, 0, sizeof(stub->status));
	reply = rpc_stub_reply(stub, size);
	if (!reply && (!stub->status.code || !stub->status.text[0]))
		__builtin_trap();
	if (!reply)
		return;
	if (reply->attachments != stub->incoming.count)
		__builtin_trap();
	result = rpc_result_unpack(&test__node__descriptor, &reply->result);
	if (result)
		protobuf_c_message_free_unpacked(result, NULL);
}

/* A reply that carries something; what is in the section is the rest, or one, too. */
static void laden_reply(const uint8_t *data, size_t size)
{
	rpc_reply chosen = MAILBOX__RPC__REPLY__INIT;
	static struct rpc_buffer buffer, inner;
	const uint8_t *section = data + 10;
	size_t length = size - 10;
	struct rpc_cargo carried;

	if (size < 10)
		return;
	chosen.protocol = 1;
	chosen.attachments = data[0] % 8;
	if (data[1] & 1) {
		chosen.result.data = (uint8_t *)data + 10;
		chosen.result.len = length;
		if (!rpc_reply_pack(&inner, &chosen, NULL))
			return;
		section = inner.data;
		length = inner.length;
		chosen.attachments = data[0] / 8 % 8;
		chosen.result.len = 0;
	}
	chosen.section_length = length_of(data[2], length);
	carry_all(&carried, data + 4, data[3] % 7, section, length);
	if (rpc_reply_pack(&buffer, &chosen, NULL))
		reply_take(buffer.data, buffer.length, &carried);
	rpc_parcel_clear(&stub_get()->incoming);
	closed_check();
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
	struct rpc_cargo nothing;

	if (!size)
		return 0;
	switch (data[0] % 8) {
	case 0:
		request_bare(&plain, data + 1, size - 1);
		break;
	case 1:
		request_bare(&ledger, data + 1, size - 1);
		break;
	case 2:
		rpc_cargo_room(&nothing, 0);
		reply_take(data + 1, size - 1, &nothing);
		break;
	case 3:
		journal(data + 1, size - 1);
		break;
	case 4:
		fields(data + 1, size - 1);
		break;
	case 5:
		journal_changed(data + 1, size - 1);
		break;
	case 6:
		laden_request(data + 1, size - 1);
		break;
	default:
		laden_reply(data + 1, size - 1);
	}
	return 0;
}
