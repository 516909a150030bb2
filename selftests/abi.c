// SPDX-License-Identifier: GPL-2.0-only
/*
 * The argument structures: sizes, pointers, flags, every field with values
 * that are not allowed, every command on what it is not for.
 *
 * Each refusal must be the documented error and must change nothing: STAT of
 * the mailbox, the user's account and the free descriptors are compared.
 *
 * Built twice, as a 64-bit and as a 32-bit program.
 */
#include "lib/test.h"

/* One layout for all programs: any change of a number here breaks the ABI. */
_Static_assert(sizeof(struct mailbox_query) == 120, "query");
_Static_assert(sizeof(struct mailbox_uring) == 16, "uring");
_Static_assert(sizeof(struct mailbox_create) == 72, "create");
_Static_assert(sizeof(struct mailbox_open) == 48, "open");
_Static_assert(sizeof(struct mailbox_restrict) == 24, "restrict");
_Static_assert(sizeof(struct mailbox_target) == 16, "target");
_Static_assert(sizeof(struct mailbox_set) == 48, "set");
_Static_assert(sizeof(struct mailbox_stat) == 488, "stat");
_Static_assert(sizeof(struct mailbox_list) == 32, "list");
_Static_assert(sizeof(struct mailbox_iovec) == 16, "iovec");
_Static_assert(sizeof(struct mailbox_message) == 80, "message");
_Static_assert(sizeof(struct mailbox_send) == 112, "send");
_Static_assert(sizeof(struct mailbox_receive) == 128, "receive");
_Static_assert(sizeof(struct mailbox_batch) == 72, "batch");
_Static_assert(sizeof(struct mailbox_call) == 200, "call");
_Static_assert(sizeof(struct mailbox_reply) == 104, "reply");
_Static_assert(sizeof(struct mailbox_reply_receive) == 216, "reply_receive");
_Static_assert(sizeof(struct mailbox_notify) == 40, "notify");
_Static_assert(sizeof(struct mailbox_event) == 32, "event");
_Static_assert(sizeof(struct mailbox_listen) == 80, "listen");
_Static_assert(sizeof(struct mailbox_connect) == 80, "connect");
_Static_assert(sizeof(struct mailbox_accept) == 128, "accept");
_Static_assert(sizeof(struct mailbox_reject) == 32, "reject");
_Static_assert(sizeof(struct mailbox_shutdown) == 16, "shutdown");
_Static_assert(sizeof(struct mailbox_forward) == 40, "forward");
_Static_assert(sizeof(struct mailbox_kernel) == 8, "kernel");
_Static_assert(sizeof(struct mailbox_attachment) == 32, "attachment");
_Static_assert(sizeof(struct mailbox_attachments) == 24, "attachments");
_Static_assert(sizeof(struct mailbox_section_create) == 56, "section_create");
_Static_assert(sizeof(struct mailbox_section_open) == 48, "section_open");
_Static_assert(sizeof(struct mailbox_section_set) == 40, "section_set");
_Static_assert(sizeof(struct mailbox_section_stat) == 328, "section_stat");

#define NAME		"abi: the mailbox under test"
#define TEXT		"text"
#define PAGE		4096

/* seconds for tests of thousands of calls, on a slow machine that is busy */
#define LONG		180

union argument {
	__u32 size;
	struct {
		__u32 size;
		__u32 flags;
	} head;
	struct mailbox_query query;
	struct mailbox_create create;
	struct mailbox_open open;
	struct mailbox_restrict narrow;
	struct mailbox_target target;
	struct mailbox_set set;
	struct mailbox_stat stat;
	struct mailbox_list list;
	struct mailbox_send send;
	struct mailbox_receive receive;
	struct mailbox_batch batch;
	struct mailbox_call call;
	struct mailbox_reply reply;
	struct mailbox_reply_receive reply_receive;
	struct mailbox_forward forward;
	struct mailbox_notify notify;
	struct mailbox_listen listen;
	struct mailbox_connect connect;
	struct mailbox_accept accept;
	struct mailbox_reject reject;
	struct mailbox_section_create section_create;
	struct mailbox_section_open section_open;
	struct mailbox_section_set section_set;
	struct mailbox_section_stat section_stat;
	__u8 bytes[MAILBOX_SIZE_MAX];
};

/* A client, a mailbox with a message in it, and what the calls point to. */
struct bench {
	int client;
	int handle;
	__u64 id;
	unsigned int policy;
	bool port;		/* instead of a mailbox */
	bool sections;		/* a section is what it is about: */
	int section;
	__u64 section_id;
	char buffer[64];
	struct {
		struct mailbox_kernel head;
		struct mailbox_query query;
	} kernel;
	__u64 ids[64];
	struct mailbox_message messages[2];
	__u8 *pages;		/* two, and a third that is not mapped */
};

static void bench_drop(struct bench *bench)
{
	if (bench->handle > 0)
		close(bench->handle);
	if (bench->section > 0)
		close(bench->section);
	bench->handle = 0;
	bench->section = 0;
}

static int bench_fresh_section(struct bench *bench)
{
	struct mailbox_section_create create = {
		.size = sizeof(create),
		.name = mb_ptr(NAME),
		.name_length = strlen(NAME),
		.length = PAGE,
		.rights = MAILBOX_SECTION_RIGHTS,
	};
	int ret = mb_ioctl(bench->client, MAILBOX_IOC_SECTION_CREATE, &create);

	bench->section = create.fd;
	bench->section_id = create.id;
	return ret;
}

static int bench_fresh_port(struct bench *bench)
{
	struct mailbox_listen listen = {
		.port = {
			.size = sizeof(listen),
			.name = mb_ptr(NAME),
			.name_length = strlen(NAME),
			.capacity = 4,
			.rights = MAILBOX_RIGHT_RECEIVE | MAILBOX_RIGHT_MANAGE,
		},
	};
	int ret = mb_ioctl(bench->client, MAILBOX_IOC_LISTEN, &listen);

	bench->handle = listen.port.fd;
	bench->id = listen.port.id;
	return ret;
}

/* The mailbox anew: some calls under test consume it. */
static int bench_fresh(struct bench *bench)
{
	struct mailbox_create create = {
		.name = mb_ptr(NAME),
		.name_length = strlen(NAME),
		.policy = bench->policy,
		.capacity = 4,
		.rights = MAILBOX_RIGHTS_ALL,
	};
	int ret;

	bench_drop(bench);
	if (bench->port)
		return bench_fresh_port(bench);
	ret = mb_create(bench->client, &create);
	if (ret)
		return ret;
	bench->handle = create.fd;
	bench->id = create.id;
	ret = mb_put(bench->handle, 0, TEXT, sizeof(TEXT), MAILBOX_NONBLOCK);
	if (!ret && bench->sections)
		return bench_fresh_section(bench);
	if (ret || bench->policy != MAILBOX_POLICY_EXCLUSIVE)
		return ret;
	/* something to release */
	ret = mb_get(bench->handle, 0, bench->buffer, sizeof(bench->buffer),
		     MAILBOX_NONBLOCK | MAILBOX_RECEIVE_PEEK);
	return ret < 0 ? ret : 0;
}

static int bench_set_up(struct bench *bench, unsigned int policy)
{
	bench->policy = policy;
	bench->client = mb_client();
	if (bench->client < 0)
		return bench->client;
	bench->pages = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (bench->pages == MAP_FAILED ||
	    munmap(bench->pages + 2 * PAGE, PAGE))
		return -errno;
	return bench_fresh(bench);
}

static void bench_tear_down(struct bench *bench)
{
	bench_drop(bench);
	close(bench->client);
}

/* All that a refused call must leave alone. */
struct snapshot {
	struct mailbox_stat stat;
	struct mailbox_section_stat section;
	struct mailbox_query query;
	int free_fd;
};

static int snapshot_take(struct bench *bench, struct snapshot *snapshot)
{
	int ret;

	memset(snapshot, 0, sizeof(*snapshot));
	ret = mb_stat(bench->handle, 0, &snapshot->stat);
	if (!ret)
		ret = mb_query(bench->client, &snapshot->query);
	if (!ret && bench->sections) {
		snapshot->section.size = sizeof(snapshot->section);
		ret = mb_ioctl(bench->section, MAILBOX_IOC_SECTION_STAT,
			       &snapshot->section);
	}
	if (ret)
		return ret;
	snapshot->free_fd = dup(bench->client);
	close(snapshot->free_fd);
	return 0;
}

/* 0: as it was */
static int snapshot_compare(struct bench *bench,
			    const struct snapshot *before)
{
	struct snapshot now;
	int ret = snapshot_take(bench, &now);

	return ret ? ret : memcmp(&now, before, sizeof(now));
}

struct command {
	unsigned int number;
	size_t size;
	__u32 flags;		/* the bits it knows */
	bool writes;		/* has something to tell */
	bool repeats;		/* can be done again at once */
	bool port;		/* is for ports */
	bool section;		/* is for sections */
	int result;		/* of an argument that is accepted, if not 0 */
	unsigned int policy;
	/* an argument that is accepted; @id for a client, 0 for a handle */
	void (*fill)(struct bench *bench, union argument *argument, __u64 id);
	/* undo what was accepted, if bench_fresh() does not */
	void (*undo)(union argument *argument);
};

static int bench_set_up_for(struct bench *bench, const struct command *command)
{
	bench->port = command->port;
	bench->sections = command->section;
	return bench_set_up(bench, command->policy);
}

/* What the command is about: by descriptor, by ID, and its end. */
static int bench_fd(const struct bench *bench)
{
	return bench->sections ? bench->section : bench->handle;
}

static __u64 bench_id(const struct bench *bench)
{
	return bench->sections ? bench->section_id : bench->id;
}

static int bench_destroy(const struct bench *bench)
{
	return mb_target(bench_fd(bench), bench->sections ?
			 MAILBOX_IOC_SECTION_DESTROY : MAILBOX_IOC_DESTROY, 0);
}

static void fill_query(struct bench *bench, union argument *argument, __u64 id)
{
	argument->size = sizeof(argument->query);
}

static void fill_create(struct bench *bench, union argument *argument,
			__u64 id)
{
	argument->create = (struct mailbox_create){
		.size = sizeof(argument->create),
		.capacity = 1,
		.rights = MAILBOX_RIGHTS_ALL,
	};
}

static void fill_open(struct bench *bench, union argument *argument, __u64 id)
{
	argument->open = (struct mailbox_open){
		.size = sizeof(argument->open),
		.flags = MAILBOX_OPEN_ID,
		.rights = MAILBOX_RIGHT_SEND,
		.id = bench->id,
	};
}

static void fill_narrow(struct bench *bench, union argument *argument,
			__u64 id)
{
	argument->narrow = (struct mailbox_restrict){
		.size = sizeof(argument->narrow),
		.rights = MAILBOX_RIGHT_SEND,
	};
}

static void fill_target(struct bench *bench, union argument *argument,
			__u64 id)
{
	argument->target = (struct mailbox_target){
		.size = sizeof(argument->target),
		.id = id,
	};
}

static void fill_set(struct bench *bench, union argument *argument, __u64 id)
{
	argument->set = (struct mailbox_set){
		.size = sizeof(argument->set),
		.flags = MAILBOX_SET_MODE,
		.id = id,
		.mode = 0660,
	};
}

static void fill_stat(struct bench *bench, union argument *argument, __u64 id)
{
	memset(&argument->stat, 0, sizeof(argument->stat));
	argument->stat.size = sizeof(argument->stat);
	argument->stat.id = id;
}

static void fill_list(struct bench *bench, union argument *argument, __u64 id)
{
	argument->list = (struct mailbox_list){
		.size = sizeof(argument->list),
		.ids = mb_ptr(bench->ids),
		.count = ARRAY_SIZE(bench->ids),
	};
}

static void fill_send(struct bench *bench, union argument *argument, __u64 id)
{
	argument->send = (struct mailbox_send){
		.size = sizeof(argument->send),
		.flags = MAILBOX_NONBLOCK,
		.id = id,
		.message = {
			.data = mb_ptr(TEXT),
			.length = sizeof(TEXT),
		},
	};
}

static void fill_receive(struct bench *bench, union argument *argument,
			 __u64 id)
{
	argument->receive = (struct mailbox_receive){
		.size = sizeof(argument->receive),
		.flags = MAILBOX_NONBLOCK,
		.id = id,
		.message = {
			.data = mb_ptr(bench->buffer),
			.room = sizeof(bench->buffer),
		},
	};
}

static void fill_batch(struct bench *bench, union argument *argument, __u64 id)
{
	memset(bench->messages, 0, sizeof(bench->messages));
	argument->batch = (struct mailbox_batch){
		.size = sizeof(argument->batch),
		.flags = MAILBOX_NONBLOCK,
		.id = id,
		.messages = mb_ptr(bench->messages),
		.message_size = sizeof(bench->messages[0]),
		.count = ARRAY_SIZE(bench->messages),
	};
}

static void fill_send_batch(struct bench *bench, union argument *argument,
			    __u64 id)
{
	fill_batch(bench, argument, id);
	for (size_t i = 0; i < ARRAY_SIZE(bench->messages); i++) {
		bench->messages[i].data = mb_ptr(TEXT);
		bench->messages[i].length = sizeof(TEXT);
	}
}

static void fill_receive_batch(struct bench *bench, union argument *argument,
			       __u64 id)
{
	fill_batch(bench, argument, id);
	for (size_t i = 0; i < ARRAY_SIZE(bench->messages); i++) {
		bench->messages[i].data = mb_ptr(bench->buffer);
		bench->messages[i].room = sizeof(bench->buffer);
	}
}

static void fill_reply_receive(struct bench *bench, union argument *argument,
			       __u64 id)
{
	argument->reply_receive = (struct mailbox_reply_receive){
		.size = sizeof(argument->reply_receive),
		.flags = MAILBOX_NONBLOCK,
		.id = id,
		.message = {
			.data = mb_ptr(bench->buffer),
			.room = sizeof(bench->buffer),
		},
	};
}

/* Cancels what is not there; what is, has a server: see "exchange". */
static void fill_call(struct bench *bench, union argument *argument, __u64 id)
{
	argument->call = (struct mailbox_call){
		.size = sizeof(argument->call),
		.flags = MAILBOX_CALL_CANCEL,
		.id = id,
		.pending = 1,
	};
}

/* To the module, which answers at once. */
static void fill_kernel(struct bench *bench, union argument *argument, __u64 id)
{
	memset(&bench->kernel, 0, sizeof(bench->kernel));
	bench->kernel.head.command = MAILBOX_IOC_QUERY;
	bench->kernel.query.size = sizeof(bench->kernel.query);
	argument->call = (struct mailbox_call){
		.size = sizeof(argument->call),
		.id = MAILBOX_ID_KERNEL,
		.request = {
			.data = mb_ptr(&bench->kernel),
			.length = sizeof(bench->kernel),
		},
		.reply = {
			.data = mb_ptr(&bench->kernel),
			.room = sizeof(bench->kernel),
		},
	};
}

/* To a call that is not there. */
static void fill_reply(struct bench *bench, union argument *argument, __u64 id)
{
	argument->reply = (struct mailbox_reply){
		.size = sizeof(argument->reply),
		.id = id,
		.token = 1,
		.message = {
			.data = mb_ptr(TEXT),
			.length = sizeof(TEXT),
		},
	};
}

static void fill_forward(struct bench *bench, union argument *argument,
			 __u64 id)
{
	argument->forward = (struct mailbox_forward){
		.size = sizeof(argument->forward),
		.id = id,
		.token = 1,
		.to = bench->id,
		.to_fd = bench->client,
	};
}

/* An event that does not come while the handle is open. */
static void fill_notify(struct bench *bench, union argument *argument, __u64 id)
{
	argument->notify = (struct mailbox_notify){
		.size = sizeof(argument->notify),
		.id = id,
		.events = MAILBOX_EVENT_NO_RECEIVERS,
		.cookie = 1,
	};
}

static void fill_listen(struct bench *bench, union argument *argument, __u64 id)
{
	argument->listen = (struct mailbox_listen){
		.port = {
			.size = sizeof(argument->listen),
			.capacity = 1,
			.rights = MAILBOX_RIGHT_RECEIVE,
		},
	};
}

static void fill_connect(struct bench *bench, union argument *argument,
			 __u64 id)
{
	argument->connect = (struct mailbox_connect){
		.size = sizeof(argument->connect),
		.id = MB_ID_UNUSED,
		.greeting = mb_ptr(TEXT),
		.greeting_length = sizeof(TEXT),
	};
}

static void fill_accept(struct bench *bench, union argument *argument, __u64 id)
{
	argument->accept = (struct mailbox_accept){
		.size = sizeof(argument->accept),
		.flags = MAILBOX_NONBLOCK,
		.id = id,
		.message = {
			.data = mb_ptr(bench->buffer),
			.room = sizeof(bench->buffer),
		},
	};
}

static void fill_reject(struct bench *bench, union argument *argument, __u64 id)
{
	argument->reject = (struct mailbox_reject){
		.size = sizeof(argument->reject),
		.id = id,
		.token = 1,
	};
}

static void fill_section_create(struct bench *bench, union argument *argument,
				__u64 id)
{
	argument->section_create = (struct mailbox_section_create){
		.size = sizeof(argument->section_create),
		.length = PAGE,
		.rights = MAILBOX_SECTION_READ,
	};
}

static void fill_section_open(struct bench *bench, union argument *argument,
			      __u64 id)
{
	argument->section_open = (struct mailbox_section_open){
		.size = sizeof(argument->section_open),
		.flags = MAILBOX_OPEN_ID,
		.rights = MAILBOX_SECTION_READ,
		.id = bench->section_id,
	};
}

static void fill_section_restrict(struct bench *bench, union argument *argument,
				  __u64 id)
{
	argument->narrow = (struct mailbox_restrict){
		.size = sizeof(argument->narrow),
		.rights = MAILBOX_SECTION_READ,
	};
}

static void fill_section_set(struct bench *bench, union argument *argument,
			     __u64 id)
{
	argument->section_set = (struct mailbox_section_set){
		.size = sizeof(argument->section_set),
		.flags = MAILBOX_SET_MODE,
		.id = id,
		.mode = 0660,
	};
}

static void fill_section_stat(struct bench *bench, union argument *argument,
			      __u64 id)
{
	memset(&argument->section_stat, 0, sizeof(argument->section_stat));
	argument->section_stat.size = sizeof(argument->section_stat);
	argument->section_stat.id = id;
}

static void undo_section_create(union argument *argument)
{
	close(argument->section_create.fd);
}

static void undo_section_open(union argument *argument)
{
	close(argument->section_open.fd);
}

static void undo_listen(union argument *argument)
{
	close(argument->listen.port.fd);
}

static void undo_create(union argument *argument)
{
	close(argument->create.fd);
}

static void undo_open(union argument *argument)
{
	close(argument->open.fd);
}

static void undo_narrow(union argument *argument)
{
	close(argument->narrow.fd);
}

static const struct command command_query = {
	.number = MAILBOX_IOC_QUERY,
	.size = sizeof(struct mailbox_query),
	.writes = true,
	.repeats = true,
	.fill = fill_query,
};

static const struct command command_create = {
	.number = MAILBOX_IOC_CREATE,
	.size = sizeof(struct mailbox_create),
	.flags = 0x3fff,
	.writes = true,
	.repeats = true,
	.fill = fill_create,
	.undo = undo_create,
};

static const struct command command_open = {
	.number = MAILBOX_IOC_OPEN,
	.size = sizeof(struct mailbox_open),
	.flags = 0xf,
	.writes = true,
	.repeats = true,
	.fill = fill_open,
	.undo = undo_open,
};

static const struct command command_restrict = {
	.number = MAILBOX_IOC_RESTRICT,
	.size = sizeof(struct mailbox_restrict),
	.writes = true,
	.repeats = true,
	.fill = fill_narrow,
	.undo = undo_narrow,
};

static const struct command command_destroy = {
	.number = MAILBOX_IOC_DESTROY,
	.size = sizeof(struct mailbox_target),
	.fill = fill_target,
};

static const struct command command_unlink = {
	.number = MAILBOX_IOC_UNLINK,
	.size = sizeof(struct mailbox_target),
	.fill = fill_target,
};

static const struct command command_release = {
	.number = MAILBOX_IOC_RELEASE,
	.size = sizeof(struct mailbox_target),
	.policy = MAILBOX_POLICY_EXCLUSIVE,
	.fill = fill_target,
};

static const struct command command_set = {
	.number = MAILBOX_IOC_SET,
	.size = sizeof(struct mailbox_set),
	.flags = 0x7f,
	.repeats = true,
	.fill = fill_set,
};

static const struct command command_stat = {
	.number = MAILBOX_IOC_STAT,
	.size = sizeof(struct mailbox_stat),
	.writes = true,
	.repeats = true,
	.fill = fill_stat,
};

static const struct command command_list = {
	.number = MAILBOX_IOC_LIST,
	.size = sizeof(struct mailbox_list),
	.flags = 0x1,
	.writes = true,
	.repeats = true,
	.fill = fill_list,
};

static const struct command command_send = {
	.number = MAILBOX_IOC_SEND,
	.size = sizeof(struct mailbox_send),
	.flags = 0x31f,
	.writes = true,
	.fill = fill_send,
};

static const struct command command_receive = {
	.number = MAILBOX_IOC_RECEIVE,
	.size = sizeof(struct mailbox_receive),
	.flags = 0xff17,
	.writes = true,
	.fill = fill_receive,
};

static const struct command command_send_batch = {
	.number = MAILBOX_IOC_SEND_BATCH,
	.size = sizeof(struct mailbox_batch),
	.flags = 0xf,
	.writes = true,
	.fill = fill_send_batch,
};

static const struct command command_receive_batch = {
	.number = MAILBOX_IOC_RECEIVE_BATCH,
	.size = sizeof(struct mailbox_batch),
	.flags = 0x607,
	.writes = true,
	.fill = fill_receive_batch,
};

static const struct command command_call = {
	.number = MAILBOX_IOC_CALL,
	.size = sizeof(struct mailbox_call),
	.flags = 0x10f,
	.writes = true,
	.repeats = true,
	.result = -ESTALE,
	.fill = fill_call,
};

static const struct command command_kernel = {
	.number = MAILBOX_IOC_CALL,
	.size = sizeof(struct mailbox_call),
	.flags = 0x8,		/* that one calls a process */
	.writes = true,
	.repeats = true,
	.fill = fill_kernel,
};

static const struct command command_reply = {
	.number = MAILBOX_IOC_REPLY,
	.size = sizeof(struct mailbox_reply),
	.repeats = true,
	.result = -ESTALE,
	.fill = fill_reply,
};

static const struct command command_forward = {
	.number = MAILBOX_IOC_FORWARD,
	.size = sizeof(struct mailbox_forward),
	.flags = 0x8,
	.repeats = true,
	.result = -ESTALE,
	.fill = fill_forward,
};

static const struct command command_notify = {
	.number = MAILBOX_IOC_NOTIFY,
	.size = sizeof(struct mailbox_notify),
	.flags = 0x308,
	.repeats = true,
	.fill = fill_notify,
};

static const struct command command_listen = {
	.number = MAILBOX_IOC_LISTEN,
	.size = sizeof(struct mailbox_listen),
	.flags = 0x465,
	.writes = true,
	.repeats = true,
	.fill = fill_listen,
	.undo = undo_listen,
};

static const struct command command_connect = {
	.number = MAILBOX_IOC_CONNECT,
	.size = sizeof(struct mailbox_connect),
	.flags = 0x104,
	.repeats = true,
	.result = -ENOENT,
	.fill = fill_connect,
};

static const struct command command_accept = {
	.number = MAILBOX_IOC_ACCEPT,
	.size = sizeof(struct mailbox_accept),
	.flags = 0x7,
	.repeats = true,
	.port = true,
	.result = -EAGAIN,
	.fill = fill_accept,
};

static const struct command command_reject = {
	.number = MAILBOX_IOC_REJECT,
	.size = sizeof(struct mailbox_reject),
	.repeats = true,
	.port = true,
	.result = -ESTALE,
	.fill = fill_reject,
};

/* With nothing to reply to. */
static const struct command command_reply_receive = {
	.number = MAILBOX_IOC_REPLY_RECEIVE,
	.size = sizeof(struct mailbox_reply_receive),
	.flags = 0x607,
	.writes = true,
	.fill = fill_reply_receive,
};

static const struct command command_section_create = {
	.number = MAILBOX_IOC_SECTION_CREATE,
	.size = sizeof(struct mailbox_section_create),
	.flags = 0x45,
	.writes = true,
	.repeats = true,
	.section = true,
	.fill = fill_section_create,
	.undo = undo_section_create,
};

static const struct command command_section_open = {
	.number = MAILBOX_IOC_SECTION_OPEN,
	.size = sizeof(struct mailbox_section_open),
	.flags = 0xb,
	.writes = true,
	.repeats = true,
	.section = true,
	.fill = fill_section_open,
	.undo = undo_section_open,
};

static const struct command command_section_restrict = {
	.number = MAILBOX_IOC_SECTION_RESTRICT,
	.size = sizeof(struct mailbox_restrict),
	.writes = true,
	.repeats = true,
	.section = true,
	.fill = fill_section_restrict,
	.undo = undo_narrow,
};

static const struct command command_section_destroy = {
	.number = MAILBOX_IOC_SECTION_DESTROY,
	.size = sizeof(struct mailbox_target),
	.section = true,
	.fill = fill_target,
};

static const struct command command_section_unlink = {
	.number = MAILBOX_IOC_SECTION_UNLINK,
	.size = sizeof(struct mailbox_target),
	.section = true,
	.fill = fill_target,
};

static const struct command command_section_set = {
	.number = MAILBOX_IOC_SECTION_SET,
	.size = sizeof(struct mailbox_section_set),
	.flags = 0x107,
	.repeats = true,
	.section = true,
	.fill = fill_section_set,
};

static const struct command command_section_stat = {
	.number = MAILBOX_IOC_SECTION_STAT,
	.size = sizeof(struct mailbox_section_stat),
	.writes = true,
	.repeats = true,
	.section = true,
	.fill = fill_section_stat,
};

/*
 * Every command, on each kind of descriptor that it is for: sizes, pointers
 * and flags.
 */
FIXTURE(argument)
{
	struct bench bench;
	struct snapshot before;
	union argument good;
	int fd;
};

FIXTURE_VARIANT(argument)
{
	const struct command *command;
	bool by_id;		/* on a client */
};

#define ON_CLIENT(name)							\
	FIXTURE_VARIANT_ADD(argument, name)				\
	{								\
		.command = &command_##name,				\
		.by_id = true,						\
	}

#define ON_HANDLE(name)							\
	FIXTURE_VARIANT_ADD(argument, name)				\
	{								\
		.command = &command_##name,				\
	}

#define ON_BOTH(name)							\
	FIXTURE_VARIANT_ADD(argument, name##_by_id)			\
	{								\
		.command = &command_##name,				\
		.by_id = true,						\
	};								\
	FIXTURE_VARIANT_ADD(argument, name##_by_handle)			\
	{								\
		.command = &command_##name,				\
	}

ON_BOTH(query);
ON_CLIENT(create);
ON_CLIENT(open);
ON_CLIENT(list);
ON_HANDLE(restrict);
ON_BOTH(destroy);
ON_BOTH(unlink);
ON_BOTH(release);
ON_BOTH(set);
ON_BOTH(stat);
ON_BOTH(send);
ON_BOTH(receive);
ON_BOTH(send_batch);
ON_BOTH(receive_batch);
ON_BOTH(reply_receive);
ON_BOTH(call);
ON_CLIENT(kernel);
ON_BOTH(reply);
ON_BOTH(forward);
ON_BOTH(notify);
ON_CLIENT(listen);
ON_CLIENT(connect);
ON_BOTH(accept);
ON_BOTH(reject);
ON_CLIENT(section_create);
ON_CLIENT(section_open);
ON_HANDLE(section_restrict);
ON_BOTH(section_destroy);
ON_BOTH(section_unlink);
ON_BOTH(section_set);
ON_BOTH(section_stat);

/* What the command accepts, in self->good. */
static void argument_fill(FIXTURE_DATA(argument) *self,
			  const FIXTURE_VARIANT(argument) *variant)
{
	struct bench *bench = &self->bench;

	self->fd = variant->by_id ? bench->client : bench_fd(bench);
	variant->command->fill(bench, &self->good,
			       variant->by_id ? bench_id(bench) : 0);
}

/* The same after a call that was accepted, with the mailbox it consumed. */
static int argument_again(FIXTURE_DATA(argument) *self,
			  const FIXTURE_VARIANT(argument) *variant)
{
	int ret = variant->command->repeats ? 0 : bench_fresh(&self->bench);

	argument_fill(self, variant);
	return ret;
}

FIXTURE_SETUP(argument)
{
	ASSERT_EQ(0, bench_set_up_for(&self->bench, variant->command));
	argument_fill(self, variant);
	ASSERT_EQ(0, snapshot_take(&self->bench, &self->before));
}

FIXTURE_TEARDOWN(argument)
{
	bench_tear_down(&self->bench);
}

static int argument_call(FIXTURE_DATA(argument) *self,
			 const FIXTURE_VARIANT(argument) *variant,
			 void *argument)
{
	return mb_ioctl(self->fd, variant->command->number, argument);
}

#define EXPECT_UNCHANGED()						\
	EXPECT_EQ(0, snapshot_compare(&self->bench, &self->before))

/*
 * The next of many sizes or places, up to @last.  All are tried, or, where calls
 * take long, beyond those close to @first only each ABI_STEP-th, and the last.
 */
static size_t next_of_many(size_t at, size_t first, size_t last)
{
	const char *setting = getenv("ABI_STEP");
	size_t step = setting && *setting ? strtoul(setting, NULL, 0) : 1;

	if (at < first + 64 || at >= last || step < 1)
		return at + 1;
	return at + step < last ? at + step : last;
}

TEST_F(argument, exact_size_is_accepted)
{
	EXPECT_EQ(variant->command->result,
		  argument_call(self, variant, &self->good));
}

TEST_F_TIMEOUT(argument, size_below_the_first_version_is_einval, LONG)
{
	for (size_t size = 0; size < variant->command->size; size++) {
		self->good.size = size;
		ASSERT_EQ(-EINVAL,
			  argument_call(self, variant, &self->good)) {
			TH_LOG("size %zu", size);
		}
	}
	EXPECT_UNCHANGED();
}

TEST_F_TIMEOUT(argument, longer_with_a_zero_tail_is_accepted, LONG)
{
	size_t known = variant->command->size;
	union argument zero = { 0 };

	for (size_t size = known; size <= MAILBOX_SIZE_MAX;
	     size = next_of_many(size, known, MAILBOX_SIZE_MAX)) {
		ASSERT_EQ(0, argument_again(self, variant));
		self->good.size = size;
		ASSERT_EQ(variant->command->result,
			  argument_call(self, variant, &self->good)) {
			TH_LOG("size %zu", size);
		}
		/* nothing is written where this module knows no field */
		ASSERT_EQ(0, memcmp(self->good.bytes + known, zero.bytes,
				    MAILBOX_SIZE_MAX - known));
		if (variant->command->undo)
			variant->command->undo(&self->good);
	}
}

TEST_F_TIMEOUT(argument, longer_with_a_nonzero_last_byte_is_e2big, LONG)
{
	size_t known = variant->command->size;

	for (size_t size = known + 1; size <= MAILBOX_SIZE_MAX;
	     size = next_of_many(size, known, MAILBOX_SIZE_MAX)) {
		self->good.size = size;
		self->good.bytes[size - 1] = 1;
		ASSERT_EQ(-E2BIG, argument_call(self, variant, &self->good)) {
			TH_LOG("size %zu", size);
		}
		self->good.bytes[size - 1] = 0;
	}
	EXPECT_UNCHANGED();
}

TEST_F_TIMEOUT(argument, any_nonzero_byte_of_the_tail_is_e2big, LONG)
{
	size_t known = variant->command->size;

	self->good.size = MAILBOX_SIZE_MAX;
	for (size_t i = known; i < MAILBOX_SIZE_MAX;
	     i = next_of_many(i, known, MAILBOX_SIZE_MAX - 1)) {
		self->good.bytes[i] = 0x80;
		ASSERT_EQ(-E2BIG, argument_call(self, variant, &self->good)) {
			TH_LOG("byte %zu", i);
		}
		self->good.bytes[i] = 0;
	}
	EXPECT_UNCHANGED();
}

TEST_F(argument, size_above_the_limit_is_e2big)
{
	const __u32 sizes[] = {
		MAILBOX_SIZE_MAX + 1, MAILBOX_SIZE_MAX + 8, 65536, 1U << 20,
		0x7fffffff, 0x80000000, 0xfffffff8, 0xffffffff,
	};

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		self->good.size = sizes[i];
		EXPECT_EQ(-E2BIG, argument_call(self, variant, &self->good)) {
			TH_LOG("size %u", sizes[i]);
		}
	}
	EXPECT_UNCHANGED();
}

TEST_F(argument, misaligned_is_accepted)
{
	size_t size = variant->command->size;
	union argument result;

	for (size_t shift = 1; shift < 8; shift++) {
		ASSERT_EQ(0, argument_again(self, variant));
		memcpy(self->bench.pages + shift, &self->good, size);
		ASSERT_EQ(variant->command->result,
			  argument_call(self, variant,
					self->bench.pages + shift)) {
			TH_LOG("shift %zu", shift);
		}
		memcpy(&result, self->bench.pages + shift, size);
		if (variant->command->undo)
			variant->command->undo(&result);
	}
}

TEST_F(argument, misaligned_across_pages_is_accepted)
{
	size_t size = variant->command->size;
	__u8 *place = self->bench.pages + PAGE - size / 2 - 1;
	union argument result;

	memcpy(place, &self->good, size);
	EXPECT_EQ(variant->command->result,
		  argument_call(self, variant, place));
	memcpy(&result, place, size);
	if (variant->command->undo)
		variant->command->undo(&result);
}

TEST_F(argument, may_end_where_the_mapping_ends)
{
	size_t size = variant->command->size;
	__u8 *place = self->bench.pages + 2 * PAGE - size;
	union argument result;

	memcpy(place, &self->good, size);
	EXPECT_EQ(variant->command->result,
		  argument_call(self, variant, place));
	memcpy(&result, place, size);
	if (variant->command->undo)
		variant->command->undo(&result);
}

TEST_F(argument, straddling_the_end_of_the_mapping_is_efault)
{
	size_t size = variant->command->size;

	for (size_t mapped = 0; mapped < size; mapped++) {
		__u8 *place = self->bench.pages + 2 * PAGE - mapped;

		memcpy(place, &self->good, mapped);
		ASSERT_EQ(-EFAULT, argument_call(self, variant, place)) {
			TH_LOG("%zu of %zu bytes mapped", mapped, size);
		}
	}
	EXPECT_UNCHANGED();
}

TEST_F(argument, zero_tail_that_is_not_mapped_is_efault)
{
	size_t size = variant->command->size;
	__u8 *place = self->bench.pages + 2 * PAGE - size;

	self->good.size = size + 8;
	memcpy(place, &self->good, size);
	EXPECT_EQ(-EFAULT, argument_call(self, variant, place));
	EXPECT_UNCHANGED();
}

TEST_F(argument, null_is_efault)
{
	EXPECT_EQ(-EFAULT, argument_call(self, variant, NULL));
	EXPECT_UNCHANGED();
}

TEST_F(argument, unmapped_is_efault)
{
	EXPECT_EQ(-EFAULT, argument_call(self, variant,
					 self->bench.pages + 2 * PAGE));
	EXPECT_UNCHANGED();
}

TEST_F(argument, address_of_the_kernel_is_efault)
{
	/* the top of the address space, in either kind of program */
	EXPECT_EQ(-EFAULT, argument_call(self, variant, (void *)-PAGE));
	EXPECT_UNCHANGED();
}

TEST_F(argument, unreadable_is_efault)
{
	memcpy(self->bench.pages, &self->good, variant->command->size);
	ASSERT_EQ(0, mprotect(self->bench.pages, PAGE, PROT_NONE));
	EXPECT_EQ(-EFAULT, argument_call(self, variant, self->bench.pages));
	EXPECT_UNCHANGED();
}

TEST_F(argument, read_only_is_efault_where_there_is_a_result)
{
	bool writes = variant->command->writes;

	memcpy(self->bench.pages, &self->good, variant->command->size);
	ASSERT_EQ(0, mprotect(self->bench.pages, PAGE, PROT_READ));
	EXPECT_EQ(writes ? -EFAULT : variant->command->result,
		  argument_call(self, variant, self->bench.pages));
	if (writes)
		EXPECT_UNCHANGED();
}

TEST_F(argument, unknown_flags_are_einval)
{
	__u32 flags = self->good.head.flags;

	for (int bit = 0; bit < 32; bit++) {
		if (variant->command->flags & (1U << bit))
			continue;
		self->good.head.flags = flags | 1U << bit;
		EXPECT_EQ(-EINVAL,
			  argument_call(self, variant, &self->good)) {
			TH_LOG("bit %d", bit);
		}
	}
	EXPECT_UNCHANGED();
}

/* Commands that take an ID, on a client. */
FIXTURE(by_id)
{
	struct bench bench;
	struct snapshot before;
	union argument good;
};

FIXTURE_VARIANT(by_id)
{
	const struct command *command;
};

/* And the same on a handle, where it must be 0. */
FIXTURE(by_handle)
{
	struct bench bench;
	struct snapshot before;
	union argument good;
};

FIXTURE_VARIANT(by_handle)
{
	const struct command *command;
};

#define TAKES_ID(name)							\
	FIXTURE_VARIANT_ADD(by_id, name)				\
	{								\
		.command = &command_##name,				\
	};								\
	FIXTURE_VARIANT_ADD(by_handle, name)				\
	{								\
		.command = &command_##name,				\
	}

TAKES_ID(destroy);
TAKES_ID(unlink);
TAKES_ID(release);
TAKES_ID(set);
TAKES_ID(stat);
TAKES_ID(send);
TAKES_ID(receive);
TAKES_ID(send_batch);
TAKES_ID(receive_batch);
TAKES_ID(notify);
TAKES_ID(section_destroy);
TAKES_ID(section_unlink);
TAKES_ID(section_set);
TAKES_ID(section_stat);

/* With a mailbox that is destroyed its calls have ended: by handle it is ESTALE. */
FIXTURE_VARIANT_ADD(by_id, reply)
{
	.command = &command_reply,
};

FIXTURE_VARIANT_ADD(by_id, forward)
{
	.command = &command_forward,
};

FIXTURE_SETUP(by_id)
{
	ASSERT_EQ(0, bench_set_up_for(&self->bench, variant->command));
	ASSERT_EQ(0, snapshot_take(&self->bench, &self->before));
}

FIXTURE_TEARDOWN(by_id)
{
	bench_tear_down(&self->bench);
}

static int by_id_call(FIXTURE_DATA(by_id) *self,
		      const FIXTURE_VARIANT(by_id) *variant, __u64 id)
{
	variant->command->fill(&self->bench, &self->good, id);
	return mb_ioctl(self->bench.client, variant->command->number,
			&self->good);
}

TEST_F(by_id, id_0_is_einval)
{
	EXPECT_EQ(-EINVAL, by_id_call(self, variant, 0));
	EXPECT_UNCHANGED();
}

TEST_F(by_id, reserved_ids_are_enoent)
{
	for (__u64 id = MAILBOX_ID_KERNEL; id < MAILBOX_ID_FIRST; id++) {
		if (id == MAILBOX_ID_SELF || id == MAILBOX_ID_NOTIFY)
			continue;
		EXPECT_EQ(-ENOENT, by_id_call(self, variant, id)) {
			TH_LOG("id %llu", (unsigned long long)id);
		}
	}
	EXPECT_UNCHANGED();
}

TEST_F(by_id, unused_ids_are_enoent)
{
	const __u64 id = bench_id(&self->bench);
	const __u64 ids[] = {
		id + 1, id + (1ULL << 32), id | 1ULL << 63, MB_ID_UNUSED, ~0ULL,
	};

	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		EXPECT_EQ(-ENOENT, by_id_call(self, variant, ids[i])) {
			TH_LOG("id %llu", (unsigned long long)ids[i]);
		}
	}
	EXPECT_UNCHANGED();
}

TEST_F(by_id, id_of_a_destroyed_mailbox_is_enoent)
{
	ASSERT_EQ(0, bench_destroy(&self->bench));
	EXPECT_EQ(-ENOENT, by_id_call(self, variant, bench_id(&self->bench)));
}

/* What is the one kind is not the other. */
TEST_F(by_id, id_of_another_kind_is_enoent)
{
	ASSERT_EQ(0, self->bench.sections ? 0 :
		  bench_fresh_section(&self->bench));
	EXPECT_EQ(-ENOENT, by_id_call(self, variant, self->bench.sections ?
				      self->bench.id : self->bench.section_id));
}

TEST_F(by_id, id_of_a_closed_mailbox_is_enoent)
{
	bench_drop(&self->bench);
	EXPECT_EQ(-ENOENT, by_id_call(self, variant, bench_id(&self->bench)));
}

FIXTURE_SETUP(by_handle)
{
	ASSERT_EQ(0, bench_set_up_for(&self->bench, variant->command));
	ASSERT_EQ(0, snapshot_take(&self->bench, &self->before));
}

FIXTURE_TEARDOWN(by_handle)
{
	bench_tear_down(&self->bench);
}

static int by_handle_call(FIXTURE_DATA(by_handle) *self,
			  const FIXTURE_VARIANT(by_handle) *variant, __u64 id)
{
	variant->command->fill(&self->bench, &self->good, id);
	return mb_ioctl(bench_fd(&self->bench), variant->command->number,
			&self->good);
}

TEST_F(by_handle, an_id_is_einval)
{
	EXPECT_EQ(-EINVAL, by_handle_call(self, variant, MB_ID_UNUSED));
	EXPECT_UNCHANGED();
}

/* Who sends and receives may say which mailbox he means. */
static bool own_id_welcome(const struct command *command)
{
	return command == &command_send || command == &command_receive ||
	       command == &command_send_batch ||
	       command == &command_receive_batch;
}

TEST_F(by_handle, even_its_own_id_is_einval)
{
	if (own_id_welcome(variant->command))
		SKIP(return, "it is welcome");
	EXPECT_EQ(-EINVAL, by_handle_call(self, variant,
					  bench_id(&self->bench)));
	EXPECT_UNCHANGED();
}

TEST_F(by_handle, its_own_id_is_checked_as_by_id)
{
	__u64 id = bench_id(&self->bench);

	if (!own_id_welcome(variant->command))
		SKIP(return, "it is not for this command");
	EXPECT_EQ(0, by_handle_call(self, variant, id));
	ASSERT_EQ(0, bench_destroy(&self->bench));
	EXPECT_EQ(-ENOENT, by_handle_call(self, variant, id));
}

TEST_F(by_handle, destroyed_mailbox_is_eidrm)
{
	ASSERT_EQ(0, bench_destroy(&self->bench));
	EXPECT_EQ(-EIDRM, by_handle_call(self, variant, 0));
}

/* Commands on the wrong kind of descriptor, and unknown ones. */
FIXTURE(kind)
{
	struct bench bench;
	struct snapshot before;
	union argument good;
};

FIXTURE_SETUP(kind)
{
	ASSERT_EQ(0, bench_set_up(&self->bench, MAILBOX_POLICY_ANY));
	ASSERT_EQ(0, snapshot_take(&self->bench, &self->before));
}

FIXTURE_TEARDOWN(kind)
{
	bench_tear_down(&self->bench);
}

TEST_F(kind, create_on_a_handle_is_enotty)
{
	fill_create(&self->bench, &self->good, 0);
	EXPECT_EQ(-ENOTTY, mb_ioctl(self->bench.handle, MAILBOX_IOC_CREATE,
				    &self->good));
	EXPECT_UNCHANGED();
}

TEST_F(kind, open_on_a_handle_is_enotty)
{
	fill_open(&self->bench, &self->good, 0);
	EXPECT_EQ(-ENOTTY, mb_ioctl(self->bench.handle, MAILBOX_IOC_OPEN,
				    &self->good));
	EXPECT_UNCHANGED();
}

TEST_F(kind, list_on_a_handle_is_enotty)
{
	fill_list(&self->bench, &self->good, 0);
	EXPECT_EQ(-ENOTTY, mb_ioctl(self->bench.handle, MAILBOX_IOC_LIST,
				    &self->good));
}

TEST_F(kind, restrict_on_a_client_is_enotty)
{
	fill_narrow(&self->bench, &self->good, 0);
	EXPECT_EQ(-ENOTTY, mb_ioctl(self->bench.client, MAILBOX_IOC_RESTRICT,
				    &self->good));
	EXPECT_UNCHANGED();
}

TEST_F(kind, restrict_of_a_destroyed_mailbox_is_eidrm)
{
	ASSERT_EQ(0, mb_destroy(self->bench.handle, 0));
	fill_narrow(&self->bench, &self->good, 0);
	EXPECT_EQ(-EIDRM, mb_ioctl(self->bench.handle, MAILBOX_IOC_RESTRICT,
				   &self->good));
}

TEST_F(kind, list_on_a_handle_is_enotty_whatever_the_pointer)
{
	EXPECT_EQ(-ENOTTY, mb_ioctl(self->bench.handle, MAILBOX_IOC_LIST,
				    NULL));
}

static bool known_number(unsigned int number)
{
	return number <= _IOC_NR(MAILBOX_IOC_LIST) ||
	       (number >= _IOC_NR(MAILBOX_IOC_SEND) &&
		number <= _IOC_NR(MAILBOX_IOC_SHUTDOWN)) ||
	       (number >= _IOC_NR(MAILBOX_IOC_SECTION_CREATE) &&
		number <= _IOC_NR(MAILBOX_IOC_SECTION_STAT));
}

TEST_F(kind, unknown_numbers_are_enotty)
{
	for (unsigned int number = 0; number < 256; number++) {
		unsigned int command = _IO(MAILBOX_IOC_MAGIC, number);

		if (known_number(number))
			continue;
		memset(&self->good, 0, sizeof(self->good));
		EXPECT_EQ(-ENOTTY, mb_ioctl(self->bench.client, command,
					    &self->good)) {
			TH_LOG("number %u on a client", number);
		}
		EXPECT_EQ(-ENOTTY, mb_ioctl(self->bench.handle, command,
					    &self->good)) {
			TH_LOG("number %u on a handle", number);
		}
	}
	EXPECT_UNCHANGED();
}

TEST_F(kind, known_numbers_of_another_magic_are_enotty)
{
	for (unsigned int magic = 0; magic < 256; magic++) {
		/* 'T' and 'f' hold what the kernel does for every file */
		if (magic == MAILBOX_IOC_MAGIC || magic == 'T' ||
		    magic == 'f' || magic == 0)
			continue;
		fill_query(&self->bench, &self->good, 0);
		EXPECT_EQ(-ENOTTY, mb_ioctl(self->bench.client,
					    _IO(magic, 0), &self->good)) {
			TH_LOG("magic %#x", magic);
		}
	}
}

TEST_F(kind, known_numbers_with_direction_or_size_bits_are_enotty)
{
	for (unsigned int bit = _IOC_SIZESHIFT; bit < 32; bit++) {
		unsigned int command = MAILBOX_IOC_QUERY | 1U << bit;

		fill_query(&self->bench, &self->good, 0);
		EXPECT_EQ(-ENOTTY, mb_ioctl(self->bench.client, command,
					    &self->good)) {
			TH_LOG("bit %u", bit);
		}
	}
}

/*
 * Every field of every structure with what it may not hold.  Each case takes
 * an argument that is accepted and spoils one thing in it.
 */
FIXTURE(field)
{
	struct bench bench;
	struct snapshot before;
	union argument arg;
};

FIXTURE_SETUP(field)
{
	ASSERT_EQ(0, bench_set_up(&self->bench, MAILBOX_POLICY_ANY));
	ASSERT_EQ(0, snapshot_take(&self->bench, &self->before));
}

FIXTURE_TEARDOWN(field)
{
	bench_tear_down(&self->bench);
}

#define FIELD_CALL(command, fd, spoil) ({				\
	union argument *arg = &self->arg;				\
									\
	command_##command.fill(&self->bench, arg, 0);			\
	spoil;								\
	mb_ioctl(self->bench.fd, command_##command.number, arg);	\
})

#define REFUSES(command, what, error, fd, spoil)			\
	TEST_F(field, command##_##what)					\
	{								\
		EXPECT_EQ(-(error), FIELD_CALL(command, fd, spoil));	\
		EXPECT_UNCHANGED();					\
	}

#define ACCEPTS(command, what, fd, spoil)				\
	TEST_F(field, command##_##what)					\
	{								\
		EXPECT_EQ(0, FIELD_CALL(command, fd, spoil));		\
	}

/* Addresses that no program has. */
#define NOWHERE		mb_ptr(self->bench.pages + 2 * PAGE)
#define BEYOND		0xffff800000000000ULL

/* CREATE */
#define C(what, error, spoil)	REFUSES(create, what, error, client, spoil)

C(policy_unknown_is_einval, EINVAL, arg->create.policy = 4)
C(policy_huge_is_einval, EINVAL, arg->create.policy = ~0U)
C(capacity_above_the_limit_is_einval, EINVAL,
  arg->create.capacity = MAILBOX_CAPACITY_MAX + 1)
C(capacity_huge_is_einval, EINVAL, arg->create.capacity = ~0U)
C(capacity_of_an_unbounded_one_is_einval, EINVAL,
  arg->create.flags = MAILBOX_CREATE_UNBOUNDED)
C(max_message_above_the_limit_is_einval, EINVAL,
  (arg->create.flags = MAILBOX_CREATE_MAX_MESSAGE,
   arg->create.max_message = MAILBOX_MESSAGE_MAX + 1))
C(max_message_above_what_query_allows_is_einval, EINVAL,
  (arg->create.flags = MAILBOX_CREATE_MAX_MESSAGE,
   arg->create.max_message = self->before.query.message_max + 1))
C(max_message_without_its_flag_is_einval, EINVAL,
  arg->create.max_message = 1)
C(index_too_low_is_einval, EINVAL,
  (arg->create.flags = MAILBOX_CREATE_INDEX,
   arg->create.index = MAILBOX_ID_FIRST - 1))
C(index_too_high_is_einval, EINVAL,
  (arg->create.flags = MAILBOX_CREATE_INDEX, arg->create.index = 1U << 31))
C(mode_with_execute_bits_is_einval, EINVAL,
  (arg->create.flags = MAILBOX_CREATE_MODE, arg->create.mode = 0700))
C(mode_with_higher_bits_is_einval, EINVAL,
  (arg->create.flags = MAILBOX_CREATE_MODE, arg->create.mode = 01600))
C(mode_huge_is_einval, EINVAL,
  (arg->create.flags = MAILBOX_CREATE_MODE, arg->create.mode = ~0U))
C(mode_without_its_flag_is_einval, EINVAL, arg->create.mode = 0600)
C(max_receivers_without_policy_all_is_einval, EINVAL,
  arg->create.max_receivers = 1)
C(max_receivers_0_with_policy_all_is_einval, EINVAL,
  arg->create.policy = MAILBOX_POLICY_ALL)
C(max_receivers_above_the_limit_is_einval, EINVAL,
  (arg->create.policy = MAILBOX_POLICY_ALL,
   arg->create.max_receivers = MAILBOX_RECEIVERS_MAX + 1))
C(policy_all_with_capacity_0_is_einval, EINVAL,
  (arg->create.policy = MAILBOX_POLICY_ALL,
   arg->create.max_receivers = 2, arg->create.capacity = 0))
C(lossy_without_policy_all_is_einval, EINVAL,
  arg->create.flags = MAILBOX_CREATE_LOSSY)
C(low_water_of_the_capacity_is_einval, EINVAL,
  (arg->create.capacity = 5, arg->create.low_water = 5))
C(low_water_huge_is_einval, EINVAL, arg->create.low_water = ~0U)
C(low_water_of_a_rendezvous_is_einval, EINVAL,
  (arg->create.capacity = 0, arg->create.low_water = 1))
C(low_water_without_a_capacity_is_einval, EINVAL,
  (arg->create.flags = MAILBOX_CREATE_UNBOUNDED, arg->create.capacity = 0,
   arg->create.low_water = 1))
C(low_water_with_lossy_is_einval, EINVAL,
  (arg->create.flags = MAILBOX_CREATE_LOSSY,
   arg->create.policy = MAILBOX_POLICY_ALL, arg->create.max_receivers = 2,
   arg->create.capacity = 5, arg->create.low_water = 1))
C(reserved_is_einval, EINVAL, arg->create.reserved = 1)
C(reserved_high_bit_is_einval, EINVAL, arg->create.reserved = 1U << 31)
C(rights_0_with_a_handle_is_einval, EINVAL, arg->create.rights = 0)
C(rights_unknown_are_einval, EINVAL,
  arg->create.rights = MAILBOX_RIGHTS_ALL + 1)
C(rights_huge_are_einval, EINVAL, arg->create.rights = ~0U)
C(rights_without_a_handle_are_einval, EINVAL,
  arg->create.flags = MAILBOX_CREATE_NOFD)
C(handle_flags_unknown_are_einval, EINVAL, arg->create.handle_flags = 8)
C(handle_flags_huge_are_einval, EINVAL, arg->create.handle_flags = ~0U)
C(handle_flags_without_a_handle_are_einval, EINVAL,
  (arg->create.flags = MAILBOX_CREATE_NOFD, arg->create.rights = 0,
   arg->create.handle_flags = MAILBOX_HANDLE_NONBLOCK))
C(name_too_long_is_einval, EINVAL,
  (arg->create.name = mb_ptr(self->bench.pages),
   memset(self->bench.pages, 'x', PAGE),
   arg->create.name_length = MAILBOX_NAME_MAX + 1))
C(name_length_huge_is_einval, EINVAL,
  (arg->create.name = mb_ptr(self->bench.pages),
   memset(self->bench.pages, 'x', PAGE), arg->create.name_length = ~0U))
C(name_with_a_nul_is_einval, EINVAL,
  (arg->create.name = mb_ptr("a\0b"), arg->create.name_length = 3))
C(name_that_ends_with_a_nul_is_einval, EINVAL,
  (arg->create.name = mb_ptr("ab"), arg->create.name_length = 3))
C(name_at_null_is_efault, EFAULT, arg->create.name_length = 1)
C(name_unmapped_is_efault, EFAULT,
  (arg->create.name = NOWHERE, arg->create.name_length = 1))
C(name_partly_unmapped_is_efault, EFAULT,
  (memset(self->bench.pages, 'x', 2 * PAGE),
   arg->create.name = NOWHERE - 8, arg->create.name_length = 9))
C(name_in_the_kernel_is_efault, EFAULT,
  (arg->create.name = BEYOND, arg->create.name_length = 1))
C(name_above_4_gib_of_nothing_is_efault, EFAULT,
  (arg->create.name = 1ULL << 62, arg->create.name_length = 1))
C(name_taken_is_eexist, EEXIST,
  (arg->create.name = mb_ptr(NAME), arg->create.name_length = strlen(NAME)))

C(send_right_alone_keeps_nothing_and_is_einval, EINVAL,
  arg->create.rights = MAILBOX_RIGHT_SEND)
C(manage_right_alone_keeps_nothing_and_is_einval, EINVAL,
  arg->create.rights = MAILBOX_RIGHT_MANAGE)

ACCEPTS(create, send_right_alone_with_keep_by_senders, client,
	(arg->create.flags = MAILBOX_CREATE_KEEP_BY_SENDERS,
	 arg->create.rights = MAILBOX_RIGHT_SEND))
ACCEPTS(create, name_pointer_without_length_is_ignored, client,
	arg->create.name = BEYOND)
ACCEPTS(create, result_fields_are_ignored_on_input, client,
	(arg->create.id = ~0ULL, arg->create.index = ~0U,
	 arg->create.fd = -77))
ACCEPTS(create, capacity_at_the_limit_is_accepted, client,
	arg->create.capacity = MAILBOX_CAPACITY_MAX)
ACCEPTS(create, low_water_below_the_capacity_is_accepted, client,
	(arg->create.capacity = 5, arg->create.low_water = 4))
ACCEPTS(create, max_message_at_querys_limit_is_accepted, client,
	(arg->create.flags = MAILBOX_CREATE_MAX_MESSAGE,
	 arg->create.max_message = self->before.query.message_max))
ACCEPTS(create, max_receivers_at_the_limit_is_accepted, client,
	(arg->create.policy = MAILBOX_POLICY_ALL,
	 arg->create.max_receivers = MAILBOX_RECEIVERS_MAX))

/* OPEN */
#define O(what, error, spoil)	REFUSES(open, what, error, client, spoil)
#define BY_NAME(string, bytes)						\
	(arg->open.flags = MAILBOX_OPEN_NAME,				\
	 arg->open.name = mb_ptr(string), arg->open.name_length = (bytes))

O(by_nothing_is_einval, EINVAL, arg->open.flags = 0)
O(by_nothing_but_nofd_is_einval, EINVAL, arg->open.flags = MAILBOX_OPEN_NOFD)
O(by_id_and_index_is_einval, EINVAL,
  arg->open.flags = MAILBOX_OPEN_ID | MAILBOX_OPEN_INDEX)
O(by_id_and_name_is_einval, EINVAL,
  (BY_NAME(NAME, strlen(NAME)), arg->open.flags |= MAILBOX_OPEN_ID))
O(by_name_and_index_is_einval, EINVAL,
  (BY_NAME(NAME, strlen(NAME)), arg->open.flags |= MAILBOX_OPEN_INDEX))
O(by_id_0_is_einval, EINVAL, arg->open.id = 0)
O(by_reserved_id_is_enoent, ENOENT, arg->open.id = MAILBOX_ID_KERNEL)
O(by_unused_id_is_enoent, ENOENT, arg->open.id = MB_ID_UNUSED)
O(by_unused_index_is_enoent, ENOENT,
  (arg->open.flags = MAILBOX_OPEN_INDEX, arg->open.index = 0x7ffffffe))
O(by_unused_name_is_enoent, ENOENT, BY_NAME("abi: nobody has it", 18))
O(by_the_beginning_of_a_name_is_enoent, ENOENT,
  BY_NAME(NAME, strlen(NAME) - 1))
O(name_with_an_id_is_einval, EINVAL, arg->open.name = mb_ptr(NAME))
O(name_length_with_an_id_is_einval, EINVAL, arg->open.name_length = 1)
O(name_with_an_index_is_einval, EINVAL,
  (arg->open.flags = MAILBOX_OPEN_INDEX,
   arg->open.index = self->before.stat.index,
   arg->open.name = mb_ptr(NAME)))
O(name_length_0_is_einval, EINVAL, BY_NAME(NAME, 0))
O(name_too_long_is_einval, EINVAL,
  (memset(self->bench.pages, 'x', PAGE),
   BY_NAME(self->bench.pages, MAILBOX_NAME_MAX + 1)))
O(name_with_a_nul_is_einval, EINVAL, BY_NAME("a\0b", 3))
O(name_at_null_is_efault, EFAULT, BY_NAME(NULL, 1))
O(name_unmapped_is_efault, EFAULT,
  BY_NAME(self->bench.pages + 2 * PAGE, 1))
O(name_in_the_kernel_is_efault, EFAULT,
  (BY_NAME(NULL, 1), arg->open.name = BEYOND))
O(rights_0_are_einval, EINVAL, arg->open.rights = 0)
O(rights_unknown_are_einval, EINVAL, arg->open.rights = 9)
O(rights_huge_are_einval, EINVAL, arg->open.rights = ~0U)
O(rights_unknown_with_nofd_are_einval, EINVAL,
  (arg->open.flags |= MAILBOX_OPEN_NOFD, arg->open.rights = 8))
O(handle_flags_unknown_are_einval, EINVAL, arg->open.handle_flags = 8)
O(handle_flags_without_a_handle_are_einval, EINVAL,
  (arg->open.flags |= MAILBOX_OPEN_NOFD,
   arg->open.handle_flags = MAILBOX_HANDLE_EOF))
O(reserved_is_einval, EINVAL, arg->open.reserved = 1)
O(reserved_high_bit_is_einval, EINVAL, arg->open.reserved = 1U << 31)

ACCEPTS(open, result_fields_are_ignored_on_input, client,
	(arg->open.index = ~0U, arg->open.fd = -77))
ACCEPTS(open, rights_0_with_nofd_only_find, client,
	(arg->open.flags |= MAILBOX_OPEN_NOFD, arg->open.rights = 0))
ACCEPTS(open, id_is_ignored_with_a_name, client,
	(BY_NAME(NAME, strlen(NAME)), arg->open.id = MB_ID_UNUSED))

/* RESTRICT */
#define R(what, error, spoil)	REFUSES(restrict, what, error, handle, spoil)

R(rights_0_are_einval, EINVAL, arg->narrow.rights = 0)
R(rights_unknown_are_einval, EINVAL, arg->narrow.rights = 8)
R(rights_huge_are_einval, EINVAL, arg->narrow.rights = ~0U)
R(handle_flags_unknown_are_einval, EINVAL, arg->narrow.handle_flags = 8)
R(reserved_is_einval, EINVAL, arg->narrow.reserved = 1)
ACCEPTS(restrict, fd_is_ignored_on_input, handle, arg->narrow.fd = -77)

/* SET */
#define S(what, error, spoil)	REFUSES(set, what, error, handle, spoil)

S(nothing_is_einval, EINVAL,
  (arg->set.flags = 0, arg->set.mode = 0))
S(mode_with_execute_bits_is_einval, EINVAL, arg->set.mode = 0777)
S(mode_with_higher_bits_is_einval, EINVAL, arg->set.mode = 010666)
S(mode_not_given_is_einval, EINVAL,
  (arg->set.flags = MAILBOX_SET_CAPACITY, arg->set.capacity = 5))
S(uid_not_given_is_einval, EINVAL, arg->set.uid = 1)
S(gid_not_given_is_einval, EINVAL, arg->set.gid = 1)
S(capacity_not_given_is_einval, EINVAL, arg->set.capacity = 1)
S(max_message_not_given_is_einval, EINVAL, arg->set.max_message = 1)
S(uid_minus_1_is_einval, EINVAL,
  (arg->set.flags |= MAILBOX_SET_UID, arg->set.uid = ~0U))
S(gid_minus_1_is_einval, EINVAL,
  (arg->set.flags |= MAILBOX_SET_GID, arg->set.gid = ~0U))
S(capacity_0_is_einval, EINVAL, arg->set.flags |= MAILBOX_SET_CAPACITY)
S(capacity_above_the_limit_is_einval, EINVAL,
  (arg->set.flags |= MAILBOX_SET_CAPACITY,
   arg->set.capacity = MAILBOX_CAPACITY_MAX + 1))
S(max_message_above_the_limit_is_einval, EINVAL,
  (arg->set.flags |= MAILBOX_SET_MAX_MESSAGE,
   arg->set.max_message = MAILBOX_MESSAGE_MAX + 1))
S(max_message_above_what_query_allows_is_einval, EINVAL,
  (arg->set.flags |= MAILBOX_SET_MAX_MESSAGE,
   arg->set.max_message = self->before.query.message_max + 1))
S(max_bytes_not_given_is_einval, EINVAL, arg->set.max_bytes = 1)
S(low_water_not_given_is_einval, EINVAL, arg->set.low_water = 1)
S(low_water_of_the_capacity_is_einval, EINVAL,
  (arg->set.flags |= MAILBOX_SET_LOW_WATER,
   arg->set.low_water = self->before.stat.capacity))
S(low_water_huge_is_einval, EINVAL,
  (arg->set.flags |= MAILBOX_SET_LOW_WATER, arg->set.low_water = ~0U))
S(low_water_of_the_new_capacity_is_einval, EINVAL,
  (arg->set.flags |= MAILBOX_SET_LOW_WATER | MAILBOX_SET_CAPACITY,
   arg->set.capacity = 1, arg->set.low_water = 1))
S(reserved_is_einval, EINVAL, arg->set.reserved = 1)
S(reserved_high_bit_is_einval, EINVAL, arg->set.reserved = 1U << 31)

/* LIST */
#define L(what, error, spoil)	REFUSES(list, what, error, client, spoil)

L(count_0_is_einval, EINVAL, arg->list.count = 0)
L(count_above_the_limit_is_einval, EINVAL,
  arg->list.count = MAILBOX_LIST_MAX + 1)
L(count_huge_is_einval, EINVAL, arg->list.count = ~0U)
L(reserved_is_einval, EINVAL, arg->list.reserved = 1)
L(ids_at_null_is_efault, EFAULT, arg->list.ids = 0)
L(ids_unmapped_is_efault, EFAULT, arg->list.ids = NOWHERE)
L(ids_in_the_kernel_is_efault, EFAULT, arg->list.ids = BEYOND)

TEST_F(field, list_ids_misaligned_are_accepted)
{
	__u64 id = 0;
	bool found = false;

	ASSERT_EQ(0, FIELD_CALL(list, client,
				arg->list.ids = mb_ptr(self->bench.pages + 3)));
	for (__u32 i = 0; i < self->arg.list.count; i++) {
		memcpy(&id, self->bench.pages + 3 + i * sizeof(id),
		       sizeof(id));
		found = found || id == self->bench.id;
	}
	EXPECT_TRUE(found);
}

/* SEND */
#define T(what, error, spoil)	REFUSES(send, what, error, handle, spoil)

T(nonblock_and_block_is_einval, EINVAL,
  arg->send.flags = MAILBOX_NONBLOCK | MAILBOX_BLOCK)
T(nonblock_and_deadline_is_einval, EINVAL,
  (arg->send.flags = MAILBOX_NONBLOCK | MAILBOX_DEADLINE,
   arg->send.clock = MAILBOX_CLOCK_MONOTONIC))
T(deadline_without_its_flag_is_einval, EINVAL, arg->send.deadline = 1)
T(clock_without_its_flag_is_einval, EINVAL,
  arg->send.clock = MAILBOX_CLOCK_MONOTONIC)
T(clock_unknown_is_einval, EINVAL,
  (arg->send.flags = MAILBOX_DEADLINE, arg->send.clock = 2))
T(clock_huge_is_einval, EINVAL,
  (arg->send.flags = MAILBOX_DEADLINE, arg->send.clock = ~0U))
T(clock_of_a_descriptor_is_einval, EINVAL,
  (arg->send.flags = MAILBOX_DEADLINE, arg->send.clock = (~0U << 3) | 3))
T(deadline_negative_is_einval, EINVAL,
  (arg->send.flags = MAILBOX_DEADLINE, arg->send.deadline = -1))
T(reserved_is_einval, EINVAL, arg->send.reserved = 1)
T(message_flags_are_einval, EINVAL, arg->send.message.flags = 4)
T(message_flags_high_bit_is_einval, EINVAL,
  arg->send.message.flags = 1U << 31)
T(room_is_einval, EINVAL, arg->send.message.room = 1)
T(priority_above_the_limit_is_einval, EINVAL,
  arg->send.message.priority = MAILBOX_PRIORITY_MAX + 1)
T(priority_huge_is_einval, EINVAL, arg->send.message.priority = ~0U)
T(length_above_max_message_is_emsgsize, EMSGSIZE,
  arg->send.message.length = self->before.stat.max_message + 1)
T(length_huge_is_emsgsize, EMSGSIZE, arg->send.message.length = ~0U)
T(length_with_pieces_is_einval, EINVAL, arg->send.message.iov_count = 1)
T(iov_count_above_the_limit_is_einval, EINVAL,
  (arg->send.message.length = 0,
   arg->send.message.iov_count = MAILBOX_IOV_MAX + 1))
T(iov_count_huge_is_einval, EINVAL,
  (arg->send.message.length = 0, arg->send.message.iov_count = ~0U))
T(data_at_null_is_efault, EFAULT, arg->send.message.data = 0)
T(data_unmapped_is_efault, EFAULT, arg->send.message.data = NOWHERE)
T(data_partly_unmapped_is_efault, EFAULT,
  arg->send.message.data = NOWHERE - 1)
T(data_in_the_kernel_is_efault, EFAULT, arg->send.message.data = BEYOND)
T(data_beyond_every_address_is_efault, EFAULT,
  arg->send.message.data = ~0ULL)
T(attachments_unmapped_are_efault, EFAULT,
  arg->send.message.attachments = NOWHERE)
T(attachments_partly_unmapped_are_einval, EINVAL,
  arg->send.message.attachments = NOWHERE - 8)
T(attachments_in_the_kernel_are_efault, EFAULT,
  arg->send.message.attachments = BEYOND)
T(attachments_beyond_every_address_are_efault, EFAULT,
  arg->send.message.attachments = ~0ULL)
T(iov_array_unmapped_is_efault, EFAULT,
  (arg->send.message.length = 0, arg->send.message.iov_count = 1,
   arg->send.message.data = NOWHERE))

ACCEPTS(send, data_of_an_empty_message_is_not_touched, handle,
	(arg->send.message.length = 0, arg->send.message.data = BEYOND))
ACCEPTS(send, result_fields_are_ignored_on_input, handle,
	(arg->send.message.info = ~0U, arg->send.message.seq = ~0ULL,
	 arg->send.message.pid = ~0U, arg->send.message.uid = ~0U,
	 arg->send.message.gid = ~0U, arg->send.message.lost = ~0U))
ACCEPTS(send, priority_at_the_limit_is_accepted, handle,
	arg->send.message.priority = MAILBOX_PRIORITY_MAX)
ACCEPTS(send, any_tag_is_accepted, handle, arg->send.message.tag = ~0ULL)

/* Pieces: what writev(2) refuses with EINVAL is refused so here. */
static int send_pieces(FIXTURE_DATA(field) *self,
		       const struct mailbox_iovec *pieces, size_t count)
{
	return FIELD_CALL(send, handle,
			  (arg->send.message.length = 0,
			   arg->send.message.iov_count = count,
			   arg->send.message.data = mb_ptr(pieces)));
}

TEST_F(field, send_piece_of_a_negative_length_is_einval)
{
	struct mailbox_iovec iov = { mb_ptr(TEXT), ~0ULL };

	EXPECT_EQ(-EINVAL, send_pieces(self, &iov, 1));
	EXPECT_UNCHANGED();
}

TEST_F(field, send_pieces_whose_sum_wraps_is_einval)
{
	struct mailbox_iovec iov[2] = {
		{ mb_ptr(TEXT), ~0ULL - 1 }, { mb_ptr(TEXT), 4 },
	};

	EXPECT_EQ(-EINVAL, send_pieces(self, iov, 2));
	EXPECT_UNCHANGED();
}

/* lengths that would be short if only their lower half were seen */
TEST_F(field, send_piece_of_4_gib_and_4_is_refused)
{
	struct mailbox_iovec iov = { mb_ptr(TEXT), (1ULL << 32) + 4 };

	EXPECT_GT(0, send_pieces(self, &iov, 1));
	EXPECT_UNCHANGED();
}

TEST_F(field, send_piece_of_max_message_and_1_is_emsgsize)
{
	struct mailbox_iovec iov = {
		mb_ptr(TEXT), self->before.stat.max_message + 1,
	};

	EXPECT_EQ(-EMSGSIZE, send_pieces(self, &iov, 1));
	EXPECT_UNCHANGED();
}

TEST_F(field, send_many_pieces_above_max_message_is_emsgsize)
{
	struct mailbox_iovec iov[3] = {
		{ mb_ptr(self->bench.pages), self->before.stat.max_message },
		{ mb_ptr(self->bench.pages), 0 },
		{ mb_ptr(self->bench.pages), 1 },
	};

	EXPECT_EQ(-EMSGSIZE, send_pieces(self, iov, 3));
	EXPECT_UNCHANGED();
}

TEST_F(field, send_piece_unmapped_is_efault)
{
	struct mailbox_iovec iov[2] = {
		{ mb_ptr(TEXT), 4 }, { NOWHERE, 4 },
	};

	EXPECT_EQ(-EFAULT, send_pieces(self, iov, 2));
	EXPECT_UNCHANGED();
}

/* RECEIVE */
#define V(what, error, spoil)	REFUSES(receive, what, error, handle, spoil)

V(nonblock_and_block_is_einval, EINVAL,
  arg->receive.flags = MAILBOX_NONBLOCK | MAILBOX_BLOCK)
V(nonblock_and_deadline_is_einval, EINVAL,
  (arg->receive.flags = MAILBOX_NONBLOCK | MAILBOX_DEADLINE,
   arg->receive.clock = MAILBOX_CLOCK_MONOTONIC))
V(deadline_without_its_flag_is_einval, EINVAL, arg->receive.deadline = 1)
V(clock_without_its_flag_is_einval, EINVAL,
  arg->receive.clock = MAILBOX_CLOCK_BOOTTIME)
V(clock_unknown_is_einval, EINVAL,
  (arg->receive.flags = MAILBOX_DEADLINE, arg->receive.clock = 11))
V(clock_huge_is_einval, EINVAL,
  (arg->receive.flags = MAILBOX_DEADLINE, arg->receive.clock = ~0U))
V(deadline_negative_is_einval, EINVAL,
  (arg->receive.flags = MAILBOX_DEADLINE, arg->receive.deadline = -1))
V(from_pid_without_its_flag_is_einval, EINVAL,
  arg->receive.from_pid = getpid())
V(from_pid_0_is_einval, EINVAL, arg->receive.flags |= MAILBOX_RECEIVE_FROM)
V(tag_min_without_its_flag_is_einval, EINVAL, arg->receive.tag_min = 1)
V(tag_max_without_its_flag_is_einval, EINVAL, arg->receive.tag_max = 1)
V(tag_max_below_tag_min_is_einval, EINVAL,
  (arg->receive.flags |= MAILBOX_RECEIVE_TAG,
   arg->receive.tag_min = 2, arg->receive.tag_max = 1))
V(message_flags_are_einval, EINVAL, arg->receive.message.flags = 4)
V(room_with_pieces_is_einval, EINVAL, arg->receive.message.iov_count = 1)
V(iov_count_above_the_limit_is_einval, EINVAL,
  (arg->receive.message.room = 0,
   arg->receive.message.iov_count = MAILBOX_IOV_MAX + 1))
V(attachments_unmapped_are_efault, EFAULT,
  arg->receive.message.attachments = NOWHERE)
V(attachments_in_the_kernel_are_efault, EFAULT,
  arg->receive.message.attachments = BEYOND)
V(attachments_beyond_every_address_are_efault, EFAULT,
  arg->receive.message.attachments = ~0ULL)
V(iov_array_unmapped_is_efault, EFAULT,
  (arg->receive.message.room = 0, arg->receive.message.iov_count = 1,
   arg->receive.message.data = NOWHERE))
V(data_at_null_is_efault, EFAULT, arg->receive.message.data = 0)
V(data_unmapped_is_efault, EFAULT, arg->receive.message.data = NOWHERE)
V(data_partly_unmapped_is_efault, EFAULT,
  arg->receive.message.data = NOWHERE - 1)
V(data_in_the_kernel_is_efault, EFAULT, arg->receive.message.data = BEYOND)

ACCEPTS(receive, result_fields_are_ignored_on_input, handle,
	(arg->receive.message.length = ~0U, arg->receive.message.tag = ~0ULL,
	 arg->receive.message.priority = ~0U,
	 arg->receive.message.info = ~0U, arg->receive.message.seq = ~0ULL,
	 arg->receive.message.pid = ~0U, arg->receive.message.uid = ~0U,
	 arg->receive.message.gid = ~0U, arg->receive.message.lost = ~0U))

TEST_F(field, receive_data_read_only_is_efault_and_the_message_stays)
{
	ASSERT_EQ(0, mprotect(self->bench.pages, PAGE, PROT_READ));
	EXPECT_EQ(-EFAULT,
		  FIELD_CALL(receive, handle,
			     arg->receive.message.data =
				     mb_ptr(self->bench.pages)));
	EXPECT_UNCHANGED();
}

TEST_F(field, receive_room_too_small_is_emsgsize_and_tells_the_length)
{
	EXPECT_EQ(-EMSGSIZE, FIELD_CALL(receive, handle,
					arg->receive.message.room = 1));
	EXPECT_EQ(sizeof(TEXT), self->arg.receive.message.length);
	EXPECT_UNCHANGED();
}

/* SEND_BATCH and RECEIVE_BATCH */
#define B(what, error, spoil)						\
	REFUSES(send_batch, what, error, handle, spoil)			\
	REFUSES(receive_batch, what, error, handle, spoil)

B(nonblock_and_block_is_einval, EINVAL,
  arg->batch.flags = MAILBOX_NONBLOCK | MAILBOX_BLOCK)
B(nonblock_and_deadline_is_einval, EINVAL,
  arg->batch.flags = MAILBOX_NONBLOCK | MAILBOX_DEADLINE)
B(deadline_without_its_flag_is_einval, EINVAL, arg->batch.deadline = 1)
B(clock_without_its_flag_is_einval, EINVAL,
  arg->batch.clock = MAILBOX_CLOCK_MONOTONIC)
B(clock_unknown_is_einval, EINVAL,
  (arg->batch.flags = MAILBOX_DEADLINE, arg->batch.clock = 3))
B(from_pid_without_its_flag_is_einval, EINVAL, arg->batch.from_pid = 1)
B(tag_min_without_its_flag_is_einval, EINVAL, arg->batch.tag_min = 1)
B(tag_max_without_its_flag_is_einval, EINVAL, arg->batch.tag_max = 1)
B(message_size_0_is_einval, EINVAL, arg->batch.message_size = 0)
B(message_size_too_small_is_einval, EINVAL,
  arg->batch.message_size = sizeof(struct mailbox_message) - 8)
B(count_0_is_einval, EINVAL, arg->batch.count = 0)
B(count_above_the_limit_is_einval, EINVAL,
  arg->batch.count = MAILBOX_BATCH_MAX + 1)
B(count_huge_is_einval, EINVAL, arg->batch.count = ~0U)
B(reserved_is_einval, EINVAL, arg->batch.reserved = 1)
B(messages_at_null_is_efault, EFAULT, arg->batch.messages = 0)
B(messages_unmapped_is_efault, EFAULT, arg->batch.messages = NOWHERE)
B(messages_in_the_kernel_is_efault, EFAULT, arg->batch.messages = BEYOND)
B(first_message_with_flags_is_einval, EINVAL,
  self->bench.messages[0].flags = 1)
B(first_message_with_too_many_pieces_is_einval, EINVAL,
  (self->bench.messages[0].length = 0, self->bench.messages[0].room = 0,
   self->bench.messages[0].iov_count = MAILBOX_IOV_MAX + 1))
B(first_message_with_unmapped_data_is_efault, EFAULT,
  self->bench.messages[0].data = NOWHERE)

REFUSES(receive_batch, tag_max_below_tag_min_is_einval, EINVAL, handle,
	(arg->batch.flags |= MAILBOX_RECEIVE_TAG,
	 arg->batch.tag_min = 2, arg->batch.tag_max = 1))
REFUSES(receive_batch, from_pid_0_is_einval, EINVAL, handle,
	arg->batch.flags |= MAILBOX_RECEIVE_FROM)
REFUSES(send_batch, first_message_with_room_is_einval, EINVAL, handle,
	self->bench.messages[0].room = 1)
REFUSES(send_batch, first_message_priority_above_the_limit_is_einval, EINVAL,
	handle, self->bench.messages[0].priority = MAILBOX_PRIORITY_MAX + 1)
REFUSES(send_batch, first_message_too_long_is_emsgsize, EMSGSIZE, handle,
	self->bench.messages[0].length = self->before.stat.max_message + 1)
REFUSES(receive_batch, first_message_without_room_is_emsgsize, EMSGSIZE,
	handle, self->bench.messages[0].room = 1)
ACCEPTS(send_batch, done_is_ignored_on_input, handle, arg->batch.done = ~0U)
ACCEPTS(receive_batch, done_is_ignored_on_input, handle,
	arg->batch.done = ~0U)

TEST_F(field, send_batch_with_a_bad_second_message_sends_the_first)
{
	ASSERT_EQ(0, FIELD_CALL(send_batch, handle,
				self->bench.messages[1].flags = 1));
	EXPECT_EQ(1U, self->arg.batch.done);
	EXPECT_EQ(0, mb_wait_messages(self->bench.handle, 0, 2));
}

/*
 * Conversations: the commands whose results come from another process, which
 * are laid out in a 32-bit program as in any other.
 */
FIXTURE(exchange)
{
	int client;
	int box;
	__u64 id;
	struct mb_child child;
	char buffer[64];
};

FIXTURE_SETUP(exchange)
{
	struct mailbox_create create = {
		.capacity = 4,
		.rights = MAILBOX_RIGHTS_ALL,
	};

	self->client = mb_client();
	ASSERT_LE(0, self->client);
	ASSERT_EQ(0, mb_create(self->client, &create));
	self->box = create.fd;
	self->id = create.id;
}

FIXTURE_TEARDOWN(exchange)
{
	close(self->box);
	close(self->client);
}

/* What a caller finds when it has been answered with "ok", the tag 8. */
static int exchange_call_run(void *argument)
{
	char buffer[8];
	struct mailbox_call call = {
		.size = sizeof(call),
		.request = { .data = mb_ptr(TEXT), .length = sizeof(TEXT),
			     .tag = 7, .priority = 5 },
		.reply = { .data = mb_ptr(buffer), .room = sizeof(buffer) },
	};
	int ret = mb_ioctl(*(int *)argument, MAILBOX_IOC_CALL, &call);

	if (ret)
		return ret;
	return call.reply.length == 2 && !memcmp(buffer, "ok", 2) &&
	       call.reply.tag == 8 && call.reply.pid == getppid() &&
	       !call.pending ? 0 : 1;
}

static int exchange_receive(int fd, __u64 id, char *buffer,
			    struct mailbox_message *message)
{
	struct mailbox_receive receive = {
		.size = sizeof(receive),
		.id = id,
		.message = { .data = mb_ptr(buffer), .room = 64 },
	};
	int ret = mb_ioctl(fd, MAILBOX_IOC_RECEIVE, &receive);

	*message = receive.message;
	return ret;
}

static int exchange_reply(int fd, __u64 id, __u64 token)
{
	struct mailbox_reply reply = {
		.size = sizeof(reply),
		.id = id,
		.token = token,
		.message = { .data = mb_ptr("ok"), .length = 2, .tag = 8 },
	};

	return mb_ioctl(fd, MAILBOX_IOC_REPLY, &reply);
}

TEST_F(exchange, call_and_reply)
{
	struct mailbox_message message;

	ASSERT_EQ(0, mb_child_start(&self->child, exchange_call_run,
				    &self->box));
	ASSERT_EQ(0, exchange_receive(self->box, 0, self->buffer, &message));
	EXPECT_EQ(MAILBOX_INFO_CALL, message.info);
	EXPECT_EQ(sizeof(TEXT), message.length);
	EXPECT_EQ(8, message.room);
	EXPECT_EQ(7, message.tag);
	EXPECT_EQ(5, message.priority);
	EXPECT_EQ(self->child.pid, message.pid);
	EXPECT_NE(0, message.token);
	EXPECT_EQ(-ESTALE, exchange_reply(self->box, 0, message.token + 1));
	EXPECT_EQ(0, exchange_reply(self->box, 0, message.token));
	EXPECT_EQ(-ESTALE, exchange_reply(self->box, 0, message.token));
	EXPECT_EQ(0, mb_child_join(&self->child));
}

TEST_F(exchange, reply_and_receive)
{
	struct mailbox_reply_receive both = {
		.size = sizeof(both),
		.message = { .data = mb_ptr(self->buffer), .room = 64 },
	};

	ASSERT_EQ(0, mb_child_start(&self->child, exchange_call_run,
				    &self->box));
	ASSERT_EQ(0, mb_ioctl(self->box, MAILBOX_IOC_REPLY_RECEIVE, &both));
	EXPECT_EQ(7, both.message.tag);
	ASSERT_EQ(0, mb_put(self->box, 0, TEXT, sizeof(TEXT), 0));
	both.token = both.message.token;
	both.reply = (struct mailbox_message){
		.data = mb_ptr("ok"), .length = 2, .tag = 8,
	};
	both.message = (struct mailbox_message){
		.data = mb_ptr(self->buffer), .room = 64,
	};
	EXPECT_EQ(0, mb_ioctl(self->box, MAILBOX_IOC_REPLY_RECEIVE, &both));
	EXPECT_EQ(0, both.token);
	EXPECT_EQ(0, both.message.info);
	EXPECT_EQ(sizeof(TEXT), both.message.length);
	EXPECT_EQ(0, mb_child_join(&self->child));
}

TEST_F(exchange, call_that_goes_on)
{
	struct mailbox_message message;
	struct mailbox_call call = {
		.size = sizeof(call),
		.flags = MAILBOX_NONBLOCK,
		.reply = { .data = mb_ptr(self->buffer), .room = 64 },
	};

	ASSERT_EQ(-EAGAIN, mb_ioctl(self->box, MAILBOX_IOC_CALL, &call));
	ASSERT_NE(0, call.pending);
	ASSERT_EQ(0, exchange_receive(self->box, 0, self->buffer, &message));
	ASSERT_EQ(0, exchange_reply(self->box, 0, message.token));
	ASSERT_EQ(0, mb_ioctl(self->box, MAILBOX_IOC_CALL, &call));
	EXPECT_EQ(2, call.reply.length);
	EXPECT_EQ(0, call.pending);
}

TEST_F(exchange, forward)
{
	struct mailbox_forward forward = {
		.size = sizeof(forward),
		.to_fd = -1,
	};
	struct mailbox_message message;

	ASSERT_EQ(0, mb_child_start(&self->child, exchange_call_run,
				    &self->box));
	ASSERT_EQ(0, exchange_receive(self->box, 0, self->buffer, &message));
	forward.flags = MAILBOX_TO_PROCESS;
	forward.token = message.token;
	forward.to = getpid();
	forward.to_fd = self->client;
	ASSERT_EQ(0, mb_ioctl(self->box, MAILBOX_IOC_FORWARD, &forward));
	ASSERT_EQ(0, exchange_receive(self->client, MAILBOX_ID_SELF,
				      self->buffer, &message));
	EXPECT_EQ(MAILBOX_INFO_CALL | MAILBOX_INFO_FORWARDED, message.info);
	EXPECT_EQ(self->child.pid, message.pid);
	EXPECT_EQ(0, exchange_reply(self->client, MAILBOX_ID_SELF,
				    message.token));
	EXPECT_EQ(0, mb_child_join(&self->child));
}

TEST_F(exchange, event)
{
	struct mailbox_notify notify = {
		.size = sizeof(notify),
		.events = MAILBOX_EVENT_DESTROYED,
		.cookie = 0x123456789abcdefULL,
	};
	struct mailbox_message message;
	struct mailbox_event event;

	ASSERT_EQ(0, mb_ioctl(self->box, MAILBOX_IOC_NOTIFY, &notify));
	ASSERT_EQ(0, mb_destroy(self->box, 0));
	ASSERT_EQ(0, exchange_receive(self->client, MAILBOX_ID_NOTIFY,
				      self->buffer, &message));
	EXPECT_EQ(sizeof(event), message.length);
	EXPECT_EQ(MAILBOX_INFO_EVENT, message.info);
	memcpy(&event, self->buffer, sizeof(event));
	EXPECT_EQ(MAILBOX_EVENT_DESTROYED, event.type);
	EXPECT_EQ(-EIDRM, event.error);
	EXPECT_EQ(self->id, event.id);
	EXPECT_EQ(notify.cookie, event.cookie);
}

/* Connects twice: to be rejected with 9, and to be sent a byte. */
static int exchange_connect_run(void *argument)
{
	char buffer[8];
	int client = mb_client();
	struct mailbox_connect connect = {
		.size = sizeof(connect),
		.id = *(__u64 *)argument,
		.greeting = mb_ptr(TEXT),
		.greeting_length = sizeof(TEXT),
	};
	int ret = mb_ioctl(client, MAILBOX_IOC_CONNECT, &connect);

	if (ret != -ECONNREFUSED || connect.reason != 9)
		return 1;
	ret = mb_ioctl(client, MAILBOX_IOC_CONNECT, &connect);
	if (ret)
		return ret;
	if (connect.pid != getppid() || connect.id != *(__u64 *)argument)
		return 2;
	ret = mb_get(connect.fd, 0, buffer, sizeof(buffer), 0);
	if (ret != 1)
		return ret;
	return mb_get(connect.fd, 0, buffer, sizeof(buffer), 0) == -EPIPE ?
	       0 : 3;
}

TEST_F(exchange, connection)
{
	struct mailbox_listen listen = {
		.port = {
			.size = sizeof(listen),
			.capacity = 1,
			.rights = MAILBOX_RIGHT_RECEIVE,
		},
	};
	struct mailbox_reject reject = { .size = sizeof(reject), .reason = 9 };
	struct mailbox_shutdown shutdown = {
		.size = sizeof(shutdown),
		.rights = MAILBOX_RIGHT_SEND,
	};
	struct mailbox_accept accept = {
		.size = sizeof(accept),
		.message = { .data = mb_ptr(self->buffer), .room = 64 },
	};
	struct mailbox_message message;
	int port;

	ASSERT_EQ(0, mb_ioctl(self->client, MAILBOX_IOC_LISTEN, &listen));
	port = listen.port.fd;
	ASSERT_EQ(0, mb_child_start(&self->child, exchange_connect_run,
				    &listen.port.id));
	ASSERT_EQ(0, exchange_receive(port, 0, self->buffer, &message));
	EXPECT_EQ(MAILBOX_INFO_CONNECT, message.info);
	EXPECT_EQ(sizeof(TEXT), message.length);
	EXPECT_EQ(self->child.pid, message.pid);
	reject.token = message.token;
	EXPECT_EQ(0, mb_ioctl(port, MAILBOX_IOC_REJECT, &reject));
	ASSERT_EQ(0, mb_ioctl(port, MAILBOX_IOC_ACCEPT, &accept));
	EXPECT_EQ(0, accept.token);
	EXPECT_EQ(self->child.pid, accept.message.pid);
	EXPECT_EQ(0, memcmp(self->buffer, TEXT, sizeof(TEXT)));
	/* sizes, on the only kind of descriptor that it is for */
	for (shutdown.size = 0; shutdown.size < sizeof(shutdown);
	     shutdown.size++)
		EXPECT_EQ(-EINVAL, mb_ioctl(accept.fd, MAILBOX_IOC_SHUTDOWN,
					    &shutdown));
	shutdown.flags = 1;
	EXPECT_EQ(-EINVAL, mb_ioctl(accept.fd, MAILBOX_IOC_SHUTDOWN,
				    &shutdown));
	shutdown.flags = 0;
	EXPECT_EQ(0, mb_put(accept.fd, 0, "x", 1, 0));
	EXPECT_EQ(0, mb_ioctl(accept.fd, MAILBOX_IOC_SHUTDOWN, &shutdown));
	EXPECT_EQ(0, mb_child_join(&self->child));
	close(accept.fd);
	close(port);
}

TEST_HARNESS_MAIN
