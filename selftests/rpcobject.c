// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remote objects: references as results and parameters, their end when nobody has one
 * any more, and moves between processes while calls keep coming.
 *
 * RPC_MOVES in the environment: how often the object moves.
 */
#include "lib/test.h"
#include "rpc/server.h"

#define HOSTS		4
#define CLIENTS		4

FIXTURE(object) {
	char names[HOSTS][64];
	struct rpc_setup setups[HOSTS];
	struct mb_child hosts[HOSTS];
	struct mailbox_rpc_stub *factories[HOSTS];
};

FIXTURE_SETUP(object)
{
	for (int i = 0; i < HOSTS; i++) {
		snprintf(self->names[i], sizeof(self->names[i]), "%s",
			 rpc_unique("host"));
		self->setups[i] = (struct rpc_setup){
			.name = self->names[i],
			.threads = 2,
			.host = true,
		};
		ASSERT_EQ(0, rpc_server_start(&self->hosts[i],
					      &self->setups[i]));
		ASSERT_EQ(0, mailbox_rpc_stub_new(self->names[i],
						  &test__factory__interface,
						  &self->factories[i]));
	}
}

FIXTURE_TEARDOWN(object)
{
	for (int i = 0; i < HOSTS; i++) {
		mailbox_rpc_stub_free(self->factories[i]);
		mb_child_kill(&self->hosts[i]);
	}
}

static const Test__Nothing nothing = TEST__NOTHING__INIT;

/* Objects of a host, or -1. */
static int64_t alive(struct mailbox_rpc_stub *factory)
{
	Test__Number *number;
	int64_t count;

	if (test__factory__alive__call(factory, &nothing, &number))
		return -1;
	count = number->number;
	test__number__free_unpacked(number, NULL);
	return count;
}

static int add(struct mailbox_rpc_stub *ledger, int64_t number)
{
	Test__Number one = TEST__NUMBER__INIT;

	one.number = number;
	return test__ledger__add__call(ledger, &one, NULL);
}

static int move(struct mailbox_rpc_stub *factory, uint64_t id, const char *to)
{
	Test__Where where = TEST__WHERE__INIT;

	where.id = id;
	where.to = (char *)to;
	return test__factory__move__call(factory, &where, NULL);
}

TEST_F(object, is_a_result_and_a_parameter)
{
	struct mailbox_rpc_stub *ledger;
	Test__Object *made;
	Test__Number *sum;

	ASSERT_EQ(MAILBOX_RPC_OK, test__factory__make__call(
		self->factories[0], &nothing, &made));
	ASSERT_NE(NULL, made->reference);
	EXPECT_STREQ("test.Ledger", made->reference->service);
	ASSERT_EQ(0, mailbox_rpc_stub_object(made->reference,
					     &test__ledger__interface,
					     &ledger));
	EXPECT_EQ(MAILBOX_RPC_OK, add(ledger, 40));
	EXPECT_EQ(MAILBOX_RPC_OK, add(ledger, 2));
	/* another process calls it by the reference */
	ASSERT_EQ(MAILBOX_RPC_OK, test__factory__sum_of__call(
		self->factories[1], made, &sum));
	EXPECT_EQ(42, sum->number);
	test__number__free_unpacked(sum, NULL);
	EXPECT_EQ(-EINVAL, mailbox_rpc_stub_object(made->reference,
						   &test__test__interface,
						   &ledger));
	mailbox_rpc_stub_free(ledger);
	test__object__free_unpacked(made, NULL);
}

TEST_F(object, ends_when_nobody_can_call_it)
{
	struct mailbox_rpc_stub *first, *second, *late;
	Test__Object *made;

	ASSERT_EQ(MAILBOX_RPC_OK, test__factory__make__call(
		self->factories[0], &nothing, &made));
	ASSERT_EQ(0, mailbox_rpc_stub_object(made->reference,
					     &test__ledger__interface,
					     &first));
	ASSERT_EQ(0, mailbox_rpc_stub_object(made->reference,
					     &test__ledger__interface,
					     &second));
	EXPECT_EQ(MAILBOX_RPC_OK, add(first, 1));
	EXPECT_EQ(1, alive(self->factories[0]));
	mailbox_rpc_stub_free(first);
	EXPECT_EQ(MAILBOX_RPC_OK, add(second, 1));
	EXPECT_EQ(1, alive(self->factories[0]));
	mailbox_rpc_stub_free(second);
	EXPECT_EQ(0, mb_until(alive(self->factories[0]) == 0));
	EXPECT_EQ(-ENOENT, mailbox_rpc_stub_object(made->reference,
						   &test__ledger__interface,
						   &late));
	test__object__free_unpacked(made, NULL);
}

TEST_F(object, ends_also_after_it_has_moved)
{
	struct mailbox_rpc_stub *ledger;
	Test__Object *made;

	ASSERT_EQ(MAILBOX_RPC_OK, test__factory__make__call(
		self->factories[0], &nothing, &made));
	ASSERT_EQ(0, mailbox_rpc_stub_object(made->reference,
					     &test__ledger__interface,
					     &ledger));
	ASSERT_EQ(MAILBOX_RPC_OK, add(ledger, 1));
	ASSERT_EQ(MAILBOX_RPC_OK, move(self->factories[0],
				       made->reference->id, self->names[1]));
	EXPECT_EQ(0, alive(self->factories[0]));
	EXPECT_EQ(1, alive(self->factories[1]));
	mailbox_rpc_stub_free(ledger);
	EXPECT_EQ(0, mb_until(alive(self->factories[1]) == 0));
	test__object__free_unpacked(made, NULL);
}

TEST_F(object, that_cannot_move_stays)
{
	struct mailbox_rpc_stub *ledger;
	Test__Object *made;
	uint64_t id;

	ASSERT_EQ(MAILBOX_RPC_OK, test__factory__make__call(
		self->factories[0], &nothing, &made));
	id = made->reference->id;
	ASSERT_EQ(0, mailbox_rpc_stub_object(made->reference,
					     &test__ledger__interface,
					     &ledger));
	ASSERT_EQ(MAILBOX_RPC_OK, add(ledger, 1));
	EXPECT_EQ(MAILBOX_RPC_NOT_FOUND,
		  move(self->factories[1], id, self->names[0]));
	EXPECT_EQ(MAILBOX_RPC_UNAVAILABLE,
		  move(self->factories[0], id, "nobody"));
	EXPECT_EQ(MAILBOX_RPC_ALREADY_EXISTS,
		  move(self->factories[0], id, self->names[0]));
	EXPECT_EQ(MAILBOX_RPC_OK, add(ledger, 1));
	/* its process dies, and it with it */
	mb_child_kill(&self->hosts[0]);
	EXPECT_EQ(MAILBOX_RPC_UNAVAILABLE, add(ledger, 1));
	ASSERT_EQ(0, rpc_server_start(&self->hosts[0], &self->setups[0]));
	mailbox_rpc_stub_free(ledger);
	test__object__free_unpacked(made, NULL);
}

/* ---- Under load -------------------------------------------------------------- */

/**
 * struct client - a child that calls the object
 * @reference: to it
 * @number: of the client
 * @semantics: of its calls
 * @calls: that have ended well; in shared memory
 * @stop: enough
 * @failed: how the first that did not ended
 */
struct client {
	Mailbox__Rpc__Reference reference;
	uint32_t number;
	uint32_t semantics;
	_Atomic uint64_t calls;
	_Atomic bool stop;
	int failed;
};

static int client_run(void *argument)
{
	struct client *client = argument;
	struct mailbox_rpc_stub *stub;
	int ret;

	ret = mailbox_rpc_stub_object(&client->reference,
				      &test__ledger__interface, &stub);
	if (ret)
		return ret;
	mailbox_rpc_stub_semantics(stub, client->semantics);
	mailbox_rpc_stub_timeout(stub, 150 * MAILBOX_SECOND);
	while (!client->stop) {
		Test__Step step = TEST__STEP__INIT;

		step.client = client->number;
		step.number = client->calls + 1;
		client->failed = test__ledger__take__call(stub, &step, NULL);
		if (client->failed) {
			ksft_print_msg("client %u: %s\n", client->number,
				       mailbox_rpc_stub_status(stub)->text);
			break;
		}
		client->calls++;
	}
	mailbox_rpc_stub_free(stub);
	return client->failed;
}

static uint64_t calls_of(struct client *clients)
{
	uint64_t calls = 0;

	for (int i = 0; i < CLIENTS; i++)
		calls += clients[i].calls;
	return calls;
}

TEST_F_TIMEOUT(object, moves_under_load_and_loses_nothing, 900)
{
	struct client *clients = mb_shared(CLIENTS * sizeof(*clients));
	const char *setting = getenv("RPC_MOVES");
	int moves = setting ? atoi(setting) : 100;
	struct mb_child children[CLIENTS];
	struct mailbox_rpc_stub *keeper;
	unsigned int at = 0, seed = 3;
	Test__Object *made;
	Test__Number *wrong;
	uint64_t before;

	ASSERT_NE(NULL, clients);
	ASSERT_EQ(MAILBOX_RPC_OK, test__factory__make__call(
		self->factories[0], &nothing, &made));
	ASSERT_EQ(0, mailbox_rpc_stub_object(made->reference,
					     &test__ledger__interface,
					     &keeper));
	for (int i = 0; i < CLIENTS; i++) {
		clients[i].reference = *made->reference;
		clients[i].number = i;
		clients[i].semantics = i % 2 ? MAILBOX_RPC_EXACTLY_ONCE :
					       MAILBOX_RPC_MAYBE;
		ASSERT_EQ(0, mb_child_start(&children[i], client_run,
					    &clients[i]));
	}
	for (int i = 0; i < moves; i++) {
		unsigned int to = (at + 1 + rand_r(&seed) % (HOSTS - 1)) %
				  HOSTS;

		/* it has been called where it is */
		before = calls_of(clients);
		ASSERT_EQ(0, mb_until(calls_of(clients) > before + 4));
		ASSERT_EQ(MAILBOX_RPC_OK,
			  move(self->factories[at], made->reference->id,
			       self->names[to]))
			TH_LOG("%s", mailbox_rpc_stub_status(
				       self->factories[at])->text);
		at = to;
	}
	before = calls_of(clients);
	EXPECT_EQ(0, mb_until(calls_of(clients) > before + 4));
	for (int i = 0; i < CLIENTS; i++)
		clients[i].stop = true;
	for (int i = 0; i < CLIENTS; i++)
		EXPECT_EQ(0, mb_child_join(&children[i]));

	/* as many executions as answers, each client's in order */
	for (int i = 0; i < CLIENTS; i++) {
		Test__Step step = TEST__STEP__INIT;

		step.client = i;
		step.number = clients[i].calls + 1;
		ASSERT_EQ(MAILBOX_RPC_OK,
			  test__ledger__take__call(keeper, &step, &wrong));
		EXPECT_EQ(0, wrong->number);
		test__number__free_unpacked(wrong, NULL);
	}
	TH_LOG("%d moves, %llu calls", moves,
	       (unsigned long long)calls_of(clients));
	for (unsigned int i = 0; i < HOSTS; i++)
		EXPECT_EQ(i == at, alive(self->factories[i]));
	mailbox_rpc_stub_free(keeper);
	test__object__free_unpacked(made, NULL);
}

TEST_HARNESS_MAIN
