// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Stubs: calls, and when they are repeated.
 *
 * The kernel loses no call: it is answered, or it ends with an error when nobody can
 * answer it any more.  So a repetition is due after such an error, and not after
 * some time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "stub.h"

/* Between two looks for a server that is not there, nanoseconds. */
#define PAUSE_MIN	MAILBOX_MILLISECOND
#define PAUSE_MAX	(64 * MAILBOX_MILLISECOND)

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

static bool cancelled(const struct mailbox_rpc_stub *stub)
{
	return stub->cancelled && atomic_load(stub->cancelled);
}

int rpc_stub_find(struct mailbox_rpc_stub *stub)
{
	int handle;

	if (stub->handle >= 0)
		return 0;
	if (!stub->name[0])
		return -EPIPE;
	handle = mailbox_open(stub->client, stub->name, MAILBOX_RIGHT_SEND, 0);
	if (handle < 0)
		return handle;
	stub->handle = handle;
	return 0;
}

static void server_forget(struct mailbox_rpc_stub *stub)
{
	if (stub->handle >= 0 && stub->name[0]) {
		close(stub->handle);
		stub->handle = -1;
	}
}

/* Signal handlers do not end a call; a cancellation does. */
static ssize_t call_wait(struct mailbox_rpc_stub *stub,
			 struct mailbox_call *call)
{
	ssize_t length;

	do {
		if (stub->thread)
			atomic_store(&stub->thread->waiting, true);
		length = cancelled(stub) ?
				 -ECANCELED :
				 mailbox_call_with(stub->handle, call);
		if (stub->thread)
			atomic_store(&stub->thread->waiting, false);
	} while (length == -EINTR);
	if (length < 0 && call->pending)
		mailbox_call_cancel(stub->handle, call);
	return length;
}

/* Is it not the server that has ended, but a mailbox whose handle is attached? */
static bool attachment_dead(const struct mailbox_rpc_stub *stub)
{
	struct mailbox_stat stat;

	for (unsigned int i = 0; i < stub->cargo.list.count; i++) {
		int error = mailbox_stat(stub->cargo.items[i].fd, 0, &stat);

		if (error == -EIDRM || error == -EPIPE)
			return true;
	}
	return false;
}

static ssize_t attempt(struct mailbox_rpc_stub *stub, uint64_t deadline)
{
	struct mailbox_call call;
	ssize_t length;
	int error;

	error = rpc_stub_find(stub);
	if (error)
		return error;
	stub->status.attempts++;
	mailbox_call_init(&call, 0, stub->request.data, stub->request.length,
			  stub->reply.data, stub->room);
	call.request.attachments = rpc_cargo_pointer(&stub->cargo);
	rpc_cargo_room(&stub->taken, stub->takes);
	call.reply.attachments = rpc_cargo_pointer(&stub->taken);
	if (deadline) {
		call.flags = MAILBOX_DEADLINE;
		call.clock = MAILBOX_CLOCK_MONOTONIC;
		call.deadline = (int64_t)deadline;
	}
	length = call_wait(stub, &call);
	if (length != -EPIPE && length != -EIDRM)
		return length;
	if (attachment_dead(stub))
		return -ENOLINK;
	server_forget(stub);
	return length;
}

/* Is there a use in another attempt?  Waits until there may be. */
static bool worth_repeating(struct mailbox_rpc_stub *stub, ssize_t error,
			    uint64_t deadline, uint64_t *pause)
{
	struct timespec time;

	if (error != -ENOENT && error != -EPIPE && error != -EIDRM)
		return false;
	if (!stub->name[0])
		return false;
	/* One that has just died may have a successor already. */
	if (error != -ENOENT) {
		*pause = PAUSE_MIN;
		return true;
	}
	if (cancelled(stub) || (deadline && rpc_now() + *pause >= deadline))
		return false;
	time.tv_sec = 0;
	time.tv_nsec = (long)*pause;
	nanosleep(&time, NULL);
	if (*pause < PAUSE_MAX)
		*pause *= 2;
	return true;
}

static int failed(struct mailbox_rpc_stub *stub, ssize_t error)
{
	struct mailbox_rpc_status *status = &stub->status;

	switch (error) {
	case -ECANCELED:
		return rpc_status_set(status, MAILBOX_RPC_CANCELLED,
				      "cancelled by the caller");
	case -ENOENT:
		return rpc_status_set(status, MAILBOX_RPC_UNAVAILABLE,
				      "no server %s", stub->name);
	case -EPIPE:
	case -EIDRM:
		return rpc_status_set(status, MAILBOX_RPC_UNAVAILABLE,
				      "the server has ended, perhaps after it executed the call");
	case -ETIMEDOUT:
		return rpc_status_set(status, MAILBOX_RPC_DEADLINE_EXCEEDED,
				      "no answer in time");
	case -EMSGSIZE:
		return rpc_status_set(status, MAILBOX_RPC_RESOURCE_EXHAUSTED,
				      "a request of %zu bytes and %u attachments is more than the server takes",
				      stub->request.length,
				      stub->cargo.list.count);
	case -EMFILE:
	case -ENFILE:
		return rpc_status_set(status, MAILBOX_RPC_RESOURCE_EXHAUSTED,
				      "no descriptor is left to find the server, or for what came with its answer");
	case -ENOLINK:
		return rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
				      "a mailbox whose handle is attached has ended");
	case -EBADF:
	case -EPERM:
	case -EINVAL:
		if (!stub->cargo.list.count)
			break;
		return rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
				      "an attachment: %s",
				      mailbox_explain((int)error));
	default:
		break;
	}
	return rpc_status_errno(status, "call", (int)error);
}

/* The reply proper, which the section has that came last. */
static rpc_reply *reply_long(struct mailbox_rpc_stub *stub, uint64_t length)
{
	rpc_reply *reply;
	void *bytes;
	int fd;

	fd = rpc_parcel_last(&stub->incoming, MAILBOX_ATTACHMENT_SECTION);
	bytes = rpc_large_copy(fd, length, "the answer", &stub->status);
	if (!bytes) {
		/* It is not the caller's fault. */
		if (stub->status.code == MAILBOX_RPC_INVALID_ARGUMENT)
			stub->status.code = MAILBOX_RPC_INTERNAL;
		return NULL;
	}
	reply = rpc_reply_unpack(&stub->arena, bytes, (size_t)length,
				 &stub->status);
	free(bytes);
	return reply;
}

rpc_reply *rpc_stub_reply(struct mailbox_rpc_stub *stub, size_t length)
{
	rpc_reply *reply;

	if (!rpc_cargo_unload(&stub->taken, &stub->incoming)) {
		rpc_status_set(&stub->status, MAILBOX_RPC_RESOURCE_EXHAUSTED,
			       "no memory");
		return NULL;
	}
	reply = rpc_reply_unpack(&stub->arena, stub->reply.data, length,
				 &stub->status);
	if (reply && reply->section_length)
		reply = reply_long(stub, reply->section_length);
	if (!reply)
		return NULL;
	if (!reply->section_length &&
	    reply->attachments == stub->incoming.count)
		return reply;
	rpc_status_set(&stub->status, MAILBOX_RPC_INTERNAL,
		       "the server says that it sent %u attachments, and %u came",
		       reply->attachments, stub->incoming.count);
	return NULL;
}

static rpc_reply *exchange(struct mailbox_rpc_stub *stub,
			   const rpc_request *request,
			   const ProtobufCMessage *input, int section)
{
	uint32_t semantics = request->semantics;
	uint64_t deadline = request->deadline;
	uint64_t pause = PAUSE_MIN;
	ssize_t length;

	stub->too_long = false;
	if (!rpc_request_pack(&stub->request, request, input)) {
		rpc_status_set(&stub->status, MAILBOX_RPC_RESOURCE_EXHAUSTED,
			       "no memory");
		return NULL;
	}
	rpc_cargo_load(&stub->cargo, &stub->outgoing);
	rpc_cargo_add(&stub->cargo, section, MAILBOX_SECTION_READ);
	rpc_cargo_add(&stub->cargo, stub->stream, MAILBOX_RIGHT_SEND);
	do
		length = attempt(stub, deadline);
	while (length < 0 && semantics != MAILBOX_RPC_MAYBE &&
	       worth_repeating(stub, length, deadline, &pause));
	if (length < 0) {
		stub->too_long = length == -EMSGSIZE;
		failed(stub, length);
		return NULL;
	}
	return rpc_stub_reply(stub, (size_t)length);
}

/* Puts the argument into a section: its descriptor or -errno. */
static int argument_put(struct mailbox_rpc_stub *stub,
			const ProtobufCMessage *input, rpc_request *request)
{
	size_t length = protobuf_c_message_get_packed_size(input);
	void *memory;
	int fd = rpc_large_make(stub->client, length, &memory);

	if (fd < 0)
		return fd;
	protobuf_c_message_pack(input, memory);
	munmap(memory, length);
	request->section_length = length;
	return fd;
}

/* An argument that does not fit into a message goes in a section. */
rpc_reply *rpc_stub_exchange(struct mailbox_rpc_stub *stub,
			     rpc_request *request,
			     const ProtobufCMessage *input)
{
	rpc_reply *reply = exchange(stub, request, input, -1);
	int section;

	if (reply || !stub->too_long)
		return reply;
	section = argument_put(stub, input, request);
	if (section == -EMSGSIZE)
		return NULL;
	if (section < 0) {
		rpc_status_errno(&stub->status, "a section for the argument",
				 section);
		return NULL;
	}
	reply = exchange(stub, request, NULL, section);
	close(section);
	return reply;
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
