// SPDX-License-Identifier: GPL-2.0-only
#include <linux/mailbox.h>

#include "describe.h"

#define WAIT	(MAILBOX_NONBLOCK | MAILBOX_BLOCK | MAILBOX_DEADLINE)
#define SELECT	(MAILBOX_RECEIVE_FROM | MAILBOX_RECEIVE_TAG)
#define CREATE	(MAILBOX_CREATE_NOFD | MAILBOX_CREATE_UNBOUNDED |	\
		 MAILBOX_CREATE_PERSIST | MAILBOX_CREATE_KEEP_BY_SENDERS | \
		 MAILBOX_CREATE_LOSSY | MAILBOX_CREATE_MAX_MESSAGE |	\
		 MAILBOX_CREATE_MODE | MAILBOX_CREATE_UMASK |		\
		 MAILBOX_CREATE_NO_SHARES | MAILBOX_CREATE_SYSV |	\
		 MAILBOX_CREATE_ATTACH | MAILBOX_CREATE_RANKED |	\
		 MAILBOX_CREATE_EXCEED | MAILBOX_CREATE_INDEX)
#define HANDLE	(MAILBOX_HANDLE_NONBLOCK | MAILBOX_HANDLE_EOF | \
		 MAILBOX_HANDLE_STATUS)

#define FULL(type, member, what, gives, extra, with, without) {	\
		.name = #member,					\
		.offset = offsetof(struct type, member),		\
		.width = sizeof(((struct type *)0)->member),		\
		.kind = FUZZ_##what,					\
		.yields = FUZZ_##gives,					\
		.needs = with,						\
		.unless = without,					\
		.hint = extra,						\
	}
/* A field that brings something to use later. */
#define YIELD(type, member, what, gives, extra)				\
	FULL(type, member, what, gives, extra, 0, 0)
/* One that goes with a flag. */
#define WITH(type, member, what, extra, flag)				\
	FULL(type, member, what, OUT, extra, flag, 0)
#define WITHOUT(type, member, what, extra, flag)			\
	FULL(type, member, what, OUT, extra, 0, flag)
#define FIELD(type, member, what, extra)				\
	YIELD(type, member, what, OUT, extra)
#define HEAD(type, known)						\
	FIELD(type, size, SIZE, sizeof(struct type)),			\
	FIELD(type, flags, FLAGS, known)

/* A struct mailbox_message inside, to send or to receive into. */
#define MESSAGE(type, member, place)					\
	FIELD(type, member.data, POINTER, FUZZ_BYTES),			\
	FIELD(type, member.length, LENGTH, 0),				\
	FIELD(type, member.room, LENGTH, 0),				\
	FIELD(type, member.iov_count, NUMBER, 4),			\
	FIELD(type, member.flags, FLAGS, 0),				\
	FIELD(type, member.tag, NUMBER, 8),				\
	FIELD(type, member.priority, NUMBER, MAILBOX_PRIORITY_MAX),	\
	YIELD(type, member.token, OUT, TOKEN, 0),			\
	FIELD(type, member.attachments, POINTER, place)

#define DEADLINE(type)							\
	WITH(type, deadline, DEADLINE, 0, MAILBOX_DEADLINE),		\
	WITH(type, clock, NUMBER, MAILBOX_CLOCK_MONOTONIC, MAILBOX_DEADLINE)
#define SELECTION(type)							\
	WITH(type, from_pid, PROCESS, 0, MAILBOX_RECEIVE_FROM),		\
	WITH(type, tag_min, NUMBER, 2, MAILBOX_RECEIVE_TAG),		\
	WITH(type, tag_max, NUMBER, 8, MAILBOX_RECEIVE_TAG)
#define NAME(type, flag)						\
	WITH(type, name, POINTER, FUZZ_BYTES, flag),			\
	WITH(type, name_length, NUMBER, 3, flag)

/* Those of CREATE, which LISTEN begins with too. */
#define CREATION							\
	FIELD(mailbox_create, name, POINTER, FUZZ_BYTES),		\
	FIELD(mailbox_create, name_length, NUMBER, 2),			\
	FIELD(mailbox_create, policy, NUMBER, MAILBOX_POLICY_ALL),	\
	WITHOUT(mailbox_create, capacity, NUMBER, 4,			\
		MAILBOX_CREATE_UNBOUNDED),				\
	WITH(mailbox_create, max_message, LENGTH, 0,			\
	     MAILBOX_CREATE_MAX_MESSAGE),				\
	WITH(mailbox_create, mode, NUMBER, 0666, MAILBOX_CREATE_MODE),	\
	FIELD(mailbox_create, max_receivers, NUMBER, 4),		\
	WITHOUT(mailbox_create, rights, FLAGS, MAILBOX_RIGHTS_ALL,	\
		MAILBOX_CREATE_NOFD),					\
	WITHOUT(mailbox_create, handle_flags, FLAGS, HANDLE,		\
		MAILBOX_CREATE_NOFD),					\
	YIELD(mailbox_create, id, OUT, ID, 0),				\
	YIELD(mailbox_create, fd, OUT, FD, 0),				\
	WITHOUT(mailbox_create, low_water, NUMBER, 4,			\
		MAILBOX_CREATE_UNBOUNDED),				\
	FIELD(mailbox_create, reserved, ZERO, 0)

static const struct fuzz_field other[] = {
	FIELD(fuzz_other, number, NUMBER, 8),
	FIELD(fuzz_other, value, NUMBER, 256),
	FIELD(fuzz_other, length, LENGTH, 0),
	FIELD(fuzz_other, place, NUMBER, FUZZ_PLACES - 1),
};

static const struct fuzz_field dup[] = {
	YIELD(fuzz_other, number, OUT, FD, 0),
};

static const struct fuzz_field query[] = {
	HEAD(mailbox_query, 0),
};

static const struct fuzz_field create[] = {
	HEAD(mailbox_create, CREATE),
	CREATION,
};

static const struct fuzz_field open[] = {
	HEAD(mailbox_open, MAILBOX_OPEN_NAME | MAILBOX_OPEN_ID |
			   MAILBOX_OPEN_INDEX | MAILBOX_OPEN_NOFD),
	NAME(mailbox_open, MAILBOX_OPEN_NAME),
	FIELD(mailbox_open, rights, FLAGS, MAILBOX_RIGHTS_ALL),
	FULL(mailbox_open, id, ID, ID, 0, MAILBOX_OPEN_ID, 0),
	WITH(mailbox_open, index, NUMBER, 64, MAILBOX_OPEN_INDEX),
	WITHOUT(mailbox_open, handle_flags, FLAGS, HANDLE, MAILBOX_OPEN_NOFD),
	YIELD(mailbox_open, fd, OUT, FD, 0),
	FIELD(mailbox_open, reserved, ZERO, 0),
};

static const struct fuzz_field restrict_[] = {
	HEAD(mailbox_restrict, 0),
	FIELD(mailbox_restrict, rights, FLAGS, MAILBOX_RIGHTS_ALL),
	FIELD(mailbox_restrict, handle_flags, FLAGS, HANDLE),
	YIELD(mailbox_restrict, fd, OUT, FD, 0),
	FIELD(mailbox_restrict, reserved, ZERO, 0),
};

static const struct fuzz_field target[] = {
	HEAD(mailbox_target, 0),
	FIELD(mailbox_target, id, ID, 0),
};

static const struct fuzz_field set[] = {
	HEAD(mailbox_set, MAILBOX_SET_MODE | MAILBOX_SET_UID |
			  MAILBOX_SET_GID | MAILBOX_SET_CAPACITY |
			  MAILBOX_SET_MAX_MESSAGE | MAILBOX_SET_MAX_BYTES |
			  MAILBOX_SET_LOW_WATER),
	FIELD(mailbox_set, id, ID, 0),
	WITH(mailbox_set, mode, NUMBER, 0666, MAILBOX_SET_MODE),
	WITH(mailbox_set, uid, USER, 0, MAILBOX_SET_UID),
	WITH(mailbox_set, gid, USER, 0, MAILBOX_SET_GID),
	WITH(mailbox_set, capacity, NUMBER, 8, MAILBOX_SET_CAPACITY),
	WITH(mailbox_set, max_message, LENGTH, 0, MAILBOX_SET_MAX_MESSAGE),
	WITH(mailbox_set, max_bytes, LENGTH, 0, MAILBOX_SET_MAX_BYTES),
	WITH(mailbox_set, low_water, NUMBER, 4, MAILBOX_SET_LOW_WATER),
	FIELD(mailbox_set, reserved, ZERO, 0),
};

static const struct fuzz_field stat[] = {
	HEAD(mailbox_stat, 0),
	FIELD(mailbox_stat, id, ID, 0),
};

static const struct fuzz_field list[] = {
	HEAD(mailbox_list, MAILBOX_LIST_SECTIONS),
	FIELD(mailbox_list, cursor, NUMBER, 64),
	FIELD(mailbox_list, ids, POINTER, FUZZ_BYTES),
	FIELD(mailbox_list, count, NUMBER, 16),
	FIELD(mailbox_list, reserved, ZERO, 0),
};

static const struct fuzz_field send[] = {
	HEAD(mailbox_send, WAIT | MAILBOX_TO_PROCESS | MAILBOX_NO_RESTART |
			   MAILBOX_SEND_SYNC | MAILBOX_SEND_RECEIPT),
	FIELD(mailbox_send, id, ID, 0),
	DEADLINE(mailbox_send),
	FIELD(mailbox_send, reserved, ZERO, 0),
	MESSAGE(mailbox_send, message, FUZZ_CARGO),
};

static const struct fuzz_field receive[] = {
	HEAD(mailbox_receive, WAIT | SELECT | MAILBOX_NO_RESTART |
			      MAILBOX_RECEIVE_PEEK | MAILBOX_RECEIVE_EXCEPT |
			      MAILBOX_RECEIVE_LOWEST | MAILBOX_RECEIVE_AT |
			      MAILBOX_RECEIVE_TRUNCATE |
			      MAILBOX_RECEIVE_LONGEST),
	FIELD(mailbox_receive, id, ID, 0),
	DEADLINE(mailbox_receive),
	SELECTION(mailbox_receive),
	MESSAGE(mailbox_receive, message, FUZZ_HOLD),
};

#define BATCH(place)							\
	FIELD(mailbox_batch, id, ID, 0),				\
	DEADLINE(mailbox_batch),					\
	SELECTION(mailbox_batch),					\
	FIELD(mailbox_batch, messages, POINTER, place),			\
	FIELD(mailbox_batch, message_size, SIZE,			\
	      sizeof(struct mailbox_message)),				\
	FIELD(mailbox_batch, count, NUMBER, 8),				\
	FIELD(mailbox_batch, reserved, ZERO, 0)

static const struct fuzz_field send_batch[] = {
	HEAD(mailbox_batch, WAIT | MAILBOX_TO_PROCESS),
	BATCH(FUZZ_MESSAGES),
};

static const struct fuzz_field receive_batch[] = {
	HEAD(mailbox_batch, WAIT | SELECT),
	BATCH(FUZZ_ROOMS),
};

static const struct fuzz_field call[] = {
	HEAD(mailbox_call, WAIT | MAILBOX_TO_PROCESS | MAILBOX_CALL_CANCEL),
	FIELD(mailbox_call, id, ID, 0),
	DEADLINE(mailbox_call),
	FIELD(mailbox_call, reserved, ZERO, 0),
	YIELD(mailbox_call, pending, PENDING, PENDING, 0),
	MESSAGE(mailbox_call, request, FUZZ_CARGO),
	MESSAGE(mailbox_call, reply, FUZZ_HOLD),
};

static const struct fuzz_field reply[] = {
	HEAD(mailbox_reply, 0),
	FIELD(mailbox_reply, id, ID, 0),
	FIELD(mailbox_reply, token, TOKEN, 0),
	MESSAGE(mailbox_reply, message, FUZZ_CARGO),
};

static const struct fuzz_field reply_receive[] = {
	HEAD(mailbox_reply_receive, WAIT | SELECT),
	FIELD(mailbox_reply_receive, id, ID, 0),
	DEADLINE(mailbox_reply_receive),
	SELECTION(mailbox_reply_receive),
	FIELD(mailbox_reply_receive, token, TOKEN, 0),
	MESSAGE(mailbox_reply_receive, reply, FUZZ_CARGO),
	MESSAGE(mailbox_reply_receive, message, FUZZ_HOLD),
};

static const struct fuzz_field forward[] = {
	HEAD(mailbox_forward, MAILBOX_TO_PROCESS),
	FIELD(mailbox_forward, id, ID, 0),
	FIELD(mailbox_forward, token, TOKEN, 0),
	FIELD(mailbox_forward, to, ID, 0),
	FIELD(mailbox_forward, to_fd, FD, 0),
	FIELD(mailbox_forward, reserved, ZERO, 0),
};

static const struct fuzz_field notify[] = {
	HEAD(mailbox_notify, MAILBOX_TO_PROCESS | MAILBOX_NOTIFY_CANCEL |
			     MAILBOX_NOTIFY_SIGNAL | MAILBOX_NOTIFY_BLOCKED),
	FIELD(mailbox_notify, id, ID, 0),
	FIELD(mailbox_notify, events, FLAGS, 0xff),
	FIELD(mailbox_notify, reserved, ZERO, 0),
	FIELD(mailbox_notify, cookie, NUMBER, 8),
	FIELD(mailbox_notify, token, TOKEN, 0),
};

static const struct fuzz_field listen[] = {
	FIELD(mailbox_create, size, SIZE, sizeof(struct mailbox_listen)),
	FIELD(mailbox_create, flags, FLAGS,
	      MAILBOX_CREATE_NOFD | MAILBOX_CREATE_PERSIST |
	      MAILBOX_CREATE_MAX_MESSAGE | MAILBOX_CREATE_MODE |
	      MAILBOX_CREATE_ATTACH),
	CREATION,
	FIELD(mailbox_listen, channel_capacity, NUMBER, 4),
	FIELD(mailbox_listen, channel_max_message, LENGTH, 0),
};

static const struct fuzz_field connect[] = {
	HEAD(mailbox_connect, MAILBOX_DEADLINE | MAILBOX_CONNECT_NAME),
	NAME(mailbox_connect, MAILBOX_CONNECT_NAME),
	FIELD(mailbox_connect, handle_flags, FLAGS, HANDLE),
	FULL(mailbox_connect, id, ID, OUT, 0, 0, MAILBOX_CONNECT_NAME),
	DEADLINE(mailbox_connect),
	FIELD(mailbox_connect, greeting_length, NUMBER, MAILBOX_GREETING_MAX),
	FIELD(mailbox_connect, greeting, POINTER, FUZZ_BYTES),
	YIELD(mailbox_connect, fd, OUT, FD, 0),
	FIELD(mailbox_connect, reserved, ZERO, 0),
};

static const struct fuzz_field accept_[] = {
	HEAD(mailbox_accept, WAIT),
	FIELD(mailbox_accept, id, ID, 0),
	DEADLINE(mailbox_accept),
	FIELD(mailbox_accept, handle_flags, FLAGS, HANDLE),
	YIELD(mailbox_accept, token, TOKEN, TOKEN, 0),
	MESSAGE(mailbox_accept, message, FUZZ_HOLD),
	YIELD(mailbox_accept, fd, OUT, FD, 0),
	FIELD(mailbox_accept, reserved, ZERO, 0),
};

static const struct fuzz_field reject[] = {
	HEAD(mailbox_reject, 0),
	FIELD(mailbox_reject, id, ID, 0),
	FIELD(mailbox_reject, token, TOKEN, 0),
	FIELD(mailbox_reject, reason, NUMBER, 8),
	FIELD(mailbox_reject, reserved, ZERO, 0),
};

static const struct fuzz_field shutdown[] = {
	HEAD(mailbox_shutdown, 0),
	FIELD(mailbox_shutdown, rights, FLAGS,
	      MAILBOX_RIGHT_SEND | MAILBOX_RIGHT_RECEIVE),
	FIELD(mailbox_shutdown, reserved, ZERO, 0),
};

static const struct fuzz_field section_create[] = {
	HEAD(mailbox_section_create, MAILBOX_CREATE_NOFD |
				     MAILBOX_CREATE_PERSIST |
				     MAILBOX_CREATE_MODE),
	FIELD(mailbox_section_create, name, POINTER, FUZZ_BYTES),
	FIELD(mailbox_section_create, name_length, NUMBER, 2),
	WITH(mailbox_section_create, mode, NUMBER, 0666, MAILBOX_CREATE_MODE),
	FIELD(mailbox_section_create, length, NUMBER, 3 << 12),
	FIELD(mailbox_section_create, seals, FLAGS, MAILBOX_SEALS_ALL),
	WITHOUT(mailbox_section_create, rights, FLAGS, MAILBOX_SECTION_RIGHTS,
		MAILBOX_CREATE_NOFD),
	YIELD(mailbox_section_create, id, OUT, ID, 0),
	YIELD(mailbox_section_create, fd, OUT, FD, 0),
	FIELD(mailbox_section_create, reserved, ZERO, 0),
};

static const struct fuzz_field section_open[] = {
	HEAD(mailbox_section_open, MAILBOX_OPEN_NAME | MAILBOX_OPEN_ID |
				   MAILBOX_OPEN_NOFD),
	NAME(mailbox_section_open, MAILBOX_OPEN_NAME),
	WITHOUT(mailbox_section_open, rights, FLAGS, MAILBOX_SECTION_RIGHTS,
		MAILBOX_OPEN_NOFD),
	FULL(mailbox_section_open, id, ID, ID, 0, MAILBOX_OPEN_ID, 0),
	FIELD(mailbox_section_open, length, OUT, 0),
	FIELD(mailbox_section_open, seals, FLAGS, MAILBOX_SEALS_ALL),
	YIELD(mailbox_section_open, fd, OUT, FD, 0),
};

static const struct fuzz_field section_set[] = {
	HEAD(mailbox_section_set, MAILBOX_SET_MODE | MAILBOX_SET_UID |
				  MAILBOX_SET_GID | MAILBOX_SET_LENGTH),
	FIELD(mailbox_section_set, id, ID, 0),
	WITH(mailbox_section_set, length, NUMBER, 3 << 12, MAILBOX_SET_LENGTH),
	WITH(mailbox_section_set, mode, NUMBER, 0666, MAILBOX_SET_MODE),
	WITH(mailbox_section_set, uid, USER, 0, MAILBOX_SET_UID),
	WITH(mailbox_section_set, gid, USER, 0, MAILBOX_SET_GID),
	FIELD(mailbox_section_set, reserved, ZERO, 0),
};

static const struct fuzz_field section_stat[] = {
	HEAD(mailbox_section_stat, 0),
	FIELD(mailbox_section_stat, id, ID, 0),
};

#define COMMAND(what, type, fields, where) {				\
		.name = #what,						\
		.ioctl = MAILBOX_IOC_##what,				\
		.on = FUZZ_ON_##where,					\
		.size = sizeof(struct type),				\
		.count = ARRAY_SIZE(fields),		\
		.field = fields,					\
	}
#define OTHER(what, fields)						\
	[FUZZ_##what] = {						\
		.name = #what,						\
		.size = sizeof(struct fuzz_other),			\
		.count = ARRAY_SIZE(fields),		\
		.field = fields,					\
	}

const struct fuzz_command fuzz_commands[] = {
	OTHER(READ, other),
	OTHER(WRITE, other),
	OTHER(POLL, other),
	OTHER(CLOSE, other),
	OTHER(DUP, dup),
	OTHER(PAUSE, other),
	OTHER(SIGNAL, other),
	OTHER(SCRIBBLE, other),
	OTHER(PROTECT, other),
	OTHER(FORK, other),
	COMMAND(QUERY, mailbox_query, query, ANY),
	COMMAND(CREATE, mailbox_create, create, CLIENT),
	COMMAND(OPEN, mailbox_open, open, CLIENT),
	COMMAND(RESTRICT, mailbox_restrict, restrict_, HANDLE),
	COMMAND(DESTROY, mailbox_target, target, ANY),
	COMMAND(UNLINK, mailbox_target, target, ANY),
	COMMAND(RELEASE, mailbox_target, target, ANY),
	COMMAND(SET, mailbox_set, set, ANY),
	COMMAND(STAT, mailbox_stat, stat, ANY),
	COMMAND(LIST, mailbox_list, list, CLIENT),
	COMMAND(SEND, mailbox_send, send, ANY),
	COMMAND(RECEIVE, mailbox_receive, receive, ANY),
	COMMAND(SEND_BATCH, mailbox_batch, send_batch, ANY),
	COMMAND(RECEIVE_BATCH, mailbox_batch, receive_batch, ANY),
	COMMAND(CALL, mailbox_call, call, ANY),
	COMMAND(REPLY, mailbox_reply, reply, ANY),
	COMMAND(REPLY_RECEIVE, mailbox_reply_receive, reply_receive, ANY),
	COMMAND(FORWARD, mailbox_forward, forward, ANY),
	COMMAND(NOTIFY, mailbox_notify, notify, ANY),
	COMMAND(LISTEN, mailbox_listen, listen, CLIENT),
	COMMAND(CONNECT, mailbox_connect, connect, CLIENT),
	COMMAND(ACCEPT, mailbox_accept, accept_, ANY),
	COMMAND(REJECT, mailbox_reject, reject, ANY),
	COMMAND(SHUTDOWN, mailbox_shutdown, shutdown, HANDLE),
	COMMAND(SECTION_CREATE, mailbox_section_create, section_create, CLIENT),
	COMMAND(SECTION_OPEN, mailbox_section_open, section_open, CLIENT),
	COMMAND(SECTION_RESTRICT, mailbox_restrict, restrict_, HANDLE),
	COMMAND(SECTION_DESTROY, mailbox_target, target, ANY),
	COMMAND(SECTION_UNLINK, mailbox_target, target, ANY),
	COMMAND(SECTION_SET, mailbox_section_set, section_set, ANY),
	COMMAND(SECTION_STAT, mailbox_section_stat, section_stat, ANY),
};

const unsigned int fuzz_command_count = ARRAY_SIZE(fuzz_commands);
