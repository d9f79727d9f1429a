/* squid_ask.c - What a squid.conf does with requests, as we read it.
 *
 * usage: squid_ask [-d DIALECT] FILE... < REQUESTS
 *
 * The first file is the configuration, the others are what it refers to.  A request a
 *line:
 *
 *	METHOD HOST|- ADDRESS PORT SOURCE
 *
 * For each a line: "allow", "deny", "undecided" or "unknown NAME".
 *
 * Exit status: 0 done, 1 squid would refuse the configuration, 2 usage, 3 not decided.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "backends/backend.h"
#include "backends/squid/squid.h"
#include "rules/base/arena.h"
#include "rules/base/strbuf.h"
#include "tests/lib/request.h"
#include "tests/live/endpoint.h"

static struct import_file read_file(const char *name, struct arena *arena,
				    struct diag *diag)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	FILE *file = fopen(name, "r");
	struct import_file result = {.name = name};
	char chunk[65536];
	char *copy;
	size_t got;

	if (!file)
		endpoint_die(name);
	while ((got = fread(chunk, 1, sizeof(chunk), file)))
		strbuf_add(&text, chunk, got);
	fclose(file);
	result.length = text.length;
	copy = arena_alloc(arena, text.length + 1);
	memcpy(copy, strbuf_text(&text), text.length);
	result.text = copy;
	result.source = diag_add_source(diag, name, result.text, result.length);
	return result;
}

static void answer(struct request_judge *judge, char *line)
{
	const char *unknowns[9] = {NULL}, *verdict;
	char method[64], host[512], address[64], source[64];
	struct request request = {method, host, address, 0, source};

	if (sscanf(line, "%63s %511s %63s %u %63s", method, host, address, &request.port,
		   source) != 5) {
		fprintf(stderr, "squid_ask: no request: %s", line);
		exit(2);
	}
	if (strcmp(host, "-") == 0)
		request.host = NULL;
	verdict = request_judge(judge, &request, NULL, unknowns);
	printf("%s%s%s\n", verdict, unknowns[0] ? " " : "",
	       unknowns[0] ? unknowns[0] : "");
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	struct import_input input = {0};
	struct import_file *files = arena_array(arena, (size_t)argc, struct import_file);
	struct request_judge *judge;
	struct ruleset *rules;
	char line[1024];
	int option;

	while ((option = getopt(argc, argv, "d:")) == 'd')
		input.dialect = optarg;
	if (option != -1 || optind == argc) {
		fputs("usage: squid_ask [-d DIALECT] FILE... < REQUESTS\n", stderr);
		return 2;
	}
	for (; optind < argc; optind++)
		files[input.file_count++] = read_file(argv[optind], arena, diag);
	input.files = files;
	if (squid_import(&input, arena, &rules, diag) < 0) {
		printf("refused: %s\n", diag_message(diag, diag_warnings(diag))->text);
		return 1;
	}
	judge = request_judge_new(rules, arena, diag);
	if (!judge)
		return 3;
	while (fgets(line, sizeof(line), stdin))
		answer(judge, line);
	request_judge_free(judge);
	return 0;
}
