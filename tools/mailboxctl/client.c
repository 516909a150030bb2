// SPDX-License-Identifier: GPL-2.0-only
/*
 * /dev/mailbox, opened, and the ways in which that can fail: no module, the
 * wrong module, no permission.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <mailbox.h>

#include "client.h"
#include "error.h"

static _Noreturn void die_opening(int error)
{
	warn_text("cannot open /dev/mailbox: %s", strerror(error));
	switch (error) {
	case ENOENT:
	case ENXIO:
	case ENODEV:
		hint("The kernel module is not loaded. 'sudo make load' in its "
		     "source tree loads it,");
		hint("or 'sudo modprobe mailbox' where it is installed.");
		break;
	case EACCES:
	case EPERM:
		hint("'ls -l /dev/mailbox' should show crw-rw-rw-; "
		     "'sudo chmod 666 /dev/mailbox' sets it.");
		break;
	}
	exit(EXIT_FAIL);
}

static void check_version(int client)
{
	struct mailbox_query query = { 0 };
	int error;

	error = mailbox_version_check(client, MAILBOX_VERSION_MAJOR, 0);
	if (!error)
		return;
	if (error != -EPROTONOSUPPORT)
		die(EXIT_FAIL, "/dev/mailbox does not answer as the mailbox module does: %s",
		    strerror(-error));
	mailbox_query(client, &query);
	die(EXIT_FAIL, "the kernel module has the interface version %u.%u, but this program needs %u.x",
	    query.version_major, query.version_minor, MAILBOX_VERSION_MAJOR);
}

int client_open(void)
{
	int client = mailbox_client_open();

	if (client < 0)
		die_opening(-client);
	check_version(client);
	return client;
}
