// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A key-value store, in memory: kv-server [NAME]
 *
 * Served by four threads; who may call is the mailbox's mode, and who may change
 * something is whom the kernel says the caller is.
 */
#define _GNU_SOURCE 1	/* twalk_r() */

#include <errno.h>
#include <mailbox.h>
#include <pthread.h>
#include <search.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kv.rpc.h"

/**
 * struct item - a key and its value
 * @key: the key
 * @length: bytes of the value
 * @value: they
 */
struct item {
	char *key;
	size_t length;
	uint8_t *value;
};

static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static void *tree;
static struct mailbox_rpc_server *server;

static void stop(int signal)
{
	(void)signal;
	mailbox_rpc_server_stop(server);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct item *)a)->key,
		      ((const struct item *)b)->key);
}

static struct item *find(const char *key)
{
	const struct item wanted = { .key = (char *)key };
	struct item **found = tfind(&wanted, &tree, compare);

	return found ? *found : NULL;
}

static void item_free(struct item *item)
{
	if (!item)
		return;
	free(item->key);
	free(item->value);
	free(item);
}

static bool may_change(struct mailbox_rpc_context *context)
{
	uid_t uid = mailbox_rpc_caller(context)->uid;

	if (uid == geteuid() || !uid)
		return true;
	mailbox_rpc_fail(context, MAILBOX_RPC_PERMISSION_DENIED,
			 "user %u may only look", uid);
	return false;
}

static struct item *item_new(const Kv__Pair *pair)
{
	struct item *item = calloc(1, sizeof(*item));

	if (!item)
		return NULL;
	item->key = strdup(pair->key);
	item->length = pair->value.len;
	item->value = malloc(pair->value.len + 1);
	if (item->key && item->value) {
		if (pair->value.len)
			memcpy(item->value, pair->value.data,
			       pair->value.len);
		return item;
	}
	item_free(item);
	return NULL;
}

static void kv_put(Kv__Store_Service *service, const Kv__Pair *input,
		   Kv__Done_Closure closure, void *data)
{
	Kv__Done done = KV__DONE__INIT;
	struct item *item, *old, swap;

	(void)service;
	if (!may_change(data))
		return;
	item = item_new(input);
	if (!item) {
		mailbox_rpc_fail(data, MAILBOX_RPC_RESOURCE_EXHAUSTED,
				 "no memory");
		return;
	}
	pthread_rwlock_wrlock(&lock);
	old = find(input->key);
	if (old) {
		swap = *old;
		*old = *item;
		*item = swap;
	} else if (!tsearch(item, &tree, compare)) {
		pthread_rwlock_unlock(&lock);
		item_free(item);
		mailbox_rpc_fail(data, MAILBOX_RPC_RESOURCE_EXHAUSTED,
				 "no memory");
		return;
	}
	pthread_rwlock_unlock(&lock);
	done.existed = old != NULL;
	if (old)
		item_free(item);
	closure(&done, data);
}

static void kv_get(Kv__Store_Service *service, const Kv__Key *input,
		   Kv__Pair_Closure closure, void *data)
{
	Kv__Pair pair = KV__PAIR__INIT;
	struct item *item;

	(void)service;
	pthread_rwlock_rdlock(&lock);
	item = find(input->key);
	if (item) {
		pair.key = item->key;
		pair.value.len = item->length;
		pair.value.data = item->value;
		closure(&pair, data);
	} else {
		mailbox_rpc_fail(data, MAILBOX_RPC_NOT_FOUND, "no key %.60s",
				 input->key);
	}
	pthread_rwlock_unlock(&lock);
}

static void kv_delete(Kv__Store_Service *service, const Kv__Key *input,
		      Kv__Done_Closure closure, void *data)
{
	Kv__Done done = KV__DONE__INIT;
	struct item *item;

	(void)service;
	if (!may_change(data))
		return;
	pthread_rwlock_wrlock(&lock);
	item = find(input->key);
	if (item)
		tdelete(item, &tree, compare);
	pthread_rwlock_unlock(&lock);
	done.existed = item != NULL;
	item_free(item);
	closure(&done, data);
}

/**
 * struct listing - what a List is about
 * @prefix: of the keys that are wanted
 * @closure: takes them
 * @data: its data
 */
struct listing {
	const char *prefix;
	Kv__Pair_Closure closure;
	void *data;
};

static void list_one(const void *node, VISIT visit, void *context)
{
	const struct item *item = *(struct item *const *)node;
	const struct listing *listing = context;
	Kv__Pair pair = KV__PAIR__INIT;

	if (visit != postorder && visit != leaf)
		return;
	if (strncmp(item->key, listing->prefix, strlen(listing->prefix)) ||
	    !mailbox_rpc_stream_ready(listing->data))
		return;
	pair.key = item->key;
	pair.value.len = item->length;
	pair.value.data = item->value;
	listing->closure(&pair, listing->data);
}

static void kv_list(Kv__Store_Service *service, const Kv__Prefix *input,
		    Kv__Pair_Closure closure, void *data)
{
	struct listing listing = { input->prefix, closure, data };

	(void)service;
	pthread_rwlock_rdlock(&lock);
	twalk_r(tree, list_one, &listing);
	pthread_rwlock_unlock(&lock);
	closure(NULL, data);
}

/**
 * struct saving - what a Save is about
 * @prefix: of the keys that are wanted
 * @file: where they go
 * @pairs: how many have
 */
struct saving {
	const char *prefix;
	FILE *file;
	uint32_t pairs;
};

static void save_one(const void *node, VISIT visit, void *context)
{
	const struct item *item = *(struct item *const *)node;
	struct saving *saving = context;

	if (visit != postorder && visit != leaf)
		return;
	if (strncmp(item->key, saving->prefix, strlen(saving->prefix)))
		return;
	fprintf(saving->file, "%s=%.*s\n", item->key, (int)item->length,
		(char *)item->value);
	saving->pairs++;
}

static void kv_save(Kv__Store_Service *service, const Kv__Prefix *input,
		    Kv__Saved_Closure closure, void *data)
{
	int fd = mailbox_rpc_take(mailbox_rpc_incoming(data), 1);
	struct saving saving = { .prefix = input->prefix };
	Kv__Saved saved = KV__SAVED__INIT;

	(void)service;
	if (fd >= 0)
		saving.file = fdopen(fd, "w");
	if (!saving.file) {
		if (fd >= 0)
			close(fd);
		mailbox_rpc_fail(data, MAILBOX_RPC_INVALID_ARGUMENT,
				 "no file to write to is attached");
		return;
	}
	pthread_rwlock_rdlock(&lock);
	twalk_r(tree, save_one, &saving);
	pthread_rwlock_unlock(&lock);
	if (fclose(saving.file)) {
		mailbox_rpc_fail(data, MAILBOX_RPC_RESOURCE_EXHAUSTED,
				 "writing: %s", strerror(errno));
		return;
	}
	saved.pairs = saving.pairs;
	closure(&saved, data);
}

int main(int argc, char **argv)
{
	static Kv__Store_Service service = KV__STORE__INIT(kv_);
	const struct mailbox_rpc_server_options options = {
		.size = sizeof(options),
		.mode = 0622,
	};
	const struct sigaction on_stop = { .sa_handler = stop };
	const char *name = argc > 1 ? argv[1] : "kv";
	int error;

	error = mailbox_rpc_server_new(name, &options, &server);
	if (!error)
		error = mailbox_rpc_server_add(server, &kv__store__interface,
					       &service.base);
	if (error) {
		fprintf(stderr, "%s: %s\n", name, mailbox_explain(error));
		return 1;
	}
	sigaction(SIGINT, &on_stop, NULL);
	sigaction(SIGTERM, &on_stop, NULL);
	do
		error = mailbox_rpc_serve(server, 4);
	while (error == -EINTR);
	mailbox_rpc_server_free(server);
	tdestroy(tree, (void (*)(void *))item_free);
	return error != 0;
}
