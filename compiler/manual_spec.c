/* manual_spec.c - postern-spec(5), made from the tables. */
#include <string.h>

#include "backends/registry.h"
#include "compiler/manual.h"
#include "compiler/schema.h"

/* "One of public, private." */
static void words(struct strbuf *out, const char *intro, const char *const *values)
{
	for (size_t i = 0; values[i]; i++) {
		strbuf_puts(out, i ? " ,\n.Cm " : intro);
		manual_text(out, values[i]);
	}
	strbuf_puts(out, " .\n");
}

static void need(struct strbuf *out, bool required, const char *fallback)
{
	if (required) {
		strbuf_puts(out, "Must be written.\n");
	} else if (fallback) {
		strbuf_puts(out, "The default is\n.Cm ");
		manual_text(out, fallback);
		strbuf_puts(out, " .\n");
	}
}

static void key_item(struct strbuf *out, const struct schema_key_info *key)
{
	const struct schema_type_info *type = schema_type(key->type);
	bool nested = type->shape == SCHEMA_SHAPE_MAP ||
		      type->shape == SCHEMA_SHAPE_MAPS ||
		      type->shape == SCHEMA_SHAPE_MIXED;

	strbuf_puts(out, ".It Cm ");
	manual_text(out, key->key);
	strbuf_puts(out, " : ");
	manual_text(out, type->name);
	strbuf_putc(out, '\n');
	manual_running_text(out, key->help);
	if (key->values && nested)
		strbuf_printf(out, "See\n.Sx The keys of %s .\n", key->values[0]);
	else if (key->values)
		words(out, "Words:\n.Cm ", key->values);
	need(out, key->required, key->fallback);
}

static void mapping_section(struct strbuf *out, enum schema_mapping mapping)
{
	strbuf_printf(out, ".Ss The keys of %s\n", schema_mapping(mapping)->name);
	manual_running_text(out, schema_mapping(mapping)->help);
	strbuf_puts(out, ".Bl -tag -width Ds\n");
	for (size_t i = 0; i < SCHEMA_KEY_COUNT; i++)
		if (schema_key((enum schema_key)i)->mapping == mapping)
			key_item(out, schema_key((enum schema_key)i));
	strbuf_puts(out, ".El\n");
}

static void option_item(struct strbuf *out, const struct backend_option *option)
{
	CLEANUP(strbuf_release) struct strbuf help = {0};

	strbuf_puts(out, ".It Cm ");
	manual_text(out, option->name);
	strbuf_putc(out, '\n');
	if (option->help) {
		strbuf_printf(&help, "%s.", option->help);
		manual_running_text(out, strbuf_text(&help));
	}
	if (option->values)
		words(out, "Words:\n.Cm ", option->values);
	if (option->kind == BACKEND_OPTION_NUMBER)
		strbuf_printf(out, "A number from %u to %u.\n", option->first,
			      option->last);
	else if (option->kind == BACKEND_OPTION_ADDRESS)
		strbuf_puts(out, "An IPv4 or IPv6 address.\n");
	need(out, option->required, option->fallback);
}

static void backend_section(struct strbuf *out, const struct backend *backend)
{
	const struct backend_option *option = backend->options;

	strbuf_printf(out, ".Ss Outputs for %s\n", backend->name);
	manual_running_text(out, backend->summary);
	if (!option || !option->name)
		return;
	strbuf_puts(out, ".Bl -tag -width Ds\n");
	for (; option->name; option++)
		option_item(out, option);
	strbuf_puts(out, ".El\n");
}

static void front(struct strbuf *out)
{
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
		    "Unknown keys and keys written twice are mistakes.\n"
		    "Paths are relative to the folder of the spec.\n");
}

/* How each syntax writes mappings, lists and single values (read_xml.c). */
static void syntaxes(struct strbuf *out)
{
	strbuf_puts(out,
		    ".Sh SYNTAXES\n"
		    "YAML is read without aliases, merge keys and tags, one document a "
		    "file.\n"
		    "JSON is read strictly (RFC 8259).\n"
		    "Files are UTF-8.\n"
		    "The type of a value comes from its place:\n"
		    "443 and \\(dq443\\(dq are the same port.\n"
		    "One value alone may stand for a list of it.\n"
		    ".Pp\n"
		    "In XML the root is\n"
		    ".Ql <postern version=\\(dq1\\(dq> ,\n"
		    "and no other element has an attribute.\n"
		    "The element of a key holds its value: a text, or the elements of a "
		    "mapping.\n"
		    "A list is its element repeated;\n"
		    "an element that is alone where a list is meant is a list of one,\n"
		    "and empty it is the empty list.\n"
		    "Blanks around a text do not count.\n"
		    "There are no document type definitions, no entities\n"
		    "but the five predefined ones and character references, and no "
		    "namespaces:\n"
		    ".Bd -literal -offset indent\n"
		    "<postern version=\"1\">\n"
		    "  <registries>\n"
		    "    <name>contoso</name>\n"
		    "    <region>westeurope</region>\n"
		    "    <replicas>eastus</replicas>\n"
		    "    <replicas>northeurope</replicas>\n"
		    "    <mode>public</mode>\n"
		    "  </registries>\n"
		    "  <clients>\n"
		    "    <name>nodes</name>\n"
		    "    <addresses>10.240.0.0/16</addresses>\n"
		    "  </clients>\n"
		    "  <clients>\n"
		    "    <name>build</name>\n"
		    "    <addresses>10.250.0.0/24</addresses>\n"
		    "  </clients>\n"
		    "</postern>\n"
		    ".Ed\n");
}

void manual_spec(struct strbuf *out)
{
	const struct backend *backend;

	front(out);
	syntaxes(out);
	strbuf_puts(out, ".Sh KEYS\n");
	for (size_t mapping = 0; mapping < SCHEMA_MAPPING_COUNT; mapping++)
		mapping_section(out, (enum schema_mapping)mapping);
	strbuf_puts(out, ".Sh OUTPUTS\n"
			 "An output may also have the keys of its back end.\n");
	for (size_t i = 0; (backend = backends_at(i)); i++)
		backend_section(out, backend);
	strbuf_puts(out, ".Sh SEE ALSO\n.Xr postern 1\n");
}
