// SPDX-License-Identifier: GPL-2.0-only
/*
 * Attachments: what can be sent, what is refused, what the receiver gets, what is
 * freed when nobody receives it.
 */
#include "lib/attach.h"

#include <linux/io_uring.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>

FIXTURE(attach)
{
	int client;
	int box;	/* a mailbox that takes attachments */
};

static int make(int client, unsigned int flags)
{
	return mb_new_flags(client, flags | MAILBOX_CREATE_ATTACH, 4, NULL);
}

FIXTURE_SETUP(attach)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = make(self->client, 0);
	ASSERT_LE(0, self->box);
}

FIXTURE_TEARDOWN(attach)
{
	close(self->box);
	close(self->client);
}

/* Send one thing and receive it: what comes, a descriptor or -errno. */
static int pass(int fd, int what, unsigned int rights)
{
	struct got got;
	int ret = put_one(fd, what, rights);

	if (!ret)
		ret = get(fd, &got, 1, 0);
	return ret ? ret : got.items[0].fd;
}

/* What comes */

TEST_F(attach, handle_sends_where_it_did)
{
	int target = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	int handle = pass(self->box, target, MAILBOX_RIGHT_SEND);
	char byte;

	ASSERT_LE(0, handle);
	EXPECT_EQ(FD_CLOEXEC, fcntl(handle, F_GETFD));
	EXPECT_EQ(mb_id(target), mb_id(handle));
	EXPECT_EQ(0, mb_put(handle, 0, "y", 1, 0));
	EXPECT_EQ(1, mb_get(target, 0, &byte, 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EBADF, mb_get(handle, 0, &byte, 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(-EBADF, mb_destroy(handle, 0));
}

TEST_F(attach, section_is_the_same_memory)
{
	int section = mailbox_section_create(self->client, NULL, PAGE, 0, NULL);
	struct mailbox_attachment item = {
		.fd = section,
		.rights = READ,
		.offset = 16,
		.length = 32,
	};
	struct got got;
	char *one, *other;

	ASSERT_EQ(0, put(self->box, &item, 1));
	ASSERT_EQ(0, get(self->box, &got, 4, 0));
	EXPECT_EQ(1, got.head.count);
	EXPECT_EQ(MAILBOX_ATTACHMENT_SECTION, got.items[0].kind);
	EXPECT_EQ(READ, got.items[0].rights);
	EXPECT_EQ(16, got.items[0].offset);
	EXPECT_EQ(32, got.items[0].length);
	EXPECT_EQ(0, got.message.info & MAILBOX_INFO_PARTIAL);
	one = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, section, 0);
	ASSERT_NE(MAP_FAILED, one);
	strcpy(one, "text");
	other = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, got.items[0].fd, 0);
	ASSERT_NE(MAP_FAILED, other);
	EXPECT_STREQ("text", other);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED, got.items[0].fd, 0));
	EXPECT_EQ(-1, mprotect(other, PAGE, PROT_READ | PROT_WRITE));
}

TEST_F(attach, section_under_way_is_alive)
{
	int section = mailbox_section_create(self->client, NULL, PAGE, 0, NULL);
	struct got got;

	ASSERT_EQ(0, put_one(self->box, section, READ | WRITE));
	close(section);
	EXPECT_EQ(1, sections(self->client));
	ASSERT_EQ(0, get(self->box, &got, 1, 0));
	ASSERT_LE(0, got.items[0].fd);
	EXPECT_NE(MAP_FAILED, mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
				   MAP_SHARED, got.items[0].fd, 0));
}

TEST_F(attach, files_without_others_in_them_come)
{
	int ends[2], fd;
	char byte;

	ASSERT_EQ(0, pipe(ends));
	fd = pass(self->box, ends[0], 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	ASSERT_EQ(1, write(ends[1], "z", 1));
	EXPECT_EQ(1, read(fd, &byte, 1));
	EXPECT_LE(0, pass(self->box, eventfd(0, 0), 0));
	EXPECT_LE(0, pass(self->box, memfd_create("attach", 0), 0));
	EXPECT_LE(0, pass(self->box, open("/tmp", O_TMPFILE | O_RDWR, 0600),
			  0));
}

TEST_F(attach, several_of_all_kinds_come_in_order)
{
	int target = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct mailbox_attachment items[] = {
		{ .fd = eventfd(0, 0) },
		{ .fd = target, .rights = MAILBOX_RIGHT_SEND },
		{
			.fd = mailbox_section_create(self->client, NULL, PAGE,
						     0, NULL),
			.rights = READ,
		},
	};
	struct got got;

	ASSERT_EQ(0, put(self->box, items, 3));
	EXPECT_EQ(3, under_way(self->client));
	ASSERT_EQ(0, get(self->box, &got, 4, 0));
	EXPECT_EQ(0, under_way(self->client));
	EXPECT_EQ(3, got.head.count);
	EXPECT_EQ(MAILBOX_ATTACHMENT_FILE, got.items[0].kind);
	EXPECT_EQ(MAILBOX_ATTACHMENT_HANDLE, got.items[1].kind);
	EXPECT_EQ(MAILBOX_ATTACHMENT_SECTION, got.items[2].kind);
	for (int i = 0; i < 3; i++)
		EXPECT_LE(0, got.items[i].fd);
}

/* Who takes them */

TEST_F(attach, mailbox_takes_them_only_if_made_so)
{
	int box = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);

	EXPECT_EQ(-EMSGSIZE, put_one(box, eventfd(0, 0), 0));
	EXPECT_EQ(0, under_way(self->client));
}

TEST_F(attach, receiver_without_room_leaves_the_message)
{
	struct mailbox_attachment items[2] = {
		{ .fd = eventfd(0, 0) }, { .fd = eventfd(0, 0) },
	};
	struct got got;
	char byte;

	ASSERT_EQ(0, put(self->box, items, 2));
	EXPECT_EQ(-EMSGSIZE, mb_get(self->box, 0, &byte, 1, MAILBOX_NONBLOCK));
	EXPECT_EQ(-1, read(self->box, &byte, 1));
	EXPECT_EQ(EMSGSIZE, errno);
	EXPECT_EQ(-EMSGSIZE, get(self->box, &got, 1, 0));
	EXPECT_EQ(2, got.head.count);
	EXPECT_EQ(0, get(self->box, &got, 2, 0));
}

TEST_F(attach, message_without_any_says_so)
{
	struct got got;

	ASSERT_EQ(0, mb_put(self->box, 0, "x", 1, 0));
	ASSERT_EQ(0, get(self->box, &got, 4, 0));
	EXPECT_EQ(0, got.head.count);
}

TEST_F(attach, without_descriptors_the_message_stays)
{
	int target = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	struct rlimit limit, none;
	struct got got;

	ASSERT_EQ(0, put_one(self->box, target, MAILBOX_RIGHT_SEND));
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 3;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(-EMFILE, get(self->box, &got, 1, 0));
	setrlimit(RLIMIT_NOFILE, &limit);
	EXPECT_EQ(0, get(self->box, &got, 1, 0));
	EXPECT_LE(0, got.items[0].fd);
}

TEST_F(attach, without_descriptors_a_file_is_an_error_in_its_slot)
{
	struct rlimit limit, none;
	struct got got;

	ASSERT_EQ(0, put_one(self->box, eventfd(0, 0), 0));
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	none = limit;
	none.rlim_cur = 3;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &none));
	EXPECT_EQ(0, get(self->box, &got, 1, 0));
	setrlimit(RLIMIT_NOFILE, &limit);
	EXPECT_EQ(-EMFILE, got.items[0].fd);
	EXPECT_TRUE(got.message.info & MAILBOX_INFO_PARTIAL);
}

TEST_F(attach, what_has_ended_is_an_error_in_its_slot)
{
	int target = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	int section = mailbox_section_create(self->client, NULL, PAGE, 0, NULL);
	struct mailbox_attachment items[] = {
		{ .fd = target, .rights = MAILBOX_RIGHT_SEND },
		{ .fd = section, .rights = READ },
	};
	struct got got;

	ASSERT_EQ(0, put(self->box, items, 2));
	ASSERT_EQ(0, mb_destroy(target, 0));
	ASSERT_EQ(0, mailbox_section_destroy(section, 0));
	ASSERT_EQ(0, get(self->box, &got, 2, 0));
	EXPECT_EQ(-EIDRM, got.items[0].fd);
	EXPECT_EQ(-EIDRM, got.items[1].fd);
	EXPECT_TRUE(got.message.info & MAILBOX_INFO_PARTIAL);
}

TEST_F(attach, receiver_can_require_seals)
{
	int sealed = memfd_create("attach", MFD_ALLOW_SEALING);
	struct mailbox_attachment items[] = {
		{
			.fd = mailbox_section_create(self->client, NULL, PAGE,
						     MAILBOX_SEAL_SHRINK, NULL),
			.rights = READ,
		},
		{
			.fd = mailbox_section_create(self->client, NULL, PAGE,
						     0, NULL),
			.rights = READ,
		},
		{ .fd = sealed },
		{ .fd = memfd_create("attach", 0) },
	};
	struct got got;

	ASSERT_EQ(0, fcntl(sealed, F_ADD_SEALS, F_SEAL_SHRINK));
	ASSERT_EQ(0, put(self->box, items, 4));
	ASSERT_EQ(0, get(self->box, &got, 4, MAILBOX_SEAL_SHRINK));
	EXPECT_LE(0, got.items[0].fd);
	EXPECT_EQ(-EPERM, got.items[1].fd);
	EXPECT_LE(0, got.items[2].fd);
	EXPECT_EQ(-EPERM, got.items[3].fd);
	EXPECT_TRUE(got.message.info & MAILBOX_INFO_PARTIAL);
}

/* What is refused */

TEST_F(attach, receive_ends_are_refused)
{
	int target = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	int receiver = mb_narrow(target, MAILBOX_RIGHT_RECEIVE);

	EXPECT_EQ(-EPERM, put_one(self->box, target, MAILBOX_RIGHT_RECEIVE));
	EXPECT_EQ(-EPERM, put_one(self->box, target, MAILBOX_RIGHTS_ALL));
	EXPECT_EQ(-EPERM, put_one(self->box, target, MAILBOX_RIGHT_MANAGE));
	EXPECT_EQ(-EBADF, put_one(self->box, receiver, MAILBOX_RIGHT_SEND));
	EXPECT_EQ(-EINVAL, put_one(self->box, target, 0));
	EXPECT_EQ(0, under_way(self->client));
}

TEST_F(attach, clients_are_refused)
{
	EXPECT_EQ(-EPERM, put_one(self->box, self->client, 0));
}

TEST_F(attach, sockets_are_refused)
{
	int pair[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	EXPECT_EQ(-EPERM, put_one(self->box, pair[0], 0));
}

TEST_F(attach, epoll_is_refused)
{
	EXPECT_EQ(-EPERM, put_one(self->box, epoll_create1(0), 0));
}

TEST_F(attach, io_uring_is_refused)
{
	struct io_uring_params params = { 0 };
	int ring = syscall(SYS_io_uring_setup, 1, &params);

	if (ring < 0)
		SKIP(return, "no io_uring");
	EXPECT_EQ(-EPERM, put_one(self->box, ring, 0));
}

TEST_F(attach, namespaces_are_refused)
{
	int fd = open("/proc/self/ns/net", O_RDONLY);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPERM, put_one(self->box, fd, 0));
}

TEST_F(attach, processes_are_refused)
{
	int fd = syscall(SYS_pidfd_open, getpid(), 0);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EPERM, put_one(self->box, fd, 0));
}

TEST_F(attach, directories_and_devices_are_refused)
{
	EXPECT_EQ(-EPERM, put_one(self->box, open("/", O_RDONLY), 0));
	EXPECT_EQ(-EPERM, put_one(self->box, open("/dev/null", O_RDWR), 0));
}

TEST_F(attach, what_is_not_open_is_refused)
{
	EXPECT_EQ(-EBADF, put_one(self->box, -1, 0));
}

TEST_F(attach, rights_that_a_section_has_not_are_refused)
{
	int section = mailbox_section_create(self->client, NULL, PAGE, 0, NULL);
	int reader = mailbox_section_restrict(section, READ);
	int sealed = mailbox_section_create(self->client, NULL, PAGE,
					    MAILBOX_SEAL_FUTURE_WRITE, NULL);

	EXPECT_EQ(-EBADF, put_one(self->box, reader, READ | WRITE));
	EXPECT_EQ(-EPERM, put_one(self->box, section, MAILBOX_SECTION_RIGHTS));
	EXPECT_EQ(-EPERM, put_one(self->box, sealed, READ | WRITE));
	EXPECT_EQ(-EINVAL, put_one(self->box, section, WRITE));
}

TEST_F(attach, part_must_lie_within_the_section)
{
	struct mailbox_attachment item = {
		.fd = mailbox_section_create(self->client, NULL, PAGE, 0, NULL),
		.rights = READ,
		.offset = 1,
		.length = PAGE,
	};

	EXPECT_EQ(-EINVAL, put(self->box, &item, 1));
	item.offset = ~0ULL;
	EXPECT_EQ(-EINVAL, put(self->box, &item, 1));
}

TEST_F(attach, persistent_mailboxes_take_no_files)
{
	int box = make(self->client, MAILBOX_CREATE_PERSIST);
	int section = mailbox_section_create(self->client, NULL, PAGE, 0, NULL);

	EXPECT_EQ(-EPERM, put_one(box, eventfd(0, 0), 0));
	EXPECT_EQ(0, put_one(box, section, READ));
	EXPECT_EQ(0, mb_destroy(box, 0));
}

TEST_F(attach, each_field_is_checked)
{
	struct mailbox_attachment item = { .fd = eventfd(0, 0) };
	struct mailbox_attachments head = attach_list(&item, 1);
	struct {
		struct mailbox_attachments head;
		__u32 tail;
	} longer = { .head = head };

#define PUT(field, value) ({						\
	struct mailbox_attachments bad = head;				\
									\
	bad.field = value;						\
	put_head(self->box, &bad);					\
})
	EXPECT_EQ(-EINVAL, PUT(size, sizeof(head) - 1));
	EXPECT_EQ(-E2BIG, PUT(size, MAILBOX_SIZE_MAX + 1));
	EXPECT_EQ(-EINVAL, PUT(flags, 1));
	EXPECT_EQ(-EINVAL, PUT(seals, MAILBOX_SEAL_SHRINK));
	EXPECT_EQ(-EFAULT, PUT(items, 8));
	EXPECT_EQ(-EFAULT, put_head(self->box, (void *)8));
	longer.head.size = sizeof(longer);
	EXPECT_EQ(0, put_head(self->box, &longer.head));
	longer.tail = 1;
	EXPECT_EQ(-E2BIG, put_head(self->box, &longer.head));
#undef PUT
	item.kind = MAILBOX_ATTACHMENT_FILE;
	EXPECT_EQ(-EINVAL, put(self->box, &item, 1));
	item.kind = 0;
	item.rights = READ;
	EXPECT_EQ(-EINVAL, put(self->box, &item, 1));
	item.rights = 0;
	item.length = 1;
	EXPECT_EQ(-EINVAL, put(self->box, &item, 1));
	item.length = 0;
	item.offset = 1;
	EXPECT_EQ(-EINVAL, put(self->box, &item, 1));
	EXPECT_EQ(1, under_way(self->client));
}

TEST_F(attach, each_field_of_a_receiver_is_checked)
{
	struct got got;

	ASSERT_EQ(0, put_one(self->box, eventfd(0, 0), 0));
#define GET(field, value) ({						\
	got_clear(&got, 1);						\
	got.head.field = value;						\
	get_head(self->box, &got);					\
})
	EXPECT_EQ(-EINVAL, GET(size, sizeof(got.head) - 1));
	EXPECT_EQ(-E2BIG, GET(size, MAILBOX_SIZE_MAX + 1));
	EXPECT_EQ(-EINVAL, GET(flags, 1));
	EXPECT_EQ(-EINVAL, GET(seals, 1U << 31));
	EXPECT_EQ(-EFAULT, GET(items, 8));
#undef GET
	/* each time it stayed */
	EXPECT_EQ(1, under_way(self->client));
	EXPECT_EQ(0, get(self->box, &got, 1, 0));
	EXPECT_LE(0, got.items[0].fd);
}

TEST_F(attach, peek_tells_how_many_and_gives_none)
{
	struct got got;
	char byte;
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK | MAILBOX_RECEIVE_PEEK,
		.message = { .data = mb_ptr(&byte), .room = 1 },
	};

	ASSERT_EQ(0, put_one(self->box, eventfd(0, 0), 0));
	EXPECT_EQ(0, mb_receive(self->box, &receive));
	got_clear(&got, 1);
	got.items[0].fd = -2;
	receive.message.attachments = mb_ptr(&got.head);
	EXPECT_EQ(0, mb_receive(self->box, &receive));
	EXPECT_EQ(1, got.head.count);
	EXPECT_EQ(-2, got.items[0].fd);
	EXPECT_EQ(0, get(self->box, &got, 1, 0));
	EXPECT_LE(0, got.items[0].fd);
}

TEST_F(attach, withdrawn_messages_take_them_back)
{
	struct mailbox_attachment item = { .fd = eventfd(0, 0) };
	int meeting = mb_new_flags(self->client, MAILBOX_CREATE_ATTACH, 0,
				   NULL);
	struct mailbox_attachments head = attach_list(&item, 1);
	struct mailbox_send send = {
		.flags = MAILBOX_DEADLINE,
		.deadline = 1,
		.clock = MAILBOX_CLOCK_MONOTONIC,
		.message.attachments = mb_ptr(&head),
	};

	EXPECT_EQ(-EAGAIN, put(meeting, &item, 1));
	EXPECT_EQ(-ETIMEDOUT, mb_send(meeting, &send));
	EXPECT_EQ(0, under_way(self->client));
}

TEST_F(attach, batches_carry_them)
{
	struct mailbox_attachment items[2] = {
		{ .fd = eventfd(0, 0) }, { .fd = eventfd(0, 0) },
	};
	struct mailbox_attachments heads[2] = {
		attach_list(&items[0], 1), attach_list(&items[1], 1),
	};
	struct mailbox_message messages[2] = {
		{ .attachments = mb_ptr(&heads[0]) },
		{ .attachments = mb_ptr(&heads[1]) },
	};
	struct mailbox_batch batch = {
		.flags = MAILBOX_NONBLOCK,
		.messages = mb_ptr(messages),
		.count = 2,
	};

	ASSERT_EQ(0, mb_send_batch(self->box, &batch));
	EXPECT_EQ(2, under_way(self->client));
	items[0].fd = -1;
	items[1].fd = -1;
	ASSERT_EQ(0, mb_receive_batch(self->box, &batch));
	EXPECT_EQ(2, batch.done);
	EXPECT_LE(0, items[0].fd);
	EXPECT_LE(0, items[1].fd);
	EXPECT_NE(items[0].fd, items[1].fd);
}

TEST_F(attach, commands_as_messages_carry_them)
{
	struct mailbox_attachment item = { .fd = eventfd(0, 0) };
	struct mailbox_attachments head = attach_list(&item, 1);
	struct {
		struct mailbox_kernel kernel;
		union {
			struct mailbox_send send;
			struct mailbox_receive receive;
		};
	} request = { .kernel.command = MAILBOX_IOC_SEND }, reply;
	struct mailbox_call call = {
		.id = MAILBOX_ID_KERNEL,
		.request = {
			.data = mb_ptr(&request), .length = sizeof(request),
		},
		.reply = { .data = mb_ptr(&reply), .room = sizeof(reply) },
	};

	request.send = (struct mailbox_send){
		.size = sizeof(request.send),
		.id = mb_id(self->box),
		.message.attachments = mb_ptr(&head),
	};
	ASSERT_EQ(0, mb_call(self->client, &call));
	EXPECT_EQ(0, reply.kernel.result);
	EXPECT_EQ(1, under_way(self->client));
	item.fd = -1;
	request.kernel.command = MAILBOX_IOC_RECEIVE;
	request.receive = (struct mailbox_receive){
		.size = sizeof(request.receive),
		.id = mb_id(self->box),
		.message.attachments = mb_ptr(&head),
	};
	ASSERT_EQ(0, mb_call(self->client, &call));
	EXPECT_EQ(0, reply.kernel.result);
	EXPECT_LE(0, item.fd);
	/* the call itself is no place for them */
	call.request.attachments = mb_ptr(&head);
	EXPECT_EQ(-EINVAL, mb_call(self->client, &call));
	call.request.attachments = 0;
	call.reply.attachments = mb_ptr(&head);
	EXPECT_EQ(-EINVAL, mb_call(self->client, &call));
}

TEST_F(attach, library_sends_and_receives_them)
{
	int section = mailbox_section_create(self->client, NULL, PAGE, 0, NULL);
	struct mailbox_attachment items[2] = {
		mailbox_attachment(section, READ),
		mailbox_attachment(eventfd(0, 0), 0),
	};
	size_t count = 1;
	char byte;

	ASSERT_EQ(0, mailbox_send_attached(self->box, 0, "z", 1, items, 2));
	EXPECT_EQ(-EMSGSIZE, mailbox_receive_attached(self->box, 0, &byte, 1,
						      items, &count));
	ASSERT_EQ(2, count);
	EXPECT_EQ(1, mailbox_receive_attached(self->box, 0, &byte, 1, items,
					      &count));
	EXPECT_EQ('z', byte);
	EXPECT_EQ(2, count);
	EXPECT_EQ(MAILBOX_ATTACHMENT_SECTION, items[0].kind);
	EXPECT_LE(0, items[1].fd);
	EXPECT_EQ(-EINVAL, mailbox_send_attached(self->box, 0, "z", 1, items,
						 (size_t)-1));
}

TEST_F(attach, not_to_all)
{
	struct mailbox_create create = {
		.flags = MAILBOX_CREATE_ATTACH,
		.capacity = 1,
		.policy = MAILBOX_POLICY_ALL,
		.max_receivers = 1,
		.rights = MAILBOX_RIGHTS_ALL,
	};

	ASSERT_EQ(0, mb_create(self->client, &create));
	EXPECT_EQ(-EINVAL, put_one(create.fd, eventfd(0, 0), 0));
}

TEST_F(attach, not_to_processes)
{
	struct mailbox_attachment item = { .fd = eventfd(0, 0) };
	struct mailbox_attachments head = attach_list(&item, 1);
	struct mailbox_send send = {
		.flags = MAILBOX_TO_PROCESS | MAILBOX_NONBLOCK,
		.id = getpid(),
		.message.attachments = mb_ptr(&head),
	};

	EXPECT_EQ(-EMSGSIZE, mb_send(self->client, &send));
}

TEST_F(attach, counts_are_checked)
{
	struct mailbox_attachment item = { .fd = eventfd(0, 0) };

	EXPECT_EQ(-EINVAL, put(self->box, &item, 0));
	EXPECT_EQ(-EINVAL, put(self->box, &item, MAILBOX_ATTACHMENTS_MAX + 1));
	EXPECT_EQ(-EFAULT, put(self->box, NULL, 1));
	item.reserved = 1;
	EXPECT_EQ(-EINVAL, put(self->box, &item, 1));
}

TEST_F(attach, one_that_is_refused_takes_the_others_back)
{
	struct mailbox_attachment items[] = {
		{ .fd = eventfd(0, 0) }, { .fd = self->client },
	};

	EXPECT_EQ(-EPERM, put(self->box, items, 2));
	EXPECT_EQ(0, under_way(self->client));
}

TEST_F(attach, a_user_has_so_many_under_way)
{
	long long old = mb_parameter("user_attachments");
	int fd = eventfd(0, 0);

	mb_need_root();
	ASSERT_EQ(0, mb_parameter_set("user_attachments", 1));
	EXPECT_EQ(0, put_one(self->box, fd, 0));
	EXPECT_EQ(-EDQUOT, put_one(self->box, fd, 0));
	mb_parameter_set("user_attachments", old);
}

/* What is freed */

TEST_F(attach, closing_everything_frees_everything)
{
	int one = make(self->client, 0), other = make(self->client, 0);
	int section = mailbox_section_create(self->client, NULL, PAGE, 0, NULL);
	int ends[2];
	char byte;

	ASSERT_EQ(0, pipe(ends));
	/* each is on its way through the other, and through itself */
	ASSERT_EQ(0, put_one(one, other, MAILBOX_RIGHT_SEND));
	ASSERT_EQ(0, put_one(other, one, MAILBOX_RIGHT_SEND));
	ASSERT_EQ(0, put_one(one, one, MAILBOX_RIGHT_SEND));
	ASSERT_EQ(0, put_one(one, section, READ));
	ASSERT_EQ(0, put_one(other, ends[1], 0));
	close(ends[1]);
	close(section);
	EXPECT_EQ(5, under_way(self->client));
	close(one);
	close(other);
	EXPECT_EQ(0, under_way(self->client));
	EXPECT_EQ(0, sections(self->client));
	EXPECT_EQ(0, read(ends[0], &byte, 1));
}

TEST_F(attach, sender_kept_mailbox_is_not_kept_by_its_own_queue)
{
	int box = make(self->client, MAILBOX_CREATE_KEEP_BY_SENDERS);
	__u64 id = mb_id(box);

	ASSERT_EQ(0, put_one(box, box, MAILBOX_RIGHT_SEND));
	close(box);
	EXPECT_EQ(0, under_way(self->client));
	EXPECT_EQ(-ENOENT, mb_open_id(self->client, id, MAILBOX_RIGHT_SEND));
}

TEST_F(attach, handles_under_way_count_as_senders)
{
	int target = mb_new(self->client, 1, MAILBOX_RIGHTS_ALL);
	int receiver = mb_narrow(target, MAILBOX_RIGHT_RECEIVE);
	struct mailbox_stat stat;
	struct got got;

	ASSERT_EQ(0, put_one(self->box, target, MAILBOX_RIGHT_SEND));
	close(target);
	ASSERT_EQ(0, mb_stat(receiver, 0, &stat));
	EXPECT_EQ(1, stat.send_handles);
	ASSERT_EQ(0, get(self->box, &got, 1, 0));
	ASSERT_EQ(0, mb_stat(receiver, 0, &stat));
	EXPECT_EQ(1, stat.send_handles);
	close(got.items[0].fd);
	ASSERT_EQ(0, mb_stat(receiver, 0, &stat));
	EXPECT_EQ(0, stat.send_handles);
}

/* A gigabyte is handed over as a page is: nothing of it is touched. */
TEST_F(attach, size_of_a_section_does_not_matter)
{
	long long user = mb_parameter("user_section_bytes");
	long long total = mb_parameter("total_section_bytes");
	struct mailbox_section_stat stat;
	struct got got;
	int section;
	char *memory;

	mb_need_root();
	ASSERT_EQ(0, mb_parameter_set("total_section_bytes", 4LL << 30));
	ASSERT_EQ(0, mb_parameter_set("user_section_bytes", 4LL << 30));
	section = mailbox_section_create(self->client, NULL, 1ULL << 30, 0,
					 NULL);
	mb_parameter_set("user_section_bytes", user);
	mb_parameter_set("total_section_bytes", total);
	ASSERT_LE(0, section);
	memory = mmap(NULL, 1UL << 30, PROT_READ | PROT_WRITE, MAP_SHARED,
		      section, 0);
	ASSERT_NE(MAP_FAILED, memory);
	memory[(1UL << 30) - 1] = 1;
	ASSERT_EQ(0, put_one(self->box, section, READ));
	ASSERT_EQ(0, get(self->box, &got, 1, 0));
	ASSERT_EQ(0, mailbox_section_stat(got.items[0].fd, 0, &stat));
	EXPECT_EQ(PAGE, stat.resident);
	memory = mmap(NULL, 1UL << 30, PROT_READ, MAP_SHARED, got.items[0].fd,
		      0);
	ASSERT_NE(MAP_FAILED, memory);
	EXPECT_EQ(1, memory[(1UL << 30) - 1]);
	ASSERT_EQ(0, mailbox_section_stat(section, 0, &stat));
	EXPECT_EQ(PAGE, stat.resident);
}

TEST_HARNESS_MAIN
