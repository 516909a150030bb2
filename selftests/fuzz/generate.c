// SPDX-License-Identifier: GPL-2.0-only
#include <string.h>

#include <linux/mailbox.h>

#include "generate.h"

/* xorshift64* */
uint64_t fuzz_roll(struct fuzz_dice *dice)
{
	uint64_t x = dice->state;

	x ^= x >> 12;
	x ^= x << 25;
	x ^= x >> 27;
	dice->state = x;
	return (x * 0x2545f4914f6cdd1dULL) >> 16;
}

static bool one_in(struct fuzz_dice *dice, unsigned int n)
{
	return !fuzz_pick(dice, n);
}

static struct fuzz_value plain(uint64_t number)
{
	return (struct fuzz_value) { .how = FUZZ_PLAIN, .number = number };
}

/* Values at which code decides otherwise. */
static uint64_t edge(struct fuzz_dice *dice)
{
	static const uint64_t edges[] = {
		0, 1, 2, 3, 7, 8, 63, 64, 127, 128, 255, 256, 257, 1024, 4095,
		4096, 4097, 65535, 65536, 65537, 1 << 20, (1 << 20) + 1,
		16 << 20, (16 << 20) + 1, 0x7fffffff, 0x80000000, 0xffffffff,
		0x100000000, 0x7fffffffffffffff, 0x8000000000000000,
		0xffffffffffffffff,
	};

	return edges[fuzz_pick(dice, ARRAY_SIZE(edges))];
}

static uint64_t some_bits(struct fuzz_dice *dice, uint64_t known)
{
	uint64_t bits = 0;
	unsigned int i, tries = fuzz_pick(dice, 4);

	for (i = 0; i < 64; i++) {
		if ((known >> i & 1) && one_in(dice, 3) && tries) {
			bits |= 1ULL << i;
			tries--;
		}
	}
	if (one_in(dice, 40))
		bits ^= 1ULL << fuzz_pick(dice, 32);
	return bits;
}

static uint64_t some_length(struct fuzz_dice *dice)
{
	static const uint32_t lengths[] = {
		0, 1, 8, 16, 40, 64, 64, 100, 255, 256, 257, 300, 1000, 4096,
		5000, 8192, 65536,
	};

	if (one_in(dice, 20))
		return edge(dice);
	return lengths[fuzz_pick(dice, ARRAY_SIZE(lengths))];
}

/*
 * A call before @before that yields @kind; else nothing, which is mostly 0.  A
 * descriptor is of use in its own process only.
 */
static struct fuzz_value some_result(const struct fuzz_program *program,
				     unsigned int before, uint8_t kind,
				     struct fuzz_dice *dice)
{
	unsigned int found[FUZZ_CALLS];
	unsigned int i, j, count = 0;

	for (i = 0; i < before; i++) {
		const struct fuzz_command *command =
			&fuzz_commands[program->call[i].command];

		if (kind == FUZZ_FD && program->call[i].lane / 2 !=
				       program->call[before].lane / 2)
			continue;
		for (j = 0; j < command->count; j++) {
			if (command->field[j].yields == kind) {
				found[count++] = i;
				break;
			}
		}
	}
	if (!count || one_in(dice, 12))
		return plain(one_in(dice, 3) ? edge(dice) : 0);
	return (struct fuzz_value) {
		.how = FUZZ_RESULT,
		.number = found[fuzz_pick(dice, count)],
	};
}

static struct fuzz_value some_place(uint64_t suits, struct fuzz_dice *dice)
{
	uint64_t place = suits;
	uint64_t at = 0;

	if (one_in(dice, 30))
		return plain(edge(dice));
	if (one_in(dice, 8))
		place = fuzz_pick(dice, FUZZ_PLACES);
	if (one_in(dice, 4))
		at = fuzz_pick(dice, FUZZ_PLACE_SIZE);
	else if (one_in(dice, 10))
		at = FUZZ_PLACE_SIZE - fuzz_pick(dice, 64);
	return (struct fuzz_value) { .how = FUZZ_AT, .number = place << 32 | at };
}

static struct fuzz_value some_id(const struct fuzz_program *program,
				 unsigned int before, struct fuzz_dice *dice)
{
	switch (fuzz_pick(dice, 12)) {
	case 0:
		return plain(MAILBOX_ID_SELF);
	case 1:
		return plain(MAILBOX_ID_NOTIFY);
	case 2:
		return plain(MAILBOX_ID_KERNEL);
	case 3:
		return plain(0);
	case 4:
		return (struct fuzz_value) {
			.how = FUZZ_OF_PROCESS,
			.number = fuzz_pick(dice, FUZZ_PROCESSES),
		};
	default:
		return some_result(program, before, FUZZ_ID, dice);
	}
}

static struct fuzz_value some_value(const struct fuzz_program *program,
				    unsigned int call,
				    const struct fuzz_field *field,
				    struct fuzz_dice *dice)
{
	switch (field->kind) {
	case FUZZ_SIZE:
		return plain(one_in(dice, 30) ? fuzz_pick(dice, 700) :
			     field->hint);
	case FUZZ_FLAGS:
		return plain(some_bits(dice, field->hint));
	case FUZZ_NUMBER:
		if (one_in(dice, 3))
			return plain(0);
		return plain(one_in(dice, 25) ? edge(dice) :
			     fuzz_roll(dice) % (field->hint + 1));
	case FUZZ_POINTER:
		/* what not every message has */
		if (field->hint >= FUZZ_CARGO && !one_in(dice, 4))
			return plain(0);
		return some_place(field->hint, dice);
	case FUZZ_LENGTH:
		return plain(some_length(dice));
	case FUZZ_ID:
		return some_id(program, call, dice);
	case FUZZ_TOKEN:
	case FUZZ_PENDING:
		if (one_in(dice, 4))
			return plain(0);
		return some_result(program, call, field->kind, dice);
	case FUZZ_FD:
		if (one_in(dice, 4))
			return plain(-1);
		return some_result(program, call, FUZZ_FD, dice);
	case FUZZ_PROCESS:
		return (struct fuzz_value) {
			.how = FUZZ_OF_PROCESS,
			.number = fuzz_pick(dice, FUZZ_PROCESSES),
		};
	case FUZZ_DEADLINE:
		return (struct fuzz_value) {
			.how = FUZZ_SOON,
			.number = fuzz_pick(dice, 3000),
		};
	case FUZZ_USER:
		return plain(one_in(dice, 2) ? 0 : edge(dice));
	default:
		return plain(one_in(dice, 50) ? edge(dice) : 0);
	}
}

/* What goes with the flags: a call that is refused early tells little. */
static void agree(struct fuzz_call *call)
{
	const struct fuzz_command *command = &fuzz_commands[call->command];
	uint64_t flags = 0;
	unsigned int i;

	for (i = 0; i < command->count; i++) {
		const struct fuzz_field *field = &command->field[i];

		if (!strcmp(field->name, "flags"))
			flags = call->field[i].number;
	}
	for (i = 0; i < command->count; i++) {
		const struct fuzz_field *field = &command->field[i];

		if ((field->needs && !(flags & field->needs)) ||
		    flags & field->unless)
			call->field[i] = plain(0);
	}
}

static struct fuzz_value *field_of(struct fuzz_call *call, const char *name)
{
	const struct fuzz_command *command = &fuzz_commands[call->command];
	unsigned int i;

	for (i = 0; i < command->count; i++) {
		if (!strcmp(command->field[i].name, name))
			return &call->field[i];
	}
	return NULL;
}

/* What flags and numbers want of each other, beyond that. */
static void agree_flags(struct fuzz_call *call, struct fuzz_dice *dice)
{
	static const uint64_t ways[] = {
		MAILBOX_OPEN_NAME, MAILBOX_OPEN_ID, MAILBOX_OPEN_ID,
		MAILBOX_OPEN_INDEX,
	};
	unsigned int ioctl = fuzz_commands[call->command].ioctl;
	struct fuzz_value *flags = field_of(call, "flags");
	struct fuzz_value *policy = field_of(call, "policy");

	if (ioctl == MAILBOX_IOC_LISTEN) {
		policy->number %= 2;
		*field_of(call, "max_receivers") = plain(0);
		field_of(call, "rights")->number &=
			~(uint64_t)MAILBOX_RIGHT_SEND;
		field_of(call, "rights")->number |= MAILBOX_RIGHT_RECEIVE;
	} else if (ioctl == MAILBOX_IOC_OPEN) {
		*flags = plain(ways[fuzz_pick(dice, 4)] |
			       (one_in(dice, 4) ? MAILBOX_OPEN_NOFD : 0));
		field_of(call, "rights")->number |= 1 << fuzz_pick(dice, 3);
	} else if (policy && policy->number != MAILBOX_POLICY_ALL) {
		*field_of(call, "max_receivers") = plain(0);
		flags->number &= ~(uint64_t)MAILBOX_CREATE_LOSSY;
		if (!(flags->number & MAILBOX_CREATE_NOFD))
			field_of(call, "rights")->number |=
				MAILBOX_RIGHT_RECEIVE;
	} else if (policy) {
		field_of(call, "capacity")->number |= 1;
		field_of(call, "max_receivers")->number |= 1;
		flags->number &= ~(uint64_t)MAILBOX_CREATE_NOFD;
	} else if (flags && flags->number & MAILBOX_DEADLINE &&
		   field_of(call, "deadline")) {
		flags->number &= ~(uint64_t)MAILBOX_NONBLOCK;
	}
}

/* In a message either pieces or a length; what does not go out is not given. */
static void agree_messages(struct fuzz_call *call, struct fuzz_dice *dice)
{
	const struct fuzz_command *command = &fuzz_commands[call->command];
	bool receives = strstr(command->name, "RECEIVE") ||
			!strcmp(command->name, "ACCEPT");
	unsigned int i;

	for (i = 0; i < command->count; i++) {
		const char *name = command->field[i].name;
		const char *dot = strchr(name, '.');
		bool in = !strncmp(name, "reply.", 6) ?
			  !strcmp(command->name, "CALL") :
			  receives && !strncmp(name, "message.", 8);

		if (!dot)
			continue;
		if (!strcmp(dot, in ? ".length" : ".room") ||
		    (!strcmp(dot, ".iov_count") && !one_in(dice, 8)) ||
		    (!strcmp(dot, ".priority") && in))
			call->field[i] = plain(0);
	}
}

static struct fuzz_value some_descriptor(const struct fuzz_program *program,
					 unsigned int call,
					 struct fuzz_dice *dice)
{
	uint8_t on = fuzz_commands[program->call[call].command].on;

	if (on == FUZZ_ON_CLIENT ? !one_in(dice, 20) :
	    on == FUZZ_ON_ANY && one_in(dice, 3))
		return plain(0);
	return some_result(program, call, FUZZ_FD, dice);
}

static void fill(struct fuzz_program *program, unsigned int n,
		 struct fuzz_dice *dice)
{
	struct fuzz_call *call = &program->call[n];
	const struct fuzz_command *command = &fuzz_commands[call->command];
	unsigned int i;

	call->on = some_descriptor(program, n, dice);
	for (i = 0; i < command->count; i++)
		call->field[i] = some_value(program, n, &command->field[i], dice);
	if (one_in(dice, 20))
		return;
	agree_flags(call, dice);
	agree(call);
	agree_messages(call, dice);
	/* on a handle the ID is 0 */
	for (i = 0; i < command->count; i++) {
		if (command->field[i].kind == FUZZ_ID &&
		    call->on.how == FUZZ_RESULT &&
		    !strcmp(command->field[i].name, "id"))
			call->field[i] = plain(0);
	}
}

static void some_call(struct fuzz_program *program, unsigned int n,
		      struct fuzz_dice *dice)
{
	struct fuzz_call *call = &program->call[n];

	memset(call, 0, sizeof(*call));
	call->lane = fuzz_pick(dice, FUZZ_LANES);
	call->command = one_in(dice, 5) ? fuzz_pick(dice, FUZZ_OTHERS) :
			fuzz_pick(dice, fuzz_command_count);
	fill(program, n, dice);
}

static uint32_t command_of(const char *name)
{
	uint32_t i;

	for (i = 0; i < fuzz_command_count; i++) {
		if (!strcmp(fuzz_commands[i].name, name))
			break;
	}
	return i;
}

void fuzz_generate(struct fuzz_program *program, struct fuzz_dice *dice)
{
	unsigned int i;

	program->count = 3 + fuzz_pick(dice, FUZZ_CALLS - 3);
	for (i = 0; i < program->count; i++)
		some_call(program, i, dice);
	/* something to work on */
	program->call[0].command =
		command_of(one_in(dice, 5) ? "LISTEN" : "CREATE");
	program->call[0].lane = 0;
	fill(program, 0, dice);
	program->call[0].on = plain(0);
}

static void call_insert(struct fuzz_program *program, unsigned int at)
{
	unsigned int i, j;

	memmove(&program->call[at + 1], &program->call[at],
		(program->count - at) * sizeof(program->call[0]));
	program->count++;
	for (i = 0; i < program->count; i++) {
		struct fuzz_call *call = &program->call[i];

		if (call->on.how == FUZZ_RESULT && call->on.number >= at)
			call->on.number++;
		for (j = 0; j < FUZZ_FIELDS; j++) {
			if (call->field[j].how == FUZZ_RESULT &&
			    call->field[j].number >= at)
				call->field[j].number++;
		}
	}
}

static void change_field(struct fuzz_program *program, struct fuzz_dice *dice)
{
	unsigned int n = fuzz_pick(dice, program->count);
	struct fuzz_call *call = &program->call[n];
	const struct fuzz_command *command = &fuzz_commands[call->command];
	unsigned int i = fuzz_pick(dice, command->count + 2);

	if (i == command->count)
		call->lane = fuzz_pick(dice, FUZZ_LANES);
	else if (i > command->count)
		call->on = some_descriptor(program, n, dice);
	else if (one_in(dice, 6))
		call->field[i] = fuzz_value_default(&command->field[i]);
	else
		call->field[i] = some_value(program, n, &command->field[i],
					    dice);
}

static void mutate_once(struct fuzz_program *program,
			const struct fuzz_program *other,
			struct fuzz_dice *dice)
{
	unsigned int n = fuzz_pick(dice, program->count);

	switch (fuzz_pick(dice, 8)) {
	case 0:
		if (program->count > 1)
			fuzz_program_remove(program, n);
		break;
	case 1:
	case 2:
		if (program->count == FUZZ_CALLS)
			break;
		call_insert(program, n);
		some_call(program, n, dice);
		break;
	case 3:
		/* the other's end after our beginning: numbers stay right */
		if (other->count > n)
			memcpy(&program->call[n], &other->call[n],
			       (other->count - n) * sizeof(other->call[0]));
		program->count = other->count > n ? other->count :
				 program->count;
		break;
	case 4:
		/* once more */
		if (program->count == FUZZ_CALLS)
			break;
		program->call[program->count] = program->call[n];
		program->call[program->count++].lane =
			fuzz_pick(dice, FUZZ_LANES);
		break;
	default:
		change_field(program, dice);
		break;
	}
}

void fuzz_mutate(struct fuzz_program *program, const struct fuzz_program *other,
		 struct fuzz_dice *dice)
{
	unsigned int times = 1 + fuzz_pick(dice, 4);

	while (times--)
		mutate_once(program, other, dice);
}
