/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the fuzzer knows of the interface: for each command its structure's
 * fields, and what each of them means.  A new command, or a new field, gets a
 * line in describe.c, and nothing else changes.
 */
#ifndef FUZZ_DESCRIBE_H
#define FUZZ_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

#define ARRAY_SIZE(array)	(sizeof(array) / sizeof((array)[0]))

/**
 * enum fuzz_kind - what a field means, hence which values are worth trying
 * @FUZZ_SIZE: the structure's size; @hint: the right one
 * @FUZZ_FLAGS: bits; @hint: those that are known
 * @FUZZ_NUMBER: any; @hint: the most that makes sense
 * @FUZZ_ZERO: reserved
 * @FUZZ_POINTER: to user memory; @hint: the place that suits, enum fuzz_place
 * @FUZZ_LENGTH: bytes or items at a pointer
 * @FUZZ_ID: a mailbox
 * @FUZZ_TOKEN: a call that was received
 * @FUZZ_PENDING: a call that was made
 * @FUZZ_FD: a descriptor
 * @FUZZ_PROCESS: a process
 * @FUZZ_DEADLINE: nanoseconds of the clock
 * @FUZZ_USER: a user or group
 * @FUZZ_OUT: only written by the module
 */
enum fuzz_kind {
	FUZZ_SIZE,
	FUZZ_FLAGS,
	FUZZ_NUMBER,
	FUZZ_ZERO,
	FUZZ_POINTER,
	FUZZ_LENGTH,
	FUZZ_ID,
	FUZZ_TOKEN,
	FUZZ_PENDING,
	FUZZ_FD,
	FUZZ_PROCESS,
	FUZZ_DEADLINE,
	FUZZ_USER,
	FUZZ_OUT,
};

/* Places in a process's arena (see scene.c), each FUZZ_PLACE_SIZE bytes. */
enum fuzz_place {
	FUZZ_BYTES,	/* for anything */
	FUZZ_MESSAGES,	/* structures mailbox_message, to send */
	FUZZ_ROOMS,	/* the same, to receive into */
	FUZZ_PIECES,	/* structures mailbox_iovec */
	FUZZ_COMMAND,	/* a struct mailbox_kernel with its command */
	FUZZ_CARGO,	/* structures mailbox_attachments, to send */
	FUZZ_HOLD,	/* the same, to receive into */
	FUZZ_PLACES,
};

#define FUZZ_PLACE_SIZE	(128U << 10)

/**
 * struct fuzz_field - a field of a command's structure
 * @name: with dots, if it is in a structure inside
 * @offset: where (bytes)
 * @width: 4 or 8 (bytes)
 * @kind: what it means
 * @yields: after success it holds something that later calls can use, of this
 *	kind: FUZZ_ID, FUZZ_TOKEN, FUZZ_PENDING, FUZZ_FD; else FUZZ_OUT
 * @needs: bits of "flags" without which it must be 0; 0: none
 * @unless: bits with which it must be 0
 * @hint: see enum fuzz_kind
 */
struct fuzz_field {
	const char *name;
	uint16_t offset;
	uint8_t width;
	uint8_t kind;
	uint8_t yields;
	uint32_t needs;
	uint32_t unless;
	uint64_t hint;
};

enum fuzz_on {
	FUZZ_ON_ANY,
	FUZZ_ON_CLIENT,
	FUZZ_ON_HANDLE,
};

/**
 * struct fuzz_command - something a program can do
 * @name: as it is written in programs
 * @ioctl: its number, or 0: it is another system call (see scene.c)
 * @on: descriptors it is for
 * @size: of its structure (bytes)
 * @count: fields
 * @field: the fields
 */
struct fuzz_command {
	const char *name;
	unsigned int ioctl;
	uint8_t on;
	uint16_t size;
	uint16_t count;
	const struct fuzz_field *field;
};

/* The most fields a command may have, and the largest structure. */
#define FUZZ_FIELDS	40
#define FUZZ_SIZE_MAX	512

extern const struct fuzz_command fuzz_commands[];
extern const unsigned int fuzz_command_count;

/* Numbers of the commands that are no ioctl: the first in the table. */
enum {
	FUZZ_READ,
	FUZZ_WRITE,
	FUZZ_POLL,
	FUZZ_CLOSE,
	FUZZ_DUP,
	FUZZ_PAUSE,
	FUZZ_SIGNAL,
	FUZZ_SCRIBBLE,
	FUZZ_PROTECT,
	FUZZ_FORK,
	FUZZ_OTHERS,
};

/* The argument of those. */
struct fuzz_other {
	uint64_t number;
	uint64_t value;
	uint32_t length;
	uint32_t place;
};

#endif /* FUZZ_DESCRIBE_H */
