/* cmd_explain.c - postern explain [SLUG] */
#include <stdio.h>
#include <string.h>

#include "backends/json.h"
#include "compiler/commands.h"
#include "compiler/options.h"
#include "compiler/usage.h"
#include "compiler/wrap.h"
#include "rules/base/diag.h"

/* In a listing: where the meaning begins. */
#define SLUG_COLUMN 28

static const char *severity_name(enum diag_severity severity)
{
	return severity == DIAG_ERROR ? "error" : "warning";
}

static void explain_text(struct strbuf *out, const struct diag_info *info)
{
	strbuf_printf(out, "%s (%s)\n", info->slug, severity_name(info->severity));
	strbuf_puts(out, "  what: ");
	wrap_text(out, info->summary, 8, 8);
	strbuf_puts(out, "  do:   ");
	wrap_text(out, info->remedy, 8, 8);
}

static void list_text(struct strbuf *out, const struct diag_info *info)
{
	size_t column = strlen(info->slug);

	strbuf_puts(out, info->slug);
	if (column + 2 > SLUG_COLUMN) {
		strbuf_putc(out, '\n');
		column = 0;
	}
	strbuf_printf(out, "%*s", (int)(SLUG_COLUMN - column), "");
	wrap_text(out, info->summary, SLUG_COLUMN, SLUG_COLUMN);
}

static void explain_json(struct json_writer *json, const struct diag_info *info)
{
	json_object(json);
	json_key_string(json, "slug", info->slug);
	json_key_string(json, "severity", severity_name(info->severity));
	json_key_string(json, "summary", info->summary);
	json_key_string(json, "remedy", info->remedy);
	json_object_end(json);
}

static enum exit_code unknown(const char *slug)
{
	const char *slugs[DIAG_CODE_COUNT + 1];

	for (size_t code = 0; code < DIAG_CODE_COUNT; code++)
		slugs[code] = diag_info((enum diag_code)code)->slug;
	slugs[DIAG_CODE_COUNT] = NULL;
	return usage_unknown("explain", "message", slug, diag_nearest(slug, slugs));
}

static void explain_all(struct strbuf *out, bool as_json)
{
	struct json_writer json;

	if (!as_json) {
		for (size_t code = 0; code < DIAG_CODE_COUNT; code++)
			list_text(out, diag_info((enum diag_code)code));
		return;
	}
	json_begin(&json, out, false);
	json_list(&json);
	for (size_t code = 0; code < DIAG_CODE_COUNT; code++)
		explain_json(&json, diag_info((enum diag_code)code));
	json_list_end(&json);
	json_end(&json);
}

enum exit_code cmd_explain(const struct options *options)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	bool as_json = options_is(options, OPTION_FORMAT, "json");
	struct json_writer json;
	enum diag_code code;

	if (!options->argument_count) {
		explain_all(&out, as_json);
	} else {
		code = diag_find(options->arguments[0]);
		if (code == DIAG_CODE_COUNT)
			return unknown(options->arguments[0]);
		if (as_json) {
			json_begin(&json, &out, false);
			explain_json(&json, diag_info(code));
			json_end(&json);
		} else {
			explain_text(&out, diag_info(code));
		}
	}
	fputs(strbuf_text(&out), stdout);
	return EXIT_FINE;
}
