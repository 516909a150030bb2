// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * mailbox-rpc: servers as a user meets them.
 *
 * Servers say themselves what can be called there.  Arguments and results are
 * turned from text to bytes and back by protoc.
 */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <mailbox.h>
#include <mailbox-rpc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mailbox/directory.pb-c.h"

#define PREFIX	"rpc:"

typedef Mailbox__Rpc__Description description;
typedef Mailbox__Rpc__Description__Service service;
typedef Mailbox__Rpc__Description__Method method;

static uint64_t timeout = 30 * MAILBOX_SECOND;
static uint32_t semantics;

static const char *const semantics_names[] = {
	"MAYBE", "MAYBE", "AT_LEAST_ONCE", "EXACTLY_ONCE",
};

static const struct mailbox_rpc_method directory_methods[] = {
	{ .stream = false }, { .stream = true },
};

static const struct mailbox_rpc_interface directory_interface = {
	.descriptor = &mailbox__rpc__directory__descriptor,
	.methods = directory_methods,
};

static int usage(FILE *to)
{
	fputs("usage: mailbox-rpc [-t SECONDS] COMMAND\n"
	      "\n"
	      "  list                              servers that you may see\n"
	      "  describe NAME                     what can be called there\n"
	      "  call NAME [SERVICE.]METHOD [TEXT] call it; the argument in protobuf's\n"
	      "                                    text format, or - for the standard input\n"
	      "  trace NAME                        what happens to calls there\n"
	      "\n"
	      "  -t SECONDS   time limit of a call (30)\n"
	      "  -s WHAT      maybe, at-least-once or exactly-once (as the interface says)\n",
	      to);
	return to == stdout ? 0 : 2;
}

static int failed(const char *what, int code,
		  const struct mailbox_rpc_status *status)
{
	fprintf(stderr, "mailbox-rpc: %s: %s: %s\n", what,
		mailbox_rpc_code_name(code), status->text);
	return 1;
}

static struct mailbox_rpc_stub *
stub_new(const char *name, const struct mailbox_rpc_interface *interface)
{
	struct mailbox_rpc_stub *stub;
	int error = mailbox_rpc_stub_new(name, interface, &stub);

	if (error) {
		fprintf(stderr, "mailbox-rpc: %s: %s\n", name,
			mailbox_explain(error));
		return NULL;
	}
	mailbox_rpc_stub_timeout(stub, timeout);
	mailbox_rpc_stub_semantics(stub, semantics);
	if (mailbox_rpc_stub_room(stub, 1 << 20))
		return NULL;
	return stub;
}

/* NULL: it has been said why. */
static description *describe(const char *name)
{
	const Mailbox__Rpc__Nothing nothing = MAILBOX__RPC__NOTHING__INIT;
	ProtobufCMessage *output = NULL;
	struct mailbox_rpc_stub *stub = stub_new(name, &directory_interface);
	int code;

	if (!stub)
		return NULL;
	mailbox_rpc_stub_semantics(stub, MAILBOX_RPC_MAYBE);
	code = mailbox_rpc_call(stub, 0, &nothing.base, &output);
	if (code)
		failed(name, code, mailbox_rpc_stub_status(stub));
	mailbox_rpc_stub_free(stub);
	return (description *)output;
}

/* ---- list, describe --------------------------------------------------------- */

static int list(void)
{
	int client = mailbox_client_open();
	uint64_t cursor = 0, ids[64];
	struct mailbox_stat stat;
	ssize_t count;

	if (client < 0) {
		fprintf(stderr, "mailbox-rpc: %s\n", mailbox_explain(client));
		return 1;
	}
	do {
		count = mailbox_list(client, &cursor, ids, 64);
		for (ssize_t i = 0; i < count; i++) {
			if (mailbox_stat(client, ids[i], &stat) ||
			    strncmp(stat.name, PREFIX, strlen(PREFIX)))
				continue;
			printf("%-24s %s\n", stat.name + strlen(PREFIX),
			       stat.receive_handles ? "" : "(nobody serves it)");
		}
	} while (count == 64);
	close(client);
	if (count < 0)
		fprintf(stderr, "mailbox-rpc: %s\n",
			mailbox_explain((int)count));
	return count < 0;
}

static int describe_print(const char *name)
{
	description *all = describe(name);

	if (!all)
		return 1;
	printf("# %s, process %u\n", name, all->pid);
	for (size_t i = 0; i < all->n_services; i++) {
		const service *s = all->services[i];

		printf("service %s, version %u: %" PRIu64 " calls, %" PRIu64
		       " failures\n", s->name, s->version, s->calls,
		       s->failures);
		for (size_t k = 0; k < s->n_methods; k++) {
			const method *m = s->methods[k];

			printf("  %s(%s) returns %s%s%s%s", m->name, m->input,
			       m->stream ? "stream " : "", m->output,
			       m->semantics ? ", " : "",
			       m->semantics && m->semantics < 4 ?
				       semantics_names[m->semantics] : "");
			if (m->attachments)
				printf(", takes %u attachments",
				       m->attachments);
			if (m->result_attachments)
				printf(", gives %u attachments",
				       m->result_attachments);
			putchar('\n');
		}
	}
	mailbox__rpc__description__free_unpacked(all, NULL);
	return 0;
}

/* ---- call ------------------------------------------------------------------- */

/**
 * struct target - what is to be called
 * @service: of the server
 * @method: of the service
 * @files: a descriptor of its .proto and what it imports
 * @file: the .proto's name
 */
struct target {
	const service *service;
	const method *method;
	int files;
	char file[256];
};

/* "a.b.C.Method", "C.Method" or "Method"; false: none, or several. */
static bool find(const description *all, const char *name,
		 struct target *target)
{
	unsigned int found = 0;
	char full[512];

	for (size_t i = 0; i < all->n_services; i++) {
		const service *s = all->services[i];

		for (size_t k = 0; k < s->n_methods; k++) {
			size_t length, wanted = strlen(name);

			snprintf(full, sizeof(full), "%s.%s", s->name,
				 s->methods[k]->name);
			length = strlen(full);
			if (length < wanted ||
			    strcmp(full + length - wanted, name) ||
			    (length > wanted &&
			     full[length - wanted - 1] != '.'))
				continue;
			target->service = s;
			target->method = s->methods[k];
			found++;
		}
	}
	if (found != 1)
		fprintf(stderr, "mailbox-rpc: %s method %s: see describe\n",
			found ? "more than one" : "no", name);
	return found == 1;
}

static size_t varint(const uint8_t *data, size_t room, size_t *value)
{
	*value = 0;
	for (size_t i = 0; i < room && i < 9; i++) {
		*value |= (size_t)(data[i] & 0x7f) << (7 * i);
		if (!(data[i] & 0x80))
			return i + 1;
	}
	return 0;
}

/* The name of the last file of a FileDescriptorSet, which is the service's own. */
static bool file_name(const ProtobufCBinaryData *files, char *name, size_t room)
{
	size_t at = 0, length = 0, step;
	const uint8_t *last = NULL;

	while (at < files->len) {
		if (files->data[at++] != (1 << 3 | 2))
			return false;
		step = varint(files->data + at, files->len - at, &length);
		if (!step || length > files->len - at - step)
			return false;
		last = files->data + at + step;
		at += step + length;
	}
	if (!last || length < 2 || last[0] != (1 << 3 | 2))
		return false;
	step = varint(last + 1, length - 1, &at);
	if (!step || at > length - 1 - step || at >= room)
		return false;
	memcpy(name, last + 1 + step, at);
	name[at] = '\0';
	return true;
}

static bool files_open(struct target *target)
{
	const ProtobufCBinaryData *files = &target->service->files;

	target->files = -1;
	if (!file_name(files, target->file, sizeof(target->file))) {
		fprintf(stderr, "mailbox-rpc: the server does not say what %s consists of: its interface was not generated by protoc-gen-mailbox\n",
			target->service->name);
		return false;
	}
	target->files = memfd_create("files", 0);
	if (target->files >= 0 &&
	    write(target->files, files->data, files->len) ==
		    (ssize_t)files->len)
		return true;
	perror("mailbox-rpc: memfd");
	return false;
}

/* Runs protoc; @input and @output are files. */
static bool protoc(const struct target *target, const char *option,
		   const char *type, int input, int output)
{
	char set[64], way[512];
	int status;
	pid_t pid;

	snprintf(set, sizeof(set), "--descriptor_set_in=/proc/self/fd/%d",
		 target->files);
	snprintf(way, sizeof(way), "--%s=%s", option, type);
	lseek(target->files, 0, SEEK_SET);
	pid = fork();
	if (!pid) {
		lseek(input, 0, SEEK_SET);
		dup2(input, 0);
		dup2(output, 1);
		execlp("protoc", "protoc", set, way, target->file, NULL);
		fprintf(stderr, "mailbox-rpc: no protoc: install protobuf-compiler\n");
		_exit(127);
	}
	return pid > 0 && waitpid(pid, &status, 0) == pid && !status;
}

static bool read_all(int fd, uint8_t **data, size_t *length)
{
	off_t end = lseek(fd, 0, SEEK_END);

	*length = end > 0 ? (size_t)end : 0;
	*data = malloc(*length + 1);
	return *data && pread(fd, *data, *length, 0) == (ssize_t)*length;
}

/*
 * The argument as a message that has no fields of its own: what it does not know it
 * keeps.
 */
static ProtobufCMessage *argument(const struct target *target, const char *text)
{
	int in = memfd_create("text", 0), out = memfd_create("bytes", 0);
	ProtobufCMessage *message = NULL;
	uint8_t *data = NULL;
	char block[4096];
	size_t length;
	ssize_t got;

	if (in < 0 || out < 0)
		return NULL;
	if (!strcmp(text, "-")) {
		while ((got = read(0, block, sizeof(block))) > 0)
			if (write(in, block, (size_t)got) != got)
				return NULL;
	} else if (write(in, text, strlen(text)) < 0) {
		return NULL;
	}
	if (protoc(target, "encode", target->method->input, in, out) &&
	    read_all(out, &data, &length))
		message = protobuf_c_message_unpack(
			&mailbox__rpc__anything__descriptor, NULL, length, data);
	free(data);
	close(in);
	close(out);
	return message;
}

static int print(const ProtobufCMessage *message, void *context)
{
	const struct target *target = context;
	size_t length = protobuf_c_message_get_packed_size(message);
	uint8_t *data = malloc(length + 1);
	int in = memfd_create("bytes", 0);
	bool good;

	if (!data || in < 0)
		return 1;
	protobuf_c_message_pack(message, data);
	good = write(in, data, length) == (ssize_t)length &&
	       protoc(target, "decode", target->method->output, in, 1);
	if (target->method->stream)
		puts("---");
	fflush(stdout);
	free(data);
	close(in);
	return !good;
}

static int call_target(const char *name, struct target *target,
		       const ProtobufCMessage *input)
{
	const ProtobufCMethodDescriptor m = {
		target->method->name,
		&mailbox__rpc__anything__descriptor,
		&mailbox__rpc__anything__descriptor,
	};
	const ProtobufCServiceDescriptor descriptor = {
		.magic = PROTOBUF_C__SERVICE_DESCRIPTOR_MAGIC,
		.name = target->service->name,
		.n_methods = 1,
		.methods = &m,
	};
	const struct mailbox_rpc_method as = {
		.stream = target->method->stream,
		.semantics = target->method->semantics,
		.result_attachments = target->method->result_attachments,
	};
	const struct mailbox_rpc_interface interface = {
		.descriptor = &descriptor,
		.version = target->service->version,
		.methods = &as,
	};
	struct mailbox_rpc_stub *stub = stub_new(name, &interface);
	ProtobufCMessage *output = NULL;
	int code;

	if (!stub)
		return 1;
	if (as.stream)
		code = mailbox_rpc_call_stream(stub, 0, input, print, target);
	else
		code = mailbox_rpc_call(stub, 0, input, &output);
	if (code)
		failed(target->method->name, code,
		       mailbox_rpc_stub_status(stub));
	else if (output)
		code = print(output, target);
	if (output)
		protobuf_c_message_free_unpacked(output, NULL);
	mailbox_rpc_stub_free(stub);
	return code != 0;
}

static int call(const char *name, const char *what, const char *text)
{
	description *all = describe(name);
	ProtobufCMessage *input = NULL;
	struct target target;
	int result = 1;

	if (!all)
		return 1;
	fflush(stdout);
	if (find(all, what, &target) && files_open(&target)) {
		input = argument(&target, text);
		if (input)
			result = call_target(name, &target, input);
	}
	if (input)
		protobuf_c_message_free_unpacked(input, NULL);
	mailbox__rpc__description__free_unpacked(all, NULL);
	return result;
}

/* ---- trace ------------------------------------------------------------------ */

static int print_event(const ProtobufCMessage *message, void *context)
{
	static const char *const words[] = {
		"?", "received", "executed", "replayed", "refused", "replied",
	};
	const Mailbox__Rpc__Event *event = (const Mailbox__Rpc__Event *)message;

	(void)context;
	printf("%" PRIu64 ".%06" PRIu64 " %-8s pid %u uid %u %s.%s %s %016" PRIx64
	       ":%" PRIu64 " %s%s%s\n",
	       event->time / MAILBOX_SECOND,
	       event->time % MAILBOX_SECOND / 1000,
	       words[event->event <= 5 ? event->event : 0], event->pid,
	       event->uid, event->service, event->method,
	       event->semantics < 4 ? semantics_names[event->semantics] : "?",
	       event->identity, event->sequence,
	       mailbox_rpc_code_name((int)event->status),
	       *event->text ? ": " : "", event->text);
	fflush(stdout);
	return 0;
}

static int trace(const char *name)
{
	const Mailbox__Rpc__Nothing nothing = MAILBOX__RPC__NOTHING__INIT;
	struct mailbox_rpc_stub *stub = stub_new(name, &directory_interface);
	int code;

	if (!stub)
		return 1;
	mailbox_rpc_stub_semantics(stub, MAILBOX_RPC_MAYBE);
	mailbox_rpc_stub_timeout(stub, MAILBOX_RPC_FOREVER);
	code = mailbox_rpc_call_stream(stub, 1, &nothing.base, print_event,
				       NULL);
	if (code)
		failed(name, code, mailbox_rpc_stub_status(stub));
	mailbox_rpc_stub_free(stub);
	return code != 0;
}

static bool semantics_parse(const char *name)
{
	static const char *const names[] = {
		"maybe", "at-least-once", "exactly-once",
	};

	for (uint32_t i = 0; i < 3; i++)
		if (!strcmp(name, names[i]))
			semantics = i + 1;
	return semantics != 0;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "timeout", required_argument, NULL, 't' },
		{ "semantics", required_argument, NULL, 's' },
		{ NULL, 0, NULL, 0 },
	};
	char *end;
	int option;

	while ((option = getopt_long(argc, argv, "+ht:s:", options, NULL)) !=
	       -1) {
		switch (option) {
		case 'h':
			return usage(stdout);
		case 't':
			timeout = (uint64_t)(strtod(optarg, &end) *
					     (double)MAILBOX_SECOND);
			if (*end || end == optarg)
				return usage(stderr);
			break;
		case 's':
			if (semantics_parse(optarg))
				break;
			return usage(stderr);
		default:
			return usage(stderr);
		}
	}
	argc -= optind;
	argv += optind;
	if (argc == 1 && !strcmp(argv[0], "list"))
		return list();
	if (argc == 2 && !strcmp(argv[0], "describe"))
		return describe_print(argv[1]);
	if ((argc == 3 || argc == 4) && !strcmp(argv[0], "call"))
		return call(argv[1], argv[2], argc == 4 ? argv[3] : "");
	if (argc == 2 && !strcmp(argv[0], "trace"))
		return trace(argv[1]);
	return usage(stderr);
}
