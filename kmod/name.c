// SPDX-License-Identifier: GPL-2.0-only
#include <linux/atomic.h>
#include <linux/rcupdate.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include "mailbox.h"
#include "name.h"
#include "registry.h"

static struct mbx_mailbox *mailbox_of(struct mbx_record *record)
{
	return record ? container_of(record, struct mbx_mailbox, record) : NULL;
}

static bool alive(const struct mbx_mailbox *mailbox)
{
	return !READ_ONCE(mailbox->dead);
}

static bool record_alive(const struct mbx_record *record)
{
	return alive(container_of(record, struct mbx_mailbox, record));
}

static struct mbx_registry mailboxes =
	MBX_REGISTRY_INIT(mailboxes, 0, record_alive);

unsigned int mbx_name_net_id;

/* How many made with SYSV there are. */
static atomic_t *sysv_of(const struct net *net)
{
	struct mbx_name_net *names = net_generic(net, mbx_name_net_id);

	return &names->sysv;
}

unsigned int mbx_name_sysv(const struct net *net)
{
	return atomic_read(sysv_of(net));
}

int mbx_name_register(struct mbx_mailbox *mailbox, char *name, u32 length)
{
	int error;

	mbx_mailbox_get(mailbox);
	if (mailbox->sysv)
		atomic_inc(sysv_of(mailbox->record.net));
	error = mbx_registry_add(&mailboxes, &mailbox->record, name, length);
	if (!error)
		return 0;
	if (mailbox->sysv)
		atomic_dec(sysv_of(mailbox->record.net));
	mbx_mailbox_put(mailbox);
	return error;
}

void mbx_name_unregister(struct mbx_mailbox *mailbox)
{
	bool removed;

	/* As long as it is registered, or the mutex is held, its namespace is there. */
	mutex_lock(&mailboxes.mutex);
	removed = mbx_registry_remove_locked(&mailboxes, &mailbox->record);
	if (removed && mailbox->sysv)
		atomic_dec(sysv_of(mailbox->record.net));
	mutex_unlock(&mailboxes.mutex);
	if (removed)
		mbx_mailbox_put(mailbox);
}

void mbx_name_settle(void)
{
	mutex_lock(&mailboxes.mutex);
	mutex_unlock(&mailboxes.mutex);
}

bool mbx_name_unlink(struct mbx_mailbox *mailbox)
{
	return mbx_registry_unlink(&mailboxes, &mailbox->record);
}

struct mbx_mailbox *mbx_name_find_index(const struct net *net, u32 index)
{
	struct mbx_mailbox *mailbox;

	/* Lookup protocol, with mbx_mailbox_put(). */
	rcu_read_lock();
	mailbox = mailbox_of(mbx_registry_load(&mailboxes, index));
	if (mailbox && (mailbox->record.net != net || !alive(mailbox) ||
			!mbx_mailbox_tryget(mailbox)))
		mailbox = NULL;
	rcu_read_unlock();
	return mailbox;
}

struct mbx_mailbox *mbx_name_find_id(const struct net *net, u64 id)
{
	struct mbx_mailbox *mailbox;

	mailbox = mbx_name_find_index(net, id & MBX_INDEX_MASK);
	if (mailbox && mailbox->record.id != id) {
		mbx_mailbox_put(mailbox);
		mailbox = NULL;
	}
	return mailbox;
}

struct mbx_mailbox *mbx_name_find(const struct net *net, const char *name,
				  u32 length)
{
	struct mbx_mailbox *mailbox;

	mutex_lock(&mailboxes.mutex);
	mailbox = mailbox_of(mbx_registry_find_locked(&mailboxes, net, name,
						      length));
	if (mailbox && alive(mailbox))
		mbx_mailbox_get(mailbox);
	else
		mailbox = NULL;
	mutex_unlock(&mailboxes.mutex);
	return mailbox;
}

struct mbx_mailbox *mbx_name_next(const struct net *net, u64 *cursor)
{
	struct mbx_mailbox *mailbox;

	rcu_read_lock();
	do {
		mailbox = mailbox_of(mbx_registry_next(&mailboxes, net,
						       cursor));
	} while (mailbox && !mbx_mailbox_tryget(mailbox));
	rcu_read_unlock();
	return mailbox;
}
