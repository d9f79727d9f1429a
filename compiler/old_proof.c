/* old_proof.c - What an earlier compilation said of itself: its proof.json. */
#include "compiler/old_proof.h"

#include <string.h>
#include <unistd.h>

#include "backends/json.h"
#include "compiler/proof_json.h"
#include "rules/base/arena.h"

static void add_text(struct text_list *list, const char *text, struct arena *arena)
{
	if (text)
		*arena_push(arena, list->at, list->count, list->capacity) = text;
}

/* The items of a list, or nothing where there is no list. */
static size_t items(const struct doc *doc)
{
	return doc && doc->kind == DOC_LIST ? doc->count : 0;
}

static void read_output(const struct doc *doc, struct old_proof *proof,
			struct arena *arena)
{
	const struct doc *assumptions = doc_get(doc, "assumptions");
	const struct doc *flows = doc_get(doc, "flows");
	const char *name = doc_text(doc_get(doc, "name"));
	struct old_output *output;

	if (!name)
		return;
	output = arena_push(arena, proof->outputs, proof->output_count,
			    proof->output_capacity);
	output->name = name;
	output->backend = doc_text(doc_get(doc, "backend"));
	for (size_t i = 0; i < items(assumptions); i++)
		add_text(&output->assumptions, doc_text(assumptions->items[i]), arena);
	for (size_t i = 0; i < items(flows); i++) {
		const char *id = doc_text(doc_get(flows->items[i], "id"));
		const char *reason = doc_text(doc_get(flows->items[i], "reason"));

		if (!id)
			continue;
		add_text(&output->flows, id, arena);
		add_text(&output->reasons, reason ? reason : "", arena);
	}
}

int old_proof_read(struct compilation *compilation, const char *folder,
		   struct old_proof *ret_proof)
{
	struct arena *arena = compilation->arena;
	const char *path = arena_printf(arena, "%s/" PROOF_JSON_NAME, folder);
	const struct input_file *file;
	struct old_proof proof = {0};
	const struct doc *outputs, *written;
	struct doc *doc;

	*ret_proof = proof;
	if (access(path, F_OK) != 0)
		return 0;
	file = input_read(compilation->input, path, NULL, SPAN_NONE);
	if (!file || json_read(file->text, file->length, file->source, arena, &doc,
			       compilation->diag) < 0)
		return -1;
	outputs = doc_get(doc, "outputs");
	written = doc_get(doc, "written");
	for (size_t i = 0; i < items(outputs); i++)
		read_output(outputs->items[i], &proof, arena);
	for (size_t i = 0; i < items(written); i++)
		add_text(&proof.written, doc_text(doc_get(written->items[i], "name")),
			 arena);
	*ret_proof = proof;
	return 0;
}

const struct old_output *old_proof_output(const struct old_proof *proof, const char *name)
{
	for (size_t i = 0; i < proof->output_count; i++)
		if (strcmp(proof->outputs[i].name, name) == 0)
			return &proof->outputs[i];
	return NULL;
}
