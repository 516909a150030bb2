// SPDX-License-Identifier: GPL-2.0-only
/*
 * How mailboxctl fails: one line on stderr that says what was wrong, perhaps a
 * second one with what to do, and an exit code that scripts can tell apart.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"

static const char *context;

void error_context(const char *command)
{
	context = command;
}

static void print_prefix(void)
{
	/* What was printed before comes out before the complaint. */
	fflush(stdout);
	fputs("mailboxctl", stderr);
	if (context)
		fprintf(stderr, " %s", context);
	fputs(": ", stderr);
}

static void print_message(const char *format, va_list args)
{
	print_prefix();
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

void warn_text(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(format, args);
	va_end(args);
}

void hint(const char *format, ...)
{
	va_list args;

	fputs("  ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
}

void die(enum exit_code code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(format, args);
	va_end(args);
	exit(code);
}

void die_getopt(void)
{
	if (context)
		hint("'mailboxctl %s --help' tells how it is used.", context);
	else
		hint("'mailboxctl --help' tells how it is used.");
	exit(EXIT_USAGE);
}

void die_usage(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(format, args);
	va_end(args);
	die_getopt();
}
