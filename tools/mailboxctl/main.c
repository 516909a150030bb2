// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl: mailboxes from the command line.
 *
 * This file finds the subcommand.  What several of them share has a file of
 * its own: how a mailbox is named (address), what is said when something fails
 * (trouble, error), what is shown of a mailbox (describe, table, json), and
 * bytes in and out (frame, text, output).
 */
#include <getopt.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mailbox.h>

#include "command.h"
#include "error.h"
#include "output.h"

static const struct command *const commands[] = {
	&command_create,
	&command_list,
	&command_stat,
	&command_send,
	&command_receive,
	&command_call,
	&command_serve,
	&command_connect,
	&command_listen,
	&command_notify,
	&command_destroy,
	&command_unlink,
	&command_set,
	&command_watch,
	&command_limits,
	&command_section,
	&command_ring,
	&command_rpc,
};

#define COMMAND_COUNT (sizeof(commands) / sizeof(*commands))

static const char about[] =
	"\n"
	"MAILBOX is a name, id:NUMBER, or index:NUMBER.  A name that looks like\n"
	"something else, or begins with a dash, is written name:NAME.  Processes have\n"
	"mailboxes of their own: pid:NUMBER, pidfd:NUMBER, and pid:self.\n"
	"\n"
	"Exit codes: 0 done, 1 failed, 2 bad command line, 3 would have to wait\n"
	"(--nonblock) or waited in vain (--timeout), 4 no such mailbox,\n"
	"5 the other side refuses or failed.\n"
	"\n"
	"'mailboxctl COMMAND --help' tells more about a command, with examples.\n";

static _Noreturn void finish(int code)
{
	output_close();
	exit(code);
}

static _Noreturn void print_help(void)
{
	size_t i;

	puts("Usage: mailboxctl COMMAND [OPTION]... [ARGUMENT]...\n"
	     "Exchange messages between processes, through /dev/mailbox.\n");
	for (i = 0; i < COMMAND_COUNT; i++)
		printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
	fputs(about, stdout);
	finish(EXIT_OK);
}

static _Noreturn void print_version(void)
{
	printf("mailboxctl %d.%d (libmailbox %s)\n", MAILBOX_VERSION_MAJOR,
	       MAILBOX_VERSION_MINOR, mailbox_version());
	finish(EXIT_OK);
}

void command_help(const struct command *command)
{
	printf("Usage: mailboxctl %s %s\n%s.\n\n%s", command->name,
	       command->arguments, command->summary, command->details);
	finish(EXIT_OK);
}

static const struct command *find_command(const char *name)
{
	size_t i;

	if (!strcmp(name, "query"))
		return &command_limits;
	for (i = 0; i < COMMAND_COUNT; i++)
		if (!strcmp(name, commands[i]->name))
			return commands[i];
	die_usage("there is no command '%s'", name);
}

/* Options before the command; the index of the command. */
static int parse_global(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "+hV", options, NULL)) != -1) {
		if (option == 'h')
			print_help();
		if (option == 'V')
			print_version();
		die_getopt();
	}
	return optind;
}

int main(int argc, char **argv)
{
	const struct command *command;
	int first;

	output_open();
	setlocale(LC_CTYPE, "");
	first = parse_global(argc, argv);
	if (first == argc)
		die_usage("which command?");
	if (!strcmp(argv[first], "help"))
		print_help();
	command = find_command(argv[first]);
	error_context(command->name);
	optind = 0;
	finish(command->run(command, argc - first, argv + first));
}
