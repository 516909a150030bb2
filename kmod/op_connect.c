// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/pid.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "access.h"
#include "buffer.h"
#include "call.h"
#include "client.h"
#include "handle.h"
#include "identity.h"
#include "ioctl.h"
#include "lifetime.h"
#include "mailbox.h"
#include "message.h"
#include "name.h"
#include "quota.h"
#include "target.h"
#include "userdata.h"

/**
 * struct connection - what is made before the request is sent
 * @halves: of the channel: TO_SERVER and TO_CLIENT
 * @file: the connecting side's endpoint
 */
struct connection {
	struct mbx_mailbox *halves[2];
	struct file *file;
};

#define TO_SERVER	0
#define TO_CLIENT	1

static int connect_check(const struct mailbox_connect *connect)
{
	if (connect->reserved ||
	    (connect->handle_flags & ~MAILBOX_HANDLE_NONBLOCK) ||
	    connect->greeting_length > MAILBOX_GREETING_MAX)
		return -EINVAL;
	if (connect->flags & MAILBOX_CONNECT_NAME)
		return connect->name_length ? 0 : -EINVAL;
	return connect->name || connect->name_length || !connect->id ?
	       -EINVAL : 0;
}

static struct mbx_mailbox *port_lookup(const struct net *net,
				       const struct mailbox_connect *connect)
{
	struct mbx_mailbox *port;
	char *name;

	if (!(connect->flags & MAILBOX_CONNECT_NAME)) {
		port = mbx_name_find_id(net, connect->id);
		return port ?: ERR_PTR(-ENOENT);
	}
	name = mbx_name_read(connect->name, connect->name_length);
	if (IS_ERR(name))
		return ERR_CAST(name);
	port = mbx_name_find(net, name, connect->name_length);
	kfree(name);
	return port ?: ERR_PTR(-ENOENT);
}

static struct mbx_mailbox *port_find(const struct net *net,
				     const struct mailbox_connect *connect)
{
	struct mbx_mailbox *port = port_lookup(net, connect);
	int error;

	if (IS_ERR(port))
		return port;
	if (port->internal)
		error = -ENOENT;
	else if (!port->port)
		error = -EINVAL;
	else
		error = mbx_access_check(port, MAILBOX_RIGHT_SEND);
	if (error) {
		mbx_mailbox_put(port);
		return ERR_PTR(error);
	}
	return port;
}

/* One direction of a channel; to be found by nobody. */
static struct mbx_mailbox *half_new(const struct mbx_mailbox *port,
				    struct net *net)
{
	struct mbx_attributes attributes = {
		.policy = MAILBOX_POLICY_ANY,
		.capacity = port->channel_capacity,
		.max_message = port->channel_message,
		.flags = port->attach ? MAILBOX_CREATE_ATTACH : 0,
		.internal = true,
	};
	struct mbx_mailbox *half = mbx_mailbox_new(&attributes, net);
	int error;

	if (IS_ERR(half))
		return half;
	error = mbx_message_fill_pool(half, MBX_POOL_CHANNEL);
	if (!error)
		error = mbx_name_register(half, NULL, 0);
	if (error) {
		mbx_mailbox_put(half);
		return ERR_PTR(error);
	}
	return half;
}

static void half_drop(struct mbx_mailbox *half)
{
	mbx_lifetime_destroy(half);
	mbx_name_unregister(half);
	mbx_mailbox_put(half);
}

static int connection_make(struct connection *connection,
			   const struct mbx_mailbox *port, struct net *net,
			   u32 options)
{
	struct mbx_mailbox **halves = connection->halves;
	int error;

	halves[TO_SERVER] = half_new(port, net);
	if (IS_ERR(halves[TO_SERVER]))
		return PTR_ERR(halves[TO_SERVER]);
	halves[TO_CLIENT] = half_new(port, net);
	if (IS_ERR(halves[TO_CLIENT])) {
		error = PTR_ERR(halves[TO_CLIENT]);
		goto drop_to_server;
	}
	connection->file = mbx_handle_file_endpoint(halves[TO_CLIENT],
						    halves[TO_SERVER], net,
						    MAILBOX_RIGHT_SEND |
							MAILBOX_RIGHT_RECEIVE,
						    options);
	if (IS_ERR(connection->file)) {
		error = PTR_ERR(connection->file);
		goto drop_to_client;
	}
	return 0;

drop_to_client:
	half_drop(halves[TO_CLIENT]);
drop_to_server:
	half_drop(halves[TO_SERVER]);
	return error;
}

/* The endpoints keep the mailboxes; ours goes here unless it is installed. */
static void connection_end(struct connection *connection, bool installed)
{
	mbx_mailbox_put(connection->halves[TO_SERVER]);
	mbx_mailbox_put(connection->halves[TO_CLIENT]);
	if (!installed)
		fput(connection->file);
}

static int request_send(struct mbx_mailbox *port,
			const struct mailbox_connect *connect,
			const struct connection *connection,
			const struct mbx_terms *terms,
			struct mbx_caller *caller, struct mbx_message **call)
{
	struct mbx_buffer greeting = {
		.base = u64_to_user_ptr(connect->greeting),
		.length = connect->greeting_length,
	};
	struct mbx_letter letter = {
		.buffer = &greeting,
		.info = MAILBOX_INFO_CONNECT,
		.channel = connection->halves,
		.from = mbx_identity_current(),
		.quota = terms->quota,
	};

	return mbx_call_begin(port, &letter, terms, caller, call);
}

/* Keeps who accepted as the endpoint's peer, or gives the reason. */
static int answer_take(struct mailbox_connect *connect,
		       const struct mbx_message *call, struct file *file)
{
	const struct mbx_identity *server = &call->call.server;
	struct mbx_handle *handle = mbx_handle_of(file);

	if (!call->call.accepted) {
		connect->reason = call->tag;
		return -ECONNREFUSED;
	}
	handle->peer = *server;
	get_pid(handle->peer.process);
	connect->pid = mbx_identity_pid(server->process);
	connect->uid = from_kuid_munged(current_user_ns(), server->uid);
	connect->gid = from_kgid_munged(current_user_ns(), server->gid);
	return 0;
}

static int connect_ask(struct mbx_mailbox *port,
		       struct mailbox_connect *connect,
		       const struct connection *connection,
		       const struct mbx_terms *terms)
{
	struct mbx_message *call;
	struct mbx_caller caller;
	u64 token;
	int error;

	mbx_caller_init(&caller, NULL);
	error = request_send(port, connect, connection, terms, &caller, &call);
	if (error)
		return error;
	token = mbx_call_token(call);
	error = mbx_call_wait(port, call, terms, &caller);
	if (error) {
		/* Not to be waited for again: a restart asks anew. */
		if (error == -ERESTARTSYS)
			mbx_call_cancel(port, token);
		return error;
	}
	error = answer_take(connect, call, connection->file);
	mbx_call_finish(port, call);
	return error;
}

/* Asks, tells the caller, and installs the endpoint. */
static int connect_make(struct mbx_request *request, struct mbx_mailbox *port,
			const struct connection *connection,
			const struct mbx_terms *terms)
{
	struct mailbox_connect *connect = &request->argument.connect;
	int error, fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	connect->id = port->record.id;
	connect->reason = 0;
	connect->fd = fd;
	error = connect_ask(port, connect, connection, terms);
	if (error == -ECONNREFUSED) {
		connect->fd = -1;
		error = mbx_reply(request) ?: -ECONNREFUSED;
	} else if (!error) {
		error = mbx_reply(request);
	}
	if (error)
		put_unused_fd(fd);
	else
		fd_install(fd, connection->file);
	return error;
}

static int connect_to(struct mbx_request *request, struct mbx_client *client,
		      struct mbx_mailbox *port, const struct mbx_terms *terms)
{
	struct connection connection;
	int error;

	error = connection_make(&connection, port, client->net,
				request->argument.connect.handle_flags);
	if (error)
		return error;
	error = connect_make(request, port, &connection, terms);
	connection_end(&connection, !error);
	return error;
}

int mbx_op_connect(struct mbx_request *request)
{
	const struct mailbox_connect *connect = &request->argument.connect;
	struct mbx_client *client = mbx_client_of(request->file);
	struct mbx_terms terms = { .via = client };
	struct mbx_mailbox *port;
	int error;

	error = connect_check(connect);
	if (error)
		return error;
	error = mbx_waiting_read(&terms, request->file,
				 connect->flags | MAILBOX_BLOCK,
				 connect->deadline, connect->clock);
	if (error)
		return error;
	port = port_find(client->net, connect);
	if (IS_ERR(port))
		return PTR_ERR(port);
	terms.quota = mbx_quota_get(current_uid());
	if (terms.quota) {
		error = connect_to(request, client, port, &terms);
		mbx_quota_put(terms.quota);
	} else {
		error = -ENOMEM;
	}
	mbx_mailbox_put(port);
	return error;
}
