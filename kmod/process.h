/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Processes: when they end, or let go of something.
 *
 * What a process has claimed, has called and owes a reply to ends with it, or
 * when it closes its last descriptor of the open file by which that came.  Both
 * are seen by ->flush, which is called for each descriptor that is closed, also
 * when others go on using the file.  A process that shares its table of
 * descriptors with another process closes nothing when it dies: what it had ends
 * when the last of them does.
 */
#ifndef MBX_PROCESS_H
#define MBX_PROCESS_H

#include <linux/types.h>

struct file;
struct pid;

/*
 * For ->flush: is the calling process, and not only one of its threads, on its
 * way out?
 */
bool mbx_process_ends(void);

/*
 * For ->flush: was that the calling process's last descriptor of @file, and others
 * have one?  If there is no other, ->release follows.
 */
bool mbx_process_leaves(struct file *file);

/* Has the process ended?  (It may still have to be waited for.) */
bool mbx_process_dead(struct pid *process);

#endif /* MBX_PROCESS_H */
