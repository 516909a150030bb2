/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every test file includes, and first: the kernel's harness and lib/.
 *
 *	call.h	the ioctls as functions that return -errno
 *	wait.h	looking until a state is seen; events; poll
 *	child.h	other processes
 *	env.h	other users and namespaces, module parameters
 */
#ifndef SELFTESTS_LIB_TEST_H
#define SELFTESTS_LIB_TEST_H

#include "env.h"

#include "kselftest_harness.h"

/* Seconds: far more than any test takes, under emulation on a busy machine. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 180

#endif /* SELFTESTS_LIB_TEST_H */
