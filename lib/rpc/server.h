/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A server's side of calls: server.c, dispatch.c, context.c, directory.c. */
#ifndef MAILBOX_RPC_SERVER_H
#define MAILBOX_RPC_SERVER_H

#include "parcel.h"

/**
 * struct rpc_service - an interface that is served
 * @interface: what it is
 * @service: the program's skeleton
 * @calls: how many have come to it
 * @failures: how many of them did not end with OK
 */
struct rpc_service {
	const struct mailbox_rpc_interface *interface;
	ProtobufCService *service;
	atomic_ullong calls;
	atomic_ullong failures;
};

/**
 * struct rpc_port - a mailbox that calls come to, a server's or an object's
 * @server: whose threads serve it
 * @fd: a handle with the RECEIVE right
 * @id: of the mailbox
 * @services: what can be called there; changes only while nobody serves
 * @count: how many
 * @journal: or NULL
 * @lock: guards @late
 * @none_late: there are none
 * @late: calls whose method has returned and which have not been answered
 */
struct rpc_port {
	struct mailbox_rpc_server *server;
	int fd;
	uint64_t id;
	struct rpc_service **services;
	size_t count;
	struct mailbox_rpc_journal *journal;
	pthread_mutex_t lock;
	pthread_cond_t none_late;
	unsigned int late;
};

int rpc_port_init(struct rpc_port *port, struct mailbox_rpc_server *server);
int rpc_port_add(struct rpc_port *port,
		 const struct mailbox_rpc_interface *interface,
		 ProtobufCService *service);

/* Nobody serves it any more; waits for the late calls. */
void rpc_port_quiesce(struct rpc_port *port);
void rpc_port_free(struct rpc_port *port);

/* Where a call is: who ends it depends on it. */
enum rpc_stage {
	RPC_CALLED,		/* the method has been called and not returned */
	RPC_ANSWERED,		/* and it has answered */
	RPC_LATE,		/* it has returned and not answered */
};

/**
 * struct mailbox_rpc_context - one call
 * @port: where it came to
 * @caller: who calls
 * @token: to answer it; 0: it is not waited for, or has been answered
 * @room: bytes of the answer that the caller takes
 * @stage: see there
 * @arena: memory of @request and the argument
 * @request: the envelope; NULL: it was none
 * @service: what is called, or NULL
 * @method: its number
 * @stream: where the results go, or -1
 * @stream_dead: nobody reads them
 * @lossy: what its reader has no room for is left out
 * @incoming: attachments of the argument
 * @outgoing: attachments of the result
 * @section: what the answer is in, if it is longer than @room; or -1
 * @status: how it ended
 * @reply: packed
 */
struct mailbox_rpc_context {
	struct rpc_port *port;
	struct mailbox_rpc_caller caller;
	uint64_t token;
	uint32_t room;
	_Atomic enum rpc_stage stage;
	struct rpc_arena arena;
	rpc_request *request;
	struct rpc_service *service;
	unsigned int method;
	int stream;
	bool stream_dead;
	bool lossy;
	struct mailbox_rpc_parcel incoming;
	struct mailbox_rpc_parcel outgoing;
	int section;
	struct mailbox_rpc_status status;
	struct rpc_buffer reply;
};

struct mailbox_rpc_context *rpc_context_new(void);
void rpc_context_free(struct mailbox_rpc_context *context);

/* The closure that methods are given. */
void rpc_context_closure(const ProtobufCMessage *result, void *data);

/* Packs @context->status as the answer. */
void rpc_context_refuse(struct mailbox_rpc_context *context);

/*
 * The method has returned.  True: without an answer, and the context is not the
 * caller's any more.
 */
bool rpc_context_leave(struct mailbox_rpc_context *context);

/* Tells the tracer. */
void rpc_context_trace(const struct mailbox_rpc_context *context,
		       enum mailbox_rpc_event event);

/* An answer that its caller has no room for goes into a section, or says so. */
void rpc_context_fit(struct mailbox_rpc_context *context);

/* Answers now, not with the next receive. */
void rpc_context_reply(struct mailbox_rpc_context *context);

/* A stream has ended as @context->status says. */
void rpc_context_last(struct mailbox_rpc_context *context);

/**
 * rpc_dispatch - serve a message
 * @port: where it came to
 * @message: as received
 * @data: its bytes
 * @cargo: what came with it; emptied
 * @context: in, out: memory for the call; another one if this was left with the
 *	method
 *
 * Return: is there an answer in @context to be given?
 */
bool rpc_dispatch(struct rpc_port *port, const struct mailbox_message *message,
		  const void *data, struct rpc_cargo *cargo,
		  struct mailbox_rpc_context **context);

/**
 * struct mailbox_rpc_server - a server
 * @port: its mailbox; @port.fd is -1 if it has no name
 * @client: /dev/mailbox, of this process
 * @stop: an eventfd: stop serving
 * @serving: mailbox_rpc_serve() runs
 * @failed: why its threads ended
 * @max_message: bytes of the longest request
 * @trace: see struct mailbox_rpc_server_options
 * @trace_context: likewise
 * @directory: what it says of itself
 * @objects: its objects, or NULL: it has no class
 */
struct mailbox_rpc_server {
	struct rpc_port port;
	int client;
	int stop;
	atomic_bool serving;
	atomic_int failed;
	uint32_t max_message;
	void (*trace)(const struct mailbox_rpc_trace *what, void *context);
	void *trace_context;
	ProtobufCService *directory;
	struct rpc_objects *objects;
};

/* mailbox.rpc.Directory of a port. */
extern const struct mailbox_rpc_interface rpc_directory_interface;
ProtobufCService *rpc_directory_new(struct rpc_port *port);
void rpc_directory_free(ProtobufCService *directory);

/* Tells those who read Trace; to be asked first whether there are any. */
bool rpc_directory_traced(ProtobufCService *directory);
void rpc_directory_trace(ProtobufCService *directory,
			 const struct mailbox_rpc_trace *what);

/* Ends their streams. */
void rpc_directory_quiesce(ProtobufCService *directory);

#endif /* MAILBOX_RPC_SERVER_H */
