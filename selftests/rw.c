// SPDX-License-Identifier: GPL-2.0-only
/*
 * read(2), write(2) and their vectors on handles: one message each.
 */
#include "lib/test.h"
#include "lib/transfer.h"

#include <sys/uio.h>

FIXTURE(rw) {
	int client;
	int box;		/* holds two messages */
	int meeting;		/* holds none */
};

FIXTURE_SETUP(rw)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 2, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
	self->meeting = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->meeting);
}

FIXTURE_TEARDOWN(rw)
{
	close(self->meeting);
	close(self->box);
	close(self->client);
}

/* As the ioctls' wrappers: bytes, or -errno. */
static int do_read(int fd, void *data, size_t room)
{
	ssize_t ret = read(fd, data, room);

	return ret < 0 ? -errno : (int)ret;
}

static int do_write(int fd, const void *data, size_t length)
{
	ssize_t ret = write(fd, data, length);

	return ret < 0 ? -errno : (int)ret;
}

static int nonblock(int fd)
{
	return fcntl(fd, F_SETFL, O_NONBLOCK);
}

TEST_F(rw, write_sends_one_message)
{
	char data[8];

	EXPECT_EQ(3, do_write(self->box, "abc", 3));
	EXPECT_EQ(2, do_write(self->box, "de", 2));
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
	EXPECT_EQ(3, mb_get(self->box, 0, data, sizeof(data), 0));
	EXPECT_EQ(0, memcmp(data, "abc", 3));
	EXPECT_EQ(2, mb_get(self->box, 0, data, sizeof(data), 0));
}

TEST_F(rw, read_receives_one_message)
{
	char data[8];

	ASSERT_EQ(0, mb_put(self->box, 0, "abc", 3, 0));
	ASSERT_EQ(0, mb_put(self->box, 0, "de", 2, 0));
	EXPECT_EQ(3, do_read(self->box, data, sizeof(data)));
	EXPECT_EQ(0, memcmp(data, "abc", 3));
	EXPECT_EQ(2, do_read(self->box, data, sizeof(data)));
	EXPECT_EQ(0, memcmp(data, "de", 2));
}

TEST_F(rw, writev_joins_its_pieces)
{
	struct iovec iov[] = { { "ab", 2 }, { "", 0 }, { "cde", 3 } };
	char data[8];

	EXPECT_EQ(5, writev(self->box, iov, 3));
	EXPECT_EQ(5, do_read(self->box, data, sizeof(data)));
	EXPECT_EQ(0, memcmp(data, "abcde", 5));
}

TEST_F(rw, readv_fills_its_pieces)
{
	char one[3] = "", two[8] = "";
	struct iovec iov[] = { { one, 2 }, { two, 7 } };

	ASSERT_EQ(5, do_write(self->box, "abcde", 5));
	EXPECT_EQ(5, readv(self->box, iov, 2));
	EXPECT_STREQ("ab", one);
	EXPECT_STREQ("cde", two);
}

TEST_F(rw, write_of_nothing_is_an_empty_message)
{
	ASSERT_EQ(0, do_write(self->box, "", 0));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	EXPECT_EQ(0, mb_get(self->box, 0, NULL, 0, MAILBOX_NONBLOCK));
}

TEST_F(rw, read_of_an_empty_message_is_zero)
{
	char data[8];

	ASSERT_EQ(0, mb_put(self->box, 0, NULL, 0, 0));
	ASSERT_EQ(0, mb_put(self->box, 0, "x", 1, 0));
	EXPECT_EQ(0, do_read(self->box, data, sizeof(data)));
	/* that was no end of file */
	EXPECT_EQ(1, do_read(self->box, data, sizeof(data)));
}

TEST_F(rw, read_with_too_little_room_is_emsgsize)
{
	char data[8];

	ASSERT_EQ(0, mb_put(self->box, 0, "abcde", 5, 0));
	ASSERT_EQ(0, mb_put(self->box, 0, "f", 1, 0));
	EXPECT_EQ(-EMSGSIZE, do_read(self->box, data, 4));
	EXPECT_EQ(5, do_read(self->box, data, 5));
	EXPECT_EQ(1, do_read(self->box, data, 5));
}

/* Wherever the bytes are kept: beside the message, or some of them elsewhere. */
TEST_F(rw, content_is_kept_at_every_length)
{
	char out[2100], in[2200];

	for (int length = 0; length <= (int)sizeof(out); length++) {
		mb_fill(out, length, length);
		ASSERT_EQ(length, do_write(self->box, out, length));
		ASSERT_EQ(0, mb_put(self->box, 0, out, length, 0));
		memset(in, 0xee, sizeof(in));
		ASSERT_EQ(length, mb_get(self->box, 0, in, sizeof(in), 0));
		ASSERT_EQ(-1, mb_differs(in, length, length));
		ASSERT_EQ(0xee, (unsigned char)in[length]);
		memset(in, 0xee, sizeof(in));
		ASSERT_EQ(length, do_read(self->box, in, sizeof(in)));
		ASSERT_EQ(-1, mb_differs(in, length, length));
		ASSERT_EQ(0xee, (unsigned char)in[length]);
	}
}

TEST_F(rw, write_of_too_much_is_emsgsize)
{
	size_t max = mb_stat_of(self->box, max_message);
	char *data = calloc(1, max + 1);

	ASSERT_NE(NULL, data);
	EXPECT_EQ(-EMSGSIZE, do_write(self->box, data, max + 1));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
	EXPECT_EQ((int)max, do_write(self->box, data, max));
}

TEST_F(rw, written_has_no_priority_and_no_tag)
{
	struct mailbox_receive receive = { .flags = 0 };
	char data[8];

	ASSERT_EQ(1, do_write(self->box, "x", 1));
	receive.message.data = mb_ptr(data);
	receive.message.room = sizeof(data);
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(0, receive.message.priority);
	EXPECT_EQ(0, receive.message.tag);
	EXPECT_EQ(MAILBOX_INFO_WRITTEN, receive.message.info);
}

TEST_F(rw, sent_by_ioctl_is_not_written)
{
	struct mailbox_receive receive = { .flags = 0 };

	ASSERT_EQ(0, mb_put(self->box, 0, NULL, 0, 0));
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(0, receive.message.info & MAILBOX_INFO_WRITTEN);
}

static int write_as_other(void *argument)
{
	int ret = mb_become(MB_USER_A, MB_GROUP_A, NULL, 0);

	return ret ? ret : do_write(*(int *)argument, "", 0);
}

/* Another process with other rights prints to an inherited handle. */
TEST_F(rw, written_bears_the_handles_opener)
{
	struct mailbox_receive receive = { .flags = MAILBOX_NONBLOCK };

	mb_need_root();
	ASSERT_EQ(0, mb_child_run(write_as_other, &self->box));
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(MAILBOX_INFO_WRITTEN, receive.message.info);
	EXPECT_EQ(getpid(), (pid_t)receive.message.pid);
	EXPECT_EQ(geteuid(), receive.message.uid);
	EXPECT_EQ(getegid(), receive.message.gid);
}

struct opened {
	__u64 id;
	int box;
	int socket;
};

static int open_and_pass(void *argument)
{
	struct opened *opened = argument;
	int ret = mb_become(MB_USER_A, MB_GROUP_A, NULL, 0);
	int client = mb_client();
	int handle;

	if (ret || client < 0)
		return ret ? ret : client;
	handle = mb_open_id(client, opened->id, MAILBOX_RIGHT_SEND);
	return handle < 0 ? handle : mb_fd_send(opened->socket, handle);
}

/* And the other way round: root writes to a handle that a user has opened. */
TEST_F(rw, written_by_root_bears_the_user_who_opened)
{
	struct mailbox_receive receive = { .flags = MAILBOX_NONBLOCK };
	struct opened opened = { .id = mb_id(self->box) };
	struct mb_child opener;
	int sockets[2], handle;

	mb_need_root();
	ASSERT_EQ(0, mb_set_mode(self->box, 0, 0602));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	opened.socket = sockets[1];
	ASSERT_EQ(0, mb_child_start(&opener, open_and_pass, &opened));
	handle = mb_fd_receive(sockets[0]);
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_child_join(&opener));
	ASSERT_EQ(0, do_write(handle, "", 0));
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(opener.pid, (pid_t)receive.message.pid);
	EXPECT_EQ(MB_USER_A, (int)receive.message.uid);
	EXPECT_EQ(MB_GROUP_A, (int)receive.message.gid);
	/* the ioctl on the same handle vouches for who calls it */
	ASSERT_EQ(0, mb_put(handle, 0, NULL, 0, 0));
	ASSERT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(getpid(), (pid_t)receive.message.pid);
	EXPECT_EQ(0, receive.message.uid);
}

/*
 * Waiting and not waiting
 */

static int read_one(void *argument)
{
	char data[8];

	return do_read(*(int *)argument, data, sizeof(data));
}

static int write_one(void *argument)
{
	return do_write(*(int *)argument, "abc", 3);
}

TEST_F(rw, read_waits)
{
	struct mb_child reader;

	ASSERT_EQ(0, mb_child_start(&reader, read_one, &self->box));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(2, do_write(self->box, "ab", 2));
	EXPECT_EQ(2, mb_child_join(&reader));
}

TEST_F(rw, write_waits)
{
	struct mb_child writer;

	ASSERT_EQ(0, do_write(self->box, "", 0));
	ASSERT_EQ(0, do_write(self->box, "", 0));
	ASSERT_EQ(0, mb_child_start(&writer, write_one, &self->box));
	ASSERT_EQ(0, mb_wait_senders(self->box, 0, 1));
	EXPECT_EQ(0, mb_get(self->box, 0, NULL, 0, 0));
	EXPECT_EQ(3, mb_child_join(&writer));
}

TEST_F(rw, write_meets_a_reader)
{
	struct mb_child writer;
	char data[8];

	ASSERT_EQ(0, mb_child_start(&writer, write_one, &self->meeting));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	EXPECT_EQ(3, do_read(self->meeting, data, sizeof(data)));
	EXPECT_EQ(3, mb_child_join(&writer));
}

TEST_F(rw, read_that_would_wait_is_eagain)
{
	char data[8];

	ASSERT_EQ(0, nonblock(self->box));
	EXPECT_EQ(-EAGAIN, do_read(self->box, data, sizeof(data)));
}

TEST_F(rw, write_that_would_wait_is_eagain)
{
	ASSERT_EQ(0, nonblock(self->box));
	ASSERT_EQ(1, do_write(self->box, "x", 1));
	ASSERT_EQ(1, do_write(self->box, "x", 1));
	EXPECT_EQ(-EAGAIN, do_write(self->box, "x", 1));
	EXPECT_EQ(2, mb_stat_of(self->box, messages));
}

TEST_F(rw, rendezvous_that_would_wait_is_eagain)
{
	char data[8];

	ASSERT_EQ(0, nonblock(self->meeting));
	EXPECT_EQ(-EAGAIN, do_write(self->meeting, "x", 1));
	EXPECT_EQ(-EAGAIN, do_read(self->meeting, data, sizeof(data)));
}

TEST_F(rw, nowait_read_takes_what_is_there)
{
	char data[8];
	struct iovec iov = { data, sizeof(data) };
	ssize_t ret;

	ASSERT_EQ(1, do_write(self->box, "x", 1));
	ret = preadv2(self->box, &iov, 1, -1, RWF_NOWAIT);
	if (ret < 0 && errno == EOPNOTSUPP)
		SKIP(return, "no RWF_NOWAIT here");
	EXPECT_EQ(1, ret);
	EXPECT_EQ(-1, preadv2(self->box, &iov, 1, -1, RWF_NOWAIT));
	EXPECT_EQ(EAGAIN, errno);
}

TEST_F(rw, nowait_write_fills_and_no_more)
{
	struct iovec iov = { "x", 1 };
	ssize_t ret = pwritev2(self->box, &iov, 1, -1, RWF_NOWAIT);

	if (ret < 0 && errno == EOPNOTSUPP)
		SKIP(return, "no RWF_NOWAIT here");
	EXPECT_EQ(1, ret);
	EXPECT_EQ(1, pwritev2(self->box, &iov, 1, -1, RWF_NOWAIT));
	EXPECT_EQ(-1, pwritev2(self->box, &iov, 1, -1, RWF_NOWAIT));
	EXPECT_EQ(EAGAIN, errno);
}

/* Two that only ever try would never meet. */
TEST_F(rw, nowait_rendezvous_is_einval)
{
	char data[8];
	struct iovec iov = { data, sizeof(data) };

	EXPECT_EQ(-1, preadv2(self->meeting, &iov, 1, -1, RWF_NOWAIT));
	if (errno == EOPNOTSUPP)
		SKIP(return, "no RWF_NOWAIT here");
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pwritev2(self->meeting, &iov, 1, -1, RWF_NOWAIT));
	EXPECT_EQ(EINVAL, errno);
}

static int read_with_handler(void *argument)
{
	int ret = mb_signal_handle(SIGUSR1, 0);

	return ret ? ret : read_one(argument);
}

TEST_F(rw, read_is_ended_by_a_signal_with_eintr)
{
	struct mb_child reader;

	ASSERT_EQ(0, mb_child_start(&reader, read_with_handler, &self->box));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, kill(reader.pid, SIGUSR1));
	EXPECT_EQ(-EINTR, mb_child_join(&reader));
}

static int write_with_handler(void *argument)
{
	int ret = mb_signal_handle(SIGUSR1, 0);

	return ret ? ret : write_one(argument);
}

TEST_F(rw, write_is_ended_by_a_signal_with_eintr)
{
	struct mb_child writer;

	ASSERT_EQ(0, mb_child_start(&writer, write_with_handler,
				    &self->meeting));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(0, kill(writer.pid, SIGUSR1));
	EXPECT_EQ(-EINTR, mb_child_join(&writer));
	EXPECT_EQ(-EAGAIN, mb_get(self->meeting, 0, NULL, 0,
				  MAILBOX_NONBLOCK));
}

/*
 * Errors
 */

TEST_F(rw, read_without_the_right_is_ebadf)
{
	int handle = mb_narrow(self->box, MAILBOX_RIGHT_SEND);
	char data[8];

	ASSERT_LE(0, handle);
	ASSERT_EQ(1, do_write(handle, "x", 1));
	EXPECT_EQ(-EBADF, do_read(handle, data, sizeof(data)));
}

TEST_F(rw, write_without_the_right_is_ebadf)
{
	int handle = mb_narrow(self->box, MAILBOX_RIGHT_RECEIVE);

	ASSERT_LE(0, handle);
	EXPECT_EQ(-EBADF, do_write(handle, "x", 1));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_F(rw, read_from_a_destroyed_mailbox_is_eidrm)
{
	char data[8];

	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, do_read(self->box, data, sizeof(data)));
}

TEST_F(rw, read_waiting_when_it_is_destroyed_is_eidrm)
{
	struct mb_child reader;

	ASSERT_EQ(0, mb_child_start(&reader, read_one, &self->box));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&reader));
}

/* SIGPIPE would kill this test. */
TEST_F(rw, write_to_a_destroyed_mailbox_is_eidrm_and_no_sigpipe)
{
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	EXPECT_EQ(-EIDRM, do_write(self->box, "x", 1));
}

TEST_F(rw, write_that_nobody_can_receive_is_epipe_and_no_sigpipe)
{
	int handle = mb_narrow(self->box, MAILBOX_RIGHT_SEND);

	ASSERT_LE(0, handle);
	close(self->box);
	self->box = -1;
	EXPECT_EQ(-EPIPE, do_write(handle, "x", 1));
}

TEST_F(rw, read_into_bad_memory_is_efault)
{
	char data[8];

	ASSERT_EQ(1, do_write(self->box, "x", 1));
	EXPECT_EQ(-EFAULT, do_read(self->box, mb_nowhere(), 4));
	EXPECT_EQ(1, do_read(self->box, data, sizeof(data)));
}

TEST_F(rw, write_from_bad_memory_is_efault)
{
	EXPECT_EQ(-EFAULT, do_write(self->box, mb_nowhere(), 4));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_F(rw, handle_has_no_position)
{
	char byte;

	EXPECT_EQ(-1, lseek(self->box, 0, SEEK_SET));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, pread(self->box, &byte, 1, 0));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(-1, pwrite(self->box, "x", 1, 0));
	EXPECT_EQ(ESPIPE, errno);
}

/* A client is no mailbox: there is nothing to read or write. */
TEST_F(rw, client_cannot_be_read_or_written)
{
	char byte;

	EXPECT_EQ(-EINVAL, do_read(self->client, &byte, 1));
	EXPECT_EQ(-EINVAL, do_write(self->client, "x", 1));
}

/*
 * The handle option EOF
 */

static int with_eof(int client, int *sender)
{
	struct mailbox_create create = {
		.capacity = 2,
		.rights = MAILBOX_RIGHT_RECEIVE,
		.handle_flags = MAILBOX_HANDLE_EOF,
	};
	int ret = mb_create(client, &create);

	if (ret)
		return ret;
	*sender = mb_open_id(client, create.id, MAILBOX_RIGHT_SEND);
	if (*sender < 0)
		return *sender;
	return create.fd;
}

TEST_F(rw, eof_when_empty_and_without_senders)
{
	int sender, box = with_eof(self->client, &sender);
	char data[8];

	ASSERT_LE(0, box);
	ASSERT_EQ(1, do_write(sender, "x", 1));
	close(sender);
	EXPECT_EQ(1, do_read(box, data, sizeof(data)));
	EXPECT_EQ(0, do_read(box, data, sizeof(data)));
	EXPECT_EQ(0, do_read(box, data, sizeof(data)));
}

TEST_F(rw, eof_is_epipe_for_receive)
{
	int sender, box = with_eof(self->client, &sender);

	ASSERT_LE(0, box);
	close(sender);
	EXPECT_EQ(-EPIPE, mb_get(box, 0, NULL, 0, 0));
	EXPECT_EQ(-EPIPE, mb_get(box, 0, NULL, 0, MAILBOX_NONBLOCK));
}

TEST_F(rw, eof_is_pollhup)
{
	int sender, box = with_eof(self->client, &sender);

	ASSERT_LE(0, box);
	EXPECT_EQ(0, mb_poll(box, POLLIN, 0) & POLLHUP);
	ASSERT_EQ(1, do_write(sender, "x", 1));
	close(sender);
	/* not while there is something to receive */
	EXPECT_EQ(POLLIN, mb_poll(box, POLLIN, 0));
	ASSERT_EQ(0, mb_drain_one(box, 0));
	EXPECT_NE(0, mb_poll(box, POLLIN, 0) & POLLHUP);
}

TEST_F(rw, eof_not_while_a_sender_is_open)
{
	int sender, box = with_eof(self->client, &sender);
	char data[8];

	ASSERT_LE(0, box);
	ASSERT_EQ(0, nonblock(box));
	EXPECT_EQ(-EAGAIN, do_read(box, data, sizeof(data)));
	close(sender);
	EXPECT_EQ(0, do_read(box, data, sizeof(data)));
}

static int read_without_sender(void *argument)
{
	int *fd = argument;

	close(fd[1]);
	return read_one(fd);
}

TEST_F(rw, eof_wakes_a_waiting_reader)
{
	struct mb_child reader;
	int fd[2];

	fd[0] = with_eof(self->client, &fd[1]);
	ASSERT_LE(0, fd[0]);
	ASSERT_EQ(0, mb_child_start(&reader, read_without_sender, fd));
	ASSERT_EQ(0, mb_wait_receivers(fd[0], 0, 1));
	EXPECT_FALSE(mb_child_done(&reader));
	close(fd[1]);
	EXPECT_EQ(0, mb_child_join(&reader));
}

/*
 * Two readers, one message, no sender: whoever does not get it must not sleep
 * on when the other has it.
 */
TEST_F_TIMEOUT(rw, eof_wakes_all_readers_whatever_was_left, 120)
{
	struct mb_child reader[2];
	int fd[2], i, round, sum;

	for (round = 0; round < 100; round++) {
		fd[0] = with_eof(self->client, &fd[1]);
		ASSERT_LE(0, fd[0]);
		for (i = 0; i < 2; i++)
			ASSERT_EQ(0, mb_child_start(&reader[i],
						    read_without_sender, fd));
		ASSERT_EQ(0, mb_wait_receivers(fd[0], 0, 2));
		ASSERT_EQ(2, do_write(fd[1], "xy", 2));
		close(fd[1]);
		sum = mb_child_join(&reader[0]) + mb_child_join(&reader[1]);
		/* one has the two bytes, the other the end */
		ASSERT_EQ(2, sum);
		close(fd[0]);
	}
}

TEST_F(rw, eof_ends_when_a_sender_comes)
{
	int sender, box = with_eof(self->client, &sender);
	char data[8];

	ASSERT_LE(0, box);
	close(sender);
	ASSERT_EQ(0, do_read(box, data, sizeof(data)));
	sender = mb_open_id(self->client, mb_id(box), MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, sender);
	ASSERT_EQ(0, nonblock(box));
	EXPECT_EQ(-EAGAIN, do_read(box, data, sizeof(data)));
	ASSERT_EQ(2, do_write(sender, "xy", 2));
	EXPECT_EQ(2, do_read(box, data, sizeof(data)));
}

TEST_F(rw, eof_does_not_count_senders_by_id)
{
	int sender, box = with_eof(self->client, &sender);
	char data[8];

	ASSERT_LE(0, box);
	close(sender);
	/* this client could send by ID */
	EXPECT_EQ(0, do_read(box, data, sizeof(data)));
	ASSERT_EQ(0, mb_put(self->client, mb_id(box), "x", 1, 0));
	EXPECT_EQ(1, do_read(box, data, sizeof(data)));
	EXPECT_EQ(0, do_read(box, data, sizeof(data)));
}

TEST_F(rw, without_the_option_there_is_no_eof)
{
	int box = mb_new(self->client, 2, MAILBOX_RIGHT_RECEIVE);
	char data[8];

	ASSERT_LE(0, box);
	ASSERT_EQ(0, nonblock(box));
	EXPECT_EQ(-EAGAIN, do_read(box, data, sizeof(data)));
	EXPECT_EQ(0, mb_poll(box, POLLIN, 0));
}

TEST_HARNESS_MAIN
