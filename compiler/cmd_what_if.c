/* cmd_what_if.c - postern what-if SPEC --add-replica REGION ... */
#include <stdio.h>

#include "compiler/commands.h"
#include "compiler/options.h"
#include "compiler/what_if.h"

static int check_usage(const struct options *options)
{
	unsigned changes = (unsigned)options_has(options, OPTION_ADD_REPLICA) +
			   (unsigned)options_has(options, OPTION_REMOVE_REPLICA) +
			   (unsigned)options_has(options, OPTION_DATA_ENDPOINTS);

	if (changes == 1)
		return 0;
	fprintf(stderr, "postern: what-if: one change at a time: --add-replica REGION, "
			"--remove-replica REGION or --data-endpoints dedicated\n");
	return -1;
}

static void print(const struct options *options, const struct what_if *what_if)
{
	CLEANUP(strbuf_release) struct strbuf out = {0};

	if (options_is(options, OPTION_FORMAT, "json"))
		what_if_json(what_if, &out);
	else
		what_if_text(what_if, &out);
	fputs(strbuf_text(&out), stdout);
}

enum exit_code cmd_what_if(const struct options *options)
{
	CLEANUP(compilation_close)
	struct compilation *compilation = compilation_open(options);
	struct what_if_change change;
	struct what_if what_if;

	if (check_usage(options) < 0)
		return EXIT_USAGE;
	if (compilation_read(compilation, options->arguments[0]) == 0 &&
	    what_if_choose(compilation, &change) == 0 &&
	    what_if_make(compilation, &change, &what_if) == 0)
		print(options, &what_if);
	return compilation_finish(compilation);
}
