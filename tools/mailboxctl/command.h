/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The subcommands, one file each.
 */
#ifndef MAILBOXCTL_COMMAND_H
#define MAILBOXCTL_COMMAND_H

struct command {
	const char *name;
	const char *arguments;	/* what follows the name, for the usage line */
	const char *summary;	/* a line for 'mailboxctl --help' */
	const char *details;	/* options and examples */

	/* Does it; argv[0] is the name.  Returns an enum exit_code. */
	int (*run)(const struct command *self, int argc, char **argv);
};

extern const struct command command_create;
extern const struct command command_list;
extern const struct command command_stat;
extern const struct command command_send;
extern const struct command command_receive;
extern const struct command command_call;
extern const struct command command_serve;
extern const struct command command_listen;
extern const struct command command_connect;
extern const struct command command_notify;
extern const struct command command_destroy;
extern const struct command command_unlink;
extern const struct command command_set;
extern const struct command command_watch;
extern const struct command command_limits;
extern const struct command command_section;
extern const struct command command_ring;
extern const struct command command_rpc;

/* Print what --help prints, and end. */
_Noreturn void command_help(const struct command *command);

#endif /* MAILBOXCTL_COMMAND_H */
