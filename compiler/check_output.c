/* check_output.c - Outputs: does each have somebody to govern? */
#include "compiler/check.h"
#include "compiler/spec.h"

void check_outputs(const struct spec *spec, struct diag *diag)
{
	for (size_t i = 0; i < spec->output_count; i++) {
		const struct output *output = spec->outputs[i];
		bool found = false;

		if (output->backend->kind != BACKEND_KIND_PROXY)
			continue;
		for (size_t k = 0; k < output->client_count && !found; k++)
			found = output->clients[k]->via == CLIENT_PROXY;
		if (found)
			continue;
		diag_report(diag, DIAG_PROXY_OUTPUT, output->backend_at,
			    "'%s' is for clients of the proxy, and has none",
			    output->name.text);
		if (output->clients_written)
			diag_note(diag, output->clients_at, "its clients are here");
		diag_help(diag,
			  "write 'via: proxy' at the clients that use it, or remove the "
			  "output");
	}
}
