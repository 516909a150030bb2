/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A conversation: standard input goes into a channel, and what comes from it to
 * standard output.
 */
#ifndef MAILBOXCTL_CONVERSE_H
#define MAILBOXCTL_CONVERSE_H

#include "form.h"
#include "trouble.h"

/*
 * Until both sides have ended, or the other one is gone.  @form->frame says how
 * messages are told apart, in both directions.  An enum exit_code.
 */
int converse(int endpoint, const struct form *form,
	     const struct trouble *trouble);

#endif /* MAILBOXCTL_CONVERSE_H */
