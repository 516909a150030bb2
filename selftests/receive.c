// SPDX-License-Identifier: GPL-2.0-only
/*
 * RECEIVE: order, waiting and not waiting, who is served, room, pieces, and
 * each of its errors.  Selection and PEEK are in select.c, giving up in
 * withdraw.c, faults in fault.c.
 */
#include "lib/test.h"
#include "lib/transfer.h"

FIXTURE(receive) {
	int client;
	int box;		/* holds eight messages */
	__u64 id;
};

FIXTURE_SETUP(receive)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 8, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
	self->id = mb_id(self->box);
	ASSERT_NE(0, self->id);
}

FIXTURE_TEARDOWN(receive)
{
	close(self->box);
	close(self->client);
}

/*
 * Order
 */

TEST_F(receive, first_sent_comes_first)
{
	int i;

	for (i = 0; i < 8; i++)
		ASSERT_EQ(0, mb_put_number(self->box, i, 0, 0));
	for (i = 0; i < 8; i++)
		EXPECT_EQ(i, mb_get_number(self->box, 0));
}

TEST_F(receive, highest_priority_comes_first)
{
	static const __u32 priority[] = { 3, 1, MAILBOX_PRIORITY_MAX, 2, 0 };
	static const int order[] = { 2, 0, 3, 1, 4 };
	int i;

	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, mb_put_number(self->box, i, priority[i], 0));
	for (i = 0; i < 5; i++)
		EXPECT_EQ(order[i], mb_get_number(self->box, 0));
}

TEST_F(receive, within_a_priority_first_sent_comes_first)
{
	static const __u32 priority[] = { 1, 2, 1, 2, 1, 2 };
	static const int order[] = { 1, 3, 5, 0, 2, 4 };
	int i;

	for (i = 0; i < 6; i++)
		ASSERT_EQ(0, mb_put_number(self->box, i, priority[i], 0));
	for (i = 0; i < 6; i++)
		EXPECT_EQ(order[i], mb_get_number(self->box, 0));
}

/* Many levels, sent and received in turns, against a plain array. */
TEST_F(receive, order_holds_for_many_priorities)
{
	int box = mb_new_flags(self->client, MAILBOX_CREATE_UNBOUNDED, 0,
			       NULL);
	int held[600], count = 0, number = 0;
	unsigned int state = 1;
	int i, at, best;

	ASSERT_LE(0, box);
	while (number < 600 || count) {
		state = state * 1103515245 + 12345;
		if (number < 600 && (!count || (state >> 16) % 3)) {
			held[count++] = number;
			ASSERT_EQ(0, mb_put_number(box, number,
						   number * 37 % 41, 0));
			number++;
			continue;
		}
		for (best = 0, i = 1; i < count; i++) {
			if (held[i] * 37 % 41 > held[best] * 37 % 41)
				best = i;
		}
		at = held[best];
		memmove(&held[best], &held[best + 1],
			(count - best - 1) * sizeof(*held));
		count--;
		ASSERT_EQ(at, mb_get_number(box, MAILBOX_NONBLOCK));
	}
	EXPECT_EQ(-EAGAIN, mb_get_number(box, MAILBOX_NONBLOCK));
}

TEST_F(receive, tells_priority_tag_and_seq)
{
	struct mailbox_receive receive = { .flags = 0 };

	ASSERT_EQ(0, mb_put_tagged(self->box, 1, ~0ULL, 7, 0));
	ASSERT_EQ(0, mb_put_tagged(self->box, 2, 5, 9, 0));
	ASSERT_EQ(2, mb_get_any(self->box, &receive));
	EXPECT_EQ(9, receive.message.priority);
	EXPECT_EQ(5, receive.message.tag);
	EXPECT_EQ(2, receive.message.seq);
	ASSERT_EQ(1, mb_get_any(self->box, &receive));
	EXPECT_EQ(7, receive.message.priority);
	EXPECT_EQ(~0ULL, receive.message.tag);
	EXPECT_EQ(1, receive.message.seq);
}

TEST_F(receive, output_fields_are_ignored_on_input)
{
	struct mailbox_receive receive = {
		.message = {
			.length = 77, .tag = 77, .priority = 1U << 20,
			.info = ~0U, .seq = 77, .pid = 77, .uid = 77,
			.gid = 77, .lost = 77,
		},
	};

	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 3, 4, 0));
	ASSERT_EQ(1, mb_get_any(self->box, &receive));
	EXPECT_EQ(4, receive.message.length);
	EXPECT_EQ(3, receive.message.tag);
	EXPECT_EQ(4, receive.message.priority);
	EXPECT_EQ(0, receive.message.info);
	EXPECT_EQ(1, receive.message.seq);
	EXPECT_EQ(getpid(), (pid_t)receive.message.pid);
	EXPECT_EQ(0, receive.message.lost);
}

/*
 * Waiting and not waiting
 */

TEST_F(receive, waits_for_a_message)
{
	struct mb_child receiver;

	ASSERT_EQ(0, mb_get_number_start(&receiver, self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	EXPECT_FALSE(mb_child_done(&receiver));
	ASSERT_EQ(0, mb_put_number(self->box, 6, 0, 0));
	EXPECT_EQ(6, mb_child_join(&receiver));
	EXPECT_EQ(0, mb_stat_of(self->box, waiting_receivers));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_F(receive, nonblock_from_an_empty_mailbox_is_eagain)
{
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_stat_of(self->box, waiting_receivers));
}

TEST_F(receive, o_nonblock_means_nonblock)
{
	ASSERT_EQ(0, fcntl(self->box, F_SETFL, O_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, 0));
}

TEST_F(receive, block_overrides_o_nonblock)
{
	struct mb_child receiver;

	ASSERT_EQ(0, fcntl(self->box, F_SETFL, O_NONBLOCK));
	ASSERT_EQ(0, mb_get_number_start(&receiver, self->box, MAILBOX_BLOCK));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_number(self->box, 6, 0, 0));
	EXPECT_EQ(6, mb_child_join(&receiver));
}

TEST_F(receive, waiting_ones_are_served_in_order_of_arrival)
{
	struct mb_child receiver[5];
	int i;

	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, mb_get_number_start(&receiver[i], self->box, 0));
		ASSERT_EQ(0, mb_wait_receivers(self->box, 0, i + 1));
	}
	for (i = 0; i < 5; i++)
		ASSERT_EQ(0, mb_put_number(self->box, i, 0, 0));
	for (i = 0; i < 5; i++)
		EXPECT_EQ(i, mb_child_join(&receiver[i]));
}

static int serve(void *argument)
{
	int *fd = argument;
	int number, served = 0;

	for (;;) {
		number = mb_get_number(fd[0], 0);
		if (number == -EIDRM)
			return served;
		if (number < 0)
			return number;
		served++;
		/* come back only when told to */
		number = mb_event_wait(fd[1]);
		if (number)
			return number;
	}
}

/* Receivers that come back go to the end of the line: all get as many. */
TEST_F(receive, waiting_ones_are_served_in_turns)
{
	struct mb_child receiver[3];
	int fd[2] = { self->box, mb_event() };
	int i;

	ASSERT_LE(0, fd[1]);
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_child_start(&receiver[i], serve, fd));
	for (i = 0; i < 30; i++) {
		ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 3));
		ASSERT_EQ(0, mb_put_number(self->box, i, 0, 0));
		ASSERT_EQ(0, mb_event_raise(fd[1]));
	}
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 3));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(10, mb_child_join(&receiver[i]));
}

TEST_F(receive, each_message_wakes_one)
{
	struct mb_child receiver[3];
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, mb_get_number_start(&receiver[i], self->box, 0));
		ASSERT_EQ(0, mb_wait_receivers(self->box, 0, i + 1));
	}
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(1, mb_child_join(&receiver[0]));
	EXPECT_EQ(2, mb_stat_of(self->box, waiting_receivers));
	EXPECT_FALSE(mb_child_done(&receiver[1]));
	EXPECT_FALSE(mb_child_done(&receiver[2]));
	mb_child_kill(&receiver[1]);
	mb_child_kill(&receiver[2]);
}

TEST_F(receive, by_id)
{
	char byte;

	ASSERT_EQ(0, mb_put(self->client, self->id, "x", 1, 0));
	EXPECT_EQ(1, mb_get(self->client, self->id, &byte, 1, 0));
	EXPECT_EQ('x', byte);
}

TEST_F(receive, by_id_from_a_mailbox_without_a_handle)
{
	__u64 id;
	char byte;

	ASSERT_EQ(0, mb_new_id(self->client, 1, &id));
	EXPECT_EQ(-EAGAIN, mb_get(self->client, id, &byte, 1,
				  MAILBOX_NONBLOCK));
	ASSERT_EQ(0, mb_put(self->client, id, "x", 1, 0));
	EXPECT_EQ(1, mb_get(self->client, id, &byte, 1, 0));
	EXPECT_EQ('x', byte);
}

TEST_F(receive, counters_add_up)
{
	struct mailbox_stat stat;
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_put_number(self->box, i, 0, 0));
	ASSERT_EQ(0, mb_get_number(self->box, 0));
	stat = mb_stat_now(self->box);
	EXPECT_EQ(3, stat.sent);
	EXPECT_EQ(1, stat.received);
	EXPECT_EQ(2, stat.messages);
	EXPECT_EQ(8, stat.bytes);
}

/*
 * Room
 */

TEST_F(receive, room_that_is_too_small_is_emsgsize)
{
	struct mailbox_receive receive = { .flags = MAILBOX_NONBLOCK };
	char data[16];

	ASSERT_EQ(0, mb_put(self->box, 0, "0123456789", 10, 0));
	memset(data, '#', sizeof(data));
	receive.message.data = mb_ptr(data);
	receive.message.room = 9;
	EXPECT_EQ(-EMSGSIZE, mb_receive(self->box, &receive));
	EXPECT_EQ(10, receive.message.length);
	EXPECT_EQ('#', data[9]);
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	EXPECT_EQ(10, mb_get(self->box, 0, data, 10, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, memcmp(data, "0123456789", 10));
}

TEST_F(receive, no_room_at_all_tells_the_length)
{
	struct mailbox_receive receive = { .flags = MAILBOX_NONBLOCK };

	ASSERT_EQ(0, mb_put(self->box, 0, "0123456789", 10, 0));
	EXPECT_EQ(-EMSGSIZE, mb_receive(self->box, &receive));
	EXPECT_EQ(10, receive.message.length);
}

TEST_F(receive, message_that_does_not_fit_keeps_its_place)
{
	char byte;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 5, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 5, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 4, 0));
	EXPECT_EQ(-EMSGSIZE, mb_get(self->box, 0, &byte, 1, 0));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EMSGSIZE, mb_get(self->box, 0, &byte, 1, 0));
	EXPECT_EQ(2, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

/* The first in line has too little room; the message is then the next one's. */
TEST_F(receive, message_that_does_not_fit_goes_to_the_next_in_line)
{
	struct mb_child small, large;
	char *byte = mb_shared(1);

	ASSERT_NE(NULL, byte);
	ASSERT_EQ(0, mb_get_start(&small, self->box, 0, byte, 1, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_get_number_start(&large, self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 2));
	ASSERT_EQ(0, mb_put_number(self->box, 8, 0, 0));
	EXPECT_EQ(-EMSGSIZE, mb_child_join(&small));
	EXPECT_EQ(8, mb_child_join(&large));
}

TEST_F(receive, bytes_beyond_the_message_are_not_touched)
{
	char data[64], before[64];

	memset(data, 0x5a, sizeof(data));
	memcpy(before, data, sizeof(data));
	ASSERT_EQ(0, mb_put(self->box, 0, "abc", 3, 0));
	ASSERT_EQ(3, mb_get(self->box, 0, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "abc", 3));
	EXPECT_EQ(0, memcmp(data + 3, before, sizeof(data) - 3));
}

/* More room than there is memory is no fault if the message fits. */
TEST_F(receive, room_may_reach_beyond_memory)
{
	char *data = mb_fresh(8192);

	ASSERT_NE(NULL, data);
	ASSERT_EQ(0, munmap(data + 4096, 4096));
	ASSERT_EQ(0, mb_put(self->box, 0, "abc", 3, 0));
	ASSERT_EQ(3, mb_get(self->box, 0, data + 4090, 1 << 20, 0));
	EXPECT_EQ(0, memcmp(data + 4090, "abc", 3));
}

/*
 * Pieces
 */

static int pieces_receive(int box, const struct mailbox_iovec *piece,
			  __u32 count)
{
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK,
		.message = { .data = mb_ptr(piece), .iov_count = count },
	};
	int ret = mb_receive(box, &receive);

	return ret ? ret : (int)receive.message.length;
}

TEST_F(receive, pieces_are_filled_in_order)
{
	char one[4] = "", two[4] = "", three[8] = "";
	const struct mailbox_iovec piece[] = {
		{ mb_ptr(one), 3 }, { 0, 0 }, { mb_ptr(two), 1 },
		{ mb_ptr(three), 8 },
	};

	ASSERT_EQ(0, mb_put(self->box, 0, "0123456", 7, 0));
	ASSERT_EQ(7, pieces_receive(self->box, piece, 4));
	EXPECT_STREQ("012", one);
	EXPECT_STREQ("3", two);
	EXPECT_STREQ("456", three);
}

TEST_F(receive, as_many_pieces_as_allowed)
{
	static struct mailbox_iovec piece[MAILBOX_IOV_MAX];
	static char sent[MAILBOX_IOV_MAX * 5], got[MAILBOX_IOV_MAX * 5];
	int i;

	mb_fill(sent, sizeof(sent), 4);
	for (i = 0; i < MAILBOX_IOV_MAX; i++) {
		/* backwards, so that order shows */
		piece[i].base = mb_ptr(got + (MAILBOX_IOV_MAX - 1 - i) * 5);
		piece[i].length = 5;
	}
	ASSERT_EQ(0, mb_put(self->box, 0, sent, sizeof(sent), 0));
	ASSERT_EQ((int)sizeof(sent),
		  pieces_receive(self->box, piece, MAILBOX_IOV_MAX));
	for (i = 0; i < MAILBOX_IOV_MAX; i++)
		ASSERT_EQ(0, memcmp(sent + i * 5,
				    got + (MAILBOX_IOV_MAX - 1 - i) * 5, 5));
}

TEST_F(receive, pieces_over_pages_on_both_sides)
{
	char *sent = mb_fresh(40000), *got = mb_fresh(40000);
	struct mailbox_iovec piece[] = {
		{ mb_ptr(got), 4095 }, { mb_ptr(got + 4095), 4097 },
		{ mb_ptr(got + 8192), 1 }, { mb_ptr(got + 8193), 30000 },
	};

	ASSERT_NE(NULL, sent);
	ASSERT_NE(NULL, got);
	mb_fill(sent, 38193, 9);
	ASSERT_EQ(0, mb_put(self->box, 0, sent, 38193, 0));
	ASSERT_EQ(38193, pieces_receive(self->box, piece, 4));
	EXPECT_EQ(-1, mb_differs(got, 38193, 9));
}

TEST_F(receive, too_many_pieces_are_einval)
{
	static struct mailbox_iovec piece[MAILBOX_IOV_MAX + 1];

	ASSERT_EQ(0, mb_put(self->box, 0, NULL, 0, 0));
	EXPECT_EQ(-EINVAL,
		  pieces_receive(self->box, piece, MAILBOX_IOV_MAX + 1));
	EXPECT_EQ(-EINVAL, pieces_receive(self->box, piece, ~0U));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

TEST_F(receive, pieces_with_too_little_room_are_emsgsize)
{
	char data[8];
	const struct mailbox_iovec piece[] = {
		{ mb_ptr(data), 3 }, { mb_ptr(data + 3), 3 },
	};

	ASSERT_EQ(0, mb_put(self->box, 0, "0123456", 7, 0));
	EXPECT_EQ(-EMSGSIZE, pieces_receive(self->box, piece, 2));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

TEST_F(receive, piece_in_bad_memory_is_efault)
{
	char data[8];
	const struct mailbox_iovec piece[] = {
		{ mb_ptr(data), 3 }, { 16, 8 },
	};

	ASSERT_EQ(0, mb_put(self->box, 0, "0123456", 7, 0));
	EXPECT_EQ(-EFAULT, pieces_receive(self->box, piece, 2));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	/* a message that needs the good piece only is received */
	ASSERT_EQ(0, mb_put_tagged(self->box, 1, 0, 1, 0));
	EXPECT_EQ(-EFAULT, pieces_receive(self->box, piece, 2));
	ASSERT_EQ(1, mb_get_number(self->box, 0));
	ASSERT_EQ(7, mb_get(self->box, 0, data, sizeof(data), 0));
	ASSERT_EQ(0, mb_put(self->box, 0, "012", 3, 0));
	EXPECT_EQ(3, pieces_receive(self->box, piece, 2));
}

TEST_F(receive, pieces_described_in_bad_memory_are_efault)
{
	ASSERT_EQ(0, mb_put(self->box, 0, "0123456", 7, 0));
	EXPECT_EQ(-EFAULT, pieces_receive(self->box, (void *)16, 2));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

/* Room that does not fit in 64 bits must not look like little room. */
TEST_F(receive, pieces_whose_sum_overflows_are_never_written_past)
{
	char data[8] = "#######";
	const struct mailbox_iovec piece[] = {
		{ mb_ptr(data), 2 }, { mb_ptr(data + 2), ~0ULL - 1 },
	};
	int ret;

	ASSERT_EQ(0, mb_put(self->box, 0, "0123", 4, 0));
	ret = pieces_receive(self->box, piece, 2);
	EXPECT_TRUE(ret == -EINVAL || ret == -EFAULT || ret == 4) {
		TH_LOG("result %d", ret);
	}
	EXPECT_STREQ("###", data + 4);
	EXPECT_EQ(ret == 4 ? 0 : 1, mb_stat_of(self->box, messages));
}

/*
 * Errors
 */

TEST_F(receive, from_a_handle_without_the_right_is_ebadf)
{
	int handle = mb_narrow(self->box, MAILBOX_RIGHT_SEND);

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(-EBADF, mb_get_number(handle, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

TEST_F(receive, from_an_unknown_id_is_enoent)
{
	char byte;

	EXPECT_EQ(-ENOENT, mb_get(self->client, MB_ID_UNUSED, &byte, 1, 0));
}

TEST_F(receive, from_a_destroyed_mailbox_is_eidrm)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, mb_get_number(self->box, 0));
}

TEST_F(receive, waiting_when_it_is_destroyed_is_eidrm)
{
	struct mb_child receiver[3];
	int i;

	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, mb_get_number_start(&receiver[i], self->box, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 3));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EIDRM, mb_child_join(&receiver[i]));
}

struct by_id {
	__u64 id;
	unsigned int flags;
	int box;		/* to close first */
};

static int by_id_receive(void *argument)
{
	struct by_id *by_id = argument;
	int client = mb_client();
	char byte;

	if (client < 0)
		return client;
	close(by_id->box);
	return mb_get(client, by_id->id, &byte, 1, by_id->flags);
}

/* A receiver by ID does not keep the mailbox alive. */
TEST_F(receive, waiting_by_id_when_the_last_handle_closes_is_eidrm)
{
	struct by_id by_id = { .id = self->id, .box = self->box };
	struct mb_child receiver;

	ASSERT_EQ(0, mb_child_start(&receiver, by_id_receive, &by_id));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	close(self->box);
	EXPECT_EQ(-EIDRM, mb_child_join(&receiver));
}

TEST_F(receive, by_id_without_permission_is_eacces)
{
	struct by_id by_id = {
		.id = self->id,
		.flags = MAILBOX_NONBLOCK,
		.box = -1,
	};

	mb_need_root();
	ASSERT_EQ(0, mb_put(self->box, 0, "x", 1, 0));
	EXPECT_EQ(-EACCES, mb_as_uid(MB_USER_A, by_id_receive, &by_id));
	/* writing is not reading */
	ASSERT_EQ(0, mb_set_mode(self->box, 0, 0622));
	EXPECT_EQ(-EACCES, mb_as_uid(MB_USER_A, by_id_receive, &by_id));
	ASSERT_EQ(0, mb_set_mode(self->box, 0, 0604));
	EXPECT_EQ(1, mb_as_uid(MB_USER_A, by_id_receive, &by_id));
}

TEST_F(receive, into_bad_memory_is_efault)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(-EFAULT, mb_get(self->box, 0, (void *)16, 4, 0));
	EXPECT_EQ(-EFAULT, mb_get(self->box, 0, NULL, 4, 0));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	EXPECT_EQ(1, mb_get_number(self->box, 0));
}

TEST_F(receive, with_a_bad_argument_pointer_is_efault)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(-EFAULT, mb_ioctl(self->box, MAILBOX_IOC_RECEIVE, NULL));
	EXPECT_EQ(-EFAULT, mb_ioctl(self->box, MAILBOX_IOC_RECEIVE,
				    (void *)16));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

/* Makes one call that must be refused, and looks that nothing was received. */
#define EXPECT_REFUSED(error, ...) do {					\
	struct mailbox_receive __receive = { __VA_ARGS__ };		\
									\
	if (!mb_stat_of(self->box, sent))				\
		ASSERT_EQ(0, mb_put(self->box, 0, NULL, 0, 0));		\
	EXPECT_EQ(-(error), mb_receive(self->box, &__receive));		\
	EXPECT_EQ(1, mb_stat_of(self->box, messages));			\
} while (0)

TEST_F(receive, unknown_flag_is_einval)
{
	EXPECT_REFUSED(EINVAL, .flags = 1U << 3);
	EXPECT_REFUSED(EINVAL, .flags = 1U << 11);
	EXPECT_REFUSED(EINVAL, .flags = 1U << 31);
}

TEST_F(receive, nonblock_excludes_block)
{
	EXPECT_REFUSED(EINVAL, .flags = MAILBOX_NONBLOCK | MAILBOX_BLOCK);
}

TEST_F(receive, nonblock_excludes_deadline)
{
	EXPECT_REFUSED(EINVAL, .flags = MAILBOX_NONBLOCK | MAILBOX_DEADLINE,
		       .clock = MAILBOX_CLOCK_MONOTONIC, .deadline = 1);
}

TEST_F(receive, deadline_without_its_flag_is_einval)
{
	EXPECT_REFUSED(EINVAL, .deadline = 1);
}

TEST_F(receive, clock_without_a_deadline_is_einval)
{
	EXPECT_REFUSED(EINVAL, .clock = MAILBOX_CLOCK_BOOTTIME);
}

TEST_F(receive, unknown_clock_is_einval)
{
	EXPECT_REFUSED(EINVAL, .flags = MAILBOX_DEADLINE, .clock = 2);
	EXPECT_REFUSED(EINVAL, .flags = MAILBOX_DEADLINE, .clock = 8);
	EXPECT_REFUSED(EINVAL, .flags = MAILBOX_DEADLINE, .clock = ~0U);
}

TEST_F(receive, from_pid_without_its_flag_is_einval)
{
	EXPECT_REFUSED(EINVAL, .from_pid = 1);
}

TEST_F(receive, tags_without_their_flag_are_einval)
{
	EXPECT_REFUSED(EINVAL, .tag_max = 1);
	EXPECT_REFUSED(EINVAL, .tag_min = 1, .tag_max = 1);
}

TEST_F(receive, highest_tag_below_the_lowest_is_einval)
{
	EXPECT_REFUSED(EINVAL, .flags = MAILBOX_RECEIVE_TAG, .tag_min = 2,
		       .tag_max = 1);
}

TEST_F(receive, message_flags_are_einval)
{
	EXPECT_REFUSED(EINVAL, .message.flags = 4);
}

TEST_F(receive, room_with_pieces_is_einval)
{
	char data[4];
	struct mailbox_iovec piece = { mb_ptr(data), 4 };

	EXPECT_REFUSED(EINVAL, .message = {
		.data = mb_ptr(&piece), .iov_count = 1, .room = 4,
	});
}

TEST_F(receive, anothers_id_on_a_handle_is_einval)
{
	EXPECT_REFUSED(EINVAL, .id = self->id + 1);
}

TEST_F(receive, size_below_the_least_is_einval)
{
	struct mailbox_receive receive = { .size = sizeof(receive) - 8 };

	ASSERT_EQ(0, mb_put(self->box, 0, NULL, 0, 0));
	EXPECT_EQ(-EINVAL, mb_ioctl(self->box, MAILBOX_IOC_RECEIVE, &receive));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

TEST_F(receive, longer_structure_with_zeroes_is_taken)
{
	struct {
		struct mailbox_receive receive;
		__u64 more;
	} longer = { .receive.size = sizeof(longer) };

	ASSERT_EQ(0, mb_put(self->box, 0, NULL, 0, 0));
	EXPECT_EQ(0, mb_ioctl(self->box, MAILBOX_IOC_RECEIVE, &longer));
}

TEST_F(receive, longer_structure_with_something_is_e2big)
{
	struct {
		struct mailbox_receive receive;
		__u64 more;
	} longer = { .receive.size = sizeof(longer), .more = 1 };

	ASSERT_EQ(0, mb_put(self->box, 0, NULL, 0, 0));
	EXPECT_EQ(-E2BIG, mb_ioctl(self->box, MAILBOX_IOC_RECEIVE, &longer));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
}

TEST_HARNESS_MAIN
