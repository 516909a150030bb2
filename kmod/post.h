/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Posting: what sending and calling have in common, from the user's buffer to
 * the moment in which the message finds its place in the mailbox.
 */
#ifndef MBX_POST_H
#define MBX_POST_H

struct mbx_after;
struct mbx_letter;
struct mbx_mailbox;
struct mbx_message;
struct mbx_terms;

/**
 * mbx_post_begin - make a message for a mailbox
 * @mailbox: where it is to go
 * @letter: what it is to say
 *
 * Return: the message, or an ERR_PTR(): -EMSGSIZE, -EDQUOT, -EFAULT, -ENOMEM.
 */
struct mbx_message *mbx_post_begin(struct mbx_mailbox *mailbox,
				   const struct mbx_letter *letter);

/* May it be posted?  0, -EIDRM, -EPIPE, -EBUSY, -EUSERS, -EMSGSIZE. */
int mbx_post_check_locked(struct mbx_mailbox *mailbox,
			  const struct mbx_message *message,
			  const struct mbx_terms *terms);

/* It was not, because of @error, and is to be freed. */
void mbx_post_fail_locked(struct mbx_mailbox *mailbox,
			  struct mbx_message *message, int error,
			  struct mbx_after *after);

#endif /* MBX_POST_H */
