// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "link.h"
#include "process.h"

/**
 * struct mbx_link - a link
 * @node: in the receiver's links
 * @from: the sending process, with a reference
 */
struct mbx_link {
	struct rb_node node;
	struct pid *from;
};

void mbx_links_init(struct mbx_links *links)
{
	spin_lock_init(&links->lock);
	links->tree = RB_ROOT;
}

static struct mbx_link *link_of(struct rb_node *node)
{
	return rb_entry_safe(node, struct mbx_link, node);
}

static int from_compare(const void *from, const struct rb_node *node)
{
	const struct mbx_link *link = rb_entry(node, struct mbx_link, node);

	if (from == link->from)
		return 0;
	return from < (const void *)link->from ? -1 : 1;
}

static int link_compare(struct rb_node *a, const struct rb_node *b)
{
	return from_compare(link_of(a)->from, b);
}

static void link_free(struct mbx_link *link)
{
	put_pid(link->from);
	kfree(link);
}

/* Takes links of dead processes out, and frees them. */
static void links_prune_locked(struct mbx_links *links)
{
	struct rb_node *node = rb_first(&links->tree);

	lockdep_assert_held(&links->lock);
	while (node) {
		struct mbx_link *link = link_of(node);

		node = rb_next(node);
		if (mbx_process_dead(link->from)) {
			rb_erase(&link->node, &links->tree);
			link_free(link);
		}
	}
}

void mbx_links_free(struct mbx_links *links)
{
	struct mbx_link *link, *next;

	rbtree_postorder_for_each_entry_safe(link, next, &links->tree, node)
		link_free(link);
}

static bool link_exists(struct mbx_links *links)
{
	bool found;

	spin_lock(&links->lock);
	found = rb_find(task_tgid(current), &links->tree, from_compare);
	spin_unlock(&links->lock);
	return found;
}

int mbx_links_add(struct mbx_links *links)
{
	struct mbx_link *link;

	if (link_exists(links))
		return 0;
	link = kmalloc(sizeof(*link), GFP_KERNEL_ACCOUNT);
	if (!link)
		return -ENOMEM;
	link->from = get_pid(task_tgid(current));

	spin_lock(&links->lock);
	/* The dead make room for the new, so that their number is bounded. */
	links_prune_locked(links);
	if (rb_find_add(&link->node, &links->tree, link_compare)) {
		/* Another thread was faster. */
		link_free(link);
	}
	spin_unlock(&links->lock);
	return 0;
}

unsigned int mbx_links_count(struct mbx_links *links)
{
	unsigned int count = 0;
	struct rb_node *node;

	spin_lock(&links->lock);
	links_prune_locked(links);
	for (node = rb_first(&links->tree); node; node = rb_next(node))
		count++;
	spin_unlock(&links->lock);
	return count;
}
