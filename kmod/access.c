// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/cleanup.h>
#include <linux/cred.h>
#include <net/net_namespace.h>

#include <linux/mailbox.h>

#include "access.h"
#include "mailbox.h"

#define MODE_RECEIVE	4
#define MODE_SEND	2

static bool owner_locked(const struct mbx_mailbox *mailbox)
{
	return uid_eq(current_euid(), mailbox->uid) ||
	       (mailbox->sysv && uid_eq(current_euid(), mailbox->creator_uid));
}

static bool group_locked(const struct mbx_mailbox *mailbox)
{
	return in_egroup_p(mailbox->gid) ||
	       (mailbox->sysv && in_egroup_p(mailbox->creator_gid));
}

unsigned int mbx_access_bits(kuid_t uid, kgid_t gid, u16 mode)
{
	if (uid_eq(current_euid(), uid))
		return mode >> 6;
	if (in_egroup_p(gid))
		return mode >> 3;
	return mode;
}

static unsigned int mode_bits_locked(const struct mbx_mailbox *mailbox)
{
	if (owner_locked(mailbox))
		return mailbox->mode >> 6;
	if (group_locked(mailbox))
		return mailbox->mode >> 3;
	return mailbox->mode;
}

bool mbx_access_overrides(const struct net *net)
{
	return ns_capable(net->user_ns, CAP_IPC_OWNER);
}

static bool overrides(const struct mbx_mailbox *mailbox)
{
	return mbx_access_overrides(mailbox->record.net);
}

int mbx_access_check(struct mbx_mailbox *mailbox, u32 rights)
{
	unsigned int wanted = 0;
	int error = 0;

	if (rights & MAILBOX_RIGHT_RECEIVE)
		wanted |= MODE_RECEIVE;
	if (rights & MAILBOX_RIGHT_SEND)
		wanted |= MODE_SEND;

	spin_lock(&mailbox->lock);
	if ((rights & MAILBOX_RIGHT_MANAGE) && !owner_locked(mailbox))
		error = -EPERM;
	else if (wanted & ~mode_bits_locked(mailbox))
		error = -EACCES;
	spin_unlock(&mailbox->lock);

	return error && overrides(mailbox) ? 0 : error;
}

int mbx_access_check_look(struct mbx_mailbox *mailbox)
{
	bool allowed;

	spin_lock(&mailbox->lock);
	allowed = owner_locked(mailbox) ||
		  (mode_bits_locked(mailbox) & MODE_RECEIVE);
	spin_unlock(&mailbox->lock);

	return allowed || overrides(mailbox) ? 0 : -EACCES;
}

int mbx_access_check_see(struct mbx_mailbox *mailbox)
{
	return mailbox->sysv ? 0 : mbx_access_check_look(mailbox);
}
