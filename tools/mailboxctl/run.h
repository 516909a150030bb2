/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Commands that are run for a message.
 */
#ifndef MAILBOXCTL_RUN_H
#define MAILBOXCTL_RUN_H

#include <stddef.h>
#include <sys/types.h>

#include <mailbox.h>

struct run_output {
	char *data;		/* to be freed */
	size_t length;
	int status;		/* as a shell tells it: 128 and more are signals */
};

/*
 * Run @argv with @data as its standard input, and who sent @message in its
 * environment (MAILBOX_PID and so on).  Standard output is gathered, up to @most
 * bytes; what writes more gets SIGPIPE, and @length is @most + 1.  Ends the program
 * if that cannot be done.
 */
void run_with(char **argv, const struct mailbox_message *message,
	      const void *data, size_t length, size_t most,
	      struct run_output *output);

/*
 * Start @argv with pipes: @fds[0] reads what it writes, what is written to @fds[1]
 * it reads.
 */
pid_t run_piped(char **argv, const struct mailbox_message *message, int *fds);

/* Wait for it; its status. */
int run_wait(pid_t pid);

#endif /* MAILBOXCTL_RUN_H */
