/* check_output.c - Outputs: has each somebody to govern, and a target of its own? */
#include <strings.h>

#include "compiler/check.h"
#include "compiler/spec.h"

static void check_proxied(const struct output *output, struct diag *diag)
{
	if (output->backend->kind != BACKEND_KIND_PROXY)
		return;
	for (size_t i = 0; i < output->client_count; i++)
		if (output->clients[i]->via == CLIENT_PROXY)
			return;
	diag_report(diag, DIAG_PROXY_OUTPUT, output->backend_at,
		    "'%s' is for clients of the proxy, and has none", output->name.text);
	if (output->clients_written)
		diag_note(diag, output->clients_at, "its clients are here");
	diag_help(diag, "write 'via: proxy' at the clients that use it, or remove the "
			"output");
}

/* Do both write to one thing?  Azure's names are the same in any case. */
static bool meet(const struct output *a, const struct output *b)
{
	bool identified = false;

	if (a->backend != b->backend)
		return false;
	for (size_t i = 0; i < a->setting_count; i++) {
		if (!a->settings[i].option->identifies)
			continue;
		identified = true;
		for (size_t k = 0; k < b->setting_count; k++)
			if (b->settings[k].option == a->settings[i].option &&
			    strcasecmp(a->settings[i].value, b->settings[k].value) != 0)
				return false;
	}
	return identified;
}

void check_outputs(const struct spec *spec, struct diag *diag)
{
	for (size_t i = 0; i < spec->output_count; i++) {
		const struct output *output = spec->outputs[i];

		check_proxied(output, diag);
		for (size_t k = 0; k < i; k++) {
			if (!meet(spec->outputs[k], output))
				continue;
			diag_report(diag, DIAG_OUTPUTS_MEET, output->at,
				    "outputs '%s' and '%s' write to one thing: the "
				    "second "
				    "undoes the first",
				    spec->outputs[k]->name.text, output->name.text);
			diag_note(diag, spec->outputs[k]->at, "the first is here");
			diag_help(diag, "write one output for the clients of both");
			break;
		}
	}
}
