/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Rings: records from one producer to one consumer through memory that they share,
 * without a system call while neither has to sleep.
 *
 * A ring has two parts, each written by one side only: the producer's, with the
 * records behind it, and the consumer's.  Both lie in one section, or each in one
 * that the other side maps to read.  What a side has written it does not read
 * again: it works with its own copy, &struct mailbox_ring, and of the other side's
 * words reads each once and checks it.  So whatever the other side writes, nothing
 * outside of the ring is read or written; -EBADMSG says that it is no ring any more.
 *
 * The bytes of a record are another matter: who consumes in place sees what is
 * there at that moment, and a malicious producer can change it meanwhile.  Copy
 * what is looked at twice (mailbox_ring_try_receive() does).
 *
 * Who has to sleep does so at the bell, an endpoint of a channel (mailbox_connect()):
 * the kernel tells who is at the other end, wakes, keeps deadlines, shows it to
 * poll(2), and says -EPIPE when the other side has closed its end or died.  Any
 * capacity but 0 serves.
 *
 * A side is used by one thread at a time.  What a side had not committed or released
 * when it died has not happened: the record was never there, or is still there, for
 * whoever attaches to that side next.
 *
 * Barrier protocols, each with a litmus test (selftests/model/litmus):
 *
 *   ring-record: the producer writes a record, then its position with
 *	store-release; the consumer reads the position with load-acquire, then the
 *	record.  What is counted is complete.
 *   ring-room: the consumer reads a record, then writes its position with
 *	store-release; the producer reads that with load-acquire, then writes
 *	anew.  What is still read is not overwritten.
 *   ring-sleep: who moves on writes its position, a full barrier, then reads
 *	whether the other side sleeps; who goes to sleep says so, a full barrier,
 *	then reads the position.  One of them sees the other.
 *
 * These functions and the layout in memory are a stable interface: programs
 * compiled against different versions of this header share rings as long as
 * %MAILBOX_RING_VERSION is the same, which mailbox_ring_attach() checks.
 */
#ifndef MAILBOX_RING_H
#define MAILBOX_RING_H

#include <errno.h>

#include <mailbox.h>

#ifdef __cplusplus
extern "C" {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif

#define MAILBOX_RING_MAGIC	0x676e6972U	/* "ring" */
#define MAILBOX_RING_VERSION	1U

#define MAILBOX_RING_ALIGN	16U	/* records begin at multiples of this */
#define MAILBOX_RING_DATA	512U	/* the first one, from the ring's begin */
#define MAILBOX_RING_SIZE_MIN	128U	/* bytes for records */

/* What a record is. */
#define MAILBOX_RECORD_MESSAGE	0U
#define MAILBOX_RECORD_CALL	1U	/* channels: a request, its number the tag */
#define MAILBOX_RECORD_REPLY	2U	/* channels: the reply to it */
#define MAILBOX_RECORD_FILLER	3U	/* nothing, up to the ring's end */

/* The sides, and at once the places of their parts. */
#define MAILBOX_RING_PRODUCER	0U
#define MAILBOX_RING_CONSUMER	1U

/**
 * struct mailbox_ring_part - what one side tells the other, in shared memory
 * @magic: %MAILBOX_RING_MAGIC
 * @version: %MAILBOX_RING_VERSION
 * @size: bytes for records, a multiple of %MAILBOX_RING_ALIGN; the producer's
 *	counts
 * @sleeps: how often it slept
 * @wakes: how often it woke the other side
 * @apart: keeps what is often written in a cache line of its own
 * @position: bytes of records ever committed, or released, fillers included
 * @records: likewise records
 * @asleep: odd: it sleeps or is about to; counts up
 * @flags: %MAILBOX_RING_APART, for those who look on
 * @apart_too: likewise
 */
struct mailbox_ring_part {
	uint32_t magic;
	uint32_t version;
	uint64_t size;
	uint64_t sleeps;
	uint64_t wakes;
	uint8_t apart[96];
	uint64_t position;
	uint64_t records;
	uint32_t asleep;
	uint32_t flags;
	uint8_t apart_too[104];
};

/* The two parts in this memory are of two rings, one in each direction. */
#define MAILBOX_RING_APART	(1U << 0)

/**
 * struct mailbox_record_header - what stands before a record's bytes
 * @length: of the record (bytes)
 * @kind: MAILBOX_RECORD_*
 * @tag: the sender's label
 */
struct mailbox_record_header {
	uint32_t length;
	uint32_t kind;
	uint64_t tag;
};

/**
 * struct mailbox_record - a record, as a consumer sees it in place
 * @data: its bytes, in shared memory, aligned to %MAILBOX_RING_ALIGN
 * @length: how many
 * @kind: MAILBOX_RECORD_*
 * @tag: the sender's label
 */
struct mailbox_record {
	const void *data;
	uint32_t length;
	uint32_t kind;
	uint64_t tag;
};

/**
 * struct mailbox_ring - one side of a ring, private to the process
 * @mine: this side's part
 * @theirs: the other side's
 * @data: where the records are
 * @size: bytes for records
 * @position: as in @mine, ahead of it by what is not published
 * @offset: of @position, in @data
 * @seen: the other side's position when last looked at
 * @current: bytes that the record in hand takes, with its header; 0: there is none
 * @wanted: bytes that were not there when last asked for
 * @records: as in @mine
 * @sleeps: as in @mine
 * @wakes: as in @mine
 * @woken: the sleep of the other side that has been ended
 * @asleep: as in @mine
 * @bell: where to sleep and to wake; -1: neither
 * @side: MAILBOX_RING_PRODUCER or CONSUMER
 * @error: -EPIPE or -EBADMSG once that has been seen, else 0
 * @reserved: 0
 * @longest: bytes in the longest record: half of the ring, less a header
 *
 * Set by mailbox_ring_attach(), and only read by programs.
 */
struct mailbox_ring {
	struct mailbox_ring_part *mine;
	const struct mailbox_ring_part *theirs;
	unsigned char *data;
	uint64_t size;
	uint64_t position;
	uint64_t offset;
	uint64_t seen;
	uint64_t current;
	uint64_t wanted;
	uint64_t records;
	uint64_t sleeps;
	uint64_t wakes;
	uint32_t woken;
	uint32_t asleep;
	int32_t bell;
	uint32_t side;
	int32_t error;
	uint32_t reserved;
	uint64_t longest;
};

/**
 * mailbox_ring_memory - how much memory a ring takes
 * @count: records that it shall hold
 * @length: bytes in each
 *
 * Return: bytes, for mailbox_ring_init().
 */
static inline size_t mailbox_ring_memory(size_t count, size_t length)
{
	size_t each = (length + sizeof(struct mailbox_record_header) +
		       MAILBOX_RING_ALIGN - 1) & ~(size_t)(MAILBOX_RING_ALIGN - 1);
	size_t size = count * each;

	if (size < 2 * each)
		size = 2 * each;
	if (size < MAILBOX_RING_SIZE_MIN)
		size = MAILBOX_RING_SIZE_MIN;
	return MAILBOX_RING_DATA + size;
}

/**
 * mailbox_ring_init - make an empty ring
 * @memory: where, aligned to 64; a section that is mapped writable, mostly
 * @length: its bytes, all of which the ring takes
 *
 * Return: 0; or -EINVAL (too small, or not aligned).
 */
int mailbox_ring_init(void *memory, size_t length);

/**
 * mailbox_ring_attach - become one side of a ring
 * @ring: filled in
 * @side: %MAILBOX_RING_PRODUCER or %MAILBOX_RING_CONSUMER
 * @mine: memory with this side's part, mapped writable
 * @theirs: memory with the other side's part; the same, or other memory, for which
 *	it is enough to be mapped readable
 * @length: bytes of the producer's memory that are mapped, and cannot go away
 *	(%MAILBOX_SEAL_SHRINK); of the consumer's, %MAILBOX_RING_DATA are needed
 * @bell: an endpoint, whose other end the other side has, or -1; it stays the
 *	caller's
 *
 * Goes on where the last one on this side has stopped.  That there is only one at a
 * time is for the caller to see to: an endpoint is a claim that the kernel keeps.
 *
 * Return: 0; or -EINVAL (@side, alignment, @length less than the ring takes),
 * -EPROTONOSUPPORT (no ring, or of another version), -EBADMSG (the positions do
 * not fit together).
 */
int mailbox_ring_attach(struct mailbox_ring *ring, uint32_t side, void *mine,
			const void *theirs, size_t length, int bell);

/**
 * mailbox_ring_wait - sleep until there is something to do
 * @ring: a side; what it has not published is published first
 *
 * A consumer waits for a record, a producer for the room that it did not get.
 *
 * Return: 0; or -EPIPE (the other side is dead, and nothing is left to consume),
 * -EBADMSG, -EINTR, -EBADF (no bell).
 */
int mailbox_ring_wait(struct mailbox_ring *ring);

/**
 * mailbox_ring_wait_until - the same, up to a deadline
 * @ring: a side
 * @clock: MAILBOX_CLOCK_*
 * @deadline: absolute, in nanoseconds
 *
 * Return: as mailbox_ring_wait(); also -ETIMEDOUT, -EINVAL (@clock).
 */
int mailbox_ring_wait_until(struct mailbox_ring *ring, uint32_t clock,
			    int64_t deadline);

/**
 * mailbox_ring_arm - before poll(2): have the bell rung
 * @ring: a side
 *
 * Return: 0: wait until the bell (@ring->bell) is readable or hung up, then call
 * mailbox_ring_disarm(); 1: do not wait, there is something to do; or -EPIPE,
 * -EBADMSG.
 */
int mailbox_ring_arm(struct mailbox_ring *ring);

/**
 * mailbox_ring_disarm - after poll(2)
 * @ring: a side
 *
 * Return: 0, whether or not there is something to do; or -EPIPE (the other side is
 * dead: what is left can be consumed), -EBADF.
 */
int mailbox_ring_disarm(struct mailbox_ring *ring);

/**
 * mailbox_ring_check - does the other side live?
 * @ring: a side
 *
 * Costs a system call.
 *
 * Return: 0; or -EPIPE (dead, or it has closed its end), -EBADMSG, -EBADF.
 */
int mailbox_ring_check(struct mailbox_ring *ring);

/* For the functions below: wakes the other side. */
void mailbox_ring_wake(struct mailbox_ring *ring, uint32_t asleep);

/**
 * mailbox_ring_publish - let the other side see what was staged or passed
 * @ring: a side
 */
static inline void mailbox_ring_publish(struct mailbox_ring *ring)
{
	struct mailbox_ring_part *mine = ring->mine;
	uint32_t asleep;

	__atomic_store_n(&mine->records, ring->records, __ATOMIC_RELAXED);
	/* ring-record, ring-room: pairs with mailbox_ring_look() */
	__atomic_store_n(&mine->position, ring->position, __ATOMIC_RELEASE);
	/* ring-sleep: pairs with fall_asleep() in ring.c */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	asleep = __atomic_load_n(&ring->theirs->asleep, __ATOMIC_RELAXED);
	if (__builtin_expect((asleep & 1) && asleep != ring->woken, 0))
		mailbox_ring_wake(ring, asleep);
}

/*
 * Looks how far the other side is, which is from where it was last seen to where
 * it can be: a producer is at most a ring ahead, a consumer not at all.
 */
static inline int mailbox_ring_look(struct mailbox_ring *ring)
{
	uint64_t ahead = ring->side == MAILBOX_RING_PRODUCER ? 0 : ring->size;
	uint64_t position;

	if (ring->error == -EBADMSG)
		return ring->error;
	/* ring-record, ring-room: pairs with mailbox_ring_publish() */
	position = __atomic_load_n(&ring->theirs->position, __ATOMIC_ACQUIRE);
	if (position - ring->seen > ring->position + ahead - ring->seen ||
	    position % MAILBOX_RING_ALIGN) {
		ring->error = -EBADMSG;
		return ring->error;
	}
	ring->seen = position;
	return 0;
}

/* The bytes of a record at @offset. */
static inline unsigned char *mailbox_ring_bytes(const struct mailbox_ring *ring,
						uint64_t offset)
{
	return ring->data + offset + sizeof(struct mailbox_record_header);
}

/* Its header, written as a whole. */
static inline void mailbox_ring_label(struct mailbox_ring *ring, uint64_t length,
				      uint32_t kind, uint64_t tag)
{
	struct mailbox_record_header header;

	header.length = (uint32_t)length;
	header.kind = kind;
	header.tag = tag;
	memcpy(ring->data + ring->offset, &header, sizeof(header));
}

/* Moves on by @bytes, within the ring. */
static inline void mailbox_ring_advance(struct mailbox_ring *ring,
					uint64_t bytes)
{
	ring->position += bytes;
	ring->offset += bytes;
	if (ring->offset == ring->size)
		ring->offset = 0;
}

static inline uint64_t mailbox_ring_room(const struct mailbox_ring *ring)
{
	return ring->size - (ring->position - ring->seen);
}

/**
 * mailbox_ring_longest - bytes in the longest record of a ring
 * @ring: a side
 *
 * Return: half of the ring, less a header: a record lies in one piece.
 */
static inline size_t mailbox_ring_longest(const struct mailbox_ring *ring)
{
	return (size_t)ring->longest;
}

/**
 * mailbox_ring_reserve - room for a record, to be written in place
 * @ring: the producer's side
 * @length: bytes, at most
 * @data: out: where to write them, aligned to %MAILBOX_RING_ALIGN
 *
 * To give it up, do not commit it.
 *
 * Return: 0; or -EAGAIN (no room: see mailbox_ring_wait()), -EMSGSIZE (longer than
 * the ring takes), -EPIPE (the consumer is known to be dead), -EBADMSG.
 */
static inline int mailbox_ring_reserve(struct mailbox_ring *ring, size_t length,
				       void **data)
{
	uint64_t rest = ring->size - ring->offset;
	uint64_t need, all;
	int error;

	if (length > ring->longest)
		return -EMSGSIZE;
	need = (length + sizeof(struct mailbox_record_header) +
		MAILBOX_RING_ALIGN - 1) & ~(uint64_t)(MAILBOX_RING_ALIGN - 1);
	all = need <= rest ? need : rest + need;
	if (__builtin_expect(mailbox_ring_room(ring) < all, 0)) {
		if (ring->error)
			return ring->error;
		error = mailbox_ring_look(ring);
		if (error)
			return error;
		if (mailbox_ring_room(ring) < all) {
			ring->wanted = all;
			return -EAGAIN;
		}
	}
	if (need > rest) {
		mailbox_ring_label(ring, rest - sizeof(struct mailbox_record_header),
				   MAILBOX_RECORD_FILLER, 0);
		mailbox_ring_advance(ring, rest);
	}
	ring->current = need;
	*data = mailbox_ring_bytes(ring, ring->offset);
	return 0;
}

/* The same as mailbox_ring_stage(), for all kinds of records. */
static inline int mailbox_ring_stage_as(struct mailbox_ring *ring, size_t length,
					uint32_t kind, uint64_t tag)
{
	uint64_t need = (length + sizeof(struct mailbox_record_header) +
			 MAILBOX_RING_ALIGN - 1) &
			~(uint64_t)(MAILBOX_RING_ALIGN - 1);

	if (length > ring->longest || need > ring->current)
		return -EINVAL;
	mailbox_ring_label(ring, length, kind, tag);
	mailbox_ring_advance(ring, need);
	ring->current = 0;
	ring->records++;
	return 0;
}

/**
 * mailbox_ring_stage - the reserved record is complete; not to be seen yet
 * @ring: the producer's side
 * @length: bytes that it has, perhaps less than were reserved
 * @tag: a label
 *
 * For batches: reserve and stage many, then mailbox_ring_publish().
 *
 * Return: 0; or -EINVAL (nothing, or less, was reserved).
 */
static inline int mailbox_ring_stage(struct mailbox_ring *ring, size_t length,
				     uint64_t tag)
{
	return mailbox_ring_stage_as(ring, length, MAILBOX_RECORD_MESSAGE, tag);
}

/**
 * mailbox_ring_commit - the reserved record is complete
 * @ring: the producer's side
 * @length: bytes that it has, perhaps less than were reserved
 * @tag: a label
 *
 * Return: as mailbox_ring_stage().
 */
static inline int mailbox_ring_commit(struct mailbox_ring *ring, size_t length,
				      uint64_t tag)
{
	int error = mailbox_ring_stage(ring, length, tag);

	if (!error)
		mailbox_ring_publish(ring);
	return error;
}

/**
 * mailbox_ring_peek - the next record, to be read in place
 * @ring: the consumer's side
 * @record: out: the record, which stays until it is released
 *
 * Return: 0; or -EAGAIN (there is none: see mailbox_ring_wait()), -EBADMSG.
 */
static inline int mailbox_ring_peek(struct mailbox_ring *ring,
				    struct mailbox_record *record)
{
	struct mailbox_record_header header;
	uint64_t there, rest, need;
	int error;

	for (;;) {
		if (ring->seen == ring->position) {
			error = mailbox_ring_look(ring);
			if (error)
				return error;
			if (ring->seen == ring->position)
				return -EAGAIN;
		}
		/* Read once: nothing below looks at shared memory again. */
		memcpy(&header, ring->data + ring->offset, sizeof(header));
		__asm__ __volatile__("" : "+m"(header));
		there = ring->seen - ring->position;
		rest = ring->size - ring->offset;
		need = ((uint64_t)header.length + sizeof(header) +
			MAILBOX_RING_ALIGN - 1) &
		       ~(uint64_t)(MAILBOX_RING_ALIGN - 1);
		if (__builtin_expect(need > there || need > rest, 0))
			break;
		if (__builtin_expect(header.kind != MAILBOX_RECORD_FILLER, 1)) {
			ring->current = need;
			record->data = mailbox_ring_bytes(ring, ring->offset);
			record->length = header.length;
			record->kind = header.kind;
			record->tag = header.tag;
			return 0;
		}
		if (need != rest)
			break;
		mailbox_ring_advance(ring, need);
	}
	ring->error = -EBADMSG;
	return -EBADMSG;
}

/**
 * mailbox_ring_pass - go on to the next record; the room is not given back yet
 * @ring: the consumer's side
 *
 * For batches: peek and pass many, then mailbox_ring_publish().
 *
 * Return: 0; or -EINVAL (no record was peeked at).
 */
static inline int mailbox_ring_pass(struct mailbox_ring *ring)
{
	if (!ring->current)
		return -EINVAL;
	mailbox_ring_advance(ring, ring->current);
	ring->current = 0;
	ring->records++;
	return 0;
}

/**
 * mailbox_ring_release - give back the room of the record that was peeked at
 * @ring: the consumer's side
 *
 * Return: as mailbox_ring_pass().
 */
static inline int mailbox_ring_release(struct mailbox_ring *ring)
{
	int error = mailbox_ring_pass(ring);

	if (!error)
		mailbox_ring_publish(ring);
	return error;
}

/**
 * mailbox_ring_try_send - put a record, if there is room
 * @ring: the producer's side
 * @data: its bytes; may be NULL if @length is 0
 * @length: how many
 * @tag: a label
 *
 * Return: 0; or as mailbox_ring_reserve().
 */
static inline int mailbox_ring_try_send(struct mailbox_ring *ring,
					const void *data, size_t length,
					uint64_t tag)
{
	void *place;
	int error;

	error = mailbox_ring_reserve(ring, length, &place);
	if (error)
		return error;
	/* Staged first, as the compiler knows less after the copy. */
	mailbox_ring_stage(ring, length, tag);
	if (length)
		memcpy(place, data, length);
	mailbox_ring_publish(ring);
	return 0;
}

/**
 * mailbox_ring_try_receive - take a record, if there is one
 * @ring: the consumer's side
 * @buffer: where it is copied to
 * @room: bytes in @buffer
 * @tag: out: its label; may be NULL
 *
 * Return: its bytes; or as mailbox_ring_peek(); or -EMSGSIZE (longer than @room;
 * it stays).
 */
static inline ssize_t mailbox_ring_try_receive(struct mailbox_ring *ring,
					       void *buffer, size_t room,
					       uint64_t *tag)
{
	struct mailbox_record record;
	int error;

	error = mailbox_ring_peek(ring, &record);
	if (error)
		return error;
	if (record.length > room)
		return -EMSGSIZE;
	/* Passed first, as the compiler knows less after the copy. */
	mailbox_ring_pass(ring);
	if (record.length)
		memcpy(buffer, record.data, record.length);
	if (tag)
		*tag = record.tag;
	mailbox_ring_publish(ring);
	return (ssize_t)record.length;
}

/**
 * mailbox_ring_send - put a record, and wait for room if need be
 * @ring: the producer's side
 * @data: its bytes
 * @length: how many
 * @tag: a label
 *
 * Return: as mailbox_ring_try_send() and mailbox_ring_wait().
 */
static inline int mailbox_ring_send(struct mailbox_ring *ring, const void *data,
				    size_t length, uint64_t tag)
{
	int error;

	for (;;) {
		error = mailbox_ring_try_send(ring, data, length, tag);
		if (__builtin_expect(error != -EAGAIN, 1))
			return error;
		error = mailbox_ring_wait(ring);
		if (error)
			return error;
	}
}

/**
 * mailbox_ring_receive - take a record, and wait for one if need be
 * @ring: the consumer's side
 * @buffer: where it is copied to
 * @room: bytes in @buffer
 * @tag: out: its label; may be NULL
 *
 * Return: as mailbox_ring_try_receive() and mailbox_ring_wait().
 */
static inline ssize_t mailbox_ring_receive(struct mailbox_ring *ring,
					   void *buffer, size_t room,
					   uint64_t *tag)
{
	ssize_t length;
	int error;

	for (;;) {
		length = mailbox_ring_try_receive(ring, buffer, room, tag);
		if (__builtin_expect(length != -EAGAIN, 1))
			return length;
		error = mailbox_ring_wait(ring);
		if (error)
			return error;
	}
}

#ifdef __cplusplus
#pragma GCC diagnostic pop
}
#endif

#endif /* MAILBOX_RING_H */
