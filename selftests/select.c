// SPDX-License-Identifier: GPL-2.0-only
/*
 * RECEIVE that chooses: by tag, by sender; and PEEK, which looks and leaves.
 */
#include "lib/test.h"
#include "lib/transfer.h"

FIXTURE(select) {
	int client;
	int box;		/* holds four messages */
	int meeting;		/* holds none */
};

FIXTURE_SETUP(select)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 4, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
	self->meeting = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->meeting);
}

FIXTURE_TEARDOWN(select)
{
	close(self->meeting);
	close(self->box);
	close(self->client);
}

/*
 * By tag
 */

TEST_F(select, by_tag_takes_the_first_match)
{
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 10, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 20, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 3, 20, 0, 0));
	EXPECT_EQ(2, mb_get_tagged(self->box, 20, 20, MAILBOX_NONBLOCK));
	EXPECT_EQ(3, mb_get_tagged(self->box, 20, 20, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_tagged(self->box, 20, 20, MAILBOX_NONBLOCK));
}

TEST_F(select, what_was_passed_over_keeps_its_order)
{
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 10, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 11, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 3, 20, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 4, 12, 0, 0));
	EXPECT_EQ(3, mb_get_tagged(self->box, 20, 20, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(4, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(select, range_includes_both_ends)
{
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 9, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 10, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 3, 20, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 4, 21, 0, 0));
	EXPECT_EQ(2, mb_get_tagged(self->box, 10, 20, MAILBOX_NONBLOCK));
	EXPECT_EQ(3, mb_get_tagged(self->box, 10, 20, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_tagged(self->box, 10, 20, MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
}

TEST_F(select, tags_have_64_bits)
{
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 5, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, (1ULL << 32) + 5, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 3, ~0ULL, 0, 0));
	EXPECT_EQ(2, mb_get_tagged(self->box, (1ULL << 32) + 5,
				   (1ULL << 32) + 5, MAILBOX_NONBLOCK));
	EXPECT_EQ(3, mb_get_tagged(self->box, 1ULL << 63, ~0ULL,
				   MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_tagged(self->box, 0, ~0ULL, MAILBOX_NONBLOCK));
}

TEST_F(select, tag_zero_is_a_tag)
{
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 7, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 0, 0, 0));
	EXPECT_EQ(2, mb_get_tagged(self->box, 0, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_tagged(self->box, 0, 0, MAILBOX_NONBLOCK));
}

TEST_F(select, priority_decides_among_matches)
{
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 5, 1, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 5, 3, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 3, 6, 9, 0));
	EXPECT_EQ(2, mb_get_tagged(self->box, 5, 5, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_tagged(self->box, 5, 5, MAILBOX_NONBLOCK));
}

TEST_F(select, match_of_a_low_priority_passes_a_higher_one)
{
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 6, 9, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 5, 0, 0));
	EXPECT_EQ(2, mb_get_tagged(self->box, 5, 5, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

/*
 * By sender
 */

TEST_F(select, by_sender)
{
	struct mb_child one, two;
	struct mb_number_call call = { .fd = self->box };

	call.number = 1;
	ASSERT_EQ(0, mb_child_start(&one, mb_put_number_run, &call));
	ASSERT_EQ(0, mb_child_join(&one));
	call.number = 2;
	ASSERT_EQ(0, mb_child_start(&two, mb_put_number_run, &call));
	ASSERT_EQ(0, mb_child_join(&two));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_EQ(3, mb_get_from(self->box, getpid(), MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_from(self->box, getpid(), MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
}

static int send_and_stay(void *argument)
{
	int *fd = argument;
	int ret = mb_put_number(fd[0], getpid(), 0, MAILBOX_NONBLOCK);

	return ret ? ret : mb_event_wait(fd[1]);
}

TEST_F(select, by_sender_takes_that_processs_message)
{
	int fd[2] = { self->box, mb_event() };
	struct mb_child sender[3];
	int i;

	ASSERT_LE(0, fd[1]);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_child_start(&sender[i], send_and_stay, fd));
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 3));
	for (i = 2; i >= 0; i--)
		EXPECT_EQ(sender[i].pid, mb_get_from(self->box, sender[i].pid,
						     MAILBOX_NONBLOCK));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_event_raise(fd[1]));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, mb_child_join(&sender[i]));
}

TEST_F(select, by_sender_that_is_a_zombie)
{
	struct mb_number_call call = { .fd = self->box, .number = 5 };
	struct mb_child sender;

	ASSERT_EQ(0, mb_child_start(&sender, mb_put_number_run, &call));
	ASSERT_EQ(0, mb_child_await_zombie(&sender));
	EXPECT_EQ(5, mb_get_from(self->box, sender.pid, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(select, by_sender_and_tag)
{
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 5, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 6, 0, 0));
	EXPECT_EQ(2, ({
		struct mailbox_receive receive = {
			.flags = MAILBOX_NONBLOCK | MAILBOX_RECEIVE_FROM |
				 MAILBOX_RECEIVE_TAG,
			.from_pid = getpid(), .tag_min = 6, .tag_max = 6,
		};
		mb_get_any(self->box, &receive);
	}));
	EXPECT_EQ(-EAGAIN, ({
		struct mailbox_receive receive = {
			.flags = MAILBOX_NONBLOCK | MAILBOX_RECEIVE_FROM |
				 MAILBOX_RECEIVE_TAG,
			.from_pid = getppid(), .tag_min = 5, .tag_max = 5,
		};
		mb_get_any(self->box, &receive);
	}));
}

static int get_from_one(void *argument)
{
	/* in a fresh pid namespace, we are 1 */
	return mb_get_from(*(int *)argument, 1, MAILBOX_NONBLOCK);
}

static int put_and_get_from_one(void *argument)
{
	int ret = mb_put_number(*(int *)argument, 77, 0, MAILBOX_NONBLOCK);

	return ret ? ret : get_from_one(argument);
}

TEST_F(select, sender_is_named_in_the_receivers_pid_namespace)
{
	mb_need_root();
	mb_need_namespaces(CLONE_NEWPID);
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(77, mb_inside(CLONE_NEWPID, put_and_get_from_one,
				&self->box));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

/*
 * Selective receivers that wait
 */

TEST_F(select, waiting_one_is_not_woken_by_what_it_does_not_take)
{
	struct mb_child receiver;

	ASSERT_EQ(0, mb_get_tagged_start(&receiver, self->box, 5, 5, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 4, 0, 0));
	EXPECT_EQ(1, mb_stat_of(self->box, waiting_receivers));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 5, 0, 0));
	EXPECT_EQ(2, mb_child_join(&receiver));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(select, waiting_one_takes_a_match_past_a_full_queue)
{
	struct mb_child receiver;
	int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_tagged(self->box, i, 1, 0, 0));
	ASSERT_EQ(0, mb_get_tagged_start(&receiver, self->box, 5, 5, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	/* no room, but somebody waits for just this one */
	EXPECT_EQ(0, mb_put_tagged(self->box, 9, 5, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(9, mb_child_join(&receiver));
	EXPECT_EQ(4, mb_stat_of(self->box, messages));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(i, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(select, match_is_taken_from_a_blocked_sender)
{
	struct mb_child sender;
	int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_tagged(self->box, i, 1, 0, 0));
	ASSERT_EQ(0, mb_put_tagged_start(&sender, self->box, 9, 5, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(9, mb_get_tagged(self->box, 5, 5, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(4, mb_stat_of(self->box, messages));
	EXPECT_EQ(0, mb_stat_of(self->box, blocked_senders));
}

TEST_F(select, match_is_taken_from_a_blocked_sender_behind_others)
{
	struct mb_child first, second;
	int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_tagged(self->box, i, 1, 0, 0));
	ASSERT_EQ(0, mb_put_tagged_start(&first, self->box, 8, 1, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_tagged_start(&second, self->box, 9, 5, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 2));
	EXPECT_EQ(9, mb_get_tagged(self->box, 5, 5, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&second));
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_FALSE(mb_child_done(&first));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(i, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(8, mb_get_number(self->box, 0));
	EXPECT_EQ(0, mb_child_join(&first));
}

TEST_F(select, rendezvous_meets_the_sender_that_matches)
{
	struct mb_child first, second;

	ASSERT_EQ(0, mb_put_tagged_start(&first, self->meeting, 1, 10, 0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(0, mb_put_tagged_start(&second, self->meeting, 2, 20, 0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 2));
	EXPECT_EQ(2, mb_get_tagged(self->meeting, 20, 20, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&second));
	EXPECT_FALSE(mb_child_done(&first));
	EXPECT_EQ(1, mb_get_number(self->meeting, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&first));
}

TEST_F(select, rendezvous_with_a_blocked_sender_by_pid)
{
	struct mb_child first, second;

	ASSERT_EQ(0, mb_put_tagged_start(&first, self->meeting, 1, 0, 0));
	ASSERT_EQ(0, mb_put_tagged_start(&second, self->meeting, 2, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 2));
	EXPECT_EQ(2, mb_get_from(self->meeting, second.pid, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_from(self->meeting, first.pid, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&first));
	EXPECT_EQ(0, mb_child_join(&second));
}

/* The line of receivers is walked until one takes the message. */
TEST_F(select, first_in_line_that_takes_it_gets_it)
{
	struct mb_child odd, five, any;

	ASSERT_EQ(0, mb_get_tagged_start(&odd, self->box, 7, 7, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_get_tagged_start(&five, self->box, 5, 5, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 2));
	ASSERT_EQ(0, mb_get_number_start(&any, self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 3));
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 5, 0, 0));
	EXPECT_EQ(1, mb_child_join(&five));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 5, 0, 0));
	EXPECT_EQ(2, mb_child_join(&any));
	ASSERT_EQ(0, mb_put_tagged(self->box, 3, 5, 0, 0));
	EXPECT_EQ(1, mb_stat_of(self->box, waiting_receivers));
	ASSERT_EQ(0, mb_put_tagged(self->box, 4, 7, 0, 0));
	EXPECT_EQ(4, mb_child_join(&odd));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

/* What a selective receiver has taken frees the slot for who is blocked. */
TEST_F(select, taking_from_the_queue_lets_a_blocked_sender_in)
{
	struct mb_child sender;
	int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_tagged(self->box, i, i, 0, 0));
	ASSERT_EQ(0, mb_put_tagged_start(&sender, self->box, 9, 9, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(2, mb_get_tagged(self->box, 2, 2, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
	EXPECT_EQ(0, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(9, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(select, match_that_does_not_fit_is_emsgsize)
{
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK | MAILBOX_RECEIVE_TAG,
		.tag_min = 5, .tag_max = 5,
	};

	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 4, 0, 0));
	ASSERT_EQ(0, mb_put(self->box, 0, NULL, 0, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 5, 0, 0));
	EXPECT_EQ(-EMSGSIZE, mb_receive(self->box, &receive));
	EXPECT_EQ(4, receive.message.length);
	EXPECT_EQ(3, mb_stat_of(self->box, messages));
}

/*
 * PEEK
 */

TEST_F(select, peek_leaves_the_message)
{
	ASSERT_EQ(0, mb_put_number(self->box, 7, 0, 0));
	EXPECT_EQ(7, mb_get_number(self->box, MAILBOX_RECEIVE_PEEK));
	EXPECT_EQ(7, mb_get_number(self->box, MAILBOX_RECEIVE_PEEK));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	EXPECT_EQ(0, mb_stat_of(self->box, received));
	EXPECT_EQ(7, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_RECEIVE_PEEK |
					 MAILBOX_NONBLOCK));
}

TEST_F(select, peek_shows_what_receive_would_take)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 1, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 2, 0));
	EXPECT_EQ(2, mb_get_number(self->box, MAILBOX_RECEIVE_PEEK));
	EXPECT_EQ(2, mb_get_number(self->box, 0));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_RECEIVE_PEEK));
}

TEST_F(select, peek_keeps_the_place_in_line)
{
	int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_tagged(self->box, i, i, 0, 0));
	EXPECT_EQ(2, mb_get_tagged(self->box, 2, 2, MAILBOX_RECEIVE_PEEK));
	EXPECT_EQ(0, mb_get_number(self->box, MAILBOX_RECEIVE_PEEK));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(i, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(select, peek_tells_all_of_the_message)
{
	struct mailbox_receive receive = {
		.flags = MAILBOX_RECEIVE_PEEK | MAILBOX_NONBLOCK,
	};

	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 55, 66, 0));
	ASSERT_EQ(1, mb_get_any(self->box, &receive));
	EXPECT_EQ(4, receive.message.length);
	EXPECT_EQ(55, receive.message.tag);
	EXPECT_EQ(66, receive.message.priority);
	EXPECT_EQ(1, receive.message.seq);
	EXPECT_EQ(getpid(), (pid_t)receive.message.pid);
}

TEST_F(select, peek_of_an_empty_mailbox_is_eagain)
{
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_RECEIVE_PEEK |
					 MAILBOX_NONBLOCK));
}

TEST_F(select, peek_waits)
{
	struct mb_child peeker;

	ASSERT_EQ(0, mb_get_number_start(&peeker, self->box,
					 MAILBOX_RECEIVE_PEEK));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_EQ(3, mb_child_join(&peeker));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(select, one_message_serves_all_peekers)
{
	struct mb_child peeker[3];
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_get_number_start(&peeker[i], self->box,
						 MAILBOX_RECEIVE_PEEK));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 3));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(3, mb_child_join(&peeker[i]));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

/* A peeker first in line does not keep the message from the receiver behind. */
TEST_F(select, peeker_holds_up_no_receiver)
{
	struct mb_child peeker, receiver;
	int number;

	ASSERT_EQ(0, mb_get_number_start(&peeker, self->box,
					 MAILBOX_RECEIVE_PEEK));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_get_number_start(&receiver, self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 2));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_EQ(3, mb_child_join(&receiver));
	/* the peeker may have come too late; then it waits for the next */
	ASSERT_EQ(0, mb_put_number(self->box, 4, 0, 0));
	number = mb_child_join(&peeker);
	EXPECT_TRUE(number == 3 || number == 4);
	EXPECT_EQ(4, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(select, peek_with_a_tag_waits_for_that_tag)
{
	struct mb_child peeker;

	ASSERT_EQ(0, mb_get_tagged_start(&peeker, self->box, 5, 5,
					 MAILBOX_RECEIVE_PEEK));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 4, 0, 0));
	EXPECT_EQ(1, mb_stat_of(self->box, waiting_receivers));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 5, 0, 0));
	EXPECT_EQ(2, mb_child_join(&peeker));
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
}

TEST_F(select, peek_frees_no_slot)
{
	struct mb_child sender;
	int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_number(self->box, i, 0, 0));
	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 9, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(0, mb_get_number(self->box, MAILBOX_RECEIVE_PEEK));
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(0, mb_get_number(self->box, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(select, peek_at_a_message_of_a_blocked_sender)
{
	struct mb_child sender;
	int i;

	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_tagged(self->box, i, 1, 0, 0));
	ASSERT_EQ(0, mb_put_tagged_start(&sender, self->box, 9, 5, 0));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(9, mb_get_tagged(self->box, 5, 5, MAILBOX_NONBLOCK |
				   MAILBOX_RECEIVE_PEEK));
	EXPECT_EQ(1, mb_stat_of(self->box, blocked_senders));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(9, mb_get_tagged(self->box, 5, 5, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(select, peek_does_not_end_a_sync_send)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->box, 9, 0,
					 MAILBOX_SEND_SYNC));
	ASSERT_EQ(0, mb_wait_messages(self->box, 0, 1));
	EXPECT_EQ(9, mb_get_number(self->box, MAILBOX_RECEIVE_PEEK));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	EXPECT_EQ(9, mb_get_number(self->box, 0));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(select, peek_with_too_little_room_is_emsgsize)
{
	struct mailbox_receive receive = { .flags = MAILBOX_RECEIVE_PEEK };

	ASSERT_EQ(0, mb_put_number(self->box, 9, 0, 0));
	EXPECT_EQ(-EMSGSIZE, mb_receive(self->box, &receive));
	EXPECT_EQ(4, receive.message.length);
	EXPECT_EQ(9, mb_get_number(self->box, 0));
}

TEST_F(select, peek_into_bad_memory_is_efault)
{
	ASSERT_EQ(0, mb_put_number(self->box, 9, 0, 0));
	EXPECT_EQ(-EFAULT, mb_get(self->box, 0, (void *)16, 4,
				  MAILBOX_RECEIVE_PEEK));
	EXPECT_EQ(9, mb_get_number(self->box, 0));
}

TEST_F(select, peek_waiting_when_it_is_destroyed_is_eidrm)
{
	struct mb_child peeker;

	ASSERT_EQ(0, mb_get_number_start(&peeker, self->box,
					 MAILBOX_RECEIVE_PEEK));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&peeker));
}

#define PEEKS	2000

static int peek_many(void *argument)
{
	int i, number;

	for (i = 0; i < PEEKS; i++) {
		number = mb_get_number(*(int *)argument, MAILBOX_NONBLOCK |
				       MAILBOX_RECEIVE_PEEK);
		/* it may be in another one's hands for a moment */
		if (number != 7 && number != -EAGAIN)
			return number < 0 ? number : -EPROTO;
	}
	return 0;
}

/* Peekers that meet do each other no harm, and the message is still there. */
TEST_F_TIMEOUT(select, peekers_at_the_same_time, 120)
{
	struct mb_child peeker[3];
	int i;

	ASSERT_EQ(0, mb_put_number(self->box, 7, 0, 0));
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_child_start(&peeker[i], peek_many,
					    &self->box));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(0, mb_child_join(&peeker[i]));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	EXPECT_EQ(7, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

static int peek_forever(void *argument)
{
	int number;

	for (;;) {
		number = mb_get_number(*(int *)argument, MAILBOX_NONBLOCK |
				       MAILBOX_RECEIVE_PEEK);
		if (number == -EIDRM)
			return 0;
		if (number < 0 && number != -EAGAIN)
			return number;
	}
}

/* A peeker that is always there changes neither order nor number. */
TEST_F_TIMEOUT(select, peeking_changes_nothing_for_receivers, 120)
{
	struct mb_child peeker;
	int i;

	ASSERT_EQ(0, mb_child_start(&peeker, peek_forever, &self->box));
	for (i = 0; i < 2000; i++) {
		ASSERT_EQ(0, mb_put_number(self->box, 2 * i, 0, 0));
		ASSERT_EQ(0, mb_put_number(self->box, 2 * i + 1, 0, 0));
		/* waiting, in case the peeker has it just now */
		ASSERT_EQ(2 * i, mb_get_number(self->box, 0));
		ASSERT_EQ(2 * i + 1, mb_get_number(self->box, 0));
	}
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(0, mb_child_join(&peeker));
}

TEST_HARNESS_MAIN
