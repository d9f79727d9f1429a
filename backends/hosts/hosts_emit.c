/* hosts_emit.c - Writing a hosts file. */
#include "backends/hosts/hosts_emit.h"

#include "backends/answer.h"

int hosts_emit(const struct ruleset *rules, const struct backend_job *job,
	       struct arena *arena, struct artifact_list *artifacts, struct diag *diag)
{
	struct strbuf *out = artifact_add(artifacts, "hosts", "text/plain", arena);
	char text[ADDR_TEXT_MAX];
	size_t count;
	const struct answer_row *rows = answer_rows(rules, arena, &count);

	(void)diag;
	strbuf_printf(out,
		      "# Host names of output '%s'.\n"
		      "# Made by postern from a spec: change the spec, not this file.\n"
		      "# For the end of /etc/hosts.\n",
		      job->name);
	for (size_t i = 0; i < count; i++)
		for (size_t k = 0; k < rows[i].addr_count; k++)
			strbuf_printf(out, "%s %s # postern:%s\n",
				      addr_format(&rows[i].addrs[k], text), rows[i].name,
				      rows[i].id);
	return 0;
}
