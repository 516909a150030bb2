// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ending on a signal, but never with a message in hand: a receiver that dies
 * between the system call and the write to standard output loses a message.
 * So the handler only notes the signal; the call that waits is interrupted,
 * one that has its message is not, and the caller looks in between.
 *
 * A signal that comes after the caller has looked and before the call waits
 * would go unnoticed: the handler sets an alarm, whose signal interrupts the
 * call a second later, and the next one if need be.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "stop.h"

static volatile sig_atomic_t caught;

static void note(int sig)
{
	if (sig != SIGALRM)
		caught = sig;
	alarm(1);
}

static void catch_signal(int sig)
{
	struct sigaction action = { .sa_handler = note };
	struct sigaction old;

	/* What our parent had ignored (nohup) stays ignored. */
	if (!sigaction(sig, NULL, &old) && old.sa_handler == SIG_IGN)
		return;
	sigaction(sig, &action, NULL);
}

void stop_catch(void)
{
	struct sigaction action = { .sa_handler = note };

	catch_signal(SIGINT);
	catch_signal(SIGTERM);
	catch_signal(SIGHUP);
	sigaction(SIGALRM, &action, NULL);
}

bool stop_requested(void)
{
	return caught;
}

void stop_now(void)
{
	int sig = caught;

	alarm(0);
	signal(sig, SIG_DFL);
	raise(sig);
	_exit(128 + sig);
}
