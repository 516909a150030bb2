/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A priority queue: highest priority first, and within a priority by sequence
 * number.  It links nodes embedded in what it orders and allocates nothing.
 *
 * Nodes of one priority form a ring; the ring's first node, its leader, stands
 * for the priority in a red-black tree.  Appending and taking the first cost
 * the same however long the queue is, and grow with the logarithm of the
 * number of priorities in use.
 *
 * The queue has no lock: its owner's lock guards it.
 */
#ifndef MBX_QUEUE_H
#define MBX_QUEUE_H

#include <linux/compiler.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

/**
 * struct mbx_queue_node - a place in a queue
 * @level: in the tree, if leader
 * @ring: the nodes of the same priority, in order of @seq
 * @seq: order within the priority; set before insertion
 * @priority: set before insertion
 * @leader: first of its priority
 */
struct mbx_queue_node {
	struct rb_node level;
	struct list_head ring;
	u64 seq;
	u32 priority;
	bool leader;
};

/**
 * struct mbx_queue - a queue
 * @levels: the leaders, highest priority leftmost
 * @count: nodes in it; may be read without the lock, as a hint
 */
struct mbx_queue {
	struct rb_root_cached levels;
	unsigned int count;
};

static inline void mbx_queue_init(struct mbx_queue *queue)
{
	queue->levels = RB_ROOT_CACHED;
	queue->count = 0;
}

static inline bool mbx_queue_empty(const struct mbx_queue *queue)
{
	return !queue->count;
}

/* For those that are not alone. */
void mbx_queue_insert_among(struct mbx_queue *queue,
			    struct mbx_queue_node *node);
void mbx_queue_remove_among(struct mbx_queue *queue,
			    struct mbx_queue_node *node);

/* Puts @node where its priority and sequence number say. */
static inline void mbx_queue_insert(struct mbx_queue *queue,
				    struct mbx_queue_node *node)
{
	if (!mbx_queue_empty(queue)) {
		mbx_queue_insert_among(queue, node);
		return;
	}
	INIT_LIST_HEAD(&node->ring);
	node->leader = true;
	WRITE_ONCE(queue->count, 1);
	rb_link_node(&node->level, NULL, &queue->levels.rb_root.rb_node);
	rb_insert_color_cached(&node->level, &queue->levels, true);
}

static inline void mbx_queue_remove(struct mbx_queue *queue,
				    struct mbx_queue_node *node)
{
	if (queue->count > 1) {
		mbx_queue_remove_among(queue, node);
		return;
	}
	/* A tree of one: nothing to keep in balance. */
	WRITE_ONCE(queue->count, 0);
	queue->levels = RB_ROOT_CACHED;
	node->leader = false;
}

/* In order; NULL at the end. */
static inline struct mbx_queue_node *
mbx_queue_first(const struct mbx_queue *queue)
{
	return rb_entry_safe(rb_first_cached(&queue->levels),
			     struct mbx_queue_node, level);
}

struct mbx_queue_node *mbx_queue_next(struct mbx_queue_node *node);

/*
 * Removes the first @count nodes, of as many at least, at the cost of one for each
 * priority among them.
 */
void mbx_queue_remove_first(struct mbx_queue *queue, unsigned int count);

/* The oldest of the lowest priority; NULL if empty. */
struct mbx_queue_node *mbx_queue_least(const struct mbx_queue *queue);

#endif /* MBX_QUEUE_H */
