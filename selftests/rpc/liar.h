/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A server of test.Test.Large that answers what is not an answer: to 0 the first lie,
 * and so on; and the truth after the last.
 */
#ifndef SELFTESTS_RPC_LIAR_H
#define SELFTESTS_RPC_LIAR_H

#include "lib/env.h"
#include "rpc/server.h"

#define RPC_LIES	11

extern const char *const rpc_lies[RPC_LIES];

/* Starts it, and waits until it is there: 0 or -errno. */
int rpc_liar_start(struct mb_child *child, const char *name);

/* Sums up a stream of LongOnes. */
struct rpc_lengths {
	unsigned int results;
	uint64_t bytes;
	bool wrong;
};

int rpc_length_one(const ProtobufCMessage *message, void *context);

#endif /* SELFTESTS_RPC_LIAR_H */
