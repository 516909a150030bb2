// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where messages go to or come from.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "target.h"

static int by_handle(struct target *target, const struct address *address,
		     int client, uint32_t right, uint32_t options)
{
	target->fd = address_open(address, client, right, options);
	return target->fd < 0 ? target->fd : 0;
}

static void set_client(struct target *target, int client)
{
	memset(target, 0, sizeof(*target));
	target->fd = client;
	target->pidfd = -1;
}

int target_to(struct target *target, const struct address *address, int client)
{
	set_client(target, client);
	if (!address_is_process(address))
		return by_handle(target, address, client, MAILBOX_RIGHT_SEND, 0);
	if (address->kind == ADDRESS_PIDFD) {
		target->pidfd = address->pidfd;
		return 0;
	}
	target->flags = MAILBOX_TO_PROCESS;
	target->id = (uint64_t)address->pid;
	return 0;
}

void target_require_own(const struct address *address)
{
	if (address_is_process(address) &&
	    (address->kind != ADDRESS_PROCESS || address->pid != getpid()))
		die_usage("only process %s receives what is sent to it; 'pid:self' is this command",
			  address->shown);
}

int target_from(struct target *target, const struct address *address,
		int client, uint32_t options)
{
	set_client(target, client);
	if (!address_is_process(address))
		return by_handle(target, address, client, MAILBOX_RIGHT_RECEIVE,
				 options);
	target->id = MAILBOX_ID_SELF;
	return 0;
}

int target_send(const struct target *target, struct mailbox_send *send)
{
	if (target->pidfd >= 0)
		return mailbox_send_pidfd_with(target->fd, target->pidfd, send);
	send->id = target->id;
	send->flags |= target->flags;
	return mailbox_send_with(target->fd, send);
}

ssize_t target_call(const struct target *target, struct mailbox_call *call)
{
	if (target->pidfd >= 0)
		return mailbox_call_pidfd_with(target->fd, target->pidfd, call);
	call->id = target->id;
	call->flags |= target->flags;
	return mailbox_call_with(target->fd, call);
}
