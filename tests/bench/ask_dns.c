/* ask_dns.c - Ask a DNS server questions as dnsperf does: our resolver alone.
 *
 * usage: ask_dns SERVER[:PORT] FILE
 *
 * FILE has a name and "A" or "AAAA" a line.  Status 1 when one of them has no answer.
 */
#include <stdio.h>
#include <string.h>

#include "compiler/dns_server.h"
#include "compiler/resolver.h"
#include "compiler/terminal.h"
#include "rules/base/arena.h"

struct questions {
	struct dns_query *at;
	size_t count, capacity;
};

static int read_questions(const char *path, const struct dns_server *server,
			  struct questions *questions, struct arena *arena)
{
	FILE *file = fopen(path, "r");
	char name[DNS_NAME_SIZE], type[8];

	if (!file)
		return -1;
	while (fscanf(file, "%253s %7s", name, type) == 2)
		*arena_push(arena, questions->at, questions->count,
			    questions->capacity) = (struct dns_query){
			.name = arena_strdup(arena, name),
			.type = strcmp(type, "A") == 0 ? DNS_TYPE_A : DNS_TYPE_AAAA,
			.server = server,
		};
	fclose(file);
	return 0;
}

int main(int argc, char **argv)
{
	CLEANUP(arena_cleanup) struct arena *arena = arena_new();
	struct questions questions = {0};
	struct progress progress;
	struct dns_server server;
	size_t answered = 0;

	if (argc != 3 || !dns_server_parse(argv[1], arena, &server) ||
	    read_questions(argv[2], &server, &questions, arena)) {
		fprintf(stderr, "usage: ask_dns SERVER[:PORT] FILE\n");
		return 2;
	}
	progress_begin(&progress, 2, true, "asking");
	if (resolver_ask(questions.at, questions.count, arena, &progress))
		return 3;
	for (size_t i = 0; i < questions.count; i++)
		answered += questions.at[i].end == DNS_ANSWERED &&
			    !questions.at[i].answer.fault;
	printf("%zu of %zu questions answered\n", answered, questions.count);
	return answered < questions.count;
}
