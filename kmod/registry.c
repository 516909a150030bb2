// SPDX-License-Identifier: GPL-2.0-only
#include <linux/lockdep.h>
#include <linux/string.h>

#include "registry.h"

static int name_compare(const struct net *net, const char *name, u32 length,
			const struct mbx_record *record)
{
	int order;

	if (net != record->net)
		return net < record->net ? -1 : 1;
	order = memcmp(name, record->name, min(length, record->name_length));
	if (order)
		return order;
	return (length > record->name_length) - (length < record->name_length);
}

struct mbx_record *mbx_registry_find_locked(struct mbx_registry *registry,
					    const struct net *net,
					    const char *name, u32 length)
{
	struct rb_node *rb = registry->names.rb_node;

	lockdep_assert_held(&registry->mutex);
	while (rb) {
		struct mbx_record *record = rb_entry(rb, struct mbx_record,
						     node);
		int order = name_compare(net, name, length, record);

		if (!order)
			return record;
		rb = order < 0 ? rb->rb_left : rb->rb_right;
	}
	return NULL;
}

static void name_link_locked(struct mbx_registry *registry,
			     struct mbx_record *record)
{
	struct rb_node **link = &registry->names.rb_node;
	struct rb_node *parent = NULL;

	lockdep_assert_held(&registry->mutex);
	while (*link) {
		const struct mbx_record *other;

		parent = *link;
		other = rb_entry(parent, struct mbx_record, node);
		if (name_compare(record->net, record->name,
				 record->name_length, other) < 0)
			link = &parent->rb_left;
		else
			link = &parent->rb_right;
	}
	rb_link_node(&record->node, parent, link);
	rb_insert_color(&record->node, &registry->names);
	WRITE_ONCE(record->named, true);
}

static bool name_unlink_locked(struct mbx_registry *registry,
			       struct mbx_record *record)
{
	lockdep_assert_held(&registry->mutex);
	if (!record->named)
		return false;
	rb_erase(&record->node, &registry->names);
	WRITE_ONCE(record->named, false);
	return true;
}

/* A name is free if nobody has it, or an object that has died. */
static bool name_free_locked(struct mbx_registry *registry,
			     const struct net *net, const char *name,
			     u32 length)
{
	struct mbx_record *other;

	other = mbx_registry_find_locked(registry, net, name, length);
	if (other && registry->alive(other))
		return false;
	if (other)
		name_unlink_locked(registry, other);
	return true;
}

static int id_alloc_locked(struct mbx_registry *registry,
			   struct mbx_record *record)
{
	u32 index;
	int wrapped;

	lockdep_assert_held(&registry->mutex);
	if (record->wanted && !xa_insert(&registry->by_index, record->wanted,
					 NULL, GFP_KERNEL_ACCOUNT)) {
		/* A cycle of its own: its ID was never another's, nor will be. */
		record->id = registry->kind | ++registry->cycle << 31 |
			     record->wanted;
		registry->cycle++;
		return 0;
	}
	/* The place is reserved with NULL: nobody finds the object yet. */
	wrapped = xa_alloc_cyclic(&registry->by_index, &index, NULL,
				  XA_LIMIT(MAILBOX_ID_FIRST, MBX_INDEX_MASK),
				  &registry->next_index, GFP_KERNEL_ACCOUNT);
	if (wrapped < 0)
		return wrapped == -EBUSY ? -ENOSPC : wrapped;
	registry->cycle += wrapped;
	record->id = registry->kind | registry->cycle << 31 | index;
	return 0;
}

int mbx_registry_add(struct mbx_registry *registry, struct mbx_record *record,
		     char *name, u32 length)
{
	int error;

	mutex_lock(&registry->mutex);
	if (name && !name_free_locked(registry, record->net, name, length)) {
		error = -EEXIST;
		goto unlock;
	}
	error = id_alloc_locked(registry, record);
	if (error)
		goto unlock;
	record->name = name;
	record->name_length = length;
	if (name)
		name_link_locked(registry, record);
	record->registered = true;
	/* Published last; the place is there, so this cannot fail. */
	xa_store(&registry->by_index, record->id & MBX_INDEX_MASK, record, 0);
unlock:
	mutex_unlock(&registry->mutex);
	return error;
}

bool mbx_registry_remove_locked(struct mbx_registry *registry,
				struct mbx_record *record)
{
	lockdep_assert_held(&registry->mutex);
	if (!record->registered)
		return false;
	name_unlink_locked(registry, record);
	xa_erase(&registry->by_index, record->id & MBX_INDEX_MASK);
	record->registered = false;
	return true;
}

bool mbx_registry_remove(struct mbx_registry *registry,
			 struct mbx_record *record)
{
	bool removed;

	mutex_lock(&registry->mutex);
	removed = mbx_registry_remove_locked(registry, record);
	mutex_unlock(&registry->mutex);
	return removed;
}

bool mbx_registry_unlink(struct mbx_registry *registry,
			 struct mbx_record *record)
{
	bool unlinked;

	mutex_lock(&registry->mutex);
	unlinked = name_unlink_locked(registry, record);
	mutex_unlock(&registry->mutex);
	return unlinked;
}

struct mbx_record *mbx_registry_next(struct mbx_registry *registry,
				     const struct net *net, u64 *cursor)
{
	unsigned long index = *cursor;
	struct mbx_record *record;

	if (*cursor > MBX_INDEX_MASK)
		return NULL;
	xa_for_each_start(&registry->by_index, index, record, index) {
		*cursor = (u64)index + 1;
		if (!net || record->net == net)
			return record;
	}
	return NULL;
}
