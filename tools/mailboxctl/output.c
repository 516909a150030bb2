// SPDX-License-Identifier: GPL-2.0-only
/*
 * Standard output.  A full disk or a closed descriptor must not pass for
 * success, least of all when what is written was just taken from a mailbox.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "output.h"

void output_open(void)
{
	int fd;

	for (fd = 0; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
			open("/dev/null", fd ? O_RDONLY : O_WRONLY);
}

void output_require(void)
{
	if ((fcntl(STDOUT_FILENO, F_GETFL) & O_ACCMODE) == O_RDONLY)
		die(EXIT_FAIL, "standard output is closed");
}

bool output_flush(void)
{
	return !fflush(stdout) && !ferror(stdout);
}

void output_close(void)
{
	bool failed = ferror(stdout);

	if (!fclose(stdout) && !failed)
		return;
	fprintf(stderr, "mailboxctl: cannot write the output: %s\n",
		strerror(errno));
	_exit(EXIT_FAIL);
}

/* Take @done written bytes off the front; the number of pieces left out. */
static int advance(struct iovec *pieces, int count, size_t done)
{
	int i = 0;

	while (i < count && done >= pieces[i].iov_len)
		done -= pieces[i++].iov_len;
	if (i < count) {
		pieces[i].iov_base = (char *)pieces[i].iov_base + done;
		pieces[i].iov_len -= done;
	}
	return i;
}

static void wait_writable(void)
{
	struct pollfd pollfd = { .fd = STDOUT_FILENO, .events = POLLOUT };

	poll(&pollfd, 1, -1);
}

int output_pieces(struct iovec *pieces, int count)
{
	ssize_t done;
	int skip;

	skip = advance(pieces, count, 0);
	while (skip < count) {
		pieces += skip;
		count -= skip;
		done = writev(STDOUT_FILENO, pieces, count);
		if (done < 0 && errno == EAGAIN)
			wait_writable();
		else if (done < 0 && errno != EINTR)
			return -errno;
		skip = advance(pieces, count, done < 0 ? 0 : (size_t)done);
	}
	return 0;
}

bool output_is_dead(void)
{
	struct pollfd pollfd = { .fd = STDOUT_FILENO };

	return poll(&pollfd, 1, 0) == 1 &&
	       (pollfd.revents & (POLLERR | POLLHUP | POLLNVAL));
}

bool output_is_terminal(void)
{
	return isatty(STDOUT_FILENO);
}
