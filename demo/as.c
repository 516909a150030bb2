// SPDX-License-Identifier: GPL-2.0-only
/*
 * as USER COMMAND [ARGUMENT]...: run a command as another user, who need not be
 * in any database.
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *name;
	uid_t uid;
} cast[] = {
	{ "alice", 1000 }, { "bob", 1001 }, { "carol", 1002 },
};

static uid_t user(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(cast) / sizeof(*cast); i++)
		if (!strcmp(name, cast[i].name))
			return cast[i].uid;
	fprintf(stderr, "as: %s does not play here\n", name);
	exit(2);
}

int main(int argc, char **argv)
{
	uid_t uid;

	if (argc < 3)
		return 2;
	uid = user(argv[1]);
	if (setgroups(0, NULL) || setgid(uid) || setuid(uid)) {
		fprintf(stderr, "as: cannot become %s: %s\n", argv[1],
			strerror(errno));
		return 125;
	}
	execvp(argv[2], argv + 2);
	fprintf(stderr, "as: cannot run %s: %s\n", argv[2], strerror(errno));
	return 127;
}
