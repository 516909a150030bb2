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

/* The skeleton, and whose it is. */
struct directory {
	Mailbox__Rpc__Directory_Service base;
	struct rpc_port *port;
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

const struct mailbox_rpc_interface rpc_directory_interface = {
	.descriptor = &mailbox__rpc__directory__descriptor,
};

ProtobufCService *rpc_directory_new(struct rpc_port *port)
{
	struct directory *directory = calloc(1, sizeof(*directory));

	if (!directory)
		return NULL;
	mailbox__rpc__directory__init(&directory->base, NULL);
	directory->base.describe = describe;
	directory->port = port;
	return &directory->base.base;
}
