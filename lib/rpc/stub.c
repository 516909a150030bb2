// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Stubs: what a client has, and a call as the program sees it. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "stub.h"

/* Changes in a child of fork(2). */
static atomic_uint generation;

static void forked(void)
{
	atomic_fetch_add(&generation, 1);
}

static void watch_forks(void)
{
	pthread_atfork(NULL, NULL, forked);
}

static int identity_make(struct mailbox_rpc_stub *stub)
{
	stub->generation = atomic_load(&generation);
	stub->sequence = 0;
	do {
		if (getrandom(&stub->identity, sizeof(stub->identity), 0) !=
		    (ssize_t)sizeof(stub->identity))
			return -errno;
	} while (!stub->identity);
	return 0;
}

static void invoke(ProtobufCService *service, unsigned int method,
		   const ProtobufCMessage *input, ProtobufCClosure closure,
		   void *closure_data)
{
	struct mailbox_rpc_stub *stub = (struct mailbox_rpc_stub *)service;
	ProtobufCMessage *output = NULL;

	mailbox_rpc_call(stub, method, input, &output);
	if (closure)
		closure(output, closure_data);
	if (output)
		protobuf_c_message_free_unpacked(output, NULL);
}

int rpc_stub_make(const struct mailbox_rpc_interface *interface,
		  struct mailbox_rpc_stub **stub_out)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct mailbox_rpc_stub *stub = calloc(1, sizeof(*stub));
	int error;

	if (!stub)
		return -ENOMEM;
	pthread_once(&once, watch_forks);
	stub->base.descriptor = interface->descriptor;
	stub->base.invoke = invoke;
	stub->interface = interface;
	stub->handle = -1;
	stub->stream = -1;
	stub->outgoing.limit = MAILBOX_ATTACHMENTS_MAX;
	stub->timeout = RPC_TIMEOUT;
	rpc_arena_init(&stub->arena);
	stub->client = mailbox_client_open();
	error = stub->client < 0 ? stub->client : identity_make(stub);
	if (!error)
		error = mailbox_rpc_stub_room(stub, RPC_ROOM);
	if (error) {
		mailbox_rpc_stub_free(stub);
		return error;
	}
	*stub_out = stub;
	return 0;
}

int mailbox_rpc_stub_new(const char *name,
			 const struct mailbox_rpc_interface *interface,
			 struct mailbox_rpc_stub **stub_out)
{
	struct mailbox_rpc_stub *stub;
	rpc_name full;
	int error;

	if (!rpc_name_make(full, name))
		return -ENAMETOOLONG;
	error = rpc_stub_make(interface, &stub);
	if (error)
		return error;
	memcpy(stub->name, full, sizeof(full));
	*stub_out = stub;
	return 0;
}

int mailbox_rpc_stub_handle(int handle,
			    const struct mailbox_rpc_interface *interface,
			    struct mailbox_rpc_stub **stub_out)
{
	struct mailbox_rpc_stub *stub;
	int error = rpc_stub_make(interface, &stub);

	if (error)
		return error;
	stub->handle = fcntl(handle, F_DUPFD_CLOEXEC, 0);
	if (stub->handle < 0) {
		error = -errno;
		mailbox_rpc_stub_free(stub);
		return error;
	}
	*stub_out = stub;
	return 0;
}

void mailbox_rpc_stub_free(struct mailbox_rpc_stub *stub)
{
	if (!stub)
		return;
	if (stub->handle >= 0)
		close(stub->handle);
	if (stub->client >= 0)
		close(stub->client);
	rpc_arena_reset(&stub->arena, 0);
	rpc_parcel_clear(&stub->outgoing);
	rpc_parcel_clear(&stub->incoming);
	free(stub->request.data);
	free(stub->reply.data);
	free(stub);
}

ProtobufCService *mailbox_rpc_stub_service(struct mailbox_rpc_stub *stub)
{
	return &stub->base;
}

const struct mailbox_rpc_status *
mailbox_rpc_stub_status(const struct mailbox_rpc_stub *stub)
{
	return &stub->status;
}

void mailbox_rpc_stub_timeout(struct mailbox_rpc_stub *stub, uint64_t timeout)
{
	stub->timeout = timeout;
}

int mailbox_rpc_stub_semantics(struct mailbox_rpc_stub *stub,
			       uint32_t semantics)
{
	if (semantics > MAILBOX_RPC_EXACTLY_ONCE)
		return -EINVAL;
	stub->semantics = semantics;
	return 0;
}

int mailbox_rpc_stub_room(struct mailbox_rpc_stub *stub, size_t room)
{
	if (!room || room > MAILBOX_MESSAGE_MAX)
		return -EINVAL;
	if (!rpc_buffer_reserve(&stub->reply, room))
		return -ENOMEM;
	stub->room = room;
	return 0;
}

uint64_t rpc_stub_deadline(const struct mailbox_rpc_stub *stub)
{
	uint64_t now = rpc_now();

	if (stub->timeout >= INT64_MAX - now)
		return 0;
	return now + stub->timeout;
}

uint32_t rpc_stub_promise(const struct mailbox_rpc_stub *stub,
			  unsigned int method)
{
	uint32_t semantics = stub->semantics;

	if (!semantics && stub->interface->methods)
		semantics = stub->interface->methods[method].semantics;
	return semantics ? semantics : MAILBOX_RPC_MAYBE;
}

struct mailbox_rpc_parcel *
mailbox_rpc_stub_outgoing(struct mailbox_rpc_stub *stub)
{
	return &stub->outgoing;
}

struct mailbox_rpc_parcel *
mailbox_rpc_stub_incoming(struct mailbox_rpc_stub *stub)
{
	return &stub->incoming;
}

/* May a message of this type be longer than a message of the kernel's? */
static bool unbounded(const ProtobufCMessageDescriptor *descriptor)
{
	for (unsigned int i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];

		if (field->label == PROTOBUF_C_LABEL_REPEATED ||
		    field->type == PROTOBUF_C_TYPE_STRING ||
		    field->type == PROTOBUF_C_TYPE_BYTES ||
		    field->type == PROTOBUF_C_TYPE_MESSAGE)
			return true;
	}
	return false;
}

/*
 * What is attached, and may be to the result: room that nobody uses costs something,
 * and nothing is asked for where the interface rules it out.
 */
static int request_attach(struct mailbox_rpc_stub *stub, unsigned int method,
			  rpc_request *request)
{
	const ProtobufCServiceDescriptor *service = stub->base.descriptor;
	unsigned int may = 0;

	if (stub->interface->methods) {
		const struct mailbox_rpc_method *called =
			&stub->interface->methods[method];

		may = called->attachments;
		request->result_attachments = called->result_attachments;
	}
	request->attachments = stub->outgoing.count;
	request->large = unbounded(service->methods[method].output);
	stub->takes = request->result_attachments + (request->large ? 1 : 0);
	if (request->attachments <= may)
		return MAILBOX_RPC_OK;
	return rpc_status_set(&stub->status, MAILBOX_RPC_INVALID_ARGUMENT,
			      "%.60s takes %u attachments, not %u",
			      request->method, may, request->attachments);
}

int rpc_stub_request(struct mailbox_rpc_stub *stub, unsigned int method,
		     uint64_t deadline, rpc_request *request)
{
	const ProtobufCServiceDescriptor *service = stub->base.descriptor;
	struct mailbox_rpc_status *status = &stub->status;

	memset(status, 0, sizeof(*status));
	rpc_parcel_clear(&stub->incoming);
	if (method >= service->n_methods)
		return rpc_status_set(status, MAILBOX_RPC_UNIMPLEMENTED,
				      "%s has no method of number %u",
				      service->name, method);
	if (stub->generation != atomic_load(&generation) &&
	    identity_make(stub))
		return rpc_status_set(status, MAILBOX_RPC_INTERNAL,
				      "no random numbers");
	mailbox__rpc__request__init(request);
	request->protocol = RPC_PROTOCOL;
	request->service = (char *)service->name;
	request->version = stub->interface->version;
	request->method = (char *)service->methods[method].name;
	request->semantics = rpc_stub_promise(stub, method);
	request->identity = stub->identity;
	request->sequence = ++stub->sequence;
	request->deadline = deadline;
	request->stream = stub->stream >= 0;
	if (request->semantics == MAILBOX_RPC_EXACTLY_ONCE && !deadline)
		return rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
				      "EXACTLY_ONCE needs a time limit");
	return request_attach(stub, method, request);
}

int rpc_stub_status(struct mailbox_rpc_stub *stub, const rpc_reply *reply)
{
	stub->status.replayed = reply->replayed;
	return rpc_status_set(&stub->status, (int)reply->status, "%s",
			      reply->text);
}

static int result_unpack(struct mailbox_rpc_stub *stub, unsigned int method,
			 const rpc_reply *reply, ProtobufCMessage **output)
{
	const ProtobufCMethodDescriptor *called =
		&stub->base.descriptor->methods[method];

	*output = rpc_result_unpack(called->output, &reply->result);
	if (*output)
		return MAILBOX_RPC_OK;
	return rpc_status_set(&stub->status, MAILBOX_RPC_INTERNAL,
			      "the result of %s is not a %s", called->name,
			      called->output->name);
}

static int call(struct mailbox_rpc_stub *stub, unsigned int method,
		const ProtobufCMessage *input, uint64_t deadline,
		ProtobufCMessage **output)
{
	rpc_request request;
	rpc_reply *reply;
	int code;

	code = rpc_stub_request(stub, method, deadline, &request);
	if (code)
		return code;
	if (stub->interface->methods &&
	    stub->interface->methods[method].stream)
		return rpc_status_set(&stub->status,
				      MAILBOX_RPC_INVALID_ARGUMENT,
				      "%s returns a stream", request.method);
	reply = rpc_stub_exchange(stub, &request, input);
	if (!reply)
		return stub->status.code;
	code = rpc_stub_status(stub, reply);
	if (!code && output)
		code = result_unpack(stub, method, reply, output);
	return code;
}

int rpc_stub_call(struct mailbox_rpc_stub *stub, unsigned int method,
		  const ProtobufCMessage *input, uint64_t deadline,
		  ProtobufCMessage **output)
{
	int code;

	if (output)
		*output = NULL;
	code = call(stub, method, input, deadline, output);
	rpc_parcel_clear(&stub->outgoing);
	if (code)
		rpc_parcel_clear(&stub->incoming);
	return code;
}

int mailbox_rpc_call(struct mailbox_rpc_stub *stub, unsigned int method,
		     const ProtobufCMessage *input, ProtobufCMessage **output)
{
	return rpc_stub_call(stub, method, input, rpc_stub_deadline(stub),
			     output);
}
