// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl list.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "address.h"
#include "client.h"
#include "command.h"
#include "describe.h"
#include "error.h"
#include "json.h"
#include "snapshot.h"

enum form {
	FORM_TABLE = 't',
	FORM_LONG = 'l',
	FORM_NAMES = 'n',
	FORM_JSON = 'j',
};

static const struct option options[] = {
	{ "long", no_argument, NULL, FORM_LONG },
	{ "names", no_argument, NULL, FORM_NAMES },
	{ "json", no_argument, NULL, FORM_JSON },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static void print_names(const struct snapshot *snapshot)
{
	char *text;
	size_t i;

	for (i = 0; i < snapshot->count; i++) {
		text = address_of(&snapshot->stats[i]);
		puts(text);
		free(text);
	}
}

static void print_json(const struct snapshot *snapshot)
{
	struct json_object *array = json_new_array();
	size_t i;

	for (i = 0; i < snapshot->count; i++)
		json_append(array, describe_json(&snapshot->stats[i]));
	json_print(array);
}

static void print(const struct snapshot *snapshot, int form)
{
	switch (form) {
	case FORM_NAMES:
		print_names(snapshot);
		break;
	case FORM_JSON:
		print_json(snapshot);
		break;
	default:
		describe_table(snapshot->stats, snapshot->count,
			       form == FORM_LONG);
	}
}

static int parse_form(const struct command *self, int argc, char **argv)
{
	int form = FORM_TABLE;
	int option;

	while ((option = getopt_long(argc, argv, "lh", options, NULL)) != -1) {
		if (option == 'h')
			command_help(self);
		if (option == '?')
			die_getopt();
		form = option;
	}
	return form;
}

static int run_list(const struct command *self, int argc, char **argv)
{
	int form = parse_form(self, argc, argv);
	struct snapshot snapshot;
	int client;

	if (optind < argc)
		die_usage("it takes no argument; 'mailboxctl stat MAILBOX' shows one mailbox");
	client = client_open();
	snapshot_take(&snapshot, client);
	close(client);
	print(&snapshot, form);
	snapshot_end(&snapshot);
	return EXIT_OK;
}

const struct command command_list = {
	.name = "list",
	.arguments = "[OPTION]...",
	.summary = "Show the mailboxes that you own or may receive from",
	.details =
"  -l, --long    more columns\n"
"      --names   addresses only, one per line, as other commands take them\n"
"      --json    an array of objects, as 'mailboxctl stat --json'\n"
"  -h, --help\n"
"\n"
"HOLDS is how many messages are in it, of how many it takes; WAITING, how many\n"
"senders wait for room or receivers for a message.\n"
"\n"
"Examples:\n"
"  mailboxctl list\n"
"  mailboxctl list --names | xargs mailboxctl destroy\n"
"  mailboxctl list --json | jq '.[] | select(.messages > 0) | .name'\n",
	.run = run_list,
};
