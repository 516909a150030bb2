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
#include <unistd.h>

#include "server.h"

struct mailbox_rpc_context *rpc_context_new(void)
{
	struct mailbox_rpc_context *context = calloc(1, sizeof(*context));

	if (!context)
		return NULL;
	rpc_arena_init(&context->arena);
	context->stream = -1;
	return context;
}

void rpc_context_free(struct mailbox_rpc_context *context)
{
	if (!context)
		return;
	if (context->stream >= 0)
		close(context->stream);
	rpc_arena_reset(&context->arena, 0);
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
	if (rpc_reply_pack(&context->reply, &reply, result))
		return true;
	context->reply.length = 0;
	return false;
}

void rpc_context_refuse(struct mailbox_rpc_context *context)
{
	pack(context, NULL, false);
}

/* An answer that its caller does not take becomes one that says so. */
static void pack_result(struct mailbox_rpc_context *context,
			const ProtobufCMessage *result)
{
	size_t length;

	if (pack(context, result, false) &&
	    context->reply.length <= context->room)
		return;
	length = context->reply.length;
	rpc_status_set(&context->status, MAILBOX_RPC_RESOURCE_EXHAUSTED,
		       "an answer of %zu bytes, and the caller takes %u",
		       length, context->room);
	pack(context, NULL, false);
}

void rpc_context_reply(struct mailbox_rpc_context *context)
{
	struct mailbox_reply reply;

	if (!context->token)
		return;
	mailbox_reply_init(&reply, 0, context->token, context->reply.data,
			   context->reply.length);
	/* Who has no room gets nothing, who does not wait any more is not told. */
	if (mailbox_reply_with(context->port->fd, &reply) == -EMSGSIZE)
		mailbox_reply(context->port->fd, 0, context->token, NULL, 0);
	context->token = 0;
}

/* Sends a message of a stream; waits for its reader, to the call's deadline. */
static void stream_send(struct mailbox_rpc_context *context)
{
	struct mailbox_send send;
	int error;

	mailbox_send_init(&send, 0, context->reply.data,
			  context->reply.length);
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
