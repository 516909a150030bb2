// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Objects: mailboxes with a state, that can move.
 *
 * All objects of a server are in one epoll set, each armed for one event: so one thread
 * at a time serves an object, and calls are served in the order in which they came.
 *
 * To move, an object is held: nobody serves it any more, and calls wait in its mailbox,
 * which stays what it is.  Its state goes to the other process, which opens the
 * mailbox to receive (Adopt).  Both have it then, and neither serves.  With
 * Activate the other one does; the first lets go.  An adopted object that is not
 * activated in time is let go there, so that it can go on here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "mailbox/host.pb-c.h"
#include "mailbox/reference.pb-c.h"
#include "server.h"
#include "stub.h"

#define CAPACITY	64
#define TURN		64	/* calls to one object before others have a turn */
#define EXPIRE_MS	1000	/* between looks for adoptions that came to nothing */

/**
 * struct mailbox_rpc_object - an object
 * @next: of the server's; guarded by its lock, as what follows
 * @port: its mailbox
 * @class_: what it is
 * @memory: its journal's
 * @busy: a thread serves it
 * @held: nobody may
 * @called: somebody has had a handle to call it
 * @watched: NO_SENDERS has been asked for
 * @adopted_until: it is held until it is activated; 0: it has been
 */
struct mailbox_rpc_object {
	struct mailbox_rpc_object *next;
	struct rpc_port port;
	const struct mailbox_rpc_class *class_;
	void *memory;
	bool busy;
	bool held;
	bool called;
	bool watched;
	uint64_t adopted_until;
};

/* The skeleton of mailbox.rpc.Host, and whose it is. */
struct host {
	Mailbox__Rpc__Host_Service base;
	struct mailbox_rpc_server *server;
};

/**
 * struct rpc_objects - a server's objects
 * @server: whose
 * @epoll: what is waited for: the objects by their IDs, and the events as 0
 * @lock: guards what follows
 * @idle: an object is not busy any more
 * @first: the objects
 * @count: how many
 * @classes: what there may be; changes only while nobody serves
 * @class_count: how many
 * @host: takes objects that move here
 */
struct rpc_objects {
	struct mailbox_rpc_server *server;
	int epoll;
	pthread_mutex_t lock;
	pthread_cond_t idle;
	struct mailbox_rpc_object *first;
	unsigned int count;
	const struct mailbox_rpc_class **classes;
	size_t class_count;
	struct host host;
};

static struct mailbox_rpc_object *find_locked(struct rpc_objects *objects,
					      uint64_t id)
{
	struct mailbox_rpc_object *object = objects->first;

	while (object && object->port.id != id)
		object = object->next;
	return object;
}

static int arm(struct rpc_objects *objects, int operation,
	       const struct mailbox_rpc_object *object)
{
	struct epoll_event event = {
		.events = EPOLLIN | EPOLLONESHOT,
		.data.u64 = object->port.id,
	};

	return epoll_ctl(objects->epoll, operation, object->port.fd, &event) ?
		       -errno : 0;
}

static void unlink_locked(struct rpc_objects *objects,
			  struct mailbox_rpc_object *object)
{
	struct mailbox_rpc_object **place = &objects->first;

	while (*place != object)
		place = &(*place)->next;
	*place = object->next;
	objects->count--;
}

static void object_destroy(struct mailbox_rpc_object *object)
{
	mailbox_rpc_journal_close(object->port.journal);
	rpc_port_free(&object->port);
	free(object->memory);
	free(object);
}

/* Nobody serves it from here on, until it is armed again. */
static void hold_locked(struct rpc_objects *objects,
			struct mailbox_rpc_object *object)
{
	object->held = true;
	while (object->busy)
		pthread_cond_wait(&objects->idle, &objects->lock);
}

static void release_hold(struct rpc_objects *objects,
			 struct mailbox_rpc_object *object)
{
	pthread_mutex_lock(&objects->lock);
	object->held = false;
	object->adopted_until = 0;
	arm(objects, EPOLL_CTL_MOD, object);
	pthread_mutex_unlock(&objects->lock);
}

/* ---- Making them ---------------------------------------------------------- */

static const struct mailbox_rpc_class *
class_find(const struct rpc_objects *objects, const char *name,
	   uint32_t version)
{
	for (size_t i = 0; i < objects->class_count; i++) {
		const struct mailbox_rpc_interface *interface =
			objects->classes[i]->interface;

		if (!strcmp(interface->descriptor->name, name) &&
		    interface->version == version)
			return objects->classes[i];
	}
	return NULL;
}

/* Memory, with @bytes in it or zero, as a journal. */
static int memory_make(struct mailbox_rpc_object *object, const void *bytes)
{
	const struct mailbox_rpc_journal_sizes *sizes = &object->class_->sizes;
	size_t length = mailbox_rpc_journal_bytes(sizes);

	if (posix_memalign(&object->memory, 64, length)) {
		object->memory = NULL;
		return -ENOMEM;
	}
	if (!bytes) {
		memset(object->memory, 0, length);
		return mailbox_rpc_journal_open(object->memory, length, sizes,
						&object->port.journal);
	}
	memcpy(object->memory, bytes, length);
	return rpc_journal_open_copy(object->memory, length,
				     &object->port.journal);
}

/* With a mailbox, and held; in nobody's list yet. */
static int object_make(struct rpc_objects *objects,
		       const struct mailbox_rpc_class *class_, int fd,
		       uint64_t id, const void *bytes,
		       struct mailbox_rpc_object **out)
{
	struct mailbox_rpc_object *object = calloc(1, sizeof(*object));
	int error;

	if (!object) {
		close(fd);
		return -ENOMEM;
	}
	error = rpc_port_init(&object->port, objects->server);
	if (error) {
		close(fd);
		free(object);
		return error;
	}
	object->port.fd = fd;
	object->port.id = id;
	object->class_ = class_;
	object->held = true;
	error = memory_make(object, bytes);
	if (!error)
		error = rpc_port_add(&object->port, class_->interface,
				     class_->service);
	if (error) {
		object_destroy(object);
		return error;
	}
	*out = object;
	return 0;
}

static int object_add(struct rpc_objects *objects,
		      struct mailbox_rpc_object *object)
{
	int error;

	pthread_mutex_lock(&objects->lock);
	error = arm(objects, EPOLL_CTL_ADD, object);
	if (!error) {
		object->next = objects->first;
		objects->first = object;
		objects->count++;
	}
	pthread_mutex_unlock(&objects->lock);
	if (error)
		object_destroy(object);
	return error;
}

int mailbox_rpc_object_new(struct mailbox_rpc_server *server,
			   const struct mailbox_rpc_class *class_,
			   struct mailbox_rpc_object **out)
{
	struct rpc_objects *objects = server->objects;
	struct mailbox_rpc_object *object;
	struct mailbox_attr attr;
	int fd, error;

	if (!objects ||
	    class_find(objects, class_->interface->descriptor->name,
		       class_->interface->version) != class_)
		return -EINVAL;
	mailbox_attr_init(&attr);
	attr.capacity = CAPACITY;
	attr.mode = class_->mode ? class_->mode : 0600;
	attr.rights = MAILBOX_RIGHT_RECEIVE;
	fd = mailbox_create_with(server->client, &attr);
	if (fd < 0)
		return fd;
	error = object_make(objects, class_, fd, attr.id, NULL, &object);
	if (error)
		return error;
	object->held = false;
	error = object_add(objects, object);
	if (!error)
		*out = object;
	return error;
}

struct mailbox_rpc_journal *
mailbox_rpc_object_journal(struct mailbox_rpc_object *object)
{
	return object->port.journal;
}

void mailbox_rpc_object_reference(const struct mailbox_rpc_object *object,
				  Mailbox__Rpc__Reference *reference)
{
	const struct mailbox_rpc_interface *interface =
		object->class_->interface;

	reference->id = object->port.id;
	reference->service = (char *)interface->descriptor->name;
	reference->version = interface->version;
	reference->attachment = 0;
}

void mailbox_rpc_object_free(struct mailbox_rpc_object *object)
{
	struct rpc_objects *objects = object->port.server->objects;

	pthread_mutex_lock(&objects->lock);
	hold_locked(objects, object);
	unlink_locked(objects, object);
	pthread_mutex_unlock(&objects->lock);
	object_destroy(object);
}

unsigned int mailbox_rpc_server_objects(struct mailbox_rpc_server *server)
{
	unsigned int count;

	if (!server->objects)
		return 0;
	pthread_mutex_lock(&server->objects->lock);
	count = server->objects->count;
	pthread_mutex_unlock(&server->objects->lock);
	return count;
}

int mailbox_rpc_stub_object(const Mailbox__Rpc__Reference *reference,
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
	stub->handle = mailbox_open_id(stub->client, reference->id,
				       MAILBOX_RIGHT_SEND, 0);
	if (stub->handle < 0) {
		error = stub->handle;
		mailbox_rpc_stub_free(stub);
		return error;
	}
	*out = stub;
	return 0;
}

/* ---- Serving them --------------------------------------------------------- */

/*
 * Who calls has a handle to send, so from now on it means something that there is
 * none.
 */
static void watch(struct mailbox_rpc_object *object)
{
	object->called = true;
	if (!object->watched &&
	    !mailbox_notify(object->port.fd, 0, MAILBOX_EVENT_NO_SENDERS,
			    RPC_COOKIE))
		object->watched = true;
}

/* The calls that are there, as far as it is this object's turn. */
static void object_serve(struct mailbox_rpc_object *object, void *buffer,
			 struct mailbox_rpc_context **context)
{
	struct rpc_port *port = &object->port;
	size_t room = port->server->max_message;
	struct mailbox_reply_receive both;
	int left = TURN;

	mailbox_reply_receive_init(&both, 0, buffer, room);
	both.flags = MAILBOX_NONBLOCK;
	while (left-- && *context) {
		ssize_t length = mailbox_reply_receive_with(port->fd, &both);

		if (length == -ESTALE || length == -EINTR)
			continue;
		if (length == -EMSGSIZE && both.token && both.reply.length) {
			mailbox_message_data(&both.reply, NULL, 0);
			continue;
		}
		if (length < 0)
			break;
		watch(object);
		if (rpc_dispatch(port, &both.message, buffer, context)) {
			both.token = (*context)->token;
			mailbox_message_data(&both.reply,
					     (*context)->reply.data,
					     (*context)->reply.length);
		}
		mailbox_message_buffer(&both.message, buffer, room);
	}
	if (both.token && *context)
		rpc_context_reply(*context);
}

static void turn(struct rpc_objects *objects, uint64_t id, void *buffer,
		 struct mailbox_rpc_context **context)
{
	struct mailbox_rpc_object *object;

	pthread_mutex_lock(&objects->lock);
	object = find_locked(objects, id);
	if (!object || object->held || object->busy) {
		pthread_mutex_unlock(&objects->lock);
		return;
	}
	object->busy = true;
	pthread_mutex_unlock(&objects->lock);
	object_serve(object, buffer, context);
	pthread_mutex_lock(&objects->lock);
	object->busy = false;
	if (!object->held)
		arm(objects, EPOLL_CTL_MOD, object);
	pthread_cond_broadcast(&objects->idle);
	pthread_mutex_unlock(&objects->lock);
}

/* Nobody can call it any more, unless somebody has opened it meanwhile. */
static void no_senders(struct rpc_objects *objects, uint64_t id)
{
	struct mailbox_rpc_object *object;
	struct mailbox_stat stat;

	pthread_mutex_lock(&objects->lock);
	object = find_locked(objects, id);
	/* One that is about to leave is the other process's affair. */
	if (!object || object->held ||
	    mailbox_stat(object->port.fd, 0, &stat)) {
		pthread_mutex_unlock(&objects->lock);
		return;
	}
	object->watched = false;
	if (stat.send_handles || stat.messages) {
		watch(object);
		pthread_mutex_unlock(&objects->lock);
		return;
	}
	hold_locked(objects, object);
	unlink_locked(objects, object);
	pthread_mutex_unlock(&objects->lock);
	object_destroy(object);
}

static void events(struct rpc_objects *objects)
{
	struct epoll_event again = { .events = EPOLLIN | EPOLLONESHOT };
	struct mailbox_receive receive;
	struct mailbox_event event;

	for (;;) {
		mailbox_receive_init(&receive, MAILBOX_ID_NOTIFY, &event,
				     sizeof(event));
		receive.flags = MAILBOX_NONBLOCK;
		if (mailbox_receive_with(objects->server->client,
					 &receive) < 0)
			break;
		if (event.type == MAILBOX_EVENT_NO_SENDERS &&
		    event.cookie == RPC_COOKIE)
			no_senders(objects, event.id);
	}
	epoll_ctl(objects->epoll, EPOLL_CTL_MOD, objects->server->client,
		  &again);
}

/* Adopted, and never activated. */
static void expire(struct rpc_objects *objects)
{
	struct mailbox_rpc_object *object, *next, *gone = NULL;
	uint64_t now = rpc_now();

	pthread_mutex_lock(&objects->lock);
	for (object = objects->first; object; object = next) {
		next = object->next;
		if (!object->adopted_until || object->adopted_until > now)
			continue;
		unlink_locked(objects, object);
		object->next = gone;
		gone = object;
	}
	pthread_mutex_unlock(&objects->lock);
	while (gone) {
		next = gone->next;
		object_destroy(gone);
		gone = next;
	}
}

void rpc_objects_serve(struct rpc_objects *objects, struct rpc_thread *thread,
		       const atomic_bool *stopping)
{
	struct mailbox_rpc_context *context = rpc_context_new();
	void *buffer = malloc(objects->server->max_message);
	struct epoll_event event;

	while (buffer && context && !atomic_load(stopping)) {
		int got;

		atomic_store(&thread->waiting, true);
		got = atomic_load(stopping) ?
			      0 :
			      epoll_wait(objects->epoll, &event, 1, EXPIRE_MS);
		atomic_store(&thread->waiting, false);
		if (got > 0 && event.data.u64)
			turn(objects, event.data.u64, buffer, &context);
		else if (got > 0)
			events(objects);
		else if (!got)
			expire(objects);
	}
	rpc_context_free(context);
	free(buffer);
}

/* ---- Moving them ----------------------------------------------------------- */

static const struct mailbox_rpc_interface host_interface = {
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
		class_find(objects, input->service, input->version);
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
	error = object_make(objects, class_, fd, input->id, input->memory.data,
			    &object);
	if (error)
		return rpc_status_set(status, MAILBOX_RPC_INVALID_ARGUMENT,
				      "its journal: error %d", -error);
	object->adopted_until = input->deadline ? input->deadline : 1;
	object->called = input->called;
	error = object_add(objects, object);
	if (error)
		return rpc_status_errno(status, "object", error);
	return MAILBOX_RPC_OK;
}

static void host_adopt(Mailbox__Rpc__Host_Service *base,
		       const Mailbox__Rpc__Adoption *input,
		       Mailbox__Rpc__Adopted_Closure closure, void *data)
{
	struct rpc_objects *objects = ((struct host *)base)->server->objects;
	Mailbox__Rpc__Adopted reply = MAILBOX__RPC__ADOPTED__INIT;
	struct mailbox_rpc_status status;
	bool known;

	if (!may_move(data))
		return;
	pthread_mutex_lock(&objects->lock);
	known = find_locked(objects, input->id);
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
	struct rpc_objects *objects = ((struct host *)base)->server->objects;
	struct mailbox_rpc_object *object;
	bool found;

	if (!may_move(data))
		return;
	pthread_mutex_lock(&objects->lock);
	object = find_locked(objects, input->id);
	found = object && object->adopted_until > rpc_now();
	if (found) {
		object->held = false;
		object->adopted_until = 0;
		if (object->called)
			watch(object);
		arm(objects, EPOLL_CTL_MOD, object);
	}
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
	adoption.called = object->called;
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
	object = find_locked(objects, id);
	if (object && object->held)
		object = NULL;
	if (object)
		hold_locked(objects, object);
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
	error = mailbox_rpc_stub_new(to, &host_interface, &stub);
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
	if (code && !lost)
		release_hold(objects, object);
	else
		mailbox_rpc_object_free(object);
	return code;
}

/* ---- Having them ------------------------------------------------------------ */

static int objects_init(struct rpc_objects *objects,
			struct mailbox_rpc_server *server)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLONESHOT };
	int error = 0;

	objects->server = server;
	objects->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (objects->epoll < 0)
		return -errno;
	if (epoll_ctl(objects->epoll, EPOLL_CTL_ADD, server->client, &event))
		error = -errno;
	if (!error && pthread_mutex_init(&objects->lock, NULL))
		error = -ENOMEM;
	if (!error && pthread_cond_init(&objects->idle, NULL)) {
		pthread_mutex_destroy(&objects->lock);
		error = -ENOMEM;
	}
	if (error) {
		close(objects->epoll);
		return error;
	}
	mailbox__rpc__host__init(&objects->host.base, NULL);
	objects->host.base.adopt = host_adopt;
	objects->host.base.activate = host_activate;
	objects->host.server = server;
	return 0;
}

static int objects_new(struct mailbox_rpc_server *server)
{
	struct rpc_objects *objects = calloc(1, sizeof(*objects));
	struct mailbox_query query;
	int error;

	if (!objects)
		return -ENOMEM;
	error = objects_init(objects, server);
	if (error) {
		free(objects);
		return error;
	}
	server->objects = objects;
	/* Objects' mailboxes are of the usual size. */
	error = mailbox_query(server->client, &query);
	if (!error && server->max_message < query.message_default)
		server->max_message = query.message_default;
	if (!error && server->port.fd >= 0)
		error = rpc_port_add(&server->port, &host_interface,
				     &objects->host.base.base);
	if (error) {
		rpc_objects_free(objects);
		server->objects = NULL;
	}
	return error;
}

void rpc_objects_free(struct rpc_objects *objects)
{
	if (!objects)
		return;
	while (objects->first)
		mailbox_rpc_object_free(objects->first);
	pthread_cond_destroy(&objects->idle);
	pthread_mutex_destroy(&objects->lock);
	close(objects->epoll);
	free(objects->classes);
	free(objects);
}

int mailbox_rpc_server_class(struct mailbox_rpc_server *server,
			     const struct mailbox_rpc_class *class_)
{
	const struct mailbox_rpc_class **classes;
	struct rpc_objects *objects;
	int error;

	if (atomic_load(&server->serving))
		return -EBUSY;
	if (!mailbox_rpc_journal_bytes(&class_->sizes) ||
	    class_->mode & ~0666U)
		return -EINVAL;
	if (!server->objects) {
		error = objects_new(server);
		if (error)
			return error;
	}
	objects = server->objects;
	if (class_find(objects, class_->interface->descriptor->name,
		       class_->interface->version))
		return -EEXIST;
	classes = reallocarray(objects->classes, objects->class_count + 1,
			       sizeof(*classes));
	if (!classes)
		return -ENOMEM;
	classes[objects->class_count++] = class_;
	objects->classes = classes;
	return 0;
}
