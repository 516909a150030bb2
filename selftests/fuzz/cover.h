/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of the module's instructions a program has reached, by the kernel's KCOV:
 * each lane has a buffer of its own, in which the kernel notes where the lane's
 * thread has been.  Without KCOV nothing is ever new.
 */
#ifndef FUZZ_COVER_H
#define FUZZ_COVER_H

#include <stdbool.h>
#include <stdint.h>

#include "program.h"

#define FUZZ_COVER_WORDS	(32U << 10)

/* A worker's buffers; @fd is -1 without KCOV. */
struct fuzz_cover {
	int fd[FUZZ_LANES];
	uint64_t *trace[FUZZ_LANES];
};

/* What all have seen, in memory that they share. */
struct fuzz_seen {
	uint32_t places;
	uint32_t steps;
	uint8_t place[1U << 20];
	uint8_t step[1U << 18];
};

/* As root, before the worker becomes another. */
void fuzz_cover_open(struct fuzz_cover *cover);

/* In the lane's own thread. */
void fuzz_cover_start(struct fuzz_cover *cover, unsigned int lane);

/*
 * After the lanes have ended: whether they have gone a step from one place to
 * another that nobody had gone; and forget.
 */
bool fuzz_cover_collect(struct fuzz_cover *cover, struct fuzz_seen *seen);

#endif /* FUZZ_COVER_H */
