/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The registry of mailboxes (registry.h).  It holds a reference to each one in
 * it.
 */
#ifndef MBX_NAME_H
#define MBX_NAME_H

#include <linux/types.h>

struct mbx_mailbox;
struct net;

/**
 * struct mbx_name_net - what a network namespace has for it, at mbx_name_net_id
 * @sysv: mailboxes in it made with MAILBOX_CREATE_SYSV
 */
struct mbx_name_net {
	atomic_t sysv;
};

extern unsigned int mbx_name_net_id;

/* How many mailboxes made with MAILBOX_CREATE_SYSV there are. */
unsigned int mbx_name_sysv(const struct net *net);

/**
 * mbx_name_register - give a mailbox its ID and its name, and publish it
 * @mailbox: a new mailbox, ready for use
 * @name: the name's bytes, without NUL; the registry takes the memory over if
 *	it succeeds; NULL: no name
 * @length: how many
 *
 * Return: 0, -EEXIST, -ENOMEM or -ENOSPC.
 */
int mbx_name_register(struct mbx_mailbox *mailbox, char *name, u32 length);

/* Removes a dead mailbox, if it is still registered. */
void mbx_name_unregister(struct mbx_mailbox *mailbox);

/* Waits for those who are about to remove one: at a namespace's end. */
void mbx_name_settle(void);

/* Takes its name from it.  Had it one? */
bool mbx_name_unlink(struct mbx_mailbox *mailbox);

/* Each returns a living mailbox of @net with a reference, or NULL. */
struct mbx_mailbox *mbx_name_find_id(const struct net *net, u64 id);
struct mbx_mailbox *mbx_name_find_index(const struct net *net, u32 index);
struct mbx_mailbox *mbx_name_find(const struct net *net, const char *name,
				  u32 length);

/**
 * mbx_name_next - walk the mailboxes of a namespace
 * @net: the namespace; NULL: of all
 * @cursor: the first index to look at; moved behind the one that is returned
 *
 * Return: a mailbox, perhaps a dead one, with a reference; NULL at the end.
 */
struct mbx_mailbox *mbx_name_next(const struct net *net, u64 *cursor);

#endif /* MBX_NAME_H */
