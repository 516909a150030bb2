// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "describe.h"
#include "kmsg.h"

static int log_fd = -1;

int fuzz_kmsg_open(void)
{
	log_fd = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (log_fd < 0 || lseek(log_fd, 0, SEEK_END) < 0)
		return -errno;
	return 0;
}

/* Enough to stop at; what counts in the end is the whole log (vm/splat). */
static bool is_report(const char *text)
{
	static const char *const begin[] = {
		"WARNING: ", "BUG: ", "INFO: task", "INFO: possible",
		"INFO: suspicious", "Oops", "rcu: INFO",
	};
	static const char *const inside[] = {
		"KASAN: ", "KCSAN: ", "UBSAN: ", "ODEBUG: ", "refcount_t: ",
		"list_add corruption", "list_del corruption", "kernel BUG at",
		"general protection fault", "scheduling while atomic",
		"sleeping function called from invalid context",
		"soft lockup", "Objects remaining", "unable to handle",
	};
	size_t i;

	/* The kernel has data races of its own, which are no program's doing. */
	if (strstr(text, "KCSAN: data-race") && !strstr(text, "[mailbox]"))
		return false;
	for (i = 0; i < ARRAY_SIZE(begin); i++) {
		if (!strncmp(text, begin[i], strlen(begin[i])))
			return true;
	}
	for (i = 0; i < ARRAY_SIZE(inside); i++) {
		if (strstr(text, inside[i]))
			return true;
	}
	return false;
}

bool fuzz_kmsg_report(void)
{
	char record[8192];
	bool found = false;
	ssize_t length;

	for (;;) {
		char *text;

		length = read(log_fd, record, sizeof(record) - 1);
		/* overwritten before it was read: go on with what is there */
		if (length < 0 && errno == EPIPE)
			continue;
		if (length <= 0)
			return found;
		record[length] = '\0';
		text = strchr(record, ';');
		if (!text || !is_report(++text))
			continue;
		found = true;
		printf("kernel: %.*s\n", (int)strcspn(text, "\n"), text);
	}
}
