/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs made up, and changed, by dice. */
#ifndef FUZZ_GENERATE_H
#define FUZZ_GENERATE_H

#include "program.h"

/* Dice: a state that is never 0. */
struct fuzz_dice {
	uint64_t state;
};

uint64_t fuzz_roll(struct fuzz_dice *dice);

/* 0 .. @sides - 1 */
static inline unsigned int fuzz_pick(struct fuzz_dice *dice, unsigned int sides)
{
	return fuzz_roll(dice) % sides;
}

void fuzz_generate(struct fuzz_program *program, struct fuzz_dice *dice);

/* A change or a few; @other gives calls. */
void fuzz_mutate(struct fuzz_program *program, const struct fuzz_program *other,
		 struct fuzz_dice *dice);

#endif /* FUZZ_GENERATE_H */
