// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl notify.
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
#include "error.h"
#include "json.h"
#include "number.h"
#include "output.h"
#include "stop.h"
#include "trouble.h"
#include "wait.h"

enum {
	OPT_HELP = 'h',
	OPT_FIRST = '1',
	OPT_NONBLOCK = 'n',
	OPT_TIMEOUT = 256,
	OPT_JSON,
};

static const struct option options[] = {
	{ "first", no_argument, NULL, OPT_FIRST },
	{ "nonblock", no_argument, NULL, OPT_NONBLOCK },
	{ "timeout", required_argument, NULL, OPT_TIMEOUT },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 }
};

/* RECEIPT is asked for by SEND, CANCELLED by who has received a call. */
#define OF_A_MAILBOX (MAILBOX_EVENT_NO_RECEIVERS | MAILBOX_EVENT_NO_SENDERS | \
		      MAILBOX_EVENT_DESTROYED | MAILBOX_EVENT_NOT_EMPTY | \
		      MAILBOX_EVENT_SPACE)

/* What can be asked for of a process. */
#define OF_A_PROCESS (MAILBOX_EVENT_DESTROYED | MAILBOX_EVENT_NO_RECEIVERS | \
		      MAILBOX_EVENT_SPACE)

struct notify {
	struct trouble trouble;
	struct wait wait;
	uint32_t asked;		/* MAILBOX_EVENT_* that have not come yet */
	bool first;
	bool json;
	bool ended;		/* before what was asked for could happen */
};

static void take_option(struct notify *notify, const struct command *self,
			int option)
{
	switch (option) {
	case OPT_HELP:
		command_help(self);
	case OPT_FIRST:
		notify->first = true;
		break;
	case OPT_NONBLOCK:
		notify->wait.nonblock = true;
		break;
	case OPT_TIMEOUT:
		notify->wait.limited = true;
		notify->wait.timeout =
			(uint64_t)number_parse_duration("--timeout", optarg);
		break;
	case OPT_JSON:
		notify->json = true;
		break;
	default:
		die_getopt();
	}
}

static uint32_t parse_event(const char *text)
{
	uint32_t event;

	if (mailbox_event_parse(text, &event) || !(event & OF_A_MAILBOX))
		die_usage("'%s' is none of no-receivers, no-senders, destroyed, not-empty and space",
			  text);
	return event;
}

static const char *event_name(uint32_t event)
{
	const char *name = mailbox_event_name(event);

	return name ? name : "unknown";
}

static void print_json(const struct mailbox_event *event)
{
	struct json_object *object = json_new_object();

	json_add_string(object, "event", event_name(event->type));
	json_add_number(object, "id", event->id);
	if (event->error)
		json_add_string(object, "error",
				strerrorname_np(-event->error));
	else
		json_add_null(object, "error");
	json_print_line(object);
}

static void print_event(const struct notify *notify,
			const struct mailbox_event *event)
{
	if (notify->json)
		print_json(event);
	else if (event->error)
		printf("%s: %s\n", event_name(event->type),
		       mailbox_explain(event->error));
	else
		printf("%s\n", event_name(event->type));
	if (!output_flush())
		output_close();
}

/* By ID: a handle would keep alive what we watch. */
static int ask(struct notify *notify)
{
	const struct address *address = notify->trouble.address;
	struct mailbox_notify args = {
		.size = sizeof(args),
		.events = notify->asked,
	};
	uint64_t id = 0;
	int error;

	if (address_is_process(address)) {
		args.flags = MAILBOX_TO_PROCESS;
		id = (uint64_t)address->pid;
	} else {
		error = address_find(address, notify->trouble.client,
				     MAILBOX_RIGHTS_ALL, &id);
		if (error)
			return error;
	}
	args.id = id;
	return mailbox_notify_with(notify->trouble.client, &args);
}

static int next_event(const struct notify *notify, struct mailbox_event *event)
{
	struct mailbox_receive call;
	ssize_t result;

	mailbox_receive_init(&call, MAILBOX_ID_NOTIFY, event, sizeof(*event));
	call.flags = wait_flags(&notify->wait);
	call.deadline = wait_deadline(&notify->wait);
	call.clock = wait_clock(&notify->wait);
	result = mailbox_receive_with(notify->trouble.client, &call);
	return result < 0 ? (int)result : 0;
}

static int wait_for_events(struct notify *notify)
{
	struct mailbox_event event;
	int error = ask(notify);

	while (!error && notify->asked && !stop_requested()) {
		error = next_event(notify, &event);
		if (error == -EINTR) {
			error = 0;
			continue;
		}
		if (error)
			break;
		print_event(notify, &event);
		if (event.error && event.type != MAILBOX_EVENT_DESTROYED)
			notify->ended = true;
		notify->asked &= notify->first ? 0 : ~event.type;
	}
	if (stop_requested())
		stop_now();
	return error;
}

static int run_notify(const struct command *self, int argc, char **argv)
{
	struct notify notify = { .trouble = { .operation = TO_NOTIFY } };
	struct address address;
	int option, error;

	while ((option = getopt_long(argc, argv, "h1n", options, NULL)) != -1)
		take_option(&notify, self, option);
	if (argc - optind < 2)
		die_usage("of which mailbox, and which events?");
	if (notify.wait.nonblock && notify.wait.limited)
		die_usage("--nonblock and --timeout exclude each other");
	output_require();
	address_parse_any(&address, argv[optind++]);
	if (address.kind == ADDRESS_PIDFD)
		die_usage("a process is named by pid:N here");
	for (; optind < argc; optind++)
		notify.asked |= parse_event(argv[optind]);
	if (address_is_process(&address) && (notify.asked & ~OF_A_PROCESS))
		die_usage("of another process: destroyed, no-receivers, space");
	notify.trouble.address = &address;
	notify.trouble.client = client_open();
	stop_catch();
	error = wait_for_events(&notify);
	if (error)
		error = (int)trouble_report(&notify.trouble, error);
	else if (notify.ended)
		error = EXIT_GONE;
	address_end(&address);
	return error;
}

const struct command command_notify = {
	.name = "notify",
	.arguments = "[OPTION]... MAILBOX EVENT...",
	.summary = "Wait until something happens to a mailbox",
	.details =
"EVENT is one of\n"
"\n"
"  no-receivers    nobody has it open to receive\n"
"  no-senders      nobody has it open to send\n"
"  destroyed       it has ended\n"
"  not-empty       there is something to receive\n"
"  space           there is room to send\n"
"\n"
"What is so already is told at once.  Each event is printed, once; when all have\n"
"come the command ends.  MAILBOX may be pid:N: destroyed then means that the\n"
"process has ended.\n"
"\n"
"  -1, --first         end after the first event\n"
"  -n, --nonblock      only what is so already; exit code 3 if something is not\n"
"      --timeout TIME  wait at most so long for each: seconds, or a number and\n"
"                      ms, s, m or h; then exit code 3\n"
"      --json          print each event as a line of JSON\n"
"  -h, --help\n"
"\n"
"If the mailbox ends before something else could happen to it, the exit code is\n"
"4.\n"
"\n"
"Examples:\n"
"  mailboxctl notify jobs not-empty && work\n"
"  mailboxctl notify --first jobs destroyed no-receivers\n"
"  mailboxctl notify pid:4711 destroyed\n",
	.run = run_notify,
};
