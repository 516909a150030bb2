/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How mailboxctl fails: exit codes, and the messages that go with them.
 */
#ifndef MAILBOXCTL_ERROR_H
#define MAILBOXCTL_ERROR_H

enum exit_code {
	EXIT_OK = 0,
	EXIT_FAIL = 1,		/* it did not work */
	EXIT_USAGE = 2,		/* the command line makes no sense */
	EXIT_WAIT = 3,		/* would have to wait, or waited in vain */
	EXIT_GONE = 4,		/* there is no such mailbox (any more) */
	EXIT_REFUSED = 5,	/* the other side says no, or that it failed */
	EXIT_NO_COMMAND = 127,	/* create --run: cannot start the shell */
};

/* The subcommand that messages begin with. */
void error_context(const char *command);

/* Say what went wrong; the program goes on. */
void warn_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Say what could be done about it, on a line of its own. */
void hint(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Say what went wrong, and end. */
_Noreturn void die(enum exit_code code, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The same for a bad command line, pointing to --help. */
_Noreturn void die_usage(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

/* getopt_long() has already said what is wrong: point to --help and end. */
_Noreturn void die_getopt(void);

#endif /* MAILBOXCTL_ERROR_H */
