// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* A server's loop, in several threads. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "internal.h"

struct pool {
	int fd;
	uint64_t id;
	mailbox_handler handler;
	void *context;
	size_t room;
	pthread_mutex_t lock;
	pthread_cond_t begun;
	int state;		/* 0: wait; 1: serve; -1: do not */
	int ended;		/* threads that have; under the lock, as the next */
	int result;		/* of the first of them */
};

struct worker {
	struct pool *pool;
	pthread_t thread;
	void *buffer;
};

static void pool_serve(struct pool *pool, void *buffer)
{
	int result;

	do
		result = mailbox_serve(pool->fd, pool->id, pool->handler,
				       pool->context, buffer, pool->room);
	while (result == -EINTR);
	pthread_mutex_lock(&pool->lock);
	if (!pool->ended++)
		pool->result = result;
	pthread_mutex_unlock(&pool->lock);
}

/* Nothing is served before all threads are there. */
static void *worker_run(void *argument)
{
	struct worker *worker = argument;
	struct pool *pool = worker->pool;
	int state;

	pthread_mutex_lock(&pool->lock);
	while (!pool->state)
		pthread_cond_wait(&pool->begun, &pool->lock);
	state = pool->state;
	pthread_mutex_unlock(&pool->lock);
	if (state > 0)
		pool_serve(pool, worker->buffer);
	return NULL;
}

static int worker_start(struct pool *pool, struct worker *worker)
{
	int error;

	worker->pool = pool;
	worker->buffer = malloc(pool->room ? pool->room : 1);
	if (!worker->buffer)
		return -ENOMEM;
	error = pthread_create(&worker->thread, NULL, worker_run, worker);
	if (error)
		free(worker->buffer);
	return -error;
}

/* How many were started; @error says why not all. */
static unsigned int workers_start(struct pool *pool, struct worker *workers,
				  unsigned int count, int *error)
{
	sigset_t all, before;
	unsigned int i;

	*error = 0;
	/* They inherit that: signals are the calling thread's. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	for (i = 0; i < count; i++) {
		*error = worker_start(pool, &workers[i]);
		if (*error)
			break;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return i;
}

static void pool_begin(struct pool *pool, int state)
{
	pthread_mutex_lock(&pool->lock);
	pool->state = state;
	pthread_cond_broadcast(&pool->begun);
	pthread_mutex_unlock(&pool->lock);
}

static int pool_run(struct pool *pool, struct worker *workers,
		    unsigned int count, void *buffer)
{
	unsigned int started, i;
	int error;

	started = workers_start(pool, workers, count, &error);
	pool_begin(pool, error ? -1 : 1);
	if (!error)
		pool_serve(pool, buffer);
	for (i = 0; i < started; i++) {
		pthread_join(workers[i].thread, NULL);
		free(workers[i].buffer);
	}
	return error ? error : pool->result;
}

int mailbox_serve_threads(int fd, uint64_t id, mailbox_handler handler,
			  void *context, size_t room, unsigned int threads)
{
	struct pool pool = {
		.fd = fd,
		.id = id,
		.handler = handler,
		.context = context,
		.room = room,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.begun = PTHREAD_COND_INITIALIZER,
	};
	struct worker *workers;
	int saved = errno;
	void *buffer;
	int result = -ENOMEM;

	if (!threads)
		return -EINVAL;
	workers = calloc(threads, sizeof(*workers));
	buffer = malloc(room ? room : 1);
	if (workers && buffer)
		result = pool_run(&pool, workers, threads - 1, buffer);
	free(buffer);
	free(workers);
	errno = saved;
	return result;
}
