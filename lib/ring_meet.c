// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * How a channel of two rings comes about: each side makes a section, and tells its
 * ID: who connects in the greeting, who accepts in the first message.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <unistd.h>

#include "ring_channel.h"

#define MEMORY_DEFAULT	(256U << 10)

/* Errors of the other side come as the reason of its refusal. */
#define ERROR_MAX	4095U

struct hello {
	uint32_t magic;
	uint32_t version;
	uint64_t section;
};

static struct hello hello_of(uint64_t section)
{
	struct hello hello = {
		.magic = MAILBOX_RING_MAGIC,
		.version = MAILBOX_RING_VERSION,
		.section = section,
	};

	return hello;
}

static int hello_check(const struct hello *hello, size_t length)
{
	if (length != sizeof(*hello) || hello->magic != MAILBOX_RING_MAGIC ||
	    hello->version != MAILBOX_RING_VERSION)
		return -EPROTONOSUPPORT;
	return 0;
}

int mailbox_ring_options_check(const struct mailbox_ring_options *options)
{
	if (!options)
		return 0;
	if (options->size != sizeof(*options) || options->mode & ~0777U)
		return -EINVAL;
	if (options->memory > SIZE_MAX ||
	    (options->memory && options->memory < MAILBOX_RING_DATA +
						   MAILBOX_RING_SIZE_MIN))
		return -EINVAL;
	return 0;
}

/* This side's section: only this mapping of it will ever be writable. */
static int mine_make(struct mailbox_ring_channel *channel, int client,
		     const struct mailbox_ring_options *options, uint64_t *id)
{
	struct mailbox_section_create create;
	int section, error;

	memset(&create, 0, sizeof(create));
	create.size = sizeof(create);
	create.length = options && options->memory ? options->memory :
						     MEMORY_DEFAULT;
	create.seals = MAILBOX_SEAL_SHRINK | MAILBOX_SEAL_GROW |
		       MAILBOX_SEAL_FUTURE_WRITE;
	create.rights = MAILBOX_SECTION_READ | MAILBOX_SECTION_WRITE;
	if (options && options->mode) {
		create.flags = MAILBOX_CREATE_MODE;
		create.mode = options->mode;
	}
	section = mailbox_section_create_with(client, &create);
	if (section < 0)
		return section;
	channel->mine_length = (size_t)create.length;
	error = mailbox_section_map(section, 0, channel->mine_length,
				    create.rights, &channel->mine);
	close(section);
	*id = create.id;
	if (!error)
		error = mailbox_ring_init(channel->mine, channel->mine_length);
	if (!error)
		((struct mailbox_ring_part *)channel->mine)->flags =
			MAILBOX_RING_APART;
	return error;
}

/* The other side's section, at the length that the kernel says it has. */
static int theirs_map(struct mailbox_ring_channel *channel, int client,
		      uint64_t id)
{
	struct mailbox_section_open open;
	int section, error;

	memset(&open, 0, sizeof(open));
	open.size = sizeof(open);
	open.flags = MAILBOX_OPEN_ID;
	open.rights = MAILBOX_SECTION_READ;
	open.id = id;
	open.seals = MAILBOX_SEAL_SHRINK;
	section = mailbox_section_open_with(client, &open);
	if (section < 0)
		return section;
	channel->theirs_length = (size_t)open.length;
	if (open.length < MAILBOX_RING_DATA || open.length > SIZE_MAX)
		error = -EPROTONOSUPPORT;
	else
		error = mailbox_section_map(section, 0, channel->theirs_length,
					    open.rights, &channel->theirs);
	close(section);
	return error;
}

static int rings_attach(struct mailbox_ring_channel *channel)
{
	int error;

	error = mailbox_ring_attach(&channel->out, MAILBOX_RING_PRODUCER,
				    channel->mine, channel->theirs,
				    channel->mine_length, channel->endpoint);
	if (error)
		return error;
	return mailbox_ring_attach(&channel->in, MAILBOX_RING_CONSUMER,
				   channel->mine, channel->theirs,
				   channel->theirs_length, channel->endpoint);
}

/* A bell that rings while nobody waits must not be lost. */
static int bell_check(int endpoint)
{
	struct mailbox_stat stat;
	int error = mailbox_stat(endpoint, 0, &stat);

	if (error)
		return error;
	return stat.capacity ? 0 : -EINVAL;
}

static int channel_new(struct mailbox_ring_channel **channel, int client,
		       const struct mailbox_ring_options *options, uint64_t *id)
{
	struct mailbox_ring_channel *new;
	int error;

	error = mailbox_ring_options_check(options);
	if (error)
		return error;
	new = calloc(1, sizeof(*new));
	if (!new)
		return -ENOMEM;
	new->endpoint = -1;
	new->kept_end = &new->kept;
	error = mine_make(new, client, options, id);
	if (error)
		mailbox_ring_channel_close(new);
	else
		*channel = new;
	return error;
}

static int ask(struct mailbox_ring_channel *channel, int client,
	       const char *name, uint64_t id)
{
	struct hello hello = hello_of(id);
	struct mailbox_connect connect;
	int endpoint;

	mailbox_connect_init(&connect, name, &hello, sizeof(hello));
	endpoint = mailbox_connect_with(client, &connect);
	if (endpoint == -ECONNREFUSED && connect.reason &&
	    connect.reason <= ERROR_MAX)
		return -(int)connect.reason;
	if (endpoint < 0)
		return endpoint;
	channel->endpoint = endpoint;
	channel->peer.pid = connect.pid;
	channel->peer.uid = connect.uid;
	channel->peer.gid = connect.gid;
	return 0;
}

/* The answer of who accepted, if he speaks of rings. */
static int answer(struct mailbox_ring_channel *channel, int client)
{
	struct hello hello;
	ssize_t length;
	int error;

	length = mailbox_receive(channel->endpoint, 0, &hello, sizeof(hello));
	if (length == -EMSGSIZE)
		return -EPROTONOSUPPORT;
	if (length < 0)
		return (int)length;
	error = hello_check(&hello, (size_t)length);
	return error ? error : theirs_map(channel, client, hello.section);
}

int mailbox_ring_channel_connect(int client, const char *name,
				 const struct mailbox_ring_options *options,
				 struct mailbox_ring_channel **channel)
{
	struct mailbox_ring_channel *new;
	uint64_t id;
	int error;

	error = channel_new(&new, client, options, &id);
	if (error)
		return error;
	error = ask(new, client, name, id);
	if (!error)
		error = answer(new, client);
	if (!error)
		error = bell_check(new->endpoint);
	if (!error)
		error = rings_attach(new);
	if (error)
		mailbox_ring_channel_close(new);
	else
		*channel = new;
	return error;
}

/* Looks at who asks, and maps his section; 0, or why he is refused. */
static int look_at(struct mailbox_ring_channel *channel, int client,
		   const char *greeting, const struct mailbox_receive *request)
{
	struct hello hello;
	int error;

	memcpy(&hello, greeting, sizeof(hello));
	error = hello_check(&hello, request->message.length);
	if (error)
		return error;
	channel->peer.pid = request->message.pid;
	channel->peer.uid = request->message.uid;
	channel->peer.gid = request->message.gid;
	return theirs_map(channel, client, hello.section);
}

/* Accepts it, and answers. */
static int admit(struct mailbox_ring_channel *channel, int port,
		 uint64_t *token, uint64_t id)
{
	struct hello hello = hello_of(id);
	struct mailbox_accept accept;
	int endpoint, error;

	mailbox_accept_init(&accept, 0, NULL, 0);
	accept.token = *token;
	endpoint = mailbox_accept_with(port, &accept);
	*token = accept.token;
	if (endpoint < 0)
		return endpoint;
	channel->endpoint = endpoint;
	error = bell_check(endpoint);
	if (!error)
		error = rings_attach(channel);
	return error ? error : mailbox_try_send(endpoint, 0, &hello,
						sizeof(hello));
}

int mailbox_ring_accept(int client, int port,
			const struct mailbox_ring_options *options, uint32_t flags,
			struct mailbox_ring_channel **channel, bool *received)
{
	struct mailbox_ring_channel *new = NULL;
	char greeting[MAILBOX_GREETING_MAX];
	struct mailbox_receive request;
	uint64_t id, token;
	ssize_t length;
	int error;

	*received = false;
	error = mailbox_ring_options_check(options);
	if (error)
		return error;
	mailbox_receive_init(&request, 0, greeting, sizeof(greeting));
	request.flags = flags;
	length = mailbox_receive_with(port, &request);
	if (length < 0)
		return (int)length;
	*received = true;
	token = request.message.token;
	error = channel_new(&new, client, options, &id);
	if (!error)
		error = look_at(new, client, greeting, &request);
	if (!error)
		error = admit(new, port, &token, id);
	if (!error) {
		*channel = new;
		return 0;
	}
	mailbox_ring_channel_close(new);
	/* -ESTALE: the request has ended by itself */
	if (token)
		mailbox_reject(port, 0, token, (uint32_t)-error);
	return error;
}

int mailbox_ring_channel_accept(int client, int port,
				const struct mailbox_ring_options *options,
				struct mailbox_ring_channel **channel)
{
	bool received;

	return mailbox_ring_accept(client, port, options, 0, channel, &received);
}
