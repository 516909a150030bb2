// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * Memory of one call.
 *
 * What a stranger's message unpacks to is bounded here, both in bytes and in
 * depth: protobuf-c calls itself for each message within a message, as deep as the
 * sender likes, and allocates at each level.
 */
#include <stdlib.h>

#include "internal.h"

#define ALIGN		16
#define STACK_LIMIT	(256 << 10)

/* What a message of so many bytes may become, and every message may. */
#define GROWTH		64
#define GROWTH_LARGE	8
#define SPARE		65536

/* Has protobuf-c gone too deep? */
static bool too_deep(uintptr_t stack)
{
	uintptr_t here = (uintptr_t)__builtin_frame_address(0);

	return stack > here && stack - here > STACK_LIMIT;
}

static void *arena_alloc(void *data, size_t size)
{
	struct rpc_arena *arena = data;
	void *memory;

	if (too_deep(arena->stack))
		return NULL;
	if (size > arena->limit - arena->used)
		return NULL;
	size = (size + ALIGN - 1) & ~(size_t)(ALIGN - 1);
	if (size > arena->room) {
		size_t room = size > RPC_ARENA_CHUNK ? size : RPC_ARENA_CHUNK;
		void **chunk = malloc(ALIGN + room);

		if (!chunk)
			return NULL;
		*chunk = arena->chunks;
		arena->chunks = chunk;
		arena->next = (char *)chunk + ALIGN;
		arena->room = room;
	}
	memory = arena->next;
	arena->next += size;
	arena->room -= size;
	arena->used += size;
	if (arena->used > arena->limit)
		arena->used = arena->limit;
	return memory;
}

static void arena_free(void *data, void *pointer)
{
	(void)data;
	(void)pointer;
}

void rpc_arena_init(struct rpc_arena *arena)
{
	arena->allocator.alloc = arena_alloc;
	arena->allocator.free = arena_free;
	arena->allocator.allocator_data = arena;
	arena->chunks = NULL;
	rpc_arena_reset(arena, 0);
}

void rpc_arena_reset(struct rpc_arena *arena, size_t length)
{
	while (arena->chunks) {
		void *chunk = arena->chunks;

		arena->chunks = *(void **)chunk;
		free(chunk);
	}
	arena->used = 0;
	arena->limit = length * GROWTH + SPARE;
	arena->stack = (uintptr_t)__builtin_frame_address(0);
	arena->room = sizeof(arena->first);
	arena->next = arena->first;
}

void rpc_arena_extend(struct rpc_arena *arena, size_t length)
{
	arena->limit += length * GROWTH_LARGE;
}

static void *bound_alloc(void *data, size_t size)
{
	const struct rpc_bound *bound = data;

	return too_deep(bound->stack) ? NULL : malloc(size);
}

static void bound_free(void *data, void *pointer)
{
	(void)data;
	free(pointer);
}

void rpc_bound_init(struct rpc_bound *bound)
{
	bound->allocator.alloc = bound_alloc;
	bound->allocator.free = bound_free;
	bound->allocator.allocator_data = bound;
	bound->stack = (uintptr_t)__builtin_frame_address(0);
}

bool rpc_buffer_reserve(struct rpc_buffer *buffer, size_t room)
{
	uint8_t *data;

	if (room <= buffer->room)
		return true;
	if (room < 2 * buffer->room)
		room = 2 * buffer->room;
	data = realloc(buffer->data, room);
	if (!data)
		return false;
	buffer->data = data;
	buffer->room = room;
	return true;
}
