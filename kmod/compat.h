/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What differs between kernel versions.  This is the only file of the module
 * that may look at LINUX_VERSION_CODE.
 */
#ifndef MBX_COMPAT_H
#define MBX_COMPAT_H

#include <linux/compiler.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/ktime.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/nsproxy.h>
#include <linux/sched.h>
#include <linux/shmem_fs.h>
#include <linux/time_namespace.h>
#include <linux/uaccess.h>
#include <linux/version.h>
#include <linux/wait.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
#include <linux/io_uring/cmd.h>
#else
#include <linux/io_uring.h>
#endif

/*
 * For what is large, on a hot path, and written before it is read: kernels that
 * zero all local variables leave it out.  Linux 6.1 has no name for it yet.
 */
#ifndef __uninitialized
#define __uninitialized	__attribute__((__uninitialized__))
#endif

/*
 * The host's time for a point in time that the calling task's time namespace
 * shows as @time.  timens_ktime_to_host() does this, but the function behind
 * it is not exported.
 */
static inline ktime_t mbx_time_to_host(clockid_t clock, ktime_t time)
{
#ifdef CONFIG_TIME_NS
	const struct timens_offsets *offsets;
	ktime_t offset = 0;

	if (clock == CLOCK_REALTIME)
		return time;
	offsets = &current->nsproxy->time_ns->offsets;
	if (clock == CLOCK_MONOTONIC)
		offset = timespec64_to_ktime(offsets->monotonic);
	else if (clock == CLOCK_BOOTTIME)
		offset = timespec64_to_ktime(offsets->boottime);
	if (offset < 0 && time > KTIME_MAX + offset)
		return KTIME_MAX;
	return max_t(ktime_t, ktime_sub(time, offset), 0);
#else
	return time;
#endif
}

/*
 * Wakes @task as wake_up_process() does, for a waker that is about to sleep: on
 * this CPU, which is then free for it, and without preempting the waker.  The
 * two flags are private to the scheduler, but part of what a wait queue's wake
 * function takes; the second came with Linux 6.6.
 */
static inline void mbx_wake_next(struct task_struct *task)
{
	struct wait_queue_entry entry = { .private = task };
	int flags = 0x10;	/* WF_SYNC */

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 6, 0)
	flags |= 0x40;		/* WF_CURRENT_CPU */
#endif
	default_wake_function(&entry, TASK_NORMAL, flags, NULL);
}

/* Files of processes are on a file system of their own since Linux 6.9. */
#ifndef PID_FS_MAGIC
#define PID_FS_MAGIC	0x50494446
#endif

/* A file of @length bytes of shared memory, which is taken when it is used. */
static inline struct file *mbx_shmem_file(const char *name, loff_t length)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
	return shmem_file_setup(name, length,
				mk_vma_flags(VMA_NORESERVE_BIT));
#else
	return shmem_file_setup(name, length, VM_NORESERVE);
#endif
}

/* Has @file map itself. */
static inline int mbx_vma_map(struct file *file, struct vm_area_struct *vma)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 17, 0)
	return vfs_mmap(file, vma);
#else
	return call_mmap(file, vma);
#endif
}

/*
 * Installs a received file, if security modules allow it, and tells the user its
 * descriptor: that, or -errno.
 */
static inline int mbx_receive_fd(struct file *file, int __user *user)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 8, 0)
	return receive_fd(file, user, O_CLOEXEC);
#else
	int fd = receive_fd(file, O_CLOEXEC);

	/* It could be written a moment ago: the caller took it away. */
	if (fd >= 0 && put_user(fd, user))
		return fd;
	return fd;
#endif
}

/* Takes flags from a mapping that is being made. */
static inline void mbx_vma_clear(struct vm_area_struct *vma,
				 unsigned long flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 3, 0)
	vm_flags_clear(vma, flags);
#else
	vma->vm_flags &= ~flags;
#endif
}

/* Pins pages of another's memory, whose lock is held. */
static inline long mbx_pin_remote(struct mm_struct *mm, unsigned long start,
				  unsigned long count, unsigned int flags,
				  struct page **pages)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	return pin_user_pages_remote(mm, start, count, flags, pages, NULL);
#else
	return pin_user_pages_remote(mm, start, count, flags, pages, NULL,
				     NULL);
#endif
}

static inline void mbx_timer_init(struct hrtimer *timer, clockid_t clock,
				  enum hrtimer_restart (*function)(struct hrtimer *))
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 13, 0)
	hrtimer_setup(timer, function, clock, HRTIMER_MODE_ABS);
#else
	hrtimer_init(timer, clock, HRTIMER_MODE_ABS);
	timer->function = function;
#endif
}

/*
 * Commands on a ring (io_uring).  Since Linux 6.7 they can be told that they are
 * to end, and so may wait; before, they must not, and a worker waits instead.
 */

#ifdef IORING_URING_CMD_MASK
#define MBX_URING_USER_FLAGS	IORING_URING_CMD_MASK
#else
#define MBX_URING_USER_FLAGS	IORING_URING_CMD_FIXED
#endif

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)
#define MBX_URING_WAITS		IS_ENABLED(CONFIG_IO_URING)
#define MBX_URING_CANCEL	IO_URING_F_CANCEL
#define mbx_uring_cancelable	io_uring_cmd_mark_cancelable
#else
#define MBX_URING_WAITS		0
#define MBX_URING_CANCEL	0
static inline void mbx_uring_cancelable(struct io_uring_cmd *uring,
					unsigned int flags)
{
}
#endif

static inline const void *mbx_uring_payload(const struct io_uring_cmd *uring)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
	return uring->sqe->cmd;
#else
	return uring->cmd;
#endif
}

/* It has ended, and is not to be touched any more. */
static inline void mbx_uring_done(struct io_uring_cmd *uring, int result,
				  unsigned int flags)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 18, 0)
	io_uring_cmd_done(uring, result, flags);
#else
	io_uring_cmd_done(uring, result, 0, flags);
#endif
}

/*
 * MBX_URING_WORK(name, function) makes @name() what io_uring_cmd_complete_in_task()
 * takes, and that calls @function(uring, flags).
 */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define MBX_URING_WORK(name, function)					\
static void name(struct io_tw_req request, io_tw_token_t token)		\
{									\
	function(io_uring_cmd_from_tw(request),				\
		 IO_URING_CMD_TASK_WORK_ISSUE_FLAGS);			\
}
#else
#define MBX_URING_WORK(name, function)					\
static void name(struct io_uring_cmd *uring, unsigned int flags)	\
{									\
	function(uring, flags);						\
}
#endif

#endif /* MBX_COMPAT_H */
