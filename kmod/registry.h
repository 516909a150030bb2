/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A registry: how objects of one kind are found by ID, by index and by name.
 *
 * IDs and names belong to a network namespace, as the names of abstract UNIX
 * sockets do: a lookup sees only the objects of its own.  The low 31 bits of
 * an ID are the index, handed out in a cycle; the next count the cycles, so
 * that no ID comes twice; the highest tell the kinds apart.
 *
 * One mutex serialises all changes and the lookups by name; a lookup by ID is
 * under RCU and takes no lock.  What is alive, and what a reference is, is for
 * those to say whose objects they are.  A dead one may still be there for a
 * moment: lookups pass it over, and its name can be taken.
 */
#ifndef MBX_REGISTRY_H
#define MBX_REGISTRY_H

#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/types.h>
#include <linux/xarray.h>

#include <linux/mailbox.h>

struct net;

/* The index is the low part of the ID. */
#define MBX_INDEX_MASK	0x7fffffffU

/**
 * struct mbx_record - an object's entry in its registry
 * @id: its ID; set before it is published, then constant, as all but @node and
 *	what follows it
 * @wanted: the index it is to have, if that is free; 0: any
 * @net: its namespace; compared, and dereferenced only by callers who hold it
 * @name: its name, NUL-terminated, or NULL
 * @name_length: bytes in @name
 * @node: in the tree of names; guarded by the registry's mutex, as the next two
 * @named: @node is linked; read without the mutex by STAT
 * @registered: it can be found
 */
struct mbx_record {
	u64 id;
	u32 wanted;
	struct net *net;
	char *name;
	u32 name_length;
	struct rb_node node;
	bool named;
	bool registered;
};

/**
 * struct mbx_registry - the objects of one kind
 * @mutex: guards all below; lookups of @by_index are also under RCU
 * @by_index: the records
 * @names: those with a name
 * @next_index: where to look for a free index
 * @cycle: how often the indices have been used up, or one was wanted
 * @kind: the highest bits of the IDs; constant, as the next
 * @alive: is it still to be found?
 */
struct mbx_registry {
	struct mutex mutex;	/* guards the rest */
	struct xarray by_index;
	struct rb_root names;
	u32 next_index;
	u64 cycle;
	u64 kind;
	bool (*alive)(const struct mbx_record *record);
};

/* The value of one that is empty, whose name is @variable. */
#define MBX_REGISTRY_INIT(variable, kind_bits, alive_function) {	\
	.mutex = __MUTEX_INITIALIZER((variable).mutex),			\
	.by_index = XARRAY_INIT(mbx_registry, XA_FLAGS_ALLOC),	\
	.names = RB_ROOT,						\
	.next_index = MAILBOX_ID_FIRST,					\
	.kind = (kind_bits),						\
	.alive = (alive_function),					\
}

/**
 * mbx_registry_add - give an object its ID and its name, and publish it
 * @registry: where
 * @record: of a new object, ready for use, with @net; the caller has taken the
 *	reference that the registry will hold
 * @name: the name's bytes, without NUL; the record takes the memory over if it
 *	succeeds; NULL: no name
 * @length: how many
 *
 * Return: 0, -EEXIST, -ENOMEM or -ENOSPC.
 */
int mbx_registry_add(struct mbx_registry *registry, struct mbx_record *record,
		     char *name, u32 length);

/* It is found no more.  Was it?  Then the registry's reference is the caller's. */
bool mbx_registry_remove(struct mbx_registry *registry,
			 struct mbx_record *record);
bool mbx_registry_remove_locked(struct mbx_registry *registry,
				struct mbx_record *record);

/* Takes its name from it.  Had it one? */
bool mbx_registry_unlink(struct mbx_registry *registry,
			 struct mbx_record *record);

/* Under RCU: the record with this index, of any namespace, or NULL. */
static inline struct mbx_record *
mbx_registry_load(struct mbx_registry *registry, u32 index)
{
	return xa_load(&registry->by_index, index);
}

/* The record of this name, perhaps a dead one, or NULL. */
struct mbx_record *mbx_registry_find_locked(struct mbx_registry *registry,
					    const struct net *net,
					    const char *name, u32 length);

/*
 * Under RCU: the first record of @net, or of all if it is NULL, from index
 * @cursor on; NULL at the end.  @cursor is moved behind it.
 */
struct mbx_record *mbx_registry_next(struct mbx_registry *registry,
				     const struct net *net, u64 *cursor);

#endif /* MBX_REGISTRY_H */
