/* ask_json.c - Read one JSON file many times, by us or by cJSON alone.
 *
 * usage: ask_json ours|cjson TIMES FILE
 *
 * Prints the median of the seconds of user CPU that one reading takes.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cjson/cJSON.h>

#include "backends/json.h"
#include "rules/base/arena.h"
#include "rules/base/diag.h"
#include "rules/base/strbuf.h"

#define MAX_TIMES 1001

static double user_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6;
}

static bool read_ours(const struct strbuf *text)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct diag *diag = diag_new(arena);
	uint32_t source = diag_add_source(diag, "bench", text->text, text->length);
	struct doc *doc;

	return json_read(text->text, text->length, source, arena, &doc, diag) == 0;
}

static bool read_cjson(const struct strbuf *text)
{
	cJSON *tree = cJSON_ParseWithLength(text->text, text->length);

	cJSON_Delete(tree);
	return tree != NULL;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static bool read_file(const char *path, struct strbuf *text)
{
	FILE *file = fopen(path, "r");
	char bytes[65536];
	size_t got;

	if (!file)
		return false;
	while ((got = fread(bytes, 1, sizeof(bytes), file)))
		strbuf_add(text, bytes, got);
	fclose(file);
	return true;
}

int main(int argc, char **argv)
{
	CLEANUP(strbuf_release) struct strbuf text = {0};
	double seconds[MAX_TIMES];
	size_t times = argc == 4 ? strtoul(argv[2], NULL, 10) : 0;
	bool ours = times && strcmp(argv[1], "ours") == 0;

	if (!times || times > MAX_TIMES || (!ours && strcmp(argv[1], "cjson") != 0)) {
		fprintf(stderr, "usage: ask_json ours|cjson TIMES FILE\n");
		return 2;
	}
	if (!read_file(argv[3], &text)) {
		perror(argv[3]);
		return 3;
	}
	for (size_t i = 0; i < times; i++) {
		double begin = user_seconds();

		if (!(ours ? read_ours : read_cjson)(&text))
			return 1;
		seconds[i] = user_seconds() - begin;
	}
	qsort(seconds, times, sizeof(*seconds), compare);
	printf("%.6f\n", seconds[times / 2]);
	return 0;
}
