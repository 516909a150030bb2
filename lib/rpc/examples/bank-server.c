// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The bank: bank-server [NAME]
 *
 * Its accounts lie in a journal, in a section that outlives it.  Kill it whenever you
 * like, and start it again: no withdrawal is lost, none is made twice.
 */
#include <errno.h>
#include <mailbox.h>
#include <signal.h>
#include <stdio.h>

#include "bank.rpc.h"
#include "bank-state.h"

static const struct mailbox_rpc_journal_sizes sizes = {
	.state = sizeof(struct bank_state),
	.log = 256,
	.answers = 256,
	.answer = 128,
};

static struct mailbox_rpc_server *server;

static void stop(int signal)
{
	(void)signal;
	mailbox_rpc_server_stop(server);
}

static struct account *account_find(struct mailbox_rpc_context *context,
				    uint32_t number)
{
	struct bank_state *state =
		mailbox_rpc_journal_state(mailbox_rpc_journal(context));

	if (number < ACCOUNTS)
		return &state->accounts[number];
	mailbox_rpc_fail(context, MAILBOX_RPC_NOT_FOUND,
			 "no account %u: they are numbered 0 to %u", number,
			 ACCOUNTS - 1);
	return NULL;
}

/* The one place where money moves. */
static void transfer(struct mailbox_rpc_context *context, uint32_t number,
		     int64_t amount, Bank__Balance_Closure closure)
{
	struct account *account = account_find(context, number);
	Bank__Balance reply = BANK__BALANCE__INIT;

	if (!account)
		return;
	if (account->balance + amount < 0) {
		mailbox_rpc_fail(context, MAILBOX_RPC_FAILED_PRECONDITION,
				 "account %u has %lld", number,
				 (long long)account->balance);
		return;
	}
	if (mailbox_rpc_journal_touch(mailbox_rpc_journal(context), account,
				      sizeof(*account))) {
		mailbox_rpc_fail(context, MAILBOX_RPC_INTERNAL,
				 "the journal's log is full");
		return;
	}
	account->latest[account->transfers++ % LATEST] = amount;
	account->balance += amount;
	reply.balance = account->balance;
	reply.transfers = account->transfers;
	closure(&reply, context);
}

/* Is it an amount of money at all? */
static bool amount_check(struct mailbox_rpc_context *context, int64_t amount)
{
	if (amount > 0 && amount <= INT32_MAX)
		return true;
	mailbox_rpc_fail(context, MAILBOX_RPC_INVALID_ARGUMENT,
			 "an amount is 1 to %d, not %lld", INT32_MAX,
			 (long long)amount);
	return false;
}

static void bank_deposit(Bank__Bank_Service *service,
			 const Bank__Transfer *input,
			 Bank__Balance_Closure closure, void *data)
{
	(void)service;
	if (amount_check(data, input->amount))
		transfer(data, input->account, input->amount, closure);
}

static void bank_withdraw(Bank__Bank_Service *service,
			  const Bank__Transfer *input,
			  Bank__Balance_Closure closure, void *data)
{
	(void)service;
	if (amount_check(data, input->amount))
		transfer(data, input->account, -input->amount, closure);
}

static void bank_look(Bank__Bank_Service *service, const Bank__Account *input,
		      Bank__Balance_Closure closure, void *data)
{
	struct account *account = account_find(data, input->account);
	Bank__Balance reply = BANK__BALANCE__INIT;

	(void)service;
	if (!account)
		return;
	reply.balance = account->balance;
	reply.transfers = account->transfers;
	closure(&reply, data);
}

/* A stream is not a change: it takes a copy within one. */
static void bank_statement(Bank__Bank_Service *service,
			   const Bank__Account *input,
			   Bank__Transfer_Closure closure, void *data)
{
	struct mailbox_rpc_journal *journal = mailbox_rpc_journal(data);
	struct account *account = account_find(data, input->account);
	struct account copy;
	uint64_t first;

	(void)service;
	if (!account)
		return;
	if (mailbox_rpc_journal_begin(journal)) {
		mailbox_rpc_fail(data, MAILBOX_RPC_INTERNAL, "no journal");
		return;
	}
	copy = *account;
	mailbox_rpc_journal_commit(journal);
	first = copy.transfers > LATEST ? copy.transfers - LATEST : 0;
	for (uint64_t i = first; i < copy.transfers; i++) {
		Bank__Transfer one = BANK__TRANSFER__INIT;

		one.account = input->account;
		one.amount = copy.latest[i % LATEST];
		closure(&one, data);
	}
	closure(NULL, data);
}

int main(int argc, char **argv)
{
	static Bank__Bank_Service service = BANK__BANK__INIT(bank_);
	struct mailbox_rpc_server_options options = {
		.size = sizeof(options),
		.mode = 0622,
		.persist = true,
	};
	const struct sigaction on_stop = { .sa_handler = stop };
	const char *name = argc > 1 ? argv[1] : "bank";
	int error;

	error = mailbox_rpc_journal_section(name, &sizes, &options.journal);
	if (!error)
		error = mailbox_rpc_server_new(name, &options, &server);
	if (!error)
		error = mailbox_rpc_server_add(server, &bank__bank__interface,
					       &service.base);
	if (error) {
		fprintf(stderr, "%s: %s\n", name, mailbox_explain(error));
		return 1;
	}
	sigaction(SIGINT, &on_stop, NULL);
	sigaction(SIGTERM, &on_stop, NULL);
	do
		error = mailbox_rpc_serve(server, 2);
	while (error == -EINTR);
	mailbox_rpc_server_free(server);
	mailbox_rpc_journal_close(options.journal);
	if (error)
		fprintf(stderr, "%s: %s\n", name, mailbox_explain(error));
	return error != 0;
}
