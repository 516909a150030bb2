// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Notification.  Who has asked, and whether anybody has, the module knows.  It sends
 * the signals itself; for SIGEV_THREAD it sends an event, which a thread of ours
 * receives and makes a thread of.  That one is started when it is first needed.
 */
#include <mqueue.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mq.h"

/* Cookies of our events: others in this process may wait for events as well. */
#define COOKIE_FIRST	0x6d71000000000000ULL
#define COOKIE_LAST	0x6d71ffffffffffffULL

/**
 * struct asked - a notification by a thread that has been asked for
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
static pid_t helper_process;

static struct asked *asked_take(uint64_t cookie)
{
	struct asked **link, *asked;

	for (link = &list; (asked = *link); link = &asked->next) {
		if (asked->cookie == cookie) {
			*link = asked->next;
			return asked;
		}
	}
	return NULL;
}

static void asked_free(struct asked *asked)
{
	pthread_attr_destroy(&asked->attributes);
	free(asked);
}

static void *asked_run(void *argument)
{
	struct asked *asked = argument;
	void (*function)(union sigval value) = asked->function;
	union sigval value = asked->value;

	asked_free(asked);
	function(value);
	return NULL;
}

static void event_handle(const struct mailbox_event *event)
{
	struct asked *asked;
	pthread_t thread;

	pthread_mutex_lock(&mutex);
	asked = asked_take(event->cookie);
	pthread_mutex_unlock(&mutex);
	if (!asked)
		return;
	if (event->error ||
	    pthread_create(&thread, &asked->attributes, asked_run, asked))
		asked_free(asked);
}

static void *helper(void *argument)
{
	int client = (int)(intptr_t)argument;

	for (;;) {
		struct mailbox_event event;
		struct mailbox_receive receive = {
			.size = sizeof(receive),
			.flags = MAILBOX_BLOCK | MAILBOX_RECEIVE_TAG,
			.id = MAILBOX_ID_NOTIFY,
			.tag_min = COOKIE_FIRST,
			.tag_max = COOKIE_LAST,
			.message.data = (uintptr_t)&event,
			.message.room = sizeof(event),
		};

		if (!ioctl(client, MAILBOX_IOC_RECEIVE, &receive))
			event_handle(&event);
		else if (errno != EINTR)
			return NULL;
	}
}

/* Once in each process; the signals are for the program's own threads. */
static int helper_start(int client)
{
	sigset_t all, before;
	pthread_t thread;
	int error;

	if (helper_process == getpid())
		return 0;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, helper, (void *)(intptr_t)client);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		return fail(ENOMEM);
	pthread_detach(thread);
	helper_process = getpid();
	return 0;
}

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

static int ask(int mqd, uint32_t flags, uint64_t cookie, uint64_t signal)
{
	struct mailbox_notify notify = {
		.size = sizeof(notify),
		.flags = flags,
		.events = MAILBOX_EVENT_ARRIVED,
		.cookie = cookie,
		.token = signal,
	};

	return ioctl(mqd, MAILBOX_IOC_NOTIFY, &notify);
}

static int ask_thread(int mqd, const struct sigevent *event, int client)
{
	struct asked *asked = calloc(1, sizeof(*asked));
	int result;

	if (!asked)
		return fail(ENOMEM);
	asked->mqd = mqd;
	asked->function = event->sigev_notify_function;
	asked->value = event->sigev_value;
	attributes_copy(&asked->attributes, event->sigev_notify_attributes);
	pthread_mutex_lock(&mutex);
	asked->cookie = next_cookie++;
	asked->next = list;
	list = asked;
	result = helper_start(client) ?: ask(mqd, 0, asked->cookie, 0);
	if (result)
		asked_take(asked->cookie);
	pthread_mutex_unlock(&mutex);
	if (result)
		asked_free(asked);
	return result;
}

/* What was asked for by @mqd is not waited for any more. */
static void forget(int mqd)
{
	struct asked **link, *asked;

	for (link = &list; (asked = *link);) {
		if (asked->mqd == mqd) {
			*link = asked->next;
			asked_free(asked);
		} else {
			link = &asked->next;
		}
	}
}

/* Takes back what this process has asked for; nothing is fine, too. */
static int ask_nothing(int mqd)
{
	struct mailbox_stat stat;

	if (mq_stat(mqd, &stat))
		return -1;
	/* What has come about before is not taken back. */
	if (ask(mqd, MAILBOX_NOTIFY_CANCEL, 0, 0))
		return errno == ENOENT || errno == ESRCH ? 0 : mq_fail();
	pthread_mutex_lock(&mutex);
	forget(mqd);
	pthread_mutex_unlock(&mutex);
	return 0;
}

/* The module takes it back when a descriptor is closed; here is what goes with it. */
void mq_notify_close(int mqd)
{
	int error = errno;
	bool any;

	pthread_mutex_lock(&mutex);
	any = list;
	pthread_mutex_unlock(&mutex);
	if (any)
		ask_nothing(mqd);
	errno = error;
}

static bool event_valid(const struct sigevent *event)
{
	switch (event->sigev_notify) {
	case SIGEV_NONE:
	case SIGEV_THREAD:
		return true;
	case SIGEV_SIGNAL:
		return event->sigev_signo >= 0 && event->sigev_signo <= SIGRTMAX;
	default:
		return false;
	}
}

EXPORT int mq_notify(mqd_t mqd, const struct sigevent *event)
{
	struct mailbox_stat stat;
	int client, result;

	if (!event)
		return ask_nothing(mqd);
	if (!event_valid(event))
		return fail(EINVAL);
	if (mq_stat(mqd, &stat))
		return -1;
	client = compat_client_own();
	if (client < 0)
		return -1;
	if (event->sigev_notify == SIGEV_THREAD)
		result = ask_thread(mqd, event, client);
	else
		result = ask(mqd, MAILBOX_NOTIFY_SIGNAL,
			     (uintptr_t)event->sigev_value.sival_ptr,
			     event->sigev_notify == SIGEV_NONE ? 0 :
			     (uint64_t)event->sigev_signo);
	if (!result)
		return 0;
	return errno == EAGAIN || errno == EDQUOT ? fail(ENOMEM) :
	       errno == EBUSY ? -1 : mq_fail();
}
