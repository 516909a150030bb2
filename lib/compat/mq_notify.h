/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Notification.  Who has asked, and whether anybody has, the module knows.  It sends the
 * signals itself; what it cannot do it tells by an event, which a thread of the library,
 * the helper, receives: for SIGEV_THREAD to make a thread, and where all threads block
 * a signal to have it pend for the whole process.
 */
#ifndef MQ_NOTIFY_H
#define MQ_NOTIFY_H

#include <mqueue.h>

#include "mq.h"

/* Tags of our events: others in this process may wait for events as well. */
#define COOKIE_FIRST	(MAILBOX_TAG_SIGNAL + 1)
#define COOKIE_LAST	(MAILBOX_TAG_SIGNAL + 0xffffffff)

/**
 * asked_new - a thread that is to be made
 * @mqd: asked for on this descriptor
 * @event: what for
 *
 * Return: the cookie of the event that is to make it, or 0 with errno.
 */
uint64_t asked_new(int mqd, const struct sigevent *event);

/* The event has come: makes the thread. */
void asked_run(uint64_t cookie);

/* It will not come. */
void asked_drop(uint64_t cookie);

/* The last one that was asked for by @mqd will not. */
void asked_forget(int mqd);

/* Is anything asked for? */
bool asked_any(void);

/*
 * Starts the helper, once in each process, for the events of @client.  0, or -1 with
 * errno.
 */
int helper_start(int client);

#endif /* MQ_NOTIFY_H */
