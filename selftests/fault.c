// SPDX-License-Identifier: GPL-2.0-only
/*
 * Faults in the caller's memory: a real one is EFAULT and nothing is lost or
 * half sent; one that can be served is; and while it is being served nobody
 * else waits for it.
 */
#include "lib/test.h"
#include "lib/transfer.h"

#include <linux/userfaultfd.h>
#include <pthread.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif

#define LENGTH		(3 * 4096)	/* of the large message: three pages */

FIXTURE(fault) {
	int client;
	int box;		/* holds four messages */
	int meeting;		/* holds none */
	long page;
	char *large;		/* LENGTH bytes, a pattern */
};

FIXTURE_SETUP(fault)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, 4, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
	self->meeting = mb_new(self->client, 0, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->meeting);
	self->page = sysconf(_SC_PAGESIZE);
	self->large = mb_fresh(LENGTH);
	ASSERT_NE(NULL, self->large);
	mb_fill(self->large, LENGTH, 1);
}

FIXTURE_TEARDOWN(fault)
{
	close(self->meeting);
	close(self->box);
	close(self->client);
}

/* Three pages of which the one in the middle is not there. */
static char *holed(long page)
{
	char *memory = mb_fresh(3 * page);

	if (memory && munmap(memory + page, page))
		return NULL;
	return memory;
}

/*
 * Receiving: what really cannot be copied out
 */

TEST_F(fault, unmapped_page_in_the_middle_is_efault)
{
	char *buffer = holed(self->page);
	size_t length = self->page + 200;
	char *copy = mb_fresh(3 * self->page);

	ASSERT_NE(NULL, buffer);
	ASSERT_NE(NULL, copy);
	ASSERT_EQ(0, mb_put(self->box, 0, self->large, length, 0));
	EXPECT_EQ(-EFAULT, mb_get(self->box, 0, buffer, 3 * self->page, 0));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	EXPECT_EQ(0, mb_stat_of(self->box, received));
	EXPECT_EQ((int)length, mb_get(self->box, 0, copy, 3 * self->page, 0));
	EXPECT_EQ(-1, mb_differs(copy, length, 1));
}

TEST_F(fault, message_keeps_its_place)
{
	char *buffer = holed(self->page);
	int i;

	ASSERT_NE(NULL, buffer);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_number(self->box, i, 5, 0));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(-EFAULT, mb_get(self->box, 0,
					  buffer + self->page - 2, 4, 0));
		EXPECT_EQ(4 - i, mb_stat_of(self->box, messages));
		EXPECT_EQ(i, mb_get_number(self->box, MAILBOX_NONBLOCK));
	}
}

TEST_F(fault, message_from_the_middle_keeps_its_place)
{
	char *buffer = holed(self->page);
	struct mailbox_receive receive = {
		.flags = MAILBOX_RECEIVE_TAG,
		.tag_min = 1,
		.tag_max = 1,
		.message = {
			.data = mb_ptr(buffer + self->page - 2),
			.room = 4,
		},
	};
	int i;

	ASSERT_NE(NULL, buffer);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_tagged(self->box, i, i, 0, 0));
	EXPECT_EQ(-EFAULT, mb_receive(self->box, &receive));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(i, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(fault, message_keeps_its_place_among_priorities)
{
	static const __u32 priority[] = { 3, 9, 9, 1 };
	static const int order[] = { 1, 2, 0, 3 };
	char *buffer = holed(self->page);
	int i;

	ASSERT_NE(NULL, buffer);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, mb_put_number(self->box, i, priority[i], 0));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(-EFAULT, mb_get(self->box, 0,
					  buffer + self->page - 2, 4, 0));
		EXPECT_EQ(order[i], mb_get_number(self->box, 0));
	}
}

TEST_F(fault, rendezvous_sender_goes_on_waiting)
{
	char *buffer = holed(self->page);
	struct mb_child sender;

	ASSERT_NE(NULL, buffer);
	ASSERT_EQ(0, mb_put_number_start(&sender, self->meeting, 3, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	EXPECT_EQ(-EFAULT, mb_get(self->meeting, 0, buffer + self->page - 2, 4,
				  0));
	EXPECT_EQ(1, mb_stat_of(self->meeting, blocked_senders));
	EXPECT_FALSE(mb_child_done(&sender));
	EXPECT_EQ(3, mb_get_number(self->meeting, MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_child_join(&sender));
}

static int receive_into_hole(void *argument)
{
	return mb_get(*(int *)argument, 0, mb_nowhere(), 4, 0);
}

/* It had waited; then it fails, and the message is there for the next one. */
TEST_F(fault, waiting_receiver_with_a_bad_buffer_loses_nothing)
{
	struct mb_child receiver;

	ASSERT_EQ(0, mb_child_start(&receiver, receive_into_hole, &self->box));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	EXPECT_EQ(-EFAULT, mb_child_join(&receiver));
	EXPECT_EQ(3, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(fault, message_of_a_bad_receiver_goes_to_the_next_in_line)
{
	struct mb_child bad, good;

	ASSERT_EQ(0, mb_child_start(&bad, receive_into_hole, &self->meeting));
	ASSERT_EQ(0, mb_wait_receivers(self->meeting, 0, 1));
	ASSERT_EQ(0, mb_get_number_start(&good, self->meeting, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->meeting, 0, 2));
	EXPECT_EQ(0, mb_put_number(self->meeting, 3, 0, 0));
	EXPECT_EQ(-EFAULT, mb_child_join(&bad));
	EXPECT_EQ(3, mb_child_join(&good));
}

/* Nobody took it, so a sender that does not wait has not sent. */
TEST_F(fault, nonblock_send_to_a_bad_receiver_is_eagain)
{
	struct mb_child receiver;

	ASSERT_EQ(0, mb_child_start(&receiver, receive_into_hole,
				    &self->meeting));
	ASSERT_EQ(0, mb_wait_receivers(self->meeting, 0, 1));
	EXPECT_EQ(-EAGAIN, mb_put_number(self->meeting, 3, 0,
					 MAILBOX_NONBLOCK));
	EXPECT_EQ(0, mb_stat_of(self->meeting, blocked_senders));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->meeting, MAILBOX_NONBLOCK));
	/* the receiver has failed, or waits for a message it can fail with */
	if (mb_stat_of(self->meeting, waiting_receivers))
		mb_child_kill(&receiver);
	else
		EXPECT_EQ(-EFAULT, mb_child_join(&receiver));
}

TEST_F(fault, read_only_buffer_is_efault)
{
	char *buffer = mb_fresh(self->page);

	ASSERT_NE(NULL, buffer);
	*buffer = 'r';
	ASSERT_EQ(0, mprotect(buffer, self->page, PROT_READ));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(-EFAULT, mb_get(self->box, 0, buffer, 4, 0));
	EXPECT_EQ('r', *buffer);
	EXPECT_EQ(1, mb_get_number(self->box, 0));
}

TEST_F(fault, inaccessible_buffer_is_efault)
{
	char *buffer = mb_fresh(self->page);

	ASSERT_NE(NULL, buffer);
	ASSERT_EQ(0, mprotect(buffer, self->page, PROT_NONE));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(-EFAULT, mb_get(self->box, 0, buffer, 4, 0));
	EXPECT_EQ(1, mb_get_number(self->box, 0));
}

TEST_F(fault, kernel_address_is_efault)
{
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(-EFAULT, mb_get(self->box, 0,
				  (void *)(~0UL - (self->page << 4)), 4, 0));
	EXPECT_EQ(1, mb_get_number(self->box, 0));
}

/* A file that ends before its mapping does. */
TEST_F(fault, buffer_beyond_the_end_of_its_file_is_efault)
{
	int file = memfd_create("short", MFD_CLOEXEC);
	char *buffer;

	ASSERT_LE(0, file);
	ASSERT_EQ(0, ftruncate(file, self->page));
	buffer = mmap(NULL, 2 * self->page, PROT_READ | PROT_WRITE, MAP_SHARED,
		      file, 0);
	ASSERT_NE(MAP_FAILED, buffer);
	ASSERT_EQ(0, mb_put(self->box, 0, self->large, self->page + 1, 0));
	EXPECT_EQ(-EFAULT, mb_get(self->box, 0, buffer, 2 * self->page, 0));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	ASSERT_EQ(0, ftruncate(file, 2 * self->page));
	EXPECT_EQ((int)self->page + 1,
		  mb_get(self->box, 0, buffer, 2 * self->page, 0));
	EXPECT_EQ(-1, mb_differs(buffer, self->page + 1, 1));
}

TEST_F(fault, piece_with_a_hole_is_efault)
{
	char *buffer = holed(self->page), small[16];
	struct mailbox_iovec piece[2] = {
		{ mb_ptr(small), 16 }, { mb_ptr(buffer), 2 * self->page },
	};
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK,
		.message = { .data = mb_ptr(piece), .iov_count = 2 },
	};

	ASSERT_NE(NULL, buffer);
	ASSERT_EQ(0, mb_put(self->box, 0, self->large, self->page + 17, 0));
	EXPECT_EQ(-EFAULT, mb_receive(self->box, &receive));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	/* less than reaches the hole */
	piece[0].base = mb_ptr(mb_fresh(self->page));
	piece[0].length = self->page;
	EXPECT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(-1, mb_differs((void *)(uintptr_t)piece[0].base, self->page,
				 1));
}

/* The structure itself cannot be written: the message is not lost. */
TEST_F(fault, read_only_receive_structure_is_efault)
{
	struct mailbox_receive *receive = mb_fresh(self->page);
	__u32 number = 0;

	ASSERT_NE(NULL, receive);
	receive->size = sizeof(*receive);
	receive->flags = MAILBOX_NONBLOCK;
	receive->message.data = mb_ptr(&number);
	receive->message.room = sizeof(number);
	ASSERT_EQ(0, mprotect(receive, self->page, PROT_READ));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(-EFAULT, mb_ioctl(self->box, MAILBOX_IOC_RECEIVE, receive));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(fault, read_only_batch_messages_are_efault)
{
	struct mailbox_message *message = mb_fresh(self->page);
	struct mailbox_batch batch = { .flags = MAILBOX_NONBLOCK, .count = 1 };
	__u32 number = 0;

	ASSERT_NE(NULL, message);
	message->data = mb_ptr(&number);
	message->room = sizeof(number);
	batch.messages = mb_ptr(message);
	ASSERT_EQ(0, mprotect(message, self->page, PROT_READ));
	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	EXPECT_EQ(-EFAULT, mb_receive_batch(self->box, &batch));
	EXPECT_EQ(1, mb_stat_of(self->box, messages));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

/* A send that fails has not sent, whatever it failed at. */
TEST_F(fault, read_only_send_structure_sends_only_if_it_succeeds)
{
	struct mailbox_send *send = mb_fresh(self->page);
	int ret;

	ASSERT_NE(NULL, send);
	send->size = sizeof(*send);
	send->flags = MAILBOX_NONBLOCK;
	ASSERT_EQ(0, mprotect(send, self->page, PROT_READ));
	ret = mb_ioctl(self->box, MAILBOX_IOC_SEND, send);
	EXPECT_TRUE(ret == 0 || ret == -EFAULT) {
		TH_LOG("result %d", ret);
	}
	EXPECT_EQ(ret ? 0 : 1, mb_stat_of(self->box, messages));
}

/*
 * Receiving: memory that is not there yet, but can be
 */

static void receives(struct __test_metadata *_metadata,
		     FIXTURE_DATA(fault) *self, char *buffer)
{
	struct mb_child sender;

	ASSERT_EQ(0, mb_put(self->box, 0, self->large, LENGTH, 0));
	ASSERT_EQ(LENGTH, mb_get(self->box, 0, buffer, LENGTH, 0));
	EXPECT_EQ(-1, mb_differs(buffer, LENGTH, 1));

	/* the same from a sender that waits */
	ASSERT_EQ(0, madvise(buffer, LENGTH, MADV_DONTNEED));
	ASSERT_EQ(0, mb_put_start(&sender, self->meeting, 0, self->large,
				  LENGTH, 0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	ASSERT_EQ(LENGTH, mb_get(self->meeting, 0, buffer, LENGTH,
				 MAILBOX_NONBLOCK));
	EXPECT_EQ(-1, mb_differs(buffer, LENGTH, 1));
	EXPECT_EQ(0, mb_child_join(&sender));
}

TEST_F(fault, untouched_memory_is_filled)
{
	char *buffer = mb_fresh(LENGTH);

	ASSERT_NE(NULL, buffer);
	receives(_metadata, self, buffer);
}

TEST_F(fault, untouched_file_is_filled)
{
	int file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	char *buffer;

	if (file < 0)
		SKIP(return, "no temporary file");
	ASSERT_EQ(0, ftruncate(file, LENGTH));
	buffer = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_SHARED, file,
		      0);
	ASSERT_NE(MAP_FAILED, buffer);
	receives(_metadata, self, buffer);
}

TEST_F(fault, untouched_shared_memory_is_filled)
{
	char *buffer = mb_shared(LENGTH);

	ASSERT_NE(NULL, buffer);
	receives(_metadata, self, buffer);
}

/* A private mapping of a file: the page must be copied first. */
TEST_F(fault, private_copy_of_a_file_is_filled)
{
	int file = memfd_create("file", MFD_CLOEXEC);
	char *buffer, byte = 'f';

	ASSERT_LE(0, file);
	ASSERT_EQ(0, ftruncate(file, LENGTH));
	ASSERT_EQ(1, pwrite(file, &byte, 1, 0));
	buffer = mmap(NULL, LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE, file,
		      0);
	ASSERT_NE(MAP_FAILED, buffer);
	receives(_metadata, self, buffer);
	ASSERT_EQ(1, pread(file, &byte, 1, 0));
	EXPECT_EQ('f', byte);
}

TEST_F(fault, memory_shared_by_fork_is_filled)
{
	char *buffer = mb_fresh(LENGTH);
	struct mb_child other;

	ASSERT_NE(NULL, buffer);
	memset(buffer, 'o', LENGTH);
	/* while it lives, a write to our pages copies them first */
	ASSERT_EQ(0, mb_get_start(&other, self->meeting, 0, NULL, 0, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->meeting, 0, 1));
	ASSERT_EQ(0, mb_put(self->box, 0, self->large, LENGTH, 0));
	ASSERT_EQ(LENGTH, mb_get(self->box, 0, buffer, LENGTH, 0));
	EXPECT_EQ(-1, mb_differs(buffer, LENGTH, 1));
	mb_child_kill(&other);
}

TEST_F(fault, paged_out_memory_is_filled)
{
	char *buffer = mb_fresh(LENGTH);

	ASSERT_NE(NULL, buffer);
	memset(buffer, 'p', LENGTH);
	if (madvise(buffer, LENGTH, MADV_PAGEOUT))
		SKIP(return, "no MADV_PAGEOUT here");
	receives(_metadata, self, buffer);
}

/* Page after page is not there: one retry would not do. */
TEST_F(fault, many_untouched_pages_are_filled)
{
	size_t length = 1 << 20, i;
	int box = mb_make(self->client, (struct mailbox_create){
		.flags = MAILBOX_CREATE_MAX_MESSAGE, .capacity = 1,
		.max_message = length,
	});
	char *sent = mb_fresh(length), *got = mb_fresh(length);
	struct mailbox_iovec piece[MAILBOX_IOV_MAX];
	struct mailbox_receive receive = {
		.message = {
			.data = mb_ptr(piece), .iov_count = MAILBOX_IOV_MAX,
		},
	};

	ASSERT_LE(0, box);
	ASSERT_NE(NULL, sent);
	ASSERT_NE(NULL, got);
	mb_fill(sent, length, 2);
	for (i = 0; i < MAILBOX_IOV_MAX; i++) {
		piece[i].base = mb_ptr(got + i * 1024);
		piece[i].length = 1024;
	}
	ASSERT_EQ(0, mb_put(box, 0, sent, length, 0));
	ASSERT_EQ(0, mb_receive(box, &receive));
	EXPECT_EQ(-1, mb_differs(got, length, 2));
}

/*
 * Sending
 */

TEST_F(fault, send_with_a_hole_sends_nothing)
{
	__u64 before = mb_query_of(self->client, user_bytes);
	char *buffer = holed(self->page);

	ASSERT_NE(NULL, buffer);
	EXPECT_EQ(-EFAULT, mb_put(self->box, 0, buffer, 3 * self->page, 0));
	EXPECT_EQ(-EFAULT, mb_put(self->meeting, 0, buffer, 3 * self->page,
				  0));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
	EXPECT_EQ(0, mb_stat_of(self->box, sent));
	EXPECT_EQ(0, mb_stat_of(self->box, bytes));
	EXPECT_EQ(before, mb_query_of(self->client, user_bytes));
	EXPECT_EQ(-EAGAIN, mb_get(self->box, 0, NULL, 0, MAILBOX_NONBLOCK));
}

TEST_F(fault, send_with_a_hole_uses_up_no_slot)
{
	char *buffer = holed(self->page);
	int i;

	ASSERT_NE(NULL, buffer);
	for (i = 0; i < 20; i++)
		EXPECT_EQ(-EFAULT, mb_put(self->box, 0, buffer,
					  3 * self->page, 0));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, mb_put_number(self->box, i, 0, MAILBOX_NONBLOCK));
}

TEST_F(fault, send_with_a_hole_disturbs_no_waiting_receiver)
{
	struct mb_child receiver;
	char *buffer = holed(self->page);

	ASSERT_NE(NULL, buffer);
	ASSERT_EQ(0, mb_get_number_start(&receiver, self->meeting, 0));
	ASSERT_EQ(0, mb_wait_receivers(self->meeting, 0, 1));
	EXPECT_EQ(-EFAULT, mb_put(self->meeting, 0, buffer, 3 * self->page,
				  0));
	EXPECT_EQ(1, mb_stat_of(self->meeting, waiting_receivers));
	EXPECT_EQ(0, mb_put_number(self->meeting, 4, 0, 0));
	EXPECT_EQ(4, mb_child_join(&receiver));
}

TEST_F(fault, send_from_untouched_memory_sends_zeroes)
{
	char *buffer = mb_fresh(LENGTH), *copy = mb_fresh(LENGTH);
	size_t i;

	ASSERT_NE(NULL, buffer);
	ASSERT_NE(NULL, copy);
	memset(copy, 'x', LENGTH);
	ASSERT_EQ(0, mb_put(self->box, 0, buffer, LENGTH, 0));
	ASSERT_EQ(LENGTH, mb_get(self->box, 0, copy, LENGTH, 0));
	for (i = 0; i < LENGTH; i++)
		ASSERT_EQ(0, copy[i]);
}

/*
 * userfaultfd: a fault that takes as long as we like
 */

struct stall {
	int box;
	int uffd;
	char *memory;		/* a page that is not there */
	long page;
	pthread_t thread;
	int sends;
	int result;
	int finished;
	__u32 flags;
};

static void *stall_run(void *argument)
{
	struct stall *stall = argument;

	if (stall->sends)
		stall->result = mb_put(stall->box, 0, stall->memory, 4,
				       stall->flags);
	else
		stall->result = mb_get(stall->box, 0, stall->memory, 4,
				       stall->flags);
	__atomic_store_n(&stall->finished, 1, __ATOMIC_SEQ_CST);
	return NULL;
}

/* Faults of @memory will wait for us: 0 or -errno. */
static int stall_prepare(struct stall *stall, int box, int sends)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};

	memset(stall, 0, sizeof(*stall));
	stall->box = box;
	stall->sends = sends;
	stall->page = sysconf(_SC_PAGESIZE);
	stall->memory = mb_fresh(stall->page);
	if (!stall->memory)
		return -ENOMEM;
	stall->uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (stall->uffd < 0 || ioctl(stall->uffd, UFFDIO_API, &api))
		return -errno;
	range.range.start = mb_ptr(stall->memory);
	range.range.len = stall->page;
	if (ioctl(stall->uffd, UFFDIO_REGISTER, &range))
		return -errno;
	return 0;
}

/* Wait until the thread is in its fault. */
static int stall_reached(struct stall *stall)
{
	struct uffd_msg message;
	int ret = mb_poll(stall->uffd, POLLIN, MB_LIMIT_MS);

	if (ret <= 0)
		return ret ? ret : -ETIMEDOUT;
	if (read(stall->uffd, &message, sizeof(message)) != sizeof(message))
		return -errno;
	return message.event == UFFD_EVENT_PAGEFAULT ? 0 : -EPROTO;
}

static int stall_resolve(struct stall *stall)
{
	struct uffdio_zeropage zero = {
		.range = { mb_ptr(stall->memory), stall->page },
	};

	return ioctl(stall->uffd, UFFDIO_ZEROPAGE, &zero) ? -errno : 0;
}

#define stall_start(stall, box, sends) do {				\
	int __ret = stall_prepare(stall, box, sends);			\
									\
	if (__ret == -ENOSYS || __ret == -EPERM)			\
		SKIP(return, "no userfaultfd here");			\
	ASSERT_EQ(0, __ret);						\
	ASSERT_EQ(0, pthread_create(&(stall)->thread, NULL, stall_run,	\
				    stall));				\
} while (0)

TEST_F(fault, served_fault_ends_in_success)
{
	struct stall stall;

	ASSERT_EQ(0, mb_put_number(self->box, 7, 0, 0));
	stall_start(&stall, self->box, 0);
	ASSERT_EQ(0, stall_reached(&stall));
	ASSERT_EQ(0, stall_resolve(&stall));
	ASSERT_EQ(0, pthread_join(stall.thread, NULL));
	EXPECT_EQ(4, stall.result);
	EXPECT_EQ(7, *(int *)stall.memory);
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
}

TEST_F(fault, stalled_receiver_holds_up_no_other_receiver)
{
	struct stall stall;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	stall_start(&stall, self->box, 0);
	ASSERT_EQ(0, stall_reached(&stall));
	/* its message is back in its place, and others take it */
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(2, mb_get_number(self->box, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, stall_resolve(&stall));
	/* now there is none for it: it waits for the next */
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_number(self->box, 3, 0, 0));
	ASSERT_EQ(0, pthread_join(stall.thread, NULL));
	EXPECT_EQ(4, stall.result);
	EXPECT_EQ(3, *(int *)stall.memory);
}

TEST_F(fault, stalled_receiver_that_may_not_wait_ends_with_eagain)
{
	struct stall stall;
	int ret;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ret = stall_prepare(&stall, self->box, 0);
	if (ret == -ENOSYS || ret == -EPERM)
		SKIP(return, "no userfaultfd here");
	ASSERT_EQ(0, ret);
	stall.flags = MAILBOX_NONBLOCK;
	ASSERT_EQ(0, pthread_create(&stall.thread, NULL, stall_run, &stall));
	ASSERT_EQ(0, stall_reached(&stall));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, stall_resolve(&stall));
	ASSERT_EQ(0, pthread_join(stall.thread, NULL));
	EXPECT_EQ(-EAGAIN, stall.result);
}

TEST_F(fault, stalled_receiver_holds_up_no_sender)
{
	struct stall stall;
	int i;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	stall_start(&stall, self->box, 0);
	ASSERT_EQ(0, stall_reached(&stall));
	for (i = 2; i <= 4; i++)
		EXPECT_EQ(0, mb_put_number(self->box, i, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(4, mb_stat_of(self->box, messages));
	ASSERT_EQ(0, stall_resolve(&stall));
	ASSERT_EQ(0, pthread_join(stall.thread, NULL));
	EXPECT_EQ(4, stall.result);
	EXPECT_EQ(1, *(int *)stall.memory);
}

TEST_F(fault, stalled_receiver_holds_up_no_withdrawal)
{
	struct mb_child sender;
	struct stall stall;

	ASSERT_EQ(0, mb_put_number_start(&sender, self->meeting, 1, 0, 0));
	ASSERT_EQ(0, mb_wait_senders(self->meeting, 0, 1));
	stall_start(&stall, self->meeting, 0);
	ASSERT_EQ(0, stall_reached(&stall));
	/* the end of the killed process is waited for */
	mb_child_kill(&sender);
	EXPECT_EQ(0, mb_stat_of(self->meeting, blocked_senders));
	ASSERT_EQ(0, stall_resolve(&stall));
	/* what was withdrawn is not received */
	ASSERT_EQ(0, mb_wait_receivers(self->meeting, 0, 1));
	EXPECT_EQ(0, stall.finished);
	ASSERT_EQ(0, mb_put_number(self->meeting, 2, 0, 0));
	ASSERT_EQ(0, pthread_join(stall.thread, NULL));
	EXPECT_EQ(4, stall.result);
	EXPECT_EQ(2, *(int *)stall.memory);
}

TEST_F(fault, stalled_receiver_holds_up_no_deadline)
{
	struct stall stall;
	struct mailbox_send send = {
		.flags = MAILBOX_DEADLINE | MAILBOX_SEND_SYNC,
		.clock = MAILBOX_CLOCK_MONOTONIC,
		.message.data = mb_ptr(self->large),
		.message.length = 4,
	};

	stall_start(&stall, self->box, 0);
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	send.deadline = mb_now_ns(CLOCK_MONOTONIC) + 50000000;
	EXPECT_EQ(-ETIMEDOUT, mb_send(self->box, &send));
	ASSERT_EQ(0, stall_reached(&stall));
	EXPECT_EQ(0, mb_stat_of(self->box, messages));
	ASSERT_EQ(0, stall_resolve(&stall));
	ASSERT_EQ(0, mb_wait_receivers(self->box, 0, 1));
	ASSERT_EQ(0, mb_put_number(self->box, 2, 0, 0));
	ASSERT_EQ(0, pthread_join(stall.thread, NULL));
	EXPECT_EQ(2, *(int *)stall.memory);
}

TEST_F(fault, stalled_receiver_holds_up_no_destroy)
{
	struct stall stall;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	stall_start(&stall, self->box, 0);
	ASSERT_EQ(0, stall_reached(&stall));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	ASSERT_EQ(0, stall_resolve(&stall));
	ASSERT_EQ(0, pthread_join(stall.thread, NULL));
	EXPECT_EQ(-EIDRM, stall.result);
}

TEST_F(fault, stalled_sender_holds_up_nobody)
{
	struct stall stall;

	stall_start(&stall, self->box, 1);
	ASSERT_EQ(0, stall_reached(&stall));
	EXPECT_EQ(0, mb_put_number(self->box, 1, 0, MAILBOX_NONBLOCK));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EAGAIN, mb_get_number(self->box, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, stall_resolve(&stall));
	ASSERT_EQ(0, pthread_join(stall.thread, NULL));
	EXPECT_EQ(0, stall.result);
	EXPECT_EQ(0, mb_get_number(self->box, MAILBOX_NONBLOCK));
}

TEST_F(fault, stalled_peeker_holds_up_no_receiver)
{
	struct stall stall;
	int ret;

	ASSERT_EQ(0, mb_put_number(self->box, 1, 0, 0));
	ret = stall_prepare(&stall, self->box, 0);
	if (ret == -ENOSYS || ret == -EPERM)
		SKIP(return, "no userfaultfd here");
	ASSERT_EQ(0, ret);
	stall.flags = MAILBOX_RECEIVE_PEEK | MAILBOX_NONBLOCK;
	ASSERT_EQ(0, pthread_create(&stall.thread, NULL, stall_run, &stall));
	ASSERT_EQ(0, stall_reached(&stall));
	EXPECT_EQ(1, mb_get_number(self->box, MAILBOX_NONBLOCK));
	ASSERT_EQ(0, stall_resolve(&stall));
	ASSERT_EQ(0, pthread_join(stall.thread, NULL));
	EXPECT_EQ(-EAGAIN, stall.result);
}

TEST_HARNESS_MAIN
