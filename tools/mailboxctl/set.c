// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl set.
 */
#include <errno.h>
#include <getopt.h>

#include <mailbox.h>

#include "address.h"
#include "client.h"
#include "command.h"
#include "error.h"
#include "number.h"
#include "trouble.h"

enum {
	OPT_CAPACITY = 'c',
	OPT_MODE = 'm',
	OPT_OWNER = 'o',
	OPT_GROUP = 'g',
	OPT_MAX_MESSAGE = 256,
	OPT_LOW_WATER,
};

static const struct option options[] = {
	{ "capacity", required_argument, NULL, OPT_CAPACITY },
	{ "low-water", required_argument, NULL, OPT_LOW_WATER },
	{ "max-message", required_argument, NULL, OPT_MAX_MESSAGE },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "owner", required_argument, NULL, OPT_OWNER },
	{ "group", required_argument, NULL, OPT_GROUP },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

static void take_option(struct mailbox_set *set, int option)
{
	switch (option) {
	case OPT_CAPACITY:
		set->flags |= MAILBOX_SET_CAPACITY;
		set->capacity = (uint32_t)number_parse("--capacity", optarg, 1,
						       MAILBOX_CAPACITY_MAX);
		break;
	case OPT_LOW_WATER:
		set->flags |= MAILBOX_SET_LOW_WATER;
		set->low_water = (uint32_t)number_parse("--low-water", optarg,
						0, MAILBOX_CAPACITY_MAX - 1);
		break;
	case OPT_MAX_MESSAGE:
		set->flags |= MAILBOX_SET_MAX_MESSAGE;
		set->max_message = (uint32_t)number_parse_size("--max-message",
					optarg, 0, MAILBOX_MESSAGE_MAX);
		break;
	case OPT_MODE:
		set->flags |= MAILBOX_SET_MODE;
		set->mode = number_parse_mode("--mode", optarg);
		break;
	case OPT_OWNER:
		set->flags |= MAILBOX_SET_UID;
		set->uid = number_parse_user("--owner", optarg);
		break;
	case OPT_GROUP:
		set->flags |= MAILBOX_SET_GID;
		set->gid = number_parse_group("--group", optarg);
		break;
	default:
		die_getopt();
	}
}

/* Is the mark what is wrong, or the capacity that is to be with it? */
static void check_low_water(const struct mailbox_set *set,
			    const struct trouble *trouble)
{
	uint32_t low_water, capacity;
	struct mailbox_stat stat;

	if (mailbox_stat(trouble->client, set->id, &stat))
		return;
	low_water = set->flags & MAILBOX_SET_LOW_WATER ? set->low_water :
							 stat.low_water;
	capacity = set->flags & MAILBOX_SET_CAPACITY ? set->capacity :
						       stat.capacity;
	if (!low_water)
		return;
	if (stat.create_flags & (MAILBOX_CREATE_LOSSY | MAILBOX_STAT_PORT))
		die(EXIT_FAIL, "%s has no low-water mark: it is a port, or lossy",
		    trouble->address->shown);
	if (low_water >= capacity)
		die(EXIT_FAIL, "the low-water mark, %u, must be less than the capacity, %u",
		    low_water, capacity);
}

/* The ways in which a value that makes sense can be wrong here. */
static void check_refusal(const struct mailbox_set *set,
			  const struct trouble *trouble)
{
	struct mailbox_query query;
	struct mailbox_stat stat;

	if ((set->flags & (MAILBOX_SET_CAPACITY | MAILBOX_SET_LOW_WATER)) &&
	    !mailbox_stat(trouble->client, set->id, &stat) &&
	    (!stat.capacity || (stat.create_flags & MAILBOX_CREATE_UNBOUNDED)))
		die(EXIT_FAIL, "%s is not bounded: it has no capacity to change",
		    trouble->address->shown);
	check_low_water(set, trouble);
	if ((set->flags & MAILBOX_SET_MAX_MESSAGE) &&
	    !mailbox_query(trouble->client, &query) &&
	    set->max_message > query.message_max)
		die(EXIT_FAIL, "--max-message: the module allows %u bytes at the most",
		    query.message_max);
}

static int set_one(struct mailbox_set *set, const struct trouble *trouble)
{
	uint64_t id = 0;
	int error;

	error = address_find(trouble->address, trouble->client,
			     MAILBOX_RIGHT_MANAGE, &id);
	set->id = id;
	if (!error)
		error = mailbox_set(trouble->client, set);
	if (!error)
		return EXIT_OK;
	if (error == -EINVAL)
		check_refusal(set, trouble);
	return (int)trouble_report(trouble, error);
}

static int run_set(const struct command *self, int argc, char **argv)
{
	struct mailbox_set set = { .size = sizeof(set) };
	struct address address;
	struct trouble trouble = { .operation = TO_SET, .address = &address };
	int option, code;

	while ((option = getopt_long(argc, argv, "hc:m:o:g:", options,
				     NULL)) != -1) {
		if (option == 'h')
			command_help(self);
		take_option(&set, option);
	}
	if (argc - optind != 1)
		die_usage("it takes one mailbox");
	if (!set.flags)
		die_usage("what is to change?");
	address_parse(&address, argv[optind]);
	trouble.client = client_open();
	code = set_one(&set, &trouble);
	address_end(&address);
	return code;
}

const struct command command_set = {
	.name = "set",
	.arguments = "OPTION... MAILBOX",
	.summary = "Change a mailbox's permissions, owner or limits",
	.details =
"Only its owner, or root, may do this.\n"
"\n"
"  -m, --mode MODE         permission bits in octal, 4 to receive, 2 to send\n"
"  -o, --owner USER        give it to USER (root only)\n"
"  -g, --group GROUP       give it to GROUP\n"
"  -c, --capacity N        messages it holds; what is above stays in it\n"
"      --low-water N       senders who found it full wait until it holds no more\n"
"                          than N; 0: until there is room\n"
"      --max-message SIZE  longest message in bytes; K and M may follow\n"
"  -h, --help\n"
"\n"
"Examples:\n"
"  mailboxctl set --mode 0660 --group staff jobs\n"
"  mailboxctl set --capacity 1000 jobs\n",
	.run = run_set,
};
