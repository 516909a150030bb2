// SPDX-License-Identifier: GPL-2.0-only
#include "rpc/server.h"

struct mailbox_rpc_server *rpc_server;

int rpc_memory(struct rpc_setup *setup)
{
	setup->length = mailbox_rpc_journal_bytes(&rpc_sizes);
	setup->memory = mb_shared(setup->length);
	return setup->memory ? 0 : -ENOMEM;
}

static int journal_open(const struct rpc_setup *setup,
			struct mailbox_rpc_journal **journal)
{
	if (setup->section)
		return mailbox_rpc_journal_section(setup->name, &rpc_sizes,
						   journal);
	return mailbox_rpc_journal_open(setup->memory, setup->length,
					&rpc_sizes, journal);
}

struct rpc_ledger rpc_ledger_of(const struct rpc_setup *setup)
{
	struct rpc_ledger ledger = { .sum = -1 };
	struct mailbox_rpc_journal *journal;

	if (journal_open(setup, &journal))
		return ledger;
	ledger = *(struct rpc_ledger *)mailbox_rpc_journal_state(journal);
	mailbox_rpc_journal_close(journal);
	return ledger;
}

static int objects_add(void)
{
	int ret = mailbox_rpc_server_class(rpc_server, &rpc_ledger_class);

	return ret ? ret :
		     mailbox_rpc_server_add(rpc_server,
					    &test__factory__interface,
					    &rpc_factory_service.base);
}

/* With what every server here has. */
static int serve(unsigned int threads)
{
	int ret;

	ret = mailbox_rpc_server_add(rpc_server, &test__test__interface,
				     &rpc_test_service.base);
	if (!ret)
		ret = mailbox_rpc_server_add(rpc_server,
					     &test__cargo__interface,
					     &rpc_cargo_service.base);
	return ret ? ret : mailbox_rpc_serve(rpc_server, threads);
}

int rpc_server_run(void *argument)
{
	const struct rpc_setup *setup = argument;
	struct mailbox_rpc_server_options options = {
		.size = sizeof(options),
		.persist = setup->persist,
		.mode = setup->mode,
		.trace = setup->trace,
	};
	int ret;

	if (setup->user && mb_become(setup->user, setup->user, NULL, 0))
		return MB_NOT_BECOME;
	if (setup->ledger) {
		ret = journal_open(setup, &options.journal);
		if (ret)
			return ret;
	}
	ret = mailbox_rpc_server_new(setup->name, &options, &rpc_server);
	if (ret)
		return ret;
	if (setup->host)
		ret = objects_add();
	if (!ret && setup->ledger)
		ret = mailbox_rpc_server_add(rpc_server,
					     &test__ledger__interface,
					     &rpc_ledger_service.base);
	if (!ret)
		ret = serve(setup->threads);
	mailbox_rpc_server_free(rpc_server);
	mailbox_rpc_journal_close(options.journal);
	return ret;
}

int rpc_handle_serve(int handle)
{
	int ret = mailbox_rpc_server_new(NULL, NULL, &rpc_server);

	if (ret)
		return ret;
	ret = mailbox_rpc_server_handle(rpc_server, handle);
	if (!ret)
		ret = serve(1);
	mailbox_rpc_server_free(rpc_server);
	return ret;
}

static void *handle_run(void *handle)
{
	rpc_handle_serve((int)(intptr_t)handle);
	return NULL;
}

int rpc_handle_start(int handle, pthread_t *thread)
{
	return -pthread_create(thread, NULL, handle_run,
			       (void *)(intptr_t)handle);
}

int rpc_ignore(const ProtobufCMessage *message, void *context)
{
	return 0;
}

int rpc_child_start(struct mb_child *child, mb_child_fn run, void *argument,
		    const char *server_name)
{
	char name[64];
	int client, fd, ret;

	ret = mb_child_start(child, run, argument);
	if (ret)
		return ret;
	client = mailbox_client_open();
	snprintf(name, sizeof(name), "rpc:%s", server_name);
	ret = mb_until((fd = mailbox_open(client, name, MAILBOX_RIGHT_SEND,
					  0)) >= 0 ||
		       mb_child_done(child));
	if (fd >= 0)
		close(fd);
	close(client);
	return fd < 0 ? (ret ? ret : fd) : 0;
}

int rpc_server_start(struct mb_child *child, const struct rpc_setup *setup)
{
	return rpc_child_start(child, rpc_server_run, (void *)setup,
			       setup->name);
}

bool rpc_says(const struct mailbox_rpc_stub *stub, const char *text)
{
	const struct mailbox_rpc_status *status = mailbox_rpc_stub_status(stub);

	if (strstr(status->text, text))
		return true;
	fprintf(stderr, "# it says: %s\n", status->text);
	return false;
}

int rpc_box_open(int client, const char *server_name, unsigned int rights)
{
	char name[300];

	snprintf(name, sizeof(name), "rpc:%s", server_name);
	return mailbox_open(client, name, rights, 0);
}

const char *rpc_unique(const char *base)
{
	static unsigned int count;
	static char name[64];

	snprintf(name, sizeof(name), "%s.%d.%u", base, getpid(), count++);
	return name;
}
