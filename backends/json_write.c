/* json_write.c - Writing JSON with stable bytes. */
#include "backends/json.h"

#include <inttypes.h>
#include <string.h>

#include "rules/base/utf8.h"

void json_begin(struct json_writer *json, struct strbuf *out, bool compact)
{
	*json = (struct json_writer){.out = out, .compact = compact};
}

void json_end(struct json_writer *json)
{
	if (json->depth || json->after_key || !json->filled[0])
		BUG("JSON ends on depth %u%s", json->depth,
		    json->after_key ? " behind a key" : "");
	if (!json->compact)
		strbuf_putc(json->out, '\n');
}

static void line_break(struct json_writer *json)
{
	if (json->compact)
		return;
	strbuf_putc(json->out, '\n');
	for (unsigned i = 0; i < json->depth; i++)
		strbuf_puts(json->out, "  ");
}

/* What stands before an element: nothing behind a key, else a comma and a new line. */
static void begin_element(struct json_writer *json)
{
	bool was_filled = json->filled[json->depth];

	if (json->depth && !json->is_list[json->depth] && !json->after_key)
		BUG("a value in an object needs a key");
	if (!json->depth && was_filled)
		BUG("a second value on the top level");
	json->filled[json->depth] = true;
	if (json->after_key) {
		json->after_key = false;
		return;
	}
	if (was_filled)
		strbuf_putc(json->out, ',');
	if (json->depth)
		line_break(json);
}

static void open_container(struct json_writer *json, bool is_list)
{
	begin_element(json);
	strbuf_putc(json->out, is_list ? '[' : '{');
	if (++json->depth >= ARRAY_SIZE(json->filled))
		BUG("JSON of more than %zu levels", ARRAY_SIZE(json->filled) - 1);
	json->filled[json->depth] = false;
	json->is_list[json->depth] = is_list;
}

static void close_container(struct json_writer *json, bool is_list)
{
	bool was_filled = json->filled[json->depth];

	if (!json->depth || json->is_list[json->depth] != is_list || json->after_key)
		BUG("the end of a container that is not open");
	json->depth--;
	if (was_filled)
		line_break(json);
	strbuf_putc(json->out, is_list ? ']' : '}');
}

void json_object(struct json_writer *json)
{
	open_container(json, false);
}

void json_object_end(struct json_writer *json)
{
	close_container(json, false);
}

void json_list(struct json_writer *json)
{
	open_container(json, true);
}

void json_list_end(struct json_writer *json)
{
	close_container(json, true);
}

static void put_escaped(struct strbuf *out, unsigned char c)
{
	switch (c) {
	case '"':
		strbuf_puts(out, "\\\"");
		break;
	case '\\':
		strbuf_puts(out, "\\\\");
		break;
	case '\n':
		strbuf_puts(out, "\\n");
		break;
	case '\t':
		strbuf_puts(out, "\\t");
		break;
	case '\r':
		strbuf_puts(out, "\\r");
		break;
	default:
		strbuf_printf(out, "\\u%04x", c);
		break;
	}
}

/* Texts from outside may hold anything: what is no UTF-8 becomes U+FFFD, so that the
 * output is JSON whatever was read. */
static void put_string(struct strbuf *out, const char *text)
{
	size_t left = strlen(text);

	strbuf_putc(out, '"');
	while (left) {
		size_t plain = 0, sequence;

		while (plain < left && (unsigned char)text[plain] >= 0x20 &&
		       (unsigned char)text[plain] < 0x7f && text[plain] != '"' &&
		       text[plain] != '\\')
			plain++;
		strbuf_add(out, text, plain);
		text += plain;
		left -= plain;
		if (!left)
			break;
		sequence = utf8_sequence(text, left);
		if (sequence > 1)
			strbuf_add(out, text, sequence);
		else if (sequence == 1)
			put_escaped(out, (unsigned char)*text);
		else
			strbuf_puts(out, "\xef\xbf\xbd");
		text += sequence ? sequence : 1;
		left -= sequence ? sequence : 1;
	}
	strbuf_putc(out, '"');
}

void json_key(struct json_writer *json, const char *key)
{
	if (!json->depth || json->is_list[json->depth] || json->after_key)
		BUG("the key '%s' where none can stand", key);
	if (json->filled[json->depth])
		strbuf_putc(json->out, ',');
	json->filled[json->depth] = true;
	line_break(json);
	put_string(json->out, key);
	strbuf_puts(json->out, json->compact ? ":" : ": ");
	json->after_key = true;
}

void json_string(struct json_writer *json, const char *text)
{
	if (!text) {
		json_null(json);
		return;
	}
	begin_element(json);
	put_string(json->out, text);
}

void json_number(struct json_writer *json, uint64_t number)
{
	begin_element(json);
	strbuf_printf(json->out, "%" PRIu64, number);
}

void json_bool(struct json_writer *json, bool value)
{
	begin_element(json);
	strbuf_puts(json->out, value ? "true" : "false");
}

void json_null(struct json_writer *json)
{
	begin_element(json);
	strbuf_puts(json->out, "null");
}

void json_key_string(struct json_writer *json, const char *key, const char *text)
{
	json_key(json, key);
	json_string(json, text);
}

void json_key_number(struct json_writer *json, const char *key, uint64_t number)
{
	json_key(json, key);
	json_number(json, number);
}

void json_key_bool(struct json_writer *json, const char *key, bool value)
{
	json_key(json, key);
	json_bool(json, value);
}

void json_key_strings(struct json_writer *json, const char *key, const char *const *texts,
		      size_t count)
{
	json_key(json, key);
	json_list(json);
	for (size_t i = 0; i < count; i++)
		json_string(json, texts[i]);
	json_list_end(json);
}
