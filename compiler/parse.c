/* parse.c - From a document to a spec: the frame that every mapping shares. */
#include "compiler/parser.h"

#include <string.h>

#include "compiler/check.h"
#include "rules/base/arena.h"

/* More unknown keys than this in one mapping: it is another mapping. */
#define MAX_UNKNOWN_KEYS 10
/* Nobody reads further; comparing words takes longer than all the rest. */
#define MAX_SUGGESTIONS 50
/* Keys that a misspelt one is compared with. */
#define MAX_CANDIDATES 64

size_t list_count(const struct doc *list)
{
	return list->kind == DOC_LIST ? list->count : 1;
}

const struct doc *list_item(const struct doc *list, size_t index)
{
	return list->kind == DOC_LIST ? list->items[index] : list;
}

/* -- kinds ------------------------------------------------------------------------- */

static bool wrong_kind(struct parser *parser, const struct doc *doc, const char *expected)
{
	diag_report(parser->diag, DIAG_WRONG_KIND, doc->at, "expected %s, found %s",
		    expected, doc_kind_name(doc));
	return false;
}

static bool fits_element(const struct doc *doc, enum schema_shape shape)
{
	switch (shape) {
	case SCHEMA_SHAPE_SCALAR:
	case SCHEMA_SHAPE_LIST:
		return doc->kind == DOC_SCALAR;
	case SCHEMA_SHAPE_MAP:
	case SCHEMA_SHAPE_MAPS:
		return doc->kind == DOC_MAP;
	case SCHEMA_SHAPE_MIXED:
		return doc->kind == DOC_SCALAR || doc->kind == DOC_MAP;
	}
	BUG("shape %d", (int)shape);
}

static const char *element_name(enum schema_shape shape)
{
	return shape == SCHEMA_SHAPE_MAPS    ? "a mapping"
	       : shape == SCHEMA_SHAPE_MIXED ? "a name or a mapping"
					     : "a single value";
}

static bool check_elements(struct parser *parser, const struct doc *list,
			   const struct schema_key_info *info, enum schema_shape shape)
{
	bool good = true;

	if (!list->count) {
		diag_report(parser->diag, DIAG_EMPTY_LIST, list->at,
			    "'%s' is an empty list", info->key);
		diag_help(parser->diag,
			  info->required ? "write at least one entry"
					 : "write an entry, or remove '%s:'",
			  info->key);
		return false;
	}
	for (size_t i = 0; i < list->count; i++)
		if (!fits_element(list->items[i], shape)) {
			good = wrong_kind(parser, list->items[i], element_name(shape));
			break;
		}
	return good;
}

static bool check_kind(struct parser *parser, const struct doc *doc,
		       const struct schema_key_info *info, struct span key_at)
{
	const struct schema_type_info *type = schema_type(info->type);
	bool is_list =
		type->shape != SCHEMA_SHAPE_SCALAR && type->shape != SCHEMA_SHAPE_MAP;

	if (is_list && doc->kind == DOC_LIST)
		return check_elements(parser, doc, info, type->shape);
	if (type->shape != SCHEMA_SHAPE_MAPS && fits_element(doc, type->shape))
		return true;
	diag_report(parser->diag, DIAG_WRONG_KIND,
		    doc->kind == DOC_NULL ? key_at : doc->at,
		    "'%s': expected %s, found %s", info->key, type->name,
		    doc_kind_name(doc));
	if (type->shape == SCHEMA_SHAPE_MAPS && doc->kind == DOC_MAP)
		diag_help(parser->diag,
			  "put '- ' in front of its first key, and indent the others "
			  "by two blanks");
	else if (doc->kind == DOC_NULL)
		diag_help(parser->diag, "write the value behind '%s:', or remove the key",
			  info->key);
	else if (type->shape == SCHEMA_SHAPE_SCALAR && doc->kind == DOC_LIST &&
		 doc->count == 1)
		diag_help(parser->diag, "write it without the brackets or the dash");
	return false;
}

/* -- keys -------------------------------------------------------------------------- */

static const struct backend_option *find_option(const struct backend *backend,
						const char *key)
{
	const struct backend_option *option = backend ? backend->options : NULL;

	for (; option && option->name; option++)
		if (strcmp(option->name, key) == 0)
			return option;
	return NULL;
}

static void unknown_key(struct parser *parser, const struct doc_entry *entry,
			enum schema_mapping mapping, const struct backend *backend)
{
	const struct backend_option *option = backend ? backend->options : NULL;
	const char *candidates[MAX_CANDIDATES + 1];
	const char *nearest;
	size_t count = 0;

	for (size_t i = 0; i < SCHEMA_KEY_COUNT; i++)
		if (schema_key((enum schema_key)i)->mapping == mapping &&
		    count < MAX_CANDIDATES)
			candidates[count++] = schema_key((enum schema_key)i)->key;
	for (; option && option->name && count < MAX_CANDIDATES; option++)
		candidates[count++] = option->name;
	candidates[count] = NULL;
	diag_report(parser->diag, DIAG_UNKNOWN_KEY, entry->at,
		    "unknown key " QUOTE " in this %s", entry->key,
		    schema_mapping(mapping)->name);
	nearest = diag_nearest(entry->key, candidates);
	if (nearest)
		diag_help(parser->diag, "did you mean '%s'?", nearest);
}

static void duplicate_key(struct parser *parser, const struct doc_entry *entry,
			  struct span first)
{
	diag_report(parser->diag, DIAG_DUPLICATE_KEY, entry->at,
		    "the key '%.80s' stands twice", entry->key);
	diag_note(parser->diag, first, "first here");
	diag_help(parser->diag, "keep one of the two");
}

static void sort_entry(struct parser *parser, const struct doc_entry *entry,
		       enum schema_key key, struct fields *fields)
{
	if (field_is_written(fields, key)) {
		duplicate_key(parser, entry, fields->key_at[key]);
		return;
	}
	fields->key_at[key] = entry->at;
	if (check_kind(parser, entry->value, schema_key(key), entry->at))
		fields->value[key] = entry->value;
	else
		parser->unresolved = true;
}

/* Options of back ends are not in the table, but there are few of them. */
static void check_option_key(struct parser *parser, const struct doc *doc, size_t index)
{
	for (size_t i = 0; i < index && i < MAX_CANDIDATES; i++)
		if (strcmp(doc->entries[i].key, doc->entries[index].key) == 0) {
			duplicate_key(parser, &doc->entries[index], doc->entries[i].at);
			return;
		}
}

static void check_missing(struct parser *parser, const struct fields *fields)
{
	for (size_t i = 0; i < SCHEMA_KEY_COUNT; i++) {
		const struct schema_key_info *info = schema_key((enum schema_key)i);
		struct span at = fields->doc->at;

		if (info->mapping != fields->mapping || !info->required ||
		    field_is_written(fields, (enum schema_key)i))
			continue;
		parser->unresolved = true;
		if (fields->doc->count)
			at = fields->doc->entries[0].at;
		diag_report(parser->diag, DIAG_MISSING_KEY, at, "this %s needs '%s'",
			    schema_mapping(info->mapping)->name, info->key);
		if (info->type == SCHEMA_TYPE_WORD && info->values)
			diag_help(parser->diag, "write '%s: %s' or '%s: %s'", info->key,
				  info->values[0], info->key, info->values[1]);
		else
			diag_help(parser->diag, "write '%s:' with %s", info->key,
				  schema_type(info->type)->name);
	}
}

bool parse_fields(struct parser *parser, const struct doc *doc,
		  enum schema_mapping mapping, const struct backend *backend,
		  struct fields *ret_fields)
{
	size_t unknown = 0;

	*ret_fields = (struct fields){.doc = doc, .mapping = mapping};
	if (doc->kind != DOC_MAP)
		return wrong_kind(parser, doc, "a mapping");
	for (size_t i = 0; i < doc->count && unknown <= MAX_UNKNOWN_KEYS; i++) {
		const struct doc_entry *entry = &doc->entries[i];
		enum schema_key key = schema_find(mapping, entry->key);

		if (key != SCHEMA_KEY_COUNT) {
			sort_entry(parser, entry, key, ret_fields);
		} else if (find_option(backend, entry->key)) {
			check_option_key(parser, doc, i);
		} else {
			unknown_key(parser, entry, mapping, backend);
			unknown++;
		}
	}
	check_missing(parser, ret_fields);
	return true;
}

/* -- names ------------------------------------------------------------------------- */

bool parser_define(struct parser *parser, struct names *names, const struct word *name,
		   const char *what, void *thing)
{
	const struct named *first =
		names_add(names, name->text, name->at, thing, parser->arena);

	if (!first)
		return true;
	diag_report(parser->diag, DIAG_DUPLICATE_NAME, name->at,
		    "a second %s is called '%s'", what, name->text);
	diag_note(parser->diag, first->at, "the first one is here");
	diag_help(parser->diag, "write another name");
	return false;
}

void *parser_refer(struct parser *parser, const struct names *names,
		   const struct doc *doc, const char *what)
{
	const struct named *named = names_find(names, doc->text);
	const char *nearest;

	if (named)
		return named->thing;
	/* What could not be read may well have been this. */
	if (parser->unresolved && !names_nearest(names, doc->text))
		return NULL;
	diag_report(parser->diag, DIAG_UNKNOWN_REFERENCE, doc->at,
		    "there is no %s called " QUOTE, what, doc->text);
	if (diag_errors(parser->diag) > MAX_SUGGESTIONS)
		return NULL;
	nearest = names_nearest(names, doc->text);
	if (nearest)
		diag_help(parser->diag, "did you mean '%s'?", nearest);
	else if (names->count == 1)
		diag_help(parser->diag, "the only %s is '%s'", what, names->at[0].name);
	return NULL;
}

size_t parser_list(struct parser *parser, const struct fields *fields,
		   enum schema_key key, size_t limit)
{
	const struct doc *list = fields->value[key];

	if (!list)
		return 0;
	if (list_count(list) <= limit)
		return list_count(list);
	diag_report(parser->diag, DIAG_SPEC_LIMIT, list_item(list, limit)->at,
		    "'%s' has more than %zu entries", schema_key(key)->key, limit);
	return limit;
}

/* -- the top ----------------------------------------------------------------------- */

static void parse_version(struct parser *parser, const struct fields *fields)
{
	const struct doc *version = fields->value[SCHEMA_SPEC_VERSION];

	if (!version || strcmp(version->text, "1") == 0)
		return;
	diag_report(parser->diag, DIAG_SPEC_VERSION, version->at,
		    "version " QUOTE " of the spec is not known", version->text);
	diag_help(parser->diag, "write 'version: 1'");
}

static void parse_egress(struct parser *parser, const struct doc *doc)
{
	struct egress *egress = &parser->spec->egress;
	struct fields fields;

	if (!parse_fields(parser, doc, SCHEMA_EGRESS, NULL, &fields))
		return;
	egress->at = doc->at;
	egress->deny = field_word(parser, &fields, SCHEMA_EGRESS_DEFAULT, 1) == 0;
	egress->default_at = field_at(&fields, SCHEMA_EGRESS_DEFAULT);
	field_prefixes(parser, &fields, SCHEMA_EGRESS_INSIDE, &egress->inside);
	egress->inside_at = field_at(&fields, SCHEMA_EGRESS_INSIDE);
	egress->accept = field_words(parser, &fields, SCHEMA_EGRESS_ACCEPT);
	egress->accept_at = field_at(&fields, SCHEMA_EGRESS_ACCEPT);
	egress->log = field_boolean(parser, &fields, SCHEMA_EGRESS_LOG);
}

static void parse_dns(struct parser *parser, const struct doc *doc)
{
	struct fields fields;
	const struct doc *list;
	struct addr addr;

	if (!parse_fields(parser, doc, SCHEMA_DNS, NULL, &fields))
		return;
	parser->spec->dns_at = doc->at;
	list = fields.value[SCHEMA_DNS_SERVERS];
	for (size_t i = 0; list && i < list_count(list); i++)
		if (parse_address(parser, list_item(list, i), &addr)) {
			struct prefix prefix = {addr.family,
						(uint8_t)family_bits(addr.family),
						addr.value};

			addr_set_add_prefix(&parser->spec->dns_servers, &prefix,
					    parser->arena);
		}
	addr_set_normalize(&parser->spec->dns_servers);
}

/* References go from clients to what they use and from outputs to clients: this order
 * resolves each as it is read, wherever it stands in the file. */
static void parse_parts(struct parser *parser, const struct fields *fields)
{
	size_t count =
		parser_list(parser, fields, SCHEMA_SPEC_REGISTRIES, SPEC_MAX_REGISTRIES);

	for (size_t i = 0; i < count; i++)
		parse_registry(parser, fields->value[SCHEMA_SPEC_REGISTRIES]->items[i]);
	if (fields->value[SCHEMA_SPEC_DNS])
		parse_dns(parser, fields->value[SCHEMA_SPEC_DNS]);
	if (fields->value[SCHEMA_SPEC_PROXY])
		parse_proxy(parser, fields->value[SCHEMA_SPEC_PROXY]);
	count = parser_list(parser, fields, SCHEMA_SPEC_CLIENTS, SPEC_MAX_USES);
	for (size_t i = 0; i < count; i++)
		parse_client(parser, fields->value[SCHEMA_SPEC_CLIENTS]->items[i]);
	if (fields->value[SCHEMA_SPEC_EGRESS])
		parse_egress(parser, fields->value[SCHEMA_SPEC_EGRESS]);
	count = parser_list(parser, fields, SCHEMA_SPEC_OUTPUTS, SPEC_MAX_OUTPUTS);
	for (size_t i = 0; i < count; i++)
		parse_output(parser, fields->value[SCHEMA_SPEC_OUTPUTS]->items[i]);
	if (parser->options->implied)
		parse_implied_output(parser);
}

static void parse_spec(struct parser *parser, const struct doc *doc)
{
	struct fields fields;

	parser->spec->at = doc->at;
	if (!parse_fields(parser, doc, SCHEMA_SPEC, NULL, &fields))
		return;
	parse_version(parser, &fields);
	parser->spec->cloud =
		(enum cloud_id)field_word(parser, &fields, SCHEMA_SPEC_CLOUD, 0);
	if (fields.value[SCHEMA_SPEC_SERVICE_TAGS])
		parse_text(parser, fields.value[SCHEMA_SPEC_SERVICE_TAGS], SPEC_MAX_PATH,
			   &parser->spec->service_tags);
	parse_parts(parser, &fields);
}

int spec_parse(const struct doc *doc, const struct parse_options *options,
	       struct arena *arena, struct spec **ret_spec, struct diag *diag)
{
	const struct diag_source *source = diag_get_source(diag, doc->at.source);
	struct parser parser = {
		.options = options,
		.spec_path = source ? source->name : "",
		.arena = arena,
		.spec = arena_make(arena, struct spec),
		.diag = diag,
	};
	size_t errors = diag_errors(diag);

	if (options->strict)
		diag_set_strict(diag, DIAG_REGION_UNKNOWN);
	parse_spec(&parser, doc);
	check_spec(parser.spec, arena, diag);
	if (diag_errors(diag) > errors)
		return -1;
	*ret_spec = parser.spec;
	return 0;
}
