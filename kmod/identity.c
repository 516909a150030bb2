// SPDX-License-Identifier: GPL-2.0-only
#include <linux/cred.h>
#include <linux/pid.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>
#include <linux/user_namespace.h>

#include <linux/mailbox.h>

#include "identity.h"
#include "message.h"

u32 mbx_identity_pid(struct pid *process)
{
	struct pid_namespace *own = ns_of_pid(task_pid(current));

	/* As nearly always. */
	if (process && ns_of_pid(process) == own)
		return process->numbers[process->level].nr;
	return pid_nr_ns(process, own);
}

void mbx_identity_show(const struct mbx_identity *identity,
		       struct mailbox_message *report)
{
	report->pid = mbx_identity_pid(identity->process);
	if (current_user_ns() == &init_user_ns) {
		/* Which shows all numbers as they are. */
		report->uid = __kuid_val(identity->uid);
		report->gid = __kgid_val(identity->gid);
		return;
	}
	report->uid = from_kuid_munged(current_user_ns(), identity->uid);
	report->gid = from_kgid_munged(current_user_ns(), identity->gid);
}
