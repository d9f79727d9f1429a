/* manual_spec.c - postern-spec(5), made from the tables. */
#include "backends/registry.h"
#include "compiler/manual.h"

static void output_key(struct strbuf *out, const struct backend_option *option)
{
	CLEANUP(strbuf_release) struct strbuf help = {0};

	strbuf_puts(out, ".It Cm ");
	manual_text(out, option->name);
	strbuf_putc(out, '\n');
	if (option->help) {
		strbuf_printf(&help, "%s.", option->help);
		manual_running_text(out, strbuf_text(&help));
	}
	for (size_t i = 0; option->values && option->values[i]; i++) {
		strbuf_puts(out, i ? " ,\n.Cm " : "One of\n.Cm ");
		manual_text(out, option->values[i]);
	}
	if (option->values)
		strbuf_puts(out, " .\n");
	if (option->kind == BACKEND_OPTION_NUMBER)
		strbuf_printf(out, "A number from %u to %u.\n", option->first,
			      option->last);
	if (option->required) {
		strbuf_puts(out, "Must be written.\n");
	} else if (option->fallback) {
		strbuf_puts(out, "The default is\n.Cm ");
		manual_text(out, option->fallback);
		strbuf_puts(out, " .\n");
	}
}

static void output_keys(struct strbuf *out, const struct backend *backend)
{
	const struct backend_option *option = backend->options;

	strbuf_printf(out, ".Ss Outputs for %s\n", backend->name);
	manual_text(out, backend->summary);
	strbuf_puts(out, ".\n");
	if (!option || !option->name)
		return;
	strbuf_puts(out, ".Bl -tag -width Ds\n");
	for (; option->name; option++)
		output_key(out, option);
	strbuf_puts(out, ".El\n");
}

void manual_spec(struct strbuf *out)
{
	const struct backend *backend;

	strbuf_puts(out,
		    ".\\\" Made by \"postern generate spec-manual\".\n"
		    ".Dd " MANUAL_DAY "\n"
		    ".Dt POSTERN-SPEC 5\n"
		    ".Os\n"
		    ".Sh NAME\n"
		    ".Nm postern-spec\n"
		    ".Nd who uses which container registry, and what is open beyond it\n"
		    ".Sh DESCRIPTION\n"
		    "A spec is one file in YAML, JSON or XML that says the same in "
		    "each.\n"
		    "Unknown keys are mistakes.\n"
		    ".Sh OUTPUTS\n"
		    "Each entry of\n"
		    ".Cm outputs\n"
		    "names its\n"
		    ".Cm backend ,\n"
		    "and may have keys of that back end.\n");
	for (size_t i = 0; (backend = backends_at(i)); i++)
		output_keys(out, backend);
	strbuf_puts(out, ".Sh SEE ALSO\n.Xr postern 1\n");
}
