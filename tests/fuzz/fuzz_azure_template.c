/* fuzz_azure_template.c - Azure's resources from any bytes: evaluated, or named unknown.
 */
#include "backends/azure_template.h"
#include "backends/backend.h"
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/judge.h"

/* Values are shared, so a walk through all of one need not end: this much of each. */
#define MAX_WALK 2000

static void judge_value(const struct doc *doc, size_t *budget)
{
	if (!*budget)
		return;
	--*budget;
	HOLDS(doc != NULL);
	if (doc->kind == DOC_SCALAR)
		HOLDS(doc->text && strlen(doc->text) == doc->length);
	for (size_t i = 0; i < doc->count && doc->kind == DOC_LIST; i++)
		judge_value(doc->items[i], budget);
	for (size_t i = 0; i < doc->count && doc->kind == DOC_MAP; i++)
		judge_value(doc->entries[i].value, budget);
}

static void judge_resource(struct azure_template *template,
			   const struct azure_resource *resource)
{
	const char *condition = NULL, *name = azure_name(template, resource);
	size_t budget = MAX_WALK;

	HOLDS(resource->type && name && azure_last_name(name));
	HOLDS(resource->at.begin <= resource->at.end);
	if (azure_parent_name(template, name))
		HOLDS(strlen(azure_parent_name(template, name)) < strlen(name));
	if (azure_presence(template, resource, &condition) == AZURE_PERHAPS)
		HOLDS(condition && *condition);
	judge_value(azure_properties(template, resource), &budget);
	HOLDS(template->nesting == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct import_file file = {.name = "fuzz.json",
				   .text = (const char *)data,
				   .length = size};
	struct azure_template *template = NULL;
	int error;

	file.source = diag_add_source(diag, file.name, file.text, size);
	error = azure_template_read(&file, ruleset_new(arena), arena, &template, diag);
	HOLDS((error != 0) == (diag_errors(diag) != 0) && (error == 0) == !!template);
	for (size_t i = 0; template && i < template->count; i++)
		judge_resource(template, template->resources[i]);
	if (template)
		HOLDS(azure_template_failed(template) == (diag_errors(diag) != 0));
	judge_report(diag, arena);
	return 0;
}
