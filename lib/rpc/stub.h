/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A client's side of calls: stub.c, exchange.c, stream.c, queue.c. */
#ifndef MAILBOX_RPC_STUB_H
#define MAILBOX_RPC_STUB_H

#include "parcel.h"

/**
 * struct mailbox_rpc_stub - one client of one interface of one server
 * @base: what protobuf-c's functions take
 * @interface: what is called
 * @name: the server's mailbox; empty: @handle is all there is
 * @client: /dev/mailbox, of this process
 * @handle: to the server's mailbox, with the SEND right; -1: not found yet
 * @timeout: of each call, nanoseconds
 * @semantics: of each call; 0: the interface's
 * @identity: this client's, random
 * @sequence: number of its last call
 * @generation: the process that @identity belongs to: a child must not have the same
 * @status: how the last call ended
 * @request: packed
 * @reply: received; @room of it is what the server may fill
 * @room: see there
 * @arena: the reply's envelope
 * @outgoing: attachments of the next call's argument
 * @incoming: attachments of the last call's result
 * @cargo: attachments of the request, with the library's own
 * @taken: attachments of a reply
 * @takes: how many of those there may be
 * @stream: for the next call, a handle to the mailbox its results go to; or -1
 * @too_long: the request was longer than the server takes in a message
 * @thread: if it is one of the library's, that is interrupted to cancel; or NULL
 * @cancelled: the call is not wanted any more
 */
struct mailbox_rpc_stub {
	ProtobufCService base;
	const struct mailbox_rpc_interface *interface;
	rpc_name name;
	int client;
	int handle;
	uint64_t timeout;
	uint32_t semantics;
	uint64_t identity;
	uint64_t sequence;
	unsigned int generation;
	struct mailbox_rpc_status status;
	struct rpc_buffer request;
	struct rpc_buffer reply;
	size_t room;
	struct rpc_arena arena;
	struct mailbox_rpc_parcel outgoing;
	struct mailbox_rpc_parcel incoming;
	struct rpc_cargo cargo;
	struct rpc_cargo taken;
	unsigned int takes;
	int stream;
	bool too_long;
	struct rpc_thread *thread;
	const atomic_bool *cancelled;
};

/* With neither a name nor a handle. */
int rpc_stub_make(const struct mailbox_rpc_interface *interface,
		  struct mailbox_rpc_stub **stub);

/* Finds the server: 0 or -errno. */
int rpc_stub_find(struct mailbox_rpc_stub *stub);

/* When a call that is made now has to be over; 0: never. */
uint64_t rpc_stub_deadline(const struct mailbox_rpc_stub *stub);

/* What a call of @method will promise. */
uint32_t rpc_stub_promise(const struct mailbox_rpc_stub *stub,
			  unsigned int method);

/* Fills in @request for another call. */
int rpc_stub_request(struct mailbox_rpc_stub *stub, unsigned int method,
		     uint64_t deadline, rpc_request *request);

/* Sends the request until it is answered; NULL: see the status. */
rpc_reply *rpc_stub_exchange(struct mailbox_rpc_stub *stub,
			     rpc_request *request,
			     const ProtobufCMessage *input);

/* A whole call, to be over at @deadline. */
int rpc_stub_call(struct mailbox_rpc_stub *stub, unsigned int method,
		  const ProtobufCMessage *input, uint64_t deadline,
		  ProtobufCMessage **output);

/*
 * A message of @length bytes has been received into @reply, and into @taken what
 * came with it.  NULL: see the status.
 */
rpc_reply *rpc_stub_reply(struct mailbox_rpc_stub *stub, size_t length);

/* Takes over how the server says that it ended. */
int rpc_stub_status(struct mailbox_rpc_stub *stub, const rpc_reply *reply);

#endif /* MAILBOX_RPC_STUB_H */
