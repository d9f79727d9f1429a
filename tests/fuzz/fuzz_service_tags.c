/* fuzz_service_tags.c - Service tags in JSON: whole and sorted, or an error. */
#include <strings.h>

#include "compiler/input.h"
#include "compiler/tags_diff.h"
#include "compiler/tags_list.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/judge.h"

/* Is every prefix of the list in the tag, judged by the parser that reads all others? */
static void judge_prefixes(const struct service_tags *tags, const struct doc *value)
{
	const struct doc *list = doc_get(doc_get(value, "properties"), "addressPrefixes");
	const struct service_tag *tag = tags_find(tags, doc_text(doc_get(value, "name")));

	HOLDS(tag &&
	      tag->prefixes[FAMILY_IPV4] + tag->prefixes[FAMILY_IPV6] == list->count);
	for (size_t i = 0; i < list->count; i++) {
		struct prefix prefix;
		struct range range;
		struct addr first, last;

		HOLDS(prefix_parse(list->items[i]->text, &prefix) == PREFIX_OK);
		range = prefix_range(&prefix);
		first = (struct addr){prefix.family, range.first};
		last = (struct addr){prefix.family, range.last};
		HOLDS(addr_set_contains(&tag->addresses, &first));
		HOLDS(addr_set_contains(&tag->addresses, &last));
	}
}

static void judge_tags(const struct service_tags *tags, struct arena *arena)
{
	CLEANUP(strbuf_release) struct strbuf text = {0}, json = {0};
	struct tags_diff diff = tags_compare(tags, tags, arena);

	HOLDS(diff.change_count == 0 && diff.compared == tags->count);
	for (size_t i = 1; i < tags->count; i++)
		HOLDS(strcasecmp(tags->at[i - 1].name, tags->at[i].name) < 0);
	tags_list_text(tags, &text);
	judge_text(&text);
	tags_list_json(tags, &json);
	HOLDS(json.length > 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct input_file file = {
		.path = "fuzz",
		.name = "fuzz",
		.text = arena_strndup(arena, (const char *)data, size),
		.length = size,
	};
	const struct input_file *const files[] = {&file};
	struct service_tags *tags;
	const struct doc *values;
	struct doc *doc;

	file.source = diag_add_source(diag, "fuzz", file.text, file.length);
	if (tags_read(files, 1, arena, &tags, diag)) {
		HOLDS(diag_errors(diag) > 0);
		judge_report(diag, arena);
		return 0;
	}
	HOLDS(diag_errors(diag) == 0);
	judge_tags(tags, arena);
	if (tags->regions_only)
		return 0;
	HOLDS(json_read(file.text, size, file.source, arena, &doc, diag) == 0);
	values = doc_get(doc, "values");
	HOLDS(values->count == tags->count);
	for (size_t i = 0; i < values->count; i++)
		judge_prefixes(tags, values->items[i]);
	return 0;
}
