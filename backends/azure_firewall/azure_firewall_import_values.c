/* azure_firewall_import_values.c - Values of Azure's documents, and choices of terms. */
#include "backends/azure_firewall/azure_firewall_importer.h"

#include <string.h>
#include <strings.h>

#include "rules/base/arena.h"

size_t firewall_count(const struct doc *list)
{
	if (!list || list->kind == DOC_NULL)
		return 0;
	return list->kind == DOC_LIST ? list->count : 1;
}

const struct doc *firewall_item(const struct doc *list, size_t index)
{
	return list->kind == DOC_LIST ? list->items[index] : list;
}

const char *firewall_lower(struct firewall_importer *importer, const char *text)
{
	char *lower = arena_strdup(importer->arena, text);

	for (char *c = lower; *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return lower;
}

const char *firewall_spell(struct firewall_importer *importer, const struct doc *doc)
{
	const char *text = azure_unknown(doc);

	if (text)
		return text;
	text = doc_text(doc);
	/* what has no text is told from others by its place */
	return text ? arena_printf(importer->arena, "'%s'", text)
		    : arena_printf(importer->arena, "%s at byte %u", doc_kind_name(doc),
				   doc->at.begin);
}

bool firewall_is(const struct doc *doc, const char *word)
{
	return doc_text(doc) && strcasecmp(doc->text, word) == 0;
}

bool firewall_number(const struct doc *doc, uint32_t *ret_number)
{
	const char *text = doc_text(doc);
	uint32_t number = 0;

	if (!text || !*text || strlen(text) > 9)
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		number = 10 * number + (uint32_t)(*text - '0');
	}
	*ret_number = number;
	return true;
}

const struct doc *firewall_any_field(const struct doc *object, const char *key,
				     const char *other)
{
	const struct doc *value = azure_field(object, key);

	return value || !other ? value : azure_field(object, other);
}

void firewall_refused(struct firewall_importer *importer, struct span at,
		      const char *text, const char *why)
{
	const char *place =
		arena_printf(importer->arena, "%u %u %s", at.source, at.begin, why);

	/* a collection may be read at two places, and by two children of one parent */
	if (textmap_get(&importer->refused, place))
		return;
	textmap_put(&importer->refused, place, importer, importer->arena);
	diag_report(importer->diag, DIAG_AZURE_FIREWALL_NOT_READ, at,
		    "'%.200s' is not understood: %s", text, why);
}

struct match *firewall_alternative(struct firewall_importer *importer,
				   struct term *choice)
{
	return arena_push(importer->arena, choice->choices.at, choice->choices.count,
			  choice->choices.capacity);
}

void firewall_close(struct firewall_importer *importer, struct match *match,
		    const struct term *choice)
{
	const struct match *only = choice->choices.at;

	if (choice->choices.count == 1)
		for (size_t i = 0; i < only->count; i++)
			*match_add(match, TERM_ADDRS, importer->arena) = only->terms[i];
	else
		*match_add(match, TERM_CHOICE, importer->arena) = *choice;
}
