// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/eventfd.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <linux/mount.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include <linux/mailbox.h>

#include "attach.h"
#include "client.h"
#include "compat.h"
#include "handle.h"
#include "lifetime.h"
#include "mailbox.h"
#include "message.h"
#include "quota.h"
#include "section.h"
#include "view.h"

/**
 * struct attached - one thing under way
 * @kind: MAILBOX_ATTACHMENT_*; 0: nothing yet
 * @rights: for the receiver
 * @offset: of a section
 * @length: of a section
 * @mailbox: of a handle; a reference, and counted there
 * @section: of a section; a reference, and a holder
 * @file: a file; a reference
 */
struct attached {
	u32 kind;
	u32 rights;
	u64 offset;
	u64 length;
	union {
		struct mbx_mailbox *mailbox;
		struct mbx_section *section;
		struct file *file;
	};
};

/**
 * struct cargo - the whole of it
 * @parcel: what the message knows of it
 * @quota: who is charged, with a reference; NULL: nobody
 * @items: the things
 */
struct cargo {
	struct mbx_parcel parcel;
	struct mbx_quota *quota;
	struct attached items[];
};

static struct cargo *cargo_of(struct mbx_parcel *parcel)
{
	return container_of(parcel, struct cargo, parcel);
}

static void item_drop(struct attached *item)
{
	switch (item->kind) {
	case MAILBOX_ATTACHMENT_HANDLE:
		mbx_lifetime_land(item->mailbox);
		mbx_mailbox_put(item->mailbox);
		break;
	case MAILBOX_ATTACHMENT_SECTION:
		mbx_section_detach(item->section);
		break;
	case MAILBOX_ATTACHMENT_FILE:
		fput(item->file);
		break;
	}
}

static void cargo_free(struct mbx_parcel *parcel)
{
	struct cargo *cargo = cargo_of(parcel);
	unsigned int i;

	for (i = 0; i < parcel->count; i++)
		item_drop(&cargo->items[i]);
	if (cargo->quota) {
		mbx_quota_uncharge_attachments(cargo->quota, parcel->count);
		mbx_quota_put(cargo->quota);
	}
	kfree(cargo);
}

/* Sending */

static int handle_attach(struct attached *item, struct mbx_handle *handle,
			 const struct mailbox_attachment *from)
{
	int error;

	if (from->rights & (MAILBOX_RIGHT_RECEIVE | MAILBOX_RIGHT_MANAGE))
		return -EPERM;
	if (from->rights != MAILBOX_RIGHT_SEND || from->offset || from->length)
		return -EINVAL;
	/* One end of a channel is one process's, and receives besides. */
	if (mbx_handle_endpoint(handle))
		return -EPERM;
	if (!(READ_ONCE(handle->rights) & MAILBOX_RIGHT_SEND))
		return -EBADF;
	error = mbx_lifetime_fly(handle->mailbox);
	if (error)
		return error;
	mbx_mailbox_get(handle->mailbox);
	item->mailbox = handle->mailbox;
	item->kind = MAILBOX_ATTACHMENT_HANDLE;
	return 0;
}

static int section_attach(struct attached *item, const struct mbx_view *view,
			  const struct mailbox_attachment *from)
{
	struct mbx_section *section = view->section;
	u64 length = mbx_section_length(section);
	int error;

	if (from->rights & MAILBOX_SECTION_MANAGE)
		return -EPERM;
	if (!(from->rights & MAILBOX_SECTION_READ) ||
	    (from->rights & ~MAILBOX_SECTION_RIGHTS) ||
	    from->offset > length || from->length > length - from->offset)
		return -EINVAL;
	if (from->rights & ~view->rights)
		return -EBADF;
	if ((from->rights & MAILBOX_SECTION_WRITE) &&
	    (section->seals & MAILBOX_SEAL_FUTURE_WRITE))
		return -EPERM;
	error = mbx_section_attach(section);
	if (error)
		return error;
	item->section = section;
	item->kind = MAILBOX_ATTACHMENT_SECTION;
	return 0;
}

/* An eventfd is an anonymous file, known by its operations only. */
static bool file_eventfd(struct file *file)
{
	struct eventfd_ctx *context = eventfd_ctx_fileget(file);

	if (IS_ERR(context))
		return false;
	eventfd_ctx_put(context);
	return true;
}

static bool file_shmem(const struct file *file)
{
	const struct inode *inode = file_inode(file);

	return S_ISREG(inode->i_mode) && shmem_mapping(inode->i_mapping);
}

/*
 * File systems of the kernel's own have files of all kinds that look regular, and
 * those of namespaces and processes can be mounted, too.
 */
static bool file_mounted(const struct file *file)
{
	const struct super_block *sb = file_inode(file)->i_sb;

	return !(sb->s_flags & SB_NOUSER) &&
	       !(file->f_path.mnt->mnt_flags & MNT_INTERNAL) &&
	       sb->s_magic != NSFS_MAGIC && sb->s_magic != PID_FS_MAGIC;
}

/* Can it hold no other file?  What is not known to be so is not sent. */
static bool file_leaf(struct file *file)
{
	const struct inode *inode = file_inode(file);

	if (S_ISFIFO(inode->i_mode))
		return true;
	if (S_ISREG(inode->i_mode))
		return file_shmem(file) || file_mounted(file);
	return file_eventfd(file);
}

static int file_attach(struct attached *item, struct file *file,
		       const struct mailbox_attachment *from, bool persist)
{
	if (persist || !file_leaf(file))
		return -EPERM;
	if (from->rights || from->offset || from->length)
		return -EINVAL;
	item->file = get_file(file);
	item->kind = MAILBOX_ATTACHMENT_FILE;
	return 0;
}

static int item_read(struct attached *item,
		     const struct mailbox_attachment __user *user, bool persist)
{
	struct mailbox_attachment from;
	struct mbx_handle *handle;
	struct mbx_view *view;
	struct file *file;
	int error;

	if (copy_from_user(&from, user, sizeof(from)))
		return -EFAULT;
	if (from.kind || from.reserved)
		return -EINVAL;
	item->rights = from.rights;
	item->offset = from.offset;
	item->length = from.length;
	file = fget(from.fd);
	if (!file)
		return -EBADF;
	handle = mbx_handle_of(file);
	view = mbx_view_of(file);
	if (handle)
		error = handle_attach(item, handle, &from);
	else if (view)
		error = section_attach(item, view, &from);
	else
		error = file_attach(item, file, &from, persist);
	fput(file);
	return error;
}

static int head_read(struct mailbox_attachments *head,
		     struct mailbox_attachments __user *user)
{
	u32 size;
	int error;

	if (get_user(size, &user->size))
		return -EFAULT;
	if (size < sizeof(*head))
		return -EINVAL;
	if (size > MAILBOX_SIZE_MAX)
		return -E2BIG;
	error = copy_struct_from_user(head, sizeof(*head), user, size);
	if (error)
		return error;
	return head->flags || (head->seals & ~MAILBOX_SEALS_ALL) ? -EINVAL : 0;
}

static struct cargo *cargo_new(struct mbx_quota *quota, unsigned int count)
{
	struct cargo *cargo;
	int error;

	cargo = kzalloc(struct_size(cargo, items, count), GFP_KERNEL_ACCOUNT);
	if (!cargo)
		return ERR_PTR(-ENOMEM);
	cargo->parcel.free = cargo_free;
	cargo->parcel.count = count;
	if (!quota)
		return cargo;
	error = mbx_quota_charge_attachments(quota, count);
	if (error) {
		kfree(cargo);
		return ERR_PTR(error);
	}
	cargo->quota = mbx_quota_hold(quota);
	return cargo;
}

int mbx_parcel_read(struct mbx_parcel **parcel, u64 user,
		    const struct mbx_mailbox *mailbox, struct mbx_quota *quota)
{
	const struct mailbox_attachment __user *items;
	struct mailbox_attachments head;
	struct cargo *cargo;
	int error = 0;
	u32 i;

	error = head_read(&head, u64_to_user_ptr(user));
	if (error)
		return error;
	if (!head.count || head.count > MAILBOX_ATTACHMENTS_MAX || head.seals)
		return -EINVAL;
	if (quota && !mailbox->attach)
		return -EMSGSIZE;
	if (mbx_mailbox_multicast(mailbox))
		return -EINVAL;
	cargo = cargo_new(quota, head.count);
	if (IS_ERR(cargo))
		return PTR_ERR(cargo);
	items = u64_to_user_ptr(head.items);
	for (i = 0; i < head.count && !error; i++)
		error = item_read(&cargo->items[i], &items[i],
				  READ_ONCE(mailbox->persist));
	if (error)
		cargo_free(&cargo->parcel);
	else
		*parcel = &cargo->parcel;
	return error;
}

/* Receiving */

int mbx_intake_read(struct mbx_intake *intake, u64 user)
{
	int error;

	intake->user = u64_to_user_ptr(user);
	intake->parcel = NULL;
	error = head_read(&intake->head, intake->user);
	/* There are never more. */
	intake->head.count = min_t(u32, intake->head.count,
				   MAILBOX_ATTACHMENTS_MAX);
	return error;
}

static u32 shmem_seals(const struct file *file)
{
	unsigned int seals = SHMEM_I(file_inode(file))->seals;

	return (seals & F_SEAL_SHRINK ? MAILBOX_SEAL_SHRINK : 0) |
	       (seals & F_SEAL_GROW ? MAILBOX_SEAL_GROW : 0) |
	       (seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE) ?
			MAILBOX_SEAL_FUTURE_WRITE : 0);
}

/* Has it the seals that the receiver wants of what can be mapped? */
static bool sealed(const struct attached *item, u32 seals)
{
	switch (item->kind) {
	case MAILBOX_ATTACHMENT_SECTION:
		return !(seals & ~item->section->seals);
	case MAILBOX_ATTACHMENT_FILE:
		if (file_shmem(item->file))
			return !(seals & ~shmem_seals(item->file));
		return !seals || !S_ISREG(file_inode(item->file)->i_mode);
	default:
		return true;
	}
}

/* The new file of a handle or a section. */
static struct file *item_file(const struct attached *item, struct net *net)
{
	if (item->kind == MAILBOX_ATTACHMENT_HANDLE)
		return mbx_handle_file(item->mailbox, net, item->rights, 0);
	return mbx_view_file(item->section, net, item->rights);
}

/* One of them: what cannot be given is its result; an error ends it all. */
static int item_prepare(struct mbx_intake *intake, unsigned int i,
			struct net *net)
{
	const struct attached *item = &cargo_of(intake->parcel)->items[i];
	struct mailbox_attachment *result = &intake->results[i];
	struct file *file;
	int fd;

	result->kind = item->kind;
	result->rights = item->rights;
	result->offset = item->offset;
	result->length = item->length;
	result->fd = sealed(item, intake->head.seals) ? -EAGAIN : -EPERM;
	/* A file has its turn when the message has been received. */
	if (result->fd == -EPERM || item->kind == MAILBOX_ATTACHMENT_FILE)
		return 0;
	file = item_file(item, net);
	if (file == ERR_PTR(-EIDRM)) {
		result->fd = -EIDRM;
		return 0;
	}
	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		fput(file);
		return fd;
	}
	result->fd = fd;
	intake->files[i] = file;
	return 0;
}

int mbx_intake_prepare(struct mbx_intake *intake, struct mbx_parcel *parcel,
		       struct net *net)
{
	unsigned int i;
	int error = 0;

	intake->results = kcalloc(parcel->count, sizeof(*intake->results),
				  GFP_KERNEL_ACCOUNT);
	intake->files = kcalloc(parcel->count, sizeof(*intake->files),
				GFP_KERNEL_ACCOUNT);
	intake->parcel = parcel;
	if (!intake->results || !intake->files)
		error = -ENOMEM;
	for (i = 0; i < parcel->count && !error; i++)
		error = item_prepare(intake, i, net);
	if (error)
		mbx_intake_undo(intake);
	return error;
}

static void intake_end(struct mbx_intake *intake)
{
	kfree(intake->results);
	kfree(intake->files);
	intake->parcel = NULL;
}

void mbx_intake_undo(struct mbx_intake *intake)
{
	unsigned int i;

	if (!intake->parcel)
		return;
	for (i = 0; intake->files && i < intake->parcel->count; i++) {
		if (!intake->files[i])
			continue;
		put_unused_fd(intake->results[i].fd);
		fput(intake->files[i]);
	}
	intake_end(intake);
}

int mbx_intake_tell(const struct mbx_intake *intake, u32 count)
{
	if (intake->parcel &&
	    copy_to_user(u64_to_user_ptr(intake->head.items), intake->results,
			 count * sizeof(*intake->results)))
		return -EFAULT;
	return put_user(count, &intake->user->count) ? -EFAULT : 0;
}

int mbx_intake_fault_in(const struct mbx_intake *intake, u32 count)
{
	if (fault_in_safe_writeable((const char __user *)intake->user,
				    sizeof(*intake->user)) ||
	    fault_in_safe_writeable(u64_to_user_ptr(intake->head.items),
				    count * sizeof(*intake->results)))
		return -EFAULT;
	return 0;
}

/* What it gives is the receiver's from here on, whether he can be told or not. */
static bool file_install(const struct attached *item,
			 struct mailbox_attachment __user *user)
{
	int fd = mbx_receive_fd(item->file, &user->fd);

	return fd >= 0 || (put_user(fd, &user->fd), false);
}

static bool intake_install(struct mbx_intake *intake)
{
	struct mailbox_attachment __user *user =
		u64_to_user_ptr(intake->head.items);
	const struct cargo *cargo = cargo_of(intake->parcel);
	unsigned int count = intake->parcel->count, i;
	bool all = true;

	for (i = 0; i < count; i++) {
		if (intake->files[i])
			fd_install(intake->results[i].fd, intake->files[i]);
		else if (intake->results[i].fd != -EAGAIN)
			all = false;
	}
	for (i = 0; i < count; i++) {
		if (intake->results[i].fd == -EAGAIN &&
		    !file_install(&cargo->items[i], &user[i]))
			all = false;
	}
	intake->parcel->free(intake->parcel);
	intake_end(intake);
	return all;
}

void mbx_intake_install(struct mbx_intake *intake,
			struct mailbox_message *report,
			struct mailbox_message __user *user)
{
	if (intake_install(intake))
		return;
	report->info |= MAILBOX_INFO_PARTIAL;
	/* It could be written a moment ago: the caller took it away. */
	if (put_user(report->info, &user->info))
		return;
}
