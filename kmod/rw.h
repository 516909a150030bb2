/* SPDX-License-Identifier: GPL-2.0-only */
/* read(2) and write(2) on a handle: one message each. */
#ifndef MBX_RW_H
#define MBX_RW_H

#include <linux/types.h>

struct file;
struct iov_iter;
struct kiocb;

ssize_t mbx_rw_read(struct file *file, char __user *to, size_t length,
		    loff_t *position);
ssize_t mbx_rw_write(struct file *file, const char __user *from, size_t length,
		     loff_t *position);

/* For readv(2), splice(2) and rings, which may also not want to wait. */
ssize_t mbx_rw_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t mbx_rw_write_iter(struct kiocb *iocb, struct iov_iter *from);

#endif /* MBX_RW_H */
