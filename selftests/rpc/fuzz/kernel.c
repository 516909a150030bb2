// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "internal.h"
#include "kernel.h"

static uint32_t room;
static unsigned int takes;
static bool answered;

int kernel_section(const void *data, size_t length, bool loose)
{
	int fd = memfd_create("section", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0 || write(fd, data, length) != (ssize_t)length ||
	    (!loose && fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK)))
		__builtin_trap();
	return fd;
}

void kernel_call(uint32_t of)
{
	room = of;
	answered = false;
}

void kernel_takes(unsigned int count)
{
	takes = count;
}

bool kernel_answered(void)
{
	return answered;
}

/* By ld's --wrap: these are called instead of libmailbox's. */
int __wrap_mailbox_section_create(int client, const char *name, uint64_t length,
				  uint32_t seals, uint64_t *id);
int __wrap_mailbox_section_stat_sized(int fd, uint64_t id,
				      struct mailbox_section_stat *stat,
				      size_t size);
int __wrap_mailbox_section_map(int section, uint64_t offset, size_t length,
			       uint32_t rights, void **memory);
int __wrap_mailbox_reply_with(int fd, struct mailbox_reply *reply);
int __wrap_mailbox_reply(int fd, uint64_t id, uint64_t token, const void *data,
			 size_t length);
int __wrap_mailbox_send_with(int fd, struct mailbox_send *send);

int __wrap_mailbox_section_create(int client, const char *name, uint64_t length,
				  uint32_t seals, uint64_t *id)
{
	int fd = memfd_create("section", MFD_CLOEXEC);

	(void)client;
	(void)name;
	(void)seals;
	(void)id;
	if (fd >= 0 && ftruncate(fd, (off_t)length))
		__builtin_trap();
	return fd;
}

int __wrap_mailbox_section_stat_sized(int fd, uint64_t id,
				      struct mailbox_section_stat *out,
				      size_t size)
{
	struct stat file;
	int seals;

	(void)id;
	if (fstat(fd, &file))
		return -errno;
	if (!S_ISREG(file.st_mode))
		return -ENOTTY;
	memset(out, 0, size);
	out->length = (uint64_t)file.st_size;
	seals = fcntl(fd, F_GET_SEALS);
	if (seals > 0 && seals & F_SEAL_SHRINK)
		out->seals = MAILBOX_SEAL_SHRINK;
	return 0;
}

int __wrap_mailbox_section_map(int section, uint64_t offset, size_t length,
			       uint32_t rights, void **memory)
{
	int protection = rights & MAILBOX_SECTION_WRITE ?
				 PROT_READ | PROT_WRITE : PROT_READ;

	*memory = mmap(NULL, length, protection, MAP_SHARED, section,
		       (off_t)offset);
	return *memory == MAP_FAILED ? -errno : 0;
}

static unsigned int carried(const struct mailbox_message *message)
{
	const struct mailbox_attachments *list =
		(const void *)(uintptr_t)message->attachments;
	const struct mailbox_attachment *items;

	if (!list)
		return 0;
	items = (const void *)(uintptr_t)list->items;
	for (unsigned int i = 0; i < list->count; i++)
		if (items[i].fd < 0 || items[i].kind)
			__builtin_trap();
	if (!list->count || list->count > MAILBOX_ATTACHMENTS_MAX)
		__builtin_trap();
	return list->count;
}

/* A message of the library's is a reply, and says what it carries. */
static void check(const struct mailbox_message *message)
{
	struct mailbox_rpc_status status;
	static struct rpc_arena arena;
	static bool made;
	rpc_reply *reply;

	if (!made)
		rpc_arena_init(&arena);
	made = true;
	if (!message->length)
		return;
	reply = rpc_reply_unpack(&arena, (void *)(uintptr_t)message->data,
				 message->length, &status);
	if (!reply || carried(message) < (reply->section_length ? 1 : 0) ||
	    (!reply->section_length &&
	     carried(message) != reply->attachments))
		__builtin_trap();
}

int __wrap_mailbox_reply_with(int fd, struct mailbox_reply *reply)
{
	(void)fd;
	if (answered)
		return -ESTALE;
	check(&reply->message);
	if (reply->message.length > room || carried(&reply->message) > takes)
		return -EMSGSIZE;
	answered = true;
	return 0;
}

int __wrap_mailbox_reply(int fd, uint64_t id, uint64_t token, const void *data,
			 size_t length)
{
	struct mailbox_reply reply;

	mailbox_reply_init(&reply, id, token, data, length);
	return __wrap_mailbox_reply_with(fd, &reply);
}

int __wrap_mailbox_send_with(int fd, struct mailbox_send *send)
{
	(void)fd;
	check(&send->message);
	return send->message.length > room ? -EMSGSIZE : 0;
}
