// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Objects: mailboxes with a state.
 *
 * All objects of a server are in one epoll set, each armed for one event: so one thread
 * at a time serves an object, and calls are served in the order in which they came.
 *
 * An object ends when nobody has a handle to call it any more, from the first
 * reference or call on.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "object.h"

#define CAPACITY	64
#define TURN		64	/* calls to one object before others have a turn */
#define EXPIRE_MS	1000	/* between looks for adoptions that came to nothing */

struct mailbox_rpc_object *rpc_object_find_locked(struct rpc_objects *objects,
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

void rpc_object_hold_locked(struct rpc_objects *objects,
			    struct mailbox_rpc_object *object)
{
	object->held = true;
	while (object->busy)
		pthread_cond_wait(&objects->idle, &objects->lock);
}

void rpc_object_release_locked(struct rpc_objects *objects,
			       struct mailbox_rpc_object *object)
{
	object->held = false;
	object->adopted_until = 0;
	/* The event may have come while it was held. */
	if (object->referenced)
		rpc_object_watch_locked(object);
	arm(objects, EPOLL_CTL_MOD, object);
}

/* ---- Making them ---------------------------------------------------------- */

const struct mailbox_rpc_class *
rpc_class_find(const struct rpc_objects *objects, const char *name,
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

int rpc_object_make(struct rpc_objects *objects,
		    const struct mailbox_rpc_class *class_, int fd, uint64_t id,
		    const void *bytes, struct mailbox_rpc_object **out)
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

int rpc_object_add(struct rpc_objects *objects,
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
	    rpc_class_find(objects, class_->interface->descriptor->name,
			   class_->interface->version) != class_)
		return -EINVAL;
	mailbox_attr_init(&attr);
	attr.flags = MAILBOX_CREATE_ATTACH;
	attr.capacity = CAPACITY;
	attr.mode = class_->mode ? class_->mode : 0600;
	attr.rights = MAILBOX_RIGHT_RECEIVE;
	fd = mailbox_create_with(server->client, &attr);
	if (fd < 0)
		return fd;
	error = rpc_object_make(objects, class_, fd, attr.id, NULL, &object);
	if (error)
		return error;
	object->held = false;
	error = rpc_object_add(objects, object);
	if (!error)
		*out = object;
	return error;
}

struct mailbox_rpc_journal *
mailbox_rpc_object_journal(struct mailbox_rpc_object *object)
{
	return object->port.journal;
}

void mailbox_rpc_object_free(struct mailbox_rpc_object *object)
{
	struct rpc_objects *objects = object->port.server->objects;

	pthread_mutex_lock(&objects->lock);
	rpc_object_hold_locked(objects, object);
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

/* ---- Serving them --------------------------------------------------------- */

void rpc_object_watch_locked(struct mailbox_rpc_object *object)
{
	object->referenced = true;
	if (!object->watched &&
	    !mailbox_notify(object->port.fd, 0, MAILBOX_EVENT_NO_SENDERS,
			    RPC_COOKIE))
		object->watched = true;
}

/*
 * The calls that are there, as far as it is this object's turn.  Returns how many;
 * or -ENOMEM, or why there will be no more: its mailbox has been destroyed.
 */
static int object_serve(struct mailbox_rpc_object *object,
			struct rpc_receiver *receiver)
{
	int served = 0, error = 0;

	for (int left = TURN; left && !error; left--) {
		ssize_t length = rpc_receiver_receive(receiver, &object->port);

		if (length == -EINTR)
			continue;
		if (length == -EAGAIN)
			break;
		error = (int)length;
		if (length < 0)
			break;
		error = rpc_receiver_serve(receiver, &object->port);
		served++;
	}
	rpc_receiver_finish(receiver);
	return error ? error : served;
}

static int turn(struct rpc_objects *objects, uint64_t id,
		struct rpc_receiver *receiver)
{
	struct mailbox_rpc_object *object;
	bool dead;
	int served;

	pthread_mutex_lock(&objects->lock);
	object = rpc_object_find_locked(objects, id);
	if (!object || object->held || object->busy) {
		pthread_mutex_unlock(&objects->lock);
		return 0;
	}
	object->busy = true;
	pthread_mutex_unlock(&objects->lock);
	served = object_serve(object, receiver);
	pthread_mutex_lock(&objects->lock);
	object->busy = false;
	/* Who calls has a handle. */
	if (served > 0)
		rpc_object_watch_locked(object);
	dead = served < 0 && served != -ENOMEM && !object->held;
	if (dead)
		unlink_locked(objects, object);
	else if (!object->held)
		arm(objects, EPOLL_CTL_MOD, object);
	pthread_cond_broadcast(&objects->idle);
	pthread_mutex_unlock(&objects->lock);
	if (dead)
		object_destroy(object);
	return served == -ENOMEM ? served : 0;
}

static bool used(const struct mailbox_rpc_object *object)
{
	struct mailbox_stat stat;

	return !mailbox_stat(object->port.fd, 0, &stat) &&
	       (stat.send_handles || stat.messages);
}

/* Nobody can call it any more, unless somebody has got a handle meanwhile. */
static void no_senders(struct rpc_objects *objects, uint64_t id)
{
	struct mailbox_rpc_object *object;

	pthread_mutex_lock(&objects->lock);
	object = rpc_object_find_locked(objects, id);
	if (object)
		object->watched = false;
	/* One that is about to leave: who has it then asks again. */
	if (!object || object->held) {
		pthread_mutex_unlock(&objects->lock);
		return;
	}
	/* The call in hand may give a reference away. */
	rpc_object_hold_locked(objects, object);
	if (used(object)) {
		rpc_object_release_locked(objects, object);
		pthread_mutex_unlock(&objects->lock);
		return;
	}
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

int rpc_objects_serve(struct rpc_objects *objects,
		      struct rpc_receiver *receiver, struct rpc_thread *thread,
		      const atomic_bool *stopping)
{
	struct epoll_event event;
	int error = 0;

	while (!error && !atomic_load(stopping)) {
		int got;

		atomic_store(&thread->waiting, true);
		got = atomic_load(stopping) ?
			      0 :
			      epoll_wait(objects->epoll, &event, 1, EXPIRE_MS);
		atomic_store(&thread->waiting, false);
		if (got > 0 && event.data.u64)
			error = turn(objects, event.data.u64, receiver);
		else if (got > 0)
			events(objects);
		else if (!got)
			expire(objects);
	}
	return error ? error : -ECANCELED;
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
	rpc_host_init(&objects->host, server);
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
		error = rpc_port_add(&server->port, &rpc_host_interface,
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
	if (rpc_class_find(objects, class_->interface->descriptor->name,
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
