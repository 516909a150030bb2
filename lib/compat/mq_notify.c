// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* mq_notify(3). */
#include <signal.h>

#include "mq_notify.h"

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
	uint64_t cookie;

	if (helper_start(client))
		return -1;
	cookie = asked_new(mqd, event);
	if (!cookie)
		return -1;
	if (!ask(mqd, 0, cookie, 0))
		return 0;
	asked_drop(cookie);
	return -1;
}

/*
 * The helper is for what all threads block.  Even if there is one thread now, there may
 * be others by then; if it cannot be started the signal is for the first one.
 */
static int ask_signal(int mqd, const struct sigevent *event, int client)
{
	uint32_t flags = MAILBOX_NOTIFY_SIGNAL;

	if (!helper_start(client))
		flags |= MAILBOX_NOTIFY_BLOCKED;
	return ask(mqd, flags, (uintptr_t)event->sigev_value.sival_ptr,
		   (uint64_t)event->sigev_signo);
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
	asked_forget(mqd);
	return 0;
}

/* The module takes it back when a descriptor is closed; here is what goes with it. */
void mq_notify_close(int mqd)
{
	int error = errno;

	if (asked_any())
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
	else if (event->sigev_notify == SIGEV_SIGNAL)
		result = ask_signal(mqd, event, client);
	else
		result = ask(mqd, MAILBOX_NOTIFY_SIGNAL, 0, 0);
	if (!result)
		return 0;
	return errno == EAGAIN || errno == EDQUOT ? fail(ENOMEM) :
	       errno == EBUSY ? -1 : mq_fail();
}
