/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /sys/kernel/debug/mailbox_ipc/mailboxes: all mailboxes of all namespaces, for
 * those who debug the module.  Its format may change.
 */
#ifndef MBX_DEBUGFS_H
#define MBX_DEBUGFS_H

void mbx_debugfs_init(void);
void mbx_debugfs_exit(void);

#endif /* MBX_DEBUGFS_H */
