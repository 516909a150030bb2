// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl send.
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
#include "frame.h"
#include "json.h"
#include "number.h"
#include "output.h"
#include "target.h"
#include "trouble.h"
#include "user.h"
#include "wait.h"

enum {
	OPT_HELP = 'h',
	OPT_LINES = 'l',
	OPT_NUL = '0',
	OPT_NONBLOCK = 'n',
	OPT_PRIORITY = 'p',
	OPT_TAG = 't',
	OPT_VERBOSE = 'v',
	OPT_NETSTRINGS = 256,
	OPT_TIMEOUT,
	OPT_SYNC,
	OPT_JSON,
};

static const struct option options[] = {
	{ "lines", no_argument, NULL, OPT_LINES },
	{ "null", no_argument, NULL, OPT_NUL },
	{ "netstrings", no_argument, NULL, OPT_NETSTRINGS },
	{ "priority", required_argument, NULL, OPT_PRIORITY },
	{ "tag", required_argument, NULL, OPT_TAG },
	{ "nonblock", no_argument, NULL, OPT_NONBLOCK },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "sync", no_argument, NULL, OPT_SYNC },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 }
};

struct send {
	struct trouble trouble;
	struct wait wait;
	enum frame frame;
	uint32_t priority;
	uint64_t tag;
	struct target target;
	bool sync;
	bool verbose;
	bool json;
	size_t done;		/* messages sent */
};

static void take_number(struct send *send, int option)
{
	switch (option) {
	case OPT_PRIORITY:
		send->priority = (uint32_t)number_parse("--priority", optarg, 0,
							MAILBOX_PRIORITY_MAX);
		break;
	case OPT_TAG:
		send->tag = number_parse("--tag", optarg, 0, UINT64_MAX);
		break;
	case OPT_TIMEOUT:
		send->wait.limited = true;
		send->wait.timeout =
			(uint64_t)number_parse_duration("--timeout", optarg);
		break;
	default:
		die_getopt();
	}
}

static void take_option(struct send *send, const struct command *self,
			int option)
{
	switch (option) {
	case OPT_HELP:
		command_help(self);
	case OPT_LINES:
		send->frame = FRAME_LINE;
		break;
	case OPT_NUL:
		send->frame = FRAME_NUL;
		break;
	case OPT_NETSTRINGS:
		send->frame = FRAME_NETSTRING;
		break;
	case OPT_NONBLOCK:
		send->wait.nonblock = true;
		break;
	case OPT_SYNC:
		send->sync = true;
		break;
	case OPT_VERBOSE:
		send->verbose = true;
		break;
	case OPT_JSON:
		send->json = true;
		break;
	default:
		take_number(send, option);
	}
}

static void check(const struct send *send, bool arguments)
{
	if (send->wait.nonblock && send->wait.limited)
		die_usage("--nonblock and --timeout exclude each other");
	if (send->wait.nonblock && send->sync)
		die_usage("--sync waits, --nonblock does not");
	if (arguments && send->frame != FRAME_RAW)
		die_usage("--lines, --null and --netstrings are for messages from standard input");
	if (send->json)
		output_require();
}

static void print_verbose(const struct mailbox_message *message)
{
	unsigned long long seq = message->seq;
	char *user;

	if (!(message->info & MAILBOX_INFO_RECEIVED)) {
		fprintf(stderr, "message %llu: %u bytes, queued\n", seq,
			message->length);
		return;
	}
	user = user_name(message->uid);
	fprintf(stderr, "message %llu: %u bytes, received by process %u of %s\n",
		seq, message->length, message->pid, user);
	free(user);
}

static void print_json(const struct mailbox_message *message)
{
	bool received = message->info & MAILBOX_INFO_RECEIVED;
	struct json_object *object = json_new_object();

	json_add_number(object, "seq", message->seq);
	json_add_number(object, "length", message->length);
	json_add_bool(object, "received", received);
	if (received) {
		json_add_number(object, "pid", message->pid);
		json_add_number(object, "uid", message->uid);
		json_add_number(object, "gid", message->gid);
	}
	json_print_line(object);
	/* The message is out already: a failure shows at the end. */
	output_flush();
}

static int send_one(struct send *send, const void *data, size_t length)
{
	struct mailbox_send call;
	int error;

	mailbox_send_init(&call, 0, data, length);
	call.flags = wait_flags(&send->wait);
	call.deadline = wait_deadline(&send->wait);
	call.clock = wait_clock(&send->wait);
	if (send->sync)
		call.flags |= MAILBOX_SEND_SYNC;
	call.message.priority = send->priority;
	call.message.tag = send->tag;
	do
		error = target_send(&send->target, &call);
	while (error == -EINTR);
	if (error) {
		send->trouble.length = length;
		return error;
	}
	send->done++;
	if (send->verbose)
		print_verbose(&call.message);
	if (send->json)
		print_json(&call.message);
	return 0;
}

static int send_arguments(struct send *send, char **texts, int count)
{
	int error = 0;
	int i;

	for (i = 0; i < count && !error; i++)
		error = send_one(send, texts[i], strlen(texts[i]));
	return error;
}

static int send_input(struct send *send)
{
	struct frame_reader reader = { .in = stdin, .frame = send->frame };
	int error = 0;

	if (isatty(STDIN_FILENO))
		fputs("Type the message, and end it with Ctrl-D.\n", stderr);
	while (!error && frame_read(&reader))
		error = send_one(send, reader.data, reader.length);
	frame_reader_end(&reader);
	return error;
}

static int send_messages(struct send *send, char **texts, int count)
{
	int error;
	int code;

	error = target_to(&send->target, send->trouble.address,
			  send->trouble.client);
	if (error)
		return (int)trouble_report(&send->trouble, error);
	error = count ? send_arguments(send, texts, count) : send_input(send);
	if (!error)
		return EXIT_OK;
	code = (int)trouble_report(&send->trouble, error);
	if (send->done)
		hint("%zu messages before this one have been sent.",
		     send->done);
	return code;
}

static int run_send(const struct command *self, int argc, char **argv)
{
	struct send send = { .trouble = { .operation = TO_SEND } };
	struct address address;
	int option, code;

	while ((option = getopt_long(argc, argv, "hl0np:t:v", options,
				     NULL)) != -1)
		take_option(&send, self, option);
	if (optind == argc)
		die_usage("to which mailbox?");
	check(&send, argc - optind > 1);
	address_parse_any(&address, argv[optind++]);
	send.trouble.address = &address;
	send.trouble.client = client_open();
	code = send_messages(&send, argv + optind, argc - optind);
	address_end(&address);
	return code;
}

const struct command command_send = {
	.name = "send",
	.arguments = "[OPTION]... MAILBOX [MESSAGE]...",
	.summary = "Send messages",
	.details =
"Each MESSAGE is one message.  Without any, all of standard input is one, be it\n"
"empty, text or binary.  MAILBOX may also be pid:N or pidfd:N, a process that\n"
"receives from its own mailbox.\n"
"\n"
"  -l, --lines         each line of standard input is a message\n"
"  -0, --null          each ends with a NUL byte\n"
"      --netstrings    each is LENGTH:BYTES, (for any bytes)\n"
"  -p, --priority N    0 (default) to 32767; the highest is received first\n"
"  -t, --tag N         a label, by which a receiver can choose\n"
"  -n, --nonblock      do not wait for room or a receiver; exit code 3 if it\n"
"                      would\n"
"      --timeout TIME  wait at most so long for each message: seconds, or a\n"
"                      number and ms, s, m or h; then exit code 3\n"
"      --sync          wait until a receiver has taken the message\n"
"  -v, --verbose       tell what became of each message, on standard error\n"
"      --json          the same as a line of JSON, on standard output\n"
"  -h, --help\n"
"\n"
"A message that was not sent when the command ends never will be.\n"
"\n"
"Examples:\n"
"  mailboxctl send jobs 'make coffee'\n"
"  tar c . | mailboxctl send --timeout 5 backup\n"
"  find . -print0 | mailboxctl send -0 files\n"
"  mailboxctl send --sync --verbose jobs hello     tells who received it\n",
	.run = run_send,
};
