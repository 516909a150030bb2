// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* All queues, one after the other. */
#include "msg.h"

bool msg_tour_next(struct msg_tour *tour, struct mailbox_stat *stat)
{
	for (;;) {
		if (tour->at == tour->list.count) {
			if (tour->list.size && tour->list.count < MSG_TOUR_IDS)
				return false;
			tour->list.size = sizeof(tour->list);
			tour->list.ids = (uintptr_t)tour->ids;
			tour->list.count = MSG_TOUR_IDS;
			tour->at = 0;
			if (compat_command(MAILBOX_IOC_LIST, &tour->list) ||
			    !tour->list.count)
				return false;
		}
		memset(stat, 0, sizeof(*stat));
		stat->size = sizeof(*stat);
		stat->id = tour->ids[tour->at++];
		if (!compat_command(MAILBOX_IOC_STAT, stat) &&
		    (stat->create_flags & MAILBOX_CREATE_SYSV))
			return true;
	}
}
