/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libmailbox: mailboxes between processes, through /dev/mailbox.
 *
 * A thin layer: every function fills in one of the structures of
 * <linux/mailbox.h> and makes one system call (mailbox_list() perhaps more).
 * The library keeps no state, so every function may be called from any
 * thread, from a signal handler, and on both sides of a fork.
 *
 * Descriptors are plain file descriptors.  A "client" is /dev/mailbox opened;
 * a "handle" is one mailbox.  Both are closed with close(2), waited for with
 * poll(2), passed on with SCM_RIGHTS, inherited by fork(2), and closed by
 * execve(2).  Where a function takes @fd and @id, give it a client and the
 * mailbox's ID, or a handle and 0.
 *
 * Errors are returned as negative errno values; errno itself is left alone.
 * <linux/mailbox.h> says what each one means; mailbox_explain() says it in a
 * sentence.  On any descriptor: -EBADF if it is not open, -ENOTTY if it is
 * not of the kind the function needs.  A signal handler that runs while a
 * call waits ends it with -EINTR, unless it was installed with SA_RESTART.
 *
 * Times are in nanoseconds, lengths in bytes.
 */
#ifndef MAILBOX_H
#define MAILBOX_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>

#include <linux/mailbox.h>

#ifdef __cplusplus
extern "C" {
/* As in the C library, a call and its structure may have the same name. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wshadow"
#pragma GCC diagnostic ignored "-Wold-style-cast"
#endif

/* Capacities besides 1 to %MAILBOX_CAPACITY_MAX. */
#define MAILBOX_RENDEZVOUS	0U		/* a sender waits for a receiver */
#define MAILBOX_UNBOUNDED	UINT32_MAX	/* a sender never waits */

/* For &mailbox_attr.max_message: what the module is set to. */
#define MAILBOX_MESSAGE_DEFAULT	UINT32_MAX

/* Lengths of time, in nanoseconds. */
#define MAILBOX_MICROSECOND	UINT64_C(1000)
#define MAILBOX_MILLISECOND	UINT64_C(1000000)
#define MAILBOX_SECOND		UINT64_C(1000000000)

/* ---- Clients ---------------------------------------------------------- */

/**
 * mailbox_client_open - open /dev/mailbox
 *
 * The client sees the mailboxes of the network namespace it was opened in.
 * It is close-on-exec.  A child of fork(2) shares it, and with it the
 * mailboxes that it owns.
 *
 * Return: a descriptor, to be closed with close(2); or -ENOENT (or -ENXIO) if
 * the module is not loaded, -EACCES, -EMFILE, -ENFILE, -ENOMEM.
 */
int mailbox_client_open(void);

/**
 * mailbox_version - the version of this library
 *
 * Return: a string as "1.0.0", which belongs to the library.
 */
const char *mailbox_version(void);

/**
 * mailbox_version_check - can the module serve this program?
 * @client: a client or a handle
 * @major: %MAILBOX_VERSION_MAJOR, as the program was compiled with it
 * @minor: %MAILBOX_VERSION_MINOR, or the least that the program needs
 *
 * Return: 0 if the module has the major version @major and at least the minor
 * version @minor, else -EPROTONOSUPPORT; or an error of mailbox_query().
 */
int mailbox_version_check(int client, uint32_t major, uint32_t minor);

/**
 * mailbox_query_sized - mailbox_query() for a structure of another size
 * @client: a client or a handle
 * @query: filled in
 * @size: bytes in @query
 *
 * For language bindings; C programs use mailbox_query().
 *
 * Return: as mailbox_query().
 */
int mailbox_query_sized(int client, struct mailbox_query *query, size_t size);

/**
 * mailbox_query - the module's version, features, limits; the user's quota
 * @client: a client or a handle
 * @query: filled in; nothing in it need be set
 *
 * Return: 0 or a negative errno value.
 */
static inline int mailbox_query(int client, struct mailbox_query *query)
{
	return mailbox_query_sized(client, query, sizeof(*query));
}

/* ---- The four calls of the textbook ----------------------------------- */

/**
 * mailbox_create - make a mailbox that is used by ID
 * @client: the client that will own the mailbox
 * @capacity: messages it holds: %MAILBOX_RENDEZVOUS, 1 to
 *	%MAILBOX_CAPACITY_MAX, or %MAILBOX_UNBOUNDED
 * @id: out: the mailbox's ID, for any process of the same user to use
 *
 * The mailbox has no name and the mode 0600.  It lives until
 * mailbox_destroy(), or until the client is closed in every process that
 * shares it.
 *
 * Return: 0; or -EINVAL (@capacity too large), -EDQUOT, -ENOMEM.
 */
int mailbox_create(int client, uint32_t capacity, uint64_t *id);

/**
 * mailbox_send - send a message, and wait for room if need be
 * @fd: a client, or a handle with the SEND right
 * @id: on a client the mailbox's ID, on a handle 0
 * @data: the message; may be NULL if @length is 0
 * @length: its bytes
 *
 * On a rendezvous mailbox this waits until a receiver has the message.  It
 * does not wait if @fd has O_NONBLOCK set.  A send that fails has sent
 * nothing.
 *
 * Return: 0; or -EAGAIN, -EINTR, -EIDRM, -ENOENT (no such @id), -EPIPE
 * (nobody can ever receive it), -EMSGSIZE (longer than the mailbox takes),
 * -EDQUOT, -EACCES (by ID), -EBADF (the handle lacks the right), -EUSERS
 * (PAIR mailbox), -EFAULT, -ENOMEM.
 */
int mailbox_send(int fd, uint64_t id, const void *data, size_t length);

/**
 * mailbox_receive - receive the next message, and wait for one if need be
 * @fd: a client, or a handle with the RECEIVE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @buffer: where to put it; may be NULL if @room is 0
 * @room: bytes in @buffer
 *
 * A message that does not fit, or that cannot be copied, stays in the
 * mailbox; mailbox_receive_with() tells how long it is.
 *
 * Return: the message's bytes, which may be 0; or -EAGAIN (@fd has
 * O_NONBLOCK), -EINTR, -EIDRM, -ENOENT (no such @id), -EPIPE (the handle has
 * %MAILBOX_HANDLE_EOF, and there are no senders), -EMSGSIZE (longer than
 * @room), -EACCES (by ID), -EBADF (the handle lacks the right), -EBUSY
 * (EXCLUSIVE mailbox), -EUSERS (PAIR mailbox), -EINVAL (ALL mailbox, by ID),
 * -EFAULT, -ENOMEM.
 */
ssize_t mailbox_receive(int fd, uint64_t id, void *buffer, size_t room);

/**
 * mailbox_destroy - end a mailbox, for everybody
 * @fd: a client, or a handle with the MANAGE right
 * @id: on a client the mailbox's ID, on a handle 0
 *
 * Its messages are freed.  Who waits on it gets -EIDRM.
 *
 * Return: 0; or -ENOENT (no such @id), -EIDRM (done already), -EPERM (by ID,
 * not the owner), -EBADF (the handle lacks the right).
 */
int mailbox_destroy(int fd, uint64_t id);

/* ---- Without waiting, and with a time limit --------------------------- */

/**
 * mailbox_try_send - send a message if that needs no waiting
 * @fd: a client, or a handle with the SEND right
 * @id: on a client the mailbox's ID, on a handle 0
 * @data: the message
 * @length: its bytes
 *
 * Return: as mailbox_send(); -EAGAIN if it would wait.
 */
int mailbox_try_send(int fd, uint64_t id, const void *data, size_t length);

/**
 * mailbox_try_receive - receive a message if there is one
 * @fd: a client, or a handle with the RECEIVE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @buffer: where to put it
 * @room: bytes in @buffer
 *
 * Return: as mailbox_receive(); -EAGAIN if it would wait.
 */
ssize_t mailbox_try_receive(int fd, uint64_t id, void *buffer, size_t room);

/**
 * mailbox_send_within - send a message, waiting at most so long
 * @fd: a client, or a handle with the SEND right
 * @id: on a client the mailbox's ID, on a handle 0
 * @data: the message
 * @length: its bytes
 * @timeout: nanoseconds from now, of %MAILBOX_CLOCK_MONOTONIC; 0 sends what
 *	can be sent at once
 *
 * To repeat the call after -EINTR starts the time anew; where that matters
 * use mailbox_send_with() and a deadline.  Waits even if @fd has O_NONBLOCK.
 *
 * Return: as mailbox_send(); -ETIMEDOUT when the time is over.
 */
int mailbox_send_within(int fd, uint64_t id, const void *data, size_t length,
			uint64_t timeout);

/**
 * mailbox_receive_within - receive a message, waiting at most so long
 * @fd: a client, or a handle with the RECEIVE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @buffer: where to put it
 * @room: bytes in @buffer
 * @timeout: nanoseconds from now, of %MAILBOX_CLOCK_MONOTONIC; 0 takes what
 *	is there
 *
 * To repeat the call after -EINTR starts the time anew; where that matters
 * use mailbox_receive_with() and a deadline.  Waits even if @fd has
 * O_NONBLOCK.
 *
 * Return: as mailbox_receive(); -ETIMEDOUT when the time is over.
 */
ssize_t mailbox_receive_within(int fd, uint64_t id, void *buffer, size_t room,
			       uint64_t timeout);

/**
 * mailbox_deadline_after - a point in time, for &mailbox_send.deadline and
 *	its like
 * @timeout: nanoseconds from now
 * @clock: %MAILBOX_CLOCK_MONOTONIC, %MAILBOX_CLOCK_REALTIME or
 *	%MAILBOX_CLOCK_BOOTTIME
 *
 * Return: nanoseconds of @clock, INT64_MAX at the most (in effect never); or
 * -EINVAL if @clock is none of these.  A deadline that is an error is refused
 * by the module with -EINVAL too.
 */
int64_t mailbox_deadline_after(uint64_t timeout, uint32_t clock);

/* ---- Making a mailbox ------------------------------------------------- */

/**
 * struct mailbox_attr - how a mailbox is to be
 * @size: sizeof(struct mailbox_attr); mailbox_attr_init() sets it, and it is
 *	not to be changed
 * @flags: %MAILBOX_CREATE_NOFD, %MAILBOX_CREATE_PERSIST,
 *	%MAILBOX_CREATE_KEEP_BY_SENDERS, %MAILBOX_CREATE_LOSSY; default 0
 * @name: its name, which the caller keeps; NULL or "": none; default NULL
 * @capacity: messages it holds: %MAILBOX_RENDEZVOUS, 1 to
 *	%MAILBOX_CAPACITY_MAX, or %MAILBOX_UNBOUNDED; default 16
 * @max_message: the longest message it takes, in bytes; default
 *	%MAILBOX_MESSAGE_DEFAULT
 * @mode: permission bits; default 0600
 * @policy: MAILBOX_POLICY_*; default %MAILBOX_POLICY_ANY
 * @max_receivers: with %MAILBOX_POLICY_ALL, how many receive handles there may
 *	be at once, 1 to %MAILBOX_RECEIVERS_MAX; else 0; default 0
 * @rights: of the handle that is made, MAILBOX_RIGHT_*; default
 *	%MAILBOX_RIGHTS_ALL; ignored with %MAILBOX_CREATE_NOFD
 * @handle_flags: of that handle, MAILBOX_HANDLE_*; default 0
 * @index: out: the mailbox's index
 * @id: out: the mailbox's ID
 *
 * More members may come at the end; the library knows by @size which of them
 * the program has.
 */
struct mailbox_attr {
	uint32_t size;
	uint32_t flags;
	const char *name;
	uint32_t capacity;
	uint32_t max_message;
	uint32_t mode;
	uint32_t policy;
	uint32_t max_receivers;
	uint32_t rights;
	uint32_t handle_flags;
	uint32_t index;
	uint64_t id;
};

/**
 * mailbox_attr_init - set all attributes to their defaults
 * @attr: the attributes
 */
static inline void mailbox_attr_init(struct mailbox_attr *attr)
{
	memset(attr, 0, sizeof(*attr));
	attr->size = sizeof(*attr);
	attr->capacity = 16;
	attr->max_message = MAILBOX_MESSAGE_DEFAULT;
	attr->mode = 0600;
	attr->rights = MAILBOX_RIGHTS_ALL;
}

/**
 * mailbox_create_with - make a mailbox, and a handle to it
 * @client: a client
 * @attr: the attributes, from mailbox_attr_init(); out: @id and @index
 *
 * Return: the handle, to be closed with close(2), or 0 with
 * %MAILBOX_CREATE_NOFD; or -EINVAL (a bad value, or values that do not go
 * together), -EEXIST (the name is taken), -EDQUOT, -E2BIG (@attr has members
 * that this library does not know), -EMFILE, -ENFILE, -ENOMEM.
 */
int mailbox_create_with(int client, struct mailbox_attr *attr);

/**
 * mailbox_policy_name - a policy as a word
 * @policy: MAILBOX_POLICY_*
 *
 * Return: "any", "exclusive", "pair", "all", or NULL if @policy is none of
 * these.  The string belongs to the library.
 */
const char *mailbox_policy_name(uint32_t policy);

/**
 * mailbox_policy_parse - a word as a policy
 * @name: "any", "exclusive", "pair" or "all"
 * @policy: out: MAILBOX_POLICY_*
 *
 * Return: 0, or -EINVAL if @name is none of these.
 */
int mailbox_policy_parse(const char *name, uint32_t *policy);

/* ---- Finding a mailbox ------------------------------------------------ */

/**
 * mailbox_open - make a handle to the mailbox of a name
 * @client: a client
 * @name: the name
 * @rights: what to open it for, at least one of MAILBOX_RIGHT_*
 * @handle_flags: MAILBOX_HANDLE_*, or 0
 *
 * Return: the handle, to be closed with close(2); or -ENOENT, -EACCES (the
 * permission bits do not allow @rights), -EPERM (MANAGE, but not the owner),
 * -EUSERS (an ALL mailbox has its receive handles), -EINVAL (a bad value),
 * -EMFILE, -ENFILE, -ENOMEM.
 */
int mailbox_open(int client, const char *name, uint32_t rights,
		 uint32_t handle_flags);

/**
 * mailbox_open_id - make a handle to the mailbox of an ID
 * @client: a client
 * @id: the ID
 * @rights: what to open it for, at least one of MAILBOX_RIGHT_*
 * @handle_flags: MAILBOX_HANDLE_*, or 0
 *
 * Return: as mailbox_open().
 */
int mailbox_open_id(int client, uint64_t id, uint32_t rights,
		    uint32_t handle_flags);

/**
 * mailbox_open_index - make a handle to the mailbox of an index
 * @client: a client
 * @index: the index
 * @rights: what to open it for, at least one of MAILBOX_RIGHT_*
 * @handle_flags: MAILBOX_HANDLE_*, or 0
 *
 * Return: as mailbox_open().
 */
int mailbox_open_index(int client, uint32_t index, uint32_t rights,
		       uint32_t handle_flags);

/**
 * mailbox_open_with - make a handle, or find a mailbox, in any way there is
 * @client: a client
 * @open: all set by the caller, @open->size included; out: id, index, fd
 *
 * Return: the handle, to be closed with close(2), or 0 with
 * %MAILBOX_OPEN_NOFD; or as mailbox_open().
 */
int mailbox_open_with(int client, struct mailbox_open *open);

/**
 * mailbox_find - the ID of the mailbox of a name
 * @client: a client
 * @name: the name
 * @rights: what it is wanted for, at least one of MAILBOX_RIGHT_*
 * @id: out: the ID
 *
 * Makes no handle and keeps nothing alive.
 *
 * Return: 0; or -ENOENT, -EACCES, -EPERM, -EINVAL as mailbox_open().
 */
int mailbox_find(int client, const char *name, uint32_t rights, uint64_t *id);

/**
 * mailbox_restrict - a narrower handle from a handle
 * @handle: a handle
 * @rights: of the new one: some of those that @handle has
 * @handle_flags: of the new one: MAILBOX_HANDLE_*, or 0
 *
 * Return: the new handle, to be closed with close(2); or -EBADF (@handle does
 * not have all of @rights), -EINVAL, -EIDRM, -EUSERS (an ALL mailbox has its
 * receive handles), -EMFILE, -ENFILE, -ENOMEM.
 */
int mailbox_restrict(int handle, uint32_t rights, uint32_t handle_flags);

/* ---- Messages with all there is to them ------------------------------- */

/**
 * mailbox_message_data - describe a message that is to be sent
 * @message: set to that, with priority 0 and tag 0
 * @data: its bytes
 * @length: how many; more than 32 bits hold become UINT32_MAX, which no
 *	mailbox takes (-EMSGSIZE)
 */
static inline void mailbox_message_data(struct mailbox_message *message,
					const void *data, size_t length)
{
	memset(message, 0, sizeof(*message));
	message->data = (uintptr_t)data;
	message->length = length < UINT32_MAX ? (uint32_t)length : UINT32_MAX;
}

/**
 * mailbox_message_buffer - describe where a message is to be received
 * @message: set to that
 * @buffer: where its bytes go
 * @room: how many there may be; no more than UINT32_MAX are used
 */
static inline void mailbox_message_buffer(struct mailbox_message *message,
					  void *buffer, size_t room)
{
	memset(message, 0, sizeof(*message));
	message->data = (uintptr_t)buffer;
	message->room = room < UINT32_MAX ? (uint32_t)room : UINT32_MAX;
}

/**
 * mailbox_message_iov - describe a message whose bytes lie in pieces
 * @message: set to that; for sending and for receiving
 * @iov: the pieces; the caller keeps the array until the call is over
 * @count: how many, 1 to %MAILBOX_IOV_MAX
 */
static inline void mailbox_message_iov(struct mailbox_message *message,
				       const struct mailbox_iovec *iov,
				       uint32_t count)
{
	memset(message, 0, sizeof(*message));
	message->data = (uintptr_t)iov;
	message->iov_count = count;
}

/**
 * mailbox_piece - one piece, for mailbox_message_iov()
 * @base: its bytes; written only when receiving
 * @length: how many
 *
 * Return: the piece.
 */
static inline struct mailbox_iovec mailbox_piece(const void *base,
						 size_t length)
{
	struct mailbox_iovec piece;

	piece.base = (uintptr_t)base;
	piece.length = length;
	return piece;
}

/**
 * mailbox_send_init - prepare a plain send, to which options may be added
 * @send: set to do what mailbox_send() does
 * @id: on a client the mailbox's ID, on a handle 0
 * @data: the message
 * @length: its bytes
 *
 * Then set @send->flags (MAILBOX_NONBLOCK, BLOCK or DEADLINE,
 * %MAILBOX_SEND_SYNC), @send->deadline and @send->clock,
 * @send->message.priority and @send->message.tag as wanted.
 */
static inline void mailbox_send_init(struct mailbox_send *send, uint64_t id,
				     const void *data, size_t length)
{
	memset(send, 0, sizeof(*send));
	send->size = sizeof(*send);
	send->id = id;
	mailbox_message_data(&send->message, data, length);
}

/**
 * mailbox_send_with - send a message in any way there is
 * @fd: a client, or a handle with the SEND right
 * @send: from mailbox_send_init(); out: @send->message.seq and .info, and with
 *	%MAILBOX_INFO_RECEIVED the receiver's .pid, .uid and .gid
 *
 * Return: as mailbox_send(); also -ETIMEDOUT (deadline), -EINVAL (a bad value,
 * or values that do not go together), -E2BIG (@send has members that are not
 * 0 and that the module does not know).
 */
int mailbox_send_with(int fd, struct mailbox_send *send);

/**
 * mailbox_receive_init - prepare a plain receive, to which options may be
 *	added
 * @receive: set to do what mailbox_receive() does
 * @id: on a client the mailbox's ID, on a handle 0
 * @buffer: where to put the message
 * @room: bytes in @buffer
 *
 * Then set @receive->flags (MAILBOX_NONBLOCK, BLOCK or DEADLINE,
 * MAILBOX_RECEIVE_*), @receive->deadline and @receive->clock,
 * @receive->from_pid, @receive->tag_min and @receive->tag_max as wanted.
 */
static inline void mailbox_receive_init(struct mailbox_receive *receive,
					uint64_t id, void *buffer, size_t room)
{
	memset(receive, 0, sizeof(*receive));
	receive->size = sizeof(*receive);
	receive->id = id;
	mailbox_message_buffer(&receive->message, buffer, room);
}

/**
 * mailbox_receive_with - receive a message in any way there is
 * @fd: a client, or a handle with the RECEIVE right
 * @receive: from mailbox_receive_init(); out: @receive->message, of which
 *	.length is set also with -EMSGSIZE, to the room that it takes
 *
 * Return: as mailbox_receive(); also -ETIMEDOUT (deadline), -EINVAL (a bad
 * value, or values that do not go together), -E2BIG (@receive has members that
 * are not 0 and that the module does not know).
 */
ssize_t mailbox_receive_with(int fd, struct mailbox_receive *receive);

/* ---- Many messages in one call ---------------------------------------- */

/**
 * mailbox_send_batch - send messages, waiting for room for each
 * @fd: a client, or a handle with the SEND right
 * @id: on a client the mailbox's ID, on a handle 0
 * @messages: the messages, from mailbox_message_data() or
 *	mailbox_message_iov(); out: as with mailbox_send_with()
 * @count: how many, at least 1; of more than %MAILBOX_BATCH_MAX the first so
 *	many are sent
 *
 * Return: how many were sent, from the first on, at least 1; or, if none was,
 * an error of mailbox_send_with().
 */
int mailbox_send_batch(int fd, uint64_t id, struct mailbox_message *messages,
		       size_t count);

/**
 * mailbox_receive_batch - receive messages, waiting only for the first
 * @fd: a client, or a handle with the RECEIVE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @messages: where to put them, from mailbox_message_buffer() or
 *	mailbox_message_iov(); out: the messages
 * @count: how many there may be, at least 1; no more than %MAILBOX_BATCH_MAX
 *	are received
 *
 * Return: how many were received, at least 1; or, if none was, an error of
 * mailbox_receive_with().
 */
int mailbox_receive_batch(int fd, uint64_t id,
			  struct mailbox_message *messages, size_t count);

/**
 * mailbox_batch_init - prepare a plain batch, to which options may be added
 * @batch: set to do what mailbox_send_batch() or mailbox_receive_batch() does
 * @id: on a client the mailbox's ID, on a handle 0
 * @messages: the messages
 * @count: how many, at least 1; of more than %MAILBOX_BATCH_MAX the first so
 *	many are used
 *
 * Then set @batch->flags, @batch->deadline and @batch->clock (for the whole
 * batch), and to receive @batch->from_pid, @batch->tag_min and @batch->tag_max
 * as wanted.
 */
static inline void mailbox_batch_init(struct mailbox_batch *batch, uint64_t id,
				      struct mailbox_message *messages,
				      size_t count)
{
	memset(batch, 0, sizeof(*batch));
	batch->size = sizeof(*batch);
	batch->id = id;
	batch->messages = (uintptr_t)messages;
	batch->message_size = sizeof(*messages);
	batch->count = count < MAILBOX_BATCH_MAX ? (uint32_t)count :
						   MAILBOX_BATCH_MAX;
}

/**
 * mailbox_send_batch_with - send a batch in any way there is
 * @fd: a client, or a handle with the SEND right
 * @batch: from mailbox_batch_init(); out: @batch->done
 *
 * Return: as mailbox_send_batch().
 */
int mailbox_send_batch_with(int fd, struct mailbox_batch *batch);

/**
 * mailbox_receive_batch_with - receive a batch in any way there is
 * @fd: a client, or a handle with the RECEIVE right
 * @batch: from mailbox_batch_init(); out: @batch->done
 *
 * Return: as mailbox_receive_batch().
 */
int mailbox_receive_batch_with(int fd, struct mailbox_batch *batch);

/* ---- Looking at mailboxes and changing them --------------------------- */

/**
 * mailbox_stat_sized - mailbox_stat() for a structure of another size
 * @fd: a client, or a handle
 * @id: on a client the mailbox's ID, on a handle 0
 * @stat: filled in
 * @size: bytes in @stat
 *
 * For language bindings; C programs use mailbox_stat().
 *
 * Return: as mailbox_stat().
 */
int mailbox_stat_sized(int fd, uint64_t id, struct mailbox_stat *stat,
		       size_t size);

/**
 * mailbox_stat - what a mailbox is and holds
 * @fd: a client, or a handle with any right
 * @id: on a client the mailbox's ID, on a handle 0
 * @stat: filled in; nothing in it need be set
 *
 * Return: 0; or -ENOENT (no such @id), -EIDRM, -EACCES (by ID).
 */
static inline int mailbox_stat(int fd, uint64_t id, struct mailbox_stat *stat)
{
	return mailbox_stat_sized(fd, id, stat, sizeof(*stat));
}

/**
 * mailbox_list - the mailboxes that the caller may receive from or owns
 * @client: a client
 * @cursor: 0 to begin; out: give it back to go on
 * @ids: array for their IDs
 * @room: how many it takes, at least 1
 *
 * Return: how many were written, less than @room only at the end of the list;
 * or -EINVAL (@room is 0), -EFAULT, and @cursor is what it was.
 */
ssize_t mailbox_list(int client, uint64_t *cursor, uint64_t *ids, size_t room);

/**
 * mailbox_set - change a mailbox
 * @fd: a client, or a handle with the MANAGE right
 * @set: all set by the caller, @set->size included
 *
 * Return: 0; or -EPERM (not the owner, or giving it away without CAP_CHOWN),
 * -EBADF (the handle lacks the right), -EINVAL, -ENOENT (no such ID), -EIDRM.
 */
int mailbox_set(int fd, const struct mailbox_set *set);

/**
 * mailbox_set_mode - change the permission bits
 * @fd: a client, or a handle with the MANAGE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @mode: as in 0600
 *
 * Return: as mailbox_set().
 */
int mailbox_set_mode(int fd, uint64_t id, uint32_t mode);

/**
 * mailbox_set_owner - change the owner, the group, or both
 * @fd: a client, or a handle with the MANAGE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @uid: the new owner, or (uid_t)-1 to leave it
 * @gid: the new group, or (gid_t)-1 to leave it
 *
 * Return: as mailbox_set(); -EINVAL also if there is nothing to change.
 */
int mailbox_set_owner(int fd, uint64_t id, uid_t uid, gid_t gid);

/**
 * mailbox_set_capacity - change the capacity of a bounded mailbox
 * @fd: a client, or a handle with the MANAGE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @capacity: messages, 1 to %MAILBOX_CAPACITY_MAX
 *
 * Return: as mailbox_set().
 */
int mailbox_set_capacity(int fd, uint64_t id, uint32_t capacity);

/**
 * mailbox_set_max_message - change how long a message may be
 * @fd: a client, or a handle with the MANAGE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @max_message: bytes
 *
 * Return: as mailbox_set().
 */
int mailbox_set_max_message(int fd, uint64_t id, uint32_t max_message);

/**
 * mailbox_unlink - remove a mailbox's name, and let it end with its last handle
 * @fd: a client, or a handle with the MANAGE right
 * @id: on a client the mailbox's ID, on a handle 0
 *
 * Return: 0; or -ENOENT (no such @id), -EIDRM, -EPERM (by ID, not the owner),
 * -EBADF (the handle lacks the right).
 */
int mailbox_unlink(int fd, uint64_t id);

/**
 * mailbox_release - give up what this process has claimed
 * @fd: a client, or a handle
 * @id: on a client the mailbox's ID, on a handle 0
 *
 * Ends the calling process's claim on an EXCLUSIVE or PAIR mailbox.
 *
 * Return: 0; or -EINVAL (nothing was claimed), -ENOENT (no such @id), -EIDRM.
 */
int mailbox_release(int fd, uint64_t id);

/* ---- Errors ----------------------------------------------------------- */

/**
 * mailbox_explain - what an error means for mailboxes, in a sentence
 * @error: an errno value, negative or positive
 *
 * Return: a string that belongs to the library, in English; for an error that
 * the module does not use, one that says so.  Never NULL.
 */
const char *mailbox_explain(int error);

#ifdef __cplusplus
#pragma GCC diagnostic pop
}
#endif

#endif /* MAILBOX_H */
