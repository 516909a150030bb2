// SPDX-License-Identifier: GPL-2.0-only
/*
 * The order of a queue against that of a sorted list: messages of all priorities
 * are sent, received, chosen and looked at, by dice.
 */
#include "lib/test.h"
#include "lib/transfer.h"

#define MOST		64
#define STEPS		8000
#define SEEDS		4

/* A message that is in the mailbox: its number says when it was sent. */
struct item {
	__u32 number;
	__u32 priority;
	__u64 tag;
};

/* What should be there, in order of receipt. */
struct list {
	struct item item[MOST];
	unsigned int count;
};

static void list_add(struct list *list, struct item item)
{
	unsigned int at = list->count;

	while (at && list->item[at - 1].priority < item.priority) {
		list->item[at] = list->item[at - 1];
		at--;
	}
	list->item[at] = item;
	list->count++;
}

static void list_remove(struct list *list, unsigned int at)
{
	list->count--;
	memmove(&list->item[at], &list->item[at + 1],
		(list->count - at) * sizeof(list->item[0]));
}

static bool wanted(const struct mailbox_receive *receive, __u64 tag)
{
	bool in = tag >= receive->tag_min && tag <= receive->tag_max;

	if (!(receive->flags & MAILBOX_RECEIVE_TAG))
		return true;
	return receive->flags & MAILBOX_RECEIVE_EXCEPT ? !in : in;
}

/* Where the one is that has to come, or -1. */
static int list_find(const struct list *list,
		     const struct mailbox_receive *receive)
{
	int found = -1;

	if (receive->flags & MAILBOX_RECEIVE_AT)
		return receive->tag_min < list->count ? (int)receive->tag_min :
							-1;
	for (unsigned int i = 0; i < list->count; i++) {
		if (!wanted(receive, list->item[i].tag))
			continue;
		if (found < 0)
			found = i;
		if (!(receive->flags & MAILBOX_RECEIVE_LOWEST))
			break;
		if (list->item[i].tag < list->item[found].tag)
			found = i;
	}
	return found;
}

static __u32 roll(__u64 *dice, __u32 sides)
{
	*dice = *dice * 6364136223846793005ULL + 1442695040888963407ULL;
	return (*dice >> 33) % sides;
}

/* Few priorities with many messages each, or nearly all that there are. */
static __u32 roll_priority(__u64 *dice)
{
	return roll(dice, 2) ? roll(dice, 4) :
			       roll(dice, MAILBOX_PRIORITY_MAX + 1);
}

static struct mailbox_receive roll_receive(__u64 *dice)
{
	static const __u32 kinds[] = {
		0, 0, 0,
		MAILBOX_RECEIVE_TAG,
		MAILBOX_RECEIVE_TAG | MAILBOX_RECEIVE_EXCEPT,
		MAILBOX_RECEIVE_TAG | MAILBOX_RECEIVE_LOWEST,
		MAILBOX_RECEIVE_AT | MAILBOX_RECEIVE_PEEK,
	};
	struct mailbox_receive receive = {
		.flags = kinds[roll(dice, ARRAY_SIZE(kinds))] |
			 MAILBOX_NONBLOCK,
	};

	if (!roll(dice, 4))
		receive.flags |= MAILBOX_RECEIVE_PEEK;
	if (receive.flags & MAILBOX_RECEIVE_AT)
		receive.tag_min = roll(dice, MOST);
	if (receive.flags & MAILBOX_RECEIVE_TAG) {
		receive.tag_min = roll(dice, 8);
		receive.tag_max = receive.tag_min + roll(dice, 4);
	}
	return receive;
}

FIXTURE(order) {
	int client;
	int box;
	struct list list;
	__u32 sent;
};

FIXTURE_SETUP(order)
{
	self->client = mb_client();
	ASSERT_LE(0, self->client);
	self->box = mb_new(self->client, MOST, MAILBOX_RIGHTS_ALL);
	ASSERT_LE(0, self->box);
}

FIXTURE_TEARDOWN(order)
{
	close(self->box);
	close(self->client);
}

static bool send_one(FIXTURE_DATA(order) *self, __u64 *dice)
{
	struct item item = {
		.number = ++self->sent,
		.priority = roll_priority(dice),
		.tag = roll(dice, 8),
	};
	int ret = mb_put_tagged(self->box, item.number, item.tag, item.priority,
				MAILBOX_NONBLOCK);

	if (self->list.count == MOST)
		return ret == -EAGAIN;
	list_add(&self->list, item);
	return !ret;
}

static bool receive_one(FIXTURE_DATA(order) *self, __u64 *dice)
{
	struct mailbox_receive receive = roll_receive(dice);
	int at = list_find(&self->list, &receive);
	int ret = mb_get_any(self->box, &receive);
	const struct item *item;

	if (at < 0)
		return ret == -EAGAIN;
	item = &self->list.item[at];
	if (ret != (int)item->number || receive.message.tag != item->tag ||
	    receive.message.priority != item->priority)
		return false;
	if (!(receive.flags & MAILBOX_RECEIVE_PEEK))
		list_remove(&self->list, at);
	return true;
}

TEST_F(order, is_that_of_a_sorted_list)
{
	for (__u64 seed = 1; seed <= SEEDS; seed++) {
		__u64 dice = seed;

		for (int step = 0; step < STEPS; step++) {
			/* now more and now less is sent than received */
			bool sends = roll(&dice, 8) < (step / 500 % 2 ? 3 : 5);
			bool right = sends ? send_one(self, &dice) :
					     receive_one(self, &dice);

			ASSERT_TRUE(right) {
				TH_LOG("seed %u, step %d", (unsigned int)seed,
				       step);
			}
			if (!(step % 64))
				ASSERT_EQ(self->list.count,
					  mb_stat_of(self->box, messages));
		}
	}
}

TEST_HARNESS_MAIN
