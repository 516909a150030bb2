// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A call on the server's side, from its envelope to its answer.
 *
 * A method may answer while it runs, and then the thread that called it gives the
 * answer together with its next receive; or later, and then whoever answers gives it.
 * The two decide by @stage who is first.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server.h"

struct mailbox_rpc_context *rpc_context_new(void)
{
	struct mailbox_rpc_context *context = calloc(1, sizeof(*context));

	if (!context)
		return NULL;
	rpc_arena_init(&context->arena);
	context->stream = -1;
	context->section = -1;
	return context;
}

/* Nothing goes along with the answer. */
static void load_drop(struct mailbox_rpc_context *context)
{
	rpc_parcel_clear(&context->outgoing);
	if (context->section >= 0)
		close(context->section);
	context->section = -1;
}

void rpc_context_free(struct mailbox_rpc_context *context)
{
	if (!context)
		return;
	if (context->stream >= 0)
		close(context->stream);
	rpc_arena_reset(&context->arena, 0);
	rpc_parcel_clear(&context->incoming);
	load_drop(context);
	free(context->reply.data);
	free(context);
}

void rpc_context_trace(const struct mailbox_rpc_context *context,
		       enum mailbox_rpc_event event)
{
	const struct mailbox_rpc_server *server = context->port->server;
	const rpc_request *request = context->request;
	struct mailbox_rpc_trace what;
	bool traced = rpc_directory_traced(server->directory);

	/* Who traces does not want to see himself. */
	if (context->service &&
	    context->service->interface == &rpc_directory_interface)
		return;
	if (!server->trace && !traced)
		return;
	memset(&what, 0, sizeof(what));
	what.event = event;
	what.caller = context->caller;
	what.service = request ? request->service : "";
	what.method = request ? request->method : "";
	what.semantics = request ? request->semantics : 0;
	what.identity = request ? request->identity : 0;
	what.sequence = request ? request->sequence : 0;
	what.code = context->status.code;
	what.text = context->status.text;
	if (server->trace)
		server->trace(&what, server->trace_context);
	if (traced)
		rpc_directory_trace(server->directory, &what);
}

/* The answer, with a result or without. */
static bool pack(struct mailbox_rpc_context *context,
		 const ProtobufCMessage *result, bool last)
{
	rpc_reply reply = MAILBOX__RPC__REPLY__INIT;

	reply.protocol = RPC_PROTOCOL;
	reply.status = (uint32_t)context->status.code;
	reply.text = context->status.text;
	reply.last = last;
	reply.attachments = context->outgoing.count;
	if (rpc_reply_pack(&context->reply, &reply, result))
		return true;
	context->reply.length = 0;
	return false;
}

void rpc_context_refuse(struct mailbox_rpc_context *context)
{
	rpc_parcel_clear(&context->outgoing);
	pack(context, NULL, false);
}

/* Bytes of an answer that the caller takes, in a message or in a section. */
static size_t reply_limit(const struct mailbox_rpc_context *context)
{
	if (context->request->large && context->room < RPC_LARGE_MAX)
		return RPC_LARGE_MAX;
	return context->room;
}

/* An answer that its caller does not take becomes one that says so. */
static void pack_result(struct mailbox_rpc_context *context,
			const ProtobufCMessage *result)
{
	size_t limit = reply_limit(context), length;

	if (!result)
		rpc_parcel_clear(&context->outgoing);
	if (pack(context, result, false) && context->reply.length <= limit)
		return;
	length = context->reply.length;
	rpc_status_set(&context->status, MAILBOX_RPC_RESOURCE_EXHAUSTED,
		       "an answer of %zu bytes, and the caller takes %zu",
		       length, limit);
	rpc_context_refuse(context);
}

/* What is packed goes into a section, and what is packed now says so. */
static int section_make(struct mailbox_rpc_context *context)
{
	rpc_reply outer = MAILBOX__RPC__REPLY__INIT;
	size_t length = context->reply.length;
	void *memory;
	int fd;

	fd = rpc_large_make(context->port->server->client, length, &memory);
	if (fd < 0)
		return fd;
	memcpy(memory, context->reply.data, length);
	munmap(memory, length);
	context->section = fd;
	outer.protocol = RPC_PROTOCOL;
	outer.section_length = length;
	return rpc_reply_pack(&context->reply, &outer, NULL) ? 0 : -ENOMEM;
}

/* Makes the answer one that its caller has room for; false: see the status. */
static bool fit(struct mailbox_rpc_context *context)
{
	int error;

	if (context->reply.length <= context->room || !context->request ||
	    !context->request->large)
		return true;
	error = section_make(context);
	if (error)
		rpc_status_errno(&context->status, "a section for the answer",
				 error);
	return !error;
}

void rpc_context_fit(struct mailbox_rpc_context *context)
{
	if (fit(context))
		return;
	load_drop(context);
	rpc_context_refuse(context);
}

static void load(const struct mailbox_rpc_context *context,
		 struct rpc_cargo *cargo)
{
	rpc_cargo_load(cargo, &context->outgoing);
	rpc_cargo_add(cargo, context->section, MAILBOX_SECTION_READ);
}

/* What is attached cannot be sent, or the caller does not take so many. */
static int reply_laden(struct mailbox_rpc_context *context,
		       struct mailbox_reply *reply)
{
	struct rpc_cargo cargo;
	int error;

	load(context, &cargo);
	reply->message.attachments = rpc_cargo_pointer(&cargo);
	error = mailbox_reply_with(context->port->fd, reply);
	reply->message.attachments = 0;
	if (!cargo.list.count || !error || error == -ESTALE)
		return error;
	rpc_status_set(&context->status, MAILBOX_RPC_INTERNAL,
		       "an attachment of the result: %s",
		       mailbox_explain(error));
	rpc_context_refuse(context);
	mailbox_message_data(&reply->message, context->reply.data,
			     context->reply.length);
	return mailbox_reply_with(context->port->fd, reply);
}

void rpc_context_reply(struct mailbox_rpc_context *context)
{
	struct mailbox_reply reply;

	if (context->token) {
		mailbox_reply_init(&reply, 0, context->token,
				   context->reply.data, context->reply.length);
		/* Who has no room gets nothing, who does not wait is not told. */
		if (reply_laden(context, &reply) == -EMSGSIZE)
			mailbox_reply(context->port->fd, 0, context->token,
				      NULL, 0);
	}
	context->token = 0;
	load_drop(context);
}

/* Sends a message of a stream; waits for its reader, to the call's deadline. */
static void stream_send(struct mailbox_rpc_context *context)
{
	struct mailbox_send send;
	struct rpc_cargo cargo;
	int error;

	if (!fit(context)) {
		load_drop(context);
		context->stream_dead = true;
		return;
	}
	mailbox_send_init(&send, 0, context->reply.data,
			  context->reply.length);
	load(context, &cargo);
	send.message.attachments = rpc_cargo_pointer(&cargo);
	if (context->request->deadline) {
		send.flags = MAILBOX_DEADLINE;
		send.clock = MAILBOX_CLOCK_MONOTONIC;
		send.deadline = (int64_t)context->request->deadline;
	}
	if (context->lossy) {
		send.flags = MAILBOX_NONBLOCK;
		send.clock = 0;
		send.deadline = 0;
	}
	do
		error = mailbox_send_with(context->stream, &send);
	while (error == -EINTR);
	load_drop(context);
	if (error == -EAGAIN && context->lossy)
		return;
	if (error == -EMSGSIZE) {
		rpc_status_set(&context->status,
			       MAILBOX_RPC_RESOURCE_EXHAUSTED,
			       "a result of %zu bytes is longer than the reader takes",
			       context->reply.length);
		context->stream_dead = true;
	} else if (error) {
		rpc_status_errno(&context->status, "stream", error);
		context->stream_dead = true;
	}
}

void rpc_context_last(struct mailbox_rpc_context *context)
{
	context->stream_dead = false;
	pack(context, NULL, true);
	stream_send(context);
	close(context->stream);
	context->stream = -1;
}

/* The method has answered. */
static void finish(struct mailbox_rpc_context *context)
{
	struct rpc_port *port = context->port;

	if (atomic_exchange(&context->stage, RPC_ANSWERED) != RPC_LATE)
		return;
	if (context->stream >= 0)
		rpc_context_last(context);
	if (context->status.code)
		atomic_fetch_add(&context->service->failures, 1);
	rpc_context_trace(context, MAILBOX_RPC_EXECUTED);
	rpc_context_trace(context, MAILBOX_RPC_REPLIED);
	rpc_parcel_clear(&context->incoming);
	rpc_context_fit(context);
	rpc_context_reply(context);
	rpc_context_free(context);
	pthread_mutex_lock(&port->lock);
	if (!--port->late)
		pthread_cond_broadcast(&port->none_late);
	pthread_mutex_unlock(&port->lock);
}

bool rpc_context_leave(struct mailbox_rpc_context *context)
{
	enum rpc_stage called = RPC_CALLED;
	struct rpc_port *port = context->port;
	bool late;

	if (atomic_load(&context->stage) == RPC_ANSWERED)
		return false;
	/* Who answers counts it down, under the lock, and so after this. */
	pthread_mutex_lock(&port->lock);
	late = atomic_compare_exchange_strong(&context->stage, &called,
					      RPC_LATE);
	if (late)
		port->late++;
	pthread_mutex_unlock(&port->lock);
	return late;
}

void rpc_context_closure(const ProtobufCMessage *result, void *data)
{
	struct mailbox_rpc_context *context = data;

	if (context->stream >= 0 && result) {
		if (context->stream_dead)
			return;
		if (pack(context, result, false))
			stream_send(context);
		return;
	}
	if (context->stream < 0) {
		if (!result)
			rpc_status_set(&context->status, MAILBOX_RPC_UNKNOWN,
				       "%s failed and did not say why",
				       context->request->method);
		pack_result(context, result);
	}
	finish(context);
}

void mailbox_rpc_fail(struct mailbox_rpc_context *context, int code,
		      const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	rpc_status_vset(&context->status,
			code > 0 ? code : MAILBOX_RPC_UNKNOWN, format,
			arguments);
	va_end(arguments);
	if (context->stream < 0)
		pack_result(context, NULL);
	finish(context);
}

const struct mailbox_rpc_caller *
mailbox_rpc_caller(const struct mailbox_rpc_context *context)
{
	return &context->caller;
}

uint64_t mailbox_rpc_deadline(const struct mailbox_rpc_context *context)
{
	return context->request->deadline;
}

/* Whether somebody waits is what asking to be told tells. */
bool mailbox_rpc_cancelled(struct mailbox_rpc_context *context)
{
	struct mailbox_notify ask;
	int error;

	if (context->stream >= 0)
		return context->stream_dead;
	memset(&ask, 0, sizeof(ask));
	ask.size = sizeof(ask);
	ask.events = MAILBOX_EVENT_CANCELLED;
	ask.cookie = RPC_COOKIE;
	ask.token = context->token;
	error = mailbox_notify_with(context->port->fd, &ask);
	if (error)
		return error == -ESTALE || error == -EIDRM;
	ask.flags = MAILBOX_NOTIFY_CANCEL;
	ask.cookie = 0;
	return mailbox_notify_with(context->port->fd, &ask) == -ENOENT;
}

struct mailbox_rpc_journal *
mailbox_rpc_journal(const struct mailbox_rpc_context *context)
{
	return context->port->journal;
}

bool mailbox_rpc_stream_ready(const struct mailbox_rpc_context *context)
{
	return !context->stream_dead;
}

struct mailbox_rpc_parcel *
mailbox_rpc_incoming(struct mailbox_rpc_context *context)
{
	return &context->incoming;
}

struct mailbox_rpc_parcel *
mailbox_rpc_outgoing(struct mailbox_rpc_context *context)
{
	return &context->outgoing;
}
