// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Threads that wait in the kernel, and are told by a signal to stop doing so.
 *
 * The signal is SIGURG, which does nothing to programs that know nothing of it.  It
 * may come just before the system call, and is sent until it is seen.
 */
#include <signal.h>
#include <time.h>

#include "internal.h"

static void nothing(int signal)
{
	(void)signal;
}

static void handler_install(void)
{
	struct sigaction action = { .sa_handler = nothing };

	sigaction(SIGURG, &action, NULL);
}

int rpc_thread_start(struct rpc_thread *thread, void *(*run)(void *),
		     void *argument)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	sigset_t blocked, before;
	int error;

	pthread_once(&once, handler_install);
	sigfillset(&blocked);
	sigdelset(&blocked, SIGURG);
	atomic_store(&thread->waiting, false);
	atomic_store(&thread->left, false);
	pthread_sigmask(SIG_SETMASK, &blocked, &before);
	error = pthread_create(&thread->thread, NULL, run, argument);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

void rpc_thread_kick(struct rpc_thread *thread)
{
	if (atomic_load(&thread->waiting))
		pthread_kill(thread->thread, SIGURG);
}

void rpc_thread_end(struct rpc_thread *thread)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	while (!atomic_load(&thread->left)) {
		rpc_thread_kick(thread);
		nanosleep(&pause, NULL);
	}
	pthread_join(thread->thread, NULL);
}
