/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A command: a SEND, RECEIVE, CALL or REPLY_RECEIVE submitted to a ring (io_uring)
 * that has to wait.  No task waits for it: its waiter is in the mailbox's lists
 * like anybody's, and it goes on when its task comes by.
 *
 * Life.  Made when it is submitted, it has begun when its waiter is where others
 * find it; from then on it makes a step each time it is told something, until one
 * ends it.  Steps are made in the task that has submitted it, as task work, with
 * the credentials of the time; or if that task is ending (@dead), anywhere, and
 * then without touching its memory: what it has been handed goes back.
 *
 * Telling protocol.  @state has a bit for each thing a command can be told, and
 * QUEUED while work is queued or running.  Who tells sets his bit and QUEUED in
 * one atomic step, and queues the work if QUEUED was clear.  The work drops QUEUED
 * only if no bit has come since it looked; so nothing is missed, and work is
 * queued once.  Nobody but the work ends a command, and it first makes sure that
 * nobody can tell it anything any more: the waiter is off its list and, if it was
 * finished, WOKEN has been seen, which is the last its waker knows of it; the timer
 * and the watch are stopped; and io_uring does not cancel what is done.
 *
 * Locks.  Only the atomic @state is touched by others than begin and the work,
 * which exclude each other by QUEUED.
 */
#ifndef MBX_COMMAND_H
#define MBX_COMMAND_H

#include <linux/atomic.h>
#include <linux/hrtimer.h>

#include "attach.h"
#include "call.h"
#include "deliver.h"
#include "ioctl.h"
#include "message.h"
#include "receiver.h"
#include "send.h"
#include "target.h"
#include "userdata.h"
#include "watch.h"

struct cred;
struct io_uring_cmd;

/**
 * struct mbx_command - a command that waits
 * @uring: io_uring's side of it
 * @state: what it has been told, see above
 * @step: goes on: @woken or not, or gives up with @error; -EIOCBQUEUED: waits on
 * @request: its argument, with @user
 * @cred: who submitted it; a reference
 * @self: the same for others; holds a reference to the pid
 * @targeted: @target is set, and has to be put
 * @target: as for a call that waits
 * @buffer: of the message, or for it
 * @watched: @watch is set
 * @watch: the process it receives from
 * @timer: its deadline
 * @dead: its task is ending
 * @send: of a SEND
 * @receive: of a RECEIVE or the second half of a REPLY_RECEIVE
 * @call: of a CALL
 */
struct mbx_command {
	struct io_uring_cmd *uring;
	atomic_t state;
	int (*step)(struct mbx_command *command, bool woken, int error);
	struct mbx_request request;
	const struct cred *cred;
	struct mbx_identity self;
	bool targeted;
	struct mbx_target target;
	struct mbx_userbuffer buffer;
	bool watched;
	struct mbx_watch watch;
	struct hrtimer timer;
	bool dead;
	union {
		struct {
			struct mbx_letter letter;
			struct mbx_sender sender;
			struct mbx_receipt receipt;
		} send;
		struct {
			struct mbx_receiver receiver;
			struct mbx_delivery delivery;
			struct mbx_sink sink;
			struct mbx_intake intake;
			unsigned int tries;
		} receive;
		struct {
			struct mbx_caller caller;
			struct mbx_message *message;
			struct mbx_intake *intake;
			struct mbx_intake reply_intake;
		} call;
	};
};

/**
 * mbx_command_start - let a request wait
 * @uring: io_uring's side of it
 * @request: copied
 * @begin: sets up the command and makes its first step
 * @flags: io_uring's
 *
 * Return: -EIOCBQUEUED: io_uring is told of the result, or has been; -ENOMEM.
 */
int mbx_command_start(struct io_uring_cmd *uring,
		      const struct mbx_request *request,
		      int (*begin)(struct mbx_command *command),
		      unsigned int flags);

/* io_uring wants it to end. */
void mbx_command_cancel(struct io_uring_cmd *uring);

/* Its waiter has been finished; not to be touched any more. */
void mbx_command_wake(struct mbx_command *command);

/* For begin: its target, and how long it may wait; as mbx_target_get() and mbx_waiting_read(). */
int mbx_command_target(struct mbx_command *command, u64 id, u32 right,
		       u32 flags, s64 deadline, u32 clock);

/* For begin: it ends when this process does. */
void mbx_command_watch(struct mbx_command *command, pid_t pid);

#endif /* MBX_COMMAND_H */
