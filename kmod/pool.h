/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pool of spare objects of one slab cache, so that a busy mailbox neither
 * allocates nor zeroes a message per send.
 *
 * Filled when its mailbox is made, and charged to that user.  Objects that the same
 * user is charged for can be added when they would be freed, so that the pool becomes
 * as large as the mailbox needs it; no other user's memory ends up in it, and
 * nothing leaves it before its mailbox ends.  Its spinlock is a leaf.
 */
#ifndef MBX_POOL_H
#define MBX_POOL_H

#include <linux/slab.h>
#include <linux/spinlock.h>

struct mbx_quota;

/**
 * struct mbx_pool - spare objects
 * @lock: a leaf; guards all but @cache
 * @spare: the spare objects, each pointing to the next with its first word
 * @more: how many can be added
 * @cache: where all come from; set by the fill, then constant
 * @charged: bytes charged for the pool's objects
 */
struct mbx_pool {
	spinlock_t lock;
	void *spare;
	unsigned int more;
	struct kmem_cache *cache;
	unsigned long charged;
};

static inline void mbx_pool_init(struct mbx_pool *pool)
{
	spin_lock_init(&pool->lock);
	pool->spare = NULL;
	pool->more = 0;
	pool->cache = NULL;
	pool->charged = 0;
}

/*
 * Fills an empty pool with @count objects, to which @more can be added.  0, -ENOMEM or
 * -EDQUOT.
 */
int mbx_pool_fill(struct mbx_pool *pool, struct kmem_cache *cache,
		  unsigned int count, unsigned int more,
		  struct mbx_quota *quota);

/*
 * Adds @object, of the same cache, and what is charged for it to the same user.
 * False: there are enough.
 */
bool mbx_pool_add(struct mbx_pool *pool, void *object, unsigned long charged);

/* Frees the spare objects; all others must have been given back. */
void mbx_pool_empty(struct mbx_pool *pool, struct mbx_quota *quota);

/* A spare object with arbitrary contents, or NULL. */
static inline void *mbx_pool_take(struct mbx_pool *pool)
{
	void *object;

	spin_lock(&pool->lock);
	object = pool->spare;
	if (object)
		pool->spare = *(void **)object;
	spin_unlock(&pool->lock);
	return object;
}

/* Gives back what mbx_pool_take() returned. */
static inline void mbx_pool_give(struct mbx_pool *pool, void *object)
{
	spin_lock(&pool->lock);
	*(void **)object = pool->spare;
	pool->spare = object;
	spin_unlock(&pool->lock);
}

#endif /* MBX_POOL_H */
