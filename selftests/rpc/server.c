// SPDX-License-Identifier: GPL-2.0-only
#include <pthread.h>

#include "rpc/server.h"

static struct mailbox_rpc_server *server;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t met = PTHREAD_COND_INITIALIZER;
static int64_t here;
static int64_t ends;

static void ended(void)
{
	pthread_mutex_lock(&lock);
	ends++;
	pthread_mutex_unlock(&lock);
}

static void test_null(Test__Test_Service *service,
		      const Test__Nothing *input,
		      Test__Nothing_Closure closure, void *data)
{
	Test__Nothing reply = TEST__NOTHING__INIT;

	closure(&reply, data);
}

static void test_echo(Test__Test_Service *service, const Test__Bytes *input,
		      Test__Bytes_Closure closure, void *data)
{
	closure(input, data);
}

static void test_who(Test__Test_Service *service, const Test__Nothing *input,
		     Test__Caller_Closure closure, void *data)
{
	const struct mailbox_rpc_caller *caller = mailbox_rpc_caller(data);
	Test__Caller reply = TEST__CALLER__INIT;

	reply.pid = caller->pid;
	reply.uid = caller->uid;
	reply.gid = caller->gid;
	reply.deadline = mailbox_rpc_deadline(data);
	closure(&reply, data);
}

static void test_fail(Test__Test_Service *service, const Test__Failure *input,
		      Test__Nothing_Closure closure, void *data)
{
	mailbox_rpc_fail(data, input->code, "%s", input->text);
}

static void test_silent(Test__Test_Service *service,
			const Test__Nothing *input,
			Test__Nothing_Closure closure, void *data)
{
	closure(NULL, data);
}

struct late {
	int64_t number;
	Test__Number_Closure closure;
	void *data;
};

static void *late_run(void *argument)
{
	struct late late = *(struct late *)argument;
	Test__Number reply = TEST__NUMBER__INIT;

	free(argument);
	reply.number = late.number + 1;
	late.closure(&reply, late.data);
	return NULL;
}

static void test_late(Test__Test_Service *service, const Test__Number *input,
		      Test__Number_Closure closure, void *data)
{
	struct late *late = malloc(sizeof(*late));
	pthread_t thread;

	*late = (struct late){ input->number, closure, data };
	if (pthread_create(&thread, NULL, late_run, late))
		mailbox_rpc_fail(data, MAILBOX_RPC_INTERNAL, "no thread");
	else
		pthread_detach(thread);
}

static void test_meet(Test__Test_Service *service, const Test__Number *input,
		      Test__Number_Closure closure, void *data)
{
	Test__Number reply = TEST__NUMBER__INIT;

	pthread_mutex_lock(&lock);
	here++;
	pthread_cond_broadcast(&met);
	while (here < input->number)
		pthread_cond_wait(&met, &lock);
	pthread_mutex_unlock(&lock);
	reply.number = here;
	closure(&reply, data);
}

static void test_cancelled(Test__Test_Service *service,
			   const Test__Nothing *input,
			   Test__Nothing_Closure closure, void *data)
{
	pthread_mutex_lock(&lock);
	here++;
	pthread_mutex_unlock(&lock);
	while (!mailbox_rpc_cancelled(data))
		mb_pause();
	ended();
	closure(NULL, data);
}

static int64_t depth(const Test__Node *node)
{
	int64_t below = node->child ? depth(node->child) : 0;

	return below + 1;
}

static void test_depth(Test__Test_Service *service, const Test__Node *input,
		       Test__Number_Closure closure, void *data)
{
	Test__Number reply = TEST__NUMBER__INIT;

	reply.number = depth(input);
	closure(&reply, data);
}

static void test_nest(Test__Test_Service *service, const Test__Number *input,
		      Test__Node_Closure closure, void *data)
{
	Test__Node *nodes = calloc(input->number, sizeof(*nodes));

	for (int64_t i = 0; i < input->number; i++) {
		test__node__init(&nodes[i]);
		nodes[i].child = i ? &nodes[i - 1] : NULL;
	}
	closure(&nodes[input->number - 1], data);
	free(nodes);
}

static void test_large(Test__Test_Service *service, const Test__Number *input,
		       Test__Bytes_Closure closure, void *data)
{
	Test__Bytes reply = TEST__BYTES__INIT;

	if (input->number < 0) {
		mailbox_rpc_fail(data, MAILBOX_RPC_OUT_OF_RANGE, "negative");
		return;
	}
	reply.data.len = input->number;
	reply.data.data = malloc(input->number + 1);
	for (int64_t i = 0; i < input->number; i++)
		reply.data.data[i] = (uint8_t)(i >> 8 ^ i);
	closure(&reply, data);
	free(reply.data.data);
}

static void test_count(Test__Test_Service *service, const Test__Number *input,
		       Test__Number_Closure closure, void *data)
{
	for (int64_t i = 0; i < input->number; i++) {
		Test__Number one = TEST__NUMBER__INIT;

		one.number = i;
		closure(&one, data);
	}
	if (input->number == 13)
		mailbox_rpc_fail(data, MAILBOX_RPC_OUT_OF_RANGE, "unlucky");
	else
		closure(NULL, data);
}

static void test_count_and_die(Test__Test_Service *service,
			       const Test__Number *input,
			       Test__Number_Closure closure, void *data)
{
	for (int64_t i = 0; i < input->number / 2; i++) {
		Test__Number one = TEST__NUMBER__INIT;

		one.number = i;
		closure(&one, data);
	}
	_exit(0);
}

static void test_endless(Test__Test_Service *service,
			 const Test__Nothing *input,
			 Test__Number_Closure closure, void *data)
{
	Test__Number one = TEST__NUMBER__INIT;

	while (mailbox_rpc_stream_ready(data)) {
		closure(&one, data);
		one.number++;
	}
	ended();
	closure(NULL, data);
}

static void test_stop(Test__Test_Service *service, const Test__Nothing *input,
		      Test__Nothing_Closure closure, void *data)
{
	Test__Nothing reply = TEST__NOTHING__INIT;

	mailbox_rpc_server_stop(server);
	closure(&reply, data);
}

static void test_ends(Test__Test_Service *service, const Test__Nothing *input,
		      Test__Number_Closure closure, void *data)
{
	Test__Number reply = TEST__NUMBER__INIT;

	pthread_mutex_lock(&lock);
	reply.number = ends;
	pthread_mutex_unlock(&lock);
	closure(&reply, data);
}

static void test_sum(Test__Test_Service *service, const Test__Bytes *input,
		     Test__Number_Closure closure, void *data)
{
	Test__Number reply = TEST__NUMBER__INIT;

	for (size_t i = 0; i < input->data.len; i++)
		reply.number += input->data.data[i];
	closure(&reply, data);
}

/* ---- State -------------------------------------------------------------- */

const struct mailbox_rpc_journal_sizes rpc_sizes = {
	.state = sizeof(struct rpc_ledger),
	.log = 512,
	.answers = 16,
	.answer = 64,
};

static struct rpc_ledger *ledger_change(void *data)
{
	struct mailbox_rpc_journal *journal = mailbox_rpc_journal(data);
	struct rpc_ledger *ledger = mailbox_rpc_journal_state(journal);

	if (mailbox_rpc_journal_touch(journal, ledger, sizeof(*ledger)))
		abort();
	return ledger;
}

static int64_t add(void *data, int64_t number)
{
	struct rpc_ledger *ledger = ledger_change(data);

	ledger->sum += number;
	ledger->executions++;
	return ledger->sum;
}

static void ledger_add(Test__Ledger_Service *service,
		       const Test__Number *input,
		       Test__Number_Closure closure, void *data)
{
	Test__Number reply = TEST__NUMBER__INIT;

	reply.number = add(data, input->number);
	closure(&reply, data);
}

static void ledger_add_and_fail(Test__Ledger_Service *service,
				const Test__Number *input,
				Test__Number_Closure closure, void *data)
{
	add(data, input->number);
	mailbox_rpc_fail(data, MAILBOX_RPC_ABORTED, "on purpose");
}

static void ledger_add_and_forget(Test__Ledger_Service *service,
				  const Test__Number *input,
				  Test__Number_Closure closure, void *data)
{
	add(data, input->number);
}

static void ledger_add_much(Test__Ledger_Service *service,
			    const Test__Number *input,
			    Test__Bytes_Closure closure, void *data)
{
	Test__Bytes reply = TEST__BYTES__INIT;
	uint8_t much[256] = { 0 };

	add(data, input->number);
	reply.data.data = much;
	reply.data.len = sizeof(much);
	closure(&reply, data);
}

static void ledger_take(Test__Ledger_Service *service, const Test__Step *input,
			Test__Number_Closure closure, void *data)
{
	struct rpc_ledger *ledger = ledger_change(data);
	Test__Number reply = TEST__NUMBER__INIT;

	if (input->client >= RPC_CLIENTS) {
		mailbox_rpc_fail(data, MAILBOX_RPC_NOT_FOUND, "no such client");
		return;
	}
	ledger->executions++;
	if (input->number != ledger->steps[input->client] + 1)
		ledger->wrong++;
	ledger->steps[input->client] = input->number;
	reply.number = (int64_t)ledger->wrong;
	closure(&reply, data);
}

static void ledger_sum(Test__Ledger_Service *service,
		       const Test__Nothing *input,
		       Test__Number_Closure closure, void *data)
{
	struct rpc_ledger *ledger =
		mailbox_rpc_journal_state(mailbox_rpc_journal(data));
	Test__Number reply = TEST__NUMBER__INIT;

	reply.number = ledger->sum;
	closure(&reply, data);
}

Test__Ledger_Service rpc_ledger_service = TEST__LEDGER__INIT(ledger_);

int rpc_memory(struct rpc_setup *setup)
{
	setup->length = mailbox_rpc_journal_bytes(&rpc_sizes);
	setup->memory = mb_shared(setup->length);
	return setup->memory ? 0 : -ENOMEM;
}

static int journal_open(const struct rpc_setup *setup,
			struct mailbox_rpc_journal **journal)
{
	if (setup->section)
		return mailbox_rpc_journal_section(setup->name, &rpc_sizes,
						   journal);
	return mailbox_rpc_journal_open(setup->memory, setup->length,
					&rpc_sizes, journal);
}

struct rpc_ledger rpc_ledger_of(const struct rpc_setup *setup)
{
	struct rpc_ledger ledger = { .sum = -1 };
	struct mailbox_rpc_journal *journal;

	if (journal_open(setup, &journal))
		return ledger;
	ledger = *(struct rpc_ledger *)mailbox_rpc_journal_state(journal);
	mailbox_rpc_journal_close(journal);
	return ledger;
}

/* ---- Objects --------------------------------------------------------------- */

static const struct mailbox_rpc_class ledger_class = {
	.interface = &test__ledger__interface,
	.service = &rpc_ledger_service.base,
	.sizes = {
		.state = sizeof(struct rpc_ledger),
		.log = 512,
		.answers = 16,
		.answer = 64,
	},
};

static struct mailbox_rpc_stub *held;

static void factory_make(Test__Factory_Service *service,
			 const Test__Nothing *input,
			 Test__Object_Closure closure, void *data)
{
	Mailbox__Rpc__Reference reference = MAILBOX__RPC__REFERENCE__INIT;
	Test__Object reply = TEST__OBJECT__INIT;
	struct mailbox_rpc_object *object;

	if (mailbox_rpc_object_new(server, &ledger_class, &object)) {
		mailbox_rpc_fail(data, MAILBOX_RPC_INTERNAL, "no object");
		return;
	}
	if (mailbox_rpc_attach_object(mailbox_rpc_outgoing(data), object,
				      &reference) < 0) {
		mailbox_rpc_object_free(object);
		mailbox_rpc_fail(data, MAILBOX_RPC_INTERNAL, "no reference");
		return;
	}
	reply.reference = &reference;
	closure(&reply, data);
}

static void factory_make_plain(Test__Factory_Service *service,
			       const Test__Nothing *input,
			       Test__Object_Closure closure, void *data)
{
	Mailbox__Rpc__Reference reference = MAILBOX__RPC__REFERENCE__INIT;
	Test__Object reply = TEST__OBJECT__INIT;
	struct mailbox_rpc_object *object;

	if (mailbox_rpc_object_new(server, &ledger_class, &object)) {
		mailbox_rpc_fail(data, MAILBOX_RPC_INTERNAL, "no object");
		return;
	}
	mailbox_rpc_object_reference(object, &reference);
	reply.reference = &reference;
	closure(&reply, data);
}

/* The ledger that came; or says why there is none. */
static struct mailbox_rpc_stub *ledger_of(const Test__Object *input, void *data)
{
	struct mailbox_rpc_stub *stub;
	int error = -EINVAL;

	if (input->reference)
		error = mailbox_rpc_stub_object(input->reference,
						mailbox_rpc_incoming(data),
						&test__ledger__interface,
						&stub);
	if (!error)
		return stub;
	mailbox_rpc_fail(data, MAILBOX_RPC_NOT_FOUND, "no such ledger: %d",
			 error);
	return NULL;
}

static void factory_sum_of(Test__Factory_Service *service,
			   const Test__Object *input,
			   Test__Number_Closure closure, void *data)
{
	struct mailbox_rpc_stub *stub = ledger_of(input, data);
	const Test__Nothing nothing = TEST__NOTHING__INIT;
	Test__Number *sum;

	if (!stub)
		return;
	if (test__ledger__sum__call(stub, &nothing, &sum)) {
		mailbox_rpc_fail(data, MAILBOX_RPC_UNAVAILABLE, "%s",
				 mailbox_rpc_stub_status(stub)->text);
	} else {
		closure(sum, data);
		test__number__free_unpacked(sum, NULL);
	}
	mailbox_rpc_stub_free(stub);
}

static void factory_hold(Test__Factory_Service *service,
			 const Test__Object *input,
			 Test__Nothing_Closure closure, void *data)
{
	const Test__Nothing reply = TEST__NOTHING__INIT;
	struct mailbox_rpc_stub *stub = ledger_of(input, data);

	if (!stub)
		return;
	mailbox_rpc_stub_free(held);
	held = stub;
	closure(&reply, data);
}

static void factory_drop(Test__Factory_Service *service,
			 const Test__Nothing *input,
			 Test__Nothing_Closure closure, void *data)
{
	mailbox_rpc_stub_free(held);
	held = NULL;
	closure(input, data);
}

static void factory_share(Test__Factory_Service *service,
			  const Test__Nothing *input,
			  Test__Object_Closure closure, void *data)
{
	Mailbox__Rpc__Reference reference = MAILBOX__RPC__REFERENCE__INIT;
	Test__Object reply = TEST__OBJECT__INIT;

	if (!held || mailbox_rpc_attach_stub(mailbox_rpc_outgoing(data), held,
					     &reference) < 0) {
		mailbox_rpc_fail(data, MAILBOX_RPC_NOT_FOUND, "it has none");
		return;
	}
	reply.reference = &reference;
	closure(&reply, data);
}

static void factory_move(Test__Factory_Service *service,
			 const Test__Where *input,
			 Test__Nothing_Closure closure, void *data)
{
	const Test__Nothing nothing = TEST__NOTHING__INIT;
	struct mailbox_rpc_status status;

	if (mailbox_rpc_object_move(server, input->id, input->to,
				    20 * MAILBOX_SECOND, &status))
		mailbox_rpc_fail(data, status.code, "%s", status.text);
	else
		closure(&nothing, data);
}

static void factory_alive(Test__Factory_Service *service,
			  const Test__Nothing *input,
			  Test__Number_Closure closure, void *data)
{
	Test__Number reply = TEST__NUMBER__INIT;

	reply.number = mailbox_rpc_server_objects(server);
	closure(&reply, data);
}

/* ---- The process ---------------------------------------------------------- */

int rpc_server_run(void *argument)
{
	static Test__Factory_Service factories = TEST__FACTORY__INIT(factory_);
	static Test__Test_Service tests = TEST__TEST__INIT(test_);
	const struct rpc_setup *setup = argument;
	struct mailbox_rpc_server_options options = {
		.size = sizeof(options),
		.persist = setup->persist,
		.mode = setup->mode,
		.trace = setup->trace,
	};
	int ret;

	if (setup->user && mb_become(setup->user, setup->user, NULL, 0))
		return MB_NOT_BECOME;
	if (setup->ledger) {
		ret = journal_open(setup, &options.journal);
		if (ret)
			return ret;
	}
	ret = mailbox_rpc_server_new(setup->name, &options, &server);
	if (ret)
		return ret;
	if (setup->host)
		ret = mailbox_rpc_server_class(server, &ledger_class);
	if (!ret && setup->host)
		ret = mailbox_rpc_server_add(server, &test__factory__interface,
					     &factories.base);
	if (!ret && setup->ledger)
		ret = mailbox_rpc_server_add(server, &test__ledger__interface,
					     &rpc_ledger_service.base);
	if (!ret)
		ret = mailbox_rpc_server_add(server, &test__test__interface,
					     &tests.base);
	if (!ret)
		ret = mailbox_rpc_server_add(server, &test__cargo__interface,
					     &rpc_cargo_service.base);
	if (!ret)
		ret = mailbox_rpc_serve(server, setup->threads);
	mailbox_rpc_server_free(server);
	mailbox_rpc_journal_close(options.journal);
	return ret;
}

int rpc_handle_serve(int handle)
{
	static Test__Test_Service tests = TEST__TEST__INIT(test_);
	int ret = mailbox_rpc_server_new(NULL, NULL, &server);

	if (ret)
		return ret;
	ret = mailbox_rpc_server_handle(server, handle);
	if (!ret)
		ret = mailbox_rpc_server_add(server, &test__test__interface,
					     &tests.base);
	if (!ret)
		ret = mailbox_rpc_server_add(server, &test__cargo__interface,
					     &rpc_cargo_service.base);
	if (!ret)
		ret = mailbox_rpc_serve(server, 1);
	mailbox_rpc_server_free(server);
	return ret;
}

static void *handle_run(void *handle)
{
	rpc_handle_serve((int)(intptr_t)handle);
	return NULL;
}

int rpc_handle_start(int handle, pthread_t *thread)
{
	return -pthread_create(thread, NULL, handle_run,
			       (void *)(intptr_t)handle);
}

int rpc_ignore(const ProtobufCMessage *message, void *context)
{
	return 0;
}

int rpc_child_start(struct mb_child *child, mb_child_fn run, void *argument,
		    const char *server_name)
{
	char name[64];
	int client, fd, ret;

	ret = mb_child_start(child, run, argument);
	if (ret)
		return ret;
	client = mailbox_client_open();
	snprintf(name, sizeof(name), "rpc:%s", server_name);
	ret = mb_until((fd = mailbox_open(client, name, MAILBOX_RIGHT_SEND,
					  0)) >= 0 ||
		       mb_child_done(child));
	if (fd >= 0)
		close(fd);
	close(client);
	return fd < 0 ? (ret ? ret : fd) : 0;
}

int rpc_server_start(struct mb_child *child, const struct rpc_setup *setup)
{
	return rpc_child_start(child, rpc_server_run, (void *)setup,
			       setup->name);
}

const char *rpc_unique(const char *base)
{
	static unsigned int count;
	static char name[64];

	snprintf(name, sizeof(name), "%s.%d.%u", base, getpid(), count++);
	return name;
}
