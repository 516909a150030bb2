/* SPDX-License-Identifier: GPL-2.0-only */
/* From a program that something is wrong with to the smallest one that shows it. */
#ifndef FUZZ_REDUCE_H
#define FUZZ_REDUCE_H

#include "scene.h"

/*
 * Run a program in a process for it, @times or until something is wrong: with a
 * run, or in the kernel's log.
 */
bool fuzz_reduce_try(const struct fuzz_program *program, unsigned int times,
		     bool verbose);

/* If it shows again what is wrong, alone: take out what it does without. */
bool fuzz_reduce(struct fuzz_program *program);

#endif /* FUZZ_REDUCE_H */
