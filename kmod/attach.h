/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Attachments: what a message carries besides its bytes, and how it comes out of
 * the sender's descriptors and into the receiver's.
 *
 * Handles and sections are under way as references to the mailbox and the section;
 * the receiver gets new files.  Anything else is under way as its file, and is one
 * of those that cannot hold another file, so that no queue can hold itself.  Freeing
 * what is under way frees no message: a handle under way keeps no mailbox alive.
 */
#ifndef MBX_ATTACH_H
#define MBX_ATTACH_H

#include <linux/types.h>

#include <linux/mailbox.h>

#include "message.h"

struct file;
struct mbx_mailbox;
struct mbx_parcel;
struct mbx_quota;
struct net;

/**
 * mbx_parcel_read - take up what a sender attaches
 * @parcel: out: the attachments, for struct mbx_letter or mbx_call_answer()
 * @user: the user's struct mailbox_attachments
 * @mailbox: where to
 * @quota: whom to charge; NULL: to a reply, and its caller has been charged
 *
 * Return: 0; -EMSGSIZE (the mailbox takes none), -EINVAL, -EBADF (no such
 * descriptor, or it lacks the right), -EPERM (a kind that is not sent), -EIDRM,
 * -EPIPE, -EDQUOT, -EFAULT, -ENOMEM.
 */
int mbx_parcel_read(struct mbx_parcel **parcel, u64 user,
		    const struct mbx_mailbox *mailbox, struct mbx_quota *quota);

/**
 * struct mbx_intake - where a receiver wants attachments
 * @user: his structure
 * @head: a copy of it
 * @parcel: what is being received, or NULL
 * @results: what he is told, for each
 * @files: new files, for each; NULL: none
 */
struct mbx_intake {
	struct mailbox_attachments __user *user;
	struct mailbox_attachments head;
	struct mbx_parcel *parcel;
	struct mailbox_attachment *results;
	struct file **files;
};

/* Reads the structure.  0, -EINVAL, -E2BIG, -EFAULT. */
int mbx_intake_read(struct mbx_intake *intake, u64 user);

/*
 * Makes the files of a parcel's handles and sections, and reserves descriptors:
 * 0, and mbx_intake_install() or mbx_intake_undo() is owed; or -EMFILE, -ENFILE,
 * -ENOMEM.
 */
int mbx_intake_prepare(struct mbx_intake *intake, struct mbx_parcel *parcel,
		       struct net *net);
void mbx_intake_undo(struct mbx_intake *intake);

/*
 * Tells the receiver of the @count attachments, and what descriptors they will
 * have if they have been prepared.  Page faults may be disabled.  0, -EFAULT.
 */
int mbx_intake_tell(const struct mbx_intake *intake, u32 count);

/* Makes that writable.  0, -EFAULT. */
int mbx_intake_fault_in(const struct mbx_intake *intake, u32 count);

/*
 * The receiver takes the parcel out of its message, before that is received; true
 * if there is one, and mbx_intake_install() is owed.  @intake may be NULL.
 */
static inline bool mbx_intake_take(struct mbx_intake *intake,
				   struct mbx_message *message)
{
	if (likely(!intake) || !intake->parcel)
		return false;
	message->parcel = NULL;
	return true;
}

/*
 * The message has been received: the parcel, which is out of it, goes to the
 * receiver.  Adds to @report->info what became of it, here and at the user's.
 */
void mbx_intake_install(struct mbx_intake *intake,
			struct mailbox_message *report,
			struct mailbox_message __user *user);

#endif /* MBX_ATTACH_H */
