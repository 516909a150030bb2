// SPDX-License-Identifier: GPL-2.0-only
/*
 * Measures what passing a message costs, by one mechanism after another:
 *
 *   bench [-w] [-m MECHANISM,...] [-t TEST,...] [-s BYTES,...]
 *   bench -l -m MECHANISM -t TEST -s BYTES
 *   bench [-t GROWTH,...] -g
 *
 * Prints lines "mechanism,test,bytes,depth,nanoseconds": of one message or one
 * round trip, the least of some repetitions; with -w the median of many, and
 * their 10th and 90th percentile.  In a virtual machine that counts an instruction
 * as a nanosecond these are instructions, of all processes and the kernel together.
 * With -g it measures how the module's costs grow.  With -l it runs one test for ever, to be looked at from outside.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define WARM_UP		200
#define REPETITIONS	5
#define CHILDREN	4
#define BATCH		16
#define SUBMISSION	32
#define WORD		8

static const struct mechanism *const mechanisms[] = {
	&mailbox, &mailbox_low, &mailbox_id, &mailbox_rw, &mailbox_rw_low,
	&mailbox_ring, &posix_mq, &mqueue_shim, &sysv_msg, &sysv_shim, &pipes,
	&unix_seqpacket, &unix_dgram, &unix_stream, &ring_eventfd, &vm_eventfd,
	&binder, &mailbox_uring, &mailbox_uring_rw, &seqpacket_uring,
};

/* A run of one test: what its parent does again and again, and its channels. */
struct run {
	struct channel there;
	struct channel back;
	bool two;
	unsigned int each;
	char *data;
	pid_t children[CHILDREN];
	unsigned int child_count;
};

struct test {
	const char *name;
	unsigned int depth;
	bool alone;
	bool shared;
	unsigned int each;
	void (*begin)(struct run *run);
	void (*step)(struct run *run);
	bool background;
};

static bool wall;
static unsigned int repetitions = REPETITIONS;

void die(const char *what)
{
	perror(what);
	exit(1);
}

void *shared_memory(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	must(memory != MAP_FAILED, "mmap");
	return memory;
}

void tally_send(struct channel *channel, unsigned int count)
{
	struct tally *tally = channel->tally;

	if (channel->alone)
		return;
	while (__atomic_load_n(&tally->sent, __ATOMIC_RELAXED) + count -
	       __atomic_load_n(&tally->received, __ATOMIC_ACQUIRE) >
	       channel->depth)
		sched_yield();
	__atomic_add_fetch(&tally->sent, count, __ATOMIC_RELAXED);
}

void tally_receive(struct channel *channel, unsigned int count)
{
	if (!channel->alone)
		__atomic_add_fetch(&channel->tally->received, count,
				   __ATOMIC_RELEASE);
}

/* Children go on for ever, and end with their parent or by its hand. */
static void child_start(struct run *run, void (*work)(struct run *run))
{
	pid_t child = fork();

	must(child >= 0, "fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (;;)
			work(run);
	}
	run->children[run->child_count++] = child;
}

static void children_end(struct run *run)
{
	unsigned int i;

	for (i = 0; i < run->child_count; i++)
		kill(run->children[i], SIGKILL);
	for (i = 0; i < run->child_count; i++)
		waitpid(run->children[i], NULL, 0);
}

/* What a process does with the channel */

static void do_send(struct run *run)
{
	run->there.mechanism->send(&run->there, run->data);
}

static void do_receive(struct run *run)
{
	run->there.mechanism->receive(&run->there, run->data);
}

static void do_send_many(struct run *run)
{
	const struct mechanism *mechanism = run->there.mechanism;
	unsigned int i;

	if (mechanism->send_many) {
		mechanism->send_many(&run->there, run->data, run->each);
		return;
	}
	for (i = 0; i < run->each; i++)
		mechanism->send(&run->there, run->data);
}

static void do_receive_many(struct run *run)
{
	const struct mechanism *mechanism = run->there.mechanism;
	unsigned int left = run->each;

	while (left) {
		if (mechanism->receive_many) {
			left -= mechanism->receive_many(&run->there, run->data,
							left);
		} else {
			mechanism->receive(&run->there, run->data);
			left--;
		}
	}
}

static void do_both(struct run *run)
{
	do_send(run);
	do_receive(run);
}

static void do_both_many(struct run *run)
{
	do_send_many(run);
	do_receive_many(run);
}

static void do_call(struct run *run)
{
	const struct mechanism *mechanism = run->there.mechanism;

	if (mechanism->call) {
		mechanism->call(&run->there, run->data);
		return;
	}
	mechanism->send(&run->there, run->data);
	mechanism->receive(&run->back, run->data);
}

static void do_serve(struct run *run)
{
	const struct mechanism *mechanism = run->there.mechanism;

	if (mechanism->serve) {
		mechanism->serve(&run->there, run->data);
		return;
	}
	mechanism->receive(&run->there, run->data);
	mechanism->send(&run->back, run->data);
}

/* A sender who wants to know that each message is received asks for a word. */
static void do_meet_send(struct run *run)
{
	do_send(run);
	if (run->two)
		run->back.mechanism->receive(&run->back, run->data);
}

static void do_meet(struct run *run)
{
	do_receive(run);
	if (run->two)
		run->back.mechanism->send(&run->back, run->data);
}

/* The tests */

static void begin_nobody(struct run *run)
{
}

static void begin_server(struct run *run)
{
	child_start(run, do_serve);
}

static void begin_sender(struct run *run)
{
	child_start(run, do_send);
}

static void begin_meeting(struct run *run)
{
	child_start(run, do_meet_send);
}

/* It runs whenever it has something to receive, and waits again at once. */
static void begin_waiting(struct run *run)
{
	const struct sched_param first = { .sched_priority = 1 };

	child_start(run, do_meet);
	must(!sched_setscheduler(run->children[0], SCHED_FIFO, &first),
	     "sched_setscheduler");
}

static void begin_batch_sender(struct run *run)
{
	child_start(run, do_send_many);
}

static void begin_senders(struct run *run)
{
	while (run->child_count < CHILDREN)
		child_start(run, do_send);
}

static void begin_receivers(struct run *run)
{
	while (run->child_count < CHILDREN)
		child_start(run, do_receive);
}

static const struct test tests[] = {
	{ "same", 16, true, false, 1, begin_nobody, do_both },
	{ "call", 16, false, false, 1, begin_server, do_call },
	{ "meet", 0, false, false, 1, begin_meeting, do_meet },
	{ "awaited", 0, false, false, 1, begin_waiting, do_meet_send },
	{ "oneway", 10, false, false, 1, begin_sender, do_receive },
	{ "deep", 256, false, false, 1, begin_sender, do_receive },
	{ "batch", 64, false, false, BATCH, begin_batch_sender,
	  do_receive_many },
	{ "batch-same", 64, true, false, BATCH, begin_nobody, do_both_many },
	{ "submission", 64, true, false, SUBMISSION, begin_nobody,
	  do_both_many },
	{ "fan-in", 256, false, true, 1, begin_senders, do_receive },
	{ "fan-out", 256, false, true, 1, begin_receivers, do_send },
	{ "oneway-bg", 10, false, false, 1, begin_sender, do_receive, true },
	{ "deep-bg", 256, false, false, 1, begin_sender, do_receive, true },
	{ "batch-bg", 64, false, false, BATCH, begin_batch_sender,
	  do_receive_many, true },
	{ "fan-in-bg", 256, false, true, 1, begin_senders, do_receive, true },
	{ "fan-out-bg", 256, false, true, 1, begin_receivers, do_send, true },
};

/* This process, and its children: nobody there is interrupted by whom he wakes. */
static void go_to_background(void)
{
	const struct sched_param none = { 0 };

	must(!sched_setscheduler(0, SCHED_BATCH, &none), "sched_setscheduler");
}

static bool channel_open(struct channel *channel,
			 const struct mechanism *mechanism, size_t bytes,
			 unsigned int depth, const struct test *test)
{
	memset(channel, 0, sizeof(*channel));
	channel->mechanism = mechanism;
	channel->bytes = bytes;
	channel->depth = depth;
	channel->alone = test->alone;
	channel->stream = test->depth && !test->alone &&
			  test->begin != begin_server;
	channel->in = -1;
	channel->out = -1;
	channel->tally = shared_memory(sizeof(*channel->tally));
	return mechanism->open(channel);
}

static void channel_close(struct channel *channel)
{
	if (channel->mechanism->close)
		channel->mechanism->close(channel);
	munmap(channel->tally, sizeof(*channel->tally));
	if (channel->out >= 0 && channel->out != channel->in)
		close(channel->out);
	if (channel->in >= 0)
		close(channel->in);
}

static bool run_begin(struct run *run, const struct mechanism *mechanism,
		      const struct test *test, size_t bytes)
{
	unsigned int depth;

	memset(run, 0, sizeof(*run));
	if (bytes > mechanism->longest || (test->shared && !mechanism->shared))
		return false;
	depth = test->depth || mechanism->meets ? test->depth : 1;
	if (!channel_open(&run->there, mechanism, bytes, depth, test))
		return false;
	run->two = test->step == do_call ? !mechanism->call :
		   !test->depth && !mechanism->meets;
	if (run->two && !channel_open(&run->back, mechanism,
				      test->depth ? bytes : WORD,
				      depth, test))
		die("the way back");
	run->each = test->each;
	run->data = shared_memory(bytes * BATCH_MAX);
	if (test->background)
		go_to_background();
	test->begin(run);
	return true;
}

static void run_end(struct run *run)
{
	children_end(run);
	munmap(run->data, run->there.bytes * BATCH_MAX);
	channel_close(&run->there);
	if (run->two)
		channel_close(&run->back);
}

int64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static int64_t steps_time(struct run *run, const struct test *test,
			  unsigned int count)
{
	int64_t start = now();
	unsigned int i;

	for (i = 0; i < count; i++)
		test->step(run);
	return now() - start;
}

/* Enough for a mean, and not longer than needed with long messages. */
static unsigned int rounds(size_t bytes, unsigned int each)
{
	unsigned int count = bytes <= 1024 ? 1000 : bytes <= 8192 ? 400 :
			     bytes <= 65536 ? 60 : 6;

	return count / each + 1;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const struct mechanism *mechanism, const struct test *test,
		    size_t bytes)
{
	unsigned int count = rounds(bytes, test->each), i;
	double times[1024];
	struct run run;

	if (!run_begin(&run, mechanism, test, bytes)) {
		fprintf(stderr, "# %s: not %s with %zu bytes\n",
			mechanism->name, test->name, bytes);
		return;
	}
	steps_time(&run, test, count < WARM_UP ? count : WARM_UP);
	for (i = 0; i < repetitions; i++)
		times[i] = (double)steps_time(&run, test, count) / count /
			   test->each;
	run_end(&run);
	qsort(times, repetitions, sizeof(times[0]), compare);
	printf("%s,%s,%zu,%u,%.0f", mechanism->name, test->name, bytes,
	       test->depth, times[wall ? repetitions / 2 : 0]);
	if (wall)
		printf(",%.0f,%.0f", times[repetitions / 10],
		       times[repetitions - 1 - repetitions / 10]);
	printf("\n");
	fflush(stdout);
}

static void loop(const struct mechanism *mechanism, const struct test *test,
		 size_t bytes)
{
	struct run run;

	must(run_begin(&run, mechanism, test, bytes), "this cannot be run");
	steps_time(&run, test, WARM_UP);
	printf("ready\n");
	fflush(stdout);
	for (;;)
		test->step(&run);
}

bool listed(const char *names, const char *name)
{
	size_t length = strlen(name);

	if (!names)
		return true;
	for (; names; names = strchr(names, ',')) {
		names += *names == ',';
		if (!strncmp(names, name, length) &&
		    (!names[length] || names[length] == ','))
			return true;
	}
	return false;
}

/*
 * In a process of its own: one that has ever had a second thread, as some mechanisms
 * need it, pays more for each system call from then on.
 */
static void apart(void (*what)(const struct mechanism *mechanism,
			       const struct test *test, size_t bytes),
		  const struct mechanism *mechanism, const struct test *test,
		  size_t bytes)
{
	pid_t child = fork();
	int status;

	must(child >= 0, "fork");
	if (!child) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		what(mechanism, test, bytes);
		exit(0);
	}
	must(waitpid(child, &status, 0) == child, "waitpid");
	if (status)
		exit(1);
}

static void selected(const char *mechanism_names, const char *test_names,
		     size_t bytes,
		     void (*what)(const struct mechanism *mechanism,
				  const struct test *test, size_t bytes))
{
	size_t m, t;

	for (t = 0; t < COUNT(tests); t++) {
		for (m = 0; m < COUNT(mechanisms); m++) {
			if (listed(test_names, tests[t].name) &&
			    listed(mechanism_names, mechanisms[m]->name))
				apart(what, mechanisms[m], &tests[t], bytes);
		}
	}
}

int main(int argc, char **argv)
{
	const char *mechanism_names = NULL, *test_names = NULL;
	const char *sizes = "64,1024";
	bool forever = false;
	char *end;
	int option;

	while ((option = getopt(argc, argv, "glm:t:s:w")) != -1) {
		switch (option) {
		case 'g':
			grow(test_names);
			return 0;
		case 'l':
			forever = true;
			break;
		case 'm':
			mechanism_names = optarg;
			break;
		case 't':
			test_names = optarg;
			break;
		case 's':
			sizes = optarg;
			break;
		case 'w':
			wall = true;
			repetitions = 101;
			break;
		default:
			return 2;
		}
	}
	for (; *sizes; sizes = end + (*end == ',')) {
		size_t bytes = strtoul(sizes, &end, 0);

		must(end != sizes && bytes, "sizes");
		selected(mechanism_names, test_names, bytes,
			 forever ? loop : measure);
	}
	return 0;
}
