/* parse_output.c - Outputs: a back end, whom it governs, and its options. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "backends/registry.h"
#include "compiler/parser.h"
#include "rules/base/arena.h"

/* -- options ----------------------------------------------------------------------- */

static void bad_option(struct parser *parser, const struct backend_option *option,
		       const struct doc *doc, const char *what)
{
	diag_report(parser->diag, DIAG_BAD_OPTION, doc->at, "'%s': " QUOTE " is %s",
		    option->name, doc->text, what);
}

static bool option_name_is_valid(const char *text)
{
	if (!isascii((unsigned char)*text) || !isalpha((unsigned char)*text) ||
	    strlen(text) > 80)
		return false;
	for (const char *c = text; *c; c++)
		if (!isascii((unsigned char)*c) ||
		    (!isalnum((unsigned char)*c) && !strchr("_.-", *c)))
			return false;
	return true;
}

static bool option_number_is_valid(const struct backend_option *option, const char *text)
{
	bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const char *digits = hex ? text + 2 : text;
	unsigned long number;
	size_t length = strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789");

	/* 8 hexadecimal or 10 decimal digits hold 32 bits; a leading 0 reads as octal to
	 * many. */
	if (!length || digits[length] || length > (hex ? 8u : 10u) ||
	    (!hex && length > 1 && digits[0] == '0'))
		return false;
	number = strtoul(digits, NULL, hex ? 16 : 10);
	return number >= option->first && number <= option->last;
}

static bool check_option(struct parser *parser, const struct backend_option *option,
			 const struct doc *doc)
{
	struct addr addr;
	size_t index;

	switch (option->kind) {
	case BACKEND_OPTION_WORD:
		return parse_word(parser, doc, option->values, DIAG_BAD_OPTION, &index);
	case BACKEND_OPTION_NAME:
		if (option_name_is_valid(doc->text))
			return true;
		bad_option(parser, option, doc, "no name");
		diag_help(parser->diag,
			  "write letters, digits, '_', '.' and '-', a letter in front, "
			  "at most 80");
		return false;
	case BACKEND_OPTION_NUMBER:
		if (option_number_is_valid(option, doc->text))
			return true;
		bad_option(parser, option, doc, "no number that fits");
		diag_help(parser->diag, "write a number from %u to %u, decimal or 0x…",
			  option->first, option->last);
		return false;
	case BACKEND_OPTION_ADDRESS:
		if (addr_parse(doc->text, &addr))
			return true;
		bad_option(parser, option, doc, "no address");
		diag_help(parser->diag, "write one IPv4 or IPv6 address, as '10.0.0.4'");
		return false;
	}
	BUG("option kind %d", (int)option->kind);
}

static void parse_option(struct parser *parser, const struct doc *doc,
			 const struct backend_option *option, struct output *output)
{
	const struct doc *value = doc_get(doc, option->name);
	struct backend_setting setting = {option, option->fallback, output->at, false};

	if (value && value->kind != DOC_SCALAR) {
		diag_report(parser->diag, DIAG_WRONG_KIND, value->at,
			    "'%s': expected a single value, found %s", option->name,
			    doc_kind_name(value));
		return;
	}
	if (value) {
		if (!check_option(parser, option, value))
			return;
		setting.value = value->text;
		setting.at = value->at;
		setting.written = true;
	}
	if (!value && option->required) {
		diag_report(parser->diag, DIAG_MISSING_KEY, output->backend_at,
			    "back end '%s' needs '%s'", output->backend->name,
			    option->name);
		if (option->kind == BACKEND_OPTION_WORD && option->values[0] &&
		    option->values[1])
			diag_help(parser->diag, "write '%s: %s' or '%s: %s'",
				  option->name, option->values[0], option->name,
				  option->values[1]);
		else
			diag_help(parser->diag, "%s", option->help);
		return;
	}
	if (setting.value)
		*arena_push(parser->arena, output->settings, output->setting_count,
			    output->setting_capacity) = setting;
}

/* -- clients ----------------------------------------------------------------------- */

/* An output for the host itself sees what the host sends, whatever its addresses are. */
static bool governs_host(const struct output *output)
{
	if (!(output->backend->caps & BACKEND_CAP(HOST)))
		return false;
	for (size_t i = 0; i < output->setting_count; i++)
		if (strcmp(output->settings[i].option->name, "hook") == 0)
			return strcmp(output->settings[i].value, "output") == 0;
	return false;
}

static bool governs_by_default(const struct output *output, const struct client *client)
{
	if (output->backend->kind == BACKEND_KIND_PROXY)
		return client->via == CLIENT_PROXY;
	return client->has_addresses || governs_host(output);
}

static void add_client(struct parser *parser, struct output *output,
		       struct client *client)
{
	*arena_push(parser->arena, output->clients, output->client_count,
		    output->client_capacity) = client;
}

static void add_named_clients(struct parser *parser, struct output *output,
			      const struct doc *list)
{
	struct names seen = {0};

	for (size_t i = 0; i < list_count(list); i++) {
		const struct doc *item = list_item(list, i);
		struct client *client =
			parser_refer(parser, &parser->clients, item, "client");

		if (!client)
			continue;
		if (names_add(&seen, item->text, item->at, NULL, parser->arena)) {
			diag_report(parser->diag, DIAG_LISTED_TWICE, item->at,
				    "'%s' is listed twice", item->text);
			continue;
		}
		add_client(parser, output, client);
		if (client->has_addresses || governs_host(output))
			continue;
		diag_report(parser->diag, DIAG_CLIENT_WITHOUT_ADDRESSES, item->at,
			    "client '%s' has no addresses, by which '%s' could tell it",
			    client->name.text, output->name.text);
		diag_note(parser->diag, client->name.at, "the client is here");
		diag_help(parser->diag,
			  "write its 'addresses:', or take an output for the host "
			  "itself (hook: output)");
	}
}

static void parse_output_clients(struct parser *parser, const struct fields *fields,
				 struct output *output)
{
	const struct doc *list = fields->value[SCHEMA_OUTPUT_CLIENTS];
	const struct spec *spec = parser->spec;
	size_t count = list ? list_count(list) : spec->client_count;

	output->clients_written = list != NULL;
	output->clients_at = field_at(fields, SCHEMA_OUTPUT_CLIENTS);
	if (count > SPEC_MAX_USES - parser->use_count) {
		parser->use_count = SPEC_MAX_USES;
		diag_report(parser->diag, DIAG_SPEC_LIMIT, output->at,
			    "parts use each other more than %u times", SPEC_MAX_USES);
		return;
	}
	parser->use_count += count;
	if (list)
		add_named_clients(parser, output, list);
	for (size_t i = 0; !list && i < spec->client_count; i++)
		if (governs_by_default(output, spec->clients[i]))
			add_client(parser, output, spec->clients[i]);
	if (!output->client_count && !parser->unresolved && !list &&
	    output->backend->kind != BACKEND_KIND_PROXY) {
		diag_report(parser->diag, DIAG_OUTPUT_WITHOUT_CLIENTS, output->name.at,
			    "the output '%s' governs no client", output->name.text);
		diag_help(parser->diag,
			  "write the clients' 'addresses:': outputs tell clients by "
			  "them");
	}
}

/* -- outputs ----------------------------------------------------------------------- */

/* Those that a message lists. */
#define MAX_BACKENDS 30

static const struct backend *find_backend(struct parser *parser, const struct doc *doc)
{
	const struct backend *backend = backends_find(doc->text);
	const char *names[MAX_BACKENDS + 1] = {NULL};
	const char *nearest, *all = "";

	if (backend)
		return backend;
	for (size_t i = 0; i < MAX_BACKENDS && backends_at(i); i++)
		names[i] = backends_at(i)->name;
	diag_report(parser->diag, DIAG_UNKNOWN_BACKEND, doc->at,
		    "there is no back end " QUOTE, doc->text);
	nearest = diag_nearest(doc->text, names);
	if (nearest)
		diag_help(parser->diag, "did you mean '%s'?", nearest);
	for (size_t i = 0; names[i]; i++)
		all = arena_printf(parser->arena, "%s%s%s", all, i ? ", " : "", names[i]);
	diag_help(parser->diag, "known: %s", all);
	return NULL;
}

/* Everything of an output but its name. */
static void finish_output(struct parser *parser, const struct doc *doc,
			  const struct fields *fields, struct output *output)
{
	for (const struct backend_option *option = output->backend->options;
	     option && option->name; option++)
		parse_option(parser, doc, option, output);
	parse_output_clients(parser, fields, output);
	if (parser_define(parser, &parser->outputs, &output->name, "output", output))
		*arena_push(parser->arena, parser->spec->outputs,
			    parser->spec->output_count, parser->spec->output_capacity) =
			output;
}

void parse_output(struct parser *parser, const struct doc *doc)
{
	struct output *output = arena_make(parser->arena, struct output);
	const struct doc *backend = doc_get(doc, "backend");
	struct fields fields;

	if (backend && backend->kind == DOC_SCALAR) {
		output->backend = find_backend(parser, backend);
		output->backend_at = backend->at;
		/* Without the back end nobody knows which keys are right. */
		if (!output->backend)
			return;
	}
	if (!parse_fields(parser, doc, SCHEMA_OUTPUT, output->backend, &fields) ||
	    !output->backend)
		return;
	output->at = doc->at;
	output->name = (struct word){output->backend->name, output->backend_at};
	if (fields.value[SCHEMA_OUTPUT_NAME] &&
	    !parse_name(parser, fields.value[SCHEMA_OUTPUT_NAME], &output->name))
		return;
	finish_output(parser, doc, &fields, output);
}

void parse_implied_output(struct parser *parser)
{
	const struct spec *spec = parser->spec;
	const struct doc nothing = {.kind = DOC_MAP, .at = spec->at};
	const struct fields fields = {.doc = &nothing, .mapping = SCHEMA_OUTPUT};
	struct output *output;

	for (size_t i = 0; i < spec->output_count; i++)
		if (spec->outputs[i]->backend == parser->options->implied)
			return;
	output = arena_make(parser->arena, struct output);
	output->backend = parser->options->implied;
	output->at = output->backend_at = spec->at;
	output->name = (struct word){output->backend->name, spec->at};
	finish_output(parser, &nothing, &fields, output);
}
