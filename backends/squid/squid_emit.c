/* squid_emit.c - Writing rules for squid.conf. */
#include "backends/squid/squid_emit.h"

#include <string.h>

#include "backends/squid/squid_emit_acls.h"
#include "rules/base/arena.h"

/**
 * DOC: The file
 *
 * First the ACLs, one value a line: squid cuts lines of 8192 bytes, and people compare
 * lines.  Every dstdomain has -n: without it squid compares an address with the name that
 * its owner has given it.  Then the rules, each below a comment with its flow's id, and
 * at the end a refusal that nothing implicit stands for: of everything in a complete
 * squid.conf, of the clients in a drop-in, where "deny all" would close the rest of the
 * file that includes it.
 */

struct emitter {
	const struct backend_job *job;
	struct strbuf rules;
	struct emitted_acls acls;
	struct diag *diag;
	struct arena *arena;
};

/* The ACLs of one line; the method comes first: it costs nothing. */
struct line {
	const char *method, *port, *client, *names, *except;
};

static int cannot(struct emitter *emitter, const struct rule *rule, const char *what)
{
	return diag_report(emitter->diag, DIAG_BACKEND_CANNOT, rule->at,
			   "squid cannot say %s (output '%s')", what, emitter->job->name);
}

static bool is_complete(const struct emitter *emitter)
{
	return backend_setting_is(emitter->job, "form", "complete");
}

/* "n_contoso" for a rule of the group "aks-nodes/contoso" */
static const char *names_label(struct emitter *emitter, const struct rule *rule)
{
	const char *slash = rule->id ? strchr(rule->id, '/') : NULL;

	return arena_printf(emitter->arena, "n_%s", slash ? slash + 1 : "names");
}

static bool is_tcp(const struct term *term)
{
	return term->numbers.count == 1 && term->numbers.at[0].first == PROTOCOL_TCP &&
	       term->numbers.at[0].last == PROTOCOL_TCP;
}

static bool is_connect(const struct term *term)
{
	return term->symbols.count == 1 && strcmp(term->symbols.at[0], "CONNECT") == 0;
}

/* Return: NULL, or what cannot be said */
static const char *take_term(struct emitter *emitter, const struct rule *rule,
			     const struct term *term, struct line *line)
{
	const char *unsaid = NULL;

	if (term->negated)
		return "what is negated";
	if (term->kind == TERM_ADDRS && term->field == FIELD_SOURCE && !line->client) {
		line->client = emitted_acls_add_addrs(&emitter->acls,
						      term->label ? term->label : "c",
						      &term->addrs, &unsaid);
	} else if (term->kind == TERM_NAMES && term->field == FIELD_NAME &&
		   !line->names) {
		line->names =
			emitted_acls_add_names(&emitter->acls, names_label(emitter, rule),
					       &term->names, &line->except, &unsaid);
	} else if (term->kind == TERM_NUMBERS && term->field == FIELD_DESTINATION_PORT &&
		   !line->port && term->numbers.count) {
		line->port = emitted_acls_add_ports(&emitter->acls, &term->numbers);
	} else if (term->kind == TERM_SYMBOLS && term->field == FIELD_METHOD &&
		   is_connect(term)) {
		line->method = "CONNECT"; /* predefined */
	} else if (term->kind != TERM_NUMBERS || term->field != FIELD_PROTOCOL ||
		   !is_tcp(term)) { /* a request is TCP */
		return "such a condition";
	}
	return unsaid;
}

static void put_words(struct emitter *emitter, const struct line *line)
{
	const char *const words[] = {line->method, line->port, line->client, line->names};
	bool any = false;

	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (words[i]) {
			strbuf_printf(&emitter->rules, " %s", words[i]);
			any = true;
		}
	if (line->except)
		strbuf_printf(&emitter->rules, " !%s", line->except);
	strbuf_puts(&emitter->rules, any ? "\n" : " all\n");
}

static int put_rule(struct emitter *emitter, const struct rule *rule)
{
	struct line line = {0};

	if (rule->action != ACTION_ADMIT && rule->action != ACTION_REFUSE)
		return cannot(emitter, rule, "such an action");
	for (size_t i = 0; i < rule->match.count; i++) {
		const char *unsaid =
			take_term(emitter, rule, &rule->match.terms[i], &line);

		if (unsaid)
			return cannot(emitter, rule, unsaid);
	}
	if (rule->id)
		strbuf_printf(&emitter->rules, "# postern:%s\n", rule->id);
	else if (rule->name)
		strbuf_printf(&emitter->rules, "# %s\n", rule->name);
	strbuf_puts(&emitter->rules, rule->action == ACTION_ADMIT ? "http_access allow"
								  : "http_access deny");
	put_words(emitter, &line);
	return 0;
}

static void put_head(const struct emitter *emitter, struct strbuf *out)
{
	strbuf_printf(out,
		      "# Egress rules of output '%s'.\n"
		      "# Made by postern from a spec: change the spec, not this file.\n",
		      emitter->job->name);
	if (is_complete(emitter))
		strbuf_printf(out,
			      "# A squid.conf of its own; before it is used: squid -k "
			      "parse "
			      "-f FILE\n\nhttp_port %u\n\n",
			      backend_number(backend_setting(emitter->job, "port")));
	else
		strbuf_puts(out, "# For /etc/squid/conf.d, where Debian's squid.conf "
				 "includes it; before it is used:\n# squid -k parse\n\n");
}

int squid_emit(const struct ruleset *rules, const struct backend_job *job,
	       struct arena *arena, struct artifact_list *artifacts, struct diag *diag)
{
	const struct chain *chain = &rules->chains[rules->paths[0].stages[0].chain];
	struct emitter emitter = {.job = job, .diag = diag, .arena = arena};
	struct strbuf *out;
	int result = 0;

	out = artifact_add(artifacts,
			   is_complete(&emitter) ? "squid.conf" : "postern.conf",
			   "text/x-squid-conf", arena);
	emitted_acls_begin(&emitter.acls, job->name, arena);
	for (size_t i = 0; i < chain->count && !result; i++)
		result = put_rule(&emitter, &chain->rules[i]);
	put_head(&emitter, out);
	strbuf_add(out, strbuf_text(&emitter.acls.out), emitter.acls.out.length);
	if (emitter.acls.out.length)
		strbuf_putc(out, '\n');
	strbuf_add(out, strbuf_text(&emitter.rules), emitter.rules.length);
	strbuf_release(&emitter.acls.out);
	strbuf_release(&emitter.rules);
	return result;
}
