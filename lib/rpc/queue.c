// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Calls that are not waited for.
 *
 * Threads of the queue make them, each with a stub of its own, and so a client of its
 * own to EXACTLY_ONCE.  What has ended waits in a list until the program takes it,
 * in a thread of its own choice; a semaphore in an eventfd counts the list.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "stub.h"

struct caller;

/**
 * struct mailbox_rpc_pending - a call
 * @next: in the list that it is in
 * @method: what is called
 * @argument: packed
 * @length: its bytes
 * @deadline: when it has to be over
 * @semantics: as the queue had it
 * @done: whom to tell
 * @context: with this
 * @cancelled: it is not wanted any more
 * @caller: who makes it, or NULL
 * @outgoing: attachments of the argument
 * @incoming: attachments of the result
 * @result: of the call
 * @status: likewise
 */
struct mailbox_rpc_pending {
	struct mailbox_rpc_pending *next;
	unsigned int method;
	uint8_t *argument;
	size_t length;
	uint64_t deadline;
	uint32_t semantics;
	mailbox_rpc_done done;
	void *context;
	atomic_bool cancelled;
	struct caller *caller;
	struct mailbox_rpc_parcel outgoing;
	struct mailbox_rpc_parcel incoming;
	ProtobufCMessage *result;
	struct mailbox_rpc_status status;
};

struct list {
	struct mailbox_rpc_pending *first;
	struct mailbox_rpc_pending **last;
};

/**
 * struct caller - a thread that makes calls
 * @thread: it
 * @queue: whose
 * @stub: its
 * @pending: the call that it makes, or NULL
 */
struct caller {
	struct rpc_thread thread;
	struct mailbox_rpc_queue *queue;
	struct mailbox_rpc_stub *stub;
	struct mailbox_rpc_pending *pending;
};

/**
 * struct mailbox_rpc_queue - a queue
 * @interface: what is called
 * @timeout: of calls to come
 * @semantics: of calls to come
 * @outgoing: attachments of the next call that is started
 * @lock: guards what follows, and who makes which call
 * @work: there is something in @waiting, or it is the end
 * @moved: a call has left its caller
 * @waiting: calls that nobody makes yet
 * @ended: calls that the program has not taken yet
 * @outstanding: calls that have been started and not taken
 * @ending: no more
 * @count: an eventfd, of @ended
 * @threads: how many @callers there are
 * @callers: the threads
 */
struct mailbox_rpc_queue {
	const struct mailbox_rpc_interface *interface;
	uint64_t timeout;
	uint32_t semantics;
	struct mailbox_rpc_parcel outgoing;
	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_cond_t moved;
	struct list waiting;
	struct list ended;
	unsigned int outstanding;
	bool ending;
	int count;
	unsigned int threads;
	struct caller *callers;
};

static void list_init(struct list *list)
{
	list->first = NULL;
	list->last = &list->first;
}

static void list_add(struct list *list, struct mailbox_rpc_pending *pending)
{
	pending->next = NULL;
	*list->last = pending;
	list->last = &pending->next;
}

static struct mailbox_rpc_pending *list_take(struct list *list)
{
	struct mailbox_rpc_pending *pending = list->first;

	if (pending) {
		list->first = pending->next;
		if (!list->first)
			list->last = &list->first;
	}
	return pending;
}

static void pending_free(struct mailbox_rpc_pending *pending)
{
	if (pending->result)
		protobuf_c_message_free_unpacked(pending->result, NULL);
	rpc_parcel_clear(&pending->outgoing);
	rpc_parcel_clear(&pending->incoming);
	free(pending->argument);
	free(pending);
}

/* Makes the call; the argument comes apart and is put together again. */
static void pending_call(struct caller *caller,
			 struct mailbox_rpc_pending *pending)
{
	const ProtobufCMethodDescriptor *method =
		&caller->stub->base.descriptor->methods[pending->method];
	struct mailbox_rpc_stub *stub = caller->stub;
	ProtobufCMessage *input;

	input = protobuf_c_message_unpack(method->input, NULL, pending->length,
					  pending->argument);
	if (!input) {
		rpc_status_set(&pending->status,
			       MAILBOX_RPC_RESOURCE_EXHAUSTED, "no memory");
		return;
	}
	stub->semantics = pending->semantics;
	stub->cancelled = &pending->cancelled;
	rpc_parcel_move(&stub->outgoing, &pending->outgoing);
	rpc_stub_call(stub, pending->method, input, pending->deadline,
		      &pending->result);
	stub->cancelled = NULL;
	rpc_parcel_move(&pending->incoming, &stub->incoming);
	pending->status = stub->status;
	protobuf_c_message_free_unpacked(input, NULL);
}

static void ended_locked(struct mailbox_rpc_queue *queue,
			 struct mailbox_rpc_pending *pending)
{
	const uint64_t one = 1;

	list_add(&queue->ended, pending);
	/* Its counter cannot be full. */
	if (write(queue->count, &one, sizeof(one)) < 0)
		return;
}

static void *caller_run(void *argument)
{
	struct caller *caller = argument;
	struct mailbox_rpc_queue *queue = caller->queue;
	struct mailbox_rpc_pending *pending;

	pthread_mutex_lock(&queue->lock);
	for (;;) {
		while (!queue->ending && !queue->waiting.first)
			pthread_cond_wait(&queue->work, &queue->lock);
		if (queue->ending)
			break;
		pending = list_take(&queue->waiting);
		pending->caller = caller;
		caller->pending = pending;
		pthread_mutex_unlock(&queue->lock);
		pending_call(caller, pending);
		pthread_mutex_lock(&queue->lock);
		pending->caller = NULL;
		caller->pending = NULL;
		pthread_cond_broadcast(&queue->moved);
		ended_locked(queue, pending);
	}
	pthread_mutex_unlock(&queue->lock);
	atomic_store(&caller->thread.left, true);
	return NULL;
}

static int caller_start(struct caller *caller, struct mailbox_rpc_queue *queue,
			const char *name)
{
	int error;

	caller->queue = queue;
	error = mailbox_rpc_stub_new(name, queue->interface, &caller->stub);
	if (error)
		return error;
	caller->stub->thread = &caller->thread;
	error = rpc_thread_start(&caller->thread, caller_run, caller);
	if (error)
		mailbox_rpc_stub_free(caller->stub);
	return error;
}

static int queue_init(struct mailbox_rpc_queue *queue)
{
	queue->timeout = RPC_TIMEOUT;
	queue->outgoing.limit = MAILBOX_ATTACHMENTS_MAX;
	list_init(&queue->waiting);
	list_init(&queue->ended);
	queue->count = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK | EFD_SEMAPHORE);
	if (queue->count < 0)
		return -errno;
	if (pthread_mutex_init(&queue->lock, NULL) ||
	    pthread_cond_init(&queue->work, NULL) ||
	    pthread_cond_init(&queue->moved, NULL))
		return -ENOMEM;
	return 0;
}

int mailbox_rpc_queue_new(const char *name,
			  const struct mailbox_rpc_interface *interface,
			  unsigned int threads,
			  struct mailbox_rpc_queue **queue_out)
{
	struct mailbox_rpc_queue *queue;
	int error;

	if (!threads)
		return -EINVAL;
	queue = calloc(1, sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	queue->interface = interface;
	error = queue_init(queue);
	if (error) {
		if (queue->count >= 0)
			close(queue->count);
		free(queue);
		return error;
	}
	queue->callers = calloc(threads, sizeof(*queue->callers));
	if (!queue->callers)
		error = -ENOMEM;
	while (!error && queue->threads < threads) {
		error = caller_start(&queue->callers[queue->threads], queue,
				     name);
		if (!error)
			queue->threads++;
	}
	if (error) {
		mailbox_rpc_queue_free(queue);
		return error;
	}
	*queue_out = queue;
	return 0;
}

static void list_free(struct list *list)
{
	struct mailbox_rpc_pending *pending;

	while ((pending = list_take(list)))
		pending_free(pending);
}

void mailbox_rpc_queue_free(struct mailbox_rpc_queue *queue)
{
	if (!queue)
		return;
	pthread_mutex_lock(&queue->lock);
	queue->ending = true;
	for (unsigned int i = 0; i < queue->threads; i++)
		if (queue->callers[i].pending)
			atomic_store(&queue->callers[i].pending->cancelled,
				     true);
	pthread_cond_broadcast(&queue->work);
	pthread_mutex_unlock(&queue->lock);
	for (unsigned int i = 0; i < queue->threads; i++) {
		rpc_thread_end(&queue->callers[i].thread);
		mailbox_rpc_stub_free(queue->callers[i].stub);
	}
	list_free(&queue->waiting);
	list_free(&queue->ended);
	rpc_parcel_clear(&queue->outgoing);
	close(queue->count);
	pthread_cond_destroy(&queue->moved);
	pthread_cond_destroy(&queue->work);
	pthread_mutex_destroy(&queue->lock);
	free(queue->callers);
	free(queue);
}

void mailbox_rpc_queue_timeout(struct mailbox_rpc_queue *queue,
			       uint64_t timeout)
{
	queue->timeout = timeout;
}

int mailbox_rpc_queue_semantics(struct mailbox_rpc_queue *queue,
				uint32_t semantics)
{
	if (semantics > MAILBOX_RPC_EXACTLY_ONCE)
		return -EINVAL;
	queue->semantics = semantics;
	return 0;
}

struct mailbox_rpc_parcel *
mailbox_rpc_queue_outgoing(struct mailbox_rpc_queue *queue)
{
	return &queue->outgoing;
}

struct mailbox_rpc_parcel *
mailbox_rpc_pending_incoming(struct mailbox_rpc_pending *pending)
{
	return &pending->incoming;
}

int mailbox_rpc_start(struct mailbox_rpc_queue *queue, unsigned int method,
		      const ProtobufCMessage *input, mailbox_rpc_done done,
		      void *context, struct mailbox_rpc_pending **out)
{
	const ProtobufCServiceDescriptor *service =
		queue->interface->descriptor;
	struct mailbox_rpc_pending *pending;
	uint64_t now = rpc_now();

	if (method >= service->n_methods ||
	    (queue->interface->methods &&
	     queue->interface->methods[method].stream))
		return -EINVAL;
	pending = calloc(1, sizeof(*pending));
	if (!pending)
		return -ENOMEM;
	rpc_parcel_move(&pending->outgoing, &queue->outgoing);
	pending->length = protobuf_c_message_get_packed_size(input);
	pending->argument = malloc(pending->length + 1);
	if (!pending->argument) {
		pending_free(pending);
		return -ENOMEM;
	}
	protobuf_c_message_pack(input, pending->argument);
	pending->method = method;
	pending->semantics = queue->semantics;
	pending->deadline = queue->timeout < INT64_MAX - now ?
				    now + queue->timeout : 0;
	pending->done = done;
	pending->context = context;
	if (out)
		*out = pending;
	pthread_mutex_lock(&queue->lock);
	queue->outstanding++;
	list_add(&queue->waiting, pending);
	pthread_cond_signal(&queue->work);
	pthread_mutex_unlock(&queue->lock);
	return 0;
}

/* Waits a millisecond at most. */
static void moved_wait(struct mailbox_rpc_queue *queue)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&queue->moved, &queue->lock, &until);
}

void mailbox_rpc_cancel(struct mailbox_rpc_queue *queue,
			struct mailbox_rpc_pending *pending)
{
	pthread_mutex_lock(&queue->lock);
	atomic_store(&pending->cancelled, true);
	/* One that nobody makes yet is made, and ends at once. */
	while (pending->caller) {
		rpc_thread_kick(&pending->caller->thread);
		moved_wait(queue);
	}
	pthread_mutex_unlock(&queue->lock);
}

int mailbox_rpc_queue_fd(const struct mailbox_rpc_queue *queue)
{
	return queue->count;
}

unsigned int mailbox_rpc_queue_dispatch(struct mailbox_rpc_queue *queue,
					bool wait)
{
	struct pollfd look = { .fd = queue->count, .events = POLLIN };
	struct mailbox_rpc_pending *pending;
	unsigned int taken = 0;
	uint64_t one;

	for (;;) {
		pthread_mutex_lock(&queue->lock);
		pending = list_take(&queue->ended);
		if (pending)
			queue->outstanding--;
		else if (!queue->outstanding)
			wait = false;
		pthread_mutex_unlock(&queue->lock);
		if (pending) {
			/* As many as have been counted; it does not wait. */
			if (read(queue->count, &one, sizeof(one)) < 0)
				return taken;
			pending->done(pending->result, &pending->status,
				      pending->context);
			pending_free(pending);
			taken++;
		} else if (taken || !wait) {
			return taken;
		} else {
			poll(&look, 1, -1);
		}
	}
}
