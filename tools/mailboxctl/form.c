// SPDX-License-Identifier: GPL-2.0-only
/*
 * How received bytes are written to standard output.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "form.h"
#include "json.h"
#include "output.h"
#include "text.h"
#include "user.h"

bool form_take(struct form *form, int option)
{
	switch (option) {
	case FORM_OPTION_LINES:
		form->frame = FRAME_LINE;
		break;
	case FORM_OPTION_NUL:
		form->frame = FRAME_NUL;
		break;
	case FORM_OPTION_NETSTRINGS:
		form->frame = FRAME_NETSTRING;
		break;
	case FORM_OPTION_RAW:
		form->raw = true;
		break;
	case FORM_OPTION_JSON:
		form->kind = FORM_JSON;
		break;
	default:
		return false;
	}
	return true;
}

void form_complete(struct form *form)
{
	if (form->kind == FORM_FRAME && form->frame <= FRAME_LINE &&
	    !form->raw && output_is_terminal())
		form->kind = FORM_TERMINAL;
}

static int write_json(const struct mailbox_message *message, const char *data)
{
	struct json_object *object = json_new_object();

	json_add_number(object, "seq", message->seq);
	json_add_number(object, "length", message->length);
	json_add_number(object, "priority", message->priority);
	json_add_number(object, "tag", message->tag);
	json_add_number(object, "pid", message->pid);
	json_add_number(object, "uid", message->uid);
	json_add_number(object, "gid", message->gid);
	json_add_bool(object, "written",
		      message->info & MAILBOX_INFO_WRITTEN);
	json_add_bool(object, "call", message->info & MAILBOX_INFO_CALL);
	json_add_number(object, "lost", message->lost);
	json_add_bytes(object, "data", data, message->length);
	errno = EIO;
	json_print_line(object);
	return output_flush() ? 0 : -errno;
}

static int write_escaped(const char *data, size_t length)
{
	char *text = text_escape(data, length, "\n\t");
	int error = frame_write(FRAME_LINE, text, strlen(text));

	free(text);
	return error;
}

int form_write(const struct form *form, const struct mailbox_message *message,
	       const char *data)
{
	switch (form->kind) {
	case FORM_JSON:
		return write_json(message, data);
	case FORM_TERMINAL:
		return write_escaped(data, message->length);
	case FORM_FRAME:
		break;
	}
	return frame_write(form->frame, data, message->length);
}

void form_tell(const struct mailbox_message *message)
{
	char *user = user_name(message->uid);

	fprintf(stderr, "message %llu: %u bytes from process %u of %s, priority %u, tag %llu",
		(unsigned long long)message->seq, message->length, message->pid,
		user, message->priority, (unsigned long long)message->tag);
	if (message->info & MAILBOX_INFO_WRITTEN)
		fputs(" (written: that process opened the mailbox)", stderr);
	if (message->info & MAILBOX_INFO_CALL)
		fputs(" (a call, which nobody answers: 'mailboxctl serve' would)",
		      stderr);
	if (message->lost)
		fprintf(stderr, ", %u lost before it", message->lost);
	fputc('\n', stderr);
	free(user);
}
