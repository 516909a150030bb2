/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A section: shared memory with an owner, permission bits, seals, an ID and
 * perhaps a name.
 *
 * Under it lies a file of shared memory (shmem) of the kernel's, so that memory
 * control groups, swap, huge pages and the mapping itself are the kernel's own.
 * That file never enters a descriptor table.  What a user has is a view (view.h),
 * for which the file is opened once more, with the view's rights, and it is that
 * file which his mappings refer to.
 *
 * Life.  References (@refs) keep the memory: the registry has one while the
 * section can be found, each holder has one, and each call by ID while it runs.
 * Holders are the views and what is under way in messages; a view that has been
 * closed holds on while it is mapped.  A section is alive until it is destroyed,
 * or its last holder goes and it does not persist.  Dead, it is found no more;
 * the memory goes with the last reference.
 *
 * Locks.  The spinlock is a leaf, as a mailbox's is.  The mutex serialises changes
 * of the length, and is taken with no other lock held.
 *
 * Lookup protocol: as for mailboxes (mailbox.h).
 */
#ifndef MBX_SECTION_H
#define MBX_SECTION_H

#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include "registry.h"

struct file;
struct mbx_quota;
struct pid;

/* The highest bits of a section's ID. */
#define MBX_SECTION_KIND	BIT_ULL(62)

/**
 * struct mbx_section - a section
 * @record: its ID, name and namespace (registry.h)
 * @memory: the file under it; constant, as all up to @refs
 * @seals: MAILBOX_SEAL_*
 * @quota: the user charged for it
 * @creator: the process that made it
 * @refs: references
 * @rcu: frees it
 * @resize: guards changes of @length and what is charged for it
 * @lock: guards all below
 * @dead: 0, or -EIDRM; also read without the lock
 * @persist: lives without holders
 * @mode: permission bits
 * @uid: owner
 * @gid: group
 * @length: bytes
 * @holders: who keeps it alive
 */
struct mbx_section {
	struct mbx_record record;
	struct file *memory;
	u32 seals;
	struct mbx_quota *quota;
	struct pid *creator;

	refcount_t refs;
	struct rcu_head rcu;
	struct mutex resize;	/* guards changes of @length */

	spinlock_t lock;	/* guards all below */
	int dead;
	bool persist;
	u16 mode;
	kuid_t uid;
	kgid_t gid;
	u64 length;
	unsigned int holders;
};

/*
 * How a section is to be, or to become; @flags says which count when it is
 * changed.
 */
struct mbx_section_settings {
	u32 flags;
	u32 seals;
	u64 length;
	u16 mode;
	kuid_t uid;
	kgid_t gid;
};

/**
 * mbx_section_new - a section nobody can find yet
 * @settings: @flags are MAILBOX_CREATE_PERSIST or 0; its owner is the caller's
 *	effective user and group
 * @net: its namespace, which the caller holds
 *
 * Return: the section with one reference, or an ERR_PTR(): -EINVAL (no length, or
 * one beyond all measure), -EDQUOT, -ENOMEM, -ENFILE.
 */
struct mbx_section *mbx_section_new(const struct mbx_section_settings *settings,
				    struct net *net);

static inline void mbx_section_get(struct mbx_section *section)
{
	refcount_inc(&section->refs);
}

void mbx_section_put(struct mbx_section *section);

/*
 * Gives it its ID and its name, and publishes it, as mbx_registry_add() does.
 * The caller is a holder, or it persists.
 */
int mbx_section_register(struct mbx_section *section, char *name, u32 length);

/* Takes its name from it, and PERSIST.  0, or -EIDRM. */
int mbx_section_unlink(struct mbx_section *section);

/* Ends it.  0, or -EIDRM: it is dead already. */
int mbx_section_destroy(struct mbx_section *section);

/* One holder more, with a reference; 0, or -EIDRM. */
int mbx_section_attach(struct mbx_section *section);

/* One less, with its reference. */
void mbx_section_detach(struct mbx_section *section);

/* 0, or -EIDRM if it is dead. */
int mbx_section_error(struct mbx_section *section);

/* Its length now (bytes). */
u64 mbx_section_length(struct mbx_section *section);

/* May the calling task have @rights, MAILBOX_SECTION_*?  0, -EACCES, -EPERM. */
int mbx_section_check(struct mbx_section *section, u32 rights);

/* May it look: owns it, or may read it?  0, -EACCES. */
int mbx_section_check_look(struct mbx_section *section);

/*
 * Changes what @settings->flags, MAILBOX_SET_*, name: all of it or nothing.  0,
 * -EIDRM, -EPERM, -EINVAL (a length beyond all measure), -EDQUOT, -ENOMEM.
 */
int mbx_section_change(struct mbx_section *section,
		       const struct mbx_section_settings *settings);

/* Each returns a living section of @net with a reference, or NULL. */
struct mbx_section *mbx_section_find_id(const struct net *net, u64 id);
struct mbx_section *mbx_section_find(const struct net *net, const char *name,
				     u32 length);

/* Walks the sections of a namespace, as mbx_name_next() the mailboxes. */
struct mbx_section *mbx_section_next(const struct net *net, u64 *cursor);

#endif /* MBX_SECTION_H */
