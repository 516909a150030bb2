// SPDX-License-Identifier: GPL-2.0-only
/*
 * mailboxctl listen.
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
#include "converse.h"
#include "error.h"
#include "form.h"
#include "number.h"
#include "output.h"
#include "run.h"
#include "stop.h"
#include "text.h"
#include "trouble.h"
#include "user.h"

enum {
	OPT_HELP = 'h',
	OPT_BACKLOG = 'b',
	OPT_CAPACITY = 'c',
	OPT_IF = 'i',
	OPT_MODE = 'm',
	OPT_COUNT = 'n',
	OPT_VERBOSE = 'v',
	OPT_MAX_MESSAGE = 256,
};

static const struct option options[] = {
	{ "backlog", required_argument, NULL, OPT_BACKLOG },
	{ "capacity", required_argument, NULL, OPT_CAPACITY },
	{ "max-message", required_argument, NULL, OPT_MAX_MESSAGE },
	{ "mode", required_argument, NULL, OPT_MODE },
	{ "if", required_argument, NULL, OPT_IF },
	{ "count", required_argument, NULL, OPT_COUNT },
	{ "lines", no_argument, NULL, FORM_OPTION_LINES },
	{ "null", no_argument, NULL, FORM_OPTION_NUL },
	{ "netstrings", no_argument, NULL, FORM_OPTION_NETSTRINGS },
	{ "raw", no_argument, NULL, FORM_OPTION_RAW },
	{ "json", no_argument, NULL, FORM_OPTION_JSON },
	{ "verbose", no_argument, NULL, OPT_VERBOSE },
	{ "help", no_argument, NULL, OPT_HELP },
	{ 0 }
};

struct listen {
	struct trouble trouble;
	struct mailbox_listen args;
	struct form form;
	char *judge;		/* a shell command, or NULL */
	char **argv;		/* the command for each connection; may be empty */
	uint64_t count;		/* connections */
	bool verbose;
	int port;
	char greeting[MAILBOX_GREETING_MAX];
};

static void take_port(struct listen *listen, int option)
{
	struct mailbox_create *port = &listen->args.port;

	switch (option) {
	case OPT_BACKLOG:
		port->capacity = (uint32_t)number_parse("--backlog", optarg, 0,
							MAILBOX_CAPACITY_MAX);
		break;
	case OPT_CAPACITY:
		listen->args.channel_capacity =
			(uint32_t)number_parse("--capacity", optarg, 0,
					       MAILBOX_CAPACITY_MAX);
		break;
	case OPT_MAX_MESSAGE:
		listen->args.channel_max_message =
			(uint32_t)number_parse_size("--max-message", optarg, 0,
						    MAILBOX_MESSAGE_MAX);
		break;
	case OPT_MODE:
		port->flags |= MAILBOX_CREATE_MODE;
		port->mode = number_parse_mode("--mode", optarg);
		break;
	default:
		die_getopt();
	}
}

static void take_option(struct listen *listen, const struct command *self,
			int option)
{
	switch (option) {
	case OPT_HELP:
		command_help(self);
	case OPT_IF:
		listen->judge = optarg;
		break;
	case OPT_COUNT:
		listen->count = number_parse("--count", optarg, 1, UINT64_MAX);
		break;
	case OPT_VERBOSE:
		listen->verbose = true;
		break;
	default:
		if (!form_take(&listen->form, option))
			take_port(listen, option);
	}
}

static void tell(const struct listen *listen,
		 const struct mailbox_message *request, uint32_t reason)
{
	char *greeting = text_escape(listen->greeting, request->length, "");
	char *user = user_name(request->uid);

	if (reason)
		fprintf(stderr, "refused with reason %u: ", reason);
	fprintf(stderr, "connection from process %u of %s%s%s\n", request->pid,
		user, *greeting ? ": " : "", greeting);
	free(user);
	free(greeting);
}

/* 0, or why not. */
static uint32_t judge(struct listen *listen,
		      const struct mailbox_message *request)
{
	struct run_output output;
	char *argv[4] = { NULL };

	if (!listen->judge)
		return 0;
	argv[0] = "/bin/sh";
	argv[1] = "-c";
	argv[2] = listen->judge;
	run_with(argv, request, listen->greeting, request->length, 0, &output);
	free(output.data);
	return (uint32_t)output.status;
}

/* The next connection that is wanted: an endpoint, or -errno. */
static int next_connection(struct listen *listen,
			   struct mailbox_message *request)
{
	struct mailbox_receive call;
	struct mailbox_accept args;
	uint32_t reason;
	int endpoint;

	mailbox_receive_init(&call, 0, listen->greeting,
			     sizeof(listen->greeting));
	endpoint = (int)mailbox_receive_with(listen->port, &call);
	if (endpoint < 0)
		return endpoint;
	*request = call.message;
	reason = judge(listen, request);
	if (listen->verbose)
		tell(listen, request, reason);
	if (reason) {
		mailbox_reject(listen->port, 0, request->token, reason);
		return -ESTALE;
	}
	mailbox_accept_init(&args, 0, listen->greeting,
			    sizeof(listen->greeting));
	args.token = request->token;
	endpoint = mailbox_accept_with(listen->port, &args);
	/* It must not wait for who cannot take it. */
	if (endpoint < 0 && endpoint != -ESTALE)
		mailbox_reject(listen->port, 0, request->token,
			       (uint32_t)-endpoint);
	return endpoint;
}

/* In a process of its own: the command's output and input are ours. */
static _Noreturn void converse_with_command(struct listen *listen, int endpoint,
					    struct mailbox_message *request)
{
	int fds[2], code;
	pid_t pid;

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	close(listen->port);
	pid = run_piped(listen->argv, request, fds);
	dup2(fds[0], STDIN_FILENO);
	dup2(fds[1], STDOUT_FILENO);
	close(fds[0]);
	close(fds[1]);
	signal(SIGPIPE, SIG_IGN);
	code = converse(endpoint, &listen->form, &listen->trouble);
	close(STDIN_FILENO);
	run_wait(pid);
	_exit(code);
}

static void start_command(struct listen *listen, int endpoint,
			  struct mailbox_message *request)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid)
		converse_with_command(listen, endpoint, request);
	if (pid < 0)
		warn_text("cannot start a process: %s", strerror(errno));
	close(endpoint);
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

/* 0 when there were as many connections as wanted, or a signal came. */
static int serve_connections(struct listen *listen)
{
	struct mailbox_message request;
	int endpoint;

	while (listen->count && !stop_requested()) {
		endpoint = next_connection(listen, &request);
		if (endpoint == -ESTALE || endpoint == -EINTR)
			continue;
		if (endpoint < 0)
			return endpoint;
		start_command(listen, endpoint, &request);
		listen->count--;
	}
	return 0;
}

static int serve(struct listen *listen)
{
	int error = serve_connections(listen);

	if (stop_requested())
		stop_now();
	if (error)
		return (int)trouble_report(&listen->trouble, error);
	/* Nobody else gets in while those are served to the end. */
	close(listen->port);
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		if (stop_requested())
			stop_now();
	return EXIT_OK;
}

/* One conversation, with this command's own standard input and output. */
static int converse_once(struct listen *listen)
{
	struct mailbox_message request;
	int endpoint;

	do
		endpoint = next_connection(listen, &request);
	while (!stop_requested() &&
	       (endpoint == -ESTALE || endpoint == -EINTR));
	if (stop_requested())
		stop_now();
	if (endpoint < 0)
		return (int)trouble_report(&listen->trouble, endpoint);
	close(listen->port);
	return converse(endpoint, &listen->form, &listen->trouble);
}

static int make_port(struct listen *listen)
{
	struct trouble *trouble = &listen->trouble;

	listen->port = mailbox_listen_with(trouble->client, &listen->args);
	if (listen->port < 0)
		return (int)trouble_report(trouble, listen->port);
	trouble->operation = TO_RECEIVE;
	stop_catch();
	return *listen->argv ? serve(listen) : converse_once(listen);
}

static void check(const struct listen *listen)
{
	if (!*listen->argv && listen->count != UINT64_MAX)
		die_usage("--count is for connections that get a COMMAND");
	if (*listen->argv && listen->form.kind == FORM_JSON)
		die_usage("--json is for people and programs behind this command, not for a COMMAND");
	output_require();
}

static int run_listen(const struct command *self, int argc, char **argv)
{
	struct listen listen = {
		.trouble = { .operation = TO_LISTEN },
		.form = { .frame = FRAME_LINE },
		.count = UINT64_MAX,
	};
	struct address address;
	int option, code;

	mailbox_listen_init(&listen.args, NULL, 16);
	while ((option = getopt_long(argc, argv, "+hb:c:i:m:n:l0v", options,
				     NULL)) != -1)
		take_option(&listen, self, option);
	if (optind == argc)
		die_usage("which name is the port to have?");
	address_parse(&address, argv[optind]);
	if (address.kind != ADDRESS_NAME)
		die_usage("a port is made by name");
	listen.argv = argv + optind + 1;
	check(&listen);
	if (!*listen.argv)
		form_complete(&listen.form);
	listen.args.port.name = (uintptr_t)address.name;
	listen.args.port.name_length = (uint32_t)strlen(address.name);
	listen.trouble.address = &address;
	listen.trouble.client = client_open();
	code = make_port(&listen);
	address_end(&address);
	return code;
}

const struct command command_listen = {
	.name = "listen",
	.arguments = "[OPTION]... NAME [COMMAND [ARGUMENT]...]",
	.summary = "Make a port, and converse with who connects to it",
	.details =
"Without COMMAND, with the first one, through standard input and output: each\n"
"line is a message.  With COMMAND, with everybody at the same time: each\n"
"connection gets a COMMAND of its own, which reads from the other side and writes\n"
"to it.  MAILBOX_PID, MAILBOX_UID and MAILBOX_GID tell it who that is.\n"
"\n"
"  -i, --if COMMAND        accept only if this shell command, which reads the\n"
"                          greeting, succeeds; else its status is the reason\n"
"  -n, --count N           with COMMAND: end after N connections\n"
"  -m, --mode MODE         permission bits; 2 allows to connect (default 0600)\n"
"  -b, --backlog N         connection requests that may wait (default 16)\n"
"  -c, --capacity N        messages that a channel holds in each direction\n"
"                          (default 16; 0: rendezvous)\n"
"      --max-message SIZE  the longest message of a channel; K and M may follow\n"
"  -l, --lines             messages are lines (the default)\n"
"  -0, --null              each ends with a NUL byte, in both directions\n"
"      --netstrings        each is LENGTH:BYTES, in both directions\n"
"      --raw               write lines as they are to a terminal, too\n"
"      --json              write messages as lines of JSON, with all about them\n"
"  -v, --verbose           tell of each connection, on standard error\n"
"  -h, --help\n"
"\n"
"The port ends with this command.\n"
"\n"
"Examples:\n"
"  mailboxctl listen control\n"
"  mailboxctl listen shout tr a-z A-Z\n"
"  mailboxctl listen --mode 0622 --if 'grep -q -x sesame' cave cat\n",
	.run = run_listen,
};
