/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the library calls of libmailbox, as a kernel without mailboxes can do it: sections
 * are memory files; an answer is checked and counted.
 */
#ifndef RPC_FUZZ_KERNEL_H
#define RPC_FUZZ_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A section with these bytes; @loose: it could shrink. */
int kernel_section(const void *data, size_t length, bool loose);

/* A call comes, whose caller has so much room; and takes so many attachments. */
void kernel_call(uint32_t room);
void kernel_takes(unsigned int count);

/* It has been answered. */
bool kernel_answered(void);

#endif /* RPC_FUZZ_KERNEL_H */
