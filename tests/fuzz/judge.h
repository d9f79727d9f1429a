/* judge.h - What holds for every document and every message, whatever was read. */
#ifndef TESTS_FUZZ_JUDGE_H
#define TESTS_FUZZ_JUDGE_H

#include <stdlib.h>
#include <string.h>

#include "backends/json.h"
#include "compiler/report.h"
#include "rules/base/arena.h"
#include "rules/base/utf8.h"

#define HOLDS(condition) ((condition) ? (void)0 : abort())

/* Places lie in their parent's; texts end where they say. */
static inline void judge_doc(const struct doc *doc, struct span within)
{
	HOLDS(doc->at.source == within.source && doc->at.begin <= doc->at.end &&
	      doc->at.begin >= within.begin && doc->at.end <= within.end);
	if (doc->kind == DOC_SCALAR)
		HOLDS(doc->text && strlen(doc->text) == doc->length);
	for (size_t i = 0; i < doc->count; i++) {
		if (doc->kind == DOC_LIST) {
			judge_doc(doc->items[i], doc->at);
			continue;
		}
		HOLDS(doc->kind == DOC_MAP && doc->entries[i].key);
		HOLDS(doc->entries[i].at.begin >= doc->at.begin &&
		      doc->entries[i].at.end <= doc->at.end);
		judge_doc(doc->entries[i].value, doc->at);
	}
}

static inline void judge_text(const struct strbuf *text)
{
	for (size_t i = 0, length; i < text->length; i += length) {
		length = utf8_sequence(text->text + i, text->length - i);
		HOLDS(length &&
		      (length > 1 || text->text[i] == '\n' || text->text[i] == '\t' ||
		       (text->text[i] >= ' ' && text->text[i] != 0x7f)));
	}
}

/* Messages print as clean text, and as JSON that reads back. */
static inline void judge_report(const struct diag *diag, struct arena *arena)
{
	CLEANUP(strbuf_release) struct strbuf text = {0}, json = {0};
	struct diag *other = diag_new(arena);
	struct doc *doc;

	report_print(diag, &(struct report_options){0}, &text);
	judge_text(&text);
	report_print(diag, &(struct report_options){.json = true}, &json);
	for (char *line = json.text, *end; line && *line; line = end + 1) {
		end = strchr(line, '\n');
		HOLDS(end &&
		      json_read(line, (size_t)(end - line), 0, arena, &doc, other) == 0);
	}
}

/* What a reader returned and what it reported fit each other. */
static inline void judge_result(int error, const struct doc *doc, uint32_t source,
				size_t length, const struct diag *diag,
				struct arena *arena)
{
	HOLDS((error != 0) == (diag_errors(diag) != 0));
	for (size_t i = 0; diag_message(diag, i); i++)
		HOLDS(diag_message(diag, i)->at.begin <= diag_message(diag, i)->at.end &&
		      diag_message(diag, i)->at.end <= length);
	if (!error)
		judge_doc(doc, (struct span){source, 0, (uint32_t)length});
	judge_report(diag, arena);
}

#endif
