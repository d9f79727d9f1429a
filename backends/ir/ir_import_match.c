/* ir_import_match.c - From terms as JSON to matches. */
#include <string.h>

#include "backends/ir/ir_importer.h"
#include "rules/base/arena.h"
#include "rules/base/textmap.h"

/* DNS names have 253 characters at most (RFC 1035, section 2.3.4, without the dots of
 * the wire form); interface names and methods have less. */
#define MAX_WORD 253u

/* Names of sets become names in artifacts. */
#define LABEL_CHARACTERS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-"

static int read_match(struct ir_importer *importer, const struct doc *list,
		      struct match *match);

/* -- addresses ----------------------------------------------------------------------- */

static int read_prefixes(struct ir_importer *importer, const struct doc *list,
			 struct addr_set *ret_addrs)
{
	struct addr_set addrs = {0};

	for (size_t i = 0; i < list->count; i++) {
		const struct doc *item = list->items[i];
		struct prefix prefix;

		if (item->kind != DOC_SCALAR || !item->quoted ||
		    prefix_parse(item->text, &prefix) != PREFIX_OK)
			return ir_bad(importer, item, "prefixes",
				      "an address or prefix, its host bits 0");
		addr_set_add_prefix(&addrs, &prefix, importer->arena);
	}
	addr_set_normalize(&addrs);
	*ret_addrs = addrs;
	return 0;
}

static const char *folded(const char *text, struct arena *arena)
{
	char *copy = arena_strdup(arena, text);

	for (char *c = copy; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return copy;
}

/* Prefixes, or a tag or host without any: then others know them, or nobody. */
static int read_addrs(struct ir_importer *importer, const struct doc *doc,
		      enum field field, struct match *match)
{
	struct arena *arena = importer->arena;
	const struct doc *list;
	const char *tag, *host, *label;
	struct addr_set addrs;
	const struct addr_set *known = NULL;

	if (ir_list(importer, doc, "prefixes", false, &list) < 0 ||
	    ir_string(importer, doc, "tag", false, &tag) < 0 ||
	    ir_string(importer, doc, "host", false, &host) < 0 ||
	    ir_string(importer, doc, "set", false, &label) < 0)
		return -1;
	if (label && (!*label || label[strspn(label, LABEL_CHARACTERS)]))
		return ir_bad(importer, doc_get(doc, "set"), "set",
			      "letters, digits, '_', '.' and '-'");
	if (doc_get(doc, "prefixes")) {
		if (read_prefixes(importer, list, &addrs) < 0)
			return -1;
		known = &addrs;
	} else if (tag && importer->input->tags) {
		known = textmap_get(importer->input->tags, folded(tag, arena));
	} else if (host && importer->input->names) {
		known = textmap_get(importer->input->names, host);
	}
	if (tag)
		match_tag(match, field, tag, known, arena);
	else if (host)
		match_resolved(match, field, host, known, arena);
	else if (known)
		match_addrs(match, field, known, arena);
	else
		return ir_bad(importer, doc, "prefixes", "a list");
	match->terms[match->count - 1].label = label;
	return 0;
}

/* -- numbers, words, names ----------------------------------------------------------- */

static int read_ranges(struct ir_importer *importer, const struct doc *list, u128 max,
		       struct ranges *ret_ranges)
{
	struct ranges ranges = {0};

	for (size_t i = 0; i < list->count; i++) {
		const struct doc *pair = list->items[i];
		uint64_t first, last;

		if (pair->kind != DOC_LIST || pair->count != 2)
			return ir_bad(importer, pair, "ranges", "a pair [first, last]");
		if (ir_number(importer, pair->items[0], "ranges", (uint64_t)max, &first) <
			    0 ||
		    ir_number(importer, pair->items[1], "ranges", (uint64_t)max, &last) <
			    0)
			return -1;
		if (first > last)
			return ir_bad(importer, pair, "ranges", "the smaller one first");
		ranges_add(&ranges, (struct range){first, last}, importer->arena);
	}
	ranges_normalize(&ranges);
	*ret_ranges = ranges;
	return 0;
}

static int read_words(struct ir_importer *importer, const struct doc *list,
		      struct symbols *symbols)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct doc *item = list->items[i];

		if (item->kind != DOC_SCALAR || !item->quoted || item->length > MAX_WORD)
			return ir_bad(importer, item, "words", "a short string");
		*arena_push(importer->arena, symbols->at, symbols->count,
			    symbols->capacity) = item->text;
	}
	return 0;
}

static int read_name(struct ir_importer *importer, const struct doc *doc,
		     struct name_pattern *ret_name)
{
	static const char *const known[] = {"kind", "name", NULL};
	static const char *const kinds[] = {
		[NAME_EXACT] = "exact",		[NAME_DOMAIN] = "domain",
		[NAME_BELOW] = "below",		[NAME_SUFFIX] = "suffix",
		[NAME_ONE_LABEL] = "one-label",
	};
	const char *kind, *name;

	if (ir_check_keys(importer, doc, known) < 0 ||
	    ir_string(importer, doc, "kind", true, &kind) < 0 ||
	    ir_string(importer, doc, "name", true, &name) < 0)
		return -1;
	/* An empty one ends every name; upper case would meet no name at all. */
	if (!*name || strlen(name) > MAX_WORD ||
	    name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.-")])
		return ir_bad(importer, doc_get(doc, "name"), "name",
			      "a host name in lower case");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		if (strcmp(kinds[i], kind) == 0) {
			*ret_name = (struct name_pattern){(enum name_kind)i, name};
			return 0;
		}
	return ir_bad(importer, doc_get(doc, "kind"), "kind",
		      "exact, domain, below, suffix or one-label");
}

static int read_names(struct ir_importer *importer, const struct doc *list,
		      struct name_patterns *names)
{
	for (size_t i = 0; i < list->count; i++)
		if (read_name(importer, list->items[i],
			      arena_push(importer->arena, names->at, names->count,
					 names->capacity)) < 0)
			return -1;
	return 0;
}

/* -- terms --------------------------------------------------------------------------- */

static int read_field(struct ir_importer *importer, const struct doc *doc,
		      enum field *ret_field)
{
	const char *name;

	if (ir_string(importer, doc, "field", true, &name) < 0)
		return -1;
	for (unsigned field = 0; field < FIELD_COUNT; field++)
		if (strcmp(field_info((enum field)field)->name, name) == 0) {
			*ret_field = (enum field)field;
			return 0;
		}
	ir_bad(importer, doc_get(doc, "field"), "field", "the name of a field");
	return -1;
}

/* The one key that says the values of a field, and no key of another kind. */
static int read_values(struct ir_importer *importer, const struct doc *doc,
		       enum field field, struct match *match)
{
	static const char *const addrs[] = {"field", "not",  "prefixes", "set",
					    "tag",   "host", NULL};
	static const char *const numbers[] = {"field", "not", "ranges", NULL};
	static const char *const symbols[] = {"field", "not", "words", NULL};
	static const char *const names[] = {"field", "not", "names", NULL};
	const struct doc *list;
	struct term *term;

	switch (field_info(field)->kind) {
	case FIELD_KIND_ADDRS:
		return ir_check_keys(importer, doc, addrs) < 0
			       ? -1
			       : read_addrs(importer, doc, field, match);
	case FIELD_KIND_NUMBERS:
		term = match_add(match, TERM_NUMBERS, importer->arena);
		term->field = field;
		return ir_check_keys(importer, doc, numbers) < 0 ||
				       ir_list(importer, doc, "ranges", true, &list) < 0
			       ? -1
			       : read_ranges(importer, list,
					     u128_mask(field_info(field)->bits),
					     &term->numbers);
	case FIELD_KIND_SYMBOLS:
		term = match_add(match, TERM_SYMBOLS, importer->arena);
		term->field = field;
		return ir_check_keys(importer, doc, symbols) < 0 ||
				       ir_list(importer, doc, "words", true, &list) < 0
			       ? -1
			       : read_words(importer, list, &term->symbols);
	case FIELD_KIND_NAMES:
		term = match_add(match, TERM_NAMES, importer->arena);
		term->field = field;
		return ir_check_keys(importer, doc, names) < 0 ||
				       ir_list(importer, doc, "names", true, &list) < 0
			       ? -1
			       : read_names(importer, list, &term->names);
	}
	BUG("a field of kind %d", (int)field_info(field)->kind);
}

static int read_unknown(struct ir_importer *importer, const struct doc *doc,
			struct match *match)
{
	static const char *const known[] = {"not", "unknown", NULL};
	const char *name;

	if (ir_check_keys(importer, doc, known) < 0 ||
	    ir_string(importer, doc, "unknown", true, &name) < 0)
		return -1;
	match_unknown(match, name, false, importer->arena);
	return 0;
}

static int read_choices(struct ir_importer *importer, const struct doc *doc,
			struct match *match)
{
	static const char *const known[] = {"not", "any_of", NULL};
	struct term *term = match_add(match, TERM_CHOICE, importer->arena);
	const struct doc *list;

	if (ir_check_keys(importer, doc, known) < 0 ||
	    ir_list(importer, doc, "any_of", true, &list) < 0)
		return -1;
	for (size_t i = 0; i < list->count; i++) {
		struct match *choice =
			arena_push(importer->arena, term->choices.at, term->choices.count,
				   term->choices.capacity);

		if (list->items[i]->kind != DOC_LIST)
			return ir_bad(importer, list->items[i], "any_of",
				      "a list of terms");
		if (read_match(importer, list->items[i], choice) < 0)
			return -1;
	}
	return 0;
}

static int read_term(struct ir_importer *importer, const struct doc *doc,
		     struct match *match)
{
	enum field field;
	bool negated;
	int status;

	if (doc->kind != DOC_MAP)
		return ir_bad(importer, doc, NULL, "a term, which is an object");
	if (ir_flag(importer, doc, "not", &negated) < 0)
		return -1;
	if (doc_get(doc, "any_of"))
		status = read_choices(importer, doc, match);
	else if (doc_get(doc, "unknown"))
		status = read_unknown(importer, doc, match);
	else if (read_field(importer, doc, &field) < 0)
		return -1;
	else
		status = read_values(importer, doc, field, match);
	if (status == 0)
		match->terms[match->count - 1].negated = negated;
	return status;
}

static int read_match(struct ir_importer *importer, const struct doc *list,
		      struct match *match)
{
	for (size_t i = 0; i < list->count; i++)
		if (read_term(importer, list->items[i], match) < 0)
			return -1;
	return 0;
}

int ir_match(struct ir_importer *importer, const struct doc *object, const char *key,
	     struct match *ret_match)
{
	const struct doc *list;

	return ir_list(importer, object, key, false, &list) < 0
		       ? -1
		       : read_match(importer, list, ret_match);
}
