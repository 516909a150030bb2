/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Short copies from and to user memory, word by word.
 *
 * For what is as short as an argument structure or a small message, a general
 * copy costs more before and after than in between.  These are not checked by
 * hardened usercopy: only for objects whose size is known where they are called,
 * and lengths that have been compared with it.
 */
#ifndef MBX_COPY_H
#define MBX_COPY_H

#include <linux/fault-inject-usercopy.h>
#include <linux/kernel.h>
#include <linux/types.h>
#include <linux/uaccess.h>

/* From this length on the general copy is as good. */
#define MBX_COPY_SHORT	256

#ifdef CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS

#define MBX_COPY_IN(type, to, from, left, fault)			\
	do {								\
		unsafe_get_user(*(type *)(to), (const type __user *)(from), \
				fault);					\
		(to) += sizeof(type);					\
		(from) += sizeof(type);					\
		(left) -= sizeof(type);					\
	} while (0)

#define MBX_COPY_OUT(type, to, from, left, fault)			\
	do {								\
		unsafe_put_user(*(const type *)(from), (type __user *)(to), \
				fault);					\
		(to) += sizeof(type);					\
		(from) += sizeof(type);					\
		(left) -= sizeof(type);					\
	} while (0)

/* Copies at most MBX_COPY_SHORT bytes; @to is aligned.  False on a fault. */
static inline bool mbx_copy_in(void *to, const void __user *from, size_t length)
{
	might_fault();
	if (!length)
		return true;
	if (should_fail_usercopy() || !user_read_access_begin(from, length))
		return false;
	while (length >= 2 * sizeof(u64)) {
		MBX_COPY_IN(u64, to, from, length, fault);
		MBX_COPY_IN(u64, to, from, length, fault);
	}
	if (length >= sizeof(u64))
		MBX_COPY_IN(u64, to, from, length, fault);
	if (length >= sizeof(u32))
		MBX_COPY_IN(u32, to, from, length, fault);
	while (length)
		MBX_COPY_IN(u8, to, from, length, fault);
	user_read_access_end();
	return true;
fault:
	user_read_access_end();
	return false;
}

/* The other way; @from is aligned.  Page faults may be disabled. */
static inline bool mbx_copy_out(void __user *to, const void *from, size_t length)
{
	if (!length)
		return true;
	if (should_fail_usercopy() || !user_write_access_begin(to, length))
		return false;
	while (length >= 2 * sizeof(u64)) {
		MBX_COPY_OUT(u64, to, from, length, fault);
		MBX_COPY_OUT(u64, to, from, length, fault);
	}
	if (length >= sizeof(u64))
		MBX_COPY_OUT(u64, to, from, length, fault);
	if (length >= sizeof(u32))
		MBX_COPY_OUT(u32, to, from, length, fault);
	while (length)
		MBX_COPY_OUT(u8, to, from, length, fault);
	user_write_access_end();
	return true;
fault:
	user_write_access_end();
	return false;
}

#else

static inline bool mbx_copy_in(void *to, const void __user *from, size_t length)
{
	return !copy_from_user(to, from, length);
}

static inline bool mbx_copy_out(void __user *to, const void *from, size_t length)
{
	return !copy_to_user(to, from, length);
}

#endif

#endif /* MBX_COPY_H */
