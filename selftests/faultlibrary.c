// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same through libmailbox: each function with every single failure that the
 * kernel can inject.  It returns a documented error, leaves errno alone, leaves
 * nothing behind and loses nothing, and the same call then succeeds.
 *
 * This needs a kernel with fault injection, as "make check-debug" has, and root.
 */
#include "lib/inject.h"

#include <mailbox.h>

#define A_MINUTE	60000000000ULL	/* ns */

/*
 * Objects
 */

static int client_call(struct world *world)
{
	world->fd = mailbox_client_open();
	return world->fd < 0 ? world->fd : 0;
}

static int made_close(struct world *world)
{
	return close(world->fd) ? -errno : 0;
}

static int made_destroy(struct world *world)
{
	return mailbox_destroy(world->client, world->made);
}

static int version_call(struct world *world)
{
	return mailbox_version_check(world->client, MAILBOX_VERSION_MAJOR, 0);
}

static int query_call(struct world *world)
{
	struct mailbox_query query;

	return mailbox_query(world->client, &query);
}

static int create_call(struct world *world)
{
	return mailbox_create(world->client, 4, &world->made);
}

static int create_with_call(struct world *world)
{
	struct mailbox_attr attr;

	mailbox_attr_init(&attr);
	attr.name = NAME_OTHER;
	attr.capacity = 4;
	world->fd = mailbox_create_with(world->client, &attr);
	return world->fd < 0 ? world->fd : 0;
}

static int opened(struct world *world, int fd)
{
	world->fd = fd;
	return fd < 0 ? fd : 0;
}

static int open_call(struct world *world)
{
	return opened(world, mailbox_open(world->client, NAME,
					  MAILBOX_RIGHTS_ALL, 0));
}

static int open_id_call(struct world *world)
{
	return opened(world, mailbox_open_id(world->client, world->id,
					     MAILBOX_RIGHTS_ALL, 0));
}

static int open_index_call(struct world *world)
{
	return opened(world, mailbox_open_index(world->client,
						world->id & INT32_MAX,
						MAILBOX_RIGHTS_ALL, 0));
}

static int find_call(struct world *world)
{
	uint64_t id = 0;
	int ret = mailbox_find(world->client, NAME, MAILBOX_RIGHT_SEND, &id);

	if (ret)
		return ret;
	return id == world->id ? 0 : WRONG_CONTENT;
}

static int restrict_call(struct world *world)
{
	return opened(world, mailbox_restrict(world->box, MAILBOX_RIGHT_SEND,
					      0));
}

static int stat_call(struct world *world)
{
	struct mailbox_stat stat;
	int ret = mailbox_stat(world->client, world->id, &stat);

	if (ret)
		return ret;
	return stat.id == world->id ? 0 : WRONG_CONTENT;
}

static int set_mode_call(struct world *world)
{
	return mailbox_set_mode(world->box, 0, 0640);
}

static int set_mode_finish(struct world *world)
{
	return mailbox_set_mode(world->box, 0, 0600);
}

static int set_capacity_call(struct world *world)
{
	return mailbox_set_capacity(world->box, 0, 9);
}

static int set_capacity_finish(struct world *world)
{
	return mailbox_set_capacity(world->box, 0, 4);
}

static int set_max_message_call(struct world *world)
{
	return mailbox_set_max_message(world->box, 0, 2 * LENGTH);
}

static int set_owner_call(struct world *world)
{
	return mailbox_set_owner(world->box, 0, 1000, 1000);
}

static int set_owner_finish(struct world *world)
{
	return mailbox_set_owner(world->box, 0, 0, 0);
}

static int unlink_prepare(struct world *world)
{
	return create_with_call(world);
}

static int unlink_call(struct world *world)
{
	return mailbox_unlink(world->fd, 0);
}

static int release_prepare(struct world *world)
{
	int ret = mailbox_try_receive(world->box, 0, world->in, LENGTH);

	return ret == -EAGAIN ? 0 : ret;
}

static int release_call(struct world *world)
{
	return mailbox_release(world->box, 0);
}

/*
 * Lists of more than one call of the module's
 */

#define MANY	(MAILBOX_LIST_MAX + 100)

static int list_setup(struct world *world)
{
	long limit = mb_parameter("user_mailboxes");
	uint64_t id;
	int ret = 0, i;

	if (world->faults < 0)
		return 0;
	world->ids = mb_fresh(2 * MANY * sizeof(*world->ids));
	if (!world->ids)
		return -ENOMEM;
	memset(world->ids, 0, 2 * MANY * sizeof(*world->ids));
	if (mb_parameter_set("user_mailboxes", 2 * MANY))
		return -EPERM;
	for (i = 0; i < MANY && !ret; i++)
		ret = mailbox_create(world->client, 1, &id);
	return mb_parameter_set("user_mailboxes", limit) ? -EPERM : ret;
}

static int list_prepare(struct world *world)
{
	world->made = 0;	/* the cursor */
	return 0;
}

/* One call lists them all, or fails and has not moved the cursor. */
static int list_call(struct world *world)
{
	uint64_t cursor = world->made;
	ssize_t count = mailbox_list(world->client, &cursor, world->ids,
				     2 * MANY);

	if (count < 0)
		return cursor == world->made ? (int)count : WRONG_STATE;
	world->got = count;
	return 0;
}

/* Each once, in order. */
static int list_finish(struct world *world)
{
	size_t i;

	if (world->got <= MANY)
		return WRONG_CONTENT;
	for (i = 1; i < world->got; i++) {
		if ((world->ids[i - 1] & INT32_MAX) >=
		    (world->ids[i] & INT32_MAX))
			return WRONG_CONTENT;
	}
	return 0;
}

/*
 * Messages
 */

static int send_call(struct world *world)
{
	return mailbox_send(world->client, world->id, world->out, LENGTH);
}

static int try_send_call(struct world *world)
{
	return mailbox_try_send(world->box, 0, world->out, LENGTH);
}

static int send_within_call(struct world *world)
{
	return mailbox_send_within(world->box, 0, world->out, LENGTH, A_MINUTE);
}

static int send_with_call(struct world *world)
{
	struct mailbox_iovec pieces[2] = {
		mailbox_piece(world->out, 1000),
		mailbox_piece(world->out + 1000, LENGTH - 1000),
	};
	struct mailbox_send send;

	mailbox_send_init(&send, 0, NULL, 0);
	mailbox_message_iov(&send.message, pieces, 2);
	return mailbox_send_with(world->box, &send);
}

static int send_finish(struct world *world)
{
	return receive_check(world, LENGTH);
}

static int receive_prepare(struct world *world)
{
	memset(world->in, 0, LENGTH);
	return send_length(world, world->box, LENGTH);
}

static int received(struct world *world, ssize_t length)
{
	if (length < 0)
		return length;
	world->got = length;
	return 0;
}

static int receive_call(struct world *world)
{
	return received(world, mailbox_receive(world->box, 0, world->in,
					       LENGTH));
}

static int try_receive_call(struct world *world)
{
	return received(world, mailbox_try_receive(world->client, world->id,
						   world->in, LENGTH));
}

static int receive_within_call(struct world *world)
{
	return received(world, mailbox_receive_within(world->box, 0, world->in,
						      LENGTH, A_MINUTE));
}

static int receive_with_call(struct world *world)
{
	struct mailbox_receive receive;

	mailbox_receive_init(&receive, 0, world->in, LENGTH);
	receive.flags = MAILBOX_RECEIVE_TAG;
	return received(world, mailbox_receive_with(world->box, &receive));
}

static int receive_finish(struct world *world)
{
	return message_check(world, LENGTH);
}

/*
 * Batches
 */

#define BATCH	3
#define PART	1000

static int batch_prepare(struct world *world)
{
	world->done = 0;
	return 0;
}

static int batch_done(struct world *world, int ret)
{
	if (ret < 0)
		return ret;
	if (!ret || world->done + ret > BATCH)
		return WRONG_CONTENT;
	world->done += ret;
	return 0;
}

static int send_batch_call(struct world *world)
{
	struct mailbox_message messages[BATCH] = { 0 };
	int i;

	for (i = 0; i < BATCH; i++)
		mailbox_message_data(&messages[i], world->out + i * PART, PART);
	return batch_done(world, mailbox_send_batch(world->box, 0,
						    messages + world->done,
						    BATCH - world->done));
}

static int receive_batch_call(struct world *world)
{
	struct mailbox_message messages[BATCH] = { 0 };
	int i;

	for (i = 0; i < BATCH; i++)
		mailbox_message_buffer(&messages[i], world->in + i * PART,
				       PART);
	return batch_done(world, mailbox_receive_batch(world->box, 0,
						       messages + world->done,
						       BATCH - world->done));
}

static int batch_rest(struct world *world, int (*call)(struct world *world))
{
	int ret = 0;

	while (!ret && world->done < BATCH)
		ret = call(world);
	return ret;
}

static int receive_batch_finish(struct world *world)
{
	int ret = batch_rest(world, receive_batch_call);

	if (ret)
		return ret;
	return mb_differs(world->in, BATCH * PART, 1) < 0 ? 0 : WRONG_CONTENT;
}

static int send_batch_finish(struct world *world)
{
	int ret = batch_rest(world, send_batch_call);

	memset(world->in, 0, LENGTH);
	world->done = 0;
	return ret ? ret : receive_batch_finish(world);
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

/*
 * The test
 */

FIXTURE(faultlibrary) {
	struct world world;
};

FIXTURE_VARIANT(faultlibrary) {
	struct operation operation;
};

FIXTURE_SETUP(faultlibrary)
{
	ASSERT_EQ(0, world_open(&self->world, &variant->operation));
}

FIXTURE_TEARDOWN(faultlibrary)
{
	world_close(&self->world);
}

#define CALL(name, ...)							\
	FIXTURE_VARIANT_ADD(faultlibrary, name) {			\
		.operation = {						\
			.capacity = 4,					\
			.keeps_errno = true,				\
			__VA_ARGS__					\
		},							\
	}

CALL(client_open, .call = client_call, .finish = made_close);
CALL(version_check, .call = version_call);
CALL(query, .call = query_call);
CALL(create, .call = create_call, .finish = made_destroy);
CALL(create_with, .call = create_with_call, .finish = made_close);
CALL(destroy, .prepare = create_call, .call = made_destroy);
CALL(open, .call = open_call, .finish = made_close);
CALL(open_id, .call = open_id_call, .finish = made_close);
CALL(open_index, .call = open_index_call, .finish = made_close);
CALL(find, .call = find_call);
CALL(restrict, .call = restrict_call, .finish = made_close);
CALL(stat, .call = stat_call);
CALL(list, .setup = list_setup, .prepare = list_prepare, .call = list_call,
     .finish = list_finish);
CALL(set_mode, .call = set_mode_call, .finish = set_mode_finish);
CALL(set_capacity, .call = set_capacity_call, .finish = set_capacity_finish);
CALL(set_max_message, .call = set_max_message_call);
CALL(set_owner, .call = set_owner_call, .finish = set_owner_finish);
CALL(unlink, .prepare = unlink_prepare, .call = unlink_call,
     .finish = made_close);
CALL(release, .policy = MAILBOX_POLICY_EXCLUSIVE, .prepare = release_prepare,
     .call = release_call);
CALL(send, .call = send_call, .finish = send_finish);
CALL(try_send, .call = try_send_call, .finish = send_finish);
CALL(send_within, .call = send_within_call, .finish = send_finish);
CALL(send_with, .call = send_with_call, .finish = send_finish);
CALL(receive, .survives = true, .prepare = receive_prepare,
     .call = receive_call, .finish = receive_finish);
CALL(try_receive, .survives = true, .prepare = receive_prepare,
     .call = try_receive_call, .finish = receive_finish);
CALL(receive_within, .survives = true, .prepare = receive_prepare,
     .call = receive_within_call, .finish = receive_finish);
CALL(receive_with, .survives = true, .prepare = receive_prepare,
     .call = receive_with_call, .finish = receive_finish);
CALL(send_batch, .prepare = batch_prepare, .call = send_batch_call,
     .finish = send_batch_finish);
CALL(receive_batch, .prepare = receive_batch_prepare,
     .call = receive_batch_call, .finish = receive_batch_finish);

TEST_F_TIMEOUT(faultlibrary, every_failure_is_clean, 600)
{
	every_failure(_metadata, &self->world);
}

TEST_HARNESS_MAIN
