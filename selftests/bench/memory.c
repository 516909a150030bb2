// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mechanisms that need common memory or the right to write into another's: a
 * ring of slots, which sleeps on an eventfd only when it must, and
 * process_vm_writev(2) into the receiver's slots with an eventfd that counts.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench.h"

/**
 * struct ring - one sender's, one receiver's
 * @head: messages put
 * @tail: messages taken
 * @hungry: the receiver sleeps, or is about to
 * @stuffed: the sender does
 * @apart: with @apart_too: what each side writes lies in cache lines of its own
 * @data: the slots
 */
struct ring {
	uint64_t head;
	uint32_t stuffed;
	char apart[48];
	uint64_t tail;
	uint32_t hungry;
	char apart_too[48];
	char data[];
};

static bool ring_make(struct channel *channel)
{
	channel->own = shared_memory(sizeof(struct ring) +
				     channel->depth * channel->bytes);
	channel->in = eventfd(0, 0);
	channel->out = eventfd(0, 0);
	must(channel->in >= 0 && channel->out >= 0, "eventfd");
	return true;
}

static void event_sleep(int fd, uint32_t *sleeping, const uint64_t *word,
			uint64_t value)
{
	uint64_t events;

	__atomic_store_n(sleeping, 1, __ATOMIC_SEQ_CST);
	if (__atomic_load_n(word, __ATOMIC_SEQ_CST) == value)
		must(read(fd, &events, sizeof(events)) == sizeof(events),
		     "read");
	__atomic_store_n(sleeping, 0, __ATOMIC_RELAXED);
}

static void event_wake(int fd, uint32_t *sleeping)
{
	uint64_t one = 1;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(sleeping, __ATOMIC_RELAXED) &&
	    __atomic_exchange_n(sleeping, 0, __ATOMIC_RELAXED))
		must(write(fd, &one, sizeof(one)) == sizeof(one), "write");
}

static char *ring_slot(struct channel *channel, uint64_t number)
{
	struct ring *ring = channel->own;

	return ring->data + number % channel->depth * channel->bytes;
}

static void ring_put(struct channel *channel, char *data)
{
	struct ring *ring = channel->own;
	uint64_t head = ring->head, tail;

	while ((tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE)) +
	       channel->depth == head)
		event_sleep(channel->out, &ring->stuffed, &ring->tail, tail);
	memcpy(ring_slot(channel, head), data, channel->bytes);
	__atomic_store_n(&ring->head, head + 1, __ATOMIC_RELEASE);
	event_wake(channel->in, &ring->hungry);
}

static void ring_get(struct channel *channel, char *data)
{
	struct ring *ring = channel->own;
	uint64_t tail = ring->tail, head;

	while ((head = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE)) == tail)
		event_sleep(channel->in, &ring->hungry, &ring->head, head);
	memcpy(data, ring_slot(channel, tail), channel->bytes);
	__atomic_store_n(&ring->tail, tail + 1, __ATOMIC_RELEASE);
	event_wake(channel->out, &ring->stuffed);
}

const struct mechanism ring_eventfd = {
	.name = "ring-eventfd",
	.longest = 1 << 20,
	.open = ring_make,
	.send = ring_put,
	.receive = ring_get,
};

/* Who receives writes his process's number into the common memory. */
struct vm {
	pid_t receiver;
	uint64_t sent;
	char *slots;
};

static bool vm_make(struct channel *channel)
{
	struct vm *vm = shared_memory(sizeof(*vm));

	channel->own = vm;
	vm->slots = malloc(channel->depth * channel->bytes);
	must(vm->slots, "malloc");
	memset(vm->slots, 0, channel->depth * channel->bytes);
	channel->in = eventfd(0, EFD_SEMAPHORE);
	channel->out = channel->in;
	must(channel->in >= 0, "eventfd");
	return true;
}

static void vm_put(struct channel *channel, char *data)
{
	struct vm *vm = channel->own;
	uint64_t number = vm->sent++, one = 1;
	struct iovec from = { data, channel->bytes }, to = {
		vm->slots + number % channel->depth * channel->bytes,
		channel->bytes
	};
	pid_t receiver;

	if (channel->alone)
		vm->receiver = getpid();
	while (!(receiver = __atomic_load_n(&vm->receiver, __ATOMIC_RELAXED)))
		sched_yield();
	tally_send(channel, 1);
	must(process_vm_writev(receiver, &from, 1, &to, 1, 0) ==
	     (ssize_t)channel->bytes, "process_vm_writev");
	must(write(channel->out, &one, sizeof(one)) == sizeof(one), "write");
}

/* The data lie in the receiver's slot: there is nothing more to copy. */
static void vm_get(struct channel *channel, char *data)
{
	struct vm *vm = channel->own;
	uint64_t one;

	if (!vm->receiver)
		__atomic_store_n(&vm->receiver, getpid(), __ATOMIC_RELAXED);
	must(read(channel->in, &one, sizeof(one)) == sizeof(one), "read");
	tally_receive(channel, 1);
}

const struct mechanism vm_eventfd = {
	.name = "process_vm",
	.longest = 1 << 20,
	.open = vm_make,
	.send = vm_put,
	.receive = vm_get,
};
