/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Messages in a byte stream: where one ends and the next begins.
 */
#ifndef MAILBOXCTL_FRAME_H
#define MAILBOXCTL_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum frame {
	FRAME_RAW,		/* nothing between them; all input is one */
	FRAME_LINE,		/* each ends with a newline */
	FRAME_NUL,		/* each ends with a NUL */
	FRAME_NETSTRING,	/* LENGTH:BYTES, */
};

/* Reads messages from a stream; zeroed but for the first two fields. */
struct frame_reader {
	FILE *in;
	enum frame frame;
	char *data;		/* the message read last */
	size_t length;
	size_t room;
	bool ended;
};

/*
 * The next message is in @data and @length; false at the end.  Input that
 * cannot be read or understood ends the program.
 */
bool frame_read(struct frame_reader *reader);

void frame_reader_end(struct frame_reader *reader);

/* Write a message to standard output; 0, or -errno. */
int frame_write(enum frame frame, const void *data, size_t length);

#endif /* MAILBOXCTL_FRAME_H */
