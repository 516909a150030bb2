// SPDX-License-Identifier: GPL-2.0-only
/*
 * Journals: what is changed is there as a whole or not at all, whatever happens to who
 * changes it; and what EXACTLY_ONCE makes of the answers that lie in them.
 */
#include "lib/test.h"
#include "rpc/server.h"

#include "mailbox/envelope.pb-c.h"

static const struct mailbox_rpc_journal_sizes sizes = {
	.state = 256, .log = 160, .answers = 4, .answer = 64,
};

FIXTURE(journal) {
	void *memory;
	size_t length;
	struct mailbox_rpc_journal *journal;
	char *state;
};

FIXTURE_SETUP(journal)
{
	self->length = mailbox_rpc_journal_bytes(&sizes);
	ASSERT_LT(0, self->length);
	self->memory = mb_shared(self->length);
	ASSERT_NE(NULL, self->memory);
	ASSERT_EQ(0, mailbox_rpc_journal_open(self->memory, self->length,
					      &sizes, &self->journal));
	self->state = mailbox_rpc_journal_state(self->journal);
}

FIXTURE_TEARDOWN(journal)
{
	mailbox_rpc_journal_close(self->journal);
}

static int change(struct mailbox_rpc_journal *journal, size_t at, size_t length,
		  int value)
{
	char *state = mailbox_rpc_journal_state(journal);
	int ret = mailbox_rpc_journal_touch(journal, state + at, length);

	if (!ret)
		memset(state + at, value, length);
	return ret;
}

TEST_F(journal, begins_with_zeroes_and_keeps_what_is_committed)
{
	struct mailbox_rpc_journal *again;

	for (int i = 0; i < 256; i++)
		ASSERT_EQ(0, self->state[i]);
	ASSERT_EQ(0, mailbox_rpc_journal_begin(self->journal));
	EXPECT_EQ(0, change(self->journal, 3, 5, 'a'));
	mailbox_rpc_journal_commit(self->journal);
	ASSERT_EQ(0, mailbox_rpc_journal_open(self->memory, self->length,
					      &sizes, &again));
	EXPECT_EQ(0, memcmp(mailbox_rpc_journal_state(again),
			    "\0\0\0aaaaa\0", 9));
	mailbox_rpc_journal_close(again);
}

TEST_F(journal, aborts_overlapping_changes_in_the_right_order)
{
	ASSERT_EQ(0, mailbox_rpc_journal_begin(self->journal));
	EXPECT_EQ(0, change(self->journal, 0, 8, 'a'));
	mailbox_rpc_journal_commit(self->journal);
	ASSERT_EQ(0, mailbox_rpc_journal_begin(self->journal));
	EXPECT_EQ(0, change(self->journal, 0, 4, 'b'));
	EXPECT_EQ(0, change(self->journal, 2, 4, 'c'));
	EXPECT_EQ(0, change(self->journal, 1, 1, 'd'));
	mailbox_rpc_journal_abort(self->journal);
	EXPECT_EQ(0, memcmp(self->state, "aaaaaaaa", 8));
}

TEST_F(journal, refuses_what_it_cannot_undo)
{
	ASSERT_EQ(0, mailbox_rpc_journal_begin(self->journal));
	EXPECT_EQ(-EDEADLK, mailbox_rpc_journal_begin(self->journal));
	EXPECT_EQ(-EINVAL, mailbox_rpc_journal_touch(self->journal,
						     self->state - 1, 1));
	EXPECT_EQ(-EINVAL, mailbox_rpc_journal_touch(self->journal,
						     self->state + 255, 2));
	EXPECT_EQ(-EINVAL, mailbox_rpc_journal_touch(self->journal,
						     self->state, SIZE_MAX));
	EXPECT_EQ(0, change(self->journal, 0, 128, 'a'));
	EXPECT_EQ(-ENOSPC, change(self->journal, 128, 8, 'b'));
	mailbox_rpc_journal_abort(self->journal);
	EXPECT_EQ(0, self->state[0]);
}

TEST_F(journal, tells_what_is_no_journal)
{
	struct mailbox_rpc_journal_sizes other = sizes;
	struct mailbox_rpc_journal *journal;
	char *junk = mb_shared(self->length);

	other.answer = 128;
	EXPECT_EQ(-EINVAL, mailbox_rpc_journal_open(
			self->memory, self->length, &other, &journal));
	other = sizes;
	other.answers = 2;
	EXPECT_EQ(-EILSEQ, mailbox_rpc_journal_open(
			self->memory, self->length, &other, &journal));
	EXPECT_EQ(-EINVAL, mailbox_rpc_journal_open(
			(char *)self->memory + 8, self->length - 8, &sizes,
			&journal));
	EXPECT_EQ(-EINVAL, mailbox_rpc_journal_open(NULL, self->length, &sizes,
						    &journal));
	memset(junk, 7, self->length);
	EXPECT_EQ(-EILSEQ, mailbox_rpc_journal_open(junk, self->length, &sizes,
						    &journal));
	other.answers = UINT32_MAX;
	other.answer = UINT32_MAX;
	EXPECT_EQ(0, mailbox_rpc_journal_bytes(&other));
}

/* Dies in the middle of a change, or just after it. */
static int die_in_change(void *argument)
{
	struct mailbox_rpc_journal *journal = argument;

	if (mailbox_rpc_journal_begin(journal))
		return 1;
	change(journal, 0, 64, 'x');
	change(journal, 32, 8, 'y');
	kill(getpid(), SIGKILL);
	return 0;
}

TEST_F(journal, undoes_the_change_of_one_who_died)
{
	ASSERT_EQ(0, mailbox_rpc_journal_begin(self->journal));
	EXPECT_EQ(0, change(self->journal, 0, 64, 'a'));
	mailbox_rpc_journal_commit(self->journal);
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(MB_CHILD_KILLED,
			  mb_child_run(die_in_change, self->journal));
		EXPECT_EQ('y', self->state[32]);
		/* who gets the lock next sees to it */
		ASSERT_EQ(0, mailbox_rpc_journal_begin(self->journal));
		for (int k = 0; k < 64; k++)
			ASSERT_EQ('a', self->state[k]);
		mailbox_rpc_journal_commit(self->journal);
	}
}

static int write_section(void *argument)
{
	struct mailbox_rpc_journal *journal;
	int ret = mailbox_rpc_journal_section(argument, &sizes, &journal);

	if (ret)
		return ret;
	ret = mailbox_rpc_journal_begin(journal);
	change(journal, 0, 3, 'a');
	mailbox_rpc_journal_commit(journal);
	return ret;
}

static int open_section(void *argument)
{
	struct mailbox_rpc_journal *journal;

	return mailbox_rpc_journal_section(argument, &sizes, &journal);
}

TEST_F(journal, in_a_section_outlives_its_process)
{
	struct mailbox_rpc_journal_sizes other = sizes;
	struct mailbox_rpc_journal *journal;
	const char *name = rpc_unique("section");

	EXPECT_EQ(-ENOENT, mailbox_rpc_journal_remove(name));
	ASSERT_EQ(0, mb_child_run(write_section, (void *)name));
	ASSERT_EQ(0, mailbox_rpc_journal_section(name, &sizes, &journal));
	EXPECT_EQ(0, memcmp(mailbox_rpc_journal_state(journal), "aaa\0", 4));
	mailbox_rpc_journal_close(journal);
	EXPECT_EQ(-EACCES, mb_as_uid(65534, open_section, (void *)name));
	other.answers = 3;
	EXPECT_EQ(-EILSEQ, mailbox_rpc_journal_section(name, &other, &journal));
	other.state = 1 << 20;
	EXPECT_EQ(-EILSEQ, mailbox_rpc_journal_section(name, &other, &journal));
	EXPECT_EQ(0, mailbox_rpc_journal_remove(name));
	EXPECT_EQ(-ENOENT, mailbox_rpc_journal_remove(name));
	ASSERT_EQ(0, mailbox_rpc_journal_section(name, &sizes, &journal));
	EXPECT_EQ(0, *(char *)mailbox_rpc_journal_state(journal));
	mailbox_rpc_journal_close(journal);
	EXPECT_EQ(0, mailbox_rpc_journal_remove(name));
}

/* ---- Answers --------------------------------------------------------------- */

typedef Mailbox__Rpc__Request request;
typedef Mailbox__Rpc__Reply reply;

FIXTURE(answers) {
	struct rpc_setup setup;
	struct mb_child server;
	struct mailbox_rpc_stub *stub;
};

FIXTURE_SETUP(answers)
{
	self->setup = (struct rpc_setup){
		.name = rpc_unique("answers"),
		.threads = 2,
		.ledger = true,
		.mode = 0622,
	};
	ASSERT_EQ(0, rpc_memory(&self->setup));
	ASSERT_EQ(0, rpc_server_start(&self->server, &self->setup));
	ASSERT_EQ(0, mailbox_rpc_stub_new(self->setup.name,
					  &test__ledger__interface,
					  &self->stub));
}

FIXTURE_TEARDOWN(answers)
{
	mailbox_rpc_stub_free(self->stub);
	mb_child_kill(&self->server);
}

/* An Add of 5, as a client of its own would send it. */
struct raw {
	const char *name;
	uint64_t identity;
	uint64_t sequence;
	uint64_t deadline;
	const char *method;
	bool replayed;		/* out */
};

/* The code, or -errno. */
static int raw_add(void *argument)
{
	static const uint8_t five[] = { 8, 5 };
	struct raw *raw = argument;
	request add = MAILBOX__RPC__REQUEST__INIT;
	int client = mailbox_client_open();
	uint8_t data[256], answer[1024];
	ssize_t got;
	reply *said;
	int box, code;

	add.protocol = 1;
	add.service = "test.Ledger";
	add.method = raw->method ? (char *)raw->method : "Add";
	add.semantics = MAILBOX_RPC_EXACTLY_ONCE;
	add.identity = raw->identity;
	add.sequence = raw->sequence;
	add.deadline = raw->deadline;
	add.argument.data = (uint8_t *)five;
	add.argument.len = sizeof(five);
	box = rpc_box_open(client, raw->name, MAILBOX_RIGHT_SEND);
	if (box < 0)
		return box;
	got = mailbox_call(box, 0, data,
			   mailbox__rpc__request__pack(&add, data), answer,
			   sizeof(answer));
	close(box);
	close(client);
	if (got < 0)
		return (int)got;
	said = mailbox__rpc__reply__unpack(NULL, (size_t)got, answer);
	if (!said)
		return -EPROTO;
	code = (int)said->status;
	raw->replayed = said->replayed;
	mailbox__rpc__reply__free_unpacked(said, NULL);
	return code;
}

static struct raw raw_of(const struct rpc_setup *setup, uint64_t sequence)
{
	return (struct raw){
		.name = setup->name,
		.identity = 77,
		.sequence = sequence,
		.deadline = mb_now_ns(CLOCK_MONOTONIC) + 100 * MAILBOX_SECOND,
	};
}

TEST_F(answers, a_repetition_is_answered_and_not_executed)
{
	struct raw raw = raw_of(&self->setup, 1);

	EXPECT_EQ(MAILBOX_RPC_OK, raw_add(&raw));
	EXPECT_FALSE(raw.replayed);
	EXPECT_EQ(MAILBOX_RPC_OK, raw_add(&raw));
	EXPECT_TRUE(raw.replayed);
	EXPECT_EQ(5, rpc_ledger_of(&self->setup).sum);
	raw.sequence = 2;
	EXPECT_EQ(MAILBOX_RPC_OK, raw_add(&raw));
	EXPECT_FALSE(raw.replayed);
	/* acknowledged */
	raw.sequence = 1;
	EXPECT_EQ(MAILBOX_RPC_ABORTED, raw_add(&raw));
	EXPECT_EQ(10, rpc_ledger_of(&self->setup).sum);
	/* also by the next server */
	mb_child_kill(&self->server);
	ASSERT_EQ(0, rpc_server_start(&self->server, &self->setup));
	raw.sequence = 2;
	EXPECT_EQ(MAILBOX_RPC_OK, raw_add(&raw));
	EXPECT_TRUE(raw.replayed);
	EXPECT_EQ(10, rpc_ledger_of(&self->setup).sum);
}

TEST_F(answers, nobody_gets_another_users_answers)
{
	struct raw raw = raw_of(&self->setup, 1);

	EXPECT_EQ(MAILBOX_RPC_OK, raw_add(&raw));
	EXPECT_EQ(MAILBOX_RPC_OK, mb_as_uid(65534, raw_add, &raw));
	EXPECT_EQ(10, rpc_ledger_of(&self->setup).sum);
}

TEST_F(answers, an_error_is_an_answer_and_changes_nothing)
{
	struct raw raw = raw_of(&self->setup, 1);

	raw.method = "AddAndFail";
	EXPECT_EQ(MAILBOX_RPC_ABORTED, raw_add(&raw));
	EXPECT_FALSE(raw.replayed);
	EXPECT_EQ(MAILBOX_RPC_ABORTED, raw_add(&raw));
	EXPECT_TRUE(raw.replayed);
	EXPECT_EQ(0, rpc_ledger_of(&self->setup).sum);
	EXPECT_EQ(0, rpc_ledger_of(&self->setup).executions);
}

TEST_F(answers, one_that_is_too_long_undoes_the_change)
{
	struct raw raw = raw_of(&self->setup, 1);
	Test__Number one = TEST__NUMBER__INIT;

	raw.method = "AddMuch";
	EXPECT_EQ(MAILBOX_RPC_RESOURCE_EXHAUSTED, raw_add(&raw));
	EXPECT_EQ(0, rpc_ledger_of(&self->setup).executions);
	/* nobody has to keep that */
	one.number = 1;
	mailbox_rpc_stub_semantics(self->stub, MAILBOX_RPC_MAYBE);
	EXPECT_EQ(MAILBOX_RPC_OK,
		  test__ledger__add_much__call(self->stub, &one, NULL));
	EXPECT_EQ(1, rpc_ledger_of(&self->setup).executions);
}

TEST_F(answers, a_method_has_to_answer_at_once)
{
	Test__Number one = TEST__NUMBER__INIT;

	one.number = 1;
	EXPECT_EQ(MAILBOX_RPC_INTERNAL,
		  test__ledger__add_and_forget__call(self->stub, &one, NULL));
	EXPECT_EQ(0, rpc_ledger_of(&self->setup).executions);
}

TEST_F(answers, places_are_limited_and_come_free_with_the_deadline)
{
	struct raw raw = raw_of(&self->setup, 1);
	uint64_t far = raw.deadline;
	unsigned int taken = 0;

	/* half of 16, and the rest for other users */
	for (raw.identity = 1; raw.identity <= 16; raw.identity++)
		if (raw_add(&raw) == MAILBOX_RPC_OK)
			taken++;
	EXPECT_EQ(8, taken);
	raw.identity = 1000;
	EXPECT_EQ(MAILBOX_RPC_RESOURCE_EXHAUSTED, raw_add(&raw));
	EXPECT_EQ(8, rpc_ledger_of(&self->setup).executions);
	EXPECT_EQ(MAILBOX_RPC_OK, mb_as_uid(65534, raw_add, &raw));
	/* one that is there may go on */
	raw.identity = 3;
	raw.sequence = 2;
	EXPECT_EQ(MAILBOX_RPC_OK, raw_add(&raw));
	EXPECT_EQ(10, rpc_ledger_of(&self->setup).executions);
	/* a deadline that has passed is not executed */
	raw.sequence = 3;
	raw.deadline = 1;
	EXPECT_EQ(MAILBOX_RPC_DEADLINE_EXCEEDED, raw_add(&raw));
	raw.deadline = far;
	EXPECT_EQ(10, rpc_ledger_of(&self->setup).executions);
}

TEST_F(answers, a_place_whose_deadline_has_passed_is_taken)
{
	struct raw raw = raw_of(&self->setup, 1);
	int code;

	for (raw.identity = 1; raw.identity <= 8; raw.identity++) {
		raw.deadline = mb_now_ns(CLOCK_MONOTONIC) +
			       300 * MAILBOX_MILLISECOND;
		code = raw_add(&raw);
		EXPECT_TRUE(code == MAILBOX_RPC_OK ||
			    code == MAILBOX_RPC_DEADLINE_EXCEEDED);
	}
	raw.identity = 1000;
	EXPECT_EQ(0, mb_until((raw.deadline = mb_now_ns(CLOCK_MONOTONIC) +
			       60 * MAILBOX_SECOND,
			       raw_add(&raw) == MAILBOX_RPC_OK)));
}

TEST_F(answers, exactly_once_needs_a_deadline_an_identity_and_a_number)
{
	struct raw raw = raw_of(&self->setup, 1);
	Test__Number one = TEST__NUMBER__INIT;

	raw.deadline = 0;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_add(&raw));
	raw = raw_of(&self->setup, 0);
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_add(&raw));
	raw = raw_of(&self->setup, 1);
	raw.identity = 0;
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT, raw_add(&raw));
	mailbox_rpc_stub_timeout(self->stub, MAILBOX_RPC_FOREVER);
	EXPECT_EQ(MAILBOX_RPC_INVALID_ARGUMENT,
		  test__ledger__add__call(self->stub, &one, NULL));
	EXPECT_EQ(0, mailbox_rpc_stub_status(self->stub)->attempts);
}

static int add_one(void *argument)
{
	Test__Number one = TEST__NUMBER__INIT;

	one.number = 1;
	return test__ledger__add__call(argument, &one, NULL);
}

TEST_F(answers, a_child_is_another_client)
{
	EXPECT_EQ(MAILBOX_RPC_OK, add_one(self->stub));
	/* with the parent's next number, and not its answer */
	EXPECT_EQ(MAILBOX_RPC_OK, mb_child_run(add_one, self->stub));
	EXPECT_EQ(MAILBOX_RPC_OK, add_one(self->stub));
	EXPECT_EQ(3, rpc_ledger_of(&self->setup).executions);
}

TEST_HARNESS_MAIN
