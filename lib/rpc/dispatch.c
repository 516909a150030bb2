// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * From a message to a method.
 *
 * Everything in the message is a stranger's.  What is wrong with it is answered with a
 * status, and concerns nobody else.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server.h"

static struct rpc_service *service_find(const struct rpc_port *port,
					const char *name)
{
	for (size_t i = 0; i < port->count; i++) {
		const struct rpc_service *service = port->services[i];

		if (!strcmp(service->interface->descriptor->name, name))
			return port->services[i];
	}
	return NULL;
}

/* Finds what is to be called. */
static int target_find(struct mailbox_rpc_context *context)
{
	const rpc_request *request = context->request;
	const ProtobufCMethodDescriptor *method;
	const struct mailbox_rpc_interface *interface;

	context->service = service_find(context->port, request->service);
	if (!context->service)
		return rpc_status_set(&context->status,
				      MAILBOX_RPC_UNIMPLEMENTED,
				      "no service %.60s here",
				      request->service);
	interface = context->service->interface;
	if (request->version != interface->version)
		return rpc_status_set(&context->status,
				      MAILBOX_RPC_UNIMPLEMENTED,
				      "%.60s has version %u here, not %u",
				      request->service, interface->version,
				      request->version);
	method = protobuf_c_service_descriptor_get_method_by_name(
		interface->descriptor, request->method);
	if (!method)
		return rpc_status_set(&context->status,
				      MAILBOX_RPC_UNIMPLEMENTED,
				      "%.60s has no method %.60s",
				      request->service, request->method);
	context->method =
		(unsigned int)(method - interface->descriptor->methods);
	return MAILBOX_RPC_OK;
}

/* What the interface says of it besides. */
static const struct mailbox_rpc_method *
method_of(const struct mailbox_rpc_context *context)
{
	static const struct mailbox_rpc_method plain;
	const struct mailbox_rpc_interface *interface =
		context->service->interface;

	return interface->methods ? &interface->methods[context->method] :
				    &plain;
}

/* Can it be kept what the request asks to be promised? */
static int promise_check(struct mailbox_rpc_context *context)
{
	const rpc_request *request = context->request;
	struct mailbox_rpc_status *status = &context->status;

	if (request->deadline && rpc_now() > request->deadline)
		return rpc_status_set(status, MAILBOX_RPC_DEADLINE_EXCEEDED,
				      "the time was over before the method was called");
	if (method_of(context)->stream != (request->stream != 0))
		return rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
				      "%.60s %s a stream", request->method,
				      request->stream ? "does not return" :
							"returns");
	if (request->semantics != MAILBOX_RPC_EXACTLY_ONCE)
		return MAILBOX_RPC_OK;
	if (request->stream)
		return rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
				      "a stream cannot be EXACTLY_ONCE");
	if (method_of(context)->result_attachments)
		return rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
				      "a result with attachments cannot be EXACTLY_ONCE");
	if (!context->port->journal)
		return rpc_status_set(status, MAILBOX_RPC_FAILED_PRECONDITION,
				      "the server has no journal for EXACTLY_ONCE");
	if (!request->deadline || !request->identity || !request->sequence)
		return rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
				      "EXACTLY_ONCE needs a deadline, an identity and a number");
	return MAILBOX_RPC_OK;
}

/**
 * struct extra - what came with a request for the library
 * @section: where the argument is, or a negative errno value
 * @stream: where the results go, likewise
 */
struct extra {
	int section;
	int stream;
};

/* Everything that was sent has arrived, too. */
static int whole_check(struct mailbox_rpc_context *context)
{
	const struct mailbox_attachment *item;

	for (unsigned int i = 1;
	     (item = mailbox_rpc_attached(&context->incoming, i)); i++) {
		if (item->fd >= 0)
			continue;
		rpc_status_errno(&context->status, "an attachment", item->fd);
		/* There is a server: what has ended is what was attached. */
		if (context->status.code == MAILBOX_RPC_UNAVAILABLE)
			context->status.code = MAILBOX_RPC_INVALID_ARGUMENT;
		return context->status.code;
	}
	return MAILBOX_RPC_OK;
}

/* What is the library's is taken out; the rest is what the method expects. */
static int load_check(struct mailbox_rpc_context *context, struct extra *extra)
{
	struct mailbox_rpc_parcel *parcel = &context->incoming;
	const struct mailbox_rpc_method *method = method_of(context);
	const rpc_request *request = context->request;

	if (request->stream)
		extra->stream = rpc_parcel_last(parcel,
						MAILBOX_ATTACHMENT_HANDLE);
	if (request->section_length)
		extra->section = rpc_parcel_last(parcel,
						 MAILBOX_ATTACHMENT_SECTION);
	if (parcel->count != request->attachments)
		return rpc_status_set(&context->status,
				      MAILBOX_RPC_INVALID_ARGUMENT,
				      "a request that speaks of %u attachments, and has %u",
				      request->attachments, parcel->count);
	if (parcel->count > method->attachments)
		return rpc_status_set(&context->status,
				      MAILBOX_RPC_INVALID_ARGUMENT,
				      "%.60s takes %u attachments, not %u",
				      request->method, method->attachments,
				      parcel->count);
	context->outgoing.limit = method->result_attachments;
	if (context->outgoing.limit > request->result_attachments)
		context->outgoing.limit = request->result_attachments;
	return whole_check(context);
}

/* The argument, in the arena. */
static ProtobufCMessage *argument_unpack(struct mailbox_rpc_context *context,
					 struct extra *extra)
{
	const ProtobufCMessageDescriptor *descriptor =
		context->service->interface->descriptor
			->methods[context->method]
			.input;
	const rpc_request *request = context->request;
	const uint8_t *data = request->argument.data;
	size_t length = request->argument.len;
	ProtobufCMessage *argument;
	void *copy = NULL;

	if (request->section_length) {
		copy = rpc_large_copy(extra->section, request->section_length,
				      "the argument", &context->status);
		extra->section = -1;
		if (!copy)
			return NULL;
		data = copy;
		length = (size_t)request->section_length;
		rpc_arena_extend(&context->arena, length);
	}
	argument = protobuf_c_message_unpack(
		descriptor, &context->arena.allocator, length, data);
	free(copy);
	if (!argument)
		rpc_status_set(&context->status, MAILBOX_RPC_INVALID_ARGUMENT,
			       "the argument of %.60s is not a %.60s, or too much of one",
			       context->request->method, descriptor->name);
	return argument;
}

static void method_call(struct mailbox_rpc_context *context,
			const ProtobufCMessage *argument)
{
	ProtobufCService *service = context->service->service;

	service->invoke(service, context->method, argument,
			rpc_context_closure, context);
}

/* A method that has to answer before it returns has not. */
static void unanswered(struct mailbox_rpc_context *context)
{
	rpc_status_set(&context->status, MAILBOX_RPC_INTERNAL,
		       "%.60s did not answer, and with a journal it has to",
		       context->request->method);
	rpc_context_refuse(context);
}

/* Calls the method within a change, which holds only if it says OK. */
static void execute(struct mailbox_rpc_context *context,
		    const ProtobufCMessage *argument)
{
	rpc_context_trace(context, MAILBOX_RPC_RECEIVED);
	method_call(context, argument);
	if (atomic_load(&context->stage) != RPC_ANSWERED)
		unanswered(context);
	if (context->status.code)
		rpc_journal_undo(context->port->journal);
}

static void replay(struct mailbox_rpc_context *context, const uint8_t *data,
		   size_t length)
{
	/* Reply.replayed, at the end of the envelope. */
	static const uint8_t replayed[] = { 4 << 3, 1 };

	if (!rpc_buffer_reserve(&context->reply, length + sizeof(replayed))) {
		context->reply.length = 0;
		return;
	}
	memcpy(context->reply.data, data, length);
	memcpy(context->reply.data + length, replayed, sizeof(replayed));
	context->reply.length = length + sizeof(replayed);
	rpc_context_trace(context, MAILBOX_RPC_REPLAYED);
}

/* Keeps the answer in the same change as what the method has changed. */
static void keep(struct mailbox_rpc_context *context,
		 const struct rpc_call_key *key, unsigned int place)
{
	struct mailbox_rpc_journal *journal = context->port->journal;
	int error;

	error = rpc_answer_keep(journal, place, key, context->reply.data,
				context->reply.length);
	if (!error)
		return;
	rpc_journal_undo(journal);
	rpc_status_set(&context->status, MAILBOX_RPC_RESOURCE_EXHAUSTED,
		       "an answer of %zu bytes, and the journal keeps %zu",
		       context->reply.length, rpc_answer_room(journal));
	rpc_context_refuse(context);
	rpc_answer_keep(journal, place, key, context->reply.data,
			context->reply.length);
}

static void refuse(struct mailbox_rpc_context *context)
{
	rpc_context_refuse(context);
	rpc_context_trace(context, MAILBOX_RPC_REFUSED);
}

static void execute_once(struct mailbox_rpc_context *context,
			 const ProtobufCMessage *argument)
{
	struct mailbox_rpc_journal *journal = context->port->journal;
	const rpc_request *request = context->request;
	const struct rpc_call_key key = {
		.uid = context->caller.uid,
		.identity = request->identity,
		.sequence = request->sequence,
		.deadline = request->deadline,
	};
	uint64_t now = rpc_now();
	const uint8_t *data;
	unsigned int place;
	size_t length;

	/* By the clock that takes back places, and under the lock. */
	if (now > key.deadline) {
		rpc_status_set(&context->status, MAILBOX_RPC_DEADLINE_EXCEEDED,
			       "the time was over before the method was called");
		refuse(context);
		return;
	}
	switch (rpc_answer_find(journal, &key, now, &place, &data, &length)) {
	case RPC_ANSWER_NEW:
		execute(context, argument);
		keep(context, &key, place);
		break;
	case RPC_ANSWER_KNOWN:
		replay(context, data, length);
		break;
	case RPC_ANSWER_OLD:
		rpc_status_set(&context->status, MAILBOX_RPC_ABORTED,
			       "call %llu has been acknowledged",
			       (unsigned long long)key.sequence);
		refuse(context);
		break;
	case RPC_ANSWER_FULL:
		rpc_status_set(&context->status,
			       MAILBOX_RPC_RESOURCE_EXHAUSTED,
			       "no room for the answers of another client");
		refuse(context);
		break;
	}
}

/* With a journal: everything a call changes, or nothing. */
static bool call_journalled(struct mailbox_rpc_context *context,
			    const ProtobufCMessage *argument)
{
	struct mailbox_rpc_journal *journal = context->port->journal;
	int error = mailbox_rpc_journal_begin(journal);

	if (error) {
		rpc_status_set(&context->status, MAILBOX_RPC_INTERNAL,
			       "journal: error %d", -error);
		refuse(context);
		return true;
	}
	if (context->request->semantics == MAILBOX_RPC_EXACTLY_ONCE)
		execute_once(context, argument);
	else
		execute(context, argument);
	mailbox_rpc_journal_commit(journal);
	rpc_context_trace(context, MAILBOX_RPC_EXECUTED);
	return true;
}

/* Without: the method may leave the answer for later.  Has it answered? */
static bool call_plain(struct mailbox_rpc_context *context,
		       const ProtobufCMessage *argument)
{
	rpc_context_trace(context, MAILBOX_RPC_RECEIVED);
	method_call(context, argument);
	if (rpc_context_leave(context))
		return false;
	if (context->stream >= 0)
		rpc_context_last(context);
	rpc_context_trace(context, MAILBOX_RPC_EXECUTED);
	return true;
}

/* Answers the call: what follows goes to the stream. */
static int stream_begin(struct mailbox_rpc_context *context,
			struct extra *extra)
{
	if (!context->request->stream)
		return MAILBOX_RPC_OK;
	if (extra->stream < 0)
		return rpc_status_set(&context->status,
				      MAILBOX_RPC_INVALID_ARGUMENT,
				      "no mailbox came for the results");
	context->stream = extra->stream;
	extra->stream = -1;
	rpc_context_refuse(context);
	rpc_context_reply(context);
	return MAILBOX_RPC_OK;
}

/* The argument, if all is in order; and the stream has begun. */
static ProtobufCMessage *argument_get(struct mailbox_rpc_context *context)
{
	struct extra extra = { .section = -1, .stream = -1 };
	ProtobufCMessage *argument = NULL;

	if (!target_find(context) && !promise_check(context) &&
	    !load_check(context, &extra))
		argument = argument_unpack(context, &extra);
	if (argument && stream_begin(context, &extra))
		argument = NULL;
	if (extra.section >= 0)
		close(extra.section);
	if (extra.stream >= 0)
		close(extra.stream);
	return argument;
}

/* Returns false if the method will answer later. */
static bool serve(struct mailbox_rpc_context *context)
{
	ProtobufCMessage *argument = argument_get(context);

	if (context->service)
		atomic_fetch_add(&context->service->calls, 1);
	if (!argument) {
		refuse(context);
		return true;
	}
	if (context->port->journal && context->stream < 0)
		return call_journalled(context, argument);
	return call_plain(context, argument);
}

static void begin(struct mailbox_rpc_context *context, struct rpc_port *port,
		  const struct mailbox_message *message)
{
	context->port = port;
	context->caller.pid = (pid_t)message->pid;
	context->caller.uid = message->uid;
	context->caller.gid = message->gid;
	context->token = message->token;
	context->room = message->room;
	atomic_store_explicit(&context->stage, RPC_CALLED,
			      memory_order_relaxed);
	context->service = NULL;
	context->stream = -1;
	context->stream_dead = false;
	context->lossy = false;
	context->status.code = MAILBOX_RPC_OK;
	context->status.text[0] = '\0';
	context->reply.length = 0;
}

/* The answer is ready: is it to go with the next receive? */
static bool answer(struct mailbox_rpc_context *context)
{
	if (context->service && context->status.code)
		atomic_fetch_add(&context->service->failures, 1);
	rpc_parcel_clear(&context->incoming);
	if (!context->token)
		return false;
	rpc_context_trace(context, MAILBOX_RPC_REPLIED);
	rpc_context_fit(context);
	/* What it carries is closed here as soon as it is there. */
	if (!context->outgoing.count && context->section < 0)
		return true;
	rpc_context_reply(context);
	return false;
}

bool rpc_dispatch(struct rpc_port *port, const struct mailbox_message *message,
		  const void *data, struct rpc_cargo *cargo,
		  struct mailbox_rpc_context **place)
{
	struct mailbox_rpc_context *context = *place;
	bool all = rpc_cargo_unload(cargo, &context->incoming);

	/* Nobody waits for an answer: not a call. */
	if (!(message->info & MAILBOX_INFO_CALL)) {
		rpc_parcel_clear(&context->incoming);
		return false;
	}
	begin(context, port, message);
	context->request = rpc_request_unpack(&context->arena, data,
					      message->length,
					      &context->status);
	if (!all)
		rpc_status_set(&context->status,
			       MAILBOX_RPC_RESOURCE_EXHAUSTED, "no memory");
	if (!context->request || !all) {
		refuse(context);
	} else if (!serve(context)) {
		/* The method has it now. */
		*place = rpc_context_new();
		return false;
	}
	return answer(context);
}
