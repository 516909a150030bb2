// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/bitops.h>
#include <linux/slab.h>

#include "access.h"
#include "client.h"
#include "handle.h"
#include "ioctl.h"
#include "mailbox.h"
#include "name.h"
#include "userdata.h"

#define OPEN_BY	(MAILBOX_OPEN_NAME | MAILBOX_OPEN_ID | MAILBOX_OPEN_INDEX)

static int open_check(const struct mailbox_open *open)
{
	u32 by = open->flags & OPEN_BY;

	if (hweight32(by) != 1 || open->reserved)
		return -EINVAL;
	/* To find it one need not ask for a right. */
	if (open->flags & MAILBOX_OPEN_NOFD ?
	    open->handle_flags || (open->rights & ~MAILBOX_RIGHTS_ALL) :
	    !mbx_rights_valid(open->rights, open->handle_flags))
		return -EINVAL;
	if (by == MAILBOX_OPEN_NAME)
		return open->name_length ? 0 : -EINVAL;
	if (by == MAILBOX_OPEN_ID && !open->id)
		return -EINVAL;
	return open->name || open->name_length ? -EINVAL : 0;
}

static struct mbx_mailbox *find_by_name(const struct net *net,
					const struct mailbox_open *open)
{
	struct mbx_mailbox *mailbox;
	char *name;

	name = mbx_name_read(open->name, open->name_length);
	if (IS_ERR(name))
		return ERR_CAST(name);
	mailbox = mbx_name_find(net, name, open->name_length);
	kfree(name);
	return mailbox ?: ERR_PTR(-ENOENT);
}

static struct mbx_mailbox *open_find(const struct net *net,
				     const struct mailbox_open *open)
{
	struct mbx_mailbox *mailbox;

	if (open->flags & MAILBOX_OPEN_NAME)
		return find_by_name(net, open);
	if (open->flags & MAILBOX_OPEN_ID)
		mailbox = mbx_name_find_id(net, open->id);
	else
		mailbox = mbx_name_find_index(net, open->index);
	if (mailbox && mailbox->internal) {
		mbx_mailbox_put(mailbox);
		mailbox = NULL;
	}
	return mailbox ?: ERR_PTR(-ENOENT);
}

int mbx_op_open(struct mbx_request *request)
{
	struct mailbox_open *open = &request->argument.open;
	struct mbx_client *client = mbx_client_of(request->file);
	struct mbx_mailbox *mailbox;
	int error;

	error = open_check(open);
	if (error)
		return error;
	mailbox = open_find(client->net, open);
	if (IS_ERR(mailbox))
		return PTR_ERR(mailbox);

	error = mbx_access_check(mailbox, open->rights);
	if (error)
		goto put_mailbox;
	/* A port is connected to. */
	if (mailbox->port && (open->rights & MAILBOX_RIGHT_SEND)) {
		error = -EINVAL;
		goto put_mailbox;
	}
	open->id = mailbox->record.id;
	open->index = mbx_mailbox_index(mailbox);
	open->fd = -1;
	if (open->flags & MAILBOX_OPEN_NOFD)
		error = mbx_reply(request);
	else
		error = mbx_reply_with_file(request,
					    mbx_handle_file(mailbox, client->net,
							    open->rights,
							    open->handle_flags),
					    &open->fd);
	/* It died while we looked at it: it is not there any more. */
	if (error == -EIDRM)
		error = -ENOENT;
put_mailbox:
	mbx_mailbox_put(mailbox);
	return error;
}

int mbx_op_restrict(struct mbx_request *request)
{
	struct mailbox_restrict *restricted = &request->argument.restricted;
	struct mbx_handle *handle = mbx_handle_of(request->file);

	if (restricted->reserved ||
	    !mbx_rights_valid(restricted->rights, restricted->handle_flags))
		return -EINVAL;
	if (restricted->rights & ~READ_ONCE(handle->rights))
		return -EBADF;
	return mbx_reply_with_file(request,
				   mbx_handle_file_restricted(handle,
							      restricted->rights,
							      restricted->handle_flags),
				   &restricted->fd);
}

int mbx_op_shutdown(struct mbx_request *request)
{
	const struct mailbox_shutdown *shutdown = &request->argument.shutdown;
	struct mbx_handle *handle = mbx_handle_of(request->file);

	if (!shutdown->rights || shutdown->reserved ||
	    (shutdown->rights & ~(MAILBOX_RIGHT_SEND | MAILBOX_RIGHT_RECEIVE)) ||
	    !mbx_handle_endpoint(handle))
		return -EINVAL;
	return mbx_handle_shutdown(handle, shutdown->rights);
}
