/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Where a thread receives calls: receiver.c. */
#ifndef MAILBOX_RPC_RECEIVER_H
#define MAILBOX_RPC_RECEIVER_H

#include "server.h"

/**
 * struct rpc_receiver - of one thread
 * @both: the system call's: the answer to the last call, and the next one
 * @buffer: where requests are put
 * @room: its bytes
 * @cargo: what they carry
 * @context: memory of the call in hand
 */
struct rpc_receiver {
	struct mailbox_reply_receive both;
	void *buffer;
	size_t room;
	struct rpc_cargo cargo;
	struct mailbox_rpc_context *context;
};

/* 0 or -ENOMEM.  @flags: as for the system call. */
int rpc_receiver_init(struct rpc_receiver *receiver, size_t room,
		      uint32_t flags);
void rpc_receiver_free(struct rpc_receiver *receiver);

/*
 * One system call: answers what is owed, and receives.  -EINTR: to be repeated; after
 * any other error nothing can be received, or nothing is there.
 */
ssize_t rpc_receiver_receive(struct rpc_receiver *receiver,
			     const struct rpc_port *port);

/* Serves what has been received there: 0 or -ENOMEM. */
int rpc_receiver_serve(struct rpc_receiver *receiver, struct rpc_port *port);

/* There will be no next one: gives the answer that is owed. */
void rpc_receiver_finish(struct rpc_receiver *receiver);

#endif /* MAILBOX_RPC_RECEIVER_H */
