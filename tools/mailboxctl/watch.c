// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl watch: the list again and again, or what changes in it.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "address.h"
#include "client.h"
#include "command.h"
#include "describe.h"
#include "error.h"
#include "json.h"
#include "number.h"
#include "output.h"
#include "snapshot.h"
#include "text.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

enum {
	OPT_HELP = 'h',
	OPT_INTERVAL = 'i',
	OPT_COUNT = 'c',
	OPT_EVENTS = 'e',
	OPT_JSON = 256,
};

static const struct option options[] = {
	{ "interval", required_argument, NULL, OPT_INTERVAL },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "events", no_argument, NULL, OPT_EVENTS },
	{ "json", no_argument, NULL, OPT_JSON },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 }
};

struct watch {
	int64_t interval;	/* nanoseconds */
	uint64_t count;		/* looks to take */
	bool events;
	bool json;
	int client;
	struct address *addresses;
	size_t address_count;	/* 0: all mailboxes */
	struct snapshot now;
	struct snapshot before;
};

static void take_option(struct watch *watch, const struct command *self,
			int option)
{
	switch (option) {
	case OPT_HELP:
		command_help(self);
	case OPT_INTERVAL:
		watch->interval = number_parse_duration("--interval", optarg);
		if (watch->interval < 1000000)
			die_usage("--interval: 1ms at least");
		break;
	case OPT_COUNT:
		watch->count = number_parse("--count", optarg, 1, UINT64_MAX);
		break;
	case OPT_JSON:
		watch->json = true;
		watch->events = true;
		break;
	case OPT_EVENTS:
		watch->events = true;
		break;
	default:
		die_getopt();
	}
}

static void parse_addresses(struct watch *watch, char **texts, int count)
{
	watch->address_count = (size_t)count;
	watch->addresses = calloc((size_t)count + 1,
				  sizeof(*watch->addresses));
	if (!watch->addresses)
		die(EXIT_FAIL, "out of memory");
	while (count--)
		address_parse(&watch->addresses[count], texts[count]);
}

static bool is_watched(const struct watch *watch,
		       const struct mailbox_stat *stat)
{
	size_t i;

	for (i = 0; i < watch->address_count; i++)
		if (address_matches(&watch->addresses[i], stat))
			return true;
	return !watch->address_count;
}

static void look(struct watch *watch)
{
	struct snapshot *now = &watch->now;
	size_t kept = 0;
	size_t i;

	snapshot_take(now, watch->client);
	for (i = 0; i < now->count; i++)
		if (is_watched(watch, &now->stats[i]))
			now->stats[kept++] = now->stats[i];
	now->count = kept;
}

static char *time_text(const char *format)
{
	time_t seconds = time(NULL);
	char text[64];
	struct tm tm;

	if (!localtime_r(&seconds, &tm) ||
	    !strftime(text, sizeof(text), format, &tm))
		text[0] = '\0';
	return text_format("%s", text);
}

/* ---- the list again and again ---- */

static void show_list(const struct watch *watch)
{
	char *when = time_text("%T");

	if (output_is_terminal())
		fputs("\033[H\033[2J", stdout);
	printf("%s  %zu mailboxes\n\n", when, watch->now.count);
	describe_table(watch->now.stats, watch->now.count, false);
	if (!output_is_terminal())
		putchar('\n');
	free(when);
}

/* ---- what changes ---- */

/* A counter, or another number that may change. */
struct figure {
	const char *name;
	size_t offset;
	bool wide;	/* __u64, not __u32 */
};

#define NARROW(field) { #field, offsetof(struct mailbox_stat, field), false }
#define WIDE(field) { #field, offsetof(struct mailbox_stat, field), true }

static const struct figure figures[] = {
	WIDE(sent),
	WIDE(received),
	WIDE(withdrawn),
	WIDE(refused_full),
	WIDE(refused_quota),
	WIDE(refused_share),
	WIDE(lost),
	NARROW(messages),
	NARROW(blocked_senders),
	NARROW(waiting_receivers),
	NARROW(receive_handles),
	NARROW(send_handles),
	NARROW(capacity),
	NARROW(low_water),
	NARROW(mode),
	NARROW(uid),
	NARROW(gid),
};

static uint64_t figure_value(const struct figure *figure,
			     const struct mailbox_stat *stat)
{
	const char *field = (const char *)stat + figure->offset;
	uint64_t wide;
	uint32_t narrow;

	if (figure->wide) {
		memcpy(&wide, field, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, field, sizeof(narrow));
	return narrow;
}

static bool figure_changed(const struct figure *figure,
			   const struct mailbox_stat *before,
			   const struct mailbox_stat *now)
{
	return figure_value(figure, before) != figure_value(figure, now);
}

static bool changed(const struct mailbox_stat *before,
		    const struct mailbox_stat *now)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(figures); i++)
		if (figure_changed(&figures[i], before, now))
			return true;
	return false;
}

static void print_change(const struct figure *figure,
			 const struct mailbox_stat *before,
			 const struct mailbox_stat *now)
{
	unsigned long long was = figure_value(figure, before);
	unsigned long long is = figure_value(figure, now);

	if (was == is)
		return;
	if (figure->wide)
		printf("  %s +%llu", figure->name, is - was);
	else if (figure->offset == offsetof(struct mailbox_stat, mode))
		printf("  %s %04llo->%04llo", figure->name, was, is);
	else
		printf("  %s %llu->%llu", figure->name, was, is);
}

static void event_text(const char *event, const struct mailbox_stat *before,
		       const struct mailbox_stat *now)
{
	char *when = time_text("%T");
	char *name = address_of(now);
	size_t i;

	printf("%s  %-16s  %s", when, name, event);
	for (i = 0; i < ARRAY_SIZE(figures); i++)
		print_change(&figures[i], before, now);
	putchar('\n');
	free(name);
	free(when);
}

static void event_json(const char *event, const struct mailbox_stat *before,
		       const struct mailbox_stat *now)
{
	struct json_object *object = json_new_object();
	struct json_object *was = json_new_object();
	char *when = time_text("%FT%T%z");
	size_t i;

	json_add_string(object, "time", when);
	json_add_string(object, "event", event);
	json_add(object, "mailbox", describe_json(now));
	for (i = 0; i < ARRAY_SIZE(figures); i++)
		if (figure_changed(&figures[i], before, now))
			json_add_number(was, figures[i].name,
					figure_value(&figures[i], before));
	json_add(object, "before", was);
	json_print_line(object);
	free(when);
}

static void show_event(const struct watch *watch, const char *event,
		       const struct mailbox_stat *before,
		       const struct mailbox_stat *now)
{
	if (watch->json)
		event_json(event, before, now);
	else
		event_text(event, before, now);
}

/* Both lists are in the order of IDs. */
static void show_events(const struct watch *watch, const char *new_event)
{
	const struct mailbox_stat *before = watch->before.stats;
	const struct mailbox_stat *now = watch->now.stats;
	const struct mailbox_stat *before_end = before + watch->before.count;
	const struct mailbox_stat *now_end = now + watch->now.count;

	while (before < before_end || now < now_end) {
		if (now == now_end ||
		    (before < before_end && before->id < now->id)) {
			show_event(watch, "gone", before, before);
			before++;
		} else if (before == before_end || now->id < before->id) {
			show_event(watch, new_event, now, now);
			now++;
		} else {
			if (changed(before, now))
				show_event(watch, "changed", before, now);
			before++;
			now++;
		}
	}
}

/* ---- */

static void show(const struct watch *watch, bool first)
{
	if (watch->events)
		show_events(watch, first ? "there" : "created");
	else
		show_list(watch);
	if (!output_flush())
		output_close();
}

static void pause_for(int64_t ns)
{
	struct timespec time = {
		.tv_sec = ns / 1000000000,
		.tv_nsec = ns % 1000000000,
	};

	nanosleep(&time, NULL);
}

static void watch_on(struct watch *watch)
{
	uint64_t i;

	for (i = 0; i < watch->count; i++) {
		if (i)
			pause_for(watch->interval);
		look(watch);
		show(watch, i == 0);
		snapshot_end(&watch->before);
		watch->before = watch->now;
	}
	snapshot_end(&watch->before);
}

static int run_watch(const struct command *self, int argc, char **argv)
{
	struct watch watch = {
		.interval = 1000000000,
		.count = UINT64_MAX,
	};
	size_t i;
	int option;

	while ((option = getopt_long(argc, argv, "hi:c:e", options,
				     NULL)) != -1)
		take_option(&watch, self, option);
	parse_addresses(&watch, argv + optind, argc - optind);
	watch.client = client_open();
	watch_on(&watch);
	for (i = 0; i < watch.address_count; i++)
		address_end(&watch.addresses[i]);
	free(watch.addresses);
	return EXIT_OK;
}

const struct command command_watch = {
	.name = "watch",
	.arguments = "[OPTION]... [MAILBOX]...",
	.summary = "Watch mailboxes: show the list again and again, or what changes",
	.details =
"Without MAILBOX, all that you own or may receive from.\n"
"\n"
"  -i, --interval TIME  between two looks: seconds, or a number and ms, s, m or\n"
"                       h (default 1)\n"
"  -c, --count N        look N times, then end\n"
"  -e, --events         print a line for each mailbox that has changed\n"
"      --json           the same as lines of JSON; 'before' has the old values\n"
"  -h, --help\n"
"\n"
"Events are there (at the first look), created, changed and gone.  What happens\n"
"between two looks is seen in counters only.\n"
"\n"
"Examples:\n"
"  mailboxctl watch\n"
"  mailboxctl watch --events --interval 200ms jobs\n",
	.run = run_watch,
};
