// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* All queues, one after the other. */
#include "compat.h"

/* Asks for the next IDs; false at the end. */
static bool ids_get(struct compat_tour *tour)
{
	if (tour->list.size && tour->list.count < TOUR_IDS)
		return false;
	tour->list.size = sizeof(tour->list);
	tour->list.ids = (uintptr_t)tour->ids;
	tour->list.count = TOUR_IDS;
	tour->at = 0;
	return !compat_command(MAILBOX_IOC_LIST, &tour->list) &&
	       tour->list.count;
}

bool compat_tour_next(struct compat_tour *tour, uint64_t flags,
		      struct mailbox_stat *stat)
{
	for (;;) {
		if (tour->at == tour->list.count && !ids_get(tour))
			return false;
		memset(stat, 0, sizeof(*stat));
		stat->size = sizeof(*stat);
		stat->id = tour->ids[tour->at++];
		if (!compat_command(MAILBOX_IOC_STAT, stat) &&
		    (stat->create_flags & flags) == flags)
			return true;
	}
}

bool compat_tour_finds(uint64_t flags, unsigned int count)
{
	struct compat_tour tour = { .at = 0 };
	struct mailbox_stat stat;

	while (count && compat_tour_next(&tour, flags, &stat))
		count--;
	return !count;
}
