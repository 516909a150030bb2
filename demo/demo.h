/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the demo's programs share: calls that show themselves, actors (child
 * processes with a name), and claims that are checked.
 */
#ifndef DEMO_H
#define DEMO_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include <mailbox.h>

/*
 * Make a call, and print it as it stands in the source, with who made it and
 * what it returned.
 */
#define DO(call) ({							\
	long do_result;							\
									\
	do_result = (long)(call);					\
	demo_after(#call, do_result);					\
	do_result;							\
})

/* Say what has just been shown, and check that it is so. */
#define CLAIM(condition, ...)						\
	demo_claim(condition, #condition, __FILE__, __LINE__, __VA_ARGS__)

/*
 * Wait until a number in a mailbox's STAT has a value, such as
 * waiting_receivers to be 1.
 */
#define AWAIT(client, id, field, value) do {				\
	struct mailbox_stat await_stat;					\
	int await_try;							\
									\
	for (await_try = 0; ; await_try++) {				\
		demo_check(mailbox_stat(client, id, &await_stat),	\
			   "mailbox_stat");				\
		if (await_stat.field == (value))			\
			break;						\
		demo_await_pause(await_try, #field);			\
	}								\
} while (0)

/* Begin: who acts in this process, as the lines show it. */
void demo_act(const char *who);

/* A line by the present actor. */
void demo_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Start a process with a name. */
pid_t demo_start(const char *who, void (*run)(void *), void *argument);

/* Wait for it to end well. */
void demo_join(pid_t pid);

/* A client; ends the program if there is none. */
int demo_client(void);

/* End the program unless @result is 0 or more; gives it back. */
long demo_check(long result, const char *what);

/* Nanoseconds since demo_act(). */
uint64_t demo_clock(void);

void demo_after(const char *call, long result);
void demo_await_pause(int attempt, const char *field);
void demo_claim(bool holds, const char *condition, const char *file, int line,
		const char *format, ...)
	__attribute__((format(printf, 5, 6)));

#endif /* DEMO_H */
