/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Links: which processes send to this one by naming it.
 *
 * A link comes into being with the first such send of a process and lasts as
 * long as both do; there is one to a pair and direction.  Messages do not pass
 * through it: they are in the receiver's mailbox, in the order in which they
 * were sent.
 */
#ifndef MBX_LINK_H
#define MBX_LINK_H

#include <linux/rbtree.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct pid;

/**
 * struct mbx_links - the links to one process
 * @lock: a leaf
 * @tree: struct mbx_link by process; guarded by @lock
 */
struct mbx_links {
	spinlock_t lock;	/* guards @tree */
	struct rb_root tree;
};

void mbx_links_init(struct mbx_links *links);

/* Frees them; nobody else uses them any more. */
void mbx_links_free(struct mbx_links *links);

/* There is a link from the calling process, from now on.  0 or -ENOMEM. */
int mbx_links_add(struct mbx_links *links);

/* How many there are from processes that live. */
unsigned int mbx_links_count(struct mbx_links *links);

#endif /* MBX_LINK_H */
