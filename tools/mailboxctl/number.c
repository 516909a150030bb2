// SPDX-License-Identifier: GPL-2.0-only
/*
 * Numbers on the command line: strtoull() and strtod(), less their liberties
 * (signs, leading blanks, trailing text).
 */
#include <ctype.h>
#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "error.h"
#include "number.h"

/* What follows the digits goes to @end. */
static bool read_prefix(const char *text, int base, uint64_t *value,
			const char **end)
{
	char *rest;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*value = strtoull(text, &rest, base);
	*end = rest;
	return !errno;
}

/* A leading 0 alone does not mean octal: people write 007 and mean 7. */
static int base_of(const char *text)
{
	return text[0] == '0' && (text[1] | 0x20) == 'x' ? 16 : 10;
}

bool number_read(const char *text, uint64_t *value)
{
	const char *end;

	return read_prefix(text, base_of(text), value, &end) && !*end;
}

uint64_t number_parse(const char *what, const char *text,
		      uint64_t min, uint64_t max)
{
	uint64_t value;

	if (!number_read(text, &value) || value < min || value > max)
		die_usage("%s: '%s' is not a number from %" PRIu64 " to %"
			  PRIu64, what, text, min, max);
	return value;
}

void number_parse_range(const char *what, const char *text,
			uint64_t *min, uint64_t *max)
{
	const char *end;

	if (!read_prefix(text, base_of(text), min, &end))
		goto bad;
	*max = *min;
	if (*end == '-' && !number_read(end + 1, max))
		goto bad;
	if (*end && *end != '-')
		goto bad;
	if (*min <= *max)
		return;
bad:
	die_usage("%s: '%s' is neither a number N nor a range MIN-MAX",
		  what, text);
}

static bool size_unit(const char *text, unsigned int *shift)
{
	static const char units[] = "KMG";
	const char *unit = strchr(units, toupper((unsigned char)*text));

	*shift = 0;
	if (!*text)
		return true;
	if (!unit || (text[1] && strcmp(text + 1, "iB") && strcmp(text + 1, "i")))
		return false;
	*shift = 10 * (unsigned int)(unit - units + 1);
	return true;
}

uint64_t number_parse_size(const char *what, const char *text,
			   uint64_t min, uint64_t max)
{
	unsigned int shift;
	const char *end;
	uint64_t value;

	if (!read_prefix(text, 10, &value, &end) || !size_unit(end, &shift) ||
	    value > UINT64_MAX >> shift || value << shift < min ||
	    value << shift > max)
		die_usage("%s: '%s' is not a size from %" PRIu64 " to %" PRIu64
			  " bytes (K, M and G may follow a number)",
			  what, text, min, max);
	return value << shift;
}

static double duration_unit(const char *text)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = {
		{ "", 1e9 }, { "s", 1e9 }, { "ms", 1e6 }, { "us", 1e3 },
		{ "ns", 1 }, { "m", 60e9 }, { "h", 3600e9 },
	};
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (!strcmp(text, units[i].name))
			return units[i].ns;
	return -1;
}

int64_t number_parse_duration(const char *what, const char *text)
{
	const double most = 100 * 365.25 * 86400 * 1e9;
	double value = -1;
	char *end = NULL;

	if (isdigit((unsigned char)*text) || *text == '.')
		value = strtod(text, &end);
	if (end && end != text)
		value *= duration_unit(end);
	if (!(value >= 0 && value <= most))
		die_usage("%s: '%s' is not a time: seconds, or a number and "
			  "one of ns us ms s m h", what, text);
	return (int64_t)value;
}

uint32_t number_parse_mode(const char *what, const char *text)
{
	const char *end;
	uint64_t value;

	if (!read_prefix(text, 8, &value, &end) || *end || value & ~0666ULL)
		die_usage("%s: '%s' is not a mode: octal digits for owner, "
			  "group and others, 4 to receive and 2 to send, "
			  "like 0620", what, text);
	return (uint32_t)value;
}

/* (uid_t)-1 and (gid_t)-1 mean nobody. */
static bool read_id(const char *text, uint32_t *id)
{
	uint64_t value;

	if (!number_read(text, &value) || value >= UINT32_MAX)
		return false;
	*id = (uint32_t)value;
	return true;
}

uid_t number_parse_user(const char *what, const char *text)
{
	struct passwd *entry = getpwnam(text);
	uint32_t id;

	if (entry)
		return entry->pw_uid;
	if (!read_id(text, &id))
		die_usage("%s: there is no user '%s'", what, text);
	return id;
}

gid_t number_parse_group(const char *what, const char *text)
{
	struct group *entry = getgrnam(text);
	uint32_t id;

	if (entry)
		return entry->gr_gid;
	if (!read_id(text, &id))
		die_usage("%s: there is no group '%s'", what, text);
	return id;
}
