/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A program of the fuzzer: calls in four lanes.  Lanes 0 and 1 are threads of
 * one process, 2 and 3 of another; within a lane calls follow each other, and
 * what one call yields (an ID, a token, a descriptor) others can use.
 *
 * As text, a line is a call:
 *
 *	LANE COMMAND on=VALUE FIELD=VALUE ...
 *
 * where a field that is not named is 0 (a size: the right one), and a VALUE is a
 * number; @N: what call N has yielded (calls count from 0); +N: N microseconds from
 * now; %N: process N (0 or 1); PLACE or PLACE+N: a pointer (bytes, messages,
 * rooms, pieces, command).  "on" is a descriptor, and without it the lane's client.
 * Programs are separated by an empty line; # begins a remark.
 */
#ifndef FUZZ_PROGRAM_H
#define FUZZ_PROGRAM_H

#include <stdbool.h>
#include <stdio.h>

#include "describe.h"

#define FUZZ_CALLS	24
#define FUZZ_LANES	4
#define FUZZ_PROCESSES	2

/**
 * enum fuzz_how - how a value is told
 * @FUZZ_PLAIN: it is the number
 * @FUZZ_RESULT: what the call of that number has yielded
 * @FUZZ_SOON: so many microseconds from now
 * @FUZZ_OF_PROCESS: that process's number
 * @FUZZ_AT: at this offset of the place the upper 32 bits name
 */
enum fuzz_how {
	FUZZ_PLAIN,
	FUZZ_RESULT,
	FUZZ_SOON,
	FUZZ_OF_PROCESS,
	FUZZ_AT,
};

struct fuzz_value {
	uint32_t how;
	uint32_t pad;
	uint64_t number;
};

/**
 * struct fuzz_call - a call
 * @lane: which lane makes it
 * @command: index into fuzz_commands
 * @on: the descriptor: FUZZ_PLAIN 0 is the client
 * @field: as the command's fields
 */
struct fuzz_call {
	uint32_t lane;
	uint32_t command;
	struct fuzz_value on;
	struct fuzz_value field[FUZZ_FIELDS];
};

struct fuzz_program {
	uint32_t count;
	struct fuzz_call call[FUZZ_CALLS];
};

/* The value of a field that is not named. */
struct fuzz_value fuzz_value_default(const struct fuzz_field *field);

/* Take call @n out; what referred to later calls still does. */
void fuzz_program_remove(struct fuzz_program *program, unsigned int n);

void fuzz_program_write(const struct fuzz_program *program, FILE *to);

/*
 * The next program of a text: 1, 0 at its end, or -1 after a message to stderr.
 * @line counts.
 */
int fuzz_program_read(struct fuzz_program *program, FILE *from,
		      unsigned int *line);

#endif /* FUZZ_PROGRAM_H */
