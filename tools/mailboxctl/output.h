/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standard output, with every error noticed.
 */
#ifndef MAILBOXCTL_OUTPUT_H
#define MAILBOXCTL_OUTPUT_H

#include <stdbool.h>
#include <sys/uio.h>

/*
 * See that the descriptors 0 to 2 are taken, lest a mailbox become standard
 * output.  What was closed stays unusable.
 */
void output_open(void);

/* End the program unless standard output can be written to. */
void output_require(void);

/* End the program with a complaint if something printed was not written. */
void output_close(void);

/* Write what stdio holds; false if it cannot be written. */
bool output_flush(void);

/*
 * Write all pieces past stdio, whatever it takes; @pieces is used up.
 * 0, or -errno.
 */
int output_pieces(struct iovec *pieces, int count);

/* Nobody will ever read it: the other end of the pipe is closed. */
bool output_is_dead(void);

bool output_is_terminal(void);

#endif /* MAILBOXCTL_OUTPUT_H */
