// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The reading end of a stream.
 *
 * It is a mailbox of the caller's.  The server opens it, answers the call, and sends
 * the results there.  When it dies, nobody has a handle to send there any more, which
 * ends the reading as an end of file does.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "stub.h"

#define AHEAD	16	/* results that the server may be ahead */

/* Its reading end; the stub has the other one until the server has. */
static int stream_mailbox(struct mailbox_rpc_stub *stub)
{
	struct mailbox_attr attr;
	int fd;

	mailbox_attr_init(&attr);
	attr.flags = MAILBOX_CREATE_ATTACH;
	attr.capacity = AHEAD;
	attr.max_message = (uint32_t)stub->room;
	attr.rights = MAILBOX_RIGHT_RECEIVE;
	attr.handle_flags = MAILBOX_HANDLE_EOF;
	fd = mailbox_create_with(stub->client, &attr);
	if (fd < 0)
		return fd;
	stub->stream = mailbox_open_id(stub->client, attr.id,
				       MAILBOX_RIGHT_SEND, 0);
	if (stub->stream >= 0)
		return fd;
	close(fd);
	return stub->stream;
}

static ssize_t stream_receive(struct mailbox_rpc_stub *stub, int fd,
			      uint64_t deadline)
{
	struct mailbox_receive receive;
	ssize_t length;

	mailbox_receive_init(&receive, 0, stub->reply.data, stub->room);
	if (deadline) {
		receive.flags = MAILBOX_DEADLINE;
		receive.clock = MAILBOX_CLOCK_MONOTONIC;
		receive.deadline = (int64_t)deadline;
	}
	stub->taken.list.count = 0;
	do {
		length = mailbox_receive_with(fd, &receive);
		/* A result that came in a section. */
		if (length == -EMSGSIZE && !receive.message.attachments) {
			rpc_cargo_room(&stub->taken, 1);
			receive.message.attachments =
				rpc_cargo_pointer(&stub->taken);
			length = -EINTR;
		}
	} while (length == -EINTR);
	return length;
}

/* One message; @more: there will be another. */
static int stream_result(struct mailbox_rpc_stub *stub, unsigned int method,
			 size_t length, mailbox_rpc_each each, void *context,
			 bool *more)
{
	const ProtobufCMessageDescriptor *descriptor =
		stub->base.descriptor->methods[method].output;
	ProtobufCMessage *result;
	rpc_reply *reply;
	int stop;

	*more = false;
	reply = rpc_stub_reply(stub, length);
	if (!reply)
		return stub->status.code;
	if (reply->last)
		return rpc_stub_status(stub, reply);
	result = rpc_result_unpack(descriptor, &reply->result);
	if (!result)
		return rpc_status_set(&stub->status, MAILBOX_RPC_INTERNAL,
				      "a result is not a %s",
				      descriptor->name);
	stop = each(result, context);
	protobuf_c_message_free_unpacked(result, NULL);
	if (stop)
		return rpc_status_set(&stub->status, MAILBOX_RPC_CANCELLED,
				      "ended by the reader");
	*more = true;
	return MAILBOX_RPC_OK;
}

static int stream_read(struct mailbox_rpc_stub *stub, unsigned int method,
		       int fd, uint64_t deadline, mailbox_rpc_each each,
		       void *context)
{
	bool more = true;
	int code = MAILBOX_RPC_OK;

	while (more) {
		ssize_t length = stream_receive(stub, fd, deadline);

		if (length == -EPIPE)
			return rpc_status_set(&stub->status,
					      MAILBOX_RPC_UNAVAILABLE,
					      "the server has ended in the middle of the stream");
		if (length < 0)
			return rpc_status_errno(&stub->status, "stream",
						(int)length);
		code = stream_result(stub, method, (size_t)length, each,
				     context, &more);
	}
	return code;
}

static int call_stream(struct mailbox_rpc_stub *stub, unsigned int method,
		       const ProtobufCMessage *input, int fd,
		       mailbox_rpc_each each, void *context)
{
	uint64_t deadline = rpc_stub_deadline(stub);
	rpc_request request;
	rpc_reply *reply;
	int code;

	code = rpc_stub_request(stub, method, deadline, &request);
	if (code)
		return code;
	if (!stub->interface->methods ||
	    !stub->interface->methods[method].stream)
		return rpc_status_set(&stub->status,
				      MAILBOX_RPC_INVALID_ARGUMENT,
				      "%s does not return a stream",
				      request.method);
	reply = rpc_stub_exchange(stub, &request, input);
	/* From now on the end of the server is the end of the stream. */
	close(stub->stream);
	stub->stream = -1;
	code = reply ? rpc_stub_status(stub, reply) : stub->status.code;
	if (!code)
		code = stream_read(stub, method, fd, deadline, each, context);
	return code;
}

int mailbox_rpc_call_stream(struct mailbox_rpc_stub *stub, unsigned int method,
			    const ProtobufCMessage *input,
			    mailbox_rpc_each each, void *context)
{
	int fd = stream_mailbox(stub), code;

	if (fd < 0)
		return rpc_status_errno(&stub->status, "stream", fd);
	code = call_stream(stub, method, input, fd, each, context);
	close(fd);
	if (stub->stream >= 0)
		close(stub->stream);
	stub->stream = -1;
	rpc_parcel_clear(&stub->outgoing);
	return code;
}
