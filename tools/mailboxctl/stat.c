// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl stat.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>

#include "address.h"
#include "client.h"
#include "command.h"
#include "describe.h"
#include "error.h"
#include "json.h"
#include "trouble.h"

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

/* Show one, or add it to @array. */
static int show(int client, const char *text, struct json_object *array)
{
	struct mailbox_stat stat;
	struct address address;
	struct trouble trouble = {
		.operation = TO_LOOK,
		.client = client,
		.address = &address,
	};
	int code = EXIT_OK;
	int error;

	address_parse(&address, text);
	error = address_stat(&address, client, &stat);
	if (error)
		code = (int)trouble_report(&trouble, error);
	else if (array)
		json_append(array, describe_json(&stat));
	else
		describe_print(&stat);
	address_end(&address);
	return code;
}

static int show_each(char **texts, int count, struct json_object *array)
{
	int client = client_open();
	int result = EXIT_OK;
	int code, i;

	for (i = 0; i < count; i++) {
		if (i && !array)
			putchar('\n');
		code = show(client, texts[i], array);
		if (code)
			result = code;
	}
	return result;
}

static bool parse_json(const struct command *self, int argc, char **argv)
{
	bool json = false;
	int option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h')
			command_help(self);
		if (option == '?')
			die_getopt();
		json = true;
	}
	if (optind == argc)
		die_usage("which mailbox?");
	return json;
}

static int run_stat(const struct command *self, int argc, char **argv)
{
	struct json_object *array = NULL;
	int code;

	if (parse_json(self, argc, argv))
		array = json_new_array();
	code = show_each(argv + optind, argc - optind, array);
	if (array)
		json_print(array);
	return code;
}

const struct command command_stat = {
	.name = "stat",
	.arguments = "[OPTION]... MAILBOX...",
	.summary = "Show all there is to know of a mailbox",
	.details =
"      --json   an array of objects, one for each MAILBOX\n"
"  -h, --help\n"
"\n"
"Examples:\n"
"  mailboxctl stat jobs\n"
"  mailboxctl stat --json jobs | jq '.[0].messages'\n",
	.run = run_stat,
};
