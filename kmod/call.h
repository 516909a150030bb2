/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls: messages whose senders wait for a reply.
 *
 * A call is its request's message, which stays when it is received, until the
 * reply, which takes the place of its bytes, has been taken:
 *
 *	SENT --receive--> OPEN --answer--> ANSWERED --finish--> DEAD
 *	  |                 |                ^ |
 *	  +-----------------+------fail------+ |
 *	  +-----------------+-------end--------+--------------> DEAD
 *
 * A call fails when nobody can answer it any more; if its caller waits, that is
 * its end, else the error waits for the caller as a reply would.
 * An OPEN call can be FORWARDED, and is then answered from elsewhere (forward.h).
 * Until it is DEAD it is in its mailbox's tree of calls, where the server finds
 * it by its token and the caller, when it comes back after a signal, by the
 * same number; each is checked to be who it should be.
 *
 * While the caller waits, the call points to its struct mbx_caller, on its
 * stack.  Who answers or ends the call writes the outcome there and finishes the
 * waiter, once, in the critical section that changes the state.  The caller then
 * lets go of the message in another one.  A DEAD call is freed by whoever lets go
 * of it last: its caller, a receiver, or a server who is copying a reply in.
 *
 * selftests/model/call.pml has the same states and steps by the same names, with
 * those of forward.h, and is explored exhaustively: who changes one changes the other.
 *
 * Copying the reply in may fault and take for ever; only @answering is set
 * meanwhile, and neither the caller nor the mailbox's end waits for it.
 */
#ifndef MBX_CALL_H
#define MBX_CALL_H

#include <linux/types.h>

#include "room.h"
#include "wait.h"

struct mbx_after;
struct mbx_buffer;
struct mbx_letter;
struct mbx_loan;
struct mbx_mailbox;
struct mbx_message;
struct mbx_notice;
struct mbx_parcel;
struct mbx_terms;
struct pid;
struct task_struct;

/**
 * struct mbx_caller - a task or a command that waits for its call to end
 * @wait: how to wake it
 * @loan: of a task: the request's bytes, which it frees when it does not wait any
 *	more; or NULL
 * @room: of a task: where a long reply may be written
 * @error: outcome: 0, the reply is there; or why there is none
 * @filled: outcome: its bytes are in @room
 */
struct mbx_caller {
	struct mbx_waiter wait;
	struct mbx_loan *loan;
	struct mbx_room room;
	int error;
	bool filled;
};

/* For the calling task, or with @wake for a command. */
void mbx_caller_init(struct mbx_caller *caller,
		     void (*wake)(struct mbx_waiter *waiter));

/* For the server; and for its caller the name of a call that goes on. */
u64 mbx_call_token(const struct mbx_message *message);

/**
 * mbx_call_begin - make a call
 * @mailbox: where to
 * @letter: the request, with MAILBOX_INFO_CALL, @reply_room and
 *	@reply_attachments
 * @terms: who, and whether the request may wait for room
 * @caller: to wait with, made by mbx_caller_init()
 * @call: out: the call, which stays at least until mbx_call_wait()
 *
 * Return: 0, and the caller owes mbx_call_wait(); else nothing was sent:
 * -EAGAIN, -EIDRM, -EPIPE, -EBUSY, -EUSERS, -EMSGSIZE, -EDQUOT, -EFAULT,
 * -ENOMEM.
 */
int mbx_call_begin(struct mbx_mailbox *mailbox, const struct mbx_letter *letter,
		   const struct mbx_terms *terms, struct mbx_caller *caller,
		   struct mbx_message **call);

/* Comes back to a call that goes on; likewise, or -ESTALE, -EBUSY. */
int mbx_call_resume(struct mbx_mailbox *mailbox, u64 token,
		    const struct mbx_terms *terms, struct mbx_caller *caller,
		    struct mbx_message **call);

/**
 * mbx_call_wait - wait for the end of a call
 * @mailbox: its mailbox
 * @call: the call
 * @terms: who, and for how long
 * @caller: as for mbx_call_begin()
 *
 * Return: 0: @call is the reply, and owed mbx_call_finish() or mbx_call_leave();
 * -ERESTARTSYS, -EAGAIN: it goes on without the caller; else it has ended:
 * -ETIMEDOUT, -EPIPE, -EIDRM, or -ENOMEM: it was to go on.  If not 0, @call is not to be
 * touched any more.
 */
int mbx_call_wait(struct mbx_mailbox *mailbox, struct mbx_message *call,
		  const struct mbx_terms *terms, struct mbx_caller *caller);

/**
 * mbx_call_step - what a command can do about the end of its call
 * @mailbox: its mailbox
 * @call: the call
 * @terms: who
 * @caller: as for mbx_call_begin()
 * @woken: its waiter has been finished, and it has been told
 * @error: give up, and end the call with this error; 0: do not
 *
 * Return: -EIOCBQUEUED: the next step is due when it is told or gives up; else
 * as mbx_call_wait().
 */
int mbx_call_step(struct mbx_mailbox *mailbox, struct mbx_message *call,
		  const struct mbx_terms *terms, struct mbx_caller *caller,
		  bool woken, int error);

/* The reply has been taken, or cannot be any more. */
void mbx_call_finish(struct mbx_mailbox *mailbox, struct mbx_message *call);

/* The reply could not be taken; it stays to be asked for again. */
void mbx_call_leave(struct mbx_mailbox *mailbox, struct mbx_message *call);

/* Ends a call that goes on.  0, -ESTALE, -EBUSY. */
int mbx_call_cancel(struct mbx_mailbox *mailbox, u64 token);

/* The steps of it, for fast_call.c.  Makes @message a call. */
void mbx_call_init(struct mbx_message *message, const struct mbx_letter *letter,
		   const struct mbx_terms *terms, struct mbx_caller *caller);

/* It has its number, and can be found. */
void mbx_call_add_locked(struct mbx_mailbox *mailbox, struct mbx_message *call);

/* The calling task, through the file @via, is to answer it. */
void mbx_call_open_locked(struct mbx_message *call, const void *via);

/*
 * The reply is there, for the task that waits, which is to be woken (wait.h): for
 * a call of which nobody else has to be told.
 */
struct task_struct *mbx_call_answer_locked(struct mbx_message *call);

/* Its request has been received through the file @via; NULL: by read(2). */
void mbx_call_receive_locked(struct mbx_mailbox *mailbox,
			     struct mbx_message *call, const void *via,
			     struct mbx_after *after);

/**
 * mbx_call_answer - reply to a call
 * @mailbox: its mailbox
 * @token: the call's
 * @buffer: the reply
 * @parcel: its attachments, or NULL; taken over, but not with an error
 * @tag: its label
 * @handoff: the caller of this function is about to sleep
 *
 * Return: 0, -ESTALE, or another error and the token lives: -EMSGSIZE, -EFAULT,
 * -ENOMEM.
 */
int mbx_call_answer(struct mbx_mailbox *mailbox, u64 token,
		    const struct mbx_buffer *buffer, struct mbx_parcel *parcel,
		    u64 tag, bool handoff);

/*
 * To answer without bytes, in two steps.  Hold: nobody else answers meanwhile, and
 * @call stays; 0 or -ESTALE.  Release: with @error 0 the call is answered, with
 * @tag, else as before; returns @error, or -ESTALE if the call has ended.
 */
int mbx_call_hold(struct mbx_mailbox *mailbox, u64 token,
		  struct mbx_message **call);
int mbx_call_release(struct mbx_mailbox *mailbox, struct mbx_message *call,
		     u64 tag, int error);

/* If that call is cancelled, @notice, which is taken over.  0 or -ESTALE. */
int mbx_call_watch(struct mbx_mailbox *mailbox, u64 token,
		   struct mbx_notice *notice);

/* Takes that back.  0, -ESTALE, or -ENOENT: it was not asked for. */
int mbx_call_unwatch(struct mbx_mailbox *mailbox, u64 token);

/*
 * The process @process (NULL: any) is done with the open file @via (NULL: any):
 * the calls it was to answer end with EPIPE, and those it made and nobody waits
 * for are cancelled.
 */
void mbx_call_orphan(struct mbx_mailbox *mailbox, const struct pid *process,
		     const void *via);

/* The call of this token; NULL: there is none, or not any more. */
struct mbx_message *mbx_call_find_locked(struct mbx_mailbox *mailbox,
					 u64 token);

/* Likewise, if the calling process has to answer it. */
struct mbx_message *mbx_call_owed_locked(struct mbx_mailbox *mailbox,
					 u64 token);

/* Why there is none: -EIDRM; else -ESTALE. */
int mbx_call_owed_error_locked(const struct mbx_mailbox *mailbox);

/* Nobody can answer a call any more: @error, for the caller. */
void mbx_call_fail_locked(struct mbx_mailbox *mailbox, struct mbx_message *call,
			  int error, struct mbx_after *after);

/* Ends a call that is not DEAD, for the reason @error. */
void mbx_call_end_locked(struct mbx_mailbox *mailbox, struct mbx_message *call,
			 int error, struct mbx_after *after);

/* Its bytes are the reply now. */
void mbx_call_answered_locked(struct mbx_mailbox *mailbox,
			      struct mbx_message *call,
			      struct mbx_after *after);

/* Gives a new call room for so many attachments of its reply.  0 or -EDQUOT. */
int mbx_call_charge_attachments(struct mbx_message *call, u32 attachments);

/* Puts a call for which no task waits into the mailbox; it waits for room. */
void mbx_call_place_locked(struct mbx_mailbox *mailbox,
			   struct mbx_message *call, struct mbx_after *after);

/* The mailbox is dead: ends some calls; true when there is none left. */
bool mbx_call_end_some_locked(struct mbx_mailbox *mailbox, unsigned int *left,
			      struct mbx_after *after);

#endif /* MBX_CALL_H */
