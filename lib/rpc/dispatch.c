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

static bool streams(const struct mailbox_rpc_context *context)
{
	const struct mailbox_rpc_interface *interface =
		context->service->interface;

	return interface->methods && interface->methods[context->method].stream;
}

/* Can it be kept what the request asks to be promised? */
static int promise_check(struct mailbox_rpc_context *context)
{
	const rpc_request *request = context->request;
	struct mailbox_rpc_status *status = &context->status;

	if (request->deadline && rpc_now() > request->deadline)
		return rpc_status_set(status, MAILBOX_RPC_DEADLINE_EXCEEDED,
				      "the time was over before the method was called");
	if (streams(context) != (request->stream != 0))
		return rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
				      "%.60s %s a stream", request->method,
				      request->stream ? "does not return" :
							"returns");
	if (request->semantics != MAILBOX_RPC_EXACTLY_ONCE)
		return MAILBOX_RPC_OK;
	if (request->stream)
		return rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
				      "a stream cannot be EXACTLY_ONCE");
	if (!context->port->journal)
		return rpc_status_set(status, MAILBOX_RPC_FAILED_PRECONDITION,
				      "the server has no journal for EXACTLY_ONCE");
	if (!request->deadline || !request->identity || !request->sequence)
		return rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
				      "EXACTLY_ONCE needs a deadline, an identity and a number");
	return MAILBOX_RPC_OK;
}

/* The argument, in the arena. */
static ProtobufCMessage *argument_unpack(struct mailbox_rpc_context *context)
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

	if (request->section) {
		copy = rpc_section_copy(context->port->server->client, request,
					&context->status);
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

/* Opens the stream, and answers the call: what follows goes there. */
static int stream_begin(struct mailbox_rpc_context *context)
{
	int fd;

	if (!context->request->stream)
		return MAILBOX_RPC_OK;
	fd = mailbox_open_id(context->port->server->client,
			     context->request->stream, MAILBOX_RIGHT_SEND, 0);
	if (fd < 0)
		return rpc_status_errno(&context->status, "stream", fd);
	context->stream = fd;
	rpc_context_refuse(context);
	rpc_context_reply(context);
	return MAILBOX_RPC_OK;
}

/* Returns false if the method will answer later. */
static bool serve(struct mailbox_rpc_context *context)
{
	ProtobufCMessage *argument = NULL;

	if (!target_find(context) && !promise_check(context))
		argument = argument_unpack(context);
	if (context->service)
		atomic_fetch_add(&context->service->calls, 1);
	if (!argument || stream_begin(context)) {
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

bool rpc_dispatch(struct rpc_port *port, const struct mailbox_message *message,
		  const void *data, struct mailbox_rpc_context **place)
{
	struct mailbox_rpc_context *context = *place;

	/* Nobody waits for an answer: not a call. */
	if (!(message->info & MAILBOX_INFO_CALL))
		return false;
	begin(context, port, message);
	context->request = rpc_request_unpack(&context->arena, data,
					      message->length,
					      &context->status);
	if (!context->request) {
		refuse(context);
	} else if (!serve(context)) {
		/* The method has it now. */
		*place = rpc_context_new();
		return false;
	}
	if (context->service && context->status.code)
		atomic_fetch_add(&context->service->failures, 1);
	if (!context->token)
		return false;
	rpc_context_trace(context, MAILBOX_RPC_REPLIED);
	return true;
}
