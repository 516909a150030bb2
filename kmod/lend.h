/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a caller lends while he waits for his call to end: the bytes of a long request
 * to whoever receives it (loan.h), and the room for a long reply to whoever answers
 * (room.h).
 *
 * Others are at the caller's memory without the lock in three places: a receiver who
 * has claimed the request, a server who forwards it and copies the bytes for that,
 * and a server who writes the reply.  None of them can be held up by anybody.  For
 * the last two @held is set.
 *
 * A caller who leaves, whatever the reason, first ends the call or sees to it that it
 * can go on without him, with the bytes in its message.  Then he waits until nobody
 * is at his memory, and nobody begins again: a call that has ended is not received or
 * answered any more, and in one that goes on @loan and @room have gone.
 */
#ifndef MBX_LEND_H
#define MBX_LEND_H

struct mbx_after;
struct mbx_buffer;
struct mbx_caller;
struct mbx_mailbox;
struct mbx_message;

/**
 * mbx_lend_end - take back what was lent with a call
 * @mailbox: its mailbox
 * @call: the call, which its caller still holds
 * @caller: the caller
 * @error: why he leaves: -ERESTARTSYS if the call is to go on; or it ends.  0: it
 *	has ended already
 *
 * Return: @error, or -ENOMEM: it cannot go on, and has ended.
 */
int mbx_lend_end(struct mbx_mailbox *mailbox, struct mbx_message *call,
		 struct mbx_caller *caller, int error);

/*
 * May @reply be written to where the caller waits for it?  Then he is held, until
 * mbx_lend_release_locked().
 */
bool mbx_lend_hold_locked(struct mbx_message *call,
			  const struct mbx_buffer *reply);
void mbx_lend_release_locked(struct mbx_message *call, struct mbx_after *after);
void mbx_lend_release(struct mbx_mailbox *mailbox, struct mbx_message *call);

/* A receiver is done with @message. */
void mbx_lend_done_locked(struct mbx_message *message,
			  struct mbx_after *after);

/*
 * A server is about to forward @call, and nobody else touches it: if its bytes are
 * lent the caller is held, until it has got a copy of them.  0, -ENOMEM.
 */
void mbx_lend_keep_begin_locked(struct mbx_message *call);
int mbx_lend_keep(struct mbx_mailbox *mailbox, struct mbx_message *call);

#endif /* MBX_LEND_H */
