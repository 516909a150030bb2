// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * How an object comes from one process to another.
 *
 * It is held: nobody serves it any more, and calls wait in its mailbox,
 * which stays what it is.  Its state goes to the other process, which opens the
 * mailbox to receive (Adopt).  Both have it then, and neither serves.  With
 * Activate the other one does; the first lets go.  An adopted object that is not
 * activated in time is let go there, so that it can go on here.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "object.h"
#include "stub.h"

const struct mailbox_rpc_interface rpc_host_interface = {
	.descriptor = &mailbox__rpc__host__descriptor,
};

enum { HOST_ADOPT, HOST_ACTIVATE };

/* Objects come from processes of the same user. */
static bool may_move(struct mailbox_rpc_context *context)
{
	uid_t uid = mailbox_rpc_caller(context)->uid;

	if (uid == geteuid() || !uid)
		return true;
	mailbox_rpc_fail(context, MAILBOX_RPC_PERMISSION_DENIED,
			 "objects of user %u are not taken here", uid);
	return false;
}

/* Makes it ready, or says why not. */
static int adopt(struct rpc_objects *objects,
		 const Mailbox__Rpc__Adoption *input,
		 struct mailbox_rpc_status *status)
{
	const struct mailbox_rpc_class *class_ =
		rpc_class_find(objects, input->service, input->version);
	struct mailbox_rpc_object *object;
	int fd, error;

	if (!class_)
		return rpc_status_set(status, MAILBOX_RPC_UNIMPLEMENTED,
				      "no class %.60s of version %u here",
				      input->service, input->version);
	if (input->memory.len != mailbox_rpc_journal_bytes(&class_->sizes))
		return rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
				      "%zu bytes are not a %.60s",
				      input->memory.len, input->service);
	fd = mailbox_open_id(objects->server->client, input->id,
			     MAILBOX_RIGHT_RECEIVE, 0);
	if (fd < 0)
		return rpc_status_errno(status, "to receive", fd);
	error = rpc_object_make(objects, class_, fd, input->id, input->memory.data,
			    &object);
	if (error)
		return rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
				      "its journal: error %d", -error);
	object->adopted_until = input->deadline ? input->deadline : 1;
	object->referenced = input->referenced;
	error = rpc_object_add(objects, object);
	if (error)
		return rpc_status_errno(status, "object", error);
	return MAILBOX_RPC_OK;
}

static void host_adopt(Mailbox__Rpc__Host_Service *base,
		       const Mailbox__Rpc__Adoption *input,
		       Mailbox__Rpc__Adopted_Closure closure, void *data)
{
	struct rpc_objects *objects = ((struct rpc_host *)base)->server->objects;
	Mailbox__Rpc__Adopted reply = MAILBOX__RPC__ADOPTED__INIT;
	struct mailbox_rpc_status status;
	bool known;

	if (!may_move(data))
		return;
	pthread_mutex_lock(&objects->lock);
	known = rpc_object_find_locked(objects, input->id);
	pthread_mutex_unlock(&objects->lock);
	if (known) {
		mailbox_rpc_fail(data, MAILBOX_RPC_ALREADY_EXISTS,
				 "it is here already");
		return;
	}
	if (adopt(objects, input, &status)) {
		mailbox_rpc_fail(data, status.code, "%s", status.text);
		return;
	}
	reply.id = input->id;
	closure(&reply, data);
}

static void host_activate(Mailbox__Rpc__Host_Service *base,
			  const Mailbox__Rpc__Adopted *input,
			  Mailbox__Rpc__Adopted_Closure closure, void *data)
{
	struct rpc_objects *objects = ((struct rpc_host *)base)->server->objects;
	struct mailbox_rpc_object *object;
	bool found;

	if (!may_move(data))
		return;
	pthread_mutex_lock(&objects->lock);
	object = rpc_object_find_locked(objects, input->id);
	found = object && object->adopted_until > rpc_now();
	if (found)
		rpc_object_release_locked(objects, object);
	pthread_mutex_unlock(&objects->lock);
	if (found)
		closure(input, data);
	else
		mailbox_rpc_fail(data, MAILBOX_RPC_NOT_FOUND,
				 "it has not been adopted, or too long ago");
}

/* Both calls, for an object that is held.  @lost: it may be served there. */
static int move_call(struct mailbox_rpc_stub *stub,
		     struct mailbox_rpc_object *object, bool *lost)
{
	const struct mailbox_rpc_interface *interface =
		object->class_->interface;
	Mailbox__Rpc__Adoption adoption = MAILBOX__RPC__ADOPTION__INIT;
	Mailbox__Rpc__Adopted adopted = MAILBOX__RPC__ADOPTED__INIT;
	int code;

	adoption.id = object->port.id;
	adoption.service = (char *)interface->descriptor->name;
	adoption.version = interface->version;
	adoption.deadline = rpc_stub_deadline(stub);
	adoption.referenced = object->referenced;
	adoption.memory.data = rpc_journal_memory(object->port.journal,
						  &adoption.memory.len);
	code = mailbox_rpc_call(stub, HOST_ADOPT, &adoption.base, NULL);
	if (code)
		return code;
	adopted.id = object->port.id;
	code = mailbox_rpc_call(stub, HOST_ACTIVATE, &adopted.base, NULL);
	/* Else the other side has said that it does not serve it. */
	*lost = code == MAILBOX_RPC_UNAVAILABLE ||
		code == MAILBOX_RPC_DEADLINE_EXCEEDED;
	if (*lost)
		rpc_status_set(&stub->status, code,
			       "the object is lost: the process that it moved to does not answer");
	return code;
}

/* Takes it out of service; NULL: it is not there, or already leaving. */
static struct mailbox_rpc_object *leave(struct rpc_objects *objects,
					uint64_t id)
{
	struct mailbox_rpc_object *object;

	pthread_mutex_lock(&objects->lock);
	object = rpc_object_find_locked(objects, id);
	if (object && object->held)
		object = NULL;
	if (object)
		rpc_object_hold_locked(objects, object);
	pthread_mutex_unlock(&objects->lock);
	return object;
}

int mailbox_rpc_object_move(struct mailbox_rpc_server *server, uint64_t id,
			    const char *to, uint64_t timeout,
			    struct mailbox_rpc_status *status)
{
	struct rpc_objects *objects = server->objects;
	struct mailbox_rpc_object *object;
	struct mailbox_rpc_status own;
	struct mailbox_rpc_stub *stub;
	bool lost = false;
	int code, error;

	if (!status)
		status = &own;
	memset(status, 0, sizeof(*status));
	error = mailbox_rpc_stub_new(to, &rpc_host_interface, &stub);
	if (error)
		return rpc_status_errno(status, to, error);
	mailbox_rpc_stub_timeout(stub, timeout);
	object = objects ? leave(objects, id) : NULL;
	if (!object) {
		mailbox_rpc_stub_free(stub);
		return rpc_status_set(status, MAILBOX_RPC_NOT_FOUND,
				      "no such object here");
	}
	code = move_call(stub, object, &lost);
	*status = stub->status;
	mailbox_rpc_stub_free(stub);
	if (!code || lost) {
		mailbox_rpc_object_free(object);
		return code;
	}
	pthread_mutex_lock(&objects->lock);
	rpc_object_release_locked(objects, object);
	pthread_mutex_unlock(&objects->lock);
	return code;
}

void rpc_host_init(struct rpc_host *host, struct mailbox_rpc_server *server)
{
	mailbox__rpc__host__init(&host->base, NULL);
	host->base.adopt = host_adopt;
	host->base.activate = host_activate;
	host->server = server;
}
