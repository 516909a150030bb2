// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>

#include <linux/mailbox.h>

#include "access.h"
#include "client.h"
#include "handle.h"
#include "name.h"
#include "policy.h"
#include "quota.h"
#include "seat.h"
#include "target.h"

/* May the calling task do this with a mailbox it has by ID? */
static int id_check(struct mbx_client *client, struct mbx_mailbox *mailbox,
		    u32 right)
{
	int error;

	if (right & MBX_RIGHT_SEE)
		error = mbx_access_check_see(mailbox);
	else if (right & MBX_RIGHT_LOOK)
		error = mbx_access_check_look(mailbox);
	else
		error = mbx_access_check(mailbox, right);
	if (error)
		return error;
	/* With ALL, messages wait at the handles: there is none here. */
	if ((right & MAILBOX_RIGHT_RECEIVE) && mbx_mailbox_multicast(mailbox))
		return -EINVAL;
	if ((right & MAILBOX_RIGHT_SEND) && mailbox->port)
		return -EINVAL;
	if ((right & MBX_RIGHT_TRACE) ||
	    (mbx_policy_claims(mailbox) && (right & MAILBOX_RIGHT_SEND)))
		return mbx_client_trace(client, mailbox);
	return 0;
}

/* A mailbox by its ID. */
static struct mbx_mailbox *id_find(struct mbx_client *client, u64 id, u32 right)
{
	struct mbx_mailbox *mailbox = mbx_name_find_id(client->net, id);
	int error;

	if (!mailbox)
		return ERR_PTR(-ENOENT);
	error = mailbox->internal ? -ENOENT : id_check(client, mailbox, right);
	if (error) {
		mbx_mailbox_put(mailbox);
		return ERR_PTR(error);
	}
	return mailbox;
}

/* SELF or NOTIFY, which are the calling process's only. */
static struct mbx_mailbox *reserved_find(struct mbx_client *client, u64 id,
					 u32 right)
{
	struct mbx_mailbox *mailbox;
	int error;

	if (id == MAILBOX_ID_SELF)
		mailbox = client->seat->self;
	else if (id == MAILBOX_ID_NOTIFY && !(right & MAILBOX_RIGHT_SEND))
		mailbox = client->seat->notify;
	else
		return ERR_PTR(!id || id == MAILBOX_ID_NOTIFY ? -EINVAL :
							-ENOENT);
	if (!mbx_seat_mine(client->seat))
		return ERR_PTR(-EOWNERDEAD);
	error = right & MBX_RIGHT_TRACE ? mbx_client_trace(client, mailbox) : 0;
	if (error)
		return ERR_PTR(error);
	mbx_mailbox_get(mailbox);
	return mailbox;
}

static int seat_link(struct mbx_client *client, struct mbx_seat *seat,
		     u32 right)
{
	int error = mbx_seat_check_send(seat);

	if (!error && (right & MBX_RIGHT_TRACE))
		error = mbx_client_trace(client, seat->self);
	if (!error && (right & MAILBOX_RIGHT_SEND))
		error = mbx_links_add(&seat->links);
	return error;
}

/* The SELF of the process @pid. */
static struct mbx_mailbox *process_find(struct mbx_client *client, u64 pid,
					u32 right)
{
	struct mbx_mailbox *mailbox;
	struct mbx_seat *seat;
	int error;

	if (!pid || pid > INT_MAX)
		return ERR_PTR(-EINVAL);
	seat = mbx_seat_find_pid(client->net, pid);
	if (!seat)
		return ERR_PTR(-ESRCH);
	error = seat_link(client, seat, right);
	mailbox = error ? ERR_PTR(error) : seat->self;
	if (!error)
		mbx_mailbox_get(mailbox);
	mbx_seat_put(seat);
	return mailbox;
}

int mbx_target_find(struct mbx_target *target, struct mbx_client *client,
		    u64 id, u32 right)
{
	struct mbx_mailbox *mailbox;

	if (right & MBX_RIGHT_PROCESS)
		mailbox = process_find(client, id, right);
	else if (id >= MAILBOX_ID_FIRST)
		mailbox = id_find(client, id, right);
	else
		mailbox = reserved_find(client, id, right);
	if (IS_ERR(mailbox))
		return PTR_ERR(mailbox);
	target->mailbox = mailbox;
	target->inbox = &mailbox->inbox;
	target->handle = NULL;
	target->client = client;
	target->terms.via = client;
	target->terms.quota = client->quota;
	return 0;
}

int mbx_target_check(const struct mbx_handle *handle, u64 id, u32 right)
{
	struct mbx_mailbox *mailbox = handle->mailbox;

	if (id != mailbox->record.id || (right & MBX_RIGHT_PROCESS) ||
	    !(right & MBX_RIGHT_NAMED) || mbx_handle_endpoint(handle) ||
	    mbx_mailbox_multicast(mailbox))
		return -EINVAL;
	if (READ_ONCE(mailbox->dead))
		return -ENOENT;
	return mbx_access_check(mailbox, right);
}

int mbx_target_pay(struct mbx_target *target)
{
	struct mbx_quota *quota = mbx_quota_get(current_uid());

	if (!quota) {
		mbx_target_put(target);
		return -ENOMEM;
	}
	target->own_quota = true;
	target->terms.quota = quota;
	return 0;
}

struct mbx_seat *mbx_target_seat(const struct mbx_target *target)
{
	struct mbx_seat *seat;

	if (!target->client) {
		seat = mbx_seat_find(target->handle->net, task_tgid(current));
		return seat ?: ERR_PTR(-ESRCH);
	}
	seat = target->client->seat;
	if (!mbx_seat_mine(seat))
		return ERR_PTR(-EOWNERDEAD);
	refcount_inc(&seat->refs);
	return seat;
}

struct net *mbx_target_net(const struct mbx_target *target)
{
	return target->client ? target->client->net : target->handle->net;
}
