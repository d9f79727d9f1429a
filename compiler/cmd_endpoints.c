/* cmd_endpoints.c - postern endpoints SPEC */
#include <stdio.h>

#include "compiler/bind.h"
#include "compiler/commands.h"
#include "compiler/compilation.h"
#include "compiler/endpoints_list.h"
#include "compiler/options.h"

enum exit_code cmd_endpoints(const struct options *options)
{
	CLEANUP(compilation_close)
	struct compilation *compilation = compilation_open(options);
	CLEANUP(strbuf_release) struct strbuf list = {0};

	if (compilation_read(compilation, options->arguments[0]) == 0) {
		if (options_is(options, OPTION_FORMAT, "json"))
			endpoints_list_json(compilation->intent, &list);
		else
			endpoints_list_text(compilation->intent, &list);
		fputs(strbuf_text(&list), stdout);
		intent_report_unbound(compilation->intent, compilation->arena,
				      compilation->diag);
	}
	return compilation_finish(compilation);
}
