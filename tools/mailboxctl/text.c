// SPDX-License-Identifier: GPL-2.0-only
/*
 * Bytes as text.  Anybody may choose the name of a mailbox and the bytes of a
 * message, so nothing of it goes to a terminal unescaped: it could move the
 * cursor, or say what mailboxctl never said.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "error.h"
#include "text.h"

/* The lead bytes of UTF-8, and what may follow each (Unicode, table 3-7). */
static const struct lead {
	unsigned char first, last;	/* lead bytes */
	unsigned char low, high;	/* of the byte after it */
	unsigned char more;		/* bytes after it */
} leads[] = {
	{ 0x00, 0x7f, 0x00, 0x00, 0 },
	{ 0xc2, 0xdf, 0x80, 0xbf, 1 },
	{ 0xe0, 0xe0, 0xa0, 0xbf, 2 },
	{ 0xe1, 0xec, 0x80, 0xbf, 2 },
	{ 0xed, 0xed, 0x80, 0x9f, 2 },
	{ 0xee, 0xef, 0x80, 0xbf, 2 },
	{ 0xf0, 0xf0, 0x90, 0xbf, 3 },
	{ 0xf1, 0xf3, 0x80, 0xbf, 3 },
	{ 0xf4, 0xf4, 0x80, 0x8f, 3 },
};

/* Length of the character that begins here, 0 if none does. */
static size_t utf8_length(const unsigned char *s, size_t room)
{
	const struct lead *lead = leads;
	const struct lead *end = leads + sizeof(leads) / sizeof(*leads);
	size_t i;

	while (lead < end && (s[0] < lead->first || s[0] > lead->last))
		lead++;
	if (lead == end || lead->more >= room)
		return 0;
	if (lead->more && (s[1] < lead->low || s[1] > lead->high))
		return 0;
	for (i = 2; i <= lead->more; i++)
		if (s[i] < 0x80 || s[i] > 0xbf)
			return 0;
	return 1u + lead->more;
}

bool text_is_utf8(const void *data, size_t length)
{
	const unsigned char *s = data;
	size_t step;

	while (length) {
		step = utf8_length(s, length);
		if (!step)
			return false;
		s += step;
		length -= step;
	}
	return true;
}

/* Bytes of the character at @s if this terminal can show it, else 0. */
static size_t printable_length(const char *s, size_t room)
{
	mbstate_t state = { 0 };
	wchar_t wide;
	size_t step;

	step = mbrtowc(&wide, s, room, &state);
	if (step == 0 || step > room || !iswprint((wint_t)wide))
		return 0;
	return step;
}

bool text_is_plain(const void *data, size_t length)
{
	const char *s = data;
	size_t step;

	while (length) {
		step = printable_length(s, length);
		if (!step || *s == '\\')
			return false;
		s += step;
		length -= step;
	}
	return true;
}

char *text_escape(const void *data, size_t length, const char *keep)
{
	const char *s = data;
	char *text = malloc(4 * length + 1);
	char *out = text;
	size_t step;

	if (!text)
		die(EXIT_FAIL, "out of memory");
	while (length) {
		step = printable_length(s, length);
		if (*s && strchr(keep, *s))
			*out++ = *s;
		else if (*s == '\\')
			out = stpcpy(out, "\\\\");
		else if (step)
			out = mempcpy(out, s, step);
		else
			out += sprintf(out, "\\x%02x", (unsigned char)*s);
		if (!step)
			step = 1;
		s += step;
		length -= step;
	}
	*out = '\0';
	return text;
}

char *text_base64(const void *data, size_t length)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789+/";
	const unsigned char *s = data;
	char *text = malloc((length + 2) / 3 * 4 + 1);
	char *out = text;
	uint32_t bits;
	size_t i;

	if (!text)
		die(EXIT_FAIL, "out of memory");
	for (i = 0; i < length; i += 3) {
		bits = (uint32_t)s[i] << 16;
		bits |= i + 1 < length ? (uint32_t)s[i + 1] << 8 : 0;
		bits |= i + 2 < length ? s[i + 2] : 0;
		*out++ = digits[bits >> 18];
		*out++ = digits[bits >> 12 & 63];
		*out++ = i + 1 < length ? digits[bits >> 6 & 63] : '=';
		*out++ = i + 2 < length ? digits[bits & 63] : '=';
	}
	*out = '\0';
	return text;
}

size_t text_width(const char *text)
{
	size_t room = strlen(text) + 1;
	wchar_t *wide = calloc(room, sizeof(*wide));
	size_t count;
	int width;

	if (!wide)
		die(EXIT_FAIL, "out of memory");
	count = mbstowcs(wide, text, room);
	width = count == (size_t)-1 ? -1 : wcswidth(wide, count);
	free(wide);
	return width < 0 ? strlen(text) : (size_t)width;
}

char *text_bytes(uint64_t bytes)
{
	static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes / 1024;
	size_t unit = 0;

	if (bytes < 1024)
		return text_format("%llu B", (unsigned long long)bytes);
	while (value >= 1024 && unit + 1 < sizeof(units) / sizeof(*units)) {
		value /= 1024;
		unit++;
	}
	if (bytes % 1024 == 0 && value == (double)(uint64_t)value)
		return text_format("%.0f %s", value, units[unit]);
	return text_format("%.1f %s", value, units[unit]);
}

char *text_format(const char *format, ...)
{
	va_list args;
	char *text;
	int length;

	va_start(args, format);
	length = vasprintf(&text, format, args);
	va_end(args);
	if (length < 0)
		die(EXIT_FAIL, "out of memory");
	return text;
}
