// SPDX-License-Identifier: GPL-2.0-only
#include <linux/pid.h>
#include <linux/sched/signal.h>

#include <linux/mailbox.h>

#include "mailbox.h"
#include "policy.h"

static bool process_alive(struct pid *process)
{
	struct task_struct *task;
	bool alive;

	rcu_read_lock();
	task = pid_task(process, PIDTYPE_TGID);
	alive = task && atomic_read(&task->signal->live);
	rcu_read_unlock();
	return alive;
}

static void claim_end(struct mbx_claim *claim)
{
	put_pid(claim->process);
	claim->process = NULL;
	claim->via = NULL;
}

/* The calling process's claim, else a free place, else NULL. */
static struct mbx_claim *claim_find_locked(struct mbx_mailbox *mailbox)
{
	unsigned int places = mailbox->policy == MAILBOX_POLICY_PAIR ? 2 : 1;
	struct mbx_claim *claim, *place = NULL;

	lockdep_assert_held(&mailbox->lock);
	for (claim = mailbox->claims; claim < mailbox->claims + places; claim++) {
		if (claim->process == task_tgid(current))
			return claim;
		if (claim->process && !process_alive(claim->process))
			claim_end(claim);
		if (!claim->process && !place)
			place = claim;
	}
	return place;
}

static bool claim_needed(const struct mbx_mailbox *mailbox, bool sending)
{
	return mailbox->policy == MAILBOX_POLICY_PAIR ||
	       (mailbox->policy == MAILBOX_POLICY_EXCLUSIVE && !sending);
}

int mbx_policy_claim_place_locked(struct mbx_mailbox *mailbox, const void *via,
				  bool sending)
{
	struct mbx_claim *claim;

	if (!claim_needed(mailbox, sending))
		return 0;
	claim = claim_find_locked(mailbox);
	if (!claim)
		return mailbox->policy == MAILBOX_POLICY_PAIR ? -EUSERS : -EBUSY;
	if (!claim->process) {
		claim->process = get_pid(task_tgid(current));
		claim->via = via;
	}
	return 0;
}

bool mbx_policy_admits_locked(struct mbx_mailbox *mailbox, bool sending)
{
	return !claim_needed(mailbox, sending) || claim_find_locked(mailbox);
}

bool mbx_policy_release_locked(struct mbx_mailbox *mailbox,
			       const struct pid *process, const void *via)
{
	struct mbx_claim *claim;
	bool released = false;

	lockdep_assert_held(&mailbox->lock);
	for (claim = mailbox->claims;
	     claim < mailbox->claims + MBX_CLAIMS; claim++) {
		if (!claim->process || (process && claim->process != process) ||
		    (via && claim->via != via))
			continue;
		claim_end(claim);
		released = true;
	}
	return released;
}
