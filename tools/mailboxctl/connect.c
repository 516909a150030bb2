// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl connect.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mailbox.h>

#include "address.h"
#include "client.h"
#include "command.h"
#include "converse.h"
#include "error.h"
#include "form.h"
#include "number.h"
#include "output.h"
#include "trouble.h"
#include "user.h"
#include "wait.h"

enum {
	OPT_HELP = 'h',
	OPT_GREETING = 'g',
	OPT_VERBOSE = 'v',
	OPT_TIMEOUT = 256,
};

static const struct option options[] = {
	{ "greeting", required_argument, NULL, OPT_GREETING },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "lines", no_argument, NULL, FORM_OPTION_LINES },
	{ "null", no_argument, NULL, FORM_OPTION_NUL },
	{ "netstrings", no_argument, NULL, FORM_OPTION_NETSTRINGS },
	{ "raw", no_argument, NULL, FORM_OPTION_RAW },
	{ "json", no_argument, NULL, FORM_OPTION_JSON },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 }
};

struct connect {
	struct trouble trouble;
	struct wait wait;
	struct form form;
	const char *greeting;
	bool verbose;
};

static void take_option(struct connect *connect, const struct command *self,
			int option)
{
	switch (option) {
	case OPT_HELP:
		command_help(self);
	case OPT_GREETING:
		connect->greeting = optarg;
		if (strlen(optarg) > MAILBOX_GREETING_MAX)
			die_usage("--greeting: %d bytes at the most",
				  MAILBOX_GREETING_MAX);
		break;
	case OPT_TIMEOUT:
		connect->wait.limited = true;
		connect->wait.timeout =
			(uint64_t)number_parse_duration("--timeout", optarg);
		break;
	case OPT_VERBOSE:
		connect->verbose = true;
		break;
	default:
		if (!form_take(&connect->form, option))
			die_getopt();
	}
}

static void tell(const struct mailbox_connect *args)
{
	char *user = user_name(args->uid);

	fprintf(stderr, "accepted by process %u of %s\n", args->pid, user);
	free(user);
}

/* By name or ID, the right to connect is all it takes. */
static int name_port(const struct trouble *trouble, struct mailbox_connect *args)
{
	uint64_t id = trouble->address->id;
	int error = 0;

	if (trouble->address->kind == ADDRESS_INDEX)
		error = address_find(trouble->address, trouble->client,
				     MAILBOX_RIGHTS_ALL, &id);
	args->id = id;
	return error;
}

static int connect_to(struct connect *connect)
{
	struct trouble *trouble = &connect->trouble;
	const char *greeting = connect->greeting ? connect->greeting : "";
	struct mailbox_connect args;
	int endpoint;

	mailbox_connect_init(&args, trouble->address->name, greeting,
			     strlen(greeting));
	endpoint = name_port(trouble, &args);
	if (endpoint < 0)
		return (int)trouble_report(trouble, endpoint);
	args.flags |= wait_flags(&connect->wait);
	args.deadline = wait_deadline(&connect->wait);
	args.clock = wait_clock(&connect->wait);
	do
		endpoint = mailbox_connect_with(trouble->client, &args);
	while (endpoint == -EINTR);
	trouble->reason = args.reason;
	trouble->length = strlen(greeting);
	if (endpoint < 0)
		return (int)trouble_report(trouble, endpoint);
	if (connect->verbose)
		tell(&args);
	trouble->operation = TO_SEND;
	return converse(endpoint, &connect->form, trouble);
}

static int run_connect(const struct command *self, int argc, char **argv)
{
	struct connect connect = {
		.trouble = { .operation = TO_CONNECT },
		.form = { .frame = FRAME_LINE },
	};
	struct address address;
	int option, code;

	while ((option = getopt_long(argc, argv, "hg:l0v", options,
				     NULL)) != -1)
		take_option(&connect, self, option);
	if (argc - optind != 1)
		die_usage("to which port? It takes one");
	output_require();
	form_complete(&connect.form);
	address_parse(&address, argv[optind]);
	connect.trouble.address = &address;
	connect.trouble.client = client_open();
	code = connect_to(&connect);
	address_end(&address);
	return code;
}

const struct command command_connect = {
	.name = "connect",
	.arguments = "[OPTION]... PORT",
	.summary = "Connect to a port, and converse: standard input and output",
	.details =
"Each line of standard input is a message to the other side, and each message\n"
"from there is written as a line.  When standard input ends, the other side is\n"
"told, and what it still has to say is written.\n"
"\n"
"  -g, --greeting TEXT  what the other side sees before it accepts\n"
"      --timeout TIME   wait at most so long to be accepted: seconds, or a number\n"
"                       and ms, s, m or h; then exit code 3\n"
"  -l, --lines          messages are lines (the default)\n"
"  -0, --null           each ends with a NUL byte, in both directions\n"
"      --netstrings     each is LENGTH:BYTES, in both directions\n"
"      --raw            write lines as they are to a terminal, too\n"
"      --json           write messages as lines of JSON, with all about them\n"
"  -v, --verbose        tell who has accepted, on standard error\n"
"  -h, --help\n"
"\n"
"A connection that is refused gives exit code 5, and the reason.\n"
"\n"
"Examples:\n"
"  mailboxctl connect --greeting 'it is me' control\n"
"  mailboxctl connect shout <poem\n",
	.run = run_connect,
};
