/* plan_print.c - A plan as a comment on a change, and for programs. */
#include <stdbool.h>
#include <string.h>

#include "backends/json.h"
#include "compiler/markdown.h"
#include "compiler/plan.h"

/* -- Markdown ----------------------------------------------------------------------- */

static void put_files(const struct plan_output *output, struct strbuf *out)
{
	for (size_t i = 0; i < output->file_count; i++) {
		strbuf_puts(out, i ? ", " : "");
		markdown_code(out, output->files[i].path);
		strbuf_printf(out, " %s", plan_state_name(output->files[i].state));
	}
}

static void put_opened(const struct plan_output *output, enum difference_kind kind,
		       struct strbuf *out)
{
	const struct difference_part *part = &output->report.difference.parts[kind];

	if (output->compared && part->any) {
		strbuf_puts(out, "**");
		difference_put_size(part, out);
		strbuf_puts(out, "**");
	} else {
		strbuf_puts(out, output->compared || output->state == PLAN_UNCHANGED
					 ? "nothing"
					 : "–");
	}
}

static void put_rules(const struct plan_output *output, struct strbuf *out)
{
	if (output->state == PLAN_UNCHANGED || output->state == PLAN_REMOVED)
		strbuf_puts(out, "–");
	else if (output->state == PLAN_ADDED)
		strbuf_printf(out, "%zu", output->rules[1]);
	else
		strbuf_printf(out, "%zu → %zu", output->rules[0], output->rules[1]);
}

static void put_table(const struct plan *plan, struct strbuf *out)
{
	strbuf_puts(out, "| output | target | rules | opens | closes | files |\n"
			 "|---|---|---|---|---|---|\n");
	for (size_t i = 0; i < plan->output_count; i++) {
		const struct plan_output *output = &plan->outputs[i];

		strbuf_puts(out, "| ");
		markdown_code(out, output->name);
		strbuf_printf(out, " %s| ",
			      output->state == PLAN_ADDED     ? "(new) "
			      : output->state == PLAN_REMOVED ? "(gone) "
							      : "");
		/* Of a removed one the old proof.json says it, and that is anybody's. */
		markdown_code(out, output->backend ? output->backend : "?");
		strbuf_puts(out, " | ");
		put_rules(output, out);
		strbuf_puts(out, " | ");
		put_opened(output, DIFFERENCE_OPENS, out);
		strbuf_puts(out, " | ");
		put_opened(output, DIFFERENCE_CLOSES, out);
		strbuf_puts(out, " | ");
		put_files(output, out);
		strbuf_puts(out, " |\n");
	}
	strbuf_puts(out, "\nCompared are all packets and requests that open a flow.\n");
}

static void put_list(const char *title, const struct text_list *list, struct strbuf *out)
{
	if (!list->count)
		return;
	strbuf_printf(out, "\n%s:\n\n", title);
	for (size_t i = 0; i < list->count; i++) {
		strbuf_puts(out, "- ");
		markdown_code(out, list->at[i]);
		strbuf_putc(out, '\n');
	}
}

/* Names of Azure's rules need no quotes; another name that a file has gets them. */
static void put_shell_word(const char *word, struct strbuf *out)
{
	bool plain = *word && !word[strspn(word, "abcdefghijklmnopqrstuvwxyz"
						 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
						 "0123456789_.-")];

	if (plain) {
		strbuf_puts(out, word);
		return;
	}
	strbuf_putc(out, '\'');
	for (; *word; word++)
		strbuf_putc(out, *word == '\'' || *word == '`' ||
						 (unsigned char)*word < ' ' ||
						 *word == 0x7f
					 ? '?'
					 : *word);
	strbuf_putc(out, '\'');
}

static void put_leftovers(const struct plan_output *output, struct strbuf *out)
{
	if (!output->leftovers.count)
		return;
	strbuf_puts(out,
		    "\nAn incremental deployment leaves these rules where they are, and "
		    "what they allow stays open until they are deleted:\n\n```sh\n");
	for (size_t i = 0; i < output->leftovers.count; i++) {
		strbuf_printf(out, "%s ", output->delete_command);
		put_shell_word(output->leftovers.at[i], out);
		strbuf_putc(out, '\n');
	}
	strbuf_puts(out, "```\n");
}

static bool is_quiet(const struct plan_output *output)
{
	return output->state == PLAN_UNCHANGED && !output->assumptions_added.count &&
	       !output->assumptions_removed.count && !output->flows_added.count &&
	       !output->flows_removed.count;
}

static void put_output(const struct plan_output *output, struct strbuf *out)
{
	if (is_quiet(output))
		return;
	strbuf_puts(out, "\n### ");
	markdown_code(out, output->name);
	strbuf_puts(out, "\n\n");
	if (output->state == PLAN_REMOVED)
		strbuf_puts(out, "The spec has this output no more. Its files stay where "
				 "they are, and so does what was deployed from them.\n");
	else if (output->state == PLAN_ADDED)
		strbuf_puts(out, "Nothing of this output stands there yet.\n");
	else if (output->obstacle)
		strbuf_printf(out, "Not compared: %s.\n", output->obstacle);
	else if (output->compared)
		difference_markdown(&output->report, out);
	else
		strbuf_puts(out, "The files stay as they are.\n");
	put_list("Needs that are new", &output->flows_added, out);
	put_list("Needs that are gone", &output->flows_removed, out);
	put_list("Assumptions that are new", &output->assumptions_added, out);
	put_list("Assumptions that are gone", &output->assumptions_removed, out);
	put_leftovers(output, out);
}

void plan_markdown(const struct plan *plan, struct strbuf *out)
{
	size_t changes = 0;

	strbuf_puts(out, "## postern plan\n\n");
	for (size_t i = 0; i < plan->output_count; i++)
		changes += plan->outputs[i].state != PLAN_UNCHANGED;
	if (!changes)
		strbuf_puts(out, "No file changes.\n\n");
	put_table(plan, out);
	for (size_t i = 0; i < plan->output_count; i++)
		put_output(&plan->outputs[i], out);
}

/* -- JSON --------------------------------------------------------------------------- */

static void json_texts(struct json_writer *json, const char *key,
		       const struct text_list *list)
{
	json_key(json, key);
	json_list(json);
	for (size_t i = 0; i < list->count; i++)
		json_string(json, list->at[i]);
	json_list_end(json);
}

static void json_files(struct json_writer *json, const struct plan_output *output)
{
	json_key(json, "files");
	json_list(json);
	for (size_t i = 0; i < output->file_count; i++) {
		json_object(json);
		json_key_string(json, "name", output->files[i].path);
		json_key_string(json, "state", plan_state_name(output->files[i].state));
		json_object_end(json);
	}
	json_list_end(json);
}

static void json_output(struct json_writer *json, const struct plan_output *output)
{
	json_object(json);
	json_key_string(json, "name", output->name);
	json_key_string(json, "backend", output->backend);
	json_key_string(json, "state", plan_state_name(output->state));
	json_files(json, output);
	json_key_string(json, "not_compared", output->obstacle);
	json_key(json, "difference");
	if (output->compared)
		difference_put_json(json, &output->report);
	else
		json_null(json);
	json_texts(json, "flows_added", &output->flows_added);
	json_texts(json, "flows_removed", &output->flows_removed);
	json_texts(json, "assumptions_added", &output->assumptions_added);
	json_texts(json, "assumptions_removed", &output->assumptions_removed);
	json_texts(json, "rules_left_behind", &output->leftovers);
	json_object_end(json);
}

void plan_json(const struct plan *plan, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	json_object(&json);
	json_key_number(&json, "version", 1);
	json_key(&json, "outputs");
	json_list(&json);
	for (size_t i = 0; i < plan->output_count; i++)
		json_output(&json, &plan->outputs[i]);
	json_list_end(&json);
	json_object_end(&json);
	json_end(&json);
}
