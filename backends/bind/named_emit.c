/* named_emit.c - Writing BIND's files. */
#include "backends/bind/named_emit.h"

#include <string.h>

#include "backends/answer.h"
#include "rules/base/arena.h"

/* What Azure's private zones say for their records, in seconds: so a changed address is
 * seen as soon as it is there (the A records that a private endpoint makes in
 * privatelink.azurecr.io have 10, learn.microsoft.com/azure/container-registry/
 * container-registry-private-link, read 2026-11-27). */
#define ZONE_TTL 10

static void emit_head(struct strbuf *out, const char *comment, const char *what,
		      const struct backend_job *job)
{
	strbuf_printf(out,
		      "%s %s of output '%s'.\n"
		      "%s Made by postern from a spec: change the spec, not this file.\n",
		      comment, what, job->name, comment);
}

static void emit_zone_conf(struct strbuf *out, const char *zone,
			   const struct backend_job *job)
{
	emit_head(out, "//", "The private DNS zone", job);
	strbuf_printf(
		out,
		"// For /etc/bind, with 'include \"/etc/bind/named.conf.postern\";' in\n"
		"// named.conf.local, or inside a view where there are views.  The zone\n"
		"// file goes to the directory that option 'directory' names:\n"
		"// /var/cache/bind on Debian.\n"
		"zone \"%s\" {\n"
		"\ttype primary;\n"
		"\tfile \"db.%s\";\n"
		"};\n",
		zone, zone);
}

/* The part of @name before the zone: records are relative to it. */
static const char *relative(const char *name, const char *zone, struct arena *arena)
{
	size_t length = strlen(name), tail = strlen(zone) + 1;

	if (length <= tail || strcmp(name + length - tail + 1, zone) != 0)
		BUG("'%s' is not below '%s'", name, zone);
	return arena_strndup(arena, name, length - tail);
}

static void emit_zone_file(struct strbuf *out, const char *zone,
			   const struct answer_row *rows, size_t count,
			   const struct backend_job *job, struct arena *arena)
{
	char text[ADDR_TEXT_MAX];

	emit_head(out, ";", "Host names", job);
	strbuf_printf(out,
		      "; The serial stays 1: nobody transfers this zone.  Load it with\n"
		      "; 'rndc reload %s'.\n"
		      "$ORIGIN %s.\n"
		      "$TTL %d\n"
		      "@ IN SOA localhost. root.localhost. ( 1 3600 300 1209600 %d )\n"
		      "@ IN NS localhost.\n",
		      zone, zone, ZONE_TTL, ZONE_TTL);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < rows[i].addr_count; k++)
			strbuf_printf(out, "%s IN %s %s ; postern:%s\n",
				      relative(rows[i].name, zone, arena),
				      rows[i].addrs[k].family == FAMILY_IPV4 ? "A"
									     : "AAAA",
				      addr_format(&rows[i].addrs[k], text), rows[i].id);
}

static void emit_forward(struct strbuf *out, const struct answer_row *row)
{
	char text[ADDR_TEXT_MAX];

	/* A pattern ".x": x and what is below, as a zone is. */
	strbuf_printf(out,
		      "zone \"%s\" { // postern:%s\n"
		      "\ttype forward;\n"
		      "\tforward only;\n"
		      "\tforwarders {\n",
		      row->name + 1, row->id);
	for (size_t i = 0; i < row->addr_count; i++)
		strbuf_printf(out, "\t\t%s port %u;\n", addr_format(&row->addrs[i], text),
			      row->port);
	strbuf_puts(out, "\t};\n};\n");
}

int named_emit(const struct ruleset *rules, const struct backend_job *job,
	       struct arena *arena, struct artifact_list *artifacts, struct diag *diag)
{
	size_t count;
	const struct answer_row *rows = answer_rows(rules, arena, &count);
	const char *zone = answer_zone(job);
	struct strbuf *out;

	(void)diag;
	if (backend_setting_is(job, "form", "forward")) {
		out = artifact_add(artifacts, "named.forward.conf", "text/plain", arena);
		emit_head(out, "//", "Whom to ask for host names", job);
		strbuf_puts(out, "// For /etc/bind, with 'include "
				 "\"/etc/bind/named.forward.conf\";' in\n"
				 "// named.conf.local, or inside a view where there are "
				 "views.\n");
		for (size_t i = 0; i < count; i++)
			emit_forward(out, &rows[i]);
		return 0;
	}
	emit_zone_conf(artifact_add(artifacts, "named.conf.postern", "text/plain", arena),
		       zone, job);
	out = artifact_add(artifacts, arena_printf(arena, "db.%s", zone), "text/dns",
			   arena);
	emit_zone_file(out, zone, rows, count, job, arena);
	return 0;
}
