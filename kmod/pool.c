// SPDX-License-Identifier: GPL-2.0-only
#include "pool.h"
#include "quota.h"

int mbx_pool_fill(struct mbx_pool *pool, struct kmem_cache *cache,
		  unsigned int count, unsigned int more,
		  struct mbx_quota *quota)
{
	unsigned long bytes = (unsigned long)count * kmem_cache_size(cache);
	int error;

	error = mbx_quota_charge_bytes(quota, bytes);
	if (error)
		return error;
	pool->cache = cache;
	pool->charged = bytes;
	while (count--) {
		void *object = kmem_cache_alloc(cache, GFP_KERNEL_ACCOUNT);

		if (!object) {
			mbx_pool_empty(pool, quota);
			return -ENOMEM;
		}
		mbx_pool_give(pool, object);
	}
	pool->more = more;
	return 0;
}

bool mbx_pool_add(struct mbx_pool *pool, void *object, unsigned long charged)
{
	bool added = false;

	spin_lock(&pool->lock);
	if (pool->more) {
		pool->more--;
		pool->charged += charged;
		*(void **)object = pool->spare;
		pool->spare = object;
		added = true;
	}
	spin_unlock(&pool->lock);
	return added;
}

void mbx_pool_empty(struct mbx_pool *pool, struct mbx_quota *quota)
{
	void *object;

	while ((object = mbx_pool_take(pool)))
		kmem_cache_free(pool->cache, object);
	mbx_quota_uncharge_bytes(quota, pool->charged);
	pool->charged = 0;
}
