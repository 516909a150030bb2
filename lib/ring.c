// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Rings: making them, and where a side sleeps.  The rest is in mailbox_ring.h. */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>

#include "internal.h"

#pragma GCC visibility push(default)
#include "mailbox_ring.h"
#pragma GCC visibility pop

_Static_assert(sizeof(struct mailbox_ring_part) == 256, "shared layout");
_Static_assert(offsetof(struct mailbox_ring_part, position) == 128, "shared layout");
_Static_assert(sizeof(struct mailbox_record_header) == MAILBOX_RING_ALIGN,
	       "shared layout");
_Static_assert(sizeof(void *) == 4 || sizeof(struct mailbox_ring) == 128,
	       "public layout");

static struct mailbox_ring_part *part_of(void *memory, uint32_t side)
{
	return (struct mailbox_ring_part *)memory + side;
}

static bool is_aligned(const void *memory)
{
	return (uintptr_t)memory % 64 == 0;
}

int mailbox_ring_init(void *memory, size_t length)
{
	struct mailbox_ring_part *part;
	uint32_t side;

	if (!is_aligned(memory) ||
	    length < MAILBOX_RING_DATA + MAILBOX_RING_SIZE_MIN)
		return -EINVAL;
	memset(memory, 0, MAILBOX_RING_DATA);
	for (side = MAILBOX_RING_PRODUCER; side <= MAILBOX_RING_CONSUMER; side++) {
		part = part_of(memory, side);
		part->version = MAILBOX_RING_VERSION;
		part->size = (length - MAILBOX_RING_DATA) &
			     ~(uint64_t)(MAILBOX_RING_ALIGN - 1);
		__atomic_store_n(&part->magic, MAILBOX_RING_MAGIC,
				 __ATOMIC_RELEASE);
	}
	return 0;
}

static int part_check(const struct mailbox_ring_part *part)
{
	if (__atomic_load_n(&part->magic, __ATOMIC_ACQUIRE) !=
		    MAILBOX_RING_MAGIC ||
	    part->version != MAILBOX_RING_VERSION)
		return -EPROTONOSUPPORT;
	return 0;
}

/* The ring's size, as the producer says, if it lies within @length. */
static int ring_measure(struct mailbox_ring *ring, size_t length)
{
	const struct mailbox_ring_part *producer =
		ring->side == MAILBOX_RING_PRODUCER ? ring->mine : ring->theirs;

	ring->size = __atomic_load_n(&producer->size, __ATOMIC_RELAXED);
	if (length < MAILBOX_RING_DATA || ring->size < MAILBOX_RING_SIZE_MIN ||
	    ring->size % MAILBOX_RING_ALIGN ||
	    ring->size > length - MAILBOX_RING_DATA)
		return -EINVAL;
	ring->longest = (ring->size / 2 & ~(uint64_t)(MAILBOX_RING_ALIGN - 1)) -
			sizeof(struct mailbox_record_header);
	return 0;
}

/* Takes over where this side has stopped, as far as that can be true. */
static int ring_resume(struct mailbox_ring *ring)
{
	uint64_t there;

	ring->position = ring->mine->position;
	ring->offset = ring->position % ring->size;
	ring->records = ring->mine->records;
	ring->sleeps = ring->mine->sleeps;
	ring->wakes = ring->mine->wakes;
	ring->asleep = (ring->mine->asleep + 1) & ~1U;
	__atomic_store_n(&ring->mine->asleep, ring->asleep, __ATOMIC_RELAXED);
	ring->seen = __atomic_load_n(&ring->theirs->position, __ATOMIC_ACQUIRE);
	there = ring->side == MAILBOX_RING_PRODUCER ?
			ring->position - ring->seen : ring->seen - ring->position;
	if (ring->position % MAILBOX_RING_ALIGN ||
	    ring->seen % MAILBOX_RING_ALIGN || there > ring->size)
		return -EBADMSG;
	return 0;
}

int mailbox_ring_attach(struct mailbox_ring *ring, uint32_t side, void *mine,
			const void *theirs, size_t length, int bell)
{
	bool producer = side == MAILBOX_RING_PRODUCER;
	int error;

	memset(ring, 0, sizeof(*ring));
	if (side > MAILBOX_RING_CONSUMER || !is_aligned(mine) || !is_aligned(theirs))
		return -EINVAL;
	ring->side = side;
	ring->bell = bell;
	ring->mine = part_of(mine, side);
	ring->theirs = part_of((void *)(uintptr_t)theirs, !side);
	ring->data = (unsigned char *)(uintptr_t)(producer ? mine : theirs) +
		     MAILBOX_RING_DATA;
	error = part_check(ring->mine);
	if (!error)
		error = part_check(ring->theirs);
	if (!error)
		error = ring_measure(ring, length);
	if (!error)
		error = ring_resume(ring);
	/* The last one on this side may have died between moving and waking. */
	if (!error)
		mailbox_ring_publish(ring);
	return error;
}

void mailbox_ring_wake(struct mailbox_ring *ring, uint32_t asleep)
{
	/* One bell ends one sleep, which has this number. */
	ring->woken = asleep;
	__atomic_store_n(&ring->mine->wakes, ++ring->wakes, __ATOMIC_RELAXED);
	/* A bell that hangs there already serves as well (EAGAIN). */
	if (ring->bell >= 0 && mailbox_try_send(ring->bell, 0, NULL, 0) == -EPIPE &&
	    !ring->error)
		ring->error = -EPIPE;
}

/* -EAGAIN: there is nothing to do. */
static int something_to_do(struct mailbox_ring *ring)
{
	struct mailbox_record record;
	uint64_t current = ring->current;
	int error;

	if (ring->side == MAILBOX_RING_CONSUMER) {
		error = mailbox_ring_peek(ring, &record);
		ring->current = current;
		return error;
	}
	if (ring->error)
		return ring->error;
	error = mailbox_ring_look(ring);
	if (error)
		return error;
	return mailbox_ring_room(ring) < ring->wanted ? -EAGAIN : 0;
}

static void count_up(struct mailbox_ring *ring)
{
	ring->asleep++;
	__atomic_store_n(&ring->mine->asleep, ring->asleep, __ATOMIC_RELAXED);
}

/* Says that it sleeps, and looks: it must not if that is not -EAGAIN. */
static int fall_asleep(struct mailbox_ring *ring)
{
	int error;

	count_up(ring);
	/* ring-sleep: pairs with mailbox_ring_publish() */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	error = something_to_do(ring);
	if (error != -EAGAIN)
		count_up(ring);
	return error;
}

static void wake_up(struct mailbox_ring *ring)
{
	count_up(ring);
	__atomic_store_n(&ring->mine->sleeps, ++ring->sleeps, __ATOMIC_RELAXED);
}

/* After the bell has said @error: what it means for the ring. */
static int bell_meaning(struct mailbox_ring *ring, int error)
{
	/* Whoever sends something else than bells is not the other side. */
	if (error == -EMSGSIZE)
		error = -EBADMSG;
	if ((error == -EPIPE || error == -EIDRM || error == -EBADMSG) &&
	    !ring->error)
		ring->error = error == -EBADMSG ? error : -EPIPE;
	return error == -EIDRM ? -EPIPE : error;
}

/* Waits for one bell. */
static int bell_wait(struct mailbox_ring *ring, uint32_t flags, uint32_t clock,
		     int64_t deadline)
{
	struct mailbox_receive receive;

	mailbox_receive_init(&receive, 0, NULL, 0);
	receive.flags = flags;
	receive.clock = clock;
	receive.deadline = deadline;
	return bell_meaning(ring, (int)mailbox_receive_with(ring->bell, &receive));
}

static int ring_wait(struct mailbox_ring *ring, uint32_t flags, uint32_t clock,
		     int64_t deadline)
{
	int error, bell;

	mailbox_ring_publish(ring);
	error = something_to_do(ring);
	/*
	 * On a busy processor the other side may only lack its turn: to give it away
	 * costs much less than to sleep and to be woken.
	 */
	if (error == -EAGAIN && ring->bell >= 0 && !ring->error)
		sched_yield();
	for (;;) {
		error = something_to_do(ring);
		if (error != -EAGAIN)
			return error;
		/* Nothing is left of the dead: it was looked at after the news. */
		if (ring->error)
			return ring->error;
		error = fall_asleep(ring);
		if (error != -EAGAIN)
			return error;
		bell = bell_wait(ring, flags, clock, deadline);
		wake_up(ring);
		if (bell && bell != -EPIPE) {
			error = something_to_do(ring);
			return error == -EAGAIN ? bell : error;
		}
	}
}

int mailbox_ring_wait(struct mailbox_ring *ring)
{
	return ring_wait(ring, MAILBOX_BLOCK, 0, 0);
}

int mailbox_ring_wait_until(struct mailbox_ring *ring, uint32_t clock,
			    int64_t deadline)
{
	return ring_wait(ring, MAILBOX_DEADLINE, clock, deadline);
}

int mailbox_ring_arm(struct mailbox_ring *ring)
{
	int error;

	mailbox_ring_publish(ring);
	error = fall_asleep(ring);
	if (!error)
		return 1;
	if (error != -EAGAIN)
		return error;
	if (!ring->error)
		return 0;
	count_up(ring);
	return ring->error;
}

/* Takes the bells that hang there. */
static int bells_take(struct mailbox_ring *ring)
{
	int error;

	do {
		error = bell_meaning(ring,
				     (int)mailbox_try_receive(ring->bell, 0, NULL, 0));
	} while (!error);
	return error == -EAGAIN ? 0 : error;
}

int mailbox_ring_disarm(struct mailbox_ring *ring)
{
	wake_up(ring);
	return bells_take(ring);
}

int mailbox_ring_check(struct mailbox_ring *ring)
{
	struct pollfd end = { .fd = ring->bell, .events = POLLIN };
	int saved = errno;

	if (ring->error)
		return ring->error;
	/* poll(2) passes over a descriptor that is negative. */
	if (ring->bell < 0)
		return -EBADF;
	if (poll(&end, 1, 0) < 0)
		end.revents = 0;
	errno = saved;
	if (end.revents & POLLNVAL)
		return -EBADF;
	if (!(end.revents & (POLLHUP | POLLERR)))
		return 0;
	ring->error = -EPIPE;
	return ring->error;
}
