// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mailboxctl needs of json-c: memory that runs out ends the program, and
 * bytes that are not text become base64.
 */
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "json.h"
#include "text.h"

static struct json_object *or_die(struct json_object *object)
{
	if (!object)
		die(EXIT_FAIL, "out of memory");
	return object;
}

struct json_object *json_new_object(void)
{
	return or_die(json_object_new_object());
}

struct json_object *json_new_array(void)
{
	return or_die(json_object_new_array());
}

void json_add(struct json_object *object, const char *key,
	      struct json_object *value)
{
	if (json_object_object_add(object, key, value))
		die(EXIT_FAIL, "out of memory");
}

void json_add_number(struct json_object *object, const char *key,
		     uint64_t value)
{
	json_add(object, key, or_die(json_object_new_uint64(value)));
}

void json_add_bool(struct json_object *object, const char *key, bool value)
{
	json_add(object, key, or_die(json_object_new_boolean(value)));
}

void json_add_string(struct json_object *object, const char *key,
		     const char *value)
{
	json_add(object, key, or_die(json_object_new_string(value)));
}

void json_add_null(struct json_object *object, const char *key)
{
	json_add(object, key, NULL);
}

void json_add_bytes(struct json_object *object, const char *key,
		    const void *data, size_t length)
{
	char *text;

	if (text_is_utf8(data, length)) {
		json_add(object, key, or_die(json_object_new_string_len(data,
						(int)length)));
		return;
	}
	text = text_format("%s_base64", key);
	key = text;
	text = text_base64(data, length);
	json_add_string(object, key, text);
	free(text);
	free((char *)key);
}

void json_add_name(struct json_object *object, const void *name, size_t length)
{
	if (length)
		json_add_bytes(object, "name", name, length);
	else
		json_add_null(object, "name");
}

void json_append(struct json_object *array, struct json_object *value)
{
	if (json_object_array_add(array, value))
		die(EXIT_FAIL, "out of memory");
}

static void print(struct json_object *object, int flags)
{
	const char *text;

	flags |= JSON_C_TO_STRING_NOSLASHESCAPE;
	text = json_object_to_json_string_ext(object, flags);
	if (!text)
		die(EXIT_FAIL, "out of memory");
	puts(text);
	json_object_put(object);
}

void json_print(struct json_object *object)
{
	print(object, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED);
}

void json_print_line(struct json_object *object)
{
	print(object, JSON_C_TO_STRING_PLAIN);
}
