// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl create.
 *
 * A mailbox usually ends when nobody has it open to receive, which for one
 * that a short command makes would be at once.  So it is made with PERSIST,
 * unless somebody keeps it open: this command (--hold), or another that it
 * becomes (--run).
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
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
#include "json.h"
#include "number.h"
#include "output.h"
#include "text.h"
#include "trouble.h"

#define DEFAULT_RECEIVERS 64

enum {
	OPT_HELP = 'h',
	OPT_CAPACITY = 'c',
	OPT_MODE = 'm',
	OPT_POLICY = 'p',
	OPT_RUN = 'r',
	OPT_RENDEZVOUS = 256,
	OPT_UNBOUNDED,
	OPT_LOW_WATER,
	OPT_MAX_MESSAGE,
	OPT_RECEIVERS,
	OPT_LOSSY,
	OPT_KEEP_BY_SENDERS,
	OPT_HOLD,
	OPT_JSON,
};

static const struct option options[] = {
	{ "capacity", required_argument, NULL, OPT_CAPACITY },
	{ "low-water", required_argument, NULL, OPT_LOW_WATER },
	{ "rendezvous", no_argument, NULL, OPT_RENDEZVOUS },
	{ "unbounded", no_argument, NULL, OPT_UNBOUNDED },
	{ "max-message", required_argument, NULL, OPT_MAX_MESSAGE },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "policy", required_argument, NULL, OPT_POLICY },
	{ "receivers", required_argument, NULL, OPT_RECEIVERS },
	{ "lossy", no_argument, NULL, OPT_LOSSY },
	{ "keep-by-senders", no_argument, NULL, OPT_KEEP_BY_SENDERS },
	{ "run", required_argument, NULL, OPT_RUN },
	{ "hold", no_argument, NULL, OPT_HOLD },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 }
};

struct create {
	struct mailbox_attr attr;
	const char *run;	/* become this shell command */
	bool hold;
	bool json;
};

static uint32_t parse_policy(const char *text)
{
	uint32_t policy;

	if (mailbox_policy_parse(text, &policy))
		die_usage("--policy: '%s' is not any, exclusive, pair or all",
			  text);
	return policy;
}

static void take_attribute(struct mailbox_attr *attr, int option)
{
	switch (option) {
	case OPT_CAPACITY:
		attr->capacity = (uint32_t)number_parse("--capacity", optarg, 0,
							MAILBOX_CAPACITY_MAX);
		break;
	case OPT_LOW_WATER:
		attr->low_water = (uint32_t)number_parse("--low-water", optarg,
						0, MAILBOX_CAPACITY_MAX - 1);
		break;
	case OPT_RENDEZVOUS:
		attr->capacity = MAILBOX_RENDEZVOUS;
		break;
	case OPT_UNBOUNDED:
		attr->capacity = MAILBOX_UNBOUNDED;
		break;
	case OPT_MAX_MESSAGE:
		attr->max_message = (uint32_t)number_parse_size("--max-message",
					optarg, 0, MAILBOX_MESSAGE_MAX);
		break;
	case OPT_MODE:
		attr->mode = number_parse_mode("--mode", optarg);
		break;
	case OPT_POLICY:
		attr->policy = parse_policy(optarg);
		break;
	case OPT_RECEIVERS:
		attr->max_receivers = (uint32_t)number_parse("--receivers",
					optarg, 1, MAILBOX_RECEIVERS_MAX);
		break;
	case OPT_LOSSY:
		attr->flags |= MAILBOX_CREATE_LOSSY;
		break;
	case OPT_KEEP_BY_SENDERS:
		attr->flags |= MAILBOX_CREATE_KEEP_BY_SENDERS;
		break;
	default:
		die_getopt();
	}
}

static void take_option(struct create *create, const struct command *self,
			int option)
{
	switch (option) {
	case OPT_HELP:
		command_help(self);
	case OPT_RUN:
		create->run = optarg;
		break;
	case OPT_HOLD:
		create->hold = true;
		break;
	case OPT_JSON:
		create->json = true;
		break;
	default:
		take_attribute(&create->attr, option);
	}
}

/* What the module would refuse with a bare EINVAL. */
static void check(const struct create *create)
{
	const struct mailbox_attr *attr = &create->attr;
	bool all = attr->policy == MAILBOX_POLICY_ALL;

	if (attr->max_receivers && !all)
		die_usage("--receivers goes with --policy all only");
	if ((attr->flags & MAILBOX_CREATE_LOSSY) && !all)
		die_usage("--lossy goes with --policy all only");
	if (all && attr->capacity == MAILBOX_RENDEZVOUS)
		die_usage("--policy all needs a capacity of at least 1");
	if (attr->low_water && attr->capacity != MAILBOX_UNBOUNDED &&
	    attr->low_water >= attr->capacity)
		die_usage("--low-water must be less than the capacity");
	if (attr->low_water && (attr->capacity == MAILBOX_UNBOUNDED ||
				(attr->flags & MAILBOX_CREATE_LOSSY)))
		die_usage("--low-water does not go with %s: senders never wait",
			  attr->flags & MAILBOX_CREATE_LOSSY ? "--lossy" :
							       "--unbounded");
	if (create->run && create->hold)
		die_usage("--run and --hold exclude each other");
}

static void complete(struct create *create)
{
	struct mailbox_attr *attr = &create->attr;

	check(create);
	if (attr->policy == MAILBOX_POLICY_ALL && !attr->max_receivers)
		attr->max_receivers = DEFAULT_RECEIVERS;
	if (!create->run && !create->hold)
		attr->flags |= MAILBOX_CREATE_PERSIST | MAILBOX_CREATE_NOFD;
}

static void print_address(const struct create *create)
{
	struct json_object *object;

	if (!create->json) {
		printf("id:%llu\n", (unsigned long long)create->attr.id);
		return;
	}
	object = json_new_object();
	json_add_number(object, "id", create->attr.id);
	json_add_number(object, "index", create->attr.index);
	json_add_name(object, create->attr.name,
		      create->attr.name ? strlen(create->attr.name) : 0);
	json_print(object);
}

/* The handle keeps the mailbox until a signal ends us. */
static _Noreturn void hold(void)
{
	if (!output_flush())
		output_close();
	for (;;)
		pause();
}

static void export(const char *name, char *value)
{
	if (setenv(name, value, 1))
		die(EXIT_FAIL, "out of memory");
	free(value);
}

/* Become a shell command that inherits the handle. */
static _Noreturn void run(const struct create *create, int handle)
{
	export("MAILBOX", text_format("id:%llu",
				      (unsigned long long)create->attr.id));
	export("MAILBOX_FD", text_format("%d", handle));
	fcntl(handle, F_SETFD, 0);
	execl("/bin/sh", "sh", "-c", create->run, (char *)NULL);
	die(EXIT_NO_COMMAND, "cannot run /bin/sh: %s", strerror(errno));
}

static int create_mailbox(struct create *create, const struct address *address)
{
	struct trouble trouble = {
		.operation = TO_CREATE,
		.client = client_open(),
		.address = address,
	};
	int handle;

	create->attr.name = address ? address->name : NULL;
	handle = mailbox_create_with(trouble.client, &create->attr);
	if (handle < 0)
		return (int)trouble_report(&trouble, handle);
	if (create->run)
		run(create, handle);
	print_address(create);
	if (create->hold)
		hold();
	close(trouble.client);
	return EXIT_OK;
}

static int create_named(struct create *create, const char *name)
{
	struct address address;
	int code;

	address_parse(&address, name);
	if (address.kind != ADDRESS_NAME)
		die_usage("the module chooses the id and the index of a new mailbox; if '%s' is its name, write 'name:%s'",
			  name, name);
	code = create_mailbox(create, &address);
	address_end(&address);
	return code;
}

static int run_create(const struct command *self, int argc, char **argv)
{
	struct create create = { 0 };
	int option;

	mailbox_attr_init(&create.attr);
	while ((option = getopt_long(argc, argv, "hc:m:p:r:", options,
				     NULL)) != -1)
		take_option(&create, self, option);
	complete(&create);
	if (!create.run)
		output_require();
	if (argc - optind > 1)
		die_usage("one name at the most");
	if (optind < argc)
		return create_named(&create, argv[optind]);
	return create_mailbox(&create, NULL);
}

const struct command command_create = {
	.name = "create",
	.arguments = "[OPTION]... [NAME]",
	.summary = "Make a mailbox and print its address",
	.details =
"The mailbox persists: it is there until 'mailboxctl destroy', or until\n"
"'mailboxctl unlink' when nobody uses it.  With --run or --hold it ends with\n"
"the last process that has it open.\n"
"\n"
"  -c, --capacity N       messages it holds (default 16); senders wait while\n"
"                         it is full; 0 is --rendezvous\n"
"      --low-water N      senders who found it full wait until it holds no more\n"
"                         than N (default 0: until there is room)\n"
"      --rendezvous       it holds none: a sender waits for a receiver\n"
"      --unbounded        senders never wait; only quotas limit it\n"
"      --max-message SIZE longest message in bytes; K and M may follow\n"
"  -m, --mode MODE        permission bits in octal, 4 to receive, 2 to send,\n"
"                         for owner, group, others (default 0600)\n"
"  -p, --policy POLICY    who gets a message: any (default), exclusive, pair,\n"
"                         or all\n"
"      --receivers N      with all: how many there may be (default 64)\n"
"      --lossy            with all: a slow receiver loses the oldest messages\n"
"      --keep-by-senders  open to send keeps it alive too\n"
"  -r, --run COMMAND      become the shell command COMMAND, which has the\n"
"                         mailbox open as descriptor $MAILBOX_FD, and its\n"
"                         address in $MAILBOX\n"
"      --hold             keep the mailbox open until a signal comes\n"
"      --json             print the address as JSON\n"
"  -h, --help\n"
"\n"
"Examples:\n"
"  mailboxctl create jobs                   for 'mailboxctl send jobs ...'\n"
"  box=$(mailboxctl create --unbounded)     a mailbox without a name\n"
"  mailboxctl create --mode 0622 inbox      anybody may send, I receive\n"
"  mailboxctl create news --policy all --lossy\n"
"  mailboxctl create --run './server'       ends when ./server does\n",
	.run = run_create,
};
