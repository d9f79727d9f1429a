/* cmd_backends.c - postern backends [NAME] */
#include <stdio.h>
#include <string.h>

#include "backends/json.h"
#include "backends/registry.h"
#include "compiler/commands.h"
#include "compiler/options.h"
#include "compiler/usage.h"
#include "compiler/wrap.h"

/* Where the second column of every table begins. */
#define COLUMN 24

static const char *kind_name(enum backend_kind kind)
{
	switch (kind) {
	case BACKEND_KIND_HOST_FILTER:
		return "host filter";
	case BACKEND_KIND_CLOUD_ACL:
		return "cloud access list";
	case BACKEND_KIND_CLOUD_FIREWALL:
		return "cloud firewall";
	case BACKEND_KIND_PROXY:
		return "proxy";
	case BACKEND_KIND_RESOLVER:
		return "DNS answers";
	case BACKEND_KIND_DATA:
		return "data for other tools";
	}
	BUG("no kind %d", (int)kind);
}

/** struct limit - One limit of a target by name; @unit for people */
struct limit {
	const char *name;
	const char *unit;
	size_t offset;
	bool wide; /* size_t, not uint32_t */
};

#define LIMIT(member, unit)                                              \
	{                                                                \
#member, unit, offsetof(struct backend_limits, member),  \
			sizeof(((struct backend_limits *)NULL)->member)> \
			sizeof(uint32_t)                                 \
	}
static const struct limit limits[] = {
	LIMIT(rules, "rules"),
	LIMIT(prefixes_per_rule, "prefixes a rule and side"),
	LIMIT(ports_per_rule, "port ranges a rule and side"),
	LIMIT(priority_first, "first priority"),
	LIMIT(priority_last, "last priority"),
	LIMIT(comment_bytes, "bytes of a comment or name"),
	LIMIT(output_bytes, "bytes of an output"),
};

static uint64_t limit_value(const struct backend *backend, const struct limit *limit)
{
	const char *at = (const char *)&backend->limits + limit->offset;
	uint32_t narrow;
	size_t wide;

	if (limit->wide) {
		memcpy(&wide, at, sizeof(wide));
		return wide;
	}
	memcpy(&narrow, at, sizeof(narrow));
	return narrow;
}

static bool has_cap(const struct backend *backend, size_t bit)
{
	return backend->caps >> bit & 1;
}

static void row(struct strbuf *out, const char *name, const char *text)
{
	size_t length = strlen(name) + 2;

	strbuf_printf(out, "  %s%*s", name, length < COLUMN ? (int)(COLUMN - length) : 1,
		      "");
	wrap_text(out, text, length < COLUMN ? COLUMN : length + 1, COLUMN);
}

static void describe_option(struct strbuf *out, const struct backend_option *option)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	if (option->help)
		strbuf_puts(&text, option->help);
	for (size_t i = 0; option->values && option->values[i]; i++)
		strbuf_printf(&text, "%s%s", i ? " | " : ": ", option->values[i]);
	if (option->kind == BACKEND_OPTION_NUMBER)
		strbuf_printf(&text, ": %u to %u", option->first, option->last);
	else if (option->kind == BACKEND_OPTION_ADDRESS)
		strbuf_puts(&text, ": an address");
	if (option->required)
		strbuf_puts(&text, " (required)");
	else if (option->fallback)
		strbuf_printf(&text, " [default: %s]", option->fallback);
	row(out, option->name, strbuf_text(&text));
}

static void describe_limits(struct strbuf *out, const struct backend *backend)
{
	char text[32];

	strbuf_puts(out, "\nlimits:\n");
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
		if (!limit_value(backend, &limits[i]))
			continue;
		snprintf(text, sizeof(text), "%llu",
			 (unsigned long long)limit_value(backend, &limits[i]));
		strbuf_printf(out, "  %-10s %s\n", text, limits[i].unit);
	}
	if (backend->limits.source) {
		strbuf_puts(out, "  source: ");
		wrap_text(out, backend->limits.source, 10, 10);
	}
}

static void describe(struct strbuf *out, const struct backend *backend)
{
	const struct backend_option *option = backend->options;

	strbuf_printf(out, "%s (%s): ", backend->name, kind_name(backend->kind));
	wrap_text(out, backend->summary, strlen(backend->name) + 20, 2);
	strbuf_puts(out, "\ncan say:\n");
	for (size_t bit = 0; bit < BACKEND_CAP_COUNT; bit++)
		if (has_cap(backend, bit))
			row(out, backend_cap_info((enum backend_cap_bit)bit)->name,
			    backend_cap_info((enum backend_cap_bit)bit)->what);
	describe_limits(out, backend);
	strbuf_puts(out, "\nkeys of an output:\n");
	for (; option && option->name; option++)
		describe_option(out, option);
}

static void describe_json(struct json_writer *json, const struct backend *backend)
{
	json_object(json);
	json_key_string(json, "name", backend->name);
	json_key_string(json, "kind", kind_name(backend->kind));
	json_key_string(json, "summary", backend->summary);
	json_key(json, "capabilities");
	json_list(json);
	for (size_t bit = 0; bit < BACKEND_CAP_COUNT; bit++)
		if (has_cap(backend, bit))
			json_string(json,
				    backend_cap_info((enum backend_cap_bit)bit)->name);
	json_list_end(json);
	json_key(json, "limits");
	json_object(json);
	for (size_t i = 0; i < ARRAY_SIZE(limits); i++)
		if (limit_value(backend, &limits[i]))
			json_key_number(json, limits[i].name,
					limit_value(backend, &limits[i]));
	if (backend->limits.source)
		json_key_string(json, "source", backend->limits.source);
	json_object_end(json);
	json_key(json, "options");
	json_list(json);
	for (const struct backend_option *option = backend->options;
	     option && option->name; option++)
		json_string(json, option->name);
	json_list_end(json);
	json_object_end(json);
}

static void list_json(struct strbuf *out, const struct backend *only)
{
	const struct backend *backend;
	struct json_writer json;

	json_begin(&json, out, false);
	if (only)
		describe_json(&json, only);
	else
		json_list(&json);
	for (size_t i = 0; !only && (backend = backends_at(i)); i++)
		describe_json(&json, backend);
	if (!only)
		json_list_end(&json);
	json_end(&json);
}

static void list_text(struct strbuf *out, const struct backend *only)
{
	const struct backend *backend;

	if (only)
		describe(out, only);
	for (size_t i = 0; !only && (backend = backends_at(i)); i++)
		row(out, backend->name, backend->summary);
}

enum exit_code cmd_backends(const struct options *options)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	const struct backend *only = NULL;
	const char *name = options->argument_count ? options->arguments[0] : NULL;

	if (name && !(only = backends_find(name)))
		return usage_unknown("backends", "back end", name,
				     diag_nearest(name, backends_names()));
	if (options_is(options, OPTION_FORMAT, "json"))
		list_json(&out, only);
	else
		list_text(&out, only);
	fputs(strbuf_text(&out), stdout);
	return EXIT_FINE;
}
