/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bytes as text.  Names and messages are any bytes; these make them fit for a
 * terminal or for JSON.
 */
#ifndef MAILBOXCTL_TEXT_H
#define MAILBOXCTL_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* All of it is well-formed UTF-8. */
bool text_is_utf8(const void *data, size_t length);

/* It can be shown on this terminal as it is, and typed back. */
bool text_is_plain(const void *data, size_t length);

/*
 * For a terminal: what cannot be shown becomes \xHH, and a backslash \\, but
 * characters in @keep stay.  The caller frees it.
 */
char *text_escape(const void *data, size_t length, const char *keep);

/* RFC 4648 base64, padded.  The caller frees it. */
char *text_base64(const void *data, size_t length);

/* Columns that a string takes on a terminal. */
size_t text_width(const char *text);

/* "1.5 KiB"; the caller frees it. */
char *text_bytes(uint64_t bytes);

/* asprintf() that gives a string or ends the program. */
char *text_format(const char *format, ...)
	__attribute__((format(printf, 1, 2)));

#endif /* MAILBOXCTL_TEXT_H */
