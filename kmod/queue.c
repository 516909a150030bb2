// SPDX-License-Identifier: GPL-2.0-only
#include <linux/compiler.h>

#include "queue.h"

static struct mbx_queue_node *leader_of(struct rb_node *rb)
{
	return rb_entry_safe(rb, struct mbx_queue_node, level);
}

/* Makes @node the leader of a new level, or returns the level's leader. */
static struct mbx_queue_node *level_enter(struct mbx_queue *queue,
					  struct mbx_queue_node *node)
{
	struct rb_node **link = &queue->levels.rb_root.rb_node;
	struct rb_node *parent = NULL;
	bool leftmost = true;

	while (*link) {
		struct mbx_queue_node *leader = leader_of(*link);

		if (node->priority == leader->priority)
			return leader;
		parent = *link;
		if (node->priority > leader->priority) {
			link = &parent->rb_left;
		} else {
			link = &parent->rb_right;
			leftmost = false;
		}
	}
	node->leader = true;
	rb_link_node(&node->level, parent, link);
	rb_insert_color_cached(&node->level, &queue->levels, leftmost);
	return NULL;
}

static void leader_replace(struct mbx_queue *queue, struct mbx_queue_node *old,
			   struct mbx_queue_node *new)
{
	rb_replace_node_cached(&old->level, &new->level, &queue->levels);
	old->leader = false;
	new->leader = true;
}

void mbx_queue_insert_among(struct mbx_queue *queue,
			    struct mbx_queue_node *node)
{
	struct mbx_queue_node *leader, *before;

	INIT_LIST_HEAD(&node->ring);
	node->leader = false;
	WRITE_ONCE(queue->count, queue->count + 1);

	leader = level_enter(queue, node);
	if (!leader)
		return;

	if (node->seq < leader->seq) {
		list_add_tail(&node->ring, &leader->ring);
		leader_replace(queue, leader, node);
		return;
	}
	before = list_prev_entry(leader, ring);
	while (before->seq > node->seq)
		before = list_prev_entry(before, ring);
	list_add(&node->ring, &before->ring);
}

void mbx_queue_remove_among(struct mbx_queue *queue,
			    struct mbx_queue_node *node)
{
	WRITE_ONCE(queue->count, queue->count - 1);
	if (node->leader) {
		bool alone = list_empty(&node->ring);

		if (alone)
			rb_erase_cached(&node->level, &queue->levels);
		else
			leader_replace(queue, node, list_next_entry(node, ring));
		node->leader = false;
		if (alone)
			return;
	}
	list_del_init(&node->ring);
}

/* Removes up to @count nodes of the first level.  Return: how many. */
static unsigned int level_remove(struct mbx_queue *queue, unsigned int count)
{
	struct mbx_queue_node *first = mbx_queue_first(queue), *node = first;
	unsigned int i;

	/* Their own links are left as they are; an insertion writes them anew. */
	for (i = 0; i < count; i++) {
		node = list_next_entry(node, ring);
		if (node == first) {
			rb_erase_cached(&first->level, &queue->levels);
			first->leader = false;
			return i + 1;
		}
	}
	first->ring.prev->next = &node->ring;
	node->ring.prev = first->ring.prev;
	leader_replace(queue, first, node);
	return i;
}

void mbx_queue_remove_first(struct mbx_queue *queue, unsigned int count)
{
	WRITE_ONCE(queue->count, queue->count - count);
	while (count)
		count -= level_remove(queue, count);
}

struct mbx_queue_node *mbx_queue_next(struct mbx_queue_node *node)
{
	struct mbx_queue_node *next = list_next_entry(node, ring);

	return next->leader ? leader_of(rb_next(&next->level)) : next;
}

struct mbx_queue_node *mbx_queue_least(const struct mbx_queue *queue)
{
	return leader_of(rb_last(&queue->levels.rb_root));
}
