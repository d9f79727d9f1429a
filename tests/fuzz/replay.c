/* replay.c - Give a fuzz target the files named on the command line, without a fuzzer. */
#include <stdio.h>
#include <stdlib.h>

#include "rules/base/strbuf.h"
#include "tests/fuzz/fuzz.h"

static int replay(const char *path)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	FILE *file = fopen(path, "rbe");
	char part[65536];
	size_t length;
	uint8_t *exact;

	if (!file) {
		perror(path);
		return 1;
	}
	while ((length = fread(part, 1, sizeof(part), file)))
		strbuf_add(&text, part, length);
	fclose(file);
	/* Without the NUL of a strbuf, so that reading past the end shows. */
	exact = malloc(text.length);
	for (size_t i = 0; exact && i < text.length; i++)
		exact[i] = (uint8_t)text.text[i];
	LLVMFuzzerTestOneInput(exact, text.length);
	free(exact);
	return 0;
}

int main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++)
		status |= replay(argv[i]);
	return status;
}
