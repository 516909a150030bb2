/* SPDX-License-Identifier: GPL-2.0-only */
/* read(2) and write(2) on a handle: one message each. */
#ifndef MBX_RW_H
#define MBX_RW_H

#include <linux/types.h>

struct iov_iter;
struct kiocb;

ssize_t mbx_rw_read(struct kiocb *iocb, struct iov_iter *to);
ssize_t mbx_rw_write(struct kiocb *iocb, struct iov_iter *from);

#endif /* MBX_RW_H */
