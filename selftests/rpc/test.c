// SPDX-License-Identifier: GPL-2.0-only
/* The methods of every kind that test.Test has. */
#include "rpc/server.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t met = PTHREAD_COND_INITIALIZER;
static int64_t here;
static int64_t ends;

static void ended(void)
{
	pthread_mutex_lock(&lock);
	ends++;
	pthread_mutex_unlock(&lock);
}

static void test_null(Test__Test_Service *service,
		      const Test__Nothing *input,
		      Test__Nothing_Closure closure, void *data)
{
	Test__Nothing reply = TEST__NOTHING__INIT;

	closure(&reply, data);
}

static void test_echo(Test__Test_Service *service, const Test__Bytes *input,
		      Test__Bytes_Closure closure, void *data)
{
	closure(input, data);
}

static void test_who(Test__Test_Service *service, const Test__Nothing *input,
		     Test__Caller_Closure closure, void *data)
{
	const struct mailbox_rpc_caller *caller = mailbox_rpc_caller(data);
	Test__Caller reply = TEST__CALLER__INIT;

	reply.pid = caller->pid;
	reply.uid = caller->uid;
	reply.gid = caller->gid;
	reply.deadline = mailbox_rpc_deadline(data);
	closure(&reply, data);
}

static void test_fail(Test__Test_Service *service, const Test__Failure *input,
		      Test__Nothing_Closure closure, void *data)
{
	mailbox_rpc_fail(data, input->code, "%s", input->text);
}

static void test_silent(Test__Test_Service *service,
			const Test__Nothing *input,
			Test__Nothing_Closure closure, void *data)
{
	closure(NULL, data);
}

struct late {
	int64_t number;
	Test__Number_Closure closure;
	void *data;
};

static void *late_run(void *argument)
{
	struct late late = *(struct late *)argument;
	Test__Number reply = TEST__NUMBER__INIT;

	free(argument);
	reply.number = late.number + 1;
	late.closure(&reply, late.data);
	return NULL;
}

static void test_late(Test__Test_Service *service, const Test__Number *input,
		      Test__Number_Closure closure, void *data)
{
	struct late *late = malloc(sizeof(*late));
	pthread_t thread;

	*late = (struct late){ input->number, closure, data };
	if (pthread_create(&thread, NULL, late_run, late))
		mailbox_rpc_fail(data, MAILBOX_RPC_INTERNAL, "no thread");
	else
		pthread_detach(thread);
}

static void test_meet(Test__Test_Service *service, const Test__Number *input,
		      Test__Number_Closure closure, void *data)
{
	Test__Number reply = TEST__NUMBER__INIT;

	pthread_mutex_lock(&lock);
	here++;
	pthread_cond_broadcast(&met);
	while (here < input->number)
		pthread_cond_wait(&met, &lock);
	pthread_mutex_unlock(&lock);
	reply.number = here;
	closure(&reply, data);
}

static void test_cancelled(Test__Test_Service *service,
			   const Test__Nothing *input,
			   Test__Nothing_Closure closure, void *data)
{
	pthread_mutex_lock(&lock);
	here++;
	pthread_mutex_unlock(&lock);
	while (!mailbox_rpc_cancelled(data))
		mb_pause();
	ended();
	closure(NULL, data);
}

static int64_t depth(const Test__Node *node)
{
	int64_t below = node->child ? depth(node->child) : 0;

	return below + 1;
}

static void test_depth(Test__Test_Service *service, const Test__Node *input,
		       Test__Number_Closure closure, void *data)
{
	Test__Number reply = TEST__NUMBER__INIT;

	reply.number = depth(input);
	closure(&reply, data);
}

static void test_nest(Test__Test_Service *service, const Test__Number *input,
		      Test__Node_Closure closure, void *data)
{
	Test__Node *nodes = calloc(input->number, sizeof(*nodes));

	for (int64_t i = 0; i < input->number; i++) {
		test__node__init(&nodes[i]);
		nodes[i].child = i ? &nodes[i - 1] : NULL;
	}
	closure(&nodes[input->number - 1], data);
	free(nodes);
}

static void test_large(Test__Test_Service *service, const Test__Number *input,
		       Test__Bytes_Closure closure, void *data)
{
	Test__Bytes reply = TEST__BYTES__INIT;

	if (input->number < 0) {
		mailbox_rpc_fail(data, MAILBOX_RPC_OUT_OF_RANGE, "negative");
		return;
	}
	reply.data.len = input->number;
	reply.data.data = malloc(input->number + 1);
	for (int64_t i = 0; i < input->number; i++)
		reply.data.data[i] = (uint8_t)(i >> 8 ^ i);
	closure(&reply, data);
	free(reply.data.data);
}

static void test_count(Test__Test_Service *service, const Test__Number *input,
		       Test__Number_Closure closure, void *data)
{
	for (int64_t i = 0; i < input->number; i++) {
		Test__Number one = TEST__NUMBER__INIT;

		one.number = i;
		closure(&one, data);
	}
	if (input->number == 13)
		mailbox_rpc_fail(data, MAILBOX_RPC_OUT_OF_RANGE, "unlucky");
	else
		closure(NULL, data);
}

static void test_count_and_die(Test__Test_Service *service,
			       const Test__Number *input,
			       Test__Number_Closure closure, void *data)
{
	for (int64_t i = 0; i < input->number / 2; i++) {
		Test__Number one = TEST__NUMBER__INIT;

		one.number = i;
		closure(&one, data);
	}
	_exit(0);
}

static void test_endless(Test__Test_Service *service,
			 const Test__Nothing *input,
			 Test__Number_Closure closure, void *data)
{
	Test__Number one = TEST__NUMBER__INIT;

	while (mailbox_rpc_stream_ready(data)) {
		closure(&one, data);
		one.number++;
	}
	ended();
	closure(NULL, data);
}

static void test_stop(Test__Test_Service *service, const Test__Nothing *input,
		      Test__Nothing_Closure closure, void *data)
{
	Test__Nothing reply = TEST__NOTHING__INIT;

	mailbox_rpc_server_stop(rpc_server);
	closure(&reply, data);
}

static void test_ends(Test__Test_Service *service, const Test__Nothing *input,
		      Test__Number_Closure closure, void *data)
{
	Test__Number reply = TEST__NUMBER__INIT;

	pthread_mutex_lock(&lock);
	reply.number = ends;
	pthread_mutex_unlock(&lock);
	closure(&reply, data);
}

static void test_sum(Test__Test_Service *service, const Test__Bytes *input,
		     Test__Number_Closure closure, void *data)
{
	Test__Number reply = TEST__NUMBER__INIT;

	for (size_t i = 0; i < input->data.len; i++)
		reply.number += input->data.data[i];
	closure(&reply, data);
}

Test__Test_Service rpc_test_service = TEST__TEST__INIT(test_);
