// SPDX-License-Identifier: GPL-2.0-only
/*
 * How mailboxes live and end, and what those who use them then see: last
 * close, DESTROY, PERSIST, KEEP_BY_SENDERS, handles in flight, killed
 * processes.
 */
#include "lib/test.h"

#include <pthread.h>
#include <sys/epoll.h>

#define KEEP_BY_SENDERS	MAILBOX_CREATE_KEEP_BY_SENDERS
#define PERSIST		MAILBOX_CREATE_PERSIST
#define NOFD		MAILBOX_CREATE_NOFD

FIXTURE(lifetime)
{
	int client;
	__u64 id;
};

FIXTURE_SETUP(lifetime)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
}

FIXTURE_TEARDOWN(lifetime)
{
	/* what PERSISTs would outlive a failed test */
	if (self->id)
		mb_destroy(self->client, self->id);
	close(self->client);
}

static int exists(int client, __u64 id)
{
	struct mailbox_stat stat;

	return mb_stat(client, id, &stat);
}

/* The last receive handle */

TEST_F(lifetime, ends_with_its_only_handle)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, exists(self->client, self->id));
	close(handle);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, lives_while_a_second_receive_handle_is_open)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int second;

	ASSERT_LE(0, handle);
	second = mb_open_id(self->client, self->id, MAILBOX_RIGHT_RECEIVE);
	ASSERT_LE(0, second);
	close(handle);
	EXPECT_EQ(0, exists(self->client, self->id));
	close(second);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, lives_while_a_restricted_receive_handle_is_open)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int second;

	ASSERT_LE(0, handle);
	second = mb_narrow(handle, MAILBOX_RIGHT_RECEIVE);
	ASSERT_LE(0, second);
	close(handle);
	EXPECT_EQ(0, exists(self->client, self->id));
}

TEST_F(lifetime, send_handle_does_not_keep_it)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int sends;

	ASSERT_LE(0, handle);
	sends = mb_open_id(self->client, self->id, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, sends);
	close(handle);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, manage_handle_does_not_keep_it)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int manages;

	ASSERT_LE(0, handle);
	manages = mb_narrow(handle, MAILBOX_RIGHT_MANAGE);
	ASSERT_LE(0, manages);
	close(handle);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, client_that_made_a_handle_does_not_keep_it)
{
	int other = mb_client();
	int handle = mb_new_flags(self->client, 0, 1, &self->id);

	ASSERT_LE(0, handle);
	close(handle);
	EXPECT_EQ(-ENOENT, exists(other, self->id));
}

TEST_F(lifetime, dup_shares_the_handle)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	struct mailbox_stat stat;
	int copy;

	ASSERT_LE(0, handle);
	copy = dup(handle);
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(1, stat.receive_handles);
	close(handle);
	EXPECT_EQ(0, exists(self->client, self->id));
	EXPECT_EQ(0, mb_put(copy, 0, "x", 1, MAILBOX_NONBLOCK));
	close(copy);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

static int wait_for_event(void *argument)
{
	return mb_event_wait(*(int *)argument);
}

TEST_F(lifetime, forked_process_shares_the_handle)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	struct mailbox_stat stat;
	int go = mb_event();
	struct mb_child child;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_child_start(&child, wait_for_event, &go));
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(1, stat.receive_handles);
	close(handle);
	EXPECT_EQ(0, exists(self->client, self->id));
	mb_event_raise(go);
	EXPECT_EQ(0, mb_child_join(&child));
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, killed_process_closes_its_handles)
{
	int go = mb_event();
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	struct mb_child child;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_child_start(&child, wait_for_event, &go));
	close(handle);
	ASSERT_EQ(0, exists(self->client, self->id));
	mb_child_kill(&child);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

/* exec closes: "sh" would keep it alive otherwise */
static int exec_and_wait(void *argument)
{
	int *fds = argument;

	dup2(fds[1], STDIN_FILENO);
	execl("/bin/sh", "sh", "-c", "read line", NULL);
	return -errno;
}

TEST_F(lifetime, exec_closes_handles)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int line[2], fds[2];
	struct mb_child child;

	if (access("/bin/sh", X_OK))
		SKIP(return, "no /bin/sh");
	ASSERT_LE(0, handle);
	ASSERT_EQ(0, pipe2(line, O_CLOEXEC));
	fds[0] = handle;
	fds[1] = line[0];
	ASSERT_EQ(0, mb_child_start(&child, exec_and_wait, fds));
	close(handle);
	/* the shell is there, and waits, but has nothing of ours */
	EXPECT_EQ(0, mb_until(exists(self->client, self->id) == -ENOENT));
	EXPECT_EQ(0, waitpid(child.pid, NULL, WNOHANG));
	close(line[1]);
	EXPECT_EQ(child.pid, waitpid(child.pid, NULL, 0));
}

/* What others meet at the last close */

TEST_F(lifetime, last_close_frees_what_is_queued)
{
	struct mailbox_query before = { 0 }, after = { 0 };
	char data[2000] = { 0 };
	int handle;

	ASSERT_EQ(0, mb_query(self->client, &before));
	handle = mb_new_flags(self->client, 0, 8, &self->id);
	ASSERT_LE(0, handle);
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put(handle, 0, data, sizeof(data),
				    MAILBOX_NONBLOCK));
	close(handle);
	ASSERT_EQ(0, mb_query(self->client, &after));
	EXPECT_EQ(before.user_bytes, after.user_bytes);
	EXPECT_EQ(before.total_bytes, after.total_bytes);
}

TEST_F(lifetime, last_close_gives_epipe_to_a_send_by_handle)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int sends;

	ASSERT_LE(0, handle);
	sends = mb_narrow(handle, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, sends);
	close(handle);
	EXPECT_EQ(-EPIPE, mb_put(sends, 0, "x", 1, 0));
}

TEST_F(lifetime, last_close_gives_epipe_to_write_without_sigpipe)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int sends;

	ASSERT_LE(0, handle);
	sends = mb_narrow(handle, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, sends);
	close(handle);
	/* SIGPIPE would end the test */
	EXPECT_EQ(-1, write(sends, "x", 1));
	EXPECT_EQ(EPIPE, errno);
}

TEST_F(lifetime, last_close_gives_enoent_to_a_send_by_id)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);

	ASSERT_LE(0, handle);
	close(handle);
	EXPECT_EQ(-ENOENT, mb_put(self->client, self->id, "x", 1, 0));
}

/* A handle that is left over: only messages are EPIPE, all else is EIDRM. */

TEST_F(lifetime, last_close_gives_eidrm_to_stat)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int rest = mb_narrow(handle, MAILBOX_RIGHT_SEND);
	struct mailbox_stat stat;

	ASSERT_LE(0, rest);
	close(handle);
	EXPECT_EQ(-EIDRM, mb_stat(rest, 0, &stat));
}

TEST_F(lifetime, last_close_gives_eidrm_to_restrict)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int rest = mb_narrow(handle, MAILBOX_RIGHT_SEND);

	ASSERT_LE(0, rest);
	close(handle);
	EXPECT_EQ(-EIDRM, mb_narrow(rest, MAILBOX_RIGHT_SEND));
}

TEST_F(lifetime, last_close_gives_eidrm_to_set)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int rest = mb_narrow(handle, MAILBOX_RIGHT_MANAGE);

	ASSERT_LE(0, rest);
	close(handle);
	EXPECT_EQ(-EIDRM, mb_set_mode(rest, 0, 0666));
}

TEST_F(lifetime, last_close_gives_eidrm_to_unlink)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int rest = mb_narrow(handle, MAILBOX_RIGHT_MANAGE);

	ASSERT_LE(0, rest);
	close(handle);
	EXPECT_EQ(-EIDRM, mb_unlink(rest, 0));
}

TEST_F(lifetime, last_close_gives_eidrm_to_destroy)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int rest = mb_narrow(handle, MAILBOX_RIGHT_MANAGE);

	ASSERT_LE(0, rest);
	close(handle);
	EXPECT_EQ(-EIDRM, mb_destroy(rest, 0));
}

/*
 * The three ways a mailbox ends, and how each kind of waiter is woken.
 */
FIXTURE(ending)
{
	int client;
	int handle;
	int sends;		/* a handle that only sends */
	__u64 id;
	struct mb_child child;
	char byte;
};

FIXTURE_VARIANT(ending)
{
	unsigned int capacity;
};

FIXTURE_VARIANT_ADD(ending, rendezvous) { .capacity = 0 };
FIXTURE_VARIANT_ADD(ending, bounded) { .capacity = 1 };

FIXTURE_SETUP(ending)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->handle = mb_new_flags(self->client, 0, variant->capacity,
				    &self->id);
	ASSERT_LE(0, self->handle);
	self->sends = mb_narrow(self->handle, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, self->sends);
}

FIXTURE_TEARDOWN(ending)
{
	close(self->client);
}

/* A child that is blocked in a send to @fd, with no other receive handle. */
static int block_sender(FIXTURE_DATA(ending) *self,
			const FIXTURE_VARIANT(ending) *variant, int fd,
			__u64 id)
{
	int ret = 0;

	if (variant->capacity)
		ret = mb_put(self->sends, 0, "full", 4, MAILBOX_NONBLOCK);
	if (!ret)
		ret = mb_put_start(&self->child, fd, id, "x", 1, 0);
	return ret ? ret : mb_wait_senders(self->handle, 0, 1);
}

static int block_receiver(FIXTURE_DATA(ending) *self, int fd, __u64 id)
{
	int ret = mb_get_start(&self->child, fd, id, &self->byte, 1, 0);

	return ret ? ret : mb_wait_receivers(self->handle, 0, 1);
}

/* The child inherits the receive handle; it must not keep it open. */
struct send_alone {
	int close_fd;
	int ready;
	int fd;
	__u64 id;
};

static int send_alone(void *argument)
{
	struct send_alone *alone = argument;

	close(alone->close_fd);
	mb_event_raise(alone->ready);
	return mb_put(alone->fd, alone->id, "x", 1, 0);
}

static int receive_alone(void *argument)
{
	struct send_alone *alone = argument;
	char byte;

	close(alone->close_fd);
	mb_event_raise(alone->ready);
	return mb_get(alone->fd, alone->id, &byte, 1, 0);
}

static int poll_alone(void *argument)
{
	struct send_alone *alone = argument;

	close(alone->close_fd);
	mb_event_raise(alone->ready);
	/* 0: only what poll always shows, EPOLLHUP and EPOLLERR */
	return mb_poll(alone->fd, 0, -1);
}

static int start_alone(FIXTURE_DATA(ending) *self, mb_child_fn run, int fd,
		       __u64 id)
{
	struct send_alone alone = {
		.close_fd = self->handle,
		.ready = mb_event(),
		.fd = fd,
		.id = id,
	};
	int ret = mb_child_start(&self->child, run, &alone);

	if (!ret)
		ret = mb_event_wait(alone.ready);
	close(alone.ready);
	return ret;
}

TEST_F(ending, last_close_wakes_a_sender_by_handle_with_epipe)
{
	if (variant->capacity)
		ASSERT_EQ(0, mb_put(self->sends, 0, "full", 4, 0));
	ASSERT_EQ(0, start_alone(self, send_alone, self->sends, 0));
	ASSERT_EQ(0, mb_wait_senders(self->handle, 0, 1));
	close(self->handle);
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
}

TEST_F(ending, last_close_wakes_a_sender_by_id_with_epipe)
{
	if (variant->capacity)
		ASSERT_EQ(0, mb_put(self->sends, 0, "full", 4, 0));
	ASSERT_EQ(0, start_alone(self, send_alone, self->client, self->id));
	ASSERT_EQ(0, mb_wait_senders(self->handle, 0, 1));
	close(self->handle);
	EXPECT_EQ(-EPIPE, mb_child_join(&self->child));
}

TEST_F(ending, last_close_wakes_a_receiver_by_id_with_eidrm)
{
	ASSERT_EQ(0, start_alone(self, receive_alone, self->client, self->id));
	ASSERT_EQ(0, mb_wait_receivers(self->handle, 0, 1));
	close(self->handle);
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
}

TEST_F(ending, last_close_wakes_a_poller_with_epollhup)
{
	ASSERT_EQ(0, start_alone(self, poll_alone, self->sends, 0));
	ASSERT_EQ(0, mb_poll_asleep(&self->child));
	close(self->handle);
	EXPECT_EQ(POLLHUP, mb_child_join(&self->child) & POLLHUP);
}

TEST_F(ending, last_close_shows_epollhup_to_later_pollers)
{
	close(self->handle);
	EXPECT_EQ(POLLHUP, mb_poll(self->sends, 0, 0) & POLLHUP);
}

TEST_F(ending, kill_of_the_only_receiver_wakes_a_sender_with_epipe)
{
	struct mb_child sender, receiver;
	int go = mb_event();

	/* the child holds the last receive handle, and is then killed */
	ASSERT_EQ(0, mb_child_start(&receiver, wait_for_event, &go));
	if (variant->capacity)
		ASSERT_EQ(0, mb_put(self->sends, 0, "full", 4, 0));
	ASSERT_EQ(0, start_alone(self, send_alone, self->sends, 0));
	sender = self->child;
	ASSERT_EQ(0, mb_wait_senders(self->handle, 0, 1));
	close(self->handle);
	EXPECT_FALSE(mb_child_done(&sender));
	mb_child_kill(&receiver);
	EXPECT_EQ(-EPIPE, mb_child_join(&sender));
}

TEST_F(ending, destroy_wakes_a_sender_by_handle_with_eidrm)
{
	ASSERT_EQ(0, block_sender(self, variant, self->sends, 0));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
}

TEST_F(ending, destroy_wakes_a_sender_by_id_with_eidrm)
{
	ASSERT_EQ(0, block_sender(self, variant, self->client, self->id));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
}

TEST_F(ending, destroy_wakes_a_receiver_by_handle_with_eidrm)
{
	ASSERT_EQ(0, block_receiver(self, self->handle, 0));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
}

TEST_F(ending, destroy_wakes_a_receiver_by_id_with_eidrm)
{
	ASSERT_EQ(0, block_receiver(self, self->client, self->id));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
}

TEST_F(ending, destroy_by_id_wakes_a_receiver_with_eidrm)
{
	ASSERT_EQ(0, block_receiver(self, self->handle, 0));
	ASSERT_EQ(0, mb_destroy(self->client, self->id));
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
}

static int read_one(void *argument)
{
	char byte;

	return read(*(int *)argument, &byte, 1) < 0 ? -errno : 0;
}

static int write_one(void *argument)
{
	return write(*(int *)argument, "x", 1) < 0 ? -errno : 0;
}

TEST_F(ending, destroy_wakes_read_with_eidrm)
{
	ASSERT_EQ(0, mb_child_start(&self->child, read_one, &self->handle));
	ASSERT_EQ(0, mb_wait_receivers(self->handle, 0, 1));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
}

TEST_F(ending, destroy_wakes_write_with_eidrm)
{
	if (variant->capacity)
		ASSERT_EQ(0, mb_put(self->sends, 0, "full", 4, 0));
	ASSERT_EQ(0, mb_child_start(&self->child, write_one, &self->sends));
	ASSERT_EQ(0, mb_wait_senders(self->handle, 0, 1));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
}

TEST_F(ending, destroy_wakes_a_poller_of_a_receive_handle_with_epollhup)
{
	int receives = mb_narrow(self->handle, MAILBOX_RIGHT_RECEIVE);

	ASSERT_LE(0, receives);
	ASSERT_EQ(0, mb_poll_start(&self->child, receives, POLLIN));
	ASSERT_EQ(0, mb_poll_asleep(&self->child));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	EXPECT_EQ(POLLHUP, mb_child_join(&self->child) & POLLHUP);
}

TEST_F(ending, destroy_wakes_a_poller_of_a_send_handle_with_epollhup)
{
	ASSERT_EQ(0, mb_poll_start(&self->child, self->sends, 0));
	ASSERT_EQ(0, mb_poll_asleep(&self->child));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	EXPECT_EQ(POLLHUP, mb_child_join(&self->child) & POLLHUP);
}

TEST_F(ending, destroy_shows_epollhup_in_epoll)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->handle, &event));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	ASSERT_EQ(1, epoll_wait(epoll, &event, 1, 0));
	EXPECT_EQ(EPOLLHUP, event.events & EPOLLHUP);
}

/* More than the module empties, or wakes, in one go. */
#define CROWD	40

TEST_F(ending, destroy_wakes_everybody)
{
	struct mb_child children[CROWD];

	for (int i = 0; i < CROWD / 2; i++)
		ASSERT_EQ(0, mb_get_start(&children[i], self->handle, 0,
					  &self->byte, 1, 0));
	for (int i = CROWD / 2; i < CROWD; i++)
		ASSERT_EQ(0, mb_get_start(&children[i], self->client,
					  self->id, &self->byte, 1, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->handle, 0, CROWD));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	for (int i = 0; i < CROWD; i++)
		ASSERT_EQ(-EIDRM, mb_child_join(&children[i]));
}

TEST_F(ending, destroy_wakes_all_senders)
{
	struct mb_child children[CROWD];

	if (variant->capacity)
		ASSERT_EQ(0, mb_put(self->sends, 0, "full", 4,
				    MAILBOX_NONBLOCK));
	for (int i = 0; i < CROWD; i++)
		ASSERT_EQ(0, mb_put_start(&children[i], self->sends, 0, "x", 1,
					  0));
	ASSERT_EQ(0, mb_wait_senders(self->handle, 0, CROWD));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	for (int i = 0; i < CROWD; i++)
		ASSERT_EQ(-EIDRM, mb_child_join(&children[i]));
}

/* A child that keeps its CPU to itself, above all others, until told. */
struct hog {
	struct mb_child child;
	int ready;
	volatile bool *over;
};

static int pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

static int hog_run(void *argument)
{
	struct hog *hog = argument;
	struct sched_param first = { .sched_priority = 1 };

	if (pin(1) || sched_setscheduler(0, SCHED_FIFO, &first))
		return -errno;
	mb_event_raise(hog->ready);
	while (!*hog->over)
		;
	return 0;
}

static int hog_start(struct hog *hog)
{
	int ret;

	hog->ready = mb_event();
	hog->over = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (hog->over == MAP_FAILED)
		return -ENOMEM;
	ret = mb_child_start(&hog->child, hog_run, hog);
	return ret ? ret : mb_event_wait(hog->ready);
}

struct pinned {
	int handle;
	char byte;
};

static int receive_pinned(void *argument)
{
	struct pinned *pinned = argument;
	int ret = pin(1);

	return ret ? ret : mb_get(pinned->handle, 0, &pinned->byte, 1, 0);
}

/* A message is handed to a receiver who is too small for it, and all ends. */
TEST_F(ending, destroy_before_a_receiver_looks_at_what_it_was_given)
{
	struct pinned pinned = { .handle = self->handle };
	struct mb_child receiver;
	struct hog hog = { 0 };

	if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
		SKIP(return, "needs two CPUs");
	if (geteuid())
		SKIP(return, "needs root");
	ASSERT_EQ(0, pin(0));
	ASSERT_EQ(0, mb_child_start(&receiver, receive_pinned, &pinned));
	ASSERT_EQ(0, mb_wait_receivers(self->handle, 0, 1));
	ASSERT_EQ(0, hog_start(&hog));
	ASSERT_EQ(0, mb_put_start(&self->child, self->sends, 0, "four", 4, 0));
	EXPECT_EQ(0, mb_wait_receivers(self->handle, 0, 0));
	EXPECT_EQ(0, mb_destroy(self->handle, 0));
	*hog.over = true;
	EXPECT_EQ(0, mb_child_join(&hog.child));
	EXPECT_EQ(-EMSGSIZE, mb_child_join(&receiver));
	/* a bounded mailbox had room for it */
	EXPECT_EQ(variant->capacity ? 0 : -EIDRM, mb_child_join(&self->child));
}

TEST_F(ending, destroy_frees_what_is_queued)
{
	struct mailbox_query before = { 0 }, after = { 0 };

	ASSERT_EQ(0, mb_query(self->client, &before));
	ASSERT_EQ(0, block_sender(self, variant, self->sends, 0));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	EXPECT_EQ(-EIDRM, mb_child_join(&self->child));
	ASSERT_EQ(0, mb_query(self->client, &after));
	EXPECT_GE(before.user_bytes, after.user_bytes);
	EXPECT_GE(before.total_bytes, after.total_bytes);
	EXPECT_EQ(before.user_waiting, after.user_waiting);
}

TEST_F(ending, destroyed_counts_in_the_quota_while_a_handle_is_open)
{
	struct mailbox_query before = { 0 }, after = { 0 };

	ASSERT_EQ(0, mb_query(self->client, &before));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	close(self->handle);
	ASSERT_EQ(0, mb_query(self->client, &after));
	EXPECT_EQ(before.user_mailboxes, after.user_mailboxes);
}

TEST_F(ending, destroyed_and_closed_gives_its_place_in_the_quota_back)
{
	struct mailbox_query before = { 0 }, after = { 0 };

	ASSERT_EQ(0, mb_query(self->client, &before));
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	close(self->handle);
	close(self->sends);
	ASSERT_EQ(0, mb_query(self->client, &after));
	EXPECT_EQ(before.user_mailboxes - 1, after.user_mailboxes);
}

TEST_F(ending, destroyed_read_is_eidrm_and_not_end_of_file)
{
	char byte;

	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	EXPECT_EQ(-1, read(self->handle, &byte, 1));
	EXPECT_EQ(EIDRM, errno);
}

TEST_F(ending, destroyed_write_is_eidrm_without_sigpipe)
{
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	EXPECT_EQ(-1, write(self->sends, "x", 1));
	EXPECT_EQ(EIDRM, errno);
}

TEST_F(ending, destroyed_poll_is_epollhup)
{
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	EXPECT_EQ(POLLHUP, mb_poll(self->handle, 0, 0) & POLLHUP);
	EXPECT_EQ(POLLHUP, mb_poll(self->sends, 0, 0) & POLLHUP);
}

TEST_F(ending, destroyed_twice_is_eidrm)
{
	ASSERT_EQ(0, mb_destroy(self->handle, 0));
	EXPECT_EQ(-EIDRM, mb_destroy(self->handle, 0));
	EXPECT_EQ(-ENOENT, mb_destroy(self->client, self->id));
}

TEST_F(ending, killed_sender_takes_its_message_along)
{
	ASSERT_EQ(0, block_sender(self, variant, self->sends, 0));
	mb_child_kill(&self->child);
	EXPECT_EQ(0, mb_wait_senders(self->handle, 0, 0));
	if (variant->capacity)
		ASSERT_EQ(0, mb_drain_one(self->handle, 0));
	EXPECT_EQ(-EAGAIN, mb_drain_one(self->handle, 0));
}

TEST_F(ending, killed_receiver_takes_no_message)
{
	ASSERT_EQ(0, block_receiver(self, self->handle, 0));
	mb_child_kill(&self->child);
	EXPECT_EQ(0, mb_wait_receivers(self->handle, 0, 0));
	ASSERT_EQ(0, mb_put_start(&self->child, self->sends, 0, "y", 1, 0));
	EXPECT_EQ(1, mb_get(self->handle, 0, &self->byte, 1, 0));
	EXPECT_EQ('y', self->byte);
	EXPECT_EQ(0, mb_child_join(&self->child));
}

/* A descriptor closed while another thread is blocked in it: the call goes
 * on, holds the handle, and ends as it would have.
 */
struct thread_call {
	int fd;
	char byte;
	int result;
	pthread_t thread;
};

static void *thread_receive(void *argument)
{
	struct thread_call *call = argument;

	call->result = mb_get(call->fd, 0, &call->byte, 1, 0);
	return NULL;
}

static void *thread_send(void *argument)
{
	struct thread_call *call = argument;

	call->result = mb_put(call->fd, 0, "z", 1, 0);
	return NULL;
}

TEST_F(ending, close_does_not_disturb_a_receive_in_another_thread)
{
	struct thread_call call = { .fd = self->handle };

	ASSERT_EQ(0, pthread_create(&call.thread, NULL, thread_receive,
				    &call));
	ASSERT_EQ(0, mb_wait_receivers(self->handle, 0, 1));
	close(self->handle);
	EXPECT_EQ(0, mb_put(self->sends, 0, "x", 1, 0));
	ASSERT_EQ(0, pthread_join(call.thread, NULL));
	EXPECT_EQ(1, call.result);
	EXPECT_EQ('x', call.byte);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(ending, close_does_not_disturb_a_send_in_another_thread)
{
	struct thread_call call = { .fd = self->sends };
	char byte[4];

	if (variant->capacity)
		ASSERT_EQ(0, mb_put(self->sends, 0, "full", 4, 0));
	ASSERT_EQ(0, pthread_create(&call.thread, NULL, thread_send, &call));
	ASSERT_EQ(0, mb_wait_senders(self->handle, 0, 1));
	close(self->sends);
	if (variant->capacity)
		EXPECT_EQ(4, mb_get(self->handle, 0, byte, 4, 0));
	EXPECT_EQ(1, mb_get(self->handle, 0, byte, 4, 0));
	ASSERT_EQ(0, pthread_join(call.thread, NULL));
	EXPECT_EQ(0, call.result);
	EXPECT_EQ('z', byte[0]);
}

TEST_F(ending, destroy_ends_a_receive_whose_descriptor_is_closed)
{
	struct thread_call call = { .fd = self->handle };

	ASSERT_EQ(0, pthread_create(&call.thread, NULL, thread_receive,
				    &call));
	ASSERT_EQ(0, mb_wait_receivers(self->handle, 0, 1));
	close(self->handle);
	ASSERT_EQ(0, mb_destroy(self->client, self->id));
	ASSERT_EQ(0, pthread_join(call.thread, NULL));
	EXPECT_EQ(-EIDRM, call.result);
}

/* NOFD: the client is the owning handle */

TEST_F(lifetime, without_handle_lives_as_long_as_the_client)
{
	int other = mb_client();

	ASSERT_LE(0, other);
	ASSERT_EQ(0, mb_new_id(other, 1, &self->id));
	ASSERT_EQ(0, mb_put(other, self->id, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_drain_one(self->client, self->id));
	close(other);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, dup_of_a_client_keeps_what_it_owns)
{
	int other = mb_client();
	int copy = dup(other);

	ASSERT_LE(0, copy);
	ASSERT_EQ(0, mb_new_id(other, 1, &self->id));
	close(other);
	EXPECT_EQ(0, exists(self->client, self->id));
	close(copy);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, client_ends_all_that_it_owns)
{
	int other = mb_client();
	__u64 ids[10];

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		ASSERT_EQ(0, mb_new_id(other, 1, &ids[i]));
	close(other);
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++)
		EXPECT_EQ(-ENOENT, exists(self->client, ids[i]));
}

TEST_F(lifetime, receive_handle_keeps_what_the_client_owned)
{
	int other = mb_client();
	int handle;

	ASSERT_EQ(0, mb_new_id(other, 1, &self->id));
	handle = mb_open_id(self->client, self->id, MAILBOX_RIGHT_RECEIVE);
	ASSERT_LE(0, handle);
	close(other);
	EXPECT_EQ(0, exists(self->client, self->id));
	close(handle);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, killed_process_ends_what_its_client_owns)
{
	int other = mb_client(), go = mb_event();
	struct mb_child child;

	ASSERT_EQ(0, mb_new_id(other, 1, &self->id));
	ASSERT_EQ(0, mb_child_start(&child, wait_for_event, &go));
	close(other);
	ASSERT_EQ(0, exists(self->client, self->id));
	mb_child_kill(&child);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, destroyed_mailbox_of_a_client_is_gone_once)
{
	struct mailbox_query before = { 0 }, after = { 0 };
	int other = mb_client();

	ASSERT_EQ(0, mb_query(self->client, &before));
	ASSERT_EQ(0, mb_new_id(other, 1, &self->id));
	ASSERT_EQ(0, mb_destroy(self->client, self->id));
	close(other);
	ASSERT_EQ(0, mb_query(self->client, &after));
	EXPECT_EQ(before.user_mailboxes, after.user_mailboxes);
}

/* PERSIST */

TEST_F(lifetime, persisting_outlives_its_handles)
{
	int handle = mb_new_flags(self->client, PERSIST, 1, &self->id);

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK));
	close(handle);
	ASSERT_EQ(0, exists(self->client, self->id));
	EXPECT_EQ(0, mb_drain_one(self->client, self->id));
}

TEST_F(lifetime, persisting_outlives_its_client)
{
	int other = mb_client();

	ASSERT_EQ(0, mb_new_flags(other, PERSIST | NOFD, 1, &self->id));
	close(other);
	EXPECT_EQ(0, exists(self->client, self->id));
}

static int create_and_exit(void *argument)
{
	return mb_new_flags(mb_client(), PERSIST | NOFD, 1, argument);
}

TEST_F(lifetime, persisting_outlives_its_creator)
{
	__u64 *id = mb_shared(sizeof(*id));

	ASSERT_EQ(0, mb_child_run(create_and_exit, id));
	self->id = *id;
	EXPECT_EQ(0, exists(self->client, self->id));
}

TEST_F(lifetime, persisting_without_receivers_takes_messages)
{
	int handle = mb_new_flags(self->client, PERSIST, 1, &self->id);
	int sends;

	ASSERT_LE(0, handle);
	sends = mb_narrow(handle, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, sends);
	close(handle);
	EXPECT_EQ(0, mb_put(sends, 0, "x", 1, MAILBOX_NONBLOCK));
}

TEST_F(lifetime, persisting_ends_with_destroy)
{
	int handle = mb_new_flags(self->client, PERSIST, 1, &self->id);

	ASSERT_LE(0, handle);
	close(handle);
	ASSERT_EQ(0, mb_destroy(self->client, self->id));
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, persisting_ends_with_unlink_when_nothing_is_open)
{
	int handle = mb_new_flags(self->client, PERSIST, 1, &self->id);

	ASSERT_LE(0, handle);
	close(handle);
	ASSERT_EQ(0, mb_unlink(self->client, self->id));
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, unlinked_persisting_ends_with_the_last_close)
{
	int handle = mb_new_flags(self->client, PERSIST, 1, &self->id);
	struct mailbox_stat stat;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, mb_unlink(handle, 0));
	ASSERT_EQ(0, mb_stat(self->client, self->id, &stat));
	EXPECT_EQ(0, stat.create_flags & PERSIST);
	close(handle);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, unlink_of_persisting_wakes_senders_with_epipe)
{
	int handle = mb_new_flags(self->client, PERSIST, 0, &self->id);
	struct mb_child child;

	ASSERT_LE(0, handle);
	close(handle);
	ASSERT_EQ(0, mb_put_start(&child, self->client, self->id, "x", 1, 0));
	ASSERT_EQ(0, mb_wait_senders(self->client, self->id, 1));
	ASSERT_EQ(0, mb_unlink(self->client, self->id));
	EXPECT_EQ(-EPIPE, mb_child_join(&child));
}

TEST_F(lifetime, unlink_of_persisting_wakes_receivers_by_id_with_eidrm)
{
	int handle = mb_new_flags(self->client, PERSIST, 0, &self->id);
	struct mb_child child;
	char byte;

	ASSERT_LE(0, handle);
	close(handle);
	ASSERT_EQ(0, mb_get_start(&child, self->client, self->id, &byte, 1,
				  0));
	ASSERT_EQ(0, mb_wait_receivers(self->client, self->id, 1));
	ASSERT_EQ(0, mb_unlink(self->client, self->id));
	EXPECT_EQ(-EIDRM, mb_child_join(&child));
}

/* KEEP_BY_SENDERS */

TEST_F(lifetime, kept_by_a_send_handle)
{
	int handle = mb_new_flags(self->client, KEEP_BY_SENDERS, 1, &self->id);
	int sends;

	ASSERT_LE(0, handle);
	sends = mb_narrow(handle, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, sends);
	close(handle);
	ASSERT_EQ(0, exists(self->client, self->id));
	EXPECT_EQ(0, mb_put(sends, 0, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_drain_one(self->client, self->id));
	close(sends);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, kept_by_senders_is_not_kept_by_a_manager)
{
	int handle = mb_new_flags(self->client, KEEP_BY_SENDERS, 1, &self->id);
	int manages;

	ASSERT_LE(0, handle);
	manages = mb_narrow(handle, MAILBOX_RIGHT_MANAGE);
	ASSERT_LE(0, manages);
	close(handle);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, kept_by_senders_waits_for_a_new_receiver)
{
	int handle = mb_new_flags(self->client, KEEP_BY_SENDERS, 0, &self->id);
	struct mb_child child;
	char byte;
	int sends;

	ASSERT_LE(0, handle);
	sends = mb_narrow(handle, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, sends);
	close(handle);
	ASSERT_EQ(0, mb_put_start(&child, sends, 0, "x", 1, 0));
	ASSERT_EQ(0, mb_wait_senders(sends, 0, 1));
	EXPECT_EQ(1, mb_get(self->client, self->id, &byte, 1, 0));
	EXPECT_EQ(0, mb_child_join(&child));
}

/* Handles in flight */

TEST_F(lifetime, handle_in_flight_keeps_it)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int sockets[2], arrived;

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets));
	ASSERT_EQ(0, mb_fd_send(sockets[0], handle));
	close(handle);
	ASSERT_EQ(0, exists(self->client, self->id));
	arrived = mb_fd_receive(sockets[1]);
	ASSERT_LE(0, arrived);
	EXPECT_EQ(self->id, mb_id(arrived));
	close(arrived);
	EXPECT_EQ(-ENOENT, exists(self->client, self->id));
}

TEST_F(lifetime, handle_lost_in_flight_ends_it)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int sockets[2];

	ASSERT_LE(0, handle);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets));
	ASSERT_EQ(0, mb_fd_send(sockets[0], handle));
	close(handle);
	close(sockets[0]);
	close(sockets[1]);
	EXPECT_EQ(0, mb_until(exists(self->client, self->id) == -ENOENT));
}

TEST_F(lifetime, handle_that_arrives_has_the_rights_it_had)
{
	int handle = mb_new_flags(self->client, 0, 1, &self->id);
	int sockets[2], sends, arrived;

	ASSERT_LE(0, handle);
	sends = mb_narrow(handle, MAILBOX_RIGHT_SEND);
	ASSERT_LE(0, sends);
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets));
	ASSERT_EQ(0, mb_fd_send(sockets[0], sends));
	arrived = mb_fd_receive(sockets[1]);
	ASSERT_LE(0, arrived);
	EXPECT_EQ(0, mb_put(arrived, 0, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EBADF, mb_drain_one(arrived, 0));
}

/* The client goes, the handle stays. */

TEST_F(lifetime, handle_outlives_the_client_that_made_it)
{
	int other = mb_client();
	int handle = mb_new_flags(other, 0, 1, &self->id);

	ASSERT_LE(0, handle);
	close(other);
	EXPECT_EQ(0, mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_drain_one(handle, 0));
}

/* Opening and the last close race: what was opened is alive, or was not
 * found.
 */
#define RACE_NAME	"lifetime: race"
#define RACE_FINDS	50

/* seconds for tests that do much, on a slow machine that is busy */
#define LONG		180

static int create_and_close(void *argument)
{
	volatile bool *stop = argument;
	int client = mb_client();

	while (!*stop) {
		int handle = mb_new_named(client, RACE_NAME, 1);

		/* the other has it open still */
		if (handle == -EEXIST)
			continue;
		if (handle < 0)
			return handle;
		sched_yield();
		close(handle);
	}
	return 0;
}

static int open_and_use(void *argument)
{
	int client = mb_client();
	int found = 0;

	while (found < RACE_FINDS) {
		int handle = mb_open_name(client, RACE_NAME,
					  MAILBOX_RIGHT_SEND |
					  MAILBOX_RIGHT_RECEIVE);
		int ret;

		if (handle == -ENOENT)
			continue;
		if (handle < 0)
			return handle;
		found++;
		ret = mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK);
		if (!ret)
			ret = mb_drain_one(handle, 0);
		if (ret)
			return ret;
		close(handle);
	}
	return 0;
}

TEST_F_TIMEOUT(lifetime, open_that_races_with_the_last_close_gets_a_living_one,
	       LONG)
{
	bool *stop = mb_shared(sizeof(*stop));
	struct mb_child maker, finder;

	ASSERT_EQ(0, mb_child_start(&maker, create_and_close, stop));
	ASSERT_EQ(0, mb_child_start(&finder, open_and_use, NULL));
	EXPECT_EQ(0, mb_child_join(&finder));
	*stop = true;
	EXPECT_EQ(0, mb_child_join(&maker));
	EXPECT_EQ(-ENOENT, mb_open_name(self->client, RACE_NAME,
					MAILBOX_RIGHT_SEND));
}

struct contest {
	int ready, go;
	int client;
	__u64 id;
};

static int destroy_in_contest(void *argument)
{
	struct contest *contest = argument;
	int ret = mb_event_raise(contest->ready);

	if (!ret)
		ret = mb_event_wait(contest->go);
	return ret ? ret : mb_destroy(contest->client, contest->id);
}

TEST_F(lifetime, destroy_by_many_is_done_by_one)
{
	struct contest contest = { mb_event(), mb_event(), self->client };
	struct mb_child children[4];
	int winners = 0;

	ASSERT_LE(0, mb_new_flags(self->client, 0, 1, &contest.id));
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_child_start(&children[i], destroy_in_contest,
					    &contest));
	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_event_wait(contest.ready));
	for (int i = 0; i < 4; i++)
		mb_event_raise(contest.go);
	for (int i = 0; i < 4; i++) {
		int ret = mb_child_join(&children[i]);

		winners += !ret;
		EXPECT_TRUE(!ret || ret == -ENOENT || ret == -EIDRM) {
			TH_LOG("destroy gave %d", ret);
		}
	}
	EXPECT_EQ(1, winners);
}

/* Ends that race with uses: whatever wins, each gets one of its errors. */

static int send_until_it_ends(void *argument)
{
	int fd = *(int *)argument;
	int ret;

	do {
		ret = mb_put(fd, 0, "x", 1, 0);
	} while (!ret);
	return ret;
}

static int receive_until_it_ends(void *argument)
{
	int fd = *(int *)argument;
	char byte;
	int ret;

	do {
		ret = mb_get(fd, 0, &byte, 1, 0);
	} while (ret >= 0);
	return ret;
}

TEST_F_TIMEOUT(lifetime, destroy_in_the_middle_of_traffic_ends_all_with_eidrm,
	       LONG)
{
	for (int round = 0; round < 6; round++) {
		int handle = mb_new(self->client, round % 3,
				    MAILBOX_RIGHTS_ALL);
		struct mb_child children[4];
		struct mailbox_stat stat;

		ASSERT_LE(0, handle);
		for (int i = 0; i < 4; i++)
			ASSERT_EQ(0, mb_child_start(&children[i], i & 1 ?
						    send_until_it_ends :
						    receive_until_it_ends,
						    &handle));
		ASSERT_EQ(0, mb_until(!mb_stat(handle, 0, &stat) &&
				      stat.received > 20));
		ASSERT_EQ(0, mb_destroy(handle, 0));
		for (int i = 0; i < 4; i++)
			EXPECT_EQ(-EIDRM, mb_child_join(&children[i]));
		close(handle);
	}
}

TEST_F_TIMEOUT(lifetime, kill_in_the_middle_of_traffic_leaves_a_sound_mailbox,
	       LONG)
{
	int handle = mb_new_flags(self->client, 0, 2, &self->id);
	struct mailbox_stat stat;
	__u64 received = 0;

	ASSERT_LE(0, handle);
	for (int round = 0; round < 6; round++) {
		struct mb_child children[4];

		for (int i = 0; i < 4; i++)
			ASSERT_EQ(0, mb_child_start(&children[i], i & 1 ?
						    send_until_it_ends :
						    receive_until_it_ends,
						    &handle));
		ASSERT_EQ(0, mb_until(!mb_stat(handle, 0, &stat) &&
				      stat.received > received + 20));
		received = stat.received;
		for (int i = 0; i < 4; i++)
			mb_child_kill(&children[i]);
	}
	ASSERT_EQ(0, mb_stat(handle, 0, &stat));
	EXPECT_EQ(0, stat.blocked_senders);
	EXPECT_EQ(0, stat.waiting_receivers);
	EXPECT_EQ(stat.sent - stat.received, stat.messages);
	while (!mb_drain_one(handle, 0))
		;
	for (int i = 0; i < 2; i++)
		EXPECT_EQ(0, mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_put(handle, 0, "x", 1, MAILBOX_NONBLOCK));
}

TEST_HARNESS_MAIN
