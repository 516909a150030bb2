/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How received bytes are written to standard output.
 */
#ifndef MAILBOXCTL_FORM_H
#define MAILBOXCTL_FORM_H

#include <stdbool.h>

#include <mailbox.h>

#include "frame.h"

enum form_kind {
	FORM_FRAME,		/* as @frame says */
	FORM_TERMINAL,		/* escaped, a line each */
	FORM_JSON,
};

struct form {
	enum form_kind kind;
	enum frame frame;
	bool raw;		/* to a terminal, too */
};

/*
 * --lines, --null, --netstrings, --raw and --json, by numbers that no other option
 * has.
 */
enum {
	FORM_OPTION_LINES = 'l',
	FORM_OPTION_NUL = '0',
	FORM_OPTION_NETSTRINGS = 512,
	FORM_OPTION_RAW,
	FORM_OPTION_JSON,
};

/* False if the option is none of these. */
bool form_take(struct form *form, int option);

/* After the last option. */
void form_complete(struct form *form);

/* Write a message, whose bytes are @data; 0, or -errno. */
int form_write(const struct form *form, const struct mailbox_message *message,
	       const char *data);

/* Tell all about it on standard error. */
void form_tell(const struct mailbox_message *message);

#endif /* MAILBOXCTL_FORM_H */
