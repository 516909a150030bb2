// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/fs_struct.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "client.h"
#include "lifetime.h"
#include "handle.h"
#include "ioctl.h"
#include "limits.h"
#include "mailbox.h"
#include "message.h"
#include "name.h"
#include "quota.h"
#include "trace.h"
#include "userdata.h"

#define MODE_DEFAULT	0600
#define MODE_BITS	0666
#define MODE_BITS_SYSV	0777

/* The handle to be made must be able to exist. */
static bool handle_valid(const struct mailbox_create *create)
{
	if (create->flags & MAILBOX_CREATE_NOFD)
		return !create->rights && !create->handle_flags;
	if (!mbx_rights_valid(create->rights, create->handle_flags))
		return false;
	/* Nothing else would keep the mailbox alive. */
	return (create->rights & MAILBOX_RIGHT_RECEIVE) ||
	       (create->flags & MAILBOX_CREATE_PERSIST) ||
	       ((create->flags & MAILBOX_CREATE_KEEP_BY_SENDERS) &&
		(create->rights & MAILBOX_RIGHT_SEND));
}

static bool buffering_valid(const struct mailbox_create *create)
{
	bool unbounded = create->flags & MAILBOX_CREATE_UNBOUNDED;

	if (create->capacity > MAILBOX_CAPACITY_MAX)
		return false;
	return !unbounded || !create->capacity;
}

static bool policy_valid(const struct mailbox_create *create)
{
	bool unbounded = create->flags & MAILBOX_CREATE_UNBOUNDED;
	bool lossy = create->flags & MAILBOX_CREATE_LOSSY;

	if (create->policy > MAILBOX_POLICY_ALL)
		return false;
	if (create->policy != MAILBOX_POLICY_ALL)
		return !create->max_receivers && !lossy;
	if (!create->max_receivers ||
	    create->max_receivers > MAILBOX_RECEIVERS_MAX)
		return false;
	return unbounded ? !lossy : create->capacity;
}

static bool low_water_valid(const struct mailbox_create *create)
{
	return !create->reserved &&
	       mbx_low_water_valid(create->low_water, create->capacity,
				   !(create->flags & MAILBOX_CREATE_LOSSY));
}

static bool limits_valid(const struct mailbox_create *create)
{
	if (create->flags & MAILBOX_CREATE_MAX_MESSAGE) {
		if (create->max_message > mbx_limit(message_max))
			return false;
	} else if (create->max_message) {
		return false;
	}
	if (!(create->flags & MAILBOX_CREATE_MODE))
		return !create->mode;
	return !(create->mode & ~(create->flags & MAILBOX_CREATE_SYSV ?
				  MODE_BITS_SYSV : MODE_BITS));
}

static int create_check(const struct mailbox_create *create)
{
	if ((create->flags & MAILBOX_CREATE_INDEX) &&
	    (create->index < MAILBOX_ID_FIRST || create->index > MBX_INDEX_MASK))
		return -EINVAL;
	if (create->name_length > MAILBOX_NAME_MAX || !handle_valid(create) ||
	    !buffering_valid(create) || !policy_valid(create) ||
	    !low_water_valid(create) || !limits_valid(create))
		return -EINVAL;
	return 0;
}

static struct mbx_attributes attributes_of(const struct mailbox_create *create)
{
	struct mbx_attributes attributes = {
		.flags = create->flags,
		.policy = create->policy,
		.capacity = create->capacity,
		.low_water = create->low_water,
		.max_message = create->max_message,
		.max_receivers = create->max_receivers,
		.mode = create->mode,
	};

	if (!(create->flags & MAILBOX_CREATE_MAX_MESSAGE))
		attributes.max_message = mbx_limit_message_default();
	if (!(create->flags & MAILBOX_CREATE_MODE))
		attributes.mode = MODE_DEFAULT;
	/* Each uses up IDs. */
	if ((create->flags & MAILBOX_CREATE_INDEX) && capable(CAP_SYS_ADMIN))
		attributes.index = create->index;
	if (create->flags & MAILBOX_CREATE_UMASK)
		attributes.mode &= ~current_umask();
	return attributes;
}

static struct mbx_mailbox *mailbox_make(const struct mbx_attributes *attributes,
					struct net *net)
{
	struct mbx_mailbox *mailbox;
	int error;

	mailbox = mbx_mailbox_new(attributes, net);
	if (IS_ERR(mailbox))
		return mailbox;
	/* What exceeds the limit is for emergencies, and has nothing to spare. */
	if (mbx_quota_exceeded(mailbox->quota))
		return mailbox;
	error = mbx_message_fill_pool(mailbox, MBX_POOL_MAILBOX);
	if (error) {
		mbx_mailbox_put(mailbox);
		return ERR_PTR(error);
	}
	return mailbox;
}

/* Publishes the mailbox and tells the caller; undoes both if that fails. */
static int create_publish(struct mbx_request *request,
			  struct mbx_mailbox *mailbox, int fd)
{
	struct mailbox_create *create = &request->argument.create;
	char *name;
	int error;

	name = mbx_name_read(create->name, create->name_length);
	if (IS_ERR(name))
		return PTR_ERR(name);
	error = mbx_name_register(mailbox, name, create->name_length);
	if (error) {
		kfree(name);
		return error;
	}
	create->id = mailbox->record.id;
	create->index = mbx_mailbox_index(mailbox);
	create->fd = fd;
	error = mbx_reply(request);
	if (error) {
		mbx_lifetime_destroy(mailbox);
		mbx_name_unregister(mailbox);
	}
	return error;
}

/* The client is the owning handle. */
static int create_owned(struct mbx_request *request,
			struct mbx_client *client, struct mbx_mailbox *mailbox)
{
	int error;

	error = mbx_lifetime_attach(mailbox, MAILBOX_RIGHTS_ALL, NULL);
	if (error)
		return error;
	mailbox->owner = client;
	error = create_publish(request, mailbox, -1);
	if (error)
		goto detach;
	error = mbx_client_own(client, mailbox);
	if (error)
		goto destroy;
	return 0;

destroy:
	mbx_lifetime_destroy(mailbox);
	mbx_name_unregister(mailbox);
detach:
	mbx_lifetime_detach(mailbox, MAILBOX_RIGHTS_ALL, NULL);
	return error;
}

static int create_handle(struct mbx_request *request,
			 struct mbx_client *client, struct mbx_mailbox *mailbox)
{
	const struct mailbox_create *create = &request->argument.create;
	struct file *file;
	int error, fd;

	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0)
		return fd;
	file = mbx_handle_file(mailbox, client->net, create->rights,
			       create->handle_flags);
	if (IS_ERR(file)) {
		error = PTR_ERR(file);
		goto put_fd;
	}
	error = create_publish(request, mailbox, fd);
	if (error)
		goto put_file;
	fd_install(fd, file);
	return 0;

put_file:
	fput(file);
put_fd:
	put_unused_fd(fd);
	return error;
}

static int mailbox_create(struct mbx_request *request,
			  const struct mbx_attributes *attributes)
{
	const struct mailbox_create *create = &request->argument.create;
	struct mbx_client *client = mbx_client_of(request->file);
	struct mbx_mailbox *mailbox;
	int error;

	mailbox = mailbox_make(attributes, client->net);
	if (IS_ERR(mailbox))
		return PTR_ERR(mailbox);
	if (create->flags & MAILBOX_CREATE_NOFD)
		error = create_owned(request, client, mailbox);
	else
		error = create_handle(request, client, mailbox);
	if (!error)
		trace_mailbox_create(mailbox->record.id, create->policy,
				     create->capacity);
	mbx_mailbox_put(mailbox);
	return error;
}

int mbx_op_create(struct mbx_request *request)
{
	const struct mailbox_create *create = &request->argument.create;
	struct mbx_attributes attributes;
	int error;

	error = create_check(create);
	if (error)
		return error;
	attributes = attributes_of(create);
	return mailbox_create(request, &attributes);
}

/* A port is received from only; who sends to it connects. */
static int listen_check(const struct mailbox_listen *listen)
{
	const struct mailbox_create *port = &listen->port;

	if ((port->rights & MAILBOX_RIGHT_SEND) ||
	    (port->policy != MAILBOX_POLICY_ANY &&
	     port->policy != MAILBOX_POLICY_EXCLUSIVE) ||
	    port->max_message > MAILBOX_GREETING_MAX || port->low_water)
		return -EINVAL;
	if (listen->channel_capacity > MAILBOX_CAPACITY_MAX ||
	    listen->channel_max_message > mbx_limit(message_max))
		return -EINVAL;
	return create_check(port);
}

int mbx_op_listen(struct mbx_request *request)
{
	const struct mailbox_listen *listen = &request->argument.listen;
	struct mbx_attributes attributes;
	int error;

	error = listen_check(listen);
	if (error)
		return error;
	attributes = attributes_of(&listen->port);
	if (!(listen->port.flags & MAILBOX_CREATE_MAX_MESSAGE))
		attributes.max_message = MAILBOX_GREETING_MAX;
	attributes.port = true;
	attributes.channel_capacity = listen->channel_capacity;
	attributes.channel_message = listen->channel_max_message ?:
				     mbx_limit_message_default();
	return mailbox_create(request, &attributes);
}
