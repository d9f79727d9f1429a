/* unbound_emit.c - Writing for unbound.conf. */
#include "backends/unbound/unbound_emit.h"

#include "backends/answer.h"

/**
 * DOC: The file
 *
 * A name gets a local zone of its own, of type "transparent": unbound then answers for
 * that name alone, with the records that stand here, and says that there are no others.
 * A "static" zone would deny what is below the name, a "typetransparent" one would look
 * up the IPv6 addresses of the public endpoint.  A record of the name in the private DNS
 * zone would have no effect: unbound does not look into its own data for the target of a
 * CNAME. (unbound 1.17.1, tried 2026-11-27.)
 *
 * A domain that is forwarded is exempt from private-address, which would take the
 * addresses of private endpoints out of the answers.
 */

/* How long a record may be kept, in seconds: as in Azure's private zones (dig of a
 * private endpoint in
 * learn.microsoft.com/azure/container-registry/container-registry-private-link, read
 * 2026-08-20). */
#define TTL 10

static void put_records(struct strbuf *out, const struct answer_row *row)
{
	char text[ADDR_TEXT_MAX];

	strbuf_printf(out, "\n\t# postern:%s\n\tlocal-zone: \"%s.\" transparent\n",
		      row->id, row->name);
	for (size_t i = 0; i < row->addr_count; i++)
		strbuf_printf(out, "\tlocal-data: \"%s. %u IN %s %s\"\n", row->name, TTL,
			      row->addrs[i].family == FAMILY_IPV4 ? "A" : "AAAA",
			      addr_format(&row->addrs[i], text));
}

static void put_forward(struct strbuf *out, const struct answer_row *row)
{
	const char *domain = row->name + 1; /* ".azurecr.io" */
	char text[ADDR_TEXT_MAX];

	strbuf_printf(out,
		      "\tprivate-domain: \"%s.\"\n\n"
		      "forward-zone:\n\t# postern:%s\n\tname: \"%s.\"\n",
		      domain, row->id, domain);
	for (size_t i = 0; i < row->addr_count; i++)
		strbuf_printf(out, "\tforward-addr: %s@%u\n",
			      addr_format(&row->addrs[i], text), row->port);
}

int unbound_emit(const struct ruleset *rules, const struct backend_job *job,
		 struct arena *arena, struct artifact_list *artifacts, struct diag *diag)
{
	struct strbuf *out =
		artifact_add(artifacts, "postern.conf", "text/x-unbound-conf", arena);
	size_t count;
	const struct answer_row *rows = answer_rows(rules, arena, &count);
	bool forward = backend_setting_is(job, "form", "forward");

	(void)diag;
	strbuf_printf(out,
		      "# Host names of output '%s'.\n"
		      "# Made by postern from a spec: change the spec, not this file.\n"
		      "# For /etc/unbound/unbound.conf.d; before it is used: "
		      "unbound-checkconf\n\n"
		      "server:\n",
		      job->name);
	for (size_t i = 0; i < count; i++)
		if (forward)
			put_forward(out, &rows[i]);
		else
			put_records(out, &rows[i]);
	return 0;
}
