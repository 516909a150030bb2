/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the library's files share.  All of it is hidden; what the public header
 * declares is visible.
 */
#ifndef MAILBOX_RPC_INTERNAL_H
#define MAILBOX_RPC_INTERNAL_H

#include <mailbox.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>

#pragma GCC visibility push(default)
#include "mailbox-rpc.h"
#pragma GCC visibility pop

#include "mailbox/envelope.pb-c.h"

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

#define RPC_PROTOCOL	1
#define RPC_PREFIX	"rpc:"		/* of the names of servers' mailboxes */
#define RPC_ROOM	65536		/* bytes of a reply, unless told otherwise */
#define RPC_TIMEOUT	(30 * MAILBOX_SECOND)

/* Of the library's events. */
#define RPC_COOKIE	UINT64_C(0x6d62782d72706300)

/* Names as they are in proto/. */
typedef Mailbox__Rpc__Request rpc_request;
typedef Mailbox__Rpc__Reply rpc_reply;

/* A mailbox's name; false: too long. */
typedef char rpc_name[MAILBOX_NAME_MAX + 1];
bool rpc_name_make(rpc_name name, const char *of);

uint64_t rpc_now(void);

/* ---- Memory of one call -------------------------------------------------- */

#ifndef RPC_ARENA_FIRST		/* a fuzzer wants each piece by itself */
#define RPC_ARENA_FIRST	4096
#define RPC_ARENA_CHUNK	16384
#endif

/**
 * struct rpc_arena - memory that is freed at once
 * @allocator: how protobuf-c gets at it
 * @used: bytes handed out
 * @limit: how many may be: what a hostile message can make of itself
 * @stack: where the stack was; see rpc_arena_reset()
 * @chunks: what has been allocated besides @first
 * @room: bytes left in the newest piece
 * @next: where they are
 * @first: enough for most
 */
struct rpc_arena {
	ProtobufCAllocator allocator;
	size_t used;
	size_t limit;
	uintptr_t stack;
	void *chunks;
	size_t room;
	char *next;
	_Alignas(16) char first[RPC_ARENA_FIRST];
};

void rpc_arena_init(struct rpc_arena *arena);

/*
 * Frees everything; to be called in the function that unpacks, for a message of
 * @length bytes.
 */
void rpc_arena_reset(struct rpc_arena *arena, size_t length);

/* It is to hold so many bytes' message, too, which came otherwise. */
void rpc_arena_extend(struct rpc_arena *arena, size_t length);

/**
 * struct rpc_bound - malloc(3), but not as deep as a hostile message likes
 * @allocator: how protobuf-c gets at it; what it gave can be freed without it
 * @stack: where the stack was
 */
struct rpc_bound {
	ProtobufCAllocator allocator;
	uintptr_t stack;
};

/* In the function that unpacks. */
void rpc_bound_init(struct rpc_bound *bound);

/* Bytes that grow. */
struct rpc_buffer {
	uint8_t *data;
	size_t length;
	size_t room;
};

bool rpc_buffer_reserve(struct rpc_buffer *buffer, size_t room);

/* ---- Envelopes ----------------------------------------------------------- */

/* The envelope's fields, then @argument, which may be NULL; false: no memory. */
bool rpc_request_pack(struct rpc_buffer *buffer, const rpc_request *request,
		      const ProtobufCMessage *argument);
bool rpc_reply_pack(struct rpc_buffer *buffer, const rpc_reply *reply,
		    const ProtobufCMessage *result);

/*
 * NULL: it is none, and @status says why.  The message is in the arena.
 */
rpc_request *rpc_request_unpack(struct rpc_arena *arena, const void *data,
				size_t length,
				struct mailbox_rpc_status *status);
rpc_reply *rpc_reply_unpack(struct rpc_arena *arena, const void *data,
			    size_t length, struct mailbox_rpc_status *status);

/*
 * A result of a server's for the program, to be freed with
 * protobuf_c_message_free_unpacked().  NULL: it is none, or too deep.
 */
ProtobufCMessage *
rpc_result_unpack(const ProtobufCMessageDescriptor *descriptor,
		  const ProtobufCBinaryData *data);

/* ---- What is longer than a message ----------------------------------------- */

/* Bytes in the longest. */
#define RPC_LARGE_MAX	(64U << 20)

/*
 * A section for so many bytes, mapped to be written: its descriptor, and both are the
 * caller's; or -errno, -EMSGSIZE: too many.
 */
int rpc_large_make(int client, size_t length, void **memory);

/*
 * A copy of what is in a section that a stranger sent, to be freed; NULL: @status says
 * of @what why not.  Closes @fd; one that is negative says why there is none.
 */
void *rpc_large_copy(int fd, uint64_t length, const char *what,
		     struct mailbox_rpc_status *status);

/* ---- Status -------------------------------------------------------------- */

/* Returns @code. */
int rpc_status_set(struct mailbox_rpc_status *status, int code,
		   const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int rpc_status_vset(struct mailbox_rpc_status *status, int code,
		    const char *format, va_list arguments);

/* Of a negative errno value that a system call gave. */
int rpc_status_errno(struct mailbox_rpc_status *status, const char *what,
		     int error);

/* ---- Threads that wait in the kernel ------------------------------------- */

/**
 * struct rpc_thread - a thread of the library's
 * @thread: it
 * @waiting: it is, or is about to be, in a system call that may be interrupted
 * @left: it has ended
 */
struct rpc_thread {
	pthread_t thread;
	atomic_bool waiting;
	atomic_bool left;
};

/* With all signals blocked but the one for rpc_thread_kick(). */
int rpc_thread_start(struct rpc_thread *thread, void *(*run)(void *),
		     void *argument);

/* Interrupts the system call that it waits in; to be repeated until it is seen. */
void rpc_thread_kick(struct rpc_thread *thread);

/* Kicks it until it has ended, and joins it. */
void rpc_thread_end(struct rpc_thread *thread);

/* ---- Journals ------------------------------------------------------------ */

/* What a client has been answered. */
enum rpc_answer {
	RPC_ANSWER_NEW,		/* nothing yet: execute, then rpc_answer_keep() */
	RPC_ANSWER_KNOWN,	/* this */
	RPC_ANSWER_OLD,		/* it has acknowledged that */
	RPC_ANSWER_FULL,	/* no room for another client */
};

/**
 * struct rpc_caller_key - which client's which call
 * @uid: of the caller
 * @identity: as in the request
 * @sequence: likewise
 * @deadline: likewise: after it nothing needs to be known of the call
 */
struct rpc_call_key {
	uint32_t uid;
	uint64_t identity;
	uint64_t sequence;
	uint64_t deadline;
};

/* In a change.  @place is for rpc_answer_keep(). */
enum rpc_answer rpc_answer_find(struct mailbox_rpc_journal *journal,
				const struct rpc_call_key *key, uint64_t now,
				unsigned int *place, const uint8_t **data,
				size_t *length);
int rpc_answer_keep(struct mailbox_rpc_journal *journal, unsigned int place,
		    const struct rpc_call_key *key, const void *data,
		    size_t length);
size_t rpc_answer_room(const struct mailbox_rpc_journal *journal);

/* Undoes what the change has done so far; it goes on. */
void rpc_journal_undo(struct mailbox_rpc_journal *journal);

/* The memory is a copy, or nobody else has it: whoever held its lock is gone. */
int rpc_journal_open_copy(void *memory, size_t length,
			  struct mailbox_rpc_journal **journal);

/* All of its memory; for copying while nobody changes it. */
void *rpc_journal_memory(const struct mailbox_rpc_journal *journal,
			 size_t *length);

/* As mailbox_rpc_journal_touch(), for all of the memory. */
int rpc_journal_touch(struct mailbox_rpc_journal *journal, const void *where,
		      size_t length);

#endif /* MAILBOX_RPC_INTERNAL_H */
