// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Servers: a mailbox, and threads that serve it.
 *
 * Each thread answers a call and waits for the next in one system call.  The thread
 * that called mailbox_rpc_serve() waits for the end, and brings it about.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "object.h"
#include "receiver.h"

#define CAPACITY	64
#define MODE		0600

int rpc_port_init(struct rpc_port *port, struct mailbox_rpc_server *server)
{
	memset(port, 0, sizeof(*port));
	port->server = server;
	port->fd = -1;
	if (pthread_mutex_init(&port->lock, NULL))
		return -ENOMEM;
	if (pthread_cond_init(&port->none_late, NULL)) {
		pthread_mutex_destroy(&port->lock);
		return -ENOMEM;
	}
	return 0;
}

int rpc_port_add(struct rpc_port *port,
		 const struct mailbox_rpc_interface *interface,
		 ProtobufCService *service)
{
	const char *name = interface->descriptor->name;
	struct rpc_service *added, **services;

	for (size_t i = 0; i < port->count; i++)
		if (!strcmp(port->services[i]->interface->descriptor->name,
			    name))
			return -EEXIST;
	added = calloc(1, sizeof(*added));
	services = reallocarray(port->services, port->count + 1,
				sizeof(*services));
	if (services)
		port->services = services;
	if (!added || !services) {
		free(added);
		return -ENOMEM;
	}
	added->interface = interface;
	added->service = service;
	services[port->count++] = added;
	return 0;
}

void rpc_port_quiesce(struct rpc_port *port)
{
	pthread_mutex_lock(&port->lock);
	while (port->late)
		pthread_cond_wait(&port->none_late, &port->lock);
	pthread_mutex_unlock(&port->lock);
}

void rpc_port_free(struct rpc_port *port)
{
	if (port->fd >= 0)
		close(port->fd);
	for (size_t i = 0; i < port->count; i++)
		free(port->services[i]);
	free(port->services);
	pthread_cond_destroy(&port->none_late);
	pthread_mutex_destroy(&port->lock);
}

static int mailbox_make(struct mailbox_rpc_server *server, const char *name,
			const struct mailbox_rpc_server_options *options)
{
	struct mailbox_attr attr;

	mailbox_attr_init(&attr);
	attr.name = name;
	attr.capacity = options->capacity ? options->capacity : CAPACITY;
	attr.mode = options->mode ? options->mode : MODE;
	attr.rights = MAILBOX_RIGHT_RECEIVE | MAILBOX_RIGHT_MANAGE;
	attr.flags = MAILBOX_CREATE_ATTACH;
	if (options->max_message)
		attr.max_message = options->max_message;
	if (options->persist)
		attr.flags |= MAILBOX_CREATE_PERSIST;
	return mailbox_create_with(server->client, &attr);
}

/* Calls come by this handle, which is the server's. */
static int handle_set(struct mailbox_rpc_server *server, int fd)
{
	struct mailbox_stat stat;
	int error;

	server->port.fd = fd;
	error = mailbox_stat(fd, 0, &stat);
	if (error)
		return error;
	if (stat.create_flags & MAILBOX_STAT_PORT ||
	    stat.policy == MAILBOX_POLICY_ALL)
		return -EEXIST;
	server->port.id = stat.id;
	if (server->max_message < stat.max_message)
		server->max_message = stat.max_message;
	return rpc_port_add(&server->port, &rpc_directory_interface,
			    server->directory);
}

/* Makes the mailbox, or joins who serves it. */
static int mailbox_get(struct mailbox_rpc_server *server, const char *name,
		       const struct mailbox_rpc_server_options *options)
{
	int fd;

	do {
		fd = mailbox_make(server, name, options);
		if (fd == -EEXIST)
			fd = mailbox_open(server->client, name,
					  MAILBOX_RIGHT_RECEIVE, 0);
	} while (fd == -ENOENT);	/* it was there, and has just ended */
	return fd < 0 ? fd : handle_set(server, fd);
}

static int server_init(struct mailbox_rpc_server *server, const char *name,
		       const struct mailbox_rpc_server_options *options)
{
	rpc_name full;

	server->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (server->stop < 0)
		return -errno;
	server->client = mailbox_client_open();
	if (server->client < 0)
		return server->client;
	server->port.journal = options->journal;
	server->trace = options->trace;
	server->trace_context = options->trace_context;
	server->directory = rpc_directory_new(&server->port);
	if (!server->directory)
		return -ENOMEM;
	if (!name)
		return 0;
	if (!rpc_name_make(full, name))
		return -ENAMETOOLONG;
	return mailbox_get(server, full, options);
}

int mailbox_rpc_server_new(const char *name,
			   const struct mailbox_rpc_server_options *options,
			   struct mailbox_rpc_server **server_out)
{
	static const struct mailbox_rpc_server_options defaults = {
		.size = sizeof(defaults),
	};
	struct mailbox_rpc_server *server;
	int error;

	if (!options)
		options = &defaults;
	if (options->size != sizeof(*options) || options->mode & ~0666U)
		return -EINVAL;
	server = calloc(1, sizeof(*server));
	if (!server)
		return -ENOMEM;
	server->client = -1;
	server->stop = -1;
	error = rpc_port_init(&server->port, server);
	if (error) {
		free(server);
		return error;
	}
	error = server_init(server, name, options);
	if (error) {
		mailbox_rpc_server_free(server);
		return error;
	}
	*server_out = server;
	return 0;
}

void mailbox_rpc_server_free(struct mailbox_rpc_server *server)
{
	if (!server)
		return;
	rpc_objects_free(server->objects);
	if (server->directory)
		rpc_directory_quiesce(server->directory);
	rpc_port_quiesce(&server->port);
	rpc_port_free(&server->port);
	if (server->client >= 0)
		close(server->client);
	if (server->stop >= 0)
		close(server->stop);
	rpc_directory_free(server->directory);
	free(server);
}

int mailbox_rpc_server_handle(struct mailbox_rpc_server *server, int handle)
{
	int fd, error;

	if (atomic_load(&server->serving))
		return -EBUSY;
	if (server->port.fd >= 0)
		return -EEXIST;
	fd = fcntl(handle, F_DUPFD_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	error = handle_set(server, fd);
	if (error) {
		close(fd);
		server->port.fd = -1;
	}
	return error;
}

int mailbox_rpc_server_add(struct mailbox_rpc_server *server,
			   const struct mailbox_rpc_interface *interface,
			   ProtobufCService *service)
{
	if (atomic_load(&server->serving))
		return -EBUSY;
	return rpc_port_add(&server->port, interface, service);
}

/* ---- Threads ------------------------------------------------------------- */

/**
 * struct worker - a thread that serves
 * @thread: it
 * @server: what
 * @for_objects: its objects, not itself
 * @stopping: it is to end
 * @receiver: of the server's calls
 */
struct worker {
	struct rpc_thread thread;
	struct mailbox_rpc_server *server;
	bool for_objects;
	const atomic_bool *stopping;
	struct rpc_receiver receiver;
};

/* A signal may come at any time; the one that matters is sent until it is seen. */
static ssize_t worker_receive(struct worker *worker)
{
	ssize_t length;

	do {
		atomic_store(&worker->thread.waiting, true);
		length = atomic_load(worker->stopping) ?
				 -ECANCELED :
				 rpc_receiver_receive(&worker->receiver,
						      &worker->server->port);
		atomic_store(&worker->thread.waiting, false);
	} while (length == -EINTR);
	return length;
}

static int worker_loop(struct worker *worker)
{
	ssize_t error;

	do {
		error = worker_receive(worker);
		if (error >= 0)
			error = rpc_receiver_serve(&worker->receiver,
						   &worker->server->port);
	} while (!error);
	rpc_receiver_finish(&worker->receiver);
	return (int)error;
}

static void *worker_run(void *argument)
{
	struct worker *worker = argument;
	struct mailbox_rpc_server *server = worker->server;
	int error = -ECANCELED;
	int none = 0;

	if (worker->for_objects)
		error = rpc_objects_serve(server->objects, &worker->receiver,
					  &worker->thread, worker->stopping);
	else
		error = worker_loop(worker);
	if (error != -ECANCELED &&
	    atomic_compare_exchange_strong(&server->failed, &none, error))
		mailbox_rpc_server_stop(server);
	atomic_store(&worker->thread.left, true);
	return NULL;
}

static int worker_start(struct worker *worker,
			struct mailbox_rpc_server *server, bool for_objects,
			const atomic_bool *stopping)
{
	int error;

	worker->server = server;
	worker->for_objects = for_objects;
	worker->stopping = stopping;
	error = rpc_receiver_init(&worker->receiver, server->max_message,
				  for_objects ? MAILBOX_NONBLOCK : 0);
	if (error)
		return error;
	error = rpc_thread_start(&worker->thread, worker_run, worker);
	if (error)
		rpc_receiver_free(&worker->receiver);
	return error;
}

static void worker_end(struct worker *worker)
{
	rpc_thread_end(&worker->thread);
	rpc_receiver_free(&worker->receiver);
}

/* 0: stopped; -EINTR: a signal handler ran. */
static int stop_wait(struct mailbox_rpc_server *server)
{
	struct pollfd look = { .fd = server->stop, .events = POLLIN };
	uint64_t count;

	if (poll(&look, 1, -1) < 0)
		return -errno;
	if (read(server->stop, &count, sizeof(count)) < 0)
		return -errno;
	return 0;
}

int mailbox_rpc_serve(struct mailbox_rpc_server *server, unsigned int threads)
{
	atomic_bool stopping = false;
	struct worker *workers;
	unsigned int started = 0, named = 0, all = 0;
	int error = 0, failed;

	if (server->port.fd >= 0)
		named = threads;
	if (named || server->objects)
		all = server->objects ? named + threads : named;
	if (!threads || !all)
		return -EINVAL;
	if (atomic_exchange(&server->serving, true))
		return -EBUSY;
	atomic_store(&server->failed, 0);
	workers = calloc(all, sizeof(*workers));
	if (!workers)
		error = -ENOMEM;
	while (!error && started < all) {
		error = worker_start(&workers[started], server,
				     started >= named, &stopping);
		if (!error)
			started++;
	}
	if (!error)
		error = stop_wait(server);
	atomic_store(&stopping, true);
	while (started)
		worker_end(&workers[--started]);
	free(workers);
	failed = atomic_load(&server->failed);
	atomic_store(&server->serving, false);
	return failed ? failed : error;
}

void mailbox_rpc_server_stop(struct mailbox_rpc_server *server)
{
	const uint64_t one = 1;

	/* It cannot fail but by being full, which is as good. */
	if (write(server->stop, &one, sizeof(one)) < 0)
		return;
}
