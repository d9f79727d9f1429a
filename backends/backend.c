/* backend.c - What every back end's job needs: settings, flows, artifacts. */
#include "backends/backend.h"

#include <stdlib.h>
#include <string.h>

#include "rules/base/arena.h"

const char *backend_setting(const struct backend_job *job, const char *option)
{
	for (size_t i = 0; i < job->setting_count; i++)
		if (strcmp(job->settings[i].option->name, option) == 0)
			return job->settings[i].value;
	return NULL;
}

bool backend_setting_is(const struct backend_job *job, const char *option,
			const char *value)
{
	const char *set = backend_setting(job, option);

	return set && strcmp(set, value) == 0;
}

uint32_t backend_number(const char *value)
{
	return (uint32_t)strtoul(value, NULL, 0);
}

bool backend_governs(const struct backend_job *job, const struct flow *flow)
{
	size_t first = 0, end = job->client_count;

	/* There may be 100 000 flows and nearly as many clients. */
	while (first < end) {
		size_t middle = first + (end - first) / 2;

		if (job->clients[middle] == flow->client)
			return true;
		if (job->clients[middle]->index < flow->client->index)
			first = middle + 1;
		else
			end = middle;
	}
	return false;
}

void scope_assume(struct backend_scope *scope, const char *sentence, struct arena *arena)
{
	*arena_push(arena, scope->assumptions, scope->assumption_count,
		    scope->assumption_capacity) = sentence;
}

void scope_assume_families(struct backend_scope *scope, const struct flow_client *client,
			   struct arena *arena)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++)
		if (!(client->families & 1u << family))
			scope_assume(scope,
				     arena_printf(arena, "client '%s' has no %s",
						  client->name,
						  family == FAMILY_IPV4 ? "IPv4"
									: "IPv6"),
				     arena);
}

struct strbuf *artifact_add(struct artifact_list *list, const char *name,
			    const char *media_type, struct arena *arena)
{
	struct artifact *artifact = arena_make(arena, struct artifact);

	artifact->name = name;
	artifact->media_type = media_type;
	*arena_push(arena, list->at, list->count, list->capacity) = artifact;
	return &artifact->body;
}

void artifact_list_release(struct artifact_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		strbuf_release(&list->at[i]->body);
	list->count = 0;
}

const struct import_file *import_find(const struct import_input *input, const char *name)
{
	for (size_t i = 1; i < input->file_count; i++)
		if (strcmp(input->files[i].name, name) == 0)
			return &input->files[i];
	return NULL;
}

int import_text(const struct backend *backend, const char *name, const char *text,
		size_t length, struct arena *arena, struct ruleset **ret_rules,
		struct diag *diag)
{
	const struct import_file file = {
		.name = name,
		.text = text,
		.length = length,
		.source = diag_add_source(diag, name, text, length),
	};
	const struct import_input input = {.files = &file, .file_count = 1, .bare = true};

	return backend->import(&input, arena, ret_rules, diag);
}
