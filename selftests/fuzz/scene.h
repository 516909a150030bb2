/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where programs are run: two processes of two threads each, in memory that they
 * share with the worker who watches.  They run one program after the other, and
 * close everything in between; now and then one is killed in the middle, and others
 * take their place.
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
	uint64_t killed;	/* programs whose processes were */
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
 * @turn: grows by one for each thing the lanes are to do; a futex
 * @clean: it is to close everything, else to run the program
 * @idle: lanes that have done it; a futex
 * @chance: dice of the worker's own, for whom to kill and when
 * @rounds: so often each lane makes its calls, on what the earlier rounds have left
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
	uint32_t turn;
	bool clean;
	uint32_t idle;
	uint32_t chance;
	uint32_t rounds;
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

/* No more: its processes are killed. */
void fuzz_scene_end(struct fuzz_scene *scene);

/* A user, a network namespace, and a place to die, of the worker's own. */
int fuzz_scene_settle(unsigned int number);

#endif /* FUZZ_SCENE_H */
