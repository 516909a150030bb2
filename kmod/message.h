/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A message: its sender's identity, its labels and its bytes.
 *
 * The first bytes lie in the object itself, of which there are two kinds, each with a
 * slab cache and a pool in the mailbox: with room for MBX_MESSAGE_SHORT, and for
 * MBX_MESSAGE_LONG.  The rest is in a chain of pages, so that no message needs memory
 * of high order.
 *
 * Spare ones lie in the pools of a mailbox as mbx_message_free() leaves them: ready but
 * for what a letter says (spare.h).
 *
 * Life: its sender makes it and owns it alone until it is put into the
 * mailbox; from then on @places and @peeks count, under the mailbox's lock, the
 * places it has there and the receives that peek at it.  When both are 0, and it
 * is not a call that goes on, nobody can find it any more, and whoever made it
 * so frees it after unlocking.  A call's reply takes the place of its bytes.
 */
#ifndef MBX_MESSAGE_H
#define MBX_MESSAGE_H

#include <linux/cache.h>
#include <linux/kconfig.h>
#include <linux/types.h>
#include <linux/uidgid.h>

#include "queue.h"

struct mbx_buffer;
struct mbx_caller;
struct mbx_inbox;
struct mbx_loan;
struct mbx_mailbox;
struct mbx_notice;
struct mbx_quota;
struct mbx_receiver;
struct mbx_relay;
struct mbx_segment;
struct mbx_sender;
struct mbx_share;
struct mbx_waiter;
struct pid;

/**
 * enum mbx_entry_state - where an entry is
 * @MBX_ENTRY_IDLE: nowhere
 * @MBX_ENTRY_BLOCKED: in the mailbox's queue of blocked senders
 * @MBX_ENTRY_QUEUED: in its inbox's queue
 * @MBX_ENTRY_HANDED: given to a waiting receiver, who has yet to wake up; can
 *	be taken back
 * @MBX_ENTRY_CLAIMED: being copied to a receiver
 *
 * The steps between them are in transfer.h, and the model's states are these.
 */
enum mbx_entry_state {
	MBX_ENTRY_IDLE,
	MBX_ENTRY_BLOCKED,
	MBX_ENTRY_QUEUED,
	MBX_ENTRY_HANDED,
	MBX_ENTRY_CLAIMED,
};

/**
 * struct mbx_entry - a message's place in an inbox
 * @node: in a queue
 * @message: the message
 * @inbox: the inbox
 * @receiver: whom it is handed to
 * @state: see above
 * @slot: it holds one of the inbox's slots
 *
 * The mailbox's lock guards all of it.
 */
struct mbx_entry {
	struct mbx_queue_node node;
	struct mbx_message *message;
	struct mbx_inbox *inbox;
	struct mbx_receiver *receiver;
	enum mbx_entry_state state;
	bool slot;
};

/**
 * struct mbx_identity - who sent or received a message
 * @process: the process (tgid)
 * @uid: effective user
 * @gid: effective group
 */
struct mbx_identity {
	struct pid *process;
	kuid_t uid;
	kgid_t gid;
};

/**
 * enum mbx_call_state - what has become of a call
 * @MBX_CALL_NONE: the message is no call
 * @MBX_CALL_SENT: nobody has received it yet
 * @MBX_CALL_OPEN: received; its token can be used
 * @MBX_CALL_FORWARDED: another mailbox has it now (forward.h)
 * @MBX_CALL_ANSWERED: the reply, or why there is none, is there for the caller
 * @MBX_CALL_DEAD: it has ended
 */
enum mbx_call_state {
	MBX_CALL_NONE,
	MBX_CALL_SENT,
	MBX_CALL_OPEN,
	MBX_CALL_FORWARDED,
	MBX_CALL_ANSWERED,
	MBX_CALL_DEAD,
};

/**
 * struct mbx_call - what makes a message a call
 * @node: in the mailbox's tree of calls, by token, unless NONE or DEAD
 * @state: see above
 * @caller: the calling task, while it waits
 * @via: the open file the call was made through; only compared
 * @server: who may answer, and later who has; a reference to the pid, or NULL
 * @server_via: the open file by which it was received; only compared
 * @answering: a reply is being copied in
 * @held: who answers or forwards it is at the caller's memory, and he must not leave
 * @leaving: the caller, who waits until nobody is; or NULL (lend.h)
 * @error: when ANSWERED, why there is no reply; else 0
 * @notice: the server wants to know if it is cancelled, or NULL
 * @room: longest reply (bytes); constant
 * @attachments: most attachments of the reply; they are charged to @quota; constant
 * @channel: of a connection request: the mailboxes of the channel to be, to the
 *	server and back, with references; else NULL; constant
 * @accepted: of a connection request: the answer
 * @relayed: a relay has its bytes
 * @up: it was forwarded from there, and its end goes back; or NULL
 * @down: it was forwarded to there, and its end goes there; or NULL
 *
 * The mailbox's lock guards all of it (call.h).
 */
struct mbx_call {
	struct rb_node node;
	enum mbx_call_state state;
	struct mbx_caller *caller;
	const void *via;
	struct mbx_identity server;
	const void *server_via;
	bool answering;
	bool held;
	struct mbx_waiter *leaving;
	int error;
	struct mbx_notice *notice;
	u32 room;
	u32 attachments;
	struct mbx_mailbox *channel[2];
	bool accepted;
	bool relayed;
	struct mbx_relay *up;
	struct mbx_relay *down;
};

/**
 * struct mbx_parcel - what a message carries besides its bytes (attach.h)
 * @free: frees it; not under a lock
 * @count: how many things
 */
struct mbx_parcel {
	void (*free)(struct mbx_parcel *parcel);
	unsigned int count;
};

static inline unsigned int mbx_parcel_count(const struct mbx_parcel *parcel)
{
	return parcel ? parcel->count : 0;
}

#define MBX_MESSAGE_SHORT	256

/**
 * struct mbx_message - a message
 * @entry: its place, unless it is multicast and has been admitted
 * @copies: multicast: its places
 * @copy_count: multicast: how many are in use
 * @places: entries that are not idle; guarded by the mailbox's lock
 * @peeks: calls that copy it and leave it; same lock
 * @admitted: it counts in the mailbox's @messages; same lock
 * @withdrawing: if a copy to the receiver fails, the error to give to the
 *	sender instead of waiting on; same lock
 * @sender: the sender, while he waits; same lock
 * @share: the share it counts in, or NULL
 * @notice: whoever sent it wants to know of its receipt, or NULL; same lock
 * @call: the call it is
 * @parcel: its attachments, or NULL; changed by whoever has claimed it, and of a
 *	call answers it or takes the reply
 * @tag: label
 * @info: MAILBOX_INFO_*
 * @length: bytes
 * @from: the sender; holds a reference to the pid
 * @quota: the user it is charged to; a reference, but to the mailbox's own
 * @charged: bytes charged
 * @pooled: the object belongs to the mailbox's pool
 * @rank: of the sender when he was blocked (wait.h); guarded by the mailbox's lock
 * @priority: label; the entry's node has it too, but while it is blocked in a
 *	mailbox that goes by rank
 * @room: bytes there are for @data: MBX_MESSAGE_SHORT or MBX_MESSAGE_LONG
 * @head: bytes that are in @data, unless @loan; of a reply at most MBX_MESSAGE_SHORT
 * @next_free: in a struct mbx_after, when it is to be freed
 * @more: the other bytes
 * @loan: all bytes, where the sender has them, who waits until it is received
 *	and has it back then; or NULL: they are here
 * @data: the first bytes
 */
struct mbx_message {
	struct mbx_entry entry;
	struct mbx_entry *copies;
	unsigned int copy_count;
	unsigned int places;
	unsigned int peeks;
	bool admitted;
	int withdrawing;
	struct mbx_sender *sender;
	struct mbx_share *share;
	struct mbx_notice *notice;
	struct mbx_call call;
	struct mbx_parcel *parcel;

	u64 tag;
	u32 info;
	u32 length;
	struct mbx_identity from;
	struct mbx_quota *quota;
	unsigned long charged;
	bool pooled;
	u8 rank;
	u32 priority;
	u32 room;
	u32 head;
	struct mbx_message *next_free;
	struct mbx_segment *more;
	const struct mbx_loan *loan;
	char data[] __aligned(sizeof(u64));
};

/* Such that two of the long ones, with a word of the allocator's, share a page. */
#define MBX_MESSAGE_LONG \
	(2048 - SMP_CACHE_BYTES - sizeof(struct mbx_message))

static inline size_t mbx_message_room(size_t length)
{
	return length <= MBX_MESSAGE_SHORT ? MBX_MESSAGE_SHORT :
					     MBX_MESSAGE_LONG;
}

/**
 * struct mbx_letter - what a sender says of a message
 * @buffer: its bytes
 * @loan: if they are not to be copied into the message: a loan of @buffer
 * @head: bytes that another message has in its @data, and which will be this one's
 * @tag: label
 * @priority: 0 to MAILBOX_PRIORITY_MAX
 * @info: MAILBOX_INFO_*
 * @reply_room: of a call: longest reply (bytes)
 * @reply_attachments: of a call: most attachments of the reply
 * @channel: of a connection request: the channel to be; borrowed
 * @from: who sends; borrowed
 * @quota: whom to charge; borrowed
 * @notice: to tell the sender of the receipt, or NULL; taken over by mbx_send()
 * @parcel: its attachments, or NULL; taken over by mbx_post_begin()
 */
struct mbx_letter {
	const struct mbx_buffer *buffer;
	const struct mbx_loan *loan;
	u32 head;
	u64 tag;
	u32 priority;
	u32 info;
	u32 reply_room;
	u32 reply_attachments;
	struct mbx_mailbox *const *channel;
	struct mbx_identity from;
	struct mbx_quota *quota;
	struct mbx_notice *notice;
	struct mbx_parcel *parcel;
};

int mbx_message_init(void);
void mbx_message_exit(void);

/* Most short messages a mailbox, or each half of a channel, has in reserve from the first. */
#define MBX_POOL_MAILBOX	16
#define MBX_POOL_CHANNEL	4

/* ... and later, of those that have been in it; and as many long ones. */
#define MBX_POOL_MOST		256

/*
 * Spare ones first, or last: KASAN sees what is used after it was freed, but not after
 * it was given back, and so with it none is kept, either.
 */
#define MBX_SPARE_FIRST		(!IS_ENABLED(CONFIG_KASAN))

/*
 * Gives a new mailbox its pools, at first with at most so many short messages.  0,
 * -ENOMEM or -EDQUOT.
 */
int mbx_message_fill_pool(struct mbx_mailbox *mailbox, unsigned int most);

/**
 * mbx_message_new - make a message
 * @mailbox: the mailbox it is for, whose memory it must not outlive
 * @letter: what to say; copied from user memory, may sleep
 *
 * Return: the message, or an ERR_PTR(): -EFAULT, -ENOMEM, -EDQUOT.
 */
struct mbx_message *mbx_message_new(struct mbx_mailbox *mailbox,
				    const struct mbx_letter *letter);

/*
 * The same without its bytes and the places of a multicast one: all there is to a
 * message for a mailbox that is not multicast and no more than MBX_MESSAGE_LONG
 * bytes, which the caller writes into @data.  -ENOMEM, -EDQUOT.
 */
struct mbx_message *mbx_message_blank(struct mbx_mailbox *mailbox,
				      const struct mbx_letter *letter);

/**
 * struct mbx_note - what a letter says of a message with nothing but its bytes
 * @length: how many bytes
 * @tag: label
 * @priority: 0 to MAILBOX_PRIORITY_MAX
 * @info: MAILBOX_INFO_*
 * @reply_room: of a call: longest reply (bytes)
 * @from: who sends; borrowed
 * @quota: whom to charge; borrowed
 */
struct mbx_note {
	size_t length;
	u64 tag;
	u32 priority;
	u32 info;
	u32 reply_room;
	struct mbx_identity from;
	struct mbx_quota *quota;
};

/*
 * mbx_message_blank() of that, or NULL.  By value: who seldom needs it does not have to
 * have it in memory.
 */
struct mbx_message *mbx_message_blank_of(struct mbx_mailbox *mailbox,
					 struct mbx_note note);

/**
 * struct mbx_bytes - what a message is to say instead, for a call's reply
 * @length: bytes
 * @head: those in @data
 * @more: the rest
 * @data: the first
 */
struct mbx_bytes {
	size_t length;
	size_t head;
	struct mbx_segment *more;
	char data[MBX_MESSAGE_SHORT] __aligned(8);
};

/*
 * Each makes them, of a user's buffer or of a copy of a loan, and owes
 * mbx_bytes_free(), with an error too: -EFAULT, -ENOMEM.
 */
int mbx_bytes_read(struct mbx_bytes *bytes, const struct mbx_buffer *buffer);
int mbx_bytes_keep(struct mbx_bytes *bytes, const struct mbx_loan *loan);
void mbx_bytes_free(struct mbx_bytes *bytes);

/* Puts them in the place of those of a message, which are then in @bytes. */
void mbx_message_rewrite(struct mbx_message *message, struct mbx_bytes *bytes);

/* Likewise, for a reply whose bytes, none of which is here, the caller has. */
void mbx_message_empty(struct mbx_message *message, struct mbx_bytes *bytes);

/* Is it of no use any more to anybody?  Under the mailbox's lock. */
static inline bool mbx_message_idle(const struct mbx_message *message)
{
	if (message->places || message->peeks)
		return false;
	switch (message->call.state) {
	case MBX_CALL_NONE:
		return true;
	case MBX_CALL_DEAD:
		return !message->call.caller && !message->call.answering &&
		       !message->call.relayed;
	default:
		return false;
	}
}

/* Not under a lock. */
void mbx_message_free(struct mbx_mailbox *mailbox, struct mbx_message *message);

/*
 * The mailbox has needed this message, and will again: it becomes one of its pool's,
 * with what is charged for it, if whoever is charged has made the mailbox and has
 * plenty left.  False: it is to be freed.
 */
bool mbx_message_keep(struct mbx_mailbox *mailbox, struct mbx_message *message);

/**
 * mbx_message_copy_out - copy the bytes to the receiver
 * @message: claimed or peeked at
 * @buffer: what does not fit is left out
 *
 * With page faults disabled.
 *
 * Return: 0, or -EFAULT.
 */
int mbx_message_copy_out(const struct mbx_message *message,
			 const struct mbx_buffer *buffer);

/* The same for a message that is the caller's alone: faults are welcome. */
int mbx_message_copy_out_faulting(const struct mbx_message *message,
				  const struct mbx_buffer *buffer);

#endif /* MBX_MESSAGE_H */
