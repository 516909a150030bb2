// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/sched/signal.h>
#include <linux/uidgid.h>

#include "client.h"
#include "lifetime.h"
#include "ioctl.h"
#include "limits.h"
#include "mailbox.h"
#include "name.h"
#include "settings.h"
#include "target.h"

/* x only for some: see mbx_settings_apply(). */
#define SET_MODE_BITS	0777

int mbx_op_destroy(struct mbx_request *request)
{
	struct mbx_target target;
	int error;

	error = mbx_target_get(&target, request->file,
			       request->argument.target.id,
			       MAILBOX_RIGHT_MANAGE);
	if (error)
		return error;
	error = target.mailbox->internal ? -EINVAL :
					   mbx_lifetime_destroy(target.mailbox);
	if (!error) {
		mbx_name_unregister(target.mailbox);
		if (target.client)
			mbx_client_forget(target.client, target.mailbox);
	}
	mbx_target_put(&target);
	return error;
}

static int mailbox_error(struct mbx_mailbox *mailbox)
{
	int error;

	spin_lock(&mailbox->lock);
	error = mbx_mailbox_error_locked(mailbox, false);
	spin_unlock(&mailbox->lock);
	return error;
}

int mbx_op_unlink(struct mbx_request *request)
{
	struct mbx_target target;
	int error;

	error = mbx_target_get(&target, request->file,
			       request->argument.target.id,
			       MAILBOX_RIGHT_MANAGE);
	if (error)
		return error;
	error = target.mailbox->internal ? -EINVAL :
					   mailbox_error(target.mailbox);
	if (!error) {
		mbx_name_unlink(target.mailbox);
		if (mbx_lifetime_unpersist(target.mailbox))
			mbx_name_unregister(target.mailbox);
	}
	mbx_target_put(&target);
	return error;
}

int mbx_op_release(struct mbx_request *request)
{
	struct mbx_target target;
	int error;

	error = mbx_target_get(&target, request->file,
			       request->argument.target.id, MBX_RIGHT_NONE);
	if (error)
		return error;
	error = mailbox_error(target.mailbox);
	if (!error && !mbx_lifetime_end_claims(target.mailbox,
					       task_tgid(current), NULL))
		error = -EINVAL;
	mbx_target_put(&target);
	return error;
}

/* A field counts only with its flag, and is 0 without. */
static bool given(const struct mailbox_set *set, u32 flag, u32 value)
{
	return (set->flags & flag) || !value;
}

static int set_check(const struct mailbox_set *set)
{
	if (!set->flags ||
	    !given(set, MAILBOX_SET_MODE, set->mode) ||
	    !given(set, MAILBOX_SET_UID, set->uid) ||
	    !given(set, MAILBOX_SET_GID, set->gid) ||
	    !given(set, MAILBOX_SET_CAPACITY, set->capacity) ||
	    !given(set, MAILBOX_SET_MAX_MESSAGE, set->max_message) ||
	    !given(set, MAILBOX_SET_MAX_BYTES, set->max_bytes) ||
	    !given(set, MAILBOX_SET_LOW_WATER, set->low_water) || set->reserved)
		return -EINVAL;
	if (set->mode & ~SET_MODE_BITS)
		return -EINVAL;
	if ((set->flags & MAILBOX_SET_CAPACITY) &&
	    (!set->capacity || set->capacity > MAILBOX_CAPACITY_MAX))
		return -EINVAL;
	if (set->max_message > mbx_limit(message_max))
		return -EINVAL;
	return 0;
}

static int settings_read(struct mbx_settings *settings,
			 const struct mailbox_set *set)
{
	int error = set_check(set);

	if (error)
		return error;
	settings->flags = set->flags;
	settings->mode = set->mode;
	settings->capacity = set->capacity;
	settings->low_water = set->low_water;
	settings->max_message = set->max_message;
	settings->max_bytes = set->max_bytes == U32_MAX ? U64_MAX : set->max_bytes;
	settings->uid = make_kuid(current_user_ns(), set->uid);
	settings->gid = make_kgid(current_user_ns(), set->gid);
	if ((set->flags & MAILBOX_SET_UID) && !uid_valid(settings->uid))
		return -EINVAL;
	if ((set->flags & MAILBOX_SET_GID) && !gid_valid(settings->gid))
		return -EINVAL;
	return 0;
}

int mbx_op_set(struct mbx_request *request)
{
	const struct mailbox_set *set = &request->argument.set;
	struct mbx_settings settings;
	struct mbx_target target;
	int error;

	error = settings_read(&settings, set);
	if (error)
		return error;
	error = mbx_target_get(&target, request->file, set->id,
			       MAILBOX_RIGHT_MANAGE);
	if (error)
		return error;
	error = mbx_settings_apply(target.mailbox, &settings);
	mbx_target_put(&target);
	return error;
}
