// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl destroy and mailboxctl unlink: two ways in which mailboxes end,
 * with one command line.
 */
#include <errno.h>
#include <getopt.h>
#include <stdbool.h>

#include <mailbox.h>

#include "address.h"
#include "client.h"
#include "command.h"
#include "error.h"
#include "trouble.h"

static const struct option options[] = {
	{ "force", no_argument, NULL, 'f' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

struct ending {
	enum operation operation;
	int (*call)(int fd, uint64_t id);
	bool force;
};

static bool parse_force(const struct command *self, int argc, char **argv)
{
	bool force = false;
	int option;

	while ((option = getopt_long(argc, argv, "fh", options, NULL)) != -1) {
		if (option == 'h')
			command_help(self);
		if (option == '?')
			die_getopt();
		force = true;
	}
	if (optind == argc && !force)
		die_usage("which mailbox?");
	return force;
}

static bool is_gone(int error)
{
	return error == -ENOENT || error == -EIDRM;
}

static int end_one(const struct ending *ending, int client, const char *text)
{
	struct address address;
	struct trouble trouble = {
		.operation = ending->operation,
		.client = client,
		.address = &address,
	};
	int code = EXIT_OK;
	uint64_t id;
	int error;

	address_parse(&address, text);
	error = address_find(&address, client, MAILBOX_RIGHT_MANAGE, &id);
	if (!error)
		error = ending->call(client, id);
	if (error && !(ending->force && is_gone(error)))
		code = (int)trouble_report(&trouble, error);
	address_end(&address);
	return code;
}

static int end_each(const struct ending *ending, char **texts, int count)
{
	int client = client_open();
	int result = EXIT_OK;
	int code, i;

	for (i = 0; i < count; i++) {
		code = end_one(ending, client, texts[i]);
		if (code)
			result = code;
	}
	return result;
}

static int run_destroy(const struct command *self, int argc, char **argv)
{
	struct ending ending = {
		.operation = TO_DESTROY,
		.call = mailbox_destroy,
		.force = parse_force(self, argc, argv),
	};

	return end_each(&ending, argv + optind, argc - optind);
}

static int run_unlink(const struct command *self, int argc, char **argv)
{
	struct ending ending = {
		.operation = TO_UNLINK,
		.call = mailbox_unlink,
		.force = parse_force(self, argc, argv),
	};

	return end_each(&ending, argv + optind, argc - optind);
}

const struct command command_destroy = {
	.name = "destroy",
	.arguments = "[OPTION]... MAILBOX...",
	.summary = "End mailboxes now, for everybody",
	.details =
"The messages in it are lost, and processes that wait on it are told.  Only its\n"
"owner, or root, may do this.\n"
"\n"
"  -f, --force   do not complain of mailboxes that are not there\n"
"  -h, --help\n"
"\n"
"Examples:\n"
"  mailboxctl destroy jobs\n"
"  mailboxctl destroy -f jobs id:17\n",
	.run = run_destroy,
};

const struct command command_unlink = {
	.name = "unlink",
	.arguments = "[OPTION]... MAILBOX...",
	.summary = "Remove a mailbox's name; it ends when nobody has it open",
	.details =
"Processes that have it open go on; nobody can find it by its name any more,\n"
"and the name is free.  A mailbox that persisted does so no longer.  Only its\n"
"owner, or root, may do this.\n"
"\n"
"  -f, --force   do not complain of mailboxes that are not there\n"
"  -h, --help\n"
"\n"
"Examples:\n"
"  mailboxctl unlink jobs && mailboxctl create jobs    a new one in its place\n",
	.run = run_unlink,
};
