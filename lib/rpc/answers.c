// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * What clients have been answered, so that a repetition is answered alike and not
 * executed again.
 *
 * A client has one call at a time, so one answer is enough: a call with a higher
 * number acknowledges the last.  The place is taken back when the deadlines of all
 * calls of the client have passed: a repetition that comes later is refused for its
 * deadline, by the same clock.
 *
 * A client's place is sought from where its identity says, to the first that has
 * never been used: places are reused, not emptied.
 */
#include <errno.h>
#include <string.h>

#include "journal.h"

static struct journal_answer *
answer_at(const struct mailbox_rpc_journal *journal, unsigned int place)
{
	return (void *)((char *)journal->header + journal->layout.answers +
			place * journal->layout.stride);
}

size_t rpc_answer_room(const struct mailbox_rpc_journal *journal)
{
	return journal->header->sizes.answer;
}

/* A user may hold half of what others leave, except if there is only one. */
static bool may_take(const struct mailbox_rpc_journal *journal, uint32_t uid,
		     uint64_t now)
{
	unsigned int count = journal->header->sizes.answers;
	unsigned int own = 0, others = 0;

	for (unsigned int i = 0; i < count; i++) {
		const struct journal_answer *answer = answer_at(journal, i);

		if (!answer->identity || answer->deadline < now)
			continue;
		if (answer->uid == uid)
			own++;
		else
			others++;
	}
	return own < (count - others + 1) / 2;
}

enum rpc_answer rpc_answer_find(struct mailbox_rpc_journal *journal,
				const struct rpc_call_key *key, uint64_t now,
				unsigned int *place, const uint8_t **data,
				size_t *length)
{
	unsigned int count = journal->header->sizes.answers;
	bool found = false;

	for (unsigned int i = 0; i < count; i++) {
		unsigned int at = (unsigned int)((key->identity + i) % count);
		const struct journal_answer *answer = answer_at(journal, at);

		if (answer->identity == key->identity &&
		    answer->uid == key->uid) {
			*place = at;
			if (key->sequence > answer->sequence)
				return RPC_ANSWER_NEW;
			if (key->sequence < answer->sequence)
				return RPC_ANSWER_OLD;
			*data = (const uint8_t *)(answer + 1);
			*length = answer->length;
			return RPC_ANSWER_KNOWN;
		}
		if (!found && (!answer->identity || answer->deadline < now)) {
			*place = at;
			found = true;
		}
		if (!answer->identity)
			break;
	}
	if (found && may_take(journal, key->uid, now))
		return RPC_ANSWER_NEW;
	return RPC_ANSWER_FULL;
}

/*
 * The bytes are not logged.  If this process dies, the head is put back: to a call
 * that its client has acknowledged, or whose deadline has passed, and so nobody is
 * given the bytes.
 */
int rpc_answer_keep(struct mailbox_rpc_journal *journal, unsigned int place,
		    const struct rpc_call_key *key, const void *data,
		    size_t length)
{
	struct journal_answer *answer = answer_at(journal, place);
	bool same = answer->identity == key->identity &&
		    answer->uid == key->uid;
	int error;

	if (length > rpc_answer_room(journal))
		return -EMSGSIZE;
	error = rpc_journal_touch(journal, answer, sizeof(*answer));
	if (error)
		return error;
	if (!same || answer->deadline < key->deadline)
		answer->deadline = key->deadline;
	answer->identity = key->identity;
	answer->uid = key->uid;
	answer->sequence = key->sequence;
	answer->length = (uint32_t)length;
	memcpy(answer + 1, data, length);
	return 0;
}
