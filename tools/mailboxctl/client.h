/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/mailbox, opened.
 */
#ifndef MAILBOXCTL_CLIENT_H
#define MAILBOXCTL_CLIENT_H

/* A client descriptor; if there is none, the program ends and says why. */
int client_open(void);

#endif /* MAILBOXCTL_CLIENT_H */
