// SPDX-License-Identifier: GPL-2.0-only
/*
 * Commands that are run for a message.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "error.h"
#include "run.h"
#include "text.h"

static _Noreturn void die_errno(const char *what)
{
	die(EXIT_FAIL, "cannot %s: %s", what, strerror(errno));
}

static void tell(const char *name, unsigned long long value)
{
	char *text = text_format("%llu", value);

	setenv(name, text, 1);
	free(text);
}

static void tell_sender(const struct mailbox_message *message)
{
	tell("MAILBOX_PID", message->pid);
	tell("MAILBOX_UID", message->uid);
	tell("MAILBOX_GID", message->gid);
	tell("MAILBOX_TAG", message->tag);
	tell("MAILBOX_SEQ", message->seq);
}

/* In the child. */
static _Noreturn void become(char **argv, const struct mailbox_message *message,
			     int in, int out)
{
	int error;

	signal(SIGPIPE, SIG_DFL);
	tell_sender(message);
	if (dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0)
		_exit(126);
	execvp(argv[0], argv);
	error = errno;
	warn_text("cannot run '%s': %s", argv[0], strerror(error));
	_exit(error == ENOENT ? EXIT_NO_COMMAND : 126);
}

static pid_t start(char **argv, const struct mailbox_message *message, int in,
		   int out)
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die_errno("start a process");
	if (!pid)
		become(argv, message, in, out);
	close(in);
	close(out);
	return pid;
}

int run_wait(pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("wait for a process");
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   128 + WTERMSIG(status);
}

/* A file that holds the bytes, whatever the command does with them. */
static int input_of(const void *data, size_t length)
{
	int fd = memfd_create("request", MFD_CLOEXEC);
	const char *from = data;
	ssize_t done;

	if (fd < 0)
		die_errno("make a file in memory");
	while (length) {
		done = write(fd, from, length);
		if (done < 0 && errno != EINTR)
			die_errno("write to a file in memory");
		from += done < 0 ? 0 : done;
		length -= done < 0 ? 0 : (size_t)done;
	}
	if (lseek(fd, 0, SEEK_SET) < 0)
		die_errno("read from a file in memory");
	return fd;
}

static void gather(int fd, size_t most, struct run_output *output)
{
	size_t room = 0;
	ssize_t got;

	output->data = NULL;
	output->length = 0;
	while (output->length <= most) {
		if (room - output->length < 4096) {
			room = 2 * room + 8192;
			output->data = realloc(output->data, room);
			if (!output->data)
				die(EXIT_FAIL, "out of memory");
		}
		got = read(fd, output->data + output->length,
			   room - output->length);
		if (got == 0)
			return;
		if (got < 0 && errno != EINTR)
			die_errno("read what the command writes");
		output->length += got < 0 ? 0 : (size_t)got;
	}
	output->length = most + 1;
}

static void make_pipe(int *fds)
{
	if (pipe2(fds, O_CLOEXEC) < 0)
		die_errno("make a pipe");
}

void run_with(char **argv, const struct mailbox_message *message,
	      const void *data, size_t length, size_t most,
	      struct run_output *output)
{
	int in = input_of(data, length);
	int out[2];
	pid_t pid;

	make_pipe(out);
	pid = start(argv, message, in, out[1]);
	gather(out[0], most, output);
	close(out[0]);
	output->status = run_wait(pid);
}

pid_t run_piped(char **argv, const struct mailbox_message *message, int *fds)
{
	int in[2], out[2];

	make_pipe(in);
	make_pipe(out);
	fds[0] = out[0];
	fds[1] = in[1];
	return start(argv, message, in[0], out[1]);
}
