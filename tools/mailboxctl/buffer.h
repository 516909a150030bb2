/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where messages are received, of whatever length.
 */
#ifndef MAILBOXCTL_BUFFER_H
#define MAILBOXCTL_BUFFER_H

#include <stddef.h>

#include <mailbox.h>

struct buffer {
	char *data;
	size_t room;
};

void buffer_init(struct buffer *buffer);
void buffer_end(struct buffer *buffer);

/*
 * As mailbox_receive_with(), into the buffer, which grows as it needs to;
 * call->message is set here.  0 or -errno.
 */
int buffer_receive(struct buffer *buffer, int fd, struct mailbox_receive *call);

#endif /* MAILBOXCTL_BUFFER_H */
