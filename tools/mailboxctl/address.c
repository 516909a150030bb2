// SPDX-License-Identifier: GPL-2.0-only
/*
 * How a mailbox is named on the command line.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "address.h"
#include "error.h"
#include "number.h"
#include "text.h"

static const char *const prefixes[] = {
	[ADDRESS_NAME] = "name:",
	[ADDRESS_ID] = "id:",
	[ADDRESS_INDEX] = "index:",
	[ADDRESS_PROCESS] = "pid:",
	[ADDRESS_PIDFD] = "pidfd:",
};

/* What follows the prefix of @kind; NULL if @text does not begin with it. */
static const char *after_prefix(const char *text, enum address_kind kind)
{
	size_t length = strlen(prefixes[kind]);

	return strncmp(text, prefixes[kind], length) ? NULL : text + length;
}

static uint64_t parse_number(const char *text, const char *digits,
			     uint64_t max)
{
	uint64_t number;

	if (number_read(digits, &number) && number <= max)
		return number;
	warn_text("'%s' is not the address of anything", text);
	hint("If it is a name, write 'name:%s'.", text);
	exit(EXIT_USAGE);
}

static void parse_name(struct address *address, const char *name)
{
	address->name = name;
	if (!*name)
		die_usage("a mailbox's name has at least one byte");
	if (strlen(name) > MAILBOX_NAME_MAX)
		die_usage("a mailbox's name has at most %d bytes, this one %zu",
			  MAILBOX_NAME_MAX, strlen(name));
}

static pid_t parse_process(const char *text, const char *digits)
{
	if (!strcmp(digits, "self"))
		return getpid();
	return (pid_t)parse_number(text, digits, INT32_MAX);
}

bool address_is_process(const struct address *address)
{
	return address->kind == ADDRESS_PROCESS ||
	       address->kind == ADDRESS_PIDFD;
}

void address_parse(struct address *address, const char *text)
{
	address_parse_any(address, text);
	if (!address_is_process(address))
		return;
	warn_text("'%s' is a process, and this takes a mailbox", text);
	hint("If it is a name, write 'name:%s'.", text);
	exit(EXIT_USAGE);
}

void address_parse_any(struct address *address, const char *text)
{
	const char *rest;

	memset(address, 0, sizeof(*address));
	address->shown = text_escape(text, strlen(text), "");
	rest = after_prefix(text, ADDRESS_ID);
	if (rest) {
		address->kind = ADDRESS_ID;
		address->id = parse_number(text, rest, UINT64_MAX);
		return;
	}
	rest = after_prefix(text, ADDRESS_INDEX);
	if (rest) {
		address->kind = ADDRESS_INDEX;
		address->index = (uint32_t)parse_number(text, rest, INT32_MAX);
		return;
	}
	rest = after_prefix(text, ADDRESS_PROCESS);
	if (rest) {
		address->kind = ADDRESS_PROCESS;
		address->pid = parse_process(text, rest);
		return;
	}
	rest = after_prefix(text, ADDRESS_PIDFD);
	if (rest) {
		address->kind = ADDRESS_PIDFD;
		address->pidfd = (int)parse_number(text, rest, INT32_MAX);
		return;
	}
	rest = after_prefix(text, ADDRESS_NAME);
	parse_name(address, rest ? rest : text);
}

void address_end(struct address *address)
{
	free(address->shown);
	address->shown = NULL;
}

static int open_with(const struct address *address, int client,
		     struct mailbox_open *open)
{
	open->size = sizeof(*open);
	switch (address->kind) {
	case ADDRESS_NAME:
		open->flags |= MAILBOX_OPEN_NAME;
		open->name = (uintptr_t)address->name;
		open->name_length = (uint32_t)strlen(address->name);
		break;
	case ADDRESS_ID:
		open->flags |= MAILBOX_OPEN_ID;
		open->id = address->id;
		break;
	case ADDRESS_INDEX:
		open->flags |= MAILBOX_OPEN_INDEX;
		open->index = address->index;
		break;
	case ADDRESS_PROCESS:
	case ADDRESS_PIDFD:
		return -EINVAL;
	}
	return mailbox_open_with(client, open);
}

int address_open(const struct address *address, int client, uint32_t rights,
		 uint32_t handle_flags)
{
	struct mailbox_open open = {
		.rights = rights,
		.handle_flags = handle_flags,
	};

	return open_with(address, client, &open);
}

static int find_once(const struct address *address, int client,
		     uint32_t right, uint64_t *id)
{
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_NOFD,
		.rights = right,
	};
	int error = open_with(address, client, &open);

	if (error >= 0)
		*id = open.id;
	return error;
}

int address_find(const struct address *address, int client, uint32_t rights,
		 uint64_t *id)
{
	uint32_t right;
	int first = 0;
	int error;

	for (right = 1; right <= rights; right <<= 1) {
		if (!(rights & right))
			continue;
		error = find_once(address, client, right, id);
		/* EINVAL: nobody opens a port to send. */
		if (error != -EACCES && error != -EPERM && error != -EINVAL)
			return error;
		if (!first)
			first = error;
	}
	return first;
}

/* Who may only send may not STAT by ID, but any handle will do. */
static int stat_as_sender(const struct address *address, int client,
			  struct mailbox_stat *stat)
{
	int handle = address_open(address, client, MAILBOX_RIGHT_SEND, 0);
	int error;

	if (handle < 0)
		return handle;
	error = mailbox_stat(handle, 0, stat);
	close(handle);
	return error;
}

int address_stat(const struct address *address, int client,
		 struct mailbox_stat *stat)
{
	uint64_t id = address->id;
	int error = 0;

	if (address->kind != ADDRESS_ID)
		error = address_find(address, client, MAILBOX_RIGHTS_ALL, &id);
	if (!error)
		error = mailbox_stat(client, id, stat);
	if (error == -EACCES)
		error = stat_as_sender(address, client, stat);
	return error;
}

bool address_matches(const struct address *address,
		     const struct mailbox_stat *stat)
{
	switch (address->kind) {
	case ADDRESS_NAME:
		return !strcmp(address->name, stat->name);
	case ADDRESS_ID:
		return address->id == stat->id;
	case ADDRESS_INDEX:
		return address->index == stat->index;
	case ADDRESS_PROCESS:
	case ADDRESS_PIDFD:
		break;
	}
	return false;
}

static bool needs_prefix(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(prefixes) / sizeof(*prefixes); i++)
		if (after_prefix(name, (enum address_kind)i))
			return true;
	return *name == '-';
}

char *address_of(const struct mailbox_stat *stat)
{
	if (!stat->name_length || !text_is_plain(stat->name, stat->name_length))
		return text_format("id:%llu", (unsigned long long)stat->id);
	return text_format("%s%s", needs_prefix(stat->name) ? "name:" : "",
			   stat->name);
}
