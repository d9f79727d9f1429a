/* resolver_ask.c - Does a resolver's text, as we read it, say what is expected?
 *
 * usage: resolver_ask BACKEND FILE < PARTS
 *
 * PARTS as in tests/lib/answers.h.  Prints what is not so, one thing a line, or
 * "refused: MESSAGE" where the text is not read.
 *
 * Exit status: 0 all is so, 1 something is not, 2 usage, 3 a file cannot be read.
 */
#include <stdio.h>
#include <string.h>

#include "backends/backend.h"
#include "backends/registry.h"
#include "rules/base/strbuf.h"
#include "tests/lib/answers.h"
#include "tests/live/endpoint.h"

static void read_all(FILE *file, const char *name, struct strbuf *text)
{
	char chunk[65536];
	size_t got;

	if (!file)
		endpoint_die(name);
	while ((got = fread(chunk, 1, sizeof(chunk), file)))
		strbuf_add(text, chunk, got);
	if (ferror(file))
		endpoint_die(name);
}

int main(int argc, char **argv)
{
	CLEANUP(strbuf_release) struct strbuf text = {0}, parts = {0}, wrong = {0};
	const struct backend *backend = argc == 3 ? backends_find(argv[1]) : NULL;
	char *line, *rest, *said;
	FILE *file;

	if (!backend) {
		fputs("usage: resolver_ask BACKEND FILE < PARTS\n", stderr);
		return 2;
	}
	file = fopen(argv[2], "r");
	read_all(file, argv[2], &text);
	fclose(file);
	read_all(stdin, "stdin", &parts);
	if (answers_are(backend, strbuf_text(&text), strbuf_text(&parts), &wrong))
		return 0;
	said = wrong.text;
	if (strncmp(said, "not read: ", 10) == 0) {
		printf("refused: %s\n", said + 10);
		return 1;
	}
	for (rest = said; (line = strsep(&rest, ";"));)
		if (strspn(line, " ") < strlen(line))
			printf("%s\n", line + strspn(line, " "));
	return 1;
}
