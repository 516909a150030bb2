// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/mailbox.h>

#include "scene.h"

#define DEVICE		"/dev/mailbox"
#define FIRST_USER	61000

/* Nanoseconds that a call is waited for whose result another one wants. */
#define PROMPT		15000000

/* Milliseconds: between the signals for those who still wait. */
#define NUDGE		5
/* ... and so many later who has not ended is killed, */
#define PATIENCE	10000
/* ... and a process that does not die is a finding. */
#define UNDYING		60000

/* After so many programs others take the processes' place. */
#define PROGRAMS	200

/*
 * A process's own: its descriptors, of which the first that programs make has this
 * number, and memory for its calls' arguments.
 */
static int client;
static int first_fd;
static int fds[FUZZ_CALLS];
static char *arena;
static int leaf = -1;	/* a file that can be attached */

#define HEADS	16

static uint64_t now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static char *place(unsigned int n)
{
	return arena + (size_t)(n % FUZZ_PLACES) * FUZZ_PLACE_SIZE;
}

/* Attachments: a file, and what the program's first calls may have opened. */
static void cargo_fill(void)
{
	struct mailbox_attachments *cargo = (void *)place(FUZZ_CARGO);
	struct mailbox_attachments *hold = (void *)place(FUZZ_HOLD);
	struct mailbox_attachment *item = (void *)&cargo[HEADS];
	unsigned int i;

	memset(cargo, 0, HEADS * (sizeof(*cargo) + sizeof(*item)));
	memset(hold, 0, HEADS * (sizeof(*hold) + sizeof(*item)));
	for (i = 0; i < HEADS; i++) {
		cargo[i].size = sizeof(*cargo);
		cargo[i].items = (uintptr_t)&item[i];
		cargo[i].count = 1 + i % 3;
		hold[i].size = sizeof(*hold);
		hold[i].items = (uintptr_t)&hold[HEADS];
		hold[i].count = i % 4 ? HEADS : 1;
		item[i].fd = i % 4 ? (int)(first_fd + i - i / 4) : leaf;
		item[i].rights = i % 4 ? 1 : 0;
	}
}

/* What the places hold at first; behind the last one is nothing. */
static void arena_fill(void)
{
	struct mailbox_message *message, *room;
	struct mailbox_iovec *piece;
	struct mailbox_kernel *command;
	unsigned int i;

	mprotect(arena, FUZZ_PLACES * (size_t)FUZZ_PLACE_SIZE,
		 PROT_READ | PROT_WRITE);
	message = (struct mailbox_message *)place(FUZZ_MESSAGES);
	room = (struct mailbox_message *)place(FUZZ_ROOMS);
	piece = (struct mailbox_iovec *)place(FUZZ_PIECES);
	memset(message, 0, 64 * sizeof(*message));
	memset(room, 0, 64 * sizeof(*room));
	for (i = 0; i < 64; i++) {
		message[i].data = (uintptr_t)place(FUZZ_BYTES) + 512 * i;
		message[i].length = 16 * i;
		message[i].tag = i % 4;
		room[i].data = message[i].data;
		room[i].room = 512;
		piece[i].base = (uintptr_t)place(FUZZ_BYTES) + 64 * i;
		piece[i].length = 3 * i;
	}
	strcpy(place(FUZZ_BYTES), "ab");
	command = (struct mailbox_kernel *)place(FUZZ_COMMAND);
	memset(command, 0, sizeof(*command) + sizeof(struct mailbox_query));
	command->command = MAILBOX_IOC_QUERY;
	*(uint32_t *)(command + 1) = sizeof(struct mailbox_query);
	cargo_fill();
}

static int arena_make(void)
{
	size_t size = FUZZ_PLACES * (size_t)FUZZ_PLACE_SIZE;

	arena = mmap(NULL, size + 4096, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (arena == MAP_FAILED)
		return -1;
	mprotect(arena + size, 4096, PROT_NONE);
	arena_fill();
	return 0;
}

static uint64_t resolve(struct fuzz_scene *scene, const struct fuzz_value *value,
			uint8_t kind, clockid_t clock)
{
	unsigned int n = value->number % FUZZ_CALLS;

	switch (value->how) {
	case FUZZ_RESULT:
		switch (kind) {
		case FUZZ_FD:
			return (uint64_t)(int64_t)__atomic_load_n(&fds[n],
						__ATOMIC_RELAXED);
		case FUZZ_TOKEN:
			return __atomic_load_n(&scene->token[n],
					       __ATOMIC_RELAXED);
		case FUZZ_PENDING:
			return __atomic_load_n(&scene->pending[n],
					       __ATOMIC_RELAXED);
		default:
			return __atomic_load_n(&scene->id[n],
					       __ATOMIC_RELAXED);
		}
	case FUZZ_SOON:
		return now(clock) + value->number * 1000;
	case FUZZ_OF_PROCESS:
		return __atomic_load_n(&scene->pid[value->number %
						   FUZZ_PROCESSES],
				       __ATOMIC_RELAXED);
	case FUZZ_AT:
		return (uintptr_t)place(value->number >> 32) +
		       (uint32_t)value->number;
	default:
		return value->number;
	}
}

/* The process's client; the first call of a program opens it. */
static int client_get(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&lock);
	if (client < 0)
		client = open(DEVICE, O_RDWR | O_CLOEXEC);
	pthread_mutex_unlock(&lock);
	return client;
}

static int descriptor(const struct fuzz_call *call)
{
	int fd = -1;

	if (call->on.how == FUZZ_RESULT)
		fd = __atomic_load_n(&fds[call->on.number % FUZZ_CALLS],
				     __ATOMIC_RELAXED);
	return fd < 0 ? client_get() : fd;
}

/* The structure that a call's values make. */
static void argument_make(struct fuzz_scene *scene, const struct fuzz_call *call,
			  char *argument)
{
	const struct fuzz_command *command = &fuzz_commands[call->command];
	clockid_t clock = CLOCK_REALTIME;
	unsigned int i;

	for (i = 0; i < command->count; i++) {
		if (!strcmp(command->field[i].name, "clock") &&
		    call->field[i].how == FUZZ_PLAIN)
			clock = call->field[i].number;
	}
	for (i = 0; i < command->count; i++) {
		const struct fuzz_field *field = &command->field[i];
		uint64_t value = resolve(scene, &call->field[i], field->kind,
					 clock);

		memcpy(argument + field->offset, &value, field->width);
	}
}

static void yield(struct fuzz_scene *scene, unsigned int n, const char *argument)
{
	const struct fuzz_command *command =
		&fuzz_commands[scene->program.call[n].command];
	unsigned int i;

	for (i = 0; i < command->count; i++) {
		const struct fuzz_field *field = &command->field[i];
		uint64_t value = 0;

		memcpy(&value, argument + field->offset, field->width);
		switch (field->yields) {
		case FUZZ_ID:
			__atomic_store_n(&scene->id[n], value,
					 __ATOMIC_RELAXED);
			break;
		case FUZZ_TOKEN:
			if (value)
				__atomic_store_n(&scene->token[n], value,
						 __ATOMIC_RELAXED);
			break;
		case FUZZ_PENDING:
			__atomic_store_n(&scene->pending[n], value,
					 __ATOMIC_RELAXED);
			break;
		case FUZZ_FD:
			__atomic_store_n(&fds[n], (int)value,
					 __ATOMIC_RELAXED);
			break;
		}
	}
}

static long close_one(int fd, bool reopen)
{
	unsigned int i;

	if (fd == client) {
		if (!reopen)
			return 0;
		/* the next call opens another */
		client = -1;
		return close(fd);
	}
	for (i = 0; i < FUZZ_CALLS; i++) {
		if (fds[i] == fd)
			__atomic_store_n(&fds[i], -1, __ATOMIC_RELAXED);
	}
	return close(fd);
}

static long protect(const struct fuzz_other *other)
{
	size_t pages = FUZZ_PLACES * (size_t)FUZZ_PLACE_SIZE / 4096;

	return mprotect(arena + other->number % pages * 4096, 4096,
			other->value & 1 ? PROT_NONE : PROT_READ | PROT_WRITE);
}

/* A child that inherits everything, and looks at it. */
static long fork_once(int fd, const struct fuzz_other *other)
{
	pid_t child = fork();

	if (!child) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };

		poll(&poll_fd, 1, 1);
		if (read(fd, place(FUZZ_BYTES), 16) < 0 && other->value & 1)
			close(fd);
		_exit(0);
	}
	return child < 0 ? -1 : 0;
}

static long other_run(struct fuzz_scene *scene, uint32_t command, int fd,
		      struct fuzz_other *other)
{
	char *memory = place(other->place);
	struct pollfd poll_fd = { .fd = fd, .events = POLLIN | POLLOUT };
	size_t length = other->length % (FUZZ_PLACE_SIZE + 1);

	switch (command) {
	case FUZZ_READ:
		return read(fd, memory, length);
	case FUZZ_WRITE:
		return write(fd, memory, length);
	case FUZZ_POLL:
		return poll(&poll_fd, 1, other->number % 4);
	case FUZZ_CLOSE:
		return close_one(fd, other->value & 1);
	case FUZZ_DUP:
		other->number = dup(fd);
		return (int)other->number < 0 ? -1 : 0;
	case FUZZ_PAUSE:
		return usleep(other->number % 16 * 200);
	case FUZZ_SIGNAL:
		return syscall(SYS_tgkill,
			       scene->pid[other->number % FUZZ_LANES / 2],
			       scene->tid[other->number % FUZZ_LANES], SIGUSR1);
	case FUZZ_SCRIBBLE:
		/* beginnings of places are where structures are */
		memcpy(memory + other->number % 512 * 8, &other->value, 8);
		return 0;
	case FUZZ_PROTECT:
		return protect(other);
	case FUZZ_FORK:
		return fork_once(fd, other);
	}
	return -1;
}

static bool is_there(const struct fuzz_scene *scene,
		     const struct fuzz_value *value, unsigned int before)
{
	if (value->how == FUZZ_OF_PROCESS)
		return __atomic_load_n(&scene->pid[value->number %
						   FUZZ_PROCESSES],
				       __ATOMIC_RELAXED);
	return value->how != FUZZ_RESULT || value->number >= before ||
	       __atomic_load_n(&scene->done[value->number], __ATOMIC_RELAXED);
}

/* A call whose result another one wants is waited for a little. */
static void wait_for(const struct fuzz_scene *scene,
		     const struct fuzz_value *value, unsigned int before)
{
	uint64_t limit = now(CLOCK_MONOTONIC) + PROMPT;

	while (!is_there(scene, value, before) && now(CLOCK_MONOTONIC) < limit)
		usleep(500);
}

static void wait_for_results(struct fuzz_scene *scene, unsigned int n)
{
	const struct fuzz_call *call = &scene->program.call[n];
	unsigned int i;

	wait_for(scene, &call->on, n);
	for (i = 0; i < fuzz_commands[call->command].count; i++)
		wait_for(scene, &call->field[i], n);
}

static void call_run(struct fuzz_scene *scene, unsigned int n)
{
	const struct fuzz_call *call = &scene->program.call[n];
	const struct fuzz_command *command = &fuzz_commands[call->command];
	char argument[4096] __attribute__((aligned(8))) = {};
	struct fuzz_tally *tally = scene->tally;
	long result;
	int fd;

	wait_for_results(scene, n);
	fd = descriptor(call);
	argument_make(scene, call, argument);
	if (command->ioctl)
		result = ioctl(fd, command->ioctl, argument);
	else
		result = other_run(scene, call->command, fd,
				   (struct fuzz_other *)argument);
	if (scene->verbose)
		fprintf(stderr, "# call %u, %s: %s\n", n, command->name,
			result < 0 ? strerror(errno) : "succeeded");
	__atomic_fetch_add(&tally->calls, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&tally->done[call->command], 1, __ATOMIC_RELAXED);
	if (result >= 0)
		__atomic_fetch_add(&tally->succeeded[call->command], 1,
				   __ATOMIC_RELAXED);
	/* a call that goes on says so with an error */
	if (result >= 0 || command->ioctl == MAILBOX_IOC_CALL)
		yield(scene, n, argument);
	__atomic_store_n(&scene->done[n], true, __ATOMIC_RELEASE);
}

static void futex_wait(uint32_t *word, uint32_t value, unsigned int ms)
{
	struct timespec limit = {
		.tv_sec = ms / 1000,
		.tv_nsec = ms % 1000 * 1000000L,
	};

	syscall(SYS_futex, word, FUTEX_WAIT, value, ms ? &limit : NULL, NULL, 0);
}

static void futex_wake(uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE, FUZZ_LANES, NULL, NULL, 0);
}

/* As if the process had just begun. */
static void process_clean(void)
{
	unsigned int i;

	syscall(SYS_close_range, first_fd, ~0U, 0);
	close(client);
	for (i = 0; i < FUZZ_CALLS; i++)
		fds[i] = -1;
	arena_fill();
	client = -1;
}

static void program_run(struct fuzz_scene *scene, unsigned int lane)
{
	unsigned int i, round;

	for (round = 0; round < scene->rounds; round++) {
		for (i = 0; i < scene->program.count; i++) {
			if (scene->program.call[i].lane % FUZZ_LANES == lane)
				call_run(scene, i);
		}
	}
}

struct lane {
	struct fuzz_scene *scene;
	unsigned int number;
};

static void *lane_run(void *data)
{
	const struct lane *lane = data;
	struct fuzz_scene *scene = lane->scene;
	uint32_t turn = 0;

	scene->tid[lane->number] = syscall(SYS_gettid);
	fuzz_cover_start(scene->cover, lane->number);
	for (;;) {
		while (__atomic_load_n(&scene->turn, __ATOMIC_ACQUIRE) == turn)
			futex_wait(&scene->turn, turn, 0);
		turn = __atomic_load_n(&scene->turn, __ATOMIC_ACQUIRE);
		if (!scene->clean)
			program_run(scene, lane->number);
		else if (lane->number % 2 == 0)
			process_clean();
		__atomic_fetch_add(&scene->idle, 1, __ATOMIC_ACQ_REL);
		futex_wake(&scene->idle);
	}
	return NULL;
}

static void nothing(int signal)
{
}

static void on_signal(int signal, int flags)
{
	struct sigaction action = { .sa_handler = nothing, .sa_flags = flags };

	sigaction(signal, &action, NULL);
}

/* Lanes 2n and 2n + 1. */
static void process_run(struct fuzz_scene *scene, unsigned int number)
{
	struct lane lane[2] = {
		{ scene, 2 * number }, { scene, 2 * number + 1 },
	};
	pthread_t thread;
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* who restarts calls, and who does not; and what ends every wait */
	on_signal(SIGUSR1, number ? SA_RESTART : 0);
	on_signal(SIGUSR2, 0);
	signal(SIGCHLD, SIG_IGN);
	for (i = 0; i < FUZZ_CALLS; i++)
		fds[i] = -1;
	client = -1;
	leaf = eventfd(0, EFD_CLOEXEC);
	first_fd = dup(0);
	close(first_fd);
	if (arena_make() || pthread_create(&thread, NULL, lane_run, &lane[1]))
		_exit(1);
	lane_run(&lane[0]);
}

/* All processes, and what they have forked, have ended? */
static bool all_ended(void)
{
	for (;;) {
		pid_t pid = waitpid(-1, NULL, WNOHANG);

		if (pid < 0)
			return errno == ECHILD;
		if (!pid)
			return false;
	}
}

static bool ended_within(unsigned int ms)
{
	uint64_t limit = now(CLOCK_MONOTONIC) + ms * 1000000ULL;

	while (!all_ended()) {
		if (now(CLOCK_MONOTONIC) > limit)
			return false;
		usleep(300);
	}
	return true;
}

static void nudge(const struct fuzz_scene *scene)
{
	unsigned int i;

	for (i = 0; i < FUZZ_LANES; i++) {
		pid_t pid = scene->pid[i / 2];

		if (pid > 0 && scene->tid[i] > 0)
			syscall(SYS_tgkill, pid, scene->tid[i], SIGUSR2);
	}
}

/* Our children, and what they have forked, which is ours when they are dead. */
static void kill_children(void)
{
	char path[64], children[512] = "", *next = children;
	int fd;

	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, children, sizeof(children) - 1) < 0)
		*children = '\0';
	if (fd >= 0)
		close(fd);
	while (*next) {
		long pid = strtol(next, &next, 10);

		if (pid > 0)
			kill(pid, SIGKILL);
		next += strspn(next, " ");
	}
}

/* False: they do not die. */
static bool kill_all(struct fuzz_scene *scene)
{
	uint64_t limit = now(CLOCK_MONOTONIC) + UNDYING * 1000000ULL;

	do {
		kill_children();
		if (ended_within(50)) {
			memset(scene->pid, 0, sizeof(scene->pid));
			return true;
		}
	} while (now(CLOCK_MONOTONIC) < limit);
	return false;
}

static bool processes_start(struct fuzz_scene *scene)
{
	unsigned int i;

	scene->turn = 0;
	memset(scene->tid, 0, sizeof(scene->tid));
	for (i = 0; i < FUZZ_PROCESSES; i++) {
		pid_t pid = fork();

		if (!pid)
			process_run(scene, i);
		if (pid < 0)
			return false;
		scene->pid[i] = pid;
	}
	return true;
}

/*
 * Let the lanes do something; false if one does not come to its end.  Those who
 * wait get signals; if one is to be killed, it is meanwhile.
 */
static bool turn_take(struct fuzz_scene *scene, bool clean, pid_t victim)
{
	uint64_t limit = now(CLOCK_MONOTONIC) + PATIENCE * 1000000ULL;
	uint32_t idle;

	scene->idle = 0;
	scene->clean = clean;
	__atomic_fetch_add(&scene->turn, 1, __ATOMIC_RELEASE);
	futex_wake(&scene->turn);
	if (victim) {
		usleep(scene->chance % 4096);
		kill(victim, SIGKILL);
		/* let the other see it */
		usleep(2000);
		return false;
	}
	for (;;) {
		idle = __atomic_load_n(&scene->idle, __ATOMIC_ACQUIRE);
		if (idle == FUZZ_LANES)
			return true;
		if (now(CLOCK_MONOTONIC) > limit)
			return false;
		futex_wait(&scene->idle, idle, NUDGE);
		/* nobody came in the meantime: somebody waits */
		if (__atomic_load_n(&scene->idle, __ATOMIC_ACQUIRE) == idle)
			nudge(scene);
	}
}

/* What persists is in our namespace, and ours. */
static void destroy_all(int fd, uint32_t flags, unsigned int command)
{
	uint64_t ids[256];
	struct mailbox_list list = {
		.size = sizeof(list),
		.flags = flags,
		.ids = (uintptr_t)ids,
		.count = 256,
	};
	unsigned int i;

	if (ioctl(fd, MAILBOX_IOC_LIST, &list))
		return;
	for (i = 0; i < list.count; i++) {
		struct mailbox_target target = {
			.size = sizeof(target),
			.id = ids[i],
		};

		ioctl(fd, command, &target);
	}
}

/* With all processes dead and all mailboxes gone, the account is empty. */
static bool account_empty(void)
{
	uint64_t limit = now(CLOCK_MONOTONIC) + 20000000000ULL;
	struct mailbox_query query = { .size = sizeof(query) };
	int fd = open(DEVICE, O_RDWR | O_CLOEXEC);
	bool empty = false;

	if (fd < 0)
		return true;
	do {
		destroy_all(fd, 0, MAILBOX_IOC_DESTROY);
		destroy_all(fd, MAILBOX_LIST_SECTIONS,
			    MAILBOX_IOC_SECTION_DESTROY);
		if (ioctl(fd, MAILBOX_IOC_QUERY, &query))
			break;
		empty = !query.user_mailboxes && !query.user_waiting &&
			!query.user_bytes && !query.user_attachments &&
			!query.user_sections;
		if (!empty)
			usleep(2000);
	} while (!empty && now(CLOCK_MONOTONIC) < limit);
	if (!empty)
		fprintf(stderr,
			"left: %u mailboxes, %u calls, %llu bytes, %u attachments, %u sections\n",
			query.user_mailboxes, query.user_waiting,
			(unsigned long long)query.user_bytes,
			query.user_attachments, query.user_sections);
	close(fd);
	return empty;
}

static void results_forget(struct fuzz_scene *scene)
{
	memset(scene->id, 0, sizeof(scene->id));
	memset(scene->token, 0, sizeof(scene->token));
	memset(scene->pending, 0, sizeof(scene->pending));
	memset(scene->done, 0, sizeof(scene->done));
}

/* One in two programs is gone through once, the others up to eight times. */
static uint32_t choose_rounds(const struct fuzz_scene *scene)
{
	return scene->chance >> 20 & 1 ? 1 + (scene->chance >> 21 & 7) : 1;
}

/* One in 32 programs loses one of its processes in the middle. */
static pid_t choose_victim(const struct fuzz_scene *scene)
{
	if (scene->chance >> 27)
		return 0;
	return scene->pid[scene->chance >> 16 & 1];
}

enum fuzz_wrong fuzz_scene_run(struct fuzz_scene *scene)
{
	bool ended;

	if (!scene->pid[0] && !processes_start(scene))
		return FUZZ_RIGHT;
	results_forget(scene);
	scene->chance = scene->chance * 1664525 + 1013904223;
	scene->rounds = choose_rounds(scene);
	ended = turn_take(scene, false, choose_victim(scene)) &&
		turn_take(scene, true, 0);
	if (__atomic_add_fetch(&scene->tally->programs, 1, __ATOMIC_RELAXED) %
	    PROGRAMS == 0)
		ended = false;
	if (!ended) {
		__atomic_fetch_add(&scene->tally->killed, 1, __ATOMIC_RELAXED);
		if (!kill_all(scene))
			return FUZZ_STUCK;
	}
	return account_empty() ? FUZZ_RIGHT : FUZZ_LEAK;
}

void fuzz_scene_end(struct fuzz_scene *scene)
{
	kill_all(scene);
}

struct fuzz_scene *fuzz_scene_new(struct fuzz_tally *tally,
				  struct fuzz_cover *cover)
{
	struct fuzz_scene *scene = mmap(NULL, sizeof(*scene),
					PROT_READ | PROT_WRITE,
					MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (scene == MAP_FAILED)
		return NULL;
	scene->tally = tally;
	scene->cover = cover;
	return scene;
}

int fuzz_scene_settle(unsigned int number)
{
	uid_t user = FIRST_USER + number;

	/* without namespaces workers see each other: no harm */
	unshare(CLONE_NEWNET);
	if (setgroups(0, NULL) || setresgid(user, user, user) ||
	    setresuid(user, user, user))
		return -errno;
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) ||
	    prctl(PR_SET_CHILD_SUBREAPER, 1) || prctl(PR_SET_DUMPABLE, 1))
		return -errno;
	return 0;
}
