// SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
/*
 * The plugin behind "protoc --mailbox_out=DIR NAME.proto": NAME.rpc.h and NAME.rpc.c,
 * with what protoc-c leaves out of an interface and a function for each method.
 *
 * Reads a CodeGeneratorRequest from the standard input, writes a
 * CodeGeneratorResponse to the standard output.
 */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plugin.pb-c.h"

typedef Generator__File file;
typedef Generator__File__Service service;
typedef Generator__File__Service__Method method;

/* Of a FileDescriptorProto. */
#define FIELD_DEPENDENCY	3
#define FIELD_SOURCE_INFO	9

/* Of a method, as the library has it. */
#define ATTACHMENTS_MAX		62

static void die(const char *format, ...)
{
	va_list arguments;

	fprintf(stderr, "protoc-gen-mailbox: ");
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(1);
}

static void *must(void *memory)
{
	if (!memory)
		die("no memory");
	return memory;
}

/* ---- Names, as protoc-c makes them ---------------------------------------- */

/* CamelCase to camel_case, behind what is in @out. */
static void append_lower(char *out, const char *name)
{
	bool was_upper = true;

	out += strlen(out);
	for (; *name; name++) {
		bool upper = isupper((unsigned char)*name);

		if (upper && !was_upper)
			*out++ = '_';
		*out++ = (char)tolower((unsigned char)*name);
		was_upper = upper;
	}
	*out = '\0';
}

/* camel_case to CamelCase. */
static void append_camel(char *out, const char *name)
{
	bool next = true;

	out += strlen(out);
	for (; *name; name++) {
		if (*name == '_') {
			next = true;
			continue;
		}
		*out++ = next ? (char)toupper((unsigned char)*name) : *name;
		next = false;
	}
	*out = '\0';
}

/* Every part of a.b.C, with two underscores between. */
static char *join(const char *full, void (*append)(char *out, const char *name))
{
	char *copy = must(strdup(full)), *rest = copy, *part;
	char *out = must(calloc(1, 3 * strlen(full) + 3));

	while ((part = strsep(&rest, "."))) {
		if (*out)
			strcat(out, "__");
		append(out, part);
	}
	free(copy);
	return out;
}

/* The full name with the package that C shall have. */
static char *full_name(const file *of, const char *name)
{
	const char *package = of->package ? of->package : "";
	char *out;

	if (of->options && of->options->pb_c_file &&
	    of->options->pb_c_file->c_package)
		package = of->options->pb_c_file->c_package;
	out = must(malloc(strlen(package) + strlen(name) + 2));
	sprintf(out, "%s%s%s", package, *package ? "." : "", name);
	return out;
}

static char *c_service(const file *of, const service *s)
{
	char *full = full_name(of, s->name);
	char *name = join(full, append_lower);

	free(full);
	return name;
}

static char *c_method(const method *m)
{
	char *name = must(calloc(1, 2 * strlen(m->name) + 1));

	append_lower(name, m->name);
	return name;
}

/* ---- All files, to find whose a type is ------------------------------------ */

struct input {
	size_t count;
	file **files;
	const ProtobufCBinaryData *raw;
};

/* The C type of ".package.Message". */
static char *c_type(const struct input *input, const char *type)
{
	const file *owner = NULL;
	size_t longest = 0;
	char *full, *name;

	type++;
	for (size_t i = 0; i < input->count; i++) {
		const char *package = input->files[i]->package;
		size_t length = package ? strlen(package) : 0;

		if (!length || length < longest ||
		    strncmp(type, package, length) || type[length] != '.')
			continue;
		owner = input->files[i];
		longest = length;
	}
	if (!owner)
		return join(type, append_camel);
	full = full_name(owner, type + longest + 1);
	name = join(full, append_camel);
	free(full);
	return name;
}

/* ---- Descriptors for tools -------------------------------------------------- */

/* Files that have no messages to speak of, and that nobody needs in order to talk. */
static bool superfluous(const char *name, size_t length)
{
	static const char *const names[] = {
		"mailbox/rpc.proto",
		"google/protobuf/descriptor.proto",
		"protobuf-c/protobuf-c.proto",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i]) == length && !memcmp(names[i], name, length))
			return true;
	return false;
}

static size_t varint(const uint8_t *data, size_t room, uint64_t *value)
{
	*value = 0;
	for (size_t i = 0; i < room && i < 10; i++) {
		*value |= (uint64_t)(data[i] & 0x7f) << (7 * i);
		if (!(data[i] & 0x80))
			return i + 1;
	}
	die("a descriptor that is none");
	return 0;
}

/* A descriptor without comments and without superfluous imports. */
static size_t strip(const ProtobufCBinaryData *raw, uint8_t *out)
{
	size_t at = 0, length = 0;

	while (at < raw->len) {
		size_t start = at;
		uint64_t key, bytes = 0;

		at += varint(raw->data + at, raw->len - at, &key);
		if ((key & 7) == 2) {
			at += varint(raw->data + at, raw->len - at, &bytes);
			if (bytes > raw->len - at)
				die("a descriptor that is none");
		} else if ((key & 7) == 0) {
			at += varint(raw->data + at, raw->len - at, &bytes);
			bytes = 0;
		} else {
			die("a descriptor that is none");
		}
		at += bytes;
		if (key >> 3 == FIELD_SOURCE_INFO ||
		    (key >> 3 == FIELD_DEPENDENCY &&
		     superfluous((const char *)raw->data + at - bytes, bytes)))
			continue;
		memcpy(out + length, raw->data + start, at - start);
		length += at - start;
	}
	return length;
}

static void put_bytes(FILE *to, const uint8_t *data, size_t length, size_t *column)
{
	for (size_t i = 0; i < length; i++) {
		if (*column == 0)
			fputs("\t", to);
		fprintf(to, "%u,", data[i]);
		if (++*column == 16) {
			fputc('\n', to);
			*column = 0;
		}
	}
}

/* A FileDescriptorSet of this file and what came before it. */
static void put_files(FILE *to, const struct input *input, size_t last)
{
	size_t column = 0;

	fputs("static const uint8_t files[] = {\n", to);
	for (size_t i = 0; i <= last; i++) {
		const char *name = input->files[i]->name;
		uint8_t *data, head[11] = { 1 << 3 | 2 };
		size_t length, at = 1;

		if (superfluous(name, strlen(name)))
			continue;
		data = must(malloc(input->raw[i].len + 1));
		length = strip(&input->raw[i], data);
		for (size_t left = length; ; left >>= 7) {
			head[at++] = (uint8_t)(left >= 0x80 ? left | 0x80 : left);
			if (left < 0x80)
				break;
		}
		put_bytes(to, head, at, &column);
		put_bytes(to, data, length, &column);
		free(data);
	}
	fputs("\n};\n", to);
}

/* ---- What is generated ------------------------------------------------------- */

static uint32_t version_of(const service *s)
{
	return s->options ? s->options->version : 0;
}

static uint32_t semantics_of(const method *m)
{
	return m->options ? m->options->semantics : 0;
}

static uint32_t attachments_of(const method *m)
{
	return m->options ? m->options->attachments : 0;
}

static uint32_t result_attachments_of(const method *m)
{
	return m->options ? m->options->result_attachments : 0;
}

static void put_method_head(FILE *to, const struct input *input,
			    const char *prefix, const method *m,
			    unsigned int number)
{
	char *name = c_method(m);
	char *in = c_type(input, m->input_type);
	char *out = c_type(input, m->output_type);

	if (m->server_streaming)
		fprintf(to,
			"/* %s: results are %s, one by one. */\n"
			"static inline int\n"
			"%s__%s__call(struct mailbox_rpc_stub *stub, const %s *input,\n"
			"\tmailbox_rpc_each each, void *context)\n"
			"{\n"
			"\treturn mailbox_rpc_call_stream(stub, %u, &input->base, each,\n"
			"\t\t\t\t       context);\n"
			"}\n\n",
			m->name, out, prefix, name, in, number);
	else
		fprintf(to,
			"static inline int\n"
			"%s__%s__call(struct mailbox_rpc_stub *stub, const %s *input,\n"
			"\t%s **output)\n"
			"{\n"
			"\tProtobufCMessage *message = NULL;\n"
			"\tint code = mailbox_rpc_call(stub, %u, &input->base, &message);\n"
			"\n"
			"\tif (output)\n"
			"\t\t*output = (%s *)message;\n"
			"\telse if (message)\n"
			"\t\tprotobuf_c_message_free_unpacked(message, NULL);\n"
			"\treturn code;\n"
			"}\n\n"
			"static inline int\n"
			"%s__%s__start(struct mailbox_rpc_queue *queue, const %s *input,\n"
			"\tmailbox_rpc_done done, void *context,\n"
			"\tstruct mailbox_rpc_pending **pending)\n"
			"{\n"
			"\treturn mailbox_rpc_start(queue, %u, &input->base, done, context,\n"
			"\t\t\t\t pending);\n"
			"}\n\n",
			prefix, name, in, out, number, out, prefix, name, in,
			number);
	free(name);
	free(in);
	free(out);
}

static void put_header(FILE *to, const struct input *input, const file *of,
		       const char *base)
{
	char *guard = must(strdup(base));

	for (char *c = guard; *c; c++)
		*c = isalnum((unsigned char)*c) ?
			     (char)toupper((unsigned char)*c) : '_';
	fprintf(to,
		"/* Generated by protoc-gen-mailbox from %s.  Do not edit. */\n"
		"#ifndef MAILBOX_RPC_%s_H\n"
		"#define MAILBOX_RPC_%s_H\n\n"
		"#include <mailbox-rpc.h>\n\n"
		"#include \"%s.pb-c.h\"\n\n",
		of->name, guard, guard, base);
	for (size_t i = 0; i < of->n_service; i++) {
		char *prefix = c_service(of, of->service[i]);

		fprintf(to, "extern const struct mailbox_rpc_interface "
			"%s__interface;\n\n", prefix);
		for (size_t k = 0; k < of->service[i]->n_method; k++)
			put_method_head(to, input, prefix,
					of->service[i]->method[k],
					(unsigned int)k);
		free(prefix);
	}
	fprintf(to, "#endif\n");
	free(guard);
}

static void put_service(FILE *to, const file *of, const service *s)
{
	char *prefix = c_service(of, s);

	fprintf(to, "\nstatic const struct mailbox_rpc_method %s__methods[] = {\n",
		prefix);
	for (size_t i = 0; i < s->n_method; i++)
		fprintf(to, "\t{ %s, %u, %u, %u },\n",
			s->method[i]->server_streaming ? "true" : "false",
			semantics_of(s->method[i]),
			attachments_of(s->method[i]),
			result_attachments_of(s->method[i]));
	fprintf(to,
		"};\n\n"
		"const struct mailbox_rpc_interface %s__interface = {\n"
		"\t&%s__descriptor, %u, %s__methods, files, sizeof(files),\n"
		"};\n",
		prefix, prefix, version_of(s), prefix);
	free(prefix);
}

static void put_source(FILE *to, const struct input *input, size_t index,
		       const char *base)
{
	const file *of = input->files[index];

	fprintf(to,
		"/* Generated by protoc-gen-mailbox from %s.  Do not edit. */\n"
		"#include \"%s.rpc.h\"\n\n",
		of->name, base);
	put_files(to, input, index);
	for (size_t i = 0; i < of->n_service; i++)
		put_service(to, of, of->service[i]);
}

static const char *check_method(const method *m)
{
	if (m->client_streaming)
		return "streams of arguments are not supported: only results may be a stream";
	if (m->server_streaming && semantics_of(m) == 3)
		return "a method that returns a stream cannot be EXACTLY_ONCE";
	if (attachments_of(m) > ATTACHMENTS_MAX ||
	    result_attachments_of(m) > ATTACHMENTS_MAX)
		return "there may be 62 attachments at most";
	if (m->server_streaming && result_attachments_of(m))
		return "the results of a stream cannot have attachments";
	if (semantics_of(m) == 3 && result_attachments_of(m))
		return "a result with attachments cannot be EXACTLY_ONCE: no journal keeps them";
	return NULL;
}

static const char *check(const file *of)
{
	for (size_t i = 0; i < of->n_service; i++) {
		const service *s = of->service[i];

		if (!s->n_method)
			return "a service without methods";
		for (size_t k = 0; k < s->n_method; k++) {
			const char *wrong = check_method(s->method[k]);

			if (wrong)
				return wrong;
		}
	}
	return NULL;
}

static void add(Generator__Output *output, const char *base, const char *suffix,
		char *content)
{
	Generator__Output__File *added = must(malloc(sizeof(*added)));
	char *name = must(malloc(strlen(base) + strlen(suffix) + 1));

	sprintf(name, "%s%s", base, suffix);
	generator__output__file__init(added);
	added->name = name;
	added->content = content;
	output->file = must(realloc(output->file, (output->n_file + 1) *
				    sizeof(*output->file)));
	output->file[output->n_file++] = added;
}

static void generate(Generator__Output *output, const struct input *input,
		     size_t index)
{
	const file *of = input->files[index];
	char *base = must(strdup(of->name));
	char *dot = strrchr(base, '.');
	char *content;
	size_t length;
	FILE *to;

	if (dot && !strcmp(dot, ".proto"))
		*dot = '\0';
	to = must(open_memstream(&content, &length));
	put_header(to, input, of, base);
	fclose(to);
	add(output, base, ".rpc.h", content);
	to = must(open_memstream(&content, &length));
	put_source(to, input, index, base);
	fclose(to);
	add(output, base, ".rpc.c", content);
	free(base);
}

static uint8_t *read_all(size_t *length)
{
	size_t room = 65536, got;
	uint8_t *data = must(malloc(room));

	*length = 0;
	while ((got = fread(data + *length, 1, room - *length, stdin))) {
		*length += got;
		if (*length == room)
			data = must(realloc(data, room *= 2));
	}
	return data;
}

static bool wanted(const Generator__Input *request, const char *name)
{
	for (size_t i = 0; i < request->n_file_to_generate; i++)
		if (!strcmp(request->file_to_generate[i], name))
			return true;
	return false;
}

int main(void)
{
	Generator__Output output = GENERATOR__OUTPUT__INIT;
	static char error[512];
	Generator__Input *request;
	struct input input;
	size_t length;
	uint8_t *data = read_all(&length);

	request = generator__input__unpack(NULL, length, data);
	if (!request)
		die("run me by protoc: protoc --mailbox_out=DIR NAME.proto");
	free(data);
	input.count = request->n_proto_file;
	input.raw = request->proto_file;
	input.files = must(calloc(input.count + 1, sizeof(*input.files)));
	for (size_t i = 0; i < input.count; i++)
		input.files[i] = must(generator__file__unpack(
			NULL, input.raw[i].len, input.raw[i].data));
	output.has_supported_features = 1;
	output.supported_features = 1;	/* "optional" in proto3 */
	for (size_t i = 0; i < input.count && !output.error; i++) {
		const char *wrong = check(input.files[i]);

		if (!wanted(request, input.files[i]->name))
			continue;
		if (wrong) {
			snprintf(error, sizeof(error), "%s: %s",
				 input.files[i]->name, wrong);
			output.error = error;
		} else {
			generate(&output, &input, i);
		}
	}
	length = generator__output__get_packed_size(&output);
	data = must(malloc(length + 1));
	generator__output__pack(&output, data);
	return fwrite(data, 1, length, stdout) != length;
}
