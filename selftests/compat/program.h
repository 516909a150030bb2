/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the programs of this folder share.  They know nothing of mailboxes.
 */
#ifndef SELFTESTS_COMPAT_PROGRAM_H
#define SELFTESTS_COMPAT_PROGRAM_H

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

#include <kselftest_harness.h>

#define EXPECT_ERROR(error, call) do {					\
	errno = 0;							\
	EXPECT_EQ(-1, (long)(call));					\
	EXPECT_EQ(error, errno);					\
} while (0)

/* Is somebody asleep in the process or thread @pid? */
static inline bool asleep(pid_t pid)
{
	char path[64], line[256] = "";
	FILE *file;
	char *state;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (!fgets(line, sizeof(line), file))
		line[0] = 0;
	fclose(file);
	state = strrchr(line, ')');
	return state && state[2] == 'S';
}

static inline void asleep_wait(pid_t pid)
{
	while (!asleep(pid))
		usleep(2000);
}

#endif /* SELFTESTS_COMPAT_PROGRAM_H */
