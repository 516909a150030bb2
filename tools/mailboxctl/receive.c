// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl receive.
 *
 * What has been received is in no mailbox any more, so this takes care not to
 * lose it: a signal ends the command between two messages (stop), no message
 * is taken when nobody reads standard output, and one that cannot be written
 * is not passed over in silence.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <mailbox.h>

#include "address.h"
#include "buffer.h"
#include "client.h"
#include "command.h"
#include "error.h"
#include "form.h"
#include "number.h"
#include "output.h"
#include "stop.h"
#include "target.h"
#include "trouble.h"
#include "wait.h"

enum {
	OPT_HELP = 'h',
	OPT_COUNT = 'c',
	OPT_FOLLOW = 'f',
	OPT_NONBLOCK = 'n',
	OPT_TAG = 't',
	OPT_VERBOSE = 'v',
	OPT_DRAIN = 256,
	OPT_EOF,
	OPT_TIMEOUT,
	OPT_PEEK,
	OPT_FROM,
};

static const struct option options[] = {
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "follow", no_argument, NULL, OPT_FOLLOW },
	{ "drain", no_argument, NULL, OPT_DRAIN },
	{ "eof", no_argument, NULL, OPT_EOF },
	{ "lines", no_argument, NULL, FORM_OPTION_LINES },
	{ "null", no_argument, NULL, FORM_OPTION_NUL },
	{ "netstrings", no_argument, NULL, FORM_OPTION_NETSTRINGS },
	{ "raw", no_argument, NULL, FORM_OPTION_RAW },
	{ "json", no_argument, NULL, FORM_OPTION_JSON },
	{ "nonblock", no_argument, NULL, OPT_NONBLOCK },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "peek", no_argument, NULL, OPT_PEEK },
	{ "from", required_argument, NULL, OPT_FROM },
	{ "tag", required_argument, NULL, OPT_TAG },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 }
};

struct receive {
	struct trouble trouble;
	struct wait wait;
	struct form form;
	uint64_t count;
	uint32_t flags;		/* MAILBOX_RECEIVE_* */
	uint32_t from;
	uint64_t tag_min;
	uint64_t tag_max;
	struct target target;
	bool counted;		/* --count was given */
	bool follow;
	bool drain;
	bool eof;
	bool verbose;
	struct buffer buffer;
};

static void take_selection(struct receive *receive, int option)
{
	switch (option) {
	case OPT_PEEK:
		receive->flags |= MAILBOX_RECEIVE_PEEK;
		break;
	case OPT_FROM:
		receive->flags |= MAILBOX_RECEIVE_FROM;
		receive->from = (uint32_t)number_parse("--from", optarg, 1,
						       INT32_MAX);
		break;
	case OPT_TAG:
		receive->flags |= MAILBOX_RECEIVE_TAG;
		number_parse_range("--tag", optarg, &receive->tag_min,
				   &receive->tag_max);
		break;
	default:
		die_getopt();
	}
}

static void take_option(struct receive *receive, const struct command *self,
			int option)
{
	switch (option) {
	case OPT_HELP:
		command_help(self);
	case OPT_COUNT:
		receive->counted = true;
		receive->count = number_parse("--count", optarg, 1, UINT64_MAX);
		break;
	case OPT_FOLLOW:
		receive->follow = true;
		break;
	case OPT_DRAIN:
		receive->drain = true;
		break;
	case OPT_EOF:
		receive->eof = true;
		break;
	case OPT_NONBLOCK:
		receive->wait.nonblock = true;
		break;
	case OPT_TIMEOUT:
		receive->wait.limited = true;
		receive->wait.timeout =
			(uint64_t)number_parse_duration("--timeout", optarg);
		break;
	case OPT_VERBOSE:
		receive->verbose = true;
		break;
	default:
		if (!form_take(&receive->form, option))
			take_selection(receive, option);
	}
}

static void check(const struct receive *receive)
{
	bool many = receive->counted || receive->follow || receive->drain;

	if (receive->wait.nonblock && receive->wait.limited)
		die_usage("--nonblock and --timeout exclude each other");
	if (receive->counted && receive->follow)
		die_usage("--follow has no end, --count is one");
	if (receive->drain && (receive->follow || receive->wait.limited))
		die_usage("--drain never waits");
	if (many && (receive->flags & MAILBOX_RECEIVE_PEEK))
		die_usage("--peek would show the same message again and again");
	output_require();
}

static void complete(struct receive *receive)
{
	check(receive);
	if (receive->follow || (receive->drain && !receive->counted))
		receive->count = UINT64_MAX;
	if (receive->drain)
		receive->wait.nonblock = true;
	form_complete(&receive->form);
}

/* One message into the buffer; 0 or -errno. */
static int take_message(struct receive *receive, struct mailbox_message *message)
{
	struct mailbox_receive call;
	int error;

	mailbox_receive_init(&call, receive->target.id, NULL, 0);
	call.flags = receive->flags | wait_flags(&receive->wait);
	call.deadline = wait_deadline(&receive->wait);
	call.clock = wait_clock(&receive->wait);
	call.from_pid = receive->from;
	call.tag_min = receive->tag_min;
	call.tag_max = receive->tag_max;
	error = buffer_receive(&receive->buffer, receive->target.fd, &call);
	*message = call.message;
	return error;
}

static void show_message(const struct receive *receive,
			 const struct mailbox_message *message)
{
	int error;

	if (receive->verbose)
		form_tell(message);
	error = form_write(&receive->form, message, receive->buffer.data);
	if (!error)
		return;
	warn_text("cannot write the output: %s", strerror(-error));
	if (!(receive->flags & MAILBOX_RECEIVE_PEEK))
		hint("Message %llu of %u bytes had been received from %s, and is lost.",
		     (unsigned long long)message->seq, message->length,
		     receive->trouble.address->shown);
	_exit(EXIT_FAIL);
}

/* Nobody reads what we write: end as if we had written. */
static _Noreturn void end_unread(void)
{
	signal(SIGPIPE, SIG_DFL);
	raise(SIGPIPE);
	_exit(EXIT_FAIL);
}

static bool is_end(const struct receive *receive, int error)
{
	return (receive->drain && error == -EAGAIN) ||
	       (receive->eof && error == -EPIPE);
}

static int receive_messages(struct receive *receive)
{
	struct mailbox_message message;
	uint64_t got = 0;
	int error = 0;

	while (got < receive->count && !stop_requested()) {
		if (output_is_dead())
			end_unread();
		error = take_message(receive, &message);
		if (error == -EINTR)
			continue;
		if (error)
			break;
		got++;
		show_message(receive, &message);
	}
	if (stop_requested())
		stop_now();
	return is_end(receive, error) ? 0 : error;
}

static int open_and_receive(struct receive *receive)
{
	uint32_t handle_flags = receive->eof ? MAILBOX_HANDLE_EOF : 0;
	struct trouble *trouble = &receive->trouble;
	int error;

	error = target_from(&receive->target, trouble->address,
			    trouble->client, handle_flags);
	if (error)
		return (int)trouble_report(trouble, error);
	signal(SIGPIPE, SIG_IGN);
	stop_catch();
	buffer_init(&receive->buffer);
	error = receive_messages(receive);
	buffer_end(&receive->buffer);
	return error ? (int)trouble_report(trouble, error) : EXIT_OK;
}

static int run_receive(const struct command *self, int argc, char **argv)
{
	struct receive receive = {
		.trouble = { .operation = TO_RECEIVE },
		.count = 1,
	};
	struct address address;
	int option, code;

	while ((option = getopt_long(argc, argv, "hc:fl0nt:v", options,
				     NULL)) != -1)
		take_option(&receive, self, option);
	if (argc - optind != 1)
		die_usage("from which mailbox? It takes one");
	complete(&receive);
	address_parse_any(&address, argv[optind]);
	target_require_own(&address);
	if (receive.eof && address_is_process(&address))
		die_usage("--eof: who sends to a process does not have it open");
	receive.trouble.address = &address;
	receive.trouble.client = client_open();
	code = open_and_receive(&receive);
	address_end(&address);
	return code;
}

const struct command command_receive = {
	.name = "receive",
	.arguments = "[OPTION]... MAILBOX",
	.summary = "Receive messages, and write them to standard output",
	.details =
"From pid:self it receives what others send to this very process.\n"
"\n"
"One message is received, and its bytes are written as they are; to a terminal\n"
"as a line, with \\xHH for what it cannot show.\n"
"\n"
"  -c, --count N       receive N messages\n"
"  -f, --follow        go on until a signal, or until the mailbox ends\n"
"      --drain         receive what there is, without waiting\n"
"      --eof           end when it is empty and nobody has it open to send\n"
"  -l, --lines         write a newline after each message\n"
"  -0, --null          write a NUL byte after each message\n"
"      --netstrings    write each as LENGTH:BYTES,\n"
"      --raw           write bytes as they are to a terminal, too\n"
"      --json          write each as a line of JSON, with all about it\n"
"  -n, --nonblock      do not wait for a message; exit code 3 if there is none\n"
"      --timeout TIME  wait at most so long for each: seconds, or a number and\n"
"                      ms, s, m or h; then exit code 3\n"
"      --peek          leave the message in the mailbox\n"
"      --from PID      only from this process\n"
"  -t, --tag N[-M]     only with this tag, or one from N to M\n"
"  -v, --verbose       tell who sent it, on standard error\n"
"  -h, --help\n"
"\n"
"Examples:\n"
"  mailboxctl receive jobs\n"
"  mailboxctl receive --timeout 5 backup | tar x\n"
"  mailboxctl receive --follow --null files | xargs -0 -n 1 process\n"
"  mailboxctl receive --drain --json jobs | jq -r .data\n",
	.run = run_receive,
};
