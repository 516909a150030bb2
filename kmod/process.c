// SPDX-License-Identifier: GPL-2.0-only
#include <linux/fdtable.h>
#include <linux/fs.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>

#include "process.h"

bool mbx_process_ends(void)
{
	return (current->flags & PF_EXITING) &&
	       !atomic_read(&current->signal->live);
}

static int is_file(const void *file, struct file *open, unsigned int fd)
{
	return file == open;
}

bool mbx_process_leaves(struct file *file)
{
	if (file_count(file) == 1)
		return false;
	/* A thread that dies alone may have had a table of its own. */
	return !current->files ||
	       !iterate_fd(current->files, 0, is_file, file);
}

bool mbx_process_dead(struct pid *process)
{
	struct task_struct *leader;
	bool dead;

	rcu_read_lock();
	leader = pid_task(process, PIDTYPE_TGID);
	dead = !leader || (READ_ONCE(leader->exit_state) &&
			   thread_group_empty(leader));
	rcu_read_unlock();
	return dead;
}
