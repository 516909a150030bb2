// SPDX-License-Identifier: GPL-2.0-only
/*
 * A conversation.  A process for each direction, since both wait: this one
 * receives, a child sends.  Standard input that has ended is half a close, and the
 * other side may still have much to say.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <mailbox.h>

#include "buffer.h"
#include "client.h"
#include "converse.h"
#include "error.h"
#include "frame.h"
#include "output.h"
#include "run.h"
#include "stop.h"

/* That the other side is gone is told by what is received, or not any more. */
static int send_input(int endpoint, enum frame frame)
{
	struct frame_reader reader = { .in = stdin, .frame = frame };
	int error = 0;

	while (!error && frame_read(&reader)) {
		do
			error = mailbox_send(endpoint, 0, reader.data,
					     reader.length);
		while (error == -EINTR);
	}
	frame_reader_end(&reader);
	mailbox_shutdown(endpoint, MAILBOX_RIGHT_SEND);
	return error == -EPIPE ? 0 : error;
}

/* Who reads our output learns that there is no more. */
static void end_output(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	fflush(stdout);
	if (null < 0 || dup2(null, STDOUT_FILENO) < 0)
		die(EXIT_FAIL, "cannot use /dev/null: %s", strerror(errno));
	close(null);
}

/* The sending process; @ended is closed when it is done. */
static pid_t start_sender(int endpoint, enum frame frame,
			  const struct trouble *trouble, int *ended)
{
	int fds[2];
	pid_t pid;
	int error;

	if (pipe2(fds, O_CLOEXEC) < 0)
		die(EXIT_FAIL, "cannot make a pipe: %s", strerror(errno));
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die(EXIT_FAIL, "cannot start a process: %s", strerror(errno));
	if (pid) {
		close(fds[1]);
		*ended = fds[0];
		return pid;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	close(fds[0]);
	/* Else who reads the output would wait for this process, too. */
	end_output();
	error = send_input(endpoint, frame);
	_exit(error ? (int)trouble_report(trouble, error) : EXIT_OK);
}

/* Whoever reads our output wants no more; what he has to say is sent still. */
static int stop_receiving(int endpoint)
{
	mailbox_shutdown(endpoint, MAILBOX_RIGHT_RECEIVE);
	return -EPIPE;
}

/* 0: there is nothing more to receive, or a signal came. */
static int receive_all(int endpoint, const struct form *form)
{
	struct mailbox_receive call;
	struct buffer buffer;
	int error = 0;

	buffer_init(&buffer);
	mailbox_receive_init(&call, 0, NULL, 0);
	while (!stop_requested()) {
		error = buffer_receive(&buffer, endpoint, &call);
		if (error == -EINTR)
			continue;
		if (error)
			break;
		error = form_write(form, &call.message, buffer.data);
		if (error == -EPIPE) {
			error = stop_receiving(endpoint);
			break;
		}
		if (error)
			die(EXIT_FAIL, "cannot write the output: %s",
			    strerror(-error));
	}
	buffer_end(&buffer);
	return error == -EPIPE || error == -EINTR ? 0 : error;
}

/* Until the sender is done, or the other side cannot receive any more. */
static void await_end(int client, int ended)
{
	struct pollfd fds[] = {
		{ .fd = client, .events = POLLIN },
		{ .fd = ended, .events = POLLIN },
	};

	while (!stop_requested() && poll(fds, 2, -1) < 0 && errno == EINTR)
		;
}

int converse(int endpoint, const struct form *form,
	     const struct trouble *trouble)
{
	int client = client_open();
	int error, ended, code;
	pid_t sender;

	stop_catch();
	error = mailbox_notify(endpoint, 0, MAILBOX_EVENT_DESTROYED, 0);
	if (error && error != -EPIPE)
		return (int)trouble_report(trouble, error);
	sender = start_sender(endpoint, form->frame, trouble, &ended);
	error = receive_all(endpoint, form);
	if (!error) {
		end_output();
		await_end(client, ended);
	}
	/* It may have said already how it went. */
	kill(sender, SIGKILL);
	code = run_wait(sender);
	if (stop_requested())
		stop_now();
	if (error)
		return (int)trouble_report(trouble, error);
	return code == 128 + SIGKILL ? EXIT_OK : code;
}
