// SPDX-License-Identifier: GPL-2.0-only
#include <linux/anon_inodes.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <net/net_namespace.h>

#include <linux/mailbox.h>

#include "compat.h"
#include "ioctl.h"
#include "section.h"
#include "view.h"

/* Those of a file of shared memory, but for what follows. */
static struct file_operations memory_fops __ro_after_init;	/* set at init */

/* Shared memory's own choice of an address accepts its own files only. */
static unsigned long section_area(const struct mbx_section *section,
				  unsigned long address, unsigned long length,
				  unsigned long offset, unsigned long flags)
{
	struct file *memory = section->memory;

	return memory->f_op->get_unmapped_area(memory, address, length, offset,
					       flags);
}

static unsigned long memory_area(struct file *file, unsigned long address,
				 unsigned long length, unsigned long offset,
				 unsigned long flags)
{
	return section_area(file->private_data, address, length, offset, flags);
}

/* The view is closed, and the last of its mappings is gone. */
static int memory_release(struct inode *inode, struct file *file)
{
	mbx_section_detach(file->private_data);
	return 0;
}

int __init mbx_view_init(void)
{
	struct file *sample = mbx_shmem_file("mailbox", PAGE_SIZE);

	if (IS_ERR(sample))
		return PTR_ERR(sample);
	memory_fops = *sample->f_op;
	memory_fops.owner = THIS_MODULE;
	memory_fops.get_unmapped_area = memory_area;
	memory_fops.release = memory_release;
	fput(sample);
	return 0;
}

static int access_flags(u32 rights)
{
	return rights & MAILBOX_SECTION_WRITE ? O_RDWR : O_RDONLY;
}

/* The section's memory opened once more; a holder of it. */
static struct file *memory_open(struct mbx_section *section, u32 rights)
{
	struct file *memory;
	int error;

	error = mbx_section_attach(section);
	if (error)
		return ERR_PTR(error);
	memory = dentry_open(&section->memory->f_path,
			     access_flags(rights) | O_LARGEFILE,
			     current_cred());
	if (IS_ERR(memory)) {
		mbx_section_detach(section);
		return memory;
	}
	memory->private_data = section;
	/* What is called here is a file of this module: it cannot go away. */
	__module_get(THIS_MODULE);
	fops_put(memory->f_op);
	memory->f_op = &memory_fops;
	return memory;
}

static struct mbx_view *view_new(struct mbx_section *section, struct net *net,
				 u32 rights)
{
	struct mbx_view *view;
	struct file *memory;

	view = kmalloc(sizeof(*view), GFP_KERNEL_ACCOUNT);
	if (!view)
		return ERR_PTR(-ENOMEM);
	memory = memory_open(section, rights);
	if (IS_ERR(memory)) {
		kfree(view);
		return ERR_CAST(memory);
	}
	mbx_section_get(section);
	view->section = section;
	view->memory = memory;
	view->rights = rights;
	view->net = get_net(net);
	return view;
}

static void view_free(struct mbx_view *view)
{
	fput(view->memory);
	mbx_section_put(view->section);
	put_net(view->net);
	kfree(view);
}

struct file *mbx_view_file(struct mbx_section *section, struct net *net,
			   u32 rights)
{
	struct mbx_view *view;
	struct file *file;

	view = view_new(section, net, rights);
	if (IS_ERR(view))
		return ERR_CAST(view);
	file = anon_inode_getfile("[mailbox-section]", &mbx_view_fops, view,
				  O_CLOEXEC | access_flags(rights));
	if (IS_ERR(file)) {
		view_free(view);
		return file;
	}
	return file;
}

/* Does it lie within the section as it is now? */
static bool range_valid(struct mbx_section *section, struct vm_area_struct *vma)
{
	u64 pages = DIV_ROUND_UP_ULL(mbx_section_length(section), PAGE_SIZE);

	return vma->vm_pgoff < pages && vma_pages(vma) <= pages - vma->vm_pgoff;
}

static int view_mmap(struct file *file, struct vm_area_struct *vma)
{
	const struct mbx_view *view = file->private_data;
	bool writable = view->rights & MAILBOX_SECTION_WRITE;
	int error;

	error = mbx_section_error(view->section);
	if (error)
		return error;
	if (!range_valid(view->section, vma))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	mbx_vma_clear(vma, VM_MAYEXEC);
	/* The kernel has done this already, by the mode of the file. */
	if ((vma->vm_flags & VM_MAYSHARE) && !writable)
		mbx_vma_clear(vma, VM_MAYWRITE);

	error = mbx_vma_map(view->memory, vma);
	if (error)
		return error;
	vma_set_file(vma, view->memory);
	return 0;
}

static unsigned long view_area(struct file *file, unsigned long address,
			       unsigned long length, unsigned long offset,
			       unsigned long flags)
{
	const struct mbx_view *view = file->private_data;

	return section_area(view->section, address, length, offset, flags);
}

static int view_release(struct inode *inode, struct file *file)
{
	view_free(file->private_data);
	return 0;
}

static void view_show(struct seq_file *seq, struct file *file)
{
	const struct mbx_view *view = file->private_data;

	seq_printf(seq, "mailbox-section:\t%llu\n", view->section->record.id);
}

const struct file_operations mbx_view_fops = {
	.owner = THIS_MODULE,
	.mmap = view_mmap,
	.get_unmapped_area = view_area,
	.release = view_release,
	.show_fdinfo = view_show,
	.unlocked_ioctl = mbx_ioctl_section,
	.compat_ioctl = compat_ptr_ioctl,
};
