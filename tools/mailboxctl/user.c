// SPDX-License-Identifier: GPL-2.0-only
/*
 * Users and groups by name, as the system's databases have them.
 */
#include <grp.h>
#include <pwd.h>

#include "text.h"
#include "user.h"

char *user_name(uint32_t uid)
{
	struct passwd *entry = getpwuid(uid);

	return entry ? text_format("%s", entry->pw_name) :
		       text_format("%u", uid);
}

char *user_group_name(uint32_t gid)
{
	struct group *entry = getgrgid(gid);

	return entry ? text_format("%s", entry->gr_name) :
		       text_format("%u", gid);
}
