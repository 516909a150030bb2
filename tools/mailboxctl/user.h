/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Users and groups by name.
 */
#ifndef MAILBOXCTL_USER_H
#define MAILBOXCTL_USER_H

#include <stdint.h>

/* The name, or the number if it has none; the caller frees it. */
char *user_name(uint32_t uid);
char *user_group_name(uint32_t gid);

#endif /* MAILBOXCTL_USER_H */
