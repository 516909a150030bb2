// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl section: shared memory, made, listed, and moved in and out.
 *
 * Bytes are moved by the kernel, with read(2) and write(2) on the mapping: a section
 * that is shortened meanwhile is an error then, and no SIGBUS.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <mailbox.h>

#include "client.h"
#include "command.h"
#include "error.h"
#include "json.h"
#include "number.h"
#include "output.h"
#include "shared.h"
#include "table.h"
#include "text.h"
#include "user.h"

#define CHUNK		(1UL << 20)	/* bytes moved at once */
#define WRITABLE	(MAILBOX_SECTION_READ | MAILBOX_SECTION_WRITE)

enum {
	OPT_HELP = 'h',
	OPT_MODE = 'm',
	OPT_FIXED = 'f',
	OPT_JSON = 'j',
};

static const struct option options[] = {
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "fixed", no_argument, NULL, OPT_FIXED },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 }
};

/* What the command line says. */
struct wish {
	char **words;	/* after the action */
	int count;
	uint32_t mode;
	bool moded;
	bool fixed;
	bool json;
};

struct action {
	const char *name;
	int least, most;	/* words */
	const char *allowed;	/* options, by their letters */
	const char *words;
	int (*run)(const struct wish *wish);
};

/* ---- create ---- */

static int run_create(const struct wish *wish)
{
	const char *name = wish->count > 1 ? wish->words[1] : NULL;
	struct mailbox_section_create create = {
		.size = sizeof(create),
		.flags = MAILBOX_CREATE_PERSIST | MAILBOX_CREATE_NOFD |
			 (wish->moded ? MAILBOX_CREATE_MODE : 0),
		.name = (uintptr_t)name,
		.name_length = name ? (uint32_t)strlen(name) : 0,
		.mode = wish->mode,
		.length = number_parse_size("LENGTH", wish->words[0], 1,
					    UINT64_MAX),
		.seals = wish->fixed ? MAILBOX_SEAL_SHRINK | MAILBOX_SEAL_GROW : 0,
	};
	struct json_object *object;
	int error;

	error = mailbox_section_create_with(client_open(), &create);
	if (error < 0)
		die(EXIT_FAIL, "cannot make the section: %s",
		    mailbox_explain(error));
	if (!wish->json) {
		printf("id:%llu\n", (unsigned long long)create.id);
		return EXIT_OK;
	}
	object = json_new_object();
	json_add_number(object, "id", create.id);
	json_add_name(object, name, create.name_length);
	json_print(object);
	return EXIT_OK;
}

/* ---- list ---- */

static const struct column columns[] = {
	{ "SECTION", false }, { "ID", true }, { "LENGTH", true },
	{ "IN MEMORY", true }, { "HOLDERS", true }, { "MODE", true },
	{ "OWNER", false },
};

struct listing {
	struct table *table;
	struct json_object *array;
};

static void add_row(struct table *table, const struct mailbox_section_stat *stat)
{
	table_cell(table, stat->name_length ?
		   text_escape(stat->name, stat->name_length, "") :
		   text_format("id:%llu", (unsigned long long)stat->id));
	table_cell(table, text_format("%llu", (unsigned long long)stat->id));
	table_cell(table, text_bytes(stat->length));
	table_cell(table, text_bytes(stat->resident));
	table_cell(table, text_format("%u", stat->holders));
	table_cell(table, text_format("%04o", stat->mode));
	table_cell(table, user_name(stat->uid));
}

static struct json_object *stat_json(const struct mailbox_section_stat *stat)
{
	struct json_object *object = json_new_object();

	json_add_number(object, "id", stat->id);
	json_add_name(object, stat->name, stat->name_length);
	json_add_number(object, "length", stat->length);
	json_add_number(object, "resident", stat->resident);
	json_add_number(object, "holders", stat->holders);
	json_add_number(object, "seals", stat->seals);
	json_add_number(object, "mode", stat->mode);
	json_add_number(object, "uid", stat->uid);
	json_add_number(object, "gid", stat->gid);
	json_add_bool(object, "persist",
		      stat->create_flags & MAILBOX_CREATE_PERSIST);
	return object;
}

static void list_one(int client, uint64_t id, void *context)
{
	struct listing *listing = context;
	struct mailbox_section_stat stat;

	if (mailbox_section_stat(client, id, &stat))
		return;
	if (listing->array)
		json_append(listing->array, stat_json(&stat));
	else
		add_row(listing->table, &stat);
}

static int run_list(const struct wish *wish)
{
	struct listing listing = { 0 };

	if (wish->json)
		listing.array = json_new_array();
	else
		listing.table = table_new(columns,
					  sizeof(columns) / sizeof(*columns));
	shared_each(client_open(), list_one, &listing);
	if (wish->json) {
		json_print(listing.array);
	} else {
		table_print(listing.table, stdout);
		table_free(listing.table);
	}
	return EXIT_OK;
}

/* ---- dump and load ---- */

/* Maps all of it: its length, or -errno. */
static int64_t map_whole(const char *text, uint32_t rights, void **memory)
{
	struct mailbox_section_stat stat;
	int section = shared_open(client_open(), text, rights);
	int error;

	if (section < 0)
		return section;
	error = mailbox_section_stat(section, 0, &stat);
	if (!error && stat.length > SIZE_MAX / 2)
		error = -ENOMEM;
	if (!error)
		error = mailbox_section_map(section, 0, (size_t)stat.length,
					    rights, memory);
	close(section);
	return error ? error : (int64_t)stat.length;
}

static int run_dump(const struct wish *wish)
{
	struct iovec piece;
	size_t length, done;
	void *memory;
	int64_t got;
	int error = 0;

	output_require();
	got = map_whole(wish->words[0], MAILBOX_SECTION_READ, &memory);
	if (got < 0)
		return shared_trouble("read", wish->words[0], (int)got);
	length = (size_t)got;
	for (done = 0; done < length && !error; done += CHUNK) {
		piece.iov_base = (char *)memory + done;
		piece.iov_len = length - done < CHUNK ? length - done : CHUNK;
		error = output_pieces(&piece, 1);
	}
	munmap(memory, length);
	if (error == -EFAULT)
		die(EXIT_FAIL, "section '%s' was shortened meanwhile",
		    wish->words[0]);
	if (error)
		die(EXIT_FAIL, "cannot write the output: %s", strerror(-error));
	return EXIT_OK;
}

/* Reads standard input into @memory: 0 or -errno, -EFBIG if there is more. */
static int fill(char *memory, size_t length)
{
	size_t done = 0;
	ssize_t got;
	char more;

	for (;;) {
		got = done < length ?
		      read(STDIN_FILENO, memory + done, length - done) :
		      read(STDIN_FILENO, &more, 1);
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : 0;
		if (done == length)
			return -EFBIG;
		done += (size_t)got;
	}
}

static int run_load(const struct wish *wish)
{
	void *memory;
	int64_t length = map_whole(wish->words[0], WRITABLE, &memory);
	int error;

	if (length < 0)
		return shared_trouble("write", wish->words[0], (int)length);
	error = fill(memory, (size_t)length);
	munmap(memory, (size_t)length);
	if (error == -EFBIG)
		die(EXIT_FAIL, "the input is longer than section '%s', of %lld bytes",
		    wish->words[0], (long long)length);
	if (error == -EFAULT)
		die(EXIT_FAIL, "section '%s' was shortened meanwhile",
		    wish->words[0]);
	if (error)
		die(EXIT_FAIL, "cannot read the input: %s", strerror(-error));
	return EXIT_OK;
}

/* ---- destroy ---- */

static int run_destroy(const struct wish *wish)
{
	int client = client_open(), code = EXIT_OK, i, section, error;

	for (i = 0; i < wish->count; i++) {
		section = shared_open(client, wish->words[i],
				      MAILBOX_SECTION_READ |
					      MAILBOX_SECTION_MANAGE);
		error = section < 0 ? section :
				      mailbox_section_destroy(section, 0);
		if (section >= 0)
			close(section);
		if (error)
			code = shared_trouble("destroy", wish->words[i], error);
	}
	return code;
}

/* ---- which ---- */

static const struct action actions[] = {
	{ "create", 1, 2, "mfj", "LENGTH [NAME]", run_create },
	{ "list", 0, 0, "j", "no argument", run_list },
	{ "dump", 1, 1, "", "one SECTION", run_dump },
	{ "load", 1, 1, "", "one SECTION", run_load },
	{ "destroy", 1, 1 << 20, "", "SECTION...", run_destroy },
};

static const struct action *action_find(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(actions) / sizeof(*actions); i++)
		if (name && !strcmp(actions[i].name, name))
			return &actions[i];
	die_usage("one of create, list, dump, load, destroy is to be done with sections");
}

static void take_option(struct wish *wish, const struct command *self, int option)
{
	switch (option) {
	case OPT_HELP:
		command_help(self);
	case OPT_MODE:
		wish->mode = number_parse_mode("--mode", optarg);
		wish->moded = true;
		break;
	case OPT_FIXED:
		wish->fixed = true;
		break;
	case OPT_JSON:
		wish->json = true;
		break;
	default:
		die_getopt();
	}
}

static int run_section(const struct command *self, int argc, char **argv)
{
	const struct action *action;
	struct wish wish = { 0 };
	char given[8] = "";
	int option, count = 0;

	while ((option = getopt_long(argc, argv, "hm:", options, NULL)) != -1) {
		take_option(&wish, self, option);
		if (count < (int)sizeof(given) - 1)
			given[count++] = (char)option;
	}
	action = action_find(argv[optind]);
	if (given[strspn(given, action->allowed)])
		die_usage("'section %s' does not have this option", action->name);
	wish.words = argv + optind + 1;
	wish.count = argc - optind - 1;
	if (wish.count < action->least || wish.count > action->most)
		die_usage("'section %s' takes %s", action->name, action->words);
	return action->run(&wish);
}

const struct command command_section = {
	.name = "section",
	.arguments = "ACTION [OPTION]... [ARGUMENT]...",
	.summary = "Make sections of shared memory, list, read and write them",
	.details =
"ACTION is\n"
"  create LENGTH [NAME]  make one, of so many bytes; K, M and G may follow; it\n"
"                        persists until it is destroyed\n"
"  list                  show those that you own or may read\n"
"  dump SECTION          write what is in it to standard output\n"
"  load SECTION          write standard input into it, from its beginning\n"
"  destroy SECTION...    end them: what is mapped stays with who has it\n"
"\n"
"SECTION is a name, name:NAME, or id:NUMBER.\n"
"\n"
"  -m, --mode MODE  create: permission bits in octal, 4 to read, 2 to write, for\n"
"                   owner, group, others (default 0600)\n"
"      --fixed      create: nobody can change its length\n"
"      --json       create, list: print JSON\n"
"  -h, --help\n"
"\n"
"Examples:\n"
"  mailboxctl section create 4M frames\n"
"  mailboxctl section load frames <picture\n"
"  mailboxctl section dump frames | sha256sum\n",
	.run = run_section,
};
