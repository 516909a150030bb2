/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A pool of spare objects of one slab cache, so that a busy mailbox neither
 * allocates nor zeroes a message per send.
 *
 * Filled when its mailbox is made, and charged to that user.  Objects that the same
 * user is charged for become its own when they would be freed, so that it grows as
 * large as the mailbox needs it; no other user's memory ends up in it, and nothing
 * leaves it for good before its mailbox ends.
 *
 * One spare object is at hand without the lock, for where there is one message at a
 * time: it is taken, and given back, by an atomic exchange.
 */
#ifndef MBX_POOL_H
#define MBX_POOL_H

#include <linux/atomic.h>
#include <linux/spinlock.h>
#include <linux/types.h>

struct kmem_cache;
struct mbx_quota;

/**
 * struct mbx_pool - spare objects
 * @handy: a spare object, or NULL; nobody's lock guards it
 * @lock: a leaf
 * @spare: the other spare objects, each pointing to the next with its first word
 * @more: by how many it can grow
 * @cache: where all come from; constant once it is open
 * @charged: bytes charged for the pool's objects
 */
struct mbx_pool {
	void *handy;
	spinlock_t lock;	/* guards what follows but @cache */
	void *spare;
	unsigned int more;
	struct kmem_cache *cache;
	unsigned long charged;
};

static inline void mbx_pool_init(struct mbx_pool *pool)
{
	pool->handy = NULL;
	spin_lock_init(&pool->lock);
	pool->spare = NULL;
	pool->more = 0;
	pool->cache = NULL;
	pool->charged = 0;
}

/* From now on it can grow to @most objects, all of @cache. */
static inline void mbx_pool_open(struct mbx_pool *pool,
				 struct kmem_cache *cache, unsigned int most)
{
	pool->cache = cache;
	pool->more = most;
}

/*
 * One more object, for which so much is charged to the mailbox's user, is the pool's,
 * to be given to it.  False: it has enough.
 */
bool mbx_pool_grow(struct mbx_pool *pool, unsigned long charged);

/* Frees the spare objects; all others must have been given back. */
void mbx_pool_empty(struct mbx_pool *pool, struct mbx_quota *quota);

/*
 * Takes up to @count spare objects, which are not at hand, into @objects.  Return: how
 * many.
 */
unsigned int mbx_pool_take_many(struct mbx_pool *pool, void **objects,
				unsigned int count);

/* Gives @count of them back. */
void mbx_pool_give_many(struct mbx_pool *pool, void **objects,
			unsigned int count);

/*
 * A spare object, or NULL: as it was given back or added, but for its first word.
 *
 * Handy protocol: the exchange orders what the next owner does after what the last one
 * has done, as the lock does for the others.
 */
static inline void *mbx_pool_take(struct mbx_pool *pool)
{
	void *object;

	if (READ_ONCE(pool->handy)) {
		/* Handy protocol: pairs with the exchange in mbx_pool_give(). */
		object = xchg(&pool->handy, NULL);
		if (likely(object))
			return object;
	}
	return mbx_pool_take_many(pool, &object, 1) ? object : NULL;
}

/* Gives back what mbx_pool_take() returned, or what it has grown by. */
static inline void mbx_pool_give(struct mbx_pool *pool, void *object)
{
	/* Handy protocol: pairs with the exchange in mbx_pool_take(). */
	if (READ_ONCE(pool->handy) || cmpxchg(&pool->handy, NULL, object))
		mbx_pool_give_many(pool, &object, 1);
}

#endif /* MBX_POOL_H */
