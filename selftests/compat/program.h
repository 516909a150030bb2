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
#include <sys/mman.h>
#include <sys/types.h>
#include <sys/wait.h>
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

/* Memory at which nothing can be read or written. */
static inline void *nowhere(void)
{
	return mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

/* Writes a number into a file of /proc; as root. */
static inline bool number_put(const char *path, unsigned long number)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return false;
	fprintf(file, "%lu\n", number);
	return !fclose(file);
}

static inline unsigned long number_in(const char *path)
{
	unsigned long number = 0;
	FILE *file = fopen(path, "r");

	if (!file || fscanf(file, "%lu", &number) != 1)
		number = 0;
	if (file)
		fclose(file);
	return number;
}

static inline void asleep_wait(pid_t pid)
{
	while (!asleep(pid))
		usleep(2000);
}

/* A child that makes @call, of which it does not come back before it has slept. */
#define SLEEPER(call) __extension__ ({					\
	pid_t sleeper_ = fork();					\
									\
	if (!sleeper_)							\
		_exit((int)(call));					\
	asleep_wait(sleeper_);						\
	sleeper_;							\
})

/* What has become of a child: its exit status, or -1. */
static inline int outcome(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return -1;
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif /* SELFTESTS_COMPAT_PROGRAM_H */
