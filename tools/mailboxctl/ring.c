// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl ring: what the rings in sections have done.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mailbox_ring.h>

#include "client.h"
#include "command.h"
#include "error.h"
#include "json.h"
#include "shared.h"
#include "text.h"

static const struct option options[] = {
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

/* A section and the parts of the ring in it, as they were at one moment. */
struct view {
	struct mailbox_section_stat section;
	struct mailbox_ring_part parts[2];
};

/* By the kernel: a section that is shortened meanwhile is an error, and no SIGBUS. */
static int parts_read(struct view *view, const void *memory)
{
	ssize_t size = sizeof(view->parts);
	int ends[2];
	bool whole;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	/* less than PIPE_BUF: all at once, and never too much for a pipe */
	whole = write(ends[1], memory, (size_t)size) == size &&
		read(ends[0], view->parts, (size_t)size) == size;
	close(ends[0]);
	close(ends[1]);
	return whole ? 0 : -EPROTONOSUPPORT;
}

/* 0 or -errno; -EPROTONOSUPPORT: there is no ring in it that is known here. */
static int view_take(struct view *view, int section)
{
	void *memory;
	int error;

	error = mailbox_section_stat(section, 0, &view->section);
	if (error)
		return error;
	if (view->section.length < MAILBOX_RING_DATA)
		return -EPROTONOSUPPORT;
	error = mailbox_section_map(section, 0, MAILBOX_RING_DATA,
				    MAILBOX_SECTION_READ, &memory);
	if (error)
		return error;
	error = parts_read(view, memory);
	munmap(memory, MAILBOX_RING_DATA);
	if (error)
		return error;
	if (view->parts[0].magic != MAILBOX_RING_MAGIC ||
	    view->parts[0].version != MAILBOX_RING_VERSION)
		return -EPROTONOSUPPORT;
	return 0;
}

static bool is_apart(const struct view *view)
{
	return view->parts[0].flags & MAILBOX_RING_APART;
}

/* ---- for people ---- */

static void print_part(const char *what, const struct mailbox_ring_part *part)
{
	printf("  %-18s%llu records, %llu bytes with their headers\n", what,
	       (unsigned long long)part->records,
	       (unsigned long long)part->position);
	printf("  %-18s%s; slept %llu times, woke the other side %llu times\n", "",
	       part->asleep & 1 ? "asleep" : "awake",
	       (unsigned long long)part->sleeps,
	       (unsigned long long)part->wakes);
}

static void view_print(const struct view *view)
{
	const struct mailbox_ring_part *parts = view->parts;
	char *name = view->section.name_length ?
			     text_escape(view->section.name,
					 view->section.name_length, "") :
			     text_format("(no name)");
	char *size = text_bytes(parts[0].size);

	printf("%s\n  %-18s%llu\n", name, "id",
	       (unsigned long long)view->section.id);
	printf("  %-18s%s%s\n", "room for records", size,
	       is_apart(view) ? ", one end of a channel" : "");
	print_part(is_apart(view) ? "this end has sent" : "sent", &parts[0]);
	print_part(is_apart(view) ? "it has received" : "received", &parts[1]);
	if (!is_apart(view))
		printf("  %-18s%llu bytes of records\n", "on their way",
		       (unsigned long long)(parts[0].position - parts[1].position));
	free(name);
	free(size);
}

/* ---- JSON ---- */

static struct json_object *part_json(const struct mailbox_ring_part *part)
{
	struct json_object *object = json_new_object();

	json_add_number(object, "records", part->records);
	json_add_number(object, "position", part->position);
	json_add_bool(object, "asleep", part->asleep & 1);
	json_add_number(object, "sleeps", part->sleeps);
	json_add_number(object, "wakes", part->wakes);
	return object;
}

static struct json_object *view_json(const struct view *view)
{
	struct json_object *object = json_new_object();

	json_add_number(object, "id", view->section.id);
	json_add_name(object, view->section.name, view->section.name_length);
	json_add_number(object, "size", view->parts[0].size);
	json_add_bool(object, "channel", is_apart(view));
	json_add(object, "producer", part_json(&view->parts[0]));
	json_add(object, "consumer", part_json(&view->parts[1]));
	return object;
}

static void view_show(const struct view *view, struct json_object *array,
		      bool first)
{
	if (array) {
		json_append(array, view_json(view));
		return;
	}
	if (!first)
		putchar('\n');
	view_print(view);
}

/* ---- which ---- */

static int show_named(int client, char **texts, int count,
		      struct json_object *array)
{
	int code = EXIT_OK, i, section, error;
	struct view view;

	for (i = 0; i < count; i++) {
		section = shared_open(client, texts[i], MAILBOX_SECTION_READ);
		error = section < 0 ? section : view_take(&view, section);
		if (section >= 0)
			close(section);
		if (!error) {
			view_show(&view, array, !i);
			continue;
		}
		if (error != -EPROTONOSUPPORT) {
			code = shared_trouble("look at", texts[i], error);
			continue;
		}
		warn_text("there is no ring in section '%s'", texts[i]);
		code = EXIT_FAIL;
	}
	return code;
}

struct showing {
	struct json_object *array;
	bool first;
};

/* Sections that hold something else are none. */
static void show_one(int client, uint64_t id, void *context)
{
	int section = mailbox_section_open_id(client, id, MAILBOX_SECTION_READ);
	struct showing *showing = context;
	struct view view;

	if (section < 0)
		return;
	if (!view_take(&view, section)) {
		view_show(&view, showing->array, showing->first);
		showing->first = false;
	}
	close(section);
}

static int show_all(int client, struct json_object *array)
{
	struct showing showing = { .array = array, .first = true };

	shared_each(client, show_one, &showing);
	return EXIT_OK;
}

static int run_ring(const struct command *self, int argc, char **argv)
{
	struct json_object *array = NULL;
	bool json = false;
	int client, code, option;

	while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (option == 'h')
			command_help(self);
		if (option == '?')
			die_getopt();
		json = true;
	}
	client = client_open();
	if (json)
		array = json_new_array();
	if (optind < argc)
		code = show_named(client, argv + optind, argc - optind, array);
	else
		code = show_all(client, array);
	if (array)
		json_print(array);
	return code;
}

const struct command command_ring = {
	.name = "ring",
	.arguments = "[OPTION]... [SECTION]...",
	.summary = "Show what the rings in sections have done",
	.details =
"SECTION is a name, name:NAME, or id:NUMBER; without one, all rings in sections\n"
"that you may read are shown.  The figures are what the processes themselves say.\n"
"\n"
"      --json   an array of objects, one for each ring\n"
"  -h, --help\n"
"\n"
"Examples:\n"
"  mailboxctl ring\n"
"  mailboxctl ring --json frames | jq '.[0].producer.records'\n",
	.run = run_ring,
};
