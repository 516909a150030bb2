// SPDX-License-Identifier: GPL-2.0-only
#include <linux/bits.h>
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/slab.h>

#include "command.h"
#include "compat.h"

#define QUEUED		BIT(0)
#define WOKEN		BIT(1)
#define EXPIRED		BIT(2)
#define CANCELLED	BIT(3)

static void command_work(struct io_uring_cmd *uring, unsigned int flags);
MBX_URING_WORK(command_task_work, command_work)

static struct mbx_command *command_of(struct io_uring_cmd *uring)
{
	return *(struct mbx_command **)uring->pdu;
}

/* Telling */

static void command_tell(struct mbx_command *command, int what)
{
	/* Telling protocol: fully ordered, and the last look at @command. */
	if (!(atomic_fetch_or(what | QUEUED, &command->state) & QUEUED))
		io_uring_cmd_complete_in_task(command->uring,
					      command_task_work);
}

void mbx_command_wake(struct mbx_command *command)
{
	command_tell(command, WOKEN);
}

void mbx_command_cancel(struct io_uring_cmd *uring)
{
	command_tell(command_of(uring), CANCELLED);
}

static enum hrtimer_restart command_expire(struct hrtimer *timer)
{
	command_tell(container_of(timer, struct mbx_command, timer), EXPIRED);
	return HRTIMER_NORESTART;
}

static void command_orphan(struct mbx_watch *watch)
{
	/* The watch itself says what is to be told. */
	command_tell(container_of(watch, struct mbx_command, watch), 0);
}

/* Beginning */

int mbx_command_target(struct mbx_command *command, u64 id, u32 right,
		       u32 flags, s64 deadline, u32 clock)
{
	struct file *file = command->request.file;
	int error;

	error = mbx_target_get(&command->target, file, id, right);
	if (error)
		return error;
	command->targeted = true;
	return mbx_waiting_read(&command->target.terms, file, flags, deadline,
				clock);
}

void mbx_command_watch(struct mbx_command *command, pid_t pid)
{
	mbx_watch_begin(&command->watch, pid, command_orphan);
	command->watched = true;
}

static struct mbx_command *command_new(struct io_uring_cmd *uring,
				       const struct mbx_request *request)
{
	struct mbx_command *command;

	command = kzalloc(sizeof(*command), GFP_KERNEL_ACCOUNT);
	if (!command)
		return NULL;
	command->uring = uring;
	atomic_set(&command->state, QUEUED);
	command->request = *request;
	command->cred = get_current_cred();
	command->self = mbx_identity_current();
	get_pid(command->self.process);
	mbx_timer_init(&command->timer, CLOCK_MONOTONIC, command_expire);
	return command;
}

static void command_arm(struct mbx_command *command)
{
	const struct mbx_deadline *deadline = &command->target.terms.deadline;

	if (!deadline->given)
		return;
	mbx_timer_init(&command->timer, deadline->clock, command_expire);
	hrtimer_start(&command->timer, deadline->time, HRTIMER_MODE_ABS);
}

/* Ending */

static void command_end(struct mbx_command *command, int result,
			unsigned int flags)
{
	hrtimer_cancel(&command->timer);
	if (command->watched)
		mbx_watch_end(&command->watch);
	mbx_userbuffer_free(&command->buffer);
	if (command->targeted)
		mbx_target_put(&command->target);
	put_pid(command->self.process);
	put_cred(command->cred);
	/* io_uring may cancel it until it is done. */
	mbx_uring_done(command->uring, result, flags);
	kfree(command);
}

/* Going on */

static int command_error(const struct mbx_command *command, int state)
{
	if (command->dead || (state & CANCELLED))
		return -ECANCELED;
	/* What it was woken for comes first. */
	if (state & WOKEN)
		return 0;
	if (state & EXPIRED)
		return -ETIMEDOUT;
	return command->watched && mbx_watch_gone(&command->watch) ? -ESRCH : 0;
}

/* Makes steps until there is nothing to be done; with -EIOCBQUEUED first. */
static void command_go(struct mbx_command *command, int result,
		       unsigned int flags)
{
	int state;

	while (result == -EIOCBQUEUED) {
		state = atomic_fetch_andnot(WOKEN, &command->state);
		result = command->step(command, state & WOKEN,
				       command_error(command, state));
		if (result != -EIOCBQUEUED || (state & WOKEN))
			continue;
		/* Telling protocol: only if nothing has been told meanwhile. */
		if (atomic_try_cmpxchg(&command->state, &state,
				       state & ~QUEUED))
			return;
	}
	command_end(command, result, flags);
}

static void command_work(struct io_uring_cmd *uring, unsigned int flags)
{
	struct mbx_command *command = command_of(uring);
	const struct cred *cred;
	const struct cred *old;

	command->dead = current->flags & (PF_EXITING | PF_KTHREAD);
	cred = get_cred(command->cred);
	old = override_creds(cred);
	command_go(command, -EIOCBQUEUED, flags);
	revert_creds(old);
	put_cred(cred);
}

int mbx_command_start(struct io_uring_cmd *uring,
		      const struct mbx_request *request,
		      int (*begin)(struct mbx_command *command),
		      unsigned int flags)
{
	struct mbx_command *command = command_new(uring, request);
	int result;

	if (!command)
		return -ENOMEM;
	BUILD_BUG_ON(sizeof(command) > sizeof(uring->pdu));
	*(struct mbx_command **)uring->pdu = command;
	/* It may be cancelled from here on, but is QUEUED: that waits. */
	mbx_uring_cancelable(uring, flags);
	result = begin(command);
	if (result == -EIOCBQUEUED)
		command_arm(command);
	command_go(command, result, flags);
	return -EIOCBQUEUED;
}
