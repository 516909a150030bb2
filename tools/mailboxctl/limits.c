// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl limits: what the module is and allows, and how much of it is used.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mailbox.h>

#include "client.h"
#include "command.h"
#include "error.h"
#include "json.h"
#include "table.h"
#include "text.h"

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static const struct {
	uint64_t flag;
	const char *name;
} features[] = {
	{ MAILBOX_FEATURE_BATCH, "batch" },
	{ MAILBOX_FEATURE_CALL, "call" },
	{ MAILBOX_FEATURE_DIRECT, "direct" },
	{ MAILBOX_FEATURE_NOTIFY, "notify" },
	{ MAILBOX_FEATURE_PORT, "port" },
	{ MAILBOX_FEATURE_FORWARD, "forward" },
	{ MAILBOX_FEATURE_KERNEL, "kernel" },
	{ MAILBOX_FEATURE_SECTION, "section" },
	{ MAILBOX_FEATURE_URING, "uring" },
	{ MAILBOX_FEATURE_ATTACH, "attach" },
	{ MAILBOX_FEATURE_LOW_WATER, "low_water" },
};

#define FEATURE_COUNT (sizeof(features) / sizeof(*features))

static void print_head(const struct mailbox_query *query)
{
	char *usual = text_bytes(query->message_default);
	char *most = text_bytes(query->message_max);
	size_t i;

	printf("Interface version %u.%u, features:", query->version_major,
	       query->version_minor);
	for (i = 0; i < FEATURE_COUNT; i++)
		if (query->features & features[i].flag)
			printf(" %s", features[i].name);
	printf("\nMessages: up to %s, or what a mailbox is created for, up to %s\n\n",
	       usual, most);
	free(usual);
	free(most);
}

static void add_row(struct table *table, const char *what, char *used,
		    char *limit)
{
	table_cell(table, text_format("%s", what));
	table_cell(table, used);
	table_cell(table, limit);
}

static void print_text(const struct mailbox_query *query)
{
	static const struct column columns[] = {
		{ "QUOTA", false }, { "USED", true }, { "LIMIT", true },
	};
	struct table *table = table_new(columns, 3);

	print_head(query);
	add_row(table, "mailboxes of your user",
		text_format("%u", query->user_mailboxes),
		text_format("%u", query->user_mailboxes_max));
	add_row(table, "waiting calls of your user",
		text_format("%u", query->user_waiting),
		text_format("%u", query->user_waiting_max));
	add_row(table, "queued by your user", text_bytes(query->user_bytes),
		text_bytes(query->user_bytes_max));
	add_row(table, "queued by all users", text_bytes(query->total_bytes),
		text_bytes(query->total_bytes_max));
	add_row(table, "sections of your user",
		text_format("%u", query->user_sections),
		text_format("%u", query->user_sections_max));
	add_row(table, "bytes in them", text_bytes(query->user_section_bytes),
		text_bytes(query->user_section_bytes_max));
	add_row(table, "attachments under way",
		text_format("%u", query->user_attachments),
		text_format("%u", query->user_attachments_max));
	table_print(table, stdout);
	table_free(table);
}

static struct json_object *json_features(const struct mailbox_query *query)
{
	struct json_object *array = json_new_array();
	size_t i;

	for (i = 0; i < FEATURE_COUNT; i++)
		if (query->features & features[i].flag)
			json_append(array,
				    json_object_new_string(features[i].name));
	return array;
}

static void print_json(const struct mailbox_query *query)
{
	struct json_object *object = json_new_object();

	json_add_number(object, "version_major", query->version_major);
	json_add_number(object, "version_minor", query->version_minor);
	json_add(object, "features", json_features(query));
	json_add_number(object, "message_default", query->message_default);
	json_add_number(object, "message_max", query->message_max);
	json_add_number(object, "user_mailboxes", query->user_mailboxes);
	json_add_number(object, "user_mailboxes_max",
			query->user_mailboxes_max);
	json_add_number(object, "user_waiting", query->user_waiting);
	json_add_number(object, "user_waiting_max", query->user_waiting_max);
	json_add_number(object, "user_bytes", query->user_bytes);
	json_add_number(object, "user_bytes_max", query->user_bytes_max);
	json_add_number(object, "total_bytes", query->total_bytes);
	json_add_number(object, "total_bytes_max", query->total_bytes_max);
	json_add_number(object, "user_sections", query->user_sections);
	json_add_number(object, "user_sections_max", query->user_sections_max);
	json_add_number(object, "user_section_bytes",
			query->user_section_bytes);
	json_add_number(object, "user_section_bytes_max",
			query->user_section_bytes_max);
	json_add_number(object, "user_attachments", query->user_attachments);
	json_add_number(object, "user_attachments_max",
			query->user_attachments_max);
	json_print(object);
}

static int run_limits(const struct command *self, int argc, char **argv)
{
	struct mailbox_query query;
	bool json = false;
	int option, error;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h')
			command_help(self);
		if (option == '?')
			die_getopt();
		json = true;
	}
	if (optind < argc)
		die_usage("it takes no argument");
	error = mailbox_query(client_open(), &query);
	if (error)
		die(EXIT_FAIL, "cannot ask the module: %s", strerror(-error));
	if (json)
		print_json(&query);
	else
		print_text(&query);
	return EXIT_OK;
}

const struct command command_limits = {
	.name = "limits",
	.arguments = "[OPTION]...",
	.summary = "Show the module's version and limits, and what you use of them",
	.details =
"      --json   an object; byte counts are in bytes\n"
"  -h, --help\n"
"\n"
"'mailboxctl query' is the same.  The administrator changes limits through\n"
"/sys/module/mailbox/parameters/, see mailbox(4).\n"
"\n"
"Examples:\n"
"  mailboxctl limits\n"
"  mailboxctl limits --json | jq .user_bytes\n",
	.run = run_limits,
};
