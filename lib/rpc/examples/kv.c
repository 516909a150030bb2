// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A client of the key-value store:
 *
 *	kv [-n NAME] put KEY VALUE
 *	kv [-n NAME] get KEY
 *	kv [-n NAME] delete KEY
 *	kv [-n NAME] list [PREFIX]
 *	kv [-n NAME] save FILE [PREFIX]
 */
#include <fcntl.h>
#include <mailbox.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kv.rpc.h"

static int usage(void)
{
	fprintf(stderr, "usage: kv [-n NAME] put KEY VALUE | get KEY | delete KEY | list [PREFIX] | save FILE [PREFIX]\n");
	return 2;
}

static int put(struct mailbox_rpc_stub *stub, char **arguments)
{
	Kv__Pair pair = KV__PAIR__INIT;

	pair.key = arguments[0];
	pair.value.data = (uint8_t *)arguments[1];
	pair.value.len = strlen(arguments[1]);
	return kv__store__put__call(stub, &pair, NULL);
}

static int get(struct mailbox_rpc_stub *stub, char **arguments)
{
	Kv__Key key = KV__KEY__INIT;
	Kv__Pair *pair;
	int code;

	key.key = arguments[0];
	code = kv__store__get__call(stub, &key, &pair);
	if (!code)
		printf("%.*s\n", (int)pair->value.len, pair->value.data);
	kv__pair__free_unpacked(pair, NULL);
	return code;
}

static int delete(struct mailbox_rpc_stub *stub, char **arguments)
{
	Kv__Key key = KV__KEY__INIT;

	key.key = arguments[0];
	return kv__store__delete__call(stub, &key, NULL);
}

static int print_pair(const ProtobufCMessage *message, void *context)
{
	const Kv__Pair *pair = (const Kv__Pair *)message;

	(void)context;
	printf("%s=%.*s\n", pair->key, (int)pair->value.len, pair->value.data);
	return 0;
}

static int list(struct mailbox_rpc_stub *stub, char **arguments)
{
	Kv__Prefix prefix = KV__PREFIX__INIT;

	if (arguments[0])
		prefix.prefix = arguments[0];
	return kv__store__list__call(stub, &prefix, print_pair, NULL);
}

/* The server writes to our file, whether it could open it or not. */
static int save(struct mailbox_rpc_stub *stub, char **arguments)
{
	Kv__Prefix prefix = KV__PREFIX__INIT;
	struct mailbox_attachment item;
	Kv__Saved *saved;
	int fd, code;

	if (arguments[1])
		prefix.prefix = arguments[1];
	fd = open(arguments[0], O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (fd < 0) {
		perror(arguments[0]);
		exit(1);
	}
	item = mailbox_attachment(fd, 0);
	mailbox_rpc_attach(mailbox_rpc_stub_outgoing(stub), &item);
	close(fd);
	code = kv__store__save__call(stub, &prefix, &saved);
	if (!code)
		printf("%u pairs\n", saved->pairs);
	kv__saved__free_unpacked(saved, NULL);
	return code;
}

static const struct {
	const char *name;
	int least, most;
	int (*run)(struct mailbox_rpc_stub *stub, char **arguments);
} commands[] = {
	{ "put", 2, 2, put },
	{ "get", 1, 1, get },
	{ "delete", 1, 1, delete },
	{ "list", 0, 1, list },
	{ "save", 1, 2, save },
};

int main(int argc, char **argv)
{
	struct mailbox_rpc_stub *stub;
	const char *name = "kv";
	int option, error;

	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option != 'n')
			return usage();
		name = optarg;
	}
	argc -= optind + 1;
	argv += optind;
	for (size_t i = 0; argc >= 0 && i < sizeof(commands) / sizeof(*commands); i++) {
		if (strcmp(commands[i].name, argv[0]) ||
		    argc < commands[i].least || argc > commands[i].most)
			continue;
		error = mailbox_rpc_stub_new(name, &kv__store__interface,
					     &stub);
		if (error) {
			fprintf(stderr, "kv: %s\n", mailbox_explain(error));
			return 1;
		}
		error = commands[i].run(stub, argv + 1);
		if (error)
			fprintf(stderr, "kv: %s: %s\n",
				mailbox_rpc_code_name(error),
				mailbox_rpc_stub_status(stub)->text);
		mailbox_rpc_stub_free(stub);
		return error != 0;
	}
	return usage();
}
