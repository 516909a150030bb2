// SPDX-License-Identifier: GPL-2.0-only
#include "oracle.h"

#include <glob.h>
#include <stdarg.h>

#define CHUNK		64	/* slots a receiver takes at once */
#define FINDINGS	10	/* of each kind, that are printed */

/* The desk's words that the oracle reads after a kill. */
#define desk_store(place, value) \
	__atomic_store_n(place, value, __ATOMIC_SEQ_CST)
#define desk_load(place)	__atomic_load_n(place, __ATOMIC_SEQ_CST)

static unsigned int dice(unsigned int *state, unsigned int sides)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 8) % sides;
}

/* What is the same whenever a message is tried. */
static __u32 message_hash(__u32 sender, __u32 number)
{
	__u32 hash = (sender + 1) * 2654435761U + number * 2246822519U;

	hash ^= hash >> 15;
	hash *= 2654435761U;
	return hash ^ hash >> 13;
}

static __u32 message_priority(__u32 sender, __u32 number)
{
	return message_hash(sender, number) % ORACLE_PRIORITIES;
}

static __u32 message_length(__u32 sender, __u32 number)
{
	return sizeof(struct oracle_head) +
	       (message_hash(sender, number) >> 8) % (ORACLE_FILL_MAX + 1);
}

struct oracle *oracle_new(int box, __u32 messages, __u32 kills,
			  unsigned int seed)
{
	struct oracle *oracle = calloc(1, sizeof(*oracle));
	int i;

	if (!oracle)
		return NULL;
	oracle->box = box;
	oracle->seed = seed;
	oracle->each = messages / ORACLE_SENDERS;
	/* Of a chunk less than a batch stays unused, unless its receiver dies. */
	oracle->slots = (messages / (CHUNK - ORACLE_BATCH + 1) +
			 ORACLE_RECEIVERS + kills + 2) * CHUNK;
	oracle->slot = mb_shared(oracle->slots * sizeof(*oracle->slot));
	oracle->slots_used = mb_shared(sizeof(*oracle->slots_used));
	oracle->sender = mb_shared(ORACLE_SENDERS * sizeof(*oracle->sender));
	oracle->receiver = mb_shared((ORACLE_RECEIVERS + 1) *
				     sizeof(*oracle->receiver));
	if (!oracle->slot || !oracle->slots_used || !oracle->sender ||
	    !oracle->receiver)
		return NULL;
	for (i = 0; i < ORACLE_SENDERS; i++) {
		oracle->sent[i] = mb_shared((oracle->each + ORACLE_BATCH) *
					    sizeof(*oracle->sent[i]));
		if (!oracle->sent[i])
			return NULL;
	}
	return oracle;
}

/* From here until @busy is 0 again, a death has to be looked into. */
static void call_begins(struct oracle_desk *desk, __u32 count)
{
	desk_store(&desk->first, desk->next);
	desk_store(&desk->count, count);
	desk_store(&desk->busy, 1);
}

/* The dead one's call is over; what it concerned is not used again. */
static void call_buried(struct oracle_desk *desk)
{
	if (desk->next < desk->first + desk->count)
		desk->next = desk->first + desk->count;
	desk->busy = 0;
}

/*
 * Senders
 */

static void message_write(struct mailbox_message *message, char *data,
			  __u32 sender, __u32 number)
{
	struct oracle_head head = {
		.magic = ORACLE_MAGIC,
		.sender = sender,
		.number = number,
		.length = message_length(sender, number),
		.priority = message_priority(sender, number),
	};

	memcpy(data, &head, sizeof(head));
	mb_fill(data + sizeof(head), head.length - sizeof(head), number);
	*message = (struct mailbox_message){
		.data = mb_ptr(data),
		.length = head.length,
		.tag = sender,
		.priority = head.priority,
	};
}

/* The message at @at of a desk's call: it was accepted. */
static void sent_note(struct oracle_sent *sent,
		      const struct mailbox_message *message)
{
	sent->seq = message->seq;
	sent->pid = message->pid;
	desk_store(&sent->fate, message->info & MAILBOX_INFO_RECEIVED ?
				ORACLE_TOLD : ORACLE_ACCEPTED);
}

static int send_one(struct oracle *oracle, int i, unsigned int *state)
{
	struct oracle_desk *desk = &oracle->sender[i];
	struct oracle_sent *sent = &oracle->sent[i][desk->next];
	char data[ORACLE_LENGTH_MAX];
	int ret;

	memset(&desk->send, 0, sizeof(desk->send));
	message_write(&desk->send.message, data, i, desk->next);
	switch (dice(state, 16)) {
	case 0:
	case 1:
		desk->send.flags = MAILBOX_SEND_SYNC;
		break;
	case 2:
		desk->send.flags = MAILBOX_NONBLOCK;
		break;
	case 3:
		desk->send.flags = MAILBOX_DEADLINE;
		if (dice(state, 2))
			desk->send.flags |= MAILBOX_SEND_SYNC;
		desk->send.clock = MAILBOX_CLOCK_MONOTONIC;
		desk->send.deadline = mb_now_ns(CLOCK_MONOTONIC) +
				      dice(state, 300000);
		break;
	}
	desk_store(&sent->fate, ORACLE_TRIED);
	call_begins(desk, 1);
	ret = mb_send(oracle->box, &desk->send);
	if (ret) {
		desk_store(&sent->fate, ORACLE_UNSENT);
		desk_store(&desk->busy, 0);
		return ret;
	}
	sent_note(sent, &desk->send.message);
	desk_store(&desk->next, desk->next + 1);
	desk_store(&desk->busy, 0);
	return 0;
}

static int send_many(struct oracle *oracle, int i, unsigned int *state)
{
	struct oracle_desk *desk = &oracle->sender[i];
	struct oracle_sent *sent = &oracle->sent[i][desk->next];
	static char data[ORACLE_BATCH][ORACLE_LENGTH_MAX];
	__u32 count = 1 + dice(state, ORACLE_BATCH), at;
	int ret;

	if (count > oracle->each - desk->next)
		count = oracle->each - desk->next;
	for (at = 0; at < count; at++) {
		message_write(&desk->messages[at], data[at], i,
			      desk->next + at);
		desk_store(&sent[at].fate, ORACLE_TRIED);
	}
	desk->batch = (struct mailbox_batch){
		.size = sizeof(desk->batch),
		.flags = dice(state, 4) ? 0 : MAILBOX_NONBLOCK,
		.messages = mb_ptr(desk->messages),
		.count = count,
	};
	call_begins(desk, count);
	ret = mb_send_batch(oracle->box, &desk->batch);
	for (at = 0; at < count; at++) {
		if (!ret && at < desk->batch.done)
			sent_note(&sent[at], &desk->messages[at]);
		else
			desk_store(&sent[at].fate, ORACLE_UNSENT);
	}
	if (!ret)
		desk_store(&desk->next, desk->next + desk->batch.done);
	desk_store(&desk->busy, 0);
	return ret;
}

struct oracle_call {
	struct oracle *oracle;
	int i;
};

static unsigned int seed_of(const struct oracle *oracle, int who, int run)
{
	return oracle->seed * 31 + who * 1009 + run * 100003;
}

static int sender_run(void *argument)
{
	struct oracle_call *call = argument;
	struct oracle *oracle = call->oracle;
	struct oracle_desk *desk = &oracle->sender[call->i];
	unsigned int state = seed_of(oracle, call->i, desk->runs);
	int ret;

	while (desk->next < oracle->each) {
		ret = dice(&state, 4) ? send_one(oracle, call->i, &state) :
					send_many(oracle, call->i, &state);
		/* refused: the same message again, until it is accepted */
		if (ret == -EAGAIN || ret == -ETIMEDOUT || ret == -EDQUOT)
			sched_yield();
		else if (ret)
			return ret;
	}
	return 0;
}

/* The dead sender's call: messages that it was told of were accepted. */
static void sender_inquest(struct oracle *oracle, int i, bool batch)
{
	struct oracle_desk *desk = &oracle->sender[i];
	const struct mailbox_message *message =
		batch ? desk->messages : &desk->send.message;
	struct oracle_sent *sent = &oracle->sent[i][desk->first];
	__u32 at;

	for (at = 0; at < desk->count; at++) {
		if (sent[at].fate == ORACLE_TRIED && message[at].seq)
			sent_note(&sent[at], &message[at]);
	}
	call_buried(desk);
}

/*
 * Receivers
 */

/* At least @count slots in a row. */
static int slots_get(struct oracle *oracle, struct oracle_desk *desk,
		     __u32 count)
{
	__u32 first;

	if (desk->end - desk->next >= count)
		return 0;
	first = __atomic_fetch_add(oracle->slots_used, CHUNK,
				   __ATOMIC_SEQ_CST);
	if (first + CHUNK > oracle->slots)
		return -ENOSPC;
	desk->next = first;
	desk->end = first + CHUNK;
	return 0;
}

static void slot_note(struct oracle_slot *slot, __u32 receiver, __u32 pid,
		      const struct mailbox_message *message)
{
	slot->pid = pid;
	slot->seq = message->seq;
	slot->tag = message->tag;
	slot->priority = message->priority;
	slot->length = message->length;
	desk_store(&slot->receiver, receiver + 1);
}

/* Room for a message; the memory is touched, so that no fault delays it. */
static void slot_offer(struct oracle_slot *slot,
		       struct mailbox_message *message)
{
	memset(slot, 0, sizeof(*slot));
	*message = (struct mailbox_message){
		.data = mb_ptr(slot->data),
		.room = sizeof(slot->data),
	};
}

static __u32 receive_flags(struct oracle_desk *desk, unsigned int *state,
			   __s64 *deadline, __u32 *clock)
{
	switch (dice(state, 12)) {
	case 0:
		return MAILBOX_NONBLOCK;
	case 1:
		*clock = MAILBOX_CLOCK_MONOTONIC;
		*deadline = mb_now_ns(CLOCK_MONOTONIC) + dice(state, 300000);
		return MAILBOX_DEADLINE;
	default:
		return 0;
	}
}

static int receive_one(struct oracle *oracle, int i, __u32 flags,
		       unsigned int *state)
{
	struct oracle_desk *desk = &oracle->receiver[i];
	int ret = slots_get(oracle, desk, 1);

	if (ret)
		return ret;
	memset(&desk->receive, 0, sizeof(desk->receive));
	desk->receive.flags = flags;
	if (!flags)
		desk->receive.flags = receive_flags(desk, state,
						    &desk->receive.deadline,
						    &desk->receive.clock);
	/* some look for one sender's messages, and do not wait for them */
	if (desk->receive.flags == MAILBOX_NONBLOCK && dice(state, 2)) {
		desk->receive.flags |= MAILBOX_RECEIVE_TAG;
		desk->receive.tag_min = dice(state, ORACLE_SENDERS);
		desk->receive.tag_max = desk->receive.tag_min;
	}
	slot_offer(&oracle->slot[desk->next], &desk->receive.message);
	call_begins(desk, 1);
	ret = mb_receive(oracle->box, &desk->receive);
	if (!ret) {
		slot_note(&oracle->slot[desk->next], i, desk->pid,
			  &desk->receive.message);
		desk_store(&desk->next, desk->next + 1);
	}
	desk_store(&desk->busy, 0);
	return ret;
}

static int receive_many(struct oracle *oracle, int i, unsigned int *state)
{
	struct oracle_desk *desk = &oracle->receiver[i];
	__u32 count = 1 + dice(state, ORACLE_BATCH), at;
	int ret = slots_get(oracle, desk, count);

	if (ret)
		return ret;
	desk->batch = (struct mailbox_batch){
		.size = sizeof(desk->batch),
		.messages = mb_ptr(desk->messages),
		.count = count,
	};
	desk->batch.flags = receive_flags(desk, state, &desk->batch.deadline,
					  &desk->batch.clock);
	for (at = 0; at < count; at++)
		slot_offer(&oracle->slot[desk->next + at],
			   &desk->messages[at]);
	call_begins(desk, count);
	ret = mb_receive_batch(oracle->box, &desk->batch);
	if (!ret) {
		for (at = 0; at < desk->batch.done; at++)
			slot_note(&oracle->slot[desk->next + at], i, desk->pid,
				  &desk->messages[at]);
		desk_store(&desk->next, desk->next + desk->batch.done);
	}
	desk_store(&desk->busy, 0);
	return ret;
}

static int receiver_run(void *argument)
{
	struct oracle_call *call = argument;
	struct oracle *oracle = call->oracle;
	struct oracle_desk *desk = &oracle->receiver[call->i];
	unsigned int state = seed_of(oracle, 100 + call->i, desk->runs);
	int ret;

	desk_store(&desk->pid, getpid());
	for (;;) {
		ret = dice(&state, 4) ?
		      receive_one(oracle, call->i, 0, &state) :
		      receive_many(oracle, call->i, &state);
		if (ret == -EIDRM)
			return 0;
		if (ret && ret != -EAGAIN && ret != -ETIMEDOUT)
			return ret;
	}
}

/* The dead receiver's call: what the module wrote there was received. */
static void receiver_inquest(struct oracle *oracle, int i, bool batch)
{
	struct oracle_desk *desk = &oracle->receiver[i];
	const struct mailbox_message *message =
		batch ? desk->messages : &desk->receive.message;
	__u32 at;

	for (at = 0; at < desk->count; at++) {
		struct oracle_slot *slot = &oracle->slot[desk->first + at];
		struct oracle_head *head = (void *)slot->data;

		if (message[at].seq) {
			slot_note(slot, i, desk->pid, &message[at]);
		} else if (head->magic) {
			slot->silent = 1;
			slot->pid = desk->pid;
			slot->receiver = i + 1;
		}
	}
	call_buried(desk);
}

/*
 * Processes
 */

int oracle_start_sender(struct oracle *oracle, int i)
{
	struct oracle_call call = { oracle, i };

	oracle->sender[i].runs++;
	return mb_child_start(&oracle->sender_child[i], sender_run, &call);
}

int oracle_start_receiver(struct oracle *oracle, int i)
{
	struct oracle_call call = { oracle, i };

	oracle->receiver[i].runs++;
	return mb_child_start(&oracle->receiver_child[i], receiver_run, &call);
}

/* Which of the structures that share their memory the call used. */
static bool desk_has_batch(const struct oracle_desk *desk)
{
	return desk->batch.size == sizeof(desk->batch);
}

void oracle_kill_sender(struct oracle *oracle, int i)
{
	struct oracle_desk *desk = &oracle->sender[i];

	mb_child_kill(&oracle->sender_child[i]);
	if (desk_load(&desk->busy))
		sender_inquest(oracle, i, desk_has_batch(desk));
	/* died between writing down and calling: nothing was sent */
	while (desk->next < oracle->each &&
	       oracle->sent[i][desk->next].fate == ORACLE_TRIED)
		desk->next++;
}

void oracle_kill_receiver(struct oracle *oracle, int i)
{
	struct oracle_desk *desk = &oracle->receiver[i];

	mb_child_kill(&oracle->receiver_child[i]);
	if (desk_load(&desk->busy))
		receiver_inquest(oracle, i, desk_has_batch(desk));
}

bool oracle_sender_done(const struct oracle *oracle, int i)
{
	return desk_load(&oracle->sender[i].next) >= oracle->each;
}

unsigned int oracle_sent_count(const struct oracle *oracle)
{
	unsigned int count = 0;
	int i;

	for (i = 0; i < ORACLE_SENDERS; i++)
		count += desk_load(&oracle->sender[i].next);
	return count;
}

unsigned int oracle_progress(const struct oracle *oracle)
{
	unsigned int count = oracle_sent_count(oracle);
	int i;

	for (i = 0; i < ORACLE_RECEIVERS; i++)
		count += desk_load(&oracle->receiver[i].next);
	return count;
}

int oracle_drain(struct oracle *oracle)
{
	unsigned int state = oracle->seed;
	int count = 0, ret;

	oracle->receiver[ORACLE_RECEIVERS].pid = getpid();
	/* the flag keeps it from being a call that waits */
	for (;;) {
		struct mailbox_stat stat = mb_stat_now(oracle->box);

		ret = receive_one(oracle, ORACLE_RECEIVERS, MAILBOX_NONBLOCK,
				  &state);
		if (!ret)
			count++;
		else if (ret != -EAGAIN)
			return ret;
		else if (!stat.messages && !stat.blocked_senders)
			return count;
	}
}

/*
 * The verdict
 */

static void __attribute__((format(printf, 2, 3)))
finding(unsigned int *count, const char *format, ...)
{
	va_list arguments;

	if ((*count)++ >= FINDINGS)
		return;
	fputs("# ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

/* What was received, by (sender, number). */
struct record {
	__u32 times;
	__u32 slot;		/* the first one */
	__u32 silent;		/* times that only a buffer knew of it */
};

static bool slot_sound(const struct oracle *oracle,
		       const struct oracle_slot *slot)
{
	const struct oracle_head *head = (const void *)slot->data;

	if (head->magic != ORACLE_MAGIC || head->sender >= ORACLE_SENDERS ||
	    head->number >= oracle->each ||
	    head->length != message_length(head->sender, head->number) ||
	    mb_differs(slot->data + sizeof(*head),
		       head->length - sizeof(*head), head->number) >= 0)
		return false;
	return slot->silent ||
	       (slot->length == head->length && slot->tag == head->sender &&
		slot->priority == head->priority);
}

static void judge_slots(const struct oracle *oracle,
			struct oracle_verdict *verdict, struct record **record)
{
	/* the last number seen, by receiver, sender and priority */
	__u32 last[ORACLE_RECEIVERS + 1][ORACLE_SENDERS][ORACLE_PRIORITIES];
	__u32 at;

	memset(last, 0, sizeof(last));
	for (at = 0; at < oracle->slots; at++) {
		const struct oracle_slot *slot = &oracle->slot[at];
		const struct oracle_head *head = (const void *)slot->data;
		struct record *one;
		__u32 *before;

		if (!slot->receiver)
			continue;
		if (!slot_sound(oracle, slot)) {
			finding(&verdict->garbled,
				"slot %u: magic %llx sender %u number %u length %u, told %u, tag %llu",
				at, (unsigned long long)head->magic,
				head->sender, head->number, head->length,
				slot->length, (unsigned long long)slot->tag);
			continue;
		}
		one = &record[head->sender][head->number];
		if (slot->silent) {
			one->silent++;
			if (!one->times)
				one->slot = at;
			continue;
		}
		verdict->received++;
		if (!one->times++)
			one->slot = at;
		before = &last[slot->receiver - 1][head->sender]
			      [head->priority];
		if (*before > head->number)
			finding(&verdict->disordered,
				"receiver %u saw %u of sender %u after %u (priority %u)",
				slot->receiver - 1, head->number, head->sender,
				*before, head->priority);
		*before = head->number;
	}
}

static void judge_sent(const struct oracle *oracle,
		       struct oracle_verdict *verdict, int sender,
		       __u32 number, const struct record *one)
{
	const struct oracle_sent *sent = &oracle->sent[sender][number];
	const struct oracle_slot *slot = &oracle->slot[one->slot];
	bool arrived = one->times || one->silent;

	/* nobody else has it: the buffer of the dead is proof enough */
	if (!one->times && one->silent)
		verdict->silent++;
	if (one->times > 1)
		finding(&verdict->twice, "message %u of sender %d: %u times",
			number, sender, one->times);

	switch (sent->fate) {
	case ORACLE_UNSENT:
		if (one->times)
			finding(&verdict->unsent,
				"message %u of sender %d was not sent, but received",
				number, sender);
		return;
	case ORACLE_TRIED:
		verdict->tried_received += arrived;
		verdict->tried_gone += !arrived;
		return;
	case ORACLE_TOLD:
		verdict->told++;
		if (arrived && slot->pid != sent->pid)
			finding(&verdict->mistold,
				"message %u of sender %d: told of %u, received by %u",
				number, sender, sent->pid, slot->pid);
		break;
	}
	verdict->accepted++;
	if (!arrived)
		finding(&verdict->lost, "message %u of sender %d is lost%s",
			number, sender, sent->fate == ORACLE_TOLD ?
					", though reported as received" : "");
	else if (one->times && sent->seq != slot->seq)
		finding(&verdict->misnumbered,
			"message %u of sender %d: seq %llu sent, %llu received",
			number, sender, (unsigned long long)sent->seq,
			(unsigned long long)slot->seq);
}

void oracle_judge(const struct oracle *oracle, struct oracle_verdict *verdict)
{
	struct record *record[ORACLE_SENDERS];
	__u32 number;
	int i;

	memset(verdict, 0, sizeof(*verdict));
	for (i = 0; i < ORACLE_SENDERS; i++) {
		record[i] = calloc(oracle->each + 1, sizeof(*record[i]));
		if (!record[i])
			abort();
	}
	judge_slots(oracle, verdict, record);
	for (i = 0; i < ORACLE_SENDERS; i++) {
		for (number = 0; number < oracle->each; number++)
			judge_sent(oracle, verdict, i, number,
				   &record[i][number]);
		free(record[i]);
	}
}

/*
 * Slabs
 */

long oracle_slab_objects(void)
{
	char path[320], text[256];
	long objects = 0;
	glob_t found;
	size_t i;

	if (glob("/sys/kernel/slab/mailbox*", 0, NULL, &found))
		return -1;
	for (i = 0; i < found.gl_pathc; i++) {
		snprintf(path, sizeof(path), "%s/shrink", found.gl_pathv[i]);
		mb_write_file(path, "1");
		snprintf(path, sizeof(path), "%s/objects", found.gl_pathv[i]);
		if (mb_read_file(path, text, sizeof(text)) < 0) {
			objects = -1;
			break;
		}
		objects += strtol(text, NULL, 10);
	}
	globfree(&found);
	return objects;
}
