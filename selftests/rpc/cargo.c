// SPDX-License-Identifier: GPL-2.0-only
/* The methods whose calls carry something. */
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "rpc/server.h"

static bool use_section(const struct mailbox_attachment *item)
{
	void *memory;

	if (mailbox_section_map(item->fd, 0, item->offset + item->length,
				item->rights, &memory))
		return false;
	strcpy((char *)memory + item->offset, "used");
	munmap(memory, item->offset + item->length);
	return true;
}

static bool use(const struct mailbox_attachment *item)
{
	const uint64_t one = 1;

	switch (item->kind) {
	case MAILBOX_ATTACHMENT_HANDLE:
		return !mailbox_send(item->fd, 0, "used", 4);
	case MAILBOX_ATTACHMENT_SECTION:
		return use_section(item);
	default:
		return write(item->fd, &one, sizeof(one)) == sizeof(one);
	}
}

static void cargo_use(Test__Cargo_Service *service, const Test__Nothing *input,
		      Test__Kinds_Closure closure, void *data)
{
	struct mailbox_rpc_parcel *parcel = mailbox_rpc_incoming(data);
	const struct mailbox_attachment *item;
	Test__Kinds reply = TEST__KINDS__INIT;
	uint32_t kinds[8];

	reply.kinds = kinds;
	while ((item = mailbox_rpc_attached(parcel, reply.n_kinds + 1))) {
		if (!use(item)) {
			mailbox_rpc_fail(data, MAILBOX_RPC_INTERNAL,
					 "attachment %zu is of no use",
					 reply.n_kinds + 1);
			return;
		}
		kinds[reply.n_kinds++] = item->kind;
	}
	closure(&reply, data);
}

struct later {
	Test__Kinds_Closure closure;
	void *data;
};

static void *later_run(void *argument)
{
	struct later later = *(struct later *)argument;

	free(argument);
	cargo_use(NULL, NULL, later.closure, later.data);
	return NULL;
}

static void cargo_use_later(Test__Cargo_Service *service,
			    const Test__Nothing *input,
			    Test__Kinds_Closure closure, void *data)
{
	struct later *later = malloc(sizeof(*later));
	pthread_t thread;

	*later = (struct later){ closure, data };
	if (pthread_create(&thread, NULL, later_run, later))
		mailbox_rpc_fail(data, MAILBOX_RPC_INTERNAL, "no thread");
	else
		pthread_detach(thread);
}

static void cargo_back(Test__Cargo_Service *service, const Test__Bytes *input,
		       Test__Bytes_Closure closure, void *data)
{
	struct mailbox_rpc_parcel *parcel = mailbox_rpc_incoming(data);
	const struct mailbox_attachment *item;

	for (unsigned int i = 1; (item = mailbox_rpc_attached(parcel, i)); i++) {
		if (mailbox_rpc_attach(mailbox_rpc_outgoing(data), item) ==
		    (int)i)
			continue;
		mailbox_rpc_fail(data, MAILBOX_RPC_INTERNAL, "attachment %u",
				 i);
		return;
	}
	closure(input, data);
}

/* Attaches so many eventfds: 0 or why not. */
static int give(void *data, int64_t count)
{
	int fd = eventfd(7, EFD_CLOEXEC), ret = 1;

	for (int64_t i = 1; i <= count && ret > 0; i++) {
		const struct mailbox_attachment item =
			mailbox_attachment(fd, 0);

		ret = mailbox_rpc_attach(mailbox_rpc_outgoing(data), &item);
	}
	close(fd);
	return ret > 0 ? 0 : ret;
}

static void cargo_give(Test__Cargo_Service *service, const Test__Number *input,
		       Test__Number_Closure closure, void *data)
{
	Test__Number reply = TEST__NUMBER__INIT;

	reply.number = give(data, input->number);
	closure(&reply, data);
}

static void cargo_give_socket(Test__Cargo_Service *service,
			      const Test__Nothing *input,
			      Test__Nothing_Closure closure, void *data)
{
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	const struct mailbox_attachment item = mailbox_attachment(fd, 0);

	mailbox_rpc_attach(mailbox_rpc_outgoing(data), &item);
	close(fd);
	closure(input, data);
}

static void cargo_give_and_fail(Test__Cargo_Service *service,
				const Test__Nothing *input,
				Test__Nothing_Closure closure, void *data)
{
	give(data, 2);
	mailbox_rpc_fail(data, MAILBOX_RPC_ABORTED, "on purpose");
}

static void cargo_die_once(Test__Cargo_Service *service,
			   const Test__Nothing *input,
			   Test__Kinds_Closure closure, void *data)
{
	const struct mailbox_attachment *item =
		mailbox_rpc_attached(mailbox_rpc_incoming(data), 1);
	uint64_t count;

	/* an eventfd of 1 */
	if (read(item->fd, &count, sizeof(count)) == sizeof(count))
		_exit(0);
	cargo_use(service, input, closure, data);
}

static int descriptors(void)
{
	int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static void cargo_limit(Test__Cargo_Service *service,
			const Test__Number *input,
			Test__Number_Closure closure, void *data)
{
	Test__Number reply = TEST__NUMBER__INIT;
	int next = dup(0);
	struct rlimit limit;

	close(next);
	reply.number = descriptors();
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = input->number ? limit.rlim_max : (rlim_t)next;
	setrlimit(RLIMIT_NOFILE, &limit);
	closure(&reply, data);
}

static void cargo_long_ones(Test__Cargo_Service *service, const Test__Number *input,
		       Test__Bytes_Closure closure, void *data)
{
	Test__Bytes one = TEST__BYTES__INIT;

	one.data.len = input->number;
	one.data.data = calloc(1, input->number + 1);
	for (int i = 0; i < input->number && i < 5; i++) {
		memset(one.data.data, i, input->number);
		closure(&one, data);
	}
	free(one.data.data);
	closure(NULL, data);
}

Test__Cargo_Service rpc_cargo_service = TEST__CARGO__INIT(cargo_);
