// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* Policies as words. */
#include <errno.h>

#include "internal.h"

static const char *const names[] = {
	[MAILBOX_POLICY_ANY] = "any",
	[MAILBOX_POLICY_EXCLUSIVE] = "exclusive",
	[MAILBOX_POLICY_PAIR] = "pair",
	[MAILBOX_POLICY_ALL] = "all",
};

const char *mailbox_policy_name(uint32_t policy)
{
	return policy < ARRAY_SIZE(names) ? names[policy] : NULL;
}

int mailbox_policy_parse(const char *name, uint32_t *policy)
{
	uint32_t i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*policy = i;
			return 0;
		}
	}
	return -EINVAL;
}
