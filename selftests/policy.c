// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who may receive: ANY, EXCLUSIVE and PAIR, and how claims begin and end.
 * ALL is in multicast.c.
 */
#include "lib/test.h"
#include "lib/transfer.h"

#include <pthread.h>

/* A mailbox of one policy that holds four messages. */
static int make(int client, __u32 policy)
{
	return mb_make(client, (struct mailbox_create){
		.policy = policy, .capacity = 4,
	});
}

FIXTURE(policy) {
	int client;
	int any;
	int one;		/* EXCLUSIVE */
	int two;		/* PAIR */
};

FIXTURE_SETUP(policy)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->any = make(self->client, MAILBOX_POLICY_ANY);
	ASSERT_LE(0, self->any);
	self->one = make(self->client, MAILBOX_POLICY_EXCLUSIVE);
	ASSERT_LE(0, self->one);
	self->two = make(self->client, MAILBOX_POLICY_PAIR);
	ASSERT_LE(0, self->two);
}

FIXTURE_TEARDOWN(policy)
{
	close(self->two);
	close(self->one);
	close(self->any);
	close(self->client);
}

static int claims_count(int fd)
{
	struct mailbox_stat stat = mb_stat_now(fd);

	return !!stat.claims[0] + !!stat.claims[1];
}

static int claims_have(int fd, pid_t pid)
{
	struct mailbox_stat stat = mb_stat_now(fd);

	return (pid_t)stat.claims[0] == pid || (pid_t)stat.claims[1] == pid;
}

/* A child that receives once, without waiting, and then stays until told. */
struct holder {
	int box;
	int ready;
	int leave;
	int sends;		/* send instead of receive */
	struct mb_child child;
};

static int holder_run(void *argument)
{
	struct holder *holder = argument;
	int first = holder->sends ?
		    mb_put_number(holder->box, 0, 0, MAILBOX_NONBLOCK) :
		    mb_get_number(holder->box, MAILBOX_NONBLOCK);
	int ret = mb_event_raise(holder->ready);

	if (!ret)
		ret = mb_event_wait(holder->leave);
	return ret ? ret : first;
}

/* Start one and wait until it has made its call. */
static int holder_start(struct holder *holder, int box, int sends)
{
	int ret;

	holder->box = box;
	holder->sends = sends;
	holder->ready = mb_event();
	holder->leave = mb_event();
	if (holder->ready < 0 || holder->leave < 0)
		return -EMFILE;
	ret = mb_child_start(&holder->child, holder_run, holder);
	return ret ? ret : mb_event_wait(holder->ready);
}

/* What its call had given. */
static int holder_leave(struct holder *holder)
{
	int ret = mb_event_raise(holder->leave);

	return ret ? ret : mb_child_join(&holder->child);
}

/*
 * ANY
 */

TEST_F(policy, any_claims_nothing)
{
	EXPECT_EQ(-EAGAIN, mb_get_number(self->any, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, claims_count(self->any));
	EXPECT_EQ(-EAGAIN, mb_get_number_as_child(self->any));
}

TEST_F(policy, release_of_a_mailbox_without_claims_is_einval)
{
	EXPECT_EQ(-EINVAL, mb_release(self->any, 0));
}

/*
 * EXCLUSIVE
 */

TEST_F(policy, exclusive_is_claimed_by_the_first_receive)
{
	EXPECT_EQ(0, claims_count(self->one));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, claims_count(self->one));
	EXPECT_TRUE(claims_have(self->one, getpid()));
}

TEST_F(policy, exclusive_refuses_another_process_with_ebusy)
{
	ASSERT_EQ(0, mb_put_number(self->one, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->one, 2, 0, 0));
	ASSERT_EQ(1, mb_get_number(self->one, 0));
	EXPECT_EQ(-EBUSY, mb_get_number_as_child(self->one));
	EXPECT_EQ(1, mb_stat_of(self->one, messages));
	EXPECT_EQ(2, mb_get_number(self->one, 0));
}

TEST_F(policy, exclusive_refuses_a_peeker_too)
{
	struct mb_number_call call = {
		.fd = self->one,
		.flags = MAILBOX_RECEIVE_PEEK | MAILBOX_NONBLOCK,
	};

	ASSERT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EBUSY, mb_child_run(mb_get_number_run, &call));
}

static int read_some(void *argument)
{
	char data[8];

	return read(*(int *)argument, data, sizeof(data)) < 0 ? -errno : 0;
}

TEST_F(policy, exclusive_refuses_read_too)
{
	ASSERT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EBUSY, mb_child_run(read_some, &self->one));
}

TEST_F(policy, exclusive_lets_everybody_send)
{
	ASSERT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_put_number_as_child(self->one, 1));
	EXPECT_EQ(0, mb_put_number_as_child(self->one, 2));
	EXPECT_EQ(1, mb_get_number(self->one, 0));
}

TEST_F(policy, exclusive_is_not_claimed_by_sending)
{
	EXPECT_EQ(0, mb_put_number(self->one, 1, 0, 0));
	EXPECT_EQ(0, claims_count(self->one));
	EXPECT_EQ(1, mb_get_number_as_child(self->one));
}

TEST_F(policy, exclusive_is_given_up_by_release)
{
	ASSERT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	ASSERT_EQ(-EBUSY, mb_get_number_as_child(self->one));
	ASSERT_EQ(0, mb_release(self->one, 0));
	EXPECT_EQ(0, claims_count(self->one));
	EXPECT_EQ(-EAGAIN, mb_get_number_as_child(self->one));
}

static void *wait_in_thread(void *argument)
{
	return (void *)(long)mb_get_number(*(int *)argument, 0);
}

TEST_F(policy, release_while_a_thread_receives_lets_it_claim_again)
{
	pthread_t thread;
	void *number;

	ASSERT_EQ(0, pthread_create(&thread, NULL, wait_in_thread, &self->one));
	ASSERT_EQ(0, mb_wait_receivers(self->one, 0, 1));
	ASSERT_EQ(0, mb_release(self->one, 0));
	ASSERT_EQ(0, mb_until(claims_count(self->one) == 1));
	EXPECT_EQ(0, mb_wait_receivers(self->one, 0, 1));
	EXPECT_EQ(-EBUSY, mb_get_number_as_child(self->one));
	ASSERT_EQ(0, mb_put_number_as_child(self->one, 7));
	ASSERT_EQ(0, pthread_join(thread, &number));
	EXPECT_EQ(7, (long)number);
}

TEST_F(policy, release_without_a_claim_is_einval)
{
	struct holder holder;

	EXPECT_EQ(-EINVAL, mb_release(self->one, 0));
	/* another process's claim is not ours to give up */
	ASSERT_EQ(0, holder_start(&holder, self->one, 0));
	EXPECT_EQ(-EINVAL, mb_release(self->one, 0));
	EXPECT_EQ(-EBUSY, mb_get_number(self->one, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, holder_leave(&holder));
}

TEST_F(policy, release_twice_is_einval)
{
	ASSERT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_release(self->one, 0));
	EXPECT_EQ(-EINVAL, mb_release(self->one, 0));
}

TEST_F(policy, exclusive_can_be_claimed_again)
{
	ASSERT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_release(self->one, 0));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EBUSY, mb_get_number_as_child(self->one));
}

TEST_F(policy, exclusive_is_freed_by_the_exit_of_its_process)
{
	/* the child's receive claims; its end frees */
	EXPECT_EQ(-EAGAIN, mb_get_number_as_child(self->one));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	EXPECT_TRUE(claims_have(self->one, getpid()));
}

TEST_F(policy, exclusive_is_freed_by_kill)
{
	struct holder holder;

	ASSERT_EQ(0, holder_start(&holder, self->one, 0));
	ASSERT_EQ(-EBUSY, mb_get_number(self->one, MAILBOX_NONBLOCK));
	mb_child_kill(&holder.child);
	EXPECT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
}

/* Dead is dead, whether somebody has reaped it or not. */
/* Claims, and closes what it claimed through while others have it open. */
static int claim_and_close(void *argument)
{
	int box = *(int *)argument;
	int ret = mb_get_number(box, MAILBOX_NONBLOCK);

	close(box);
	return ret;
}

TEST_F(policy, exclusive_is_freed_by_a_process_that_had_closed_it)
{
	EXPECT_EQ(-EAGAIN, mb_child_run(claim_and_close, &self->one));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	EXPECT_TRUE(claims_have(self->one, getpid()));
}

TEST_F(policy, exclusive_is_freed_by_a_process_that_nobody_reaped)
{
	struct holder holder;

	ASSERT_EQ(0, holder_start(&holder, self->one, 0));
	ASSERT_EQ(0, kill(holder.child.pid, SIGKILL));
	ASSERT_EQ(0, mb_child_await_zombie(&holder.child));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	EXPECT_TRUE(claims_have(self->one, getpid()));
	EXPECT_EQ(1, claims_count(self->one));
	mb_child_kill(&holder.child);
}

static int wait_receiving(void *argument)
{
	return mb_get_number(*(int *)argument, 0);
}

TEST_F(policy, exclusive_waiting_receiver_holds_the_claim)
{
	struct mb_child receiver;

	ASSERT_EQ(0, mb_child_start(&receiver, wait_receiving, &self->one));
	ASSERT_EQ(0, mb_wait_receivers(self->one, 0, 1));
	EXPECT_EQ(-EBUSY, mb_get_number(self->one, MAILBOX_NONBLOCK));
	mb_child_kill(&receiver);
	EXPECT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
}

static void *thread_receive(void *argument)
{
	return (void *)(long)mb_get_number(*(int *)argument,
					   MAILBOX_NONBLOCK);
}

TEST_F(policy, threads_share_their_process_claim)
{
	pthread_t thread;
	void *result;

	ASSERT_EQ(0, mb_put_number(self->one, 5, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->one, 6, 0, 0));
	ASSERT_EQ(5, mb_get_number(self->one, 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, thread_receive,
				    &self->one));
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_EQ(6, (long)result);
	EXPECT_EQ(1, claims_count(self->one));
}

/* A thread's claim is the process's, and outlives the thread. */
TEST_F(policy, claim_of_a_thread_outlives_it)
{
	pthread_t thread;
	void *result;

	ASSERT_EQ(0, pthread_create(&thread, NULL, thread_receive,
				    &self->one));
	ASSERT_EQ(0, pthread_join(thread, &result));
	ASSERT_EQ(-EAGAIN, (long)result);
	EXPECT_TRUE(claims_have(self->one, getpid()));
	EXPECT_EQ(-EBUSY, mb_get_number_as_child(self->one));
}

TEST_F(policy, fork_does_not_inherit_a_claim)
{
	ASSERT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EBUSY, mb_get_number_as_child(self->one));
	/* nor does the child's end free its parent's */
	EXPECT_TRUE(claims_have(self->one, getpid()));
	EXPECT_EQ(-EBUSY, mb_get_number_as_child(self->one));
}

TEST_F(policy, claim_ends_with_the_last_close_of_its_descriptor)
{
	int other = mb_narrow(self->one, MAILBOX_RIGHTS_ALL);
	int again = dup(self->one);

	ASSERT_LE(0, other);
	ASSERT_LE(0, again);
	ASSERT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	close(self->one);
	EXPECT_EQ(1, claims_count(other));
	close(again);
	EXPECT_EQ(0, claims_count(other));
	EXPECT_EQ(-EAGAIN, mb_get_number_as_child(other));
	self->one = other;
}

TEST_F(policy, closing_another_handle_ends_no_claim)
{
	int other = mb_narrow(self->one, MAILBOX_RIGHTS_ALL);

	ASSERT_LE(0, other);
	ASSERT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	close(other);
	EXPECT_TRUE(claims_have(self->one, getpid()));
	EXPECT_EQ(-EBUSY, mb_get_number_as_child(self->one));
}

TEST_F(policy, claim_by_id_ends_with_the_client)
{
	int client = mb_client();
	__u64 id = mb_id(self->one);

	ASSERT_LE(0, client);
	ASSERT_EQ(-EAGAIN, mb_get(client, id, NULL, 0, MAILBOX_NONBLOCK));
	EXPECT_TRUE(claims_have(self->one, getpid()));
	close(client);
	EXPECT_EQ(0, claims_count(self->one));
}

TEST_F(policy, release_by_id)
{
	__u64 id = mb_id(self->one);

	ASSERT_EQ(-EAGAIN, mb_get(self->client, id, NULL, 0,
				  MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_release(self->client, id));
	EXPECT_EQ(0, claims_count(self->one));
	EXPECT_EQ(-EINVAL, mb_release(self->client, id));
}

/* One process, two descriptors: one claim. */
TEST_F(policy, claim_is_the_process_whatever_the_descriptor)
{
	__u64 id = mb_id(self->one);

	ASSERT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get(self->client, id, NULL, 0,
				  MAILBOX_NONBLOCK));
	EXPECT_EQ(1, claims_count(self->one));
	EXPECT_EQ(0, mb_release(self->client, id));
	EXPECT_EQ(0, claims_count(self->one));
}

static int poll_both(void *argument)
{
	return mb_poll(*(int *)argument, POLLIN | POLLOUT, 0) &
	       (POLLIN | POLLOUT);
}

TEST_F(policy, exclusive_masks_pollin_for_others)
{
	ASSERT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_put_number(self->one, 1, 0, 0));
	EXPECT_EQ(POLLIN | POLLOUT, poll_both(&self->one));
	EXPECT_EQ(POLLOUT, mb_child_run(poll_both, &self->one));
	ASSERT_EQ(0, mb_release(self->one, 0));
	EXPECT_EQ(POLLIN | POLLOUT, mb_child_run(poll_both, &self->one));
}

/* A poller that was masked learns when the claim goes. */
TEST_F(policy, exclusive_release_wakes_who_polls)
{
	struct mb_child poller;

	ASSERT_EQ(-EAGAIN, mb_get_number(self->one, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_put_number(self->one, 1, 0, 0));
	ASSERT_EQ(0, mb_poll_start(&poller, self->one, POLLIN));
	ASSERT_EQ(0, mb_poll_asleep(&poller));
	EXPECT_FALSE(mb_child_done(&poller));
	ASSERT_EQ(0, mb_release(self->one, 0));
	EXPECT_EQ(POLLIN, mb_child_join(&poller));
}

TEST_F(policy, exclusive_holders_death_wakes_who_polls)
{
	struct holder holder;
	struct mb_child poller;

	ASSERT_EQ(0, holder_start(&holder, self->one, 0));
	ASSERT_EQ(0, mb_put_number(self->one, 1, 0, 0));
	ASSERT_EQ(0, mb_poll_start(&poller, self->one, POLLIN));
	ASSERT_EQ(0, mb_poll_asleep(&poller));
	EXPECT_FALSE(mb_child_done(&poller));
	mb_child_kill(&holder.child);
	EXPECT_EQ(POLLIN, mb_child_join(&poller));
}

TEST_F(policy, exclusive_batch_is_ebusy)
{
	struct mailbox_message message = { .data = 0 };
	struct holder holder;
	struct mailbox_batch batch = {
		.flags = MAILBOX_NONBLOCK,
		.messages = mb_ptr(&message),
		.count = 1,
	};

	ASSERT_EQ(0, holder_start(&holder, self->one, 0));
	EXPECT_EQ(-EBUSY, mb_receive_batch(self->one, &batch));
	EXPECT_EQ(-EAGAIN, holder_leave(&holder));
}

TEST_F(policy, exclusive_claim_is_shown_as_the_pid_namespace_has_it)
{
	struct holder holder;

	ASSERT_EQ(0, holder_start(&holder, self->one, 0));
	EXPECT_EQ(1, claims_count(self->one));
	EXPECT_TRUE(claims_have(self->one, holder.child.pid));
	EXPECT_EQ(-EAGAIN, holder_leave(&holder));
	EXPECT_EQ(0, claims_count(self->one));
}

/*
 * PAIR
 */

TEST_F(policy, pair_places_are_claimed_by_sending_and_receiving)
{
	struct holder holder;

	EXPECT_EQ(0, claims_count(self->two));
	ASSERT_EQ(0, mb_put_number(self->two, 1, 0, 0));
	EXPECT_EQ(1, claims_count(self->two));
	ASSERT_EQ(0, holder_start(&holder, self->two, 0));
	EXPECT_EQ(2, claims_count(self->two));
	EXPECT_TRUE(claims_have(self->two, getpid()));
	EXPECT_TRUE(claims_have(self->two, holder.child.pid));
	EXPECT_EQ(1, holder_leave(&holder));
}

TEST_F(policy, pair_refuses_a_third_with_eusers)
{
	struct holder holder;

	ASSERT_EQ(0, mb_put_number(self->two, 1, 0, 0));
	ASSERT_EQ(0, holder_start(&holder, self->two, 1));
	EXPECT_EQ(-EUSERS, mb_put_number_as_child(self->two, 3));
	EXPECT_EQ(-EUSERS, mb_get_number_as_child(self->two));
	EXPECT_EQ(2, mb_stat_of(self->two, messages));
	EXPECT_EQ(0, holder_leave(&holder));
}

static int write_some(void *argument)
{
	return write(*(int *)argument, "x", 1) < 0 ? -errno : 0;
}

TEST_F(policy, pair_refuses_a_third_that_reads_or_writes)
{
	struct holder holder;

	ASSERT_EQ(0, mb_put_number(self->two, 1, 0, 0));
	ASSERT_EQ(0, holder_start(&holder, self->two, 1));
	EXPECT_EQ(-EUSERS, mb_child_run(write_some, &self->two));
	EXPECT_EQ(-EUSERS, mb_child_run(read_some, &self->two));
	EXPECT_EQ(0, holder_leave(&holder));
}

TEST_F(policy, pair_refuses_the_batches_of_a_third)
{
	struct mailbox_message message = { .data = 0 };
	struct mailbox_batch batch = {
		.size = sizeof(batch),
		.flags = MAILBOX_NONBLOCK,
		.messages = mb_ptr(&message),
		.message_size = sizeof(message),
		.count = 1,
	};
	struct mb_call call = {
		self->two, MAILBOX_IOC_SEND_BATCH, &batch,
	};
	struct holder holder;

	ASSERT_EQ(0, mb_put_number(self->two, 1, 0, 0));
	ASSERT_EQ(0, holder_start(&holder, self->two, 1));
	EXPECT_EQ(-EUSERS, mb_child_run(mb_call_run, &call));
	call.command = MAILBOX_IOC_RECEIVE_BATCH;
	EXPECT_EQ(-EUSERS, mb_child_run(mb_call_run, &call));
	EXPECT_EQ(2, mb_stat_of(self->two, messages));
	EXPECT_EQ(0, holder_leave(&holder));
}

TEST_F(policy, pair_of_two_talks_both_ways)
{
	struct holder holder;

	ASSERT_EQ(0, mb_put_number(self->two, 7, 0, 0));
	ASSERT_EQ(0, holder_start(&holder, self->two, 0));
	EXPECT_EQ(0, mb_put_number(self->two, 8, 0, 0));
	EXPECT_EQ(8, mb_get_number(self->two, 0));
	EXPECT_EQ(7, holder_leave(&holder));
}

TEST_F(policy, pair_place_is_given_up_by_release)
{
	struct holder holder;

	ASSERT_EQ(0, mb_put_number(self->two, 1, 0, 0));
	ASSERT_EQ(0, holder_start(&holder, self->two, 1));
	ASSERT_EQ(-EUSERS, mb_put_number_as_child(self->two, 3));
	ASSERT_EQ(0, mb_release(self->two, 0));
	EXPECT_EQ(0, mb_put_number_as_child(self->two, 3));
	EXPECT_EQ(0, holder_leave(&holder));
}

TEST_F(policy, pair_place_is_freed_by_kill)
{
	struct holder holder;

	ASSERT_EQ(0, mb_put_number(self->two, 1, 0, 0));
	ASSERT_EQ(0, holder_start(&holder, self->two, 1));
	ASSERT_EQ(-EUSERS, mb_put_number_as_child(self->two, 3));
	mb_child_kill(&holder.child);
	EXPECT_EQ(0, mb_put_number_as_child(self->two, 3));
	EXPECT_EQ(3, mb_stat_of(self->two, messages));
}

TEST_F(policy, pair_place_is_freed_by_a_process_that_nobody_reaped)
{
	struct holder holder;

	ASSERT_EQ(0, mb_put_number(self->two, 1, 0, 0));
	ASSERT_EQ(0, holder_start(&holder, self->two, 1));
	ASSERT_EQ(0, kill(holder.child.pid, SIGKILL));
	ASSERT_EQ(0, mb_child_await_zombie(&holder.child));
	EXPECT_EQ(0, mb_put_number_as_child(self->two, 3));
	mb_child_kill(&holder.child);
}

TEST_F(policy, pair_fork_takes_a_place_of_its_own)
{
	struct holder holder;

	ASSERT_EQ(0, mb_put_number(self->two, 1, 0, 0));
	ASSERT_EQ(0, holder_start(&holder, self->two, 1));
	EXPECT_EQ(2, claims_count(self->two));
	EXPECT_EQ(0, holder_leave(&holder));
	EXPECT_EQ(1, claims_count(self->two));
}

TEST_F(policy, pair_masks_poll_for_a_third)
{
	struct holder holder;

	ASSERT_EQ(0, mb_put_number(self->two, 1, 0, 0));
	EXPECT_EQ(POLLIN | POLLOUT, mb_child_run(poll_both, &self->two));
	ASSERT_EQ(0, holder_start(&holder, self->two, 1));
	EXPECT_EQ(POLLIN | POLLOUT, poll_both(&self->two));
	EXPECT_EQ(0, mb_child_run(poll_both, &self->two));
	EXPECT_EQ(0, holder_leave(&holder));
	EXPECT_EQ(POLLIN | POLLOUT, mb_child_run(poll_both, &self->two));
}

TEST_F(policy, polling_claims_nothing)
{
	poll_both(&self->one);
	poll_both(&self->two);
	EXPECT_EQ(0, claims_count(self->one));
	EXPECT_EQ(0, claims_count(self->two));
}

TEST_F(policy, stat_claims_nothing)
{
	EXPECT_EQ(MAILBOX_POLICY_EXCLUSIVE, mb_stat_of(self->one, policy));
	EXPECT_EQ(MAILBOX_POLICY_PAIR, mb_stat_of(self->two, policy));
	EXPECT_EQ(0, claims_count(self->one));
	EXPECT_EQ(0, claims_count(self->two));
}

#define RUNNERS		6

static int claim_and_release(void *argument)
{
	int box = *(int *)argument;
	int i, ret, got = 0;

	for (i = 0; i < 500; i++) {
		ret = mb_get_number(box, MAILBOX_NONBLOCK);
		if (ret == -EBUSY)
			continue;
		if (ret != -EAGAIN)
			return ret;
		ret = mb_release(box, 0);
		if (ret)
			return ret;
		got++;
	}
	return got;
}

/* Claims made and given up by many at once: each release was of a claim. */
TEST_F(policy, claims_from_all_sides)
{
	struct mb_child child[RUNNERS];
	int i;

	for (i = 0; i < RUNNERS; i++)
		ASSERT_EQ(0, mb_child_start(&child[i], claim_and_release,
					    &self->one));
	for (i = 0; i < RUNNERS; i++)
		EXPECT_LE(0, mb_child_join(&child[i]));
	EXPECT_EQ(0, claims_count(self->one));
}

TEST_HARNESS_MAIN
