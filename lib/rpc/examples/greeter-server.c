// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#include <stdio.h>

#include "greeter.rpc.h"

static void greeter_greet(Greeter__Greeter_Service *service,
			  const Greeter__Person *input,
			  Greeter__Greeting_Closure closure, void *data)
{
	Greeter__Greeting reply = GREETER__GREETING__INIT;
	char text[100];

	(void)service;
	if (!*input->name) {
		mailbox_rpc_fail(data, MAILBOX_RPC_INVALID_ARGUMENT,
				 "whom shall I greet?");
		return;
	}
	snprintf(text, sizeof(text), "Hello, %s: you are user %u", input->name,
		 mailbox_rpc_caller(data)->uid);
	reply.text = text;
	closure(&reply, data);
}

int main(void)
{
	Greeter__Greeter_Service service = GREETER__GREETER__INIT(greeter_);
	struct mailbox_rpc_server *server;

	if (mailbox_rpc_server_new("greeter", NULL, &server) ||
	    mailbox_rpc_server_add(server, &greeter__greeter__interface,
				   &service.base))
		return 1;
	return mailbox_rpc_serve(server, 2) != 0;
}
