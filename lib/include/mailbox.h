/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * libmailbox: mailboxes between processes, through /dev/mailbox.
 *
 * A thin layer: every function fills in one of the structures of
 * <linux/mailbox.h> and makes one system call (mailbox_list(), and those for
 * pidfds, more).  The library keeps no state, so every function may be called from
 * any thread, from a signal handler (but mailbox_serve_threads()), and on both
 * sides of a fork.
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
 * @low_water: of a bounded mailbox, its low-water mark (mailbox.4), less than
 *	@capacity; default 0: none
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
	uint32_t low_water;
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

/* ---- Messages that carry descriptors ---------------------------------- */

/**
 * mailbox_attachments_init - a list of attachments
 * @list: set to be given to a message: its address goes into .attachments of a
 *	struct mailbox_message
 * @items: what is attached, or room for what is received
 * @count: how many
 */
static inline void mailbox_attachments_init(struct mailbox_attachments *list,
					    struct mailbox_attachment *items,
					    size_t count)
{
	memset(list, 0, sizeof(*list));
	list->size = sizeof(*list);
	list->items = (uintptr_t)items;
	list->count = count > UINT32_MAX ? UINT32_MAX : (uint32_t)count;
}

/**
 * mailbox_attachment - something to attach
 * @fd: a descriptor: a handle, a section, or a file
 * @rights: %MAILBOX_RIGHT_SEND of a handle; %MAILBOX_SECTION_READ of a section, or
 *	that and WRITE; 0 of a file
 *
 * Return: the attachment.
 */
static inline struct mailbox_attachment mailbox_attachment(int fd,
							   uint32_t rights)
{
	struct mailbox_attachment item;

	memset(&item, 0, sizeof(item));
	item.fd = fd;
	item.rights = rights;
	return item;
}

/**
 * mailbox_send_attached - send a message that carries descriptors
 * @fd: a client, or a handle with the SEND right; the mailbox was made with
 *	%MAILBOX_CREATE_ATTACH
 * @id: on a client the mailbox's ID, on a handle 0
 * @data: the message
 * @length: its bytes
 * @items: from mailbox_attachment(); the sender keeps its descriptors
 * @count: how many, at least 1 and at most %MAILBOX_ATTACHMENTS_MAX
 *
 * Return: as mailbox_send(); -EMSGSIZE also if the mailbox takes none; -EPERM if
 * one is of a kind that is not sent, -EBADF if it is not open or lacks the right,
 * -EINVAL, -EDQUOT (too many under way).
 */
int mailbox_send_attached(int fd, uint64_t id, const void *data, size_t length,
			  struct mailbox_attachment *items, size_t count);

/**
 * mailbox_receive_attached - receive a message and what it carries
 * @fd: a client, or a handle with the RECEIVE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @buffer: where to put the message
 * @room: bytes in @buffer
 * @items: out: what it carries; each .fd is a descriptor, close-on-exec, or a
 *	negative errno value
 * @count: room in @items; out: how many the message has, also with -EMSGSIZE
 *
 * Return: as mailbox_receive(); -EMSGSIZE also if it carries more than there is
 * room for, -EMFILE; then it stays.
 */
ssize_t mailbox_receive_attached(int fd, uint64_t id, void *buffer, size_t room,
				 struct mailbox_attachment *items,
				 size_t *count);

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

/* ---- Calls: a message and its reply ----------------------------------- */

/**
 * mailbox_call - send a request and wait for the reply
 * @fd: a client, or a handle with the SEND right
 * @id: on a client the mailbox's ID, on a handle 0
 * @request: the request; may be NULL if @length is 0
 * @length: its bytes
 * @reply: where the reply goes; may be NULL if @room is 0
 * @room: bytes in @reply
 *
 * Waits even if @fd has O_NONBLOCK.  If it fails, the call has ended: nobody will
 * answer it any more, though the request may have been received.
 *
 * Return: the reply's bytes, which may be 0; or -EPIPE (nobody can answer it any
 * more), -EIDRM, -EINTR, or another error of mailbox_send().
 */
ssize_t mailbox_call(int fd, uint64_t id, const void *request, size_t length,
		     void *reply, size_t room);

/**
 * mailbox_call_within - the same, waiting at most so long
 * @fd: a client, or a handle with the SEND right
 * @id: on a client the mailbox's ID, on a handle 0
 * @request: the request
 * @length: its bytes
 * @reply: where the reply goes
 * @room: bytes in @reply
 * @timeout: nanoseconds from now, for request and reply together
 *
 * Return: as mailbox_call(); -ETIMEDOUT when the time is over.
 */
ssize_t mailbox_call_within(int fd, uint64_t id, const void *request,
			    size_t length, void *reply, size_t room,
			    uint64_t timeout);

/**
 * mailbox_call_init - prepare a plain call, to which options may be added
 * @call: set to do what mailbox_call() does
 * @id: on a client the mailbox's ID, on a handle 0
 * @request: the request
 * @length: its bytes
 * @reply: where the reply goes
 * @room: bytes in @reply
 *
 * Then set @call->flags, @call->deadline and @call->clock, @call->request.tag and
 * @call->request.priority as wanted.
 */
static inline void mailbox_call_init(struct mailbox_call *call, uint64_t id,
				     const void *request, size_t length,
				     void *reply, size_t room)
{
	memset(call, 0, sizeof(*call));
	call->size = sizeof(*call);
	call->flags = MAILBOX_BLOCK;
	call->id = id;
	mailbox_message_data(&call->request, request, length);
	mailbox_message_buffer(&call->reply, reply, room);
}

/**
 * mailbox_call_with - make a call in any way there is, or go on with it
 * @fd: a client, or a handle with the SEND right
 * @call: from mailbox_call_init(); out: @call->reply, @call->pending
 *
 * After -EINTR, -EAGAIN, -EMSGSIZE or -EFAULT the call may go on: then
 * @call->pending is not 0, and the same structure given again waits on.
 *
 * Return: as mailbox_call(); also -EAGAIN, -ETIMEDOUT, -ESTALE (there is no such
 * pending call), -EBUSY (another thread waits for it), -EINVAL, -E2BIG.
 */
ssize_t mailbox_call_with(int fd, struct mailbox_call *call);

/**
 * mailbox_call_cancel - end a call that goes on
 * @fd: the client or handle that it was made by
 * @call: as mailbox_call_with() left it; out: @call->pending is 0
 *
 * Return: 0; or -ESTALE (it has ended), -EBUSY (another thread waits for it).
 */
int mailbox_call_cancel(int fd, struct mailbox_call *call);

/**
 * mailbox_reply - answer a call
 * @fd: a client, or a handle with the RECEIVE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @token: of the received message that was the call
 * @data: the reply; may be NULL if @length is 0
 * @length: its bytes
 *
 * Never waits.
 *
 * Return: 0; or -ESTALE (nobody waits for it any more), -EMSGSIZE (longer than the
 * caller takes, which the request's &mailbox_message.room tells), -EFAULT,
 * -ENOMEM; after all but -ESTALE the token can be used again.
 */
int mailbox_reply(int fd, uint64_t id, uint64_t token, const void *data,
		  size_t length);

/**
 * mailbox_reply_init - prepare a plain reply, to which a tag may be added
 * @reply: set to do what mailbox_reply() does
 * @id: on a client the mailbox's ID, on a handle 0
 * @token: the call's
 * @data: the reply
 * @length: its bytes
 */
static inline void mailbox_reply_init(struct mailbox_reply *reply, uint64_t id,
				      uint64_t token, const void *data,
				      size_t length)
{
	memset(reply, 0, sizeof(*reply));
	reply->size = sizeof(*reply);
	reply->id = id;
	reply->token = token;
	mailbox_message_data(&reply->message, data, length);
}

/**
 * mailbox_reply_with - answer a call in any way there is
 * @fd: a client, or a handle with the RECEIVE right
 * @reply: from mailbox_reply_init()
 *
 * Return: as mailbox_reply().
 */
int mailbox_reply_with(int fd, struct mailbox_reply *reply);

/**
 * mailbox_reply_receive_init - prepare to answer and receive the next
 * @both: set to receive only
 * @id: on a client the mailbox's ID, on a handle 0
 * @buffer: where to put the next message
 * @room: bytes in @buffer
 *
 * To answer as well set @both->token, and @both->reply with
 * mailbox_message_data().
 */
static inline void
mailbox_reply_receive_init(struct mailbox_reply_receive *both, uint64_t id,
			   void *buffer, size_t room)
{
	memset(both, 0, sizeof(*both));
	both->size = sizeof(*both);
	both->id = id;
	mailbox_message_buffer(&both->message, buffer, room);
}

/**
 * mailbox_reply_receive_with - answer a call, then receive the next message
 * @fd: a client, or a handle with the RECEIVE right
 * @both: from mailbox_reply_receive_init(); out: @both->token is 0 when the reply
 *	has been given; @both->message
 *
 * One system call.  Given again after an error, it does what is left to do.
 *
 * Return: the next message's bytes; or an error of mailbox_reply() or of
 * mailbox_receive_with().
 */
ssize_t mailbox_reply_receive_with(int fd, struct mailbox_reply_receive *both);

/**
 * mailbox_forward - hand a call to another receiver
 * @fd: a client, or a handle with the RECEIVE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @token: the call's
 * @to_fd: a client, or a handle with the SEND right, to the other mailbox
 * @to: on a client the other mailbox's ID, on a handle 0
 *
 * The caller notices nothing.  Never waits.
 *
 * Return: 0; or -ESTALE; or, and the call is where it was, -ENOENT, -EACCES,
 * -EBADF, -EMSGSIZE, -EDQUOT, -EIDRM, -EPIPE, -EBUSY, -EUSERS, -EINVAL, -ENOMEM.
 */
int mailbox_forward(int fd, uint64_t id, uint64_t token, int to_fd,
		    uint64_t to);

/**
 * mailbox_forward_process - hand a call to a process
 * @fd: a client, or a handle with the RECEIVE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @token: the call's
 * @client: a client
 * @pid: the process
 *
 * Return: as mailbox_forward(); also -ESRCH, -EPERM.
 */
int mailbox_forward_process(int fd, uint64_t id, uint64_t token, int client,
			    pid_t pid);

/**
 * struct mailbox_request - what a server's handler gets, and gives
 * @message: the message: who sent it, its tag; with %MAILBOX_INFO_CALL, how many
 *	bytes the caller takes (@room) and the token
 * @data: its bytes, in the server's buffer; the handler may write there
 * @length: how many
 * @room: bytes in the whole buffer
 * @reply: set by the handler: the reply, which must stay until it is called again;
 *	NULL: none
 * @reply_length: set by the handler: its bytes; 0
 * @reply_tag: set by the handler: its tag; 0
 */
struct mailbox_request {
	const struct mailbox_message *message;
	void *data;
	size_t length;
	size_t room;
	const void *reply;
	size_t reply_length;
	uint64_t reply_tag;
};

/* What a handler returns besides 0 (reply) and -errno (end mailbox_serve()). */
#define MAILBOX_NO_REPLY	1	/* not now: the handler sees to it */

/**
 * typedef mailbox_handler - serves one message
 * @context: as given to mailbox_serve()
 * @request: the message, and place for the reply
 *
 * Return: 0: reply, if it is a call; %MAILBOX_NO_REPLY: the handler has replied,
 * or forwarded the call, or will; negative: mailbox_serve() returns that, and this
 * call is not answered.
 */
typedef int (*mailbox_handler)(void *context, struct mailbox_request *request);

/**
 * mailbox_serve - serve messages, one after the other
 * @fd: a client, or a handle with the RECEIVE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @handler: called for each message
 * @context: given to it
 * @buffer: where messages are put
 * @room: bytes in @buffer; as many as the mailbox's longest message
 *
 * One system call for each message.  Several threads, each with a buffer of its
 * own, and several processes may serve one mailbox.  A reply that is longer than
 * its caller takes is replaced by an empty one with the tag EMSGSIZE.  Callers who
 * did not wait are passed over.
 *
 * Return: what the handler returned; or -EINTR (a signal handler ran: to call again
 * goes on, nothing is lost), -EAGAIN (@fd has O_NONBLOCK), -EIDRM, -EPIPE,
 * -EMSGSIZE (a message is longer than @room, and stays), or another error of
 * mailbox_receive().
 */
int mailbox_serve(int fd, uint64_t id, mailbox_handler handler, void *context,
		  void *buffer, size_t room);

/**
 * mailbox_serve_threads - serve messages, by several threads
 * @fd: a client, or a handle with the RECEIVE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @handler: called for each message, by all threads at once
 * @context: given to it
 * @room: bytes in each thread's buffer, as many as the mailbox's longest message
 * @threads: how many serve, the calling one included; at least 1
 *
 * As mailbox_serve() in each thread.  The others take no signals, and a signal
 * handler that runs in the calling one does not end its serving.  A thread whose
 * handler returns a negative value serves no longer; the function returns when none
 * does.  mailbox_destroy(), also from a handler or a signal handler, ends all.
 *
 * Return: what ended the first thread that ended, as mailbox_serve(); or -EINVAL
 * (@threads is 0), -EAGAIN (no more threads), -ENOMEM, and nothing was served.
 */
int mailbox_serve_threads(int fd, uint64_t id, mailbox_handler handler,
			  void *context, size_t room, unsigned int threads);

/* ---- Direct communication: processes by their numbers ------------------ */

/**
 * mailbox_send_process - send a message to a process
 * @client: a client
 * @pid: the process, which has opened the device
 * @data: the message
 * @length: its bytes
 *
 * It receives from %MAILBOX_ID_SELF.
 *
 * Return: as mailbox_send(); also -ESRCH (it has not opened the device, or is
 * none), -EPERM (the caller may not signal it, and its SELF is not open to him),
 * -EPIPE (it died meanwhile).
 */
int mailbox_send_process(int client, pid_t pid, const void *data,
			 size_t length);

/**
 * mailbox_send_pidfd - send a message to the process of a pidfd
 * @client: a client
 * @pidfd: the process
 * @data: the message
 * @length: its bytes
 *
 * The number behind it is read from /proc; that it was still this process's is
 * made sure of afterwards.
 *
 * Return: as mailbox_send_process(); -ESRCH also if the process has ended, and then
 * nothing is known of the message; -EBADF if @pidfd is none.
 */
int mailbox_send_pidfd(int client, int pidfd, const void *data, size_t length);

/**
 * mailbox_send_pidfd_with - send to the process of a pidfd in any way there is
 * @client: a client
 * @pidfd: the process
 * @send: from mailbox_send_init(), with the ID 0; out: as mailbox_send_with()
 *
 * Return: as mailbox_send_pidfd() and mailbox_send_with().
 */
int mailbox_send_pidfd_with(int client, int pidfd, struct mailbox_send *send);

/**
 * mailbox_call_pidfd - call the process of a pidfd
 * @client: a client
 * @pidfd: the process
 * @request: the request
 * @length: its bytes
 * @reply: where the reply goes
 * @room: bytes in @reply
 *
 * Return: as mailbox_call_process(); -ESRCH also if the process has ended, and then
 * nothing is known of who has replied, if anybody; -EBADF if @pidfd is none.
 */
ssize_t mailbox_call_pidfd(int client, int pidfd, const void *request,
			   size_t length, void *reply, size_t room);

/**
 * mailbox_call_pidfd_with - call the process of a pidfd in any way there is
 * @client: a client
 * @pidfd: the process
 * @call: from mailbox_call_init(), with the ID 0; out: as mailbox_call_with()
 *
 * Return: as mailbox_call_pidfd() and mailbox_call_with().
 */
ssize_t mailbox_call_pidfd_with(int client, int pidfd,
				struct mailbox_call *call);

/**
 * mailbox_pidfd_pid - the process of a pidfd
 * @pidfd: a pidfd
 *
 * Return: its number; or -ESRCH (it has been waited for, or is not shown here),
 * -EBADF (not a pidfd), -EACCES, -EMFILE, -ENFILE, -ENOMEM.
 */
pid_t mailbox_pidfd_pid(int pidfd);

/**
 * mailbox_receive_process - receive the next message of a process
 * @client: a client of this process
 * @pid: the other process
 * @buffer: where to put it
 * @room: bytes in @buffer
 *
 * From SELF; messages of other processes stay.
 *
 * Return: as mailbox_receive(); -ESRCH if the process is dead and nothing of it is
 * there; -EOWNERDEAD if another process has opened @client.
 */
ssize_t mailbox_receive_process(int client, pid_t pid, void *buffer,
				size_t room);

/**
 * mailbox_receive_process_within - the same, waiting at most so long
 * @client: a client of this process
 * @pid: the other process
 * @buffer: where to put it
 * @room: bytes in @buffer
 * @timeout: nanoseconds from now; 0 takes what is there
 *
 * Return: as mailbox_receive_process(); -ETIMEDOUT when the time is over.
 */
ssize_t mailbox_receive_process_within(int client, pid_t pid, void *buffer,
				       size_t room, uint64_t timeout);

/**
 * mailbox_call_process - call a process
 * @client: a client
 * @pid: the process
 * @request: the request
 * @length: its bytes
 * @reply: where the reply goes
 * @room: bytes in @reply
 *
 * Return: as mailbox_call() and mailbox_send_process().
 */
ssize_t mailbox_call_process(int client, pid_t pid, const void *request,
			     size_t length, void *reply, size_t room);

/* ---- Connection ports and channels ------------------------------------- */

/**
 * mailbox_listen - make a connection port
 * @client: a client
 * @name: its name, or NULL
 * @backlog: requests that may wait for an answer
 *
 * Its channels hold 16 messages in each direction.
 *
 * Return: a handle to the port, to be closed with close(2); or as
 * mailbox_create_with().
 */
int mailbox_listen(int client, const char *name, uint32_t backlog);

/**
 * mailbox_listen_init - prepare a port, to which options may be added
 * @listen: set to do what mailbox_listen() does
 * @name: its name, or NULL
 * @backlog: requests that may wait for an answer
 */
void mailbox_listen_init(struct mailbox_listen *listen,
				       const char *name, uint32_t backlog);

/**
 * mailbox_listen_with - make a port in any way there is
 * @client: a client
 * @listen: from mailbox_listen_init(); out: @listen->port.id, .index and .fd
 *
 * Return: as mailbox_listen(), or 0 with %MAILBOX_CREATE_NOFD.
 */
int mailbox_listen_with(int client, struct mailbox_listen *listen);

/**
 * mailbox_connect - connect to a port, and wait until that is answered
 * @client: a client
 * @name: the port's name
 *
 * Return: an endpoint, to be closed with close(2); or -ECONNREFUSED, -ENOENT,
 * -EACCES, -EINVAL (not a port), -EPIPE (nobody can answer any more), -EIDRM,
 * -EDQUOT, -EINTR, -EMFILE, -ENFILE, -ENOMEM.
 */
int mailbox_connect(int client, const char *name);

/**
 * mailbox_connect_init - prepare to connect, with options that may be added
 * @connect: set to do what mailbox_connect() does
 * @name: the port's name; NULL: set @connect->id
 * @greeting: what the other side sees first; may be NULL if @length is 0
 * @length: its bytes, at most %MAILBOX_GREETING_MAX
 */
void mailbox_connect_init(struct mailbox_connect *connect,
					const char *name, const void *greeting,
					size_t length);

/**
 * mailbox_connect_with - connect in any way there is
 * @client: a client
 * @connect: from mailbox_connect_init(); out: who accepted, or the reason of
 *	-ECONNREFUSED
 *
 * Return: as mailbox_connect(); also -ETIMEDOUT (deadline), -EMSGSIZE (a longer
 * greeting than the port takes).
 */
int mailbox_connect_with(int client, struct mailbox_connect *connect);

/**
 * mailbox_connect_within - connect to a port, waiting at most so long
 * @client: a client
 * @name: the port's name
 * @timeout: nanoseconds from now
 *
 * Return: as mailbox_connect(); -ETIMEDOUT when the time is over.
 */
int mailbox_connect_within(int client, const char *name, uint64_t timeout);

/**
 * mailbox_accept - accept the next connection request, and wait for one
 * @port: a handle to a port
 *
 * Requests whose senders have gone are passed over.
 *
 * Return: an endpoint, to be closed with close(2); or an error of
 * mailbox_receive(), or -EMFILE, -ENFILE, -ENOMEM, after which the request was
 * rejected, for that reason.
 */
int mailbox_accept(int port);

/**
 * mailbox_accept_init - prepare to accept, with options that may be added
 * @accept: set to receive the next request and accept it
 * @id: on a client the port's ID, on a handle 0
 * @greeting: where its greeting goes
 * @room: bytes in @greeting
 */
static inline void mailbox_accept_init(struct mailbox_accept *accept,
				       uint64_t id, void *greeting, size_t room)
{
	memset(accept, 0, sizeof(*accept));
	accept->size = sizeof(*accept);
	accept->id = id;
	mailbox_message_buffer(&accept->message, greeting, room);
}

/**
 * mailbox_accept_with - accept in any way there is
 * @fd: a client, or a handle to a port
 * @accept: from mailbox_accept_init(), perhaps with @accept->token, of a request
 *	received before; out: who connects, and the token as long as the request
 *	waits
 *
 * Return: as mailbox_accept(); also -ESTALE (the request has ended).
 */
int mailbox_accept_with(int fd, struct mailbox_accept *accept);

/**
 * mailbox_reject - reject a connection request
 * @fd: a client, or a handle to a port
 * @id: on a client the port's ID, on a handle 0
 * @token: of the request, as mailbox_receive_with() gave it
 * @reason: for the other side
 *
 * Return: 0, or -ESTALE (the request has ended).
 */
int mailbox_reject(int fd, uint64_t id, uint64_t token, uint32_t reason);

/**
 * mailbox_shutdown - give up a direction of a channel
 * @endpoint: an endpoint
 * @rights: %MAILBOX_RIGHT_SEND, %MAILBOX_RIGHT_RECEIVE, or both
 *
 * Return: 0; or -EBADF (it does not have them), -EINVAL (not an endpoint).
 */
int mailbox_shutdown(int endpoint, uint32_t rights);

/* ---- Events ------------------------------------------------------------ */

/**
 * mailbox_notify - ask to be told of events, once each
 * @fd: a client, or a handle
 * @id: on a client the mailbox's ID, on a handle 0
 * @events: MAILBOX_EVENT_*, not RECEIPT and CANCELLED
 * @cookie: to be told with the event
 *
 * Return: 0; or -EAGAIN (too many are outstanding or unread), -EDQUOT, -EIDRM,
 * -EPIPE, -EBADF, -EACCES, -EINVAL, -ESRCH (a handle, and the process has no
 * client), -EOWNERDEAD (another process's client), -ENOMEM.
 */
int mailbox_notify(int fd, uint64_t id, uint32_t events, uint64_t cookie);

/**
 * mailbox_notify_call - ask to be told if a call is cancelled
 * @fd: a client, or a handle
 * @id: on a client the mailbox's ID, on a handle 0
 * @token: a call that this process has received
 * @cookie: to be told with the event
 *
 * Return: as mailbox_notify(); -ESTALE (nobody waits for its reply).
 */
int mailbox_notify_call(int fd, uint64_t id, uint64_t token, uint64_t cookie);

/**
 * mailbox_notify_process - ask to be told when a process has ended
 * @client: a client
 * @pid: the process, which has opened the device
 * @cookie: to be told with the event, %MAILBOX_EVENT_DESTROYED
 *
 * Return: as mailbox_notify(); -ESRCH, -EPERM.
 */
int mailbox_notify_process(int client, pid_t pid, uint64_t cookie);

/**
 * mailbox_event_name - an event as a word
 * @type: one of MAILBOX_EVENT_*
 *
 * Return: "receipt", "no-receivers", "no-senders", "destroyed", "cancelled",
 * "not-empty", "space", or NULL if @type is none of these.  The string belongs to
 * the library.
 */
const char *mailbox_event_name(uint32_t type);

/**
 * mailbox_event_parse - a word as an event
 * @name: as mailbox_event_name() gives it
 * @type: out: MAILBOX_EVENT_*
 *
 * Return: 0, or -EINVAL if @name is none of these.
 */
int mailbox_event_parse(const char *name, uint32_t *type);

/**
 * mailbox_notify_cancel - take back what was asked for
 * @fd: a client, or a handle
 * @id: on a client the mailbox's ID, on a handle 0
 * @events: MAILBOX_EVENT_*
 *
 * Return: 0; or -ENOENT (nothing of it).
 */
int mailbox_notify_cancel(int fd, uint64_t id, uint32_t events);

/**
 * mailbox_notify_with - ask, or take back, in any way there is
 * @fd: a client, or a handle
 * @notify: all set by the caller, @notify->size included
 *
 * Return: as the functions above.
 */
int mailbox_notify_with(int fd, const struct mailbox_notify *notify);

/**
 * mailbox_event - receive the next event, and wait for one if need be
 * @client: a client of this process
 * @event: filled in
 * @message: NULL, or filled in: with %MAILBOX_EVENT_RECEIPT, @pid, @uid and @gid
 *	are the receiver's
 *
 * Return: 0; or -EAGAIN (@client has O_NONBLOCK), -EINTR, -EOWNERDEAD (another
 * process has opened @client).
 */
int mailbox_event(int client, struct mailbox_event *event,
		  struct mailbox_message *message);

/**
 * mailbox_event_within - the same, waiting at most so long
 * @client: a client of this process
 * @event: filled in
 * @message: NULL, or filled in
 * @timeout: nanoseconds from now; 0 takes what is there
 *
 * Return: as mailbox_event(); -ETIMEDOUT when the time is over.
 */
int mailbox_event_within(int client, struct mailbox_event *event,
			 struct mailbox_message *message, uint64_t timeout);

/* ---- Sections: shared memory -------------------------------------------- */

/**
 * mailbox_section_create - make a section
 * @client: a client
 * @name: its name, or NULL
 * @length: bytes, at least 1
 * @seals: MAILBOX_SEAL_*, or 0
 * @id: out: its ID; may be NULL
 *
 * It has the mode 0600 and is zeroed.  It lives until its last descriptor is
 * closed and its last mapping is gone.
 *
 * Return: a descriptor with all rights, to be mapped with mailbox_section_map()
 * and closed with close(2); or -EINVAL, -EEXIST, -EDQUOT, -EMFILE, -ENFILE,
 * -ENOMEM.
 */
int mailbox_section_create(int client, const char *name, uint64_t length,
			   uint32_t seals, uint64_t *id);

/**
 * mailbox_section_create_with - make a section, in any way there is
 * @client: a client
 * @create: all set by the caller, @create->size included; out: id, fd
 *
 * Return: a descriptor, or 0 with %MAILBOX_CREATE_NOFD; or as
 * mailbox_section_create().
 */
int mailbox_section_create_with(int client,
				struct mailbox_section_create *create);

/**
 * mailbox_section_open - open the section of a name
 * @client: a client
 * @name: the name
 * @rights: MAILBOX_SECTION_*, with READ
 *
 * Return: a descriptor; or -ENOENT, -EACCES (READ or WRITE), -EPERM (MANAGE, or
 * WRITE where a seal forbids it), -EINVAL, -EMFILE, -ENFILE, -ENOMEM.
 */
int mailbox_section_open(int client, const char *name, uint32_t rights);

/**
 * mailbox_section_open_id - open the section of an ID
 * @client: a client
 * @id: the ID
 * @rights: MAILBOX_SECTION_*, with READ
 *
 * Return: as mailbox_section_open().
 */
int mailbox_section_open_id(int client, uint64_t id, uint32_t rights);

/**
 * mailbox_section_open_with - open a section, in any way there is
 * @client: a client
 * @open: all set by the caller, @open->size included; out: id, length, fd
 *
 * Return: a descriptor, or 0 with %MAILBOX_OPEN_NOFD; or as
 * mailbox_section_open(); -EPERM also if it lacks a seal of @open->seals.
 */
int mailbox_section_open_with(int client, struct mailbox_section_open *open);

/**
 * mailbox_section_restrict - a descriptor with fewer rights from another
 * @section: a descriptor of a section
 * @rights: some of its own, with READ
 *
 * Return: a descriptor; or -EINVAL, -EBADF (a right that it lacks), -EPERM
 * (WRITE, where a seal forbids it), -EIDRM, -EMFILE, -ENFILE, -ENOMEM.
 */
int mailbox_section_restrict(int section, uint32_t rights);

/**
 * mailbox_section_map - map a section
 * @section: a descriptor of a section
 * @offset: where to begin, in whole pages (bytes)
 * @length: how much, within the section's length (bytes)
 * @rights: %MAILBOX_SECTION_READ, or that and %MAILBOX_SECTION_WRITE
 * @memory: out: the memory, to be given back with munmap(2)
 *
 * The descriptor can be closed before the mapping is given back.
 *
 * Return: 0; or -EINVAL, -EACCES (the descriptor lacks the right), -EIDRM,
 * -ENOMEM.
 */
int mailbox_section_map(int section, uint64_t offset, size_t length,
			uint32_t rights, void **memory);

/**
 * mailbox_section_destroy - end a section
 * @fd: a client, or a descriptor with the MANAGE right
 * @id: on a client the section's ID, else 0
 *
 * It is found no more.  What is mapped stays.
 *
 * Return: 0; or -ENOENT (no such @id), -EIDRM (done already), -EPERM (by ID,
 * not the owner), -EBADF (the descriptor lacks the right).
 */
int mailbox_section_destroy(int fd, uint64_t id);

/**
 * mailbox_section_unlink - take a section's name, and %MAILBOX_CREATE_PERSIST
 * @fd: a client, or a descriptor with the MANAGE right
 * @id: on a client the section's ID, else 0
 *
 * Return: as mailbox_section_destroy().
 */
int mailbox_section_unlink(int fd, uint64_t id);

/**
 * mailbox_section_set - change a section
 * @fd: a client, or a descriptor with the MANAGE right
 * @set: what to change, and to what; @set->size and @set->id are set
 *
 * Return: 0; or -ENOENT, -EIDRM, -EPERM (not the owner; or a seal forbids it),
 * -EBADF, -EINVAL, -EDQUOT, -ENOMEM.
 */
int mailbox_section_set(int fd, const struct mailbox_section_set *set);

/**
 * mailbox_section_set_length - make a section longer or shorter
 * @fd: a client, or a descriptor with the MANAGE right
 * @id: on a client the section's ID, else 0
 * @length: bytes, at least 1
 *
 * Return: as mailbox_section_set().
 */
int mailbox_section_set_length(int fd, uint64_t id, uint64_t length);

/**
 * mailbox_section_stat_sized - mailbox_section_stat() for a structure of another
 *	size
 * @fd: a client, or a descriptor of a section
 * @id: on a client the section's ID, else 0
 * @stat: filled in
 * @size: bytes in @stat
 *
 * For language bindings; C programs use mailbox_section_stat().
 *
 * Return: as mailbox_section_stat().
 */
int mailbox_section_stat_sized(int fd, uint64_t id,
			       struct mailbox_section_stat *stat, size_t size);

/**
 * mailbox_section_stat - what a section is
 * @fd: a client, or a descriptor of a section
 * @id: on a client the section's ID, else 0
 * @stat: filled in; nothing in it need be set
 *
 * Return: 0; or -ENOENT (no such @id), -EIDRM, -EACCES (by ID).
 */
static inline int mailbox_section_stat(int fd, uint64_t id,
				       struct mailbox_section_stat *stat)
{
	return mailbox_section_stat_sized(fd, id, stat, sizeof(*stat));
}

/**
 * mailbox_section_list - the sections that the caller may read or owns
 * @client: a client
 * @cursor: 0 to begin; out: give it back to go on
 * @ids: array for their IDs
 * @room: how many it takes, at least 1
 *
 * Return: as mailbox_list().
 */
ssize_t mailbox_section_list(int client, uint64_t *cursor, uint64_t *ids,
			     size_t room);

/* ---- The module as one to be called ------------------------------------ */

/**
 * mailbox_kernel - have the module carry out a command that it is called with
 * @client: a client
 * @command: MAILBOX_IOC_*, one for clients and not CALL
 * @argument: its structure, which begins with its size; changed by the command
 *
 * Does by a CALL to %MAILBOX_ID_KERNEL what ioctl(2) does.
 *
 * Return: what the command returns: 0 or a negative errno value; -E2BIG if the
 * structure says that it is longer than %MAILBOX_SIZE_MAX.
 */
int mailbox_kernel(int client, uint32_t command, void *argument);

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
 * mailbox_set_low_water - change the low-water mark of a bounded mailbox
 * @fd: a client, or a handle with the MANAGE right
 * @id: on a client the mailbox's ID, on a handle 0
 * @low_water: messages, less than the capacity; 0: none any more
 *
 * Return: as mailbox_set().
 */
int mailbox_set_low_water(int fd, uint64_t id, uint32_t low_water);

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
