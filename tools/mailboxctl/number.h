/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Numbers on the command line.  @what names the option in a complaint; a value
 * that makes no sense ends the program with EXIT_USAGE.
 */
#ifndef MAILBOXCTL_NUMBER_H
#define MAILBOXCTL_NUMBER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Decimal, or 0x and hexadecimal; false if @text is anything else. */
bool number_read(const char *text, uint64_t *value);

uint64_t number_parse(const char *what, const char *text,
		      uint64_t min, uint64_t max);

/* "N", or "MIN-MAX". */
void number_parse_range(const char *what, const char *text,
			uint64_t *min, uint64_t *max);

/* Bytes, with K, M or G for the powers of 1024. */
uint64_t number_parse_size(const char *what, const char *text,
			   uint64_t min, uint64_t max);

/* Nanoseconds from seconds, or with ns, us, ms, s, m or h. */
int64_t number_parse_duration(const char *what, const char *text);

/* Octal permission bits, r and w only. */
uint32_t number_parse_mode(const char *what, const char *text);

uid_t number_parse_user(const char *what, const char *text);
gid_t number_parse_group(const char *what, const char *text);

#endif /* MAILBOXCTL_NUMBER_H */
