/* difference_print.c - A difference between rule sets, for people and programs. */
#include "compiler/difference_print.h"

#include "backends/json.h"
#include "compiler/difference_notes.h"
#include "compiler/markdown.h"
#include "compiler/names.h"
#include "compiler/rule_text.h"
#include "rules/base/arena.h"

static const struct {
	const char *verb; /* also the key in JSON */
	char sign;
} kinds[DIFFERENCE_KINDS] = {
	[DIFFERENCE_OPENS] = {"opens", '+'},
	[DIFFERENCE_CLOSES] = {"closes", '-'},
	[DIFFERENCE_CHANGES] = {"changes", '~'},
};

static const char *side_names[2] = {"before", "after"};

static const struct difference_side *box_side(const struct difference_box *box,
					      size_t side)
{
	return side ? &box->after : &box->before;
}

/* "allow", "deny"; "undecided" only where that makes a difference. */
static const char *side_verdict(const struct difference_report *report,
				const struct difference_side *side)
{
	if (report->question.undecided && verdict_passes(side->verdict))
		return verdict_name(side->verdict == VERDICT_ADMIT ? VERDICT_ADMIT
								   : VERDICT_UNDECIDED);
	return verdict_name(verdict_passes(side->verdict) ? VERDICT_ADMIT
							  : VERDICT_REFUSE);
}

static const char *side_reason(const struct difference_report *report,
			       const struct difference_side *side)
{
	if (side->rule)
		return rule_place(side->rule, report->diag, report->arena);
	if (report->question.undecided && side->verdict == VERDICT_UNDECIDED)
		return "no rule matches it: it is left to what comes behind";
	return verdict_by_default(side->verdict);
}

static bool is_all_of(const struct count *count, bool ipv4, bool ipv6)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct addr_set set = {0};
	struct count all;

	if (ipv4)
		set.of[FAMILY_IPV4] = ranges_full(32, scratch);
	if (ipv6)
		set.of[FAMILY_IPV6] = ranges_full(128, scratch);
	all = count_addresses(&set);
	return count_equal(count, &all);
}

/* "every destination address", "3 destination addresses" */
static void put_destinations(const struct count *count, struct strbuf *out)
{
	const struct count one = count_from(1);
	char text[COUNT_TEXT_MAX];

	if (is_all_of(count, true, true))
		strbuf_puts(out, "every destination address");
	else if (is_all_of(count, true, false))
		strbuf_puts(out, "every IPv4 destination address");
	else if (is_all_of(count, false, true))
		strbuf_puts(out, "every IPv6 destination address");
	else
		strbuf_printf(out, "%s destination address%s", count_format(count, text),
			      count_equal(count, &one) ? "" : "es");
}

/* The one host name that a box is for, or NULL. */
static const char *box_name(const struct difference_box *box)
{
	for (size_t i = 0; i < box->match.count; i++) {
		const struct term *term = &box->match.terms[i];

		if (term->kind == TERM_NAMES && !term->negated &&
		    term->names.count == 1 && term->names.at[0].kind == NAME_EXACT)
			return term->names.at[0].text;
	}
	return NULL;
}

/* How many host names a part is about; 0 where it is not about single names only. */
static size_t count_names(const struct difference_part *part)
{
	CLEANUP(arena_cleanup) struct arena *scratch = arena_new();
	struct names names = {0};

	for (size_t i = 0; i < part->box_count; i++) {
		const char *name = box_name(&part->boxes[i]);

		if (!name)
			return 0;
		names_add(&names, name, SPAN_NONE, NULL, scratch);
	}
	return part->complete ? names.count : 0;
}

void difference_put_size(const struct difference_part *part, struct strbuf *out)
{
	size_t names = count_names(part);
	char text[COUNT_TEXT_MAX];

	if (names)
		strbuf_printf(out, "%zu host name%s at ", names, names == 1 ? "" : "s");
	put_destinations(&part->destinations, out);
	if (count_is_zero(&part->surely))
		strbuf_puts(out, ", perhaps");
	else if (!count_equal(&part->surely, &part->destinations))
		strbuf_printf(out, ", %s of them surely",
			      count_format(&part->surely, text));
}

/* -- text -------------------------------------------------------------------------- */

static void put_head(const struct difference_report *report, struct strbuf *out)
{
	for (size_t side = 0; side < 2; side++)
		strbuf_printf(out, "%s%s (%s, hook %s)", side ? " -> " : "",
			      report->sides[side].name, report->sides[side].backend->name,
			      report->sides[side].path->name);
}

static void put_sides(const struct difference_report *report,
		      const struct difference_box *box, struct strbuf *out)
{
	for (size_t i = 0; i < 2; i++) {
		const struct difference_side *side = box_side(box, i);

		strbuf_printf(out, "  %s: %s: %s", side_names[i],
			      side_verdict(report, side), side_reason(report, side));
		if (report->question.marks && side->marks)
			strbuf_printf(out, ", with mark 0x%x", side->mark);
		strbuf_putc(out, '\n');
	}
}

static void put_unknowns(const struct difference_box *box, struct strbuf *out)
{
	for (size_t i = 0; i < box->match.count; i++) {
		const struct term *term = &box->match.terms[i];

		if (term->kind == TERM_UNKNOWN)
			strbuf_printf(out, "      where %s: %s\n",
				      term->negated ? "this does not hold" : "this holds",
				      term->unknown);
	}
}

static void put_box(const struct difference_report *report, enum difference_kind kind,
		    const struct difference_box *box, struct strbuf *out)
{
	strbuf_printf(out, "    %c %s", kinds[kind].sign, box->surely ? "" : "perhaps: ");
	box_format(&box->match, report->pinned, report->arena, out);
	strbuf_puts(out, "\n      ");
	put_destinations(&box->destinations, out);
	strbuf_puts(out, ", for example ");
	packet_format(&box->witness, out);
	strbuf_putc(out, '\n');
	put_unknowns(box, out);
}

static bool same_side(const struct difference_side *a, const struct difference_side *b)
{
	return a->verdict == b->verdict && a->rule == b->rule && a->marks == b->marks &&
	       a->mark == b->mark;
}

/* Boxes of the same two rules follow each other, and the rules are told once. */
static void put_part(const struct difference_report *report, enum difference_kind kind,
		     struct strbuf *out)
{
	const struct difference_part *part = &report->difference.parts[kind];

	if (!part->any)
		return;
	strbuf_printf(out, "%s ", kinds[kind].verb);
	difference_put_size(part, out);
	strbuf_puts(out, ":\n");
	for (size_t i = 0; i < part->box_count; i++) {
		const struct difference_box *box = &part->boxes[i];

		if (!i || !same_side(&box->before, &box[-1].before) ||
		    !same_side(&box->after, &box[-1].after))
			put_sides(report, box, out);
		put_box(report, kind, box, out);
	}
	if (!part->complete)
		strbuf_puts(out, "    and more; --limit lists it\n");
}

void difference_text(const struct difference_report *report, struct strbuf *out)
{
	struct difference_notes notes = difference_notes(report);

	put_head(report, out);
	strbuf_printf(out, ": %s\n",
		      !report->difference.equal ? "different"
		      : report->pinned ? "equal, proved for all packets that open a flow"
				       : "equal, proved for all packets");
	for (int kind = 0; kind < DIFFERENCE_KINDS; kind++)
		put_part(report, (enum difference_kind)kind, out);
	for (size_t i = 0; i < notes.count; i++)
		strbuf_printf(out, "  assuming that %s\n", notes.at[i]);
}

/* -- Markdown ---------------------------------------------------------------------- */

static void put_packet(const struct packet *packet, struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};

	packet_format(packet, &text);
	markdown_code(out, strbuf_text(&text));
}

static void put_row(const struct difference_report *report, enum difference_kind kind,
		    const struct difference_box *box, struct strbuf *out)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	char count[COUNT_TEXT_MAX];

	box_format(&box->match, report->pinned, report->arena, &text);
	strbuf_printf(out, "| %s%s | ", box->surely ? "" : "perhaps ", kinds[kind].verb);
	markdown_code(out, strbuf_text(&text));
	for (size_t i = 0; i < box->match.count; i++) {
		const struct term *term = &box->match.terms[i];

		if (term->kind != TERM_UNKNOWN)
			continue;
		strbuf_puts(out, term->negated ? " unless " : " if ");
		markdown_code(out, term->unknown);
	}
	if (is_all_of(&box->destinations, true, false) ||
	    is_all_of(&box->destinations, true, true))
		strbuf_puts(out, " | any |");
	else
		strbuf_printf(out, " | %s |", count_format(&box->destinations, count));
	for (size_t i = 0; i < 2; i++) {
		const struct difference_side *side = box_side(box, i);

		strbuf_printf(out, " %s: ", side_verdict(report, side));
		if (side->rule)
			markdown_code(out, side_reason(report, side));
		else
			strbuf_puts(out, side_reason(report, side));
		strbuf_puts(out, " |");
	}
	strbuf_putc(out, ' ');
	put_packet(&box->witness, out);
	strbuf_puts(out, " |\n");
}

static void put_summary(const struct difference_report *report, struct strbuf *out)
{
	bool said = false;

	markdown_code(out, report->sides[0].name);
	strbuf_puts(out, " → ");
	markdown_code(out, report->sides[1].name);
	strbuf_puts(out, ": ");
	if (report->difference.equal)
		strbuf_puts(out, "**no difference**, proved for all packets");
	if (report->difference.equal && report->pinned)
		strbuf_puts(out, " that open a flow");
	for (int kind = 0; kind < DIFFERENCE_KINDS; kind++) {
		if (!report->difference.parts[kind].any)
			continue;
		strbuf_printf(out, "%s**%s ", said ? "; " : "", kinds[kind].verb);
		difference_put_size(&report->difference.parts[kind], out);
		strbuf_puts(out, "**");
		said = true;
	}
	strbuf_putc(out, '\n');
}

void difference_markdown(const struct difference_report *report, struct strbuf *out)
{
	struct difference_notes notes = difference_notes(report);

	put_summary(report, out);
	if (!report->difference.equal)
		strbuf_puts(out,
			    "\n| | packets | addresses | before | after | for example |\n"
			    "|---|---|---|---|---|---|\n");
	for (int kind = 0; kind < DIFFERENCE_KINDS; kind++) {
		const struct difference_part *part = &report->difference.parts[kind];

		for (size_t i = 0; i < part->box_count; i++)
			put_row(report, (enum difference_kind)kind, &part->boxes[i], out);
		if (part->any && !part->complete)
			strbuf_printf(out, "| %s | and more | | | | |\n",
				      kinds[kind].verb);
	}
	for (size_t i = 0; i < notes.count; i++) {
		strbuf_printf(out, "%s- assuming that ", i ? "" : "\n");
		markdown_code(out, notes.at[i]);
		strbuf_putc(out, '\n');
	}
}

/* -- JSON -------------------------------------------------------------------------- */

static void json_count(struct json_writer *json, const char *key,
		       const struct count *count)
{
	char text[COUNT_TEXT_MAX];

	json_key_string(json, key, count_format(count, text));
}

static void json_side(struct json_writer *json, const struct difference_report *report,
		      const char *key, const struct difference_side *side)
{
	json_key(json, key);
	json_object(json);
	json_key_string(json, "verdict", side_verdict(report, side));
	json_key_string(json, "by", side_reason(report, side));
	if (side->rule) {
		json_key_number(json, "line", rule_line(side->rule, report->diag));
		json_key_string(json, "name", side->rule->name);
		json_key_string(json, "flow", side->rule->id);
	}
	if (report->question.marks && side->marks)
		json_key_number(json, "mark", side->mark);
	json_object_end(json);
}

static void json_box(struct json_writer *json, const struct difference_report *report,
		     const struct difference_box *box)
{
	CLEANUP(strbuf_release) struct strbuf packets = {0}, witness = {0};

	box_format(&box->match, report->pinned, report->arena, &packets);
	packet_format(&box->witness, &witness);
	json_object(json);
	json_key_string(json, "packets", strbuf_text(&packets));
	json_key_bool(json, "surely", box->surely);
	json_key(json, "depends_on");
	json_list(json);
	for (size_t i = 0; i < box->match.count; i++) {
		const struct term *term = &box->match.terms[i];

		if (term->kind != TERM_UNKNOWN)
			continue;
		json_object(json);
		json_key_string(json, "unknown", term->unknown);
		json_key_bool(json, "holds", !term->negated);
		json_object_end(json);
	}
	json_list_end(json);
	json_count(json, "destinations", &box->destinations);
	json_key_string(json, "packet", strbuf_text(&witness));
	json_side(json, report, "before", &box->before);
	json_side(json, report, "after", &box->after);
	json_object_end(json);
}

static void json_part(struct json_writer *json, const struct difference_report *report,
		      enum difference_kind kind)
{
	const struct difference_part *part = &report->difference.parts[kind];

	json_key(json, kinds[kind].verb);
	json_object(json);
	json_count(json, "destinations", &part->destinations);
	json_count(json, "surely", &part->surely);
	json_key_bool(json, "complete", !part->any || part->complete);
	json_key(json, "boxes");
	json_list(json);
	for (size_t i = 0; i < part->box_count; i++)
		json_box(json, report, &part->boxes[i]);
	json_list_end(json);
	json_object_end(json);
}

static void json_input(struct json_writer *json, const char *key,
		       const struct difference_input *input)
{
	json_key(json, key);
	json_object(json);
	json_key_string(json, "file", input->name);
	json_key_string(json, "format", input->backend->name);
	json_key_string(json, "path", input->path->name);
	json_object_end(json);
}

void difference_put_json(struct json_writer *json, const struct difference_report *report)
{
	struct difference_notes notes = difference_notes(report);

	json_object(json);
	json_key_number(json, "version", 1);
	for (size_t i = 0; i < 2; i++)
		json_input(json, side_names[i], &report->sides[i]);
	json_key_string(json, "packets", report->pinned ? "new" : "all");
	json_key_bool(json, "equal", report->difference.equal);
	for (int kind = 0; kind < DIFFERENCE_KINDS; kind++)
		json_part(json, report, (enum difference_kind)kind);
	json_key(json, "assumptions");
	json_list(json);
	for (size_t i = 0; i < notes.count; i++)
		json_string(json, notes.at[i]);
	json_list_end(json);
	json_object_end(json);
}

void difference_json(const struct difference_report *report, struct strbuf *out)
{
	struct json_writer json;

	json_begin(&json, out, false);
	difference_put_json(&json, report);
	json_end(&json);
}
