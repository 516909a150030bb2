/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The module as one whom a call can reach: ID KERNEL.  The request carries a
 * command and its structure, and the reply carries them back, as the ioctl would
 * have left them.  (Mach's kernel port, by which a task asks its kernel.)
 */
#ifndef MBX_OP_KERNEL_H
#define MBX_OP_KERNEL_H

struct mbx_request;

/* A CALL to ID KERNEL. */
int mbx_kernel_call(struct mbx_request *request);

#endif /* MBX_OP_KERNEL_H */
