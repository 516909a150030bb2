/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Short copies from and to user memory, word by word or by string instructions.
 *
 * For what is as short as an argument structure or a small message, a general
 * copy costs more before and after than in between.  These are not checked by
 * hardened usercopy: only for objects whose size is known where they are called,
 * and lengths that have been compared with it.
 */
#ifndef MBX_COPY_H
#define MBX_COPY_H

#include <linux/fault-inject-usercopy.h>
#include <linux/instrumented.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <linux/types.h>
#include <linux/uaccess.h>

/* Longest copy here (bytes). */
#define MBX_COPY_SHORT	2048

/* From this length on the processor's own string instructions are faster. */
#define MBX_COPY_STRING	256

/*
 * Much, out of pages of users and into them, and not checked by hardened usercopy
 * either: access_ok() has been asked about the other side.  Page faults may be
 * disabled.
 */
static inline bool mbx_copy_out_checked(void __user *to, const void *from,
					size_t length)
{
	if (should_fail_usercopy())
		return false;
	instrument_copy_to_user(to, from, length);
	return !raw_copy_to_user(to, from, length);
}

/* The other way. */
static inline bool mbx_copy_in_checked(void *to, const void __user *from,
				       size_t length)
{
	unsigned long left;

	if (should_fail_usercopy())
		return false;
	instrument_copy_from_user_before(to, from, length);
	left = raw_copy_from_user(to, from, length);
	instrument_copy_from_user_after(to, from, length, left);
	return !left;
}

#ifdef CONFIG_HAVE_EFFICIENT_UNALIGNED_ACCESS

/* One word at @at bytes from the beginning; on a fault to the label. */
#define MBX_WORD_IN(type, to, from, at, fault)				\
	unsafe_get_user(*(type *)((to) + (at)),				\
			(const type __user *)((from) + (at)), fault)

#define MBX_WORD_OUT(type, to, from, at, fault)				\
	unsafe_put_user(*(const type *)((from) + (at)),			\
			(type __user *)((to) + (at)), fault)

/* All of @length bytes by @word, which is one of the above. */
#define MBX_WORDS(word, to, from, length, fault)			\
	do {								\
		size_t at = 0;						\
									\
		for (; at + 64 <= (length); at += 64) {			\
			word(u64, to, from, at, fault);			\
			word(u64, to, from, at + 8, fault);		\
			word(u64, to, from, at + 16, fault);		\
			word(u64, to, from, at + 24, fault);		\
			word(u64, to, from, at + 32, fault);		\
			word(u64, to, from, at + 40, fault);		\
			word(u64, to, from, at + 48, fault);		\
			word(u64, to, from, at + 56, fault);		\
		}							\
		if (at == (length))					\
			break;						\
		for (; at + 8 <= (length); at += 8)			\
			word(u64, to, from, at, fault);			\
		if (at + 4 <= (length)) {				\
			word(u32, to, from, at, fault);			\
			at += 4;					\
		}							\
		for (; at < (length); at++)				\
			word(u8, to, from, at, fault);			\
	} while (0)

/* Copies at most MBX_COPY_SHORT bytes; @to is aligned.  False on a fault. */
static __always_inline bool mbx_copy_in(void *to, const void __user *from,
					size_t length)
{
	if (!length)
		return true;
	might_fault();
	if (length >= MBX_COPY_STRING) {
		if (!access_ok(from, length))
			return false;
		/* As in copy_from_user(): the kernel's bytes not even by guess. */
		barrier_nospec();
		return mbx_copy_in_checked(to, from, length);
	}
	if (should_fail_usercopy() || !user_read_access_begin(from, length))
		return false;
	MBX_WORDS(MBX_WORD_IN, to, from, length, fault);
	user_read_access_end();
	return true;
fault:
	user_read_access_end();
	return false;
}

/* The other way; @from is aligned.  Page faults may be disabled. */
static __always_inline bool mbx_copy_out(void __user *to, const void *from,
					 size_t length)
{
	if (!length)
		return true;
	if (length >= MBX_COPY_STRING)
		return access_ok(to, length) &&
		       mbx_copy_out_checked(to, from, length);
	if (should_fail_usercopy() || !user_write_access_begin(to, length))
		return false;
	MBX_WORDS(MBX_WORD_OUT, to, from, length, fault);
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
