// SPDX-License-Identifier: GPL-2.0-only
/*
 * What MAYBE, AT_LEAST_ONCE and EXACTLY_ONCE promise, while the server is killed and
 * started again: 4 clients withdraw 1 each time.  Every other kill is placed where it
 * hurts, between the change and its answer; the others come at random.
 *
 * RPC_WITHDRAWALS and RPC_KILLS in the environment make the run longer.
 */
#include "lib/test.h"
#include "rpc/server.h"

#define CLIENTS		4

/**
 * struct run - what the processes share
 * @progress: calls that have ended
 * @allowed: as many may have: nobody is done before all kills are
 * @die: the server is to die after the next change, before it answers
 * @planned: how often it has
 */
struct run {
	_Atomic uint64_t progress;
	_Atomic uint64_t allowed;
	_Atomic uint32_t die;
	_Atomic uint32_t planned;
};

static struct run *run;

/**
 * struct client - a child that withdraws
 * @name: of the server
 * @semantics: as to be promised
 * @calls: how many
 * @answered: of them, with OK
 * @unavailable: of them
 * @other: of them, ended in any other way
 * @repeated: attempts beyond the first
 * @replayed: answers of an earlier execution
 */
struct client {
	const char *name;
	uint32_t semantics;
	unsigned int calls;
	unsigned int answered;
	unsigned int unavailable;
	unsigned int other;
	unsigned int repeated;
	unsigned int replayed;
};

static void trace(const struct mailbox_rpc_trace *what, void *context)
{
	uint32_t yes = 1;

	if (what->event != MAILBOX_RPC_EXECUTED ||
	    !__atomic_compare_exchange_n((uint32_t *)&run->die, &yes, 0, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		return;
	run->planned++;
	kill(getpid(), SIGKILL);
	for (;;)
		pause();
}

static int client_run(void *argument)
{
	struct client *client = argument;
	struct mailbox_rpc_stub *stub;
	int ret;

	ret = mailbox_rpc_stub_new(client->name, &test__ledger__interface,
				   &stub);
	if (ret)
		return ret;
	mailbox_rpc_stub_semantics(stub, client->semantics);
	mailbox_rpc_stub_timeout(stub, 150 * MAILBOX_SECOND);
	for (unsigned int i = 0; i < client->calls; i++) {
		const struct mailbox_rpc_status *status =
			mailbox_rpc_stub_status(stub);
		Test__Number one = TEST__NUMBER__INIT;

		while (run->progress >= run->allowed)
			mb_pause();
		one.number = -1;
		switch (test__ledger__add__call(stub, &one, NULL)) {
		case MAILBOX_RPC_OK:
			client->answered++;
			break;
		case MAILBOX_RPC_UNAVAILABLE:
			client->unavailable++;
			break;
		default:
			client->other++;
			fprintf(stderr, "# %s: %s\n",
				       mailbox_rpc_code_name(status->code),
				       status->text);
			break;
		}
		client->repeated += status->attempts - 1;
		client->replayed += status->replayed;
		run->progress++;
	}
	mailbox_rpc_stub_free(stub);
	return 0;
}

static unsigned int setting(const char *name, unsigned int usual)
{
	const char *value = getenv(name);

	return value ? (unsigned int)atoi(value) : usual;
}

FIXTURE(once) {
	struct rpc_setup setup;
	struct client *clients;
	struct client all;
	unsigned int total, kills;
};

FIXTURE_SETUP(once)
{
	run = mb_shared(sizeof(*run));
	ASSERT_NE(NULL, run);
	self->clients = mb_shared(CLIENTS * sizeof(*self->clients));
	ASSERT_NE(NULL, self->clients);
	self->setup = (struct rpc_setup){
		.name = rpc_unique("once"),
		.threads = 3,
		.persist = true,
		.ledger = true,
		.section = true,
		.trace = trace,
	};
	self->total = setting("RPC_WITHDRAWALS", 1000) / CLIENTS * CLIENTS;
	self->kills = setting("RPC_KILLS", 20);
	memset(&self->all, 0, sizeof(self->all));
}

FIXTURE_TEARDOWN(once)
{
	int client = mailbox_client_open();
	int fd;

	fd = rpc_box_open(client, self->setup.name, MAILBOX_RIGHT_MANAGE);
	if (fd >= 0)
		mailbox_destroy(fd, 0);
	close(fd);
	close(client);
	EXPECT_EQ(0, mailbox_rpc_journal_remove(self->setup.name));
}

/*
 * Kills the server while @step calls are made, and starts another: placed, or after
 * @some of them.
 */
static int server_replace(struct mb_child *server, const struct rpc_setup *setup,
			  bool placed, uint64_t step, uint64_t some)
{
	uint64_t until = run->allowed + some;

	run->die = placed;
	run->allowed += step;
	if (placed) {
		if (mb_until(mb_child_done(server)))
			return -ETIMEDOUT;
		mb_child_join(server);
	} else {
		if (mb_until(run->progress >= until))
			return -ETIMEDOUT;
		mb_child_kill(server);
	}
	return mb_child_start(server, rpc_server_run, (void *)setup);
}

/* All clients' calls, with all kills; what the clients saw is summed up. */
static int withdraw_all(FIXTURE_DATA(once) *self, uint32_t semantics)
{
	struct mb_child server, children[CLIENTS];
	unsigned int seed = 1;
	int ret = rpc_server_start(&server, &self->setup);

	for (int i = 0; !ret && i < CLIENTS; i++) {
		self->clients[i] = (struct client){
			.name = self->setup.name,
			.semantics = semantics,
			.calls = self->total / CLIENTS,
		};
		ret = mb_child_start(&children[i], client_run,
				     &self->clients[i]);
	}
	for (unsigned int k = 1; !ret && k <= self->kills; k++) {
		uint64_t step = self->total / (self->kills + 2);

		ret = server_replace(&server, &self->setup, k % 2, step,
				     rand_r(&seed) % step);
	}
	run->allowed = self->total + CLIENTS;
	if (!ret)
		ret = mb_until(run->progress >= self->total);
	for (int i = 0; i < CLIENTS; i++) {
		mb_child_join(&children[i]);
		self->all.answered += self->clients[i].answered;
		self->all.unavailable += self->clients[i].unavailable;
		self->all.other += self->clients[i].other;
		self->all.repeated += self->clients[i].repeated;
		self->all.replayed += self->clients[i].replayed;
	}
	mb_child_kill(&server);
	fprintf(stderr, "# %u calls, %u kills (%u placed): %u answered, %u unavailable, %u repetitions, %u replayed, %llu executions\n",
		self->total, self->kills, run->planned,
		self->all.answered, self->all.unavailable,
		self->all.repeated, self->all.replayed,
		(unsigned long long)
			rpc_ledger_of(&self->setup).executions);
	return ret;
}

TEST_F_TIMEOUT(once, exactly_once_is_exact, 900)
{
	struct rpc_ledger ledger;

	ASSERT_EQ(0, withdraw_all(self, MAILBOX_RPC_EXACTLY_ONCE));
	ledger = rpc_ledger_of(&self->setup);
	EXPECT_EQ(self->total, self->all.answered);
	EXPECT_EQ(-(int64_t)self->total, ledger.sum);
	EXPECT_EQ(self->total, ledger.executions);
	EXPECT_EQ((self->kills + 1) / 2, run->planned);
	/* each placed kill was between a change and its answer */
	EXPECT_LE(run->planned, self->all.repeated);
	EXPECT_LE(run->planned, self->all.replayed);
}

TEST_F_TIMEOUT(once, at_least_once_is_more_than_once_when_the_server_dies, 900)
{
	struct rpc_ledger ledger;

	ASSERT_EQ(0, withdraw_all(self, MAILBOX_RPC_AT_LEAST_ONCE));
	ledger = rpc_ledger_of(&self->setup);
	EXPECT_EQ(self->total, self->all.answered);
	EXPECT_EQ(-(int64_t)ledger.executions, ledger.sum);
	EXPECT_LE(self->total + run->planned, ledger.executions);
	EXPECT_GE(self->total + self->all.repeated, ledger.executions);
	EXPECT_EQ(0, self->all.replayed);
}

TEST_F_TIMEOUT(once, maybe_loses_and_never_repeats, 900)
{
	struct rpc_ledger ledger;

	ASSERT_EQ(0, withdraw_all(self, MAILBOX_RPC_MAYBE));
	ledger = rpc_ledger_of(&self->setup);
	EXPECT_EQ(self->total, self->all.answered + self->all.unavailable);
	EXPECT_LE(run->planned, self->all.unavailable);
	EXPECT_LE(self->all.answered + run->planned, ledger.executions);
	EXPECT_GE(self->total, ledger.executions);
	EXPECT_EQ(-(int64_t)ledger.executions, ledger.sum);
	EXPECT_EQ(0, self->all.repeated);
}

TEST_HARNESS_MAIN
