/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What mailboxctl needs of json-c.
 *
 * JSON is UTF-8, names and messages are any bytes.  A member that holds such
 * bytes is a string if they are UTF-8; if not, "KEY_base64" stands in place of
 * "KEY".  Exactly one of the two is there.
 */
#ifndef MAILBOXCTL_JSON_H
#define MAILBOXCTL_JSON_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>

struct json_object *json_new_object(void);
struct json_object *json_new_array(void);

void json_add(struct json_object *object, const char *key,
	      struct json_object *value);
void json_add_number(struct json_object *object, const char *key,
		     uint64_t value);
void json_add_bool(struct json_object *object, const char *key, bool value);
void json_add_string(struct json_object *object, const char *key,
		     const char *value);
void json_add_null(struct json_object *object, const char *key);
void json_add_bytes(struct json_object *object, const char *key,
		    const void *data, size_t length);

/* The "name" of a mailbox or a section: its bytes, or null if there are none. */
void json_add_name(struct json_object *object, const void *name, size_t length);

void json_append(struct json_object *array, struct json_object *value);

/* Print it for people and programs, and free it. */
void json_print(struct json_object *object);

/* The same as one line. */
void json_print_line(struct json_object *object);

#endif /* MAILBOXCTL_JSON_H */
