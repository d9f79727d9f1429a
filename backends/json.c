/* json.c - Reading JSON strictly. */
#include "backends/json.h"

#include <string.h>

#include <cjson/cJSON.h>

#include "backends/json_scan.h"
#include "rules/base/arena.h"

/**
 * DOC: Two readers, one text
 *
 * The scanner validates (RFC 8259 and the limits of doc.h) and notes the bytes of every
 * key and value in the order of the text.  cJSON then parses the same bytes, and the walk
 * takes one token of the scanner for each item of cJSON; should the two ever disagree
 * about what stands there, that is a fault of ours and ends the program.
 *
 * cJSON gets the text in pieces: values of at most PIECE_BYTES, and larger containers one
 * element after the other.  Its memory, a good 100 bytes a value, is then used again and
 * again; in one piece a service-tag file takes twice as long and four times its size.
 */

#define PIECE_BYTES 512u

/* Strings without escapes, and numbers, are cut out of @texts, a copy of the whole text,
 * by a NUL behind them: that saves 100 000 small copies. */
struct walk {
	const struct json_scanner *scan;
	const struct json_token *tokens;
	size_t next; /* token */
	char *texts;
	struct arena *arena;
	struct diag *diag;
};

static const struct json_token *take_token(struct walk *walk)
{
	if (walk->next >= walk->scan->token_count)
		BUG("cJSON sees more than the scanner");
	return &walk->tokens[walk->next++];
}

static char item_type(const cJSON *item)
{
	switch (item->type & 0xff) {
	case cJSON_Object:
		return '{';
	case cJSON_Array:
		return '[';
	case cJSON_String:
		return '"';
	case cJSON_Number:
		return '0';
	case cJSON_True:
		return 't';
	case cJSON_False:
		return 'f';
	default:
		return 'n';
	}
}

static const char *cut_text(struct walk *walk, size_t begin, size_t end)
{
	walk->texts[end] = '\0';
	return walk->texts + begin;
}

/* @text is cJSON's: only there are escapes resolved. */
static const char *take_string(struct walk *walk, const struct json_token *token,
			       const char *text, size_t *ret_length)
{
	if (token->escaped) {
		*ret_length = strlen(text);
		return arena_strndup(walk->arena, text, *ret_length);
	}
	*ret_length = token->end - token->begin - 2;
	return cut_text(walk, token->begin + 1, token->end - 1);
}

/* @item may be NULL: the value is still to be parsed. */
static int fill_node(struct walk *walk, const cJSON *item, struct doc *doc);

static int fill_list(struct walk *walk, const cJSON *list, struct doc *doc)
{
	const cJSON *item = list ? list->child : NULL;
	struct doc *nodes = arena_array(walk->arena, doc->count, struct doc);

	doc->items = arena_array(walk->arena, doc->count, struct doc *);
	for (size_t i = 0; i < doc->count; i++, item = item ? item->next : NULL) {
		if (list && !item)
			BUG("cJSON sees a shorter list than the scanner");
		doc->items[i] = &nodes[i];
		if (fill_node(walk, item, &nodes[i]))
			return -1;
	}
	if (item)
		BUG("cJSON sees a longer list than the scanner");
	return 0;
}

/* A key's slot in a table of 2^n entries (FNV-1a); @seen holds indices + 1. */
static size_t find_slot(const struct doc *map, const uint32_t *seen, size_t mask,
			const char *key)
{
	uint32_t hash = 2166136261u;
	size_t slot;

	for (const char *c = key; *c; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619u;
	for (slot = hash & mask; seen[slot]; slot = (slot + 1) & mask)
		if (strcmp(map->entries[seen[slot] - 1].key, key) == 0)
			break;
	return slot;
}

static int duplicate(struct walk *walk, const struct doc_entry *first,
		     const struct doc_entry *second)
{
	diag_report(walk->diag, DIAG_DUPLICATE_KEY, second->at,
		    "the key '%.80s' stands twice", first->key);
	diag_note(walk->diag, first->at, "first here");
	diag_help(walk->diag, "keep one of the two");
	return -1;
}

/* Small objects by comparing all pairs, large ones by hashing: a service-tag file is
 * thousands of small ones, and a hostile file may be one of a million keys. */
static int check_duplicates(struct walk *walk, const struct doc *map)
{
	CLEANUP(strbuf_release) struct strbuf table = {0};
	size_t slots = 16;

	if (map->count <= 12) {
		for (size_t i = 1; i < map->count; i++)
			for (size_t k = 0; k < i; k++)
				if (strcmp(map->entries[k].key, map->entries[i].key) == 0)
					return duplicate(walk, &map->entries[k],
							 &map->entries[i]);
		return 0;
	}
	while (slots < 2 * map->count)
		slots *= 2;
	for (uint32_t zero[16] = {0}; table.length < slots * sizeof(uint32_t);)
		strbuf_add(&table, (const char *)zero, sizeof(zero));
	for (size_t i = 0; i < map->count; i++) {
		uint32_t *seen = (uint32_t *)(void *)table.text;
		size_t slot = find_slot(map, seen, slots - 1, map->entries[i].key);

		if (seen[slot])
			return duplicate(walk, &map->entries[seen[slot] - 1],
					 &map->entries[i]);
		seen[slot] = (uint32_t)i + 1;
	}
	return 0;
}

static void release_json(cJSON **json)
{
	cJSON_Delete(*json);
}

static cJSON *parse_piece(const struct walk *walk, const struct json_token *token)
{
	cJSON *json = cJSON_ParseWithLength(walk->scan->text + token->begin,
					    token->end - token->begin);

	if (!json)
		BUG("cJSON refuses what the scanner let pass at byte %u", token->begin);
	return json;
}

static const char *take_key(struct walk *walk, const struct json_token *token,
			    const cJSON *item)
{
	CLEANUP(release_json) cJSON *alone = NULL;
	size_t length;

	if (!item && token->escaped)
		alone = parse_piece(walk, token);
	return take_string(walk, token,
			   item	   ? item->string
			   : alone ? alone->valuestring
				   : NULL,
			   &length);
}

static int fill_map(struct walk *walk, const cJSON *map, struct doc *doc)
{
	const cJSON *item = map ? map->child : NULL;
	struct doc *nodes = arena_array(walk->arena, doc->count, struct doc);

	doc->entries = arena_array(walk->arena, doc->count, struct doc_entry);
	for (size_t i = 0; i < doc->count; i++, item = item ? item->next : NULL) {
		const struct json_token *key = take_token(walk);

		if (map && !item)
			BUG("cJSON sees a shorter object than the scanner");
		doc->entries[i].at = json_span(walk->scan, key->begin, key->end);
		doc->entries[i].key = take_key(walk, key, item);
		doc->entries[i].value = &nodes[i];
		if (fill_node(walk, item, &nodes[i]))
			return -1;
	}
	if (item)
		BUG("cJSON sees a longer object than the scanner");
	return check_duplicates(walk, doc);
}

static bool is_large(const struct json_token *token)
{
	return (token->type == '{' || token->type == '[') &&
	       token->end - token->begin > PIECE_BYTES;
}

static int fill_value(struct walk *walk, const struct json_token *token,
		      const cJSON *item, struct doc *doc)
{
	doc->at = json_span(walk->scan, token->begin, token->end);
	doc->count = token->count;
	switch (token->type) {
	case '{':
		doc->kind = DOC_MAP;
		return fill_map(walk, item, doc);
	case '[':
		doc->kind = DOC_LIST;
		return fill_list(walk, item, doc);
	case 'n':
		doc->kind = DOC_NULL;
		return 0;
	case '"':
		doc->kind = DOC_SCALAR;
		doc->quoted = true;
		doc->text = take_string(walk, token, item->valuestring, &doc->length);
		return 0;
	default: /* numbers as written: cJSON has only doubles */
		doc->kind = DOC_SCALAR;
		doc->length = token->end - token->begin;
		doc->text = cut_text(walk, token->begin, token->end);
		return 0;
	}
}

static int fill_node(struct walk *walk, const cJSON *item, struct doc *doc)
{
	CLEANUP(release_json) cJSON *piece = NULL;
	const struct json_token *token = take_token(walk);

	if (!item && !is_large(token)) {
		piece = parse_piece(walk, token);
		item = piece;
	}
	if (item && item_type(item) != token->type)
		BUG("cJSON sees '%c' where the scanner saw '%c'", item_type(item),
		    token->type);
	return fill_value(walk, token, item, doc);
}

static int build_tree(const struct json_scanner *scan, struct arena *arena,
		      struct doc **ret_doc, struct diag *diag)
{
	struct walk walk = {
		.scan = scan,
		.tokens = json_token(scan, 0),
		.texts = arena_strndup(arena, scan->text, scan->length),
		.arena = arena,
		.diag = diag,
	};
	struct doc *doc = arena_make(arena, struct doc);

	if (fill_node(&walk, NULL, doc))
		return -1;
	if (walk.next != scan->token_count)
		BUG("cJSON sees less than the scanner");
	*ret_doc = doc;
	return 0;
}

static void release_tokens(struct json_scanner *scan)
{
	strbuf_release(&scan->tokens);
}

int json_read(const char *text, size_t length, uint32_t source, struct arena *arena,
	      struct doc **ret_doc, struct diag *diag)
{
	bool bom = length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0;
	CLEANUP(release_tokens)
	struct json_scanner scan = {
		.text = text + (bom ? 3 : 0),
		.length = length - (bom ? 3 : 0),
		.bom = bom ? 3 : 0,
		.source = source,
		.diag = diag,
	};

	if (length > DOC_MAX_BYTES)
		return diag_report(diag, DIAG_FILE_TOO_LARGE, SPAN_NONE,
				   "a JSON text of %zu bytes", length);
	if (json_scan(&scan))
		return -1;
	return build_tree(&scan, arena, ret_doc, diag);
}
