// SPDX-License-Identifier: GPL-2.0-only
/* Pipes. */
#include <fcntl.h>
#include <unistd.h>

#include "bench.h"

/* A pipe has no messages: reader and writer know how long they are. */
static bool pipe_make(struct channel *channel)
{
	int ends[2];

	must(!pipe(ends), "pipe");
	channel->in = ends[0];
	channel->out = ends[1];
	fcntl(ends[0], F_SETPIPE_SZ, 1 << 20);
	return true;
}

static void pipe_put(struct channel *channel, char *data)
{
	tally_send(channel, 1);
	must(write(channel->out, data, channel->bytes) ==
	     (ssize_t)channel->bytes, "write");
}

static void pipe_get(struct channel *channel, char *data)
{
	size_t done = 0;

	while (done < channel->bytes) {
		ssize_t part = read(channel->in, data + done,
				    channel->bytes - done);

		must(part > 0, "read");
		done += part;
	}
	tally_receive(channel, 1);
}

const struct mechanism pipes = {
	.name = "pipe",
	.longest = 1 << 19,
	.shared = true,
	.open = pipe_make,
	.send = pipe_put,
	.receive = pipe_get,
};
