// SPDX-License-Identifier: GPL-2.0-only
/*
 * What to say when an operation on a mailbox fails: not only which error it
 * was, but the facts behind it (whose mailbox, how full, which limit), as far
 * as the caller may see them, and what can be done.
 *
 * The facts are asked for after the failure, so they may have changed.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "text.h"
#include "trouble.h"
#include "user.h"

static const char *const verbs[] = {
	[TO_CREATE] = "create",
	[TO_LOOK] = "look at",
	[TO_SEND] = "send to",
	[TO_RECEIVE] = "receive from",
	[TO_DESTROY] = "destroy",
	[TO_UNLINK] = "unlink",
	[TO_SET] = "change",
	[TO_CALL] = "call",
	[TO_SERVE] = "serve",
	[TO_LISTEN] = "make the port",
	[TO_CONNECT] = "connect to",
	[TO_NOTIFY] = "be told of",
};

static const char *shown(const struct trouble *trouble)
{
	return trouble->address ? trouble->address->shown : "a mailbox";
}

/* The facts; false if this caller may not know them. */
static bool look(const struct trouble *trouble, struct mailbox_stat *stat)
{
	return trouble->address && !address_is_process(trouble->address) &&
	       !address_stat(trouble->address, trouble->client, stat);
}

static void report_gone(const struct trouble *trouble)
{
	warn_text("there is no mailbox '%s' here", shown(trouble));
	hint("'mailboxctl list' shows those that you own or may receive from,");
	hint("'mailboxctl create' makes one.  Each network namespace has its own.");
}

static void report_destroyed(const struct trouble *trouble)
{
	warn_text("%s has been destroyed", shown(trouble));
}

static void report_no_receiver(const struct trouble *trouble)
{
	if (trouble->operation == TO_RECEIVE)
		warn_text("%s is empty, and nobody has it open to send",
			  shown(trouble));
	else if (trouble->operation == TO_CALL ||
		 trouble->operation == TO_CONNECT)
		warn_text("nobody at %s can answer any more: who took it has ended, or nobody serves there",
			  shown(trouble));
	else
		warn_text("nobody can receive from %s any more",
			  shown(trouble));
}

/* Why a send would wait. */
static void report_full(const struct trouble *trouble, const char *in_time)
{
	struct mailbox_stat stat;

	if (!look(trouble, &stat))
		warn_text("%s takes no more messages%s", shown(trouble),
			  in_time);
	else if ((stat.create_flags & MAILBOX_STAT_CLOSED) &&
		 stat.messages < stat.capacity)
		warn_text("%s was full and is closed%s: it holds %u of %u messages, and opens when it holds no more than %u",
			  shown(trouble), in_time, stat.messages,
			  stat.capacity, stat.low_water);
	else if (stat.messages < stat.capacity)
		warn_text("your share of %s is used up%s: it holds %u of %u messages, and who does not own it may fill half of what others leave",
			  shown(trouble), in_time, stat.messages,
			  stat.capacity);
	else if (stat.capacity)
		warn_text("%s is full%s: it holds %u of %u messages",
			  shown(trouble), in_time, stat.messages,
			  stat.capacity);
	else
		warn_text("no receiver waits at %s%s, and it holds no messages itself (rendezvous)",
			  shown(trouble), in_time);
}

/* Why a receive would wait. */
static void report_empty(const struct trouble *trouble, const char *in_time)
{
	struct mailbox_stat stat;

	if (look(trouble, &stat) && stat.messages)
		warn_text("none of the %u messages in %s is for this receive%s",
			  stat.messages, shown(trouble), in_time);
	else
		warn_text("%s holds no message%s", shown(trouble), in_time);
}

/* Why an answer would be waited for. */
static void report_unanswered(const struct trouble *trouble)
{
	struct mailbox_stat stat;

	warn_text("%s did not answer in time", shown(trouble));
	if (look(trouble, &stat) && !stat.waiting_receivers)
		hint("Nobody waits for messages there now: is it served?");
}

static void report_waiting(const struct trouble *trouble, const char *in_time)
{
	if (trouble->operation == TO_RECEIVE ||
	    trouble->operation == TO_SERVE)
		report_empty(trouble, in_time);
	else if (trouble->operation == TO_CALL ||
		 trouble->operation == TO_CONNECT)
		report_unanswered(trouble);
	else if (trouble->operation == TO_NOTIFY)
		warn_text("nothing happened to %s in time", shown(trouble));
	else
		report_full(trouble, in_time);
}

static void report_taken(const struct trouble *trouble)
{
	warn_text("the name '%s' is taken", shown(trouble));
	hint("'mailboxctl stat %s' shows who has it, 'mailboxctl destroy %s' ends it.",
	     shown(trouble), shown(trouble));
}

static void report_size(const struct trouble *trouble)
{
	struct mailbox_stat stat;

	if (look(trouble, &stat))
		warn_text("%s takes messages of up to %u bytes, this one has %zu",
			  shown(trouble), stat.max_message, trouble->length);
	else
		warn_text("a message of %zu bytes is too long for %s",
			  trouble->length, shown(trouble));
	hint("Its owner can raise the limit: 'mailboxctl set --max-message SIZE'.");
}

/* One of the quotas that an operation can meet. */
struct quota {
	const char *what;
	uint64_t used;
	uint64_t limit;
	uint64_t wanted;	/* on top of what is used */
	bool bytes;
};

static double quota_share(const struct quota *quota)
{
	if (!quota->limit)
		return 1e9;
	return (double)(quota->used + quota->wanted) / (double)quota->limit;
}

static void hint_quota(const struct quota *quota, bool culprit)
{
	char *used = quota->bytes ? text_bytes(quota->used) :
				    text_format("%" PRIu64, quota->used);
	char *limit = quota->bytes ? text_bytes(quota->limit) :
				     text_format("%" PRIu64, quota->limit);

	hint("%-27s %s of %s%s", quota->what, used, limit,
	     culprit ? "  <- this one" : "");
	free(used);
	free(limit);
}

/* Which one it was the module does not say: the one that is fullest. */
static void hint_quotas(const struct quota *quotas, size_t count)
{
	size_t fullest = 0;
	size_t i;

	for (i = 1; i < count; i++)
		if (quota_share(&quotas[i]) > quota_share(&quotas[fullest]))
			fullest = i;
	for (i = 0; i < count; i++)
		hint_quota(&quotas[i], i == fullest);
}

static void report_quota(const struct trouble *trouble)
{
	bool create = trouble->operation == TO_CREATE;
	struct mailbox_query query;

	warn_text("cannot %s %s: that would exceed a quota", verbs[trouble->operation],
		  shown(trouble));
	if (mailbox_query(trouble->client, &query))
		return;
	hint_quotas((struct quota[]) {
		{ "mailboxes of your user:", query.user_mailboxes,
		  query.user_mailboxes_max, create, false },
		{ "waiting calls of your user:", query.user_waiting,
		  query.user_waiting_max, !create, false },
		{ "queued by your user:", query.user_bytes,
		  query.user_bytes_max, trouble->length, true },
		{ "queued by all users:", query.total_bytes,
		  query.total_bytes_max, trouble->length, true },
	}, 4);
	hint(create ? "'mailboxctl destroy' ends mailboxes that nobody needs." :
		      "What is received is no longer counted.");
}

static void report_access(const struct trouble *trouble)
{
	char *me = user_name(geteuid());
	struct mailbox_stat stat;
	char *owner, *group;

	warn_text("%s may not %s %s", me, verbs[trouble->operation],
		  shown(trouble));
	free(me);
	if (!look(trouble, &stat)) {
		hint("Its owner can allow it: 'mailboxctl set --mode MODE %s'.",
		     shown(trouble));
		return;
	}
	owner = user_name(stat.uid);
	group = user_group_name(stat.gid);
	hint("Its mode is %04o, its group %s; %s, who owns it, can change that:",
	     stat.mode, group, owner);
	hint("'mailboxctl set --mode MODE %s'.", shown(trouble));
	free(owner);
	free(group);
}

static void report_not_owner(const struct trouble *trouble)
{
	struct mailbox_stat stat;
	char *owner;

	if (trouble->address && address_is_process(trouble->address)) {
		warn_text("may not %s %s: it is another user's",
			  verbs[trouble->operation], shown(trouble));
		hint("Who may send it a signal may; others if the process has opened its SELF.");
		return;
	}
	warn_text("only its owner, or root, may %s %s",
		  verbs[trouble->operation], shown(trouble));
	if (!look(trouble, &stat))
		return;
	owner = user_name(stat.uid);
	hint("It belongs to %s.", owner);
	free(owner);
}

static void hint_claims(const struct mailbox_stat *stat)
{
	size_t i;

	for (i = 0; i < sizeof(stat->claims) / sizeof(*stat->claims); i++)
		if (stat->claims[i])
			hint("Process %u uses it now.", stat->claims[i]);
}

static void report_claimed(const struct trouble *trouble, int error)
{
	struct mailbox_stat stat;
	bool seen = look(trouble, &stat);

	if (seen && stat.policy == MAILBOX_POLICY_ALL)
		warn_text("%s has all the %u receivers that it may have",
			  shown(trouble), stat.max_receivers);
	else if (error == EBUSY)
		warn_text("another process receives from %s, and its policy is exclusive",
			  shown(trouble));
	else
		warn_text("two processes use %s already, and its policy is pair",
			  shown(trouble));
	if (seen)
		hint_claims(&stat);
}

static void report_no_process(const struct trouble *trouble)
{
	if (!trouble->address || !address_is_process(trouble->address)) {
		warn_text("the process to receive from has ended");
		return;
	}
	warn_text("%s does not use mailboxes here, or has ended",
		  shown(trouble));
	hint("A process is sent to once it has opened /dev/mailbox, in this network namespace.");
}

/* CONNECT has a word for both: no port, or an odd greeting. */
static void report_no_port(const struct trouble *trouble)
{
	struct mailbox_stat stat;

	if (trouble->operation == TO_CONNECT)
		warn_text("%s is a mailbox, and no port to connect to",
			  shown(trouble));
	else if (look(trouble, &stat) &&
		 (stat.create_flags & MAILBOX_STAT_PORT))
		warn_text("cannot %s %s: it is a port, and takes connections ('mailboxctl connect')",
			  verbs[trouble->operation], shown(trouble));
	else if (look(trouble, &stat) && stat.policy == MAILBOX_POLICY_ALL)
		warn_text("cannot %s %s: its policy is all, and a call is for one",
			  verbs[trouble->operation], shown(trouble));
	else
		warn_text("cannot %s %s: %s", verbs[trouble->operation],
			  shown(trouble), mailbox_explain(EINVAL));
}

static void report_other(const struct trouble *trouble, int error)
{
	warn_text("cannot %s %s: %s", verbs[trouble->operation],
		  shown(trouble), strerror(error));
	hint("%s", mailbox_explain(error));
}

enum exit_code trouble_report(const struct trouble *trouble, int error)
{
	error = abs(error);
	switch (error) {
	case ENOENT:
		report_gone(trouble);
		return EXIT_GONE;
	case EIDRM:
		report_destroyed(trouble);
		return EXIT_GONE;
	case EPIPE:
		report_no_receiver(trouble);
		return EXIT_GONE;
	case EAGAIN:
		report_waiting(trouble, "");
		return EXIT_WAIT;
	case ETIMEDOUT:
		report_waiting(trouble, ", and that did not change in time");
		return EXIT_WAIT;
	case EEXIST:
		report_taken(trouble);
		break;
	case EMSGSIZE:
		report_size(trouble);
		break;
	case EDQUOT:
		report_quota(trouble);
		break;
	case ESRCH:
		report_no_process(trouble);
		return EXIT_GONE;
	case ECONNREFUSED:
		warn_text("%s refuses the connection, with the reason %u",
			  shown(trouble), trouble->reason);
		return EXIT_REFUSED;
	case EINVAL:
		report_no_port(trouble);
		break;
	case EACCES:
		report_access(trouble);
		break;
	case EPERM:
		report_not_owner(trouble);
		break;
	case EBUSY:
	case EUSERS:
		report_claimed(trouble, error);
		break;
	default:
		report_other(trouble, error);
	}
	return EXIT_FAIL;
}
