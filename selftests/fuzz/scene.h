/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a program is run: two processes of two threads each, made for it and
 * killed after it, in memory that they share with the worker who watches.
 */
#ifndef FUZZ_SCENE_H
#define FUZZ_SCENE_H

#include <sys/types.h>

#include "cover.h"
#include "program.h"

#define FUZZ_COMMANDS_MAX	64

/* What all workers have done, in memory that they share. */
struct fuzz_tally {
	uint64_t programs;
	uint64_t calls;
	uint64_t killed;	/* programs that had to be */
	uint64_t done[FUZZ_COMMANDS_MAX];
	uint64_t succeeded[FUZZ_COMMANDS_MAX];
};

/**
 * struct fuzz_scene - one program's
 * @program: what is run; the worker writes it before
 * @tally: shared by all
 * @cover: the worker's
 * @id: what calls have yielded, by their number; 0: nothing
 * @token: likewise
 * @pending: likewise
 * @done: calls that have returned
 * @pid: the processes
 * @tid: the lanes' threads
 * @ready: lanes that have come to the start
 * @verbose: tell what each call returns
 */
struct fuzz_scene {
	struct fuzz_program program;
	struct fuzz_tally *tally;
	struct fuzz_cover *cover;
	uint64_t id[FUZZ_CALLS];
	uint64_t token[FUZZ_CALLS];
	uint64_t pending[FUZZ_CALLS];
	bool done[FUZZ_CALLS];
	pid_t pid[FUZZ_PROCESSES];
	pid_t tid[FUZZ_LANES];
	unsigned int ready;
	bool verbose;
};

/* In shared memory; NULL if there is none. */
struct fuzz_scene *fuzz_scene_new(struct fuzz_tally *tally,
				  struct fuzz_cover *cover);

/*
 * What is wrong with a run; the kernel's own reports come beside that.
 */
enum fuzz_wrong {
	FUZZ_RIGHT,
	FUZZ_STUCK,	/* a process that was killed did not die */
	FUZZ_LEAK,	/* the user's account is not as before */
};

/* Run scene->program until it ends, or is killed. */
enum fuzz_wrong fuzz_scene_run(struct fuzz_scene *scene);

/* A user, a network namespace, and a place to die, of the worker's own. */
int fuzz_scene_settle(unsigned int number);

#endif /* FUZZ_SCENE_H */
