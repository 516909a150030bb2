// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kmsg.h"
#include "reduce.h"

/* How often to try what may depend on who comes first. */
#define TRIES	50

/* Users of those who try are none of the workers'. */
#define NUMBER	900

static void run_many(const struct fuzz_program *program, unsigned int times,
		     bool verbose)
{
	static struct fuzz_tally tally;
	static struct fuzz_cover cover = { .fd = { -1, -1, -1, -1 } };
	struct fuzz_scene *scene;

	if (fuzz_scene_settle(NUMBER))
		_exit(2);
	scene = fuzz_scene_new(&tally, &cover);
	if (!scene)
		_exit(2);
	scene->program = *program;
	scene->verbose = verbose;
	while (times--) {
		if (fuzz_scene_run(scene))
			_exit(1);
	}
	fuzz_scene_end(scene);
	_exit(0);
}

bool fuzz_reduce_try(const struct fuzz_program *program, unsigned int times,
		     bool verbose)
{
	int status = 0;
	pid_t pid = fork();

	if (!pid)
		run_many(program, times, verbose);
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return false;
	return fuzz_kmsg_report() ||
	       (WIFEXITED(status) && WEXITSTATUS(status) == 1);
}

static bool without_call(struct fuzz_program *program, unsigned int n)
{
	static struct fuzz_program less;

	less = *program;
	fuzz_program_remove(&less, n);
	if (!less.count || !fuzz_reduce_try(&less, TRIES, false))
		return false;
	*program = less;
	return true;
}

/* Fields that need not be what they are get what they are by themselves. */
static void plainer(struct fuzz_program *program, unsigned int n)
{
	struct fuzz_call *call = &program->call[n];
	const struct fuzz_command *command = &fuzz_commands[call->command];
	unsigned int i;

	for (i = 0; i < command->count; i++) {
		struct fuzz_value kept = call->field[i];
		struct fuzz_value value = fuzz_value_default(&command->field[i]);

		if (kept.how == value.how && kept.number == value.number)
			continue;
		call->field[i] = value;
		if (!fuzz_reduce_try(program, TRIES, false))
			call->field[i] = kept;
	}
}

bool fuzz_reduce(struct fuzz_program *program)
{
	unsigned int n;

	if (!fuzz_reduce_try(program, TRIES, false))
		return false;
	for (n = program->count; n--;)
		without_call(program, n);
	for (n = 0; n < program->count; n++)
		plainer(program, n);
	return true;
}
