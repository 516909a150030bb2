// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/* How a call ended. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>

#include "internal.h"

static const char *const names[] = {
	[MAILBOX_RPC_OK] = "OK",
	[MAILBOX_RPC_CANCELLED] = "CANCELLED",
	[MAILBOX_RPC_UNKNOWN] = "UNKNOWN",
	[MAILBOX_RPC_INVALID_ARGUMENT] = "INVALID_ARGUMENT",
	[MAILBOX_RPC_DEADLINE_EXCEEDED] = "DEADLINE_EXCEEDED",
	[MAILBOX_RPC_NOT_FOUND] = "NOT_FOUND",
	[MAILBOX_RPC_ALREADY_EXISTS] = "ALREADY_EXISTS",
	[MAILBOX_RPC_PERMISSION_DENIED] = "PERMISSION_DENIED",
	[MAILBOX_RPC_RESOURCE_EXHAUSTED] = "RESOURCE_EXHAUSTED",
	[MAILBOX_RPC_FAILED_PRECONDITION] = "FAILED_PRECONDITION",
	[MAILBOX_RPC_ABORTED] = "ABORTED",
	[MAILBOX_RPC_OUT_OF_RANGE] = "OUT_OF_RANGE",
	[MAILBOX_RPC_UNIMPLEMENTED] = "UNIMPLEMENTED",
	[MAILBOX_RPC_INTERNAL] = "INTERNAL",
	[MAILBOX_RPC_UNAVAILABLE] = "UNAVAILABLE",
};

const char *mailbox_rpc_code_name(int code)
{
	if (code < 0 || (size_t)code >= ARRAY_SIZE(names))
		return "no such code";
	return names[code];
}

int rpc_status_vset(struct mailbox_rpc_status *status, int code,
		    const char *format, va_list arguments)
{
	status->code = code;
	vsnprintf(status->text, sizeof(status->text), format, arguments);
	return code;
}

int rpc_status_set(struct mailbox_rpc_status *status, int code,
		   const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	rpc_status_vset(status, code, format, arguments);
	va_end(arguments);
	return code;
}

static int code_of(int error)
{
	switch (error) {
	case -ENOENT:
	case -EPIPE:
	case -EIDRM:
		return MAILBOX_RPC_UNAVAILABLE;
	case -ETIMEDOUT:
		return MAILBOX_RPC_DEADLINE_EXCEEDED;
	case -EACCES:
	case -EPERM:
		return MAILBOX_RPC_PERMISSION_DENIED;
	case -EMSGSIZE:
	case -EDQUOT:
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
		return MAILBOX_RPC_RESOURCE_EXHAUSTED;
	default:
		return MAILBOX_RPC_INTERNAL;
	}
}

int rpc_status_errno(struct mailbox_rpc_status *status, const char *what,
		     int error)
{
	return rpc_status_set(status, code_of(error), "%s: %s", what,
			      mailbox_explain(error));
}

bool rpc_name_make(rpc_name name, const char *of)
{
	int length = snprintf(name, sizeof(rpc_name), RPC_PREFIX "%s", of);

	return length > 0 && (size_t)length < sizeof(rpc_name);
}

uint64_t rpc_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * MAILBOX_SECOND + (uint64_t)now.tv_nsec;
}
