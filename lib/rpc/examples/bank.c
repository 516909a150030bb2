// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * A customer of the bank:
 *
 *	bank [-n NAME] deposit ACCOUNT AMOUNT
 *	bank [-n NAME] withdraw ACCOUNT AMOUNT
 *	bank [-n NAME] balance ACCOUNT
 *	bank [-n NAME] statement ACCOUNT
 */
#include <mailbox.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bank.rpc.h"

static int usage(void)
{
	fprintf(stderr,
		"usage: bank [-n NAME] deposit|withdraw ACCOUNT AMOUNT\n"
		"       bank [-n NAME] balance|statement ACCOUNT\n");
	return 2;
}

static int print_transfer(const ProtobufCMessage *message, void *context)
{
	const Bank__Transfer *one = (const Bank__Transfer *)message;

	(void)context;
	printf("%+lld\n", (long long)one->amount);
	return 0;
}

static int transfer(struct mailbox_rpc_stub *stub, const char *verb,
		    uint32_t account, long long amount, Bank__Balance **balance)
{
	Bank__Transfer input = BANK__TRANSFER__INIT;

	input.account = account;
	input.amount = amount;
	if (!strcmp(verb, "deposit"))
		return bank__bank__deposit__call(stub, &input, balance);
	return bank__bank__withdraw__call(stub, &input, balance);
}

static int ask(struct mailbox_rpc_stub *stub, const char *verb,
	       uint32_t account, Bank__Balance **balance)
{
	Bank__Account input = BANK__ACCOUNT__INIT;

	input.account = account;
	if (!strcmp(verb, "statement"))
		return bank__bank__statement__call(stub, &input,
						   print_transfer, NULL);
	return bank__bank__look__call(stub, &input, balance);
}

int main(int argc, char **argv)
{
	const struct mailbox_rpc_status *status;
	struct mailbox_rpc_stub *stub;
	Bank__Balance *balance = NULL;
	const char *name = "bank";
	bool moves;
	int option, error, code;

	while ((option = getopt(argc, argv, "n:")) != -1) {
		if (option != 'n')
			return usage();
		name = optarg;
	}
	argc -= optind;
	argv += optind;
	if (argc < 2)
		return usage();
	moves = !strcmp(argv[0], "deposit") || !strcmp(argv[0], "withdraw");
	if ((!moves && strcmp(argv[0], "balance") &&
	     strcmp(argv[0], "statement")) || argc != 2 + moves)
		return usage();
	error = mailbox_rpc_stub_new(name, &bank__bank__interface, &stub);
	if (error) {
		fprintf(stderr, "bank: %s\n", mailbox_explain(error));
		return 1;
	}
	if (moves)
		code = transfer(stub, argv[0],
				(uint32_t)strtoul(argv[1], NULL, 10),
				strtoll(argv[2], NULL, 10), &balance);
	else
		code = ask(stub, argv[0], (uint32_t)strtoul(argv[1], NULL, 10),
			   &balance);
	status = mailbox_rpc_stub_status(stub);
	if (code)
		fprintf(stderr, "bank: %s: %s\n", mailbox_rpc_code_name(code),
			status->text);
	if (balance)
		printf("%lld\n", (long long)balance->balance);
	bank__balance__free_unpacked(balance, NULL);
	mailbox_rpc_stub_free(stub);
	return code != 0;
}
