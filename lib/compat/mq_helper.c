// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* The thread that receives events; it is started when it is first needed. */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "mq_notify.h"

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pid_t helper_process;	/* under @mutex */

/* All threads block it: whichever first does not, or waits for it, gets it. */
static void signal_queue(const struct mailbox_event *event,
			 const struct mailbox_message *message)
{
	siginfo_t info;

	memset(&info, 0, sizeof(info));
	info.si_signo = (int)event->value;
	info.si_code = SI_MESGQ;
	info.si_pid = (pid_t)message->pid;
	info.si_uid = message->uid;
	info.si_value.sival_ptr = (void *)(uintptr_t)event->cookie;
	syscall(SYS_rt_sigqueueinfo, getpid(), info.si_signo, &info);
}

static void event_handle(const struct mailbox_event *event,
			 const struct mailbox_message *message)
{
	if (message->tag == MAILBOX_TAG_SIGNAL)
		signal_queue(event, message);
	else if (event->error)
		asked_drop(event->cookie);
	else
		asked_run(event->cookie);
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
			.tag_min = MAILBOX_TAG_SIGNAL,
			.tag_max = COOKIE_LAST,
			.message.data = (uintptr_t)&event,
			.message.room = sizeof(event),
		};

		if (!ioctl(client, MAILBOX_IOC_RECEIVE, &receive))
			event_handle(&event, &receive.message);
		else if (errno != EINTR)
			return NULL;
	}
}

/* Until it is there for events; if it is not soon, they come all the same. */
static void helper_await(int client)
{
	struct mailbox_stat stat = {
		.size = sizeof(stat), .id = MAILBOX_ID_NOTIFY,
	};
	int tries = 1000;

	do
		sched_yield();
	while (tries-- && !ioctl(client, MAILBOX_IOC_STAT, &stat) &&
	       !stat.waiting_receivers);
}

/* Signals are for the program's own threads. */
static int thread_start(int client)
{
	sigset_t all, before;
	pthread_t thread;
	int error;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	error = pthread_create(&thread, NULL, helper, (void *)(intptr_t)client);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error)
		return fail(ENOMEM);
	pthread_detach(thread);
	helper_await(client);
	return 0;
}

int helper_start(int client)
{
	int result = 0;

	pthread_mutex_lock(&mutex);
	if (helper_process != getpid())
		result = thread_start(client);
	if (!result)
		helper_process = getpid();
	pthread_mutex_unlock(&mutex);
	return result;
}
