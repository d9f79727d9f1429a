/* check_output.c - Outputs: does each have somebody to govern, and a place of its own? */
#include <strings.h>

#include "compiler/check.h"
#include "compiler/spec.h"

/* Azure compares names without case; both outputs have a setting for each option that has
 * a value, in the order of the options. */
static bool go_to_one_place(const struct output *a, const struct output *b)
{
	bool any = false;

	if (a->backend != b->backend)
		return false;
	for (size_t i = 0; i < a->setting_count; i++)
		for (size_t k = 0; k < b->setting_count; k++) {
			const struct backend_setting *x = &a->settings[i],
						     *y = &b->settings[k];

			if (x->option != y->option || !x->option->place)
				continue;
			if (strcasecmp(x->value, y->value) != 0)
				return false;
			any = true;
		}
	return any;
}

/* A warning: the same name may be in two resource groups. */
static void check_places(const struct spec *spec, struct diag *diag)
{
	for (size_t i = 1; i < spec->output_count; i++)
		for (size_t k = 0; k < i; k++) {
			const struct output *output = spec->outputs[i],
					    *before = spec->outputs[k];

			if (!go_to_one_place(before, output))
				continue;
			diag_report(diag, DIAG_OUTPUT_REPLACES, output->at,
				    "outputs '%s' and '%s' name one place: there the one "
				    "that is deployed last replaces the other's rules",
				    before->name.text, output->name.text);
			diag_note(diag, before->at, "'%s' is here", before->name.text);
			diag_help(diag,
				  "give their clients to one output, or each output "
				  "a group of its own");
			break;
		}
}

void check_outputs(const struct spec *spec, struct diag *diag)
{
	check_places(spec, diag);
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
