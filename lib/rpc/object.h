/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Objects of a server: object.c, move.c, reference.c. */
#ifndef MAILBOX_RPC_OBJECT_H
#define MAILBOX_RPC_OBJECT_H

#include "mailbox/host.pb-c.h"
#include "receiver.h"

/**
 * struct mailbox_rpc_object - an object
 * @next: of the server's; guarded by its lock, as what follows
 * @port: its mailbox
 * @class_: what it is
 * @memory: its journal's
 * @busy: a thread serves it
 * @held: nobody may
 * @referenced: somebody has had a handle to call it
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
	bool referenced;
	bool watched;
	uint64_t adopted_until;
};

/* The skeleton of mailbox.rpc.Host, and whose it is. */
struct rpc_host {
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
	struct rpc_host host;
};

struct mailbox_rpc_object *rpc_object_find_locked(struct rpc_objects *objects,
						  uint64_t id);
const struct mailbox_rpc_class *
rpc_class_find(const struct rpc_objects *objects, const char *name,
	       uint32_t version);

/**
 * rpc_object_make - make an object, held, and in nobody's list yet
 * @objects: whose it will be
 * @class_: of what class
 * @fd: of its mailbox, to receive; taken over, also with an error
 * @id: of the mailbox
 * @bytes: its state as it was elsewhere, or NULL
 * @object: out
 *
 * Return: 0 or -errno.
 */
int rpc_object_make(struct rpc_objects *objects,
		    const struct mailbox_rpc_class *class_, int fd, uint64_t id,
		    const void *bytes, struct mailbox_rpc_object **object);

/* Into the list; with an error it has ended. */
int rpc_object_add(struct rpc_objects *objects,
		   struct mailbox_rpc_object *object);

/* Nobody serves it from here on, until it is released. */
void rpc_object_hold_locked(struct rpc_objects *objects,
			    struct mailbox_rpc_object *object);
void rpc_object_release_locked(struct rpc_objects *objects,
			       struct mailbox_rpc_object *object);

/*
 * Somebody has, or has had, a handle to send: from now on it means something that there
 * is none.
 */
void rpc_object_watch_locked(struct mailbox_rpc_object *object);

/*
 * Serves whichever object has calls, until @stopping; for a thread.  -ECANCELED, or
 * -ENOMEM.
 */
int rpc_objects_serve(struct rpc_objects *objects,
		      struct rpc_receiver *receiver, struct rpc_thread *thread,
		      const atomic_bool *stopping);
void rpc_objects_free(struct rpc_objects *objects);

/* mailbox.rpc.Host: takes objects that move here. */
extern const struct mailbox_rpc_interface rpc_host_interface;
void rpc_host_init(struct rpc_host *host, struct mailbox_rpc_server *server);

#endif /* MAILBOX_RPC_OBJECT_H */
