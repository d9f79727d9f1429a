/* cmd_version.c - postern version */
#include <stdio.h>

#include "backends/json.h"
#include "compiler/commands.h"
#include "compiler/options.h"

enum exit_code cmd_version(const struct options *options)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};
	struct json_writer json;

	if (options_is(options, OPTION_FORMAT, "json")) {
		json_begin(&json, &out, false);
		json_object(&json);
		json_key_string(&json, "version", POSTERN_VERSION);
		json_object_end(&json);
		json_end(&json);
	} else {
		strbuf_puts(&out, "postern " POSTERN_VERSION "\n");
	}
	fputs(strbuf_text(&out), stdout);
	return EXIT_FINE;
}
