// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "program.h"

static const char *const places[FUZZ_PLACES] = {
	[FUZZ_BYTES] = "bytes",
	[FUZZ_MESSAGES] = "messages",
	[FUZZ_ROOMS] = "rooms",
	[FUZZ_PIECES] = "pieces",
	[FUZZ_COMMAND] = "command",
	[FUZZ_CARGO] = "cargo",
	[FUZZ_HOLD] = "hold",
};

struct fuzz_value fuzz_value_default(const struct fuzz_field *field)
{
	return (struct fuzz_value) {
		.how = FUZZ_PLAIN,
		.number = field->kind == FUZZ_SIZE ? field->hint : 0,
	};
}

static bool is_default(const struct fuzz_value *value,
		       const struct fuzz_field *field)
{
	return value->how == FUZZ_PLAIN &&
	       value->number == fuzz_value_default(field).number;
}

static void renumber(struct fuzz_value *value, unsigned int removed)
{
	if (value->how != FUZZ_RESULT || value->number < removed)
		return;
	if (value->number == removed)
		*value = (struct fuzz_value) { .how = FUZZ_PLAIN };
	else
		value->number--;
}

void fuzz_program_remove(struct fuzz_program *program, unsigned int n)
{
	unsigned int i, j;

	program->count--;
	memmove(&program->call[n], &program->call[n + 1],
		(program->count - n) * sizeof(program->call[0]));
	for (i = 0; i < program->count; i++) {
		renumber(&program->call[i].on, n);
		for (j = 0; j < FUZZ_FIELDS; j++)
			renumber(&program->call[i].field[j], n);
	}
}

static void value_write(const struct fuzz_value *value, FILE *to)
{
	unsigned long long number = value->number;

	switch (value->how) {
	case FUZZ_PLAIN:
		fprintf(to, number < 10 ? "%llu" : "%#llx", number);
		break;
	case FUZZ_RESULT:
		fprintf(to, "@%llu", number);
		break;
	case FUZZ_SOON:
		fprintf(to, "+%llu", number);
		break;
	case FUZZ_OF_PROCESS:
		fprintf(to, "%%%llu", number);
		break;
	case FUZZ_AT:
		fprintf(to, "%s", places[(number >> 32) % FUZZ_PLACES]);
		if (number & 0xffffffff)
			fprintf(to, "+%#llx", number & 0xffffffff);
		break;
	}
}

static void call_write(const struct fuzz_call *call, FILE *to)
{
	const struct fuzz_command *command = &fuzz_commands[call->command];
	unsigned int i;

	fprintf(to, "%u %s", call->lane, command->name);
	if (call->on.how != FUZZ_PLAIN || call->on.number) {
		fprintf(to, " on=");
		value_write(&call->on, to);
	}
	for (i = 0; i < command->count; i++) {
		const struct fuzz_field *field = &command->field[i];

		if (is_default(&call->field[i], field))
			continue;
		fprintf(to, " %s=", field->name);
		value_write(&call->field[i], to);
	}
	fputc('\n', to);
}

void fuzz_program_write(const struct fuzz_program *program, FILE *to)
{
	unsigned int i;

	for (i = 0; i < program->count; i++)
		call_write(&program->call[i], to);
	fputc('\n', to);
}

static int number_read(const char *text, uint64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 0);
	return errno || end == text || *end ? -1 : 0;
}

static int place_read(const char *text, struct fuzz_value *value)
{
	const char *offset = strchr(text, '+');
	size_t length = offset ? (size_t)(offset - text) : strlen(text);
	uint64_t at = 0;
	uint64_t i;

	if (offset && (number_read(offset + 1, &at) || at > UINT32_MAX))
		return -1;
	for (i = 0; i < FUZZ_PLACES; i++) {
		if (strlen(places[i]) == length &&
		    !strncmp(places[i], text, length)) {
			value->number = i << 32 | at;
			return 0;
		}
	}
	return -1;
}

static int value_read(const char *text, struct fuzz_value *value)
{
	switch (*text) {
	case '@':
		value->how = FUZZ_RESULT;
		return number_read(text + 1, &value->number);
	case '+':
		value->how = FUZZ_SOON;
		return number_read(text + 1, &value->number);
	case '%':
		value->how = FUZZ_OF_PROCESS;
		return number_read(text + 1, &value->number);
	case 'a' ... 'z':
		value->how = FUZZ_AT;
		return place_read(text, value);
	default:
		value->how = FUZZ_PLAIN;
		return number_read(text, &value->number);
	}
}

static struct fuzz_value *field_find(struct fuzz_call *call, const char *name)
{
	const struct fuzz_command *command = &fuzz_commands[call->command];
	unsigned int i;

	if (!strcmp(name, "on"))
		return &call->on;
	for (i = 0; i < command->count; i++) {
		if (!strcmp(command->field[i].name, name))
			return &call->field[i];
	}
	return NULL;
}

static int command_find(const char *name, uint32_t *command)
{
	for (*command = 0; *command < fuzz_command_count; ++*command) {
		if (!strcmp(fuzz_commands[*command].name, name))
			return 0;
	}
	return -1;
}

/* NULL, or what is wrong. */
static const char *call_read(struct fuzz_call *call, char *text)
{
	const struct fuzz_command *command;
	char *word = strtok(text, " \t\n");
	struct fuzz_value *value;
	uint64_t lane;
	unsigned int i;
	char *equals;

	memset(call, 0, sizeof(*call));
	if (number_read(word, &lane) || lane >= FUZZ_LANES)
		return "no such lane";
	call->lane = lane;
	word = strtok(NULL, " \t\n");
	if (!word || command_find(word, &call->command))
		return "no such command";
	command = &fuzz_commands[call->command];
	for (i = 0; i < command->count; i++)
		call->field[i] = fuzz_value_default(&command->field[i]);
	while ((word = strtok(NULL, " \t\n"))) {
		equals = strchr(word, '=');
		if (!equals)
			return "no value";
		*equals = '\0';
		value = field_find(call, word);
		if (!value)
			return "no such field";
		if (value_read(equals + 1, value))
			return "no such value";
	}
	return NULL;
}

int fuzz_program_read(struct fuzz_program *program, FILE *from,
		      unsigned int *line)
{
	const char *wrong = NULL;
	char *text = NULL;
	size_t room = 0;

	program->count = 0;
	while (!wrong && getline(&text, &room, from) > 0) {
		++*line;
		if (*text == '#')
			continue;
		text[strcspn(text, "#\n")] = '\0';
		if (!text[strspn(text, " \t")]) {
			if (program->count)
				break;
		} else if (program->count == FUZZ_CALLS) {
			wrong = "too many calls";
		} else {
			wrong = call_read(&program->call[program->count++],
					  text);
		}
	}
	free(text);
	if (wrong) {
		fprintf(stderr, "line %u: %s\n", *line, wrong);
		return -1;
	}
	return program->count > 0;
}
