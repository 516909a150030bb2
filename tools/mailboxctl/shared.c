// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <string.h>

#include <mailbox.h>

#include "error.h"
#include "number.h"
#include "shared.h"

#define IDS_AT_ONCE 64

int shared_open(int client, const char *text, uint32_t rights)
{
	uint64_t id;

	if (!strncmp(text, "name:", 5))
		return mailbox_section_open(client, text + 5, rights);
	if (strncmp(text, "id:", 3))
		return mailbox_section_open(client, text, rights);
	if (!number_read(text + 3, &id))
		die_usage("'%s' is no ID", text + 3);
	return mailbox_section_open_id(client, id, rights);
}

int shared_trouble(const char *what, const char *text, int error)
{
	if (error == -ENOENT)
		warn_text("there is no section '%s'", text);
	else
		warn_text("cannot %s section '%s': %s", what, text,
			  mailbox_explain(error));
	return error == -ENOENT || error == -EIDRM ? EXIT_GONE : EXIT_FAIL;
}

void shared_each(int client, void (*each)(int client, uint64_t id, void *context),
		 void *context)
{
	uint64_t cursor = 0, ids[IDS_AT_ONCE];
	ssize_t count, i;

	do {
		count = mailbox_section_list(client, &cursor, ids, IDS_AT_ONCE);
		if (count < 0)
			die(EXIT_FAIL, "cannot list sections: %s",
			    mailbox_explain((int)count));
		for (i = 0; i < count; i++)
			each(client, ids[i], context);
	} while (count == IDS_AT_ONCE);
}
