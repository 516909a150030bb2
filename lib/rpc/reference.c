// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * References to objects and servers, as parameters and results.
 *
 * Underneath is a handle to send, which is attached: whoever gets it may call, whatever
 * the permission bits say, and it counts, also while it is under way.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "mailbox/reference.pb-c.h"
#include "object.h"
#include "stub.h"

static void fill(Mailbox__Rpc__Reference *reference,
		 const struct mailbox_rpc_interface *interface, uint64_t id,
		 unsigned int attachment)
{
	reference->id = id;
	reference->service = (char *)interface->descriptor->name;
	reference->version = interface->version;
	reference->attachment = attachment;
}

void mailbox_rpc_object_reference(const struct mailbox_rpc_object *object,
				  Mailbox__Rpc__Reference *reference)
{
	fill(reference, object->class_->interface, object->port.id, 0);
}

int mailbox_rpc_attach_object(struct mailbox_rpc_parcel *parcel,
			      struct mailbox_rpc_object *object,
			      Mailbox__Rpc__Reference *reference)
{
	struct mailbox_rpc_server *server = object->port.server;
	struct mailbox_attachment item;
	int fd, number;

	fd = mailbox_open_id(server->client, object->port.id,
			     MAILBOX_RIGHT_SEND, 0);
	if (fd < 0)
		return fd;
	item = mailbox_attachment(fd, MAILBOX_RIGHT_SEND);
	number = mailbox_rpc_attach(parcel, &item);
	if (number > 0) {
		/* There is a handle now, so the event comes when there is none. */
		pthread_mutex_lock(&server->objects->lock);
		rpc_object_watch_locked(object);
		pthread_mutex_unlock(&server->objects->lock);
		fill(reference, object->class_->interface, object->port.id,
		     (unsigned int)number);
	}
	close(fd);
	return number;
}

int mailbox_rpc_attach_stub(struct mailbox_rpc_parcel *parcel,
			    struct mailbox_rpc_stub *stub,
			    Mailbox__Rpc__Reference *reference)
{
	struct mailbox_attachment item;
	struct mailbox_stat stat;
	int error, number;

	error = rpc_stub_find(stub);
	if (!error)
		error = mailbox_stat(stub->handle, 0, &stat);
	if (error)
		return error;
	item = mailbox_attachment(stub->handle, MAILBOX_RIGHT_SEND);
	number = mailbox_rpc_attach(parcel, &item);
	if (number > 0)
		fill(reference, stub->interface, stat.id,
		     (unsigned int)number);
	return number;
}

/* Is it what the reference says that it is? */
static int handle_check(const struct mailbox_attachment *item, uint64_t id)
{
	struct mailbox_stat stat;
	int error;

	if (!item)
		return -ENOENT;
	if (item->fd < 0)
		return item->fd;
	if (item->kind != MAILBOX_ATTACHMENT_HANDLE)
		return -EINVAL;
	error = mailbox_stat(item->fd, 0, &stat);
	if (error)
		return error == -EIDRM || error == -EPIPE ? -ENOENT : error;
	return stat.id == id ? 0 : -EINVAL;
}

/* The handle to send to it: that which came with the reference, or by its ID. */
static int handle_get(const Mailbox__Rpc__Reference *reference,
		      struct mailbox_rpc_parcel *parcel, int client)
{
	int error;

	if (!parcel || !reference->attachment)
		return mailbox_open_id(client, reference->id,
				       MAILBOX_RIGHT_SEND, 0);
	error = handle_check(mailbox_rpc_attached(parcel,
						  reference->attachment),
			     reference->id);
	return error ? error :
		       mailbox_rpc_take(parcel, reference->attachment);
}

int mailbox_rpc_stub_object(const Mailbox__Rpc__Reference *reference,
			    struct mailbox_rpc_parcel *parcel,
			    const struct mailbox_rpc_interface *interface,
			    struct mailbox_rpc_stub **out)
{
	struct mailbox_rpc_stub *stub;
	int error;

	if (strcmp(reference->service, interface->descriptor->name) != 0 ||
	    reference->version != interface->version)
		return -EINVAL;
	error = rpc_stub_make(interface, &stub);
	if (error)
		return error;
	stub->handle = handle_get(reference, parcel, stub->client);
	if (stub->handle < 0) {
		error = stub->handle;
		mailbox_rpc_stub_free(stub);
		return error;
	}
	*out = stub;
	return 0;
}
