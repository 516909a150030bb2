// SPDX-License-Identifier: GPL-2.0-only
/* The methods that change a state in a journal, and objects that have one each. */
#include "rpc/server.h"

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

static void ledger_add_all(Test__Ledger_Service *service,
			   const Test__Bytes *input,
			   Test__Number_Closure closure, void *data)
{
	const struct mailbox_attachment *item =
		mailbox_rpc_attached(mailbox_rpc_incoming(data), 1);
	Test__Number reply = TEST__NUMBER__INIT;
	uint64_t sum = 0;

	for (size_t i = 0; i < input->data.len; i++)
		sum += input->data.data[i];
	reply.number = add(data, (int64_t)sum);
	if (item && write(item->fd, &sum, sizeof(sum)) != sizeof(sum))
		mailbox_rpc_fail(data, MAILBOX_RPC_INVALID_ARGUMENT,
				 "no eventfd");
	else
		closure(&reply, data);
}

Test__Ledger_Service rpc_ledger_service = TEST__LEDGER__INIT(ledger_);

/* ---- Objects --------------------------------------------------------------- */

/* With a state that does not fit into a message. */
const struct mailbox_rpc_class rpc_ledger_class = {
	.interface = &test__ledger__interface,
	.service = &rpc_ledger_service.base,
	.sizes = {
		.state = 100000,
		.log = 512,
		.answers = 16,
		.answer = 64,
	},
};

static struct mailbox_rpc_stub *held;

/* A ledger, or NULL after the caller has been told. */
static struct mailbox_rpc_object *ledger_new(void *data)
{
	struct mailbox_rpc_object *object;

	if (!mailbox_rpc_object_new(rpc_server, &rpc_ledger_class, &object))
		return object;
	mailbox_rpc_fail(data, MAILBOX_RPC_INTERNAL, "no object");
	return NULL;
}

static void factory_make(Test__Factory_Service *service,
			 const Test__Nothing *input,
			 Test__Object_Closure closure, void *data)
{
	Mailbox__Rpc__Reference reference = MAILBOX__RPC__REFERENCE__INIT;
	Test__Object reply = TEST__OBJECT__INIT;
	struct mailbox_rpc_object *object = ledger_new(data);

	if (!object)
		return;
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
	struct mailbox_rpc_object *object = ledger_new(data);

	if (!object)
		return;
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

	if (mailbox_rpc_object_move(rpc_server, input->id, input->to,
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

	reply.number = mailbox_rpc_server_objects(rpc_server);
	closure(&reply, data);
}

Test__Factory_Service rpc_factory_service = TEST__FACTORY__INIT(factory_);
