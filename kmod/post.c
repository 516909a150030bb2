// SPDX-License-Identifier: GPL-2.0-only
#include <linux/err.h>

#include "after.h"
#include "buffer.h"
#include "mailbox.h"
#include "message.h"
#include "policy.h"
#include "post.h"
#include "quota.h"
#include "share.h"
#include "transfer.h"

/* What a sender holds here counts, unless it is his own mailbox. */
static int share_begin(struct mbx_mailbox *mailbox, struct mbx_message *message)
{
	struct mbx_share *share;

	if (!mbx_share_needed(mailbox, message->quota->uid))
		return 0;
	share = mbx_share_alloc(message->quota->uid);
	if (!share)
		return -ENOMEM;
	spin_lock(&mailbox->lock);
	message->share = mbx_share_get_locked(mailbox, share);
	spin_unlock(&mailbox->lock);
	return 0;
}

static void refusal_count(struct mbx_mailbox *mailbox)
{
	spin_lock(&mailbox->lock);
	mailbox->counts.refused_quota++;
	spin_unlock(&mailbox->lock);
}

static struct mbx_message *post_begin(struct mbx_mailbox *mailbox,
				      const struct mbx_letter *letter)
{
	struct mbx_message *message;
	int error;

	if (letter->buffer->length > READ_ONCE(mailbox->max_message))
		return ERR_PTR(-EMSGSIZE);
	message = mbx_message_new(mailbox, letter);
	if (IS_ERR(message)) {
		if (PTR_ERR(message) == -EDQUOT)
			refusal_count(mailbox);
		return message;
	}
	error = share_begin(mailbox, message);
	if (error) {
		mbx_message_free(mailbox, message);
		return ERR_PTR(error);
	}
	return message;
}

struct mbx_message *mbx_post_begin(struct mbx_mailbox *mailbox,
				   const struct mbx_letter *letter)
{
	struct mbx_message *message = post_begin(mailbox, letter);

	if (unlikely(letter->parcel)) {
		if (IS_ERR(message))
			letter->parcel->free(letter->parcel);
		else
			message->parcel = letter->parcel;
	}
	return message;
}

int mbx_post_check_locked(struct mbx_mailbox *mailbox,
			  const struct mbx_message *message,
			  const struct mbx_terms *terms)
{
	int error;

	error = mbx_mailbox_error_locked(mailbox, true);
	if (error)
		return error;
	error = mbx_policy_claim_locked(mailbox, terms->via, true);
	if (error)
		return error;
	return message->length > mailbox->max_message ? -EMSGSIZE : 0;
}

void mbx_post_fail_locked(struct mbx_mailbox *mailbox,
			  struct mbx_message *message, int error,
			  struct mbx_after *after)
{
	if (error == -EDQUOT)
		mailbox->counts.refused_quota++;
	if (message->share)
		mbx_share_put_locked(mailbox, message->share);
	mbx_after_free(after, message);
}
