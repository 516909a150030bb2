/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Notices: events that somebody has asked for, and is told of once.
 *
 * A notice is made before it is needed, with the message that will carry the
 * event and a place for it in the asker's NOTIFY mailbox, so that what was asked
 * for cannot be lost.  Until the event it belongs to the mailbox it is about (in
 * its list @notices), to a message (RECEIPT) or to a call (CANCELLED), and that
 * mailbox's lock guards it.  Then it is fired: put into a struct mbx_after, and
 * posted after unlocking, because no code holds the locks of two mailboxes.
 *
 * Notice protocol: who asks puts the notice into the list and looks whether the
 * event has happened, in one critical section; who changes something looks into
 * the list after his (mbx_after_run).  Whoever is second sees the other.
 */
#ifndef MBX_NOTICE_H
#define MBX_NOTICE_H

#include <linux/list.h>
#include <linux/types.h>

#include "message.h"

struct mbx_after;
struct mbx_mailbox;
struct mbx_terms;
struct pid;

/**
 * struct mbx_notice - an event to tell somebody of
 * @link: in a mailbox's list, or empty
 * @next: the next one to post, once fired
 * @type: MAILBOX_EVENT_*
 * @cookie: what the asker wants to hear with it
 * @via: the open file it was asked for through; only compared
 * @to: the asker's NOTIFY; a reference
 * @message: carries it; charged to the asker
 * @happened: it is to be posted; else it is to be freed
 * @error: why, if something came to a bad end; else 0
 * @id: the mailbox it is about
 * @signals: ARRIVED: a signal tells of it, no event
 * @or_event: but an event does where all threads block the signal
 * @signal: its number; 0: nothing does
 * @value: the message's serial number, or the call's token; else 0
 * @who: the receiver, for RECEIPT; the sender, for ARRIVED; else nobody; with a
 *	reference to the pid
 */
struct mbx_notice {
	struct list_head link;
	struct mbx_notice *next;
	u32 type;
	u64 cookie;
	const void *via;
	struct mbx_mailbox *to;
	struct mbx_message *message;
	bool happened;
	int error;
	u64 id;
	bool signals;
	bool or_event;
	int signal;
	u64 value;
	struct mbx_identity who;
};

/**
 * mbx_notice_new - make a notice
 * @to: the asker's NOTIFY
 * @id: the mailbox it is about
 * @type: MAILBOX_EVENT_*
 * @cookie: the asker's
 * @terms: who asks
 *
 * Return: the notice, which is placed or dropped in the end, or an ERR_PTR():
 * -EAGAIN (too many are outstanding or unread), -EDQUOT, -ENOMEM, -EPIPE.
 */
struct mbx_notice *mbx_notice_new(struct mbx_mailbox *to, u64 id, u32 type,
				  u64 cookie, const struct mbx_terms *terms);

/* Frees a notice that has not been placed. */
void mbx_notice_drop(struct mbx_notice *notice);

/**
 * mbx_notice_place - ask
 * @mailbox: about this mailbox
 * @notices: by @link; taken over if it succeeds
 *
 * One that is there already gets the new cookie.  What has happened already is
 * told at once.
 *
 * Return: 0, -EIDRM, -EPIPE, or -EBUSY: somebody waits for ARRIVED.
 */
int mbx_notice_place(struct mbx_mailbox *mailbox, struct list_head *notices);

/* Takes back what NOTIFY mailbox @to asked for, of @types.  Was there any? */
bool mbx_notice_cancel(struct mbx_mailbox *mailbox,
		       const struct mbx_mailbox *to, u32 types);

/* Who waits for ARRIVED, or NULL. */
const struct mbx_notice *
mbx_notice_arrival_locked(const struct mbx_mailbox *mailbox);

/* @process has closed a handle: what it asked for of ARRIVED ends, with ECANCELED. */
void mbx_notice_close(struct mbx_mailbox *mailbox, const struct pid *process);

/* Takes back what @process (NULL: any) asked for through @via (NULL: any). */
void mbx_notice_orphan(struct mbx_mailbox *mailbox, const struct pid *process,
		       const void *via);

/* It has happened. */
void mbx_notice_fire_locked(struct mbx_notice *notice, int error, u64 value,
			    struct mbx_after *after);

/* It will not happen. */
void mbx_notice_drop_locked(struct mbx_notice *notice,
			    struct mbx_after *after);

/* A message is received by the calling process, or with @error lost. */
void mbx_notice_receipt_locked(struct mbx_message *message, int error,
			       struct mbx_after *after);

/* A message has been admitted: tells who asked, if it found nothing there. */
void mbx_notice_arrived_locked(struct mbx_mailbox *mailbox,
			       const struct mbx_message *message,
			       struct mbx_after *after);

/* Something has changed: fires what has come true.  Not under the lock. */
void mbx_notice_look(struct mbx_mailbox *mailbox, struct mbx_after *after);

/* Posts or frees those that were fired or dropped. */
void mbx_notice_post(struct mbx_after *after);

#endif /* MBX_NOTICE_H */
