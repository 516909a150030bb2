// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>
#include <sys/mman.h>

#include "corpus.h"

struct fuzz_corpus *fuzz_corpus_new(void)
{
	struct fuzz_corpus *corpus = mmap(NULL, sizeof(*corpus),
					  PROT_READ | PROT_WRITE,
					  MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return corpus == MAP_FAILED ? NULL : corpus;
}

void fuzz_corpus_add(struct fuzz_corpus *corpus,
		     const struct fuzz_program *program)
{
	uint32_t n = __atomic_load_n(&corpus->count, __ATOMIC_RELAXED);

	/* the place is taken first; who reads it before it is full skips it */
	do {
		if (n == FUZZ_CORPUS_MAX)
			return;
	} while (!__atomic_compare_exchange_n(&corpus->count, &n, n + 1, false,
					      __ATOMIC_RELAXED,
					      __ATOMIC_RELAXED));
	memcpy(corpus->program[n].call, program->call, sizeof(program->call));
	__atomic_store_n(&corpus->program[n].count, program->count,
			 __ATOMIC_RELEASE);
}

const struct fuzz_program *fuzz_corpus_pick(const struct fuzz_corpus *corpus,
					    struct fuzz_dice *dice)
{
	uint32_t count = __atomic_load_n(&corpus->count, __ATOMIC_RELAXED);
	const struct fuzz_program *program;

	if (!count)
		return NULL;
	program = &corpus->program[fuzz_pick(dice, count)];
	return __atomic_load_n(&program->count, __ATOMIC_ACQUIRE) ? program :
	       NULL;
}

int fuzz_corpus_read(struct fuzz_corpus *corpus, const char *path)
{
	static struct fuzz_program program;
	FILE *file = fopen(path, "r");
	unsigned int line = 0;
	int more;

	if (!file) {
		perror(path);
		return -1;
	}
	while ((more = fuzz_program_read(&program, file, &line)) > 0)
		fuzz_corpus_add(corpus, &program);
	if (more < 0)
		fprintf(stderr, "... in %s\n", path);
	fclose(file);
	return more;
}

int fuzz_corpus_write(const struct fuzz_corpus *corpus, const char *path)
{
	FILE *file = fopen(path, "w");
	uint32_t i;

	if (!file) {
		perror(path);
		return -1;
	}
	for (i = 0; i < corpus->count; i++) {
		if (corpus->program[i].count)
			fuzz_program_write(&corpus->program[i], file);
	}
	return fclose(file) ? -1 : 0;
}
