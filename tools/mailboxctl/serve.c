// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl serve: a command for each request.
 *
 * With --jobs several processes serve, each by itself: a call belongs to the one
 * that has received it.  The reply's tag is the command's exit status.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mailbox.h>

#include "address.h"
#include "client.h"
#include "command.h"
#include "error.h"
#include "number.h"
#include "output.h"
#include "run.h"
#include "stop.h"
#include "target.h"
#include "trouble.h"
#include "user.h"

#define JOBS_MAX 256

/* What the handler returns when no more is to be served. */
#define SERVED_ENOUGH (-ECANCELED)

static const struct option options[] = {
	{ "count", required_argument, NULL, 'c' },
	{ "jobs", required_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 }
};

struct serve {
	struct trouble trouble;
	struct target target;
	char **argv;
	uint64_t count;		/* requests to serve */
	unsigned int jobs;
	bool verbose;
	struct run_output output;
};

static void tell(const struct mailbox_message *message, int status)
{
	bool call = message->info & MAILBOX_INFO_CALL;
	char *user = user_name(message->uid);

	fprintf(stderr, "message %llu: %s of %u bytes from process %u of %s, exit status %d\n",
		(unsigned long long)message->seq, call ? "call" : "message",
		message->length, message->pid, user, status);
	free(user);
}

/* Who does not wait for a reply has its output written to ours. */
static void print_output(const struct run_output *output)
{
	fwrite(output->data, 1, output->length, stdout);
	if (!output_flush())
		output_close();
}

static void set_reply(struct serve *serve, struct mailbox_request *request)
{
	const struct run_output *output = &serve->output;

	request->reply = output->data;
	request->reply_length = output->length;
	request->reply_tag = (uint64_t)output->status;
	/* as mailbox_serve() says it */
	if (output->length > request->message->room) {
		request->reply_length = 0;
		request->reply_tag = EMSGSIZE;
	}
}

/* The last reply goes out before anything else is received. */
static int end_with(struct serve *serve, const struct mailbox_request *request)
{
	struct mailbox_reply reply;

	mailbox_reply_init(&reply, serve->target.id, request->message->token,
			   request->reply, request->reply_length);
	reply.message.tag = request->reply_tag;
	if (request->message->info & MAILBOX_INFO_CALL)
		mailbox_reply_with(serve->target.fd, &reply);
	return SERVED_ENOUGH;
}

static int handle(void *context, struct mailbox_request *request)
{
	const struct mailbox_message *message = request->message;
	bool call = message->info & MAILBOX_INFO_CALL;
	struct serve *serve = context;

	free(serve->output.data);
	run_with(serve->argv, message, request->data, request->length,
		 call ? message->room : MAILBOX_MESSAGE_MAX, &serve->output);
	if (serve->verbose)
		tell(message, serve->output.status);
	if (call)
		set_reply(serve, request);
	else
		print_output(&serve->output);
	if (stop_requested() || !--serve->count)
		return end_with(serve, request);
	return 0;
}

/* Room for the longest message; it may change. */
static size_t room_needed(const struct serve *serve)
{
	struct mailbox_stat stat;
	int error = mailbox_stat(serve->target.fd, serve->target.id, &stat);

	return error ? 65536 : stat.max_message;
}

/* Until a signal, the end of the mailbox, or enough; 0 or -errno. */
static int work(struct serve *serve)
{
	size_t room = 0;
	char *buffer = NULL;
	int error;

	do {
		room = room_needed(serve);
		free(buffer);
		buffer = malloc(room + 1);
		if (!buffer)
			die(EXIT_FAIL, "out of memory");
		error = mailbox_serve(serve->target.fd, serve->target.id,
				      handle, serve, buffer, room);
	} while (!stop_requested() &&
		 (error == -EINTR || error == -EMSGSIZE));
	free(buffer);
	free(serve->output.data);
	if (stop_requested())
		stop_now();
	return error == SERVED_ENOUGH ? 0 : error;
}

static int work_and_report(struct serve *serve)
{
	int error;

	stop_catch();
	error = work(serve);
	return error ? (int)trouble_report(&serve->trouble, error) : EXIT_OK;
}

/* Each serves by itself, and ends when we do. */
static pid_t start_worker(struct serve *serve)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	if (pid < 0)
		die(EXIT_FAIL, "cannot start a process: %s", strerror(errno));
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(EXIT_FAIL);
	exit(work_and_report(serve));
}

static int work_together(struct serve *serve)
{
	pid_t workers[JOBS_MAX];
	int code = EXIT_OK, status;
	unsigned int i;

	stop_catch();
	for (i = 0; i < serve->jobs; i++)
		workers[i] = start_worker(serve);
	for (i = 0; i < serve->jobs;) {
		if (waitpid(workers[i], &status, 0) < 0) {
			if (!stop_requested())
				continue;
			/* Each finishes what it does. */
			for (; i < serve->jobs; i++) {
				kill(workers[i], SIGTERM);
				run_wait(workers[i]);
			}
			stop_now();
		}
		if (WIFEXITED(status) && WEXITSTATUS(status))
			code = WEXITSTATUS(status);
		else if (WIFSIGNALED(status))
			code = EXIT_FAIL;
		i++;
	}
	return code;
}

static int open_and_serve(struct serve *serve)
{
	struct trouble *trouble = &serve->trouble;
	int error;

	error = target_from(&serve->target, trouble->address, trouble->client,
			    0);
	if (error)
		return (int)trouble_report(trouble, error);
	return serve->jobs > 1 ? work_together(serve) : work_and_report(serve);
}

static void take_option(struct serve *serve, const struct command *self,
			int option)
{
	switch (option) {
	case 'h':
		command_help(self);
	case 'c':
		serve->count = number_parse("--count", optarg, 1, UINT64_MAX);
		break;
	case 'j':
		serve->jobs = (unsigned int)number_parse("--jobs", optarg, 1,
							 JOBS_MAX);
		break;
	case 'v':
		serve->verbose = true;
		break;
	default:
		die_getopt();
	}
}

static int run_serve(const struct command *self, int argc, char **argv)
{
	struct serve serve = {
		.trouble = { .operation = TO_SERVE },
		.count = UINT64_MAX,
		.jobs = 1,
	};
	struct address address;
	int option, code;

	while ((option = getopt_long(argc, argv, "+hc:j:v", options,
				     NULL)) != -1)
		take_option(&serve, self, option);
	if (argc - optind < 2)
		die_usage("which mailbox, and with which command?");
	if (serve.jobs > 1 && serve.count != UINT64_MAX)
		die_usage("--count is for one job");
	address_parse_any(&address, argv[optind]);
	target_require_own(&address);
	if (serve.jobs > 1 && address_is_process(&address))
		die_usage("a process's own mailbox is served by one job");
	serve.argv = argv + optind + 1;
	serve.trouble.address = &address;
	serve.trouble.client = client_open();
	code = open_and_serve(&serve);
	address_end(&address);
	return code;
}

const struct command command_serve = {
	.name = "serve",
	.arguments = "[OPTION]... MAILBOX COMMAND [ARGUMENT]...",
	.summary = "Run a command for each request; what it prints is the reply",
	.details =
"The command reads the request from standard input.  MAILBOX_PID, MAILBOX_UID and\n"
"MAILBOX_GID tell it who calls, MAILBOX_TAG and MAILBOX_SEQ the request's tag and\n"
"number.  The reply's tag is its exit status, 128 and more if a signal ended it:\n"
"'mailboxctl call' fails if that is not 0.\n"
"\n"
"  -c, --count N    serve N requests, then end\n"
"  -j, --jobs N     run up to N commands at once (default 1)\n"
"  -v, --verbose    tell of each request, on standard error\n"
"  -h, --help\n"
"\n"
"With pid:self for MAILBOX it serves calls to this very process.  What the\n"
"command prints for a message that is no call goes to standard output.  A signal\n"
"ends it after the request that it works on.\n"
"\n"
"Examples:\n"
"  mailboxctl serve sorter sort\n"
"  mailboxctl serve --jobs 4 pages timeout 5 ./render\n"
"  mailboxctl serve whoami sh -c 'echo you are process $MAILBOX_PID'\n",
	.run = run_serve,
};
