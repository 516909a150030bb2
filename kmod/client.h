/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A client: the open device, where mailboxes are made and found, and used by
 * ID.  It also gives its process a seat.
 *
 * It remembers the indices of the mailboxes it owns (CREATE with NOFD) and of
 * those in which its use may have left traces that end with it: a claim, a call,
 * a token; not the mailboxes themselves, which may be gone by the time it wants
 * to let go of them.  The mailbox knows whose each is, so an index that has come
 * to another is harmless.
 */
#ifndef MBX_CLIENT_H
#define MBX_CLIENT_H

#include <linux/fs.h>
#include <linux/xarray.h>

struct mbx_mailbox;
struct mbx_quota;
struct mbx_seat;
struct net;

/**
 * struct mbx_client - a client
 * @net: the namespace it was opened in; a reference
 * @quota: the opener's account
 * @seat: the opener's seat; a reference
 * @seated: it counts among the seat's clients
 * @owned: indices of the mailboxes it owns; has a lock of its own
 * @traces: indices of those it may have left traces in; likewise
 */
struct mbx_client {
	struct net *net;
	struct mbx_quota *quota;
	struct mbx_seat *seat;
	bool seated;
	struct xarray owned;
	struct xarray traces;
};

/* Each remembers a mailbox: 0 or -ENOMEM. */
int mbx_client_own(struct mbx_client *client, struct mbx_mailbox *mailbox);
int mbx_client_trace(struct mbx_client *client, struct mbx_mailbox *mailbox);

/* The mailbox has ended: forget it. */
void mbx_client_forget(struct mbx_client *client, struct mbx_mailbox *mailbox);

extern const struct file_operations mbx_client_fops;

/* The client that @file is, or NULL. */
static inline struct mbx_client *mbx_client_of(const struct file *file)
{
	return file->f_op == &mbx_client_fops ? file->private_data : NULL;
}

#endif /* MBX_CLIENT_H */
