/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A view: an open file that stands for a section, with some rights, and can be
 * mapped.
 *
 * A mapping is handed over to a file of shared memory, which is the section's
 * opened once more for this view, with its rights: one that may only read has no
 * file that could be written through, whatever is done to the mapping later.
 * That file also tells when the view and all its mappings are gone.  It keeps the
 * module loaded.
 */
#ifndef MBX_VIEW_H
#define MBX_VIEW_H

#include <linux/fs.h>
#include <linux/types.h>

struct mbx_section;
struct net;

/**
 * struct mbx_view - a view; constant
 * @section: its section; a reference
 * @memory: the file that its mappings refer to, and holds the section
 * @rights: MAILBOX_SECTION_*
 * @net: the namespace it was made in; a reference
 */
struct mbx_view {
	struct mbx_section *section;
	struct file *memory;
	u32 rights;
	struct net *net;
};

/**
 * mbx_view_file - a new file that is a view
 * @section: of this section
 * @net: made in this namespace
 * @rights: MAILBOX_SECTION_*, with READ
 *
 * Return: the file, or an ERR_PTR(): -EIDRM if the section is dead, -ENOMEM,
 * -ENFILE.
 */
struct file *mbx_view_file(struct mbx_section *section, struct net *net,
			   u32 rights);

/* To be called before the first view is made: 0 or -errno. */
int mbx_view_init(void);

extern const struct file_operations mbx_view_fops;

/* The view that @file is, or NULL. */
static inline struct mbx_view *mbx_view_of(const struct file *file)
{
	return file->f_op == &mbx_view_fops ? file->private_data : NULL;
}

#endif /* MBX_VIEW_H */
