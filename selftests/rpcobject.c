// SPDX-License-Identifier: GPL-2.0-only
/*
 * Remote objects: references as results and parameters, their end when nobody has one
 * any more, and moves between processes while calls keep coming.
 *
 * RPC_MOVES in the environment: how often the object moves.
 */
#include <sys/eventfd.h>

#include "lib/test.h"
#include "rpc/server.h"

#define HOSTS		4
#define CLIENTS		4

FIXTURE(object) {
	char names[HOSTS][64];
	struct rpc_setup setups[HOSTS];
	struct mb_child hosts[HOSTS];
	struct mailbox_rpc_stub *factories[HOSTS];
	struct mailbox_rpc_stub *makers[HOSTS];	/* whose parcels keep something */
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
		ASSERT_EQ(0, mailbox_rpc_stub_new(self->names[i],
						  &test__factory__interface,
						  &self->makers[i]));
	}
}

FIXTURE_TEARDOWN(object)
{
	for (int i = 0; i < HOSTS; i++) {
		mailbox_rpc_stub_free(self->factories[i]);
		mailbox_rpc_stub_free(self->makers[i]);
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

/* An object of the maker's, and a stub that has its only handle. */
static int make(struct mailbox_rpc_stub *maker, struct mailbox_rpc_stub **ledger,
		uint64_t *id)
{
	Test__Object *made;
	int ret;

	ret = test__factory__make__call(maker, &nothing, &made);
	if (ret)
		return ret;
	*id = made->reference->id;
	ret = mailbox_rpc_stub_object(made->reference,
				      mailbox_rpc_stub_incoming(maker),
				      &test__ledger__interface, ledger);
	test__object__free_unpacked(made, NULL);
	return ret;
}

/* Passes a reference to what @ledger calls to a method that takes one. */
static int pass(struct mailbox_rpc_stub *factory, struct mailbox_rpc_stub *ledger,
		bool hold)
{
	Mailbox__Rpc__Reference reference = MAILBOX__RPC__REFERENCE__INIT;
	Test__Object object = TEST__OBJECT__INIT;
	int ret;

	ret = mailbox_rpc_attach_stub(mailbox_rpc_stub_outgoing(factory),
				      ledger, &reference);
	if (ret < 0)
		return ret;
	object.reference = &reference;
	return hold ? test__factory__hold__call(factory, &object, NULL) :
		      test__factory__sum_of__call(factory, &object, NULL);
}

TEST_F(object, is_a_result_and_a_parameter)
{
	Mailbox__Rpc__Reference reference = MAILBOX__RPC__REFERENCE__INIT;
	struct mailbox_rpc_stub *ledger;
	Test__Object object = TEST__OBJECT__INIT;
	Test__Number *sum;
	uint64_t id;

	ASSERT_EQ(0, make(self->makers[0], &ledger, &id));
	EXPECT_EQ(MAILBOX_RPC_OK, add(ledger, 40));
	EXPECT_EQ(MAILBOX_RPC_OK, add(ledger, 2));
	/* another process calls it by the reference */
	ASSERT_EQ(1, mailbox_rpc_attach_stub(
		mailbox_rpc_stub_outgoing(self->factories[1]), ledger,
		&reference));
	EXPECT_EQ(id, reference.id);
	EXPECT_EQ(1, reference.attachment);
	EXPECT_STREQ("test.Ledger", reference.service);
	object.reference = &reference;
	ASSERT_EQ(MAILBOX_RPC_OK, test__factory__sum_of__call(
		self->factories[1], &object, &sum));
	EXPECT_EQ(42, sum->number);
	test__number__free_unpacked(sum, NULL);
	EXPECT_EQ(-EINVAL, mailbox_rpc_stub_object(&reference, NULL,
						   &test__test__interface,
						   &ledger));
	mailbox_rpc_stub_free(ledger);
}

TEST_F(object, ends_when_nobody_can_call_it)
{
	struct mailbox_rpc_stub *first, *second, *late;
	Test__Object *made;

	ASSERT_EQ(MAILBOX_RPC_OK, test__factory__make_plain__call(
		self->makers[0], &nothing, &made));
	EXPECT_EQ(0, made->reference->attachment);
	ASSERT_EQ(0, mailbox_rpc_stub_object(made->reference, NULL,
					     &test__ledger__interface,
					     &first));
	ASSERT_EQ(0, mailbox_rpc_stub_object(made->reference, NULL,
					     &test__ledger__interface,
					     &second));
	EXPECT_EQ(MAILBOX_RPC_OK, add(first, 1));
	EXPECT_EQ(1, alive(self->factories[0]));
	mailbox_rpc_stub_free(first);
	EXPECT_EQ(MAILBOX_RPC_OK, add(second, 1));
	EXPECT_EQ(1, alive(self->factories[0]));
	mailbox_rpc_stub_free(second);
	EXPECT_EQ(0, mb_until(alive(self->factories[0]) == 0));
	EXPECT_EQ(-ENOENT, mailbox_rpc_stub_object(made->reference, NULL,
						   &test__ledger__interface,
						   &late));
	test__object__free_unpacked(made, NULL);
}

TEST_F(object, is_kept_by_a_reference_that_nobody_has_used)
{
	ASSERT_EQ(MAILBOX_RPC_OK, test__factory__make__call(
		self->makers[0], &nothing, NULL));
	EXPECT_EQ(1, alive(self->factories[0]));
	/* the maker's next call gives back what the last one brought */
	ASSERT_LE(0, alive(self->makers[0]));
	EXPECT_EQ(0, mb_until(alive(self->factories[0]) == 0));
}

TEST_F(object, is_kept_by_whoever_got_a_reference)
{
	struct mailbox_rpc_stub *ledger, *shared;
	Test__Object *got;
	uint64_t id;

	ASSERT_EQ(0, make(self->makers[0], &ledger, &id));
	ASSERT_EQ(MAILBOX_RPC_OK, add(ledger, 5));
	ASSERT_EQ(MAILBOX_RPC_OK, pass(self->makers[1], ledger, true));
	mailbox_rpc_stub_free(ledger);
	/* it would end now, if it were only us: host 1 gives it to us again */
	ASSERT_EQ(MAILBOX_RPC_OK, test__factory__share__call(
		self->makers[1], &nothing, &got));
	EXPECT_EQ(id, got->reference->id);
	EXPECT_EQ(1, alive(self->factories[0]));
	ASSERT_EQ(MAILBOX_RPC_OK, test__factory__drop__call(
		self->factories[1], &nothing, NULL));
	ASSERT_EQ(0, mailbox_rpc_stub_object(
		got->reference, mailbox_rpc_stub_incoming(self->makers[1]),
		&test__ledger__interface, &shared));
	EXPECT_EQ(MAILBOX_RPC_OK, add(shared, 5));
	EXPECT_EQ(1, alive(self->factories[0]));
	mailbox_rpc_stub_free(shared);
	EXPECT_EQ(0, mb_until(alive(self->factories[0]) == 0));
	test__object__free_unpacked(got, NULL);
}

TEST_F(object, is_kept_by_a_reference_under_way)
{
	struct mailbox_rpc_stub *ledger;
	struct mailbox_attachment item;
	struct mailbox_attr attr;
	int client = mailbox_client_open();
	int box, handle;
	uint64_t id;

	mailbox_attr_init(&attr);
	attr.flags = MAILBOX_CREATE_ATTACH;
	box = mailbox_create_with(client, &attr);
	ASSERT_LE(0, box);
	ASSERT_EQ(0, make(self->makers[0], &ledger, &id));
	handle = mailbox_open_id(client, id, MAILBOX_RIGHT_SEND, 0);
	item = mailbox_attachment(handle, MAILBOX_RIGHT_SEND);
	ASSERT_EQ(0, mailbox_send_attached(box, 0, "x", 1, &item, 1));
	close(handle);
	ASSERT_EQ(MAILBOX_RPC_OK, add(ledger, 1));
	mailbox_rpc_stub_free(ledger);
	/* the message that carries it has not been received */
	EXPECT_EQ(1, alive(self->factories[0]));
	EXPECT_EQ(1, alive(self->factories[0]));
	close(box);
	EXPECT_EQ(0, mb_until(alive(self->factories[0]) == 0));
	close(client);
}

struct stranger {
	const char *host;
	uint64_t id;
};

/* Has an object by what it is given, though its ID would not let it. */
static int stranger_run(void *argument)
{
	Mailbox__Rpc__Reference by_id = MAILBOX__RPC__REFERENCE__INIT;
	struct mailbox_rpc_stub *factory, *ledger;
	const struct stranger *stranger = argument;
	Test__Object *got;
	int ret;

	by_id.id = stranger->id;
	by_id.service = "test.Ledger";
	ret = mailbox_rpc_stub_object(&by_id, NULL, &test__ledger__interface,
				      &ledger);
	if (ret != -EACCES)
		return -1;
	ret = mailbox_rpc_stub_new(stranger->host, &test__factory__interface,
				   &factory);
	if (ret)
		return ret;
	ret = test__factory__share__call(factory, &nothing, &got);
	if (!ret)
		ret = mailbox_rpc_stub_object(got->reference,
			mailbox_rpc_stub_incoming(factory),
			&test__ledger__interface, &ledger);
	return ret ? ret : add(ledger, 1);
}

TEST_F(object, reference_is_the_right_to_call)
{
	struct rpc_setup setup = self->setups[1];
	struct stranger stranger;
	struct mb_child open;
	struct mailbox_rpc_stub *ledger, *factory;

	mb_need_root();
	stranger.host = setup.name = rpc_unique("open");
	setup.mode = 0622;
	ASSERT_EQ(0, rpc_server_start(&open, &setup));
	ASSERT_EQ(0, mailbox_rpc_stub_new(setup.name,
					  &test__factory__interface,
					  &factory));
	ASSERT_EQ(0, make(self->makers[0], &ledger, &stranger.id));
	ASSERT_EQ(MAILBOX_RPC_OK, pass(factory, ledger, true));
	EXPECT_EQ(0, mb_as_uid(MB_USER_A, stranger_run, &stranger));
	mailbox_rpc_stub_free(factory);
	mailbox_rpc_stub_free(ledger);
	mb_child_kill(&open);
	EXPECT_EQ(0, mb_until(alive(self->factories[0]) == 0));
}

TEST_F(object, reference_that_is_none_is_refused)
{
	struct mailbox_rpc_parcel *parcel;
	Mailbox__Rpc__Reference *reference;
	struct mailbox_rpc_stub *ledger, *other, *none;
	Test__Object *made;
	uint64_t id;

	ASSERT_EQ(0, make(self->makers[1], &other, &id));
	ASSERT_EQ(MAILBOX_RPC_OK, test__factory__make__call(
		self->makers[0], &nothing, &made));
	reference = made->reference;
	parcel = mailbox_rpc_stub_incoming(self->makers[0]);
	reference->attachment = 2;
	EXPECT_EQ(-ENOENT, mailbox_rpc_stub_object(reference, parcel,
			&test__ledger__interface, &none));
	reference->attachment = 1;
	/* a handle to something else than it says */
	reference->id++;
	EXPECT_EQ(-EINVAL, mailbox_rpc_stub_object(reference, parcel,
			&test__ledger__interface, &none));
	reference->id--;
	reference->version = 9;
	EXPECT_EQ(-EINVAL, mailbox_rpc_stub_object(reference, parcel,
			&test__ledger__interface, &none));
	reference->version = 0;
	ASSERT_EQ(0, mailbox_rpc_stub_object(reference, parcel,
			&test__ledger__interface, &ledger));
	EXPECT_EQ(-EBADF, mailbox_rpc_stub_object(reference, parcel,
			&test__ledger__interface, &none));
	mailbox_rpc_stub_free(ledger);
	/* nothing that can be passed on, either */
	mb_child_kill(&self->hosts[1]);
	EXPECT_EQ(-EIDRM, pass(self->factories[0], other, false));
	ASSERT_EQ(0, rpc_server_start(&self->hosts[1], &self->setups[1]));
	mailbox_rpc_stub_free(other);
	test__object__free_unpacked(made, NULL);
}

TEST_F(object, server_can_be_passed_on_as_well)
{
	Mailbox__Rpc__Reference reference = MAILBOX__RPC__REFERENCE__INIT;
	struct mailbox_rpc_parcel *parcel =
		mailbox_rpc_stub_outgoing(self->factories[0]);
	struct mailbox_rpc_stub *test, *none;

	ASSERT_EQ(0, mailbox_rpc_stub_new(self->names[2],
					  &test__test__interface, &test));
	EXPECT_EQ(1, mailbox_rpc_attach_stub(parcel, test, &reference));
	EXPECT_EQ(3, reference.version);
	mailbox_rpc_stub_free(test);
	ASSERT_EQ(0, mailbox_rpc_stub_new(rpc_unique("none"),
					  &test__test__interface, &none));
	EXPECT_EQ(-ENOENT, mailbox_rpc_attach_stub(parcel, none, &reference));
	mailbox_rpc_stub_free(none);
}

TEST_F(object, ends_also_after_it_has_moved)
{
	struct mailbox_rpc_stub *ledger;
	uint64_t id;

	ASSERT_EQ(0, make(self->makers[0], &ledger, &id));
	ASSERT_EQ(MAILBOX_RPC_OK, move(self->factories[0], id, self->names[1]));
	EXPECT_EQ(0, alive(self->factories[0]));
	EXPECT_EQ(1, alive(self->factories[1]));
	ASSERT_EQ(MAILBOX_RPC_OK, add(ledger, 1));
	mailbox_rpc_stub_free(ledger);
	EXPECT_EQ(0, mb_until(alive(self->factories[1]) == 0));
}

TEST_F(object, that_cannot_move_stays)
{
	struct mailbox_rpc_stub *ledger;
	uint64_t id;

	ASSERT_EQ(0, make(self->makers[0], &ledger, &id));
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
}

TEST_F(object, takes_attachments_and_long_arguments)
{
	const struct mailbox_attachment item =
		mailbox_attachment(eventfd(0, EFD_NONBLOCK), 0);
	Test__Bytes bytes = TEST__BYTES__INIT;
	struct mailbox_rpc_stub *ledger;
	Test__Number *sum;
	uint64_t count = 0;
	uint64_t id;

	ASSERT_EQ(0, make(self->makers[0], &ledger, &id));
	bytes.data.len = 200000;
	bytes.data.data = malloc(bytes.data.len);
	memset(bytes.data.data, 2, bytes.data.len);
	/* where it was made, and where it has moved to */
	for (int i = 1; i <= 2; i++) {
		ASSERT_EQ(1, mailbox_rpc_attach(
			mailbox_rpc_stub_outgoing(ledger), &item));
		ASSERT_EQ(MAILBOX_RPC_OK, test__ledger__add_all__call(
			ledger, &bytes, &sum));
		EXPECT_EQ(400000 * i, sum->number);
		EXPECT_EQ(8, read(item.fd, &count, sizeof(count)));
		EXPECT_EQ(400000, count);
		test__number__free_unpacked(sum, NULL);
		if (i == 1)
			ASSERT_EQ(MAILBOX_RPC_OK, move(self->factories[0], id,
						       self->names[1]));
	}
	free(bytes.data.data);
	close(item.fd);
	mailbox_rpc_stub_free(ledger);
	EXPECT_EQ(0, mb_until(alive(self->factories[1]) == 0));
}

TEST_F(object, ends_with_its_mailbox)
{
	int client = mailbox_client_open();
	struct mailbox_rpc_stub *ledger;
	uint64_t id;

	ASSERT_EQ(0, make(self->makers[0], &ledger, &id));
	ASSERT_EQ(MAILBOX_RPC_OK, add(ledger, 1));
	ASSERT_EQ(0, mailbox_destroy(client, id));
	EXPECT_EQ(0, mb_until(alive(self->factories[0]) == 0));
	EXPECT_EQ(MAILBOX_RPC_UNAVAILABLE, add(ledger, 1));
	mailbox_rpc_stub_free(ledger);
	close(client);
}

TEST_F(object, that_did_not_move_ends_as_well)
{
	struct mailbox_rpc_stub *ledger;
	uint64_t id;

	ASSERT_EQ(0, make(self->makers[0], &ledger, &id));
	EXPECT_EQ(MAILBOX_RPC_UNAVAILABLE,
		  move(self->factories[0], id, "nobody"));
	mailbox_rpc_stub_free(ledger);
	EXPECT_EQ(0, mb_until(alive(self->factories[0]) == 0));
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

	ret = mailbox_rpc_stub_object(&client->reference, NULL,
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
			fprintf(stderr, "# client %u: %s\n", client->number,
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
		self->makers[0], &nothing, &made));
	made->reference->attachment = 0;	/* clients open it by its ID */
	ASSERT_EQ(0, mailbox_rpc_stub_object(made->reference, NULL,
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
