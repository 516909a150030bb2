/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An oracle: many senders and receivers use one mailbox, any of them may be
 * killed at any moment, and afterwards every message must be accounted for.
 *
 * All evidence lies in memory that the processes share with the oracle, which
 * takes no part in the traffic itself.  A sender writes down what it is about to
 * send before the call, and what it was told after it.  A receiver hands the
 * module a buffer and a structure that lie in this memory, so that what the
 * module wrote there is seen although the receiver died before it could say
 * anything.
 *
 * Messages are numbered by each sender; a message is told from all others by
 * (sender, number).  Its priority follows from that, and its tag is the sender.
 */
#ifndef SELFTESTS_LIB_ORACLE_H
#define SELFTESTS_LIB_ORACLE_H

#include "transfer.h"

#define ORACLE_SENDERS		4
#define ORACLE_RECEIVERS	4
#define ORACLE_PRIORITIES	4
#define ORACLE_BATCH		16	/* messages in a batch, at most */
#define ORACLE_FILL_MAX		160	/* bytes of a message after its head */

/* What every message begins with; a pattern follows. */
struct oracle_head {
	__u64 magic;
	__u32 sender;
	__u32 number;
	__u32 length;		/* of the whole message */
	__u32 priority;
};

#define ORACLE_MAGIC		0x6f7261636c652e31ULL
#define ORACLE_LENGTH_MAX	(sizeof(struct oracle_head) + ORACLE_FILL_MAX)

/* What a sender knows of a message. */
enum oracle_fate {
	ORACLE_UNSENT,		/* never tried, or refused and not sent */
	ORACLE_TRIED,		/* the sender died in the call: may be anything */
	ORACLE_ACCEPTED,	/* the call succeeded */
	ORACLE_TOLD,		/* and said that it was received, and by whom */
};

struct oracle_sent {
	__u32 fate;
	__u32 pid;		/* with ORACLE_TOLD */
	__u64 seq;
};

/* Where one message is received. */
struct oracle_slot {
	__u32 receiver;		/* index + 1; 0: nothing received here */
	__u32 pid;
	__u64 seq;
	__u64 tag;
	__u32 priority;
	__u32 length;
	__u32 silent;		/* bytes came, but the call said nothing */
	char data[ORACLE_LENGTH_MAX] __attribute__((aligned(8)));
};

/*
 * Where a process has its calls' structures.  @busy is set while a call may be
 * under way; if it is still set when the process is dead, the oracle looks at
 * what the call has left.
 */
struct oracle_desk {
	__u32 busy;
	__u32 first;		/* number or slot of the call's first message */
	__u32 count;		/* messages in the call */
	__u32 next;		/* sender: number; receiver: slot */
	__u32 end;		/* receiver: slots it may use without asking */
	__u32 pid;
	__u32 runs;		/* how often it was started */
	struct mailbox_message messages[ORACLE_BATCH];
	union {
		struct mailbox_send send;
		struct mailbox_receive receive;
		struct mailbox_batch batch;
	};
};

/* The oracle's own; what it points to is shared. */
struct oracle {
	int box;
	unsigned int seed;
	__u32 each;		/* messages of each sender */
	__u32 slots;		/* how many there are */
	__u32 *slots_used;
	struct oracle_slot *slot;
	struct oracle_desk *sender;	/* ORACLE_SENDERS */
	struct oracle_desk *receiver;	/* ORACLE_RECEIVERS, and one for us */
	struct oracle_sent *sent[ORACLE_SENDERS];
	struct mb_child sender_child[ORACLE_SENDERS];
	struct mb_child receiver_child[ORACLE_RECEIVERS];
};

/* What is wrong, each counted; and what happened. */
struct oracle_verdict {
	/* must all be 0 */
	unsigned int lost;		/* accepted, and nowhere */
	unsigned int twice;		/* received more than once */
	unsigned int unsent;		/* received, though its send failed */
	unsigned int disordered;	/* overtaken by a later one */
	unsigned int garbled;		/* content, length, tag or priority */
	unsigned int mistold;		/* told of another receiver */
	unsigned int misnumbered;	/* the two sides saw different seqs */
	/* only told */
	unsigned int accepted;
	unsigned int told;
	unsigned int received;
	unsigned int tried_received;	/* sender died, message arrived */
	unsigned int tried_gone;	/* sender died, message withdrawn */
	unsigned int silent;		/* only the buffer knew */
};

/* NULL if there is no memory. */
struct oracle *oracle_new(int box, __u32 messages, __u32 kills,
			  unsigned int seed);

/* Start or start again; 0 or -errno. */
int oracle_start_sender(struct oracle *oracle, int i);
int oracle_start_receiver(struct oracle *oracle, int i);

/* kill -9, and take down what the dead one's desk says. */
void oracle_kill_sender(struct oracle *oracle, int i);
void oracle_kill_receiver(struct oracle *oracle, int i);

/* Has the sender sent all it had to? */
bool oracle_sender_done(const struct oracle *oracle, int i);

/* Numbers that grow as long as anything goes on. */
unsigned int oracle_sent_count(const struct oracle *oracle);
unsigned int oracle_progress(const struct oracle *oracle);

/* Receive what is left, without waiting: how many, or -errno. */
int oracle_drain(struct oracle *oracle);

/* Prints the first few findings with "# " before them. */
void oracle_judge(const struct oracle *oracle, struct oracle_verdict *verdict);

/*
 * Objects in the module's slab caches; -1 if they cannot be counted.  Freed
 * objects that a processor still keeps are given back first.
 */
long oracle_slab_objects(void);

#endif /* SELFTESTS_LIB_ORACLE_H */
