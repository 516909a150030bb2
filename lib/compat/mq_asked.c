// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* What is to be done when an event comes: threads that programs have asked for. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "mq_notify.h"

/**
 * struct asked - a thread that has been asked for
 * @next: in the list
 * @cookie: of its event
 * @mqd: asked for on this descriptor
 * @function: what the thread runs
 * @value: its argument
 * @attributes: the thread's
 */
struct asked {
	struct asked *next;
	uint64_t cookie;
	int mqd;
	void (*function)(union sigval value);
	union sigval value;
	pthread_attr_t attributes;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;	/* guards all */
static struct asked *list;
static uint64_t next_cookie = COOKIE_FIRST;

static void schedule_copy(pthread_attr_t *to, const pthread_attr_t *from)
{
	struct sched_param parameters;
	int value;

	if (!pthread_attr_getinheritsched(from, &value))
		pthread_attr_setinheritsched(to, value);
	if (!pthread_attr_getschedpolicy(from, &value))
		pthread_attr_setschedpolicy(to, value);
	if (!pthread_attr_getschedparam(from, &parameters))
		pthread_attr_setschedparam(to, &parameters);
	if (!pthread_attr_getscope(from, &value))
		pthread_attr_setscope(to, value);
}

/* The program may free its attributes when mq_notify() has returned. */
static void attributes_copy(pthread_attr_t *to, const pthread_attr_t *from)
{
	cpu_set_t cpus;
	sigset_t signals;
	size_t size;

	pthread_attr_init(to);
	pthread_attr_setdetachstate(to, PTHREAD_CREATE_DETACHED);
	/* Not what the thread that makes it has, which is ours. */
	sigemptyset(&signals);
	pthread_attr_setsigmask_np(to, &signals);
	if (!from)
		return;
	schedule_copy(to, from);
	if (!pthread_attr_getstacksize(from, &size))
		pthread_attr_setstacksize(to, size);
	if (!pthread_attr_getguardsize(from, &size))
		pthread_attr_setguardsize(to, size);
	if (!pthread_attr_getaffinity_np(from, sizeof(cpus), &cpus))
		pthread_attr_setaffinity_np(to, sizeof(cpus), &cpus);
	if (!pthread_attr_getsigmask_np(from, &signals))
		pthread_attr_setsigmask_np(to, &signals);
}

uint64_t asked_new(int mqd, const struct sigevent *event)
{
	struct asked *asked = calloc(1, sizeof(*asked));
	uint64_t cookie;

	if (!asked)
		return 0;
	asked->mqd = mqd;
	asked->function = event->sigev_notify_function;
	asked->value = event->sigev_value;
	attributes_copy(&asked->attributes, event->sigev_notify_attributes);
	pthread_mutex_lock(&mutex);
	cookie = next_cookie++;
	asked->cookie = cookie;
	asked->next = list;
	list = asked;
	pthread_mutex_unlock(&mutex);
	return cookie;
}

static struct asked *asked_take(uint64_t cookie)
{
	struct asked **link, *asked;

	pthread_mutex_lock(&mutex);
	for (link = &list; (asked = *link); link = &asked->next) {
		if (asked->cookie == cookie) {
			*link = asked->next;
			break;
		}
	}
	pthread_mutex_unlock(&mutex);
	return asked;
}

static void asked_free(struct asked *asked)
{
	pthread_attr_destroy(&asked->attributes);
	free(asked);
}

static void *thread_run(void *argument)
{
	struct asked *asked = argument;
	void (*function)(union sigval value) = asked->function;
	union sigval value = asked->value;

	asked_free(asked);
	function(value);
	return NULL;
}

void asked_run(uint64_t cookie)
{
	struct asked *asked = asked_take(cookie);
	pthread_t thread;

	if (asked && pthread_create(&thread, &asked->attributes, thread_run,
				    asked))
		asked_free(asked);
}

void asked_drop(uint64_t cookie)
{
	struct asked *asked = asked_take(cookie);

	if (asked)
		asked_free(asked);
}

void asked_forget(int mqd)
{
	uint64_t cookie = 0;
	struct asked *asked;

	pthread_mutex_lock(&mutex);
	for (asked = list; asked && !cookie; asked = asked->next) {
		if (asked->mqd == mqd)
			cookie = asked->cookie;
	}
	pthread_mutex_unlock(&mutex);
	asked_drop(cookie);
}

bool asked_any(void)
{
	bool any;

	pthread_mutex_lock(&mutex);
	any = list;
	pthread_mutex_unlock(&mutex);
	return any;
}
