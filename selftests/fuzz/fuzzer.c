// SPDX-License-Identifier: GPL-2.0-only
/*
 * A fuzzer of /dev/mailbox: makes up programs of calls (program.h), lets several
 * workers run them (scene.h), keeps and changes those that reach code nobody has
 * reached (cover.h), and stops at the first thing that is wrong: a report in the
 * kernel's log, a process that cannot be killed, memory that is still charged
 * when all is closed.  Then it looks for the program that shows it again, and
 * makes that small.
 *
 *	fuzzer [-t SECONDS] [-n CALLS] [-w WORKERS] [-s SEED] [-o CORPUS] [FILE...]
 *	fuzzer -r [-v] [-n TIMES] FILE...
 *
 *	-t, -n	when to end; default after 60 seconds
 *	-w	default 3
 *	-s	the dice; default by the clock, and printed
 *	-o	where to write the programs that were worth keeping
 *	-r	run the programs of the files only, each TIMES times (20)
 *	-v	tell what each call returns
 *	FILE	programs to begin with
 *
 * Needs root: each worker becomes a user of its own.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "corpus.h"
#include "kmsg.h"
#include "reduce.h"

#define WORKERS_MAX	16
#define LAST		8	/* programs of each worker that are remembered */

/* What main and workers share. */
struct shared {
	struct fuzz_tally tally;
	struct fuzz_seen seen;
	bool stop;
	enum fuzz_wrong wrong[WORKERS_MAX];
	uint32_t last_count[WORKERS_MAX];
	struct fuzz_program last[WORKERS_MAX][LAST];
};

struct settings {
	unsigned int seconds;
	uint64_t calls;
	unsigned int workers;
	uint64_t seed;
	const char *out;
	bool replay;
	bool verbose;
};

static struct shared *shared;
static struct fuzz_corpus *corpus;

static double seconds_since(const struct timespec *start)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec - start->tv_sec +
	       (now.tv_nsec - start->tv_nsec) / 1e9;
}

/* The next program to run. */
static void choose(struct fuzz_program *program, struct fuzz_dice *dice)
{
	const struct fuzz_program *one = fuzz_corpus_pick(corpus, dice);
	const struct fuzz_program *other = fuzz_corpus_pick(corpus, dice);

	if (!one || !other || !fuzz_pick(dice, 8)) {
		fuzz_generate(program, dice);
		return;
	}
	*program = *one;
	fuzz_mutate(program, other, dice);
}

static void worker(unsigned int number, uint64_t seed)
{
	/* neighbouring seeds make different dice */
	struct fuzz_dice dice = { (seed * 64 + number + 1) * 0x9e3779b97f4a7c15ULL };
	static struct fuzz_cover cover;
	struct fuzz_scene *scene;

	fuzz_cover_open(&cover);
	if (fuzz_scene_settle(number))
		_exit(2);
	scene = fuzz_scene_new(&shared->tally, &cover);
	if (!scene)
		_exit(2);
	scene->chance = dice.state;
	while (!__atomic_load_n(&shared->stop, __ATOMIC_RELAXED)) {
		uint32_t n = shared->last_count[number]++ % LAST;

		choose(&scene->program, &dice);
		shared->last[number][n] = scene->program;
		shared->wrong[number] = fuzz_scene_run(scene);
		if (shared->wrong[number]) {
			shared->stop = true;
			break;
		}
		if (fuzz_cover_collect(&cover, &shared->seen))
			fuzz_corpus_add(corpus, &scene->program);
	}
	fuzz_scene_end(scene);
	_exit(0);
}

static int workers_start(const struct settings *settings)
{
	unsigned int i;

	for (i = 0; i < settings->workers; i++) {
		pid_t pid = fork();

		if (pid < 0)
			return -1;
		if (!pid)
			worker(i, settings->seed);
	}
	return 0;
}

static void progress(const struct timespec *start)
{
	printf("%6.0f s: %llu calls, %llu programs (%llu killed), %u places, %u steps, %u kept\n",
	       seconds_since(start), (unsigned long long)shared->tally.calls,
	       (unsigned long long)shared->tally.programs,
	       (unsigned long long)shared->tally.killed, shared->seen.places,
	       shared->seen.steps, corpus->count);
	fflush(stdout);
}

/* A worker has ended of itself, which it never should. */
static bool worker_lost(void)
{
	int status;

	if (waitpid(-1, &status, WNOHANG) <= 0)
		return false;
	printf("a worker has ended: %s %d\n",
	       WIFSIGNALED(status) ? "signal" : "status",
	       WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	return true;
}

/* Until time or calls are used up, or something is wrong: is it? */
static bool watch(const struct settings *settings)
{
	struct timespec start;
	double told = 0;
	bool report = false, lost = false;

	clock_gettime(CLOCK_MONOTONIC, &start);
	while (!shared->stop) {
		usleep(100000);
		report = fuzz_kmsg_report();
		lost = worker_lost();
		if (report || lost ||
		    (settings->seconds &&
		     seconds_since(&start) >= settings->seconds) ||
		    (settings->calls && shared->tally.calls >= settings->calls))
			shared->stop = true;
		if (seconds_since(&start) >= told + 30) {
			told = seconds_since(&start);
			progress(&start);
		}
	}
	while (wait(NULL) > 0)
		;
	progress(&start);
	return fuzz_kmsg_report() || report ||
	       lost;
}

/* How each command fared: one that never succeeds is not tested. */
static void tell_commands(void)
{
	unsigned int i;

	for (i = 0; i < fuzz_command_count; i++)
		printf("  %-16s %9llu calls, %3.0f %% succeeded\n",
		       fuzz_commands[i].name,
		       (unsigned long long)shared->tally.done[i],
		       shared->tally.done[i] ?
		       100.0 * shared->tally.succeeded[i] /
		       shared->tally.done[i] : 0);
}

/* The last ones of each worker, the latest first: which of them is it? */
static void find_culprit(unsigned int workers)
{
	unsigned int i, back;

	for (back = 1; back <= LAST; back++) {
		for (i = 0; i < workers; i++) {
			uint32_t count = shared->last_count[i];
			struct fuzz_program *program;

			if (count < back)
				continue;
			program = &shared->last[i][(count - back) % LAST];
			if (!fuzz_reduce(program))
				continue;
			printf("This alone shows it:\n\n");
			fuzz_program_write(program, stdout);
			return;
		}
	}
	printf("None alone shows it again. The last of each worker:\n\n");
	for (i = 0; i < workers; i++) {
		if (shared->last_count[i])
			fuzz_program_write(&shared->last[i][(shared->last_count[i]
						- 1) % LAST], stdout);
	}
}

static int fuzz(const struct settings *settings)
{
	static const char *const wrongs[] = {
		[FUZZ_STUCK] = "a process that was killed does not die",
		[FUZZ_LEAK] = "something is still charged when all is closed",
	};
	bool wrong;
	unsigned int i;

	printf("seed %llu, %u workers, %u programs to begin with\n",
	       (unsigned long long)settings->seed, settings->workers,
	       corpus->count);
	fflush(stdout);
	if (workers_start(settings))
		return 2;
	wrong = watch(settings);
	tell_commands();
	if (settings->out && fuzz_corpus_write(corpus, settings->out))
		return 2;
	for (i = 0; i < settings->workers; i++) {
		if (shared->wrong[i]) {
			printf("worker %u: %s\n", i, wrongs[shared->wrong[i]]);
			wrong = true;
		}
	}
	if (!shared->tally.calls) {
		printf("no call was made: no device, or not root?\n");
		return 2;
	}
	if (wrong)
		find_culprit(settings->workers);
	return wrong;
}

/* Each program so often, in KTAP. */
static int replay(unsigned int times, bool verbose)
{
	unsigned int i, failed = 0;

	printf("TAP version 13\n1..%u\n", corpus->count);
	for (i = 0; i < corpus->count; i++) {
		bool wrong = fuzz_reduce_try(&corpus->program[i], times,
					  verbose);

		failed += wrong;
		printf("%sok %u program %u\n", wrong ? "not " : "", i + 1,
		       i + 1);
		if (wrong)
			fuzz_program_write(&corpus->program[i], stdout);
		fflush(stdout);
	}
	return failed || !corpus->count;
}

static int misused(void)
{
	fprintf(stderr,
		"usage: fuzzer [-t SECONDS] [-n CALLS] [-w WORKERS] [-s SEED] [-o CORPUS] [FILE...]\n"
		"       fuzzer -r [-v] [-n TIMES] FILE...\n");
	return 2;
}

static int settings_read(struct settings *settings, int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "t:n:w:s:o:rv")) != -1) {
		switch (option) {
		case 't':
			settings->seconds = strtoul(optarg, NULL, 0);
			break;
		case 'n':
			settings->calls = strtoull(optarg, NULL, 0);
			break;
		case 'w':
			settings->workers = strtoul(optarg, NULL, 0);
			break;
		case 's':
			settings->seed = strtoull(optarg, NULL, 0);
			break;
		case 'o':
			settings->out = optarg;
			break;
		case 'r':
			settings->replay = true;
			break;
		case 'v':
			settings->verbose = true;
			break;
		default:
			return -1;
		}
	}
	if (!settings->seconds && !settings->calls)
		settings->seconds = 60;
	if (!settings->workers || settings->workers > WORKERS_MAX)
		return -1;
	return settings->replay && optind == argc ? -1 : 0;
}

int main(int argc, char **argv)
{
	struct settings settings = { .workers = 3, .seed = time(NULL) };
	struct rlimit no_core = { 0, 0 };
	int i, error;

	if (settings_read(&settings, argc, argv))
		return misused();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	corpus = fuzz_corpus_new();
	if (shared == MAP_FAILED || !corpus) {
		perror("memory");
		return 2;
	}
	setrlimit(RLIMIT_CORE, &no_core);
	error = fuzz_kmsg_open();
	if (error) {
		fprintf(stderr, "/dev/kmsg: %s\n", strerror(-error));
		return 2;
	}
	for (i = optind; i < argc; i++) {
		if (fuzz_corpus_read(corpus, argv[i]))
			return 2;
	}
	if (settings.replay)
		return replay(settings.calls ? settings.calls : 20,
			      settings.verbose);
	return fuzz(&settings);
}
