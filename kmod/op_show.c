// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/cred.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "access.h"
#include "client.h"
#include "handle.h"
#include "identity.h"
#include "ioctl.h"
#include "limits.h"
#include "mailbox.h"
#include "name.h"
#include "quota.h"
#include "seat.h"
#include "section.h"
#include "target.h"
#include "uring.h"

static const struct net *net_of(const struct file *file)
{
	const struct mbx_client *client = mbx_client_of(file);

	return client ? client->net : mbx_handle_of(file)->net;
}

int mbx_op_query(struct mbx_request *request)
{
	struct mailbox_query *query = &request->argument.query;
	struct mbx_quota *quota = mbx_quota_get(current_uid());

	if (!quota)
		return -ENOMEM;
	query->version_major = MAILBOX_VERSION_MAJOR;
	query->version_minor = MAILBOX_VERSION_MINOR;
	query->features = MAILBOX_FEATURE_BATCH | MAILBOX_FEATURE_CALL |
			  MAILBOX_FEATURE_DIRECT | MAILBOX_FEATURE_NOTIFY |
			  MAILBOX_FEATURE_PORT | MAILBOX_FEATURE_FORWARD |
			  MAILBOX_FEATURE_KERNEL | MAILBOX_FEATURE_SECTION |
			  MAILBOX_FEATURE_COMPAT | MAILBOX_FEATURE_ATTACH |
			  MAILBOX_FEATURE_LOW_WATER;
	if (mbx_uring_waits())
		query->features |= MAILBOX_FEATURE_URING;
	query->message_default = mbx_limit_message_default();
	query->message_max = mbx_limit(message_max);
	query->user_mailboxes = atomic_long_read(&quota->mailboxes);
	query->user_mailboxes_max = mbx_limit(user_mailboxes);
	query->user_waiting = atomic_long_read(&quota->waiting);
	query->user_waiting_max = mbx_limit(user_waiting);
	query->user_bytes = atomic_long_read(&quota->bytes);
	query->user_bytes_max = mbx_limit(user_bytes);
	query->total_bytes = mbx_quota_total_bytes();
	query->total_bytes_max = mbx_limit(total_bytes);
	query->user_sections = atomic_long_read(&quota->sections);
	query->user_sections_max = mbx_limit(user_sections);
	query->user_section_bytes = atomic_long_read(&quota->section_bytes);
	query->user_section_bytes_max = mbx_limit(user_section_bytes);
	query->user_attachments = atomic_long_read(&quota->attachments);
	query->user_attachments_max = mbx_limit(user_attachments);
	query->sysv_mailboxes = mbx_name_sysv(net_of(request->file));
	query->reserved = 0;
	mbx_quota_put(quota);
	return mbx_reply(request);
}

static u32 create_flags_locked(const struct mbx_mailbox *mailbox)
{
	u32 flags = 0;

	if (mailbox->unbounded)
		flags |= MAILBOX_CREATE_UNBOUNDED;
	if (mailbox->persist)
		flags |= MAILBOX_CREATE_PERSIST;
	if (mailbox->keep_by_senders)
		flags |= MAILBOX_CREATE_KEEP_BY_SENDERS;
	if (mailbox->lossy)
		flags |= MAILBOX_CREATE_LOSSY;
	if (mailbox->no_shares)
		flags |= MAILBOX_CREATE_NO_SHARES;
	if (mailbox->sysv)
		flags |= MAILBOX_CREATE_SYSV;
	if (mailbox->attach)
		flags |= MAILBOX_CREATE_ATTACH;
	if (mailbox->ranked)
		flags |= MAILBOX_CREATE_RANKED;
	if (mailbox->port)
		flags |= MAILBOX_STAT_PORT;
	if (mbx_mailbox_closed_locked(mailbox))
		flags |= MAILBOX_STAT_CLOSED;
	return flags;
}

static void stat_kind_locked(struct mailbox_stat *stat,
			     const struct mbx_mailbox *mailbox)
{
	stat->id = mailbox->record.id;
	stat->index = mbx_mailbox_index(mailbox);
	stat->create_flags = create_flags_locked(mailbox);
	stat->policy = mailbox->policy;
	stat->capacity = mailbox->capacity;
	stat->low_water = mailbox->low_water;
	stat->max_message = mailbox->max_message;
	stat->max_receivers = mailbox->max_receivers;
	stat->mode = mailbox->mode;
	stat->uid = from_kuid_munged(current_user_ns(), mailbox->uid);
	stat->gid = from_kgid_munged(current_user_ns(), mailbox->gid);
	stat->creator_pid = mbx_identity_pid(mailbox->creator);
	stat->max_bytes = min_t(u64, mailbox->max_bytes, U32_MAX);
	stat->creator_uid = from_kuid_munged(current_user_ns(),
					     mailbox->creator_uid);
	stat->creator_gid = from_kgid_munged(current_user_ns(),
					     mailbox->creator_gid);
}

static void stat_history_locked(struct mailbox_stat *stat,
				const struct mbx_mailbox *mailbox)
{
	stat->send_pid = mbx_identity_pid(mailbox->sent.process);
	stat->receive_pid = mbx_identity_pid(mailbox->received.process);
	stat->send_time = mailbox->sent.time;
	stat->receive_time = mailbox->received.time;
	stat->change_time = mailbox->changed;
}

static void stat_state_locked(struct mailbox_stat *stat,
			      const struct mbx_mailbox *mailbox)
{
	unsigned int i;

	stat->messages = mailbox->messages;
	stat->blocked_senders = mailbox->blocked.count;
	stat->waiting_receivers = mailbox->waiting;
	stat->receive_handles = mailbox->receive_handles;
	stat->send_handles = mailbox->send_handles;
	stat->bytes = mailbox->bytes;
	stat->sent = mailbox->counts.sent;
	stat->received = mailbox->counts.received;
	stat->withdrawn = mailbox->counts.withdrawn;
	stat->refused_full = mailbox->counts.refused_full;
	stat->refused_quota = mailbox->counts.refused_quota;
	stat->refused_share = mailbox->counts.refused_share;
	stat->lost = mailbox->counts.lost;
	for (i = 0; i < MBX_CLAIMS; i++)
		stat->claims[i] = mbx_identity_pid(mailbox->claims[i].process);
}

static void stat_name(struct mailbox_stat *stat,
		      const struct mbx_mailbox *mailbox)
{
	if (!READ_ONCE(mailbox->record.named))
		return;
	stat->name_length = mailbox->record.name_length;
	memcpy(stat->name, mailbox->record.name, mailbox->record.name_length);
}

static void stat_peer(struct mailbox_stat *stat,
		      const struct mbx_identity *peer)
{
	if (!peer->process)
		return;
	stat->peer_pid = mbx_identity_pid(peer->process);
	stat->peer_uid = from_kuid_munged(current_user_ns(), peer->uid);
	stat->peer_gid = from_kgid_munged(current_user_ns(), peer->gid);
}

static int stat_fill(struct mailbox_stat *stat, const struct mbx_target *target)
{
	struct mbx_mailbox *mailbox = target->mailbox;
	u32 size = stat->size;
	int error;

	/* All but the size is output, and nothing of the caller's stays. */
	memset(stat, 0, sizeof(*stat));
	stat->size = size;

	spin_lock(&mailbox->lock);
	error = mbx_mailbox_error_locked(mailbox, false);
	if (!error) {
		stat_kind_locked(stat, mailbox);
		stat_state_locked(stat, mailbox);
		stat_history_locked(stat, mailbox);
		if (target->inbox != &mailbox->inbox) {
			stat->handle_messages = target->inbox->held;
			stat->handle_lost = target->inbox->lost;
		}
	}
	spin_unlock(&mailbox->lock);
	if (error)
		return error;
	stat_name(stat, mailbox);
	if (target->handle)
		stat_peer(stat, &target->handle->peer);
	if (target->client && mailbox == target->client->seat->self)
		stat->links = mbx_links_count(&target->client->seat->links);
	return 0;
}

int mbx_op_stat(struct mbx_request *request)
{
	struct mbx_target target;
	int error;

	error = mbx_target_get(&target, request->file,
			       request->argument.stat.id, MBX_RIGHT_SEE);
	if (error)
		return error;
	error = stat_fill(&request->argument.stat, &target);
	mbx_target_put(&target);
	return error ?: mbx_reply(request);
}

static bool listed(struct mbx_mailbox *mailbox)
{
	return !READ_ONCE(mailbox->dead) && !mailbox->internal &&
	       !mbx_access_check_see(mailbox);
}

/*
 * Each gives the ID of the next one there is, 0 if it is not for the caller to
 * see; false at the end.
 */
static bool mailbox_next(const struct net *net, u64 *cursor, u64 *id)
{
	struct mbx_mailbox *mailbox = mbx_name_next(net, cursor);

	if (!mailbox)
		return false;
	*id = listed(mailbox) ? mailbox->record.id : 0;
	mbx_mailbox_put(mailbox);
	return true;
}

static bool section_next(const struct net *net, u64 *cursor, u64 *id)
{
	struct mbx_section *section = mbx_section_next(net, cursor);

	if (!section)
		return false;
	*id = mbx_section_error(section) || mbx_section_check_look(section) ?
	      0 : section->record.id;
	mbx_section_put(section);
	return true;
}

int mbx_op_list(struct mbx_request *request)
{
	struct mailbox_list *list = &request->argument.list;
	const struct mbx_client *client = mbx_client_of(request->file);
	__u64 __user *ids = u64_to_user_ptr(list->ids);
	u32 room = list->count, count = 0;
	u64 cursor = list->cursor;

	if (list->reserved || !room || room > MAILBOX_LIST_MAX)
		return -EINVAL;
	while (count < room) {
		bool more;
		u64 id;

		if (list->flags & MAILBOX_LIST_SECTIONS)
			more = section_next(client->net, &cursor, &id);
		else
			more = mailbox_next(client->net, &cursor, &id);
		if (!more)
			break;
		if (id && put_user(id, &ids[count++]))
			return -EFAULT;
		cond_resched();
	}
	list->count = count;
	list->cursor = cursor;
	return mbx_reply(request);
}
