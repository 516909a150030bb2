// SPDX-License-Identifier: GPL-2.0-only
/* UNIX sockets of the three types. */
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "bench.h"

static bool pair_make(struct channel *channel, int type)
{
	int size = 8 << 20;
	int ends[2];

	must(!socketpair(AF_UNIX, type, 0, ends), "socketpair");
	channel->in = ends[0];
	channel->out = ends[1];
	setsockopt(ends[1], SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	return true;
}

static bool seqpacket_make(struct channel *channel)
{
	return pair_make(channel, SOCK_SEQPACKET);
}

static bool dgram_make(struct channel *channel)
{
	return pair_make(channel, SOCK_DGRAM);
}

static bool stream_make(struct channel *channel)
{
	return pair_make(channel, SOCK_STREAM);
}

static void socket_put(struct channel *channel, char *data)
{
	tally_send(channel, 1);
	must(send(channel->out, data, channel->bytes, 0) ==
	     (ssize_t)channel->bytes, "send");
}

static void packet_get(struct channel *channel, char *data)
{
	must(recv(channel->in, data, channel->bytes, 0) ==
	     (ssize_t)channel->bytes, "recv");
	tally_receive(channel, 1);
}

static void stream_get(struct channel *channel, char *data)
{
	size_t done = 0;

	while (done < channel->bytes) {
		ssize_t part = recv(channel->in, data + done,
				    channel->bytes - done, 0);

		must(part > 0, "recv");
		done += part;
	}
	tally_receive(channel, 1);
}

static void vector_fill(struct channel *channel, char *data,
			struct mmsghdr *headers, struct iovec *pieces,
			unsigned int count)
{
	memset(headers, 0, count * sizeof(*headers));
	for (unsigned int i = 0; i < count; i++) {
		pieces[i].iov_base = data + i * channel->bytes;
		pieces[i].iov_len = channel->bytes;
		headers[i].msg_hdr.msg_iov = &pieces[i];
		headers[i].msg_hdr.msg_iovlen = 1;
	}
}

static void many_put(struct channel *channel, char *data, unsigned int count)
{
	struct mmsghdr headers[BATCH_MAX];
	struct iovec pieces[BATCH_MAX];
	unsigned int done = 0;

	tally_send(channel, count);
	vector_fill(channel, data, headers, pieces, count);
	while (done < count) {
		int part = sendmmsg(channel->out, headers + done, count - done,
				    0);

		must(part > 0, "sendmmsg");
		done += part;
	}
}

static unsigned int many_get(struct channel *channel, char *data,
			     unsigned int count)
{
	struct mmsghdr headers[BATCH_MAX];
	struct iovec pieces[BATCH_MAX];
	int part;

	vector_fill(channel, data, headers, pieces, count);
	part = recvmmsg(channel->in, headers, count, MSG_WAITFORONE, NULL);
	must(part > 0, "recvmmsg");
	tally_receive(channel, part);
	return part;
}

const struct mechanism unix_seqpacket = {
	.name = "unix-seqpacket",
	.longest = 1 << 20,
	.shared = true,
	.open = seqpacket_make,
	.send = socket_put,
	.receive = packet_get,
	.send_many = many_put,
	.receive_many = many_get,
};

const struct mechanism unix_dgram = {
	.name = "unix-dgram",
	.longest = 1 << 20,
	.shared = true,
	.open = dgram_make,
	.send = socket_put,
	.receive = packet_get,
	.send_many = many_put,
	.receive_many = many_get,
};

const struct mechanism unix_stream = {
	.name = "unix-stream",
	.longest = 1 << 20,
	.shared = true,
	.open = stream_make,
	.send = socket_put,
	.receive = stream_get,
};
