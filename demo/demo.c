// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the demo's programs share.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "demo.h"

static char actor[32];
static uint64_t start;

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* One write for each line, so that processes do not mix theirs. */
static void print_line(const char *middle, const char *format, va_list args)
{
	char text[512];

	vsnprintf(text, sizeof(text), format, args);
	printf("    %-9s %s%s\n", actor, middle, text);
}

void demo_act(const char *who)
{
	setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
	snprintf(actor, sizeof(actor), "%s", who);
	if (!start)
		start = now();
}

uint64_t demo_clock(void)
{
	return now() - start;
}

void demo_say(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line("", format, args);
	va_end(args);
}

static void end_badly(const char *what)
{
	demo_say("%s", what);
	fflush(stdout);
	exit(1);
}

void demo_after(const char *call, long result)
{
	if (result >= 0) {
		demo_say("%s = %ld", call, result);
		return;
	}
	demo_say("%s = -%s", call, strerrorname_np((int)-result));
	demo_say("     (%s)", mailbox_explain((int)result));
}

long demo_check(long result, const char *what)
{
	char text[256];

	if (result >= 0)
		return result;
	snprintf(text, sizeof(text), "%s failed: %s", what,
		 strerror((int)-result));
	end_badly(text);
	return result;
}

int demo_client(void)
{
	return (int)demo_check(mailbox_client_open(), "opening /dev/mailbox");
}

void demo_claim(bool holds, const char *condition, const char *file, int line,
		const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_line(holds ? "[ok] " : "[WRONG] ", format, args);
	va_end(args);
	if (holds)
		return;
	demo_say("%s:%d: not so: %s", file, line, condition);
	exit(1);
}

void demo_await_pause(int attempt, const char *field)
{
	struct timespec time = { .tv_nsec = 2000000 };
	char text[128];

	if (attempt < 15000) {
		nanosleep(&time, NULL);
		return;
	}
	snprintf(text, sizeof(text), "waited in vain for a change of %s",
		 field);
	end_badly(text);
}

pid_t demo_start(const char *who, void (*run)(void *), void *argument)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	demo_check(pid < 0 ? -errno : 0, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	demo_act(who);
	run(argument);
	fflush(stdout);
	_exit(0);
}

void demo_join(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		exit(1);
}
