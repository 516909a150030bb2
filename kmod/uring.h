/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands on a ring (IORING_OP_URING_CMD) on a client or a handle. */
#ifndef MBX_URING_H
#define MBX_URING_H

#include <linux/types.h>

struct io_uring_cmd;

/* Do commands wait by themselves?  Else a worker of the ring waits. */
bool mbx_uring_waits(void);

int mbx_uring_cmd(struct io_uring_cmd *uring, unsigned int flags);

#endif /* MBX_URING_H */
