/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that have reached something new, in memory that all workers share. */
#ifndef FUZZ_CORPUS_H
#define FUZZ_CORPUS_H

#include "generate.h"

#define FUZZ_CORPUS_MAX	4096

struct fuzz_corpus {
	uint32_t count;
	struct fuzz_program program[FUZZ_CORPUS_MAX];
};

struct fuzz_corpus *fuzz_corpus_new(void);

/* A program more, unless it is full. */
void fuzz_corpus_add(struct fuzz_corpus *corpus,
		     const struct fuzz_program *program);

/* One of them, or NULL. */
const struct fuzz_program *fuzz_corpus_pick(const struct fuzz_corpus *corpus,
					    struct fuzz_dice *dice);

/* All of a file: 0, or -1 after a message. */
int fuzz_corpus_read(struct fuzz_corpus *corpus, const char *path);
int fuzz_corpus_write(const struct fuzz_corpus *corpus, const char *path);

#endif /* FUZZ_CORPUS_H */
