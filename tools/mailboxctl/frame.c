// SPDX-License-Identifier: GPL-2.0-only
/*
 * Messages in a byte stream.  Lines and NULs suit text; netstrings (a decimal
 * length, a colon, the bytes, a comma) suit any bytes, empty messages too.
 */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "frame.h"
#include "output.h"

#include <linux/mailbox.h>

static void check_input(const struct frame_reader *reader)
{
	if (ferror(reader->in))
		die(EXIT_FAIL, "cannot read the input: %s", strerror(errno));
}

static void check_length(size_t length)
{
	if (length > MAILBOX_MESSAGE_MAX)
		die(EXIT_FAIL, "the input is longer than any message may be (%u MiB)",
		    MAILBOX_MESSAGE_MAX >> 20);
}

static void make_room(struct frame_reader *reader, size_t room)
{
	if (room <= reader->room)
		return;
	reader->data = realloc(reader->data, room);
	if (!reader->data)
		die(EXIT_FAIL, "out of memory");
	reader->room = room;
}

static bool read_raw(struct frame_reader *reader)
{
	size_t got;

	reader->length = 0;
	do {
		check_length(reader->length);
		make_room(reader, 2 * reader->length + 65536);
		got = fread(reader->data + reader->length, 1,
			    reader->room - reader->length, reader->in);
		reader->length += got;
	} while (got);
	check_length(reader->length);
	check_input(reader);
	reader->ended = true;
	return true;
}

/* The last one may lack its end. */
static bool read_delimited(struct frame_reader *reader, int end)
{
	ssize_t got = getdelim(&reader->data, &reader->room, end, reader->in);

	check_input(reader);
	if (got < 0)
		return false;
	if (got && reader->data[got - 1] == end)
		got--;
	reader->length = (size_t)got;
	check_length(reader->length);
	return true;
}

static _Noreturn void die_netstring(const struct frame_reader *reader)
{
	check_input(reader);
	die(EXIT_FAIL, "the input is not a row of netstrings (LENGTH:BYTES,)");
}

/* The length and its colon; false if there is nothing more at all. */
static bool read_netstring_length(struct frame_reader *reader)
{
	int digits = 0;
	int c = getc(reader->in);

	/* Newlines between them are for people's eyes. */
	while (c == '\n')
		c = getc(reader->in);
	check_input(reader);
	if (c == EOF)
		return false;
	reader->length = 0;
	for (; isdigit(c) && digits < 9; digits++, c = getc(reader->in))
		reader->length = 10 * reader->length + (size_t)(c - '0');
	if (!digits || c != ':')
		die_netstring(reader);
	return true;
}

static bool read_netstring(struct frame_reader *reader)
{
	if (!read_netstring_length(reader))
		return false;
	check_length(reader->length);
	make_room(reader, reader->length + 1);
	if (fread(reader->data, 1, reader->length, reader->in) !=
	    reader->length || getc(reader->in) != ',')
		die_netstring(reader);
	return true;
}

bool frame_read(struct frame_reader *reader)
{
	if (reader->ended)
		return false;
	switch (reader->frame) {
	case FRAME_RAW:
		return read_raw(reader);
	case FRAME_LINE:
		return read_delimited(reader, '\n');
	case FRAME_NUL:
		return read_delimited(reader, '\0');
	case FRAME_NETSTRING:
		return read_netstring(reader);
	}
	return false;
}

void frame_reader_end(struct frame_reader *reader)
{
	free(reader->data);
	reader->data = NULL;
}

int frame_write(enum frame frame, const void *data, size_t length)
{
	static const char *const ends[] = { "", "\n", "\0", "," };
	struct iovec pieces[3];
	char head[32] = "";

	if (frame == FRAME_NETSTRING)
		sprintf(head, "%zu:", length);
	pieces[0].iov_base = head;
	pieces[0].iov_len = strlen(head);
	pieces[1].iov_base = (void *)data;
	pieces[1].iov_len = length;
	pieces[2].iov_base = (void *)ends[frame];
	pieces[2].iov_len = frame != FRAME_RAW;
	return output_pieces(pieces, 3);
}
