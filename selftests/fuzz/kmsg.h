/* SPDX-License-Identifier: GPL-2.0-only */
/* Reports in the kernel's log, as they come. */
#ifndef FUZZ_KMSG_H
#define FUZZ_KMSG_H

#include <stdbool.h>

/* From now on; -errno if the log cannot be read. */
int fuzz_kmsg_open(void);

/* Has anything been reported since the last look?  The line goes to stdout. */
bool fuzz_kmsg_report(void);

#endif /* FUZZ_KMSG_H */
