// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl rpc: servers of remote procedure calls.  That is mailbox-rpc(1), which comes
 * with libmailbox-rpc and needs what that needs.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "error.h"

#define PROGRAM	"mailbox-rpc"

static int run_rpc(const struct command *self, int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "timeout", required_argument, NULL, 't' },
		{ "semantics", required_argument, NULL, 's' },
		{ 0 }
	};
	int option;

	while ((option = getopt_long(argc, argv, "+ht:s:", options, NULL)) !=
	       -1) {
		if (option == 'h')
			command_help(self);
		if (option == '?')
			die_getopt();
	}
	if (optind == argc)
		die_usage("what to do?");
	argv[0] = PROGRAM;
	execvp(PROGRAM, argv);
	if (errno == ENOENT) {
		warn_text("there is no " PROGRAM);
		hint("it is installed with libmailbox-rpc, for which libprotobuf-c-dev and protobuf-c-compiler are needed");
		return EXIT_NO_COMMAND;
	}
	die(EXIT_FAIL, "cannot run " PROGRAM ": %s", strerror(errno));
}

const struct command command_rpc = {
	.name = "rpc",
	.arguments = "[OPTION]... COMMAND [ARGUMENT]...",
	.summary = "Look at servers of remote procedure calls, and call them",
	.details =
"Runs mailbox-rpc(1), which is installed with libmailbox-rpc.  COMMAND is:\n"
"\n"
"  list                              servers that you may see\n"
"  describe NAME                     what can be called there\n"
"  call NAME [SERVICE.]METHOD [TEXT] call it; the argument in protobuf's text\n"
"                                    format, or - for the standard input\n"
"  trace NAME                        what happens to calls there\n"
"\n"
"  -t, --timeout SECONDS     the time limit of a call (30)\n"
"  -s, --semantics SEMANTICS maybe, at-least-once or exactly-once\n"
"  -h, --help\n"
"\n"
"Examples:\n"
"  mailboxctl rpc list\n"
"  mailboxctl rpc call bank Deposit 'account: 1 amount: 50'\n",
	.run = run_rpc,
};
