// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* What every server answers of itself. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mailbox/directory.pb-c.h"
#include "server.h"

typedef Mailbox__Rpc__Description description;
typedef Mailbox__Rpc__Description__Service service_description;
typedef Mailbox__Rpc__Description__Method method_description;

#define TRACERS	8

/**
 * struct directory - the skeleton, and whose it is
 * @base: the skeleton
 * @port: whose
 * @lock: guards @tracers
 * @count: how many there are
 * @tracers: calls of Trace that go on, or NULL
 */
struct directory {
	Mailbox__Rpc__Directory_Service base;
	struct rpc_port *port;
	pthread_mutex_t lock;
	atomic_uint count;
	struct mailbox_rpc_context *tracers[TRACERS];
};

static void describe_method(method_description *out,
			    const struct mailbox_rpc_interface *interface,
			    unsigned int index)
{
	const ProtobufCMethodDescriptor *method =
		&interface->descriptor->methods[index];

	mailbox__rpc__description__method__init(out);
	out->name = (char *)method->name;
	out->input = (char *)method->input->name;
	out->output = (char *)method->output->name;
	if (interface->methods) {
		out->stream = interface->methods[index].stream;
		out->semantics = interface->methods[index].semantics;
		out->attachments = interface->methods[index].attachments;
		out->result_attachments =
			interface->methods[index].result_attachments;
	}
}

static bool describe_service(service_description *out,
			     struct rpc_service *service)
{
	const struct mailbox_rpc_interface *interface = service->interface;
	unsigned int count = interface->descriptor->n_methods;
	method_description *methods = calloc(count + 1, sizeof(*methods));

	mailbox__rpc__description__service__init(out);
	out->methods = calloc(count + 1, sizeof(*out->methods));
	if (!out->methods || !methods) {
		free(methods);
		free(out->methods);
		out->methods = NULL;
		return false;
	}
	out->methods[0] = methods;
	out->name = (char *)interface->descriptor->name;
	out->version = interface->version;
	out->n_methods = count;
	for (unsigned int i = 0; i < count; i++) {
		out->methods[i] = &methods[i];
		describe_method(&methods[i], interface, i);
	}
	out->files.data = (uint8_t *)interface->files;
	out->files.len = interface->files_length;
	out->calls = atomic_load(&service->calls);
	out->failures = atomic_load(&service->failures);
	return true;
}

static void describe(Mailbox__Rpc__Directory_Service *base,
		     const Mailbox__Rpc__Nothing *input,
		     Mailbox__Rpc__Description_Closure closure, void *data)
{
	const struct rpc_port *port = ((struct directory *)base)->port;
	description all = MAILBOX__RPC__DESCRIPTION__INIT;
	service_description *services = calloc(port->count, sizeof(*services));
	service_description **pointers =
		calloc(port->count, sizeof(*pointers));
	bool whole = services && pointers;

	(void)input;
	all.pid = (uint32_t)getpid();
	all.services = pointers;
	for (size_t i = 0; whole && i < port->count; i++) {
		pointers[i] = &services[i];
		whole = describe_service(&services[i], port->services[i]);
		all.n_services = i + 1;
	}
	if (whole)
		closure(&all, data);
	else
		mailbox_rpc_fail(mailbox_rpc_context(data),
				 MAILBOX_RPC_RESOURCE_EXHAUSTED, "no memory");
	for (size_t i = 0; i < all.n_services; i++) {
		if (services[i].methods) {
			free(services[i].methods[0]);
			free(services[i].methods);
		}
	}
	free(pointers);
	free(services);
}

static void trace(Mailbox__Rpc__Directory_Service *base,
		  const Mailbox__Rpc__Nothing *input,
		  Mailbox__Rpc__Event_Closure closure, void *data)
{
	struct directory *directory = (struct directory *)base;
	struct mailbox_rpc_context *context = data;
	unsigned int place = 0;

	(void)input;
	(void)closure;
	if (context->caller.uid && context->caller.uid != geteuid()) {
		mailbox_rpc_fail(context, MAILBOX_RPC_PERMISSION_DENIED,
				 "only the server's user may trace");
		return;
	}
	context->lossy = true;
	pthread_mutex_lock(&directory->lock);
	while (place < TRACERS && directory->tracers[place])
		place++;
	if (place < TRACERS) {
		directory->tracers[place] = context;
		atomic_fetch_add(&directory->count, 1);
	}
	pthread_mutex_unlock(&directory->lock);
	if (place == TRACERS)
		mailbox_rpc_fail(context, MAILBOX_RPC_RESOURCE_EXHAUSTED,
				 "%u trace already", TRACERS);
}

bool rpc_directory_traced(ProtobufCService *service)
{
	return service && atomic_load_explicit(
		&((struct directory *)service)->count, memory_order_relaxed);
}

/* The end of a tracer's stream. */
static void tracer_drop_locked(struct directory *directory, unsigned int place)
{
	struct mailbox_rpc_context *context = directory->tracers[place];

	directory->tracers[place] = NULL;
	atomic_fetch_sub(&directory->count, 1);
	rpc_context_closure(NULL, context);
}

void rpc_directory_trace(ProtobufCService *service,
			 const struct mailbox_rpc_trace *what)
{
	struct directory *directory = (struct directory *)service;
	Mailbox__Rpc__Event event = MAILBOX__RPC__EVENT__INIT;

	event.event = what->event;
	event.pid = (uint32_t)what->caller.pid;
	event.uid = what->caller.uid;
	event.service = (char *)what->service;
	event.method = (char *)what->method;
	event.semantics = what->semantics;
	event.identity = what->identity;
	event.sequence = what->sequence;
	event.status = (uint32_t)what->code;
	event.text = (char *)what->text;
	event.time = rpc_now();
	pthread_mutex_lock(&directory->lock);
	for (unsigned int i = 0; i < TRACERS; i++) {
		if (!directory->tracers[i])
			continue;
		rpc_context_closure(&event.base, directory->tracers[i]);
		if (directory->tracers[i]->stream_dead)
			tracer_drop_locked(directory, i);
	}
	pthread_mutex_unlock(&directory->lock);
}

void rpc_directory_quiesce(ProtobufCService *service)
{
	struct directory *directory = (struct directory *)service;

	pthread_mutex_lock(&directory->lock);
	for (unsigned int i = 0; i < TRACERS; i++)
		if (directory->tracers[i])
			tracer_drop_locked(directory, i);
	pthread_mutex_unlock(&directory->lock);
}

static const struct mailbox_rpc_method methods[] = {
	{ .stream = false }, { .stream = true },
};

const struct mailbox_rpc_interface rpc_directory_interface = {
	.descriptor = &mailbox__rpc__directory__descriptor,
	.methods = methods,
};

ProtobufCService *rpc_directory_new(struct rpc_port *port)
{
	struct directory *directory = calloc(1, sizeof(*directory));

	if (!directory)
		return NULL;
	mailbox__rpc__directory__init(&directory->base, NULL);
	directory->base.describe = describe;
	directory->base.trace = trace;
	pthread_mutex_init(&directory->lock, NULL);
	directory->port = port;
	return &directory->base.base;
}

void rpc_directory_free(ProtobufCService *service)
{
	struct directory *directory = (struct directory *)service;

	if (!directory)
		return;
	pthread_mutex_destroy(&directory->lock);
	free(directory);
}
