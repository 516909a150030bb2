// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Envelopes: what is around an argument and a result.
 *
 * The argument is the envelope's last field, and packed in place behind it.
 */
#include "internal.h"

#define TAIL_KEY	(15 << 3 | 2)	/* field 15, bytes */

static size_t varint(uint8_t *out, size_t value)
{
	size_t length = 0;

	for (; value >= 0x80; value >>= 7)
		out[length++] = (uint8_t)value | 0x80;
	out[length++] = (uint8_t)value;
	return length;
}

static bool pack(struct rpc_buffer *buffer, const ProtobufCMessage *envelope,
		 const ProtobufCMessage *tail)
{
	size_t head = protobuf_c_message_get_packed_size(envelope);
	size_t length = tail ? protobuf_c_message_get_packed_size(tail) : 0;

	if (!rpc_buffer_reserve(buffer, head + length + 16))
		return false;
	buffer->length = protobuf_c_message_pack(envelope, buffer->data);
	if (!length)
		return true;
	buffer->data[buffer->length++] = TAIL_KEY;
	buffer->length += varint(buffer->data + buffer->length, length);
	buffer->length += protobuf_c_message_pack(tail, buffer->data +
						  buffer->length);
	return true;
}

bool rpc_request_pack(struct rpc_buffer *buffer, const rpc_request *request,
		      const ProtobufCMessage *argument)
{
	return pack(buffer, &request->base, argument);
}

bool rpc_reply_pack(struct rpc_buffer *buffer, const rpc_reply *reply,
		    const ProtobufCMessage *result)
{
	return pack(buffer, &reply->base, result);
}

static ProtobufCMessage *
unpack(const ProtobufCMessageDescriptor *descriptor, struct rpc_arena *arena,
       const void *data, size_t length, struct mailbox_rpc_status *status)
{
	ProtobufCMessage *message;

	rpc_arena_reset(arena, length);
	message = protobuf_c_message_unpack(descriptor, &arena->allocator,
					    length, data);
	if (!message)
		rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
			       "%zu bytes that are not a %s", length,
			       descriptor->short_name);
	return message;
}

rpc_request *rpc_request_unpack(struct rpc_arena *arena, const void *data,
				size_t length,
				struct mailbox_rpc_status *status)
{
	rpc_request *request;

	request = (rpc_request *)unpack(&mailbox__rpc__request__descriptor,
					arena, data, length, status);
	if (!request)
		return NULL;
	if (request->protocol != RPC_PROTOCOL) {
		rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
			       "a request of protocol %u, not %u",
			       request->protocol, RPC_PROTOCOL);
		return NULL;
	}
	if (request->semantics < MAILBOX_RPC_MAYBE ||
	    request->semantics > MAILBOX_RPC_EXACTLY_ONCE) {
		rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
			       "a request with unknown semantics %u",
			       request->semantics);
		return NULL;
	}
	return request;
}

rpc_reply *rpc_reply_unpack(struct rpc_arena *arena, const void *data,
			    size_t length, struct mailbox_rpc_status *status)
{
	rpc_reply *reply;

	reply = (rpc_reply *)unpack(&mailbox__rpc__reply__descriptor, arena,
				    data, length, status);
	if (reply && reply->protocol == RPC_PROTOCOL)
		return reply;
	rpc_status_set(status, MAILBOX_RPC_INTERNAL,
		       "the server answered %zu bytes that are not a reply",
		       length);
	return NULL;
}

ProtobufCMessage *
rpc_result_unpack(const ProtobufCMessageDescriptor *descriptor,
		  const ProtobufCBinaryData *data)
{
	struct rpc_bound bound;

	rpc_bound_init(&bound);
	return protobuf_c_message_unpack(descriptor, &bound.allocator,
					 data->len, data->data);
}
