/* endpoints_list.c - The listing of an intent: who needs what, and why. */
#include "compiler/endpoints_list.h"

#include <string.h>

#include "backends/json.h"
#include "rules/base/strbuf.h"
#include "rules/base/utf8.h"

/* -- cells ----------------------------------------------------------------- */

/* So many address ranges stand in a table; the JSON has them all. */
#define RANGES_SHOWN 3

static void put_addresses(const struct flow *flow, struct strbuf *out)
{
	char text[ADDR_TEXT_MAX];
	size_t shown = 0, total = 0;

	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		total += flow->addresses.of[family].count;
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		const struct ranges *ranges = &flow->addresses.of[family];

		for (size_t i = 0; i < ranges->count && shown < RANGES_SHOWN;
		     i++, shown++) {
			strbuf_puts(out, shown ? ", " : "");
			strbuf_puts(out, addr_range_format((enum family)family,
							   &ranges->at[i], text));
		}
	}
	if (total > shown)
		strbuf_printf(out, " and %zu more", total - shown);
}

static void put_client(const struct flow *flow, struct strbuf *out)
{
	strbuf_puts(out, flow->client->name);
}

static void put_endpoint(const struct flow *flow, struct strbuf *out)
{
	if (flow->name)
		strbuf_puts(out, flow->name);
	else if (flow->bound)
		put_addresses(flow, out);
	else
		strbuf_printf(out, "tag %s", flow->service_tag);
}

static void put_service(const struct flow *flow, struct strbuf *out)
{
	flow_describe_service(flow, out);
}

static void put_reason(const struct flow *flow, struct strbuf *out)
{
	strbuf_puts(out, flow->reason);
	if (flow->path == CLIENT_PROXY)
		strbuf_puts(out, ", through the proxy");
}

static void put_binding(const struct flow *flow, struct strbuf *out)
{
	if (!flow->bound) {
		strbuf_puts(out, "not bound");
		if (flow->service_tag && flow->name)
			strbuf_printf(out, " (tag %s)", flow->service_tag);
		return;
	}
	if (flow->name) {
		put_addresses(flow, out);
		strbuf_puts(out, ", ");
	}
	strbuf_puts(out, flow->bound_by);
}

/* -- the table ------------------------------------------------------------- */

static const struct {
	const char *title;
	void (*put)(const struct flow *flow, struct strbuf *out);
} columns[] = {
	{"CLIENT", put_client}, {"ENDPOINT", put_endpoint}, {"SERVICE", put_service},
	{"REASON", put_reason}, {"BOUND BY", put_binding},
};

static size_t text_width(const char *text)
{
	size_t width = 0, left = strlen(text), sequence;

	for (; left; text += sequence, left -= sequence) {
		sequence = utf8_sequence(text, left);
		width += sequence ? utf8_width(text, sequence) : 1;
		sequence += !sequence;
	}
	return width;
}

static void put_cell(struct strbuf *out, const char *text, size_t width, bool is_last)
{
	size_t used = text_width(text);

	for (const char *c = text; *c; c++)
		strbuf_putc(out, (unsigned char)*c < ' ' || *c == 0x7f ? '?' : *c);
	if (is_last) {
		strbuf_putc(out, '\n');
		return;
	}
	for (; used < width + 2; used++)
		strbuf_putc(out, ' ');
}

static void put_cell_text(const struct flow *flow, size_t column, struct strbuf *cell)
{
	cell->length = 0;
	columns[column].put(flow, cell);
}

void endpoints_list_text(const struct intent *intent, struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf cell = {0};
	size_t widths[ARRAY_SIZE(columns)];

	for (size_t c = 0; c < ARRAY_SIZE(columns); c++) {
		widths[c] = strlen(columns[c].title);
		for (size_t i = 0; i < intent->flow_count; i++) {
			size_t width;

			put_cell_text(intent->flows[i], c, &cell);
			width = text_width(strbuf_text(&cell));
			widths[c] = width > widths[c] ? width : widths[c];
		}
	}
	for (size_t c = 0; c < ARRAY_SIZE(columns); c++)
		put_cell(out, columns[c].title, widths[c], c + 1 == ARRAY_SIZE(columns));
	for (size_t i = 0; i < intent->flow_count; i++) {
		for (size_t c = 0; c < ARRAY_SIZE(columns); c++) {
			put_cell_text(intent->flows[i], c, &cell);
			put_cell(out, strbuf_text(&cell), widths[c],
				 c + 1 == ARRAY_SIZE(columns));
		}
	}
}

/* -- JSON ------------------------------------------------------------------ */

/* Words separated by blanks as a list; NULL is the empty one. */
static void put_words(struct json_writer *json, const char *key, const char *words)
{
	CLEANUP(strbuf_release) struct strbuf word = {0};

	json_key(json, key);
	json_list(json);
	while (words && *words) {
		size_t length = strcspn(words, " ");

		word.length = 0;
		strbuf_add(&word, words, length);
		json_string(json, strbuf_text(&word));
		words += length + strspn(words + length, " ");
	}
	json_list_end(json);
}

static void put_ports(struct json_writer *json, const struct ranges *ports)
{
	json_key(json, "ports");
	json_list(json);
	for (size_t i = 0; i < ports->count; i++) {
		json_object(json);
		json_key_number(json, "first", (uint64_t)ports->at[i].first);
		json_key_number(json, "last", (uint64_t)ports->at[i].last);
		json_object_end(json);
	}
	json_list_end(json);
}

static void put_all_addresses(struct json_writer *json, const struct addr_set *set)
{
	char text[ADDR_TEXT_MAX];

	json_key(json, "addresses");
	json_list(json);
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		for (size_t i = 0; i < set->of[family].count; i++)
			json_string(json,
				    addr_range_format((enum family)family,
						      &set->of[family].at[i], text));
	json_list_end(json);
}

static void put_protocol(struct json_writer *json, unsigned protocol)
{
	const char *name = protocol_name(protocol);

	if (protocol == PROTOCOL_ANY)
		json_key_string(json, "protocol", "any");
	else if (name)
		json_key_string(json, "protocol", name);
	else
		json_key_number(json, "protocol", protocol);
}

static void put_flow(struct json_writer *json, const struct flow *flow)
{
	json_object(json);
	json_key_string(json, "id", flow->id);
	json_key_string(json, "group", flow->group);
	json_key_string(json, "client", flow->client->name);
	json_key_string(json, "path", flow->path == CLIENT_PROXY ? "proxy" : "direct");
	json_key_string(json, "endpoint", flow->name);
	put_protocol(json, flow->protocol);
	put_ports(json, &flow->ports);
	json_key_string(json, "reason", flow->reason);
	put_words(json, "service_tags", flow->service_tag);
	put_words(json, "regional_tags", flow->regional_tags);
	json_key_string(json, "view", flow->view);
	json_key_string(json, "bound_by", flow->bound ? flow->bound_by : NULL);
	put_all_addresses(json, &flow->addresses);
	json_object_end(json);
}

void endpoints_list_json(const struct intent *intent, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_number(&json, "version", 1);
	json_key(&json, "flows");
	json_list(&json);
	for (size_t i = 0; i < intent->flow_count; i++)
		put_flow(&json, intent->flows[i]);
	json_list_end(&json);
	json_object_end(&json);
	json_end(&json);
}
