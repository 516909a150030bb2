// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/rcupdate.h>
#include <linux/string.h>
#include <linux/xarray.h>

#include <linux/mailbox.h>

#include "mailbox.h"
#include "name.h"

static DEFINE_MUTEX(name_mutex);	/* guards all below */
static DEFINE_XARRAY_ALLOC(name_by_index);
static struct rb_root name_tree = RB_ROOT;
static u32 next_index = MAILBOX_ID_FIRST;
static u64 cycle;

static int name_compare(const struct net *net, const char *name, u32 length,
			const struct mbx_mailbox *mailbox)
{
	int order;

	if (net != mailbox->net)
		return net < mailbox->net ? -1 : 1;
	order = memcmp(name, mailbox->name, min(length, mailbox->name_length));
	if (order)
		return order;
	return (length > mailbox->name_length) -
	       (length < mailbox->name_length);
}

static struct mbx_mailbox *name_find_locked(const struct net *net,
					    const char *name, u32 length)
{
	struct rb_node *rb = name_tree.rb_node;

	lockdep_assert_held(&name_mutex);
	while (rb) {
		struct mbx_mailbox *mailbox;
		int order;

		mailbox = rb_entry(rb, struct mbx_mailbox, name_node);
		order = name_compare(net, name, length, mailbox);
		if (!order)
			return mailbox;
		rb = order < 0 ? rb->rb_left : rb->rb_right;
	}
	return NULL;
}

static void name_link_locked(struct mbx_mailbox *mailbox)
{
	struct rb_node **link = &name_tree.rb_node;
	struct rb_node *parent = NULL;

	lockdep_assert_held(&name_mutex);
	while (*link) {
		struct mbx_mailbox *other;

		parent = *link;
		other = rb_entry(parent, struct mbx_mailbox, name_node);
		if (name_compare(mailbox->net, mailbox->name,
				 mailbox->name_length, other) < 0)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&mailbox->name_node, parent, link);
	rb_insert_color(&mailbox->name_node, &name_tree);
	WRITE_ONCE(mailbox->named, true);
}

static bool name_unlink_locked(struct mbx_mailbox *mailbox)
{
	lockdep_assert_held(&name_mutex);
	if (!mailbox->named)
		return false;
	rb_erase(&mailbox->name_node, &name_tree);
	WRITE_ONCE(mailbox->named, false);
	return true;
}

static bool alive(const struct mbx_mailbox *mailbox)
{
	return !READ_ONCE(mailbox->dead);
}

/* A name is free if nobody has it, or a mailbox that has died. */
static bool name_free_locked(const struct net *net, const char *name,
			     u32 length)
{
	struct mbx_mailbox *other = name_find_locked(net, name, length);

	if (other && alive(other))
		return false;
	if (other)
		name_unlink_locked(other);
	return true;
}

static int id_alloc_locked(struct mbx_mailbox *mailbox)
{
	u32 index;
	int wrapped;

	lockdep_assert_held(&name_mutex);
	/* The place is reserved with NULL: nobody finds the mailbox yet. */
	wrapped = xa_alloc_cyclic(&name_by_index, &index, NULL,
				  XA_LIMIT(MAILBOX_ID_FIRST, MBX_INDEX_MASK),
				  &next_index, GFP_KERNEL_ACCOUNT);
	if (wrapped < 0)
		return wrapped == -EBUSY ? -ENOSPC : wrapped;
	cycle += wrapped;
	mailbox->id = cycle << 31 | index;
	return 0;
}

int mbx_name_register(struct mbx_mailbox *mailbox, char *name, u32 length)
{
	int error;

	mutex_lock(&name_mutex);
	if (name && !name_free_locked(mailbox->net, name, length)) {
		error = -EEXIST;
		goto unlock;
	}
	error = id_alloc_locked(mailbox);
	if (error)
		goto unlock;
	mailbox->name = name;
	mailbox->name_length = length;
	if (name)
		name_link_locked(mailbox);
	mailbox->registered = true;
	mbx_mailbox_get(mailbox);
	/* Published last; the place is there, so this cannot fail. */
	xa_store(&name_by_index, mbx_mailbox_index(mailbox), mailbox, 0);
unlock:
	mutex_unlock(&name_mutex);
	return error;
}

void mbx_name_unregister(struct mbx_mailbox *mailbox)
{
	bool registered;

	mutex_lock(&name_mutex);
	registered = mailbox->registered;
	if (registered) {
		name_unlink_locked(mailbox);
		xa_erase(&name_by_index, mbx_mailbox_index(mailbox));
		mailbox->registered = false;
	}
	mutex_unlock(&name_mutex);
	if (registered)
		mbx_mailbox_put(mailbox);
}

bool mbx_name_unlink(struct mbx_mailbox *mailbox)
{
	bool unlinked;

	mutex_lock(&name_mutex);
	unlinked = name_unlink_locked(mailbox);
	mutex_unlock(&name_mutex);
	return unlinked;
}

struct mbx_mailbox *mbx_name_find_index(const struct net *net, u32 index)
{
	struct mbx_mailbox *mailbox;

	/* Lookup protocol, with mbx_mailbox_put(). */
	rcu_read_lock();
	mailbox = xa_load(&name_by_index, index);
	if (mailbox && (mailbox->net != net || !alive(mailbox) ||
			!mbx_mailbox_tryget(mailbox)))
		mailbox = NULL;
	rcu_read_unlock();
	return mailbox;
}

struct mbx_mailbox *mbx_name_find_id(const struct net *net, u64 id)
{
	struct mbx_mailbox *mailbox;

	mailbox = mbx_name_find_index(net, id & MBX_INDEX_MASK);
	if (mailbox && mailbox->id != id) {
		mbx_mailbox_put(mailbox);
		mailbox = NULL;
	}
	return mailbox;
}

struct mbx_mailbox *mbx_name_find(const struct net *net, const char *name,
				  u32 length)
{
	struct mbx_mailbox *mailbox;

	mutex_lock(&name_mutex);
	mailbox = name_find_locked(net, name, length);
	if (mailbox && alive(mailbox))
		mbx_mailbox_get(mailbox);
	else
		mailbox = NULL;
	mutex_unlock(&name_mutex);
	return mailbox;
}

struct mbx_mailbox *mbx_name_next(const struct net *net, u64 *cursor)
{
	struct mbx_mailbox *mailbox = NULL;
	unsigned long index = *cursor;

	if (*cursor > MBX_INDEX_MASK)
		return NULL;
	rcu_read_lock();
	xa_for_each_start(&name_by_index, index, mailbox, index) {
		*cursor = (u64)index + 1;
		if ((!net || mailbox->net == net) && mbx_mailbox_tryget(mailbox))
			break;
	}
	rcu_read_unlock();
	return mailbox;
}
