// SPDX-License-Identifier: GPL-2.0-only
#include <fcntl.h>
#include <linux/kcov.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include "cover.h"

#define KCOV	"/sys/kernel/debug/kcov"

void fuzz_cover_open(struct fuzz_cover *cover)
{
	unsigned int i;
	int fd;

	for (i = 0; i < FUZZ_LANES; i++) {
		cover->fd[i] = -1;
		fd = open(KCOV, O_RDWR | O_CLOEXEC);
		if (fd < 0 || ioctl(fd, KCOV_INIT_TRACE, FUZZ_COVER_WORDS))
			continue;
		cover->trace[i] = mmap(NULL, FUZZ_COVER_WORDS * sizeof(uint64_t),
				       PROT_READ | PROT_WRITE, MAP_SHARED, fd,
				       0);
		if (cover->trace[i] != MAP_FAILED)
			cover->fd[i] = fd;
	}
}

void fuzz_cover_start(struct fuzz_cover *cover, unsigned int lane)
{
	if (cover->fd[lane] >= 0)
		ioctl(cover->fd[lane], KCOV_ENABLE, KCOV_TRACE_PC);
}

/* True the first time. */
static bool note(uint8_t *where, uint32_t *count)
{
	if (__atomic_load_n(where, __ATOMIC_RELAXED) ||
	    __atomic_exchange_n(where, 1, __ATOMIC_RELAXED))
		return false;
	__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
	return true;
}

static bool collect(const uint64_t *trace, struct fuzz_seen *seen)
{
	uint64_t count = trace[0];
	uint64_t before = 0;
	bool new = false;
	uint64_t i;

	if (count >= FUZZ_COVER_WORDS)
		count = FUZZ_COVER_WORDS - 1;
	for (i = 1; i <= count; i++) {
		uint64_t at = trace[i];

		note(&seen->place[at % sizeof(seen->place)], &seen->places);
		new |= note(&seen->step[(at ^ before * 31) % sizeof(seen->step)],
			    &seen->steps);
		before = at;
	}
	return new;
}

bool fuzz_cover_collect(struct fuzz_cover *cover, struct fuzz_seen *seen)
{
	bool new = false;
	unsigned int i;

	for (i = 0; i < FUZZ_LANES; i++) {
		if (cover->fd[i] < 0)
			continue;
		new |= collect(cover->trace[i], seen);
		cover->trace[i][0] = 0;
	}
	return new;
}
