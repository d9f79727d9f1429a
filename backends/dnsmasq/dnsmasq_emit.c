/* dnsmasq_emit.c - Writing a part of dnsmasq's configuration. */
#include "backends/dnsmasq/dnsmasq_emit.h"

#include <string.h>

#include "backends/answer.h"
#include "rules/base/arena.h"
#include "rules/base/textmap.h"

/* Seconds that an answer of Azure's private zones is good for, too. */
#define TTL 10

/* A record says nothing of the other family, nor of what is below the name: "local" keeps
 * both from going on to a public server, which would know the name. */
static void emit_record(const struct answer_row *row, struct strbuf *out)
{
	char text[ADDR_TEXT_MAX];

	strbuf_printf(out, "\nlocal=/%s/\n", row->name);
	for (size_t i = 0; i < row->addr_count; i++)
		strbuf_printf(out, "# postern:%s\nhost-record=%s,%s,%u\n", row->id,
			      row->name, addr_format(&row->addrs[i], text), TTL);
}

/* The name of a row is that of a domain, with a dot in front. */
static void emit_server(const struct answer_row *row, struct strbuf *out)
{
	const char *domain = row->name + 1;
	char text[ADDR_TEXT_MAX];

	strbuf_printf(out,
		      "\n# Its answers are private addresses.\nrebind-domain-ok=/%s/\n",
		      domain);
	for (size_t i = 0; i < row->addr_count; i++)
		strbuf_printf(out, "# postern:%s\nserver=/%s/%s\n", row->id, domain,
			      addr_format(&row->addrs[i], text));
}

/* -- sets ------------------------------------------------------------------------------
 */

/* dnsmasq reads no more of a line at once (MAXDNAME of 2.90). */
#define LINE_MAX_BYTES 1023

/** struct filled - A domain and its sets */
struct filled {
	const char *domain;
	const struct answer_row *rows[FAMILY_COUNT];
};

static struct filled *find_filled(const struct textmap *map, const char *domain)
{
	return textmap_get(map, domain);
}

static const char *domain_of(const struct answer_row *row)
{
	return row->name + 1;
}

/* The longest domain that takes a name is the only one that counts, so its line names the
 * sets of those above it, too. */
static void add_sets(const struct textmap *map, const char *domain, struct strbuf *line)
{
	const char *separator = "";

	for (const char *at = domain; at; at = strchr(at, '.')) {
		const struct filled *filled;

		at += *at == '.';
		filled = find_filled(map, at);
		for (unsigned family = 0; filled && family < FAMILY_COUNT; family++) {
			if (!filled->rows[family])
				continue;
			strbuf_printf(line, "%s%c#%s", separator,
				      family == FAMILY_IPV4 ? '4' : '6',
				      filled->rows[family]->fills);
			separator = ",";
		}
	}
}

static int emit_filled(const struct textmap *map, const struct answer_row *row,
		       const struct backend_job *job, struct strbuf *out,
		       struct diag *diag)
{
	CLEANUP(strbuf_release) struct strbuf line = {0};

	strbuf_printf(&line, "nftset=/%s/", domain_of(row));
	add_sets(map, domain_of(row), &line);
	if (line.length > LINE_MAX_BYTES) {
		diag_report(diag, DIAG_BACKEND_LIMIT, row->at,
			    "the line of output '%s' for '%s' has %zu bytes, and dnsmasq "
			    "reads %u",
			    job->name, domain_of(row), line.length, LINE_MAX_BYTES);
		diag_help(diag, "leave out names that a wildcard above them takes");
		return -1;
	}
	strbuf_printf(out, "\n# postern:%s\n%s\n", row->id, strbuf_text(&line));
	return 0;
}

static int emit_sets(const struct answer_row *rows, size_t count,
		     const struct backend_job *job, struct arena *arena,
		     struct strbuf *out, struct diag *diag)
{
	struct textmap map = {0};

	for (size_t i = 0; i < count; i++) {
		struct filled *filled = find_filled(&map, domain_of(&rows[i]));

		if (!filled) {
			filled = arena_make(arena, struct filled);
			filled->domain = domain_of(&rows[i]);
			textmap_put(&map, filled->domain, filled, arena);
		}
		filled->rows[rows[i].family] = &rows[i];
	}
	for (size_t i = 0; i < count; i++) {
		const struct filled *filled = find_filled(&map, domain_of(&rows[i]));

		/* The rules of a domain's families make one line. */
		if (filled->rows[FAMILY_IPV4] && rows[i].family != FAMILY_IPV4)
			continue;
		if (emit_filled(&map, &rows[i], job, out, diag) < 0)
			return -1;
	}
	return 0;
}

int dnsmasq_emit(const struct ruleset *rules, const struct backend_job *job,
		 struct arena *arena, struct artifact_list *artifacts, struct diag *diag)
{
	struct strbuf *out = artifact_add(artifacts, "postern.conf", "text/plain", arena);
	bool forwards = backend_setting_is(job, "form", "forward");
	size_t count;
	const struct answer_row *rows = answer_rows(rules, arena, &count);

	strbuf_printf(out,
		      "# Host names of output '%s'.\n"
		      "# Made by postern from a spec: change the spec, not this file.\n"
		      "# For /etc/dnsmasq.d.\n",
		      job->name);
	if (backend_setting_is(job, "form", "nftset"))
		return emit_sets(rows, count, job, arena, out, diag);
	for (size_t i = 0; i < count; i++)
		if (forwards)
			emit_server(&rows[i], out);
		else
			emit_record(&rows[i], out);
	return 0;
}
