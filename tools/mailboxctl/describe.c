// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is shown of a mailbox, for people and for programs.
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "describe.h"
#include "json.h"
#include "table.h"
#include "text.h"
#include "user.h"

#define ARRAY_SIZE(a) (sizeof(a) / sizeof(*(a)))

static const struct {
	uint32_t flag;
	const char *name;
} flags[] = {
	{ MAILBOX_CREATE_PERSIST, "persist" },
	{ MAILBOX_CREATE_KEEP_BY_SENDERS, "keep_by_senders" },
	{ MAILBOX_CREATE_LOSSY, "lossy" },
	{ MAILBOX_STAT_PORT, "port" },
	{ MAILBOX_STAT_CLOSED, "closed" },
};

static bool is_unbounded(const struct mailbox_stat *stat)
{
	return stat->create_flags & MAILBOX_CREATE_UNBOUNDED;
}

static const char *buffering(const struct mailbox_stat *stat)
{
	if (is_unbounded(stat))
		return "unbounded";
	return stat->capacity ? "bounded" : "rendezvous";
}

static const char *policy(const struct mailbox_stat *stat)
{
	const char *name = mailbox_policy_name(stat->policy);

	return name ? name : "unknown";
}

char *describe_name(const struct mailbox_stat *stat)
{
	if (!stat->name_length)
		return text_format("-");
	return text_escape(stat->name, stat->name_length, "");
}

char *describe_holds(const struct mailbox_stat *stat)
{
	if (is_unbounded(stat))
		return text_format("%u", stat->messages);
	if (!stat->capacity)
		return text_format("rendezvous");
	return text_format("%u/%u", stat->messages, stat->capacity);
}

/* ---- lines ---- */

__attribute__((format(printf, 2, 3)))
static void line(const char *title, const char *format, ...)
{
	va_list args;

	printf("  %-18s", title);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

static void print_owner(const struct mailbox_stat *stat)
{
	char *owner = user_name(stat->uid);
	char *group = user_group_name(stat->gid);

	line("owner", "%s (uid %u), group %s (gid %u), mode %04o", owner,
	     stat->uid, group, stat->gid, stat->mode);
	line("made by", "process %u", stat->creator_pid);
	free(owner);
	free(group);
}

static void print_buffer(const struct mailbox_stat *stat)
{
	char *limit = text_bytes(stat->max_message);

	if (stat->create_flags & MAILBOX_STAT_PORT)
		line("port", "%u connection requests may wait", stat->capacity);
	else if (stat->low_water)
		line("buffer", "bounded, %u messages, low-water mark %u%s",
		     stat->capacity, stat->low_water,
		     stat->create_flags & MAILBOX_STAT_CLOSED ? ", closed" : "");
	else if (!is_unbounded(stat) && stat->capacity)
		line("buffer", "bounded, %u messages", stat->capacity);
	else
		line("buffer", "%s", buffering(stat));
	line("longest message", "%s", limit);
	free(limit);
}

static void print_policy(const struct mailbox_stat *stat)
{
	if (stat->policy == MAILBOX_POLICY_ALL)
		line("policy", "%s, at most %u receive handles", policy(stat),
		     stat->max_receivers);
	else if (stat->claims[1])
		line("policy", "%s, claimed by processes %u and %u",
		     policy(stat), stat->claims[0], stat->claims[1]);
	else if (stat->claims[0])
		line("policy", "%s, claimed by process %u", policy(stat),
		     stat->claims[0]);
	else
		line("policy", "%s", policy(stat));
}

static void print_life(const struct mailbox_stat *stat)
{
	const char *ends = "with its last receive handle";

	if (stat->create_flags & MAILBOX_CREATE_KEEP_BY_SENDERS)
		ends = "with its last handle";
	if (stat->create_flags & MAILBOX_CREATE_PERSIST)
		ends = "when destroyed, or unlinked and closed (persist)";
	line("ends", "%s", ends);
	line("handles", "%u to receive, %u to send", stat->receive_handles,
	     stat->send_handles);
}

static void print_counts(const struct mailbox_stat *stat)
{
	char *bytes = text_bytes(stat->bytes);

	line("holds", "%u messages, %s", stat->messages, bytes);
	line("waiting", "%u senders, %u receivers", stat->blocked_senders,
	     stat->waiting_receivers);
	line("so far", "%llu sent, %llu received, %llu withdrawn", stat->sent,
	     stat->received, stat->withdrawn);
	line("refused", "%llu full, %llu quota, %llu share",
	     stat->refused_full, stat->refused_quota, stat->refused_share);
	if (stat->create_flags & MAILBOX_CREATE_LOSSY)
		line("lost", "%llu", stat->lost);
	free(bytes);
}

void describe_print(const struct mailbox_stat *stat)
{
	char *name = describe_name(stat);

	printf("%s\n", stat->name_length ? name : "(no name)");
	free(name);
	line("id, index", "%llu, %u", stat->id, stat->index);
	print_owner(stat);
	print_buffer(stat);
	print_policy(stat);
	print_life(stat);
	print_counts(stat);
}

/* ---- JSON ---- */

static void add_identity(struct json_object *object,
			 const struct mailbox_stat *stat)
{
	char *mode = text_format("%04o", stat->mode);

	json_add_number(object, "id", stat->id);
	json_add_number(object, "index", stat->index);
	json_add_name(object, stat->name, stat->name_length);
	json_add_string(object, "mode", mode);
	json_add_number(object, "uid", stat->uid);
	json_add_number(object, "gid", stat->gid);
	json_add_number(object, "creator_pid", stat->creator_pid);
	free(mode);
}

static void add_claims(struct json_object *object,
		       const struct mailbox_stat *stat)
{
	struct json_object *claims = json_new_array();
	size_t i;

	for (i = 0; i < ARRAY_SIZE(stat->claims); i++)
		if (stat->claims[i])
			json_append(claims,
				    json_object_new_uint64(stat->claims[i]));
	json_add(object, "claims", claims);
}

static void add_nature(struct json_object *object,
		       const struct mailbox_stat *stat)
{
	size_t i;

	json_add_string(object, "buffer", buffering(stat));
	if (is_unbounded(stat))
		json_add_null(object, "capacity");
	else
		json_add_number(object, "capacity", stat->capacity);
	json_add_number(object, "low_water", stat->low_water);
	json_add_number(object, "max_message", stat->max_message);
	json_add_string(object, "policy", policy(stat));
	json_add_number(object, "max_receivers", stat->max_receivers);
	for (i = 0; i < ARRAY_SIZE(flags); i++)
		json_add_bool(object, flags[i].name,
			      stat->create_flags & flags[i].flag);
	add_claims(object, stat);
}

static void add_counts(struct json_object *object,
		       const struct mailbox_stat *stat)
{
	json_add_number(object, "messages", stat->messages);
	json_add_number(object, "bytes", stat->bytes);
	json_add_number(object, "blocked_senders", stat->blocked_senders);
	json_add_number(object, "waiting_receivers", stat->waiting_receivers);
	json_add_number(object, "receive_handles", stat->receive_handles);
	json_add_number(object, "send_handles", stat->send_handles);
	json_add_number(object, "sent", stat->sent);
	json_add_number(object, "received", stat->received);
	json_add_number(object, "withdrawn", stat->withdrawn);
	json_add_number(object, "refused_full", stat->refused_full);
	json_add_number(object, "refused_quota", stat->refused_quota);
	json_add_number(object, "refused_share", stat->refused_share);
	json_add_number(object, "lost", stat->lost);
}

struct json_object *describe_json(const struct mailbox_stat *stat)
{
	struct json_object *object = json_new_object();

	add_identity(object, stat);
	add_nature(object, stat);
	add_counts(object, stat);
	return object;
}

/* ---- the table ---- */

static const struct column columns[] = {
	{ "ID", true },
	{ "NAME", false },
	{ "OWNER", false },
	{ "MODE", false },
	{ "POLICY", false },
	{ "HOLDS", true },
	{ "BYTES", true },
	{ "WAITING", false },
	{ "SENT", true },
	{ "RECEIVED", true },
	/* with details: */
	{ "INDEX", true },
	{ "GROUP", false },
	{ "HANDLES", false },
	{ "LIMIT", true },
	{ "LIFE", false },
};

#define DETAIL_COLUMNS 5

/* Who waits: "2 to send", "1 to receive". */
static char *waiting(const struct mailbox_stat *stat)
{
	if (stat->blocked_senders && stat->waiting_receivers)
		return text_format("%u send, %u receive",
				   stat->blocked_senders,
				   stat->waiting_receivers);
	if (stat->blocked_senders)
		return text_format("%u send", stat->blocked_senders);
	if (stat->waiting_receivers)
		return text_format("%u receive", stat->waiting_receivers);
	return text_format("-");
}

static void add_details(struct table *table, const struct mailbox_stat *stat)
{
	table_cell(table, text_format("%u", stat->index));
	table_cell(table, user_group_name(stat->gid));
	table_cell(table, text_format("%u receive, %u send",
				      stat->receive_handles,
				      stat->send_handles));
	table_cell(table, text_bytes(stat->max_message));
	table_cell(table, text_format("%s", stat->create_flags &
				      MAILBOX_CREATE_PERSIST ? "persist" :
				      "handles"));
}

static void add_row(struct table *table, const struct mailbox_stat *stat)
{
	table_cell(table, text_format("%llu", stat->id));
	table_cell(table, describe_name(stat));
	table_cell(table, user_name(stat->uid));
	table_cell(table, text_format("%04o", stat->mode));
	table_cell(table, text_format("%s", policy(stat)));
	table_cell(table, describe_holds(stat));
	table_cell(table, text_bytes(stat->bytes));
	table_cell(table, waiting(stat));
	table_cell(table, text_format("%llu", stat->sent));
	table_cell(table, text_format("%llu", stat->received));
}

void describe_table(const struct mailbox_stat *stats, size_t count,
		    bool details)
{
	struct table *table;
	size_t i;

	table = table_new(columns, ARRAY_SIZE(columns) -
			  (details ? 0 : DETAIL_COLUMNS));
	for (i = 0; i < count; i++) {
		add_row(table, &stats[i]);
		if (details)
			add_details(table, &stats[i]);
	}
	table_print(table, stdout);
	table_free(table);
}
