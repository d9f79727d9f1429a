/* nft_emit.c - Writing rules for "nft -f". */
#include "backends/nftables/nft_emit.h"

#include <string.h>

#include "backends/nftables/nft_spell.h"
#include "rules/base/arena.h"
#include "rules/base/textmap.h"

/**
 * DOC: The file
 *
 * It declares the table with its sets and its chain, so that there is something to flush;
 * flushes the rules and the sets; and fills them again.  nft sends all of it as one
 * transaction, and a change in place loses no packet.  "delete table; add table" would:
 * it drops what is allowed for some 77 us and, where refusal rests on "policy drop", lets
 * through what is not (measured on Linux 6.18, nft 1.0.6, 2026-11-21).  So the policy
 * accepts, and refusing is an explicit last rule.
 *
 * The chain's name holds hook and priority, a set's name its family: a chain or set of
 * the same name and another type would not load.
 *
 * A set that follows a host name is only declared: what others filled in stays when the
 * file is loaded again.  Its comment says the name.
 */

/* Behind the distribution's own "filter" chains (priority 0), ahead of "security" (50).
 */
#define CHAIN_PRIORITY 10

/* A flood of refused packets must not flood the log. */
#define LOG_LIMIT "limit rate 10/second burst 20 packets"

/*
 * dnsmasq adds what it answers and takes nothing away, and adding an element that is
 * there does not make it live longer (nft 1.0.6, Linux 6.18, tried 2026-11-27).  So one
 * lives for a day from its first answer on.  Then it is missing until dnsmasq next asks
 * upstream, for seconds as a rule: login servers' answers live ten.  The kernel lets a
 * set grow without end where no size is given; so many addresses no name has in a day.
 */
#define RESOLVER_SET "flags timeout; timeout 1d; size 65535; "

/* No rule of ours tests as many terms. */
#define MAX_TERMS 32

struct emitter {
	const struct backend_job *job;
	const struct ruleset *rules;
	const struct chain *chain;
	const char *hook;
	struct strbuf *out;
	struct diag *diag;
	struct nft_set *sets;
	size_t set_count, set_capacity;
	struct textmap
		collected[FAMILY_COUNT]; /* the labels of the sets of each family */
	struct arena *arena;
};

/* The terms of one line: a rule's, with one alternative of each choice. */
struct line {
	const struct rule *rule;
	const struct term *terms[MAX_TERMS];
	size_t count;
};

static int cannot(struct emitter *emitter, const struct rule *rule, const char *what)
{
	return diag_report(emitter->diag, DIAG_BACKEND_CANNOT, rule->at,
			   "nftables cannot say %s (output '%s')", what,
			   emitter->job->name);
}

static void collect_set(struct emitter *emitter, const struct term *term,
			enum family family)
{
	struct textmap *collected = &emitter->collected[family];

	if (!term->addrs.of[family].count || textmap_get(collected, term->label))
		return;
	*arena_push(emitter->arena, emitter->sets, emitter->set_count,
		    emitter->set_capacity) =
		(struct nft_set){term->label, family, &term->addrs.of[family], NULL};
	/* What stands there does not matter, only that something does. */
	textmap_put(collected, term->label, emitter, emitter->arena);
}

/* The set of a host name, for each family that the rule is for at all. */
static void collect_followed(struct emitter *emitter, const struct match *match,
			     const struct term *followed)
{
	for (unsigned family = 0; family < FAMILY_COUNT; family++) {
		struct textmap *collected = &emitter->collected[family];
		bool used = !textmap_get(collected, followed->label);

		for (size_t k = 0; used && k < match->count; k++) {
			const struct term *term = &match->terms[k];

			used = nft_has_family(&term, 1, (enum family)family);
		}
		if (!used)
			continue;
		*arena_push(emitter->arena, emitter->sets, emitter->set_count,
			    emitter->set_capacity) =
			(struct nft_set){followed->label, (enum family)family, NULL,
					 followed->host};
		textmap_put(collected, followed->label, emitter, emitter->arena);
	}
}

/* Sets, in the order met; a set of one family has one name, of both two. */
static void collect_sets(struct emitter *emitter, const struct match *match)
{
	for (size_t i = 0; i < match->count; i++) {
		const struct term *term = &match->terms[i];

		if (nft_is_followed(term))
			collect_followed(emitter, match, term);
		if (term->kind == TERM_CHOICE)
			for (size_t j = 0; j < term->choices.count; j++)
				collect_sets(emitter, &term->choices.at[j]);
		if (term->kind != TERM_ADDRS || !term->label)
			continue;
		for (unsigned family = 0; family < FAMILY_COUNT; family++)
			collect_set(emitter, term, (enum family)family);
	}
}

static void put_head(struct emitter *emitter)
{
	strbuf_printf(emitter->out,
		      "#!/usr/sbin/nft -f\n"
		      "# Egress rules of output '%s', hook %s.  Made by postern from a "
		      "spec:\n"
		      "# change the spec, not this file.  Loading it changes the table "
		      "below in\n"
		      "# place, in one transaction, and touches nothing else.\n\n",
		      emitter->job->name, emitter->hook);
}

static void put_table_begin(struct emitter *emitter)
{
	strbuf_printf(emitter->out, "table inet postern_%s {\n", emitter->hook);
}

static void put_declaration(struct emitter *emitter, const struct nft_set *set)
{
	bool resolver = backend_setting_is(emitter->job, "filled_by", "dnsmasq");

	strbuf_puts(emitter->out, "\tset ");
	nft_put_set_name(emitter->out, set);
	strbuf_printf(emitter->out, " { type %s_addr; ", family_name(set->family));
	if (set->host)
		strbuf_printf(emitter->out, "%scomment \"postern:%s\"; }\n",
			      resolver ? RESOLVER_SET : "", set->host);
	else
		strbuf_puts(emitter->out, "flags interval; }\n");
}

/* What must exist before it can be flushed. */
static void put_declarations(struct emitter *emitter)
{
	put_table_begin(emitter);
	for (size_t i = 0; i < emitter->set_count; i++)
		put_declaration(emitter, &emitter->sets[i]);
	strbuf_printf(emitter->out,
		      "\tchain %s_%d { type filter hook %s priority %d; policy accept; "
		      "}\n"
		      "}\n\n",
		      emitter->hook, CHAIN_PRIORITY, emitter->hook, CHAIN_PRIORITY);
}

static void put_flushes(struct emitter *emitter)
{
	strbuf_printf(emitter->out, "flush table inet postern_%s\n", emitter->hook);
	for (size_t i = 0; i < emitter->set_count; i++) {
		if (emitter->sets[i].host)
			continue;
		strbuf_printf(emitter->out, "flush set inet postern_%s ", emitter->hook);
		nft_put_set_name(emitter->out, &emitter->sets[i]);
		strbuf_putc(emitter->out, '\n');
	}
	strbuf_putc(emitter->out, '\n');
}

/* One element a line: that is what people compare. */
static void put_set(struct emitter *emitter, const struct nft_set *set)
{
	char text[ADDR_TEXT_MAX];

	strbuf_puts(emitter->out, "\tset ");
	nft_put_set_name(emitter->out, set);
	strbuf_printf(emitter->out,
		      " {\n\t\ttype %s_addr\n\t\tflags interval\n\t\telements = {\n",
		      family_name(set->family));
	for (size_t i = 0; i < set->elements->count; i++) {
		strbuf_puts(emitter->out, "\t\t\t");
		strbuf_puts(emitter->out,
			    addr_range_format(set->family, &set->elements->at[i], text));
		strbuf_puts(emitter->out, ",\n");
	}
	strbuf_puts(emitter->out, "\t\t}\n\t}\n\n");
}

static void put_comment(struct emitter *emitter, const struct rule *rule)
{
	if (rule->id)
		strbuf_printf(emitter->out, " comment \"postern:%s\"", rule->id);
	else if (rule->name)
		strbuf_printf(emitter->out, " comment \"%s\"", rule->name);
	strbuf_putc(emitter->out, '\n');
}

/* What a matching packet meets; @tcp tells how to refuse it. */
static void put_statements(struct emitter *emitter, const struct rule *rule, bool tcp)
{
	struct strbuf *out = emitter->out;

	if (rule->logs)
		strbuf_puts(out, " " LOG_LIMIT " log prefix \"postern refused: \"");
	if (rule->marks)
		strbuf_printf(out, " meta mark set 0x%x", rule->mark);
	if (!rule->logs)
		strbuf_puts(out, " counter");
	if (rule->action == ACTION_ADMIT)
		strbuf_puts(out, " accept");
	else if (rule->action == ACTION_REFUSE)
		strbuf_puts(out, tcp ? " reject with tcp reset"
				     : " reject with icmpx admin-prohibited");
	put_comment(emitter, rule);
}

/* One line for one family, or for both where no term tells them apart. */
static int put_line(struct emitter *emitter, const struct line *line,
		    const enum family *family)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	const char *unsaid = nft_put_terms(&text, line->terms, line->count, family);
	bool split = line->rule->action == ACTION_REFUSE;
	bool only_tcp, never_tcp;

	if (unsaid)
		return cannot(emitter, line->rule, unsaid);
	nft_tells_tcp(line->terms, line->count, &only_tcp, &never_tcp);
	/* A refusal answers TCP with a reset: an ICMP error is rate-limited by the kernel
	 * and leaves most clients hanging. */
	if (split && !only_tcp && !never_tcp) {
		strbuf_printf(emitter->out, "\t\t%smeta l4proto tcp", strbuf_text(&text));
		put_statements(emitter, line->rule, true);
	}
	/* Terms end with a blank, statements begin with one. */
	strbuf_puts(emitter->out, "\t\t");
	if (text.length)
		strbuf_add(emitter->out, text.text, text.length - 1);
	put_statements(emitter, line->rule, only_tcp);
	return 0;
}

static int put_line_by_family(struct emitter *emitter, const struct line *line)
{
	if (!nft_needs_family(line->terms, line->count))
		return put_line(emitter, line, NULL);
	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		enum family family = (enum family)i;

		if (nft_has_family(line->terms, line->count, family) &&
		    put_line(emitter, line, &family) < 0)
			return -1;
	}
	return 0;
}

/* Spreads the choices of @match from term @next on over lines of their own. */
static int spread(struct emitter *emitter, struct line *line, const struct match *match,
		  size_t next)
{
	size_t count = line->count;
	const struct term *term;

	for (; next < match->count && match->terms[next].kind != TERM_CHOICE; next++) {
		if (line->count == MAX_TERMS)
			return cannot(emitter, line->rule,
				      "so many conditions in one rule");
		line->terms[line->count++] = &match->terms[next];
	}
	if (next == match->count) {
		if (put_line_by_family(emitter, line) < 0)
			return -1;
		line->count = count;
		return 0;
	}
	term = &match->terms[next];
	if (term->negated || next + 1 != match->count)
		return cannot(emitter, line->rule, "such a choice of conditions");
	for (size_t i = 0; i < term->choices.count; i++)
		if (spread(emitter, line, &term->choices.at[i], 0) < 0)
			return -1;
	line->count = count;
	return 0;
}

static int put_rule(struct emitter *emitter, const struct rule *rule)
{
	struct line line = {.rule = rule};

	switch (rule->action) {
	case ACTION_ADMIT:
	case ACTION_REFUSE:
	case ACTION_CONTINUE:
		return spread(emitter, &line, &rule->match, 0);
	case ACTION_UNDECIDED:
	case ACTION_JUMP:
	case ACTION_GOTO:
	case ACTION_RETURN:
		break;
	}
	return cannot(emitter, rule, "such an action");
}

static int put_rules(struct emitter *emitter)
{
	strbuf_printf(emitter->out, "\tchain %s_%d {\n", emitter->hook, CHAIN_PRIORITY);
	for (size_t i = 0; i < emitter->chain->count; i++)
		if (put_rule(emitter, &emitter->chain->rules[i]) < 0)
			return -1;
	strbuf_puts(emitter->out, "\t}\n}\n");
	return 0;
}

int nft_emit(const struct ruleset *rules, const struct backend_job *job,
	     struct arena *arena, struct artifact_list *artifacts, struct diag *diag)
{
	const struct path *path = &rules->paths[0];
	struct emitter emitter = {
		.job = job,
		.rules = rules,
		.chain = &rules->chains[path->stages[0].chain],
		.hook = path->name,
		.out = artifact_add(artifacts, "ruleset.nft", "text/x-nftables", arena),
		.diag = diag,
		.arena = arena,
	};

	for (size_t i = 0; i < emitter.chain->count; i++)
		collect_sets(&emitter, &emitter.chain->rules[i].match);
	put_head(&emitter);
	put_declarations(&emitter);
	put_flushes(&emitter);
	put_table_begin(&emitter);
	for (size_t i = 0; i < emitter.set_count; i++)
		if (!emitter.sets[i].host)
			put_set(&emitter, &emitter.sets[i]);
	return put_rules(&emitter);
}
