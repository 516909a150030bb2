// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* What errors mean. */
#include <errno.h>

#include "internal.h"

static const struct {
	int error;
	const char *text;
} meanings[] = {
	{ 0, "Success." },
	{ EAGAIN, "The call would have to wait, and was told not to." },
	{ ETIMEDOUT, "The time was over before it could be done." },
	{ EINTR, "A signal ended the wait." },
	{ EIDRM, "The mailbox was destroyed." },
	{ ENOENT, "There is no such mailbox, or no /dev/mailbox." },
	{ ENXIO, "The mailbox module is not loaded." },
	{ ENODEV, "The mailbox module is not loaded." },
	{ EEXIST, "Another mailbox has this name." },
	{ EPIPE, "At the other end of the mailbox there is nobody left." },
	{ ESTALE, "Nobody waits for this reply any more." },
	{ ECONNREFUSED, "The other side does not want the connection." },
	{ ESRCH, "The process does not use mailboxes here, or is dead." },
	{ EOWNERDEAD,
	  "Another process has opened this client: only that one has its own mailboxes there." },
	{ EMSGSIZE,
	  "The message is longer, or carries more, than the mailbox or the receive buffer takes." },
	{ EDQUOT,
	  "The user's share of mailboxes, queued messages or waiting calls is used up." },
	{ EACCES, "The permission bits do not allow it." },
	{ EPERM,
	  "Only its owner may do this, or who may signal the process; or it cannot be attached." },
	{ EBADF, "The descriptor is not open, or the handle lacks the right." },
	{ EBUSY, "Another process has this mailbox to itself." },
	{ EUSERS,
	  "The mailbox has all the processes or receive handles it takes." },
	{ EINVAL, "A value is wrong, or does not go with another." },
	{ E2BIG,
	  "The program uses what this module or library does not know yet." },
	{ ENOTTY, "The descriptor is not of the kind that this call needs." },
	{ EFAULT, "A pointer is wrong." },
	{ ENOMEM, "There is not enough memory." },
	{ EMFILE, "The process has no descriptor left." },
	{ ENFILE, "The system has no open file left." },
	{ EBADMSG, "The other side has written what a ring cannot hold." },
	{ EOPNOTSUPP, "A ring cannot do this." },
	{ ENOBUFS, "Too much came before the reply." },
	{ EPROTONOSUPPORT,
	  "The module is too old, or too new, for this program." },
};

const char *mailbox_explain(int error)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(meanings); i++)
		if (error == meanings[i].error || error == -meanings[i].error)
			return meanings[i].text;
	return "An error that mailboxes do not use.";
}
