// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl call.
 *
 * A reply's tag says how the request went: 0, it was done; else what went wrong.
 * 'mailboxctl serve' puts the exit status of its command there, mailbox_serve()
 * EMSGSIZE.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mailbox.h>

#include "address.h"
#include "client.h"
#include "command.h"
#include "error.h"
#include "form.h"
#include "number.h"
#include "output.h"
#include "target.h"
#include "trouble.h"
#include "user.h"
#include "wait.h"

#define ROOM 65536

enum {
	OPT_HELP = 'h',
	OPT_EACH = 'e',
	OPT_PRIORITY = 'p',
	OPT_TAG = 't',
	OPT_VERBOSE = 'v',
	OPT_ROOM = 256,
	OPT_ANY_TAG,
	OPT_TIMEOUT,
};

static const struct option options[] = {
	{ "each-line", no_argument, NULL, OPT_EACH },
	{ "priority", required_argument, NULL, OPT_PRIORITY },
	{ "tag", required_argument, NULL, OPT_TAG },
	{ "room", required_argument, NULL, OPT_ROOM },
	{ "any-tag", no_argument, NULL, OPT_ANY_TAG },
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

struct call {
	struct trouble trouble;
	struct target target;
	struct wait wait;
	struct form form;
	uint32_t priority;
	uint64_t tag;
	bool each;
	bool any_tag;
	bool verbose;
	char *reply;
	uint32_t room;
	bool refused;		/* some reply says so */
};

static void take_number(struct call *call, int option)
{
	switch (option) {
	case OPT_PRIORITY:
		call->priority = (uint32_t)number_parse("--priority", optarg, 0,
							MAILBOX_PRIORITY_MAX);
		break;
	case OPT_TAG:
		call->tag = number_parse("--tag", optarg, 0, UINT64_MAX);
		break;
	case OPT_ROOM:
		call->room = (uint32_t)number_parse_size("--room", optarg, 0,
							 MAILBOX_MESSAGE_MAX);
		break;
	case OPT_TIMEOUT:
		call->wait.limited = true;
		call->wait.timeout =
			(uint64_t)number_parse_duration("--timeout", optarg);
		break;
	default:
		die_getopt();
	}
}

static void take_option(struct call *call, const struct command *self,
			int option)
{
	switch (option) {
	case OPT_HELP:
		command_help(self);
	case OPT_EACH:
		call->each = true;
		break;
	case OPT_ANY_TAG:
		call->any_tag = true;
		break;
	case OPT_VERBOSE:
		call->verbose = true;
		break;
	default:
		if (!form_take(&call->form, option))
			take_number(call, option);
	}
}

static void tell(const struct mailbox_message *reply)
{
	char *user = user_name(reply->uid);

	fprintf(stderr, "message %llu: %u bytes in reply, from process %u of %s, tag %llu\n",
		(unsigned long long)reply->seq, reply->length, reply->pid, user,
		(unsigned long long)reply->tag);
	free(user);
}

/* What a server says by a tag that is not 0. */
static void report_tag(struct call *call, const struct mailbox_message *reply)
{
	unsigned long long tag = reply->tag;

	call->refused = true;
	if (tag == EMSGSIZE && !reply->length) {
		warn_text("%s has a reply that is longer than %u bytes",
			  call->trouble.address->shown, call->room);
		hint("'--room SIZE' makes room for more.  (Or else it means by tag %llu that it failed.)",
		     tag);
		return;
	}
	warn_text("%s says that it failed: its reply has the tag %llu",
		  call->trouble.address->shown, tag);
	if (tag > 128 && tag < 256)
		hint("From 'mailboxctl serve' that means: its command was ended by signal %llu.",
		     tag - 128);
	else if (tag < 256)
		hint("From 'mailboxctl serve' that means: its command ended with exit status %llu.",
		     tag);
	else
		hint("If this server's tags mean something else, use --any-tag.");
}

static void show(struct call *call, const struct mailbox_message *reply)
{
	int error;

	if (call->verbose)
		tell(reply);
	error = form_write(&call->form, reply, call->reply);
	if (error)
		die(EXIT_FAIL, "cannot write the output: %s", strerror(-error));
	if (reply->tag && !call->any_tag)
		report_tag(call, reply);
}

static int call_one(struct call *call, const void *data, size_t length)
{
	struct mailbox_call args;
	ssize_t result;

	call->trouble.length = length;
	mailbox_call_init(&args, 0, data, length, call->reply, call->room);
	args.flags = wait_flags(&call->wait);
	args.deadline = wait_deadline(&call->wait);
	args.clock = wait_clock(&call->wait);
	args.request.priority = call->priority;
	args.request.tag = call->tag;
	do
		result = target_call(&call->target, &args);
	while (result == -EINTR);
	if (result < 0)
		return (int)result;
	show(call, &args.reply);
	return 0;
}

static int call_arguments(struct call *call, char **texts, int count)
{
	int error = 0;
	int i;

	for (i = 0; i < count && !error; i++)
		error = call_one(call, texts[i], strlen(texts[i]));
	return error;
}

static int call_input(struct call *call)
{
	struct frame_reader reader = {
		.in = stdin,
		.frame = call->each ? FRAME_LINE : FRAME_RAW,
	};
	int error = 0;

	if (isatty(STDIN_FILENO) && !call->each)
		fputs("Type the request, and end it with Ctrl-D.\n", stderr);
	while (!error && frame_read(&reader))
		error = call_one(call, reader.data, reader.length);
	frame_reader_end(&reader);
	return error;
}

static int make_calls(struct call *call, char **texts, int count)
{
	struct trouble *trouble = &call->trouble;
	int error;

	error = target_to(&call->target, trouble->address, trouble->client);
	if (error)
		return (int)trouble_report(trouble, error);
	call->reply = malloc(call->room + 1);
	if (!call->reply)
		die(EXIT_FAIL, "out of memory");
	error = count ? call_arguments(call, texts, count) : call_input(call);
	free(call->reply);
	if (error)
		return (int)trouble_report(trouble, error);
	return call->refused ? EXIT_REFUSED : EXIT_OK;
}

static int run_call(const struct command *self, int argc, char **argv)
{
	struct call call = {
		.trouble = { .operation = TO_CALL },
		.room = ROOM,
	};
	struct address address;
	int option, code;

	while ((option = getopt_long(argc, argv, "hel0p:t:v", options,
				     NULL)) != -1)
		take_option(&call, self, option);
	if (optind == argc)
		die_usage("which mailbox?");
	if (call.each && argc - optind > 1)
		die_usage("--each-line is for requests from standard input");
	output_require();
	form_complete(&call.form);
	address_parse_any(&address, argv[optind++]);
	call.trouble.address = &address;
	call.trouble.client = client_open();
	code = make_calls(&call, argv + optind, argc - optind);
	address_end(&address);
	return code;
}

const struct command command_call = {
	.name = "call",
	.arguments = "[OPTION]... MAILBOX [REQUEST]...",
	.summary = "Send requests, and write the replies to standard output",
	.details =
"Each REQUEST is one call: its reply is waited for.  Without any, all of\n"
"standard input is one.  MAILBOX may also be pid:N or pidfd:N, a process.\n"
"\n"
"  -e, --each-line     each line of standard input is a request\n"
"  -p, --priority N    0 (default) to 32767; the highest is received first\n"
"  -t, --tag N         a label of the request\n"
"      --room SIZE     the longest reply (default 64K); K and M may follow\n"
"      --any-tag       a reply's tag means nothing bad\n"
"      --timeout TIME  wait at most so long for each reply: seconds, or a number\n"
"                      and ms, s, m or h; then exit code 3\n"
"  -l, --lines         write a newline after each reply\n"
"  -0, --null          write a NUL byte after each reply\n"
"      --netstrings    write each as LENGTH:BYTES,\n"
"      --raw           write bytes as they are to a terminal, too\n"
"      --json          write each as a line of JSON, with all about it\n"
"  -v, --verbose       tell who replied, on standard error\n"
"  -h, --help\n"
"\n"
"A reply whose tag is not 0 says that the server failed: then the exit code is 5.\n"
"\n"
"Examples:\n"
"  mailboxctl call sorter <unsorted >sorted\n"
"  mailboxctl call --timeout 2 dictionary mailbox\n"
"  mailboxctl call --each-line --lines dictionary <words\n",
	.run = run_call,
};
