// SPDX-License-Identifier: GPL-2.0-only
#include <linux/slab.h>

#include "pool.h"
#include "quota.h"

unsigned int mbx_pool_take_many(struct mbx_pool *pool, void **objects,
				unsigned int count)
{
	unsigned int i;

	spin_lock(&pool->lock);
	for (i = 0; i < count && pool->spare; i++) {
		objects[i] = pool->spare;
		pool->spare = *(void **)pool->spare;
	}
	spin_unlock(&pool->lock);
	return i;
}

void mbx_pool_give_many(struct mbx_pool *pool, void **objects,
			unsigned int count)
{
	unsigned int i;

	spin_lock(&pool->lock);
	for (i = 0; i < count; i++) {
		*(void **)objects[i] = pool->spare;
		pool->spare = objects[i];
	}
	spin_unlock(&pool->lock);
}

bool mbx_pool_grow(struct mbx_pool *pool, unsigned long charged)
{
	bool grown = false;

	spin_lock(&pool->lock);
	if (pool->more) {
		pool->more--;
		pool->charged += charged;
		grown = true;
	}
	spin_unlock(&pool->lock);
	return grown;
}

void mbx_pool_empty(struct mbx_pool *pool, struct mbx_quota *quota)
{
	void *object;

	while ((object = mbx_pool_take(pool)))
		kmem_cache_free(pool->cache, object);
	mbx_quota_uncharge_bytes(quota, pool->charged);
	pool->charged = 0;
}
