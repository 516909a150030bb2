// SPDX-License-Identifier: GPL-2.0-only
#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include <linux/mailbox.h>

#include "access.h"
#include "compat.h"
#include "quota.h"
#include "section.h"
#include "trace.h"

#define MODE_READ	4
#define MODE_WRITE	2

static struct mbx_section *section_of(struct mbx_record *record)
{
	return record ? container_of(record, struct mbx_section, record) : NULL;
}

static bool alive(const struct mbx_section *section)
{
	return !READ_ONCE(section->dead);
}

static bool record_alive(const struct mbx_record *record)
{
	return alive(container_of(record, struct mbx_section, record));
}

static struct mbx_registry sections =
	MBX_REGISTRY_INIT(sections, MBX_SECTION_KIND, record_alive);

/* What is charged for so many bytes. */
static unsigned long charge_of(u64 length)
{
	return PAGE_ALIGN(length);
}

static bool length_valid(u64 length)
{
	/* Whole pages of it can be counted and mapped. */
	return length && length <= min_t(u64, MAX_LFS_FILESIZE, LONG_MAX) -
				   PAGE_SIZE;
}

static int section_charge(struct mbx_quota *quota, u64 length)
{
	int error;

	error = mbx_quota_charge_section(quota);
	if (error)
		return error;
	error = mbx_quota_charge_section_bytes(quota, charge_of(length));
	if (error)
		mbx_quota_uncharge_section(quota);
	return error;
}

static void section_uncharge(struct mbx_quota *quota, u64 length)
{
	mbx_quota_uncharge_section_bytes(quota, charge_of(length));
	mbx_quota_uncharge_section(quota);
}

/* The file under a section, with the seals that it keeps itself. */
static struct file *memory_new(u64 length, u32 seals)
{
	struct file *memory = mbx_shmem_file("mailbox-section", length);

	/* No inode: to shared memory, for want of space. */
	if (memory == ERR_PTR(-ENOSPC))
		return ERR_PTR(-ENOMEM);
	if (IS_ERR(memory))
		return memory;
	if (seals & MAILBOX_SEAL_SHRINK)
		SHMEM_I(file_inode(memory))->seals |= F_SEAL_SHRINK;
	if (seals & MAILBOX_SEAL_GROW)
		SHMEM_I(file_inode(memory))->seals |= F_SEAL_GROW;
	return memory;
}

static void section_init(struct mbx_section *section,
			 const struct mbx_section_settings *settings,
			 struct net *net)
{
	section->record.net = net;
	section->seals = settings->seals;
	section->creator = get_pid(task_tgid(current));
	refcount_set(&section->refs, 1);
	mutex_init(&section->resize);
	spin_lock_init(&section->lock);
	section->persist = settings->flags & MAILBOX_CREATE_PERSIST;
	section->mode = settings->mode;
	section->uid = current_euid();
	section->gid = current_egid();
	section->length = settings->length;
}

struct mbx_section *mbx_section_new(const struct mbx_section_settings *settings,
				    struct net *net)
{
	struct mbx_section *section;
	int error = -ENOMEM;

	if (!length_valid(settings->length))
		return ERR_PTR(-EINVAL);
	section = kzalloc(sizeof(*section), GFP_KERNEL_ACCOUNT);
	if (!section)
		return ERR_PTR(-ENOMEM);
	section->quota = mbx_quota_get(current_uid());
	if (!section->quota)
		goto free_section;
	error = section_charge(section->quota, settings->length);
	if (error)
		goto put_quota;
	section->memory = memory_new(settings->length, settings->seals);
	if (IS_ERR(section->memory)) {
		error = PTR_ERR(section->memory);
		goto uncharge;
	}
	section_init(section, settings, net);
	return section;

uncharge:
	section_uncharge(section->quota, settings->length);
put_quota:
	mbx_quota_put(section->quota);
free_section:
	kfree(section);
	return ERR_PTR(error);
}

void mbx_section_put(struct mbx_section *section)
{
	if (!refcount_dec_and_test(&section->refs))
		return;
	WARN_ON_ONCE(section->holders);
	fput(section->memory);
	section_uncharge(section->quota, section->length);
	mbx_quota_put(section->quota);
	put_pid(section->creator);
	kfree(section->record.name);
	kfree_rcu(section, rcu);
}

static int error_locked(const struct mbx_section *section)
{
	lockdep_assert_held(&section->lock);
	return section->dead;
}

int mbx_section_error(struct mbx_section *section)
{
	int error;

	spin_lock(&section->lock);
	error = error_locked(section);
	spin_unlock(&section->lock);
	return error;
}

u64 mbx_section_length(struct mbx_section *section)
{
	u64 length;

	spin_lock(&section->lock);
	length = section->length;
	spin_unlock(&section->lock);
	return length;
}

/* Does nothing keep it alive any more?  Then it is dead from here on. */
static bool abandon_locked(struct mbx_section *section)
{
	lockdep_assert_held(&section->lock);
	if (section->dead || section->persist || section->holders)
		return false;
	WRITE_ONCE(section->dead, -EIDRM);
	return true;
}

static void section_unregister(struct mbx_section *section)
{
	if (!mbx_registry_remove(&sections, &section->record))
		return;
	trace_mailbox_section_end(section->record.id);
	mbx_section_put(section);
}

int mbx_section_register(struct mbx_section *section, char *name, u32 length)
{
	int error;

	mbx_section_get(section);
	error = mbx_registry_add(&sections, &section->record, name, length);
	if (error)
		mbx_section_put(section);
	return error;
}

int mbx_section_attach(struct mbx_section *section)
{
	int error;

	spin_lock(&section->lock);
	error = error_locked(section);
	if (!error) {
		section->holders++;
		mbx_section_get(section);
	}
	spin_unlock(&section->lock);
	return error;
}

void mbx_section_detach(struct mbx_section *section)
{
	bool abandoned;

	spin_lock(&section->lock);
	section->holders--;
	abandoned = abandon_locked(section);
	spin_unlock(&section->lock);
	if (abandoned)
		section_unregister(section);
	mbx_section_put(section);
}

int mbx_section_unlink(struct mbx_section *section)
{
	bool abandoned;
	int error;

	error = mbx_section_error(section);
	if (error)
		return error;
	mbx_registry_unlink(&sections, &section->record);
	spin_lock(&section->lock);
	section->persist = false;
	abandoned = abandon_locked(section);
	spin_unlock(&section->lock);
	if (abandoned)
		section_unregister(section);
	return 0;
}

int mbx_section_destroy(struct mbx_section *section)
{
	int error;

	spin_lock(&section->lock);
	error = error_locked(section);
	if (!error)
		WRITE_ONCE(section->dead, -EIDRM);
	spin_unlock(&section->lock);
	if (!error)
		section_unregister(section);
	return error;
}

static bool owner_locked(const struct mbx_section *section)
{
	return uid_eq(current_euid(), section->uid);
}

static unsigned int mode_bits_locked(const struct mbx_section *section)
{
	return mbx_access_bits(section->uid, section->gid, section->mode);
}

int mbx_section_check(struct mbx_section *section, u32 rights)
{
	unsigned int wanted = 0;
	int error = 0;

	if (rights & MAILBOX_SECTION_READ)
		wanted |= MODE_READ;
	if (rights & MAILBOX_SECTION_WRITE)
		wanted |= MODE_WRITE;

	spin_lock(&section->lock);
	if ((rights & MAILBOX_SECTION_MANAGE) && !owner_locked(section))
		error = -EPERM;
	else if (wanted & ~mode_bits_locked(section))
		error = -EACCES;
	spin_unlock(&section->lock);

	return error && mbx_access_overrides(section->record.net) ? 0 : error;
}

int mbx_section_check_look(struct mbx_section *section)
{
	bool allowed;

	spin_lock(&section->lock);
	allowed = owner_locked(section) ||
		  (mode_bits_locked(section) & MODE_READ);
	spin_unlock(&section->lock);

	return allowed || mbx_access_overrides(section->record.net) ? 0 :
								      -EACCES;
}

static int change_check_locked(const struct mbx_section *section,
			       const struct mbx_section_settings *settings,
			       bool may_chown)
{
	int error = error_locked(section);

	if (error)
		return error;
	if ((settings->flags & MAILBOX_SET_UID) && !may_chown &&
	    !uid_eq(settings->uid, section->uid))
		return -EPERM;
	if ((settings->flags & MAILBOX_SET_GID) && !may_chown &&
	    !gid_eq(settings->gid, section->gid) &&
	    !in_egroup_p(settings->gid))
		return -EPERM;
	return 0;
}

static void change_store_locked(struct mbx_section *section,
				const struct mbx_section_settings *settings)
{
	if (settings->flags & MAILBOX_SET_MODE)
		section->mode = settings->mode;
	if (settings->flags & MAILBOX_SET_UID)
		section->uid = settings->uid;
	if (settings->flags & MAILBOX_SET_GID)
		section->gid = settings->gid;
	if (settings->flags & MAILBOX_SET_LENGTH)
		section->length = settings->length;
}

static int resize_check(const struct mbx_section *section, u64 length)
{
	lockdep_assert_held(&section->resize);
	if (!length_valid(length))
		return -EINVAL;
	if ((section->seals & MAILBOX_SEAL_SHRINK) && length < section->length)
		return -EPERM;
	if ((section->seals & MAILBOX_SEAL_GROW) && length > section->length)
		return -EPERM;
	return 0;
}

/* What is charged is never less than what there is. */
static int section_resize(struct mbx_section *section, u64 length)
{
	unsigned long old = charge_of(section->length);
	unsigned long new = charge_of(length);
	int error;

	error = resize_check(section, length);
	if (error)
		return error;
	if (new > old) {
		error = mbx_quota_charge_section_bytes(section->quota,
						       new - old);
		if (error)
			return error;
	}
	error = vfs_truncate(&section->memory->f_path, length);
	if (error && new > old)
		mbx_quota_uncharge_section_bytes(section->quota, new - old);
	if (!error && new < old)
		mbx_quota_uncharge_section_bytes(section->quota, old - new);
	return error;
}

static int section_change(struct mbx_section *section,
			  const struct mbx_section_settings *settings)
{
	bool may_chown = false;
	int error;

	lockdep_assert_held(&section->resize);
	if (settings->flags & (MAILBOX_SET_UID | MAILBOX_SET_GID))
		may_chown = ns_capable(section->record.net->user_ns, CAP_CHOWN);

	spin_lock(&section->lock);
	error = change_check_locked(section, settings, may_chown);
	spin_unlock(&section->lock);
	if (!error && (settings->flags & MAILBOX_SET_LENGTH))
		error = section_resize(section, settings->length);
	if (error)
		return error;
	spin_lock(&section->lock);
	change_store_locked(section, settings);
	spin_unlock(&section->lock);
	return 0;
}

int mbx_section_change(struct mbx_section *section,
		       const struct mbx_section_settings *settings)
{
	int error;

	mutex_lock(&section->resize);
	error = section_change(section, settings);
	mutex_unlock(&section->resize);
	return error;
}

static bool section_tryget(struct mbx_section *section)
{
	return refcount_inc_not_zero(&section->refs);
}

struct mbx_section *mbx_section_find_id(const struct net *net, u64 id)
{
	struct mbx_section *section;

	rcu_read_lock();
	section = section_of(mbx_registry_load(&sections, id & MBX_INDEX_MASK));
	if (section && (section->record.id != id ||
			section->record.net != net || !alive(section) ||
			!section_tryget(section)))
		section = NULL;
	rcu_read_unlock();
	return section;
}

struct mbx_section *mbx_section_find(const struct net *net, const char *name,
				     u32 length)
{
	struct mbx_section *section;

	mutex_lock(&sections.mutex);
	section = section_of(mbx_registry_find_locked(&sections, net, name,
						      length));
	if (section && alive(section))
		mbx_section_get(section);
	else
		section = NULL;
	mutex_unlock(&sections.mutex);
	return section;
}

struct mbx_section *mbx_section_next(const struct net *net, u64 *cursor)
{
	struct mbx_section *section;

	rcu_read_lock();
	do {
		section = section_of(mbx_registry_next(&sections, net,
						       cursor));
	} while (section && !section_tryget(section));
	rcu_read_unlock();
	return section;
}
