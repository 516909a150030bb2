// SPDX-License-Identifier: GPL-2.0-only
/*
 * Many messages between four senders and four receivers, judged by the oracle;
 * and the same while senders and receivers are killed.
 *
 *	STRESS_MESSAGES	how many, in each mode (100000)
 *	STRESS_KILLS	how many processes are killed, in each mode (200)
 *	STRESS_SEED	to run the same dice again; it is printed
 *	STRESS_CROWD	1: other users use the module, too: what all hold together
 *			is not looked at
 */
#include "lib/test.h"
#include "lib/oracle.h"

static unsigned int setting(const char *name, unsigned int otherwise)
{
	const char *value = getenv(name);

	return value && *value ? strtoul(value, NULL, 0) : otherwise;
}

FIXTURE(stress) {
	int client;
	int box;
	unsigned int messages;
	unsigned int kills;
	unsigned int seed;
	bool crowd;
	struct oracle *oracle;
	struct mailbox_query before;	/* without the mailbox */
	struct mailbox_query idle;	/* with it */
	long objects;
};

FIXTURE_VARIANT(stress) {
	__u32 flags;
	__u32 capacity;
	__u32 low_water;
};

FIXTURE_VARIANT_ADD(stress, rendezvous) {
	.capacity = 0,
};

FIXTURE_VARIANT_ADD(stress, bounded) {
	.capacity = 16,
};

FIXTURE_VARIANT_ADD(stress, low_water) {
	.capacity = 16,
	.low_water = 4,
};

FIXTURE_VARIANT_ADD(stress, unbounded) {
	.flags = MAILBOX_CREATE_UNBOUNDED,
};

FIXTURE_SETUP(stress)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->objects = oracle_slab_objects();
	self->before = mb_query_now(self->client);
	self->box = mb_make(self->client, (struct mailbox_create){
		.flags = variant->flags, .capacity = variant->capacity,
		.low_water = variant->low_water,
	});
	ASSERT_LE(0, self->box);
	self->idle = mb_query_now(self->client);
	self->messages = setting("STRESS_MESSAGES", 100000);
	self->kills = setting("STRESS_KILLS", 200);
	self->crowd = setting("STRESS_CROWD", 0);
	self->seed = setting("STRESS_SEED", mb_now_ns(CLOCK_REALTIME));
	TH_LOG("STRESS_SEED=%u STRESS_MESSAGES=%u STRESS_KILLS=%u",
	       self->seed, self->messages, self->kills);
	self->oracle = oracle_new(self->box, self->messages, self->kills,
				  self->seed);
	ASSERT_NE(NULL, self->oracle);
}

FIXTURE_TEARDOWN(stress)
{
	close(self->box);
	close(self->client);
}

static void everybody_starts(struct __test_metadata *_metadata,
			     struct oracle *oracle)
{
	int i;

	for (i = 0; i < ORACLE_RECEIVERS; i++)
		ASSERT_EQ(0, oracle_start_receiver(oracle, i));
	for (i = 0; i < ORACLE_SENDERS; i++)
		ASSERT_EQ(0, oracle_start_sender(oracle, i));
}

/* For as long as anything goes on at all. */
#define while_it_goes_on(oracle, condition) \
	mb_until_stuck(oracle_progress(oracle), condition)

static void stuck_tell(struct __test_metadata *_metadata,
		       FIXTURE_DATA(stress) *self)
{
	int i;

	TH_LOG("stuck with %u messages, %u senders, %u receivers",
	       mb_stat_of(self->box, messages),
	       mb_stat_of(self->box, blocked_senders),
	       mb_stat_of(self->box, waiting_receivers));
	for (i = 0; i < ORACLE_RECEIVERS; i++) {
		struct mb_child *receiver = &self->oracle->receiver_child[i];

		if (mb_child_done(receiver))
			TH_LOG("receiver %d has ended: %d", i,
			       mb_child_join(receiver));
	}
}

/* All that the mailbox and the module say must be as if nothing had been. */
static void nothing_is_left(struct __test_metadata *_metadata,
			    FIXTURE_DATA(stress) *self,
			    const struct oracle_verdict *verdict)
{
	struct mailbox_stat stat = mb_stat_now(self->box);
	struct mailbox_query after;

	EXPECT_EQ(0, stat.messages);
	EXPECT_EQ(0, stat.bytes);
	EXPECT_EQ(0, stat.blocked_senders);
	EXPECT_EQ(0, stat.waiting_receivers);
	EXPECT_EQ(verdict->received + verdict->silent, stat.received);
	TH_LOG("sent %llu received %llu withdrawn %llu refused %llu full, %llu quota",
	       (unsigned long long)stat.sent,
	       (unsigned long long)stat.received,
	       (unsigned long long)stat.withdrawn,
	       (unsigned long long)stat.refused_full,
	       (unsigned long long)stat.refused_quota);
	/* a SYNC send that gave up may have been in the queue before */
	EXPECT_LE(stat.received, stat.sent);
	EXPECT_GE(stat.received + stat.withdrawn, stat.sent);

	/* Of its messages it may keep some for the next ones, till it ends. */
	after = mb_query_now(self->client);
	EXPECT_EQ(self->idle.user_waiting, after.user_waiting);
	EXPECT_EQ(self->idle.user_mailboxes, after.user_mailboxes);

	close(self->box);
	self->box = -1;
	after = mb_query_now(self->client);
	EXPECT_EQ(self->before.user_bytes, after.user_bytes);
	EXPECT_EQ(self->before.user_mailboxes, after.user_mailboxes);
	if (self->crowd)
		return;
	EXPECT_EQ(self->before.total_bytes, after.total_bytes);
	if (self->objects < 0) {
		TH_LOG("slab objects cannot be counted here");
		return;
	}
	/* what an RCU grace period has to pass for comes back later */
	EXPECT_EQ(0, mb_until(oracle_slab_objects() == self->objects)) {
		TH_LOG("%ld slab objects, before %ld", oracle_slab_objects(),
		       self->objects);
	}
}

static void no_fault_found(struct __test_metadata *_metadata,
			   const struct oracle_verdict *verdict)
{
	TH_LOG("accepted %u, told received %u, received %u", verdict->accepted,
	       verdict->told, verdict->received);
	EXPECT_EQ(0, verdict->lost);
	EXPECT_EQ(0, verdict->twice);
	EXPECT_EQ(0, verdict->unsent);
	EXPECT_EQ(0, verdict->disordered);
	EXPECT_EQ(0, verdict->garbled);
	EXPECT_EQ(0, verdict->mistold);
	EXPECT_EQ(0, verdict->misnumbered);
}

static bool senders_done(const struct oracle *oracle)
{
	int i;

	for (i = 0; i < ORACLE_SENDERS; i++) {
		if (!oracle_sender_done(oracle, i) &&
		    !mb_child_done(&oracle->sender_child[i]))
			return false;
	}
	return true;
}

TEST_F_TIMEOUT(stress, none_lost_none_twice_in_order, 1200)
{
	struct oracle *oracle = self->oracle;
	__s64 start = mb_now_ms();
	struct oracle_verdict verdict;
	int i;

	everybody_starts(_metadata, oracle);
	ASSERT_EQ(0, while_it_goes_on(oracle, senders_done(oracle))) {
		stuck_tell(_metadata, self);
	}
	for (i = 0; i < ORACLE_SENDERS; i++)
		ASSERT_EQ(0, mb_child_join(&oracle->sender_child[i]));
	/* received, not only out of the queue */
	ASSERT_EQ(0, while_it_goes_on(oracle,
				      mb_stat_of(self->box, received) >=
				      oracle->each * ORACLE_SENDERS));
	TH_LOG("%lld ms", (long long)(mb_now_ms() - start));
	/* a receive that has its message returns it before the next fails */
	for (i = 0; i < ORACLE_RECEIVERS; i++)
		oracle_kill_receiver(oracle, i);
	oracle_judge(oracle, &verdict);
	no_fault_found(_metadata, &verdict);
	EXPECT_EQ(oracle->each * ORACLE_SENDERS, verdict.accepted);
	EXPECT_EQ(oracle->each * ORACLE_SENDERS, verdict.received);
	nothing_is_left(_metadata, self, &verdict);
}

/* Kill one of the eight, or a receiver for a sender that has ended. */
static void one_dies(struct __test_metadata *_metadata, struct oracle *oracle,
		     unsigned int number)
{
	int i = number % ORACLE_SENDERS;

	if (number / ORACLE_SENDERS % 2 || oracle_sender_done(oracle, i)) {
		oracle_kill_receiver(oracle, i);
		ASSERT_EQ(0, oracle_start_receiver(oracle, i));
	} else {
		oracle_kill_sender(oracle, i);
		ASSERT_EQ(0, oracle_start_sender(oracle, i));
	}
}

TEST_F_TIMEOUT(stress, kill_loses_nothing_that_was_reported, 1200)
{
	struct oracle *oracle = self->oracle;
	__s64 start = mb_now_ms();
	struct oracle_verdict verdict;
	unsigned int kill, state = self->seed;
	int i, left;

	everybody_starts(_metadata, oracle);
	for (kill = 0; kill < self->kills; kill++) {
		unsigned int due = (unsigned long long)oracle->each *
				   ORACLE_SENDERS * kill / (self->kills + 1);

		ASSERT_EQ(0, while_it_goes_on(oracle,
					      oracle_sent_count(oracle) >= due ||
					      senders_done(oracle))) {
			stuck_tell(_metadata, self);
		}
		state = state * 1664525 + 1013904223;
		/* some follow at once, others when more has been going on */
		if (state >> 31)
			mb_pause();
		one_dies(_metadata, oracle, state >> 16);
	}
	ASSERT_EQ(0, while_it_goes_on(oracle, senders_done(oracle))) {
		stuck_tell(_metadata, self);
	}
	for (i = 0; i < ORACLE_SENDERS; i++)
		ASSERT_EQ(0, mb_child_join(&oracle->sender_child[i]));
	/* what is still queued is for us */
	for (i = 0; i < ORACLE_RECEIVERS; i++)
		oracle_kill_receiver(oracle, i);
	left = oracle_drain(oracle);
	ASSERT_LE(0, left);
	oracle_judge(oracle, &verdict);
	TH_LOG("%lld ms, %u killed, %d left in the queue",
	       (long long)(mb_now_ms() - start), self->kills, left);
	TH_LOG("of dead senders: %u received, %u withdrawn; only in a dead one's buffer: %u",
	       verdict.tried_received, verdict.tried_gone, verdict.silent);
	no_fault_found(_metadata, &verdict);
	nothing_is_left(_metadata, self, &verdict);
}

TEST_HARNESS_MAIN
