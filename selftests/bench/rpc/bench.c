// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a remote procedure call costs that does nothing: a bare CALL of the module, the
 * same through libmailbox-rpc with each of its semantics, and ONC RPC (libtirpc, stubs
 * by rpcgen) over a UNIX socket.  One client, one server, two processes.
 *
 * Prints "mechanism,nanoseconds": the median of the rounds, a call.
 */
#include <errno.h>
#include <mailbox.h>
#include <rpc/rpc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "null.rpc.h"
#include "onc.h"

#define WARM	200
#define ROUNDS	5
#define CALLS	400

/* rpcgen's dispatcher of the server's side has no prototype. */
void onc_null_1(struct svc_req *request, SVCXPRT *transport);

static void must(int good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static pid_t start(void (*serve)(void *argument), void *argument)
{
	pid_t pid = fork();

	must(pid >= 0, "fork");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	serve(argument);
	exit(1);
}

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return time.tv_sec * 1000000000ULL + time.tv_nsec;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void measure(const char *name, int (*call)(void *argument),
		    void *argument)
{
	uint64_t times[ROUNDS];

	for (int i = 0; i < WARM; i++)
		must(!call(argument), name);
	for (int round = 0; round < ROUNDS; round++) {
		uint64_t begin = now();

		for (int i = 0; i < CALLS; i++)
			must(!call(argument), name);
		times[round] = (now() - begin) / CALLS;
	}
	qsort(times, ROUNDS, sizeof(times[0]), compare);
	printf("%s,%llu\n", name, (unsigned long long)times[ROUNDS / 2]);
	fflush(stdout);
}

/* ---- A bare call: as many bytes as the library's null call has ------------------- */

#define BARE_REQUEST	48
#define BARE_REPLY	2

static void bare_serve(void *argument)
{
	int box = *(int *)argument;
	char buffer[BARE_REQUEST];
	struct mailbox_reply_receive both;

	mailbox_reply_receive_init(&both, 0, buffer, sizeof(buffer));
	for (;;) {
		if (mailbox_reply_receive_with(box, &both) < 0)
			return;
		both.token = both.message.token;
		mailbox_message_data(&both.reply, buffer, BARE_REPLY);
		mailbox_message_buffer(&both.message, buffer, sizeof(buffer));
	}
}

static int bare_call(void *argument)
{
	char request[BARE_REQUEST] = { 0 }, reply[64];

	return mailbox_call(*(int *)argument, 0, request, sizeof(request),
			    reply, sizeof(reply)) != BARE_REPLY;
}

static void bare(void)
{
	struct mailbox_attr attr;
	int box;
	pid_t server;

	mailbox_attr_init(&attr);
	box = mailbox_create_with(mailbox_client_open(), &attr);
	must(box >= 0, "mailbox");
	server = start(bare_serve, &box);
	measure("call", bare_call, &box);
	kill(server, SIGKILL);
}

/* ---- libmailbox-rpc ---------------------------------------------------------- */

static const struct mailbox_rpc_journal_sizes sizes = {
	.state = 64, .log = 128, .answers = 64, .answer = 64,
};

static void null_ping(Null__Null_Service *service, const Null__Nothing *input,
		      Null__Nothing_Closure closure, void *data)
{
	Null__Nothing reply = NULL__NOTHING__INIT;

	(void)service;
	(void)input;
	closure(&reply, data);
}

static void null_say(Null__Null_Service *service, const Null__Nothing *input,
		     Null__Text_Closure closure, void *data)
{
	Null__Text reply = NULL__TEXT__INIT;

	(void)service;
	(void)input;
	closure(&reply, data);
}

static void null_take(Null__Null_Service *service, const Null__Nothing *input,
		      Null__Nothing_Closure closure, void *data)
{
	null_ping(service, input, closure, data);
}

static void rpc_serve(void *journal)
{
	static Null__Null_Service service = NULL__NULL__INIT(null_);
	struct mailbox_rpc_server_options options = {
		.size = sizeof(options),
		.journal = journal,
	};
	struct mailbox_rpc_server *server;

	must(!mailbox_rpc_server_new("bench", &options, &server), "server");
	must(!mailbox_rpc_server_add(server, &null__null__interface,
				     &service.base), "service");
	mailbox_rpc_serve(server, 1);
}

static int stub_call(void *stub)
{
	const Null__Nothing nothing = NULL__NOTHING__INIT;

	return null__null__ping__call(stub, &nothing, NULL);
}

static int say_call(void *stub)
{
	const Null__Nothing nothing = NULL__NOTHING__INIT;

	return null__null__say__call(stub, &nothing, NULL);
}

static int take_call(void *stub)
{
	const Null__Nothing nothing = NULL__NOTHING__INIT;
	static int fd = -1;
	struct mailbox_attachment item;

	if (fd < 0)
		fd = eventfd(0, 0);
	item = mailbox_attachment(fd, 0);
	mailbox_rpc_attach(mailbox_rpc_stub_outgoing(stub), &item);
	return null__null__take__call(stub, &nothing, NULL);
}

static void rpc(const char *name, int (*call)(void *stub), uint32_t semantics,
		bool journalled)
{
	struct mailbox_rpc_journal *journal = NULL;
	struct mailbox_rpc_stub *stub;
	pid_t server;

	if (journalled) {
		size_t length = mailbox_rpc_journal_bytes(&sizes);
		void *memory = mmap(NULL, length, PROT_READ | PROT_WRITE,
				    MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		must(memory != MAP_FAILED, "mmap");
		must(!mailbox_rpc_journal_open(memory, length, &sizes,
					       &journal), "journal");
	}
	server = start(rpc_serve, journal);
	must(!mailbox_rpc_stub_new("bench", &null__null__interface, &stub),
	     "stub");
	/* it waits for the server */
	mailbox_rpc_stub_semantics(stub, MAILBOX_RPC_AT_LEAST_ONCE);
	must(!stub_call(stub), "first call");
	mailbox_rpc_stub_semantics(stub, semantics);
	measure(name, call, stub);
	mailbox_rpc_stub_free(stub);
	kill(server, SIGKILL);
	sleep(1);
}

/* ---- ONC RPC ------------------------------------------------------------------ */

void *onc_ping_1_svc(struct svc_req *request)
{
	static char result;

	(void)request;
	return &result;
}

static void onc_serve(void *argument)
{
	SVCXPRT *transport = svc_fd_create(*(int *)argument, 0, 0);

	must(transport != NULL, "svc_fd_create");
	must(svc_reg(transport, ONC_NULL, ONC_NULL_1, onc_null_1, NULL),
	     "svc_reg");
	svc_run();
}

static int onc_call(void *client)
{
	return onc_ping_1(client) == NULL;
}

static void onc(void)
{
	struct sockaddr_storage name = { .ss_family = AF_UNIX };
	struct netbuf address = {
		.maxlen = sizeof(name), .len = sizeof(name), .buf = &name,
	};
	int pair[2];
	CLIENT *client;
	pid_t server;

	must(!socketpair(AF_UNIX, SOCK_STREAM, 0, pair), "socketpair");
	server = start(onc_serve, &pair[1]);
	close(pair[1]);
	client = clnt_vc_create(pair[0], &address, ONC_NULL, ONC_NULL_1, 0, 0);
	must(client != NULL, "clnt_vc_create");
	measure("onc-rpc", onc_call, client);
	kill(server, SIGKILL);
}

int main(void)
{
	bare();
	rpc("rpc-maybe", stub_call, MAILBOX_RPC_MAYBE, false);
	rpc("rpc-at-least-once", stub_call, MAILBOX_RPC_AT_LEAST_ONCE, false);
	rpc("rpc-exactly-once", stub_call, MAILBOX_RPC_EXACTLY_ONCE, true);
	rpc("rpc-text", say_call, MAILBOX_RPC_MAYBE, false);
	rpc("rpc-attached", take_call, MAILBOX_RPC_MAYBE, false);
	onc();
	return 0;
}
