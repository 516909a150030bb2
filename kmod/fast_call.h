/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The short way of a short call: as fast.h for messages.
 *
 * The steps are those of call.h, and selftests/model/call.pml; here a request is
 * begun, and an answer begins and ends, in one critical section.
 */
#ifndef MBX_FAST_CALL_H
#define MBX_FAST_CALL_H

#include <linux/types.h>

struct mailbox_message;
struct mbx_caller;
struct mbx_message;
struct mbx_target;

/**
 * mbx_fast_call - make a call if that is easy
 * @target: where to; the call may wait
 * @request: what, as the user has it
 * @room: longest reply (bytes)
 * @caller: to wait with, made by mbx_caller_init() for a task
 *
 * Return: the call, and the caller owes mbx_call_wait(); NULL: nothing has happened.
 */
struct mbx_message *mbx_fast_call(const struct mbx_target *target,
				  const struct mailbox_message *request,
				  size_t room, struct mbx_caller *caller);

/**
 * mbx_fast_answer - reply to a call whose caller waits if that is easy
 * @target: its mailbox
 * @token: the call's
 * @reply: what, as the user has it
 * @done: zeroed in the same moment, or NULL
 * @handoff: the calling task is about to sleep
 *
 * Return: true if it has been answered; false: nothing has happened.
 */
bool mbx_fast_answer(const struct mbx_target *target, u64 token,
		     const struct mailbox_message *reply, u64 __user *done,
		     bool handoff);

#endif /* MBX_FAST_CALL_H */
