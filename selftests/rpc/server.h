/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A server to be called by the tests of libmailbox-rpc, in a process of its own.
 */
#ifndef SELFTESTS_RPC_SERVER_H
#define SELFTESTS_RPC_SERVER_H

#include <mailbox.h>
#include <pthread.h>
#include <mailbox-rpc.h>

#include "lib/env.h"
#include "test.rpc.h"

#define RPC_CLIENTS	8

/**
 * struct rpc_ledger - what lies in the journal
 * @sum: of what was added
 * @executions: how often something was added
 * @steps: of each client
 * @wrong: steps that were not the next
 */
struct rpc_ledger {
	int64_t sum;
	uint64_t executions;
	uint64_t steps[RPC_CLIENTS];
	uint64_t wrong;
};

/**
 * struct rpc_setup - how the server shall be
 * @name: its name
 * @threads: how many
 * @persist: as in its options
 * @mode: likewise
 * @user: whose process it is; 0: root's
 * @ledger: with a journal in @memory
 * @host: with objects
 * @section: and that in a section of its name, and not in @memory
 * @memory: shared; rpc_memory()
 * @length: its bytes
 * @trace: as in its options
 */
struct rpc_setup {
	const char *name;
	unsigned int threads;
	bool persist;
	uint32_t mode;
	uid_t user;
	bool ledger;
	bool section;
	bool host;
	void *memory;
	size_t length;
	void (*trace)(const struct mailbox_rpc_trace *what, void *context);
};

extern const struct mailbox_rpc_journal_sizes rpc_sizes;

/* A child's work; the argument is a struct rpc_setup. */
int rpc_server_run(void *argument);

/* Serves calls to Test and Cargo by a handle: 0 or -errno; or in a thread. */
int rpc_handle_serve(int handle);
int rpc_handle_start(int handle, pthread_t *thread);

/* Takes the results of a stream. */
int rpc_ignore(const ProtobufCMessage *message, void *context);

/* Starts it, and waits until it answers: 0 or -errno. */
int rpc_server_start(struct mb_child *child, const struct rpc_setup *setup);

/* The same of another child that serves that name. */
int rpc_child_start(struct mb_child *child, mb_child_fn run, void *argument,
		    const char *server_name);

/* Is @text in how the stub's last call ended?  Else it is shown. */
bool rpc_says(const struct mailbox_rpc_stub *stub, const char *text);

/* A handle of the mailbox behind the server's name, or -errno. */
int rpc_box_open(int client, const char *server_name, unsigned int rights);

/* A name that no other test has; until the next call. */
const char *rpc_unique(const char *base);

/* What the journal says, looked at from outside. */
struct rpc_ledger rpc_ledger_of(const struct rpc_setup *setup);

/* Memory for a ledger. */
int rpc_memory(struct rpc_setup *setup);

/* The server that this process is, and what can be called. */
extern struct mailbox_rpc_server *rpc_server;
extern Test__Test_Service rpc_test_service;
extern Test__Ledger_Service rpc_ledger_service;
extern Test__Factory_Service rpc_factory_service;
extern Test__Cargo_Service rpc_cargo_service;
extern const struct mailbox_rpc_class rpc_ledger_class;

#endif /* SELFTESTS_RPC_SERVER_H */
