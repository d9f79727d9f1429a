/* dnsmasq_emit.c - Writing a part of dnsmasq's configuration. */
#include "backends/dnsmasq/dnsmasq_emit.h"

#include "backends/answer.h"

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

int dnsmasq_emit(const struct ruleset *rules, const struct backend_job *job,
		 struct arena *arena, struct artifact_list *artifacts, struct diag *diag)
{
	struct strbuf *out = artifact_add(artifacts, "postern.conf", "text/plain", arena);
	bool forwards = backend_setting_is(job, "form", "forward");
	size_t count;
	const struct answer_row *rows = answer_rows(rules, arena, &count);

	(void)diag;
	strbuf_printf(out,
		      "# Host names of output '%s'.\n"
		      "# Made by postern from a spec: change the spec, not this file.\n"
		      "# For /etc/dnsmasq.d.\n",
		      job->name);
	for (size_t i = 0; i < count; i++)
		if (forwards)
			emit_server(&rows[i], out);
		else
			emit_record(&rows[i], out);
	return 0;
}
