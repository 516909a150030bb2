// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
#include <stdio.h>

#include "greeter.rpc.h"

int main(int argc, char **argv)
{
	Greeter__Person person = GREETER__PERSON__INIT;
	struct mailbox_rpc_stub *stub;
	Greeter__Greeting *greeting;

	if (argc > 1)
		person.name = argv[1];
	if (mailbox_rpc_stub_new("greeter", &greeter__greeter__interface,
				 &stub))
		return 1;
	if (greeter__greeter__greet__call(stub, &person, &greeting)) {
		fprintf(stderr, "%s\n", mailbox_rpc_stub_status(stub)->text);
		return 1;
	}
	puts(greeting->text);
	greeter__greeting__free_unpacked(greeting, NULL);
	mailbox_rpc_stub_free(stub);
	return 0;
}
