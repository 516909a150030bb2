// SPDX-License-Identifier: GPL-2.0-only
/*
 * Every operation with every single failure that the kernel can inject into
 * it: the first user copy or allocation of the call fails, then the second, and
 * so on until the call meets none.  Each time the error is a documented one,
 * nothing is left behind or lost, and the same call then succeeds.
 *
 * This needs a kernel with fault injection, as "make check-debug" has, and root.
 */
#include "lib/inject.h"

/*
 * Objects
 */

static int open_call(struct world *world)
{
	world->fd = mb_client();
	return world->fd < 0 ? world->fd : 0;
}

static int made_close(struct world *world)
{
	return close(world->fd) ? -errno : 0;
}

/* Another user, for whom an account has to be made. */
static int other_prepare(struct world *world)
{
	return setresuid(1000, 0, 0) ? -errno : 0;
}

static int other_close(struct world *world)
{
	return setresuid(0, 0, 0) ? -errno : made_close(world);
}

static int query_call(struct world *world)
{
	struct mailbox_query query = { 0 };
	int ret = mb_query(world->client, &query);

	if (ret)
		return ret;
	return query.version_major == MAILBOX_VERSION_MAJOR ? 0 : WRONG_CONTENT;
}

static int create_with(struct world *world, struct mailbox_create create)
{
	int ret = mb_create(world->client, &create);

	world->fd = create.fd;
	world->made = create.id;
	return ret;
}

static int create_call(struct world *world)
{
	return create_with(world, (struct mailbox_create) {
		.capacity = 4,
		.rights = MAILBOX_RIGHTS_ALL,
	});
}

static int create_named_call(struct world *world)
{
	return create_with(world, (struct mailbox_create) {
		.name = mb_ptr(NAME_OTHER),
		.name_length = strlen(NAME_OTHER),
		.rights = MAILBOX_RIGHTS_ALL,
	});
}

static int create_all_call(struct world *world)
{
	return create_with(world, (struct mailbox_create) {
		.policy = MAILBOX_POLICY_ALL,
		.capacity = 2,
		.max_receivers = 8,
		.rights = MAILBOX_RIGHTS_ALL,
	});
}

static int create_owned_call(struct world *world)
{
	return create_with(world, (struct mailbox_create) {
		.flags = MAILBOX_CREATE_NOFD,
		.capacity = 4,
	});
}

static int create_persistent_call(struct world *world)
{
	return create_with(world, (struct mailbox_create) {
		.flags = MAILBOX_CREATE_NOFD | MAILBOX_CREATE_PERSIST,
		.name = mb_ptr(NAME_OTHER),
		.name_length = strlen(NAME_OTHER),
		.capacity = 4,
	});
}

static int create_sysv_call(struct world *world)
{
	return create_with(world, (struct mailbox_create) {
		.flags = MAILBOX_CREATE_NOFD | MAILBOX_CREATE_PERSIST |
			 MAILBOX_CREATE_SYSV,
		.name = mb_ptr(NAME_OTHER),
		.name_length = strlen(NAME_OTHER),
		.capacity = 4,
	});
}

static int made_destroy(struct world *world)
{
	return mb_destroy(world->client, world->made);
}

/* Of System V's kind are counted: with this one no other may be left. */
static int made_destroy_last(struct world *world)
{
	int ret = made_destroy(world);

	if (ret)
		return ret;
	return mb_query_of(world->client, sysv_mailboxes) ? WRONG_CONTENT : 0;
}

static int open_with(struct world *world, struct mailbox_open open)
{
	int ret;

	open.rights = MAILBOX_RIGHTS_ALL;
	ret = mb_open(world->client, &open);
	world->fd = open.fd;
	if (ret)
		return ret;
	return open.id == world->id ? 0 : WRONG_CONTENT;
}

static int open_name_call(struct world *world)
{
	return open_with(world, (struct mailbox_open) {
		.flags = MAILBOX_OPEN_NAME,
		.name = mb_ptr(NAME),
		.name_length = strlen(NAME),
	});
}

static int open_id_call(struct world *world)
{
	return open_with(world, (struct mailbox_open) {
		.flags = MAILBOX_OPEN_ID,
		.id = world->id,
	});
}

static int open_nofd_call(struct world *world)
{
	return open_with(world, (struct mailbox_open) {
		.flags = MAILBOX_OPEN_NAME | MAILBOX_OPEN_NOFD,
		.name = mb_ptr(NAME),
		.name_length = strlen(NAME),
	});
}

static int restrict_call(struct world *world)
{
	world->fd = mb_narrow(world->box, MAILBOX_RIGHT_SEND);
	return world->fd < 0 ? world->fd : 0;
}

static int stat_call(struct world *world)
{
	struct mailbox_stat stat;
	int ret = mb_stat(world->client, world->id, &stat);

	if (ret)
		return ret;
	return stat.id == world->id && !strcmp(stat.name, NAME) ?
	       0 : WRONG_CONTENT;
}

static int list_call(struct world *world)
{
	__u64 ids[64];
	struct mailbox_list list = { .ids = mb_ptr(ids), .count = 64 };
	int ret = mb_list(world->client, &list);
	__u32 i;

	if (ret)
		return ret;
	for (i = 0; i < list.count; i++) {
		if (ids[i] == world->id)
			return 0;
	}
	return WRONG_CONTENT;
}

static int set_call(struct world *world)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_MODE | MAILBOX_SET_CAPACITY,
		.mode = 0640,
		.capacity = 2,
	};

	return mb_set(world->box, &set);
}

static int set_finish(struct world *world)
{
	struct mailbox_set set = {
		.flags = MAILBOX_SET_MODE | MAILBOX_SET_CAPACITY,
		.mode = 0600,
		.capacity = 4,
	};
	struct mailbox_stat stat = mb_stat_now(world->box);

	if (stat.mode != 0640 || stat.capacity != 2)
		return WRONG_CONTENT;
	return mb_set(world->box, &set);
}

static int destroy_prepare(struct world *world)
{
	return create_owned_call(world);
}

static int destroy_call(struct world *world)
{
	return mb_destroy(world->client, world->made);
}

static int unlink_call(struct world *world)
{
	return mb_unlink(world->client, world->made);
}

static int unlink_prepare(struct world *world)
{
	return create_persistent_call(world);
}

static int unlink_finish(struct world *world)
{
	struct mailbox_open open = {
		.flags = MAILBOX_OPEN_NAME | MAILBOX_OPEN_NOFD,
		.name = mb_ptr(NAME_OTHER),
		.name_length = strlen(NAME_OTHER),
		.rights = MAILBOX_RIGHT_SEND,
	};

	if (mb_open(world->client, &open) != -ENOENT)
		return WRONG_STATE;
	return made_destroy(world);
}

/*
 * Messages
 */

static int send_call(struct world *world)
{
	return send_length(world, world->box, 100);
}

static int send_finish(struct world *world)
{
	return receive_check(world, 100);
}

static int send_large_call(struct world *world)
{
	return send_length(world, world->box, LENGTH);
}

static int send_large_finish(struct world *world)
{
	return receive_check(world, LENGTH);
}

static void pieces_of(char *buffer, struct mailbox_iovec *pieces)
{
	size_t part = LENGTH / PIECES, i;

	for (i = 0; i < PIECES; i++) {
		pieces[i].base = mb_ptr(buffer + i * part);
		pieces[i].length = i < PIECES - 1 ? part : LENGTH - i * part;
	}
}

static int send_pieces_call(struct world *world)
{
	struct mailbox_iovec pieces[PIECES];
	struct mailbox_send send = {
		.flags = MAILBOX_NONBLOCK,
		.message = {
			.data = mb_ptr(pieces),
			.iov_count = PIECES,
		},
	};

	pieces_of(world->out, pieces);
	return mb_send(world->box, &send);
}

static int send_other_finish(struct world *world)
{
	return setresuid(0, 0, 0) ? -errno : send_finish(world);
}

static int send_id_call(struct world *world)
{
	struct mailbox_send send = {
		.id = world->id,
		.message = {
			.data = mb_ptr(world->out),
			.length = 100,
		},
	};

	return mb_send(world->client, &send);
}

/* More messages than are in reserve. */
static int send_many_prepare(struct world *world)
{
	int i, ret = 0;

	for (i = 0; i < 20 && !ret; i++)
		ret = send_length(world, world->box, 100);
	return ret;
}

static int send_many_finish(struct world *world)
{
	int i, ret = 0;

	for (i = 0; i < 21 && !ret; i++)
		ret = receive_check(world, 100);
	return ret;
}

static int receive_prepare(struct world *world)
{
	return send_length(world, world->box, 100);
}

static int receive_call(struct world *world)
{
	memset(world->in, 0, LENGTH);
	return receive_length(world, LENGTH, 0);
}

static int receive_finish(struct world *world)
{
	return message_check(world, 100);
}

static int receive_large_prepare(struct world *world)
{
	return send_length(world, world->box, LENGTH);
}

static int receive_large_finish(struct world *world)
{
	return message_check(world, LENGTH);
}

static int receive_pieces_call(struct world *world)
{
	struct mailbox_iovec pieces[PIECES];
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK,
		.message = {
			.data = mb_ptr(pieces),
			.iov_count = PIECES,
		},
	};
	int ret;

	memset(world->in, 0, LENGTH);
	pieces_of(world->in, pieces);
	ret = mb_receive(world->box, &receive);
	world->got = receive.message.length;
	return ret;
}

static int receive_id_call(struct world *world)
{
	struct mailbox_receive receive = {
		.id = world->id,
		.message = {
			.data = mb_ptr(world->in),
			.room = LENGTH,
		},
	};
	int ret = mb_receive(world->client, &receive);

	world->got = receive.message.length;
	return ret;
}

static int receive_id_finish(struct world *world)
{
	int ret = mb_release(world->client, world->id);

	return ret ? ret : message_check(world, 100);
}

static int peek_call(struct world *world)
{
	memset(world->in, 0, LENGTH);
	return receive_length(world, LENGTH, MAILBOX_RECEIVE_PEEK);
}

static int peek_finish(struct world *world)
{
	int ret = message_check(world, LENGTH);

	return ret ? ret : receive_check(world, LENGTH);
}

static int write_call(struct world *world)
{
	ssize_t ret = write(world->box, world->out, LENGTH);

	return ret < 0 ? -errno : ret == LENGTH ? 0 : WRONG_CONTENT;
}

static int read_call(struct world *world)
{
	ssize_t ret;

	memset(world->in, 0, LENGTH);
	ret = read(world->box, world->in, LENGTH);
	world->got = ret < 0 ? 0 : ret;
	return ret < 0 ? -errno : 0;
}

/* A receiver who waits while the sender meets the failure. */
static int meet_receiver_prepare(struct world *world)
{
	int ret = mb_get_number_start(&world->child, world->box, 0);

	return ret ? ret :
	       mb_until(mb_stat_of(world->box, waiting_receivers) == 1);
}

static int meet_receiver_call(struct world *world)
{
	return mb_put_number(world->box, 77, 0, 0);
}

static int meet_receiver_finish(struct world *world)
{
	return mb_child_join(&world->child) == 77 ? 0 : WRONG_CONTENT;
}

/* A sender who waits while the receiver meets it. */
static int meet_sender_prepare(struct world *world)
{
	int ret = mb_put_number_start(&world->child, world->box, 78, 0, 0);

	return ret ? ret :
	       mb_until(mb_stat_of(world->box, blocked_senders) == 1);
}

static int meet_sender_call(struct world *world)
{
	int ret = mb_get_number(world->box, 0);

	return ret == 78 ? 0 : ret < 0 ? ret : WRONG_CONTENT;
}

static int meet_sender_finish(struct world *world)
{
	return mb_child_join(&world->child);
}

/*
 * Batches: a call that has done some messages says how many
 */

#define BATCH	3

static int batch_call(struct world *world, char *buffer,
		      int (*call)(int fd, struct mailbox_batch *batch))
{
	struct mailbox_message messages[BATCH] = { 0 };
	struct mailbox_batch batch = {
		.flags = MAILBOX_NONBLOCK,
		.messages = mb_ptr(messages + world->done),
		.count = BATCH - world->done,
		.done = 99,
	};
	int ret, i;

	for (i = 0; i < BATCH; i++) {
		messages[i].data = mb_ptr(buffer + i * 1000);
		if (buffer == world->out)
			messages[i].length = 1000;
		else
			messages[i].room = 1000;
	}
	ret = call(world->box, &batch);
	if (ret)
		return ret;
	if (!batch.done || batch.done > BATCH - world->done)
		return WRONG_CONTENT;
	world->done += batch.done;
	return 0;
}

static int batch_prepare(struct world *world)
{
	world->done = 0;
	return 0;
}

static int send_batch_call(struct world *world)
{
	return batch_call(world, world->out, mb_send_batch);
}

static int receive_batch_call(struct world *world)
{
	return batch_call(world, world->in, mb_receive_batch);
}

/* Does what is left, and gives 0 when all is done. */
static int batch_rest(struct world *world, int (*call)(struct world *world))
{
	int ret = 0;

	while (!ret && world->done < BATCH)
		ret = call(world);
	return ret;
}

static int batch_check(struct world *world)
{
	return mb_differs(world->in, BATCH * 1000, 1) < 0 ? 0 : WRONG_CONTENT;
}

static int send_batch_finish(struct world *world)
{
	int ret = batch_rest(world, send_batch_call);

	memset(world->in, 0, LENGTH);
	world->done = 0;
	if (!ret)
		ret = batch_rest(world, receive_batch_call);
	return ret ? ret : batch_check(world);
}

static int receive_batch_prepare(struct world *world)
{
	int ret;

	world->done = 0;
	ret = batch_rest(world, send_batch_call);
	world->done = 0;
	memset(world->in, 0, LENGTH);
	return ret;
}

static int receive_batch_finish(struct world *world)
{
	int ret = batch_rest(world, receive_batch_call);

	return ret ? ret : batch_check(world);
}

/*
 * The test
 */

FIXTURE(faultinject) {
	struct world world;
};

FIXTURE_VARIANT(faultinject) {
	struct operation operation;
};

FIXTURE_SETUP(faultinject)
{
	ASSERT_EQ(0, world_open(&self->world, &variant->operation));
}

FIXTURE_TEARDOWN(faultinject)
{
	world_close(&self->world);
}

#define BOUNDED(name, ...)						\
	FIXTURE_VARIANT_ADD(faultinject, name) {			\
		.operation = { .capacity = 4, __VA_ARGS__ },		\
	}

BOUNDED(open_device, .call = open_call, .finish = made_close);
BOUNDED(open_device_as_other, .prepare = other_prepare, .call = open_call,
	.finish = other_close);
BOUNDED(create_as_other, .prepare = other_prepare, .call = create_call,
	.finish = other_close);
BOUNDED(restrict_as_other, .prepare = other_prepare, .call = restrict_call,
	.finish = other_close);
BOUNDED(query, .call = query_call);
BOUNDED(create, .call = create_call, .finish = made_close);
BOUNDED(create_named, .call = create_named_call, .finish = made_close);
BOUNDED(create_all, .call = create_all_call, .finish = made_close);
BOUNDED(create_owned, .call = create_owned_call, .finish = made_destroy);
BOUNDED(create_persistent, .call = create_persistent_call,
	.finish = made_destroy);
BOUNDED(create_sysv, .call = create_sysv_call, .finish = made_destroy_last);
BOUNDED(open_by_name, .call = open_name_call, .finish = made_close);
BOUNDED(open_by_id, .call = open_id_call, .finish = made_close);
BOUNDED(open_nofd, .call = open_nofd_call);
BOUNDED(restrict, .call = restrict_call, .finish = made_close);
BOUNDED(stat, .call = stat_call);
BOUNDED(list, .call = list_call);
BOUNDED(set, .call = set_call, .finish = set_finish);
BOUNDED(destroy, .prepare = destroy_prepare, .call = destroy_call);
BOUNDED(unlink, .prepare = unlink_prepare, .call = unlink_call,
	.finish = unlink_finish);
BOUNDED(send, .call = send_call, .finish = send_finish);
BOUNDED(send_large, .call = send_large_call, .finish = send_large_finish);
BOUNDED(send_pieces, .call = send_pieces_call, .finish = send_large_finish);
BOUNDED(send_as_other, .prepare = other_prepare, .call = send_call,
	.finish = send_other_finish);
BOUNDED(send_by_id, .call = send_id_call, .finish = send_finish);
BOUNDED(receive, .survives = true, .prepare = receive_prepare,
	.call = receive_call, .finish = receive_finish);
BOUNDED(receive_large, .survives = true, .prepare = receive_large_prepare,
	.call = receive_call, .finish = receive_large_finish);
BOUNDED(receive_pieces, .prepare = receive_large_prepare,
	.call = receive_pieces_call, .finish = receive_large_finish);
BOUNDED(peek, .survives = true, .prepare = receive_large_prepare,
	.call = peek_call, .finish = peek_finish);
BOUNDED(write, .call = write_call, .finish = send_large_finish);
BOUNDED(read, .survives = true, .prepare = receive_large_prepare,
	.call = read_call, .finish = receive_large_finish);
BOUNDED(send_batch, .prepare = batch_prepare, .call = send_batch_call,
	.finish = send_batch_finish);
BOUNDED(receive_batch, .prepare = receive_batch_prepare,
	.call = receive_batch_call, .finish = receive_batch_finish);
BOUNDED(receive_exclusive_by_id, .policy = MAILBOX_POLICY_EXCLUSIVE,
	.survives = true,
	.prepare = receive_prepare, .call = receive_id_call,
	.finish = receive_id_finish);
BOUNDED(send_to_all, .policy = MAILBOX_POLICY_ALL, .max_receivers = 8,
	.call = send_large_call, .finish = send_large_finish);

FIXTURE_VARIANT_ADD(faultinject, send_beyond_reserve) {
	.operation = {
		.create_flags = MAILBOX_CREATE_UNBOUNDED,
		.prepare = send_many_prepare,
		.call = send_call,
		.finish = send_many_finish,
	},
};

FIXTURE_VARIANT_ADD(faultinject, meet_receiver) {
	.operation = {
		.prepare = meet_receiver_prepare,
		.call = meet_receiver_call,
		.finish = meet_receiver_finish,
	},
};

FIXTURE_VARIANT_ADD(faultinject, meet_sender) {
	.operation = {
		.survives = true,
		.prepare = meet_sender_prepare,
		.call = meet_sender_call,
		.finish = meet_sender_finish,
	},
};

/*
 * Attachments: a section, and a handle of the mailbox itself.
 */

static struct mailbox_attachment attached[2];

static int attach_setup(struct world *world)
{
	struct mailbox_section_create create = {
		.size = sizeof(create),
		.length = 4096,
		.rights = MAILBOX_SECTION_RIGHTS,
	};
	int ret = mb_ioctl(world->client, MAILBOX_IOC_SECTION_CREATE, &create);

	world->fd = create.fd;
	return ret;
}

static int attach_send(struct world *world)
{
	struct mailbox_attachment items[2] = {
		{ .fd = world->fd, .rights = MAILBOX_SECTION_READ },
		{ .fd = world->box, .rights = MAILBOX_RIGHT_SEND },
	};
	struct mailbox_attachments list = {
		.size = sizeof(list), .items = mb_ptr(items), .count = 2,
	};
	struct mailbox_send send = {
		.flags = MAILBOX_NONBLOCK,
		.message = {
			.data = mb_ptr(world->out),
			.length = LENGTH,
			.attachments = mb_ptr(&list),
		},
	};

	return mb_send(world->box, &send);
}

static int attach_receive(struct world *world)
{
	struct mailbox_attachments list = {
		.size = sizeof(list), .items = mb_ptr(attached), .count = 2,
	};
	struct mailbox_receive receive = {
		.flags = MAILBOX_NONBLOCK,
		.message = {
			.data = mb_ptr(world->in),
			.room = LENGTH,
			.attachments = mb_ptr(&list),
		},
	};
	int ret = mb_receive(world->box, &receive);

	world->got = receive.message.length;
	return ret;
}

static int attach_check(struct world *world)
{
	if (attached[0].kind != MAILBOX_ATTACHMENT_SECTION ||
	    attached[1].kind != MAILBOX_ATTACHMENT_HANDLE ||
	    close(attached[0].fd) || close(attached[1].fd))
		return WRONG_CONTENT;
	return message_check(world, LENGTH);
}

static int attach_finish(struct world *world)
{
	int ret = attach_receive(world);

	return ret ? ret : attach_check(world);
}

FIXTURE_VARIANT_ADD(faultinject, attach_send) {
	.operation = {
		.capacity = 2,
		.create_flags = MAILBOX_CREATE_ATTACH,
		.setup = attach_setup,
		.call = attach_send,
		.finish = attach_finish,
	},
};

FIXTURE_VARIANT_ADD(faultinject, attach_receive) {
	.operation = {
		.capacity = 2,
		.create_flags = MAILBOX_CREATE_ATTACH,
		.setup = attach_setup,
		.prepare = attach_send,
		.call = attach_receive,
		.finish = attach_check,
	},
};

TEST_F_TIMEOUT(faultinject, every_failure_is_clean, 300)
{
	every_failure(_metadata, &self->world);
}

TEST_HARNESS_MAIN
