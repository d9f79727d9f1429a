/* cmd_generate.c - postern generate WHAT: for the Makefile, in no listing */
#include <stdio.h>
#include <string.h>

#include "compiler/commands.h"
#include "compiler/completions.h"
#include "compiler/json_schema.h"
#include "compiler/manual.h"
#include "compiler/options.h"
#include "compiler/usage.h"
#include "rules/base/diag.h"

/* "STATUS COMMAND LINE", an example of the manual page a line: the docs checks run them.
 */
static void generate_examples(struct strbuf *out)
{
	const char *line;
	int status;

	for (size_t i = 0; (line = manual_example(i, &status)); i++)
		strbuf_printf(out, "%d %s\n", status, line);
}

/* "COMMAND --option", a pair a line: the docs checks look for them in other texts. */
static void generate_options(struct strbuf *out)
{
	for (size_t id = 0; id < COMMAND_COUNT; id++)
		for (size_t option = 0; option < OPTION_COUNT; option++)
			if (*command_info((enum command_id)id)->summary &&
			    option_on((enum option_id)option, (enum command_id)id))
				strbuf_printf(out, "%s --%s\n",
					      command_info((enum command_id)id)->name,
					      option_info((enum option_id)option)->name);
}

enum exit_code cmd_generate(const struct options *options)
{
	static const struct {
		const char *name;
		void (*generate)(struct strbuf *out);
	} texts[] = {
		{"manual", manual_program},    {"spec-manual", manual_spec},
		{"bash", completions_bash},    {"zsh", completions_zsh},
		{"fish", completions_fish},    {"examples", generate_examples},
		{"options", generate_options}, {"schema", json_schema},
	};
	CLEANUP(strbuf_release) struct strbuf out = {0};

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		if (strcmp(texts[i].name, options->arguments[0]) != 0)
			continue;
		texts[i].generate(&out);
		fputs(strbuf_text(&out), stdout);
		return EXIT_FINE;
	}
	return usage_unknown("generate", "text", options->arguments[0], NULL);
}
