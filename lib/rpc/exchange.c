// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A request and its reply, and when the request is repeated.
 *
 * The kernel loses no call: it is answered, or it ends with an error when nobody can
 * answer it any more.  So a repetition is due after such an error, and not after
 * some time.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "stub.h"

/* Between two looks for a server that is not there, nanoseconds. */
#define PAUSE_MIN	MAILBOX_MILLISECOND
#define PAUSE_MAX	(64 * MAILBOX_MILLISECOND)

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
