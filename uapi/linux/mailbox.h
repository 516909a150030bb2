/* SPDX-License-Identifier: GPL-2.0-only WITH Linux-syscall-note */
/*
 * mailbox: message passing between processes through /dev/mailbox.
 *
 * This header is the whole interface of the kernel module.  Every command is
 * an ioctl whose argument is one structure that begins with its own size, so
 * that structures can grow at their tail: a program built against an older
 * header gets what it knew, and a program built against a newer one gets
 * E2BIG only if it uses what the module does not know.
 *
 * Layouts are the same for 32- and 64-bit programs.  User pointers travel as
 * __u64.  Fields marked "out" are written by the module and ignored on input;
 * all others are checked, and reserved ones must be zero.
 */
#ifndef _UAPI_LINUX_MAILBOX_H
#define _UAPI_LINUX_MAILBOX_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * DOC: errors
 *
 * The same word means the same thing in every command.
 *
 * ============  ============================================================
 * EAGAIN        The call would have to wait, and was told not to.
 * ETIMEDOUT     The deadline passed first.
 * EINTR         A signal handler ran first (calls restart under SA_RESTART).
 * EIDRM         The mailbox was destroyed.
 * ENOENT        No mailbox has this ID, index or name here.
 * EEXIST        The name is taken.
 * EPIPE         Nobody can ever receive this message, or answer this call; or,
 *               receiving on a %MAILBOX_HANDLE_EOF handle, there are no senders.
 * ESTALE        No call of this token waits for the calling process's reply, or
 *               no pending call of the calling process is known by this value.
 * EMSGSIZE      The message is longer than the mailbox takes, or than the
 *               receive buffer; then the message stays and ``length`` tells
 *               the room it needs.
 * EDQUOT        A quota of the calling user, or the module's cap, is used up.
 * EACCES        The permission bits do not allow it.
 * EPERM         Only the owner may do this; or only who may signal the process; a
 *               seal forbids it; or it is of a kind that is not attached.
 * ESRCH         The process has not opened the device here; or, receiving, the
 *               process to receive from is dead.
 * EOWNERDEAD    The client was opened by another process, and only that one has
 *               its SELF and NOTIFY.
 * EBADF         The handle lacks the right.
 * EBUSY         Another process holds an EXCLUSIVE mailbox; or another thread
 *               waits for this pending call.
 * ECONNREFUSED  The connection request was rejected.
 * EUSERS        A PAIR mailbox has its two processes, or an ALL mailbox its
 *               receive handles.
 * EINVAL        A bad value, an unknown flag, a reserved field that is not 0.
 * E2BIG         The structure is longer than known, and the rest is not zero.
 * ENOTTY        Unknown command, or not one for this kind of descriptor.
 * EOPNOTSUPP    Not a command for a ring (struct mailbox_uring).
 * ECANCELED     The command was cancelled (struct mailbox_uring).
 * EFAULT        A bad pointer.  A message that could not be copied out stays.
 * ENOMEM        Out of memory.
 * EMFILE        Out of descriptors; ENFILE: the system is.
 * ENOSPC        Out of indices: 2147483631 mailboxes exist.
 * ============  ============================================================
 */

#define MAILBOX_VERSION_MAJOR	1
#define MAILBOX_VERSION_MINOR	0

/**
 * DOC: reserved identifiers
 *
 * A mailbox ID is 64 bits, unique in the system, and never used again while
 * the module is loaded.  The lowest ones are reserved; no mailbox that CREATE
 * makes has an ID below %MAILBOX_ID_FIRST.
 */
#define MAILBOX_ID_KERNEL	1	/* calls to the module itself */
#define MAILBOX_ID_SELF		2	/* the calling process's own mailbox */
#define MAILBOX_ID_NOTIFY	3	/* the calling process's events */
#define MAILBOX_ID_FIRST	16

/* Limits that never change; those that an administrator sets: see QUERY. */
#define MAILBOX_NAME_MAX	255	/* bytes in a name, without a NUL */
#define MAILBOX_PRIORITY_MAX	32767	/* priorities are 0 .. this */
#define MAILBOX_MESSAGE_MAX	(16U << 20)	/* bytes in a message */
#define MAILBOX_CAPACITY_MAX	(1U << 20)	/* messages, when bounded */
#define MAILBOX_IOV_MAX		1024	/* pieces of one message */
#define MAILBOX_BATCH_MAX	1024	/* messages in one batch */
#define MAILBOX_RECEIVERS_MAX	1024	/* receive handles of an ALL mailbox */
#define MAILBOX_GREETING_MAX	256	/* bytes in a connection request */
#define MAILBOX_LIST_MAX	4096	/* identifiers in one LIST */
#define MAILBOX_SIZE_MAX	4096	/* bytes in any argument structure */

/**
 * DOC: rights
 *
 * What a handle may be used for.  Rights only ever narrow.
 *
 * %MAILBOX_RIGHT_SEND: SEND, write(2).
 *
 * %MAILBOX_RIGHT_RECEIVE: RECEIVE, read(2); keeps the mailbox alive.
 *
 * %MAILBOX_RIGHT_MANAGE: SET, UNLINK, DESTROY.
 *
 * Who has no handle is judged by owner, group and permission bits, each time
 * and at OPEN; CAP_IPC_OWNER in the user namespace that owns the network
 * namespace overrides them.
 */
#define MAILBOX_RIGHT_SEND	(1U << 0)
#define MAILBOX_RIGHT_RECEIVE	(1U << 1)
#define MAILBOX_RIGHT_MANAGE	(1U << 2)
#define MAILBOX_RIGHTS_ALL	(MAILBOX_RIGHT_SEND | MAILBOX_RIGHT_RECEIVE | \
				 MAILBOX_RIGHT_MANAGE)

/**
 * DOC: handle options
 *
 * Chosen when a handle is made (CREATE, OPEN, RESTRICT).
 *
 * %MAILBOX_HANDLE_NONBLOCK: O_NONBLOCK is set on the new descriptor.
 *
 * %MAILBOX_HANDLE_EOF: for pipelines: while the mailbox is empty and no
 * handle with the SEND right is open, read(2) returns 0, RECEIVE fails with
 * EPIPE, and poll(2) shows EPOLLHUP.  Senders by ID do not count.
 *
 * %MAILBOX_HANDLE_STATUS: read(2) takes no message, but shows a line about the mailbox,
 * as reading a POSIX queue does: bytes in it; and who has asked for ARRIVED, and how
 * (0: by signal, 1: by none, 2: by event).  write(2) is refused with EINVAL.
 */
#define MAILBOX_HANDLE_NONBLOCK	(1U << 0)
#define MAILBOX_HANDLE_EOF	(1U << 1)
#define MAILBOX_HANDLE_STATUS	(1U << 2)

/**
 * DOC: policies
 *
 * Who gets a message when several could.
 *
 * %MAILBOX_POLICY_ANY: one of the waiting receivers, the one that has waited
 * longest.
 *
 * %MAILBOX_POLICY_EXCLUSIVE: one process at a time may receive; others get
 * EBUSY.  The first receive claims the mailbox for the calling process.
 *
 * %MAILBOX_POLICY_PAIR: two processes at the most may send or receive; a
 * third gets EUSERS.  A process claims one of the two places at first use.
 *
 * %MAILBOX_POLICY_ALL: every receive handle gets every message that is sent
 * after it was made.  Handles only: a receive by ID is refused with EINVAL.
 * The capacity is at least 1 and counts for each handle apart; a message is
 * queued for all of them or for none.  While there is no receive handle at
 * all, senders wait for one to be made; with LOSSY or UNBOUNDED the message is
 * lost, and counted.
 *
 * A call claims even if it then fails for another reason, such as EAGAIN.  A
 * claim ends with RELEASE, when the descriptor it was made through is
 * closed for good, and with the death of the process.
 */
#define MAILBOX_POLICY_ANY		0
#define MAILBOX_POLICY_EXCLUSIVE	1
#define MAILBOX_POLICY_PAIR		2
#define MAILBOX_POLICY_ALL		3

/**
 * DOC: waiting
 *
 * Flags common to SEND and RECEIVE and their batches.  Without any, a call
 * waits for as long as it takes, unless the descriptor has O_NONBLOCK.
 *
 * %MAILBOX_NONBLOCK: do not wait (EAGAIN).
 *
 * %MAILBOX_BLOCK: wait although the descriptor has O_NONBLOCK.
 *
 * %MAILBOX_DEADLINE: wait until ``deadline`` and no longer (ETIMEDOUT).  The
 * deadline is absolute, in nanoseconds of ``clock`` as the caller's time
 * namespace shows it.  What can be done at once is done even if the deadline
 * has passed.  Implies %MAILBOX_BLOCK; excludes %MAILBOX_NONBLOCK.
 */
#define MAILBOX_NONBLOCK	(1U << 0)
#define MAILBOX_BLOCK		(1U << 1)
#define MAILBOX_DEADLINE	(1U << 2)

/**
 * DOC: direct communication
 *
 * A process that has opened the device can be sent to by its process ID.  It has
 * a mailbox of its own, %MAILBOX_ID_SELF: bounded (64 messages, until SET changes
 * that), one for all clients that the process has opened in a network
 * namespace, gone with the last of them or with the process; blocked senders and
 * callers then get EPIPE.  It is not in any list, and only its process receives
 * from it.  Others may send to it who may send the process a signal, as in
 * kill(2), and beyond them whom its permission bits allow, which are 0 until SET
 * opens it.
 *
 * The first such send of a process to another establishes a link between the
 * two, one for each direction.  It lasts as long as both; STAT of SELF counts
 * the links to it.  With %MAILBOX_RECEIVE_FROM a process receives from one link
 * only.
 *
 * %MAILBOX_TO_PROCESS: in SEND, SEND_BATCH and CALL on a client: ``id`` is the
 * number of a process, as the caller's pid namespace shows it.
 */
#define MAILBOX_TO_PROCESS	(1U << 3)

/*
 * In SEND and RECEIVE: a signal handler ends the wait with EINTR, also one that
 * restarts system calls (SA_RESTART).
 */
#define MAILBOX_NO_RESTART	(1U << 4)

/* Values of ``clock``: those of clockid_t. */
#define MAILBOX_CLOCK_REALTIME	0
#define MAILBOX_CLOCK_MONOTONIC	1
#define MAILBOX_CLOCK_BOOTTIME	7

/**
 * struct mailbox_query - what this module is and allows (QUERY; on a client or
 *	a handle)
 * @size: sizeof(struct mailbox_query)
 * @flags: 0
 * @version_major: out: %MAILBOX_VERSION_MAJOR; a change breaks programs
 * @version_minor: out: %MAILBOX_VERSION_MINOR; a change adds something
 * @features: out: MAILBOX_FEATURE_*
 * @message_default: out: the message limit of a mailbox created without one
 *	(bytes); never more than @message_max
 * @message_max: out: the largest message limit a mailbox may have (bytes)
 * @user_mailboxes: out: mailboxes that count against the caller's user; one
 *	that was destroyed counts until its last handle is closed
 * @user_mailboxes_max: out: how many may
 * @user_waiting: out: calls of the caller's user that wait now
 * @user_waiting_max: out: how many may
 * @user_bytes: out: bytes of kernel memory held by the messages the caller's
 *	user has sent and nobody has received yet, overhead included, and by the
 *	spare messages of the mailboxes it has made.  A mailbox begins with up to
 *	16 short ones, and keeps what has come and gone in it, up to 256 for 256
 *	bytes and 256 for about 1.5 KiB, as long as the user holds less than a
 *	quarter of @user_bytes_max; they go with the mailbox
 * @user_bytes_max: out: how many may be held
 * @total_bytes: out: the same, for all users
 * @total_bytes_max: out: the cap on it; besides, a user may hold half of what
 *	the others leave of it
 * @user_sections: out: sections that count against the caller's user
 * @user_sections_max: out: how many may
 * @user_section_bytes: out: their lengths, in whole pages (bytes)
 * @user_section_bytes_max: out: how many may be; besides, a user may have half of
 *	what the others leave of the cap for all
 * @user_attachments: out: attachments the caller's user has sent and nobody has
 *	received yet
 * @user_attachments_max: out: how many may be
 * @sysv_mailboxes: out: mailboxes in the namespace made with %MAILBOX_CREATE_SYSV
 * @reserved: out: 0
 */
struct mailbox_query {
	__u32 size;
	__u32 flags;
	__u32 version_major;
	__u32 version_minor;
	__u64 features;
	__u32 message_default;
	__u32 message_max;
	__u32 user_mailboxes;
	__u32 user_mailboxes_max;
	__u32 user_waiting;
	__u32 user_waiting_max;
	__u64 user_bytes;
	__u64 user_bytes_max;
	__u64 total_bytes;
	__u64 total_bytes_max;
	__u32 user_sections;
	__u32 user_sections_max;
	__u64 user_section_bytes;
	__u64 user_section_bytes_max;
	__u32 user_attachments;
	__u32 user_attachments_max;
	__u32 sysv_mailboxes;
	__u32 reserved;
};

#define MAILBOX_FEATURE_BATCH	(1ULL << 0)	/* SEND_BATCH, RECEIVE_BATCH */
#define MAILBOX_FEATURE_CALL	(1ULL << 1)	/* CALL, REPLY, REPLY_RECEIVE */
#define MAILBOX_FEATURE_DIRECT	(1ULL << 2)	/* SELF, %MAILBOX_TO_PROCESS */
#define MAILBOX_FEATURE_NOTIFY	(1ULL << 3)	/* NOTIFY, SEND_RECEIPT */
#define MAILBOX_FEATURE_PORT	(1ULL << 4)	/* LISTEN, CONNECT, ACCEPT */
#define MAILBOX_FEATURE_FORWARD	(1ULL << 5)	/* FORWARD */
#define MAILBOX_FEATURE_KERNEL	(1ULL << 6)	/* CALL to %MAILBOX_ID_KERNEL */
#define MAILBOX_FEATURE_SECTION	(1ULL << 7)	/* SECTION_CREATE and so on */
#define MAILBOX_FEATURE_COMPAT	(1ULL << 8)	/* what other queues' users need */
#define MAILBOX_FEATURE_URING	(1ULL << 9)	/* commands on a ring that wait */
#define MAILBOX_FEATURE_ATTACH	(1ULL << 10)	/* %MAILBOX_CREATE_ATTACH */
#define MAILBOX_FEATURE_LOW_WATER (1ULL << 11)	/* low-water marks */

/**
 * struct mailbox_create - make a mailbox (CREATE; on a client)
 * @size: sizeof(struct mailbox_create)
 * @flags: MAILBOX_CREATE_*
 * @name: pointer to the name's bytes, any but NUL; ignored if @name_length
 *	is 0
 * @name_length: bytes in the name, at most %MAILBOX_NAME_MAX; 0: no name
 * @policy: MAILBOX_POLICY_*
 * @capacity: messages the mailbox holds; 0: rendezvous
 * @max_message: with %MAILBOX_CREATE_MAX_MESSAGE, the longest message it
 *	takes (bytes), at most QUERY's message_max
 * @mode: with %MAILBOX_CREATE_MODE, permission bits for use by ID and for
 *	OPEN: r (4) receives, w (2) sends, for owner, group and others as in
 *	0666; else 0600.  With %MAILBOX_CREATE_SYSV also x (1), which means nothing
 * @max_receivers: with %MAILBOX_POLICY_ALL, how many receive handles there
 *	may be at once, 1 to %MAILBOX_RECEIVERS_MAX; else 0
 * @rights: of the new handle, MAILBOX_RIGHT_*; 0 with %MAILBOX_CREATE_NOFD.
 *	A handle that would not keep the mailbox alive is refused (EINVAL)
 *	unless it persists: it would end at once.
 * @handle_flags: MAILBOX_HANDLE_*; 0 with %MAILBOX_CREATE_NOFD
 * @id: out: the mailbox's ID
 * @index: out: its index, 31 bits, unique among the mailboxes that exist
 * @fd: out: the new handle, close-on-exec; -1 with %MAILBOX_CREATE_NOFD
 * @low_water: of a bounded mailbox, its low-water mark (messages), less than
 *	@capacity; 0: none.  Else, with %MAILBOX_CREATE_LOSSY and in LISTEN: 0
 * @reserved: 0
 *
 * The caller's effective user and group own the mailbox; its real user is
 * charged for it.  A mailbox lives as long as a handle with the RECEIVE right
 * is open; the flags change that.  When it ends, its messages are freed and
 * waiting senders get EPIPE.
 */
struct mailbox_create {
	__u32 size;
	__u32 flags;
	__u64 name;
	__u32 name_length;
	__u32 policy;
	__u32 capacity;
	__u32 max_message;
	__u32 mode;
	__u32 max_receivers;
	__u32 rights;
	__u32 handle_flags;
	__u64 id;
	__u32 index;
	__s32 fd;
	__u32 low_water;
	__u32 reserved;
};

/**
 * DOC: low-water mark
 *
 * Without a mark a receive from a full mailbox lets in one sender who waits, who
 * runs, sends one more message, and waits again.  With a mark those who wait are let
 * in together, when the mailbox has been emptied so far that it is worth it.
 *
 * A mailbox with a mark *closes* when somebody finds no room in it, slot or bytes, and
 * it holds more messages than the mark says: by a SEND or CALL, by poll(2) for POLLOUT,
 * or by a request for %MAILBOX_EVENT_SPACE.  Who has used up his share (see SEND) closes
 * nothing.
 *
 * While it is closed nobody gets room in it, although slots may be free: senders wait,
 * or get EAGAIN, behind those who wait already; there is no POLLOUT, and no
 * %MAILBOX_EVENT_SPACE.  A receiver who waits is still given a message directly, and
 * a selective one takes a sender's message out of those that wait.
 *
 * It *opens* when it holds no more messages than the mark says, whatever the reason:
 * they were received, or withdrawn, or, with %MAILBOX_POLICY_ALL, the handle that had
 * so many is closed.  It also opens when SET changes the capacity, the mark or the
 * limit of bytes.  Then senders are let in, in order of priority and time, as many as
 * there is room for (after the first 64 who fit the rest may wait for the next time);
 * and POLLOUT and %MAILBOX_EVENT_SPACE are told.  If some still wait for room it
 * closes again.
 *
 * With %MAILBOX_POLICY_ALL the handle counts that holds most.  A mailbox that holds no
 * more than its mark does not close: a message for which only the bytes do not suffice
 * waits for them as it does without a mark.
 */

/**
 * DOC: CREATE flags
 *
 * %MAILBOX_CREATE_NOFD: make no handle; the client is the owning handle, and
 * the mailbox is used by ID.
 *
 * %MAILBOX_CREATE_UNBOUNDED: senders never wait; the quota is the only limit
 * (EDQUOT).  @capacity is 0.
 *
 * %MAILBOX_CREATE_PERSIST: lives until DESTROY, until UNLINK and then the last
 * close, until its network namespace ends, or until the module is unloaded.
 *
 * %MAILBOX_CREATE_KEEP_BY_SENDERS: handles with the SEND right keep it alive
 * too.
 *
 * %MAILBOX_CREATE_LOSSY: with %MAILBOX_POLICY_ALL: a receive handle that lags
 * loses the oldest of its lowest-priority messages instead of making senders
 * wait, and reads in ``lost`` how many.
 *
 * %MAILBOX_CREATE_MAX_MESSAGE: @max_message is given.
 *
 * %MAILBOX_CREATE_MODE: @mode is given.
 *
 * %MAILBOX_CREATE_UMASK: the caller's umask is taken off the mode.
 *
 * %MAILBOX_CREATE_NO_SHARES: any sender may fill the mailbox; without it, one who
 * does not own it holds only a part of its slots (see SEND).
 *
 * %MAILBOX_CREATE_SYSV: the rules of System V's queues: the user and group that
 * made it keep the rights of owner and group whoever owns it now, the owner and
 * the maker may give it away, everybody sees it with LIST and STAT, and STAT tells who
 * sent and received last, and when.
 *
 * %MAILBOX_CREATE_ATTACH: messages may have attachments; with LISTEN, those of the
 * channels may.
 *
 * %MAILBOX_CREATE_RANKED: of those who wait for a message, and of those who wait for
 * room, the one goes first who had the highest scheduling priority when he began to
 * wait, and of several the one who has waited longest; without it, who has waited longest,
 * and the sender of the message with the highest priority.
 *
 * %MAILBOX_CREATE_EXCEED: a caller with CAP_SYS_RESOURCE exceeds the number of
 * mailboxes a user may have; for others it means nothing.
 *
 * %MAILBOX_CREATE_INDEX: @index is wanted by a caller with CAP_SYS_ADMIN; if another
 * has it, any is given, and for others it means nothing.
 */
#define MAILBOX_CREATE_NOFD		(1U << 0)
#define MAILBOX_CREATE_UNBOUNDED	(1U << 1)
#define MAILBOX_CREATE_PERSIST		(1U << 2)
#define MAILBOX_CREATE_KEEP_BY_SENDERS	(1U << 3)
#define MAILBOX_CREATE_LOSSY		(1U << 4)
#define MAILBOX_CREATE_MAX_MESSAGE	(1U << 5)
#define MAILBOX_CREATE_MODE		(1U << 6)
#define MAILBOX_CREATE_UMASK		(1U << 7)
#define MAILBOX_CREATE_NO_SHARES	(1U << 8)
#define MAILBOX_CREATE_SYSV		(1U << 9)
#define MAILBOX_CREATE_ATTACH		(1U << 10)
#define MAILBOX_CREATE_RANKED		(1U << 11)
#define MAILBOX_CREATE_EXCEED		(1U << 12)
#define MAILBOX_CREATE_INDEX		(1U << 13)

/**
 * struct mailbox_open - find a mailbox, make a handle to it (OPEN; on a client)
 * @size: sizeof(struct mailbox_open)
 * @flags: exactly one of %MAILBOX_OPEN_NAME, %MAILBOX_OPEN_ID,
 *	%MAILBOX_OPEN_INDEX; and %MAILBOX_OPEN_NOFD
 * @name: with %MAILBOX_OPEN_NAME, pointer to the name's bytes; else 0
 * @name_length: with %MAILBOX_OPEN_NAME, how many; else 0
 * @rights: what to open it for, at least one of MAILBOX_RIGHT_*: RECEIVE asks
 *	for the r bit, SEND for the w bit, MANAGE for the owner.  With
 *	%MAILBOX_OPEN_NOFD it may be 0: whoever asks finds it
 * @id: with %MAILBOX_OPEN_ID in, not 0; out: the mailbox's ID
 * @index: with %MAILBOX_OPEN_INDEX in; out: the mailbox's index
 * @handle_flags: MAILBOX_HANDLE_*; 0 with %MAILBOX_OPEN_NOFD
 * @fd: out: the new handle, close-on-exec; -1 with %MAILBOX_OPEN_NOFD
 * @reserved: 0
 */
struct mailbox_open {
	__u32 size;
	__u32 flags;
	__u64 name;
	__u32 name_length;
	__u32 rights;
	__u64 id;
	__u32 index;
	__u32 handle_flags;
	__s32 fd;
	__u32 reserved;
};

#define MAILBOX_OPEN_NAME	(1U << 0)	/* by @name */
#define MAILBOX_OPEN_ID		(1U << 1)	/* by @id */
#define MAILBOX_OPEN_INDEX	(1U << 2)	/* by @index */
#define MAILBOX_OPEN_NOFD	(1U << 3)	/* only find it: no handle */

/**
 * struct mailbox_restrict - a narrower handle from a handle (RESTRICT; on a
 *	handle), or a section's descriptor from another (SECTION_RESTRICT)
 * @size: sizeof(struct mailbox_restrict)
 * @flags: 0
 * @rights: of the new handle: some of this one's (else EBADF), at least one; of a
 *	section's, MAILBOX_SECTION_* with READ
 * @handle_flags: MAILBOX_HANDLE_* of the new handle; of a section's 0
 * @fd: out: the new handle, close-on-exec
 * @reserved: 0
 */
struct mailbox_restrict {
	__u32 size;
	__u32 flags;
	__u32 rights;
	__u32 handle_flags;
	__s32 fd;
	__u32 reserved;
};

/**
 * struct mailbox_target - names a mailbox (DESTROY, UNLINK, RELEASE), or a section
 *	(SECTION_DESTROY, SECTION_UNLINK)
 * @size: sizeof(struct mailbox_target)
 * @flags: 0
 * @id: on a client the ID of the mailbox or the section, on a descriptor of it 0
 *
 * DESTROY ends the mailbox now, for everybody: who waits gets EIDRM, and so
 * does every later use of an open handle; by ID it is ENOENT.  UNLINK removes
 * the name, and PERSIST with it; a mailbox that nothing else keeps alive ends.
 * Both need the MANAGE right, or by ID the owner.  RELEASE gives up what the
 * calling process has claimed in an EXCLUSIVE or PAIR mailbox (EINVAL if it
 * has claimed nothing).
 */
struct mailbox_target {
	__u32 size;
	__u32 flags;
	__u64 id;
};

/**
 * struct mailbox_set - change a mailbox (SET)
 * @size: sizeof(struct mailbox_set)
 * @flags: MAILBOX_SET_*: which of the fields below are given, at least one;
 *	those not given are 0
 * @id: on a client the mailbox's ID, on a handle 0
 * @mode: new permission bits
 * @uid: new owner
 * @gid: new group
 * @capacity: new capacity, at least 1; only a bounded mailbox has one to
 *	change.  Messages above it stay, and senders wait.  It stays above the
 *	low-water mark (EINVAL), unless that is changed too
 * @max_message: new limit of a message's length, for messages to come
 * @max_bytes: new limit of the bytes in all messages it holds, ~0 for none; as
 *	for @capacity, only a bounded mailbox, not one with %MAILBOX_POLICY_ALL.
 *	Senders wait for bytes as they do for slots; a shorter message passes one
 *	that does not fit yet
 * @low_water: new low-water mark, as for CREATE; 0: none any more
 * @reserved: 0
 *
 * Needs the MANAGE right, or by ID the owner.  To give a mailbox away
 * (@uid, or a @gid the caller is not in) takes CAP_CHOWN, unless it was made with
 * %MAILBOX_CREATE_SYSV.
 */
struct mailbox_set {
	__u32 size;
	__u32 flags;
	__u64 id;
	__u32 mode;
	__u32 uid;
	__u32 gid;
	__u32 capacity;
	__u32 max_message;
	__u32 max_bytes;
	__u32 low_water;
	__u32 reserved;
};

#define MAILBOX_SET_MODE	(1U << 0)
#define MAILBOX_SET_UID		(1U << 1)
#define MAILBOX_SET_GID		(1U << 2)
#define MAILBOX_SET_CAPACITY	(1U << 3)
#define MAILBOX_SET_MAX_MESSAGE	(1U << 4)
#define MAILBOX_SET_MAX_BYTES	(1U << 5)
#define MAILBOX_SET_LOW_WATER	(1U << 6)

/**
 * struct mailbox_stat - what a mailbox is and holds (STAT)
 * @size: sizeof(struct mailbox_stat)
 * @flags: 0
 * @id: on a client the mailbox's ID (which needs the r bit, or the owner, unless it
 *	was made with %MAILBOX_CREATE_SYSV), on
 *	a handle 0; out: the mailbox's ID
 * @index: out: its index
 * @create_flags: out: MAILBOX_CREATE_UNBOUNDED, PERSIST, KEEP_BY_SENDERS,
 *	LOSSY, NO_SHARES, SYSV, ATTACH and RANKED as they are now; %MAILBOX_STAT_PORT: it
 *	was made with LISTEN; %MAILBOX_STAT_CLOSED: it is closed (low-water mark)
 * @policy: out
 * @capacity: out
 * @max_message: out
 * @max_receivers: out
 * @mode: out
 * @uid: out: owner, as the caller's user namespace shows it
 * @gid: out: group
 * @creator_pid: out: the process that made it, as the caller's pid namespace
 *	shows it (0: not shown there)
 * @messages: out: messages it holds now, those being copied out included; with
 *	%MAILBOX_POLICY_ALL those that some handle has yet to receive
 * @blocked_senders: out: messages whose senders wait for room or a receiver
 * @waiting_receivers: out: receives that wait
 * @receive_handles: out: handles with the RECEIVE right; a client that owns it
 *	(%MAILBOX_CREATE_NOFD) counts as one
 * @send_handles: out: handles with the SEND right, likewise
 * @bytes: out: bytes in @messages, without overhead
 * @sent: out: messages accepted since it was made
 * @received: out: messages received; with %MAILBOX_POLICY_ALL each receipt
 * @withdrawn: out: sends that gave up waiting (deadline, signal)
 * @refused_full: out: sends refused with EAGAIN
 * @refused_quota: out: sends refused with EDQUOT
 * @refused_share: out: times a sender found room but had its share already
 * @lost: out: messages lost by lagging handles (%MAILBOX_CREATE_LOSSY)
 * @handle_messages: out: on a receive handle of an ALL mailbox, those queued
 *	for this handle
 * @handle_lost: out: on such a handle, those it has lost and not yet been told
 * @claims: out: processes that hold a claim, as @creator_pid; 0: none
 * @name_length: out: bytes in @name, without the NUL; 0: it has none
 * @reserved: out: 0
 * @name: out: the name, NUL-terminated
 * @links: out: of SELF: processes with a link to this one
 * @peer_pid: out: of a channel's endpoint: the process at the other end, as of
 *	CONNECT; else 0, as the next two
 * @peer_uid: out: its effective user
 * @peer_gid: out: its effective group
 * @max_bytes: out: limit of @bytes, ~0 for none
 * @creator_uid: out: the effective user that made it, as @uid
 * @creator_gid: out: its effective group, as @gid
 * @send_pid: out: with %MAILBOX_CREATE_SYSV, the process whose message came last,
 *	as @creator_pid; else 0, as the next three
 * @receive_pid: out: the process that received last
 * @low_water: out: the low-water mark; 0: none
 * @send_time: out: when that message came, in seconds of CLOCK_REALTIME; 0: never
 * @receive_time: out: likewise
 * @change_time: out: when it was made or last SET, likewise
 */
struct mailbox_stat {
	__u32 size;
	__u32 flags;
	__u64 id;
	__u32 index;
	__u32 create_flags;
	__u32 policy;
	__u32 capacity;
	__u32 max_message;
	__u32 max_receivers;
	__u32 mode;
	__u32 uid;
	__u32 gid;
	__u32 creator_pid;
	__u32 messages;
	__u32 blocked_senders;
	__u32 waiting_receivers;
	__u32 receive_handles;
	__u32 send_handles;
	__u32 name_length;
	__u64 bytes;
	__u64 sent;
	__u64 received;
	__u64 withdrawn;
	__u64 refused_full;
	__u64 refused_quota;
	__u64 refused_share;
	__u64 lost;
	__u32 handle_messages;
	__u32 handle_lost;
	__u32 claims[2];
	__u64 reserved;
	char name[MAILBOX_NAME_MAX + 1];
	__u32 links;
	__u32 peer_pid;
	__u32 peer_uid;
	__u32 peer_gid;
	__u32 max_bytes;
	__u32 creator_uid;
	__u32 creator_gid;
	__u32 send_pid;
	__u32 receive_pid;
	__u32 low_water;
	__s64 send_time;
	__s64 receive_time;
	__s64 change_time;
};

#define MAILBOX_STAT_PORT	(1U << 31)
#define MAILBOX_STAT_CLOSED	(1U << 30)

/**
 * struct mailbox_list - the mailboxes of this namespace (LIST; on a client)
 * @size: sizeof(struct mailbox_list)
 * @flags: 0; or %MAILBOX_LIST_SECTIONS: of sections, which the caller may read or
 *	owns
 * @cursor: 0 to begin; out: give it back to go on
 * @ids: pointer to an array of __u64, for the IDs of mailboxes that the caller
 *	may receive from or owns
 * @count: in: room in the array, 1 to %MAILBOX_LIST_MAX; out: how many were
 *	written, less than the room only at the end of the list
 * @reserved: 0
 */
struct mailbox_list {
	__u32 size;
	__u32 flags;
	__u64 cursor;
	__u64 ids;
	__u32 count;
	__u32 reserved;
};

#define MAILBOX_LIST_SECTIONS	(1U << 0)

/**
 * struct mailbox_iovec - one piece of a buffer
 * @base: pointer to its bytes
 * @length: how many
 */
struct mailbox_iovec {
	__u64 base;
	__u64 length;
};

/**
 * struct mailbox_message - one message, in SEND, RECEIVE and their batches
 * @data: pointer to the buffer, or with @iov_count to an array of struct
 *	mailbox_iovec
 * @length: sending: bytes to send, or 0 with @iov_count; receiving: out: bytes
 *	in the message, also when EMSGSIZE says that they need more room
 * @room: receiving: bytes the buffer can take, or 0 with @iov_count; out, with
 *	%MAILBOX_INFO_CALL: bytes the caller takes in the reply; sending: 0
 * @iov_count: 0: @data is the buffer; else pieces, at most %MAILBOX_IOV_MAX
 * @flags: in SEND and RECEIVE %MAILBOX_MESSAGE_MSGBUF or %MAILBOX_MESSAGE_MSGBUF32;
 *	else 0
 * @tag: the sender's label, for selective receive; receiving: out
 * @priority: 0 to %MAILBOX_PRIORITY_MAX, the highest is received first;
 *	receiving: out; in a reply 0
 * @info: out: MAILBOX_INFO_*
 * @seq: out: the message's serial number in its mailbox, from 1
 * @pid: out: receiving: the sender's process, as the caller's pid namespace
 *	shows it (0: not shown there); sending: the receiver's, with
 *	%MAILBOX_INFO_RECEIVED
 * @uid: out: likewise the effective user, as the caller's user namespace shows
 *	it
 * @gid: out: likewise the effective group
 * @lost: out: receiving from an ALL mailbox: messages this handle has lost
 *	since the last one it received
 * @token: out: receiving, with %MAILBOX_INFO_CALL: what to give to REPLY; with
 *	%MAILBOX_INFO_CONNECT: to ACCEPT or REJECT
 * @attachments: pointer to a struct mailbox_attachments, or 0: sending, nothing is
 *	attached; receiving, a message with attachments is not taken (EMSGSIZE)
 */
struct mailbox_message {
	__u64 data;
	__u32 length;
	__u32 room;
	__u32 iov_count;
	__u32 flags;
	__u64 tag;
	__u32 priority;
	__u32 info;
	__u64 seq;
	__u32 pid;
	__u32 uid;
	__u32 gid;
	__u32 lost;
	__u64 token;
	__u64 attachments;
};

/**
 * DOC: attachments
 *
 * A message, the request of a call, or a reply can carry descriptors.  Only a
 * mailbox that was made with %MAILBOX_CREATE_ATTACH, and a channel whose port was,
 * takes them (EMSGSIZE), none with %MAILBOX_POLICY_ALL does (EINVAL), and none of a
 * process (EMSGSIZE).  Nobody gets one who has not given room for it: a message with
 * more attachments than there is room for stays, with EMSGSIZE, and ``count`` tells
 * how many it has.  PEEK tells that too, and gives none.
 *
 * For a reply the caller's ``reply`` says how many it takes; more are EMSGSIZE to
 * REPLY, and the token can be used again.  They count as the caller's own
 * (@user_attachments of QUERY), from the call on.  A call that is forwarded takes
 * none along: whoever received it first has them.
 *
 * What can be attached, and all else is refused to the sender (EPERM):
 *
 * %MAILBOX_ATTACHMENT_HANDLE: the right to send to a mailbox.  The receiver gets a
 * new handle that has the SEND right and no other; that to receive or to manage is
 * never sent.
 *
 * %MAILBOX_ATTACHMENT_SECTION: a section, to be read, or read and written.
 *
 * %MAILBOX_ATTACHMENT_FILE: the open file itself: of shared memory (memfd), a pipe,
 * an eventfd, or a regular file of a mounted file system.  Not to mailboxes that
 * persist.
 *
 * Handles under way count as send handles (%MAILBOX_EVENT_NO_SENDERS), but keep no
 * mailbox alive; sections under way are alive.
 *
 * Received descriptors are close-on-exec.  The message has been received when the
 * call succeeds; then each ``fd`` holds a descriptor, or -errno: -EIDRM the mailbox
 * or section has ended meanwhile, -EPERM it has not the seals asked for, -EMFILE,
 * -EACCES a security module does not allow it.  If any does,
 * %MAILBOX_INFO_PARTIAL is set.  Without room for the descriptors of handles and
 * sections the call fails with EMFILE, and the message or the reply stays.
 */
#define MAILBOX_ATTACHMENT_HANDLE	1
#define MAILBOX_ATTACHMENT_SECTION	2
#define MAILBOX_ATTACHMENT_FILE		3

#define MAILBOX_ATTACHMENTS_MAX	64	/* in one message */

/**
 * struct mailbox_attachment - one thing attached to a message
 * @fd: sending: its descriptor; receiving: out: the new one, or -errno
 * @kind: sending: 0; receiving: out: MAILBOX_ATTACHMENT_*
 * @rights: sending: for a handle %MAILBOX_RIGHT_SEND, for a section
 *	%MAILBOX_SECTION_READ, or that and %MAILBOX_SECTION_WRITE, of those that the
 *	descriptor has (EBADF); for a file 0.  Receiving: out
 * @reserved: 0
 * @offset: for a section, where the part of it begins that is meant (bytes); else 0.
 *	Receiving: out
 * @length: for a section, how long that part is, within the section; else 0.
 *	Receiving: out.  Both are advice: the right is to the whole section
 */
struct mailbox_attachment {
	__s32 fd;
	__u32 kind;
	__u32 rights;
	__u32 reserved;
	__u64 offset;
	__u64 length;
};

/**
 * struct mailbox_attachments - what is attached to a message
 * @size: sizeof(struct mailbox_attachments)
 * @flags: 0
 * @items: pointer to an array of struct mailbox_attachment
 * @count: sending: how many, 1 to %MAILBOX_ATTACHMENTS_MAX; receiving: room in the
 *	array; out: how many the message has, also with EMSGSIZE
 * @seals: receiving: MAILBOX_SEAL_* that sections, and files that can be mapped,
 *	must have; else their @fd is -EPERM; sending: 0
 */
struct mailbox_attachments {
	__u32 size;
	__u32 flags;
	__u64 items;
	__u32 count;
	__u32 seals;
};

/*
 * @data points to a message buffer of System V: first the type, 64 or 32 bits with
 * a sign and more than 0 (EINVAL), which is the message's tag; then its bytes, which
 * @length and @room count.  @iov_count is 0.
 */
#define MAILBOX_MESSAGE_MSGBUF		(1U << 0)
#define MAILBOX_MESSAGE_MSGBUF32	(1U << 1)

/**
 * DOC: message information
 *
 * %MAILBOX_INFO_WRITTEN: it was sent with write(2): pid, uid and gid are those
 * of the process that opened the handle, not necessarily of the one that wrote.
 *
 * %MAILBOX_INFO_RECEIVED: sending: the message has been received, by the
 * process that pid, uid and gid name.
 *
 * %MAILBOX_INFO_CALL: its sender waits for a reply, of up to ``room`` bytes, to
 * ``token``.  (Not if the message was only peeked at.)
 *
 * %MAILBOX_INFO_EVENT: the module sent it; its bytes are a struct mailbox_event.
 *
 * %MAILBOX_INFO_CONNECT: it is a connection request, to be accepted or rejected by
 * its ``token``; its bytes are the greeting.
 *
 * %MAILBOX_INFO_FORWARDED: a call that came by way of another mailbox; pid, uid and
 * gid are those of its caller, who need not be allowed to send here.
 *
 * %MAILBOX_INFO_PARTIAL: an attachment could not be given: its ``fd`` says why.
 */
#define MAILBOX_INFO_WRITTEN	(1U << 0)
#define MAILBOX_INFO_RECEIVED	(1U << 1)
#define MAILBOX_INFO_CALL	(1U << 2)
#define MAILBOX_INFO_EVENT	(1U << 3)
#define MAILBOX_INFO_CONNECT	(1U << 4)
#define MAILBOX_INFO_FORWARDED	(1U << 5)
#define MAILBOX_INFO_PARTIAL	(1U << 6)

/**
 * struct mailbox_send - send a message (SEND)
 * @size: sizeof(struct mailbox_send)
 * @flags: MAILBOX_NONBLOCK, BLOCK or DEADLINE; %MAILBOX_TO_PROCESS;
 *	%MAILBOX_NO_RESTART; %MAILBOX_SEND_SYNC, %MAILBOX_SEND_RECEIPT
 * @id: on a client the mailbox's ID (the w bit is checked), or a process; on a
 *	handle 0, or, without %MAILBOX_POLICY_ALL, the mailbox's ID: then the w bit is
 *	checked as on a client, and ENOENT says that it has been destroyed
 * @deadline: with %MAILBOX_DEADLINE, nanoseconds; else 0
 * @clock: with %MAILBOX_DEADLINE, MAILBOX_CLOCK_*; else 0
 * @reserved: 0
 * @message: the message
 *
 * A user who does not own a bounded mailbox may hold half, rounded up, of the
 * slots that the others leave in it; beyond that it is full for him (unless it was
 * made with %MAILBOX_CREATE_NO_SHARES).
 *
 * A send that fails has not sent: what waited is withdrawn before the call
 * returns, and a message that was received meanwhile makes the call succeed.
 * On a rendezvous mailbox %MAILBOX_NONBLOCK does not wait for a receiver to
 * come, but for one that is there already to finish copying.
 *
 * A long message may be read when it is received: what other threads write to
 * its buffer before the call returns may be received.
 */
struct mailbox_send {
	__u32 size;
	__u32 flags;
	__u64 id;
	__s64 deadline;
	__u32 clock;
	__u32 reserved;
	struct mailbox_message message;
};

/*
 * Return only when a receiver has taken the message.  With NONBLOCK: send it
 * only to a receiver that waits already.
 */
#define MAILBOX_SEND_SYNC	(1U << 8)

/*
 * When the message has been received, tell the calling process's NOTIFY by whom;
 * or, if it has been lost with its mailbox, so.  Not for mailboxes with
 * %MAILBOX_POLICY_ALL (EINVAL).
 */
#define MAILBOX_SEND_RECEIPT	(1U << 9)

/**
 * struct mailbox_receive - receive a message (RECEIVE)
 * @size: sizeof(struct mailbox_receive)
 * @flags: MAILBOX_NONBLOCK, BLOCK or DEADLINE; %MAILBOX_NO_RESTART;
 *	MAILBOX_RECEIVE_*
 * @id: on a client the mailbox's ID (the r bit is checked), on a handle 0 or, as for
 *	SEND, the mailbox's ID
 * @deadline: with %MAILBOX_DEADLINE, nanoseconds; else 0
 * @clock: with %MAILBOX_DEADLINE, MAILBOX_CLOCK_*; else 0
 * @from_pid: with %MAILBOX_RECEIVE_FROM, the sender's process; else 0
 * @tag_min: with %MAILBOX_RECEIVE_TAG, the lowest tag to take; with
 *	%MAILBOX_RECEIVE_AT, the place; else 0
 * @tag_max: with %MAILBOX_RECEIVE_TAG, the highest, not below @tag_min; else 0
 * @message: the message
 *
 * The highest priority comes first, and within one the message that was sent
 * first.  A message that does not fit or cannot be copied stays in its place.
 */
struct mailbox_receive {
	__u32 size;
	__u32 flags;
	__u64 id;
	__s64 deadline;
	__u32 clock;
	__u32 from_pid;
	__u64 tag_min;
	__u64 tag_max;
	struct mailbox_message message;
};

/**
 * DOC: RECEIVE flags
 *
 * %MAILBOX_RECEIVE_PEEK: copy the message and leave it where it is.
 *
 * %MAILBOX_RECEIVE_FROM: only from the process @from_pid.  If nothing of it is
 * there and it is dead, or dies while the call waits, the call fails with ESRCH.
 *
 * %MAILBOX_RECEIVE_TAG: only with a tag from @tag_min to @tag_max.
 *
 * %MAILBOX_RECEIVE_EXCEPT: with TAG: only with another tag than those.
 *
 * %MAILBOX_RECEIVE_LOWEST: with TAG: of what is there and may be taken, the lowest
 * tag first, before priority and age.
 *
 * %MAILBOX_RECEIVE_AT: with PEEK, and without TAG and FROM: the message at the place
 * @tag_min in the order of receipt, the first is 0.  EAGAIN if there are not so many:
 * it does not wait.
 *
 * %MAILBOX_RECEIVE_TRUNCATE: take a message that is longer than the buffer, too; what
 * does not fit is lost.  ``length`` tells how long it was.
 *
 * %MAILBOX_RECEIVE_LONGEST: EMSGSIZE at once if the buffer is shorter than the longest
 * message that the mailbox takes, whatever is there.
 */
#define MAILBOX_RECEIVE_PEEK	(1U << 8)
#define MAILBOX_RECEIVE_FROM	(1U << 9)
#define MAILBOX_RECEIVE_TAG	(1U << 10)
#define MAILBOX_RECEIVE_EXCEPT	(1U << 11)
#define MAILBOX_RECEIVE_LOWEST	(1U << 12)
#define MAILBOX_RECEIVE_AT	(1U << 13)
#define MAILBOX_RECEIVE_TRUNCATE (1U << 14)
#define MAILBOX_RECEIVE_LONGEST	(1U << 15)

/**
 * struct mailbox_batch - send or receive many messages (SEND_BATCH,
 *	RECEIVE_BATCH)
 * @size: sizeof(struct mailbox_batch)
 * @flags: as in struct mailbox_send, without %MAILBOX_SEND_SYNC, or as in
 *	struct mailbox_receive: MAILBOX_NONBLOCK, BLOCK and DEADLINE,
 *	%MAILBOX_RECEIVE_FROM, %MAILBOX_RECEIVE_TAG
 * @id: as in struct mailbox_send or struct mailbox_receive
 * @deadline: for the whole batch
 * @clock: as in struct mailbox_send
 * @from_pid: receiving: as in struct mailbox_receive; sending: 0
 * @tag_min: likewise
 * @tag_max: likewise
 * @messages: pointer to an array of messages
 * @message_size: sizeof(struct mailbox_message): the array's stride
 * @count: messages in the array, 1 to %MAILBOX_BATCH_MAX
 * @done: out: how many were sent or received
 * @reserved: 0
 *
 * SEND_BATCH sends in order and waits as SEND does for each.  RECEIVE_BATCH
 * waits for the first message only and then takes what is there.  A call that
 * has done some messages returns 0 with @done, whatever stopped it; the next
 * call meets the error again.  A call that fails has done none.
 */
struct mailbox_batch {
	__u32 size;
	__u32 flags;
	__u64 id;
	__s64 deadline;
	__u32 clock;
	__u32 from_pid;
	__u64 tag_min;
	__u64 tag_max;
	__u64 messages;
	__u32 message_size;
	__u32 count;
	__u32 done;
	__u32 reserved;
};

/**
 * DOC: calls
 *
 * A call is a message whose sender waits for the reply.  CALL sends and waits,
 * in one system call; who receives the message gets with it a one-shot token,
 * and REPLY, with that token, sends the reply and ends the call.
 *
 * Every call ends exactly once: with a reply; with EPIPE, when nobody can
 * answer it any more; with EIDRM, when the mailbox is destroyed; with ETIMEDOUT,
 * when its deadline passes; or cancelled by the caller.
 *
 * A token belongs to the process that received the call, all its threads alike,
 * and to the mailbox: a reply may come by any of its handles, but from no other
 * process, not from a child either.  It dies when it is used, when the call
 * ends, when the process dies or closes for good the descriptor by which the
 * call came, and with the mailbox; from then on REPLY fails with ESTALE (EIDRM:
 * the mailbox was destroyed), and the caller, if it still waits, gets EPIPE.  A
 * call that is received with read(2), which has no place for a token, ends with
 * EPIPE.
 *
 * Mailboxes with %MAILBOX_POLICY_ALL take no calls (EINVAL).
 */

/**
 * struct mailbox_call - send a message and wait for the reply (CALL)
 * @size: sizeof(struct mailbox_call)
 * @flags: MAILBOX_NONBLOCK, BLOCK or DEADLINE; %MAILBOX_TO_PROCESS;
 *	%MAILBOX_CALL_CANCEL
 * @id: on a client the mailbox's ID (the w bit is checked), or a process; on a
 *	handle 0
 * @deadline: with %MAILBOX_DEADLINE, nanoseconds, for request and reply
 *	together; else 0
 * @clock: with %MAILBOX_DEADLINE, MAILBOX_CLOCK_*; else 0
 * @reserved: 0
 * @pending: 0 to make a call; out, after EINTR, EAGAIN or EFAULT: not 0 if the
 *	call goes on, and then what to issue the same structure again with to
 *	wait for its reply
 * @request: the message, as in struct mailbox_send
 * @reply: where the reply goes, as in struct mailbox_receive; @pid, @uid and
 *	@gid are those of the process that replied, @seq is the request's
 *
 * Room for the longest reply is charged to the caller's user while the call
 * lasts.  A long request is read when it is received, and a long reply may be
 * written by who answers: what other threads of the caller write to the one before
 * the call returns may be received, and what the other holds before means nothing.
 *
 * A signal does not end a call.  If its handler restarts system calls, or it has
 * none (a stop, a debugger, the freezer), the call is waited for again; else
 * the caller gets EINTR and finds the call in @pending.  With %MAILBOX_NONBLOCK
 * the request is sent if that needs no wait, and the reply taken if it is
 * there; EAGAIN with @pending says that the call goes on, EAGAIN with 0 that it
 * was not sent.  A pending call belongs to the process and the descriptor that
 * made it and is cancelled with them.  If it ends otherwise, the reply or the
 * error is there for who issues the structure again, once; then ESTALE.
 */
struct mailbox_call {
	__u32 size;
	__u32 flags;
	__u64 id;
	__s64 deadline;
	__u32 clock;
	__u32 reserved;
	__u64 pending;
	struct mailbox_message request;
	struct mailbox_message reply;
};

/* Cancel the call in @pending.  It has ended when this returns. */
#define MAILBOX_CALL_CANCEL	(1U << 8)

/**
 * struct mailbox_reply - reply to a call (REPLY)
 * @size: sizeof(struct mailbox_reply)
 * @flags: 0
 * @id: on a client the mailbox's ID, on a handle 0
 * @token: the call's
 * @message: the reply, as in struct mailbox_send; its @priority is 0
 *
 * Needs the RECEIVE right, or by ID the r bit.  Never waits.  ESTALE: nobody
 * waits for it any more.  EIDRM: nor ever will, the mailbox was destroyed.
 * EMSGSIZE: longer than the caller takes; the token can be used again, as after
 * every error but these two.
 */
struct mailbox_reply {
	__u32 size;
	__u32 flags;
	__u64 id;
	__u64 token;
	struct mailbox_message message;
};

/**
 * struct mailbox_forward - hand a call to another receiver (FORWARD)
 * @size: sizeof(struct mailbox_forward)
 * @flags: %MAILBOX_TO_PROCESS: @to is a process
 * @id: on a client the mailbox's ID, on a handle 0
 * @token: the call's
 * @to: where to, by ID or process, if @to_fd is a client; else 0
 * @to_fd: a client; or a handle to the other mailbox, with the SEND right; or -1,
 *	the descriptor that the command is given to
 * @reserved: 0
 *
 * The call goes there with its bytes, tag and priority, and in the name of its
 * caller, who waits on and notices nothing.  The token is of no use any more; the
 * receiver there gets another.  If there is no room, the call waits for it, and the
 * command does not.  Deadline, cancellation and the end of either mailbox or
 * process end the call as before.  The memory for it is charged to the caller's
 * user.  Connection requests cannot be forwarded (EINVAL).
 */
struct mailbox_forward {
	__u32 size;
	__u32 flags;
	__u64 id;
	__u64 token;
	__u64 to;
	__s32 to_fd;
	__u32 reserved;
};

/**
 * struct mailbox_reply_receive - reply to a call, then receive the next message
 *	(REPLY_RECEIVE)
 * @size: sizeof(struct mailbox_reply_receive)
 * @flags: as for RECEIVE_BATCH; they concern the second half
 * @id: on a client the mailbox's ID, on a handle 0
 * @deadline: as in struct mailbox_receive
 * @clock: likewise
 * @from_pid: likewise
 * @tag_min: likewise
 * @tag_max: likewise
 * @token: the call's, or 0: there is nothing to reply to; out: 0 as soon as the
 *	reply has been given, or after ESTALE cannot be given any more
 * @reply: the reply, as in struct mailbox_reply; ignored if @token is 0
 * @message: where the next message goes, as in struct mailbox_receive
 *
 * If it fails, @token tells which half did.  To issue the same structure again
 * does what is left to do.
 */
struct mailbox_reply_receive {
	__u32 size;
	__u32 flags;
	__u64 id;
	__s64 deadline;
	__u32 clock;
	__u32 from_pid;
	__u64 tag_min;
	__u64 tag_max;
	__u64 token;
	struct mailbox_message reply;
	struct mailbox_message message;
};

/**
 * DOC: events
 *
 * Each process that has opened the device has a mailbox of its own,
 * %MAILBOX_ID_NOTIFY, in which it receives events: messages from the module, with
 * %MAILBOX_INFO_EVENT, that carry a struct mailbox_event; their tag is its cookie
 * (but see %MAILBOX_TAG_SIGNAL).
 * It gets what it has asked for, once; then it asks anew.  What is already so is
 * told at once, so nothing falls between asking and happening.  When something is asked for, a
 * place for the event is reserved (EAGAIN if 1024 are outstanding or unread), so
 * none is lost.  poll(2) on a client shows EPOLLIN when there is one.
 *
 * An ask ends with the event, with %MAILBOX_NOTIFY_CANCEL, and with the descriptor
 * by which it was made.  When the mailbox ends, everything that was asked about
 * it is told, with ``error``.
 *
 * %MAILBOX_EVENT_RECEIPT: the message ``value`` of mailbox ``id``, which was sent
 * with %MAILBOX_SEND_RECEIPT, has been received by the process that pid, uid and
 * gid of the event's message name; ``cookie`` is its tag.  Or, with ``error``, it
 * will never be.
 *
 * %MAILBOX_EVENT_NO_RECEIVERS: no handle with the RECEIVE right is open.
 *
 * %MAILBOX_EVENT_NO_SENDERS: no handle with the SEND right is open, or under way
 * in a message.  Who may send by ID does not count.
 *
 * %MAILBOX_EVENT_DESTROYED: the mailbox has ended; ``error`` is -EIDRM if it was
 * destroyed and -EPIPE if nothing kept it alive any more.
 *
 * %MAILBOX_EVENT_CANCELLED: nobody waits any more for the reply to the call
 * ``value``, which the calling process has received; ``error`` is -ECANCELED,
 * -ETIMEDOUT, -EPIPE (the caller died) or -EIDRM.
 *
 * %MAILBOX_EVENT_NOT_EMPTY: there is something to receive, or on a rendezvous
 * mailbox a sender who waits.
 *
 * %MAILBOX_EVENT_SPACE: there is room to send, or on a rendezvous mailbox a
 * receiver who waits.
 *
 * %MAILBOX_EVENT_ARRIVED: a message has come that no receiver waited for, and found
 * the mailbox empty; ``value`` is its serial number, and pid, uid and gid of the
 * event's message name its sender.  What was there when it was asked for does not
 * count.  Only one may have asked at a time, of all processes (EBUSY), and when that
 * process closes a handle to the mailbox, whichever, that is taken back: ``error`` is
 * then -ECANCELED.
 */
#define MAILBOX_EVENT_RECEIPT		(1U << 0)
#define MAILBOX_EVENT_NO_RECEIVERS	(1U << 1)
#define MAILBOX_EVENT_NO_SENDERS	(1U << 2)
#define MAILBOX_EVENT_DESTROYED		(1U << 3)
#define MAILBOX_EVENT_CANCELLED		(1U << 4)
#define MAILBOX_EVENT_NOT_EMPTY		(1U << 5)
#define MAILBOX_EVENT_SPACE		(1U << 6)
#define MAILBOX_EVENT_ARRIVED		(1U << 7)

/**
 * struct mailbox_event - what has happened; the bytes of an event's message
 * @type: one of MAILBOX_EVENT_*
 * @error: 0, or -errno: it has come to a bad end, and why
 * @id: the mailbox's ID
 * @value: depends on @type, else 0
 * @cookie: what was given when it was asked for
 */
struct mailbox_event {
	__u32 type;
	__s32 error;
	__u64 id;
	__u64 value;
	__u64 cookie;
};

/**
 * struct mailbox_notify - ask to be told of events (NOTIFY)
 * @size: sizeof(struct mailbox_notify)
 * @flags: %MAILBOX_TO_PROCESS, and then only DESTROYED, NO_RECEIVERS and SPACE;
 *	%MAILBOX_NOTIFY_CANCEL; %MAILBOX_NOTIFY_SIGNAL, %MAILBOX_NOTIFY_BLOCKED
 * @id: on a client the mailbox's ID, or a process; on a handle 0
 * @events: one or more of MAILBOX_EVENT_*, not RECEIPT; CANCELLED only alone.
 *	NO_SENDERS, NOT_EMPTY and CANCELLED need the RECEIVE right or the r bit,
 *	NO_RECEIVERS and SPACE the SEND right or the w bit, DESTROYED and ARRIVED by
 *	ID the r bit
 * @reserved: 0
 * @cookie: to be given back with the events; with %MAILBOX_NOTIFY_CANCEL 0.  Who
 *	asks again for what is outstanding changes its cookie
 * @token: with CANCELLED the call's; with %MAILBOX_NOTIFY_SIGNAL the signal's
 *	number, at most 64; else 0
 */
struct mailbox_notify {
	__u32 size;
	__u32 flags;
	__u64 id;
	__u32 events;
	__u32 reserved;
	__u64 cookie;
	__u64 token;
};

/* Take back what the calling process has asked for; ENOENT: nothing of it. */
#define MAILBOX_NOTIFY_CANCEL	(1U << 8)

/*
 * With ARRIVED alone: no event, but a signal to the calling process, before the send
 * of the message returns: its code is SI_MESGQ, its value @cookie, pid and uid are the
 * sender's.  Number 0 sends none, and keeps others from asking.
 */
#define MAILBOX_NOTIFY_SIGNAL	(1U << 9)

/*
 * With SIGNAL: where every thread of the process blocks the signal, an event comes in
 * its place, with the tag %MAILBOX_TAG_SIGNAL and the signal's number as @value.  A
 * signal of the module's is for one thread; the process can have this one be pending
 * for all of them (rt_sigqueueinfo(2)).  Where there are two threads, of which one waits
 * at NOTIFY, the signal is for the first thread of the process, blocked or not.
 */
#define MAILBOX_NOTIFY_BLOCKED	(1U << 10)

#define MAILBOX_TAG_SIGNAL	0x6d62785f73696700ULL

/**
 * struct mailbox_kernel - a command as a message (CALL to %MAILBOX_ID_KERNEL)
 * @command: MAILBOX_IOC_*, one for clients and not CALL
 * @result: in the request 0, in the reply what the ioctl would have returned: 0 or
 *	-errno
 *
 * The command's structure follows.
 *
 * CALL on a client, with the ID %MAILBOX_ID_KERNEL, to the module itself.  The
 * request is this, in one piece, and so is the reply, of the same length: the
 * command is carried out by the client, on the structure in the reply's buffer.
 * The structure of the call has neither flags nor a deadline; those of the command
 * do as always.  A signal ends a command that waits with EINTR, and never the call.
 */
struct mailbox_kernel {
	__u32 command;
	__s32 result;
};

/**
 * DOC: connection ports
 *
 * A port is a mailbox that takes connection requests only.  CONNECT sends one and
 * waits; who receives from the port finds in it who asks, a greeting and a token,
 * and accepts or rejects.  Then each side has an endpoint: one end of a channel
 * that nobody else can get at.
 *
 * An endpoint is a handle that sends to the other one and receives from it:
 * SEND, RECEIVE, CALL and REPLY, in both directions, read(2), write(2) and poll(2).
 * A channel is two mailboxes.  The one who connects makes them, and they are
 * charged to his user; the port says how large they are.
 *
 * When an endpoint is closed for good, by its last descriptor or the death of its
 * process, the other side receives what is still there; then receiving fails with
 * EPIPE (read(2) returns 0), and so do sends and calls at once.  SHUTDOWN does that
 * for one direction.
 */

/**
 * struct mailbox_listen - make a connection port (LISTEN; on a client)
 * @port: as for CREATE, and with the size of this structure: @capacity requests
 *	may wait for an answer, more senders wait before them; @rights without
 *	SEND; @policy ANY or EXCLUSIVE; @flags without UNBOUNDED and
 *	KEEP_BY_SENDERS; @max_message, of greetings, at most and by default
 *	%MAILBOX_GREETING_MAX.  The w bit of @mode is the right to connect
 * @channel_capacity: messages that each direction of a channel holds; 0:
 *	rendezvous
 * @channel_max_message: the longest message of a channel (bytes), at most QUERY's
 *	message_max; 0: QUERY's message_default
 */
struct mailbox_listen {
	struct mailbox_create port;
	__u32 channel_capacity;
	__u32 channel_max_message;
};

/**
 * struct mailbox_connect - connect to a port (CONNECT; on a client)
 * @size: sizeof(struct mailbox_connect)
 * @flags: %MAILBOX_DEADLINE; %MAILBOX_CONNECT_NAME
 * @name: with %MAILBOX_CONNECT_NAME, pointer to the port's name; else 0
 * @name_length: bytes in it; else 0
 * @handle_flags: of the new endpoint: %MAILBOX_HANDLE_NONBLOCK
 * @id: without %MAILBOX_CONNECT_NAME, the port's ID; out: the port's ID
 * @deadline: with %MAILBOX_DEADLINE, nanoseconds; else 0
 * @clock: with %MAILBOX_DEADLINE, MAILBOX_CLOCK_*; else 0
 * @greeting_length: bytes in the greeting, at most %MAILBOX_GREETING_MAX
 * @greeting: pointer to them
 * @reason: out: with ECONNREFUSED, what REJECT gave
 * @pid: out: the process that accepted
 * @uid: out: its effective user
 * @gid: out: its effective group
 * @fd: out: the endpoint, close-on-exec
 * @reserved: 0
 *
 * Waits until it is answered, whatever O_NONBLOCK says.  A signal takes the
 * request back; if the call is restarted it makes a new one.
 */
struct mailbox_connect {
	__u32 size;
	__u32 flags;
	__u64 name;
	__u32 name_length;
	__u32 handle_flags;
	__u64 id;
	__s64 deadline;
	__u32 clock;
	__u32 greeting_length;
	__u64 greeting;
	__u32 reason;
	__u32 pid;
	__u32 uid;
	__u32 gid;
	__s32 fd;
	__u32 reserved;
};

#define MAILBOX_CONNECT_NAME	(1U << 8)	/* by @name, else by @id */

/**
 * struct mailbox_accept - accept a connection request (ACCEPT)
 * @size: sizeof(struct mailbox_accept)
 * @flags: MAILBOX_NONBLOCK, BLOCK or DEADLINE; they concern the receiving
 * @id: on a client the port's ID (the r bit is checked), on a handle 0
 * @deadline: with %MAILBOX_DEADLINE, nanoseconds; else 0
 * @clock: with %MAILBOX_DEADLINE, MAILBOX_CLOCK_*; else 0
 * @handle_flags: of the new endpoint: %MAILBOX_HANDLE_NONBLOCK
 * @token: the request's; or 0: receive the next one first.  Out: 0 when the request
 *	has been answered or has ended, else its token: to issue the same structure
 *	again goes on with it
 * @message: with @token 0 on entry, where the request goes, as in struct
 *	mailbox_receive
 * @fd: out: the endpoint, close-on-exec
 * @reserved: 0
 */
struct mailbox_accept {
	__u32 size;
	__u32 flags;
	__u64 id;
	__s64 deadline;
	__u32 clock;
	__u32 handle_flags;
	__u64 token;
	struct mailbox_message message;
	__s32 fd;
	__u32 reserved;
};

/**
 * struct mailbox_reject - reject a connection request (REJECT)
 * @size: sizeof(struct mailbox_reject)
 * @flags: 0
 * @id: on a client the port's ID (the r bit is checked), on a handle 0
 * @token: the request's
 * @reason: whatever both sides agree upon
 * @reserved: 0
 */
struct mailbox_reject {
	__u32 size;
	__u32 flags;
	__u64 id;
	__u64 token;
	__u32 reason;
	__u32 reserved;
};

/**
 * struct mailbox_shutdown - give up a direction of a channel (SHUTDOWN; on an
 *	endpoint)
 * @size: sizeof(struct mailbox_shutdown)
 * @flags: 0
 * @rights: %MAILBOX_RIGHT_SEND, %MAILBOX_RIGHT_RECEIVE, or both
 * @reserved: 0
 *
 * Holds for all descriptors of the endpoint.  Without SEND the other side receives
 * what is there and then EPIPE; without RECEIVE its sends fail with EPIPE.
 */
struct mailbox_shutdown {
	__u32 size;
	__u32 flags;
	__u32 rights;
	__u32 reserved;
};

/**
 * DOC: sections
 *
 * A section is memory that processes share: an object as a mailbox is, with an
 * ID, perhaps a name, an owner and permission bits, and a descriptor that is mapped
 * with mmap(2).  Sections have names of their own, and IDs that no mailbox has.
 *
 * A section lives as long as a descriptor of it is open or under way in a
 * message, or it is mapped somewhere; with %MAILBOX_CREATE_PERSIST, until DESTROY,
 * until UNLINK and then the last of these, until its network namespace ends, or
 * until the module is unloaded.  After DESTROY it is not found any more and what
 * is done with its descriptors fails with EIDRM, but nothing that is mapped goes
 * away.  The memory is given back with the last descriptor and the last mapping.
 *
 * It is swappable memory, zeroed, taken page by page as it is used, and counted in
 * the memory control group of whoever uses a page first.  The length, in whole
 * pages, counts against the user who made it.
 *
 * The descriptor's rights say how it can be mapped.  One without WRITE cannot be
 * mapped shared and writable, nor can a mapping be made so later.  None can be
 * mapped executable.  A mapping must lie within the length that the section has
 * at the time (EINVAL).  read(2), write(2), ftruncate(2) are not for sections.
 *
 * %MAILBOX_SECTION_READ: mmap(2); every descriptor has it.
 *
 * %MAILBOX_SECTION_WRITE: mmap(2) shared and writable.
 *
 * %MAILBOX_SECTION_MANAGE: SECTION_SET, SECTION_UNLINK, SECTION_DESTROY.
 */
#define MAILBOX_SECTION_READ	(1U << 0)
#define MAILBOX_SECTION_WRITE	(1U << 1)
#define MAILBOX_SECTION_MANAGE	(1U << 2)
#define MAILBOX_SECTION_RIGHTS	(MAILBOX_SECTION_READ | \
				 MAILBOX_SECTION_WRITE | \
				 MAILBOX_SECTION_MANAGE)

/**
 * DOC: seals
 *
 * What cannot be done to a section any more, by anybody.  They are chosen when it
 * is made and never change.
 *
 * %MAILBOX_SEAL_SHRINK: SECTION_SET does not shorten it: what lies within its
 * length can be accessed for as long as it is mapped.
 *
 * %MAILBOX_SEAL_GROW: SECTION_SET does not lengthen it.
 *
 * %MAILBOX_SEAL_FUTURE_WRITE: the descriptor that SECTION_CREATE gives is the only
 * one with the WRITE right that there will ever be (EPERM); who makes the section
 * writes to it, and nobody else.
 */
#define MAILBOX_SEAL_SHRINK		(1U << 0)
#define MAILBOX_SEAL_GROW		(1U << 1)
#define MAILBOX_SEAL_FUTURE_WRITE	(1U << 2)
#define MAILBOX_SEALS_ALL		(MAILBOX_SEAL_SHRINK | \
					 MAILBOX_SEAL_GROW | \
					 MAILBOX_SEAL_FUTURE_WRITE)

/**
 * struct mailbox_section_create - make a section (SECTION_CREATE; on a client)
 * @size: sizeof(struct mailbox_section_create)
 * @flags: %MAILBOX_CREATE_PERSIST, %MAILBOX_CREATE_MODE; with PERSIST,
 *	%MAILBOX_CREATE_NOFD
 * @name: pointer to the name's bytes, any but NUL; ignored if @name_length is 0
 * @name_length: bytes in the name, at most %MAILBOX_NAME_MAX; 0: no name
 * @mode: with %MAILBOX_CREATE_MODE, permission bits: r (4) for the READ right, w
 *	(2) for the WRITE right; else 0, and the section gets 0600
 * @length: of the section (bytes), at least 1
 * @seals: MAILBOX_SEAL_*
 * @rights: of the new descriptor, MAILBOX_SECTION_*, with READ; 0 with
 *	%MAILBOX_CREATE_NOFD
 * @id: out: the section's ID
 * @fd: out: the descriptor, close-on-exec; -1 with %MAILBOX_CREATE_NOFD
 * @reserved: 0
 *
 * The caller's effective user and group own the section; its real user is
 * charged for it (EDQUOT).
 */
struct mailbox_section_create {
	__u32 size;
	__u32 flags;
	__u64 name;
	__u32 name_length;
	__u32 mode;
	__u64 length;
	__u32 seals;
	__u32 rights;
	__u64 id;
	__s32 fd;
	__u32 reserved;
};

/**
 * struct mailbox_section_open - find a section (SECTION_OPEN; on a client)
 * @size: sizeof(struct mailbox_section_open)
 * @flags: either %MAILBOX_OPEN_NAME or %MAILBOX_OPEN_ID; and %MAILBOX_OPEN_NOFD
 * @name: with %MAILBOX_OPEN_NAME, pointer to the name's bytes; else 0
 * @name_length: with %MAILBOX_OPEN_NAME, how many; else 0
 * @rights: of the new descriptor, MAILBOX_SECTION_*, with READ, which asks for the
 *	r bit; WRITE asks for the w bit, MANAGE for the owner
 * @id: with %MAILBOX_OPEN_ID in, not 0; out: the section's ID
 * @length: out: its length (bytes)
 * @seals: MAILBOX_SEAL_* that it must have (EPERM)
 * @fd: out: the descriptor, close-on-exec; -1 with %MAILBOX_OPEN_NOFD
 */
struct mailbox_section_open {
	__u32 size;
	__u32 flags;
	__u64 name;
	__u32 name_length;
	__u32 rights;
	__u64 id;
	__u64 length;
	__u32 seals;
	__s32 fd;
};

/**
 * struct mailbox_section_set - change a section (SECTION_SET)
 * @size: sizeof(struct mailbox_section_set)
 * @flags: MAILBOX_SET_*, of a section MODE, UID, GID, LENGTH: which are given,
 *	at least one; those not given are 0
 * @id: on a client the section's ID, on its descriptor 0
 * @length: new length (bytes), at least 1.  Who accesses a mapping beyond the
 *	end gets SIGBUS, as with a file
 * @mode: new permission bits
 * @uid: new owner
 * @gid: new group
 * @reserved: 0
 *
 * Needs the MANAGE right, or by ID the owner.  To give a section away (@uid, or a
 * @gid the caller is not in) takes CAP_CHOWN.  EPERM: a seal forbids it.
 */
struct mailbox_section_set {
	__u32 size;
	__u32 flags;
	__u64 id;
	__u64 length;
	__u32 mode;
	__u32 uid;
	__u32 gid;
	__u32 reserved;
};

#define MAILBOX_SET_LENGTH	(1U << 8)

/**
 * struct mailbox_section_stat - what a section is (SECTION_STAT)
 * @size: sizeof(struct mailbox_section_stat)
 * @flags: 0
 * @id: on a client the section's ID (which needs the r bit, or the owner), on its
 *	descriptor 0; out: the section's ID
 * @length: out: bytes
 * @resident: out: bytes of memory it has taken so far, swapped ones included
 * @create_flags: out: %MAILBOX_CREATE_PERSIST as it is now
 * @seals: out: MAILBOX_SEAL_*
 * @mode: out
 * @uid: out: owner, as the caller's user namespace shows it
 * @gid: out: group
 * @creator_pid: out: the process that made it, as the caller's pid namespace
 *	shows it (0: not shown there)
 * @rights: out: of the descriptor; 0 by ID
 * @holders: out: descriptors of it, open or still mapped, each counted once however
 *	often it was duplicated; and those under way in messages
 * @name_length: out: bytes in @name, without the NUL; 0: it has none
 * @reserved: out: 0
 * @name: out: the name, NUL-terminated
 */
struct mailbox_section_stat {
	__u32 size;
	__u32 flags;
	__u64 id;
	__u64 length;
	__u64 resident;
	__u32 create_flags;
	__u32 seals;
	__u32 mode;
	__u32 uid;
	__u32 gid;
	__u32 creator_pid;
	__u32 rights;
	__u32 holders;
	__u32 name_length;
	__u32 reserved;
	char name[MAILBOX_NAME_MAX + 1];
};

/**
 * struct mailbox_uring - a command on a ring (IORING_OP_URING_CMD of io_uring)
 * @argument: pointer to the structure that the ioctl of the same number takes
 * @size: its size, the same as in the structure itself
 * @flags: 0
 *
 * SEND, RECEIVE, CALL, REPLY and REPLY_RECEIVE can be submitted to a ring, on a
 * client or a handle: ``cmd_op`` of the submission is MAILBOX_IOC_*, ``cmd`` begins
 * with this structure, ``uring_cmd_flags`` is 0.  The result is what the ioctl
 * would return, 0 or a negative error, and the structure is filled in likewise; it
 * and the buffers it names stay until then.
 *
 * What can be done at once is done when it is submitted.  What has to wait waits
 * without a thread (%MAILBOX_FEATURE_URING in QUERY): among the others and in the
 * same order, with the credentials of the submission, until its deadline.  When it
 * is cancelled (ECANCELED), because the task that submitted it ends or the ring is
 * closed, a message that was not sent is withdrawn, one that was not received goes
 * back to its place, and a call ends.  IORING_OP_ASYNC_CANCEL and
 * IORING_OP_LINK_TIMEOUT do not reach commands of a device: use a deadline.
 *
 * To a sender who waits for a receiver (rendezvous, %MAILBOX_SEND_SYNC) a message
 * is received when a command that waits has been given it.  The command's task then
 * takes it when it next comes by; if it cannot (EFAULT, ECANCELED), the message goes
 * back to its place.
 *
 * Where %MAILBOX_FEATURE_URING is not set (Linux before 6.7) the commands are the
 * same, but one that has to wait occupies a worker thread of the ring; a worker
 * that is interrupted ends it with EINTR, as is one that is cancelled.
 *
 * Other commands get EOPNOTSUPP, as does a CALL to %MAILBOX_ID_KERNEL; those that
 * do not exist, ENOTTY.
 */
struct mailbox_uring {
	__u64 argument;
	__u32 size;
	__u32 flags;
};

#define MAILBOX_IOC_MAGIC	'J'

#define MAILBOX_IOC_QUERY	_IO(MAILBOX_IOC_MAGIC, 0x00)
#define MAILBOX_IOC_CREATE	_IO(MAILBOX_IOC_MAGIC, 0x01)
#define MAILBOX_IOC_OPEN	_IO(MAILBOX_IOC_MAGIC, 0x02)
#define MAILBOX_IOC_RESTRICT	_IO(MAILBOX_IOC_MAGIC, 0x03)
#define MAILBOX_IOC_DESTROY	_IO(MAILBOX_IOC_MAGIC, 0x04)
#define MAILBOX_IOC_UNLINK	_IO(MAILBOX_IOC_MAGIC, 0x05)
#define MAILBOX_IOC_RELEASE	_IO(MAILBOX_IOC_MAGIC, 0x06)
#define MAILBOX_IOC_SET		_IO(MAILBOX_IOC_MAGIC, 0x07)
#define MAILBOX_IOC_STAT	_IO(MAILBOX_IOC_MAGIC, 0x08)
#define MAILBOX_IOC_LIST	_IO(MAILBOX_IOC_MAGIC, 0x09)
#define MAILBOX_IOC_SEND	_IO(MAILBOX_IOC_MAGIC, 0x10)
#define MAILBOX_IOC_RECEIVE	_IO(MAILBOX_IOC_MAGIC, 0x11)
#define MAILBOX_IOC_SEND_BATCH	_IO(MAILBOX_IOC_MAGIC, 0x12)
#define MAILBOX_IOC_RECEIVE_BATCH _IO(MAILBOX_IOC_MAGIC, 0x13)
#define MAILBOX_IOC_CALL	_IO(MAILBOX_IOC_MAGIC, 0x14)
#define MAILBOX_IOC_REPLY	_IO(MAILBOX_IOC_MAGIC, 0x15)
#define MAILBOX_IOC_REPLY_RECEIVE _IO(MAILBOX_IOC_MAGIC, 0x16)
#define MAILBOX_IOC_FORWARD	_IO(MAILBOX_IOC_MAGIC, 0x17)
#define MAILBOX_IOC_NOTIFY	_IO(MAILBOX_IOC_MAGIC, 0x18)
#define MAILBOX_IOC_LISTEN	_IO(MAILBOX_IOC_MAGIC, 0x19)
#define MAILBOX_IOC_CONNECT	_IO(MAILBOX_IOC_MAGIC, 0x1a)
#define MAILBOX_IOC_ACCEPT	_IO(MAILBOX_IOC_MAGIC, 0x1b)
#define MAILBOX_IOC_REJECT	_IO(MAILBOX_IOC_MAGIC, 0x1c)
#define MAILBOX_IOC_SHUTDOWN	_IO(MAILBOX_IOC_MAGIC, 0x1d)
#define MAILBOX_IOC_SECTION_CREATE _IO(MAILBOX_IOC_MAGIC, 0x20)
#define MAILBOX_IOC_SECTION_OPEN _IO(MAILBOX_IOC_MAGIC, 0x21)
#define MAILBOX_IOC_SECTION_RESTRICT _IO(MAILBOX_IOC_MAGIC, 0x22)
#define MAILBOX_IOC_SECTION_DESTROY _IO(MAILBOX_IOC_MAGIC, 0x23)
#define MAILBOX_IOC_SECTION_UNLINK _IO(MAILBOX_IOC_MAGIC, 0x24)
#define MAILBOX_IOC_SECTION_SET	_IO(MAILBOX_IOC_MAGIC, 0x25)
#define MAILBOX_IOC_SECTION_STAT _IO(MAILBOX_IOC_MAGIC, 0x26)

#endif /* _UAPI_LINUX_MAILBOX_H */
